"""Drawings that carry one idea each, for the chapters that need them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nnlab.plots import COLOURS, figure
from nnlib import Network

FORWARD, BACKWARD = COLOURS[0], COLOURS[1]
COLUMNS = {"x": 0.0, "h": 3.3, "o": 6.6, "L": 8.9}
HALF = 1.25  # of the distance between the two units of a layer


def passes(net: Network, x: np.ndarray, y: np.ndarray) -> dict[str, float]:
    """Return every number of a forward and a backward pass through a 2-2-1 network with log loss.

    x1 z1 a1 … z p L are values, w11 … w22 the first weights and v1 v2 the second ones; d before a
    name makes it the gradient. ValueError for another network or more than one example.
    """
    first, activation, last = net.layers if len(net.layers) == 3 else [None] * 3
    if x.shape != (1, 2) or getattr(first, "n_out", 0) != 2 or getattr(last, "n_out", 0) != 1:
        raise ValueError(
            f"wanted a network Dense(2, 2), activation, Dense(2, 1) and one example, "
            f"got {net} and x of shape {x.shape}"
        )
    loss, _ = net.value_and_grad(x, y)
    z1 = x @ first.W + first.b
    a = activation.forward(z1)
    z2 = a @ last.W + last.b
    dz2 = net.loss.grad(z2, y)
    da = dz2 @ last.W.T
    dz1 = activation.backward(da)
    found = {"z": z2.item(), "p": net.loss.proba(z2).item(), "L": loss, "dz": dz2.item()}
    for i in (1, 2):
        rows = {"x": x, "z": z1, "a": a, "da": da, "dz": dz1}
        found |= {f"{name}{i}": row[0, i - 1] for name, row in rows.items()}
        found |= {f"v{i}": last.W[i - 1, 0], f"dv{i}": last.dW[i - 1, 0]}
        for j in (1, 2):
            found |= {f"w{i}{j}": first.W[i - 1, j - 1], f"dw{i}{j}": first.dW[i - 1, j - 1]}
    return {name: float(value) for name, value in found.items()}


def two_two_one(net: Network, x: np.ndarray, y: np.ndarray, gradients: bool = True) -> Figure:
    """Draw a 2-2-1 network: each value at its place, and its gradient below, in brackets.

    Without `gradients`, the forward pass alone.
    """
    numbers = passes(net, x, y)
    fig, ax = figure(size=(9, 4.6 if gradients else 4.0))
    places = {
        **{f"x{i}": (COLUMNS["x"], side * HALF) for i, side in ((1, 1), (2, -1))},
        **{f"h{j}": (COLUMNS["h"], side * HALF) for j, side in ((1, 1), (2, -1))},
        "o": (COLUMNS["o"], 0.0),
        "L": (COLUMNS["L"], 0.0),
    }
    edges = {f"w{i}{j}": (f"x{i}", f"h{j}") for i in (1, 2) for j in (1, 2)}
    edges |= {f"v{j}": (f"h{j}", "o") for j in (1, 2)}
    for name, (start, end) in edges.items():
        share = 0.27 if name in ("w12", "w21") else 0.5  # of the way: before these two cross
        gradient = numbers[f"d{name}"] if gradients else None
        edge(ax, places[start], places[end], share, numbers[name], gradient)
    edge(ax, places["o"], places["L"])
    for name, (x, y) in places.items():
        ax.plot(x, y, "o", markersize=30, color="white", markeredgecolor="black", zorder=3)
        shown = {"o": "p", "h1": "$a_1$", "h2": "$a_2$", "x1": "$x_1$", "x2": "$x_2$"}
        ax.text(x, y, shown.get(name, name), ha="center", va="center", zorder=4)
        above, below = sayings(name, numbers)
        below = below if gradients else ""
        outwards = {"h1": (0.78, 0.42), "h2": (-0.42, -0.78)}  # clear of the edges
        up, down = outwards.get(name, (0.42, -0.42))
        ax.text(x, y + up, above, ha="center", va="bottom" if up > 0 else "top", color=FORWARD)
        ax.text(x, y + down, below, ha="center", va="top" if down < 0 else "bottom", color=BACKWARD)
    passes_shown = [
        (2.95, "forward: values", "-|>", FORWARD),
        (-2.95, "backward: gradients, in brackets", "<|-", BACKWARD),
    ]
    for y, text, style, colour in passes_shown if gradients else passes_shown[:1]:
        arrow = {"arrowstyle": style, "color": colour, "linewidth": 1.5}
        ax.annotate("", (9.2, y), (-0.3, y), arrowprops=arrow)
        background = {"facecolor": "white", "edgecolor": "none", "pad": 4}
        ax.text(4.45, y, text, ha="center", va="center", color=colour, bbox=background)
    ax.set(xlim=(-0.7, 9.5), ylim=(-3.2 if gradients else -2.3, 3.2))
    ax.axis("off")
    return fig


def edge(
    ax: Axes,
    start: tuple[float, float],
    end: tuple[float, float],
    share: float = 0.5,
    weight: float | None = None,
    gradient: float | None = None,
) -> None:
    """Draw an edge, and on it, where `share` says, the weight and, if given, its gradient."""
    ax.plot(*zip(start, end, strict=True), color="#999999", linewidth=1.2, linestyle="-", zorder=1)
    if weight is None:
        return
    x, y = (a + share * (b - a) for a, b in zip(start, end, strict=True))
    background = {"facecolor": "white", "edgecolor": "none", "pad": 1}
    texts = [("center" if gradient is None else "bottom", signed(f"{weight:g}"), FORWARD)]
    if gradient is not None:
        texts.append(("top", bracket(gradient), BACKWARD))
    for side, text, colour in texts:
        ax.text(
            x, y, text, ha="center", va=side, color=colour, fontsize=9.5, bbox=background, zorder=2
        )


def signed(text: str) -> str:
    """Return numbers with a minus as long as the plus."""
    return text.replace("-", "−")


def bracket(gradient: float) -> str:
    """Return a gradient as it is written in the picture."""
    return signed(f"({gradient:+.2f})")


def sayings(name: str, n: Mapping[str, float]) -> tuple[str, str]:
    """Return what stands above and below a node."""
    if name == "L":
        return f"loss {n['L']:.2f}", "(1)"
    if name == "o":
        return signed(f"z {n['z']:.2f} → p {n['p']:.2f}"), f"dz {bracket(n['dz'])}"
    if name.startswith("x"):
        return signed(f"{n[name]:g}"), ""
    j = name[1]
    above = signed(f"z {n[f'z{j}']:.2f} → a {n[f'a{j}']:.2f}")
    return above, f"dz {bracket(n[f'dz{j}'])} ← da {bracket(n[f'da{j}'])}"
