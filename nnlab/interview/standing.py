"""Ten minutes that show where one stands: two questions for each part of the course, then a plan.

Of each part one numeric task, and one question to answer in a sentence, from two chapters; those
chapters come first of which nothing was asked yet. The plan's evening has what was missed, what
matters most first; its week what was missed, then what was right late, then what was not asked in
a part where something was missed, each in the course's order.
"""

from __future__ import annotations

import secrets
import textwrap
import time
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from nnlab.interview.items import Item, catalogue, in_a_sentence, title
from nnlab.interview.memory import Review
from nnlab.interview.report import DIAGNOSTIC, WIDTH, link, listed, path
from nnlab.interview.session import Session, days

if TYPE_CHECKING:
    from nnlab.interview.widget import Interview

MINUTES = 10
PARTS = {
    "what is trained": ("01", "02", "03", "04"),
    "where gradients come from": ("05", "06", "07"),
    "how they are used": ("08", "09", "10", "11"),
    "when it goes wrong": ("12", "13", "14", "15"),
}
EVENING, A_DAY = 3, 2  # chapters
IMPORTANT = ("07", "02", "04", "09", "13")  # chapter 00's own evening; the others follow in order


def quick() -> dict[str, dict[str, list[Item]]]:
    """Return what is short enough: {"number" or "talk": {chapter: items}}."""
    found: dict[str, dict[str, list[Item]]] = {"number": {}, "talk": {}}
    for item in catalogue().values():
        if item.way == "number" and item.minutes <= 2 and item.difficulty <= 2:
            found["number"].setdefault(item.chapter, []).append(item)
        if item.way == "talk" and item.difficulty == 1:
            found["talk"].setdefault(item.chapter, []).append(in_a_sentence(item))
    return found


def chosen(seed: int, asked: Collection[str] = ()) -> list[Item]:
    """Return a number and a sentence for each part; cards asked before make a chapter wait."""
    rng = np.random.default_rng(seed)
    before = Counter(catalogue()[card].chapter for card in asked if card in catalogue())
    items = []
    for chapters in PARTS.values():
        taken: set[str] = set()
        for of_chapter in quick().values():
            free = [
                chapter for chapter in chapters if chapter in of_chapter and chapter not in taken
            ]
            chapter = min(free, key=lambda c: (before[c], rng.random()))
            taken.add(chapter)
            item = of_chapter[chapter][int(rng.integers(len(of_chapter[chapter])))]
            items.append(item.with_seed(int(rng.integers(2**31))))
    return items


@dataclass(frozen=True)
class ReadingPlan:
    """Which chapters, in which order: those missed, and those not asked that may hang on them."""

    known: tuple[str, ...]
    partly: tuple[str, ...]  # right, but late
    missed: tuple[str, ...]
    unasked: tuple[str, ...]  # in a part where something was missed
    others: tuple[str, ...]  # not asked, in a part where nothing was missed

    @classmethod
    def of(cls, items: Collection[Item], done: Collection[Review]) -> ReadingPlan:
        """Return the plan after some answers; what was not answered is missed too."""
        marks = {review.card: review.mark for review in done}
        found: dict[str, set[str]] = {"known": set(), "partly": set(), "missed": set()}
        for item in items:
            found[standing(item, marks.get(item.card, "again"))].add(item.chapter)
        missed, asked = found["missed"], {item.chapter for item in items}
        partly = found["partly"] - missed
        known = asked - missed - partly
        weak = [chapters for chapters in PARTS.values() if missed & set(chapters)]
        unasked = {c for chapters in weak for c in chapters} - asked
        others = {c for chapters in PARTS.values() for c in chapters} - asked - unasked
        return cls(*(tuple(sorted(group)) for group in (known, partly, missed, unasked, others)))

    @property
    def evening(self) -> tuple[str, ...]:
        """Return the chapters for one evening: of those missed, what matters most."""
        order = [*sorted(self.missed, key=importance), *sorted(self.partly, key=importance)]
        return tuple(order[:EVENING]) or ("07",)

    @property
    def week(self) -> list[tuple[str, ...]]:
        """Return the chapters for each of up to seven days, the interview on the last."""
        order = [*self.missed, *self.partly, *self.unasked] or ["07"]
        a_day = max(A_DAY, -(-len(order) // 6))
        return [*(tuple(order[i : i + a_day]) for i in range(0, len(order), a_day)), ("16",)]

    @property
    def head(self) -> str:
        """Return the first sentences."""
        told = {
            "Known": self.known or ("nothing yet",),
            "Right on a second try, or slowly": self.partly,
            "Missed or not answered": self.missed,
            "Not asked, in a part where something was missed": self.unasked,
            "Not asked, in a part where nothing was missed": self.others,
        }
        said = " ".join(f"{name}: {', '.join(those)}." for name, those in told.items() if those)
        if self.missed or self.partly:
            return said
        return (
            f"You knew all that was asked. {said} Do the hardest exercises (●●●), and rehearse in "
            "chapter 16; run this again for other questions."
        )

    def __str__(self) -> str:
        lines = [textwrap.fill(self.head, WIDTH), "", "One evening:"]
        lines += [f"  {i}. {path(chapter)}" for i, chapter in enumerate(self.evening, 1)]
        lines += ["  Then the key questions in chapter 16, aloud.", "", "One week:"]
        for i, chapters in enumerate(self.week, 1):
            lines.append(f"  Day {i}: {', '.join(map(title, chapters))}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        evening = "".join(f"<li>{link(chapter)}</li>" for chapter in self.evening)
        keys = f"<li>the key questions in {link('16')}, aloud</li>"
        week = (
            f"day {i}: {', '.join(map(link, chapters))}" for i, chapters in enumerate(self.week, 1)
        )
        return (
            f"<p>{self.head}</p>\n<h3>One evening</h3>\n<ol>{evening}{keys}</ol>\n"
            f"<h3>One week</h3>\n{listed(week)}"
        )

    __repr__ = __str__


def standing(item: Item, mark: str) -> str:
    """Return what an answer shows of its chapter: "known", "partly" or "missed"."""
    if mark == "hard" and item.way == "number":
        return "partly"
    return "missed" if mark == "again" else "known"


def importance(chapter: str) -> tuple[int, str]:
    """Return what sorts chapters by how much an interview hangs on them."""
    rank = IMPORTANT.index(chapter) if chapter in IMPORTANT else len(IMPORTANT)
    return rank, chapter


def begun(seed: int | None = None, clock: Callable[[], float] = time.monotonic) -> Session:
    """Return the ten minutes, not begun."""
    seed = secrets.randbits(32) if seed is None else abs(seed)
    session = Session(chosen(seed, days()), MINUTES, clock)
    session.id = DIAGNOSTIC + session.id
    return session


def plan_of(session: Session) -> ReadingPlan:
    """Return the reading plan after a session."""
    return ReadingPlan.of(session.items, session.done)


def widget(seed: int | None = None) -> Interview:
    """Return the ten minutes for a notebook's cell."""
    from nnlab.interview.widget import Interview

    intro = (
        "Eight questions in ten minutes, two for each part of the course, other ones each time: "
        "four numbers, and four answers in one sentence. Say I don't know where you don't. At the "
        "end stands a reading plan."
    )

    def begin(form: dict[str, Any]) -> Session:
        return begun(seed)

    command = "python start.py interview diagnostic"
    return Interview(
        *("Where do you stand?", intro, begin),
        summary=plan_of,
        command=command,
        name="diagnostic",
        ending="Your reading plan",
    )
