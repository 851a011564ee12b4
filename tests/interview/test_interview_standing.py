"""Ten minutes that show where one stands, and the reading plan at their end."""

import pytest

from nnlab.interview import diagnostic
from nnlab.interview.items import catalogue, titles
from nnlab.interview.memory import Review
from nnlab.interview.standing import MINUTES, PARTS, ReadingPlan, chosen, quick

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
    assert titles()[chapter] in str(plan)


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
    assert plan.evening == tuple(sorted(plan.evening))
    assert len(plan.week) <= 7
    assert sorted(sum(plan.week, ())) == [*CHAPTERS, "16"]


def test_whoever_knows_all_is_sent_to_rehearse():
    """An empty list would be the thanks."""
    _, plan = planned(["good"] * 8)

    assert plan.missed == ()
    assert "rehearse in chapter 16" in plan.head
    assert plan.evening == ("07",)


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
