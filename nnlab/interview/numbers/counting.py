"""Parameters, shapes, memory and work, counted (chapter 02)."""

from nnlab.interview.numeric import Generator, Step, one_of, whole

CONVOLUTIONS = "Goodfellow, Bengio and Courville, Deep Learning (2016), section 9.1–9.5."
SCALING = "Kaplan et al., Scaling Laws for Neural Language Models (2020), section 2.1."


GENERATORS = (
    Generator(
        id="number-mlp-parameters",
        chapter="02",
        difficulty=1,
        minutes=2,
        question=(
            "A dense network takes {n} features, has hidden layers of {h} and {k} units, and one "
            "output. How many parameters?"
        ),
        draw=lambda rng: {"n": whole(rng, 5, 40), "h": whole(rng, 6, 20), "k": whole(rng, 3, 12)},
        steps=(
            Step(
                "weights",
                "n·h + h·k + k",
                lambda n, h, k: n * h + h * k + k,
                "{n}·{h} + {h}·{k} + {k}",
                (
                    (
                        "The last layer's weights, one for each unit of the hidden layer before "
                        "it, "
                        "are missing.",
                        lambda n, h, k: n * h + h * k,
                    ),
                    (
                        "You added the widths; each unit is joined to each unit of the layer "
                        "before, "
                        "so they multiply.",
                        lambda n, h, k: n + h + k,
                    ),
                ),
                rtol=0,
            ),
            Step(
                "biases",
                "h + k + 1",
                lambda h, k: h + k + 1,
                "{h} + {k} + 1",
                (
                    ("The output has a bias too.", lambda h, k: h + k),
                    ("The inputs have no biases: they are data.", lambda n, h, k: n + h + k + 1),
                    ("A bias for each layer is too few: each unit has one.", lambda: 3),
                ),
                rtol=0,
            ),
            Step(
                "total",
                "weights + biases",
                lambda weights, biases: weights + biases,
                "{weights} + {biases}",
                (
                    (
                        "These are the weights alone: the biases are missing.",
                        lambda weights: weights,
                    ),
                ),
                rtol=0,
            ),
        ),
        source="Goodfellow, Bengio and Courville, Deep Learning (2016), section 6.4.",
    ),
    Generator(
        id="number-convolution-parameters",
        chapter="02",
        difficulty=1,
        minutes=2,
        question=(
            "A convolution with {f}×{f} kernels takes {c} channels to {k} channels, with biases. "
            "The image is {s}×{s}. How many parameters has it?"
        ),
        draw=lambda rng: {
            "f": one_of(rng, 3, 5, 7),
            "c": one_of(rng, 3, 16, 32, 64),
            "k": one_of(rng, 24, 48, 96, 128),
            "s": one_of(rng, 28, 56, 112, 224),
        },
        steps=(
            Step(
                "weights",
                "f·f·c·k",
                lambda f, c, k: f * f * c * k,
                "{f}·{f}·{c}·{k}",
                (
                    (
                        "Each kernel reaches through all input channels: that factor is missing.",
                        lambda f, k: f * f * k,
                    ),
                    ("The kernel has two sides: f appears twice.", lambda f, c, k: f * c * k),
                    (
                        "The image's size doesn't matter: one kernel is used at all places.",
                        lambda f, c, k, s: f * f * c * k * s * s,
                    ),
                ),
                rtol=0,
            ),
            Step(
                "total",
                "weights + k",
                lambda weights, k: weights + k,
                "{weights} + {k}",
                (
                    (
                        "The biases are missing, one for each output channel.",
                        lambda weights: weights,
                    ),
                    (
                        "Biases belong to output channels, not to input channels.",
                        lambda weights, c: weights + c,
                    ),
                ),
                rtol=0,
            ),
        ),
        source=CONVOLUTIONS,
    ),
    Generator(
        id="number-convolution-shape",
        chapter="02",
        difficulty=2,
        minutes=3,
        question=(
            "An image of {s}×{s} goes through a convolution: {k} kernels of {f}×{f}, stride {t}, "
            "padding {p} on each side. How many numbers come out for one image?"
        ),
        draw=lambda rng: {
            "s": one_of(rng, 28, 32, 64, 96),
            "k": one_of(rng, 6, 10, 20, 50),
            "f": one_of(rng, 3, 5),
            "t": one_of(rng, 2, 3),
            "p": one_of(rng, 1, 2),
        },
        steps=(
            Step(
                "side",
                "⌊(s + 2p - f)/t⌋ + 1",
                lambda s, p, f, t: (s + 2 * p - f) // t + 1,
                "⌊({s} + 2·{p} - {f})/{t}⌋ + 1",
                (
                    ("The padding is on both sides: 2p.", lambda s, p, f, t: (s + p - f) // t + 1),
                    (
                        "The + 1 is missing: the kernel's first place counts too.",
                        lambda s, p, f, t: (s + 2 * p - f) // t,
                    ),
                    ("The padding is missing.", lambda s, f, t: (s - f) // t + 1),
                    ("The stride is missing.", lambda s, p, f: s + 2 * p - f + 1),
                ),
                rtol=0,
            ),
            Step(
                "numbers",
                "k · side²",
                lambda k, side: k * side**2,
                "{k}·{side}²",
                (
                    ("That is one channel: each kernel gives one.", lambda side: side**2),
                    ("The output has two sides.", lambda k, side: k * side),
                ),
                rtol=0,
            ),
        ),
        source=CONVOLUTIONS,
    ),
    Generator(
        id="number-lstm-parameters",
        chapter="02",
        difficulty=2,
        minutes=3,
        question=(
            "An LSTM takes {n} features and has {h} units. How many parameters, with one bias "
            "vector for each gate, as Keras counts?"
        ),
        draw=lambda rng: {"n": one_of(rng, 10, 50, 100, 300), "h": one_of(rng, 32, 64, 128, 200)},
        steps=(
            Step(
                "one gate",
                "n·h + h·h + h",
                lambda n, h: n * h + h * h + h,
                "{n}·{h} + {h}·{h} + {h}",
                (
                    (
                        "The state before comes in as well: h·h weights are missing.",
                        lambda n, h: n * h + h,
                    ),
                    ("The bias is missing.", lambda n, h: n * h + h * h),
                    ("That has PyTorch's second bias vector.", lambda n, h: n * h + h * h + 2 * h),
                ),
                rtol=0,
            ),
            Step(
                "total",
                "4 · one gate",
                lambda one_gate: 4 * one_gate,
                "4·{one_gate}",
                (
                    (
                        "Three gates and the candidate make four blocks, not three.",
                        lambda one_gate: 3 * one_gate,
                    ),
                    (
                        "Four blocks of this size: an LSTM has four, a plain recurrence one.",
                        lambda one_gate: one_gate,
                    ),
                ),
                rtol=0,
            ),
        ),
        source="Hochreiter and Schmidhuber, Neural Computation 9 (1997); Gers et al. (2000).",
    ),
    Generator(
        id="number-transformer-parameters",
        chapter="02",
        difficulty=2,
        minutes=3,
        question=(
            "A transformer has {L} blocks of width {d}, full multi-head attention, a feed-forward "
            "part 4 times as wide, and an embedding of {V} tokens that the output shares. Estimate "
            "its parameters, biases and norms left out."
        ),
        draw=lambda rng: {
            "L": one_of(rng, 6, 12, 24, 32),
            "d": one_of(rng, 512, 768, 1024, 2048),
            "V": one_of(rng, 32_000, 50_000, 100_000),
        },
        steps=(
            Step(
                "block",
                "4 d² + 8 d²",
                lambda d: 12 * d * d,
                "12·{d}²",
                (
                    (
                        "That is attention alone (queries, keys, values, output): the feed-forward "
                        "part has 8 d².",
                        lambda d: 4 * d * d,
                    ),
                    (
                        "That is the feed-forward part alone: attention has 4 d².",
                        lambda d: 8 * d * d,
                    ),
                    (
                        "Attention has four matrices of d², the output's among them.",
                        lambda d: 11 * d * d,
                    ),
                ),
            ),
            Step("blocks", "L · block", lambda L, block: L * block, "{L}·{block}"),
            Step(
                "total",
                "blocks + V·d",
                lambda blocks, V, d: blocks + V * d,
                "{blocks} + {V}·{d}",
                (
                    ("The embedding is missing: V·d.", lambda blocks: blocks),
                    (
                        "The output shares the embedding: count it once.",
                        lambda blocks, V, d: blocks + 2 * V * d,
                    ),
                ),
            ),
        ),
        source=SCALING,
    ),
    Generator(
        id="number-training-memory",
        chapter="02",
        difficulty=2,
        minutes=2,
        question=(
            "You train a model of {N} billion parameters with Adam in mixed precision: 16-bit "
            "weights and gradients, and 32-bit master weights and both averages. How many GB "
            "(10⁹ bytes), activations left out?"
        ),
        draw=lambda rng: {"N": one_of(rng, 0.5, 1.5, 3, 7, 13, 30, 70)},
        steps=(
            Step(
                "bytes a parameter",
                "2 + 2 + 4 + 4 + 4",
                lambda: 16,
                "",
                (
                    (
                        "Weights and gradients only: Adam keeps two averages, and there are the "
                        "32-bit master weights.",
                        lambda: 4,
                    ),
                    ("The 32-bit master weights are missing.", lambda: 12),
                    ("Adam keeps two averages, of g and of g².", lambda: 8),
                ),
                rtol=0,
            ),
            Step(
                "memory",
                "N · bytes",
                lambda N, bytes_a_parameter: N * bytes_a_parameter,
                "{N}·{bytes_a_parameter}",
                (("That is for predictions, with 16-bit weights alone.", lambda N: 2 * N),),
                unit="GB",
            ),
        ),
        source="Rajbhandari et al., ZeRO (2020), section 3.1.",
    ),
    Generator(
        id="number-training-days",
        chapter="02",
        difficulty=3,
        minutes=4,
        question=(
            "A language model of {N} billion parameters sees {D} billion tokens on {G} GPUs, each "
            "of {F} TFLOP/s of which {u} % are reached. How many days does training take?"
        ),
        draw=lambda rng: {
            "N": one_of(rng, 1, 3, 7, 13),
            "D": one_of(rng, 100, 300, 1000, 2000),
            "G": one_of(rng, 64, 128, 512, 1024),
            "F": one_of(rng, 125, 312, 990),
            "u": one_of(rng, 30, 40, 50),
        },
        steps=(
            Step(
                "work",
                "6·N·D",
                lambda N, D: 6 * N * D * 1e18,
                "6·{N}·10⁹·{D}·10⁹",
                (
                    (
                        "That is the forward pass alone, 2 N D; the backward pass takes twice as "
                        "much.",
                        lambda N, D: 2 * N * D * 1e18,
                    ),
                    ("The factor 6 is missing: 2 forward, 4 backward.", lambda N, D: N * D * 1e18),
                ),
                unit="FLOP",
            ),
            Step(
                "speed",
                "G·F·u",
                lambda G, F, u: G * F * 1e12 * u / 100,
                "{G}·{F}·10¹²·{u}/100",
                (
                    (
                        "Only a part of the peak is reached: the utilisation is missing.",
                        lambda G, F: G * F * 1e12,
                    ),
                    ("That is the speed of one GPU.", lambda F, u: F * 1e12 * u / 100),
                ),
                unit="FLOP/s",
            ),
            Step(
                "days",
                "work/speed/86,400",
                lambda work, speed: work / speed / 86_400,
                "{work}/{speed}/86,400",
                (
                    ("These are seconds.", lambda work, speed: work / speed),
                    ("These are hours.", lambda work, speed: work / speed / 3600),
                ),
                unit="days",
                rtol=0.03,
            ),
        ),
        source=SCALING,
    ),
    Generator(
        id="number-lora-share",
        chapter="02",
        difficulty=2,
        minutes=3,
        question=(
            "A weight matrix of {n}×{k} is frozen and gets a LoRA update of rank {r}. How many "
            "parameters are trained, in per cent of the matrix's own?"
        ),
        draw=lambda rng: {
            "n": one_of(rng, 1024, 2048, 4096),
            "k": one_of(rng, 3072, 8192, 11_008),
            "r": one_of(rng, 4, 8, 16),
        },
        steps=(
            Step(
                "trained",
                "r (n + k)",
                lambda n, k, r: r * (n + k),
                "{r}·({n} + {k})",
                (
                    ("Two thin matrices are added up: r·n + r·k.", lambda n, k, r: r * n * k),
                    ("Only one of the two matrices was counted.", lambda n, r: r * n),
                    ("Only one of the two was counted.", lambda k, r: r * k),
                ),
                rtol=0,
            ),
            Step(
                "share",
                "100·trained/(n·k)",
                lambda trained, n, k: 100 * trained / (n * k),
                "100·{trained}/({n}·{k})",
                (
                    (
                        "In per cent it is a hundred times that.",
                        lambda trained, n, k: trained / n / k,
                    ),
                ),
                unit="%",
            ),
        ),
        source="Hu et al., LoRA (2021), section 4.1.",
    ),
    Generator(
        id="number-kv-cache",
        chapter="02",
        difficulty=3,
        minutes=3,
        question=(
            "A transformer of {L} blocks and width {d}, full multi-head attention, keeps keys and "
            "values of {T} tokens in 16 bits, for one sequence. How many GB (10⁹ bytes)?"
        ),
        draw=lambda rng: {
            "L": one_of(rng, 24, 32, 40, 80),
            "d": one_of(rng, 2048, 4096, 5120, 8192),
            "T": one_of(rng, 2048, 4096, 8192, 32_768),
        },
        steps=(
            Step(
                "numbers a token",
                "2·L·d",
                lambda L, d: 2 * L * d,
                "2·{L}·{d}",
                (
                    ("Keys and values: two vectors a block.", lambda L, d: L * d),
                    ("Every block keeps its own.", lambda d: 2 * d),
                ),
                rtol=0,
            ),
            Step(
                "memory",
                "2 bytes · numbers · T",
                lambda numbers_a_token, T: 2 * numbers_a_token * T / 1e9,
                "2·{numbers_a_token}·{T}/10⁹",
                (
                    (
                        "16 bits are two bytes.",
                        lambda numbers_a_token, T: numbers_a_token * T / 1e9,
                    ),
                    (
                        "16 bits are two bytes, not four.",
                        lambda numbers_a_token, T: 4 * numbers_a_token * T / 1e9,
                    ),
                ),
                unit="GB",
            ),
        ),
        source="Pope et al., Efficiently Scaling Transformer Inference (2022), section 3.",
    ),
)
