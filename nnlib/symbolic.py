"""The twin: a network of symbols beside a network of numbers. Needs SymPy, so import it by name.

`twin(net)` walks through the layers of any small network and writes down, with SymPy, what each
computes: z = x W + b, a = σ(z), …, L. From these equations come the gradient as one expression
(`gradient`), the chain rule link by link (`links`), backpropagation by named intermediates
(`reverse`), and numbers (`value_and_grad`), which `agreement` holds against nnlib's own.

Layers know nothing of this file: `rule`, `loss_rule` and `penalty_rule` dispatch on their types,
and `rule.register(YourLayer)` teaches the twin a new one.

Names are a whiteboard's: w_{12}^{(1)} is the first dense layer's weight from input 1 to unit 2,
z_j^{(l)} and a_j^{(l)} the l-th dense layer's and the l-th activation's output; u is a norm's, d
a dropout's, s a residual block's. δ is ∂L/∂z, and da is ∂L/∂a. In a batch of several examples a
first index counts the examples, as in X.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import sympy as sp

from nnlib.functions import one_hot
from nnlib.gradcheck import gradient_check, numerical_gradient
from nnlib.layers import Dropout, Layer, Residual
from nnlib.network import Network
from nnlib.norm import BatchNorm
from nnlib.symbolic_rules import (
    Names,
    Rule,
    entries,
    letter_of,
    loss_rule,
    penalty_rule,
    rule,
)
from nnlib.tables import Grid

LIMIT = 200  # parameters and layer outputs of a batch: numbers from such a twin take 3 s
WHOLE_LIMIT = 5000  # symbols in the loss as one expression: its derivatives take 10 to 25 s
TOL = 1e-12  # twin against backprop, relative to a parameter's gradient: both only round
NUMERIC_TOL = 1e-6  # central differences against both, relative: these also truncate

GREEK = {"gamma": "γ", "beta": "β", "delta": "δ", "mu": "μ", "sigma": "σ"}

# --- the twin -----------------------------------------------------------------------------------

Pull = Callable[[sp.Matrix], sp.Matrix]


@dataclass(eq=False)
class Node:
    """A layer (or, at the end, the loss) in the twin: its rule, and where its input comes from."""

    name: str  # "dense1"
    label: str  # "z^{(1)}"
    symbols: sp.Matrix  # its output by name
    rule: Rule
    parents: list[Node | None]  # None: the input x
    given: sp.Matrix  # the symbols of its input
    params: dict[str, sp.Matrix] = field(default_factory=dict)

    def jacobian(self, by: sp.Matrix) -> sp.Matrix:
        """Return ∂output/∂by, both flat, in values of the forward pass where they are known."""
        if self.rule.known and by is self.given:
            return self.rule.known(self.symbols)
        out = self.rule.plain if by is self.given else self.rule.out
        return sp.Matrix(len(out), len(by), lambda i, j: out[i].diff(by[j]))

    def equations(self) -> dict[sp.Symbol, sp.Expr]:
        """Return its values on the way and its outputs, as name = expression."""
        return self.rule.also | dict(zip(self.symbols, self.rule.out, strict=True))

    def tidy(self, bar: sp.Matrix) -> tuple[dict, Pull]:
        """∂L/∂output -> (no equations, by -> ∂L/∂by): the Jacobians as one would write them."""
        return {}, lambda by: bar * self.jacobian(by)

    def pulled_back(self, bar: sp.Matrix) -> tuple[dict, Pull]:
        """∂L/∂output -> (equations of ∂L/∂(values on the way), by -> ∂L/∂by).

        The chain rule, name by name, with every derivative taken by SymPy: `known` is not asked.
        """
        bars: dict[sp.Symbol, sp.Expr] = dict(zip(self.symbols, bar, strict=True))
        pairs = {}
        for symbol, value in reversed(self.equations().items()):
            if symbol in self.rule.also and symbol in bars:
                pairs[bar_of(symbol)] = bars[symbol]
                bars[symbol] = bar_of(symbol)
            for s in value.free_symbols if symbol in bars else ():
                bars[s] = bars.get(s, sp.S.Zero) + bars[symbol] * value.diff(s)
        return pairs, lambda by: sp.Matrix([[bars.get(s, sp.S.Zero) for s in by]])


class Equations:
    """name = expression, in order; `reused` are the forward pass's values that they need."""

    def __init__(self, pairs: Mapping[sp.Symbol, sp.Expr], forward: Sequence[sp.Symbol]) -> None:
        """Take the equations, and everything that a forward pass could have kept."""
        self.pairs = dict(pairs)
        needed = {s for value in self.pairs.values() for s in value.free_symbols}
        self.reused = [s for s in forward if s in needed]

    def __getitem__(self, name: str | sp.Symbol) -> sp.Expr:
        return {str(s): value for s, value in self.pairs.items()}[str(name)]

    def __len__(self) -> int:
        return len(self.pairs)

    def latex(self) -> str:
        """Return one aligned block."""
        lines = [f"{sp.latex(s)} &= {sp.latex(value)}" for s, value in self.pairs.items()]
        return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}"

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"

    def __str__(self) -> str:
        return "\n".join(f"{typed(s)} = {typed(value)}" for s, value in self.pairs.items())

    __repr__ = __str__


class Link(NamedTuple):
    """One factor of a chain: ∂of/∂by, a Jacobian with a row for each entry of `of`."""

    of: str
    by: str
    jacobian: sp.Matrix

    def latex(self, value: bool = True) -> str:
        """Return ∂of/∂by as LaTeX, with its value or without."""
        name = rf"\frac{{\partial {self.of}}}{{\partial {self.by}}}"
        return f"{name} = {sp.latex(self.jacobian)}" if value else name

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"


class Chain:
    """One path from the loss back to a parameter: links whose product is a gradient."""

    def __init__(self, links: Sequence[Link], shape: tuple[int, int]) -> None:
        """Take the links, loss first, and the parameter's shape."""
        self.links, self.shape = list(links), shape

    def __iter__(self) -> Iterator[Link]:
        return iter(self.links)

    def __len__(self) -> int:
        return len(self.links)

    @property
    def product(self) -> sp.Matrix:
        """The links multiplied in their order, in the parameter's shape."""
        row = self.links[0].jacobian
        for link in self.links[1:]:
            row = row * link.jacobian
        return sp.Matrix(*self.shape, list(row))

    def latex(self) -> str:
        """Return ∂L/∂w = ∂L/∂z · ∂z/∂a · … by names."""
        whole = Link(self.links[0].of, self.links[-1].by, sp.Matrix()).latex(value=False)
        return f"{whole} = " + r" \cdot ".join(link.latex(value=False) for link in self.links)

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"


class Twin:
    """A network of symbols. Made by `twin(net)`, which says what it can do."""

    def __init__(self, net: Network, m: int, training: bool) -> None:
        """Write down every layer's equations; ValueError for what is unknown or too large."""
        if net.n_in is None:
            raise ValueError(f"twin got {net}, wanted a layer with a width, such as Dense")
        self.net, self.m, self.training = net, m, training
        self._counts: Counter[str] = Counter()
        self.parameters: dict[str, sp.Matrix] = {}  # by nnlib's names, "dense1.W"
        self.given: dict[str, sp.Matrix] = {}  # running statistics and masks
        self.nodes: list[Node] = []
        self._leaf_names = {id(leaf): name for name, leaf in net._named_leaves()}
        self._refuse_if_large()
        rows = m > 1
        self.x = entries("x", (m, net.n_in), 0, rows)
        last = self._walk(net.layers, None)
        self.logits = last.symbols
        self.y = entries("y", self.logits.shape, 0, rows)
        names = Names(self, "loss", net.loss, "L")
        found = loss_rule(net.loss, self.logits, self.y, names)
        L = sp.Matrix([[sp.Symbol("L", real=True)]])
        self._loss = Node("loss", "L", L, found, [last], self.logits)
        self.nodes.append(self._loss)
        weights = [w for key, s in self.parameters.items() if key.endswith(".W") for w in s]
        self.penalty = penalty_rule(net.penalty, weights)

    # --- the forward pass ---

    @property
    def forward(self) -> Equations:
        """z^{(1)} = …, a^{(1)} = …, up to L: each in the names of those before."""
        pairs: dict[sp.Symbol, sp.Expr] = {}
        for node in self.nodes:
            pairs |= node.equations()
        return Equations(pairs, [])

    @property
    def z(self) -> list[sp.Matrix]:
        """Outputs of the dense layers, as expressions in x and the parameters: z[0] is z^{(1)}."""
        return self._outputs("z^")

    @property
    def a(self) -> list[sp.Matrix]:
        """Outputs of the activations, as expressions in x and the parameters: a[0] is a^{(1)}."""
        return self._outputs("a^")

    @cached_property
    def loss(self) -> sp.Expr:
        """The mean loss, without penalty, as one expression in x, y and the parameters."""
        return self._whole[self._loss.symbols[0]]

    @property
    def objective(self) -> sp.Expr:
        """Loss + penalty: what the gradient is the gradient of."""
        return self.loss + self.penalty

    def unfold(self, expr: sp.Expr | sp.Matrix) -> sp.Expr | sp.Matrix:
        """Replace z, a, δ, … by what they stand for, until only x, y and parameters are left."""
        if set(self.reverse.pairs) & expr.free_symbols:
            backward = {}
            for symbol, value in self.reverse.pairs.items():
                backward[symbol] = value.xreplace(backward)
            expr = expr.xreplace(backward)
        return expr.xreplace(self._whole)

    # --- the gradient, in three forms ---

    def gradient(self, name: str, i: int | None = None, j: int | None = None) -> Any:
        """∂(loss + penalty)/∂parameter: SymPy differentiates the whole nested expression.

        "dense1.W" -> a matrix of W's shape; with i (and j), counted from 0, one entry. A bias is
        a row. This knows nothing of links or of backpropagation, so it can judge both.
        """
        symbols = self._param(name)
        objective = self.objective
        if i is None:
            return symbols.applyfunc(lambda w: objective.diff(w))
        return objective.diff(symbols[0, i] if j is None and symbols.rows == 1 else symbols[i, j])

    def links(self, name: str) -> Chain:
        """∂L/∂z^{(2)}, ∂z^{(2)}/∂a^{(1)}, …, down to the parameter: their product is ∂L/∂it.

        In the names of the forward pass, without penalty. ValueError where there are several
        paths, around a residual block and through it: then `paths`.
        """
        paths = self.paths(name)
        if len(paths) > 1:
            raise ValueError(
                f"{name} reaches the loss by {len(paths)} paths, and paths add: "
                f"use twin.paths({name!r}) and sum the products"
            )
        return paths[0]

    def paths(self, name: str) -> list[Chain]:
        """Return a chain of links for each path from the loss to the parameter."""
        symbols = self._param(name)
        owner = next(node for node in self.nodes if name in node.params)
        label = str(symbols[0]).split("_")[0] + "^" + owner.label.split("^")[1]
        last = Link(owner.label, label, owner.jacobian(symbols))

        def back(node: Node) -> list[list[Link]]:
            if node is owner:
                return [[last]]
            found = []
            for parent in filter(None, node.parents):
                link = Link(node.label, parent.label, node.jacobian(parent.symbols))
                found += [[link, *rest] for rest in back(parent)]
            return found

        return [Chain(links, symbols.shape) for links in back(self._loss)]

    @cached_property
    def reverse(self) -> Equations:
        """δ^{(2)} = …, dw^{(2)} = …, da^{(1)} = …: backpropagation, each in names known by then.

        `.reused` lists the values of the forward pass that it needs again.
        """
        forward = [*self.x, *(s for node in self.nodes for s in node.equations())]
        kept = [s for key in self.given for s in self.given[key]]
        return Equations(self._backprop(tidy=True), forward + kept)

    # --- numbers ---

    def numbers(
        self,
        X: np.ndarray,
        y: np.ndarray | None = None,
        theta: np.ndarray | None = None,
        masks: Mapping[str, np.ndarray] | None = None,
    ) -> dict[sp.Symbol, float]:
        """{symbol: number} for `subs`: m examples, the network's θ (or another), its statistics.

        `masks` are zeros and ones for each dropout layer in training, {"dropout1": (m, n)};
        without it, those of the network's last forward pass.
        """
        X = self._rows(X)
        if len(X) != self.m:
            raise ValueError(
                f"this twin is for a batch of {self.m}, got {len(X)}: use twin(net, m={len(X)})"
            )
        return {s: float(v) for s, v in self._values(X, y, theta, masks).items()}

    def lambdify(self, expr: sp.Expr | sp.Matrix) -> Callable[..., Any]:
        """expr -> f(X, y=None, theta=None, masks=None), in NumPy: m examples in, a float or array.

        Names such as z and δ in it are unfolded. Plain formulas: logits of a few hundred overflow.
        """
        expr = self.unfold(sp.sympify(expr))
        needed = sorted(expr.free_symbols, key=str)
        f = sp.lambdify(needed, expr, modules="numpy", cse=True)

        def evaluate(X, y=None, theta=None, masks=None):
            values = self.numbers(X, y, theta, masks)
            if y is None and set(self.y) & set(needed):
                raise ValueError("this expression contains targets: call it with (X, y)")
            with np.errstate(all="ignore"):
                result = f(*[values[s] for s in needed])
            return (
                np.array(result, dtype=float) if isinstance(expr, sp.MatrixBase) else float(result)
            )

        return evaluate

    def value_and_grad(
        self,
        X: np.ndarray,
        y: np.ndarray,
        masks: Mapping[str, np.ndarray] | None = None,
        whole: bool = False,
    ) -> tuple[float, np.ndarray]:
        """Return the objective and its flat gradient, like the network's, but from the twin.

        SymPy differentiates each layer's formula, and the chain rule multiplies; with `whole`,
        it differentiates the nested loss instead. A twin for one example takes any number of
        rows and averages. ValueError where the plain formulas overflow.
        """
        X = self._rows(X)
        values = self._values(X, y, None, masks)
        inputs, program = self._whole_program if whole else self._program
        with np.errstate(all="ignore"):
            found = program(*[values[s] for s in inputs])
        columns = np.array([np.broadcast_to(v, len(X) // self.m).mean() for v in found])
        if not np.isfinite(columns).all():
            raise ValueError(
                "the twin's plain formulas overflowed, as e^z does from |z| = 350 or so: "
                "use smaller inputs or weights, or nn.gradient_check"
            )
        return float(columns[0]), columns[1:]

    # --- inside ---

    def count(self, letter: str) -> int:
        """Return the next number for a letter: the l of z^{(l)}."""
        self._counts[letter] += 1
        return self._counts[letter]

    def _refuse_if_large(self) -> None:
        """Raise ValueError if parameters and layer outputs are more than a twin should have."""
        size = self.net.theta.size + sum(len(node.symbols) for node in self.nodes)
        if size > LIMIT:
            raise ValueError(
                f"the twin of {self.net} for {self.m} example(s) would have {size:,} symbols or "
                f"more, wanted at most {LIMIT}: check large networks with nn.directional_check"
            )

    def _walk(self, layers: Sequence[Layer], last: Node | None) -> Node | None:
        """Append a node for each layer; a residual block adds what went in to what came out."""
        for layer in layers:
            x = self.x if last is None else last.symbols
            letter = letter_of(layer)
            if isinstance(layer, Residual):
                end = self._walk(layer.layers, last)
                names = Names(self, "residual", layer, letter)
                parents, rule_of_layer = [end, last], Rule(x + end.symbols)
            else:
                names = Names(self, self._leaf_names[id(layer)], layer, letter)
                parents, rule_of_layer = [last], rule(layer, x, names)
            last = Node(
                f"{names.name}{names.number}" if names.name == "residual" else names.name,
                f"{letter}^{{({names.number})}}",
                names.values(letter, rule_of_layer.out.cols),
                rule_of_layer,
                parents,
                x,
                {k: s for k, s in self.parameters.items() if k.split(".")[0] == names.name},
            )
            self.nodes.append(last)
            self._refuse_if_large()
        return last

    def _outputs(self, letter: str) -> list[sp.Matrix]:
        return [n.symbols.xreplace(self._whole) for n in self.nodes if n.label.startswith(letter)]

    @cached_property
    def _whole(self) -> dict[sp.Symbol, sp.Expr]:
        """{z, a, …: nested expression}; ValueError if the loss would be too large to read."""
        leaves: dict[sp.Symbol, int] = {}
        whole: dict[sp.Symbol, sp.Expr] = {}
        for symbol, value in self.forward.pairs.items():
            atoms = [s for s in sp.preorder_traversal(value) if isinstance(s, sp.Symbol)]
            leaves[symbol] = sum(leaves.get(s, 1) for s in atoms)
            if leaves[symbol] > WHOLE_LIMIT:
                raise ValueError(
                    f"{symbol} of {self.net} as one expression has {leaves[symbol]:,} symbols or "
                    f"more, wanted at most {WHOLE_LIMIT:,}: use forward, links, reverse or "
                    "value_and_grad, which keep z and a as names, or nn.directional_check"
                )
            whole[symbol] = value.xreplace(whole)
        return whole

    def _backprop(self, tidy: bool) -> dict[sp.Symbol, sp.Expr]:
        """Return the equations of ∂L/∂(each node) and ∂L/∂(each parameter), loss first."""
        sums: dict[Node, sp.Matrix] = {}
        pairs: dict[sp.Symbol, sp.Expr] = {}
        for node in reversed(self.nodes):
            bar = sp.Matrix([[sp.S.One]])
            if node is not self._loss:
                bar = sp.Matrix([[bar_of(s) for s in node.symbols]])
                pairs |= zip(bar, sums[node], strict=True)
            more, pull = node.tidy(bar) if tidy else node.pulled_back(bar)
            pairs |= more
            for symbols in node.params.values():
                row = [
                    dw + self.penalty.diff(w) for w, dw in zip(symbols, pull(symbols), strict=True)
                ]
                pairs |= zip(map(bar_of, symbols), row, strict=True)
            for parent in filter(None, node.parents):
                row = pull(parent.symbols)
                sums[parent] = sums[parent] + row if parent in sums else row
        return pairs

    @cached_property
    def _program(self) -> tuple[list[sp.Symbol], Callable[..., list]]:
        """(inputs, NumPy function of them -> objective and gradient), equation by equation."""
        equations = self.forward.pairs | self._backprop(tidy=False)
        code = {symbol: sp.Symbol(f"v{i}") for i, symbol in enumerate(equations)}  # Python names
        steps = [(code[symbol], value.xreplace(code)) for symbol, value in equations.items()]
        outputs = [self._loss.symbols[0] + self.penalty]
        outputs += [bar_of(w) for name in self.net.named for w in self.parameters[name]]
        outputs = [output.xreplace(code) for output in outputs]
        return self._compiled(outputs, lambda exprs: (steps, list(exprs)))

    @cached_property
    def _whole_program(self) -> tuple[list[sp.Symbol], Callable[..., list]]:
        """The same from the derivatives of the nested expression."""
        outputs = [self.objective]
        outputs += [g for name in self.net.named for g in self.gradient(name)]
        return self._compiled(outputs, True)

    def _compiled(
        self, outputs: list[sp.Expr], cse: bool | Callable[[Sequence], tuple]
    ) -> tuple[list[sp.Symbol], Callable[..., list]]:
        """Let SymPy write NumPy code; `cse` may hand it the names of intermediate values."""
        matrices = [self.x, self.y, *self.parameters.values(), *self.given.values()]
        inputs = [s for matrix in matrices for s in matrix]
        return inputs, sp.lambdify(inputs, outputs, modules="numpy", cse=cse)

    def _param(self, name: str) -> sp.Matrix:
        try:
            return self.parameters[name]
        except KeyError:
            known = ", ".join(self.parameters)
            raise ValueError(f"no parameter {name!r} in this twin: choose from {known}") from None

    def _rows(self, X: np.ndarray) -> np.ndarray:
        """Return X as the network takes it; ValueError if this twin can't take so many rows."""
        X = self.net._examples(X)
        if len(X) != self.m and self.m != 1:
            raise ValueError(
                f"this twin is for a batch of {self.m}, got {len(X)}: use twin(net, m={len(X)})"
            )
        return X

    def _values(
        self,
        X: np.ndarray,
        y: np.ndarray | None,
        theta: np.ndarray | None,
        masks: Mapping[str, np.ndarray] | None,
    ) -> dict[sp.Symbol, Any]:
        """Return a value for every input symbol: a column for x, y and masks if m is 1."""
        values = self._filled(self.x, X)
        if y is not None:
            self.net.loss.targets(np.zeros((len(X), self.y.cols)), y)  # raises its own sentence
            y = np.asarray(y)
            values |= self._filled(self.y, one_hot(y, self.y.cols) if y.ndim == 1 else y)
        theta = self.net.theta if theta is None else np.asarray(theta)
        if theta.shape != self.net.theta.shape:
            raise ValueError(
                f"theta has shape {theta.shape}, wanted {self.net.theta.shape}: "
                "give one flat vector, like net.theta"
            )
        for name, where in self.net.named.items():
            values |= zip(self.parameters[name], theta[where], strict=True)
        leaves = dict(self.net._named_leaves())
        for name, symbols in self.given.items():
            layer, key = name.split(".")
            if key == "mask":
                mask = mask_of(leaves[layer], layer, masks, (len(X), symbols.cols))
                values |= self._filled(symbols, mask)
            else:
                values |= zip(symbols, getattr(leaves[layer], key), strict=True)
        return values

    def _filled(self, symbols: sp.Matrix, array: np.ndarray) -> dict[sp.Symbol, Any]:
        """Return a number for each symbol, or a column, where a twin for one gets many rows."""
        many = self.m == 1 and len(array) > 1
        return dict(zip(symbols, array.T if many else array.ravel(), strict=True))


def twin(net: Network, m: int = 1, mode: str | None = None) -> Twin:
    """Network -> its twin in SymPy, for m examples, in mode "train" or "eval" (None: the net's).

    One example is enough unless batch norm trains: a mean over examples has the mean gradient.
    Small networks only; ValueError, with what to use instead, beyond LIMIT symbols.

    >>> from nnlib import Dense, MSE, Network, Tanh
    >>> t = twin(Network([Dense(1, 1), Tanh(), Dense(1, 1)], MSE()))
    >>> t.z[1][0]
    b_{1}^{(2)} + w_{11}^{(2)}*tanh(b_{1}^{(1)} + w_{11}^{(1)}*x_{1})
    >>> t.links("dense1.b").latex().count("partial")
    10
    """
    if mode not in (None, "train", "eval"):
        raise ValueError(f'twin got mode {mode!r}, wanted "train", "eval", or None for the net\'s')
    if isinstance(m, bool) or not isinstance(m, (int, np.integer)) or m < 1:
        raise ValueError(f"twin got m = {m!r}, wanted a whole number of examples, at least 1")
    return Twin(net, int(m), net.training if mode is None else mode == "train")


def typed(expr: sp.Expr) -> str:
    """Return an expression for a terminal: w_{11}^{(1)} as w_11^(1), and Greek letters as such."""
    text = str(expr).replace(r"\hat{x}", "x̂").replace(r"\bar{\mu}", "μ̄").replace(r"\bar{v}", "v̄")
    for name, letter in GREEK.items():
        text = text.replace("\\" + name, letter)
    return text.replace("{", "").replace("}", "")


def bar_of(symbol: sp.Symbol) -> sp.Symbol:
    """Return the name of ∂L/∂symbol: δ for z, da for a, dw for w."""
    name = str(symbol)
    return sp.Symbol(rf"\delta{name[1:]}" if name.startswith("z") else rf"d{name}", real=True)


def mask_of(
    layer: Dropout, name: str, masks: Mapping[str, np.ndarray] | None, shape: tuple[int, int]
) -> np.ndarray:
    """Return a dropout layer's zeros and ones: given, or kept from its last forward pass."""
    scale = getattr(layer, "scale", None)
    if masks is not None and name in masks:
        mask = np.asarray(masks[name])
    elif scale is not None:
        mask = (scale != 0).astype(float)
    else:
        mask = np.empty(0)
    if mask.shape != shape:
        raise ValueError(
            f"{name} in training needs a mask of shape {shape}, got {mask.shape}: run "
            f"net.forward(X) first, or give masks={{{name!r}: zeros and ones}}"
        )
    return mask


# --- three ways to one gradient -----------------------------------------------------------------


class Agreement(Grid):
    """Twin, central differences and backprop, entry by entry; `ok` if all three agree.

    `rows` hold the numbers, a dict for each entry. Printed, a difference within its tolerance is
    shown as that: the digits of rounding differ from machine to machine.
    """

    def __init__(self, rows: list[dict], title: str, ok: bool, notes: Sequence[str]) -> None:
        """Take the entries, and the verdict on whole parameters."""
        self.rows, self.ok = rows, ok
        header = ("entry", "twin", "differences", "backprop", "twin-differences", "twin-backprop")
        records = [
            (
                row["entry"],
                *(f"{round(row[way], 6) + 0.0:+.6f}" for way in ("twin", "numeric", "backprop")),
                *(
                    f"< {row[tol]:.0e}" if abs(gap) <= row[tol] else f"{abs(gap):.0e} !"
                    for gap, tol in (
                        (row["twin"] - row["numeric"], "numeric_tol"),
                        (row["twin"] - row["backprop"], "tol"),
                    )
                ),
            )
            for row in rows
        ]
        super().__init__(title, header, records, notes)

    def __bool__(self) -> bool:
        return self.ok


def agreement(net: Network, X: np.ndarray, y: np.ndarray, whole: bool = False) -> Agreement:
    """Compare the twin's gradient, central differences and backprop, in the network's mode.

    Twin against backprop to 1e-12 of each parameter's gradient in norm (or 1e-12 in all), central
    differences to 1e-6; entries at a kink are left out there. `whole`: see `value_and_grad`.
    Parameters, statistics and generator are put back. ValueError for float32 or a large network.
    """
    check = {row["name"]: row for row in gradient_check(net, X, y, NUMERIC_TOL).rows}

    def objective(theta: np.ndarray) -> float:
        with net.frozen():
            net.theta[:] = theta
            return net.value(X, y)

    numeric = numerical_gradient(objective, net.theta)
    with net.frozen():
        backprop = net.value_and_grad(X, y)[1].copy()
    coupled = net.training and any(
        isinstance(leaf, BatchNorm) for layer in net.layers for leaf in layer.leaves()
    )
    t = twin(net, m=len(X) if coupled else 1)
    _, found = t.value_and_grad(X, y, whole=whole)
    rows, wrong = [], []
    for name, where in net.named.items():
        scale = max(1.0, float(np.linalg.norm(backprop[where])))
        gap = np.linalg.norm(found[where] - backprop[where])
        if not (gap <= TOL * scale and check[name]["ok"]):
            wrong.append(name)
        columns = zip(
            t.parameters[name], found[where], numeric[where], backprop[where], strict=True
        )
        rows += [
            {"entry": typed(symbol), "parameter": name}
            | {"twin": float(a), "numeric": float(d), "backprop": float(b)}
            | {"tol": TOL * scale, "numeric_tol": NUMERIC_TOL * scale}
            for symbol, a, d, b in columns
        ]
    kinks = sum(row["kinks"] for row in check.values())
    notes = [f"{kinks} at a kink, where differences mean nothing"] if kinks else []
    end = f"look at {', '.join(wrong)}" if wrong else "all three agree"
    notes += [f"{end} (twin and backprop to {TOL:g}, differences to {NUMERIC_TOL:g}, of the norm)"]
    return Agreement(rows, f"gradient of {net.loss!r} for {len(X)} example(s)", not wrong, notes)
