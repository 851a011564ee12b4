"""Judge what a learner hands in: not done, signature, type and shape, known mistake, difference."""

from __future__ import annotations

import copy
import difflib
import functools
import inspect
import itertools
import re
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from nnlab import store
from nnlab.checks.compare import (
    Problem,
    arrays_for_lists,
    before_and_after,
    indented,
    named,
    problems,
    settle,
    shown,
)
from nnlab.checks.guard import Run, run
from nnlab.checks.spec import Exercise, exercises, sentence

ABOUT_THE_REST = re.compile(r"\b(right|rest|only)\b", re.IGNORECASE)  # said of other parts
INDEX = re.compile(r"(\[\d+\])+$")  # of a part of a part
BEHIND_THE_NAME = re.compile(r" (?:=|is|\(\d+ of its) ")  # of a part; the name may have spaces
LONG = 5  # seconds; an exercise that may take longer says what it is doing
SILENT = 2  # seconds; any other one says so from then on
LINES, WIDTH = 12, 100  # of what the learner's code printed
PAUSE = 2 * 3600  # seconds; nobody works on one exercise for longer than that


class CheckFailed(AssertionError):
    """What is to be said about an answer that isn't right yet; Jupyter shows that and no more.

    `reason` is "undone", "signature", "type", "shape", "mistake", "value", "state", "mutation",
    "raised", "time", "interrupted" or "unknown"; `mistake` the name of a recognised mistake.
    """

    __module__ = "builtins"  # a terminal then writes CheckFailed, without the module's name

    def __init__(self, text: str, reason: str, mistake: str = "") -> None:
        """Keep what is said, and for programs the reason."""
        super().__init__(text)
        self.reason, self.mistake = reason, mistake

    def _render_traceback_(self) -> list[str]:
        """Return what IPython and Jupyter show in place of a traceback."""
        return str(self).splitlines()


def find(id: str) -> Exercise:
    """Return the exercise; an unknown id gets the nearest ones in answer."""
    known = exercises()
    if isinstance(id, str) and id in known:
        return known[id]
    near = difflib.get_close_matches(id, known, n=3) if isinstance(id, str) else []
    said = f" Did you mean {' or '.join(near)}?" if near else ""
    raise CheckFailed(f"There is no exercise {id!r}.{said}", "unknown") from None


@functools.cache
def expected(exercise_id: str) -> tuple[list, dict[str, list]]:
    """Return the oracle's outcome for every case, and each mistake's outcomes; computed once."""
    exercise = exercises()[exercise_id]
    return outcomes_of(exercise, exercise.oracle, driven=False), {
        mistake.__name__: outcomes_of(exercise, mistake) for mistake in exercise.mistakes
    }


def outcomes_of(exercise: Exercise, answer: Callable, driven: bool = True) -> list:
    """Return what one of our own functions gives for every case."""
    with np.errstate(all="ignore"):
        return [
            settle(call(exercise, answer, copy.deepcopy(arguments), driven))
            for arguments in exercise.arguments
        ]


def call(exercise: Exercise, answer: Any, arguments: tuple, driven: bool = True) -> Any:
    """Call the answer, or let the exercise's `drive` make use of it."""
    if exercise.drive and driven:
        return exercise.drive(answer, *arguments)
    return answer(*arguments)


def judge(exercise: Exercise, answer: Any, say: Callable[[str], Any] = lambda line: None) -> Run:
    """Raise CheckFailed with the first thing that is wrong; return how the calls went.

    `say` is told before each call of an exercise that takes long, or has taken long so far.
    """
    if answer is Ellipsis or answer is NotImplemented:
        raise undone(exercise)
    wants, wrongs = expected(exercise.id)
    if exercise.called:
        require_callable(exercise, answer)
        went, gots = call_all(exercise, answer, say)
    else:
        went = run(lambda: arrays_for_lists(settle(answer), wants[0]), exercise.seconds)
        require_end(exercise, went)
        gots = [went.value]
    found, mistake, about = compared(exercise, gots, wants, wrongs)
    if any(found):
        if any(problem.kind == "undone" for case in found for problem in case):
            raise undone(exercise, found[0], size(wants[0]))
        if not mistake and in_another_order(exercise, gots, wants):
            raise CheckFailed(
                f"Not right yet: {exercise.id}. All of it is right, in another order: return "
                f"{', '.join(exercise.returns)}.",
                "value",
            )
        raise failure(exercise, found, mistake, about, went, size(wants[0]))
    if exercise.called:
        require_no_memory(exercise, answer, wants[0])
    return went


def compared(
    exercise: Exercise, gots: list, wants: list, wrongs: dict[str, list]
) -> tuple[list[list[Problem]], Callable | None, set]:
    """Return the problems of every case, and the mistake that gives just what the answer gave.

    Where two mistakes were made at once, it is one that explains some parts; those come third.
    """

    def against(wanted: list) -> list[list[Problem]]:
        return [differences(exercise, g, w) for g, w in zip(gots, wanted, strict=True)]

    def look() -> tuple[list[list[Problem]], Callable | None, set]:
        found = against(wants)
        if exercise.choices:
            strange = [no_choice(exercise, g, w) for g, w in zip(gots, wants, strict=True)]
            found = [these or those for these, those in zip(strange, found, strict=True)]
        if not any(found):
            return found, None, set()
        same = (m for m in exercise.mistakes if not any(against(wrongs[m.__name__])))
        if mistake := next(same, None):
            return found, mistake, set()
        for mistake in exercise.mistakes:
            about = explained(exercise, gots, wants, wrongs[mistake.__name__])
            if about and not ABOUT_THE_REST.search(sentence(mistake)):
                return found, mistake, about
        return found, None, set()

    looked = run(look, exercise.seconds)
    require_end(exercise, looked)
    return looked.value


def explained(exercise: Exercise, gots: list, wants: list, wrong: list) -> set:
    """Return the names of the parts in which the answer is as a mistake has it, and not right.

    Empty unless that is so in every part that the mistake gets wrong, in all cases.
    """
    cases = [
        tuple(by_part(exercise, outcome) for outcome in case)
        for case in zip(gots, wants, wrong, strict=True)
    ]
    if len({frozenset(parts) for case in cases for parts in case}) != 1 or len(cases[0][0]) < 2:
        return set()  # such as a graph's values, which are others in every case

    def agree(one: Any, other: Any, name: str) -> bool:
        limits = exercise.rtol, exercise.atol, exercise.bounds
        return not problems(one, other, name, *limits)

    names = {
        name
        for _, want, theirs in cases
        for name in want
        if not agree(theirs[name], want[name], name)
    }
    if all(agree(got[name], theirs[name], name) for got, _, theirs in cases for name in names):
        return names
    return set()


def by_part(exercise: Exercise, outcome: Any) -> dict[str, Any]:
    """Return an outcome's parts by their names; none if it has only one."""
    if isinstance(outcome, dict):
        return outcome
    if isinstance(outcome, tuple) and len(outcome) == len(exercise.returns):
        return dict(zip(exercise.returns, outcome, strict=True))
    return {}


def differences(exercise: Exercise, got: Any, want: Any) -> list[Problem]:
    """Compare two settled outcomes of one case by the exercise's names and tolerances."""
    names = ", ".join(exercise.returns) or ("the result" if exercise.called else "your answer")
    return problems(got, want, names, exercise.rtol, exercise.atol, exercise.bounds)


def no_choice(exercise: Exercise, got: Any, want: Any) -> list[Problem]:
    """Return a problem for each string that is none of the choices, where a word is wanted."""
    name = "the result" if exercise.called else "your answer"
    wanted = by_part(exercise, want) or {name: want}
    parts = (by_part(exercise, got) or {name: got}).items()
    parts = [(name, part) for name, part in parts if isinstance(wanted.get(name), str)]
    options = ", ".join(map(repr, exercise.choices))
    return [
        Problem("type", f"{name} is {part!r}; choose one of {options}")
        for name, part in parts
        if isinstance(part, str) and part.strip().lower() not in exercise.choices
    ]


def size(want: Any) -> int:
    """Return of how many parts an outcome is made."""
    return len(want) if isinstance(want, (tuple, dict)) else 1


def in_another_order(exercise: Exercise, gots: list, wants: list) -> bool:
    """Tell whether all that was returned is right, but for its order."""
    n = len(exercise.returns)
    if n < 2 or not all(isinstance(got, tuple) and len(got) == n for got in gots):
        return False
    return any(
        not any(
            differences(exercise, tuple(got[i] for i in order), want)
            for got, want in zip(gots, wants, strict=True)
        )
        for order in itertools.permutations(range(n))
    )


def undone(exercise: Exercise, found: Sequence[Problem] = (), total: int = 1) -> CheckFailed:
    """Return the failure of an answer that hasn't been begun, or is done in part."""
    what = "write the function's body" if exercise.called else "put your answer in place of ..."
    said = f"Not done yet: {exercise.id}. In the cell above, {what} and run that cell, "
    said += "then run this one again."
    left = [p.text.removesuffix(" is still ...") for p in found if p.kind == "undone"]
    wrong = [p.part or p.text for p in found if p.kind != "undone"]
    if 0 < len(left) < total:
        said += f" Still to do: {', '.join(left)}."
        said += f" Wrong so far: {', '.join(wrong)}." if wrong else " So far all is right."
    return CheckFailed(said, "undone")


def require_callable(exercise: Exercise, answer: Any) -> None:
    """Raise CheckFailed unless the answer can be called as the exercise calls it."""

    def look() -> str:
        if not callable(answer):
            return f"what you handed in is {named(settle(answer))}, not a function"
        if inspect.iscoroutinefunction(answer):
            return "it is asynchronous: write def, not async def"
        if exercise.drive:
            return ""
        try:
            signature = inspect.signature(answer)
        except (TypeError, ValueError):  # compiled functions tell no signature
            return ""
        names = exercise.names
        try:
            signature.bind(*names)
        except TypeError:
            return f"it takes {signature}, and is called with ({', '.join(names)})"
        theirs = tuple(signature.parameters)
        if theirs != names and sorted(theirs) == sorted(names):
            return f"it takes ({', '.join(theirs)}), in another order than ({', '.join(names)})"
        return ""

    looked = run(look, exercise.seconds)
    require_end(exercise, looked)
    if looked.value:
        raise CheckFailed(f"Not right yet: {exercise.id}. Here {looked.value}.", "signature")


def call_all(exercise: Exercise, answer: Any, say: Callable[[str], Any]) -> tuple[Run, list]:
    """Call the answer on a copy of every case; raise CheckFailed where that ends badly."""
    first, gots, left = None, [], exercise.seconds
    for i, arguments in enumerate(exercise.arguments, 1):
        if exercise.seconds > LONG or exercise.seconds - left > SILENT:
            say(f"Running case {i} of {len(exercise.arguments)} ...")
        started = time.perf_counter()
        went = called_once(exercise, answer, arguments, left)
        left = max(left - (time.perf_counter() - started), 0.05)
        gots.append(went.value)
        first = first or went
    return first, gots


def called_once(exercise: Exercise, answer: Any, arguments: tuple, seconds: float) -> Run:
    """Call the answer on a copy of the arguments; raise CheckFailed if it ends badly."""

    def work() -> tuple[Any, Any]:
        given = copy.deepcopy(arguments)
        return settle(call(exercise, answer, given)), settle(given)

    went = run(work, seconds)
    require_end(exercise, went, arguments)
    went.value, after = went.value
    require_untouched(exercise, settle(arguments), after)
    return went


def require_end(exercise: Exercise, went: Run, arguments: tuple = ()) -> None:
    """Raise CheckFailed if the code didn't come to its end."""
    if not went.ended:
        return
    if went.ended == "undone":
        raise undone(exercise)
    if went.ended == "unfit":
        stop = "" if went.trace.endswith("?") else "."
        raise CheckFailed(f"Not right yet: {exercise.id}. Here {went.trace}{stop}", "type")
    said = {
        "time": f"It was stopped after {exercise.seconds:g} seconds: a loop that never ends, "
        "or far too many steps?",
        "interrupted": "It was interrupted.",
        "raised": "Your code raised an error.",
    }[went.ended]
    head = f"Not right yet: {exercise.id}. {said}"
    parts = [head, went.trace, given(exercise, arguments), *notes(went), asking(exercise)]
    raise CheckFailed(text(*parts), went.ended)


def require_untouched(exercise: Exercise, before: tuple, after: tuple) -> None:
    """Raise CheckFailed if an argument was changed in place."""
    for name, was, now in zip(exercise.names, before, after, strict=True):
        if problems(now, was, name, 0.0, 0.0):
            raise CheckFailed(
                f"Not right yet: {exercise.id}. It changes its argument {name}, which belongs to "
                f"the caller. Work on a copy: +=, -=, *=, {name}[...] = ... and a list's pop or "
                "append change it in place."
                f"{' Adding and taking off again rounds.' * nearly(was, now)}\n\n"
                + before_and_after(was, now),
                "mutation",
            )


def nearly(was: Any, now: Any) -> bool:
    """Tell whether only the last digits have changed."""
    return not problems(now, was, "", 1e-12, 1e-12)


def require_no_memory(exercise: Exercise, answer: Any, want: Any) -> None:
    """Raise CheckFailed if the first case goes wrong after the others."""
    again = called_once(exercise, answer, exercise.arguments[0], exercise.seconds).value
    if found := differences(exercise, again, want):
        raise CheckFailed(
            f"Not right yet: {exercise.id}. The first call was right; called again with the same "
            "arguments it gives something else. Does it keep something between calls, in a global "
            f"variable or a default argument?\n\n{found[0].text}",
            "state",
        )


def failure(
    exercise: Exercise,
    found: list[list[Problem]],
    mistake: Callable | None,
    about: set,
    went: Run,
    total: int,
) -> CheckFailed:
    """Return the failure for what was found: plain words for type and shape, then the mistake."""
    everything = [(i, p) for i, case in enumerate(found) for p in case]
    formal = [(i, p) for i, p in everything if p.kind in ("type", "shape")]
    i, problem = (formal or everything)[0]
    head = f"Not right yet: {exercise.id}."
    stop = "" if problem.text.endswith("?") else "."
    head += f" Here {problem.text}{stop}" if formal else ""
    if mistake:
        head, parts = f"{head} {sentence(mistake)}", [besides(everything, about)]
    elif exercise.called:
        head += f" {how_many(found)}" * (len(found) > 1)
        parts = [given(exercise, exercise.arguments[i])]
        parts += [] if formal else [problem.text, the_rest(exercise, found[i], problem)]
    else:
        parts = [] if formal else [without_the_answer(exercise, everything, total)]
    return CheckFailed(
        text(head, *parts, *notes(went), asking(exercise)),
        "mistake" if mistake and not formal else problem.kind,
        mistake.__name__ if mistake else "",
    )


def asking(exercise: Exercise) -> str:
    """Say how to get a hint."""
    return f'For a hint: hint("{exercise.id}")'


def the_rest(exercise: Exercise, case: list[Problem], shown: Problem) -> str:
    """Say what else is wrong in a call, and what is right."""
    if len(exercise.returns) < 2:
        return ""
    wrong = [p.part for p in case if p is not shown]
    right = [n for n in exercise.returns if not any(p.part.startswith(f"{n} ") for p in case)]
    said = [f"Also wrong in this call: {', '.join(wrong)}."] * bool(wrong)
    return " ".join(said + [f"Right in this call: {', '.join(right)}."] * bool(right))


def besides(everything: list[tuple[int, Problem]], about: set) -> str:
    """Say what is wrong beyond the parts that a mistake is about."""
    said = (problem.part or problem.text for _, problem in everything)
    wrong = (INDEX.sub("", BEHIND_THE_NAME.split(name)[0]) for name in said)
    others = [name for name in dict.fromkeys(wrong) if name not in about] if about else []
    return f"That is about {', '.join(sorted(about))}. Also wrong: {', '.join(others)}." * bool(
        others
    )


def how_many(found: list[list[Problem]]) -> str:
    """Say in how many of the calls something is wrong."""
    wrong = sum(map(bool, found))
    if wrong == len(found):
        return f"All {wrong} calls go wrong; the first:"
    return f"{wrong} of {len(found)} calls {'goes' if wrong == 1 else 'go'} wrong; the first:"


def text(*parts: str) -> str:
    """Put the parts that there are under each other, an empty line between them."""
    return "\n\n".join(part for part in parts if part)


def without_the_answer(
    exercise: Exercise, everything: list[tuple[int, Problem]], total: int
) -> str:
    """Say which parts of an answer are wrong, without giving the right one away."""
    wrong = [problem.part for _, problem in everything]
    if exercise.kind == "derive":
        return "\n".join(wrong)
    if exercise.kind == "predict":
        return f"That isn't what happens: {', '.join(wrong)}."
    said = f"Wrong: {', '.join(wrong)}."
    said += " What isn't named here is right." * (len(wrong) < total)
    return said + " Begin with the first; the others may follow from it." * (len(wrong) > 1)


def given(exercise: Exercise, arguments: tuple) -> str:
    """Write the call with its arguments, so that it can be pasted into a cell."""
    if not arguments:
        return ""
    lines = [
        indented(f"    {name} = ", shown(settle(argument)))
        for name, argument in zip(exercise.names, arguments, strict=True)
    ]
    if exercise.drive and exercise.drive.__doc__:
        return "\n".join([*lines, " ".join(exercise.drive.__doc__.split())])
    return "\n".join([*lines, f"    {exercise.id}({', '.join(exercise.names)})"])


def notes(went: Run) -> list[str]:
    """Say what the code printed and warned of, once."""
    said = []
    if went.printed.text:
        lines = went.printed.text.rstrip("\n").splitlines()
        cut = len(lines) > LINES or went.printed.more
        said.append("Your code printed:")
        for line in lines[:LINES]:
            said[-1] += f"\n    {line if len(line) <= WIDTH else line[:WIDTH] + ' ...'}"
        said[-1] += "\n    ..." * cut
    if went.warned:
        said.append(f"Your code warned: {went.warned[0]}")
    return said


def check(id: str, answer: Any) -> None:
    """Say that the answer is right, or raise CheckFailed, which says what isn't.

    >>> check("no_such_exercise", None)
    Traceback (most recent call last):
    CheckFailed: There is no exercise 'no_such_exercise'.
    """
    __tracebackhide__ = True  # for pytest
    exercise = find(id)
    try:
        went = judge(exercise, answer, say=functools.partial(print, flush=True))
    except CheckFailed as failed:
        said = store.record(exercise.id, passed=False)
        raise CheckFailed(text(str(failed), said), failed.reason, failed.mistake) from None
    seconds = store.since_last_pass()
    said = store.record(exercise.id, passed=True, seconds=seconds)
    lines = [f"Passed: {exercise.id}. {timed(exercise, seconds)}", exercise.insight]
    lines += [*notes(went), following(exercise), *([said] if said else [])]
    print("\n".join(lines))


def timed(exercise: Exercise, seconds: float) -> str:
    """Compare the time with the target; under a minute is no time to compare."""
    target = f"target {exercise.minutes} min"
    if not 60 <= seconds <= PAUSE:
        return f"({target[0].upper()}{target[1:]}.)"
    return f"Time: {seconds / 60:.0f} min, {target}."


def following(exercise: Exercise) -> str:
    """Name the next exercise in the order of the course."""
    order = list(exercises().values())
    place = [e.id for e in order].index(exercise.id) + 1
    if place == len(order):
        return "That was the last exercise."
    then = order[place]
    where = "" if then.chapter == exercise.chapter else f" in chapter {then.chapter:02}"
    return f"Next: {then.id}{where} ({then.kind}, {then.minutes} min)."
