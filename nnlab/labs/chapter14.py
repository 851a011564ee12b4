"""Chapter 14's lab: one example and its company, what batch norm makes of it in a small batch."""

from __future__ import annotations

from functools import cache

import numpy as np

from nnlab.labs.lab import Lab, Numbers
from nnlab.labs.scene import (
    Control,
    Panel,
    arrows,
    bars,
    button,
    line,
    number,
    points,
    slider,
)

SIZES = [1, 2, 3, 4, 8, 16, 32, 64, 128, 256]
BATCHES = 400
EPS = 1e-5
REACH = 3.5  # what is drawn of x and of x̂
EDGES = np.linspace(-REACH - 0.125, REACH + 0.125, 30)  # of the bars: each stop of x is a centre
DOWN, UP, BAND = 0.0, 1.0, 2.0  # the rows
ROWS = ["x̂", "x", "μ ± σ"]


@cache
def companions() -> np.ndarray:
    """The others' values in each of 400 batches (400, 255), from a standard normal feature."""
    return np.random.default_rng(0).standard_normal((BATCHES, SIZES[-1] - 1))


def standardised(batches: np.ndarray) -> np.ndarray:
    """x̂ = (x - μ)/√(v + ε), each row a batch of one feature; as in training, v divides by m."""
    centred = batches - batches.mean(axis=1, keepdims=True)
    return centred / np.sqrt(batches.var(axis=1, keepdims=True) + EPS)


def in_company(m: int, x: float, draw: int) -> Numbers:
    """What becomes of x in 400 batches of m, of which number `draw` is shown."""
    batches = np.column_stack([np.full(BATCHES, x), companions()[:, : m - 1]])
    after = standardised(batches)
    here, there = batches[draw % BATCHES], after[draw % BATCHES]
    counts = np.histogram(np.clip(after[:, 0], -REACH, REACH), EDGES)[0]
    mean, deviation = here.mean(), here.std()
    return {
        "others": (here[1:], np.full(m - 1, UP)),
        "others_after": (there[1:], np.full(m - 1, DOWN)),
        "ours": ([x], [UP]),
        "ours_after": ([there[0]], [DOWN]),
        "way": ([x], [UP], [there[0]], [DOWN]),
        "band": ([mean - deviation, mean + deviation], [BAND, BAND]),
        "middle": ([mean], [BAND]),
        "bars": ((EDGES[1:] + EDGES[:-1]) / 2, 100 * counts / BATCHES),
        "evaluation": ([x, x], [0, 100]),
        "m": m,
        "x": x,
        "mean": float(mean),
        "deviation": float(deviation),
        "xhat": float(there[0]),
        "average": float(after[:, 0].mean()),
        "spread": float(after[:, 0].std()),
    }


def say_company(n: Numbers) -> str:
    """Say what the example becomes here, in other company, and in evaluation."""
    m, x = n["m"], number(n["x"])
    said = f"m = {m}. In this batch μ = {number(n['mean'])} and σ = {number(n['deviation'])}, so "
    said += f"x = {x} becomes x̂ = {number(n['xhat'])}. "
    evaluation = f"In evaluation, with μ = 0 and σ = 1, it is always {x}."
    if m == 1:
        return (
            f"{said}Alone, every x becomes 0, and the output is β. Libraries refuse this in "
            f"training. {evaluation}"
        )
    said += f"In {BATCHES} batches x̂ is {number(n['average'])} on average, with a standard "
    said += f"deviation of {number(n['spread'])}. {evaluation}"
    if m == 2:
        return f"{said} Of a pair only the order is left, and no gradient gets through."
    share = number(100 * (m - 2) / m)
    return f"{said} The gradient keeps {m - 2} of its {m} dimensions, {share} %."


def one_example() -> Lab:
    """Sliders for the batch size and for one example's value: where it lands among the others."""
    return Lab(
        "One example and its company",
        in_company,
        controls=[
            Control("slider", "m", "batch size m", 4, SIZES, [str(m) for m in SIZES]),
            slider("x", "our example's x", -3.0, 3.0, 1.0, step=0.25),
            button("draw", "Draw other companions"),
        ],
        panels=[
            Panel(
                "This batch, before and after",
                [
                    points("others", "the others", 0, "cross", 7),
                    points("others_after", "", 0, "cross", 7),
                    line("band", "", 0, 3),
                    points("middle", "", 0, "square", 9),
                    arrows("way", "", 1, 7),
                    points("ours", "our example", 1, "diamond", 12),
                    points("ours_after", "", 1, "diamond", 12),
                ],
                alt="Three rows: the batch's mean with a deviation to both sides, its values x, "
                "and the standardised x̂; an arrow leads from our example's x to its x̂.",
                xlabel="value",
                xlim=(-REACH - 0.3, REACH + 0.3),
                ylim=(-0.5, 2.5),
                rows=ROWS,
                size=(440, 260),
            ),
            Panel(
                f"Our example's x̂ in {BATCHES} batches",
                [
                    bars("bars", "share of the batches", 0, 0.23),
                    line("evaluation", "in evaluation", 1, 2),
                ],
                alt="A histogram of what our example becomes in other company: wide for small "
                "batches, narrow for large ones, about the line that marks evaluation.",
                xlabel="x̂ of our example",
                ylabel="percent of the batches",
                xlim=(-REACH - 0.3, REACH + 0.3),
                ylim=(0, 100),
                size=(440, 260),
            ),
        ],
        say=say_company,
        predict="Set m = 2 and move x. Which values can x̂ take? Then find the batch size from "
        "which on x̂ is within 0.1 of its value in evaluation, most of the time.",
    )
