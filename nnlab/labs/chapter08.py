"""Chapter 08's lab: the learning rate on a bowl, a ravine, a saddle and a real loss."""

from __future__ import annotations

from dataclasses import replace
from functools import cache, lru_cache

import numpy as np

import nnlib as nn
from nnlab.labs.lab import Lab, Numbers
from nnlab.labs.scene import (
    Mark,
    Panel,
    choice,
    contours,
    line,
    number,
    points,
    slider,
    text,
)

BOWL, RAVINE, SADDLE, REAL = "bowl", "ravine", "saddle", "real loss, diabetes data"
CURVATURES = {BOWL: (1.0, 2.0), RAVINE: (0.1, 4.0), SADDLE: (2.0, -0.5)}  # along w1 and w2
SURFACES = (*CURVATURES, REAL)
REACH = 4.5  # both weights are drawn from -4.5 to 4.5
STEPS = 40
FAR = 1e6  # a path that is farther away has diverged: it is followed no longer
HIGH = 3.1623  # √10: the stops, 20 in a decade, then meet 1
RATES = np.geomspace(0.01, HIGH, 51)


@cache
def patients() -> tuple[np.ndarray, np.ndarray]:
    """Body-mass index and disease progression of the diabetes data, both standardised, (m, 1)."""
    X, y = nn.load_diabetes()
    return nn.standardise(X[:, 2:3])[0], nn.standardise(y)[0]


def surface(kind: str, w: np.ndarray) -> np.ndarray:
    """The loss at each point, (2, n) -> (n,).

    ½ Σ λ w², or on real data the mean of (w2·tanh(w1·x) - y)²: one input, one tanh unit, one
    output, no biases.
    """
    if kind in CURVATURES:
        return (np.array(CURVATURES[kind]) / 2) @ w**2
    x, y = patients()
    return ((w[1] * np.tanh(w[0] * x) - y) ** 2).mean(axis=0)


def gradient(kind: str, w: np.ndarray) -> np.ndarray:
    """Both partial derivatives at each point, (2, n) -> (2, n)."""
    if kind in CURVATURES:
        return np.array(CURVATURES[kind])[:, None] * w
    x, y = patients()
    a = np.tanh(w[0] * x)
    r = w[1] * a - y
    return np.array([(2 * r * w[1] * (1 - a * a) * x).mean(axis=0), (2 * r * a).mean(axis=0)])


def sharpness(kind: str, w: np.ndarray, h: float = 1e-5) -> np.ndarray:
    """λmax of the Hessian at each point, (2, n) -> (n,): for a 2 × 2 matrix, in closed form."""
    d1, d2 = np.array([[h], [0.0]]), np.array([[0.0], [h]])
    aa, ab = (gradient(kind, w + d1) - gradient(kind, w - d1)) / (2 * h)
    _, bb = (gradient(kind, w + d2) - gradient(kind, w - d2)) / (2 * h)
    return (aa + bb) / 2 + np.hypot((aa - bb) / 2, ab)


def descend(kind: str, lr: float | np.ndarray, start: tuple[float, float]) -> np.ndarray:
    """The path of w ← w - lr · gradient from `start`, (steps + 1, 2, rates); NaN when far away."""
    w = np.tile(np.array(start)[:, None], (1, np.size(lr)))
    path = [w]
    for _ in range(STEPS):
        w = w - lr * gradient(kind, w)
        w = np.where((np.abs(w) < FAR).all(axis=0), w, np.nan)
        path.append(w)
    return np.array(path)


@cache
def lines_of(kind: str) -> Mark:
    """The level lines of the whole surface."""
    grid = np.linspace(-REACH, REACH, 61)
    w = np.array([axis.ravel() for axis in np.meshgrid(grid, grid)])
    Z = surface(kind, w).reshape(61, 61)
    return contours("levels", grid, grid, Z, np.quantile(Z, np.linspace(0.02, 0.95, 12)))


@lru_cache(maxsize=64)
def every_rate(kind: str, start: tuple[float, float]) -> np.ndarray:
    """The loss after all steps, for each of RATES; NaN where the path has left."""
    return surface(kind, descend(kind, RATES, start)[-1])


def walk(kind: str, lr: float, start: tuple[float, float]) -> Numbers:
    """The path, its loss, the limit 2/λmax at each of its points, and the loss for every η."""
    with np.errstate(all="ignore"):
        path = descend(kind, lr, start)[:, :, 0].T  # (2, steps + 1)
        loss, bend = surface(kind, path), sharpness(kind, path)
        last = every_rate(kind, start)
    limit = np.where(bend > 0, 2 / np.where(bend > 0, bend, 1.0), np.nan)
    at = np.arange(STEPS + 1.0)
    top = 3 * abs(loss[0]) + 1
    shown = np.where(np.abs(loss) <= top, loss, np.nan)
    seen = np.where((np.abs(path) <= REACH).all(axis=0), path, np.nan)
    left = np.flatnonzero(np.isnan(shown))
    off = ([np.nan], [np.nan])
    if left.size:
        off = ([at[left[0]]], [-top if loss[left[0]] < 0 else top])
    inside = np.where(np.abs(last) <= top, last, np.nan)
    low, high = np.nanmin([*inside, loss[0]]), np.nanmax([*inside, loss[0]])
    now = loss[-1] if abs(loss[-1]) <= top else high
    return {
        "levels": lines_of(kind).data,
        "path": seen,
        "steps": seen,
        "start": ([start[0]], [start[1]]),
        "end": seen[:, [-1]],
        "loss": (at, shown),
        "off": off,
        "after": (RATES, inside),
        "bound": ([limit[0]] * 2, [low, high]),
        "now": ([lr], [now]),
        "named": [(float(limit[0]), float(high), "2/λmax")],
        "limit": (at, limit),
        "η": (at, np.full(STEPS + 1, lr)),
        "losses": loss,
        "limits": limit,
        "kind": kind,
        "lr": lr,
        "at": start,
    }


def say_descent(n: Numbers) -> str:
    """Say what this learning rate does here, and why."""
    kind, lr, loss = n["kind"], n["lr"], n["losses"]
    if kind == REAL:
        return say_real(lr, loss, n["limits"])
    bend = np.array(CURVATURES[kind])
    factors, limit = 1 - lr * bend, 2 / max(bend)
    said = f"η = {number(lr)}, 2/λmax = {number(limit)}. Each step multiplies w₁ by "
    said += f"{number(factors[0])} and w₂ by {number(factors[1])}."
    if kind == SADDLE:
        steep = "w₁ dies out" if lr < limit else "w₁ grows too"
        if n["at"][1] == 0:
            return f"{said} w₂ is exactly 0 and stays there; {steep}. Move w₂ by 0.1."
        return (
            f"{said} {steep}; w₂ grows at every η, since its curvature is below 0. That is the way "
            "down from a saddle, not a learning rate that is too high. This f has no minimum."
        )
    if abs(lr - limit) < 1e-9:
        return f"{said} Exactly at the limit: it jumps from side to side for ever."
    if lr > limit:
        return f"{said} Above the limit: it diverges, along the steepest direction first."
    zigzag = "A negative factor changes the sign at each step: it zigzags, and converges."
    way = zigzag if min(factors) < 0 else "Both shrink smoothly."
    left = number(100 * max(abs(factors)) ** STEPS, 2)
    return f"{said} {way} After {STEPS} steps {left} % of the slower one is left."


def say_real(lr: float, loss: np.ndarray, limit: np.ndarray) -> str:
    """Say what happens where the limit changes from point to point."""
    said = f"η = {number(lr)}. At the start 2/λmax is {number(limit[0])}"
    if not np.isfinite(loss[-1]) or loss[-1] > 1e3:
        return f"{said}. It diverges: in the end each step lands where the loss is steeper still."
    rises = int((np.diff(loss) > 1e-9).sum())
    said += f", at the end {number(limit[-1])}: it depends on the place."
    times = "once" if rises == 1 else f"{rises} times"
    rose = f"The loss rose {times}" if rises else "The loss fell at every step"
    said += f" {rose}, from {number(loss[0])} to {number(loss[-1])}."
    if lr > limit[0]:
        said += f" η is above the limit of the start, and yet in {STEPS} steps it has not diverged"
        said += ": it went to where the surface is flatter." if limit[-1] > limit[0] else "."
    elif (lr > limit).any():
        said += " On its way it crossed places where η is above the limit, and went on."
    return said


def learning_rate() -> Lab:
    """One slider for η, four surfaces: the path, the loss, every η, and the limit on the way."""

    def compute(surface: str, lr: float, w1: float, w2: float) -> Numbers:
        return walk(surface, lr, (w1, w2))

    levels = replace(lines_of(BOWL), data=None)  # computed anew: the surface can be changed
    gaps = {"gaps": True}  # what leaves the picture is told by the sentence
    return Lab(
        "The learning rate",
        compute,
        controls=[
            slider("lr", "learning rate η", 0.01, HIGH, 0.1, log=True),
            choice("surface", "surface", SURFACES),
            slider("w1", "start w₁", -4.0, 4.0, -2.0, step=0.1),
            slider("w2", "start w₂", -4.0, 4.0, 3.5, step=0.1),
        ],
        panels=[
            Panel(
                "The path, from above",
                [
                    levels,
                    line("path", "path", gaps=True),
                    replace(points("steps", colour=0, size=5), **gaps),
                    points("start", "start", colour=1, shape="square", size=10),
                    replace(points("end", "end", colour=2, shape="diamond", size=10), **gaps),
                ],
                alt="Level lines of the surface, and on them the path of gradient descent, from a "
                "square at the start to a diamond at the end.",
                xlabel="w₁",
                ylabel="w₂",
                xlim=(-REACH, REACH),
                ylim=(-REACH, REACH),
                size=(400, 380),
            ),
            Panel(
                "Loss at each step",
                [
                    line("loss", "loss", gaps=True),
                    replace(points("off", "leaves the picture", 1, "cross", 12), **gaps),
                ],
                alt="The loss against the step: it falls, zigzags, or leaves the picture at a "
                "cross.",
                xlabel="step",
                ylabel="loss",
                xlim=(-1, STEPS + 1),
                size=(400, 380),
            ),
            Panel(
                f"Loss after {STEPS} steps, for every η",
                [
                    line("after", "loss", gaps=True),
                    replace(line("bound", "2/λmax at the start", colour=1), **gaps),
                    points("now", "your η", colour=2, shape="diamond", size=11),
                    text("named", colour=1, dy=10),
                ],
                alt="The loss after the last step against the learning rate: it falls as the rate "
                "grows, and shoots up; an upright line marks 2 over λmax at the start.",
                xlabel="learning rate η",
                ylabel="loss",
                xlog=True,
                xlim=(0.009, 3.6),
                size=(400, 300),
            ),
            Panel(
                "The limit on the way",
                [
                    line("limit", "2/λmax here", colour=1, gaps=True),
                    line("η", "your η", colour=2),
                ],
                alt="Two over λmax at each point of the path, and the learning rate as a level "
                "line: on a quadratic both are level, on the real loss the limit moves.",
                xlabel="step",
                ylabel="learning rate",
                ylog=True,
                xlim=(-1, STEPS + 1),
                ylim=(0.005, 20.0),
                size=(400, 300),
            ),
        ],
        say=say_descent,
        predict="Raise η slowly on the bowl. At which value does the path begin to jump across the "
        "valley, and at which does it leave? Then guess both for the ravine.",
    )
