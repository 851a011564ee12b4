"""The lab: a control moved is computed, drawn and said; nothing is left behind; nothing crashes."""

import gc
import tracemalloc
import weakref

import numpy as np
import pytest
import traitlets
from comm import get_comm_manager
from ipywidgets import IntSlider, VBox, link
from ipywidgets.widgets.widget import _instances
from matplotlib import pyplot
from matplotlib.figure import Figure

from nnlab.execute import WIDGET_VIEW
from nnlab.labs import (
    Lab,
    Panel,
    Table,
    button,
    choice,
    heatmap,
    line,
    number,
    points,
    slider,
    text,
)
from nnlab.labs.picture import draw_panel

ALT = "A straight line through the origin, and its end."
PNG = b"\x89PNG\r\n\x1a\n"


def compute(slope=1.0, n=5):
    """Return a line; NaN and infinity where the slope says so."""
    x = np.arange(n, dtype=float)
    return {"path": (x, slope * x), "end": ([n - 1], [slope * (n - 1)]), "rows": [["slope", slope]]}


def make(compute=compute, **changed):
    """Return a lab with a line, a point and a table."""
    parts = {
        "controls": [slider("slope", "the slope", -2.0, 2.0, 1.0), slider("n", "points", 2, 9, 5)],
        "panels": [
            Panel("A line", [line("path", "y"), points("end", "the end", 1)], alt=ALT),
            Table("Numbers", "rows", ["name", "value"]),
        ],
        "say": lambda numbers: f"It ends at {number(numbers['end'][1][0])}.",
        "predict": "Where does it end?",
    }
    return Lab("Lines", compute, **(parts | changed))


def drawn(lab, name="path"):
    """Return a mark's numbers as the front end gets them."""
    packed = lab.frame["marks"][name]
    return np.frombuffer(packed["bytes"], "<f4").reshape(packed["shape"])


def counts():
    """Count what could pile up: widgets, comms, figures."""
    return len(_instances), len(get_comm_manager().comms), len(pyplot.get_fignums())


def from_browser(lab, **values):
    """Do what a message of the front end does: several traits at once."""
    lab.set_state(values | {"request": lab.request + 1})


def test_a_move_is_computed_drawn_and_said():
    """The picture, the table and the words would tell of another setting."""
    lab = make()

    lab.slope = -1.5

    np.testing.assert_array_equal(drawn(lab), [[0, 1, 2, 3, 4], [0, -1.5, -3, -4.5, -6]])
    assert lab.frame["tables"]["rows"] == [["slope", "−1.5"]]
    assert lab.frame["reading"] == lab.reading == "It ends at −6."
    assert lab.frame["shown"] == {"slope": "−1.5", "n": "5"}
    assert lab.numbers["end"] == ([4], [-6.0])


def test_every_request_is_answered_once():
    """The front end waits for its answer, and would wait for ever."""
    lab = make()
    frames = []
    lab.observe(lambda change: frames.append(change.new["n"]), "frame")

    from_browser(lab, slope=0.5)
    from_browser(lab, slope=0.5)  # nothing has changed, but an answer is due
    from_browser(lab, slope=-1.0, n=3)

    assert frames == [1, 2, 3]
    assert drawn(lab).tolist() == [[0, 1, 2], [0, -1, -2]]


def test_several_controls_in_one_message_are_computed_once():
    """Reset would compute once for each of nine sliders, with settings that nobody asked for."""
    calls = []

    def counted(slope, n):
        calls.append((slope, n))
        return compute(slope, n)

    lab = make(counted)
    from_browser(lab, slope=2.0, n=9)

    assert calls == [(1.0, 5), (2.0, 9)]


def test_the_newest_value_wins_and_the_superseded_are_not_computed():
    """A queue of stale work would build up behind a slow compute."""
    calls = []

    def slow(slope, n):
        calls.append(slope)
        if slope == 0.0:  # while this runs, the reader moves on, twice
            lab.slope = 0.5
            lab.slope = 2.0
        return compute(slope, n)

    lab = make(slow)
    lab.slope = 0.0

    assert calls == [1.0, 0.0, 2.0]
    assert drawn(lab)[1, -1] == 8.0
    assert lab.frame["shown"]["slope"] == "2"


def test_what_diverges_is_said_and_drawn_as_far_as_it_goes():
    """A learning rate too high would end in a traceback, or in a warning on the page."""

    def diverging(lr):
        return {
            "loss": np.float64(10.0) ** (lr * np.arange(400.0) ** 2),
            "note": [(0, np.inf, "?")],
        }

    panel = Panel("Loss", [line("loss", "loss"), text("note")], alt=ALT)
    lab = Lab("Too fast", diverging, [slider("lr", "η", 0.0, 1.0, 0.0)], [panel], lambda _: "Well.")

    lab.lr = 1.0

    assert lab.error is None
    assert "loss: 382 of 400 values are infinite or NaN and can't be drawn." in lab.reading
    assert np.isfinite(lab.frame["limits"][0]).all()
    assert lab.picture().startswith(PNG)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_picture_of_nothing_finite_is_still_a_picture(value):
    """All NaN, and the page would show a traceback instead of the lab."""

    def broken(a):
        return {"curve": [value] * 3, "map": np.full((2, 2), value), "dots": ([value], [value])}

    panels = [
        Panel("Curve", [line("curve"), points("dots")], alt=ALT, ylog=True),
        Panel("Map", [heatmap("map")], alt=ALT, xlim=(0, 1), ylim=(0, 1)),
    ]
    lab = Lab("Lost", broken, [slider("a", "a", 0, 1, 0)], panels, lambda _: "Gone.")

    assert lab.reading.count("can't be drawn") == 3
    assert np.isfinite(lab.frame["limits"]).all()
    assert lab.picture().startswith(PNG)


def test_an_exception_is_told_and_the_lab_goes_on():
    """One impossible setting would leave a lab that never moves again."""

    def fragile(slope, n):
        if n == 7:
            raise ZeroDivisionError("seven is too many")
        return compute(slope, n)

    lab = make(fragile)
    before = drawn(lab)

    from_browser(lab, n=7)

    assert lab.frame["n"] == 1
    assert lab.frame["failed"]
    assert lab.reading == "No picture for this setting: seven is too many"
    assert isinstance(lab.error, ZeroDivisionError)
    np.testing.assert_array_equal(drawn(lab), before)
    assert lab.frame["shown"]["n"] == "7"

    from_browser(lab, n=8)

    assert not lab.frame["failed"]
    assert lab.error is None
    assert drawn(lab).shape == (2, 8)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"compute": lambda slope: {}}, "compute can't be called with the controls slope, n"),
        (
            {"compute": lambda slope, n: {"path": [1]}},
            "compute returned no 'end', .*panel 'A line'",
        ),
        ({"compute": lambda slope, n: compute() | {"path": "x"}}, "line 'path' wants"),
        ({"controls": [slider("n", "a", 0, 1, 0)] * 2}, "two controls have one name"),
        (
            {"panels": [Panel("P", [line("a"), line("a")], alt=ALT)]},
            "two marks and tables have one",
        ),
        ({"controls": [slider("layout", "a", 0, 1, 0)]}, "can't be called 'layout'"),
        ({"controls": [slider("compute", "a", 0, 1, 0)]}, "can't be called 'compute'"),
    ],
)
def test_a_lab_that_does_not_fit_together_is_refused(changed, said):
    """An author would find out in the browser, or never."""
    with pytest.raises(ValueError, match=said):
        make(**changed)


def test_controls_refuse_what_they_cannot_be():
    """A value set by code would lie outside of the slider."""
    kinds = {"controls": [choice("kind", "kind", ["up", "down"]), button("seed", "new data")]}
    lab = make(lambda kind, seed: compute() | {"kind": kind, "seed": seed}, **kinds)

    with pytest.raises(traitlets.TraitError):
        make().slope = 2.5
    with pytest.raises(traitlets.TraitError):
        make().n = 2.5
    with pytest.raises(traitlets.TraitError):
        lab.kind = "sideways"
    lab.seed, lab.kind = 3, "down"

    assert (lab.numbers["seed"], lab.numbers["kind"]) == (3, "down")


def test_a_value_between_two_stops_is_shown_as_it_is():
    """The output would show the nearest stop, and the picture another value."""
    lab = make()

    lab.slope = 0.123456

    assert lab.frame["shown"]["slope"] == "0.123"
    assert drawn(lab)[1, 1] == np.float32(0.123456)


def test_a_lab_lives_among_ordinary_widgets():
    """It could not be put into a box, linked or observed."""
    lab, other, seen = make(), IntSlider(5, 2, 9), []
    box = VBox([other, lab])
    link((other, "value"), (lab, "n"))
    lab.observe(lambda change: seen.append(change.new), "n")

    other.value = 3
    lab.n = 8

    assert seen == [3, 8]
    assert other.value == 8
    assert drawn(lab).shape == (2, 8)
    assert lab in box.children


def test_without_a_kernel_there_are_picture_and_words():
    """A repository page would show nothing, and a blind reader not even that."""
    data, metadata = make()._repr_mimebundle_()

    assert data["image/png"].startswith(PNG)
    assert metadata["image/png"]["alt"] == f"A line: {ALT} It ends at 4."
    assert data[WIDGET_VIEW]["model_id"]
    assert data["text/plain"] == (
        f"[Lab: Lines] A line: {ALT}\n"
        "Predict first: Where does it end?\n"
        "the slope = 1; points = 5\n"
        "It ends at 4.\n"
        "\n"
        "Numbers\n"
        "name   value\n"
        "slope  1"
    )


def test_places_have_their_names_in_the_still_picture_and_in_the_live_one():
    """Rows that stand for things would be numbered 0, 1, 2."""
    panel = Panel("A", [line("path")], alt=ALT, ticks=["left", "right"], rows=["low", "high"])
    ax = Figure().subplots()

    draw_panel(ax, panel, compute())

    assert [label.get_text() for label in ax.get_yticklabels()] == ["low", "high"]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["left", "right"]
    assert make(panels=[panel], say=lambda numbers: "-")._spec()["panels"][0]["rows"] == panel.rows


def test_two_equal_labs_leave_the_same_bytes():
    """A committed notebook would change at every run."""
    (first, _), (second, _) = make()._repr_mimebundle_(), make()._repr_mimebundle_()

    assert first["text/plain"] == second["text/plain"]
    assert first["image/png"] == second["image/png"]


def test_show_gives_a_still_picture_where_widgets_do_not_work(capsys, monkeypatch):
    """A front end without anywidget would leave the reader with nothing to move."""
    shown = []
    monkeypatch.setattr("nnlab.labs.lab.display", lambda *args, **named: shown.append(args))
    lab = make()

    lab.show(slope=2.0)

    assert capsys.readouterr().out == "It ends at 8.\n"
    assert "image/png" in shown[0][0]
    assert WIDGET_VIEW not in shown[0][0]
    with pytest.raises(ValueError, match="no control 'lr': take one of \\['slope', 'n'\\]"):
        lab.show(lr=1)


def test_a_thousand_moves_leave_nothing_behind():
    """A slider that is held down would fill the memory, widget by widget or figure by figure."""
    lab = make()
    moves = np.linspace(-2, 2, 1000)
    for slope in moves[:50]:
        from_browser(lab, slope=float(slope))
    gc.collect()
    kept = counts()
    tracemalloc.start()
    before = tracemalloc.take_snapshot()

    for slope in moves:
        from_browser(lab, slope=float(slope))

    gc.collect()
    after = tracemalloc.take_snapshot()
    tracemalloc.stop()
    grown = sum(entry.size_diff for entry in after.compare_to(before, "filename"))
    assert lab.request == 1050
    assert counts() == kept
    assert grown < 50_000


def test_a_closed_lab_is_forgotten():
    """Running a cell again and again would keep every lab that it ever made."""
    lab = make()
    gone = weakref.ref(lab)

    lab.close()
    del lab
    gc.collect()

    assert gone() is None
