"""What the library asks at its doors: each returns what came, made fit, or says what was wanted."""

from __future__ import annotations  # np.random stays unloaded until it is used

import math

import numpy as np


def width(what: str, n: int) -> int:
    """Return n as an int, or raise ValueError if it is no whole number of at least 1."""
    if isinstance(n, bool) or not isinstance(n, (int, np.integer)) or n < 1:
        raise ValueError(f"{what} must be a whole number of at least 1, got {n!r}")
    return int(n)


def positive(what: str, x: float) -> float:
    """Return x, or raise ValueError if it is no finite number above 0."""
    if isinstance(x, bool) or not isinstance(x, (int, float, np.number)) or not 0 < x < math.inf:
        raise ValueError(f"{what} must be a finite number above 0, got {x!r}")
    return float(x)


def share(what: str, x: float) -> float:
    """Return x, or raise ValueError if it does not lie in [0, 1)."""
    if not isinstance(x, (int, float, np.number)) or not 0 <= x < 1:
        raise ValueError(f"{what} must be at least 0 and below 1, got {x!r}")
    return float(x)


def all_finite(x: np.ndarray) -> bool:
    """Say whether x holds neither NaN nor infinity.

    Σ x² is a quick look, and never warns. For many numbers BLAS would wake its threads for it.
    """
    if x.size <= 10_000 and math.isfinite(np.vdot(x, x)):
        return True
    return bool(np.isfinite(x).all())


def array(what: object, x: np.ndarray) -> np.ndarray:
    """Return x as an array, or raise ValueError for a list whose rows differ in length."""
    try:
        return np.asarray(x)
    except ValueError:
        raise ValueError(
            f"{what} got a list with rows of different lengths, wanted an array: "
            "give every row the same length"
        ) from None


def as_dtype(x: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Return x in the dtype; what is too large for it becomes infinite, without a warning."""
    if x.dtype == dtype:
        return x
    with np.errstate(over="ignore"):
        return x.astype(dtype)


def generator(what: str, seed: int | np.random.Generator) -> np.random.Generator:
    """Return a Generator as it is, and a new one for a seed; ValueError for anything else."""
    whole = isinstance(seed, (int, np.integer)) and not isinstance(seed, bool) and seed >= 0
    if not whole and not isinstance(seed, np.random.Generator):
        raise ValueError(
            f"{what} must be a whole number of at least 0 or a np.random.Generator, got {seed!r}: "
            "pass 0, or any other number to draw anew"
        )
    return np.random.default_rng(seed)


def not_negative(what: str, x: float) -> float:
    """Return x, or raise ValueError if it is no finite number of at least 0."""
    if not isinstance(x, (int, float, np.number)) or not 0 <= x < math.inf:
        raise ValueError(f"{what} must be a finite number of at least 0, got {x!r}")
    return float(x)


def describe(x: object) -> str:
    """Return an array's dtype and shape, or another object's type, for a message."""
    return f"{x.dtype} of shape {x.shape}" if isinstance(x, np.ndarray) else f"a {type(x).__name__}"


def largest(what: str, grad: np.ndarray) -> float:
    """Return max |g|, or raise ValueError if grad is no array of finite floats."""
    if not is_float_array(grad):
        raise ValueError(f"{what} changes grad in place, wanted floats, got {describe(grad)}")
    peak = float(max(grad.max(initial=0), -grad.min(initial=0)))
    if not math.isfinite(peak):
        raise ValueError(
            f"{what} got a grad that holds {peak}, which no clipping mends: lower the learning "
            "rate, or look for the layer or loss that overflows"
        )
    return peak


def is_float_array(x: object) -> bool:
    """Say whether x is a NumPy array of floats, which alone can be changed in place."""
    return isinstance(x, np.ndarray) and x.dtype.kind == "f"
