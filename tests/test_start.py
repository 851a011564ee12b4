"""start.py in a folder of its own, with a recorder in place of every program it would run."""

import ast
import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FIRST = "notebooks/00_start_here.ipynb"


class Course:
    """A folder with a copy of start.py in it."""

    def __init__(self, root: Path):
        """Write a requirements.txt and a copy of start.py under root."""
        self.root = root
        root.mkdir()
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
        (self.root / name).write_text(text, "utf-8")

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
    assert course.commands[-1] == [str(course.start.PYTHON), "-m", "nnlab.my_course"]
    assert "fetchNews" in json.loads(course.start.SETTINGS.read_text("utf-8")).popitem()[1]
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


def test_updates_are_fetched_on_request(course):
    """`--fetch-updates` would go to JupyterLab, which does not know it."""
    course.main("--fetch-updates")

    assert course.commands[-1][-2:] == ["nnlab.my_course", "--fetch-updates"]
    assert "--fetch-updates" not in course.became


def test_nothing_opens_when_copying_failed(course):
    """A learner would look at an empty page and not at the reason."""
    course.failing = "nnlab.my_course"

    with pytest.raises(RuntimeError, match="1"):
        course.main()

    assert not course.became


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


def test_a_folder_that_cannot_be_written_ends_in_one_sentence(course):
    """A read-only folder would end in a traceback."""
    course.write(".venv", "a file where the folder should be")

    ran = subprocess.run(
        [sys.executable, course.root / "start.py"], capture_output=True, text=True, check=False
    )

    assert ran.returncode == 1
    assert "Make sure that this folder can be written to" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_the_test_command_is_one_pytest_run(course):
    """CI would run something else than the documented command, or copy into my_course."""
    course.main("test", "-k", "adam")

    assert course.became[1:4] == ["-m", "pytest", "-n"]
    assert course.became[-2:] == ["-k", "adam"]
    assert course.ran("nnlab.my_course") == 0


def test_the_interview_runs_in_the_course_s_environment(course):
    """A learner's own Python lacks what the interview needs, and would lose the answers."""
    course.main("interview", "--minutes", "5")

    assert course.ran("install") == 1
    assert course.became == [
        str(course.start.PYTHON),
        *("-m", "nnlab.interview", "--minutes", "5"),
    ]


def test_a_mistyped_command_is_refused(course, capsys):
    """`start.py tset` would open JupyterLab on a file that does not exist."""
    with pytest.raises(RuntimeError, match="2"):
        course.main("tset")

    assert "tset" in capsys.readouterr().err
