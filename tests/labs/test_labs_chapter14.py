"""Chapter 14's lab: its numbers are batch norm's, its sentences tell the small batches apart."""

import numpy as np
import pytest

import nnlib as nn
from nnlab.labs.chapter14 import (
    BATCHES,
    EDGES,
    SIZES,
    companions,
    in_company,
    one_example,
    say_company,
)


@pytest.mark.parametrize("m", [2, 4, 64])
def test_what_is_shown_is_the_library_s_batch_norm(m):
    """The lab would teach another layer than the one that trains."""
    net = nn.Network([nn.BatchNorm(1)], nn.MSE())

    n = in_company(m, 1.5, 7)

    batch = np.append(1.5, companions()[7, : m - 1])[:, None]
    out = net.forward(batch).ravel()
    np.testing.assert_allclose(n["xhat"], out[0], rtol=1e-12, atol=0)
    np.testing.assert_allclose(n["others_after"][0], out[1:], rtol=1e-12, atol=0)


def test_alone_every_value_becomes_zero():
    """A batch of one would seem to carry something."""
    found = [in_company(1, x, 0)["xhat"] for x in (-3.0, 0.5, 3.0)]

    assert found == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("x", [-2.0, 0.25, 3.0])
def test_in_a_pair_only_the_order_is_left(x):
    """The lab's first prediction would have another answer than the chapter."""
    after = [in_company(2, x, draw)["xhat"] for draw in range(20)]

    np.testing.assert_allclose(np.abs(after), 1, rtol=0, atol=0.01)


@pytest.mark.parametrize("m", [2, 4, 16])
def test_no_value_stands_out_by_more_than_the_root_of_its_company(m):
    """The second prediction's answer, √(m - 1), would be wrong."""
    after = [in_company(m, 3.0, draw)["xhat"] for draw in range(50)]

    assert max(after) <= np.sqrt(m - 1)


def test_the_spread_falls_like_the_root_of_the_batch_size():
    """The picture would contradict the table above it."""
    spreads = [in_company(m, 0.0, 0)["spread"] for m in (16, 64, 256)]

    np.testing.assert_allclose(spreads, [1 / 4, 1 / 8, 1 / 16], rtol=0.15)


def test_every_batch_is_counted_once():
    """The bars would not add up: values beyond the edges could be lost."""
    for m in SIZES:
        bars = in_company(m, 3.0, 0)["bars"]

        assert bars[0].size == EDGES.size - 1
        assert bars[1].sum() == pytest.approx(100, rel=1e-12)


def test_the_draw_changes_this_batch_and_not_the_others():
    """The button would do nothing, or change the histogram under the reader's eyes."""
    one, other, round_again = (in_company(8, 1.0, draw) for draw in (0, 1, BATCHES))

    assert one["xhat"] != other["xhat"]
    assert one["xhat"] == round_again["xhat"]
    np.testing.assert_array_equal(one["bars"][1], other["bars"][1])


@pytest.mark.parametrize(
    ("m", "said"),
    [
        (1, "Libraries refuse this"),
        (2, "no gradient gets through"),
        (3, "keeps 1 of its 3 dimensions"),
        (64, "keeps 62 of its 64 dimensions"),
    ],
)
def test_the_reading_tells_the_small_batches_apart(m, said):
    """Who can't see the picture would miss what is special."""
    text = say_company(in_company(m, 1.0, 0))

    assert said in text
    assert "always 1." in text


def test_moving_the_controls_changes_picture_and_reading():
    """A control that isn't connected would look broken."""
    lab = one_example()
    seen = [repr(lab)]

    for name, value in (("m", 32), ("x", -2.0), ("draw", 3)):
        setattr(lab, name, value)
        seen.append(repr(lab))

    assert len(set(seen)) == 4
