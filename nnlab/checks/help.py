"""What a learner asks for: a hint, the solution, where they stand."""

from __future__ import annotations

import html
from collections import Counter

from nnlab import store
from nnlab.checks import notebooks
from nnlab.checks.engine import CheckFailed, find
from nnlab.checks.spec import exercises

given: Counter[str] = Counter()  # hints, in this kernel


def hint(id: str) -> None:
    """Print the next hint; after the last one, all of them again."""
    exercise = find(id)
    n, number = len(exercise.hints), given[id]
    if number < n:
        given[id] += 1
        said = store.record(id, hint=True)
        print(f"Hint {number + 1} of {n}: {exercise.hints[number]}", *([said] if said else []))
        return
    for i, text in enumerate(exercise.hints, 1):
        print(f"Hint {i} of {n}: {text}")
    print(f'That is all there is, short of solution("{id}").')


def solution(id: str) -> None:
    """Print the course's answer; yours may be another."""
    exercise = find(id)
    try:
        print(notebooks.answer_code(id, exercise.chapter))
    except FileNotFoundError as error:
        raise CheckFailed(f"The solution of {id} was not found: {error}.", "unknown") from None


class Progress:
    """A table: for each chapter what is passed, how long it took, what comes next."""

    head = ("Chapter", "Passed", "Hints used", "Your minutes", "Target", "Next")

    def __init__(self) -> None:
        """Read what is recorded."""
        self.said, done = "", {}
        try:
            done = store.records()
        except store.Unavailable as error:
            self.said = f"Your progress could not be read: {error}."
        self.rows = []
        for chapter in sorted({e.chapter for e in exercises().values()}):
            here = [e for e in exercises().values() if e.chapter == chapter]
            rows = [(e, done.get(e.id, (0, 0, None, None))) for e in here]
            passed = [(e, row) for e, row in rows if row[2]]
            then = next((e.id for e, row in rows if not row[2]), "all passed")
            timed = [row[3] for _, row in passed if 60 <= (row[3] or 0) <= 7200]
            self.rows.append(
                (
                    notebooks.title(chapter),
                    f"{len(passed)} of {len(here)}",
                    str(sum(row[1] for _, row in rows)),
                    f"{sum(timed) / 60:.0f}" if timed else "–",
                    str(sum(e.minutes for e in here)),
                    then,
                )
            )

    def __repr__(self) -> str:
        table = [self.head, *self.rows]
        widths = [max(len(row[i]) for row in table) for i in range(len(self.head))]
        lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in table]
        lines.insert(1, "  ".join("-" * width for width in widths))
        return "\n".join(lines + [self.said] * bool(self.said))

    def _repr_html_(self) -> str:
        """Return a table with headers that a screen reader can announce."""
        head = "".join(f'<th scope="col">{text}</th>' for text in self.head)
        body = "".join(
            f'<tr><th scope="row">{html.escape(first)}</th>'
            + "".join(f"<td>{html.escape(text)}</td>" for text in rest)
            + "</tr>"
            for first, *rest in self.rows
        )
        said = f"<p>{html.escape(self.said)}</p>" if self.said else ""
        return (
            f"<table><caption>Your progress</caption><thead><tr>{head}</tr></thead>"
            f"<tbody>{body}</tbody></table>{said}"
        )


def progress() -> Progress:
    """Return the table of what you have passed; it lasts from one day to the next."""
    return Progress()
