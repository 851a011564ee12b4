"""Chapter 12's lab: depth, scale and activation; signal and gradient in every layer."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache, lru_cache

import numpy as np

import nnlib as nn
from nnlab.labs.lab import Lab, Numbers
from nnlab.labs.scene import Panel, Table, button, choice, line, number, points, slider

WIDTH = 64  # as many units in each layer as the digits have pixels
DEEPEST = 50
EXAMPLES = 64
PLAIN, SKIP = "one after another", "with a skip, a + σ(z)"
ACTIVATIONS = {
    "ReLU": nn.ReLU,
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
    "leaky ReLU, slope 0.1": lambda: nn.LeakyReLU(0.1),
    "GELU": nn.GELU,
    "none (linear)": None,
}
LOW, HIGH = 1e-12, 1e12  # what the pictures hold; beyond that the sentence tells
FAINT, LOUD = 1e-3, 1e3  # first layer's gradient over the last one's: vanished, exploded
FLOAT32 = 1.4e-45  # the smallest float32 above 0


@cache
def digits() -> tuple[np.ndarray, np.ndarray]:
    """64 digits, standardised over all of them, and their labels."""
    X, y = nn.load_digits()
    return nn.standardise(X)[0][:EXAMPLES], y[:EXAMPLES]


@lru_cache(maxsize=4)
def draws(seed: int) -> np.ndarray:
    """Standard normal numbers for the deepest network, (depth + 1, width, width)."""
    return np.random.default_rng(seed).normal(size=(DEEPEST + 1, WIDTH, WIDTH))


def rms(array: np.ndarray) -> float:
    """The root mean square of all entries."""
    return float(np.sqrt(np.mean(array * array)))


def through(
    activation: str, depth: int, c: float, skip: bool, seed: int
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """z and ∂L/∂z of each hidden layer, first layer first; Var(w) = c/n, biases 0.

    The last layer, 10 logits under cross-entropy, has variance 1/n whatever c is.
    """
    X, y = digits()
    Ws = draws(seed)[:depth] * math.sqrt(c / WIDTH)
    last = draws(seed)[-1, :, :10] / math.sqrt(WIDTH)
    make = ACTIVATIONS[activation]
    bends = [make() if make else None for _ in range(depth)]
    a, z = X, []
    for W, bend in zip(Ws, bends, strict=True):
        z.append(a @ W)
        out = bend.forward(z[-1]) if bend else z[-1]
        a = a + out if skip else out
    da = nn.CrossEntropy().grad(a @ last, y) @ last.T
    dz = []
    for W, bend in zip(Ws[::-1], bends[::-1], strict=True):
        dz.append(bend.backward(da) if bend else da)
        da = da + dz[-1] @ W.T if skip else dz[-1] @ W.T
    return z, dz[::-1]


def measure(activation: str, depth: int, c: float, links: str, seed: int) -> Numbers:
    """Signal, spread and gradient of each layer, and a table of some of them."""
    z, dz = through(activation, depth, c, links == SKIP, seed)
    signal = np.array([rms(v) for v in z])
    spread = np.array([rms(v - v.mean(axis=0)) for v in z])
    gradient = np.array([rms(v) for v in dz])
    gradient = gradient / gradient[-1]
    layers = np.arange(1, depth + 1)
    chosen = sorted({round(v) for v in np.linspace(1, depth, min(depth, 7))})
    parts = {"signal": signal, "spread": spread, "gradient": gradient}
    shown = {k: (layers, np.where((v >= LOW) & (v <= HIGH), v, np.nan)) for k, v in parts.items()}
    return shown | {
        "first": ([1], shown["gradient"][1][:1]),
        "rows": [[str(i), *(number(v[i - 1], 2) for v in parts.values())] for i in chosen],
        "measured": parts,
        "activation": activation,
        "depth": depth,
        "c": c,
    }


def say_measured(n: Numbers) -> str:
    """Say what arrives forwards and backwards, and what one layer multiplies by."""
    signal, spread, gradient = n["measured"].values()
    steps = n["depth"] - 1
    share = (signal[-1] / signal[0]) ** (1 / steps)
    back = gradient[0] ** (1 / steps)
    said = f"{n['activation']}, {n['depth']} layers, Var(w) = {number(n['c'])}/n. "
    said += f"Forwards, rms of z from {number(signal[0], 2)} to {number(signal[-1], 2)}: "
    said += f"{number(share, 2)} times a layer. Backwards, layer 1's gradient is "
    said += f"{number(gradient[0], 2)} times the last layer's, {number(back, 2)} times a layer"
    if gradient[0] < FAINT:
        said += ": it vanishes."
        if gradient[0] < FLOAT32:
            said += " In float32 it would be 0, and no NaN."
    elif gradient[0] > LOUD:
        said += ": it explodes."
    else:
        said += ": it arrives."
    kept = spread[-1] / signal[-1]
    if kept < 0.01:
        said += " In the last layer all examples look alike: less than 1 % of z differs."
    else:
        said += f" In the last layer {100 * kept:.0f} % of z differs between examples."
    outside = [k for k, v in n["measured"].items() if v.min() < LOW or v.max() > HIGH]
    if outside:
        said += f" Outside the picture in some layers: {', '.join(outside)}."
    return said


def signal_and_gradient() -> Lab:
    """Depth, scale, activation, skips, and new weights: what arrives in which layer."""

    def compute(activation: str, depth: int, c: float, links: str, again: int) -> Numbers:
        return measure(activation, depth, c, links, again)

    xlim, ylim = (0, DEEPEST + 1), (LOW, HIGH)
    return Lab(
        "Signal and gradient, layer by layer",
        compute,
        controls=[
            choice("activation", "activation σ", list(ACTIVATIONS)),
            slider("depth", "hidden layers", 2, DEEPEST, 30),
            slider("c", "c, in Var(w) = c/n", 0.1, 40.0, 1.0, log=True),
            choice("links", "layers", [PLAIN, SKIP]),
            button("again", "Draw new weights"),
        ],
        panels=[
            Panel(
                "Forwards: the signal",
                [
                    line("signal", "rms of z", gaps=True),
                    line("spread", "… of it, between examples", colour=1, gaps=True),
                ],
                alt="The size of z in each layer on a logarithmic axis, and of that the part that "
                "differs between examples: level lines keep it, falling ones lose it.",
                xlabel="layer",
                ylabel="rms",
                xlim=xlim,
                ylim=ylim,
                ylog=True,
                size=(430, 330),
            ),
            Panel(
                "Backwards: the gradient",
                [
                    line("gradient", "rms of dz over the last layer's", colour=2, gaps=True),
                    replace(points("first", "layer 1", 2, "diamond", 11), gaps=True),
                ],
                alt="The size of the gradient in each layer, divided by the last layer's, on a "
                "logarithmic axis: read from the right end, 1, to the diamond at layer 1.",
                xlabel="layer",
                ylabel="ratio",
                xlim=xlim,
                ylim=ylim,
                ylog=True,
                size=(430, 330),
            ),
            Table(
                "Some layers in numbers",
                "rows",
                ["layer", "rms of z", "between examples", "gradient / last"],
                (430, 300),
            ),
        ],
        say=say_measured,
        predict="For which c are both lines level, with ReLU, with tanh, with none? Write down "
        "three numbers, then look.",
    )
