"""Imports run one way, notebooks to nnlab to nnlib, and nnlib stays light."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
HEAVY = {"IPython", "ipywidgets", "matplotlib", "sympy", "tqdm"}
FORBIDDEN = {
    "nnlib": {"nnlab", "notebooks", "exercises", "solutions", "tests", "bench", "start"},
    "nnlab": {"notebooks", "exercises", "solutions", "tests", "bench", "start"},
}
SCREEN = {"IPython", "ipywidgets", "anywidget", "matplotlib", "sympy"}
SYMBOLIC = {"nnlib/symbolic.py", "nnlib/symbolic_rules.py", "nnlib/derivations.py"}
FILES = [path for floor in FORBIDDEN for path in sorted((ROOT / floor).rglob("*.py"))]


def imported(source: str) -> set[str]:
    """Return the top-level packages that a file imports, inside functions too."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.add(node.module.split(".")[0])
    return names


def breaches(name: str, source: str) -> set[str]:
    """Return what a file of nnlib or nnlab, given by its path in the repository, may not import."""
    floor = name.split("/")[0]
    names = imported(source)
    forbidden = FORBIDDEN[floor] & names
    if floor == "nnlib":
        forbidden |= names & (SCREEN - ({"sympy"} if name in SYMBOLIC else set()))
    return forbidden


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_file_imports_from_a_later_floor(path):
    """The library would need the course, or a screen, to train a network."""
    name = path.relative_to(ROOT).as_posix()

    assert breaches(name, path.read_text("utf-8")) == set()


@pytest.mark.parametrize(
    ("name", "source", "found"),
    [
        ("nnlib/train.py", "import nnlab.plots", {"nnlab"}),
        ("nnlib/train.py", "def plot():\n    from matplotlib import pyplot", {"matplotlib"}),
        ("nnlib/layers.py", "import sympy as sp", {"sympy"}),
        ("nnlib/symbolic.py", "import sympy as sp", set()),
        ("nnlib/symbolic.py", "import IPython", {"IPython"}),
        ("nnlib/train.py", "from .losses import MSE", set()),
        ("nnlab/labs.py", "import ipywidgets, nnlib", set()),
        ("nnlab/labs.py", "from tests import oracle", {"tests"}),
    ],
)
def test_a_breach_is_seen(name, source, found):
    """The wall above could let everything through."""
    assert breaches(name, source) == found


def test_import_nnlib_loads_nothing_heavy():
    """`import nnlib` would take seconds, or fail where only NumPy is installed."""
    look = f"import sys, nnlib; print(*sorted({HEAVY!r} & set(sys.modules)))"

    ran = subprocess.run(
        [sys.executable, "-c", look], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert ran.stdout.split() == []
