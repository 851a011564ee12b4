"""Make exercises/ from solutions/, which stay the source of everything.

    python -m nnlab.checks.generate            # write what has changed
    python -m nnlab.checks.generate --check    # change nothing, say what would change

A function's body between the markers becomes a stub; an answer that is a value keeps the
placeholder above the markers (`answer = ...`). Both notebooks get nbgrader's cell metadata, so an
instructor can hand out solutions/ as they are.
"""

from __future__ import annotations

import argparse
import copy
import re
import sys
from pathlib import Path

import nbformat

from nnlab.checks.notebooks import BEGIN, END, places, root
from nnlab.checks.spec import exercises
from nnlab.execute import text_of, tidy

STUB = 'raise NotImplementedError("write this, then run the cell below")'
REGION = re.compile(
    rf"^([ \t]*){BEGIN}[ \t]*\n.*?^[ \t]*{END}[ \t]*(?:\n|\Z)", re.MULTILINE | re.DOTALL
)


def with_stubs(text: str) -> str:
    """Put a stub in place of each indented solution; leave a top-level one out.

    >>> print(with_stubs("answer = ...\\n### BEGIN SOLUTION\\nanswer = 3\\n### END SOLUTION\\n"))
    answer = ...
    """
    if text.count(BEGIN) != text.count(END) or len(REGION.findall(text)) != text.count(BEGIN):
        raise ValueError(f"{BEGIN} and {END} don't alternate in:\n{text}")
    return REGION.sub(lambda m: f"{m[1]}{STUB}\n" if m[1] else "", text).rstrip()


def stamped(notebook: nbformat.NotebookNode, stem: str) -> nbformat.NotebookNode:
    """Return the solution with the metadata that nbgrader wants, and cell ids that stay."""
    notebook = tidy(copy.deepcopy(notebook), stem)
    for cell in notebook.cells:
        cell.metadata.pop("nbgrader", None)
    for place in places(notebook.cells):
        points = exercises()[place.id].difficulty
        for i, grade_id, check in (
            (place.solution, place.id, False),
            (place.check, f"check_{place.id}", True),
        ):
            said = {"grade": check, "grade_id": grade_id, "locked": check}
            said |= {"points": points} if check else {}
            said |= {"schema_version": 3, "solution": not check, "task": False}
            notebook.cells[i].metadata["nbgrader"] = said
    return notebook


def exercise_of(solution: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Return the learner's notebook: stubs for solutions, nothing run yet."""
    notebook = copy.deepcopy(solution)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.source, cell.outputs, cell.execution_count = with_stubs(cell.source), [], None
    return notebook


def made(path: Path) -> dict[Path, str]:
    """Return the text of a solution's file and of its exercise's file, as they should be."""
    solution = stamped(nbformat.read(path, as_version=4), path.stem)
    exercise = path.parent.parent / "exercises" / path.name
    return {path: text_of(solution), exercise: text_of(exercise_of(solution))}


def stale(folder: Path) -> dict[Path, str]:
    """Return the files that aren't what they should be, with the text they should have."""
    wanted = {
        p: t for s in sorted((folder / "solutions").glob("*.ipynb")) for p, t in made(s).items()
    }
    return {p: t for p, t in wanted.items() if not p.exists() or p.read_text("utf-8") != t}


def main(argv: list[str] | None = None) -> int:
    """Write what is stale, or with --check name it and return 1."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="change nothing; name what is stale")
    only_look = parser.parse_args(argv).check
    found = stale(root())
    for path, text in found.items():
        if not only_look:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, "utf-8", newline="\n")
        print(f"{path.relative_to(root())}: {'stale' if only_look else 'written'}")
    wanted = {path.name for path in (root() / "solutions").glob("*.ipynb")}
    left = [p.name for p in (root() / "exercises").glob("*.ipynb") if p.name not in wanted]
    for name in left:
        print(f"exercises/{name}: has no solution; delete it")
    return int(bool(left) or (only_look and bool(found)))


if __name__ == "__main__":
    sys.exit(main())
