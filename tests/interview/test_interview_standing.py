"""Ten minutes that show where one stands, and the reading plan at their end."""

import re

import pytest

from nnlab.checks import notebooks
from nnlab.interview import diagnostic
from nnlab.interview.items import catalogue, titles
from nnlab.interview.memory import Review
from nnlab.interview.report import last
from nnlab.interview.standing import IMPORTANT, MINUTES, PARTS, ReadingPlan, begun, chosen, quick

pytestmark = pytest.mark.usefixtures("data")

CHAPTERS = [f"{n:02}" for n in range(1, 16)]


def review(card, mark):
    """Return an answer with a mark."""
    return Review(card, "2026-03-05T12:00:00.000000+00:00", "2026-03-05", "s", mark, 9.0, None, "")


def planned(marks, seed=0):
    """Return the items and the plan after answers marked so, in order."""
    items = chosen(seed)
    done = [review(item.card, mark) for item, mark in zip(items, marks, strict=False)]
    return items, ReadingPlan.of(items, done)


def test_every_chapter_has_something_to_be_asked():
    """A gap in one chapter could never be found."""
    assert (
        sorted({chapter for of in quick().values() for chapter in of} & set(CHAPTERS)) == CHAPTERS
    )
    assert sorted(sum(PARTS.values(), ())) == CHAPTERS
    assert {item.chapter for seed in range(200) for item in chosen(seed)} == set(CHAPTERS)


@pytest.mark.parametrize("seed", range(20))
def test_it_takes_ten_minutes_and_touches_each_part_twice(seed):
    """A part that isn't asked about would be called known."""
    items = chosen(seed)

    assert 7 <= sum(item.minutes for item in items) <= MINUTES
    assert len({item.chapter for item in items}) == 8
    for chapters in PARTS.values():
        assert sorted(i.way for i in items if i.chapter in chapters) == ["number", "talk"]


def test_numbers_and_chapters_change_and_a_seed_repeats_them():
    """The second time, a remembered number would do."""
    assert chosen(1) == chosen(1)
    assert {i.card for i in chosen(1)} != {i.card for i in chosen(2)}
    assert {i.seed for i in chosen(1)}.isdisjoint({i.seed for i in chosen(2)})


def test_chapters_that_were_never_asked_come_first():
    """The third run could ask about the same chapters as the first two."""
    first = chosen(1)

    second = chosen(1, [item.card for item in first])

    again = {i.chapter for i in first} & {i.chapter for i in second}
    assert len(again) <= 2  # in the part of three chapters, and where only some have numbers


@pytest.mark.parametrize("place", range(8))
def test_a_wrong_answer_puts_its_chapter_into_the_plan(place):
    """The reader would be told to read something else."""
    items, plan = planned(["good"] * place + ["again"] + ["easy"] * (7 - place))
    chapter = items[place].chapter

    assert plan.missed == plan.evening == (chapter,)
    assert chapter in plan.week[0]
    assert plan.week[-1] == ("16",)
    part = next(chapters for chapters in PARTS.values() if chapter in chapters)
    assert set(plan.unasked) == set(part) - {i.chapter for i in items}
    assert f'<a href="{titles()[chapter]}.ipynb">' in plan._repr_html_()
    assert f"my_course/notebooks/{titles()[chapter]}.ipynb" in str(plan)


def test_what_was_not_reached_is_in_the_plan():
    """Whoever is slow would be sent away with an empty plan."""
    items, plan = planned(["good"] * 5)

    assert set(plan.missed) == {item.chapter for item in items[5:]}


def test_hard_is_known_for_a_sentence_and_not_for_a_number():
    """Two points of four, in one sentence, would send the reader to read all."""
    items, plan = planned(["hard"] * 8)

    assert set(plan.partly) == {item.chapter for item in items if item.way == "number"}
    assert set(plan.known) == {item.chapter for item in items if item.way == "talk"}


@pytest.mark.parametrize("place", range(8))
def test_a_number_right_on_a_second_try_is_neither_missed_nor_known(place):
    """What was worked out in the end would be called missed or not answered."""
    items, plan = planned(["good"] * place + ["hard"] + ["easy"] * (7 - place))
    chapter = items[place].chapter

    assert plan.missed == ()
    if items[place].way == "number":
        assert plan.partly == plan.evening == plan.week[0] == (chapter,)
        assert chapter not in plan.known
        assert f"Right on a second try, or slowly: {chapter}." in plan.head
        assert "You knew all" not in plan.head
    else:
        assert chapter in plan.known


def test_an_evening_and_a_week_hold_what_they_can():
    """Fifteen chapters in one evening would be read by nobody."""
    _, plan = planned(["again"] * 8)

    assert len(plan.evening) == 3
    assert len(plan.week) <= 7
    assert sorted(sum(plan.week, ())) == [*CHAPTERS, "16"]


def test_an_evening_has_what_matters_most_first():
    """Whoever has one evening would count parameters, and not reach backpropagation."""
    _, plan = planned(["again"] * 8, seed=next(s for s in range(99) if asks(s, "07", "09", "13")))
    first = [chapter for chapter in ("07", "02", "04", "09", "13") if chapter in plan.missed]

    assert list(plan.evening) == first[:3]
    assert plan.evening[0] == "07"


def asks(seed, *wanted):
    """Tell whether a seed's questions touch all these chapters."""
    return set(wanted) <= {item.chapter for item in chosen(seed)}


def test_what_was_missed_comes_before_what_was_right_late():
    """The evening would go to what is half known."""
    items = chosen(0)
    marks = ["hard" if item.way == "number" else "again" for item in items]
    _, plan = planned(marks)

    assert len(plan.missed) == 4
    assert set(plan.evening) < set(plan.missed)


def test_the_order_is_that_of_chapter_00s_own_evening():
    """The course would give two answers to the same question."""
    cells = notebooks.read(notebooks.root() / "notebooks" / "00_start_here.ipynb")["cells"]
    row = next(
        line
        for cell in cells
        for line in notebooks.source(cell).splitlines()
        if line.startswith("| one evening |")
    )

    assert (*IMPORTANT, "16") == tuple(re.findall(r"\[(\d\d)\]", row))


@pytest.mark.parametrize("marks", [["good"] * 8, ["again"] * 8, ["hard"] * 8, ["good"] * 5, []])
@pytest.mark.parametrize("seed", range(3))
def test_no_chapter_vanishes_from_the_plan_without_a_word(marks, seed):
    """Half of the course would be neither known nor to be read."""
    _, plan = planned(marks, seed)

    assert sorted(re.findall(r"\b\d\d\b", plan.head.replace("chapter 16", ""))) == CHAPTERS
    unread = {*plan.missed, *plan.partly, *plan.unasked} - set(sum(plan.week, ()))
    assert unread == set()


def test_whoever_knows_all_is_sent_to_rehearse():
    """An empty list would be the thanks."""
    _, plan = planned(["good"] * 8)

    assert plan.missed == ()
    assert "rehearse in chapter 16" in plan.head
    assert plan.evening == ("07",)


def test_the_report_of_a_diagnostic_has_the_times_it_was_asked_with():
    """A question of half a minute would have a target of two."""
    session = begun(seed=1)
    while session.next():
        session.give_up()

    topics = last().topics

    meant = {item.chapter: item.minutes for item in session.items}
    assert {topic.chapter: topic.minutes for topic in topics} == meant
    assert sorted(meant.values())[:4] == [0.5] * 4


def test_the_widget_ends_in_the_plan():
    """The ten minutes would end in the report of an interview."""
    page = diagnostic(seed=1)

    page.handle({"do": "start"})
    assert page.session.minutes == MINUTES
    while page.view["stage"] != "end":
        page.handle({"do": "give up", "place": page.view["place"]})
        page.handle({"do": "next", "place": page.view["place"]})

    assert "One evening" in page.view["report"]
    assert set(page.report.missed) == {item.chapter for item in page.session.items}
    assert all(item.card in catalogue() for item in page.session.items)
