"""Numeric questions with new numbers each time, judged line by line.

**How to write one.** In a module of nnlab/interview/numbers:

    Generator(
        id="unit-forward", chapter="03", difficulty=1, minutes=2,
        question="A sigmoid unit has w = {w} and b = {b}. What does it give for x = {x}?",
        draw=lambda rng: {"w": pick(rng, -2, 2), "b": pick(rng, -1, 1), "x": pick(rng, 1, 3)},
        steps=(
            Step("z", "w x + b", lambda w, x, b: w * x + b, "{w}·{x} + {b}", (
                ("The bias is missing.", lambda w, x: w * x),
            )),
            Step("p", "σ(z)", lambda z: 1 / (1 + math.exp(-z)), "σ({z})", (
                ("That is σ(-z).", lambda z: 1 / (1 + math.exp(z))),
            )),
        ),
        source="…",
    )

`draw` gives the numbers; each step computes one more from those and from the steps before, named
by its parameters. The last step is the answer, or each one is (`every`). `slips` are wrong ways:
the sentence that is said, and what comes out. A step's `rtol` is the tolerance of an answer, 0
where it is counted.

A wrong line is named with its likely cause even when only the end was typed: every slip is tried
in its own step and carried on. A line that is right, given the wrong one before it, is said so.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any

import numpy as np

from nnlab.interview.typed import Answer, read

Value = float | tuple  # a number, or a tuple of those
# What comes of reckoning on with a wrong line: a negative probability has no logarithm, one number
# no second entry.
NO_VALUE = (ArithmeticError, ValueError, TypeError, IndexError)


@dataclass(frozen=True)
class Step:
    """One line of the way to the answer."""

    name: str  # as the line is called: "z"
    formula: str  # "w x + b"
    value: Callable[..., Value]
    work: str = ""  # the formula with the numbers put in, as a template
    slips: tuple[tuple[str, Callable[..., Value]], ...] = ()
    rtol: float = 0.01
    unit: str = ""

    @property
    def key(self) -> str:
        """Return the name by which later steps ask for this one's value."""
        return "".join(sign if sign.isalnum() else "_" for sign in self.name)


@dataclass(frozen=True)
class Generator:
    """A question whose numbers are drawn anew each time."""

    id: str
    chapter: str
    difficulty: int
    minutes: int
    question: str
    draw: Callable[[np.random.Generator], dict[str, Any]]
    steps: tuple[Step, ...]
    source: str
    every: bool = False  # the question asks for every line, not for the last alone

    def task(self, seed: int) -> Task:
        """Return the question with the numbers of a seed."""
        return Task(self, seed, self.draw(np.random.default_rng(seed)))


@dataclass(frozen=True)
class Line:
    """What is said of one typed line."""

    name: str
    state: str  # "right", "carried", "wrong", "skipped" or "unreadable"
    said: str


@dataclass(frozen=True)
class Verdict:
    """Whether the answer is right, and what is said of each line."""

    right: bool
    lines: tuple[Line, ...]

    @property
    def attempt(self) -> bool:
        """Tell whether it was tried: an empty or unreadable line says nothing of the reader."""
        return self.right or any(line.state in ("wrong", "carried") for line in self.lines)

    @property
    def first_wrong(self) -> Line | None:
        """Return the first line that isn't right."""
        return next((line for line in self.lines if line.state in ("wrong", "unreadable")), None)

    def __str__(self) -> str:
        return "\n".join(line.said for line in self.lines if line.said)


@dataclass(frozen=True)
class Task:
    """One question with its numbers."""

    generator: Generator
    seed: int
    numbers: dict[str, Any]

    @property
    def id(self) -> str:
        """Return the generator's id: the card of all its questions."""
        return self.generator.id

    @property
    def question(self) -> str:
        """Return what is asked."""
        return signed(filled(self.generator.question, self.numbers))

    @cached_property
    def right(self) -> dict[str, Value]:
        """Return the value of every step, by its name."""
        known = carried_on(self.generator.steps, self.numbers)
        return {step.name: known[step.key] for step in self.generator.steps}

    def judge(self, typed: Mapping[str, str]) -> Verdict:
        """Judge lines as a person typed them, {step's name: text}; empty ones are skipped."""
        known, lines, theirs = dict(self.numbers), [], False
        for step in self.generator.steps:
            want = carried(step, known, self.right[step.name])
            text = typed.get(step.name, "").strip()
            line, value = self._line(step, text, want, known, theirs)
            known[step.key] = want if value is None else value
            theirs = theirs or line.state == "wrong"
            lines.append(line)
        if lines[-1].said == f"{lines[-1].name}: not right." and lines[0].state == "skipped":
            more = "Type the lines before it too: the first wrong one is named."
            lines[-1] = replace(lines[-1], said=f"{lines[-1].said} {more}")
        asked = lines if self.generator.every else lines[-1:]
        return Verdict(all(line.state == "right" for line in asked), tuple(lines))

    def _line(
        self, step: Step, text: str, want: Value, known: dict[str, Any], theirs: bool
    ) -> tuple[Line, Value | None]:
        """Return what is said of a line, and its value where later ones should go on from it."""
        asked = self.generator.every or step is self.generator.steps[-1]
        right = self.right[step.name]
        if not text:
            said = f"{step.name}: no answer." if asked else ""
            return Line(step.name, "skipped", said), None
        answer = read(text, step.unit)
        if answer.value is None:
            return Line(step.name, "unreadable", f"{step.name}: {answer.said}"), None
        if answer.agrees(right, step.rtol):
            return Line(step.name, "right", f"{step.name}: right, {self._told(step)}."), right
        if theirs and answer.agrees(want, step.rtol):
            said = f"{step.name}: right from your line before, but that one was wrong."
            return Line(step.name, "carried", said), answer.value
        cause = self._cause(step, answer, known) or answer.compared(right, step.rtol)
        said = f"{step.name}: not right. {cause}".strip()
        return Line(step.name, "wrong", said), answer.value

    def _cause(self, step: Step, answer: Answer, known: dict[str, Any]) -> str:
        """Return the sentence of the slip that gives this answer, here or in a line skipped."""
        for sentence, slip in step.slips:
            if agrees(answer, slip, known, step.rtol):
                return sentence
        steps = self.generator.steps
        for i, earlier in enumerate(steps[: steps.index(step)]):
            for sentence, slip in earlier.slips:
                wrong = carried_on(steps[: i + 1], self.numbers, slip)
                ends = carried_on(steps[i + 1 : steps.index(step) + 1], wrong)
                if step.key in ends and answer.agrees(ends[step.key], step.rtol):
                    return f"In {earlier.name} already: {sentence}"
        return ""

    def _told(self, step: Step) -> str:
        """Return the value with its unit."""
        return f"{said(self.right[step.name])} {step.unit}".strip()

    @property
    def worked(self) -> str:
        """Return the worked solution, a line for each step."""
        known, lines = dict(self.numbers), []
        for step in self.generator.steps:
            parts = [step.name, step.formula, signed(filled(step.work, known)), self._told(step)]
            lines.append(" = ".join(part for part in parts if part))
            known[step.key] = self.right[step.name]
        return "\n".join(lines)


def called(value: Callable[..., Value], known: Mapping[str, Any]) -> Value:
    """Call a step's function with the numbers that its parameters name."""
    return value(**{name: known[name] for name in inspect.signature(value).parameters})


def carried(step: Step, known: Mapping[str, Any], right: Value) -> Value:
    """Return the step's value after lines as they were typed; the right one if there is none."""
    try:
        value = called(step.value, known)
        return right if np.iscomplexobj(value) else value
    except NO_VALUE:
        return right


def carried_on(
    steps: tuple[Step, ...], numbers: Mapping[str, Any], last: Callable[..., Value] | None = None
) -> dict[str, Any]:
    """Return the numbers and the value of each step; the last one's by `last`, if given."""
    known = dict(numbers)
    for step in steps:
        way = last if last and step is steps[-1] else step.value
        try:
            known[step.key] = called(way, known)
        except NO_VALUE:
            return known
    return known


def agrees(answer: Answer, way: Callable[..., Value], known: dict[str, Any], rtol: float) -> bool:
    """Tell whether the answer is what a wrong way gives."""
    try:
        return answer.agrees(called(way, known), rtol)
    except NO_VALUE:
        return False


def said(value: Any) -> str:
    """Write a number as in a question: 1,234,567 or 0.7311.

    >>> said(1234567), said(0.731058), said((1, 2.5)), said(-0.5)
    ('1,234,567', '0.7311', '(1, 2.5)', '-0.5')
    """
    if isinstance(value, str):
        return value
    if isinstance(value, tuple):
        return f"({', '.join(map(said, value))})"
    if float(value).is_integer() and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:,.2f}" if 1000 <= abs(value) < 1e9 else f"{value:.4g}"


def filled(template: str, numbers: Mapping[str, Any]) -> str:
    """Put the numbers into a template's braces; a negative one that is squared, in parentheses.

    >>> filled("1 - {h}² + {x[1]}", {"h": -0.5, "x": (3, 4)})
    '1 - (-0.5)² + 4'
    """

    def put(found: re.Match) -> str:
        value = numbers[found[1]]
        if found[2]:
            value = value[int(found[2])]
        negative = isinstance(value, int | float) and value < 0
        return f"({said(value)})" if negative and found[3] else said(value)

    return re.sub(r"\{(\w+)(?:\[(\d)\])?\}(?=([²³])?)", put, template)


def signed(work: str) -> str:
    """Write + -1 as - 1, and 2·-1 as 2·(-1).

    >>> signed("(3 + -1·-0.5 - -2, 2·-4, 1)")
    '(3 - 1·(-0.5) + 2, 2·(-4), 1)'
    """
    work = work.replace("+ -", "- ").replace("- -", "+ ")
    number = r"(?<=[·/])-\d+(?:[.,]\d+)*(?:e[+-]?\d+)?"
    return re.sub(number, lambda found: f"({found[0]})", work)


def pick(rng: np.random.Generator, low: float, high: float, digits: int = 1) -> float:
    """Return a number between the two, with so many decimals, and never 0.

    >>> pick(np.random.default_rng(0), -1, 1)
    0.7
    """
    scale = 10**digits
    while True:
        drawn = int(rng.integers(round(low * scale), round(high * scale) + 1))
        if drawn:
            return drawn / scale


def until(
    fits: Callable[..., bool], draw: Callable[[np.random.Generator], dict[str, Any]]
) -> Callable[[np.random.Generator], dict[str, Any]]:
    """Return a draw that is repeated until its numbers fit; `fits` names those that it wants."""

    def drawn(rng: np.random.Generator) -> dict[str, Any]:
        while not called(fits, numbers := draw(rng)):
            pass
        return numbers

    return drawn


def whole(rng: np.random.Generator, low: int, high: int) -> int:
    """Return a whole number from low to high."""
    return int(rng.integers(low, high + 1))


def one_of(rng: np.random.Generator, *options: Any) -> Any:
    """Return one of the options."""
    return options[int(rng.integers(len(options)))]


@cache
def generators() -> dict[str, Generator]:
    """Return every generator by its id, chapter by chapter, easy ones first."""
    package = importlib.import_module("nnlab.interview.numbers")
    found: dict[str, Generator] = {}
    for name in sorted(module.name for module in pkgutil.iter_modules(package.__path__)):
        for generator in importlib.import_module(f"{package.__name__}.{name}").GENERATORS:
            if generator.id in found:
                raise ValueError(f"generator {generator.id!r} stands in two places: rename one")
            found[generator.id] = generator
    ordered = sorted(found.values(), key=lambda g: (g.chapter, g.difficulty))
    return {generator.id: generator for generator in ordered}
