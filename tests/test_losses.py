"""The losses as functions of the logits: literals, tails, symmetries, and what they refuse."""

import math

import numpy as np
import pytest
from scipy import special

import nnlib as nn


def test_mse_by_hand():
    """Residuals 1, -2, 0, 3 in a (2, 2) batch: (1 + 4 + 0 + 9)/4, and 2r/4; no ½ anywhere."""
    z, y = np.array([[2.0, 0.0], [5.0, 4.0]]), np.array([[1.0, 2.0], [5.0, 1.0]])

    assert nn.MSE().value(z, y) == 3.5
    np.testing.assert_array_equal(nn.MSE().grad(z, y), [[0.5, -1.0], [0.0, 1.5]])


def test_mae_by_hand():
    """The same residuals: (1 + 2 + 0 + 3)/4, and sign(r)/4, 0 at the kink."""
    z, y = np.array([[2.0, 0.0], [5.0, 4.0]]), np.array([[1.0, 2.0], [5.0, 1.0]])

    assert nn.MAE().value(z, y) == 1.5
    np.testing.assert_array_equal(nn.MAE().grad(z, y), [[0.25, -0.25], [0.0, 0.25]])


def test_huber_by_hand():
    """δ = 2, residuals 1, -2, 0, 3: (½ + 2 + 0 + 2(3 - 1))/4, and the residual clipped to ±2."""
    z, y = np.array([[2.0, 0.0], [5.0, 4.0]]), np.array([[1.0, 2.0], [5.0, 1.0]])

    assert nn.Huber(delta=2).value(z, y) == (0.5 + 2 + 0 + 4) / 4
    np.testing.assert_array_equal(nn.Huber(delta=2).grad(z, y), [[0.25, -0.5], [0.0, 0.5]])


def test_huber_is_half_of_mse_near_and_mae_far(rng):
    """δ → ∞ gives ½ MSE, δ → 0 gives δ MAE."""
    z, y = rng.normal(size=(5, 2)), rng.normal(size=(5, 2))

    assert nn.Huber(1e6).value(z, y) == pytest.approx(nn.MSE().value(z, y) / 2, rel=1e-14)
    assert nn.Huber(1e-9).value(z, y) == pytest.approx(1e-9 * nn.MAE().value(z, y), rel=1e-7)
    assert nn.Huber().delta == 1


def test_huber_loses_no_digit_next_to_its_corner():
    """At |r| = δ both formulas meet, in value and in slope."""
    y, below, above = np.zeros((1, 1)), np.array([[0.7 - 1e-9]]), np.array([[0.7 + 1e-9]])

    loss = nn.Huber(0.7)

    assert loss.value(np.array([[0.7]]), y) == pytest.approx(0.245, rel=1e-15)
    assert loss.value(above, y) - loss.value(below, y) == pytest.approx(0.7 * 2e-9, rel=1e-6)
    assert loss.grad(above, y) == 0.7


def test_log_loss_by_hand():
    """z = ln 3 is p = 3/4: log 4/3 for y = 1, log 4 for y = 0, and (p - y)/2."""
    z, y = np.full((2, 1), math.log(3)), np.array([[1], [0]])

    value, dz = nn.LogLoss().value_and_grad(z, y)

    assert value == pytest.approx((math.log(4 / 3) + math.log(4)) / 2, rel=1e-15)
    np.testing.assert_allclose(dz, [[-1 / 8], [3 / 8]], rtol=1e-15, atol=0)


@pytest.mark.parametrize("w", [0.5, 1, 2, 5])
def test_pos_weight_by_hand(w):
    """It multiplies the term of y = 1 alone, and is not divided out again."""
    z, y = np.full((2, 1), math.log(3)), np.array([[1], [0]])

    value, dz = nn.LogLoss(pos_weight=w).value_and_grad(z, y)

    assert value == pytest.approx((w * math.log(4 / 3) + math.log(4)) / 2, rel=1e-15)
    np.testing.assert_allclose(dz, [[-w / 8], [3 / 8]], rtol=1e-15, atol=0)


@pytest.mark.parametrize("pos_weight", [1.0, 3.0])
@pytest.mark.parametrize("z", [-1e4, -700.0, -40.0, -1.0, 0.0, 1.0, 40.0, 700.0, 1e4])
@pytest.mark.parametrize("y", [0.0, 0.25, 1.0])
def test_log_loss_keeps_both_tails(z, y, pos_weight):
    """logaddexp(0, z) - y z gives 0 at y = 1, z = 40, where the loss is 4e-18."""
    logits, target = np.array([[z]]), np.array([[y]])
    truth = -pos_weight * y * special.log_expit(z) - (1 - y) * special.log_expit(-z)
    slope = (1 - y) * special.expit(z) - pos_weight * y * special.expit(-z)

    value, dz = nn.LogLoss(pos_weight).value_and_grad(logits, target)

    assert value == pytest.approx(truth, rel=1e-13, abs=0)
    np.testing.assert_allclose(dz, [[slope]], rtol=1e-13, atol=2e-16)  # p - y is a difference


def test_log_loss_has_known_digits_in_its_tails():
    """e^-40 at both ends, from tables, not from a library."""
    z = np.array([[40.0]])

    right = nn.LogLoss().value(z, np.array([[1]]))
    left = nn.LogLoss().value(-z, np.array([[0]]))

    assert right == left == pytest.approx(4.248354255291589e-18, rel=1e-14)
    assert nn.LogLoss().value(-z, np.array([[1]])) == 40


def test_cross_entropy_by_hand():
    """p = (1, 2, 5)/8 and (5, 1, 2)/8 with labels 2 and 0: both cost log 8/5; (p - q)/2."""
    z = np.log([[1.0, 2, 5], [5, 1, 2]])

    value, dz = nn.CrossEntropy().value_and_grad(z, np.array([2, 0]))

    assert value == pytest.approx(math.log(8 / 5), rel=1e-15)
    np.testing.assert_allclose(
        dz, [[1 / 16, 2 / 16, -3 / 16], [-3 / 16, 1 / 16, 2 / 16]], rtol=1e-14, atol=0
    )


def test_label_smoothing_by_hand():
    """ε = 0.3 over three classes: q = 0.8 for the label, 0.1 for each other."""
    z = np.log([[1.0, 2, 5]])

    value, dz = nn.CrossEntropy(label_smoothing=0.3).value_and_grad(z, np.array([2]))

    assert value == pytest.approx(
        0.1 * math.log(8) + 0.1 * math.log(4) + 0.8 * math.log(8 / 5), rel=1e-14
    )
    np.testing.assert_allclose(dz, [[0.125 - 0.1, 0.25 - 0.1, 0.625 - 0.8]], rtol=1e-14, atol=0)


def test_class_weights_by_hand():
    """w = (1, 2, 10): labels 2 and 0 cost (10 + 1) log(8/5) over m = 2, not over 11."""
    z = np.log([[1.0, 2, 5], [5, 1, 2]])

    value, dz = nn.CrossEntropy(class_weights=[1, 2, 10]).value_and_grad(z, np.array([2, 0]))

    assert value == pytest.approx(11 / 2 * math.log(8 / 5), rel=1e-14)
    np.testing.assert_allclose(
        dz, [[10 / 16, 20 / 16, -30 / 16], [-3 / 16, 1 / 16, 2 / 16]], rtol=1e-13, atol=0
    )


@pytest.mark.parametrize("a", [-1e4, -700.0, -40.0, -1.0, 0.0, 1.0, 40.0, 700.0, 1e4])
@pytest.mark.parametrize("label", [0, 1, 2])
def test_cross_entropy_keeps_its_tails(a, label):
    """log(softmax(z)) is -∞ where p underflows, at 746 below the largest logit.

    Above, log p = z - logsumexp(z) is a difference: right to the rounding of z.
    """
    z = np.array([[a, 0.0, 0.5]])
    truth = -special.log_softmax(z, axis=1)[0, label]
    slope = special.softmax(z, axis=1) - np.eye(3)[[label]]

    value, dz = nn.CrossEntropy().value_and_grad(z, np.array([label]))

    assert value == pytest.approx(truth, rel=1e-12, abs=1e-15 * max(1, abs(a)))
    np.testing.assert_allclose(dz, slope, rtol=1e-12, atol=1e-15)


def test_labels_and_their_one_hot_rows_are_the_same_target(rng):
    """Integers are short for rows of probabilities."""
    z, y = rng.normal(size=(6, 4)), rng.integers(0, 4, 6)

    for loss in (nn.CrossEntropy(), nn.CrossEntropy(0.2, [1, 2, 3, 4])):
        value, dz = loss.value_and_grad(z, y)

        assert loss.value(z, np.eye(4)[y]) == value
        np.testing.assert_array_equal(loss.grad(z, np.eye(4)[y]), dz)


def test_as_many_examples_as_classes_is_no_ambiguity(rng):
    """A (3,) target for (3, 3) logits is three labels, a (3, 3) target three rows."""
    z = rng.normal(size=(3, 3))

    by_label = nn.CrossEntropy().value(z, np.array([0, 1, 2]))

    assert by_label == nn.CrossEntropy().value(z, np.eye(3))
    assert by_label != nn.CrossEntropy().value(z, np.eye(3)[::-1])


def test_cross_entropy_of_two_logits_is_log_loss(rng):
    """softmax([0, z]) is σ(z): the same loss, and the gradient of z is the same."""
    z, y = rng.normal(size=(8, 1)), rng.integers(0, 2, 8)

    value, dz = nn.CrossEntropy().value_and_grad(np.hstack([0 * z, z]), y)
    value1, dz1 = nn.LogLoss().value_and_grad(z, y.reshape(-1, 1))

    assert value == pytest.approx(value1, rel=1e-14)
    np.testing.assert_allclose(dz[:, 1:], dz1, rtol=1e-13, atol=1e-16)


def test_log_loss_of_soft_labels_is_least_at_the_label(rng):
    """Its gradient (p - y)/(m k) vanishes where p = y, and only there."""
    y = rng.uniform(0.1, 0.9, (4, 2))
    z = special.logit(y)

    np.testing.assert_allclose(nn.LogLoss().grad(z, y), np.zeros((4, 2)), rtol=0, atol=1e-16)
    assert (np.abs(nn.LogLoss().grad(z + 0.1, y)) > 1e-3).all()


@pytest.mark.parametrize("loss", [nn.MSE(), nn.MAE(), nn.Huber(), nn.LogLoss(), nn.LogLoss(2)])
@pytest.mark.parametrize("shape", [(5,), (1, 5), (5, 2), (5, 1, 1), ()])
def test_targets_of_another_shape_are_refused(loss, shape):
    """(5, 1) - (5,) broadcasts to (5, 5): a mean over 25 wrong differences, without a word."""
    z, y = np.zeros((5, 1)), np.zeros(shape)

    with pytest.raises(ValueError, match="expected y of shape"):
        loss.value_and_grad(z, y)


def test_a_flat_target_is_told_what_to_do():
    """The most common mistake gets its remedy, and another shape not that remedy."""
    with pytest.raises(ValueError, match=r"use y\.reshape\(-1, 1\)"):
        nn.MSE().value(np.zeros((5, 1)), np.zeros(5))
    with pytest.raises(ValueError, match=r"give y the logits' shape"):
        nn.MSE().value(np.zeros((5, 1)), np.zeros((5, 2)))


@pytest.mark.parametrize("loss", [nn.MSE(), nn.MAE(), nn.Huber(), nn.LogLoss(), nn.CrossEntropy()])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_targets_that_are_no_numbers_are_refused(loss, bad):
    """One NaN would turn every parameter into NaN at the next step."""
    y = np.full((3, 2), 0.5)
    y[1, 0] = bad

    with pytest.raises(ValueError, match=r"NaN or infinity in y|wants labels in \[0, 1\], got"):
        loss.value(np.zeros((3, 2)), y)


def test_infinities_that_cancel_are_found():
    """∞ - ∞ is NaN, and two opposite ones must not hide each other."""
    with pytest.raises(ValueError, match="NaN or infinity in y"):
        nn.MSE().value(np.zeros((2, 1)), np.array([[np.inf], [np.inf]]))


def test_targets_whose_sum_overflows_are_numbers():
    """1e308 + 1e308 is ∞, but neither of them is."""
    z = y = np.full((2, 1), 1e308)

    with np.errstate(over="ignore"):
        assert nn.MAE().value(z, y) == 0


@pytest.mark.parametrize("bad", [-0.1, 1.1, 2])
def test_log_loss_refuses_labels_outside_0_1(bad):
    """Labels -1/1 or 1/2 train towards nonsense; the ends 0 and 1 are fine."""
    y = np.array([[0], [1], [bad]])

    with pytest.raises(ValueError, match=r"labels in \[0, 1\], got"):
        nn.LogLoss().value(np.zeros((3, 1)), y)


def test_log_loss_says_that_a_label_is_not_a_number():
    """Coding the classes as 0 and 1 is no advice for a label that is missing."""
    with pytest.raises(ValueError, match="got NaN or infinity in y: remove or fill"):
        nn.LogLoss().value(np.zeros((2, 1)), np.array([[1.0], [np.nan]]))


def test_truth_values_are_labels():
    """y > 0 is a natural way to write labels."""
    z = np.array([[2.0], [-1.0]])

    assert nn.LogLoss().value(z, np.array([[True], [False]])) == nn.LogLoss().value(
        z, np.array([[1], [0]])
    )


@pytest.mark.parametrize(
    ("y", "says"),
    [
        ([[0.5, 0.6], [0.5, 0.5]], "rows of y that are probabilities"),
        ([[1.5, -0.5], [0.5, 0.5]], "rows of y that are probabilities"),
        ([[0.5, 0.5002], [0.5, 0.5]], "rows of y that are probabilities"),
        ([0, 2], "must lie in 0 … 1"),
        ([0.0, 1.0], "must be integers"),
        ([0, 1, 1], r"got labels of shape \(3,\) for 2 examples"),
        ([[0], [1]], r"got labels of shape \(2, 1\) for 2 examples"),
        ([[0, 1]], r"got labels of shape \(1, 2\) for 2 examples"),
        ([[0.2, 0.3, 0.5]] * 2, "expected y of shape"),
    ],
)
def test_cross_entropy_refuses_what_is_no_target(y, says):
    """Labels out of range, floats, columns, rows that don't sum to 1."""
    with pytest.raises(ValueError, match=says):
        nn.CrossEntropy().value(np.zeros((2, 2)), np.array(y))


def test_cross_entropy_takes_rows_that_sum_to_one_but_for_rounding():
    """float32 probabilities sum to 1 only to 1e-7."""
    y = np.full((2, 3), 1 / 3, dtype=np.float32)

    assert nn.CrossEntropy().value(np.zeros((2, 3)), y) == pytest.approx(math.log(3), rel=1e-6)


@pytest.mark.parametrize("total", [1 - 1.05e-4, 1 + 1.05e-4])
def test_cross_entropy_refuses_rows_that_are_off_by_more_than_rounding(total):
    """1e-4 is allowed and no more: a row that was not divided by its sum scales its gradient."""
    y = np.array([[0.5, 0.5], [0.25, total - 0.25]])

    with pytest.raises(ValueError, match="probabilities, >= 0 with sum 1"):
        nn.CrossEntropy().value(np.zeros((2, 2)), y)


def test_cross_entropy_refuses_one_logit():
    """softmax of one number is 1 and the loss 0: training that does nothing."""
    with pytest.raises(ValueError, match=r"got 1 logit .* wanted at least 2.*use LogLoss"):
        nn.CrossEntropy().value(np.zeros((3, 1)), np.zeros(3, dtype=int))


def test_class_weights_must_fit_the_classes():
    """k weights for k classes, each above 0."""
    with pytest.raises(ValueError, match="has 2 class_weights for 3 classes"):
        nn.CrossEntropy(class_weights=[1, 2]).value(np.zeros((1, 3)), np.array([0]))
    for bad in ([1, 0], [1, -1], [[1, 2]], 2, [], ["1", "2"], [1, np.nan]):
        with pytest.raises(ValueError, match=r"class.weights? must be .* above 0"):
            nn.CrossEntropy(class_weights=bad)


@pytest.mark.parametrize("bad", [0, -1, np.nan, np.inf, "1", None, True])
@pytest.mark.parametrize(
    ("make", "name"),
    [
        (nn.Huber, "Huber delta"),
        (nn.LogLoss, "LogLoss pos_weight"),
        (nn.L1, "L1 lam|L2 lam"),
        (nn.L2, "L2 lam"),
    ],
)
def test_settings_must_be_positive(make, name, bad):
    """A zero or a NaN in a setting is told by name, not found out by a flat curve."""
    with pytest.raises(ValueError, match=f"({name}) must be a finite number above 0"):
        make(bad)


@pytest.mark.parametrize("bad", [-0.1, 1, 1.5, np.nan])
def test_label_smoothing_is_a_share(bad):
    """ε = 1 would leave nothing of the labels."""
    with pytest.raises(ValueError, match="label_smoothing must be at least 0 and below 1"):
        nn.CrossEntropy(label_smoothing=bad)


def test_predictions_are_what_the_loss_means():
    """Real values, 0/1 by the sign of z, or the largest logit; ½ exactly counts as 0."""
    z = np.array([[2.0, -1.0], [0.0, 1e-9]])

    assert nn.MSE().predict(z) is z
    assert nn.LogLoss().predict(z).tolist() == [[1, 0], [0, 1]]
    assert nn.CrossEntropy().predict(z).tolist() == [0, 1]
    assert nn.LogLoss().predict(z).dtype.kind == nn.CrossEntropy().predict(z).dtype.kind == "i"


def test_probabilities_are_the_links():
    """Sigmoid for each output, softmax for each row, none in regression."""
    z = np.log([[3.0, 1.0]])

    np.testing.assert_allclose(nn.LogLoss().proba(z), [[0.75, 0.5]], rtol=1e-15, atol=0)
    np.testing.assert_allclose(nn.CrossEntropy().proba(z), [[0.75, 0.25]], rtol=1e-15, atol=0)
    for loss in (nn.MSE(), nn.MAE(), nn.Huber()):
        with pytest.raises(ValueError, match="has no probabilities: use predict"):
            loss.proba(z)


def test_penalties_by_hand():
    """w = (3, -4, 0): L1 is λ·7 with slope ±λ and 0 at 0; L2 is λ/2·25 with slope λw."""
    w = np.array([3.0, -4.0, 0.0])

    l1, d1 = nn.L1(0.5).value_and_grad(w)
    l2, d2 = nn.L2(0.5).value_and_grad(w)

    assert (l1, d1.tolist()) == (3.5, [0.5, -0.5, 0.0])
    assert (l2, d2.tolist()) == (6.25, [1.5, -2.0, 0.0])
    assert type(l1) is type(l2) is float


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("loss", "y"),
    [
        (nn.MSE(), np.ones((4, 3))),
        (nn.MAE(), np.ones((4, 3), dtype=int)),
        (nn.Huber(0.3), np.ones((4, 3))),
        (nn.LogLoss(), np.ones((4, 3))),
        (nn.LogLoss(2.5), np.ones((4, 3), dtype=int)),
        (nn.CrossEntropy(), np.array([0, 1, 2, 0])),
        (nn.CrossEntropy(0.1, [1, 2, 3]), np.array([0, 1, 2, 0])),
        (nn.CrossEntropy(0.1, [1, 2, 3]), np.full((4, 3), 1 / 3)),
    ],
)
def test_losses_keep_the_dtype_and_their_arguments(loss, y, dtype, rng):
    """float64 labels or settings must not turn a float32 gradient into float64."""
    z = rng.normal(size=(4, 3)).astype(dtype)
    before, y_before = z.copy(), y.copy()

    value, dz = loss.value_and_grad(z, y)

    assert type(value) is float
    assert dz.dtype == dtype
    assert dz.shape == z.shape
    assert (loss.value(z, y), loss.grad(z, y).tolist()) == (value, dz.tolist())
    np.testing.assert_array_equal(z, before)
    np.testing.assert_array_equal(y, y_before)


def test_losses_and_penalties_say_what_they_are():
    """Error messages and checkpoints are made of these."""
    parts = [
        nn.MSE(),
        nn.MAE(),
        nn.Huber(0.5),
        nn.LogLoss(),
        nn.LogLoss(2),
        nn.CrossEntropy(),
        nn.L1(0.1),
        nn.L2(0.01),
    ]

    assert list(map(repr, parts)) == [
        "MSE()",
        "MAE()",
        "Huber(0.5)",
        "LogLoss()",
        "LogLoss(pos_weight=2)",
        "CrossEntropy()",
        "L1(0.1)",
        "L2(0.01)",
    ]


def test_a_loss_without_a_formula_says_so():
    """Whoever writes a loss learns what is missing."""

    class Empty(nn.Loss):
        pass

    with pytest.raises(NotImplementedError, match=r"Empty has no formula\(z, y\)"):
        Empty().value(np.zeros((1, 1)), np.zeros((1, 1)))


@pytest.mark.parametrize("loss", [nn.MSE(), nn.MAE(), nn.Huber(), nn.LogLoss()])
def test_the_mean_over_many_examples_keeps_the_digits_of_float32(loss, rng):
    """Added one by one, a million of them would lose half of the digits."""
    z, y = rng.normal(size=(1_000_000, 1)), rng.random((1_000_000, 1))

    z_small, y_small = z.astype(np.float32), y.astype(np.float32)
    small, dz = loss.formula(z_small, y_small)

    assert small.dtype == dz.dtype == np.float32
    assert small == pytest.approx(loss.value(z, y), rel=1e-5)
