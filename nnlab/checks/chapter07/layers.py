"""One layer backwards: dense, ReLU, sigmoid, tanh."""

from __future__ import annotations

import cmath
import math

import numpy as np

from nnlab.checks.oracles import TINY
from nnlab.checks.spec import Exercise, draw

# dense_backward


def dense_cases(rng):
    """Batches of 1 and more; no matrix is square, no upstream gradient uniform."""
    for m, n_in, n_out in ((1, 3, 2), (4, 2, 3), (5, 3, 1)):
        yield draw(rng, m, n_out), draw(rng, m, n_in), draw(rng, n_in, n_out)


def dense_by_loops(dz, x, W):
    """Add up, weight by weight, what z_ij = Σ_k x_ik W_kj + b_j says."""
    (m, n_in), n_out = x.shape, W.shape[1]
    dx, dW, db = np.zeros((m, n_in)), np.zeros((n_in, n_out)), np.zeros(n_out)
    for i in range(m):
        for j in range(n_out):
            db[j] += dz[i, j]
            for k in range(n_in):
                dW[k, j] += dz[i, j] * x[i, k]
                dx[i, k] += dz[i, j] * W[k, j]
    return dx, dW, db


def layer_averages_over_the_batch(dz, x, W):
    """Your dW and db are 1/m of what they should be. The loss is a mean, so dz carries its 1/m
    already: a layer only adds up over the batch.
    """
    return dz @ W.T, x.T @ dz / len(x), dz.mean(axis=0)


def everything_is_a_mean(dz, x, W):
    """All three are 1/m of what they should be. dz carries the loss's 1/m already; dx isn't even a
    sum over the batch.
    """
    return dz @ W.T / len(x), x.T @ dz / len(x), dz.mean(axis=0)


def bias_gradient_is_an_average(dz, x, W):
    """Your db is a mean over the batch. b is added to every row, so its paths add up:
    db is the sum of dz's rows, and the 1/m stands in the loss.
    """
    return dz @ W.T, x.T @ dz, dz.mean(axis=0)


def every_example_has_its_own_bias(dz, x, W):
    """Your db is dz itself. The m examples share one b, and paths from a shared number add:
    sum dz over the batch.
    """
    return dz @ W.T, x.T @ dz, dz.copy()


def bias_is_summed_over_the_units(dz, x, W):
    """Your db is summed along a row: one number for each example. b has one number for each
    unit: sum over the batch, axis 0.
    """
    return dz @ W.T, x.T @ dz, dz.sum(axis=1)


def weights_lie_as_in_pytorch(dz, x, W):
    """Your dW is that of a W stored as (n_out, n_in), as PyTorch's Linear does. Here z = x W + b,
    and dW has the shape of W.
    """
    return dz @ W.T, dz.T @ x, dz.sum(axis=0)


def activation_belongs_to_the_dense_layer(dz, x, W):
    """You multiplied dx by the slope of a ReLU, x > 0. The dense layer has no activation; that
    factor is the business of the layer before.
    """
    return dz @ W.T * (x > 0), x.T @ dz, dz.sum(axis=0)


dense_backward = Exercise(
    id="dense_backward",
    kind="code",
    difficulty=1,
    minutes=6,
    cases=dense_cases,
    oracle=dense_by_loops,
    returns=("dx", "dW", "db"),
    mistakes=(
        layer_averages_over_the_batch,
        everything_is_a_mean,
        bias_gradient_is_an_average,
        every_example_has_its_own_bias,
        bias_is_summed_over_the_units,
        weights_lie_as_in_pytorch,
        activation_belongs_to_the_dense_layer,
    ),
    hints=(
        "Each dQ has Q's shape. Write the three shapes down: only one product of two of the "
        "arrays fits each.",
        "z_ij = Σ_k x_ik W_kj + b_j. Which z's does W_kj reach? Add dz_ij times its factor over "
        "all of them.",
        "dW adds x_ik dz_ij over the examples i, which is xᵀ dz. b_j reaches every example's z_ij "
        "with factor 1.",
    ),
    insight="Shapes decide: dW = xᵀ dz is (n_in, n_out), dx = dz Wᵀ is (m, n_in), db sums dz.\n"
    "Sum, don't average: one parameter serves all m examples; the only 1/m stands in the loss.",
)

# relu_backward


def relu_cases(rng):
    """Units that are on, off, and exactly at the corner; upstream of both signs in each state."""
    for m, n in ((1, 4), (3, 5), (4, 2)):
        z = draw(rng, m, n)
        z[-1, 0] = 0.0
        yield draw(rng, m, n), z


def relu_by_cases(da, z):
    """Ask each unit whether it is on."""
    pairs = zip(da.ravel().tolist(), z.ravel().tolist(), strict=True)
    return np.array([d if t > 0 else 0.0 for d, t in pairs]).reshape(z.shape)


def relu_is_applied_to_the_gradient(da, z):
    """You cut off the negative gradients. Backward asks for the sign of z, not of da: where the
    unit was on, a negative gradient passes too.
    """
    return np.maximum(da, 0.0)


def corner_counts_as_on(da, z):
    """At z = 0 you let the gradient through. Any slope from 0 to 1 could be defended there; this
    course takes 0, as PyTorch does: z > 0, not z >= 0.
    """
    return da * (z >= 0)


def slope_is_the_output(da, z):
    """You multiplied by the output max(z, 0). The slope of a straight line is a constant: 1 where
    z > 0, however large z is.
    """
    return da * np.maximum(z, 0.0)


def slope_is_the_whole_answer(da, z):
    """You returned the slope, 1 or 0. The chain rule multiplies it by da, from above."""
    return (z > 0).astype(float)


def off_units_leak_a_little(da, z):
    """Where z is negative you let 1 % through: that is leaky ReLU. A plain ReLU passes nothing
    there, which is why a unit can die.
    """
    return np.where(z > 0, da, 0.01 * da)


relu_backward = Exercise(
    id="relu_backward",
    kind="code",
    difficulty=1,
    minutes=2,
    cases=relu_cases,
    oracle=relu_by_cases,
    returns=("dz",),
    mistakes=(
        relu_is_applied_to_the_gradient,
        corner_counts_as_on,
        slope_is_the_output,
        slope_is_the_whole_answer,
        off_units_leak_a_little,
    ),
    hints=(
        "Draw max(z, 0). What is its slope left of 0, and right of 0?",
        "dz is da times that slope, entry by entry. The slope depends on z only.",
        "`z > 0` is an array of True and False, and True times a number is that number.",
    ),
    insight="A ReLU is a gate that z has set: open gates pass the gradient unchanged, shut ones "
    "nothing.\n"
    "A slope of 1 is why ReLU nets train deep; a unit shut for every example gets no gradient.",
)

# sigmoid_backward


def sigmoid_cases(rng):
    """Outputs of a sigmoid, twentieths between 0 and 1, and one that is nearly saturated."""
    for m, n in ((1, 3), (4, 2), (2, 5)):
        p = rng.integers(1, 20, (m, n)) / 20
        p[-1, -1] = 0.999
        yield draw(rng, m, n), p


def sigmoid_by_complex_step(dp, p):
    """Find z again, and differentiate 1 / (1 + e^-z) there."""
    slope = [
        (1 / (1 + cmath.exp(-(math.log(q / (1 - q)) + TINY * 1j)))).imag / TINY for q in p.flat
    ]
    return np.array([d * s for d, s in zip(dp.flat, slope, strict=True)]).reshape(p.shape)


def cache_holds_z(dp, p):
    """You applied the sigmoid to p once more. The forward pass kept the output: p is σ(z) already,
    and the slope is made of it.
    """
    s = 1 / (1 + np.exp(-p))
    return dp * s * (1 - s)


def sigmoid_has_the_slope_of_tanh(dp, p):
    """You multiplied by 1 - p²: that is the slope of tanh. The sigmoid's is p (1 - p)."""
    return dp * (1 - p * p)


def log_of_the_sigmoid_was_meant(dp, p):
    """You multiplied by 1 - p: that is the slope of log σ(z). Without the logarithm there is a
    factor p more.
    """
    return dp * (1 - p)


def sigmoid_is_its_own_slope(dp, p):
    """You multiplied by p alone. Only e^z is its own slope; σ flattens at the top as well, which
    is the factor 1 - p.
    """
    return dp * p


def backward_divides(dp, p):
    """You divided by p (1 - p): that is ∂z/∂p, the slope of the inverse. The gradient is
    multiplied by ∂p/∂z, its reciprocal.
    """
    return dp / (p * (1 - p))


def upstream_is_somebody_elses(dp, p):
    """You returned the slope p (1 - p) alone. Backward hands on ∂L/∂z, and that is the slope times
    dp.
    """
    return p * (1 - p)


sigmoid_backward = Exercise(
    id="sigmoid_backward",
    kind="code",
    difficulty=1,
    minutes=2,
    cases=sigmoid_cases,
    oracle=sigmoid_by_complex_step,
    returns=("dz",),
    mistakes=(
        cache_holds_z,
        sigmoid_has_the_slope_of_tanh,
        log_of_the_sigmoid_was_meant,
        sigmoid_is_its_own_slope,
        backward_divides,
        upstream_is_somebody_elses,
    ),
    hints=(
        "Differentiate 1 / (1 + e^-z), then write the result with p = σ(z) instead of z.",
        "e^-z / (1 + e^-z)² is the product of two fractions: 1 / (1 + e^-z) and the rest.",
        "The rest is 1 - p. So the slope is p (1 - p); multiply it by dp.",
    ),
    insight="dz = dp · p (1 - p): the output is all that backward needs, so z may be forgotten.\n"
    "The slope is ¼ at most, and next to nothing when p is near 0 or 1: saturated units stall.",
)

# tanh_backward


def tanh_cases(rng):
    """Outputs of a tanh, tenths of both signs between -1 and 1."""
    for m, n in ((1, 3), (4, 3), (3, 2)):
        yield draw(rng, m, n), rng.integers(1, 10, (m, n)) * rng.choice([-1, 1], (m, n)) / 10


def tanh_by_complex_step(da, a):
    """Find z again, and differentiate tanh there."""
    slope = [cmath.tanh(math.atanh(t) + TINY * 1j).imag / TINY for t in a.flat]
    return np.array([d * s for d, s in zip(da.flat, slope, strict=True)]).reshape(a.shape)


def tanh_of_the_output(da, a):
    """You took tanh of a. The forward pass kept the output: a is tanh(z) already, and the slope
    is made of it.
    """
    return da * (1 - np.tanh(a) ** 2)


def square_is_not_needed(da, a):
    """You multiplied by 1 - a, and it is 1 - a²: for a negative a your slope is above 1, and
    tanh is nowhere steeper than at 0.
    """
    return da * (1 - a)


def tanh_has_the_slope_of_the_sigmoid(da, a):
    """You multiplied by a (1 - a): that is the sigmoid's slope. For a negative a it is negative,
    yet tanh rises everywhere.
    """
    return da * a * (1 - a)


def inverse_was_differentiated(da, a):
    """You divided by 1 - a²: that is the slope of artanh, of z as a function of a. Backward wants
    ∂a/∂z, its reciprocal.
    """
    return da / (1 - a * a)


def slope_alone_is_handed_on(da, a):
    """You returned the slope 1 - a² alone. What arrives from above, da, has to be multiplied by
    it.
    """
    return 1 - a * a


tanh_backward = Exercise(
    id="tanh_backward",
    kind="code",
    difficulty=1,
    minutes=2,
    cases=tanh_cases,
    oracle=tanh_by_complex_step,
    returns=("dz",),
    mistakes=(
        tanh_of_the_output,
        square_is_not_needed,
        tanh_has_the_slope_of_the_sigmoid,
        inverse_was_differentiated,
        slope_alone_is_handed_on,
    ),
    hints=(
        "tanh = sinh / cosh. The quotient rule gives 1 / cosh².",
        "cosh² - sinh² = 1; divide by cosh², and 1 / cosh² is written with tanh alone.",
        "The slope is 1 - tanh²(z), and tanh(z) is what you are given.",
    ),
    insight="dz = da (1 - a²): again the output is enough, and a is what the next layer keeps "
    "anyway.\n"
    "The slope at 0 is 1, four times the sigmoid's: so a tanh layer hands back more.",
)
