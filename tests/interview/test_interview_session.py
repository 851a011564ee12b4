"""The interview without a face: what is planned, how it is marked, what is kept, the report."""

import itertools
import json
import math
import os
import signal
import subprocess
import sys
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest

from nnlab import store
from nnlab.interview import memory
from nnlab.interview.items import EXERCISES, catalogue, chapters_of, title, titles
from nnlab.interview.questions import KINDS
from nnlab.interview.report import Report, clocked, last
from nnlab.interview.session import LEVELS, Session, plan, pool, started

TODAY = date(2026, 3, 5)
NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)

pytestmark = pytest.mark.usefixtures("data")


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self):
        """Start anywhere but at 0."""
        self.time = 100.0

    def __call__(self):
        """Return the seconds."""
        return self.time


@pytest.fixture
def clock():
    """Return a clock that stands still."""
    return Clock()


@pytest.fixture
def interview(clock):
    """Return a function that makes an interview of some cards, at noon."""

    def make(*cards, minutes=20):
        items = [catalogue()[card].with_seed(5) for card in cards]
        return Session(items, minutes, clock, lambda: NOON + timedelta(seconds=clock.time))

    return make


# --- what may be asked ------------------------------------------------------------------------


def test_every_kind_and_every_chapter_can_be_asked():
    """A topic that the reader picks would be empty."""
    items = catalogue().values()

    assert {item.chapter for item in items} >= {f"{n:02}" for n in range(1, 17)}
    assert {item.way for item in items} == {"talk", "number", "code"}
    assert {item.kind for item in items} == set(KINDS)
    assert all(1 <= item.minutes <= 10 for item in items)


def test_every_chapter_has_its_notebook():
    """The report would send the reader to a page that isn't there."""
    from nnlab.checks.notebooks import root

    for stem in titles().values():
        assert (root() / "notebooks" / f"{stem}.ipynb").exists()
    assert title("07") == "07 backpropagation"


@pytest.mark.parametrize("name", EXERCISES)
def test_a_code_exercise_stands_alone(name):
    """Outside its notebook, a right answer would fail for want of an import or a table."""
    item = catalogue()[f"code:{name}"]

    assert item.judge(item.solution).right
    assert not item.judge(item.start).right
    assert "#" not in item.question
    assert f"def {name}(" in item.start
    assert 4 <= item.minutes <= 10


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("", "There is no function called dense_backward"),
        ("def dense_backward(dz, x, W:", "SyntaxError"),
        ("def other(): pass", "There is no function called dense_backward"),
        ("1/0", "ZeroDivisionError"),
        ("raise SystemExit", "SystemExit"),
        (
            "def dense_backward(dz, x, W):\n    return dz @ W.T, x.T @ dz / len(x), dz.sum(0)",
            "Each entry is 1/",
        ),
        ("from nnlab.checks import solution\ndense_backward = None", "not a function"),
        ("def dense_backward(dz, x, W):\n    raise NotImplementedError", "isn't written yet"),
    ],
)
def test_typed_code_is_judged_as_it_stands(code, said):
    """The repo's own function would be judged, or a slip end the interview."""
    judged = catalogue()["code:dense_backward"].judge(code)

    assert not judged.right
    assert said in judged.said
    assert "hint(" not in judged.said


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("def f(:\n    pass", "SyntaxError"),
        ("x = 1\nx.y", "    x.y\n"),
        ("input('name? ')", "nobody answers input()"),
        ("def dense_backward(*a):\n    return input()", "nobody answers input()"),
        ("import sys\nsys.exit()", "SystemExit"),
    ],
)
def test_what_goes_wrong_in_typed_code_is_shown_in_its_own_lines(code, said):
    """The reader would look for the mistake in a file of ours, or wait for a stop."""
    judged = catalogue()["code:dense_backward"].judge(code)

    assert not judged.right
    assert said in judged.said
    assert "items.py" not in judged.said


def test_code_that_never_ends_is_stopped(monkeypatch):
    """One `while True` would be the end of the interview."""
    monkeypatch.setattr("nnlab.interview.items.SECONDS", 0.2)

    judged = catalogue()["code:dense_backward"].judge("while True: pass")

    assert "stopped" in judged.said


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        (7, ("07",)),
        ("7", ("07",)),
        ("07, 9-11", ("07", "09", "10", "11")),
        ("backpropagation", ("07",)),
        ("chain rule", ("06",)),
        ([1, "normalisation"], ("01", "14")),
        ((), ()),
        ("", ()),
        (None, ()),
    ],
)
def test_chapters_are_picked_by_number_or_word(typed, found):
    """A reader would have to know the course's file names."""
    assert chapters_of(typed) == found


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"chapters": "99"}, "no chapter is called '99'"),
        ({"chapters": "cooking"}, "no chapter is called 'cooking'"),
        ({"kinds": "riddle"}, "no question is of kind 'riddle'"),
        ({"level": 4}, "the level is 4"),
        ({"chapters": "01", "kinds": "code"}, "widen one"),
        ({"minutes": 0.5}, "too few"),
        ({"minutes": -1}, "too few"),
    ],
)
def test_what_cannot_be_asked_is_said(wrong, said):
    """An empty interview would end before it began, without a word."""
    with pytest.raises(ValueError, match=said):
        started(**wrong)


# --- the plan ---------------------------------------------------------------------------------


def planned(minutes=30, days=None, seed=0, **wanted):
    """Plan an interview for a day."""
    return plan(pool(**wanted, due=days or ()), minutes, days or {}, TODAY, seed)


def test_the_same_seed_and_memory_ask_the_same():
    """A seed that is told to a friend would be worth nothing."""
    assert planned(seed=3) == planned(seed=3)
    assert [i.card for i in planned(seed=3)] != [i.card for i in planned(seed=4)]


@pytest.mark.parametrize("minutes", [1, 5, 20, 45, 120])
def test_a_plan_stays_within_the_minutes_and_uses_them(minutes):
    """Twenty minutes would be thirty, or five."""
    for seed in range(20):
        items = planned(minutes, seed=seed)

        assert minutes - 1 <= sum(item.minutes for item in items) <= minutes
        assert len({item.card for item in items}) == len(items)


def test_what_is_due_comes_first_then_what_was_never_asked():
    """What was nearly forgotten would be forgotten."""
    cards = list(catalogue())[:60:3]
    due, later = cards[:5], cards[5:]
    days = dict.fromkeys(due, TODAY - timedelta(1)) | dict.fromkeys(later, TODAY + timedelta(9))

    for seed in range(10):
        items = planned(40, days, seed, level=3)

        assert {item.card for item in items[:5]} == set(due)
        assert not {item.card for item in items} & set(later)


def test_what_is_due_is_asked_at_any_level():
    """A hard question, once failed, would never come again in a usual interview."""
    hard = next(card for card, item in catalogue().items() if item.difficulty == 3)

    assert hard in {item.card for item in planned(20, {hard: TODAY}, level=1)}


def test_what_was_asked_comes_again_when_nothing_else_is_left():
    """A second interview on the same day about one topic would be refused."""
    days = {card: TODAY + timedelta(5) for card in catalogue()}

    assert planned(10, days, chapters="07")


def test_a_plan_mixes_kinds_and_begins_with_a_key_question():
    """Twenty minutes of parameter counts are no interview."""
    for seed in range(20):
        items = planned(45, seed=seed)
        spent = Counter()
        for item in items:
            spent[item.kind] += item.minutes

        assert items[0].key
        assert len(spent) == 7
        assert max(spent.values()) <= 15
        levels = [item.difficulty for item in items if not item.key]
        assert levels == sorted(levels)


@pytest.mark.parametrize("level", LEVELS)
def test_the_level_bounds_the_difficulty(level):
    """Somebody who asked for easy questions would get the hardest."""
    items = pool(level=level)

    assert {item.difficulty for item in items if not item.key} == set(LEVELS[level])


def test_topics_and_kinds_bound_the_plan():
    """A reader who asks for chapter 07 would be asked about dropout."""
    items = planned(30, chapters="07,10", kinds="derive, code")

    assert {item.chapter for item in items} <= {"07", "10"}
    assert {item.kind for item in items} == {"derive", "code"}


def test_numbers_are_new_in_each_interview():
    """The second time, a remembered number would do."""
    first, second = (
        {i.card: i.seed for i in planned(30, seed=seed, kinds="compute")} for seed in (1, 2)
    )

    assert all(first[card] != second[card] for card in first.keys() & second.keys())


# --- answers, marks and the clock -------------------------------------------------------------


def test_an_answer_in_words_is_saved_before_it_is_marked(interview):
    """A kill while the reader ticks the rubric would lose what was typed."""
    session = interview("why-sgd")
    session.next()

    assert session.answer("it is cheap") is None
    (kept,) = memory.reviews()
    session.tick({0, 1, 2})
    (marked,) = memory.reviews()

    assert (kept.mark, kept.answer) == ("again", "it is cheap")
    assert (marked.mark, marked.answer, marked.at) == ("good", "it is cheap", kept.at)
    assert memory.next_days()["why-sgd"] == TODAY + timedelta(2)


def test_ticks_out_of_range_or_twice_count_for_nothing(interview):
    """A slip of the finger would give a better mark."""
    session = interview("why-sgd")
    session.next()
    session.answer("")

    assert session.tick([0, 0, 7, -1]) == "again"


@pytest.mark.parametrize(
    ("seconds", "wrong_first", "mark"),
    [(20, False, "easy"), (100, False, "good"), (300, False, "hard"), (20, True, "hard")],
)
def test_a_judged_answer_is_marked_by_tries_and_time(interview, clock, seconds, wrong_first, mark):
    """Somebody who needed three tries would see the question next year."""
    session = interview("number-mlp-parameters")
    item = session.next()
    clock.time += seconds
    if wrong_first:
        assert not session.answer({"total": "1"}).right
        assert session.mark == "again"

    assert session.answer({"total": str(item.task.right["total"])}).right
    assert session.mark == mark
    (kept,) = memory.reviews()
    assert (kept.mark, kept.seed, kept.seconds) == (mark, 5, seconds)


@pytest.mark.parametrize("nothing", [{}, {"total": " "}, {"total": "abc"}, {"weights": "?!"}])
def test_what_is_empty_or_unreadable_is_no_attempt(interview, nothing):
    """A slip of the Enter key would send the reader to read a chapter that is known."""
    session = interview("number-mlp-parameters")
    right = session.next().task.right

    assert not session.answer(nothing).right
    assert (session.tries, memory.reviews()) == (0, [])
    assert session.answer({"total": str(right["total"])}).right
    assert session.mark == "easy"


def test_lines_that_are_right_so_far_are_no_attempt_and_a_wrong_one_is(interview):
    """Somebody would be marked down for a line that isn't written yet, or never."""
    session = interview("number-mlp-parameters")
    right = session.next().task.right

    assert not session.answer({"weights": str(right["weights"])}).right
    assert session.tries == 0
    assert not session.answer({"weights": str(right["weights"] + 1)}).right
    assert session.tries == 1


@pytest.mark.parametrize("code", ["", "\n", None])
def test_code_that_is_not_written_yet_is_no_attempt(interview, code):
    """A click too early would be kept as a failure of the exercise."""
    session = interview("code:dense_backward")
    item = session.next()

    assert not session.answer(item.start if code is None else code).right
    assert (session.tries, memory.reviews(), store.records()) == (0, [], {})


def test_the_first_wrong_line_is_named(interview):
    """Only the end would be judged, and the reader not know where to look."""
    session = interview("number-mlp-parameters")
    right = session.next().task.right

    judged = session.answer({"weights": str(right["weights"]), "biases": "3", "total": "9"})

    assert judged.said.startswith("weights: right")
    assert "biases: not right. A bias for each layer is too few" in judged.said


def test_giving_up_is_marked_again_even_if_the_right_answer_follows(interview):
    """Typing off the worked solution would count as knowing it."""
    session = interview("number-mlp-parameters", "why-sgd")
    item = session.next()
    session.give_up()
    session.answer({"total": str(item.task.right["total"])})

    assert session.mark == "again"
    session.next()
    session.give_up()
    assert [review.mark for review in memory.reviews()] == ["again", "again"]


def test_the_reader_may_give_another_mark(interview):
    """A lucky guess would come back in a month."""
    session = interview("why-sgd")
    session.next()
    session.answer("")
    session.tick({0, 1, 2, 3})

    session.set_mark("hard")

    assert [review.mark for review in memory.reviews()] == ["hard"]
    with pytest.raises(ValueError, match="'fine'"):
        session.set_mark("fine")


def test_the_clock_stands_still_while_the_answer_is_read(interview, clock):
    """Whoever reads the full answer with care would run out of time."""
    session = interview("why-sgd", "bottom-line")
    session.next()
    clock.time += 60
    session.answer("")
    clock.time += 600
    session.tick([])
    session.next()
    clock.time += 30

    assert (session.seconds, session.total) == (30, 90)
    assert memory.reviews()[0].seconds == 60


def test_when_time_is_up_nothing_more_is_asked(interview, clock):
    """Twenty minutes would last an hour."""
    session = interview("why-sgd", "bottom-line", minutes=2)
    session.next()
    clock.time += 121
    session.answer("")

    assert session.next() is None
    assert session.report().left == 1


def test_without_memory_the_interview_goes_on_and_says_so_once(interview, monkeypatch, data):
    """A full disk would end the interview, or be said after each answer."""
    data.write_text("a file where the folder should be", "utf-8")
    session = interview("why-sgd", "bottom-line")

    while session.next():
        session.answer("x")
        session.tick([0])
    said = [session.news(), session.news()]
    other = interview("why-sgd")
    other.next()

    assert "could not be saved" in said[0]
    assert said[1] == ""
    assert other.choices == {}
    assert sum(topic.asked for topic in session.report().topics) == 2
    assert session.report().repeat == ()
    assert started(10, seed=1).items


# --- the report -------------------------------------------------------------------------------


def test_the_report_says_topic_time_what_to_read_and_when(interview, clock):
    """The reader would close the page without knowing what to do next."""
    session = interview("dense-backward", "number-hidden-weight", "why-sgd", "bottom-line")
    for points in ({0, 1, 2, 3, 4, 5, 6}, None, set()):
        session.next()
        clock.time += 90
        if points is None:
            session.give_up()
        else:
            session.answer("aloud")
            session.tick(points)
    report = session.report()
    chapter = catalogue()["why-sgd"].chapter
    text, page = str(report), report._repr_html_()

    assert report.head.startswith("3 questions answered, 1 of them well, in 4:30")
    assert "1 of the plan was not answered" in report.head
    assert report.read == [chapter, "07"]
    assert "07 backpropagation" in text
    assert "1 of 2" in text
    assert "my_course/notebooks/07_backpropagation.ipynb" in text
    assert '<a href="07_backpropagation.ipynb">' in page
    assert "tomorrow: " in text
    assert "tanh(0." in text
    assert [day for day, _ in report.repeat] == sorted(day for day, _ in report.repeat)
    assert max(map(len, text.splitlines())) <= 100


def test_a_report_of_nothing_and_of_unknown_cards():
    """A question that was taken out of the bank would break the report of an old interview."""
    review = memory.Review("gone", NOON.isoformat(), "2026-03-05", "s", "good", 1.0, None, "")

    assert str(Report.of([], {})) == "Nothing was answered."
    assert str(Report.of([review], {})) == "Nothing was answered."
    assert clocked(3725) == "62:05"
    with pytest.raises(ValueError, match="no interview yet"):
        last()


@pytest.mark.parametrize("seconds", [2.96, 2.94, 0.01, 59.97])
@pytest.mark.parametrize("wrong_first", [False, True])
def test_the_time_of_an_answer_is_the_same_wherever_it_is_said(
    interview, clock, seconds, wrong_first
):
    """The reader would be told 0:03, and 0:02 in the report."""
    session = interview("number-mlp-parameters")
    session.next()
    if wrong_first:
        session.answer({"total": "1"})
    clock.time += seconds
    session.give_up()

    said = clocked(session.seconds)

    assert said == clocked(session.total) == session.report().rows[0][2]
    assert memory.reviews()[0].seconds == session.seconds


def test_a_sum_of_times_loses_no_second():
    """Tenths add up to a hair less than the whole."""
    assert clocked(math.nextafter(1, 0)) == "0:01"
    assert clocked(math.nextafter(3, 0)) == "0:03"
    assert clocked(2.9) == "0:02"


def test_what_was_wrong_before_giving_up_is_kept(interview, clock):
    """The answer would be lost when the time is saved."""
    session = interview("number-mlp-parameters")
    session.next()
    session.answer({"total": "1"})
    session.give_up()

    assert json.loads(memory.reviews()[0].answer) == {"total": "1"}


def test_a_killed_interview_has_its_report(interview, clock):
    """Everything answered before a crash would be gone from sight."""
    session = interview("dense-backward", "number-hidden-weight", "why-sgd")
    for _ in range(2):
        session.next()
        clock.time += 45
        session.give_up()
    wanted = session.report()
    del session

    found = last()

    assert found.topics == wanted.topics
    assert found.read == wanted.read
    assert [question for _, question in found.repeat] == [q for _, q in wanted.repeat]


# --- other processes --------------------------------------------------------------------------

RUN = """
import sys
from nnlab.interview.session import started
session = started(60, level=3, seed={seed})
for item in iter(session.next, None):
    print(item.card, flush=True)
    session.answer({{}} if item.way == "number" else "x")
    session.set_mark("good")
    print("saved", flush=True)
    if {wait}:
        sys.stdin.readline()
"""


def python(seed, wait):
    """Start an interview in another process."""
    return subprocess.Popen(
        [sys.executable, "-c", RUN.format(seed=seed, wait=wait)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_kill_9_in_the_middle_loses_nothing():
    """A crash of the machine would cost an hour's answers."""
    with python(1, True) as other:
        said = [other.stdout.readline().strip() for _ in range(2)]
        other.stdin.write("\n")
        other.stdin.flush()
        said += [other.stdout.readline().strip() for _ in range(2)]
        os.kill(other.pid, signal.SIGKILL)

    cards = [card for card in said if card != "saved"]
    assert [review.card for review in memory.reviews()] == cards
    assert sum(topic.asked for topic in last().topics) == 2


def test_two_windows_at_once_keep_both():
    """One window's answers would overwrite the other's, or break the file."""
    with python(1, False) as one, python(2, False) as other:
        counts = [process.stdout.read().split().count("saved") for process in (one, other)]

    found = memory.reviews()
    assert len(found) == sum(counts)
    assert sorted(Counter(review.session for review in found).values()) == sorted(counts)
    assert set(store.records()) == set()


def test_answers_are_exported_as_they_were_typed(interview, tmp_path):
    """The lines of a numeric answer would be lost on the way to another computer."""
    from nnlab.interview import transfer

    session = interview("number-mlp-parameters")
    session.next()
    session.answer({"weights": "½", "total": "2"})
    transfer.export_to(tmp_path / "all.json")

    (kept,) = json.loads((tmp_path / "all.json").read_text("utf-8"))["reviews"]
    assert json.loads(kept["answer"]) == {"weights": "½", "total": "2"}


def test_sessions_are_told_apart():
    """Two interviews in one minute would be one in the report."""
    assert len({Session([], 1).id for _ in itertools.repeat(0, 100)}) == 100
