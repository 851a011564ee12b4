"""What an interview may ask: the bank's questions, numeric tasks, and short code exercises.

Each item is a card of the memory: a question's id, a generator's, or an exercise's after "code:".
"""

from __future__ import annotations

import ast
import linecache
import re
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any

import numpy as np

from nnlab.checks import CheckFailed, Exercise, notebooks
from nnlab.checks.engine import find, judge
from nnlab.checks.guard import run
from nnlab.interview.formulas import spoken
from nnlab.interview.numeric import Generator, Task, generators
from nnlab.interview.questions import BANK, KINDS, Question, questions

# Exercises of five to ten minutes that need NumPy and nothing else of their notebook.
EXERCISES = (
    *("mlp_count", "forward_any", "repair_mse", "softmax_cross_entropy", "relative_error"),
    *("dense_backward", "softmax_backward", "repair_gate", "descend", "sgd_epoch"),
    *("repair_accumulation", "adam_step", "clip_together", "kept_epoch", "repair_leak"),
    *("scaled_weights", "dropout_layer", "batch_norm_forward", "repair_evaluation"),
)
SECONDS = 5.0  # for what a typed function's file does before it is called
ANSWER = "your answer"  # typed code's file, in a traceback
OURS = re.compile(rf'  File "{re.escape(__file__)}".*\n(?:    .*\n)*')  # the frame that runs it
SENTENCE = 0.5  # minutes for an answer of 15 seconds, as the diagnostic asks for it
LONGER = ("derive", "compute", "code")  # a minute more than to say something


@dataclass(frozen=True)
class Judged:
    """Whether a typed answer is right, what is said of it, and which of its lines are right.

    It is no `attempt` if it is empty or can't be read: then it is asked again, and costs nothing.
    """

    right: bool
    said: str
    lines: tuple[str, ...] = ()
    attempt: bool = True


@dataclass(frozen=True)
class Item:
    """One thing to ask; `seed` draws the numbers of a numeric task."""

    card: str
    way: str  # "talk", "number" or "code"
    chapter: str  # "07"
    kind: str  # one of the bank's KINDS
    difficulty: int
    minutes: float
    source: Question | Generator | Exercise
    key: bool = False
    seed: int = 0

    @cached_property
    def task(self) -> Task:
        """Return a numeric item with its numbers."""
        return self.source.task(self.seed)

    @cached_property
    def question(self) -> str:
        """Return what is asked, in the bank's markup."""
        if self.way == "number":
            return self.task.question
        return self.source.question if self.way == "talk" else asked(self.source)[0]

    @property
    def label(self) -> str:
        """Return what is asked on one line, as text."""
        return spoken(self.question.split("\n\n")[0])

    @property
    def broken(self) -> str:
        """Return the code to repair, of an exercise to debug."""
        return asked(self.source)[1] if self.way == "code" else ""

    @property
    def start(self) -> str:
        """Return the function to go on from, of a code exercise."""
        return asked(self.source)[2] if self.way == "code" else ""

    @property
    def lines(self) -> tuple[str, ...]:
        """Return the names of a numeric task's lines, the answer last."""
        return tuple(step.name for step in self.source.steps) if self.way == "number" else ()

    @property
    def note(self) -> str:
        """Say of a numeric task how near the answer must be, and what its lines are for."""
        *steps, last = self.source.steps
        rtol = min(step.rtol for step in self.source.steps) if self.source.every else last.rtol
        near = "exactly" if rtol == 0 else f"to within {100 * rtol:g} %"
        if not steps:
            return f"The answer is wanted {near}."
        if self.source.every:
            return f"Every line is asked for, {near}."
        return f"Only the last line is needed, {near}; the others show where it goes wrong."

    @property
    def solution(self) -> str:
        """Return the worked solution of a numeric task, or the course's code."""
        if self.way == "number":
            return self.task.worked
        if self.way == "code":
            return notebooks.answer_code(self.source.id, self.source.chapter)
        return self.source.full

    def judge(self, typed: str | dict[str, str]) -> Judged:
        """Judge typed lines of a numeric task, or typed code; what is said never gives it away."""
        if self.way == "number":
            verdict = self.task.judge({self.lines[-1]: typed} if isinstance(typed, str) else typed)
            right = tuple(line.name for line in verdict.lines if line.state == "right")
            return Judged(verdict.right, str(verdict), right, verdict.attempt)
        return judged_code(self.source, typed)

    def with_seed(self, seed: int) -> Item:
        """Return the item with other numbers."""
        return replace(self, seed=seed)


@cache
def catalogue() -> dict[str, Item]:
    """Return everything that can be asked, by its card, chapter by chapter."""
    found = [
        Item(q.id, "talk", q.chapter, q.kind, q.difficulty, to_say(q), q, bool(q.key))
        for q in questions().values()
    ]
    found += [
        Item(g.id, "number", g.chapter, "compute", g.difficulty, g.minutes, g)
        for g in generators().values()
    ]
    found += [
        Item(f"code:{e.id}", "code", f"{e.chapter:02}", e.kind, e.difficulty, e.minutes, e)
        for e in map(find, EXERCISES)
        if there(e)
    ]
    return {item.card: item for item in sorted(found, key=lambda i: (i.chapter, i.difficulty))}


def to_say(question: Question) -> int:
    """Return the minutes in which a question is answered: 15 seconds, and then what is pressed."""
    return question.difficulty + 1 + (question.kind in LONGER and question.difficulty > 1)


def in_a_sentence(item: Item) -> Item:
    """Return the item as the diagnostic asks it: words are one sentence."""
    return replace(item, minutes=SENTENCE) if item.way == "talk" else item


def there(exercise: Exercise) -> bool:
    """Tell whether the course's notebooks are beside the package, where the task is written."""
    try:
        return bool(asked(exercise))
    except FileNotFoundError:
        return False


@cache
def titles() -> dict[str, str]:
    """Return each chapter's notebook, without its ending: {"07": "07_backpropagation"}."""
    return {path.stem[:2]: path.stem for path in sorted(BANK.glob("*.toml"))}


def title(chapter: str) -> str:
    """Return a chapter's number and topic: 07 backpropagation."""
    return titles().get(chapter, chapter).replace("_", " ").replace(" sgd ", " SGD ")


@cache
def asked(exercise: Exercise) -> tuple[str, str, str]:
    """Return an exercise's task, the code to repair, and the function to begin with."""
    path = notebooks.notebook_of(exercise.chapter, "exercises")
    cells = notebooks.read(path)["cells"]
    place = next((p for p in notebooks.places(cells) if p.id == exercise.id), None)
    if place is None:
        raise FileNotFoundError(f"{exercise.id} is not in {path.name}")
    stub, broken = notebooks.source(cells[place.solution]), ""
    number = place.solution - 1
    if cells[number]["cell_type"] == "code":
        broken = notebooks.source(cells[number])
        stub = function_in(broken, f"broken_{exercise.id}").replace("broken_", "", 1)
        number -= 1
    blocks = notebooks.source(cells[number]).split("\n\n")
    task = [
        block for block in blocks if not block.startswith("#") and " · difficulty " not in block
    ]
    stub = re.sub(r"(raise NotImplementedError)\(.*\)", r"\1", stub)
    return "\n\n".join(task), broken, stub.replace(" Something is wrong.", "")


def function_in(code: str, name: str) -> str:
    """Return one function's lines."""
    for node in ast.parse(code).body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return "\n".join(code.splitlines()[node.lineno - 1 : node.end_lineno])
    raise ValueError(f"{name} isn't defined in the cell before its answer")


def judged_code(exercise: Exercise, code: str) -> Judged:
    """Run what was typed, and judge the function that it defines, as it stands."""
    space: dict[str, Any] = {"np": np, "__name__": "answer", "input": nobody}
    # for tracebacks, which show the lines
    linecache.cache[ANSWER] = (len(code), None, code.splitlines(keepends=True), ANSWER)
    went = run(lambda: exec(compile(code, ANSWER, "exec"), space), SECONDS)
    if went.ended == "time":
        return Judged(
            False, f"It was stopped after {SECONDS:g} seconds, before {exercise.id} was called."
        )
    if went.ended:
        return Judged(False, OURS.sub("", went.trace) or "It ended before it was defined.")
    if exercise.id not in space:
        said = f"There is no function called {exercise.id} in it."
        return Judged(False, said, attempt=bool(code.strip()))
    try:
        judge(exercise, space[exercise.id])
    except CheckFailed as failed:
        if failed.reason == "undone":
            return Judged(False, "The function's body isn't written yet.", attempt=False)
        return Judged(False, OURS.sub("", str(failed)).split("\n\nFor a hint: ")[0])
    return Judged(True, f"Right: it passes every case.\n{exercise.insight}")


def nobody(*prompt: Any) -> str:
    """Stand for `input` in typed code, which would wait for the reader."""
    raise RuntimeError("nobody answers input() here: take what the function is called with")


def chapters_of(wanted: Any) -> tuple[str, ...]:
    """Return chapters from 7, "07", "7-10, 12", "backpropagation" or a list of those.

    >>> chapters_of("6-7, normal"), chapters_of([7, "chain rule"])
    (('06', '07', '14'), ('06', '07'))
    """
    parts = [wanted] if isinstance(wanted, int | str) else list(wanted or ())
    found: set[str] = set()
    for part in ",".join(map(str, parts)).split(","):
        part = part.strip()
        low, dash, high = part.partition("-")
        if part.isdecimal():
            new = {f"{int(part):02}"} & set(titles())
        elif dash and low.strip().isdecimal() and high.strip().isdecimal():
            new = {f"{n:02}" for n in range(int(low), int(high) + 1)} & set(titles())
        else:
            words = "_".join(part.lower().split())
            new = {chapter for chapter, stem in titles().items() if words and words in stem}
        if part and not new:
            raise ValueError(
                f"no chapter is called {part!r}: take numbers from {min(titles())} to "
                f"{max(titles())} such as 7 or 7-10, or a word of a title"
            )
        found |= new
    return tuple(sorted(found))


def kinds_of(wanted: Any) -> tuple[str, ...]:
    """Return kinds of questions from "code, debug" or a list; ValueError for an unknown one."""
    parts = wanted.split(",") if isinstance(wanted, str) else list(wanted or ())
    found = tuple(part.strip().lower() for part in parts if part.strip())
    if unknown := [kind for kind in found if kind not in KINDS]:
        raise ValueError(f"no question is of kind {unknown[0]!r}: take {', '.join(KINDS)}")
    return found
