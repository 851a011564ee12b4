"""A training run in pieces: data, batches, gradient, update, prediction. A bug replaces one piece.

`digits`, `cancer` and `diabetes` make healthy runs on the shipped data; `train` is the loop, and
keeps a record of what one would look at.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np

import nnlib as nn

LOADERS = {
    "digits": nn.load_digits,
    "cancer": nn.load_breast_cancer,
    "diabetes": nn.load_diabetes,
}


@dataclass
class Record:
    """What was seen: `loss`, `norms` and `ratio` for each step, `train` and `val` for each epoch.

    `norms` holds ‖dW‖ by layer, `ratio` ‖Δθ‖/‖θ‖. A score is accuracy, or 1 - MSE/variance; `new`
    is that on data that nobody has looked at.
    """

    loss: list[float] = field(default_factory=list)
    norms: dict[str, list[float]] = field(default_factory=dict)
    ratio: list[float] = field(default_factory=list)
    train: list[float] = field(default_factory=list)
    val: list[float] = field(default_factory=list)
    new: float = math.nan
    stopped: int = 0  # the step at which the loss was no longer finite; 0: never


class Run:
    """The pieces of a healthy run. To plant a bug, put another function in a piece's place."""

    def __init__(
        self,
        task: str,
        layers: Sequence[nn.Layer],
        loss: nn.Loss,
        optimizer: nn.SGD | nn.Adam,
        epochs: int,
        seed: int,
        stop_early: bool = False,
    ) -> None:
        """Take the arrays of the task, and build the network."""
        self.task, self.optimizer, self.epochs, self.stop_early = (
            task,
            optimizer,
            epochs,
            stop_early,
        )
        self.batch_size, self.rng = 32, np.random.default_rng(seed)
        self.net = nn.Network(layers, loss, seed=seed)
        self.X, self.y, self.X_val, self.y_val, self.X_new, self.y_new = (
            part.copy() for part in parts(task)
        )

    def batches(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield every example once, in a new order."""
        for part in nn.batches(len(self.X), self.batch_size, self.rng):
            yield self.X[part], self.y[part]

    def gradient(self, X: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the batch's mean loss, and its gradient for θ."""
        return self.net.value_and_grad(X, y)

    def update(self, grad: np.ndarray) -> None:
        """Take one step."""
        self.optimizer.step(self.net.theta, grad)

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Return class labels or real values, in evaluation mode."""
        return self.net.predict(X)

    def kept(self) -> np.ndarray:
        """Return what early stopping keeps of the best epoch."""
        return self.net.theta.copy()

    def score(self, X: np.ndarray, y: np.ndarray) -> float:
        """Share of right labels; in regression 1 - MSE/variance, which is 0 for the mean."""
        with np.errstate(all="ignore"):
            guess = self.predict(X)
            if self.task == "diabetes":
                return float(1 - ((guess - y) ** 2).mean() / y.var())
            return float((guess == y).mean())

    @property
    def chance(self) -> float:
        """The loss of a network that knows nothing: ln 10, ln 2, or the targets' variance."""
        return {"digits": math.log(10), "cancer": math.log(2), "diabetes": 1.0}[self.task]


@cache
def parts(task: str) -> tuple[np.ndarray, ...]:
    """X, y, X_val, y_val, X_new, y_new: chapter 11's split, scaled by the training part."""
    X, y = LOADERS[task]()
    classes = task != "diabetes"
    X, X_new, y, y_new = nn.train_test_split(X, y, test=0.2, seed=0, stratify=classes)
    X, X_val, y, y_val = nn.train_test_split(X, y, test=0.2, seed=1, stratify=classes)
    X, X_val, X_new = nn.standardise(X, X_val, X_new)
    if not classes:
        mean, spread = y.mean(), y.std()
        y, y_val, y_new = ((part - mean) / spread for part in (y, y_val, y_new))
    return X, y, X_val, y_val, X_new, y_new


def digits(seed: int = 0, drop: float = 0.0, norm: bool = False, adam: bool = False) -> Run:
    """64-32-10 on the digits, with dropout, batch norm or Adam if wanted."""
    layers = [nn.Dense(64, 32)] + [nn.BatchNorm(32)] * norm + [nn.ReLU()]
    layers += [nn.Dropout(drop)] * bool(drop) + [nn.Dense(32, 10)]
    optimizer = nn.Adam(lr=0.01) if adam else nn.SGD(lr=0.1)
    return Run("digits", layers, nn.CrossEntropy(), optimizer, epochs=8, seed=seed)


def cancer(seed: int = 0) -> Run:
    """30-16-1 on the breast masses."""
    layers = [nn.Dense(30, 16), nn.ReLU(), nn.Dense(16, 1)]
    return Run("cancer", layers, nn.LogLoss(), nn.SGD(lr=0.1), epochs=10, seed=seed)


def diabetes(seed: int = 0, hidden: int = 16, epochs: int = 20, stop_early: bool = False) -> Run:
    """10-16-1 on the diabetes table, whose target is standardised too."""
    layers = [nn.Dense(10, hidden), nn.ReLU(), nn.Dense(hidden, 1, init=nn.normal(0.1))]
    return Run("diabetes", layers, nn.MSE(), nn.SGD(lr=0.05), epochs, seed, stop_early)


def train(run: Run) -> Record:
    """Train the run to its end, or to a loss that is no longer finite; return the record."""
    seen = Record(norms={name: [] for name in run.net.named if name.endswith("W")})
    best, kept = -math.inf, None
    with np.errstate(all="ignore"):
        for _ in range(run.epochs):
            run.net.train()
            for X, y in run.batches():
                before = run.net.theta.copy()
                value, grad = run.gradient(X, y)
                seen.loss.append(float(value))
                for name, norms in seen.norms.items():
                    norms.append(float(np.linalg.norm(grad[run.net.named[name]])))
                if not math.isfinite(value):
                    seen.stopped = len(seen.loss)
                    break
                run.update(grad)
                moved = np.linalg.norm(run.net.theta - before)
                seen.ratio.append(float(moved / max(np.linalg.norm(before), 1e-12)))
            seen.train.append(run.score(run.X, run.y))
            seen.val.append(run.score(run.X_val, run.y_val))
            if run.stop_early and seen.val[-1] > best:
                best, kept = seen.val[-1], run.kept()
            if seen.stopped:
                break
        if kept is not None:
            run.net.theta[:] = kept
        seen.new = run.score(run.X_new, run.y_new)
    return seen
