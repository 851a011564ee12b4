"""The bugs: each is a few lines that spoil one piece of a healthy run.

A function's docstring is the symptom. `bug` says beside it which healthy run is spoilt, which
probe isolates it, and what is the cause and the fix.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

import nnlib as nn
from nnlab.gallery import probes
from nnlab.gallery.run import Run, cancer, diabetes, digits


@dataclass(frozen=True)
class Bug:
    """A bug: `mended(seed)` makes the healthy run, `broken(seed)` the same one with the bug."""

    name: str
    symptom: str
    cause: str
    fix: str
    probe: probes.Probe
    mended: Callable[[int], Run]
    plant: Callable[[Run], None]

    def broken(self, seed: int = 0) -> Run:
        """Return the run with the bug in it."""
        run = self.mended(seed)
        self.plant(run)
        return run

    @property
    def title(self) -> str:
        """The name as words."""
        return self.name.replace("_", " ")


BUGS: dict[str, Bug] = {}


def bug(
    mended: Callable[[int], Run], probe: probes.Probe, cause: str, fix: str
) -> Callable[[Callable[[Run], None]], Callable[[Run], None]]:
    """Put a planting function into BUGS."""

    def enter(plant: Callable[[Run], None]) -> Callable[[Run], None]:
        symptom = " ".join((plant.__doc__ or "").split())
        BUGS[plant.__name__] = Bug(plant.__name__, symptom, cause, fix, probe, mended, plant)
        return plant

    return enter


# --- the loss ---------------------------------------------------------------------------------


@bug(
    digits,
    probes.overfits_one_batch,
    cause="The network's softmax feeds a cross-entropy that takes logits and has its own.",
    fix="Hand the logits to the loss; no softmax in the network.",
)
def softmax_twice(run: Run) -> None:
    """No error and no NaN. The first loss is right, accuracy may look fair, and the loss stays
    above 1.461, however long it trains.
    """

    def gradient(X, y):
        p = nn.softmax(run.net.forward(X))
        loss, dp = nn.CrossEntropy().value_and_grad(p, y)  # takes p for logits
        run.net.backward(p * (dp - (dp * p).sum(axis=1, keepdims=True)))
        return loss, run.net.grad

    run.gradient = gradient


@bug(
    digits,
    probes.batch_is_mean_of_its_examples,
    cause="The softmax is normalised over axis 0, so examples of a batch compete.",
    fix="axis=1: each row sums to 1.",
)
def softmax_over_the_batch(run: Run) -> None:
    """The first loss is above ln 32 for a batch of 32, not near ln 10; it changes with the batch
    size, and climbs, while accuracy falls after the first epoch.
    """

    def gradient(X, y):
        z, truth = run.net.forward(X), nn.one_hot(y, 10)
        p = nn.softmax(z.T).T  # each column sums to 1
        run.net.backward((p - truth) / len(X))
        return -np.log(p[truth == 1] + 1e-300).mean(), run.net.grad

    run.gradient = gradient


@bug(
    digits,
    probes.batch_is_mean_of_its_examples,
    cause="The loss is summed over the batch, so the gradient is 32 times the mean's.",
    fix="Divide by m; or, for this batch size only, divide the learning rate.",
)
def missing_one_over_m(run: Run) -> None:
    """The first loss is 32 times too large, and grows from there."""

    def gradient(X, y):
        loss, grad = run.net.value_and_grad(X, y)
        return len(X) * loss, len(X) * grad

    run.gradient = gradient


@bug(
    diabetes,
    probes.batch_is_mean_of_its_examples,
    cause="(m, 1) - (m,) is (m, m): every prediction is compared with every target.",
    fix="Give y the prediction's shape, and assert that the shapes are equal.",
)
def broadcast_residual(run: Run) -> None:
    """No error. The loss comes to rest at the targets' variance: the best it can do is the mean."""

    def gradient(X, y):
        r = run.net.forward(X) - y.ravel()  # (m, 1) - (m,): (m, m)
        run.net.backward(2 * r.mean(axis=1, keepdims=True) / len(X))
        return (r**2).mean(), run.net.grad

    run.gradient = gradient


@bug(
    diabetes,
    probes.overfits_one_batch,
    cause="A sigmoid after the last layer: outputs between 0 and 1 for targets that are not.",
    fix="No activation on the output of a regression.",
)
def sigmoid_on_a_regression(run: Run) -> None:
    """The loss falls a little, then stays high: no target below 0 or above 1 can be reached."""

    def gradient(X, y):
        p = nn.sigmoid(run.net.forward(X))
        loss, dp = nn.MSE().value_and_grad(p, y)
        run.net.backward(dp * p * (1 - p))
        return loss, run.net.grad

    run.gradient = gradient
    run.predict = lambda X: nn.sigmoid(run.net.predict(X))


@bug(
    diabetes,
    probes.loss_has_a_floor,
    cause="A log loss for targets that are no labels: for y outside 0 … 1 it has no minimum.",
    fix="Squared error for a real target, log loss for labels 0 and 1.",
)
def log_loss_on_a_regression(run: Run) -> None:
    """The loss falls below zero and goes on falling; validation only gets worse."""

    def gradient(X, y):
        z = run.net.forward(X)
        run.net.backward((nn.sigmoid(z) - y) / len(X))
        return (nn.softplus(z) - y * z).mean(), run.net.grad

    run.gradient = gradient


# --- the data ---------------------------------------------------------------------------------


@bug(
    digits,
    probes.batches_keep_pairs,
    cause="The rows of X are shuffled, the labels are not.",
    fix="One permutation for both: X[order], y[order].",
)
def shuffled_without_labels(run: Run) -> None:
    """The loss goes to ln 10 and stays near it; scores are those of guessing."""

    def batches():
        order = run.rng.permutation(len(run.X))
        for part in nn.batches(len(run.X), run.batch_size):
            yield run.X[order][part], run.y[part]

    run.batches = batches


@bug(
    digits,
    probes.classes_look_alike,
    cause="Training labels count from 1, with 10 wrapped to 0; validation labels from 0.",
    fix="Number the classes in one place, for all parts.",
)
def labels_off_by_one(run: Run) -> None:
    """The training loss is perfect; validation accuracy is far *below* chance."""
    run.y = (run.y + 1) % 10


@bug(
    cancer,
    probes.inputs_are_scaled,
    cause="Raw measurements: one column in thousands, another in thousandths.",
    fix="Standardise every column, with the training part's mean and deviation.",
)
def unscaled_inputs(run: Run) -> None:
    """The first loss is far above ln 2; one leap later the units are dead, and everybody gets the
    answer of the larger class.
    """
    X, y = nn.load_breast_cancer()
    X, run.X_new, y, _ = nn.train_test_split(X, y, test=0.2, seed=0, stratify=True)
    run.X, run.X_val, _, _ = nn.train_test_split(X, y, test=0.2, seed=1, stratify=True)


@bug(
    cancer,
    probes.no_feature_is_the_target,
    cause="A column that is filled in after the diagnosis: here, whether there was surgery.",
    fix="Drop what is not known at the moment of prediction.",
)
def target_in_the_features(run: Run) -> None:
    """Training and validation are perfect within two epochs: too good. On patients for whom the
    column is still empty, much worse.
    """
    for X, y in ((run.X, run.y), (run.X_val, run.y_val)):
        X[:, 4] = 4 * (2 * y.ravel() - 1)
    run.X_new[:, 4] = -4  # no surgery yet


@bug(
    partial(diabetes, hidden=64, epochs=60),
    probes.no_row_on_both_sides,
    cause="Rows were copied (to balance or enlarge the data) before the split.",
    fix="Split first; copy within the training part only.",
)
def copies_on_both_sides(run: Run) -> None:
    """Validation is as good as training, whatever the capacity; new data are far worse."""
    n = len(run.X_val)
    run.X_val, run.y_val = run.X[:n].copy(), run.y[:n].copy()


# --- the network ------------------------------------------------------------------------------


@bug(
    digits,
    probes.hidden_units_differ,
    cause="All weights start at 0: every hidden unit is 0 and gets no gradient.",
    fix="Random weights (He, for ReLU); biases may be 0.",
)
def zero_weights(run: Run) -> None:
    """The first loss is exactly ln 10 and stays there; only the output's biases move."""
    run.net.theta[:] = 0


@bug(
    digits,
    probes.starts_near_chance,
    cause="Weights of standard deviation 1: logits of some tens before anything is learnt.",
    fix="Standard deviation √(2/n_in) for ReLU.",
)
def exploding_start(run: Run) -> None:
    """The first loss is many times ln 10; it comes down, and later data are judged worse."""
    for layer in (run.net.layers[0], run.net.layers[-1]):
        layer.W = np.random.default_rng(0).normal(0, 1, layer.W.shape)


@bug(
    digits,
    probes.slope_is_that_of_the_loss,
    cause="A backward pass written by hand that forgets the ReLU: every unit passes its gradient.",
    fix="da * (z > 0); a gradient check before the first long run.",
)
def forgotten_gate(run: Run) -> None:
    """None in the curves: it learns, nearly as well as it should."""
    run.net.layers[1].backward = lambda da: da


@bug(
    digits,
    probes.units_are_alive,
    cause="A bias of -10, meant for the output of a rare class, on the hidden layer.",
    fix="Hidden biases at 0. Later deaths: a lower rate, or leaky ReLU.",
)
def dead_units(run: Run) -> None:
    """The loss stays at ln 10, and the first layer's gradient is 0 for most batches."""
    run.net.layers[0].b = np.full(32, -10.0)


@bug(
    partial(digits, drop=0.5),
    probes.predicts_the_same_twice,
    cause="Predictions in training mode: half of the units are dropped.",
    fix="net.eval() before predicting, net.train() before going on.",
)
def dropout_at_test(run: Run) -> None:
    """Validation is worse than it should be, and another number at every call."""

    def predict(X):
        return run.net.train().forward(X).argmax(axis=1)

    run.predict = predict


@bug(
    partial(digits, norm=True),
    probes.neighbours_do_not_matter,
    cause="Batch norm in training mode: it uses the statistics of the rows it is shown.",
    fix="net.eval(): running statistics, the same for every row.",
)
def batch_norm_at_test(run: Run) -> None:
    """Good on a mixed batch; on rows that come sorted by class, much worse."""
    by_class = np.argsort(run.y_val, kind="stable")
    run.X_val, run.y_val = run.X_val[by_class], run.y_val[by_class]

    def predict(X):
        net = run.net.train()
        parts = np.array_split(X, len(X) // 16)
        with net.frozen():
            return np.concatenate([net.forward(part).argmax(axis=1) for part in parts])

    run.predict = predict


# --- the update -------------------------------------------------------------------------------


@bug(
    digits,
    probes.steps_are_of_a_sane_size,
    cause="A learning rate of 10: the first step is longer than the weights themselves.",
    fix="A range test; go down by factors of 3 until the loss falls steadily.",
)
def rate_too_high(run: Run) -> None:
    """The loss leaps up within a few steps, grows, and at last overflows."""
    run.optimizer = nn.SGD(lr=10.0)


@bug(
    digits,
    probes.steps_are_of_a_sane_size,
    cause="A learning rate of 0.00001.",
    fix="A range test; go up by factors of 3 while the loss still falls steadily.",
)
def rate_too_low(run: Run) -> None:
    """The loss is right at the start and hardly moves; nothing else is wrong."""
    run.optimizer = nn.SGD(lr=1e-5)


@bug(
    digits,
    probes.whole_gradient_is_used,
    cause="Clipped to a norm of 0.001 at every step: the limit was meant to be 1.",
    fix="Log how often clipping acts; a limit near the usual norm acts rarely.",
)
def clipped_to_nothing(run: Run) -> None:
    """As with a rate too low, though the rate is in order; gradient norms look healthy."""
    step = run.update

    def update(grad):
        nn.clip_by_norm(grad, 0.001)
        step(grad)

    run.update = update


@bug(
    cancer,
    probes.update_opposes_gradient,
    cause="theta += lr · grad: uphill.",
    fix="theta -= lr · grad.",
)
def plus_sign(run: Run) -> None:
    """The loss rises from the first step on, faster and faster."""

    def update(grad):
        run.optimizer.step(run.net.theta, -grad)

    run.update = update


@bug(
    digits,
    probes.gradient_is_the_same_twice,
    cause="The gradient is added to the sum of all before: zero_grad was forgotten.",
    fix="Zero it before each backward pass, or after each step; never in between.",
)
def never_zeroed(run: Run) -> None:
    """The loss falls at first, then swings wider and wider, while the gradient norms grow. Accuracy
    may look fair all the while.
    """
    total = np.zeros_like(run.net.grad)

    def gradient(X, y):
        loss, grad = run.net.value_and_grad(X, y)
        total[:] += grad  # as loss.backward() does
        return loss, total.copy()

    run.gradient = gradient


@bug(
    partial(digits, adam=True),
    probes.optimizer_counts_steps,
    cause="A new Adam at every step: no averages, so each step is lr · sign(gradient).",
    fix="Make the optimizer once, before the loop.",
)
def adam_made_anew(run: Run) -> None:
    """It learns, and accuracy looks as it should; the loss ends noisy and several times as high."""

    def update(grad):
        nn.Adam(lr=0.01).step(run.net.theta, grad)

    run.update = update


@bug(
    digits,
    probes.starts_at_rest,
    cause="The optimizer of an earlier run that had diverged, with its velocity.",
    fix="A new optimizer for each new network.",
)
def stale_velocity(run: Run) -> None:
    """The first step throws the new weights far away, though the gradient is small."""
    run.optimizer = nn.SGD(lr=0.1, momentum=0.9)
    run.optimizer.step(run.net.theta.copy(), np.full_like(run.net.theta, 30.0))


@bug(
    partial(diabetes, hidden=64, epochs=60, stop_early=True),
    probes.best_weights_stay,
    cause="best = net.theta keeps a second name for one array, which training goes on changing.",
    fix="best = net.theta.copy().",
)
def best_by_reference(run: Run) -> None:
    """Early stopping reports a good epoch, and hands back the last one's weights."""
    run.kept = lambda: run.net.theta
