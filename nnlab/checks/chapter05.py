"""Chapter 05, partial derivatives: the exercises of solutions/05_partial_derivatives.ipynb.

Truth comes from numbers worked out by hand, from SymPy's derivative of an expanded polynomial,
from a complex step, and from 2 × 2 and 3 × 3 matrices whose eigenvalues are known.
"""

from __future__ import annotations

import math

import numpy as np

from nnlab.checks.spec import Exercise, draw

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
    """Your J is transposed. Here a row belongs to an output and a column to an input, so J is
    (outputs, inputs) and J d is a change of the outputs. (Some books use the other layout.)
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
    """Your dw is the same as db. w is multiplied by x: where w moves by 1, the prediction moves by
    x, so each example's term carries its x.
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

# central_gradient


def formula_cases(rng):
    """Polynomials of degree 3 at most: a vector, a matrix, a single entry; steps one can see."""
    yield "theta[0]**2 * theta[1] + theta[2]**3", draw(rng, 3), 0.5
    yield "(theta**3).sum() - theta[0, 1] * theta[1, 2]", draw(rng, 2, 3), 0.1
    yield "4 * theta[0]**3 - theta[0]", draw(rng, 1), 0.01


def function_of(formula):
    """Return the formula as a function of theta."""
    code = compile(formula, "formula", "eval")
    return lambda theta: eval(code, {"theta": theta})


def with_a_function(answer, formula, theta, h):
    """(It is called with f, theta and h, where f(theta) is the formula.)"""
    return answer(function_of(formula), theta, h)


def central_by_complex_step(formula, theta, h):
    """For a cubic, Im f(x + ih)/h is f' - h² f'''/6, and the difference f' + h² f'''/6.

    So it is 2 f' less the first, with f' from a step of 1e-30: nothing is subtracted.
    """
    f, found = function_of(formula), np.zeros(theta.shape)
    for i in np.ndindex(theta.shape):
        parts = []
        for step in (1e-30, h):
            moved = theta.astype(complex)
            moved[i] += step * 1j
            parts.append(f(moved).imag / step)
        found[i] = 2 * parts[0] - parts[1]
    return found


def differences(f, theta, left, right, over):
    """(f(θ + right e_i) - f(θ + left e_i)) / over, for the wrong answers to spoil."""
    found = np.zeros(theta.shape)
    for i in np.ndindex(theta.shape):
        step = np.zeros(theta.shape)
        step[i] = 1.0
        found[i] = (f(theta + right * step) - f(theta + left * step)) / over
    return found


def forward_is_as_good(f, theta, h):
    """You took the forward difference. Its error falls like h; the central one, with f(θ + h) and
    f(θ - h), gains a power: h².
    """
    return differences(f, theta, 0.0, h, h)


def left_side_is_as_good(f, theta, h):
    """You took the backward difference, f(θ) - f(θ - h). Use both sides: the errors of order h
    cancel.
    """
    return differences(f, theta, -h, 0.0, h)


def points_are_h_apart(f, theta, h):
    """Twice too large: θ + h and θ - h lie 2h apart, so divide by 2h."""
    return differences(f, theta, -h, h, h)


def all_entries_move_together(f, theta, h):
    """You moved every entry at once: that is the slope along (1, 1, …), one number. A partial
    derivative moves one entry and holds the others still.
    """
    return (f(theta + h) - f(theta - h)) / (2 * h)


def entry_stays_where_it_was_moved(f, theta, h):
    """An entry that was moved is not put back before the next one's turn. Take a fresh copy of
    theta for each entry.
    """
    left, right, found = theta.copy(), theta.copy(), np.zeros(theta.shape)
    for i in np.ndindex(theta.shape):
        left[i] -= h
        right[i] += h
        found[i] = (f(right) - f(left)) / (2 * h)
    return found


def gradient_is_a_flat_list(f, theta, h):
    """The gradient has the shape of theta, matrix or not: dQ looks like Q."""
    return differences(f, theta, -h, h, 2 * h).ravel()


central_gradient = Exercise(
    id="central_gradient",
    kind="code",
    difficulty=2,
    minutes=8,
    cases=formula_cases,
    drive=with_a_function,
    oracle=central_by_complex_step,
    returns=("the gradient",),
    mistakes=(
        forward_is_as_good,
        left_side_is_as_good,
        points_are_h_apart,
        all_entries_move_together,
        entry_stays_where_it_was_moved,
        gradient_is_a_flat_list,
    ),
    hints=(
        "One entry at a time: copy theta, move that entry up by h; copy again, move it down by h.",
        "np.ndindex(theta.shape) gives every index of an array, whatever its number of axes.",
        "found[i] = (f(up) - f(down)) / (2 * h), with found = np.zeros(theta.shape).",
    ),
    insight="Central: (f(θ + h) - f(θ - h)) / 2h, an error of order h², two calls for each entry.\n"
    "It trusts nothing but the forward pass, so it is the judge of every backward pass.",
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
    ),
    hints=(
        "The slope along d is g₁ d₁ + g₂ d₂ = |g| |d| cos(angle). Which angle makes it smallest?",
        "cos = -1: d points exactly against g. Then give it length 1.",
        "d = -g/√(g₁² + g₂²); put it into g · d for the slope.",
    ),
    insight="g · d = |g| cos(angle), so -g/|g| falls fastest, and its slope is -|g|.\n"
    "It is a statement about infinitely short steps, and about length as Euclid measures it.",
)

# best_step


def steps_by_measuring():
    """Errors of e^w at 1, forward: 0.1, 1e-5, 1e-8, 0.1; central: 5e-3, 6e-11, 6e-9, 0.05 or so."""
    return {
        "forward_best": "1e-8",
        "central_best": "1e-5",
        "forward_falls": 10,
        "central_falls": 100,
    }


def smallest_step_is_best():
    """You took the smallest step. At 1e-15 the two values agree in nearly all their digits, and
    what is left after subtracting is rounding, blown up by 1/h.
    """
    return steps_by_measuring() | {"forward_best": "1e-15", "central_best": "1e-15"}


def one_step_fits_both():
    """Right for forward. The central difference has less truncation to fight, so it may stay at a
    larger step, where rounding is smaller: about ∛ε, not √ε.
    """
    return steps_by_measuring() | {"central_best": "1e-8"}


def better_formula_wants_a_smaller_step():
    """The two are exchanged: the central difference, whose truncation falls like h², has its best
    place at the *larger* step.
    """
    return steps_by_measuring() | {"forward_best": "1e-5", "central_best": "1e-8"}


def rounding_is_what_hurts():
    """At 0.1 there is hardly any rounding, and the curve has bent away from its tangent: that is
    truncation. Both count; the best step balances them.
    """
    return steps_by_measuring() | {"forward_best": "1e-1", "central_best": "1e-1"}


def central_is_only_twice_as_good():
    """Your last number is that of a formula of first order. In the central difference the terms in
    h cancel; h² is left, so a tenth of the step is a hundredth of the error.
    """
    return steps_by_measuring() | {"central_falls": 10}


best_step = Exercise(
    id="best_step",
    kind="predict",
    difficulty=2,
    minutes=4,
    oracle=steps_by_measuring,
    choices=("1e-1", "1e-5", "1e-8", "1e-15"),
    mistakes=(
        smallest_step_is_best,
        one_step_fits_both,
        better_formula_wants_a_smaller_step,
        rounding_is_what_hurts,
        central_is_only_twice_as_good,
    ),
    hints=(
        "Two errors: truncation, which grows with h, and rounding, about 1e-16/h, which shrinks.",
        "Forward: h against 1e-16/h. Central: h² against 1e-16/h. Where are the two equal?",
        "Forward: h² = 1e-16. Central: h³ = 1e-16.",
    ),
    insight="Forward: best h about √ε = 1e-8, eight digits; central: ∛ε = 6e-6, ten or eleven.\n"
    "So use float64 for a gradient check: in float32 the same sums leave three or four digits.",
)

# corner_slopes


def corner_worked_out():
    """(0.1 - 0)/0.1; (0.1 - 0)/0.2; by convention 0; (0.15 - 0)/0.2."""
    return {"forward": 1.0, "central": 0.5, "nnlib": 0.0, "near": 0.75}


def corner_gives_nan():
    """You expect NaN at the corner. The derivative does not exist there, but nobody tells the
    formula: it divides one finite difference by a finite step.
    """
    return {"forward": math.nan, "central": math.nan, "nnlib": math.nan, "near": 0.75}


def corner_belongs_to_the_right():
    """Right for the differences. For its own slope at 0 nnlib takes 0, as PyTorch does; any number
    from 0 to 1 could be defended there.
    """
    return corner_worked_out() | {"nnlib": 1.0}


def library_takes_the_mean():
    """Right for the differences. nnlib doesn't take their mean: ReLU'(0) = 0 here. So at a corner
    the central difference and a right backward pass disagree.
    """
    return corner_worked_out() | {"nnlib": 0.5}


def only_the_corner_itself_matters():
    """Near the corner: θ - h = -0.05 lies on the other side of it, where f is 0. A corner within
    the step spoils the difference as well.
    """
    return corner_worked_out() | {"near": 1.0}


def both_sides_see_the_right_slope():
    """The central difference looks to the left too, and there ReLU is 0: (0.1 - 0)/0.2."""
    return corner_worked_out() | {"central": 1.0}


corner_slopes = Exercise(
    id="corner_slopes",
    kind="predict",
    difficulty=1,
    minutes=3,
    oracle=corner_worked_out,
    mistakes=(
        corner_gives_nan,
        corner_belongs_to_the_right,
        library_takes_the_mean,
        only_the_corner_itself_matters,
        both_sides_see_the_right_slope,
    ),
    hints=(
        "Put the numbers into the formulas: max(0.1, 0), max(0, 0), max(-0.1, 0).",
        "Central: (max(0.1, 0) - max(-0.1, 0)) / 0.2. For w = 0.05 the points are 0.15 and -0.05.",
        "nnlib's convention stands in chapter 00: ReLU'(0) = 0.",
    ),
    insight="At a corner no difference is the truth: forward, backward and central all disagree.\n"
    "A gradient check that fails for a few ReLU entries may be right: look for kinks first.",
    atol=1e-6,
)

# relative_error


def gradient_pairs(rng):
    """Vectors, a matrix, and two that are zero; differences that cancel; scales far from 1."""
    yield np.array([1.0, 2.0, 3.0]), np.array([1.5, 1.5, 3.0])
    yield np.array([3.0, -4.0]), np.array([-4.0, 3.0])
    yield draw(rng, 2, 3) / 1000, draw(rng, 2, 3) / 1000
    yield draw(rng, 4) * 100, draw(rng, 4) * 100
    yield np.zeros(3), np.zeros(3)


def error_by_loops(analytic, numeric):
    """√Σ(a - n)² over the larger of √Σa² and √Σn²; 0 if both are zero."""
    a, n = analytic.ravel().tolist(), numeric.ravel().tolist()
    gap = math.sqrt(sum((p - q) ** 2 for p, q in zip(a, n, strict=True)))
    scale = max(math.sqrt(sum(p * p for p in a)), math.sqrt(sum(q * q for q in n)))
    return gap / scale if scale else 0.0


def over_larger(gap, analytic, numeric):
    """gap / the larger norm, or 0."""
    scale = max(np.linalg.norm(analytic), np.linalg.norm(numeric))
    return float(gap / scale) if scale else 0.0


def errors_of_both_signs_may_cancel(analytic, numeric):
    """It still adds the differences up with their signs: +0.5 and -0.5 make 0, and a wrong gradient
    passes. Take the norm of the difference.
    """
    return over_larger(abs((analytic - numeric).sum()), analytic, numeric)


def lengths_are_enough(analytic, numeric):
    """You compare the two lengths. (3, -4) and (-4, 3) are equally long and point elsewhere: take
    the length of the difference.
    """
    gap = abs(np.linalg.norm(analytic) - np.linalg.norm(numeric))
    return over_larger(gap, analytic, numeric)


def absolute_error_is_enough(analytic, numeric):
    """You left out the scale. Late in training all gradients are small: two that have nothing in
    common then differ by very little.
    """
    return float(np.linalg.norm(analytic - numeric))


def scale_is_the_sum_of_both(analytic, numeric):
    """You divided by the sum of the two norms. Some courses do, and it serves as well: about half.
    Here the larger of the two is asked for, so that 1e-6 means the same to both of us.
    """
    scale = np.linalg.norm(analytic) + np.linalg.norm(numeric)
    return float(np.linalg.norm(analytic - numeric) / scale) if scale else 0.0


def mistakes_are_averaged(analytic, numeric):
    """You took the mean of the absolute differences. One wrong entry among a million then hardly
    shows; the norm was asked for.
    """
    return over_larger(np.abs(analytic - numeric).mean(), analytic, numeric)


def zero_needs_no_care(analytic, numeric):
    """Right, but for two gradients that are both zero it is 0/0. They agree: return 0.0."""
    with np.errstate(all="ignore"):
        scale = max(np.linalg.norm(analytic), np.linalg.norm(numeric))
        return float(np.linalg.norm(analytic - numeric) / np.float64(scale))


relative_error = Exercise(
    id="relative_error",
    kind="debug",
    difficulty=2,
    minutes=5,
    cases=gradient_pairs,
    oracle=error_by_loops,
    mistakes=(
        errors_of_both_signs_may_cancel,
        lengths_are_enough,
        absolute_error_is_enough,
        scale_is_the_sum_of_both,
        mistakes_are_averaged,
        zero_needs_no_care,
    ),
    hints=(
        "Try it on (1, 2, 3) and (1.5, 1.5, 3). What does it say, and what should it say?",
        "np.sum(analytic - numeric) is 0 there. The differences have signs.",
        "np.linalg.norm(analytic - numeric), over the larger of the two norms as before.",
    ),
    insight="A check is worth what it rejects: test it with a wrong gradient before you trust it.\n"
    "Norm of the difference over the larger norm: no cancelling, and blind to the scale.",
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


kind_of_point = Exercise(
    id="kind_of_point",
    kind="code",
    difficulty=2,
    minutes=6,
    cases=hessian_cases,
    oracle=kind_by_descartes,
    mistakes=(
        diagonal_tells_all,
        determinant_tells_all,
        flat_direction_is_no_obstacle,
        flat_direction_settles_it,
        zero_gradient_means_minimum,
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
