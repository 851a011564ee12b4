"""Chapter 06, the chain rule: the exercises of solutions/06_chain_rule.ipynb, in order.

Truth comes from numbers worked out by hand, complex steps, SymPy on another form of the function,
and from counting one by one.
"""

from __future__ import annotations

import cmath
import itertools
import math

import numpy as np

from nnlab.checks.spec import Exercise, draw

TINY = 1e-30  # a complex step so small that its square is nothing

# five_links


def links_worked_out():
    """z = 2, u = 4, v = ¼, q = 2, L = 9; back: 2·(-3), ·8, ·(-1/16), ·4, ·3."""
    return {"dq": -6.0, "dv": -48.0, "du": 3.0, "dz": 12.0, "dw": 36.0}


def all_slopes_are_taken_at_w():
    """You put w = 1 into every slope. Each link's slope is taken where that link stands: 2z at
    z = 2, -1/u² at u = 4.
    """
    return {"dq": -8.0, "dv": -64.0, "du": 64.0, "dz": 128.0, "dw": 384.0}


def links_stand_alone():
    """These are the slopes of the single links. ∂L/∂v, say, is the whole way from v to L: multiply
    by everything that lies between.
    """
    return {"dq": -6.0, "dv": 8.0, "du": -1 / 16, "dz": 4.0, "dw": 3.0}


def slopes_are_added():
    """You added the slopes of the links. Along one path they are multiplied: each link stretches
    what the one before it gave.
    """
    return {"dq": -6.0, "dv": 2.0, "du": 1.9375, "dz": 5.9375, "dw": 8.9375}


def reciprocal_rises():
    """The sign changes at v = 1/u: raise u and 1/u falls, so its slope is -1/u²."""
    return {"dq": -6.0, "dv": -48.0, "du": -3.0, "dz": -12.0, "dw": -36.0}


def first_link_is_free():
    """Only dw is wrong: the slope of z = 3w - 1 by w, which is 3, is missing."""
    return links_worked_out() | {"dw": 12.0}


def square_keeps_its_exponent_to_itself():
    """All are half of what they should be: (q - 5)² has the slope 2 (q - 5)."""
    return {name: value / 2 for name, value in links_worked_out().items()}


five_links = Exercise(
    id="five_links",
    kind="compute",
    difficulty=1,
    minutes=5,
    oracle=links_worked_out,
    mistakes=(
        all_slopes_are_taken_at_w,
        links_stand_alone,
        slopes_are_added,
        reciprocal_rises,
        first_link_is_free,
        square_keeps_its_exponent_to_itself,
    ),
    hints=(
        "Forwards first: z = 2, u = 4, v = 1/4, q = 2, L = 9. Then start at the end.",
        "The links' slopes, from the end: 2 (q - 5) = -6, then 8, -1/u² = -1/16, 2z = 4, and 3.",
        "dq = -6; dv = dq · 8; du = dv · (-1/16); dz = du · 4; dw = dz · 3.",
    ),
    insight="Backwards, each gradient is the one to its right times one local slope.\n"
    "Every slope is taken at the value that the forward pass found there: so those are kept.",
    atol=1e-3,
)

# nested_slope

FUNCTIONS = {
    "square": (lambda t: t * t, lambda t: 2 * t),
    "exp": (lambda t: math.exp(t), lambda t: math.exp(t)),
    "sin": (lambda t: math.sin(t), lambda t: math.cos(t)),
    "tanh": (lambda t: math.tanh(t), lambda t: 1 - math.tanh(t) ** 2),
    "triple": (lambda t: 3 * t, lambda t: 3.0),
}


def chain_cases(rng):
    """One link, two in both orders, and many."""
    yield ["sin"], 1.3
    yield ["square", "sin"], 0.7
    yield ["sin", "square"], 0.7
    yield ["tanh", "triple", "exp"], -0.8
    yield ["triple", "sin", "exp", "tanh", "square"], 0.4


def with_pairs(answer, names, w):
    """(It is called with links and w; links holds for each name, innermost first, the function and
    its slope.)
    """
    return answer([FUNCTIONS[name] for name in names], w)


def nested_by_complex_step(names, w):
    """Send w + ih through the functions of complex numbers."""
    t = w + TINY * 1j
    for name in names:
        t = {"square": lambda t: t * t, "triple": lambda t: 3 * t}.get(
            name, getattr(cmath, name, None)
        )(t)
    return t.imag / TINY


def slopes_all_at_the_start(links, w):
    """You took every slope at w. The second function never sees w: its slope belongs to the place
    where it stands, the first one's output.
    """
    return math.prod(slope(w) for _, slope in links)


def slopes_at_what_comes_out(links, w):
    """You took each slope at the function's output. It belongs to its *input*: move on to the next
    value only after the slope has been taken.
    """
    product = 1.0
    for f, slope in links:
        w = f(w)
        product *= slope(w)
    return product


def last_function_comes_first(links, w):
    """You went through the list from its end. The innermost function stands first, and w goes into
    that one.
    """
    product = 1.0
    for f, slope in reversed(links):
        product *= slope(w)
        w = f(w)
    return product


def slopes_of_a_chain_add(links, w):
    """You added the slopes. Paths add; along one path slopes are multiplied."""
    total = 0.0
    for f, slope in links:
        total += slope(w)
        w = f(w)
    return total


def outermost_slope_is_enough(links, w):
    """You returned the slope of the last function alone. The inner ones stretch as well: multiply
    by theirs.
    """
    for f, _ in links[:-1]:
        w = f(w)
    return links[-1][1](w)


nested_slope = Exercise(
    id="nested_slope",
    kind="code",
    difficulty=1,
    minutes=5,
    cases=chain_cases,
    drive=with_pairs,
    oracle=nested_by_complex_step,
    mistakes=(
        slopes_all_at_the_start,
        slopes_at_what_comes_out,
        last_function_comes_first,
        slopes_of_a_chain_add,
        outermost_slope_is_enough,
    ),
    hints=(
        "Two things travel along: the value so far, and the product of the slopes so far.",
        "For each pair: first multiply by slope(value), then value = f(value).",
        "product = 1.0; for f, slope in links: product *= slope(w); w = f(w). Return product.",
    ),
    insight="One sweep with value and slope side by side: this is forward mode, for one input.\n"
    "Each slope is taken at the link's own input, so the values are needed on the way.",
)

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
    ),
    hints=(
        "Draw it: w goes into h = tanh(w x) and into q = w h. Two arrows leave w, so two paths.",
        "Last links, for both paths: 2 (q - y). Direct: h. Through h: w, then 1 - h², then x.",
        "2 (q - y) · (h + w · (1 - h²) · x).",
    ),
    insight="A number that is used twice gets the sum over its uses, whatever lies in between.\n"
    "Multiply along a path, add over the paths: that is the whole chain rule for many variables.",
)

# transposes


def square_matrices():
    """Return SymPy's A, B, g with n × n, n × n and n × 1 entries."""
    import sympy as sp

    n = sp.Symbol("n", integer=True, positive=True)
    return sp.MatrixSymbol("A", n, n), sp.MatrixSymbol("B", n, n), sp.MatrixSymbol("g", n, 1)


def gradient_of_a_linear_map():
    """Σ_ik g_i A_ij B_jk x_k has the slope Σ_i g_i (A B)_ik by x_k, which is ((A B)ᵀ g)_k."""
    A, B, g = square_matrices()
    return (A * B).T * g


def order_stays():
    """You transposed each matrix and kept the order. The last map comes back first: (A B)ᵀ is
    Bᵀ Aᵀ. With square matrices no shape complains.
    """
    A, B, g = square_matrices()
    return A.T * B.T * g


def backward_is_forward_again():
    """You sent g through A B, as if it were an x. A gradient travels the other way: through the
    transposes, the last map first.
    """
    A, B, g = square_matrices()
    return A * B * g


def reversing_is_enough():
    """The order is turned round, and the matrices aren't transposed. A_ij leads from j to i; on the
    way back it leads from i to j, which is Aᵀ.
    """
    A, B, g = square_matrices()
    return B * A * g


def backward_undoes_the_maps():
    """You used inverses. The backward pass doesn't undo the forward pass: it asks how much each
    input counted, and that is the transpose. (A needn't have an inverse.)
    """
    A, B, g = square_matrices()
    return B.I * A.I * g


def first_map_is_left_out():
    """B is missing: x meets B before it meets A, so the gradient has to pass through both."""
    A, _, g = square_matrices()
    return A.T * g


transposes = Exercise(
    id="transposes",
    kind="derive",
    difficulty=2,
    minutes=5,
    oracle=gradient_of_a_linear_map,
    mistakes=(
        order_stays,
        backward_is_forward_again,
        reversing_is_enough,
        backward_undoes_the_maps,
        first_map_is_left_out,
    ),
    hints=(
        "Go in two steps: u = B x, y = A u. Given g = ∂L/∂y, what is ∂L/∂u?",
        "u_j reaches every y_i with factor A_ij, so ∂L/∂u_j = Σ_i A_ij g_i, which is (Aᵀ g)_j.",
        "Then the same once more with B, from the left: Bᵀ (Aᵀ g).",
    ),
    insight="Backwards: the transposed Jacobians, in reverse order, each times a vector.\n"
    "Check the order with sizes that all differ; with square matrices a wrong one goes unnoticed.",
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
    ),
    hints=(
        "A path picks one unit in every hidden layer. How many ways are there to pick?",
        "From an input: 4 · 5. A first-layer weight has picked its unit in the first hidden layer.",
        "The deep one: ten layers, ten choices in each.",
    ),
    insight="Paths multiply with depth: ten layers of ten units have 10¹⁰ of them, and 100 units.\n"
    "So nobody sums over paths: each node adds what arrives, once, and hands on the total.",
)

# mode_cost


def products_one_by_one():
    """Count p · q · r products for each (p × q)(q × r), from either end."""
    shapes = [(1, 50), (50, 50), (50, 50), (50, 1000)]

    def cost(order):
        total, here = 0, order[0]
        for shape in order[1:]:
            (p, q), (_, r) = (here, shape) if here[1] == shape[0] else (shape, here)
            total, here = total + p * q * r, (p, r)
        return total

    return {
        "from_the_loss": cost(shapes),
        "from_the_weights": cost(shapes[::-1]),
        "sweeps_reverse": 1,
        "sweeps_forward": 1000,
    }


def order_costs_nothing():
    """You have the same cost for both. The *result* is the same; the products on the way aren't:
    from the loss side every one of them is a vector times a matrix.
    """
    return products_one_by_one() | {"from_the_weights": 55_000}


def modes_are_exchanged():
    """The two modes are exchanged. Reverse mode starts at the loss, with a row of 50; forward mode
    starts at the 1000 weights and drags a 50 × 1000 matrix through all the layers.
    """
    right = products_one_by_one()
    return {
        "from_the_loss": right["from_the_weights"],
        "from_the_weights": right["from_the_loss"],
        "sweeps_reverse": 1000,
        "sweeps_forward": 1,
    }


def loss_end_is_the_dear_one():
    """The two costs are exchanged. From the loss a row of 50 meets each matrix: 2,500 products for
    a layer. From the weights all 1000 columns are dragged through every layer.
    """
    right = products_one_by_one()
    return right | {
        "from_the_loss": right["from_the_weights"],
        "from_the_weights": right["from_the_loss"],
    }


def only_the_matrices_count():
    """You left out the last product. In the cost from the loss, the row of 50 still has to meet the
    50 × 1000 matrix; from the weights, the 50 × 1000 matrix still has to meet the row.
    """
    return products_one_by_one() | {"from_the_loss": 5_000, "from_the_weights": 5_000_000}


def every_layer_is_a_sweep():
    """A sweep goes through all the layers at once. Reverse mode needs one for each *output*, here
    the loss; forward mode one for each input, here the weights.
    """
    return products_one_by_one() | {"sweeps_reverse": 4, "sweeps_forward": 4}


def one_sweep_is_always_enough():
    """Forward mode carries the derivative by *one* weight, or along one direction. For the whole
    gradient it takes a sweep for each of the 1000.
    """
    return products_one_by_one() | {"sweeps_forward": 1}


mode_cost = Exercise(
    id="mode_cost",
    kind="predict",
    difficulty=2,
    minutes=5,
    oracle=products_one_by_one,
    mistakes=(
        order_costs_nothing,
        modes_are_exchanged,
        loss_end_is_the_dear_one,
        only_the_matrices_count,
        every_layer_is_a_sweep,
        one_sweep_is_always_enough,
    ),
    hints=(
        "(p × q) times (q × r) takes p · q · r multiplications.",
        "From the loss: 1·50·50, twice, then 1·50·1000.",
        "From the weights: 50·50·1000, twice, then 1·50·1000.",
    ),
    insight="One loss, many weights: from the loss each product is vector times matrix.\n"
    "Reverse mode: a sweep per output. Forward mode: a sweep per input. Same numbers.",
)

# dual_number


def dual_cases(rng):
    """Each operation alone and nested; numbers used twice; both slopes at once, of both signs."""
    for expression, da, db in (
        ("a * b", 1.0, 0.0),
        ("a + b * a", 0.0, 1.0),
        ("(a * b + a).tanh()", 1.0, 0.0),
        ("(a + b).tanh() * a + b * b", 2.0, -1.0),
        ("((a * a).tanh() * b).tanh()", 1.0, 0.5),
    ):
        a, b = draw(rng, 2) / 4
        yield expression, float(a), float(b), da, db


def evaluated(expression, a, b):
    """Return the expression's value for these a and b."""
    return eval(compile(expression, "expression", "eval"), {"a": a, "b": b})


def use_the_duals(Dual, expression, a, b, da, db):
    """(a and b become Dual(a, da) and Dual(b, db); value and slope of the expression are read.)"""
    result = evaluated(expression, Dual(a, da), Dual(b, db))
    return result.value, result.slope


class Stepped(complex):
    """A complex number that has a tanh method and stays one of its kind."""

    def __add__(self, other):
        return Stepped(complex(self) + complex(other))

    def __mul__(self, other):
        return Stepped(complex(self) * complex(other))

    def tanh(self):
        """Return tanh."""
        return Stepped(cmath.tanh(complex(self)))


def slope_by_complex_step(expression, a, b, da, db):
    """Move along (da, db) by a tiny imaginary step: real part and imaginary part over the step."""
    result = evaluated(expression, Stepped(a, TINY * da), Stepped(b, TINY * db))
    return result.real, result.imag / TINY


class RightDual:
    """What the wrong classes below have in common; each changes one thing."""

    def __init__(self, value, slope):
        """Keep both."""
        self.value, self.slope = value, slope

    def __add__(self, other):
        return type(self)(self.value + other.value, self.slope + other.slope)

    def __mul__(self, other):
        slope = self.slope * other.value + self.value * other.slope
        return type(self)(self.value * other.value, slope)

    def tanh(self):
        """Return tanh(x), with slope (1 - t²) x'."""
        t = math.tanh(self.value)
        return type(self)(t, (1 - t * t) * self.slope)


class ProductOfSlopes(RightDual):
    """In a product you multiplied the slopes. One factor moves at a time: a' b + a b'."""

    def __mul__(self, other):
        return type(self)(self.value * other.value, self.slope * other.slope)


class ProductWithItsOwnFactor(RightDual):
    """In a product you paired each slope with its own value. The slope of a is stretched by b, the
    factor that stands beside it: a' b + a b'.
    """

    def __mul__(self, other):
        slope = self.slope * self.value + other.value * other.slope
        return type(self)(self.value * other.value, slope)


class TanhForgetsTheInside(RightDual):
    """Your tanh returns its own slope alone. What goes in has a slope already: multiply by it. That
    factor *is* the chain rule.
    """

    def tanh(self):
        """Return tanh(x), with a wrong slope."""
        t = math.tanh(self.value)
        return type(self)(t, 1 - t * t)


class TanhSlopeOfItsInput(RightDual):
    """Your tanh has the slope 1 - x², made of its input. It is 1 - t², with t = tanh(x)."""

    def tanh(self):
        """Return tanh(x), with a wrong slope."""
        t = math.tanh(self.value)
        return type(self)(t, (1 - self.value**2) * self.slope)


class SlopeGoesThroughTanh(RightDual):
    """You sent the slope through tanh as if it were a value. Slopes are multiplied: by 1 - t²."""

    def tanh(self):
        """Return tanh(x), with a wrong slope."""
        return type(self)(math.tanh(self.value), math.tanh(self.slope))


dual_number = Exercise(
    id="dual_number",
    kind="code",
    difficulty=2,
    minutes=8,
    cases=dual_cases,
    drive=use_the_duals,
    oracle=slope_by_complex_step,
    returns=("value", "slope"),
    mistakes=(
        ProductOfSlopes,
        ProductWithItsOwnFactor,
        TanhForgetsTheInside,
        TanhSlopeOfItsInput,
        SlopeGoesThroughTanh,
    ),
    hints=(
        "Each operation makes a new Dual: the value as always, the slope by the rule for that "
        "operation.",
        "Sum: slopes add. Product: self.slope * other.value + self.value * other.slope.",
        "tanh: t = math.tanh(self.value); the new slope is (1 - t * t) * self.slope.",
    ),
    insight="Forward mode in a page: a value and its slope travel together, exact, nothing kept.\n"
    "One sweep gives the slope in one direction; a gradient by N weights takes N sweeps.",
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
    ),
    hints=(
        "Try it with one example, then with two. When does it go wrong?",
        "Each turn of the loop is one path from w to the loss. What happens to the path before?",
        "Start with dw = db = 0.0, and write += in the loop.",
    ),
    insight="A batch is m paths from one weight to one loss: their slopes add.\n"
    "`=` where `+=` belongs is the classic bug of home-made engines; one example can't see it.",
)

# sigmoid_depth


def depth_by_counting():
    """(1/4)^10; 4 · 1/4 = 1; 4^-80 = 7e-49, below float32's smallest number, 1e-45."""
    return {"largest": 0.25**10, "weight": 4.0, "after_80": "zero"}


def sigmoid_has_slope_one():
    """You took 1 as the sigmoid's largest slope. It is a (1 - a), at most ¼, where a = ½."""
    return {"largest": 1.0, "weight": 1.0, "after_80": "zero"}


def slopes_add_up_over_layers():
    """You added ten quarters, or took a tenth. Along a chain slopes multiply: ¼ ten times."""
    return {"largest": 2.5, "weight": 4.0, "after_80": "zero"}


def vanishing_gives_nan():
    """A product that gets smaller and smaller ends at 0. NaN comes from ∞ - ∞ or 0/0; vanishing
    gradients are silent.
    """
    return depth_by_counting() | {"after_80": "nan"}


def weight_must_undo_all_layers():
    """The weight you give makes up for ten layers at once. There is one in every layer: each has
    to make up for one slope of ¼.
    """
    return depth_by_counting() | {"weight": 4.0**10}


def small_weights_help():
    """The wrong way: a weight of ¼ makes each factor smaller still. The factor of a layer is its
    weight times the slope.
    """
    return depth_by_counting() | {"weight": 0.25}


sigmoid_depth = Exercise(
    id="sigmoid_depth",
    kind="predict",
    difficulty=1,
    minutes=4,
    oracle=depth_by_counting,
    choices=("zero", "nan", "inf"),
    mistakes=(
        sigmoid_has_slope_one,
        slopes_add_up_over_layers,
        vanishing_gives_nan,
        weight_must_undo_all_layers,
        small_weights_help,
    ),
    hints=(
        "Each layer gives two factors: the weight, and the slope of the sigmoid where it stands.",
        "The slope is a (1 - a). Which a makes it largest?",
        "¼ to the power of ten; 4 · ¼ = 1; and 4⁻⁸⁰ is about 7e-49: what can float32 hold?",
    ),
    insight="n sigmoids: a factor of at most 4⁻ⁿ, times the weights. It vanishes without a word.\n"
    "Weights of 4 would only lift the bound: they also push the sigmoids to where they are flat.",
    rtol=1e-2,
    atol=0.0,
)
