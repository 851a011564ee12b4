"""Chapter 15's lab: runs from the gallery, an answer to every guess, nothing drawn outside."""

import time

import numpy as np
import pytest

from nnlab.gallery import BUGS, train
from nnlab.labs.chapter15 import (
    FLOOR,
    GUESSES,
    HIDDEN,
    HIGH,
    LOW,
    NOTHING,
    THINK,
    broken_run,
    compute,
    made,
    probed,
    say_run,
    seen,
)

RUNS = pytest.mark.parametrize("at", range(1, len(HIDDEN) + 1))


def test_every_bug_and_a_healthy_run_have_one_number():
    """A bug could never be met, or twice."""
    assert sorted(HIDDEN) == sorted([*BUGS, ""])
    assert [*BUGS, ""] != HIDDEN
    assert sorted(GUESSES.values()) == sorted(HIDDEN)


@RUNS
def test_the_run_is_the_gallery_s(at):
    """The numbers in the log would be those of another run than the chapter's."""
    numbers = compute(at, THINK)

    again = train(made(at))

    assert np.array_equal(numbers["record"].loss, again.loss, equal_nan=True)
    assert numbers["record"].new == again.new


@RUNS
def test_the_right_guess_is_told_to_be_right_with_its_cause_and_fix(at):
    """A reader who found it would not be told why, or be told that it is wrong."""
    name = HIDDEN[at - 1]
    right = next(title for title, guess in GUESSES.items() if guess == name)

    said = say_run(compute(at, right))

    assert "Right" in said
    if name:
        assert BUGS[name].cause in said
        assert BUGS[name].fix in said


@RUNS
def test_a_wrong_guess_is_never_told_to_be_right(at):
    """A reader would take a wrong cause home."""
    for title, guess in GUESSES.items():
        if guess != HIDDEN[at - 1]:
            said = say_run(compute(at, title))
            assert "Right" not in said
            assert ("in order here" in said) == (bool(guess) and probed(at, guess).ok)


@RUNS
def test_nothing_is_given_away_before_a_guess(at):
    """The game would be over before it begins."""
    said = say_run(compute(at, THINK))

    assert said.endswith("What is wrong?")
    if HIDDEN[at - 1]:
        assert BUGS[HIDDEN[at - 1]].cause not in said


def test_a_healthy_run_that_is_suspected_is_acquitted():
    """Every guess against it must fail by its own test."""
    at = HIDDEN.index("") + 1

    said = [say_run(compute(at, title)) for title, guess in GUESSES.items() if guess]

    assert all("in order here" in text for text in said)
    assert "this run is in order" in say_run(compute(at, NOTHING))


def test_a_broken_run_that_is_acquitted_is_not_in_order():
    """The answer that nothing is wrong would be a safe answer to everything."""
    at = HIDDEN.index("never_zeroed") + 1

    assert "something is wrong" in say_run(compute(at, NOTHING))


@RUNS
def test_what_is_drawn_stays_inside_the_picture(at):
    """A run that diverges would blow up the axes."""
    numbers = compute(at, THINK)

    for name, low, high in (
        ("loss", LOW, HIGH),
        ("first_layer", LOW, HIGH),
        ("last_layer", LOW, HIGH),
        ("train", FLOOR, 1),
        ("val", FLOOR, 1),
    ):
        x, y = (np.array(row) for row in numbers[name])
        assert len(x) == len(y)
        drawn = y[np.isfinite(y)]
        assert ((drawn >= low) & (drawn <= high)).all()


def test_a_silent_layer_and_a_loss_out_of_the_picture_are_told():
    """Who does not see the picture would miss what it shows by a gap."""
    assert "first and of the last layer is 0" in say_run(
        compute(HIDDEN.index("zero_weights") + 1, THINK)
    )
    assert "loss and of the norms lies outside the picture" in say_run(
        compute(HIDDEN.index("plus_sign") + 1, THINK)
    )
    assert "Part of the norms lies outside the picture" in say_run(
        compute(HIDDEN.index("softmax_over_the_batch") + 1, THINK)
    )


def test_a_move_is_quick():
    """The newest of the reader's moves would wait behind the one before it."""
    seen.cache_clear()
    probed.cache_clear()
    spent = []

    for at in range(1, len(HIDDEN) + 1):
        start = time.process_time()
        compute(at, THINK)
        spent.append(time.process_time() - start)

    assert np.median(spent) < 0.1


def test_every_control_moves_without_an_error():
    """A setting would leave the old picture standing."""
    lab = broken_run()

    for at in range(1, len(HIDDEN) + 1):
        lab.number = at
        assert lab.error is None
    for title in (THINK, *GUESSES):
        lab.guess = title
        assert lab.error is None
        assert lab.reading
