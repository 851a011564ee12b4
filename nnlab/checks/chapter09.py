"""Chapter 09, stochastic gradient descent: the exercises of solutions/09_….ipynb.

Truth comes from counting by hand, from loops over single examples, from the covariance that makes
all N examples add up to a constant, and from summing a geometric series.
"""

from __future__ import annotations

import numpy as np

from nnlab.checks.spec import Exercise, draw

# steps_and_epochs


def steps_counted():
    """390 · 128 = 49,920, so 80 examples are left for a 391st batch; 391 · 90."""
    return {"per_epoch": 391, "last_batch": 80, "steps": 35190}


def rest_is_left_out():
    """You left the 80 last examples out. Some loaders can (`drop_last`); here each example is seen
    once in an epoch, so a smaller batch comes last.
    """
    return {"per_epoch": 390, "last_batch": 128, "steps": 35100}


def rest_is_no_batch():
    """After 390 batches 80 images are left over. They are a batch too, the 391st, smaller than the
    others.
    """
    return steps_counted() | {"per_epoch": 390, "steps": 35100}


def steps_may_be_fractions():
    """There is no 0.625 of a step. The last batch is smaller, and it is a whole update. Round up
    to 391.
    """
    return {"per_epoch": 390.625, "last_batch": 80, "steps": 35156.25}


def epoch_is_one_update():
    """Your `steps` are epochs. An epoch is a pass over the data; a step is one update, and a pass
    has many.
    """
    return steps_counted() | {"steps": 90}


def one_epoch_is_all():
    """Your `steps` are those of one epoch. There are 90 of them."""
    return steps_counted() | {"steps": 391}


def batches_run_on_into_the_next_epoch():
    """Your `steps` let a batch begin in one epoch and end in the next: 4,500,000/128, rounded up.
    Here each epoch ends with its own smaller batch.
    """
    return steps_counted() | {"steps": 35157}


def last_batch_is_what_is_missing():
    """48 is what the last batch lacks. It holds what is left: 50,000 - 390 · 128."""
    return steps_counted() | {"last_batch": 48}


steps_and_epochs = Exercise(
    id="steps_and_epochs",
    kind="compute",
    difficulty=1,
    minutes=3,
    oracle=steps_counted,
    mistakes=(
        rest_is_left_out,
        rest_is_no_batch,
        one_epoch_is_all,
        steps_may_be_fractions,
        epoch_is_one_update,
        batches_run_on_into_the_next_epoch,
        last_batch_is_what_is_missing,
    ),
    hints=(
        "How many full batches fit into 50,000, and how many examples are left?",
        "390 full batches hold 49,920. One more, smaller, takes the rest.",
        "Steps = steps per epoch times epochs.",
    ),
    insight="An epoch of N examples has ⌈N/B⌉ steps; the last batch may be smaller.\n"
    "A schedule written in steps means other epochs as soon as B changes.",
    atol=1e-6,
)

# sgd_epoch


def epoch_cases(rng):
    """Batches that divide the rows and that don't, single rows, one batch larger than all."""
    for m, n, batch_size in ((7, 3, 3), (4, 2, 2), (5, 2, 1), (4, 3, 9), (1, 2, 1)):
        w, X, y = draw(rng, n), draw(rng, m, n), draw(rng, m)
        yield w, X, y, 0.05, batch_size, rng.permutation(m)[::-1].copy()


def epoch_by_loops(w, X, y, lr, batch_size, order):
    """Number by number: each batch's mean gradient at the weights that the one before has left."""
    w, rows = [float(v) for v in w], [int(i) for i in order]
    while rows:
        batch, rows = rows[:batch_size], rows[batch_size:]
        slopes = [0.0] * len(w)
        for i in batch:
            residual = sum(float(X[i, j]) * w[j] for j in range(len(w))) - float(y[i])
            for j in range(len(w)):
                slopes[j] += 2 * residual * float(X[i, j]) / len(batch)
        w = [v - lr * s for v, s in zip(w, slopes, strict=True)]
    return np.array(w)


def epoch_with(w, X, y, lr, batch_size, order, size=len, stale=False, factor=2.0):
    """One epoch whose parts the wrong answers spoil: divisor, place of the gradient, factor."""
    start, w = w, w.copy()
    for i in range(0, len(order), batch_size):
        part = order[i : i + batch_size]
        at = start if stale else w
        w = w - lr * factor * X[part].T @ (X[part] @ at - y[part]) / size(part)
    return w


def batch_gradient_is_a_sum(w, X, y, lr, batch_size, order):
    """Your gradient is the sum over the batch. The loss is a mean, so divide by the number of
    examples in it; otherwise a larger batch makes longer steps.
    """
    return epoch_with(w, X, y, lr, batch_size, order, size=lambda part: 1)


def all_batches_are_full(w, X, y, lr, batch_size, order):
    """You divide each batch by batch_size. The last one may be smaller: divide by the number of
    examples that it holds.
    """
    return epoch_with(w, X, y, lr, batch_size, order, size=lambda part: batch_size)


def mean_is_over_all_the_data(w, X, y, lr, batch_size, order):
    """You divide by the number of all examples. The mean is over those of the batch."""
    return epoch_with(w, X, y, lr, batch_size, order, size=lambda part: len(X))


def incomplete_batch_does_not_count(w, X, y, lr, batch_size, order):
    """You left out the last, smaller batch. An epoch sees every example once."""
    order = order[: len(order) // batch_size * batch_size]
    return epoch_with(w, X, y, lr, batch_size, order)


def weights_wait_for_the_end_of_the_epoch(w, X, y, lr, batch_size, order):
    """All your gradients are taken at the first weights. Each batch sees the weights that the
    batch before has left: that is what makes an epoch worth many steps.
    """
    return epoch_with(w, X, y, lr, batch_size, order, stale=True)


def order_is_for_show(w, X, y, lr, batch_size, order):
    """You took the rows as they stand. Take them in the order given:
    X[order[:batch_size]] first.
    """
    return epoch_with(w, X, y, lr, batch_size, np.arange(len(X)))


def targets_stay_in_file_order(w, X, y, lr, batch_size, order):
    """You shuffled X and not y: each row then has another row's target. Use the same row numbers
    for both.
    """
    return epoch_with(w, X[order], y, lr, batch_size, np.arange(len(X)))


def one_batch_more_does_no_harm(w, X, y, lr, batch_size, order):
    """Your last batch can be empty, and a mean over no rows is NaN: len(order) // batch_size + 1
    is one too many where B divides m. Count with range(0, len(order), batch_size).
    """
    empty = np.nan if len(order) % batch_size == 0 else 0.0
    return epoch_with(w, X, y, lr, batch_size, order) + empty


def mean_is_over_every_entry(w, X, y, lr, batch_size, order):
    """Your gradient is one number: np.mean without an axis averages over the weights as well. The
    mean is over the examples only.
    """
    w = w.copy()
    for i in range(0, len(order), batch_size):
        part = order[i : i + batch_size]
        w = w - lr * 2 * np.mean((X[part] @ w - y[part])[:, None] * X[part])
    return w


def square_has_no_factor(w, X, y, lr, batch_size, order):
    """Your gradient is half of what it should be: (r²)' = 2 r r', and this loss has no ½."""
    return epoch_with(w, X, y, lr, batch_size, order, factor=1.0)


def residual_is_truth_minus_prediction(w, X, y, lr, batch_size, order):
    """You step uphill: the sign of the gradient is turned round. It is 2 x (x·w - y)."""
    return epoch_with(w, X, y, lr, batch_size, order, factor=-2.0)


def one_step_is_an_epoch(w, X, y, lr, batch_size, order):
    """You stop after the first batch. An epoch goes on until each example has been seen."""
    return epoch_with(w, X, y, lr, batch_size, order[:batch_size])


sgd_epoch = Exercise(
    id="sgd_epoch",
    kind="code",
    difficulty=2,
    minutes=8,
    cases=epoch_cases,
    oracle=epoch_by_loops,
    returns=("the weights",),
    mistakes=(
        batch_gradient_is_a_sum,
        all_batches_are_full,
        mean_is_over_all_the_data,
        incomplete_batch_does_not_count,
        weights_wait_for_the_end_of_the_epoch,
        order_is_for_show,
        targets_stay_in_file_order,
        one_batch_more_does_no_harm,
        mean_is_over_every_entry,
        square_has_no_factor,
        residual_is_truth_minus_prediction,
        one_step_is_an_epoch,
    ),
    hints=(
        "Loop over range(0, len(order), batch_size), and take that part of `order` as row numbers.",
        "For the rows `part`: residual r = X[part] @ w - y[part], gradient 2 X[part].T @ r / "
        "len(part).",
        "w = w - lr * gradient makes a new array, so the caller's w stays as it was.",
    ),
    insight="Full batch, mini-batch and single examples are one loop: they differ in batch_size.\n"
    "Each batch sees the weights the last one left; the mean is over the batch it has.",
)

# minibatch_variance


def variance_symbols():
    """Return SymPy's sigma2, N and B."""
    import sympy as sp

    return sp.symbols("sigma2 N B", positive=True)


def variance_by_covariance():
    """Without replacement, two places share the covariance c with N σ² + N (N - 1) c = 0."""
    import sympy as sp

    sigma2, N, B = variance_symbols()
    c = sp.Symbol("c")
    c = sp.solve(N * sigma2 + N * (N - 1) * c, c)[0]
    return B * sigma2 / B**2, (B * sigma2 + B * (B - 1) * c) / B**2


def variance_falls_like_the_square():
    """You divided by B². The mean divides by B, which gives 1/B² in the variance; but B terms are
    added up, and that gives B back.
    """
    sigma2, N, B = variance_symbols()
    return sigma2 / B**2, sigma2 / B**2 * (N - B) / (N - 1)


def variance_falls_like_the_root():
    """1/√B belongs to the standard deviation. The variance, its square, falls like 1/B."""
    import sympy as sp

    sigma2, N, B = variance_symbols()
    return sigma2 / sp.sqrt(B), sigma2 / sp.sqrt(B) * (N - B) / (N - 1)


def factor_is_the_share_left_out():
    """Your second answer is nearly there: (N - B)/N goes with a variance that divides by N - 1.
    Here σ² divides by N. Try B = 1: one example has the variance σ², however it is drawn.
    """
    sigma2, N, B = variance_symbols()
    return sigma2 / B, sigma2 / B * (N - B) / N


def replacement_makes_no_difference():
    """Your second answer isn't 0 for B = N. Drawn without replacement, a batch of all N examples
    is the full batch: it has no noise.
    """
    sigma2, _, B = variance_symbols()
    return sigma2 / B, sigma2 / B


def sample_variance_divides_by_one_less():
    """B - 1 belongs to estimating σ² from a sample. This is the variance of a mean of B: for B = 1
    it is σ², and yours is infinite.
    """
    sigma2, N, B = variance_symbols()
    return sigma2 / (B - 1), sigma2 / (B - 1) * (N - B) / (N - 1)


def factor_is_upside_down():
    """Your factor is turned over: (N - 1)/(N - B) grows with B, and is infinite for B = N. Without
    replacement there is *less* noise.
    """
    sigma2, N, B = variance_symbols()
    return sigma2 / B, sigma2 / B * (N - 1) / (N - B)


def two_ways_exchanged():
    """The two are exchanged: the factor (N - B)/(N - 1) belongs to drawing without replacement."""
    sigma2, N, B = variance_symbols()
    return sigma2 / B * (N - B) / (N - 1), sigma2 / B


minibatch_variance = Exercise(
    id="minibatch_variance",
    kind="derive",
    difficulty=2,
    minutes=6,
    oracle=variance_by_covariance,
    returns=("with_replacement", "without"),
    mistakes=(
        variance_falls_like_the_square,
        variance_falls_like_the_root,
        factor_is_the_share_left_out,
        replacement_makes_no_difference,
        sample_variance_divides_by_one_less,
        factor_is_upside_down,
        two_ways_exchanged,
    ),
    hints=(
        "Var of a mean of B independent terms: B σ² over B². That is the first answer.",
        "Without replacement, any two places have one covariance c. With B = N nothing is random: "
        "N σ² + N (N - 1) c = 0.",
        "(B σ² + B (B - 1) c)/B² with c = -σ²/(N - 1).",
    ),
    bounds=(("B", 1, 9), ("N", 10, 40)),
    insight="Unbiased either way; variance σ²/B, times (N - B)/(N - 1) without replacement.\n"
    "Cost is linear in B, the noise falls like 1/√B: hence small batches.",
)

# noise_ball


def ball_symbols():
    """Return SymPy's eta, lam, sigma2 and B."""
    import sympy as sp

    return sp.symbols("eta lam sigma2 B", positive=True)


def ball_by_series():
    """η² σ²/B · Σ q^(2t) = η² σ²/B / (1 - q²), with q = 1 - η λ; the loss is ½ λ v."""
    eta, lam, sigma2, B = ball_symbols()
    v = eta**2 * sigma2 / B / (1 - (1 - eta * lam) ** 2)
    return v, lam * v / 2


def with_its_loss(v):
    """Return v, and the loss that follows from it."""
    return v, ball_symbols()[1] * v / 2


def rate_multiplies_the_variance():
    """The noise is multiplied by η, so its *variance* is multiplied by η²."""
    eta, lam, sigma2, B = ball_symbols()
    return with_its_loss(sigma2 / (B * lam * (2 - eta * lam)))


def variance_shrinks_like_the_weight():
    """w is multiplied by 1 - ηλ, so its variance by (1 - ηλ)². You used the factor itself."""
    eta, lam, sigma2, B = ball_symbols()
    return with_its_loss(eta * sigma2 / (B * lam))


def batch_makes_no_difference():
    """There is no B in it. The noise of a batch of B has the variance σ²/B."""
    eta, lam, sigma2, _ = ball_symbols()
    return with_its_loss(eta * sigma2 / (lam * (2 - eta * lam)))


def only_the_last_step_is_noisy():
    """That is the noise of one step. The earlier steps' noise is still there, shrunk by (1 - ηλ)²
    at each step since.
    """
    eta, _, sigma2, B = ball_symbols()
    return with_its_loss(eta**2 * sigma2 / B)


def rate_is_small():
    """Right for ηλ much smaller than 2. The exact answer has 2 - ηλ, and so it knows the limit
    η < 2/λ.
    """
    eta, lam, sigma2, B = ball_symbols()
    return with_its_loss(eta * sigma2 / (2 * B * lam))


def loss_is_the_variance():
    """v is right. The loss is ½ λ w², so its mean is ½ λ v."""
    v, _ = ball_by_series()
    return v, v


def noise_cancels_in_the_loss():
    """v is right. The mean of w is 0, but the loss is a square: w to the left and w to the right
    both cost, so its mean is ½ λ v.
    """
    v, _ = ball_by_series()
    return v, 0 * v


def curvature_is_in_the_variance_already():
    """v is right. Your loss is ½ v: it lacks the curvature. The loss is ½ λ w², so ½ λ v."""
    v, _ = ball_by_series()
    return v, v / 2


def loss_has_no_half():
    """v is right. The loss has a ½: ½ λ w²."""
    v, loss = ball_by_series()
    return v, 2 * loss


noise_ball = Exercise(
    id="noise_ball",
    kind="derive",
    difficulty=3,
    minutes=8,
    oracle=ball_by_series,
    returns=("v", "loss"),
    mistakes=(
        rate_multiplies_the_variance,
        variance_shrinks_like_the_weight,
        batch_makes_no_difference,
        only_the_last_step_is_noisy,
        rate_is_small,
        loss_is_the_variance,
        noise_cancels_in_the_loss,
        curvature_is_in_the_variance_already,
        loss_has_no_half,
    ),
    hints=(
        "Write one step as w ← (1 - ηλ) w - ηξ. The two parts are independent: variances add.",
        "v = (1 - ηλ)² v + η² σ²/B. Solve for v.",
        "The mean of w is 0 at rest, so the mean of ½ λ w² is ½ λ v.",
    ),
    bounds=(("eta", 0, 1), ("lam", 0, 2)),
    insight="At a constant rate SGD hovers: v = ησ²/(Bλ(2 - ηλ)), a radius like √(η/B).\n"
    "Halve the rate or double the batch: nearly the same ball.",
)

# faster_per_what


def cost_worked_out():
    """40 · 60,000; 2,400 · 100; 40 · (1 + 600) ms; 2,400 · (1 + 1) ms."""
    return {
        "full_examples": 2_400_000,
        "mini_examples": 240_000,
        "full_seconds": 24.04,
        "mini_seconds": 4.8,
    }


def step_costs_the_same_for_any_batch():
    """You counted steps. A step with 60,000 examples is 600 times the work of a step with 100."""
    return {"full_examples": 40, "mini_examples": 2400, "full_seconds": 0.04, "mini_seconds": 2.4}


def overhead_is_free():
    """The seconds lack the fixed cost: 1 ms for each step, whatever its size. For small batches it
    is half of the time here.
    """
    return cost_worked_out() | {"full_seconds": 24.0, "mini_seconds": 2.4}


def overhead_comes_once():
    """You counted the fixed millisecond once. It comes with every step."""
    return cost_worked_out() | {"full_seconds": 24.001, "mini_seconds": 2.401}


def step_is_an_epoch():
    """For the mini-batches you took a step for a pass over the data. A step sees 100 examples."""
    return cost_worked_out() | {"mini_examples": 144_000_000, "mini_seconds": 1442.4}


def stochastic_means_one_example():
    """For the mini-batches you counted one example a step. The batch holds 100."""
    return cost_worked_out() | {"mini_examples": 2400, "mini_seconds": 2.424}


def seconds_are_milliseconds():
    """Your times are in milliseconds. Give seconds."""
    return cost_worked_out() | {"full_seconds": 24_040, "mini_seconds": 4800}


faster_per_what = Exercise(
    id="faster_per_what",
    kind="compute",
    difficulty=1,
    minutes=4,
    oracle=cost_worked_out,
    mistakes=(
        step_costs_the_same_for_any_batch,
        overhead_is_free,
        overhead_comes_once,
        step_is_an_epoch,
        stochastic_means_one_example,
        seconds_are_milliseconds,
    ),
    hints=(
        "Examples = steps times batch size. The full batch has 60,000 in each step.",
        "The time of a step: 1 ms + 0.01 ms for each of its examples.",
        "Full batch: 40 · 601 ms. Mini-batches: 2,400 · 2 ms.",
    ),
    insight="Sixty times the steps, a tenth of the examples, a fifth of the time: say which.\n"
    "Overhead eats half of the gain here: that is why B = 1 is rarely the fastest.",
    atol=1e-4,
)

# four_times_the_batch


def factors_worked_out():
    """1/4, its root, 4 times the examples, the same examples in an epoch, N/(4B) steps."""
    return {"variance": 0.25, "noise": 0.5, "step": 4, "epoch": 1, "updates": 0.25}


def noise_is_the_variance():
    """The noise, the standard deviation, is the root of the variance: four times the batch halves
    it.
    """
    return factors_worked_out() | {"noise": 0.25}


def variance_knows_the_square():
    """The variance of a mean of B falls like 1/B, not like 1/B²; the noise then like 1/√B."""
    return factors_worked_out() | {"variance": 1 / 16, "noise": 0.25}


def factor_is_old_over_new():
    """Your factors are the old values over the new ones: turn each of them over."""
    return {"variance": 4, "noise": 2, "step": 0.25, "epoch": 1, "updates": 4}


def fewer_steps_are_less_work():
    """An epoch has a quarter of the steps, and each does four times the work: the products of an
    epoch stay the same.
    """
    return factors_worked_out() | {"epoch": 0.25}


def larger_steps_are_more_work():
    """Each step does four times the work, but an epoch has a quarter of the steps: the products of
    an epoch stay the same.
    """
    return factors_worked_out() | {"epoch": 4}


def step_has_one_price():
    """A step's products grow with the number of its examples. In *time* it may cost the same on
    parallel hardware; the question was about products.
    """
    return factors_worked_out() | {"step": 1, "epoch": 0.25}


def epoch_has_always_as_many_steps():
    """An epoch is one pass over the data: with four times the batch it has a quarter of the
    updates.
    """
    return factors_worked_out() | {"updates": 1, "epoch": 4}


four_times_the_batch = Exercise(
    id="four_times_the_batch",
    kind="predict",
    difficulty=1,
    minutes=3,
    oracle=factors_worked_out,
    mistakes=(
        noise_is_the_variance,
        variance_knows_the_square,
        factor_is_old_over_new,
        fewer_steps_are_less_work,
        larger_steps_are_more_work,
        step_has_one_price,
        epoch_has_always_as_many_steps,
    ),
    hints=(
        "Which of the five go with B, which with 1/B, and which see the whole data anyway?",
        "The variance goes like 1/B, and the noise is its root.",
        "Products of an epoch = steps in it × products of a step.",
    ),
    insight="Four times the batch: a quarter of the updates for the same products per epoch,\n"
    "and only half the noise. At equal epochs and rate the loss is usually higher.",
    atol=1e-6,
)

# repair_accumulation


def parts(rng):
    """Equal and unequal micro-batches, one alone, matrices too."""
    yield [draw(rng, 3), draw(rng, 3), draw(rng, 3)], [4, 2, 1]
    yield [draw(rng, 2), draw(rng, 2)], [8, 8]
    yield [draw(rng, 2, 2), draw(rng, 2, 2), draw(rng, 2, 2), draw(rng, 2, 2)], [5, 5, 5, 3]
    yield [draw(rng, 4)], [6]


def mean_over_repeated_examples(means, sizes):
    """Let each example have its micro-batch's mean gradient, and average over all examples."""
    every = [mean for mean, size in zip(means, sizes, strict=True) for _ in range(size)]
    total = np.zeros(means[0].shape)
    for place in np.ndindex(total.shape):
        total[place] = sum(float(g[place]) for g in every) / len(every)
    return total


def each_part_counts_alike(means, sizes):
    """It still takes the mean of the means. A micro-batch of 4 examples must count four times as
    much as a micro-batch of 1: weight by size.
    """
    return sum(means) / len(means)


def gradients_only_add(means, sizes):
    """You added the means up. That is right for sums over examples; these are means, so each needs
    its share: size over the number of all examples.
    """
    return sum(means) + 0.0


def sizes_need_no_total(means, sizes):
    """The weights are there and the division is not: you have the *sum* over all examples. Divide
    by sum(sizes).
    """
    return sum(m * s for m, s in zip(means, sizes, strict=True))


def total_is_the_number_of_parts(means, sizes):
    """Divide by the number of *examples*, sum(sizes), not by the number of micro-batches."""
    return sum(m * s for m, s in zip(means, sizes, strict=True)) / len(means)


def last_part_is_the_gradient(means, sizes):
    """Only the last micro-batch is left: the others were overwritten, or zeroed too early."""
    return means[-1] + 0.0


def all_parts_are_as_large_as_the_first(means, sizes):
    """You took the first size for all of them. The last micro-batch is often smaller: its weight is
    its own size over sum(sizes).
    """
    return sum(m * sizes[0] for m in means) / sum(sizes)


repair_accumulation = Exercise(
    id="repair_accumulation",
    kind="debug",
    difficulty=2,
    minutes=5,
    cases=parts,
    oracle=mean_over_repeated_examples,
    returns=("the gradient",),
    mistakes=(
        each_part_counts_alike,
        gradients_only_add,
        sizes_need_no_total,
        total_is_the_number_of_parts,
        last_part_is_the_gradient,
        all_parts_are_as_large_as_the_first,
    ),
    hints=(
        "Take sizes 3 and 1, and single numbers for the means, 0 and 4. What is the mean over the "
        "four examples?",
        "(3 · 0 + 1 · 4)/4 = 1, and the function says 2.",
        "Add up mean * size / sum(sizes).",
    ),
    insight="A mean of means is the mean only for equal sizes: weight by examples, or tokens.\n"
    "So weighted, accumulation is the large batch; with batch norm it still isn't.",
)
