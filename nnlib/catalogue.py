"""Well-known models, described by their published sizes; the totals are for `count` to find.

>>> from nnlib import catalogue
>>> from nnlib import count as c
>>> c.count_parameters(catalogue.MODELS["GPT-2 small"]).total
124439808

**A model of your own.** Take the sizes from the paper, or from the `config.json` beside the
weights, and write down the layers in order. TinyLlama 1.1B, for example, is not in this catalogue.
Its configuration reads: vocab_size 32000, hidden_size 2048, num_hidden_layers 22,
num_attention_heads 32, num_key_value_heads 4, intermediate_size 5632, tie_word_embeddings false,
max_position_embeddings 2048, hidden_act silu (so the feed-forward is gated), and no biases:

>>> block = c.EncoderBlock(2048, 32, 5632, kv_heads=4, bias=False, gated=True, norm=c.RMSNorm)
>>> table = c.count_parameters([
...     c.Input(2048),                     # tokens of one example: only MACs depend on it
...     c.Embedding(32000, 2048),          # rotary positions have no parameters
...     c.Repeat(22, block),
...     c.RMSNorm(2048),
...     c.Dense(2048, 32000, bias=False),  # with tied embeddings: c.Tied(c.Dense(...))
... ])
>>> for row in table.rows:
...     print(f"{row.layer:40}{row.formula:30}{row.parameters:>11,}")
Embedding(32000 -> 2048)                32000·2048                   65,536,000
22 × RMSNorm(2048)                      22·2048                          45,056
22 × Attention(2048, 32 heads on 4)     22·(2·2048·2048 + 2·2048·256)  207,618,048
22 × RMSNorm(2048)                      22·2048                          45,056
22 × FeedForward(2048, 5632, gated)     22·3·2048·5632              761,266,176
RMSNorm(2048)                           2048                              2,048
Dense(2048 -> 32000)                    2048·32000                   65,536,000
>>> table.total
1100048384

A convolutional network is written in the same way, with `Add` for a shortcut and `Concat` for
DenseNet's; an encoder and a decoder stand one after the other, each with its `Input`. See below.
Check the total against a published one: if it is off by a little, look for a bias, a norm, a tied
matrix or a pooler.
"""

from __future__ import annotations

from typing import Any

from nnlib.count import (
    Activation,
    Add,
    BatchNorm,
    ClassToken,
    Concat,
    Conv,
    DecoderBlock,
    Dense,
    Embedding,
    EncoderBlock,
    FirstToken,
    Flatten,
    Frozen,
    GlobalPool,
    Input,
    LayerNorm,
    MixtureOfExperts,
    Model,
    Pool,
    Positions,
    RelativePositions,
    Repeat,
    RMSNorm,
    Scale,
    Tied,
    Tokens,
)

RELU, TANH = Activation("ReLU"), Activation("Tanh")


# --- images -----------------------------------------------------------------------------------


def lenet5(original: bool) -> list[Any]:
    """LeNet-5 on 32×32 digits, with the paper's odd layers or as it is usually taught."""
    if original:
        # C3's 16 maps see 3 (six of them), 4 (nine) or all 6 of S2's maps: 6·3 + 9·4 + 6 = 60.
        halve1, halve2, connections = (
            [Pool(2, kind="sum"), Scale(6)],
            [Pool(2, kind="sum"), Scale(16)],
            60,
        )
        output = Frozen(Dense(84, 10, bias=False))  # drawn by hand, as 7×12 pictures of digits
    else:
        halve1, halve2, connections = Pool(2, kind="mean"), Pool(2, kind="mean"), None
        output = Dense(84, 10)
    return [
        Input(1, 32, 32),
        *[Conv(1, 6, 5), TANH, halve1],
        *[Conv(6, 16, 5, connections=connections), TANH, halve2],
        *[Conv(16, 120, 5), TANH, Flatten()],
        *[Dense(120, 84), TANH, output],
    ]


def alexnet(towers: int, first: int, sizes: tuple[int, ...], image: int, pad: int) -> list[Any]:
    """AlexNet: five convolutions and three dense layers; `towers` were one GPU each."""
    c1, c2, c3, c4, c5 = first, *sizes
    return [
        Input(3, image, image),
        *[Conv(3, c1, 11, stride=4, padding=pad), RELU, Pool(3, stride=2)],
        *[Conv(c1, c2, 5, padding=2, groups=towers), RELU, Pool(3, stride=2)],
        *[Conv(c2, c3, 3, padding=1), RELU],
        *[Conv(c3, c4, 3, padding=1, groups=towers), RELU],
        *[Conv(c4, c5, 3, padding=1, groups=towers), RELU, Pool(3, stride=2)],
        *[Flatten(), Dense(c5 * 6 * 6, 4096), RELU, Dense(4096, 4096), RELU, Dense(4096, 1000)],
    ]


def vgg(*stages: tuple[int, int]) -> list[Any]:
    """VGG: stages of (how many, how wide) 3×3 convolutions, each then halved; three dense."""
    layers, wide = [Input(3, 224, 224)], 3
    for n, width in stages:
        for _ in range(n):
            layers += [Conv(wide, width, 3, padding=1), RELU]
            wide = width
        layers += [Pool(2)]
    dense = [Dense(512 * 7 * 7, 4096), RELU, Dense(4096, 4096), RELU, Dense(4096, 1000)]
    return [*layers, Flatten(), *dense]


def conv_norm(n_in: int, n_out: int, k: int, stride: int = 1, groups: int = 1) -> list[Any]:
    """A convolution that keeps the size (but for its stride), and batch norm for its bias."""
    conv = Conv(n_in, n_out, k, stride=stride, padding=k // 2, groups=groups, bias=False)
    return [conv, BatchNorm(n_out)]


def resnet(bottleneck: bool, *depths: int) -> list[Any]:
    """ResNet: four stages of residual blocks, each half as large and twice as wide."""
    layers = [Input(3, 224, 224), *conv_norm(3, 64, 7, 2), RELU, Pool(3, stride=2, padding=1)]

    def block(n_in: int, width: int, n_out: int, stride: int) -> list[Any]:
        if bottleneck:
            path = [
                *[*conv_norm(n_in, width, 1), RELU],
                *[*conv_norm(width, width, 3, stride), RELU],
                *conv_norm(width, n_out, 1),
            ]
        else:
            path = [*conv_norm(n_in, width, 3, stride), RELU, *conv_norm(width, n_out, 3)]
        shortcut = [] if n_in == n_out else conv_norm(n_in, n_out, 1, stride)
        return [Add(path, shortcut), RELU]

    wide = 64
    for stage, depth in enumerate(depths):
        width = 64 * 2**stage
        n_out = width * 4 if bottleneck else width
        layers += block(wide, width, n_out, stride=2 if stage else 1)
        layers += [Repeat(depth - 1, block(n_out, width, n_out, 1))]
        wide = n_out
    return [*layers, GlobalPool(), Dense(wide, 1000)]


def mobilenet_v1() -> list[Any]:
    """MobileNet: each 3×3 convolution split into one for each channel, and a 1×1 across them."""
    layers, wide = [Input(3, 224, 224), *conv_norm(3, 32, 3, 2), RELU], 32
    steps = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5]
    for width, stride in [*steps, (1024, 2), (1024, 1)]:
        layers += [*conv_norm(wide, wide, 3, stride, groups=wide), RELU]
        layers += [*conv_norm(wide, width, 1), RELU]
        wide = width
    return [*layers, GlobalPool(), Dense(1024, 1000)]


def mobilenet_v2() -> list[Any]:
    """MobileNet v2: inverted residuals, (expansion, channels, blocks, stride) as in table 2."""
    layers, wide = [Input(3, 224, 224), *conv_norm(3, 32, 3, 2), RELU], 32
    table = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1)]
    for expansion, width, blocks, stride in [*table, (6, 160, 3, 2), (6, 320, 1, 1)]:
        for i in range(blocks):
            inner, step = wide * expansion, 1 if i else stride
            path = [*conv_norm(inner, inner, 3, step, groups=inner), RELU]
            path += conv_norm(inner, width, 1)
            if expansion != 1:
                path = [*conv_norm(wide, inner, 1), RELU, *path]
            layers += [Add(path, [])] if i else path
            wide = width
    return [*layers, *conv_norm(320, 1280, 1), RELU, GlobalPool(), Dense(1280, 1000)]


def densenet(growth: int, *depths: int) -> list[Any]:
    """DenseNet: each layer puts `growth` channels beside all that came before."""
    wide = 2 * growth
    layers = [Input(3, 224, 224), *conv_norm(3, wide, 7, 2), RELU, Pool(3, stride=2, padding=1)]
    for stage, depth in enumerate(depths):
        for _ in range(depth):
            path = [BatchNorm(wide), RELU, *conv_norm(wide, 4 * growth, 1), RELU]
            path += [Conv(4 * growth, growth, 3, padding=1, bias=False)]
            layers += [Concat([], path)]
            wide += growth
        layers += [BatchNorm(wide), RELU]
        if stage < len(depths) - 1:
            layers += [Conv(wide, wide // 2, 1, bias=False), Pool(2, kind="mean")]
            wide //= 2
    return [*layers, GlobalPool(), Dense(wide, 1000)]


def vit(d: int, heads: int, layers: int, patch: int) -> list[Any]:
    """A vision transformer on 224×224: patches as tokens, a class token in front of them."""
    tokens = (224 // patch) ** 2 + 1
    return [
        Input(3, 224, 224),
        *[Conv(3, d, patch, stride=patch), Tokens(), ClassToken(d), Positions(tokens, d)],
        Repeat(layers, EncoderBlock(d, heads, 4 * d)),
        *[LayerNorm(d), FirstToken(), Dense(d, 1000)],
    ]


# --- text -------------------------------------------------------------------------------------


def bert(
    vocabulary: int, d: int, heads: int, layers: int, positions: int, segments: int, pooler: bool
) -> list[Any]:
    """BERT and its kin: the encoder, with or without the dense layer on the first token."""
    return [
        *[Input(512), Embedding(vocabulary, d, positions, segments), LayerNorm(d)],
        Repeat(layers, EncoderBlock(d, heads, 4 * d)),
        *([FirstToken(), Dense(d, d), TANH] if pooler else []),
    ]


def gpt(
    vocabulary: int, d: int, heads: int, layers: int, context: int, last_norm: bool = True
) -> list[Any]:
    """GPT: learned positions, blocks with biases, output tied to the embedding."""
    return [
        *[Input(context), Embedding(vocabulary, d, context)],
        Repeat(layers, EncoderBlock(d, heads, 4 * d)),
        *([LayerNorm(d)] if last_norm else []),
        Tied(Dense(d, vocabulary, bias=False)),
    ]


def t5(d: int, d_ff: int, heads: int, layers: int) -> list[Any]:
    """T5 1.0: no biases, heads of 64, one relative-position table a stack, one embedding."""
    sizes = {"head_dim": 64, "bias": False, "norm": RMSNorm}
    return [
        *[Input(512), Embedding(32128, d), RelativePositions(32, heads)],
        *[Repeat(layers, EncoderBlock(d, heads, d_ff, **sizes)), RMSNorm(d)],
        *[Input(512), Tied(Embedding(32128, d)), RelativePositions(32, heads)],
        *[Repeat(layers, DecoderBlock(d, heads, d_ff, **sizes)), RMSNorm(d)],
        Tied(Dense(d, 32128, bias=False)),
    ]


def llama(
    vocabulary: int,
    d: int,
    heads: int,
    layers: int,
    d_ff: int,
    context: int,
    kv_heads: int | None = None,
    head_dim: int | None = None,
    tied: bool = False,
    experts: tuple[int, int] | None = None,
) -> list[Any]:
    """Llama and its kin: rotary positions, RMS norm, gated feed-forward, no biases."""
    feed = MixtureOfExperts(d, d_ff, *experts) if experts else None
    block = EncoderBlock(
        *(d, heads, d_ff), kv_heads=kv_heads, head_dim=head_dim,
        bias=False, gated=True, norm=RMSNorm, feed=feed,
    )  # fmt: skip
    output = Dense(d, vocabulary, bias=False)
    return [
        *[Input(context), Embedding(vocabulary, d), Repeat(layers, block)],
        *[RMSNorm(d), Tied(output) if tied else output],
    ]


# --- the catalogue ----------------------------------------------------------------------------

LECUN = "LeCun et al., Proceedings of the IEEE 86 (1998), section II.B"
RESNET = "He et al., arXiv:1512.03385, table 1"
BERT = "Devlin et al., arXiv:1810.04805, section 3; 30,522 word pieces in the uncased release"
ROBERTA = "Liu et al., arXiv:1907.11692, and its release: 50,265 tokens, 514 positions"
GPT2 = "Radford et al., Language Models are Unsupervised Multitask Learners (2019), table 2"
T5 = "Raffel et al., arXiv:1910.10683, sections 3.1.1 and 3.7; 32,128 rows in the release"
VIT = (
    "Dosovitskiy et al., arXiv:2010.11929, table 1; the small one Touvron et al., arXiv:2012.12877"
)
LLAMA2 = "Touvron et al., arXiv:2307.09288, and the released configuration"
MISTRAL = "Jiang et al., arXiv:2310.06825, table 1"


def keras(total: str) -> str:
    """Why Keras prints another total for a network with batch norm."""
    return f"Keras prints {total}: it adds batch norm's running statistics to the total"


def miscounted(paper: str) -> str:
    """Why GPT-2's paper has other totals than its weights."""
    return (
        f"The paper says {paper}, which its authors later corrected: these sizes, and the weights "
        "they released, have more."
    )


CATALOGUE = [
    Model(
        "LeNet-5 (1998)",
        lenet5(original=True),
        LECUN,
        "The paper's 60,000 are the trained ones: C3 leaves out 36 of the 96 pairs of maps, a "
        "pooled map has a coefficient and a bias, and the output's 840 weights are set by hand.",
    ),
    Model(
        "LeNet-5 (modern)",
        lenet5(original=False),
        LECUN + ", as courses teach it since",
        "All maps connected, plain pooling, a dense output: 61,706 where the paper has 60,000.",
    ),
    Model(
        "AlexNet (2012)",
        alexnet(2, 96, (256, 384, 384, 256), 227, 0),
        "Krizhevsky, Sutskever and Hinton, NIPS 2012, section 3.5; Caffe's bvlc_alexnet",
        "The paper rounds to 60 million. Two towers, one a GPU, halve the weights of convolutions "
        "2, 4 and 5. The paper says 224 × 224, but its sizes need 227.",
    ),
    Model(
        "AlexNet (one tower)",
        alexnet(1, 64, (192, 384, 256, 256), 224, 2),
        "Krizhevsky, arXiv:1404.5997; torchvision's alexnet",
        "Fewer channels but no groups: 0.2 % more than the two towers of 2012.",
    ),
    Model(
        "VGG-16",
        vgg((2, 64), (2, 128), (3, 256), (3, 512), (3, 512)),
        "Simonyan and Zisserman, arXiv:1409.1556, table 1, column D",
        "89 % of the parameters are in the three dense layers.",
    ),
    Model("ResNet-18", resnet(False, 2, 2, 2, 2), RESNET),
    Model(
        "ResNet-50",
        resnet(True, 3, 4, 6, 3),
        RESNET,
        keras("25,636,712") + ", and has biases on the convolutions.",
    ),
    Model(
        "ResNet-152",
        resnet(True, 3, 8, 36, 3),
        RESNET,
        keras("60,419,944") + ", and has biases on the convolutions.",
    ),
    Model(
        "MobileNet v1",
        mobilenet_v1(),
        "Howard et al., arXiv:1704.04861, table 1",
        keras("4,253,864") + ".",
    ),
    Model(
        "MobileNet v2",
        mobilenet_v2(),
        "Sandler et al., arXiv:1801.04381, table 2",
        "The paper says 3.4 million; the layers of its table have 3.5, as torchvision has. "
        + keras("3,538,984")
        + ".",
    ),
    Model(
        "DenseNet-121",
        densenet(32, 6, 12, 24, 16),
        "Huang et al., arXiv:1608.06993, table 1",
        keras("8,062,504") + ".",
    ),
    Model("ViT-S/16", vit(384, 6, 12, 16), VIT),
    Model("ViT-B/16", vit(768, 12, 12, 16), VIT),
    Model(
        "BERT base",
        bert(30522, 768, 12, 12, 512, 2, pooler=True),
        BERT,
        "The paper says 110M. Without the pooler 590,592 fewer; with both heads of pre-training "
        "110,106,428.",
    ),
    Model(
        "BERT large",
        bert(30522, 1024, 16, 24, 512, 2, pooler=True),
        BERT,
        "The paper rounds up to 340M.",
    ),
    Model(
        "DistilBERT",
        bert(30522, 768, 12, 6, 512, 0, pooler=False),
        "Sanh et al., arXiv:1910.01108, section 3: half of BERT's layers, no segments, no pooler",
    ),
    Model("RoBERTa base", bert(50265, 768, 12, 12, 514, 1, pooler=True), ROBERTA),
    Model("RoBERTa large", bert(50265, 1024, 16, 24, 514, 1, pooler=True), ROBERTA),
    Model(
        "GPT-1",
        gpt(40478, 768, 12, 12, 512, last_norm=False),
        "Radford et al., Improving Language Understanding by Generative Pre-Training (2018), 4.1",
        "Its paper gives no total; GPT-2's says 117M. 40,478 tokens: 478 signs, 40,000 merges.",
    ),
    Model("GPT-2 small", gpt(50257, 768, 12, 12, 1024), GPT2, miscounted("117M")),
    Model("GPT-2 medium", gpt(50257, 1024, 16, 24, 1024), GPT2, miscounted("345M")),
    Model("GPT-2 large", gpt(50257, 1280, 20, 36, 1024), GPT2, miscounted("762M")),
    Model("GPT-2 XL", gpt(50257, 1600, 25, 48, 1024), GPT2, miscounted("1542M")),
    Model(
        "GPT-3",
        gpt(50257, 12288, 96, 96, 2048),
        "Brown et al., arXiv:2005.14165, table 2.1; vocabulary and biases as in GPT-2",
        "The table says 175.0B; its own sizes give 174.6B. The weights are not public.",
    ),
    Model("T5 small", t5(512, 2048, 8, 6), T5, "The paper says about 60 million."),
    Model("T5 base", t5(768, 3072, 12, 12), T5, "The paper says about 220 million."),
    Model("Llama 2 7B", llama(32000, 4096, 32, 32, 11008, 4096), LLAMA2),
    Model("Llama 2 13B", llama(32000, 5120, 40, 40, 13824, 4096), LLAMA2),
    Model("Llama 2 70B", llama(32000, 8192, 64, 80, 28672, 4096, kv_heads=8), LLAMA2),
    Model(
        "Llama 3 8B",
        llama(128256, 4096, 32, 32, 14336, 8192, kv_heads=8),
        "Grattafiori et al., arXiv:2407.21783, table 3; vocabulary of the released configuration",
        "Of the 1.3 billion more than Llama 2 7B, 0.8 are the larger vocabulary.",
    ),
    Model(
        "Mistral 7B",
        llama(32000, 4096, 32, 32, 14336, 8192, kv_heads=8),
        MISTRAL,
        "The announcement says 7.3B; the sizes and the released weights have 7.24.",
    ),
    Model(
        "Mixtral 8x7B",
        llama(32000, 4096, 32, 32, 14336, 32768, kv_heads=8, experts=(8, 2)),
        "Jiang et al., arXiv:2401.04088, table 1",
        "Not 8 · 7B: only the feed-forward is there eight times. The paper says 47B, 13B active.",
    ),
    Model(
        "Gemma 7B",
        llama(256000, 3072, 16, 28, 24576, 8192, head_dim=256, tied=True),
        "Gemma team, arXiv:2403.08295, tables 1 and 2; 256,000 rows in the released weights",
        "Without the embedding 7,751,248,896, as the paper says; its embedding has 256,128 rows, "
        "so 393,216 more. The paper's feed-forward of 49,152 is both halves of the gated one.",
    ),
]
MODELS = {model.name: model for model in CATALOGUE}
