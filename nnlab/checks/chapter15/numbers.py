"""What to expect before and after: first losses, a floor, causes behind logs, rounded numbers."""

from __future__ import annotations

import math
import struct
from fractions import Fraction

import numpy as np

from nnlab.checks.spec import Exercise

# first_losses


def losses_of_a_hundred():
    """Add up the losses of a hundred examples, one by one."""
    ten = [-math.log(1 / 10) for _ in range(100)]
    again = [math.exp(1 / 10) / sum(math.exp(1 / 10) for _ in range(10)) for _ in range(100)]
    rare = [-math.log(0.01)] + [-math.log(1 - 0.01)] * 99
    targets = [-1.0, 1.0] * 50  # mean 0, deviation 1
    return {
        "ten_classes": sum(ten) / 100,
        "softmax_twice": sum(-math.log(p) for p in again) / 100,
        "summed": sum(ten[:32]),
        "rare": sum(rare) / 100,
        "rare_at_zero": sum(-math.log(1 / 2) for _ in rare) / 100,
        "regression": sum((0 - y) ** 2 for y in targets) / 100,
    }


def floor_is_where_it_starts():
    """1.461 is where softmax twice *ends* at best. Two softmaxes of equal logits are uniform still:
    it starts as it should.
    """
    return losses_of_a_hundred() | {"softmax_twice": math.log(1 + 9 / math.e)}


def sum_is_a_mean():
    """`summed` is a sum over the batch: 32 times the mean."""
    return losses_of_a_hundred() | {"summed": math.log(10)}


def share_matters_at_zero_logits():
    """With logits 0 each example costs ln 2, whatever its label: p is ½ for all."""
    found = losses_of_a_hundred()
    return found | {"rare_at_zero": found["rare"]}


def rare_answers_cost_a_coin():
    """With p = 0.01 everywhere 99 of 100 examples cost next to nothing: it is the entropy of the
    share, not ln 2.
    """
    return losses_of_a_hundred() | {"rare": math.log(2)}


def only_the_rare_ones_cost():
    """The 99 others have a loss too, −ln 0.99 each: together nearly a fifth of it."""
    return losses_of_a_hundred() | {"rare": -0.01 * math.log(0.01)}


def bits_are_the_unit():
    """These are bits, with log₂. Losses are in nats: the natural logarithm."""
    found = {name: loss / math.log(2) for name, loss in losses_of_a_hundred().items()}
    return found | {"regression": 1.0}


def squared_error_has_a_half():
    """Here MSE is the mean of the squares, without ½: the variance of the targets."""
    return losses_of_a_hundred() | {"regression": 0.5}


def zero_output_costs_nothing():
    """Outputs of 0 are right for targets of 0 only. The mean of y² of standardised targets is 1."""
    return losses_of_a_hundred() | {"regression": 0.0}


first_losses = Exercise(
    id="first_losses",
    kind="compute",
    difficulty=1,
    minutes=4,
    oracle=losses_of_a_hundred,
    mistakes=(
        floor_is_where_it_starts,
        sum_is_a_mean,
        share_matters_at_zero_logits,
        rare_answers_cost_a_coin,
        only_the_rare_ones_cost,
        bits_are_the_unit,
        squared_error_has_a_half,
        zero_output_costs_nothing,
    ),
    hints=(
        "Which probability does each example's true class get? The loss is the mean of −ln of it.",
        "Softmax of equal logits gives 1/10 to each; softmax of ten equal probabilities, too.",
        "ln 10, ln 10, 32 ln 10, −0.01 ln 0.01 − 0.99 ln 0.99, ln 2, and the variance.",
    ),
    insight="Expected first loss: ln k; ln 2; the entropy of the share once the bias is set; the "
    "variance.\nA sum shows by its factor m; a second softmax does not show at all.",
    rtol=0.001,
)

# symptoms

CAUSES = {
    "a": "softmax twice",
    "b": "labels off by one",
    "c": "never zeroed",
    "d": "target in the features",
    "e": "rate too low",
    "f": "batch norm at test",
}
CHOICES = (
    "batch norm at test",
    "dead units",
    "exploding start",
    "labels off by one",
    "never zeroed",
    "over-fitting",
    "rate too high",
    "rate too low",
    "shuffled without labels",
    "softmax twice",
    "target in the features",
    "zero weights",
)


def runs_behind_the_letters():
    """Look up which bug was planted in the run of each letter."""
    return dict(CAUSES)


def slow_learning_is_a_low_rate():
    """`a` is not slow because of its rate: its steps are of a usual size, and the loss stays above
    1.461, a number that you know.
    """
    return CAUSES | {"a": "rate too low"}


def far_below_chance_is_over_fitting():
    """In `b` validation is far *below* chance. Over-fitting goes down to a tenth, not below."""
    return CAUSES | {"b": "over-fitting"}


def torn_pairs_can_be_learnt_so_well():
    """In `b` the training loss is small and the digits are learnt: with torn pairs ten epochs would
    leave it near ln 10.
    """
    return CAUSES | {"b": "shuffled without labels"}


def growing_loss_is_a_high_rate():
    """The first step of `c` is of a usual size, and its loss falls at first. What grows is the
    gradient, from step to step.
    """
    return CAUSES | {"c": "rate too high"}


def later_data_show_over_fitting():
    """In `d` validation is perfect, and later data are not. Over-fitting shows in validation too:
    the two differ in something else.
    """
    return CAUSES | {"d": "over-fitting"}


def constant_loss_is_zero_weights():
    """`e` begins above ln 10: with weights that are all 0 it would be ln 10 exactly. Look at the
    size of its first step.
    """
    return CAUSES | {"e": "zero weights"}


def standing_still_is_dead():
    """In `e` the norms are as large as in a healthy run: dead units have none. Look at the size of
    the step.
    """
    return CAUSES | {"e": "dead units"}


def poor_validation_is_over_fitting():
    """In `f` later data are judged well by the same weights. Only the validation rows, which come
    class by class, are not.
    """
    return CAUSES | {"f": "over-fitting"}


symptoms = Exercise(
    id="symptoms",
    kind="predict",
    difficulty=2,
    minutes=6,
    oracle=runs_behind_the_letters,
    choices=CHOICES,
    mistakes=(
        slow_learning_is_a_low_rate,
        far_below_chance_is_over_fitting,
        torn_pairs_can_be_learnt_so_well,
        growing_loss_is_a_high_rate,
        later_data_show_over_fitting,
        constant_loss_is_zero_weights,
        standing_still_is_dead,
        poor_validation_is_over_fitting,
    ),
    hints=(
        "First column by column: which first loss is far from chance? Which first step far from "
        "0.01?",
        "Then compare the three scores. What would chance be, and which two scores should be "
        "alike?",
        "`a` stays above 1.461, though its step is no tiny one; `b` is below chance; the norms of "
        "`c` grow; `d` is too good; the steps of `e` are tiny; `f` differs only where rows come "
        "sorted.",
    ),
    insight="First loss, size of a step, norms, and three scores: six numbers name most causes.\n"
    "Say a cause together with the test that would prove you wrong.",
)

# softmax_floor


def classes():
    """Return the symbol for the number of classes."""
    import sympy as sp

    return sp.Symbol("k", positive=True)


def second_softmax_at_a_certain_truth():
    """−ln of the second softmax at p = (1, 0, …, 0), the sum written out as two terms."""
    import sympy as sp

    return -sp.Integer(1) + sp.log(sp.exp(1) + (classes() - 1) * sp.exp(0))


def floor_is_zero():
    """That is the floor of *one* softmax, whose logits may grow. Here what enters the second one
    lies between 0 and 1.
    """
    import sympy as sp

    return sp.Integer(0)


def floor_is_the_first_loss():
    """ln k is where it starts, with all probabilities equal. A network that is sure gets lower."""
    import sympy as sp

    return sp.log(classes())


def truth_term_is_forgotten():
    """That is the log of the sum alone. The loss is −p_y + log of the sum, and p_y is 1."""
    import sympy as sp

    return sp.log(sp.E + classes() - 1)


def true_class_counts_twice():
    """There are k − 1 other classes, not k: the true one stands in the sum already."""
    import sympy as sp

    return sp.log(1 + classes() / sp.E)


def sign_of_the_exponent():
    """The others weigh e⁰/e¹ = 1/e beside the true class, not e."""
    import sympy as sp

    return sp.log(1 + (classes() - 1) * sp.E)


def probability_is_the_loss():
    """That is the probability of the true class after the second softmax. The loss is −ln of it."""
    import sympy as sp

    return sp.E / (sp.E + classes() - 1)


softmax_floor = Exercise(
    id="softmax_floor",
    kind="derive",
    difficulty=2,
    minutes=5,
    oracle=second_softmax_at_a_certain_truth,
    mistakes=(
        floor_is_zero,
        floor_is_the_first_loss,
        truth_term_is_forgotten,
        true_class_counts_twice,
        sign_of_the_exponent,
        probability_is_the_loss,
    ),
    hints=(
        "What is the best that the first softmax can hand on? Which numbers are these?",
        "Take p = (1, 0, …, 0) for logits: softmax gives e/(e + k − 1) to the true class.",
        "−ln of that: ln((e + k − 1)/e).",
    ),
    insight="Softmax twice: the loss can't fall below ln(1 + (k − 1)/e), 1.461 for ten classes.\n"
    "The gradient flattens too: the second softmax sees logits between 0 and 1 only.",
    bounds=(("k", 2, 40),),
)

# round_to_bf16


def value_cases(rng):
    """Ties of both kinds, both signs, small and large, and numbers without a pattern."""
    yield (np.array([1.0, 1 + 2**-8, 1 + 3 * 2**-8, -(1 + 2**-8), 257.0, 259.0, -0.1, 0.0]),)
    yield (np.array([1000.5, -3.3e-5, 1e30, 0.999, 1 - 2**-10, 1 + 2**-8 + 2**-20]),)
    yield (rng.normal(size=7) * 10.0 ** rng.integers(-12, 12, 7),)


def rounded_by_fractions(values):
    """Take each number apart into sign, power of two and a fraction, and round that to 8 bits."""
    found = []
    for value in values:
        (single,) = struct.unpack("f", struct.pack("f", float(value)))
        exact = Fraction(single)
        if exact == 0:
            found.append(0.0)
            continue
        power = math.frexp(single)[1] - 8  # 8 significant bits: steps of 2^power
        found.append(float(round(exact / Fraction(2) ** power) * Fraction(2) ** power))
    return np.array(found)


def with_bits(values, change):
    """Change the 32 bits of each number and cut the lower half off."""
    bits = change(np.asarray(values, dtype=np.float32).view(np.uint32))
    return (bits & np.uint32(0xFFFF0000)).view(np.float32).astype(float)


def cutting_is_rounding(values):
    """You cut the lower half off. That goes towards 0 every time: a mean of many such numbers is
    too small. Add half of a step first.
    """
    return with_bits(values, lambda bits: bits)


def ties_go_up(values):
    """Right but for ties: 1 + 2⁻⁸ lies in the middle, and goes to the neighbour whose last bit is
    0. You took the larger one.
    """
    return with_bits(values, lambda bits: bits + np.uint32(0x8000))


def ties_go_down(values):
    """Right but for ties: 1 + 3 · 2⁻⁸ lies in the middle, and goes to the neighbour whose last bit
    is 0. You took the smaller one.
    """
    return with_bits(values, lambda bits: bits + np.uint32(0x7FFF))


def hidden_bit_counts(values):
    """One bit too few is left: seven stand in the fraction, and the leading 1 is not stored."""
    bits = np.asarray(values, dtype=np.float32).view(np.uint32)
    bits = bits + np.uint32(0xFFFF) + ((bits >> np.uint32(17)) & np.uint32(1))
    return (bits & np.uint32(0xFFFE0000)).view(np.float32).astype(float)


def half_is_half(values):
    """That is float16: ten bits of fraction and a range up to 65504. bfloat16 has seven, and
    float32's range.
    """
    with np.errstate(over="ignore"):
        return np.asarray(values).astype(np.float16).astype(float)


def decimals_are_rounded(values):
    """You rounded to decimals. A float's steps are powers of two, and grow with the number."""
    return np.round(np.asarray(values, dtype=float), 2)


round_to_bf16 = Exercise(
    id="round_to_bf16",
    kind="code",
    difficulty=3,
    minutes=8,
    cases=value_cases,
    oracle=rounded_by_fractions,
    mistakes=(
        cutting_is_rounding,
        ties_go_up,
        ties_go_down,
        hidden_bit_counts,
        half_is_half,
        decimals_are_rounded,
    ),
    hints=(
        "np.asarray(values, dtype=np.float32).view(np.uint32) shows the bits; bfloat16 is the "
        "upper 16 of them.",
        "Adding 0x8000 and cutting rounds to nearest, ties upwards. For a tie the last bit that "
        "stays has to become 0.",
        "Add 0x7FFF plus that last bit, (bits >> 16) & 1; then & 0xFFFF0000, .view(np.float32), "
        ".astype(float).",
    ),
    insight="bfloat16: float32's range, 8 significant bits, steps of 1/128 from 1 to 2.\n"
    "An update below 1/512 of a weight is lost; so master weights stay in float32.",
    rtol=1e-12,
    atol=0,
)
