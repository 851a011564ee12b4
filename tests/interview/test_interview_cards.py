"""Cards keep their ids, their formulas are MathJax, and nothing in a text breaks a file."""

import csv
import html.parser
import json
import re
import sqlite3
import sys
import tempfile
import zipfile
from contextlib import closing
from dataclasses import replace

import pytest

from nnlab.interview import cards
from nnlab.interview.questions import questions

HARD = {
    "question": 'Is `a<b` & $x < y$ "right",\tor *not*?',
    "short": "Yes, since $\\frac{\\partial L}{\\partial w} > 0$; `$5` is money.",
    "full": "One, two.\n\n- a\n- b, with $a*b*c$\n\n#separator:x",
    "rubric": ("says {{c1::so}}", "and <script>alert(1)</script>"),
    "wrong": 'He said: "no".',
}


def hard():
    """Return a question whose texts hold all that means something in HTML, Anki or a table."""
    return replace(next(iter(questions().values())), id="hard", **HARD)


class Tags(html.parser.HTMLParser):
    """Collect the tags that a browser would see, and fail on one that isn't closed."""

    def __init__(self, text):
        """Parse the text."""
        super().__init__()
        self.seen, self.open = set(), []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        """Open a tag."""
        self.seen.add(tag)
        self.open.append(tag)

    def handle_endtag(self, tag):
        """Close the tag that was opened last."""
        assert self.open.pop() == tag


def rows_of(path, separator):
    """Return a table's settings and its rows, as Anki reads them."""
    lines = path.read_text("utf-8").split("\n")
    settings = [line for line in lines if line.startswith("#")]
    rows = csv.reader(lines[len(settings) : -1], delimiter=separator, strict=True)
    return settings, list(rows)


def notes_of(path):
    """Return a deck's notes, models and decks, as its SQLite file holds them."""
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(path) as package:
        assert package.testzip() is None
        assert json.loads(package.read("media")) == {}
        database = package.extract("collection.anki2", folder)
        with closing(sqlite3.connect(database)) as connection:
            notes = connection.execute("SELECT guid, mid, flds, tags FROM notes").fetchall()
            (cards,) = connection.execute("SELECT COUNT(*) FROM cards").fetchone()
            models, decks = connection.execute("SELECT models, decks FROM col").fetchone()
    assert cards == len(notes)
    return notes, json.loads(models), json.loads(decks)


def test_every_question_is_a_card_with_sound_html():
    """A card would show its tags, or run what stands in an answer."""
    for card in [*cards.cards(), cards.card_of(hard())]:
        for side in (card.front, card.back):
            assert Tags(side).seen <= {"p", "b", "em", "code", "ul", "li", "small"}
            assert "\n" not in side
    assert len(cards.cards()) == len(questions())


def test_formulas_are_mathjax():
    """Anki would show dollars and backslashes."""
    card = cards.card_of(hard())

    assert r"\(x &lt; y\)" in card.front
    assert "<code>a&lt;b</code>" in card.front
    assert r"\(\frac{\partial L}{\partial w} &gt; 0\); <code>$5</code> is money." in card.back
    assert r"\(a*b*c\)" in card.back
    for card in cards.cards():
        outside = re.sub(r"<code>.*?</code>", "", card.front + card.back)
        assert "$" not in outside
        assert outside.count(r"\(") == outside.count(r"\)")


def test_a_card_holds_all_that_the_bank_says_of_it():
    """What an interviewer listens for would be missing on the card."""
    question = questions()["what-is-backpropagation"]

    card = cards.card_of(question)

    text = re.sub(r"<[^>]+>", "", card.front + card.back)
    for part in (question.short, question.source, question.why_wrong, question.rubric[0]):
        assert part.replace("*", "") in text
    assert card.tags[:2] == ("chapter::07", "difficulty::1")
    assert not any(" " in tag for tag in card.tags)


def test_ids_never_change():
    """A learner's second import would double every card, and lose what Anki knows of it."""
    card = cards.card_of(questions()["what-is-backpropagation"])

    assert card.guid == "backprop-by-heart/what-is-backpropagation"
    assert (cards.DECK, cards.MODEL) == (1704283969, 1389061127)
    assert len({card.guid for card in cards.cards()}) == len(questions())


def test_a_new_answer_keeps_its_id():
    """A corrected question would come as a new card beside the old one."""
    question = questions()["what-is-backpropagation"]

    corrected = cards.card_of(replace(question, short="Shorter.", question="What's backprop?"))

    assert corrected.guid == cards.card_of(question).guid


@pytest.mark.parametrize(("ending", "separator"), [(".tsv", "\t"), (".csv", ",")])
def test_a_table_is_read_back_whole(tmp_path, monkeypatch, ending, separator):
    """A comma, a quote or a tab in an answer would shift the columns."""
    found = [*cards.cards(), cards.card_of(hard())]
    monkeypatch.setattr(cards, "cards", lambda chapters: found)
    path = tmp_path / f"deck{ending}"

    said = cards.write(path)

    settings, rows = rows_of(path, separator)
    assert said == f"Wrote {len(found)} cards to {path}: in Anki, File > Import."
    assert settings == [
        f"#separator:{'Tab' if ending == '.tsv' else 'Comma'}",
        "#html:true",
        "#notetype:Backprop by Heart",
        "#deck:Backprop by Heart",
        f"#columns:{separator.join(('GUID', 'Front', 'Back', 'Tags'))}",
        "#guid column:1",
        "#tags column:4",
    ]
    assert rows == [[card.guid, card.front, card.back, " ".join(card.tags)] for card in found]


def test_the_same_bank_gives_the_same_table(tmp_path):
    """Nobody could tell what has changed between two versions."""
    cards.write(tmp_path / "one.tsv")
    cards.write(tmp_path / "two.tsv")

    assert (tmp_path / "one.tsv").read_bytes() == (tmp_path / "two.tsv").read_bytes()


def test_chapters_may_be_chosen(tmp_path):
    """Someone who has read one chapter would get cards about all."""
    path = tmp_path / "deck.tsv"

    cards.write(path, ["07"])

    rows = rows_of(path, "\t")[1]
    assert {row[3].split()[0] for row in rows} == {"chapter::07"}
    with pytest.raises(ValueError, match="chapter '99', wanted chapters that have questions: 01, "):
        cards.write(path, ["07", "99"])


def test_a_deck_holds_the_cards(tmp_path, monkeypatch):
    """Anki would refuse the file, or show empty cards."""
    pytest.importorskip("genanki", reason="genanki is an extra: requirements/anki.txt")
    found = [*cards.cards(), cards.card_of(hard())]
    monkeypatch.setattr(cards, "cards", lambda chapters: found)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    path = tmp_path / "deck.apkg"

    cards.write(path)

    notes, models, decks = notes_of(path)
    assert [file.name for file in tmp_path.iterdir()] == ["deck.apkg"]
    assert notes == [
        (
            card.guid,
            cards.MODEL,
            f"{card.front}\x1f{card.back}",
            f" {' '.join(card.tags)} ",
        )
        for card in found
    ]
    assert models[str(cards.MODEL)]["tmpls"][0]["qfmt"] == "{{Front}}"
    assert decks[str(cards.DECK)]["name"] == "Backprop by Heart"


def test_a_second_deck_updates_the_first(tmp_path):
    """A second import would double every card."""
    pytest.importorskip("genanki", reason="genanki is an extra: requirements/anki.txt")
    decks = []
    for name in ("one.apkg", "two.apkg"):
        cards.write(tmp_path / name, ["07"])
        notes, models, _ = notes_of(tmp_path / name)
        decks.append(([note[:2] for note in notes], sorted(models)))

    assert decks[0] == decks[1]


def test_without_genanki_a_table_is_offered(tmp_path, monkeypatch):
    """Someone without the extra would get a traceback."""
    monkeypatch.setitem(sys.modules, "genanki", None)

    with pytest.raises(ValueError, match=r"needs genanki: run pip install .*, or write \.tsv"):
        cards.write(tmp_path / "deck.apkg")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["deck", "deck.txt", "deck.APKG.zip"])
def test_another_ending_is_refused(tmp_path, name):
    """A file that Anki can't read would be written."""
    with pytest.raises(ValueError, match=r"wanted a name in \.apkg, \.tsv, \.csv"):
        cards.write(tmp_path / name)


def test_a_folder_that_is_not_there_is_said(tmp_path):
    """A mistyped path would end in a traceback."""
    with pytest.raises(ValueError, match="can't be written: No such file"):
        cards.write(tmp_path / "nowhere" / "deck.csv")
