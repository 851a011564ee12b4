"""Marks, panels, tables and controls: what they take, what they refuse, what is sent."""

import numpy as np
import pytest

from nnlab.labs import (
    Panel,
    Table,
    arrows,
    bars,
    button,
    choice,
    contours,
    heatmap,
    line,
    number,
    points,
    slider,
    stepper,
    text,
)
from nnlab.labs.scene import around

ALT = "A curve that falls from left to right."
NAN, INF = float("nan"), float("inf")


def sent_rows(packed):
    """Read the bytes as the front end does: little-endian float32."""
    return np.frombuffer(packed["bytes"], "<f4").reshape(packed["shape"])


@pytest.mark.parametrize(
    ("mark", "data", "rows"),
    [
        (line("a"), ([1, 2], [3, 4]), [[1, 2], [3, 4]]),
        (line("a"), [5.5, 6], [[0, 1], [5.5, 6]]),
        (points("a"), np.array([[1, NAN], [3, INF]]), [[1, NAN], [3, INF]]),
        (points("a"), ([], []), np.empty((2, 0))),
        (bars("a"), [1, -2], [[0, 1], [1, -2]]),
        (arrows("a"), ([1], [2], [3], [4]), [[1], [2], [3], [4]]),
        (heatmap("a"), [[1, 2, 3], [4, 5, 6]], [[1, 2, 3], [4, 5, 6]]),
        (text("a"), [(1, 2, "x"), (3, 4, "y")], [[1, 3], [2, 4]]),
        (text("a"), [], np.empty((2, 0))),
        (line("a"), ([0], [1e300]), [[0], [INF]]),
    ],
)
def test_numbers_arrive_as_they_were_sent(mark, data, rows):
    """Bytes in another order, or rows swapped, would draw another picture."""
    packed = mark.pack(data)

    np.testing.assert_array_equal(sent_rows(packed), np.array(rows, dtype="f4"))


def test_strings_go_along_with_text():
    """Text marks would be drawn empty."""
    assert text("a").pack([(0, 0, "W1₁₁"), (1, 1, "∂")])["strings"] == ["W1₁₁", "∂"]


@pytest.mark.parametrize(
    ("mark", "data", "said"),
    [
        (line("a"), ([1, 2], [3]), "line 'a' wants \\(x, y\\).*give equal lengths"),
        (line("a"), ([1], [2], [3]), "line 'a' wants .*got an array of shape \\(3, 1\\)"),
        (points("a"), "ab", "points 'a' wants \\(x, y\\)"),
        (bars("a"), None, "bars 'a' wants \\(x, height\\)"),
        (arrows("a"), ([1], [2]), "arrows 'a' wants .*got an array of shape \\(2, 1\\)"),
        (heatmap("a"), [1, 2, 3], "heatmap 'a' wants a table .*got an array of shape \\(3,\\)"),
        (text("a"), [(1, 2, 3)], "text 'a' wants a list of \\(x, y, string\\)"),
        (text("a"), [(1, "x")], "text 'a' wants a list of \\(x, y, string\\)"),
    ],
)
def test_a_mark_says_what_it_wanted(mark, data, said):
    """An author would see a shape error from deep inside NumPy."""
    with pytest.raises(ValueError, match=said):
        mark.pack(data)


@pytest.mark.parametrize(
    ("mark", "data", "said"),
    [
        (line("a", "loss"), [1.0, NAN, INF], "loss: 2 of 3 values are infinite or NaN"),
        (line("a", "loss"), [NAN, NAN], "loss: all 2 values are infinite or NaN"),
        (heatmap("a"), [[NAN, 1.0], [2.0, 3.0]], "a: 1 of 4 values are infinite or NaN"),
        (line("a"), [1.0, 2.0], ""),
        (line("a", gaps=True), [1.0, NAN], ""),
    ],
)
def test_what_is_not_finite_is_counted(mark, data, said):
    """A curve that has diverged would vanish without a word."""
    assert mark.trouble(data).startswith(said)
    assert bool(mark.trouble(data)) == bool(said)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: points("a", shape="star"), "shape 'star': take one of circle"),
        (lambda: heatmap("a", low=1, high=1), "low must be less"),
        (lambda: Panel("P", [line("a")], alt="loss"), "say in a sentence"),
        (lambda: Panel("P", [line("a")], alt=ALT, xlim=(1, 1)), "give low < high"),
        (lambda: Panel("P", [line("a")], alt=ALT, ylim=(0, INF)), "give low < high"),
        (lambda: Panel("P", [line("a")], alt=ALT, ylim=(0, 1), ylog=True), "starts above 0"),
        (lambda: Panel("P", [heatmap("a")], alt=ALT, xlim=(0, 1)), "give it linear xlim and ylim"),
        (lambda: Table("T", "t", ["a", "b"]).cells([["1"]]), "has the columns"),
        (lambda: slider("a", "a", 0, 1, 2), "low <= value <= high"),
        (lambda: slider("a", "a", 0, 1, 0.5, log=True), "above 0 for a log slider"),
        (lambda: slider("a b", "a", 0, 1, 0), "is no name"),
        (lambda: slider("lambda", "λ", 0, 1, 0), "is no name"),
        (lambda: slider("a", " ", 0, 1, 0), "has no label"),
        (lambda: stepper("a", "a", 0), "0 <= value <= count"),
        (lambda: choice("a", "a", ["one"]), "2 or more"),
        (lambda: choice("a", "a", []), "2 or more"),
        (lambda: choice("a", "a", ["one", "two"], "three"), "2 or more"),
    ],
)
def test_an_author_is_told_what_to_change(make, said):
    """A lab would be drawn wrong, or fail in the browser, where nobody sees why."""
    with pytest.raises(ValueError, match=said):
        make()


def test_limits_follow_what_is_finite():
    """One infinite value would leave an empty panel."""
    panel = Panel("P", [line("a"), bars("b")], alt=ALT)

    x0, x1, y0, y1 = panel.limits({"a": ([0, 10, 5], [1, INF, 3]), "b": ([5], [2])})

    assert (x0, x1) == (pytest.approx(-0.216), pytest.approx(5.616))  # 5 + half a bar, and 4 %
    assert (y0, y1) == (pytest.approx(-0.12), pytest.approx(3.12))  # bars stand on 0


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("values", [[], [2.0], [0.0], [1.0, 100.0]])
def test_limits_have_an_inside(values, log):
    """Ticks would be sought for ever between equal limits, or at the logarithm of 0."""
    low, high = around([np.array(values)], log)

    assert low < high
    assert not log or low > 0
    assert all(low < v < high for v in values if v > 0 or not log)


def test_contours_are_level_lines():
    """A contour would lie where the function has another value."""
    x, y = np.linspace(-2, 2, 81), np.linspace(-1, 1, 61)
    Z = x**2 + 4 * y[:, None] ** 2

    mark = contours("levels", x, y, Z, [0.5, 2.0])

    xs, ys = mark.array(mark.data)
    values = xs**2 + 4 * ys**2
    near = np.minimum(abs(values - 0.5), abs(values - 2.0))
    assert np.nanmax(near) < 0.01
    assert np.isnan(xs).sum() >= 2
    assert mark.trouble(mark.data) == ""


def test_contours_of_no_level_are_an_empty_line():
    """A level that the function never takes would stop the lab."""
    mark = contours("levels", np.arange(3), np.arange(3), np.zeros((3, 3)), [5.0])

    assert mark.array(mark.data).shape[0] == 2


@pytest.mark.parametrize(
    ("control", "stops", "shown"),
    [
        (slider("a", "a", 1, 4, 2), [1, 2, 3, 4], ["1", "2", "3", "4"]),
        (slider("a", "a", 0, 6, 2, step=3), [0, 3, 6], ["0", "3", "6"]),
        (slider("a", "a", -0.5, 0.5, 0.0, step=0.5), [-0.5, 0.0, 0.5], ["−0.5", "0", "0.5"]),
        (stepper("a", "a", 2), [0, 1, 2], ["0 of 2", "1 of 2", "2 of 2"]),
        (choice("a", "a", ["x", "y"]), ["x", "y"], ["x", "y"]),
        (button("a", "a"), [], []),
    ],
)
def test_a_control_has_stops(control, stops, shown):
    """A slider would miss its end, or show 0.30000000000000004."""
    assert control.stops == stops
    assert control.shown == shown


def test_sliders_reach_both_ends():
    """The largest learning rate could not be set."""
    linear, log = slider("a", "a", 0.1, 1.0, 0.1), slider("a", "a", 0.001, 1.0, 0.1, log=True)

    assert (linear.stops[0], linear.stops[-1], len(linear.stops)) == (0.1, 1.0, 101)
    assert (log.stops[0], log.stops[-1], len(log.stops)) == (0.001, 1.0, 61)
    assert 0.1 in log.stops


@pytest.mark.parametrize(
    ("x", "shown"),
    [(0.12345, "0.123"), (-2, "−2"), (NAN, "NaN"), (INF, "∞"), (-INF, "−∞"), (-1e-320, "−1e−320")],
)
def test_numbers_read_well(x, shown):
    """A read-out would say nan, inf or -0."""
    assert number(x) == shown
