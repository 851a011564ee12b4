"""What to repeat, and on which day: spaced repetition by FSRS, in the learner's own file.

A card is a question's id or a generator's. Each answer is a review, which is kept for good; the
day on which a card comes again follows from its reviews alone, with no chance in it. Days are the
unit: whatever is due on a day is due from its midnight on, where the learner lives. Moments are
stored in UTC, and beside each the local day that it was.

`store.Unavailable` says why nothing can be read. `record` only returns that as a sentence, so that
an interview goes on without memory.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from nnlab import store

if TYPE_CHECKING:
    import fsrs

MARKS = ("again", "hard", "good", "easy")  # FSRS's ratings 1 to 4


@dataclass(frozen=True)
class Review:
    """One answer, as it was marked."""

    card: str
    at: str  # the moment, in UTC: "2026-03-05T18:30:00.000000+00:00"
    day: str  # where the learner was: "2026-03-05"
    session: str  # of the interview
    mark: str
    seconds: float
    seed: int | None  # of a generator's numbers
    answer: str  # what was typed


COLUMNS = ", ".join(field.name for field in fields(Review))
ADD = f"""INSERT INTO review ({COLUMNS}) VALUES ({", ".join("?" * len(fields(Review)))})
    ON CONFLICT DO NOTHING"""


def record(
    card: str,
    mark: str,
    *,
    session: str = "",
    seconds: float = 0.0,
    seed: int | None = None,
    answer: str = "",
    now: datetime | None = None,
) -> str:
    """Keep an answer's mark; return "" or what is to be said about the file.

    An answer of the same card, moment and session takes the place of the one before: an interview
    saves what was typed at once, and the mark when the reader has given it.
    """
    if mark not in MARKS:
        raise ValueError(f"record got the mark {mark!r}, wanted one of {', '.join(MARKS)}")
    now = local(now)
    at = now.astimezone(UTC).isoformat(timespec="microseconds")
    answer = answer.encode(errors="replace").decode()  # half a pair of surrogates can't be stored
    review = Review(card, at, now.date().isoformat(), session, mark, seconds, seed, answer)
    try:
        if store.switched_off():
            return ""
        with store.opened() as (connection, said):
            connection.execute(
                "DELETE FROM review WHERE card = ? AND at = ? AND session = ?", (card, at, session)
            )
            add(connection, [review])
        return said
    except (ImportError, OSError, store.Unavailable) as error:
        return f"(Your answer could not be saved: {error}.)"


def due(now: datetime | None = None) -> list[str]:
    """Return the cards that are due today, those that wait longest first."""
    with store.opened() as (connection, _):
        rows = connection.execute(
            "SELECT id FROM card WHERE due <= ? ORDER BY due, id", (local(now).date().isoformat(),)
        )
        return [id for (id,) in rows.fetchall()]


def next_days() -> dict[str, date]:
    """Return the day on which each card comes again, the earliest first."""
    with store.opened() as (connection, _):
        rows = connection.execute("SELECT id, due FROM card ORDER BY due, id").fetchall()
        return {id: date.fromisoformat(day) for id, day in rows}


def choices(card: str, now: datetime | None = None) -> dict[str, date]:
    """Return the day on which the card would come again, for each mark."""
    with store.opened() as (connection, _):
        row = connection.execute("SELECT state FROM card WHERE id = ?", (card,)).fetchone()
    today = local(now).date().isoformat()
    state = json.loads(row[0]) if row else None
    return {mark: repeated([(today, mark)], state).due.date() for mark in MARKS}


def reviews(session: str | None = None) -> list[Review]:
    """Return all reviews, or a session's, in the order in which they were made."""
    with store.opened() as (connection, _):
        rows = connection.execute(
            f"SELECT {COLUMNS} FROM review WHERE session = ? OR ? IS NULL ORDER BY at, card",
            (session, session),
        )
        return [Review(*row) for row in rows.fetchall()]


def add(connection: sqlite3.Connection, new: list[Review]) -> int:
    """Add those reviews that aren't there yet, and plan their cards anew; return how many."""
    before = connection.total_changes
    connection.executemany(ADD, map(astuple, new))
    added = connection.total_changes - before
    for card in sorted({review.card for review in new}):
        history = connection.execute(
            "SELECT day, mark FROM review WHERE card = ? ORDER BY at, session", (card,)
        )
        planned = repeated(history.fetchall())
        connection.execute(
            "INSERT OR REPLACE INTO card (id, due, state) VALUES (?, ?, ?)",
            (card, planned.due.date().isoformat(), json.dumps(planned.to_dict())),
        )
    return added


def repeated(history: Iterable[tuple[str, str]], state: dict | None = None) -> fsrs.Card:
    """Return FSRS's card after some (day, mark), from a state or from nothing."""
    from fsrs import Card, Rating, Scheduler

    # No steps of minutes, whatever the mark: a card comes again on another day.
    scheduler = Scheduler(learning_steps=(), relearning_steps=(), enable_fuzzing=False)
    card = Card.from_dict(state) if state else Card(card_id=0, due=datetime.now(UTC))
    for day, mark in history:
        midnight = datetime.fromisoformat(day).replace(tzinfo=UTC)
        card, _ = scheduler.review_card(card, Rating(MARKS.index(mark) + 1), midnight)
    return card


def local(now: datetime | None) -> datetime:
    """Return the moment with the learner's time zone, unless it has one."""
    if now is None:
        return datetime.now(UTC).astimezone()
    return now if now.tzinfo else now.astimezone()
