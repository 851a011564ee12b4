"""Chapter 07, backpropagation: the exercises of solutions/07_backpropagation.ipynb, in order."""

from __future__ import annotations

import numpy as np

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

# log_loss_delta


def delta_by_algebra():
    """Differentiate the loss of σ(z) by z, then write z as log(p / (1 - p))."""
    import sympy as sp

    z, y, p = sp.Symbol("z", real=True), sp.Symbol("y", real=True), sp.Symbol("p", positive=True)
    σ = 1 / (1 + sp.exp(-z))
    loss = -y * sp.log(σ) - (1 - y) * sp.log(1 - σ)
    return sp.diff(loss, z).subs(z, sp.log(p / (1 - p)))


def derivative_by_the_probability_is_enough():
    """You stopped at ∂L/∂p. The chain has one link more, ∂p/∂z = p (1 - p), and it cancels the
    denominator.
    """
    p, y = symbols()
    return (p - y) / (p * (1 - p))


def loss_is_the_log_likelihood():
    """Your sign is turned round: that is the slope of the log-likelihood, which is maximised.
    The loss is its negative.
    """
    p, y = symbols()
    return y - p


def slope_of_the_sigmoid_always_stays():
    """The factor p (1 - p) is one too many: that is the δ of ½ (p - y)², the squared error after
    a sigmoid. In the log loss ∂L/∂p brings 1 / (p (1 - p)), which cancels it.
    """
    p, y = symbols()
    return (p - y) * p * (1 - p)


def only_the_true_class_has_a_loss():
    """You differentiated -y log p alone. For y = 0 that is no loss at all: the term
    -(1 - y) log(1 - p) belongs to it.
    """
    p, y = symbols()
    return -y * (1 - p)


def symbols():
    """Return p and y."""
    import sympy as sp

    return sp.symbols("p y")


log_loss_delta = Exercise(
    id="log_loss_delta",
    kind="derive",
    difficulty=1,
    minutes=5,
    oracle=delta_by_algebra,
    returns=("delta",),
    mistakes=(
        derivative_by_the_probability_is_enough,
        loss_is_the_log_likelihood,
        slope_of_the_sigmoid_always_stays,
        only_the_true_class_has_a_loss,
    ),
    hints=(
        "Two links: ∂L/∂z = ∂L/∂p · ∂p/∂z.",
        "∂L/∂p = -y/p + (1 - y)/(1 - p). Put it over one denominator.",
        "∂p/∂z = p (1 - p), for p = σ(z): it cancels that denominator.",
    ),
    insight="δ = p - y: the error itself, because the log loss undoes the slope of the sigmoid.\n"
    "So a confident wrong answer learns fast; squared error after a sigmoid would stall there.",
)
