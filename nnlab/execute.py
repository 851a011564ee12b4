"""Execute notebooks in place, so that twice the same notebook is twice the same bytes.

    python -m nnlab.execute                     # all of notebooks/ and solutions/
    python -m nnlab.execute notebooks/00*.ipynb
    python -m nnlab.execute --check             # change nothing, say which would change

What varies from run to run or machine to machine is left out: times, widget views and their
state, the versions of kernel and Python.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from tqdm import tqdm

ROOT = Path(__file__).resolve().parent.parent
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def executed(path: Path, timeout: int = 120) -> nbformat.NotebookNode:
    """Return the notebook, run from a fresh kernel in its own folder, and tidied."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=timeout,
        record_timing=False,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
    )
    client.execute()
    return tidy(notebook, path.stem)


def tidy(notebook: nbformat.NotebookNode, stem: str) -> nbformat.NotebookNode:
    """Leave out what varies; give every cell an id that stays."""
    notebook.metadata = nbformat.from_dict(
        {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    )
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for i, cell in enumerate(notebook.cells):
        cell.setdefault("id", f"{stem[:2]}-{i:02}")
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(WIDGET_VIEW, None)
            if output.output_type == "error":
                output.traceback = []
    return notebook


def text_of(notebook: nbformat.NotebookNode) -> str:
    """Return the file's text, as `nbformat` writes it."""
    return nbformat.writes(notebook, version=4) + "\n"


def notebooks(root: Path = ROOT) -> list[Path]:
    """Return the course's notebooks that are executed, in order."""
    return [
        path
        for part in ("notebooks", "solutions")
        for path in sorted((root / part).glob("*.ipynb"))
    ]


def main(argv: list[str] | None = None) -> int:
    """Execute what is named, or all; return 1 if --check finds something stale."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument(
        "paths", nargs="*", type=Path, help="notebooks; all of them if none is named"
    )
    parser.add_argument("--check", action="store_true", help="change nothing; name what is stale")
    args = parser.parse_args(argv)
    os.environ.pop("MPLBACKEND", None)
    stale = []
    for path in tqdm(args.paths or notebooks(), unit="notebook", disable=None):
        old, new = path.read_text(encoding="utf-8"), text_of(executed(path.resolve()))
        if old != new:
            stale.append(path)
            if not args.check:
                path.write_text(new, encoding="utf-8", newline="\n")
    said = "stale: execute again" if args.check else "executed anew"
    for path in stale:
        print(f"{path}: {said}")
    if not stale:
        print("every notebook is as its code makes it")
    return int(args.check and bool(stale))


if __name__ == "__main__":
    sys.exit(main())
