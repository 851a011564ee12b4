"""Derivations that run: each function derives one fact with SymPy and says whether it holds.

Every function takes the fact as its `claim`, with the truth as default, so a reader can try a
wrong one: `log_loss_gradient(claim=lambda p, y, m: (y - p) / m).holds` is False. What comes back
is a `Derivation`: `lhs`, as SymPy derives it, `rhs`, as claimed, `holds`, and `parts`, what was
found on the way. `holds` means that SymPy has proved it; False, that it has not.

Needs SymPy, so import it by name: `from nnlib import derivations`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import sympy as sp
import sympy.stats

Claim = Callable[..., Any]

z, y, x, w, b = sp.symbols("z y x w b", real=True)
m, n, lam, eta = sp.symbols("m n lambda eta", positive=True)


@dataclass(frozen=True)
class Derivation:
    """A statement lhs `relation` rhs, with SymPy's verdict in `holds`."""

    lhs: Any
    rhs: Any
    holds: bool
    parts: dict[str, Any] = field(default_factory=dict)
    relation: str = "="

    def __bool__(self) -> bool:
        return self.holds

    def latex(self) -> str:
        """Return lhs = rhs, or lhs ≠ rhs if it was not proved."""
        relation = self.relation if self.holds else rf"\not{self.relation}"
        return f"{sp.latex(self.lhs)} {relation} {sp.latex(self.rhs)}"

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"


def equal(lhs: Any, rhs: Any) -> bool:
    """Say whether SymPy can bring lhs - rhs to 0, entry by entry for matrices.

    A number is put in first: one point where the two differ refutes the claim at once, where
    `simplify` would look for a proof for minutes (tanh of a sum, for one).
    """
    if isinstance(lhs, sp.MatrixBase):
        return lhs.shape == rhs.shape and all(itertools.starmap(equal, zip(lhs, rhs, strict=True)))
    gap = sp.sympify(lhs) - rhs
    symbols = sorted(gap.free_symbols, key=str)
    point = {s: sp.Rational(2 * i + 3, 7) for i, s in enumerate(symbols)}
    size = abs(sp.N(gap.subs(point)))
    refuted = size.is_comparable and size > 1e-20
    return not refuted and sp.simplify(gap) == 0


def sigmoid(z: sp.Expr) -> sp.Expr:
    """Return 1 / (1 + e^-z)."""
    return 1 / (1 + sp.exp(-z))


def softmax(z: Sequence[sp.Expr]) -> list[sp.Expr]:
    """Return e^z_k / Σ e^z."""
    return [sp.exp(v) / sp.Add(*map(sp.exp, z)) for v in z]


def squared_error(z: sp.Expr, y: sp.Expr) -> sp.Expr:
    """Return (z - y)²."""
    return (z - y) ** 2


def absolute_error(z: sp.Expr, y: sp.Expr) -> sp.Expr:
    """Return |z - y|."""
    return sp.Abs(z - y)


def log_loss(z: sp.Expr, y: sp.Expr) -> sp.Expr:
    """Return -y log p - (1 - y) log(1 - p), p = σ(z)."""
    return y * sp.log(1 + sp.exp(-z)) + (1 - y) * sp.log(1 + sp.exp(z))


def cross_entropy(z: Sequence[sp.Expr], y: Sequence[sp.Expr]) -> sp.Expr:
    """Return -Σ y_k log p_k, p = softmax(z)."""
    return sp.Add(*[-t * (v - sp.log(sp.Add(*map(sp.exp, z)))) for v, t in zip(z, y, strict=True)])


def squared_error_of_sigmoid(z: sp.Expr, y: sp.Expr) -> sp.Expr:
    """Return (σ(z) - y)²: the tempting loss for a classifier."""
    return (sigmoid(z) - y) ** 2


# --- losses -------------------------------------------------------------------------------------


def two_class_softmax(claim: Claim = lambda z0, z1: z1 - z0) -> Derivation:
    """Softmax loss with logits (z₀, z₁) *is* log loss with the logit z = z₁ - z₀.

    Both are linear in y, so they are equal if they are at y = 0 and y = 1, where their
    exponentials are fractions. `claim` gives the one logit.

    >>> bool(two_class_softmax()), bool(two_class_softmax(lambda z0, z1: z0 - z1))
    (True, False)
    """
    z0, z1 = sp.symbols("z_0 z_1", real=True)
    lhs, rhs = cross_entropy([z0, z1], [1 - y, y]), log_loss(claim(z0, z1), y)
    ends = [sp.exp((lhs - rhs).subs(y, end)) for end in (0, 1)]
    linear = sp.expand(lhs - rhs).diff(y, 2) == 0
    return Derivation(lhs, rhs, linear and all(equal(end, 1) for end in ends))


def log_loss_gradient(claim: Claim = lambda p, y, m: (p - y) / m) -> Derivation:
    """∂L/∂z = (p - y)/m, for one logit of a batch of m; the other examples' losses are constants.

    >>> log_loss_gradient().holds
    True
    """
    rest = sp.Dummy()
    lhs = ((log_loss(z, y) + rest) / m).diff(z)
    p = sigmoid(z)
    return Derivation(lhs, claim(p, y, m), equal(lhs, claim(p, y, m)), {"p": p})


def softmax_gradient(claim: Claim = lambda p, y, m: (p - y) / m, k: int = 3) -> Derivation:
    """∂L/∂z = (p - y)/m, k logits of one example in a batch of m, if the entries of y sum to 1.

    `claim` gets rows p and y.

    >>> softmax_gradient().holds
    True
    """
    logits = sp.symbols(f"z_1:{k + 1}", real=True)
    some = sp.symbols(f"y_1:{k}", real=True)
    target = [*some, 1 - sp.Add(*some)]
    rest = sp.Dummy()
    loss = (cross_entropy(logits, target) + rest) / m
    lhs = sp.Matrix([[loss.diff(v) for v in logits]])
    rhs = sp.Matrix(claim(sp.Matrix([softmax(logits)]), sp.Matrix([target]), m))
    return Derivation(lhs, rhs, equal(lhs, rhs))


def likelihood(
    density: Callable[[sp.Expr, sp.Expr], sp.Expr], claim: Claim, examples: int = 2
) -> Derivation:
    """-log Π density(y_i | z_i) has the gradient c · mean of `claim`(z_i, y_i), one c > 0 for all.

    Then both have the same minimum, whatever network makes the z_i. `parts["c"]` is that factor.
    """
    zs = sp.symbols(f"z_1:{examples + 1}", real=True)
    ys = sp.symbols(f"y_1:{examples + 1}", real=True)
    pairs = list(zip(zs, ys, strict=True))
    nll = sp.Add(*[-sp.expand_log(sp.log(density(*pair)), force=True) for pair in pairs])
    loss = sp.Add(*[claim(*pair) for pair in pairs]) / examples
    ratios = {sp.simplify(nll.diff(v) / loss.diff(v)) for v in zs}
    c = ratios.pop()
    holds = not ratios and not c.free_symbols & {*zs, *ys} and c.is_positive is True
    return Derivation(nll, loss, holds, {"c": c}, r"\propto")


def mse_from_likelihood(claim: Claim = squared_error) -> Derivation:
    """Gaussian noise of any fixed σ: the most likely z has the least mean squared error.

    Source: Bishop, Pattern Recognition and Machine Learning (2006), section 1.2.5.

    >>> mse_from_likelihood().holds, mse_from_likelihood(absolute_error).holds
    (True, False)
    """
    sigma = sp.Symbol("sigma", positive=True)
    return likelihood(lambda z, y: sp.stats.density(sp.stats.Normal("Y", z, sigma))(y), claim)


def mae_from_likelihood(claim: Claim = absolute_error) -> Derivation:
    """Laplace noise of any fixed scale: the most likely z has the least mean absolute error.

    >>> mae_from_likelihood().holds
    True
    """
    scale = sp.Symbol("b", positive=True)
    return likelihood(lambda z, y: sp.stats.density(sp.stats.Laplace("Y", z, scale))(y), claim)


def log_loss_from_likelihood(claim: Claim = log_loss) -> Derivation:
    """Bernoulli labels with P(y = 1) = σ(z): -log likelihood is m times the mean log loss.

    >>> log_loss_from_likelihood().holds
    True
    """
    return likelihood(lambda z, y: sigmoid(z) ** y * (1 - sigmoid(z)) ** (1 - y), claim)


def cross_entropy_from_likelihood(claim: Claim = cross_entropy, k: int = 3) -> Derivation:
    """Categorical labels with P(class j) = softmax(z)_j: -log p_j is the loss for label j.

    >>> cross_entropy_from_likelihood().holds
    True
    """
    logits = sp.symbols(f"z_1:{k + 1}", real=True)
    lhs = sp.Matrix([[-sp.log(p) for p in softmax(logits)]])
    one_hot = [[int(i == j) for i in range(k)] for j in range(k)]
    rhs = sp.Matrix([[claim(logits, labels) for labels in one_hot]])
    ratios = [sp.exp(left - right) for left, right in zip(lhs, rhs, strict=True)]
    return Derivation(lhs, rhs, all(equal(ratio, 1) for ratio in ratios))


def convex_in_weights(loss: Claim = log_loss, features: int = 2) -> Derivation:
    """vᵀ H v = l''(z) (v·x)² ≥ 0 for all v, H the Hessian of l(w·x) in the weights.

    A bias is the weight of a feature that is always 1. The mean over examples is then convex
    too. True only for a linear model: a hidden layer makes z itself not linear in its weights.
    `parts["curvature"]` is l''(z), for log loss p (1 - p).

    >>> convex_in_weights().holds, convex_in_weights(squared_error_of_sigmoid).holds
    (True, False)
    """
    ws = sp.symbols(f"w_1:{features + 1}", real=True)
    xs = sp.symbols(f"x_1:{features + 1}", real=True)
    vs = sp.symbols(f"v_1:{features + 1}", real=True)
    logit = sp.Add(*[wi * xi for wi, xi in zip(ws, xs, strict=True)])
    v = sp.Matrix(vs)
    lhs = (v.T * sp.hessian(loss(logit, y), ws) * v)[0]
    curvature = sp.simplify(loss(z, y).diff(z, 2))
    along = sp.Add(*[vi * xi for vi, xi in zip(vs, xs, strict=True)])
    rhs = curvature.subs(z, logit) * along**2
    holds = equal(lhs, rhs) and curvature.is_nonnegative is True
    return Derivation(lhs, rhs, holds, {"curvature": curvature})


def not_convex(
    loss: Claim = squared_error_of_sigmoid,
    odds: tuple[sp.Expr, sp.Expr] = (sp.S.One / 7, sp.S.One / 3),
    label: int = 1,
) -> Derivation:
    """A witness: at the middle of two points the loss is *above* the middle of its two values.

    For (σ(z) - 1)², between odds of 1 : 7 and 1 : 3, z = log odds. A convex loss has no such
    pair. `parts["curvature"]` is l''(z) at the second point, where it is negative.

    >>> not_convex().holds, not_convex(log_loss).holds
    (True, False)
    """
    left, right = map(sp.log, odds)
    lhs = sp.simplify(loss((left + right) / 2, label))
    rhs = sp.simplify((loss(left, label) + loss(right, label)) / 2)
    curvature = sp.simplify(loss(z, label).diff(z, 2).subs(z, right))
    return Derivation(lhs, rhs, bool(lhs > rhs), {"curvature": curvature}, ">")


# --- layers -------------------------------------------------------------------------------------


def linear_collapse(
    claim: Claim = lambda W1, b1, W2, b2: (W1 * W2, b1 * W2 + b2),
    activation: Callable[[sp.Expr], sp.Expr] | None = None,
    widths: tuple[int, int, int] = (2, 2, 2),
) -> Derivation:
    """(x W₁ + b₁) W₂ + b₂ = x W + b with W = W₁ W₂, b = b₁ W₂ + b₂: two layers are one.

    With an `activation` in between it does not hold, and that is what activations are for.

    >>> linear_collapse().holds, linear_collapse(activation=sp.tanh).holds
    (True, False)
    """
    n_in, hidden, n_out = widths
    row, W1, W2 = (
        sp.Matrix(*shape, sp.symbols(f"{letter}_1:{shape[0] + 1}_1:{shape[1] + 1}", real=True))
        for letter, shape in (("x", (1, n_in)), ("u", (n_in, hidden)), ("w", (hidden, n_out)))
    )
    b1 = sp.Matrix([sp.symbols(f"b_1:{hidden + 1}", real=True)])
    b2 = sp.Matrix([sp.symbols(f"c_1:{n_out + 1}", real=True)])
    between = row * W1 + b1
    lhs = (between.applyfunc(activation) if activation else between) * W2 + b2
    W, bias = claim(W1, b1, W2, b2)
    rhs = row * W + bias
    return Derivation(lhs, rhs, equal(lhs.expand(), rhs.expand()), {"W": W, "b": bias})


def xor_by_a_line(labels: Sequence[int] = (0, 1, 1, 0)) -> Derivation:
    """No line w₁x₁ + w₂x₂ + b has XOR's four points on the right sides: the margins sum to 0.

    A margin, ±z, would have to be positive at (0,0), (0,1), (1,0) and (1,1); Σ = 0 forbids it.
    With other labels (OR: 0, 1, 1, 1) the sum is not 0, and nothing is proved.

    >>> xor_by_a_line().holds, xor_by_a_line((0, 1, 1, 1)).holds
    (True, False)
    """
    w1, w2 = sp.symbols("w_1 w_2", real=True)
    points = itertools.product((0, 1), repeat=2)
    margins = [
        (2 * label - 1) * (w1 * x1 + w2 * x2 + b)
        for (x1, x2), label in zip(points, labels, strict=True)
    ]
    lhs = sp.expand(sp.Add(*margins))
    return Derivation(lhs, sp.S.Zero, lhs == 0, {"margins": margins})


def sigmoid_slope(
    claim: Claim = lambda a: a * (1 - a), bound: sp.Expr = sp.S.One / 4
) -> Derivation:
    """σ' = a (1 - a), and it is at most ¼, as ¼ - a (1 - a) = (a - ½)²: n of them, at most 4⁻ⁿ.

    `parts["gap"]` is bound - slope, which must be a square or so: never negative.

    >>> sigmoid_slope().holds, sigmoid_slope(bound=sp.Rational(1, 5)).holds
    (True, False)
    """
    a = sp.Symbol("a", real=True)
    lhs = sigmoid(z).diff(z)
    rhs = claim(sigmoid(z))
    gap = sp.factor(bound - claim(a))
    return Derivation(lhs, rhs, equal(lhs, rhs) and gap.is_nonnegative is True, {"gap": gap})


def he_variance(
    claim: Claim = lambda n: 2 / n,
    activation: Callable[[sp.Expr], sp.Expr] = lambda z: sp.Max(0, z),
) -> Derivation:
    """Var(w) = 2/n keeps the variance of z from layer to layer, behind ReLUs with n inputs.

    z = Σ w a over n independent terms, E w = 0: Var(z) = n Var(w) E a². For z ~ N(0, s²) and
    a = max(0, z), E a² = s²/2; that is integrated here. `activation` may be any other one that
    is linear on both sides of 0.

    Source: He et al., ICCV 2015, section 2.2.

    >>> he_variance().holds, he_variance(activation=lambda z: z).holds
    (True, False)
    """
    s, t = sp.Symbol("s", positive=True), sp.Dummy(positive=True)
    normal = sp.exp(-(t**2) / (2 * s**2)) / (s * sp.sqrt(2 * sp.pi))
    square = sum(activation(side) ** 2 for side in (t, -t))
    second_moment = sp.simplify(sp.integrate(square * normal, (t, 0, sp.oo)))
    lhs = s**2 / (n * second_moment)  # Var(w), from n Var(w) E a² = s²
    return Derivation(lhs, claim(n), equal(lhs, claim(n)), {"E a²": second_moment})


def dropout_mean(claim: Claim = lambda x, p: x / (1 - p)) -> Derivation:
    """E[kept value] = x: what is kept with probability 1 - p is divided by 1 - p.

    `claim` is the value of a unit that is kept. Dropped, it is 0.

    >>> dropout_mean().holds, dropout_mean(lambda x, p: x).holds
    (True, False)
    """
    p = sp.Symbol("p", positive=True)
    lhs = p * 0 + (1 - p) * claim(x, p)
    return Derivation(
        lhs, x, equal(lhs, x), {"variance": sp.factor((1 - p) * claim(x, p) ** 2 - x**2)}
    )


def batch_norm_formula(
    d: Sequence[sp.Expr], xhat: Sequence[sp.Expr], gamma: sp.Expr, sigma: sp.Expr
) -> list[sp.Expr]:
    """γ/σ · (d - mean(d) - x̂ · mean(d x̂)): nnlib's backward pass, in symbols."""
    size = len(d)
    mean = sp.Add(*d) / size
    along = sp.Add(*[di * xi for di, xi in zip(d, xhat, strict=True)]) / size
    return [gamma / sigma * (di - mean - xi * along) for di, xi in zip(d, xhat, strict=True)]


def batch_norm_backward(claim: Claim = batch_norm_formula, size: int = 3) -> Derivation:
    """∂L/∂x = γ/σ · (d - mean(d) - x̂ · mean(d x̂)), with d = ∂L/∂u and u = γ x̂ + β.

    One feature over a batch; μ and σ = √(variance + eps) depend on every x, and SymPy
    differentiates through them. The same formula serves layer norm (d·γ for d, over features).

    Source: Ioffe and Szegedy, ICML 2015, section 3.

    >>> batch_norm_backward().holds
    True
    """
    xs = sp.symbols(f"x_1:{size + 1}", real=True)
    d = sp.symbols(f"d_1:{size + 1}", real=True)
    gamma, beta = sp.symbols("gamma beta", real=True)
    eps, sigma = sp.symbols("epsilon sigma", positive=True)
    mean = sp.Add(*xs) / size
    variance = sp.Add(*[(v - mean) ** 2 for v in xs]) / size
    xhat = [(v - mean) / sp.sqrt(variance + eps) for v in xs]
    loss = sp.Add(*[di * (gamma * v + beta) for di, v in zip(d, xhat, strict=True)])
    short = {variance + eps: sigma**2}  # σ keeps the expressions small enough to expand
    lhs = sp.Matrix([[loss.diff(v).subs(short) for v in xs]])
    rhs = sp.Matrix([claim(d, [v.subs(short) for v in xhat], gamma, sigma)])
    return Derivation(lhs, rhs, (lhs - rhs).expand().is_zero_matrix is True)


# --- descent ------------------------------------------------------------------------------------


def descent_bound(claim: Claim = lambda lam: 2 / lam) -> Derivation:
    """Gradient descent on ½ λ w² converges for 0 < η < 2/λ and for no other η.

    w ← (1 - η λ) w; it shrinks if 1 - (1 - η λ)² > 0, a parabola in η that opens downwards and
    so is positive between its roots, 0 and 2/λ. `parts["factor"]` is 1 - η λ.

    >>> descent_bound().holds, descent_bound(lambda lam: 1 / lam).holds
    (True, False)
    """
    factor = sp.simplify((w - eta * (lam * w**2 / 2).diff(w)) / w)
    margin = sp.Poly(1 - factor**2, eta)
    (lhs,) = [root for root in sp.roots(margin) if root != 0]
    holds = equal(lhs, claim(lam)) and margin.LC().is_negative is True
    return Derivation(lhs, claim(lam), holds, {"factor": factor, "margin": margin.as_expr()})


def descent_in_the_plane(claim: Claim = lambda least, largest: 2 / largest) -> Derivation:
    """On ½ wᵀA w every eigenvector shrinks by its own 1 - η λ: all do if η < 2/λmax.

    A is a bowl turned by any angle, of curvatures 0 < λmin < λmax. `parts["factors"]` is the
    step's matrix in the bowl's own axes, diagonal.

    >>> descent_in_the_plane().holds
    True
    """
    angle = sp.Dummy()
    least, more = sp.symbols("lambda_min Delta", positive=True)
    largest = least + more
    turn = sp.Matrix([[sp.cos(angle), -sp.sin(angle)], [sp.sin(angle), sp.cos(angle)]])
    bowl = turn * sp.diag(least, largest) * turn.T
    v = sp.Matrix([x, y])
    slope = sp.Matrix([((v.T * bowl * v)[0] / 2).diff(vi) for vi in v])
    step = (v - eta * slope).jacobian(v)
    factors = sp.simplify(turn.T * step * turn)
    bounds = [2 / curvature for curvature in (least, largest)]
    lhs = next(c for c in bounds if all((o - c).together().is_nonnegative for o in bounds))
    diagonal = equal(factors, sp.diag(1 - eta * least, 1 - eta * largest))
    holds = diagonal and equal(lhs, claim(least, largest))
    return Derivation(lhs, claim(least, largest), holds, {"factors": factors})


def momentum_bound(claim: Claim = lambda lam, beta: 2 * (1 + beta) / lam) -> Derivation:
    """Heavy ball on ½ λ w² converges for 0 < η < 2 (1 + β)/λ: momentum widens the range.

    v ← β v + λ w, w ← w - η v, with any β in [0, 1). See `stable_below` for the proof.

    Source: Polyak, USSR Computational Mathematics 4 (1964).

    >>> momentum_bound().holds, momentum_bound(lambda lam, beta: 2 / lam).holds
    (True, False)
    """
    return stable_below(claim, lambda g, v, beta: v)


def nesterov_bound(
    claim: Claim = lambda lam, beta: 2 * (1 + beta) / ((1 + 2 * beta) * lam),
) -> Derivation:
    """Nesterov's step on ½ λ w², w ← w - η (g + β v), has the limit 2 (1 + β)/((1 + 2 β) λ).

    Below 2/λ for every β > 0: steep directions bear shorter steps than without momentum.

    >>> nesterov_bound().holds
    True
    """
    return stable_below(claim, lambda g, v, beta: g + beta * v)


def stable_below(claim: Claim, move: Callable[..., sp.Expr]) -> Derivation:
    """The largest η for which v ← β v + g, w ← w - η move(g, v, β) dies out on ½ λ w².

    The step is linear. It dies out if both roots of r² - T r + D, T its matrix's trace and D its
    determinant, lie inside the unit circle: 1 - T + D > 0, 1 + T + D > 0 and D < 1 (Jury's
    criterion). All are linear in η; those that hold for every η > 0 drop out, and one is left.
    """
    share, v = sp.Dummy(nonnegative=True), sp.Dummy()
    beta = share / (1 + share)  # any number in [0, 1), and SymPy knows its sign
    g = (lam * w**2 / 2).diff(w)
    new_v = beta * v + g
    M = sp.Matrix([w - eta * move(g, new_v, beta), new_v]).jacobian([w, v])
    T, D = M.trace(), M.det()
    limits = []
    for condition in (1 - T + D, 1 + T + D, 1 - D):
        at_zero, slope = sp.factor(condition.subs(eta, 0)), sp.factor(condition.diff(eta))
        if not (at_zero.is_nonnegative and slope.is_nonnegative):
            limits.append(sp.factor(-at_zero / slope))
    (limit,) = limits
    name = sp.Symbol("beta", nonnegative=True)
    back = {share: name / (1 - name)}
    lhs, matrix = sp.factor(sp.simplify(limit.subs(back))), sp.simplify(M.subs(back))
    holds = equal(limit, claim(lam, beta)) and limit.is_positive is True
    return Derivation(lhs, claim(lam, name), holds, {"matrix": matrix})


def minibatch_variance(
    N: int = 4,
    B: int = 2,
    replace: bool = False,
    claim: Claim = lambda var, N, B, replace: var / B * (1 if replace else (N - B) / (N - 1)),
) -> Derivation:
    """Var(mean of B of N gradients) = σ²/B, times (N - B)/(N - 1) when drawn without replacement.

    Found by listing *every* mini-batch of N symbolic gradients; σ² is their variance (over N).
    `parts["bias"]` is E[mean] - the full gradient, 0: the estimate is unbiased.

    >>> minibatch_variance().holds, minibatch_variance(claim=lambda var, *_: var / 2).holds
    (True, False)
    """
    g = sp.symbols(f"g_1:{N + 1}", real=True)
    full = sp.Add(*g) / N
    var = sp.Add(*[(gi - full) ** 2 for gi in g]) / N
    draws = list(itertools.product(g, repeat=B) if replace else itertools.combinations(g, B))
    means = [sp.Add(*draw) / B for draw in draws]
    lhs = sp.expand(sp.Add(*[(mean - full) ** 2 for mean in means]) / len(means))
    bias = sp.expand(sp.Add(*means) / len(means) - full)
    rhs = claim(var, sp.Integer(N), sp.Integer(B), replace)
    return Derivation(lhs, rhs, bias == 0 and sp.expand(lhs - rhs) == 0, {"bias": bias, "σ²": var})


def finite_population_factor(
    claim: Claim = lambda N, B: (N - B) / (N - 1),
) -> Derivation:
    """For every N and B: without replacement the variance is (N - B)/(N - 1) of that with it.

    Var(mean) = (B σ² + B (B - 1) c)/B², c the covariance of two draws. All N together have no
    variance, N σ² + N (N - 1) c = 0, so c = -σ²/(N - 1).

    >>> finite_population_factor().holds
    True
    """
    N, B, var = sp.symbols("N B sigma^2", positive=True)
    c = sp.Dummy()
    covariance = sp.solve(N * var + N * (N - 1) * c, c)[0]
    without = (B * var + B * (B - 1) * covariance) / B**2
    lhs = sp.factor(without / (var / B))
    return Derivation(lhs, claim(N, B), equal(lhs, claim(N, B)), {"covariance": covariance})


def bias_correction(claim: Claim = lambda beta, t: 1 - beta**t) -> Derivation:
    """E[m_t] = (1 - βᵗ) E[g] for m_t = β m_{t-1} + (1 - β) g_t, m_0 = 0: dividing makes it fair.

    By induction: the claim gives 0 at t = 0, and one more step of the recurrence gives the claim
    at t + 1. lhs and rhs are the two sides of that step.

    Source: Kingma and Ba, ICLR 2015, section 3.

    >>> bias_correction().holds, bias_correction(lambda beta, t: 1 - beta ** (t + 1)).holds
    (True, False)
    """
    beta = sp.Symbol("beta", positive=True)
    t = sp.Symbol("t", integer=True, nonnegative=True)
    lhs = beta * claim(beta, t) + (1 - beta)
    rhs = claim(beta, t + 1)
    start = sp.sympify(claim(beta, sp.S.Zero))
    return Derivation(lhs, rhs, equal(start, 0) and equal(lhs, rhs), {"start": start})


def uncorrected_adam(
    t: int = 1,
    beta1: str = "0.9",
    beta2: str = "0.999",
    claim: Claim = lambda b1, b2, t: (1 - b1**t) / sp.sqrt(1 - b2**t),
) -> Derivation:
    """Adam's t-th step without bias correction, over the corrected one, under a constant gradient.

    Both moments are unrolled from 0, in exact fractions; ε is left out. `parts["ratio"]` is the
    number: 3.16 at the first step with the defaults, 6.57 at the twelfth. Too *large*, for
    1 - β₂ᵗ is the smaller of the two.

    >>> [round(uncorrected_adam(t).parts["ratio"], 2) for t in (1, 12)]
    [3.16, 6.57]
    """
    b1, b2 = sp.Rational(beta1), sp.Rational(beta2)
    g = sp.Dummy(positive=True)
    first = second = sp.S.Zero
    for _ in range(t):
        first, second = b1 * first + (1 - b1) * g, b2 * second + (1 - b2) * g**2
    lhs = sp.simplify((first / sp.sqrt(second)) / (g / sp.sqrt(g**2)))
    rhs = claim(b1, b2, t)
    return Derivation(lhs, rhs, equal(lhs, rhs), {"ratio": float(lhs)})


def adam_first_step(
    claim: Claim = lambda lr, g, eps: lr * g / (sp.Abs(g) + eps),
) -> Derivation:
    """Adam's first step is η g/(|g| + ε): as good as η sign(g), however large g is.

    >>> adam_first_step().holds, adam_first_step(lambda lr, g, eps: lr * g).holds
    (True, False)
    """
    beta1, beta2, eps = sp.symbols("beta_1 beta_2 epsilon", positive=True)
    g = sp.Symbol("g", real=True)
    first = ((1 - beta1) * g) / (1 - beta1)
    second = ((1 - beta2) * g**2) / (1 - beta2)
    lhs = eta * first / (sp.sqrt(second) + eps)
    return Derivation(lhs, claim(eta, g, eps), equal(lhs, claim(eta, g, eps)))


def l2_shrinkage(claim: Claim = lambda w, g, lr, lam: (1 - lr * lam) * w - lr * g) -> Derivation:
    """A step on loss + λ/2 w² is w ← (1 - η λ) w - η g: every weight shrinks by a fixed share.

    >>> l2_shrinkage().holds, l2_shrinkage(lambda w, g, lr, lam: w - lr * g).holds
    (True, False)
    """
    g = sp.Symbol("g", real=True)
    objective = g * w + lam / 2 * w**2  # a loss of slope g
    lhs = w - eta * objective.diff(w)
    return Derivation(lhs, claim(w, g, eta, lam), equal(lhs, claim(w, g, eta, lam)))
