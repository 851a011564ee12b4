"""Are two SymPy expressions the same function? Judged by value, never by form.

`sympy.simplify` may take minutes and misses identities, so both expressions are evaluated with 30
digits at seeded points: positive, negative and complex ones, as far as the symbols' assumptions
allow. Undefined functions stand for a smooth function of their own, matrix symbols for matrices.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import sympy as sp
from sympy.core.function import AppliedUndef

POINTS, DIGITS = 12, 30
TOLERANCE = sp.Float("1e-12", DIGITS)


def disagreement(got: Any, want: Any, bounds: tuple = ()) -> tuple[str, str] | None:
    """Return None, or what kind of difference there is and the sentence that says it.

    `bounds` holds (name, lowest, highest) of symbols that mean something only in between, such as
    a probability: two answers may be the same there and differ outside.
    """
    got, want = sp.sympify(got), sp.sympify(want)
    if floats := sorted(map(str, got.atoms(sp.Float))):
        return "type", (
            f"contains the decimal number {floats[0]}: write it as a fraction, sp.Rational(1, 2), "
            "so that nothing is rounded"
        )
    if got == want:
        return None
    if shape_of(got) != shape_of(want):
        return "shape", f"is {shape_of(got)}, and {shape_of(want)} is wanted"
    strangers = sorted(names(got) - names(want))
    compared = 0
    for point in range(POINTS):
        here = f"{point}"  # seeds the values by the symbols' names, for both expressions alike
        a, b = values(got, want, here, bounds), values(want, want, here, bounds)
        if b is None or (a is None and point % 3 == 2):
            continue  # not defined here, or no comparison of complex numbers
        if a is None or len(a) != len(b) or any(map(far, a, b)):
            if strangers:
                return "type", f"contains {', '.join(strangers)}: {written_in(want)}"
            return "value", at_a_point(want, here, bounds, a, b)
        compared += 1
    if compared < 3 and sp.simplify(got - want) != 0:
        return "value", "could not be shown to be the same: try a simpler form"
    return None


def written_in(want: sp.Basic) -> str:
    """Say which symbols the answer is made of."""
    wanted = ", ".join(sorted(names(want)))
    return f"the answer is written in {wanted}" if wanted else "the answer has no symbols"


def shape_of(expression: Any) -> str:
    """Return a matrix's shape, or that it is a single expression."""
    shape = getattr(expression, "shape", ())
    return f"a {shape[0]} × {shape[1]} matrix" if len(shape) == 2 else "a single expression"


def names(expression: sp.Basic) -> set[str]:
    """Return the names of the symbols in it."""
    return {str(s) for s in expression.free_symbols}


def domain(want: sp.Basic) -> dict[str, sp.Symbol]:
    """Return the symbols whose assumptions count: those of the wanted expression."""
    return {s.name: s for s in want.atoms(sp.Symbol)}


def number(symbol: sp.Symbol, here: str, bounds: tuple = ()) -> sp.Expr:
    """Return the symbol's value at a point: the same for every symbol of that name."""
    rng = np.random.default_rng([*map(ord, symbol.name), *map(ord, here)])
    size, other = (sp.Rational(int(k), 17) for k in rng.integers(3, 40, 2))
    sign = 1 if rng.random() < 0.5 else -1
    for _, low, high in (bound for bound in bounds if bound[0] == symbol.name):
        low, high = sp.Rational(str(low)), sp.Rational(str(high))
        inside = low + (high - low) * size * sp.Rational(17, 43)  # size is 3/17 to 39/17
        return sp.ceiling(inside) if symbol.is_integer else inside
    if symbol.is_integer:
        return sp.Integer(2 + int(rng.integers(3))) * (1 if symbol.is_positive else sign)
    if symbol.is_positive or symbol.is_nonnegative:
        return size
    if symbol.is_negative or symbol.is_nonpositive:
        return -size
    if symbol.is_real or int(here) % 3 != 2:
        return sign * size
    return sign * size + sp.I * other


@functools.lru_cache(maxsize=2000)  # the wanted expression's are asked for again and again
def values(
    expression: sp.Basic, want: sp.Basic, here: str, bounds: tuple = ()
) -> list[sp.Expr] | None:
    """Return the numbers that it is made of at a point, or None where it has no finite value."""
    known = domain(want)
    at = {s: number(known.get(s.name, s), here, bounds) for s in expression.atoms(sp.Symbol)}
    try:
        expression = expression.replace(is_slope_by_function, with_dummy)
        expression = expression.replace(is_undefined_function, smooth).doit()
        if expression.atoms(sp.MatrixSymbol):
            expression = with_matrices(expression, here)
        explicit = getattr(expression, "as_explicit", lambda: expression)()  # 2·A·B as one matrix
        entries = list(explicit) if hasattr(explicit, "shape") else [explicit]
        found = [entry.evalf(DIGITS, subs=at) for entry in entries]
        found = [entry if entry.is_number else entry.subs(at).evalf(DIGITS) for entry in found]
    except Exception:  # whatever SymPy meets in an expression that has no value here
        return None
    return found if all(entry.is_number and entry.is_finite for entry in found) else None


def is_undefined_function(expression: sp.Basic) -> bool:
    """Tell f(x) from sin(x)."""
    return isinstance(expression, AppliedUndef)


def is_slope_by_function(expression: sp.Basic) -> bool:
    """Tell df(g(x))/dg(x), as the chain rule gives it."""
    return isinstance(expression, sp.Derivative) and any(
        map(is_undefined_function, expression.variables)
    )


def with_dummy(slope: sp.Derivative) -> sp.Expr:
    """Write df(g)/dg as the derivative by a symbol, taken at g: g is about to become a formula."""
    expression, dummies = slope.expr, [sp.Dummy() for _ in slope.variables]
    for variable, dummy in zip(slope.variables, dummies, strict=True):
        expression = expression.subs(variable, dummy).diff(dummy)
    return sp.Subs(expression, dummies, list(slope.variables))


def smooth(f: sp.Expr) -> sp.Expr:
    """Return a smooth function of f's arguments, another one for each name."""
    seed = sum(map(ord, str(f.func)))
    slopes = [sp.Rational(seed % (7 + i) + 2, 5) for i in range(len(f.args))]
    return 2 + sp.sin(seed + sum(slope * x for slope, x in zip(slopes, f.args, strict=True)))


def with_matrices(expression: sp.Basic, here: str) -> sp.Basic:
    """Put numbers in place of the matrices; a size that is a symbol becomes 2 to 6, by its name."""
    sizes = {s for m in expression.atoms(sp.MatrixSymbol) for s in m.shape if s.is_Symbol}
    expression = expression.subs({s: 2 + sum(map(ord, s.name)) % 5 for s in sizes})
    matrices = expression.atoms(sp.MatrixSymbol)
    return expression.subs({symbol: matrix(symbol, here) for symbol in matrices}).doit()


def matrix(symbol: sp.MatrixSymbol, here: str) -> sp.Matrix:
    """Return the matrix that stands for the symbol at a point."""
    rows, columns = map(int, symbol.shape)
    entries = [sp.Symbol(f"{symbol.name}{i}", real=True) for i in range(rows * columns)]
    return sp.ImmutableMatrix(rows, columns, [number(entry, here) for entry in entries])


def at_a_point(want: sp.Basic, here: str, bounds: tuple, a: Any, b: Any) -> str:
    """Say where the two differ, with numbers."""
    at = ", ".join(
        f"{name} = {number(symbol, here, bounds)}" for name, symbol in sorted(domain(want).items())
    )
    where = f" at {at}" if at else ""
    if a is None:
        return f"has no finite value{where}, and should have one"
    if len(a) != len(b):
        return f"has {len(a)} entries{where}, and should have {len(b)}"
    i = next(i for i, (p, q) in enumerate(zip(a, b, strict=True)) if far(p, q))
    entry = f" in entry {i + 1}" if len(b) > 1 else ""
    what = "matrix" if len(b) > 1 else "function" if at else "number"
    return f"is another {what}:{where}{entry} it is {sp.N(a[i], 6)}, expected {sp.N(b[i], 6)}"


def far(p: sp.Expr, q: sp.Expr) -> bool:
    """Tell whether two numbers differ by more than rounding."""
    return bool(abs(p - q) > TOLERANCE * (1 + abs(q)))
