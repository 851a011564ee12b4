"""Chapter 01, the training goal: the exercises of solutions/01_training_goal.ipynb, in order.

Truth comes from sums worked out by hand, from integer logic, and from what the words mean.
"""

from __future__ import annotations

import numpy as np

from nnlab.checks.spec import Exercise

# loss_by_hand


def losses_worked_out():
    """(0 + 0 + 1)/3; (1/4 + 0 + 1/4)/3; the mean is 10/3, so (16 + 1 + 25)/9/3."""
    return {"first": 1 / 3, "second": 1 / 6, "constant": 14 / 9}


def loss_is_a_sum():
    """You added the squares up and didn't divide. The course's loss is a *mean* over the three
    examples, so that it doesn't grow with their number.
    """
    return {name: 3 * loss for name, loss in losses_worked_out().items()}


def squares_have_a_half():
    """Yours are half of it. Some books put a ½ in front, to cancel the 2 of the derivative; here
    the mean squared error has none.
    """
    return {name: loss / 2 for name, loss in losses_worked_out().items()}


def error_is_a_distance():
    """You took the distances without squaring them: the mean *absolute* error. Here it is the
    squares, so that one large miss weighs more than two small ones.
    """
    return {"first": 1 / 3, "second": 1 / 3, "constant": 10 / 9}


def loss_has_the_units_of_y():
    """You took the root. That is the RMSE, a number to report; the loss is the mean square."""
    return {name: loss**0.5 for name, loss in losses_worked_out().items()}


def two_of_three_are_free():
    """You divided by m − 1, as for an unbiased variance. A loss is divided by the number of
    examples, here 3.
    """
    return {name: 1.5 * loss for name, loss in losses_worked_out().items()}


def best_constant_is_the_median():
    """Your constant is the median, 3. It minimises the absolute error; the squared error is lowest
    at the *mean*, 10/3.
    """
    return losses_worked_out() | {"constant": 5 / 3}


def constant_is_its_own_loss():
    """For the constant you gave the constant itself, 10/3. Asked is its loss, as for the other two:
    the mean of its three squared differences.
    """
    return losses_worked_out() | {"constant": 10 / 3}


def best_constant_is_zero():
    """Your constant predicts 0. With w = 0 the bias is still free: best is the mean of y."""
    return losses_worked_out() | {"constant": 38 / 3}


def bias_stays_at_one():
    """Your constant predicts 1, the bias of the first setting. Here b is free: the best one is the
    mean of y, 10/3.
    """
    return losses_worked_out() | {"constant": 7.0}


def best_constant_is_the_middle():
    """Your constant lies half-way between 2 and 5. The squares are lowest at the *mean* of all
    three, 10/3.
    """
    return losses_worked_out() | {"constant": 19 / 12}


def one_decimal_will_do():
    """Rounded too far: two decimals are checked. Hand in the fractions, Python divides."""
    return {"first": 0.3, "second": 0.2, "constant": 1.6}


loss_by_hand = Exercise(
    id="loss_by_hand",
    kind="compute",
    difficulty=1,
    minutes=5,
    oracle=losses_worked_out,
    mistakes=(
        loss_is_a_sum,
        squares_have_a_half,
        error_is_a_distance,
        loss_has_the_units_of_y,
        two_of_three_are_free,
        best_constant_is_the_median,
        constant_is_its_own_loss,
        best_constant_is_zero,
        bias_stays_at_one,
        best_constant_is_the_middle,
        one_decimal_will_do,
    ),
    hints=(
        "For each setting write down three predictions, three differences, three squares. Then?",
        "The mean of the three squares. For the constant: which number is nearest to 2, 3 and 5, "
        "in the sense of squares?",
        "first: (0 + 0 + 1)/3. second: (¼ + 0 + ¼)/3. constant: 10/3 for all three.",
    ),
    insight="Training compares settings by one number: the mean loss over the examples.\n"
    "The best constant is the baseline; a model that doesn't beat it has learned nothing.",
    rtol=0.0,
    atol=0.006,
)

# whose_number

ROLES = ("parameter", "hyper-parameter", "neither")


def said_by_who_sets_it():
    """Set by training: a parameter. Set by a person: a hyper-parameter. Computed: neither."""
    return {
        "weight": "parameter",
        "output_bias": "parameter",
        "learning_rate": "hyper-parameter",
        "hidden_units": "hyper-parameter",
        "activation_function": "hyper-parameter",
        "epochs": "hyper-parameter",
        "hidden_output": "neither",
        "gradient": "neither",
    }


def learning_rate_is_learned():
    """The learning rate is chosen before training. No gradient of the loss is taken for it: it
    says how far each step goes.
    """
    return said_by_who_sets_it() | {"learning_rate": "parameter"}


def bias_is_a_setting():
    """A bias is a parameter like a weight: it has a gradient, and every step moves it."""
    return said_by_who_sets_it() | {"output_bias": "hyper-parameter"}


def architecture_is_trained():
    """Width and activation are part of the design. Training sets the numbers inside it, and can't
    add a unit.
    """
    designed = {"hidden_units": "parameter", "activation_function": "parameter"}
    return said_by_who_sets_it() | designed


def what_changes_is_a_parameter():
    """A unit's output and a gradient change in training, but nobody sets them: they are computed
    anew from the data and the parameters.
    """
    computed = {"hidden_output": "parameter", "gradient": "parameter"}
    return said_by_who_sets_it() | computed


def gradient_is_a_parameter():
    """There is a gradient *for* each parameter, of the same shape. It is computed at every step,
    used, and thrown away.
    """
    return said_by_who_sets_it() | {"gradient": "parameter"}


def only_numbers_are_chosen():
    """The activation function is no number, and still a choice that somebody made before training:
    a hyper-parameter.
    """
    return said_by_who_sets_it() | {"activation_function": "neither"}


def epochs_are_counted_by_training():
    """Training goes through the data, but how often was decided before: `epochs` is set by a
    person, even where early stopping may end it sooner.
    """
    return said_by_who_sets_it() | {"epochs": "neither"}


def epochs_are_trained():
    """No update changes the number of epochs. It is chosen before training starts."""
    return said_by_who_sets_it() | {"epochs": "parameter"}


def width_is_trained():
    """The number of units is part of the design. Training sets the weights of these units, and
    can't add one.
    """
    return said_by_who_sets_it() | {"hidden_units": "parameter"}


def activation_is_trained():
    """Which activation stands there was chosen before training. ReLU and tanh have no number in
    them that an update could move.
    """
    return said_by_who_sets_it() | {"activation_function": "parameter"}


def output_of_a_unit_is_a_parameter():
    """A hidden unit's output is computed from the example and the weights: it is another number for
    every example, and nothing stores it as trained.
    """
    return said_by_who_sets_it() | {"hidden_output": "parameter"}


def gradient_is_a_setting():
    """Nobody chooses a gradient. It is computed at every step from the data and the parameters."""
    return said_by_who_sets_it() | {"gradient": "hyper-parameter"}


def learning_rate_is_no_part_of_the_network():
    """The learning rate is no part of the network, but a person sets it: that is what makes a
    hyper-parameter.
    """
    return said_by_who_sets_it() | {"learning_rate": "neither"}


whose_number = Exercise(
    id="whose_number",
    kind="predict",
    difficulty=1,
    minutes=3,
    oracle=said_by_who_sets_it,
    choices=ROLES,
    mistakes=(
        learning_rate_is_learned,
        bias_is_a_setting,
        architecture_is_trained,
        what_changes_is_a_parameter,
        gradient_is_a_parameter,
        only_numbers_are_chosen,
        epochs_are_counted_by_training,
        epochs_are_trained,
        width_is_trained,
        activation_is_trained,
        output_of_a_unit_is_a_parameter,
        gradient_is_a_setting,
        learning_rate_is_no_part_of_the_network,
    ),
    hints=(
        "Who sets it: the optimizer, a person, or nobody, because it is computed?",
        "Set by the optimizer are only numbers that the update changes: θ in θ − η·g.",
        "Two parameters, four hyper-parameters, two that are neither.",
    ),
    insight="Parameters are what the update changes; hyper-parameters are what you choose for it.\n"
    "So hyper-parameters are compared on validation data: the training loss can't choose them.",
)

# collapse


def matrices():
    """Return three weight matrices and three biases, as SymPy's matrix symbols."""
    import sympy as sp

    weights = [sp.MatrixSymbol(f"W{i}", 3, 3) for i in (1, 2, 3)]
    return weights, [sp.MatrixSymbol(f"b{i}", 1, 3) for i in (1, 2, 3)]


def layers_put_into_each_other():
    """((x W1 + b1) W2 + b2) W3 + b3, multiplied out."""
    (W1, W2, W3), (b1, b2, b3) = matrices()
    return W1 * W2 * W3, b1 * W2 * W3 + b2 * W3 + b3


def last_layer_stands_first():
    """Your W is in the order W3 W2 W1, which belongs to the convention z = Wx. Here examples are
    rows: x goes through W1 first, so W1 stands next to x.
    """
    (W1, W2, W3), _ = matrices()
    return W3 * W2 * W1, layers_put_into_each_other()[1]


def biases_add_up():
    """You added the biases. Each goes through the layers after it: b1 through W2 and W3, b2 through
    W3.
    """
    _, (b1, b2, b3) = matrices()
    return layers_put_into_each_other()[0], b1 + b2 + b3


def bias_goes_through_one_layer():
    """Your b1 goes through W2 only. Layer 3 multiplies all that comes to it, b1 W2 too."""
    (_, W2, W3), (b1, b2, b3) = matrices()
    return layers_put_into_each_other()[0], b1 * W2 + b2 * W3 + b3


def only_the_last_bias_is_left():
    """You kept b3 alone. At x = 0 the first layer still puts out b1, and it goes on from there."""
    _, (_, _, b3) = matrices()
    return layers_put_into_each_other()[0], b3


def weights_add_up():
    """You added the matrices. Layers are applied one after the other: that multiplies them."""
    (W1, W2, W3), _ = matrices()
    return W1 + W2 + W3, layers_put_into_each_other()[1]


def first_bias_is_lost():
    """Your W is right, and b lacks b1: it goes through W2 and W3, like all of layer 1's output."""
    (_, _, W3), (_, b2, b3) = matrices()
    return layers_put_into_each_other()[0], b2 * W3 + b3


def second_bias_is_lost():
    """Your W is right, and b lacks b2: layer 2 adds it, and layer 3 multiplies it by W3."""
    (_, W2, W3), (b1, _, b3) = matrices()
    return layers_put_into_each_other()[0], b1 * W2 * W3 + b3


def last_bias_is_lost():
    """Your W is right, and b lacks b3: the last layer adds it, and nothing multiplies it."""
    (_, W2, W3), (b1, b2, _) = matrices()
    return layers_put_into_each_other()[0], b1 * W2 * W3 + b2 * W3


def bias_meets_the_last_layer_first():
    """In b you multiplied b1 by W3 before W2. It goes through layer 2 first: b1 W2 W3. Matrices
    don't change places.
    """
    (_, W2, W3), (b1, b2, b3) = matrices()
    return layers_put_into_each_other()[0], b1 * W3 * W2 + b2 * W3 + b3


def columns_are_the_convention():
    """Yours is the transpose, as for the convention z = Wx. Here examples are rows: x stands left
    of W, and nothing is transposed.
    """
    W, b = layers_put_into_each_other()
    return W.T, b


collapse = Exercise(
    id="collapse",
    kind="derive",
    difficulty=2,
    minutes=6,
    oracle=layers_put_into_each_other,
    returns=("W", "b"),
    mistakes=(
        last_layer_stands_first,
        biases_add_up,
        bias_goes_through_one_layer,
        only_the_last_bias_is_left,
        weights_add_up,
        first_bias_is_lost,
        second_bias_is_lost,
        last_bias_is_lost,
        bias_meets_the_last_layer_first,
        columns_are_the_convention,
    ),
    hints=(
        "Put the first layer into the second, and the second into the third. Multiply out.",
        "(x W1 + b1) W2 + b2 = x W1 W2 + b1 W2 + b2. Once more with W3 and b3. Matrices keep "
        "their order.",
        "W is what stands behind x: W1·W2·W3. b is the rest, three terms.",
    ),
    insight="Linear layers in a row are one linear layer: the non-linearity is what depth is for.\n"
    "What may change is training, and the rank: a narrow middle layer limits W.",
)

# xor_weights

CORNERS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])


def corner_cases(rng):
    """All four corners, some of them, one alone."""
    yield (CORNERS,)
    yield (CORNERS[[3, 1, 0]],)
    yield (CORNERS[2:3],)


def use_the_weights(answer, corners):
    """(W1, b1, W2, b2 = xor_weights(); the network says 1 where relu(x W1 + b1) W2 + b2 > 0.)"""
    parts = answer()
    shapes = ((2, 2), (2,), (2, 1), (1,))
    if not isinstance(parts, (tuple, list)) or len(parts) != 4:
        raise ValueError("wanted four arrays: W1 (2, 2), b1 (2,), W2 (2, 1), b2 (1,)")
    W1, b1, W2, b2 = (np.asarray(part, dtype=float) for part in parts)
    for name, part, shape in zip(("W1", "b1", "W2", "b2"), (W1, b1, W2, b2), shapes, strict=True):
        if part.shape != shape:
            raise ValueError(f"{name} has the shape {part.shape}, wanted {shape}")
    logits = np.maximum(corners @ W1 + b1, 0) @ W2 + b2
    return [int(z > 0) for z in logits[:, 0]]


def exactly_one(corners):
    """Return 1 where one of the two inputs is 1 and the other is 0."""
    return [int(a) ^ int(b) for a, b in corners]


def weights_of(b1, W2, b2):
    """Return a function that gives both units the sum of the inputs, with these biases."""
    return np.ones((2, 2)), np.array(b1, float), np.array(W2, float)[:, None], np.array([b2])


def second_unit_takes_one_away():
    """Your network says OR: at (1, 1) it still says 1. One unit must be on only there, as
    relu(x₁ + x₂ − 1) is, and take away more than the other one gives: with −2, not −1.
    """
    return weights_of([0, -1], [1, -1], -0.5)


def both_units_start_at_zero():
    """Your network says 0 everywhere: no logit gets above 0. If your units are the same, one takes
    away all that the other gives; a bias of −1 lets the second start later.
    """
    return weights_of([0, 0], [1, -2], -0.5)


def both_must_be_on():
    """Your network says AND: only (1, 1) gets a 1. XOR is 1 where *exactly one* input is."""
    return weights_of([-1, -1], [1, 1], -0.5)


def equal_inputs_are_one():
    """Your network says 1 where the inputs are equal: that is XNOR. Turn the signs of W2 and b2."""
    return weights_of([0, -1], [-1, 2], 0.5)


def not_both_is_enough():
    """Your network says NAND: (0, 0) gets a 1 as well. It needs a logit of 0 or less there, where
    both units are off: b2 must not be positive.
    """
    return weights_of([-1, -1], [-1, -1], 0.5)


def yes_to_everything():
    """Your network says 1 everywhere: each logit is above 0. Is b2 negative? At (0, 0) and (1, 1)
    it must win.
    """
    return weights_of([0, -1], [1, -2], 0.5)


def first_input_decides():
    """Your network repeats x₁, whatever x₂ is. In x W1 column j of W1 belongs to unit j, row i to
    input i: do both inputs get into a unit?
    """
    return [[1, 0], [0, 0]], [0, 0], [[1], [0]], [-0.5]


def second_input_decides():
    """Your network repeats x₂, whatever x₁ is. In x W1 column j of W1 belongs to unit j, row i to
    input i: do both inputs get into a unit?
    """
    return [[0, 0], [1, 0]], [0, 0], [[1], [0]], [-0.5]


def first_alone_is_enough():
    """Your network says 1 at (1, 0) alone. At (0, 1) exactly one input is 1 as well: that needs a
    unit of its own, or a unit that sees the sum.
    """
    return [[1, 0], [-1, 0]], [0, 0], [[1], [0]], [-0.5]


def second_alone_is_enough():
    """Your network says 1 at (0, 1) alone. At (1, 0) exactly one input is 1 as well: that needs a
    unit of its own, or a unit that sees the sum.
    """
    return [[-1, 0], [1, 0]], [0, 0], [[1], [0]], [-0.5]


xor_weights = Exercise(
    id="xor_weights",
    kind="code",
    difficulty=2,
    minutes=8,
    cases=corner_cases,
    drive=use_the_weights,
    oracle=exactly_one,
    mistakes=(
        second_unit_takes_one_away,
        both_units_start_at_zero,
        both_must_be_on,
        equal_inputs_are_one,
        not_both_is_enough,
        yes_to_everything,
        first_input_decides,
        second_input_decides,
        first_alone_is_enough,
        second_alone_is_enough,
    ),
    hints=(
        "Let both units look at x₁ + x₂, which is 0, 1 or 2. The logit must be high in the middle.",
        "One unit that grows from 0 on, one that grows from 1 on: relu(s) and relu(s − 1).",
        "relu(s) − 2·relu(s − 1) is 0, 1, 0. Take ½ off. So W1 is all ones, b1 = (0, −1).",
    ),
    insight="No line separates XOR; two ReLU units bend the plane so that one does.\n"
    "That such weights exist says nothing about whether training finds them.",
)
