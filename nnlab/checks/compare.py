"""Is what came what was wanted? If not: what kind of difference, where, in plain words.

`settle` turns what a learner's code returned into plain data, trusting only exact types: an object
can lie about its shape and its `==`, its type can't. After that nothing of theirs runs any more.
"""

from __future__ import annotations

import inspect
import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

NUMBERS = (int, float, complex, bool)
MOST_BYTES = 50_000_000
SHOWN = 48  # entries of an array that are shown whole


@dataclass(frozen=True)
class Odd:
    """What no answer is made of; `what` says what it is and what to do."""

    what: str


@dataclass(frozen=True)
class Problem:
    """A difference: its kind is "undone", "type", "shape" or "value".

    `text` says all; `part` says what is wrong without saying what would be right.
    """

    kind: str
    text: str
    part: str = ""


@dataclass(frozen=True)
class Between:
    """What an oracle wants of something measured, such as an accuracy: low <= number <= high."""

    low: float
    high: float = math.inf

    @property
    def said(self) -> str:
        """Say it in words."""
        if self.high == math.inf:
            return f"at least {self.low:g}"
        return (
            f"at most {self.high:g}" if self.low == -math.inf else f"{self.low:g} to {self.high:g}"
        )


def settle(value: Any, depth: int = 0) -> Any:
    """Return a copy in plain data (numbers, arrays, strings, containers, SymPy), or an Odd."""
    kind = type(value)
    if kind is int and abs(value) >= 2**63:
        return Odd("a whole number of more than 19 digits")
    if value is None or value is Ellipsis or kind in (*NUMBERS, str, Between, Fraction):
        return value
    if kind is np.ndarray:
        return settled_array(value)
    if issubclass(kind, np.generic) and kind.__module__ == "numpy":
        return value.item() if value.dtype.kind in "biufcU" else Odd(f"a NumPy {kind.__name__}")
    if kind in (tuple, list, dict) or issubclass(kind, tuple):
        base = next(base for base in (tuple, list, dict) if issubclass(kind, base))
        if depth > 5 or base.__len__(value) > 10_000:
            return Odd(f"a {base.__name__} that is far too long or deep")
        if base is dict:
            return {str(k): settle(v, depth + 1) for k, v in dict.items(value)}
        return base(settle(part, depth + 1) for part in base.__iter__(value))
    return value if "sympy" in module_of(kind) else Odd(described(value, kind))


def settled_array(value: np.ndarray) -> Any:
    """Return a copy of the array, if it holds numbers and is not enormous."""
    if value.nbytes > MOST_BYTES:
        return Odd(f"an array of shape {value.shape}, far larger than what is wanted")
    if value.dtype.kind not in "biufc":
        return Odd(f"an array of {value.dtype.name} entries, not of numbers")
    return value.copy()


def module_of(kind: type) -> str:
    """Return the top-level package of SymPy's own types, "" for types of the learner."""
    return "sympy" if kind.__module__.split(".")[0] == "sympy" else ""


def described(value: Any, kind: type) -> str:
    """Say what an object is, and what to do."""
    if inspect.iscoroutine(value):
        value.close()
        return "a coroutine (write def, not async def)"
    if inspect.isgenerator(value):
        return "a generator (write return, not yield)"
    if inspect.isroutine(value) or kind is type:
        return f"a {'class' if kind is type else 'function'} (is a pair of brackets missing?)"
    if issubclass(kind, np.ndarray):
        return f"{with_article(kind.__name__)} (hand in a plain array, np.asarray(...))"
    return with_article(kind.__name__)


def with_article(noun: str) -> str:
    """Put a or an before it."""
    return f"{'an' if noun[:1] in 'AEIOUaeiou' else 'a'} {noun}"


def arrays_for_lists(got: Any, want: Any) -> Any:
    """Let an answer by hand be a nested list or tuple where an array is wanted."""
    if isinstance(want, np.ndarray) and isinstance(got, (list, tuple)):
        try:
            return settle(np.array(got, dtype=float))
        except (TypeError, ValueError):  # ragged, or not numbers: said later
            return got
    if isinstance(want, dict) and isinstance(got, dict):
        return {key: arrays_for_lists(part, want.get(key)) for key, part in got.items()}
    if isinstance(want, tuple) and isinstance(got, (tuple, list)) and len(got) == len(want):
        return tuple(map(arrays_for_lists, got, want))
    return got


def named(value: Any) -> str:
    """Say in words what a settled value is."""
    if isinstance(value, Odd):
        return value.what
    if value is None:
        return "None (is a return missing, or an assignment?)"
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    if isinstance(value, (tuple, list)):
        return f"a {type(value).__name__} of {len(value)}"
    words = {int: "a number", float: "a number", complex: "a complex number", bool: "True or False"}
    words |= {str: "a string", dict: "a dictionary", Fraction: "a Fraction"}
    return words.get(type(value), "a SymPy expression")


def problems(
    got: Any, want: Any, name: str, rtol: float, atol: float, bounds: tuple = ()
) -> list[Problem]:
    """Compare two settled values; return every difference, none if they agree."""
    if got is Ellipsis:
        return [Problem("undone", f"{name} is still ...")]
    if want is None or isinstance(want, Odd):  # among a call's arguments: nothing to compare
        return [] if type(got) is type(want) else [Problem("type", f"{name} is {named(got)}")]
    if isinstance(want, str):
        if not isinstance(got, str):
            return [Problem("type", f"{name} is {named(got)}; a string is wanted, in quotes")]
        said = f"{name} is {shown(got)}"
        same = got.strip().lower() == want.strip().lower()
        return [] if same else [Problem("value", said, said)]
    if isinstance(want, (tuple, list)):
        return part_problems(got, want, name, rtol, atol, bounds)
    if isinstance(want, dict):
        return key_problems(got, want, name, rtol, atol, bounds)
    if isinstance(want, bool):
        if not isinstance(got, bool):
            return [Problem("type", f"{name} is {named(got)}; True or False is wanted")]
        said = f"{name} is {got}"
        return [] if got is want else [Problem("value", f"{said}, expected {want}", said)]
    if isinstance(want, Between):
        return measured_problems(got, want, name)
    if isinstance(want, (int, float, complex, np.ndarray)):
        return number_problems(got, want, name, rtol, atol)
    return expression_problems(got, want, name, bounds)


def plain(got: Any) -> Any:
    """Return a fraction, or a number of SymPy's, as a float; anything else as it is."""
    try:
        real = isinstance(got, Fraction) or (module_of(type(got)) and got.is_real and got.is_number)
        return float(got) if real else got
    except (AttributeError, OverflowError):  # a SymPy object that is no expression; 10**400
        return got


def measured_problems(got: Any, want: Between, name: str) -> list[Problem]:
    """See whether a number lies where it should; NaN lies nowhere."""
    got = plain(got)
    if isinstance(got, bool) or not isinstance(got, (int, float)):
        return [Problem("type", f"{name} is {named(got)}; a number is wanted")]
    said = f"{name} is {got:.3g}"
    inside = want.low <= got <= want.high
    return [] if inside else [Problem("value", f"{said}, wanted {want.said}", said)]


def part_problems(
    got: Any, want: Any, name: str, rtol: float, atol: float, bounds: tuple = ()
) -> list[Problem]:
    """Compare a tuple part by part; `name` may be a comma-separated list of the parts' names."""
    parts = name.split(", ") if name.count(",") + 1 == len(want) > 1 else []
    subject = "what came" if parts else name
    parts = parts or [f"{name}[{i}]" for i in range(len(want))]
    if not isinstance(got, (tuple, list)) or len(got) != len(want):
        listed = f"{len(want)} things are wanted: {', '.join(parts)}"
        wanted = f"a {type(want).__name__} of {len(want)} is wanted" if subject == name else listed
        comma = isinstance(want, tuple) and len(want) == 1 and isinstance(got, (int, float))
        how = f", with a comma: ({got},)" if comma else ""
        return [Problem("type", f"{subject} is {named(got)}; {wanted}{how}")]
    pairs = zip(got, want, parts, strict=True)
    return [p for g, w, part in pairs for p in problems(g, w, part, rtol, atol, bounds)]


def key_problems(
    got: Any, want: dict, name: str, rtol: float, atol: float, bounds: tuple = ()
) -> list[Problem]:
    """Compare a dictionary key by key."""
    if not isinstance(got, dict):
        return [Problem("type", f"{name} is {named(got)}; a dictionary is wanted")]
    missing, strange = sorted(want.keys() - got.keys()), sorted(got.keys() - want.keys())
    if missing or strange:
        said = [f"has no {', '.join(missing)}"] * bool(missing)
        said += [f"has {', '.join(strange)}, which nobody asked for"] * bool(strange)
        return [Problem("type", f"{name} {' and '.join(said)}")]
    return [p for key in want for p in problems(got[key], want[key], key, rtol, atol, bounds)]


def number_problems(got: Any, want: Any, name: str, rtol: float, atol: float) -> list[Problem]:
    """Compare numbers: type, then shape, then value."""
    wanted, got = np.asarray(want), plain(got)
    what = named(wanted) if wanted.ndim else "a number"
    if isinstance(got, bool) or not isinstance(got, (*NUMBERS, np.ndarray)):
        around = isinstance(got, (list, tuple)) and wanted.ndim
        how = ": put np.array(...) around it" if around else ""
        return [Problem("type", f"{name} is {named(got)}; {what} is wanted{how}")]
    array = np.asarray(got)
    truth = array.dtype.kind == "b"
    if truth != (wanted.dtype.kind == "b"):
        words = ("numbers", "True and False") if truth is False else ("True and False", "numbers")
        return [Problem("type", f"{name} holds {words[0]}; {what} of {words[1]} is wanted")]
    if array.dtype.kind == "c" and wanted.dtype.kind != "c":
        return [Problem("type", f"{name} holds complex numbers; {what} of real ones is wanted")]
    if array.shape != wanted.shape:
        return [
            Problem("shape", f"{name} is {named(got)}; {what} is wanted{why_shape(array, wanted)}")
        ]
    if array.dtype.itemsize < wanted.dtype.itemsize and array.dtype.kind == "f":
        return [
            Problem("type", f"{name} is {array.dtype}; {wanted.dtype} is wanted: digits are lost")
        ]
    with np.errstate(all="ignore"):
        close = np.isclose(array, wanted, rtol=rtol, atol=atol, equal_nan=True)
        if close.all():
            return []
        text, part = difference(array, wanted, ~close, name), f"{name} = {shown(got)}"
    if array.ndim:
        part = f"{name} ({np.count_nonzero(~close)} of its {close.size} entries)"
    return [Problem("value", text, part)]


def why_shape(got: np.ndarray, want: np.ndarray) -> str:
    """Name the reason for a wrong shape, where it can be seen."""
    if got.shape == want.shape[::-1]:
        return ". It is transposed"
    if got.size == want.size:
        return ". The number of entries is right, the axes are not"
    if want.ndim and got.ndim == want.ndim - 1:
        return ". One axis is missing: was it summed away?"
    if got.ndim > want.ndim:
        return ". It has an axis too many: is a sum missing?"
    return ""


def difference(got: np.ndarray, want: np.ndarray, wrong: np.ndarray, name: str) -> str:
    """Say where two arrays of one shape differ, with enough digits to see it."""
    where = tuple(int(i) for i in np.argwhere(wrong)[0]) if wrong.ndim else ()
    place = f"{name}[{', '.join(map(str, where))}]" if where else name
    one, other = together(got[where], want[where])
    lines = [f"{place}:", f"    got       {one}", f"    expected  {other}"]
    if wrong.size > 1:
        lines += [f"{np.count_nonzero(wrong)} of the {wrong.size} entries of {name} differ."]
        if wrong.size <= SHOWN:
            digits = enough_digits(np.concatenate([got[wrong], want[wrong]]))
            lines += [f"All of {name}:", indented("    got       ", text_of(got, digits))]
            lines += [indented("    expected  ", text_of(want, digits))]
    return "\n".join(lines + ratio(got, want))


def ratio(got: np.ndarray, want: np.ndarray) -> list[str]:
    """Say by which factor all entries are off, if there is one and it means something.

    One number is always some factor off: then only a whole one, or one over a whole one, is said.
    """
    if got.dtype.kind in "cb":
        return []
    both = np.isfinite(got) & np.isfinite(want) & (want != 0)
    if not both.any() or np.any(got[~both] != 0):
        return []
    factors = got[both] / want[both]
    if not np.allclose(factors, factors.flat[0], rtol=1e-6, atol=0):
        return []
    factor = float(factors.flat[0])
    if abs(factor - 1) < 1e-4:
        return ["It is nearly right: was something rounded, or a small term left out or added?"]
    if got.size == 1 and factor and min(far_from_whole(factor), far_from_whole(1 / factor)) > 1e-6:
        return []
    text = f"1/{1 / factor:.4g}" if 0 < abs(factor) < 0.9 else f"{factor:.6g}"
    each = "Each entry is" if got.size > 1 else "It is"
    return [f"{each} {text} times what is expected."] if factor else ["It is all zero."]


def far_from_whole(factor: float) -> float:
    """Return the distance to the next whole number."""
    return abs(factor - round(factor)) if abs(factor) < 1e6 else 1.0


def indented(label: str, text: str) -> str:
    """Put the label before the text, and the text's other lines below its first."""
    return label + text.replace("\n", "\n" + " " * len(label))


def together(*numbers: Any) -> list[str]:
    """Write the numbers with as few digits as tell them apart."""
    digits = enough_digits(np.array(numbers))
    return [number_text(number, digits) for number in numbers]


def enough_digits(values: np.ndarray) -> int:
    """Return the fewest significant digits at which different numbers stay different."""
    different = len({complex(v) for v in values.ravel() if v == v})
    for digits in (4, 6, 9, 12, 15):
        if len({number_text(v, digits) for v in values.ravel() if v == v}) == different:
            return digits
    return 17


def number_text(value: Any, digits: int) -> str:
    """Write one number; a whole one as such."""
    value = value.item() if isinstance(value, (np.generic, np.ndarray)) else value
    if isinstance(value, complex):
        return f"{value:.{digits}g}"
    if isinstance(value, (bool, int)) or not math.isfinite(value):
        return str(value)
    return f"{value:.{digits}g}" if value != int(value) or abs(value) > 1e6 else f"{int(value)}.0"


def text_of(array: np.ndarray, digits: int) -> str:
    """Write an array as Python does, with so many significant digits."""
    return np.array2string(
        array,
        separator=", ",
        threshold=SHOWN + 1,
        max_line_width=88,
        formatter={"all": lambda value: number_text(value, digits)},
    )


def before_and_after(was: Any, now: Any) -> str:
    """Write two numbers or arrays under each other, with enough digits to tell them apart."""
    arrays = isinstance(was, np.ndarray) and isinstance(now, np.ndarray)
    if arrays and was.shape == now.shape and (was != now).any():
        if was.size <= SHOWN:
            digits = enough_digits(np.concatenate([was.ravel(), now.ravel()]))
            one, other = text_of(was, digits), text_of(now, digits)
        else:
            where = tuple(np.argwhere(was != now)[0])
            one, other = together(was[where], now[where])
            one, other = (f"{v} at [{', '.join(map(str, where))}]" for v in (one, other))
    else:
        one, other = shown(was), shown(now)
    return indented("    before  ", one) + "\n" + indented("    after   ", other)


def shown(value: Any) -> str:
    """Write a settled value so that it can be pasted into a cell; large arrays by their shape."""
    if isinstance(value, np.ndarray):
        if value.size > SHOWN:
            return f"<array of shape {value.shape}>"
        return indented("np.array(", text_of(value, enough_digits(value))) + ")"
    if isinstance(value, (int, float, complex)):
        return number_text(value, 4 if number_text(value, 4) == str(value) else 15)
    if isinstance(value, (tuple, list)):
        inside = ", ".join(shown(part) for part in value)
        return f"({inside})" if isinstance(value, tuple) else f"[{inside}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k!r}: {shown(v)}" for k, v in value.items()) + "}"
    return value.what if isinstance(value, Odd) else repr(value)[:200]


def expression_problems(got: Any, want: Any, name: str, bounds: tuple) -> list[Problem]:
    """Compare with a SymPy expression."""
    from nnlab.checks.expressions import disagreement  # SymPy takes half a second to import

    if isinstance(got, str):
        said = "is a string: write it with SymPy's symbols, without the quotation marks"
    elif isinstance(got, (float, complex)):
        said = "is a decimal number: write an expression; a fraction is sp.Rational(1, 2)"
    elif type(got) not in (int, Fraction) and module_of(type(got)) != "sympy":
        said = f"is {named(got)}; a SymPy expression is wanted"
    else:
        found = disagreement(got, want, bounds)
        return [Problem(found[0], f"{name} {found[1]}", f"{name} {found[1]}")] if found else []
    return [Problem("type", f"{name} {said}")]
