"""One SGD step (loss, gradient, update), in microseconds: nnlib beside its peers.

    python -m bench.steps                # the table; about two minutes
    python -m bench.steps --quick        # fewer rounds

Every number is a median over rounds in which all peers take turns, in one process, so that a
machine that slows down slows all of them. Before each turn come a rest, in which the threads of
the peer before stop waiting for more work, and a step that isn't counted, which fetches code and
data into the cache, as they are in training. One process runs with one BLAS thread, one with the
default. *floor* is only the matrix products that a step can't avoid, into arrays made before.
A peer that is not installed is skipped with a word: `pip install -r requirements/bench.txt`.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from itertools import pairwise

import numpy as np
from tqdm import tqdm

import nnlib as nn

NETWORKS = [([20, 10, 10, 1], 32), ([64, 128, 64, 10], 64), ([784, 512, 256, 10], 128)]
LR = 0.01
Step = Callable[[], object]


def data(widths: list[int], m: int, dtype: str) -> tuple[np.ndarray, np.ndarray]:
    """Return X (m, n) and labels: (m,) class numbers, or (m, 1) of 0 and 1 for one output."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(m, widths[0])).astype(dtype)
    if widths[-1] == 1:
        return X, rng.integers(0, 2, (m, 1)).astype(dtype)
    return X, rng.integers(0, widths[-1], m)


def nnlib_step(widths: list[int], m: int, dtype: str) -> Step:
    """The library as a reader uses it, with all its checks."""
    layers: list[nn.Layer] = []
    for n_in, n_out in pairwise(widths):
        layers += [nn.Dense(n_in, n_out), nn.ReLU()]
    loss = nn.LogLoss() if widths[-1] == 1 else nn.CrossEntropy()
    net = nn.Network(layers[:-1], loss, dtype=np.dtype(dtype))
    opt = nn.SGD(lr=LR)
    X, y = data(widths, m, dtype)

    def step() -> None:
        _, grad = net.value_and_grad(X, y)
        opt.step(net.theta, grad)

    return step


def floor_step(widths: list[int], m: int, dtype: str) -> Step:
    """x W forward, xᵀ dz and dz Wᵀ backward (not for the first layer), and nothing else."""
    rng = np.random.default_rng(0)
    pairs = list(pairwise(widths))
    W = [rng.normal(size=pair).astype(dtype) * 0.01 for pair in pairs]
    a = [rng.normal(size=(m, n)).astype(dtype) for n in widths]
    da = [rng.normal(size=(m, n)).astype(dtype) for n in widths]
    dW = [np.empty_like(w) for w in W]

    def step() -> None:
        for i in range(len(W)):
            np.matmul(a[i], W[i], out=a[i + 1])
        for i in reversed(range(len(W))):
            np.matmul(a[i].T, da[i + 1], out=dW[i])
            if i:
                np.matmul(da[i + 1], W[i].T, out=da[i])

    return step


def textbook_step(widths: list[int], m: int, dtype: str) -> Step:
    """The loop of most tutorials: a list of arrays, plain expressions, no checks."""
    rng = np.random.default_rng(0)
    pairs = list(pairwise(widths))
    W = [(rng.normal(size=p) * np.sqrt(2 / p[0])).astype(dtype) for p in pairs]
    b = [np.zeros(p[1], dtype) for p in pairs]
    X, y = data(widths, m, dtype)
    Y = y if widths[-1] == 1 else np.eye(widths[-1], dtype=dtype)[y]

    def step() -> float:
        a, last = [X], len(W) - 1
        for i in range(len(W)):
            z = a[-1] @ W[i] + b[i]
            a.append(z if i == last else np.maximum(z, 0))
        if widths[-1] == 1:
            p = 1 / (1 + np.exp(-z))
            loss = -np.mean(Y * np.log(p) + (1 - Y) * np.log(1 - p))
        else:
            e = np.exp(z - z.max(axis=1, keepdims=True))
            p = e / e.sum(axis=1, keepdims=True)
            loss = -np.mean(np.sum(Y * np.log(p), axis=1))
        dz = (p - Y) / m
        for i in reversed(range(len(W))):
            dW, db = a[i].T @ dz, dz.sum(axis=0)
            dz = (dz @ W[i].T) * (a[i] > 0)
            W[i] = W[i] - LR * dW
            b[i] = b[i] - LR * db
        return loss

    return step


def sklearn_step(widths: list[int], m: int, dtype: str) -> Step:
    """scikit-learn's MLPClassifier.partial_fit with plain SGD."""
    from sklearn.neural_network import MLPClassifier

    X, y = data(widths, m, dtype)
    mlp = MLPClassifier(
        tuple(widths[1:-1]),
        solver="sgd",
        momentum=0.0,
        nesterovs_momentum=False,
        alpha=0.0,
        learning_rate_init=LR,
        batch_size=m,
        shuffle=False,
        random_state=0,
    )
    y = y.ravel().astype(int)
    classes = np.arange(max(2, widths[-1]))
    mlp.partial_fit(X, y, classes=classes)
    return lambda: mlp.partial_fit(X, y)


def torch_step(widths: list[int], m: int, dtype: str) -> Step:
    """PyTorch, eager: Sequential, the loss from logits, optim.SGD."""
    import torch

    if os.environ.get("OMP_NUM_THREADS") == "1":
        torch.set_num_threads(1)
    kind = getattr(torch, dtype)
    parts: list[torch.nn.Module] = []
    for n_in, n_out in pairwise(widths):
        parts += [torch.nn.Linear(n_in, n_out, dtype=kind), torch.nn.ReLU()]
    net = torch.nn.Sequential(*parts[:-1])
    binary = widths[-1] == 1
    loss = torch.nn.BCEWithLogitsLoss() if binary else torch.nn.CrossEntropyLoss()
    opt = torch.optim.SGD(net.parameters(), lr=LR)
    X, y = map(torch.from_numpy, data(widths, m, dtype))

    def step() -> None:
        opt.zero_grad()
        loss(net(X), y).backward()
        opt.step()

    return step


def jax_step(widths: list[int], m: int, dtype: str) -> Step:
    """JAX: one jitted function from parameters to parameters, its result waited for."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    rng = np.random.default_rng(0)
    params = [
        (
            jnp.asarray((rng.normal(size=p) * np.sqrt(2 / p[0])).astype(dtype)),
            jnp.zeros(p[1], dtype),
        )
        for p in pairwise(widths)
    ]
    X, y = map(jnp.asarray, data(widths, m, dtype))

    def loss(params: list, X: jax.Array, y: jax.Array) -> jax.Array:
        for W, b in params[:-1]:
            X = jax.nn.relu(X @ W + b)
        z = X @ params[-1][0] + params[-1][1]
        if z.shape[1] == 1:
            return jnp.mean(jnp.logaddexp(0, z) - y * z)
        return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(z), y[:, None], 1))

    @jax.jit
    def update(params: list, X: jax.Array, y: jax.Array) -> list:
        _, grads = jax.value_and_grad(loss)(params, X, y)
        return jax.tree.map(lambda p, g: p - LR * g, params, grads)

    state = [params]

    def step() -> None:
        state[0] = jax.block_until_ready(update(state[0], X, y))

    return step


PEERS = {
    "floor": floor_step,
    "nnlib": nnlib_step,
    "textbook": textbook_step,
    "scikit-learn": sklearn_step,
    "PyTorch": torch_step,
    "JAX jit": jax_step,
}


def measure(rounds: int) -> list[dict]:
    """Return a row for each network and dtype: the median microseconds of each peer."""
    warnings.filterwarnings("ignore")
    rows = []
    for widths, m in NETWORKS:
        for dtype in ("float32", "float64"):
            steps: dict[str, Step] = {}
            for name, make in PEERS.items():
                try:
                    steps[name] = make(widths, m, dtype)
                except ImportError:
                    print(f"({name} is not installed: skipped)", file=sys.stderr)
            loops = {}
            for name, step in steps.items():
                for _ in range(20):
                    step()
                once = min(timed(step, 3) for _ in range(5))
                loops[name] = max(1, int(2e-3 / once))  # 2 ms a turn
            times: dict[str, list[float]] = {name: [] for name in steps}
            for _ in tqdm(range(rounds), f"{widths}, {dtype}", leave=False):
                for name, step in steps.items():
                    time.sleep(2e-3)
                    step()
                    times[name].append(timed(step, loops[name]))
            rows.append(
                {"network": "-".join(map(str, widths)), "batch": m, "dtype": dtype}
                | {name: statistics.median(t) * 1e6 for name, t in times.items()}
            )
    return rows


def timed(step: Step, n: int) -> float:
    """Return the seconds that one of n steps takes."""
    start = time.perf_counter()
    for _ in range(n):
        step()
    return (time.perf_counter() - start) / n


def table(rows: list[dict], threads: str) -> str:
    """Return the rows as a Markdown table: microseconds, and nnlib against the floor."""
    names = [name for name in PEERS if name in rows[0]]
    lines = [
        f"| network, batch, {threads} | dtype | " + " | ".join(names) + " | nnlib / floor |",
        "|---|---|" + "---:|" * (len(names) + 1),
    ]
    for row in rows:
        cells = [f"{row[name]:,.0f}" if row[name] >= 100 else f"{row[name]:.1f}" for name in names]
        lines.append(
            f"| {row['network']}, {row['batch']} | {row['dtype']} | "
            + " | ".join(cells)
            + f" | {row['nnlib'] / row['floor']:.2f} × |"
        )
    return "\n".join(lines)


def installed(package: str) -> str:
    """Return "name version", or "no name"."""
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return f"no {package}"


def main() -> None:
    """Run both processes and print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        print(json.dumps(measure(rounds=15 if args.quick else 101)))
        return
    packages = ("numpy", "scikit-learn", "torch", "jax")
    print(f"Microseconds a step, medians. Python {platform.python_version()}, ", end="")
    print(", ".join(map(installed, packages)) + f"; {os.cpu_count()} cores, {platform.machine()}.")
    one = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "VECLIB_MAXIMUM")}
    one["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    for threads, more in (("one BLAS thread", one), ("default threads", {})):
        command = [sys.executable, "-m", "bench.steps", "--child", *(["--quick"] * args.quick)]
        done = subprocess.run(command, env=os.environ | more, stdout=subprocess.PIPE, check=True)
        print("\n" + table(json.loads(done.stdout.splitlines()[-1]), threads))


if __name__ == "__main__":
    main()
