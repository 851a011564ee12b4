"""Drawings of the chapters: the numbers in them are nnlib's, and none is lost."""

import numpy as np
import pytest

import nnlib as nn
from nnlab.pictures import passes, two_two_one


@pytest.fixture
def net():
    """Return a 2-2-1 network."""
    return nn.Network([nn.Dense(2, 2), nn.Tanh(), nn.Dense(2, 1)], nn.LogLoss(), seed=3)


X, Y = np.array([[2.0, -1.0]]), np.array([[1.0]])


def test_gradients_in_the_picture_are_the_slopes_of_the_loss(net):
    """A picture of backpropagation with a wrong number would teach the mistake."""
    names = ["w11", "w12", "w21", "w22", "b1", "b2", "v1", "v2"]

    found = passes(net, X, Y)

    def loss(theta):
        net.theta[:] = theta
        return net.value(X, Y)

    slopes = dict(zip(names, nn.numerical_gradient(loss, net.theta), strict=False))
    for name in set(names) - {"b1", "b2"}:
        assert found[f"d{name}"] == pytest.approx(slopes[name], rel=1e-6)
    assert found["dz1"] == pytest.approx(slopes["b1"], rel=1e-6)
    assert found["dz2"] == pytest.approx(slopes["b2"], rel=1e-6)
    assert found["da1"] * (1 - found["a1"] ** 2) == pytest.approx(found["dz1"], rel=1e-12)


def test_every_number_is_drawn(net):
    """A reader follows the numbers from node to node; a missing one ends the story."""
    numbers = passes(net, X, Y)

    texts = " ".join(text.get_text() for text in two_two_one(net, X, Y).axes[0].texts)

    for name in ("L", "p", "z", "z1", "z2", "a1", "a2"):
        assert f"{numbers[name]:.2f}".replace("-", "−") in texts
    for name in ("dz", "dz1", "dz2", "da1", "da2", "dw11", "dw12", "dw21", "dw22", "dv1", "dv2"):
        assert f"({numbers[name]:+.2f})".replace("-", "−") in texts


def test_the_forward_pass_alone_shows_values_and_no_gradient(net):
    """Chapter 03 would show brackets that nobody has explained yet."""
    fig = two_two_one(net, X, Y, gradients=False)

    texts = [text.get_text() for text in fig.axes[0].texts]
    joined = " ".join(texts)

    assert f"{net.theta[0]:g}".replace("-", "−") in texts
    assert f"loss {passes(net, X, Y)['L']:.2f}" in joined
    assert "(" not in joined
    assert "backward" not in joined


@pytest.mark.parametrize(
    ("layers", "m"),
    [
        ([nn.Dense(2, 1)], 1),
        ([nn.Dense(2, 3), nn.Tanh(), nn.Dense(3, 1)], 1),
        ([nn.Dense(2, 2), nn.Tanh(), nn.Dense(2, 1)], 2),
    ],
)
def test_other_networks_are_refused(layers, m):
    """Their numbers would be drawn in the wrong places."""
    other = nn.Network(layers, nn.LogLoss())

    with pytest.raises(ValueError, match="wanted a network Dense"):
        two_two_one(other, np.ones((m, 2)), np.ones((m, 1)))
