"""Several paths: they add, and there are many."""

from __future__ import annotations

import cmath
import itertools

import numpy as np

from nnlab.checks.oracles import TINY
from nnlab.checks.spec import Exercise, draw

# two_paths


def path_symbols():
    """Return SymPy's w, x, y, h = tanh(w x) and the error w h - y."""
    import sympy as sp

    w, x, y = sp.symbols("w x y", real=True)
    h = sp.tanh(w * x)
    return w, x, y, h, w * h - y


def paths_by_exponentials():
    """Differentiate with tanh written as (E - 1)/(E + 1), E = e^(2wx), which hides the paths."""
    import sympy as sp

    w, x, y, _, _ = path_symbols()
    E = sp.exp(2 * w * x)
    return ((w * (E - 1) / (E + 1) - y) ** 2).diff(w)


def direct_use_is_all():
    """You have the direct path only. w stands inside h as well: change w, and h = tanh(w x) moves
    too. Add that path.
    """
    *_, h, e = path_symbols()
    return 2 * e * h


def inner_use_is_all():
    """You have the path through h only. In q = w h, w also stands in front: add that path, with the
    slope h.
    """
    w, x, _, h, e = path_symbols()
    return 2 * e * w * x * (1 - h**2)


def paths_multiply():
    """You multiplied the two paths. Along a path slopes are multiplied; the paths themselves are
    added.
    """
    w, x, _, h, e = path_symbols()
    return 2 * e * h * w * x * (1 - h**2)


def inside_needs_no_slope():
    """On the path through h the factor x is missing: the inside of tanh is w x, and its slope by w
    is x.
    """
    w, _, _, h, e = path_symbols()
    return 2 * e * (h + w * (1 - h**2))


def tanh_passes_slopes_on():
    """On the path through h the slope of tanh is missing: 1 - h²."""
    w, x, _, h, e = path_symbols()
    return 2 * e * (h + w * x)


def prediction_is_the_loss():
    """That is the slope of the prediction q. The loss is its squared error: one more link, with the
    slope 2 (q - y).
    """
    w, x, _, h, _ = path_symbols()
    return h + w * x * (1 - h**2)


def square_keeps_its_exponent():
    """Half of what it should be: (q - y)² has the slope 2 (q - y)."""
    w, x, _, h, e = path_symbols()
    return e * (h + w * x * (1 - h**2))


def error_is_truth_minus_prediction():
    """The sign is turned round: (q - y)² has the slope 2 (q - y) by q, and q comes with a plus."""
    w, x, _, h, e = path_symbols()
    return -2 * e * (h + w * x * (1 - h**2))


def weight_in_front_drops_out():
    """On the path through h the factor w is missing: in q = w h the slope by h is w."""
    _, x, _, h, e = path_symbols()
    return 2 * e * (h + x * (1 - h**2))


def tanh_loses_its_square():
    """The slope of tanh is 1 - h², not 1 - h."""
    w, x, _, h, e = path_symbols()
    return 2 * e * (h + w * x * (1 - h))


def tanh_is_a_sigmoid():
    """h (1 - h) is the slope of the sigmoid. That of tanh is 1 - h²."""
    w, x, _, h, e = path_symbols()
    return 2 * e * (h + w * x * h * (1 - h))


def slope_is_taken_at_the_output():
    """You took tanh's slope at h. It is taken at the input w x: 1 - tanh(w x)², which is 1 - h²."""
    import sympy as sp

    w, x, _, h, e = path_symbols()
    return 2 * e * (h + w * x * (1 - sp.tanh(h) ** 2))


def input_is_what_moves():
    """Inside tanh you took w for the slope of w x. That is its slope by x; by w it is x."""
    w, _, _, h, e = path_symbols()
    return 2 * e * (h + w * w * (1 - h**2))


def target_is_the_input():
    """You put x for y. A real autoencoder has y = x; here y is a letter of its own."""
    w, x, y, h, e = path_symbols()
    return (2 * e * (h + w * x * (1 - h**2))).subs(y, x)


def target_drops_out():
    """y is missing: the last link is 2 (q - y), not 2 q."""
    w, x, _, h, _ = path_symbols()
    return 2 * w * h * (h + w * x * (1 - h**2))


two_paths = Exercise(
    id="two_paths",
    kind="derive",
    difficulty=2,
    minutes=6,
    oracle=paths_by_exponentials,
    mistakes=(
        direct_use_is_all,
        inner_use_is_all,
        paths_multiply,
        inside_needs_no_slope,
        tanh_passes_slopes_on,
        prediction_is_the_loss,
        square_keeps_its_exponent,
        error_is_truth_minus_prediction,
        weight_in_front_drops_out,
        tanh_loses_its_square,
        tanh_is_a_sigmoid,
        slope_is_taken_at_the_output,
        input_is_what_moves,
        target_is_the_input,
        target_drops_out,
    ),
    hints=(
        "Draw it: w goes into h = tanh(w x) and into q = w h. Two arrows leave w, so two paths.",
        "Last links, for both paths: 2 (q - y). Direct: h. Through h: w, then 1 - h², then x.",
        "2 (q - y) · (h + w · (1 - h²) · x).",
    ),
    insight="A number that is used twice gets the sum over its uses, whatever lies in between.\n"
    "Multiply along a path, add over the paths: that is the whole chain rule for many variables.",
)


# count_paths


def paths_one_by_one():
    """Name every sequence of units that leads from a start to the output, and count."""
    units = list(itertools.product(range(4), range(5)))
    return {
        "from_input": len(units),
        "from_first_weight": sum(unit == 2 for unit, _ in units),
        "from_second_weight": sum(unit == (2, 3) for unit in units),
        "deep": 10**10,
    }


def layers_add_up():
    """You added the widths. A path chooses one unit in *each* layer, and choices multiply."""
    return {"from_input": 9, "from_first_weight": 5, "from_second_weight": 1, "deep": 100}


def inputs_are_chosen_too():
    """You multiplied by the number of inputs as well. The path starts at one given input."""
    return {"from_input": 60, "from_first_weight": 5, "from_second_weight": 1, "deep": 20 * 10**10}


def weight_leaves_all_units_open():
    """For the weights you count as from an input. A first-layer weight ends at *one* unit of its
    layer: only the units behind it are still to be chosen.
    """
    return {"from_input": 20, "from_first_weight": 20, "from_second_weight": 5, "deep": 10**10}


def paths_are_weights():
    """You counted weights. A path is a sequence of them, and one weight lies on many paths."""
    return {"from_input": 29, "from_first_weight": 25, "from_second_weight": 5, "deep": 1110}


def depth_is_one_less():
    """In the deep network you counted nine choices. The path picks a unit in each of the *ten*
    hidden layers; the first one is still open.
    """
    return paths_one_by_one() | {"deep": 10**9}


def output_is_a_choice_too():
    """In the deep network you counted eleven choices. There is one output, so nothing to choose."""
    return paths_one_by_one() | {"deep": 10**11}


def deep_inputs_are_chosen():
    """In the deep network the path starts at one *given* input: ten choices of ten, no 20."""
    return paths_one_by_one() | {"deep": 20 * 10**10}


def deep_layers_add_up():
    """The small network is right. In the deep one the choices multiply as well: 10 · 10 · …"""
    return paths_one_by_one() | {"deep": 100}


def first_weight_leaves_its_unit_open():
    """A first-layer weight ends at *one* unit of the first hidden layer. Only the unit of the next
    layer is still to be chosen: 5.
    """
    return paths_one_by_one() | {"from_first_weight": 20}


def weight_is_one_path():
    """Behind a first-layer weight the path forks again: its unit is joined to all 5 of the next
    layer.
    """
    return paths_one_by_one() | {"from_first_weight": 1}


def second_weight_leaves_its_unit_open():
    """A second-layer weight ends at *one* of the 5 units, and from there one weight leads to the
    output: a single path.
    """
    return paths_one_by_one() | {"from_second_weight": 5}


def paths_come_from_behind():
    """You counted the paths that lead *to* the second-layer weight as well. Asked is from there on:
    one.
    """
    return paths_one_by_one() | {"from_second_weight": 3}


def all_inputs_count():
    """You counted the paths from all 3 inputs. Asked is one of them: 4 · 5."""
    return paths_one_by_one() | {"from_input": 60}


def widths_add_up_here():
    """You added 4 and 5. Each unit of the first hidden layer leads to each of the second: 4 · 5."""
    return paths_one_by_one() | {"from_input": 9}


count_paths = Exercise(
    id="count_paths",
    kind="compute",
    difficulty=1,
    minutes=4,
    oracle=paths_one_by_one,
    mistakes=(
        layers_add_up,
        inputs_are_chosen_too,
        weight_leaves_all_units_open,
        paths_are_weights,
        depth_is_one_less,
        output_is_a_choice_too,
        deep_inputs_are_chosen,
        deep_layers_add_up,
        first_weight_leaves_its_unit_open,
        weight_is_one_path,
        second_weight_leaves_its_unit_open,
        paths_come_from_behind,
        all_inputs_count,
        widths_add_up_here,
    ),
    hints=(
        "A path picks one unit in every hidden layer. How many ways are there to pick?",
        "From an input: 4 · 5. A first-layer weight has picked its unit in the first hidden layer.",
        "The deep one: ten layers, ten choices in each.",
    ),
    insight="Paths multiply with depth: ten layers of ten units have 10¹⁰ of them, and 100 units.\n"
    "So nobody sums over paths: each node adds what arrives, once, and hands on the total.",
)


# repair_batch


def batch_cases(rng):
    """One example and many; errors of both signs."""
    for m in (1, 3, 5):
        yield draw(rng, m) / 2, draw(rng, m) / 2, float(draw(rng, 1)[0]) / 2, 0.3


def batch_by_complex_step(x, y, w, b):
    """The mean of (tanh(w x + b) - y)², and its slopes by w and by b."""

    def loss(w, b):
        pairs = zip(x.tolist(), y.tolist(), strict=True)
        return sum((cmath.tanh(w * p + b) - q) ** 2 for p, q in pairs) / len(x)

    return loss(w + TINY * 1j, b).imag / TINY, loss(w, b + TINY * 1j).imag / TINY


def each_example(x, y, w, b):
    """Return the shares of every example, (m,) for w and for b."""
    h = np.tanh(w * x + b)
    db = 2 * (h - y) / len(x) * (1 - h**2)
    return db * x, db


def last_example_replaces_the_others(x, y, w, b):
    """Right for one example; for more you return the share of the last one alone. w reaches the
    loss through every example: is something assigned that should be added?
    """
    dw, db = each_example(x, y, w, b)
    return float(dw[-1]), float(db[-1])


def only_the_weight_is_shared(x, y, w, b):
    """dw is right now, db still holds the last example alone. b is shared by all of them too."""
    dw, db = each_example(x, y, w, b)
    return float(dw.sum()), float(db[-1])


def mean_over_examples_was_missing(x, y, w, b):
    """You divided by m once more. The mean stands in the loss, and the line for de has it."""
    dw, db = each_example(x, y, w, b)
    return float(dw.mean()), float(db.mean())


def mean_was_the_bug(x, y, w, b):
    """You took the division by m away. The loss is a mean, and its slope is one too."""
    dw, db = each_example(x, y, w, b)
    return float(dw.sum()) * len(x), float(db.sum()) * len(x)


def tanh_passes_the_error_on(x, y, w, b):
    """The slope of tanh, 1 - h², was lost in the repair: it stood in the line for dz."""
    db = 2 * (np.tanh(w * x + b) - y) / len(x)
    return float((db * x).sum()), float(db.sum())


def examples_multiply(x, y, w, b):
    """You multiplied the examples' shares. They are different paths from w to the loss: paths
    add.
    """
    dw, db = each_example(x, y, w, b)
    return float(dw.prod()), float(db.prod())


def only_the_bias_is_shared(x, y, w, b):
    """db is right now, dw still holds the last example alone. w is shared by all of them too."""
    dw, db = each_example(x, y, w, b)
    return float(dw[-1]), float(db.sum())


def first_example_ends_it(x, y, w, b):
    """You return the share of the first example. Does your return stand inside the loop?"""
    dw, db = each_example(x, y, w, b)
    return float(dw[0]), float(db[0])


def downhill_is_the_slope(x, y, w, b):
    """The signs are turned round. Asked are the slopes; the minus belongs to the update."""
    dw, db = each_example(x, y, w, b)
    return -float(dw.sum()), -float(db.sum())


def bias_meets_the_input(x, y, w, b):
    """Your db carries an x. In w x + b the bias stands alone: its slope is 1."""
    dw, _ = each_example(x, y, w, b)
    return float(dw.sum()), float(dw.sum())


def slopes_are_the_new_parameters(x, y, w, b):
    """You return w and b after a step. Asked are the slopes alone."""
    dw, db = each_example(x, y, w, b)
    return w - float(dw.sum()), b - float(db.sum())


repair_batch = Exercise(
    id="repair_batch",
    kind="debug",
    difficulty=1,
    minutes=4,
    cases=batch_cases,
    oracle=batch_by_complex_step,
    returns=("dw", "db"),
    mistakes=(
        last_example_replaces_the_others,
        only_the_weight_is_shared,
        mean_over_examples_was_missing,
        mean_was_the_bug,
        tanh_passes_the_error_on,
        examples_multiply,
        only_the_bias_is_shared,
        first_example_ends_it,
        downhill_is_the_slope,
        bias_meets_the_input,
        slopes_are_the_new_parameters,
    ),
    hints=(
        "Try it with one example, then with two. When does it go wrong?",
        "Each turn of the loop is one path from w to the loss. What happens to the path before?",
        "Start with dw = db = 0.0, and write += in the loop.",
    ),
    insight="A batch is m paths from one weight to one loss: their slopes add.\n"
    "`=` where `+=` belongs is the classic bug of home-made engines; one example can't see it.",
)
