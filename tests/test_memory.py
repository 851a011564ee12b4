"""What a training step may hold at its peak, measured by tracemalloc, which sees NumPy's arrays."""

import tracemalloc

import numpy as np
import pytest

import nnlib as nn

WIDTHS, BATCH = (784, 512, 256, 10), 128
OPTIMIZERS = {
    "sgd": lambda: nn.SGD(0.01),
    "momentum": lambda: nn.SGD(0.01, momentum=0.9),
    "adam": lambda: nn.Adam(0.001),
}


def build(dtype, dense=nn.Dense):
    """Return the network 784-512-256-10."""
    a, b, c, d = WIDTHS
    init = nn.xavier_uniform
    layers = [dense(a, b, init), nn.ReLU(), dense(b, c, init), nn.ReLU(), dense(c, d, init)]
    return nn.Network(layers, nn.CrossEntropy(), dtype=dtype)


@pytest.fixture
def data(rng):
    """One batch in both dtypes; made before the counting starts, so never counted."""
    X = rng.normal(size=(BATCH, WIDTHS[0]))
    return {np.float64: X, np.float32: X.astype(np.float32)}, rng.integers(10, size=BATCH)


def peak_of_a_step(make, opt, X, y, warm_up):
    """Return the network and the bytes held at the peak of one step, the parameters included."""
    tracemalloc.start()
    try:
        net = make()
        for _ in range(warm_up):
            opt.step(net.theta, net.value_and_grad(X, y)[1])
        tracemalloc.reset_peak()
        opt.step(net.theta, net.value_and_grad(X, y)[1])
        return net, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def allowed(net, opt):
    """Return the bytes of θ, its gradient, the state, one scratch like θ, and twice the outputs.

    The outputs are counted once for each width, as if ReLU wrote over its input.
    """
    vectors = 2 + len(opt.slots) + 1
    return (vectors * net.theta.size + 2 * BATCH * sum(WIDTHS[1:])) * net.dtype.itemsize


@pytest.mark.parametrize("warm_up", [0, 2], ids=["first step", "later step"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_step_holds_no_more_than_its_parts(name, dtype, warm_up, data):
    """One vector too many kept between the passes, or a silent float64, shows up here."""
    (X, y), opt = data, OPTIMIZERS[name]()

    net, peak = peak_of_a_step(lambda: build(dtype), opt, X[dtype], y, warm_up)

    assert peak <= allowed(net, opt)


def test_the_measure_sees_a_layer_that_hoards(data):
    """A measure that NumPy's arrays escape would pass whatever a step holds."""

    class Hoarder(nn.Dense):
        def backward(self, dz):
            self.kept = [self.W.copy(), self.W.copy()]
            return super().backward(dz)

    (X, y), opt = data, nn.SGD(0.01)

    net, peak = peak_of_a_step(lambda: build(np.float64, Hoarder), opt, X[np.float64], y, 0)

    assert peak > allowed(net, opt)


def test_a_hundred_steps_hold_no_more_than_two(rng):
    """Something kept from every step would fill the memory of a long training."""
    X, y = rng.normal(size=(32, 20)), rng.integers(2, size=(32, 1))
    layers = [nn.Dense(20, 10), nn.BatchNorm(10), nn.ReLU(), nn.Dropout(0.2), nn.Dense(10, 1)]
    net, opt = nn.Network(layers, nn.LogLoss()), nn.Adam()
    tracemalloc.start()

    held = []
    for steps in (2, 100):
        for _ in range(steps):
            opt.step(net.theta, net.value_and_grad(X, y)[1])
        held.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()

    assert held[1] - held[0] < 2000  # bytes: a single number kept from each step has 24
