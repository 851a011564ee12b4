"""The network: layers in a row over two flat vectors, `theta` and `grad`.

`forward` calls the layers in order, `backward` in reverse. Everything else is bookkeeping: where
each parameter lies in the vector, what came in at the door, and how to save it.
"""

from __future__ import annotations

import contextlib
import functools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from nnlib.doors import all_finite, array, as_dtype, describe, generator
from nnlib.layers import Layer, chain_width
from nnlib.losses import L2, Loss

if TYPE_CHECKING:
    from pathlib import Path

    from nnlib.optim import Optimizer


def as_before_if_refused(method: Callable) -> Callable:
    """Let a method that raises leave running statistics and generator as it found them."""

    @functools.wraps(method)
    def guarded(net: Network, *args, **named):
        if not (net.training and net._moves):  # nothing that a forward changes
            return method(net, *args, **named)
        kept = net.buffers.copy(), net.rng.bit_generator.state
        try:
            return method(net, *args, **named)
        except BaseException:
            net.buffers[:], net.rng.bit_generator.state = kept
            raise

    return guarded


class Network:
    """Layers, a loss, and one flat vector of parameters θ with its gradient.

    `seed` is a number or a Generator: it draws the first weights, and later dropout's masks.
    `penalty` (L1 or L2) is added to the objective, over the weight matrices only.

    >>> from nnlib import Dense, LogLoss, ReLU
    >>> net = Network([Dense(20, 10), ReLU(), Dense(10, 10), ReLU(), Dense(10, 1)], LogLoss())
    >>> net.theta.size
    331
    """

    def __init__(
        self,
        layers: Sequence[Layer],
        loss: Loss,
        seed: int | np.random.Generator = 0,
        dtype: type = np.float64,
        penalty: L2 | None = None,
    ) -> None:
        """Draw the parameters and lay each layer's windows over the flat vectors."""
        self.layers, self.loss, self.penalty = layers, loss, penalty
        self.dtype = dtype
        self.rng = generator("Network seed", seed)
        self._check_parts()
        start = {}
        buffers = {}
        for name, leaf in self._named_leaves():
            start |= {f"{name}.{key}": value for key, value in leaf.initial(self.rng).items()}
            buffers |= {f"{name}.{key}": v for key, v in leaf.initial_buffers().items()}
        self._shapes = {name: value.shape for name, value in start.items()}
        self._buffer_shapes = {name: value.shape for name, value in buffers.items()}
        self._z_shape: tuple[int, ...] | None = None  # of the last forward's logits
        self.theta = self._flat(start)
        self.grad = np.zeros_like(self.theta)
        self.buffers = self._flat(buffers)
        self._moves = bool(buffers) or any(leaf.random for _, leaf in self._named_leaves())
        self._bind()
        self.train()

    # --- the two passes ---------------------------------------------------------------------

    @as_before_if_refused
    def forward(self, X: np.ndarray) -> np.ndarray:
        """X (m, n_in) -> logits z (m, n_out): the layers in order."""
        return self._forward(X)

    def _forward(self, X: np.ndarray) -> np.ndarray:
        a, self._z_shape = self._examples(X), None
        for layer in self.layers:
            a = layer.forward(a)
        self._z_shape = a.shape
        return a

    def backward(self, dz: np.ndarray, input_gradient: bool = False) -> np.ndarray | None:
        """∂L/∂z -> `grad`, overwritten: the layers in reverse, after a `forward`.

        Training has no use for ∂L/∂X, a quarter of a step's work; ask for it to get it returned.
        """
        self._check_dz(dz)
        self.layers[0].needs_dx = input_gradient
        try:
            for layer in reversed(self.layers):
                dz = layer.backward(dz)
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"{layer}.backward can't use its dz, {describe(dz)} ({error}): what the layer "
                f"after it returns must be {self.dtype}, of the shape of its x"
            ) from error
        return dz if input_gradient else None

    @as_before_if_refused
    def value_and_grad(self, X: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the objective (mean loss + penalty) and its gradient, which is `grad` itself."""
        value, dz = self.loss.value_and_grad(self._forward(X), y)
        self.backward(dz)
        if self.penalty is not None:
            more, dw = self.penalty.value_and_grad(self.theta[self.weight_mask])
            value += more
            self.grad[self.weight_mask] += dw
        return value, self.grad

    @as_before_if_refused
    def value(self, X: np.ndarray, y: np.ndarray) -> float:
        """Return the objective, mean loss + penalty, in the current mode."""
        value = self.loss.value(self._forward(X), y)
        if self.penalty is not None:
            value += self.penalty.value_and_grad(self.theta[self.weight_mask])[0]
        return value

    # --- using it ---------------------------------------------------------------------------

    def train(self) -> Network:
        """Turn to training mode: dropout drops, batch norm uses the batch. Return the network."""
        return self._turn(training=True)

    def eval(self) -> Network:
        """Turn to evaluation mode: no dropout, running statistics. Gradients work as before."""
        return self._turn(training=False)

    def evaluate(self, X: np.ndarray, y: np.ndarray) -> float:
        """Return the mean loss in evaluation mode, without penalty."""
        with self.mode(training=False):
            return self.loss.value(self.forward(X), y)

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Return class labels, or real values in regression, in evaluation mode."""
        with self.mode(training=False):
            return self.loss.predict(self.forward(X))

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        """Return probabilities, in evaluation mode; ValueError for a regression loss."""
        with self.mode(training=False):
            return self.loss.proba(self.forward(X))

    @contextlib.contextmanager
    def mode(self, training: bool) -> Iterator[Network]:
        """Be in one mode for the length of a `with`, then in the old one again."""
        before = self.training
        self._turn(training)
        try:
            yield self
        finally:
            self._turn(before)

    @contextlib.contextmanager
    def frozen(self) -> Iterator[Network]:
        """Put parameters, running statistics and generator back as they were, at the end."""
        kept = self.theta.copy(), self.buffers.copy(), self.rng.bit_generator.state
        try:
            yield self
        finally:
            self.theta[:], self.buffers[:], self.rng.bit_generator.state = kept

    @property
    def weight_mask(self) -> np.ndarray:
        """True for the entries of weight matrices, False for biases and norm gains."""
        mask = np.zeros(self.theta.size, dtype=bool)
        for name, where in self.named.items():
            mask[where] = len(self._shapes[name]) >= 2
        return mask

    def save(
        self,
        path: str | Path,
        optimizer: Optimizer | None = None,
        rng: np.random.Generator | None = None,
    ) -> None:
        """Write parameters, statistics and generators to one file, whole or not at all.

        With the optimizer and the generator that shuffles, a resumed run gives the same numbers.
        """
        from nnlib.checkpoint import save

        save(path, self, optimizer, rng)

    def load(
        self,
        path: str | Path,
        optimizer: Optimizer | None = None,
        rng: np.random.Generator | None = None,
    ) -> Network:
        """Take everything from a file that `save` wrote; ValueError, and no change, if it can't."""
        from nnlib.checkpoint import load

        load(path, self, optimizer, rng)
        return self

    def __repr__(self) -> str:
        layers = ", ".join(map(repr, self.layers))
        return f"Network([{layers}], {self.loss}): {self.theta.size:,} parameters"

    # --- the door and the vectors -----------------------------------------------------------

    def _examples(self, X: np.ndarray) -> np.ndarray:
        """Return X as (m, n_in) of the network's dtype, or raise ValueError."""
        X = array(self._first, X)
        if X.ndim != 2 or X.dtype.kind not in "biuf" or (self.n_in and X.shape[1] != self.n_in):
            raise ValueError(
                f"{self._first} expected x of shape (m, {self.n_in or 'n'}), "
                f"got {X.dtype} of shape {X.shape}: one row for each example"
            )
        if not len(X):
            raise ValueError(f"{self._first} got an empty batch, wanted at least one example")
        X = as_dtype(X, self.dtype)
        if not all_finite(X):
            raise ValueError(
                f"{self._first} got NaN or infinity in x: remove or fill those examples, "
                "or check the scaling"
            )
        return X

    def _check_dz(self, dz: np.ndarray) -> None:
        """Raise ValueError unless dz is a gradient for the logits of the last forward."""
        if self._z_shape is None:
            raise ValueError("backward came before forward: call net.forward(X) first")
        if not isinstance(dz, np.ndarray) or dz.shape != self._z_shape or dz.dtype != self.dtype:
            got = f"{dz.dtype} of shape {dz.shape}" if isinstance(dz, np.ndarray) else type(dz)
            raise ValueError(
                f"backward expected dz as an array {self.dtype} of shape {self._z_shape}, like "
                f"the logits of the last forward, got {got}: give the loss's gradient for them"
            )

    def _check_parts(self) -> None:
        """Raise ValueError for what is no network, or a layer that serves in another one."""
        if self.dtype not in (np.float32, np.float64, "float32", "float64"):
            raise ValueError(f"Network wants dtype float32 or float64, got {self.dtype!r}")
        self.dtype = np.dtype(self.dtype)
        listed = isinstance(self.layers, Sequence) and len(self.layers) > 0
        if not listed or not all(isinstance(layer, Layer) for layer in self.layers):
            raise ValueError(f"Network wants a list of at least one layer, got {self.layers!r}")
        self.layers = list(self.layers)
        if not isinstance(self.loss, Loss):
            raise ValueError(f"Network wants a loss such as MSE(), got {self.loss!r}")
        if self.penalty is not None and not isinstance(self.penalty, L2):
            raise ValueError(f"Network wants penalty L1(…) or L2(…), got {self.penalty!r}")
        leaves = [leaf for layer in self.layers for leaf in layer.leaves()]
        self.n_in, self.n_out = chain_width(leaves)
        self._first = next((leaf for leaf in leaves if leaf.n_in), leaves[0])
        for leaf in leaves:
            if leaves.count(leaf) > 1 or hasattr(leaf, "rng"):
                raise ValueError(
                    f"{leaf} is already in a network, and its parameters with it: "
                    "make a new layer for each place"
                )

    def _named_leaves(self) -> Iterator[tuple[str, Layer]]:
        """Yield ("dense1", layer), … in order; each kind is numbered from 1."""
        seen: dict[str, int] = {}
        for layer in self.layers:
            for leaf in layer.leaves():
                kind = type(leaf).__name__.lower()
                seen[kind] = seen.get(kind, 0) + 1
                yield f"{kind}{seen[kind]}", leaf

    def _flat(self, arrays: dict[str, np.ndarray]) -> np.ndarray:
        """Return all the arrays in one vector of the network's dtype."""
        parts = [array.ravel() for array in arrays.values()]
        return np.concatenate([np.empty(0), *parts]).astype(self.dtype)

    def _bind(self) -> None:
        """Lay every layer's windows over the flat vectors, and hand it the generator."""
        leaves = dict(self._named_leaves())
        for leaf in leaves.values():
            leaf.rng = self.rng
        self.named = windows(leaves, self._shapes, self.theta, "")
        windows(leaves, self._shapes, self.grad, "d")
        windows(leaves, self._buffer_shapes, self.buffers, "")

    def _turn(self, training: bool) -> Network:
        self.training = training
        for _, leaf in self._named_leaves():
            leaf.training = training
        return self

    def __setstate__(self, state: dict[str, Any]) -> None:
        # A copy's or a pickle's windows would be arrays of their own: lay them anew.
        self.__dict__.update(state)
        self._bind()


def windows(
    leaves: dict[str, Layer], shapes: dict[str, tuple[int, ...]], flat: np.ndarray, prefix: str
) -> dict[str, slice]:
    """Cut `flat` into views of the given shapes, one for each name, and hand them to the layers."""
    where, start = {}, 0
    for name, shape in shapes.items():
        layer, key = name.split(".")
        where[name] = slice(start, start + math.prod(shape))
        setattr(leaves[layer], f"_{prefix}{key}", flat[where[name]].reshape(shape))
        start = where[name].stop
    return where
