"""Matrices keep their order; forward and reverse mode choose where to begin."""

from __future__ import annotations

import cmath
import math

from nnlab.checks.oracles import TINY
from nnlab.checks.spec import Exercise, draw

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


def only_the_last_is_transposed():
    """A isn't transposed. g lives among the outputs of A; Aᵀ brings it back to its inputs."""
    A, B, g = square_matrices()
    return B.T * A * g


def only_the_first_is_transposed():
    """B isn't transposed. Backwards each map is replaced by its transpose, B too."""
    A, B, g = square_matrices()
    return B * A.T * g


def last_map_is_left_out():
    """A is missing: g belongs to y = A u. First back through A, to u = B x; then through B."""
    _, B, g = square_matrices()
    return B.T * g


def maps_are_two_paths():
    """You added the two maps. They lie on *one* path, one after the other: multiply."""
    A, B, g = square_matrices()
    return (A.T + B.T) * g


def gradient_is_a_row():
    """That is the row gᵀ A B: the right numbers, lying down. Asked is the column: transpose it."""
    A, B, g = square_matrices()
    return g.T * A * B


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
        only_the_last_is_transposed,
        only_the_first_is_transposed,
        last_map_is_left_out,
        maps_are_two_paths,
        gradient_is_a_row,
    ),
    hints=(
        "Go in two steps: u = B x, y = A u. Given g = ∂L/∂y, what is ∂L/∂u?",
        "u_j reaches every y_i with factor A_ij, so ∂L/∂u_j = Σ_i A_ij g_i, which is (Aᵀ g)_j.",
        "Then the same once more with B, from the left: Bᵀ (Aᵀ g).",
    ),
    insight="Backwards: the transposed Jacobians, in reverse order, each times a vector.\n"
    "Check the order with sizes that all differ; with square matrices a wrong one goes unnoticed.",
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
    """You gave `from_the_weights` the cost of the other order. The *result* is the same; the
    products on the way aren't: from the loss side every one of them is a vector times a matrix.
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


def sweeps_are_exchanged():
    """The costs are right, the sweeps are exchanged. Reverse mode takes one for each output, the
    one loss; forward mode one for each input, the 1000 weights.
    """
    return products_one_by_one() | {"sweeps_reverse": 1000, "sweeps_forward": 1}


def forward_pass_is_a_sweep_too():
    """You counted the forward pass as well. It is needed, but a sweep is one passage of
    derivatives: one for the whole gradient.
    """
    return products_one_by_one() | {"sweeps_reverse": 2}


def reverse_sweeps_layer_by_layer():
    """A reverse sweep goes through all layers, from the loss to the first weights: one for each
    *output*, and there is one.
    """
    return products_one_by_one() | {"sweeps_reverse": 4}


def forward_sweeps_are_units():
    """You took the 50 units for the inputs. The gradient is by the 1000 weights: one sweep each."""
    return products_one_by_one() | {"sweeps_forward": 50}


def forward_sweeps_layer_by_layer():
    """A forward sweep goes through all layers, for one direction of the weights. There are 1000
    weights, so 1000 directions.
    """
    return products_one_by_one() | {"sweeps_forward": 4}


def additions_count_as_well():
    """Yours are twice as many. Asked are the multiplications; with the additions one has FLOPs."""
    right = products_one_by_one()
    return right | {k: 2 * right[k] for k in ("from_the_loss", "from_the_weights")}


def last_product_is_square_too():
    """In the cost from the loss the last product meets 1000 columns, not one: 50·50 + 50·50 +
    50·1000.
    """
    return products_one_by_one() | {"from_the_loss": 5_050}


def middle_comes_first():
    """You began in the middle, with 50·50·50. From the weights the first product is (50, 50) times
    (50, 1000): 50·50·1000, and so is the second.
    """
    return products_one_by_one() | {"from_the_weights": 125_000 + 2_500_000 + 50_000}


def sizes_multiply_through():
    """You multiplied all sizes together. Each product has a cost of its own, p · q · r; the costs
    add up.
    """
    return products_one_by_one() | {"from_the_loss": 50 * 50 * 50 * 1000}


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
        sweeps_are_exchanged,
        forward_pass_is_a_sweep_too,
        reverse_sweeps_layer_by_layer,
        forward_sweeps_are_units,
        forward_sweeps_layer_by_layer,
        additions_count_as_well,
        last_product_is_square_too,
        middle_comes_first,
        sizes_multiply_through,
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
    if not isinstance(result, Dual):
        raise ValueError(f"{expression} gave {result!r}: +, * and tanh should return a Dual")
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


class SumMultipliesTheSlopes(RightDual):
    """In a sum you multiplied the slopes. Both terms move: slopes add."""

    def __add__(self, other):
        return type(self)(self.value + other.value, self.slope * other.slope)


class SumKeepsTheFirstSlope(RightDual):
    """In a sum you kept the first slope alone. Both terms move: slopes add."""

    def __add__(self, other):
        return type(self)(self.value + other.value, self.slope)


class SumChangesItsTerms(RightDual):
    """Your + changes the left number itself. Where it is used again it is another: return a new
    Dual.
    """

    def __add__(self, other):
        self.value += other.value
        self.slope += other.slope
        return self


class ProductAddsTheSlopes(RightDual):
    """In a product you added the slopes. Each is stretched by the other factor: a' b + a b'."""

    def __mul__(self, other):
        return type(self)(self.value * other.value, self.slope + other.slope)


class ProductMovesOneFactor(RightDual):
    """In a product you let the first factor move only. The second may depend on the input as well:
    a' b + a b'.
    """

    def __mul__(self, other):
        return type(self)(self.value * other.value, self.slope * other.value)


class ProductSubtracts(RightDual):
    """The product rule has a plus: a' b + a b'. The minus belongs to the quotient."""

    def __mul__(self, other):
        slope = self.slope * other.value - self.value * other.slope
        return type(self)(self.value * other.value, slope)


class TanhLeavesTheSlope(RightDual):
    """Your tanh passes the slope on as it came. Multiply it by tanh's own slope, 1 - t²."""

    def tanh(self):
        """Return tanh(x), with a wrong slope."""
        return type(self)(math.tanh(self.value), self.slope)


class TanhForgetsTheSquare(RightDual):
    """Your tanh has the slope 1 - t. It is 1 - t², with t = tanh(x)."""

    def tanh(self):
        """Return tanh(x), with a wrong slope."""
        t = math.tanh(self.value)
        return type(self)(t, (1 - t) * self.slope)


class TanhIsASigmoid(RightDual):
    """Your tanh has the sigmoid's slope, t (1 - t). For tanh it is 1 - t²."""

    def tanh(self):
        """Return tanh(x), with a wrong slope."""
        t = math.tanh(self.value)
        return type(self)(t, t * (1 - t) * self.slope)


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
        SumMultipliesTheSlopes,
        SumKeepsTheFirstSlope,
        SumChangesItsTerms,
        ProductAddsTheSlopes,
        ProductMovesOneFactor,
        ProductSubtracts,
        TanhLeavesTheSlope,
        TanhForgetsTheSquare,
        TanhIsASigmoid,
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
