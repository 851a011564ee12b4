"""Chapter 10, variations of SGD: the exercises of solutions/10_sgd_variants.ipynb.

Truth comes from numbers worked out by hand, from each paper's recurrence written for one number
at a time, from a recurrence that SymPy solves, and from paths that are walked twice.
"""

from __future__ import annotations

import math

import numpy as np

from nnlab.checks.spec import Exercise, draw

# momentum_by_hand


def three_steps_worked_out():
    """v = 4, then 2 + 4 = 6, then 3 - 2 = 1; Nesterov moves by 4 + 2, 4 + 3 and -2 + 0.5."""
    return {"v": 1.0, "momentum": 1 - 0.1 * (4 + 6 + 1), "nesterov": 1 - 0.1 * (6 + 7 - 1.5)}


def velocity_is_an_average():
    """You weighted the new gradient with 1 - β, as Adam does. That is another form in use; here v
    becomes β v + g, so gradients that agree add up.
    """
    return {"v": 0.5, "momentum": 1 - 0.1 * (2 + 3 + 0.5), "nesterov": 1 - 0.1 * (3 + 3.5 - 0.75)}


def velocity_holds_one_gradient():
    """Your v is the last gradient only. Half of the velocity before is still in it: β v + g."""
    return {"v": -2.0, "momentum": 0.4, "nesterov": 1 - 0.1 * (6 + 6 - 3)}


def velocity_never_fades():
    """Your v adds up all gradients and forgets none. At each step the old velocity is multiplied by
    β = 0.5 first.
    """
    return {"v": 6.0, "momentum": 1 - 0.1 * 18, "nesterov": 1 - 0.1 * (6 + 8 + 1)}


def steps_go_along_the_velocity():
    """You moved along the velocity. It is a sum of gradients, which point uphill: w loses η v."""
    return {"v": 1.0, "momentum": 2.1, "nesterov": 2.15}


def nesterov_uses_the_old_velocity():
    """Your Nesterov steps are g + β v with the v from before this step. v is updated first; the new
    one looks ahead. With the old one you get the heavy ball again.
    """
    return three_steps_worked_out() | {"nesterov": -0.1}


momentum_by_hand = Exercise(
    id="momentum_by_hand",
    kind="compute",
    difficulty=1,
    minutes=4,
    oracle=three_steps_worked_out,
    mistakes=(
        velocity_is_an_average,
        velocity_holds_one_gradient,
        velocity_never_fades,
        steps_go_along_the_velocity,
        nesterov_uses_the_old_velocity,
    ),
    hints=(
        "Write a table with a row for each step: g, the new v, the step. v starts at 0.",
        "v is 4, then 0.5 · 4 + 4, then half of that minus 2. The heavy ball moves by -0.1 v.",
        "Nesterov moves by -0.1 (g + 0.5 v) with the new v: 4 + 2, then 4 + 3, then -2 + 0.5.",
    ),
    insight="v ← β v + g: gradients that agree add up to 1/(1 - β) times one of them.\n"
    "Nesterov steps with g + β v, v the new velocity: the gradient looked up one step ahead.",
    atol=1e-6,
)

# adagrad_clock


def clocks_worked_out():
    """0.6/√100, 0.6/√4, and 0.6 · 10/√(100 · 100)."""
    return {"frequent": 0.06, "rare": 0.3, "loud": 0.06}


def sum_has_no_root():
    """You divided by s itself. AdaGrad divides by its root: then the size of the gradients cancels,
    and the k-th step is η/√k.
    """
    return {"frequent": 0.006, "rare": 0.15, "loud": 0.0006}


def all_words_share_one_clock():
    """You counted all 100 steps for the rare word too. Its s grows only when its own gradient isn't
    0, which was four times.
    """
    return {"frequent": 0.06, "rare": 0.06, "loud": 0.06}


def louder_gradients_step_farther():
    """In `loud` all gradients are ten times as large, and so is √s: the step stays as it was."""
    return {"frequent": 0.06, "rare": 0.3, "loud": 0.6}


def louder_gradients_step_less():
    """In `loud` you divided by the larger √s and forgot that g above it is ten times as large,
    too.
    """
    return {"frequent": 0.06, "rare": 0.3, "loud": 0.006}


def clock_counts_the_gap():
    """For the rare word you counted the 25 steps since it was last seen. s counts how often it was
    seen: four times.
    """
    return {"frequent": 0.06, "rare": 0.12, "loud": 0.06}


def the_present_gradient_is_not_counted():
    """You left this step's own gradient out of s. It is added first, and then the step is taken."""
    return {"frequent": 0.6 / math.sqrt(99), "rare": 0.6 / math.sqrt(3), "loud": 0.6 / 99**0.5}


adagrad_clock = Exercise(
    id="adagrad_clock",
    kind="compute",
    difficulty=1,
    minutes=3,
    oracle=clocks_worked_out,
    mistakes=(
        sum_has_no_root,
        all_words_share_one_clock,
        louder_gradients_step_farther,
        louder_gradients_step_less,
        clock_counts_the_gap,
        the_present_gradient_is_not_counted,
    ),
    hints=(
        "s is the sum of the squares of this weight's own gradients, the present one included.",
        "At step 100 it is 100 · 1² for the frequent word and 4 · 1² for the rare one.",
        "The step is η g/√s: 0.6/10 and 0.6/2. In the third case g = 10 and s = 100 · 10².",
    ),
    insight="AdaGrad's k-th step for a weight is η/√k, k counted by that weight's own gradients.\n"
    "So rare features keep a large step, and the size of the gradients cancels out.",
    atol=1e-6,
)

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

# clip_together


def clip_cases(rng):
    """Gradients above and below the limit, one array large and the other small, and zeros."""
    yield np.array([[3.0, 0.0]]), np.array([4.0]), 1.0
    yield np.array([[30.0, 40.0]]), np.array([0.3]), 5.0
    yield np.array([[0.3, -0.4]]), np.array([1.2]), 2.0
    yield np.zeros((2, 2)), np.zeros(2), 1.0
    yield draw(rng, 3, 2), draw(rng, 2), 1.5
    yield np.array([[1.5, 0.0]]), np.array([2.0]), 2.2


def clipped_by_loops(dW, db, limit):
    """One sum of squares over all entries; a common factor, at most 1."""
    total = math.sqrt(sum(x * x for x in [*dW.ravel().tolist(), *db.tolist()]))
    factor = 1.0 if total <= limit else limit / total
    return np.array([[factor * x for x in row] for row in dW.tolist()]), np.array(
        [factor * x for x in db.tolist()]
    )


def norm_of(*arrays):
    """Return the length of all entries together."""
    return math.sqrt(sum(float((a * a).sum()) for a in arrays))


def each_array_has_its_own_norm(dW, db, limit):
    """Each array is still clipped by its own norm. Then dW and db get different factors, and the
    direction of the whole gradient changes. One norm over both.
    """
    return tuple(a * min(1.0, limit / (norm_of(a) or 1.0)) for a in (dW, db))


def short_gradients_are_stretched(dW, db, limit):
    """You scale gradients *up* to the limit when they are below it. Clipping leaves them alone: the
    factor is at most 1.
    """
    factor = limit / (norm_of(dW, db) or 1.0)
    return dW * factor, db * factor


def clipping_cuts_each_entry(dW, db, limit):
    """You clip by value. That cuts large entries only and turns the gradient; by norm means one
    factor for all.
    """
    return np.clip(dW, -limit, limit), np.clip(db, -limit, limit)


def norms_of_the_parts_add_up(dW, db, limit):
    """You added the two norms. Lengths at right angles don't add: take the root of the sum of all
    squares.
    """
    factor = min(1.0, limit / ((norm_of(dW) + norm_of(db)) or 1.0))
    return dW * factor, db * factor


def largest_entry_is_the_norm(dW, db, limit):
    """You compared the largest entry with the limit. The norm is the root of the sum of all
    squares.
    """
    peak = max(float(abs(dW).max()), float(abs(db).max()))
    factor = min(1.0, limit / (peak or 1.0))
    return dW * factor, db * factor


def norm_without_root(dW, db, limit):
    """You compared the sum of squares with the limit. Its root is the norm."""
    factor = min(1.0, limit / (norm_of(dW, db) ** 2 or 1.0))
    return dW * factor, db * factor


def biases_do_not_count(dW, db, limit):
    """Your norm is that of dW alone. The limit is for all entries together, those of db too."""
    factor = min(1.0, limit / (norm_of(dW) or 1.0))
    return dW * factor, db * factor


clip_together = Exercise(
    id="clip_together",
    kind="debug",
    difficulty=1,
    minutes=5,
    cases=clip_cases,
    oracle=clipped_by_loops,
    returns=("dW", "db"),
    mistakes=(
        each_array_has_its_own_norm,
        short_gradients_are_stretched,
        clipping_cuts_each_entry,
        norms_of_the_parts_add_up,
        largest_entry_is_the_norm,
        norm_without_root,
        biases_do_not_count,
    ),
    hints=(
        "Compare the direction of (dW, db) before and after: is dW/db still the same ratio?",
        "There should be one norm, over the entries of both arrays, and one factor for both.",
        "norm = np.sqrt(np.sum(dW**2) + np.sum(db**2)); only if norm > limit multiply both by "
        "limit / norm.",
    ),
    insight="Clip by the norm of *all* gradients together: one factor, the direction stays.\n"
    "After backward, before the step; it bounds rare spikes and cures no wrong learning rate.",
)

# which_paths_stay


def walked_twice():
    """Walk two steps of each path twice, with the change and without, and compare."""
    import nnlib as nn

    A, w0 = np.array([[1.0, 0.3], [0.3, 4.0]]), np.array([1.0, -0.7])
    turn = np.array([[0.8, -0.6], [0.6, 0.8]])

    def end(make, A, w, back):
        w, optimizer = w.copy(), make()
        for _ in range(5):
            optimizer.step(w, A @ w)
        return back @ w

    eye, tiny = np.eye(2), 1e-12
    adam, sgd = (lambda: nn.Adam(0.1, eps=tiny)), (lambda: nn.SGD(0.01))
    heavy = lambda: nn.SGD(0.01, momentum=0.9)  # noqa: E731
    pairs = {
        "sgd_loss": (sgd, 10 * A, w0, eye),
        "adam_loss": (adam, 10 * A, w0, eye),
        "momentum_turned": (heavy, turn @ A @ turn.T, turn @ w0, turn.T),
        "adam_turned": (adam, turn @ A @ turn.T, turn @ w0, turn.T),
        "adam_inputs": (adam, A / 100, 10 * w0, eye / 10),  # w = 10 u: inputs a tenth as large
    }
    same = {
        name: np.allclose(end(make, *there), end(make, A, w0, eye), rtol=0, atol=1e-6)
        for name, (make, *there) in pairs.items()
    }
    return {name: "same" if found else "other" for name, found in same.items()}


def stays(**changes):
    """Return the right answers with some changed."""
    right = {"sgd_loss": "other", "adam_loss": "same", "momentum_turned": "same"}
    return right | {"adam_turned": "other", "adam_inputs": "other"} | changes


def adam_undoes_the_scale_of_inputs():
    """Right but for the inputs. Ten times larger inputs make gradients ten times larger, which Adam
    undoes, *and* ask for weights a tenth as large, which it doesn't: its step is still η.
    """
    return stays(adam_inputs="same")


def same_gradient_same_path():
    """Right but for the turned axes. Adam divides entry by entry, and which entries there are
    depends on the axes: turned and divided isn't divided and turned.
    """
    return stays(adam_turned="same")


def everything_depends_on_the_axes():
    """You let momentum feel the turn. It only adds gradients and multiplies them by numbers, and a
    turn passes through both: it walks the turned path.
    """
    return stays(momentum_turned="other")


def only_the_direction_counts():
    """You believe that SGD ignores the size of the gradient. Its step is η g: ten times the loss,
    ten times the step.
    """
    return stays(sgd_loss="same")


def every_optimizer_feels_the_loss_scale():
    """Adam doesn't feel the factor: m grows tenfold, √v too, and the ratio stays, as long as ε is
    far below the gradients.
    """
    return stays(adam_loss="other")


def adam_is_invariant_to_everything():
    """You trust Adam too much: it ignores the scale of the loss. Turned axes it does notice, and
    the scale of the inputs too.
    """
    return stays(adam_turned="same", adam_inputs="same")


which_paths_stay = Exercise(
    id="which_paths_stay",
    kind="predict",
    difficulty=3,
    minutes=5,
    oracle=walked_twice,
    choices=("same", "other"),
    mistakes=(
        adam_undoes_the_scale_of_inputs,
        same_gradient_same_path,
        everything_depends_on_the_axes,
        only_the_direction_counts,
        every_optimizer_feels_the_loss_scale,
        adam_is_invariant_to_everything,
    ),
    hints=(
        "Write down the first step of each, before and after the change. Adam's is η sign(g).",
        "Turn the axes: is turning first and stepping then the same as stepping first?",
        "Inputs ten times as large: the best w is a tenth, g is ten times as large, and Adam's "
        "step is η both times. As a share of the best w, is that the same?",
    ),
    insight="Adam ignores the scale of the loss, not that of the inputs: standardise them.\n"
    "SGD and momentum ignore a rotation; what divides entry by entry does not.",
)
