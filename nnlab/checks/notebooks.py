"""Find exercises in the notebooks: the cell of the answer, and the cell that checks it."""

from __future__ import annotations

import ast
import contextlib
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"


@cache
def root() -> Path:
    """Return the folder of the course: above this package, or above where Python was started."""
    here = [Path(__file__).resolve(), Path.cwd().resolve() / "-"]
    for folder in (parent for start in here for parent in start.parents):
        if (folder / "solutions").is_dir() and (folder / "nnlib").is_dir():
            return folder
    return here[0].parents[2]


@dataclass(frozen=True)
class Place:
    """Where an exercise stands in a notebook: numbers of cells, and what is handed to `check`."""

    id: str
    solution: int
    check: int
    handed_in: str


def source(cell: dict) -> str:
    """Return a cell's text; a notebook's file may hold it as a list of lines."""
    return cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])


def checked(text: str) -> tuple[str, str] | None:
    """Return the id and the code of the object, if a cell is a call of `check` and nothing else."""
    try:
        body = ast.parse(text).body
    except SyntaxError:
        return None
    match body:
        case [
            ast.Expr(ast.Call(ast.Name("check"), [ast.Constant(str() as exercise_id), handed_in]))
        ]:
            return exercise_id, ast.unparse(handed_in)
    return None


def places(cells: list[dict]) -> Iterator[Place]:
    """Yield the exercises of a notebook: the last answer cell before each check."""
    answer = None
    for i, cell in enumerate(cells):
        if cell["cell_type"] != "code":
            continue
        if found := checked(source(cell)):
            if answer is None:
                raise ValueError(f"cell {i} checks {found[0]!r}, and no cell with {BEGIN} is above")
            yield Place(found[0], answer, i, found[1])
        elif is_answer(cell):
            answer = i


def is_answer(cell: dict) -> bool:
    """Tell an answer's cell: by the marker in solutions/, by nbgrader's metadata in exercises/."""
    return BEGIN in source(cell) or bool(cell["metadata"].get("nbgrader", {}).get("solution"))


def read(path: Path) -> dict:
    """Read a notebook."""
    return json.loads(path.read_text("utf-8"))


def handed_in(path: Path) -> dict[str, Any]:
    """Run a notebook's cells here, the checks apart; return what each check is handed, by its id.

    What a debug exercise defines as broken_ID is returned under that name. A cell that fails, as
    one that calls a stub does, is passed over.
    """
    cells, objects, namespace = read(path)["cells"], {}, {"__name__": "notebook"}
    checks = {place.check: place for place in places(cells)}
    for i, cell in enumerate(cells):
        if place := checks.get(i):
            objects[place.id] = eval(place.handed_in, namespace)
            if broken := namespace.get(f"broken_{place.id}"):
                objects[broken.__name__] = broken
        elif cell["cell_type"] == "code":
            with contextlib.suppress(Exception), contextlib.redirect_stdout(io.StringIO()):
                exec(source(cell), namespace)
    return objects


def notebook_of(chapter: int, part: str = "solutions") -> Path:
    """Return the notebook of a chapter in solutions/ or exercises/."""
    found = sorted((root() / part).glob(f"{chapter:02}_*.ipynb"))
    if not found:
        raise FileNotFoundError(f"{part}/{chapter:02}_….ipynb is not in {root()}")
    return found[0]


def title(chapter: int) -> str:
    """Return a chapter's number and topic, as its notebook is called."""
    try:
        return notebook_of(chapter).stem.replace("_", " ")
    except FileNotFoundError:
        return f"{chapter:02}"


def answer_code(exercise_id: str, chapter: int) -> str:
    """Return the course's own answer, without the markers."""
    cells = read(notebook_of(chapter))["cells"]
    for place in places(cells):
        if place.id == exercise_id:
            lines = source(cells[place.solution]).splitlines()
            kept = [line for line in lines if line.strip() not in (BEGIN, END)]
            return without_placeholders("\n".join(kept))
    raise FileNotFoundError(f"{exercise_id} is not in {notebook_of(chapter).name}")


def without_placeholders(code: str) -> str:
    """Leave out what the solution replaces: `...`, or a tuple, list or dictionary of them.

    >>> without_placeholders('made = {"c": ..., "d": ...}\\nmade = {"c": x[..., 0]}')
    'made = {"c": x[..., 0]}'
    """
    lines = code.splitlines()
    for statement in reversed(ast.parse(code).body):
        match statement:
            case ast.Assign(value=ast.Tuple(parts) | ast.List(parts) | ast.Dict(values=parts)):
                pass
            case ast.Assign(value=value):
                parts = [value]
            case _:
                parts = []
        if any(isinstance(part, ast.Constant) and part.value is ... for part in parts):
            del lines[statement.lineno - 1 : statement.end_lineno]
    return "\n".join(lines)
