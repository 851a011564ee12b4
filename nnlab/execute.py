"""Execute notebooks in place, so that twice the same notebook is twice the same bytes.

    python -m nnlab.execute                     # all of notebooks/ and solutions/
    python -m nnlab.execute notebooks/00*.ipynb
    python -m nnlab.execute --check             # change nothing, say which would change
    python -m nnlab.execute --perturb           # change nothing, say whose outputs hang by a digit

What varies from run to run or machine to machine is left out: times, widget views and their
state, the versions of kernel and Python. --perturb runs each notebook with the first weights of
every network off by 1e-12 of themselves, which is what another machine's rounding may do after a
few steps: an output that changes shows too many digits, or compares numbers that are too close.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from tqdm import tqdm

ROOT = Path(__file__).resolve().parent.parent
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
PERTURBED = """
import numpy, nnlib

def perturbed(net, *args, drawn=nnlib.Network.__init__, **named):
    drawn(net, *args, **named)
    noise = numpy.random.default_rng(len(net.theta)).uniform(-1, 1, net.theta.size)
    net.theta *= (1 + 1e-12 * noise).astype(net.theta.dtype)

nnlib.Network.__init__ = perturbed
"""


def executed(path: Path, timeout: int = 120) -> nbformat.NotebookNode:
    """Return the notebook, run from a fresh kernel in its own folder, and tidied."""
    notebook = nbformat.read(path, as_version=4)
    run(notebook, path.parent, timeout)
    return tidy(notebook, path.stem)


def run(notebook: nbformat.NotebookNode, folder: Path, timeout: int) -> None:
    """Execute the notebook in its folder, as a learner would who has not done anything yet."""
    client = NotebookClient(
        notebook,
        timeout=timeout,
        record_timing=False,
        coalesce_streams=True,  # how a cell's lines are parcelled depends on the time they take
        kernel_name="python3",
        extra_arguments=["--log-level=ERROR"],  # it warns that this machine could listen to itself
        resources={"metadata": {"path": str(folder)}},
    )
    with tempfile.TemporaryDirectory() as progress:
        client.execute(env=os.environ | {"BACKPROP_DATA": progress})


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


def perturbed(path: Path, timeout: int = 120) -> list[str]:
    """Run the notebook with weights off by 1e-12; return the cells whose text outputs change.

    Cells that were never run are left out: they have no outputs to compare.
    """
    old, new = (nbformat.read(path, as_version=4) for _ in range(2))
    new.cells.insert(0, nbformat.v4.new_code_cell(PERTURBED))
    run(new, path.parent, timeout)
    pairs = zip(old.cells, new.cells[1:], strict=True)
    return [a.id for a, b in pairs if a.get("execution_count") and said(a) != said(b)]


def said(cell: nbformat.NotebookNode) -> str:
    """Return what a cell puts out, but for pictures and widgets."""
    found = []
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        found += [output.get("text", ""), output.get("evalue", "")]
        found += [data[kind] for kind in sorted(data) if kind.startswith("text/")]
    return "".join(found)


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
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--check", action="store_true", help="change nothing; name what is stale")
    mode.add_argument("--perturb", action="store_true", help="change nothing; name what is fragile")
    args = parser.parse_args(argv)
    os.environ.pop("MPLBACKEND", None)
    if args.perturb:
        return report_fragile(args.paths or notebooks())
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


def report_fragile(paths: list[Path]) -> int:
    """Say which outputs change when weights are off by 1e-12; return 1 if any does."""
    fragile = 0
    for path in tqdm(paths, unit="notebook", disable=None):
        for cell in perturbed(path.resolve()):
            fragile += 1
            print(f"{path}, cell {cell}: its output hangs by the last digits")
    if not fragile:
        print("no output hangs by the last digits")
    return int(fragile > 0)


if __name__ == "__main__":
    sys.exit(main())
