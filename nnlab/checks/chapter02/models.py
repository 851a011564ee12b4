"""Models: a transformer block, tied arrays, memory and work."""

from __future__ import annotations

import numpy as np

from nnlab.checks.chapter02.shared import WHOLE
from nnlab.checks.spec import Exercise

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


def feed_forward_is_always_four_wide():
    """Your GPT block has f = 4, as GPT-2 has. Here the feed-forward is f·d wide for any f: leave
    the letter in.
    """
    f = symbols("f")
    return blocks()[0].subs(f, 4), blocks()[1]


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


def four_d_are_missing():
    """Your GPT block lacks 4d. Attention's four matrices have a bias of d each, 4d; the two
    LayerNorms have a gain and a shift each, another 4d.
    """
    return blocks(attention_bias=0)


def one_bias_is_missing():
    """Your GPT block lacks one bias of d. Attention has four of them, its output matrix too; the
    feed-forward has f·d on the way up and d on the way down.
    """
    return blocks(attention_bias=3)


def feed_forward_has_no_bias():
    """Your GPT block's feed-forward lacks its biases: f·d on the way up, d on the way down."""
    return blocks(feed_bias=False)


def way_up_has_no_bias():
    """Your GPT block's feed-forward has one bias of d. The way up, to f·d units, has f·d more."""
    d, f = symbols("d f")
    return blocks()[0] - f * d, blocks()[1]


def norms_have_no_parameters():
    """Your norms have nothing to train. A LayerNorm has a gain and a shift, 2d; an RMSNorm a gain,
    d; and a block has two of them.
    """
    d = symbols("d")
    return blocks(gains=0)[0], blocks()[1] - 2 * d


def rms_norm_has_no_parameters():
    """Your Llama block lacks its two RMSNorms: a gain each, 2d."""
    d = symbols("d")
    return blocks()[0], blocks()[1] - 2 * d


def rms_norm_has_a_shift():
    """Your RMSNorms have a shift. They have a gain only: d each, 2d for the block's two."""
    d = symbols("d")
    return blocks()[0], blocks()[1] + 2 * d


def one_rms_norm_is_enough():
    """Your Llama block has one RMSNorm. There are two, before attention and before the
    feed-forward: 2d.
    """
    d = symbols("d")
    return blocks()[0], blocks()[1] - d


def sharing_multiplies():
    """In your Llama block Wk and Wv grow with r. r query heads *share* a key head, so there are
    fewer of these: d · d/r.
    """
    d, r = symbols("d r")
    return blocks()[0], blocks()[1] - 2 * d * d / r + 2 * d * d * r


def only_keys_are_shared():
    """In your Llama block one of Wk and Wv is still d × d. Keys and values are both shared, so
    each has d · d/r.
    """
    d, r = symbols("d r")
    return blocks()[0], blocks()[1] + d * d - d * d / r


block_count = Exercise(
    id="block_count",
    kind="derive",
    difficulty=3,
    minutes=10,
    oracle=every_array_added,
    returns=("gpt", "llama"),
    mistakes=(
        heads_multiply,
        feed_forward_is_always_four_wide,
        attention_is_three_matrices,
        biases_do_not_matter,
        one_norm_is_enough,
        feed_forward_goes_up_only,
        gate_has_no_matrix,
        queries_are_shared_too,
        key_heads_change_nothing,
        four_d_are_missing,
        one_bias_is_missing,
        feed_forward_has_no_bias,
        way_up_has_no_bias,
        norms_have_no_parameters,
        rms_norm_has_no_parameters,
        rms_norm_has_a_shift,
        one_rms_norm_is_enough,
        sharing_multiplies,
        only_keys_are_shared,
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


def only_the_total_is_mended(arrays, frozen):
    """`trainable` counts a tied array for each of its names. It is one array: count it once."""
    kept = {id(array): name for name, array in reversed(arrays.items())}
    total = counted({name: arrays[name] for name in kept.values()}, frozen)[0]
    return total, counted(arrays, frozen)[1]


def trainable_is_frozen(arrays, frozen):
    """Your second number is what is frozen. Asked is the rest, what is still trained."""
    kept = {id(array): name for name, array in reversed(arrays.items())}
    total, trainable = counted({name: arrays[name] for name in kept.values()}, frozen)
    return total, total - trainable


def length_is_the_number_of_entries(arrays, frozen):
    """You took len(array), the number of rows. All entries count: array.size."""
    kept = {id(array): name for name, array in reversed(arrays.items())}
    rows = {name: len(arrays[name]) for name in kept.values()}
    return sum(rows.values()), sum(n for name, n in rows.items() if name not in frozen)


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
        only_the_total_is_mended,
        trainable_is_frozen,
        length_is_the_number_of_entries,
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


def answer_is_in_bytes():
    """Right in bytes. It was asked for in gigabytes: divide by 10⁹."""
    return {name: 1e9 * size for name, size in gigabytes_by_hand().items()}


def weights_are_always_fp32():
    """Your `inference` has 4 bytes a weight. bf16 has 16 bits: 2 bytes."""
    return gigabytes_by_hand() | {"inference": 28}


def bf16_is_one_byte():
    """Your `inference` has 1 byte a weight, which is int8. bf16 has 16 bits: 2 bytes."""
    return gigabytes_by_hand() | {"inference": 7}


def sgd_keeps_a_velocity():
    """Your `sgd` keeps a velocity. Without momentum there is none: weight and gradient, 4 + 4."""
    return gigabytes_by_hand() | {"sgd": 84}


def sgd_needs_no_gradient():
    """Your `sgd` counts the weights alone. The gradient is as many numbers again: 4 + 4 bytes."""
    return gigabytes_by_hand() | {"sgd": 28}


def fp32_has_a_master_copy():
    """Your `adam` has a master copy. In fp32 the weights themselves are exact enough: 4 + 4 + 8."""
    return gigabytes_by_hand() | {"adam": 140}


def mixed_gradients_are_fp32():
    """You kept the gradients in fp32, as some trainers do. Here weights *and* gradients are in
    bf16: 2 + 2 + 4 + 8.
    """
    return gigabytes_by_hand() | {"adam_mixed": 126, "lora": 14.36}


def mixed_is_cheaper_than_fp32():
    """Your `adam_mixed` lacks 4 bytes a parameter: weight 2, gradient 2, master copy 4, two
    averages in fp32 8.
    """
    return gigabytes_by_hand() | {"adam_mixed": 84}


def lora_keeps_only_its_weights():
    """Your LoRA takes 2 bytes for each of its 20 million. They are trained: 16 bytes each, with
    gradient, master copy and averages.
    """
    return gigabytes_by_hand() | {"lora": 14.04}


def lora_has_no_master_copy():
    """Your LoRA lacks the master copy: its 20 million take 16 bytes each, as in `adam_mixed`."""
    return gigabytes_by_hand() | {"lora": 14.24}


def giga_is_a_power_of_two():
    """You divided by 2³⁰, which gives gibibytes. Here 1 GB = 10⁹ bytes."""
    return {name: 1e9 * size / 2**30 for name, size in gigabytes_by_hand().items()}


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
        answer_is_in_bytes,
        weights_are_always_fp32,
        bf16_is_one_byte,
        sgd_keeps_a_velocity,
        sgd_needs_no_gradient,
        fp32_has_a_master_copy,
        mixed_gradients_are_fp32,
        mixed_is_cheaper_than_fp32,
        lora_keeps_only_its_weights,
        lora_has_no_master_copy,
        giga_is_a_power_of_two,
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


def answer_is_in_flops():
    """Right in FLOPs. They were asked for in units of 10²¹, and of 10⁹ for a token: divide."""
    return cost_by_hand() | {"zetta": 8.4e22, "giga": 1.4e10}


def each_weight_is_used_once():
    """The 6 is missing: each weight costs 2 FLOPs a token forward and 4 backward."""
    return {"zetta": 14.0, "days": 1.27, "giga": 14.0}


def days_are_hours():
    """Right in hours. The time was asked for in days: divide by 24."""
    return cost_by_hand() | {"days": 657_534 / 3600}


def days_are_seconds():
    """Right in seconds. The time was asked for in days: divide by 86,400."""
    return cost_by_hand() | {"days": 657_534.0}


def one_gpu_does_it_all():
    """Your days are those of one GPU. There are 1024 of them: divide."""
    return cost_by_hand() | {"days": 1024 * 657_534 / 86_400}


def zetta_slips_a_power():
    """A power of ten has slipped: 8.4 · 10²² is 84 times 10²¹."""
    return cost_by_hand() | {"zetta": 8.4}


def token_is_one_multiplication():
    """Your `giga` takes one FLOP a weight. A multiply and an add are two: 2N."""
    return cost_by_hand() | {"giga": 7.0}


def token_costs_its_backward_pass():
    """Your `giga` takes 4 FLOPs a weight, as the backward pass does. A generated token needs only
    the forward pass: 2N.
    """
    return cost_by_hand() | {"giga": 28.0}


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
        answer_is_in_flops,
        each_weight_is_used_once,
        days_are_hours,
        days_are_seconds,
        one_gpu_does_it_all,
        zetta_slips_a_power,
        token_is_one_multiplication,
        token_costs_its_backward_pass,
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
