"""Chapter 04's labs: losses and slopes agree with differences, constants with a search."""

import numpy as np
import pytest

import nnlib as nn
from nnlab.labs.chapter04 import (
    FRIENDS,
    huber_centre,
    log_loss,
    one_logit,
    one_outlier,
    squared_error,
    three_logits,
)


@pytest.mark.parametrize("curve", [log_loss, squared_error])
@pytest.mark.parametrize("y", [0, 1])
def test_slopes_are_those_of_the_losses(curve, y):
    """The second panel would show the gradient of another loss."""
    z, h = np.array([-7.5, -1.0, 0.0, 0.3, 6.0]), 1e-5

    rise = (curve(z + h, y)[0] - curve(z - h, y)[0]) / (2 * h)

    np.testing.assert_allclose(curve(z, y)[1], rise, rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize(
    ("z", "label", "said"),
    [
        (-8.0, "1", "on the wrong side"),
        (8.0, "0", "on the wrong side"),
        (8.0, "1", "on the right side"),
        (0.0, "1", "undecided"),
    ],
)
def test_one_logit_says_where_it_stands(z, label, said):
    """A reader who can't see the picture would not know what it shows."""
    lab = one_logit()
    lab.z, lab.label = z, label

    assert said in lab.reading
    assert lab.error is None


def test_one_logit_marks_lie_on_their_curves():
    """The points would show another loss than the lines they lie on."""
    lab = one_logit()
    lab.z = 2.5

    for here, curve in (("log_here", "log_curve"), ("square_pull", "square_slope")):
        x, y = lab.numbers[here]
        grid, values = lab.numbers[curve]
        assert np.interp(x, grid, values) == pytest.approx(y, rel=1e-9)


def test_adding_to_all_logits_changes_nothing():
    """The lab's first question would have another answer than the chapter's."""
    lab = three_logits()
    before = lab.reading
    lab.z1, lab.z2, lab.z3 = lab.z1 + 2, lab.z2 + 2, lab.z3 + 2

    assert lab.reading == before


@pytest.mark.parametrize("smoothing", [0.0, 0.3])
def test_three_logits_gradient_is_p_minus_the_target(smoothing):
    """The bars would contradict the formula above them."""
    lab = three_logits()
    lab.smoothing, lab.true = smoothing, "C"

    p, q, dz = (lab.numbers[name][1] for name in ("p", "q", "gradient"))

    np.testing.assert_allclose(dz, p - q, rtol=1e-12, atol=1e-15)
    assert p.sum() == pytest.approx(1)
    assert q[2] == pytest.approx(1 - smoothing + smoothing / 3)


def test_smoothing_makes_confidence_cost():
    """The curve would fall for ever, and the lab's question have no answer."""
    lab = three_logits()
    plain = lab.numbers["curve"][1]
    lab.smoothing = 0.3
    smoothed = lab.numbers["curve"][1]

    assert np.all(np.diff(plain) < 0)
    assert smoothed[-1] > smoothed.min() + 0.1


@pytest.mark.parametrize("outlier", [0.0, 5.0, 30.0, 60.0])
@pytest.mark.parametrize("delta", [0.5, 2.0, 20.0])
def test_huber_centre_has_the_least_loss(outlier, delta):
    """The lab would call a constant the best that isn't."""
    y = np.array([[*FRIENDS, outlier]])
    found = huber_centre(y, delta).item()

    def loss(c):
        return nn.Huber(delta).value(np.full_like(y, c), y)

    assert all(loss(found) <= loss(c) + 1e-12 for c in np.linspace(0, 60, 601))


def test_one_outlier_moves_the_mean_and_not_the_median():
    """The lab would show the opposite of what it is there to show."""
    lab = one_outlier()
    lab.outlier = 60.0

    assert lab.numbers["mse_now"][1].item() == pytest.approx(100 / 9)
    assert lab.numbers["mae_now"][1].item() == 5.0
    assert "MSE (mean) 11.1" in lab.reading


@pytest.mark.parametrize("make", [one_logit, three_logits, one_outlier])
def test_every_end_of_every_control_has_a_picture(make):
    """A slider at its end would leave the reader with an error."""
    lab = make()
    for control in lab.controls:
        for end in (control.stops[0], control.stops[-1]):
            setattr(lab, control.name, end)

            assert lab.error is None
            assert "can't be drawn" not in lab.reading
    assert lab.picture().startswith(b"\x89PNG")
