"""Describing an architecture: a layer as the sizes of its arrays, and layers made of layers.

`visit` is the whole protocol: a thing that is described takes the shape of one example, adds its
rows to the walk, and returns the shape it gives, or raises ValueError naming its number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from copy import copy
from math import prod
from operator import index
from typing import Any, NamedTuple

from nnlib.tables import Row, Shape, Sizes, cell


class Layer:
    """A described layer: the sizes of its arrays, and what it does to a shape.

    `takes` is the input it accepts: None is any size, a leading … any number of dimensions, a
    range several. `gives` maps the input shape to the output shape; `reads` is the shape of an
    encoder's output that it needs as well. `macs(x, out, memory)` are the multiply-adds, and
    `kept(x, out, memory)` the values kept for the backward pass. `idle` weights are not used for
    one token (mixture of experts). All but `name` may be left out.
    """

    def __init__(
        self,
        name: str,
        takes: Shape = (...,),
        gives: Callable[[Shape], Shape] | None = None,
        *,
        weights: Sizes | None = None,
        biases: Sizes | None = None,
        norms: Sizes | None = None,
        buffers: Sizes | None = None,
        macs: Callable[..., int] | None = None,
        kept: Callable[..., int] | None = None,
        reads: Shape | None = None,
        idle: int = 0,
    ) -> None:
        """Keep the description; by default each output position uses each weight once."""
        self.name, self.takes, self.reads, self.idle = name, takes, reads, idle
        self.gives = gives or (lambda x: x)
        self.open = gives is None and ... in takes  # fits many shapes, and tells of none
        self.weights, self.biases = weights or {}, biases or {}
        self.norms, self.buffers, self.tied = norms or {}, buffers or {}, 0
        used = entries(self.weights) - idle
        self.macs = macs or (lambda x, out, memory: prod(out[:-1]) * used)
        self.kept = kept or (lambda x, out, memory: prod(out))

    def visit(self, walk: Walk, shape: Shape, number: str, times: int) -> Shape:
        """Check the input shape, add this layer's rows to the walk, return the output shape."""
        memory = walk.memory or self.reads
        for got, wanted, what in ((shape, self.takes, ""), (memory, self.reads, "a memory of ")):
            if wanted is not None and not _fits(got, wanted):
                raise ValueError(
                    f"layer {number}, {self}, takes {what}{cell(wanted)}, got {cell(got)}: "
                    "change this layer's sizes or what comes before it"
                )
        out = self.gives(shape)
        if any(isinstance(n, int) and n < 1 for n in out):
            raise ValueError(
                f"layer {number}, {self}, would turn {cell(shape)} into {cell(out)}: "
                "the window is larger than its input; pad more or pool less"
            )
        if self.tied and not any(self.tied == size for size in walk.sizes):
            raise ValueError(
                f"layer {number}, {self}, shares a weight of {self.tied}, but no layer before it "
                "has one of that size: put the owner first"
            )
        walk.add(self, shape, out, memory if self.reads else (), number, times)
        return out

    def __repr__(self) -> str:
        return self.name


class Model(NamedTuple):
    """Layers with a name, the source of their sizes, and what to know about the total."""

    name: str
    layers: list[Any]
    source: str = ""
    note: str = ""


class Input:
    """The shape of one example. A second one, later on, starts a decoder.

    What came before the second is then the *memory* that its cross-attention reads.
    """

    def __init__(self, *shape: int | None) -> None:
        """Take the sizes; None for one that isn't known."""
        known = {f"size {i}": n for i, n in enumerate(shape) if n is not None}
        whole("Input", **known)
        self.takes, self.open = shape, False

    def visit(self, walk: Walk, shape: Shape, number: str, times: int) -> Shape:
        """Keep what came before as the memory, and start anew."""
        walk.memory = shape if walk.rows else None
        return self.takes


class Repeat:
    """n times the same layers, each time with parameters of its own."""

    def __init__(self, n: int, *layers: Any) -> None:
        """Take the number of copies, and layers that keep the shape."""
        (self.n,), self.layers = whole("Repeat", n=n), flat(layers)

    def visit(self, walk: Walk, shape: Shape, number: str, times: int) -> Shape:
        """Count one copy n times."""
        out = walk.through(self.layers, shape, f"{number}.", times * self.n)
        if not _fits(out, shape):
            raise ValueError(
                f"layer {number}, Repeat({self.n}), must keep the shape, but turns {cell(shape)} "
                f"into {cell(out)}: take the layer that changes it out"
            )
        return out


class Add:
    """Branches from one input, summed: `Add([conv, norm], [])` is a residual, [] the shortcut."""

    def __init__(self, *branches: Sequence[Any]) -> None:
        """Take a list of layers for each branch; an empty one hands its input on."""
        self.branches = [flat(branch) for branch in branches]
        self.layers = [layer for branch in self.branches for layer in branch]

    def join(self, outs: list[Shape], number: str) -> Shape:
        """All the same shape, or ValueError."""
        for out in outs:
            if not _fits(out, outs[0]):
                raise ValueError(
                    f"layer {number}, {type(self).__name__}, joins branches of shape "
                    f"{cell(outs[0])} and {cell(out)}: they don't fit, so change one of them"
                )
        return outs[0]

    def visit(self, walk: Walk, shape: Shape, number: str, times: int) -> Shape:
        """Count each branch, and join their outputs."""
        outs = [
            walk.through(branch, shape, f"{number}.{i}.", times)
            for i, branch in enumerate(self.branches)
        ]
        out = self.join(outs, number)
        walk.add(Layer(type(self).__name__), out, out, (), number, times)
        return out


class Concat(Add):
    """Branches from one input, put beside each other along the first axis, the channels."""

    def join(self, outs: list[Shape], number: str) -> Shape:
        """The channels added up; the rest must agree."""
        super().join([(None, *out[1:]) for out in outs], number)
        return (None if None in [o[0] for o in outs] else sum(o[0] for o in outs), *outs[0][1:])


class Frozen:
    """Layers that are not trained."""

    def __init__(self, *layers: Any) -> None:
        """Take the layers to freeze."""
        self.layers = flat(layers)

    def visit(self, walk: Walk, shape: Shape, number: str, times: int) -> Shape:
        """Count the layers, and mark their rows."""
        start = len(walk.rows)
        out = walk.through(self.layers, shape, f"{number}.", times)
        walk.rows[start:] = self.marked(walk.rows[start:], number)
        return out

    def marked(self, rows: list[Row], number: str) -> list[Row]:
        """Return the rows, not trainable."""
        return [row._replace(trainable=False) for row in rows]


class LoRA(Frozen):
    """Frozen layers with a trained A·B beside some matrices: rank · (n_in + n_out) for each.

    `only` names the matrices; Wq and Wv of attention are the paper's choice. After training A·B
    can be added into the matrix, so its MACs are not counted.

    Source: Hu et al., LoRA, arXiv:2106.09685.
    """

    def __init__(self, *layers: Any, rank: int, only: Sequence[str] = ("Wq", "Wv")) -> None:
        """Take the layers, the rank, and the names of the matrices."""
        super().__init__(*layers)
        (self.rank,), self.only = whole("LoRA", rank=rank), only

    def marked(self, rows: list[Row], number: str) -> list[Row]:
        """Return the rows frozen, and after each that has such matrices a row for its A and B."""
        marked = []
        for row in super().marked(rows, number):
            marked.append(row)
            AB = {
                f"{key}.{half}": (self.rank, n)
                for key, sizes in row.matrices.items()
                if key in self.only and len(sizes) == 2
                for half, n in zip("AB", sizes, strict=True)
            }
            if AB:
                name = f"LoRA of {', '.join(k for k in row.matrices if k in self.only)}"
                more = as_row(Layer(name, weights=AB), row.number, row.times)
                marked.append(more._replace(output=row.output, macs=0, kept=0))
        if len(marked) == len(rows):
            found = sorted({key for row in rows for key in row.matrices})
            raise ValueError(
                f"layer {number}, LoRA, found none of {list(self.only)}: choose from {found}"
            )
        return marked


def Tied(layer: Layer) -> Layer:
    """The layer with the weights of an earlier one: counted there; a bias stays its own."""
    twin = copy(layer)
    twin.name, twin.weights = f"{layer}, tied", {}
    twin.tied = max(map(prod, layer.weights.values()), default=0)
    return twin


class Walk:
    """The rows so far, and the memory that a decoder reads."""

    def __init__(self) -> None:
        """Start with nothing counted."""
        self.rows: list[Row] = []
        self.memory: Shape | None = None
        self.sizes: list[int] = []  # of the weights so far, for those that share one

    def through(self, layers: list[Any], shape: Shape, number: str = "", times: int = 1) -> Shape:
        """Visit the layers in order; return the last one's output shape."""
        for i, layer in enumerate(layers):
            shape = layer.visit(self, shape, f"{number}{i}", times)
        return shape

    def add(
        self, layer: Layer, x: Shape, out: Shape, memory: Shape, number: str, times: int
    ) -> None:
        """Append the layer's row, and one for its buffers."""
        known = None not in (*x, *out, *memory)
        macs = layer.macs(x, out, memory) * times if known else None
        if not layer.weights and not layer.tied:
            macs = 0
        kept = layer.kept(x, out, memory) * times if known else None
        row = as_row(layer, number, times)
        self.rows.append(row._replace(output=out, macs=macs, kept=kept))
        self.sizes += map(prod, layer.weights.values())
        if layer.buffers:
            stored = Layer(f"{' and '.join(layer.buffers)}, not trained", buffers=layer.buffers)
            row = as_row(stored, number, times)
            self.rows.append(row._replace(output=out, macs=0, kept=0, trainable=False))


def as_row(layer: Layer, number: str, times: int) -> Row:
    """Return the layer's row, its formula with numbers and its sums; shapes are put in later."""
    kinds = [layer.weights, layer.biases, layer.norms]
    kinds += [{} if any(kinds) else layer.buffers]  # otherwise they have a row of their own
    terms: dict[tuple, tuple[int, tuple]] = {}
    for sizes in (sizes for kind in kinds for sizes in kind.values()):
        key = tuple(sorted(sizes, key=str))  # 2·3 and 3·2 are one term, written as the first
        n, first = terms.get(key, (0, sizes))
        terms[key] = n + 1, first
    texts = ["·".join(map(str, (n, *sizes) if n > 1 else sizes)) for n, sizes in terms.values()]
    formula = " + ".join(texts) or "0"
    if times != 1 and texts:
        formula = f"{times}·({formula})" if len(texts) > 1 else f"{times}·{formula}"
    sums = [times * entries(kind) for kind in kinds]
    name = layer.name if times == 1 else f"{times} × {layer}"
    idle = layer.idle * times
    return Row(number, name, (), formula, *sums, True, None, None, idle, times, layer.weights)


# --- small tools ------------------------------------------------------------------------------


def entries(sizes: Sizes) -> int:
    """Return how many numbers the arrays hold together."""
    return sum(map(prod, sizes.values()))


def no_macs(x: Shape, out: Shape, memory: Shape) -> int:
    """Count none: for tables, where a row is looked up or added."""
    return 0


def whole(owner: str, least: int = 1, **values: Any) -> tuple[int, ...]:
    """Return the values as ints, or raise ValueError; symbols of SymPy pass as they are."""
    for name, value in values.items():
        try:
            fine = hasattr(value, "free_symbols") or index(value) >= least
        except TypeError:
            fine = False
        if not fine or isinstance(value, bool):
            raise ValueError(
                f"{owner}: {name} must be a whole number of at least {least}, got {value!r}"
            )
    return tuple(v if hasattr(v, "free_symbols") else index(v) for v in values.values())


def flat(layers: Iterable[Any]) -> list[Any]:
    """Return the layers of nested lists in one list, or raise ValueError for something else."""
    found = []
    for layer in layers:
        if isinstance(layer, (list, tuple)):
            found += flat(layer)
        elif hasattr(layer, "visit"):
            found.append(layer)
        else:
            raise ValueError(
                f"expected a Network or layers described with nnlib.count, got {layer!r}: "
                "put live layers into a Network"
            )
    return found


def entry(layers: list[Any]) -> Shape:
    """Return the shape that the first layer with a definite one takes."""
    leaves = list(_leaves(layers))
    if not leaves:
        raise ValueError("count_parameters got no layers: describe at least one")
    # A norm or an activation in front takes an image as well as a row: the next layer tells.
    first = next((leaf for leaf in leaves if not leaf.open), leaves[0])
    shape = tuple(None if isinstance(n, range) else n for n in first.takes if n is not ...)
    return shape or (None,)


def _leaves(layers: list[Any]) -> Iterable[Any]:
    """Yield the layers inside all others, in order."""
    for layer in layers:
        yield from _leaves(layer.layers) if hasattr(layer, "layers") else [layer]


def _fits(shape: Shape, wanted: Shape) -> bool:
    """Whether a shape is as wanted, see `Layer`; an unknown size fits any."""
    if ... in wanted:
        n = len(wanted) - 1
        shape, wanted = (shape[len(shape) - n :], wanted[1:]) if wanted[0] is ... else (
            shape[:n], wanted[:n])  # fmt: skip
    return len(shape) == len(wanted) and all(
        n is None or w is None or (n in w if isinstance(w, range) else n == w)
        for n, w in zip(shape, wanted, strict=True)
    )
