"""Chapter 07's labs: one forward and backward pass of a 2-2-1 network, number by number, then live.

Every number shown is nnlib's own. The formulas beside them are text; the tests evaluate that text,
and hold it against the numbers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

import nnlib as nn
from nnlab.labs.lab import Lab, Numbers
from nnlab.labs.scene import Panel, Table, arrows, number, points, slider, stepper, text

X = (1.0, 2.0)
THETA = (0.5, -0.3, 0.2, 0.4, 0.1, -0.2, 1.0, -2.0, -0.1)  # in the order of PARAMETERS
PARAMETERS = ("W1₁₁", "W1₁₂", "W1₂₁", "W1₂₂", "b1₁", "b1₂", "W2₁", "W2₂", "b2")
PLACES = {  # of the nodes
    "x₁": (0, 1),
    "x₂": (0, 0),
    "z1₁": (2, 1),
    "z1₂": (2, 0),
    "a1₁": (3.1, 1),
    "a1₂": (3.1, 0),
    "z2": (4.8, 0.5),
    "p": (5.8, 0.5),
    "L": (6.8, 0.5),
}
EDGES = {  # from, to, the weight on it, and how far along its label stands
    ("x₁", "z1₁"): ("W1₁₁", 0.44),
    ("x₁", "z1₂"): ("W1₁₂", 0.26),
    ("x₂", "z1₁"): ("W1₂₁", 0.64),
    ("x₂", "z1₂"): ("W1₂₂", 0.5),
    ("z1₁", "a1₁"): (None, 0),
    ("z1₂", "a1₂"): (None, 0),
    ("a1₁", "z2"): ("W2₁", 0.4),
    ("a1₂", "z2"): ("W2₂", 0.62),
    ("z2", "p"): (None, 0),
    ("p", "L"): (None, 0),
}
BIASES = {"b1₁": (2, 1.58), "b1₂": (2, -0.6), "b2": (4.8, 1.08)}


@dataclass(frozen=True)
class Step:
    """One number: its name, the formula, why it is so, and the edges that it goes along."""

    name: str
    formula: str
    why: str
    edges: Sequence[tuple[str, str]] = ()

    @property
    def backward(self) -> bool:
        """Say whether it belongs to the backward pass."""
        return self.name.startswith("d")


WEIGHTED = "the inputs of the unit, each times the weight on its edge, and the bias"
SQUASHED = "the activation bends the sum; without it two layers would be one linear layer"
WEIGHT = "the weight's gradient: what came in along the edge times what comes back along it"
BIAS = "the bias adds to z with factor 1, so its gradient is that of z"
STEPS = (
    Step("z1₁", "x₁·W1₁₁ + x₂·W1₂₁ + b1₁", WEIGHTED, [("x₁", "z1₁"), ("x₂", "z1₁")]),
    Step("z1₂", "x₁·W1₁₂ + x₂·W1₂₂ + b1₂", WEIGHTED, [("x₁", "z1₂"), ("x₂", "z1₂")]),
    Step("a1₁", "tanh(z1₁)", SQUASHED, [("z1₁", "a1₁")]),
    Step("a1₂", "tanh(z1₂)", SQUASHED, [("z1₂", "a1₂")]),
    Step(
        "z2",
        "a1₁·W2₁ + a1₂·W2₂ + b2",
        "the logit: again a weighted sum, now of the hidden units",
        [("a1₁", "z2"), ("a1₂", "z2")],
    ),
    Step("p", "1/(1 + e^(−z2))", "the sigmoid makes a probability of the logit", [("z2", "p")]),
    Step(
        "L",
        "−y·log(p) − (1 − y)·log(1 − p)",
        "the log loss: how surprised the network is by the true label",
        [("p", "L")],
    ),
    Step(
        "dz2",
        "p − y",
        "two links of the chain at once, ∂L/∂p · ∂p/∂z2, which cancel to the error itself",
        [("z2", "p"), ("p", "L")],
    ),
    Step("dW2₁", "a1₁·dz2", WEIGHT, [("a1₁", "z2")]),
    Step("dW2₂", "a1₂·dz2", WEIGHT, [("a1₂", "z2")]),
    Step("db2", "dz2", BIAS),
    Step("da1₁", "dz2·W2₁", "back along the edge, times its weight", [("a1₁", "z2")]),
    Step("da1₂", "dz2·W2₂", "back along the edge, times its weight", [("a1₂", "z2")]),
    Step(
        "dz1₁",
        "da1₁·(1 − a1₁²)",
        "times the slope of tanh, which the kept a1₁ gives without a new tanh",
        [("z1₁", "a1₁")],
    ),
    Step(
        "dz1₂",
        "da1₂·(1 − a1₂²)",
        "times the slope of tanh: a unit near ±1 lets little through",
        [("z1₂", "a1₂")],
    ),
    Step("dW1₁₁", "x₁·dz1₁", WEIGHT, [("x₁", "z1₁")]),
    Step("dW1₁₂", "x₁·dz1₂", WEIGHT, [("x₁", "z1₂")]),
    Step("dW1₂₁", "x₂·dz1₁", WEIGHT, [("x₂", "z1₁")]),
    Step("dW1₂₂", "x₂·dz1₂", WEIGHT, [("x₂", "z1₂")]),
    Step("db1₁", "dz1₁", BIAS),
    Step("db1₂", "dz1₂", BIAS),
)


def both_passes(theta: Sequence[float], x: Sequence[float], y: int) -> dict[str, float]:
    """Run nnlib's 2-2-1 network (tanh, log loss) once; return every number under its name.

    >>> round(both_passes(THETA, X, 1)["dz2"], 4)
    -0.4803
    """
    hidden, tanh, output = layers = [nn.Dense(2, 2), nn.Tanh(), nn.Dense(2, 1)]
    net = nn.Network(layers, nn.LogLoss())
    net.theta[:] = theta
    z1 = hidden.forward(np.array([x], dtype=float))
    a1 = tanh.forward(z1)
    z2 = output.forward(a1)
    loss, dz2 = net.loss.value_and_grad(z2, np.array([[y]]))
    da1 = output.backward(dz2)
    dz1 = tanh.backward(da1)
    hidden.backward(dz1)
    found = dict(zip(("x₁", "x₂"), x, strict=True)) | {"y": y, "z2": z2, "L": loss, "dz2": dz2}
    found["p"] = net.loss.proba(z2)
    for name, row in (("z1", z1), ("a1", a1), ("da1", da1), ("dz1", dz1)):
        found |= {f"{name}₁": row[0, 0], f"{name}₂": row[0, 1]}
    found |= dict(zip(PARAMETERS, net.theta, strict=True))
    found |= {f"d{name}": slope for name, slope in zip(PARAMETERS, net.grad, strict=True)}
    return {name: np.asarray(value).item() for name, value in found.items()}


def filled_in(formula: str, found: dict[str, float]) -> str:
    """Return the formula with a number for each name, negative ones in brackets."""

    def value(match: re.Match) -> str:
        shown = number(found[match.group()], 4)
        return f"({shown})" if shown.startswith("−") else shown

    names = sorted(found, key=len, reverse=True)
    filled = re.sub("|".join(rf"(?<!\w){name}(?![^\W²])" for name in names), value, formula)
    return re.sub(r"(?<=\w)\(\((−[^()]+)\)(?=[,)])", r"(\1", filled)  # tanh(−1), not tanh((−1))


def graph(found: dict[str, float], known: set[str], step: Step | None, asked: str) -> Numbers:
    """Return the marks: what is known stands at nodes and edges, what is asked is a question mark.

    A gradient ∂ stands under the value it belongs to.
    """
    nodes = np.array([*PLACES.values()]).T
    lit = set(step.edges) if step else set()
    along = [(*PLACES[a], *PLACES[b]) for a, b in EDGES if (a, b) not in lit]
    now = [(*PLACES[a], *PLACES[b]) for a, b in EDGES if (a, b) in lit]
    back = bool(step and step.backward)
    target = step.name.removeprefix("d") if step else ""

    def value(name: str) -> str:
        return number(found[name]) if name in known else "?" if name == asked else " "

    names, slopes = [], []
    for name, place in PLACES.items():
        names.append((*place, f"{name}\n{value(name)}"))
        slopes.append((*place, name))
    for (a, b), (weight, share) in EDGES.items():
        if weight:
            (x, y), (x_end, y_end) = PLACES[a], PLACES[b]
            place = (x + share * (x_end - x), y + share * (y_end - y))
            names.append((*place, f"{weight} {value(weight)}"))
            slopes.append((*place, weight))
    for name, place in BIASES.items():
        names.append((*place, f"{name}\n{value(name)}\n "))  # the third line: its gradient
        slopes.append((*place, name))
    slopes = [
        (x, y, f"∂ {value('d' + name)}") for x, y, name in slopes if f"d{name}" in {*known, asked}
    ]
    empty = np.empty((4, 0))
    at_nodes = {(*place,) for place in PLACES.values()}
    return {
        "edges": np.array(along).T,
        "forward": np.array(now).T if now and not back else empty,
        "backward": np.array([[*e[2:], *e[:2]] for e in now]).T if now and back else empty,
        "now": np.array([PLACES[target]]).T if target in PLACES else np.empty((2, 0)),
        "nodes": nodes,
        "values": names,
        "slopes": [s for s in slopes if s[:2] in at_nodes],
        "edge_slopes": [s for s in slopes if s[:2] not in at_nodes],
    }


def graph_panel(alt: str, steps: bool) -> Panel:
    """Return the panel that draws what `graph` gives."""
    return Panel(
        "The network as a graph; ∂ is the gradient of L",
        [
            arrows("edges", shrink=25),
            arrows("forward", "forward" if steps else "", 0, shrink=30, stroke=3.5),
            arrows("backward", "backward" if steps else "", 1, shrink=30, stroke=3.5),
            points("now", colour=1, size=58, hollow=True),
            points("nodes", colour=None, size=48, hollow=True),
            text("values"),
            text("slopes", 1, dy=34, bold=True),
            text("edge_slopes", 1, dy=15, bold=True),
        ],
        alt=alt,
        axes=False,
        turn=True,
        xlim=(-0.5, 7.3),
        ylim=(-0.95, 1.9),
        size=(780, 420),
    )


def table(found: dict[str, float], known: set[str], asked: str = "") -> list[list[str]]:
    """Return a row for each quantity: its value and its gradient, as far as they are known."""
    rows = []
    for name in (*PLACES, *PARAMETERS):
        value = number(found[name], 4) if name in known else "?" if name == asked else ""
        slope = f"d{name}"
        slope = number(found[slope], 4) if slope in known else "?" if slope == asked else ""
        rows.append([name, value, slope])
    return rows


def backprop_stepper(theta: Sequence[float] = THETA, x: Sequence[float] = X, y: int = 1) -> Lab:
    """One forward and one backward pass of 2-2-1: 21 numbers, each with formula and reason.

    `theta` is W1 row by row, b1, W2, b2. The next number is asked for before it is shown.
    """
    found = both_passes(theta, x, y)
    given = {"x₁", "x₂", "y", *PARAMETERS}

    def compute(step: int) -> Numbers:
        known = given | {s.name for s in STEPS[:step]}
        asked = STEPS[step].name if step < len(STEPS) else ""
        marks = graph(found, known, STEPS[step - 1] if step else None, asked)
        return marks | {"numbers": table(found, known, asked), "step": step}

    def say(numbers: Numbers) -> str:
        step = numbers["step"]
        if not step:
            said = f"Given: x = ({number(x[0])}, {number(x[1])}), y = {y}, and nine parameters."
        else:
            s = STEPS[step - 1]
            way = "Backward" if s.backward else "Forward"
            worked = "" if s.formula in found else f" = {filled_in(s.formula, found)}"
            said = f"{way}: {s.name} = {s.formula}{worked} = {number(found[s.name], 4)}"
            said += f"\nWhy: {s.why}."
        if step == len(STEPS):
            return said + "\nAll nine gradients are there. Using them is the optimizer's business."
        ahead = STEPS[step]
        return said + f"\nNext, work it out: {ahead.name} = {ahead.formula} = ?"

    return Lab(
        "Backpropagation, step by step",
        compute,
        controls=[stepper("step", "step", len(STEPS))],
        panels=[
            graph_panel(
                "Two inputs, two tanh units, a logit, its sigmoid and the loss, joined by arrows; "
                "values appear from left to right, gradients from right to left.",
                steps=True,
            ),
            Table("The numbers so far", "numbers", ["quantity", "value", "gradient of L"]),
        ],
        say=say,
        predict="Before you press Next, work out the number asked for: its sign at least.",
    )


def backprop_live(x: Sequence[float] = X, y: int = 1) -> Lab:
    """The same network with a slider for each of its nine parameters: values and gradients live."""
    names = [name.translate(str.maketrans("₁₂", "12")) for name in PARAMETERS]

    def compute(**sliders: float) -> Numbers:
        found = both_passes([sliders[name] for name in names], x, y)
        everything = set(found)
        marks = graph(found, everything, None, "")
        return marks | {"numbers": table(found, everything), "found": found}

    def say(numbers: Numbers) -> str:
        found = numbers["found"]
        steepest = max(PARAMETERS, key=lambda name: abs(found[f"d{name}"]))
        slope = found[f"d{steepest}"]
        way = "lowering" if slope > 0 else "raising"
        return (
            f"The loss is {number(found['L'])}: p = {number(found['p'])} where y = {y}. Just now "
            f"{steepest} has the steepest slope, {number(slope)}, so {way} it a little "
            "lowers the loss."
        )

    return Lab(
        "Backpropagation, live",
        compute,
        controls=[
            slider(name, shown, -3.0, 3.0, start, step=0.1)
            for name, shown, start in zip(names, PARAMETERS, THETA, strict=True)
        ],
        panels=[
            graph_panel(
                "Two inputs, two tanh units, a logit, its sigmoid and the loss, with the value and "
                "the gradient at each node and each weight.",
                steps=False,
            ),
            Table("Values and gradients", "numbers", ["quantity", "value", "gradient of L"]),
        ],
        say=say,
        predict="Set W2₁ to 0. Which gradients of the first layer become 0, and which do not?",
    )
