"""Expressions are judged by value: every form of the right one, none of the wrong ones."""

import pytest
import sympy as sp

from nnlab.checks.compare import problems
from nnlab.checks.expressions import disagreement, number

x, y = sp.symbols("x y")
r, s = sp.symbols("r s", real=True)
p = sp.Symbol("p", positive=True)
n = sp.Symbol("n", integer=True, positive=True)
f, g = sp.Function("f"), sp.Function("g")
m, k = sp.symbols("m k", integer=True, positive=True)
X, W, dZ = sp.MatrixSymbol("X", m, 3), sp.MatrixSymbol("W", 3, k), sp.MatrixSymbol("dZ", m, k)
σ = 1 / (1 + sp.exp(-x))


@pytest.mark.parametrize(
    ("got", "want"),
    [
        (sp.sin(x) ** 2 + sp.cos(x) ** 2, 1),
        (σ * (1 - σ), sp.exp(x) / (1 + sp.exp(x)) ** 2),
        (sp.tanh(x), 1 - 2 / (sp.exp(2 * x) + 1)),
        (sp.Derivative(x**3, x), 3 * x**2),
        (sp.sqrt(r**2), sp.Abs(r)),
        (sp.log(p**2), 2 * sp.log(p)),
        (sp.Max(r, 0), (r + sp.Abs(r)) / 2),
        (sp.Piecewise((r, r > 0), (0, True)), sp.Max(0, r)),
        (sp.Symbol("r") ** 2, r**2),  # without the assumption
        (sp.Symbol("p") + sp.Symbol("q") - sp.Symbol("q"), p),
        (sp.diff(f(g(x)), x), sp.Derivative(f(g(x)), x)),
        (f(x) * g(y) + g(y), g(y) * (1 + f(x))),
        (sp.Sum(sp.Symbol("i"), (sp.Symbol("i"), 1, n)), n * (n + 1) / 2),
        (X.T * dZ, (dZ.T * X).T),
        (dZ * W.T, (W * dZ.T).T),
        (sp.Matrix([[x**2 - 1, 0]]), sp.Matrix([[(x - 1) * (x + 1), 0]])),
        (0, 0),
    ],
    ids=str,
)
def test_every_form_of_the_right_function_is_right(got, want):
    """The learner would have to guess the form."""
    assert disagreement(got, want) is None


@pytest.mark.parametrize(
    ("got", "want", "kind"),
    [
        (x + 1, x, "value"),
        (-x, x, "value"),
        (sp.sqrt(x**2), x, "value"),  # equal for positive x only
        (sp.Abs(r), r, "value"),
        (sp.log(x**2), 2 * sp.log(x), "value"),  # another branch
        (x, x + sp.Rational(1, 10**9), "value"),
        (f(x), g(x), "value"),
        (sp.diff(f(x), x), f(x), "value"),
        (f(g(x)), g(f(x)), "value"),
        (sp.zoo, x, "value"),
        (1 / (x - x), x, "value"),
        (sp.log(0 * x), x, "value"),
        (x + y, x, "type"),
        (y, sp.Integer(1), "type"),
        (x * 0.5, x / 2, "type"),
        (X * W, X.T * dZ, "shape"),
        (X.T * dZ * 2, X.T * dZ, "value"),
        (X.T * dZ * x, X.T * dZ, "type"),
        (X.T * dZ * p, p * X.T * dZ * p, "value"),
        (sp.Matrix([[x, x]]), sp.Matrix([[x, 2 * x]]), "value"),
        (sp.Matrix([x]), x, "shape"),
        (x, sp.Matrix([x]), "shape"),
    ],
    ids=str,
)
def test_every_other_function_is_wrong(got, want, kind):
    """A derivation with a wrong sign, branch or symbol would pass."""
    assert disagreement(got, want)[0] == kind


def test_a_number_shows_the_difference():
    """The learner would not know where to look."""
    said = disagreement(p**2, p**3)[1]

    at, rest = said.split("at p = ")[1].split(" it is ")
    got, expected = map(float, rest.split(", expected "))

    point = float(sp.Rational(at))
    assert (got, expected) == pytest.approx((point**2, point**3), rel=1e-5)


def test_what_holds_between_the_bounds_is_right():
    """A right answer about probabilities would be refused for what it gives at p = 2."""
    got, want = sp.sqrt((1 - p) ** 2), 1 - p

    assert disagreement(got, want) is not None
    assert disagreement(got, want, (("p", 0, 1),)) is None


def test_a_difference_is_shown_between_the_bounds():
    """A learner would be told of a probability of 2."""
    said = disagreement(p**2, p**3, (("p", 0, 1),))[1]

    assert 0 < sp.Rational(said.split("at p = ")[1].split(" it is ")[0]) < 1


def test_whole_numbers_stay_whole_between_the_bounds():
    """Half an example is drawn from no batch."""
    n = sp.Symbol("n", integer=True, positive=True)
    points = [number(n, f"{here}", (("n", 1, 9),)) for here in range(12)]

    assert all(point.is_integer and 1 < point < 10 for point in points)
    assert len(set(points)) > 3


@pytest.mark.parametrize(
    ("got", "words"),
    [
        (0.5, "is a decimal number: write an expression"),
        ("x", "without the quotation marks"),
        (None, "is None"),
        (True, "True or False"),
        ([x], "a list of 1"),
        (x * 0.5, "sp.Rational(1, 2)"),
        (y, "contains y: the answer is written in x"),
    ],
    ids=repr,
)
def test_what_is_no_expression_is_refused_kindly(got, words):
    """SymPy's own errors would be shown, or a rounded number pass."""
    (problem,) = problems(got, x / 2, "delta", 0, 0)

    assert problem.kind == "type"
    assert words in problem.text


def test_nothing_to_compare_is_no_agreement():
    """An expression that has a value nowhere would agree with everything."""
    nowhere = sp.Integral(f(x) * sp.exp(x * y), x)

    assert disagreement(nowhere + 1, nowhere) is not None
