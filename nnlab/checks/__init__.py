"""Checks that name the mistake. A learner's cell: `check("dense_backward", dense_backward)`.

**How to write an exercise.** Three cells in solutions/NN_topic.ipynb, an `Exercise` in
nnlab/checks/chapterNN.py (or a package of that name), in the same order, and a differently written
answer in tests/checks/alternativesNN.py. Then `python -m nnlab.checks.generate` makes exercises/.

The cells are (1) the task, whose heading is followed by the exercise's `badge` line, such as
`*code · difficulty 1 of 3 ●○○ · 6 minutes*`, (2) the answer, (3) the check and nothing else:

    def dense_backward(dz, x, W):            delta = ...
        ### BEGIN SOLUTION                   ### BEGIN SOLUTION
        return dz @ W.T, x.T @ dz            delta = (p - y) / m
        ### END SOLUTION                     ### END SOLUTION

A function's solution becomes a stub; a value's (compute, derive, predict) is cut out, and the
placeholder above it stays: `...`, or `{"dW": ..., "db": ...}`. For debug a cell before the answer
defines `broken_ID`, which the learner runs, copies and repairs: the check must reject it.

    def cases(rng):                          # tuples of arguments; exact, short, never uniform
        for m in (1, 4):
            yield draw(rng, m, 2), draw(rng, m, 3), draw(rng, 3, 2)

    def by_loops(dz, x, W): ...              # the oracle: never the solution's own code

    def layer_divides_by_m(dz, x, W):        # the name says what its author believed
        \"""Your dW is 1/m of what it should be: dz carries the loss's 1/m already.\"""
        return dz @ W.T, x.T @ dz / len(x)

    dense_backward = Exercise(
        id="dense_backward", kind="code", difficulty=1, minutes=6,
        cases=cases, oracle=by_loops, returns=("dx", "dW"),
        mistakes=(layer_divides_by_m, ...),  # at least 3: functions, their docstrings are said
        hints=("a nudge", "nearly all"),     # at least 2
        insight="Two lines\\nthat an interviewer wants to hear.",
    )

`oracle` and mistakes take what the function takes, and give what it gives: a number, an array, a
string, True or False, a SymPy expression, or a tuple (named by `returns`) or dictionary of those.
For a value they take nothing and return the value. `choices` lists what a prediction may be.
`drive(answer, *arguments)` uses an answer that isn't simply called, such as a class or a function
that works in place, and its docstring says what it does; the oracle still takes the arguments
alone. `bounds` says between which numbers a derivation's symbols mean something: a probability is
("p", 0, 1). Where `drive` measures, such as accuracy on data drawn after the call, the oracle wants
`Between(low, high)` of it, and a mistake is known by its own numbers; for an answer that it can't
use it raises `Unfit("your function returned None")`, which becomes "Here …". `oracles.slopes`
differentiates, to the last digit, a loss written in loops. `rtol`, `atol` and `seconds` (the time
limit) have defaults. Import SymPy inside functions: it takes half a second. See `spec` for what is
refused, `engine` for the order of diagnosis, `guard` for what can't be stopped.
`python -m nnlab.checks.mutate ID` lists the wrong answers that a check would let through.
"""

from nnlab.checks.compare import Between
from nnlab.checks.engine import CheckFailed, check
from nnlab.checks.guard import Unfit
from nnlab.checks.help import hint, progress, solution
from nnlab.checks.spec import Exercise, draw

__all__ = [
    "Between",
    "CheckFailed",
    "Exercise",
    "Unfit",
    "check",
    "draw",
    "hint",
    "progress",
    "solution",
]
