"""Progress and reviews as one JSON file, to keep or to take to another computer.

    {"format": "backprop-by-heart", "version": 1,
     "exercises": [{"id": "dense_backward", "attempts": 3, "hints": 1,
                    "passed_on": "2026-03-05", "seconds": 300.0}],
     "reviews": [{"card": "what-is-backpropagation", "at": "2026-03-05T18:30:00.000000+00:00",
                  "day": "2026-03-05", "session": "5f2c", "mark": "good", "seconds": 41.5,
                  "seed": null, "answer": "the chain rule, backwards"}]}

`passed_on`, `seconds` of an exercise and `seed` may be null. The days on which cards come again
follow from the reviews, so they aren't in it. Reading it adds what isn't there yet: a review is
the same if card, moment and session are; of an exercise the earlier pass and the larger counts
stay, so that reading a file twice changes nothing.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, fields
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from nnlab import store
from nnlab.interview import memory

FORMAT, VERSION = "backprop-by-heart", 1
EXERCISE = ("id", "attempts", "hints", "passed_on", "seconds")
REVIEW = tuple(field.name for field in fields(memory.Review))
COUNTS = {"attempts", "hints"}
MAY_BE_NULL = {"passed_on", "seed"}
MERGE = """INSERT INTO exercise VALUES (:id, :attempts, :hints, :passed_on, :seconds)
    ON CONFLICT (id) DO UPDATE SET
    attempts = MAX(attempts, excluded.attempts), hints = MAX(hints, excluded.hints),
    seconds = CASE WHEN passed_on IS NULL OR excluded.passed_on < passed_on
        THEN excluded.seconds ELSE seconds END,
    passed_on = COALESCE(MIN(passed_on, excluded.passed_on), passed_on, excluded.passed_on)"""


def export_to(path: str | Path) -> str:
    """Write everything to a file; return what to say. An older file stays until it is done."""
    exercises = [
        dict(zip(EXERCISE, (id, *row), strict=True)) for id, row in store.records().items()
    ]
    reviews = [asdict(review) for review in memory.reviews()]
    content = {"format": FORMAT, "version": VERSION, "exercises": exercises, "reviews": reviews}
    path = Path(path)
    part = path.with_name(f"{path.name}.part")
    try:
        part.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", "utf-8")
        os.replace(part, path)
    except OSError as error:
        raise ValueError(f"{path} can't be written: {error.strerror}") from None
    return f"Wrote {some(reviews, 'answer')} and {some(exercises, 'exercise')} to {path}."


def some(found: list, name: str) -> str:
    """Return how many there are: 1 answer, 2 answers."""
    return f"{len(found)} {name}{'s' * (len(found) != 1)}"


def import_from(path: str | Path) -> str:
    """Add what a file holds to what is here; return what to say, or ValueError with a sentence."""
    path = Path(path)
    try:
        content = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ValueError(f"{path} can't be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise ValueError(f"{path} isn't JSON, or is cut short: export it again") from None
    try:
        exercises, reviews = understood(content)
    except ValueError as error:
        raise ValueError(f"{path} was not read: {error}") from None
    with store.opened() as (connection, said):
        connection.executemany(MERGE, exercises)
        added = memory.add(connection, reviews)
    there = len(reviews) - added
    return f"Read {added} new answers, {there} were here already. {said}".strip()


def understood(content: Any) -> tuple[list[dict], list[memory.Review]]:
    """Return a file's exercises and reviews; ValueError, as the end of a sentence, says why not."""
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ValueError(f"it is no export of this course, which says format: {FORMAT}")
    version = content.get("version")
    if type(version) is not int or version != VERSION:
        raise ValueError(
            f"it is of version {version!r}, and this course knows {VERSION}: update the course"
        )
    lists = [content.get("exercises"), content.get("reviews")]
    if not all(isinstance(entries, list) for entries in lists):
        raise ValueError("it lacks its list of exercises or of reviews")
    exercises, reviews = (
        [checked(entry, keys, f"{name} {i}") for i, entry in enumerate(entries, 1)]
        for entries, keys, name in zip(
            lists, (EXERCISE, REVIEW), ("exercise", "review"), strict=True
        )
    )
    return exercises, [memory.Review(**entry) for entry in reviews]


def checked(entry: Any, keys: tuple[str, ...], where: str) -> dict[str, Any]:
    """Return an entry whose every value is of the kind that its key wants, or ValueError."""
    if not isinstance(entry, dict) or set(entry) != set(keys):
        raise ValueError(f"{where} wants the keys {', '.join(keys)}, and no others")
    null = MAY_BE_NULL | ({"seconds"} if "passed_on" in keys else set())
    for key, value in entry.items():
        if not (value is None and key in null) and not fits(key, value):
            raise ValueError(f"{where} has {key}: {json.dumps(value)[:40]}, which can't be")
    if "at" in entry:
        at = datetime.fromisoformat(entry["at"]).astimezone(UTC)
        entry = entry | {"at": at.isoformat(timespec="microseconds")}
    return entry


def fits(key: str, value: Any) -> bool:
    """Tell whether a value may stand under a key."""
    if key in COUNTS:
        return type(value) is int and 0 <= value < 2**53
    if key == "seed":
        return type(value) is int and abs(value) < 2**63
    if key == "seconds":
        return type(value) in (int, float) and 0 <= value < 1e9
    if not isinstance(value, str):
        return False
    try:
        value.encode()
        if key in ("day", "passed_on"):
            return date.fromisoformat(value).isoformat() == value and "2000" < value < "2200"
        if key == "at":
            at = datetime.fromisoformat(value)
            return at.tzinfo is not None and 2000 < at.year < 2200
    except ValueError:
        return False
    return value in memory.MARKS if key == "mark" else True
