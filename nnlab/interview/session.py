"""The interview, without a face: what is asked, the clock, the marks, and what is kept.

`plan` chooses the questions; a `Session` asks them one by one. Every answer is saved when it is
given, under the lowest mark, and again when its mark is known: a kill at any moment loses nothing,
and the report is made from what was saved. Each session has an id of its own, so two windows never
meet. Where nothing can be saved, that is said once and the interview goes on.
"""

from __future__ import annotations

import json
import math
import secrets
import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, date, datetime
from typing import Any

import numpy as np

from nnlab import store
from nnlab.interview import memory
from nnlab.interview.items import Item, Judged, catalogue, chapters_of, kinds_of
from nnlab.interview.memory import MARKS, Review
from nnlab.interview.report import Report

TURNS = ("due", "new", "known")  # in which cards are asked
LEVELS = {1: (1,), 2: (1, 2), 3: (2, 3)}  # the difficulties asked


def pool(
    chapters: Any = (), level: int = 2, kinds: Any = (), due: Collection[str] = ()
) -> list[Item]:
    """Return what may be asked, due cards at any level; ValueError if that is nothing."""
    if level not in LEVELS:
        raise ValueError(f"the level is {level!r}, wanted 1 (easy), 2 (usual) or 3 (hard)")
    wanted, sorts = chapters_of(chapters), kinds_of(kinds)
    found = [
        item
        for item in catalogue().values()
        if (not wanted or item.chapter in wanted)
        and (not sorts or item.kind in sorts)
        and (item.key or item.card in due or item.difficulty in LEVELS[level])
    ]
    if not found:
        raise ValueError(
            f"there is no question of kind {' or '.join(sorts) or 'any'} at level {level} in "
            f"chapter {', '.join(wanted) or 'any'}: widen one of the three"
        )
    return found


def plan(
    items: Collection[Item],
    minutes: float,
    days: Mapping[str, date],
    today: date,
    seed: int,
) -> list[Item]:
    """Choose what is asked within the minutes, by the days on which cards come again.

    What is due comes first, then what was never asked, then the rest. Within each, the kind that
    has had the least time; of that kind key questions, then a chapter not asked yet. They are put
    in this order: due ones, key questions, easy before hard. The same seed and days choose the
    same, numbers included.
    """
    if not math.isfinite(minutes):
        raise ValueError(f"the interview can't be {minutes} minutes long: take a number such as 20")
    if minutes < min(item.minutes for item in items):
        raise ValueError(f"{minutes:g} minutes are too few for any of these questions: take more")
    rng = np.random.default_rng(seed)
    chance = {item.card: float(x) for item, x in zip(items, rng.random(len(items)), strict=True)}
    numbers = dict(zip(chance, rng.integers(0, 2**31, len(items)).tolist(), strict=True))
    spent: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    chosen: list[Item] = []

    def turn(item: Item) -> int:
        return turn_of(item, days, today)

    def rank(item: Item) -> tuple:
        return turn(item), spent[item.kind], not item.key, asked[item.chapter], chance[item.card]

    left, waiting = minutes, list(items)
    while waiting := [item for item in waiting if item.minutes <= left]:
        item = min(waiting, key=rank)
        waiting.remove(item)
        chosen.append(item.with_seed(numbers[item.card]))
        left -= item.minutes
        spent[item.kind] += item.minutes
        asked[item.chapter] += 1
    return sorted(chosen, key=lambda i: (turn(i), not i.key, i.difficulty, chance[i.card]))


def turn_of(item: Item, days: Mapping[str, date], today: date) -> int:
    """Return an item's place in TURNS."""
    day = days.get(item.card)
    return 1 if day is None else 0 if day <= today else 2


def mix_of(items: Collection[Item], days: Mapping[str, date], today: date) -> str:
    """Return "7 due, 2 new", or "" where nothing is due."""
    found = Counter(turn_of(item, days, today) for item in items)
    said = ", ".join(f"{found[i]} {name}" for i, name in enumerate(TURNS) if found[i])
    return said if found[0] else ""


def mark_of_share(share: float) -> str:
    """Return the mark for the share of rubric points that were made.

    >>> [mark_of_share(n / 4) for n in range(5)]
    ['again', 'again', 'hard', 'good', 'easy']
    """
    if share >= 1:
        return "easy"
    return "good" if share >= 0.6 else "hard" if share > 1 / 3 else "again"


def mark_of_answer(tries: int, seconds: float, minutes: float) -> str:
    """Return the mark for an answer that was judged right, at which try and how soon.

    >>> mark_of_answer(1, 50, 2), mark_of_answer(1, 90, 2), mark_of_answer(2, 50, 2)
    ('easy', 'good', 'hard')
    """
    if tries > 1 or seconds > 120 * minutes:
        return "hard"
    return "easy" if seconds <= 30 * minutes else "good"


class Session:
    """One interview: items asked in order, timed, judged, saved."""

    def __init__(
        self,
        items: Collection[Item],
        minutes: float,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC).astimezone(),
        mix: str = "",
    ) -> None:
        """Take what is asked; nothing starts before `next`. `mix` says how much of it is due."""
        self.mix = mix
        self.items, self.minutes, self.clock, self.now = list(items), minutes, clock, now
        self.id = secrets.token_hex(4)
        self.place, self.tries, self.given_up, self.over = -1, 0, False, False
        self.done: list[Review] = []  # as saved, one for each item answered
        self.trouble, self._told = "", False  # why nothing is saved
        self.choices: dict[str, date] = {}  # the day on which this item comes again, by mark
        self._before = self._began = self._stopped = 0.0
        self._done_before = 0

    @property
    def item(self) -> Item | None:
        """Return what is asked now, if the interview has begun and isn't over."""
        asking = not self.over and 0 <= self.place < len(self.items)
        return self.items[self.place] if asking else None

    @property
    def answered(self) -> bool:
        """Tell whether the clock of this item has stopped."""
        return self._stopped > 0

    @property
    def seconds(self) -> float:
        """Return the time that this item has taken; reading its answer doesn't count."""
        if self.item is None:
            return 0.0
        return self._stopped or max(self.clock() - self._began, 1e-3)

    @property
    def total(self) -> float:
        """Return the time that all items so far have taken."""
        return self._before + self.seconds

    @property
    def mark(self) -> str:
        """Return this item's mark, or "" as long as it has no answer."""
        return self.done[-1].mark if self.done and self._saved else ""

    @property
    def wrote(self) -> str:
        """Return what was typed for this item, as it is to be shown; "" if nothing was."""
        typed = self.done[-1].answer if self._saved else ""
        if typed and self.item.way == "number":
            lines = json.loads(typed).items()
            return "\n".join(f"{name}: {text.strip()}" for name, text in lines if text.strip())
        return typed.strip()

    @property
    def _saved(self) -> bool:
        return bool(self.item) and len(self.done) > self._done_before

    def next(self) -> Item | None:
        """Ask the next item; None if there is none, or no time."""
        self._before += self.seconds
        self.place += not self.over
        self.over = self.place >= len(self.items) or self._before >= 60 * self.minutes
        self.tries, self.given_up, self._done_before = 0, False, len(self.done)
        self._began, self._stopped = self.clock(), 0.0
        self.choices = choices(self.item, self.now()) if self.item else {}
        return self.item

    def answer(self, typed: str | dict[str, str]) -> Judged | None:
        """Save what was typed, and judge it; None for an answer that the reader judges."""
        item = self.item
        if item.way == "talk":
            self._stop()
            self._save("again", typed)
            return None
        judged = item.judge(typed)
        if not judged.attempt:
            return judged
        self.tries += 1
        if judged.right:
            self._stop()
        mark = mark_of_answer(self.tries, self.seconds, item.minutes)
        self._save(mark if judged.right and not self.given_up else "again", typed)
        if item.way == "code":  # it is the check of the exercise, and so its progress
            said = store.record(item.source.id, passed=judged.right, seconds=self.seconds)
            self.trouble = self.trouble or said
        return judged

    def break_off(self, typed: str | dict[str, str]) -> None:
        """Keep what was typed so far of an answer that doesn't come to its end."""
        text = typed if isinstance(typed, str) else "".join(typed.values())
        if text.strip() not in ("", self.item.start.strip()):
            self.given_up = True
            self._stop()
            self._save("again", typed)

    def give_up(self) -> None:
        """Stop the clock and show the answer: it comes again soon."""
        self.given_up = True
        self._stop()
        self._save("again", None)

    def tick(self, points: Collection[int]) -> str:
        """Mark by the rubric points that the reader made, by their numbers from 0."""
        rubric = self.item.source.rubric
        made = {point for point in points if 0 <= point < len(rubric)}
        self.set_mark(mark_of_share(len(made) / len(rubric)))
        return self.mark

    def set_mark(self, mark: str) -> None:
        """Give this item's answer another mark."""
        if mark not in MARKS:
            raise ValueError(f"the mark is {mark!r}, wanted one of {', '.join(MARKS)}")
        self._save(mark, None)

    def news(self) -> str:
        """Return what is to be said about the file, the first time only."""
        said = "" if self._told else self.trouble
        self._told = self._told or bool(said)
        return said

    def report(self) -> Report:
        """Return how it went so far."""
        left = len(self.items) - len(self.done)
        return Report.of(self.done, days(), left, self.now().date())

    def _stop(self) -> None:
        self._stopped = self._stopped or max(round(self.seconds, 1), 0.1)  # as it is saved

    def _save(self, mark: str, typed: str | dict[str, str] | None) -> None:
        """Keep the answer; in place of the one before, if it is of the same item."""
        item = self.item
        if self._saved:
            old = self.done.pop()
            moment, answer = datetime.fromisoformat(old.at), old.answer
        else:
            moment, answer = self.now(), ""
        if typed is not None:
            answer = typed if isinstance(typed, str) else json.dumps(typed, ensure_ascii=False)
        moment = moment.astimezone()
        seconds, seed = round(self.seconds, 1), item.seed if item.way == "number" else None
        kept = Review(
            item.card,
            moment.astimezone(UTC).isoformat(timespec="microseconds"),
            moment.date().isoformat(),
            *(self.id, mark, seconds, seed, answer),
        )
        self.done.append(kept)
        self.trouble = self.trouble or memory.record(
            item.card,
            mark,
            session=self.id,
            seconds=seconds,
            seed=seed,
            answer=answer,
            now=moment,
        )


def choices(item: Item, now: datetime) -> dict[str, date]:
    """Return the day on which an item would come again, for each mark; {} without memory."""
    try:
        return memory.choices(item.card, now)
    except (ImportError, store.Unavailable):
        return {}


def days() -> dict[str, date]:
    """Return the day on which each card comes again; {} if that can't be read."""
    try:
        return memory.next_days()
    except (ImportError, store.Unavailable):
        return {}


def started(
    minutes: float = 20,
    chapters: Any = (),
    level: int = 2,
    kinds: Any = (),
    seed: int | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Session:
    """Return an interview that is planned and not begun; ValueError for what can't be asked."""
    seed = secrets.randbits(32) if seed is None else seed
    if seed < 0:
        raise ValueError(f"the seed is {seed}, wanted a whole number from 0 on")
    today, planned = datetime.now(UTC).astimezone().date(), days()
    due = {card for card, day in planned.items() if day <= today}
    items = plan(pool(chapters, level, kinds, due), minutes, planned, today, seed)
    return Session(items, minutes, clock, mix=mix_of(items, planned, today))
