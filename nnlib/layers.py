"""The layers: each knows its formula, and how a gradient passes through it.

`forward(x)` computes a layer's output and keeps what `backward` will need. `backward(da)` takes
∂L/∂(output), fills in ∂L/∂(parameters), and returns ∂L/∂(input), which is the ∂L/∂(output) of
the layer before. That is the whole of backpropagation; a `Network` only calls it in reverse.

Parameters live in two flat vectors of the network, `theta` and `grad`. A layer's `W` and `dW` are
windows on them: reading gives a view, assigning copies *into* the vector.

Shapes: x (m, n_in), W (n_in, n_out), b (n_out,), m examples. `dQ` is ∂L/∂Q, of Q's shape.
"""

from __future__ import annotations

from operator import attrgetter

import numpy as np

from nnlib.doors import array, share, width
from nnlib.functions import ones
from nnlib.init import Initialiser, he_normal


class NotYet:
    """Stands where a network will lay a view, which then hides it."""

    def __init__(self, name: str) -> None:
        """Take the window's name."""
        self.name = name

    def __get__(self, layer: Layer | None, owner: type) -> None:
        raise AttributeError(f"{layer} has no {self.name} yet: put the layer into a Network first")


class Window(property):
    """An attribute that is a view on a flat vector: reading gives it, assigning fills it."""

    def __init__(self) -> None:
        """Wait for the name. The window `W` shows the layer's `_W`, which a Network lays there."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name
        super().__init__(attrgetter(f"_{name}"), self.fill)
        setattr(owner, f"_{name}", NotYet(name))

    def fill(self, layer: Layer, value: np.ndarray) -> None:
        """Copy value into the view, or raise ValueError if it does not fit."""
        view, value = getattr(layer, self.name), array(f"{layer}.{self.name}", value)
        if value.shape != view.shape or value.dtype.kind not in "biuf":
            raise ValueError(
                f"{layer}.{self.name} has shape {view.shape}, got {value.dtype} of shape "
                f"{value.shape}: assign numbers of exactly that shape"
            )
        view[...] = value


class Param(Window):
    """A learnable array W: a window on `theta`, with dW, a window on `grad`, beside it."""

    def __set_name__(self, owner: type, name: str) -> None:
        super().__set_name__(owner, name)
        gradient = Window()
        gradient.__set_name__(owner, f"d{name}")
        setattr(owner, f"d{name}", gradient)


class Buffer(Window):
    """An array that is kept but not learned (a running mean): a window on `buffers`."""


class Layer:
    """x -> a. A subclass writes `forward` and `backward`, and `initial` if it has parameters."""

    n_in: int | None = None  # the width of x, where the layer fixes it
    n_out: int | None = None
    training = True  # False: evaluation mode
    random = False  # True for a layer that draws from `rng` in training
    needs_dx = True  # False for a network's first layer: training has no use for ∂L/∂X
    rng: np.random.Generator  # the network's, given by it

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Return a(x), and keep what `backward` needs."""
        raise NotImplementedError(f"{type(self).__name__} has no forward(x)")

    def backward(self, da: np.ndarray) -> np.ndarray:
        """Return ∂L/∂x, given ∂L/∂a, for the x of the last `forward`."""
        raise NotImplementedError(f"{type(self).__name__} has no backward(da)")

    def initial(self, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Return the first value of every `Param`."""
        return {}

    def initial_buffers(self) -> dict[str, np.ndarray]:
        """Return the first value of every `Buffer`."""
        return {}

    def leaves(self) -> list[Layer]:
        """Return the layers inside, in order: itself, unless it is a container."""
        return [self]

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class Dense(Layer):
    """z = x W + b, (m, n_in) -> (m, n_out): n_in·n_out weights and n_out biases.

    Backward: dW = xᵀ dz, db = Σ over the batch of dz, dx = dz Wᵀ.
    PyTorch's Linear keeps W transposed, as (n_out, n_in). `x.dot(W)` is x @ W, and `ones.dot(dz)`
    is dz.sum(axis=0): the same products, which cost small matrices half the time in this form.

    Source: Nielsen, Neural Networks and Deep Learning (2015), chapter 2, BP1–BP4.
    """

    W, b = Param(), Param()

    def __init__(
        self, n_in: int, n_out: int, init: Initialiser = he_normal, bias: bool = True
    ) -> None:
        """Take both widths; `init` fills W, and b starts at zero."""
        self.n_in, self.n_out = width("Dense n_in", n_in), width("Dense n_out", n_out)
        if not callable(init):
            raise ValueError(f"{self} got init {init!r}, wanted a function such as nn.he_normal")
        self.init, self.bias = init, bias

    def initial(self, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Return W from the initialiser, and b = 0."""
        W = np.asarray(self.init(rng, self.n_in, self.n_out))
        if W.shape != (self.n_in, self.n_out):
            raise ValueError(
                f"{self}: the initialiser gave shape {W.shape}, "
                f"wanted {(self.n_in, self.n_out)}: return an array (n_in, n_out)"
            )
        if W.dtype.kind not in "biuf" or not np.isfinite(W).all():
            raise ValueError(
                f"{self}: the initialiser gave {W.dtype} with NaN, infinity or what is no real "
                "number: return finite numbers"
            )
        return {"W": W, "b": np.zeros(self.n_out)} if self.bias else {"W": W}

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Return x W + b; x is kept for dW."""
        self.x = x
        z = x.dot(self.W)
        if self.bias:
            z += self.b
        return z

    def backward(self, dz: np.ndarray) -> np.ndarray:
        """dW = xᵀ dz, db = 1ᵀ dz; return dz Wᵀ. `out=` computes them in place, inside `grad`."""
        self.x.T.dot(dz, out=self.dW)
        if self.bias:
            ones(len(dz), dz.dtype).dot(dz, out=self.db)
        return dz.dot(self.W.T) if self.needs_dx else None

    def __repr__(self) -> str:
        return f"Dense({self.n_in} -> {self.n_out})"


class Dropout(Layer):
    """a = x · mask / (1 - p) in training, a = x in evaluation; the mask is 0 with probability p.

    Dividing in training (*inverted* dropout) keeps the mean, so evaluation scales nothing.

    Source: Srivastava et al., JMLR 15 (2014); there the weights are scaled at test time instead.
    """

    random = True

    def __init__(self, p: float) -> None:
        """Take p, the probability of dropping a unit (not of keeping it)."""
        self.p = share("Dropout p, the probability of dropping a unit,", p)

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Return x with a fresh mask over it, or x itself in evaluation mode."""
        self.scale = None
        if not self.training:
            return x
        keep = self.rng.random(x.shape, dtype=x.dtype) >= self.p
        self.scale = keep * x.dtype.type(1 / (1 - self.p))
        return x * self.scale

    def backward(self, da: np.ndarray) -> np.ndarray:
        """Return da through the same mask."""
        return da if self.scale is None else da * self.scale

    def __repr__(self) -> str:
        return f"Dropout({self.p:g})"


class Residual(Layer):
    """a = x + f(x), f the layers given: the 1 in a' = 1 + f' lets the gradient pass untouched.

    Source: He et al., CVPR 2016, equation 1.
    """

    def __init__(self, *layers: Layer) -> None:
        """Take the layers of f, whose output must be as wide as their input."""
        if not layers or not all(isinstance(layer, Layer) for layer in layers):
            raise ValueError(
                f"Residual wants at least one layer, as in Residual(Dense(3, 3), ReLU()), "
                f"got {list(layers)!r}"
            )
        self.layers = layers
        self.n_in, self.n_out = chain_width(self.leaves())
        if self.n_in != self.n_out:
            raise ValueError(
                f"{self} takes {self.n_in} features to {self.n_out}, wanted the same number: "
                "x + f(x) needs f to keep the shape"
            )

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Return x + f(x)."""
        a = x
        for layer in self.layers:
            a = layer.forward(a)
        return x + a

    def backward(self, da: np.ndarray) -> np.ndarray:
        """Return da + (∂f/∂x)ᵀ da: two paths, so two terms."""
        dx = da
        for layer in reversed(self.layers):
            dx = layer.backward(dx)
        return da + dx

    def leaves(self) -> list[Layer]:
        """Return the layers of f."""
        return [leaf for layer in self.layers for leaf in layer.leaves()]

    def __repr__(self) -> str:
        return f"Residual({', '.join(map(repr, self.layers))})"


def chain_width(leaves: list[Layer]) -> tuple[int | None, int | None]:
    """Return the width that a chain of layers takes and gives, or say which two don't fit."""
    first = now = None
    for i, layer in enumerate(leaves):
        if layer.n_in is not None:
            if now is not None and layer.n_in != now:
                raise ValueError(
                    f"layer {i}, {layer}, takes {layer.n_in} features, but gets {now} from "
                    f"{leaves[i - 1]} before it: make the two numbers equal"
                )
            first = layer.n_in if first is None else first
            now = layer.n_out
    return first, now
