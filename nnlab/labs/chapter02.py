"""Chapter 02's labs: build a dense network, build a transformer, browse known models; then count.

Each asks first and answers after: the numbers stay hidden until "show" says otherwise. They are
all `nnlib.count`'s own.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np

from nnlab.labs.lab import Lab, Numbers
from nnlab.labs.scene import Control, Panel, Table, bars, choice, line, number, points, slider, text
from nnlib import catalogue
from nnlib import count as c

HIDDEN, SHOWN = "predict first", "the numbers"
WIDTHS = [*range(1, 33), 40, 48, 50, 64, 80, 96, 100, 128, 150, 200, 256, 300, 400, 500, 512]
WIDTHS += [600, 784, 1000, 1024, 2048, 3072, 4096]
NOTHING = np.empty((2, 0))
DRAWN = 8  # units of a layer that are drawn


def sizes(name: str, label: str, value: int, stops: list[int]) -> Control:
    """Return a slider that stops at these whole numbers, small ones close together."""
    return Control("slider", name, label, value, stops, [f"{stop:,}" for stop in stops])


def reveal() -> Control:
    """Return the choice between asking and answering."""
    return choice("ask", "show", [HIDDEN, SHOWN])


def about(n: int) -> str:
    """Return a count in words: 331, 61.7 thousand, 124 million, 6.74 billion.

    >>> about(331), about(124_439_808)
    ('331', '124 million')
    """
    for size, word in ((10**9, "billion"), (10**6, "million"), (10**4, "thousand")):
        if n >= size:
            unit = 1000 if word == "thousand" else size
            return f"{n / unit:.3g} {word}" if n < 1e12 else f"{n / unit:,.0f} {word}"
    return f"{n:,}"


def in_short(n: int) -> str:
    """Return a count as it stands beside a slider: 112M.

    >>> in_short(10_000), in_short(112_000_000), in_short(10**12)
    ('10k', '112M', '1000B')
    """
    size, letter = next(p for p in ((10**9, "B"), (10**6, "M"), (10**3, "k")) if n >= p[0])
    return f"{n / size:.4g}{letter}"


def bytes_of(n: Any, optimizer: str | None, precision: str) -> str:
    """Return the memory for n parameters, as a reader likes it: 5.3 kB."""
    return c.memory(n, optimizer, precision).records[-1][-1]


# --- a dense network ----------------------------------------------------------------------------


def dense_counts(widths: list[int], bias: bool = True) -> c.Table:
    """Return nnlib's table for a dense network with these widths, the inputs first.

    >>> dense_counts([20, 10, 10, 1]).total
    331
    """
    pairs = pairwise(widths)
    return c.count_parameters([c.Dense(a, b, bias=bias) for a, b in pairs])


def drawing(widths: list[int]) -> Numbers:
    """Return the units of each layer as a column, at most DRAWN of them, and all their edges."""
    columns = []
    xs = np.linspace(0, 1, len(widths)).tolist()
    for x, n in zip(xs, widths, strict=True):
        shown = min(n, DRAWN)
        columns.append([(x, (shown - 1) / 2 - k) for k in range(shown)])
    edges = [
        point
        for left, right in pairwise(columns)
        for a in left
        for b in right
        for point in (a, b, (math.nan, math.nan))
    ]
    both = list(zip(xs, widths, strict=True))
    labels = [(x, 4.6, f"{n:,}") for x, n in both]
    more = [(x, -4.3, f"+ {n - DRAWN:,}") for x, n in both if n > DRAWN]
    return {
        "edges": np.array(edges).T,
        "units": np.array([place for column in columns for place in column]).T,
        "widths": labels + more,
    }


def mlp_builder() -> Lab:
    """A dense network of any shape: each layer's formula, the total, memory, and regression's."""

    def compute(inputs: int, hidden: int, outputs: int, bias: str, ask: str, **widths: int):
        layers = [inputs, *[widths[f"width{i + 1}"] for i in range(hidden)], outputs]
        table, shown = dense_counts(layers, bias == "yes"), ask == SHOWN
        rows = [
            [f"{i}: {row.layer}", *((row.formula, f"{row.parameters:,}") if shown else "??")]
            for i, row in enumerate(table.rows, 1)
        ]
        total = f"{table.total:,}" if shown else "?"
        positions = np.arange(1, len(layers))
        bar = np.array([positions, [100 * table.share(row) for row in table.rows]])
        return drawing(layers) | {
            "layers": [*rows, ["total", "", total]],
            "bars": bar if shown else NOTHING,
            "table": table,
            "widths_of_layers": layers,
            "shown": shown,
        }

    def say(numbers: Numbers) -> str:
        table, layers = numbers["table"], numbers["widths_of_layers"]
        if not numbers["shown"]:
            return (
                f"A {'-'.join(map(str, layers))} network. Work out each layer, then the total; "
                f'then set "show" to "{SHOWN}".'
            )
        largest = max(range(len(table.rows)), key=lambda i: table.rows[i].parameters)
        share = table.share(table.rows[largest])
        classical = dense_counts([layers[0], layers[-1]], bool(table.biases)).total
        name = "Logistic regression" if layers[-1] == 1 else "Softmax regression"
        ratio, noun = table.total / classical, "bias" if table.biases == 1 else "biases"
        compared = "the same" if ratio == 1 else f"the network has {ratio:.3g} times as many"
        return (
            f"{table.total:,} parameters = {table.weights:,} weights + {table.biases:,} {noun}. "
            f"Layer {largest + 1} has {share:.0%} of them. {name} on the same {layers[0]:,} inputs "
            f"has {classical:,}: {compared}. Weights, gradients and Adam's averages in fp32: "
            f"{bytes_of(table.total, 'adam', 'fp32')}."
        )

    starts = (10, 10, 10, 10)
    return Lab(
        "Build a dense network",
        compute,
        controls=[
            sizes("inputs", "inputs", 20, WIDTHS),
            slider("hidden", "hidden layers", 0, 4, 2),
            *[
                sizes(f"width{i + 1}", f"width of hidden layer {i + 1}", start, WIDTHS)
                for i, start in enumerate(starts)
            ],
            sizes("outputs", "outputs", 1, WIDTHS),
            choice("bias", "biases", ["yes", "no"]),
            reveal(),
        ],
        panels=[
            Panel(
                "The network",
                [
                    line("edges", "", None, 0.5, gaps=True),
                    points("units", "", 0, size=11),
                    text("widths", dy=0, bold=True),
                ],
                alt="The units of each layer as a column of dots, at most eight, its width above "
                "it, and a line from each unit to each unit of the next layer.",
                axes=False,
                ylim=(-4.9, 5.1),
                xlim=(-0.15, 1.15),
                size=(440, 300),
            ),
            Panel(
                "Share of each layer",
                [bars("bars", "", 0, 0.6)],
                alt="A bar for each layer, as high as its share of the parameters; no bars while "
                "the numbers are hidden.",
                xlabel="layer",
                ylabel="share, %",
                xlim=(0.3, 5.7),
                ylim=(0, 100),
                size=(440, 300),
            ),
            Table("Layer by layer", "layers", ["layer", "formula", "parameters"], (880, 220)),
        ],
        say=say,
        predict="20 inputs, two hidden layers of 10, one output: how many? And what happens to the "
        "total when both hidden widths double: twice as many, four times, or something between?",
    )


# --- a transformer ------------------------------------------------------------------------------

GPT, LLAMA = "GPT-2's", "Llama's"
EVERY, EIGHT, ONE = "as many as heads", "at most 8", "1"
D_STOPS = [128, 256, 384, 512, 640, 768, 1024, 1280, 1536, 2048, 2560, 3072, 4096, 5120, 6144, 8192]
D_STOPS += [12288, 16384]
CONTEXTS = [2**k for k in range(7, 18)]
VOCABULARIES = [256, 1000, 8000, 16000, 32000, 50257, 100000, 128256, 256000]
PARTS = ("embedding", "positions", "attention", "feed-forward", "norms", "output")


def gated_width(d: int) -> int:
    """⅔ of 4·d, rounded up to a multiple of 256: what Llama 2 7B and 13B have.

    >>> gated_width(4096), gated_width(5120)
    (11008, 13824)
    """
    return 256 * math.ceil(8 * d / 3 / 256)


def language_model(
    d: int,
    layers: int,
    head_dim: int | str,
    kv: str,
    style: str,
    vocabulary: int,
    context: int,
    tied: str,
) -> c.Table:
    """Return nnlib's table for a decoder-only transformer."""
    heads = d // int(head_dim)
    kv_heads = {EVERY: heads, EIGHT: math.gcd(heads, 8), ONE: 1}[kv]
    small = {"kv_heads": kv_heads, "head_dim": int(head_dim)}
    if style == GPT:
        block = c.EncoderBlock(d, heads, 4 * d, **small)
        embedding, norm = c.Embedding(vocabulary, d, context), c.LayerNorm(d)
    else:
        how = {"bias": False, "gated": True, "norm": c.RMSNorm}
        block = c.EncoderBlock(d, heads, gated_width(d), **how, **small)
        embedding, norm = c.Embedding(vocabulary, d), c.RMSNorm(d)
    output = c.Dense(d, vocabulary, bias=False)
    output = c.Tied(output) if tied == "yes" else output
    return c.count_parameters([c.Input(context), embedding, c.Repeat(layers, *block), norm, output])


def by_part(table: c.Table, positions: int) -> dict[str, int]:
    """Return the parameters of each part; `positions` are those of a learned table."""
    found = dict.fromkeys(PARTS, 0)
    words = {"Embedding": "embedding", "Attention": "attention", "FeedForward": "feed-forward"}
    for row in table.rows:
        kind = row.layer.split(" × ")[-1].split("(")[0]
        found[words.get(kind, "output" if kind == "Dense" else "norms")] += row.parameters
    found["positions"] = positions
    found["embedding"] -= positions
    return found


def transformer_builder() -> Lab:
    """A GPT-2 or Llama of any size: where its parameters are, 12·L·d², memory, and work."""

    def compute(ask: str, **chosen: Any) -> Numbers:
        table, shown = language_model(**chosen), ask == SHOWN
        learned = chosen["context"] * chosen["d"] if chosen["style"] == GPT else 0
        parts = by_part(table, learned)
        rows = [
            [part, f"{n:,}" if shown else "?", f"{n / table.total:.1%}" if shown else "?"]
            for part, n in parts.items()
        ]
        total = f"{table.total:,}" if shown else "?"
        bar = np.array([range(len(PARTS)), [100 * n / table.total for n in parts.values()]])
        return {
            "bars": bar if shown else NOTHING,
            "parts": [*rows, ["total", total, "100.0%" if shown else "?"]],
            "table": table,
            "shown": shown,
            "rule": 12 * chosen["layers"] * chosen["d"] ** 2,
            "chosen": chosen,
        }

    def say(numbers: Numbers) -> str:
        table, rule, chosen = numbers["table"], numbers["rule"], numbers["chosen"]
        heads = chosen["d"] // int(chosen["head_dim"])
        if not numbers["shown"]:
            return (
                f"{chosen['layers']} blocks of width {chosen['d']:,} with {heads} heads. In your "
                "head: L blocks of about 12·d², and the embedding, vocabulary·d. Then set "
                f'"show" to "{SHOWN}".'
            )
        return (
            f"{table.total:,} parameters, about {about(table.total)}. 12·L·d² gives "
            f"{about(rule)}, {rule / table.total:.0%} of it. To run it in bf16: "
            f"{bytes_of(table.total, None, 'bf16-mixed')}; to train it with Adam, activations "
            f"apart: {bytes_of(table.total, 'adam', 'bf16-mixed')}. A generated token takes about "
            f"{about(c.inference_flops(table))} FLOPs, attention's scores apart."
        )

    return Lab(
        "Build a transformer",
        compute,
        controls=[
            sizes("d", "width d", 768, D_STOPS),
            slider("layers", "blocks L", 1, 128, 12),
            choice("head_dim", "width of a head", ["32", "64", "128"], "64"),
            choice("kv", "key and value heads", [EVERY, EIGHT, ONE]),
            choice("style", "blocks and positions", [GPT, LLAMA]),
            sizes("vocabulary", "vocabulary", 50257, VOCABULARIES),
            sizes("context", "context length", 1024, CONTEXTS),
            choice("tied", "output tied to the embedding", ["yes", "no"]),
            reveal(),
        ],
        panels=[
            Panel(
                "Where the parameters are",
                [bars("bars", "", 0, 0.6)],
                alt="A bar for each part, embedding, positions, attention, feed-forward, norms and "
                "output, as high as its share of the parameters; none while they are hidden.",
                ylabel="share, %",
                xlim=(-0.6, 5.6),
                ylim=(0, 100),
                ticks=["embed.", "pos.", "att.", "f.-fwd", "norms", "out"],
                size=(480, 300),
            ),
            Table("Part by part", "parts", ["part", "parameters", "share"], (400, 300)),
        ],
        say=say,
        predict="You double the width of each head. Does the total change? You double the context: "
        "with GPT-2's blocks, with Llama's? You double d: how many times as many?",
    )


# --- known models -------------------------------------------------------------------------------

KINDS = ("convolution", "dense", "embedding", "attention", "feed-forward", "other")
WORDS = {
    "Conv": "convolution",
    "Dense": "dense",
    "Embedding": "embedding",
    "Attention": "attention",
    "FeedForward": "feed-forward",
    "MixtureOfExperts": "feed-forward",
}
ROWS = 9  # kinds of layers that the table names


@cache
def tables() -> dict[str, c.Table]:
    """Return the table of every model in the catalogue, the smallest first."""
    found = {name: c.count_parameters(model) for name, model in catalogue.MODELS.items()}
    return dict(sorted(found.items(), key=lambda item: item[1].total))


def by_kind(table: c.Table) -> dict[str, int]:
    """Return the parameters in each kind of layer."""
    found = dict.fromkeys(KINDS, 0)
    for row in table.rows:
        kind = row.layer.split(" × ")[-1].split("(")[0]
        found[WORDS.get(kind, "other")] += row.parameters
    return found


def layers_of(table: c.Table, shown: bool) -> list[list[str]]:
    """Return the largest layers in their order, equal ones together, and a line for the rest."""
    times: dict[str, int] = {}
    sums: dict[str, int] = {}
    for row in table.rows:
        if row.parameters:
            name = row.layer.split(" × ")[-1]
            times[name] = times.get(name, 0) + row.times
            sums[name] = sums.get(name, 0) + row.parameters
    largest = sorted(sums, key=lambda name: -sums[name])[:ROWS]
    rows = [
        [f"{times[name]} × {name}" if times[name] > 1 else name, sums[name]]
        for name in sums
        if name in largest
    ]
    if others := len(sums) - len(largest):
        rest = sum(n for name, n in sums.items() if name not in largest)
        rows.append([f"{others} smaller kinds of layer", rest])
    return [[name, f"{n:,}" if shown else "?"] for name, n in rows]


def verdict(guess: float, total: int) -> str:
    """Say by which factor the guess is off."""
    factor = max(guess / total, total / guess)
    if factor < 1.1:
        return f"Your guess, {about(round(guess))}, is within 10 %."
    word = "high" if guess > total else "low"
    return f"Your guess, {about(round(guess))}, is {number(factor, 2)} times too {word}."


def catalogue_browser() -> Lab:
    """Known models from LeNet to GPT-3: guess, then see total, parts, memory and source."""
    names = list(catalogue.MODELS)
    places = {name: i for i, name in enumerate(tables())}
    totals = [table.total for table in tables().values()]

    guess = slider("guess", "guess", 1e4, 1e12, 1e8, log=True)

    def compute(model: str, guess: float, ask: str) -> Numbers:
        table, shown = tables()[model], ask == SHOWN
        shares = [100 * n / table.total for n in by_kind(table).values()]
        bar = np.array([range(len(KINDS)), shares])
        return {
            "layers": layers_of(table, shown),
            "kinds": bar if shown else NOTHING,
            "guess": ([0, len(totals) - 1], [guess, guess]),
            "this": ([places[model]], [table.total]) if shown else NOTHING,
            "table": table,
            "shown": shown,
            "guessed": guess,
            "model": catalogue.MODELS[model],
        }

    def say(numbers: Numbers) -> str:
        table, model = numbers["table"], numbers["model"]
        if not numbers["shown"]:
            return (
                f"{model.name}: guess from its layers. Your guess stands at "
                f'{about(round(numbers["guessed"]))}. Then set "show" to "{SHOWN}".'
            )
        said = (
            f"{model.name}: {table.total:,} parameters. {verdict(numbers['guessed'], table.total)}"
        )
        if table.active != table.total:
            said += f" A token uses {about(table.active)} of them."
        if table.macs is not None:
            said += f" One example takes {about(table.macs)} multiply-adds."
        said += f" Adam in mixed precision: {bytes_of(table.total, 'adam', 'bf16-mixed')}."
        return f"{said} {model.note} Source: {model.source}.".replace("  ", " ")

    return Lab(
        "Known models",
        compute,
        controls=[
            choice("model", "model", names, "GPT-2 small"),
            replace(guess, shown=[in_short(round(stop)) for stop in guess.stops]),
            reveal(),
        ],
        panels=[
            Panel(
                "Your guess among all models, by size",
                [
                    points(
                        "all",
                        "the catalogue",
                        None,
                        size=5,
                        data=(np.arange(len(totals)), np.array(totals, dtype=float)),
                    ),
                    line("guess", "your guess", 1),
                    points("this", "this model", 0, "diamond", 13),
                ],
                alt="The totals of all models in the catalogue as dots, rising from 60 thousand to "
                "175 billion on a log axis; a line at your guess, a diamond at the model.",
                xlabel="model, from the smallest",
                ylabel="parameters",
                ylog=True,
                ylim=(1e4, 1e12),
                size=(440, 300),
            ),
            Panel(
                "In which layers they are",
                [bars("kinds", "", 0, 0.6)],
                alt="A bar for each kind of layer, as high as its share of the parameters; no bars "
                "while the numbers are hidden.",
                ylabel="share, %",
                xlim=(-0.6, 5.6),
                ylim=(0, 100),
                ticks=["conv", "dense", "embed.", "att.", "f.-fwd", "other"],
                size=(440, 300),
            ),
            Table("Its layers", "layers", ["layer", "parameters"], (880, 300)),
        ],
        say=say,
        predict="Take a model whose total you don't know. From its layers, guess the power of ten.",
    )
