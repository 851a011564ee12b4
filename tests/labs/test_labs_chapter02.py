"""Chapter 02's labs: their counts are the library's, and nothing is told before it is asked for."""

from itertools import pairwise

import numpy as np
import pytest

import nnlib as nn
from nnlab.labs.chapter02 import (
    DRAWN,
    EIGHT,
    EVERY,
    GPT,
    HIDDEN,
    LLAMA,
    ONE,
    PARTS,
    SHOWN,
    about,
    by_kind,
    by_part,
    catalogue_browser,
    dense_counts,
    drawing,
    language_model,
    layers_of,
    mlp_builder,
    tables,
    transformer_builder,
    verdict,
)
from nnlib import catalogue
from nnlib import count as c

LABS = (mlp_builder, transformer_builder, catalogue_browser)
SMALL = {"layers": 12, "head_dim": "64", "kv": EVERY, "context": 1024, "tied": "yes"}
GPT2 = SMALL | {"d": 768, "style": GPT, "vocabulary": 50257}
LLAMA2 = {"layers": 32, "head_dim": "128", "kv": EVERY, "context": 4096, "tied": "no"}
LLAMA2 |= {"d": 4096, "style": LLAMA, "vocabulary": 32000}


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("widths", [[20, 10, 10, 1], [7, 3], [4, 9, 2, 5, 1, 3]])
def test_a_dense_network_has_what_a_real_one_has(widths, bias):
    """The calculator would count another network than the one that is trained."""
    pairs = pairwise(widths)
    net = nn.Network([nn.Dense(a, b, bias=bias) for a, b in pairs], loss=nn.MSE())

    table = dense_counts(widths, bias)

    assert table.total == net.theta.size
    assert table.weights == net.weight_mask.sum()


@pytest.mark.parametrize(
    ("sizes", "name"), [(GPT2, "GPT-2 small"), (LLAMA2, "Llama 2 7B")], ids=["GPT-2", "Llama 2"]
)
def test_the_builder_makes_known_models(sizes, name):
    """A reader who sets the published sizes would not find the published total."""
    built = language_model(**sizes).total

    assert built == c.count_parameters(catalogue.MODELS[name]).total


@pytest.mark.parametrize("sizes", [GPT2, LLAMA2, GPT2 | {"tied": "no"}, LLAMA2 | {"kv": EIGHT}])
def test_the_parts_add_up(sizes):
    """The table would leave something out or show it twice."""
    table = language_model(**sizes)
    positions = sizes["context"] * sizes["d"] if sizes["style"] == GPT else 0

    parts = by_part(table, positions)

    assert tuple(parts) == PARTS
    assert sum(parts.values()) == table.total
    assert (parts["output"] == 0) == (sizes["tied"] == "yes")
    assert parts["embedding"] == sizes["vocabulary"] * sizes["d"]


def test_what_changes_a_transformer_and_what_does_not():
    """The questions that the lab asks would have other answers than the chapter gives."""
    total = language_model(**LLAMA2).total

    assert language_model(**LLAMA2 | {"head_dim": "32"}).total == total
    assert language_model(**LLAMA2 | {"context": 8192}).total == total
    assert language_model(**LLAMA2 | {"kv": EIGHT}).total < total
    saved = language_model(**LLAMA2 | {"kv": ONE}).total - total
    assert saved == -32 * 2 * 4096 * (4096 - 128)


@pytest.mark.parametrize("name", list(catalogue.MODELS))
def test_every_model_s_layers_and_kinds_add_up(name):
    """A model's table would hide some of its parameters."""
    table = tables()[name]

    rows = layers_of(table, shown=True)

    assert sum(int(n.replace(",", "")) for _, n in rows) == table.total
    assert sum(by_kind(table).values()) == table.total


def test_models_stand_in_the_order_of_their_size():
    """The dots would not rise, and the diamond would stand elsewhere."""
    totals = [table.total for table in tables().values()]

    assert totals == sorted(totals)
    assert len(totals) == len(catalogue.MODELS)


def digits_of(lab):
    """Return all that the lab shows as text, without its controls."""
    return lab.reading + str(lab.frame["tables"])


@pytest.mark.parametrize(
    ("make", "total"),
    [
        (mlp_builder, "331"),
        (transformer_builder, "124,439,808"),
        (catalogue_browser, "124,439,808"),
    ],
    ids=lambda part: getattr(part, "__name__", ""),
)
def test_nothing_is_told_before_it_is_asked_for(make, total):
    """Nobody predicts what stands beside the question."""
    lab = make()
    before = digits_of(lab), lab.picture()

    lab.ask = SHOWN

    assert lab.error is None
    assert total not in before[0]
    assert total in digits_of(lab)
    assert lab.picture() != before[1]
    lab.ask = HIDDEN
    assert (digits_of(lab), lab.picture()) == before


@pytest.mark.parametrize("make", LABS, ids=lambda make: make.__name__)
def test_every_stop_of_every_control_gives_a_picture(make):
    """A reader would meet an error at the end of a slider."""
    lab = make()
    lab.ask = SHOWN

    for control in lab.controls:
        start = getattr(lab, control.name)
        for stop in control.stops:
            setattr(lab, control.name, stop)
            assert lab.error is None, (control.name, stop, lab.error)
        setattr(lab, control.name, start)


def test_extremes_together_are_drawn_too():
    """The largest of everything would not fit the picture, or the units' names."""
    lab, small = mlp_builder(), mlp_builder()
    small.hidden = small.inputs = 1
    for control in lab.controls[:-2]:
        setattr(lab, control.name, control.stops[-1])

    lab.ask = small.ask = SHOWN

    assert lab.error is None
    assert "83,906,560 parameters" in lab.reading  # 5 · (4096 + 1) · 4096
    assert "31 parameters = 20 weights + 11 biases" in small.reading


def test_no_hidden_layer_is_the_classical_model():
    """The comparison would say that a network without hidden layers is something else."""
    lab = mlp_builder()

    lab.hidden, lab.ask = 0, SHOWN

    assert "21 parameters = 20 weights + 1 bias." in lab.reading
    assert "Logistic regression on the same 20 inputs has 21: the same." in lab.reading


def test_the_drawing_has_an_edge_for_each_pair_of_drawn_units():
    """The picture would show a network that isn't dense."""
    drawn = drawing([3, 20, 2])

    units = np.isfinite(drawn["units"]).all(axis=0).sum()
    edges = np.isnan(drawn["edges"][0]).sum()

    assert units == 3 + DRAWN + 2
    assert edges == 3 * DRAWN + DRAWN * 2
    assert [label for _, _, label in drawn["widths"]] == ["3", "20", "2", "+ 12"]


@pytest.mark.parametrize(
    ("guess", "said"),
    [
        (1.0e8, "100 million, is 2.5 times too low"),
        (1.0e9, "1 billion, is 4 times too high"),
        (2.6e8, "within 10 %"),
    ],
)
def test_a_guess_is_judged_by_its_factor(guess, said):
    """Ten times too much would pass for a near miss."""
    assert said in verdict(guess, 250_000_000)


@pytest.mark.parametrize(
    ("n", "said"),
    [
        (331, "331"),
        (9_999, "9,999"),
        (60_840, "60.8 thousand"),
        (6_738_415_616, "6.74 billion"),
        (174_604_259_328, "175 billion"),
        (2_500_000_000_000, "2,500 billion"),
    ],
)
def test_numbers_are_said_in_words(n, said):
    """A billion would be read as a million."""
    assert about(n) == said
