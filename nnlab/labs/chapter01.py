"""Chapter 01's lab: be the optimizer. Two weights, twenty points, one loss to bring down."""

from __future__ import annotations

from functools import cache

import numpy as np

import nnlib as nn
from nnlab.labs.lab import Lab, Numbers
from nnlab.labs.scene import Panel, choice, contours, line, number, points, slider

REACH, STEP = 4.0, 0.05  # both weights run from -4 to 4
STOPS = np.round(np.arange(-REACH, REACH + STEP / 2, STEP), 2)
LEVELS = (0.045, 0.1, 0.25, 0.5, 1, 2, 4, 8, 14)
HIDDEN, SHOWN = "predict first", "the map"
CLOSE = 0.01  # a loss so little above the lowest counts as found


@cache
def examples() -> tuple[np.ndarray, np.ndarray]:
    """Twenty points of 1.5·tanh(1.2 x) with noise of 0.25: x and y, both (20, 1)."""
    x = np.linspace(-2, 2, 20)[:, None]
    return x, 1.5 * np.tanh(1.2 * x) + 0.25 * np.random.default_rng(0).standard_normal((20, 1))


def model(w: float, v: float) -> nn.Network:
    """The network 1-1-1 without biases, p = v·tanh(w·x), and mean squared error."""
    layers = [nn.Dense(1, 1, bias=False), nn.Tanh(), nn.Dense(1, 1, bias=False)]
    net = nn.Network(layers, loss=nn.MSE())
    net.theta[:] = w, v
    return net


def surface(at: np.ndarray) -> np.ndarray:
    """Return the loss at every pair of these values: rows are v, columns w."""
    x, y = examples()
    hidden = np.tanh(at[:, None] * x[:, 0])  # (w, m)
    # mean (v·h - y)² = v²·mean h² - 2v·mean hy + mean y², for all v at once
    hh, hy, yy = (hidden**2).mean(1), (hidden * y[:, 0]).mean(1), (y**2).mean()
    v = at[:, None]
    return v**2 * hh - 2 * v * hy + yy


@cache
def losses() -> np.ndarray:
    """The loss at every pair of the sliders' stops."""
    return surface(STOPS)


@cache
def lowest() -> tuple[float, float, float]:
    """The lowest loss among the stops and its w and v, both positive."""
    positive = np.flatnonzero(STOPS > 0)
    part = losses()[np.ix_(positive, positive)]
    row, column = np.unravel_index(part.argmin(), part.shape)
    w, v = STOPS[positive][[column, row]]
    return float(part.min()), float(w), float(v)


def fit(w: float, v: float) -> dict[str, float | np.ndarray]:
    """Return the curve of the model and its loss on the examples.

    >>> round(fit(0.0, 0.0)["loss"], 2)
    1.26
    """
    x, y = examples()
    net, dense = model(w, v), np.linspace(-2.2, 2.2, 89)
    return {
        "curve": np.array([dense, net.forward(dense[:, None])[:, 0]]),
        "loss": net.value(x, y),
    }


def fit_by_hand() -> Lab:
    """Two sliders, the curve they make, its loss; and, when asked for, the map of all losses."""
    x, y = examples()
    fine = np.linspace(-REACH, REACH, 601)
    levels = contours("levels", fine, fine, surface(fine), LEVELS).data

    def compute(w: float, v: float, ask: str) -> Numbers:
        found = fit(w, v)
        miss = np.full((len(x), 3, 2), np.nan)  # from each point to the curve, then a gap
        miss[:, :2, 0] = x
        miss[:, 0, 1], miss[:, 1, 1] = y[:, 0], model(w, v).forward(x)[:, 0]
        return {
            "curve": found["curve"],
            "misses": miss.reshape(-1, 2).T,
            "levels": levels if ask == SHOWN else np.empty((2, 0)),
            "here": ([w], [v]),
            "loss": found["loss"],
            "place": (w, v),
            "shown": ask == SHOWN,
        }

    def say(numbers: Numbers) -> str:
        (w, v), loss, (best, w_best, v_best) = numbers["place"], numbers["loss"], lowest()
        said = f"w = {number(w)}, v = {number(v)}: the loss is {number(loss)}."
        if loss <= best + CLOSE:
            return (
                f"{said} That is as low as it gets, {number(best)}: the rest is noise in the data. "
                f"Now try w = {number(-w)}, v = {number(-v)}."
            )
        if w * v == 0:
            said += " The curve is flat: with one weight at 0 the other has no effect."
        if numbers["shown"]:
            said += (
                f" The lowest on the map is {number(best)}, near w = {number(w_best)}, "
                f"v = {number(v_best)}, and again with both signs turned."
            )
        return said

    return Lab(
        "Be the optimizer",
        compute,
        controls=[
            slider("w", "weight w", -REACH, REACH, -1.0, step=STEP),
            slider("v", "weight v", -REACH, REACH, 1.0, step=STEP),
            choice("ask", "show", [HIDDEN, SHOWN]),
        ],
        panels=[
            Panel(
                "The data and the model v·tanh(w·x)",
                [
                    line("misses", "misses", None, 1, gaps=True),
                    points("data", "data", 1, "square", data=(x[:, 0], y[:, 0])),
                    line("curve", "model", 0, 2.5),
                ],
                alt="Twenty points that rise from −1.5 to 1.5 in an S, the curve of the model, and "
                "a thin line from each point to the curve.",
                xlabel="x",
                ylabel="y",
                xlim=(-2.3, 2.3),
                ylim=(-4.2, 4.2),
            ),
            Panel(
                "Where you are: the plane of all weights",
                [
                    line("levels", "equal loss", None, 1, gaps=True),
                    points("here", "you", 0, "diamond", 14),
                ],
                alt="The plane of w and v with a diamond at the sliders' values; on demand lines "
                "of equal loss, which close around two lowest places, opposite to each other.",
                xlabel="w",
                ylabel="v",
                xlim=(-REACH - 0.2, REACH + 0.2),
                ylim=(-REACH - 0.2, REACH + 0.2),
            ),
        ],
        say=say,
        predict="How many pairs (w, v) reach the lowest loss: one, two or many? And from here, "
        "which weight would you move first?",
    )
