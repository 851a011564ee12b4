"""A forward pass and its loss, by hand (chapters 03 and 04)."""

import math

from nnlab.interview.numeric import Generator, Step, one_of, pick, whole

LOSSES = "Goodfellow, Bengio and Courville, Deep Learning (2016), section 6.2.2."
SOFTMAX = "(e^{z[0]}, e^{z[1]}, e^{z[2]})/(e^{z[0]} + e^{z[1]} + e^{z[2]})"


def sigmoid(z):
    """1/(1 + e^-z), as by hand: the tests hold it against nnlib and SciPy."""
    return 1 / (1 + math.exp(-z))


def relu(z):
    """max(z, 0)."""
    return max(z, 0.0)


def three_logits(rng):
    """Return three logits, no two alike, and the true class, which is not the likeliest."""
    logits = sorted({pick(rng, -2, 3) for _ in range(12)})
    low, mid, high = logits[0], logits[len(logits) // 2], logits[-1]
    order = one_of(rng, (mid, high, low), (high, low, mid), (low, mid, high))
    return {"z": order, "c": order.index(mid) + 1}


def softmax(z):
    """e^z / Σ e^z."""
    total = sum(map(math.exp, z))
    return tuple(math.exp(part) / total for part in z)


def two_units(rng):
    """Return the numbers of a 2-2-1 network whose first hidden unit is on and second off."""
    while True:
        numbers = {name: pick(rng, -2, 2) for name in ("w1", "w2", "w3", "w4", "v1", "v2", "c")}
        numbers |= {"x1": pick(rng, 1, 3), "x2": pick(rng, -2, 2)}
        first = numbers["w1"] * numbers["x1"] + numbers["w2"] * numbers["x2"]
        second = numbers["w3"] * numbers["x1"] + numbers["w4"] * numbers["x2"]
        ends = abs(numbers["v1"] * first + numbers["c"]) > 0.1
        if first > 0.3 and second < -0.3 and ends:
            return numbers


GENERATORS = (
    Generator(
        id="number-unit-forward",
        chapter="03",
        difficulty=1,
        minutes=2,
        question=(
            "A sigmoid unit has weights ({w1}, {w2}) and bias {b}. What does it give for the input "
            "({x1}, {x2})?"
        ),
        draw=lambda rng: {
            "w1": pick(rng, -2, 2),
            "w2": pick(rng, -2, 2),
            "b": pick(rng, -1, 1),
            "x1": pick(rng, 1, 2),
            "x2": pick(rng, -2, -0.5),
        },
        steps=(
            Step(
                "z",
                "w₁x₁ + w₂x₂ + b",
                lambda w1, w2, x1, x2, b: w1 * x1 + w2 * x2 + b,
                "{w1}·{x1} + {w2}·({x2}) + {b}",
                (
                    ("The bias is missing.", lambda w1, w2, x1, x2: w1 * x1 + w2 * x2),
                    (
                        "The bias is added, not subtracted.",
                        lambda w1, w2, x1, x2, b: w1 * x1 + w2 * x2 - b,
                    ),
                    (
                        "Weights and inputs are crossed: w₁ belongs to x₁.",
                        lambda w1, w2, x1, x2, b: w1 * x2 + w2 * x1 + b,
                    ),
                ),
            ),
            Step(
                "a",
                "σ(z) = 1/(1 + e^-z)",
                sigmoid,
                "1/(1 + e^-({z}))",
                (
                    ("That is σ(-z): the sign of the exponent is turned.", lambda z: sigmoid(-z)),
                    ("That is z itself: the sigmoid is missing.", lambda z: z),
                    ("That is tanh(z).", lambda z: math.tanh(z)),
                ),
            ),
        ),
        source="Nielsen, Neural Networks and Deep Learning (2015), chapter 1.",
    ),
    Generator(
        id="number-two-layer-forward",
        chapter="03",
        difficulty=2,
        minutes=4,
        question=(
            "A 2-2-1 network has ReLU hidden units without biases, with weights ({w1}, {w2}) and "
            "({w3}, {w4}), and the output z = {v1}·a₁ + {v2}·a₂ + {c}. What is z for the input "
            "({x1}, {x2})?"
        ),
        draw=two_units,
        steps=(
            Step(
                "a1",
                "max(0, w₁·x)",
                lambda w1, w2, x1, x2: relu(w1 * x1 + w2 * x2),
                "max(0, {w1}·{x1} + {w2}·{x2})",
                (
                    ("The second input is missing.", lambda w1, x1: relu(w1 * x1)),
                    (
                        "Weights and inputs are crossed.",
                        lambda w1, w2, x1, x2: relu(w1 * x2 + w2 * x1),
                    ),
                ),
            ),
            Step(
                "a2",
                "max(0, w₂·x)",
                lambda w3, w4, x1, x2: relu(w3 * x1 + w4 * x2),
                "max(0, {w3}·{x1} + {w4}·{x2})",
                (
                    (
                        "ReLU cuts off what is below 0: that is the value before it.",
                        lambda w3, w4, x1, x2: w3 * x1 + w4 * x2,
                    ),
                    (
                        "ReLU is no absolute value: below 0 it is 0.",
                        lambda w3, w4, x1, x2: abs(w3 * x1 + w4 * x2),
                    ),
                ),
            ),
            Step(
                "z",
                "v₁a₁ + v₂a₂ + c",
                lambda v1, v2, c, a1, a2: v1 * a1 + v2 * a2 + c,
                "{v1}·{a1} + {v2}·{a2} + {c}",
                (
                    ("The output's bias is missing.", lambda v1, v2, a1, a2: v1 * a1 + v2 * a2),
                    (
                        "The output has no ReLU: a logit may be negative.",
                        lambda v1, v2, c, a1, a2: relu(v1 * a1 + v2 * a2 + c),
                    ),
                ),
            ),
        ),
        source="Nielsen, Neural Networks and Deep Learning (2015), chapter 2.",
    ),
    Generator(
        id="number-layer-shapes",
        chapter="03",
        difficulty=1,
        minutes=2,
        question=(
            "A batch of {m} examples with {n} features goes through a dense layer of {k} units, "
            "z = XW + b. Give the shapes of W, of z, and of what b's gradient is summed over: dz."
        ),
        draw=lambda rng: {
            "m": one_of(rng, 16, 32, 64),
            "n": one_of(rng, 10, 20, 50),
            "k": one_of(rng, 5, 8, 12),
        },
        steps=(
            Step(
                "W",
                "(features, units)",
                lambda n, k: (n, k),
                "",
                (
                    (
                        "That is PyTorch's W, transposed: with z = XW it is (features, units).",
                        lambda n, k: (
                            k,
                            n,
                        ),
                    ),
                    ("W knows nothing of the batch.", lambda m, k: (m, k)),
                ),
                rtol=0,
            ),
            Step(
                "z",
                "(m, n)·(n, k)",
                lambda m, k: (m, k),
                "",
                (
                    ("The features are summed over in XW.", lambda m, n: (m, n)),
                    ("Examples stand in rows.", lambda m, k: (k, m)),
                ),
                rtol=0,
            ),
            Step(
                "dz",
                "as z",
                lambda m, k: (m, k),
                "",
                (
                    ("That is the sum over the batch, db; dz has z's shape.", lambda k: (k,)),
                    ("dz has z's shape, whatever came before.", lambda m, n: (m, n)),
                ),
                rtol=0,
            ),
        ),
        source="Goodfellow, Bengio and Courville, Deep Learning (2016), section 6.5.",
        every=True,
    ),
    Generator(
        id="number-softmax-cross-entropy",
        chapter="04",
        difficulty=2,
        minutes=4,
        question=(
            "The logits are {z}, and the true class is number {c}, counted from 1. What is the "
            "softmax loss, in nats?"
        ),
        draw=three_logits,
        steps=(
            Step(
                "p",
                "e^z / Σ e^z",
                softmax,
                SOFTMAX,
                (
                    (
                        "The probabilities must sum to 1: e^z was not divided by its sum.",
                        lambda z: tuple(map(math.exp, z)),
                    ),
                    (
                        "The logits were divided by their sum, without the exponential.",
                        lambda z: tuple(part / sum(z) for part in z),
                    ),
                    (
                        "Sigmoids of each logit alone don't sum to 1.",
                        lambda z: tuple(map(sigmoid, z)),
                    ),
                ),
            ),
            Step(
                "loss",
                "-ln p of the true class",
                lambda p, c: -math.log(p[c - 1]),
                "-ln of number {c} in {p}",
                (
                    ("The sign: a loss is above 0.", lambda p, c: math.log(p[c - 1])),
                    (
                        "That is -log p for the likeliest class, not the true one.",
                        lambda p: -math.log(max(p)),
                    ),
                    (
                        "The logarithm is to base 10; here it is the natural one.",
                        lambda p, c: -math.log10(p[c - 1]),
                    ),
                    (
                        "The logarithm is to base 2: those are bits.",
                        lambda p, c: -math.log2(p[c - 1]),
                    ),
                    ("That is 1 - p, no logarithm.", lambda p, c: 1 - p[c - 1]),
                    (
                        "That sums over all classes; only the true one counts.",
                        lambda p: -sum(map(math.log, p)),
                    ),
                ),
            ),
        ),
        source=LOSSES,
    ),
    Generator(
        id="number-log-loss-mean",
        chapter="04",
        difficulty=1,
        minutes=3,
        question=(
            "A classifier says p = {p1}, {p2} and {p3} for three examples whose labels are 1, 0 "
            "and 1. What is the mean log loss, in nats?"
        ),
        draw=lambda rng: {
            "p1": pick(rng, 0.6, 0.95, 2),
            "p2": pick(rng, 0.55, 0.9, 2),
            "p3": pick(rng, 0.1, 0.45, 2),
        },
        steps=(
            Step(
                "sum",
                "-ln p₁ - ln(1 - p₂) - ln p₃",
                lambda p1, p2, p3: -math.log(p1) - math.log(1 - p2) - math.log(p3),
                "-ln {p1} - ln(1 - {p2}) - ln {p3}",
                (
                    (
                        "The second label is 0: there it is ln(1 - p).",
                        lambda p1, p2, p3: -math.log(p1 * p2 * p3),
                    ),
                    (
                        "The sign: a loss is above 0.",
                        lambda p1, p2, p3: math.log(p1) + math.log(1 - p2) + math.log(p3),
                    ),
                    (
                        "Negative examples count too: their term is -ln(1 - p).",
                        lambda p1, p3: -math.log(p1) - math.log(p3),
                    ),
                ),
            ),
            Step(
                "loss",
                "sum/3",
                lambda sum: sum / 3,
                "{sum}/3",
                (("That is the sum over the examples, not the mean.", lambda sum: sum),),
            ),
        ),
        source=LOSSES,
    ),
    Generator(
        id="number-first-loss",
        chapter="04",
        difficulty=1,
        minutes=1,
        question=(
            "Before training, a classifier with {k} classes gives every class the same "
            "probability. What should the softmax loss be, in nats?"
        ),
        draw=lambda rng: {"k": one_of(rng, 3, 5, 20, 50, 100, 200, 1000)},
        steps=(
            Step(
                "loss",
                "-ln(1/k) = ln k",
                lambda k: math.log(k),
                "ln {k}",
                (
                    (
                        "The logarithm is to base 10; here it is the natural one.",
                        lambda k: math.log10(k),
                    ),
                    ("The logarithm is to base 2: those are bits.", lambda k: math.log2(k)),
                    ("That is the probability; the loss is -ln of it.", lambda k: 1 / k),
                    ("The sign: a loss is above 0.", lambda k: -math.log(k)),
                ),
            ),
        ),
        source=LOSSES,
    ),
    Generator(
        id="number-mse",
        chapter="04",
        difficulty=1,
        minutes=2,
        question=(
            "Predictions {p} for the true values {y}: what is the mean squared error, without a "
            "factor ½?"
        ),
        draw=lambda rng: {
            "p": tuple(pick(rng, 1, 5) for _ in range(4)),
            "y": tuple(pick(rng, -4, -1) + whole(rng, 0, 9) for _ in range(4)),
        },
        steps=(
            Step(
                "squares",
                "Σ (p - y)²",
                lambda p, y: sum((a - b) ** 2 for a, b in zip(p, y, strict=True)),
                " + ".join(f"({{p[{i}]}} - {{y[{i}]}})²" for i in range(4)),
                (
                    (
                        "Those are absolute residuals, not squares.",
                        lambda p, y: sum(abs(a - b) for a, b in zip(p, y, strict=True)),
                    ),
                    (
                        "First square, then sum: here the residuals were summed first.",
                        lambda p, y: (sum(p) - sum(y)) ** 2,
                    ),
                ),
            ),
            Step(
                "loss",
                "squares/4",
                lambda squares: squares / 4,
                "{squares}/4",
                (
                    ("That is the sum, not the mean.", lambda squares: squares),
                    ("There is no ½ in it.", lambda squares: squares / 8),
                    ("That is its root.", lambda squares: math.sqrt(squares / 4)),
                ),
            ),
        ),
        source="Bishop, Pattern Recognition and Machine Learning (2006), section 1.2.5.",
    ),
    Generator(
        id="number-huber",
        chapter="04",
        difficulty=2,
        minutes=2,
        question=("The Huber loss with δ = {d} of two residuals, {r} and {s}: what is the mean?"),
        draw=lambda rng: {
            "d": one_of(rng, 1.0, 1.5, 2.0),
            "r": pick(rng, 0.2, 0.9),
            "s": -pick(rng, 3, 6),
        },
        steps=(
            Step(
                "small",
                "½ r²",
                lambda r: r * r / 2,
                "½·{r}²",
                (
                    ("The ½ is missing.", lambda r: r * r),
                    ("Below δ it is a square.", lambda r: r),
                ),
            ),
            Step(
                "large",
                "δ(|s| - ½ δ)",
                lambda d, s: d * (abs(s) - d / 2),
                "{d}·(|{s}| - ½·{d})",
                (
                    ("Beyond δ it is a straight line, not a square.", lambda s: s * s / 2),
                    (
                        "The - ½ δ is missing; without it the two parts don't meet.",
                        lambda d, s: d * abs(s),
                    ),
                ),
            ),
            Step(
                "loss",
                "(small + large)/2",
                lambda small, large: (small + large) / 2,
                "({small} + {large})/2",
                (("That is the sum, not the mean.", lambda small, large: small + large),),
            ),
        ),
        source="Huber, Annals of Mathematical Statistics 35 (1964).",
    ),
    Generator(
        id="number-imbalanced-first-loss",
        chapter="04",
        difficulty=3,
        minutes=3,
        question=(
            "{q} % of the labels are positive. What is the lowest mean log loss, in nats, of a "
            "model that says the same p for everyone?"
        ),
        draw=lambda rng: {"q": one_of(rng, 1, 2, 5, 10, 20)},
        steps=(
            Step(
                "p",
                "the share of positives",
                lambda q: q / 100,
                "{q}/100",
                (("Not ½: the best constant is the share itself.", lambda: 0.5),),
            ),
            Step(
                "loss",
                "-p ln p - (1 - p) ln(1 - p)",
                lambda p: -p * math.log(p) - (1 - p) * math.log(1 - p),
                "-{p}·ln {p} - (1 - {p})·ln(1 - {p})",
                (
                    (
                        "That is ln 2, for p = ½; the entropy of the labels is lower.",
                        lambda: math.log(2),
                    ),
                    ("The negatives' term is missing.", lambda p: -p * math.log(p)),
                    (
                        "Each term is weighted by its share.",
                        lambda p: -math.log(p) - math.log(1 - p),
                    ),
                    ("That is -ln p: only the positives have it.", lambda p: -math.log(p)),
                ),
            ),
        ),
        source="Cover and Thomas, Elements of Information Theory (2006), section 2.1.",
    ),
)
