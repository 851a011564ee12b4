"""Bias and variance by hand, the proximal step, shrinkage derived, and what λ moves."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from nnlab.checks.spec import Exercise, draw

# error_parts


def errors_averaged_in_fractions():
    """Average over the four predictions, and over a noise that is +½ or -½."""
    predictions, truth, sigma = [Fraction(n) for n in (2, 4, 5, 5)], Fraction(7), Fraction(1, 2)
    mean = sum(predictions) / 4
    worlds = [(truth + e - h) ** 2 for h in predictions for e in (sigma, -sigma)]
    together = [(truth + e - mean) ** 2 for e in (sigma, -sigma)]
    return {
        "bias2": float((truth - mean) ** 2),
        "variance": float(sum((h - mean) ** 2 for h in predictions) / 4),
        "error": float(sum(worlds) / 8),
        "averaged": float(sum(together) / 2),
    }


def bias_stays_unsquared():
    """Your bias isn't squared. The bias is -3; what adds up are its square, the variance and the
    noise's variance.
    """
    return {"bias2": 3.0, "variance": 1.5, "error": 4.75, "averaged": 3.25}


def bias_keeps_its_sign():
    """You gave the bias itself, -3. Asked is its square."""
    return errors_averaged_in_fractions() | {"bias2": -3.0}


def bias_is_its_size():
    """Your `bias2` is the distance from the truth, 3. Asked is its square."""
    return errors_averaged_in_fractions() | {"bias2": 3.0}


def variance_divides_by_one_less():
    """Your variance divides by n - 1. These four training sets count as all there are: by n."""
    return errors_averaged_in_fractions() | {"variance": 2.0, "error": 11.25}


def squares_are_only_added():
    """You added the four squared distances up. The variance is their mean."""
    return errors_averaged_in_fractions() | {"variance": 6.0, "error": 15.25}


def variance_is_about_the_truth():
    """Your variance is taken around the truth, so it holds the bias already. It is the scatter
    around the *mean prediction*.
    """
    return errors_averaged_in_fractions() | {"variance": 10.5, "error": 19.75}


def spread_is_the_variance():
    """You took the standard deviation. The variance is its square."""
    root = math.sqrt(1.5)
    return errors_averaged_in_fractions() | {"variance": root, "error": 9.25 + root}


def noise_is_left_out():
    """Your error leaves the noise out. New labels are noisy, and no model can foresee that."""
    return errors_averaged_in_fractions() | {"error": 10.5, "averaged": 9.0}


def noise_enters_by_its_spread():
    """0.5 is the noise's standard deviation. What adds up is its variance, 0.25."""
    return errors_averaged_in_fractions() | {"error": 11.0, "averaged": 9.5}


def noise_is_for_the_average_only():
    """Your `error` leaves the noise out: 0.25 more. A single model meets noisy labels as well."""
    return errors_averaged_in_fractions() | {"error": 10.5}


def average_meets_no_noise():
    """Your `averaged` leaves the noise out: 0.25 more. The new label is noisy for every model."""
    return errors_averaged_in_fractions() | {"averaged": 9.0}


def averaging_quarters_the_variance():
    """You divided the variance by 4, as for four independent models out of many. Here the four are
    all there are: their mean is the mean prediction, and has no variance.
    """
    return errors_averaged_in_fractions() | {"averaged": 9.625}


def averaging_takes_the_bias():
    """Your `averaged` has no bias. Averaging takes the variance away; the mean prediction is as far
    from the truth as before.
    """
    return errors_averaged_in_fractions() | {"averaged": 0.25}


def averaging_changes_nothing():
    """Your `averaged` still holds the variance. The mean over all training sets doesn't scatter."""
    return errors_averaged_in_fractions() | {"averaged": 10.75}


error_parts = Exercise(
    id="error_parts",
    kind="compute",
    difficulty=1,
    minutes=5,
    oracle=errors_averaged_in_fractions,
    mistakes=(
        bias_stays_unsquared,
        bias_keeps_its_sign,
        bias_is_its_size,
        variance_divides_by_one_less,
        squares_are_only_added,
        variance_is_about_the_truth,
        spread_is_the_variance,
        noise_is_left_out,
        noise_enters_by_its_spread,
        noise_is_for_the_average_only,
        average_meets_no_noise,
        averaging_quarters_the_variance,
        averaging_takes_the_bias,
        averaging_changes_nothing,
    ),
    hints=(
        "First the mean of the four predictions. Everything is measured from there.",
        "bias² = (7 - 4)²; the variance is the mean of the squared distances from 4.",
        "error = bias² + variance + 0.5². An average over all training sets has no variance left.",
    ),
    insight="Expected squared error = bias² + variance + noise: the noise is a floor for "
    "everyone.\n"
    "Averaging models (bagging, ensembles) takes variance away and leaves bias where it was.",
    rtol=0.001,
)

# proximal_step


def proximal_cases(rng):
    """Weights that stop at 0, cross it, stay on their side; exact zeros; λ = 0."""
    yield np.array([1.0, -1.0, 0.1, -0.1, 0.0]), np.array([0.5, 0.5, 0.2, -3.0, 0.3]), 0.5, 0.4
    yield draw(rng, 4), draw(rng, 4), 0.3, 1.5
    yield draw(rng, 3) / 10, draw(rng, 3), 0.1, 2.0
    yield draw(rng, 3), draw(rng, 3), 0.2, 0.0
    yield np.array([[0.6, -2.0, 0.3], [0.0, 0.5, -0.4]]), draw(rng, 2, 3), 0.2, 0.7


def lowest_of_three_candidates(w, grad, lr, lam):
    """½ (u - v)² + lr·λ |u| is lowest at 0, or where its slope is 0 on one side: compare them."""
    found = np.zeros(w.shape)
    for place in np.ndindex(w.shape):
        v = float(w[place]) - lr * float(grad[place])
        right, left = max(v - lr * lam, 0.0), min(v + lr * lam, 0.0)
        found[place] = min((0.0, right, left), key=lambda u: (u - v) ** 2 / 2 + lr * lam * abs(u))
    return found


def gradient_of_l1_is_enough(w, grad, lr, lam):
    """You took a subgradient step, with λ sign(w) in the gradient. It steps across 0 and back, and
    no weight becomes exactly 0. First the step on the loss alone, then the shrinking.
    """
    return w - lr * (grad + lam * np.sign(w))


def nothing_is_shrunk(w, grad, lr, lam):
    """That is the step on the loss alone: the penalty hasn't acted yet. Bring every entry nearer to
    0 by lr · lam, and stop there.
    """
    return w - lr * grad


def step_goes_uphill(w, grad, lr, lam):
    """Your step on the loss goes uphill: v = w - lr · grad, against the gradient."""
    v = w + lr * grad
    return np.sign(v) * np.maximum(np.abs(v) - lr * lam, 0)


def zero_is_a_wall(w, grad, lr, lam):
    """You set each weight that leaves its side to 0. Where it is the loss that carries it across,
    it may go: shrink v = w - lr · grad, and stop at 0 in the shrinking alone.
    """
    after = w - lr * (grad + lam * np.sign(w))
    return np.where(after * w <= 0, 0.0, after)


def threshold_is_lambda(w, grad, lr, lam):
    """You shrink by λ. In a step of length lr the penalty counts lr times: shrink by lr · lam."""
    v = w - lr * grad
    return np.sign(v) * np.maximum(np.abs(v) - lam, 0)


def small_ones_are_cut_off(w, grad, lr, lam):
    """Small weights go to 0, but the others keep their size: that is a hard threshold. L1 pulls the
    large ones too, by lr · lam.
    """
    v = w - lr * grad
    return np.where(np.abs(v) > lr * lam, v, 0.0)


def shrinking_goes_through_zero(w, grad, lr, lam):
    """Your weights go past 0: |v| - lr · lam became negative and changed their sign. Stop at 0."""
    v = w - lr * grad
    return np.sign(v) * (np.abs(v) - lr * lam)


def shrinking_comes_first(w, grad, lr, lam):
    """You shrank first, and then took the step on the loss: that moves the zeros away again."""
    return np.sign(w) * np.maximum(np.abs(w) - lr * lam, 0) - lr * grad


def penalty_is_l2(w, grad, lr, lam):
    """You shrink in proportion to the weight: that is L2. L1 takes the same lr · lam from each."""
    return (w - lr * grad) * (1 - lr * lam)


def l2_stands_in_the_gradient(w, grad, lr, lam):
    """You added λ w to the gradient: that is L2. It fades near 0, so no weight gets there. L1 takes
    the same lr · lam from each, and stops at 0.
    """
    return w - lr * (grad + lam * w)


def negative_weights_vanish(w, grad, lr, lam):
    """Your negative weights are all 0. Shrink the absolute value, and give the sign back."""
    return np.maximum(w - lr * grad - lr * lam, 0)


def loss_needs_no_step(w, grad, lr, lam):
    """You shrank w itself and left the loss out. First v = w - lr · grad, then shrink v."""
    return np.sign(w) * np.maximum(np.abs(w) - lr * lam, 0)


def sign_is_that_of_the_old_weight(w, grad, lr, lam):
    """You gave back the sign that w had. The step on the loss may have changed it: take v's."""
    return np.sign(w) * np.maximum(np.abs(w - lr * grad) - lr * lam, 0)


proximal_step = Exercise(
    id="proximal_step",
    kind="code",
    difficulty=2,
    minutes=6,
    cases=proximal_cases,
    oracle=lowest_of_three_candidates,
    mistakes=(
        gradient_of_l1_is_enough,
        nothing_is_shrunk,
        step_goes_uphill,
        zero_is_a_wall,
        threshold_is_lambda,
        small_ones_are_cut_off,
        shrinking_goes_through_zero,
        shrinking_comes_first,
        penalty_is_l2,
        l2_stands_in_the_gradient,
        negative_weights_vanish,
        loss_needs_no_step,
        sign_is_that_of_the_old_weight,
    ),
    hints=(
        "Two moves: a step on the loss, v = w - lr · grad, as if there were no penalty. Then the "
        "penalty acts on v.",
        "Every entry of v comes closer to 0 by lr · lam, and stops there.",
        "np.sign(v) * np.maximum(np.abs(v) - lr * lam, 0).",
    ),
    insight="A proximal step: gradient step on the loss, then soft-thresholding by lr · λ.\n"
    "It gives exact zeros; the subgradient λ sign(w) only hovers around them.",
)

# shrinkage


def letters():
    """Return λ_i, λ, η and t, as the exercise names them."""
    import sympy as sp

    return sp.symbols("lam_i lam eta t", positive=True)


def solved_by_sympy():
    """The slope set to 0, the recurrence of descent solved, and the two set equal."""
    import sympy as sp

    lam_i, lam, eta, t = letters()
    w, n, share = sp.Symbol("w"), sp.Symbol("n", integer=True), sp.Function("share")
    l2 = sp.solve((lam_i * (w - 1) ** 2 / 2 + lam * w**2 / 2).diff(w), w)[0]
    step = share(n + 1) - share(n) + eta * lam_i * (share(n) - 1)
    stopped = sp.rsolve(step, share(n), {share(0): 0}).subs(n, t)
    return {"l2": l2, "stopped": stopped, "matching": sp.solve(sp.Eq(l2, stopped), lam)[0]}


def share_is_what_is_lost():
    """Your `l2` is what L2 takes away. Where λ is 0 everything is kept: the share is 1."""
    lam_i, lam, _, _ = letters()
    return solved_by_sympy() | {"l2": lam / (lam_i + lam)}


def decay_is_the_share():
    """Your `l2` is the factor of one step's decay. At the minimum the loss pulls back: set the
    slope of both together to 0.
    """
    _, lam, eta, _ = letters()
    return solved_by_sympy() | {"l2": 1 - eta * lam}


def penalty_has_a_two():
    """Your `l2` has 2λ: the penalty is λ/2 w², so its slope is λ w."""
    lam_i, lam, _, _ = letters()
    return solved_by_sympy() | {"l2": lam_i / (lam_i + 2 * lam)}


def curvature_is_one():
    """Your `l2` takes the curvature for 1. The loss pulls back with λᵢ(w - w*)."""
    _, lam, _, _ = letters()
    return solved_by_sympy() | {"l2": 1 / (1 + lam)}


def error_is_the_share():
    """Your `stopped` is what is still missing after t steps: it begins at 1. The share kept begins
    at 0, since descent starts from w = 0.
    """
    lam_i, _, eta, t = letters()
    return solved_by_sympy() | {"stopped": (1 - eta * lam_i) ** t}


def progress_is_linear():
    """Your `stopped` grows by the same amount at each step. The slope shrinks as the minimum comes
    nearer: each step takes away the same *share* of what is missing.
    """
    lam_i, _, eta, t = letters()
    return solved_by_sympy() | {"stopped": eta * t * lam_i}


def steps_are_infinitely_small():
    """Your `stopped` holds for η towards 0, with ηt fixed. Asked are t steps of size η, exactly."""
    import sympy as sp

    lam_i, _, eta, t = letters()
    return solved_by_sympy() | {"stopped": 1 - sp.exp(-eta * t * lam_i)}


def match_is_the_rule_of_thumb():
    """1/(ηt) is the match to first order. Asked is the λ for which both keep exactly the same; it
    depends on λᵢ.
    """
    _, _, eta, t = letters()
    return solved_by_sympy() | {"matching": 1 / (eta * t)}


def squares_of_the_step():
    """Your `stopped` has a 2 too much: the slope of ½λᵢ(w - w*)² is λᵢ(w - w*)."""
    lam_i, _, eta, t = letters()
    return solved_by_sympy() | {"stopped": 1 - (1 - 2 * eta * lam_i) ** t}


def match_is_for_infinitely_small_steps():
    """Your `matching` holds for η towards 0, with ηt fixed. Asked are t steps of size η, exactly:
    (1 - ηλᵢ)ᵗ stands where you have its limit.
    """
    import sympy as sp

    lam_i, _, eta, t = letters()
    return solved_by_sympy() | {"matching": lam_i / (sp.exp(eta * t * lam_i) - 1)}


def match_is_upside_down():
    """Your `matching` is upside down. More steps mean less regularisation: it must fall with t."""
    lam_i, _, eta, t = letters()
    missing = (1 - eta * lam_i) ** t
    return solved_by_sympy() | {"matching": lam_i * (1 - missing) / missing}


def match_forgets_the_curvature():
    """Your `matching` lacks the factor λᵢ: solve λᵢ/(λᵢ + λ) = 1 - (1 - ηλᵢ)ᵗ for λ once more."""
    lam_i, _, eta, t = letters()
    missing = (1 - eta * lam_i) ** t
    return solved_by_sympy() | {"matching": missing / (1 - missing)}


shrinkage = Exercise(
    id="shrinkage",
    kind="derive",
    difficulty=2,
    minutes=8,
    oracle=solved_by_sympy,
    mistakes=(
        share_is_what_is_lost,
        decay_is_the_share,
        penalty_has_a_two,
        curvature_is_one,
        error_is_the_share,
        progress_is_linear,
        steps_are_infinitely_small,
        match_is_the_rule_of_thumb,
        match_is_for_infinitely_small_steps,
        squares_of_the_step,
        match_is_upside_down,
        match_forgets_the_curvature,
    ),
    hints=(
        "l2: the slope of ½λᵢ(w - w*)² + ½λw² is 0. Solve for w and divide by w*.",
        "stopped: a step takes w - w* to (1 - ηλᵢ)(w - w*). It starts at -w*.",
        "matching: λᵢ/(λᵢ + λ) = s gives λ = λᵢ(1 - s)/s. Put s = 1 - (1 - ηλᵢ)ᵗ in.",
    ),
    bounds=(("eta", 0.05, 0.3), ("lam_i", 0.5, 3), ("lam", 0.1, 3), ("t", 1, 6)),
    insight="L2 keeps λᵢ/(λᵢ + λ), t steps keep 1 - (1 - ηλᵢ)ᵗ: both spare steep directions.\n"
    "The λ that matches depends on λᵢ, so they are alike, with λ ≈ 1/(ηt), and not the same.",
)

# what_lambda_moves


def ridge_in_fractions():
    """Two columns, two labels with noise ±1, λ = 0 and 1 on Σ(r²)/2: all worked out exactly."""
    curvature, weights = (Fraction(4), Fraction(1)), (Fraction(3), Fraction(2))

    def numbers(lam):
        share = [h / (h + lam) for h in curvature]
        kept = [s * w for s, w in zip(share, weights, strict=True)]
        parts = list(zip(curvature, share, weights, strict=True))
        return {
            "training_loss": sum(h * ((1 - s) * w) ** 2 for h, s, w in parts),
            "weight_norm": sum(w * w for w in kept),
            "zero_weights": sum(w == 0 for w in kept),
            "bias2": sum(((1 - s) * w) ** 2 for _, s, w in parts),
            "variance": sum(s * s / h for h, s, _ in parts),
        }

    def validation(lam, truth):
        kept = [h / (h + lam) * w for h, w in zip(curvature, weights, strict=True)]
        return sum((t - w) ** 2 for t, w in zip(truth, kept, strict=True))

    before, after = numbers(Fraction(0)), numbers(Fraction(1))
    said = {
        name: "up" if after[name] > old else "down" if after[name] < old else "same"
        for name, old in before.items()
    }
    rises = {validation(1, truth) > validation(0, truth) for truth in (weights, (2, 1))}
    return said | {"validation_loss": "depends" if len(rises) == 2 else "up"}


def penalty_lowers_every_loss():
    """The training loss, without the penalty, can't fall: at λ = 0 the weights were those that make
    it as small as possible.
    """
    return ridge_in_fractions() | {"training_loss": "down"}


def training_loss_takes_no_notice():
    """You think that the training loss stays, as λ isn't in it. But the weights move, away from
    where it was lowest: it rises.
    """
    return ridge_in_fractions() | {"training_loss": "same"}


def norm_may_go_either_way():
    """A single weight may grow, as columns that are correlated share anew. But in the directions of
    the Hessian each part keeps a share below 1, so the *length* falls.
    """
    return ridge_in_fractions() | {"weight_norm": "depends"}


def penalty_makes_weights_grow():
    """The penalty is paid for large weights: the larger λ, the shorter the weight vector."""
    return ridge_in_fractions() | {"weight_norm": "up"}


def pulling_scatters():
    """Variance falls: weights that are pulled towards 0 follow one training set's noise less."""
    return ridge_in_fractions() | {"variance": "up"}


def l2_makes_zeros():
    """You think that L2 makes weights exactly 0. Each keeps a share λᵢ/(λᵢ + λ), which is above 0
    for any λ. Zeros come from L1.
    """
    return ridge_in_fractions() | {"zero_weights": "up"}


def regularisation_lowers_the_bias():
    """Bias goes up: the weights are pulled away from what they should be on average. What L2 buys
    with it is less variance.
    """
    return ridge_in_fractions() | {"bias2": "down"}


def bias_and_variance_change_places():
    """Bias and variance have changed places. Shrunk weights scatter less, and around a place that
    is off.
    """
    return ridge_in_fractions() | {"bias2": "down", "variance": "up"}


def bias_is_free():
    """You think that bias stays. λ pulls the mean prediction towards 0 as well, so bias² rises."""
    return ridge_in_fractions() | {"bias2": "same"}


def regularisation_always_helps():
    """The validation loss may fall or rise: it falls while variance falls faster than bias² rises.
    With little noise and many data any λ is too much.
    """
    return ridge_in_fractions() | {"validation_loss": "down"}


def regularisation_always_hurts():
    """The validation loss follows bias² + variance, and variance falls. Where that is the larger
    part, the validation loss falls too.
    """
    return ridge_in_fractions() | {"validation_loss": "up"}


def noise_makes_the_variance():
    """The noise of the labels stays, but the variance is what it does to the *weights*. Shrunk
    weights follow the noise less: down.
    """
    return ridge_in_fractions() | {"variance": "same"}


what_lambda_moves = Exercise(
    id="what_lambda_moves",
    kind="predict",
    difficulty=2,
    minutes=5,
    oracle=ridge_in_fractions,
    choices=("up", "down", "same", "depends"),
    mistakes=(
        penalty_lowers_every_loss,
        training_loss_takes_no_notice,
        norm_may_go_either_way,
        penalty_makes_weights_grow,
        pulling_scatters,
        l2_makes_zeros,
        regularisation_lowers_the_bias,
        bias_and_variance_change_places,
        bias_is_free,
        regularisation_always_helps,
        regularisation_always_hurts,
        noise_makes_the_variance,
    ),
    hints=(
        "At λ = 0 the weights minimise the training loss. What can moving away from there do?",
        "Along each direction the weight keeps λᵢ/(λᵢ + λ) of itself: its mean, its scatter, its "
        "size.",
        "Bias² up, variance down. Whether that pays is what validation data is for.",
    ),
    insight="λ raises the training loss and bias², and lowers variance and the norm. No zeros: "
    "L2.\n"
    "Only the validation loss can go either way, so only it can choose λ.",
)
