"""Numbers as people write them, worked out without eval: 1/3, 2×10⁻³, ln 10, [1, 2; 3, 4].

A text becomes tokens, and a function for each level of precedence reads them: a list holds sums,
a sum holds products, a product holds powers. Whatever the text, it ends in a value or Unreadable.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from nnlib.functions import sigmoid

Value = float | tuple  # a number, or a tuple of numbers or of tuples, all of one shape

CONSTANTS = {"e": math.e, "pi": math.pi, "π": math.pi, "inf": math.inf, "∞": math.inf}
CONSTANTS["infinity"] = math.inf

FUNCTIONS = {
    **{"ln": math.log, "log": math.log, "log2": math.log2, "log10": math.log10},
    **{"exp": math.exp, "sqrt": math.sqrt, "√": math.sqrt, "abs": abs},
    **{"tanh": math.tanh, "sigmoid": sigmoid, "σ": sigmoid},
}
TOKEN = re.compile(
    r"(?P<space>\s*)(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
    r"|(?P<name>log10|log2|[^\W\d_]+|[√∞%‰])|(?P<sign>\*\*|[-+*/^()\[\],;]))"
)
DEEP = 20  # brackets or functions inside each other


class Unreadable(ValueError):
    """The text is no number; says why, as the end of a sentence."""


@dataclass(frozen=True)
class Token:
    """A number, a name or a sign, and whether white space stands before it and after it."""

    kind: str
    text: str
    before: bool
    after: bool


def tokens(text: str) -> list[Token]:
    """Cut a text into tokens.

    >>> [token.text for token in tokens("2x10^-3")]
    ['2', 'x', '10', '^', '-', '3']
    """
    found, place = [], 0
    text = text.rstrip()
    while place < len(text):
        match = TOKEN.match(text, place)
        if not match:
            raise Unreadable(f"{text[place:].split()[0][:20]!r} is no part of a number")
        place = match.end()
        after = place < len(text) and text[place].isspace()
        kind = str(match.lastgroup)
        found.append(Token(kind, match[kind], bool(match["space"]), after))
    return found


class Reader:
    """Reads the tokens of one text from left to right."""

    def __init__(self, text: str, units: Mapping[str, float], spaced: bool) -> None:
        """Take what a word behind a number means, and whether white space separates numbers."""
        self.tokens, self.units, self.spaced = tokens(text), units, spaced
        self.place, self.depth = 0, 0
        self.literals: list[str] = []

    @property
    def next(self) -> Token:
        """Return the token that is to be read."""
        end = Token("end", "", False, False)
        return self.tokens[self.place] if self.place < len(self.tokens) else end

    def took(self, *wanted: str) -> str:
        """Step over the next token if it is one of these signs, and return it."""
        if self.next.text in wanted and self.next.kind != "number":
            self.place += 1
            return self.tokens[self.place - 1].text
        return ""

    def everything(self) -> Value:
        """Read the whole text."""
        value = self.rows("")
        if self.next.kind != "end":
            raise Unreadable(f"{self.next.text!r} comes unexpected")
        return value

    def rows(self, close: str) -> Value:
        """Read rows with semicolons between, up to the closing bracket."""
        first, several = self.row(close)
        if not self.took(";"):
            return tuple(first) if several or close == "]" else first[0]
        found = [tuple(first)]
        while self.next.text != close and self.next.kind != "end":
            found.append(tuple(self.row(close)[0]))
            if not self.took(";"):
                break
        if all(len(row) == 1 and isinstance(row[0], tuple) for row in found):
            found = [row[0] for row in found]
        return tuple(found)

    def row(self, close: str) -> tuple[list[Value], bool]:
        """Read values with commas, or white space, between; tell whether a comma was there."""
        found, several = [self.sum()], False
        while True:
            comma = bool(self.took(","))
            several = several or comma
            if self.next.text in (close, ";") or self.next.kind == "end":
                return found, several or len(found) > 1
            if not comma and not (self.spaced and self.next.before):
                return found, several or len(found) > 1
            found.append(self.sum())

    def sum(self) -> Value:
        """Read products with + or - between."""
        value = self.product()
        while self.next.text in ("+", "-") and not self.begins_another():
            sign = -1.0 if self.took("+", "-") == "-" else 1.0
            value = number(value) + sign * number(self.product())
        return value

    def begins_another(self) -> bool:
        """Tell whether white space before the next token ends the value, as in [1 -2]."""
        return self.spaced and self.next.before and not self.next.after

    def product(self) -> Value:
        """Read powers with signs between, and the units behind; 2π and 3 ln 2 need no sign."""
        literal = self.next.kind == "number"
        value = self.signed()
        while True:
            if self.unit_is_next():
                value = number(value) * self.unit()
            elif sign := self.took("*", "/", "x", "X"):
                literal = literal and self.next.kind == "number" and sign != "/"
                other = number(self.signed())
                value = number(value) / other if sign == "/" else number(value) * other
            elif literal and self.may_follow_a_number():
                literal = False
                value = number(value) * number(self.signed())
            else:
                return value

    def may_follow_a_number(self) -> bool:
        """Tell whether the next token multiplies the number before it."""
        known = self.next.text in CONSTANTS or self.next.text in FUNCTIONS or self.next.text == "("
        return known and not (self.spaced and self.next.before)

    def signed(self) -> Value:
        """Read a power, with any signs before it."""
        negative = False
        while sign := self.took("+", "-"):
            negative = negative != (sign == "-")
        value = self.power()
        return -number(value) if negative else value

    def power(self, unit: bool = True) -> Value:
        """Read base ^ exponent; a unit that touches a number is read with it, as in 1k/2k."""
        touching = unit and self.next.kind == "number" and not self.next.after
        value = self.atom()
        if touching and self.unit_is_next():
            value = number(value) * self.unit()
        if self.took("^", "**"):
            negative = self.took("-", "+") == "-"
            exponent = number(self.power(unit=False))
            value = power_of(number(value), -exponent if negative else exponent)
        return value

    def unit_is_next(self) -> bool:
        """Tell whether the next token is a unit or a word such as million."""
        return self.next.kind == "name" and bool(
            self.next.text in self.units or self.next.text.lower() in self.units
        )

    def unit(self) -> float:
        """Step over a unit, and return what it multiplies by."""
        name = self.next.text
        self.place += 1
        return self.units[name] if name in self.units else self.units[name.lower()]

    def atom(self) -> Value:
        """Read a number, a constant, a function's value, or what stands in brackets."""
        token = self.next
        self.place += 1
        if token.kind == "number":
            self.literals.append(token.text)
            if math.isinf(value := float(token.text)):
                raise Unreadable("it is too large")
            return value
        if token.text in ("(", "["):
            return self.bracketed(")" if token.text == "(" else "]")
        if token.kind == "name":
            name = token.text if token.text in FUNCTIONS else token.text.lower()
            if name in CONSTANTS:
                return CONSTANTS[name]
            if name in FUNCTIONS:
                return applied(name, number(self.argument()))
            raise Unreadable(f"{token.text!r} is no number or unit that is known here")
        raise Unreadable(
            f"a number is wanted before {token.text!r}" if token.text else "a number is missing"
        )

    def argument(self) -> Value:
        """Read what a function is applied to; its brackets bind tighter than a power: ln(2)^2."""
        self.deeper()
        if self.took("("):
            value = self.bracketed(")")
        else:
            negative = self.took("-") == "-"
            value = number(self.power(unit=False))
            value = -value if negative else value
        self.depth -= 1
        return value

    def deeper(self) -> None:
        """Count what is inside each other, since Python's own stack has an end."""
        self.depth += 1
        if self.depth > DEEP:
            raise Unreadable("it has too many brackets")

    def bracketed(self, close: str) -> Value:
        """Read up to the closing bracket; only in square ones does white space separate."""
        spaced, self.spaced = self.spaced, close == "]"
        self.deeper()
        value = self.rows(close)
        if not self.took(close):
            raise Unreadable(f"the closing {close!r} is missing")
        self.spaced = spaced
        self.depth -= 1
        return value


def number(value: Value) -> float:
    """Return the value if it is a number, for arithmetic; a list is Unreadable there."""
    if isinstance(value, tuple):
        raise Unreadable("it reckons with a list")
    return value


def power_of(base: float, exponent: float) -> float:
    """base ^ exponent, where it is a real number."""
    value = base**exponent
    if isinstance(value, complex):
        raise Unreadable("a root of a negative number is no real number")
    return value


def applied(name: str, argument: float) -> float:
    """Return a function's value; outside its domain it is Unreadable."""
    try:
        return float(FUNCTIONS[name](argument))
    except ValueError:
        raise Unreadable(f"{name} has no value there") from None


def shape_of(value: Value) -> tuple[int, ...]:
    """Return the lengths of a value's levels; Unreadable if its rows differ.

    >>> shape_of(3.0), shape_of((1.0, 2.0)), shape_of(((1.0, 2.0), (3.0, 4.0), (5.0, 6.0)))
    ((), (2,), (3, 2))
    """
    if not isinstance(value, tuple):
        return ()
    shapes = {shape_of(entry) for entry in value}
    if len(shapes) != 1:
        raise Unreadable("its rows are of different lengths")
    return (len(value), *shapes.pop())


def evaluated(
    text: str, units: Mapping[str, float], spaced: bool = False
) -> tuple[Value, list[str]]:
    """Return a text's value and the number literals in it; raise Unreadable.

    `spaced` lets white space separate numbers outside of square brackets too.

    >>> evaluated("2*10^-3", {})
    (0.002, ['2', '10', '3'])
    """
    reader = Reader(text, units, spaced)
    try:
        value = reader.everything()
    except ZeroDivisionError:
        raise Unreadable("it divides by zero") from None
    except OverflowError:
        raise Unreadable("it is too large") from None
    shape_of(value)
    if any(math.isnan(entry) for entry in flat(value)):
        raise Unreadable("it has no value")
    return value, reader.literals


def flat(value: Value) -> list[float]:
    """Return all numbers of a value, row after row."""
    if not isinstance(value, tuple):
        return [value]
    return [number for entry in value for number in flat(entry)]
