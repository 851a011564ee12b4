"""Slopes by hand and by algebra: one direction, all of them, and how they bend."""

from __future__ import annotations

import math

import numpy as np

from nnlab.checks.spec import Exercise

# partials_by_hand


def partials_worked_out():
    """f = w₁² w₂ - 4 w₂² + 5 at (3, -1): 2·3·(-1), 9 + 8, and (0.6, 0.8) · (-6, 17)."""
    return {"d1": -6.0, "d2": 17.0, "slope": 10.0}


def held_still_means_zero():
    """You put 0 for the variable that is held still. It keeps its value: w₁² w₂ is, for w₁ alone,
    a number times w₁².
    """
    return {"d1": 0.0, "d2": 8.0, "slope": 6.4}


def held_still_means_one():
    """You left out the factor that is held still, as if it were 1. Only an added constant drops
    out; a constant factor stays: ∂(w₁² w₂)/∂w₁ = 2 w₁ w₂.
    """
    return {"d1": 6.0, "d2": 9.0, "slope": 10.8}


def everything_moves_at_once():
    """You let both variables move in w₁² w₂ and used the product rule. One moves, the other is a
    number: 2 w₁ w₂ for w₁, and w₁² for w₂.
    """
    return {"d1": 3.0, "d2": 11.0, "slope": 10.6}


def added_constant_has_a_slope():
    """The 5 is still there. It lifts the whole surface and changes no slope: its derivative is
    0.
    """
    return {"d1": -1.0, "d2": 22.0, "slope": 17.0}


def direction_may_have_any_length():
    """Your slope is five times too large: (3, 4) has length 5. A slope is per unit of length, so
    use (0.6, 0.8).
    """
    return {"d1": -6.0, "d2": 17.0, "slope": 50.0}


def every_direction_is_the_steepest():
    """Your slope is the gradient's length. That is the slope in one direction only, the gradient's
    own; in direction d it is gradient · d.
    """
    return {"d1": -6.0, "d2": 17.0, "slope": math.hypot(6, 17)}


def slopes_simply_add():
    """Your slope is d1 + d2. Along (3, 4) each counts by its share of the length: 0.6 and 0.8."""
    return {"d1": -6.0, "d2": 17.0, "slope": 11.0}


def minus_times_minus_is_minus():
    """A sign was lost in d2: it is w₁² - 8 w₂, and w₂ is -1, so 9 + 8."""
    return {"d1": -6.0, "d2": 1.0, "slope": -2.8}


def sign_of_the_value_drops_out():
    """A sign was lost in d1: it is 2 w₁ w₂, and w₂ is -1."""
    return {"d1": 6.0, "d2": 17.0, "slope": 17.2}


def square_loses_only_its_exponent():
    """In d2 the 2 of the square is missing: 4 w₂² has the slope 8 w₂."""
    return {"d1": -6.0, "d2": 13.0, "slope": 6.8}


def constant_stays_in_d2():
    """Your d2 holds the 5. A constant lifts the whole surface and changes no slope."""
    return {"d1": -6.0, "d2": 22.0, "slope": 14.0}


def slopes_change_places():
    """d1 and d2 have changed places: d1 is the one where w₁ moves."""
    return {"d1": 17.0, "d2": -6.0, "slope": 5.4}


def one_share_is_enough():
    """Your slope is 0.8·d2 alone. Walking along (3, 4) moves w₁ too: add 0.6·d1."""
    return {"d1": -6.0, "d2": 17.0, "slope": 13.6}


partials_by_hand = Exercise(
    id="partials_by_hand",
    kind="compute",
    difficulty=1,
    minutes=4,
    oracle=partials_worked_out,
    mistakes=(
        held_still_means_zero,
        held_still_means_one,
        everything_moves_at_once,
        added_constant_has_a_slope,
        direction_may_have_any_length,
        every_direction_is_the_steepest,
        slopes_simply_add,
        minus_times_minus_is_minus,
        sign_of_the_value_drops_out,
        square_loses_only_its_exponent,
        constant_stays_in_d2,
        slopes_change_places,
        one_share_is_enough,
    ),
    hints=(
        "For ∂f/∂w₁ read w₂ as a number, say 7: f = 7 w₁² - 4·49 + 5. What is the slope of that?",
        "∂f/∂w₁ = 2 w₁ w₂ and ∂f/∂w₂ = w₁² - 8 w₂. Now put in (3, -1).",
        "The slope along d is gradient · d, with d of length 1: d = (3, 4)/5.",
    ),
    insight="A partial derivative treats every other variable as a number: a factor stays.\n"
    "All directions follow from the gradient: the slope along a unit vector d is gradient · d.",
    atol=1e-3,
)


# jacobian_by_hand


def jacobian_worked_out():
    """Rows: (w₂, w₁), (2 w₁, 0), (1, -2 w₂), at (2, -1); then J (1, -1)."""
    return {"J": np.array([[-1.0, 2.0], [4.0, 0.0], [1.0, 2.0]]), "Jd": np.array([-3.0, 4.0, -1.0])}


def jacobian_has_a_row_for_each_input():
    """A row belongs to an output and a column to an input, so that J d is a change of the outputs.
    (Some books use the other layout.)
    """
    right = jacobian_worked_out()
    return right | {"J": right["J"].T}


def first_column_is_the_second_input():
    """Your columns have changed places. Column 1 holds the derivatives by w₁."""
    right = jacobian_worked_out()
    return right | {"J": right["J"][:, ::-1].copy(), "Jd": np.array([3.0, -4.0, 1.0])}


def square_differentiates_to_itself():
    """You kept w₁² and w₂² without differentiating them: (w²)' = 2 w."""
    return {"J": np.array([[-1.0, 2.0], [4.0, 0.0], [1.0, -1.0]]), "Jd": np.array([-3.0, 4.0, 2.0])}


def minus_belongs_to_the_other_term():
    """The sign before w₂² was lost: ∂(w₁ - w₂²)/∂w₂ = -2 w₂, and w₂ is -1, so it is +2."""
    return {
        "J": np.array([[-1.0, 2.0], [4.0, 0.0], [1.0, -2.0]]),
        "Jd": np.array([-3.0, 4.0, 3.0]),
    }


def change_is_the_sum_of_a_row():
    """For Jd you added the columns up. The second entry of d is -1: the columns are subtracted."""
    return jacobian_worked_out() | {"Jd": np.array([1.0, 4.0, 3.0])}


def product_keeps_its_own_factor():
    """In the first row the entries have changed places: ∂(w₁ w₂)/∂w₁ is w₂, the *other* factor."""
    return {
        "J": np.array([[2.0, -1.0], [4.0, 0.0], [1.0, 2.0]]),
        "Jd": np.array([3.0, 4.0, -1.0]),
    }


def slope_of_a_square_is_two():
    """In the second row w₁ is missing: (w₁²)' = 2 w₁, and w₁ is 2."""
    return {
        "J": np.array([[-1.0, 2.0], [2.0, 0.0], [1.0, 2.0]]),
        "Jd": np.array([-3.0, 2.0, -1.0]),
    }


def absent_means_one():
    """In the second row w₂ doesn't occur: the output w₁² doesn't change with it, so the slope is
    0, not 1.
    """
    return {
        "J": np.array([[-1.0, 2.0], [4.0, 1.0], [1.0, 2.0]]),
        "Jd": np.array([-3.0, 3.0, -1.0]),
    }


def single_variable_drops_out():
    """In the third row ∂w₁/∂w₁ is 1, not 0: raise w₁ by 1, and w₁ - w₂² rises by 1."""
    return {
        "J": np.array([[-1.0, 2.0], [4.0, 0.0], [0.0, 2.0]]),
        "Jd": np.array([-3.0, 4.0, -2.0]),
    }


def direction_needs_length_one():
    """Right, but divided by the length of d. Asked is the product of J with d = (1, -1) as it
    stands.
    """
    right = jacobian_worked_out()
    return right | {"Jd": right["Jd"] / math.sqrt(2)}


def second_column_comes_first():
    """Your Jd has the signs turned round: d = (1, -1) takes the first column *minus* the second."""
    right = jacobian_worked_out()
    return right | {"Jd": -right["Jd"]}


jacobian_by_hand = Exercise(
    id="jacobian_by_hand",
    kind="compute",
    difficulty=1,
    minutes=5,
    oracle=jacobian_worked_out,
    mistakes=(
        jacobian_has_a_row_for_each_input,
        first_column_is_the_second_input,
        square_differentiates_to_itself,
        minus_belongs_to_the_other_term,
        change_is_the_sum_of_a_row,
        product_keeps_its_own_factor,
        slope_of_a_square_is_two,
        absent_means_one,
        single_variable_drops_out,
        direction_needs_length_one,
        second_column_comes_first,
    ),
    hints=(
        "Three outputs, two inputs: J has three rows and two columns. Each row is the gradient of "
        "one output.",
        "The rows are (w₂, w₁), (2 w₁, 0) and (1, -2 w₂).",
        "Jd is the first column minus the second, because d = (1, -1).",
    ),
    insight="Each row of a Jacobian is one output's gradient; J d is the outputs' change along d.\n"
    "A loss has one output, so its Jacobian is a single row: the gradient, lying down.",
    atol=1e-3,
)


# line_partials


def residuals():
    """Return SymPy's w, b and the residual, x pairs of the two examples."""
    import sympy as sp

    w, b, x1, x2, y1, y2 = sp.symbols("w b x1 x2 y1 y2", real=True)
    return w, b, [(w * x1 + b - y1, x1), (w * x2 + b - y2, x2)]


def line_by_algebra():
    """Multiply the squares out, and differentiate the polynomial."""
    w, b, both = residuals()
    loss = sum((r**2).expand() for r, _ in both) / 2
    return {"dw": loss.diff(w), "db": loss.diff(b)}


def weight_meets_no_input():
    """Your dw is what db should be. w is multiplied by x: where w moves by 1, the prediction
    moves by x, so each example's term carries its x.
    """
    _, _, both = residuals()
    return {"dw": sum(r for r, _ in both), "db": sum(r for r, _ in both)}


def bias_meets_the_input():
    """Your db carries an x. The bias stands alone: raise it by 1 and each prediction rises by 1."""
    _, _, both = residuals()
    return {"dw": sum(r * x for r, x in both), "db": sum(r * x for r, x in both)}


def mean_is_a_sum():
    """Twice too large: the loss is a *mean* over two examples, so the sum is divided by 2."""
    _, _, both = residuals()
    return {"dw": sum(2 * r * x for r, x in both), "db": sum(2 * r for r, _ in both)}


def one_half_cancels_the_two():
    """Half of what it should be. Some books write ½ before the square to cancel the 2; this loss
    has a mean over two examples and nothing else: the 2 of the square stays.
    """
    _, _, both = residuals()
    return {"dw": sum(r * x for r, x in both) / 2, "db": sum(r for r, _ in both) / 2}


def error_is_truth_minus_prediction():
    """The sign is turned round. The square has the residual w x + b - y inside, and w enters it
    with a plus.
    """
    _, _, both = residuals()
    return {"dw": sum(-r * x for r, x in both), "db": sum(-r for r, _ in both)}


def names_change_places():
    """dw and db have changed places: the one with the inputs x in it belongs to w."""
    right = line_by_algebra()
    return {"dw": right["db"], "db": right["dw"]}


def weight_meets_itself():
    """Your dw carries w where x belongs. In w x the factor beside w is x: the slope by w."""
    w, _, both = residuals()
    return line_by_algebra() | {"dw": sum(r * w for r, _ in both)}


def residuals_drop_out():
    """The residuals are missing: those are the slopes of the *predictions*. A square r² has the
    slope 2 r times that of r.
    """
    _, _, both = residuals()
    return {"dw": sum(x for _, x in both), "db": sum(1 for _ in both)}


def square_stays_a_square():
    """Your residuals are still squared. The slope of r² is 2 r, times that of r."""
    _, _, both = residuals()
    return {"dw": sum(r**2 * x for r, x in both), "db": sum(r**2 for r, _ in both)}


def inputs_are_added_apart():
    """You added the inputs and the residuals apart, and multiplied the sums. Each residual meets
    its own x: multiply first, then add.
    """
    _, _, both = residuals()
    mixed = sum(r for r, _ in both) * sum(x for _, x in both)
    return line_by_algebra() | {"dw": mixed}


def truth_drops_out():
    """Your slopes lack y. It stands in the square with w x + b: multiplied out, -2 w x y is a term
    with w.
    """
    _, _, both = residuals()
    zero = {s: 0 for r, _ in both for s in r.free_symbols if str(s).startswith("y")}
    return {name: slope.subs(zero) for name, slope in line_by_algebra().items()}


def first_example_is_enough():
    """You have one example only. The loss is the mean over two, so both have their share."""
    _, _, ((r, x), _) = residuals()
    return {"dw": r * x, "db": r}


line_partials = Exercise(
    id="line_partials",
    kind="derive",
    difficulty=2,
    minutes=6,
    oracle=line_by_algebra,
    mistakes=(
        weight_meets_no_input,
        bias_meets_the_input,
        mean_is_a_sum,
        one_half_cancels_the_two,
        error_is_truth_minus_prediction,
        names_change_places,
        weight_meets_itself,
        residuals_drop_out,
        square_stays_a_square,
        inputs_are_added_apart,
        truth_drops_out,
        first_example_is_enough,
    ),
    hints=(
        "Take one example and multiply the square out: (w x + b - y)² has the terms w² x², "
        "2 w x b, -2 w x y and others without w. Differentiate those.",
        "For one example: ∂/∂w gives 2 x (w x + b - y), and ∂/∂b gives 2 (w x + b - y).",
        "Add both examples and divide by 2.",
    ),
    insight="∂L/∂w is the mean of 2 · residual · x: an input of 0 teaches its weight nothing.\n"
    "∂L/∂b is the mean of 2 · residual: at the best b the residuals add up to zero.",
)


# steepest_descent


def gradient_symbols():
    """Return SymPy's g1, g2 and the length."""
    import sympy as sp

    g1, g2 = sp.symbols("g1 g2", real=True)
    return g1, g2, sp.sqrt(g1**2 + g2**2)


def descent_by_cauchy_schwarz():
    """g · d ≥ -|g| for |d| = 1, with equality at -g/|g|."""
    g1, g2, length = gradient_symbols()
    return -g1 / length, -g2 / length, -length


def gradient_points_downhill():
    """Your direction goes up. The gradient points where f *rises* fastest; down is its opposite,
    and there the slope is negative.
    """
    g1, g2, length = gradient_symbols()
    return g1 / length, g2 / length, length


def step_is_as_long_as_the_gradient():
    """Your direction is -g, which has not length 1. Divide by |g|; the slope along it is then -|g|,
    not -|g|².
    """
    g1, g2, length = gradient_symbols()
    return -g1, -g2, -(length**2)


def entries_add_up_to_one():
    """You divided by |g₁| + |g₂|. The length of an arrow is √(g₁² + g₂²)."""
    import sympy as sp

    g1, g2, length = gradient_symbols()
    total = sp.Abs(g1) + sp.Abs(g2)
    return -g1 / total, -g2 / total, -(length**2) / total


def every_weight_moves_equally():
    """You gave each weight the same share. That direction goes down as well, yet not as steeply: a
    weight with a larger slope should move more.
    """
    import sympy as sp

    g1, g2, _ = gradient_symbols()
    root = sp.sqrt(2)
    return -sp.sign(g1) / root, -sp.sign(g2) / root, -(sp.Abs(g1) + sp.Abs(g2)) / root


def across_is_down():
    """Your direction is at right angles to the gradient. There the slope is 0: it runs along a
    level line.
    """
    import sympy as sp

    g1, g2, length = gradient_symbols()
    return -g2 / length, g1 / length, sp.Integer(0)


def slope_is_a_size():
    """The direction is right. f *falls* along it, so the slope is negative: g · d = -|g|."""
    d1, d2, slope = descent_by_cauchy_schwarz()
    return d1, d2, -slope


def steepest_slope_is_minus_one():
    """The direction is right. Its *length* is 1; the slope along it is g · d, as large as the
    gradient is long: -|g|.
    """
    import sympy as sp

    d1, d2, _ = descent_by_cauchy_schwarz()
    return d1, d2, sp.Integer(-1)


def slope_is_along_the_whole_gradient():
    """The direction is right. Your slope is g · (-g) = -|g|²; along d, of length 1, it is -|g|."""
    d1, d2, slope = descent_by_cauchy_schwarz()
    return d1, d2, -(slope**2)


def slope_is_the_sum_of_both():
    """The direction is right. The slope along it is g₁ d₁ + g₂ d₂, not the sum of the entries."""
    d1, d2, _ = descent_by_cauchy_schwarz()
    g1, g2, _ = gradient_symbols()
    return d1, d2, -g1 - g2


def length_needs_no_root():
    """You divided by g₁² + g₂². The length of an arrow is the *root* of that."""
    import sympy as sp

    g1, g2, length = gradient_symbols()
    return -g1 / length**2, -g2 / length**2, sp.Integer(-1)


def direction_is_minus_the_gradient():
    """The slope is right. The direction should have length 1: divide -g by |g|."""
    g1, g2, length = gradient_symbols()
    return -g1, -g2, -length


steepest_descent = Exercise(
    id="steepest_descent",
    kind="derive",
    difficulty=2,
    minutes=5,
    oracle=descent_by_cauchy_schwarz,
    returns=("d1", "d2", "slope"),
    mistakes=(
        gradient_points_downhill,
        step_is_as_long_as_the_gradient,
        entries_add_up_to_one,
        every_weight_moves_equally,
        across_is_down,
        slope_is_a_size,
        steepest_slope_is_minus_one,
        slope_is_along_the_whole_gradient,
        slope_is_the_sum_of_both,
        length_needs_no_root,
        direction_is_minus_the_gradient,
    ),
    hints=(
        "The slope along d is g₁ d₁ + g₂ d₂ = |g| |d| cos(angle). Which angle makes it smallest?",
        "cos = -1: d points exactly against g. Then give it length 1.",
        "d = -g/√(g₁² + g₂²); put it into g · d for the slope.",
    ),
    insight="g · d = |g| cos(angle), so -g/|g| falls fastest, and its slope is -|g|.\n"
    "It is a statement about infinitely short steps, and about length as Euclid measures it.",
)


# kind_of_point


def hessian_cases(rng):
    """Symmetric matrices, as lists; eigenvalues below and above 1, of all signs, and zero."""
    yield ([[2.0, 1.0], [1.0, 0.9]],)
    yield ([[-2.0, 1.0], [1.0, -3.0]],)
    yield ([[1.0, 3.0], [3.0, 2.0]],)
    yield ([[-2.0, 0.0], [0.0, 0.4]],)
    yield ([[1.0, 1.0], [1.0, 1.0]],)
    yield ([[0.0, 0.0], [0.0, -3.0]],)
    yield ([[0.1, 0.2, 0.3], [0.2, 0.4, 0.6], [0.3, 0.6, 0.9]],)  # rank 1: zeros come out as 1e-17
    yield ([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]],)
    yield ([[-1.0, 0.0, 0.0], [0.0, -2.0, 0.0], [0.0, 0.0, 3.0]],)
    yield ([[2.0, -1.0, 0.0], [-1.0, 2.0, -1.0], [0.0, -1.0, 2.0]],)


def kind_by_descartes(H):
    """Signs of the coefficients of det(λ - H): for real roots, Descartes' rule counts them exactly.

    A root is positive for each change of sign, negative for each of the mirrored polynomial's.
    """
    c = np.poly(np.array(H)).round(6)
    mirrored = c * (-1.0) ** np.arange(len(c))
    up, down = (int((np.diff(np.sign(p[p != 0])) != 0).sum()) for p in (c, mirrored))
    if up and down:
        return "saddle"
    if up + down < len(H):
        return "undecided"
    return "minimum" if up else "maximum"


def named_by(signs):
    """Return the name that goes with a set of curvatures' signs."""
    if {1.0, -1.0} <= signs:
        return "saddle"
    if 0.0 in signs:
        return "undecided"
    return "minimum" if 1.0 in signs else "maximum"


def signs_of(H):
    """Return the signs of the eigenvalues."""
    return set(np.sign(np.linalg.eigvalsh(H).round(9)).tolist())


def diagonal_tells_all(H):
    """You looked at the diagonal only. It says how f bends along the axes; [[1, 3], [3, 2]] bends
    upwards along both and still falls along (1, -1). Take the eigenvalues.
    """
    return named_by(set(np.sign(np.diag(H)).tolist()))


def determinant_tells_all(H):
    """You judged by the sign of the determinant. It is the product of the eigenvalues: two negative
    ones give a positive one. Look at each.
    """
    d = round(float(np.linalg.det(H)), 9)
    return "minimum" if d > 0 else "saddle" if d < 0 else "undecided"


def flat_direction_is_no_obstacle(H):
    """You count an eigenvalue of 0 as good enough. Along that direction the Hessian says nothing:
    w³ and w⁴ both have curvature 0 at 0, and one of them has no minimum there.
    """
    signs = signs_of(H) - {0.0}
    return named_by(signs or {0.0})


def flat_direction_settles_it(H):
    """You stop at an eigenvalue of 0. If there is one above 0 and one below as well, f rises one
    way and falls another, whatever the flat direction does: a saddle.
    """
    signs = signs_of(H)
    return "undecided" if 0.0 in signs else named_by(signs)


def zero_gradient_means_minimum(H):
    """You call a point a minimum or a maximum although f rises one way and falls another. That is
    a third kind, a saddle.
    """
    signs = signs_of(H)
    return "undecided" if signs <= {0.0} else "minimum" if 1.0 in signs else "maximum"


def signs_are_turned_round(H):
    """Minimum and maximum are exchanged. Curvature above 0 in every direction bends up: a bowl, so
    a minimum.
    """
    name = kind_by_descartes(H)
    return {"minimum": "maximum", "maximum": "minimum"}.get(name, name)


def neither_means_saddle(H):
    """You call a saddle what is neither minimum nor maximum. A saddle has both signs; with zeros
    and one sign the Hessian can't tell: undecided.
    """
    name = kind_by_descartes(H)
    return "saddle" if name == "undecided" else name


def saddle_is_undecided(H):
    """You call a saddle undecided. With both signs the Hessian *does* tell: f rises one way and
    falls another.
    """
    name = kind_by_descartes(H)
    return "undecided" if name == "saddle" else name


def two_by_two_rule_is_for_all(H):
    """The rule with the determinant and one corner is for 2 × 2 matrices. For more, two negative
    eigenvalues hide in a positive determinant: take the eigenvalues.
    """
    d = round(float(np.linalg.det(H)), 9)
    if d <= 0:
        return "saddle" if d else "undecided"
    return "minimum" if H[0][0] > 0 else "maximum"


def entries_are_curvatures(H):
    """You looked at the entries of H. Curvature along a direction d is dᵀ H d: the eigenvalues tell
    its largest and its smallest value.
    """
    return named_by(set(np.sign(np.array(H)).ravel().tolist()) - {0.0} or {0.0})


def tiny_is_above_zero(H):
    """Right but for rounding: a 0 came out a little above 0. Round the eigenvalues to 9 places."""
    whole = (np.array(H) % 1 == 0).all()
    return named_by(signs_of(H) - (set() if whole else {0.0}))


def tiny_is_below_zero(H):
    """Right but for rounding: a 0 came out a little below 0. Round the eigenvalues to 9 places."""
    whole = (np.array(H) % 1 == 0).all()
    return kind_by_descartes(H) if whole or 0.0 not in signs_of(H) else "saddle"


kind_of_point = Exercise(
    id="kind_of_point",
    kind="code",
    difficulty=2,
    minutes=6,
    cases=hessian_cases,
    choices=("minimum", "maximum", "saddle", "undecided"),
    oracle=kind_by_descartes,
    mistakes=(
        diagonal_tells_all,
        determinant_tells_all,
        flat_direction_is_no_obstacle,
        flat_direction_settles_it,
        zero_gradient_means_minimum,
        signs_are_turned_round,
        neither_means_saddle,
        saddle_is_undecided,
        two_by_two_rule_is_for_all,
        entries_are_curvatures,
        tiny_is_above_zero,
        tiny_is_below_zero,
    ),
    hints=(
        "The curvature along d is dᵀ H d. The largest and the smallest it can be are eigenvalues.",
        "np.linalg.eigvalsh(H) gives the eigenvalues of a symmetric matrix; round them to 9 "
        "places, so that a 0 can't look negative.",
        "Both signs: saddle. Otherwise a zero: undecided. Otherwise all have one sign.",
    ),
    insight="Gradient zero says flat; the Hessian's eigenvalues say which way it bends.\n"
    "Both signs: a saddle. With N weights there are N signs, so saddles aren't rare.",
)
