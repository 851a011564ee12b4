"""`check` against all that a learner may hand in: its own clean failure, and nothing else."""

import _thread
import asyncio
import functools
import signal
import subprocess
import sys
import threading
import time
import warnings
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

from nnlab import store
from nnlab.checks import Between, CheckFailed, Exercise, Unfit, check, draw, hint, solution
from nnlab.checks.compare import problems, settle
from nnlab.checks.spec import one_empty_case

SHORT, AMPLE = 0.3, 5.0  # seconds; collecting garbage alone can take longer than SHORT


def cases(rng):
    """Two cases of (x, w)."""
    for m in (1, 3):
        yield draw(rng, m, 2), 2.5


def scale(x, w):
    """The oracle: w·x by loops, and the sum of its rows."""
    scaled = np.array([[w * entry for entry in row] for row in x.tolist()])
    return scaled, np.array([sum(row) for row in scaled.tolist()])


def right(x, w):
    """Answer as it should be."""
    return w * x, (w * x).sum(axis=1)


def weight_divides(x, w):
    """You divided by w."""
    return x / w, (x / w).sum(axis=1)


def sum_is_a_mean(x, w):
    """You took the mean of a row."""
    return w * x, (w * x).mean(axis=1)


def weight_is_added(x, w):
    """You added w."""
    return x + w, (x + w).sum(axis=1)


def spec(**options):
    """Return the toy exercise, with other fields where they are named."""
    fields = {
        "id": "toy",
        "kind": "code",
        "difficulty": 1,
        "minutes": 3,
        "oracle": scale,
        "mistakes": (weight_divides, sum_is_a_mean, weight_is_added),
        "hints": ("a nudge", "nearly all"),
        "insight": "one line\nand another",
        "cases": cases,
        "returns": ("scaled", "rows"),
        "seconds": AMPLE,
    }
    return Exercise(**fields | options)


@pytest.fixture
def toy(register):
    """Put the toy exercise into the course."""
    return register(spec())


@pytest.fixture
def hasty(register):
    """Put the toy exercise into the course, with a short limit of time."""
    return register(spec(seconds=SHORT))


def failure(answer, id="toy"):
    """Return how the check of an answer fails; any other exception is a defect."""
    with pytest.raises(CheckFailed) as failed:
        check(id, answer)
    return failed.value


# What an answer may do.


def returns(value):
    """Return an answer that gives the value, whatever it gets."""
    return lambda x, w: value


def first_is(make):
    """Return an answer that is right but for its first part, which `make` changes."""
    return lambda x, w: (make(w * x), (w * x).sum(axis=1))


def needs_three(x, w, b):
    """Take one argument too many."""
    return right(x, w)


def order_turned(w, x):
    """Take the arguments the other way round."""
    return right(x, w)


async def asynchronous(x, w):
    """Be a coroutine."""
    return right(x, w)


def generator(x, w):
    """Yield in place of returning."""
    yield right(x, w)


def coroutine_inside(x, w):
    """Return a coroutine that nobody awaits."""
    return asyncio.sleep(0)


def recurses(x, w):
    """Call itself for ever."""
    return recurses(x, w)


def loops(x, w):
    """Never end."""
    while True:
        pass


def loops_and_swallows(x, w):
    """Never end, and catch whatever should end it."""
    while True:
        try:  # noqa: SIM105
            sum(range(100))
        except BaseException:
            pass


def sleeps(x, w):
    """Wait inside a C function."""
    time.sleep(60)


def prints_for_ever(x, w):
    """Fill the memory with output, if it is kept."""
    while True:
        print("and on " * 1000)


def exits(x, w):
    """End Python."""
    sys.exit(3)


def mutates(x, w):
    """Change the argument in place."""
    x *= w
    return x, x.sum(axis=1)


def raises(x, w):
    """Raise an error two calls down."""
    return helper(x)


def helper(x):
    """Raise the error."""
    raise KeyError("mine")


class Unprintable(Exception):
    """An exception whose text can't be had."""

    def __str__(self):
        """Fail."""
        raise RuntimeError("no text")


class LoopingText(Exception):
    """An exception whose text never comes."""

    def __str__(self):
        """Loop."""
        while True:
            pass


def raises_unprintable(x, w):
    """Raise it."""
    raise Unprintable


def raises_looping_text(x, w):
    """Raise it."""
    raise LoopingText


def raises_interrupt(x, w):
    """Do what Ctrl-C does."""
    raise KeyboardInterrupt


def raises_generator_exit(x, w):
    """Raise what ends a generator."""
    raise GeneratorExit


def raises_stop_iteration(x, w):
    """Raise what ends a loop."""
    raise StopIteration


class Liar:
    """An object that says it is just what is wanted."""

    shape, dtype, ndim = (1, 2), np.dtype(float), 2

    def __array__(self, dtype=None, copy=None):
        """Give a right-looking array."""
        return np.zeros((1, 2))

    def __eq__(self, other):
        """Agree with everything."""
        return True

    __hash__ = None
    __class__ = np.ndarray


class Yes(np.ndarray):
    """An array that equals everything."""

    def __eq__(self, other):
        """Agree."""
        return True

    __hash__ = None

    @property
    def shape(self):
        """Lie."""
        return (1, 2)


class Agreeable(float):
    """A float that equals everything."""

    def __eq__(self, other):
        """Agree."""
        return True

    __hash__ = None


class BadMeta(type):
    """A metaclass that fails when asked for anything."""

    def __getattribute__(cls, name):
        """Fail."""
        raise RuntimeError(f"no {name}")


def awkward(x, w):
    """Return an object whose class tells nothing."""
    return BadMeta("Awkward", (), {})()


class CallFails:
    """Not callable, though it looks it; its signature raises."""

    @property
    def __signature__(self):
        """Fail."""
        raise RuntimeError("no signature")

    def __call__(self, x, w):
        """Give nothing."""


class Model:
    """A class, and a method."""

    def __init__(self, x, w):
        """Take what the exercise gives."""

    def method(self, x, w):
        """Give the wrong thing."""
        return w


def selfcontaining():
    """Return a list that contains itself."""
    loop = []
    loop.append(loop)
    return loop


BAD = {
    "nothing": (returns(None), "type", "is None"),
    "a list of numbers": (returns([1.0, 2.0]), "shape", "scaled is a number"),
    "a list for an array": (first_is(lambda a: a.tolist()), "type", "scaled is a list"),
    "a string": (returns("0"), "type", "a string"),
    "too few parts": (returns((np.ones((1, 2)),)), "type", "a tuple of 1; 2 things are wanted"),
    "a dictionary": (returns({}), "type", "a dictionary"),
    "Ellipsis": (returns(...), "undone", "Not done yet"),
    "a generator": (generator, "type", "write return, not yield"),
    "a coroutine function": (asynchronous, "signature", "write def, not async def"),
    "a coroutine": (coroutine_inside, "type", "a coroutine"),
    "a function returned": (returns(right), "type", "a function"),
    "a class returned": (returns(Model), "type", "a class"),
    "a class": (Model, "type", "a Model"),
    "a method": (Model(1, 2).method, "type", "is a number"),
    "a number handed in": (3, "signature", "a number, not a function"),
    "nothing handed in": (None, "signature", "not a function"),
    "an array handed in": (np.ones(2), "signature", "an array of shape (2,), not a function"),
    "one argument too many": (needs_three, "signature", "is called with (x, w)"),
    "other order": (order_turned, "signature", "in another order"),
    "a lying object": (first_is(lambda a: Liar()), "type", "a Liar"),
    "an agreeable array": (first_is(lambda a: a.view(Yes)), "type", "a Yes"),
    "an agreeable float": (first_is(lambda a: Agreeable()), "type", "an Agreeable"),
    "a matrix": (first_is(lambda a: a.view(np.matrix)), "type", "a matrix"),
    "a masked array": (first_is(np.ma.masked_array), "type", "a MaskedArray"),
    "objects": (first_is(lambda a: a.astype(object)), "type", "object"),
    "strings": (first_is(lambda a: a.astype(str)), "type", "not of numbers"),
    "booleans": (first_is(lambda a: a > 0), "type", "True and False"),
    "complex": (first_is(lambda a: a + 0j), "type", "complex numbers"),
    "float32": (first_is(lambda a: a.astype(np.float32)), "type", "float32; float64 is wanted"),
    "a scalar array": (first_is(lambda a: np.array(1.0)), "shape", "shape ()"),
    "transposed": (first_is(lambda a: a.T), "shape", "It is transposed"),
    "flat": (first_is(np.ravel), "shape", "shape (2,)"),
    "empty": (first_is(lambda a: a[:0]), "shape", "shape (0, 2)"),
    "enormous": (first_is(lambda a: np.broadcast_to(a[0], (10**12, 2))), "type", "far larger"),
    "an enormous number": (returns(10**400), "type", "whole number of more than 19 digits"),
    "a loop of lists": (returns(selfcontaining()), "type", "a list of 1"),
    "an awkward class": (awkward, "raised", "no __module__"),
    "a failing signature": (CallFails(), "raised", "no signature"),
    "NaN": (first_is(lambda a: a * np.nan), "value", "got       nan"),
    "infinite": (first_is(lambda a: a + np.inf), "value", "got       inf"),
    "recursion": (recurses, "raised", "RecursionError"),
    "a loop": (loops, "time", "stopped after 0.3 seconds"),
    "a loop that catches all": (loops_and_swallows, "time", "stopped after"),
    "a sleep": (sleeps, "time", "stopped after"),
    "endless printing": (prints_for_ever, "time", "Your code printed:\n    and on and on"),
    "an exit": (exits, "raised", "SystemExit: 3"),
    "a change in place": (mutates, "mutation", "changes its argument x"),
    "an error": (raises, "raised", "KeyError: 'mine'"),
    "an unprintable error": (raises_unprintable, "raised", "Unprintable"),
    "an error with an endless text": (raises_looping_text, "raised", "LoopingText"),
    "an interrupt": (raises_interrupt, "interrupted", "It was interrupted"),
    "a GeneratorExit": (raises_generator_exit, "raised", "GeneratorExit"),
    "a StopIteration": (raises_stop_iteration, "raised", "StopIteration"),
    "a partial that lacks one": (functools.partial(needs_three, b=1), "", ""),
}


@pytest.mark.parametrize("name", [name for name, bad in BAD.items() if bad[1]])
def test_every_kind_of_bad_answer_gets_a_clean_failure(register, name):
    """A learner would see a traceback of ours, or nothing at all."""
    answer, reason, words = BAD[name]
    register(spec(seconds=SHORT if reason == "time" else AMPLE))

    failed = failure(answer)

    assert failed.reason == reason, str(failed)
    assert words in str(failed)
    assert "nnlab" not in str(failed)


@pytest.mark.parametrize("answer", [right, functools.partial(right), lambda *all: right(*all)])
def test_every_kind_of_callable_may_be_right(toy, answer, capsys, monkeypatch):
    """Only plain functions would do."""
    monkeypatch.setitem(store.clock, "last pass", time.monotonic())  # not minutes ago

    check("toy", answer)

    assert capsys.readouterr().out.startswith("Passed: toy. (Target 3 min.)\none line\nand another")


def test_lists_and_namedtuples_hold_parts_as_well_as_tuples(toy):
    """`return [dx, dW]` would be refused."""
    check("toy", lambda x, w: list(right(x, w)))


@pytest.mark.parametrize("answer", [loops, loops_and_swallows])
def test_a_loop_is_stopped_in_any_thread(hasty, answer):
    """Kernels that run cells outside the main thread would hang."""
    failures = []

    thread = threading.Thread(target=lambda: failures.append(failure(answer)), daemon=True)
    thread.start()
    thread.join(10)

    assert [failed.reason for failed in failures] == ["time"]


def test_what_was_set_before_is_set_afterwards(register):
    """A check would leave Ctrl-C, warnings, output or NumPy's error settings changed."""

    def settings():
        return signal.getsignal(signal.SIGINT), sys.stdout, warnings.filters[:], np.geterr()

    before, threads = settings(), threading.active_count()  # tqdm's monitor may be one of them
    register(spec(seconds=SHORT))
    failure(loops)
    register(spec())
    failure(raises)
    check("toy", right)

    assert settings() == before
    assert threading.active_count() == threads


def test_the_learners_own_interrupt_ends_the_check(toy, register):
    """Stop, in the notebook's toolbar, would do nothing, or leave a traceback of ours."""
    register(spec(id="slow", seconds=30.0))
    timer = threading.Timer(0.2, _thread.interrupt_main)

    timer.start()
    failed = failure(loops, "slow")

    assert failed.reason == "interrupted"


def test_the_traceback_is_the_learners_alone(toy):
    """The line at fault would drown in the engine's own."""
    text = str(failure(raises))

    assert "in raises\n    return helper(x)" in text
    assert "in helper\n    raise KeyError" in text
    assert text.count("  File ") == 2


def test_a_difference_comes_with_call_got_expected_and_place(toy):
    """The learner couldn't run the failing call themselves."""
    text = str(failure(lambda x, w: (w * x, -(w * x).sum(axis=1))))

    assert "All 2 calls go wrong; the first:" in text
    assert "    x = np.array([[2.8, 1.9]])\n    w = 2.5\n    toy(x, w)" in text
    assert "rows[0]:\n    got       -11.75\n    expected  11.75" in text
    assert "It is -1 times what is expected." in text


def test_what_else_is_wrong_and_what_is_right_is_named(toy):
    """Of five arrays the learner would see one, and mend them one by one."""
    sum_only = str(failure(lambda x, w: (w * x, -(w * x).sum(axis=1))))
    both = str(failure(lambda x, w: (-w * x, -(w * x).sum(axis=1))))

    assert "Right in this call: scaled." in sum_only
    assert "Also wrong in this call: rows (1 of its 1 entries)." in both
    assert "Right in this call" not in both


def test_right_parts_in_another_order_are_recognised(toy):
    """A shape would be called wrong where nothing but the order is."""
    turned = failure(lambda x, w: right(x, w)[::-1])
    twice = failure(lambda x, w: (right(x, w)[1],) * 2)

    assert "All of it is right, in another order: return scaled, rows." in str(turned)
    assert "another order" not in str(twice)


def test_an_error_with_no_line_of_the_learners_is_named():
    """An answer that `drive` can't use would fail with a heading over nothing."""
    text = str(failure(lambda parents, result: None, "topological_order"))

    assert "\n\nTypeError: wanted a list" in text
    assert "Traceback" not in text


def test_a_difference_in_the_tenth_digit_is_shown(toy):
    """Got and expected would read the same."""
    text = str(failure(lambda x, w: (w * x * (1 + 3e-7), (w * x).sum(axis=1))))

    got, expected = (line.split()[-1] for line in text.splitlines()[7:9])

    assert got != expected


def test_a_mistake_is_named_only_if_all_cases_agree(toy):
    """The sentence would accuse someone who made another mistake."""
    in_one_case = failure(lambda x, w: weight_divides(x, w) if len(x) == 1 else right(x, w))
    in_all = failure(weight_divides)

    assert (in_one_case.reason, in_one_case.mistake) == ("value", "")
    assert "1 of 2 calls goes wrong" in str(in_one_case)
    assert (in_all.reason, in_all.mistake) == ("mistake", "weight_divides")
    assert "You divided by w." in str(in_all)
    assert "expected" not in str(in_all)


def test_a_wrong_shape_is_said_before_the_mistake_behind_it(register):
    """Either the plain words or the reason would be missing."""

    def keeps_the_axis(x, w):
        """You kept the axis."""
        return w * x, (w * x).sum(axis=1, keepdims=True)

    register(spec(mistakes=(keeps_the_axis, weight_divides, weight_is_added)))

    failed = failure(keeps_the_axis)

    assert (failed.reason, failed.mistake) == ("shape", "keeps_the_axis")
    words = ["rows is an array of shape (1, 1); an array of shape (1,) is wanted", "kept the axis"]
    assert [str(failed).find(w) > 0 for w in words] == [True, True]


def test_memory_between_calls_is_found(toy):
    """A function that is right once only would pass."""
    calls = []

    def counts(x, w):
        calls.append(1)
        return right(x, w if len(calls) < 3 else -w)

    assert failure(counts).reason == "state"


def test_the_cases_are_not_the_learners_to_spoil(toy):
    """An answer that keeps its arguments could change those of the next check."""
    kept = []
    check("toy", lambda x, w: (kept.append(x), right(x, w))[1])
    for array in kept:
        array[:] = 0

    check("toy", right)


def test_what_is_handed_in_is_judged_not_what_has_its_name(toy):
    """A learner's wrong function would pass for the repository's right one."""

    def scale(x, w):
        return x, x.sum(axis=1)

    assert failure(scale).reason == "value"


def test_printed_text_and_warnings_are_told_once(toy, capsys):
    """Output would be shown for every case, or lost."""

    def talks(x, w):
        print("shape", x.shape)
        np.log(np.array(-1.0))
        return right(x, w)

    check("toy", talks)
    out = capsys.readouterr().out

    assert out.count("shape") == 1
    assert "Your code printed:\n    shape (1, 2)" in out
    assert "Your code warned: RuntimeWarning: invalid value" in out


def test_long_output_is_cut(toy):
    """The message would be buried under what the code printed."""

    def talks(x, w):
        print("\n".join(str(i) * 300 for i in range(100)))

    text = str(failure(talks))

    assert len(text) < 3000
    assert "..." in text


def test_arguments_too_large_to_print_are_named_by_shape(register):
    """The message would run over pages."""
    register(spec(cases=lambda rng: [(draw(rng, 30, 40), 1.5), (draw(rng, 1, 2), 2.0)]))

    text = str(failure(lambda x, w: (x, -x.sum(axis=1))))

    assert "x = <array of shape (30, 40)>" in text
    assert len(text) < 2000


# Values, choices, drives.


def value_spec(kind, oracle, *mistakes, **options):
    """Return an exercise whose answer is a value."""
    extra = {"cases": lambda rng: [()], "returns": (), **options}
    return spec(id="value", kind=kind, oracle=oracle, mistakes=mistakes, **extra)


def by_hand():
    """Return the hand-worked answer."""
    return {"dW": np.array([[1.0, 2.0]]), "db": 3.0}


def dW_is_negative():
    """You turned the sign of dW."""
    return {"dW": np.array([[-1.0, -2.0]]), "db": 3.0}


def db_is_zero():
    """You left db out."""
    return {"dW": np.array([[1.0, 2.0]]), "db": 0.0}


def all_is_one():
    """You put 1 everywhere."""
    return {"dW": np.array([[1.0, 1.0]]), "db": 1.0}


@pytest.fixture
def computed(register):
    """Put a computed value into the course."""
    return register(
        value_spec("compute", by_hand, dW_is_negative, db_is_zero, all_is_one, rtol=1e-3)
    )


@pytest.mark.parametrize(
    ("answer", "reason", "words"),
    [
        (..., "undone", "in place of ..."),
        ({"dW": ..., "db": ...}, "undone", "in place of ..."),
        ({"dW": [[1, 2]], "db": ...}, "undone", "in place of ..."),
        ({"dW": [[1, 2]], "db": ...}, "undone", "Still to do: db. So far all is right."),
        ({"dW": [[1, 5]], "db": ...}, "undone", "Wrong so far: dW (1 of its 2 entries)."),
        (None, "type", "is None"),
        (3.0, "type", "a dictionary is wanted"),
        ({"dW": [[1, 2]]}, "type", "has no db"),
        ({"dW": [[1, 2]], "db": 3, "dx": 1}, "type", "has dx, which nobody asked for"),
        ({"dW": [1, 2], "db": 3}, "shape", "dW is an array of shape (2,)"),
        ({"dW": [[1], [2, 3]], "db": 3}, "type", "dW is a list of 2"),
        ({"dW": [[1, 2]], "db": "3"}, "type", "db is a string"),
        ({"dW": [[1, 2]], "db": True}, "type", "db is True or False"),
        ({"dW": [[1, 2]], "db": 4}, "value", "Wrong: db = 4. What isn't named here is right."),
        ({"dW": [[1, 5]], "db": 4}, "value", "Wrong: dW (1 of its 2 entries), db = 4. Begin with"),
        (dW_is_negative(), "mistake", "You turned the sign of dW."),
    ],
)
def test_a_wrong_value_is_placed_without_giving_the_right_one(computed, answer, reason, words):
    """The learner would copy the answer from the message."""
    failed = failure(answer, "value")

    assert failed.reason == reason, str(failed)
    assert words in str(failed)
    assert "expected" not in str(failed)


@pytest.mark.parametrize("dW", [[[1, 2]], np.array([[1.0, 2.0]]), [[1.0004, np.float64(2)]]])
@pytest.mark.parametrize("db", [3, 3.0, np.float32(3), np.array(3.0), np.int64(3)])
def test_a_right_value_may_have_any_form(computed, dW, db):
    """A list, an integer or a rounded number would be refused."""
    check("value", {"dW": dW, "db": db})


def test_a_prediction_is_one_of_the_choices(register):
    """A typing error would count as a wrong prediction, or the message give the answer away."""

    def falls():
        return "falls"

    def rises():
        """You believed it rises."""
        return "rises"

    def stays():
        """You believed it stays."""
        return "stays"

    def jumps():
        """You believed it jumps."""
        return "jumps"

    choices = ("falls", "rises", "stays", "jumps", "vanishes")
    register(value_spec("predict", falls, rises, stays, jumps, choices=choices))

    check("value", " Falls ")

    assert "choose one of 'falls', 'rises'" in str(failure("fals", "value"))
    assert failure("rises", "value").mistake == "rises"
    assert str(failure("vanishes", "value")).split("\n\n")[1] == (
        "That isn't what happens: your answer is 'vanishes'."
    )


class Counter:
    """An answer that is a class."""

    def __init__(self):
        """Start at 0."""
        self.n = 0

    def add(self, k):
        """Add k."""
        self.n += k


def test_drive_makes_use_of_a_class(register):
    """Engines with several methods could not be exercises."""

    class Doubles(Counter):
        """You added k twice."""

        def add(self, k):
            self.n += 2 * k

    class Overwrites(Counter):
        """You overwrote."""

        def add(self, k):
            self.n = k

    class Subtracts(Counter):
        """You subtracted."""

        def add(self, k):
            self.n -= k

    def add_both(answer, a, b):
        """Then add(a) and add(b), and n is read."""
        counter = answer()
        counter.add(a)
        counter.add(b)
        return counter.n

    register(
        spec(
            id="counter",
            oracle=lambda a, b: a + b,
            drive=add_both,
            cases=lambda rng: [(1.5, 2.0), (-1.0, 3.0)],
            returns=("n",),
            mistakes=(Doubles, Overwrites, Subtracts),
        )
    )

    check("counter", Counter)

    assert failure(Overwrites, "counter").mistake == "Overwrites"
    assert failure(object, "counter").reason == "raised"
    text = str(failure(type("Wrong", (Counter,), {"add": lambda self, k: None}), "counter"))
    assert "a = 1.5\n    b = 2.0\nThen add(a) and add(b), and n is read." in text


# What a pass, a hint and a solution say.


def test_time_is_compared_with_the_target_once_it_is_long_enough(toy, capsys, monkeypatch):
    """Outputs of solutions/ would differ from run to run, or no time ever be shown."""
    said = []
    for seconds in (3, 59, 61, 420, 3600 * 5):
        monkeypatch.setitem(store.clock, "last pass", time.monotonic() - seconds)
        check("toy", right)
        said.append(capsys.readouterr().out.splitlines()[0])

    assert said == [
        "Passed: toy. (Target 3 min.)",
        "Passed: toy. (Target 3 min.)",
        "Passed: toy. Time: 1 min, target 3 min.",
        "Passed: toy. Time: 7 min, target 3 min.",
        "Passed: toy. (Target 3 min.)",
    ]


def test_a_pass_names_the_next_exercise(toy, register, capsys):
    """The learner would have to look for it."""
    register(spec(id="after_toy", minutes=4, chapter=1))

    check("toy", right)
    check("after_toy", right)
    out = capsys.readouterr().out.splitlines()

    assert out[3] == "Next: after_toy in chapter 01 (code, 4 min)."
    assert out[-1] == "That was the last exercise."


def test_long_exercises_say_what_they_are_doing(register, capsys):
    """A training that takes half a minute would look like a hang."""
    register(spec(seconds=60.0))

    check("toy", right)

    assert capsys.readouterr().out.startswith("Running case 1 of 2 ...\nRunning case 2 of 2 ...\n")


def test_hints_come_one_by_one(toy, capsys):
    """All would be given away at the first call."""
    hint("toy")
    hint("toy")
    hint("toy")

    lines = capsys.readouterr().out.splitlines()

    assert lines[:2] == ["Hint 1 of 2: a nudge", "Hint 2 of 2: nearly all"]
    assert lines[2:4] == lines[:2]
    assert 'short of solution("toy")' in lines[4]


def test_solution_is_shown_without_the_markers(capsys):
    """The learner would see what only the generator needs."""
    solution("dense_backward")

    shown = capsys.readouterr().out
    assert shown.startswith("def dense_backward(dz, x, W):\n")
    assert "x.T @ dz" in shown
    assert "SOLUTION" not in shown


@pytest.mark.parametrize("ask", [lambda id: check(id, None), hint, solution])
@pytest.mark.parametrize("id", ["dense_backwards", None, [], 3])
def test_an_unknown_id_is_a_clean_failure(ask, id):
    """A typing error in the id would look like a defect of the course."""
    with pytest.raises(CheckFailed, match="There is no exercise"):
        ask(id)


def test_an_unknown_id_gets_the_nearest_one():
    """The learner would have to guess."""
    assert "Did you mean dense_backward" in str(failure(right, "dense_bakward"))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"id": "not a name"}, "Python name"),
        ({"kind": "essay"}, "the kind is one of"),
        ({"difficulty": 4}, "1, 2 or 3"),
        ({"minutes": 0}, "above 0"),
        ({"hints": ("one",)}, "two hints"),
        ({"mistakes": (weight_divides,)}, "three mistakes"),
        ({"mistakes": (weight_divides, sum_is_a_mean, sum_is_a_mean)}, "share a name"),
        ({"mistakes": (weight_divides, sum_is_a_mean, lambda x, w: x)}, "name says what"),
        ({"mistakes": (weight_divides, sum_is_a_mean, returns)}, None),
        ({"insight": "one line"}, "two lines"),
        ({"cases": one_empty_case}, "needs cases"),
    ],
)
def test_a_spec_that_breaks_a_rule_is_refused(options, words):
    """Exercises without mistakes, hints or cases would come into the course."""
    if words is None:
        spec(**options)
        return

    with pytest.raises(ValueError, match=words):
        spec(**options)


def test_a_terminal_shows_the_message_last(data):
    """Run from a script, the failure would not read."""
    code = "from nnlab.checks import check\ncheck('dense_backward', lambda dz, x, W: None)"

    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, encoding="utf-8"
    )

    assert ran.returncode == 1
    assert "\nCheckFailed: Not right yet: dense_backward. Here what came is None" in ran.stderr
    assert ran.stderr.count("  File ") == 2


def test_a_tuple_of_the_wrong_length_is_called_by_its_name():
    """A learner with five shapes to give would not know which one is meant."""
    found = problems((5, 1), (5,), "b1", 0.0, 0.0)

    assert [p.text for p in found] == ["b1 is a tuple of 2; a tuple of 1 is wanted"]


def test_a_list_of_the_wrong_length_is_not_to_become_a_tuple():
    """A learner would change the brackets and not the length."""
    found = problems([1, 2], [1, 2, 3], "path", 0.0, 0.0)

    assert [p.text for p in found] == ["path is a list of 2; a list of 3 is wanted"]


def test_a_tuple_of_one_without_its_comma_is_told_about_the_comma():
    """(5) is 5: a learner sees brackets and can't see what is missing."""
    assert [p.text for p in problems(5, (5,), "b1", 0.0, 0.0)] == [
        "b1 is a number; a tuple of 1 is wanted, with a comma: (5,)"
    ]


@pytest.mark.parametrize("sixth", [Fraction(1, 6), sp.Rational(1, 6), sp.sqrt(sp.Rational(1, 36))])
def test_an_exact_number_is_a_number(sixth):
    """A learner who is told that fractions may be written would hear that a number is wanted."""
    assert problems(settle(sixth), 1 / 6, "best", 1e-9, 0.0) == []
    assert [p.kind for p in problems(settle(sixth), 0.5, "best", 1e-9, 0.0)] == ["value"]
    assert problems(settle(sixth), Between(0.1, 0.2), "best", 0.0, 0.0) == []
    assert problems(settle(sixth), sp.Rational(1, 6), "best", 0.0, 0.0) == []
    assert [p.kind for p in problems(settle(sixth), sp.Rational(1, 5), "best", 0, 0)] == ["value"]


@pytest.mark.parametrize(
    ("odd", "said"),
    [
        (Fraction(10**400), "a Fraction"),
        (sp.Symbol("x"), "a SymPy expression"),
        (sp.I, "a SymPy expression"),
        (sp.zoo, "a SymPy expression"),
    ],
)
def test_what_is_no_real_number_is_none_in_any_disguise(odd, said):
    """A symbol would crash the check, and not be named."""
    found = problems(settle(odd), 1.0, "best", 1e-9, 0.0)

    assert [p.text for p in found] == [f"best is {said}; a number is wanted"]


@pytest.mark.parametrize(
    ("got", "want", "words"),
    [
        (-6.0, 3.0, "-2 times"),
        (0.75, 3.0, "1/4 times"),
        (0.0, 3.0, "all zero"),
        (3.0001, 3.0, "nearly right"),
        (np.array([2.5, 5.0]), np.array([1.0, 2.0]), "2.5 times"),
    ],
)
def test_a_factor_that_means_something_is_said(got, want, words):
    """A missing 1/m or a wrong sign is seen at once by its factor."""
    (problem,) = problems(got, want, "loss", 1e-7, 1e-9)

    assert words in problem.text


@pytest.mark.parametrize(("got", "want"), [(1.3, 1.5), (2.2, 1.0), (-0.7, 3.0)])
def test_a_factor_by_chance_is_not_said(got, want):
    """One number is always some factor off another; a hint that means nothing misleads."""
    (problem,) = problems(got, want, "loss", 1e-7, 1e-9)

    assert "times" not in problem.text


def test_a_number_in_place_of_a_string_is_told_so():
    """ "It is 3" would leave the learner to guess what is wanted."""
    (problem,) = problems(3, "rises", "the loss", 1e-7, 1e-9)

    assert problem.text == "the loss is a number; a string is wanted, in quotes"


def test_a_tuple_of_numbers_is_told_how_to_become_an_array():
    """A function that returns (1, 2, 3) has the right numbers in the wrong wrapping."""
    (problem,) = problems((1, 2, 3), np.ones(3), "db", 1e-7, 1e-9)

    assert problem.text.endswith("is wanted: put np.array(...) around it")


def test_a_value_may_be_a_tuple_where_an_array_is_wanted(computed):
    """Brackets or parentheses: by hand they mean the same."""
    check("value", {"dW": ((1, 2),), "db": 3})


@pytest.mark.parametrize("size", [2, 100])
def test_a_change_in_the_last_digits_of_an_argument_is_seen(register, size):
    """Before and after would be printed alike, and the learner would not believe it."""
    register(spec(cases=lambda rng: [(np.full((1, size), 0.1), 2.0)]))

    def nudges(x, w):
        x += 1e-13
        return scale(x, w)

    text = str(failure(nudges))
    before, after = (line.split(maxsplit=1)[1] for line in text.splitlines() if "0.1" in line)

    assert before != after


def test_a_question_ends_without_a_second_stop(toy):
    """ "was it summed away?." looks careless."""
    text = str(failure(first_is(lambda scaled: scaled.sum(axis=1))))

    assert "summed away?" in text
    assert "?." not in text


# --- what is measured -----------------------------------------------------------------------------


def slope_learnt(answer, x, y):
    """fit(x, y) gives w; it is judged by w x on numbers drawn afterwards."""
    w = answer(x, y)
    if w is None:
        raise Unfit("your function returned None: is a return missing?")
    new = np.random.default_rng(1).normal(size=50)
    return {"error on new data": float(np.mean((w * new - 3 * new) ** 2))}


def lines(rng):
    """Two noisy lines of slope 3."""
    for _ in range(2):
        x = rng.normal(size=40)
        yield x, 3 * x + rng.normal(size=40) / 10


def small_error(x, y):
    """An error on new data of at most 0.1."""
    return {"error on new data": Between(0, 0.1)}


def mean_will_do(x, y):
    """You divided means."""
    return y.mean() / x.mean() + 7


def zero_is_safe(x, y):
    """You learnt nothing: w is 0."""
    return 0.0


def smallest_wins(x, y):
    """You took the smallest."""
    return float((y / x).min())


@pytest.fixture
def fitted(register):
    """An exercise that is judged by what was learnt."""
    return register(
        spec(
            id="fitted",
            cases=lines,
            oracle=small_error,
            drive=slope_learnt,
            returns=(),
            mistakes=(mean_will_do, zero_is_safe, smallest_wins),
        )
    )


@pytest.mark.parametrize(
    "fit", [lambda x, y: x @ y / (x @ x), lambda x, y: 3.0, lambda x, y: np.median(y / x)]
)
def test_whatever_measures_well_enough_passes(fitted, fit):
    """An answer that learns in another way would be told that its third digit differs."""
    check("fitted", fit)


def test_a_mistake_is_known_by_its_measurements(fitted):
    """Someone who makes a known mistake would only be told that the number is too large."""
    assert failure(lambda x, y: 0.0, "fitted").mistake == "zero_is_safe"


def test_a_bad_measurement_is_told_with_what_was_wanted(fitted):
    """A learner would not know how far away they are."""
    said = str(failure(lambda x, y: 2.0, "fitted"))

    assert "error on new data is 0.778" in said
    assert "wanted 0 to 0.1" in said


def test_nan_measures_nothing(fitted):
    """A network that has diverged would pass, since NaN is not above the limit."""
    assert "error on new data is nan" in str(failure(lambda x, y: np.nan, "fitted"))


def test_learning_that_fails_when_called_again_is_told(fitted):
    """A function that trains only once would pass."""
    calls = []

    def fit(x, y):
        calls.append(1)
        return 3.0 if len(calls) < 3 else 0.0

    assert failure(fit, "fitted").reason == "state"


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (Between(0.9), "at least 0.9"),
        (Between(-np.inf, 2), "at most 2"),
        (Between(1, 2), "1 to 2"),
    ],
)
def test_what_is_wanted_is_said_in_words(wanted, said):
    """The learner would read inf."""
    assert wanted.said == said


def test_both_ends_are_inside_and_no_array_is():
    """The limit itself would fail, or something that is no number be compared."""
    assert problems(0.9, Between(0.9, 1), "x", 0, 0) == []
    assert problems(1, Between(0.9, 1), "x", 0, 0) == []
    assert [p.kind for p in problems(np.ones(2), Between(0, 1), "x", 0, 0)] == ["type"]
    assert [p.kind for p in problems(True, Between(0, 1), "x", 0, 0)] == ["type"]


def test_a_check_that_has_taken_two_seconds_says_what_it_is_doing(fitted, monkeypatch, capsys):
    """A learner would take a slow training for a hanging kernel."""
    monkeypatch.setattr("nnlab.checks.engine.SILENT", 0.01)

    def slow(x, y):
        time.sleep(0.02)
        return 3.0

    check("fitted", slow)

    assert capsys.readouterr().out.startswith("Running case 2 of 2 ...\n")


def test_an_answer_that_can_not_be_used_is_told_so_without_a_traceback(fitted):
    """A learner would read an error of ours, and look for it in their own code."""
    told = failure(lambda x, y: None, "fitted")

    assert told.reason == "type"
    said = "Not right yet: fitted. Here your function returned None: is a return missing?"
    assert str(told).splitlines() == [said]


def two_parts_wrong(**parts):
    """Return the answer by hand with parts replaced."""
    return by_hand() | parts


def test_of_two_mistakes_at_once_the_first_is_named(computed):
    """Two slips in one answer are the usual case, and would get only "wrong"."""
    text = str(failure(two_parts_wrong(dW=[[-1, -2]], db=7), id="value"))

    assert "You turned the sign of dW." in text
    assert "That is about dW. Also wrong: db." in text


def test_parts_whose_names_have_spaces_are_named_whole(register):
    """Of "sigmoid W1, step 2" only "sigmoid" would be left."""

    def right():
        return {"W, step 1": "moves", "W, step 2": "stays", "b": 1.0}

    def never_moves():
        """It moves at once."""
        return right() | {"W, step 1": "stays"}

    def b_is_two():
        """It is no two."""
        return right() | {"b": 2.0}

    def b_is_three():
        """It is no three."""
        return right() | {"b": 3.0}

    mistakes = (never_moves, b_is_two, b_is_three)
    value = {"kind": "compute", "cases": lambda rng: [()], "returns": (), "oracle": right}
    register(spec(id="spaced", mistakes=mistakes, **value))

    text = str(failure({"W, step 1": "stays", "W, step 2": "moves", "b": 1.0}, "spaced"))

    assert "That is about W, step 1. Also wrong: W, step 2." in text


def test_parts_of_a_part_are_named_once_and_by_its_name(register):
    """Also wrong: W[0], W[1], , Z[0]: said before, and something without a name."""

    def right():
        return {"W": (2, 3), "b": (3,), "Z": (4, 3)}

    def turned():
        """Turn it."""
        return right() | {"W": (3, 2)}

    def longer():
        """It is shorter."""
        return right() | {"Z": (5, 3)}

    def one_row():
        """There are four."""
        return right() | {"Z": (1, 3)}

    value = {"kind": "compute", "cases": lambda rng: [()], "returns": (), "oracle": right}
    register(spec(id="sizes", mistakes=(turned, longer, one_row), **value))

    text = str(failure({"W": (3, 2), "b": 3, "Z": (3, 4)}, "sizes"))

    assert "Here b is a number; a tuple of 1 is wanted, with a comma: (3,)." in text
    assert "That is about W. Also wrong: b, Z." in text


def test_two_mistakes_in_a_function_are_named_too(register):
    """A gradient's parts go wrong one by one."""

    def rows_are_means(x, w):
        """You took the mean of a row."""
        return w * x, (w * x).mean(axis=1)

    register(spec(mistakes=(weight_divides, rows_are_means, weight_is_added)))

    text = str(failure(lambda x, w: (w * x + 1, (w * x).mean(axis=1))))

    assert "You took the mean of a row." in text
    assert "That is about rows. Also wrong: scaled." in text


def test_parts_that_only_some_cases_have_are_no_error_of_the_learner(register):
    """A wrong order of a graph's values was shown as a KeyError of the learner's own."""

    def counted(n):
        return {f"part {i}": i + 1.0 for i in range(n)}

    def last_is_double(n):
        """You doubled the last part."""
        return counted(n) | {f"part {n - 1}": 2.0 * n}

    def first_is_zero(n):
        """Your first part is 0."""
        return counted(n) | {"part 0": 0.0}

    def all_are_zero(n):
        """All are 0."""
        return dict.fromkeys(counted(n), 0.0)

    register(
        spec(
            cases=lambda rng: [(2,), (3,)],
            oracle=counted,
            returns=("your parts",),
            mistakes=(last_is_double, first_is_zero, all_are_zero),
        )
    )

    told = failure(lambda n: last_is_double(n) | {"part 0": 0.5})

    assert told.reason == "value"


def test_a_sentence_about_the_other_parts_is_not_said_when_they_are_wrong(register):
    """ "dW is right" would be a lie."""

    def db_is_double():
        """dW is right; you doubled db."""
        return by_hand() | {"db": 6.0}

    register(value_spec("compute", by_hand, dW_is_negative, db_is_double, all_is_one))

    text = str(failure(two_parts_wrong(dW=[[9, 9]], db=6), id="value"))

    assert "dW is right" not in text


def test_words_are_chosen_only_where_a_word_is_wanted(register):
    """A number typed as "10" would be told to choose among words for something else."""

    def both():
        return {"what": "rises", "by": 10.0}

    def falls():
        """It falls."""
        return {"what": "falls", "by": 10.0}

    def by_one():
        """It is 10."""
        return {"what": "rises", "by": 1.0}

    def neither():
        """Neither."""
        return {"what": "stays", "by": 0.0}

    choices = ("rises", "falls", "stays")
    register(value_spec("predict", both, falls, by_one, neither, choices=choices))

    text = str(failure({"what": "rises", "by": "10"}, id="value"))

    assert "choose one of" not in text
    assert "by is a string; a number is wanted" in text


def test_a_function_that_returns_a_word_is_told_the_choices(register):
    """ "min" for "minimum" would be wrong without a word of help."""

    def oracle(x, w):
        return "minimum" if w > 0 else "maximum"

    def never(x, w):
        """Never a maximum."""
        return "minimum"

    def always(x, w):
        """Always a maximum."""
        return "maximum"

    def turned(x, w):
        """Turned round."""
        return "maximum" if w > 0 else "minimum"

    register(
        spec(
            oracle=oracle,
            mistakes=(never, always, turned),
            returns=(),
            choices=("minimum", "maximum"),
            cases=lambda rng: [(1.0, 2.0), (1.0, -2.0)],
        )
    )

    text = str(failure(lambda x, w: "min"))

    assert "the result is 'min'; choose one of 'minimum', 'maximum'" in text


def test_rounding_of_an_argument_is_called_so(register):
    """A learner who adds h and takes it off again doesn't believe that anything has changed."""
    register(spec(cases=lambda rng: [(np.full((1, 2), 0.3), 2.0)]))

    def nudges(x, w):
        x += 0.1
        x -= 0.1
        x *= 1 + 2e-16
        return scale(x, w)

    assert "Adding and taking off again rounds." in str(failure(nudges))


MASK = np.array([[True, False], [False, True]])


@pytest.mark.parametrize(
    ("got", "words"),
    [
        (~MASK, "4 of the 4 entries"),
        (MASK[0], "shape (2,)"),
        (MASK * 1.0, "holds numbers; an array of shape (2, 2) of True and False is wanted"),
    ],
    ids=["turned", "row", "numbers"],
)
def test_masks_are_compared_as_masks(got, words):
    """Which units are dead is an array of True and False, not of numbers."""
    assert problems(MASK.copy(), MASK, "dead", 1e-7, 1e-9) == []

    (problem,) = problems(got, MASK, "dead", 1e-7, 1e-9)

    assert words in problem.text


def test_a_mask_is_no_array_of_numbers():
    """1 and True are equal in Python; a learner who hands in comparisons is told so."""
    (problem,) = problems(MASK, MASK * 1.0, "rows", 1e-7, 1e-9)

    assert "holds True and False; an array of shape (2, 2) of numbers is wanted" in problem.text


def test_a_mask_among_the_arguments_may_stay_as_it_was(register):
    """An untouched mask would be called changed."""
    register(spec(cases=lambda rng: [(np.array([[True, False]]), 2.0)]))

    check("toy", lambda x, w: (w * x, (w * x).sum(axis=1)))
