"""Chapter 02, counting parameters: the exercises of solutions/02_counting_parameters.ipynb.

Truth is counted, not computed by the formula that is asked for: units and their edges one by one,
arrays that are really made, and sums worked out by hand.
"""

from __future__ import annotations

import numpy as np

from nnlab.checks.spec import Exercise

WHOLE = {"rtol": 0.0, "atol": 0.4}  # whole numbers; what is off by a half is wrong

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


count_by_hand = Exercise(
    id="count_by_hand",
    kind="compute",
    difficulty=1,
    minutes=4,
    oracle=counted_by_hand,
    mistakes=(
        biases_are_no_parameters,
        regressions_have_no_bias,
        inputs_have_biases,
        output_needs_no_bias,
        last_class_is_given,
        only_neighbouring_units_are_joined,
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

# block_count


def symbols(names):
    """Return positive SymPy symbols."""
    import sympy as sp

    return sp.symbols(names, positive=True)


def blocks(
    attention=4, attention_bias=4, matrices=2, feed_bias=True, gains=4, gated=3, shared=True
):
    """Add up both blocks' arrays; the arguments are what the mistakes below change."""
    d, f, r, F = symbols("d f r F")
    feed = matrices * f * d * d + (f * d + d if feed_bias else 0)
    gpt = attention * d * d + attention_bias * d + feed + gains * d
    key_and_value = 2 * d * d / r if shared else 2 * d * d
    return gpt, 2 * d * d + key_and_value + gated * d * F + 2 * d


def every_array_added():
    """Wq Wk Wv Wo and their biases, two matrices of d · fd and their biases, two pairs of norms;
    Wq Wo, Wk Wv of d · d/r, three matrices of d · F, two gains.
    """
    return blocks()


def heads_multiply():
    """You multiplied attention by the number of heads. The heads *share out* the width: h heads of
    d/h columns make one d × d matrix, so h is in no formula.
    """
    d, h = symbols("d h")
    gpt, llama = blocks()
    return gpt + (h - 1) * 4 * d * d, llama


def attention_is_three_matrices():
    """Your GPT block has q, k and v but no output projection: Wo is a d × d matrix with d biases
    too.
    """
    return blocks(attention=3, attention_bias=3)


def biases_do_not_matter():
    """The GPT block lacks its biases: 4d in attention, f·d + d in the feed-forward. They are few,
    and the question says with biases.
    """
    return blocks(attention_bias=0, feed_bias=False)


def one_norm_is_enough():
    """Your GPT block has 2d numbers of LayerNorm. There are two norms, before attention and before
    the feed-forward, and each has a gain *and* a shift: 4d.
    """
    return blocks(gains=2)


def feed_forward_goes_up_only():
    """Your feed-forward has one matrix. It goes up, d → f·d, and comes back down, f·d → d."""
    d, f = symbols("d f")
    return blocks()[0] - f * d * d - d, blocks()[1]


def gate_has_no_matrix():
    """The GPT block is right. A *gated* feed-forward has three matrices, not two: up, gate, down,
    each d · F.
    """
    return blocks(gated=2)


def queries_are_shared_too():
    """In the Llama block you made q or the output smaller as well. With r query heads for each key
    head only Wk and Wv shrink, to d · d/r; Wq and Wo stay d · d.
    """
    d, r, F = symbols("d r F")
    return blocks()[0], 4 * d * d / r + 3 * d * F + 2 * d


def key_heads_change_nothing():
    """Your Llama block has full keys and values. r query heads share one key and value head, so Wk
    and Wv have d · d/r entries each.
    """
    return blocks(shared=False)


block_count = Exercise(
    id="block_count",
    kind="derive",
    difficulty=3,
    minutes=10,
    oracle=every_array_added,
    returns=("gpt", "llama"),
    mistakes=(
        heads_multiply,
        attention_is_three_matrices,
        biases_do_not_matter,
        one_norm_is_enough,
        feed_forward_goes_up_only,
        gate_has_no_matrix,
        queries_are_shared_too,
        key_heads_change_nothing,
    ),
    hints=(
        "List the arrays with their shapes, and multiply each out. How many has attention?",
        "GPT: four d × d matrices and four biases; d × fd and fd × d and their biases; two gains "
        "and two shifts. Llama: which of the four are smaller, and how many matrices has the "
        "gated feed-forward?",
        "gpt = 4d² + 4d + 2f·d² + f·d + d + 4d. llama = 2d² + 2d²/r + 3·d·F + 2d.",
    ),
    insight="With f = 4: 12·d² + 13·d a block, a third of it attention, whatever the heads.\n"
    "Llama 2 7B: r = 1, F ≈ 8/3·d, so three matrices weigh what two did: again 12·d².",
)

# repair_count


def naming_cases(rng):
    """Tied and untied tables, equal shapes, equal numbers, something frozen."""
    bias, E = np.zeros(3), np.array([[0.5, -1.0, 2.0], [1.5, 0.25, -3.0]])
    W = np.array([[1.0, 2.0, 3.0], [-1.0, 0.5, 4.0]])
    yield {"E": E, "W": W, "b": bias, "c": bias.copy(), "out": E}, ["W"], [("out", "E")]
    yield {"E": E, "out": E.copy()}, [], []
    yield {"W1": W, "b1": bias, "W2": E[:1]}, ["W1", "b1"], []
    yield {"in": E, "W": W, "again": W, "more": W}, ["in"], [("again", "W"), ("more", "W")]


def use_the_names(answer, arrays, frozen, tied):
    """(tied: the first name of a pair stands for the very same array as the second.)"""
    arrays = dict(arrays)
    for name, owner in tied:
        arrays[name] = arrays[owner]
    return answer(arrays, frozen)


def numbers_that_can_be_set(arrays, frozen, tied):
    """Count the owners alone: the names that stand for another's array are left out."""
    others = {name for name, _ in tied}
    owners = {name: array for name, array in arrays.items() if name not in others}
    total = sum(len(array.ravel().tolist()) for array in owners.values())
    still = sum(len(owners[name].ravel().tolist()) for name in frozen)
    return total, total - still


def counted(arrays, frozen):
    """Return the sums over a dictionary of arrays."""
    total = sum(array.size for array in arrays.values())
    return total, total - sum(array.size for name, array in arrays.items() if name in frozen)


def every_name_is_an_array(arrays, frozen):
    """Tied arrays are counted once for each name. Two names for one array are one set of numbers
    to train: ask whether they are the same object.
    """
    return counted(arrays, frozen)


def equal_numbers_are_tied(arrays, frozen):
    """You take arrays for tied when they hold equal numbers. Two biases that both start at 0 are
    equal and still two: compare identity, not content.
    """
    kept = {}
    for name, array in arrays.items():
        if not any(np.array_equal(array, other) for other in kept.values()):
            kept[name] = array
    return counted(kept, frozen)


def equal_shapes_are_tied(arrays, frozen):
    """You take arrays for tied when they have one shape. Two layers of the same size are two sets
    of numbers.
    """
    kept = {array.shape: name for name, array in reversed(arrays.items())}
    return counted({name: arrays[name] for name in kept.values()}, frozen)


def tied_arrays_are_free(arrays, frozen):
    """You dropped a tied array altogether. It is trained, once: leave out its second name only."""
    times = [id(array) for array in arrays.values()]
    return counted({n: a for n, a in arrays.items() if times.count(id(a)) == 1}, frozen)


def frozen_is_no_parameter(arrays, frozen):
    """Your total leaves out what is frozen. Frozen parameters are still parameters: they take
    memory and take part in the forward pass; only `trainable` is without them.
    """
    kept = {id(array): name for name, array in reversed(arrays.items())}
    trainable = counted({name: arrays[name] for name in kept.values()}, frozen)[1]
    return trainable, trainable


repair_count = Exercise(
    id="repair_count",
    kind="debug",
    difficulty=2,
    minutes=6,
    cases=naming_cases,
    drive=use_the_names,
    oracle=numbers_that_can_be_set,
    returns=("total", "trainable"),
    mistakes=(
        every_name_is_an_array,
        equal_numbers_are_tied,
        equal_shapes_are_tied,
        tied_arrays_are_free,
        frozen_is_no_parameter,
    ),
    hints=(
        "GPT-2's embedding is also its output matrix: two names. What does the loop do with them?",
        "Python tells objects apart by `is`, or by `id(array)`; equal content proves nothing.",
        "Keep a set of the ids already counted, and pass over an array whose id is in it.",
    ),
    insight="A parameter is a number that can be set, not a name in a file: tied means once.\n"
    "GPT-2 small is 124 million; without tying 163. Freezing changes `trainable`, not `total`.",
    **WHOLE,
)

# memory_by_hand


def gigabytes_by_hand():
    """2 N; (4 + 4) N; (4 + 4 + 8) N; (2 + 2 + 4 + 8) N; 2 N + 16 · 0.02 N₉."""
    return {"inference": 14, "sgd": 56, "adam": 112, "adam_mixed": 112, "lora": 14.32}


def training_holds_only_weights():
    """You counted the weights alone. Training also holds a gradient for each, and Adam two running
    averages.
    """
    return gigabytes_by_hand() | {"sgd": 28, "adam": 28, "adam_mixed": 14, "lora": 14.04}


def gradients_are_used_up_at_once():
    """The gradients are missing: as many numbers as there are trained parameters, kept until the
    step.
    """
    return gigabytes_by_hand() | {"sgd": 28, "adam": 84, "adam_mixed": 98, "lora": 14.28}


def adam_keeps_one_average():
    """Adam keeps *two* running averages, of the gradient and of its square: 8 bytes a parameter,
    not 4.
    """
    return gigabytes_by_hand() | {"adam": 84, "adam_mixed": 84, "lora": 14.24}


def mixed_precision_halves_everything():
    """Only weights and gradients are in 16 bits. Adam's averages and a master copy of the weights
    stay in 32, or small updates would be lost: 2 + 2 + 4 + 8 = 16 bytes, as in fp32.
    """
    return gigabytes_by_hand() | {"adam_mixed": 56, "lora": 14.16}


def updates_fit_into_sixteen_bits():
    """The 32-bit master copy of the weights is missing: 4 more bytes for each trained parameter."""
    return gigabytes_by_hand() | {"adam_mixed": 84, "lora": 14.24}


def lora_trains_everything():
    """Under LoRA the 7 billion are frozen: no gradient, no averages, no master. Only the 20 million
    take 16 bytes each, beside 2 for each frozen weight.
    """
    return gigabytes_by_hand() | {"lora": 112.32}


def frozen_weights_take_no_memory():
    """Frozen weights still take part in the forward pass: their 14 GB stay in memory."""
    return gigabytes_by_hand() | {"lora": 0.32}


memory_by_hand = Exercise(
    id="memory_by_hand",
    kind="compute",
    difficulty=2,
    minutes=6,
    oracle=gigabytes_by_hand,
    mistakes=(
        training_holds_only_weights,
        gradients_are_used_up_at_once,
        adam_keeps_one_average,
        mixed_precision_halves_everything,
        updates_fit_into_sixteen_bits,
        lora_trains_everything,
        frozen_weights_take_no_memory,
    ),
    hints=(
        "For each parameter: weight, gradient, what the optimizer keeps, a master copy. How many "
        "bytes each?",
        "fp32: 4 for the weight, 4 for the gradient, 8 for Adam. Mixed: 2, 2, 8, and 4 for the "
        "master copy.",
        "Bytes a parameter: 2, 8, 16, 16; times 7. LoRA: 2 · 7 + 16 · 0.02.",
    ),
    insight="16 bytes a parameter for Adam, mixed precision or not; 2 to run it: 8 times less.\n"
    "Then come the activations, which grow with the batch; 16-bit ones are half as large.",
    rtol=0.0,
    atol=0.005,
)

# training_cost


def cost_by_hand():
    """6·7e9·2e12 = 8.4e22; / (1024 · 312e12 · 0.4) = 657,000 s = 7.6 days; 2·7e9 a token."""
    return {"zetta": 84.0, "days": 7.6, "giga": 14.0}


def training_is_forward_passes():
    """You counted the forward pass only, 2N a token. The backward pass takes two more products for
    each weight: 6N.
    """
    return {"zetta": 28.0, "days": 2.54, "giga": 14.0}


def backward_costs_one_forward():
    """Your backward pass costs as much as the forward pass. It makes two products for each weight,
    one for dW and one for dx: 2N + 4N.
    """
    return {"zetta": 56.0, "days": 5.07, "giga": 14.0}


def multiply_add_is_one_operation():
    """Yours is half: a multiply and an add are two FLOPs. (Count them as one and you have MACs.)"""
    return {"zetta": 42.0, "days": 3.80, "giga": 7.0}


def peak_is_what_you_get():
    """Your days assume the peak speed. At 40 % utilisation it takes 2.5 times as long: divide by
    0.4 as well.
    """
    return {"zetta": 84.0, "days": 3.04, "giga": 14.0}


def utilisation_saves_time():
    """You multiplied the time by 0.4. A GPU that is idle more than half of the time takes *longer*:
    divide.
    """
    return {"zetta": 84.0, "days": 1.22, "giga": 14.0}


def using_costs_what_training_does():
    """A generated token needs the forward pass only: 2N, not 6N. Nothing goes backward."""
    return cost_by_hand() | {"giga": 42.0}


training_cost = Exercise(
    id="training_cost",
    kind="compute",
    difficulty=2,
    minutes=6,
    oracle=cost_by_hand,
    mistakes=(
        training_is_forward_passes,
        backward_costs_one_forward,
        multiply_add_is_one_operation,
        peak_is_what_you_get,
        utilisation_saves_time,
        using_costs_what_training_does,
    ),
    hints=(
        "For one token each weight is used in how many products, forward and backward?",
        "6·N·D to train, 2·N for a generated token. Seconds = FLOPs / (GPUs · speed · "
        "utilisation), a day has 86,400.",
        "6 · 7e9 · 2e12 = 8.4e22. 1024 · 312e12 · 0.4 = 1.28e17 a second.",
    ),
    insight="6·N·D: 2 forward, 4 backward, each multiply-add being two operations.\n"
    "It leaves out attention's products with the context: say so when contexts are long.",
    rtol=0.0,
    atol=0.06,
)
