"""Where training starts: initialisers, functions (rng, n_in, n_out) -> W of shape (n_in, n_out).

Xavier and He choose the variance so that signals keep their size from layer to layer *at the
start*; nothing holds it there during training.
"""

from __future__ import annotations  # np.random stays unloaded until it is used

import math
from collections.abc import Callable

import numpy as np

Initialiser = Callable[["np.random.Generator", int, int], np.ndarray]


def zeros(rng: np.random.Generator, n_in: int, n_out: int) -> np.ndarray:
    """W = 0: right for biases; for weights it leaves the units of a hidden layer identical.

    Source: Goodfellow et al., Deep Learning (2016), section 8.4.
    """
    return np.zeros((n_in, n_out))


def constant(c: float) -> Initialiser:
    """W = c everywhere: like zeros, it never breaks the symmetry between hidden units."""
    return lambda rng, n_in, n_out: np.full((n_in, n_out), float(c))


def normal(scale: float) -> Initialiser:
    """W ~ N(0, scale²), whatever the layer's size."""
    if not scale >= 0:
        raise ValueError(f"normal wants a scale of at least 0, got {scale!r}")
    return lambda rng, n_in, n_out: rng.normal(0, scale, (n_in, n_out))


def xavier_normal(rng: np.random.Generator, n_in: int, n_out: int) -> np.ndarray:
    """W ~ N(0, 2 / (n_in + n_out)): a compromise between the forward and the backward pass.

    Source: Glorot and Bengio, AISTATS 2010, equation 12.
    """
    return rng.normal(0, math.sqrt(2 / (n_in + n_out)), (n_in, n_out))


def xavier_uniform(rng: np.random.Generator, n_in: int, n_out: int) -> np.ndarray:
    """W ~ U(-r, r) with r = √(6 / (n_in + n_out)), the variance of `xavier_normal`.

    Source: Glorot and Bengio, AISTATS 2010, equation 16.
    """
    r = math.sqrt(6 / (n_in + n_out))
    return rng.uniform(-r, r, (n_in, n_out))


def he_normal(rng: np.random.Generator, n_in: int, n_out: int) -> np.ndarray:
    """W ~ N(0, 2 / n_in): twice 1 / n_in, because a ReLU halves the mean square.

    Source: He et al., ICCV 2015, equation 10.
    """
    return rng.normal(0, math.sqrt(2 / n_in), (n_in, n_out))


def he_uniform(rng: np.random.Generator, n_in: int, n_out: int) -> np.ndarray:
    """W ~ U(-r, r) with r = √(6 / n_in), the variance of `he_normal`.

    Source: He et al., ICCV 2015, equation 10, as a uniform distribution.
    """
    r = math.sqrt(6 / n_in)
    return rng.uniform(-r, r, (n_in, n_out))
