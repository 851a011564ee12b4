"""The list of mutants that survive: in order, with reasons, and about code that is still there."""

import ast
import importlib
import inspect
import json
import pkgutil
import tomllib

import pytest
import survivors

import nnlib

LISTED = tomllib.loads(survivors.LIST.read_text("utf-8"))
MUTATED = """
def x_double__mutmut_orig(x):
    if x == 0:
        return 0
    return 2 * x

def x_double__mutmut_1(x):
    if x == 0:
        return 1
    return 2 * x

def x_double__mutmut_2(x):
    if x == 0:
        return 0
    return 3 * x


class Box:
    def xǁBoxǁopen__mutmut_orig(
        self, lid: bool = True
    ) -> str:
        return "open"

    def xǁBoxǁopen__mutmut_1(
        self, lid: bool = True
    ) -> str:
        return "XXopenXX"
"""
DOUBLE, BOX = (
    ("lib.part.double", "return 2 * x → return 3 * x"),
    (
        "lib.part.Box.open",
        'return "open" → return "XXopenXX"',
    ),
)


@pytest.fixture
def run(tmp_path):
    """Return a function: mutmut's codes and a list go in, what the comparison says comes out."""

    def compare(codes, listed):
        """Write the folder as mutmut does, and compare."""
        names = ["x_double__mutmut_1", "x_double__mutmut_2", "xǁBoxǁopen__mutmut_1"]
        meta = {f"lib.part.{name}": code for name, code in zip(names, codes, strict=True)}
        (tmp_path / "lib").mkdir()
        (tmp_path / "lib" / "part.py").write_text(MUTATED, "utf-8")
        (tmp_path / "lib" / "part.py.meta").write_text(json.dumps({"exit_code_by_key": meta}))
        return survivors.compare(tmp_path, listed)

    return compare


@pytest.mark.parametrize(
    ("codes", "listed", "unlisted", "gone"),
    [
        ((1, 1, 1), [], [], []),
        ((1, 0, 1), [], [DOUBLE], []),
        ((1, 33, 5), [], [BOX, DOUBLE], []),
        ((1, 0, 0), [BOX, DOUBLE], [], []),
        ((1, 1, 36), [BOX, DOUBLE], [], [BOX, DOUBLE]),
        ((1, 1, None), [BOX, DOUBLE], [], [DOUBLE]),
        ((1, 1, 1), [("lib.part.away", "a → b")], [], [("lib.part.away", "a → b")]),
    ],
)
def test_survivors_and_list_are_compared_both_ways(codes, listed, unlisted, gone, run):
    """A survivor passed over is a missing test; a line kept too long hides the next survivor."""
    tables = {function: {line: "why"} for function, line in listed}

    assert run(codes, tables) == (unlisted, gone)


def test_what_is_printed_can_be_pasted_into_the_list():
    """Quotes in the code must not break the list that everybody's next run reads."""
    entries = [BOX, DOUBLE, (DOUBLE[0], "other → line")]

    tables = tomllib.loads(survivors.as_toml(entries))

    assert [(function, line) for function, lines in tables.items() for line in lines] == entries


def test_the_list_is_sorted_and_every_line_has_a_reason():
    """In a list out of order nobody finds the line that is there, and writes it twice."""
    lines = [list(table) for table in LISTED.values()]

    assert list(LISTED) == sorted(LISTED)
    assert lines == [sorted(table) for table in lines]
    assert all(len(reason) >= 10 for table in LISTED.values() for reason in table.values())


def functions(module):
    """Yield each function of a module, by its full name, with its source on one line."""
    source = inspect.getsource(module)
    for node in ast.parse(source).body:
        path = f"{module.__name__}.{getattr(node, 'name', '')}"
        if isinstance(node, ast.FunctionDef):
            yield path, " ".join(ast.get_source_segment(source, node).split())
        elif isinstance(node, ast.ClassDef):
            for part in node.body:
                if isinstance(part, ast.FunctionDef):
                    segment = ast.get_source_segment(source, part)
                    yield f"{path}.{part.name}", " ".join(segment.split())


def test_the_list_is_about_code_that_is_there():
    """A line about code that was rewritten excuses nothing, but looks as if it did."""
    modules = [
        importlib.import_module(f"nnlib.{m.name}") for m in pkgutil.iter_modules(nnlib.__path__)
    ]
    now = dict(pair for module in modules for pair in functions(module))

    stale = [
        (function, line)
        for function, table in LISTED.items()
        for line in table
        if " ".join(line.split(" → ")[0].split()) not in now.get(function, "")
    ]

    assert stale == []
