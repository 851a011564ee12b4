"""Formulas where nothing typesets them: everything in the bank can be read as plain text."""

import re

import pytest

from nnlab.interview.formulas import plain, typed
from nnlab.interview.questions import questions


def test_nothing_of_tex_is_left_in_the_bank():
    """A terminal would show backslashes and braces in place of a formula."""
    for question in questions().values():
        texts = (question.question, question.short, question.full, *question.rubric)
        for text in (*texts, question.wrong, question.why_wrong):
            for formula in re.findall(r"\$([^$]+)\$", text):
                assert not re.search(r"[\\{}$\x00-\x1f]", typed(formula)), formula


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        (r"\partial L/\partial z_j = p_j - y_j", "∂L/∂zⱼ = pⱼ - yⱼ"),
        (r"z = \log\frac{p}{1-p}", "z = log(p/(1-p))"),
        (r"-y \log p - (1-y)\log(1-p)", "-y log p - (1-y) log(1-p)"),
        (r"\frac{e^{z_1}}{e^{z_0}+e^{z_1}}", "(e^(z₁))/(e^(z₀)+e^(z₁))"),
        (r"\frac12 w^\top H w", "1/2 wᵀ H w"),
        (r"\hat m/(\sqrt{\hat v} + \varepsilon)", "m̂/(√v̂ + ε)"),
        (r"\sqrt[3]{\varepsilon} \approx 6\cdot 10^{-6}", "∛ε ≈ 6· 10⁻⁶"),
        (r"h_{t-1}^\top \delta_t", "hₜ₋₁ᵀ δₜ"),
        (r"\mathbb E(y-h)^2 = \operatorname{Var} h + \sigma^2", "E(y-h)² = Var h + σ²"),
        (r"\|w'\|^2", "‖w'‖²"),
        (r"p_j \left(dp_j - \sum_i dp_i\, p_i\right)", "pⱼ (dpⱼ - Σᵢ dpᵢ pᵢ)"),
        (r"\lambda_{max}", "λ_max"),
        ("", ""),
    ],
)
def test_formulas_are_typed_as_a_person_would(tex, text):
    """A lost bracket would make another formula of it."""
    assert typed(tex) == text


def test_only_what_stands_between_dollars_is_a_formula():
    """`a_1` in code, or a backslash in a text, would be changed."""
    assert plain(r"`a_1` costs \n, $a_1$") == r"`a_1` costs \n, a₁"
