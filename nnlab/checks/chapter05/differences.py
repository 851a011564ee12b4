"""Finite differences: their step, their corners, and the check that is made of them."""

from __future__ import annotations

import math

import numpy as np

from nnlab.checks.spec import Exercise, draw

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


def a_row_is_an_entry(f, theta, h):
    """You moved theta[0], theta[1], … In a matrix these are whole rows. np.ndindex(theta.shape)
    goes through the entries, whatever the shape.
    """
    found = np.zeros(theta.shape)
    for i in range(len(theta)):
        up, down = theta.copy(), theta.copy()
        up[i] += h
        down[i] -= h
        found[i] = (f(up) - f(down)) / (2 * h)
    return found


def both_names_are_one_array(f, theta, h):
    """Your two points are the same: what + h moves, - h moves back. up = theta is a second name for
    one array; theta.copy() makes another.
    """
    return np.zeros(theta.shape)


def division_reaches_over_the_product(f, theta, h):
    """Python reads / 2 * h from left to right: halved, then times h. Write / (2 * h)."""
    return differences(f, theta, -h, h, 2 / h)


def division_reaches_back(f, theta, h):
    """Only f(θ - h) is divided: / binds tighter than -. Put brackets around the difference."""
    found = np.zeros(theta.shape)
    for i in np.ndindex(theta.shape):
        up, down = theta.copy(), theta.copy()
        up[i] += h
        down[i] -= h
        found[i] = f(up) - f(down) / (2 * h)
    return found


def left_comes_first(f, theta, h):
    """The sign is turned round: f(θ + h) - f(θ - h), the point further up first."""
    return differences(f, theta, h, -h, 2 * h)


def function_knows_the_best_h(f, theta, h):
    """You used a step of your own. It is a good one, but h is an argument: here a large one tells
    the formulas apart.
    """
    return differences(f, theta, -1e-5, 1e-5, 2e-5)


def points_lie_half_a_step_away(f, theta, h):
    """You moved by h/2 to each side. That is a central difference too, with half the step: asked
    are θ + h and θ - h.
    """
    return differences(f, theta, -h / 2, h / 2, h)


def step_is_a_share_of_the_entry(f, theta, h):
    """You moved each entry by a share of itself, times 1 + h. The step is h, added: an entry of 0
    has to move as well.
    """
    found = np.zeros(theta.shape)
    for i in np.ndindex(theta.shape):
        up, down = theta.copy(), theta.copy()
        up[i] *= 1 + h
        down[i] *= 1 - h
        found[i] = (f(up) - f(down)) / (2 * h)
    return found


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
        a_row_is_an_entry,
        both_names_are_one_array,
        division_reaches_over_the_product,
        division_reaches_back,
        left_comes_first,
        function_knows_the_best_h,
        points_lie_half_a_step_away,
        step_is_a_share_of_the_entry,
    ),
    hints=(
        "One entry at a time: copy theta, move that entry up by h; copy again, move it down by h.",
        "np.ndindex(theta.shape) gives every index of an array, whatever its number of axes.",
        "found[i] = (f(up) - f(down)) / (2 * h), with found = np.zeros(theta.shape).",
    ),
    insight="Central: (f(θ + h) - f(θ - h)) / 2h, an error of order h², two calls for each entry.\n"
    "It trusts nothing but the forward pass, so it is the judge of every backward pass.",
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


def forward_wants_the_smallest():
    """Right but for `forward_best`. At 1e-15 the two values agree in nearly all their digits, and
    what is left after subtracting is rounding, blown up by 1/h.
    """
    return steps_by_measuring() | {"forward_best": "1e-15"}


def central_wants_the_smallest():
    """Right but for `central_best`. At 1e-15 rounding, 1e-16/h, is as large as the slope itself."""
    return steps_by_measuring() | {"central_best": "1e-15"}


def forward_stays_at_a_larger_step():
    """Right for central. The forward difference has an error of order h itself, so it must go to
    smaller steps, until rounding is as large: h = 1e-16/h.
    """
    return steps_by_measuring() | {"forward_best": "1e-5"}


def orders_are_one_too_high():
    """You gave each formula a power too many. Forward: the error is of order h, central: h². A
    tenth of the step, to that power.
    """
    return steps_by_measuring() | {"forward_falls": 100, "central_falls": 1000}


def central_gains_two_powers():
    """Your last number is that of an error of order h³. In the central difference the terms in h
    cancel, h² is left: a hundredth.
    """
    return steps_by_measuring() | {"central_falls": 1000}


def both_are_of_second_order():
    """The forward difference is of first order: its error is about h/2 · f″, a tenth for a tenth of
    the step.
    """
    return steps_by_measuring() | {"forward_falls": 100}


def factor_is_what_is_left():
    """You gave what is left of the error. Asked is the factor by which it *falls*: 10, not 0.1."""
    return steps_by_measuring() | {"forward_falls": 0.1, "central_falls": 0.01}


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
        forward_wants_the_smallest,
        central_wants_the_smallest,
        forward_stays_at_a_larger_step,
        orders_are_one_too_high,
        central_gains_two_powers,
        both_are_of_second_order,
        factor_is_what_is_left,
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


def forward_feels_the_corner():
    """The forward difference looks to the right only: (max(0.1, 0) - max(0, 0))/0.1. It doesn't
    notice the corner.
    """
    return corner_worked_out() | {"forward": math.nan}


def library_says_nan():
    """nnlib decides: ReLU'(0) = 0, by convention. A NaN would spoil all of the gradient."""
    return corner_worked_out() | {"nnlib": math.nan}


def central_gives_nan():
    """No formula notices the corner: (max(0.1, 0) - max(-0.1, 0))/0.2 is a number."""
    return corner_worked_out() | {"central": math.nan}


def central_divides_by_one_step():
    """You divided the central differences by h. The two points lie 2h apart: 0.2."""
    return corner_worked_out() | {"central": 1.0, "near": 1.5}


def differences_are_slopes():
    """You gave the differences. A slope is the difference over the distance of the points: 0.1, and
    0.2 for the central one.
    """
    return corner_worked_out() | {"forward": 0.1, "central": 0.1, "near": 0.15}


def near_is_at_the_corner():
    """Near the corner the two points are 0.15 and -0.05, not 0.1 and -0.1: (0.15 - 0)/0.2."""
    return corner_worked_out() | {"near": 0.5}


def left_side_decides():
    """The left side is flat, but the right point counts too: (0.1 - 0)/0.2."""
    return corner_worked_out() | {"central": 0.0}


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
        forward_feels_the_corner,
        library_says_nan,
        central_gives_nan,
        central_divides_by_one_step,
        differences_are_slopes,
        near_is_at_the_corner,
        left_side_decides,
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


def absolute_values_make_the_norm(analytic, numeric):
    """You added the absolute differences. Nothing cancels any more, but the norm is the root of the
    sum of *squares*.
    """
    return over_larger(np.abs(analytic - numeric).sum(), analytic, numeric)


def largest_difference_is_the_norm(analytic, numeric):
    """You took the largest difference. That is a norm, but not the one in the denominator: take the
    root of the sum of squares for both.
    """
    return over_larger(np.abs(analytic - numeric).max(), analytic, numeric)


def root_may_be_left_out(analytic, numeric):
    """The root is missing over your differences: a norm is the root of the sum of squares. Without
    it the error changes with the scale.
    """
    return over_larger(np.sum((analytic - numeric) ** 2), analytic, numeric)


def root_of_the_mean_is_the_norm(analytic, numeric):
    """You took the root of the *mean* square. The norm adds the squares up, above as below."""
    return over_larger(np.sqrt(np.mean((analytic - numeric) ** 2)), analytic, numeric)


def smaller_norm_is_the_scale(analytic, numeric):
    """You divided by the smaller norm. If it is 0, and the other isn't, there is no number: take
    the larger one.
    """
    scale = min(np.linalg.norm(analytic), np.linalg.norm(numeric))
    return float(np.linalg.norm(analytic - numeric) / scale) if scale else 0.0


def analytic_sets_the_scale(analytic, numeric):
    """You divided by the norm of `analytic` alone. A wrong one may be far too large or too small:
    take the larger of the two.
    """
    scale = np.linalg.norm(analytic)
    return float(np.linalg.norm(analytic - numeric) / scale) if scale else 0.0


def numeric_sets_the_scale(analytic, numeric):
    """You divided by the norm of `numeric` alone. Take the larger of the two, so that neither has
    to be right.
    """
    scale = np.linalg.norm(numeric)
    return float(np.linalg.norm(analytic - numeric) / scale) if scale else 0.0


def mean_norm_is_the_scale(analytic, numeric):
    """You divided by the mean of the two norms. Asked is the larger one."""
    scale = (np.linalg.norm(analytic) + np.linalg.norm(numeric)) / 2
    return float(np.linalg.norm(analytic - numeric) / scale) if scale else 0.0


def small_number_saves_the_zero(analytic, numeric):
    """You added a small number below. That avoids 0/0, and makes small gradients look closer than
    they are: ask for a scale of 0 instead.
    """
    scale = max(np.linalg.norm(analytic), np.linalg.norm(numeric))
    return float(np.linalg.norm(analytic - numeric) / (scale + 1e-8))


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
        absolute_values_make_the_norm,
        largest_difference_is_the_norm,
        root_may_be_left_out,
        root_of_the_mean_is_the_norm,
        smaller_norm_is_the_scale,
        analytic_sets_the_scale,
        numeric_sets_the_scale,
        mean_norm_is_the_scale,
        small_number_saves_the_zero,
    ),
    hints=(
        "Try it on (1, 2, 3) and (1.5, 1.5, 3). What does it say, and what should it say?",
        "np.sum(analytic - numeric) is 0 there. The differences have signs.",
        "np.linalg.norm(analytic - numeric), over the larger of the two norms as before.",
    ),
    insight="A check is worth what it rejects: test it with a wrong gradient before you trust it.\n"
    "Norm of the difference over the larger norm: no cancelling, and blind to the scale.",
)
