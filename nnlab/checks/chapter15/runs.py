"""Runs whose network, modes or optimizer are wrong, judged on new data."""

from __future__ import annotations

import itertools

import numpy as np

import nnlib as nn
from nnlab.checks.chapter15.losses import good_on_new_digits
from nnlab.checks.chapter15.shared import (
    EPOCHS,
    RATE,
    SEEDS,
    called,
    digit_cases,
    labels_of,
    logits,
    network,
    new_digits,
    on_new_digits,
    pair,
    passes,
    pools,
    score,
    some,
    with_function,
)
from nnlab.checks.compare import Between
from nnlab.checks.guard import Unfit
from nnlab.checks.spec import Exercise

# repair_start


def trained_from_its_start(answer, X_train, y_train, seed):
    """nn.Dense(…, init=yours) in 64-24-24-10; trained, then judged on digits drawn afterwards."""
    shape = np.shape(answer(np.random.default_rng(seed), 3, 2))
    if shape != (3, 2):
        raise Unfit(f"for n_in = 3 and n_out = 2 came shape {shape}; (n_in, n_out) is wanted")
    sizes = (64, 24, 24, 10)
    layers = []
    for n_in, n_out in itertools.pairwise(sizes):
        layers += [nn.Dense(n_in, n_out, init=answer), nn.ReLU()]
    net = nn.Network(layers[:-1], nn.CrossEntropy(), seed=seed)
    with np.errstate(all="ignore"):
        for x, y in passes(X_train, y_train, seed):
            net.value_and_grad(x, y)
            net.theta -= RATE / 2 * net.grad
    return on_new_digits(net, seed, sizes)


def good_from_its_start(X_train, y_train, seed):
    """What random weights of the right size reach, less a margin."""
    return {"accuracy on new digits": Between(0.75), "loss on new digits": Between(0, 0.8)}


def zero_is_neutral(rng, n_in, n_out):
    """All weights are 0: every hidden unit is 0, and no gradient passes."""
    return np.zeros((n_in, n_out))


def any_number_but_zero_will_do(rng, n_in, n_out):
    """All weights are equal, so all units of a layer compute the same and get the same gradient:
    24 units work as one.
    """
    return np.full((n_in, n_out), 0.1)


def standard_normal_is_standard(rng, n_in, n_out):
    """Weights of standard deviation 1: each layer makes the signal some times larger, the first
    loss is far above ln 10. Divide by the root of n_in.
    """
    return rng.normal(size=(n_in, n_out))


def tiny_is_safe(rng, n_in, n_out):
    """Random, but of size 0.01: after three layers next to nothing is left of the signal, nor of
    the gradient.
    """
    return rng.normal(0, 0.01, (n_in, n_out))


def one_random_unit_is_enough(rng, n_in, n_out):
    """You drew one column and gave it to every unit: they stay twins. Draw n_in × n_out numbers."""
    return np.tile(rng.normal(0, np.sqrt(2 / n_in), (n_in, 1)), (1, n_out))


def variance_is_the_spread(rng, n_in, n_out):
    """rng.normal takes a standard deviation: with 2/n_in the root is missing, and the signal
    shrinks from layer to layer.
    """
    return rng.normal(0, 2 / n_in, (n_in, n_out))


def random_means_zero_to_one(rng, n_in, n_out):
    """Uniform from 0 to 1: all weights positive, with mean ½. The signal grows with every layer,
    and all units go the same way.
    """
    return rng.random((n_in, n_out))


repair_start = Exercise(
    id="repair_start",
    kind="debug",
    difficulty=1,
    minutes=4,
    cases=digit_cases,
    oracle=good_from_its_start,
    drive=trained_from_its_start,
    mistakes=(
        zero_is_neutral,
        any_number_but_zero_will_do,
        standard_normal_is_standard,
        tiny_is_safe,
        one_random_unit_is_enough,
        variance_is_the_spread,
        random_means_zero_to_one,
    ),
    hints=(
        "What is the gradient of a hidden unit whose outgoing weights are all 0?",
        "The units must differ, and the signal keep its size: random, with mean 0 and the right "
        "standard deviation.",
        "He: rng.normal(0, np.sqrt(2 / n_in), (n_in, n_out)).",
    ),
    insight="Zero weights in a ReLU network: the loss starts at ln k and stays there.\n"
    "Random breaks the symmetry; √(2/n_in) keeps the size of the signal.",
    atol=1e-6,
)

# repair_modes


def normed_layers(drop=0.3):
    """64-24-10 with batch norm and dropout."""
    return [nn.Dense(64, 24), nn.BatchNorm(24), nn.ReLU(), nn.Dropout(drop), nn.Dense(24, 10)]


def in_evaluation(net, X):
    """Return the logits by NumPy, with running statistics, and the mean that enters batch norm."""
    if [type(layer) for layer in net.layers] != [type(layer) for layer in normed_layers()]:
        raise Unfit("your network has other layers than that of normed: keep them")
    first, norm, _, _, last = net.layers
    z = X @ first.W + first.b
    x_hat = (z - norm.running_mean) / np.sqrt(norm.running_var + norm.eps)
    return np.maximum(norm.gamma * x_hat + norm.beta, 0) @ last.W + last.b, z.mean(axis=0)


def predictor_in_twos(answer, X_train, y_train, seed):
    """net, predict = your function. predict is judged on digits drawn afterwards: mixed, then class
    by class, two at a time; and net by what its training did to the layers.
    """
    net, predict = with_function(answer(X_train, y_train, seed))
    mean = in_evaluation(net, X_train)[1]
    away = float(np.linalg.norm(net.layers[1].running_mean - mean) / np.linalg.norm(mean))
    unused = nn.Network(normed_layers(), nn.CrossEntropy(), seed=seed).rng.bit_generator.state
    acted = net.rng.bit_generator.state != unused
    X, y = new_digits(seed)
    order = np.argsort(y, kind="stable")[::5]
    mixed, again = (labels_of(predict(X), len(X)) for _ in range(2))
    parts = np.array_split(order, len(order) // 2)
    twos = np.concatenate([labels_of(predict(X[part]), len(part)) for part in parts])
    return {
        "accuracy on mixed digits": float((mixed == y).mean()),
        "accuracy, two of a kind at a time": float((twos == y[order]).mean()),
        "answers that change when asked again": float((again != mixed).mean()),
        "answers that are not net's own": float(
            (in_evaluation(net, X)[0].argmax(axis=1) != mixed).mean()
        ),
        "distance of the running mean from the rows' mean": away,
        "dropout acted in training": acted,
    }


def good_in_any_company(X_train, y_train, seed):
    """A row's answer is its own."""
    return {
        "accuracy on mixed digits": Between(0.8),
        "accuracy, two of a kind at a time": Between(0.8),
        "answers that change when asked again": Between(0, 0),
        "answers that are not net's own": Between(0, 0.01),
        "distance of the running mean from the rows' mean": Between(0, 0.5),
        "dropout acted in training": True,
    }


def normed(X, y, seed, drop=0.3):
    """64-24-10 with batch norm and dropout, trained."""
    net = nn.Network(normed_layers(drop), nn.CrossEntropy(), seed=seed)
    nn.fit(net, X, y, nn.SGD(lr=RATE), epochs=EPOCHS, rng=seed)
    return net


def training_mode_is_the_better_one(X_train, y_train, seed):
    """It still predicts in training mode: units are dropped, and the batch's own mean and variance
    are used. net.eval() before the forward pass.
    """
    net = normed(X_train, y_train, seed)
    return net, lambda X: net.train().forward(X).argmax(axis=1)


def frozen_is_evaluation(X_train, y_train, seed):
    """You kept the running statistics from moving, and the masks' seed. The forward pass still uses
    the batch's statistics and drops units: that is the mode, not the state.
    """
    net = normed(X_train, y_train, seed)

    def predict(X):
        with net.train().frozen():
            return net.forward(X).argmax(axis=1)

    return net, predict


def only_dropout_matters(X_train, y_train, seed):
    """Dropout is off, batch norm still normalises with the batch that it is shown. Two digits of a
    kind become alike noise.
    """
    net = normed(X_train, y_train, seed)

    def predict(X):
        net.eval()
        net.layers[1].training = True
        return net.forward(X).argmax(axis=1)

    return net, predict


def only_batch_norm_matters(X_train, y_train, seed):
    """Batch norm is in order, dropout still drops: another answer each time."""
    net = normed(X_train, y_train, seed)

    def predict(X):
        net.eval()
        net.layers[3].training = True
        return net.forward(X).argmax(axis=1)

    return net, predict


def evaluation_is_always_safer(X_train, y_train, seed):
    """You trained in evaluation mode: no unit was ever dropped, and batch norm's running statistics
    stand where they began. train() while it learns, eval() while it predicts.
    """
    net = nn.Network(normed_layers(), nn.CrossEntropy(), seed=seed).eval()
    for x, y in passes(X_train, y_train, seed):
        net.value_and_grad(x, y)
        net.theta -= RATE * net.grad
    return net, net.predict


def many_masks_average_out(X_train, y_train, seed):
    """You averaged many passes in training mode. That smooths dropout; batch norm still looks at
    the other rows.
    """
    net = normed(X_train, y_train, seed)
    net.train()
    return net, lambda X: sum(net.forward(X) for _ in range(5)).argmax(axis=1)


repair_modes = Exercise(
    id="repair_modes",
    kind="debug",
    difficulty=2,
    minutes=5,
    cases=digit_cases,
    oracle=good_in_any_company,
    drive=predictor_in_twos,
    mistakes=(
        training_mode_is_the_better_one,
        frozen_is_evaluation,
        only_dropout_matters,
        only_batch_norm_matters,
        evaluation_is_always_safer,
        many_masks_average_out,
    ),
    hints=(
        "Predict the same rows twice. Then predict a row alone with one other.",
        "Two layers behave differently in training. Which two, and who tells them?",
        "return net, net.predict does it; or net.eval() before net.forward. And training, if you "
        "write it yourself, is in training mode.",
    ),
    insight="Evaluation mode: no dropout, running statistics. It turns no gradient off.\n"
    "Two tests find it: predict twice, and predict a row in other company.",
    atol=1e-6,
)

# repair_adam

BETA1, BETA2, EPS, ADAM = 0.9, 0.999, 1e-8, 0.05


def adam(X, y, seed, change=""):
    """Train with Adam written out, but for one change."""
    net = network(seed)
    m, v = np.zeros(net.theta.size), np.zeros(net.theta.size)
    for t, (x, labels) in enumerate(passes(X, y, seed), start=1):
        if change in ("both", "sign", "first"):
            m = 0 * m
        if change in ("both", "sign", "second"):
            v = 0 * v
        g = net.value_and_grad(x, labels)[1]
        m = BETA1 * m + (1 - BETA1) * g
        v = BETA2 * v + (1 - BETA2) * (g if change == "square" else g**2)
        t = {"sign": 1, "clock": 1, "bias": np.inf}.get(change, t)
        root = np.abs(v) if change == "root" else np.sqrt(np.abs(v) / (1 - BETA2**t))
        net.theta -= ADAM * m / (1 - BETA1**t) / (root + EPS)
    return net


def state_begins_anew(X_train, y_train, seed):
    """m and v still begin at 0 in every step: no average, only the sign of one noisy gradient, and
    a correction that grows with t.
    """
    return adam(X_train, y_train, seed, "both")


def only_v_is_state(X_train, y_train, seed):
    """v is kept now, m still begins at 0 in every step. Both are averages over the past."""
    return adam(X_train, y_train, seed, "first")


def only_m_is_state(X_train, y_train, seed):
    """m is kept now, v still begins at 0 in every step: one small gradient, and the step is huge.
    Both are averages over the past.
    """
    return adam(X_train, y_train, seed, "second")


def clock_stands_still(X_train, y_train, seed):
    """m and v are kept, and t is 1 at every step: the correction never fades."""
    return adam(X_train, y_train, seed, "clock")


def correction_goes_with_the_state(X_train, y_train, seed):
    """You set t to 1 as well, to fit a state that begins anew. Then each step is ADAM · sign(g):
    keep the state instead.
    """
    return adam(X_train, y_train, seed, "sign")


def root_may_be_left_out(X_train, y_train, seed):
    """You divide by v, without its root: steps grow as gradients shrink."""
    return adam(X_train, y_train, seed, "root")


def averages_need_no_correction(X_train, y_train, seed):
    """m and v are kept, and their correction is gone: v starts at 0 and rises so slowly that the
    first steps are several times too long. Divide by 1 - BETA**t, both.
    """
    return adam(X_train, y_train, seed, "bias")


def against_adam(answer, X_train, y_train, seed):
    """The network that comes back is judged on digits drawn afterwards, and its weights are held
    against those of nn.Adam(lr=ADAM) after the same batches.
    """
    net, same, optimizer = called(answer, X_train, y_train, seed), network(seed), nn.Adam(lr=ADAM)
    for x, y in passes(X_train, y_train, seed):
        optimizer.step(same.theta, same.value_and_grad(x, y)[1])
    with np.errstate(all="ignore"):
        away = float(np.linalg.norm(net.theta - same.theta) / np.linalg.norm(same.theta))
    return on_new_digits(net, seed) | {"distance from Adam's weights": away}


def good_with_adam(X_train, y_train, seed):
    """What Adam reaches, less a margin, on Adam's own path."""
    return good_on_new_digits(X_train, y_train, seed) | {
        "distance from Adam's weights": Between(0, 1e-3)
    }


repair_adam = Exercise(
    id="repair_adam",
    kind="debug",
    difficulty=2,
    minutes=6,
    cases=digit_cases,
    oracle=good_with_adam,
    drive=against_adam,
    mistakes=(
        state_begins_anew,
        only_v_is_state,
        only_m_is_state,
        clock_stands_still,
        correction_goes_with_the_state,
        root_may_be_left_out,
        averages_need_no_correction,
    ),
    hints=(
        "Print m and v after ten steps, beside the gradient.",
        "Which lines belong before the loop, and which into it?",
        "m and v are made once, before the loop; t counts the steps.",
    ),
    insight="An optimizer is state: made anew at each step, Adam is lr · sign(gradient).\n"
    "It still learns, only noisier: assert that its step count grows.",
    atol=1e-6,
)

# repair_best

WIDTHS = (10, 48, 1)


def early_cases(rng):
    """110 patients to train on, 60 to validate; standardised by the former."""
    for seed in SEEDS:
        X, y = some("diabetes", seed, 170)
        X, X_val = nn.standardise(X[:110], X[110:])
        mean, std = y[:110].mean(), y[:110].std()
        yield X, (y[:110] - mean) / std, X_val, (y[110:] - mean) / std, seed


def kept_against_reported(answer, X_train, y_train, X_val, y_val, seed):
    """net, lowest = your function: is that the loss of what came back, is it what the lowest of 40
    epochs should be, and how is the network on patients drawn afterwards?
    """
    net, lowest = pair(answer(X_train, y_train, X_val, y_val, seed))
    X_raw, y_raw = some("diabetes", seed, 170)
    _, _, X, y = pools("diabetes")
    rng = np.random.default_rng([seed, 99])
    part = rng.permutation(len(X))[:150]
    X_new = (X[part] - X_raw[:110].mean(axis=0)) / X_raw[:110].std(axis=0)
    y_new = (y[part] - y_raw[:110].mean()) / y_raw[:110].std()
    X_new = X_new + rng.normal(0, 0.01, X_new.shape)
    loss = float(((logits(net, WIDTHS, X_val) - y_val) ** 2).mean())
    honest = stopped(X_train, y_train, X_val, y_val, seed)[1]
    return {
        "validation loss beyond what was reported": loss - lowest,
        "what was reported, over what an honest run reports": lowest / honest,
        "score on new patients": score(logits(net, WIDTHS, X_new), y_new),
    }


def best_came_back(X_train, y_train, X_val, y_val, seed):
    """The same loss to the last digits; better than the mean on new patients."""
    return {
        "validation loss beyond what was reported": Between(-1e-9, 1e-9),
        "what was reported, over what an honest run reports": Between(0.7, 1.3),
        "score on new patients": Between(0.25),
    }


def untrained(seed):
    """10-48-1."""
    layers = [nn.Dense(10, 48), nn.ReLU(), nn.Dense(48, 1, init=nn.normal(0.1))]
    return nn.Network(layers, nn.MSE(), seed=seed)


def stopped(X, y, X_val, y_val, seed, keep="copy", better=lambda loss, low: loss < low):
    """Train for 40 epochs and bring weights back, in one of many ways."""
    net, optimizer = untrained(seed), nn.SGD(lr=0.03, momentum=0.8)
    best, lowest = net.theta.copy(), np.inf if better(0, 1) else -np.inf
    for epoch in range(40):
        nn.fit(net, X, y, optimizer, epochs=1, rng=epoch)
        loss = net.evaluate(X_val, y_val)
        if better(loss, lowest):
            best, lowest = net.theta.copy() if keep == "copy" else net.theta, loss
    net.theta[:] = best
    return net, loss if keep == "last" else lowest


def name_is_a_copy(X_train, y_train, X_val, y_val, seed):
    """The last epoch's weights come back, under the best epoch's number. Either best is another
    name for net.theta, or it was never written into net.theta[:].
    """
    return stopped(X_train, y_train, X_val, y_val, seed, "reference")


def first_weights_are_kept(X_train, y_train, X_val, y_val, seed):
    """The weights from before the training come back: best is copied once, and not renewed when the
    loss falls.
    """
    net, lowest = stopped(X_train, y_train, X_val, y_val, seed)
    net.theta[:] = untrained(seed).theta
    return net, lowest


def training_loss_decides(X_train, y_train, X_val, y_val, seed):
    """You compare training losses. Those fall to the end: the last weights look best, and are the
    most over-fitted.
    """
    return stopped(X_train, y_train, X_train, y_train, seed)


def last_loss_is_reported(X_train, y_train, X_val, y_val, seed):
    """Report and weights agree now, and both are those of the last epoch. Wanted is the best."""
    return stopped(X_train, y_train, X_val, y_val, seed, "last")


def highest_is_best(X_train, y_train, X_val, y_val, seed):
    """You keep the epoch with the *highest* validation loss: the comparison is the wrong way
    round.
    """
    return stopped(X_train, y_train, X_val, y_val, seed, better=lambda loss, high: loss > high)


def validation_joins_training(X_train, y_train, X_val, y_val, seed):
    """Your network was trained on the validation rows too: their loss falls far below what is
    honest. They are for choosing the epoch.
    """
    X, y = np.vstack([X_train, X_val]), np.vstack([y_train, y_val])
    return stopped(X, y, X_val, y_val, seed)


repair_best = Exercise(
    id="repair_best",
    kind="debug",
    difficulty=2,
    minutes=5,
    cases=early_cases,
    oracle=best_came_back,
    drive=kept_against_reported,
    mistakes=(
        name_is_a_copy,
        first_weights_are_kept,
        training_loss_decides,
        last_loss_is_reported,
        highest_is_best,
        validation_joins_training,
    ),
    hints=(
        "Evaluate the network that came back on the validation data. Is it the reported loss?",
        "How many arrays are there, and how many names?",
        "best = net.theta.copy(), and at the end net.theta[:] = best, into the array itself.",
    ),
    insight="best = net.theta copies nothing: it names the array that training goes on changing.\n"
    "Evaluate what you hand out, not what you logged.",
    atol=1e-6,
)
