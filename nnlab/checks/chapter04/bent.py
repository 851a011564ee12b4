"""Losses that were bent on purpose: label smoothing and class weights."""

from __future__ import annotations

import cmath
import math

import numpy as np

from nnlab.checks.chapter04.labels import symbols
from nnlab.checks.oracles import slopes
from nnlab.checks.spec import Exercise, draw

# smoothed_minimum


def smoothed_by_hand():
    """0.8 + 0.2/5 and 0.2/5; ln of their ratio; the entropy of the target."""
    return {"p_true": 0.84, "gap": 3.0445, "least": 0.6615}


def true_class_gets_what_is_left():
    """You gave the true class 1 - ε and shared ε among the four others. Mixed in is the uniform
    distribution over *all five*: the true class gets ε/5 too.
    """
    return {"p_true": 0.8, "gap": 2.7726, "least": 0.7777}


def loss_still_reaches_zero():
    """Your least loss is 0. The target isn't one-hot any more: the least cross-entropy is the
    target's entropy, Σ -q log q.
    """
    return smoothed_by_hand() | {"least": 0.0}


def only_the_true_class_is_counted():
    """Your least loss is -ln 0.84 alone. The four others have targets of 0.04: -q ln q each."""
    return smoothed_by_hand() | {"least": 0.1744}


def more_confidence_is_always_better():
    """That is the answer without smoothing. A target of less than 1 is overshot by a large gap: the
    other classes want their share.
    """
    return {"p_true": 1.0, "gap": math.inf, "least": 0.0}


def gap_is_the_log_of_the_probability():
    """Your gap is ln 25, minus the logarithm of the others' 0.04. The gap is between two logits:
    ln 0.84 - ln 0.04.
    """
    return smoothed_by_hand() | {"gap": 3.2189}


smoothed_minimum = Exercise(
    id="smoothed_minimum",
    kind="compute",
    difficulty=2,
    minutes=6,
    oracle=smoothed_by_hand,
    mistakes=(
        true_class_gets_what_is_left,
        loss_still_reaches_zero,
        only_the_true_class_is_counted,
        more_confidence_is_always_better,
        gap_is_the_log_of_the_probability,
    ),
    hints=(
        "First the target: (1 - ε) one-hot plus ε/k for every class.",
        "Cross-entropy is least where p is the target. Logits are ln p, up to a constant.",
        "gap = ln(0.84/0.04), least = -0.84 ln 0.84 - 4 · 0.04 ln 0.04.",
    ),
    insight="Smoothing makes the best logit gap finite: ln of the ratio of the two targets.\n"
    "The loss bottoms out at the target's entropy, so smoothed losses compare with nothing else.",
    rtol=0.0,
    atol=0.006,
)

# repair_smoothing


def smoothing_cases(rng):
    """Logits of both signs, several classes and strengths."""
    yield draw(rng, 1, 3), np.array([2]), 0.1
    yield draw(rng, 4, 3), np.array([0, 2, 1, 2]), 0.3
    yield draw(rng, 3, 5), np.array([4, 0, 1]), 0.2


def smoothing_by_complex_step(z, y, eps):
    """The mean of -Σ q log p, by its definition, and its slopes."""

    def loss(z):
        m, k = z.shape
        total = 0
        for i in range(m):
            log_sum = cmath.log(sum(cmath.exp(t) for t in z[i]))
            for j in range(k):
                q = eps / k + (1 - eps) * (j == y[i])
                total -= q * (z[i, j] - log_sum)
        return total / m

    return loss(z.astype(complex)).real, slopes(loss, z)[0]


def smoothed(z, q, target):
    """Return the mean loss with target q, and (p - target)/m, for the wrong answers."""
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    return float(-(q * np.log(p)).sum() / len(z)), (p - target) / len(z)


def targets(z, y, eps):
    """Return one-hot and smoothed targets."""
    hard = np.eye(z.shape[1])[y]
    return hard, (1 - eps) * hard + eps / z.shape[1]


def gradient_of_the_plain_loss(z, y, eps):
    """Your dz still uses the one-hot targets: it belongs to another loss than the smoothed one, and
    pulls past its minimum for ever.
    """
    hard, q = targets(z, y, eps)
    return smoothed(z, q, hard)


def smoothing_was_the_bug(z, y, eps):
    """Loss and gradient agree now, and the smoothing is gone. Repair dz, keep the loss."""
    hard, _ = targets(z, y, eps)
    return smoothed(z, hard, hard)


def only_wrong_classes_share(z, y, eps):
    """You changed the target to ε/(k - 1) for the wrong classes and 1 - ε for the true one. The
    loss was in order: it mixes with the uniform distribution over all k.
    """
    hard, _ = targets(z, y, eps)
    q = (1 - eps) * hard + eps / (z.shape[1] - 1) * (1 - hard)
    return smoothed(z, q, q)


def gradient_is_scaled_down(z, y, eps):
    """Your dz is (1 - ε)(p - one-hot)/m. p doesn't shrink, only the one-hot part of the target
    does, and ε/k comes to it.
    """
    hard, q = targets(z, y, eps)
    loss, dz = smoothed(z, q, hard)
    return loss, (1 - eps) * dz


def uniform_part_has_no_gradient(z, y, eps):
    """Your dz is p - (1 - ε) one-hot: the ε/k is missing. Its rows don't sum to 0."""
    hard, q = targets(z, y, eps)
    return smoothed(z, q, (1 - eps) * hard)


repair_smoothing = Exercise(
    id="repair_smoothing",
    kind="debug",
    difficulty=2,
    minutes=6,
    cases=smoothing_cases,
    oracle=smoothing_by_complex_step,
    returns=("loss", "dz"),
    mistakes=(
        gradient_of_the_plain_loss,
        smoothing_was_the_bug,
        only_wrong_classes_share,
        gradient_is_scaled_down,
        uniform_part_has_no_gradient,
    ),
    hints=(
        "Nudge one logit by 0.001: does the loss change by 0.001 times dz?",
        "For any target q whose entries sum to 1, the gradient of -Σ q log p is (p - q)/m.",
        "q is there already: dz = (p - q) / m.",
    ),
    insight="(p - q)/m holds for every target distribution, one-hot or not: keep one q for both.\n"
    "Training still runs with the wrong gradient; only a comparison with differences sees it.",
)

# true_share


def share_by_algebra():
    """Where the slope of the weighted loss is 0, solved for the true share."""
    import sympy as sp

    p, q, w = symbols("p q w", positive=True)
    weighted = -w * q * sp.log(p) - (1 - q) * sp.log(1 - p)
    (share,) = sp.solve(sp.together(weighted.diff(p)), q)
    return share


def probability_stays_a_probability():
    """You left p as it is. Weighting the positives is like showing each w times: p is the share in
    *that* crowd.
    """
    return symbols("p")


def weight_multiplies_the_probability():
    """You divided p by w. The weight acts on the *odds*: p/(1 - p) is w times the true odds."""
    p, w = symbols("p w")
    return p / w


def weight_works_the_other_way():
    """Yours is larger than p for w > 1: the way from the true share to p. Asked for is the way
    back.
    """
    p, w = symbols("p w")
    return w * p / (w * p + 1 - p)


def logits_shift_is_for_probabilities():
    """log w is what to subtract from the *logit*. Yours takes it from the probability itself."""
    import sympy as sp

    p, w = symbols("p w")
    return p - sp.log(w)


def odds_are_the_probability():
    """You stopped at the odds, q/(1 - q) = p/(w (1 - p)). Now turn odds into a probability:
    odds/(1 + odds).
    """
    p, w = symbols("p w")
    return p / (w * (1 - p))


true_share = Exercise(
    id="true_share",
    kind="derive",
    difficulty=3,
    minutes=8,
    oracle=share_by_algebra,
    returns=("share",),
    mistakes=(
        probability_stays_a_probability,
        weight_multiplies_the_probability,
        weight_works_the_other_way,
        logits_shift_is_for_probabilities,
        odds_are_the_probability,
    ),
    hints=(
        "Where the true share is q, the mean weighted loss of saying p is -w q log p - (1 - q) "
        "log(1 - p). Set its slope to 0.",
        "-w q/p + (1 - q)/(1 - p) = 0. Solve for q.",
        "w q (1 - p) = (1 - q) p, so q (w (1 - p) + p) = p.",
    ),
    bounds=(("p", 0, 1),),
    insight="Class weights multiply the odds by w: p is no longer the share of positives.\n"
    "To get it back, subtract log w from the logit; or don't weight, and move the threshold.",
)
