"""Whole networks: 2-2-1 with numbers and with letters, two layers in NumPy."""

from __future__ import annotations

import math

import numpy as np

from nnlab.checks.chapter07.softmax import symbols
from nnlab.checks.oracles import dense, relu, slopes, softplus
from nnlab.checks.spec import Exercise, draw

# by_hand_221


def worked_by_hand():
    """x = (3, -2). z1 = (3 - 4 + 1, -6 + 6 + ln 3), and σ(ln 3) = 3/4. z2 = 1 - 3 + 2, p = ½.

    Back: dz2 = ½ - 1; dW2 = a1 · dz2; da1 = dz2 · (2, -4); slopes ½·½ and ¾·¼; dW1 = xᵀ dz1.
    """
    return {
        "z1": np.array([0, math.log(3)]),
        "a1": np.array([0.5, 0.75]),
        "z2": 0.0,
        "p": 0.5,
        "loss": math.log(2),
        "dz2": -0.5,
        "dW2": np.array([-0.25, -0.375]),
        "db2": -0.5,
        "da1": np.array([1.0, 2.0]) * [-1, 1],
        "dz1": np.array([-0.25, 0.375]),
        "dW1": np.array([[-0.75, 1.125], [0.5, -0.75]]),
        "db1": np.array([-0.25, 0.375]),
    }


def going_on(dz2=-0.5, W2=(2, -4), slope=(0.25, 0.1875)):
    """Work the backward pass out with something wrong in it."""
    x, a1 = np.array([3.0, -2.0]), np.array([0.5, 0.75])
    da1 = dz2 * np.array(W2)
    dz1 = da1 * np.array(slope)
    back = {"dz2": dz2, "dW2": a1 * dz2, "db2": dz2, "da1": da1}
    return worked_by_hand() | back | {"dz1": dz1, "dW1": np.outer(x, dz1), "db1": dz1}


def sigmoid_passes_the_gradient_on():
    """In your dz1 the hidden sigmoids' slope is missing: dz1 = da1 · a1 (1 - a1)."""
    return going_on(slope=(1, 1))


def slope_is_taken_at_the_output():
    """For dz1 you took σ'(a1). The slope belongs to the point where the sigmoid was, z1; written
    with its output it is a (1 - a).
    """
    s = 1 / (1 + np.exp(-np.array([0.5, 0.75])))
    return going_on(slope=s * (1 - s))


def output_sigmoid_counts_twice():
    """Your dz2 has a factor p (1 - p) too many. In the log loss it has cancelled: dz2 = p - y, and
    everything behind it is four times as large as yours.
    """
    return going_on(dz2=-0.125)


def error_is_handed_back_whole():
    """Your da1 is dz2 for both units. Each unit is charged by the weight through which it acted:
    da1 = dz2 · W2.
    """
    return going_on(W2=(1, 1))


def gradient_lies_the_other_way():
    """Your dW1 is transposed. It has W1's shape: rows for inputs, columns for hidden units, so
    dW1[k][j] = x_k · dz1_j.
    """
    right = worked_by_hand()
    return right | {"dW1": right["dW1"].T}


def logarithm_has_base_ten():
    """Everything but the loss is right, and that is log₁₀. In machine learning log is the natural
    logarithm, whose slope is 1/p.
    """
    return worked_by_hand() | {"loss": math.log10(2)}


def bias_gradient_is_the_bias_input():
    """Your db1 and db2 are 1. That is ∂z/∂b alone; the chain goes on to the loss, so db = dz."""
    return worked_by_hand() | {"db2": 1.0, "db1": np.ones(2)}


by_hand_221 = Exercise(
    id="by_hand_221",
    kind="compute",
    difficulty=2,
    minutes=10,
    oracle=worked_by_hand,
    mistakes=(
        sigmoid_passes_the_gradient_on,
        slope_is_taken_at_the_output,
        output_sigmoid_counts_twice,
        error_is_handed_back_whole,
        gradient_lies_the_other_way,
        bias_gradient_is_the_bias_input,
        logarithm_has_base_ten,
    ),
    hints=(
        "Forwards: z1[0] = 3·1 + (-2)·2 + 1. The second one is ln 3, and σ(ln 3) = 3/4.",
        "Backwards: dz2 = p - y. Then everything of layer 2, with the cached a1; then da1 from W2.",
        "dz1 = da1 · a1 · (1 - a1). Then layer 1 is like layer 2: dW1[k][j] = x_k · dz1_j, "
        "db1 = dz1.",
    ),
    insight="Every weight's gradient is (what came in) × (the δ of what it feeds).\n"
    "Say the order aloud: dz2, then dW2 and db2, then da1 through W2, times the slope, repeat.",
    rtol=0.0,
    atol=1e-3,
)

# hidden_weight


def weight_by_algebra():
    """Differentiate the whole network by w₁₁; then name what is inside it p and a₁."""
    import sympy as sp

    w11, w21, b1, c, x1, x2, v1, v2, a1, a2, p, y = sp.symbols(
        "w11 w21 b1 c x1 x2 v1 v2 a1 a2 p y", real=True
    )
    z = v1 * sp.tanh(w11 * x1 + w21 * x2 + b1) + v2 * a2 + c
    σ = 1 / (1 + sp.exp(-z))
    slope = sp.diff(-y * sp.log(σ) - (1 - y) * sp.log(1 - σ), w11)
    slope = slope.subs(b1, sp.atanh(a1) - w11 * x1 - w21 * x2)
    return slope.subs(c, sp.log(p / (1 - p)) - v1 * a1 - v2 * a2)


def hidden_slope_is_one():
    """The slope of the hidden tanh is missing: between ∂L/∂a₁ and ∂L/∂z₁ stands 1 - a₁²."""
    p, y, _, v1, x1 = symbols("p y a1 v1 x1")
    return (p - y) * v1 * x1


def tanh_slope_at_its_own_output():
    """You took tanh of a₁ again. a₁ is the output already, so the slope is 1 - a₁²."""
    import sympy as sp

    p, y, a1, v1, x1 = symbols("p y a1 v1 x1")
    return (p - y) * v1 * (1 - sp.tanh(a1) ** 2) * x1


def output_weight_is_not_on_the_path():
    """v₁ is missing. z₁ reaches the loss through a₁ and only by way of v₁: ∂z/∂a₁ = v₁."""
    p, y, a1, _, x1 = symbols("p y a1 v1 x1")
    return (p - y) * (1 - a1**2) * x1


def weight_itself_is_the_last_factor():
    """Your last factor is the weight. ∂z₁/∂w₁₁ is the number it multiplies, x₁: no w₁₁ is left."""
    p, y, a1, v1, w11 = symbols("p y a1 v1 w11")
    return (p - y) * v1 * (1 - a1**2) * w11


def hidden_unit_is_a_sigmoid():
    """You used a₁ (1 - a₁), the slope of a sigmoid. The hidden unit is a tanh."""
    p, y, a1, v1, x1 = symbols("p y a1 v1 x1")
    return (p - y) * v1 * a1 * (1 - a1) * x1


def output_slope_is_still_there():
    """The factor p (1 - p) is one too many: log loss after a sigmoid has ∂L/∂z = p - y."""
    p, y, a1, v1, x1 = symbols("p y a1 v1 x1")
    return (p - y) * p * (1 - p) * v1 * (1 - a1**2) * x1


hidden_weight = Exercise(
    id="hidden_weight",
    kind="derive",
    difficulty=2,
    minutes=6,
    oracle=weight_by_algebra,
    returns=("dw11",),
    mistakes=(
        hidden_slope_is_one,
        tanh_slope_at_its_own_output,
        output_weight_is_not_on_the_path,
        weight_itself_is_the_last_factor,
        hidden_unit_is_a_sigmoid,
        output_slope_is_still_there,
    ),
    hints=(
        "Only one path leads from w₁₁ to L: w₁₁ → z₁ → a₁ → z → L. One factor for each arrow.",
        "∂L/∂z is p - y, and ∂z/∂a₁ is the weight of that arrow.",
        "Four factors: p - y, then v₁, then 1 - a₁², and ∂z₁/∂w₁₁.",
    ),
    bounds=(("p", 0, 1), ("y", 0, 1), ("a1", -1, 1)),
    insight="Four factors, one for each link: (p - y) · v₁ · (1 - a₁²) · x₁; a deeper net adds "
    "two a layer.\n"
    "If any one of them is near 0 (a dead input, a saturated unit, v₁ = 0) the weight stands "
    "still.",
)

# two_layer


def between_tenths(rng, *shape):
    """Numbers such as 1.201: added to sums of products of tenths, they keep z away from 0."""
    return draw(rng, *shape) + 0.001


def network_cases(rng):
    """Batches of 1 and more, and one whose logits reach into the hundreds."""
    for m, n, h, scale in ((1, 3, 2, 1), (4, 2, 3, 1), (5, 3, 4, 200)):
        X, y = draw(rng, m, n), rng.integers(0, 2, (m, 1)).astype(float)
        y[0] = 1.0
        W2 = scale * draw(rng, h, 1)
        yield X, y, draw(rng, n, h), between_tenths(rng, h), W2, draw(rng, 1)


def two_layer_by_complex_step(X, y, W1, b1, W2, b2):
    """Mean of log(1 + e^z) - y z, by loops over examples and units, and its slopes."""

    def loss(W1, b1, W2, b2):
        z = dense([[relu(t) for t in row] for row in dense(X, W1, b1)], W2, b2)
        pairs = list(zip(z, y, strict=True))
        return sum(t * softplus(-u) + (1 - t) * softplus(u) for (u,), (t,) in pairs) / len(pairs)

    return float(loss(W1, b1, W2, b2).real), *slopes(loss, W1, b1, W2, b2)


def forwards(X, y, W1, b1, W2, b2):
    """Return z1, z2, p and the loss, for the wrong answers to go on from."""
    z1 = X @ W1 + b1
    z2 = np.maximum(z1, 0) @ W2 + b2
    p = np.exp(-np.logaddexp(0, -z2))
    return z1, z2, p, (y * np.logaddexp(0, -z2) + (1 - y) * np.logaddexp(0, z2)).mean()


def backwards(X, dz2, a1, gate, W2):
    """Return the four gradients."""
    dz1 = dz2 @ W2.T * gate
    return X.T @ dz1, dz1.sum(axis=0), a1.T @ dz2, dz2.sum(axis=0)


def relu_needs_no_backward(X, y, W1, b1, W2, b2):
    """dW1 and db1 are as if there were no ReLU. It was there on the way forwards, so its gate
    z1 > 0 stands on the way back.
    """
    z1, _, p, loss = forwards(X, y, W1, b1, W2, b2)
    return loss, *backwards(X, (p - y) / len(X), np.maximum(z1, 0), 1.0, W2)


def gate_looks_at_the_gradient(X, y, W1, b1, W2, b2):
    """Your ReLU lets positive *gradients* through. Its gate was set on the way forwards: z1 > 0."""
    z1, _, p, loss = forwards(X, y, W1, b1, W2, b2)
    dz2 = (p - y) / len(X)
    return loss, *backwards(X, dz2, np.maximum(z1, 0), dz2 @ W2.T > 0, W2)


def gate_is_the_activation(X, y, W1, b1, W2, b2):
    """You multiplied by a1 where the ReLU's slope belongs. The slope is 1 where z1 > 0, however
    large a1 is.
    """
    z1, _, p, loss = forwards(X, y, W1, b1, W2, b2)
    a1 = np.maximum(z1, 0)
    return loss, *backwards(X, (p - y) / len(X), a1, a1, W2)


def biases_are_averaged(X, y, W1, b1, W2, b2):
    """The weights' gradients are right; db1 and db2 are means over the batch. Sum them: the 1/m is
    in dz2 already, for biases as for weights.
    """
    z1, _, p, loss = forwards(X, y, W1, b1, W2, b2)
    dW1, db1, dW2, db2 = backwards(X, (p - y) / len(X), np.maximum(z1, 0), z1 > 0, W2)
    return loss, dW1, db1 / len(X), dW2, db2 / len(X)


def sigmoid_slope_follows_the_log_loss(X, y, W1, b1, W2, b2):
    """Your gradients have a factor p (1 - p) too many: with the log loss it cancels, and
    dz2 = (p - y)/m.
    """
    z1, _, p, loss = forwards(X, y, W1, b1, W2, b2)
    return loss, *backwards(X, (p - y) * p * (1 - p) / len(X), np.maximum(z1, 0), z1 > 0, W2)


def every_layer_averages(X, y, W1, b1, W2, b2):
    """All four gradients are 1/m of what they should be: the mean was taken twice. dz2 has the
    loss's 1/m, so the layers only add up.
    """
    z1, _, p, loss = forwards(X, y, W1, b1, W2, b2)
    return loss, *backwards(X, (p - y) / len(X) ** 2, np.maximum(z1, 0), z1 > 0, W2)


def mean_is_only_for_the_loss(X, y, W1, b1, W2, b2):
    """Your gradients are those of the sum: m times too large. The loss is a mean, so its 1/m stands
    in each of them.
    """
    z1, _, p, loss = forwards(X, y, W1, b1, W2, b2)
    return loss, *backwards(X, p - y, np.maximum(z1, 0), z1 > 0, W2)


def logarithm_of_a_rounded_probability(X, y, W1, b1, W2, b2):
    """The gradients are right; the loss is NaN or infinite where p rounds to 0 or 1. Compute it
    from the logit: log(1 + e^z) - y z, for instance with np.logaddexp(0, z).
    """
    z1, _, p, _ = forwards(X, y, W1, b1, W2, b2)
    loss = -(y * np.log(p) + (1 - y) * np.log(1 - p)).mean()
    return loss, *backwards(X, (p - y) / len(X), np.maximum(z1, 0), z1 > 0, W2)


def layer_two_saw_z1(X, y, W1, b1, W2, b2):
    """Your dW2 is z1ᵀ dz2. What layer 2 multiplied was a1, after the ReLU: its input, not the
    hidden layer's.
    """
    z1, _, p, loss = forwards(X, y, W1, b1, W2, b2)
    return loss, *backwards(X, (p - y) / len(X), z1, z1 > 0, W2)


def negatives_have_no_loss(X, y, W1, b1, W2, b2):
    """Your loss is -y log p alone: examples with y = 0 cost nothing. Add -(1 - y) log(1 - p)."""
    z1, z2, p, _ = forwards(X, y, W1, b1, W2, b2)
    loss = (y * np.logaddexp(0, -z2)).mean()
    return loss, *backwards(X, (p - y) / len(X), np.maximum(z1, 0), z1 > 0, W2)


two_layer = Exercise(
    id="two_layer",
    kind="code",
    difficulty=3,
    minutes=15,
    cases=network_cases,
    oracle=two_layer_by_complex_step,
    returns=("loss", "dW1", "db1", "dW2", "db2"),
    mistakes=(
        relu_needs_no_backward,
        gate_looks_at_the_gradient,
        gate_is_the_activation,
        biases_are_averaged,
        sigmoid_slope_follows_the_log_loss,
        every_layer_averages,
        mean_is_only_for_the_loss,
        logarithm_of_a_rounded_probability,
        layer_two_saw_z1,
        negatives_have_no_loss,
    ),
    hints=(
        "Five lines forwards: z1, a1, z2, p, loss. Write each shape behind its line.",
        "Backwards, in this order: dz2 = (p - y)/m; dW2 and db2; da1; dz1; dW1 and db1.",
        "Both layers are alike: dW = (input)ᵀ dz, db = dz.sum(axis=0). Between them "
        "dz1 = (dz2 @ W2.T) * (z1 > 0).",
        "Safe loss: np.mean(np.logaddexp(0, z2) - y * z2). For p without overflow, "
        "np.exp(-np.logaddexp(0, -z2)).",
    ),
    insight="Ten lines: five forwards, five backwards, each backward line the mirror of a forward "
    "one.\n"
    "Then say how you would check it: central differences on a few weights, and shapes first.",
)
