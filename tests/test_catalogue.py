"""The catalogue against the world: reference implementations, papers, other libraries."""

import importlib
import json
from collections import Counter
from pathlib import Path

import pytest

from nnlib import catalogue
from nnlib import count as c

REFERENCE = json.loads(
    (Path(__file__).parent / "reference" / "torch_counts.json").read_text(encoding="utf-8")
)["models"]
COUNTED = {name: c.count_parameters(model) for name, model in catalogue.MODELS.items()}

# Totals that no reference implementation in torch_counts.json has: name, total, where it stands.
EXACT = [
    ("LeNet-5 (modern)", 61_706, "d2l.ai's and PyTorch tutorials' layers, summed by hand below"),
    ("AlexNet (2012)", 60_965_224, "the sizes in Caffe's bvlc_alexnet, summed by hand below"),
    ("MobileNet v1", 4_231_976, "timm's mobilenetv1_100; Keras's 4,253,864 less 21,888 buffers"),
]

# What papers and announcements print: name, total, the digit it is rounded to, source.
ROUNDED = [
    ("LeNet-5 (modern)", 60_000, 10_000, "LeCun et al. 1998, section II.B"),
    ("AlexNet (2012)", 60e6, 10e6, "Krizhevsky et al. 2012, abstract: 60 million"),
    ("VGG-16", 138e6, 1e6, "Simonyan and Zisserman 2014, table 2: 138"),
    ("MobileNet v1", 4.2e6, 0.1e6, "Howard et al. 2017, table 8: 4.2 million"),
    ("BERT base", 110e6, 10e6, "Devlin et al. 2018, section 3: 110M"),
    ("DistilBERT", 66e6, 1e6, "Sanh et al. 2019, table 3: 66 million"),
    ("RoBERTa base", 125e6, 1e6, "fairseq's RoBERTa README: 125M"),
    ("RoBERTa large", 355e6, 1e6, "fairseq's RoBERTa README: 355M"),
    ("GPT-1", 117e6, 1e6, "Radford et al. 2019, table 2: 117M, the size of the original GPT"),
    ("GPT-2 small", 124e6, 1e6, "OpenAI's repository, 124M"),
    ("GPT-2 medium", 355e6, 1e6, "OpenAI's repository, 355M"),
    ("GPT-2 large", 774e6, 1e6, "OpenAI's repository, 774M"),
    ("GPT-2 XL", 1558e6, 1e6, "OpenAI's repository, 1558M"),
    ("GPT-3", 175e9, 1e9, "Brown et al. 2020, abstract: 175 billion"),
    ("T5 small", 60e6, 10e6, "Raffel et al. 2019, section 3.7: 60 million"),
    ("T5 base", 220e6, 10e6, "Raffel et al. 2019, section 3.1.1: 220 million"),
    ("ViT-S/16", 22e6, 1e6, "Touvron et al. 2020, table 1: DeiT-S, 22M"),
    ("Llama 2 7B", 7e9, 1e9, "Touvron et al. 2023, table 1: 7B"),
    ("Llama 2 13B", 13e9, 1e9, "Touvron et al. 2023, table 1: 13B"),
    ("Llama 2 70B", 69e9, 1e9, "its model card: 69B; the name rounds to 70"),
    ("Llama 3 8B", 8e9, 1e9, "Grattafiori et al. 2024, table 3: 8B"),
    ("Mixtral 8x7B", 46.7e9, 0.1e9, "Mistral AI, announcement of Mixtral: 46.7B in all"),
    ("Gemma 7B", 8.5e9, 0.1e9, "its model card's safetensors: 8.54B"),
]

# Keras's total adds batch norm's statistics; its ResNets also have biases on the convolutions.
KERAS = [
    ("VGG-16", 138_357_544, False),
    ("ResNet-50", 25_636_712, True),
    ("ResNet-152", 60_419_944, True),
    ("MobileNet v1", 4_253_864, False),
    ("MobileNet v2", 3_538_984, False),
    ("DenseNet-121", 8_062_504, False),
]

# torchvision's documentation, "GIGA-OPS" of each model's weights: 1e9 multiply-adds.
TORCHVISION_GIGA_MACS = {
    "AlexNet (one tower)": 0.71,
    "VGG-16": 15.47,
    "ResNet-18": 1.81,
    "ResNet-50": 4.09,
    "ResNet-152": 11.51,
    "MobileNet v2": 0.30,
    "DenseNet-121": 2.83,
    "ViT-B/16": 17.56,
}


# Held to the references above and below; here whole, so that nothing moves unseen. The shape of one
# example, the total, multiply-adds, values kept for the backward pass, kinds of pooling.
WRITTEN = {
    "LeNet-5 (1998)": ((1, 32, 32), 60_840, 326_520, 16_298, "2 sum 2×2"),
    "LeNet-5 (modern)": ((1, 32, 32), 61_706, 416_520, 14_722, "2 mean 2×2"),
    "AlexNet (2012)": ((3, 227, 227), 60_965_224, 724_406_816, 1_449_224, "3 max 3×3"),
    "AlexNet (one tower)": ((3, 224, 224), 61_100_840, 714_188_480, 1_084_904, "3 max 3×3"),
    "VGG-16": ((3, 224, 224), 138_357_544, 15_470_264_320, 28_667_880, "5 max 2×2"),
    "ResNet-18": ((3, 224, 224), 11_689_512, 1_814_073_344, 8_230_376, "1 max 3×3"),
    "ResNet-50": ((3, 224, 224), 25_557_032, 4_089_184_256, 37_559_784, "1 max 3×3"),
    "ResNet-152": ((3, 224, 224), 60_192_808, 11_513_626_624, 79_506_920, "1 max 3×3"),
    "MobileNet v1": ((3, 224, 224), 4_231_976, 568_740_352, 15_130_088, ""),
    "MobileNet v2": ((3, 224, 224), 3_504_872, 300_774_272, 19_680_680, ""),
    "DenseNet-121": ((3, 224, 224), 7_978_856, 2_834_161_664, 48_785_640, "1 max 3×3, 3 mean 2×2"),
    "ViT-S/16": ((3, 224, 224), 22_050_664, 4_598_882_304, 17_697_520, ""),
    "ViT-B/16": ((3, 224, 224), 86_567_656, 17_563_828_224, 35_394_040, ""),
    "BERT base": ((512,), 109_482_240, 48_318_971_904, 114_034_944, ""),
    "BERT large": ((512,), 335_141_888, 167_504_773_120, 303_041_536, ""),
    "DistilBERT": ((512,), 66_362_880, 24_159_191_040, 57_409_536, ""),
    "RoBERTa base": ((512,), 124_645_632, 48_318_971_904, 114_034_944, ""),
    "RoBERTa large": ((512,), 355_359_744, 167_504_773_120, 303_041_536, ""),
    "GPT-1": ((512,), 116_534_784, 64_234_979_328, 134_364_160, ""),
    "GPT-2 small": ((1024,), 124_439_808, 145_824_153_600, 355_025_920, ""),
    "GPT-2 medium": ((1024,), 354_823_168, 413_475_536_896, 858_866_688, ""),
    "GPT-2 large": ((1024,), 774_030_080, 887_285_350_400, 1_564_034_048, ""),
    "GPT-2 XL": ((1024,), 1_557_611_200, 1_753_351_782_400, 2_571_322_368, ""),
    "GPT-3": ((2048,), 174_604_259_328, 367_402_130_866_176, 77_462_669_312, ""),
    "T5 small": ((512,), 60_506_624, 35_802_578_944, 115_015_680, ""),
    "T5 base": ((512,), 222_903_552, 128_597_360_640, 310_575_104, ""),
    "Llama 2 7B": ((4096,), 6_738_415_616, 31_460_635_443_200, 27_410_825_216, ""),
    "Llama 2 13B": ((4096,), 13_015_864_320, 59_512_140_595_200, 42_787_143_680, ""),
    "Llama 2 70B": ((4096,), 68_976_648_192, 303_439_439_462_400, 140_455_706_624, ""),
    "Llama 3 8B": ((8192,), 8_030_261_248, 79_070_347_919_360, 91_848_966_144, ""),
    "Mistral 7B": ((8192,), 7_241_732_096, 75_840_532_512_768, 91_060_436_992, ""),
    "Mixtral 8x7B": ((32768,), 46_702_792_704, 699_220_675_788_800, 1_257_594_945_536, ""),
    "Gemma 7B": ((8192,), 8_537_680_896, 85_332_410_236_928, 61_337_501_696, ""),
}


def joins(layers):
    """Yield the shortcuts and concatenations among layers, however deep."""
    for layer in layers:
        if isinstance(layer, c.Add):
            yield layer
        yield from joins(getattr(layer, "layers", ()))


def test_the_catalogue_made_anew_is_what_was_written_down():
    """A mutation run changes the catalogue's functions after its import, so they run once more."""
    anew = importlib.reload(catalogue).MODELS

    found = {}
    for name, model in anew.items():
        table = c.count_parameters(model)
        pools = Counter(row.layer for row in table.rows if row.layer.startswith("Pool("))
        text = ", ".join(f"{n} {pool[5:-1].replace(',', '')}" for pool, n in pools.items())
        found[name] = model.layers[0].takes, table.total, table.macs, table.kept, text

    assert found == WRITTEN
    assert {len(join.branches) for model in anew.values() for join in joins(model.layers)} == {2}
    assert anew["GPT-2 XL"].note == (
        "The paper says 1542M, which its authors later corrected: these sizes, and the weights "
        "they released, have more."
    )


@pytest.mark.parametrize("name", sorted(REFERENCE.keys() & COUNTED.keys()))
def test_total_is_that_of_the_reference_implementation(name):
    """A described model that differs from the code people run would teach a wrong number."""
    assert COUNTED[name].total == REFERENCE[name]


@pytest.mark.parametrize(("name", "total", "source"), EXACT)
def test_total_is_the_published_one(name, total, source):
    """The models outside the reference file are held to a total published elsewhere."""
    assert COUNTED[name].total == total, source


@pytest.mark.parametrize(("name", "total", "digit", "source"), ROUNDED)
def test_total_rounds_to_the_figure_in_the_paper(name, total, digit, source):
    """A count that doesn't round to what the paper prints needs a word in the note."""
    assert abs(COUNTED[name].total - total) <= digit / 2, source


@pytest.mark.parametrize(("name", "total", "conv_biases"), KERAS)
def test_keras_total_is_ours_with_buffers(name, total, conv_biases):
    """The note on Keras's totals is a claim, and this is its sum."""
    table = COUNTED[name]
    channels = table.buffers // 2  # a mean and a variance for each channel of each convolution

    assert table.total + table.buffers + conv_biases * channels == total


@pytest.mark.parametrize(("name", "giga"), TORCHVISION_GIGA_MACS.items())
def test_multiply_adds_are_those_of_torchvision(name, giga):
    """Shapes that are propagated wrongly would leave the parameters right and the MACs wrong."""
    assert round(COUNTED[name].macs / 1e9, 2) == giga


@pytest.mark.parametrize(
    ("name", "macs", "by_hand"),
    [
        (
            "LeNet-5 (modern)",
            416_520,
            784 * 150 + 100 * 2400 + 48_000 + 10_080 + 840,
        ),
        (
            "AlexNet (2012)",  # netscope prints 724 million for Caffe's bvlc_alexnet
            724_406_816,
            55**2 * 96 * 363 + 27**2 * 256 * 1200 + 13**2 * (384 * 2304 + 640 * 1728) + 58_621_952,
        ),
    ],
)
def test_multiply_adds_of_old_networks_are_the_sums_by_hand(name, macs, by_hand):
    """Positions of each convolution times its kernels, and one for each dense weight."""
    assert COUNTED[name].macs == macs == by_hand


def test_every_model_has_a_total_held_to_something():
    """A new entry without a published total would stand unchecked."""
    held = REFERENCE.keys() | {name for name, *_ in EXACT} | {"LeNet-5 (1998)"}

    assert catalogue.MODELS.keys() <= held


def test_every_model_names_its_source_and_knows_its_shapes():
    """A number without its origin can't be checked by a reader, nor MACs without shapes."""
    assert all(model.source for model in catalogue.MODELS.values())
    assert all(table.macs and table.kept for table in COUNTED.values())


@pytest.mark.parametrize("name", catalogue.MODELS)
def test_every_formula_evaluates_to_its_count(name):
    """The formula with numbers is what the reader checks by eye: it must be the sum itself."""
    rows = COUNTED[name].rows

    assert all(eval(r.formula.replace("·", "*")) == r.parameters + r.buffers for r in rows)


def test_lenet_of_1998_has_the_parameters_of_its_paper_layer_by_layer():
    """156, 12, 1,516, 32, 48,120 and 10,164 are printed in the paper, and 60,000 for all."""
    rows = {row.layer: row.parameters for row in COUNTED["LeNet-5 (1998)"].rows if row.parameters}

    assert list(rows.values()) == [156, 12, 1516, 32, 48120, 10164, 840]
    assert COUNTED["LeNet-5 (1998)"].trainable == 60_000


def test_lenet_of_today_has_a_full_third_layer_and_a_dense_output():
    """61,706 by hand: (25 + 1)·6 + (150 + 1)·16 + (400 + 1)·120 + (120 + 1)·84 + (84 + 1)·10."""
    by_hand = 26 * 6 + 151 * 16 + 401 * 120 + 121 * 84 + 85 * 10

    assert COUNTED["LeNet-5 (modern)"].total == by_hand


def test_alexnet_of_2012_has_half_the_kernels_where_the_towers_are_apart():
    """60,965,224 by hand, as weights + 1 bias for each map or unit, layer by layer."""
    convs = 96 * (3 * 121 + 1) + 256 * (48 * 25 + 1) + 384 * (256 * 9 + 1)
    convs += 384 * (192 * 9 + 1) + 256 * (192 * 9 + 1)
    dense = 4096 * (256 * 36 + 1) + 4096 * (4096 + 1) + 1000 * (4096 + 1)

    assert COUNTED["AlexNet (2012)"].total == convs + dense


def test_a_vision_transformer_has_a_position_for_each_whole_patch():
    """Patches of 15 pixels fit 14 times into 224, where those of 16 and 14 leave nothing over."""
    rows = c.count_parameters(catalogue.vit(6, 2, 1, 15)).rows

    assert [row.layer for row in rows if row.layer.startswith("Pos")] == ["Positions(197, 6)"]


def test_vit_without_its_output_rounds_to_the_paper():
    """Dosovitskiy et al. 2020, table 1, says 86M; the 769,000 of the output make it 86.6."""
    table = COUNTED["ViT-B/16"]

    assert table.rows[-1].parameters == 769_000
    assert round((table.total - 769_000) / 1e6) == 86


def test_dense_layers_hold_89_percent_of_vgg():
    """The note says so."""
    table = COUNTED["VGG-16"]
    dense = sum(row.parameters for row in table.rows if row.layer.startswith("Dense"))

    assert round(100 * dense / table.total) == 89


def test_bert_with_its_heads_is_the_other_published_total():
    """110,106,428 has the masked-word head (tied) and the next-sentence head as well."""
    encoder = catalogue.bert(30522, 768, 12, 12, 512, 2, pooler=False)
    # The heads see different tokens, so each is counted by itself.
    words = [c.Dense(768, 768), c.LayerNorm(768), c.Tied(c.Dense(768, 30522))]
    pairs = c.count_parameters([c.Dense(768, 768), c.Dense(768, 2)]).total

    total = c.count_parameters([*encoder, *words]).total + pairs

    assert total == REFERENCE["BERT base with both heads"]


def test_bert_without_its_pooler_is_smaller_by_one_dense_layer():
    """The note says 590,592."""
    bare = c.count_parameters(catalogue.bert(30522, 768, 12, 12, 512, 2, pooler=False))

    assert COUNTED["BERT base"].total - bare.total == 590_592


def test_gemma_without_embedding_is_what_its_paper_prints():
    """Table 2 has 7,751,248,896, and an embedding of 256,128 rows: 786,825,216."""
    table = COUNTED["Gemma 7B"]
    embedding = table.rows[0].parameters

    assert table.total - embedding == 7_751_248_896
    assert 786_825_216 - embedding == 393_216 == 128 * 3072


def test_mixtral_uses_12_9_billion_for_a_token():
    """Mistral AI: 46.7B parameters, 12.9B of them for each token."""
    assert round(COUNTED["Mixtral 8x7B"].active / 1e9, 1) == 12.9


def test_llama_3_grew_mostly_by_its_vocabulary():
    """The note says 0.8 of 1.3 billion."""
    grown = COUNTED["Llama 3 8B"].total - COUNTED["Llama 2 7B"].total

    assert round(grown / 1e9, 1) == 1.3
    assert round(2 * (128256 - 32000) * 4096 / 1e9, 1) == 0.8


def test_gpt_3_was_trained_with_314_zettaflops():
    """Table D.1 of its paper: 3.14e23 FLOPs for 300 billion tokens."""
    assert c.training_flops(COUNTED["GPT-3"], 300 * 10**9) == pytest.approx(3.14e23, rel=2e-3)


def test_lora_on_gpt_3_trains_what_its_paper_says():
    """Hu et al., section 7.1: a budget of 18M is rank 8 on one matrix, or rank 4 on two."""

    def trained(rank, only):
        return c.count_parameters(c.LoRA(catalogue.MODELS["GPT-3"].layers, rank=rank, only=only))

    both, one = trained(4, ["Wq", "Wv"]), trained(8, ["Wq"])

    assert both.trainable == one.trainable == 96 * 2 * 4 * 2 * 12288 == 18_874_368
    assert both.frozen == COUNTED["GPT-3"].total


def test_tinyllama_of_the_docs_is_what_its_reference_counts():
    """The example in the docs describes a model outside the catalogue: 1,100,048,384."""
    block = c.EncoderBlock(2048, 32, 5632, kv_heads=4, bias=False, gated=True, norm=c.RMSNorm)
    ends = [c.Embedding(32000, 2048), c.RMSNorm(2048), c.Dense(2048, 32000, bias=False)]

    total = c.count_parameters([ends[0], c.Repeat(22, block), *ends[1:]]).total

    assert total == REFERENCE["TinyLlama 1.1B"]
    assert "TinyLlama 1.1B" not in catalogue.MODELS
