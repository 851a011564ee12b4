"""Chapter 07's labs: every number is nnlib's, every formula gives it, every step is explained."""

import math
import re

import numpy as np
import pytest

import nnlib as nn
from nnlab.labs.chapter07 import (
    PARAMETERS,
    STEPS,
    THETA,
    X,
    backprop_live,
    backprop_stepper,
    both_passes,
    filled_in,
)

ACTIVE = [  # theta, x, y: the default, another label, a saturated unit, zeros
    (THETA, X, 1),
    (THETA, X, 0),
    ((3, -3, 2.5, 1, -3, 3, 0.1, 2, 1), (2.0, -1.5), 0),
    ((0.0,) * 9, (0.5, 0.25), 1),
]


def worth(formula, found):
    """Evaluate a formula as it is printed, with the numbers at full length."""
    python = formula.replace("·", "*").replace("−", "-").replace("²", "**2").replace("e^", "exp")
    for name in sorted(found, key=len, reverse=True):
        python = re.sub(rf"(?<!\w){name}(?!\w)", f"({found[name]!r})", python)
    return eval(python, {"exp": math.exp, "tanh": math.tanh, "log": math.log})


@pytest.mark.parametrize(("theta", "x", "y"), ACTIVE)
def test_every_formula_gives_the_number_beside_it(theta, x, y):
    """A reader who calculates along would get another number than the lab."""
    found = both_passes(theta, x, y)

    for step in STEPS:
        assert worth(step.formula, found) == pytest.approx(found[step.name], rel=1e-12, abs=1e-15)


@pytest.mark.parametrize(("theta", "x", "y"), ACTIVE)
def test_the_gradients_are_those_of_nnlib_and_of_finite_differences(theta, x, y):
    """The lab would teach a gradient that nobody has checked."""
    net = nn.Network([nn.Dense(2, 2), nn.Tanh(), nn.Dense(2, 1)], nn.LogLoss())
    net.theta[:] = theta
    batch, label = np.array([x]), np.array([[y]])

    def loss(theta):
        net.theta[:] = theta
        return net.value(batch, label)

    slopes = nn.numerical_gradient(loss, np.array(theta, dtype=float))
    net.theta[:] = theta
    value, grad = net.value_and_grad(batch, label)
    found = both_passes(theta, x, y)

    assert found["L"] == value
    np.testing.assert_array_equal([found[f"d{name}"] for name in PARAMETERS], grad)
    np.testing.assert_allclose(grad, slopes, rtol=1e-7, atol=1e-9)


def test_every_parameter_gets_its_gradient_and_backward_follows_forward():
    """A step would be missing, or use what is not known yet."""
    known = {"x₁", "x₂", "y", *PARAMETERS}
    for step in STEPS:
        names = set(re.findall(r"d?[a-zA-Z]\d?[₁₂]*", step.formula)) - {"t", "a", "n", "h", "e"}
        assert names & set(both_passes(THETA, X, 1)) <= known, step.name
        known.add(step.name)

    assert {f"d{name}" for name in PARAMETERS} <= known
    kinds = [step.backward for step in STEPS]
    assert kinds == sorted(kinds)
    assert len(STEPS) == len({step.name for step in STEPS}) == 21


def test_each_step_says_what_it_is_why_and_what_comes_next():
    """A reader would see a number appear, and not know where from."""
    lab = backprop_stepper()
    found = both_passes(THETA, X, 1)

    assert lab.reading.endswith("Next, work it out: z1₁ = x₁·W1₁₁ + x₂·W1₂₁ + b1₁ = ?")
    for i, step in enumerate(STEPS, 1):
        lab.step = i
        first, why, ahead = lab.reading.split("\n")
        assert first.startswith(f"{'Backward' if step.backward else 'Forward'}: {step.name} = ")
        assert step.formula in first
        shown = float(first.split(" = ")[-1].replace("−", "-"))
        assert shown == pytest.approx(found[step.name], rel=1e-3)
        assert why == f"Why: {step.why}."
        assert len(step.why.split()) >= 4
        if i < len(STEPS):
            assert ahead == f"Next, work it out: {STEPS[i].name} = {STEPS[i].formula} = ?"
    assert "optimizer" in ahead


def test_a_number_is_on_the_graph_only_when_it_has_been_worked_out():
    """The answer would stand there before the reader has tried."""
    lab = backprop_stepper()
    for i in range(len(STEPS) + 1):
        lab.step = i
        cells = {row[0]: row[1:] for row in lab.frame["tables"]["numbers"]}
        filled = sum(cell not in ("", "?") for row in cells.values() for cell in row)
        asked = sum(cell == "?" for row in cells.values() for cell in row)
        marks = lab.frame["marks"]
        on_graph = marks["values"]["strings"] + marks["slopes"]["strings"]
        on_graph += marks["edge_slopes"]["strings"]

        assert filled == 11 + i  # the inputs and the nine parameters are given
        assert asked == (i < len(STEPS))
        assert sum("?" in string for string in on_graph) == (i < len(STEPS))
        assert sum(bool(re.search(r"\d\.?\d*$|−\d", s.strip())) for s in on_graph) >= 11


def test_the_highlight_points_the_way_the_numbers_go():
    """A gradient would seem to flow forward."""
    lab = backprop_stepper()
    lab.step = 1
    forward = lab.numbers["forward"], lab.numbers["backward"]
    lab.step = 8
    backward = lab.numbers["forward"], lab.numbers["backward"]

    assert (forward[0][2] > forward[0][0]).all()
    assert forward[1].size == 0
    assert backward[0].size == 0
    assert (backward[1][2] < backward[1][0]).all()


def test_formulas_are_filled_in_with_brackets_around_negative_numbers():
    """1·−0.3 is no sum that a reader can follow, and a1₁² must not lose its square."""
    found = {"a1₁": -0.5, "da1₁": 2.0, "W1₁₂": -0.3, "x₁": 1.0}

    assert filled_in("x₁·W1₁₂", found) == "1·(−0.3)"
    assert filled_in("da1₁·(1 − a1₁²)", found) == "2·(1 − (−0.5)²)"
    assert filled_in("tanh(W1₁₂)", found) == "tanh(−0.3)"
    assert filled_in("max(W1₁₂, 0)", found) == "max(−0.3, 0)"


def test_the_live_lab_follows_its_sliders():
    """A slider would move another parameter than its label says."""
    lab = backprop_live()
    for i, control in enumerate(lab.controls):
        theta = list(THETA)
        theta[i] = 1.5
        setattr(lab, control.name, 1.5)

        found = both_passes(theta, X, 1)
        assert control.label == PARAMETERS[i]
        assert lab.numbers["found"] == found
        setattr(lab, control.name, THETA[i])


def test_the_live_lab_answers_its_own_question():
    """The prediction that it asks for would not come true."""
    lab = backprop_live()

    lab.W21 = 0.0

    found = lab.numbers["found"]
    assert found["dW1₁₁"] == found["dW1₂₁"] == found["db1₁"] == 0
    assert all(found[name] != 0 for name in ("dW1₁₂", "dW1₂₂", "db1₂", "dW2₁", "dW2₂", "db2"))


def test_extreme_weights_are_no_trouble():
    """All sliders at one end would end in NaN."""
    lab = backprop_live()
    for value in (-3.0, 3.0):
        for control in lab.controls:
            setattr(lab, control.name, value)

        assert lab.error is None
        assert "NaN" not in lab.reading
        assert all(np.isfinite(v) for v in lab.numbers["found"].values())


def test_other_numbers_can_be_stepped_through():
    """An interviewer's own numbers could not be tried."""
    lab = backprop_stepper(theta=(0.1,) * 9, x=(0.0, -1.0), y=0)

    lab.step = len(STEPS)

    assert lab.error is None
    assert lab.reading.startswith("Backward: db1₂")
