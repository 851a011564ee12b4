"""The interview in a terminal, line by line: text is written, lines are read, nothing else."""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Callable
from typing import Any

from nnlab.interview.formulas import spoken
from nnlab.interview.items import title
from nnlab.interview.memory import MARKS
from nnlab.interview.page import wrapped
from nnlab.interview.report import clocked
from nnlab.interview.session import Session

HELP = (
    "One question at a time. Answer aloud or by typing; ? says: I don't know. Ctrl-C, or the end "
    "of input, ends it with the report. What you answered is saved at once."
)
INDENT = "    "


class Ended(Exception):
    """The reader has ended the interview; `half` is the line that was being typed."""

    def __init__(self, half: str = "") -> None:
        """Keep the half line."""
        super().__init__(half)
        self.half = half


def hold(
    session: Session,
    read: Callable[[str], str] = input,
    say: Callable[[str], None] = print,
    summary: Callable[[Session], object] = Session.report,
    name: str = "interview",
) -> None:
    """Ask one item after the other until all are asked, time is up or the reader ends it."""
    planned = sum(item.minutes for item in session.items)
    questions = f"{len(session.items)} question{'s' * (len(session.items) > 1)}"
    mix = f" ({session.mix})" if session.mix else ""
    say(f"{questions}{mix}, about {planned:g} of {session.minutes:g} minutes.")
    say(wrapped(HELP))
    try:
        while session.next():
            ask(session, lambda prompt: line(read, prompt), say)
    except (Ended, KeyboardInterrupt):
        say("\n")
        say(f"You have ended the {name}.")
    else:
        if session.total >= 60 * session.minutes:
            say("\nTime is up.")
    say("")
    say(str(summary(session)))
    say_news(session, say)


def line(read: Callable[[str], str], prompt: str) -> str:
    """Return the next line that is typed, or several that were pasted; Ended at Ctrl-C."""
    try:
        return read(prompt)
    except EOFError:
        raise Ended from None
    except KeyboardInterrupt:
        readline = sys.modules.get("readline")  # it knows what stood in the line
        raise Ended(readline.get_line_buffer() if readline else "") from None


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
    marks = ", ".join(MARKS)
    prompt = f"Enter for the next question, or another mark ({marks}): "
    wanted = f"press Enter, or type one of {marks}"
    if chosen := understood(read, say, prompt, wanted, one_of("", *MARKS)):
        session.set_mark(chosen)
        say(f"Marked {chosen}.")
    say_news(session, say)


def talk(session: Session, read: Callable[[str], str], say: Callable[[str], None]) -> None:
    """Take a free answer, show the bank's, and let the reader tick the rubric."""
    if session.item.kind == "code":
        typed = several(session, read, say, "Your answer; end with a line that is only a dot:")
    else:
        typed = several(session, read, say, "Your answer; end with an empty line:", ("", "."))
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
    left = session.given_up
    say("\nWhat is listened for:" if left else "\nWhich of these did you say?")
    for i, point in enumerate(source.rubric, 1):
        say(wrapped(spoken(point), f"  {i}. ", "     "))
    if not left:
        most = len(source.rubric)
        prompt = "Their numbers, all, or Enter for none: "
        wanted = f"type numbers from 1 to {most} such as 1, 3; all; or Enter for none"
        session.tick(understood(read, say, prompt, wanted, lambda typed: numbers(typed, most)))


def number_task(session: Session, read: Callable[[str], str], say: Callable[[str], None]) -> None:
    """Take a line for each step, judge them, and offer another try at those that aren't right."""
    say(f"\n{wrapped(session.item.note)}")
    known: dict[str, str] = {}
    while True:
        typed = dict(known)
        for name in session.item.lines:
            if name in known:
                say(f"  {name}: {known[name]}")
                continue
            try:
                typed[name] = read(f"  {name}: ")
            except Ended as ended:
                session.break_off(typed | {name: ended.half})
                raise
            if typed[name].strip() == "?":
                session.give_up()
                break
        else:
            judged = session.answer(typed)
            say(wrapped_lines(judged.said))
            if not judged.right and again(session, read, say):
                known = {name: typed[name] for name in judged.lines}
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
        prompt = f"Type or paste {item.source.id}; end with a line that is only a dot:"
        typed = several(session, read, say, prompt, mark="")
        if typed.strip() == "?":
            session.give_up()
        else:
            judged = session.answer(typed)
            say(judged.said)
            if judged.right:
                return
            if again(session, read, say):
                continue
        say("\nOne solution:")
        say(textwrap.indent(item.solution, INDENT))
        return


def again(session: Session, read: Callable[[str], str], say: Callable[[str], None]) -> bool:
    """Ask whether the reader wants another try; otherwise give up."""
    wanted = "Enter to try again, or ? for I don't know"
    if understood(read, say, f"{wanted}: ", wanted, one_of("", "?")):
        session.give_up()
        return False
    return True


def understood(
    read: Callable[[str], str],
    say: Callable[[str], None],
    prompt: str,
    wanted: str,
    meaning: Callable[[str], Any],
) -> Any:
    """Ask until what is typed has a meaning, and return that; None is none."""
    while (found := meaning((typed := read(prompt)).strip().lower())) is None:
        what = " ".join(typed.split())
        what = what if len(what) <= 40 else f"{what[:39]}…"
        say(wrapped(f"“{what}” is not understood: {wanted}."))
    return found


def one_of(*words: str) -> Callable[[str], str | None]:
    """Return what finds one of the words in a typed line."""
    return {word: word for word in words}.get


def several(
    session: Session,
    read: Callable[[str], str],
    say: Callable[[str], None],
    prompt: str,
    ends: tuple[str, ...] = (".",),
    mark: str = "> ",
) -> str:
    """Return lines up to one that ends them, or a question mark; what is broken off is kept."""
    say(f"\n{prompt}")
    lines: list[str] = []
    try:
        while True:
            new = read(mark).split("\n")  # a terminal may hand over all that is pasted as one line
            lines += new
            if lines == ["?"]:
                return "?"
            stops = [i for i, part in enumerate(lines) if part.strip() == "."]
            if stops or new[-1].strip() in ends:
                return "\n".join(lines[: stops[0] if stops else -1])
    except Ended as ended:
        session.break_off("\n".join([*lines, ended.half]).rstrip())
        raise


def numbers(text: str, most: int) -> set[int] | None:
    """Return the numbers that were ticked, from 0; None if there is anything else in the text.

    >>> sorted(numbers("1, 3", 4)), sorted(numbers("all", 2)), numbers("", 4), numbers("5", 4)
    ([0, 2], [0, 1], set(), None)
    """
    words = text.replace(",", " ").replace(" and ", " ").split()
    places = {str(place + 1): place for place in range(most)}
    if words == ["all"]:
        return set(places.values())
    return {places[word] for word in words} if set(words) <= set(places) else None


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
