"""The training loop: forward, loss, backward, update, repeat; and a record of how it went.

Full-batch gradient descent, stochastic gradient descent and mini-batches differ in one number,
`batch_size`: all the examples, one, or some.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from nnlib.doors import all_finite, array, generator, width
from nnlib.functions import class_labels
from nnlib.network import Network
from nnlib.norm import BatchNorm
from nnlib.optim import Optimizer


def batches(
    m: int, batch_size: int | None = None, rng: np.random.Generator | None = None
) -> Iterator[np.ndarray]:
    """Yield the indices 0 … m-1 once, in parts of batch_size (all, if None): one epoch.

    In a random order, drawn without replacement, when a generator is given. The last part is
    smaller where batch_size does not divide m.

    >>> [part.tolist() for part in batches(5, 2)]
    [[0, 1], [2, 3], [4]]
    """
    if rng is not None and not isinstance(rng, np.random.Generator):
        raise ValueError(
            f"batches got rng {rng!r}, wanted a np.random.Generator, which gives every epoch "
            "another order: make one with np.random.default_rng(0)"
        )
    m = width("the number of examples", m)
    size = m if batch_size is None else width("batch_size", batch_size)
    order = np.arange(m) if rng is None else rng.permutation(m)
    return (order[i : i + size] for i in range(0, m, size))


class History:
    """What happened: a number for each step and for each epoch, and why it stopped.

    Per step: `step_loss`, the objective on the batch before its update. Per epoch: `train_loss`
    (the mean of those over the epoch's examples), `val_loss`, `val_metric`, `lr` (of its first
    step), `seconds` (since the start). `best_epoch` counts from 1; 0 means none yet.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self.step_loss: list[float] = []
        self.train_loss: list[float] = []
        self.val_loss: list[float] = []
        self.val_metric: list[float] = []
        self.lr: list[float] = []
        self.seconds: list[float] = []
        self.stopped = "not started"
        self.diverged = False
        self.best_epoch = 0

    def __str__(self) -> str:
        columns = {"train loss": self.train_loss, "lr": self.lr}
        columns |= {"val loss": self.val_loss} if self.val_loss else {}
        columns |= {"val metric": self.val_metric} if self.val_metric else {}
        n = len(self.train_loss)
        shown = sorted({round(i * (n - 1) / 9) for i in range(10)}) if n > 10 else range(n)
        lines = ["epoch" + "".join(f"{name:>12}" for name in columns)]
        for i in shown:  # an epoch that was interrupted in its validation has no loss there
            row = (f"{c[i]:12.4g}" if i < len(c) else f"{'-':>12}" for c in columns.values())
            lines.append(f"{i + 1:5}" + "".join(row))
        return "\n".join([*lines, f"stopped: {self.stopped}"])

    __repr__ = __str__


def fit(
    net: Network,
    X: np.ndarray,
    y: np.ndarray,
    optimizer: Optimizer,
    batch_size: int | None = 32,
    epochs: int = 10,
    rng: int | np.random.Generator | None = 0,
    validation: tuple[np.ndarray, np.ndarray] | None = None,
    patience: int | None = None,
    metric: Callable[[np.ndarray, np.ndarray], float] | None = None,
    clip: Callable[[np.ndarray], object] | None = None,
    callbacks: Sequence[Callable[[Network, History], object]] = (),
    progress: bool = False,
) -> History:
    """Train `net` in place: for each batch, value and gradient, then a step. Return the History.

    `rng` shuffles every epoch (None: in order). With `validation` = (X, y), its loss is recorded
    after each epoch, and `metric(predictions, y)`; with `patience`, training stops when that loss
    has not fallen for so many epochs, and the best weights come back. `clip` changes the gradient
    in place before each step. A callback that returns True stops. A loss that is no longer finite
    stops too, before the step is taken; so does Ctrl-C: both hand back the history so far.
    """
    check_parts(net, optimizer, metric, clip, callbacks)
    X, y = check_data(net, X, y)
    check_batches(net, len(X), batch_size)
    epochs = width("epochs", epochs)
    rng = None if rng is None else generator("fit rng", rng)
    if validation is not None:
        validation = check_validation(net, validation)
        patience = None if patience is None else width("patience", patience)
    elif patience is not None or metric is not None:
        raise ValueError(
            "fit got patience or metric but no validation data: give validation=(X, y)"
        )
    history, start, steps_before = History(), time.perf_counter(), optimizer.t
    bar = progress_bar(epochs * math.ceil(len(X) / (batch_size or len(X)))) if progress else None
    best = None  # with patience: parameters and running statistics of the best epoch
    epoch, best_loss = 0, math.inf
    net.train()

    def one_epoch() -> None:
        total = 0.0
        history.lr.append(optimizer.lr_now())
        for part in batches(len(X), batch_size, rng):
            buffers = net.buffers.copy()
            value, grad = net.value_and_grad(X[part], y[part])
            history.step_loss.append(value)
            if not (math.isfinite(value) and all_finite(grad)):
                net.buffers[:] = buffers
                raise Diverged
            if clip is not None:
                clip(grad)
            optimizer.step(net.theta, grad)
            total += value * len(part)
            if bar is not None:
                bar.update()
        history.train_loss.append(total / len(X))
        history.seconds.append(time.perf_counter() - start)

    def look(epoch: int) -> bool:
        """Record the validation; return whether its loss has fallen below the best so far."""
        nonlocal best_loss
        history.val_loss.append(net.evaluate(*validation))
        if metric is not None:
            history.val_metric.append(float(metric(net.predict(validation[0]), validation[1])))
        better = history.val_loss[-1] < best_loss  # never for NaN
        if better:
            best_loss, history.best_epoch = history.val_loss[-1], epoch
        return better

    try:
        history.stopped = f"all {epochs} epochs done"
        with np.errstate(over="ignore", invalid="ignore"):  # the loss tells, once
            for epoch in range(1, epochs + 1):
                one_epoch()
                if validation is not None and look(epoch) and patience is not None:
                    best = net.theta.copy(), net.buffers.copy()
                answers = [callback(net, history) for callback in callbacks]
                if any(isinstance(a, (bool, np.bool_)) and a for a in answers):
                    history.stopped = f"a callback asked for it after epoch {epoch}"
                    break
                if patience is not None and epoch - history.best_epoch >= patience:
                    history.stopped = f"no better validation loss for {patience} epochs"
                    break
    except Diverged:
        history.diverged = True
        loss = history.step_loss[-1]
        what = "gradient was not finite" if math.isfinite(loss) else f"loss was {loss}"
        history.stopped = (
            f"diverged: the {what} at step {len(history.step_loss)} "
            f"(epoch {epoch}) with lr {history.lr[-1]:g}; try a tenth of it, or clip the gradient"
        )
    except KeyboardInterrupt:
        steps = optimizer.t - steps_before
        history.stopped = f"interrupted in epoch {epoch}, after {steps} steps"
    finally:
        if bar is not None:
            bar.close()
    if best is not None:
        net.theta[:], net.buffers[:] = best
        history.stopped += f"; the weights of epoch {history.best_epoch} are back"
    return history


class Diverged(ArithmeticError):
    """The loss or its gradient is no longer finite; `fit` catches it."""


# --- what `fit` asks before anything has changed -------------------------------------------------


def check_parts(net, optimizer, metric, clip, callbacks) -> None:
    """Raise ValueError for what is no network, no optimizer of its size, or no function."""
    if not isinstance(net, Network):
        raise ValueError(f"fit wants a Network first, got {net!r}")
    if not isinstance(optimizer, Optimizer):
        raise ValueError(f"fit wants an optimizer such as SGD(lr=0.1), got {optimizer!r}")
    optimizer._check(net.theta, net.grad)
    for what, function in (("metric", metric), ("clip", clip)):
        if function is not None and not callable(function):
            raise ValueError(f"fit got {what} {function!r}, wanted a function: see help(nn.fit)")
    if not isinstance(callbacks, Sequence) or not all(map(callable, callbacks)):
        raise ValueError(
            f"fit got callbacks {callbacks!r}, wanted a list of functions (net, history): "
            "write callbacks=[f]"
        )


def check_data(net: Network, X: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return X and y as arrays, or raise ValueError for data that don't fit `net`."""
    X, y = array("X", X), array("y", y)
    net._examples(X)
    if not y.ndim or len(X) != len(y):
        got = f"y {len(y)}" if y.ndim else f"y {y.dtype} of shape ()"
        raise ValueError(f"X has {len(X)} examples and {got}: give one y for each row of X")
    if net.n_out is not None:
        net.loss.targets(np.zeros((len(X), net.n_out), dtype=net.dtype), y)
    return X, y


def check_validation(net: Network, validation: tuple[np.ndarray, np.ndarray]) -> tuple:
    """Return the pair (X, y) as arrays, or raise ValueError that says it is the validation's."""
    if not isinstance(validation, (tuple, list)) or len(validation) != 2:
        raise ValueError(
            f"fit wants validation as a pair (X, y), got a {type(validation).__name__}: "
            "write validation=(X_val, y_val)"
        )
    try:
        return check_data(net, *validation)
    except ValueError as error:
        raise ValueError(f"validation: {error}") from None


def check_batches(net: Network, m: int, batch_size: int | None) -> None:
    """Raise ValueError for a batch size that is none, or leaves batch norm with one example."""
    smallest = min(len(part) for part in batches(m, batch_size))
    if smallest == 1 and any(isinstance(leaf, BatchNorm) for _, leaf in net._named_leaves()):
        raise ValueError(
            f"batch_size {batch_size} leaves a batch of 1 of {m} examples, and batch norm "
            "can't train on one: choose another batch_size, or give more examples"
        )


def progress_bar(total: int):
    """Return a tqdm bar over all the steps."""
    try:
        from tqdm.auto import tqdm
    except ImportError:
        raise ImportError("progress=True draws with tqdm: pip install tqdm") from None
    return tqdm(total=total, unit="step")


def accuracy(predicted: np.ndarray, y: np.ndarray) -> float:
    """Share of examples whose predicted label is the true one; both (m,) or both (m, 1).

    >>> accuracy(np.array([0, 1, 1]), np.array([0, 1, 0])).__round__(4)
    0.6667
    """
    predicted, y = np.asarray(predicted), np.asarray(y)
    if predicted.shape != y.shape or not y.size:
        raise ValueError(
            f"accuracy got predictions of shape {predicted.shape} and y of shape {y.shape}: "
            "give two arrays of one shape, not empty"
        )
    return float((predicted == y).mean())


def confusion_matrix(predicted: np.ndarray, y: np.ndarray, k: int) -> np.ndarray:
    """C[i, j] = how many examples of class i were called j; (m,), (m,) -> (k, k).

    >>> confusion_matrix(np.array([0, 1, 1]), np.array([0, 1, 0]), 2).tolist()
    [[1, 1], [0, 1]]
    """
    k = width("the number of classes k", k)
    truth, called = (class_labels(np.asarray(labels), k) for labels in (y, predicted))
    if truth.shape != called.shape:
        raise ValueError(
            f"confusion_matrix got {len(called)} predictions for {len(truth)} labels: "
            "give one prediction for each label"
        )
    return np.bincount(truth * k + called, minlength=k * k).reshape(k, k)
