"""What must hold for any batch: symmetries of the losses, of networks, and of their storage."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import nnlib as nn

# The same examples in every run: a test that fails once in a thousand teaches nothing.
always = settings(deadline=None, derandomize=True, max_examples=60)

sizes = st.integers(1, 6)
seeds = st.integers(0, 2**32 - 1)
REAL = [nn.MSE(), nn.MAE(), nn.Huber(0.7)]
PROBABLE = [nn.LogLoss(), nn.LogLoss(pos_weight=3)]
CLASSES = [
    nn.CrossEntropy(),
    nn.CrossEntropy(label_smoothing=0.2),
    nn.CrossEntropy(class_weights=[1, 2, 3]),
]
LOSSES = [*REAL, *PROBABLE, *CLASSES]


@st.composite
def cases(draw, losses=LOSSES):
    """Draw a loss, logits of any size up to ±30, and targets that suit it."""
    loss, m = draw(st.sampled_from(losses)), draw(sizes)
    k = 3 if loss in CLASSES else draw(sizes)
    z = draw(arrays(float, (m, k), elements=st.floats(-30, 30)))
    if loss in CLASSES:
        y = draw(arrays(np.int64, m, elements=st.integers(0, 2)))
    elif loss in PROBABLE:
        y = draw(arrays(float, (m, k), elements=st.floats(0, 1)))
    else:
        y = draw(arrays(float, (m, k), elements=st.floats(-30, 30)))
    return loss, z, y


@always
@given(case=cases(), seed=seeds)
def test_the_order_of_the_examples_does_not_matter(case, seed):
    """A mean knows no order; each example's gradient goes where the example goes."""
    loss, z, y = case
    order = np.random.default_rng(seed).permutation(len(z))
    value, dz = loss.value_and_grad(z, y)

    value2, dz2 = loss.value_and_grad(z[order], y[order])

    assert value2 == pytest.approx(value, rel=1e-13, abs=1e-300)
    np.testing.assert_allclose(dz2, dz[order], rtol=1e-13, atol=0)


@always
@given(case=cases(), n=st.integers(2, 4))
def test_a_batch_repeated_n_times_has_the_same_loss(case, n):
    """It is a mean, not a sum: the value stays, each copy takes 1/n of the gradient."""
    loss, z, y = case
    value, dz = loss.value_and_grad(z, y)

    value2, dz2 = loss.value_and_grad(np.concatenate([z] * n), np.concatenate([y] * n))

    assert value2 == pytest.approx(value, rel=1e-13, abs=1e-300)
    np.testing.assert_allclose(dz2, np.concatenate([dz / n] * n), rtol=1e-13, atol=0)


@always
@given(case=cases())
def test_a_batch_is_the_mean_of_its_examples(case):
    """No example may look at another."""
    loss, z, y = case

    each = [loss.value_and_grad(z[i : i + 1], y[i : i + 1]) for i in range(len(z))]

    value, dz = loss.value_and_grad(z, y)
    assert value == pytest.approx(np.mean([v for v, _ in each]), rel=1e-13, abs=1e-300)
    np.testing.assert_allclose(dz, np.concatenate([d / len(z) for _, d in each]), rtol=1e-13)


@always
@given(case=cases())
def test_losses_are_not_negative_and_finite(case):
    """A cross-entropy below 0, or a log of 0, is a tail that was lost."""
    loss, z, y = case

    value, dz = loss.value_and_grad(z, y)

    assert 0 <= value < np.inf
    assert np.isfinite(dz).all()


@always
@given(case=cases(), seed=seeds)
def test_losses_lie_above_their_tangents(case, seed):
    """All of them are convex in z: L(z + d) ≥ L(z) + ∂L/∂z · d, a check on value and gradient."""
    loss, z, y = case
    d = np.random.default_rng(seed).normal(0, 3, z.shape)
    value, dz = loss.value_and_grad(z, y)

    assert loss.value(z + d, y) >= value + (dz * d).sum() - 1e-12 * (1 + abs(value))


@always
@given(case=cases(CLASSES), c=st.floats(-100, 100))
def test_cross_entropy_ignores_a_shift_of_the_logits(case, c):
    """Softmax takes differences; so each row of the gradient sums to 0."""
    loss, z, y = case
    value, dz = loss.value_and_grad(z, y)

    shifted = loss.value(z + c, y)

    assert shifted == pytest.approx(value, rel=1e-12, abs=1e-13)
    np.testing.assert_allclose(dz.sum(axis=1), np.zeros(len(z)), rtol=0, atol=1e-13)


@always
@given(case=cases(PROBABLE[:1]))
def test_log_loss_does_not_care_which_class_is_called_1(case):
    """Exchanging 0 and 1 turns the sign of z, and of the gradient."""
    loss, z, y = case
    value, dz = loss.value_and_grad(z, y)

    value2, dz2 = loss.value_and_grad(-z, 1 - y)

    assert value2 == pytest.approx(value, rel=1e-12, abs=1e-15)  # 1 - y is rounded
    np.testing.assert_allclose(dz2, -dz, rtol=0, atol=1e-15)


def network(seed=0, dtype=np.float64, loss=None, batch=False):
    """Return a network with every layer; batch norm only on request, for it mixes examples."""
    layers = [
        nn.Dense(3, 4),
        *([nn.BatchNorm(4)] if batch else []),
        nn.ReLU(),
        nn.Residual(nn.Dense(4, 4, bias=False), nn.LayerNorm(4), nn.GELU()),
        nn.LeakyReLU(0.1),
        nn.Dropout(1 / 3),
        nn.Dense(4, 3),
        nn.Sigmoid(),
        nn.Dense(3, 3),
        nn.Tanh(),
        nn.Dense(3, 3),
    ]
    return nn.Network(layers, loss=loss or nn.CrossEntropy(0.1, [1, 2, 3]), seed=seed, dtype=dtype)


def data(seed, m):
    """Return a batch of m examples and labels."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(m, 3)), rng.integers(0, 3, m)


@always
@given(seed=seeds, m=st.integers(2, 9), batch=st.booleans())
def test_a_networks_gradient_ignores_order_and_repetition(seed, m, batch):
    """Without dropout, the gradient of a batch, shuffled or doubled, is the same vector."""
    net = network(seed % 7, batch=batch)
    if batch:
        net.layers[5].p = 0.0  # stay in training mode, drop nothing
    else:
        net.eval()
    X, y = data(seed, m)
    order = np.random.default_rng(seed + 1).permutation(m)
    value, grad = net.value_and_grad(X, y)
    grad = grad.copy()

    for rows in (order, np.tile(np.arange(m), 2)):
        value2, grad2 = net.value_and_grad(X[rows], y[rows])

        assert value2 == pytest.approx(value, rel=1e-12)
        np.testing.assert_allclose(grad2, grad, rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("loss", LOSSES, ids=repr)
@pytest.mark.parametrize("penalty", [None, nn.L1(0.1), nn.L2(0.1)], ids=repr)
def test_the_dtype_is_kept_by_everything(penalty, loss, dtype, training, rng):
    """float32 that turns into float64 somewhere costs half the speed, and says nothing."""
    net = network(dtype=dtype, loss=loss, batch=True)
    net.penalty = penalty
    if not training:
        net.eval()
    X, labels = data(0, 6)
    y = labels if loss in CLASSES else rng.random((6, 3))
    passed = []
    for layer in net.layers:

        def watched(x, forward=layer.forward):
            passed.append(forward(x).dtype)
            return forward(x)

        layer.forward = watched

    z = net.forward(X)
    value, grad = net.value_and_grad(X, y)
    dX = net.backward(loss.grad(z, y), input_gradient=True)

    assert type(value) is float
    seen = [*passed, net.theta.dtype, grad.dtype, net.buffers.dtype, z.dtype, dX.dtype]
    assert set(seen) == {np.dtype(dtype)}
    assert loss.grad(z, y).dtype == dtype
    if loss not in REAL:
        assert net.predict_proba(X).dtype == dtype


OPTIMIZERS = {
    "sgd": lambda mask: nn.SGD(0.1),
    "decay": lambda mask: nn.SGD(0.1, weight_decay=0.1, decay_mask=mask),
    "momentum": lambda mask: nn.SGD(0.1, momentum=0.9),
    "nesterov": lambda mask: nn.SGD(0.1, momentum=0.9, nesterov=True, weight_decay=0.1),
    "adagrad": lambda mask: nn.AdaGrad(0.1),
    "rmsprop": lambda mask: nn.RMSProp(0.1),
    "adam": lambda mask: nn.Adam(nn.cosine(0.1, 10), weight_decay=0.1, decay_mask=mask),
    "adamw": lambda mask: nn.AdamW(nn.warmup(0.1, 3), weight_decay=0.1, decay_mask=mask),
}


@pytest.mark.parametrize("clip", [nn.clip_by_norm, nn.clip_by_value])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_step_keeps_dtype_and_windows(name, dtype, clip):
    """theta is moved in place: a step that makes a new vector leaves the layers behind."""
    net = network(dtype=dtype)
    X, y = data(0, 6)
    optimizer, theta, before = OPTIMIZERS[name](net.weight_mask), net.theta, net.theta.copy()

    for _ in range(3):
        _, grad = net.value_and_grad(X, y)
        clip(grad, 0.01)
        optimizer.step(net.theta, grad)

    assert net.theta is theta
    assert (net.theta != before).any()
    dtypes = {net.theta.dtype, net.grad.dtype, *(slot.dtype for slot in optimizer.state.values())}
    assert dtypes == {np.dtype(dtype)}
    assert net.forward(X).dtype == dtype
    np.testing.assert_array_equal(net.layers[0].W.ravel(), net.theta[:12])


@always
@given(seed=seeds, dtype=st.sampled_from([np.float32, np.float64]), batch=st.booleans())
def test_copies_are_equal_and_independent(seed, dtype, batch):
    """deepcopy and pickle: the same next gradient, and no memory in common."""
    net = network(seed, dtype, batch=batch)
    X, y = data(seed, 5)
    net.value_and_grad(X, y)

    for twin in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        original = copy.deepcopy(net)
        value = original.value_and_grad(X, y)[0]

        assert twin.value_and_grad(X, y)[0] == value
        np.testing.assert_array_equal(twin.grad, original.grad)
        before = net.theta.copy()
        twin.layers[0].W = np.zeros((3, 4))
        assert not twin.theta[:12].any()
        twin.theta[-1] = 5
        assert twin.layers[-1].b[-1] == 5
        np.testing.assert_array_equal(net.theta, before)
        assert twin.theta.dtype == dtype


@always
@given(
    theta=arrays(float, 43, elements=st.floats(allow_nan=False, allow_infinity=False)),
    dtype=st.sampled_from([np.float32, np.float64]),
    steps=st.integers(0, 3),
)
def test_what_is_saved_is_loaded(tmp_path_factory, theta, dtype, steps):
    """Every bit of parameters, statistics and generator, for any numbers at all."""
    layers = [nn.Dense(3, 4), nn.BatchNorm(4), nn.Dropout(0.5), nn.Dense(4, 3), nn.Dense(3, 1)]
    net = nn.Network(layers, loss=nn.MSE(), dtype=dtype)
    path = tmp_path_factory.getbasetemp() / "property.npz"
    for _ in range(steps):
        net.forward(np.arange(12.0).reshape(4, 3))
    with np.errstate(over="ignore"):
        net.theta[:] = theta
    state = net.rng.bit_generator.state
    twin = copy.deepcopy(net)
    twin.theta[:], twin.buffers[:] = -1, -1
    twin.rng.random()

    net.save(path)
    twin.load(path)

    assert twin.theta.tobytes() == net.theta.tobytes()
    assert twin.buffers.tobytes() == net.buffers.tobytes()
    assert twin.rng.bit_generator.state == state == net.rng.bit_generator.state


@always
@given(seed=seeds, m=st.integers(1, 6))
def test_rows_are_independent_in_evaluation(seed, m):
    """An example's prediction must not depend on who is asked with it."""
    net = network(seed % 5, batch=True).eval()
    X, _ = data(seed, m)

    together = net.predict_proba(X)

    alone = np.concatenate([net.predict_proba(x.reshape(1, -1)) for x in X])
    np.testing.assert_allclose(together, alone, rtol=1e-12, atol=0)
    np.testing.assert_allclose(together.sum(axis=1), 1, rtol=1e-14, atol=0)
    np.testing.assert_array_equal(net.predict(X), together.argmax(axis=1))
