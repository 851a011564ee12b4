"""Chapter 11, the training loop: the exercises of solutions/11_training_loop.ipynb.

Truth comes from slopes by a complex step, from the definition of each stopping rule looked up
epoch by epoch, from patients counted one by one, and from loops that are walked in fractions.
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from nnlab.checks.oracles import dense, relu, slopes, softplus
from nnlab.checks.spec import Exercise, draw

# train_network


def training_cases(rng):
    """A smaller last batch, one example, the full batch, a unit that is exactly 0."""
    for m, n, h, lr, batch_size, epochs in (
        (5, 3, 2, 0.1, 2, 2),
        (1, 2, 3, 0.2, 1, 3),
        (4, 2, 3, 0.1, 4, 3),
        (3, 2, 4, 0.3, 5, 2),
    ):
        X, y = draw(rng, m, n), (np.arange(m) % 2.0)[:, None]
        W1, b1, W2, b2 = draw(rng, n, h), draw(rng, h), draw(rng, h, 1), draw(rng, 1)
        if m == 4:
            X[0], b1[0] = 0.0, 0.0
        yield X, y, W1 / 2, b1 / 2, W2 / 2, b2 / 2, lr, batch_size, epochs


def trained_by_complex_step(X, y, W1, b1, W2, b2, lr, batch_size, epochs):
    """Each batch's mean of log(1 + e^z) - y z in loops over examples, and its slopes."""
    theta = (W1, b1, W2, b2)
    for _ in range(epochs):
        rest = list(range(len(X)))
        while rest:
            part, rest = rest[:batch_size], rest[batch_size:]

            def loss(W1, b1, W2, b2, part=part):
                z = dense([[relu(t) for t in row] for row in dense(X[part], W1, b1)], W2, b2)
                pairs = zip(z, y[part], strict=True)
                return sum(softplus(u) - t * u for (u,), (t,) in pairs) / len(part)

            theta = tuple(p - lr * g for p, g in zip(theta, slopes(loss, *theta), strict=True))
    return theta


def trained(data, theta, lr, batch_size, epochs, change="", sign=-1):
    """Train as asked, but for one change."""
    X, y = data
    W1, b1, W2, b2 = theta
    for _ in range(epochs):
        for start in range(0, len(X), batch_size):
            x, t = X[start : start + batch_size], y[start : start + batch_size]
            if change == "drops" and len(x) < batch_size:
                continue
            z1 = x @ W1 + b1
            a1 = np.maximum(z1, 0)
            z2 = a1 @ W2 + b2
            p = 1 / (1 + np.exp(-z2))
            guess = {"logit": z2, "label": p > 0.5}.get(change, p)
            dz2 = (guess - t) / {"sums": 1, "all": len(X), "size": batch_size}.get(change, len(x))
            if change in ("residual", "squared"):
                dz2 = dz2 * p * (1 - p) * (2 if change == "squared" else 1)
            again = len(x) if change == "again" else 1
            dW2, db2 = a1.T @ dz2, dz2.sum(axis=0) / again
            if change == "early":
                W2 = W2 - lr * dW2
            dz1 = dz2 @ W2.T * {"open": 1, "corner": z1 >= 0, "value": a1}.get(change, z1 > 0)
            if change != "early":
                W2 = W2 + sign * lr * dW2
            W1 = W1 + sign * lr * (x.T @ dz1)
            if change != "biases":
                b1, b2 = b1 + sign * lr * dz1.sum(axis=0) / again, b2 + sign * lr * db2
            if change == "one":
                return W1, b1, W2, b2
    return W1, b1, W2, b2


def one_pass_is_enough(X, y, W1, b1, W2, b2, lr, batch_size, epochs):
    """You went through the data once. An epoch is one pass; there are `epochs` of them, and the
    second goes on from where the first has ended.
    """
    return trained((X, y), (W1, b1, W2, b2), lr, batch_size, 1)


def each_epoch_is_one_step(X, y, W1, b1, W2, b2, lr, batch_size, epochs):
    """You took one step an epoch, with all examples at once. Each batch gets a step of its own."""
    return trained((X, y), (W1, b1, W2, b2), lr, len(X), epochs)


def small_batches_are_dropped(X, y, W1, b1, W2, b2, lr, batch_size, epochs):
    """You left out the last batch where it is smaller than the others. Here it counts: divide by
    the number of examples that it has.
    """
    return trained((X, y), (W1, b1, W2, b2), lr, batch_size, epochs, "drops")


def loss_is_a_sum(X, y, W1, b1, W2, b2, lr, batch_size, epochs):
    """Your gradient is that of the sum over the batch. The loss is a mean: the 1/m belongs in
    dz2, once.
    """
    return trained((X, y), (W1, b1, W2, b2), lr, batch_size, epochs, "sums")


def batches_share_all_examples(X, y, W1, b1, W2, b2, lr, batch_size, epochs):
    """You divided by the number of all examples. A step's loss is the mean over its own batch."""
    return trained((X, y), (W1, b1, W2, b2), lr, batch_size, epochs, "all")


def batches_are_always_full(X, y, W1, b1, W2, b2, lr, batch_size, epochs):
    """You divided by `batch_size`, where fewer examples are left too. Divide by len(x), the number
    that the batch has.
    """
    return trained((X, y), (W1, b1, W2, b2), lr, batch_size, epochs, "size")


def biases_are_averaged_again(X, y, W1, b1, W2, b2, lr, batch_size, epochs):
    """You took the mean for your biases' gradients. dz2 carries the 1/m already: db is the sum."""
    return trained((X, y), (W1, b1, W2, b2), lr, batch_size, epochs, "again")


def return_stands_in_the_loop(X, y, W1, b1, W2, b2, lr, batch_size, epochs):
    """You took one step in all. Does your return stand inside the loops? It belongs after both."""
    return trained((X, y), (W1, b1, W2, b2), lr, batch_size, epochs, "one")


def second_layer_moves_first(X, y, W1, b1, W2, b2, lr, batch_size, epochs):
    """W2 had moved before you used it in the backward pass. First all gradients, at the weights of
    the forward pass; then all updates.
    """
    return trained((X, y), (W1, b1, W2, b2), lr, batch_size, epochs, "early")


def gradient_points_downhill(X, y, W1, b1, W2, b2, lr, batch_size, epochs):
    """You added the gradient. It points uphill: parameters lose lr times their gradient."""
    return trained((X, y), (W1, b1, W2, b2), lr, batch_size, epochs, sign=1)


def biases_need_no_training(X, y, W1, b1, W2, b2, lr, batch_size, epochs):
    """Your biases stay where they were. They are parameters too: db is dz summed over the batch."""
    return trained((X, y), (W1, b1, W2, b2), lr, batch_size, epochs, "biases")


def relu_lets_everything_back(X, y, W1, b1, W2, b2, lr, batch_size, epochs):
    """Your backward pass forgets the ReLU. Where z1 <= 0 nothing goes back: times (z1 > 0)."""
    return trained((X, y), (W1, b1, W2, b2), lr, batch_size, epochs, "open")


def relu_multiplies_by_its_value(X, y, W1, b1, W2, b2, lr, batch_size, epochs):
    """You multiplied by a1 on the way back. ReLU's slope is 1 or 0, not its value: (z1 > 0)."""
    return trained((X, y), (W1, b1, W2, b2), lr, batch_size, epochs, "value")


def corner_lets_back(X, y, W1, b1, W2, b2, lr, batch_size, epochs):
    """Right but for a unit at exactly 0: there the slope counts as 0, z1 > 0 and not z1 >= 0."""
    return trained((X, y), (W1, b1, W2, b2), lr, batch_size, epochs, "corner")


def logit_is_the_prediction(X, y, W1, b1, W2, b2, lr, batch_size, epochs):
    """You took the logit for the prediction: z2 - y. The log loss compares p = σ(z2) with y."""
    return trained((X, y), (W1, b1, W2, b2), lr, batch_size, epochs, "logit")


def prediction_is_zero_or_one(X, y, W1, b1, W2, b2, lr, batch_size, epochs):
    """You rounded p to 0 or 1 before the loss. The loss, and so dz2, needs the probability."""
    return trained((X, y), (W1, b1, W2, b2), lr, batch_size, epochs, "label")


def loss_is_squared(X, y, W1, b1, W2, b2, lr, batch_size, epochs):
    """Your dz2 is that of the squared error, 2 (p - y) p (1 - p)/m. Asked is the log loss, whose
    dz2 is (p - y)/m.
    """
    return trained((X, y), (W1, b1, W2, b2), lr, batch_size, epochs, "squared")


def sigmoid_slope_stays(X, y, W1, b1, W2, b2, lr, batch_size, epochs):
    """You multiplied by p (1 - p). For the log loss that slope cancels: dz2 is (p - y)/m."""
    return trained((X, y), (W1, b1, W2, b2), lr, batch_size, epochs, "residual")


train_network = Exercise(
    id="train_network",
    kind="code",
    difficulty=3,
    minutes=15,
    cases=training_cases,
    oracle=trained_by_complex_step,
    returns=("W1", "b1", "W2", "b2"),
    mistakes=(
        one_pass_is_enough,
        each_epoch_is_one_step,
        small_batches_are_dropped,
        loss_is_a_sum,
        batches_share_all_examples,
        batches_are_always_full,
        biases_are_averaged_again,
        return_stands_in_the_loop,
        second_layer_moves_first,
        gradient_points_downhill,
        biases_need_no_training,
        relu_lets_everything_back,
        relu_multiplies_by_its_value,
        corner_lets_back,
        logit_is_the_prediction,
        prediction_is_zero_or_one,
        loss_is_squared,
        sigmoid_slope_stays,
    ),
    hints=(
        "Two loops, one in the other: over epochs, and over the starts of batches. Inside: "
        "forward, backward, update. The value of the loss isn't needed for the gradient.",
        "x = X[start : start + batch_size]; dz2 = (p - t)/len(x); dW2 = a1.T @ dz2.",
        "dz1 = (dz2 @ W2.T) * (z1 > 0), dW1 = x.T @ dz1, the biases' gradients are sums over "
        "axis 0. Then W1 = W1 - lr * dW1 and so on, which leaves the caller's arrays alone.",
    ),
    insight="Forward, loss, backward, update, repeat: all gradients first, then all updates.\n"
    "The loss is the mean over the batch, so the last, smaller batch divides by its own size.",
)

# kept_epoch


def stopping_cases(rng):
    """A late minimum out of reach, ties, ups and downs, a curve that falls to the end."""
    yield [0.9, 0.6, 0.5, 0.7, 0.55, 0.6, 0.58, 0.2, 0.3, 0.4, 0.35], 2
    yield [0.8, 0.4, 0.4, 0.4, 0.3], 2
    yield [0.8, 0.4, 0.4, 0.4, 0.3], 3
    yield [0.5, 0.9, 0.7, 0.8, 0.6, 0.1], 4
    yield [0.9, 0.7, 0.8, 0.6, 0.65, 0.5, 0.55, 0.4], 2
    yield [2.7, 1.8, 2.1, 1.9, 1.5], 3
    yield [0.7, 0.8, 0.1], 1
    yield [0.9, 0.8, 0.7], 1
    yield [0.7], 3


def stopped_by_definition(val_losses, patience):
    """Look at each epoch's whole past: where was its lowest loss, and how long ago?"""
    for epoch in range(1, len(val_losses) + 1):
        past = val_losses[:epoch]
        best = past.index(min(past)) + 1
        if epoch == best + patience:
            return best, epoch
    return best, epoch


def stopped(val_losses, patience, better=lambda loss, low: loss < low):
    """Walk along the losses; return the best epoch and the last one."""
    best, low, epoch = 0, math.inf, 0
    for epoch, loss in enumerate(val_losses, start=1):
        if better(loss, low):
            best, low = epoch, loss
        if epoch - best >= patience:
            break
    return best, epoch


def lowest_of_the_whole_curve(val_losses, patience):
    """You looked at epochs after the stop. They were never trained: only what came before it
    can be the best.
    """
    return val_losses.index(min(val_losses)) + 1, stopped(val_losses, patience)[1]


def training_never_stops(val_losses, patience):
    """You never stop: all losses are gone through, whatever `patience` says."""
    return val_losses.index(min(val_losses)) + 1, len(val_losses)


def minimum_is_known_beforehand(val_losses, patience):
    """You looked for the lowest loss first, and counted from there. While it trains nobody knows
    what is to come: go from epoch to epoch, with the lowest *so far*.
    """
    best = val_losses.index(min(val_losses)) + 1
    return best, min(best + patience, len(val_losses))


def patience_ends_one_later(val_losses, patience):
    """You stop one epoch too late: after `patience` epochs without a new best, not after one
    more.
    """
    return stopped(val_losses, patience + 1)


def last_weights_come_back(val_losses, patience):
    """You keep the last epoch's weights. These had `patience` epochs to get worse; the best
    epoch's come back.
    """
    return (stopped(val_losses, patience)[1],) * 2


def equal_counts_as_better(val_losses, patience):
    """An equal loss starts your patience anew. Asked is a loss that has *fallen*: strictly less."""
    return stopped(val_losses, patience, lambda loss, low: loss <= low)


def each_loss_is_held_against_the_last(val_losses, patience):
    """You compare a loss with the one before it. A small fall after a rise is no new best: compare
    with the lowest so far.
    """
    best, bad, epoch, low = 1, 0, 1, val_losses[0]
    for epoch in range(2, len(val_losses) + 1):
        loss = val_losses[epoch - 1]
        bad = 0 if loss < val_losses[epoch - 2] else bad + 1
        if loss < low:
            best, low = epoch, loss
        if bad >= patience:
            break
    return best, epoch


def patience_never_starts_anew(val_losses, patience):
    """You add up all epochs without a new best. A new best sets the count back to 0."""
    best, bad, epoch, low = 0, 0, 0, math.inf
    for epoch, loss in enumerate(val_losses, start=1):
        if loss < low:
            best, low = epoch, loss
        else:
            bad += 1
        if bad >= patience:
            break
    return best, epoch


def epochs_count_from_zero(val_losses, patience):
    """Right, but counted from 0. Here the first epoch is epoch 1."""
    best, epoch = stopped(val_losses, patience)
    return best - 1, epoch - 1


def best_counts_from_zero(val_losses, patience):
    """Your last epoch is right, your best one is an index: it counts from 0. Here the first epoch
    is epoch 1.
    """
    best, epoch = stopped(val_losses, patience)
    return best - 1, epoch


def best_lies_patience_back(val_losses, patience):
    """You took the last epoch minus `patience` for the best. That holds after a stop only; at the
    end of the list the best may be nearer. Remember it when you see it.
    """
    _, epoch = stopped(val_losses, patience)
    return epoch - patience, epoch


def any_rise_ends_it(val_losses, patience):
    """You stop at the first loss that hasn't fallen. `patience` epochs in a row are needed."""
    best, epoch = stopped(val_losses, 1)
    return best, epoch


def loss_comes_back(val_losses, patience):
    """You return the lowest loss. Asked is its epoch: 1 for the first."""
    best, epoch = stopped(val_losses, patience)
    return val_losses[best - 1], epoch


kept_epoch = Exercise(
    id="kept_epoch",
    kind="code",
    difficulty=2,
    minutes=6,
    cases=stopping_cases,
    oracle=stopped_by_definition,
    returns=("best", "last"),
    mistakes=(
        lowest_of_the_whole_curve,
        training_never_stops,
        minimum_is_known_beforehand,
        patience_ends_one_later,
        last_weights_come_back,
        equal_counts_as_better,
        each_loss_is_held_against_the_last,
        patience_never_starts_anew,
        epochs_count_from_zero,
        best_counts_from_zero,
        best_lies_patience_back,
        any_rise_ends_it,
        loss_comes_back,
    ),
    hints=(
        "Walk along the losses and remember two things: the lowest so far, and its epoch.",
        "A loss below the lowest: remember it. Otherwise ask how many epochs ago the best was.",
        "for epoch, loss in enumerate(val_losses, start=1): a new best, or a break as soon as "
        "epoch - best >= patience. Return best and epoch.",
    ),
    insight="Early stopping compares with the best so far, and brings the best weights back.\n"
    "It uses the validation data to choose, so their loss is no longer an unbiased report.",
)

# interval_by_hand


def interval_from_the_variance():
    """Each answer is 1 or 0, with variance p (1 - p); the mean of n has that over n."""
    answers = [1] * 380 + [0] * 20
    mean = sum(answers) / 400
    variance = sum((a - mean) ** 2 for a in answers) / 400
    n = 1
    while 1.96 * math.sqrt(variance / n) > 0.01:
        n += 1
    return {"half_width": 1.96 * math.sqrt(variance / 400), "examples": n}


def one_standard_error_is_enough():
    """You left out the 1.96. One standard error to each side holds 68 %, not 95 %."""
    return {"half_width": math.sqrt(0.95 * 0.05 / 400), "examples": 475}


def variance_is_the_spread():
    """The root is missing. p (1 - p)/n is a variance; the interval is made of its root."""
    return {"half_width": 1.96 * 0.95 * 0.05 / 400, "examples": 10}


def width_reaches_both_ways():
    """You gave the whole width. Half of it is what stands after the ±."""
    return {"half_width": 3.92 * math.sqrt(0.95 * 0.05 / 400), "examples": 7300}


def width_falls_like_one_over_n():
    """Your `examples` takes the width to fall like 1/n. It falls like 1/√n: half the width costs
    four times as many examples.
    """
    return interval_from_the_variance() | {"examples": 855}


def any_accuracy_is_a_coin():
    """You used p = 1/2, the worst case. For 95 % accuracy p (1 - p) is 0.0475, not 0.25."""
    return {"half_width": 1.96 * 0.5 / 20, "examples": 9604}


def only_the_errors_count():
    """You divided by the 20 errors. n is the number of test examples, right and wrong."""
    return interval_from_the_variance() | {"half_width": 1.96 * math.sqrt(0.95 * 0.05 / 20)}


def two_is_near_enough():
    """You took 2 for 1.96. The rule of thumb is fine aloud; here four decimals are asked."""
    return {"half_width": 2 * math.sqrt(0.95 * 0.05 / 400), "examples": 1900}


def interval_is_for_ninety():
    """You took 1.645, which belongs to 90 %. 95 % leaves 2.5 % on each side: 1.96."""
    return {"half_width": 1.645 * math.sqrt(0.95 * 0.05 / 400), "examples": 1286}


def n_stays_outside_the_root():
    """Your n isn't under the root. The variance of a mean is p (1 - p)/n, so the root takes n in:
    the width falls like 1/√n.
    """
    return {"half_width": 1.96 * math.sqrt(0.95 * 0.05) / 400, "examples": 43}


def share_is_in_percent():
    """Your half width is in percentage points. Asked is the share, a hundredth of that."""
    known = interval_from_the_variance()
    return known | {"half_width": 100 * known["half_width"]}


interval_by_hand = Exercise(
    id="interval_by_hand",
    kind="compute",
    difficulty=1,
    minutes=4,
    oracle=interval_from_the_variance,
    mistakes=(
        one_standard_error_is_enough,
        variance_is_the_spread,
        width_reaches_both_ways,
        width_falls_like_one_over_n,
        any_accuracy_is_a_coin,
        only_the_errors_count,
        two_is_near_enough,
        interval_is_for_ninety,
        n_stays_outside_the_root,
        share_is_in_percent,
    ),
    hints=(
        "The accuracy is a mean of 400 numbers that are 0 or 1, with variance p (1 - p).",
        "The half width is 1.96 √(p (1 - p)/n), with p = 0.95.",
        "Put 0.01 in place of the half width and solve for n: 1.96² p (1 - p)/0.01².",
    ),
    insight="95 % ± 2 points on 400 examples: the half width is 1.96 √(p (1 - p)/n).\n"
    "Half the width costs four times the examples; near 0 or 1 take Wilson's interval.",
    rtol=0.002,
)

# repair_leak


def split_cases(rng):
    """Columns of different places and spreads; one validation row, and several."""
    for m, n, n_val in ((6, 2, 2), (7, 3, 3), (5, 4, 1)):
        table = draw(rng, m, n) * np.arange(1, n + 1) + 10.0 * np.arange(n)
        yield table, rng.integers(0, 10, m), rng.permutation(m), n_val


def split_by_loops(table, labels, order, n_val):
    """Column by column, with the mean and the spread of the training rows."""
    val, train = [int(i) for i in order[:n_val]], [int(i) for i in order[n_val:]]
    scaled = np.zeros(table.shape)
    for j in range(table.shape[1]):
        known = [float(table[i, j]) for i in train]
        mean = sum(known) / len(known)
        spread = math.sqrt(sum((x - mean) ** 2 for x in known) / len(known))
        for i in range(len(table)):
            scaled[i, j] = (float(table[i, j]) - mean) / spread
    return scaled[train], labels[train], scaled[val], labels[val]


def prepared(table, labels, order, n_val, seen=None, axis=0):
    """Split, and scale both parts by the rows in `seen`."""
    val, train = order[:n_val], order[n_val:]
    known = table[train if seen is None else seen]
    scaled = (table - known.mean(axis=axis)) / known.std(axis=axis)
    return scaled[train], labels[train], scaled[val], labels[val]


def scaling_comes_before_the_split(table, labels, order, n_val):
    """Mean and standard deviation still come from all rows: the validation rows have a say in how
    the training data is scaled. Split first, then take both from the training rows.
    """
    return prepared(table, labels, order, n_val, seen=order)


def each_part_has_its_own_scale(table, labels, order, n_val):
    """You scaled the validation rows by their own mean and spread. Then the same patient gets other
    numbers in training and in validation: use the training part's for both.
    """
    X_train, y_train, _, y_val = prepared(table, labels, order, n_val)
    part = table[order[:n_val]]
    spread = part.std(axis=0)
    return X_train, y_train, (part - part.mean(axis=0)) / np.where(spread > 0, spread, 1), y_val


def validation_needs_no_scaling(table, labels, order, n_val):
    """Your validation rows aren't scaled. The network has learned scaled inputs: they need the same
    mean and spread taken off.
    """
    X_train, y_train, _, y_val = prepared(table, labels, order, n_val)
    return X_train, y_train, table[order[:n_val]], y_val


def columns_share_one_scale(table, labels, order, n_val):
    """You took one mean over the whole table. Each column has its own unit: axis=0."""
    return prepared(table, labels, order, n_val, axis=None)


def spread_divides_by_one_less(table, labels, order, n_val):
    """Your standard deviation divides by n - 1. Asked is the one that np.std gives: by n."""
    X_train, y_train, X_val, y_val = prepared(table, labels, order, n_val)
    factor = math.sqrt((len(X_train) - 1) / len(X_train))
    return X_train * factor, y_train, X_val * factor, y_val


def labels_keep_their_places(table, labels, order, n_val):
    """The rows are right, the labels aren't: they were cut in the file's order. Rows and labels
    need the same indices.
    """
    X_train, _, X_val, _ = prepared(table, labels, order, n_val)
    return X_train, labels[n_val:], X_val, labels[:n_val]


def last_rows_are_for_validation(table, labels, order, n_val):
    """You took the last n_val of `order` for validation. Asked are the first."""
    return prepared(table, labels, np.roll(order, n_val), n_val)


def spread_still_sees_all_rows(table, labels, order, n_val):
    """Your mean is the training part's, your standard deviation isn't: it has seen the validation
    rows. Take both from the training rows.
    """
    X_train, y_train, X_val, y_val = prepared(table, labels, order, n_val)
    factor = table[order[n_val:]].std(axis=0) / table.std(axis=0)
    return X_train * factor, y_train, X_val * factor, y_val


def validation_sets_the_scale(table, labels, order, n_val):
    """You took mean and spread from the validation rows. It is the other way round: the training
    rows set the scale for both.
    """
    return prepared(table, labels, order, n_val, seen=order[:n_val])


def rows_stand_in_the_files_order(table, labels, order, n_val):
    """Your mean and spread come from the last rows of the table. The training rows are those that
    order[n_val:] names.
    """
    return prepared(table, labels, order, n_val, seen=np.arange(n_val, len(table)))


def validation_only_loses_the_mean(table, labels, order, n_val):
    """Your validation rows lost the mean, but weren't divided by the spread."""
    X_train, y_train, X_val, y_val = prepared(table, labels, order, n_val)
    return X_train, y_train, X_val * table[order[n_val:]].std(axis=0), y_val


def scale_is_the_variance(table, labels, order, n_val):
    """You divided by the variance. Its root, the standard deviation, has the column's unit."""
    X_train, y_train, X_val, y_val = prepared(table, labels, order, n_val)
    spread = table[order[n_val:]].std(axis=0)
    return X_train / spread, y_train, X_val / spread, y_val


def no_scaling_no_leak(table, labels, order, n_val):
    """Without scaling nothing leaks, but scaled parts are asked: by the training part's mean and
    standard deviation.
    """
    val, train = order[:n_val], order[n_val:]
    return table[train], labels[train], table[val], labels[val]


repair_leak = Exercise(
    id="repair_leak",
    kind="debug",
    difficulty=1,
    minutes=5,
    cases=split_cases,
    oracle=split_by_loops,
    returns=("X_train", "y_train", "X_val", "y_val"),
    mistakes=(
        scaling_comes_before_the_split,
        each_part_has_its_own_scale,
        validation_needs_no_scaling,
        columns_share_one_scale,
        spread_divides_by_one_less,
        labels_keep_their_places,
        last_rows_are_for_validation,
        spread_still_sees_all_rows,
        validation_sets_the_scale,
        rows_stand_in_the_files_order,
        validation_only_loses_the_mean,
        scale_is_the_variance,
        no_scaling_no_leak,
    ),
    hints=(
        "What has the mean been taken of? Which of these rows should nobody have seen yet?",
        "Split first. Then mean and standard deviation of the training rows, for both parts.",
        "mean, std = X_train.mean(axis=0), X_train.std(axis=0); both parts lose that mean and "
        "are divided by that std.",
    ),
    insight="Whatever is estimated from data, a mean too, is estimated from the training part.\n"
    "Validation and test are scaled with it, as tomorrow's patient will be.",
)

# report_by_hand


def patients_counted():
    """Write down 114 pairs of truth and prediction, and count."""
    pairs = [(0, 0)] * 70 + [(0, 1)] * 2 + [(1, 0)] * 7 + [(1, 1)] * 35
    called = [true for true, said in pairs if said]
    ill = [said for true, said in pairs if true]
    return {
        "precision": sum(called) / len(called),
        "recall": sum(ill) / len(ill),
        "accuracy": sum(true == said for true, said in pairs) / len(pairs),
        "always_benign": sum(not true for true, _ in pairs) / len(pairs),
    }


def columns_are_the_true_classes():
    """You read the columns as the true class. Here the rows are: 7 malignant masses were missed,
    2 benign ones raised an alarm.
    """
    return patients_counted() | {"precision": 35 / 42, "recall": 35 / 37, "always_benign": 77 / 114}


def precision_and_recall_exchanged():
    """Precision and recall have changed places. Precision looks at what was *called* malignant,
    recall at what *is*.
    """
    return patients_counted() | {"precision": 35 / 42, "recall": 35 / 37}


def benign_is_the_positive_class():
    """These are the numbers of the benign class. Positive is what is looked for: malignant."""
    return patients_counted() | {"precision": 70 / 77, "recall": 70 / 72}


def recall_counts_the_healthy():
    """Your recall is the specificity, 70/72: the share of benign masses left in peace. Recall is
    the share of malignant ones found.
    """
    return patients_counted() | {"recall": 70 / 72}


def everything_is_a_share_of_all():
    """You divided by all 114. Precision divides by those called malignant, recall by those that
    are.
    """
    return patients_counted() | {"precision": 35 / 114, "recall": 35 / 114}


def guessing_is_a_coin():
    """Who always says benign isn't right half of the time: right is the share of benign masses."""
    return patients_counted() | {"always_benign": 0.5}


def answers_are_in_percent():
    """Your numbers are in percent. Asked are fractions, such as 0.5 for 50 %."""
    return {name: 100 * share for name, share in patients_counted().items()}


def only_the_found_benign_count():
    """Your `always_benign` leaves out two: who says benign to everybody is right about all 72 that
    are, also about those that this model alarmed.
    """
    return patients_counted() | {"always_benign": 70 / 114}


def called_benign_is_benign():
    """Your `always_benign` is the share that this model *calls* benign, 77. The constant answer is
    right about those that *are*: the first row.
    """
    return patients_counted() | {"always_benign": 77 / 114}


def recall_counts_the_missed():
    """Your recall is the share that was missed, 7 of 42. Recall is the share that was found."""
    return patients_counted() | {"recall": 7 / 42}


report_by_hand = Exercise(
    id="report_by_hand",
    kind="compute",
    difficulty=1,
    minutes=4,
    oracle=patients_counted,
    mistakes=(
        columns_are_the_true_classes,
        precision_and_recall_exchanged,
        benign_is_the_positive_class,
        recall_counts_the_healthy,
        everything_is_a_share_of_all,
        guessing_is_a_coin,
        answers_are_in_percent,
        only_the_found_benign_count,
        called_benign_is_benign,
        recall_counts_the_missed,
    ),
    hints=(
        "Say each entry aloud: the 7 *are* malignant and were *called* benign.",
        "Precision: the column of what was called malignant. Recall: the row of what is.",
        "35/(35 + 2), 35/(35 + 7), the diagonal over 114, and the first row over 114.",
    ),
    insight="Precision: the share of alarms that are right. Recall: the share of the ill found.\n"
    "Beside an accuracy always stands that of the constant answer.",
    rtol=0.001,
)

# order_of_calls


def loops_walked():
    """Walk each loop for six passes, in fractions, with gradients that add up until zeroed."""

    def walk(order, passes):
        w, grad = Fraction(0), Fraction(0)
        for k in range(1, passes + 1):
            for call in order:
                if call == "zero":
                    grad = Fraction(0)
                elif call == "backward":
                    grad += w - k * k  # batch k's loss: ½ (w - k²)²
                else:
                    w -= grad / 10
        return w

    right = ("zero", "backward", "step")
    known = {walk(right, 6): "right", walk(right, 5): "late", Fraction(0): "stuck"}
    loops = {
        "zero_last": ("backward", "step", "zero"),
        "zero_between": ("backward", "zero", "step"),
        "never_zero": ("backward", "step"),
        "step_first": ("step", "zero", "backward"),
    }
    return {name: known.get(walk(order, 6), "sums") for name, order in loops.items()}


def zeroing_must_come_first():
    """`zero_last` is right too: the gradient is zero when the next backward pass begins, and was
    whole when the step was taken.
    """
    return loops_walked() | {"zero_last": "stuck"}


def last_zeroing_comes_too_late():
    """You think that in `zero_last` gradients add up. They are zeroed at the end of each pass, so
    the next one starts from zero.
    """
    return loops_walked() | {"zero_last": "sums"}


def step_remembers_the_gradient():
    """In `zero_between` the gradient is gone before the step reads it: nothing ever moves."""
    return loops_walked() | {"zero_between": "right"}


def backward_overwrites():
    """PyTorch's backward *adds* to the gradient. Never zeroed, it is the sum over all passes."""
    return loops_walked() | {"never_zero": "right"}


def unzeroed_gradients_stop_training():
    """Without zeroing training doesn't stand still: each step uses the sum of all gradients."""
    return loops_walked() | {"never_zero": "stuck"}


def early_step_has_no_gradient():
    """In `step_first` only the first step finds no gradient. The later ones find that of the pass
    before, which nobody has zeroed yet.
    """
    return loops_walked() | {"step_first": "stuck"}


def early_step_changes_nothing():
    """In `step_first` the last gradient is never used: six passes take five steps."""
    return loops_walked() | {"step_first": "right"}


def zeroing_last_loses_a_step():
    """In `zero_last` no gradient is lost: backward comes before the step from the first pass on."""
    return loops_walked() | {"zero_last": "late"}


def zeroing_between_adds_up():
    """In `zero_between` nothing adds up: each gradient is zeroed at once, before the step reads
    it.
    """
    return loops_walked() | {"zero_between": "sums"}


def step_first_adds_up():
    """In `step_first` nothing adds up: zero_grad follows each step, so that backward writes one
    gradient. But which pass's gradient does a step find?
    """
    return loops_walked() | {"step_first": "sums"}


order_of_calls = Exercise(
    id="order_of_calls",
    kind="predict",
    difficulty=2,
    minutes=5,
    oracle=loops_walked,
    choices=("right", "late", "stuck", "sums"),
    mistakes=(
        zeroing_must_come_first,
        last_zeroing_comes_too_late,
        step_remembers_the_gradient,
        backward_overwrites,
        unzeroed_gradients_stop_training,
        early_step_has_no_gradient,
        early_step_changes_nothing,
        zeroing_last_loses_a_step,
        zeroing_between_adds_up,
        step_first_adds_up,
    ),
    hints=(
        "Write two passes of each loop in one line: what is in .grad when the step reads it?",
        "A loop is a circle: where it is cut matters only for the first and the last pass.",
        "zero → backward → step is the circle. Two of the four run round it; one of these two is "
        "cut between backward and step, so that its last gradient isn't used.",
    ),
    insight="What counts: between two backward passes the gradient is used once, and then zeroed.\n"
    "Zero before backward or after the step: both right. Between them: nothing is learned.",
)
