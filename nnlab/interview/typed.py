"""Answers as a person types them, and judged: judge("73.1 %", 0.7311).

Taken are 0.731, .731, 73.1 %, 1/3, 1e-3, 2×10⁻³, 1,234,567, 1 234 567, 1.2k, 175B, ln 10, √2, e^-1,
π/2, x = 0.73, ≈ 0.73, units where one is expected (1.5 GB), shapes (32 x 10), lists and matrices
((1, 2), [1, 2; 3, 4]), and what NumPy prints (np.float64(0.65)). What can be read in two ways, such
as 1,234 or 1,5, is read in both: an answer is right if one of them is, and how it was read is said.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from nnlab.interview.arithmetic import Unreadable, Value, evaluated
from nnlab.interview.judging import Judgement, Tolerance, as_value, judged

LONGEST = 400  # characters
FORMS = (
    "Type a number such as 0.731, 73.1 %, 1/3, 1e-3 or ln 2, or several such as (1, 2) or "
    "[1, 2; 3, 4]."
)
MAGNITUDES = {
    **dict.fromkeys(("k", "thousand"), 1e3),
    **dict.fromkeys(("M", "mn", "million", "millions"), 1e6),
    **dict.fromkeys(("G", "B", "b", "bn", "billion", "billions"), 1e9),
    **dict.fromkeys(("T", "tn", "trillion", "trillions"), 1e12),
}
SHARES = {"%": 0.01, "‰": 0.001}
BYTES = {"byte": 1.0, "bytes": 1.0, "b": 1.0, "bit": 1 / 8, "bits": 1 / 8}
BYTES |= {f"{letter}b": 1000.0**i for i, letter in enumerate("kmgtp", 1)}
BYTES |= {f"{letter}ib": 1024.0**i for i, letter in enumerate("kmgtp", 1)}
BYTES |= {f"{word}bytes": 1000.0**i for i, word in enumerate(("kilo", "mega", "giga", "tera"), 1)}
SLIPS = {f"1.024^{i}, as {x}iB and {x}B differ": 1.024**i for i, x in enumerate("KMGTP", 1)}
TIMES = {
    **{"ns": 1e-9, "us": 1e-6, "μs": 1e-6, "ms": 1e-3},
    **dict.fromkeys(("s", "sec", "second", "seconds"), 1.0),
    **dict.fromkeys(("min", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hour", "hours"), 3600.0),
    **dict.fromkeys(("d", "day", "days"), 86400.0),
}
FLOPS = {f"{letter}flop{s}": 1000.0**i for i, letter in enumerate("kmgtpe", 1) for s in ("", "s")}
COUNTED = "parameters weights biases steps updates epochs batches examples units flops nats bytes"

RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
SIGNS = str.maketrans("−–—\u2010\u2011×⋅·∙∗•÷\u2215\u2044{}'’", "-----x*****///()__")
LEAD = re.compile(
    r"\s*(?:[^\W\d]\w*\s*:|(?:about|approximately|approx\.?|roughly|around|nearly|circa|ca\.?)\s)",
    re.IGNORECASE,
)
WRAPPED = re.compile(
    r"(?:\w+\.)?(?:array|asarray|tensor|matrix)\((.*?)(?:,\s*\w+=[\w.']+)*\)", re.DOTALL
)
LIBRARY = re.compile(r"\b(?:np|numpy|math|torch)\.(?=[^\W\d])")
CAST = re.compile(r"\b(?:b?float|u?int)\d*(?=\()|\bSize(?=\()")  # np.float64(0.65), as NumPy prints
BOUND = re.compile(r"^[^\W\d]\w*\s*[<≤](?!=)\s*")  # lr < 0.1
NAMED = re.compile(r"(^|[,;(\[])\s*[^\W\d]\w*\s*[=:]")  # dw = 2.4, db = 0.9
MIXED = re.compile(r"(?<![\d.,/])(\d+) (\d+/\d+)(?![\d.,/])")
# Groups of three digits, set off by commas, spaces or points.
COMMAS = re.compile(r"(?<![\d.,])[1-9]\d{0,2}(?:,\d{3})+(?!,?\d)")
SPACES = re.compile(r"(?<![\d.,])(?<![\d.,] )[1-9]\d{0,2}(?: \d{3})+(?! ?\d)")
POINTS = re.compile(r"(?<![\d.,])[1-9]\d{0,2}(?:(?:\.\d{3})+(?=,\d)|(?:\.\d{3}){2,}(?![\d.,]))")


@dataclass(frozen=True)
class Reading:
    """One way to read a text."""

    value: Value
    literals: tuple[str, ...]  # the numbers that stand in it
    note: str = ""  # how it was read, where that may surprise


@dataclass(frozen=True)
class Answer:
    """A typed text and the ways to read it, the likeliest first; none if it can't be read."""

    text: str
    readings: tuple[Reading, ...]
    why: str = ""  # it can't be read
    unit: str = ""

    @property
    def value(self) -> Value | None:
        """Return what it most likely means, or None."""
        return self.readings[0].value if self.readings else None

    @property
    def said(self) -> str:
        """Return how it was read, where that may surprise, or why it can't be."""
        return self.readings[0].note if self.readings else self.why

    def agrees(self, want: Any, rtol: float = 0.01, digits: int = 0, atol: float = 0.0) -> bool:
        """Tell whether one way to read it is near enough to what is wanted."""
        tolerance, want = Tolerance(rtol, digits, atol), as_value(want)
        return any(tolerance.agrees(reading.value, want) for reading in self.readings)

    def compared(
        self, want: Any, rtol: float = 0.01, factors: Mapping[str, float] | None = None
    ) -> str:
        """Return what is likely wrong, as a sentence, or "" if nothing can be said."""
        judgement = self.judge(want, rtol, factors=factors)
        return "" if judgement.kind in ("right", "wrong") else judgement.said

    def judge(
        self,
        want: Any,
        rtol: float = 0.01,
        digits: int = 0,
        atol: float = 0.0,
        factors: Mapping[str, float] | None = None,
    ) -> Judgement:
        """Judge the answer; `factors` are those that may have been forgotten, by their names."""
        if not self.readings:
            return Judgement(False, "unreadable", self.why, None)
        tolerance, want = Tolerance(rtol, digits, atol), as_value(want)
        factors = dict(factors or {}) | (SLIPS if self.unit.lower() in BYTES else {})
        found = []
        for reading in self.readings:
            one = judged(reading.value, want, tolerance, reading.literals, factors, self.unit)
            found.append(replace(one, said=f"{one.said} {reading.note}".strip()))
        return min(found, key=lambda one: (not one.right, one.kind == "shape"))


def read(text: str, unit: str = "") -> Answer:
    """Read a text; what is wanted is in that unit, and so is a number without one.

    >>> read("73.1 %").value, read("1.5 GB", unit="MB").value, read("(1, 2)").value
    (0.731, 1500.0, (1.0, 2.0))
    >>> read("1,5").said
    '1,5 was read as 1.5: here a decimal has a point.'
    """
    shown = " ".join(text.split())
    shown = repr(shown if len(shown) <= 40 else shown[:37] + "...")
    if not shown.strip("'\""):
        return Answer(text, (), f"Nothing was typed. {FORMS}", unit)
    if len(text) > LONGEST:
        return Answer(text, (), f"{shown} is too long to be a number. {FORMS}", unit)
    readings: dict[Value, Reading] = {}
    why = ""
    for candidate, spaced, note in ways(plain(text)):
        try:
            value, literals = evaluated(candidate, units_for(unit), spaced)
        except Unreadable as error:
            why = why or f"{shown} can't be read: {error}. {FORMS}"
        else:
            note = " ".join(note.split()) or logarithm(candidate)
            readings.setdefault(value, Reading(value, tuple(literals), note))
    return Answer(text, tuple(readings.values()), "" if readings else why, unit)


def judge(
    text: str,
    want: Any,
    *,
    rtol: float = 0.01,
    digits: int = 0,
    atol: float = 0.0,
    unit: str = "",
    factors: Mapping[str, float] | None = None,
) -> Judgement:
    """Read and judge; rtol=0 wants it exactly, digits=3 to three significant digits.

    >>> judge("-0.731", 0.7311).said
    'The sign is wrong.'
    >>> judge("0.0914", 0.7311, factors={"the batch size": 8}).said
    'Yours is the right one divided by the batch size.'
    """
    return read(text, unit).judge(want, rtol, digits, atol, factors)


# --- reading ------------------------------------------------------------------------------------


def plain(text: str) -> str:
    """Return the text with ASCII signs, and without what may stand around the number.

    >>> plain("x ≈ −2×10⁻³.")
    '-2x10^(-3)'
    """
    text = re.sub(r"[⁰¹²³⁴-⁹⁺⁻]+", lambda found: f"^({found[0].translate(RAISED)})", text)
    text = re.sub(r"([\d.,]*)([¼-¾⅐-⅞])", mixed, text)
    text = unicodedata.normalize("NFKC", text).translate(SIGNS).strip(' \t\r\n$`"_')
    text = BOUND.sub("", CAST.sub("", LIBRARY.sub("", text)))
    if len(NAMED.findall(text)) > 1:
        text = NAMED.sub(r"\1", text)
    if wrapped := WRAPPED.fullmatch(text):
        text = wrapped[1]
    parts = [part for part in re.split(r"[=≈≃≅~]", text.rstrip(".,;! ")) if part.strip()]
    text = LEAD.sub("", parts[-1], count=1).strip() if parts else ""
    text = re.sub(r"\b(?:per ?cent|pct)\b", "%", text, flags=re.IGNORECASE)
    text = re.sub(r"(?<=\d)\s+[eE](?=[-+]?\d)", "e", text)  # 1 e-3
    text = re.sub(r"(?<=\d)_(?=\d)|(?<=\blog)_(?=2|10)", "", text)
    text = re.sub(r"(?<=[pP])/s(?:ec)?\b", "", text)  # 3 PFLOP/s
    return re.sub(r"(?<=\d)\s+by\s+(?=\d)", " x ", text)


def mixed(found: re.Match) -> str:
    """Return ½ as (0+1/2), 3½ as (3+1/2), and 2.5½ as nothing that can be read."""
    over, under = unicodedata.normalize("NFKC", found[2]).split("\u2044")
    whole = found[1] or "0"
    return f"({whole}+{over}/{under})" if whole.isdigit() else "?"


def ways(text: str) -> Iterator[tuple[str, bool, str]]:
    """Yield the ways to take commas, points, spaces and x, the likeliest first.

    Each is a text to evaluate, whether white space separates numbers in it, and what to say.
    """
    grouped = SPACES.sub(lambda found: found[0].replace(" ", ""), text)
    english = COMMAS.sub(lambda found: found[0].replace(",", ""), grouped)
    points = POINTS.sub(lambda found: found[0].replace(".", ""), grouped)
    decimal = re.sub(r"(?<=\d),(?=\d)", ".", points)
    if text.startswith(("[", "(")):
        yield (text, False, "")
    if english != text:
        one = english != grouped and text.count(",") == 1
        yield (english, False, f"{text} was read as {english}." if one else "")
    if decimal != grouped:
        yield (decimal, False, f"{text} was read as {decimal}: here a decimal has a point.")
    yield (text, False, "")
    yield (re.sub(r"(?<=\d)\s*x\s*(?=\d)", ",", text), False, "")
    yield (text.replace("\n", ";"), True, "")
    if MIXED.search(text):
        yield (MIXED.sub(r"(\1+\2)", text), False, "")


def units_for(unit: str) -> dict[str, float]:
    """Return what each word behind a number multiplies by, if the answer is wanted in a unit."""
    for family in (BYTES, TIMES, SHARES):
        if unit.lower() in family:
            size = family[unit.lower()]
            own = {name: value / size for name, value in family.items()}
            if family is not BYTES:
                return MAGNITUDES | own
            # 1.5 G is 1.5 GB, and B is a byte, no billion.
            known = {name: value / size for name, value in MAGNITUDES.items()} | own
            return known | {"B": own["b"]}
    if unit.startswith("FLOP"):
        return MAGNITUDES | FLOPS | {"flop": 1.0, "flops": 1.0}
    words = f"{unit} {COUNTED}".lower().split()
    words += [f"{word}s" for word in words] + [word.removesuffix("s") for word in words]
    words += ["param", "params"]
    points = {"%": 1.0, "pp": 1.0} if unit.startswith("percentage") else {}
    return dict.fromkeys(words, 1.0) | SHARES | MAGNITUDES | points


def logarithm(text: str) -> str:
    """Return a note if a logarithm doesn't say its base."""
    ambiguous = re.search(r"\blog(?!2|10)", text)
    return "log was read as ln, the natural logarithm." if ambiguous else ""
