"""The few functions that everything else is made of, each safe in both tails."""

import functools

import numpy as np


def sigmoid(z: np.ndarray) -> np.ndarray:
    """σ(z) = 1 / (1 + e^-z), elementwise.

    Only e^-|z| is ever computed, so nothing overflows, and the left tail keeps its digits:
    the tempting ½(1 + tanh(z/2)) gives σ(-40) = 0.

    >>> sigmoid(np.array([0.0, -1000.0, 1000.0])).tolist()
    [0.5, 0.0, 1.0]

    Source: Goodfellow et al., Deep Learning (2016), section 3.10.
    """
    e = np.exp(-np.abs(z))
    return np.where(np.less(z, 0), e, 1) / (1 + e)


def softplus(z: np.ndarray) -> np.ndarray:
    """log(1 + e^z), elementwise: the smooth max(z, 0), whose derivative is the sigmoid.

    >>> softplus(np.array([0.0, 1000.0])).round(4).tolist()
    [0.6931, 1000.0]

    Source: Goodfellow et al., Deep Learning (2016), section 3.10.
    """
    return np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))


def logsumexp(z: np.ndarray) -> np.ndarray:
    """log Σ_k e^z_k along the last axis, (m, k) -> (m, 1).

    The row maximum is taken out first, so that nothing overflows.

    >>> logsumexp(np.array([[1000.0, 1000.0]])).round(4).tolist()
    [[1000.6931]]

    Source: Goodfellow et al., Deep Learning (2016), section 4.1.
    """
    top = np.max(z, axis=-1, keepdims=True)
    return top + np.log(np.exp(z - top).sum(axis=-1, keepdims=True))


def softmax(z: np.ndarray) -> np.ndarray:
    """p_k = e^z_k / Σ_j e^z_j along the last axis, (m, k) -> (m, k); each row sums to 1.

    A constant added to a row changes nothing, so the row maximum is taken out first.

    >>> softmax(np.array([[0.0, 0.0], [1000.0, 0.0]])).tolist()
    [[0.5, 0.5], [1.0, 0.0]]

    Source: Goodfellow et al., Deep Learning (2016), sections 4.1 and 6.2.2.3.
    """
    e = np.exp(z - np.max(z, axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def one_hot(y: np.ndarray, k: int) -> np.ndarray:
    """Row i is 0 everywhere but 1 in column y_i, (m,) integers in 0 … k-1 -> (m, k).

    Raises ValueError for labels that are no integers or out of range.

    >>> one_hot(np.array([2, 0]), 3).tolist()
    [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]
    """
    y = class_labels(y, k)
    return np.eye(k)[y]


def class_labels(y: np.ndarray, k: int) -> np.ndarray:
    """Return y as an array (m,) of integers in 0 … k-1, or raise ValueError saying what it is."""
    y = np.asarray(y)
    if not isinstance(k, (int, np.integer)) or k < 1:
        raise ValueError(f"the number of classes must be a whole number above 0, got {k!r}")
    if y.ndim != 1 or y.dtype.kind not in "iu":
        raise ValueError(
            f"class labels must be integers of shape (m,), got {y.dtype} of shape {y.shape}: "
            "number the classes from 0 and use y.ravel().astype(int)"
        )
    if y.size and not (y.min() >= 0 and y.max() < k):
        raise ValueError(
            f"class labels must lie in 0 … {k - 1} for {k} logits, got {y.min()} … {y.max()}: "
            "number the classes from 0, or give the last layer one output for each class"
        )
    return y


@functools.lru_cache(maxsize=8)
def ones(m: int, dtype: np.dtype) -> np.ndarray:
    """1, the vector of m ones, read-only: 1ᵀ Q is the sum of Q's rows, (m, n) -> (n,).

    For a small Q that product takes a fifth of the time of Q.sum(axis=0).

    >>> ones(2, np.dtype(float)).dot(np.array([[1.0, 2.0], [3.0, 4.0]])).tolist()
    [4.0, 6.0]
    """
    one = np.ones(m, dtype)
    one.flags.writeable = False
    return one
