"""Slopes from values alone: fourth-order central differences, written without nnlib."""

from collections.abc import Callable

import numpy as np


def slopes(f: Callable[[np.ndarray], float], x: np.ndarray, h: float = 1e-4) -> np.ndarray:
    """Return ∂f/∂x_i for every entry, (8 (f₁ - f₋₁) - (f₂ - f₋₂)) / 12h, wrong by O(h⁴)."""
    return along(f, x, np.eye(x.size).reshape(x.size, *x.shape), h).reshape(x.shape)


def along(
    f: Callable[[np.ndarray], float], x: np.ndarray, directions: np.ndarray, h: float = 1e-4
) -> np.ndarray:
    """Return the slope of f at x along each direction, an array of x's shape."""
    return np.array(
        [
            (8 * (f(x + h * d) - f(x - h * d)) - (f(x + 2 * h * d) - f(x - 2 * h * d))) / (12 * h)
            for d in directions
        ]
    )


def assert_same_in_norm(ours: np.ndarray, truth: np.ndarray, rtol: float, atol: float = 0.0):
    """Demand ‖ours - truth‖ <= rtol ‖truth‖ + atol: a sign or a factor can't hide in it."""
    __tracebackhide__ = True
    error, size = np.linalg.norm(ours - truth), np.linalg.norm(truth)
    assert ours.shape == truth.shape
    assert error <= rtol * size + atol, f"‖error‖ = {error:.2e} where ‖gradient‖ = {size:.2e}"
