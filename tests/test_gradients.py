"""Every layer under every loss at every batch size, against differences of the loss itself."""

import math

import numpy as np
import pytest
from differences import along, assert_same_in_norm, slopes

import nnlib as nn

BATCHES = (1, 2, 7, 64)
RTOL = 1e-6  # of the norm, float64 against differences
RTOL32 = 1e-5  # of the norm, float32 against float64
ZERO = 1e-11  # a norm: rounding in the differences, all that is left where the truth is 0
MARGIN = 0.01  # how far inputs are kept from kinks; differences reach 2e-4 · |x|

# name: (the layers between Dense(3, 4) and the last Dense, the width they give)
LAYERS = {
    "dense": (lambda: [nn.Dense(4, 5)], 5),
    "dense_without_bias": (lambda: [nn.Dense(4, 5, bias=False)], 5),
    "sigmoid": (lambda: [nn.Sigmoid()], 4),
    "tanh": (lambda: [nn.Tanh()], 4),
    "relu": (lambda: [nn.ReLU()], 4),
    "leaky_relu": (lambda: [nn.LeakyReLU()], 4),
    "leaky_relu_slope": (lambda: [nn.LeakyReLU(0.3)], 4),
    "gelu": (lambda: [nn.GELU()], 4),
    "dropout": (lambda: [nn.Dropout(0.4), nn.Tanh()], 4),
    "batch_norm": (lambda: [nn.BatchNorm(4), nn.Tanh()], 4),
    "layer_norm": (lambda: [nn.LayerNorm(4)], 4),
    "residual": (lambda: [nn.Residual(nn.Dense(4, 5), nn.Tanh(), nn.Dense(5, 4))], 4),
    "residual_relu": (lambda: [nn.Residual(nn.Dense(4, 4), nn.ReLU())], 4),
    "residual_nested": (
        lambda: [nn.Residual(nn.LayerNorm(4), nn.Residual(nn.GELU(), nn.Dropout(0.3)))],
        4,
    ),
}
STOCHASTIC = ("dropout", "batch_norm", "residual_nested")  # the two modes differ


def real(rng, z):
    """Return any targets."""
    return rng.normal(size=z.shape)


def beside_the_kinks(delta):
    """Return targets whose residuals stay away from 0 and ±delta, on both sides of each."""

    def targets(rng, z):
        size = delta * np.where(
            rng.random(z.shape) < 0.5, rng.uniform(0.2, 0.8, z.shape), rng.uniform(1.2, 2, z.shape)
        )
        return z - size * rng.choice([-1, 1], z.shape)

    return targets


def zero_one(rng, z):
    """Return 0s and 1s, as integers."""
    return rng.integers(0, 2, z.shape)


def shares(rng, z):
    """Return numbers in [0, 1]."""
    return rng.random(z.shape)


def labels(rng, z):
    """Return class numbers."""
    return rng.integers(0, z.shape[1], len(z))


def distributions(rng, z):
    """Return rows that sum to 1."""
    return rng.dirichlet(np.ones(z.shape[1]), len(z))


# name: (the loss, outputs, targets)
LOSSES = {
    "mse": (nn.MSE, 2, real),
    "mae": (nn.MAE, 2, beside_the_kinks(1.0)),
    "huber": (nn.Huber, 2, beside_the_kinks(1.0)),
    "huber_delta": (lambda: nn.Huber(delta=0.4), 1, beside_the_kinks(0.4)),
    "log_loss": (nn.LogLoss, 1, zero_one),
    "log_loss_many_soft": (nn.LogLoss, 3, shares),
    "log_loss_pos_weight": (lambda: nn.LogLoss(pos_weight=2.5), 1, zero_one),
    "log_loss_pos_weight_soft": (lambda: nn.LogLoss(pos_weight=0.3), 2, shares),
    "cross_entropy": (nn.CrossEntropy, 3, labels),
    "cross_entropy_soft": (nn.CrossEntropy, 3, distributions),
    "cross_entropy_smoothed": (lambda: nn.CrossEntropy(label_smoothing=0.1), 2, labels),
    "cross_entropy_weights": (lambda: nn.CrossEntropy(class_weights=[0.5, 2, 3]), 3, labels),
    "cross_entropy_all": (
        lambda: nn.CrossEntropy(label_smoothing=0.2, class_weights=[0.5, 2, 3]),
        3,
        distributions,
    ),
}


def filled(layers, loss, rng, **options):
    """Return a network with no parameter left at its first 0 or 1, nor any running statistic."""
    net = nn.Network(layers, loss, seed=1, **options)
    net.theta[:] = rng.normal(0, 0.5, net.theta.size)
    for leaf in leaves(net):
        if isinstance(leaf, nn.BatchNorm):
            leaf.running_mean = rng.normal(size=leaf.n)
            leaf.running_var = rng.uniform(0.5, 2, leaf.n)
    return net


def leaves(net):
    """Return all the layers that are no containers."""
    return [leaf for layer in net.layers for leaf in layer.leaves()]


def examples(net, rng, m):
    """Return X (m, 3), no example of which puts a ReLU within MARGIN of its kink."""
    X = rng.normal(size=(3 * m + 20, net.n_in))
    near = np.zeros(len(X), dtype=bool)
    for leaf in leaves(net):
        if isinstance(leaf, (nn.ReLU, nn.LeakyReLU)):

            def watched(z, forward=leaf.forward):
                near[:] |= (np.abs(z) < MARGIN).any(axis=1)
                return forward(z)

            leaf.forward = watched
    with Frozen(net):
        net.forward(X)
    for leaf in leaves(net):
        leaf.__dict__.pop("forward", None)
    return X[~near][:m]


class Frozen:
    """Put the generator and the running statistics back: the next masks are the same again."""

    def __init__(self, net):
        """Note both."""
        self.net, self.state, self.buffers = net, net.rng.bit_generator.state, net.buffers.copy()

    def __enter__(self):
        return self.net

    def __exit__(self, *_):
        self.net.rng.bit_generator.state = self.state
        self.net.buffers[:] = self.buffers


def batch(net, targets, rng, m):
    """Return X and y of m examples, away from every kink."""
    X = examples(net, rng, m)
    with Frozen(net):
        return X, targets(rng, net.forward(X))


def objective_of_theta(net, X, y):
    """Return θ -> objective, masks and statistics frozen."""

    def f(theta):
        with Frozen(net):
            net.theta[:] = theta
            return net.value(X, y)

    return f


def objective_of_inputs(net, y):
    """Return X -> objective, masks and statistics frozen."""

    def f(X):
        with Frozen(net):
            return net.value(X, y)

    return f


def input_gradient(net, X, y):
    """Return ∂L/∂X by backprop, masks and statistics frozen."""
    with Frozen(net):
        return net.backward(net.loss.grad(net.forward(X), y), input_gradient=True)


def directions(X, rng):
    """Return every axis of a small X, twelve random directions for a large one."""
    if X.size <= 21:
        return np.eye(X.size).reshape(X.size, *X.shape)
    return rng.normal(size=(12, *X.shape)) / math.sqrt(X.size)


def assert_gradients_agree(net, X, y, rng):
    """Compare each parameter's gradient and the input's with differences of the objective."""
    theta = net.theta.copy()
    with Frozen(net):
        value, grad = net.value_and_grad(X, y)
    ours = grad.copy()

    truth = slopes(objective_of_theta(net, X, y), theta)
    net.theta[:] = theta

    with Frozen(net):
        assert net.value(X, y) == value
    normed = isinstance(net.layers[1], nn.BatchNorm) and net.training
    for name, where in net.named.items():
        if normed and name == "dense1.b":  # the batch mean takes it out again
            assert np.linalg.norm(ours[where]) < ZERO
            continue
        assert_same_in_norm(ours[where], truth[where], rtol=RTOL, atol=ZERO)
    dX, along_these = input_gradient(net, X, y), directions(X, rng)
    assert_same_in_norm(
        np.tensordot(along_these, dX, axes=X.ndim),
        along(objective_of_inputs(net, y), X, along_these),
        rtol=RTOL,
        atol=ZERO,
    )
    np.testing.assert_array_equal(net.grad, ours)


def built(layer, loss, rng, **options):
    """Return a network of 3 inputs with the layer in its middle, and what makes its targets."""
    (middle, width), (make, k, targets) = LAYERS[layer], LOSSES[loss]
    net = filled([nn.Dense(3, 4), *middle(), nn.Dense(width, k)], make(), rng, **options)
    return net, targets


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("layer", LAYERS)
def test_backprop_is_the_slope_of_the_objective(layer, loss, rng):
    """A wrong sign, sum, mean, transpose or mask in any layer or loss, at any batch size."""
    net, targets = built(layer, loss, rng)

    for m in BATCHES:
        for training in (True, False) if layer in STOCHASTIC else (True,):
            net.train() if training else net.eval()
            if layer == "batch_norm" and training and m == 1:
                continue  # refused, see test_layers
            X, y = batch(net, targets, rng, m)

            assert_gradients_agree(net, X, y, rng)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("layer", [layer for layer in LAYERS if layer not in STOCHASTIC])
def test_modes_are_the_same_where_nothing_is_random(layer, loss, rng):
    """Only dropout and batch norm may ask which mode it is."""
    net, targets = built(layer, loss, rng)
    X, y = batch(net, targets, rng, 7)

    value, grad = net.value_and_grad(X, y)
    grad = grad.copy()

    assert net.eval().value_and_grad(X, y)[0] == value
    np.testing.assert_array_equal(net.grad, grad)


class SameDraws:
    """A generator for dropout that draws the same numbers in either precision, every time."""

    def random(self, shape, dtype):
        """Return the same uniform numbers for the same shape."""
        return np.random.default_rng(5).random(shape).astype(dtype)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("layer", LAYERS)
def test_float32_gradients_are_the_float64_ones(layer, loss, rng):
    """A formula that cancels digits would show in single precision first.

    Batch norm of two examples gives ±1 whatever they are, but for its eps: what is before it
    has a gradient that is all cancellation. eps = 0.1 makes it a number that means something.
    """
    net, targets = built(layer, loss, rng)
    twin, _ = built(layer, loss, rng, dtype=np.float32)
    twin.theta[:], twin.buffers[:] = net.theta, net.buffers
    net.theta[:], net.buffers[:] = twin.theta, twin.buffers  # both the rounded ones
    for leaf in leaves(net) + leaves(twin):
        leaf.rng = SameDraws()
        if isinstance(leaf, nn.BatchNorm):
            leaf.eps = 0.1

    for m in BATCHES if layer != "batch_norm" else BATCHES[1:]:
        X, y = batch(net, targets, rng, m)
        X = X.astype(np.float32)
        y = y.astype(np.float32) if y.dtype == np.float64 else y
        value, grad = net.value_and_grad(X, y)
        value32, grad32 = twin.value_and_grad(X, y)

        assert grad32.dtype == np.float32
        assert value32 == pytest.approx(value, rel=1e-5)
        assert_same_in_norm(grad32, grad, rtol=RTOL32)
        for name, where in net.named.items():
            if (layer, name) == ("batch_norm", "dense1.b"):  # 0 in truth
                assert np.linalg.norm(grad32[where]) < 1e-6
                continue
            assert_same_in_norm(grad32[where], grad[where], rtol=10 * RTOL32)  # sums that cancel
        assert_same_in_norm(input_gradient(twin, X, y), input_gradient(net, X, y), rtol=RTOL32)


FIRST = {
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
    "relu": nn.ReLU,
    "leaky_relu": nn.LeakyReLU,
    "gelu": nn.GELU,
    "dropout": lambda: nn.Dropout(0.4),
    "batch_norm": lambda: nn.BatchNorm(3),
    "layer_norm": lambda: nn.LayerNorm(3),
    "residual": lambda: nn.Residual(nn.Dense(3, 3), nn.Tanh()),
}


@pytest.mark.parametrize("m", [1, 7])
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("layer", FIRST)
def test_any_layer_can_be_the_first(layer, training, m, rng):
    """The first layer's missing input gradient is the network's saving, not the layer's."""
    net = filled([FIRST[layer](), nn.Dense(3, 2)], nn.MSE(), rng)
    if not training:
        net.eval()
    if layer == "batch_norm" and training and m == 1:
        m = 3
    net.n_in = 3
    X, y = batch(net, real, rng, m)

    assert_gradients_agree(net, X, y, rng)


@pytest.mark.parametrize("m", BATCHES)
@pytest.mark.parametrize("loss", LOSSES)
def test_a_loss_alone_has_the_slope_it_says(loss, m, rng):
    """∂L/∂z itself, before any layer can hide a factor."""
    make, k, targets = LOSSES[loss]
    z = rng.normal(size=(m, k))
    y = targets(rng, z)

    dz = make().grad(z, y)

    assert_same_in_norm(dz, slopes(lambda z: make().value(z, y), z), rtol=1e-9)


@pytest.mark.parametrize("penalty", [nn.L1(0.3), nn.L2(0.7)])
def test_a_penalty_is_part_of_the_objective(penalty, rng):
    """Its gradient must be in `grad`, for weights and for nothing else."""
    layers = [nn.Dense(3, 4), nn.LayerNorm(4), nn.Tanh(), nn.Dense(4, 2)]
    net = filled(layers, nn.MSE(), rng, penalty=penalty)
    net.theta[:] += np.copysign(MARGIN, net.theta)  # away from L1's kink
    X, y = batch(net, real, rng, 7)
    theta = net.theta.copy()

    ours = net.value_and_grad(X, y)[1].copy()

    truth = slopes(objective_of_theta(net, X, y), theta)
    for where in net.named.values():
        assert_same_in_norm(ours[where], truth[where], rtol=RTOL, atol=ZERO)


def test_numbers_worked_by_hand(rng):
    """2-2-1 with sigmoids and log loss, every intermediate as on paper.

    x₁ = (1, 2), y₁ = 1; x₂ = (0, 0), y₂ = 0. W₁ is chosen so that x₁W₁ = (2 - 2, 1 - 1) = 0:
    z₁ = b₁ = (0, ln 3) and a₁ = (1/2, 3/4) for both. z₂ = 2·1/2 - 4·3/4 + 2 + ln 3 = ln 3, p = 3/4.
    L = (ln 4/3 + ln 4) / 2. dz₂ = (p - y)/2 = (-1/8, 3/8).
    dW₂ = a₁ᵀdz₂ = (1/2, 3/4)·(3/8 - 1/8) = (1/8, 3/16); db₂ = 1/4.
    da₁ = dz₂W₂ᵀ: x₁ gives -1/8·(2, -4) = (-1/4, 1/2), x₂ gives 3/8·(2, -4) = (3/4, -3/2).
    dz₁ = da₁·a₁(1 - a₁), and a₁(1 - a₁) = (1/4, 3/16): (-1/16, 3/32) and (3/16, -9/32).
    dW₁ = x₁ᵀdz₁ + 0 = ((-1/16, 3/32), (-1/8, 3/16)); db₁ = (1/8, -3/16).
    dx = dz₁W₁ᵀ: x₁ gives (-2/16 + 3/32, 1/16 - 3/64) = (-1/32, 1/64),
    x₂ gives (6/16 - 9/32, -3/16 + 9/64) = (3/32, -3/64).
    """
    net = nn.Network([nn.Dense(2, 2), nn.Sigmoid(), nn.Dense(2, 1)], loss=nn.LogLoss())
    first, sigmoid, last = net.layers
    first.W, first.b = [[2, 1], [-1, -0.5]], [0, math.log(3)]
    last.W, last.b = [[2], [-4]], [2 + math.log(3)]
    X, y = np.array([[1.0, 2.0], [0.0, 0.0]]), np.array([[1], [0]])

    z1 = first.forward(X)
    a1 = sigmoid.forward(z1)
    z2 = last.forward(a1)
    value, dz2 = net.loss.value_and_grad(z2, y)
    da1 = last.backward(dz2)
    dz1 = sigmoid.backward(da1)
    dx = first.backward(dz1)

    exact = {"rtol": 0, "atol": 1e-15}
    np.testing.assert_allclose(z1, [[0, math.log(3)]] * 2, **exact)
    np.testing.assert_allclose(a1, [[1 / 2, 3 / 4]] * 2, **exact)
    np.testing.assert_allclose(z2, [[math.log(3)]] * 2, **exact)
    np.testing.assert_allclose(net.loss.proba(z2), [[3 / 4]] * 2, **exact)
    assert value == pytest.approx((math.log(4 / 3) + math.log(4)) / 2, rel=1e-15)
    np.testing.assert_allclose(dz2, [[-1 / 8], [3 / 8]], **exact)
    np.testing.assert_allclose(last.dW, [[1 / 8], [3 / 16]], **exact)
    np.testing.assert_allclose(last.db, [1 / 4], **exact)
    np.testing.assert_allclose(da1, [[-1 / 4, 1 / 2], [3 / 4, -3 / 2]], **exact)
    np.testing.assert_allclose(dz1, [[-1 / 16, 3 / 32], [3 / 16, -9 / 32]], **exact)
    np.testing.assert_allclose(first.dW, [[-1 / 16, 3 / 32], [-1 / 8, 3 / 16]], **exact)
    np.testing.assert_allclose(first.db, [1 / 8, -3 / 16], **exact)
    np.testing.assert_allclose(dx, [[-1 / 32, 1 / 64], [3 / 32, -3 / 64]], **exact)
    by_hand = net.grad.copy()
    assert net.value_and_grad(X, y)[0] == value
    np.testing.assert_array_equal(net.grad, by_hand)
