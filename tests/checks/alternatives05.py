"""Answers to chapter 05 that are right and written otherwise than the course's."""

import numpy as np
import sympy as sp

by_hand = {"d1": np.float64(-6), "d2": 17, "slope": 10}
jacobian = {"J": np.array([[-1, 2], [4, 0], [1, 2]]), "Jd": np.array([-3.0, 4.0, -1.0])}


def line_by_matrices():
    """2/m Xᵀ (X θ - y), with a column of ones for the bias."""
    w, b, x1, x2, y1, y2 = sp.symbols("w b x1 x2 y1 y2")
    X, theta, y = sp.Matrix([[x1, 1], [x2, 1]]), sp.Matrix([w, b]), sp.Matrix([y1, y2])
    dw, db = X.T * (X * theta - y)
    return {"dw": sp.expand(dw), "db": db}


def central_in_one_flat_loop(f, theta, h):
    """Move along the rows of a flat identity matrix."""
    steps = h * np.eye(theta.size)
    slopes = [
        f(theta + step.reshape(theta.shape)) / (2 * h)
        - f(theta - step.reshape(theta.shape)) / (2 * h)
        for step in steps
    ]
    return np.array(slopes).reshape(theta.shape)


def descent_by_calculus():
    """Minimise the slope over the angle."""
    g1, g2 = sp.symbols("g1 g2", real=True)
    d = -sp.Matrix([g1, g2]).normalized()
    return d[0], d[1], sp.Matrix([g1, g2]).dot(d)


def error_from_squares(analytic, numeric):
    """Compare squares, and take one root at the end."""
    largest = max((analytic**2).sum(), (numeric**2).sum())
    return 0.0 if largest == 0 else float(np.sqrt(((numeric - analytic) ** 2).sum() / largest))


def kind_by_counting(H):
    """Count the eigenvalues of each sign."""
    values = [round(float(v.real), 9) for v in np.linalg.eigvals(np.array(H))]
    up, down = sum(v > 0 for v in values), sum(v < 0 for v in values)
    if up * down:
        return "saddle"
    return {(len(H), 0): "minimum", (0, len(H)): "maximum"}.get((up, down), "undecided")


ALTERNATIVES = {
    "partials_by_hand": [by_hand],
    "jacobian_by_hand": [jacobian],
    "line_partials": [line_by_matrices()],
    "central_gradient": [central_in_one_flat_loop],
    "steepest_descent": [descent_by_calculus(), list(descent_by_calculus())],
    "best_step": [
        {
            "forward_best": "1E-8",
            "central_best": " 1e-5",
            "forward_falls": 10.0,
            "central_falls": 100,
        }
    ],
    "corner_slopes": [{"forward": 1, "central": 0.5, "nnlib": 0.0, "near": 0.75}],
    "relative_error": [error_from_squares],
    "kind_of_point": [kind_by_counting],
}
