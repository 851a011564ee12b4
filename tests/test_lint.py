"""ruff, over every tracked Python file and notebook: the suite is one command."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
KINDS = (".py", ".pyi", ".ipynb")


def tracked_files() -> list[str]:
    """Return what git tracks; a copy without git, as from an archive, is looked at whole."""
    if not (shutil.which("git") and (ROOT / ".git").exists()):
        return ["."]
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    names = [name for name in listed.stdout.split("\0") if name.endswith(KINDS)]
    return [name for name in names if (ROOT / name).exists()]


def ruff(*words: str) -> subprocess.CompletedProcess:
    """Run this environment's ruff with the repository's settings."""
    command = [sys.executable, "-m", "ruff", *words, "--config", str(ROOT / "pyproject.toml")]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("words", [("check",), ("format", "--check")], ids=" ".join)
def test_tracked_files_are_clean(words):
    """Style would drift file by file, and unused names and shadowed tests would stay unseen."""
    ran = ruff(*words, "--no-cache", *tracked_files())

    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize(
    ("code", "rule"),
    [
        ("import os\n", "F401"),
        ("def test_it():\n    pass\n\n\ndef test_it():\n    pass\n", "F811"),
        ("import numpy as np\n\nnp.random.seed(0)\n", "NPY002"),
        ("def f(x):\n    return x\n", "D103"),
        ("x = 1  # " + "x" * 100 + "\n", "E501"),
    ],
)
def test_the_linter_rejects_what_it_should(tmp_path, code, rule):
    """A misspelt setting would switch the rules off without a word."""
    bad = tmp_path / "bad.py"
    bad.write_text(code, "utf-8")

    ran = ruff("check", "--no-cache", str(bad))

    assert ran.returncode == 1
    assert rule in ran.stdout


def test_the_formatter_rejects_what_it_should(tmp_path):
    """`ruff format --check` could pass everything."""
    bad = tmp_path / "bad.py"
    bad.write_text("x   =  1\n", "utf-8")

    assert ruff("format", "--check", "--no-cache", str(bad)).returncode == 1
