"""Chapter 04's labs: move a logit and see probabilities, loss and gradient; move an outlier.

Losses and gradients are nnlib's own; the squared error after a sigmoid, which nnlib doesn't have,
is the chain rule in one line, tested against differences.
"""

from __future__ import annotations

import numpy as np

import nnlib as nn
from nnlab.labs.lab import Lab, Numbers
from nnlab.labs.scene import Panel, bars, choice, line, number, points, slider

GRID = np.round(np.linspace(-8, 8, 161), 10)
LABELS = ("1", "0")
CLASSES = ("A", "B", "C")
FRIENDS = (3.0, 4.0, 4.5, 5.0, 5.0, 5.5, 6.0, 7.0)  # the targets that stay where they are
PLACES = np.linspace(0, 60, 121)  # where the ninth may stand


def log_loss(z: np.ndarray, y: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the log loss of each logit on its own, and its slope."""
    loss = nn.LogLoss()
    pairs = [loss.value_and_grad(np.array([[t]]), np.array([[float(y)]])) for t in z]
    return np.array([value for value, _ in pairs]), np.array([dz.item() for _, dz in pairs])


def squared_error(z: np.ndarray, y: int) -> tuple[np.ndarray, np.ndarray]:
    """Return (σ(z) - y)² of each logit, and its slope 2 (p - y) p (1 - p).

    >>> [round(float(part), 4) for part in squared_error(np.array(0.0), 1)]
    [0.25, -0.25]
    """
    p = nn.sigmoid(z)
    return (p - y) ** 2, 2 * (p - y) * p * (1 - p)


CURVES = {str(y): (*log_loss(GRID, y), *squared_error(GRID, y)) for y in (0, 1)}


def one_logit() -> Lab:
    """One logit and a true label: log loss beside the squared error of the same probability."""

    def compute(z: float, label: str) -> Numbers:
        log_curve, log_slope, square_curve, square_slope = CURVES[label]
        here, y = np.array([z]), int(label)
        (cost, slope), (square, pull) = log_loss(here, y), squared_error(here, y)
        return {
            "log_curve": (GRID, log_curve),
            "square_curve": (GRID, square_curve),
            "log_slope": (GRID, log_slope),
            "square_slope": (GRID, square_slope),
            "log_here": (here, cost),
            "square_here": (here, square),
            "log_pull": (here, slope),
            "square_pull": (here, pull),
            "p": nn.sigmoid(here).item(),
            "y": y,
        }

    def say(numbers: Numbers) -> str:
        cost, slope = numbers["log_here"][1].item(), numbers["log_pull"][1].item()
        square, pull = numbers["square_here"][1].item(), numbers["square_pull"][1].item()
        p, y = numbers["p"], numbers["y"]
        side = "right" if (p > 0.5) == bool(y) else "wrong"
        side = "undecided" if p == 0.5 else f"on the {side} side"
        return (
            f"p = {number(p)} where y = {y}: {side}. "
            f"Log loss {number(cost)}, gradient p − y = {number(slope)}. "
            f"Squared error {number(square)}, gradient {number(pull)}: "
            f"{number(abs(slope / pull), 2)} times weaker."
        )

    marks = [
        ("log_curve", "square_curve", "log_here", "square_here"),
        ("log_slope", "square_slope", "log_pull", "square_pull"),
    ]
    titles = ("Loss", "Gradient: how hard the logit is pulled")
    alts = (
        "Loss against the logit: log loss grows in a straight line on the wrong side, the "
        "squared error of the probability flattens out at 1.",
        "Gradient against the logit: that of log loss tends to plus or minus 1 on the wrong side, "
        "that of the squared error goes back to 0 on both sides.",
    )
    panels = [
        Panel(
            title,
            [
                line(names[0], "log loss", 0),
                line(names[1], "squared error after a sigmoid", 1),
                points(names[2], colour=0, shape="circle", size=12),
                points(names[3], colour=1, shape="square", size=12),
            ],
            alt=alt,
            xlabel="logit z",
            xlim=(-8, 8),
            ylim=limits,
        )
        for title, names, alt, limits in zip(
            titles, marks, alts, [(0, 8), (-1.1, 1.1)], strict=True
        )
    ]
    return Lab(
        "Move a logit",
        compute,
        controls=[
            slider("z", "logit z", -8.0, 8.0, -4.0, step=0.1),
            choice("label", "true label y", LABELS),
        ],
        panels=panels,
        say=say,
        predict="Push the logit to the wrong side as far as it goes. Which of the two losses still "
        "pulls it back, and how hard?",
    )


def three_logits() -> Lab:
    """Three logits, a true class, and as much label smoothing as wanted."""
    places = np.arange(3.0)

    def compute(z1: float, z2: float, z3: float, true: str, smoothing: float) -> Numbers:
        z, y = np.array([[z1, z2, z3]]), np.array([CLASSES.index(true)])
        loss = nn.CrossEntropy(label_smoothing=smoothing)
        cost, dz = loss.value_and_grad(z, y)
        moved = np.repeat(z, len(GRID), axis=0)
        moved[:, y[0]] = GRID
        curve = [loss.value(row[None], y) for row in moved]
        return {
            "p": (places, loss.proba(z)[0]),
            "q": (places, loss.targets(z, y)[0]),
            "gradient": (places, dz[0]),
            "curve": (GRID, np.array(curve)),
            "here": (z[0, y], np.array([cost])),
        }

    def say(numbers: Numbers) -> str:
        p, q, dz = (numbers[name][1] for name in ("p", "q", "gradient"))
        each = ", ".join(
            f"{name}: p = {number(p[i])}, target {number(q[i])}, gradient {number(dz[i])}"
            for i, name in enumerate(CLASSES)
        )
        cost = numbers["here"][1].item()
        return f"Loss {number(cost)}. {each}. The three gradients sum to 0."

    return Lab(
        "Three logits, one softmax",
        compute,
        controls=[
            slider("z1", "logit of A", -8.0, 8.0, 1.0, step=0.5),
            slider("z2", "logit of B", -8.0, 8.0, 2.0, step=0.5),
            slider("z3", "logit of C", -8.0, 8.0, -1.0, step=0.5),
            choice("true", "true class", CLASSES),
            slider("smoothing", "label smoothing ε", 0.0, 0.5, 0.0, step=0.05),
        ],
        panels=[
            Panel(
                "Probabilities and targets",
                [
                    bars("p", "p, predicted", 0, width=0.6),
                    points("q", "y, target", 1, shape="diamond", size=13),
                ],
                alt="A bar for the probability of each class, which sum to 1, and a diamond where "
                "the target stands.",
                xlabel="class",
                ticks=CLASSES,
                xlim=(-0.6, 2.6),
                ylim=(0, 1.05),
                size=(300, 280),
            ),
            Panel(
                "Gradient p − y",
                [bars("gradient", colour=2, width=0.6)],
                alt="A bar for each logit's gradient: below 0 where the target is higher than the "
                "probability, above 0 for the others.",
                xlabel="class",
                ticks=CLASSES,
                xlim=(-0.6, 2.6),
                ylim=(-1.05, 1.05),
                size=(300, 280),
            ),
            Panel(
                "Loss, if the true class's logit moved",
                [line("curve", "softmax loss", 0), points("here", "now", 1, size=12)],
                alt="The loss against the logit of the true class: it falls along a straight line, "
                "then flattens; with label smoothing it rises again.",
                xlabel="logit of the true class",
                ylabel="loss",
                xlim=(-8, 8),
                ylim=(0, 17),
                size=(600, 260),
            ),
        ],
        say=say,
        predict="Add 2 to all three logits. What happens to the probabilities, and what to the "
        "loss?",
    )


def huber_centre(values: np.ndarray, delta: float) -> np.ndarray:
    """Return the constant of least mean Huber loss, for each row of values, by bisection.

    The pull Σ clip(c - y, -δ, δ) rises with c, so its zero is found by halving an interval. Where
    it is 0 on a whole interval, that is the interval's left end.

    >>> huber_centre(np.array([[0.0, 1.0, 2.0, 3.0, 100.0]]), 10.0).round(6).tolist()
    [4.0]
    """
    low, high = values.min(axis=1), values.max(axis=1)
    for _ in range(50):
        middle = (low + high) / 2
        pull = np.clip(middle[:, None] - values, -delta, delta).sum(axis=1)
        low, high = np.where(pull < 0, middle, low), np.where(pull < 0, high, middle)
    return (low + high) / 2


def one_outlier() -> Lab:
    """Nine targets, one of which moves: the constant that each regression loss would predict."""

    def compute(outlier: float, delta: float) -> Numbers:
        rows = np.array([[*FRIENDS, place] for place in PLACES])
        now = np.array([[*FRIENDS, outlier]])
        centres = {
            "mse": lambda v: v.mean(axis=1),
            "huber": lambda v: huber_centre(v, delta),
            "mae": lambda v: np.median(v, axis=1),
        }
        found: Numbers = {"outlier": outlier, "targets": (now[0], np.zeros(now.size))}
        for height, (name, centre) in enumerate(centres.items(), start=1):
            best = centre(now)
            found |= {
                name: (PLACES, centre(rows)),
                f"{name}_now": ([outlier], best),
                f"{name}_at": (best, [float(height)]),
            }
        return found

    def say(numbers: Numbers) -> str:
        mse, huber, mae = (numbers[f"{name}_now"][1].item() for name in ("mse", "huber", "mae"))
        return (
            f"One target at {number(numbers['outlier'])}, eight between 3 and 7. Best constant: "
            f"MSE (mean) {number(mse)}, Huber {number(huber)}, MAE (median) {number(mae)}."
        )

    looks = [
        ("mse", "MSE", 0, "circle"),
        ("huber", "Huber", 2, "square"),
        ("mae", "MAE", 1, "diamond"),
    ]
    return Lab(
        "Move an outlier",
        compute,
        controls=[
            slider("outlier", "the ninth target", 0.0, 60.0, 30.0, step=0.5),
            slider("delta", "Huber's δ", 0.5, 20.0, 2.0, step=0.5),
        ],
        panels=[
            Panel(
                "Nine targets, and the best constants",
                [
                    points("targets", "targets", None, shape="cross", size=11),
                    *[
                        points(f"{n}_at", f"best for {s}", c, shape=m, size=13)
                        for n, s, c, m in looks
                    ],
                ],
                alt="Nine targets as crosses along an axis, and above them the constant that each "
                "loss likes best: the median stays, the mean follows the outlier.",
                xlabel="target y",
                xlim=(-1, 61),
                ylim=(-0.6, 3.6),
                rows=["targets", *(said for _, said, _, _ in looks)],
            ),
            Panel(
                "Best constant, as the ninth moves",
                [
                    *[line(name, said, colour) for name, said, colour, _ in looks],
                    *[points(f"{n}_now", colour=c, shape=m, size=12) for n, _, c, m in looks],
                ],
                alt="The best constant against the place of the ninth target: a rising line for "
                "MSE, a flat one for MAE, and one for Huber that rises at first and then stays.",
                xlabel="place of the ninth target",
                ylabel="best constant",
                xlim=(0, 60),
                ylim=(2, 12),
            ),
        ],
        say=say,
        predict="Move the ninth target from 5 to 60. How far does the best constant of each loss "
        "move?",
    )
