"""Is a number right, and if not, what went wrong on the way? A sign, a factor, per cent, 1/x …"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from nnlab.interview.arithmetic import Value, flat, shape_of


@dataclass(frozen=True)
class Judgement:
    """What is to be said of an answer.

    `kind` is right, rounded (right to fewer digits), sign, percent, factor, reciprocal, order,
    transposed, shape, close, wrong or unreadable.
    """

    right: bool
    kind: str
    said: str
    value: Value | None


@dataclass(frozen=True)
class Tolerance:
    """How far an answer may be off: relative, to some digits, or exact where both are 0."""

    rtol: float = 0.01
    digits: int = 0
    atol: float = 0.0

    @property
    def exact(self) -> bool:
        """Tell whether nothing may be off."""
        return not (self.rtol or self.digits or self.atol)

    def __str__(self) -> str:
        if self.digits:
            return f"to {self.digits} significant digits, give or take one in the last"
        if self.rtol or not self.atol:
            return f"to within {100 * self.rtol:g} %" if self.rtol else "exactly"
        return f"to within {self.atol:g}"

    def allows(self, got: float, want: float, largest: float = 0.0) -> bool:
        """Tell whether got is near enough to want, the largest of the numbers being as given."""
        if math.isinf(got) or math.isinf(want):
            return got == want
        slack = 1e-15 * abs(want)  # an exact count of up to 10^14
        if self.digits and want:
            slack = 10.0 ** (exponent_of(want) - self.digits + 1) * (1 + 1e-9)
        elif self.rtol:
            slack = self.rtol * abs(want) * (1 + 1e-9)
        if self.digits or self.rtol:  # a number that rounding alone keeps from 0
            slack = max(slack, 1e-9 * largest)
        return abs(got - want) <= max(slack, self.atol)

    def agrees(self, got: Value, want: Value) -> bool:
        """Tell whether got has want's shape, rows and columns of one apart, and all is near."""
        if squeezed(got) != squeezed(want):
            return False
        largest = max((abs(w) for w in flat(want) if math.isfinite(w)), default=0.0)
        pairs = zip(flat(got), flat(want), strict=True)
        return all(self.allows(g, w, largest) for g, w in pairs)


def as_value(want: Any) -> Value:
    """Return a number, a list, a tuple or an array as numbers and tuples.

    >>> as_value([[1, 2], [3, 4]])
    ((1, 2), (3, 4))
    """
    want = want.tolist() if hasattr(want, "tolist") else want
    return tuple(map(as_value, want)) if isinstance(want, list | tuple) else want


def exponent_of(x: float) -> int:
    """Return the power of ten of a number's first digit; x isn't 0."""
    return int(f"{x:.16e}".split("e")[1])


def squeezed(value: Value) -> tuple[int, ...]:
    """Return the shape without lengths of 1: a row, a column and a list are alike."""
    return tuple(length for length in shape_of(value) if length != 1)


def judged(
    got: Value,
    want: Value,
    tolerance: Tolerance,
    literals: tuple[str, ...] = (),
    factors: Mapping[str, float] | None = None,
    unit: str = "",
) -> Judgement:
    """Judge a value, in whose text those literals stood; see typed.judge for the rest."""
    if tolerance.agrees(got, want):
        kind, said = "right", f"Right{'' if tolerance.exact else f', {tolerance}'}."
    elif transposed(got, want, tolerance):
        kind, said = "transposed", "Yours is the transpose of what is wanted."
    elif squeezed(got) != squeezed(want):
        kind, said = "shape", f"Yours is {sized(got)}, wanted is {sized(want)}."
    else:
        kind, said = cause(flat(got), flat(want), tolerance, literals, factors or {}, unit)
    return Judgement(kind == "right", kind, said, got)


def sized(value: Value) -> str:
    """Say how many numbers there are: one number, 3 numbers, a 2 x 3 matrix."""
    shape = shape_of(value)
    if math.prod(shape) == 1:
        return "one number"
    return f"{shape[0]} numbers" if len(shape) == 1 else f"of shape {shape}"


def transposed(got: Value, want: Value, tolerance: Tolerance) -> bool:
    """Tell whether a matrix is right but for rows and columns."""
    if len(shape_of(got)) != 2 or 1 in shape_of(got):
        return False
    return tolerance.agrees(tuple(zip(*got, strict=True)), want)


def cause(
    got: list[float],
    want: list[float],
    tolerance: Tolerance,
    literals: tuple[str, ...],
    factors: Mapping[str, float],
    unit: str,
) -> tuple[str, str]:
    """Return the likely cause of a wrong answer, its kind and the sentence."""
    loose = Tolerance(max(tolerance.rtol, 0.005))
    possible = any(got) and all(map(math.isfinite, want))

    def fits(change: Callable[[float], float]) -> bool:
        return possible and loose.agrees(tuple(map(change, got)), tuple(want))

    if len(literals) == len(got) and all(map(shortened, got, want, literals)):
        return "rounded", f"It is right as far as it goes; wanted is the answer {tolerance}."
    if fits(lambda g: -g):
        return "sign", "The sign is wrong." if len(got) == 1 else "All signs are wrong."
    if unit in ("", "%") and min(max(map(abs, got)), max(map(abs, want))) <= 1:
        if fits(lambda g: g / 100):
            return "percent", "Yours is 100 times too large: per cent, where a share is wanted?"
        if fits(lambda g: g * 100):
            return "percent", "Yours is 100 times too small: a share, where per cent is wanted?"
    for name, factor in factors.items():
        if fits(lambda g, factor=factor: g / factor):
            return "factor", f"Yours is the right one times {name}."
        if fits(lambda g, factor=factor: g * factor):
            return "factor", f"Yours is the right one divided by {name}."
    if all(got) and fits(lambda g: 1 / g):
        return "reciprocal", "Yours is one divided by what is wanted."
    for factor, said in ((2, "twice"), (0.5, "half")):
        if fits(lambda g, factor=factor: g / factor):
            return "factor", f"Yours is {said} what is wanted."
    for power in (*range(-15, 0), *range(1, 16)):
        if fits(lambda g, power=power: g / 10.0**power):
            size = "large" if power > 0 else "small"
            return "factor", f"Yours is {10 ** abs(power):,} times too {size}."
    return cause_of_entries(got, want, tolerance)


def cause_of_entries(got: list[float], want: list[float], tolerance: Tolerance) -> tuple[str, str]:
    """Return which numbers are wrong, or how far off an only one is."""
    largest = max(map(abs, want))
    wrong = [
        i
        for i, pair in enumerate(zip(got, want, strict=True))
        if not tolerance.allows(*pair, largest)
    ]
    if len(got) > 1:
        if tolerance.agrees(tuple(sorted(got)), tuple(sorted(want))):
            return "order", "These are the right numbers in another order."
        if all(tolerance.allows(-got[i], want[i], largest) for i in wrong):
            return "sign", f"The sign of {entries(wrong, len(got))} is wrong."
        return "wrong", f"Wrong: {entries(wrong, len(got))}; wanted is the answer {tolerance}."
    if Tolerance(0.1).agrees(got[0], want[0]):
        return "close", f"It is near, but wanted is the answer {tolerance}."
    return "wrong", f"It isn't right; wanted is the answer {tolerance}."


def entries(wrong: list[int], total: int) -> str:
    """Name some of the numbers by their place.

    >>> entries([0, 2], 4)
    'numbers 1, 3 of 4'
    """
    return f"number{'s' * (len(wrong) > 1)} {', '.join(str(i + 1) for i in wrong)} of {total}"


def shortened(got: float, want: float, literal: str) -> bool:
    """Tell whether got is want, rounded or cut off to the digits that were typed.

    >>> shortened(0.73, 0.7311, "0.73"), shortened(0.74, 0.7311, "0.74")
    (True, False)
    """
    typed = re.sub(r"[eE].*", "", literal)
    typed = (typed if "." in typed else typed.rstrip("0")).replace(".", "").lstrip("0")
    digits = len(typed) or 1
    mantissa, power = f"{abs(want):.16e}".split("e") if math.isfinite(want) else ("0", "0")
    cut = float(f"{mantissa[: digits + 1]}e{power}")
    rounded = float(f"{abs(want):.{digits - 1}e}")
    return any(math.isclose(got, math.copysign(way, want), rel_tol=1e-9) for way in (cut, rounded))
