"""The network: windows on two vectors, copies and files that keep them, modes, and the door."""

import copy
import math
import pickle

import numpy as np
import pytest
from scipy import special

import nnlib as nn


def full(dtype=np.float64, seed=0, **options):
    """Return a network with every kind of state: weights, gains, statistics, masks."""
    layers = [
        nn.Dense(3, 4),
        nn.BatchNorm(4),
        nn.ReLU(),
        nn.Residual(nn.Dense(4, 4, bias=False), nn.LayerNorm(4), nn.GELU()),
        nn.Dropout(0.25),
        nn.Dense(4, 2),
    ]
    return nn.Network(layers, loss=nn.CrossEntropy(), seed=seed, dtype=dtype, **options)


@pytest.fixture
def X(rng):
    """Return eight examples."""
    return rng.normal(size=(8, 3))


@pytest.fixture
def y(rng):
    """Return two classes."""
    return rng.integers(0, 2, 8)


def test_names_and_places_follow_the_layers():
    """Slices of loss surfaces, checkpoints and tables all rest on this order."""
    net = full()

    assert {name: (w.start, w.stop) for name, w in net.named.items()} == {
        "dense1.W": (0, 12),
        "dense1.b": (12, 16),
        "batchnorm1.gamma": (16, 20),
        "batchnorm1.beta": (20, 24),
        "dense2.W": (24, 40),
        "layernorm1.gamma": (40, 44),
        "layernorm1.beta": (44, 48),
        "dense3.W": (48, 56),
        "dense3.b": (56, 58),
    }
    assert net.theta.shape == net.grad.shape == (58,)
    assert net.buffers.tolist() == [0] * 4 + [1] * 4
    assert (net.n_in, net.n_out) == (3, 2)


def assert_views(net):
    """Demand that every window lies in its flat vector, at its place."""
    first, norm, _, block, _, last = net.layers
    inner, layer_norm, _ = block.layers
    places = [
        (first, "W", "dense1.W"),
        (first, "b", "dense1.b"),
        (norm, "gamma", "batchnorm1.gamma"),
        (norm, "beta", "batchnorm1.beta"),
        (inner, "W", "dense2.W"),
        (layer_norm, "gamma", "layernorm1.gamma"),
        (layer_norm, "beta", "layernorm1.beta"),
        (last, "W", "dense3.W"),
        (last, "b", "dense3.b"),
    ]
    assert len(places) == len(net.named)
    for layer, key, name in places:
        for flat, prefix in ((net.theta, ""), (net.grad, "d")):
            view = getattr(layer, prefix + key)
            part = flat[net.named[name]]
            assert view.base is not None
            assert np.shares_memory(view, part)
            assert view.__array_interface__["data"] == part.__array_interface__["data"]
            np.testing.assert_array_equal(view.ravel(), part)
    assert np.shares_memory(norm.running_mean, net.buffers[:4])
    assert np.shares_memory(norm.running_var, net.buffers[4:])
    for leaf in (first, norm, inner, layer_norm, last):
        assert leaf.rng is net.rng


def test_windows_are_views():
    """An optimizer moves theta, and the layers must move with it."""
    net = full()
    assert_views(net)

    net.theta[:] = np.arange(58)

    assert net.layers[0].W.tolist() == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]
    assert net.layers[-1].b.tolist() == [56, 57]


COPIES = {
    "deepcopy": copy.deepcopy,
    "pickle": lambda net: pickle.loads(pickle.dumps(net)),
}


@pytest.mark.parametrize("way", COPIES)
def test_copies_have_windows_of_their_own(way, X, y):
    """NumPy copies a view as an array by itself: the copy's layers would train for nobody."""
    net = full()
    net.value_and_grad(X, y)
    theta, grad, buffers = net.theta.copy(), net.grad.copy(), net.buffers.copy()

    twin = COPIES[way](net)

    assert_views(twin)
    np.testing.assert_array_equal(twin.theta, theta)
    np.testing.assert_array_equal(twin.grad, grad)
    np.testing.assert_array_equal(twin.buffers, buffers)
    assert twin.rng is not net.rng
    twin.layers[0].W = np.ones((3, 4))
    twin.layers[0].dW[:] = 7
    twin.layers[1].running_mean = np.full(4, 9)
    assert twin.theta[:12].tolist() == [1] * 12
    assert twin.grad[:12].tolist() == [7] * 12
    assert twin.buffers[:4].tolist() == [9] * 4
    np.testing.assert_array_equal(net.theta, theta)
    np.testing.assert_array_equal(net.grad, grad)
    np.testing.assert_array_equal(net.buffers, buffers)
    assert_views(net)


@pytest.mark.parametrize("way", COPIES)
def test_copies_go_on_as_the_original_would(way, X, y):
    """The next mask, the statistics, the mode: a copy is the same training from here on."""
    net = full()
    net.value_and_grad(X, y)
    twin = COPIES[way](net)

    for _ in range(3):
        assert net.value_and_grad(X, y)[0] == twin.value_and_grad(X, y)[0]
        np.testing.assert_array_equal(net.grad, twin.grad)
        np.testing.assert_array_equal(net.buffers, twin.buffers)

    assert COPIES[way](net.eval()).training is False
    assert COPIES[way](full(penalty=nn.L1(0.5))).penalty.lam == 0.5


def test_a_saved_network_comes_back_whole(tmp_path, X, y):
    """Parameters, statistics and the generator of the masks: the same losses follow."""
    net = full()
    for _ in range(3):
        net.theta -= 0.1 * net.value_and_grad(X, y)[1]
    net.save(tmp_path / "net.npz")

    twin = full(seed=9)
    returned = twin.load(tmp_path / "net.npz")

    assert returned is twin
    assert_views(twin)
    np.testing.assert_array_equal(twin.theta, net.theta)
    np.testing.assert_array_equal(twin.buffers, net.buffers)
    for _ in range(3):
        assert net.value_and_grad(X, y)[0] == twin.value_and_grad(X, y)[0]


def test_backward_overwrites_the_gradient(X, y):
    """No zero_grad is needed, whatever stood in grad; accumulation is the caller's."""
    net = nn.Network([nn.Dense(3, 4), nn.Tanh(), nn.Dense(4, 2)], loss=nn.CrossEntropy())
    once = net.value_and_grad(X, y)[1].copy()
    net.grad[:] = 1e9

    value, grad = net.value_and_grad(X, y)

    assert grad is net.grad
    assert type(value) is float
    np.testing.assert_array_equal(grad, once)


def test_micro_batches_average_to_the_batch(X, y):
    """total += net.grad / n over n equal parts is the gradient of the whole."""
    net = nn.Network([nn.Dense(3, 4), nn.Tanh(), nn.Dense(4, 2)], loss=nn.CrossEntropy())
    total = np.zeros_like(net.grad)

    for rows in np.split(np.arange(8), 4):
        total += net.value_and_grad(X[rows], y[rows])[1] / 4

    np.testing.assert_allclose(total, net.value_and_grad(X, y)[1], rtol=1e-12, atol=1e-16)


def test_the_first_layer_computes_no_input_gradient_unless_asked(X, y):
    """A quarter of a step's products that training doesn't need; saliency asks for them."""
    net = nn.Network([nn.Dense(3, 4), nn.Tanh(), nn.Dense(4, 2)], loss=nn.CrossEntropy())
    dz = net.loss.grad(net.forward(X), y)

    assert net.backward(dz) is None
    assert net.layers[0].backward(np.ones((8, 4))) is None
    dX = net.backward(dz, input_gradient=True)
    assert dX.shape == X.shape
    W1, W2, a = net.layers[0].W, net.layers[2].W, net.layers[1].a
    np.testing.assert_allclose(dX, (dz @ W2.T * (1 - a * a)) @ W1.T, rtol=1e-12, atol=1e-16)
    assert net.backward(dz) is None


def test_value_and_grad_value_and_evaluate_agree(X, y):
    """The objective with its gradient, without it, and the bare loss."""
    net = nn.Network([nn.Dense(3, 2)], loss=nn.CrossEntropy(), penalty=nn.L2(0.5))
    W = net.layers[0].W
    net.layers[0].b = [1, 2]

    value, _ = net.value_and_grad(X, y)

    loss = net.loss.value(X @ W + [1, 2], y)
    assert net.evaluate(X, y) == pytest.approx(loss, rel=1e-14)
    assert value == net.value(X, y) == pytest.approx(loss + 0.25 * (W**2).sum(), rel=1e-14)


def test_penalties_leave_biases_and_gains_alone(X, y):
    """The mask is True for weight matrices only; a gain pulled to 0 would switch its unit off."""
    net, plain = full(penalty=nn.L1(3.0)), full()
    matrices = {"dense1.W", "dense2.W", "dense3.W"}

    difference = net.value_and_grad(X, y)[1] - plain.value_and_grad(X, y)[1]

    for name, where in net.named.items():
        assert net.weight_mask[where].all() == net.weight_mask[where].any() == (name in matrices)
        expected = 3 * np.sign(net.theta[where]) if name in matrices else 0 * net.theta[where]
        np.testing.assert_allclose(difference[where], expected, rtol=0, atol=1e-12)
    assert net.weight_mask.dtype == bool


def test_modes_turn_every_layer(X):
    """A container's layers must turn with it, and turn back."""
    net = full()
    leaves = [leaf for layer in net.layers for leaf in layer.leaves()]
    assert net.training
    assert all(leaf.training for leaf in leaves)

    assert net.eval() is net
    assert not net.training
    assert not any(leaf.training for leaf in leaves)
    assert net.train() is net
    assert all(leaf.training for leaf in leaves)


@pytest.mark.parametrize("training", [True, False])
def test_predicting_changes_nothing(training, X, y):
    """It is done in evaluation mode, and leaves mode, statistics and generator as they were."""
    net = full()
    net.value_and_grad(X, y)
    net.train() if training else net.eval()
    buffers, state = net.buffers.copy(), net.rng.bit_generator.state

    labels, p, loss = net.predict(X), net.predict_proba(X), net.evaluate(X, y)

    assert net.training is training
    np.testing.assert_array_equal(net.buffers, buffers)
    assert net.rng.bit_generator.state == state
    z = net.eval().forward(X)
    np.testing.assert_array_equal(labels, z.argmax(axis=1))
    np.testing.assert_allclose(p, special.softmax(z, axis=1), rtol=1e-12, atol=0)
    assert loss == net.loss.value(z, y)


def test_an_error_in_evaluation_turns_the_mode_back(X):
    """A wrong label in evaluate must not leave a training network in evaluation mode."""
    net = full()

    with pytest.raises(ValueError, match="labels"):
        net.evaluate(X, np.full(8, 7))

    assert net.training
    assert net.layers[4].training


def test_mode_and_frozen_put_everything_back(X, y):
    """Also when what they enclose fails."""
    net = full()
    theta, buffers, state = net.theta.copy(), net.buffers.copy(), net.rng.bit_generator.state

    def spoil():
        with net.mode(training=False) as inside, net.frozen() as again:
            assert inside is again is net
            assert not net.training
            net.theta += 1
            net.train()
            net.value_and_grad(X, y)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        spoil()

    assert net.training
    np.testing.assert_array_equal(net.theta, theta)
    np.testing.assert_array_equal(net.buffers, buffers)
    assert net.rng.bit_generator.state == state
    assert_views(net)


def test_predictions_have_the_loss_shapes(X):
    """Labels (m,) for CrossEntropy, (m, 1) of 0 and 1 for LogLoss, real numbers else."""
    layer = [nn.Dense(3, 1)]
    binary = nn.Network(layer, loss=nn.LogLoss(), seed=1)
    real = nn.Network([nn.Dense(3, 2)], loss=nn.MSE(), seed=1)

    z = binary.forward(X)

    np.testing.assert_array_equal(binary.predict(X), (z > 0).astype(int))
    np.testing.assert_allclose(binary.predict_proba(X), special.expit(z), rtol=1e-14, atol=0)
    np.testing.assert_array_equal(real.predict(X), real.forward(X))
    assert full().predict(X).shape == (8,)
    with pytest.raises(ValueError, match=r"MSE\(\) is a loss for regression"):
        real.predict_proba(X)


def test_the_seed_decides_about_everything():
    """Weights first, masks later; a generator is used as it is, and moves on."""
    x = np.ones((4, 3))

    np.testing.assert_array_equal(full(seed=3).theta, full(seed=3).theta)
    assert (full(seed=3).theta != full(seed=4).theta).any()
    np.testing.assert_array_equal(full(seed=3).forward(x), full(seed=3).forward(x))
    rng = np.random.default_rng(3)
    net = full(seed=rng)
    assert net.rng is rng
    np.testing.assert_array_equal(net.theta, full(seed=3).theta)
    assert (full(seed=rng).theta != net.theta).any()


def test_without_a_seed_it_is_zero():
    """A reader who leaves the seed out gets the numbers of the page."""
    layers = [nn.Dense(3, 2)]

    default = nn.Network(layers, loss=nn.MSE())

    np.testing.assert_array_equal(
        default.theta, nn.Network([nn.Dense(3, 2)], loss=nn.MSE(), seed=0).theta
    )
    layers.append(nn.Dense(2, 1))
    assert len(default.layers) == 1  # the list is the network's own


def test_weights_are_drawn_in_the_order_of_the_layers():
    """The promise behind every printed number of the course."""
    rng = np.random.default_rng(5)
    W1 = rng.normal(0, math.sqrt(2 / 3), (3, 4))
    W2 = rng.normal(0, math.sqrt(2 / 4), (4, 2))

    net = nn.Network([nn.Dense(3, 4), nn.ReLU(), nn.Dense(4, 2)], loss=nn.MSE(), seed=5)

    np.testing.assert_array_equal(net.layers[0].W, W1)
    np.testing.assert_array_equal(net.layers[2].W, W2)
    assert not net.layers[0].b.any()


@pytest.mark.parametrize("dtype", ["float32", "float64", np.float32, np.dtype("float64")])
def test_the_dtype_is_one_of_two(dtype, X, y):
    """Named any way NumPy knows; everything the network holds has it."""
    net = full(dtype)

    net.value_and_grad(X, y)

    assert {a.dtype for a in (net.theta, net.grad, net.buffers)} == {np.dtype(dtype)}
    assert net.forward(X).dtype == net.dtype == np.dtype(dtype)


def test_integers_and_truth_values_are_inputs():
    """XOR is written with integers; they are taken as the network's floats."""
    net = nn.Network([nn.Dense(2, 1)], loss=nn.LogLoss(), dtype=np.float32)
    X = [[0, 1], [1, 1]]

    z = net.forward(X)

    assert z.dtype == np.float32
    np.testing.assert_array_equal(net.forward(np.array(X, dtype=bool)), z)
    np.testing.assert_array_equal(net.forward(np.array(X, dtype=np.float64)), z)


def test_methods_take_their_arguments_by_name(X, y):
    """net.value_and_grad(X=..., y=...) is how a careful reader writes it."""
    net = full().eval()

    assert net.value(X=X, y=y) == net.value(X, y)
    assert net.value_and_grad(X, y=y)[0] == net.value_and_grad(X, y)[0]
    np.testing.assert_array_equal(net.forward(X=X), net.forward(X))


def test_a_refused_call_changes_no_statistics(X, y):
    """A wrong target after a forward in training mode: nothing has happened."""
    net = full()
    buffers, state = net.buffers.copy(), net.rng.bit_generator.state

    for call in (
        lambda: net.value_and_grad(X, y[:3]),
        lambda: net.value(X, y=y + 5),
        lambda: net.forward(X[:1]),
    ):
        with pytest.raises(ValueError, match=r"labels|batch of 1"):
            call()

    np.testing.assert_array_equal(net.buffers, buffers)
    assert net.rng.bit_generator.state == state


def test_a_refused_call_undoes_batch_norm_without_dropout(X):
    """Running statistics alone are reason enough to keep a copy of what was there."""
    net = nn.Network([nn.Dense(3, 2), nn.BatchNorm(2)], loss=nn.MSE())
    buffers = net.buffers.copy()

    with pytest.raises(ValueError, match="expected y of shape"):
        net.value_and_grad(X, np.ones(8))

    np.testing.assert_array_equal(net.buffers, buffers)


def test_the_result_of_backward_is_none_where_the_first_layer_gives_one(X, y):
    """Tanh in front computes ∂L/∂X all the same; who didn't ask must not come to count on it."""
    net = nn.Network([nn.Tanh(), nn.Dense(3, 2)], loss=nn.CrossEntropy())
    dz = net.loss.grad(net.forward(X), y)

    assert net.backward(dz) is None
    assert net.backward(dz, input_gradient=True).shape == X.shape


def test_mode_turns_both_ways(X):
    """Training inside, evaluation again behind it."""
    net = full().eval()

    with net.mode(training=True):
        inside = net.training, [leaf.training for _, leaf in net._named_leaves()]

    assert inside == (True, [True] * len(inside[1]))
    assert net.training is False


def test_a_refused_call_draws_no_mask(X):
    """Dropout alone moves the generator: a mistake must not change the numbers that follow."""
    net = nn.Network([nn.Dense(3, 2), nn.Dropout(0.5)], loss=nn.MSE())
    state = net.rng.bit_generator.state

    with pytest.raises(ValueError, match="expected y of shape"):
        net.value_and_grad(X, np.ones(8))

    assert net.rng.bit_generator.state == state


def test_a_layer_serves_in_one_network_only():
    """Two networks with one layer would write into one another's gradients."""
    layer = nn.Dense(2, 2)
    nn.Network([layer], loss=nn.MSE())

    with pytest.raises(ValueError, match=r"Dense\(2 -> 2\) is already in a network"):
        nn.Network([layer], loss=nn.MSE())
    with pytest.raises(ValueError, match="is already in a network"):
        nn.Network([nn.Residual(layer)], loss=nn.MSE())
    twice = nn.Tanh()
    with pytest.raises(ValueError, match=r"Tanh\(\) is already in a network"):
        nn.Network([nn.Dense(2, 2), twice, nn.Dense(2, 2), twice], loss=nn.MSE())


def test_a_network_that_was_refused_leaves_its_layers_free():
    """After the mistake is mended the same layers must do."""
    layers = [nn.Dense(2, 3), nn.Dense(3, 2)]
    with pytest.raises(ValueError, match="Network wants a loss"):
        nn.Network(layers, loss=None)

    net = nn.Network(layers, loss=nn.MSE())

    assert net.theta.size == 17


def test_widths_must_chain():
    """Said when the network is built, with both layers by name, through activations and blocks."""
    with pytest.raises(ValueError, match=r"layer 2, Dense\(5 -> 1\), takes 5 .* gets 4 from ReLU"):
        nn.Network([nn.Dense(3, 4), nn.ReLU(), nn.Dense(5, 1)], loss=nn.MSE())
    with pytest.raises(ValueError, match=r"BatchNorm\(3\), takes 3 features, but gets 4 from De"):
        nn.Network([nn.Dense(3, 4), nn.BatchNorm(3)], loss=nn.MSE())
    with pytest.raises(ValueError, match=r"takes 3 features, but gets 4"):
        nn.Network([nn.Dense(3, 4), nn.Residual(nn.Dense(3, 3))], loss=nn.MSE())


@pytest.mark.parametrize(
    ("X", "says"),
    [
        (np.ones((5, 3)), r"Dense\(4 -> 6\) expected x of shape \(m, 4\), got float64 .*\(5, 3\)"),
        (np.ones(4), r"expected x of shape \(m, 4\), got float64 of shape \(4,\)"),
        (np.ones((2, 2, 4)), r"expected x of shape \(m, 4\)"),
        (np.ones((5, 4), dtype=complex), r"got complex128"),
        (np.full((5, 4), "a"), r"got <U1"),
        (np.ones((0, 4)), r"Dense\(4 -> 6\) got an empty batch"),
        (np.full((5, 4), np.nan), r"got NaN or infinity in x"),
        (np.array([[np.inf, -np.inf, 0, 0]]), r"got NaN or infinity in x"),
        ([[1, 2, 3, 4], [1, 2, 3]], r"rows of different lengths"),
    ],
)
def test_the_door_refuses_what_is_no_batch(X, says):
    """One sentence with the layer's name, what came and what was wanted."""
    net = nn.Network([nn.ReLU(), nn.Dense(4, 6)], loss=nn.MSE())

    with pytest.raises(ValueError, match=says):
        net.forward(X)


def test_a_network_without_widths_takes_any(X):
    """Activations alone fix no width; the message then says so."""
    net = nn.Network([nn.Tanh()], loss=nn.MSE())

    assert net.n_in is None
    assert net.theta.size == 0
    np.testing.assert_array_equal(net.forward(X), np.tanh(X))
    with pytest.raises(ValueError, match=r"Tanh\(\) expected x of shape \(m, n\), got"):
        net.forward(X[0])


def test_large_numbers_are_no_infinities():
    """1e200 squared is ∞, but 1e200 is a number: the quick look must not decide alone."""
    net = nn.Network([nn.Tanh()], loss=nn.MSE())

    assert net.forward(np.full((2, 2), 1e200)).tolist() == [[1, 1], [1, 1]]


def test_numbers_too_large_for_float32_are_refused():
    """1e300 becomes infinite on the way in."""
    net = nn.Network([nn.Tanh()], loss=nn.MSE(), dtype=np.float32)

    with pytest.raises(ValueError, match="NaN or infinity in x"):
        net.forward(np.full((2, 2), 1e300))


def test_backward_wants_the_gradient_of_the_last_forward(X, y):
    """A stale or foreign dz would give a gradient of nothing."""
    net = nn.Network([nn.Dense(3, 2)], loss=nn.MSE())
    with pytest.raises(ValueError, match="backward came before forward"):
        net.backward(np.ones((8, 2)))
    net.forward(X)

    for dz in (np.ones((7, 2)), np.ones((8, 2), dtype=np.float32), [[1.0, 1.0]] * 8):
        with pytest.raises(ValueError, match=r"expected dz as an array float64 of shape \(8, 2\)"):
            net.backward(dz)
    assert not net.grad.any()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"layers": []}, "Network wants a list of at least one layer"),
        ({"layers": nn.Tanh()}, "Network wants a list of at least one layer"),
        ({"layers": [nn.Tanh]}, "Network wants a list of at least one layer"),
        ({"loss": nn.MSE}, "Network wants a loss such as"),
        ({"loss": "mse"}, "Network wants a loss such as"),
        ({"dtype": np.float16}, "Network wants dtype float32 or float64"),
        ({"dtype": int}, "Network wants dtype float32 or float64"),
        ({"penalty": 0.1}, r"Network wants penalty L1\(…\) or L2\(…\), got 0.1"),
        ({"seed": -1}, "Network seed must be"),
        ({"seed": None}, "Network seed must be"),
        ({"seed": True}, "Network seed must be"),
    ],
)
def test_a_network_of_other_things_is_refused(options, says):
    """Each part by name."""
    with pytest.raises(ValueError, match=says):
        nn.Network(**{"layers": [nn.Tanh()], "loss": nn.MSE(), **options})


def test_the_331_parameters_of_the_course():
    """20·10 + 10 + 10·10 + 10 + 10·1 + 1: the summary's '300+'."""
    layers = [nn.Dense(20, 10), nn.ReLU(), nn.Dense(10, 10), nn.ReLU(), nn.Dense(10, 1)]

    net = nn.Network(layers, loss=nn.LogLoss())

    assert net.theta.size == 331
    assert repr(net) == (
        "Network([Dense(20 -> 10), ReLU(), Dense(10 -> 10), ReLU(), Dense(10 -> 1)], LogLoss()): "
        "331 parameters"
    )


def test_one_bad_number_among_many_is_found():
    """Large inputs are looked at in another way than small ones: both must see it."""
    net = nn.Network([nn.Dense(200, 1)], nn.MSE())
    X = np.ones((100, 200))
    X[99, 199] = -np.inf

    with pytest.raises(ValueError, match="got NaN or infinity in x"):
        net.forward(X)


@pytest.mark.parametrize(
    ("wrong", "came"),
    [
        (lambda da: da.astype(np.float64), "float64 of shape (8, 3)"),
        (lambda da: da.T, "float32 of shape (3, 8)"),
        (lambda da: da[:, :1], "float32 of shape (8, 1)"),
        (lambda da: None, "a NoneType"),
    ],
    ids=["dtype", "transposed", "one column", "nothing returned"],
)
def test_a_gradient_that_a_layer_can_not_use_is_named(wrong, came):
    """Whoever writes a layer gets its name, and what its backward gave, not NumPy's word."""

    class Mine(nn.Layer):
        """a = x, whose backward returns something else than da."""

        def forward(self, x):
            """Return x."""
            return x

        def backward(self, da):
            """Return what is wrong."""
            return wrong(da)

    net = nn.Network([nn.Dense(4, 3), Mine(), nn.Dense(3, 2)], nn.MSE(), dtype=np.float32)
    net.forward(np.ones((8, 4)))

    with pytest.raises(ValueError, match="use its dz") as refused:
        net.backward(np.ones((8, 2), np.float32))

    assert str(refused.value).startswith(f"Dense(4 -> 3).backward can't use its dz, {came} (")
    assert str(refused.value).endswith(
        "): what the layer after it returns must be float32, of the shape of its x"
    )


def test_what_a_layer_refuses_in_backward_is_told_as_it_said_it():
    """Whoever writes a layer may refuse, and is quoted."""

    class Refusing(nn.Layer):
        """a = x, and no way back."""

        def forward(self, x):
            """Return x."""
            return x

        def backward(self, da):
            """Refuse."""
            raise ValueError("argmax has no gradient")

    net = nn.Network([nn.Dense(4, 2), Refusing()], nn.MSE())

    with pytest.raises(ValueError, match="\\(argmax has no gradient\\)"):
        net.value_and_grad(np.ones((8, 4)), np.ones((8, 2)))
