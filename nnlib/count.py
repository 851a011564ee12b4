"""How many parameters? The answer for any architecture, in whole numbers, from 331 to 175 billion.

A described layer is the *sizes of its arrays*: `Dense(20, 10)` has W of 20·10 and b of 10. An array
has as many parameters as the product of its sizes, and everything else here is adding up. So each
layer's formula is a line or two below, to be checked by eye. No array is ever made.

>>> from nnlib import count as c
>>> table = c.count_parameters([c.Dense(20, 10), c.Dense(10, 10), c.Dense(10, 1)])
>>> table.total, table.weights, table.biases
(331, 310, 21)

Shapes are of one example, without the batch: `(features,)`, `(channels, height, width)`,
`(tokens, features)`; None is a size that isn't known. Layers are numbered from 0, as in
`net.layers[0]`, and a layer inside another one as 2.0, 2.1, …

*Weights* multiply, *biases* are added, *norms* are the gains and shifts of a normalisation: three
kinds because weight decay usually spares the last two. *Buffers* (batch norm's running statistics)
are kept but not trained and are no parameters; Keras adds them to its total, PyTorch does not.

MACs are the multiply-adds of matrix products and convolutions, attention's two products among them
(a causal mask's saved half not taken off). Biases, activations, norms, softmax, pooling and table
look-ups are left out, as is usual. FLOPs = 2 MACs.
"""

from __future__ import annotations

from collections.abc import Callable
from math import comb, prod
from typing import Any

from nnlib.describe import (
    Add,
    Concat,
    Frozen,
    Input,
    Layer,
    LoRA,
    Model,
    Repeat,
    Tied,
    Walk,
    entries,
    entry,
    flat,
    no_macs,
    whole,
)
from nnlib.tables import Grid, Memory, Shape, Sizes, Table, cell

# fmt: off
__all__ = [
    "GRU", "LSTM", "RNN", "Activation", "Add", "Attention", "BatchNorm", "ClassToken", "Concat",
    "Conv", "DecoderBlock", "Dense", "Embedding", "EncoderBlock", "FeedForward", "FirstToken",
    "Flatten", "Frozen", "GlobalPool", "Grid", "Input", "Layer", "LayerNorm",
    "LinearRegression", "LinearSVM", "LoRA", "LogisticRegression", "Memory", "MixtureOfExperts",
    "Model", "PolynomialRegression", "Pool", "Positions", "RMSNorm", "RelativePositions",
    "Repeat", "Scale", "SoftmaxRegression", "Table", "Tied", "Tokens", "count_parameters",
    "inference_flops", "memory", "training_flops",
]
# fmt: on


# --- dense layers, activations, normalisation -------------------------------------------------


def Dense(n_in: int, n_out: int, bias: bool = True) -> Layer:
    """n_in·n_out weights and n_out biases, at every position of the input.

    >>> count_parameters(Dense(20, 10)).total
    210
    """
    n_in, n_out = whole("Dense", n_in=n_in, n_out=n_out)
    W, b = {"W": (n_in, n_out)}, {"b": (n_out,)} if bias else {}
    name = f"Dense({n_in} -> {n_out})"
    return Layer(name, (..., n_in), lambda x: (*x[:-1], n_out), weights=W, biases=b)


def Activation(name: str) -> Layer:
    """No parameters: a function of each entry (ReLU, dropout, …), which keeps the shape."""
    return Layer(name)


def Flatten() -> Layer:
    """No parameters: any shape becomes one row, (c, h, w) -> (c·h·w,)."""
    return Layer("Flatten()", gives=lambda x: (None if None in x else prod(x),))


def BatchNorm(n: int) -> Layer:
    """n gains and n shifts; n running means and n running variances are buffers.

    The n channels stand first in an image (c, h, w), and are all there is in a row (n,).
    """
    (n,) = whole("BatchNorm", n=n)
    pair, running = {"gamma": (n,), "beta": (n,)}, {"running_mean": (n,), "running_var": (n,)}
    return Layer(f"BatchNorm({n})", (n, ...), norms=pair, buffers=running)


def LayerNorm(n: int, bias: bool = True) -> Layer:
    """n gains and n shifts, over the last axis."""
    (n,) = whole("LayerNorm", n=n)
    return Layer(
        f"LayerNorm({n})", (..., n), norms={"gamma": (n,)} | ({"beta": (n,)} if bias else {})
    )


def RMSNorm(n: int) -> Layer:
    """n gains and no shifts, over the last axis."""
    (n,) = whole("RMSNorm", n=n)
    return Layer(f"RMSNorm({n})", (..., n), norms={"gamma": (n,)})


def Scale(n: int) -> Layer:
    """n coefficients and n biases, one of each for a channel: LeNet's trainable subsampling."""
    (n,) = whole("Scale", n=n)
    w, b = {"w": (n,)}, {"b": (n,)}
    return Layer(f"Scale({n})", (n, ...), weights=w, biases=b, macs=no_macs)


# --- convolution and pooling ------------------------------------------------------------------


def Conv(
    n_in: int,
    n_out: int,
    kernel: int | tuple[int, ...],
    stride: int | tuple[int, ...] = 1,
    padding: int | tuple[int, ...] = 0,
    dilation: int | tuple[int, ...] = 1,
    groups: int = 1,
    bias: bool = True,
    dims: int = 2,
    connections: int | None = None,
) -> Layer:
    """n_out · n_in/groups · k·k weights and n_out biases, for any size of image.

    `kernel` may be (k, k) or, in one dimension, (k,), an int stands for `dims` equal ones; so may
    stride, padding and dilation.
    `connections` is the length of a partial connection table (LeNet's C3): so many kernels.

    >>> count_parameters(Conv(3, 64, 7, stride=2, padding=3, bias=False)).total
    9408
    """
    n_in, n_out, groups = whole("Conv", n_in=n_in, n_out=n_out, groups=groups)
    if n_in % groups or n_out % groups:
        raise ValueError(
            f"Conv: groups={groups} must divide n_in={n_in} and n_out={n_out}: choose a divisor"
        )
    kernel = (kernel,) * dims if not isinstance(kernel, tuple) else kernel
    maps = (n_out, n_in // groups) if connections is None else (connections,)
    W, b = {"W": (*maps, *kernel)}, {"b": (n_out,)} if bias else {}
    slide = _window("Conv", kernel, stride, padding, dilation)
    extra = {"stride": (stride, 1), "padding": (padding, 0), "dilation": (dilation, 1)}
    extra |= {"groups": (groups, 1), "connections": (connections, None)}
    name = "".join(f", {key} {n}" for key, (n, usual) in extra.items() if n != usual)
    used = entries(W)
    return Layer(
        f"Conv({n_in} -> {n_out}, {'×'.join(map(str, kernel))}{name})",
        (n_in, *[None] * len(kernel)),
        lambda x: (n_out, *slide(x[1:])),
        weights=W,
        biases=b,
        macs=lambda x, out, memory: prod(out[1:]) * used,
    )


def Pool(
    size: int | tuple[int, ...],
    stride: int | tuple[int, ...] | None = None,
    padding: int | tuple[int, ...] = 0,
    kind: str = "max",
    dims: int = 2,
) -> Layer:
    """No parameters: a max or average over windows; the stride is the size if not given."""
    size = (size,) * dims if not isinstance(size, tuple) else size
    stride = size if stride is None else stride
    slide = _window("Pool", size, stride, padding, 1)
    name = f"Pool({kind}, {'×'.join(map(str, size))})"
    return Layer(name, (None, *[None] * len(size)), lambda x: (x[0], *slide(x[1:])))


def GlobalPool() -> Layer:
    """No parameters: one number for each channel, (c, h, w) -> (c,)."""
    return Layer("GlobalPool()", gives=lambda x: x[:1])


def _window(
    owner: str,
    kernel: tuple[int, ...],
    stride: int | tuple[int, ...],
    padding: int | tuple[int, ...],
    dilation: int | tuple[int, ...],
) -> Callable[[Shape], Shape]:
    """Return n -> ⌊(n + 2·padding - dilation·(k - 1) - 1) / stride⌋ + 1, for each axis."""
    ways = [n if isinstance(n, tuple) else (n,) * len(kernel) for n in (stride, padding, dilation)]
    if any(len(way) != len(kernel) for way in ways):
        raise ValueError(f"{owner}: kernel {kernel} and {ways} must have a number for each axis")
    axes = list(zip(kernel, *ways, strict=True))
    for k, s, p, d in axes:
        whole(owner, kernel=k, stride=s, dilation=d)
        whole(owner, least=0, padding=p)
    return lambda x: tuple(
        None if n is None else (n + 2 * p - d * (k - 1) - 1) // s + 1
        for n, (k, s, p, d) in zip(x, axes, strict=True)
    )


# --- sequences --------------------------------------------------------------------------------


def Embedding(vocabulary: int, d: int, positions: int = 0, segments: int = 0) -> Layer:
    """vocabulary·d weights, and positions·d and segments·d for tables that are added to them.

    `positions` is the longest input of a learned position table; 0 is for sinusoids, rotary
    positions or none, which have no parameters. `segments` is BERT's table of sentence A or B.
    """
    vocabulary, d = whole("Embedding", vocabulary=vocabulary, d=d)
    positions, segments = whole("Embedding", least=0, positions=positions, segments=segments)
    rows = {"tokens": vocabulary, "positions": positions, "segments": segments}
    tables = {key: (n, d) for key, n in rows.items() if n}
    name = f"Embedding({vocabulary} -> {d}{f', {positions} positions' if positions else ''})"
    return Layer(name, (_up_to(positions),), lambda x: (*x, d), weights=tables, macs=no_macs)


def Positions(n: int, d: int) -> Layer:
    """n·d weights: a learned table that is added to at most n tokens."""
    n, d = whole("Positions", n=n, d=d)
    return Layer(f"Positions({n}, {d})", (_up_to(n), d), weights={"W": (n, d)}, macs=no_macs)


def RelativePositions(buckets: int, heads: int) -> Layer:
    """buckets·heads weights: T5's table of a number for each distance and head.

    It is one table for all blocks of a stack, so it stands before their `Repeat`.
    """
    buckets, heads = whole("RelativePositions", buckets=buckets, heads=heads)
    name = f"RelativePositions({buckets}, {heads} heads)"
    return Layer(name, weights={"W": (buckets, heads)}, macs=no_macs, kept=lambda *_: 0)


def ClassToken(d: int) -> Layer:
    """d weights: one learned token in front, (t, d) -> (t + 1, d)."""
    (d,) = whole("ClassToken", d=d)
    longer = lambda x: (None if x[0] is None else x[0] + 1, d)  # noqa: E731
    return Layer(f"ClassToken({d})", (None, d), longer, weights={"token": (d,)}, macs=no_macs)


def Tokens() -> Layer:
    """No parameters: an image's positions become tokens, (c, h, w) -> (h·w, c)."""
    spread = lambda x: (None if None in x[1:] else prod(x[1:]), x[0])  # noqa: E731
    return Layer("Tokens()", (None, None, None), spread)


def FirstToken() -> Layer:
    """No parameters: only the first token goes on, (t, d) -> (d,)."""
    return Layer("FirstToken()", (None, None), lambda x: x[1:])


def _up_to(n: int) -> range | None:
    """Return the lengths that a table of n positions allows; without one, any."""
    return range(1, n + 1) if n and isinstance(n, int) else None


def RNN(n_in: int, hidden: int, bias_vectors: int = 2, bidirectional: bool = False) -> Layer:
    """hidden · (n_in + hidden) weights and `bias_vectors`·hidden biases, for each direction.

    PyTorch has two bias vectors (b_ih and b_hh, as cuDNN does), Keras one: pass 1.
    """
    return _recurrent("RNN", 1, n_in, hidden, bias_vectors, bidirectional)


def LSTM(n_in: int, hidden: int, bias_vectors: int = 2, bidirectional: bool = False) -> Layer:
    """4 gates of hidden · (n_in + hidden) weights and `bias_vectors`·hidden biases.

    PyTorch has two bias vectors for each gate, Keras one: pass 1.

    >>> count_parameters(LSTM(32, 64)).total, count_parameters(LSTM(32, 64, bias_vectors=1)).total
    (25088, 24832)
    """
    return _recurrent("LSTM", 4, n_in, hidden, bias_vectors, bidirectional, cells=1)


def GRU(n_in: int, hidden: int, bias_vectors: int = 2, bidirectional: bool = False) -> Layer:
    """3 gates of hidden · (n_in + hidden) weights and `bias_vectors`·hidden biases.

    PyTorch has two bias vectors, and so has Keras by default (reset_after=True); the paper's
    form, Keras with reset_after=False, has one.
    """
    return _recurrent("GRU", 3, n_in, hidden, bias_vectors, bidirectional)


def _recurrent(
    kind: str, gates: int, n_in: int, hidden: int, vectors: int, both: bool, cells: int = 0
) -> Layer:
    """Kept for the backward pass: the gates, the cell and the output."""
    n_in, hidden = whole(kind, n_in=n_in, hidden=hidden)
    (vectors,) = whole(kind, least=0, bias_vectors=vectors)
    n = gates * (1 + both)  # matrices of each sort
    name = f"{kind}({n_in} -> {hidden}{', both directions' if both else ''})"
    return Layer(
        name,
        (None, n_in),
        lambda x: (x[0], hidden * (1 + both)),
        weights={"W": (n, n_in, hidden), "U": (n, hidden, hidden)},
        biases={"b": (n * vectors, hidden)} if vectors else {},
        kept=lambda x, out, memory: prod(out) * (gates + cells + 1),
    )


# --- transformers -----------------------------------------------------------------------------


def Attention(
    d: int,
    heads: int,
    kv_heads: int | None = None,
    head_dim: int | None = None,
    bias: bool | str = True,
    memory: int | None = None,
) -> Layer:
    """Wq and Wo of d · heads·head_dim, Wk and Wv of d · kv_heads·head_dim, and their biases.

    With head_dim = d/heads and all heads: 4·d·d + 4·d, whatever the number of heads. kv_heads
    below heads is grouped-query attention, 1 is multi-query. `bias` may name some: "qkv".
    `memory` is the width of an encoder's output, from which cross-attention takes k and v.

    >>> count_parameters(Attention(768, 12)).total == 4 * 768 * 768 + 4 * 768
    True
    """
    d, heads = whole("Attention", d=d, heads=heads)
    kv_heads, width = heads if kv_heads is None else kv_heads, d if memory is None else memory
    if head_dim is None and d % heads:
        raise ValueError(f"Attention: heads={heads} must divide d={d}, or pass head_dim")
    head_dim = d // heads if head_dim is None else head_dim
    kv_heads, head_dim, width = whole(
        "Attention", kv_heads=kv_heads, head_dim=head_dim, memory=width
    )
    if heads % kv_heads:
        raise ValueError(f"Attention: kv_heads={kv_heads} must divide heads={heads}")
    chosen = {True: "qkvo", False: ""}.get(bias, bias)
    if not isinstance(chosen, str) or not set(chosen) <= set("qkvo"):
        raise ValueError(f"Attention: bias must be True, False or some of 'qkvo', got {bias!r}")
    q, kv = heads * head_dim, kv_heads * head_dim
    sizes = {"q": q, "k": kv, "v": kv, "o": d}

    def macs(x: Shape, out: Shape, memory: Shape) -> int:
        t, s = x[0], (memory or x)[0]  # tokens that ask, tokens that are asked
        return 2 * t * d * q + 2 * s * width * kv + 2 * t * s * q

    def kept(x: Shape, out: Shape, memory: Shape) -> int:
        t, s = x[0], (memory or x)[0]  # q and the mixture, k and v, softmax, output
        return 2 * t * q + 2 * s * kv + heads * t * s + t * d

    return Layer(
        f"Attention({d}, {heads} heads{f' on {kv_heads}' if kv_heads != heads else ''}"
        f"{f' of {head_dim}' if q != d else ''}{'' if memory is None else ', cross'})",
        (None, d),
        weights={"Wq": (d, q), "Wk": (width, kv), "Wv": (width, kv), "Wo": (q, d)},
        biases={f"b{key}": (sizes[key],) for key in chosen},
        macs=macs,
        kept=kept,
        reads=None if memory is None else (None, width),
    )


def FeedForward(d: int, d_ff: int, gated: bool = False, bias: bool = True) -> Layer:
    """2·d·d_ff weights, d_ff + d biases; gated (GLU, SwiGLU, GeGLU): 3·d·d_ff and 2·d_ff + d."""
    d, d_ff = whole("FeedForward", d=d, d_ff=d_ff)
    up = ("up", "gate") if gated else ("up",)
    # For each token: both sides of the activation (gated: also the other factor, the product).
    kept = lambda x, out, memory: prod(x[:-1]) * (2 * len(up) * d_ff + d)  # noqa: E731
    return Layer(
        f"FeedForward({d}, {d_ff}{', gated' if gated else ''})",
        (..., d),
        weights={f"W{key}": (d, d_ff) for key in up} | {"Wdown": (d_ff, d)},
        biases={f"b{key}": (d_ff,) for key in up} | {"bdown": (d,)} if bias else {},
        kept=kept,
    )


def MixtureOfExperts(d: int, d_ff: int, experts: int, active: int, gated: bool = True) -> Layer:
    """A router of d·experts, and experts · 3·d·d_ff weights (2 if not gated); no biases.

    A token goes through `active` of the experts, so the rest are idle for it.
    """
    d, d_ff, experts, active = whole(
        "MixtureOfExperts", d=d, d_ff=d_ff, experts=experts, active=active
    )
    if active > experts:
        raise ValueError(f"MixtureOfExperts: active={active} is more than experts={experts}")
    n = 3 if gated else 2
    return Layer(
        f"MixtureOfExperts({d}, {d_ff}, {active} of {experts})",
        (..., d),
        weights={"router": (d, experts), "experts": (experts, n, d, d_ff)},
        kept=lambda x, out, memory: prod(x[:-1]) * (active * ((2 * n - 2) * d_ff + d) + d),
        idle=(experts - active) * n * d * d_ff,
    )


def EncoderBlock(
    d: int,
    heads: int,
    d_ff: int,
    *,
    kv_heads: int | None = None,
    head_dim: int | None = None,
    bias: bool = True,
    gated: bool = False,
    norm: Callable[[int], Layer] = LayerNorm,
    feed: Layer | None = None,
) -> list[Layer]:
    """Self-attention and feed-forward (or `feed`), each with a norm, before or after it.

    With the defaults and d_ff = 4·d: 12·d² + 13·d. A block of a decoder-only model (GPT, Llama)
    is this one: a causal mask has no parameters.

    >>> count_parameters(EncoderBlock(768, 12, 4 * 768)).total == 12 * 768**2 + 13 * 768
    True
    """
    attention = Attention(d, heads, kv_heads, head_dim, bias)
    return [norm(d), attention, norm(d), feed or FeedForward(d, d_ff, gated, bias)]


def DecoderBlock(
    d: int, heads: int, d_ff: int, *, memory: int | None = None, **options: Any
) -> list[Layer]:
    """An `EncoderBlock` with cross-attention to an encoder of width `memory`, and a norm for it."""
    first, attention, last, feed = EncoderBlock(d, heads, d_ff, **options)
    heads_and_bias = {k: v for k, v in options.items() if k in ("kv_heads", "head_dim", "bias")}
    cross = Attention(d, heads, memory=d if memory is None else memory, **heads_and_bias)
    return [first, attention, options.get("norm", LayerNorm)(d), cross, last, feed]


# --- classical models, for comparison ---------------------------------------------------------


def LinearRegression(n: int, outputs: int = 1) -> Layer:
    """n·outputs weights and a bias for each output."""
    return _linear("LinearRegression", n, outputs)


def LogisticRegression(n: int) -> Layer:
    """n weights and 1 bias: with 20 features 21, though often quoted as 20.

    >>> count_parameters(LogisticRegression(20)).total
    21
    """
    return _linear("LogisticRegression", n, 1)


def SoftmaxRegression(n: int, k: int) -> Layer:
    """n·k weights and k biases; only (k - 1)·(n + 1) are identifiable, softmax ignoring a shift."""
    return _linear("SoftmaxRegression", n, k)


def LinearSVM(n: int, k: int = 2) -> Layer:
    """n weights and 1 bias for two classes, that for each of k > 2 classes (one against the rest).

    The support vectors are no further parameters: w is a sum over them.
    """
    return _linear("LinearSVM", n, 1 if k == 2 else k)


def PolynomialRegression(n: int, degree: int) -> Layer:
    """C(n + degree, degree) coefficients: all monomials in n features, the constant (bias) too.

    >>> count_parameters(PolynomialRegression(20, 2)).total
    231
    """
    n, degree = whole("PolynomialRegression", n=n, degree=degree)
    W, b = {"w": (comb(n + degree, degree) - 1,)}, {"b": (1,)}
    name = f"PolynomialRegression({n} features, degree {degree})"
    return Layer(name, (n,), lambda x: (1,), weights=W, biases=b)


def _linear(name: str, n: int, k: int) -> Layer:
    """Return a layer of k linear functions of n features."""
    n, k = whole(name, n=n, k=k)
    W, b = {"W": (n, k) if k != 1 else (n,)}, {"b": (k,)}
    return Layer(f"{name}({n} -> {k})", (n,), lambda x: (k,), weights=W, biases=b)


# --- adding up --------------------------------------------------------------------------------


def count_parameters(x: Any, input: Shape | None = None) -> Table:
    """Return the parameter table of a `Network`, or of a described layer, list or `Model`.

    `input` is the shape of one example, without the batch, where the first layer leaves it open
    or the `Input` that stands first is to be another one.

    >>> print(count_parameters([Dense(2, 2), Activation("Tanh"), Dense(2, 1)]))
    Network
    #  layer          output  formula  parameters  trainable   share  MACs
    ----------------------------------------------------------------------
    0  Dense(2 -> 2)  (2,)    2·2 + 2           6  yes        66.7 %     4
    1  Tanh           (2,)    0                 0  -               -     0
    2  Dense(2 -> 1)  (1,)    2·1 + 1           3  yes        33.3 %     2
    9 parameters = 6 weights + 3 biases
    6 MACs = 12 FLOPs for one example, forward
    """
    if hasattr(x, "theta"):
        return _count_live(x)
    name, layers, _, note = x if isinstance(x, Model) else Model("Network", x)
    layers = flat([layers])
    shape = entry(layers)
    if input is not None:
        shape = Input(*input).takes
        layers[0] = Input(*input) if isinstance(layers[0], Input) else layers[0]
    walk = Walk()
    walk.through(layers, shape)
    return Table(name, walk.rows, note)


def _count_live(net: Any) -> Table:
    """Return the table of a live network: its arrays' own shapes, described and counted."""
    arrays = [(name, *name.split("."), where) for name, where in net.named.items()]
    leaves = dict(net._named_leaves())
    described = {}
    for label, leaf in leaves.items():
        shapes = {key: getattr(leaf, key).shape for _, owner, key, _ in arrays if owner == label}
        described[id(leaf)] = _described(leaf, shapes)

    def built(layer: Any) -> Any:
        inside = [built(part) for part in getattr(layer, "layers", ())]
        # A residual is x + f(x); layers in any other container count as a row of them.
        return described.get(id(layer)) or (
            Add(inside, []) if type(layer).__name__ == "Residual" else inside
        )

    table = count_parameters([built(layer) for layer in net.layers])
    records = [
        (name, shape, "·".join(map(str, shape)), prod(shape), prod(shape) * net.theta.itemsize)
        for name, owner, key, _ in arrays
        for shape in [getattr(leaves[owner], key).shape]
    ]
    size = f"{cell(net.theta.size * net.theta.itemsize)} bytes of {net.theta.dtype}"
    header = ("name", "shape", "formula", "count", "bytes")
    table.parameters = Grid("Arrays", header, records, [size])
    return table


def _described(leaf: Any, shapes: Sizes) -> Layer:
    """Return the description of one live layer, from the shapes of its arrays."""
    kinds: dict[str, Sizes] = {"weights": {}, "biases": {}, "norms": {}}
    for key, shape in shapes.items():  # a matrix is a weight, b a bias, another vector a gain
        kind = "weights" if len(shape) > 1 else "biases" if key == "b" else "norms"
        kinds[kind][key] = shape
    buffers = {key: value.shape for key, value in leaf.initial_buffers().items()}
    n_in, n_out = leaf.n_in, leaf.n_out
    takes, gives = ((n_in,), lambda x: (n_out,)) if n_in else ((...,), lambda x: x)
    return Layer(repr(leaf), takes, gives, **kinds, buffers=buffers)


# --- memory and work --------------------------------------------------------------------------

STATE = {"sgd": 0, "momentum": 1, "adagrad": 1, "rmsprop": 1, "adam": 2, "adamw": 2}
PRECISION = {  # bytes of a weight, its gradient, its master copy, a number of optimizer state
    "fp64": (8, 8, 0, 8),
    "fp32": (4, 4, 0, 4),
    "bf16-mixed": (2, 2, 4, 4),
}


def memory(
    x: Any, optimizer: str | None = "adam", precision: str = "fp32", batch: int = 0
) -> Memory:
    """Return the bytes that training x takes; x is a number of parameters, or can be counted.

    Adam holds 2 numbers a parameter, momentum 1, plain SGD none; None is inference. fp32 Adam:
    4 + 4 + 8 = 16 bytes. bf16 with an fp32 master also 16: weight 2, gradient 2, master 4,
    averages 4 + 4. Only trained parameters have gradient, master and state; buffers are fp32.
    Activations of `batch` examples: every layer's output once; also q, k, v, softmax and mixture
    in attention, both sides of the activation in a feed-forward, gates and cells of a recurrence.
    Not counted: dropout masks, the loss, temporary buffers, fragmentation.

    >>> memory(7_000_000_000, "adam", "bf16-mixed").total
    112000000000

    Source: Rajbhandari et al., ZeRO, arXiv:1910.02054, section 3.1.
    """
    if optimizer is not None and optimizer not in STATE:
        raise ValueError(f"memory: optimizer must be one of {[*STATE]} or None, got {optimizer!r}")
    if precision not in PRECISION:
        raise ValueError(f"memory: precision must be one of {[*PRECISION]}, got {precision!r}")
    whole("memory", least=0, batch=batch)
    table = None if isinstance(x, int) else x if isinstance(x, Table) else count_parameters(x)
    n, trained = (x, x) if table is None else (table.total, table.trainable)
    if batch and (table is None or table.kept is None):
        raise ValueError("memory: activations need the layers and their input shape, got no sizes")
    weight, gradient, master, state = PRECISION[precision]
    slots, trained = (0, 0) if optimizer is None else (STATE[optimizer], trained)
    parts = {
        "weights": (n * weight, f"{weight}·{n}"),
        "gradients": (trained * gradient, f"{gradient}·{trained}"),
        "master": (trained * master, f"{master}·{trained}"),
        "state": (trained * state * slots, f"{slots}·{state}·{trained}"),
    }
    if table is not None:
        width = max(weight, 4)
        parts["buffers"] = (table.buffers * width, f"{width}·{table.buffers}")
    if batch:
        parts["activations"] = (batch * table.kept * weight, f"{batch}·{table.kept}·{weight}")
    return Memory(f"Memory: {optimizer or 'inference'}, {precision}", parts)


def training_flops(x: Any, tokens: int) -> int:
    """6·N·D: to train N parameters on D tokens (or examples, for dense layers).

    Forward, each weight is used in one multiply and one add for each token: 2·N. Backward costs
    two such passes, one product for the gradient of the input and one for that of the weight:
    4·N. N are the parameters that a token uses (of a mixture, the active ones). Attention's
    scores are left out: small while the context is much shorter than 6·d. Convolutions use a
    weight many times: take `table.flops` there.

    Source: Kaplan et al., Scaling Laws, arXiv:2001.08361, section 2.1.
    """
    return 3 * inference_flops(x) * tokens


def inference_flops(x: Any) -> int:
    """2·N for a token: each weight in one multiply and one add, see `training_flops`."""
    return 2 * (x if isinstance(x, int) else _table(x).active)


def _table(x: Any) -> Table:
    return x if isinstance(x, Table) else count_parameters(x)
