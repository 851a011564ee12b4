"""Chapter 01's lab: its losses are the library's, and what it says about them is so."""

import numpy as np
import pytest

import nnlib as nn
from nnlab.labs.chapter01 import (
    CLOSE,
    HIDDEN,
    SHOWN,
    STOPS,
    examples,
    fit,
    fit_by_hand,
    losses,
    lowest,
    model,
)


@pytest.mark.parametrize(("w", "v"), [(-4.0, 4.0), (0.0, 1.5), (1.2, 1.5), (-0.35, -2.05)])
def test_the_map_has_the_library_s_loss(w, v):
    """The lines of equal loss would belong to another loss than the one that is read out."""
    x, y = examples()
    row, column = (np.flatnonzero(stop == STOPS).item() for stop in (v, w))

    loss = model(w, v).value(x, y)

    np.testing.assert_allclose(losses()[row, column], loss, rtol=1e-12)
    np.testing.assert_allclose(
        fit(w, v)["loss"], ((v * np.tanh(w * x) - y) ** 2).mean(), rtol=1e-12
    )


def test_two_opposite_pairs_of_weights_are_one_function():
    """The answer to the lab's question would be wrong."""
    here, there = fit(1.3, -0.7), fit(-1.3, 0.7)

    np.testing.assert_allclose(here["curve"], there["curve"], rtol=1e-12)
    np.testing.assert_allclose(losses(), losses()[::-1, ::-1], rtol=1e-9)
    assert np.count_nonzero(losses() <= losses().min() * (1 + 1e-9)) == 2


def test_training_finds_no_lower_loss_than_the_map_has():
    """The lab would call a place the lowest that isn't."""
    x, y = examples()
    net = model(1.0, 1.0)
    for _ in range(2000):
        net.theta -= 0.1 * net.value_and_grad(x, y)[1]

    trained = net.value(x, y)

    assert trained <= lowest()[0] <= trained + CLOSE
    np.testing.assert_allclose(net.theta, lowest()[1:], rtol=0, atol=0.05)


def test_the_map_comes_when_it_is_asked_for():
    """Nobody searches by hand where the map shows the way."""
    lab = fit_by_hand()
    before = lab.picture()

    lab.ask = SHOWN

    assert lab.error is None
    assert "The lowest on the map" in lab.reading
    assert lab.picture() != before
    lab.ask = HIDDEN
    assert lab.picture() == before
    assert "lowest" not in lab.reading


def test_who_arrives_is_told():
    """A reader would go on moving at the bottom."""
    lab = fit_by_hand()
    _, lab.w, lab.v = lowest()

    assert "as low as it gets" in lab.reading
    lab.w, lab.v = -lab.w, -lab.v
    assert "as low as it gets" in lab.reading


def test_a_weight_at_zero_switches_the_other_off():
    """A flat curve would seem to be a fault of the lab."""
    lab = fit_by_hand()

    lab.v = 0.0

    assert "the other has no effect" in lab.reading
    assert (
        fit(2.0, 0.0)["loss"]
        == fit(-3.0, 0.0)["loss"]
        == nn.MSE().value(np.zeros((20, 1)), examples()[1])
    )
