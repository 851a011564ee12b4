"""Chapter 05's labs: their numbers, and what they say where something special happens."""

import numpy as np
import pytest

import nnlib as nn
from nnlab.labs.chapter05 import (
    FUNCTIONS,
    REAL,
    SCHEMES,
    SURFACES,
    at_a_point,
    difference,
    gradient,
    say_step,
    step_size,
    surface,
    tangent_plane,
    tumours,
    with_step,
)


@pytest.mark.parametrize("kind", SURFACES)
@pytest.mark.parametrize("point", [(1.0, 0.5), (-2.3, 1.7), (0.0, 0.0)])
def test_partial_derivatives_are_those_of_the_surface(kind, point):
    """The lab would teach wrong slopes."""
    height = lambda w: float(surface(kind, w[:1], w[1:])[0])  # noqa: E731

    numeric = nn.numerical_gradient(height, np.array(point))

    np.testing.assert_allclose(gradient(kind, *point), numeric, rtol=0, atol=1e-8)


def test_the_real_surface_is_the_library_s_loss():
    """The lab would show another loss than the one it names."""
    x, y = tumours()
    net = nn.Network([nn.Dense(1, 1)], loss=nn.LogLoss())
    net.theta[:] = [1.3, -0.4]

    loss, grad = net.value_and_grad(x, y)

    here = surface(REAL, np.array([1.3]), np.array([-0.4]))[0]
    np.testing.assert_allclose(here, loss, rtol=1e-12)
    np.testing.assert_allclose(gradient(REAL, 1.3, -0.4), grad, rtol=1e-12)


def test_slope_is_largest_along_the_gradient_and_zero_across_it():
    """The claim that the gradient is the steepest direction would not be seen."""
    slopes = [at_a_point("bowl", 1.0, 0.5, d)["slope"] for d in np.arange(0.0, 360.0, 0.5)]
    uphill = np.degrees(np.arctan2(3.0, 2.5))

    steepest = np.arange(0.0, 360.0, 0.5)[np.argmax(slopes)]

    assert abs(steepest - uphill) <= 0.25
    assert max(slopes) <= np.hypot(2.5, 3.0)
    np.testing.assert_allclose(
        at_a_point("bowl", 1.0, 0.5, uphill + 90)["slope"], 0.0, rtol=0, atol=1e-12
    )


def test_moving_the_controls_changes_picture_and_reading():
    """A control could be without effect."""
    lab = tangent_plane()
    before = lab.reading

    lab.degrees = 50
    assert lab.reading != before
    assert "as steeply as any direction can" in lab.reading

    lab.degrees = 140
    assert "level line" in lab.reading

    lab.w1, lab.w2 = 0.0, 0.0
    assert "stationary" in lab.reading
    assert lab.error is None


@pytest.mark.parametrize("kind", SURFACES)
def test_every_surface_can_be_drawn(kind):
    """A choice would end in an error in front of the reader."""
    lab = tangent_plane()

    lab.surface = kind

    assert lab.error is None
    assert lab.picture().startswith(b"\x89PNG")
    assert "∂f/∂w₁" in repr(lab)


@pytest.mark.parametrize(("scheme", "order"), [("forward", 1), ("central", 2)])
def test_truncation_falls_by_its_order(scheme, order):
    """The curve would not show what the chapter says about h and h²."""
    f, slope = FUNCTIONS["eʷ"]
    errors = [abs(difference(f, 1.0, h, scheme) - slope(1.0)) for h in (1e-2, 1e-3)]

    assert errors[0] / errors[1] == pytest.approx(10**order, rel=0.02)


def test_the_lowest_place_is_where_the_chapter_says():
    """The rule of thumb, √ε and ∛ε, would be contradicted by the picture."""
    numbers = with_step("eʷ", "forward", 1.0, 1e-8)

    lowest = {s: numbers[s][0][np.argmin(numbers[s][1])] for s in SCHEMES}

    assert 1e-10 < lowest["forward"] < 1e-6
    assert 1e-7 < lowest["central"] < 1e-4


@pytest.mark.parametrize(
    ("name", "w", "h", "said"),
    [
        ("eʷ", 1.0, 1e-16, "w + h is w again"),
        ("eʷ", 1.0, 1e-12, "Rounding rules"),
        ("eʷ", 1.0, 0.1, "Truncation rules"),
        ("eʷ", 1.0, 1.5e-8, "about equal"),
        ("ReLU, max(w, 0)", 0.0, 1e-5, "corner"),
        ("ReLU, max(w, 0)", 1.0, 1e-5, "one straight piece"),
    ],
)
def test_each_regime_is_named(name, w, h, said):
    """A reader would see a number and no reason."""
    assert said in say_step(with_step(name, "forward", w, h))


def test_a_parabola_has_no_truncation_in_the_middle():
    """The read-out would promise that a smaller step helps, where the error is rounding alone."""
    assert "exact" in say_step(with_step("w²", "central", 1.3, 1.0))
    assert "Truncation rules" in say_step(with_step("w²", "forward", 1.3, 1.0))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_step_can_be_shown(name):
    """The slider would end in an error, or in a hole, at one of its ends."""
    lab = step_size()
    lab.f = name

    for scheme in SCHEMES:
        lab.scheme = scheme
        for h in (1e-16, 1e-8, 1.0):
            lab.h = h
            assert lab.error is None
            assert "can't be drawn" not in lab.reading
    assert lab.picture().startswith(b"\x89PNG")
