"""Whole networks against autograd: the formulas written once more, and nobody's backward but its.

The forward passes below are plain textbook formulas in autograd.numpy; nothing of nnlib computes
in them. Only parameters, inputs and dropout's mask come from the network under test.
"""

import autograd
import autograd.numpy as anp
import numpy as np
import pytest

import nnlib as nn

RTOL, ATOL = 1e-10, 1e-13


def sigmoid(z):
    """1 / (1 + e^-z)."""
    return 1 / (1 + anp.exp(-z))


ACTIVATIONS = {
    "Sigmoid": sigmoid,
    "Tanh": anp.tanh,
    "ReLU": lambda z: anp.where(z > 0, z, 0),
    "LeakyReLU": lambda z: anp.where(z > 0, z, 0.2 * z),
    "GELU": lambda z: z / 2 * (1 + anp.tanh((2 / anp.pi) ** 0.5 * (z + 0.044715 * z**3))),
}


def normalised(x, axis):
    """(x - μ) / √(σ² + 10⁻⁵) along an axis, from sums."""
    n = x.shape[axis]
    mean = anp.sum(x, axis=axis, keepdims=True) / n
    var = anp.sum((x - mean) ** 2, axis=axis, keepdims=True) / n
    return (x - mean) / anp.sqrt(var + 1e-5)


def output(shape, parts, theta, X, running, mask):
    """Return the logits of a network that `shape` describes, its parameters one after another.

    shape: "dense 5", "ReLU", "batch_norm", "layer_norm", "dropout", and "skip" … "join".
    """
    a, at, kept = X, 0, []

    def take(*size):
        nonlocal at
        n = int(np.prod(size))
        at += n
        return anp.reshape(theta[at - n : at], size)

    for part in shape:
        kind, *numbers = part.split()
        n = a.shape[1]
        if kind == "dense":
            W, b = take(n, int(numbers[0])), take(int(numbers[0]))
            parts.append(W)
            a = anp.dot(a, W) + b
        elif kind in ACTIVATIONS:
            a = ACTIVATIONS[kind](a)
        elif kind == "batch_norm":
            gamma, beta = take(n), take(n)
            if running is None:
                a = gamma * normalised(a, axis=0) + beta
            else:
                mean, var = running
                a = gamma * (a - mean) / anp.sqrt(var + 1e-5) + beta
        elif kind == "layer_norm":
            gamma, beta = take(n), take(n)
            a = gamma * normalised(a, axis=1) + beta
        elif kind == "dropout":
            a = a * mask
        elif kind == "skip":
            kept.append(a)
        else:
            a = kept.pop() + a
    assert at == theta.size
    return a


def mean_log_loss(z, y, pos_weight=1.0):
    """-w y log p - (1 - y) log(1 - p), averaged over everything."""
    p = sigmoid(z)
    return anp.mean(-pos_weight * y * anp.log(p) - (1 - y) * anp.log(1 - p))


def mean_cross_entropy(z, q, weights=1.0):
    """-Σ w q log p, averaged over the rows."""
    p = anp.exp(z) / anp.sum(anp.exp(z), axis=1, keepdims=True)
    return anp.mean(anp.sum(-weights * q * anp.log(p), axis=1))


def as_rows(y, k):
    """Class numbers as rows of 0s and a 1, by a loop."""
    return np.array([[float(j == label) for j in range(k)] for label in y])


WEIGHTS = [0.5, 2.0, 3.0]
# name: (nnlib's loss, the formula, what its targets are)
LOSSES = {
    "mse": (nn.MSE, lambda z, y: anp.mean((z - y) ** 2), "real"),
    "mae": (nn.MAE, lambda z, y: anp.mean(anp.abs(z - y)), "real"),
    "huber": (
        lambda: nn.Huber(0.7),
        lambda z, y: anp.mean(
            anp.where(anp.abs(z - y) <= 0.7, (z - y) ** 2 / 2, 0.7 * (anp.abs(z - y) - 0.35))
        ),
        "real",
    ),
    "log_loss": (nn.LogLoss, mean_log_loss, "shares"),
    "log_loss_pos_weight": (
        lambda: nn.LogLoss(pos_weight=3),
        lambda z, y: mean_log_loss(z, y, 3.0),
        "shares",
    ),
    "cross_entropy": (
        nn.CrossEntropy,
        lambda z, y: mean_cross_entropy(z, as_rows(y, 3)),
        "labels",
    ),
    "cross_entropy_soft": (nn.CrossEntropy, mean_cross_entropy, "distributions"),
    "cross_entropy_all": (
        lambda: nn.CrossEntropy(label_smoothing=0.3, class_weights=WEIGHTS),
        lambda z, y: mean_cross_entropy(z, 0.7 * as_rows(y, 3) + 0.1, np.array(WEIGHTS)),
        "labels",
    ),
}
TARGETS = {
    "real": lambda rng, m: rng.normal(size=(m, 3)),
    "shares": lambda rng, m: rng.random((m, 3)),
    "labels": lambda rng, m: rng.integers(0, 3, m),
    "distributions": lambda rng, m: rng.dirichlet(np.ones(3), m),
}
PENALTIES = {
    "none": (None, lambda w: 0.0),
    "l1": (lambda: nn.L1(0.2), lambda w: 0.2 * anp.sum(anp.abs(w))),
    "l2": (lambda: nn.L2(0.2), lambda w: 0.1 * anp.sum(w**2)),
}


def mlp(activation):
    """Return 4-6-5-3 with one activation, and its description."""
    layer = {"LeakyReLU": lambda: nn.LeakyReLU(0.2)}.get(activation, getattr(nn, activation))
    layers = [nn.Dense(4, 6), layer(), nn.Dense(6, 5), layer(), nn.Dense(5, 3)]
    return layers, ["dense 6", activation, "dense 5", activation, "dense 3"]


def everything():
    """Return a network with both norms, dropout and two nested residual blocks."""
    inner = nn.Residual(nn.LayerNorm(5), nn.Dense(5, 5), nn.Tanh())
    layers = [
        nn.Dense(4, 5),
        nn.BatchNorm(5),
        nn.ReLU(),
        nn.Residual(nn.Dense(5, 7), nn.GELU(), nn.Dense(7, 5), inner),
        nn.Dropout(0.3),
        nn.Dense(5, 3),
    ]
    shape = "dense 5,batch_norm,ReLU,skip,dense 7,GELU,dense 5,skip,layer_norm,dense 5,Tanh,join,"
    return layers, [*(shape + "join,dropout,dense 3").split(",")]


def assert_network_is_autograds(net, shape, X, y, formula, penalty, running=None, mask=1.0):
    """Compare the objective, every parameter's gradient, and the input's."""

    def objective(theta, X):
        weights = []
        z = output(shape, weights, theta, X, running, mask)
        return formula(z, y) + sum(penalty(W) for W in weights)

    truth = objective(net.theta, X)
    dtheta, dX = (autograd.grad(objective, i)(net.theta.copy(), X) for i in (0, 1))
    state = net.rng.bit_generator.state

    value, grad = net.value_and_grad(X, y)

    assert value == pytest.approx(truth, rel=1e-12)
    np.testing.assert_allclose(grad, dtheta, rtol=RTOL, atol=ATOL)
    net.rng.bit_generator.state = state
    dz = net.loss.grad(net.forward(X), y)
    np.testing.assert_allclose(net.backward(dz, input_gradient=True), dX, rtol=RTOL, atol=ATOL)


def prepared(layers, loss, penalty, rng):
    """Return the network with generic parameters, gains and shifts among them."""
    net = nn.Network(layers, loss, seed=2, penalty=None if penalty is None else penalty())
    net.theta += rng.normal(0, 0.3, net.theta.size)
    return net


@pytest.mark.parametrize("penalty", PENALTIES)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_networks_are_autograds(activation, loss, penalty, rng):
    """Any mistake in how layers, loss and penalty fit together."""
    layers, shape = mlp(activation)
    (make, formula, targets), (ours, theirs) = LOSSES[loss], PENALTIES[penalty]
    net = prepared(layers, make(), ours, rng)
    X, y = rng.normal(size=(9, 4)), TARGETS[targets](rng, 9)

    assert_network_is_autograds(net, shape, X, y, formula, theirs)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("loss", LOSSES)
def test_norms_dropout_and_residual_blocks_are_autograds(loss, training, rng):
    """One network with all that is not elementwise, in both modes."""
    layers, shape = everything()
    (make, formula, targets), (ours, theirs) = LOSSES[loss], PENALTIES["l2"]
    net = prepared(layers, make(), ours, rng)
    layers[1].running_mean, layers[1].running_var = rng.normal(size=5), rng.uniform(0.5, 2, 5)
    running, mask = (layers[1].running_mean.copy(), layers[1].running_var.copy()), 1.0
    if training:
        draws = np.random.default_rng()
        draws.bit_generator.state = net.rng.bit_generator.state
        running, mask = None, np.where(draws.random((9, 5)) < 0.3, 0.0, 1 / 0.7)
    else:
        net.eval()

    X, y = rng.normal(size=(9, 4)), TARGETS[targets](rng, 9)

    assert_network_is_autograds(net, shape, X, y, formula, theirs, running, mask)


def test_the_331_parameters_of_the_course_are_autograds(rng):
    """20-10-10-1 with ReLU and log loss, the network that every chapter returns to."""
    layers = [nn.Dense(20, 10), nn.ReLU(), nn.Dense(10, 10), nn.ReLU(), nn.Dense(10, 1)]
    net = nn.Network(layers, loss=nn.LogLoss(), seed=0)
    X, y = rng.normal(size=(32, 20)), rng.integers(0, 2, (32, 1))

    assert net.theta.size == 331
    shape = ["dense 10", "ReLU", "dense 10", "ReLU", "dense 1"]
    assert_network_is_autograds(net, shape, X, y, mean_log_loss, lambda w: 0.0)
