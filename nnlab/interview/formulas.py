r"""Formulas for where nothing typesets them: $\partial L/\partial z$ becomes ∂L/∂z."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from nnlab.interview.page import MARKUP

TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\s+|.", re.DOTALL)
TABLE = r"""
alpha α beta β gamma γ delta δ varepsilon ε eta η theta θ kappa κ lambda λ mu μ pi π rho ρ sigma σ
tau τ omega ω phi φ varphi φ Delta Δ Lambda Λ Sigma Σ partial ∂ nabla ∇ infty ∞ sum Σ prod Π int ∫
cdot · odot ⊙ times × pm ± circ ∘ le ≤ ge ≥ approx ≈ propto ∝ mid | mapsto ↦ to → leftarrow ←
dots … ldots … lceil ⌈ rceil ⌉ lfloor ⌊ rfloor ⌋ top ᵀ quad · | ‖ { { } }
"""
SIGNS = dict(zip(TABLE.split()[::2], TABLE.split()[1::2], strict=True))
NAMES = ("log", "ln", "lim", "max", "min", "exp", "sin", "cos", "tanh")
ACCENTS = {"hat": "\u0302", "bar": "\u0304", "overline": "\u0304"}
SILENT = {"left", "right", "bigl", "bigr", "Bigl", "Bigr", "mathrm", "mathbb", "text", "!"}
SILENT |= {"operatorname", "displaystyle", "mathbf"}
RAISED = dict(zip("0123456789+-nitklT*ᵀ", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿⁱᵗᵏˡᵀ*ᵀ", strict=True))
LOWERED = dict(zip("0123456789+-ijklmnpt", "₀₁₂₃₄₅₆₇₈₉₊₋ᵢⱼₖₗₘₙₚₜ", strict=True))


OPEN, SHUT = "\x01", "\x02"  # around log, max …


def plain(text: str) -> str:
    r"""Return a text with its formulas, between dollars, as one would type them.

    >>> plain(r"$dz_1 = \frac{p - y}{m}$, and $e^{-z}$")
    'dz₁ = (p - y)/m, and e^(-z)'
    """
    return re.sub(r"\$([^$]+)\$", lambda found: typed(found[1]), text)


def spoken(text: str) -> str:
    r"""Return a text of the bank as a terminal shows it: formulas typed, emphasis without stars.

    >>> spoken(r"*so* `dW`, $\eta$")
    'so `dW`, η'
    """
    return plain(MARKUP.sub(lambda found: found[3] or found[0], text))


def typed(tex: str) -> str:
    r"""Return a formula as text, with the signs that a keyboard lacks.

    >>> typed(r"\hat g = \frac1B \sum_j g_{i_j}"), typed(r"\sqrt{\lambda_{max}}")
    ('ĝ = 1/B Σⱼ g_(iⱼ)', '√(λ_max)')
    """
    text = " ".join(group(iter(TOKEN.findall(tex))).split())
    text = re.sub(f"(?<=[\\w)]) ?{OPEN}|{SHUT} ?(?=\\w)", " ", text)
    text = text.replace(OPEN, "").replace(SHUT, "")  # so y log p, but log(p)
    text = re.sub(r"([∂∇⌈⌊(]) +| +([⌉⌋)^|])", r"\1\2", " ".join(text.split()))
    return unicodedata.normalize("NFC", text)


def group(tokens: Iterator[str]) -> str:
    """Return what comes up to the closing brace, or the end."""
    parts = []
    for token in tokens:
        if token == "}":
            break
        made = part(token, tokens)
        nested = token.endswith("frac") and parts and parts[-1].endswith(SHUT)
        parts.append(f"({made.strip()})" if nested else made)  # the log of a fraction
    return "".join(parts)


def part(token: str, tokens: Iterator[str]) -> str:
    """Return one part of a formula; it may take those that follow."""
    if token == "{":
        return group(tokens)
    if token in ("^", "_"):
        return script(token, following(tokens))
    if not token.startswith("\\"):
        return token
    name = token[1:]
    if name.endswith("frac"):
        return f"{grouped(following(tokens))}/{grouped(following(tokens))} "
    if name == "sqrt":
        first = following(tokens)
        if first != "[":
            return f"√{grouped(first)}"
        degree = following(tokens)
        following(tokens)  # the closing bracket
        return f"{script('^', degree)}√{grouped(following(tokens))}".replace("³√", "∛")
    if name in ACCENTS:
        return "".join(letter + ACCENTS[name] for letter in following(tokens))
    if name in NAMES:
        return f"{OPEN}{name}{SHUT}"  # with a space where a letter touches it
    return "" if name in SILENT else SIGNS.get(name, name if name.isalpha() else " ")


def following(tokens: Iterator[str]) -> str:
    """Return the next part that isn't white space."""
    token = next((token for token in tokens if token.strip()), "")
    return part(token, tokens)


def grouped(text: str) -> str:
    """Return a part of a fraction, in parentheses if it has parts itself."""
    text = text.strip()
    return f"({text})" if re.search(r"[-+−=/_(·×]|(?<!∂)(?<!d) ", text) else text


def script(mark: str, text: str) -> str:
    """Return a sub- or superscript: with small signs if there are any, else after _ or ^."""
    small = RAISED if mark == "^" else LOWERED
    text = text.strip()
    if all(letter in small for letter in text) and (
        len(text) == 1
        or (mark == "_" and not text.isalpha())
        or text.lstrip("+-").isdigit()
        or text in ("ij", "ik", "kj", "nk")
    ):
        return "".join(small[letter] for letter in text)
    if len(text) == 1 or (text.isalnum() and text.isascii()) or text.startswith("("):
        return f"{mark}{text}"
    return f"{mark}({text})"
