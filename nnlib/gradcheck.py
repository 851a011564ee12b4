"""Gradient checking: compare what `backward` says with what the loss itself does.

Central differences, (f(x + h) - f(x - h)) / 2h, are wrong by O(h²) from truncation and by about
1e-16 |f| / h from rounding; h = 6e-6, the cube root of float64's precision, balances the two and
leaves nine or ten correct digits of a smooth function.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from nnlib.doors import generator, positive
from nnlib.network import Network

H = float(np.finfo(np.float64).eps) ** (1 / 3)


ATOL = 1e-8  # a norm below which rounding is all there is: where the true gradient is zero


def numerical_gradient(f: Callable[[np.ndarray], float], x: np.ndarray, h: float = H) -> np.ndarray:
    """∂f/∂x_i ≈ (f(x + h e_i) - f(x - h e_i)) / 2h for every entry; two calls of f each.

    h is scaled by max(1, |x_i|). f gets copies; x stays as it is.

    >>> numerical_gradient(lambda x: float((x**2).sum()), np.array([1.0, -3.0])).round(6).tolist()
    [2.0, -6.0]

    Source: Goodfellow et al., Deep Learning (2016), section 11.5.
    """
    left, right = one_sided(f, x, positive("numerical_gradient h", h))
    return (left + right) / 2


def one_sided(
    f: Callable[[np.ndarray], float],
    x: np.ndarray,
    h: float = H,
    where: np.ndarray | bool = True,
) -> tuple[np.ndarray, np.ndarray]:
    """(f(x) - f(x - h e_i)) / h and (f(x + h e_i) - f(x)) / h, or 0 outside `where`."""
    x = np.array(x, dtype=np.float64)
    here, left, right = f(x.copy()), np.zeros_like(x), np.zeros_like(x)
    for i in map(tuple, np.argwhere(np.broadcast_to(where, x.shape))):
        step = h * max(1.0, abs(x[i]))
        for side, sign in ((left, -1), (right, 1)):
            moved = x.copy()
            moved[i] += sign * step
            change = moved[i] - x[i]
            side[i] = (f(moved) - here) / change
    return left, right


class GradientCheck:
    """The result: `ok`, and a row for each parameter; printed, it is a table.

    A row has `name`, `entries`, `analytic` and `numeric` (norms), `error` (norm of the difference
    over the larger norm), `kinks` (entries left out of the error, because the loss has a corner
    there and backprop's value is not the mean of its two slopes) and `ok`.
    """

    def __init__(self, rows: list[dict], tol: float) -> None:
        """Keep the rows; all must be ok."""
        self.rows, self.tol = rows, tol
        self.ok = all(row["ok"] for row in rows)

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        lines = [f"{'parameter':<18}{'entries':>8}{'|backprop|':>12}{'|numeric|':>12}{'error':>10}"]
        for r in self.rows:
            verdict = "ok" if r["ok"] else "WRONG" if r["kinks"] < r["entries"] else "NOT CHECKED"
            kinks = f" ({r['kinks']} of {r['entries']} at a kink, left out)" if r["kinks"] else ""
            lines.append(
                f"{r['name']:<18}{r['entries']:>8,}{r['analytic']:>12.4g}{r['numeric']:>12.4g}"
                f"{r['error']:>10.1e}  {verdict}{kinks}"
            )
        wrong = [row["name"] for row in self.rows if not row["ok"]]
        end = f"look at {', '.join(wrong)}" if wrong else "all agree"
        return "\n".join([*lines, f"{end} (to {self.tol:g} of the norm, or {ATOL:g} in all)"])

    __repr__ = __str__


def gradient_check(net: Network, X: np.ndarray, y: np.ndarray, tol: float = 1e-6) -> GradientCheck:
    """Compare backprop with central differences for every parameter, in the network's mode.

    Dropout's mask is frozen, running statistics and parameters are put back. Two evaluations an
    entry: for large networks use `directional_check`. ValueError for a float32 network.

    Source: Goodfellow et al., Deep Learning (2016), section 11.5.
    """
    positive("gradient_check tol", tol)
    f, analytic = loss_and_gradient(net, X, y)
    left, right = one_sided(f, net.theta)
    corner = corners(f, net.theta, analytic, left, right)
    rows = [
        {"name": name, **compare(*(v[where] for v in (analytic, left, right, corner)), tol)}
        for name, where in net.named.items()
    ]
    return GradientCheck(rows, tol)


def corners(
    f: Callable[[np.ndarray], float],
    x: np.ndarray,
    analytic: np.ndarray,
    left: np.ndarray,
    right: np.ndarray,
) -> np.ndarray:
    """True where backprop is off and f has a corner exactly at x.

    Curvature, too, makes the two slopes differ, but eight times as much for eight times the step.
    """
    off = np.abs(analytic - (left + right) / 2) > ATOL / np.sqrt(x.size)
    far_left, far_right = one_sided(f, x, 8 * H, where=off)
    return off & (np.abs(right - left) > np.abs(far_right - far_left) / 2)


def compare(
    analytic: np.ndarray, left: np.ndarray, right: np.ndarray, corner: np.ndarray, tol: float
) -> dict:
    """Judge one parameter; an entry is at a kink if x is on a corner, or one is within the step.

    In the second case one of the slopes is right: backprop's value lies between the two.
    """
    numeric = (left + right) / 2
    scale = max(np.linalg.norm(analytic), np.linalg.norm(numeric))
    allowed = tol * scale + ATOL
    off = np.abs(analytic - numeric) > allowed / np.sqrt(analytic.size)
    low, high = np.minimum(left, right) - allowed, np.maximum(left, right) + allowed
    between = (low <= analytic) & (analytic <= high)
    kink = off & (between | (corner & (np.abs(right - left) > allowed)))
    error = np.linalg.norm((analytic - numeric)[~kink])
    return {
        "entries": analytic.size,
        "analytic": float(np.linalg.norm(analytic)),
        "numeric": float(np.linalg.norm(numeric)),
        "error": float(error / scale) if scale > ATOL else 0.0,
        "kinks": int(kink.sum()),
        "ok": bool(error <= allowed and not kink.all()),
    }


def directional_check(
    net: Network, X: np.ndarray, y: np.ndarray, rng: int | np.random.Generator = 0
) -> float:
    """|g·d - (f(θ + h d) - f(θ - h d)) / 2h| / max of the two, d a random unit vector.

    Two evaluations for any number of parameters; about 1e-9 when all is well, 1 or so when not.
    """
    rng = generator("directional_check rng", rng)
    f, analytic = loss_and_gradient(net, X, y)
    d = rng.normal(size=net.theta.size)
    d /= np.linalg.norm(d)
    h = H * max(1.0, float(np.linalg.norm(net.theta)))
    numeric = (f(net.theta + h * d) - f(net.theta - h * d)) / (2 * h)
    slope = float(analytic @ d)
    return abs(slope - numeric) / max(abs(slope), abs(numeric), ATOL)


def loss_and_gradient(
    net: Network, X: np.ndarray, y: np.ndarray
) -> tuple[Callable[[np.ndarray], float], np.ndarray]:
    """Return θ -> objective with everything random frozen, and backprop's gradient here."""
    if net.dtype != np.float64:
        raise ValueError(
            f"a gradient check needs a float64 network, got {net.dtype}: differences in float32 "
            "keep three digits at best; build the same network with dtype=np.float64"
        )

    def f(theta: np.ndarray) -> float:
        with net.frozen():
            net.theta[:] = theta
            return net.value(X, y)

    with net.frozen():
        analytic = net.value_and_grad(X, y)[1].copy()
    return f, analytic
