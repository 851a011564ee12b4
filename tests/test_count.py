"""The calculator: each formula against something that doesn't know it."""

import csv
import io
import itertools
import json
import re
from math import comb, prod
from pathlib import Path

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import nnlib as nn
from nnlib import count as c
from nnlib.tables import Grid

REFERENCE = json.loads(
    (Path(__file__).parent / "reference" / "torch_counts.json").read_text(encoding="utf-8")
)
MLP = [c.Dense(20, 10), c.Activation("ReLU"), c.Dense(10, 10), c.Activation("ReLU"), c.Dense(10, 1)]
SIZES = st.integers(1, 40)
QUICK = settings(deadline=None, max_examples=40)


def total(*layers, **options):
    """Count the parameters of some layers."""
    return c.count_parameters(list(layers), **options).total


# --- the seed example and the classical models ------------------------------------------------


def test_twenty_features_and_two_hidden_layers_of_ten_are_331():
    """The number the whole course starts from: 310 weights and 21 biases."""
    table = c.count_parameters(MLP)

    assert (table.total, table.weights, table.biases, table.norms) == (331, 310, 21, 0)
    assert (table.macs, table.flops, table.trainable, table.frozen) == (310, 620, 331, 0)


@pytest.mark.parametrize(
    ("layer", "by_hand"),
    [
        (c.LinearRegression(20), 20 + 1),
        (c.LinearRegression(20, outputs=3), 3 * (20 + 1)),
        (c.LogisticRegression(20), 20 + 1),
        (c.SoftmaxRegression(784, 10), 784 * 10 + 10),
        (c.LinearSVM(20), 20 + 1),
        (c.LinearSVM(20, k=3), 3 * (20 + 1)),
        (c.PolynomialRegression(1, 3), 4),  # 1, x, x², x³
        (c.PolynomialRegression(2, 2), 6),  # 1, x, y, x², xy, y²
    ],
)
def test_classical_models_have_the_parameters_counted_by_hand(layer, by_hand):
    """The comparison that the brief makes rests on these."""
    assert total(layer) == by_hand


@pytest.mark.parametrize(("n", "degree"), [(1, 5), (3, 2), (4, 4)])
def test_polynomial_has_as_many_coefficients_as_there_are_monomials(n, degree):
    """The binomial is a formula; here the monomials are listed one by one."""
    monomials = [p for p in itertools.product(range(degree + 1), repeat=n) if sum(p) <= degree]

    assert total(c.PolynomialRegression(n, degree)) == len(monomials) == comb(n + degree, n)


# --- each formula against PyTorch and against brute force -------------------------------------

D, HEADS, D_FF = 12, 3, 48
TORCH = {
    "Linear(7, 5)": c.Dense(7, 5),
    "Linear(7, 5, bias=False)": c.Dense(7, 5, bias=False),
    "Conv2d(6, 9, 5, groups=3)": c.Conv(6, 9, 5, groups=3),
    "Conv2d(6, 9, (3, 1), bias=False)": c.Conv(6, 9, (3, 1), bias=False),
    "Conv1d(4, 8, 3)": c.Conv(4, 8, 3, dims=1),
    "Conv3d(4, 8, 3)": c.Conv(4, 8, 3, dims=3),
    "BatchNorm2d(12)": c.BatchNorm(12),
    "LayerNorm(12)": c.LayerNorm(12),
    "RMSNorm(12)": c.RMSNorm(12),
    "Embedding(100, 12)": c.Embedding(100, 12),
    "MultiheadAttention(12, 3)": c.Attention(D, HEADS),
    "MultiheadAttention(12, 3, bias=False)": c.Attention(D, HEADS, bias=False),
    "MultiheadAttention(12, 3, kdim=8, vdim=8)": c.Attention(D, HEADS, memory=8),
    "TransformerEncoderLayer(12, 3, 48)": c.EncoderBlock(D, HEADS, D_FF),
    "TransformerEncoderLayer(12, 3, 48, bias=False)": c.EncoderBlock(
        D, HEADS, D_FF, bias=False, norm=lambda d: c.LayerNorm(d, bias=False)
    ),
    "TransformerDecoderLayer(12, 3, 48)": c.DecoderBlock(D, HEADS, D_FF),
    **{
        f"{name}(5, 7, bias={bias}, bidirectional={both})": kind(
            5, 7, bias_vectors=2 if bias else 0, bidirectional=both
        )
        for name, kind in {"RNN": c.RNN, "LSTM": c.LSTM, "GRU": c.GRU}.items()
        for bias in (True, False)
        for both in (True, False)
    },
}


@pytest.mark.parametrize("name", REFERENCE["modules"])
def test_each_layer_counts_what_pytorchs_has(name):
    """A formula off by one bias would still look right on the page."""
    assert total(TORCH[name]) == REFERENCE["modules"][name]


def test_convolutions_give_the_sizes_that_pytorchs_give():
    """Stride, padding and dilation are where output sizes go wrong."""
    for k, s, p, d, n, size in REFERENCE["slides"]:
        table = c.count_parameters(c.Conv(1, 1, k, s, p, d), input=(1, n, n))

        assert table.rows[0].output == (1, size, size)


@pytest.mark.parametrize(("kind", "gates"), [(c.RNN, 1), (c.LSTM, 4), (c.GRU, 3)])
def test_keras_has_one_bias_vector_for_each_gate(kind, gates):
    """Keras prints 4·((n + h)·h + h) for its LSTM; PyTorch has h more for each gate."""
    assert total(kind(5, 7, bias_vectors=1)) == gates * ((5 + 7) * 7 + 7)
    assert total(kind(5, 7)) - total(kind(5, 7, bias_vectors=1)) == gates * 7


@pytest.mark.parametrize(
    ("layer", "by_hand"),
    [
        (c.Embedding(10, 4, positions=6, segments=2), (10 + 6 + 2) * 4),
        (c.Positions(6, 4), 24),
        (c.RelativePositions(32, 8), 256),
        (c.ClassToken(4), 4),
        (c.Scale(6), 12),
        (c.LayerNorm(4, bias=False), 4),
        (c.Conv(6, 16, 5, connections=60), 60 * 25 + 16),
        (c.Attention(8, 4, kv_heads=2), 2 * 8 * 8 + 2 * 8 * 4 + 8 + 4 + 4 + 8),  # grouped
        (c.Attention(8, 4, kv_heads=1, bias=False), 2 * 8 * 8 + 2 * 8 * 2),  # multi-query
        (c.Attention(6, 2, head_dim=5, bias=False), 4 * 6 * 10),
        (c.Attention(8, 4, bias="qkv"), 4 * 64 + 3 * 8),
        (c.FeedForward(3, 5), 3 * 5 + 5 + 5 * 3 + 3),
        (c.FeedForward(3, 5, gated=True), 3 * 3 * 5 + 2 * 5 + 3),
        (c.FeedForward(3, 5, gated=True, bias=False), 45),
        (c.MixtureOfExperts(3, 5, experts=4, active=2), 3 * 4 + 4 * 3 * 15),
        (c.MixtureOfExperts(3, 5, experts=4, active=2, gated=False), 3 * 4 + 4 * 2 * 15),
    ],
)
def test_formulas_without_a_twin_in_pytorch_are_worked_by_hand(layer, by_hand):
    """Grouped heads, free head sizes, gates and experts have no module of their own there."""
    assert total(layer) == by_hand


def test_dense_connections_listed_one_by_one():
    """One weight for each pair of units, one bias for each output."""
    pairs = list(itertools.product(range(7), range(5)))

    assert total(c.Dense(7, 5)) == len(pairs) + 5


@pytest.mark.parametrize(
    ("groups", "stride", "padding", "kernel"),
    [(1, 1, 0, (3, 3)), (2, 2, 1, (3, 3)), (4, (1, 2), (0, 1), (1, 3))],
)
def test_multiply_adds_of_a_convolution_are_those_of_its_loops(groups, stride, padding, kernel):
    """The seven loops of a convolution, each pass one multiply-add (padding counted too)."""
    table = c.count_parameters(
        c.Conv(4, 8, kernel, stride, padding, groups=groups), input=(4, 9, 8)
    )
    strides, paddings = (np.broadcast_to(v, 2).tolist() for v in (stride, padding))
    starts = [
        range(0, n + 2 * p - k + 1, s)
        for n, p, k, s in zip((9, 8), paddings, kernel, strides, strict=True)
    ]
    used, macs = set(), 0
    for out, *_ in itertools.product(range(8), *starts):
        for inside, i, j in itertools.product(range(4 // groups), *map(range, kernel)):
            used.add((out, inside, i, j))
            macs += 1

    assert table.weights == len(used)
    assert table.macs == macs


def test_multiply_adds_of_a_dense_layer_count_every_position():
    """On a sequence the same weights are used for each token."""
    table = c.count_parameters(c.Dense(3, 5), input=(7, 3))
    steps = sum(1 for _ in itertools.product(range(7), range(3), range(5)))

    assert table.macs == steps
    assert table.rows[0].output == (7, 5)


def test_multiply_adds_of_attention_are_those_of_its_matrix_products():
    """Four projections, the scores, the mixture: each an (a, b) times (b, c)."""
    t, d, heads, kv_heads, size = 5, 8, 4, 2, 3
    products = [(t, d, heads * size), (t, d, kv_heads * size), (t, d, kv_heads * size)]
    products += [(t, size, t), (t, t, size)] * heads + [(t, heads * size, d)]

    table = c.count_parameters(c.Attention(d, heads, kv_heads, size), input=(t, d))

    assert table.macs == sum(map(prod, products))


def test_cross_attention_reads_the_encoders_tokens():
    """Keys and values are computed for the encoder's 7 tokens, queries for the decoder's 5."""
    layers = [c.Input(7, 6), c.Dense(6, 6), c.Input(5, 8), c.Attention(8, 2, memory=6)]
    products = [(5, 8, 8), (7, 6, 8), (7, 6, 8), (5, 8, 8), (5, 8, 7), (5, 7, 8)]

    row = c.count_parameters(layers).rows[-1]

    assert row.macs == sum(map(prod, products))
    assert row.kept == 2 * 5 * 8 + 2 * 7 * 8 + 2 * 5 * 7 + 5 * 8  # q, mix; k, v; softmax; output


def test_a_decoder_alone_has_a_memory_of_unknown_length():
    """Its own input must not be taken for the encoder's output."""
    table = c.count_parameters([c.Input(5, 8), c.Attention(8, 2, memory=6)])

    assert table.total == 2 * 8 * 8 + 2 * 6 * 8 + 4 * 8
    assert table.macs is None


def test_recurrence_uses_its_matrices_at_every_step():
    """T steps, each with every gate's two matrices."""
    table = c.count_parameters(c.LSTM(5, 7, bidirectional=True), input=(11, 5))

    assert table.macs == 11 * 2 * 4 * (5 * 7 + 7 * 7)
    assert table.rows[0].output == (11, 14)
    assert table.kept == 11 * 2 * 7 * (4 + 1 + 1)


def test_a_token_uses_only_the_active_experts():
    """Active parameters and MACs leave the idle experts out; the total has them."""
    table = c.count_parameters(c.MixtureOfExperts(3, 5, experts=4, active=2), input=(7, 3))

    assert table.total - table.active == 2 * 3 * 15
    assert table.macs == 7 * (3 * 4 + 2 * 3 * 15)
    assert "102 active for one token" in str(table)


def test_all_experts_may_be_active():
    """Then it is a wide layer with a router, and none is idle."""
    table = c.count_parameters(c.MixtureOfExperts(3, 5, experts=4, active=4))

    assert table.active == table.total


def test_an_encoder_block_of_the_defaults_is_written_out():
    """Biases, no gate, layer norm; and a head's size goes to its attention."""
    plain, wide = (
        [row.layer for row in c.count_parameters(block).rows]
        for block in (c.EncoderBlock(8, 2, 16), c.EncoderBlock(8, 2, 16, head_dim=3))
    )

    assert plain == ["LayerNorm(8)", "Attention(8, 2 heads)", "LayerNorm(8)", "FeedForward(8, 16)"]
    assert wide[1] == "Attention(8, 2 heads of 3)"
    assert total(c.EncoderBlock(8, 2, 16)) == 2 * 16 + 4 * 72 + 2 * 8 * 16 + 16 + 8


def test_a_decoder_block_shapes_both_of_its_attentions():
    """Heads and biases go for self-attention and cross-attention, the memory's width for one."""
    options = {"kv_heads": 1, "head_dim": 3, "bias": False, "norm": c.RMSNorm}
    block = c.DecoderBlock(8, 2, 16, memory=5, **options)

    rows = c.count_parameters(block).rows

    assert [row.layer for row in rows] == [
        *["RMSNorm(8)", "Attention(8, 2 heads on 1 of 3)"],
        *["RMSNorm(8)", "Attention(8, 2 heads on 1 of 3, cross)"],
        *["RMSNorm(8)", "FeedForward(8, 16)"],
    ]
    assert rows[1].parameters == 2 * 8 * 6 + 2 * 8 * 3
    assert rows[3].parameters == 2 * 8 * 6 + 2 * 5 * 3


def test_a_decoder_block_reads_an_encoder_of_its_own_width_unless_told():
    """The layer that reads no memory would give the same count."""
    rows = c.count_parameters(c.DecoderBlock(8, 2, 16)).rows

    assert [row.layer for row in rows] == [
        *["LayerNorm(8)", "Attention(8, 2 heads)"],
        *["LayerNorm(8)", "Attention(8, 2 heads, cross)"],
        *["LayerNorm(8)", "FeedForward(8, 16)"],
    ]
    assert [row.parameters for row in rows] == [16, 4 * 72, 16, 4 * 72, 16, 2 * 8 * 16 + 16 + 8]


def test_a_transformer_block_keeps_16_values_a_feature_and_the_softmax():
    """Korthikanti et al. 2022: 34·t·d + 5·heads·t² bytes; without dropout's masks and output
    that is 32·t·d + 2·heads·t², two bytes a value."""
    t, d, heads = 6, 8, 2

    table = c.count_parameters(c.EncoderBlock(d, heads, 4 * d), input=(t, d))

    assert table.kept == 16 * t * d + heads * t * t


@pytest.mark.parametrize(
    ("layer", "values"),
    [
        (c.FeedForward(8, 20), 20 + 20 + 8),  # before and after the activation, output
        (
            c.FeedForward(8, 20, gated=True),
            20 + 20 + 20 + 20 + 8,
        ),  # gate, its activation, up, product
        (c.MixtureOfExperts(8, 20, 4, 2), 2 * (4 * 20 + 8) + 8),  # two experts, and their mixture
        (c.MixtureOfExperts(8, 20, 4, 2, gated=False), 2 * (2 * 20 + 8) + 8),
        (c.GRU(8, 20), 20 * (3 + 1)),
        (c.RNN(8, 20), 20 * (1 + 1)),
        (c.RelativePositions(32, 2), 0),
    ],
)
def test_values_kept_for_the_backward_pass_are_those_of_the_docstring(layer, values):
    """Activation memory is stated to count exactly these, for each of 5 tokens."""
    assert c.count_parameters(layer, input=(5, 8)).kept == 5 * values


@pytest.mark.parametrize("layer", [c.FeedForward(8, 20), c.MixtureOfExperts(8, 20, 4, 2)])
def test_values_kept_are_counted_at_every_position(layer):
    """A row has one position and a grid of tokens many, whatever the number of dimensions."""
    row, tokens, grid = (
        c.count_parameters(layer, input=shape).kept for shape in ((8,), (6, 8), (2, 3, 8))
    )

    assert tokens == grid == 6 * row


# --- properties -------------------------------------------------------------------------------


@QUICK
@given(SIZES, SIZES, SIZES)
def test_a_bias_adds_one_parameter_for_each_output(n_in, n_out, k):
    """For dense layers and convolutions alike."""
    dense = [total(c.Dense(n_in, n_out, bias=bias)) for bias in (True, False)]
    conv = [total(c.Conv(n_in, n_out, k, bias=bias)) for bias in (True, False)]

    assert dense[0] - dense[1] == conv[0] - conv[1] == n_out


@QUICK
@given(SIZES, SIZES, SIZES, SIZES)
def test_groups_divide_the_weights_of_a_convolution(a, b, groups, k):
    """g groups leave 1/g of the kernels, and every bias."""
    n_in, n_out = a * groups, b * groups
    whole, split = (c.count_parameters(c.Conv(n_in, n_out, k, groups=g)) for g in (1, groups))

    assert split.weights * groups == whole.weights
    assert split.biases == whole.biases == n_out


@QUICK
@given(SIZES, SIZES)
def test_repeating_multiplies_everything(n, d):
    """Parameters, MACs and kept values of n copies are n times those of one."""
    block = c.EncoderBlock(2 * d, 2, 3 * d)
    one, many = (c.count_parameters(c.Repeat(k, block), input=(5, 2 * d)) for k in (1, n))

    sums = ["total", "weights", "biases", "norms", "macs", "kept"]
    assert [getattr(many, s) for s in sums] == [n * getattr(one, s) for s in sums]


@QUICK
@given(st.integers(1, 10**30), st.integers(1, 10**30))
def test_sizes_beyond_64_bits_are_exact(n_in, n_out):
    """NumPy's integers would wrap around in silence; Python's don't."""
    assert total(c.Dense(n_in, n_out)) == n_in * n_out + n_out


def test_numpy_sizes_do_not_wrap_around():
    """A size that comes out of an array is a 64-bit integer until it is made an int."""
    big = np.int64(2**40)

    assert total(c.Dense(big, big)) == 2**80 + 2**40


@QUICK
@given(st.lists(st.integers(1, 30), min_size=2, max_size=6), SIZES)
def test_parts_add_up_to_the_total(widths, rank):
    """Weights + biases + norms = trainable + frozen = total, and shares add up to one."""
    layers = [[c.Dense(a, b), c.LayerNorm(b)] for a, b in itertools.pairwise(widths)]
    table = c.count_parameters([c.LoRA(layers[0], rank=rank, only=["W"]), *layers[1:]])

    assert table.weights + table.biases + table.norms == table.total
    assert table.trainable + table.frozen == table.total
    assert sum(map(table.share, table.rows)) == pytest.approx(1, rel=1e-12)


def test_symbols_without_an_order_are_sizes_too():
    """Nobody can say which of two letters is the larger one."""
    a, b = sympy.symbols("a b")

    table = c.count_parameters(c.Dense(a, b))

    assert sympy.expand(table.total - (a * b + b)) == 0
    assert table.rows[0].formula == "a·b + b"


def test_symbols_give_the_formula_of_a_transformer():
    """Chapter 02 derives 12·L·d² + 13·L·d with SymPy from these very functions."""
    d, heads, size, n = sympy.symbols("d h s L", integer=True, positive=True)
    block = c.EncoderBlock(heads * size, heads, 4 * heads * size)

    table = c.count_parameters([c.Repeat(n, block)])

    assert sympy.expand(table.total - n * (12 * d**2 + 13 * d).subs(d, heads * size)) == 0
    assert "L" in str(table)


# --- layers of layers, and shapes -------------------------------------------------------------


def test_a_shortcut_adds_nothing_and_a_projection_its_own():
    """A residual block is its path, and the shortcut's convolution if it has one."""
    path = [c.Conv(4, 8, 3, stride=2, padding=1), c.BatchNorm(8)]
    shortcut = [c.Conv(4, 8, 1, stride=2, bias=False)]

    table = c.count_parameters(c.Add(path, shortcut), input=(4, 10, 10))

    assert table.total == (4 * 8 * 9 + 8) + 16 + 4 * 8
    assert [row.number for row in table.rows] == ["0.0.0", "0.0.1", "0.0.1", "0.1.0", "0"]
    assert table.rows[-1].output == (8, 5, 5)


def test_concatenation_adds_up_the_channels():
    """DenseNet puts a layer's maps beside its input."""
    table = c.count_parameters(c.Concat([], [c.Conv(4, 3, 1)]), input=(4, 6, 6))
    unknown = c.count_parameters(c.Concat([], [c.Activation("ReLU")]), input=(None, 6, 6))

    assert table.rows[-1].output == (7, 6, 6)
    assert unknown.rows[-1].output == (None, 6, 6)


@pytest.mark.parametrize("join", [c.Add, c.Concat])
def test_one_branch_alone_is_itself(join):
    """A generated architecture may have a block with a single branch."""
    table = c.count_parameters(join([c.Dense(4, 5)]))

    assert table.total == 25
    assert table.rows[-1].output == (5,)


def test_tied_weights_are_counted_once_and_a_bias_stays():
    """BERT's output shares the embedding but has a bias of its own; MACs are spent twice."""
    table = c.count_parameters([c.Embedding(50, 4), c.Tied(c.Dense(4, 50))], input=(3,))

    assert table.total == 50 * 4 + 50
    assert table.macs == 3 * 4 * 50
    assert total(c.Tied(c.LayerNorm(4))) == 8  # nothing to share, so no owner is missed


def test_frozen_layers_count_but_are_not_trained():
    """Fine-tuning only the last layer trains only that."""
    table = c.count_parameters([c.Frozen(MLP[:-1]), MLP[-1]])

    assert (table.total, table.trainable, table.frozen) == (331, 11, 320)
    assert "11 trainable, 320 frozen" in str(table)


def test_lora_adds_rank_times_both_sizes():
    """rank · (n_in + n_out) for each chosen matrix; everything else is frozen."""
    table = c.count_parameters(c.LoRA(c.EncoderBlock(8, 2, 32), rank=3))

    assert table.trainable == 2 * 3 * (8 + 8)
    assert table.frozen == total(c.EncoderBlock(8, 2, 32))
    assert table.rows[2].matrices == {
        **{"Wq.A": (3, 8), "Wq.B": (3, 8)},
        **{"Wv.A": (3, 8), "Wv.B": (3, 8)},
    }


def test_lora_keeps_no_more_values_than_the_layers_that_it_freezes():
    """Its A·B can be added into the matrix, so the memory of activations stays what it was."""
    block = c.EncoderBlock(8, 2, 32)

    plain, adapted = (
        c.count_parameters(layers, input=(5, 8)) for layers in (block, c.LoRA(block, rank=3))
    )

    assert (adapted.macs, adapted.kept) == (plain.macs, plain.kept)


def test_running_statistics_are_listed_but_are_no_parameters():
    """Keras adds them to the total, PyTorch doesn't: the table shows them apart."""
    table = c.count_parameters(c.BatchNorm(4))

    assert (table.total, table.norms, table.buffers) == (8, 8, 8)
    assert [row.trainable for row in table.rows] == [True, False]
    assert "8 more numbers are kept, not trained" in str(table)


def test_shapes_go_through_a_convolutional_network():
    """Pooling, global pooling, flattening and tokens, each with the shape it should give."""
    layers = [
        *[c.Conv(3, 8, 5, padding=2), c.Pool(2), c.Pool((3, 2), stride=1, padding=1)],
        *[c.Tokens(), c.ClassToken(8), c.Positions(400, 8), c.RelativePositions(32, 2)],
        *[c.FirstToken(), c.Flatten()],
    ]
    table = c.count_parameters(layers, input=(3, 32, 32))
    pooled = c.count_parameters(c.GlobalPool(), input=(3, 32, 32))

    shapes = [(8, 32, 32), (8, 16, 16), (8, 16, 17), (272, 8), (273, 8), (273, 8), (273, 8)]
    assert [row.output for row in table.rows] == [*shapes, (8,), (8,)]
    assert pooled.rows[0].output == (3,)


def test_an_unknown_size_stays_unknown():
    """Without an image size the parameters are known and the MACs are not."""
    layers = [c.Conv(3, 8, 3), c.BatchNorm(8), c.Flatten(), c.Dense(100, 2)]
    tokens = [c.Conv(3, 8, 3), c.Tokens(), c.ClassToken(8)]

    table = c.count_parameters(layers)

    assert table.total == 224 + 16 + 202
    assert table.macs is table.flops is table.kept is None
    assert [row.output for row in table.rows][-2:] == [(None,), (2,)]
    assert c.count_parameters(tokens).rows[-1].output == (None, 8)
    assert "(8, ?, ?)" in str(table)


def test_the_first_definite_layer_says_what_the_input_is():
    """A norm in front of a convolution must not be taken for one in front of a dense layer."""
    dense_layer = [c.BatchNorm(8), c.Activation("ReLU"), c.Conv(8, 4, 1)]
    only_open = c.count_parameters([c.Activation("ReLU")])

    late = [c.Activation("ReLU"), c.Input(5, 7), c.Dense(7, 2)]

    assert c.count_parameters(dense_layer).rows[-1].output == (4, None, None)
    assert c.count_parameters(late).rows[0].output == (5, 7)
    assert only_open.rows[0].output == (None,)


def test_another_input_takes_the_place_of_the_described_one():
    """The same model at another context length has other MACs and the same parameters."""
    layers = [c.Input(512), c.Embedding(50, 4, positions=512), c.Dense(4, 50)]

    short, long = (c.count_parameters(layers, input=(t,)) for t in (16, 32))

    assert short.total == long.total
    assert 2 * short.macs == long.macs


# --- a live network ---------------------------------------------------------------------------


def network(*layers):
    """Return a live network."""
    return nn.Network(list(layers), loss=nn.MSE(), seed=0, dtype=np.float32)


LIVE = {
    "mlp": (
        [nn.Dense(20, 10), nn.ReLU(), nn.Dense(10, 10), nn.ReLU(), nn.Dense(10, 1)],
        MLP,
    ),
    "norms": (
        [nn.Dense(3, 4, bias=False), nn.BatchNorm(4), nn.LayerNorm(4), nn.Dropout(0.1)],
        [c.Dense(3, 4, bias=False), c.BatchNorm(4), c.LayerNorm(4), c.Activation("Dropout")],
    ),
    "residual": (
        [nn.Dense(3, 4), nn.Residual(nn.Dense(4, 6), nn.Tanh(), nn.Dense(6, 4)), nn.Dense(4, 1)],
        [
            c.Dense(3, 4),
            c.Add([c.Dense(4, 6), c.Activation("Tanh"), c.Dense(6, 4)], []),
            c.Dense(4, 1),
        ],
    ),
}


@pytest.mark.parametrize("name", LIVE)
def test_a_live_network_and_its_description_agree(name):
    """Row by row: numbers, shapes, formulas, sums, MACs, kept values."""
    live, described = LIVE[name]

    table, other = c.count_parameters(network(*live)), c.count_parameters(described)

    same = [row._replace(layer="", matrices={}) for row in table.rows]
    assert same == [row._replace(layer="", matrices={}) for row in other.rows]
    assert [r.layer for r in table.rows if r.parameters] == [
        r.layer for r in other.rows if r.parameters
    ]


def test_a_live_network_shows_each_array():
    """Name, shape, formula, count and bytes of every parameter, adding up to theta."""
    net = network(nn.Dense(3, 4), nn.BatchNorm(4))

    table = c.count_parameters(net)

    assert table.parameters.records == [
        ("dense1.W", (3, 4), "3·4", 12, 48),
        ("dense1.b", (4,), "4", 4, 16),
        ("batchnorm1.gamma", (4,), "4", 4, 16),
        ("batchnorm1.beta", (4,), "4", 4, 16),
    ]
    assert table.total == net.theta.size
    assert table.buffers == net.buffers.size
    assert table.weights == net.weight_mask.sum()
    assert "96 bytes of float32" in str(table)
    assert table._repr_html_().count("<table>") == 2
    assert json.loads(table.to_json())["arrays"][0]["bytes"] == 48


def test_a_layer_that_the_library_does_not_know_is_counted_from_its_arrays():
    """A learner's own layer, or container, must not be counted as nothing."""

    class Shift(nn.Layer):
        c = nn.Param()

        def initial(self, rng):
            return {"c": np.zeros(4)}

    class Row(nn.Layer):
        def __init__(self, *layers):
            self.layers = layers

        def leaves(self):
            return list(self.layers)

    table = c.count_parameters(network(nn.Dense(3, 4), Row(nn.ReLU(), Shift())))

    assert (table.total, table.norms) == (20, 4)
    assert table.rows[-1].layer == "Shift()"


# --- printing ---------------------------------------------------------------------------------


def test_html_has_a_caption_and_headings_for_columns_and_rows():
    """A screen reader needs to know which column and row a cell stands in."""
    html = c.count_parameters(c.Model("A <b> model", MLP))._repr_html_()

    assert "<caption>A &lt;b&gt; model</caption>" in html
    assert html.count('<th scope="col">') == 8
    assert html.count('<th scope="row">') == 5
    assert "331 parameters = 310 weights + 21 biases" in html


def test_csv_has_plain_numbers():
    """A spreadsheet must not get 1,234 or 63.4 %."""
    rows = list(csv.DictReader(io.StringIO(c.count_parameters(c.Dense(2000, 10)).to_csv())))

    assert rows[0]["parameters"] == "20010"
    assert rows[0]["share"] == "1.0"
    assert rows[0]["output"] == "(10,)"
    assert rows[0]["MACs"] == "20000"


def test_json_has_the_sums_and_the_rows():
    """What a program reads must be what a reader sees."""
    text = c.count_parameters([*MLP, c.BatchNorm(1)]).to_json()
    data = json.loads(text)

    assert "20·10 + 10" in text
    assert (data["total"], data["weights"], data["macs"], data["buffers"]) == (333, 310, 310, 2)
    assert data["rows"][0] == {
        **{"number": "0", "layer": "Dense(20 -> 10)", "output": [10], "formula": "20·10 + 10"},
        **{"parameters": 210, "trainable": True, "macs": 200, "share": 210 / 333},
    }
    assert data["rows"][-1]["buffers"] == 2


def test_a_note_and_a_name_stand_with_the_table():
    """Where published totals differ, the reader must see why beside the number."""
    text = repr(c.count_parameters(c.Model("My model", MLP, "a source", "Others say 330.")))
    plain = c.Model("My model", MLP)

    assert plain.source == plain.note == ""
    assert text.splitlines()[0] == "My model"
    assert text.splitlines()[-1] == "Others say 330."


def test_a_table_without_a_note_ends_with_its_sums():
    """An empty last line would stand under every table."""
    rows = c.count_parameters(c.Dense(2, 1)).rows

    assert c.Table("mine", rows).notes[-1] == "2 MACs = 4 FLOPs for one example, forward"


def test_a_model_without_parameters_has_no_shares():
    """Nothing divided by nothing must not be an error."""
    table = c.count_parameters(c.Activation("ReLU"))

    assert table.total == 0
    assert table.share(table.rows[0]) == 0
    assert "0 parameters = 0" in str(table)


def test_a_grid_prints_ranges_and_open_shapes():
    """Shapes in messages: any number of dimensions, a range of lengths, an unknown size."""
    grid = Grid("", ["shape", "yes"], [((..., 3), True), ((range(1, 5), None), False)], [])
    text = str(grid)

    assert repr(grid) == text
    assert "(…, 3)" in text
    assert "(1..4, ?)" in text


# --- memory and work --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("optimizer", "precision", "bytes_each"),
    [
        ("sgd", "fp32", 4 + 4),
        ("momentum", "fp32", 4 + 4 + 4),
        ("adagrad", "fp32", 4 + 4 + 4),
        ("rmsprop", "fp32", 4 + 4 + 4),
        ("adam", "fp32", 4 + 4 + 4 + 4),
        ("adamw", "fp32", 4 + 4 + 4 + 4),
        ("sgd", "bf16-mixed", 2 + 2 + 4),
        ("adam", "bf16-mixed", 2 + 2 + 4 + 4 + 4),
        ("adam", "fp64", 8 * 4),
        (None, "fp32", 4),
        (None, "bf16-mixed", 2),
    ],
)
def test_memory_of_each_optimizer_and_precision(optimizer, precision, bytes_each):
    """16 bytes a parameter for mixed-precision Adam is the number asked for in interviews."""
    need = c.memory(1_000_003, optimizer, precision)

    assert need.total == bytes_each * 1_000_003


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (7 * 10**9, "7.0 GB"),
        (2 * 10**12, "2.0 TB"),
        (10**19, "10,000.0 PB"),
    ],
)
def test_bytes_are_also_said_in_a_unit_that_can_be_read_out(size, text):
    """A gigabyte here is 10^9 bytes, as on the box; 2^30 would be a GiB."""
    records = c.Memory("", {"weights": (size, "")}).records

    assert records[-1] == ("total", "", size, text)


def test_only_trained_parameters_have_gradients_and_state():
    """LoRA's point: frozen weights take their 2 bytes and nothing more."""
    table = c.count_parameters([c.Frozen(c.Dense(20, 10)), c.BatchNorm(10)])

    need = c.memory(table, "adam", "bf16-mixed")

    assert (need.weights, need.gradients) == (2 * 230, 2 * 20)
    assert (need.master, need.state) == (4 * 20, 8 * 20)
    assert need.buffers == 4 * 20
    assert need.total == 460 + 40 + 80 + 160 + 80


def test_activations_are_every_output_once_for_each_example():
    """10 + 10 + 10 + 10 + 1 values of 4 bytes for each of 32 examples."""
    need = c.memory(MLP, "sgd", "fp32", batch=32)

    assert need.activations == 32 * 41 * 4
    assert need.total == 331 * 8 + need.activations
    assert "32·41·4" in str(need)


def test_training_costs_six_flops_a_parameter_and_token_and_inference_two():
    """Forward 2·N, backward twice that."""
    table = c.count_parameters(MLP)

    assert c.inference_flops(1000) == 2000
    assert c.training_flops(1000, tokens=7) == 6 * 1000 * 7
    assert c.inference_flops(MLP) == c.inference_flops(table) == 662
    assert c.training_flops(table, tokens=7) == 6 * 331 * 7


# --- bad input --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: c.Dense(0, 3), "Dense: n_in must be a whole number of at least 1, got 0"),
        (lambda: c.Dense(3, 2.5), "Dense: n_out must be a whole number of at least 1, got 2.5"),
        (lambda: c.Dense(True, 2), "got True"),
        (lambda: c.Conv(3, 8, 3, padding=-1), "padding must be a whole number of at least 0"),
        (lambda: c.Conv(3, 8, (3, 0)), "Conv: kernel must be a whole number"),
        (lambda: c.Conv(3, 8, 3, stride=(1, 1, 1)), "must have a number for each axis"),
        (lambda: c.Conv(6, 8, 3, groups=3), "groups=3 must divide n_in=6 and n_out=8"),
        (lambda: c.Pool(0), "Pool: kernel must be a whole number"),
        (lambda: c.Attention(10, 3), "heads=3 must divide d=10, or pass head_dim"),
        (lambda: c.Attention(12, 4, kv_heads=3), "kv_heads=3 must divide heads=4"),
        (lambda: c.Attention(12, 4, bias="qkx"), "some of 'qkvo', got 'qkx'"),
        (lambda: c.Attention(12, 4, bias=2), "some of 'qkvo', got 2"),
        (lambda: c.MixtureOfExperts(4, 8, 2, 3), "active=3 is more than experts=2"),
        (lambda: c.Repeat(0, c.Dense(1, 1)), "Repeat: n must be a whole number"),
        (lambda: c.Input(3, 0), "Input: size 1 must be a whole number"),
        (lambda: c.LoRA(c.Dense(2, 2), rank=0), "LoRA: rank must be a whole number"),
        (lambda: c.count_parameters([]), "got no layers"),
        (lambda: c.count_parameters([nn.Dense(2, 2)]), ": put live layers into a Network"),
        (lambda: c.count_parameters(331), "expected a Network or layers described"),
        (lambda: c.memory(5, "lion"), "optimizer must be one of"),
        (lambda: c.memory(5, "adam", "int8"), "precision must be one of"),
        (lambda: c.memory(5, batch=-1), "batch must be a whole number of at least 0"),
        (lambda: c.memory(5, batch=2), "activations need the layers and their input shape"),
        (lambda: c.memory(c.Conv(1, 1, 1), batch=2), "activations need the layers"),
    ],
)
def test_bad_sizes_are_refused_in_words(make, message):
    """Each message says what came and what was wanted."""
    with pytest.raises(ValueError, match=re.escape(message)):
        make()


@pytest.mark.parametrize(
    ("layers", "shape", "message"),
    [
        (
            [c.Dense(20, 10), c.Dense(11, 1)],
            None,
            "layer 1, Dense(11 -> 1), takes (…, 11), got (10,): change",
        ),
        (
            [c.Conv(3, 8, 3), c.Conv(4, 8, 3)],
            (3, 9, 9),
            "layer 1, Conv(4 -> 8, 3×3), takes (4, ?, ?), got (8, 7, 7)",
        ),
        (
            [c.Conv(3, 8, 3, groups=1), c.Dense(8, 2)],
            (3, 9, 9),
            "layer 1, Dense(8 -> 2), takes (…, 8), got (8, 7, 7)",
        ),
        ([c.BatchNorm(4)], (5, 4), "layer 0, BatchNorm(4), takes (4, …), got (5, 4)"),
        ([c.Dense(3, 2)], (), "layer 0, Dense(3 -> 2), takes (…, 3), got ()"),
        (
            [c.Embedding(9, 4, positions=8)],
            (9,),
            "takes (1..8,), got (9,)",
        ),
        (
            [c.Conv(1, 1, 5)],
            (1, 9, 3),
            "layer 0, Conv(1 -> 1, 5×5), would turn (1, 9, 3) into (1, 5, -1): "
            "the window is larger than its input; pad more or pool less",
        ),
        (
            [c.Repeat(2, c.Dense(4, 4), c.Dense(4, 5))],
            None,
            "layer 0, Repeat(2), must keep the shape, but turns (4,) into (5,)",
        ),
        (
            [c.Repeat(2, c.Repeat(2, c.Dense(4, 4), c.Dense(5, 4)))],
            None,
            "layer 0.0.1, Dense(5 -> 4), takes (…, 5), got (4,)",
        ),
        ([c.Add([c.Dense(4, 5)], [])], None, "layer 0, Add, joins branches of shape (5,) and (4,)"),
        (
            [c.Concat([c.Conv(1, 2, 3)], [])],
            (1, 9, 9),
            "layer 0, Concat, joins branches of shape (?, 7, 7) and (?, 9, 9)",
        ),
        (
            [c.Input(7, 6), c.Dense(6, 6), c.Input(5, 8), c.Attention(8, 2, memory=8)],
            None,
            "layer 3, Attention(8, 2 heads, cross), takes a memory of (?, 8), got (7, 6)",
        ),
        (
            [c.Embedding(50, 4), c.Tied(c.Dense(4, 49))],
            None,
            "layer 1, Dense(4 -> 49), tied, shares a weight of 196, but no layer before it "
            "has one of that size: put the owner first",
        ),
        (
            [c.LoRA(c.Dense(4, 4), c.LayerNorm(4), rank=2)],
            None,
            "layer 0, LoRA, found none of ['Wq', 'Wv']: choose from ['W']",
        ),
    ],
)
def test_a_mismatch_names_the_layer_and_both_shapes(layers, shape, message):
    """Which layer, what it takes, what it got: without these three nobody finds the mistake."""
    with pytest.raises(ValueError, match=re.escape(message)):
        c.count_parameters(layers, input=shape)


def test_every_public_name_is_there():
    """`from nnlib.count import *` gives what the list says; a forgotten formula isn't offered."""
    formulas = {name for name, thing in vars(c).items() if callable(thing) and name[0].isupper()}

    assert set(c.__all__) <= vars(c).keys()
    assert formulas - {"Any", "Callable", "Shape", "Sizes", "Walk"} <= set(c.__all__)
