"""The probes: each takes a fresh run, tries one thing, and says what it found.

A probe passes on every healthy run and fails on the bug it is made for. None of them needs the
run to be trained to its end: that is what makes them quick.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from nnlab.gallery.run import Run


@dataclass(frozen=True)
class Finding:
    """Whether the probe passes, and what it saw."""

    ok: bool
    said: str


Probe = Callable[[Run], Finding]


def few(run: Run, n: int = 16) -> tuple[np.ndarray, np.ndarray]:
    """Return n examples of the training part."""
    return run.X[:n], run.y[:n]


# --- the routine ------------------------------------------------------------------------------


def starts_near_chance(run: Run) -> Finding:
    """The loss before training is near that of knowing nothing: ln k, or the variance."""
    with np.errstate(all="ignore"), run.net.frozen():
        first = float(run.gradient(*few(run, 256))[0])
    ok = run.chance / 2 < first < 3 * run.chance
    return Finding(ok, f"first loss {first:.3g}, knowing nothing costs {run.chance:.3g}")


def overfits_one_batch(run: Run) -> Finding:
    """A few examples can be learnt by heart: the loss goes to nearly 0."""
    run.net.eval()  # no dropout: what is asked is whether it *can*
    X, y = few(run)
    loss = math.inf
    with np.errstate(all="ignore"):
        for _ in range(400):
            loss, grad = run.gradient(X, y)
            if not math.isfinite(loss):
                break
            run.update(grad)
    ok = bool(abs(loss) < 0.1 * run.chance)
    return Finding(ok, f"16 examples, 400 steps: loss {loss:.3g}")


def slope_is_that_of_the_loss(run: Run) -> Finding:
    """(L(θ + hd) - L(θ - hd)) / 2h is the gradient times d, in a random direction d."""
    run.net.eval()
    X, y = few(run)
    theta, h = run.net.theta.copy(), 1e-6
    d = np.random.default_rng(0).normal(size=theta.shape)
    slope = float(run.gradient(X, y)[1] @ d)
    ends = []
    for sign in (1, -1):
        run.net.theta[:] = theta + sign * h * d
        ends.append(run.gradient(X, y)[0])
    seen = float(ends[0] - ends[1]) / (2 * h)
    error = abs(slope - seen) / max(abs(slope), abs(seen), 1e-12)
    return Finding(error < 1e-3, f"gradient · d {slope:.4g}, difference quotient {seen:.4g}")


def steps_are_of_a_sane_size(run: Run) -> Finding:
    """A step moves the weights by a share of 0.00003 to 0.1 of their size: near 0.001 is usual."""
    before = run.net.theta.copy()
    with np.errstate(all="ignore"):
        run.update(run.gradient(*few(run, 32))[1])
        size = max(np.linalg.norm(before), 1e-12)
        ratio = float(np.linalg.norm(run.net.theta - before) / size)
    return Finding(3e-5 < ratio < 0.1, f"the first step is {ratio:.1e} of the weights' size")


# --- the data ---------------------------------------------------------------------------------


def inputs_are_scaled(run: Run) -> Finding:
    """Every column that varies has a spread between 0.1 and 10."""
    spread = run.X.std(axis=0)
    spread = spread[spread > 0]
    ok = bool(spread.min() > 0.1 and spread.max() < 10)
    return Finding(ok, f"the columns' deviations go from {spread.min():.1g} to {spread.max():.1g}")


def batches_keep_pairs(run: Run) -> Finding:
    """Each row comes out of a batch with the label it has in the data."""
    known = {row.tobytes(): label for row, label in zip(run.X, run.y, strict=True)}
    seen = [
        np.array_equal(known.get(row.tobytes()), label)
        for X, y in run.batches()
        for row, label in zip(X, y, strict=True)
    ]
    return Finding(all(seen), f"{sum(seen)} of {len(seen)} rows have their own label")


def classes_look_alike(run: Run) -> Finding:
    """A class's mean row in training is nearest to that of the same class in validation."""
    if run.task == "diabetes":
        return Finding(True, "no classes")
    classes = np.unique(run.y)
    parts = ((run.X, run.y), (run.X_val, run.y_val))
    train, val = ([X[y.ravel() == c].mean(axis=0) for c in classes] for X, y in parts)
    nearest = [int(np.argmin([np.sum((a - b) ** 2) for b in val])) for a in train]
    same = sum(i == j for i, j in enumerate(nearest))
    return Finding(same == len(classes), f"{same} of {len(classes)} classes look alike")


def no_feature_is_the_target(run: Run) -> Finding:
    """No column alone gives the target away: no correlation above 0.95."""
    targets = run.y.reshape(len(run.y), -1).astype(float)
    if run.task == "digits":
        targets = np.eye(10)[run.y]
    both = np.hstack([run.X, targets])
    both = (both - both.mean(axis=0)) / np.maximum(both.std(axis=0), 1e-12)
    k = targets.shape[1]
    most = float(np.abs(both[:, :-k].T @ both[:, -k:]).max() / len(both))
    return Finding(most < 0.95, f"largest correlation of a column with the target {most:.2f}")


def no_row_on_both_sides(run: Run) -> Finding:
    """No validation row is also a training row."""
    known = {row.tobytes() for row in run.X}
    both = sum(row.tobytes() in known for row in run.X_val)
    return Finding(not both, f"{both} of {len(run.X_val)} validation rows are in training too")


# --- the network ------------------------------------------------------------------------------


def batch_is_mean_of_its_examples(run: Run) -> Finding:
    """The loss of a batch is the mean of the losses of its examples, one by one."""
    run.net.eval()
    X, y = few(run)
    with np.errstate(all="ignore"):
        whole = run.gradient(X, y)[0]
        mean = float(np.mean([run.gradient(X[i : i + 1], y[i : i + 1])[0] for i in range(len(X))]))
    ok = bool(np.isclose(whole, mean, rtol=1e-6, atol=1e-12))
    return Finding(ok, f"batch of 16: loss {whole:.3g}; mean of its examples {mean:.3g}")


def hidden_units_differ(run: Run) -> Finding:
    """No two hidden units get the same gradient, and some get one that isn't 0."""
    run.net.eval()
    grad = run.gradient(*few(run, 64))[1]
    dW = grad[run.net.named["dense1.W"]].reshape(run.net.layers[0].W.shape)
    moving = dW[:, np.abs(dW).max(axis=0) > 0]
    different = len(np.unique(moving.round(12), axis=1).T)
    ok = different == moving.shape[1] > 0
    return Finding(ok, f"{moving.shape[1]} hidden units get a gradient, {different} different ones")


def units_are_alive(run: Run) -> Finding:
    """At least half of the hidden units are above 0 for some example."""
    first = run.net.layers[0]
    z = run.X @ first.W + first.b
    alive = int((z > 0).any(axis=0).sum())
    return Finding(2 * alive >= z.shape[1], f"{alive} of {z.shape[1]} hidden units ever fire")


def predicts_the_same_twice(run: Run) -> Finding:
    """Two predictions of the same rows are equal."""
    one, two = run.predict(run.X_val), run.predict(run.X_val)
    different = int((one != two).sum())
    return Finding(not different, f"{different} of {len(one)} rows got another answer")


def neighbours_do_not_matter(run: Run) -> Finding:
    """A row gets the same answer among other rows."""
    order = np.random.default_rng(0).permutation(len(run.X_val))
    one, two = run.predict(run.X_val)[order], run.predict(run.X_val[order])
    different = int((np.abs(one - two) > 1e-9).sum())
    return Finding(not different, f"{different} of {len(one)} rows changed with their neighbours")


# --- the loss and the update ------------------------------------------------------------------


def loss_has_a_floor(run: Run) -> Finding:
    """However long it trains on a few examples, the loss doesn't go below 0."""
    run.net.eval()
    X, y = few(run)
    low = math.inf
    with np.errstate(all="ignore"):
        for _ in range(200):
            value, grad = run.gradient(X, y)
            low = min(low, float(value))
            if not math.isfinite(value):
                break
            run.update(grad)
    return Finding(low >= 0, f"lowest loss in 200 steps {low:.2g}")


def gradient_is_the_same_twice(run: Run) -> Finding:
    """The same batch at the same weights gives the same gradient again."""
    run.net.eval()
    with np.errstate(all="ignore"):
        one = run.gradient(*few(run))[1].copy()
        two = run.gradient(*few(run))[1]
        factor = float(np.linalg.norm(two) / max(np.linalg.norm(one), 1e-12))
    ok = bool(np.allclose(one, two, rtol=1e-9, atol=0))
    return Finding(ok, f"the second gradient is {factor:.3g} times as long")


def update_opposes_gradient(run: Run) -> Finding:
    """A first step goes downhill: Δθ · gradient < 0."""
    before = run.net.theta.copy()
    with np.errstate(all="ignore"):
        grad = run.gradient(*few(run))[1].copy()
        run.update(grad.copy())
        cosine = float((run.net.theta - before) @ grad)
    return Finding(cosine < 0, f"step · gradient is {'negative' if cosine < 0 else 'not negative'}")


def whole_gradient_is_used(run: Run) -> Finding:
    """A first step of plain SGD is lr · gradient long, unless clipping acts."""
    if type(run.optimizer).__name__ != "SGD":
        return Finding(True, "not plain SGD")
    before = run.net.theta.copy()
    with np.errstate(all="ignore"):
        grad = run.gradient(*few(run, 32))[1].copy()
        run.update(grad.copy())
        want = run.optimizer.lr_now() * np.linalg.norm(grad)
        share = float(np.linalg.norm(run.net.theta - before) / want)
    return Finding(share > 0.5, f"the step is {share:.2g} of lr · gradient")


def optimizer_counts_steps(run: Run) -> Finding:
    """After three updates the optimizer has seen three."""
    for _ in range(3):
        run.update(np.zeros_like(run.net.theta))
    return Finding(run.optimizer.t >= 3, f"3 updates, the optimizer counts {run.optimizer.t}")


def starts_at_rest(run: Run) -> Finding:
    """Before any training, an update with a gradient of 0 moves nothing."""
    before = run.net.theta.copy()
    run.update(np.zeros_like(before))
    moved = float(np.abs(run.net.theta - before).max())
    return Finding(moved == 0, f"a gradient of 0 moves a weight by up to {moved:.3g}")


def best_weights_stay(run: Run) -> Finding:
    """What was kept of the best epoch is not changed by training on."""
    kept = run.kept()
    before = kept.copy()
    run.net.theta += 1
    ok = bool(np.array_equal(kept, before))
    return Finding(ok, "kept weights stay" if ok else "kept weights change with the network's")


PROBES = {
    name: value
    for name, value in list(globals().items())
    if callable(value) and getattr(value, "__annotations__", {}).get("return") == "Finding"
}
