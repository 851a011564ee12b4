"""Answers to chapter 07 that are right and written otherwise than the course's."""

import autograd
import autograd.numpy as anp
import numpy as np
import sympy as sp


def dense_backward_by_autograd(dz, x, W):
    """Differentiate Σ dz ∘ (x W + b) with a peer."""
    loss = lambda x, W, b: anp.sum(dz * (x @ W + b))  # noqa: E731
    return tuple(autograd.grad(loss, i)(x, W, np.zeros(W.shape[1])) for i in range(3))


def dense_backward_by_einsum(dz, x, W):
    """Write the indices out."""
    dx = np.einsum("ij,kj->ik", dz, W)
    return [dx, np.einsum("ik,ij->kj", x, dz), np.einsum("ij->j", dz)]


def delta_left_long():
    """Leave the fractions as they come."""
    p, y = sp.symbols("p y", positive=True)
    return p * (1 - p) * ((1 - y) / (1 - p) - y / p)


ALTERNATIVES = {
    "dense_backward": [dense_backward_by_autograd, dense_backward_by_einsum],
    "log_loss_delta": [delta_left_long()],
}
