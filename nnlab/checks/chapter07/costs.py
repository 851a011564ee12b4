"""What a backward pass costs: multiplications, and memory."""

from __future__ import annotations

from nnlab.checks.spec import Exercise

# predict_cost


def products_counted():
    """Per example: 784·512 + 512·256 + 256·10 forwards; as many for the dW; without the first
    layer's 784·512 for the dx of the others.
    """
    forward = 401_408 + 131_072 + 2_560
    return {"forward": forward, "training": forward + 133_632, "with_dX": 2 * forward}


def way_back_is_as_long_as_the_way_there():
    """You have the way back cost what the way there did. At each layer two products stand against
    one: xᵀ dz for the weights, and dz Wᵀ for the layer before.
    """
    return {"forward": 535_040, "training": 535_040, "with_dX": 535_040}


def nobody_needs_the_hidden_dx():
    """In training you counted the products for dW only. Layers 3 and 2 also hand dz Wᵀ on to the
    layers before them: 256·10 + 512·256 more. Only the first layer's can be left out.
    """
    return products_counted() | {"training": 535_040}


def twice_is_always_twice():
    """Twice the forward pass is the rule of thumb for deep networks. Here training leaves the first
    layer's dX out, and that layer is the largest: subtract 784·512.
    """
    return products_counted() | {"training": 1_070_080}


def biases_are_multiplied():
    """You counted parameters. A bias is added, not multiplied: take the 778 biases out."""
    return {"forward": 535_818, "training": 669_450, "with_dX": 1_071_636}


def additions_are_counted_too():
    """Yours is exactly twice as much: you counted additions too (FLOPs). Here a multiplication and
    its addition count as one.
    """
    return {name: 2 * number for name, number in products_counted().items()}


def every_weight_needs_a_forward_pass():
    """That is the cost of finite differences, a forward pass for each weight. Backprop gets all
    weights from one sweep, with two matrix products a layer.
    """
    return {"forward": 535_040, "training": 535_040**2, "with_dX": 535_040**2}


predict_cost = Exercise(
    id="predict_cost",
    kind="predict",
    difficulty=2,
    minutes=5,
    oracle=products_counted,
    mistakes=(
        way_back_is_as_long_as_the_way_there,
        nobody_needs_the_hidden_dx,
        twice_is_always_twice,
        biases_are_multiplied,
        additions_are_counted_too,
        every_weight_needs_a_forward_pass,
    ),
    hints=(
        "x W with x (1, n_in) takes n_in · n_out multiplications. How many take xᵀ dz and dz Wᵀ?",
        "All three products of a layer cost the same, n_in · n_out. Which of them does each of the "
        "three layers need?",
        "training: three products for the dW, and dz Wᵀ of layers 3 and 2. with_dX: layer 1's too.",
    ),
    insight="Backward ≈ 2 × forward, a step ≈ 3 ×; with FLOPs (2 a product) that is 6 N a token.\n"
    "The first layer's input gradient, here 25 % of a step, is computed only when asked for.",
    rtol=0.0,
    atol=0.5,
)

# predict_kept

NAMES = ("X", "W1", "b1", "z1", "a1", "W2", "b2", "z2", "p")


def keeping(*kept):
    """Return True for these names and False for the others."""
    return {name: name in kept for name in NAMES}


def read_off_the_backward_pass():
    """dz2 = p - y; dW2 = a1ᵀ dz2; dz1 = dz2 W2ᵀ (1 - a1²); dW1 = Xᵀ dz1; db by sums."""
    return keeping("p", "a1", "W2", "X")


def everything_is_needed():
    """You kept W1, b1, z1, b2 and z2 as well. Write the five lines of the backward pass down, and
    cross out what appears in none.
    """
    return keeping(*NAMES)


def slope_is_computed_from_z():
    """z1 need not be kept: the slope of a tanh follows from its output, 1 - a1², and a1 is there
    for dW2 anyway. The same goes for a sigmoid and a ReLU.
    """
    return keeping("p", "z1", "a1", "W2", "X")


def each_layer_needs_its_weights():
    """W1 isn't needed: it would carry the gradient on to X, and nobody asked for ∂L/∂X."""
    return keeping("p", "a1", "W1", "W2", "X")


def bias_acts_on_the_way_back():
    """The biases aren't needed: z = a W + b has slope 1 in b and W in a, and b is in neither."""
    return keeping("p", "a1", "W2", "X", "b1", "b2")


def weights_are_enough():
    """You kept the parameters and let the activations go. dW = (what came in)ᵀ dz: without X and
    a1 there is no gradient for W1 and W2.
    """
    return keeping("p", "W1", "b1", "W2", "b2")


def layers_keep_what_they_computed():
    """You kept z1 and z2, and let a1 and p go. But dW2 = a1ᵀ dz2 and p - y would have to be
    computed from them again; the outputs serve as they are, and the slopes follow from them too.
    """
    return keeping("X", "z1", "W2", "z2")


def inputs_are_enough():
    """W2 is needed: it carries the gradient back to the hidden layer, da1 = dz2 W2ᵀ."""
    return keeping("X", "a1", "p")


def input_is_only_data():
    """X is needed: dW1 = Xᵀ dz1. The input counts among the activations that are kept."""
    return keeping("p", "a1", "W2")


def loss_needs_the_logits():
    """z2 need not be kept when p is: p - y is all that the loss sends back."""
    return keeping("p", "z2", "a1", "W2", "X")


predict_kept = Exercise(
    id="predict_kept",
    kind="predict",
    difficulty=2,
    minutes=5,
    oracle=read_off_the_backward_pass,
    mistakes=(
        everything_is_needed,
        slope_is_computed_from_z,
        each_layer_needs_its_weights,
        bias_acts_on_the_way_back,
        weights_are_enough,
        layers_keep_what_they_computed,
        inputs_are_enough,
        input_is_only_data,
        loss_needs_the_logits,
    ),
    hints=(
        "Write down the backward pass: dz2, dW2, db2, dz1, dW1, db1. What stands on the right?",
        "The slope of the tanh can be written with z1 or with a1. One of them is there anyway.",
        "db1 and db2 are sums of dz. dz2 W2ᵀ goes back to the hidden layer, and nothing goes back "
        "to X.",
    ),
    insight="Kept: each layer's input, the weights that carry the gradient on, and p. Biases: "
    "never.\n"
    "So training's memory grows with batch × depth; recomputing (checkpointing) trades it for "
    "time.",
)

# kept_bytes


def bytes_by_hand():
    """64 · (784 + 512 + 256 + 10) numbers of 4 bytes; (535,040 + 778) parameters of 4 bytes."""
    return {"activations": 399_872, "parameters": 2_143_272}


def input_takes_no_memory():
    """You left the batch X out: 784 numbers an example. dW1 = Xᵀ dz1 needs it, so it is kept, and
    here it is half of all.
    """
    return bytes_by_hand() | {"activations": 199_168}


def one_example_is_kept_at_a_time():
    """Your activations are those of one example. The whole batch goes forwards before it comes
    back, so all 64 are kept.
    """
    return bytes_by_hand() | {"activations": 6_248}


def z_and_a_take_a_place_each():
    """You kept z and a of the hidden layers. The gate of a ReLU can be read off a, so one array is
    enough.
    """
    return bytes_by_hand() | {"activations": 399_872 + 64 * (512 + 256) * 4}


def numbers_have_eight_bytes():
    """Yours is twice as much: float64 has 8 bytes. Here everything is float32, 4 bytes each."""
    return {name: 2 * number for name, number in bytes_by_hand().items()}


def biases_do_not_count():
    """Your parameters lack the biases: 512 + 256 + 10 more numbers."""
    return bytes_by_hand() | {"parameters": 2_140_160}


kept_bytes = Exercise(
    id="kept_bytes",
    kind="compute",
    difficulty=2,
    minutes=4,
    oracle=bytes_by_hand,
    mistakes=(
        input_takes_no_memory,
        one_example_is_kept_at_a_time,
        z_and_a_take_a_place_each,
        numbers_have_eight_bytes,
        biases_do_not_count,
    ),
    hints=(
        "Activations: for one example, which vectors are kept, and how long are they?",
        "784 + 512 + 256 + 10 numbers an example. Times the batch, times the bytes of a float32.",
        "Parameters: 784·512 + 512 + 512·256 + 256 + 256·10 + 10, each of 4 bytes.",
    ),
    insight="Parameters cost the same at any batch size; activations grow with it, and with "
    "depth.\n"
    "Here they meet at a batch of 343. Convolutions and long sequences meet far earlier.",
    rtol=0.0,
    atol=0.5,
)
