"""Chapter 10's lab: its landscapes, its paths, and what it says about them."""

import numpy as np
import pytest

import nnlib as nn
from nnlab.labs.chapter10 import (
    EVERY,
    GLOBAL,
    OWN,
    RARE,
    RAVINE,
    SADDLE,
    SURFACES,
    TURN,
    TURNED,
    gradient,
    loss_of,
    optimizer_race,
    optimizers,
    path_of,
    race,
    say_race,
)

POINTS = [(1.0, 0.5), (-2.3, 1.7), (0.2, 3.8)]


@pytest.mark.parametrize("kind", SURFACES)
@pytest.mark.parametrize("point", POINTS)
def test_the_gradient_is_that_of_the_landscape(kind, point):
    """The paths would not go down what is drawn; the rare feature's gradient counts in the mean."""
    height = lambda w: float(loss_of(kind, w[:, None])[0])  # noqa: E731

    numeric = nn.numerical_gradient(height, np.array(point))

    found = np.mean([gradient(kind, np.array(point), t) for t in range(EVERY)], axis=0)
    np.testing.assert_allclose(found, numeric, rtol=0, atol=1e-7)


@pytest.mark.parametrize("name", GLOBAL)
def test_a_common_rate_does_not_feel_the_turn(name):
    """The lab's central claim would be false: these methods know no axes."""
    start = np.array([-3.0, 1.0])
    make = lambda: optimizers(0.1, 0.3, 0.9)[name]  # noqa: E731

    straight = path_of(RAVINE, make(), tuple(start))
    turned = path_of(TURNED, make(), tuple(TURN @ start))

    np.testing.assert_allclose(turned, TURN @ straight, rtol=0, atol=1e-9)


@pytest.mark.parametrize("name", OWN)
def test_a_rate_for_each_weight_feels_the_turn(name):
    """The other half of the claim: dividing weight by weight depends on the axes."""
    start = np.array([-3.0, 1.0])
    make = lambda: optimizers(0.1, 0.3, 0.9)[name]  # noqa: E731

    straight = path_of(RAVINE, make(), tuple(start))
    turned = path_of(TURNED, make(), tuple(TURN @ start))

    assert np.abs(turned - TURN @ straight).max() > 0.5


def test_adagrad_wins_on_the_rare_feature():
    """The landscape would not show what it is there for."""
    last = {name: loss[-1] for name, loss in race(RARE, 0.35, 2.0, 0.9, (2, 4))["losses"].items()}

    assert last["AdaGrad"] < last["SGD"] / 4


def test_nobody_leaves_the_ridge_of_the_saddle():
    """The read-out says so."""
    ends = [path_of(SADDLE, o, (3.0, 0.0))[1, -1] for o in optimizers(0.1, 0.3, 0.9).values()]

    assert ends == [0.0] * 6


@pytest.mark.parametrize(
    ("kind", "lr", "beta", "said"),
    [
        (RAVINE, 0.5, 0.9, "The limits of η here: SGD 0.4, momentum 0.76, Nesterov 0.271"),
        (RAVINE, 1.0, 0.9, "Diverged: SGD"),
        (TURNED, 0.1, 0.0, "With β = 0 momentum and Nesterov are SGD"),
        (SADDLE, 0.1, 0.9, "no optimizer leaves that line"),
        (RAVINE, 0.405, 0.9, "Higher than at the start: SGD"),
    ],
)
def test_each_regime_is_named(kind, lr, beta, said):
    """A reader would see a curve and no reason."""
    assert said in say_race(race(kind, lr, 0.3, beta, (-4.0, 1.5)))


@pytest.mark.parametrize("kind", SURFACES)
def test_no_control_breaks_the_lab(kind):
    """A slider would end in an error, or in a warning, where a path diverges."""
    lab = optimizer_race()
    lab.surface = kind

    for lr, own, beta in ((0.01, 0.01, 0.0), (1.0, 3.0, 0.99), (0.1, 0.3, 0.9)):
        lab.lr, lab.own, lab.beta = lr, own, beta
        assert lab.error is None
        assert "can't be drawn" not in lab.reading
    assert lab.picture().startswith(b"\x89PNG")


def test_moving_beta_changes_momentum_and_not_sgd():
    """The control could be without effect, or move what it should not."""
    lab = optimizer_race()
    momentum, plain = (lab.numbers[name].copy() for name in ("momentum", "SGD"))

    lab.beta = 0.5

    assert not np.array_equal(lab.numbers["momentum"], momentum, equal_nan=True)
    assert np.array_equal(lab.numbers["SGD"], plain, equal_nan=True)
