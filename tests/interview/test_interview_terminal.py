"""The interview in a terminal: scripted, interrupted, killed; and the commands around it."""

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest

from nnlab import store
from nnlab.interview import memory
from nnlab.interview.__main__ import main
from nnlab.interview.formulas import spoken
from nnlab.interview.items import catalogue
from nnlab.interview.session import Session, started
from nnlab.interview.terminal import hold

pytestmark = pytest.mark.usefixtures("data")

RIGHT = "def dense_backward(dz, x, W):\n\n    return dz @ W.T, x.T @ dz, dz.sum(axis=0)"


def told(lines, *cards, minutes=20):
    """Hold an interview of some cards with typed lines; return what is written."""
    written, typed = [], iter(lines)

    def read(prompt):
        written.append(prompt)
        line = next(typed, EOFError)
        if isinstance(line, type):
            raise line
        return line

    session = Session([catalogue()[card].with_seed(5) for card in cards], minutes)
    hold(session, read, written.append)
    assert next(typed, None) is None, "not all was asked for"
    return "\n".join(written)


def command(*arguments, stdin=""):
    """Run the command as a reader does."""
    ran = subprocess.run(
        [sys.executable, "-m", "nnlab.interview", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        env=os.environ | {"PYTHONUTF8": "1"},
    )
    assert ran.stderr == ""
    return ran


def test_a_question_in_words_from_asking_to_marking():
    """The reader would see the answer before the question was answered, or no rubric at all."""
    said = told(["an update costs little", "", "1, 2 4", ""], "why-sgd")
    source = catalogue()["why-sgd"].source

    flat = " ".join(said.split())
    assert flat.index(source.question) < flat.index("Your answer") < flat.index(source.short)
    assert all(spoken(point) in flat for point in source.rubric)
    assert "Marked good" in said
    assert "1 question answered, 1 of them well" in said
    assert memory.reviews()[0].answer == "an update costs little"


@pytest.mark.parametrize("end", [["one", "two", ""], ["one", "two", "."]])
def test_an_answer_may_have_many_lines(end):
    """Only the first line would be kept."""
    told([*end, "", "easy"], "why-sgd")

    assert [(r.answer, r.mark) for r in memory.reviews()] == [("one\ntwo", "easy")]


def test_a_numeric_task_is_judged_line_by_line_and_tried_again():
    """The reader would be told "wrong" and no more."""
    right = catalogue()["number-mlp-parameters"].with_seed(5).task.right
    weights, total = f"{right['weights']:,}", str(right["total"])

    said = told([weights, "3", "", "", "", total, ""], "number-mlp-parameters")

    assert "biases: not right. A bias for each layer is too few" in " ".join(said.split())
    assert said.count(f"weights: {weights}\n") == 1  # what is right isn't asked again
    assert f"total: right, {int(total):,}." in said
    assert "Only the last line is needed, exactly; the others show" in said
    assert "Worked solution:" in said
    assert memory.reviews()[0].mark == "hard"


@pytest.mark.parametrize("nothing", ["", "abc"])
def test_a_line_that_says_nothing_is_asked_again_and_costs_nothing(nothing):
    """The first answer, right at once, would be marked as a second one."""
    total = str(catalogue()["number-mlp-parameters"].with_seed(5).task.right["total"])

    said = told(["", "", nothing, "", "", "", total, ""], "number-mlp-parameters")

    assert ("total: no answer" if not nothing else "'abc' can't be read") in said
    assert "Marked easy" in said


def test_not_knowing_is_offered_by_its_name():
    """A question mark would be read as a call for help."""
    assert "? says: I don't know." in " ".join(told(["?", ""], "why-sgd").split())


def test_not_knowing_shows_the_worked_solution():
    """A question mark would be judged as a number."""
    said = told(["?", ""], "number-mlp-parameters")

    assert "Worked solution:\n    weights = " in said
    assert memory.reviews()[0].mark == "again"


def test_code_is_typed_tried_again_and_judged():
    """A reader without an editor could not answer, or an empty line would end the function."""
    wrong = RIGHT.replace("x.T @ dz,", "dz.T @ x,")

    said = told([*wrong.splitlines(), ".", "", *RIGHT.splitlines(), ".", ""], "code:dense_backward")

    assert "raise NotImplementedError" in said
    assert "Not right yet: dense_backward" in said
    assert "Right: it passes every case." in said
    assert memory.reviews()[0].answer == RIGHT
    assert memory.reviews()[0].mark == "hard"


def test_the_solution_of_code_is_shown_when_asked():
    """Somebody who is stuck would stay so."""
    said = told(["pass", ".", "?", ""], "code:repair_gate")

    assert "broken_repair_gate" in said
    assert "np.maximum(z1, 0)" in said


@pytest.mark.parametrize(
    "typed",
    [
        *("5", "0", "ans", "x = 1", "?", ".", "1-2", "1,2,5", "a", "9" * 5000, "1\n2 x"),
        "def adam_step(theta, beta1, beta2):",
    ],
)
def test_ticks_that_make_no_sense_are_asked_for_again(typed):
    """Digits in a line of code would be a mark, and a slip would be "again"."""
    said = told(["cheap steps", "", typed, "1, 2 and 3", ""], "why-sgd")

    assert said.count("Their numbers, all, or Enter for none: ") == 2
    flat = " ".join(said.split())
    assert "is not understood: type numbers from 1 to 4 such as 1, 3; all; or Enter" in flat
    assert said.count("Marked ") == 1
    assert "Marked good" in said
    assert len(max(said.splitlines(), key=len)) <= 100


@pytest.mark.parametrize("typed", ["perfect", ".", "?", "3", "def f(x):"])
def test_a_mark_that_makes_no_sense_is_asked_for_again(typed):
    """A mark that was misspelt would be lost, and the next question be there."""
    told(["cheap steps", "", "all", typed, "Hard "], "why-sgd")

    assert [review.mark for review in memory.reviews()] == ["hard"]


@pytest.mark.parametrize("typed", ["426", "no", "."])
def test_what_is_typed_too_early_is_no_wish_for_the_solution(typed):
    """An answer typed one line too soon would show the solution, and count as not known."""
    total = str(catalogue()["number-mlp-parameters"].with_seed(5).task.right["total"])

    said = told(["", "", "9", typed, "", "", "", total, ""], "number-mlp-parameters")

    assert f"“{typed}” is not understood: Enter" in " ".join(said.split())
    assert "Marked hard" in said


@pytest.mark.parametrize("end", [EOFError, KeyboardInterrupt])
def test_an_end_at_any_prompt_gives_the_report(end):
    """Ctrl-C would show a stack of ours, and the answers so far be out of sight."""
    lines = ["x", "", "1 2 3", "", "y", ""]
    for n in range(len(lines) + 1):
        said = told([*lines[:n], end], "why-sgd", "bottom-line")

        assert "You have ended the interview." in said
        asked = (n >= 1) + (n >= 5)  # half an answer is kept too
        head = f"{asked} question{'s' * (asked > 1)} answered" if asked else "Nothing was answered."
        assert said.split("You have ended the interview.")[1].strip().startswith(head)
        assert "Traceback" not in said


@pytest.mark.parametrize(
    ("card", "lines", "kept"),
    [
        ("why-sgd", ["one", "two"], "one\ntwo"),
        ("code:dense_backward", ["def dense_backward(dz, x, W):", "    dx ="], None),
        ("number-mlp-parameters", ["426", ""], '{"weights": "426", "biases": "", "total": ""}'),
    ],
)
def test_half_an_answer_is_kept_and_comes_again(card, lines, kept):
    """Somebody called away would find nothing of it."""
    told([*lines, KeyboardInterrupt], card)

    (review,) = memory.reviews()
    assert (review.answer, review.mark) == (kept or "\n".join(lines), "again")


def test_what_is_pasted_comes_as_one_line():
    """Terminals mark what is pasted, and the dot in it would be taken for code."""
    told([f"{RIGHT}\n.", ""], "code:dense_backward")
    told(["one\n\ntwo\n", "", ""], "why-sgd")

    assert [(r.answer, r.mark) for r in memory.reviews()] == [
        (RIGHT, "easy"),
        ("one\n\ntwo", "again"),
    ]


def test_code_that_is_only_marked_by_the_reader_may_have_empty_lines():
    """The first empty line would end it, and the rest be read as marks."""
    told(["def forward(x):", "", "    return x", ".", "all", ""], "layer-norm-code")

    assert memory.reviews()[0].answer == "def forward(x):\n\n    return x"


def test_a_pass_in_the_interview_is_progress():
    """The same exercise would have to be passed twice."""
    told(["pass", ".", "", *RIGHT.splitlines(), ".", ""], "code:dense_backward")

    attempts, _, passed_on, _ = store.records()["dense_backward"]
    assert attempts == 2
    assert passed_on


def test_the_start_says_how_much_is_due():
    """Who opened it for new questions would wonder where they are."""
    written = []
    session = started(10, seed=1, kinds="concept")
    assert session.mix == ""
    for _ in range(2):
        memory.record(session.next().card, "again", now=datetime.now(UTC) - timedelta(days=3))

    again = started(10, seed=1, kinds="concept")
    hold(again, lambda prompt: (_ for _ in ()).throw(EOFError), written.append)

    assert again.mix.startswith("2 due, ")
    assert again.mix.endswith(" new")
    assert written[0].startswith(f"{len(again.items)} questions ({again.mix}), about ")


def test_lines_are_no_longer_than_a_narrow_terminal():
    """Lines would be broken in the middle of words."""
    cards = [c for c, item in catalogue().items() if item.way == "talk" and item.chapter == "07"]
    said = told(["?", "", *["?", ""] * (len(cards) - 1)], *cards, minutes=100)

    assert max(map(len, said.splitlines())) <= 88
    assert "$" not in said
    assert "\\" not in said


def test_time_is_up_is_said(monkeypatch):
    """The interview would end without a word."""
    session = Session([catalogue()[card] for card in ("why-sgd", "bottom-line")], 0.0001)
    written, typed = [], iter(["x", "", "", ""])

    hold(session, lambda prompt: (time.sleep(0.01), next(typed))[1], written.append)

    assert "\nTime is up." in written


def test_a_scripted_interview_runs_through_as_a_command():
    """What works in the tests would not work at the prompt."""
    ran = command(
        "--minutes",
        "10",
        "--kinds",
        "concept,compare",
        "--seed",
        "1",
        stdin="an answer\n\nall\n\n" * 9,
    )

    assert ran.returncode == 0
    assert "Question 1 of " in ran.stdout
    assert " answered, " in ran.stdout
    assert {review.mark for review in memory.reviews()} == {"easy"}
    report = command("report")
    assert report.stdout.split("\n")[0] in ran.stdout
    assert "Nothing is due today" in command("due").stdout


def test_the_diagnostic_ends_in_a_reading_plan():
    """In a terminal there would be no plan."""
    ran = command("--seed", "1", "diagnostic", stdin="?\n\n" * 8)

    assert "Question 8 of 8" in ran.stdout
    assert "One evening:" in ran.stdout
    assert "You have ended the diagnostic." in command("diagnostic").stdout


def test_a_seed_may_stand_on_either_side_of_the_command():
    """Who types it where most programs take it would be told "unrecognized arguments"."""
    before, after = command("--seed", "5", "diagnostic"), command("diagnostic", "--seed", "5")

    assert after.stdout == before.stdout
    assert "Question 1 of 8" in after.stdout
    assert after.stdout != command("diagnostic", "--seed", "6").stdout


def test_the_help_shows_what_works_and_what_it_needs():
    """The first thing that is tried would fail for want of a package."""
    said = command("--help").stdout

    assert "cards deck.tsv" in said
    assert "requirements/anki.txt" in said
    assert max(map(len, said.splitlines())) <= 100


@pytest.mark.parametrize("package", ["fsrs", "numpy"])
@pytest.mark.parametrize("words", [[], ["diagnostic"], ["due"]])
def test_a_python_without_the_courses_packages_is_told_at_the_start(package, words):
    """A whole question would be answered before it is said that nothing is kept."""
    code = (
        f"import runpy, sys; sys.modules[{package!r}] = None; sys.argv[1:] = {words!r}; "
        "runpy.run_module('nnlab.interview', run_name='__main__', alter_sys=True)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], input="x\n", capture_output=True, text=True, timeout=60
    )

    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr == (
        f"This Python lacks {package}, which the interview needs: run it with the course's own "
        "Python: python start.py interview\n"
    )


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_after_kill_9_the_report_is_still_there():
    """A closed window would cost the whole hour."""
    code = [sys.executable, "-u", "-m", "nnlab.interview", "--kinds", "concept", "--seed", "1"]
    with subprocess.Popen(
        code, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as other:
        other.stdin.write("an answer\n\nall\n\nhalf an ans")
        other.stdin.flush()
        for line in other.stdout:
            if line.startswith("Question 2"):
                break
        os.kill(other.pid, signal.SIGKILL)

    assert len(memory.reviews()) == 1
    assert "1 question answered, 1 of them well" in command("report").stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--chapters", "99"], "no chapter is called '99'"),
        (["--minutes", "0"], "too few"),
        (["--minutes", "inf"], "can't be inf minutes long"),
        (["--minutes", "nan"], "can't be nan minutes long"),
        (["--seed", "-1"], "the seed is -1"),
        (["--kinds", "riddle"], "no question is of kind 'riddle'"),
        (["report"], "there was no interview yet"),
        (["cards", "deck.txt"], "wanted a name in"),
        (["import", "nowhere.json"], "can't be read"),
    ],
)
def test_a_wrong_command_is_one_sentence(arguments, said, capsys):
    """The reader would get a stack of ours."""
    assert main(arguments) == 1
    out = capsys.readouterr().out
    assert said in out
    assert len(out.splitlines()) == 1


def test_the_commands_around_it(tmp_path, capsys):
    """Cards and exports would need a line of Python."""
    assert main(["due"]) == 0
    assert "Nothing was asked yet" in capsys.readouterr().out
    session = started(2, seed=1, kinds="concept")
    session.next()
    session.give_up()

    for arguments in (["cards", "deck.tsv"], ["export", "all.json"], ["import", "all.json"]):
        assert main([arguments[0], str(tmp_path / arguments[1])]) == 0
    said = capsys.readouterr().out
    assert "Wrote 1 answer and 0 exercises" in said
    assert "Read 0 new answers, 1 were here already." in said


def test_what_is_due_is_listed(monkeypatch, capsys):
    """The reader could not see what waits."""
    monkeypatch.setattr(memory, "due", lambda: ["why-sgd", "number-mse", "gone"])

    assert main(["due"]) == 0

    said = capsys.readouterr().out
    assert "Due today: 2." in said
    assert catalogue()["why-sgd"].question in said
    assert "a numeric task, mse" in said
