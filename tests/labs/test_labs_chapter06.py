"""Chapter 06's labs: their numbers, and what they say where something special happens."""

import math

import numpy as np
import pytest

from nnlab.labs.chapter06 import (
    ACTIVATIONS,
    DEEPEST,
    EDGES,
    PATHS,
    SHOWN,
    along,
    chain_graph,
    chain_length,
    forward,
    gradients,
    grown,
    local_slopes,
    slope_of,
)

POINTS = [(0.5, 2.0, 0.0, 1.0), (-1.3, 0.7, 0.4, -0.9), (1.9, -1.6, -0.2, 2.0)]


@pytest.mark.parametrize("point", POINTS)
def test_gradients_are_those_of_the_loss(point):
    """The graph would teach wrong numbers: here they are held to a complex step."""
    import cmath

    def loss(w, x, b, y):
        return (cmath.tanh(w * x + b) * w - y) ** 2

    found = gradients(local_slopes(forward(*point)))

    for i, name in enumerate("wxby"):
        moved = [v + 1e-30j * (i == j) for j, v in enumerate(point)]
        assert found[name] == pytest.approx(loss(*moved).imag / 1e-30, rel=1e-12, abs=1e-14)


@pytest.mark.parametrize("point", POINTS)
def test_the_two_paths_add_up_to_the_gradient(point):
    """The lab's table would contradict its picture."""
    slopes = local_slopes(forward(*point))

    total = sum(along(path, slopes) for path in PATHS.values())

    assert total == pytest.approx(gradients(slopes)["w"], rel=1e-12, abs=1e-14)


def test_every_edge_has_a_slope_and_a_label():
    """An edge without its number would be a hole in the picture."""
    slopes = local_slopes(forward(*POINTS[0]))

    assert {(a, b) for a, b, _ in EDGES} == set(slopes)


@pytest.mark.parametrize("marked", SHOWN)
def test_moving_the_controls_changes_picture_and_reading(marked):
    """A control could be without effect, or end in an error."""
    lab = chain_graph()
    before = lab.reading

    lab.marked = marked
    lab.x = -1.5

    assert lab.error is None
    assert lab.reading != before
    assert lab.picture().startswith(b"\x89PNG")


def test_special_points_are_named():
    """A reader would see zeros and cancelling, and no reason."""
    lab = chain_graph()

    lab.w, lab.x, lab.b, lab.y = 1.0, 0.0, 0.0, 0.0
    assert "error is 0" in lab.reading

    lab.w, lab.x, lab.b, lab.y = 1.0, 2.0, 2.0, -1.0
    assert "direct" in lab.reading
    assert "Almost all" in lab.reading

    lab.w, lab.x, lab.b, lab.y = 0.5, -1.0, 1.0, 1.0
    assert "against each other" in lab.reading


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("z", [-3.0, -0.4, 0.7, 2.5])
def test_activations_have_their_slopes(activation, z):
    """The growing chain would multiply wrong factors."""
    h = 1e-6
    numeric = (slope_of(activation, z + h)[0] - slope_of(activation, z - h)[0]) / (2 * h)

    assert slope_of(activation, z)[1] == pytest.approx(numeric, abs=1e-8)


def test_no_sigmoid_chain_exceeds_its_bound():
    """The claim 4⁻ⁿ would be contradicted by the picture."""
    for weight in (0.5, 1.0, 4.0, 6.0):
        sizes = grown("sigmoid", weight, 1.0)["sizes"]

        assert np.all(sizes <= (weight / 4) ** np.arange(DEEPEST + 1) * (1 + 1e-12))


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ({"activation": "sigmoid", "weight": 1.0}, "vanished"),
        ({"activation": "ReLU", "weight": 3.0}, "explodes"),
        ({"activation": "ReLU", "weight": 1.0}, "a factor is 1."),
        ({"activation": "ReLU", "start": -1.0}, "no signal"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_regime_is_named(setting, said):
    """A reader would see a number and no reason."""
    lab = chain_length()

    for name, value in setting.items():
        setattr(lab, name, value)

    assert lab.error is None
    assert said in lab.reading
    assert lab.picture().startswith(b"\x89PNG")
    assert math.isfinite(lab.numbers["product"])
