"""The gradient checker: what it must reject, what it must accept, and what it must leave alone."""

import math
import warnings

import numpy as np
import pytest

import nnlib as nn
from nnlib.gradcheck import compare, corners, one_sided

# --- wrong backward passes, each a mistake that people make ---------------------------------------


class FlippedSign(nn.Tanh):
    """Descends uphill."""

    def backward(self, da):
        """Return -∂L/∂z."""
        return -super().backward(da)


class SlopeOfOutput(nn.Tanh):
    """Takes tanh' at a instead of 1 - a²."""

    def backward(self, da):
        """Return da (1 - tanh² a)."""
        return da * (1 - np.tanh(self.a) ** 2)


class ReLUThatAlwaysPasses(nn.ReLU):
    """Has slope 1 everywhere."""

    def backward(self, da):
        """Return da, whatever z was."""
        return da


class NotTransposed(nn.Dense):
    """Sends dz W back; only a square layer lets it."""

    def backward(self, dz):
        """Return dz W."""
        super().backward(dz)
        return dz @ self.W


class TransposedWeights(nn.Dense):
    """Computes dzᵀx; only a square layer lets it."""

    def backward(self, dz):
        """Fill dW with its transpose."""
        dx = super().backward(dz)
        self.dW = self.dW.T.copy()
        return dx


class MeanBias(nn.Dense):
    """Averages db over the batch, though 1/m is in dz already."""

    def backward(self, dz):
        """Fill db with a mean."""
        dx = super().backward(dz)
        self.db = dz.mean(axis=0)
        return dx


class NoBias(nn.Dense):
    """Forgets the bias."""

    def backward(self, dz):
        """Leave db at 0."""
        dx = super().backward(dz)
        self.db = np.zeros(self.n_out)
        return dx


class ConstantStatistics(nn.BatchNorm):
    """Takes mean and variance of the batch for constants."""

    def backward(self, da):
        """Return da γ/σ, which is right in evaluation only."""
        super().backward(da)
        return da * (self.gamma * self.inv_std)


class ConstantVariance(nn.BatchNorm):
    """Remembers that the mean depends on x, but not that the variance does."""

    def backward(self, da):
        """Return γ/σ (da - mean da)."""
        super().backward(da)
        return self.gamma * self.inv_std * (da - da.mean(axis=0))


class OverTheBatch(nn.LayerNorm):
    """Takes the means of the backward pass over the wrong axis."""

    def backward(self, da):
        """Return what would be right for batch norm."""
        super().backward(da)
        d = da * self.gamma
        return self.inv_std * (d - d.mean(axis=0) - self.xhat * (d * self.xhat).mean(axis=0))


class NoSkip(nn.Residual):
    """Forgets that the input goes around, too."""

    def backward(self, da):
        """Return fᵀda only."""
        return super().backward(da) - da


class UnscaledMask(nn.Dropout):
    """Masks the gradient without dividing by 1 - p."""

    def backward(self, da):
        """Return da where the mask is."""
        return da * (self.scale > 0)


class NoMask(nn.Dropout):
    """Passes the gradient through what was dropped."""

    def backward(self, da):
        """Return da."""
        return da


class Softmax(nn.Layer):
    """A right softmax layer: dz_i = p_i (da_i - Σ_j da_j p_j)."""

    def forward(self, z):
        """Return each row's probabilities."""
        self.p = nn.softmax(z)
        return self.p

    def backward(self, da):
        """Return dz with the sum over the row."""
        return self.p * (da - (da * self.p).sum(axis=1, keepdims=True))


class SoftmaxWithoutItsSum(Softmax):
    """Takes each probability for a function of its own logit only."""

    def backward(self, da):
        """Return da p, without the sum term."""
        return da * self.p


class SoftmaxAsSigmoid(Softmax):
    """Uses only the diagonal p (1 - p) of the Jacobian."""

    def backward(self, da):
        """Return da p (1 - p)."""
        return da * self.p * (1 - self.p)


class Tied(nn.Layer):
    """a = tanh(x W) W: one weight matrix, used twice."""

    W = nn.Param()

    def __init__(self, n):
        """Take the width."""
        self.n_in = self.n_out = self.n = n

    def initial(self, rng):
        """Return a random W."""
        return {"W": rng.normal(size=(self.n, self.n))}

    def forward(self, x):
        """Return tanh(x W) W."""
        self.x, self.h = x, np.tanh(x @ self.W)
        return self.h @ self.W

    def backward(self, da):
        """Add what comes from both uses."""
        dz = (da @ self.W.T) * (1 - self.h**2)
        self.dW = self.h.T @ da + self.x.T @ dz
        return dz @ self.W.T


class Overwritten(Tied):
    """The second use's gradient replaces the first's."""

    def backward(self, da):
        """Keep the last assignment only."""
        dz = (da @ self.W.T) * (1 - self.h**2)
        self.dW = self.h.T @ da
        self.dW = self.x.T @ dz
        return dz @ self.W.T


class Summed(nn.MSE):
    """The value is a mean, the gradient forgets 1/m."""

    def formula(self, z, y):
        """Return ∂L/∂z m times too large."""
        value, dz = super().formula(z, y)
        return value, dz * len(z)


class Halved(nn.MSE):
    """Has the gradient of ½ r², and the value of r²."""

    def formula(self, z, y):
        """Return half of ∂L/∂z."""
        value, dz = super().formula(z, y)
        return value, dz / 2


class Raw(nn.LogLoss):
    """Takes z for p in ∂L/∂z."""

    def formula(self, z, y):
        """Return z - y."""
        return super().formula(z, y)[0], (z - y) / z.size


class Forgetful(nn.Network):
    """Adds the penalty to the objective, and not to the gradient."""

    def value_and_grad(self, X, y):
        """Return the whole objective and the loss's gradient."""
        _, dz = self.loss.value_and_grad(self.forward(X), y)
        self.backward(dz)
        return self.value(X, y), self.grad


class Everywhere(nn.Network):
    """Lets the penalty's gradient pull on the biases, too."""

    def value_and_grad(self, X, y):
        """Return the objective, and λθ for all of θ."""
        value, grad = super().value_and_grad(X, y)
        grad[~self.weight_mask] += self.penalty.lam * self.theta[~self.weight_mask]
        return value, grad


def around(*middle, width=4, loss=None, build=nn.Network, penalty=None):
    """Return 3-4-…-2 with the given layers in its middle."""
    layers = [nn.Dense(3, 4), *middle, nn.Dense(width, 2)]
    net = build(layers, loss=loss or nn.MSE(), seed=0, penalty=penalty)
    net.theta += np.random.default_rng(1).normal(0, 0.3, net.theta.size)
    return net


WRONG = {
    "flipped sign": lambda: around(FlippedSign()),
    "slope of the output": lambda: around(SlopeOfOutput()),
    "ReLU slope 1 everywhere": lambda: around(ReLUThatAlwaysPasses()),
    "missing transpose in dx": lambda: around(NotTransposed(4, 4)),
    "missing transpose in dW": lambda: around(TransposedWeights(4, 4)),
    "bias gradient a mean": lambda: around(MeanBias(4, 4)),
    "bias gradient forgotten": lambda: around(NoBias(4, 4)),
    "batch statistics constant": lambda: around(ConstantStatistics(4), nn.Tanh()),
    "batch variance constant": lambda: around(ConstantVariance(4), nn.Tanh()),
    "layer norm over the batch": lambda: around(OverTheBatch(4)),
    "residual without its skip": lambda: around(NoSkip(nn.Dense(4, 4), nn.Tanh())),
    "dropout without its scale": lambda: around(UnscaledMask(0.5)),
    "dropout without its mask": lambda: around(NoMask(0.5)),
    "softmax without its sum": lambda: around(SoftmaxWithoutItsSum()),
    "softmax diagonal only": lambda: around(SoftmaxAsSigmoid()),
    "overwritten, not accumulated": lambda: around(Overwritten(4)),
    "missing 1/m": lambda: around(nn.Tanh(), loss=Summed()),
    "missing 2": lambda: around(nn.Tanh(), loss=Halved()),
    "logit for probability": lambda: around(nn.Tanh(), loss=Raw()),
    "forgotten penalty": lambda: around(nn.Tanh(), build=Forgetful, penalty=nn.L2(0.01)),
    "forgotten L1": lambda: around(nn.Tanh(), build=Forgetful, penalty=nn.L1(0.01)),
    "penalty on biases": lambda: around(nn.Tanh(), build=Everywhere, penalty=nn.L2(0.1)),
}
RIGHT = {
    "tanh": lambda: around(nn.Tanh()),
    "relu": lambda: around(nn.ReLU()),
    "square": lambda: around(nn.Dense(4, 4)),
    "batch norm": lambda: around(nn.BatchNorm(4), nn.Tanh()),
    "layer norm": lambda: around(nn.LayerNorm(4)),
    "residual": lambda: around(nn.Residual(nn.Dense(4, 4), nn.Tanh())),
    "dropout": lambda: around(nn.Dropout(0.5)),
    "softmax": lambda: around(Softmax()),
    "tied": lambda: around(Tied(4)),
    "log loss": lambda: around(nn.Tanh(), loss=nn.LogLoss()),
    "l2": lambda: around(nn.Tanh(), penalty=nn.L2(0.01)),
    "l1": lambda: around(nn.Tanh(), penalty=nn.L1(0.01)),
}


@pytest.fixture
def X(rng):
    """Return seven examples."""
    return rng.normal(size=(7, 3))


@pytest.fixture
def y(rng):
    """Return targets that suit MSE and log loss."""
    return rng.uniform(0.05, 0.95, size=(7, 2))


@pytest.mark.parametrize("name", WRONG)
def test_wrong_gradients_are_rejected(name, X, y):
    """A check that can't fail is a defect."""
    check = nn.gradient_check(WRONG[name](), X, y)

    assert not check.ok
    assert not check
    assert "WRONG" in str(check)
    assert not any(row["kinks"] for row in check.rows)


@pytest.mark.parametrize("name", WRONG)
def test_wrong_gradients_are_rejected_along_a_direction(name, X, y):
    """Two evaluations must find what the whole table finds, a thousand times above rounding."""
    assert nn.directional_check(WRONG[name](), X, y, rng=1) > 1e-4


@pytest.mark.parametrize("mode", ["train", "eval"])
@pytest.mark.parametrize("name", RIGHT)
def test_right_gradients_are_accepted(name, mode, X, y):
    """A check that fails blindly teaches people to ignore it."""
    net = getattr(RIGHT[name](), mode)()

    check = nn.gradient_check(net, X, y)

    assert check.ok
    assert check
    assert not any(row["kinks"] for row in check.rows)
    assert max(row["error"] for row in check.rows if row["analytic"] > 1e-8) < 1e-7
    assert nn.directional_check(net, X, y, rng=1) < 1e-7


def test_batch_norm_is_judged_in_the_mode_it_is_in(X, y):
    """Statistics taken as constants are wrong in training, and right in evaluation."""
    net = WRONG["batch statistics constant"]()

    assert not nn.gradient_check(net, X, y).ok
    assert nn.gradient_check(net.eval(), X, y).ok


def test_only_the_wrong_parameter_is_named(X, y):
    """The table must point at the line to look at, and at no other."""
    check = nn.gradient_check(WRONG["bias gradient a mean"](), X, y)

    assert [row["name"] for row in check.rows if not row["ok"]] == ["meanbias1.b"]
    lines = str(check).splitlines()
    assert [line.split()[0] for line in lines if "WRONG" in line] == ["meanbias1.b"]
    assert lines[-1].startswith("look at meanbias1.b (to 1e-06 of the norm")


def test_a_single_wrong_entry_is_seen(X, y):
    """One of 20 entries, off by a thousandth of the norm."""

    class OneOff(nn.Dense):
        def backward(self, dz):
            dx = super().backward(dz)
            self.dW[1, 2] += 1e-3 * np.linalg.norm(self.dW)
            return dx

    check = nn.gradient_check(around(OneOff(4, 4), width=4), X, y)

    assert [row["name"] for row in check.rows if not row["ok"]] == ["oneoff1.W"]
    (error,) = [row["error"] for row in check.rows if not row["ok"]]
    assert error == pytest.approx(1e-3, rel=1e-2)


def test_the_tolerance_is_relative_to_the_norm(X, y):
    """An error of 1e-5 of the norm is found at tol = 1e-6 and let pass at 1e-4."""

    class Off(nn.MSE):
        def formula(self, z, y):
            value, dz = super().formula(z, y)
            return value, dz * (1 + 1e-5)

    net = around(nn.Tanh(), loss=Off())

    assert not nn.gradient_check(net, X, y).ok
    assert nn.gradient_check(net, X, y, tol=1e-4).ok
    assert nn.gradient_check(net, X, y, tol=1e-4).tol == 1e-4


def test_a_gradient_that_is_zero_in_truth_is_judged_absolutely(X, y):
    """A bias before batch norm: 0 against rounding is no relative error of 1."""
    check = nn.gradient_check(RIGHT["batch norm"](), X, y)

    (row,) = [row for row in check.rows if row["name"] == "dense1.b"]
    assert row["ok"]
    assert row["error"] == 0
    assert row["numeric"] < 1e-8


def test_a_small_gradient_where_zero_is_right_is_rejected(X, y):
    """The absolute tolerance is 1e-8: ten times that is an error."""

    class Leaking(nn.BatchNorm):
        def backward(self, da):
            return super().backward(da) + 1e-7

    check = nn.gradient_check(around(Leaking(4), nn.Tanh()), X, y)

    (row,) = [row for row in check.rows if row["name"] == "dense1.b"]
    assert not row["ok"]


# --- kinks ------------------------------------------------------------------------------------


def marked(check):
    """Return the lines of the table that speak of kinks."""
    return [line for line in str(check).splitlines() if "kink" in line]


def test_a_relu_layer_of_zeros_is_a_kink_and_no_error(rng):
    """W₁ = 0 puts every unit at its corner for every example: no slope to compare with.

    Nothing is WRONG there. Left and right slopes can even have the same sign, with ReLU'(0) = 0
    outside of both, so it does not do to ask whether they enclose backprop's.
    """
    for seed in range(20):
        rng = np.random.default_rng(seed)
        X, y = rng.normal(size=(7, 3)), rng.integers(0, 2, (7, 1))
        layers = [nn.Dense(3, 4, init=nn.zeros), nn.ReLU(), nn.Dense(4, 1)]
        net = nn.Network(layers, loss=nn.LogLoss(), seed=seed)

        check = nn.gradient_check(net, X, y)

        assert "WRONG" not in str(check)
        assert not check.ok
        assert [row["kinks"] for row in check.rows] == [12, 4, 0, 0]
        first, second = marked(check)
        assert first.endswith("NOT CHECKED (12 of 12 at a kink, left out)")
        assert second.endswith("NOT CHECKED (4 of 4 at a kink, left out)")


def test_some_units_at_their_kink_leave_the_others_checked(X):
    """One dead column: accepted, with a word, on the strength of the others."""
    net = nn.Network([nn.Dense(3, 4), nn.ReLU(), nn.Dense(4, 1)], loss=nn.LogLoss(), seed=0)
    net.layers[0].W[:, 1] = 0
    y = np.array([[0], [1], [0], [1], [1], [0], [1]])

    check = nn.gradient_check(net, X, y)

    assert check.ok
    assert [row["kinks"] for row in check.rows] == [3, 1, 0, 0]
    assert all("ok (" in line and "left out" in line for line in marked(check))
    assert str(check).splitlines()[-1].startswith("all agree (to 1e-06")


def test_wrong_gradients_are_rejected_beside_a_kink(X):
    """Kinks must excuse their own entries and no others."""
    for wrong in (ReLUThatAlwaysPasses, type("Flipped", (nn.ReLU,), {"backward": lambda s, d: -d})):
        net = nn.Network([nn.Dense(3, 4), wrong(), nn.Dense(4, 2)], loss=nn.MSE(), seed=0)
        net.layers[0].W[:, 1] = 0

        check = nn.gradient_check(net, X, np.ones((7, 2)))

        assert not check.ok
        assert [row["name"] for row in check.rows if not row["ok"]] == ["dense1.W", "dense1.b"]
        assert "WRONG (3 of 12 at a kink" in str(check)


def test_a_network_of_zeros_is_checked_where_anything_moves(X):
    """W₂ = 0 makes the loss flat in the first layer: 0 agrees with 0, nothing is left out."""
    layers = [nn.Dense(3, 4, init=nn.zeros), nn.ReLU(), nn.Dense(4, 1, init=nn.zeros)]

    check = nn.gradient_check(nn.Network(layers, loss=nn.MSE()), X, np.ones((7, 1)))

    assert check.ok
    assert not marked(check)


def test_mae_at_residual_zero_is_a_kink(X):
    """sign(0) = 0, between the slopes -1/m and 1/m; accepted as far as other examples count."""
    net = nn.Network([nn.Dense(3, 1)], loss=nn.MAE(), seed=0)
    z = net.forward(X)

    one = nn.gradient_check(net, X, z + np.array([[0], [1], [1], [-1], [1], [1], [1]]))
    every = nn.gradient_check(net, X, z)

    assert one.ok
    assert every.ok  # the sides are as steep: backprop's 0 is their mean
    assert "WRONG" not in str(one) + str(every)


def test_a_lopsided_kink_is_left_out(X):
    """LeakyReLU at 0 has slopes 1 and 0.01, backprop's is the second: neither is their mean."""
    net = nn.Network([nn.LeakyReLU(), nn.Dense(3, 1)], loss=nn.MSE(), seed=0)
    shift = nn.Network([nn.Dense(3, 3), nn.LeakyReLU(), nn.Dense(3, 1)], loss=nn.MSE(), seed=0)
    shift.layers[0].b = [0, 1, -1]
    X[3] = 0  # one example sits at the kink of the first unit

    check = nn.gradient_check(shift, X, np.ones((7, 1)))

    assert nn.gradient_check(net, X, np.ones((7, 1))).ok  # no parameter moves that input
    assert check.ok
    assert {row["name"]: row["kinks"] for row in check.rows}["dense1.b"] == 1


def test_l1_at_weight_zero_is_a_kink(X, y):
    """sign(0) = 0: with a loss that slopes there, backprop's value is the mean of both sides."""
    net = around(nn.Tanh(), penalty=nn.L1(0.1))
    net.layers[0].W[1] = 0

    assert nn.gradient_check(net, X, y).ok


def test_a_kink_a_hair_away_is_told_from_an_error(X):
    """A step of 6e-6 jumps over a corner at 1e-6: one side is right, the mean is not."""
    net = nn.Network([nn.Dense(3, 4), nn.ReLU(), nn.Dense(4, 1)], loss=nn.MSE(), seed=0)
    for distance in (1e-6, -1e-6, 5e-6, -5e-6):
        first = net.layers[0]
        first.b[2] -= net.layers[0].forward(X)[4, 2] - distance  # example 4 is near unit 2's corner

        check = nn.gradient_check(net, X, np.ones((7, 1)))

        assert check.ok
        assert {row["name"]: row["kinks"] for row in check.rows}["dense1.b"] == 1


def test_curvature_is_no_kink():
    """One-sided slopes of a steep parabola differ too; a wrong gradient must not hide there."""

    class Off(nn.MSE):
        def formula(self, z, y):
            value, dz = super().formula(z, y)
            return value, dz * 1.01

    net = nn.Network([nn.Dense(1, 1)], loss=Off(), seed=0)

    for scale in (1, 100, 1e4):
        check = nn.gradient_check(net, np.array([[scale]]), np.array([[scale]]))

        assert "WRONG" in str(check)
        assert not any(row["kinks"] for row in check.rows)


def test_one_sided_slopes_are_told_apart():
    """|x| at 0 has slope -1 on the left and 1 on the right."""
    left, right = one_sided(lambda x: float(np.abs(x).sum()), np.zeros(2))

    assert (left.tolist(), right.tolist()) == ([-1, -1], [1, 1])


def test_a_corner_as_small_as_the_tolerance_is_found():
    """Among 100 parameters each may be off by 1e-9, a tenth of the norm that is allowed."""

    def f(x):
        return 1e-8 * abs(x[0])

    left, right = one_sided(f, np.zeros(100))

    found = corners(f, np.zeros(100), right, left, right)

    assert found.tolist() == [True] + 99 * [False]


def test_a_small_kink_is_left_out_as_well():
    """Four entries, tol 1e-6 of a norm of 2: one entry alone, off by 3e-6, is above all of it."""
    slope, right = np.ones(4), np.array([1, 1, 1, 1 + 6e-6])

    row = compare(slope, slope, right, np.zeros(4, dtype=bool), tol=1e-6)

    assert (row["ok"], row["kinks"], row["error"]) == (True, 1, 0)


def test_a_right_gradient_costs_two_evaluations_an_entry(X, y):
    """Corners are looked for only where something is off: 26 entries, and three calls beside."""
    net = around(nn.Tanh())
    calls, formula = [], net.loss.formula
    net.loss.formula = lambda z, y: (calls.append(1), formula(z, y))[1]

    nn.gradient_check(net, X, y)

    assert len(calls) == 2 * 26 + 3


# --- what it leaves alone -------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["train", "eval"])
@pytest.mark.parametrize("check", [nn.gradient_check, nn.directional_check])
def test_a_check_leaves_the_network_as_it_was(check, mode, X, y):
    """Checked in the middle of a training, the training must go on as if nothing had been."""

    def build():
        return getattr(around(nn.BatchNorm(4), nn.Dropout(0.5), nn.Tanh()), mode)()

    net, twin = build(), build()
    X_before, y_before = X.copy(), y.copy()

    check(net, X, y)

    np.testing.assert_array_equal(net.theta, twin.theta)
    np.testing.assert_array_equal(net.buffers, twin.buffers)
    assert net.rng.bit_generator.state == twin.rng.bit_generator.state
    assert net.training == (mode == "train")
    np.testing.assert_array_equal(X, X_before)
    np.testing.assert_array_equal(y, y_before)
    assert net.value_and_grad(X, y)[0] == twin.value_and_grad(X, y)[0]
    np.testing.assert_array_equal(net.grad, twin.grad)
    np.testing.assert_array_equal(net.buffers, twin.buffers)


def test_a_check_that_fails_in_the_middle_puts_everything_back(X, y):
    """An exception half-way must not leave a perturbed parameter behind."""

    class Grumpy(nn.MSE):
        calls = 0

        def formula(self, z, y):
            Grumpy.calls += 1
            if Grumpy.calls == 5:
                raise KeyboardInterrupt
            return super().formula(z, y)

    net, twin = (around(nn.BatchNorm(4), nn.Dropout(0.5), loss=Grumpy()) for _ in range(2))

    with pytest.raises(KeyboardInterrupt):
        nn.gradient_check(net, X, y)

    np.testing.assert_array_equal(net.theta, twin.theta)
    np.testing.assert_array_equal(net.buffers, twin.buffers)
    assert net.rng.bit_generator.state == twin.rng.bit_generator.state


@pytest.mark.parametrize("check", [nn.gradient_check, nn.directional_check])
def test_single_precision_is_refused(check, X, y):
    """Differences in float32 keep three digits: every right gradient would look wrong."""
    net = nn.Network([nn.Dense(3, 2)], loss=nn.MSE(), dtype=np.float32)

    with pytest.raises(ValueError, match=r"needs a float64 network, got float32.*=np\.float64"):
        check(net, X, y)


def test_settings_of_the_checks_are_checked(X, y):
    """A tolerance or a step of 0 or NaN accepts or rejects everything."""
    net = around(nn.Tanh())

    for bad in (0, -1e-6, np.nan):
        with pytest.raises(ValueError, match="gradient_check tol must be a finite number above 0"):
            nn.gradient_check(net, X, y, tol=bad)
        with pytest.raises(ValueError, match="numerical_gradient h must be a finite number"):
            nn.numerical_gradient(lambda x: 0.0, np.ones(2), h=bad)
    with pytest.raises(ValueError, match="directional_check rng must be"):
        nn.directional_check(net, X, y, rng="0")


# --- the numbers ----------------------------------------------------------------------------------


def test_numerical_gradient_of_known_functions(rng):
    """Central differences, of any shape, to nine digits."""
    x = rng.normal(size=(3, 2))

    slope = nn.numerical_gradient(lambda x: float(np.sin(x).sum() + x[0, 1] * x[2, 0]), x)

    truth = np.cos(x)
    truth[0, 1] += x[2, 0]
    truth[2, 0] += x[0, 1]
    np.testing.assert_allclose(slope, truth, rtol=0, atol=1e-9)


def test_numerical_gradient_is_central():
    """Of x³ at 1 with h = 0.1: ((1.1)³ - (0.9)³)/0.2 = 3.01; one-sided it would be 3.31."""
    slope = nn.numerical_gradient(lambda x: float(x[0] ** 3), np.array([1.0]), h=0.1)

    assert slope[0] == pytest.approx(3.01, rel=1e-12)


def test_the_step_grows_with_the_argument():
    """At x = 1000 a step of 6e-6 would drown in the rounding of x²; and h scales with |x|."""
    slope = nn.numerical_gradient(lambda x: float(x[0] ** 3), np.array([-10.0]), h=0.01)

    assert slope[0] == pytest.approx(3 * 100 + 0.1**2, rel=1e-9)


def test_numerical_gradient_leaves_its_argument_alone():
    """Two calls for each entry, one at x; f may even spoil what it gets."""
    x, seen = np.array([1.0, -3.0]), []

    def f(x):
        seen.append(x.copy())
        value = float((x**2).sum())
        x[:] = np.nan
        return value

    slope = nn.numerical_gradient(f, x)

    np.testing.assert_allclose(slope, [2, -6], rtol=1e-9, atol=0)
    assert x.tolist() == [1, -3]
    assert len(seen) == 5
    assert [int((s != x).sum()) for s in seen] == [0, 1, 1, 1, 1]


def test_numerical_gradient_takes_integers_as_numbers():
    """A step of 1e-6 on an integer array would vanish."""
    slope = nn.numerical_gradient(lambda x: float((x**2).sum()), np.array([1, -3]))

    np.testing.assert_allclose(slope, [2, -6], rtol=1e-9, atol=0)


def test_numerical_gradient_of_a_single_number():
    """A number without axes has one entry."""
    slope = nn.numerical_gradient(lambda x: float(x**2), np.array(3.0))

    assert slope.shape == ()
    assert slope == pytest.approx(6, rel=1e-9)


def test_directional_check_is_a_relative_error(X, y):
    """A gradient of half the size differs by half of the larger one, in any direction."""
    error = nn.directional_check(WRONG["missing 2"](), X, y, rng=3)

    assert error == pytest.approx(0.5, rel=1e-6)


def scaled(factor):
    """Return a loss that gives ∂L/∂z times the factor."""
    loss, right = nn.MSE(), nn.MSE().formula
    loss.formula = lambda z, y: (right(z, y)[0], factor * right(z, y)[1])
    return loss


@pytest.mark.parametrize(("factor", "error"), [(2.0, 0.5), (0.25, 0.75), (-4.0, 1.25)])
def test_directional_check_divides_by_the_larger_of_the_two(factor, error, X, y):
    """Whichever is too large, the loss's slope or backprop's, the error is a share of it."""

    net = around(nn.Tanh())
    net.loss = scaled(factor)

    assert nn.directional_check(net, X, y) == pytest.approx(error, rel=1e-5)


def test_all_wrong_parameters_are_named(X, y):
    """The line at the end is where a learner starts to look."""
    net = around(nn.Tanh())
    net.loss = scaled(2)

    end = str(nn.gradient_check(net, X, y)).splitlines()[-1]

    assert end.startswith("look at dense1.W, dense1.b, dense2.W, dense2.b (to 1e-06")


def test_directional_check_draws_from_what_it_is_given(X, y):
    """A seed repeats itself; a generator moves on."""
    net, rng = WRONG["flipped sign"](), np.random.default_rng(5)

    first = nn.directional_check(net, X, y, rng)

    assert first == nn.directional_check(net, X, y, rng=5)
    assert first != nn.directional_check(net, X, y, rng)
    assert nn.directional_check(net, X, y) == nn.directional_check(net, X, y, rng=0)


def test_directional_check_does_for_large_networks(rng):
    """50,000 parameters, three evaluations."""
    net = nn.Network([nn.Dense(200, 240), nn.Tanh(), nn.Dense(240, 5)], loss=nn.CrossEntropy())
    X, y = rng.normal(size=(8, 200)), rng.integers(0, 5, 8)
    calls, formula = [], net.loss.formula
    net.loss.formula = lambda z, q: (calls.append(1), formula(z, q))[1]

    error = nn.directional_check(net, X, y)

    assert error < 1e-6
    assert len(calls) == 3


def test_directional_checks_step_grows_with_theta(X):
    """At ‖θ‖ = 4,000 and a loss of 10⁷, a step of 6e-6 would be lost in rounding."""
    net = nn.Network([nn.Dense(3, 2)], loss=nn.MSE())
    net.theta *= 4000 / np.linalg.norm(net.theta)

    assert nn.directional_check(net, X, np.ones((7, 2))) < 1e-8


def test_directional_check_of_a_flat_objective_is_zero(X):
    """0 against 0 is agreement, not 0/0."""
    net = nn.Network([nn.Dense(3, 2, init=nn.zeros)], loss=nn.MSE())

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        error = nn.directional_check(net, X, np.zeros((7, 2)))

    assert error == 0


def test_the_table_shows_what_was_compared(X, y):
    """Name, entries, both norms, the error: what a learner reads."""
    net = around(nn.Tanh())
    check = nn.gradient_check(net, X, y)

    lines = str(check).splitlines()

    assert lines[0].split() == ["parameter", "entries", "|backprop|", "|numeric|", "error"]
    assert [line.split()[:2] for line in lines[1:-1]] == [
        ["dense1.W", "12"],
        ["dense1.b", "4"],
        ["dense2.W", "8"],
        ["dense2.b", "2"],
    ]
    assert all(line.endswith("  ok") for line in lines[1:-1])
    assert lines[-1] == "all agree (to 1e-06 of the norm, or 1e-08 in all)"
    assert repr(check) == str(check)
    for row, (name, where) in zip(check.rows, net.named.items(), strict=True):
        norm = math.sqrt(sum(g * g for g in net.grad[where]))
        assert row["name"] == name
        assert row["analytic"] == pytest.approx(norm, rel=1e-12)
        assert row["numeric"] == pytest.approx(norm, rel=1e-7)
        assert f"{norm:.4g}" in str(check)
