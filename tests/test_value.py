"""The scalar engine: every derivative against SymPy's, sums over paths, nnlib's own gradient."""

import math

import numpy as np
import pytest
import sympy as sp

import nnlib as nn
from nnlib import Value

X, Y = 0.7, -1.3  # where everything is evaluated; log and fractional powers take x only

# name: (of two Values, of two SymPy symbols)
EXPRESSIONS = {
    "x + y": (lambda x, y: x + y, lambda x, y: x + y),
    "x + 2": (lambda x, y: x + 2, lambda x, y: x + 2),
    "2 + x": (lambda x, y: 2 + x, lambda x, y: x + 2),
    "x - y": (lambda x, y: x - y, lambda x, y: x - y),
    "x - 2": (lambda x, y: x - 2, lambda x, y: x - 2),
    "2 - x": (lambda x, y: 2 - x, lambda x, y: 2 - x),
    "x y": (lambda x, y: x * y, lambda x, y: x * y),
    "3 x": (lambda x, y: 3 * x, lambda x, y: 3 * x),
    "x 3": (lambda x, y: x * 3, lambda x, y: 3 * x),
    "x / y": (lambda x, y: x / y, lambda x, y: x / y),
    "x / 2": (lambda x, y: x / 2, lambda x, y: x / 2),
    "2 / y": (lambda x, y: 2 / y, lambda x, y: 2 / y),
    "-y": (lambda x, y: -y, lambda x, y: -y),
    "x²": (lambda x, y: x**2, lambda x, y: x**2),
    "y³": (lambda x, y: y**3, lambda x, y: y**3),
    "√x": (lambda x, y: x**0.5, lambda x, y: sp.sqrt(x)),
    "y⁻²": (lambda x, y: y**-2, lambda x, y: y**-2),
    "tanh y": (lambda x, y: y.tanh(), lambda x, y: sp.tanh(y)),
    "exp y": (lambda x, y: y.exp(), lambda x, y: sp.exp(y)),
    "log x": (lambda x, y: x.log(), lambda x, y: sp.log(x)),
    "relu x": (lambda x, y: x.relu(), lambda x, y: x),
    "relu y": (lambda x, y: y.relu(), lambda x, y: 0 * y),
    "x x": (lambda x, y: x * x, lambda x, y: x**2),
    "x + x": (lambda x, y: x + x, lambda x, y: 2 * x),
    "many paths": (
        lambda x, y: ((x * y).tanh() + x) * ((x * y).tanh() - y) / (x.exp() + 1),
        lambda x, y: (sp.tanh(x * y) + x) * (sp.tanh(x * y) - y) / (sp.exp(x) + 1),
    ),
}


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_derivatives_are_sympys(name):
    """A wrong local slope, or a path that is not added, in any operation."""
    ours, theirs = EXPRESSIONS[name]
    x, y = Value(X), Value(Y)
    a, b = sp.symbols("a b")
    truth = theirs(a, b)
    here = {a: X, b: Y}

    result = ours(x, y)
    result.backward()

    assert result.data == pytest.approx(float(truth.subs(here)), rel=1e-14)
    assert x.grad == pytest.approx(float(sp.diff(truth, a).subs(here)), rel=1e-13)
    assert y.grad == pytest.approx(float(sp.diff(truth, b).subs(here)), rel=1e-13)


def test_relu_has_slope_zero_at_its_kink():
    """The convention of the whole course: ReLU'(0) = 0."""
    x = Value(0.0)

    result = x.relu()
    result.backward()

    assert (result.data, x.grad) == (0.0, 0.0)


@pytest.mark.parametrize(("n", "slope"), [(0, 0.0), (1, 1.0), (2, 0.0)])
def test_powers_of_zero_have_a_slope(n, slope):
    """n·x^(n-1) divides by zero for n = 0 if it is written without care."""
    x = Value(0.0)

    (x**n).backward()

    assert x.grad == slope


def test_the_result_has_gradient_one():
    """∂L/∂L = 1 is where the chain starts."""
    result = Value(2.0) * 3

    result.backward()

    assert result.grad == 1.0


def test_a_value_used_twice_gets_both_contributions():
    """An engine that assigns instead of adding gives x·x the slope x."""
    x = Value(3.0)

    (x * x).backward()

    assert x.grad == 6.0


def test_a_gradient_flows_on_only_when_it_is_complete():
    """Visiting a shared value before all that use it would pass on half a gradient."""
    x = Value(2.0)
    shared = x * 3  # used at depth 1 and at depth 3
    result = shared + (shared.tanh() + 1) * 2

    result.backward()

    slope = 1 + 2 * (1 - math.tanh(6.0) ** 2)
    assert shared.grad == pytest.approx(slope, rel=1e-15)
    assert x.grad == pytest.approx(3 * slope, rel=1e-15)


def test_gradients_accumulate_over_two_calls():
    """The forgotten zero_grad: the second pass adds once more, and once only, everywhere."""
    x = Value(0.5)
    hidden = x.tanh()
    result = hidden * hidden
    result.backward()
    once = [v.grad for v in (x, hidden, result)]

    result.backward()

    assert [v.grad for v in (x, hidden, result)] == [2 * g for g in once]


def test_two_losses_add_their_gradients():
    """Micro-batches: backward of each gives the gradient of the sum."""
    w = Value(2.0)

    ((w - 1) ** 2).backward()
    ((w * 3) ** 2).backward()

    assert w.grad == 2 * (2 - 1) + 2 * 9 * 2


def test_gradients_start_again_from_zero():
    """Setting grad to 0 is all that zero_grad is."""
    x = Value(3.0)
    (x * 5).backward()
    x.grad = 0.0

    (x * 7).backward()

    assert x.grad == 7.0


def test_a_chain_of_5000_steps_needs_no_recursion():
    """A recursive visit would stop at Python's limit of 1,000 frames."""
    x = Value(1.0)
    result = x
    for _ in range(5000):
        result = result + x * 0.5

    result.backward()

    assert result.data == 1 + 5000 * 0.5
    assert x.grad == 1 + 5000 * 0.5


def test_a_wide_graph_is_visited_once_for_each_value():
    """60 doublings have 2⁶⁰ paths: walking the paths one by one would never end."""
    x = result = Value(1.0)
    for _ in range(60):
        result = result + result

    result.backward()

    assert x.grad == 2.0**60


def test_a_2_2_1_network_has_nnlibs_gradient(rng):
    """The oracle and the library, two different ways to the same nine numbers."""
    net = nn.Network([nn.Dense(2, 2), nn.Tanh(), nn.Dense(2, 1)], loss=nn.LogLoss())
    net.theta[:] = rng.normal(size=9)
    data, labels = rng.normal(size=(5, 2)), [1, 0, 0, 1, 1]
    w11, w12, w21, w22, b1, b2, v1, v2, c = theta = [Value(float(t)) for t in net.theta]

    loss = Value(0.0)
    for (x1, x2), y in zip(data.tolist(), labels, strict=True):
        a1 = (w11 * x1 + w21 * x2 + b1).tanh()
        a2 = (w12 * x1 + w22 * x2 + b2).tanh()
        p = 1 / (1 + (-(a1 * v1 + a2 * v2 + c)).exp())
        loss = loss - (p.log() if y else (1 - p).log()) / len(labels)
    loss.backward()

    value, grad = net.value_and_grad(data, np.array(labels).reshape(-1, 1))
    assert loss.data == pytest.approx(value, rel=1e-14)
    np.testing.assert_allclose([t.grad for t in theta], grad, rtol=1e-12, atol=1e-15)


def test_a_value_says_what_it_is():
    """What a learner sees at the prompt."""
    x = Value(3.0)
    (x * 0.25).backward()

    assert repr(x) == "Value(3, grad=0.25)"


def test_a_root_of_a_negative_value_is_refused():
    """Python would go on with a complex number, and no gradient after it means anything."""
    with pytest.raises(ValueError, match=r"-1 to the power 0.5 is no real number"):
        Value(-1.0) ** 0.5


@pytest.mark.parametrize("data", [0.0, 4.0])
def test_a_power_that_is_no_whole_number_is_real_from_zero_on(data):
    """x^1.5 has a value and a slope at 0; refusing it there would be too much caution."""
    x = Value(data)
    y = x**1.5

    y.backward()

    assert y.data == data**1.5
    assert x.grad == 1.5 * data**0.5
