"""Initialisers: their variance, by seeded statistics, and the symmetry that zeros don't break."""

import math

import numpy as np
import pytest

import nnlib as nn

N_IN, N_OUT = 300, 200
N = N_IN * N_OUT  # 60,000 draws

# name: (the initialiser, the standard deviation it promises)
NORMAL = {
    "normal": (nn.normal(0.05), 0.05),
    "xavier_normal": (nn.xavier_normal, math.sqrt(2 / (N_IN + N_OUT))),
    "he_normal": (nn.he_normal, math.sqrt(2 / N_IN)),
}
UNIFORM = {
    "xavier_uniform": (nn.xavier_uniform, math.sqrt(2 / (N_IN + N_OUT))),
    "he_uniform": (nn.he_uniform, math.sqrt(2 / N_IN)),
}


@pytest.mark.parametrize("name", NORMAL | UNIFORM)
def test_mean_and_variance_are_the_formulas(name, rng):
    """n_in and n_out exchanged, or a 2 forgotten, changes the variance by a quarter or more.

    Standard errors over N draws: of the mean σ/√N; of the variance σ²√((κ - 1)/N), where
    κ = E x⁴/σ⁴ is 3 for a normal and 9/5 for a uniform distribution. Four of them are allowed:
    1.6 % of σ for the mean, 2.3 % of σ² for the variance.
    """
    init, std = (NORMAL | UNIFORM)[name]
    kurtosis = 3 if name in NORMAL else 9 / 5

    W = init(rng, N_IN, N_OUT)

    assert W.shape == (N_IN, N_OUT)
    assert abs(W.mean()) < 4 * std / math.sqrt(N)
    assert abs(W.var() - std**2) < 4 * std**2 * math.sqrt((kurtosis - 1) / N)
    assert (W**4).mean() / W.var() ** 2 == pytest.approx(kurtosis, abs=0.1)


@pytest.mark.parametrize("name", UNIFORM)
def test_uniform_draws_fill_their_interval(name, rng):
    """r = √3 σ: the ends are reached to 1/1000, which N draws miss with probability e⁻³⁰."""
    init, std = UNIFORM[name]
    r = math.sqrt(3) * std

    W = init(rng, N_IN, N_OUT)

    assert -r <= W.min() < -0.999 * r
    assert 0.999 * r < W.max() <= r


def test_a_scale_is_not_negative(rng):
    """0 is zeros; NaN or below is a mistake that is told when it is made."""
    assert not nn.normal(0)(rng, 3, 2).any()
    for bad in (-0.1, math.nan):
        with pytest.raises(ValueError, match=r"normal.* scale"):
            nn.normal(bad)


def test_constants_are_constant(rng):
    """zeros and constant take nothing from the generator, so they change no later draw."""
    state = rng.bit_generator.state

    np.testing.assert_array_equal(nn.zeros(rng, 3, 2), np.zeros((3, 2)))
    np.testing.assert_array_equal(nn.constant(-2)(rng, 3, 2), np.full((3, 2), -2.0))
    assert nn.constant(-2)(rng, 3, 2).dtype == np.float64
    assert rng.bit_generator.state == state


@pytest.mark.parametrize("name", NORMAL | UNIFORM)
def test_the_generator_decides(name):
    """The same seed must give the same weights, and the next draw others."""
    init, _ = (NORMAL | UNIFORM)[name]
    rng = np.random.default_rng(3)

    first, second = init(rng, 4, 3), init(rng, 4, 3)

    np.testing.assert_array_equal(first, init(np.random.default_rng(3), 4, 3))
    assert (first != second).all()


def test_zeros_keep_hidden_units_identical(rng):
    """Training can't tell apart two units that start equal: the symmetry stays for ever."""
    layers = [nn.Dense(3, 4, init=nn.constant(0.1)), nn.Tanh(), nn.Dense(4, 1, init=nn.constant(1))]
    net = nn.Network(layers, loss=nn.MSE())
    X, y = rng.normal(size=(20, 3)), rng.normal(size=(20, 1))

    for _ in range(10):
        net.theta -= 0.1 * net.value_and_grad(X, y)[1]

    W = net.layers[0].W
    np.testing.assert_allclose(W, np.repeat(W[:, :1], 4, axis=1), rtol=1e-12, atol=0)
    assert np.ptp(W[:, 0]) > 0.01  # it did learn


def test_zeros_everywhere_leave_the_first_layer_without_gradient(rng):
    """With W₂ = 0 nothing flows back: with ReLU or tanh only the last bias ever learns."""
    layers = [nn.Dense(3, 4, init=nn.zeros), nn.Tanh(), nn.Dense(4, 1, init=nn.zeros)]
    net = nn.Network(layers, loss=nn.MSE())

    net.value_and_grad(rng.normal(size=(20, 3)), rng.normal(1, 1, size=(20, 1)))

    first, _, last = net.layers
    assert not first.dW.any()
    assert not last.dW.any()
    assert last.db.all()


def test_he_keeps_the_mean_square_through_relu_layers(rng):
    """Why the 2 is there: over 20 ReLU layers He keeps the size, Xavier halves it 20 times."""
    X = rng.normal(size=(50, 256))

    def mean_square(init):
        layers = [part for _ in range(20) for part in (nn.Dense(256, 256, init=init), nn.ReLU())]
        return (nn.Network(layers, loss=nn.MSE()).forward(X) ** 2).mean()

    before = (X**2).mean()

    assert 1 / 3 < mean_square(nn.he_normal) / before < 3
    assert 1 / 3 < mean_square(nn.xavier_normal) / (before * 2**-20) < 3


def test_an_initialiser_of_the_wrong_shape_is_refused():
    """(n_out, n_in), as PyTorch has it, would go unnoticed in a flat vector."""
    layer = nn.Dense(3, 2, init=lambda rng, n_in, n_out: np.ones((n_out, n_in)))

    with pytest.raises(ValueError, match=r"Dense\(3 -> 2\).*gave shape \(2, 3\).*wanted \(3, 2\)"):
        nn.Network([layer], loss=nn.MSE())


def test_dense_takes_any_function_as_initialiser():
    """An initialiser is a function and nothing more: a list of rows will do."""
    layer = nn.Dense(2, 2, init=lambda rng, n_in, n_out: [[1, 2], [3, 4]])

    net = nn.Network([layer], loss=nn.MSE())

    assert net.theta.tolist() == [1, 2, 3, 4, 0, 0]
