"""Adam from nothing, its missing correction, and a decay apart from the gradient."""

from __future__ import annotations

import math

import numpy as np

from nnlab.checks.spec import Exercise, draw

# adam_step


def adam_cases(rng):
    """Early and late steps, moments that are zero and not, betas and ε far from the defaults."""
    for t, n, lr, betas, eps in (
        (1, 3, 0.1, (0.9, 0.999), 1e-8),
        (2, 4, 0.01, (0.8, 0.9), 0.1),
        (7, 1, 0.5, (0.5, 0.75), 0.01),
        (40, 5, 0.2, (0.9, 0.99), 1e-3),
    ):
        zero = t == 1
        m, v = np.zeros(n) if zero else draw(rng, n), np.zeros(n) if zero else abs(draw(rng, n))
        yield draw(rng, n), draw(rng, n), m, v, t, lr, *betas, eps


def adam_one_by_one(theta, g, m, v, t, lr, beta1, beta2, eps):
    """The paper's algorithm 1 for one number at a time."""
    rows = []
    for w, slope, first, second in zip(*(a.tolist() for a in (theta, g, m, v)), strict=True):
        first = beta1 * first + (1 - beta1) * slope
        second = beta2 * second + (1 - beta2) * slope * slope
        fair = math.sqrt(second / (1 - math.pow(beta2, t)))
        rows.append((w - lr * first / (1 - math.pow(beta1, t)) / (fair + eps), first, second))
    return tuple(np.array(column) for column in zip(*rows, strict=True))


def averages(g, m, v, beta1, beta2):
    """Return the new m and v."""
    return beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g * g


def averages_need_no_correction(theta, g, m, v, t, lr, beta1, beta2, eps):
    """The bias correction is missing: m and v start at 0, so divide them by 1 - beta1**t and by
    1 - beta2**t before the step.
    """
    m, v = averages(g, m, v, beta1, beta2)
    return theta - lr * m / (np.sqrt(v) + eps), m, v


def corrected_averages_are_kept(theta, g, m, v, t, lr, beta1, beta2, eps):
    """The step is right, but you hand back m̂ and v̂. The next step would correct them once more:
    keep m and v as they are, and correct copies.
    """
    m, v = averages(g, m, v, beta1, beta2)
    m, v = m / (1 - beta1**t), v / (1 - beta2**t)
    return theta - lr * m / (np.sqrt(v) + eps), m, v


def steps_are_counted_from_zero(theta, g, m, v, t, lr, beta1, beta2, eps):
    """Your exponent is t + 1. Here t is 1 at the first step already: 1 - beta1**t."""
    m, v = averages(g, m, v, beta1, beta2)
    root = np.sqrt(v / (1 - beta2 ** (t + 1)))
    return theta - lr * m / (1 - beta1 ** (t + 1)) / (root + eps), m, v


def epsilon_belongs_under_the_root(theta, g, m, v, t, lr, beta1, beta2, eps):
    """Your ε stands under the root. Adam adds it to the root: √v̂ + ε. With 1e-8 the difference is
    small for large gradients, and large for small ones: √1e-8 is 1e-4.
    """
    m, v = averages(g, m, v, beta1, beta2)
    return theta - lr * m / (1 - beta1**t) / np.sqrt(v / (1 - beta2**t) + eps), m, v


def second_average_needs_no_root(theta, g, m, v, t, lr, beta1, beta2, eps):
    """You divided by v̂ without the root. v̂ is a mean *square*; its root has the gradient's unit."""
    m, v = averages(g, m, v, beta1, beta2)
    return theta - lr * m / (1 - beta1**t) / (v / (1 - beta2**t) + eps), m, v


def step_uses_the_gradient_itself(theta, g, m, v, t, lr, beta1, beta2, eps):
    """Your step has g above the root, which is RMSProp with a correction. Adam has m̂ there."""
    m, v = averages(g, m, v, beta1, beta2)
    return theta - lr * g / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


def betas_weigh_the_new_gradient(theta, g, m, v, t, lr, beta1, beta2, eps):
    """Your β and 1 - β have changed places. β is the share of the *old* average that stays."""
    m, v = averages(g, m, v, 1 - beta1, 1 - beta2)
    return theta - lr * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


def averages_are_sums(theta, g, m, v, t, lr, beta1, beta2, eps):
    """Your m and v are sums: the new gradient enters in full. In Adam its share is 1 - β, so that m
    has the size of a gradient.
    """
    m, v = beta1 * m + g, beta2 * v + g * g
    return theta - lr * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


def second_average_is_of_the_first(theta, g, m, v, t, lr, beta1, beta2, eps):
    """You squared m for the second average. v averages the squares of the gradients themselves."""
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * m * m
    return theta - lr * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


def step_goes_along_the_gradient(theta, g, m, v, t, lr, beta1, beta2, eps):
    """m and v are right, but theta goes uphill: subtract the step."""
    m, v = averages(g, m, v, beta1, beta2)
    return theta + lr * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


adam_step = Exercise(
    id="adam_step",
    kind="code",
    difficulty=2,
    minutes=8,
    cases=adam_cases,
    oracle=adam_one_by_one,
    returns=("theta", "m", "v"),
    mistakes=(
        averages_need_no_correction,
        corrected_averages_are_kept,
        steps_are_counted_from_zero,
        epsilon_belongs_under_the_root,
        second_average_needs_no_root,
        step_uses_the_gradient_itself,
        betas_weigh_the_new_gradient,
        averages_are_sums,
        second_average_is_of_the_first,
        step_goes_along_the_gradient,
    ),
    hints=(
        "Two moving averages first: of g, and of g². Then two corrected copies. Then the step.",
        "m = beta1 * m + (1 - beta1) * g makes a new array: the caller's m stays as it was.",
        "theta - lr * m_hat / (np.sqrt(v_hat) + eps), with m_hat = m / (1 - beta1**t); return m "
        "and v without the correction.",
    ),
    insight="Adam: a mean of gradients over the root of a mean of squares, both bias-corrected.\n"
    "The step is about lr for each weight, whatever the size of its gradient.",
)


# uncorrected_ratio


def solved_recurrences():
    """SymPy solves m_t = β m_(t-1) + (1 - β), m_0 = 0, and the step's ratio follows."""
    import sympy as sp

    b1, b2, t = sp.symbols("b1 b2 t", positive=True)
    n, f = sp.Symbol("n", integer=True), sp.Function("f")
    m, v = (sp.rsolve(f(n) - b * f(n - 1) - (1 - b), f(n), {f(0): 0}) for b in (b1, b2))
    ratio = m.subs(n, t) / sp.sqrt(v.subs(n, t))
    return {"ratio": ratio, "first": ratio.subs(t, 1)}


def ratios(change):
    """Return both answers for a way to combine 1 - b1**t, 1 - b2**t and the root of that."""
    import sympy as sp

    b1, b2, t = sp.symbols("b1 b2 t", positive=True)
    pairs = {"ratio": (1 - b1**t, 1 - b2**t), "first": (1 - b1, 1 - b2)}
    return {name: change(first, second, sp.sqrt(second)) for name, (first, second) in pairs.items()}


def uncorrected_steps_are_smaller():
    """Yours is the inverse: the corrected step over the uncorrected one. Asked is how many times
    too large the step *without* correction is.
    """
    return ratios(lambda first, second, root: root / first)


def second_average_stands_without_root():
    """The root is missing. v is divided by 1 - b2**t, but it enters the step as √v."""
    return ratios(lambda first, second, root: first / second)


def only_the_first_average_is_biased():
    """You corrected m only. v starts at 0 as well, and it stands in the denominator."""
    return ratios(lambda first, second, root: first)


def only_the_second_average_is_biased():
    """You corrected v only. m starts at 0 as well: it holds (1 - b1**t) g."""
    return ratios(lambda first, second, root: 1 / root)


def root_covers_both():
    """Your root covers the numerator too. Only v is a mean of squares; m enters as it is."""
    import sympy as sp

    return ratios(lambda first, second, root: sp.sqrt(first / second))


def averages_hold_what_has_faded():
    """You wrote b**t where 1 - b**t belongs. b**t is what is left of the zero at the start; the
    share of the gradient is the rest.
    """
    import sympy as sp

    b1, b2, t = sp.symbols("b1 b2 t", positive=True)
    return {"ratio": b1**t / sp.sqrt(b2**t), "first": b1 / sp.sqrt(b2)}


uncorrected_ratio = Exercise(
    id="uncorrected_ratio",
    kind="derive",
    difficulty=2,
    minutes=6,
    oracle=solved_recurrences,
    mistakes=(
        uncorrected_steps_are_smaller,
        second_average_stands_without_root,
        only_the_first_average_is_biased,
        only_the_second_average_is_biased,
        root_covers_both,
        averages_hold_what_has_faded,
    ),
    hints=(
        "Start with m₁ = (1 - b1) g. What is m₂, and how far is it from g?",
        "m_t = (1 - b1**t) g and v_t = (1 - b2**t) g². With correction the step is η g/√g².",
        "Put m_t and √v_t into the step and divide by the corrected one: g cancels.",
    ),
    bounds=(("b1", 0, 1), ("b2", 0, 1)),
    insight="Without correction the step is (1 - β₁ᵗ)/√(1 - β₂ᵗ) times the right one.\n"
    "With the defaults that is 3.16 at t = 1 and 6.57 at t = 12: too large, not too small.",
)


# adamw_step


def adamw_cases(rng):
    """Weights of both signs, small and large decay, early and late steps, gradients near ε."""
    tiny, zero = np.array([3e-8, -2e-8]), np.zeros(2)
    yield np.array([0.5, -1.5]), tiny, zero, zero.copy(), 1, 0.1, 0.5
    for t, n, lr, decay in (
        (1, 3, 0.1, 0.5),
        (3, 4, 0.5, 0.1),
        (9, 2, 0.01, 2.0),
        (5, 1, 0.3, 0.0),
    ):
        yield draw(rng, n), draw(rng, n), draw(rng, n), abs(draw(rng, n)), t, lr, decay


def adamw_one_by_one(theta, g, m, v, t, lr, decay):
    """Loshchilov and Hutter's algorithm 2 for one number at a time, η before λ."""
    rows = []
    for w, slope, first, second in zip(*(a.tolist() for a in (theta, g, m, v)), strict=True):
        first, second = 0.9 * first + 0.1 * slope, 0.999 * second + 0.001 * slope * slope
        step = first / (1 - math.pow(0.9, t)) / (math.sqrt(second / (1 - 0.999**t)) + 1e-8)
        rows.append((w - lr * (step + decay * w), first, second))
    return tuple(np.array(column) for column in zip(*rows, strict=True))


def adam_moves(theta, g, m, v, t, lr):
    """Return Adam's new theta, m and v."""
    m, v = averages(g, m, v, 0.9, 0.999)
    return theta - lr * m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8), m, v


def decay_goes_into_the_gradient(theta, g, m, v, t, lr, decay):
    """The decay is still part of the gradient, so it ends up in m and v and is divided by √v̂: a
    weight with large gradients hardly decays. Leave g alone, and shrink theta.
    """
    return adam_moves(theta, g + decay * theta, m, v, t, lr)


def decay_goes_into_the_first_average(theta, g, m, v, t, lr, decay):
    """You kept the decay out of v, but it is still in m, and m is divided by √v̂. It should touch
    theta only.
    """
    _, m2, v2 = adam_moves(theta, g, m, v, t, lr)
    m2 = m2 + 0.1 * decay * theta
    return theta - lr * m2 / (1 - 0.9**t) / (np.sqrt(v2 / (1 - 0.999**t)) + 1e-8), m2, v2


def decay_needs_no_learning_rate(theta, g, m, v, t, lr, decay):
    """You shrink theta by λ. In PyTorch's form, which is asked for, it is η λ, so that a schedule
    for η moves the decay as well.
    """
    return adam_moves(theta * (1 - decay), g, m, v, t, lr)


def decay_follows_the_step(theta, g, m, v, t, lr, decay):
    """You decay *after* Adam's step, so the step is shrunk too. The decay is taken of the old
    theta.
    """
    theta, m, v = adam_moves(theta, g, m, v, t, lr)
    return theta * (1 - lr * decay), m, v


def decay_is_a_subtraction(theta, g, m, v, t, lr, decay):
    """You subtracted η λ from every weight. Decay is η λ *times* the weight: negative ones shrink
    towards 0 too.
    """
    theta, m, v = adam_moves(theta, g, m, v, t, lr)
    return theta - lr * decay, m, v


def decay_is_added(theta, g, m, v, t, lr, decay):
    """Your weights grow: η λ theta was added. Decay takes it off."""
    return adam_moves(theta * (1 + lr * decay), g, m, v, t, lr)


def decay_can_be_dropped(theta, g, m, v, t, lr, decay):
    """Now there is no decay at all: this is plain Adam. Take η λ theta off theta as well."""
    return adam_moves(theta, g, m, v, t, lr)


adamw_step = Exercise(
    id="adamw_step",
    kind="debug",
    difficulty=2,
    minutes=6,
    cases=adamw_cases,
    oracle=adamw_one_by_one,
    returns=("theta", "m", "v"),
    mistakes=(
        decay_goes_into_the_gradient,
        decay_goes_into_the_first_average,
        decay_needs_no_learning_rate,
        decay_follows_the_step,
        decay_is_a_subtraction,
        decay_is_added,
        decay_can_be_dropped,
    ),
    hints=(
        "Follow decay * theta through the function: by what is it divided in the end?",
        "The line g = g + decay * theta has to go; m and v are averages of the loss's gradient.",
        "theta - lr * decay * theta - lr * m_hat / (np.sqrt(v_hat) + 1e-8).",
    ),
    insight="L2 in the gradient is divided by √v̂, so under Adam it isn't weight decay.\n"
    "AdamW: θ ← θ - ηλθ, then Adam's step; every weight shrinks by the same share.",
)
