"""How long a twin takes: to build, to differentiate, and to turn into NumPy code.

    python -m bench.symbolic            # the times of 2-2-1 and 3-4-3-2, every activation
    python -m bench.symbolic --full     # every layer × loss on 3-4-3-2, against backprop too

Two forms of the gradient are timed: equation by equation, which `agreement` and `value_and_grad`
use, and SymPy's derivative of the whole nested loss, which `gradient` shows. Targets, for the
first: 2-2-1 under 2 s, 3-4-3-2 under 10 s. Each row is measured in a fresh SymPy cache.
"""

from __future__ import annotations

import argparse
import itertools
import time
from collections.abc import Callable

import numpy as np
from sympy.core.cache import clear_cache

import nnlib as nn
from nnlib.symbolic import agreement, twin

TARGETS = {(2, 2, 1): 2.0, (3, 4, 3, 2): 10.0}  # seconds
LAYERS = {
    "sigmoid": lambda n: [nn.Sigmoid()],
    "tanh": lambda n: [nn.Tanh()],
    "relu": lambda n: [nn.ReLU()],
    "leaky_relu": lambda n: [nn.LeakyReLU()],
    "gelu": lambda n: [nn.GELU()],
    "dropout": lambda n: [nn.Tanh(), nn.Dropout(0.3)],
    "batch_norm": lambda n: [nn.BatchNorm(n), nn.Tanh()],
    "layer_norm": lambda n: [nn.LayerNorm(n, eps=0.1), nn.Tanh()],
    "residual": lambda n: [nn.Residual(nn.Dense(n, n), nn.Tanh())],
}
LOSSES = {
    "mse": nn.MSE,
    "mae": nn.MAE,
    "huber": lambda: nn.Huber(0.7),
    "log_loss": nn.LogLoss,
    "log_loss_weighted": lambda: nn.LogLoss(2.5),
    "cross_entropy": nn.CrossEntropy,
    "cross_entropy_smoothed": lambda: nn.CrossEntropy(0.1, np.array([0.5, 2.0])),
}


def network(layer: str, loss: str, widths: tuple[int, ...]) -> nn.Network:
    """Build a network with the layer behind every dense layer but the last."""
    inner = [[nn.Dense(a, b), *LAYERS[layer](b)] for a, b in itertools.pairwise(widths[:-1])]
    last = nn.Dense(widths[-2], widths[-1])
    return nn.Network([*itertools.chain(*inner), last], LOSSES[loss](), seed=1)


def examples(net: nn.Network, m: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Draw m examples, and targets that the network's loss can have."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(m, net.n_in)), rng.normal(size=(m, net.n_out))
    if isinstance(net.loss, nn.LogLoss):
        y = rng.random(size=y.shape)
    if isinstance(net.loss, nn.CrossEntropy):
        y = rng.integers(0, net.n_out, m)
    return X, y


def seconds(work: Callable[[], object]) -> float:
    """Return how long one call takes, with nothing in SymPy's cache."""
    clear_cache()
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def times() -> None:
    """Print the table of times."""
    print(
        f"{'widths':<10}{'activation':<12}{'loss':<15}{'by equation':>12}{'whole':>9}{'target':>9}"
    )
    for widths, target in TARGETS.items():
        for layer in ("sigmoid", "tanh", "relu", "leaky_relu", "gelu"):
            loss = "log_loss" if widths[-1] == 1 else "cross_entropy"
            net = network(layer, loss, widths)
            X, y = examples(net)
            by_equation = seconds(lambda: twin(net).value_and_grad(X, y))  # noqa: B023
            whole = seconds(lambda: twin(net).value_and_grad(X, y, whole=True))  # noqa: B023
            name = "-".join(map(str, widths))
            verdict = "met" if by_equation < target else "MISSED"
            print(
                f"{name:<10}{layer:<12}{loss:<15}{by_equation:>10.2f} s{whole:>7.2f} s"
                f"{target:>5.0f} s {verdict}",
                flush=True,
            )


def full() -> None:
    """Print, for every layer × loss on 3-4-3-2, the largest gap between twin and backprop."""
    print(f"{'layer':<12}{'loss':<24}{'twin-backprop':>14}{'seconds':>9}  all three")
    oks = []
    for layer, loss in itertools.product(LAYERS, LOSSES):
        net = network(layer, loss, (3, 4, 3, 2))
        start = time.perf_counter()
        found = agreement(net, *examples(net))
        took = time.perf_counter() - start
        gap = max(abs(row["twin"] - row["backprop"]) for row in found.rows)
        oks.append(found.ok)
        verdict = "agree" if found.ok else "DISAGREE"
        print(f"{layer:<12}{loss:<24}{gap:>14.1e}{took:>9.2f}  {verdict}", flush=True)
    print(f"{sum(oks)} of {len(oks)} agree")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--full", action="store_true", help="every layer × loss on 3-4-3-2")
    full() if parser.parse_args().full else times()
