"""Chapter 03's labs: a forward pass step by step, inputs live; curves from bent lines."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

import nnlib as nn
from nnlab.labs.chapter07 import PLACES, Step, filled_in, graph
from nnlab.labs.lab import Lab, Numbers
from nnlab.labs.scene import Panel, Table, arrows, choice, line, number, points, slider, stepper
from nnlab.labs.scene import text as words

PARAMETERS = {  # the chapter's network: W1 row by row, b1, W2, b2
    "W1₁₁": 0.5,
    "W1₁₂": -1.0,
    "W1₂₁": -0.5,
    "W1₂₂": 0.5,
    "b1₁": 0.0,
    "b1₂": 0.5,
    "W2₁": 2.0,
    "W2₂": -1.0,
    "b2": -0.5,
}
ACTIVATIONS = {  # name: the layer, how it is written, in words
    "tanh": (nn.Tanh, "tanh({})"),
    "ReLU": (nn.ReLU, "max({}, 0)"),
    "sigmoid": (nn.Sigmoid, "1/(1 + e^(−{}))"),
    "none": (None, "{}"),
}
GRID = np.linspace(-3, 3, 241)


def steps_of(activation: str) -> tuple[Step, ...]:
    """Return the seven numbers of a forward pass, each with its formula and why it is so."""
    weighted = "each input times the weight on its edge, summed, and the bias"
    bent = {
        "tanh": "tanh squashes the sum between −1 and 1",
        "ReLU": "ReLU lets what is above 0 through and cuts off the rest",
        "sigmoid": "the sigmoid squashes the sum between 0 and 1",
        "none": "without an activation the sum stays as it is, and so the network stays linear",
    }[activation]
    written = ACTIVATIONS[activation][1]
    return (
        Step("z1₁", "x₁·W1₁₁ + x₂·W1₂₁ + b1₁", weighted, [("x₁", "z1₁"), ("x₂", "z1₁")]),
        Step("z1₂", "x₁·W1₁₂ + x₂·W1₂₂ + b1₂", weighted, [("x₁", "z1₂"), ("x₂", "z1₂")]),
        Step("a1₁", written.format("z1₁"), bent, [("z1₁", "a1₁")]),
        Step("a1₂", written.format("z1₂"), bent, [("z1₂", "a1₂")]),
        Step(
            "z2",
            "a1₁·W2₁ + a1₂·W2₂ + b2",
            "the logit: a weighted sum again, now of the hidden units",
            [("a1₁", "z2"), ("a1₂", "z2")],
        ),
        Step(
            "p",
            "1/(1 + e^(−z2))",
            "the output unit for yes or no: a sigmoid makes a probability, the prediction",
            [("z2", "p")],
        ),
        Step(
            "L",
            "−y·log(p) − (1 − y)·log(1 − p)",
            "the loss compares the prediction with the true label y",
            [("p", "L")],
        ),
    )


def forward_pass(x: Sequence[float], y: int, activation: str) -> dict[str, float]:
    """Run nnlib's 2-2-1 network once, forwards; return every number under its name.

    >>> round(forward_pass((2.0, 1.0), 0, "tanh")["p"], 4)
    0.766
    """
    make = ACTIVATIONS[activation][0]
    layers = [nn.Dense(2, 2), *([make()] if make else []), nn.Dense(2, 1)]
    net = nn.Network(layers, nn.LogLoss())
    net.theta[:] = list(PARAMETERS.values())
    z1 = layers[0].forward(np.array([x], dtype=float))
    a1 = layers[1].forward(z1) if make else z1
    z2 = layers[-1].forward(a1)
    found = dict(zip(("x₁", "x₂"), x, strict=True)) | PARAMETERS | {"y": y}
    found |= {"z1₁": z1[0, 0], "z1₂": z1[0, 1], "a1₁": a1[0, 0], "a1₂": a1[0, 1], "z2": z2[0, 0]}
    found |= {"p": net.loss.proba(z2)[0, 0], "L": net.loss.value(z2, np.array([[y]]))}
    return {name: float(value) for name, value in found.items()}


def forward_stepper() -> Lab:
    """One forward pass of 2-2-1, number by number; inputs, activation and label can be changed."""

    def compute(step: int, x1: float, x2: float, activation: str, label: str) -> Numbers:
        steps, found = steps_of(activation), forward_pass((x1, x2), int(label), activation)
        known = {"x₁", "x₂", "y", *PARAMETERS, *(s.name for s in steps[:step])}
        asked = steps[step].name if step < len(steps) else ""
        marks = graph(found, known, steps[step - 1] if step else None, asked)
        rows = [
            [name, number(found[name], 4) if name in known else "?" if name == asked else ""]
            for name in PLACES
        ]
        return marks | {"numbers": rows, "step": step, "steps": steps, "found": found}

    def say(numbers: Numbers) -> str:
        step, steps, found = numbers["step"], numbers["steps"], numbers["found"]
        if not step:
            said = (
                f"Given: x = ({number(found['x₁'])}, {number(found['x₂'])}), "
                f"y = {number(found['y'])}, and nine parameters."
            )
        else:
            s = steps[step - 1]
            worked = filled_in(s.formula, found)
            shown = number(found[s.name], 4)
            steps_shown = dict.fromkeys([s.name, s.formula, worked, shown])  # none of them twice
            said = f"{' = '.join(steps_shown)}\nWhy: {s.why}."
        if step == len(steps):
            return said + "\nForward pass done. No parameter has changed."
        ahead = steps[step]
        return said + f"\nNext, work it out: {ahead.name} = {ahead.formula} = ?"

    return Lab(
        "A forward pass, step by step",
        compute,
        controls=[
            stepper("step", "step", 7),
            slider("x1", "input x₁", -3.0, 3.0, 2.0, step=0.1),
            slider("x2", "input x₂", -3.0, 3.0, 1.0, step=0.1),
            choice("activation", "hidden activation", list(ACTIVATIONS)),
            choice("label", "true label y", ["0", "1"]),
        ],
        panels=[
            Panel(
                "The network as a graph",
                [
                    arrows("edges", shrink=25),
                    arrows("forward", "this step", 0, shrink=25),
                    points("now", colour=1, size=58, hollow=True),
                    points("nodes", colour=None, size=48, hollow=True),
                    words("values"),
                ],
                alt="Two inputs, two hidden units, a logit, its sigmoid and the loss, joined by "
                "arrows; values appear from left to right.",
                axes=False,
                turn=True,
                xlim=(-0.5, 7.3),
                ylim=(-0.85, 1.8),
                size=(780, 310),
            ),
            Table("The numbers so far", "numbers", ["quantity", "value"]),
        ],
        say=say,
        predict="Before you press Next, work out the number asked for. Then choose another hidden "
        "activation: which of the seven numbers stay?",
    )


def units_and_sum(
    places: Sequence[float], heights: Sequence[float], activation: str
) -> tuple[np.ndarray, np.ndarray]:
    """Return each unit's v·g(x - c) on the grid, (units, points), and their sum, by nnlib.

    >>> units_and_sum([0.0], [2.0], "ReLU")[1].max()
    np.float64(6.0)
    """
    make, n = ACTIVATIONS[activation][0], len(places)
    hidden, output = nn.Dense(1, n), nn.Dense(n, 1)
    layers = [hidden, *([make()] if make else []), output]
    net = nn.Network(layers, nn.MSE())
    hidden.W, hidden.b = np.ones((1, n)), -np.asarray(places, dtype=float)
    output.W, output.b = np.asarray(heights, dtype=float)[:, np.newaxis], [0.0]
    total = net.forward(GRID[:, np.newaxis])[:, 0]
    a = hidden.forward(GRID[:, np.newaxis])
    a = layers[1].forward(a) if make else a
    return (a * output.W[:, 0]).T, total


def bent_lines() -> Lab:
    """A 1-3-1 network: three hidden units, and the curve that they add up to."""

    def compute(activation: str, **sliders: float) -> Numbers:
        places = [sliders[f"c{i}"] for i in (1, 2, 3)]
        heights = [sliders[f"v{i}"] for i in (1, 2, 3)]
        units, total = units_and_sum(places, heights, activation)
        bends = np.diff(total, 2)
        straight = bool(np.all(np.abs(bends) < 1e-9))
        return {
            "total": (GRID, total),
            **{f"unit{i}": (GRID, unit) for i, unit in enumerate(units, start=1)},
            "activation": activation,
            "straight": straight,
            "ends": (total[0], total[-1]),
        }

    def say(numbers: Numbers) -> str:
        shape = "one straight line" if numbers["straight"] else "a bent curve"
        if numbers["activation"] == "ReLU" and not numbers["straight"]:
            shape = "straight pieces, with a corner where a unit switches on"
        left, right = numbers["ends"]
        return (
            f"Hidden activation {numbers['activation']}: the sum is {shape}. It goes from "
            f"{number(left)} at x = −3 to {number(right)} at x = 3."
        )

    controls = []
    for i, (place, height) in enumerate(((-1.5, 1.0), (0.0, -2.0), (1.5, 2.0)), start=1):
        controls += [
            slider(f"c{i}", f"unit {i}: where it bends", -3.0, 3.0, place, step=0.1),
            slider(f"v{i}", f"unit {i}: output weight", -3.0, 3.0, height, step=0.1),
        ]
    controls += [choice("activation", "hidden activation", ["ReLU", "tanh", "sigmoid", "none"])]
    return Lab(
        "A curve from bent lines",
        compute,
        controls=controls,
        panels=[
            Panel(
                "Three hidden units, weighted",
                [line(f"unit{i}", f"unit {i}", i - 1) for i in (1, 2, 3)],
                alt="Three curves over x, one for each hidden unit; with ReLU each is flat up to "
                "its corner and then a straight line.",
                xlabel="input x",
                xlim=(-3, 3),
                ylim=(-8, 8),
            ),
            Panel(
                "Their sum, the output",
                [line("total", "output", 0)],
                alt="The sum of the three curves over x: with ReLU a line with three corners, "
                "without an activation one straight line.",
                xlabel="input x",
                xlim=(-3, 3),
                ylim=(-8, 8),
            ),
        ],
        say=say,
        predict="Set the activation to none. Can you still make a corner with the six sliders?",
    )
