"""The interview in a notebook: what Python answers to each message, without a browser."""

import pytest

from nnlab.interview import diagnostic, interview, memory
from nnlab.interview.items import catalogue
from nnlab.interview.session import Session
from nnlab.interview.widget import Interview, inline

pytestmark = pytest.mark.usefixtures("data")


@pytest.fixture
def widget():
    """Return a function that makes a widget of some cards, begun."""

    def make(*cards, minutes=20):
        items = [catalogue()[card].with_seed(5) for card in cards]
        made = Interview("Test", "Cards.", lambda form: Session(items, minutes))
        made.handle({"do": "start"})
        return made

    return make


def tell(widget, do, **more):
    """Send a message of the page that is shown; return the next page."""
    widget.handle({"do": do, "place": widget.view.get("place")} | more)
    return widget.view


def test_a_question_in_words_from_start_to_report(widget):
    """The answer would be in the page before it is asked for, or never."""
    page = widget("why-sgd")
    asked = page.view

    answered = tell(page, "answer", typed="cheap steps")
    ticked = tell(page, "tick", points=[0, 1, 2])
    end = tell(page, "next")

    assert asked["stage"] == "asked"
    assert asked["running"]
    assert "short" not in asked
    assert (answered["stage"], answered["mark"], answered["running"]) == (
        "answered",
        "again",
        False,
    )
    assert [when for _, _, when in answered["marks"]] == [
        *("tomorrow", "tomorrow", "in 2 days", "in 8 days")
    ]
    assert (ticked["mark"], ticked["points"]) == ("good", [0, 1, 2])
    assert end["stage"] == "end"
    assert "1 question answered, 1 of them well" in end["report"]
    assert [(r.mark, r.answer) for r in memory.reviews()] == [("good", "cheap steps")]


@pytest.mark.parametrize(
    ("card", "typed", "wrote"),
    [
        ("why-sgd", "one <b>\n  two ", "one <b>\n  two"),
        ("why-sgd", " \n", ""),
        ("number-mlp-parameters", {"weights": "", "biases": " 3", "total": "9"}, None),
        ("code:dense_backward", "def dense_backward(): 1", "def dense_backward(): 1"),
    ],
)
def test_what_was_typed_stands_beside_the_answer(widget, card, typed, wrote):
    """The reader would be asked which points were made, with nothing to look at."""
    page = widget(card)

    tell(page, "answer", typed=typed)
    if page.view["stage"] == "asked":
        tell(page, "give up")

    assert page.view["wrote"] == ("biases: 3\ntotal: 9" if wrote is None else wrote)
    if card == "why-sgd":
        assert tell(page, "tick", points=[0])["wrote"] == wrote


def test_a_wrong_number_is_named_and_tried_again(widget):
    """The page would go on, or give the solution away."""
    page = widget("number-mlp-parameters")
    right = page.session.item.task.right

    wrong = tell(page, "answer", typed={"biases": "3", "total": "9"})
    done = tell(page, "answer", typed={"total": str(right["total"])})

    assert wrong["stage"] == "asked"
    assert "A bias for each layer is too few" in wrong["said"]
    assert "solution" not in wrong
    assert done["stage"] == "answered"
    assert done["said"].startswith("total: right")
    assert done["mark"] == "hard"
    assert done["solution"].startswith("weights = ")


@pytest.mark.parametrize("nothing", ["", "abc"])
def test_a_field_that_says_nothing_is_asked_again_and_costs_nothing(widget, nothing):
    """The first answer, right at once, would be marked as a second one."""
    page = widget("number-mlp-parameters")
    right = page.session.item.task.right

    wrong = tell(page, "answer", typed={"total": nothing})
    done = tell(page, "answer", typed={"total": str(right["total"])})

    assert (wrong["stage"], done["mark"]) == ("asked", "easy")
    assert wrong["said"].startswith("total: ")


def test_typed_code_is_judged_and_prints_nothing(widget, capsys):
    """What a learner's code prints would stand in the notebook, below another cell."""
    page = widget("code:dense_backward")

    wrong = tell(page, "answer", typed=page.view["code"])
    done = tell(page, "answer", typed="print('here')\n" + page.session.item.solution)

    assert wrong["said"] == "The function's body isn't written yet."
    assert done["said"].startswith("Right: it passes every case.")
    assert capsys.readouterr() == ("", "")


def test_code_to_repair_is_shown(widget):
    """There would be nothing to repair."""
    page = widget("code:repair_gate")

    assert "def broken_repair_gate" in page.view["broken"]
    assert "def repair_gate" in page.view["code"]


def test_a_second_click_is_passed_over(widget):
    """A double click would skip a question, or end the interview."""
    page = widget("why-sgd", "bottom-line")
    place = page.view["place"]
    tell(page, "answer", typed="")

    for _ in range(2):
        page.handle({"do": "next", "place": place})

    assert (page.view["stage"], page.view["place"]) == ("asked", 1)


@pytest.mark.parametrize(
    "message",
    [
        *({}, {"do": None}, {"do": "dance"}, {"do": "next"}, {"do": "mark", "mark": "good"}),
        *({"do": "tick", "points": [0]}, {"do": "start"}, {"do": "again"}),
    ],
)
def test_what_makes_no_sense_now_is_passed_over(widget, message):
    """A message that comes late would end in an error that nobody sees."""
    page = widget("why-sgd", "bottom-line")
    before = page.view

    page.handle({"place": 0} | message)

    assert page.view == before


def test_the_mark_may_be_changed(widget):
    """The reader knows best what was a guess."""
    page = widget("why-sgd")
    tell(page, "answer", typed="")

    assert tell(page, "mark", mark="easy")["mark"] == "easy"
    assert tell(page, "mark", mark="fine")["mark"] == "easy"


def test_not_knowing_shows_the_answer_and_ending_the_report(widget):
    """The reader would be stuck in a question."""
    page = widget("why-sgd", "bottom-line")

    assert not page.view.get("given_up")
    given_up = tell(page, "give up")
    ticked = tell(page, "tick", points=[0, 1])
    end = tell(page, "end")

    assert (given_up["mark"], given_up["given_up"]) == ("again", True)
    assert ticked == given_up  # nothing was said, so nothing is ticked

    assert end["said"] == "You have ended the interview."
    assert "1 of the plan was not answered" in end["report"]
    assert tell(page, "again")["stage"] == "start"


@pytest.mark.parametrize(
    ("card", "typed", "kept"),
    [
        ("why-sgd", "an update is", ["an update is"]),
        ("why-sgd", "  ", []),
        ("code:dense_backward", None, []),  # what stood there from the start is no answer
        ("number-mse", {"squares": "3", "loss": ""}, ['{"squares": "3", "loss": ""}']),
    ],
)
def test_half_an_answer_is_kept_at_the_end(widget, card, typed, kept):
    """It would be lost, though all is said to be saved at once."""
    page = widget(card)

    tell(page, "end", typed=page.view["code"] if typed is None else typed)

    assert [review.answer for review in memory.reviews()] == kept
    assert {review.mark for review in memory.reviews()} <= {"again"}


def test_the_diagnostic_is_called_one(data):
    """Its button would end an interview, and its plan be a report."""
    page = diagnostic(1)

    tell(page, "start")
    assert page.view["name"] == "diagnostic"
    end = tell(page, "end")

    assert end["said"] == "You have ended the diagnostic."
    assert end["ending"] == "Your reading plan"


def test_a_look_sets_the_clock(widget):
    """A view that is opened later would begin at 0:00."""
    page = widget("why-sgd")
    before = page.view
    page.session._began -= 30

    after = tell(page, "look")

    assert after["seconds"] >= 30
    assert after["n"] > before["n"]


def test_trouble_with_the_file_is_said_once(widget, data):
    """Each page would say that the disk is full."""
    page = widget("why-sgd")
    data.parent.mkdir(exist_ok=True)
    for file in data.iterdir():
        file.unlink()
    data.rmdir()
    data.write_text("a file where the folder should be", "utf-8")

    assert "could not be saved" in tell(page, "answer", typed="")["news"]
    assert "news" not in tell(page, "tick", points=[0])


def test_the_form_decides_what_is_asked():
    """The reader's choice would be passed over."""
    page = interview(20, chapters="07", level=3, seed=1)

    page.handle({"do": "start", "minutes": 10, "level": 1, "chapters": ["10"]})

    assert {item.chapter for item in page.session.items} == {"10"}
    assert {item.difficulty for item in page.session.items} == {1}
    assert page.session.minutes == 10


def test_what_cannot_be_asked_is_said_in_the_page():
    """Start would do nothing, without a word."""
    page = interview(20, kinds="code", seed=1)

    page.handle({"do": "start", "minutes": 5, "level": 2, "chapters": ["01"]})

    assert page.view["stage"] == "start"
    assert "there is no question of kind code" in page.view["said"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"minutes": 0}, "wanted enough for one question"),
        ({"level": 0}, "the level is 0"),
        ({"chapters": "x"}, "no chapter is called 'x'"),
        ({"kinds": "x"}, "no question is of kind 'x'"),
    ],
)
def test_a_wrong_cell_is_said_at_once(wrong, said):
    """The cell would show a widget that can't begin."""
    with pytest.raises(ValueError, match=said):
        interview(**wrong)


def test_not_knowing_has_one_name():
    """The introduction would promise a button that isn't there."""
    assert "Say I don't know where you don't." in diagnostic().intro
    assert Interview._esm.count('"I don’t know"') == 1
    assert "Show the solution" not in Interview._esm


@pytest.mark.parametrize("make", [interview, diagnostic])
def test_without_a_kernel_it_says_what_it_is(make):
    """A page on the web would show an address in memory, other ones each time."""
    page = make()
    data, _ = page._repr_mimebundle_()
    text = data["text/plain"]

    assert text == repr(make())
    assert "0x" not in text
    assert "Run this cell for the live one" in text
    page.handle({"do": "start"})
    assert page._repr_mimebundle_()[0]["text/plain"] == text


def test_formulas_carry_their_latex_and_can_be_read():
    """Without MathJax the reader would see backslashes; with it, nothing to typeset."""
    made = inline(r"`$x$` is code, $\frac{a}{b} < \text{\"c\"}$ no")

    assert made.startswith("<code>$x$</code> is code, <span")
    assert ">a/b &lt; " in made
    assert 'data-tex="\\frac{a}{b} &lt; ' in made
    assert made.count('"') % 2 == 0
