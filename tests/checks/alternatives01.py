"""Answers to chapter 01 that are right and written otherwise than the course's."""

import numpy as np
import sympy as sp

import nnlib as nn


def losses_by_the_library():
    """Let nnlib's loss do the sums."""
    x, y = np.array([[1.0], [2.0], [3.0]]), np.array([[2.0], [3.0], [5.0]])
    predictions = {"first": x + 1, "second": 1.5 * x, "constant": 0 * x + y.mean()}
    return {name: nn.MSE().value(p, y) for name, p in predictions.items()}


def roles_in_capitals():
    """Write the words as one likes."""
    roles = ["Parameter"] * 2 + ["Hyper-Parameter"] * 4 + ["Neither"] * 2
    names = ("weight", "output_bias", "learning_rate", "hidden_units", "activation_function")
    return dict(zip((*names, "epochs", "hidden_output", "gradient"), roles, strict=True))


def collapse_step_by_step():
    """Put the layers into each other, two at a time, from the end."""
    W1, W2, W3 = (sp.MatrixSymbol(f"W{i}", 3, 3) for i in (1, 2, 3))
    b1, b2, b3 = (sp.MatrixSymbol(f"b{i}", 1, 3) for i in (1, 2, 3))
    W23, b23 = W2 * W3, b2 * W3 + b3
    return W1 * W23, b1 * W23 + b23


def xor_by_differences():
    """One unit for x₁ without x₂, one for x₂ without x₁; lists will do."""
    return [[1, -1], [-1, 1]], [0, 0], [[1], [1]], [-0.5]


def xor_by_the_distance_from_the_middle():
    """|x₁ + x₂ − 1| is 1, 0, 1: two units make the absolute value."""
    W1 = np.array([[1.0, -1.0], [1.0, -1.0]])
    return W1, np.array([-1.0, 1.0]), np.array([[-3.0], [-3.0]]), np.array([1.0])


ALTERNATIVES = {
    "loss_by_hand": [losses_by_the_library(), {"first": 0.333, "second": 0.167, "constant": 1.556}],
    "whose_number": [roles_in_capitals()],
    "collapse": [collapse_step_by_step()],
    "xor_weights": [xor_by_differences, xor_by_the_distance_from_the_middle],
}
