"""Chapter 13's lab: capacity and regularisation, the fitted curve, and both errors by width."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from nnlab.labs.lab import Lab, Numbers
from nnlab.labs.scene import Control, Panel, Table, button, line, number, points

SETS = 60  # training sets, for the medians, bias and variance
WIDTHS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 18, 19, 20, 22, 25, 30, 35, 38, 39, 40, 42, 45]
WIDTHS += [50, 60, 70, 78, 79, 80, 85, 100, 150, 200, 300, 400]
STRENGTHS = [0.0, *(10.0**k for k in range(-8, 1))]
POINTS = [20, 40, 80]
NOISES = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6]
GRID = np.linspace(0, 1, 101)
FLOOR, TOP, EDGE = 1e-3, 1e4, 2.5  # what is drawn of the errors, and of the curve
SLACK = 0.02  # what is below 4 % of the sine's own variance isn't talked about


def truth(x: np.ndarray) -> np.ndarray:
    """One period of a sine."""
    return np.sin(2 * np.pi * x)


def inputs(m: int) -> np.ndarray:
    """m evenly spaced points, the first and the last half a step inside [0, 1]."""
    return (np.arange(m) + 0.5) / m


def units(x: np.ndarray, seed: int) -> np.ndarray:
    """Random hidden units max(0, ±(x - c)): (len(x), 400).

    The corners c are evenly spread however many are taken (steps of the golden ratio), so that no
    two of the first m fall together; their start and the sides are drawn.
    """
    rng = np.random.default_rng(seed)
    corner = (rng.random() + np.arange(WIDTHS[-1]) * (5**0.5 - 1) / 2) % 1
    return np.maximum(0, rng.choice([-1, 1], WIDTHS[-1]) * (x[:, None] - corner))


@lru_cache(maxsize=32)
def decomposed(m: int, seed: int) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """For each width U and S of the centred units at the inputs, and the grid's units times V."""
    A, G = units(inputs(m), seed), units(GRID, seed)
    parts = []
    for n in WIDTHS:
        mean = A[:, :n].mean(axis=0)
        U, S, Vt = np.linalg.svd(A[:, :n] - mean, full_matrices=False)
        seen = 1e-10 * S.max() < S  # centring leaves one direction less
        parts.append((U[:, seen], S[seen], (G[:, :n] - mean) @ Vt[seen].T))
    return parts


@lru_cache(maxsize=32)
def noises(m: int, seed: int) -> np.ndarray:
    """The labels' noise in SETS training sets, of variance 1: (m, SETS). The first one is drawn."""
    return np.random.default_rng([seed, m]).standard_normal((m, SETS))


def fitted(
    part: tuple[np.ndarray, np.ndarray, np.ndarray], Y: np.ndarray, lam: float
) -> tuple[np.ndarray, np.ndarray]:
    """Least squares with λ/2 Σw² on the mean squared error: what it says at inputs and on the grid.

    The bias is free: units and labels are centred. λ = 0 takes the weights of smallest norm.
    """
    U, S, G = part
    mean = Y.mean(axis=0)
    answer = U.T @ (Y - mean)
    shrink = S / (S**2 + lam * len(Y) / 2)
    return mean + U @ ((S * shrink)[:, None] * answer), mean + G @ (shrink[:, None] * answer)


def compute(width: int, lam: float, m: int, sigma: float, fresh: int) -> Numbers:
    """The fitted curve of one training set, and medians, bias² and variance over SETS of them."""
    x, noise = inputs(m), noises(m, fresh)
    Y = truth(x)[:, None] + sigma * noise
    train, new = [], []
    for n, part in zip(WIDTHS, decomposed(m, fresh), strict=True):
        at_inputs, on_grid = fitted(part, Y, lam)
        train.append(np.median(((at_inputs - Y) ** 2).mean(axis=0)))
        wrong = ((on_grid - truth(GRID)[:, None]) ** 2).mean(axis=0)
        new.append(np.median(wrong) + sigma**2)
        if n == width:
            curve, curves = on_grid[:, 0], on_grid
            own = float(((at_inputs[:, 0] - Y[:, 0]) ** 2).mean()), float(wrong[0] + sigma**2)
    bias2 = float(((curves.mean(axis=1) - truth(GRID)) ** 2).mean())
    variance = float(curves.var(axis=1).mean())
    place, best = WIDTHS.index(width), int(np.argmin(new))
    widths, inside = np.array(WIDTHS, dtype=float), np.clip([train, new], FLOOR, TOP)
    return {
        "curve": (GRID, np.where(np.abs(curve) <= EDGE, curve, np.nan)),
        "data": (x, np.clip(Y[:, 0], -EDGE, EDGE)),
        "train": (widths, inside[0]),
        "new": (widths, inside[1]),
        "noise": ([1.0, WIDTHS[-1]], [max(sigma**2, FLOOR)] * 2),
        "threshold": ([m - 1.0, m - 1.0], [FLOOR, TOP]),
        "here": ([width, width], [inside[0][place], inside[1][place]]),
        "table": [
            ["parameters", str(width + 1)],
            ["this set: training error", number(own[0])],
            ["this set: error on new data", number(own[1])],
            ["bias²", number(bias2)],
            ["variance", number(variance)],
            ["noise σ²", number(sigma**2)],
            ["their sum: mean error", number(bias2 + variance + sigma**2)],
        ],
        "width": width,
        "m": m,
        "lam": lam,
        "sigma": sigma,
        "own": own,
        "medians": (float(train[place]), float(new[place])),
        "bias2": bias2,
        "variance": variance,
        "best": (WIDTHS[best], float(new[best])),
        "outside": int((np.abs(curve) > EDGE).sum()),
        "cut": [n for n, e in zip(WIDTHS, new, strict=True) if e > TOP],
    }


def say_fit(n: Numbers) -> str:
    """Say which of the two is larger, bias or variance, and what that is called."""
    (train, new), (best_width, best), noise = n["medians"], n["best"], n["sigma"] ** 2
    bias2, variance = n["bias2"], n["variance"]
    what = f"{n['width']} {'unit' if n['width'] == 1 else 'units'}, λ = {number(n['lam'])}: "
    if n["lam"] == 0 and new > 2 * best + SLACK and abs(n["width"] - n["m"]) <= n["m"] // 4:
        what += (
            f"the peak. {n['width'] + 1} parameters can barely fit {n['m']} points, so the weights "
            "that come nearest are huge, and the curve swings."
        )
    elif bias2 > max(2 * variance, SLACK):
        what += "under-fits. Bias² is the larger part: more units or a smaller λ."
    elif new <= 1.15 * best:
        what += "fits about as well as any width with this λ."
    elif variance > bias2:
        what += "over-fits. Variance is the larger part: fewer units, a larger λ, or more points."
    else:
        what += "neither part stands out."
    if n["lam"] == 0 and n["width"] >= n["m"]:
        what += " Of all weights that fit best it takes those of smallest norm."
    what += (
        f" Medians over {SETS} training sets: training error {number(train)}, on new data "
        f"{number(new)}; bias² {number(bias2)}, variance {number(variance)}, noise "
        f"{number(noise)}. Lowest with this λ: {number(best)}, at {best_width} "
        f"{'unit' if best_width == 1 else 'units'}."
    )
    if n["outside"]:
        what += f" The fitted curve leaves the picture at {n['outside']} of {len(GRID)} places."
    if n["cut"]:
        where = f"{n['cut'][0]} units" if len(n["cut"]) == 1 else f"some of {n['cut'][0]} to "
        where += "" if len(n["cut"]) == 1 else f"{n['cut'][-1]} units"
        what += f" At {where} the error on new data is above {number(TOP)}, where the picture ends."
    return what


def capacity() -> Lab:
    """Sliders for width, λ, points, noise: the curve, both errors by width, bias and variance."""

    def stops(name: str, label: str, value: float, values: list, first: str = "") -> Control:
        shown = [number(v) for v in values]
        return Control("slider", name, label, value, values, [shown[0] + first, *shown[1:]])

    return Lab(
        "Capacity and regularisation",
        compute,
        controls=[
            stops("width", "random ReLU units n", 12, WIDTHS),
            stops("lam", "L2 strength λ", 0.0, STRENGTHS, ", none"),
            stops("m", "training points", 20, POINTS),
            stops("sigma", "noise σ", 0.3, NOISES),
            button("fresh", "New noise, new units"),
        ],
        panels=[
            Panel(
                "One training set",
                [
                    line("truth", "truth", 5, 1.4, (GRID, truth(GRID))),
                    line("curve", "fitted", 0, gaps=True),
                    points("data", "training points", 1, "circle", 7),
                ],
                alt="The training points, the true sine wave, and the fitted curve through or near "
                "the points.",
                xlabel="x",
                ylabel="y",
                xlim=(0, 1),
                ylim=(-EDGE, EDGE),
                size=(440, 320),
            ),
            Panel(
                f"Errors by width, medians of {SETS} sets",
                [
                    line("noise", "noise σ²", 5, 1.2),
                    line("threshold", "as many parameters as points", 3, 1.2),
                    line("train", "training", 0),
                    line("new", "new data", 1),
                    points("here", "this width", 2, "diamond", 10),
                ],
                alt="Training error and error on new data against the number of units, on "
                "logarithmic axes, with a vertical line where there are as many parameters as "
                "points. Diamonds mark the chosen width.",
                xlabel="units n",
                ylabel="mean squared error",
                xlim=(1, WIDTHS[-1]),
                ylim=(FLOOR, TOP),
                xlog=True,
                ylog=True,
                size=(480, 320),
            ),
            Table("The parts", "table", ["what", "value"], (300, 280)),
        ],
        say=say_fit,
        predict="At which number of units is the error on new data highest, with λ = 0 and 20 "
        "points? How small a λ takes that peak away? Where does it go with 40 and "
        "80 points? Draw new units a few times: how much of it is luck?",
    )
