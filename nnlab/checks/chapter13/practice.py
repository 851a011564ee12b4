"""Dropout both ways, a weighted probability put right, a leak in the folds, a thawed layer."""

from __future__ import annotations

import math

import numpy as np

from nnlab.checks.oracles import slopes
from nnlab.checks.spec import Exercise, draw

# dropout_layer


def dropout_cases(rng):
    """Both modes, one example and several, p = 0, draws that are exactly p."""
    for m, p, training in ((3, 0.25, True), (1, 0.6, True), (2, 0.25, False), (2, 0.0, True)):
        u = rng.integers(0, 20, (m, 4)) / 20
        u[0, :2] = p, (p + 0.5) % 1
        yield draw(rng, m, 4), draw(rng, m, 4), u, p, training


def dropped_by_loops(x, da, u, p, training):
    """Entry by entry; dx is the slope of Σ da · a by a complex step."""

    def entry(x, u):
        return (x / (1 - p) if u >= p else 0 * x) if training else x

    def loss(x):
        return sum(da[i] * entry(x[i], u[i]) for i in np.ndindex(da.shape))

    a = np.array(
        [[entry(v, w) for v, w in zip(*rows, strict=True)] for rows in zip(x, u, strict=True)]
    )
    return a, slopes(loss, x)[0]


def survivors_keep_their_size(x, da, u, p, training):
    """You don't divide by 1 - p. The mean of a would be (1 - p) x, and evaluation mode would see
    larger values than the next layer has learnt to expect.
    """
    keep = u >= p if training else np.ones(x.shape)
    return x * keep, da * keep


def weights_are_scaled_at_test_time(x, da, u, p, training):
    """You multiply by 1 - p in evaluation mode. Training has divided by it already: then the mean
    is right, and evaluation leaves x alone.
    """
    scale = (u >= p) / (1 - p) if training else 1 - p
    return x * scale, da * scale


def output_is_scaled_at_test_time(x, da, u, p, training):
    """You multiply a by 1 - p in evaluation mode. Training has divided by it already, so the mean
    is as it should be, and evaluation leaves x alone.
    """
    scale = (u >= p) / (1 - p) if training else 1.0
    return x * (scale if training else 1 - p), da * scale


def survivors_become_smaller(x, da, u, p, training):
    """You multiply by 1 - p in training. A share p is missing, so the survivors must become larger:
    divide.
    """
    scale = (u >= p) * (1 - p) if training else 1.0
    return x * scale, da * scale


def modes_are_exchanged(x, da, u, p, training):
    """You drop in evaluation and not in training: the two have changed places."""
    scale = 1.0 if training else (u >= p) / (1 - p)
    return x * scale, da * scale


def form_of_the_first_paper(x, da, u, p, training):
    """This is the form of the first paper: no division in training, times 1 - p in evaluation. It
    is consistent, but asked is *inverted* dropout: divide in training, do nothing in evaluation.
    """
    scale = 1.0 * (u >= p) if training else 1 - p
    return x * scale, da * scale


def evaluation_blocks_the_gradient(x, da, u, p, training):
    """Your dx is 0 in evaluation mode. There a = x, so the gradient goes through as it is:
    evaluation mode turns no gradients off.
    """
    scale = (u >= p) / (1 - p)
    return (x * scale, da * scale) if training else (x, 0 * da)


def draw_of_exactly_p_is_dropped(x, da, u, p, training):
    """You drop where u equals p. Asked is: dropped where u < p."""
    scale = (u > p) / (1 - p) if training else 1.0
    return x * scale, da * scale


def p_is_the_share_that_stays(x, da, u, p, training):
    """You took p for the probability of keeping. Here, as in PyTorch, p is that of dropping."""
    scale = (u < p) / p if training and p else float(not training)
    return x * scale, da * scale


def division_is_by_p(x, da, u, p, training):
    """You divide by p. The survivors are a share 1 - p, so that is what to divide by."""
    scale = (u >= p) / (p or 1) if training else 1.0
    return x * scale, da * scale


def gradient_passes_everywhere(x, da, u, p, training):
    """Your backward pass has no mask. A unit that was dropped had no influence on the loss: its
    gradient is 0.
    """
    a = x * ((u >= p) / (1 - p) if training else 1.0)
    return a, da / (1 - p if training else 1)


def gradient_is_not_scaled(x, da, u, p, training):
    """Your dx has the mask without the division. a = x/(1 - p) where it is kept, so its slope is
    1/(1 - p).
    """
    keep = u >= p if training else np.ones(x.shape)
    return x * keep / (1 - p if training else 1), da * keep


def slope_is_the_output(x, da, u, p, training):
    """Your dx holds x: you multiplied da by a. Of a = x · scale the slope is scale."""
    scale = (u >= p) / (1 - p) if training else 1.0
    return x * scale, da * (x * scale if training else 1.0)


def low_draws_stay(x, da, u, p, training):
    """You kept the units with u < p. These are a share p of all; they are the ones to drop."""
    scale = (u < p) / (1 - p) if training else 1.0
    return x * scale, da * scale


def dropout_never_ends(x, da, u, p, training):
    """You drop in evaluation mode as well: predictions would change from call to call."""
    scale = (u >= p) / (1 - p)
    return x * scale, da * scale


def batch_shares_one_mask(x, da, u, p, training):
    """All your examples share the first one's mask. Each example has draws of its own."""
    scale = (u[:1] >= p) / (1 - p) if training else 1.0
    return x * scale, da * scale


dropout_layer = Exercise(
    id="dropout_layer",
    kind="code",
    difficulty=2,
    minutes=7,
    cases=dropout_cases,
    oracle=dropped_by_loops,
    returns=("a", "dx"),
    mistakes=(
        survivors_keep_their_size,
        weights_are_scaled_at_test_time,
        output_is_scaled_at_test_time,
        survivors_become_smaller,
        modes_are_exchanged,
        form_of_the_first_paper,
        evaluation_blocks_the_gradient,
        draw_of_exactly_p_is_dropped,
        p_is_the_share_that_stays,
        division_is_by_p,
        gradient_passes_everywhere,
        gradient_is_not_scaled,
        slope_is_the_output,
        low_draws_stay,
        dropout_never_ends,
        batch_shares_one_mask,
    ),
    hints=(
        "One array does it all: by what is each entry of x multiplied? Call it scale.",
        "In training scale is 0 where u < p, and 1/(1 - p) elsewhere. In evaluation it is 1.",
        "a = x * scale, and therefore dx = da * scale, with the same scale.",
    ),
    insight="Inverted dropout: times mask/(1 - p) in training, forwards and backwards; else "
    "nothing.\n"
    "The mean stays x; the variance added is x² p/(1 - p), which is the regularisation.",
)

# weighted_odds


def patients_counted_with_copies():
    """Write 19 copies of each positive: of 100 rows with share q the share of positives is p."""

    def told(q):
        return 19 * q / (19 * q + 1 - q)

    low, high = 0.0, 1.0
    for _ in range(200):  # told grows with q: halve the interval
        middle = (low + high) / 2
        low, high = (middle, high) if told(middle) < 0.8 else (low, middle)
    return {
        "probability": low,
        "stands_for": 1 / 20,
        "cut": told(0.5),
        "shift": math.log(told(0.3) / (1 - told(0.3))) - math.log(0.3 / 0.7),
    }


def weight_divides_the_probability():
    """You divided p itself. The weight multiplies the *odds*, p/(1 - p): divide those, then go back
    to a probability.
    """
    return patients_counted_with_copies() | {"probability": 0.8 / 19, "stands_for": 0.5 / 19}


def odds_are_the_probability():
    """You stopped at the odds, 4/19. A probability is odds/(1 + odds)."""
    return patients_counted_with_copies() | {"probability": 4 / 19, "stands_for": 1 / 19}


def half_stands_for_its_odds():
    """Your `stands_for` is the odds, 1 to 19. The probability is 1 in 20."""
    return patients_counted_with_copies() | {"stands_for": 1 / 19}


def shares_are_percent():
    """You answered in percent. Asked are probabilities, from 0 to 1."""
    right = patients_counted_with_copies()
    return {name: value * (1 if name == "shift" else 100) for name, value in right.items()}


def weight_is_applied_again():
    """You multiplied the odds by 19 once more. The training has done that already: divide."""
    return patients_counted_with_copies() | {"probability": 76 / 77, "stands_for": 0.95}


def weight_changes_nothing():
    """You took p as it is. With pos_weight the model tells the odds of a world with 19 times as
    many positives.
    """
    return patients_counted_with_copies() | {"probability": 0.8, "stands_for": 0.5, "cut": 0.5}


def cut_moves_down():
    """Your `cut` goes the wrong way. The model's p is too high: where the true probability is ½ it
    says 0.95.
    """
    return patients_counted_with_copies() | {"cut": 0.05}


def cut_stays_odds():
    """Your `cut` is the model's odds where the truth is even, 19 to 1. As a probability that is
    odds/(1 + odds).
    """
    return patients_counted_with_copies() | {"cut": 19.0}


def shift_goes_down():
    """The weight *raises* the logit, by log 19. To undo it one subtracts that."""
    return patients_counted_with_copies() | {"shift": -math.log(19)}


def shift_is_the_weight():
    """Odds are multiplied by 19, so their logarithm, the logit, is raised by log 19."""
    return patients_counted_with_copies() | {"shift": 19.0}


def logarithm_has_base_ten():
    """Your logarithm has base 10. The sigmoid is made with e: the natural one."""
    return patients_counted_with_copies() | {"shift": math.log10(19)}


weighted_odds = Exercise(
    id="weighted_odds",
    kind="compute",
    difficulty=2,
    minutes=5,
    oracle=patients_counted_with_copies,
    mistakes=(
        weight_divides_the_probability,
        odds_are_the_probability,
        half_stands_for_its_odds,
        shares_are_percent,
        weight_is_applied_again,
        weight_changes_nothing,
        cut_moves_down,
        cut_stays_odds,
        shift_goes_down,
        shift_is_the_weight,
        logarithm_has_base_ten,
    ),
    hints=(
        "pos_weight = 19 is like showing each positive 19 times. What becomes of the odds q/(1 - "
        "q)?",
        "p/(1 - p) = 19 q/(1 - q). For p = 0.8 the left side is 4.",
        "probability: odds 4/19. stands_for: odds 1/19. cut: odds 19. shift: log 19.",
    ),
    insight="pos_weight ω multiplies the odds by ω: the logit is raised by log ω.\n"
    "So cutting at ½ with ω is cutting at 1/(1 + ω) without: a threshold would have done it.",
    rtol=0.002,
    atol=6e-4,
)

# repair_folds


def fold_cases(rng):
    """Uneven folds, not in order; columns of different size; keep one, and several."""
    for m, n, k, keep in ((9, 5, 3, 2), (8, 4, 2, 1), (7, 3, 3, 2)):
        labels = rng.permutation(np.arange(m) % 2)
        folds = np.concatenate([rng.permutation(np.arange(m) // 2 % k)])
        while not all(0 < labels[folds != f].mean() < 1 for f in range(k)):
            folds = rng.permutation(folds)
        table = draw(rng, m, n) + 0.1 * rng.integers(1, 9, n)
        table[np.flatnonzero(folds == 0)[0]] *= 4  # far out: who picks with it picks otherwise
        yield table.round(1), labels, folds, keep


def margins_by_loops(table, labels, folds, keep):
    """Row by row: forget its fold, score each column by hand, measure both distances."""
    found = np.zeros(len(table))
    for row in range(len(table)):
        known = [i for i in range(len(table)) if folds[i] != folds[row]]
        means = {
            c: [
                sum(table[i, j] for i in known if labels[i] == c)
                / sum(labels[i] == c for i in known)
                for j in range(table.shape[1])
            ]
            for c in (0, 1)
        }
        gaps = [(abs(means[1][j] - means[0][j]), j) for j in range(table.shape[1])]
        chosen = [j for _, j in sorted(gaps)[-keep:]]
        found[row] = sum(
            (table[row, j] - means[0][j]) ** 2 - (table[row, j] - means[1][j]) ** 2 for j in chosen
        )
    return found


def out_of_fold(table, labels, folds, keep, pick=None, fit=None, score=np.abs, order=-1):
    """Return the margins; `pick` and `fit` say from which rows, given the fold's own rows."""
    margins = np.zeros(len(table))
    for fold in np.unique(folds):
        val = folds == fold
        seen, known = (pick or np.logical_not)(val), (fit or np.logical_not)(val)
        gap = table[seen & (labels == 1)].mean(axis=0) - table[seen & (labels == 0)].mean(axis=0)
        chosen = np.argsort(order * score(gap))[:keep]
        mean1, mean0 = (table[known & (labels == c)][:, chosen].mean(axis=0) for c in (1, 0))
        A = table[val][:, chosen]
        margins[val] = ((A - mean0) ** 2).sum(axis=1) - ((A - mean1) ** 2).sum(axis=1)
    return margins


def columns_are_picked_before_the_cut(table, labels, folds, keep):
    """The columns are still picked from all rows: the labels of the validation fold have had a say
    in which. Pick them inside the loop, from the training rows.
    """
    return out_of_fold(table, labels, folds, keep, pick=np.ones_like)


def means_come_from_all_rows(table, labels, folds, keep):
    """Columns are picked inside the fold, but the two means are taken over all rows. Whatever is
    fitted is fitted on the training rows.
    """
    return out_of_fold(table, labels, folds, keep, fit=np.ones_like)


def nothing_is_held_out(table, labels, folds, keep):
    """You pick and fit on all rows, so each row is judged by means that hold it. Leave its fold
    out.
    """
    return out_of_fold(table, labels, folds, keep, pick=np.ones_like, fit=np.ones_like)


def only_larger_means_count(table, labels, folds, keep):
    """You rank columns by the difference with its sign. A column that is *smaller* in class 1 tells
    as much: take the absolute value.
    """
    return out_of_fold(table, labels, folds, keep, score=np.array)


def smallest_gaps_are_kept(table, labels, folds, keep):
    """You keep the columns with the smallest difference. np.argsort goes from small to large."""
    return out_of_fold(table, labels, folds, keep, order=1)


def largest_gaps_are_left_out(table, labels, folds, keep):
    """You kept all *but* the `keep` largest: [:-keep] is the front of a list, [-keep:] its end."""
    return out_of_fold(table, labels, folds, table.shape[1] - keep, order=1)


def every_column_is_kept(table, labels, folds, keep):
    """You use all columns. Keep the `keep` with the largest difference."""
    return out_of_fold(table, labels, folds, table.shape[1])


def classes_are_given(table, labels, folds, keep):
    """You return the class, 0 or 1. Asked is the margin: the difference of the two squared
    distances.
    """
    return (out_of_fold(table, labels, folds, keep) > 0) * 1.0


def margin_points_to_class_zero(table, labels, folds, keep):
    """Your margins have the other sign. Positive means nearer to class 1."""
    return -out_of_fold(table, labels, folds, keep)


repair_folds = Exercise(
    id="repair_folds",
    kind="debug",
    difficulty=2,
    minutes=7,
    cases=fold_cases,
    oracle=margins_by_loops,
    mistakes=(
        columns_are_picked_before_the_cut,
        means_come_from_all_rows,
        nothing_is_held_out,
        only_larger_means_count,
        smallest_gaps_are_kept,
        largest_gaps_are_left_out,
        every_column_is_kept,
        classes_are_given,
        margin_points_to_class_zero,
    ),
    hints=(
        "For one fold, list everything that was computed from labels. From which rows?",
        "The means are right. What chose the columns, and had it seen the fold?",
        "Move the two lines that make `gap` and `chosen` into the loop, and let them see only "
        "table[train] and labels[train].",
    ),
    insight="Whatever looks at labels belongs inside the fold: selecting, scaling, over-sampling.\n"
    "On 50 rows of pure noise with 2,000 columns, picking first gave 96 % accuracy.",
)

# repair_freeze


def tuning_cases(rng):
    """Velocities from before; no decay, no momentum, nothing frozen; frozen in front, between."""
    for n, frozen, lr, momentum, decay in (
        (4, [0, 1], 0.1, 0.9, 0.2),
        (3, [2], 0.2, 0.5, 0.0),
        (5, [3, 1], 0.05, 0.0, 0.4),
        (3, [], 0.1, 0.9, 0.1),
    ):
        yield (
            draw(rng, n),
            draw(rng, n),
            draw(rng, 3, n),
            np.array(frozen, dtype=int),
            lr,
            momentum,
            decay,
        )


def tuned_weight_by_weight(theta, velocity, grads, frozen, lr, momentum, decay):
    """Each weight has its own short history; a frozen one has none."""
    found = []
    for j in range(len(theta)):
        w, v = float(theta[j]), float(velocity[j])
        for step in range(0 if j in frozen else len(grads)):
            v = momentum * v + grads[step][j] + decay * w
            w = w - lr * v
        found.append(w)
    return np.array(found)


def tuned(theta, velocity, grads, frozen, lr, momentum, decay, stops=()):
    """Fine-tune; `stops` says what is switched off for frozen weights."""
    free = np.ones(len(theta))
    free[frozen] = 0
    for grad in grads:
        g = grad * (free if "grad" in stops else 1)
        g = g + decay * theta * (free if "decay" in stops else 1)
        velocity = momentum * velocity + g
        theta = theta - lr * velocity * (free if "step" in stops else 1)
    return theta


def no_gradient_means_frozen(theta, velocity, grads, frozen, lr, momentum, decay):
    """The gradient of the frozen weights is 0, and they move all the same: by weight decay, and by
    the velocity that they had before. Mask the step itself.
    """
    return tuned(theta, velocity, grads, frozen, lr, momentum, decay, ("grad",))


def velocity_dies_by_itself(theta, velocity, grads, frozen, lr, momentum, decay):
    """Gradient and decay are masked, but the velocity from before still pushes the frozen weights
    for a while.
    """
    return tuned(theta, velocity, grads, frozen, lr, momentum, decay, ("grad", "decay"))


def decay_still_pulls(theta, velocity, grads, frozen, lr, momentum, decay):
    """Gradient and old velocity of the frozen weights are gone, but weight decay still pulls them
    towards 0.
    """
    velocity = velocity.copy()
    velocity[frozen] = 0
    return tuned(theta, velocity, grads, frozen, lr, momentum, decay, ("grad",))


def first_step_is_the_last(theta, velocity, grads, frozen, lr, momentum, decay):
    """You return after the first row of grads: the return belongs behind the loop."""
    return tuned(theta, velocity, grads[:1], frozen, lr, momentum, decay, ("step",))


def old_velocity_is_thrown_away(theta, velocity, grads, frozen, lr, momentum, decay):
    """You set the whole velocity to 0. That of the weights that are trained belongs to them."""
    return tuned(theta, 0 * velocity, grads, frozen, lr, momentum, decay, ("grad", "decay"))


def decay_is_switched_off(theta, velocity, grads, frozen, lr, momentum, decay):
    """You left the decay out for all. The weights that are trained should still have it."""
    return tuned(theta, velocity, grads, frozen, lr, momentum, 0.0, ("step",))


def mask_marks_the_trained_ones(theta, velocity, grads, frozen, lr, momentum, decay):
    """You froze the others: `frozen` holds the places that may *not* move."""
    others = np.setdiff1d(np.arange(len(theta)), frozen)
    return tuned(theta, velocity, grads, others, lr, momentum, decay, ("step",))


def nothing_is_frozen(theta, velocity, grads, frozen, lr, momentum, decay):
    """Your frozen weights are trained like the rest."""
    return tuned(theta, velocity, grads, frozen, lr, momentum, decay)


def momentum_is_switched_off(theta, velocity, grads, frozen, lr, momentum, decay):
    """You step by the gradient alone. The weights that are trained have a velocity."""
    return tuned(theta, 0 * velocity, grads, frozen, lr, 0.0, decay, ("step",))


def decay_stays_out_of_the_velocity(theta, velocity, grads, frozen, lr, momentum, decay):
    """You decay beside the velocity, as AdamW does. In SGD, here as in nnlib and PyTorch, decay ·
    theta is added to the gradient and goes through the velocity.
    """
    free = np.ones(len(theta))
    free[frozen] = 0
    for grad in grads:
        velocity = momentum * velocity + grad
        theta = theta - lr * (velocity + decay * theta) * free
    return theta


repair_freeze = Exercise(
    id="repair_freeze",
    kind="debug",
    difficulty=2,
    minutes=6,
    cases=tuning_cases,
    oracle=tuned_weight_by_weight,
    mistakes=(
        no_gradient_means_frozen,
        velocity_dies_by_itself,
        decay_still_pulls,
        first_step_is_the_last,
        old_velocity_is_thrown_away,
        decay_is_switched_off,
        mask_marks_the_trained_ones,
        nothing_is_frozen,
        momentum_is_switched_off,
        decay_stays_out_of_the_velocity,
    ),
    hints=(
        "Follow one frozen weight through one step. What is added to its gradient of 0?",
        "Two things move it: decay · theta, and momentum · velocity from before.",
        "Leave the velocity as it is, and mask the step: step = lr * velocity, step[frozen] = 0.",
    ),
    insight="A gradient of 0 doesn't freeze: weight decay and an old velocity still move the "
    "weight.\n"
    "Leave frozen weights out of the optimizer; and batch norm's statistics need evaluation mode.",
)
