"""Small tasks on the shipped data, and judges that draw new rows once the learner's code ended."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import numpy as np

import nnlib as nn
from nnlab.checks.guard import Unfit

RATE, EPOCHS, SIZE = 0.5, 12, 32  # as at the top of the exercises
SEEDS = (0, 1, 2)
DIGITS = (64, 24, 10)


def network(seed: int) -> nn.Network:
    """64-24-10 for digits."""
    layers = [nn.Dense(64, 24), nn.ReLU(), nn.Dense(24, 10)]
    return nn.Network(layers, nn.CrossEntropy(), seed=seed)


def passes(X: np.ndarray, y: np.ndarray, seed: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield EPOCHS times all the batches of SIZE rows, shuffled with the seed."""
    rng = np.random.default_rng(seed)
    for _ in range(EPOCHS):
        for part in nn.batches(len(X), SIZE, rng):
            yield X[part], y[part]


@cache
def pools(name: str) -> tuple[np.ndarray, ...]:
    """X, y to train on and X, y that no exercise hands out; pixels from 0 to 1."""
    if name == "digits":
        X, y = nn.load_digits()
        X = X / 16
    else:
        X, y = {"cancer": nn.load_breast_cancer, "diabetes": nn.load_diabetes}[name]()
    X, X_new, y, y_new = nn.train_test_split(X, y, test=0.4, seed=0, stratify=name != "diabetes")
    return X, y, X_new, y_new


def some(name: str, seed: int, m: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw m rows to train on."""
    X, y, _, _ = pools(name)
    part = np.random.default_rng([seed, 15]).permutation(len(X))[:m]
    return X[part], y[part]


def new_digits(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw 500 digits that were never handed out, each with fresh noise on its pixels."""
    _, _, X, y = pools("digits")
    rng = np.random.default_rng([seed, 99])
    part = rng.permutation(len(X))[:500]
    return X[part] + rng.normal(0, 0.03, (len(part), 64)), y[part]


def digit_cases(rng: np.random.Generator) -> Iterator[tuple]:
    """Three times 320 digits and a seed."""
    for seed in SEEDS:
        yield *some("digits", seed, 320), seed


def called(answer: Callable[..., Any], *arguments: Any) -> nn.Network:
    """Return the network that the learner's function hands back."""
    return usable(answer(*arguments))


def usable(net: Any) -> nn.Network:
    """Return it, if it is a network."""
    if net is None:
        raise Unfit("your function returned None: is a return missing?")
    if type(net) is not nn.Network:  # no subclass, whose forward may look anything up
        raise Unfit(f"a {type(net).__name__} came where the network, an nn.Network, is wanted")
    return net


def logits(net: nn.Network, sizes: tuple[int, ...], X: np.ndarray) -> np.ndarray:
    """Dense layers and ReLUs by NumPy: what counts is θ, whatever its network's forward does."""
    layers = list(itertools.pairwise(sizes))
    wanted = sum((n_in + 1) * n_out for n_in, n_out in layers)
    theta = np.array(net.theta, dtype=float).ravel()
    if theta.size != wanted:
        raise Unfit(f"your network has {theta.size} parameters, not {wanted}: keep its layers")
    with np.errstate(all="ignore"):
        for i, (n_in, n_out) in enumerate(layers):
            W, b, theta = np.split(theta, [n_in * n_out, (n_in + 1) * n_out])
            X = (np.maximum(X, 0) if i else X) @ W.reshape(n_in, n_out) + b
    return X


def two(got: Any, second: str) -> tuple[nn.Network, Any]:
    """Return the network and what came with it."""
    if not isinstance(got, tuple) or len(got) != 2:
        raise Unfit(f"two things are wanted: the network and {second}, in this order")
    return usable(got[0]), got[1]


def pair(got: Any) -> tuple[nn.Network, float]:
    """Return the network and the number that came with it."""
    net, number = two(got, "a number")
    if isinstance(number, bool) or not isinstance(number, (int, float, np.number)):
        raise Unfit(f"the second thing that came is a {type(number).__name__}, not a number")
    return net, float(number)


def with_function(got: Any) -> tuple[nn.Network, Callable[[np.ndarray], Any]]:
    """Return the network and the function that came with it."""
    net, function = two(got, "a function")
    if not callable(function):
        raise Unfit(f"the second thing that came is a {type(function).__name__}, not a function")
    return net, function


def labels_of(got: Any, m: int) -> np.ndarray:
    """Return m whole numbers, (m,)."""
    labels = np.ravel(np.asarray(got))
    if labels.dtype.kind not in "biuf" or labels.shape != (m,):
        raise Unfit(f"your predict gives an array of shape {np.shape(got)} for {m} rows")
    if (labels != np.round(labels)).any():
        raise Unfit(f"your predict gives {labels[0]:.3g} for a row, which is no label")
    return labels


def on_new_digits(net: nn.Network, seed: int, sizes: tuple[int, ...] = DIGITS) -> dict[str, float]:
    """Measure accuracy and cross-entropy on new digits."""
    X, y = new_digits(seed)
    z = logits(net, sizes, X)
    with np.errstate(all="ignore"):
        z = z - z.max(axis=1, keepdims=True)
        log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
        loss = -log_p[np.arange(len(y)), y].mean()
    return {
        "accuracy on new digits": float((z.argmax(axis=1) == y).mean()),
        "loss on new digits": float(loss),
    }


def score(guess: np.ndarray, y: np.ndarray) -> float:
    """1 - MSE/variance: 0 for the mean, 1 for the truth."""
    with np.errstate(all="ignore"):
        return float(1 - ((guess - y) ** 2).mean() / y.var())
