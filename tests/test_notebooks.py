"""The rules for every committed notebook, and for each rule a notebook that it must refuse.

nbval runs the notebooks and compares outputs; here is what it does not see.
"""

import copy
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import pytest

from nnlab.execute import KERNEL, main, notebooks, text_of, tidy

ROOT = Path(__file__).resolve().parents[1]
METADATA = {"kernelspec": KERNEL, "language_info": {"name": "python"}}
CELL_METADATA = {"nbgrader", "tags"}
COPIED = ("notebooks", "exercises")  # what start.py copies to my_course/, side by side as here
LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)[^)]*\)|<a [^>]*href=\"([^\"]+)\"")
MACHINE = re.compile(r"(?<![\w.])/(home|Users|root|tmp|var|work|private)/|\b[A-Z]:\\\\?\w")
VARIES = {
    "an address": re.compile(r"\b0x[0-9a-f]{6,}"),
    "a date": re.compile(r"\b20\d\d-\d\d-\d\d\b"),
    "a time of day": re.compile(r"\b\d{1,2}:\d\d:\d\d\b"),
    "a duration": re.compile(r"\b\d+\.\d+ ?(ms|µs|μs|ns|s|sec|seconds)\b"),
}

Rule = Callable[[nbformat.NotebookNode, Path], Iterator[str]]


def code_cells(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    """Return the cells that a kernel runs."""
    return [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]


def outputs(notebook: nbformat.NotebookNode) -> Iterator[tuple[str, nbformat.NotebookNode]]:
    """Yield (cell id, output)."""
    for cell in code_cells(notebook):
        for output in cell.outputs:
            yield cell.id, output


def prose(cell: nbformat.NotebookNode) -> str:
    """Return a Markdown cell's text without its code: a # there is a comment, not a heading."""
    if cell.cell_type != "markdown":
        return ""
    return re.sub(r"```.*?```|`[^`\n]*`", "", cell.source, flags=re.DOTALL)


def executed_in_order(notebook: nbformat.NotebookNode, path: Path) -> Iterator[str]:
    """Every cell was run, once, from top to bottom in a fresh kernel."""
    counts = [cell.execution_count for cell in code_cells(notebook)]
    if counts != list(range(1, len(counts) + 1)):
        yield f"cells were run as {counts}"


def ran_cleanly(notebook: nbformat.NotebookNode, path: Path) -> Iterator[str]:
    """No error, and no warning: both would greet the reader in red."""
    for cell, output in outputs(notebook):
        if output.output_type == "error" or output.get("name") == "stderr":
            yield f"{cell} put out an error or a warning"


def pictures_are_described(notebook: nbformat.NotebookNode, path: Path) -> Iterator[str]:
    """A picture says in words what is seen, wherever it is shown."""
    for cell, output in outputs(notebook):
        for kind in (k for k in output.get("data", {}) if k.startswith("image/")):
            alt = output.metadata.get(kind, {}).get("alt", "")
            if len(alt.split()) < 5 or not output.data.get("text/plain", "").strip():
                yield f"{cell} shows a picture without alternative text"
    for cell in notebook.cells:
        named = [found[2] for found in LINK.finditer(prose(cell)) if found[1]]
        tags = re.findall(r"<img [^>]*>", prose(cell))
        named += [(re.search(r'alt="([^"]*)"', tag) or ["", ""])[1] for tag in tags]
        if any(len(alt.split()) < 2 for alt in named):
            yield f"{cell.id} has a picture without alternative text"


def one_title(notebook: nbformat.NotebookNode, path: Path) -> Iterator[str]:
    """One first-level heading, at the very top, that begins with the chapter's number."""
    titles = [line for cell in notebook.cells for line in re.findall(r"^# .*", prose(cell), re.M)]
    top = notebook.cells[0].source if notebook.cells else ""
    if len(titles) != 1 or not top.startswith(f"# {path.name[:2]} · "):
        yield f"first-level headings {titles}, wanted one, first, such as '# {path.name[:2]} · …'"


def metadata_is_reduced(notebook: nbformat.NotebookNode, path: Path) -> Iterator[str]:
    """Nothing about the machine, the kernel's version or the editor that was used."""
    if dict(notebook.metadata) != METADATA:
        yield "the notebook's metadata hold more than kernelspec and language"
    for cell in notebook.cells:
        if more := set(cell.metadata) - CELL_METADATA:
            yield f"{cell.id} has metadata {sorted(more)}"


def is_as_it_would_be_written(notebook: nbformat.NotebookNode, path: Path) -> Iterator[str]:
    """The file is what the command writes, so a second run leaves no difference behind."""
    if path.read_text("utf-8") != text_of(tidy(copy.deepcopy(notebook), path.stem)):
        yield "the file isn't as `python -m nnlab.execute` writes it"


def cells_have_names(notebook: nbformat.NotebookNode, path: Path) -> Iterator[str]:
    """Ids stay from one edit to the next and are unique, so that differences can be read."""
    ids = [cell.get("id", "") for cell in notebook.cells]
    if len(set(ids)) < len(ids) or not all(name.startswith(path.name[:2]) for name in ids):
        yield f"ids must be unique and begin with {path.name[:2]}"


def links_lead_somewhere(notebook: nbformat.NotebookNode, path: Path) -> Iterator[str]:
    """A local link works here and in my_course/, which holds notebooks and exercises only."""
    folder = path.parent.parent
    for cell in notebook.cells:
        for found in LINK.finditer(prose(cell)):
            target = (found[3] or found[4]).split("#")[0]
            if not target or re.match(r"[a-z]+:", target):
                continue
            there = (path.parent / target).resolve()
            inside = any(there.is_relative_to((folder / part).resolve()) for part in COPIED)
            if not (inside and there.is_file()):
                yield f"{cell.id} links to {target}, which isn't there for a learner"


def nothing_varies(notebook: nbformat.NotebookNode, path: Path) -> Iterator[str]:
    """No path of a machine; in the outputs no address, date or duration."""
    for cell in notebook.cells:
        if MACHINE.search(cell.source):
            yield f"{cell.id} names a path of some machine"
    for cell, output in outputs(notebook):
        data = output.get("data", {})
        texts = [output.get("text", ""), *(str(data[k]) for k in data if k.startswith("text/"))]
        for text in texts:
            if MACHINE.search(text):
                yield f"{cell} puts out a path of some machine"
            yield from (f"{cell} puts out {what}" for what, p in VARIES.items() if p.search(text))


RULES: list[Rule] = [
    executed_in_order,
    ran_cleanly,
    pictures_are_described,
    one_title,
    metadata_is_reduced,
    is_as_it_would_be_written,
    cells_have_names,
    links_lead_somewhere,
    nothing_varies,
]


@pytest.mark.parametrize("path", notebooks(), ids=lambda path: f"{path.parent.name}/{path.stem}")
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_every_notebook_keeps_the_rules(path, rule):
    """A reader without a kernel, without eyes or on another machine would be left out."""
    found = list(rule(nbformat.read(path, as_version=4), path))

    assert found == []


# --- each rule refuses something ----------------------------------------------------------------

PNG = {"image/png": "iVBORw0KGgo=", "text/plain": "[Figure: a line]"}
DESCRIBED = {"image/png": {"alt": "A line that falls from left to right."}}


def code(source: str, count: int | None, *found: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Return a code cell that was run as number `count`."""
    cell = nbformat.v4.new_code_cell(source, execution_count=count, outputs=list(found))
    cell.id = f"07-code-{count}"
    return cell


def text(source: str, name: str = "07-text") -> nbformat.NotebookNode:
    """Return a Markdown cell."""
    cell = nbformat.v4.new_markdown_cell(source)
    cell.id = name
    return cell


def printed(words: str, name: str = "stdout") -> nbformat.NotebookNode:
    """Return the output of a print."""
    return nbformat.v4.new_output("stream", name=name, text=words)


def picture(metadata: dict, data: dict = PNG) -> nbformat.NotebookNode:
    """Return a displayed picture."""
    return nbformat.v4.new_output("display_data", data=data, metadata=metadata)


@pytest.fixture
def sample(tmp_path):
    """Return a function that saves a course of one good notebook, with more cells if wanted."""
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "exercises").mkdir()
    (tmp_path / "nnlib").mkdir()
    (tmp_path / "nnlib" / "layers.py").write_text("", "utf-8")
    (tmp_path / "exercises" / "07_topic.ipynb").write_text("{}", "utf-8")

    def make(*more, change=None) -> tuple[nbformat.NotebookNode, Path]:
        cells = [
            text("# 07 · A topic\n\n```python\n# a comment\n```\n", "07-title"),
            code("1 + 1", 1, printed("2\n"), picture(DESCRIBED)),
            text("[Do](../exercises/07_topic.ipynb#it), [see](https://example.org/a)", "07-links"),
        ]
        notebook = tidy(nbformat.v4.new_notebook(cells=[*cells, *more]), "07_topic")
        if change:
            change(notebook)
        path = tmp_path / "notebooks" / "07_topic.ipynb"
        path.write_text(text_of(notebook), "utf-8")
        return nbformat.read(path, as_version=4), path

    return make


def broken(rule: Rule, sample: tuple[nbformat.NotebookNode, Path]) -> list[str]:
    """Return what one rule says, after making sure that the notebook is one at all."""
    notebook, path = sample
    nbformat.validate(notebook)
    return list(rule(notebook, path))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_good_notebook_breaks_no_rule(rule, sample):
    """A rule that refuses everything would be switched off before long."""
    assert broken(rule, sample()) == []


def retitled(notebook):
    """Take the title's number away."""
    notebook.cells[0].source = "# A topic"


def from_another_kernel(notebook):
    """Leave a trace of the machine."""
    notebook.metadata.language_info["version"] = "3.11.7"


def with_editor_metadata(notebook):
    """Leave a trace of the editor."""
    notebook.cells[1].metadata["collapsed"] = True


def with_two_of_one_name(notebook):
    """Give two cells one id."""
    notebook.cells[2].id = notebook.cells[0].id


def unnamed(notebook):
    """Leave an id as an editor draws it."""
    notebook.cells[2].id = "a1b2c3d4"


@pytest.mark.parametrize(
    ("rule", "cell"),
    [
        (executed_in_order, code("never run", None)),
        (executed_in_order, code("run again", 7)),
        (ran_cleanly, code("warns", 2, printed("DeprecationWarning\n", "stderr"))),
        (ran_cleanly, code("fails", 2, nbformat.v4.new_output("error", ename="E", evalue="e"))),
        (pictures_are_described, code("draws", 2, picture({}))),
        (pictures_are_described, code("draws", 2, picture({"image/png": {"alt": "figure"}}))),
        (
            pictures_are_described,
            code("draws", 2, picture(DESCRIBED, {"image/png": PNG["image/png"]})),
        ),
        (pictures_are_described, text("![](picture.png)")),
        (pictures_are_described, text('<img src="picture.png">')),
        (one_title, text("# 07 · Another title")),
        (links_lead_somewhere, text("[Next](08_nowhere.ipynb)")),
        (links_lead_somewhere, text("[The code](../nnlib/layers.py)")),
        (links_lead_somewhere, text('<a href="08_nowhere.ipynb">Next</a>')),
        (links_lead_somewhere, text("[The folder](../exercises)")),
        (nothing_varies, code("x", 2, printed("<Network object at 0x7f3a2b1c9d50>"))),
        (nothing_varies, code("x", 2, printed("done on 2026-01-31"))),
        (nothing_varies, code("x", 2, printed("done at 12:30:01"))),
        (nothing_varies, code("x", 2, printed("it took 0.31 s"))),
        (nothing_varies, code("x", 2, printed("saved to /home/ada/net.npz"))),
        (nothing_varies, code("open('C:\\\\Users\\\\ada')", 2)),
        (nothing_varies, text("See /Users/ada/course.")),
    ],
)
def test_a_rule_refuses_a_bad_cell(rule, cell, sample):
    """A rule that can't fail protects nobody."""
    assert len(broken(rule, sample(cell))) == 1


@pytest.mark.parametrize(
    ("rule", "change"),
    [
        (one_title, retitled),
        (metadata_is_reduced, from_another_kernel),
        (metadata_is_reduced, with_editor_metadata),
        (cells_have_names, unnamed),
        (is_as_it_would_be_written, from_another_kernel),
    ],
)
def test_a_rule_refuses_a_bad_notebook(rule, change, sample):
    """The same for what isn't a cell of its own."""
    assert len(broken(rule, sample(change=change))) == 1


def test_two_cells_of_one_name_are_refused(sample):
    """A link to a cell, or a difference between two versions, would lead to the wrong one."""
    notebook, path = sample()
    with_two_of_one_name(notebook)

    assert len(list(cells_have_names(notebook, path))) == 1


def test_a_file_written_otherwise_is_refused(sample):
    """Its next execution would change every line."""
    notebook, path = sample()
    path.write_text(path.read_text("utf-8").replace('\n "cells"', '\n  "cells"'), "utf-8")

    assert len(list(is_as_it_would_be_written(notebook, path))) == 1


def test_there_are_notebooks():
    """An empty list would pass every rule."""
    assert {path.name for path in notebooks()} >= {
        "00_start_here.ipynb",
        "07_backpropagation.ipynb",
    }


@pytest.mark.parametrize(("digits", "code"), [(4, 0), (15, 1)])
def test_outputs_that_hang_by_the_last_digits_are_found(sample, capsys, digits, code):
    """Another BLAS rounds otherwise, and the reader's own run would differ from the page."""
    source = "import nnlib as nn\nnet = nn.Network([nn.Dense(2, 2)], nn.MSE())\n"
    cells = [nbformat.v4.new_code_cell(f"{source}print(net.theta[:4].round({digits}).tolist())")]
    _, path = sample()
    path.write_text(text_of(nbformat.v4.new_notebook(cells=cells)), "utf-8")
    main([str(path)])

    found = main(["--perturb", str(path)])

    assert found == code
    assert ("its output hangs by the last digits" in capsys.readouterr().out) == bool(code)
