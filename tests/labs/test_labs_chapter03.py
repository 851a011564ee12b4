"""Chapter 03's labs: every number is nnlib's, every formula gives it, none bends without a bend."""

import math
import re

import numpy as np
import pytest

from nnlab.labs.chapter03 import (
    ACTIVATIONS,
    bent_lines,
    forward_pass,
    forward_stepper,
    steps_of,
    units_and_sum,
)


def worth(formula, found):
    """Evaluate a formula as it is printed, with the numbers at full length."""
    python = formula.replace("·", "*").replace("−", "-").replace("e^", "exp")
    for name in sorted(found, key=len, reverse=True):
        python = re.sub(rf"(?<!\w){name}(?!\w)", f"({found[name]!r})", python)
    return eval(python, {"exp": math.exp, "tanh": math.tanh, "log": math.log, "max": max})


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize(("x", "y"), [((2.0, 1.0), 0), ((-1.5, 0.5), 1), ((0.0, 0.0), 1)])
def test_every_formula_gives_the_number_beside_it(activation, x, y):
    """A reader who calculates along would get another number than the lab."""
    found = forward_pass(x, y, activation)

    for step in steps_of(activation):
        assert worth(step.formula, found) == pytest.approx(found[step.name], rel=1e-12, abs=1e-15)


def test_the_chapter_s_numbers_are_the_default():
    """The lab would show another network than the page."""
    lab = forward_stepper()
    lab.step = 7

    found = lab.numbers["found"]

    assert (round(found["z2"], 4), round(found["L"], 4)) == (1.1858, 1.4524)
    assert "No parameter has changed" in lab.reading


def test_each_step_asks_for_the_next_and_hides_it():
    """The answer would stand beside the question."""
    lab = forward_stepper()
    for i, step in enumerate(steps_of("tanh")):
        lab.step = i

        assert f"Next, work it out: {step.name} =" in lab.reading
        assert [row[1] for row in lab.numbers["numbers"] if row[0] == step.name] == ["?"]
        assert step.name not in lab.reading.split("\n")[0].split(" = ")[0]


@pytest.mark.parametrize(
    ("activation", "bends"), [("none", 0), ("ReLU", 3), ("tanh", None), ("sigmoid", None)]
)
def test_only_an_activation_bends_the_line(activation, bends):
    """The lab's question would have another answer than the chapter's."""
    units, total = units_and_sum([-1.51, 0.02, 1.49], [1.0, -2.0, 2.0], activation)
    curved = np.abs(np.diff(total, 2)) > 1e-9

    np.testing.assert_allclose(units.sum(axis=0), total, rtol=0, atol=1e-12)
    if bends is None:
        assert curved.all()
    else:  # a corner between two points of the grid is seen in two differences
        assert np.count_nonzero(np.diff(curved.astype(int)) == 1) == bends


@pytest.mark.parametrize(
    ("activation", "said"),
    [("none", "one straight line"), ("ReLU", "corner"), ("tanh", "bent curve")],
)
def test_the_read_out_tells_the_shape(activation, said):
    """A reader who can't see the curve would not know whether it bends."""
    lab = bent_lines()
    lab.activation = activation

    assert said in lab.reading


@pytest.mark.parametrize("make", [forward_stepper, bent_lines])
def test_every_end_of_every_control_has_a_picture(make):
    """A slider at its end would leave the reader with an error."""
    lab = make()
    for control in lab.controls:
        ends = control.stops if control.kind == "choice" else (control.stops[0], control.stops[-1])
        for end in ends:
            setattr(lab, control.name, end)

            assert lab.error is None
            assert "can't be drawn" not in lab.reading
    assert lab.picture().startswith(b"\x89PNG")
