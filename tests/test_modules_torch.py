"""Losses, layers and whole trainings against numbers that PyTorch computed (no PyTorch needed)."""

import json
from pathlib import Path

import numpy as np
import pytest

import nnlib as nn

TORCH = json.loads(
    (Path(__file__).parent / "reference" / "torch_modules.json").read_text(encoding="utf-8")
)
WEIGHTS = [0.5, 2.0, 1.0, 3.0]
M = 6  # examples of the loss cases; where PyTorch sums, we divide by it

# name: (our loss, what PyTorch's number is divided by to be ours)
LOSSES = {
    "mse": (nn.MSE, 1),
    "mae": (nn.MAE, 1),
    "huber": (nn.Huber, 1),
    "huber_delta": (lambda: nn.Huber(delta=0.4), 1),
    "smooth_l1": (lambda: nn.Huber(delta=0.4), 1 / 0.4),  # SmoothL1 is Huber over its delta
    "log_loss": (nn.LogLoss, 1),
    "log_loss_soft": (nn.LogLoss, 1),
    "log_loss_extreme": (nn.LogLoss, 1),
    "log_loss_pos_weight": (lambda: nn.LogLoss(pos_weight=2.5), 1),
    "log_loss_pos_weight_soft": (lambda: nn.LogLoss(pos_weight=2.5), 1),
    "cross_entropy": (nn.CrossEntropy, 1),
    "cross_entropy_soft": (nn.CrossEntropy, 1),
    "cross_entropy_extreme": (nn.CrossEntropy, 1),
    "cross_entropy_smoothing": (lambda: nn.CrossEntropy(label_smoothing=0.1), 1),
    "cross_entropy_smoothing_soft": (lambda: nn.CrossEntropy(label_smoothing=0.1), 1),
    "cross_entropy_weights_sum": (lambda: nn.CrossEntropy(class_weights=WEIGHTS), M),
    "cross_entropy_weights_mean": (  # the mean over the labels' weights, against our 1/m
        lambda: nn.CrossEntropy(class_weights=WEIGHTS),
        M / sum(WEIGHTS[label] for label in TORCH["losses"]["cross_entropy_weights_mean"]["y"]),
    ),
    "cross_entropy_weights_soft_sum": (lambda: nn.CrossEntropy(class_weights=WEIGHTS), M),
    "cross_entropy_weights_smoothing_sum": (
        lambda: nn.CrossEntropy(label_smoothing=0.1, class_weights=WEIGHTS),
        M,
    ),
}
LAYERS = {
    "dense": lambda: nn.Dense(4, 3),
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
    "relu": nn.ReLU,
    "leaky_relu": nn.LeakyReLU,
    "leaky_relu_slope": lambda: nn.LeakyReLU(0.2),
    "gelu": nn.GELU,
    "layer_norm": lambda: nn.LayerNorm(4),
    "batch_norm": lambda: nn.BatchNorm(4),
}
# PyTorch's name of a parameter: ours
OURS = {"Dense": {"weight": "W", "bias": "b"}, "norm": {"weight": "gamma", "bias": "beta"}}


def assert_close(ours, theirs):
    """Compare to eleven digits of the largest entry: enough to see any other convention."""
    theirs = np.asarray(theirs)

    np.testing.assert_allclose(ours, theirs, rtol=1e-11, atol=1e-12 * np.abs(theirs).max())


def renamed(layer, name, values):
    """Return our name of a parameter, and its values turned as we keep them."""
    names = OURS["Dense" if isinstance(layer, nn.Dense) else "norm"]
    turned = np.array(values).T if isinstance(layer, nn.Dense) else np.array(values)
    return names[name], turned


@pytest.mark.parametrize("name", LOSSES)
def test_losses_are_pytorchs(name):
    """Value and gradient, extreme logits among them, show every convention of a loss."""
    make, divisor = LOSSES[name]
    case = TORCH["losses"][name]
    z, y = np.array(case["z"]), np.array(case["y"])

    value, dz = make().value(z, y), make().grad(z, y)

    assert value == pytest.approx(case["value"] / divisor, rel=1e-12)
    assert_close(dz, np.array(case["dz"]) / divisor)


def test_every_reference_is_read():
    """A case that PyTorch computed and nobody compares proves nothing."""
    assert TORCH["losses"].keys() == LOSSES.keys()
    assert TORCH["layers"].keys() == LAYERS.keys() | {"batch_norm_eval"}
    assert TORCH["networks"].keys() == NETWORKS.keys()


def test_class_weights_are_divided_by_m_and_not_by_their_sum():
    """PyTorch's mean divides by Σ w_y: the two differ by the mean weight of the labels."""
    case = TORCH["losses"]["cross_entropy_weights_mean"]
    z, y = np.array(case["z"]), np.array(case["y"])

    ours = nn.CrossEntropy(class_weights=WEIGHTS).value(z, y)

    mean_weight = np.mean([WEIGHTS[label] for label in y])
    assert ours / case["value"] == pytest.approx(mean_weight, rel=1e-12)
    assert mean_weight > 1.5


def placed(name):
    """Return a network of one layer with PyTorch's parameters, and the reference."""
    case = TORCH["layers"][name]
    layer = LAYERS[name.removesuffix("_eval")]()
    net = nn.Network([layer], loss=nn.MSE(), seed=0)
    for key in ("weight", "bias"):
        if key in case:
            setattr(layer, *renamed(layer, key, case[key]))
    return net, layer, case


def assert_passes_as_in_pytorch(net, layer, case):
    """Compare the output, the gradient sent back, and the gradients of the parameters."""
    out = net.forward(np.array(case["x"]))
    dx = net.backward(np.array(case["dz"]), input_gradient=True)

    assert_close(out, case["out"])
    assert_close(dx, case["dx"])
    for key in ("weight", "bias"):
        if key in case:
            name, expected = renamed(layer, key, case[f"d{key}"])
            assert_close(getattr(layer, f"d{name}"), expected)


@pytest.mark.parametrize("name", LAYERS)
def test_layers_are_pytorchs(name):
    """A non-uniform upstream gradient shows a wrong sum, sign, mean or transpose."""
    net, layer, case = placed(name)

    assert_passes_as_in_pytorch(net, layer, case)


def test_running_statistics_are_pytorchs():
    """The unbiased variance, and momentum as the weight of the newest batch."""
    net, layer, case = placed("batch_norm")

    for x in (case["x"], *case["more"]):
        net.forward(np.array(x))

    assert_close(layer.running_mean, case["running_mean"])
    assert_close(layer.running_var, case["running_var"])


def test_batch_norm_in_evaluation_is_pytorchs():
    """It must use the running statistics, pass gradients as a constant scale, and learn nothing."""
    net, layer, case = placed("batch_norm_eval")
    layer.running_mean = TORCH["layers"]["batch_norm"]["running_mean"]
    layer.running_var = TORCH["layers"]["batch_norm"]["running_var"]
    before = net.buffers.copy()
    net.eval()

    assert_passes_as_in_pytorch(net, layer, case)

    np.testing.assert_array_equal(net.buffers, before)


def plain():
    """4-6-5-1 with ReLU and tanh, log loss, Adam."""
    layers = [nn.Dense(4, 6), nn.ReLU(), nn.Dense(6, 5), nn.Tanh(), nn.Dense(5, 1)]
    return nn.Network(layers, loss=nn.LogLoss(), seed=0), nn.Adam(lr=0.02)


def normed():
    """4-6-5-3 with both norms, leaky ReLU and GELU, smoothed labels, Nesterov momentum."""
    layers = [
        nn.Dense(4, 6),
        nn.BatchNorm(6),
        nn.LeakyReLU(0.1),
        nn.Dense(6, 5),
        nn.LayerNorm(5),
        nn.GELU(),
        nn.Dense(5, 3),
    ]
    net = nn.Network(layers, loss=nn.CrossEntropy(label_smoothing=0.1), seed=0)
    return net, nn.SGD(lr=0.1, momentum=0.9, nesterov=True)


NETWORKS = {"plain": plain, "normed": normed}


def parameters(net, named):
    """Yield (layer, our name, PyTorch's values) for PyTorch's names "0.weight", "0.bias", ..."""
    for name, values in named.items():
        index, key = name.split(".")
        layer = net.layers[int(index)]
        yield layer, *renamed(layer, key, values)


@pytest.mark.parametrize("name", NETWORKS)
def test_a_training_goes_as_in_pytorch(name):
    """25 steps of mini-batches: what layers, loss and optimizer do together, to ten digits.

    Before batch norm a bias has no gradient: the atol of 1e-12 is what it is held to.
    """
    case = TORCH["networks"][name]
    X, y, batch = np.array(case["X"]), np.array(case["y"]), case["batch"]
    net, optimizer = NETWORKS[name]()
    for layer, key, values in parameters(net, case["start"]):
        setattr(layer, key, values)
    losses = []

    for step in range(25):
        rows = np.arange(step * batch, (step + 1) * batch) % len(X)
        value, grad = net.value_and_grad(X[rows], y[rows])
        if step == 0:
            for layer, key, values in parameters(net, case["gradient"]):
                np.testing.assert_allclose(
                    getattr(layer, f"d{key}"), values, rtol=1e-10, atol=1e-12
                )
        optimizer.step(net.theta, grad)
        losses.append(value)

    np.testing.assert_allclose(losses, case["losses"], rtol=1e-10, atol=0)
    for layer, key, values in parameters(net, case["end"]):
        np.testing.assert_allclose(getattr(layer, key), values, rtol=1e-9, atol=1e-11)
    net.eval()
    np.testing.assert_allclose(net.forward(X), case["logits"], rtol=1e-9, atol=1e-11)
