"""Chapter 10's lab: six optimizers start at one point of one landscape."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

import nnlib as nn
from nnlab.labs.lab import Lab, Numbers
from nnlab.labs.scene import Mark, Panel, Table, choice, contours, line, number, points, slider

RAVINE, TURNED, VALLEY = "ravine along the axes", "the same ravine, turned", "bent valley"
SADDLE, RARE = "saddle between two minima", "rare feature"
SURFACES = (RAVINE, TURNED, VALLEY, SADDLE, RARE)
TURN = np.array([[1.0, -1.0], [1.0, 1.0]]) / np.sqrt(2)  # by 45 degrees
BENDS = {RAVINE: np.diag([0.1, 5.0]), TURNED: TURN @ np.diag([0.1, 5.0]) @ TURN.T}
STEEP = 5.0  # curvature along the frequent feature's weight
EVERY = 20  # the rare feature is seen in one step of 20
STEPS = 100
REACH = 5.8  # holds every start, turned ones too
FAR = 1e6  # a path that is farther away has diverged: it is followed no longer
GLOBAL, OWN = ("SGD", "momentum", "Nesterov"), ("AdaGrad", "RMSProp", "Adam")


def loss_of(kind: str, w: np.ndarray) -> np.ndarray:
    """The loss at each point, (2, n) -> (n,); 0 at its minima."""
    a, b = w
    if kind in BENDS:
        return np.einsum("in,ij,jn->n", w, BENDS[kind], w) / 2
    if kind == VALLEY:
        return (1.5 - a) ** 2 / 10 + (b - a * a / 2) ** 2 / 2
    if kind == SADDLE:
        return a * a / 2 + (b * b - 5) ** 2 / 40
    return (STEEP * a * a + b * b / EVERY) / 2


def gradient(kind: str, w: np.ndarray, t: int) -> np.ndarray:
    """The gradient that step t = 0, 1, … is given at the point w, (2,) -> (2,).

    Where a feature is rare, its weight has a gradient in one step of EVERY and 0 in the others;
    in the mean that is the gradient of `loss_of`.
    """
    a, b = w
    if kind in BENDS:
        return BENDS[kind] @ w
    if kind == VALLEY:
        gap = b - a * a / 2
        return np.array([(a - 1.5) / 5 - gap * a, gap])
    if kind == SADDLE:
        return np.array([a, (b * b - 5) * b / 10])
    return np.array([STEEP * a, b if t % EVERY == 0 else 0.0])


def optimizers(lr: float, own: float, beta: float) -> dict[str, nn.SGD]:
    """Six fresh optimizers: `lr` for those with one rate, `own` for those with a rate a weight."""
    momentum = {"momentum": beta} if beta else {}
    return {
        "SGD": nn.SGD(lr),
        "momentum": nn.SGD(lr, **momentum),
        "Nesterov": nn.SGD(lr, nesterov=bool(beta), **momentum),
        "AdaGrad": nn.AdaGrad(own),
        "RMSProp": nn.RMSProp(own, rho=0.9),
        "Adam": nn.Adam(own),
    }


def path_of(kind: str, optimizer: nn.SGD, start: tuple[float, float]) -> np.ndarray:
    """Where the optimizer goes, (2, STEPS + 1); NaN from where it is too far away."""
    path = np.full((STEPS + 1, 2), np.nan)
    path[0] = w = np.array(start, dtype=float)
    for t in range(STEPS):
        optimizer.step(w, gradient(kind, w, t))
        if not (np.abs(w) < FAR).all():
            break
        path[t + 1] = w
    return path.T


@cache
def lines_of(kind: str) -> Mark:
    """The level lines of the whole landscape."""
    grid = np.linspace(-REACH, REACH, 61)
    w = np.array([axis.ravel() for axis in np.meshgrid(grid, grid)])
    Z = loss_of(kind, w).reshape(61, 61)
    return contours("levels", grid, grid, Z, np.quantile(Z, np.linspace(0.02, 0.95, 12)))


def race(kind: str, lr: float, own: float, beta: float, start: tuple[float, float]) -> Numbers:
    """All six paths, their losses, and a table of how far each one came.

    In the turned ravine the start turns too: only the axes differ.
    """
    if kind == TURNED:
        start = tuple((TURN @ start).tolist())
    numbers: Numbers = {}
    for side in (GLOBAL[0], OWN[0]):
        numbers[f"{side} levels"] = lines_of(kind).data
        numbers[f"{side} start"] = ([start[0]], [start[1]])
    rows, losses, at = [], {}, np.arange(STEPS + 1.0)
    with np.errstate(all="ignore"):
        for name, optimizer in optimizers(lr, own, beta).items():
            path = path_of(kind, optimizer, start)
            loss = loss_of(kind, path)
            seen = np.where((np.abs(path) <= REACH).all(axis=0), path, np.nan)
            numbers[name] = seen
            numbers[f"{name} end"] = seen[:, [-1]]
            numbers[f"{name} loss"] = (at, np.where(loss > 1e-12, loss, np.nan))
            losses[name] = loss
            there = np.flatnonzero(loss <= loss[0] / 100)
            arrived = str(there[0]) if there.size else "–"
            end = number(loss[-1], 2) if np.isfinite(loss[-1]) else "diverged"
            rows.append([name, end, arrived])
    return numbers | {"table": rows, "losses": losses, "kind": kind, "lr": lr, "beta": beta}


WHY = {
    RAVINE: "Dividing each coordinate by the size of its own gradient evens the two curvatures, "
    "because the ravine lies along the axes.",
    TURNED: "Ravine and start are turned together. For SGD, momentum and Nesterov it is the "
    "same race, loss for loss. The others see two "
    "gradients of like size and have nothing left to even out.",
    VALLEY: "The bottom of the valley bends: what one step has learned about the direction ages.",
    SADDLE: "On the line w₂ = 0 the second gradient is 0, and no optimizer leaves that line. A "
    "little beside it, dividing by the size of the gradient makes a tiny slope count.",
    RARE: f"w₂ has a gradient in one step of {EVERY} only. The frequent w₁ caps the common η at "
    f"{number(2 / STEEP)}; AdaGrad keeps the rate of w₂ large, since little was added to its sum.",
}


def say_race(n: Numbers) -> str:
    """Say who is ahead, who has diverged, and what this landscape shows."""
    last = {name: loss[-1] for name, loss in n["losses"].items()}
    lost = [name for name, value in last.items() if not np.isfinite(value)]
    kept = {name: value for name, value in last.items() if np.isfinite(value)}
    said = f"After {STEPS} steps"
    if kept:
        best = min(kept, key=kept.get)
        said += f" the lowest loss is {best}'s, {number(kept[best], 2)}."
    if lost:
        said += f" Diverged: {', '.join(lost)}."
    grown = [name for name in kept if kept[name] > n["losses"][name][0]]
    if grown:
        said += f" Higher than at the start: {', '.join(grown)}."
    if n["kind"] in (RAVINE, TURNED) and not n["beta"]:
        said += " With β = 0 momentum and Nesterov are SGD."
    elif n["kind"] in (RAVINE, TURNED):
        lam, beta = 5.0, n["beta"]
        limits = (2 / lam, 2 * (1 + beta) / lam, 2 * (1 + beta) / ((1 + 2 * beta) * lam))
        said += " The limits of η here: " + ", ".join(
            f"{name} {number(limit)}" for name, limit in zip(GLOBAL, limits, strict=True)
        )
        said += "."
    return f"{said} {WHY[n['kind']]}"


def optimizer_race() -> Lab:
    """Two sliders for the rates, one for β, a start, five landscapes: six paths and six curves."""

    def compute(surface: str, lr: float, own: float, beta: float, w1: float, w2: float) -> Numbers:
        return race(surface, lr, own, beta, (w1, w2))

    def map_of(title: str, names: tuple[str, ...], alt: str) -> Panel:
        side = names[0]  # marks of one lab have different names
        marks = [replace(lines_of(RAVINE), name=f"{side} levels", data=None)]  # computed anew
        marks += [line(name, name, colour=i, gaps=True) for i, name in enumerate(names)]
        marks += [points(f"{side} start", "start", colour=5, shape="square", size=10)]
        shapes = ("circle", "diamond", "cross")
        marks += [
            replace(points(f"{name} end", "", i, shapes[i], 11), gaps=True)
            for i, name in enumerate(names)
        ]
        lim = (-REACH, REACH)
        return Panel(title, marks, alt, "w₁", "w₂", lim, lim, size=(400, 400))

    def curves(title: str, names: tuple[str, ...], alt: str) -> Panel:
        marks = [line(f"{name} loss", name, colour=i, gaps=True) for i, name in enumerate(names)]
        x, y = (-1, STEPS + 1), (1e-6, 1e2)
        return Panel(title, marks, alt, "step", "loss", x, y, ylog=True, size=(400, 280))

    return Lab(
        "Six optimizers on one landscape",
        compute,
        controls=[
            choice("surface", "landscape", SURFACES),
            slider("lr", "η of SGD, momentum, Nesterov", 0.01, 1.0, 0.1, log=True),
            slider("own", "η of AdaGrad, RMSProp, Adam", 0.01, 3.1623, 0.3162, log=True),
            slider("beta", "momentum β", 0.0, 0.99, 0.9, step=0.01),
            slider("w1", "start w₁", -4.0, 4.0, -4.0, step=0.1),
            slider("w2", "start w₂", -4.0, 4.0, 1.5, step=0.1),
        ],
        panels=[
            map_of(
                "One rate for all weights",
                GLOBAL,
                "Level lines of the landscape, and on them the paths of SGD, momentum and Nesterov "
                "from a square at the start; each end has its own marker.",
            ),
            map_of(
                "A rate for each weight",
                OWN,
                "The same level lines with the paths of AdaGrad, RMSProp and Adam from the same "
                "start; each end has its own marker.",
            ),
            curves(
                "Loss, one rate for all",
                GLOBAL,
                "The loss of SGD, momentum and Nesterov against the step, on a logarithmic scale.",
            ),
            curves(
                "Loss, a rate for each",
                OWN,
                "The loss of AdaGrad, RMSProp and Adam against the step, on a logarithmic scale.",
            ),
            Table(
                "The race",
                "table",
                ["optimizer", f"loss after {STEPS}", "first step below 1 %"],
                (420, 260),
            ),
        ],
        say=say_race,
        predict="Who reaches 1 % of the first loss first in the ravine? Turn the ravine by 45 "
        "degrees: whose path changes its shape? On the saddle, start at w₂ = 0 and then at 0.1: "
        "who leaves first?",
    )
