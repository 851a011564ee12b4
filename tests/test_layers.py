"""What each layer's docstring says, and the traps of views on a flat vector."""

import math

import numpy as np
import pytest

import nnlib as nn


def alone(layer, dtype=np.float64):
    """Return the layer, placed in a network of its own."""
    nn.Network([layer], loss=nn.MSE(), seed=0, dtype=dtype)
    return layer


def test_dense_by_hand():
    """z = xW + b, dW = xᵀdz, db = Σ dz, dx = dz Wᵀ, with every number different."""
    layer = alone(nn.Dense(2, 3))
    layer.W, layer.b = [[1, 2, 3], [4, 5, 6]], [10, 20, 30]
    x, dz = np.array([[1.0, 2.0], [3.0, -1.0]]), np.array([[1.0, 0.0, -1.0], [2.0, 1.0, 0.0]])

    z = layer.forward(x)
    dx = layer.backward(dz)

    assert z.tolist() == [[19, 32, 45], [9, 21, 33]]
    assert layer.dW.tolist() == [[7, 3, -1], [0, -1, -2]]
    assert layer.db.tolist() == [3, 1, -1]
    assert dx.tolist() == [[-2, -2], [4, 13]]


def test_dense_without_bias_has_none():
    """Before batch norm a bias is waste: it must leave no entry in theta."""
    layer = nn.Dense(3, 2, bias=False)
    net = nn.Network([layer], loss=nn.MSE())

    assert net.theta.size == 6
    assert list(net.named) == ["dense1.W"]
    np.testing.assert_array_equal(net.forward(np.eye(3)), layer.W)
    with pytest.raises(AttributeError, match="has no b yet"):
        _ = layer.b


def test_dense_starts_with_he_weights_and_no_bias():
    """The default for ReLU networks; a bias needs no symmetry breaking."""
    layer = alone(nn.Dense(400, 300))

    assert layer.W.var() == pytest.approx(2 / 400, rel=0.02)  # 5 standard errors of 0.4 %
    assert not layer.b.any()


def test_backward_overwrites_and_never_adds():
    """nnlib needs no zero_grad: the second backward leaves nothing of the first."""
    layer = alone(nn.Dense(2, 2))
    layer.forward(np.ones((3, 2)))
    layer.backward(np.ones((3, 2)))

    layer.forward(np.ones((1, 2)))
    layer.backward(np.full((1, 2), 0.5))

    assert layer.dW.tolist() == [[0.5, 0.5], [0.5, 0.5]]
    assert layer.db.tolist() == [0.5, 0.5]


ACTIVATIONS = {
    "sigmoid": (nn.Sigmoid, [0.5, 1 / (1 + math.exp(-1)), 1 / (1 + math.exp(2))]),
    "tanh": (nn.Tanh, [0, math.tanh(1), math.tanh(-2)]),
    "relu": (nn.ReLU, [0, 1, 0]),
    "leaky_relu": (nn.LeakyReLU, [0, 1, -0.02]),
    "leaky_relu_slope": (lambda: nn.LeakyReLU(0.25), [0, 1, -0.5]),
    "gelu": (nn.GELU, [0, 0.8411919906082768, -(1 - math.tanh(0.7978845608028654 * 2.35772))]),
}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_have_their_values(name):
    """At 0, 1 and -2; there GELU has √(2/π) (2 + 0.044715·8) under its tanh, by hand."""
    make, expected = ACTIVATIONS[name]

    a = make().forward(np.array([[0.0, 1.0, -2.0]]))

    np.testing.assert_allclose(a, [expected], rtol=1e-13, atol=0)


SLOPES = {
    "sigmoid": (nn.Sigmoid, 0.25),
    "tanh": (nn.Tanh, 1.0),
    "relu": (nn.ReLU, 0.0),
    "leaky_relu": (nn.LeakyReLU, 0.01),
    "gelu": (nn.GELU, 0.5),
}


@pytest.mark.parametrize("name", SLOPES)
def test_slopes_at_zero_are_the_conventions(name):
    """ReLU'(0) = 0; frameworks agree, a mask written >= 0 would not."""
    make, slope = SLOPES[name]
    layer = make()

    layer.forward(np.zeros((1, 1)))

    assert layer.backward(np.array([[2.0]])).tolist() == [[2 * slope]]


def test_a_sigmoid_never_passes_back_more_than_a_quarter():
    """σ' = σ(1 - σ) ≤ ¼: ten of them pass at most 4⁻¹⁰."""
    z = np.linspace(-20, 20, 2001).reshape(1, -1)
    layer = nn.Sigmoid()
    layer.forward(z)
    stack = [nn.Sigmoid() for _ in range(10)]
    a = z
    for part in stack:
        a = part.forward(a)

    slope, through = layer.backward(np.ones_like(z)), np.ones_like(z)
    for part in reversed(stack):
        through = part.backward(through)

    assert slope.max() == 0.25 == slope[0, 1000]
    assert (slope > 0).all()
    assert 0 < through.max() <= 4.0**-10


def test_tanh_never_passes_back_more_than_one():
    """tanh' = 1 - tanh² ≤ 1, reached at 0 only."""
    z = np.linspace(-5, 5, 1001).reshape(1, -1)
    layer = nn.Tanh()
    layer.forward(z)

    slope = layer.backward(np.ones_like(z))

    assert slope.max() == 1 == slope[0, 500]
    assert (np.delete(slope, 500) < 1).all()


def test_a_dead_relu_passes_nothing_and_a_leaky_one_something():
    """Why LeakyReLU exists."""
    z, da = np.full((2, 3), -4.0), np.full((2, 3), 5.0)
    relu, leaky = nn.ReLU(), nn.LeakyReLU()
    relu.forward(z)
    leaky.forward(z)

    assert not relu.backward(da).any()
    np.testing.assert_allclose(leaky.backward(da), np.full((2, 3), 0.05), rtol=1e-15, atol=0)


@pytest.mark.parametrize("slope", [0, 0.01, 0.99])
def test_leaky_relu_takes_slopes_below_one(slope):
    """0 is plain ReLU; 1 would be no activation at all."""
    assert nn.LeakyReLU(slope).forward(np.array([[-1.0]]))[0, 0] == -slope
    for bad in (-0.1, 1, np.nan):
        with pytest.raises(ValueError, match="LeakyReLU"):
            nn.LeakyReLU(bad)


@pytest.mark.parametrize("p", [0.0, 0.2, 0.5, 0.9])
def test_dropout_keeps_the_mean(p):
    """Inverted dropout: entries are 0 with probability p, else divided by 1 - p.

    N = 40,000 entries of 1: the mean has standard error √(p/(1 - p)/N), the share of zeros
    √(p(1 - p)/N); four of them are allowed.
    """
    layer = alone(nn.Dropout(p))
    x = np.ones((200, 200))

    a = layer.forward(x)

    assert abs(a.mean() - 1) <= 4 * math.sqrt(p / (1 - p) / a.size)
    assert abs((a == 0).mean() - p) <= 4 * math.sqrt(p * (1 - p) / a.size)
    np.testing.assert_allclose(a[a != 0], 1 / (1 - p), rtol=1e-15, atol=0)


def test_dropout_passes_the_gradient_through_the_same_mask(rng):
    """A fresh mask in backward, or one without the scale, is the usual mistake."""
    layer = alone(nn.Dropout(0.5))
    a, da = layer.forward(np.ones((6, 5))), rng.normal(size=(6, 5))

    dx = layer.backward(da)

    np.testing.assert_array_equal(dx, da * a)
    assert (dx == 0).any()
    assert (dx != 0).any()


class DrawsZero:
    """A generator whose every draw is the smallest that there is; it knows what was asked."""

    def random(self, shape, dtype):
        """Return zeros."""
        self.dtype = dtype
        return np.zeros(shape, dtype)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dropout_with_p_zero_keeps_even_a_draw_of_zero(dtype):
    """random() can give 0.0: `>` would drop one in 2^24 there. Its draws have the data's dtype."""
    layer = nn.Dropout(0.0)
    layer.rng = DrawsZero()

    a = layer.forward(np.ones((2, 3), dtype))

    assert a.tolist() == [[1, 1, 1], [1, 1, 1]]
    assert layer.rng.dtype == dtype


def test_dropout_draws_a_new_mask_each_time():
    """The same mask in every step would be a smaller network, not dropout."""
    layer = alone(nn.Dropout(0.5))
    x = np.ones((20, 20))

    first, second = layer.forward(x), layer.forward(x)

    assert (first != second).any()


def test_dropout_in_evaluation_is_the_identity(rng):
    """Nothing is dropped, nothing scaled, nothing drawn; gradients pass as they are."""
    layer = nn.Dropout(0.5)
    net = nn.Network([layer], loss=nn.MSE()).eval()
    x, state = rng.normal(size=(4, 3)), net.rng.bit_generator.state

    a = layer.forward(x)

    np.testing.assert_array_equal(a, x)
    np.testing.assert_array_equal(layer.backward(x), x)
    assert net.rng.bit_generator.state == state


def test_dropout_backward_belongs_to_the_last_forward(rng):
    """A mask that an evaluation left standing would drop gradients of nothing."""
    layer = nn.Dropout(0.5)
    net = nn.Network([layer], loss=nn.MSE())
    x = rng.normal(size=(4, 3))
    layer.forward(x)
    net.eval()
    layer.forward(x)
    net.train()

    np.testing.assert_array_equal(layer.backward(x), x)


@pytest.mark.parametrize("p", [-0.1, 1, 1.5, np.nan])
def test_dropout_refuses_what_is_no_probability(p):
    """p = 1 would divide by zero; someone who means 'keep 100 %' wants p = 0."""
    with pytest.raises(ValueError, match="Dropout"):
        nn.Dropout(p)


def test_batch_norm_takes_mean_and_variance_out(rng):
    """Each feature over the batch, then γ and β put any others in."""
    layer = alone(nn.BatchNorm(3))
    layer.gamma, layer.beta = [1, 2, -3], [0, 5, 1]
    x = rng.normal([4, -2, 100], [1, 10, 0.5], size=(50, 3))

    a = layer.forward(x)

    np.testing.assert_allclose(a.mean(axis=0), [0, 5, 1], rtol=0, atol=1e-12)
    np.testing.assert_allclose(a.std(axis=0), [1, 2, 3], rtol=1e-4, atol=0)  # eps is in it


def test_batch_norm_by_hand():
    """x = (1, 3), eps = 3: μ = 2, σ² = 1 (over m, not m - 1), x̂ = ∓1/√4; a = 6x̂ + 1."""
    layer = alone(nn.BatchNorm(1, eps=3))
    layer.gamma, layer.beta = [6], [1]

    a = layer.forward(np.array([[1.0], [3.0]]))

    assert a.tolist() == [[-2.0], [4.0]]


def test_running_statistics_are_a_plain_loop_of_averages(rng):
    """r += 0.3 (new - r), from mean 0 and variance 1, the variance with m - 1 below the line."""
    layer = alone(nn.BatchNorm(2, momentum=0.3))
    batches = [rng.normal(3, 2, size=(m, 2)) for m in (2, 5, 9, 4)]
    mean, var = [0.0, 0.0], [1.0, 1.0]
    for x in batches:
        for j in range(2):
            column = x[:, j].tolist()
            mu = sum(column) / len(column)
            unbiased = sum((c - mu) ** 2 for c in column) / (len(column) - 1)
            mean[j] = 0.7 * mean[j] + 0.3 * mu
            var[j] = 0.7 * var[j] + 0.3 * unbiased

    for x in batches:
        layer.forward(x)

    np.testing.assert_allclose(layer.running_mean, mean, rtol=1e-13, atol=0)
    np.testing.assert_allclose(layer.running_var, var, rtol=1e-13, atol=0)


def test_batch_norm_in_evaluation_uses_what_it_ran_through(rng):
    """An example's output must not depend on its neighbours, and the statistics stay."""
    layer = nn.BatchNorm(2)
    net = nn.Network([layer], loss=nn.MSE())
    net.forward(rng.normal(3, 2, size=(30, 2)))
    before = net.buffers.copy()
    x = rng.normal(size=(5, 2))
    net.eval()

    together, single = net.forward(x), net.forward(x[:1])

    expected = (x - layer.running_mean) / np.sqrt(layer.running_var + 1e-5)
    np.testing.assert_allclose(together, expected, rtol=1e-13, atol=1e-15)
    np.testing.assert_array_equal(single, together[:1])
    np.testing.assert_array_equal(net.buffers, before)


def test_momentum_one_keeps_only_the_newest_batch(rng):
    """The end of the allowed range; beyond it the average would swing."""
    layer = alone(nn.BatchNorm(2, momentum=1))
    x = rng.normal(size=(6, 2))

    layer.forward(rng.normal(size=(6, 2)))
    layer.forward(x)

    np.testing.assert_allclose(layer.running_mean, x.mean(axis=0), rtol=1e-13, atol=1e-15)
    for bad in (0, -0.1, 1.1, np.nan):
        with pytest.raises(ValueError, match="BatchNorm"):
            nn.BatchNorm(2, momentum=bad)


def test_batch_norm_refuses_a_batch_of_one_in_training():
    """One example has no variance: its output would be β whatever it is."""
    layer = nn.BatchNorm(2)
    net = nn.Network([layer], loss=nn.MSE())
    before = net.buffers.copy()

    with pytest.raises(ValueError, match=r"BatchNorm\(2\) got a batch of 1 .* at least 2"):
        net.forward(np.ones((1, 2)))

    np.testing.assert_array_equal(net.buffers, before)
    assert net.eval().forward(np.ones((1, 2))).shape == (1, 2)


def test_a_bias_before_batch_norm_learns_nothing(rng):
    """The batch mean takes it out: its gradient is 0, to 1e-14 of rounding."""
    first = nn.Dense(3, 4)
    net = nn.Network([first, nn.BatchNorm(4), nn.Tanh(), nn.Dense(4, 1)], loss=nn.MSE())
    X, y = rng.normal(size=(20, 3)), rng.normal(size=(20, 1))
    z = net.forward(X)

    net.value_and_grad(X, y)

    np.testing.assert_allclose(first.db, np.zeros(4), rtol=0, atol=1e-14)
    assert np.abs(first.dW).max() > 1e-3
    first.b = rng.normal(size=4)
    np.testing.assert_allclose(net.forward(X), z, rtol=1e-10, atol=1e-12)


def test_layer_norm_by_hand():
    """x = (1, 3), eps = 3: μ = 2, σ² = 1, x̂ = ∓1/√4, then γ = (6, 4), β = (1, 0)."""
    layer = alone(nn.LayerNorm(2, eps=3))
    layer.gamma, layer.beta = [6, 4], [1, 0]

    a = layer.forward(np.array([[1.0, 3.0], [30.0, 30.0]]))

    assert a.tolist() == [[-2.0, 2.0], [1.0, 0.0]]


def test_layer_norm_is_the_same_in_both_modes_and_for_one_example(rng):
    """No batch is involved."""
    layer = nn.LayerNorm(4)
    net = nn.Network([layer], loss=nn.MSE())
    x = rng.normal(size=(3, 4))

    a = net.forward(x)

    np.testing.assert_array_equal(net.eval().forward(x), a)
    np.testing.assert_allclose(net.forward(x[:1]), a[:1], rtol=1e-14, atol=0)
    assert net.buffers.size == 0


@pytest.mark.parametrize("make", [nn.BatchNorm, nn.LayerNorm])
@pytest.mark.parametrize("bad", [0, -1e-5, np.nan, np.inf])
def test_norms_need_an_eps_above_zero(make, bad):
    """A constant feature would divide by zero."""
    with pytest.raises(ValueError, match=r"Norm eps must be a finite number above 0"):
        make(3, eps=bad)


def test_norms_stay_finite_on_a_constant_feature():
    """σ = 0: eps is all that stands below the line."""
    x = np.full((4, 3), 7.0)
    for make in (nn.BatchNorm, nn.LayerNorm):
        layer = alone(make(3))

        assert layer.forward(x).tolist() == [[0.0] * 3] * 4
        assert np.isfinite(layer.backward(np.ones((4, 3)))).all()


def test_norms_start_as_plain_standardisation():
    """γ = 1 and β = 0, as many as features, named as in the papers."""
    for make in (nn.BatchNorm, nn.LayerNorm):
        layer = alone(make(3))

        assert (layer.gamma.tolist(), layer.beta.tolist()) == ([1, 1, 1], [0, 0, 0])
    assert alone(nn.BatchNorm(2)).running_var.tolist() == [1, 1]
    assert alone(nn.BatchNorm(2)).running_mean.tolist() == [0, 0]


def test_residual_adds_its_input():
    """a = x + f(x), and the gradient takes both paths: da + fᵀda."""
    dense = nn.Dense(2, 2, bias=False)
    block = alone(nn.Residual(dense))
    dense.W = [[1, 2], [3, 4]]
    x, da = np.array([[1.0, -1.0]]), np.array([[1.0, 10.0]])

    assert block.forward(x).tolist() == [[1 - 2, -1 - 2]]
    assert block.backward(da).tolist() == [[1 + 21, 10 + 43]]
    assert dense.dW.tolist() == [[1, 10], [-1, -10]]
    assert x.tolist() == [[1, -1]]


def test_a_residual_block_of_zeros_is_the_identity(rng):
    """Why deep residual networks start well: f = 0 passes everything, both ways."""
    block = alone(nn.Residual(nn.Dense(3, 5), nn.ReLU(), nn.Dense(5, 3, init=nn.zeros)))
    x, da = rng.normal(size=(4, 3)), rng.normal(size=(4, 3))

    np.testing.assert_array_equal(block.forward(x), x)
    np.testing.assert_array_equal(block.backward(da), da)


def test_a_residual_block_that_changes_the_width_is_refused():
    """x + f(x) needs f to keep the shape."""
    with pytest.raises(ValueError, match="takes 3 features to 4, wanted the same number"):
        nn.Residual(nn.Dense(3, 4))
    with pytest.raises(ValueError, match="takes 5 features, but gets 4"):
        nn.Residual(nn.Dense(3, 4), nn.Dense(5, 3))
    with pytest.raises(ValueError, match="Residual wants at least one layer"):
        nn.Residual()
    with pytest.raises(ValueError, match="Residual wants at least one layer"):
        nn.Residual(nn.Dense(2, 2), 3)


def test_leaves_are_the_layers_inside_in_order():
    """The flat vector's order, at any depth of containers."""
    a, b, c, d = nn.Dense(2, 2), nn.Tanh(), nn.LayerNorm(2), nn.ReLU()

    block = nn.Residual(a, nn.Residual(b, c), d)

    assert block.leaves() == [a, b, c, d]
    assert a.leaves() == [a]
    assert (block.n_in, block.n_out) == (2, 2)
    assert nn.Residual(nn.ReLU()).n_in is None


@pytest.mark.parametrize("bad", [0, -1, 2.0, "3", True, None])
def test_widths_are_whole_numbers(bad):
    """A float width would fail deep inside NumPy, without a name."""
    for make in (
        lambda: nn.Dense(bad, 2),
        lambda: nn.Dense(2, bad),
        lambda: nn.BatchNorm(bad),
        lambda: nn.LayerNorm(bad),
    ):
        with pytest.raises(ValueError, match=r"must be a whole number of at least 1, got"):
            make()
    assert nn.Dense(np.int64(3), np.int32(2)).n_in == 3


def test_each_width_is_called_by_its_name():
    """Dense(2, 0): which of the two was it?"""
    with pytest.raises(ValueError, match="Dense n_in must"):
        nn.Dense(0, 2)
    with pytest.raises(ValueError, match="Dense n_out must"):
        nn.Dense(2, 0)
    with pytest.raises(ValueError, match="BatchNorm n must"):
        nn.BatchNorm(0)
    with pytest.raises(ValueError, match="LayerNorm n must"):
        nn.LayerNorm(0)


def test_dense_wants_a_function_and_finite_numbers():
    """A number instead of a function, or a NaN from it, is told at once."""
    with pytest.raises(ValueError, match=r"Dense\(2 -> 2\) got init 3, wanted a func"):
        nn.Dense(2, 2, init=3)
    for bad in (np.nan, np.inf, 1j):
        layer = nn.Dense(2, 2, init=lambda rng, n_in, n_out, bad=bad: np.full((n_in, n_out), bad))
        with pytest.raises(ValueError, match=r"the initialiser gave (float|complex)\d+ with NaN"):
            nn.Network([layer], loss=nn.MSE())


def test_windows_fill_the_flat_vectors():
    """layer.W is a view on theta, layer.dW one on grad, and assigning copies into both."""
    layer = nn.Dense(2, 3)
    net = nn.Network([layer], loss=nn.MSE())
    new = np.arange(6.0).reshape(2, 3)

    layer.W, layer.dW, layer.b = new, 10 * new, [7, 8, 9]

    assert net.theta.tolist() == [0, 1, 2, 3, 4, 5, 7, 8, 9]
    assert net.grad.tolist() == [0, 10, 20, 30, 40, 50, 0, 0, 0]
    assert np.shares_memory(layer.W, net.theta)
    assert np.shares_memory(layer.dW, net.grad)
    assert not np.shares_memory(layer.W, new)


def test_a_param_of_ones_own_has_its_gradient_beside_it():
    """Param() is all that a new layer needs to write: W and dW are then windows."""

    class Gain(nn.Layer):
        """a = g x."""

        g = nn.Param()

        def initial(self, rng):
            """Return g = 1."""
            return {"g": np.ones(3)}

    with pytest.raises(
        AttributeError, match=r"Gain\(\) has no g yet: put the layer into a Network"
    ):
        _ = Gain().g
    layer = alone(Gain())

    layer.dg = [4, 5, 6]

    assert (layer.g.tolist(), layer.dg.tolist()) == ([1, 1, 1], [4, 5, 6])
    with pytest.raises(ValueError, match=r"^Gain\(\)\.dg has shape \(3,\)"):
        layer.dg = 0


def test_a_layer_starts_in_training_mode_without_widths():
    """Used before any network: dropout drops, and a ReLU fits any width and draws nothing."""
    layer = nn.ReLU()

    assert layer.training is True
    assert layer.random is False
    assert (layer.n_in, layer.n_out) == (None, None)


def test_windows_demand_the_exact_shape():
    """Broadcasting b = 0 or a transposed W into place would hide a mistake."""
    layer = alone(nn.Dense(2, 3))
    before = layer.W.copy()

    for name, wrong in (("W", np.ones((3, 2))), ("W", 0), ("b", np.ones((1, 3))), ("db", [1])):
        with pytest.raises(ValueError, match=rf"Dense\(2 -> 3\)\.{name} has shape"):
            setattr(layer, name, wrong)
    with pytest.raises(ValueError, match=r"Dense\(2 -> 3\)\.b has shape \(3,\), got <U1"):
        layer.b = ["x", "y", "z"]
    np.testing.assert_array_equal(layer.W, before)


def test_a_layer_outside_a_network_says_so():
    """Parameters live in a network's vector; before that there are none."""
    layer = nn.Dense(2, 3)

    for name in ("W", "b", "dW", "db"):
        with pytest.raises(AttributeError, match=f"has no {name} yet: put the layer into a Netw"):
            getattr(layer, name)
        with pytest.raises(AttributeError, match=f"has no {name} yet: put the layer into a Netw"):
            setattr(layer, name, np.ones(3))
    with pytest.raises(AttributeError, match="'Dense' object has no attribute 'weights'"):
        _ = layer.weights
    assert isinstance(nn.Dense.W, nn.Param)
    assert isinstance(nn.BatchNorm.running_mean, nn.Buffer)


def test_a_layer_without_its_passes_says_so():
    """Whoever writes a layer learns what is missing."""

    class Empty(nn.Layer):
        pass

    layer = Empty()

    with pytest.raises(NotImplementedError, match=r"Empty has no forward\(x\)"):
        layer.forward(np.ones((1, 1)))
    with pytest.raises(NotImplementedError, match=r"Empty has no backward\(da\)"):
        layer.backward(np.ones((1, 1)))


def test_layers_say_what_they_are():
    """Error messages and checkpoints are made of these."""
    layers = [
        nn.Dense(4, 6),
        nn.Sigmoid(),
        nn.LeakyReLU(0.2),
        nn.Dropout(0.25),
        nn.BatchNorm(3),
        nn.LayerNorm(5),
        nn.Residual(nn.Dense(2, 2), nn.ReLU()),
    ]

    assert list(map(repr, layers)) == [
        "Dense(4 -> 6)",
        "Sigmoid()",
        "LeakyReLU(0.2)",
        "Dropout(0.25)",
        "BatchNorm(3)",
        "LayerNorm(5)",
        "Residual(Dense(2 -> 2), ReLU())",
    ]


KEEP = {
    "dense": lambda: nn.Dense(3, 3),
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
    "relu": nn.ReLU,
    "leaky_relu": nn.LeakyReLU,
    "gelu": nn.GELU,
    "dropout": lambda: nn.Dropout(1 / 3),
    "batch_norm": lambda: nn.BatchNorm(3, momentum=0.3),
    "layer_norm": lambda: nn.LayerNorm(3),
    "residual": lambda: nn.Residual(nn.Dense(3, 3), nn.GELU()),
}


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", KEEP)
def test_layers_keep_dtype_and_arguments(name, dtype, training, rng):
    """float32_array * np.sqrt(2/3) is float64; an input changed in place is a surprise."""
    layer = KEEP[name]()
    net = nn.Network([layer], loss=nn.MSE(), dtype=dtype)
    if not training:
        net.eval()
    x, da = (rng.normal(size=(5, 3)).astype(dtype) for _ in range(2))
    x_before, da_before = x.copy(), da.copy()

    a = layer.forward(x)
    a_before = a.copy()
    dx = layer.backward(da)

    assert (a.dtype, dx.dtype) == (dtype, dtype)
    assert a.shape == dx.shape == (5, 3)
    for now, then in ((x, x_before), (da, da_before), (a, a_before)):
        np.testing.assert_array_equal(now, then)
    np.testing.assert_array_equal(layer.backward(da), dx)  # a second time is the same
