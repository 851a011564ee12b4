"""Initialisation, regularisation, normalisation, precision, computed (chapters 12 to 15)."""

import math

from nnlab.interview.numeric import Generator, Step, one_of, pick, until, whole

DROPOUT = "Srivastava et al., JMLR 15 (2014), section 4."
BATCH_NORM = "Ioffe and Szegedy, Batch Normalization (2015), algorithms 1 and 2."


def activations(rng):
    """Return four activations with a whole mean, and what batch norm learns."""
    middle = whole(rng, -3, 6)
    a, b = whole(rng, 1, 3), whole(rng, 4, 7)
    values = one_of(
        rng,
        (middle + a, middle - b, middle + b, middle - a),
        (middle + b, middle + a, middle - a, middle - b),
    )
    return {"x": values, "g": one_of(rng, 0.5, 2.0, 3.0), "s": pick(rng, -2, 2)}


def mean(x):
    """Σ x / m."""
    return sum(x) / len(x)


def variance(x):
    """The mean squared distance from the mean."""
    return sum((part - mean(x)) ** 2 for part in x) / len(x)


GENERATORS = (
    Generator(
        id="number-he-scale",
        chapter="12",
        difficulty=1,
        minutes=2,
        question=(
            "A ReLU layer takes {n} inputs to {k} units. What standard deviation has a weight "
            "under He's initialisation (fan-in)?"
        ),
        draw=lambda rng: {"n": one_of(rng, 50, 128, 200, 512, 800), "k": one_of(rng, 10, 64, 300)},
        steps=(
            Step(
                "variance",
                "2/n",
                lambda n: 2 / n,
                "2/{n}",
                (
                    (
                        "Half of ReLU's signal is cut off, so it takes 2/n, not 1/n.",
                        lambda n: 1 / n,
                    ),
                    ("Fan-in is the number of inputs.", lambda k: 2 / k),
                    ("That is Xavier's, for tanh.", lambda n, k: 2 / (n + k)),
                ),
            ),
            Step(
                "deviation",
                "√variance",
                lambda variance: math.sqrt(variance),
                "√{variance}",
                (("That is the variance: the root is missing.", lambda variance: variance),),
            ),
        ),
        source="He et al., Delving Deep into Rectifiers (2015), section 2.2.",
    ),
    Generator(
        id="number-xavier-bound",
        chapter="12",
        difficulty=2,
        minutes=2,
        question=(
            "Xavier's uniform initialisation draws the weights of a layer from {n} to {k} units "
            "from [-a, a]. What is a?"
        ),
        draw=lambda rng: {"n": one_of(rng, 20, 64, 100, 300), "k": one_of(rng, 10, 50, 128, 200)},
        steps=(
            Step(
                "variance",
                "2/(n + k)",
                lambda n, k: 2 / (n + k),
                "2/({n} + {k})",
                (
                    ("That is He's: Xavier's takes the mean of both widths.", lambda n: 2 / n),
                    ("That is the fan-in alone.", lambda n: 1 / n),
                    (
                        "The mean of n and k is (n + k)/2, so it is 2/(n + k).",
                        lambda n, k: 1 / (n + k),
                    ),
                ),
            ),
            Step(
                "a",
                "√(3 · variance)",
                lambda variance: math.sqrt(3 * variance),
                "√(3·{variance})",
                (
                    (
                        "A uniform variable on [-a, a] has variance a²/3.",
                        lambda variance: math.sqrt(variance),
                    ),
                    (
                        "It is a²/3, not a²/12: the interval is 2a wide.",
                        lambda variance: math.sqrt(12 * variance),
                    ),
                ),
            ),
        ),
        source="Glorot and Bengio, AISTATS 2010, equation 16.",
    ),
    Generator(
        id="number-signal-through-layers",
        chapter="12",
        difficulty=2,
        minutes=3,
        question=(
            "{L} linear layers of {n} units, weights of mean 0 and standard deviation {s}. By what "
            "factor does the variance of the signal change on its way?"
        ),
        draw=lambda rng: {
            "L": whole(rng, 3, 8),
            "n": one_of(rng, 50, 100, 200),
            "s": one_of(rng, 0.05, 0.08, 0.12, 0.2),
        },
        steps=(
            Step(
                "one layer",
                "n·s²",
                lambda n, s: n * s * s,
                "{n}·{s}²",
                (
                    ("The variance of a weight is s², not s.", lambda n, s: n * s),
                    ("A unit sums over n inputs: variances add.", lambda s: s * s),
                    (
                        "That is ReLU's: it halves; these layers are linear.",
                        lambda n, s: n * s * s / 2,
                    ),
                ),
            ),
            Step(
                "all",
                "(n·s²)^L",
                lambda one_layer, L: one_layer**L,
                "{one_layer}^{L}",
                (
                    ("Factors multiply from layer to layer.", lambda one_layer, L: one_layer * L),
                    (
                        "That is the standard deviation's factor.",
                        lambda one_layer, L: one_layer ** (L / 2),
                    ),
                ),
                rtol=0.05,
            ),
        ),
        source="Glorot and Bengio, AISTATS 2010, section 4.2.1.",
    ),
    Generator(
        id="number-dropout",
        chapter="13",
        difficulty=1,
        minutes=2,
        question=(
            "Inverted dropout drops with probability {p}. A unit's activation is {a}. What is it "
            "in training when it is kept, and what is its variance over the masks?"
        ),
        draw=lambda rng: {"p": one_of(rng, 0.1, 0.2, 0.4, 0.6), "a": pick(rng, 1, 6)},
        steps=(
            Step(
                "kept",
                "a/(1 - p)",
                lambda a, p: a / (1 - p),
                "{a}/(1 - {p})",
                (
                    (
                        "Dividing in training keeps the mean: nothing is scaled at test time.",
                        lambda a: a,
                    ),
                    (
                        "p is the probability of dropping: divide by that of keeping, 1 - p.",
                        lambda a, p: a / p,
                    ),
                    ("Divide, to make up for those that are dropped.", lambda a, p: a * (1 - p)),
                ),
            ),
            Step(
                "variance",
                "a²·p/(1 - p)",
                lambda a, p: a * a * p / (1 - p),
                "{a}²·{p}/(1 - {p})",
                (
                    (
                        "That is the variance of the mask times a², before the scaling.",
                        lambda a, p: a * a * p * (1 - p),
                    ),
                    (
                        "The mean square is a²/(1 - p); the square of the mean, a², comes off.",
                        lambda a, p: a * a / (1 - p),
                    ),
                    ("The activation counts squared.", lambda a, p: a * p / (1 - p)),
                ),
                rtol=0.02,
            ),
        ),
        source=DROPOUT,
        every=True,
    ),
    Generator(
        id="number-l2-gradient",
        chapter="13",
        difficulty=1,
        minutes=2,
        question=(
            "The objective is loss + {lam}/2·Σw². For w = {w} the loss's gradient is {g}, and the "
            "learning rate is {lr}. What is w after one step?"
        ),
        draw=lambda rng: {
            "lam": one_of(rng, 0.1, 0.2, 0.5),
            "w": whole(rng, 2, 6),
            "g": pick(rng, -3, 3),
            "lr": one_of(rng, 0.1, 0.5),
        },
        steps=(
            Step(
                "gradient",
                "g + λ w",
                lambda g, lam, w: g + lam * w,
                "{g} + {lam}·{w}",
                (
                    ("The ½ cancels the 2 of the square.", lambda g, lam, w: g + lam * w / 2),
                    ("There is a ½ in this penalty: no 2.", lambda g, lam, w: g + 2 * lam * w),
                    ("That is L1's: its slope doesn't depend on the size.", lambda g, lam: g + lam),
                    ("The penalty's gradient is missing.", lambda g: g),
                ),
            ),
            Step(
                "w",
                "w - lr·gradient",
                lambda w, lr, gradient: w - lr * gradient,
                "{w} - {lr}·{gradient}",
                (("Downhill is minus.", lambda w, lr, gradient: w + lr * gradient),),
                rtol=0.005,
            ),
        ),
        source="Goodfellow, Bengio and Courville, Deep Learning (2016), section 7.1.1.",
    ),
    Generator(
        id="number-soft-threshold",
        chapter="13",
        difficulty=3,
        minutes=3,
        question=(
            "Minimise ½(w - {a})² + {lam}|w| and ½(w - {a})² + {lam}/2·w². What are the two best w "
            "(L1, L2)?"
        ),
        draw=lambda rng: {
            "a": one_of(rng, -3.0, -1.5, 0.4, 0.6, 2.0, 2.5),
            "lam": one_of(rng, 0.7, 0.8, 1.2),
        },
        steps=(
            Step(
                "L1",
                "sign(a)·max(0, |a| - λ)",
                lambda a, lam: math.copysign(max(0.0, abs(a) - lam), a),
                "sign({a})·max(0, |{a}| - {lam})",
                (
                    (
                        "Within λ of 0 the best w is 0: L1 cuts off.",
                        lambda a, lam: a - math.copysign(lam, a),
                    ),
                    ("That is L2's: L1 subtracts.", lambda a, lam: a / (1 + lam)),
                    ("L1 pulls towards 0, not away.", lambda a, lam: a + math.copysign(lam, a)),
                ),
            ),
            Step(
                "L2",
                "a/(1 + λ)",
                lambda a, lam: a / (1 + lam),
                "{a}/(1 + {lam})",
                (
                    (
                        "L2 divides; it doesn't subtract.",
                        lambda a, lam: math.copysign(max(0.0, abs(a) - lam), a),
                    ),
                    ("The slope is w - a + λ w: solve for w.", lambda a, lam: a * (1 - lam)),
                ),
            ),
        ),
        source="Hastie, Tibshirani and Friedman, Elements of Statistical Learning (2009), 3.4.3.",
        every=True,
    ),
    Generator(
        id="number-search-runs",
        chapter="13",
        difficulty=1,
        minutes=1,
        question=(
            "A grid of {a} learning rates, {b} weight decays and {c} widths, each judged by {k}-"
            "fold cross-validation. How many trainings, the last one on all data included?"
        ),
        draw=lambda rng: {
            "a": whole(rng, 3, 7),
            "b": whole(rng, 2, 5),
            "c": whole(rng, 2, 4),
            "k": one_of(rng, 5, 10),
        },
        steps=(
            Step(
                "settings",
                "a·b·c",
                lambda a, b, c: a * b * c,
                "{a}·{b}·{c}",
                (("A grid has every combination.", lambda a, b, c: a + b + c),),
                rtol=0,
            ),
            Step(
                "trainings",
                "k·settings + 1",
                lambda k, settings: k * settings + 1,
                "{k}·{settings} + 1",
                (
                    ("The last one on all data is missing.", lambda k, settings: k * settings),
                    ("Each setting is trained once for each fold.", lambda settings: settings + 1),
                    (
                        "k folds are k trainings: each leaves one fold out.",
                        lambda k, settings: (k - 1) * settings + 1,
                    ),
                ),
                rtol=0,
            ),
        ),
        source="Hastie, Tibshirani and Friedman, Elements of Statistical Learning (2009), 7.10.",
    ),
    Generator(
        id="number-batch-norm",
        chapter="14",
        difficulty=2,
        minutes=4,
        question=(
            "Batch norm sees one unit's values {x} for a batch of four; γ = {g}, β = {s}, ε "
            "neglected. What does it give for the first example?"
        ),
        draw=until(
            lambda x, g, s: abs(g * (x[0] - mean(x)) / math.sqrt(variance(x)) + s) > 0.5,
            activations,
        ),
        steps=(
            Step(
                "mean",
                "Σ x / 4",
                mean,
                "({x[0]} + {x[1]} + {x[2]} + {x[3]})/4",
                (("That is the sum.", lambda x: sum(x)),),
            ),
            Step(
                "variance",
                "Σ (x - mean)² / 4",
                variance,
                "(" + " + ".join(f"({{x[{i}]}} - {{mean}})²" for i in range(4)) + ")/4",
                (
                    (
                        "In the forward pass batch norm divides by m, not by m - 1.",
                        lambda x: variance(x) * 4 / 3,
                    ),
                    ("That is the sum of squares.", lambda x: variance(x) * 4),
                    ("That is the standard deviation.", lambda x: math.sqrt(variance(x))),
                    ("The mean comes off first.", lambda x: sum(a * a for a in x) / 4),
                ),
            ),
            Step(
                "x̂",
                "(x - mean)/√variance",
                lambda x, mean, variance: (x[0] - mean) / math.sqrt(variance),
                "({x[0]} - {mean})/√{variance}",
                (
                    (
                        "Divide by the standard deviation, not by the variance.",
                        lambda x, mean, variance: (x[0] - mean) / variance,
                    ),
                    ("The mean comes off first.", lambda x, variance: x[0] / math.sqrt(variance)),
                ),
            ),
            Step(
                "y",
                "γ x̂ + β",
                lambda g, s, x_: g * x_ + s,
                "{g}·{x_} + {s}",
                (
                    ("The shift β is missing.", lambda g, x_: g * x_),
                    ("The gain γ is missing.", lambda x_, s: x_ + s),
                    ("First the gain, then the shift.", lambda g, s, x_: g * (x_ + s)),
                ),
                rtol=0.02,
            ),
        ),
        source=BATCH_NORM,
    ),
    Generator(
        id="number-running-mean",
        chapter="14",
        difficulty=1,
        minutes=2,
        question=(
            "A running mean starts at 0; PyTorch's momentum is {m}. The first two batches have the "
            "means {a} and {b}. What is it then?"
        ),
        draw=lambda rng: {
            "m": one_of(rng, 0.1, 0.2, 0.3),
            "a": pick(rng, 1, 9),
            "b": pick(rng, 1, 9),
        },
        steps=(
            Step(
                "after one",
                "momentum · a",
                lambda m, a: m * a,
                "{m}·{a}",
                (
                    (
                        "In PyTorch momentum is the weight of the new value; in Keras of the old.",
                        lambda m, a: (1 - m) * a,
                    ),
                    ("It starts at 0, not at the first mean.", lambda a: a),
                ),
            ),
            Step(
                "after two",
                "(1 - momentum)·old + momentum·b",
                lambda m, after_one, b: (1 - m) * after_one + m * b,
                "(1 - {m})·{after_one} + {m}·{b}",
                (
                    (
                        "The old value fades by 1 - momentum.",
                        lambda m, after_one, b: after_one + m * b,
                    ),
                    (
                        "The roles are exchanged.",
                        lambda m, after_one, b: m * after_one + (1 - m) * b,
                    ),
                    ("That is the plain mean of the two.", lambda a, b: (a + b) / 2),
                ),
                rtol=0.02,
            ),
        ),
        source=BATCH_NORM,
    ),
    Generator(
        id="number-fold-batch-norm",
        chapter="14",
        difficulty=3,
        minutes=4,
        question=(
            "After z = {w}x + {b} stands batch norm in evaluation mode: running mean {mu}, running "
            "variance {v}, γ = {g}, β = {s}, ε neglected. Fold it: which weight and bias does one "
            "dense unit get?"
        ),
        draw=lambda rng: {
            "w": pick(rng, 1, 4),
            "b": pick(rng, -2, 2),
            "mu": pick(rng, 0.5, 3),
            "v": one_of(rng, 4, 0.25, 16),
            "g": one_of(rng, 0.5, 1.5, 3.0),
            "s": pick(rng, -1, 1),
        },
        steps=(
            Step(
                "weight",
                "γ w/√v",
                lambda g, w, v: g * w / math.sqrt(v),
                "{g}·{w}/√{v}",
                (
                    ("Divide by the root of the variance.", lambda g, w, v: g * w / v),
                    ("The gain is missing.", lambda w, v: w / math.sqrt(v)),
                ),
            ),
            Step(
                "bias",
                "γ (b - mean)/√v + β",
                lambda g, b, mu, v, s: g * (b - mu) / math.sqrt(v) + s,
                "{g}·({b} - {mu})/√{v} + {s}",
                (
                    (
                        "The old bias is scaled too.",
                        lambda g, b, mu, v, s: b - g * mu / math.sqrt(v) + s,
                    ),
                    ("The running mean comes off.", lambda g, b, v, s: g * b / math.sqrt(v) + s),
                    ("The shift β is missing.", lambda g, b, mu, v: g * (b - mu) / math.sqrt(v)),
                    (
                        "The shift β is not scaled.",
                        lambda g, b, mu, v, s: g * (b - mu + s) / math.sqrt(v),
                    ),
                ),
                rtol=0.02,
            ),
        ),
        source=BATCH_NORM,
        every=True,
    ),
    Generator(
        id="number-spacing-of-floats",
        chapter="15",
        difficulty=2,
        minutes=2,
        question=(
            "A weight is {w}, stored in {name}, which has {b} bits after the leading one. Which "
            "positive updates are lost when they are added: those below which size (half a step, "
            "rounding to nearest)?"
        ),
        draw=lambda rng: {
            "w": one_of(rng, 1.0, 2.0, 4.0, 0.5, 0.25),
            "name": (name := one_of(rng, "bfloat16", "float16", "float32")),
            "b": {"bfloat16": 7, "float16": 10, "float32": 23}[name],
        },
        steps=(
            Step(
                "step",
                "w·2⁻ᵇ",
                lambda w, b: w * 2.0**-b,
                "{w}·2^-{b}",
                (
                    ("The step grows with the number: relative precision.", lambda b: 2.0**-b),
                    (
                        "The leading one is not stored: b bits come after it.",
                        lambda w, b: w * 2.0 ** -(b - 1),
                    ),
                ),
                rtol=0.03,
            ),
            Step(
                "size",
                "step/2",
                lambda step: step / 2,
                "{step}/2",
                (
                    ("Rounding to nearest: half a step is enough to be lost.", lambda step: step),
                    ("Half of it: a quarter is too small.", lambda step: step / 4),
                ),
                rtol=0.03,
            ),
        ),
        source="IEEE 754-2019; Goldberg, ACM Computing Surveys 23 (1991).",
    ),
    Generator(
        id="number-loss-scale",
        chapter="15",
        difficulty=2,
        minutes=2,
        question=(
            "float16 holds nothing below 2^-24 but 0. Your smallest gradients are about 2^-{k}. "
            "Which power of two is the smallest loss scale that lifts them to 2^-14, where full "
            "precision begins? Give the scale."
        ),
        draw=lambda rng: {"k": whole(rng, 18, 30)},
        steps=(
            Step(
                "scale",
                "2^(k - 14)",
                lambda k: 2.0 ** (k - 14),
                "2^({k} - 14)",
                (
                    (
                        "That lifts them to the smallest number there is, with one bit of "
                        "precision.",
                        lambda k: 2.0 ** (k - 24),
                    ),
                    ("That is the exponent; the scale is 2 to it.", lambda k: k - 14),
                    ("That lifts them to 1, which is more than needed.", lambda k: 2.0**k),
                ),
                rtol=0,
            ),
        ),
        source="Micikevicius et al., Mixed Precision Training (2018), section 3.2.",
    ),
)
