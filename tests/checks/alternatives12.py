"""Answers to chapter 12 that are right and written otherwise than the course's."""

import math

import numpy as np
import sympy as sp

import nnlib as nn


def sizes_by_powers():
    """Take roots as powers and logarithms, and round."""
    return {
        "he": math.exp(0.5 * (math.log(2) - math.log(200))),
        "xavier": (250 / 2) ** -0.5,
        "he_limit": round(math.sqrt(6 / 200), 4),
        "ten_layers": 2.0**-10,
    }


def weights_by_table(draws, scheme, uniform):
    """Divide by the spread that the draws have, and multiply by the one that they should have."""
    rows, columns = draws.shape
    fan = {"he": rows / 2, "xavier": (rows + columns) / 2, "lecun": rows}
    has = 1 / math.sqrt(3) if uniform else 1.0
    return draws / has / math.sqrt(fan[scheme])


def gain_from_the_second_moment_of_a_normal():
    """Integrate a normal density; take the variances from its halves."""
    n_in, n_out, alpha = sp.symbols("n_in n_out alpha", positive=True)
    t = sp.Symbol("t", positive=True)
    p = sp.exp(-(t**2) / 2) / sp.sqrt(2 * sp.pi)
    kept = sp.integrate(t**2 * p, (t, 0, sp.oo)) + sp.integrate((alpha * t) ** 2 * p, (t, 0, sp.oo))
    return {
        "forward": 1 / (kept * n_in),
        "backward": sp.Rational(2) / n_out / (alpha**2 + 1),
        "limit": sp.sqrt(6) / sp.sqrt(n_in + n_in * alpha**2),
    }


def chain_by_the_library(x, Ws, dz):
    """Build nnlib's layers and let them go forwards and backwards."""
    layers = []
    for W in Ws:
        layers += [nn.Dense(*W.shape, bias=False), nn.ReLU()]
    net = nn.Network(layers[:-1], nn.MSE())
    for layer, W in zip(net.layers[::2], Ws, strict=True):
        layer.W = W
    rms = lambda v: float(np.linalg.norm(v) / math.sqrt(v.size))  # noqa: E731
    signal, gradient, a = [], [rms(dz)], x
    for layer in net.layers:
        a = layer.forward(a)
        if isinstance(layer, nn.Dense):
            signal.append(rms(a))
    for layer in net.layers[:0:-1]:
        dz = layer.backward(dz)
        if isinstance(layer, nn.ReLU):
            gradient.insert(0, rms(dz))
    return np.array(signal), np.array(gradient)


def chain_by_jacobians(x, Ws, dz):
    """Carry masks along, and go back with where."""
    masks, signal = [], []
    for W in Ws:
        x = x @ W
        signal.append(np.sqrt((x * x).sum() / x.size))
        masks.append(x > 0)
        x = np.where(masks[-1], x, 0)
    gradient = np.zeros(len(Ws))
    for i in range(len(Ws) - 1, -1, -1):
        if i < len(Ws) - 1:
            dz = np.where(masks[i], dz @ Ws[i + 1].T, 0)
        gradient[i] = np.sqrt((dz * dz).sum() / dz.size)
    return np.array(signal), gradient


def dead_by_the_largest(X, W, b):
    """Dead if even the largest sum is not above 0."""
    return int(np.count_nonzero((X @ W + b).max(axis=0) <= 0))


def dead_by_counting(X, W, b):
    """Dead if the ReLU lets nothing through."""
    return sum(not np.maximum(X @ w + c, 0).any() for w, c in zip(W.T, b, strict=True))


def residual_by_the_library(da, x, Ws):
    """Let nnlib's Residual do it."""
    layers = [nn.Residual(nn.Dense(*W.shape, bias=False), nn.ReLU()) for W in Ws]
    net = nn.Network(layers, nn.MSE())
    dense = [layer.layers[0] for layer in layers]
    for layer, W in zip(dense, Ws, strict=True):
        layer.W = W
    net.forward(x)
    dx = net.backward(da, input_gradient=True)
    return dx, np.array([layer.dW for layer in dense])


def residual_by_recursion(da, x, Ws):
    """Go down by a function that calls itself, and collect on the way up."""
    if not Ws:
        return da, np.zeros((0, x.shape[1], x.shape[1]))
    z = x @ Ws[0]
    after, dWs = residual_by_recursion(da, x + z * (z > 0), Ws[1:])
    dz = np.where(z > 0, after, 0.0)
    return after + dz @ Ws[0].T, np.concatenate([[x.T @ dz], dWs])


def memory_by_logarithms():
    """Add logarithms in place of multiplying."""
    gate = 2.0 ** (-1 / 10)
    return {
        "bias_0": math.exp(20 * math.log(0.5)),
        "bias_2": math.exp(-20 * math.log1p(math.exp(-2))),
        "plain": 0.9**20 * 0.8**20,
        "half_life": -math.log(1 / gate - 1),
    }


ALTERNATIVES = {
    "signal_by_hand": [sizes_by_powers()],
    "scaled_weights": [weights_by_table],
    "zero_start": [
        {
            **{f"sigmoid {name}": "moves" for name in ("W2, step 1", "W1, step 2")},
            **{f"tanh {name}": said for name, said in (("W2, step 1", "stays"),)},
            "sigmoid W1, step 1": "stays",
            "ReLU W2, step 2": "stays",
            "tanh b2, step 1": "moves",
            "logistic W, step 1": "moves",
        }
    ],
    "leaky_gain": [gain_from_the_second_moment_of_a_normal()],
    "signal_and_gradient": [chain_by_the_library, chain_by_jacobians],
    "thirty_layers": [
        dict.fromkeys(["ReLU, 1/n", "sigmoid, 1/n"], "vanishes")
        | dict.fromkeys(["linear, 2/n", "x + ReLU(xW), 2/n"], "explodes")
        | dict.fromkeys(["ReLU, 2/n", "linear, 1/n", "tanh, 1/n"], "is kept")
    ],
    "dead_units": [dead_by_the_largest, dead_by_counting],
    "repair_residual": [residual_by_the_library, residual_by_recursion],
    "lstm_memory": [memory_by_logarithms()],
}
