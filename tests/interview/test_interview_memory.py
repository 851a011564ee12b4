"""Every answer is kept, whatever happens, and cards come again on the days that FSRS says."""

import json
import math
import re
import sqlite3
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise, product

import pytest

from nnlab import store
from nnlab.interview import memory, transfer
from nnlab.interview.memory import MARKS, choices, due, next_days, record, reviews

NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)
DAY = timedelta(days=1)
WEIGHTS = (  # FSRS-6, as published with the algorithm
    *(0.212, 1.2931, 2.3065, 8.2956, 6.4133, 0.8334, 3.0194, 0.001, 1.8722, 0.1666, 0.796),
    *(1.4835, 0.0614, 0.2629, 1.6483, 0.6014, 1.8729, 0.5425, 0.0912, 0.0658, 0.1542),
)

pytestmark = pytest.mark.usefixtures("data")


def python(code):
    """Start another Python, as another window would be."""
    return subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )


def interval(history):
    """Return the days until the next review after [(day, mark 1 … 4)], by FSRS-6's formulas."""
    w = WEIGHTS
    factor = 0.9 ** (-1 / w[20]) - 1

    def clamp(d):
        return min(max(d, 1), 10)

    def difficulty_0(mark):
        return w[4] - math.exp(w[5] * (mark - 1)) + 1

    (last, mark), *rest = history
    s, d = w[mark - 1], clamp(difficulty_0(mark))
    for day, mark in rest:
        days, last = day - last, day
        r = (1 + factor * days / s) ** -w[20]
        if days == 0:
            growth = math.exp(w[17] * (mark - 3 + w[18])) * s ** -w[19]
            s *= growth if mark == 1 else max(growth, 1)
        elif mark == 1:
            long = w[11] * d ** -w[12] * ((s + 1) ** w[13] - 1) * math.exp(w[14] * (1 - r))
            s = min(long, s / math.exp(w[17] * w[18]))
        else:
            bonus = (w[15] if mark == 2 else 1) * (w[16] if mark == 4 else 1)
            s *= 1 + math.exp(w[8]) * (11 - d) * s ** -w[9] * math.expm1(w[10] * (1 - r)) * bonus
        s = max(s, 0.001)
        d = clamp(w[7] * difficulty_0(4) + (1 - w[7]) * (d - w[6] * (mark - 3) * (10 - d) / 9))
    return max(round(s), 1)


def test_a_first_answer_comes_again_on_the_days_that_fsrs_publishes():
    """Everything would come again tomorrow, or never."""
    for mark in MARKS:
        record(mark, mark, now=NOON)

    assert next_days() == {
        "again": date(2026, 3, 6),
        "hard": date(2026, 3, 6),
        "good": date(2026, 3, 7),
        "easy": date(2026, 3, 13),
    }


@pytest.mark.parametrize("gaps", [(0, 0, 1), (1, 2, 5), (2, 10, 40), (1, 0, 100)])
def test_later_answers_come_again_on_the_days_of_the_formulas(gaps):
    """A card would come too early or too late, and nobody could tell."""
    days = [0, *(sum(gaps[: i + 1]) for i in range(len(gaps)))]

    for marks in product((1, 2, 3, 4), repeat=4):
        history = list(zip(days, marks, strict=True))
        typed = [((NOON + day * DAY).date().isoformat(), MARKS[mark - 1]) for day, mark in history]
        card = memory.repeated(typed)

        assert (card.due.date() - NOON.date()).days == days[-1] + interval(history)


def test_the_schedule_hangs_by_no_chance():
    """Two computers with the same history would ask on different days."""
    for name in ("a", "b"):
        for i in (0, 9, 40):
            record(name, "good", now=NOON + i * DAY)

    assert next_days()["a"] == next_days()["b"]


def test_due_is_what_waits_today_the_longest_first():
    """What is most forgotten would come last, or not at all."""
    record("new", "easy", now=NOON)
    record("old", "again", now=NOON - 5 * DAY)
    record("older", "good", now=NOON - 7 * DAY)

    assert due(NOON) == ["older", "old"]
    assert due(NOON + 8 * DAY) == ["older", "old", "new"]
    assert due(NOON - 9 * DAY) == []


def test_today_is_the_learners_own():
    """Someone in Tokyo would find nothing due until the afternoon."""
    tokyo = timezone(timedelta(hours=9))
    evening = datetime(2026, 3, 5, 23, 30, tzinfo=tokyo)

    record("card", "again", now=evening)

    assert reviews()[0].at == "2026-03-05T14:30:00.000000+00:00"
    assert reviews()[0].day == "2026-03-05"
    assert due(datetime(2026, 3, 5, 23, 59, tzinfo=tokyo)) == []
    assert due(datetime(2026, 3, 6, 0, 1, tzinfo=tokyo)) == ["card"]


def test_an_answer_of_now_is_of_today():
    """Without a clock of the test's, the zone would be missing or the day another."""
    before = datetime.now(UTC)

    record("card", "good", session="s", seconds=3.5, seed=17, answer="0.731")

    (review,) = reviews()
    assert before <= datetime.fromisoformat(review.at) <= datetime.now(UTC)
    assert review.day == datetime.fromisoformat(review.at).astimezone().date().isoformat()
    assert (review.session, review.mark, review.seconds) == ("s", "good", 3.5)
    assert (review.seed, review.answer) == (17, "0.731")


def test_a_naive_time_is_local():
    """A time without a zone would be taken for UTC."""
    record("card", "good", now=datetime(2026, 3, 5, 0, 30))

    assert reviews()[0].day == "2026-03-05"


def test_the_choices_say_what_each_mark_would_lead_to():
    """The buttons would promise other days than come."""
    record("card", "good", now=NOON)
    later = NOON + 3 * DAY

    promised = choices("card", later)

    assert promised["again"] <= promised["hard"] < promised["good"] < promised["easy"]
    for mark in MARKS:
        record(mark, "good", now=NOON)
        record(mark, mark, now=later)
        assert next_days()[mark] == promised[mark]
    assert choices("unknown", NOON)["easy"] == date(2026, 3, 13)
    assert len(reviews("")) == 9


def test_a_sessions_reviews_come_back_in_order():
    """A report after a kill would show other people's answers, or shuffled ones."""
    for i, card in enumerate("cab"):
        record(card, "good", session="one", now=NOON + i * timedelta(seconds=1))
    record("d", "good", session="two", now=NOON)

    assert [review.card for review in reviews("one")] == ["c", "a", "b"]
    assert len(reviews()) == 4


def test_the_same_answer_sent_twice_counts_once():
    """A double click would count as two reviews."""
    for _ in range(2):
        record("card", "good", session="s", now=NOON)

    assert len(reviews()) == 1


def test_an_unknown_mark_is_refused():
    """A typing error in the interview would be stored for good."""
    with pytest.raises(ValueError, match="wanted one of again, hard, good, easy"):
        record("card", "ok")


def test_any_text_can_be_kept():
    """A pasted answer would end in a traceback and be lost."""
    for i, text in enumerate(["\ud800", "\x00", "💥 – ∂L/∂w", "'; DROP TABLE review; --"]):
        assert record("card", "good", answer=text, now=NOON + i * DAY) == ""

    assert [review.answer for review in reviews()][1:] == [
        "\x00",
        "💥 – ∂L/∂w",
        "'; DROP TABLE review; --",
    ]


def test_fsrs_is_imported_only_when_it_is_needed():
    """The course would start more slowly for everybody."""
    look = "import sys; from nnlab.interview import memory, transfer; print('fsrs' in sys.modules)"

    assert python(look).communicate()[0] == "False\n"


# --- whatever happens ---------------------------------------------------------------------------

ANSWER = """
from datetime import UTC, datetime, timedelta
from nnlab.interview import memory
for i in range({n}):
    said = memory.record(f"card-{{i % 7}}", memory.MARKS[i % 4], session="{session}",
                         now=datetime(2026, 3, 5, tzinfo=UTC) + timedelta(hours=i), answer=str(i))
    print(i, said, flush=True)
"""


def test_a_kill_at_any_moment_loses_no_answer(data):
    """A dead battery in the middle of an interview would cost what was answered."""
    for trial, delay in enumerate((0.0, 0.003, 0.02, 0.07)):
        with python(ANSWER.format(n=10**6, session=f"s{trial}")) as other:
            other.stdout.readline()
            time.sleep(0.1 + delay)
            other.kill()
            acknowledged = [0, *(int(line) for line in other.stdout.read().split() if line)]

        kept = [int(review.answer) for review in reviews(f"s{trial}")]
        assert kept[: len(acknowledged)] == acknowledged
        assert len(kept) - len(acknowledged) in (0, 1)  # kept, and killed before it could say so

    assert not list(data.glob("progress.kept*"))
    assert_planned_by_reviews()


def assert_planned_by_reviews():
    """Assert that every card's day follows from all of its reviews."""
    planned = next_days()
    history = {}
    for review in reviews():
        history.setdefault(review.card, []).append((review.day, review.mark))
    assert planned.keys() == history.keys()
    for card, typed in history.items():
        assert planned[card] == memory.repeated(typed).due.date()


def test_several_windows_at_once_lose_nothing(data):
    """Two windows on the same cards would overwrite each other's answers."""
    store.record("dense_backward", passed=True, seconds=60.0)
    check = "from nnlab import store\nfor _ in range(25): print(store.record('shared'))"

    others = [python(ANSWER.format(n=25, session=f"s{k}")) for k in range(4)] + [python(check)]
    said = [other.communicate()[0].split() for other in others]

    assert said == [[str(i) for i in range(25)]] * 4 + [[]]
    assert len(reviews()) == 100
    assert store.records()["shared"][0] == 25
    assert not list(data.glob("progress.kept*"))
    assert_planned_by_reviews()


def test_without_a_place_to_write_the_interview_goes_on(monkeypatch, tmp_path):
    """A read-only or full disk would end the interview."""
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("BACKPROP_DATA", str(tmp_path / "file"))

    said = record("card", "good", now=NOON)

    assert said.startswith("(Your answer could not be saved: [Errno")
    assert said.endswith(".)")
    assert "\n" not in said
    for look in (due, next_days, reviews, lambda: choices("card")):
        with pytest.raises(store.Unavailable):
            look()


def test_a_full_disk_is_said_and_nothing_half_is_kept(monkeypatch):
    """A review without its card would never come again."""
    record("card", "good", now=NOON)
    before = (reviews(), next_days())
    begun = store.begun

    def full(path):
        connection = begun(path)
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")  # SQLite's own "disk is full"
        return connection

    with monkeypatch.context() as patch:
        patch.setattr(store, "begun", full)
        said = record("card", "easy", answer="x" * 100_000, now=NOON + DAY)

    assert said == "(Your answer could not be saved: database or disk is full.)"
    assert (reviews(), next_days()) == before


def test_without_fsrs_it_is_said(monkeypatch):
    """A course that was updated without its packages would end in a traceback."""
    monkeypatch.setitem(sys.modules, "fsrs", None)

    assert "could not be saved: import of fsrs halted" in record("card", "good", now=NOON)


def test_the_courses_own_runs_are_nobodys_history(monkeypatch, data):
    """Executing the notebooks would fill a learner's history."""
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")

    assert record("card", "good") == ""
    assert not data.exists()


# --- export and import --------------------------------------------------------------------------


def everything():
    """Return all that the file holds."""
    with store.opened() as (connection, _):
        return {
            table: sorted(connection.execute(f"SELECT * FROM {table}").fetchall(), key=str)
            for table in ("exercise", "card", "review")
        }


def elsewhere(monkeypatch, tmp_path, name):
    """Go to another computer."""
    monkeypatch.setenv("BACKPROP_DATA", str(tmp_path / name))


def some_history(session, start=NOON):
    """Answer a few cards and exercises."""
    store.record("dense_backward")
    store.record("dense_backward", passed=True, seconds=300.0)
    store.record("adam_step", hint=True)
    for i, mark in enumerate(("good", "again", "easy", "hard")):
        record(f"card-{i % 2}", mark, session=session, seconds=1.5, now=start + i * DAY)
    record("number-adam", "good", session=session, seed=2**62, answer='"½" – ∂\n\t', now=start)


def test_what_is_exported_is_imported_whole(monkeypatch, tmp_path):
    """Taking the course to another computer would lose something."""
    some_history("s")
    before = everything()
    path = tmp_path / "mine.json"

    said = transfer.export_to(path)
    elsewhere(monkeypatch, tmp_path, "other")
    read = transfer.import_from(path)

    assert said == f"Wrote 5 answers and 2 exercises to {path}."
    assert read == "Read 5 new answers, 0 were here already."
    assert everything() == before
    assert list(tmp_path.glob("*.part")) == []


def test_importing_twice_changes_nothing(tmp_path):
    """A second click would double every answer."""
    some_history("s")
    before = everything()
    transfer.export_to(tmp_path / "mine.json")

    said = transfer.import_from(tmp_path / "mine.json")

    assert said == "Read 0 new answers, 5 were here already."
    assert everything() == before


def test_two_histories_merge_in_either_direction(monkeypatch, tmp_path):
    """What was answered on the other computer would be lost, or cards planned by half of it."""
    for name, start in (("one", NOON), ("two", NOON + 2.5 * DAY)):
        elsewhere(monkeypatch, tmp_path, name)
        some_history(name, start)
        transfer.export_to(tmp_path / f"{name}.json")
    store.record("count_mlp", passed=True, seconds=70.0)
    transfer.export_to(tmp_path / "two.json")

    merged = []
    for name, other in (("one", "two"), ("two", "one")):
        elsewhere(monkeypatch, tmp_path, name)
        transfer.import_from(tmp_path / f"{other}.json")
        merged.append(everything())
        assert len(reviews()) == 10
        assert_planned_by_reviews()

    assert merged[0] == merged[1]


@pytest.mark.parametrize(
    ("mine", "theirs", "both"),
    [
        ((3, 0, None, None), (1, 2, "2026-03-05", 60.0), (3, 2, "2026-03-05", 60.0)),
        ((1, 2, "2026-03-05", 60.0), (3, 0, None, None), (3, 2, "2026-03-05", 60.0)),
        ((1, 0, "2026-03-06", 50.0), (1, 0, "2026-03-05", 60.0), (1, 0, "2026-03-05", 60.0)),
        ((1, 0, "2026-03-05", 60.0), (1, 0, "2026-03-06", 50.0), (1, 0, "2026-03-05", 60.0)),
    ],
)
def test_of_an_exercise_the_earlier_pass_stays(mine, theirs, both):
    """An import would undo a pass, or give it another day's time."""
    with store.opened() as (connection, _):
        for row in (mine, theirs):
            connection.execute(
                transfer.MERGE, dict(zip(transfer.EXERCISE, ("x", *row), strict=True))
            )

    assert tuple(store.records()["x"]) == both


def test_another_zones_moments_are_the_same_moments(tmp_path):
    """A file written by hand would double what it repeats."""
    record("card", "good", now=NOON)
    transfer.export_to(path := tmp_path / "mine.json")
    path.write_text(path.read_text().replace("T12:00:00.000000+00:00", "T14:00:00+02:00"))

    assert "Read 0 new answers" in transfer.import_from(path)


REVIEW = {
    "card": "a",
    "at": "2026-03-05T12:00:00.000000+00:00",
    "day": "2026-03-05",
    "session": "s",
    "mark": "good",
    "seconds": 1.5,
    "seed": None,
    "answer": "",
}
EXERCISE = {"id": "x", "attempts": 1, "hints": 0, "passed_on": None, "seconds": None}
SOUND = {"format": "backprop-by-heart", "version": 1, "exercises": [EXERCISE], "reviews": [REVIEW]}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (json.dumps(SOUND)[:-20], "isn't JSON, or is cut short"),
        ("", "isn't JSON"),
        ("[" * 10**5, "isn't JSON"),
        (b"\xff\xfe", "isn't JSON"),
        ("[]", "no export of this course"),
        ('{"cells": []}', "no export of this course"),
        (SOUND | {"version": 2}, "of version 2, and this course knows 1: update"),
        (SOUND | {"version": True}, "of version True"),
        (SOUND | {"reviews": None}, "lacks its list"),
        ({"format": "backprop-by-heart", "version": 1}, "lacks its list"),
        (SOUND | {"reviews": [REVIEW, 3]}, "review 2 wants the keys card, at, day"),
        (SOUND | {"reviews": [REVIEW | {"more": 1}]}, "review 1 wants the keys"),
        (SOUND | {"exercises": [{}]}, "exercise 1 wants the keys id, attempts"),
        *(
            (SOUND | {"reviews": [REVIEW | {key: value}]}, f"review 1 has {key}: ")
            for key, value in [
                ("mark", "ok"),
                ("mark", None),
                ("at", "2026-03-05T12:00:00"),
                ("at", "0001-01-01T00:00:00+14:00"),
                ("at", "yesterday"),
                ("day", "20260305"),
                ("day", "9999-12-31"),
                ("seconds", -1),
                ("seconds", float("nan")),
                ("seconds", None),
                ("seconds", 10**400),
                ("seed", 1.5),
                ("seed", 2**63),
                ("card", 3),
                ("answer", "\ud800"),
            ]
        ),
        (SOUND | {"exercises": [EXERCISE | {"attempts": -1}]}, "exercise 1 has attempts: -1"),
        (SOUND | {"exercises": [EXERCISE | {"attempts": True}]}, "exercise 1 has attempts: true"),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else "",
)
def test_a_foreign_or_truncated_file_is_refused_in_one_sentence(tmp_path, content, said):
    """A wrong file would be half read, or end in a traceback."""
    some_history("s")
    before = everything()
    path = tmp_path / "file.json"
    if isinstance(content, dict):
        content = json.dumps(content)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())

    with pytest.raises(ValueError, match=re.escape(said)) as refused:
        transfer.import_from(path)

    assert str(refused.value).startswith(str(path))
    assert "\n" not in str(refused.value)
    assert everything() == before


def test_what_the_refusals_start_from_is_sound(tmp_path):
    """The refusals above could be about something else."""
    path = tmp_path / "file.json"
    path.write_text(json.dumps(SOUND))

    assert transfer.import_from(path) == "Read 1 new answers, 0 were here already."


def test_a_file_that_is_not_there_is_said(tmp_path):
    """A mistyped name would end in a traceback."""
    with pytest.raises(ValueError, match="can't be read: No such file"):
        transfer.import_from(tmp_path / "nowhere.json")
    with pytest.raises(ValueError, match="can't be written: No such file"):
        transfer.export_to(tmp_path / "nowhere" / "mine.json")


def test_a_kill_in_an_import_leaves_what_was_there(monkeypatch, tmp_path):
    """Half an import would be there, and the other half be called new or old at random."""
    some_history("s")
    transfer.export_to(tmp_path / "mine.json")
    elsewhere(monkeypatch, tmp_path, "other")
    record("own", "good", now=NOON)
    before = everything()
    planned = memory.repeated

    def stopped(history, state=None):
        if len(list(history)) > 1:
            raise KeyboardInterrupt
        return planned(history, state)

    monkeypatch.setattr(memory, "repeated", stopped)
    with pytest.raises(KeyboardInterrupt):
        transfer.import_from(tmp_path / "mine.json")

    assert everything() == before


def test_consecutive_good_answers_space_out():
    """Spaced repetition that doesn't space is a daily chore."""
    day, gaps = NOON, []
    for _ in range(5):
        record("card", "good", now=day)
        gaps.append((next_days()["card"] - day.date()).days)
        day += gaps[-1] * DAY

    assert all(later > 2 * sooner for sooner, later in pairwise(gaps))


def test_the_tables_refuse_nothing_that_is_recorded():
    """A column that must not be null would lose the answer."""
    assert record("card", "good", now=NOON, session="", answer="") == ""
    with store.opened() as (connection, _), pytest.raises(sqlite3.IntegrityError):
        connection.execute("INSERT INTO review (card, mark) VALUES ('a', 'good')")
