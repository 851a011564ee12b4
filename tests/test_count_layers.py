"""Every described layer, written out: its arrays by name, its shapes, its work, its errors.

`test_count.py` holds the numbers to PyTorch and to brute force. Here stands what a reader sees, as
it was when all of that agreed, so that no name, shape or sum changes unseen.
"""

import json
import re

import numpy as np
import pytest

import nnlib as nn
from nnlib import count as c
from nnlib.tables import cell

# the layer, the shape that it is given, and what `written_out` says
LAYERS = {
    "dense": (
        lambda: c.Dense(3, 5),
        (4, 3),
        [
            "Dense(3 -> 5) on (…, 3)",
            "(4, 3) -> (4, 5)",
            "weights W (3, 5)",
            "biases b (5,)",
            "60 MACs, 20 kept",
        ],
    ),
    "dense no bias": (
        lambda: c.Dense(3, 5, bias=False),
        (3,),
        [
            "Dense(3 -> 5) on (…, 3)",
            "(3,) -> (5,)",
            "weights W (3, 5)",
            "15 MACs, 5 kept",
        ],
    ),
    "activation": (
        lambda: c.Activation("ReLU"),
        (2, 3),
        [
            "ReLU on (…,) or more",
            "(2, 3) -> (2, 3)",
            "0 MACs, 6 kept",
        ],
    ),
    "flatten": (
        lambda: c.Flatten(),
        (2, 3, 4),
        [
            "Flatten() on (…,)",
            "(2, 3, 4) -> (24,)",
            "0 MACs, 24 kept",
        ],
    ),
    "flatten open": (
        lambda: c.Flatten(),
        (2, None, 4),
        [
            "Flatten() on (…,)",
            "(2, ?, 4) -> (?,)",
            "? MACs, ? kept",
        ],
    ),
    "batch norm": (
        lambda: c.BatchNorm(2),
        (2, 3, 3),
        [
            "BatchNorm(2) on (2, …) or more",
            "(2, 3, 3) -> (2, 3, 3)",
            "norms gamma (2,), beta (2,)",
            "buffers running_mean (2,), running_var (2,)",
            "0 MACs, 18 kept",
        ],
    ),
    "layer norm": (
        lambda: c.LayerNorm(3),
        (4, 3),
        [
            "LayerNorm(3) on (…, 3) or more",
            "(4, 3) -> (4, 3)",
            "norms gamma (3,), beta (3,)",
            "0 MACs, 12 kept",
        ],
    ),
    "layer norm no bias": (
        lambda: c.LayerNorm(3, bias=False),
        (4, 3),
        [
            "LayerNorm(3) on (…, 3) or more",
            "(4, 3) -> (4, 3)",
            "norms gamma (3,)",
            "0 MACs, 12 kept",
        ],
    ),
    "rms norm": (
        lambda: c.RMSNorm(3),
        (4, 3),
        [
            "RMSNorm(3) on (…, 3) or more",
            "(4, 3) -> (4, 3)",
            "norms gamma (3,)",
            "0 MACs, 12 kept",
        ],
    ),
    "scale": (
        lambda: c.Scale(2),
        (2, 5, 5),
        [
            "Scale(2) on (2, …) or more",
            "(2, 5, 5) -> (2, 5, 5)",
            "weights w (2,)",
            "biases b (2,)",
            "0 MACs, 50 kept",
        ],
    ),
    "conv": (
        lambda: c.Conv(4, 6, 3),
        (4, 8, 9),
        [
            "Conv(4 -> 6, 3×3) on (4, ?, ?)",
            "(4, 8, 9) -> (6, 6, 7)",
            "weights W (6, 4, 3, 3)",
            "biases b (6,)",
            "9072 MACs, 252 kept",
        ],
    ),
    "conv all": (
        lambda: c.Conv(
            4, 6, (3, 5), stride=2, padding=(1, 2), dilation=(2, 1), groups=2, bias=False
        ),
        (4, 9, 8),
        [
            "Conv(4 -> 6, 3×5, stride 2, padding (1, 2), dilation (2, 1), groups 2) on (4, ?, ?)",
            "(4, 9, 8) -> (6, 4, 4)",
            "weights W (6, 2, 3, 5)",
            "2880 MACs, 96 kept",
        ],
    ),
    "conv 1": (
        lambda: c.Conv(4, 6, 3, dims=1),
        (4, 8),
        [
            "Conv(4 -> 6, 3) on (4, ?)",
            "(4, 8) -> (6, 6)",
            "weights W (6, 4, 3)",
            "biases b (6,)",
            "432 MACs, 36 kept",
        ],
    ),
    "conv table": (
        lambda: c.Conv(4, 6, 3, connections=10),
        (4, 8, None),
        [
            "Conv(4 -> 6, 3×3, connections 10) on (4, ?, ?)",
            "(4, 8, ?) -> (6, 6, ?)",
            "weights W (10, 3, 3)",
            "biases b (6,)",
            "? MACs, ? kept",
        ],
    ),
    "pool": (
        lambda: c.Pool(2),
        (3, 8, 9),
        [
            "Pool(max, 2×2) on (?, ?, ?)",
            "(3, 8, 9) -> (3, 4, 4)",
            "0 MACs, 48 kept",
        ],
    ),
    "pool mean": (
        lambda: c.Pool((3, 2), stride=2, padding=1, kind="mean"),
        (3, 8, 9),
        [
            "Pool(mean, 3×2) on (?, ?, ?)",
            "(3, 8, 9) -> (3, 4, 5)",
            "0 MACs, 60 kept",
        ],
    ),
    "pool 1": (
        lambda: c.Pool(3, dims=1),
        (3, 8),
        [
            "Pool(max, 3) on (?, ?)",
            "(3, 8) -> (3, 2)",
            "0 MACs, 6 kept",
        ],
    ),
    "global pool": (
        lambda: c.GlobalPool(),
        (3, 8, 9),
        [
            "GlobalPool() on (…,)",
            "(3, 8, 9) -> (3,)",
            "0 MACs, 3 kept",
        ],
    ),
    "embedding": (
        lambda: c.Embedding(50, 4),
        (7,),
        [
            "Embedding(50 -> 4) on (?,)",
            "(7,) -> (7, 4)",
            "weights tokens (50, 4)",
            "0 MACs, 28 kept",
        ],
    ),
    "embedding all": (
        lambda: c.Embedding(50, 4, positions=9, segments=2),
        (7,),
        [
            "Embedding(50 -> 4, 9 positions) on (1..9,)",
            "(7,) -> (7, 4)",
            "weights tokens (50, 4), positions (9, 4), segments (2, 4)",
            "0 MACs, 28 kept",
        ],
    ),
    "positions": (
        lambda: c.Positions(9, 4),
        (7, 4),
        [
            "Positions(9, 4) on (1..9, 4)",
            "(7, 4) -> (7, 4)",
            "weights W (9, 4)",
            "0 MACs, 28 kept",
        ],
    ),
    "relative": (
        lambda: c.RelativePositions(8, 2),
        (7, 4),
        [
            "RelativePositions(8, 2 heads) on (…,) or more",
            "(7, 4) -> (7, 4)",
            "weights W (8, 2)",
            "0 MACs, 0 kept",
        ],
    ),
    "class token": (
        lambda: c.ClassToken(4),
        (7, 4),
        [
            "ClassToken(4) on (?, 4)",
            "(7, 4) -> (8, 4)",
            "weights token (4,)",
            "0 MACs, 32 kept",
        ],
    ),
    "class token open": (
        lambda: c.ClassToken(4),
        (None, 4),
        [
            "ClassToken(4) on (?, 4)",
            "(?, 4) -> (?, 4)",
            "weights token (4,)",
            "? MACs, ? kept",
        ],
    ),
    "tokens": (
        lambda: c.Tokens(),
        (3, 4, 5),
        [
            "Tokens() on (?, ?, ?)",
            "(3, 4, 5) -> (20, 3)",
            "0 MACs, 60 kept",
        ],
    ),
    "tokens open": (
        lambda: c.Tokens(),
        (3, None, 5),
        [
            "Tokens() on (?, ?, ?)",
            "(3, ?, 5) -> (?, 3)",
            "? MACs, ? kept",
        ],
    ),
    "tokens open last": (
        lambda: c.Tokens(),
        (3, 5, None),
        [
            "Tokens() on (?, ?, ?)",
            "(3, 5, ?) -> (?, 3)",
            "? MACs, ? kept",
        ],
    ),
    "first token": (
        lambda: c.FirstToken(),
        (7, 4),
        [
            "FirstToken() on (?, ?)",
            "(7, 4) -> (4,)",
            "0 MACs, 4 kept",
        ],
    ),
    "rnn": (
        lambda: c.RNN(3, 5),
        (7, 3),
        [
            "RNN(3 -> 5) on (?, 3)",
            "(7, 3) -> (7, 5)",
            "weights W (1, 3, 5), U (1, 5, 5)",
            "biases b (2, 5)",
            "280 MACs, 70 kept",
        ],
    ),
    "lstm": (
        lambda: c.LSTM(3, 5, bidirectional=True),
        (7, 3),
        [
            "LSTM(3 -> 5, both directions) on (?, 3)",
            "(7, 3) -> (7, 10)",
            "weights W (8, 3, 5), U (8, 5, 5)",
            "biases b (16, 5)",
            "2240 MACs, 420 kept",
        ],
    ),
    "gru": (
        lambda: c.GRU(3, 5, bias_vectors=0),
        (7, 3),
        [
            "GRU(3 -> 5) on (?, 3)",
            "(7, 3) -> (7, 5)",
            "weights W (3, 3, 5), U (3, 5, 5)",
            "840 MACs, 140 kept",
        ],
    ),
    "attention": (
        lambda: c.Attention(12, 3),
        (7, 12),
        [
            "Attention(12, 3 heads) on (?, 12)",
            "(7, 12) -> (7, 12)",
            "weights Wq (12, 12), Wk (12, 12), Wv (12, 12), Wo (12, 12)",
            "biases bq (12,), bk (12,), bv (12,), bo (12,)",
            "5208 MACs, 567 kept",
        ],
    ),
    "attention all": (
        lambda: c.Attention(12, 4, kv_heads=2, head_dim=5, bias="qkv"),
        (7, 12),
        [
            "Attention(12, 4 heads on 2 of 5) on (?, 12)",
            "(7, 12) -> (7, 12)",
            "weights Wq (12, 20), Wk (12, 10), Wv (12, 10), Wo (20, 12)",
            "biases bq (20,), bk (10,), bv (10,)",
            "7000 MACs, 700 kept",
        ],
    ),
    "cross": (
        lambda: c.Attention(12, 3, bias=False, memory=8),
        (5, 12),
        [
            "Attention(12, 3 heads, cross) on (?, 12)",
            "(5, 12) -> (5, 12) with (7, 8)",
            "weights Wq (12, 12), Wk (8, 12), Wv (8, 12), Wo (12, 12)",
            "3624 MACs, 453 kept",
        ],
    ),
    "feed": (
        lambda: c.FeedForward(3, 5),
        (7, 3),
        [
            "FeedForward(3, 5) on (…, 3) or more",
            "(7, 3) -> (7, 3)",
            "weights Wup (3, 5), Wdown (5, 3)",
            "biases bup (5,), bdown (3,)",
            "210 MACs, 91 kept",
        ],
    ),
    "feed gated": (
        lambda: c.FeedForward(3, 5, gated=True, bias=False),
        (7, 3),
        [
            "FeedForward(3, 5, gated) on (…, 3) or more",
            "(7, 3) -> (7, 3)",
            "weights Wup (3, 5), Wgate (3, 5), Wdown (5, 3)",
            "315 MACs, 161 kept",
        ],
    ),
    "moe": (
        lambda: c.MixtureOfExperts(3, 5, 4, 2),
        (7, 3),
        [
            "MixtureOfExperts(3, 5, 2 of 4) on (…, 3) or more",
            "(7, 3) -> (7, 3)",
            "weights router (3, 4), experts (4, 3, 3, 5)",
            "714 MACs, 343 kept, 90 idle",
        ],
    ),
    "moe plain": (
        lambda: c.MixtureOfExperts(3, 5, 4, 1, gated=False),
        (7, 3),
        [
            "MixtureOfExperts(3, 5, 1 of 4) on (…, 3) or more",
            "(7, 3) -> (7, 3)",
            "weights router (3, 4), experts (4, 2, 3, 5)",
            "294 MACs, 112 kept, 90 idle",
        ],
    ),
    "linear regression": (
        lambda: c.LinearRegression(3),
        (3,),
        [
            "LinearRegression(3 -> 1) on (3,)",
            "(3,) -> (1,)",
            "weights W (3,)",
            "biases b (1,)",
            "3 MACs, 1 kept",
        ],
    ),
    "linear regression 2": (
        lambda: c.LinearRegression(3, 2),
        (3,),
        [
            "LinearRegression(3 -> 2) on (3,)",
            "(3,) -> (2,)",
            "weights W (3, 2)",
            "biases b (2,)",
            "6 MACs, 2 kept",
        ],
    ),
    "logistic": (
        lambda: c.LogisticRegression(3),
        (3,),
        [
            "LogisticRegression(3 -> 1) on (3,)",
            "(3,) -> (1,)",
            "weights W (3,)",
            "biases b (1,)",
            "3 MACs, 1 kept",
        ],
    ),
    "softmax": (
        lambda: c.SoftmaxRegression(3, 4),
        (3,),
        [
            "SoftmaxRegression(3 -> 4) on (3,)",
            "(3,) -> (4,)",
            "weights W (3, 4)",
            "biases b (4,)",
            "12 MACs, 4 kept",
        ],
    ),
    "svm": (
        lambda: c.LinearSVM(3),
        (3,),
        [
            "LinearSVM(3 -> 1) on (3,)",
            "(3,) -> (1,)",
            "weights W (3,)",
            "biases b (1,)",
            "3 MACs, 1 kept",
        ],
    ),
    "svm 4": (
        lambda: c.LinearSVM(3, 4),
        (3,),
        [
            "LinearSVM(3 -> 4) on (3,)",
            "(3,) -> (4,)",
            "weights W (3, 4)",
            "biases b (4,)",
            "12 MACs, 4 kept",
        ],
    ),
    "polynomial": (
        lambda: c.PolynomialRegression(3, 2),
        (3,),
        [
            "PolynomialRegression(3 features, degree 2) on (3,)",
            "(3,) -> (1,)",
            "weights w (9,)",
            "biases b (1,)",
            "9 MACs, 1 kept",
        ],
    ),
    "tied": (
        lambda: c.Tied(c.Dense(4, 50)),
        (7, 4),
        [
            "Dense(4 -> 50), tied on (…, 4)",
            "(7, 4) -> (7, 50)",
            "biases b (50,)",
            "1400 MACs, 350 kept",
        ],
    ),
    "tied nothing": (
        lambda: c.Tied(c.Activation("ReLU")),
        (7, 4),
        [
            "ReLU, tied on (…,) or more",
            "(7, 4) -> (7, 4)",
            "0 MACs, 28 kept",
        ],
    ),
}


def written_out(layer, shape):
    """Return what a described layer is, and what it does to a shape, line by line."""
    memory = layer.reads and tuple(7 if n is None else n for n in layer.reads)
    out = layer.gives(shape)
    work = ("?", "?")
    if None not in (*shape, *out):
        work = layer.macs(shape, out, memory), layer.kept(shape, out, memory)
    yield f"{layer} on {cell(layer.takes)}{' or more' if layer.open else ''}"
    yield f"{cell(shape)} -> {cell(out)}" + (f" with {cell(memory)}" if memory else "")
    for kind in ("weights", "biases", "norms", "buffers"):
        if arrays := getattr(layer, kind):
            yield f"{kind} " + ", ".join(f"{key} {cell(size)}" for key, size in arrays.items())
    yield "{} MACs, {} kept".format(*work) + (f", {layer.idle} idle" if layer.idle else "")


@pytest.mark.parametrize("name", LAYERS)
def test_a_described_layer_is_what_was_written_down(name):
    """Printed tables, LoRA's choice and exported JSON all go by these names."""
    make, shape, lines = LAYERS[name]

    assert list(written_out(make(), shape)) == lines


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: c.Dense(1, 0), "Dense: n_out must"),
        (lambda: c.BatchNorm(0), "BatchNorm: n must"),
        (lambda: c.LayerNorm(0), "LayerNorm: n must"),
        (lambda: c.RMSNorm(0), "RMSNorm: n must"),
        (lambda: c.Scale(0), "Scale: n must"),
        (lambda: c.Conv(0, 1, 1), "Conv: n_in must"),
        (lambda: c.Conv(1, 0, 1), "Conv: n_out must"),
        (lambda: c.Conv(1, 1, 1, groups=0), "Conv: groups must"),
        (lambda: c.Conv(2, 4, 1, groups=4), "Conv: groups=4 must divide n_in=2"),
        (lambda: c.Conv(4, 2, 1, groups=4), "Conv: groups=4 must divide n_in=4"),
        (lambda: c.Conv(1, 1, 0), "Conv: kernel must"),
        (lambda: c.Conv(1, 1, 1, stride=0), "Conv: stride must"),
        (lambda: c.Conv(1, 1, 1, dilation=0), "Conv: dilation must"),
        (lambda: c.Conv(1, 1, 1, padding=-1), "Conv: padding must"),
        (lambda: c.Conv(1, 1, (1,), stride=(1, 2)), "Conv: kernel (1,) and"),
        (lambda: c.Pool(1, stride=0), "Pool: stride must"),
        (lambda: c.Embedding(0, 1), "Embedding: vocabulary must"),
        (lambda: c.Embedding(1, 0), "Embedding: d must"),
        (lambda: c.Embedding(1, 1, positions=-1), "Embedding: positions must"),
        (lambda: c.Embedding(1, 1, segments=-1), "Embedding: segments must"),
        (lambda: c.Positions(0, 1), "Positions: n must"),
        (lambda: c.Positions(1, 0), "Positions: d must"),
        (lambda: c.RelativePositions(0, 1), "RelativePositions: buckets must"),
        (lambda: c.RelativePositions(1, 0), "RelativePositions: heads must"),
        (lambda: c.ClassToken(0), "ClassToken: d must"),
        (lambda: c.RNN(0, 1), "RNN: n_in must"),
        (lambda: c.LSTM(1, 0), "LSTM: hidden must"),
        (lambda: c.GRU(1, 1, bias_vectors=-1), "GRU: bias_vectors must"),
        (lambda: c.Attention(0, 1), "Attention: d must"),
        (lambda: c.Attention(1, 0), "Attention: heads must"),
        (lambda: c.Attention(1, 1, kv_heads=0), "Attention: kv_heads must"),
        (lambda: c.Attention(1, 1, head_dim=0), "Attention: head_dim must"),
        (lambda: c.Attention(1, 1, memory=0), "Attention: memory must"),
        (lambda: c.Attention(1, 1, bias="X"), "Attention: bias must be True, False or some of"),
        (lambda: c.FeedForward(0, 1), "FeedForward: d must"),
        (lambda: c.FeedForward(1, 0), "FeedForward: d_ff must"),
        (lambda: c.MixtureOfExperts(0, 1, 1, 1), "MixtureOfExperts: d must"),
        (lambda: c.MixtureOfExperts(1, 0, 1, 1), "MixtureOfExperts: d_ff must"),
        (lambda: c.MixtureOfExperts(1, 1, 0, 1), "MixtureOfExperts: experts must"),
        (lambda: c.MixtureOfExperts(1, 1, 1, 0), "MixtureOfExperts: active must"),
        (lambda: c.LinearRegression(0), "LinearRegression: n must"),
        (lambda: c.LinearRegression(1, 0), "LinearRegression: k must"),
        (lambda: c.LogisticRegression(0), "LogisticRegression: n must"),
        (lambda: c.SoftmaxRegression(1, 0), "SoftmaxRegression: k must"),
        (lambda: c.LinearSVM(0), "LinearSVM: n must"),
        (lambda: c.PolynomialRegression(0, 1), "PolynomialRegression: n must"),
        (lambda: c.PolynomialRegression(1, 0), "PolynomialRegression: degree must"),
        (lambda: c.Repeat(0), "Repeat: n must"),
        (lambda: c.LoRA(rank=0), "LoRA: rank must"),
        (lambda: c.memory(1, batch=-1), "memory: batch must"),
        (lambda: c.memory(1, "lion"), "memory: optimizer must"),
        (lambda: c.memory(1, precision="int8"), "memory: precision must"),
        (lambda: c.memory(1, batch=1), "memory: activations need the layers"),
        (lambda: c.count_parameters([]), "count_parameters got no layers"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_bad_size_is_called_by_its_name(make, words):
    """In a model of a hundred layers: which kind it is, and which of its numbers."""
    with pytest.raises(ValueError, match=f"^{re.escape(words)}"):
        make()


# --- what is printed ------------------------------------------------------------------------------


def everything():
    """Return a model with every kind of row: frozen, with LoRA, repeated, idle, joined."""
    return c.Model(
        "A <small> model",
        [
            c.Input(2, 5, 5),
            c.Frozen(c.Conv(2, 4, 3), c.BatchNorm(4)),
            c.Add([c.Conv(4, 4, 1, bias=False)], []),
            c.Concat([c.Pool(3, stride=1, padding=1)], []),
            c.Tokens(),
            c.Repeat(2, c.LoRA(c.EncoderBlock(8, 2, 16), rank=1)),
            c.MixtureOfExperts(8, 4, 3, 1),
            c.FirstToken(),
            c.Dense(8, 1000),
        ],
        "a source",
        "Others say less.",
    )


def small():
    """Return a live network of two layers."""
    return nn.Network([nn.Dense(2, 3), nn.BatchNorm(3)], nn.MSE(), dtype=np.float32)


TEXT = """\
A <small> model
#      layer                                      output     formula              parameters  trainable   share   MACs
----------------------------------------------------------------------------------------------------------------------
1.0    Conv(2 -> 4, 3×3)                          (4, 3, 3)  4·2·3·3 + 4                  76  no          0.7 %    648
1.1    BatchNorm(4)                               (4, 3, 3)  2·4                           8  no          0.1 %      0
1.1    running_mean and running_var, not trained  (4, 3, 3)  2·4                           8  no              -      0
2.0.0  Conv(4 -> 4, 1×1)                          (4, 3, 3)  4·4·1·1                      16  yes         0.1 %    144
2      Add                                        (4, 3, 3)  0                             0  -               -      0
3.0.0  Pool(max, 3×3)                             (4, 3, 3)  0                             0  -               -      0
3      Concat                                     (8, 3, 3)  0                             0  -               -      0
4      Tokens()                                   (9, 8)     0                             0  -               -      0
5.0.0  2 × LayerNorm(8)                           (9, 8)     2·2·8                        32  no          0.3 %      0
5.0.1  2 × Attention(8, 2 heads)                  (9, 8)     2·(4·8·8 + 4·8)             576  no          5.4 %  7,200
5.0.1  2 × LoRA of Wq, Wv                         (9, 8)     2·4·1·8                      64  yes         0.6 %      0
5.0.2  2 × LayerNorm(8)                           (9, 8)     2·2·8                        32  no          0.3 %      0
5.0.3  2 × FeedForward(8, 16)                     (9, 8)     2·(2·8·16 + 16 + 8)         560  no          5.2 %  4,608
6      MixtureOfExperts(8, 4, 1 of 3)             (9, 8)     8·3 + 3·3·8·4               312  yes         2.9 %  1,080
7      FirstToken()                               (8,)       0                             0  -               -      0
8      Dense(8 -> 1000)                           (1000,)    8·1000 + 1000             9,000  yes        84.3 %  8,000
10,676 parameters = 9,488 weights + 1,116 biases + 72 norm gains and shifts
9,392 trainable, 1,284 frozen
10,484 active for one token
8 more numbers are kept, not trained: no parameters
21,680 MACs = 43,360 FLOPs for one example, forward
Others say less."""  # noqa: E501 - as it is printed

LIVE = """\
Network
#  layer                                      output  formula  parameters  trainable   share  MACs
--------------------------------------------------------------------------------------------------
0  Dense(2 -> 3)                              (3,)    2·3 + 3           9  yes        60.0 %     6
1  BatchNorm(3)                               (3,)    2·3               6  yes        40.0 %     0
1  running_mean and running_var, not trained  (3,)    2·3               6  no              -     0
15 parameters = 6 weights + 3 biases + 6 norm gains and shifts
6 more numbers are kept, not trained: no parameters
6 MACs = 12 FLOPs for one example, forward

Arrays
name              shape   formula  count  bytes
-----------------------------------------------
dense1.W          (2, 3)  2·3          6     24
dense1.b          (3,)    3            3     12
batchnorm1.gamma  (3,)    3            3     12
batchnorm1.beta   (3,)    3            3     12
60 bytes of float32"""

HTML = [
    "<table><caption>Network</caption><thead>",
    '<tr><th scope="col">#</th><th scope="col">layer</th><th scope="col">output</th>',
    '<th scope="col">formula</th><th scope="col">parameters</th>',
    '<th scope="col">trainable</th><th scope="col">share</th><th scope="col">MACs</th></tr>',
    "</thead>",
    "<tbody>",
    '<tr><th scope="row">0</th><td>Dense(2 -&gt; 3)</td><td>(3,)</td><td>2·3 + 3</td>',
    "<td>9</td><td>yes</td><td>60.0 %</td><td>6</td></tr>",
    '<tr><th scope="row">1</th><td>BatchNorm(3)</td><td>(3,)</td><td>2·3</td><td>6</td>',
    "<td>yes</td><td>40.0 %</td><td>0</td></tr>",
    '<tr><th scope="row">1</th><td>running_mean and running_var, not trained</td>',
    "<td>(3,)</td><td>2·3</td><td>6</td><td>no</td><td>-</td><td>0</td></tr></tbody></table>",
    "<p>15 parameters = 6 weights + 3 biases + 6 norm gains and shifts</p>",
    "<p>6 more numbers are kept, not trained: no parameters</p>",
    "<p>6 MACs = 12 FLOPs for one example, forward</p>",
    "<table><caption>Arrays</caption><thead>",
    '<tr><th scope="col">name</th><th scope="col">shape</th><th scope="col">formula</th>',
    '<th scope="col">count</th><th scope="col">bytes</th></tr></thead>',
    "<tbody>",
    '<tr><th scope="row">dense1.W</th><td>(2, 3)</td><td>2·3</td><td>6</td><td>24</td></tr>',
    '<tr><th scope="row">dense1.b</th><td>(3,)</td><td>3</td><td>3</td><td>12</td></tr>',
    '<tr><th scope="row">batchnorm1.gamma</th><td>(3,)</td><td>3</td><td>3</td><td>12</td></tr>',
    '<tr><th scope="row">batchnorm1.beta</th><td>(3,)</td><td>3</td><td>3</td><td>12</td>',
    "</tr></tbody></table>",
    "<p>60 bytes of float32</p>",
]

CSV = """\
#,layer,output,formula,parameters,trainable,share,MACs
0,Dense(2 -> 3),"(3,)",2·3 + 3,9,yes,0.6,6
1,BatchNorm(3),"(3,)",2·3,6,yes,0.4,0
1,"running_mean and running_var, not trained","(3,)",2·3,6,no,-,0
"""

ARRAYS = """\
name,shape,formula,count,bytes
dense1.W,"(2, 3)",2·3,6,24
dense1.b,"(3,)",3,3,12
batchnorm1.gamma,"(3,)",3,3,12
batchnorm1.beta,"(3,)",3,3,12
"""

JSON = {
    "name": "Network",
    "total": 15,
    "weights": 6,
    "biases": 3,
    "norms": 6,
    "trainable": 15,
    "frozen": 0,
    "active": 15,
    "buffers": 6,
    "macs": 6,
    "flops": 12,
    "rows": [
        {
            "number": "0",
            "layer": "Dense(2 -> 3)",
            "output": [3],
            "formula": "2·3 + 3",
            "parameters": 9,
            "trainable": True,
            "macs": 6,
            "share": 0.6,
        },
        {
            "number": "1",
            "layer": "BatchNorm(3)",
            "output": [3],
            "formula": "2·3",
            "parameters": 6,
            "trainable": True,
            "macs": 0,
            "share": 0.4,
        },
        {
            "number": "1",
            "layer": "running_mean and running_var, not trained",
            "output": [3],
            "formula": "2·3",
            "parameters": 0,
            "trainable": False,
            "macs": 0,
            "share": 0.0,
            "buffers": 6,
        },
    ],
    "arrays": [
        {"name": "dense1.W", "shape": [2, 3], "formula": "2·3", "count": 6, "bytes": 24},
        {"name": "dense1.b", "shape": [3], "formula": "3", "count": 3, "bytes": 12},
        {"name": "batchnorm1.gamma", "shape": [3], "formula": "3", "count": 3, "bytes": 12},
        {"name": "batchnorm1.beta", "shape": [3], "formula": "3", "count": 3, "bytes": 12},
    ],
}

# the call, and what it prints
MEMORY = [
    (
        lambda: c.memory(c.Dense(1000, 1000), "momentum", "bf16-mixed"),
        """\
Memory: momentum, bf16-mixed
part       formula           bytes  about
-------------------------------------------
weights    2·1001000     2,002,000  2.0 MB
gradients  2·1001000     2,002,000  2.0 MB
master     4·1001000     4,004,000  4.0 MB
state      1·4·1001000   4,004,000  4.0 MB
buffers    4·0                   0  0 bytes
total                   12,012,000  12.0 MB""",
    ),
    (
        lambda: c.memory([c.Dense(10, 10), c.BatchNorm(10)], "sgd", "fp64", batch=3),
        """\
Memory: sgd, fp64
part         formula  bytes  about
--------------------------------------
weights      8·130    1,040  1.0 kB
gradients    8·130    1,040  1.0 kB
master       0·130        0  0 bytes
state        0·8·130      0  0 bytes
buffers      8·20       160  160 bytes
activations  3·20·8     480  480 bytes
total                 2,720  2.7 kB""",
    ),
    (
        lambda: c.memory(7, None),
        """\
Memory: inference, fp32
part       formula  bytes  about
-----------------------------------
weights    4·7         28  28 bytes
gradients  4·0          0  0 bytes
master     0·0          0  0 bytes
state      0·4·0        0  0 bytes
total                  28  28 bytes""",
    ),
]


def test_every_kind_of_row_is_printed_as_it_was():
    """Notebooks show this text, and their outputs are compared."""
    assert str(c.count_parameters(everything())) == TEXT


def test_a_live_networks_two_tables_are_printed_as_they_were():
    """Text, HTML, CSV and JSON of the same network, whole: a lost column shows up in all."""
    table = c.count_parameters(small())

    assert str(table) == repr(table) == LIVE
    assert table._repr_html_() == "".join(HTML)
    assert table.to_csv() == CSV
    assert table.parameters.to_csv() == ARRAYS
    assert table.to_json() == json.dumps(JSON, ensure_ascii=False, indent=1)


@pytest.mark.parametrize(("make", "text"), MEMORY)
def test_the_bytes_of_training_are_printed_as_they_were(make, text):
    """Part, sum, bytes, and the same in a unit."""
    assert str(make()) == text
