"""Chapter 13's lab: its fits are least squares, its parts add up, its sentences tell which."""

import numpy as np
import pytest

from nnlab.labs.chapter13 import (
    EDGE,
    FLOOR,
    GRID,
    NOISES,
    POINTS,
    SETS,
    STRENGTHS,
    TOP,
    WIDTHS,
    capacity,
    compute,
    decomposed,
    fitted,
    inputs,
    noises,
    say_fit,
    truth,
    units,
)


def labels(m: int, sigma: float, seed: int = 0) -> np.ndarray:
    """Return the labels of all training sets."""
    return truth(inputs(m))[:, None] + sigma * noises(m, seed)


@pytest.mark.parametrize("lam", STRENGTHS[3:])
@pytest.mark.parametrize("width", [1, 10, 50])
def test_the_fit_is_at_the_minimum_of_the_penalised_loss(lam, width):
    """The λ on the slider would be another λ than the chapter's."""
    m, n = 20, width
    A, G, Y = units(inputs(m), 0)[:, :n], units(GRID, 0)[:, :n], labels(20, 0.3)
    ones = np.hstack([A, np.ones((m, 1))])
    pull = lam * np.diag([*np.ones(n), 0.0])  # the bias is free
    w = np.linalg.solve(2 * ones.T @ ones / m + pull, 2 * ones.T @ Y / m)

    at_inputs, on_grid = fitted(decomposed(m, 0)[WIDTHS.index(width)], Y, lam)

    np.testing.assert_allclose(at_inputs, ones @ w, rtol=0, atol=1e-6)
    np.testing.assert_allclose(on_grid, G @ w[:-1] + w[-1], rtol=0, atol=1e-6)


def test_without_penalty_the_weights_have_the_smallest_norm():
    """The right half of the double descent would be that of other weights."""
    m, n = 20, 100
    A, G, Y = units(inputs(m), 0)[:, :n], units(GRID, 0)[:, :n], labels(m, 0.3)
    mean = A.mean(axis=0)
    w = np.linalg.pinv(A - mean, rcond=1e-10) @ (Y - Y.mean(axis=0))

    _, on_grid = fitted(decomposed(m, 0)[WIDTHS.index(n)], Y, 0.0)

    np.testing.assert_allclose(on_grid, (G - mean) @ w + Y.mean(axis=0), rtol=0, atol=1e-8)


def test_beyond_the_threshold_all_points_are_met():
    """The picture would show a training error where there is none."""
    numbers = compute(100, 0.0, 20, 0.3, 0)

    assert numbers["medians"][0] < 1e-20
    assert numbers["train"][1][WIDTHS.index(100)] == FLOOR


@pytest.mark.parametrize("setting", [(4, 0.0), (50, 1e-4), (400, 0.1)])
def test_bias_variance_and_noise_add_up_to_the_mean_error(setting):
    """The table would claim an identity that its numbers refute."""
    width, lam = setting
    numbers = compute(width, lam, 20, 0.3, 0)

    _, on_grid = fitted(decomposed(20, 0)[WIDTHS.index(width)], labels(20, 0.3), lam)

    error = ((on_grid - truth(GRID)[:, None]) ** 2).mean() + 0.3**2
    assert on_grid.shape == (101, SETS)
    np.testing.assert_allclose(
        numbers["bias2"] + numbers["variance"] + 0.3**2, error, rtol=1e-10, atol=0
    )


def test_the_curves_hold_the_medians_and_the_diamonds_the_chosen_width():
    """The diamonds would stand beside the lines."""
    numbers = compute(6, 0.001, 40, 0.3, 0)
    place = WIDTHS.index(6)

    np.testing.assert_allclose(
        numbers["here"][1], [numbers["train"][1][place], numbers["new"][1][place]], rtol=1e-12
    )
    np.testing.assert_allclose(numbers["here"][1], numbers["medians"], rtol=1e-12)
    assert numbers["best"][0] == WIDTHS[int(np.argmin(numbers["new"][1]))]


@pytest.mark.parametrize("m", POINTS)
def test_the_peak_stands_where_there_are_as_many_parameters_as_points(m):
    """The chapter's question would have another answer in its lab."""
    highest = []
    for seed in range(6):
        numbers = compute(1, 0.0, m, 0.3, seed)
        if numbers["new"][1].max() > 1:  # not every draw has a peak
            highest.append(WIDTHS[int(np.argmax(numbers["new"][1]))])

    assert len(highest) >= 3
    assert abs(np.median(highest) - (m - 1)) <= m / 8


def test_a_small_penalty_takes_the_peak_away():
    """The reader would look for a λ in vain."""
    bare, held = (compute(19, lam, 20, 0.3, 0)["medians"][1] for lam in (0.0, 1e-4))

    assert bare > 1
    assert held < 0.2


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ((1, 0.0, 20, 0.3, 0), "under-fits"),
        ((400, 1.0, 20, 0.3, 0), "under-fits"),
        ((4, 0.0, 20, 0.3, 0), "fits about as well"),
        ((400, 0.0, 20, 0.3, 0), "over-fits"),
        ((400, 0.0, 20, 0.3, 0), "smallest norm"),
        ((19, 0.0, 20, 0.3, 0), "the peak"),
        ((19, 0.0, 20, 0.3, 0), "leaves the picture"),
        ((60, 0.0, 20, 0.0, 0), "neither part stands out"),
        ((1, 0.0, 20, 0.3, 0), "1 unit, λ = 0"),
    ],
)
def test_the_sentence_tells_what_is_seen(settings, words):
    """A reader who does not see the pictures would be told something else."""
    assert words in say_fit(compute(*settings))


@pytest.mark.parametrize(
    ("cut", "words"), [([19], "At 19 units the error"), ([18, 19, 20], "At some of 18 to 20 units")]
)
def test_an_error_above_the_picture_is_told(cut, words):
    """The line would run along the upper edge and nothing would say so."""
    assert words in say_fit(compute(6, 0.0, 20, 0.3, 0) | {"cut": cut})


@pytest.mark.parametrize("width", [1, 19, 400])
@pytest.mark.parametrize("lam", [0.0, 1e-8, 1.0])
@pytest.mark.parametrize("sigma", [0.0, 0.6])
def test_what_is_drawn_stays_inside_the_picture(width, lam, sigma):
    """A peak would blow up the axes."""
    for seed in range(3):
        numbers = compute(width, lam, 20, sigma, seed)

        for name in ("train", "new", "noise", "here"):
            error = np.array(numbers[name][1])
            assert ((error >= FLOOR) & (error <= TOP)).all()
        for name in ("curve", "data"):
            y = numbers[name][1]
            assert (np.abs(y[np.isfinite(y)]) <= EDGE).all()


def test_every_control_moves_without_an_error():
    """A setting would leave the old picture standing."""
    lab = capacity()

    for name, stops in (
        ("width", [WIDTHS[0], WIDTHS[-1]]),
        ("lam", [STRENGTHS[0], STRENGTHS[-1]]),
        ("m", POINTS),
        ("sigma", [NOISES[0], NOISES[-1]]),
        ("fresh", [1, 2]),
    ):
        for stop in stops:
            setattr(lab, name, stop)
            assert lab.error is None
            assert lab.reading
