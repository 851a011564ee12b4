"""Each derivation holds, a false variant of it doesn't, and nnlib computes what it says."""

import functools
import itertools
import math

import numpy as np
import pytest
import sympy as sp

import nnlib as nn
from nnlib import derivations as d

# name: (the derivation, false variants of it)
FACTS = {
    "two_class_softmax": (
        d.two_class_softmax,
        [
            lambda: d.two_class_softmax(lambda z0, z1: z0 - z1),
            lambda: d.two_class_softmax(lambda z0, z1: z1),
        ],
    ),
    "log_loss_gradient": (
        d.log_loss_gradient,
        [
            lambda: d.log_loss_gradient(lambda p, y, m: (y - p) / m),
            lambda: d.log_loss_gradient(lambda p, y, m: p - y),
            lambda: d.log_loss_gradient(lambda p, y, m: (p - y) * p * (1 - p) / m),
        ],
    ),
    "softmax_gradient": (
        d.softmax_gradient,
        [
            lambda: d.softmax_gradient(lambda p, y, m: p - y),
            lambda: d.softmax_gradient(lambda p, y, m: (p - y)[:, :2] / m),
        ],
    ),
    "mse_from_likelihood": (
        d.mse_from_likelihood,
        [
            lambda: d.mse_from_likelihood(d.absolute_error),
            lambda: d.mse_from_likelihood(lambda z, y: -((z - y) ** 2)),
            lambda: d.mse_from_likelihood(lambda z, y: (z - y) ** 4),
        ],
    ),
    "mae_from_likelihood": (
        d.mae_from_likelihood,
        [lambda: d.mae_from_likelihood(d.squared_error)],
    ),
    "log_loss_from_likelihood": (
        d.log_loss_from_likelihood,
        [
            lambda: d.log_loss_from_likelihood(d.squared_error_of_sigmoid),
            lambda: d.log_loss_from_likelihood(lambda z, y: d.log_loss(z, 1 - y)),
        ],
    ),
    "cross_entropy_from_likelihood": (
        d.cross_entropy_from_likelihood,
        [lambda: d.cross_entropy_from_likelihood(lambda z, y: 2 * d.cross_entropy(z, y))],
    ),
    "convex_in_weights": (
        d.convex_in_weights,
        [lambda: d.convex_in_weights(d.squared_error_of_sigmoid)],
    ),
    "not_convex": (
        d.not_convex,
        [
            lambda: d.not_convex(d.log_loss),
            lambda: d.not_convex(odds=(sp.Integer(1), sp.Integer(2))),
            lambda: d.not_convex(lambda z, y: 3 * z),  # just not above: a straight line
        ],
    ),
    "linear_collapse": (
        d.linear_collapse,
        [
            lambda: d.linear_collapse(lambda W1, b1, W2, b2: (W2 * W1, b1 * W2 + b2)),
            lambda: d.linear_collapse(lambda W1, b1, W2, b2: (W1 * W2, b1 + b2)),
            lambda: d.linear_collapse(activation=sp.tanh),
        ],
    ),
    "xor_by_a_line": (d.xor_by_a_line, [lambda: d.xor_by_a_line((0, 1, 1, 1))]),
    "sigmoid_slope": (
        d.sigmoid_slope,
        [
            lambda: d.sigmoid_slope(bound=sp.Rational(1, 5)),
            lambda: d.sigmoid_slope(lambda a: a**2),
        ],
    ),
    "he_variance": (
        d.he_variance,
        [
            lambda: d.he_variance(lambda n: 1 / n),
            lambda: d.he_variance(activation=lambda z: z),
        ],
    ),
    "dropout_mean": (
        d.dropout_mean,
        [lambda: d.dropout_mean(lambda x, p: x), lambda: d.dropout_mean(lambda x, p: x / p)],
    ),
    "batch_norm_backward": (
        d.batch_norm_backward,
        [
            lambda: d.batch_norm_backward(
                lambda g, xhat, gamma, sigma: [gamma / sigma * di for di in g]
            ),
            lambda: d.batch_norm_backward(
                lambda g, xhat, gamma, sigma: [gamma / sigma * (di - sum(g) / len(g)) for di in g]
            ),
        ],
    ),
    "descent_bound": (d.descent_bound, [lambda: d.descent_bound(lambda lam: 1 / lam)]),
    "descent_in_the_plane": (
        d.descent_in_the_plane,
        [
            lambda: d.descent_in_the_plane(lambda least, largest: 2 / least),
            lambda: d.descent_in_the_plane(lambda least, largest: 4 / (least + largest)),
        ],
    ),
    "momentum_bound": (
        d.momentum_bound,
        [
            lambda: d.momentum_bound(lambda lam, beta: 2 / lam),
            lambda: d.momentum_bound(lambda lam, beta: 2 * (1 - beta) / lam),
        ],
    ),
    "nesterov_bound": (
        d.nesterov_bound,
        [
            lambda: d.nesterov_bound(lambda lam, beta: 2 * (1 + beta) / lam),
            lambda: d.nesterov_bound(lambda lam, beta: 2 / lam),
        ],
    ),
    "minibatch_variance": (
        d.minibatch_variance,
        [
            lambda: d.minibatch_variance(claim=lambda var, N, B, replace: var / B),
            lambda: d.minibatch_variance(claim=lambda var, N, B, replace: var / B * (N - B) / N),
        ],
    ),
    "minibatch_variance_with_replacement": (
        lambda: d.minibatch_variance(replace=True),
        [lambda: d.minibatch_variance(replace=True, claim=lambda var, N, B, replace: var)],
    ),
    "finite_population_factor": (
        d.finite_population_factor,
        [lambda: d.finite_population_factor(lambda N, B: (N - B) / N)],
    ),
    "bias_correction": (
        d.bias_correction,
        [
            lambda: d.bias_correction(lambda beta, t: 1 - beta ** (t + 1)),
            lambda: d.bias_correction(lambda beta, t: sp.S.One),
            lambda: d.bias_correction(lambda beta, t: t * (1 - beta)),
        ],
    ),
    "uncorrected_adam": (
        d.uncorrected_adam,
        [lambda: d.uncorrected_adam(claim=lambda b1, b2, t: (1 - b1**t) / (1 - b2**t))],
    ),
    "uncorrected_adam_later": (
        lambda: d.uncorrected_adam(5),
        [lambda: d.uncorrected_adam(5, claim=lambda b1, b2, t: (1 - b1) / sp.sqrt(1 - b2))],
    ),
    "adam_first_step": (
        d.adam_first_step,
        [
            lambda: d.adam_first_step(lambda lr, g, eps: lr * g),
            lambda: d.adam_first_step(lambda lr, g, eps: lr * sp.sign(g)),
        ],
    ),
    "l2_shrinkage": (
        d.l2_shrinkage,
        [lambda: d.l2_shrinkage(lambda w, g, lr, lam: (1 - lam) * w - lr * g)],
    ),
}


@functools.cache
def derived(name):
    """Derive a fact once for all the tests that look at it."""
    return FACTS[name][0]()


@pytest.mark.parametrize("name", FACTS)
def test_fact_holds(name):
    """A page of the course would end in False."""
    found = derived(name)

    assert found.holds is True
    assert bool(found)


@pytest.mark.parametrize(
    "wrong", [pytest.param(w, id=name) for name, (_, wrongs) in FACTS.items() for w in wrongs]
)
def test_false_variant_is_rejected(wrong):
    """A derivation that can't fail proves nothing."""
    found = wrong()

    assert found.holds is False
    assert r"\not" in found.latex()


# name: (symbols, # counts, + positive, ≥ not negative, the others real; parts)
WRITTEN = {
    "two_class_softmax": ("y z_0 z_1", ""),
    "log_loss_gradient": ("m+ y z", "p"),
    "softmax_gradient": ("m+ y_1 y_2 z_1 z_2 z_3", ""),
    "mse_from_likelihood": ("sigma+ y_1 y_2 z_1 z_2", "c"),
    "mae_from_likelihood": ("b+ y_1 y_2 z_1 z_2", "c"),
    "log_loss_from_likelihood": ("y_1 y_2 z_1 z_2", "c"),
    "cross_entropy_from_likelihood": ("z_1 z_2 z_3", ""),
    "convex_in_weights": ("v_1 v_2 w_1 w_2 x_1 x_2 y z", "curvature"),
    "not_convex": ("", "curvature"),
    "linear_collapse": (
        "b_1 b_2 c_1 c_2 u_1_1 u_1_2 u_2_1 u_2_2 w_1_1 w_1_2 w_2_1 w_2_2 x_1_1 x_1_2",
        "W b",
    ),
    "xor_by_a_line": ("b w_1 w_2", "margins"),
    "sigmoid_slope": ("a z", "gap"),
    "he_variance": ("n+ s+", "E·a²"),
    "dropout_mean": ("p+ x", "variance"),
    "batch_norm_backward": ("d_1 d_2 d_3 gamma sigma+ x_1 x_2 x_3", ""),
    "descent_bound": ("eta+ lambda+", "factor margin"),
    "descent_in_the_plane": ("Delta+ eta+ lambda_min+", "factors"),
    "momentum_bound": ("beta≥ eta+ lambda+", "matrix"),
    "nesterov_bound": ("beta≥ eta+ lambda+", "matrix"),
    "minibatch_variance": ("g_1 g_2 g_3 g_4", "bias σ²"),
    "minibatch_variance_with_replacement": ("g_1 g_2 g_3 g_4", "bias σ²"),
    "finite_population_factor": ("B+ N+ sigma^2+", "covariance"),
    "bias_correction": ("beta+ t#", "start"),
    "uncorrected_adam": ("", "ratio"),
    "uncorrected_adam_later": ("", "ratio"),
    "adam_first_step": ("epsilon+ eta+ g", ""),
    "l2_shrinkage": ("eta+ g lambda+ w", ""),
}


def symbols_of(thing):
    """Return the free symbols of an expression, a matrix, or a list of expressions."""
    parts = thing if isinstance(thing, (list, tuple)) else [thing]
    return set().union(*(sp.sympify(part).free_symbols for part in parts))


def sort_of(symbol):
    """Return the sign that stands behind a symbol above."""
    known = {"#": symbol.is_integer, "+": symbol.is_positive, "≥": symbol.is_nonnegative}
    return next((sign for sign, is_so in known.items() if is_so), "" if symbol.is_real else "?")


@pytest.mark.parametrize("name", FACTS)
def test_fact_is_written_in_these_symbols(name):
    """Notebooks put numbers in by these names, and an assumption less proves another fact."""
    found = derived(name)
    symbols = symbols_of(found.lhs).union(
        symbols_of(found.rhs), *map(symbols_of, found.parts.values())
    )

    written = [str(s) + sort_of(s) for s in sorted(symbols, key=str)]

    assert " ".join(written) == WRITTEN[name][0]
    assert [key.replace(" ", "·") for key in found.parts] == WRITTEN[name][1].split()


def test_every_derivation_has_a_false_variant():
    """A new derivation could come without one."""
    public = {
        name
        for name, f in vars(d).items()
        if callable(f) and getattr(f, "__annotations__", {}).get("return") == "Derivation"
    }

    assert public - {"likelihood", "stable_below"} <= set(FACTS)  # those serve several facts


def test_a_derivation_prints_as_an_equation():
    """A notebook would show the object, not the fact."""
    assert d.descent_bound()._repr_latex_() == (
        r"$\displaystyle \frac{2}{\lambda} = \frac{2}{\lambda}$"
    )


@pytest.mark.parametrize(
    ("name", "relation"), [("mse_from_likelihood", r" \propto "), ("not_convex", " > ")]
)
def test_a_statement_that_is_no_equation_says_so(name, relation):
    """Proportional, or above: an = there would be false."""
    found = derived(name)

    assert found.latex() == sp.latex(found.lhs) + relation + sp.latex(found.rhs)


def test_parts_are_what_their_names_say():
    """A page quotes the factor, the margins or the variance that was found on the way."""
    p, sigma, scale = sp.symbols("p sigma b", positive=True)
    w1, w2 = sp.symbols("w_1 w_2", real=True)

    assert d.equal(derived("mse_from_likelihood").parts["c"], 1 / sigma**2)
    assert d.equal(derived("mae_from_likelihood").parts["c"], 2 / scale)
    assert derived("log_loss_from_likelihood").parts["c"] == 2
    assert d.equal(derived("log_loss_gradient").parts["p"], 1 / (1 + sp.exp(-d.z)))
    assert derived("not_convex").parts["curvature"] == sp.Rational(-9, 128)
    margins = [-d.b, w2 + d.b, w1 + d.b, -(w1 + w2 + d.b)]
    assert list(map(sp.expand, derived("xor_by_a_line").parts["margins"])) == margins
    assert d.equal(derived("dropout_mean").parts["variance"], p * d.x**2 / (1 - p))
    assert d.equal(
        derived("convex_in_weights").parts["curvature"], d.log_loss(d.z, d.y).diff(d.z, 2)
    )
    assert round(d.uncorrected_adam().parts["ratio"], 2) == 3.16


def test_labels_stand_in_front_of_the_logarithms():
    """-y log p - (1 - y) log(1 - p) is what a reader knows; log (1 - p)^(1 - y) is not."""
    logs = derived("log_loss_from_likelihood").lhs.atoms(sp.log)

    assert logs
    assert not symbols_of(list(logs)) & {*sp.symbols("y_1 y_2", real=True)}


def test_the_witness_against_convexity_is_at_odds_of_1_to_7_and_1_to_3():
    """(7/8)² and (3/4)² have the mean 85/128, and the middle of the log odds more."""
    found = derived("not_convex")

    assert found.rhs == sp.Rational(85, 128)
    assert d.equal(found.lhs, 1 / (1 + 1 / sp.sqrt(21)) ** 2)


def test_four_gradients_are_drawn_two_at_a_time():
    """A third of their variance: ½ for two, and ⅔ for what is left to draw from."""
    found = derived("minibatch_variance")

    assert d.equal(found.lhs, found.parts["σ²"] / 3)


@pytest.mark.parametrize(
    ("move", "limit"),
    [
        (lambda g, v, beta: -v, lambda lam, beta: 0),  # uphill: 1 - T + D > 0 fails at once
        (lambda g, v, beta: v - g, lambda lam, beta: (1 - beta) / (lam * beta)),  # D < 1 fails
    ],
)
def test_each_condition_for_stability_can_be_the_one_that_fails(move, limit):
    """Heavy ball and Nesterov's step only ever meet the second."""
    beta = sp.Symbol("beta", nonnegative=True)

    found = d.stable_below(limit, move)

    assert d.equal(found.lhs, limit(d.lam, beta))


def test_equal_wants_a_proof_when_no_number_refutes():
    """Two expressions equal at one point would pass as equal."""
    a = sp.Symbol("a", real=True)
    at_the_point = sp.Rational(3, 7)  # where the first look is taken

    assert not d.equal(a, at_the_point)
    assert not d.equal(sp.Matrix([[a]]), sp.Matrix([[a, a]]))
    assert d.equal(sp.sin(a) ** 2 + sp.cos(a) ** 2, 1)


# --- what nnlib computes ---


def test_two_class_softmax_in_numbers(rng):
    """The library's two losses would differ where the derivation says they are one."""
    z, y = rng.normal(size=(5, 2)), rng.integers(0, 2, 5)

    softmax = nn.CrossEntropy().value(z, y)
    logistic = nn.LogLoss().value(z[:, 1:] - z[:, :1], y.reshape(-1, 1))

    np.testing.assert_allclose(softmax, logistic, rtol=1e-14, atol=0)


def test_linear_collapse_in_numbers(rng):
    """Two dense layers of the library would not be one."""
    two = nn.Network([nn.Dense(2, 2), nn.Dense(2, 2)], nn.MSE(), seed=0)
    first, second = two.layers
    first.b, second.b = rng.normal(size=2), rng.normal(size=2)
    one = nn.Network([nn.Dense(2, 2)], nn.MSE())
    parts = d.linear_collapse().parts
    numbers = {}
    for letter, array in (("u", first.W), ("w", second.W)):
        numbers |= {
            sp.Symbol(f"{letter}_{i + 1}_{j + 1}", real=True): v
            for (i, j), v in np.ndenumerate(array)
        }
    for letter, array in (("b", first.b), ("c", second.b)):
        numbers |= {sp.Symbol(f"{letter}_{j + 1}", real=True): v for j, v in enumerate(array)}
    one.layers[0].W = np.array(parts["W"].subs(numbers), dtype=float)
    one.layers[0].b = np.array(parts["b"].subs(numbers), dtype=float)[0]
    X = rng.normal(size=(4, 2))

    np.testing.assert_allclose(one.forward(X), two.forward(X), rtol=1e-13, atol=1e-14)


def grows(optimizer, curvature=3.0, steps=1000):
    """Run an optimizer on ½ λ w²; say whether w is larger in the end."""
    w = np.array([1.0])
    for _ in range(steps):
        optimizer.step(w, curvature * w)
    return abs(w[0]) > 1


@pytest.mark.parametrize(
    ("fact", "beta"),
    [
        (d.momentum_bound, 0.0),
        (d.momentum_bound, 0.5),
        (d.momentum_bound, 0.9),
        (d.nesterov_bound, 0.5),
        (d.nesterov_bound, 0.9),
    ],
)
def test_descent_diverges_just_above_the_bound_and_not_below(fact, beta):
    """The proved limit would not be that of the optimizer that learners run."""
    nesterov = fact is d.nesterov_bound
    bound = float(fact().lhs.subs({d.lam: 3, sp.Symbol("beta", nonnegative=True): beta}))

    below = grows(nn.SGD(0.99 * bound, momentum=beta, nesterov=nesterov))
    above = grows(nn.SGD(1.01 * bound, momentum=beta, nesterov=nesterov))

    assert (below, above) == (False, True)


def test_momentum_of_zero_is_gradient_descent():
    """The two bounds would be two theories."""
    beta = sp.Symbol("beta", nonnegative=True)

    assert d.momentum_bound().lhs.subs(beta, 0) == d.descent_bound().lhs
    assert d.nesterov_bound().lhs.subs(beta, 0) == d.descent_bound().lhs


def test_largest_curvature_sets_the_bound_on_a_turned_bowl(rng):
    """In several dimensions the steepest direction would not be the one that diverges."""
    Q, _ = np.linalg.qr(rng.normal(size=(2, 2)))
    A = Q @ np.diag([1.0, 10.0]) @ Q.T
    lhs = d.descent_in_the_plane().lhs
    bound = float(lhs.subs({s: {"lambda_min": 1, "Delta": 9}[str(s)] for s in lhs.free_symbols}))
    sizes = []

    for share in (0.99, 1.01):
        w, optimizer = np.ones(2), nn.SGD(share * bound)
        for _ in range(1000):
            optimizer.step(w, A @ w)
        sizes.append(np.linalg.norm(w))

    assert bound == pytest.approx(0.2, rel=1e-12)
    assert sizes[0] < 1e-4
    assert sizes[1] > 1e4


def test_minibatch_gradients_of_a_network_vary_as_derived(rng):
    """The formula would be about numbers, not about gradients that nnlib computes."""
    net = nn.Network([nn.Dense(2, 1)], nn.MSE(), seed=0)
    X, y = rng.normal(size=(6, 2)), rng.normal(size=(6, 1))
    each = np.array([net.value_and_grad(X[[i]], y[[i]])[1].copy() for i in range(6)])
    all_batches = itertools.combinations(range(6), 2)

    means = np.array([net.value_and_grad(X[list(i)], y[list(i)])[1].copy() for i in all_batches])

    factor = d.finite_population_factor().lhs
    N, B = sp.symbols("N B", positive=True)
    expected = each.var(axis=0) / 2 * float(factor.subs({N: 6, B: 2}))
    np.testing.assert_allclose(means.mean(axis=0), each.mean(axis=0), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(means.var(axis=0), expected, rtol=1e-12, atol=0)


@pytest.mark.parametrize(("N", "B"), [(3, 1), (3, 3), (5, 2), (5, 4)])
@pytest.mark.parametrize("replace", [False, True])
def test_minibatch_variance_for_other_sizes(N, B, replace):
    """One lucky pair of sizes is no law."""
    if replace and B > 3:
        B = 3  # 5⁴ batches of symbols take a second

    assert d.minibatch_variance(N, B, replace).holds


def test_uncorrected_adam_is_what_adam_would_do_without_correction():
    """The famous 3.16 and 6.57 would not be the library's."""
    g, corrected, plain = np.array([0.3]), np.zeros(1), []
    adam = nn.Adam(lr=1.0, eps=1e-300)
    m = v = 0.0
    for _ in range(12):
        m, v = 0.9 * m + 0.1 * g[0], 0.999 * v + 0.001 * g[0] ** 2
        plain.append(m / math.sqrt(v))
        adam.step(corrected, g)

    ratios = [d.uncorrected_adam(t).parts["ratio"] for t in (1, 12)]

    assert corrected[0] == pytest.approx(-12, rel=1e-12)  # every corrected step is 1
    np.testing.assert_allclose([plain[0], plain[11]], ratios, rtol=1e-10, atol=0)
    assert [round(r, 2) for r in ratios] == [3.16, 6.57]


def test_twelfth_uncorrected_step_is_the_worst():
    """The number that the course quotes is the maximum over all steps."""
    ratios = [(1 - 0.9**t) / math.sqrt(1 - 0.999**t) for t in range(1, 200)]

    assert max(range(1, 200), key=lambda t: ratios[t - 1]) == 12


def test_adam_first_step_in_numbers():
    """The library's first step would not be lr·g/(|g| + ε)."""
    g = np.array([3.0, -1e-7, 0.0])
    theta, lhs = np.zeros(3), d.adam_first_step().lhs
    eps = sp.Symbol("epsilon", positive=True)

    nn.Adam(lr=0.01, eps=1e-8).step(theta, g)

    derived = sp.lambdify(sp.Symbol("g", real=True), lhs.subs({d.eta: 0.01, eps: 1e-8}))
    np.testing.assert_allclose(-theta, derived(g), rtol=1e-9, atol=1e-18)


def test_he_initialisation_has_the_derived_variance(rng):
    """he_normal would keep another variance than the one that is derived."""
    n = sp.Symbol("n", positive=True)
    expected = float(d.he_variance().lhs.subs(n, 200))

    W = nn.he_normal(rng, 200, 5000)

    assert W.var() == pytest.approx(expected, rel=0.01)  # 10⁶ draws: ± 0.14 %


def test_he_variance_of_other_activations():
    """Xavier's 1/n (a linear unit) and the leaky ReLU's 2/((1 + c²) n) come from the same lines."""
    c = sp.Rational(1, 5)

    linear = d.he_variance(lambda n: 1 / n, activation=lambda z: z)
    leaky = d.he_variance(lambda n: 2 / ((1 + c**2) * n), lambda z: sp.Max(z, c * z))

    assert linear.holds
    assert leaky.holds


@pytest.mark.parametrize("size", [2, 3, 4])
def test_batch_norm_backward_is_the_librarys(size, rng):
    """The formula on the page, SymPy's derivative and nnlib's backward would be three things."""
    layer = nn.BatchNorm(1)
    nn.Network([layer], nn.MSE())
    layer.gamma = np.array([1.7])
    x, upstream = rng.normal(size=(size, 1)), rng.normal(size=(size, 1))
    layer.forward(x)
    derived = d.batch_norm_backward(size=size)
    numbers = {sp.Symbol("gamma", real=True): 1.7, sp.Symbol("epsilon", positive=True): layer.eps}
    numbers[sp.Symbol("sigma", positive=True)] = 1 / layer.inv_std[0]
    for i in range(size):
        numbers[sp.Symbol(f"x_{i + 1}", real=True)] = x[i, 0]
        numbers[sp.Symbol(f"d_{i + 1}", real=True)] = upstream[i, 0]

    by_sympy = np.array(derived.lhs.subs(numbers), dtype=float)[0]

    assert derived.holds
    np.testing.assert_allclose(by_sympy, layer.backward(upstream).ravel(), rtol=1e-10, atol=1e-13)


def test_log_loss_hessian_is_never_negative_and_mse_after_sigmoid_is(rng):
    """The curvature that SymPy finds would have another sign in numbers."""
    convex = d.convex_in_weights().parts["curvature"]
    other = d.convex_in_weights(d.squared_error_of_sigmoid).parts["curvature"]
    points = rng.normal(size=50) * 3

    at = [float(convex.subs(d.z, p)) for p in points]
    mixed = [float(other.subs({d.z: p, d.y: 1})) for p in points]

    assert min(at) > 0
    assert min(mixed) < 0 < max(mixed)
    assert d.not_convex().parts["curvature"] < 0


def test_sigmoid_slopes_of_a_stack_are_at_most_a_quarter_each(rng):
    """A stack of n sigmoids passes back at most 4⁻ⁿ of a gradient."""
    net = nn.Network([nn.Dense(1, 1), *(nn.Sigmoid() for _ in range(5))], nn.MSE())
    net.layers[0].W = np.ones((1, 1))
    net.forward(rng.normal(size=(20, 1)))

    dx = net.backward(np.ones((20, 1)), input_gradient=True)

    assert 0 < dx.max() <= 4.0**-5
