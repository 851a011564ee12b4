"""The question bank: the committed one is in order, and everything else is refused, by name."""

import collections
import dataclasses
import html.parser
import itertools
import re
import tomllib

import pytest

from nnlab.interview import questions, say_it
from nnlab.interview.__main__ import main
from nnlab.interview.questions import (
    BANK,
    KINDS,
    WORDS,
    Question,
    linked,
    question_of,
    read,
    spoken_words,
)

GOOD = {
    "id": "why-backwards",
    "kind": "concept",
    "difficulty": 2,
    "question": "Why backwards?",
    "short": "One loss, many weights.",
    "full": "One loss and many weights, so one sweep from the loss gives all of them.",
    "rubric": ["one output", "many inputs"],
    "follow_ups": ["what-is-it"],
    "wrong": "The error arises there.",
    "why_wrong": "That is a picture, not a reason.",
    "source": "A book, chapter 3.",
}
OTHER = GOOD | {"id": "what-is-it", "follow_ups": ["why-backwards"]}


def toml_of(*entries: dict) -> str:
    """Write entries as a bank file has them: Python's texts, numbers and lists are TOML's."""
    return "\n".join(
        "[[question]]\n"
        + "\n".join(f"{k} = {v!r}" for k, v in entry.items() if v is not None)
        + "\n"
        for entry in entries
    )


@pytest.fixture
def bank(tmp_path):
    """Return a function that writes a bank of files and reads it as the library does."""

    def make(**files: str) -> dict:
        for name, text in files.items():
            (tmp_path / f"{name}.toml").write_text(text, "utf-8")
        return questions(tmp_path)

    return make


def test_the_committed_bank_is_valid():
    """A page of a chapter would end in an error in front of the learner."""
    assert main(["bank"]) == 0


@pytest.mark.parametrize("path", sorted(BANK.glob("*.toml")), ids=lambda path: path.stem)
def test_every_chapter_has_ten_questions_from_easy_to_hard(path):
    """A chapter without its hardest question doesn't prepare for the one that decides."""
    levels = [question.difficulty for question in read(path)]

    assert len(levels) >= 10
    assert levels == sorted(levels)
    assert set(levels) == {1, 2, 3}


@pytest.mark.parametrize("path", sorted(BANK.glob("*.toml")), ids=lambda path: path.stem)
def test_nothing_is_said_as_if_it_were_easy(path):
    """A reader who is told that a thing is obvious, and doesn't see it, stops reading."""
    found = re.findall(r"\b(simply|obviously|trivially|of course)\b", path.read_text("utf-8"))

    assert found == []


def test_a_good_bank_is_read_in_order(bank):
    """Questions in another order than their file's would break the numbers on the page."""
    found = bank(**{"07_topic": toml_of(GOOD, OTHER), "08_next": toml_of(OTHER | {"id": "x"})})

    assert list(found) == ["why-backwards", "what-is-it", "x"]
    assert [question.chapter for question in found.values()] == ["07", "07", "08"]
    assert found["why-backwards"].rubric == ("one output", "many inputs")


KEY = {  # in the order of an interview
    "why-training-is-complex": "Why is training complex?",
    "what-is-backpropagation": "What is backpropagation?",
    "why-sgd": "Why SGD rather than plain gradient descent?",
    "what-mathematics-enables-training": "What mathematics enables training?",
    "losses-same-as-classical": "Do networks use other losses than classical models?",
    "bottom-line": "Give me the bottom line: how is a neural network trained?",
}


@pytest.mark.parametrize(("key", "asked"), KEY.items(), ids=list(KEY))
def test_the_key_questions_are_marked(key, asked):
    """The five questions of every interview, and the bottom line, are rehearsed first."""
    question = questions()[key]

    assert question.key == list(KEY).index(key) + 1
    assert question.question == asked


def test_nothing_else_is_a_key_question():
    """Where everything is marked, nothing is."""
    key = {question.id for question in questions().values() if question.key}

    assert key == set(KEY)


def test_there_are_enough_questions_of_every_kind():
    """Whoever wants to rehearse code alone would meet the same three questions every day."""
    found = collections.Counter(question.kind for question in questions().values())

    assert found.total() >= 250
    assert set(found) == set(KINDS)
    assert min(found.values()) >= 10


UNSAID = """a an and are as at be both but by do does each for from how i if in is it its no not of
on one or so than that the this to what which why with you your"""
ALIKE = 1 / 3  # questions of the bank share at most 0.31, the copies below 0.44 or more


def said(question: Question) -> set[str]:
    """Return the words of a question and its short answer, cut to six letters, without UNSAID."""
    text = f"{question.question} {question.short}".lower()
    return {word[:6] for word in re.findall(r"[^\W_]+", text) if word not in UNSAID.split()}


def doubles(bank) -> list[tuple[str, str]]:
    """Return pairs of ids that ask in the same words, or share too many words with the answer."""
    words = {question: said(question) for question in bank}
    return [
        (a.id, b.id)
        for a, b in itertools.combinations(words, 2)
        if a.question.lower() == b.question.lower()
        or len(words[a] & words[b]) > ALIKE * len(words[a] | words[b])
    ]


def test_no_question_is_asked_twice():
    """A question in other words counts as rehearsed twice, and takes the place of a new one."""
    assert doubles(questions().values()) == []


COPIES = {  # each was in the bank beside the question that is its key here
    "why-training-is-complex": (
        "Why is training a neural network more complex than training a classical model?",
        "Because of the number of parameters. With 20 features, logistic regression has 21; a "
        "network with two hidden layers of ten has 331; large ones have billions. And the loss is "
        "not convex in them.",
    ),
    "what-mathematics-enables-training": (
        "Which mathematics makes training possible?",
        "Partial derivatives and the chain rule. A partial derivative says how the loss changes "
        "when one weight moves a little; all of them form the gradient. The chain rule computes "
        "them through nested functions.",
    ),
    "losses-same-as-classical": (
        "Do neural networks use other loss functions than traditional machine learning?",
        "No. Log loss, softmax loss and mean squared error are those of logistic, multinomial and "
        "linear regression. What changes is the model: with a hidden layer the same loss is no "
        "longer convex in the weights.",
    ),
    "universal-approximation": (
        "One hidden layer can approximate any function. So why do we build deep networks?",
        "The theorem says that weights exist, for continuous functions on a bounded set and "
        "enough units. It doesn't say how many, nor that training finds them, nor that they "
        "generalise. Depth can need exponentially fewer units.",
    ),
    "validation-below-training": (
        "Your validation loss is lower than your training loss. Is that a bug?",
        "Often not. The training loss is averaged during the epoch, with dropout, augmentation "
        "and penalty on; validation comes afterwards without them. I evaluate both parts in the "
        "same way, then compare.",
    ),
}


@pytest.mark.parametrize(("id", "copy"), COPIES.items(), ids=list(COPIES))
def test_a_question_in_other_words_is_found(id, copy):
    """The check would pass whatever the bank holds."""
    asked, short = copy
    planted = dataclasses.replace(questions()[id], id="planted", question=asked, short=short)

    assert doubles([*questions().values(), planted]) == [(id, "planted")]


def test_the_same_wording_with_another_answer_is_found():
    """A card that asks what another asks would be marked by an answer that it doesn't want."""
    question = questions()["what-is-momentum"]
    planted = dataclasses.replace(question, id="planted", short="Mass times velocity.")

    assert doubles([question, planted]) == [("what-is-momentum", "planted")]


def test_line_breaks_of_the_file_are_no_line_breaks_of_the_answer():
    """Where an author wraps a line would otherwise show in what is said."""
    entry = GOOD | {
        "short": "One\nloss,\n many weights.",
        "full": "One.\n\nTwo, three and four and",
    }

    question = question_of(entry, "07", "here")

    assert question.short == "One loss, many weights."
    assert question.full.count("\n") == 2


LONG = " ".join(["word"] * (WORDS + 1))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"shrot": "x"}, "unknown key 'shrot'"),
        ({"source": None}, "source is missing"),
        ({"short": ""}, "short holds ''"),
        ({"short": 3}, "short holds 3"),
        ({"short": LONG, "full": LONG + LONG}, f"has {WORDS + 1} words"),
        ({"full": "Too short."}, "no longer than short"),
        ({"rubric": []}, "rubric has 0 points"),
        ({"rubric": ["one"]}, "rubric has 1 points"),
        ({"rubric": ["one", " "]}, "rubric holds ' '"),
        ({"rubric": "one"}, "rubric is str"),
        ({"follow_ups": []}, "no follow_ups"),
        ({"difficulty": 4}, "difficulty is 4"),
        ({"kind": None}, "kind is missing"),
        ({"kind": "quiz"}, "kind is 'quiz', wanted one of concept"),
        ({"key": 7}, "key is 7, wanted 1 to 6, or no key"),
        ({"key": "1"}, "key is '1', wanted 1 to 6, or no key"),
        ({"difficulty": "2"}, "difficulty is '2'"),
        ({"id": "Why Backwards"}, "lower-case words"),
        ({"id": ""}, "id holds ''"),
        ({"wrong": "half of $x"}, "odd number of dollars"),
        ({"why_wrong": "half of `x"}, "odd number of backticks"),
    ],
    ids=lambda value: value if isinstance(value, str) else ",".join(value),
)
def test_a_bad_question_is_refused_with_its_file_and_number(bank, change, said):
    """An author who isn't told which question is wrong has to look for it among two hundred."""
    entry = {key: value for key, value in (GOOD | change).items() if value is not None}

    with pytest.raises(ValueError, match=re.escape(said)) as refused:
        bank(**{"07_topic": toml_of(OTHER, entry)})

    assert str(refused.value).startswith("07_topic.toml, number 2")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"07_topic": toml_of(GOOD, OTHER, GOOD)}, "'why-backwards' is in chapter 07 and again"),
        ({"07_a": toml_of(GOOD, OTHER), "08_b": toml_of(GOOD)}, "again in chapter 08"),
        ({"07_topic": toml_of(GOOD)}, "the follow-up 'what-is-it' is no question"),
        ({"07_topic": toml_of(GOOD | {"follow_ups": ["why-backwards"]})}, "is itself"),
        ({"07_topic": ""}, "no [[question]] table"),
        ({"07_topic": "x = 1"}, "unknown key 'x'"),
        ({"07_topic": "x = "}, "isn't TOML"),
        ({"07_topic": "question = 3"}, "no [[question]] table"),
        ({"topic": toml_of(GOOD)}, "wanted a name such as 07_backpropagation.toml"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_bad_bank_is_refused(bank, files, said):
    """A link to nowhere or an id that means two questions would show only in an interview."""
    with pytest.raises(ValueError, match=re.escape(said)):
        bank(**files)


def test_the_command_says_what_is_wrong(monkeypatch, capsys):
    """An author would get a stack of ours instead of a sentence."""
    monkeypatch.setattr("nnlab.interview.__main__.questions", lambda: linked([GOOD_QUESTION] * 2))

    code = main(["bank"])

    assert code == 1
    assert capsys.readouterr().out.startswith("the id 'why-backwards' is in chapter 07")


GOOD_QUESTION = question_of(GOOD, "07", "here")


@pytest.mark.parametrize(
    ("text", "words"), [("dz = (p − y) / m", 4), ("", 0), ("— one – two", 2), ("x·w", 1)]
)
def test_signs_alone_are_no_words(text, words):
    """The limit of 15 seconds is about what is said."""
    assert spoken_words(text) == words


# --- the page -----------------------------------------------------------------------------------


class Outline(html.parser.HTMLParser):
    """Collect a page's tags, and the text that stands outside all folds."""

    VOID = frozenset({"br", "hr", "img"})

    def __init__(self, page: str) -> None:
        """Parse the page; AssertionError if a tag isn't closed, or is closed twice."""
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.unfolded = ""
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        """Open a tag."""
        self.seen.append(tag)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        """Close the tag that was opened last."""
        assert self.open.pop() == tag

    def handle_data(self, data):
        """Keep what a reader sees before opening anything."""
        if self.open.count("details") <= 1 and (
            "details" not in self.open or "summary" in self.open
        ):
            self.unfolded += data


def test_answers_are_folded_until_asked_for():
    """A reader who sees the answer first hasn't tried to say it."""
    chapter = [question for question in questions().values() if question.chapter == "07"]

    page = Outline(say_it("07")._repr_html_())

    for question in chapter:
        assert question.question.replace("`", "") in page.unfolded
        assert question.short not in page.unfolded
        assert question.source not in page.unfolded


def test_the_page_has_only_what_an_untrusted_notebook_may_show():
    """JupyterLab drops scripts, styles and unknown tags from a notebook that wasn't run here."""
    page = Outline(say_it("07")._repr_html_())

    assert set(page.seen) <= {
        *("details", "summary", "p", "ul", "li", "blockquote"),
        *("strong", "em", "code", "small"),
    }


def test_the_page_says_everything_that_the_bank_holds():
    """A field that is written and never shown is work for nobody."""
    text = repr(say_it("07", 3))
    shown = " ".join(text.split())
    question = say_it("07", 3).found[2]

    assert question.id == "dense-backward"
    for part in (question.question, question.short, question.wrong, question.why_wrong):
        assert part in shown
    for part in (*question.rubric, question.source):
        assert part in shown
    for other in question.follow_ups:
        assert questions()[other].question in shown
    assert max(map(len, text.splitlines())) <= 88


def test_less_than_and_ampersand_survive():
    """`a < b & c` in an answer would be read as markup."""
    page = say_it("07")
    entry = GOOD | {"short": "`a < b` & $x < y$", "follow_ups": ["dense-backward"]}
    question = question_of(entry, "07", "here")

    shown = page.html_of(1, question)

    assert "<code>a &lt; b</code> &amp; $x &lt; y$" in shown


def test_a_page_is_the_same_every_time():
    """nbval compares it."""
    assert say_it("07")._repr_html_() == say_it(7)._repr_html_()
    assert repr(say_it("07")) == repr(say_it(7))
    assert "0x" not in repr(say_it("07"))


def test_the_key_questions_stand_on_one_page():
    """The page that is read in the train to the interview would be spread over six chapters."""
    page = say_it("key")

    assert [question.id for question in page.found] == list(KEY)
    assert repr(page).startswith("The key questions: ")
    assert repr(say_it("key", 6)).startswith("6. ")
    assert page._repr_html_().count("In 15 seconds") == 6


@pytest.mark.parametrize("number", [1, 2])
def test_a_number_shows_that_question_alone(number):
    """Asking for one answer would give away all the others."""
    page = say_it("07", number)

    assert page._repr_html_().count("In 15 seconds") == 1
    assert repr(page).startswith(f"{number}. ")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("99",), "wanted one that has questions"),
        (("seven",), "'seven'"),
        (("07", 0), "wanted a number in 1 … "),
        (("07", 99), "wanted a number in 1 … "),
        (("07", True), "True"),
        (("07", "1"), "'1'"),
    ],
)
def test_what_is_not_there_is_refused(arguments, said):
    """Question 0 would silently be the last one."""
    with pytest.raises(ValueError, match=re.escape(said)):
        say_it(*arguments)


def test_bank_files_are_plain_toml():
    """An instructor may read the bank with anything."""
    for path in BANK.glob("*.toml"):
        assert tomllib.loads(path.read_text("utf-8"))["question"]
