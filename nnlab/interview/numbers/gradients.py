"""Gradients by hand: differences, the chain rule, 2-2-1 (chapters 05 to 07)."""

import math

from nnlab.interview.numbers.forward import SOFTMAX, sigmoid, softmax, three_logits
from nnlab.interview.numeric import Generator, Step, one_of, pick, until, whole

BACKWARD = "Nielsen, Neural Networks and Deep Learning (2015), chapter 2."
CHAIN = "Goodfellow, Bengio and Courville, Deep Learning (2016), section 6.5.2."


def batch_of_two(rng):
    """Return two examples of two features, and dz of one unit."""
    return {
        "x1": (whole(rng, 1, 4), whole(rng, -4, -1)),
        "x2": (whole(rng, 2, 6), whole(rng, 1, 5)),
        "d": (pick(rng, -0.9, -0.2), pick(rng, 0.2, 0.9)),
    }


def far_from(y, z):
    """Tell whether p = σ(z) is so far from y, and from 0 and 1, that rounding p does no harm."""
    return abs(sigmoid(z) - y) > 0.1 and abs(z) < 2.5


def one_path(rng):
    """Return the numbers of x -> tanh -> sigmoid with log loss."""
    return {
        "x": pick(rng, 0.5, 2),
        "w": pick(rng, -1.5, 1.5),
        "v": one_of(rng, -2.0, -1.5, 1.5, 2.0),
        "y": whole(rng, 0, 1),
    }


AT_THE_LOGIT = Step(
    "dz",
    "p - y",
    lambda p, y: p - y,
    "{p} - {y}",
    (
        ("The sign: dz = p - y.", lambda p, y: y - p),
        ("The sigmoid's slope cancels for log loss.", lambda p, y: (p - y) * p * (1 - p)),
    ),
)

GENERATORS = (
    Generator(
        id="number-partials",
        chapter="05",
        difficulty=1,
        minutes=2,
        question=(
            "f(u, v) = {a}u² + {b}uv + {c}v. What is its gradient (∂f/∂u, ∂f/∂v) at u = {u}, "
            "v = {v}?"
        ),
        draw=lambda rng: {
            "a": whole(rng, 2, 5),
            "b": whole(rng, 2, 6),
            "c": whole(rng, 2, 9),
            "u": whole(rng, 2, 4),
            "v": whole(rng, -4, -1),
        },
        steps=(
            Step(
                "gradient",
                "(2a u + b v, b u + c)",
                lambda a, b, c, u, v: (2 * a * u + b * v, b * u + c),
                "(2·{a}·{u} + {b}·{v}, {b}·{u} + {c})",
                (
                    (
                        "The product uv depends on u too: ∂(uv)/∂u = v.",
                        lambda a, b, c, u: (
                            2 * a * u,
                            b * u + c,
                        ),
                    ),
                    (
                        "The product uv depends on v too: ∂(uv)/∂v = u.",
                        lambda a, b, c, u, v: (
                            2 * a * u + b * v,
                            c,
                        ),
                    ),
                    ("The slope of u² is 2u.", lambda a, b, c, u, v: (a * u + b * v, b * u + c)),
                    (
                        "The two components have changed places.",
                        lambda a, b, c, u, v: (
                            b * u + c,
                            2 * a * u + b * v,
                        ),
                    ),
                ),
            ),
        ),
        source="Goodfellow, Bengio and Courville, Deep Learning (2016), section 4.3.",
    ),
    Generator(
        id="number-difference-error",
        chapter="05",
        difficulty=2,
        minutes=3,
        question=(
            "Approximate the slope of w³ at w = {w} by the central difference with h = {h}. By how "
            "much is it too large?"
        ),
        draw=lambda rng: {  # so small that three digits hold the error too
            "w": one_of(rng, 0.5, 1.0, 1.5),
            "h": one_of(rng, 0.1, 0.2, 0.3, 0.4),
        },
        steps=(
            Step(
                "difference",
                "((w + h)³ - (w - h)³)/(2h)",
                lambda w, h: ((w + h) ** 3 - (w - h) ** 3) / (2 * h),
                "(({w} + {h})³ - ({w} - {h})³)/(2·{h})",
                (
                    (
                        "The two points are 2h apart.",
                        lambda w, h: ((w + h) ** 3 - (w - h) ** 3) / h,
                    ),
                    ("That is the forward difference.", lambda w, h: ((w + h) ** 3 - w**3) / h),
                ),
                rtol=1e-4,
            ),
            Step(
                "slope",
                "3w²",
                lambda w: 3 * w * w,
                "3·{w}²",
                (("The 3 is missing.", lambda w: w * w),),
                rtol=1e-4,
            ),
            Step(
                "error",
                "difference - slope = h²",
                lambda difference, slope: difference - slope,
                "{difference} - {slope}",
                (
                    (
                        "That is the error of the forward difference, 3wh + h².",
                        lambda w, h: 3 * w * h + h * h,
                    ),
                    ("The error falls with h², not with h.", lambda h: h),
                    ("The sign: the difference is too large.", lambda h: -h * h),
                ),
            ),
        ),
        source="Press et al., Numerical Recipes (2007), section 5.7.",
    ),
    Generator(
        id="number-chain-of-links",
        chapter="06",
        difficulty=1,
        minutes=3,
        question="L = (σ(w x) - {y})² with x = {x} and w = {w}. What is dL/dw?",
        draw=until(
            lambda x, w, y: far_from(y, w * x),
            lambda rng: {
                "x": pick(rng, 0.5, 3),
                "w": pick(rng, -1, 1),
                "y": whole(rng, 0, 1),
            },
        ),
        steps=(
            Step(
                "p",
                "σ(w x)",
                lambda w, x: sigmoid(w * x),
                "σ({w}·{x})",
                (("That is σ of minus it.", lambda w, x: sigmoid(-w * x)),),
            ),
            Step(
                "slope of the sigmoid",
                "p(1 - p)",
                lambda p: p * (1 - p),
                "{p}·(1 - {p})",
                (("The slope of σ is p(1 - p), not p.", lambda p: p),),
            ),
            Step(
                "dL/dw",
                "2(p - y) · slope · x",
                lambda p, y, slope_of_the_sigmoid, x: 2 * (p - y) * slope_of_the_sigmoid * x,
                "2·({p} - {y})·{slope_of_the_sigmoid}·{x}",
                (
                    (
                        "The last link is missing: d(wx)/dw = x.",
                        lambda p, y, slope_of_the_sigmoid: 2 * (p - y) * slope_of_the_sigmoid,
                    ),
                    (
                        "The last link is x, not w.",
                        lambda p, y, slope_of_the_sigmoid, w: (
                            2 * (p - y) * slope_of_the_sigmoid * w
                        ),
                    ),
                    (
                        "The sigmoid's slope is missing: it cancels for log loss, not for a "
                        "square.",
                        lambda p, y, x: 2 * (p - y) * x,
                    ),
                    (
                        "The 2 of the square is missing.",
                        lambda p, y, slope_of_the_sigmoid, x: (p - y) * slope_of_the_sigmoid * x,
                    ),
                    (
                        "The sign: the residual is p - y.",
                        lambda p, y, slope_of_the_sigmoid, x: (
                            2 * (y - p) * slope_of_the_sigmoid * x
                        ),
                    ),
                ),
                rtol=0.02,
            ),
        ),
        source=CHAIN,
    ),
    Generator(
        id="number-paths-add",
        chapter="06",
        difficulty=2,
        minutes=3,
        question=(
            "u = {a}w, v = w², L = u v. What is dL/dw at w = {w}? Sum over the paths through u and "
            "through v."
        ),
        draw=lambda rng: {"a": whole(rng, 2, 7), "w": whole(rng, 2, 5)},
        steps=(
            Step(
                "through u",
                "v · a",
                lambda a, w: w * w * a,
                "{w}²·{a}",
                (("∂L/∂u = v, not u.", lambda a, w: a * w * a),),
                rtol=0,
            ),
            Step(
                "through v",
                "u · 2w",
                lambda a, w: a * w * 2 * w,
                "{a}·{w}·2·{w}",
                (("∂v/∂w = 2w.", lambda a, w: a * w * w),),
                rtol=0,
            ),
            Step(
                "dL/dw",
                "the sum",
                lambda through_u, through_v: through_u + through_v,
                "{through_u} + {through_v}",
                (
                    ("That is one path; the two add.", lambda through_u: through_u),
                    ("That is one path: the other adds to it.", lambda through_v: through_v),
                    (
                        "Along a path the links multiply; paths add.",
                        lambda through_u, through_v: through_u * through_v,
                    ),
                ),
                rtol=0,
            ),
        ),
        source=CHAIN,
    ),
    Generator(
        id="number-sigmoid-depth",
        chapter="06",
        difficulty=1,
        minutes=2,
        question=(
            "{n} sigmoids in a row, with weights of {w} between them. By what factor, at most, "
            "does a gradient come through the {n} slopes and {n} weights?"
        ),
        draw=lambda rng: {"n": whole(rng, 3, 10), "w": one_of(rng, 0.5, 1.5, 2.0, 3.0)},
        steps=(
            Step(
                "one layer",
                "w/4",
                lambda w: w / 4,
                "{w}/4",
                (
                    ("A sigmoid's slope is at most ¼, not 1.", lambda w: w),
                    ("The weight is a factor too.", lambda: 0.25),
                ),
            ),
            Step(
                "all",
                "(w/4)ⁿ",
                lambda one_layer, n: one_layer**n,
                "{one_layer}^{n}",
                (
                    ("Factors multiply; they don't add.", lambda one_layer, n: one_layer * n),
                    ("One layer too few.", lambda one_layer, n: one_layer ** (n - 1)),
                ),
                rtol=0.02,
            ),
        ),
        source="Hochreiter, diploma thesis (1991); Bengio, Simard and Frasconi (1994).",
    ),
    Generator(
        id="number-gradient-at-the-logits",
        chapter="04",
        difficulty=2,
        minutes=4,
        question=(
            "The logits of one example are {z}, its true class is number {c}, counted from 1. What "
            "is the gradient of the softmax loss for the logits?"
        ),
        draw=three_logits,
        steps=(
            Step(
                "p",
                "e^z / Σ e^z",
                softmax,
                SOFTMAX,
                (("e^z was not divided by its sum.", lambda z: tuple(map(math.exp, z))),),
            ),
            Step(
                "gradient",
                "p - y",
                lambda p, c: tuple(q - (i == c - 1) for i, q in enumerate(p)),
                "{p} - 1 at number {c}",
                (
                    (
                        "The sign: it is p - y, and pushes the true class up by going against it.",
                        lambda p, c: tuple((i == c - 1) - q for i, q in enumerate(p)),
                    ),
                    ("Those are the probabilities: 1 is taken off at the true class.", lambda p: p),
                    (
                        "Other classes get a gradient too: their p.",
                        lambda p, c: tuple((q - 1) * (i == c - 1) for i, q in enumerate(p)),
                    ),
                    (
                        "The softmax's slope cancels against the logarithm's: no p(1 - p) is left.",
                        lambda p, c: tuple(
                            (q - (i == c - 1)) * q * (1 - q) for i, q in enumerate(p)
                        ),
                    ),
                ),
                rtol=0.02,
            ),
        ),
        source="Bishop, Pattern Recognition and Machine Learning (2006), section 4.3.4.",
    ),
    Generator(
        id="number-log-loss-gradient",
        chapter="07",
        difficulty=1,
        minutes=3,
        question=(
            "Logistic regression on one example: x = {x}, w = {w}, b = {b}, y = {y}. What are the "
            "gradients (dw, db) of the log loss?"
        ),
        draw=until(
            lambda x, w, b, y: far_from(y, w * x + b),
            lambda rng: {
                "x": pick(rng, 1.5, 4),
                "w": pick(rng, -1, 1),
                "b": pick(rng, -1, 1),
                "y": whole(rng, 0, 1),
            },
        ),
        steps=(
            Step(
                "p",
                "σ(w x + b)",
                lambda w, x, b: sigmoid(w * x + b),
                "σ({w}·{x} + {b})",
                (
                    ("The bias is missing.", lambda w, x: sigmoid(w * x)),
                    ("That is the logit: the sigmoid is missing.", lambda w, x, b: w * x + b),
                ),
            ),
            AT_THE_LOGIT,
            Step(
                "(dw, db)",
                "(dz·x, dz)",
                lambda dz, x: (dz * x, dz),
                "({dz}·{x}, {dz})",
                (
                    ("The bias's input is 1, so db = dz.", lambda dz, x: (dz * x, dz * x)),
                    ("dw is dz times the weight's input, x.", lambda dz: (dz, dz)),
                    ("dw is dz times x, not times w.", lambda dz, w: (dz * w, dz)),
                ),
                rtol=0.02,
            ),
        ),
        source=BACKWARD,
    ),
    Generator(
        id="number-hidden-weight",
        chapter="07",
        difficulty=2,
        minutes=5,
        question=(
            "A chain: h = tanh({w}·x), p = σ({v}·h), log loss with y = {y}, and x = {x}. What is "
            "the gradient for the first weight, {w}?"
        ),
        draw=until(
            lambda x, w, v, y: abs(w * x) < 1.4 and far_from(y, v * math.tanh(w * x)), one_path
        ),
        steps=(
            Step(
                "h",
                "tanh(w x)",
                lambda w, x: math.tanh(w * x),
                "tanh({w}·{x})",
                (
                    ("That is w x: tanh is missing.", lambda w, x: w * x),
                    ("That is a sigmoid, not tanh.", lambda w, x: sigmoid(w * x)),
                ),
            ),
            Step(
                "p",
                "σ(v h)",
                lambda v, h: sigmoid(v * h),
                "σ({v}·{h})",
                (("That is v h: the sigmoid is missing.", lambda v, h: v * h),),
            ),
            AT_THE_LOGIT,
            Step(
                "dw",
                "dz · v · (1 - h²) · x",
                lambda dz, v, h, x: dz * v * (1 - h * h) * x,
                "{dz}·{v}·(1 - {h}²)·{x}",
                (
                    ("tanh's slope 1 - h² is missing.", lambda dz, v, x: dz * v * x),
                    (
                        "tanh's slope is 1 - h², with the output h; h(1 - h) is a sigmoid's.",
                        lambda dz, v, h, x: dz * v * h * (1 - h) * x,
                    ),
                    ("The weight v lies on the path.", lambda dz, h, x: dz * (1 - h * h) * x),
                    ("The last link is x.", lambda dz, v, h: dz * v * (1 - h * h)),
                    ("That is the gradient for v: dz·h.", lambda dz, h: dz * h),
                ),
                rtol=0.02,
            ),
        ),
        source=BACKWARD,
    ),
    Generator(
        id="number-dense-backward",
        chapter="07",
        difficulty=2,
        minutes=4,
        question=(
            "A dense layer with two inputs and one unit sees the batch X = [{x1}; {x2}], a row for "
            "each example, and gets dz = {d}, which holds the loss's 1/m already. What are dW (two "
            "numbers) and db?"
        ),
        draw=batch_of_two,
        steps=(
            Step(
                "dW",
                "Xᵀ dz",
                lambda x1, x2, d: tuple(a * d[0] + b * d[1] for a, b in zip(x1, x2, strict=True)),
                "({x1[0]}·{d[0]} + {x2[0]}·{d[1]}, {x1[1]}·{d[0]} + {x2[1]}·{d[1]})",
                (
                    (
                        "The mean is taken twice: dz holds 1/m already.",
                        lambda x1, x2, d: tuple(
                            (a * d[0] + b * d[1]) / 2 for a, b in zip(x1, x2, strict=True)
                        ),
                    ),
                    (
                        "That is X dz: each weight sums over the examples, Xᵀ dz.",
                        lambda x1, x2, d: (
                            x1[0] * d[0] + x1[1] * d[1],
                            x2[0] * d[0] + x2[1] * d[1],
                        ),
                    ),
                    (
                        "That is one example alone; the batch adds up.",
                        lambda x1, d: tuple(a * d[0] for a in x1),
                    ),
                ),
            ),
            Step(
                "db",
                "Σ dz",
                lambda d: d[0] + d[1],
                "{d[0]} + {d[1]}",
                (
                    ("The mean is taken twice: dz holds 1/m already.", lambda d: (d[0] + d[1]) / 2),
                    (
                        "Absolute values don't add here: signs count.",
                        lambda d: abs(d[0]) + abs(d[1]),
                    ),
                ),
                rtol=0.02,
            ),
        ),
        source=BACKWARD,
        every=True,
    ),
    Generator(
        id="number-activation-memory",
        chapter="07",
        difficulty=2,
        minutes=3,
        question=(
            "A network of {L} dense layers of {n} units each keeps its activations for the "
            "backward pass: one number a unit and example, 4 bytes each. How many MB (10⁶ bytes) "
            "for a batch of {m}?"
        ),
        draw=lambda rng: {
            "L": whole(rng, 4, 20),
            "n": one_of(rng, 256, 512, 1024, 4096),
            "m": one_of(rng, 64, 256, 512),
        },
        steps=(
            Step(
                "numbers",
                "L·n·m",
                lambda L, n, m: L * n * m,
                "{L}·{n}·{m}",
                (
                    ("Every example of the batch has its own.", lambda L, n: L * n),
                    ("Every layer keeps its own.", lambda n, m: n * m),
                    ("Those are weights: activations are one a unit.", lambda L, n: L * n * n),
                ),
                rtol=0,
            ),
            Step(
                "memory",
                "4 · numbers / 10⁶",
                lambda numbers: 4 * numbers / 1e6,
                "4·{numbers}/10⁶",
                (("Each takes 4 bytes.", lambda numbers: numbers / 1e6),),
                unit="MB",
            ),
        ),
        source="Chen et al., Training Deep Nets with Sublinear Memory Cost (2016).",
    ),
)
