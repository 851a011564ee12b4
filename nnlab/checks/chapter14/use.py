"""Norms in use: folded into a dense layer, asked in evaluation, and along the other axis."""

from __future__ import annotations

import cmath
import math

import numpy as np

from nnlab.checks.oracles import slopes
from nnlab.checks.spec import Exercise, draw

# fold_batch_norm


def fold_cases(rng):
    """Three shapes, running averages like real ones, an ε that can be seen."""
    for n_in, n_out, eps in ((3, 2, 1e-5), (2, 4, 0.5), (1, 3, 0.1)):
        yield (
            draw(rng, n_in, n_out),
            draw(rng, n_out),
            draw(rng, n_out),
            draw(rng, n_out),
            draw(rng, n_out),
            abs(draw(rng, n_out)),
            eps,
        )


def fold_by_asking(W, b, gamma, beta, running_mean, running_var, eps):
    """Ask the two layers what they make of 0 and of each unit vector: that is an affine map."""

    def both(x):
        out = []
        for j in range(len(b)):
            z = math.fsum(x[k] * float(W[k, j]) for k in range(len(x))) + b[j]
            out.append(gamma[j] * (z - running_mean[j]) / math.sqrt(running_var[j] + eps) + beta[j])
        return np.array(out)

    at_zero = both([0.0] * len(W))
    units = [[float(i == k) for i in range(len(W))] for k in range(len(W))]
    return np.array([both(unit) - at_zero for unit in units]), at_zero


def scale_of(gamma, running_var, eps):
    """γ/√(v + ε)."""
    return gamma / np.sqrt(running_var + eps)


def old_bias_keeps_its_size(W, b, gamma, beta, running_mean, running_var, eps):
    """Your bias leaves b unscaled. The norm multiplies everything that comes in, b too:
    (b - mean) · γ/σ + β.
    """
    s = scale_of(gamma, running_var, eps)
    return W * s, b - running_mean * s + beta


def mean_keeps_its_size(W, b, gamma, beta, running_mean, running_var, eps):
    """Your bias leaves the mean unscaled. It is subtracted *before* the scaling: (b - mean) · γ/σ +
    β.
    """
    s = scale_of(gamma, running_var, eps)
    return W * s, b * s - running_mean + beta


def nothing_is_scaled_in_the_bias(W, b, gamma, beta, running_mean, running_var, eps):
    """Your bias is b - mean + β. The difference b - mean is scaled, like the weights."""
    return W * scale_of(gamma, running_var, eps), b - running_mean + beta


def mean_is_added(W, b, gamma, beta, running_mean, running_var, eps):
    """You add the mean. The norm subtracts it."""
    s = scale_of(gamma, running_var, eps)
    return W * s, (b + running_mean) * s + beta


def running_mean_is_left_out(W, b, gamma, beta, running_mean, running_var, eps):
    """The running mean is missing in your bias: (b - mean) · γ/σ + β."""
    s = scale_of(gamma, running_var, eps)
    return W * s, b * s + beta


def bias_was_redundant_anyway(W, b, gamma, beta, running_mean, running_var, eps):
    """You dropped b. It has no effect in training. In evaluation the running mean contains it, so
    it has to be there to cancel.
    """
    s = scale_of(gamma, running_var, eps)
    return W * s, -running_mean * s + beta


def shift_is_left_out(W, b, gamma, beta, running_mean, running_var, eps):
    """β is missing in your bias."""
    s = scale_of(gamma, running_var, eps)
    return W * s, (b - running_mean) * s


def shift_is_scaled_too(W, b, gamma, beta, running_mean, running_var, eps):
    """You scale β as well. It is added after the scaling."""
    s = scale_of(gamma, running_var, eps)
    return W * s, (b - running_mean + beta) * s


def gain_is_one(W, b, gamma, beta, running_mean, running_var, eps):
    """γ is missing: the scale is γ/√(v + ε)."""
    s = 1 / np.sqrt(running_var + eps)
    return W * s, (b - running_mean) * s + beta


def running_variance_is_a_deviation(W, b, gamma, beta, running_mean, running_var, eps):
    """You divide by the running *variance*. Divide by √(v + ε)."""
    s = gamma / (running_var + eps)
    return W * s, (b - running_mean) * s + beta


def small_number_is_left_out(W, b, gamma, beta, running_mean, running_var, eps):
    """ε is missing. The result must be the same to rounding, and the norm divides by √(v + ε)."""
    s = gamma / np.sqrt(running_var)
    return W * s, (b - running_mean) * s + beta


def small_number_stands_outside(W, b, gamma, beta, running_mean, running_var, eps):
    """You divide by √v + ε. ε stands under the root: √(v + ε)."""
    s = gamma / (np.sqrt(running_var) + eps)
    return W * s, (b - running_mean) * s + beta


def weights_are_shifted(W, b, gamma, beta, running_mean, running_var, eps):
    """Your b is right. From W nothing is subtracted: the mean is the same for every input, so it is
    the bias's affair; W is scaled, and no more.
    """
    scale = scale_of(gamma, running_var, eps)
    return (W - running_mean) * scale, (b - running_mean) * scale + beta


def weights_stay(W, b, gamma, beta, running_mean, running_var, eps):
    """The bias is right, but W isn't scaled: multiply each column by γ/√(v + ε)."""
    return W + 0.0, (b - running_mean) * scale_of(gamma, running_var, eps) + beta


fold_batch_norm = Exercise(
    id="fold_batch_norm",
    kind="code",
    difficulty=2,
    minutes=6,
    cases=fold_cases,
    oracle=fold_by_asking,
    returns=("W", "b"),
    mistakes=(
        old_bias_keeps_its_size,
        mean_keeps_its_size,
        nothing_is_scaled_in_the_bias,
        mean_is_added,
        running_mean_is_left_out,
        bias_was_redundant_anyway,
        shift_is_left_out,
        shift_is_scaled_too,
        gain_is_one,
        running_variance_is_a_deviation,
        small_number_is_left_out,
        small_number_stands_outside,
        weights_are_shifted,
        weights_stay,
    ),
    hints=(
        "Write γ (xW + b - mean)/√(v + ε) + β as x times something, plus something.",
        "scale = gamma / np.sqrt(running_var + eps), one number for each column of W.",
        "W * scale, and (b - running_mean) * scale + beta.",
    ),
    insight="In evaluation batch norm is affine, so it melts into the layer before: no cost.\n"
    "Only without an activation in between, and never in training.",
)

# repair_evaluation


def evaluation_cases(rng):
    """One request and many, averages after one batch and after three."""
    for n, sizes, asked, momentum, eps in (
        (2, (4,), 3, 0.5, 1e-5),
        (3, (3, 5, 2), 1, 0.3, 0.1),
        (1, (2, 6), 4, 0.1, 0.5),
    ):
        batches = [draw(rng, m, n) for m in sizes]
        yield batches, draw(rng, asked, n), draw(rng, n), draw(rng, n), momentum, eps


def answers_one_by_one(batches, requests, gamma, beta, momentum, eps):
    """Number by number: averages over the batches, then each request against them alone."""
    out = np.zeros(requests.shape)
    for j in range(requests.shape[1]):
        mean, var = 0.0, 1.0
        for h in batches:
            column = [float(value) for value in h[:, j]]
            middle = math.fsum(column) / len(column)
            squares = math.fsum((value - middle) ** 2 for value in column)
            mean = (1 - momentum) * mean + momentum * middle
            var = (1 - momentum) * var + momentum * squares / (len(column) - 1)
        for i in range(len(requests)):
            out[i, j] = gamma[j] * (requests[i, j] - mean) / math.sqrt(var + eps) + beta[j]
    return out


def averages_of(batches, momentum, n):
    """Return the running averages after the batches."""
    mean, var = np.zeros(n), np.ones(n)
    for h in batches:
        mean = mean + momentum * (h.mean(axis=0) - mean)
        var = var + momentum * (h.var(axis=0, ddof=1) - var)
    return mean, var


def asked_with(requests, gamma, beta, eps, mean, var):
    """Return γ (requests - mean)/√(var + ε) + β."""
    return gamma * (requests - mean) / np.sqrt(var + eps) + beta


def requests_are_a_batch(batches, requests, gamma, beta, momentum, eps):
    """The answers still use the requests' own mean and variance. So each depends on who else asks,
    and a single request always gets β. Use the running averages.
    """
    mean, var = requests.mean(axis=0), requests.var(axis=0)
    return asked_with(requests, gamma, beta, eps, mean, var)


def each_request_is_its_own_batch(batches, requests, gamma, beta, momentum, eps):
    """Now every answer is β: a request minus its own mean is 0. Use the running averages."""
    return 0 * requests + beta


def last_batch_stands_for_all(batches, requests, gamma, beta, momentum, eps):
    """You use the last training batch's statistics. The running averages hold all of them."""
    mean, var = batches[-1].mean(axis=0), batches[-1].var(axis=0)
    return asked_with(requests, gamma, beta, eps, mean, var)


def requests_move_the_averages(batches, requests, gamma, beta, momentum, eps):
    """The requests still move the running averages before they are answered. In evaluation nothing
    is updated: the model would change with every question.
    """
    mean, var = averages_of(batches, momentum, requests.shape[1])
    mean = mean + momentum * (requests.mean(axis=0) - mean)
    more = requests.var(axis=0) * len(requests) / max(len(requests) - 1, 1)
    return asked_with(requests, gamma, beta, eps, mean, var + momentum * (more - var))


def mean_runs_and_variance_does_not(batches, requests, gamma, beta, momentum, eps):
    """The mean is the running one now, and the variance is still that of the requests."""
    mean, _ = averages_of(batches, momentum, requests.shape[1])
    return asked_with(requests, gamma, beta, eps, mean, requests.var(axis=0))


def averages_forget_nothing(batches, requests, gamma, beta, momentum, eps):
    """You pooled all training batches. It would be a good estimate, but the layer keeps running
    averages, with the momentum given.
    """
    pooled = np.concatenate(batches)
    return asked_with(requests, gamma, beta, eps, pooled.mean(axis=0), pooled.var(axis=0))


def running_variance_was_the_bug(batches, requests, gamma, beta, momentum, eps):
    """The answers use the running averages now. But you have changed those as well: the running
    variance took m/(m - 1), and that was right.
    """
    mean, var = np.zeros(requests.shape[1]), np.ones(requests.shape[1])
    for h in batches:
        mean = mean + momentum * (h.mean(axis=0) - mean)
        var = var + momentum * (h.var(axis=0) - var)
    return asked_with(requests, gamma, beta, eps, mean, var)


def norm_is_off_in_evaluation(batches, requests, gamma, beta, momentum, eps):
    """You left the normalisation out. Evaluation normalises too, with the running averages."""
    return gamma * requests + beta


def running_variance_has_no_root(batches, requests, gamma, beta, momentum, eps):
    """You divide by the running variance. Divide by √(variance + ε)."""
    mean, var = averages_of(batches, momentum, requests.shape[1])
    return gamma * (requests - mean) / (var + eps) + beta


repair_evaluation = Exercise(
    id="repair_evaluation",
    kind="debug",
    difficulty=2,
    minutes=5,
    cases=evaluation_cases,
    oracle=answers_one_by_one,
    returns=("the answers",),
    mistakes=(
        requests_are_a_batch,
        each_request_is_its_own_batch,
        last_batch_stands_for_all,
        requests_move_the_averages,
        mean_runs_and_variance_does_not,
        averages_forget_nothing,
        running_variance_was_the_bug,
        norm_is_off_in_evaluation,
        running_variance_has_no_root,
    ),
    hints=(
        "Ask for one request alone, then with another. What should be equal, and isn't?",
        "The running averages are computed with care, and then? Look for where they are used.",
        "gamma * (requests - running_mean) / np.sqrt(running_var + eps) + beta.",
    ),
    insight="The test for a forgotten eval(): one example alone and in company, same answer.\n"
    "A request must neither see the others nor move the averages.",
)

# layer_norm_backward


def layer_cases(rng):
    """One example and many, more features than examples and fewer, an ε that can be seen."""
    for m, n, eps in ((1, 4, 1e-5), (3, 5, 0.5), (5, 3, 0.1)):
        yield draw(rng, m, n), draw(rng, m, n), draw(rng, n), eps


def layer_by_a_complex_step(da, x, gamma, eps):
    """Differentiate Σ da (γ x̂ + β), x̂ row by row, to the last digit."""

    def loss(x, gamma, beta):
        total, n = 0j, len(gamma)
        for i in range(len(x)):
            mean = sum(x[i, j] for j in range(n)) / n
            root = cmath.sqrt(sum((x[i, j] - mean) ** 2 for j in range(n)) / n + eps)
            for j in range(n):
                total += da[i, j] * (gamma[j] * (x[i, j] - mean) / root + beta[j])
        return total

    return slopes(loss, x, gamma, np.zeros(len(gamma)))


def layer_with(da, x, gamma, eps, axis=1, paths="μv", mean=np.mean, inside=True, ddof=0):
    """Layer norm's backward pass whose parts the wrong answers spoil."""
    inv_std = 1 / np.sqrt(x.var(axis=1, keepdims=True, ddof=ddof) + eps)
    xhat = (x - x.mean(axis=1, keepdims=True)) * inv_std
    d = da * gamma if inside else da
    dx = d
    if "μ" in paths:
        dx = dx - mean(d, axis=axis, keepdims=True)
    if "v" in paths:
        dx = dx - xhat * mean(d * xhat, axis=axis, keepdims=True)
    dx = inv_std * dx * (1.0 if inside else gamma)
    return dx, (da * xhat).sum(axis=0), da.sum(axis=0)


def gain_comes_out_of_the_means(da, x, gamma, eps):
    """You pulled γ out of the means. In batch norm it is one number for the group; here it differs
    from feature to feature: begin with d = da * gamma.
    """
    return layer_with(da, x, gamma, eps, inside=False)


def means_run_over_the_batch(da, x, gamma, eps):
    """The means in your dx run over the batch. Layer norm's group is the row: axis=1."""
    return layer_with(da, x, gamma, eps, axis=0)


def row_statistics_are_constants(da, x, gamma, eps):
    """Your dx is the direct path alone: a row's mean and variance depend on all its entries."""
    return layer_with(da, x, gamma, eps, paths="")


def row_variance_is_a_constant(da, x, gamma, eps):
    """Your dx lacks the path through the variance: - x̂ · mean(d · x̂). Perhaps you have left out
    the last term.
    """
    return layer_with(da, x, gamma, eps, paths="μ")


def centring_costs_nothing(da, x, gamma, eps):
    """Your dx lacks the path through the mean: - mean(d). So it would be right for RMSNorm."""
    return layer_with(da, x, gamma, eps, paths="v")


def rows_are_summed(da, x, gamma, eps):
    """In dx stand means over the features: you took the sums."""
    return layer_with(da, x, gamma, eps, mean=np.sum)


def row_divides_by_one_less(da, x, gamma, eps):
    """Your variance divides by n - 1. Layer norm divides by n."""
    return layer_with(da, x, gamma, eps, ddof=1)


def gain_is_forgotten_on_the_way(da, x, gamma, eps):
    """γ is missing in dx: d is da * gamma."""
    dx, _, _ = layer_with(da, x, np.ones_like(gamma), eps)
    return dx, *layer_with(da, x, gamma, eps)[1:]


def parameters_see_a_mean(da, x, gamma, eps):
    """Your dgamma and dbeta are means over the examples. They are sums; the loss's 1/m is in da
    already.
    """
    dx, dgamma, dbeta = layer_with(da, x, gamma, eps)
    return dx, dgamma / len(x), dbeta / len(x)


def gain_is_in_its_own_gradient(da, x, gamma, eps):
    """There is a γ in your dgamma: it takes da · x̂, not d · x̂."""
    dx, dgamma, dbeta = layer_with(da, x, gamma, eps)
    return dx, gamma * dgamma, dbeta


def batch_norm_will_do(da, x, gamma, eps):
    """That is batch norm's backward pass: all statistics over axis 0. Layer norm takes axis 1, with
    keepdims=True.
    """
    inv_std = 1 / np.sqrt(x.var(axis=0) + eps)
    xhat = (x - x.mean(axis=0)) * inv_std
    dbeta, dgamma = da.sum(axis=0), (da * xhat).sum(axis=0)
    return gamma * inv_std * (da - dbeta / len(x) - xhat * dgamma / len(x)), dgamma, dbeta


layer_norm_backward = Exercise(
    id="layer_norm_backward",
    kind="code",
    difficulty=3,
    minutes=8,
    cases=layer_cases,
    oracle=layer_by_a_complex_step,
    returns=("dx", "dgamma", "dbeta"),
    mistakes=(
        gain_comes_out_of_the_means,
        means_run_over_the_batch,
        row_statistics_are_constants,
        row_variance_is_a_constant,
        centring_costs_nothing,
        rows_are_summed,
        row_divides_by_one_less,
        gain_is_forgotten_on_the_way,
        parameters_see_a_mean,
        gain_is_in_its_own_gradient,
        batch_norm_will_do,
    ),
    hints=(
        "Write inv_std and xhat with axis=1 and keepdims=True, so that they are columns (m, 1).",
        "d = da * gamma comes first: γ differs within a row.",
        "dx = inv_std * (d - row mean of d - xhat * row mean of d * xhat); dgamma and dbeta sum "
        "over axis=0.",
    ),
    insight="The same three terms as batch norm, along the row, with γ inside the means.\n"
    "Only dγ and dβ look across the batch, as any shared parameter does.",
)
