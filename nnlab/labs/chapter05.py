"""Chapter 05's labs: the tangent plane with its slopes, and how small a step h should be."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np

import nnlib as nn
from nnlab.labs.lab import Lab, Numbers
from nnlab.labs.scene import (
    Mark,
    Panel,
    Table,
    arrows,
    choice,
    contours,
    line,
    number,
    points,
    slider,
    text,
)

BOWL, SADDLE, REAL = "bowl", "saddle", "log loss, real data"
SURFACES = (BOWL, SADDLE, REAL)
REACH = 3.0  # both weights run from -3 to 3
ARROW = 1.0  # the length of an arrow, in units of w; only its direction is drawn
EPS = float(np.finfo(np.float64).eps)
FLOOR = 1e-17  # errors below it, 0 among them, are drawn here


@cache
def tumours() -> tuple[np.ndarray, np.ndarray]:
    """One feature of the breast-cancer data, standardised, and the labels, both (m, 1)."""
    X, y = nn.load_breast_cancer()
    return nn.standardise(X[:, :1])[0], y


def surface(kind: str, w1: np.ndarray, w2: np.ndarray) -> np.ndarray:
    """The height at each (w1, w2); on real data w1 is the weight and w2 the bias."""
    if kind == BOWL:
        return w1**2 + w1 * w2 + 2 * w2**2
    if kind == SADDLE:
        return w1**2 - w2**2 + w1 * w2 / 2
    x, y = tumours()
    z = x * np.ravel(w1) + np.ravel(w2)
    loss = y * nn.softplus(-z) + (1 - y) * nn.softplus(z)
    return loss.mean(axis=0).reshape(np.shape(w1))


def gradient(kind: str, w1: float, w2: float) -> tuple[float, float]:
    """Both partial derivatives at one point."""
    if kind == BOWL:
        return 2 * w1 + w2, w1 + 4 * w2
    if kind == SADDLE:
        return 2 * w1 + w2 / 2, -2 * w2 + w1 / 2
    x, y = tumours()
    error = nn.sigmoid(x * w1 + w2) - y
    return float((error * x).mean()), float(error.mean())


@cache
def lines_of(kind: str) -> Mark:
    """The level lines of the whole surface."""
    grid = np.linspace(-REACH, REACH, 61)
    Z = surface(kind, *np.meshgrid(grid, grid))
    return contours("levels", grid, grid, Z, np.quantile(Z, np.linspace(0.04, 0.96, 12)))


def at_a_point(kind: str, w1: float, w2: float, degrees: float) -> Numbers:
    """Value, partial derivatives, and the slope in one direction: gradient · direction."""
    g = np.array(gradient(kind, w1, w2))
    length = float(np.hypot(*g))
    d = np.array([math.cos(math.radians(degrees)), math.sin(math.radians(degrees))])
    here, slope = float(surface(kind, np.array([w1]), np.array([w2]))[0]), float(g @ d)
    t = np.linspace(-1.5, 1.5, 61)
    along = surface(kind, w1 + t * d[0], w2 + t * d[1])
    unit = g / length if length > 1e-12 else np.full(2, np.nan)
    across = np.array([-unit[1], unit[0]])
    names = [(w1 + 1.2 * ARROW * d[0], w2 + 1.2 * ARROW * d[1], "d")]
    if length > 1e-12:
        names.append((w1 + 1.25 * ARROW * unit[0], w2 + 1.25 * ARROW * unit[1], "gradient"))
    ends = np.array([[w1, w2] - 3 * REACH * across, [w1, w2] + 3 * REACH * across]).T
    return {
        "levels": lines_of(kind).data,
        "flat": ends,
        "uphill": ([w1], [w2], [w1 + ARROW * unit[0]], [w2 + ARROW * unit[1]]),
        "chosen": ([w1], [w2], [w1 + ARROW * d[0]], [w2 + ARROW * d[1]]),
        "names": names if abs(float(d @ unit)) < 0.95 or length <= 1e-12 else names[1:],
        "point": ([w1], [w2]),
        "f along d": (t, along),
        "tangent": (t, here + slope * t),
        "touch": ([0.0], [here]),
        "numbers": [
            ["f", here],
            ["∂f/∂w₁", g[0]],
            ["∂f/∂w₂", g[1]],
            ["|gradient|", length],
            ["slope along d", slope],
        ],
        "gradient": g,
        "slope": slope,
    }


def say_slope(numbers: Numbers) -> str:
    """Say what the arrow's direction does to f."""
    g, slope = numbers["gradient"], numbers["slope"]
    length = float(np.hypot(*g))
    said = f"The gradient is ({number(g[0])}, {number(g[1])})."
    if length < 1e-9:
        return (
            f"{said} Flat to first order in every direction: a stationary point. That alone does "
            "not say minimum."
        )
    share = slope / length
    if abs(share) < 0.03:
        return f"{said} Along d the slope is {number(slope)}: d runs along a level line."
    way = "rises" if slope > 0 else "falls"
    steepest = ", as steeply as any direction can" if abs(share) > 0.999 else ""
    return (
        f"{said} Along d, f {way} by {number(abs(slope))} per unit of length{steepest}: "
        f"{number(round(100 * share))} % of the gradient's length {number(length)}."
    )


def tangent_plane() -> Lab:
    """A point on a surface, its gradient, and the slope in a direction of your choice."""

    def compute(surface: str, w1: float, w2: float, degrees: int) -> Numbers:
        return at_a_point(surface, w1, w2, degrees)

    levels = replace(lines_of(BOWL), data=None)  # computed anew: the surface can be changed
    flat = line("flat", "level line of the plane", colour=2, gaps=True)
    uphill = replace(arrows("uphill", colour=1), gaps=True)
    return Lab(
        "The tangent plane and its slopes",
        compute,
        controls=[
            choice("surface", "surface", SURFACES),
            slider("w1", "w₁", -REACH, REACH, 1.0, step=0.1),
            slider("w2", "w₂", -REACH, REACH, 0.5, step=0.1),
            slider("degrees", "direction d, degrees", 0, 360, 0, step=5),
        ],
        panels=[
            Panel(
                "Seen from above",
                [
                    levels,
                    flat,
                    uphill,
                    arrows("chosen", colour=0),
                    points("point", colour=3, shape="square", size=10),
                    text("names"),
                ],
                alt="Level lines of the surface, a point, an orange arrow along the gradient, a "
                "blue arrow in the chosen direction, and the straight level line of the plane.",
                xlabel="w₁",
                ylabel="w₂",
                xlim=(-REACH, REACH),
                ylim=(-REACH, REACH),
                size=(380, 400),
            ),
            Panel(
                "The cut along d",
                [
                    line("f along d", "f"),
                    line("tangent", "tangent plane", colour=1),
                    points("touch", colour=3, shape="square", size=10),
                ],
                alt="The surface along the chosen direction, and the straight line that touches it "
                "at the point.",
                xlabel="distance along d",
                ylabel="f",
                size=(380, 300),
            ),
            Table("At the point", "numbers", ["quantity", "value"]),
        ],
        say=say_slope,
        predict="In which direction is the slope zero, and how does that direction lie to the "
        "gradient? Then turn d, and see where the slope is largest.",
    )


FUNCTIONS: dict[str, tuple[Callable, Callable]] = {
    "eʷ": (np.exp, np.exp),
    "w²": (np.square, lambda w: 2 * w),
    "w³": (lambda w: w**3, lambda w: 3 * w**2),
    "ReLU, max(w, 0)": (lambda w: np.maximum(w, 0.0), lambda w: np.where(w > 0, 1.0, 0.0)),
}
SCHEMES = ("forward", "central")
STEPS = np.geomspace(1e-16, 1.0, 161)


def difference(f: Callable, w: float, h: np.ndarray | float, scheme: str) -> np.ndarray:
    """(f(w + h) - f(w)) / h, or central (f(w + h) - f(w - h)) / 2h, in float64."""
    back = w if scheme == "forward" else w - h
    span = h if scheme == "forward" else 2 * h
    return (f(w + h) - f(back)) / span


def with_step(name: str, scheme: str, w: float, h: float) -> Numbers:
    """The secant through two points h or 2h apart, beside the tangent, and every step's error."""
    f, slope = FUNCTIONS[name]
    true, found = float(slope(np.float64(w))), float(difference(f, w, h, scheme))
    left = w if scheme == "forward" else w - h
    x = np.linspace(w - 1.5, w + 1.5, 121)
    ends = np.array([w - 1.5, w + 1.5])
    errors = {s: np.abs(difference(f, w, STEPS, s) - true) for s in SCHEMES}
    return {
        "curve": (x, f(x)),
        "line of slope f′": (ends, f(w) + true * (ends - w)),
        "secant": (ends, f(left) + found * (ends - left)),
        "two points": ([left, w + h], [f(left), f(w + h)]),
        **{s: (STEPS, np.maximum(error, FLOOR)) for s, error in errors.items()},
        "now": ([h], [max(abs(found - true), FLOOR)]),
        "numbers": [["f′(w)", true], ["difference", found], ["error", abs(found - true)]],
        "true": true,
        "found": found,
        "h": h,
        "w": w,
        "name": name,
        "scheme": scheme,
    }


def say_step(n: Numbers) -> str:
    """Say what the error at this step is made of."""
    w, h, error = n["w"], n["h"], abs(n["found"] - n["true"])
    said = f"With h = {number(h)} the difference is {number(n['found'], 6)}, f′ is "
    said += f"{number(n['true'], 6)}: an error of {number(error, 2)}."
    if w + h == w:
        return f"{said} h is so small that w + h is w again: the difference is 0, whatever f is."
    if n["name"].startswith("ReLU"):
        if abs(w) < h or w == 0:
            return (
                f"{said} The corner at 0 lies within the step: no step is small enough there, "
                "until h is shorter than the way to the corner."
            )
        return f"{said} Both points lie on one straight piece: what is left is rounding."
    if n["name"] == "w²" and n["scheme"] == "central":
        return f"{said} On a parabola the central difference is exact: what is left is rounding."
    best = EPS ** (1 / 2 if n["scheme"] == "forward" else 1 / 3) * max(1.0, abs(w))
    if h < best / 4:
        return f"{said} Rounding rules here: a smaller h makes it worse."
    if h > best * 4:
        return f"{said} Truncation rules here, the curve's bend: a smaller h makes it better."
    return f"{said} Near the best step: truncation and rounding are about equal."


def step_size() -> Lab:
    """The difference quotient for every step from 1 down to 1e-16."""

    def compute(f: str, scheme: str, w: float, h: float) -> Numbers:
        return with_step(f, scheme, w, h)

    return Lab(
        "How small a step?",
        compute,
        controls=[
            choice("f", "function", list(FUNCTIONS)),
            choice("scheme", "difference", SCHEMES),
            slider("w", "w", -2.0, 2.0, 1.0, step=0.1),
            slider("h", "step h", 1e-16, 1.0, 1.0, log=True),
        ],
        panels=[
            Panel(
                "Secant and tangent",
                [
                    line("curve", "f"),
                    line("line of slope f′", "tangent", colour=2),
                    line("secant", "secant", colour=1),
                    points("two points", colour=1, shape="square", size=9),
                ],
                alt="The function near w, its tangent, and the secant through the two points that "
                "the difference uses.",
                xlabel="w",
                ylabel="f",
                size=(380, 300),
            ),
            Panel(
                "Error for every step",
                [
                    line("forward", "forward", colour=0),
                    line("central", "central", colour=1),
                    points("now", "this step", colour=3, shape="diamond", size=12),
                ],
                alt="The error against the step, both axes logarithmic: from the right it falls as "
                "the step shrinks, reaches a lowest place, and rises again, ragged, to the left.",
                xlabel="h",
                ylabel="error",
                xlog=True,
                ylog=True,
                xlim=(1e-16, 1.0),
                ylim=(FLOOR / 2, 30.0),
                size=(400, 300),
            ),
            Table("Numbers", "numbers", ["quantity", "value"], size=(260, 200)),
        ],
        say=say_step,
        predict="Make h smaller and smaller. Where does the error stop falling, and why? Then "
        "change to central: does the lowest place move left or right?",
    )
