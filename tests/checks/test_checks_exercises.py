"""Every exercise of the course: stubs fail, solutions pass, each mistake gets its own sentence."""

import ast
import importlib.util
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from nnlab.checks import CheckFailed, notebooks
from nnlab.checks.engine import judge
from nnlab.checks.generate import stale
from nnlab.checks.spec import CALLED, exercises, sentence

ROOT = Path(__file__).resolve().parents[2]
ALL = list(exercises().values())
EACH = pytest.mark.parametrize("exercise", ALL, ids=lambda e: e.id)
MISTAKES = pytest.mark.parametrize(
    ("exercise", "mistake"),
    [(e, m) for e in ALL for m in e.mistakes],
    ids=lambda part: part.id if hasattr(part, "id") else part.__name__,
)
BATCHES = {"X", "x", "z", "dz", "a", "da", "x1"}  # arguments whose first axis is the batch
SQUARE = {"V"}  # from one hidden state to the next: square by nature

# The chapter from which on an exercise may use a name of nnlib.
TAUGHT = {
    "Value": 7,
    "gradient_check": 5,
    "numerical_gradient": 5,
    "directional_check": 5,
    "SGD": 8,
    "batches": 9,
    **dict.fromkeys(["AdaGrad", "RMSProp", "Adam", "AdamW", "clip_by_norm", "clip_by_value"], 10),
    **dict.fromkeys(["cosine", "step_decay", "warmup", "inverse_time"], 10),
    **dict.fromkeys(["fit", "History", "confusion_matrix"], 11),
    **dict.fromkeys(["he_normal", "he_uniform", "xavier_normal", "xavier_uniform"], 12),
    **dict.fromkeys(["LeakyReLU", "GELU", "Residual"], 12),
    **dict.fromkeys(["Dropout", "L1", "L2"], 13),
    **dict.fromkeys(["BatchNorm", "LayerNorm"], 14),
}


@cache
def handed_in(part: str, chapter: int) -> dict:
    """Return what the checks of a chapter's notebook are handed."""
    return notebooks.handed_in(notebooks.notebook_of(chapter, part))


@cache
def alternatives(chapter: int) -> dict:
    """Return the differently written answers to a chapter's exercises."""
    path = Path(__file__).with_name(f"alternatives{chapter:02}.py")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.ALTERNATIVES


def cells_of(part: str, chapter: int) -> list[dict]:
    """Return the cells of a chapter's notebook."""
    return notebooks.read(notebooks.notebook_of(chapter, part))["cells"]


def later(code: str, chapter: int) -> set[str]:
    """Return the names in the code that are taught after the chapter."""
    names = {n.attr for n in ast.walk(ast.parse(code)) if isinstance(n, ast.Attribute)}
    names |= {n.name for n in ast.walk(ast.parse(code)) if isinstance(n, ast.alias)}
    return {name for name in names if TAUGHT.get(name, 0) > chapter}


@EACH
def test_stub_fails_as_not_done_yet(exercise):
    """A learner who hasn't begun would be told of a mistake, or pass."""
    stub = handed_in("exercises", exercise.chapter)[exercise.id]

    with pytest.raises(CheckFailed) as failed:
        judge(exercise, stub)

    assert failed.value.reason == "undone"


@EACH
def test_solution_passes(exercise):
    """The course's own answer would be rejected."""
    judge(exercise, handed_in("solutions", exercise.chapter)[exercise.id])


@EACH
def test_differently_written_answers_pass(exercise):
    """An answer would be judged by its form, or the only right one would be the course's."""
    answers = alternatives(exercise.chapter)[exercise.id]

    assert answers

    for answer in answers:
        judge(exercise, answer)


@MISTAKES
def test_mistake_is_named_and_no_other(exercise, mistake):
    """Someone who makes this mistake would pass, or be told of another."""
    wrong = mistake if exercise.called else mistake()

    with pytest.raises(CheckFailed) as failed:
        judge(exercise, wrong)

    assert failed.value.mistake == mistake.__name__
    said = [m.__name__ for m in exercise.mistakes if sentence(m) in str(failed.value)]
    assert said == [mistake.__name__]


@pytest.mark.parametrize("exercise", [e for e in ALL if e.kind == "debug"], ids=lambda e: e.id)
def test_what_is_to_be_repaired_is_broken(exercise):
    """There would be nothing to repair, or no sentence for who changes nothing."""
    broken = handed_in("exercises", exercise.chapter)[f"broken_{exercise.id}"]

    with pytest.raises(CheckFailed) as failed:
        judge(exercise, broken)

    assert failed.value.mistake


@pytest.mark.parametrize("exercise", [e for e in ALL if e.called], ids=lambda e: e.id)
def test_cases_could_show_a_mistake(exercise):
    """Square, uniform, positive or single-example cases let wrong gradients pass."""
    cases = exercise.arguments
    by_name = {
        name: [case[i] for case in cases if isinstance(case[i], np.ndarray)]
        for i, name in enumerate(exercise.names)
    }

    assert len(cases) >= 2

    for name, arrays in by_name.items():
        floats = [a for a in arrays if a.dtype.kind == "f"]
        assert all(a.dtype == np.float64 for a in floats)
        if all(a.size == 1 for a in floats):  # the bias of a single unit
            continue
        assert any(np.ptp(a) > 0 for a in floats), f"{name} is uniform"
        matrices = [a for a in floats if a.ndim == 2]
        if matrices and name not in SQUARE:
            assert any(a.shape[0] != a.shape[1] for a in matrices), f"{name} is square"
        if matrices and name in BATCHES:
            assert {len(a) > 1 for a in matrices} == {True, False}, f"{name}: batches 1 and many"
            assert any((a < 0).any() for a in matrices), f"{name} has no negative entry"


@pytest.mark.parametrize("chapter", sorted({e.chapter for e in ALL}))
def test_notebook_and_specs_tell_of_the_same_exercises_in_the_same_order(chapter):
    """The next exercise would be the wrong one, or one without a check."""
    cells = cells_of("solutions", chapter)

    written = [place.id for place in notebooks.places(cells)]

    assert written == [e.id for e in ALL if e.chapter == chapter]


@EACH
def test_task_shows_kind_difficulty_and_minutes(exercise):
    """The page would promise six minutes and the check ten."""
    cells = cells_of("solutions", exercise.chapter)
    place = next(p for p in notebooks.places(cells) if p.id == exercise.id)

    prose = [notebooks.source(c) for c in cells[: place.solution] if c["cell_type"] == "markdown"]

    assert exercise.badge in prose[-1].splitlines()


@EACH
def test_nothing_from_a_later_chapter_is_needed(exercise):
    """A reader in order would meet a name nobody has explained."""
    cells = cells_of("solutions", exercise.chapter)
    place = next(p for p in notebooks.places(cells) if p.id == exercise.id)

    code = notebooks.source(cells[place.solution])

    assert later(code, exercise.chapter) == set()


def test_a_name_from_a_later_chapter_is_seen():
    """The test above could let everything through."""
    assert later("import nnlib as nn\nnn.Adam(0.1)", 7) == {"Adam"}
    assert later("from nnlib import BatchNorm", 7) == {"BatchNorm"}
    assert later("import nnlib as nn\nnn.Adam(0.1)", 10) == set()


@pytest.mark.parametrize("best", [0.166, 0.168])
def test_three_digits_are_not_two(best):
    """The tolerance that lets 0.167 pass for 1/6 would let its neighbours pass as well."""
    exercise = exercises()["two_steps_by_hand"]

    with pytest.raises(CheckFailed, match=f"Wrong: best = {best}"):
        judge(exercise, exercise.oracle() | {"best": best})


def test_every_kind_is_one_of_five():
    """A sixth kind would be neither called nor compared."""
    assert {e.kind for e in ALL} <= {"code", "compute", "derive", "debug", "predict"}
    assert set(CALLED) == {"code", "debug"}


def test_exercises_are_what_the_generator_makes():
    """Exercises edited by hand would be lost, or differ from what is checked."""
    assert [path.name for path in stale(ROOT)] == []


def test_bounds_are_of_symbols_in_the_answer():
    """A misspelt name would bound nothing, and a probability of 2 be tried again."""
    for exercise in exercises().values():
        if exercise.bounds:
            answer = exercise.oracle()
            parts = answer.values() if isinstance(answer, dict) else [answer]
            parts = answer if isinstance(answer, tuple) else parts
            symbols = {str(symbol) for part in parts for symbol in part.free_symbols}

            assert {name for name, _, _ in exercise.bounds} <= symbols, exercise.id
            assert all(low < high for _, low, high in exercise.bounds), exercise.id
