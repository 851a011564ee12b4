"""Batch norm from nothing: forward with running averages, the three paths, backward."""

from __future__ import annotations

import cmath
import math

import numpy as np

from nnlab.checks.oracles import slopes
from nnlab.checks.spec import Exercise, draw

# batch_norm_forward


def forward_cases(rng):
    """Batches of two and of many, fresh and used averages, an ε that can be seen."""
    for m, n, momentum, eps in ((4, 3, 0.1, 1e-5), (2, 3, 0.3, 0.5), (6, 2, 0.25, 0.1)):
        fresh = m == 4
        mean, var = (np.zeros(n), np.ones(n)) if fresh else (draw(rng, n), abs(draw(rng, n)))
        yield draw(rng, m, n), draw(rng, n), draw(rng, n), mean, var, momentum, eps


def forward_by_loops(h, gamma, beta, running_mean, running_var, momentum, eps):
    """Column by column, number by number, with Python's own arithmetic."""
    m, n = h.shape
    u, means, variances = np.zeros((m, n)), [], []
    for j in range(n):
        column = [float(h[i, j]) for i in range(m)]
        mean = math.fsum(column) / m
        squares = math.fsum((value - mean) ** 2 for value in column)
        for i in range(m):
            standard = (column[i] - mean) / math.sqrt(squares / m + eps)
            u[i, j] = gamma[j] * standard + beta[j]
        means.append((1 - momentum) * running_mean[j] + momentum * mean)
        variances.append((1 - momentum) * running_var[j] + momentum * squares / (m - 1))
    return u, np.array(means), np.array(variances)


def forward_with(
    h,
    gamma,
    beta,
    running_mean,
    running_var,
    momentum,
    eps,
    used=None,
    below=lambda var, eps: np.sqrt(var + eps),
    out=lambda xhat, gamma, beta: gamma * xhat + beta,
    kept=lambda var, m: var * m / (m - 1),
    weight=lambda momentum: momentum,
):
    """Batch norm whose parts the wrong answers spoil; `used` are the statistics of the batch."""
    mean, var = (h.mean(axis=0), h.var(axis=0)) if used is None else used
    u = out((h - mean) / below(var, eps), gamma, beta)
    w = weight(momentum)
    new_mean = running_mean + w * (h.mean(axis=0) - running_mean)
    return u, new_mean, running_var + w * (kept(h.var(axis=0), len(h)) - running_var)


def batch_is_divided_by_one_less(h, gamma, beta, running_mean, running_var, momentum, eps):
    """You normalise with the variance that divides by m - 1. For the batch itself it is m; m - 1
    belongs to the running variance alone.
    """
    used = h.mean(axis=0), h.var(axis=0, ddof=1)
    return forward_with(h, gamma, beta, running_mean, running_var, momentum, eps, used=used)


def running_variance_is_the_batch_variance(
    h, gamma, beta, running_mean, running_var, momentum, eps
):
    """Your running variance takes the variance that divides by m. PyTorch averages the unbiased
    one: multiply by m/(m - 1) first.
    """
    return forward_with(
        h, gamma, beta, running_mean, running_var, momentum, eps, kept=lambda var, m: var
    )


def momentum_is_the_weight_of_the_past(h, gamma, beta, running_mean, running_var, momentum, eps):
    """Your momentum weighs the old average, as in Keras. Here, as in PyTorch, it weighs the new:
    (1 - momentum) · old + momentum · new.
    """
    return forward_with(
        h,
        gamma,
        beta,
        running_mean,
        running_var,
        momentum,
        eps,
        weight=lambda momentum: 1 - momentum,
    )


def keras_keeps_the_averages(h, gamma, beta, running_mean, running_var, momentum, eps):
    """Your averages are Keras's: its momentum weighs the old, and its variance divides by m. Here
    momentum weighs the new, and the running variance takes m/(m - 1) of the batch's.
    """
    return forward_with(
        h,
        gamma,
        beta,
        running_mean,
        running_var,
        momentum,
        eps,
        kept=lambda var, m: var,
        weight=lambda momentum: 1 - momentum,
    )


def deviations_are_averaged(h, gamma, beta, running_mean, running_var, momentum, eps):
    """Your running variance averages deviations. It averages variances; the root comes at the end,
    when it is used.
    """
    return forward_with(
        h,
        gamma,
        beta,
        running_mean,
        running_var,
        momentum,
        eps,
        kept=lambda var, m: np.sqrt(var * m / (m - 1)),
    )


def averages_are_the_last_batch(h, gamma, beta, running_mean, running_var, momentum, eps):
    """You hand back the batch's own statistics: the averages have forgotten everything before."""
    return forward_with(
        h, gamma, beta, running_mean, running_var, momentum, eps, weight=lambda momentum: 1.0
    )


def averages_stand_still(h, gamma, beta, running_mean, running_var, momentum, eps):
    """You hand back the old averages. In training each batch moves them."""
    return forward_with(
        h, gamma, beta, running_mean, running_var, momentum, eps, weight=lambda momentum: 0.0
    )


def eps_stands_outside_the_root(h, gamma, beta, running_mean, running_var, momentum, eps):
    """You divide by √v + ε. It is √(v + ε): ε belongs under the root."""
    return forward_with(
        h,
        gamma,
        beta,
        running_mean,
        running_var,
        momentum,
        eps,
        below=lambda var, eps: np.sqrt(var) + eps,
    )


def eps_is_negligible(h, gamma, beta, running_mean, running_var, momentum, eps):
    """ε is missing under the root. Without it a constant feature is divided by zero."""
    return forward_with(
        h, gamma, beta, running_mean, running_var, momentum, eps, below=lambda v, eps: np.sqrt(v)
    )


def variance_has_no_root(h, gamma, beta, running_mean, running_var, momentum, eps):
    """You divide by the variance. Divide by its root, the deviation."""
    return forward_with(
        h, gamma, beta, running_mean, running_var, momentum, eps, below=lambda var, eps: var + eps
    )


def running_averages_serve_in_training(h, gamma, beta, running_mean, running_var, momentum, eps):
    """You normalise with the running averages. That is evaluation; in training the batch is
    normalised with its own statistics.
    """
    used = running_mean, running_var
    return forward_with(h, gamma, beta, running_mean, running_var, momentum, eps, used=used)


def updated_averages_serve_in_training(h, gamma, beta, running_mean, running_var, momentum, eps):
    """You update the running averages and then normalise with them. In training the batch's own
    statistics are used; the averages are only kept for later.
    """
    used = forward_with(h, gamma, beta, running_mean, running_var, momentum, eps)[1:]
    return forward_with(h, gamma, beta, running_mean, running_var, momentum, eps, used=used)


def one_mean_serves_all_features(h, gamma, beta, running_mean, running_var, momentum, eps):
    """Your mean and variance run over the whole matrix. Each feature has its own: axis=0."""
    used = h.mean(), h.var()
    return forward_with(h, gamma, beta, running_mean, running_var, momentum, eps, used=used)


def rows_are_standardised(h, gamma, beta, running_mean, running_var, momentum, eps):
    """You standardise each row: that is layer norm. Batch norm standardises each column, axis=0."""
    used = h.mean(axis=1, keepdims=True), h.var(axis=1, keepdims=True)
    return forward_with(h, gamma, beta, running_mean, running_var, momentum, eps, used=used)


def gain_and_shift_are_optional(h, gamma, beta, running_mean, running_var, momentum, eps):
    """Your u is x̂: the gain γ and the shift β are missing."""
    return forward_with(
        h, gamma, beta, running_mean, running_var, momentum, eps, out=lambda xhat, g, b: xhat
    )


def gain_multiplies_the_shift(h, gamma, beta, running_mean, running_var, momentum, eps):
    """You multiply β by γ as well: it is γ x̂ + β, not γ (x̂ + β)."""
    return forward_with(
        h, gamma, beta, running_mean, running_var, momentum, eps, out=lambda x, g, b: g * (x + b)
    )


batch_norm_forward = Exercise(
    id="batch_norm_forward",
    kind="code",
    difficulty=2,
    minutes=8,
    cases=forward_cases,
    oracle=forward_by_loops,
    returns=("u", "running_mean", "running_var"),
    mistakes=(
        batch_is_divided_by_one_less,
        running_variance_is_the_batch_variance,
        momentum_is_the_weight_of_the_past,
        keras_keeps_the_averages,
        deviations_are_averaged,
        averages_are_the_last_batch,
        averages_stand_still,
        eps_stands_outside_the_root,
        eps_is_negligible,
        variance_has_no_root,
        running_averages_serve_in_training,
        updated_averages_serve_in_training,
        one_mean_serves_all_features,
        rows_are_standardised,
        gain_and_shift_are_optional,
        gain_multiplies_the_shift,
    ),
    hints=(
        "mean and var over axis=0; NumPy's var divides by m, which is right for the batch.",
        "xhat = (h - mean) / np.sqrt(var + eps), and u = gamma * xhat + beta.",
        "New averages, not in place: running_mean + momentum * (mean - running_mean), and the same "
        "for the variance with var * m / (m - 1).",
    ),
    insight="The batch is normalised with its own statistics; the averages are kept for later.\n"
    "Two divisors: m for the batch, m - 1 for what is remembered.",
)

# three_paths


def path_symbols():
    """Return SymPy's du, xhat, gamma, sigma, m, S and T."""
    import sympy as sp

    du, xhat, gamma, S, T = sp.symbols("du xhat gamma S T", real=True)
    sigma, m = sp.symbols("sigma m", positive=True)
    return du, xhat, gamma, sigma, m, S, T


def paths_by_sympy():
    """Differentiate one example's share with μ and v as variables; Σ du is S, Σ du x̂ is T."""
    import sympy as sp

    du, xhat, gamma, sigma, m, S, T = path_symbols()
    x, mu = sp.symbols("x mu", real=True)
    v, eps = sp.symbols("v eps", positive=True)
    share = du * gamma * (x - mu) / sp.sqrt(v + eps)

    def short(expression):
        here = expression.subs(x, mu + xhat * sp.sqrt(v + eps))
        return sp.simplify(here).subs(v, sigma**2 - eps)

    d_mu = short(share.diff(mu)).subs(du, S)  # summed over the batch
    d_v = sp.expand(short(share.diff(v))).subs(du * xhat, T)
    dx = short(share.diff(x)) + d_mu / m + d_v * 2 * sigma * xhat / m
    return d_mu, d_v, dx


def paths(**changes):
    """Return the three answers, one of them replaced."""
    d_mu, d_v, dx = paths_by_sympy()
    return changes.get("d_mu", d_mu), changes.get("d_v", d_v), changes.get("dx", dx)


def statistics_stand_still():
    """Your dx is the direct path alone. x enters through μ and through v as well: add
    ∂L/∂μ · 1/m and ∂L/∂v · 2(x - μ)/m.
    """
    du, _, gamma, sigma, *_ = path_symbols()
    return paths(dx=gamma * du / sigma)


def variance_path_is_closed():
    """Your dx has two paths. The third runs through v: ∂L/∂v · 2(x - μ)/m, with x - μ = σ x̂."""
    du, _, gamma, sigma, m, S, _ = path_symbols()
    return paths(dx=gamma / sigma * (du - S / m))


def mean_path_is_closed():
    """Your dx lacks the path through μ: ∂L/∂μ · 1/m."""
    du, xhat, gamma, sigma, m, _, T = path_symbols()
    return paths(dx=gamma / sigma * (du - xhat * T / m))


def mean_has_no_divisor():
    """The 1/m is missing in dx: ∂μ/∂x is 1/m, and ∂v/∂x is 2(x - μ)/m."""
    du, xhat, gamma, sigma, _, S, T = path_symbols()
    return paths(dx=gamma / sigma * (du - S - xhat * T))


def everything_is_divided():
    """The direct path has no 1/m: it stands only where a mean was differentiated."""
    du, xhat, gamma, sigma, m, S, T = path_symbols()
    return paths(dx=gamma / sigma * (du - S - xhat * T) / m)


def square_has_no_two():
    """The 2 is missing in the path through v: ∂v/∂x is 2(x - μ)/m."""
    du, xhat, gamma, sigma, m, S, T = path_symbols()
    return paths(dx=gamma / sigma * (du - S / m - xhat * T / (2 * m)))


def deviation_is_xhat():
    """The path through v lacks a σ: ∂v/∂x is 2(x - μ)/m, and x - μ is σ x̂."""
    du, xhat, gamma, sigma, m, S, T = path_symbols()
    return paths(dx=gamma / sigma * (du - S / m - xhat * T / (sigma * m)))


def input_is_xhat():
    """You have removed the right two things, and γ/σ is missing in front: x reaches x̂ through a
    division by σ, and u through γ.
    """
    du, xhat, _, _, m, S, T = path_symbols()
    return paths(dx=du - S / m - xhat * T / m)


def variance_path_adds():
    """The sign of the path through v is turned round in dx: ∂L/∂v has a minus, ∂v/∂x has none."""
    du, xhat, gamma, sigma, m, S, T = path_symbols()
    return paths(dx=gamma / sigma * (du - S / m + xhat * T / m))


def mean_raises_the_output():
    """The sign of ∂L/∂μ is turned round: μ is subtracted."""
    d_mu, _, _ = paths_by_sympy()
    return paths(d_mu=-d_mu)


def variance_raises_the_output():
    """The sign of ∂L/∂v is turned round: a larger v makes x̂ smaller."""
    _, d_v, _ = paths_by_sympy()
    return paths(d_v=-d_v)


def derivative_is_for_the_deviation():
    """You have ∂L/∂σ. For v = σ² - ε there is a factor ∂σ/∂v = 1/(2σ) more."""
    _, _, gamma, sigma, _, _, T = path_symbols()
    return paths(d_v=-gamma * T / sigma)


def root_has_no_half():
    """The ½ is missing in ∂L/∂v: (v + ε) to the power -½ has the derivative -½ (v + ε) to the
    power -3/2.
    """
    _, _, gamma, sigma, _, _, T = path_symbols()
    return paths(d_v=-gamma * T / sigma**2)


def power_falls_by_nothing():
    """Your ∂L/∂v has σ³ below the line. That goes with x - μ in the sum; written with
    x̂ = (x - μ)/σ one of the three is used up, and σ² is left.
    """
    _, _, gamma, sigma, _, _, T = path_symbols()
    return paths(d_v=-gamma * T / (2 * sigma**3))


def gain_enters_at_the_end():
    """γ is missing in ∂L/∂μ and ∂L/∂v: u = γ x̂ + β, so every path passes it."""
    _, _, _, sigma, _, S, T = path_symbols()
    return paths(d_mu=-S / sigma, d_v=-T / (2 * sigma**2))


three_paths = Exercise(
    id="three_paths",
    kind="derive",
    difficulty=3,
    minutes=8,
    oracle=paths_by_sympy,
    returns=("d_mu", "d_v", "dx"),
    mistakes=(
        statistics_stand_still,
        variance_path_is_closed,
        mean_path_is_closed,
        mean_has_no_divisor,
        everything_is_divided,
        square_has_no_two,
        deviation_is_xhat,
        input_is_xhat,
        variance_path_adds,
        mean_raises_the_output,
        variance_raises_the_output,
        derivative_is_for_the_deviation,
        root_has_no_half,
        power_falls_by_nothing,
        gain_enters_at_the_end,
    ),
    hints=(
        "Treat μ and v as variables of their own: L = Σ du_j (γ (x_j - μ)/√(v + ε) + β).",
        "∂L/∂μ: each term gives -γ du_j/σ. ∂L/∂v: each gives -½ γ du_j (x_j - μ)/σ³, and "
        "x_j - μ = σ x̂_j.",
        "dx = γ du/σ + ∂L/∂μ · 1/m + ∂L/∂v · 2 σ x̂/m.",
    ),
    insight="Paths add: direct, through the mean, through the variance.\n"
    "Remove du's mean and its component along x̂, then multiply by γ/σ.",
)

# batch_norm_backward


def backward_cases(rng):
    """Three shapes, upstream gradients that sum to nothing special, an ε that can be seen."""
    for m, n, eps in ((4, 3, 1e-5), (3, 2, 0.5), (5, 4, 0.1)):
        yield draw(rng, m, n), draw(rng, m, n), draw(rng, n), eps


def batch_normed(h, gamma, eps):
    """γ x̂ in loops over single complex numbers."""
    m, n = len(h), len(gamma)
    out = [[0j] * n for _ in range(m)]
    for j in range(n):
        mean = sum(h[i, j] for i in range(m)) / m
        var = sum((h[i, j] - mean) ** 2 for i in range(m)) / m
        for i in range(m):
            out[i][j] = gamma[j] * (h[i, j] - mean) / cmath.sqrt(var + eps)
    return out


def backward_by_a_complex_step(du, h, gamma, eps):
    """Differentiate Σ du (γ x̂ + β), to the last digit."""

    def loss(h, gamma, beta):
        rows = batch_normed(h, gamma, eps)
        places = np.ndindex(du.shape)
        return sum(du[i, j] * (rows[i][j] + beta[j]) for i, j in places)

    return slopes(loss, h, gamma, np.zeros(len(gamma)))


def backward_with(
    du, h, gamma, eps, paths="μv", count=len, outer=None, ddof=0, each=1.0, gain=None, sign=1
):
    """Batch norm's backward pass whose parts the wrong answers spoil."""
    inv_std = 1 / np.sqrt(h.var(axis=0, ddof=ddof) + eps)
    xhat = (h - h.mean(axis=0)) * inv_std
    dbeta, dgamma = du.sum(axis=0), (du * xhat).sum(axis=0)
    inside = du - ("μ" in paths) * dbeta / count(du)
    inside = inside - sign * ("v" in paths) * xhat * dgamma / count(du)
    outer = inv_std if outer is None else outer(inv_std)
    return (gamma if gain is None else gain) * outer * inside, dgamma * each, dbeta * each


def statistics_are_constants_of_the_batch(du, h, gamma, eps):
    """Your dh is the direct path alone: μ and σ depend on every h of the column. Remove du's mean
    and its component along x̂.
    """
    return backward_with(du, h, gamma, eps, paths="")


def variance_is_a_constant(du, h, gamma, eps):
    """Your dh lacks the path through the variance: - x̂ · mean(du · x̂)."""
    return backward_with(du, h, gamma, eps, paths="μ")


def mean_is_a_constant(du, h, gamma, eps):
    """Your dh lacks the path through the mean: - mean(du)."""
    return backward_with(du, h, gamma, eps, paths="v")


def eps_is_gone_on_the_way_back(du, h, gamma, eps):
    """You left out ε. It was in σ = √(v + ε) on the way forwards, so it is on the way back."""
    return backward_with(du, h, gamma, 0.0)


def variance_path_is_added(du, h, gamma, eps):
    """In dh the term with x̂ has the wrong sign: the component along x̂ is *removed*."""
    return backward_with(du, h, gamma, eps, sign=-1)


def deviation_stands_for_xhat(du, h, gamma, eps):
    """In dh you multiply mean(du · x̂) by h - μ. It is x̂, which is divided by σ."""
    inv_std = 1 / np.sqrt(h.var(axis=0) + eps)
    return backward_with(du, h, gamma, eps, sign=1 / inv_std)


def one_mean_serves_every_column(du, h, gamma, eps):
    """The means in your dh run over the whole matrix. Each feature has its own: axis=0."""
    _, dgamma, dbeta = backward_with(du, h, gamma, eps)
    inv_std = 1 / np.sqrt(h.var(axis=0) + eps)
    xhat = (h - h.mean(axis=0)) * inv_std
    return gamma * inv_std * (du - du.mean() - xhat * (du * xhat).mean()), dgamma, dbeta


def sums_are_means(du, h, gamma, eps):
    """In dh stand the *means* of du and of du · x̂: you took the sums. The 1/m comes from the
    derivative of the mean.
    """
    return backward_with(du, h, gamma, eps, count=lambda du: 1)


def batch_is_averaged_again(du, h, gamma, eps):
    """Your dgamma and dbeta are 1/m of what they should be: the loss's 1/m is in du already, so
    these are sums.
    """
    return backward_with(du, h, gamma, eps, each=1 / len(du))


def whole_gradient_is_a_mean(du, h, gamma, eps):
    """Your dh is divided by m once too often: 1/m stands in front of the two sums, not in front of
    du.
    """
    dh, dgamma, dbeta = backward_with(du, h, gamma, eps)
    return dh / len(du), dgamma, dbeta


def gain_is_left_out(du, h, gamma, eps):
    """γ is missing in dh: u = γ x̂ + β, so the gradient passes through it."""
    return backward_with(du, h, gamma, eps, gain=1.0)


def gradient_is_divided_by_the_variance(du, h, gamma, eps):
    """You divide dh by v + ε. It is its root, σ."""
    return backward_with(du, h, gamma, eps, outer=lambda inv_std: inv_std**2)


def gradient_grows_with_the_deviation(du, h, gamma, eps):
    """You multiply dh by σ. The forward pass divided by it, and so does the backward pass."""
    return backward_with(du, h, gamma, eps, outer=lambda inv_std: 1 / inv_std)


def sample_variance_normalises(du, h, gamma, eps):
    """Your variance divides by m - 1. The batch is normalised with the one that divides by m."""
    return backward_with(du, h, gamma, eps, ddof=1)


def gain_sees_the_raw_input(du, h, gamma, eps):
    """Your dgamma multiplies du by h. γ multiplies x̂, so it is the sum of du · x̂."""
    dh, _, dbeta = backward_with(du, h, gamma, eps)
    return dh, (du * h).sum(axis=0), dbeta


def gain_stands_in_its_own_gradient(du, h, gamma, eps):
    """There is a γ in your dgamma. u = γ x̂ + β is linear in γ: its derivative is x̂."""
    dh, dgamma, dbeta = backward_with(du, h, gamma, eps)
    return dh, gamma * dgamma, dbeta


batch_norm_backward = Exercise(
    id="batch_norm_backward",
    kind="code",
    difficulty=3,
    minutes=10,
    cases=backward_cases,
    oracle=backward_by_a_complex_step,
    returns=("dh", "dgamma", "dbeta"),
    mistakes=(
        statistics_are_constants_of_the_batch,
        variance_is_a_constant,
        mean_is_a_constant,
        eps_is_gone_on_the_way_back,
        variance_path_is_added,
        deviation_stands_for_xhat,
        one_mean_serves_every_column,
        sums_are_means,
        batch_is_averaged_again,
        whole_gradient_is_a_mean,
        gain_is_left_out,
        gradient_is_divided_by_the_variance,
        gradient_grows_with_the_deviation,
        sample_variance_normalises,
        gain_sees_the_raw_input,
        gain_stands_in_its_own_gradient,
    ),
    hints=(
        "First the forward pass again: inv_std and xhat, over axis=0.",
        "dbeta is the sum of du, dgamma the sum of du * xhat, both over axis=0.",
        "dh = gamma * inv_std * (du - dbeta / m - xhat * dgamma / m).",
    ),
    insight="dγ and dβ are sums; dx needs their means: those are the paths through v and μ.\n"
    "Test it: each column of dx sums to 0, and is orthogonal to x̂ up to ε.",
)
