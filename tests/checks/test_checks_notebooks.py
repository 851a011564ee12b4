"""From solutions/ to exercises/, to Jupyter's page, to nbgrader, and every mutant on the way."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from nnlab.checks import generate, mutate, notebooks
from nnlab.checks.engine import CheckFailed, find, judge
from nnlab.checks.spec import exercises

ROOT = Path(__file__).resolve().parents[2]
CHAPTER = notebooks.notebook_of(7).name
FUNCTION = '''\
def f(x):
    """Square it."""
    ### BEGIN SOLUTION
    return x * x
    ### END SOLUTION'''


@pytest.fixture
def course(tmp_path):
    """Return a folder with a chapter's solution and the exercises made from it."""
    (tmp_path / "nnlib").mkdir()
    for part in ("solutions", "exercises"):
        (tmp_path / part).mkdir()
        shutil.copy(ROOT / part / CHAPTER, tmp_path / part)
    return tmp_path


def test_a_function_becomes_a_stub_that_is_not_implemented():
    """Learners would get the answer, or code that does not run."""
    made = generate.with_stubs(FUNCTION)

    assert made.splitlines()[:2] == FUNCTION.splitlines()[:2]
    assert made.splitlines()[2:] == [f"    {generate.STUB}"]


def test_a_class_gets_a_stub_for_each_body():
    """One solution of several would be given away."""
    body = FUNCTION.replace("\n", "\n    ")

    made = generate.with_stubs(f"class A:\n    {body}\n\n    {body}")

    assert made.count(generate.STUB) == 2
    assert "x * x" not in made


@pytest.mark.parametrize(
    "text",
    [
        notebooks.BEGIN,
        notebooks.END,
        f"{notebooks.END}\n{notebooks.BEGIN}",
        f"{notebooks.BEGIN}\n{notebooks.BEGIN}\n{notebooks.END}\n{notebooks.END}",
        FUNCTION.replace(notebooks.END, notebooks.END + " here"),
    ],
)
def test_markers_that_do_not_match_are_refused(text):
    """An answer would stay in the learner's notebook."""
    with pytest.raises(ValueError, match="don't alternate"):
        generate.with_stubs(text)


def test_no_answer_is_left_in_exercises():
    """The generator could leave a marker, or what stood between two."""
    for path in (ROOT / "exercises").glob("*.ipynb"):
        text = path.read_text("utf-8")

        assert "SOLUTION" not in text

        cells = notebooks.read(path)["cells"]
        assert all(not c["outputs"] for c in cells if c["cell_type"] == "code")


def test_what_was_edited_by_hand_is_stale(course):
    """The test that holds them in step could pass everything."""
    before = generate.stale(course)
    path = course / "exercises" / CHAPTER
    path.write_text(path.read_text("utf-8").replace("dx, dW, db", "dx, dW"), "utf-8")

    after = generate.stale(course)

    assert (list(before), list(after)) == ([], [path])


def test_the_command_says_and_writes_what_is_stale(course, monkeypatch, capsys):
    """`--check` could write, or the command do nothing."""
    monkeypatch.setattr(generate, "root", lambda: course)
    (course / "exercises" / CHAPTER).unlink()
    (course / "exercises" / "99_gone.ipynb").write_text("{}", "utf-8")

    codes = [generate.main(["--check"]), generate.main([])]
    (course / "exercises" / "99_gone.ipynb").unlink()
    codes += [generate.main(["--check"])]

    assert codes == [1, 1, 0]
    said = capsys.readouterr().out
    assert f"{CHAPTER}: stale" in said
    assert f"{CHAPTER}: written" in said
    assert "99_gone.ipynb: has no solution" in said


def test_a_check_without_an_answer_above_it_is_refused():
    """A learner would have no cell to write in."""
    cells = [new_code_cell("x = 1"), new_code_cell('check("f", x)')]

    with pytest.raises(ValueError, match="no cell with"):
        list(notebooks.places(cells))


def test_the_root_is_found_from_a_learners_copy(tmp_path):
    """`solution()` would not work in my_course."""
    code = "from nnlab.checks import solution; solution('dense_backward')"

    ran = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
        encoding="utf-8",
    )

    assert "x.T @ dz" in ran.stdout


# Jupyter


def test_jupyter_shows_the_message_and_no_stack_of_ours():
    """The sentence would drown in a traceback."""
    notebook = new_notebook(
        cells=[
            new_code_cell("from nnlab.checks import check"),
            new_code_cell("def helper(x):\n    return x / 'a'"),
            new_code_cell('check("dense_backward", lambda dz, x, W: helper(dz))'),
            new_code_cell('check("dense_backward", lambda dz, x, W: None)'),
        ]
    )

    NotebookClient(notebook, allow_errors=True, kernel_name="python3").execute()
    shown = ["\n".join(cell.outputs[0].traceback) for cell in notebook.cells[2:]]

    assert shown[0].startswith("Not right yet: dense_backward. Your code raised an error.")
    assert "File \"your cell\", line 2, in helper\n    return x / 'a'" in shown[0]
    assert shown[1].startswith("Not right yet: dense_backward. Here what came is None")
    assert not [words for words in ("nnlab", "ipykernel", "engine") if words in "".join(shown)]


# Mutants


def test_mutants_change_what_people_get_wrong():
    """Signs, transposes, axes, constants, order and steps would stay unproved."""
    body = (
        "def f(x, W):\n    y = 2 * x  # before the markers\n    ### BEGIN SOLUTION\n"
        "    if x > 0:\n        y += 1\n    for i in range(3):\n        break\n"
        "    g(x, W)\n    return -x.T @ W, W.sum(axis=0), True, x - W\n    ### END SOLUTION"
    )

    names = {name for name, _ in mutate.mutants(body)}

    assert names >= {
        "x > 0 -> x >= 0",
        "x > 0 -> x < 0",
        "if x > 0: -> if not x > 0:",
        "y += 1 -> y -= 1",
        "y += 1 -> y = 1",
        "y += 1 -> pass",
        "break -> continue",
        "3 -> 4",
        "0 -> 1",
        "g(x, W) -> g(W, x)",
        "g(x, W) -> pass",
        "-x.T -> x.T",
        "x.T -> x",
        "-x.T @ W -> -x.T * W",
        "-x.T @ W -> W @ -x.T",
        "W.sum(axis=0) -> W.sum()",
        "W.sum(axis=0) -> W",
        "True -> False",
        "x - W -> x + W",
        "x - W -> W - x",
        "x - W -> x",
    }
    assert not [name for name in names if name.startswith(("2 * x", "y = 2"))]


def test_every_mutant_is_another_program_and_names_are_unique():
    """A survivor could not be listed by its name."""
    cells = notebooks.read(notebooks.notebook_of(7))["cells"]

    for place in notebooks.places(cells):
        found = list(mutate.mutants(notebooks.source(cells[place.solution])))

        assert len({name for name, _ in found}) == len({code for _, code in found}) == len(found)


def test_a_check_that_lets_wrong_answers_pass_is_found(monkeypatch, capsys):
    """The proof could not fail."""
    monkeypatch.setattr(mutate, "judge", lambda exercise, answer: None)

    code = mutate.main(["dense_backward"])

    out = capsys.readouterr().out
    assert code == 1
    assert "survived: x.T -> x   [NO REASON GIVEN]" in out
    assert "dense_backward: x.T -> x passes the check" in out


def test_all_mutants_of_the_first_exercise_die(capsys):
    """The engine's own example would let a wrong gradient pass."""
    assert mutate.main(["dense_backward"]) == 0
    killed, _, total, *_ = capsys.readouterr().out.split("dense_backward: ")[1].split()
    assert killed == total
    assert int(total) > 10


def test_an_accepted_survivor_that_dies_is_an_error(monkeypatch, tmp_path, capsys):
    """The list would outlive the code that it excuses."""
    path = tmp_path / "survivors.toml"
    path.write_text('[dense_backward]\n"x.T -> y" = "no more"\n[gone]\n"a" = "b"\n', "utf-8")
    monkeypatch.setattr(mutate, "ACCEPTED", path)

    code = mutate.main(["dense_backward"])

    assert code == 1
    said = capsys.readouterr().out
    assert "dense_backward: x.T -> y is listed, and does not survive" in said
    assert "gone in survivors.toml is no exercise" in said


def test_a_mutant_that_never_ends_is_dead(monkeypatch):
    """The proof would hang."""
    monkeypatch.setattr(mutate, "PATIENCE", 0.2)
    code = (
        "def dense_backward(dz, x, W):\n    ### BEGIN SOLUTION\n    i = 0\n    while i < 3:\n"
        "        i += 1\n    return dz @ W.T, x.T @ dz, dz.sum(axis=0)\n    ### END SOLUTION"
    )
    cells = [
        new_code_cell(code),
        new_code_cell('check("dense_backward", dense_backward)'),
    ]

    number, alive = mutate.survivors(find("dense_backward"), cells)

    assert number > len(alive) > 0
    assert "i += 1 -> i -= 1" not in alive
    assert "3 -> 4" in alive


# nbgrader

NBGRADER = importlib.util.find_spec("nbgrader") is None


@pytest.mark.skipif(NBGRADER, reason="nbgrader is not installed: requirements/instructor.txt")
@pytest.mark.filterwarnings("default")
def test_nbgrader_gives_full_marks_to_the_solution_and_none_to_the_stub(tmp_path):
    """An instructor could not hand the chapters out as they are."""
    from nbgrader.api import Gradebook

    def nbgrader(*words):
        command = [sys.executable, "-m", "nbgrader", *words]
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True)

    for path in sorted((ROOT / "solutions").glob("*.ipynb")):
        for folder in ("source", "submitted/solution", "submitted/stub"):
            (tmp_path / folder / path.stem).mkdir(parents=True)
        shutil.copy(path, tmp_path / "source" / path.stem)
        nbgrader("generate_assignment", path.stem, "--create")
        shutil.copy(path, tmp_path / "submitted" / "solution" / path.stem)
        release = tmp_path / "release" / path.stem / path.name
        shutil.copy(release, tmp_path / "submitted" / "stub" / path.stem)
        nbgrader("autograde", path.stem, "--create")

        with Gradebook(f"sqlite:///{tmp_path / 'gradebook.db'}") as book:
            marks = {s.student.id: s.score for s in book.assignment_submissions(path.stem)}
        here = [e for e in exercises().values() if notebooks.notebook_of(e.chapter) == path]
        assert marks == {"solution": sum(e.difficulty for e in here), "stub": 0}


def test_nbgraders_metadata_is_on_the_cells_that_count():
    """nbgrader would refuse the notebook, or grade the wrong cells."""
    notebook = nbformat.read(ROOT / "solutions" / CHAPTER, as_version=4)

    for place in notebooks.places(notebook.cells):
        answer, check = (notebook.cells[i].metadata.nbgrader for i in (place.solution, place.check))
        assert (answer.grade, answer.solution, answer.locked) == (False, True, False)
        assert (check.grade, check.solution, check.locked) == (True, False, True)
        assert check.points == exercises()[place.id].difficulty
        assert answer.schema_version == check.schema_version == 3


def test_an_exercise_in_a_notebook_fails_without_its_answer():
    """`handed_in` could hand out the course's own answer in place of what the cell makes."""
    handed = notebooks.handed_in(notebooks.notebook_of(7, "exercises"))

    with pytest.raises(CheckFailed):
        judge(find("dense_backward"), handed["dense_backward"])
