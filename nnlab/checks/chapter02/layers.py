"""Layers: dense, convolutional, recurrent, and what changes their counts."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from nnlab.checks.chapter02.shared import WHOLE
from nnlab.checks.spec import Exercise

# count_by_hand


def counted_by_hand():
    """12·8 + 8·5 + 5·3 weights; 8 + 5 + 3 biases; 12·3 + 3; 12 + 1."""
    return {
        "weights": 151,
        "biases": 16,
        "total": 167,
        "softmax_regression": 39,
        "logistic_regression": 13,
    }


def biases_are_no_parameters():
    """Your totals have no biases in them. A bias is trained like any weight: each unit after the
    inputs has one, and each of the two regressions has them too.
    """
    totals = {"total": 151, "softmax_regression": 36, "logistic_regression": 12}
    return counted_by_hand() | totals


def regressions_have_no_bias():
    """The network is right. The regressions have a bias for each output as well: 20 features make
    logistic regression 21 parameters, and 12 make 13.
    """
    return counted_by_hand() | {"softmax_regression": 36, "logistic_regression": 12}


def logistic_regression_is_its_features():
    """Your logistic regression has its 12 coefficients alone. With the intercept, its bias, it
    has 13 parameters.
    """
    return counted_by_hand() | {"logistic_regression": 12}


def inputs_have_biases():
    """You gave the 12 inputs a bias each. An input is data, nothing is computed there: biases
    belong to the units that add up, 8 + 5 + 3.
    """
    return counted_by_hand() | {"biases": 28, "total": 179}


def output_needs_no_bias():
    """The output layer is a dense layer like the others: its 3 units have a bias each."""
    return counted_by_hand() | {"biases": 13, "total": 164}


def last_class_is_given():
    """You left out one class, since the probabilities sum to 1. That is how many numbers are
    *identifiable*; the usual layer has a column and a bias for each of the 3 classes.
    """
    smaller = {"weights": 146, "biases": 15, "total": 161, "softmax_regression": 26}
    return counted_by_hand() | smaller


def only_neighbouring_units_are_joined():
    """You added the widths of neighbouring layers. Dense means that *each* unit is joined to each
    unit of the next layer: the widths are multiplied, 12·8.
    """
    return counted_by_hand() | {"weights": 41, "total": 57}


def weights_hold_the_biases():
    """Your weights hold the biases already: 167 is the total. 12·8 + 8·5 + 5·3 are the weights
    alone.
    """
    return counted_by_hand() | {"weights": 167}


def biases_count_twice():
    """Your weights hold the biases already, so your total has them twice. 12·8 + 8·5 + 5·3 are the
    weights alone.
    """
    return counted_by_hand() | {"weights": 167, "total": 183}


def last_layer_is_forgotten():
    """You stopped at the second hidden layer. The output layer, 5 → 3, is dense too."""
    return counted_by_hand() | {"weights": 136, "biases": 13, "total": 149}


def a_layer_has_one_bias():
    """You gave each layer one bias. Each *unit* has its own: 8 + 5 + 3."""
    return counted_by_hand() | {"biases": 3, "total": 154}


def widths_multiply_through():
    """You multiplied all widths together: that counts the *paths* from input to output. Layers add
    up: 12·8 + 8·5 + 5·3.
    """
    return counted_by_hand() | {"weights": 1440, "total": 1456}


def two_classes_need_two_columns():
    """Logistic regression has one logit for yes or no, not one for each: 12 + 1."""
    return counted_by_hand() | {"logistic_regression": 26}


def classes_share_a_bias():
    """In softmax regression each class has a bias of its own: 12·3 + 3."""
    return counted_by_hand() | {"softmax_regression": 37}


count_by_hand = Exercise(
    id="count_by_hand",
    kind="compute",
    difficulty=1,
    minutes=4,
    oracle=counted_by_hand,
    mistakes=(
        biases_are_no_parameters,
        regressions_have_no_bias,
        logistic_regression_is_its_features,
        inputs_have_biases,
        output_needs_no_bias,
        last_class_is_given,
        only_neighbouring_units_are_joined,
        weights_hold_the_biases,
        biases_count_twice,
        last_layer_is_forgotten,
        a_layer_has_one_bias,
        widths_multiply_through,
        two_classes_need_two_columns,
        classes_share_a_bias,
    ),
    hints=(
        "Layer by layer: how many come in, how many go out, and is there a bias for each that "
        "goes out?",
        "A dense layer has n_in · n_out weights and n_out biases. Here: 12 → 8, 8 → 5, 5 → 3.",
        "weights = 96 + 40 + 15. biases = 8 + 5 + 3. Softmax regression is one layer, 12 → 3; "
        "logistic regression is 12 → 1.",
    ),
    insight="(n_in + 1) · n_out a layer: say the weights, then the biases, then the sum.\n"
    "Compare like with like: with biases 331 against 21, without them 310 against 20.",
    **WHOLE,
)

# mlp_count


def sizes_cases(rng):
    """No hidden layer, one, several; wide then narrow, with and without biases."""
    yield [20, 10, 10, 1], True
    yield [7, 3], True
    yield [5, 4, 6, 2], True
    yield [9, 16, 4, 4, 3], False
    yield [1, 8, 1], True


def edges_one_by_one(sizes, bias):
    """Walk over every pair of units in neighbouring layers, and over every unit that adds up."""
    weights = biases = 0
    for layer in range(1, len(sizes)):
        for _ in range(sizes[layer]):
            biases += 1 if bias else 0
            for _ in range(sizes[layer - 1]):
                weights += 1
    return weights, biases


def first_layer_is_a_layer_of_units(sizes, bias):
    """You count a bias for each input. The first size is the number of features, no layer of
    units: biases start at the second size.
    """
    return edges_one_by_one(sizes, bias)[0], sum(sizes) if bias else 0


def biases_are_only_for_hidden_units(sizes, bias):
    """The output layer's biases are missing: it is a dense layer like the others."""
    return edges_one_by_one(sizes, bias)[0], sum(sizes[1:-1]) if bias else 0


def every_layer_has_one_bias(sizes, bias):
    """You count one bias a layer. Each *unit* adds a bias of its own: b has the shape (n_out,)."""
    return edges_one_by_one(sizes, bias)[0], len(sizes) - 1 if bias else 0


def bias_is_always_there(sizes, bias):
    """You never look at `bias`. Where it is False (before a batch norm, or in Llama) the layers
    are x W alone.
    """
    return edges_one_by_one(sizes, True)


def bias_is_a_weight_too(sizes, bias):
    """Your first number holds the biases already, so the sum would have them twice. Weights and
    biases were asked for apart: weight decay, for one, treats them differently.
    """
    weights, biases = edges_one_by_one(sizes, bias)
    return weights + biases, biases


def all_layers_multiply(sizes, bias):
    """You multiplied all widths together: that is the number of *paths* from input to output.
    Layers add up: a weight joins two neighbours and belongs to many paths.
    """
    return int(np.prod(sizes)), edges_one_by_one(sizes, bias)[1]


def biases_belong_to_what_goes_out(sizes, bias):
    """You gave each layer as many biases as it has inputs. A bias belongs to a unit that adds up:
    n_out of them.
    """
    return edges_one_by_one(sizes, bias)[0], sum(sizes[:-1]) if bias else 0


def one_bias_in_all(sizes, bias):
    """You count one bias for the whole network. Each unit after the inputs has one."""
    return edges_one_by_one(sizes, bias)[0], int(bias)


def output_layer_has_no_weights(sizes, bias):
    """Your weights stop before the output layer. The last pair of sizes is a layer too."""
    return edges_one_by_one(sizes[:-1], bias)[0], edges_one_by_one(sizes, bias)[1]


def second_number_is_the_total(sizes, bias):
    """Your second number is the sum of both. Asked are the weights and the biases, apart."""
    weights, biases = edges_one_by_one(sizes, bias)
    return weights, weights + biases


def neighbours_are_added(sizes, bias):
    """You added neighbouring widths. Each unit is joined to each of the next layer: multiply."""
    biases = edges_one_by_one(sizes, bias)[1]
    return sum(a + b for a, b in pairwise(sizes)), biases


mlp_count = Exercise(
    id="mlp_count",
    kind="code",
    difficulty=1,
    minutes=4,
    cases=sizes_cases,
    oracle=edges_one_by_one,
    returns=("weights", "biases"),
    mistakes=(
        first_layer_is_a_layer_of_units,
        biases_are_only_for_hidden_units,
        every_layer_has_one_bias,
        bias_is_always_there,
        bias_is_a_weight_too,
        all_layers_multiply,
        biases_belong_to_what_goes_out,
        one_bias_in_all,
        output_layer_has_no_weights,
        second_number_is_the_total,
        neighbours_are_added,
    ),
    hints=(
        "Which pairs of sizes make a layer?",
        "The pairs are sizes[i], sizes[i + 1]: (n_in, n_out) of each layer.",
        "Weights: the sum of n_in · n_out. Biases: the sum of sizes[1:], or 0.",
    ),
    insight="Two hidden layers of width h on n features: h² + (n + 3)h + 1 for one output.\n"
    "Doubling the width of inner layers makes them four times as large; depth only adds.",
    **WHOLE,
)

# same_count


def what_the_arrays_say():
    """Write each layer's array sizes down, and see which contain the number that changes."""
    return {
        "heads": "same",
        "learned_positions": "more",
        "rotary_positions": "same",
        "stride": "same",
        "flattened_image": "more",
        "fewer_kv_heads": "fewer",
        "gelu": "same",
        "dropout": "same",
        "tied": "fewer",
    }


def more_heads_more_weights():
    """More heads are narrower heads: with d fixed, h heads of d/h make the same d × d matrices."""
    return what_the_arrays_say() | {"heads": "more"}


def longer_inputs_need_more_weights():
    """A longer context costs time and memory, but weights only where there is a *table* of
    positions. Rotary positions are computed: no table, no parameters.
    """
    return what_the_arrays_say() | {"rotary_positions": "more"}


def weights_never_know_the_length():
    """Attention's matrices don't know the length, but GPT-2's *learned* position table has a row
    for each place: 1024 more rows of d.
    """
    return what_the_arrays_say() | {"learned_positions": "same"}


def smaller_maps_have_fewer_weights():
    """A stride makes the output map smaller, not the kernel. After a global pooling the dense
    layer sees one number a channel, whatever the size.
    """
    return what_the_arrays_say() | {"stride": "fewer"}


def convolutional_means_any_size():
    """The convolutions don't know the image's size. A dense layer behind a *flatten* does: it has
    a weight for each position of each channel.
    """
    return what_the_arrays_say() | {"flattened_image": "same"}


def key_heads_are_views():
    """Heads of q share out a fixed width; key and value heads are *removed* here. Wk and Wv shrink
    from d × d to d × d/4.
    """
    return what_the_arrays_say() | {"fewer_kv_heads": "same"}


def dropout_removes_parameters():
    """Dropout sets *activations* to zero, others at every step, in training only. All parameters
    are there before and after.
    """
    return what_the_arrays_say() | {"dropout": "fewer"}


def activations_have_parameters():
    """GELU, like ReLU, is a fixed function of its input. (PReLU would have a slope to train.)"""
    return what_the_arrays_say() | {"gelu": "more"}


def tying_only_saves_memory():
    """Tied, the output matrix *is* the embedding: vocabulary · d numbers less to train."""
    return what_the_arrays_say() | {"tied": "same"}


def narrower_heads_have_fewer_weights():
    """Each head is half as wide, but there are twice as many: Wq, Wk, Wv and Wo stay d × d."""
    return what_the_arrays_say() | {"heads": "fewer"}


def dropout_is_a_layer_with_weights():
    """Dropout has one number, p, and nobody trains it. It adds no array."""
    return what_the_arrays_say() | {"dropout": "more"}


def larger_steps_need_more_weights():
    """The stride says where the kernel is put, not how large it is. After a global pooling the
    dense layer doesn't notice either.
    """
    return what_the_arrays_say() | {"stride": "more"}


same_count = Exercise(
    id="same_count",
    kind="predict",
    difficulty=1,
    minutes=4,
    oracle=what_the_arrays_say,
    choices=("more", "fewer", "same"),
    mistakes=(
        more_heads_more_weights,
        longer_inputs_need_more_weights,
        weights_never_know_the_length,
        smaller_maps_have_fewer_weights,
        convolutional_means_any_size,
        key_heads_are_views,
        dropout_removes_parameters,
        activations_have_parameters,
        tying_only_saves_memory,
        narrower_heads_have_fewer_weights,
        dropout_is_a_layer_with_weights,
        larger_steps_need_more_weights,
    ),
    hints=(
        "For each change: is there an array one of whose sizes is the number that changes?",
        "Two kinds of positions, two kinds of ends of a convolutional network: in each pair one "
        "has an array that knows the size.",
        "More: a longer table, a longer flattened row. Fewer: smaller Wk and Wv, a matrix shared. "
        "The other five change no array.",
    ),
    insight="Ask of every change: which array gets another shape? No array, no change.\n"
    "Length, stride, batch and heads move the work and the activations, not the parameters.",
)

# conv_by_hand


def conv_net_by_hand():
    """16·3·25 + 16; 2·16; 32·16·9 + 32; 32·6·6·10 + 10."""
    return {"conv1": 1216, "batch_norm": 32, "conv2": 4640, "dense": 11530, "total": 17418}


def with_total(**parts):
    """Return the answer with these parts changed, and the total to match."""
    found = conv_net_by_hand() | parts
    return found | {"total": sum(found.values()) - found["total"]}


def kernel_sees_one_channel():
    """Your kernels are flat. A kernel reads *all* channels of its input, so it has n_in · k · k
    weights: 3·5·5 in the first convolution, 16·3·3 in the second.
    """
    return with_total(conv1=16 * 25 + 16, conv2=32 * 9 + 32)


def kernel_channel_has_a_bias():
    """You gave each slice of a kernel a bias. One is added to each *output* map: 16 and 32."""
    return with_total(conv1=1200 + 3 * 16, conv2=4608 + 16 * 32)


def every_position_has_its_own_kernel():
    """You multiplied by the positions of the output. The same kernel is used at all of them: that
    sharing is what a convolution is. Positions count for the multiplications, not for parameters.
    """
    return with_total(conv1=1216 * 28 * 28, conv2=4640 * 12 * 12)


def running_statistics_are_trained():
    """You counted batch norm's running mean and variance. They are measured, not trained: buffers,
    no parameters. Keras adds them to its total as non-trainable, PyTorch doesn't.
    """
    return with_total(batch_norm=64)


def norm_has_a_number_for_each_input():
    """Your batch norm has a gain and a shift for every position. It has one of each for a
    *channel*: 2·16.
    """
    return with_total(batch_norm=2 * 16 * 28 * 28)


def flatten_drops_the_channels():
    """Your dense layer reads 6·6 numbers. Flatten keeps all 32 channels: 32·6·6 = 1152 come in."""
    return with_total(dense=36 * 10 + 10)


def convolution_keeps_the_size():
    """Your dense layer reads 32·8·8, as if the convolutions kept the image's size. Without padding
    a k × k kernel takes k − 1 off: 32 → 28 → 14 → 12 → 6.
    """
    return with_total(dense=32 * 8 * 8 * 10 + 10)


def convolutions_have_no_bias():
    """Your convolutions lack their biases: the table says with bias, one for each output map."""
    return with_total(conv1=1200, conv2=4608)


def every_layer_lacks_its_bias():
    """Your convolutions and your dense layer lack their biases: one for each output map, one for
    each class.
    """
    return with_total(conv1=1200, conv2=4608, dense=11520)


def dense_has_no_bias():
    """Your dense layer lacks its 10 biases: the table says with bias."""
    return with_total(dense=11520)


def colours_come_back():
    """Your second convolution reads 3 channels. The image's colours are gone by then: it reads the
    16 maps of the first.
    """
    return with_total(conv2=32 * 27 + 32)


def one_kernel_is_enough():
    """You counted one kernel for each convolution. Each output map has a kernel of its own: 16 and
    32 of them.
    """
    return with_total(conv1=3 * 25 + 16, conv2=16 * 9 + 32)


def a_convolution_has_one_bias():
    """You gave each convolution one bias. Each output map has its own: 16 and 32."""
    return with_total(conv1=1201, conv2=4609)


def norm_has_only_a_gain():
    """Your batch norm has 16 parameters. Each map has a gain *and* a shift: 2·16."""
    return with_total(batch_norm=16)


def norm_keeps_all_four():
    """Your batch norm has four numbers a map. Gain and shift are trained; the running mean and
    variance are measured: buffers, no parameters.
    """
    return conv_net_by_hand() | {"batch_norm": 64, "total": 17418}


def total_leaves_the_norm_out():
    """Your total leaves batch norm out. Its gain and shift are trained: they belong in it."""
    return conv_net_by_hand() | {"total": 17386}


def last_pooling_is_forgotten():
    """Your dense layer reads 32·12·12: the size before the second pooling, which halves it to 6."""
    return with_total(dense=32 * 12 * 12 * 10 + 10)


def pooling_does_nothing():
    """Your dense layer reads 32·26·26. Each pooling halves the size: 32 → 28 → 14 → 12 → 6."""
    return with_total(dense=32 * 26 * 26 * 10 + 10)


def second_convolution_keeps_the_size():
    """Your dense layer reads 32·7·7, as if the second convolution kept the size. Without padding
    its 3 × 3 kernel takes 2 off: 14 → 12 → 6.
    """
    return with_total(dense=32 * 7 * 7 * 10 + 10)


def dense_reads_one_number_a_map():
    """Your dense layer reads one number a map, as after a global pooling. Flatten keeps all 6·6
    positions of the 32 maps.
    """
    return with_total(dense=32 * 10 + 10)


conv_by_hand = Exercise(
    id="conv_by_hand",
    kind="compute",
    difficulty=2,
    minutes=7,
    oracle=conv_net_by_hand,
    mistakes=(
        kernel_sees_one_channel,
        kernel_channel_has_a_bias,
        every_position_has_its_own_kernel,
        running_statistics_are_trained,
        norm_has_a_number_for_each_input,
        flatten_drops_the_channels,
        convolution_keeps_the_size,
        convolutions_have_no_bias,
        every_layer_lacks_its_bias,
        dense_has_no_bias,
        colours_come_back,
        one_kernel_is_enough,
        a_convolution_has_one_bias,
        norm_has_only_a_gain,
        norm_keeps_all_four,
        total_leaves_the_norm_out,
        last_pooling_is_forgotten,
        pooling_does_nothing,
        second_convolution_keeps_the_size,
        dense_reads_one_number_a_map,
    ),
    hints=(
        "A kernel is a small box: how many channels deep is it, and how many such boxes are there?",
        "Conv: n_out · n_in · k · k + n_out. Batch norm: a gain and a shift for each channel. For "
        "the dense layer follow the size: 32 → 28 → 14 → ...",
        "conv1 = 16·(3·25) + 16, conv2 = 32·(16·9) + 32, dense = (32·6·6)·10 + 10.",
    ),
    insight="A convolution's count knows nothing of the image; the dense layer behind it does.\n"
    "So the few dense layers of old networks hold most parameters: 89 % in VGG-16.",
    **WHOLE,
)

# recurrent_count


def recurrent_cases(rng):
    """Every kind in both libraries; more inputs than units, and fewer."""
    for kind, n_in, hidden in (("RNN", 5, 3), ("LSTM", 32, 64), ("GRU", 4, 9), ("LSTM", 6, 2)):
        for library in ("PyTorch", "Keras"):
            yield kind, n_in, hidden, library


GATES = {"RNN": 1, "LSTM": 4, "GRU": 3}


def arrays_of_the_library(kind, n_in, hidden, library):
    """Make the arrays that the library's documentation lists, and add up their entries."""
    rows = GATES[kind] * hidden
    if library == "PyTorch":  # weight_ih, weight_hh, bias_ih, bias_hh
        shapes = [(rows, n_in), (rows, hidden), (rows,), (rows,)]
    else:  # kernel, recurrent_kernel, bias; GRU's default reset_after=True has two rows of biases
        shapes = [(n_in, rows), (hidden, rows), (2, rows) if kind == "GRU" else (rows,)]
    return sum(np.zeros(shape).size for shape in shapes)


def recurrent(kind, n_in, hidden, vectors):
    """Return the count with so many bias vectors."""
    return GATES[kind] * hidden * (n_in + hidden + vectors)


def paper_is_the_library(kind, n_in, hidden, library):
    """You count one bias vector a gate everywhere, as papers do. PyTorch keeps two, b_ih and b_hh;
    so does Keras in its GRU, whose default is reset_after=True.
    """
    return recurrent(kind, n_in, hidden, 1)


def two_biases_everywhere(kind, n_in, hidden, library):
    """Keras has one bias vector in RNN and LSTM. Only its GRU has two, for compatibility with
    cuDNN; PyTorch has two in all three.
    """
    return recurrent(kind, n_in, hidden, 2)


def keras_has_one_bias(kind, n_in, hidden, library):
    """Right but for Keras' GRU: its default, reset_after=True, needs a bias inside the reset gate's
    product, so it keeps two vectors.
    """
    return recurrent(kind, n_in, hidden, 2 if library == "PyTorch" else 1)


def candidate_is_no_gate(kind, n_in, hidden, library):
    """You counted the gates and forgot the candidate: it has weights of its own. An LSTM has
    3 gates and a candidate, 4 sets; a GRU 2 gates and a candidate, 3 sets.
    """
    sets = {"RNN": 1, "LSTM": 3, "GRU": 2}[kind]
    vectors = 2 if library == "PyTorch" or kind == "GRU" else 1
    return sets * hidden * (n_in + hidden + vectors)


def state_has_no_weights(kind, n_in, hidden, library):
    """The hidden state comes in through weights too: each set has hidden · (n_in + hidden), not
    hidden · n_in.
    """
    vectors = 2 if library == "PyTorch" or kind == "GRU" else 1
    return GATES[kind] * hidden * (n_in + vectors)


def libraries_change_places(kind, n_in, hidden, library):
    """You gave the libraries each other's biases. PyTorch has two vectors a set, b_ih and b_hh;
    Keras one, but for its GRU.
    """
    return recurrent(kind, n_in, hidden, 1 if library == "PyTorch" else 2)


def recurrent_layers_have_no_bias(kind, n_in, hidden, library):
    """The biases are missing: by default both libraries have them, in vectors of length hidden."""
    return recurrent(kind, n_in, hidden, 0)


def only_torch_has_biases(kind, n_in, hidden, library):
    """Keras has biases too, by default: one vector a set, and two in its GRU."""
    return recurrent(kind, n_in, hidden, 2 if library == "PyTorch" else 0)


def all_gates_share_one_set(kind, n_in, hidden, library):
    """You counted one set of weights for each kind. An LSTM has four, a GRU three: each gate and
    the candidate read input and state through weights of their own.
    """
    vectors = 2 if library == "PyTorch" or kind == "GRU" else 1
    return hidden * (n_in + hidden + vectors)


def gates_change_places(kind, n_in, hidden, library):
    """You gave the LSTM three sets and the GRU four. It is the other way round: the GRU is the
    smaller one.
    """
    sets = {"RNN": 1, "LSTM": 3, "GRU": 4}[kind]
    vectors = 2 if library == "PyTorch" or kind == "GRU" else 1
    return sets * hidden * (n_in + hidden + vectors)


def gated_means_four(kind, n_in, hidden, library):
    """You gave the GRU four sets, as an LSTM has. It has three: reset, update and candidate."""
    vectors = 2 if library == "PyTorch" or kind == "GRU" else 1
    return {"RNN": 1, "LSTM": 4, "GRU": 4}[kind] * hidden * (n_in + hidden + vectors)


def a_set_has_one_bias(kind, n_in, hidden, library):
    """Your biases are single numbers. Each set adds a *vector* of length hidden, or two of them."""
    vectors = 2 if library == "PyTorch" or kind == "GRU" else 1
    return GATES[kind] * (hidden * (n_in + hidden) + vectors)


recurrent_count = Exercise(
    id="recurrent_count",
    kind="code",
    difficulty=2,
    minutes=7,
    cases=recurrent_cases,
    oracle=arrays_of_the_library,
    mistakes=(
        paper_is_the_library,
        two_biases_everywhere,
        keras_has_one_bias,
        candidate_is_no_gate,
        state_has_no_weights,
        libraries_change_places,
        recurrent_layers_have_no_bias,
        only_torch_has_biases,
        all_gates_share_one_set,
        gates_change_places,
        gated_means_four,
        a_set_has_one_bias,
    ),
    hints=(
        "One set of weights reads the input and the state. How many sets has each kind?",
        "A set: hidden · (n_in + hidden) weights. RNN 1 set, GRU 3, LSTM 4. Then the biases: how "
        "many vectors of length hidden has each set?",
        "sets · hidden · (n_in + hidden + vectors); vectors is 2 in PyTorch and in Keras' GRU, "
        "else 1.",
    ),
    insight="LSTM 4, GRU 3, plain 1 set of hidden · (n_in + hidden + 1), with one bias vector.\n"
    "PyTorch adds hidden for each set, as cuDNN does; the second vector changes no function.",
    **WHOLE,
)
