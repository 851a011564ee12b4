"""The question bank as flash cards: an Anki deck, or a table that Anki and spreadsheets read.

A card keeps its id for good, so that importing a newer deck or table updates the cards and leaves
alone what Anki knows of the learner. Formulas become MathJax, which Anki renders by itself.
"""

from __future__ import annotations

import csv
import html
import itertools
import re
import sqlite3
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from nnlab.interview.page import MARKUP, blocks
from nnlab.interview.questions import Question, questions

NAME = "Backprop by Heart"
DECK, MODEL = 1704283969, 1389061127  # drawn once: Anki knows the deck and the cards' form by them
STYLE = """.card { font: 18px/1.5 sans-serif; max-width: 42em; margin: 0 auto; text-align: left; }
code { font-size: 90%; }"""
# Anki puts a column into the field of that very name, in its own "Basic" form too.
HEAD = ("GUID", "Front", "Back", "Tags")


@dataclass(frozen=True)
class Card:
    """A question on one side, its answers on the other, both HTML."""

    guid: str
    front: str
    back: str
    tags: tuple[str, ...]


def inline(text: str) -> str:
    r"""Return HTML: `code`, *emphasis*, and formulas between \( and \).

    >>> print(inline("*so* $x < y$ in `a<b`"))
    <em>so</em> \(x &lt; y\) in <code>a&lt;b</code>
    """

    def tagged(found: re.Match) -> str:
        math, code, emphasis = found.groups()
        if math:
            return rf"\({math[1:-1]}\)"
        return f"<code>{code}</code>" if code else f"<em>{emphasis}</em>"

    return MARKUP.sub(tagged, html.escape(text, quote=False))


def html_of(text: str) -> str:
    """Return a text's paragraphs and lists as HTML on one line."""
    return "".join(
        bullets(block) if isinstance(block, list) else f"<p>{inline(block)}</p>"
        for block in blocks(text)
    )


def bullets(items: Iterable[str]) -> str:
    """Return an HTML list on one line."""
    return f"<ul>{''.join(f'<li>{inline(item)}</li>' for item in items)}</ul>"


def card_of(question: Question) -> Card:
    """Return a question's card: the short answer first, then what comes when pressed."""
    back = (
        f"<p><b>{inline(question.short)}</b></p>{html_of(question.full)}"
        f"<p>An interviewer listens for:</p>{bullets(question.rubric)}"
        f"<p>Commonly said: “{inline(question.wrong)}” {inline(question.why_wrong)}</p>"
        f"<p><small>{inline(question.source)}</small></p>"
    )
    tags = (f"chapter::{question.chapter}", f"difficulty::{question.difficulty}")
    tags += (f"kind::{question.kind}", *(("key",) if question.key else ()))
    return Card(f"backprop-by-heart/{question.id}", inline(question.question), back, tags)


def cards(chapters: Iterable[str] = ()) -> list[Card]:
    """Return the cards of some chapters, or of all; ValueError for a chapter without questions."""
    bank, wanted = questions().values(), set(chapters)
    if unknown := wanted - {question.chapter for question in bank}:
        known = ", ".join(sorted({question.chapter for question in bank}))
        raise ValueError(
            f"cards got chapter {min(unknown)!r}, wanted chapters that have questions: {known}"
        )
    return [card_of(question) for question in bank if not wanted or question.chapter in wanted]


def write(path: str | Path, chapters: Iterable[str] = ()) -> str:
    """Write cards as .apkg (needs genanki), .tsv or .csv; return what to say, or ValueError."""
    path = Path(path)
    if path.suffix not in WRITERS:
        raise ValueError(f"cards got the file {path}, wanted a name in {', '.join(WRITERS)}")
    found = cards(chapters)
    try:
        WRITERS[path.suffix](found, path)
    except OSError as error:
        raise ValueError(f"{path} can't be written: {error.strerror}") from None
    return f"Wrote {len(found)} cards to {path}: in Anki, File > Import."


def write_table(found: list[Card], path: Path, separator: str, name: str) -> None:
    """Write a table whose first lines tell Anki what is in which column."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(f"#separator:{name}\n#html:true\n#notetype:{NAME}\n#deck:{NAME}\n")
        file.write(f"#columns:{separator.join(HEAD)}\n#guid column:1\n#tags column:4\n")
        rows = csv.writer(file, delimiter=separator, lineterminator="\n")
        rows.writerows((card.guid, card.front, card.back, " ".join(card.tags)) for card in found)


def write_deck(found: list[Card], path: Path) -> None:
    """Write an Anki deck; ValueError if genanki isn't installed."""
    try:
        import genanki
    except ImportError:
        raise ValueError(
            "an Anki deck needs genanki: run pip install -r requirements/anki.txt, or write .tsv, "
            "which Anki imports too"
        ) from None
    answer = "{{FrontSide}}<hr id=answer>{{Back}}"
    model = genanki.Model(
        MODEL,
        NAME,
        fields=[{"name": "Front"}, {"name": "Back"}],
        templates=[{"name": "Card", "qfmt": "{{Front}}", "afmt": answer}],
        css=STYLE,
    )
    deck = genanki.Deck(DECK, NAME)
    for card in found:
        deck.add_note(
            genanki.Note(model, [card.front, card.back], guid=card.guid, tags=list(card.tags))
        )
    # genanki's own write_to_file leaves a temporary file behind each time.
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder, "collection.anki2")
        now = time.time()  # Anki updates a card that it has if this one is newer
        with closing(sqlite3.connect(database)) as connection, connection:
            numbers = itertools.count(int(1000 * now))
            genanki.Package(deck).write_to_db(connection.cursor(), now, numbers)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
            package.write(database, "collection.anki2")
            package.writestr("media", "{}")


WRITERS: dict[str, Callable[[list[Card], Path], None]] = {
    ".apkg": write_deck,
    ".tsv": lambda found, path: write_table(found, path, "\t", "Tab"),
    ".csv": lambda found, path: write_table(found, path, ",", "Comma"),
}
