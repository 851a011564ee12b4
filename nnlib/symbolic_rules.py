"""The rules of the twin: what each layer, loss and penalty computes, as SymPy writes it.

`rule`, `loss_rule` and `penalty_rule` dispatch on types, so layers know nothing of SymPy;
`rule.register(YourLayer)` teaches the twin a new one. A rule is the forward formula only: SymPy
differentiates it. What a rule says in `known` about its derivative serves the reader, and the
tests hold it against SymPy's own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, singledispatch
from typing import TYPE_CHECKING, Any

import sympy as sp

from nnlib.activations import GELU, LeakyReLU, ReLU, Sigmoid, Tanh
from nnlib.layers import Dense, Dropout, Layer, Residual
from nnlib.losses import L1, L2, MAE, MSE, CrossEntropy, Huber, LogLoss, Loss
from nnlib.norm import BatchNorm, LayerNorm

if TYPE_CHECKING:
    from nnlib.symbolic import Twin

Z, A = sp.symbols("z a", real=True, cls=sp.Dummy)  # an activation's input and output


# --- what SymPy lacks: a kink with nnlib's convention, and a number as it was typed -------------


class step(sp.Function):
    """1 where z > 0, else 0: the slope of relu."""

    is_real = True

    @classmethod
    def eval(cls, z: sp.Expr) -> sp.Expr | None:
        """Return 0 or 1, once z is a number."""
        return sp.Integer(bool(z > 0)) if z.is_number else None

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        """Return 0: it is flat on both sides of the jump."""
        return sp.S.Zero

    def _eval_rewrite_as_Piecewise(self, z: sp.Expr, **_: Any) -> sp.Expr:
        return sp.Piecewise((1, z > 0), (0, True))

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        power = "" if exp is None else f"^{{{exp}}}"
        return rf"\mathbf{{1}}_{{{printer._print(self.args[0])} > 0}}{power}"

    def _numpycode(self, printer: Any) -> str:
        return f"{printer._module_format('numpy.heaviside')}({printer._print(self.args[0])}, 0.0)"


class relu(sp.Function):
    """max(0, z), whose slope at 0 is nnlib's 0; nested `Piecewise` take SymPy minutes, this not."""

    is_real = True
    is_nonnegative = True

    @classmethod
    def eval(cls, z: sp.Expr) -> sp.Expr | None:
        """Return max(0, z), once z is a number."""
        return sp.Max(0, z) if z.is_number else None

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        """Return 1 where z > 0, else 0."""
        return step(self.args[0])

    def _eval_rewrite_as_Piecewise(self, z: sp.Expr, **_: Any) -> sp.Expr:
        return sp.Piecewise((z, z > 0), (0, True))

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        power = "" if exp is None else f"^{{{exp}}}"
        return rf"\max\left(0, {printer._print(self.args[0])}\right){power}"

    def _numpycode(self, printer: Any) -> str:
        return f"{printer._module_format('numpy.maximum')}({printer._print(self.args[0])}, 0.0)"


def exact(number: float) -> sp.Rational:
    """Return the number that the digits say: 0.1 is 1/10.

    >>> exact(0.1)
    1/10
    """
    return sp.Rational(repr(float(number)))


def entries(letter: str, shape: tuple[int, int], number: int, rows: bool) -> sp.Matrix:
    """Return a matrix of symbols z_{ij}^{(number)}, or z_j^{(number)} without `rows`."""
    layer = f"^{{({number})}}" if number else ""
    comma = "," if max(shape) > 9 else ""

    def symbol(i: int, j: int) -> sp.Symbol:
        index = f"{i + 1}{comma}{j + 1}" if rows else f"{j + 1}"
        return sp.Symbol(f"{letter}_{{{index}}}{layer}", real=True)

    return sp.Matrix(*shape, symbol)


# --- the rules: what each layer and loss computes -----------------------------------------------


@dataclass
class Rule:
    """A layer's output, in the symbols of its input, and what backward can take from forward.

    `also` are values that the forward pass computes on the way (GELU's tanh, a norm's σ and x̂);
    `out` may use them, and each may use those before it. `known` turns the output's symbols into
    the Jacobian ∂out/∂input as one would write it: with a (1 - a) for the slope of a sigmoid.
    """

    out: sp.Matrix
    also: dict[sp.Symbol, sp.Expr] = field(default_factory=dict)
    known: Callable[[sp.Matrix], sp.Matrix] | None = None

    @cached_property
    def plain(self) -> sp.Matrix:
        """The output in symbols of the input and the parameters alone."""
        out = self.out
        for symbol, value in reversed(self.also.items()):
            out = out.xreplace({symbol: value})
        return out


class Names:
    """What a rule asks for its layer's symbols: parameters, given numbers, values on the way."""

    def __init__(self, owner: Twin, name: str, layer: Layer | Loss, letter: str) -> None:
        """Number the layers that share a letter; the loss is the only one, and has none."""
        self.twin, self.name, self.layer = owner, name, layer
        self.number = 0 if isinstance(layer, Loss) else owner.count(letter)
        self.m, self.training = owner.m, owner.training

    def param(self, key: str) -> sp.Matrix:
        """Return a parameter's symbols: W as (n_in, n_out), anything else as a row."""
        shape = getattr(self.layer, key).shape
        letter = {"W": "w", "gamma": r"\gamma", "beta": r"\beta"}.get(key, key)
        two = len(shape) == 2
        found = entries(letter, shape if two else (1, *shape), self.number, rows=two)
        return self.twin.parameters.setdefault(f"{self.name}.{key}", found)

    def given(self, key: str, letter: str, n: int, each: bool = False) -> sp.Matrix:
        """Return symbols of n numbers that are no parameters, or of n for `each` example."""
        found = self.values(letter, n) if each else self.row(letter, n)
        return self.twin.given.setdefault(f"{self.name}.{key}", found)

    def row(self, letter: str, n: int) -> sp.Matrix:
        """Return symbols (1, n) with one index."""
        return entries(letter, (1, n), self.number, rows=False)

    def values(self, letter: str, n: int) -> sp.Matrix:
        """Return symbols (m, n), which carry the example's index if m > 1."""
        return entries(letter, (self.m, n), self.number, rows=self.m > 1)


LETTERS = {Dense: "z", BatchNorm: "u", LayerNorm: "u", Dropout: "d", Residual: "s", Loss: "L"}


def letter_of(layer: Layer | Loss) -> str:
    """Return the letter that names a layer's output: a, if it is none of the known kinds."""
    return next((letter for kind, letter in LETTERS.items() if isinstance(layer, kind)), "a")


@singledispatch
def rule(layer: Layer, x: sp.Matrix, names: Names) -> Rule:
    """Layer, symbols of its input (m, n) -> Rule. ValueError for a layer nobody has registered."""
    raise ValueError(
        f"the symbolic twin has no rule for the layer {layer!r} ({type(layer).__name__}): "
        "teach it one with nnlib.symbolic.rule.register, or check it with nn.gradient_check"
    )


@rule.register
def _(layer: Dense, x: sp.Matrix, names: Names) -> Rule:
    """z = x W + b."""
    z = x * names.param("W")
    if layer.bias:
        z = z + sp.ones(len(z[:, 0]), 1) * names.param("b")
    return Rule(z)


@rule.register
def _(layer: Sigmoid, x: sp.Matrix, names: Names) -> Rule:
    """a = 1 / (1 + e^-z); as e^-z = (1 - a)/a, the slope needs a alone."""
    return elementwise(x, 1 / (1 + sp.exp(-Z)), (sp.exp(-Z), (1 - A) / A))


@rule.register
def _(layer: Tanh, x: sp.Matrix, names: Names) -> Rule:
    """a = tanh z, which SymPy differentiates to 1 - tanh² z."""
    return elementwise(x, sp.tanh(Z), (sp.tanh(Z), A))


@rule.register
def _(layer: ReLU, x: sp.Matrix, names: Names) -> Rule:
    """a = max(0, z), and z > 0 where a > 0."""
    return elementwise(x, relu(Z), (step(Z), step(A)))


@rule.register
def _(layer: LeakyReLU, x: sp.Matrix, names: Names) -> Rule:
    """a = c z + (1 - c) max(0, z): z above 0, c z elsewhere; at 0 the slope is c."""
    c = exact(layer.slope)
    return elementwise(x, c * Z + (1 - c) * relu(Z))


@rule.register
def _(layer: GELU, x: sp.Matrix, names: Names) -> Rule:
    """a = ½ z (1 + t), t = tanh(√(2/π) (z + 0.044715 z³)); its slope needs z and t."""
    tanh = sp.tanh(sp.sqrt(2 / sp.pi) * (Z + exact(0.044715) * Z**3))
    t = names.values("t", x.cols)
    out = sp.Matrix(x.rows, x.cols, lambda i, j: x[i, j] * (1 + t[i, j]) / 2)
    slope = (Z * (1 + tanh) / 2).diff(Z).subs(tanh, A)
    slopes = [slope.xreplace({Z: z, A: tz}) for z, tz in zip(x, t, strict=True)]
    also = {tz: tanh.xreplace({Z: z}) for z, tz in zip(x, t, strict=True)}
    return Rule(out, also, lambda a: sp.diag(*slopes))


@rule.register
def _(layer: Dropout, x: sp.Matrix, names: Names) -> Rule:
    """d = x r / (1 - p) in training, r a given mask of zeros and ones; d = x in evaluation."""
    if not names.training:
        return Rule(x)
    r = names.given("mask", "r", x.cols, each=True)
    return Rule(x.multiply_elementwise(r) / (1 - exact(layer.p)))


@rule.register
def _(layer: BatchNorm, x: sp.Matrix, names: Names) -> Rule:
    """u = γ x̂ + β: μ and σ of each feature over the batch; in evaluation of given statistics."""
    if not names.training:
        return normalised(layer, x, names, lambda i, j: j, running=True)
    if names.m < 2:
        raise ValueError(
            f"{layer!r} in training mode got a twin for {names.m} example, wanted at least 2: "
            'one has no variance; use twin(net, m=3), or mode="eval"'
        )
    return normalised(layer, x, names, lambda i, j: j)


@rule.register
def _(layer: LayerNorm, x: sp.Matrix, names: Names) -> Rule:
    """u = γ x̂ + β, with μ and σ of each example over its features."""
    return normalised(layer, x, names, lambda i, j: i)


def elementwise(x: sp.Matrix, f: sp.Expr, known: tuple[sp.Expr, sp.Expr] | None = None) -> Rule:
    """Return the rule a = f(z), whose slope is rewritten by what a says of z, if that is known."""
    slope = slope_of(f, known)

    def jacobian(a: sp.Matrix) -> sp.Matrix:
        return sp.diag(*[slope.xreplace({Z: z, A: az}) for z, az in zip(x, a, strict=True)])

    return Rule(x.applyfunc(lambda z: f.xreplace({Z: z})), known=jacobian)


@lru_cache
def slope_of(f: sp.Expr, known: tuple[sp.Expr, sp.Expr] | None) -> sp.Expr:
    """Return f'(z) with the known part replaced: of one variable, so `simplify` takes no time."""
    return sp.simplify(f.diff(Z).subs(*known)) if known else f.diff(Z)


def normalised(
    layer: BatchNorm | LayerNorm,
    x: sp.Matrix,
    names: Names,
    group: Callable[[int, int], int],
    running: bool = False,
) -> Rule:
    """Return u = γ x̂ + β, x̂ = (x - μ)/σ; entry (i, j) is normalised with its group's μ and σ."""
    where = [(i, j) for i in range(x.rows) for j in range(x.cols)]
    members: dict[int, list[sp.Expr]] = {}
    for i, j in where:
        members.setdefault(group(i, j), []).append(x[i, j])
    size = len(members[0])
    sigma, xhat = names.row(r"\sigma", len(members)), names.values(r"\hat{x}", x.cols)
    if running:
        mu = names.given("running_mean", r"\bar{\mu}", x.cols)
        var = names.given("running_var", r"\bar{v}", x.cols)
        also = {}
    else:
        mu = names.row(r"\mu", len(members))
        var = [sp.Add(*[(e - mu[g]) ** 2 for e in members[g]]) / size for g in members]
        also = {mu[g]: sp.Add(*members[g]) / size for g in members}
    also |= {sigma[g]: sp.sqrt(var[g] + exact(layer.eps)) for g in members}
    also |= {xhat[i, j]: (x[i, j] - mu[group(i, j)]) / sigma[group(i, j)] for i, j in where}
    gamma, beta = names.param("gamma"), names.param("beta")

    def slope(a: int, b: int) -> sp.Expr:
        if group(*where[a]) != group(*where[b]) or (running and a != b):
            return sp.S.Zero
        through_batch = 0 if running else (1 + xhat[a] * xhat[b]) / size
        return gamma[where[a][1]] / sigma[group(*where[a])] * (int(a == b) - through_batch)

    return Rule(
        sp.Matrix(x.rows, x.cols, lambda i, j: gamma[j] * xhat[i, j] + beta[j]),
        also,
        lambda u: sp.Matrix(len(where), len(where), slope),
    )


@singledispatch
def loss_rule(loss: Loss, z: sp.Matrix, y: sp.Matrix, names: Names) -> Rule:
    """Loss, logits (m, k), targets (m, k) -> Rule with one output, the mean loss."""
    raise ValueError(
        f"the symbolic twin has no rule for the loss {loss!r} ({type(loss).__name__}): "
        "teach it one with nnlib.symbolic.loss_rule.register"
    )


def mean(terms: Sequence[sp.Expr], divisor: int) -> sp.Matrix:
    """Return Σ terms / divisor, as the one entry of a matrix."""
    return sp.Matrix([[sp.Add(*terms) / divisor]])


@loss_rule.register
def _(loss: MSE, z: sp.Matrix, y: sp.Matrix, names: Names) -> Rule:
    """L = mean (z - y)²."""
    return Rule(mean([r**2 for r in z - y], len(z)))


@loss_rule.register
def _(loss: MAE, z: sp.Matrix, y: sp.Matrix, names: Names) -> Rule:
    """L = mean |z - y|; SymPy's sign(0) is 0, like nnlib's."""
    return Rule(mean([sp.Abs(r) for r in z - y], len(z)))


@loss_rule.register
def _(loss: Huber, z: sp.Matrix, y: sp.Matrix, names: Names) -> Rule:
    """L = mean of ½ r² where |r| ≤ δ, else δ (|r| - ½ δ)."""
    d = exact(loss.delta)
    pieces = [sp.Piecewise((r**2 / 2, abs(r) <= d), (d * (abs(r) - d / 2), True)) for r in z - y]
    return Rule(mean(pieces, len(z)))


@loss_rule.register
def _(loss: LogLoss, z: sp.Matrix, y: sp.Matrix, names: Names) -> Rule:
    """L = mean of w y log(1 + e^-z) + (1 - y) log(1 + e^z), w the weight of the positive class."""
    w = exact(loss.pos_weight)
    p = names.values("p", z.cols)
    also = {pz: 1 / (1 + sp.exp(-zz)) for pz, zz in zip(p, z, strict=True)}
    terms = [
        w * yz * sp.log(1 + sp.exp(-zz)) + (1 - yz) * sp.log(1 + sp.exp(zz))
        for zz, yz in zip(z, y, strict=True)
    ]
    slopes = [(1 - yz) * pz - w * yz * (1 - pz) for pz, yz in zip(p, y, strict=True)]
    if w == 1:
        slopes = list(p - y)
    return Rule(mean(terms, len(z)), also, lambda L: scaled(slopes, len(z)))


@loss_rule.register
def _(loss: CrossEntropy, z: sp.Matrix, y: sp.Matrix, names: Names) -> Rule:
    """L = mean over m of -Σ_k w_k q_k log p_k, q = (1 - ε) y + ε/k, log p = z - log Σ e^z."""
    m, k = z.shape
    eps = exact(loss.label_smoothing)
    w = [1] * k if loss.class_weights is None else [exact(c) for c in loss.class_weights]
    if len(w) != k:
        raise ValueError(f"{loss!r} has {len(w)} class_weights for {k} classes: give one for each")
    q = sp.Matrix(m, k, lambda i, j: w[j] * ((1 - eps) * y[i, j] + eps / k))
    p = names.values("p", k)
    total = [sp.Add(*[sp.exp(zz) for zz in z.row(i)]) for i in range(m)]
    also = {p[i, j]: sp.exp(z[i, j]) / total[i] for i in range(m) for j in range(k)}
    terms = [q[i, j] * (sp.log(total[i]) - z[i, j]) for i in range(m) for j in range(k)]
    one = loss.class_weights is None  # then the rows of q sum to 1
    mass = [1 if one else sp.Add(*q.row(i)) for i in range(m)]
    slopes = [p[i, j] * mass[i] - q[i, j] for i in range(m) for j in range(k)]
    return Rule(mean(terms, m), also, lambda L: scaled(slopes, m))


def scaled(slopes: Sequence[sp.Expr], divisor: int) -> sp.Matrix:
    """Return the row slopes / divisor, without SymPy's multiplying out."""
    factor = sp.Rational(1, divisor)
    return sp.Matrix([[sp.Mul(factor, s, evaluate=divisor == 1) for s in slopes]])


@singledispatch
def penalty_rule(penalty: Any, weights: Sequence[sp.Symbol]) -> sp.Expr:
    """Penalty, the symbols of all weight matrices -> what is added to the loss."""
    raise ValueError(
        f"the symbolic twin has no rule for the penalty {penalty!r} ({type(penalty).__name__}): "
        "teach it one with nnlib.symbolic.penalty_rule.register"
    )


@penalty_rule.register
def _(penalty: None, weights: Sequence[sp.Symbol]) -> sp.Expr:
    return sp.S.Zero


@penalty_rule.register
def _(penalty: L2, weights: Sequence[sp.Symbol]) -> sp.Expr:
    return exact(penalty.lam) / 2 * sp.Add(*[w**2 for w in weights])


@penalty_rule.register
def _(penalty: L1, weights: Sequence[sp.Symbol]) -> sp.Expr:
    return exact(penalty.lam) * sp.Add(*[sp.Abs(w) for w in weights])
