"""Runs whose data are wrong, judged on data that is right."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

import nnlib as nn
from nnlab.checks.chapter15.losses import good_on_new_digits, net_on_new_digits
from nnlab.checks.chapter15.shared import (
    EPOCHS,
    RATE,
    SEEDS,
    SIZE,
    logits,
    network,
    pair,
    pools,
    some,
    with_function,
)
from nnlab.checks.compare import Between
from nnlab.checks.guard import Unfit
from nnlab.checks.spec import Exercise

# repair_pairs


def sorted_cases(rng):
    """320 digits, sorted by class as some files are."""
    for seed in SEEDS:
        X, y = some("digits", seed, 320)
        order = np.argsort(y, kind="stable")
        yield X[order], y[order], seed


def in_orders(X, y, seed, orders):
    """Train in epochs whose rows and labels stand in orders(rng, m)."""
    net, rng = network(seed), np.random.default_rng(seed)
    for _ in range(EPOCHS):
        rows, labels = orders(rng, len(X))
        for start in range(0, len(X), SIZE):
            part = slice(start, start + SIZE)
            net.value_and_grad(X[rows][part], y[labels][part])
            net.theta -= RATE * net.grad
    return net


def labels_follow_their_rows(X_train, y_train, seed):
    """The rows are shuffled and the labels stay: every pair is torn. One order for both."""
    return in_orders(X_train, y_train, seed, lambda rng, m: (rng.permutation(m), np.arange(m)))


def network_trains_itself(X_train, y_train, seed):
    """The network comes back as it was made: it has not been trained."""
    return network(seed)


def only_labels_need_shuffling(X_train, y_train, seed):
    """Now the labels are shuffled and the rows stay: the pairs are torn as before."""
    return in_orders(X_train, y_train, seed, lambda rng, m: (np.arange(m), rng.permutation(m)))


def shuffling_was_the_bug(X_train, y_train, seed):
    """The pairs are whole again, and nothing is shuffled. The file is sorted by class: ten batches
    of one digit after the other, and the network knows the last one best.
    """
    return in_orders(X_train, y_train, seed, lambda rng, m: (np.arange(m), np.arange(m)))


def each_gets_its_own_order(X_train, y_train, seed):
    """You drew two permutations, one for the rows and another for the labels. Draw one, and use it
    twice.
    """
    return in_orders(
        X_train, y_train, seed, lambda rng, m: (rng.permutation(m), rng.permutation(m))
    )


def labels_go_back(X_train, y_train, seed):
    """Your labels stand in the inverse of the rows' order. X[order] goes with y[order], not with
    y[np.argsort(order)].
    """

    def orders(rng, m):
        order = rng.permutation(m)
        return order, np.argsort(order)

    return in_orders(X_train, y_train, seed, orders)


repair_pairs = Exercise(
    id="repair_pairs",
    kind="debug",
    difficulty=1,
    minutes=4,
    cases=sorted_cases,
    oracle=good_on_new_digits,
    drive=net_on_new_digits,
    mistakes=(
        labels_follow_their_rows,
        network_trains_itself,
        only_labels_need_shuffling,
        shuffling_was_the_bug,
        each_gets_its_own_order,
        labels_go_back,
    ),
    hints=(
        "Print the first rows of a batch as pictures, with their labels above.",
        "Follow one row and its label from the arguments into the batch. Where do they part?",
        "y_train[order] beside X_train[order]. Leaving the shuffle out is no cure: look at "
        "y_train.",
    ),
    insight="Shuffle rows and labels with one permutation; print a batch as the network gets it.\n"
    "Torn pairs can be learnt by heart: overfitting one batch does not find them.",
    atol=1e-6,
)

# repair_scaling


def patient_cases(rng):
    """240 breast masses each, in raw units."""
    for seed in SEEDS:
        yield *some("cancer", seed, 240), seed


def prepared_new_patients(answer, X_train, y_train, seed):
    """net, prepare = your function; net.predict(prepare(X)) is judged on raw rows drawn afterwards:
    all at once, and each alone.
    """
    net, prepare = with_function(answer(X_train, y_train, seed))

    def predict(X):
        rows = np.asarray(prepare(X))
        if rows.shape != X.shape:
            raise Unfit(f"prepare makes shape {rows.shape} of {X.shape}")
        return np.ravel(net.predict(rows))

    _, _, X, y = pools("cancer")
    rng = np.random.default_rng([seed, 99])
    part = rng.permutation(len(X))[:150]
    X, y = X[part] * rng.normal(1, 0.005, (150, 30)), y[part].ravel()
    with np.errstate(all="ignore"):
        together = predict(X)
        alone = np.concatenate([predict(X[i : i + 1]) for i in range(50)])
    return {
        "accuracy, all at once": float((together == y).mean()),
        "accuracy, one by one": float((alone == y[:50]).mean()),
    }


def good_on_patients(X_train, y_train, seed):
    """The constant answer reaches 0.63."""
    return {"accuracy, all at once": Between(0.9), "accuracy, one by one": Between(0.85)}


def classifier(X, y, seed):
    """30-8-1, trained on what it gets."""
    layers = [nn.Dense(30, 8), nn.ReLU(), nn.Dense(8, 1)]
    net = nn.Network(layers, nn.LogLoss(), seed=seed)
    nn.fit(net, X, y, nn.SGD(lr=0.2), epochs=EPOCHS, rng=seed)
    return net


def network_finds_the_scale(X_train, y_train, seed):
    """Everybody gets the same answer: what goes in still has one column hundreds of times larger
    than another, and the first steps throw the weights away.
    """
    return classifier(X_train, y_train, seed), lambda X: X


def prediction_needs_no_scaling(X_train, y_train, seed):
    """You scaled the training rows, and prepare leaves new ones raw: other units than the network
    was trained on. Scaling is part of the model.
    """
    return classifier(nn.standardise(X_train)[0], y_train, seed), lambda X: X


def each_set_scales_itself(X_train, y_train, seed):
    """prepare scales with the mean and deviation of the rows it is given. One row alone becomes all
    zeros. Keep the training part's numbers.
    """
    net = classifier(nn.standardise(X_train)[0], y_train, seed)
    return net, lambda X: (X - X.mean(axis=0)) / np.maximum(X.std(axis=0), 1e-9)


def centring_is_enough(X_train, y_train, seed):
    """You took the means away, and the spreads stayed: from thousandths to hundreds. Divide too."""
    mean = X_train.mean(axis=0)
    return classifier(X_train - mean, y_train, seed), lambda X: X - mean


def one_scale_fits_all_columns(X_train, y_train, seed):
    """One mean and one deviation for the whole table: the large columns set them, and the small
    ones vanish. Each column has its own.
    """
    mean, std = X_train.mean(), X_train.std()
    net = classifier((X_train - mean) / std, y_train, seed)
    return net, lambda X: (X - mean) / std


def rows_are_scaled(X_train, y_train, seed):
    """You standardised each row, over its measurements. The units belong to the columns."""

    def scaled(X):
        return (X - X.mean(axis=1, keepdims=True)) / X.std(axis=1, keepdims=True)

    return classifier(scaled(X_train), y_train, seed), scaled


repair_scaling = Exercise(
    id="repair_scaling",
    kind="debug",
    difficulty=2,
    minutes=6,
    cases=patient_cases,
    oracle=good_on_patients,
    drive=prepared_new_patients,
    mistakes=(
        network_finds_the_scale,
        prediction_needs_no_scaling,
        each_set_scales_itself,
        centring_is_enough,
        one_scale_fits_all_columns,
        rows_are_scaled,
    ),
    hints=(
        "Look at the first loss, and at X_train.std(axis=0).",
        "Standardise the columns. And then: which rows will prepare be given?",
        "mean, std = X_train.mean(axis=0), X_train.std(axis=0); prepare scales any rows with these "
        "two.",
    ),
    insight="Scaling is part of the model: the training part's mean and deviation, for ever.\n"
    "Statistics of the rows to be predicted fail as soon as one patient comes alone.",
    atol=1e-6,
)

# repair_split

COPIES, WIDE = 3, 64
SHARES = (1 / 3, 0.0, 1 / 2)  # of labels that are drawn at random, by seed


def noisy_cases(rng):
    """480 digits each, of whose labels a third, none, or a half is drawn at random."""
    for seed in SEEDS:
        X, y = some("digits", seed, 480)
        yield X, noisy(y, SHARES[seed], np.random.default_rng([seed, 9])), seed


def noisy(y, share, rng):
    """Draw a share of the labels at random."""
    return np.where(rng.random(len(y)) < share, rng.integers(0, 10, len(y)), y)


def report_against_new_digits(answer, table, labels, seed):
    """net, reported = your function; both are held against digits drawn afterwards, whose labels
    are as noisy.
    """
    net, reported = pair(answer(table, labels, seed))
    if reported > 1:
        raise Unfit(f"your report is {reported:.3g}; an accuracy is a share from 0 to 1")
    _, _, X, y = pools("digits")
    rng = np.random.default_rng([seed, 99])
    part = rng.permutation(len(X))[:600]
    X, y = X[part] + rng.normal(0, 0.03, (len(part), 64)), noisy(y[part], SHARES[seed], rng)
    later = float((logits(net, (64, WIDE, 10), X).argmax(axis=1) == y).mean())
    return {"accuracy on new digits": later, "reported too much": reported - later}


def honest_report(table, labels, seed):
    """With 120 validation rows a report has a standard error of 0.05: four of them."""
    least = (0.35, 0.8, 0.2)[seed]
    return {"accuracy on new digits": Between(least), "reported too much": Between(-0.2, 0.2)}


def wide(X, y, seed):
    """64-64-10, trained until it knows its rows by heart."""
    layers = [nn.Dense(64, WIDE), nn.ReLU(), nn.Dense(WIDE, 10)]
    net = nn.Network(layers, nn.CrossEntropy(), seed=seed)
    nn.fit(net, X, y, nn.SGD(lr=0.1, momentum=0.9), epochs=20, rng=seed)
    return net


def accuracy(net, X, y):
    """Share of right labels."""
    return float((net.predict(X) == y).mean())


def order_of(m, seed):
    """One order of m rows; its first quarter is for validation."""
    return np.random.default_rng(seed).permutation(m)


@lru_cache(maxsize=len(SEEDS))  # three mistakes share this training
def leaked(table, labels, seed):
    """Enlarge and then split, given the arrays' bytes; return the network and the part held out."""
    X = np.repeat(np.frombuffer(table).reshape(-1, 64), COPIES, axis=0)
    y = np.repeat(np.frombuffer(labels, dtype=int), COPIES)
    order = order_of(len(X), seed)
    val, train = np.split(order, [len(order) // 4])
    return wide(X[train], y[train], seed), X, y, val


def copies_are_new_rows(table, labels, seed):
    """The table is still enlarged before it is split: nearly each validation row has a copy in
    training, and the network knows it by heart.
    """
    net, X, y, val = leaked(table.tobytes(), labels.astype(int).tobytes(), seed)
    return net, accuracy(net, X[val], y[val])


def duplicates_within_validation_are_the_trouble(table, labels, seed):
    """You removed copies within the validation part. The trouble are its copies in *training*."""
    net, X, y, val = leaked(table.tobytes(), labels.astype(int).tobytes(), seed)
    _, first = np.unique(val // COPIES, return_index=True)
    return net, accuracy(net, X[val[first]], y[val[first]])


def training_accuracy_is_a_report(table, labels, seed):
    """You report the accuracy on the rows of the training part. It tells how much was memorised."""
    order = order_of(len(table), seed)
    train = np.repeat(order[len(order) // 4 :], COPIES)
    net = wide(table[train], labels[train], seed)
    return net, accuracy(net, table[train], labels[train])


def all_rows_make_it_better(table, labels, seed):
    """The network is trained on all rows, validation too. It may be better for it; your report
    isn't one.
    """
    val = order_of(len(table), seed)[: len(table) // 4]
    everything = np.repeat(np.arange(len(table)), COPIES)
    net = wide(table[everything], labels[everything], seed)
    return net, accuracy(net, table[val], labels[val])


def cautious_discount(table, labels, seed):
    """You trained and validated as before, and reported half of it. A guess isn't a measurement:
    split first.
    """
    net, reported = copies_are_new_rows(table, labels, seed)
    return net, reported / 2


repair_split = Exercise(
    id="repair_split",
    kind="debug",
    difficulty=2,
    minutes=7,
    cases=noisy_cases,
    oracle=honest_report,
    drive=report_against_new_digits,
    mistakes=(
        copies_are_new_rows,
        duplicates_within_validation_are_the_trouble,
        training_accuracy_is_a_report,
        all_rows_make_it_better,
        cautious_discount,
    ),
    hints=(
        "A third of the labels is random: which accuracy is the most that an honest report can "
        "show?",
        "How many validation rows have a copy among the training rows?",
        "Split the rows of `table` first; then np.repeat the training part alone.",
    ),
    insight="Split first; copy, balance and augment within the training part only.\n"
    "A leak shows in no curve: validation is as good as training, and later data are not.",
    atol=1e-6,
)
