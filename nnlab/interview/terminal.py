"""The interview in a terminal, line by line: text is written, lines are read, nothing else."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable

from nnlab.interview.formulas import spoken
from nnlab.interview.items import title
from nnlab.interview.memory import MARKS
from nnlab.interview.page import wrapped
from nnlab.interview.report import clocked
from nnlab.interview.session import Session

HELP = (
    "One question at a time. Answer aloud or by typing; ? says that you don't know. Ctrl-C, or the "
    "end of input, ends it with the report. What you answered is saved at once."
)
INDENT = "    "


class Ended(Exception):
    """The reader has ended the interview."""


def hold(
    session: Session,
    read: Callable[[str], str] = input,
    say: Callable[[str], None] = print,
    summary: Callable[[Session], object] = Session.report,
) -> None:
    """Ask one item after the other until all are asked, time is up or the reader ends it."""
    planned = sum(item.minutes for item in session.items)
    say(f"{len(session.items)} questions, about {planned:g} of {session.minutes:g} minutes.")
    say(wrapped(HELP))
    try:
        while session.next():
            ask(session, lambda prompt: line(read, prompt), say)
    except (Ended, KeyboardInterrupt):
        say("\n")
        say("You have ended the interview.")
    else:
        if session.total >= 60 * session.minutes:
            say("\nTime is up.")
    say("")
    say(str(summary(session)))
    say_news(session, say)


def line(read: Callable[[str], str], prompt: str) -> str:
    """Return the next line that is typed; Ended at the end of input."""
    try:
        return read(prompt)
    except EOFError:
        raise Ended from None


def ask(session: Session, read: Callable[[str], str], say: Callable[[str], None]) -> None:
    """Ask one item, judge it or let the reader mark it, and say what follows."""
    item = session.item
    number = f"Question {session.place + 1} of {len(session.items)}"
    say(f"\n{number} · chapter {title(item.chapter)} · {item.kind} · {item.minutes:g} min")
    say(f"So far {clocked(session.total)} of {clocked(60 * session.minutes)}.\n")
    say(shown(item.question))
    {"talk": talk, "number": number_task, "code": code_task}[item.way](session, read, say)
    used = f"{clocked(session.seconds)} of {clocked(60 * item.minutes)}"
    say(f"Marked {session.mark}; you took {used}.")
    keep = read("Enter for the next question, or another mark (again, hard, good, easy): ")
    if chosen := next((mark for mark in MARKS if mark == keep.strip().lower()), ""):
        session.set_mark(chosen)
        say(f"Marked {chosen}.")
    say_news(session, say)


def talk(session: Session, read: Callable[[str], str], say: Callable[[str], None]) -> None:
    """Take a free answer, show the bank's, and let the reader tick the rubric."""
    typed = several(read, "Your answer; end with an empty line:", say)
    if typed.strip() == "?":
        session.give_up()
    else:
        session.answer(typed)
    source = session.item.source
    say("\nIn 15 seconds:")
    say(shown(source.short, INDENT))
    say("\nThe fuller answer:")
    say(shown(source.full, INDENT))
    say("\nCommonly said, and wrong:")
    say(shown(f"“{source.wrong}” {source.why_wrong}", INDENT))
    say("\nWhich of these did you say?")
    for i, point in enumerate(source.rubric, 1):
        say(wrapped(spoken(point), f"  {i}. ", "     "))
    if not session.given_up:
        session.tick(numbers(read("Their numbers, all, or Enter for none: "), len(source.rubric)))


def number_task(session: Session, read: Callable[[str], str], say: Callable[[str], None]) -> None:
    """Take a line for each step, judge them, and offer another try."""
    *steps, last = session.item.lines
    note = "Only the last line is needed; the others show where it goes wrong." if steps else ""
    if note:
        say(f"\n{note}")
    while True:
        typed = {}
        for name in (*steps, last):
            typed[name] = read(f"  {name}: ")
            if typed[name].strip() == "?":
                session.give_up()
                break
        else:
            judged = session.answer(typed)
            say(wrapped_lines(judged.said))
            if not judged.right and again(session, read):
                continue
        say("\nWorked solution:")
        say(textwrap.indent(session.item.solution, INDENT))
        return


def code_task(session: Session, read: Callable[[str], str], say: Callable[[str], None]) -> None:
    """Take a function, run it against every case, and offer another try."""
    item = session.item
    say("")
    say(textwrap.indent(item.broken or item.start, INDENT))
    while True:
        typed = code(
            read, f"Type or paste {item.source.id}; end with a line that is only a dot:", say
        )
        if typed.strip() == "?":
            session.give_up()
        else:
            judged = session.answer(typed)
            say(judged.said)
            if judged.right:
                return
            if again(session, read):
                continue
        say("\nOne solution:")
        say(textwrap.indent(item.solution, INDENT))
        return


def again(session: Session, read: Callable[[str], str]) -> bool:
    """Ask whether the reader wants another try; otherwise give up."""
    if read("Enter to try again, or s for the solution: ").strip():
        session.give_up()
        return False
    return True


def several(read: Callable[[str], str], prompt: str, say: Callable[[str], None]) -> str:
    """Return lines up to an empty one, a dot, or a question mark."""
    say(f"\n{prompt}")
    lines: list[str] = []
    while True:
        lines.append(read("> "))
        if lines == ["?"]:
            return "?"
        if lines[-1].strip() in ("", "."):
            return "\n".join(lines[:-1])


def code(read: Callable[[str], str], prompt: str, say: Callable[[str], None]) -> str:
    """Return lines up to a dot; empty ones belong to the code."""
    say(f"\n{prompt}")
    lines: list[str] = []
    while True:
        lines.append(read(""))
        if lines[-1].strip() == "." or lines == ["?"]:
            return "?" if lines == ["?"] else "\n".join(lines[:-1])


def numbers(text: str, most: int) -> set[int]:
    """Return the numbers that were ticked, from 0.

    >>> sorted(numbers("1, 3", 4)), sorted(numbers("all", 2)), numbers("", 4)
    ([0, 2], [0, 1], set())
    """
    if text.strip().lower() in ("a", "all"):
        return set(range(most))
    return {int(found) - 1 for found in re.findall(r"\d+", text) if 1 <= int(found) <= most}


def shown(text: str, indent: str = "") -> str:
    """Return a text of the bank, wrapped."""
    paragraphs = re.split(r"\n\s*\n", spoken(text).strip())
    return "\n\n".join(wrapped(paragraph, indent, indent) for paragraph in paragraphs)


def wrapped_lines(text: str) -> str:
    """Return lines, each wrapped."""
    return "\n".join(wrapped(part, "  ", "    ") for part in text.splitlines() if part)


def say_news(session: Session, say: Callable[[str], None]) -> None:
    """Say once if nothing is saved."""
    if news := session.news():
        say(wrapped(news))
