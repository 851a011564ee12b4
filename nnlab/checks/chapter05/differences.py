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
