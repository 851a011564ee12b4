"""Runs whose loss or gradient is wrong, judged by what the network learns all the same."""

from __future__ import annotations

import numpy as np

import nnlib as nn
from nnlab.checks.chapter15.shared import (
    EPOCHS,
    RATE,
    SEEDS,
    SIZE,
    called,
    digit_cases,
    logits,
    network,
    on_new_digits,
    passes,
    pools,
    score,
    some,
)
from nnlab.checks.compare import Between
from nnlab.checks.spec import Exercise

# repair_softmax


def net_on_new_digits(answer, X_train, y_train, seed):
    """The network that comes back is judged on 500 digits which were drawn afterwards."""
    return on_new_digits(called(answer, X_train, y_train, seed), seed)


def good_on_new_digits(X_train, y_train, seed):
    """What a network of this size reaches with the right gradient, less a margin."""
    return {"accuracy on new digits": Between(0.85), "loss on new digits": Between(0, 0.5)}


def with_softmax(X, y, seed, to_dz, rate=RATE):
    """Train with ∂L/∂z = to_dz(z, y)."""
    net = network(seed)
    for x, t in passes(X, y, seed):
        net.backward(to_dz(net.forward(x), t))
        net.theta -= rate * net.grad
    return net


def through_two(z, y):
    """∂L/∂z where the loss takes softmax(z) for logits."""
    p = nn.softmax(z)
    dp = nn.CrossEntropy().grad(p, y)
    return p * (dp - (dp * p).sum(axis=1, keepdims=True))


def two_are_safer_than_one(X_train, y_train, seed):
    """Softmax is still taken twice: the loss takes logits, and gets probabilities. It can't fall
    below 1.461, and its gradient is flat.
    """
    return with_softmax(X_train, y_train, seed, through_two)


def rate_makes_up_for_it(X_train, y_train, seed):
    """A larger rate on the same flat loss. It learns faster, and the floor at 1.461 stays: take
    one softmax away.
    """
    return with_softmax(X_train, y_train, seed, through_two, rate=4 * RATE)


def network_trains_itself(X_train, y_train, seed):
    """The network comes back as it was made: it has not been trained."""
    return network(seed)


def inner_softmax_needs_no_backward(X_train, y_train, seed):
    """You left out the backward pass of your softmax, and kept the softmax. So the gradient is that
    of another function: the logits run away.
    """
    return with_softmax(
        X_train, y_train, seed, lambda z, y: nn.CrossEntropy().grad(nn.softmax(z), y)
    )


def probabilities_sum_over_examples(X_train, y_train, seed):
    """One softmax is left, but over axis 0: there the examples of a batch compete. A row is one
    example, and sums to 1.
    """
    return with_softmax(
        X_train, y_train, seed, lambda z, y: (nn.softmax(z.T).T - nn.one_hot(y, 10)) / len(z)
    )


def mean_went_with_the_softmax(X_train, y_train, seed):
    """p - y is right, the 1/m is gone: each step is 32 times too long."""
    return with_softmax(X_train, y_train, seed, lambda z, y: nn.softmax(z) - nn.one_hot(y, 10))


def every_place_divides(X_train, y_train, seed):
    """One softmax is left, and it learns too slowly: its gradient is divided by m twice. The loss
    is a mean already.
    """
    return with_softmax(
        X_train, y_train, seed, lambda z, y: (nn.softmax(z) - nn.one_hot(y, 10)) / len(z) ** 2
    )


def squared_error_will_do(X_train, y_train, seed):
    """You took the squared error of the probabilities. It trains, and hardly moves: its gradient is
    smallest where the network is most wrong.
    """

    def to_dz(z, y):
        p = nn.softmax(z)
        dp = 2 * (p - nn.one_hot(y, 10)) / p.size
        return p * (dp - (dp * p).sum(axis=1, keepdims=True))

    return with_softmax(X_train, y_train, seed, to_dz)


def truth_comes_first(X_train, y_train, seed):
    """Your ∂L/∂z is y - p. It is p - y: the loss goes up with this one."""
    return with_softmax(
        X_train, y_train, seed, lambda z, y: (nn.one_hot(y, 10) - nn.softmax(z)) / len(z)
    )


repair_softmax = Exercise(
    id="repair_softmax",
    kind="debug",
    difficulty=1,
    minutes=5,
    cases=digit_cases,
    oracle=good_on_new_digits,
    drive=net_on_new_digits,
    mistakes=(
        two_are_safer_than_one,
        rate_makes_up_for_it,
        network_trains_itself,
        inner_softmax_needs_no_backward,
        probabilities_sum_over_examples,
        mean_went_with_the_softmax,
        every_place_divides,
        squared_error_will_do,
        truth_comes_first,
    ),
    hints=(
        "Print the loss: where does it come to rest? Then train on 16 rows alone.",
        "Read what CrossEntropy wants: logits, or probabilities?",
        "Hand it z = net.forward(x), and its gradient to net.backward. That is value_and_grad.",
    ),
    insight="A softmax before a loss that takes logits: no error, no NaN, a floor at 1.461.\n"
    "The first loss is ln 10, as it should be; only overfitting a batch finds it.",
    atol=1e-6,
)

# repair_mean

STEPS, LR = 250, 0.3


def size_cases(rng):
    """Batches of 8, of 32 and of half the data."""
    for seed, size in zip(SEEDS, (8, 32, 160), strict=True):
        yield *some("digits", seed, 320), size, seed


def net_for_a_size(answer, X_train, y_train, size, seed):
    """The network that comes back is judged on 500 digits which were drawn afterwards."""
    return on_new_digits(called(answer, X_train, y_train, size, seed), seed)


def good_for_every_size(X_train, y_train, size, seed):
    """The same for every batch size: 250 steps of one rate."""
    return {"accuracy on new digits": Between(0.85), "loss on new digits": Between(0, 0.5)}


def with_divisor(X, y, size, seed, divisor, rate=LR):
    """Train with (p - y) / divisor."""
    net, rng = network(seed), np.random.default_rng(seed)
    for _ in range(STEPS):
        part = rng.choice(len(X), size, replace=False)
        net.backward((nn.softmax(net.forward(X[part])) - nn.one_hot(y[part], 10)) / divisor)
        net.theta -= rate * net.grad
    return net


def sum_is_as_good_as_a_mean(X_train, y_train, size, seed):
    """The gradient is still a sum over the batch: with 160 rows a step is 160 times as long as the
    rate was chosen for.
    """
    return with_divisor(X_train, y_train, size, seed, 1)


def network_of_any_size_trains_itself(X_train, y_train, size, seed):
    """The network comes back as it was made: it has not been trained."""
    return network(seed)


def smaller_rate_repairs_it(X_train, y_train, size, seed):
    """You made the rate 32 times smaller. That suits batches of 32 only: the sum still grows with
    the batch. Divide by the number of rows that are in it.
    """
    return with_divisor(X_train, y_train, size, seed, 1, rate=LR / 32)


def batches_divide_by_all_examples(X_train, y_train, size, seed):
    """You divided by the size of the whole data. A batch of 8 then takes steps 40 times too short:
    the mean is over the batch.
    """
    return with_divisor(X_train, y_train, size, seed, len(X_train))


def mean_is_over_classes(X_train, y_train, size, seed):
    """You divided by 10, the number of classes. The loss is a mean over the examples."""
    return with_divisor(X_train, y_train, size, seed, 10)


def mean_is_over_all_entries(X_train, y_train, size, seed):
    """You divided by all entries of p, rows times classes. Cross-entropy has one term for each
    example: divide by the rows.
    """
    return with_divisor(X_train, y_train, size, seed, 10 * size)


def every_place_needs_the_mean(X_train, y_train, size, seed):
    """You divided twice, by m and again by m. The 1/m belongs in one place, ∂L/∂z."""
    return with_divisor(X_train, y_train, size, seed, size**2)


repair_mean = Exercise(
    id="repair_mean",
    kind="debug",
    difficulty=1,
    minutes=5,
    cases=size_cases,
    oracle=good_for_every_size,
    drive=net_for_a_size,
    mistakes=(
        sum_is_as_good_as_a_mean,
        network_of_any_size_trains_itself,
        smaller_rate_repairs_it,
        batches_divide_by_all_examples,
        mean_is_over_classes,
        mean_is_over_all_entries,
        every_place_needs_the_mean,
    ),
    hints=(
        "Compare the loss of a batch with the mean of the losses of its rows, one by one.",
        "By which number do you have to divide, so that a batch that stands there twice gives the "
        "same gradient?",
        "(p - y)/m, with m = len(part): the rows of this batch.",
    ),
    insight="A sum for a mean multiplies the rate by the batch size: tuned for one, broken for all "
    "others.\nTest: the batch twice over must give the same loss and the same gradient.",
    atol=1e-6,
)

# repair_zeroing


def accumulated(X, y, seed, use):
    """Train with `use(total, grad, step)`, which returns the new total and what the step takes."""
    net, total = network(seed), np.zeros(network(seed).theta.size)
    for step, (x, t) in enumerate(passes(X, y, seed)):
        grad = net.value_and_grad(x, t)[1]
        total, taken = use(total, grad, step)
        net.theta -= RATE * taken
    return net


def step_forgets_by_itself(X_train, y_train, seed):
    """The total still holds the gradients of all batches before. Nobody but you sets it to zero."""
    return accumulated(X_train, y_train, seed, lambda total, g, step: (total + g, total + g))


def zero_stands_before_the_step(X_train, y_train, seed):
    """Nothing was learnt: the network comes back as it was made. Is the total zeroed between
    backward and step? Then each step takes zeros, and no error tells you.
    """
    return accumulated(X_train, y_train, seed, lambda total, g, step: (0 * g, 0 * g))


def once_an_epoch_is_enough(X_train, y_train, seed):
    """You zero once an epoch. Within the epoch the gradients of its ten batches still add up."""
    per_epoch = -(-len(X_train) // SIZE)

    def use(total, g, step):
        total = g + (total if step % per_epoch else 0)
        return total, total

    return accumulated(X_train, y_train, seed, use)


def mean_of_all_steps_is_meant(X_train, y_train, seed):
    """You divide the total by the number of steps so far. Old gradients belong to old weights: they
    don't count less, they don't count at all.
    """

    def use(total, g, step):
        return total + g, (total + g) / (step + 1)

    return accumulated(X_train, y_train, seed, use)


def first_gradient_stays(X_train, y_train, seed):
    """The step takes the gradient of the first batch again and again: what backward adds must
    reach the step.
    """

    def use(total, g, step):
        total = total if step else g.copy()
        return total, total

    return accumulated(X_train, y_train, seed, use)


repair_zeroing = Exercise(
    id="repair_zeroing",
    kind="debug",
    difficulty=1,
    minutes=4,
    cases=digit_cases,
    oracle=good_on_new_digits,
    drive=net_on_new_digits,
    mistakes=(
        step_forgets_by_itself,
        zero_stands_before_the_step,
        once_an_epoch_is_enough,
        mean_of_all_steps_is_meant,
        first_gradient_stays,
    ),
    hints=(
        "Print the norm of the total at each step. What should it do, what does it do?",
        "Between two backward passes the total has to be zero at some moment: which moments are "
        "right?",
        "Set it to zero before the line that adds, or after the step; not in between.",
    ),
    insight="Frameworks add gradients up: zero before backward or after the step, both are right.\n"
    "Forgotten, each step takes the sum of all gradients so far: norms climb without end.",
    atol=1e-6,
)

# repair_broadcast


def table_cases(rng):
    """150 patients each: columns and target standardised, the target of shape (m,)."""
    for seed in SEEDS:
        X, y = some("diabetes", seed, 150)
        yield nn.standardise(X)[0], ((y - y.mean()) / y.std()).ravel(), seed


def net_on_new_patients(answer, X_train, y_train, seed):
    """The network that comes back is judged on patients which were drawn afterwards."""
    net = called(answer, X_train, y_train, seed)
    X_raw, y_raw = some("diabetes", seed, 150)
    _, _, X, y = pools("diabetes")
    rng = np.random.default_rng([seed, 99])
    part = rng.permutation(len(X))[:150]
    X_new = (X[part] - X_raw.mean(axis=0)) / X_raw.std(axis=0) + rng.normal(0, 0.01, (150, 10))
    guess = logits(net, (10, 12, 1), X_new)
    return {
        "score on new patients": score(guess, (y[part] - y_raw.mean()) / y_raw.std()),
        "spread of its predictions": float(guess.std()),
    }


def better_than_the_mean(X_train, y_train, seed):
    """The mean scores 0, a linear model about 0.45."""
    return {"score on new patients": Between(0.25), "spread of its predictions": Between(0.2, 2)}


def regression(seed):
    """10-12-1."""
    layers = [nn.Dense(10, 12), nn.ReLU(), nn.Dense(12, 1, init=nn.normal(0.1))]
    return nn.Network(layers, nn.MSE(), seed=seed)


def with_residual(X, y, seed, to_dz):
    """Train with ∂L/∂z = to_dz(z, y)."""
    net = regression(seed)
    for _ in range(5 * EPOCHS):
        net.backward(to_dz(net.forward(X), y))
        net.theta -= RATE / 5 * net.grad
    return net


def shapes_take_care_of_themselves(X_train, y_train, seed):
    """The difference is still (m, m): every prediction is compared with every target. All that such
    a network can learn is the mean.
    """
    return with_residual(
        X_train, y_train, seed, lambda z, y: 2 * (z - y).mean(axis=1, keepdims=True) / len(y)
    )


def other_axis_repairs_it(X_train, y_train, seed):
    """Training runs away. Is it the average over the other axis of an (m, m) table? There should be
    no such table: give y the shape (m, 1). If you have: z - y, not y - z, and divided by m.
    """
    return with_residual(
        X_train, y_train, seed, lambda z, y: 2 * (z - y).mean(axis=0)[:, None] / len(y)
    )


def table_is_summed(X_train, y_train, seed):
    """Still (m, m), and summed in place of averaged: each prediction is pulled to the sum of all
    targets' residuals.
    """
    return with_residual(
        X_train, y_train, seed, lambda z, y: 2 * (z - y).sum(axis=1, keepdims=True) / len(y) / 30
    )


def one_residual_for_all(X_train, y_train, seed):
    """Every row gets the same residual, the mean of all. So only the output's mean is learnt."""
    return with_residual(
        X_train, y_train, seed, lambda z, y: np.full(z.shape, 2 * (z - y).mean() / len(y))
    )


repair_broadcast = Exercise(
    id="repair_broadcast",
    kind="debug",
    difficulty=1,
    minutes=4,
    cases=table_cases,
    oracle=better_than_the_mean,
    drive=net_on_new_patients,
    mistakes=(
        shapes_take_care_of_themselves,
        other_axis_repairs_it,
        table_is_summed,
        one_residual_for_all,
    ),
    hints=(
        "Print the shape of the difference.",
        "(m, 1) minus (m,): NumPy makes a row of the second. What is the best a network can do "
        "against a table of all pairs?",
        "y_train[:, None], or y_train.reshape(-1, 1): then z - y is (m, 1), and nothing is to be "
        "averaged over axis 1.",
    ),
    insight="(m, 1) - (m,) is (m, m): no error, and the network learns the mean of the targets.\n"
    "The loss stops at their variance. Assert that the shapes are equal.",
    atol=1e-6,
)
