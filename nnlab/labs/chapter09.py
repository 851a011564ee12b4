"""Chapter 09's lab: batch size and learning rate, loss per step, per epoch and per time."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import cache, lru_cache

import numpy as np

import nnlib as nn
from nnlab.labs.lab import Lab, Numbers
from nnlab.labs.scene import (
    Control,
    Mark,
    Panel,
    button,
    choice,
    contours,
    line,
    number,
    points,
    slider,
)

SEEDS = 30
EPOCHS = 6
START = (-1.2, 1.3)
REACH = 1.6  # both weights are drawn from -1.6 to 1.6
FLOOR, TOP = 1e-6, 1e2  # what is drawn of the loss above its minimum
FAR = 1e6  # a run that is farther away has diverged: it is followed no longer
IN_TURN, SOME, ALL = "one example at a time", "32 examples side by side", "all side by side"
MACHINES = {IN_TURN: 1, SOME: 32, ALL: 10**9}  # how many examples one tick can take
BATCHES = [1, 2, 4, 8, 16, 32, 64, 128, 256, 354]


@cache
def patients() -> tuple[np.ndarray, np.ndarray]:
    """Body-mass index and blood pressure (354, 2), and disease progression (354,), standardised.

    The training part of the diabetes data.
    """
    X, y = nn.load_diabetes()
    X, _, y, _ = nn.train_test_split(X[:, 2:4], y, test=0.2, seed=0)
    return nn.standardise(X)[0], nn.standardise(y)[0][:, 0]


@cache
def bowl() -> tuple[np.ndarray, np.ndarray, float]:
    """The Hessian of the mean squared error, its minimum w*, and the loss there."""
    X, y = patients()
    best = np.linalg.lstsq(X, y, rcond=None)[0]
    return 2 * X.T @ X / len(X), best, float(((X @ best - y) ** 2).mean())


def above(w: np.ndarray) -> np.ndarray:
    """The loss above its minimum, ½ (w - w*)ᵀ H (w - w*); (..., 2) -> (...)."""
    H, best, _ = bowl()
    d = w - best
    return ((d @ H) * d).sum(axis=-1) / 2


@cache
def shuffled() -> tuple[np.ndarray, np.ndarray]:
    """The data of EPOCHS epochs for each seed, each epoch in a new order: (seeds, m, 2), (…, m)."""
    X, y = patients()
    rng = np.random.default_rng(0)
    order = np.array(
        [np.concatenate([rng.permutation(len(X)) for _ in range(EPOCHS)]) for _ in range(SEEDS)]
    )
    return X[order], y[order]


@lru_cache(maxsize=256)
def descend(batch_size: int, lr: float) -> tuple[np.ndarray, np.ndarray]:
    """Mini-batch SGD from START for EPOCHS epochs, all seeds at once.

    Returns the number of examples after each step (steps,) and the weights (steps + 1, seeds, 2).
    """
    X, y = shuffled()
    n = len(patients()[0])
    w = np.tile(np.array(START), (SEEDS, 1))
    ends = [e * n + min(i + batch_size, n) for e in range(EPOCHS) for i in range(0, n, batch_size)]
    path = np.empty((len(ends) + 1, SEEDS, 2))
    path[0], start = w, 0
    with np.errstate(all="ignore"):
        for step, end in enumerate(ends, start=1):
            x = X[:, start:end]
            r = (x @ w[:, :, None])[:, :, 0] - y[:, start:end]  # (seeds, B)
            w = w - (2 * lr / (end - start)) * (r[:, None, :] @ x)[:, 0]
            path[step], start = w, end
    path[~(np.abs(path) < FAR).all(axis=2)] = np.nan
    return np.array(ends), path


@lru_cache(maxsize=64)
def full_batch(lr: float) -> np.ndarray:
    """The loss above its minimum after each of 1 … EPOCHS · 354 full-batch steps, in closed form.

    Each eigenvector of H shrinks by its own 1 - η λ.
    """
    H, best, _ = bowl()
    lam, V = np.linalg.eigh(H)
    c = V.T @ (np.array(START) - best)
    steps = np.arange(1, EPOCHS * len(patients()[0]) + 1)[:, None]
    with np.errstate(all="ignore"):
        return (lam * (c * (1 - lr * lam) ** steps) ** 2).sum(axis=1) / 2


def ticks(batch_size: int, machine: str) -> int:
    """How long a step takes on an ideal machine: B examples, `MACHINES[machine]` at a time."""
    return -(-batch_size // MACHINES[machine])


def seconds(batch_size: int, repeats: int = 30) -> float:
    """How long a step takes here: the fastest of `repeats` steps with one seed."""
    X, y = patients()
    x, y, w = X[:batch_size], y[:batch_size], np.zeros(2)
    took = []
    for _ in range(repeats):
        begun = time.perf_counter()
        w = w - 0.01 * 2 / batch_size * ((x @ w - y) @ x)
        took.append(time.perf_counter() - begun)
    return min(took)


def compare(batch_size: int, lr: float, machine: str, measured: int) -> Numbers:
    """The runs of all seeds, their median and band, against full-batch steps of the same rate."""
    H, best, _ = bowl()
    n = len(patients()[0])
    ends, path = descend(batch_size, lr)
    steps = len(ends)
    at = np.unique(np.geomspace(1, steps, 70).round().astype(int))  # steps that are drawn
    loss = above(path[at])
    lost = np.isnan(path[-1]).any(axis=1)
    ranked = np.sort(loss, axis=1)  # a run that has left is NaN, and stands last
    low, mid, high = ranked[:, [SEEDS // 10, SEEDS // 2, -1 - SEEDS // 10]].T
    reference = full_batch(lr)
    far = np.unique(np.geomspace(1, len(reference), 70).round().astype(int))
    if measured:
        cost, whole, unit = seconds(batch_size) * 1e3, seconds(n) * 1e3, "milliseconds, measured"
    else:
        cost, whole, unit = ticks(batch_size, machine), ticks(n, machine), "ticks"
    budget = max(steps * cost, EPOCHS * whole)
    kept = far[far * whole <= budget]
    inside = (np.abs(path) <= REACH).all(axis=2)
    shown = np.where(inside[:, :, None], path, np.nan)
    few = np.unique(np.linspace(0, steps, min(steps, 300) + 1).round().astype(int))

    def curve(x: np.ndarray, loss: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return x, np.where((loss >= FLOOR) & (loss <= TOP), loss, np.nan)

    epochs = np.arange(1, EPOCHS + 1)
    marks = {}
    for name, x, x_full, of in (
        ("step", at, far, far),
        ("epoch", ends[at - 1] / n, epochs, epochs),
        ("time", at * cost, kept * whole, kept),
    ):
        marks |= {
            f"{name}_middle": curve(x, mid),
            f"{name}_low": curve(x, low),
            f"{name}_high": curve(x, high),
            f"{name}_full": curve(x_full, reference[of - 1]),
        }
    return marks | {
        "levels": levels().data,
        "path": shown[few, 0].T,
        "ends": shown[-1].T,
        "best": best[:, None],
        "batch_size": batch_size,
        "lr": lr,
        "steps": steps,
        "per_epoch": steps // EPOCHS,
        "final": mid[-1],
        "same_steps": reference[steps - 1],
        "same_epochs": reference[EPOCHS - 1],
        "limit": 2 / np.linalg.eigvalsh(H)[-1],
        "lost": int(lost.sum()),
        "cost": cost,
        "whole": whole,
        "unit": unit,
        "spread": float(np.sqrt(path[-1].var(axis=0).sum())),
        "off": float(np.linalg.norm(path[-1].mean(axis=0) - best)),
    }


def say_noise(n: Numbers) -> str:
    """Say what this batch size and this rate do, counted in each of the three ways."""
    B, full = n["batch_size"], BATCHES[-1]
    said = f"B = {B}, η = {number(n['lr'])}: {n['per_epoch']} "
    said += f"{'step' if n['per_epoch'] == 1 else 'steps'} an epoch, {n['steps']} in {EPOCHS}."
    if n["lost"]:
        every = "all" if n["lost"] == SEEDS else f"{n['lost']} of {SEEDS}"
        why = f"η is above 2/λmax = {number(n['limit'])}, so even the full batch diverges."
        if n["lr"] < n["limit"]:
            why = (
                f"2/λmax = {number(n['limit'])} would allow this η for the full batch. A small "
                "batch has a curvature of its own, and a batch with large inputs throws w far away."
            )
        return f"{said} Diverged: {every} seeds have left. {why}"
    if not np.isfinite(n["final"]) or n["final"] > TOP:
        why = f"η is above 2/λmax = {number(n['limit'])}." if n["lr"] > n["limit"] else ""
        return f"{said} It is diverging: the loss has left the picture. {why}".strip()
    said += f" The loss ends {number(n['final'], 2)} above its minimum (median of {SEEDS} seeds)."
    if full == B:
        said += " The batch is the whole data: no noise, all seeds walk the same path."
    else:
        said += (
            f" The full batch after as many examples: {number(n['same_epochs'], 2)}; after as many "
            f"steps: {number(n['same_steps'], 2)}. The seeds end {number(n['spread'], 2)} from "
            "their mean, which is "
        )
        if n["off"] < n["spread"]:
            said += f"{number(n['off'], 2)} from the minimum: the noise ball."
        else:
            said += f"still {number(n['off'], 2)} from the minimum: on the way, not yet the ball."
    ratio = n["whole"] / n["cost"]
    said += f" One full-batch step takes as long as {number(ratio)} of these steps"
    return said + (", measured on this machine." if "measured" in n["unit"] else ".")


@cache
def levels() -> Mark:
    """The level lines of the loss."""
    grid = np.linspace(-REACH, REACH, 61)
    w = np.stack(np.meshgrid(grid, grid), axis=-1)
    return contours("levels", grid, grid, above(w), np.geomspace(0.01, 6, 12))


def batch_size() -> Lab:
    """Sliders for batch size and learning rate: the noise ball, and the loss counted three ways."""

    def curves(name: str) -> list[Mark]:
        return [
            line(f"{name}_low", "lowest tenth of the seeds", 4, 1, gaps=True),
            line(f"{name}_high", "highest tenth of the seeds", 5, 1, gaps=True),
            line(f"{name}_full", "full batch, same η", 1, gaps=True),
            line(f"{name}_middle", "this B, median", 0, gaps=True),
        ]

    def panel(title: str, name: str, words: str, xlabel: str, **options: object) -> Panel:
        return Panel(
            title,
            curves(name),
            alt=f"Loss above its minimum against {words}: the median of the seeds between two "
            "thin lines, and the full batch with the same learning rate.",
            xlabel=xlabel,
            ylabel="loss - minimum",
            ylog=True,
            ylim=(FLOOR, TOP),
            size=(400, 330),
            **options,
        )

    dots = replace(points("ends", f"where {SEEDS} seeds end", colour=2, size=7), gaps=True)
    shown = [str(b) if b < BATCHES[-1] else f"{b}, the full batch" for b in BATCHES]
    return Lab(
        "Batch size and learning rate",
        compare,
        controls=[
            Control("slider", "batch_size", "batch size B", 4, BATCHES, shown),
            slider("lr", "learning rate η", 0.001, 1.0, 0.0501, log=True),
            choice("machine", "how many examples the machine takes at once", [*MACHINES]),
            button("measured", "Measure the time on this machine"),
        ],
        panels=[
            Panel(
                "The weights, from above",
                [
                    levels(),
                    line("path", "path of one seed", colour=0, stroke=1.2, gaps=True),
                    dots,
                    points("best", "minimum", colour=1, shape="diamond", size=10),
                ],
                alt="Level lines of the loss, the path of one seed from the upper left towards "
                "the minimum, and a cloud of points about it where the seeds end.",
                xlabel="weight of the body-mass index",
                ylabel="weight of the blood pressure",
                xlim=(-REACH, REACH),
                ylim=(-REACH, REACH),
                size=(400, 330),
            ),
            panel("Per step", "step", "the number of updates", "step", xlog=True),
            panel("Per epoch", "epoch", "passes over the data", "epoch", xlim=(0, EPOCHS + 0.1)),
            panel(
                "Per unit of time",
                "time",
                "the time spent",
                "ticks (milliseconds once measured)",
                xlog=True,
            ),
        ],
        say=say_noise,
        predict="Go from B = 4 to the full batch at the same η. In which of the three pictures "
        "does the curve get better, and in which worse? Then B = 1: where does it stop falling?",
    )
