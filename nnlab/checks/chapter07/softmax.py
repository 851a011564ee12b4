"""What follows the last layer: log loss, softmax, cross-entropy."""

from __future__ import annotations

import cmath
import math
from decimal import Decimal, localcontext

import numpy as np

from nnlab.checks.oracles import slopes, weighed
from nnlab.checks.spec import Exercise, draw

# log_loss_delta


def delta_by_algebra():
    """Differentiate the loss of σ(z) by z, then write z as log(p / (1 - p))."""
    import sympy as sp

    z, y, p = sp.Symbol("z", real=True), sp.Symbol("y", real=True), sp.Symbol("p", positive=True)
    σ = 1 / (1 + sp.exp(-z))
    loss = -y * sp.log(σ) - (1 - y) * sp.log(1 - σ)
    return sp.diff(loss, z).subs(z, sp.log(p / (1 - p)))


def derivative_by_the_probability_is_enough():
    """You stopped at ∂L/∂p. The chain has one link more, ∂p/∂z = p (1 - p), and it cancels the
    denominator.
    """
    p, y = symbols()
    return (p - y) / (p * (1 - p))


def loss_is_the_log_likelihood():
    """Your sign is turned round: that is the slope of the log-likelihood, which is maximised.
    The loss is its negative.
    """
    p, y = symbols()
    return y - p


def slope_of_the_sigmoid_always_stays():
    """The factor p (1 - p) is one too many: that is the δ of ½ (p - y)², the squared error after
    a sigmoid. In the log loss ∂L/∂p brings 1 / (p (1 - p)), which cancels it.
    """
    p, y = symbols()
    return (p - y) * p * (1 - p)


def only_the_true_class_has_a_loss():
    """You differentiated -y log p alone. For y = 0 that is no loss at all: the term
    -(1 - y) log(1 - p) belongs to it.
    """
    p, y = symbols()
    return -y * (1 - p)


def symbols(names="p y"):
    """Return SymPy's symbols of these names."""
    import sympy as sp

    return sp.symbols(names)


log_loss_delta = Exercise(
    id="log_loss_delta",
    kind="derive",
    difficulty=1,
    minutes=5,
    oracle=delta_by_algebra,
    returns=("delta",),
    mistakes=(
        derivative_by_the_probability_is_enough,
        loss_is_the_log_likelihood,
        slope_of_the_sigmoid_always_stays,
        only_the_true_class_has_a_loss,
    ),
    hints=(
        "Two links: ∂L/∂z = ∂L/∂p · ∂p/∂z.",
        "∂L/∂p = -y/p + (1 - y)/(1 - p). Put it over one denominator.",
        "∂p/∂z = p (1 - p), for p = σ(z): it cancels that denominator.",
    ),
    bounds=(("p", 0, 1), ("y", 0, 1)),
    insight="δ = p - y: the error itself, because the log loss undoes the slope of the sigmoid.\n"
    "So a confident wrong answer learns fast; squared error after a sigmoid would stall there.",
)

# softmax_jacobian


def jacobian_by_algebra():
    """Differentiate e^z₁ / (e^z₁ + e^z₂ + e^z₃), then write z as log p."""
    import sympy as sp

    z = sp.symbols("z1:4", real=True)
    p1, p2 = symbols("p1 p2")
    first = sp.exp(z[0]) / sum(map(sp.exp, z))
    back = dict(zip(z, (sp.log(p1), sp.log(p2), sp.log(1 - p1 - p2)), strict=True))
    return first.diff(z[0]).subs(back), first.diff(z[1]).subs(back)


def softmax_acts_on_each_alone():
    """Your ∂p₁/∂z₂ is 0. The probabilities share one denominator: raising z₂ takes from p₁."""
    p1, _ = symbols("p1 p2")
    return p1 * (1 - p1), p1 * 0


def classes_grow_together():
    """Your ∂p₁/∂z₂ is positive. The p's sum to 1: what class 2 wins, the others lose."""
    p1, p2 = symbols("p1 p2")
    return p1 * (1 - p1), p1 * p2


def log_softmax_is_meant():
    """That is the Jacobian of log p₁. For p₁ itself each entry has a factor p₁ more."""
    p1, p2 = symbols("p1 p2")
    return 1 - p1, -p2


def denominator_is_a_constant():
    """You held the denominator still: ∂p₁/∂z₁ = p₁ then. But z₁ stands in the denominator too,
    and the quotient rule takes p₁² away; z₂ stands only there.
    """
    p1, _ = symbols("p1 p2")
    return p1, p1 * 0


softmax_jacobian = Exercise(
    id="softmax_jacobian",
    kind="derive",
    difficulty=2,
    minutes=6,
    oracle=jacobian_by_algebra,
    returns=("same", "other"),
    mistakes=(
        softmax_acts_on_each_alone,
        classes_grow_together,
        log_softmax_is_meant,
        denominator_is_a_constant,
    ),
    hints=(
        "p₁ = e^z₁ / S with S = e^z₁ + e^z₂ + e^z₃. Quotient rule, and ∂S/∂z₁ = e^z₁.",
        "∂p₁/∂z₂: the numerator doesn't hold z₂, so only -e^z₁ · e^z₂ / S² is left.",
        "Every e^z_k / S is a p_k: the two are p₁ - p₁² and the negative of a product.",
    ),
    insight="∂p_i/∂z_j = p_i (1 if i = j else 0, minus p_j): diagonal p(1 - p), off it -p_i p_j.\n"
    "Each row sums to 0: adding a constant to all logits changes nothing, so its slope is 0.",
)

# softmax_backward


def softmax_cases(rng):
    """Rows of probabilities in twentieths, none uniform, none 0."""
    for m, k in ((1, 3), (4, 3), (2, 5)):
        yield draw(rng, m, k), (1 + rng.multinomial(20 - k, rng.dirichlet(np.ones(k)), m)) / 20


def softmax_by_complex_step(dp, p):
    """Σ dp ∘ softmax(z) at z = log p, by its definition."""

    def loss(z):
        e = [[cmath.exp(t) for t in row] for row in z]
        return weighed(dp, [[t / sum(row) for t in row] for row in e])

    return slopes(loss, np.log(p))[0]


def softmax_is_elementwise(dp, p):
    """You used the diagonal p (1 - p) only, as for a sigmoid. In a softmax each logit moves all
    k probabilities of its row: the terms -p_j p_k are missing.
    """
    return dp * p * (1 - p)


def softmax_is_its_own_slope(dp, p):
    """You multiplied by p. Only e^z is its own slope: the denominator moves with every logit
    too, and takes p Σ_k dp_k p_k away.
    """
    return dp * p


def p_minus_y_is_the_rule(dp, p):
    """p - y is the gradient of softmax *and* cross-entropy together. Here dp is any upstream
    gradient, not a label.
    """
    return p - dp


def mean_is_taken_with_equal_weights(dp, p):
    """You subtracted the row's plain mean of dp. The Jacobian subtracts the mean *weighted by p*,
    Σ_k dp_k p_k.
    """
    return p * (dp - dp.mean(axis=1, keepdims=True))


def factor_in_front_is_forgotten(dp, p):
    """You stopped at dp - Σ_k dp_k p_k. Both terms of the Jacobian have p_j in front: multiply by
    p.
    """
    return dp - (dp * p).sum(axis=1, keepdims=True)


def sum_runs_over_the_batch(dp, p):
    """Your sum runs down the batch. Each example has a softmax of its own: sum along the row,
    axis 1, and keep the axis.
    """
    return p * (dp - (dp * p).sum(axis=0))


def off_diagonal_is_positive(dp, p):
    """Your off-diagonal terms come in with a plus. ∂p_k/∂z_j = -p_j p_k for k ≠ j: the classes
    compete.
    """
    s = (dp * p).sum(axis=1, keepdims=True)
    return p * (dp + s - 2 * dp * p)


softmax_backward = Exercise(
    id="softmax_backward",
    kind="code",
    difficulty=2,
    minutes=6,
    cases=softmax_cases,
    oracle=softmax_by_complex_step,
    returns=("dz",),
    mistakes=(
        softmax_is_elementwise,
        softmax_is_its_own_slope,
        p_minus_y_is_the_rule,
        mean_is_taken_with_equal_weights,
        factor_in_front_is_forgotten,
        sum_runs_over_the_batch,
        off_diagonal_is_positive,
    ),
    hints=(
        "One row first: dz_j = Σ_k dp_k ∂p_k/∂z_j, over all k, because z_j moves every p_k.",
        "∂p_k/∂z_j = p_k ([k = j] - p_j). Put it in and pull out what doesn't depend on k.",
        "dz_j = p_j (dp_j - s) with s = Σ_k dp_k p_k: one number for each row (keepdims=True).",
    ),
    insight="dz = p (dp - Σ dp·p): how far a class's gradient lies above the row's p-weighted "
    "mean.\n"
    "k numbers, never the k × k Jacobian; the same line is the backward pass of attention.",
)

# softmax_cross_entropy


def logit_cases(rng):
    """Small logits, and rows in which e^z or a probability leaves the range of floats."""
    yield draw(rng, 1, 3), np.array([2])
    yield draw(rng, 4, 3), np.array([0, 2, 1, 1])
    yield (
        np.array([[1000.0, 999.0, 0.0, 2.0], [-1000.0, -1001.5, -999.0, -1002.0]]),
        np.array([1, 3]),
    )
    yield np.array([[800.0, 0.0, -800.0], [0.5, -1.5, 0.3]]), np.array([2, 0])


def cross_entropy_in_60_digits(z, y):
    """The mean of log Σ e^z - z_y, and its differences: decimals don't overflow."""
    with localcontext() as context:
        context.prec = 60
        h, rows = Decimal("1e-20"), [[Decimal(t) for t in row] for row in z.tolist()]

        def loss(row, label):
            return sum(t.exp() for t in row).ln() - row[label]

        def moved(row, j, step):
            return [t + step * (k == j) for k, t in enumerate(row)]

        m, dz = len(rows), np.zeros(z.shape)
        for i, (row, label) in enumerate(zip(rows, y.tolist(), strict=True)):
            for j in range(len(row)):
                rise = loss(moved(row, j, h), label) - loss(moved(row, j, -h), label)
                dz[i, j] = float(rise / (2 * h * m))
        return float(sum(map(loss, rows, y.tolist())) / m), dz


def entropy_and_gradient(z, y, axis=1):
    """Return the losses of the examples, and p - y, for the wrong answers to build on."""
    z = z - z.max(axis=axis, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=axis, keepdims=True))
    return -log_p[np.arange(len(z)), y], np.exp(log_p) - np.eye(z.shape[1])[y]


def exp_never_overflows(z, y):
    """Small logits are right, extreme ones give NaN: e^1000 is more than a float holds. Take each
    row's maximum out first; the softmax doesn't notice.
    """
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    picked = p[np.arange(len(z)), y]
    return -np.log(picked).mean(), (p - np.eye(z.shape[1])[y]) / len(z)


def one_maximum_serves_the_batch(z, y):
    """You took out one maximum for the whole batch. A row far below it has only e^-2000 = 0 left,
    and 0/0 follows: each row needs its own maximum.
    """
    e = np.exp(z - z.max())
    p = e / e.sum(axis=1, keepdims=True)
    return -np.log(p[np.arange(len(z)), y]).mean(), (p - np.eye(z.shape[1])[y]) / len(z)


def log_of_the_softmax_is_safe(z, y):
    """Your gradient is right, your loss is infinite where the true class has a probability too
    small for a float. Take the logarithm before the rounding: log Σ e^z - z_y.
    """
    losses, g = entropy_and_gradient(z, y)
    return -np.log(np.exp(-losses)).mean(), g / len(z)


def small_number_rescues_the_log(z, y):
    """You added 1e-12 inside the logarithm. No loss can then exceed 27.6, though one of these is
    1600: use log Σ e^z - z_y, which needs no rescue.
    """
    losses, g = entropy_and_gradient(z, y)
    return -np.log(np.exp(-losses) + 1e-12).mean(), g / len(z)


def gradient_belongs_to_the_summed_loss(z, y):
    """Your dz is the gradient of the sum: it is m times too large. The loss that is asked for is a
    mean: its 1/m stands in the gradient as well.
    """
    losses, g = entropy_and_gradient(z, y)
    return losses.mean(), g


def loss_is_summed(z, y):
    """The loss you returned is the sum over the batch. Asked is the mean, and dz is to be its
    gradient.
    """
    losses, g = entropy_and_gradient(z, y)
    return losses.sum(), g / len(z)


def mean_runs_over_the_classes_too(z, y):
    """You divided dz by m·k, the number of entries. The loss is a mean over the m examples; the
    classes of one example are one loss.
    """
    losses, g = entropy_and_gradient(z, y)
    return losses.mean(), g / z.size


def only_the_true_class_learns(z, y):
    """Your dz is 0 but for the true class. The other logits stand in the denominator: each is
    pushed down by its own probability.
    """
    losses, g = entropy_and_gradient(z, y)
    return losses.mean(), g * np.eye(z.shape[1])[y] / len(z)


def colon_picks_one_class_a_row(z, y):
    """You took 1 from too many entries: dz[:, y] is every row in all the columns that y names. One
    entry a row is dz[np.arange(m), y].
    """
    losses, _ = entropy_and_gradient(z, y)
    dz = entropy_and_gradient(z, y)[1] + np.eye(z.shape[1])[y]
    dz[:, y] -= 1
    return losses.mean(), dz / len(z)


def second_name_is_a_copy(z, y):
    """Your dz is right and your loss is NaN, even for small logits: dz = p makes no copy, so after
    dz[..., y] -= 1 the loss takes the logarithm of p - 1. Compute the loss first.
    """
    _, g = entropy_and_gradient(z, y)
    return math.nan, g / len(z)


def softmax_runs_down_the_batch(z, y):
    """Your columns sum to 1, not your rows: the softmax went over axis 0. The classes lie along
    axis 1.
    """
    losses, g = entropy_and_gradient(z, y, axis=0)
    return losses.mean(), g / len(z)


def logits_are_probabilities_yet(z, y):
    """You applied the softmax twice: to the logits, and to its own result. One is right; two
    flatten the gradient, and the loss can't come near 0.
    """
    e = np.exp(z - z.max(axis=1, keepdims=True))
    losses, g = entropy_and_gradient(e / e.sum(axis=1, keepdims=True), y)
    return losses.mean(), g / len(z)


softmax_cross_entropy = Exercise(
    id="softmax_cross_entropy",
    kind="code",
    difficulty=2,
    minutes=8,
    cases=logit_cases,
    oracle=cross_entropy_in_60_digits,
    returns=("loss", "dz"),
    mistakes=(
        exp_never_overflows,
        one_maximum_serves_the_batch,
        log_of_the_softmax_is_safe,
        small_number_rescues_the_log,
        gradient_belongs_to_the_summed_loss,
        loss_is_summed,
        mean_runs_over_the_classes_too,
        only_the_true_class_learns,
        colon_picks_one_class_a_row,
        second_name_is_a_copy,
        softmax_runs_down_the_batch,
        logits_are_probabilities_yet,
    ),
    hints=(
        "One example: -log p_y = log Σ_k e^z_k - z_y. Differentiate that by z_j.",
        "∂/∂z_j of the log-sum is e^z_j / Σ e^z_k = p_j; of -z_y it is -1 if j = y, else 0.",
        "Subtract each row's maximum from z first. Then log_p = z - log Σ e^z serves both: the "
        "loss is the mean of -log_p[i, y_i], and dz = (e^log_p - one_hot) / m.",
    ),
    insight="From logits the gradient is (p - y)/m, between -1/m and 1/m: it can't explode here.\n"
    "Fused on purpose: log Σ e^z minus its largest term stays exact where log(softmax) is -inf.",
)
