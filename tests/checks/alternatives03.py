"""Answers to chapter 03 that are right and written otherwise than the course's."""

from functools import reduce

import numpy as np
import scipy.special
import sympy as sp

import nnlib as nn


def forward_pass_by_scipy(X, W1, b1, W2, b2):
    """Take the sigmoid from a peer and the ReLU as a product with a mask."""
    z = X @ W1 + b1
    return scipy.special.expit((z * (z > 0)) @ W2 + b2)


def forward_pass_with_einsum(X, W1, b1, W2, b2):
    """Write the indices out, and e^-z as it stands."""
    a = np.einsum("ik,kj->ij", X, W1) + b1
    a[a < 0] = 0
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-(np.einsum("ij,jl->il", a, W2) + b2)))


def any_by_nnlib(X, weights, biases):
    """Build the network with the library."""
    layers = []
    for W in weights:
        layers += [nn.Dense(*W.shape), nn.Tanh()]
    net = nn.Network(layers[:-1], nn.MSE())
    for layer, W, b in zip(layers[::2], weights, biases, strict=True):
        layer.W, layer.b = W, b
    return net.forward(X)


def any_by_recursion(X, weights, biases):
    """Take the first layer off, and call itself."""
    z = X @ weights[0] + biases[0]
    return z if len(weights) == 1 else any_by_recursion(np.tanh(z), weights[1:], biases[1:])


def never_no_by_reduce(X, weights, biases):
    """Fold the hidden layers, with the ReLU where a layer takes its input."""
    layers = list(zip(weights, biases, strict=True))
    z = reduce(
        lambda z, wb: np.maximum(z, 0) @ wb[0] + wb[1], layers[1:], X @ weights[0] + biases[0]
    )
    return scipy.special.expit(z)


def probabilities_by_scipy(X, W, b):
    """Take the softmax from a peer."""
    return scipy.special.softmax(X @ W + b, axis=-1)


def nested_by_exponentials():
    """Write tanh with e^z."""
    x1, x2, w11, w12, w21, w22 = sp.symbols("x1 x2 w11 w12 w21 w22")
    b1, b2, v1, v2, c = sp.symbols("b1 b2 v1 v2 c")
    bend = lambda z: (1 - sp.exp(-2 * z)) / (1 + sp.exp(-2 * z))  # noqa: E731
    return c + v2 * bend(b2 + x2 * w22 + x1 * w12) + v1 * bend(b1 + x2 * w21 + x1 * w11)


V, C = sp.symbols("v c")

ALTERNATIVES = {
    "forward_by_hand": [
        {"z1": np.array([3.5, -2]), "a1": [3.5, 0], "z2": 0.4, "p": 0.599},
    ],
    "forward_shapes": [
        {"W1": [8, 5], "b1": (5,), "Z1": np.zeros((16, 5)).shape, "W2": (5, 3), "Z2": (16, 3)}
    ],
    "forward_pass": [forward_pass_by_scipy, forward_pass_with_einsum],
    "repair_never_no": [never_no_by_reduce],
    "nested_expression": [nested_by_exponentials()],
    "output_ranges": [
        {"relu": (0.5, 1.0), "tanh": (0.27, 0.73), "softmax": (1, 1), "price": 5},
    ],
    "repair_probabilities": [probabilities_by_scipy],
    "forward_any": [any_by_nnlib, any_by_recursion],
    "tanh_as_sigmoid": [(sp.Integer(2), V + V, -V + C)],
}
