"""`nnlib.__all__`: what can be said after `import nnlib as nn`, sorted, complete, explained."""

import importlib
import inspect
import pkgutil
import subprocess
import sys
import types

import pytest

import nnlib as nn
from nnlib import init

BASES = (nn.Layer, nn.Loss, nn.Optimizer)


def test_public_names_are_sorted_and_unique():
    """A sorted list is one in which a missing name is seen: CAPITALS, Classes, functions."""

    def kind(name):
        return 0 if name.isupper() else 1 if name[0].isupper() else 2

    assert nn.__all__ == sorted(set(nn.__all__), key=lambda name: (kind(name), name))


def test_public_names_are_all_that_was_imported():
    """A name imported into the package and left out of __all__ is public by accident."""
    imported = {
        name
        for name, thing in vars(nn).items()
        if not name.startswith("_") and not isinstance(thing, types.ModuleType)
    }

    assert imported == set(nn.__all__)


@pytest.mark.parametrize("name", [m.name for m in pkgutil.iter_modules(nn.__path__)])
def test_every_layer_loss_and_optimizer_is_public(name):
    """A new layer that nobody can reach by its name does not exist."""
    module = importlib.import_module(f"nnlib.{name}")
    own = [thing for thing in vars(module).values() if inspect.isclass(thing)]

    for thing in own:
        if thing.__module__ == module.__name__ and issubclass(thing, BASES):
            assert getattr(nn, thing.__name__) is thing


def test_every_initialiser_is_public():
    """They are plain functions, so no base class gives them away."""
    functions = [f for f in vars(init).values() if inspect.isfunction(f)]

    assert len(functions) == 7
    for function in functions:
        assert getattr(nn, function.__name__) is function


def test_every_public_name_is_explained():
    """help(nn.anything) must say something."""
    for name in nn.__all__:
        assert len(inspect.getdoc(getattr(nn, name))) > 20, name


def test_a_star_import_brings_nothing_else():
    """Modules and helpers stay behind."""
    code = "before = set(dir()); from nnlib import *; print(*sorted(set(dir()) - before))"

    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert set(out.stdout.split()) - {"before"} == set(nn.__all__)
