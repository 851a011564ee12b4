"""Truth for the checks: derivatives by a complex step, and a network in loops, for that step.

Written without NumPy's algebra and without nnlib, so that a mistake of theirs can't hide here.
"""

from __future__ import annotations

import cmath
from collections.abc import Callable

import numpy as np

TINY = 1e-30  # so small that its square is nothing beside 1


def slopes(f: Callable[..., complex], *arrays: np.ndarray) -> tuple[np.ndarray, ...]:
    """∂f/∂(every entry of every array), to the last digit: Im f(x + ih) / h.

    f is written with plain complex numbers; unlike a difference, this one cancels nothing.

    Source: Squire and Trapp, SIAM Review 40 (1998), 110-112.
    """
    found = [np.zeros(array.shape) for array in arrays]
    for i, array in enumerate(arrays):
        for place in np.ndindex(array.shape):
            moved = [a.astype(complex) for a in arrays]
            moved[i][place] += TINY * 1j
            found[i][place] = f(*moved).imag / TINY
    return tuple(found)


def dense(x: list, W: np.ndarray, b: np.ndarray) -> list[list[complex]]:
    """z_ij = Σ_k x_ik W_kj + b_j, as lists of lists of complex numbers."""
    inside, across = range(W.shape[0]), range(W.shape[1])
    return [[sum(row[k] * W[k, j] for k in inside) + b[j] for j in across] for row in x]


def relu(z: complex) -> complex:
    """max(z, 0), by the real part of a complex number."""
    return z if z.real > 0 else 0 * z


def softplus(z: complex) -> complex:
    """log(1 + e^z) of a complex number, without overflow."""
    return z + cmath.log(1 + cmath.exp(-z)) if z.real > 0 else cmath.log(1 + cmath.exp(z))


def weighed(weights: np.ndarray, rows: list) -> complex:
    """Σ weights ∘ rows: a loss whose upstream gradient is `weights`."""
    total = 0
    for i, row in enumerate(rows):
        for j, number in enumerate(row):
            total += weights[i, j] * number
    return total
