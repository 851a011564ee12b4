"""Chapter 09's lab: its runs are mini-batch SGD, and its sentences tell noise from divergence."""

import numpy as np
import pytest

import nnlib as nn
from nnlab.labs.chapter09 import (
    ALL,
    BATCHES,
    EPOCHS,
    FLOOR,
    IN_TURN,
    MACHINES,
    SEEDS,
    SOME,
    START,
    TOP,
    above,
    batch_size,
    bowl,
    compare,
    descend,
    full_batch,
    patients,
    say_noise,
    shuffled,
    ticks,
)


def test_the_slider_ends_at_the_full_batch():
    """The right end would not be what its label says."""
    assert BATCHES[-1] == len(patients()[0])


def test_a_run_is_the_library_s():
    """The lab would show something other than mini-batch SGD on the mean squared error."""
    X, y = shuffled()
    net = nn.Network([nn.Dense(2, 1, bias=False)], loss=nn.MSE())
    net.theta[:] = START
    optimizer = nn.SGD(lr=0.05)

    for end in range(0, 354, 32):
        part = slice(end, min(end + 32, 354))
        net.value_and_grad(X[3, part], y[3, part, None])
        optimizer.step(net.theta, net.grad)

    ends, path = descend(32, 0.05)
    np.testing.assert_allclose(path[12, 3], net.theta, rtol=1e-12, atol=0)
    assert ends[11] == 354


def test_the_height_above_the_minimum_is_that_of_the_loss():
    """The curves would not be those of the loss they name."""
    X, y = patients()
    w = np.array([0.3, -0.7])

    height = ((X @ w - y) ** 2).mean() - bowl()[2]

    np.testing.assert_allclose(above(w), height, rtol=1e-10, atol=0)


def test_the_full_batch_in_closed_form_is_the_full_batch_stepped():
    """The dashed reference would be another method."""
    _, path = descend(354, 0.1)

    found = full_batch(0.1)[:EPOCHS]

    np.testing.assert_allclose(found, above(path[1:, 0]), rtol=1e-9, atol=0)
    assert path.shape == (EPOCHS + 1, SEEDS, 2)


def test_each_epoch_shows_each_patient_once():
    """With replacement it would be another experiment than the one described."""
    X, _ = shuffled()

    epoch = X[5, 354:708]

    np.testing.assert_array_equal(np.sort(epoch, axis=0), np.sort(patients()[0], axis=0))


def test_a_larger_batch_makes_a_smaller_ball():
    """The lesson of the lab would not be seen in it."""
    radii = [compare(B, 0.1, SOME, 0)["spread"] for B in (1, 4, 16)]

    assert radii[0] > 1.5 * radii[1] > 2 * radii[2]


@pytest.mark.parametrize(("machine", "cost"), [(IN_TURN, 33), (SOME, 2), (ALL, 1)])
def test_a_step_takes_as_many_ticks_as_there_are_rounds(machine, cost):
    """The third clock would run wrong."""
    assert ticks(33, machine) == cost


@pytest.mark.parametrize(
    ("B", "lr", "words"),
    [
        (354, 0.1, "no noise"),
        (8, 0.1, "the noise ball"),
        (8, 0.001, "not yet the ball"),
        (1, 0.5, "would allow this η for the full batch"),
        (1, 1.0, "even the full batch diverges"),
        (354, 1.0, "diverging"),
    ],
)
def test_the_sentence_tells_what_happens(B, lr, words):
    """A reader who does not see the pictures would be told something else."""
    assert words in say_noise(compare(B, lr, IN_TURN, 0))


@pytest.mark.parametrize("B", BATCHES)
@pytest.mark.parametrize("lr", [0.001, 0.1, 1.0])
def test_what_is_drawn_stays_inside_the_picture(B, lr):
    """A run that diverges would blow up the axes."""
    numbers = compare(B, lr, SOME, 0)

    for clock in ("step", "epoch", "time"):
        for line in ("low", "middle", "high", "full"):
            x, loss = numbers[f"{clock}_{line}"]
            seen = loss[np.isfinite(loss)]
            assert len(x) == len(loss)
            assert ((seen >= FLOOR) & (seen <= TOP)).all()


def test_the_still_picture_holds_no_measured_time():
    """Two executions of the notebook would differ."""
    lab = batch_size()

    first, second = repr(lab), repr(batch_size())

    assert first == second
    assert "measured on this machine" not in lab.reading


def test_the_button_measures():
    """The button would do nothing."""
    lab = batch_size()

    lab.measured = 1

    assert "measured on this machine" in lab.reading
    assert lab.error is None


def test_every_control_moves_without_an_error():
    """A setting would leave the old picture standing."""
    lab = batch_size()

    for B in BATCHES:
        lab.batch_size = B
        for machine in MACHINES:
            lab.machine = machine
            lab.lr = 1.0
            lab.lr = 0.001
            assert lab.error is None
