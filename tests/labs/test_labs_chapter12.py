"""Chapter 12's lab: its numbers are nnlib's, and it says what arrives and what doesn't."""

import math

import numpy as np
import pytest

import nnlib as nn
from nnlab.labs.chapter12 import (
    ACTIVATIONS,
    DEEPEST,
    PLAIN,
    SKIP,
    WIDTH,
    digits,
    draws,
    measure,
    rms,
    say_measured,
    signal_and_gradient,
    through,
)


def network(activation, depth, c, skip):
    """The same network, built of the library's layers."""
    layers = []
    for _ in range(depth):
        make = ACTIVATIONS[activation]
        pair = [nn.Dense(WIDTH, WIDTH, bias=False), *([make()] if make else [])]
        layers += [nn.Residual(*pair)] if skip else pair
    net = nn.Network([*layers, nn.Dense(WIDTH, 10, bias=False)], nn.CrossEntropy())
    dense = [leaf for layer in net.layers for leaf in layer.leaves() if isinstance(leaf, nn.Dense)]
    for i, leaf in enumerate(dense[:-1]):
        leaf.W = draws(0)[i] * math.sqrt(c / WIDTH)
    dense[-1].W = draws(0)[-1, :, :10] / math.sqrt(WIDTH)
    return net


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("skip", [False, True])
def test_the_gradients_are_those_of_the_library(activation, skip):
    """The lab would show another network's signal, or a wrong gradient; dW is xᵀ dz."""
    X, y = digits()
    net = network(activation, 3, 1.7, skip)
    loss, grad = net.value_and_grad(X, y)

    z, dz = through(activation, 3, 1.7, skip, 0)

    assert math.isfinite(loss)
    np.testing.assert_allclose(X.T @ dz[0], net.grad[net.named["dense1.W"]].reshape(64, 64))
    first = net.layers[0].leaves()[0]
    np.testing.assert_allclose(z[0], X @ first.W, rtol=1e-12)
    assert grad.any()


@pytest.mark.parametrize(("activation", "c"), [("ReLU", 2.0), ("none (linear)", 1.0)])
def test_the_right_scale_is_level_over_many_draws(activation, c):
    """He's and LeCun's values would not be those at which the lab's lines are level.

    Seeds 0 to 19, depth 10: the mean of the mean square ratio, within four standard errors.
    """
    shares = []
    for seed in range(20):
        z, _ = through(activation, 10, c, False, seed)
        shares.append(rms(z[-1]) ** 2 / rms(z[0]) ** 2)

    error = np.std(shares) / math.sqrt(len(shares))
    assert abs(np.mean(shares) - 1) < 4 * error
    assert error < 0.2


@pytest.mark.parametrize(
    ("activation", "depth", "c", "links", "said"),
    [
        ("ReLU", 30, 1.0, PLAIN, "it vanishes"),
        ("ReLU", 30, 2.0, PLAIN, "it arrives"),
        ("ReLU", 30, 4.0, PLAIN, "it explodes"),
        ("ReLU", 30, 2.0, SKIP, "it explodes"),
        ("tanh", 30, 1.0, PLAIN, "it arrives"),
        ("sigmoid", 30, 1.0, PLAIN, "all examples look alike"),
        ("sigmoid", 30, 1.0, PLAIN, "Outside the picture in some layers: spread, gradient."),
        ("sigmoid", 50, 0.1, PLAIN, "In float32 it would be 0, and no NaN"),
        ("sigmoid", 30, 1.0, SKIP, "it arrives"),
        ("none (linear)", 30, 1.0, PLAIN, "it arrives"),
    ],
)
def test_each_fate_is_named(activation, depth, c, links, said):
    """A reader would see a line and no reason; who can't see it would have nothing."""
    assert said in say_measured(measure(activation, depth, c, links, 0))


def test_the_table_holds_first_and_last_layer():
    """The numbers in the table would be of other layers than those that the sentence names."""
    numbers = measure("tanh", 50, 1.0, PLAIN, 0)

    rows = numbers["rows"]

    assert rows[0][0] == "1"
    assert rows[-1][0] == "50"
    assert rows[-1][3] == "1"
    assert len(measure("tanh", 2, 1.0, PLAIN, 0)["rows"]) == 2


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("links", [PLAIN, SKIP])
def test_no_setting_breaks_the_lab(activation, links):
    """A control's end would lead to an error or a warning, where gradients explode most."""
    lab = signal_and_gradient()
    lab.activation, lab.links = activation, links

    for depth in (2, DEEPEST):
        for c in (0.1, 40.0):
            lab.depth, lab.c = depth, c
            assert lab.error is None
            assert "can't be drawn" not in lab.reading
    assert lab.picture().startswith(b"\x89PNG")


def test_every_control_changes_picture_and_reading():
    """A control could be without effect."""
    moves = {"depth": 10, "c": 4.0, "activation": "tanh", "links": SKIP, "again": 1}
    for name, value in moves.items():
        lab = signal_and_gradient()
        before, line = lab.reading, np.array(lab.numbers["signal"])

        setattr(lab, name, value)

        assert lab.reading != before
        assert not np.array_equal(np.array(lab.numbers["signal"]), line)
