"""Numeric questions: right for every draw, each slip seen and named."""

import inspect
import re

import numpy as np
import pytest
from number_oracles import ORACLES

from nnlab.interview.numeric import called, carried_on, generators, said
from nnlab.interview.questions import questions

GENERATORS = list(generators().values())
SEEDS = 1000
each = pytest.mark.parametrize("generator", GENERATORS, ids=lambda generator: generator.id)


def far(one, other, tolerance):
    """Tell whether two values differ by more than the tolerance, in any of their numbers."""
    one, other = np.atleast_1d(one), np.atleast_1d(other)
    return one.shape != other.shape or not np.allclose(one, other, rtol=tolerance, atol=1e-12)


def test_there_are_enough_and_each_has_an_oracle():
    """A question whose answer nobody has computed twice may be wrong."""
    assert len(GENERATORS) >= 30
    assert set(ORACLES) == {generator.id for generator in GENERATORS}


@each
def test_the_answer_is_right_for_every_draw(generator):
    """A learner would be told that a right answer is wrong."""
    oracle = ORACLES[generator.id]
    names = [name.rstrip("_") for name in inspect.signature(oracle).parameters]

    for seed in range(SEEDS):
        task = generator.task(seed)
        want = oracle(*(task.numbers[name] for name in names))

        assert not far(list(task.right.values())[-1], want, 1e-5), (seed, task.numbers)


@each
def test_a_slip_differs_from_the_right_line(generator):
    """A slip that gives the right value would never be said; one that often does says nothing."""
    for step in generator.steps:
        for sentence, slip in step.slips:
            seen = 0
            for seed in range(100):
                task = generator.task(seed)
                known = carried_on(generator.steps, task.numbers)
                try:
                    wrong = called(slip, known)
                except (ArithmeticError, ValueError):
                    continue
                seen += far(wrong, task.right[step.name], 3 * step.rtol)

            assert seen >= 20, (step.name, sentence)


@each
def test_numbers_change_from_draw_to_draw(generator):
    """The second time, a remembered number would do."""
    drawn = {str(generator.task(seed).numbers) for seed in range(100)}

    assert len(drawn) >= 5
    assert generator.task(3) == generator.task(3)


@each
def test_the_question_shows_all_numbers(generator):
    """A number that isn't shown can't be used; braces would be left over."""
    task = generator.task(0)

    assert "{" not in task.question + task.worked
    assert len(task.question) < 400
    for step in generator.steps:
        assert step.name in task.worked
    for name, value in task.numbers.items():
        asked = f"{{{name}}}" in generator.question
        used = any(name in inspect.signature(step.value).parameters for step in generator.steps)
        assert asked or not used, (name, value)


def test_generators_stand_in_order_and_their_ids_are_no_questions():
    """A card would belong to two things."""
    places = [(generator.chapter, generator.difficulty) for generator in GENERATORS]

    assert places == sorted(places)
    assert not set(generators()) & set(questions())


@each
def test_right_lines_are_right_and_slips_are_named(generator):
    """The whole point: the first wrong line, with its likely cause."""
    task = generator.task(1)
    typed = {name: exact(value) for name, value in task.right.items()}

    verdict = task.judge(typed)

    assert verdict.right, str(verdict)
    assert verdict.first_wrong is None
    last = generator.steps[-1]
    before = typed if generator.every else {}
    for _, slip in last.slips:
        wrong = called(slip, carried_on(generator.steps, task.numbers))
        if far(wrong, task.right[last.name], 3 * last.rtol):
            verdict = task.judge(before | {last.name: exact(wrong)})
            assert not verdict.right
            assert verdict.first_wrong.name == last.name


def exact(value):
    """Write a value with all its digits, as a person with a calculator would."""
    return str(tuple(map(float, value))) if isinstance(value, tuple) else repr(float(value))


def rounded(value):
    """Round to three significant digits, each number of a tuple."""
    return tuple(map(rounded, value)) if isinstance(value, tuple) else float(f"{value:.2e}")


@each
def test_three_significant_digits_are_enough(generator):
    """An answer as it is read off a calculator would be called wrong; a count is wanted exactly."""
    for seed in range(200):
        task = generator.task(seed)
        typed = {
            step.name: exact(rounded(task.right[step.name]) if step.rtol else task.right[step.name])
            for step in generator.steps
        }

        verdict = task.judge(typed)

        assert {line.state for line in verdict.lines} == {"right"}, (seed, str(verdict))


@each
def test_one_may_go_on_from_rounded_lines(generator):
    """Who writes three digits of each line down, and reckons on with those, is right too."""
    for seed in range(200):
        task = generator.task(seed)
        known, typed = dict(task.numbers), {}
        for step in generator.steps:
            value = called(step.value, known)
            known[step.key] = rounded(value) if step.rtol else value
            typed[step.name] = exact(known[step.key])

        verdict = task.judge(typed)

        assert {line.state for line in verdict.lines} == {"right"}, (seed, str(verdict))


@each
def test_the_worked_lines_can_be_read(generator):
    """A sign that meets another one, or a parenthesis that never closes, is a riddle."""
    for seed in range(50):
        task = generator.task(seed)

        for line in f"{task.question}\n{task.worked}".splitlines():
            assert not re.search(r"[-+·/] -\d|[-+·/]-\d|,\)", line.replace("e-", "e")), line
            assert line.count("(") == line.count(")"), line


def test_a_slip_in_a_skipped_line_is_found_by_the_end_alone():
    """Only the answer was typed; the cause lies two lines before."""
    task = generators()["number-unit-forward"].task(0)
    numbers = task.numbers
    z = numbers["w1"] * numbers["x1"] + numbers["w2"] * numbers["x2"]

    verdict = task.judge({"a": exact(1 / (1 + np.exp(-z)))})

    assert not verdict.right
    assert "In z already: The bias is missing." in str(verdict)


def test_a_wrong_end_without_a_cause_asks_for_the_lines_before_it():
    """Not right, and no word of what to do next."""
    task = generators()["number-unit-forward"].task(0)

    assert "Type the lines before it too" in str(task.judge({"a": "17.3"}))
    assert "Type the lines" not in str(task.judge({"z": "9.1", "a": "17.3"}))


def test_a_question_for_several_things_wants_each_of_them():
    """The shape of W would be asked for, and never looked at."""
    task = generators()["number-layer-shapes"].task(0)
    right = {name: exact(value) for name, value in task.right.items()}

    assert task.judge(right).right
    assert not task.judge(right | {"W": "(1, 2)"}).right
    assert str(task.judge(right | {"W": ""})).startswith("W: no answer.")
    assert not task.judge({"dz": right["dz"]}).right


def test_a_line_that_is_right_after_a_wrong_one_is_said_so():
    """Otherwise every line after the first mistake would be called a mistake."""
    task = generators()["number-unit-forward"].task(0)
    z = -task.right["z"]

    verdict = task.judge({"z": exact(z), "a": exact(1 / (1 + np.exp(-z)))})

    assert [line.state for line in verdict.lines] == ["wrong", "carried"]
    assert verdict.first_wrong.name == "z"


@pytest.mark.parametrize("text", ["", "no idea", "1/0", "((", "nan"])
def test_what_is_no_number_is_no_crash(text):
    """A learner types anything."""
    for generator in GENERATORS:
        verdict = generator.task(0).judge({generator.steps[-1].name: text})

        assert not verdict.right
        assert str(verdict)


@each
@pytest.mark.parametrize("text", ["-0.3", "0", "1", "1e300", "(1, -2)", "(0, 0, 0, 0)", "[1; 2]"])
def test_a_line_from_which_nobody_can_go_on_is_no_crash(generator, text):
    """A negative probability has no logarithm, and the interview would end."""
    task = generator.task(2)
    last = generator.steps[-1].name
    typed = {step.name: text for step in generator.steps}

    for lines in (typed, typed | {last: exact(task.right[last])}, {generator.steps[0].name: text}):
        verdict = task.judge(lines)

        assert len(verdict.lines) == len(generator.steps)


@pytest.mark.parametrize(
    ("value", "text"),
    [(1234567, "1,234,567"), (0.5, "0.5"), (1e-7, "1e-07"), ((1, 2), "(1, 2)"), (2e21, "2e+21")],
)
def test_numbers_are_written_as_people_read_them(value, text):
    """1234567.0 takes a while to read."""
    assert said(value) == text


def test_a_count_that_is_nearly_right_is_said_to_be_near():
    """Within 1 % of a count, which must be exact, nothing at all would be said of the cause."""
    task = generators()["number-mlp-parameters"].task(0)
    total = task.right["total"]

    verdict = task.judge({"total": str(total + 1)})

    assert not verdict.right
    assert str(verdict) == "total: not right. It is near, but wanted is the answer exactly."
