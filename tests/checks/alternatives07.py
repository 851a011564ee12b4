"""Answers to chapter 07 that are right and written otherwise than the course's."""

import math
from collections import defaultdict

import autograd
import autograd.numpy as anp
import numpy as np
import scipy.signal
import scipy.special
import sympy as sp

import nnlib as nn


def gradients(loss, *arguments):
    """Return a peer's gradients of the loss by each argument."""
    return tuple(autograd.grad(loss, i)(*arguments) for i in range(len(arguments)))


def graph_by_the_engine():
    """Let nnlib's engine go through the three lines."""
    a, b = nn.Value(2.0), nn.Value(-3.0)
    c = a * b
    d = c + b
    L = c * d
    L.backward()
    values = {"c": c.data, "d": d.data, "L": L.data}
    return values | {"dd": d.grad, "dc": c.grad, "db": b.grad, "da": a.grad}


def second_backward_run():
    """Run what is to be predicted."""
    w, x = nn.Value(2.0), nn.Value(3.0)
    loss = (x * w - 5.0) ** 2
    loss.backward()
    loss.backward()
    second, w.grad = w.grad, 0.0
    loss.backward()
    return {"second": second, "third": w.grad}


def bytes_measured():
    """Ask the arrays of a network."""
    layers = [nn.Dense(784, 512), nn.ReLU(), nn.Dense(512, 256), nn.ReLU(), nn.Dense(256, 10)]
    net = nn.Network(layers, nn.CrossEntropy(), dtype=np.float32)
    z = net.forward(np.ones((64, 784), np.float32))
    kept = [layer.x for layer in layers[::2]]  # each dense layer's input; a ReLU's output is one
    return {"activations": sum(x.nbytes for x in kept) + z.nbytes, "parameters": net.theta.nbytes}


def dense_backward_by_autograd(dz, x, W):
    """Differentiate Σ dz ∘ (x W + b) with a peer."""
    return gradients(lambda x, W, b: anp.sum(dz * (x @ W + b)), x, W, np.zeros(W.shape[1]))


def dense_backward_by_einsum(dz, x, W):
    """Write the indices out."""
    dx = np.einsum("ij,kj->ik", dz, W)
    return [dx, np.einsum("ik,ij->kj", x, dz), np.einsum("ij->j", dz)]


def relu_backward_by_where(da, z):
    """Choose entry by entry."""
    return np.where(z > 0, da, 0)


def relu_backward_by_assignment(da, z):
    """Shut the gates in a copy, by the sign of the output."""
    dz = da.copy()
    dz[np.maximum(z, 0) == 0] = 0
    return dz


def sigmoid_backward_through_z(dp, p):
    """Find z again, and use the even form of the slope."""
    z = scipy.special.logit(p)
    return dp / (4 * np.cosh(z / 2) ** 2)


def tanh_backward_through_z(da, a):
    """Find z again, and use 1 / cosh²."""
    return da / np.cosh(np.arctanh(a)) ** 2


def delta_left_long():
    """Leave the fractions as they come."""
    p, y = sp.symbols("p y", positive=True)
    return p * (1 - p) * ((1 - y) / (1 - p) - y / p)


def jacobian_by_quotient_rule():
    """Write e's for the numerators, S for the sum, and put p S back for each e."""
    e1, e2, S, p1, p2 = sp.symbols("e1 e2 S p1 p2")
    same = ((e1 * S - e1 * e1) / S**2).subs(e1, p1 * S)
    return same, (-e1 * e2 / S**2).subs({e1: p1 * S, e2: p2 * S})


def softmax_backward_by_jacobians(dp, p):
    """Build every example's k × k Jacobian."""
    J = np.einsum("ij,jk->ijk", p, np.eye(p.shape[1])) - p[:, :, None] * p[:, None, :]
    return (J @ dp[:, :, None])[:, :, 0]


def cross_entropy_by_scipy(z, y):
    """Let SciPy take care of the tails."""
    rows = np.arange(len(z))
    losses = scipy.special.logsumexp(z, axis=1) - z[rows, y]
    hot = (y[:, None] == np.arange(z.shape[1])).astype(float)
    return np.float64(losses.mean()), (scipy.special.softmax(z, axis=1) - hot) / len(y)


def cross_entropy_by_autograd(z, y):
    """Differentiate -log softmax with a peer."""

    def loss(z):
        shifted = z - anp.max(z, axis=1, keepdims=True)
        log_p = shifted - anp.log(anp.sum(anp.exp(shifted), axis=1, keepdims=True))
        return -anp.sum(log_p[np.arange(len(y)), y]) / len(y)

    return loss(z), autograd.grad(loss)(z)


def by_hand_with_arrays():
    """Compute with NumPy what is meant for paper."""
    x, W1, W2 = np.array([3, -2]), np.array([[1, -2], [2, -3]]), np.array([2, -4])
    z1 = x @ W1 + np.array([1, math.log(3)])
    a1 = 1 / (1 + np.exp(-z1))
    z2 = a1 @ W2 + 2
    p = 1 / (1 + math.exp(-z2))
    da1 = (p - 1) * W2
    dz1 = da1 * a1 * (1 - a1)
    return {"z1": z1, "a1": a1, "z2": z2, "p": p, "loss": -math.log(p), "dz2": p - 1} | {
        "dW2": (p - 1) * a1,
        "db2": p - 1,
        "da1": da1,
        "dz1": dz1,
        "dW1": np.outer(x, dz1),
        "db1": dz1,
    }


def hidden_weight_multiplied_out():
    """Expand the product, with symbols of other assumptions."""
    p, y, v1, a1, x1 = sp.symbols("p y v1 a1 x1", real=True)
    return sp.expand((p - y) * (1 - a1) * (1 + a1) * v1 * x1)


def two_layer_by_autograd(X, y, W1, b1, W2, b2):
    """Differentiate the stable log loss with a peer."""

    def loss(W1, b1, W2, b2):
        a = anp.maximum(X @ W1 + b1, 0)
        z = a @ W2 + b2
        return anp.mean(anp.logaddexp(0, z) - y * z)

    return loss(W1, b1, W2, b2), *gradients(loss, W1, b1, W2, b2)


def two_layer_example_by_example(X, y, W1, b1, W2, b2):
    """Add up outer products, one example at a time."""
    loss, totals = 0.0, [np.zeros(p.shape) for p in (W1, b1, W2, b2)]
    for x, (t,) in zip(X, y, strict=True):
        z1 = x @ W1 + b1
        a1 = z1.clip(0)
        z = (a1 @ W2 + b2).item()
        loss += -scipy.special.log_expit(z if t else -z)
        dz2 = scipy.special.expit(z) - t
        dz1 = dz2 * W2[:, 0] * (a1 > 0)
        shares = (np.outer(x, dz1), dz1, dz2 * a1[:, None], np.array([dz2]))
        totals = [total + share for total, share in zip(totals, shares, strict=True)]
    return loss / len(X), *(total / len(X) for total in totals)


def order_by_counting(parents, result):
    """Kahn's way: from the result on, list a value when all that use it are listed."""
    users, reached = defaultdict(int), {result}
    stack = [result]
    while stack:
        for parent in parents[stack.pop()]:
            users[parent] += 1
            if parent not in reached:
                reached.add(parent)
                stack.append(parent)
    order, free = [], [result]
    while free:
        order.append(value := free.pop())
        for parent in parents[value]:
            users[parent] -= 1
            if users[parent] == 0:
                free.append(parent)
    return tuple(reversed(order))


def order_with_a_stack(parents, result):
    """Go deep without recursion."""
    order, seen, stack = [], set(), [(result, False)]
    while stack:
        value, done = stack.pop()
        if done:
            order.append(value)
        elif value not in seen:
            seen.add(value)
            stack += [(value, True), *((p, False) for p in parents[value])]
    return order


class Closures:
    """micrograd's form, a closure for each operation; gradients of earlier calls are put aside."""

    def __init__(self, data, children=()):
        """Keep the number and what it was computed from."""
        self.data, self.grad, self.children = data, 0.0, children
        self.hand_on = lambda: None

    def __add__(self, other):
        out = Closures(self.data + other.data, (self, other))

        def hand_on():
            self.now += out.now
            other.now += out.now

        out.hand_on = hand_on
        return out

    def __mul__(self, other):
        out = Closures(self.data * other.data, (self, other))

        def hand_on():
            self.now += other.data * out.now
            other.now += self.data * out.now

        out.hand_on = hand_on
        return out

    def tanh(self):
        """Return tanh, from exponentials."""
        e = math.exp(2 * self.data)
        out = Closures((e - 1) / (e + 1), (self,))

        def hand_on():
            self.now += (1 - out.data**2) * out.now

        out.hand_on = hand_on
        return out

    def backward(self):
        """Run the closures in order."""
        order, seen, stack = [], set(), [(self, False)]
        while stack:
            value, done = stack.pop()
            if done:
                order.append(value)
            elif value not in seen:
                seen.add(value)
                value.now = 0.0
                stack += [(value, True), *((child, False) for child in value.children)]
        self.now = 1.0
        for value in reversed(order):
            value.hand_on()
            value.grad += value.now


class Taped:
    """A tape for all: the order of creation is a topological order, no graph is searched."""

    tape = []  # noqa: RUF012 - shared on purpose: that is what a tape is

    def __init__(self, data, *links):
        """Write (value, (parent, slope), ...) on the tape."""
        self.data, self.grad = data, 0.0
        self.tape.append((self, links))

    def __add__(self, other):
        return Taped(self.data + other.data, (self, 1.0), (other, 1.0))

    def __mul__(self, other):
        return Taped(self.data * other.data, (self, other.data), (other, self.data))

    def tanh(self):
        """Return tanh(x)."""
        t = math.tanh(self.data)
        return Taped(t, (self, 1 / math.cosh(self.data) ** 2))

    def backward(self):
        """Play the tape backwards."""
        flow = defaultdict(float, {self: 1.0})
        for value, links in reversed(self.tape):
            for parent, slope in links:
                flow[parent] += slope * flow[value]
        for value, amount in flow.items():
            value.grad += amount


def embedding_backward_by_one_hot(dx, tokens, n_words):
    """Take the lookup for the product that it is."""
    return np.eye(n_words)[tokens].T @ dx


def embedding_backward_by_bincount(dx, tokens, n_words):
    """Count with weights, column by column."""
    return np.stack([np.bincount(tokens, column, n_words) for column in dx.T], axis=1)


def tied_backward_by_autograd(dy, x, W):
    """Differentiate Σ dy ∘ (tanh(x W) Wᵀ) with a peer."""
    return gradients(lambda W: anp.sum(dy * (anp.tanh(x @ W) @ W.T)), W)[0]


def conv_backward_by_scipy(dz, x, w):
    """A correlation for dw, a full convolution for dx."""
    dx = np.stack([np.convolve(row, w) for row in dz])
    return dx, sum(np.correlate(a, b, "valid") for a, b in zip(x, dz, strict=True))


def conv_backward_as_a_matrix(dz, x, w):
    """Write the convolution as x C, with the kernel along C's diagonals."""
    n, T = x.shape[1], dz.shape[1]
    C = np.stack([scipy.signal.unit_impulse(n, t) for t in range(T)], axis=1)
    C = scipy.signal.convolve(C, w[:, None])[:n]
    dC = x.T @ dz
    return dz @ C.T, np.array([np.trace(dC[j:]) for j in range(len(w))])


def repair_step_by_autograd(X, y, W1, b1, W2, b2, lr):
    """Differentiate first, then update all at once."""
    _, *slopes = two_layer_by_autograd(X, y, W1, b1, W2, b2)
    return [p - lr * s for p, s in zip((W1, b1, W2, b2), slopes, strict=True)]


def repair_step_with_the_old_weights_kept(X, y, W1, b1, W2, b2, lr):
    """Leave the order as it is, and remember the old W2 under another name."""
    z1 = X @ W1 + b1
    a1 = np.maximum(z1, 0)
    p = 1 / (1 + np.exp(-(a1 @ W2 + b2)))
    dz2 = (p - y) / len(X)
    before = W2
    W2 = W2 - lr * a1.T @ dz2
    b2 = b2 - lr * dz2.sum(axis=0)
    dz1 = (dz2 @ before.T) * (z1 > 0)
    return W1 - lr * X.T @ dz1, b1 - lr * dz1.sum(axis=0), W2, b2


def repair_gate_in_place(dz2, X, W1, b1, W2):
    """Keep the assignment, and read the gate off the output: a1 is 0 where the unit is off."""
    a1 = X @ W1 + b1
    a1[a1 < 0] = 0
    dz1 = dz2 @ W2.T
    dz1[a1 <= 0] = 0
    return X.T @ dz1, dz1.sum(axis=0), a1.T @ dz2


def repair_gate_by_copy(dz2, X, W1, b1, W2):
    """Let the assignment have a copy."""
    z1 = X @ W1 + b1
    a1 = z1.copy()
    a1[a1 < 0] = 0
    dz1 = dz2 @ W2.T
    dz1[z1 < 0] = 0
    return X.T @ dz1, dz1.sum(axis=0), a1.T @ dz2


def repair_recurrence_by_autograd(dh, xs, U, V, b):
    """Unroll it for a peer."""

    def loss(U, V, b):
        h = np.zeros(dh.shape)
        for x in xs:
            h = anp.tanh(anp.dot(x, U) + anp.dot(h, V) + b)
        return anp.sum(dh * h)

    return gradients(loss, U, V, b)


ALTERNATIVES = {
    "graph_by_hand": [graph_by_the_engine()],
    "dense_backward": [dense_backward_by_autograd, dense_backward_by_einsum],
    "relu_backward": [relu_backward_by_where, relu_backward_by_assignment],
    "sigmoid_backward": [sigmoid_backward_through_z],
    "tanh_backward": [tanh_backward_through_z],
    "log_loss_delta": [delta_left_long()],
    "softmax_jacobian": [jacobian_by_quotient_rule()],
    "softmax_backward": [softmax_backward_by_jacobians],
    "softmax_cross_entropy": [cross_entropy_by_scipy, cross_entropy_by_autograd],
    "by_hand_221": [by_hand_with_arrays()],
    "hidden_weight": [hidden_weight_multiplied_out()],
    "two_layer": [two_layer_by_autograd, two_layer_example_by_example],
    "second_backward": [second_backward_run()],
    "topological_order": [order_by_counting, order_with_a_stack],
    "tiny_value": [Closures, Taped],
    "embedding_backward": [embedding_backward_by_one_hot, embedding_backward_by_bincount],
    "tied_backward": [tied_backward_by_autograd],
    "conv_backward": [conv_backward_by_scipy, conv_backward_as_a_matrix],
    "repair_step": [repair_step_by_autograd, repair_step_with_the_old_weights_kept],
    "repair_gate": [repair_gate_in_place, repair_gate_by_copy],
    "repair_recurrence": [repair_recurrence_by_autograd],
    "predict_cost": [{"forward": 535040.0, "training": 668672, "with_dX": 2 * 535040}],
    "predict_kept": [
        dict.fromkeys(["X", "a1", "W2", "p"], True)
        | dict.fromkeys(["W1", "b1", "z1", "b2", "z2"], False)
    ],
    "kept_bytes": [bytes_measured()],
}
