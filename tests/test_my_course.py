"""The learner's folder: a small course on disk, its updates, and what a learner has done in it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from nnlab import my_course

ROOT = Path(__file__).resolve().parents[1]
FIRST = "notebooks/00_start_here.ipynb"
SECOND = "exercises/01_derivatives.ipynb"


class Course:
    """A small course on disk."""

    def __init__(self, root: Path):
        """Write two notebooks under root."""
        self.root = root
        for name in (FIRST, SECOND):
            self.write(name, f"the course's {name}")

    def write(self, name: str, text: str) -> None:
        """Write a file of the course, or of the learner's."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")

    def read(self, name: str) -> str:
        """Read a file of the course, or of the learner's."""
        return (self.root / name).read_text("utf-8")


@pytest.fixture
def course(tmp_path, monkeypatch):
    """Return a course in a folder whose name has spaces, with nothing copied yet."""
    course = Course(tmp_path / "my neural course")
    monkeypatch.setattr(my_course, "ROOT", course.root)
    monkeypatch.setattr(my_course, "MINE", course.root / "my_course")
    monkeypatch.setattr(my_course, "COPIED", course.root / "my_course" / ".copied.json")
    return course


def test_every_notebook_is_copied_once_and_said(course, capsys):
    """A newcomer would find an empty folder, or hear of copies at every start."""
    my_course.main([])

    assert course.read(f"my_course/{FIRST}") == f"the course's {FIRST}"
    assert course.read(f"my_course/{SECOND}") == f"the course's {SECOND}"
    assert capsys.readouterr().out == "Copied 2 new files to my_course/.\n"
    my_course.main([])
    assert capsys.readouterr().out == ""


def test_answers_are_never_overwritten_and_updates_are_said(course, capsys):
    """An update would cost a learner an evening's work."""
    my_course.main([])
    course.write(f"my_course/{SECOND}", "my answer")
    course.write(SECOND, "the course's better exercise")

    my_course.main([])

    assert course.read(f"my_course/{SECOND}") == "my answer"
    said = capsys.readouterr().out
    assert str(Path(SECOND)) in said
    assert str(Path(FIRST)) not in said
    assert "--fetch-updates" in said


def test_an_edit_alone_is_no_update(course, capsys):
    """Every answered exercise would be called changed upstream."""
    my_course.main([])
    course.write(f"my_course/{SECOND}", "my answer")

    my_course.main([])

    assert "Changed" not in capsys.readouterr().out


def test_updates_are_fetched_beside_the_answers_once(course, capsys):
    """Asking for the new version would overwrite the old answers, or nag for ever."""
    my_course.main([])
    course.write(f"my_course/{SECOND}", "my answer")
    course.write(SECOND, "version two")

    my_course.main(["--fetch-updates"])

    assert course.read(f"my_course/{SECOND}") == "my answer"
    assert course.read("my_course/exercises/01_derivatives.new.ipynb") == "version two"
    capsys.readouterr()
    my_course.main(["--fetch-updates"])
    said = capsys.readouterr().out
    assert "Changed" not in said
    assert "Fetched" not in said


def test_a_second_update_leaves_the_first_fetched_file_alone(course):
    """Work done in NAME.new.ipynb would be lost to the next update."""
    my_course.main([])
    for version in ("two", "three"):
        course.write(SECOND, f"version {version}")
        my_course.main(["--fetch-updates"])

    first = course.read("my_course/exercises/01_derivatives.new.ipynb")
    second = course.read("my_course/exercises/01_derivatives.new2.ipynb")

    assert (first, second) == ("version two", "version three")


def test_missing_pieces_come_back(course):
    """A deleted notebook could never be had again, or would take others with it."""
    my_course.main([])
    (course.root / "my_course" / FIRST).unlink()
    course.write(f"my_course/{SECOND}", "my answer")

    my_course.main([])

    assert course.read(f"my_course/{FIRST}") == f"the course's {FIRST}"
    assert course.read(f"my_course/{SECOND}") == "my answer"


@pytest.mark.parametrize("text", [None, "", "{half", "[1, 2]", '{"a": 1}', "\x00"])
def test_a_lost_or_damaged_list_of_copies_costs_no_answer(course, text):
    """A broken bookkeeping file would stop the course or overwrite answers."""
    my_course.main([])
    course.write(f"my_course/{SECOND}", "my answer")
    if text is None:
        my_course.COPIED.unlink()
    else:
        my_course.COPIED.write_text(text, "utf-8")

    my_course.main(["--fetch-updates"])

    assert course.read(f"my_course/{SECOND}") == "my answer"
    assert SECOND in json.loads(my_course.COPIED.read_text("utf-8"))


def test_a_full_disk_leaves_no_half_file(course, monkeypatch):
    """Half a notebook would be taken for a whole one on the next run."""

    def full(path: Path, content: bytes) -> None:
        with path.open("wb") as file:
            file.write(content[:3])
        raise OSError(28, "No space left on device", str(path))

    with monkeypatch.context() as patch:
        patch.setattr(my_course.Path, "write_bytes", full)
        with pytest.raises(SystemExit, match=r"No space left on device: .*Make sure that"):
            my_course.main([])

    assert not [path for path in (course.root / "my_course").rglob("*") if path.is_file()]
    my_course.main([])
    assert course.read(f"my_course/{FIRST}") == f"the course's {FIRST}"


def test_hidden_leftovers_are_not_copied(course):
    """Checkpoints of the course's own notebooks would clutter the learner's folder."""
    course.write("notebooks/.ipynb_checkpoints/00-checkpoint.ipynb", "old")

    my_course.main([])

    assert not (course.root / "my_course" / "notebooks" / ".ipynb_checkpoints").exists()


def test_answers_in_my_course_take_no_part_in_the_tests(course):
    """A learner's wrong answer, or an unread update, would turn `start.py test` red."""
    for name in ("pyproject.toml", "conftest.py"):
        course.write(name, (ROOT / name).read_text("utf-8"))
    course.write("tests/test_original.py", '"""Original."""\n\n\ndef test_it():\n    assert True\n')
    (course.root / FIRST).unlink()
    (course.root / SECOND).unlink()
    wrong = {"cell_type": "code", "source": "1 / 0", "metadata": {}, "outputs": []}
    notebook = {"cells": [wrong | {"execution_count": 1}], "metadata": {}, "nbformat": 4}
    answer = json.dumps(notebook | {"nbformat_minor": 4})
    course.write(f"exercises/{Path(SECOND).name}", answer)
    my_course.main([])
    course.write("my_course/exercises/test_mine.py", "def test_mine():\n    assert False\n")
    course.write(f"exercises/{Path(SECOND).name}", answer.replace("1 / 0", "2 / 0"))

    my_course.main(["--fetch-updates"])
    kept = {name: value for name, value in os.environ.items() if "PYTEST" not in name}
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--quiet"],
        cwd=course.root,
        env=kept,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "1 passed" in ran.stdout
    assert course.read(f"my_course/{SECOND}") == answer


def test_a_folder_that_cannot_be_written_ends_in_one_sentence(course):
    """A read-only folder would end in a traceback."""
    course.write("my_course", "a file where the folder should be")

    with pytest.raises(SystemExit, match=r"exists: .*my_course. Make sure that this folder can be"):
        my_course.main([])


def test_stopping_the_copy_leaves_no_traceback_and_is_no_success(course, monkeypatch):
    """JupyterLab would open after Ctrl-C, or a page of text would."""

    def stopped(path: Path, content: bytes) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(my_course, "write", stopped)

    with pytest.raises(SystemExit) as ended:
        my_course.main([])

    assert ended.value.code == 130


def test_the_command_copies_this_very_course(tmp_path):
    """`python -m nnlab.my_course`, the plain way of the README, would copy another folder."""
    asked = [sys.executable, "-m", "nnlab.my_course", "--help"]

    ran = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True)

    assert "--fetch-updates" in ran.stdout
    assert (my_course.ROOT, my_course.MINE) == (ROOT, ROOT / "my_course")
