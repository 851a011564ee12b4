"""Answers to chapter 14 that are right and written otherwise than the course's."""

import numpy as np
import sympy as sp


def forward_from_moments(h, gamma, beta, running_mean, running_var, momentum, eps):
    """The variance from the deviations, and the averages as weighted sums."""
    deviation = h - np.average(h, axis=0)
    var = np.einsum("ij,ij->j", deviation, deviation) / h.shape[0]
    u = deviation * (gamma * (var + eps) ** -0.5) + beta
    new_mean = (1 - momentum) * running_mean + momentum * np.average(h, axis=0)
    return u, new_mean, (1 - momentum) * running_var + momentum * np.var(h, axis=0, ddof=1)


def paths_multiplied_out():
    """The same three, in other forms."""
    du, xhat, gamma, S, T = sp.symbols("du xhat gamma S T", real=True)
    sigma, m = sp.symbols("sigma m", positive=True)
    whole = sp.expand(gamma / (m * sigma) * (m * du - S - xhat * T))
    return -S * gamma / sigma, sp.Rational(-1, 2) * gamma * T * sigma**-2, whole


def backward_path_by_path(du, h, gamma, eps):
    """The paper's five lines, one quantity after the other."""
    m = len(h)
    mean, var = h.mean(axis=0), h.var(axis=0)
    dxhat = du * gamma
    dvar = (dxhat * (h - mean)).sum(axis=0) * -0.5 * (var + eps) ** -1.5
    dmean = -(dxhat / np.sqrt(var + eps)).sum(axis=0) + dvar * (-2 * (h - mean)).mean(axis=0)
    dh = dxhat / np.sqrt(var + eps) + dvar * 2 * (h - mean) / m + dmean / m
    return dh, np.einsum("ij,ij->j", du, (h - mean) / np.sqrt(var + eps)), du.sum(axis=0)


def fold_by_a_diagonal(W, b, gamma, beta, running_mean, running_var, eps):
    """A diagonal matrix in place of broadcasting."""
    D = np.diag(gamma / np.sqrt(running_var + eps))
    return W @ D, (b - running_mean) @ D + beta


def evaluation_with_a_loop(batches, requests, gamma, beta, momentum, eps):
    """Averages as weighted sums; then one request at a time."""
    mean, var = 0.0, 1.0
    for h in batches:
        mean = (1 - momentum) * mean + momentum * h.mean(axis=0)
        var = (1 - momentum) * var + momentum * h.var(axis=0, ddof=1)
    return np.array([gamma * (row - mean) / np.sqrt(var + eps) + beta for row in requests])


def layer_norm_by_jacobians(da, x, gamma, eps):
    """Each row's Jacobian, written out: (I - 1/n - x̂ x̂ᵀ/n)/σ."""
    rows, dgamma, n = [], np.zeros_like(gamma), x.shape[1]
    for upstream, row in zip(da, x, strict=True):
        sigma = np.sqrt(row.var() + eps)
        xhat = (row - row.mean()) / sigma
        J = (np.eye(n) - 1 / n - np.outer(xhat, xhat) / n) / sigma
        rows.append((upstream * gamma) @ J)
        dgamma = dgamma + upstream * xhat
    return np.array(rows), dgamma, da.sum(axis=0)


ALTERNATIVES = {
    "which_numbers_share": [
        {
            "batch_means": 64.0,
            "batch_over": 2**11,
            "batch_parameters": 128,
            "batch_buffers": 128,
            "layer_means": 1600,
            "layer_over": np.int64(512),
            "layer_parameters": 1024,
            "layer_buffers": 0.0,
        }
    ],
    "running_averages": [
        {
            "torch_mean": 1.84,
            "torch_var": 3.72,
            "keras_mean": 0.96,
            "keras_var": 1.77,
            "evaluated": 2.68,
        }
    ],
    "batch_norm_forward": [forward_from_moments],
    "batch_of_two": [
        {"first": 3.0, "second": 7.0, "second_if_110": 7, "gradient": 0.0, "evaluated": 13}
    ],
    "three_paths": [paths_multiplied_out(), list(paths_multiplied_out())],
    "batch_norm_backward": [backward_path_by_path],
    "weights_times_ten": [
        {
            "loss": 1.0,
            "gradient": 0.1,
            "relative_step": 1e-2,
            "bias_gradient": 0.0,
            "same_rate": 100.0,
        }
    ],
    "fold_batch_norm": [fold_by_a_diagonal],
    "repair_evaluation": [evaluation_with_a_loop],
    "layer_norm_backward": [layer_norm_by_jacobians],
}
