"""How an interview went: by topic, the time, what to read, what comes again and when."""

from __future__ import annotations

import html
import textwrap
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from nnlab.interview import memory
from nnlab.interview.items import Item, catalogue, in_a_sentence, title, titles
from nnlab.interview.memory import Review

KNOWN = ("good", "easy")
WIDTH = 88
DIAGNOSTIC = "diagnostic-"  # with which the id of its session begins


@dataclass(frozen=True)
class Topic:
    """A chapter in the interview."""

    chapter: str
    asked: int
    known: int
    seconds: float
    minutes: float  # those that its questions should take


@dataclass(frozen=True)
class Report:
    """What to say at the end; `repeat` holds (day, question), the earliest first."""

    topics: tuple[Topic, ...]
    repeat: tuple[tuple[date, str], ...]
    left: int  # questions of the plan that were not answered
    today: date

    @classmethod
    def of(
        cls,
        done: Iterable[Review],
        days: Mapping[str, date],
        left: int = 0,
        today: date | None = None,
    ) -> Report:
        """Return the report of some answers; what the bank no longer holds is left out."""
        pairs = [(review, as_asked(review)) for review in done if review.card in catalogue()]
        chapters = sorted({item.chapter for _, item in pairs})
        topics = [
            topic(chapter, [(r, i) for r, i in pairs if i.chapter == chapter])
            for chapter in chapters
        ]
        repeat = {
            review.card: (days[review.card], item.label)
            for review, item in pairs
            if review.card in days
        }
        today = today or memory.local(None).date()
        return cls(tuple(topics), tuple(sorted(repeat.values())), left, today)

    @property
    def read(self) -> list[str]:
        """Return the chapters to read, those with the largest part unknown first."""
        missed = [topic for topic in self.topics if topic.known < topic.asked]
        missed.sort(key=lambda topic: (topic.known / topic.asked, topic.chapter))
        return [topic.chapter for topic in missed]

    @property
    def head(self) -> str:
        """Return the first sentence."""
        asked = sum(topic.asked for topic in self.topics)
        if not asked:
            return "Nothing was answered."
        known = sum(topic.known for topic in self.topics)
        used = sum(topic.seconds for topic in self.topics)
        target = sum(topic.minutes for topic in self.topics)
        said = f"{asked} question{'s' * (asked > 1)} answered, {known} of them well, in "
        said += f"{clocked(used)}; {clocked(60 * target)} were meant for them."
        if self.left:
            said += f" {self.left} of the plan {'was' if self.left == 1 else 'were'} not answered."
        return said

    @property
    def rows(self) -> list[tuple[str, str, str, str]]:
        """Return the table's rows: topic, known, time, target."""
        return [
            (
                title(topic.chapter),
                f"{topic.known} of {topic.asked}",
                clocked(topic.seconds),
                clocked(60 * topic.minutes),
            )
            for topic in self.topics
        ]

    def when(self, day: date) -> str:
        """Return a day as it is said.

        >>> Report((), (), 0, date(2026, 3, 5)).when(date(2026, 3, 6))
        'tomorrow'
        """
        ahead = (day - self.today).days
        if ahead <= 1:
            return "today" if ahead <= 0 else "tomorrow"
        return f"in {ahead} days"

    def __str__(self) -> str:
        lines = [textwrap.fill(self.head, WIDTH)]
        if self.topics:
            table = [HEAD, *self.rows]
            widths = [max(len(row[i]) for row in table) for i in range(4)]
            lines += [""] + ["  ".join(map(str.ljust, row, widths)).rstrip() for row in table]
        if self.read:
            lines += ["", "Read:"]
            lines += [f"  {path(chapter)}" for chapter in self.read]
        if self.repeat:
            lines += ["", "Comes again:"]
            for day, question in self.repeat:
                line = f"{self.when(day)}: {question}"
                lines.append(f"  {textwrap.shorten(line, WIDTH - 2, placeholder=' …')}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col">{name}</th>' for name in HEAD)
        body = "".join(
            f'<tr><th scope="row">{html.escape(name)}</th>'
            + "".join(f"<td>{cell}</td>" for cell in cells)
            + "</tr>"
            for name, *cells in self.rows
        )
        parts = [f"<p>{self.head}</p>"]
        if self.topics:
            caption = "<caption>By topic</caption>"
            parts += [
                f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
            ]
        if self.read:
            parts += ["<h3>Read</h3>", listed(link(chapter) for chapter in self.read)]
        if self.repeat:
            said = (f"{self.when(day)}: {html.escape(question)}" for day, question in self.repeat)
            parts += ["<h3>Comes again</h3>", listed(said)]
        return "\n".join(parts)

    __repr__ = __str__


HEAD = ("Topic", "Known", "Your time", "Target")


def topic(chapter: str, pairs: Collection[tuple[Review, Item]]) -> Topic:
    """Sum up a chapter's answers."""
    return Topic(
        chapter,
        len(pairs),
        sum(review.mark in KNOWN for review, _ in pairs),
        sum(review.seconds for review, _ in pairs),
        sum(item.minutes for _, item in pairs),
    )


def as_asked(review: Review) -> Item:
    """Return what a review answers, with the numbers and the minutes that it had."""
    item = catalogue()[review.card]
    if review.session.startswith(DIAGNOSTIC):
        item = in_a_sentence(item)
    return item if review.seed is None else item.with_seed(review.seed)


def clocked(seconds: float) -> str:
    """Return minutes and seconds; tenths, as they are saved, may add up to a hair less.

    >>> clocked(125.4)
    '2:05'
    """
    whole = int(round(seconds, 1))
    return f"{whole // 60}:{whole % 60:02}"


def path(chapter: str) -> str:
    """Return a chapter's name and the reader's own notebook of it."""
    return f"{title(chapter)}: my_course/notebooks/{titles()[chapter]}.ipynb"


def link(chapter: str) -> str:
    """Return a link to a chapter's notebook, from a notebook beside it."""
    return f'<a href="{titles()[chapter]}.ipynb">{title(chapter)}</a>'


def listed(entries: Iterable[str]) -> str:
    """Return an HTML list."""
    return f"<ul>{''.join(f'<li>{entry}</li>' for entry in entries)}</ul>"


def last() -> Report:
    """Return the report of the last interview, also of one that was killed.

    Raises store.Unavailable if nothing can be read, ValueError if there was none.
    """
    sessions = [review.session for review in memory.reviews() if review.session]
    if not sessions:
        raise ValueError("there was no interview yet: python start.py interview starts one")
    return Report.of(memory.reviews(sessions[-1]), memory.next_days())
