"""Answers to chapter 08 that are right and written otherwise than the course's."""

from fractions import Fraction

import numpy as np
import scipy.linalg
import scipy.optimize
import sympy as sp

import nnlib as nn


def two_steps_to_three_digits():
    """Round as the task allows."""
    return two_steps_with_fractions() | {"best": 0.167}


def two_steps_with_fractions():
    """Take the two steps one after the other, without factors."""
    lr, w1, w2 = Fraction(15, 100), Fraction(5), Fraction(1)
    for _ in range(2):
        w1, w2 = w1 - lr * 2 * w1, w2 - lr * 10 * w2
    worse = scipy.optimize.minimize_scalar(
        lambda lr: max(abs(1 - 2 * lr), abs(1 - 10 * lr)), bounds=(0, 0.2), method="bounded"
    )
    return {
        "factor1": 7 / 10,
        "factor2": -1 / 2,
        "w1": float(w1),
        "w2": float(w2),
        "limit": 1 / 5,
        "best": round(float(worse.x), 4),
    }


def descend_into_an_array(gradient, w, lr, steps):
    """Fill a table row by row."""
    path = np.empty((steps + 1, len(w)))
    path[0] = w
    for i in range(steps):
        path[i + 1] = path[i] - lr * gradient(path[i])
    return path


def descend_with_the_library(gradient, w, lr, steps):
    """Let nnlib's optimizer move a copy."""
    theta, optimizer = w.copy(), nn.SGD(lr)
    path = [theta.copy()]
    for _ in range(steps):
        optimizer.step(theta, gradient(theta))
        path.append(theta.copy())
    return np.stack(path)


def largest_rate_by_singular_value(X):
    """λmax = 2/m σ², σ the largest singular value."""
    A = np.column_stack([np.ones(len(X)), X])
    return len(X) / np.linalg.norm(A, 2) ** 2


def largest_rate_by_scipy(X):
    """Take the largest singular value from another routine, with the 1/m inside A."""
    A = np.c_[X, np.ones(len(X))] * np.sqrt(2 / len(X))
    return 2 / scipy.linalg.svdvals(A)[0] ** 2


def best_rate_by_condition():
    """Write the factor with κ."""
    least, most = sp.symbols("lam_min lam_max", positive=True)
    kappa = most / least
    return {"best": 1 / ((least + most) / 2), "factor": (kappa - 1) / (kappa + 1)}


def trials_with_copies(loss, gradient, w, rates):
    """Copy inside the loop, and step in place."""
    found = np.zeros(len(rates))
    for i, lr in enumerate(rates):
        trial = w.copy()
        trial -= lr * gradient(w)
        found[i] = loss(trial)
    return found


def newton_as_lists():
    """Hand in lists, and divide entry by entry."""
    return {"descent": [3 - 0.4, 1 + 1.2], "newton": [3 - 4 / 2, 1 - (-12) / -4], "kind": "saddle"}


ALTERNATIVES = {
    "two_steps_by_hand": [two_steps_with_fractions(), two_steps_to_three_digits()],
    "descend": [descend_into_an_array, descend_with_the_library],
    "largest_rate": [largest_rate_by_singular_value, largest_rate_by_scipy],
    "best_rate": [best_rate_by_condition()],
    "repair_trials": [trials_with_copies],
    "five_rates": [
        dict(
            zip(
                ("0.05", "0.1", "0.15", "0.2", "0.25"),
                (
                    "shrinks smoothly",
                    "arrives in one step",
                    "zigzags and shrinks",
                    "zigzags for ever",
                    "zigzags and grows",
                ),
                strict=True,
            )
        )
    ],
    "newton_at_a_saddle": [newton_as_lists()],
}
