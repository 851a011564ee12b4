"""Answers to chapter 02 that are right and written otherwise than the course's."""

from itertools import pairwise

import numpy as np
import sympy as sp

import nnlib as nn
from nnlib import count as c


def by_the_library():
    """Let nnlib describe the layers and add up."""
    table = c.count_parameters([c.Dense(12, 8), c.Dense(8, 5), c.Dense(5, 3)])
    return {
        "weights": table.weights,
        "biases": table.biases,
        "total": table.total,
        "softmax_regression": c.count_parameters(c.SoftmaxRegression(12, 3)).total,
        "logistic_regression": c.count_parameters(c.LogisticRegression(12)).total,
    }


def mlp_by_making_it(sizes, bias):
    """Make the network, and look at its arrays."""
    layers = [nn.Dense(a, b, bias=bias) for a, b in pairwise(sizes)]
    net = nn.Network(layers, nn.MSE())
    weights = int(net.weight_mask.sum())
    return weights, net.theta.size - weights


def mlp_by_dot_product(sizes, bias):
    """Write the sum of products as a dot product; NumPy's integers will do."""
    sizes = np.array(sizes)
    return sizes[:-1] @ sizes[1:], sizes[1:].sum() * bias


def conv_by_the_library():
    """Let nnlib follow the shapes."""
    layers = [
        *[c.Input(3, 32, 32), c.Conv(3, 16, 5), c.BatchNorm(16), c.Pool(2), c.Conv(16, 32, 3)],
        *[c.Pool(2), c.Flatten(), c.Dense(1152, 10)],
    ]
    table = c.count_parameters(layers)
    sums = [row.parameters for row in table.rows if row.parameters]
    names = ("conv1", "batch_norm", "conv2", "dense")
    return dict(zip(names, sums, strict=True)) | {"total": table.total}


def recurrent_by_the_library(kind, n_in, hidden, library):
    """Describe the layer with as many bias vectors as the library keeps."""
    vectors = 1 if library == "Keras" and kind != "GRU" else 2
    return c.count_parameters(getattr(c, kind)(n_in, hidden, bias_vectors=vectors)).total


def block_by_the_library():
    """Count the described blocks with symbols for sizes."""
    d, f, r, F = sp.symbols("d f r F", positive=True)
    norms, matrix = 4 * d, d**2
    gpt = d * (4 * d + 4) + norms + c.count_parameters(c.FeedForward(d, f * d)).total
    return sp.expand(gpt), sp.together(2 * matrix * (1 + 1 / r) + d * (3 * F + 2))


def repair_by_identity(arrays, frozen):
    """Keep the first name of each object, by its identity."""
    owners = {}
    for name, array in arrays.items():
        owners.setdefault(id(array), (name, array))
    total = sum(array.size for _, array in owners.values())
    return total, total - sum(arrays[name].size for name in frozen)


def repair_by_is(arrays, frozen):
    """Compare each array with all that were counted, by `is`."""
    kept = []
    for name, array in arrays.items():
        if not any(array is other for _, other in kept):
            kept.append((name, array))
    sizes = [np.array([a.size, a.size * (name not in frozen)]) for name, a in kept]
    return tuple(int(n) for n in sum(sizes))


def memory_by_the_library():
    """Ask nnlib.count for the bytes."""
    N, more = 7 * 10**9, 20 * 10**6

    def gb(n, *how):
        return c.memory(n, *how).total / 1e9

    return {
        "inference": gb(N, None, "bf16-mixed"),
        "sgd": gb(N, "sgd", "fp32"),
        "adam": gb(N, "adam", "fp32"),
        "adam_mixed": gb(N, "adam", "bf16-mixed"),
        "lora": gb(N, None, "bf16-mixed") + gb(more, "adam", "bf16-mixed"),
    }


def cost_by_the_library():
    """Ask nnlib.count for the operations."""
    flops = c.training_flops(7 * 10**9, 2 * 10**12)
    days = flops / (1024 * 312e12 * 0.4 * 24 * 3600)
    return {"zetta": flops / 1e21, "days": days, "giga": c.inference_flops(7 * 10**9) / 1e9}


def changes_in_capitals():
    """Write the words as one likes."""
    said = ["same", "more", "SAME", "same", "More", "fewer", "same", "same", "fewer"]
    names = (
        *("heads", "learned_positions", "rotary_positions", "stride", "flattened_image"),
        *("fewer_kv_heads", "gelu", "dropout", "tied"),
    )
    return dict(zip(names, said, strict=True))


ALTERNATIVES = {
    "count_by_hand": [by_the_library()],
    "mlp_count": [mlp_by_making_it, mlp_by_dot_product],
    "same_count": [changes_in_capitals()],
    "conv_by_hand": [conv_by_the_library()],
    "recurrent_count": [recurrent_by_the_library],
    "block_count": [block_by_the_library()],
    "repair_count": [repair_by_identity, repair_by_is],
    "memory_by_hand": [memory_by_the_library()],
    "training_cost": [cost_by_the_library()],
}
