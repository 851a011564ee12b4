"""Batches, noise and what a test set tells, computed (chapters 09 and 11)."""

import math

from nnlab.interview.numeric import Generator, Step, one_of, pick, whole

BATCHES = "Bottou, Curtis and Nocedal, Optimization Methods for Large-Scale ML (2018), section 4."


def right_of_some(rng):
    """Return n examples, of which 80 to 95 % are right."""
    n = one_of(rng, 100, 400, 1000, 2500)
    return {"n": n, "k": n - n * whole(rng, 5, 20) // 100}


GENERATORS = (
    Generator(
        id="number-epochs-and-steps",
        chapter="09",
        difficulty=1,
        minutes=2,
        question=(
            "{N} examples, batch size {B}, {E} epochs, the last, smaller batch kept. How many "
            "steps?"
        ),
        draw=lambda rng: {
            "N": one_of(rng, 1437, 5000, 20_000, 50_000, 60_000),
            "B": one_of(rng, 32, 64, 128, 256),
            "E": whole(rng, 5, 90),
        },
        steps=(
            Step(
                "steps an epoch",
                "⌈N/B⌉",
                lambda N, B: -(-N // B),
                "⌈{N}/{B}⌉",
                (
                    ("The last batch is smaller, and a step too: round up.", lambda N, B: N // B),
                    ("Steps are whole: round up.", lambda N, B: N / B),
                ),
                rtol=0,
            ),
            Step(
                "steps",
                "E · steps an epoch",
                lambda E, steps_an_epoch: E * steps_an_epoch,
                "{E}·{steps_an_epoch}",
                (
                    ("Round up in every epoch, not at the end.", lambda N, B, E: -(-N * E // B)),
                    ("That is one epoch.", lambda steps_an_epoch: steps_an_epoch),
                    ("A step is a batch, not an example.", lambda N, E: N * E),
                ),
                rtol=0,
            ),
        ),
        source=BATCHES,
    ),
    Generator(
        id="number-batch-variance",
        chapter="09",
        difficulty=2,
        minutes=3,
        question=(
            "Of {N} examples, one component of the gradient has variance {s} (divided by N). What "
            "is the variance of a batch's mean gradient, {B} examples drawn without replacement?"
        ),
        draw=lambda rng: {
            "N": one_of(rng, 20, 50, 100),
            "s": pick(rng, 1, 9),
            "B": one_of(rng, 4, 5, 8, 10),
        },
        steps=(
            Step(
                "with replacement",
                "σ²/B",
                lambda s, B: s / B,
                "{s}/{B}",
                (
                    ("The variance of a mean falls with B, not with B².", lambda s, B: s / B**2),
                    (
                        "The standard deviation falls with √B; the variance with B.",
                        lambda s, B: s / math.sqrt(B),
                    ),
                ),
            ),
            Step(
                "without",
                "σ²/B · (N - B)/(N - 1)",
                lambda with_replacement, N, B: with_replacement * (N - B) / (N - 1),
                "{with_replacement}·({N} - {B})/({N} - 1)",
                (
                    (
                        "That is with replacement; drawing without makes it smaller.",
                        lambda with_replacement: with_replacement,
                    ),
                    (
                        "The factor is (N - B)/(N - 1): at B = 1 nothing changes.",
                        lambda with_replacement, N, B: with_replacement * (N - B) / N,
                    ),
                    (
                        "The factor is upside down: it must be below 1.",
                        lambda with_replacement, N, B: with_replacement * (N - 1) / (N - B),
                    ),
                ),
            ),
        ),
        source="Cochran, Sampling Techniques (1977), theorem 2.2.",
    ),
    Generator(
        id="number-noise-and-batch",
        chapter="09",
        difficulty=1,
        minutes=2,
        question=(
            "At batch size {B} the gradient's noise has standard deviation {s}. What is it at "
            "batch size {C}, drawn with replacement?"
        ),
        draw=lambda rng: {
            "B": one_of(rng, 16, 32, 64),
            "s": pick(rng, 0.5, 4),
            "C": one_of(rng, 128, 256, 512, 1024),
        },
        steps=(
            Step(
                "noise",
                "s·√(B/C)",
                lambda s, B, C: s * math.sqrt(B / C),
                "{s}·√({B}/{C})",
                (
                    (
                        "That is how the variance falls; the deviation falls with the root.",
                        lambda s, B, C: s * B / C,
                    ),
                    ("A larger batch has less noise.", lambda s, B, C: s * math.sqrt(C / B)),
                ),
                rtol=0.02,
            ),
        ),
        source=BATCHES,
    ),
    Generator(
        id="number-scaled-rate",
        chapter="09",
        difficulty=2,
        minutes=2,
        question=(
            "SGD trains well with batch size {B} and learning rate {lr}. What does the linear "
            "scaling rule say for batch size {C}, and what rate has the warm-up after {q} of its "
            "{w} steps, if it rises from 0 in equal parts?"
        ),
        draw=lambda rng: {
            "B": one_of(rng, 64, 128, 256),
            "lr": one_of(rng, 0.02, 0.05, 0.1),
            "C": one_of(rng, 1024, 2048, 4096),
            "q": one_of(rng, 100, 200, 300),
            "w": one_of(rng, 500, 1000),
        },
        steps=(
            Step(
                "scaled rate",
                "lr·C/B",
                lambda lr, B, C: lr * C / B,
                "{lr}·{C}/{B}",
                (
                    (
                        "That is the square-root rule; the linear one multiplies by C/B.",
                        lambda lr, B, C: lr * math.sqrt(C / B),
                    ),
                    ("A larger batch gets a larger rate.", lambda lr, B, C: lr * B / C),
                ),
            ),
            Step(
                "rate in the warm-up",
                "scaled rate · q/w",
                lambda scaled_rate, q, w: scaled_rate * q / w,
                "{scaled_rate}·{q}/{w}",
                (
                    (
                        "The warm-up rises to the scaled rate, not to the old one.",
                        lambda lr, q, w: lr * q / w,
                    ),
                    ("That is what remains.", lambda scaled_rate, q, w: scaled_rate * (1 - q / w)),
                ),
            ),
        ),
        source="Goyal et al., Accurate, Large Minibatch SGD (2017), section 2.",
        every=True,
    ),
    Generator(
        id="number-accumulation",
        chapter="09",
        difficulty=2,
        minutes=3,
        question=(
            "{G} GPUs; before a step each accumulates {a} micro-batches of {m} examples. How many "
            "examples has a step, and how many whole steps has an epoch of {N} examples?"
        ),
        draw=lambda rng: {
            "G": one_of(rng, 2, 4, 8),
            "m": one_of(rng, 4, 8, 16),
            "a": one_of(rng, 2, 4, 6),
            "N": one_of(rng, 10_000, 50_000, 100_000),
        },
        steps=(
            Step(
                "batch",
                "G·m·a",
                lambda G, m, a: G * m * a,
                "{G}·{m}·{a}",
                (
                    ("Accumulation adds examples too.", lambda G, m: G * m),
                    ("Each GPU has its own micro-batch.", lambda m, a: m * a),
                ),
                rtol=0,
            ),
            Step(
                "steps",
                "⌊N/batch⌋",
                lambda N, batch: N // batch,
                "⌊{N}/{batch}⌋",
                (
                    (
                        "A step comes after all accumulated micro-batches.",
                        lambda N, G, m: N // (G * m),
                    ),
                    ("Whole steps only: round down.", lambda N, batch: -(-N // batch)),
                ),
                rtol=0,
            ),
        ),
        source="Goyal et al., Accurate, Large Minibatch SGD (2017), section 2.",
        every=True,
    ),
    Generator(
        id="number-accuracy-interval",
        chapter="11",
        difficulty=2,
        minutes=3,
        question=(
            "{k} of {n} test examples are classified rightly. Give the half-width of the 95 % "
            "interval of the accuracy, normal approximation, in percentage points."
        ),
        draw=right_of_some,
        steps=(
            Step(
                "accuracy",
                "k/n",
                lambda k, n: k / n,
                "{k}/{n}",
                (("That is the share of errors.", lambda k, n: 1 - k / n),),
            ),
            Step(
                "standard error",
                "√(p(1 - p)/n)",
                lambda accuracy, n: math.sqrt(accuracy * (1 - accuracy) / n),
                "√({accuracy}·(1 - {accuracy})/{n})",
                (
                    (
                        "The root of n is missing: that is one example's deviation.",
                        lambda accuracy: math.sqrt(accuracy * (1 - accuracy)),
                    ),
                    (
                        "That is the variance; the root is missing.",
                        lambda accuracy, n: accuracy * (1 - accuracy) / n,
                    ),
                ),
                rtol=0.03,
            ),
            Step(
                "half-width",
                "100 · 1.96 · standard error",
                lambda standard_error: 196 * standard_error,
                "196·{standard_error}",
                (
                    (
                        "One standard error holds 68 %, not 95 %.",
                        lambda standard_error: 100 * standard_error,
                    ),
                    ("That is the whole width.", lambda standard_error: 392 * standard_error),
                ),
                rtol=0.04,
                unit="percentage points",
            ),
        ),
        source="Wilson, JASA 22 (1927), for where the approximation fails.",
    ),
    Generator(
        id="number-precision-recall",
        chapter="11",
        difficulty=1,
        minutes=3,
        question=(
            "A test set gives {tp} true positives, {fp} false positives, {fn} false negatives and "
            "{tn} true negatives. What is F₁?"
        ),
        draw=lambda rng: {
            "tp": whole(rng, 20, 60),
            "fp": whole(rng, 5, 19),
            "fn": whole(rng, 25, 50),
            "tn": whole(rng, 200, 900),
        },
        steps=(
            Step(
                "precision",
                "tp/(tp + fp)",
                lambda tp, fp: tp / (tp + fp),
                "{tp}/({tp} + {fp})",
                (
                    (
                        "That is recall: precision asks how many of those found are positive.",
                        lambda tp, fn: tp / (tp + fn),
                    ),
                    ("That is accuracy.", lambda tp, fp, fn, tn: (tp + tn) / (tp + fp + fn + tn)),
                ),
            ),
            Step(
                "recall",
                "tp/(tp + fn)",
                lambda tp, fn: tp / (tp + fn),
                "{tp}/({tp} + {fn})",
                (
                    (
                        "That is precision: recall asks how many of the positives were found.",
                        lambda tp, fp: tp / (tp + fp),
                    ),
                    ("That is specificity, of the negatives.", lambda tn, fp: tn / (tn + fp)),
                ),
            ),
            Step(
                "F1",
                "2·precision·recall/(precision + recall)",
                lambda precision, recall: 2 * precision * recall / (precision + recall),
                "2·{precision}·{recall}/({precision} + {recall})",
                (
                    (
                        "That is the arithmetic mean; F₁ is the harmonic one.",
                        lambda precision, recall: (precision + recall) / 2,
                    ),
                    (
                        "The 2 is missing.",
                        lambda precision, recall: precision * recall / (precision + recall),
                    ),
                    ("That is the product.", lambda precision, recall: precision * recall),
                ),
                rtol=0.005,
            ),
        ),
        source="Manning, Raghavan and Schütze, Introduction to Information Retrieval (2008), 8.3.",
    ),
)
