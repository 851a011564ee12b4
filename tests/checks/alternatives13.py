"""Answers to chapter 13 that are right and written otherwise than the course's."""

import math
from statistics import fmean, pvariance

import numpy as np
import sympy as sp


def errors_over_all_worlds():
    """Average squared errors over every prediction and both signs of the noise."""
    predictions, labels = (2, 4, 5, 5), (6.5, 7.5)
    mean = fmean(predictions)
    return {
        "bias2": (7 - mean) ** 2,
        "variance": pvariance(predictions),
        "error": fmean((y - h) ** 2 for y in labels for h in predictions),
        "averaged": fmean((y - mean) ** 2 for y in labels),
    }


def shrink_by_clipping(w, grad, lr, lam):
    """What is taken away is v itself, clipped to the threshold."""
    v = w - lr * grad
    return v - np.clip(v, -lr * lam, lr * lam)


def shrink_by_cases(w, grad, lr, lam):
    """Write the three cases out."""
    v, t = w - lr * grad, lr * lam
    return np.where(v > t, v - t, np.where(v < -t, v + t, 0.0))


def kept_by_a_sum():
    """The steps' shares added up as a geometric series, and λ solved for."""
    lam_i, lam, eta, t = sp.symbols("lam_i lam eta t", positive=True)
    ratio = 1 - eta * lam_i
    stopped = eta * lam_i * (1 - ratio**t) / (1 - ratio)
    return {
        "l2": 1 / (1 + lam / lam_i),
        "stopped": stopped,
        "matching": lam_i / stopped - lam_i,
    }


def moves_told():
    """Say it in another order."""
    return {
        "validation_loss": "depends",
        "variance": "down",
        "bias2": "up",
        "zero_weights": "same",
        "weight_norm": "down",
        "training_loss": "up",
    }


def drop_by_where(x, da, u, p, training):
    """Choose entry by entry."""
    if not training:
        return x.copy(), da.copy()
    dropped, keep = u < p, 1 - p
    return np.where(dropped, 0.0, x / keep), np.where(dropped, 0.0, da / keep)


def odds_on_the_logit():
    """Subtract log 19 from the logit."""
    shift = math.log(19)

    def sigmoid(z):
        return 1 / (1 + math.exp(-z))

    return {
        "probability": sigmoid(math.log(0.8 / 0.2) - shift),
        "stands_for": sigmoid(-shift),
        "cut": sigmoid(shift),
        "shift": shift,
    }


def folds_row_by_row(table, labels, folds, keep):
    """Judge each row by all rows of other folds."""
    margins = []
    for row, fold in zip(table, folds, strict=True):
        one, zero = (table[(folds != fold) & (labels == c)].mean(axis=0) for c in (1, 0))
        order = sorted(range(table.shape[1]), key=lambda j: -abs(one[j] - zero[j]))
        chosen = order[:keep]
        margins.append(((row - zero)[chosen] ** 2 - (row - one)[chosen] ** 2).sum())
    return np.array(margins)


def train_only_the_free_ones(theta, velocity, grads, frozen, lr, momentum, decay):
    """Take the free entries out, train those, and put them back."""
    free = [j for j in range(len(theta)) if j not in frozen]
    w, v = theta[free], velocity[free]
    for grad in grads[:, free]:
        v = momentum * v + (grad + decay * w)
        w = w - lr * v
    result = theta.copy()
    result[free] = w
    return result


ALTERNATIVES = {
    "error_parts": [errors_over_all_worlds()],
    "proximal_step": [shrink_by_clipping, shrink_by_cases],
    "shrinkage": [kept_by_a_sum()],
    "what_lambda_moves": [moves_told()],
    "dropout_layer": [drop_by_where],
    "weighted_odds": [odds_on_the_logit()],
    "repair_folds": [folds_row_by_row],
    "repair_freeze": [train_only_the_free_ones],
}
