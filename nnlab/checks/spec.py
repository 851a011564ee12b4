"""The form of an exercise: data and small functions, nothing to inherit from."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import Any

import numpy as np

KINDS = ("code", "compute", "derive", "debug", "predict")
CALLED = ("code", "debug")  # the learner hands in a function; in the other kinds a value
SEED = 7

Bounds = tuple[tuple[str, int, int], ...]  # (symbol, lowest, highest): where a derivation holds
Cases = Callable[[np.random.Generator], Iterable[tuple]]


def one_empty_case(rng: np.random.Generator) -> list[tuple]:
    """Return the only case of an exercise whose answer is a value: no arguments."""
    return [()]


@dataclass(frozen=True)
class Exercise:
    """One exercise, as `nnlab.checks` describes it; raises ValueError for what breaks its rules."""

    id: str
    kind: str
    difficulty: int
    minutes: int
    oracle: Callable[..., Any]
    mistakes: tuple[Callable[..., Any], ...]
    hints: tuple[str, ...]
    insight: str
    cases: Cases = one_empty_case
    drive: Callable[..., Any] | None = None
    returns: tuple[str, ...] = ()
    choices: tuple[Any, ...] = ()
    bounds: Bounds = field(default=(), kw_only=True)
    rtol: float = field(default=1e-7, kw_only=True)
    atol: float = field(default=1e-9, kw_only=True)
    seconds: float = field(default=5.0, kw_only=True)
    chapter: int = field(default=0, kw_only=True)  # filled in from the name of the module

    def __post_init__(self) -> None:
        for broken, sentence in (
            (not self.id.isidentifier(), "the id must be a Python name"),
            (self.kind not in KINDS, f"the kind is one of {', '.join(KINDS)}"),
            (self.difficulty not in (1, 2, 3), "the difficulty is 1, 2 or 3"),
            (self.minutes <= 0, "the minutes must be above 0"),
            (len(self.hints) < 2, "at least two hints, from a nudge to nearly all"),
            (len(self.mistakes) < 3, "at least three mistakes, each one that people make"),
            (len(self.insight.splitlines()) != 2, "the insight is two lines"),
            (self.kind in CALLED and self.cases is one_empty_case, "a function needs cases"),
            (
                not all(m.__doc__ and m.__name__ != "<lambda>" for m in self.mistakes),
                "a mistake's name says what its author believed, its docstring names the mistake",
            ),
            (
                len({m.__name__ for m in self.mistakes}) < len(self.mistakes),
                "mistakes share a name",
            ),
        ):
            if broken:
                raise ValueError(f"exercise {self.id!r}: {sentence}")

    @property
    def called(self) -> bool:
        """Tell whether the learner hands in something to call; otherwise it is a value."""
        return self.kind in CALLED

    @property
    def badge(self) -> str:
        """Return the line that stands under the task's heading."""
        dots = "●" * self.difficulty + "○" * (3 - self.difficulty)
        minutes = "1 minute" if self.minutes == 1 else f"{self.minutes} minutes"
        return f"*{self.kind} · difficulty {self.difficulty} of 3 {dots} · {minutes}*"

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Return the names of a case's arguments: those of the oracle's parameters."""
        return tuple(inspect.signature(self.oracle).parameters)

    @cached_property
    def arguments(self) -> list[tuple]:
        """Return the cases, the same ones every time."""
        return list(self.cases(np.random.default_rng(SEED)))


def sentence(mistake: Callable[..., Any]) -> str:
    """Return what a mistake's docstring says, on one line."""
    return " ".join((mistake.__doc__ or "").split())


def draw(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Numbers from -2.9 to 2.9, none of them 0, with one decimal: they print as what they are.

    >>> draw(np.random.default_rng(0), 2).tolist()
    [2.5, -1.9]
    """
    return rng.integers(1, 30, shape) * rng.choice([-1, 1], shape) / 10


@cache
def exercises() -> dict[str, Exercise]:
    """Return every exercise by its id, in the order of chapters and of their modules."""
    package = importlib.import_module("nnlab.checks")
    found: dict[str, Exercise] = {}
    for name in sorted(module.name for module in pkgutil.iter_modules(package.__path__)):
        if name.startswith("chapter"):
            module = importlib.import_module(f"nnlab.checks.{name}")
            for value in vars(module).values():
                if isinstance(value, Exercise):
                    if value.id in found:
                        raise ValueError(f"exercise {value.id!r} stands in two places")
                    found[value.id] = replace(value, chapter=int(name.removeprefix("chapter")))
    return found
