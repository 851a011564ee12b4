"""The question bank: one TOML file for each chapter, read once, and refused with a sentence."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

BANK = Path(__file__).with_name("bank")
WORDS = 45  # in 15 seconds, at three words a second
FILE = re.compile(r"(\d\d)_[a-z0-9_]+\.toml")
ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
KINDS = ("concept", "compare", "derive", "compute", "code", "debug", "manager")


@dataclass(frozen=True)
class Question:
    """A question, its answers, and what an interviewer listens for."""

    chapter: str  # "07", from the name of the file
    id: str
    kind: str  # one of KINDS; "manager": said to someone who doesn't build networks
    difficulty: int  # 1, 2 or 3
    question: str
    short: str  # the answer in 15 seconds
    full: str
    rubric: tuple[str, ...]
    follow_ups: tuple[str, ...]  # ids of other questions, in any chapter
    wrong: str  # the common wrong answer
    why_wrong: str
    source: str
    key: int = 0  # the place among the key questions and the bottom line, 1 to 6


KEYS = [field.name for field in fields(Question) if field.name != "chapter"]
LISTS = {"rubric", "follow_ups"}


def spoken_words(text: str) -> int:
    """Count what is said: a sign that stands alone, such as = or ·, is no word.

    >>> spoken_words("dW = xᵀ dz, and no more")
    6
    """
    return sum(any(letter.isalnum() for letter in word) for word in text.split())


def question_of(entry: dict[str, Any], chapter: str, where: str) -> Question:
    """Return the question that a table of the file describes; ValueError says what is wrong."""
    name = entry.get("id")
    if isinstance(name, str) and name:
        where = f"{where}, question {name!r}"
    unknown = [key for key in entry if key not in KEYS]
    if unknown:
        raise ValueError(
            f"{where}: unknown key {unknown[0]!r}, wanted only {', '.join(KEYS)}: check the name"
        )
    entry = {"key": 0} | entry
    for key in KEYS:
        if key not in entry:
            raise ValueError(f"{where}: {key} is missing: add it, even if it is an empty list")
        refuse_wrong_kind(entry[key], key, where)
    if not ID.fullmatch(entry["id"]):
        raise ValueError(f"{where}: the id must be lower-case words joined by hyphens")
    if entry["kind"] not in KINDS:
        raise ValueError(f"{where}: kind is {entry['kind']!r}, wanted one of {', '.join(KINDS)}")
    if entry["difficulty"] not in (1, 2, 3):
        raise ValueError(f"{where}: difficulty is {entry['difficulty']}, wanted 1, 2 or 3")
    if spoken_words(entry["short"]) > WORDS:
        raise ValueError(
            f"{where}: the short answer has {spoken_words(entry['short'])} words, wanted at most "
            f"{WORDS}, which take 15 seconds: move the rest to full"
        )
    if spoken_words(entry["full"]) <= spoken_words(entry["short"]):
        raise ValueError(
            f"{where}: full is no longer than short: say there what comes when pressed"
        )
    if len(entry["rubric"]) < 2:
        raise ValueError(
            f"{where}: the rubric has {len(entry['rubric'])} points, wanted at least 2: "
            "list what an interviewer listens for"
        )
    if not entry["follow_ups"] and entry["difficulty"] < 3:
        raise ValueError(f"{where}: no follow_ups, and only difficulty 3 may end there: name one")
    return Question(
        chapter=chapter,
        **{key: tidied(entry[key], key) for key in KEYS},
    )


def tidied(value: Any, key: str) -> Any:
    """Return texts without the line breaks of the file; only `full` has paragraphs."""
    if key in LISTS:
        return tuple(" ".join(text.split()) for text in value)
    if key == "full":
        return value.strip()
    return " ".join(value.split()) if isinstance(value, str) else value


def refuse_wrong_kind(value: Any, key: str, where: str) -> None:
    """Raise ValueError unless the value is a number, text or list of texts, as its key wants."""
    if key == "difficulty":
        if type(value) is not int:
            raise ValueError(f"{where}: difficulty is {value!r}, wanted 1, 2 or 3")
        return
    if key == "key":
        if type(value) is not int or not 0 <= value <= 6:
            raise ValueError(f"{where}: key is {value!r}, wanted 1 to 6, or no key")
        return
    if key in LISTS and not isinstance(value, list):
        raise ValueError(f"{where}: {key} is {type(value).__name__}, wanted a list of texts")
    for text in value if key in LISTS else [value]:
        if not isinstance(text, str) or not text.strip():
            raise ValueError(f"{where}: {key} holds {text!r}, wanted a text that isn't empty")
        for mark, said in (("$", "dollar"), ("`", "backtick")):
            if text.count(mark) % 2:
                raise ValueError(f"{where}: {key} has an odd number of {said}s, wanted pairs")


def read(path: Path) -> list[Question]:
    """Return one file's questions; ValueError names the file, the question and what to do."""
    found = FILE.fullmatch(path.name)
    if not found:
        raise ValueError(f"{path.name}: wanted a name such as 07_backpropagation.toml")
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path.name} isn't TOML: {error}") from None
    unknown = [key for key in content if key != "question"]
    if unknown:
        raise ValueError(
            f"{path.name}: unknown key {unknown[0]!r}, wanted only [[question]] tables"
        )
    entries = content.get("question", [])
    if not isinstance(entries, list) or not entries:
        raise ValueError(f"{path.name} has no [[question]] table: write at least one")
    return [
        question_of(entry, found[1], f"{path.name}, number {i}")
        for i, entry in enumerate(entries, start=1)
    ]


def linked(bank: Iterable[Question]) -> dict[str, Question]:
    """Return {id: question}; ValueError for an id that comes twice, or a follow-up to nowhere."""
    found: dict[str, Question] = {}
    for question in bank:
        if question.id in found:
            raise ValueError(
                f"the id {question.id!r} is in chapter {found[question.id].chapter} and again in "
                f"chapter {question.chapter}: rename one"
            )
        found[question.id] = question
    for question in found.values():
        for other in question.follow_ups:
            if other not in found or other == question.id:
                said = "itself" if other == question.id else "no question of the bank"
                raise ValueError(
                    f"chapter {question.chapter}, question {question.id!r}: the follow-up "
                    f"{other!r} is {said}: give another question's id"
                )
    return found


@cache
def questions(folder: Path = BANK) -> dict[str, Question]:
    """Return the whole bank as {id: question}, chapter by chapter, each in its file's order."""
    return linked(question for path in sorted(folder.glob("*.toml")) for question in read(path))
