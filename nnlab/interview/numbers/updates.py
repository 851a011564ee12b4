"""Steps and rates of gradient descent and its variants, computed (chapters 08 and 10)."""

import math

from nnlab.interview.numeric import Generator, Step, one_of, pick, until, whole

DESCENT = (
    "Boyd and Vandenberghe, Convex Optimization (2004), section 9.3; Nocedal and Wright (2006)."
)
ADAM = "Kingma and Ba, Adam (2015), algorithm 1."


def two_rates(rng):
    """Return β₁, β₂, a rate and two gradients of different size."""
    return {
        "b1": 0.9,
        "b2": one_of(rng, 0.99, 0.999),
        "lr": one_of(rng, 0.1, 0.01, 0.001),
        "g1": pick(rng, 1, 4),
        "g2": -pick(rng, 1, 4),
    }


GENERATORS = (
    Generator(
        id="number-descent-steps",
        chapter="08",
        difficulty=1,
        minutes=2,
        question=(
            "L(w) = {a}w². Start at w = {w} with learning rate {lr}. Where is w after two steps of "
            "gradient descent?"
        ),
        draw=lambda rng: {
            "a": whole(rng, 1, 4),
            "w": whole(rng, 2, 8),
            "lr": one_of(rng, 0.05, 0.1, 0.2),
        },
        steps=(
            Step(
                "factor",
                "1 - lr·2a",
                lambda a, lr: 1 - 2 * a * lr,
                "1 - {lr}·2·{a}",
                (
                    ("The slope of a w² is 2a w.", lambda a, lr: 1 - a * lr),
                    ("Downhill is minus the gradient.", lambda a, lr: 1 + 2 * a * lr),
                ),
            ),
            Step(
                "w",
                "factor² · w",
                lambda factor, w: factor**2 * w,
                "{factor}²·{w}",
                (
                    ("That is after one step.", lambda factor, w: factor * w),
                    (
                        "The gradient at the new place is another: take it anew for the second "
                        "step.",
                        lambda a, lr, w: w - 2 * lr * 2 * a * w,
                    ),
                ),
                rtol=0.02,
            ),
        ),
        source=DESCENT,
    ),
    Generator(
        id="number-largest-rate",
        chapter="08",
        difficulty=1,
        minutes=2,
        question=(
            "L(u, v) = {a}u² + {c}v². Below which learning rate does gradient descent converge?"
        ),
        draw=lambda rng: {"a": whole(rng, 1, 3), "c": whole(rng, 5, 40)},
        steps=(
            Step(
                "λmax",
                "the largest second derivative, 2c",
                lambda c: 2 * c,
                "2·{c}",
                (
                    ("The second derivative of c v² is 2c.", lambda c: c),
                    ("The steepest direction decides, not the flattest.", lambda a: 2 * a),
                    ("The Hessian is diagonal: no sum.", lambda a, c: 2 * (a + c)),
                ),
            ),
            Step(
                "limit",
                "2/λmax",
                lambda λmax: 2 / λmax,
                "2/{λmax}",
                (
                    (
                        "At 1/λmax that direction arrives in one step; it converges up to 2/λmax.",
                        lambda λmax: 1 / λmax,
                    ),
                    ("The flattest direction allows that; the steepest doesn't.", lambda a: 1 / a),
                ),
            ),
        ),
        source=DESCENT,
    ),
    Generator(
        id="number-best-rate",
        chapter="08",
        difficulty=3,
        minutes=4,
        question=(
            "A quadratic has curvatures {s} and {c}. By which factor does the error shrink a step, "
            "in the slowest direction, at the best constant learning rate?"
        ),
        draw=lambda rng: {"s": whole(rng, 1, 3), "c": whole(rng, 8, 60)},
        steps=(
            Step(
                "rate",
                "2/(λmin + λmax)",
                lambda s, c: 2 / (s + c),
                "2/({s} + {c})",
                (
                    ("That is the limit of stability.", lambda c: 2 / c),
                    (
                        "There the steepest direction arrives at once and the flattest crawls.",
                        lambda c: 1 / c,
                    ),
                ),
            ),
            Step(
                "factor",
                "1 - rate·λmin",
                lambda rate, s: 1 - rate * s,
                "1 - {rate}·{s}",
                (
                    (
                        "The sign: the steepest direction's factor is -(κ - 1)/(κ + 1), of the "
                        "same "
                        "size.",
                        lambda rate, c: 1 - rate * c,
                    ),
                    ("That is the share that is lost.", lambda rate, s: rate * s),
                ),
            ),
        ),
        source=DESCENT,
    ),
    Generator(
        id="number-momentum-steps",
        chapter="10",
        difficulty=1,
        minutes=3,
        question=(
            "Heavy ball, v ← {mu}v + g and w ← w - {lr}v, from v = 0 and w = {w}. The gradients of "
            "the first two steps are {g} and {h}. Where is w then?"
        ),
        draw=until(
            lambda mu, lr, w, g, h: abs(w - lr * (g + mu * g + h)) > 0.1,
            lambda rng: {
                "mu": one_of(rng, 0.5, 0.8, 0.9),
                "lr": one_of(rng, 0.1, 0.2, 0.5),
                "w": whole(rng, 1, 5),
                "g": pick(rng, 1, 4),
                "h": pick(rng, -3, 3),
            },
        ),
        steps=(
            Step(
                "v1",
                "g₁",
                lambda g: g,
                "",
                (
                    ("v starts at 0, so the first v is the gradient.", lambda mu, g: mu * g),
                    ("This form has no factor 1 - μ.", lambda mu, g: (1 - mu) * g),
                ),
            ),
            Step(
                "v2",
                "μ v₁ + g₂",
                lambda mu, v1, h: mu * v1 + h,
                "{mu}·{v1} + {h}",
                (
                    ("v remembers: μ v is missing.", lambda h: h),
                    ("The old v shrinks by μ.", lambda v1, h: v1 + h),
                    ("This form has no factor 1 - μ.", lambda mu, v1, h: mu * v1 + (1 - mu) * h),
                ),
            ),
            Step(
                "w",
                "w - lr(v₁ + v₂)",
                lambda w, lr, v1, v2: w - lr * (v1 + v2),
                "{w} - {lr}·({v1} + {v2})",
                (
                    ("Both steps move w: the first is missing.", lambda w, lr, v2: w - lr * v2),
                    ("That is without momentum.", lambda w, lr, g, h: w - lr * (g + h)),
                    ("Downhill is minus.", lambda w, lr, v1, v2: w + lr * (v1 + v2)),
                ),
                rtol=0.02,
            ),
        ),
        source="Polyak (1964); Sutskever et al., ICML 2013, section 2.",
    ),
    Generator(
        id="number-adam-second-step",
        chapter="10",
        difficulty=3,
        minutes=5,
        question=(
            "Adam with learning rate {lr}, β₁ = {b1}, β₂ = {b2}, ε neglected. The first gradients "
            "of a weight are {g1} and {g2}. By how much does the second step change the weight "
            "(with its sign)?"
        ),
        draw=two_rates,
        steps=(
            Step(
                "m",
                "β₁(1 - β₁)g₁ + (1 - β₁)g₂",
                lambda b1, g1, g2: b1 * (1 - b1) * g1 + (1 - b1) * g2,
                "{b1}·(1 - {b1})·{g1} + (1 - {b1})·{g2}",
                (
                    (
                        "m starts at 0, not at the first gradient.",
                        lambda b1, g1, g2: b1 * g1 + (1 - b1) * g2,
                    ),
                    ("The average remembers the first gradient.", lambda b1, g2: (1 - b1) * g2),
                ),
                rtol=0.02,
            ),
            Step(
                "m̂",
                "m/(1 - β₁²)",
                lambda m, b1: m / (1 - b1**2),
                "{m}/(1 - {b1}²)",
                (
                    ("At the second step t = 2: β₁².", lambda m, b1: m / (1 - b1)),
                    ("Uncorrected.", lambda m: m),
                ),
                rtol=0.02,
            ),
            Step(
                "v̂",
                "(β₂(1 - β₂)g₁² + (1 - β₂)g₂²)/(1 - β₂²)",
                lambda b2, g1, g2: (b2 * (1 - b2) * g1**2 + (1 - b2) * g2**2) / (1 - b2**2),
                "({b2}·(1 - {b2})·{g1}² + (1 - {b2})·{g2}²)/(1 - {b2}²)",
                (
                    ("Uncorrected.", lambda b2, g1, g2: b2 * (1 - b2) * g1**2 + (1 - b2) * g2**2),
                    (
                        "v averages g², not g.",
                        lambda b2, g1, g2: (b2 * (1 - b2) * g1 + (1 - b2) * g2) / (1 - b2**2),
                    ),
                    (
                        "The average remembers the first gradient.",
                        lambda b2, g2: (1 - b2) * g2**2 / (1 - b2**2),
                    ),
                ),
                rtol=0.02,
            ),
            Step(
                "change",
                "-lr·m̂/√v̂",
                lambda lr, m_, v_: -lr * m_ / math.sqrt(v_),
                "-{lr}·{m_}/√{v_}",
                (
                    (
                        "The sign: a step goes against m̂.",
                        lambda lr, m_, v_: lr * m_ / math.sqrt(v_),
                    ),
                    ("The root is missing.", lambda lr, m_, v_: -lr * m_ / v_),
                    (
                        "That is lr·sign(g), the first step's.",
                        lambda lr, g2: -lr * math.copysign(1, g2),
                    ),
                ),
                rtol=0.03,
            ),
        ),
        source=ADAM,
    ),
    Generator(
        id="number-adam-uncorrected",
        chapter="10",
        difficulty=2,
        minutes=2,
        question=(
            "Adam with β₁ = {b1} and β₂ = {b2}, but without bias correction: how many times the "
            "right size has its first step?"
        ),
        draw=lambda rng: {"b1": one_of(rng, 0.8, 0.9, 0.95), "b2": one_of(rng, 0.98, 0.99, 0.999)},
        steps=(
            Step(
                "ratio",
                "(1 - β₁)/√(1 - β₂)",
                lambda b1, b2: (1 - b1) / math.sqrt(1 - b2),
                "(1 - {b1})/√(1 - {b2})",
                (
                    (
                        "That is m's share alone: v is too small as well, and stands under a "
                        "root below.",
                        lambda b1: 1 - b1,
                    ),
                    ("v stands under a root.", lambda b1, b2: (1 - b1) / (1 - b2)),
                    (
                        "Upside down: m's share stands above the line, the root of v's below.",
                        lambda b1, b2: math.sqrt(1 - b2) / (1 - b1),
                    ),
                ),
                rtol=0.02,
            ),
        ),
        source=ADAM,
    ),
    Generator(
        id="number-adagrad-rate",
        chapter="10",
        difficulty=1,
        minutes=2,
        question=(
            "AdaGrad with learning rate {lr} and ε neglected: a weight has seen gradients of {g} "
            "in "
            "each of its {t} steps, this one among them. How far does it move now?"
        ),
        draw=lambda rng: {
            "lr": one_of(rng, 0.1, 0.5, 1.0),
            "g": pick(rng, 0.2, 5),
            "t": one_of(rng, 4, 9, 16, 25, 100),
        },
        steps=(
            Step(
                "sum",
                "t·g²",
                lambda t, g: t * g * g,
                "{t}·{g}²",
                (
                    ("AdaGrad sums squares.", lambda t, g: t * g),
                    ("It sums all gradients so far, not the last.", lambda g: g * g),
                ),
            ),
            Step(
                "distance",
                "lr·g/√sum = lr/√t",
                lambda lr, g, sum: lr * g / math.sqrt(sum),
                "{lr}·{g}/√{sum}",
                (
                    ("The root is missing.", lambda lr, g, sum: lr * g / sum),
                    ("That is plain SGD's step.", lambda lr, g: lr * g),
                    ("The rate falls with √t, not with t.", lambda lr, t: lr / t),
                    ("That is the first step's; the sum has grown since.", lambda lr: lr),
                ),
                rtol=0.02,
            ),
        ),
        source="Duchi, Hazan and Singer, JMLR 12 (2011).",
    ),
    Generator(
        id="number-clip-by-norm",
        chapter="10",
        difficulty=1,
        minutes=2,
        question="The gradient is {g}. What does clipping by norm to {c} make of it?",
        draw=lambda rng: {
            "g": one_of(rng, (6, -8), (-9, 12), (5, 12), (-16, 12), (15, -8)),
            "c": one_of(rng, 1, 2, 5),
        },
        steps=(
            Step(
                "norm",
                "√(g₁² + g₂²)",
                lambda g: math.hypot(*g),
                "√({g[0]}² + {g[1]}²)",
                (
                    (
                        "That is the sum of absolute values: the norm squares.",
                        lambda g: abs(g[0]) + abs(g[1]),
                    ),
                    ("The root is missing.", lambda g: g[0] ** 2 + g[1] ** 2),
                ),
            ),
            Step(
                "clipped",
                "g · c/norm",
                lambda g, c, norm: tuple(part * c / norm for part in g),
                "{g}·{c}/{norm}",
                (
                    (
                        "That is clipping by value, which turns the direction.",
                        lambda g, c: tuple(math.copysign(c, part) for part in g),
                    ),
                    (
                        "Its length must be the limit, not 1.",
                        lambda g, norm: tuple(part / norm for part in g),
                    ),
                ),
                rtol=0.02,
            ),
        ),
        source="Pascanu, Mikolov and Bengio, ICML 2013, section 3.2.",
    ),
    Generator(
        id="number-cosine-rate",
        chapter="10",
        difficulty=2,
        minutes=2,
        question=(
            "A cosine schedule falls from {lr} to 0 in {T} steps. What is the rate at step {t}?"
        ),
        draw=lambda rng: {
            "lr": one_of(rng, 0.1, 0.3, 0.001),
            "T": 1000,
            "t": one_of(rng, 250, 300, 400, 600, 750, 900),
        },
        steps=(
            Step(
                "rate",
                "lr·(1 + cos(π t/T))/2",
                lambda lr, t, T: lr * (1 + math.cos(math.pi * t / T)) / 2,
                "{lr}·(1 + cos(π·{t}/{T}))/2",
                (
                    ("That is a straight line.", lambda lr, t, T: lr * (1 - t / T)),
                    (
                        "That falls through 0 to -lr: add 1 and halve.",
                        lambda lr, t, T: lr * math.cos(math.pi * t / T),
                    ),
                    (
                        "The cosine was taken of degrees, not of radians.",
                        lambda lr, t, T: lr * (1 + math.cos(math.radians(math.pi * t / T))) / 2,
                    ),
                    (
                        "That is a quarter of a period; the schedule uses half of one.",
                        lambda lr, t, T: lr * math.cos(math.pi * t / T / 2),
                    ),
                ),
                rtol=0.02,
            ),
        ),
        source="Loshchilov and Hutter, SGDR (2017), equation 5.",
    ),
    Generator(
        id="number-decoupled-decay",
        chapter="10",
        difficulty=2,
        minutes=3,
        question=(
            "AdamW, first step: weight {w}, gradient {g}, learning rate {lr}, weight decay {wd}, ε "
            "neglected. What is the weight afterwards?"
        ),
        draw=lambda rng: {
            "w": whole(rng, 1, 5),
            "g": pick(rng, 0.5, 3),
            "lr": one_of(rng, 0.1, 0.2),
            "wd": one_of(rng, 0.1, 0.5),
        },
        steps=(
            Step(
                "decayed",
                "w(1 - lr·λ)",
                lambda w, lr, wd: w * (1 - lr * wd),
                "{w}·(1 - {lr}·{wd})",
                (
                    ("The decay is multiplied by the learning rate.", lambda w, wd: w * (1 - wd)),
                    ("Decay is missing.", lambda w: w),
                ),
                rtol=0.001,
            ),
            Step(
                "w",
                "decayed - lr·sign(g)",
                lambda decayed, lr: decayed - lr,
                "{decayed} - {lr}",
                (
                    (
                        "Adam's first step is lr·sign(g), whatever the size of g.",
                        lambda decayed, lr, g: decayed - lr * g,
                    ),
                    (
                        "That is Adam with L2 in the gradient: the division swallows the decay.",
                        lambda w, lr: w - lr,
                    ),
                    ("The step goes against the gradient.", lambda decayed, lr: decayed + lr),
                ),
                rtol=0.001,
            ),
        ),
        source="Loshchilov and Hutter, Decoupled Weight Decay Regularization (2019), algorithm 2.",
    ),
)
