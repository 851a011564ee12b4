"""Chapter 11's lab: its runs are the library's training, its sentences say how they end."""

import numpy as np
import pytest

import nnlib as nn
from nnlab.labs.chapter11 import (
    BATCHES,
    EPOCHS,
    FLOOR,
    HIDDEN,
    TOP,
    compute,
    network,
    patients,
    say_run,
    trained,
    training_run,
)


def test_the_last_batch_size_is_the_full_batch():
    """The right end of the slider would not be what its label says."""
    assert BATCHES[-1] == len(patients()[0])


def test_validation_is_scaled_by_the_training_part():
    """The lab would leak what the chapter warns of."""
    X_train, _, X_val, _ = patients()

    np.testing.assert_allclose(X_train.mean(axis=0), 0, rtol=0, atol=1e-12)
    np.testing.assert_allclose(X_train.std(axis=0), 1, rtol=1e-12, atol=0)
    assert abs(X_val.mean(axis=0)).max() > 0.01


def test_full_batch_losses_are_those_of_a_loop_written_out():
    """The curves would be those of another method than the chapter's five steps."""
    X, y, X_val, y_val = patients()
    net = network(4)
    W1, b1, W2, b2 = (getattr(net.layers[i], p).copy() for i in (0, 2) for p in "Wb")
    losses = []

    for _ in range(5):
        z1 = X @ W1 + b1
        dz2 = (1 / (1 + np.exp(-(np.maximum(z1, 0) @ W2 + b2))) - y) / len(X)
        dz1 = (dz2 @ W2.T) * (z1 > 0)
        W2, b2 = W2 - 0.1 * np.maximum(z1, 0).T @ dz2, b2 - 0.1 * dz2.sum(axis=0)
        W1, b1 = W1 - 0.1 * X.T @ dz1, b1 - 0.1 * dz1.sum(axis=0)
        z = np.maximum(X_val @ W1 + b1, 0) @ W2 + b2
        losses.append(np.mean(np.logaddexp(0, z) - y_val * z))

    history = trained(0.1, BATCHES[-1], 4, 10)[0]
    np.testing.assert_allclose(history.val_loss[:5], losses, rtol=1e-9, atol=0)


def test_the_diamond_marks_the_lowest_validation_loss():
    """It would stand beside the epoch whose weights come back."""
    numbers = compute(0.1, 32, 16, 10)

    val = numbers["val"][1]

    assert numbers["best"] == ([int(np.argmin(val)) + 1], [val.min()])
    assert len(val) == numbers["best_epoch"] + 10


def test_the_matrix_is_that_of_the_weights_that_came_back():
    """The counts would be those of the last epoch's weights."""
    X, y, X_val, y_val = patients()
    best = trained(0.1, 32, 16, 10)[0].best_epoch
    net = network(16)

    nn.fit(net, X, y, nn.SGD(lr=0.1), batch_size=32, epochs=best)

    counts = np.zeros((2, 2), dtype=int)
    for true, said in zip(y_val.ravel(), net.predict(X_val).ravel(), strict=True):
        counts[int(true), int(said)] += 1
    np.testing.assert_array_equal(compute(0.1, 32, 16, 10)["C"], counts)


def test_the_field_below_left_holds_the_missed_malignant():
    """The heat map or its numbers would be upside down."""
    numbers = compute(0.001, 32, 16, 10)

    fields = {(x, y): count for x, y, count in numbers["counts"]}
    words = {(x, y): said for x, y, said in numbers["words"]}

    assert words[0, 0] == "malignant,\ncalled benign"
    assert fields[0, 0] == str(numbers["C"][1, 0])
    np.testing.assert_allclose(
        numbers["shares"][0, 0], numbers["C"][1, 0] / numbers["C"][1].sum(), rtol=1e-12, atol=0
    )


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ((0.1, 32, 16, 10), "nearly flat"),
        ((1.0, 8, 16, 10), "over-fitting"),
        ((0.1, 32, 16, 1), "no new best for 1 epoch."),
        ((0.001, 32, 16, 10), "still falling"),
        ((0.001, 364, 16, 10), "No better than knowing nothing"),
        ((10.0, 32, 16, 10), "diverged"),
        ((31.6, 8, 64, 30), "diverged"),
    ],
)
def test_the_sentence_tells_what_happens(settings, words):
    """A reader who does not see the pictures would be told something else."""
    assert words in say_run(compute(*settings))


def test_a_loss_below_the_picture_is_told():
    """The diamond would be missing and nothing would say why."""
    numbers = compute(0.1, 32, 16, 10) | {"low": FLOOR / 10}

    assert "below the picture" in say_run(numbers)


@pytest.mark.parametrize("lr", [0.001, 1.0, 31.6])
@pytest.mark.parametrize("hidden", [0, 1, 64])
def test_what_is_drawn_stays_inside_the_picture(lr, hidden):
    """A run that diverges would blow up the axes."""
    numbers = compute(lr, 32, hidden, 10)

    for name in ("train", "val", "best"):
        epochs, loss = (np.array(row) for row in numbers[name])
        seen = loss[np.isfinite(loss)]
        assert len(epochs) == len(loss) <= EPOCHS
        assert ((seen >= FLOOR) & (seen <= TOP)).all()


def test_every_control_moves_without_an_error():
    """A setting would leave the old picture standing."""
    lab = training_run()

    for name, stops in (
        ("batch_size", BATCHES),
        ("hidden", HIDDEN),
        ("patience", [1, 30]),
        ("lr", [lab.controls[0].stops[i] for i in (0, -1)]),
    ):
        for stop in stops:
            setattr(lab, name, stop)
            assert lab.error is None
            assert lab.reading
