"""On paper: numbers, shapes, expressions, ranges."""

from __future__ import annotations

import numpy as np

from nnlab.checks.spec import Exercise

# forward_by_hand


def pass_by_hand():
    """z1 = (2 + 1 + 0.5, 1 - 2 - 1); a1 = (3.5, 0); z2 = 0.4 · 3.5 - 1; p = 1/(1 + e^-0.4)."""
    return {"z1": np.array([3.5, -2.0]), "a1": np.array([3.5, 0.0]), "z2": 0.4, "p": 0.5987}


def rows_are_units():
    """You read W1 the other way round. Row: from which input; column: to which unit. Unit 1 takes
    its weights from the first *column*, 1 and -1.
    """
    return {"z1": np.array([2.0, -5.0]), "a1": np.array([2.0, 0.0]), "z2": -0.2, "p": 0.4502}


def activation_comes_only_at_the_end():
    """You passed z1 on as it is. Between the layers stands a ReLU: the second unit gives 0."""
    return {"z1": np.array([3.5, -2.0]), "a1": np.array([3.5, -2.0]), "z2": -5.6, "p": 0.0037}


def biases_are_for_training():
    """You left the biases out. They belong to every forward pass: z = xW + b."""
    return {"z1": np.array([3.0, -1.0]), "a1": np.array([3.0, 0.0]), "z2": 1.2, "p": 0.7685}


def hidden_biases_are_left_out():
    """You left the hidden layer's biases out: z1 is (3, -1) + (0.5, -1)."""
    return {"z1": np.array([3.0, -1.0]), "a1": np.array([3.0, 0.0]), "z2": 0.2, "p": 0.5498}


def output_bias_is_left_out():
    """You left the output's bias out: z2 is 1.4 - 1."""
    return pass_by_hand() | {"z2": 1.4, "p": 0.8022}


def bias_is_added_after_the_activation():
    """You added the hidden biases after the ReLU. They belong to the sum: first + b, then the
    activation.
    """
    return {"z1": np.array([3.0, -1.0]), "a1": np.array([3.5, -1.0]), "z2": -2.6, "p": 0.0691}


def sigmoid_is_everywhere():
    """You used the sigmoid in the hidden layer. There stands a ReLU, max(z, 0); the sigmoid is the
    output unit.
    """
    return {
        "z1": np.array([3.5, -2.0]),
        "a1": np.array([0.9707, 0.1192]),
        "z2": -0.2541,
        "p": 0.4368,
    }


def logit_is_the_probability():
    """Your p is the logit. One step is left: p = σ(0.4)."""
    return pass_by_hand() | {"p": 0.4}


forward_by_hand = Exercise(
    id="forward_by_hand",
    kind="compute",
    difficulty=1,
    minutes=5,
    oracle=pass_by_hand,
    mistakes=(
        rows_are_units,
        activation_comes_only_at_the_end,
        biases_are_for_training,
        hidden_biases_are_left_out,
        output_bias_is_left_out,
        bias_is_added_after_the_activation,
        sigmoid_is_everywhere,
        logit_is_the_probability,
    ),
    hints=(
        "Unit 1 of the hidden layer: 2 · 1 + (-1) · (-1) + 0.5.",
        "z1 = (3.5, -2). The ReLU cuts off what is below 0.",
        "z2 = 0.4 · 3.5 + 3 · 0 - 1, and p = 1/(1 + e^-z2).",
    ),
    insight="Sum, bias, activation; then the same again; then the output unit.\n"
    "A unit that ReLU switches off passes nothing on, however large its output weight is.",
    rtol=0.0,
    atol=0.002,
)

# forward_shapes


def shapes_by_the_rule():
    """(16, 8)(8, 5) + (5,) -> (16, 5); (16, 5)(5, 3) + (3,) -> (16, 3)."""
    return {"W1": (8, 5), "b1": (5,), "Z1": (16, 5), "W2": (5, 3), "Z2": (16, 3)}


def columns_are_examples():
    """You gave the shapes of z = Wx + b, with examples as columns. That is consistent, but this
    course has them as rows: Z = XW + b.
    """
    return {"W1": (5, 8), "b1": (5,), "Z1": (5, 16), "W2": (3, 5), "Z2": (3, 16)}


def weights_are_stored_out_first():
    """Your weights are (n_out, n_in), as PyTorch stores them; its layer then transposes. In XW the
    inner numbers have to agree: W1 is (8, 5).
    """
    return shapes_by_the_rule() | {"W1": (5, 8), "W2": (3, 5)}


def each_example_has_a_bias():
    """Your b1 has a row for each example. A bias belongs to a unit and is shared by all examples:
    broadcasting adds the one row to each.
    """
    return shapes_by_the_rule() | {"b1": (16, 5)}


def bias_belongs_to_the_input():
    """Your b1 has an entry for each input. It is added to the sums: one for each *unit*."""
    return shapes_by_the_rule() | {"b1": (8,)}


def batch_belongs_to_the_weights():
    """You put the 16 into W1. Weights don't know the batch: the same network takes 1 example or
    1,000.
    """
    return shapes_by_the_rule() | {"W1": (16, 8)}


def one_example_goes_through():
    """You gave the shapes for one example. The batch keeps its 16 rows all the way."""
    return shapes_by_the_rule() | {"Z1": (1, 5), "Z2": (1, 3)}


forward_shapes = Exercise(
    id="forward_shapes",
    kind="predict",
    difficulty=1,
    minutes=3,
    oracle=shapes_by_the_rule,
    mistakes=(
        columns_are_examples,
        weights_are_stored_out_first,
        each_example_has_a_bias,
        bias_belongs_to_the_input,
        batch_belongs_to_the_weights,
        one_example_goes_through,
    ),
    hints=(
        "X is (16, 8). In XW1 the inner numbers agree, the outer ones remain.",
        "W1 is (8, 5), so Z1 is (16, 5). What does the second layer take, and give?",
    ),
    insight="Parameters have no batch in their shape, activations have it as their first number.\n"
    "Shapes catch many mistakes on a whiteboard: write them under every product.",
    rtol=0.0,
    atol=0.0,
)

# nested_expression


def network_by_matrices():
    """tanh of xW + b for both units, times v, plus c: by SymPy's matrices."""
    import sympy as sp

    x, W, b = (sp.Matrix(m) for m in (symbols(NAMES[0]), symbols(NAMES[1]), symbols(NAMES[2])))
    v, c = sp.Matrix(symbols(NAMES[3])), symbols(NAMES[4])
    z = x.T * W.reshape(2, 2) + b.T
    return (z.applyfunc(sp.tanh) * v)[0] + c


NAMES = ("x1 x2", "w11 w12 w21 w22", "b1 b2", "v1 v2", "c")


def symbols(names):
    """Return real symbols."""
    import sympy as sp

    return sp.symbols(names, real=True)


def network(g, swapped=False, outer=lambda z: z, biases=True):
    """Return the nested expression, changed in one way, for the wrong answers."""
    (x1, x2), (w11, w12, w21, w22) = symbols(NAMES[0]), symbols(NAMES[1])
    (b1, b2), (v1, v2), c = symbols(NAMES[2]), symbols(NAMES[3]), symbols(NAMES[4])
    if swapped:
        w12, w21 = w21, w12
    if not biases:
        b1 = b2 = c = 0
    return outer(g(x1 * w11 + x2 * w21 + b1) * v1 + g(x1 * w12 + x2 * w22 + b2) * v2 + c)


def first_index_is_the_unit():
    """You took w12 as the weight from input 2 to unit 1. The first index is the input it comes
    from: unit 1 gets w11 and w21.
    """
    import sympy as sp

    return network(sp.tanh, swapped=True)


def tanh_ends_every_layer():
    """You put a tanh around the output as well. The logit is the bare sum."""
    import sympy as sp

    return network(sp.tanh, outer=sp.tanh)


def sums_are_enough():
    """There is no tanh in it: that is a linear function of x1 and x2."""
    return network(lambda z: z)


def probability_is_asked_for():
    """You went one step too far: that is the probability, the sigmoid of the logit."""
    import sympy as sp

    return network(sp.tanh, outer=lambda z: 1 / (1 + sp.exp(-z)))


def weights_are_all():
    """The biases b1, b2 and c are missing."""
    import sympy as sp

    return network(sp.tanh, biases=False)


nested_expression = Exercise(
    id="nested_expression",
    kind="derive",
    difficulty=1,
    minutes=5,
    oracle=network_by_matrices,
    returns=("logit",),
    mistakes=(
        first_index_is_the_unit,
        tanh_ends_every_layer,
        sums_are_enough,
        probability_is_asked_for,
        weights_are_all,
    ),
    hints=(
        "Start inside: z1 = x1·w11 + x2·w21 + b1. What is z2?",
        "a1 = tanh(z1), a2 = tanh(z2), and the logit is a1·v1 + a2·v2 + c.",
    ),
    insight="A network is one nested function: output layer outside, input innermost.\n"
    "The chain rule will later open it from the outside in.",
)

# tanh_as_sigmoid


def matched_by_algebra():
    """Solve v tanh(z) + c = u σ(s z) + d at z → -∞, 0 and ∞; s from the slopes at 0."""
    import sympy as sp

    v, c, s, u, d, z = sp.symbols("v c s u d z", real=True)
    ends = sp.solve([sp.Eq(c - v, d), sp.Eq(c + v, u + d)], [u, d], dict=True)[0]
    slope = sp.Eq(v, (u / (1 + sp.exp(-s * z))).diff(z).subs(z, 0).subs(ends))
    return sp.solve(slope, s)[0], ends[u], ends[d]


def factors():
    """Return SymPy, v and c, for the wrong answers."""
    import sympy as sp

    return (sp, *sp.symbols("v c", real=True))


def only_the_output_changes():
    """Your inner factor is 1. tanh has slope 1 at 0, the sigmoid ¼: the input must be stretched
    too.
    """
    sp, v, c = factors()
    return sp.Integer(1), 2 * v, c - v


def range_is_all_that_differs():
    """Your output bias is c. A sigmoid is ½ where tanh is 0: at z = 0 you are v too high."""
    sp, v, c = factors()
    return sp.Integer(2), 2 * v, c


def weight_stays():
    """Your output weight is v. tanh covers a range of 2, the sigmoid one of 1."""
    sp, v, c = factors()
    return sp.Integer(2), v, c - v / 2


def s_is_negative():
    """Your identity holds, since σ(-2z) = 1 - σ(2z). Wanted is the one with s > 0."""
    sp, v, c = factors()
    return sp.Integer(-2), -2 * v, c + v


def way_back_is_asked_for():
    """That is the way back, from a sigmoid to a tanh: σ(z) = ½ tanh(z/2) + ½."""
    sp, v, c = factors()
    return sp.Rational(1, 2), v / 2, c + v / 2


def slope_decides_the_factor():
    """You took 4, from the slopes 1 and ¼. But the output weight doubles too: 2 · 2 · ¼ = 1."""
    sp, v, c = factors()
    return sp.Integer(4), 2 * v, c - v


tanh_as_sigmoid = Exercise(
    id="tanh_as_sigmoid",
    kind="derive",
    difficulty=2,
    minutes=7,
    oracle=matched_by_algebra,
    returns=("s", "u", "d"),
    mistakes=(
        only_the_output_changes,
        range_is_all_that_differs,
        weight_stays,
        s_is_negative,
        way_back_is_asked_for,
        slope_decides_the_factor,
    ),
    hints=(
        "tanh(z) = 2σ(2z) - 1. If you doubt it, write both with e^z.",
        "Put it in: v (2σ(2z) - 1) + c. Sort by what stands before σ and what stands alone.",
    ),
    insight="tanh and sigmoid express the same functions; a change of weights turns one into the "
    "other.\nWhat differs is training: tanh is centred at 0 and has four times the slope there.",
)

# output_ranges


def ranges_by_monotony():
    """σ of [0, ∞), σ of [-1, 1], one number over itself; (1² + 3²)/2 from the best p, 1."""
    return {"relu": (0.5, 1.0), "tanh": (0.2689, 0.7311), "softmax": (1.0, 1.0), "price": 5.0}


def sigmoid_gives_everything():
    """For the ReLU you answered 0 to 1. What comes into the sigmoid is never negative, and
    σ(0) = ½.
    """
    return ranges_by_monotony() | {"relu": (0.0, 1.0)}


def relu_only_cuts_the_lower_half():
    """You have the ReLU's p between 0 and ½. Cut off are the *low* logits: p can't be small."""
    return ranges_by_monotony() | {"relu": (0.0, 0.5)}


def tanh_is_harmless():
    """For the tanh you answered 0 to 1. Its values end at ±1, and σ(±1) is 0.27 and 0.73."""
    return ranges_by_monotony() | {"tanh": (0.0, 1.0)}


def sigmoid_keeps_the_range_of_tanh():
    """For the tanh you gave the range of the tanh itself. After it comes the sigmoid."""
    return ranges_by_monotony() | {"tanh": (-1.0, 1.0)}


def softmax_is_a_sigmoid():
    """For the softmax you answered 0 to 1. It divides each row by its own sum, and a row of one is
    always 1.
    """
    return ranges_by_monotony() | {"softmax": (0.0, 1.0)}


def training_will_stretch_it():
    """For the price you answered 0, as if weights could repair it. No weights take a sigmoid above
    1: the targets 2 and 4 stay 1 and 3 away.
    """
    return ranges_by_monotony() | {"price": 0.0}


def errors_are_not_squared():
    """For the price you took the mean distance. The loss is the mean of its square."""
    return ranges_by_monotony() | {"price": 2.0}


output_ranges = Exercise(
    id="output_ranges",
    kind="predict",
    difficulty=2,
    minutes=5,
    oracle=ranges_by_monotony,
    mistakes=(
        sigmoid_gives_everything,
        relu_only_cuts_the_lower_half,
        tanh_is_harmless,
        sigmoid_keeps_the_range_of_tanh,
        softmax_is_a_sigmoid,
        training_will_stretch_it,
        errors_are_not_squared,
    ),
    hints=(
        "Which numbers can arrive at the sigmoid? It is increasing: look at the two ends.",
        "σ(0) = ½, σ(-1) = 0.27, σ(1) = 0.73. And e^z / e^z?",
        "For the price: the best a sigmoid can do for targets of 2 and 4 is nearly 1 for both.",
    ),
    insight="Two range-limiting units in a row: the first decides what the second can say.\n"
    "Print the smallest and largest output on a batch; a hard wall is the output unit's.",
    rtol=0.0,
    atol=0.006,
)
