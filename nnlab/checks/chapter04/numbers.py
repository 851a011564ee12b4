"""Losses for numbers and counts: shapes, likelihood, outliers."""

from __future__ import annotations

import numpy as np

from nnlab.checks.chapter04.labels import symbols
from nnlab.checks.oracles import slopes
from nnlab.checks.spec import Exercise, draw

# repair_mse


def regression_cases(rng):
    """Batches of one and many; predictions stand in a column, targets in a row."""
    for m in (1, 4, 3):
        yield draw(rng, m, 1), draw(rng, m)


def mse_by_complex_step(predictions, y):
    """The mean of (prediction - target)², pair by pair, and its slopes."""

    def loss(p):
        return sum((p[i, 0] - target) ** 2 for i, target in enumerate(y)) / len(y)

    return float(loss(predictions)), slopes(loss, predictions)[0]


def numpy_pairs_them_up(predictions, y):
    """The residual has m² entries: (m, 1) minus (m,) is every prediction minus every target. Give
    both one shape before you subtract.
    """
    r = predictions - y
    return float((r**2).mean()), 2 * r.sum(axis=1, keepdims=True) / r.size


def column_of_residuals(predictions, y):
    """Return (m, 1) residuals, for the wrong answers to build on."""
    return predictions - y.reshape(-1, 1)


def mean_still_runs_over_all_pairs(predictions, y):
    """The loss is right; dz is m times too small: you still divide by m², the number of pairs. The
    residual has m entries now.
    """
    r = column_of_residuals(predictions, y)
    return float((r**2).mean()), 2 * r / len(y) ** 2


def mean_is_in_the_loss_only(predictions, y):
    """Your dz is the gradient of the sum. The loss is a mean: its 1/m is missing in dz."""
    r = column_of_residuals(predictions, y)
    return float((r**2).mean()), 2 * r


def squares_come_with_a_half(predictions, y):
    """You halved it. Many books write ½ (z - y)²; this course, PyTorch and scikit-learn don't."""
    r = column_of_residuals(predictions, y)
    return float((r**2).mean() / 2), r / len(y)


def pairing_bug_is_only_in_the_loss(predictions, y):
    """The loss is right now, and dz still comes from all pairs: it pulls every prediction to the
    mean of the targets.
    """
    r = predictions - y
    return float((column_of_residuals(predictions, y) ** 2).mean()), (
        2 * r.sum(axis=1, keepdims=True) / r.size
    )


def losses_add_up(predictions, y):
    """The pairing is right now, and the mean is gone: yours is the sum over the batch, loss and
    gradient m times too large.
    """
    r = column_of_residuals(predictions, y)
    return float((r**2).sum()), 2 * r


def target_comes_first(predictions, y):
    """You turned the residual round. The square doesn't notice, dz does: it has the other sign."""
    r = column_of_residuals(predictions, y)
    return float((r**2).mean()), -2 * r / len(y)


repair_mse = Exercise(
    id="repair_mse",
    kind="debug",
    difficulty=1,
    minutes=5,
    cases=regression_cases,
    oracle=mse_by_complex_step,
    returns=("loss", "dz"),
    mistakes=(
        numpy_pairs_them_up,
        mean_still_runs_over_all_pairs,
        mean_is_in_the_loss_only,
        squares_come_with_a_half,
        pairing_bug_is_only_in_the_loss,
        losses_add_up,
        target_comes_first,
    ),
    hints=(
        "Print r.shape for three examples.",
        "(m, 1) - (m,) broadcasts to (m, m). Which shape should y have had?",
        "r = predictions - y.reshape(-1, 1); then dz = 2 r / r.size has the shape of predictions.",
    ),
    insight="(m, 1) - (m,) is (m, m): no error, a smooth loss, and everybody gets the mean.\n"
    "A batch of one can't show it. Demand equal shapes at the loss's door.",
)

# poisson_loss


def counts_by_algebra():
    """-log of Poisson's probability with rate e^z, without the terms that have no z; its slope."""
    import sympy as sp

    z, y = symbols("z y", real=True)
    rate = sp.exp(z)
    surprise = sp.expand_log(-sp.log(rate**y * sp.exp(-rate) / sp.factorial(y)), force=True)
    loss = sp.expand(surprise).as_independent(z, as_Add=True)[1]
    return loss, loss.diff(z)


def output_is_the_rate():
    """You took the output itself as the rate λ. Here λ = e^z, which can't become negative."""
    import sympy as sp

    z, y = symbols("z y", positive=True)
    return z - y * sp.log(z), 1 - y / z


def likelihood_is_minimised():
    """Your loss has the other sign: that is the log-likelihood, which is maximised."""
    import sympy as sp

    z, y = symbols("z y")
    return y * z - sp.exp(z), y - sp.exp(z)


def rate_is_the_variable():
    """Your loss is right. Your dz is ∂L/∂λ = 1 - y/λ; one link is missing, ∂λ/∂z = e^z."""
    import sympy as sp

    z, y = symbols("z y")
    return sp.exp(z) - y * z, 1 - y * sp.exp(-z)


def constant_is_kept():
    """Right, but for log y!, which has no z in it: leave that out. It moves no minimum."""
    import sympy as sp

    z, y = symbols("z y", real=True)
    return sp.exp(z) - y * z + sp.log(sp.factorial(y)), sp.exp(z) - y


def counts_are_numbers_with_gaussian_noise():
    """That is squared error on the count. Poisson's -log has no square: its variance grows with
    the rate, so large counts may be missed by more.
    """
    import sympy as sp

    z, y = symbols("z y")
    return (sp.exp(z) - y) ** 2, 2 * (sp.exp(z) - y) * sp.exp(z)


poisson_loss = Exercise(
    id="poisson_loss",
    kind="derive",
    difficulty=2,
    minutes=6,
    oracle=counts_by_algebra,
    returns=("loss", "dz"),
    mistakes=(
        output_is_the_rate,
        likelihood_is_minimised,
        rate_is_the_variable,
        constant_is_kept,
        counts_are_numbers_with_gaussian_noise,
    ),
    hints=(
        "-log of a product is a sum: -y log λ + λ + log y!.",
        "Put λ = e^z in: log λ is z. Which term has no z?",
        "L = e^z - y z. Its derivative for z has two terms.",
    ),
    insight="New kind of label, same recipe: pick the distribution, take -log, drop constants.\n"
    "The slope is prediction minus truth again, e^z - y, as for every canonical link.",
)

# best_constant


def centres_by_hand():
    """The mean 106/5; the median; c with 4c - 6 - 14 = 0."""
    return {"mse": 21.2, "mae": 2.0, "huber": 5.0}


def square_finds_the_middle():
    """You exchanged the two: squares are least at the *mean*, absolute values at the *median*."""
    return {"mse": 2.0, "mae": 21.2, "huber": 5.0}


def outlier_is_thrown_away():
    """Your Huber constant is the mean of the four others. The outlier isn't left out: it pulls,
    with force δ and no more.
    """
    return centres_by_hand() | {"huber": 1.5}


def huber_clips_the_targets():
    """You cut the target 100 down to 14 and took the mean. Cut are the *residuals*: it pulls with
    force 14, wherever c is.
    """
    return centres_by_hand() | {"huber": 4.0}


def huber_is_the_median():
    """For your Huber constant you took the median. That is its limit for a tiny δ; here four of the
    five residuals lie within δ = 14, where it is a square.
    """
    return centres_by_hand() | {"huber": 2.0}


def huber_is_the_mean():
    """For your Huber constant you took the mean. From there the outlier is 78.8 away, and it counts
    with 14 only.
    """
    return centres_by_hand() | {"huber": 21.2}


def median_is_the_middle_of_the_range():
    """Your MAE constant is half-way between the smallest and the largest target. The median is the
    middle *one* in order: two targets below it, two above.
    """
    return centres_by_hand() | {"mae": 50.0}


best_constant = Exercise(
    id="best_constant",
    kind="compute",
    difficulty=2,
    minutes=5,
    oracle=centres_by_hand,
    mistakes=(
        square_finds_the_middle,
        outlier_is_thrown_away,
        huber_clips_the_targets,
        huber_is_the_median,
        huber_is_the_mean,
        median_is_the_middle_of_the_range,
    ),
    hints=(
        "At the best constant c the pulls of the five targets cancel. Which pull has each loss?",
        "MSE: Σ (c - y) = 0. MAE: as many below as above. Huber: Σ clip(c - y, -14, 14) = 0.",
        "Suppose only the target 100 is more than 14 away: (c - 0) + (c - 1) + (c - 2) + (c - 3) "
        "- 14 = 0.",
    ),
    insight="MSE predicts means, MAE medians, Huber something between that δ decides.\n"
    "Set the sum of the pulls to 0: an outlier pulls with its distance, with 1, or with δ.",
    rtol=0.0,
    atol=1e-6,
)

# huber_loss


def residual_cases(rng):
    """Residuals inside and outside δ, on both sides."""
    for (m, k), delta in (((1, 3), 1.0), ((4, 1), 0.5), ((2, 3), 2.0), ((5, 2), 1.5)):
        yield draw(rng, m, k), draw(rng, m, k) / 2 + 0.03, delta


def huber_by_complex_step(z, y, delta):
    """The mean of the two pieces, entry by entry, and its slopes."""

    def loss(z):
        total = 0
        for r in (z - y).ravel().tolist():
            size = r if complex(r).real > 0 else -r
            inside = complex(size).real <= delta
            total += r * r / 2 if inside else delta * size - delta * delta / 2
        return total / z.size

    return float(loss(z)), slopes(loss, z)[0]


def huber_in_pieces(z, y, delta):
    """Return the residuals, who is inside, and the right gradient, for wrong answers."""
    r = z - y
    return r, np.abs(r) <= delta, np.clip(r, -delta, delta) / r.size


def pieces_need_not_meet(z, y, delta):
    """Outside you have δ|r|, which jumps at |r| = δ: there it is δ², the square ½ δ². Subtract
    ½ δ².
    """
    r, inside, dz = huber_in_pieces(z, y, delta)
    return float(np.where(inside, r * r / 2, delta * np.abs(r)).mean()), dz


def square_has_no_half(z, y, delta):
    """Inside you have r² without ½. Its slope at δ would be 2δ, and the line outside has δ: a
    corner.
    """
    r, inside, _ = huber_in_pieces(z, y, delta)
    value = np.where(inside, r * r, delta * (np.abs(r) - delta / 2)).mean()
    return float(value), np.where(inside, 2 * r, delta * np.sign(r)) / r.size


def huber_is_smooth_l1(z, y, delta):
    """Yours is Huber divided by δ: PyTorch's SmoothL1Loss. Here the slope outside is δ."""
    value, dz = huber_by_complex_step(z, y, delta)
    return value / delta, dz / delta


def only_the_loss_is_cut(z, y, delta):
    """Your loss is right and your dz is r for all: that of the square. Outside, the pull stays at
    ±δ.
    """
    r, _, _ = huber_in_pieces(z, y, delta)
    return huber_by_complex_step(z, y, delta)[0], r / r.size


def line_has_slope_one(z, y, delta):
    """Outside, your dz is ±1. The line δ|r| - ½ δ² has slope ±δ."""
    r, inside, _ = huber_in_pieces(z, y, delta)
    return huber_by_complex_step(z, y, delta)[0], np.where(inside, r, np.sign(r)) / r.size


def cut_is_at_one(z, y, delta):
    """Your loss is right. Your dz is cut off at ±1, whatever δ is: the pull stays at ±δ."""
    return huber_by_complex_step(z, y, delta)[0], np.clip(z - y, -1, 1) / z.size


def shift_is_half_delta(z, y, delta):
    """Outside you have δ|r| - ½ δ. Multiply out: δ(|r| - ½ δ) = δ|r| - ½ δ², with a square."""
    r, inside, dz = huber_in_pieces(z, y, delta)
    return float(np.where(inside, r * r / 2, delta * np.abs(r) - delta / 2).mean()), dz


def pull_has_no_sign(z, y, delta):
    """Your loss is right. Outside, your dz is +δ on both sides: below the target it is -δ."""
    r, inside, _ = huber_in_pieces(z, y, delta)
    return huber_by_complex_step(z, y, delta)[0], np.where(inside, r, delta) / r.size


def residuals_are_positive(z, y, delta):
    """You compared r with δ, not |r|: a residual of -5 then counts as small."""
    r = z - y
    value = np.where(r <= delta, r * r / 2, delta * (r - delta / 2)).mean()
    return float(value), np.minimum(r, delta) / r.size


def mean_is_over_examples(z, y, delta):
    """You divided by m. The mean runs over all m·k entries, as for MSE."""
    value, dz = huber_by_complex_step(z, y, delta)
    return value * z.shape[1], dz * z.shape[1]


huber_loss = Exercise(
    id="huber_loss",
    kind="code",
    difficulty=2,
    minutes=7,
    cases=residual_cases,
    oracle=huber_by_complex_step,
    returns=("loss", "dz"),
    mistakes=(
        pieces_need_not_meet,
        square_has_no_half,
        huber_is_smooth_l1,
        only_the_loss_is_cut,
        line_has_slope_one,
        cut_is_at_one,
        shift_is_half_delta,
        pull_has_no_sign,
        residuals_are_positive,
        mean_is_over_examples,
    ),
    hints=(
        "Two pieces, chosen by |r| against δ: np.where takes both and a condition.",
        "Inside ½ r², outside δ (|r| - ½ δ): at |r| = δ both are ½ δ², and both have slope δ.",
        "The slope is r inside and ±δ outside: np.clip(r, -delta, delta), over the number of "
        "entries.",
    ),
    insight="Huber's gradient is the clipped residual: an outlier pulls with δ at most.\n"
    "The pieces meet in value and slope; δ is in the target's unit, so it has to be chosen.",
)
