"""The functions: identities everywhere, and their tails against SciPy and known digits."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy import special

import nnlib as nn
from nnlib.functions import ones

TAILS = [-1e4, -745.2, -700, -40, -1, -1e-8, 0, 1e-8, 1, 40, 700, 745.2, 1e4]
always = settings(deadline=None, derandomize=True)
logits = arrays(float, array_shapes(min_dims=2, max_dims=2), elements=st.floats(-1e3, 1e3))


def test_sigmoid_keeps_both_tails():
    """½(1 + tanh(z/2)) is 0 at -40, and 1/(1 + e^-z) overflows at -1e4."""
    z = np.array(TAILS)

    np.testing.assert_allclose(nn.sigmoid(z), special.expit(z), rtol=1e-14, atol=0)
    assert nn.sigmoid(np.array(-40.0)) == pytest.approx(4.248354255291589e-18, rel=1e-14)
    assert nn.sigmoid(np.array(-700.0)) == pytest.approx(9.859676543759770e-305, rel=1e-13)
    assert nn.sigmoid(np.array(-1e4)) == 0


def test_softplus_keeps_both_tails():
    """log(1 + e^z) is 0 at -40 if written so, and overflows at 1e4."""
    z = np.array(TAILS)

    np.testing.assert_allclose(nn.softplus(z), np.logaddexp(0, z), rtol=1e-14, atol=0)
    assert nn.softplus(np.array(-40.0)) == pytest.approx(4.248354255291589e-18, rel=1e-14)
    assert nn.softplus(np.array(0.0)) == pytest.approx(math.log(2), rel=1e-15)
    assert nn.softplus(np.array(1e4)) == 1e4


def test_softmax_and_logsumexp_are_scipys():
    """Rows whose largest logit is far from 0, at either side, overflow without the shift."""
    z = np.array([[a, b, a / 2] for a in TAILS for b in TAILS])

    np.testing.assert_allclose(nn.softmax(z), special.softmax(z, axis=1), rtol=1e-13, atol=0)
    np.testing.assert_allclose(
        nn.logsumexp(z), special.logsumexp(z, axis=1, keepdims=True), rtol=1e-13, atol=1e-15
    )


def test_softmax_gets_its_numbers_right():
    """Rows, not columns, sum to 1: e^0 : e^(ln 2) : e^(ln 5) = 1 : 2 : 5."""
    z = np.array([[0, math.log(2), math.log(5)], [math.log(5), 0, math.log(2)]])

    np.testing.assert_allclose(
        nn.softmax(z), [[1 / 8, 2 / 8, 5 / 8], [5 / 8, 1 / 8, 2 / 8]], rtol=1e-15, atol=0
    )
    np.testing.assert_allclose(nn.logsumexp(z), [[math.log(8)]] * 2, rtol=1e-15, atol=0)


@always
@given(z=logits)
def test_softmax_rows_sum_to_one(z):
    """Probabilities: not below 0, with sum 1."""
    p = nn.softmax(z)

    assert p.shape == z.shape
    assert (p >= 0).all()
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-14, atol=0)


@always
@given(z=logits, c=st.floats(-1e3, 1e3))
def test_softmax_ignores_a_shift_and_logsumexp_follows_it(z, c):
    """Only differences of logits mean anything; z + c itself is rounded to 2e-13."""
    np.testing.assert_allclose(nn.softmax(z + c), nn.softmax(z), rtol=2e-12, atol=1e-300)
    np.testing.assert_allclose(nn.logsumexp(z + c), nn.logsumexp(z) + c, rtol=1e-13, atol=1e-12)


@always
@given(z=arrays(float, array_shapes(max_dims=3), elements=st.floats(-1e5, 1e5)))
def test_sigmoid_and_softplus_have_their_symmetries(z):
    """σ(-z) = 1 - σ(z), softplus(z) - softplus(-z) = z, and the logit of p is z."""
    np.testing.assert_allclose(nn.sigmoid(-z), 1 - nn.sigmoid(z), rtol=0, atol=2e-16)
    np.testing.assert_allclose(nn.softplus(z) - nn.softplus(-z), z, rtol=1e-15, atol=2e-16)
    np.testing.assert_allclose(np.exp(-nn.softplus(-z)), nn.sigmoid(z), rtol=1e-11, atol=1e-300)
    assert nn.sigmoid(z).shape == nn.softplus(z).shape == z.shape


def test_the_last_axis_is_meant(rng):
    """One row alone, or a stack of batches: classes always come last."""
    z = rng.normal(size=(2, 3, 4))

    p, top = nn.softmax(z), nn.logsumexp(z)

    assert (p.shape, top.shape) == ((2, 3, 4), (2, 3, 1))
    for i, j in np.ndindex(2, 3):
        np.testing.assert_array_equal(nn.softmax(z[i, j]), p[i, j])
        np.testing.assert_array_equal(nn.logsumexp(z[i, j]), top[i, j])


def test_two_logits_are_a_sigmoid(rng):
    """softmax([z, 0]) is [σ(z), σ(-z)]: binary classification is the case k = 2."""
    z = rng.normal(0, 5, (9, 1))

    p = nn.softmax(np.hstack([z, 0 * z]))

    np.testing.assert_allclose(p, np.hstack([nn.sigmoid(z), nn.sigmoid(-z)]), rtol=1e-14, atol=0)


@pytest.mark.parametrize("function", [nn.sigmoid, nn.softplus, nn.logsumexp, nn.softmax])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_functions_keep_the_dtype_and_their_argument(function, dtype, rng):
    """A constant of double precision in a formula would silently make float64 of float32."""
    z = rng.normal(0, 30, (5, 3)).astype(dtype)
    before = z.copy()

    out = function(z)

    assert out.dtype == dtype
    np.testing.assert_array_equal(z, before)


def test_float32_tails_are_as_good():
    """e^-|z| reaches down to float32's smallest numbers, 1e-45."""
    z = np.array([-100, -80, -20, 20, 80, 100], dtype=np.float32)

    np.testing.assert_allclose(nn.sigmoid(z[1:]), special.expit(z[1:]), rtol=1e-6, atol=0)
    assert nn.sigmoid(z)[0] > 0


def test_one_hot_has_one_one_in_each_row():
    """Rows are examples; integers of any kind will do."""
    expected = [[0, 0, 1], [1, 0, 0], [0, 0, 1], [0, 1, 0]]

    for dtype in (np.int64, np.int32, np.uint8):
        np.testing.assert_array_equal(nn.one_hot(np.array([2, 0, 2, 1], dtype), 3), expected)
    np.testing.assert_array_equal(nn.one_hot([2, 0, 2, 1], 3), expected)
    assert nn.one_hot(np.array([], dtype=int), 3).shape == (0, 3)
    assert nn.one_hot(np.array([0, 0]), 1).tolist() == [[1], [1]]


@pytest.mark.parametrize(
    ("y", "says"),
    [
        ([0, 1, 3], r"must lie in 0 … 2 for 3 logits, got 0 … 3"),
        ([-1, 0, 1], r"must lie in 0 … 2 for 3 logits, got -1 … 1"),
        ([0.0, 1.0], r"must be integers of shape \(m,\), got float64 of shape \(2,\)"),
        ([[0], [1]], r"must be integers of shape \(m,\), got int64 of shape \(2, 1\)"),
        ([True, False], r"must be integers"),
        (2, r"must be integers of shape \(m,\), got int64 of shape \(\)"),
    ],
)
def test_one_hot_refuses_what_are_no_labels(y, says):
    """NumPy would take -1 as the last class and round nothing."""
    with pytest.raises(ValueError, match=says):
        nn.one_hot(np.array(y), 3)


@pytest.mark.parametrize("k", [0, -1, 2.0, "3", None])
def test_one_hot_wants_a_number_of_classes(k):
    """k comes first in nobody's memory: one_hot(3, y) must not fail deep inside NumPy."""
    with pytest.raises(ValueError, match="number of classes must be a whole number above 0"):
        nn.one_hot(np.array([0]), k)


def test_ones_are_made_once_and_can_not_be_spoiled():
    """They are shared by all layers: whoever wrote into them would bend every gradient."""
    one = ones(3, np.dtype(np.float32))

    assert (one.tolist(), one.dtype) == ([1, 1, 1], np.float32)
    assert ones(3, np.dtype(np.float32)) is one
    with pytest.raises(ValueError, match="read-only"):
        one[0] = 2
