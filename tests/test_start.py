"""start.py in a folder of its own, with a recorder in place of every program it would run."""

import ast
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FIRST = "notebooks/00_start_here.ipynb"
SECOND = "exercises/01_derivatives.ipynb"


class Course:
    """A small course on disk and the start.py that stands in it."""

    def __init__(self, root: Path):
        """Write two notebooks, a requirements.txt and a copy of start.py under root."""
        self.root = root
        for name in (FIRST, SECOND):
            self.write(name, f"the course's {name}")
        self.write("requirements.txt", "numpy==2.0.0\n")
        self.write("start.py", (ROOT / "start.py").read_text("utf-8"))
        spec = importlib.util.spec_from_file_location("start_under_test", root / "start.py")
        self.start = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(self.start)
        self.commands: list[list[str]] = []
        self.became: list[str] = []
        self.failing = ""

    def write(self, name: str, text: str) -> None:
        """Write a file of the course."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")

    def read(self, name: str) -> str:
        """Read a file of the course, or of the learner's."""
        return (self.root / name).read_text("utf-8")

    def run(self, *command: object, **_: object) -> int:
        """Stand in for every program: make or look at .venv, install nothing."""
        words = [str(word) for word in command]
        self.commands.append(words)
        python = self.start.PYTHON
        if self.failing and self.failing in words:
            return 1
        if "venv" in words:
            python.parent.mkdir(parents=True)
            python.write_text("a fresh Python with pip", "utf-8")
        if "find_spec" in words[-1]:
            if not python.exists():
                raise FileNotFoundError(python)
            return 0 if python.read_text("utf-8").startswith("a fresh Python") else 1
        return 0

    def become(self, *command: object) -> None:
        """Stand in for the program that start.py ends as."""
        self.became = [str(word) for word in command]
        raise SystemExit(0)

    def ran(self, *words: str) -> int:
        """Count the commands that had all these words."""
        return sum(set(words) <= set(command) for command in self.commands)

    def main(self, *words: str) -> None:
        """Run start.py's command line up to the program that it ends as."""
        self.commands.clear()
        with pytest.raises(SystemExit) as ended:
            self.start.main(list(words))
        if ended.value.code != 0:
            raise RuntimeError(ended.value.code)


@pytest.fixture
def course(tmp_path, monkeypatch):
    """Return a course in a folder whose name has spaces, on a machine without uv."""
    course = Course(tmp_path / "my neural course")
    monkeypatch.setattr(course.start, "run", course.run)
    monkeypatch.setattr(course.start, "become", course.become)
    monkeypatch.setattr(course.start.shutil, "which", lambda _: None)
    return course


def test_the_first_run_installs_copies_and_opens_the_first_page(course):
    """A newcomer would not get from nothing to the first notebook."""
    course.main("--no-browser", "--port", "9999")

    assert course.ran("venv") == 1
    assert course.ran("pip", "install", "-r", "requirements.txt") == 1
    assert course.read(f"my_course/{FIRST}") == f"the course's {FIRST}"
    assert course.read(f"my_course/{SECOND}") == f"the course's {SECOND}"
    assert course.became[:3] == [str(course.start.PYTHON), "-m", "jupyterlab"]
    assert f"--LabApp.default_url=/lab/tree/{FIRST}" in course.became
    assert f"--ServerApp.root_dir={course.root / 'my_course'}" in course.became
    assert course.became[-2:] == ["--no-browser", "--port=9999"]


def test_the_second_run_installs_nothing(course):
    """Every start would wait for pip."""
    course.main()

    course.main()

    assert course.ran("venv") == course.ran("install") == 0


def test_new_requirements_are_installed_on_top(course):
    """An update would run on old packages, or throw away what the learner added."""
    course.main()
    course.write("requirements.txt", "numpy==2.1.0\n")

    course.main()

    assert course.ran("venv") == 0
    assert course.ran("install") == 1


def test_uv_is_used_where_it_works(course, monkeypatch):
    """The fast installer would be ignored, or a broken one trusted."""
    monkeypatch.setattr(course.start.shutil, "which", lambda _: "uv-here")

    course.main()

    assert course.ran("uv-here", "pip", "install", str(course.start.PYTHON)) == 1


def test_a_uv_that_does_not_run_is_left_alone(course, monkeypatch):
    """A version manager's empty shim would stop the set-up."""
    monkeypatch.setattr(course.start.shutil, "which", lambda _: "uv-here")
    course.failing = "uv-here"

    course.main()

    assert course.ran(str(course.start.PYTHON), "pip", "install") == 1


@pytest.mark.parametrize(
    "damage", ["unfinished", "no python", "broken python", "moved", "foreign stamp"]
)
def test_a_damaged_venv_is_made_anew(course, damage):
    """A killed first run, or a moved folder, would leave a course that never starts."""
    course.main()
    if damage == "unfinished":
        course.start.STAMP.write_text("unfinished", "utf-8")
    elif damage == "no python":
        course.start.PYTHON.unlink()
    elif damage == "broken python":
        course.start.PYTHON.write_text("half a file", "utf-8")
    elif damage == "moved":
        stamp = course.start.STAMP.read_text("utf-8")
        course.start.STAMP.write_text("moved from" + stamp, "utf-8")
    else:
        course.start.STAMP.write_bytes(b"\xff\xfe not text")

    course.main()

    assert course.ran("venv") == course.ran("install") == 1
    course.main()
    assert course.ran("venv") == course.ran("install") == 0


@pytest.mark.parametrize("moment", ["venv", "install"])
def test_a_run_stopped_by_the_keyboard_is_made_up_for(course, monkeypatch, moment):
    """Ctrl-C at a bad moment would leave a .venv that looks finished."""

    def interrupted(*command: object, **options: object) -> int:
        if moment in command:
            course.start.PYTHON.parent.mkdir(parents=True, exist_ok=True)
            course.start.PYTHON.write_text("a fresh Python with half of pip", "utf-8")
            raise KeyboardInterrupt
        return course.run(*command, **options)

    with monkeypatch.context() as patch:
        patch.setattr(course.start, "run", interrupted)
        with pytest.raises(KeyboardInterrupt):
            course.start.main([])

    course.main()

    assert course.ran("venv") == course.ran("install") == 1
    assert course.became


def test_a_venv_made_by_hand_is_kept(course):
    """The plain way of the README would be undone by the first start.py."""
    course.start.PYTHON.parent.mkdir(parents=True)
    course.start.PYTHON.write_text("a fresh Python, by hand", "utf-8")

    course.main()

    assert course.ran("venv") == 0
    assert course.ran("install") == 1


def test_without_venv_the_message_names_the_package(course, monkeypatch):
    """Debian's Python without python3-venv would end in a traceback."""
    monkeypatch.setattr(course.start.importlib.util, "find_spec", lambda _: None)

    with pytest.raises(RuntimeError, match=r"sudo apt install python3-venv"):
        course.main()


def test_without_venv_uv_makes_it(course, monkeypatch):
    """A machine with uv would be sent to its administrator for nothing."""
    monkeypatch.setattr(course.start.importlib.util, "find_spec", lambda _: None)
    monkeypatch.setattr(course.start.shutil, "which", lambda _: "uv-here")

    course.main()

    assert course.ran("uv-here", "venv") == 1


@pytest.mark.parametrize(
    ("step", "advice"), [("install", "Check the network"), ("venv", "Delete that folder")]
)
def test_a_failed_step_says_what_to_do_and_can_be_repeated(course, step, advice):
    """No network would look like a success, or for ever block the next run."""
    course.failing = step
    with pytest.raises(RuntimeError, match=advice):
        course.main()
    course.failing = ""

    course.main()

    assert course.ran("install") == 1


def test_an_old_python_is_told_which_one_to_install(tmp_path):
    """Python 3.10 would fail somewhere in pip, with a page of text."""
    pretend = (
        "import sys, runpy; sys.version_info = (3, 10, 4, 'final', 0);"
        f"runpy.run_path({str(ROOT / 'start.py')!r}, run_name='__main__')"
    )

    ran = subprocess.run([sys.executable, "-c", pretend], capture_output=True, text=True)

    assert ran.returncode == 1
    assert ran.stderr.startswith("This is Python 3.10, too old")
    assert "3.11" in ran.stderr


def test_start_parses_on_pythons_that_are_too_old():
    """The sentence about old Pythons would itself be a SyntaxError there."""
    source = (ROOT / "start.py").read_text("utf-8")

    ast.parse(source, feature_version=(3, 6))

    with pytest.raises(SyntaxError):
        ast.parse("match 1:\n    case 1: pass\n", feature_version=(3, 6))


def test_start_needs_the_standard_library_only():
    """The first command would fail on a machine with nothing but Python."""
    tree = ast.parse((ROOT / "start.py").read_text("utf-8"))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]

    names = {alias.name for node in imports for alias in node.names if isinstance(node, ast.Import)}
    names |= {node.module for node in imports if isinstance(node, ast.ImportFrom)}

    assert {name.split(".")[0] for name in names} <= sys.stdlib_module_names


def test_answers_are_never_overwritten_and_updates_are_said(course, capsys):
    """An update would cost a learner an evening's work."""
    course.main()
    course.write(f"my_course/{SECOND}", "my answer")
    course.write(SECOND, "the course's better exercise")

    course.main()

    assert course.read(f"my_course/{SECOND}") == "my answer"
    said = capsys.readouterr().out
    assert str(Path(SECOND)) in said
    assert str(Path(FIRST)) not in said
    assert "--fetch-updates" in said


def test_an_edit_alone_is_no_update(course, capsys):
    """Every answered exercise would be called changed upstream."""
    course.main()
    course.write(f"my_course/{SECOND}", "my answer")

    course.main()

    assert "Changed" not in capsys.readouterr().out


def test_updates_are_fetched_beside_the_answers_once(course, capsys):
    """Asking for the new version would overwrite the old answers, or nag for ever."""
    course.main()
    course.write(f"my_course/{SECOND}", "my answer")
    course.write(SECOND, "version two")

    course.main("--fetch-updates")

    assert course.read(f"my_course/{SECOND}") == "my answer"
    assert course.read("my_course/exercises/01_derivatives.new.ipynb") == "version two"
    capsys.readouterr()
    course.main("--fetch-updates")
    said = capsys.readouterr().out
    assert "Changed" not in said
    assert "Fetched" not in said


def test_a_second_update_leaves_the_first_fetched_file_alone(course):
    """Work done in NAME.new.ipynb would be lost to the next update."""
    course.main()
    for version in ("two", "three"):
        course.write(SECOND, f"version {version}")
        course.main("--fetch-updates")

    first = course.read("my_course/exercises/01_derivatives.new.ipynb")
    second = course.read("my_course/exercises/01_derivatives.new2.ipynb")

    assert (first, second) == ("version two", "version three")


def test_missing_pieces_come_back(course):
    """A deleted notebook could never be had again, or would take others with it."""
    course.main()
    (course.root / "my_course" / FIRST).unlink()
    course.write(f"my_course/{SECOND}", "my answer")

    course.main()

    assert course.read(f"my_course/{FIRST}") == f"the course's {FIRST}"
    assert course.read(f"my_course/{SECOND}") == "my answer"


@pytest.mark.parametrize("text", [None, "", "{half", "[1, 2]", '{"a": 1}', "\x00"])
def test_a_lost_or_damaged_list_of_copies_costs_no_answer(course, text):
    """A broken bookkeeping file would stop the course or overwrite answers."""
    course.main()
    course.write(f"my_course/{SECOND}", "my answer")
    if text is None:
        course.start.COPIED.unlink()
    else:
        course.start.COPIED.write_text(text, "utf-8")

    course.main("--fetch-updates")

    assert course.read(f"my_course/{SECOND}") == "my answer"
    assert SECOND in json.loads(course.start.COPIED.read_text("utf-8"))


def test_a_full_disk_leaves_no_half_file(course, monkeypatch):
    """Half a notebook would be taken for a whole one on the next run."""

    def full(path: Path, content: bytes) -> None:
        with path.open("wb") as file:
            file.write(content[:3])
        raise OSError(28, "No space left on device", str(path))

    with monkeypatch.context() as patch:
        patch.setattr(course.start.Path, "write_bytes", full)
        with pytest.raises(OSError, match="No space left"):
            course.start.main([])

    assert not [path for path in (course.root / "my_course").rglob("*") if path.is_file()]
    course.main()
    assert course.read(f"my_course/{FIRST}") == f"the course's {FIRST}"


def test_a_folder_that_cannot_be_written_ends_in_one_sentence(course):
    """A read-only folder would end in a traceback."""
    course.write("my_course", "a file where the folder should be")
    course.write(".venv", "another one")

    ran = subprocess.run(
        [sys.executable, course.root / "start.py"], capture_output=True, text=True, check=False
    )

    assert ran.returncode == 1
    assert "Make sure that this folder can be written to" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_hidden_leftovers_are_not_copied(course):
    """Checkpoints of the course's own notebooks would clutter the learner's folder."""
    course.write("notebooks/.ipynb_checkpoints/00-checkpoint.ipynb", "old")

    course.main()

    assert not (course.root / "my_course" / "notebooks" / ".ipynb_checkpoints").exists()


def test_the_test_command_is_one_pytest_run(course):
    """CI would run something else than the documented command, or copy into my_course."""
    course.main("test", "-k", "adam")

    assert course.became[1:4] == ["-m", "pytest", "-n"]
    assert course.became[-2:] == ["-k", "adam"]
    assert not (course.root / "my_course").exists()


def test_a_mistyped_command_is_refused(course, capsys):
    """`start.py tset` would open JupyterLab on a file that does not exist."""
    with pytest.raises(RuntimeError, match="2"):
        course.main("tset")

    assert "tset" in capsys.readouterr().err


def test_answers_in_my_course_take_no_part_in_the_tests(tmp_path):
    """A learner's wrong answer, or an unread update, would turn `start.py test` red."""
    course = Course(tmp_path / "a course")
    for name in ("pyproject.toml", "conftest.py"):
        course.write(name, (ROOT / name).read_text("utf-8"))
    course.write("tests/test_original.py", '"""Original."""\n\n\ndef test_it():\n    assert True\n')
    (course.root / FIRST).unlink()
    (course.root / SECOND).unlink()
    wrong = {"cell_type": "code", "source": "1 / 0", "metadata": {}, "outputs": []}
    notebook = {"cells": [wrong | {"execution_count": 1}], "metadata": {}, "nbformat": 4}
    answer = json.dumps(notebook | {"nbformat_minor": 4})
    course.write(f"exercises/{Path(SECOND).name}", answer)
    course.start.copy_course(fetch=False)
    course.write("my_course/exercises/test_mine.py", "def test_mine():\n    assert False\n")
    course.write(f"exercises/{Path(SECOND).name}", answer.replace("1 / 0", "2 / 0"))

    course.start.copy_course(fetch=True)
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
