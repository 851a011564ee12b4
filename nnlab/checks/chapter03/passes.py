"""In NumPy: forward passes, and two that went wrong."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from nnlab.checks.spec import Exercise, draw

# forward_pass


def classifier_cases(rng):
    """Batches of one and many; logits of both signs, two of them extreme."""
    for m, n, h in ((1, 3, 4), (4, 2, 3), (3, 4, 2)):
        yield draw(rng, m, n), draw(rng, n, h) / 2, draw(rng, h), draw(rng, h, 1) / 4, draw(rng, 1)
    X = np.array([[40.0, 1.0], [1.0, 30.0], [-1.0, -2.0]])  # logits of 970, -874 and 0.5
    yield X, np.eye(2), np.zeros(2), np.array([[25.0], [-30.0]]), np.array([0.5])


def relu_network_by_loops(X, W1, b1, W2, b2):
    """The logit of each example, unit by unit."""
    z = np.zeros((len(X), 1))
    for i, row in enumerate(X):
        total = b2[0]
        for j in range(len(b1)):
            unit = b1[j] + sum(row[k] * W1[k, j] for k in range(len(row)))
            total += max(unit, 0.0) * W2[j, 0]
        z[i, 0] = total
    return z


def classifier_by_loops(X, W1, b1, W2, b2):
    """1/(1 + e^-z) for each logit, whichever exponential is small."""
    p = np.zeros((len(X), 1))
    for i, (z,) in enumerate(relu_network_by_loops(X, W1, b1, W2, b2)):
        e = math.exp(-abs(z))
        p[i, 0] = 1 / (1 + e) if z >= 0 else e / (1 + e)
    return p


def squashed(z):
    """Return the sigmoid, for wrong answers to build on."""
    e = np.exp(-np.abs(z))
    return np.where(z < 0, e, 1) / (1 + e)


def every_layer_ends_in_a_relu(X, W1, b1, W2, b2):
    """No p of yours is below ½: you put a ReLU on the logit too. It has to be free."""
    return squashed(np.maximum(np.maximum(X @ W1 + b1, 0) @ W2 + b2, 0))


def sigmoid_is_the_activation(X, W1, b1, W2, b2):
    """You used the sigmoid in the hidden layer as well. There stands a ReLU."""
    return squashed(squashed(X @ W1 + b1) @ W2 + b2)


def layers_follow_each_other_directly(X, W1, b1, W2, b2):
    """Nothing stands between your layers: two linear ones are one. The hidden layer ends in a
    ReLU.
    """
    return squashed((X @ W1 + b1) @ W2 + b2)


def both_forms_of_the_sigmoid_are_safe(X, W1, b1, W2, b2):
    """You wrote e^z / (1 + e^z): for z = 970 that is inf/inf, NaN. In 1 / (1 + e^-z) an overflow
    gives 1/inf = 0, which is right.
    """
    e = np.exp(relu_network_by_loops(X, W1, b1, W2, b2))
    return e / (1 + e)


def sign_in_the_sigmoid_is_free(X, W1, b1, W2, b2):
    """You have the probability of *no*, 1 - p: the sigmoid is 1 / (1 + e^-z), with a minus."""
    return 1 - classifier_by_loops(X, W1, b1, W2, b2)


def logits_are_the_prediction(X, W1, b1, W2, b2):
    """You returned the logits. Asked for are probabilities: the sigmoid is missing."""
    return relu_network_by_loops(X, W1, b1, W2, b2)


def bias_follows_the_relu(X, W1, b1, W2, b2):
    """You added b1 after the ReLU. It belongs to the sum before."""
    return squashed((np.maximum(X @ W1, 0) + b1) @ W2 + b2)


def biases_may_be_left_out(X, W1, b1, W2, b2):
    """Your biases are missing: z = xW + b."""
    return squashed(np.maximum(X @ W1, 0) @ W2)


def softmax_fits_one_output_too(X, W1, b1, W2, b2):
    """Your probabilities are all 1: a softmax over one logit. One logit wants a sigmoid."""
    return np.ones((len(X), 1))


def classes_are_asked_for(X, W1, b1, W2, b2):
    """You rounded to 0 and 1. Asked for are the probabilities; deciding comes later."""
    return np.round(classifier_by_loops(X, W1, b1, W2, b2))


forward_pass = Exercise(
    id="forward_pass",
    kind="code",
    difficulty=1,
    minutes=5,
    cases=classifier_cases,
    oracle=classifier_by_loops,
    returns=("p",),
    mistakes=(
        every_layer_ends_in_a_relu,
        sigmoid_is_the_activation,
        layers_follow_each_other_directly,
        both_forms_of_the_sigmoid_are_safe,
        sign_in_the_sigmoid_is_free,
        logits_are_the_prediction,
        bias_follows_the_relu,
        biases_may_be_left_out,
        softmax_fits_one_output_too,
        classes_are_asked_for,
    ),
    hints=(
        "Two lines of the form Z = A @ W + b, with something in between and something after.",
        "np.maximum(X @ W1 + b1, 0) is the hidden layer.",
        "The logits are hidden @ W2 + b2; p = 1 / (1 + np.exp(-z)).",
    ),
    insight="The hidden activation bends; the output unit translates. They are chosen separately.\n"
    "No activation on the logit: it must be able to say no.",
)

# forward_any


def deep_cases(rng):
    """Networks of one, two and three layers, none square throughout."""
    for m, widths in ((1, (3, 2)), (4, (2, 3, 1)), (3, (4, 2, 3, 2)), (2, (3, 3, 4))):
        pairs = list(pairwise(widths))
        yield (
            draw(rng, m, widths[0]),
            [draw(rng, *pair) / 2 for pair in pairs],
            [draw(rng, n) for _, n in pairs],
        )


def deep_by_loops(X, weights, biases):
    """Unit by unit, layer by layer; tanh on all layers but the last."""
    rows = []
    for row in X.tolist():
        a = row
        for depth, (W, b) in enumerate(zip(weights, biases, strict=True), start=1):
            z = [b[j] + sum(a[k] * W[k, j] for k in range(len(a))) for j in range(len(b))]
            a = z if depth == len(weights) else [math.tanh(t) for t in z]
        rows.append(a)
    return np.array(rows)


def deep(X, weights, biases, inner=np.tanh, last=lambda z: z):
    """Return the pass with other activations, for the wrong answers."""
    a = X
    for depth, (W, b) in enumerate(zip(weights, biases, strict=True), start=1):
        z = a @ W + b
        a = last(z) if depth == len(weights) else inner(z)
    return a


def loop_treats_all_layers_alike(X, weights, biases):
    """Your logits lie between -1 and 1: the tanh follows the last layer too. It stays bare."""
    return deep(X, weights, biases, last=np.tanh)


def layers_are_only_products(X, weights, biases):
    """There is no tanh in it. Without an activation your network is one linear layer."""
    return deep(X, weights, biases, inner=lambda z: z)


def relu_is_the_default(X, weights, biases):
    """You used ReLU. Often a good choice; asked for is tanh."""
    return deep(X, weights, biases, inner=lambda z: np.maximum(z, 0))


def bias_follows_the_tanh(X, weights, biases):
    """You add the bias after the tanh. It belongs to the sum inside: tanh(aW + b)."""
    a = X
    for W, b in zip(weights[:-1], biases[:-1], strict=True):
        a = np.tanh(a @ W) + b
    return a @ weights[-1] + biases[-1]


def first_layer_is_the_input(X, weights, biases):
    """You bent the input as well: tanh(X) goes into the first layer. The data enter as they are."""
    return deep(np.tanh(X), weights, biases)


def only_the_first_layer_has_a_bias(X, weights, biases):
    """Only your first layer adds its bias. Each layer has one of its own."""
    return deep(X, weights, [biases[0], *(np.zeros_like(b) for b in biases[1:])])


def probabilities_are_asked_for(X, weights, biases):
    """You squashed the outputs with a sigmoid. Asked for are the logits."""
    return deep(X, weights, biases, last=squashed)


forward_any = Exercise(
    id="forward_any",
    kind="code",
    difficulty=2,
    minutes=6,
    cases=deep_cases,
    oracle=deep_by_loops,
    returns=("z",),
    mistakes=(
        loop_treats_all_layers_alike,
        layers_are_only_products,
        relu_is_the_default,
        bias_follows_the_tanh,
        first_layer_is_the_input,
        only_the_first_layer_has_a_bias,
        probabilities_are_asked_for,
    ),
    hints=(
        "A loop over zip(weights, biases), and one array that goes through it.",
        "All layers but the last end in tanh. What is a network of one layer, then?",
        "Loop over the layers but the last, a = np.tanh(a @ W + b); then return "
        "a @ weights[-1] + biases[-1].",
    ),
    insight="Any depth is one loop; what is special is the last layer, which stays bare.\n"
    "A network without hidden layers falls out of the same code: linear regression.",
)

# repair_probabilities


def class_cases(rng):
    """Batches of one and many, several classes, some logits far out."""
    for m, n, k in ((1, 3, 4), (4, 2, 3), (3, 4, 2)):
        yield draw(rng, m, n), draw(rng, n, k), draw(rng, k)
    yield (
        np.array([[300.0, -2.0], [1.0, 0.5]]),
        np.array([[3.0, 1, -1], [2.0, 2.5, -4]]),
        (np.array([0.5, -0.5, 1.0])),
    )


def classes_by_loops(X, W, b):
    """e^(z_j - z_top) over their sum, row by row."""
    p = np.zeros((len(X), len(b)))
    for i, row in enumerate(X):
        z = [b[j] + sum(row[k] * W[k, j] for k in range(len(row))) for j in range(len(b))]
        e = [math.exp(t - max(z)) for t in z]
        p[i] = [t / sum(e) for t in e]
    return p


def softmax_runs_over_everything(X, W, b):
    """Your columns sum to 1, not your rows: examples compete with each other. Sum over the classes
    of a row, axis 1, and keep the axis.
    """
    z = X @ W + b
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=0)


def one_sum_for_the_batch(X, W, b):
    """All your entries together sum to 1. Each example has a softmax of its own."""
    z = X @ W + b
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum()


def logits_are_divided(X, W, b):
    """You divided the logits by their sum; a softmax divides their exponentials."""
    z = X @ W + b
    return z / z.sum(axis=1, keepdims=True)


def classes_are_independent(X, W, b):
    """You took a sigmoid for each class: the rows don't sum to 1. Classes exclude each other."""
    return squashed(X @ W + b)


def maximum_was_the_bug(X, W, b):
    """The axis is right now; but you took the maximum out of the code, and e^900 overflows. It was
    in order: a shift changes no softmax.
    """
    e = np.exp(X @ W + b)
    return e / e.sum(axis=1, keepdims=True)


def one_maximum_serves_the_batch(X, W, b):
    """The axis is right now, but you take out one maximum for the whole batch: a row far below it
    has only zeros left, and 0/0 follows. Each row needs its own.
    """
    z = X @ W + b
    e = np.exp(z - z.max())
    return e / e.sum(axis=1, keepdims=True)


def logits_are_rectified(X, W, b):
    """You put a ReLU before the softmax: all negative logits become equal. Logits stay bare."""
    z = np.maximum(X @ W + b, 0)
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


repair_probabilities = Exercise(
    id="repair_probabilities",
    kind="debug",
    difficulty=1,
    minutes=4,
    cases=class_cases,
    oracle=classes_by_loops,
    returns=("p",),
    mistakes=(
        softmax_runs_over_everything,
        one_sum_for_the_batch,
        logits_are_divided,
        classes_are_independent,
        maximum_was_the_bug,
        one_maximum_serves_the_batch,
        logits_are_rectified,
    ),
    hints=(
        "Print p.sum(axis=0) and p.sum(axis=1) for two examples. Which should be 1?",
        "Whose probabilities have to sum to 1: those of one example.",
        "e.sum(axis=1, keepdims=True) is (m, 1), and divides each row by its own sum.",
    ),
    insight="Softmax goes along the classes: rows sum to 1. Over the batch, examples compete.\n"
    "With one example the wrong axis gives all ones, and the predicted class still looks right.",
)

# repair_never_no


def never_no_cases(rng):
    """Networks of one to three layers, logits of both signs."""
    for m, widths in ((1, (3, 1)), (5, (2, 3, 1)), (6, (4, 3, 2, 1))):
        pairs = list(pairwise(widths))
        yield (
            draw(rng, m, widths[0]),
            [draw(rng, *pair) / 2 for pair in pairs],
            [draw(rng, n) / 2 for _, n in pairs],
        )


def yes_or_no_by_loops(X, weights, biases):
    """ReLU on all layers but the last, then 1/(1 + e^-z), unit by unit."""
    p = np.zeros((len(X), 1))
    for i, a in enumerate(X.tolist()):
        for depth, (W, b) in enumerate(zip(weights, biases, strict=True), start=1):
            z = [b[j] + sum(a[k] * W[k, j] for k in range(len(a))) for j in range(len(b))]
            a = z if depth == len(weights) else [max(t, 0.0) for t in z]
        p[i, 0] = 1 / (1 + math.exp(-a[0]))
    return p


def relu(z):
    """Return max(z, 0)."""
    return np.maximum(z, 0)


def logit_is_a_layer_like_others(X, weights, biases):
    """No p is below ½. The loop puts a ReLU behind *every* layer, the last one included: its logit
    can't be negative.
    """
    return squashed(deep(X, weights, biases, inner=relu, last=relu))


def relu_was_the_bug(X, weights, biases):
    """You took the ReLU out altogether: now the network is linear. Only the last layer goes
    without.
    """
    return squashed(deep(X, weights, biases, inner=lambda z: z))


def range_may_be_stretched(X, weights, biases):
    """You stretched p from ½ … 1 to 0 … 1. That hides the wall; what the ReLU cut off, all logits
    below 0, stays lost.
    """
    return 2 * squashed(deep(X, weights, biases, inner=relu, last=relu)) - 1


def shift_repairs_it(X, weights, biases):
    """You subtracted ½ from p. A probability below ½ has to come from a negative logit: leave the
    last ReLU out.
    """
    return squashed(deep(X, weights, biases, inner=relu, last=relu)) - 0.5


def hidden_layers_want_sigmoids(X, weights, biases):
    """You exchanged the hidden ReLUs for sigmoids. They were in order; only the last one was too
    many.
    """
    return squashed(deep(X, weights, biases, inner=squashed))


repair_never_no = Exercise(
    id="repair_never_no",
    kind="debug",
    difficulty=1,
    minutes=4,
    cases=never_no_cases,
    oracle=yes_or_no_by_loops,
    returns=("p",),
    mistakes=(
        logit_is_a_layer_like_others,
        relu_was_the_bug,
        range_may_be_stretched,
        shift_repairs_it,
        hidden_layers_want_sigmoids,
    ),
    hints=(
        "Which numbers can arrive at the sigmoid?",
        "How often does the ReLU run in a network of two layers, and how often should it?",
        "Run the loop over weights[:-1] and biases[:-1]; the last layer is a @ W + b alone.",
    ),
    insight="An activation in a loop over all layers also hits the logit: p never falls below ½.\n"
    "The wall at exactly 0.5 is the symptom; imbalance or bad luck make no hard walls.",
)
