"""A lab in a committed notebook: picture and words, the same at every run; the guide's example."""

import inspect
import re

import nbformat

from bench.browser import write_notebook
from nnlab import labs
from nnlab.execute import WIDGET_VIEW, executed


def test_an_executed_notebook_keeps_picture_and_words_and_nothing_that_varies(tmp_path):
    """A notebook would differ from run to run, or show nothing without a kernel."""
    path = tmp_path / "07.ipynb"
    write_notebook(path, "from nnlab.labs.chapter07 import backprop_stepper\nbackprop_stepper()")

    first, second = executed(path), executed(path)

    (output,) = first.cells[0].outputs
    assert nbformat.writes(first) == nbformat.writes(second)
    assert set(output.data) == {"text/plain", "image/png"}
    assert output.data["text/plain"].startswith("[Lab: Backpropagation, step by step]")
    assert "values appear from left to right" in output.metadata["image/png"]["alt"]
    assert WIDGET_VIEW not in output.data


def test_the_example_in_the_guide_runs():
    """A chapter's author would start from code that fails."""
    guide = inspect.getdoc(labs)
    code = "\n".join(
        re.findall(r"^(?:    .*)?$", guide.split("to see.\n")[1].split("\n`lab`")[0], re.M)
    )
    names = {}

    exec(inspect.cleandoc("\n" + code), names)
    lab = names["lab"]
    lab.lr = 1.2

    assert lab.error is None
    assert lab.reading == "After 20 steps w is 1.67e+03."


def test_the_guide_names_all_that_is_public():
    """An author would not know of a mark or control."""
    told = set(re.findall(r"\w+", inspect.getdoc(labs)))
    types = {"Control", "Mark"}  # made by functions, named only for type hints

    assert sorted(labs.__all__, key=str.lower) == sorted(set(labs.__all__), key=str.lower)
    assert set(labs.__all__) - told <= types
