"""Chapter 06's labs: a graph with a value and a gradient at each node, and a chain that grows."""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import pairwise

import numpy as np

from nnlab.labs.lab import Lab, Numbers
from nnlab.labs.scene import (
    Panel,
    Table,
    arrows,
    choice,
    line,
    number,
    points,
    slider,
    text,
)

PLACES = {
    "w": (0, 1.0),
    "x": (0, 0.0),
    "b": (1.4, -0.9),
    "p": (1.4, 0.5),
    "z": (2.8, 0.0),
    "h": (4.3, 0.0),
    "q": (5.6, 0.6),
    "y": (5.6, -0.9),
    "e": (7.0, 0.6),
    "L": (8.6, 0.6),
}
FORMULAS = {"p": "w·x", "z": "p + b", "h": "tanh z", "q": "h·w", "e": "q − y", "L": "e²"}
EDGES = [  # from a number to one computed from it, and where on it the slope is written
    ("w", "p", 0.45),
    ("x", "p", 0.45),
    ("p", "z", 0.45),
    ("b", "z", 0.5),
    ("z", "h", 0.5),
    ("h", "q", 0.6),
    ("w", "q", 0.5),
    ("q", "e", 0.5),
    ("y", "e", 0.4),
    ("e", "L", 0.5),
]
PATHS = {"through h": ["w", "p", "z", "h", "q", "e", "L"], "direct": ["w", "q", "e", "L"]}
SHOWN = ("both paths", *PATHS)


def forward(w: float, x: float, b: float, y: float) -> dict[str, float]:
    """Every value of L = (tanh(w x + b) w - y)², in order."""
    p = w * x
    h = math.tanh(p + b)
    q = h * w
    return {"w": w, "x": x, "b": b, "y": y} | {
        "p": p,
        "z": p + b,
        "h": h,
        "q": q,
        "e": q - y,
        "L": (q - y) ** 2,
    }


def local_slopes(v: dict[str, float]) -> dict[tuple[str, str], float]:
    """The derivative of each number by each one that stands in its formula."""
    return {
        ("w", "p"): v["x"],
        ("x", "p"): v["w"],
        ("p", "z"): 1.0,
        ("b", "z"): 1.0,
        ("z", "h"): 1 - v["h"] ** 2,
        ("h", "q"): v["w"],
        ("w", "q"): v["h"],
        ("q", "e"): 1.0,
        ("y", "e"): -1.0,
        ("e", "L"): 2 * v["e"],
    }


def gradients(slopes: dict[tuple[str, str], float]) -> dict[str, float]:
    """∂L/∂(every number): start at L with 1, hand on, and add where paths meet."""
    found = dict.fromkeys(PLACES, 0.0) | {"L": 1.0}
    for node in ("L", "e", "q", "h", "z", "p"):
        for (start, end), slope in slopes.items():
            if end == node:
                found[start] += found[node] * slope
    return found


def along(path: list[str], slopes: dict[tuple[str, str], float]) -> float:
    """The product of the slopes on one path."""
    return math.prod(slopes[edge] for edge in pairwise(path))


def factors(slopes: Iterable[float]) -> str:
    """Write a product, without its ones; negative numbers in brackets."""
    shown = [number(slope, 2) for slope in slopes if slope != 1]
    return " · ".join(f"({s})" if s.startswith("−") else s for s in shown) or "1"


def graph(w: float, x: float, b: float, y: float, marked: str) -> Numbers:
    """Values, local slopes, gradients, and both paths from w to L."""
    values = forward(w, x, b, y)
    slopes = local_slopes(values)
    grads = gradients(slopes)
    products = {name: along(path, slopes) for name, path in PATHS.items()}
    shown = [PATHS[marked]] if marked in PATHS else list(PATHS.values())
    chosen = {edge for path in shown for edge in pairwise(path)}
    kept = [edge for edge in slopes if edge not in chosen]
    lines = [[*PLACES[a], *PLACES[b]] for a, b in kept]
    bright = [[*PLACES[a], *PLACES[b]] for a, b in chosen]
    rows = [
        [name, factors(slopes[e] for e in pairwise(path)), products[name]]
        for name, path in PATHS.items()
    ]
    return {
        "edges": np.array(lines).T,
        "path": np.array(sorted(bright)).T,
        "nodes": np.array(list(PLACES.values())).T,
        "names": [
            (*place, f"{name} = {FORMULAS[name]}" if name in FORMULAS else name)
            for name, place in PLACES.items()
        ],
        "values": [(*place, number(values[name])) for name, place in PLACES.items()],
        "gradients": [(*place, f"∂ {number(grads[name])}") for name, place in PLACES.items()],
        "slopes": [
            (
                PLACES[a][0] + share * (PLACES[b][0] - PLACES[a][0]),
                PLACES[a][1] + share * (PLACES[b][1] - PLACES[a][1]),
                f"×{number(slopes[a, b])}",
            )
            for a, b, share in EDGES
        ],
        "paths": [*rows, ["sum", "∂L/∂w", grads["w"]]],
        "products": products,
        "grads": grads,
    }


def say_paths(n: Numbers) -> str:
    """Say how the gradient of w is put together."""
    through, direct = n["products"]["through h"], n["products"]["direct"]
    total = f"∂L/∂w = {number(through)} through h, and {number(direct)} direct: together "
    total += f"{number(n['grads']['w'])}."
    if abs(n["grads"]["L"]) and abs(n["grads"]["e"]) < 1e-12:
        return f"{total} The error is 0, so nothing comes back along any path."
    if through * direct < 0:
        return f"{total} The two paths pull against each other."
    if abs(through) < 0.02 * abs(direct):
        return f"{total} Almost all of it is direct: x is small, or tanh is flat here."
    return total


def chain_graph() -> Lab:
    """L = (w tanh(w x + b) - y)²: w is used twice, so two paths lead from it to the loss."""

    def compute(w: float, x: float, b: float, y: float, marked: str) -> Numbers:
        return graph(w, x, b, y, marked)

    return Lab(
        "Multiply along a path, add over the paths",
        compute,
        controls=[
            slider("w", "w", -2.0, 2.0, 0.5, step=0.1),
            slider("x", "x", -2.0, 2.0, 2.0, step=0.1),
            slider("b", "b", -2.0, 2.0, 0.0, step=0.1),
            slider("y", "y", -2.0, 2.0, 1.0, step=0.1),
            choice("marked", "paths from w", SHOWN),
        ],
        panels=[
            Panel(
                "Values; ×: slope of one link; ∂: gradient of L",
                [
                    arrows("edges", shrink=31),
                    arrows("path", "paths from w", colour=1, shrink=31),
                    points("nodes", colour=None, size=60, hollow=True),
                    text("names", dy=-40),
                    text("values", dy=-9),
                    text("gradients", colour=1, dy=10, bold=True),
                    text("slopes", colour=0),
                ],
                alt="A graph from w, x, b and y to the loss L. At each node its value and the "
                "gradient of L; on each edge the slope of that one link. Two paths lead from w to "
                "L, one through h and one direct.",
                axes=False,
                turn=True,
                xlim=(-0.5, 9.1),
                ylim=(-1.3, 1.6),
                size=(780, 400),
            ),
            Table(
                "From w to L", "paths", ["path", "slopes other than 1", "product"], size=(560, 160)
            ),
        ],
        say=say_paths,
        predict="w is used twice. Which of the two paths gives the larger share of ∂L/∂w? What "
        "happens to that share when w·x + b moves far from 0? And can the two cancel?",
    )


ACTIVATIONS = ("sigmoid", "tanh", "ReLU")
DEEPEST = 30


def slope_of(activation: str, z: float) -> tuple[float, float]:
    """The activation's value and its slope at z."""
    if activation == "sigmoid":
        a = 1 / (1 + math.exp(-z)) if z > -700 else 0.0
        return a, a * (1 - a)
    if activation == "tanh":
        a = math.tanh(z)
        return a, 1 - a * a
    return max(z, 0.0), float(z > 0)


def grown(activation: str, weight: float, start: float) -> Numbers:
    """∂(output of layer n)/∂(input) for n = 1 … 30 layers a = f(weight · a): a product of 2n."""
    a, product, sizes = start, 1.0, [1.0]
    for _ in range(DEEPEST):
        a, slope = slope_of(activation, weight * a)
        product *= weight * slope
        sizes.append(abs(product))
    return {
        "sizes": np.array(sizes),
        "product": product,
        "activation": activation,
        "weight": weight,
    }


def chain_length() -> Lab:
    """How a product of slopes grows or shrinks with the number of layers."""

    def compute(activation: str, weight: float, layers: int, start: float) -> Numbers:
        found = grown(activation, weight, start)
        sizes = np.maximum(found["sizes"], 1e-30)
        depth = np.arange(DEEPEST + 1)
        return found | {
            "size": (depth, sizes),
            "here": ([layers], [sizes[layers]]),
            "bound": (depth, np.maximum((abs(weight) / 4) ** depth, 1e-30))
            if activation == "sigmoid"
            else (depth, np.maximum(abs(weight) ** depth, 1e-30)),
            "layers": layers,
        }

    def say(n: Numbers) -> str:
        layers, size = n["layers"], float(n["sizes"][n["layers"]])
        said = f"After {layers} layers, {2 * layers} factors, the derivative's size is "
        said += f"{number(size)}."
        if size == 0:
            return f"{said} One factor is 0, so the product is: no signal comes through at all."
        if size < 1e-3:
            return f"{said} It has nearly vanished. It is small, not NaN."
        if size > 1e3:
            return f"{said} It explodes: each layer multiplies by more than 1."
        mean = number(size ** (1 / (2 * layers)), 2)
        return f"{said} On (geometric) average a factor is {mean}."

    return Lab(
        "The chain grows with the layers",
        compute,
        controls=[
            choice("activation", "activation", ACTIVATIONS),
            slider("weight", "weight of every layer", 0.0, 6.0, 1.0, step=0.1),
            slider("layers", "layers", 1, DEEPEST, 10),
            slider("start", "input", -2.0, 2.0, 1.0, step=0.1),
        ],
        panels=[
            Panel(
                "Size of ∂(output)/∂(input)",
                [
                    line("size", "product of the factors"),
                    line("bound", "bound: |weight| · largest slope, each", colour=1),
                    points("here", colour=3, shape="diamond", size=12),
                ],
                alt="The size of the derivative against the number of layers, on a logarithmic "
                "axis, beside the bound that no product can exceed.",
                xlabel="layers",
                ylabel="size",
                ylog=True,
                xlim=(0, DEEPEST),
                size=(560, 320),
            )
        ],
        say=say,
        predict="With a sigmoid and weight 1, how large is the product after ten layers at most? "
        "Which weight would make up for the slope of ¼? Does it in fact?",
    )
