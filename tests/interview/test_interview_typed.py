"""What a person types is read as they mean it, judged with its cause, and never crashes."""

import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnlab.interview.typed import FORMS, LONGEST, judge, read

NUMBERS = {
    "0.731": 0.731,
    ".731": 0.731,
    "0.731.": 0.731,
    " 0.731 ": 0.731,
    "+0.731": 0.731,
    "0.7310": 0.731,
    "5.": 5,
    "73.1 %": 0.731,
    "73.1%": 0.731,
    "73.1 percent": 0.731,
    "73.1 per cent": 0.731,
    "73.1 pct": 0.731,
    "5 ‰": 0.005,
    "73.1\u202f%": 0.731,
    "1/3": 1 / 3,
    "-1/3": -1 / 3,
    "1 / 3": 1 / 3,
    "1÷3": 1 / 3,
    "1\u20443": 1 / 3,
    "½": 0.5,
    "-¼": -0.25,
    "3½": 3.5,
    "1/3 %": 1 / 300,
    "1e-3": 1e-3,
    "1E-3": 1e-3,
    "1.5E+3": 1500,
    "1e3": 1000,
    "1 e-3": 1e-3,
    "10^-3": 1e-3,
    "10**-3": 1e-3,
    "10⁻³": 1e-3,
    "10^{-3}": 1e-3,
    "10^(-3)": 1e-3,
    "2*10^-3": 2e-3,
    "2×10⁻³": 2e-3,
    "2 · 10⁻³": 2e-3,
    "2 x 10^-3": 2e-3,
    "−2×10⁻³": -2e-3,
    "2⁴": 16,
    "−0.5": -0.5,
    "–0.5": -0.5,
    "- 0.5": -0.5,
    "--0.5": 0.5,
    "1,234,567": 1234567,
    "1,234,567.8": 1234567.8,
    "1 234 567": 1234567,
    "1\u00a0234\u00a0567": 1234567,
    "1\u2009234\u2009567": 1234567,
    "1_234_567": 1234567,
    "1_000": 1000,
    "1'234'567": 1234567,
    "1’234’567": 1234567,
    "1.234.567": 1234567,
    "1.234,5": 1234.5,
    "1 234,5": 1234.5,
    "1,234.5": 1234.5,
    "1,234": 1234,
    "0,731": 0.731,
    "1,5": 1.5,
    "-0,5": -0.5,
    "73,1 %": 0.731,
    "1,5e-3": 1.5e-3,
    "1.2k": 1200,
    "1.2 k": 1200,
    "1,2k": 1200,
    "12K": 12000,
    "3M": 3e6,
    "3 million": 3e6,
    "3 mn": 3e6,
    "175B": 175e9,
    "175 B": 175e9,
    "175b": 175e9,
    "175 billion": 175e9,
    "175 bn": 175e9,
    "175 G": 175e9,
    "1.8T": 1.8e12,
    "2 thousand": 2000,
    "10^3 k": 1e6,
    "1k/2k": 0.5,
    "≈ 0.73": 0.73,
    "~0.73": 0.73,
    "~ 0.73": 0.73,
    "= 0.73": 0.73,
    "about 0.73": 0.73,
    "approx. 0.73": 0.73,
    "ca. 0.73": 0.73,
    "x = 0.73": 0.73,
    "x=0.73": 0.73,
    "x ≈ 0.73": 0.73,
    "dW1 = -0.3": -0.3,
    "∂L/∂w = 0.3": 0.3,
    "L(w) = 0.3": 0.3,
    "p: 0.73": 0.73,
    "1/(1 + e^-1) = 0.731": 0.731,
    "0.731 =": 0.731,
    "331 parameters": 331,
    "331 params": 331,
    "10 epochs": 10,
    "ln 10": math.log(10),
    "ln(10)": math.log(10),
    "log(10)": math.log(10),
    "Log 10": math.log(10),
    "log10(1000)": 3,
    "log_10(1000)": 3,
    "log2 8": 3,
    "-ln 0.5": math.log(2),
    "ln 2/3": math.log(2) / 3,
    "ln(2)^2": math.log(2) ** 2,
    "3 ln 2": 3 * math.log(2),
    "sqrt(2)": math.sqrt(2),
    "√2": math.sqrt(2),
    "√(2)/2": math.sqrt(2) / 2,
    "e^-1": math.exp(-1),
    "e⁻¹": math.exp(-1),
    "exp(-1)": math.exp(-1),
    "e": math.e,
    "1/(1+e^-1)": 1 / (1 + math.exp(-1)),
    "sigmoid(1)": 1 / (1 + math.exp(-1)),
    "sigmoid(-40)": 4.248354255291589e-18,  # ½(1 + tanh(z/2)) would give 0
    "σ(1)": 1 / (1 + math.exp(-1)),
    "tanh 1": math.tanh(1),
    "π/2": math.pi / 2,
    "2π": 2 * math.pi,
    "pi": math.pi,
    "2(3+4)": 14,
    "2^3^2": 512,
    "-2^2": -4,
    "2 - 3 - 4": -5,
    "3 - -2": 5,
    "20*10 + 10": 210,
    "20x10 + 10": 210,
    "(0.5)": 0.5,
    "[0.5]": 0.5,
    "$0.5$": 0.5,
    "`0.5`": 0.5,
    '"0.5"': 0.5,
    "np.float64(0.65)": 0.65,
    "np.float64(-6.5e-05)": -6.5e-05,
    "np.int64(7)": 7,
    "torch.float32(0.5)": 0.5,
    "np.log(50)": math.log(50),
    "1/(1 + math.exp(-1))": 1 / (1 + math.exp(-1)),
    "lr < 2/46": 2 / 46,
    "λ ≤ 0.5": 0.5,
    "0.65 nats": 0.65,
    "16 bytes": 16,
    "0.333...": 0.333,
    "0.333…": 0.333,
    "٣": 3,
    "\uff11\uff12": 12,
    "inf": math.inf,
    "-∞": -math.inf,
}

LISTS = {
    "(1, 2)": (1, 2),
    "(1,2)": (1, 2),
    "1, 2": (1, 2),
    "1 2": (1, 2),
    "1; 2": (1, 2),
    "1 and 2": None,
    "[1, 2]": (1, 2),
    "[1 2]": (1, 2),
    "[1 -2]": (1, -2),
    "[1 - 2, 3]": (-1, 3),
    "{1, 2}": (1, 2),
    "(1, 2,)": (1, 2),
    "(32,)": (32,),
    "(1,5; 2,5)": (1.5, 2.5),
    "(1,234, 5,678)": (1234, 5678),
    "1,5": (1, 5),
    "1,234": (1, 234),
    "-0.5, 1/2": (-0.5, 0.5),
    "(25 %, 75 %)": (0.25, 0.75),
    "[25% 75%]": (0.25, 0.75),
    "(e^-1, ln 2)": (math.exp(-1), math.log(2)),
    "p = (0.25, 0.75)": (0.25, 0.75),
    "( 25 , 75 )": (25, 75),
    "dw = 2.4, db = 0.9": (2.4, 0.9),
    "(dw: 2.4; db: 0.9)": (2.4, 0.9),
    "(np.float64(0.65), np.float64(-1.5))": (0.65, -1.5),
    "[np.float64(0.65), np.float64(-1.5)]": (0.65, -1.5),
    "torch.Size([32, 10])": (32, 10),
    "1 1/2": (1, 0.5),
    "[1. 2.]": (1, 2),
    "[ 1.5 -2.  ]": (1.5, -2),
    "array([1., 2.])": (1, 2),
    "np.array([1, 2], dtype=float32)": (1, 2),
    "tensor([0.5, 0.5])": (0.5, 0.5),
    "(32, 10)": (32, 10),
    "32 x 10": (32, 10),
    "32x10": (32, 10),
    "32×10": (32, 10),
    "32 by 10": (32, 10),
    "32 × 28 × 28": (32, 28, 28),
    "[1, 2; 3, 4]": ((1, 2), (3, 4)),
    "[1 2; 3 4]": ((1, 2), (3, 4)),
    "[[1, 2], [3, 4]]": ((1, 2), (3, 4)),
    "[[1 2] [3 4]]": ((1, 2), (3, 4)),
    "((1, 2), (3, 4))": ((1, 2), (3, 4)),
    "[1, 2], [3, 4]": ((1, 2), (3, 4)),
    "[[1. 2.]\n [3. 4.]]": ((1, 2), (3, 4)),
    "array([[1., 2.],\n       [3., 4.]])": ((1, 2), (3, 4)),
    "1 2\n3 4": ((1, 2), (3, 4)),
    "1, 2\n3, 4": ((1, 2), (3, 4)),
    "[1; 2]": ((1,), (2,)),
    "[1/2, -1/3; 1e-3, √4]": ((0.5, -1 / 3), (1e-3, 2)),
}

UNREADABLE = [
    *("", "   ", ".", "-", "%", "abc", "no idea", "?", "0.5 or 0.6", "0.5?", "1.2.3", "1..2"),
    *("1/0", "ln 0", "ln(-1)", "sqrt(-1)", "(-8)^(1/3)", "0^-1", "nan", "inf - inf", "1e999"),
    *(
        "9^9^9^9",
        "(1",
        "1)",
        "[1, 2",
        "(1, 2]",
        "()",
        "[]",
        "[1, 2; 3]",
        "2*(1, 2)",
        "1/2π",
        "ln 2π",
    ),
    *("1.5 GB", "5 apples", "x", "3x", "±0.5", "< 0.5", "0.5 ± 0.1", "1:30", "__import__('os')"),
    *(
        "().__class__",
        "lambda x: 1",
        "0.5; import os",
        "\x00",
        "\ud800",
        "💥",
        "√" * 300,
        "(" * 300,
    ),
    *("1" * 500, "2^" * 150 + "2", "-" * 300, "1" + "0" * 350, "[" * 30 + "1" + "]" * 30),
    *("3+", "*3", "3**", "1,,2", "0.5 %%x", "5 % of 3", "1 000 00 x", "exp(1000)"),
]

UNITS = [  # typed, the unit that is asked for, what it is in that unit
    ("1.5", "GB", 1.5),
    ("1.5 GB", "GB", 1.5),
    ("1.5GB", "GB", 1.5),
    ("1500 MB", "GB", 1.5),
    ("1.5 gigabytes", "GB", 1.5),
    ("3.2e15 FLOP/s", "FLOP/s", 3.2e15),
    ("3.2 PFLOP/s", "FLOP/s", 3.2e15),
    ("3200 TFLOPs", "FLOP", 3.2e15),
    ("3.3", "percentage points", 3.3),
    ("3.3 percentage points", "percentage points", 3.3),
    ("3.3 %", "percentage points", 3.3),
    ("3.3 pp", "percentage points", 3.3),
    ("1.5 GiB", "GB", 1.5 * 1.024**3),
    ("1.5 GiB", "GiB", 1.5),
    ("1.5 gb", "GB", 1.5),
    ("1.5G", "GB", 1.5),
    ("1,500,000,000 bytes", "GB", 1.5),
    ("1.5e9 B", "GB", 1.5),
    ("7 * 4 GB", "GB", 28),
    ("7e9 * 2 B", "GB", 14),
    ("8 bits", "bytes", 1),
    ("2 KB", "bytes", 2000),
    ("250 ms", "s", 0.25),
    ("250 µs", "ms", 0.25),
    ("2 h", "min", 120),
    ("1.5 days", "h", 36),
    ("73.1", "%", 73.1),
    ("73.1 %", "%", 73.1),
    ("10 steps", "steps", 10),
    ("1 step", "steps", 1),
    ("2k steps", "steps", 2000),
    ("30 images", "images", 30),
    ("30", "images per second", 30),
    ("30 images per second", "images per second", 30),
]


@pytest.mark.parametrize(("text", "value"), NUMBERS.items())
def test_a_number_is_read_as_it_is_meant(text, value):
    """A right answer would be judged wrong for how it is written."""
    assert read(text).agrees(value, rtol=1e-9), read(text)


@pytest.mark.parametrize(("text", "value"), LISTS.items())
def test_a_list_or_a_matrix_is_read_as_it_is_meant(text, value):
    """A right vector, shape or matrix would be judged wrong for how it is written."""
    if value is None:
        assert read(text).value is None
    else:
        assert read(text).agrees(value, rtol=1e-9), read(text)


@pytest.mark.parametrize(("text", "unit", "value"), UNITS)
def test_a_unit_is_understood_where_one_is_expected(text, unit, value):
    """1500 MB would be wrong where 1.5 GB is right."""
    assert read(text, unit).agrees(value, rtol=1e-9), read(text, unit)


@pytest.mark.parametrize("text", UNREADABLE)
def test_what_is_no_number_is_said_to_be_none(text):
    """A slip of the keyboard would count as a wrong answer, or stop the interview."""
    answer = read(text)

    assert answer.value is None
    assert answer.said.endswith(FORMS)
    assert "\n" not in answer.said
    assert len(answer.said) < 300
    assert judge(text, 0.5).kind == "unreadable"
    assert not answer.agrees(0.5)


def test_the_table_is_long_enough():
    """The forms that people type are many."""
    assert len({*NUMBERS, *LISTS, *UNREADABLE}) + len(UNITS) >= 200


@pytest.mark.parametrize(("text", "want"), [("3 1/2", 3.5), ("-1 3/4", -1.75)])
def test_a_mixed_fraction_is_taken_where_one_number_is_wanted(text, want):
    """A person who writes 3 1/2 means no two numbers."""
    assert judge(text, want).right


@pytest.mark.parametrize("text", ["1.2.3 4", "3½½", "2.5½", "x 0.5", "12 not sure", "1 or 2 or 3"])
def test_half_a_reading_is_none(text):
    """The first number in a sentence would be taken for the answer."""
    assert read(text).value is None, read(text)


@settings(deadline=None, max_examples=400)
@given(st.text(max_size=60) | st.text("0123456789.,+-*/^()[]; eExXk%π√lnogB×⁻²½\n_'", max_size=40))
def test_no_text_crashes(text):
    """An interview would end in a traceback."""
    for unit in ("", "GB", "%"):
        answer = read(text, unit)

        assert answer.said or answer.value is not None
        assert isinstance(answer.agrees(0.5), bool)
        for want in (0.5, 0, (1, 2), ((1, 2), (3, 4)), math.inf):
            assert answer.judge(want).said


@pytest.mark.parametrize(
    "text", ["(" * 200 + "1" + ")" * 200, "9" * 400, "2^" * 199 + "2", "1 " * 200, "1," * 200]
)
def test_no_text_takes_long(text):
    """Someone's cat on the keyboard would hang the interview."""
    started = time.perf_counter()

    read(text)

    assert time.perf_counter() - started < 1


def test_no_more_is_read_than_a_person_types():
    """A pasted file would be worked through."""
    assert "too long" in read("1" * (LONGEST + 1)).said


@settings(deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_that_python_writes_is_read_back(x):
    """A number copied from a cell would be another one here."""
    assert read(repr(x)).value == x
    assert read(f"{x:.6e}").agrees(float(f"{x:.6e}"), rtol=0)


@settings(deadline=None)
@given(st.integers(0, 10**15))
def test_every_grouped_count_is_read_back(n):
    """A count copied from a table would be another one here."""
    for text in (f"{n:,}", f"{n:_}", f"{n:,}".replace(",", " "), f"{n:,}".replace(",", "\u202f")):
        assert read(text).value == n


@settings(deadline=None)
@given(st.lists(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=2), min_size=2, max_size=3))
def test_every_matrix_that_numpy_prints_is_read_back(rows):
    """A matrix copied from a cell would be another one here."""
    array = np.array(rows)

    for text in (str(array), repr(array), str(rows)):
        assert read(text).agrees(array, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1,5", "1,5 was read as 1.5: here a decimal has a point."),
        ("0,731", "0,731 was read as 0.731: here a decimal has a point."),
        ("1.234,5", "1.234,5 was read as 1234.5: here a decimal has a point."),
        ("1,234", "1,234 was read as 1234."),
        ("log(10)", "log was read as ln, the natural logarithm."),
        ("0.731", ""),
        ("1,234,567", ""),
        ("1 234", ""),
        ("log2(8)", ""),
        ("1,234\n-2", "1,234 -2 was read as 1234 -2."),
    ],
)
def test_a_surprising_reading_is_said(text, said):
    """Someone would be told that they are wrong without learning what was understood."""
    assert read(text).said == said
    assert read(text).judge(read(text).value).said.endswith(said)


@pytest.mark.parametrize(
    ("text", "want", "options", "kind", "said"),
    [
        ("0.731", 0.7311, {}, "right", "Right, to within 1 %."),
        ("0.7385", 0.7311, {}, "close", "It is near, but wanted is the answer to within 1 %."),
        ("0.7383", 0.7311, {}, "right", "Right"),
        ("331", 331, {"rtol": 0}, "right", "Right."),
        ("330", 331, {"rtol": 0}, "rounded", "exactly"),
        ("332", 331, {"rtol": 0}, "close", "exactly"),
        ("0.731", 0.73106, {"digits": 3}, "right", "to 3 significant digits"),
        ("0.732", 0.73106, {"digits": 3}, "right", "give or take one in the last"),
        ("0.73", 0.73506, {"digits": 3}, "rounded", "right as far as it goes"),
        ("0.7", 0.7311, {}, "rounded", "right as far as it goes"),
        ("0.74", 0.7311, {}, "close", "near"),
        ("0.70", 0.7311, {}, "close", "near"),
        ("-0.731", 0.7311, {}, "sign", "The sign is wrong."),
        ("73.1", 0.7311, {}, "percent", "100 times too large"),
        ("0.00731", 0.7311, {}, "percent", "100 times too small"),
        ("0.731", 73.11, {"unit": "%"}, "percent", "a share, where per cent is wanted"),
        ("4", 1, {"factors": {"the batch size": 4}}, "factor", "one times the batch size."),
        ("0.25", 1, {"factors": {"the batch size": 4}}, "factor", "divided by the batch size."),
        ("0.2", 5, {}, "reciprocal", "one divided by what is wanted"),
        ("1.4622", 0.7311, {}, "factor", "twice"),
        ("0.36555", 0.7311, {}, "factor", "half"),
        ("175 M", 175e9, {}, "factor", "1,000 times too small"),
        ("1.4 GiB", 1.4, {"unit": "GB"}, "factor", "1.024^3, as GiB and GB differ"),
        ("0.123", 0.7311, {}, "wrong", "It isn't right"),
        ("0", 0.7311, {}, "wrong", "It isn't right"),
        ("0.1", 0, {}, "wrong", "It isn't right"),
        ("0", 0, {}, "right", "Right"),
        ("0.0001", 0, {"rtol": 0, "atol": 1e-3}, "right", "to within 0.001"),
        ("inf", math.inf, {}, "right", "Right"),
        ("1e300", math.inf, {}, "wrong", "It isn't right"),
        ("0.25, 0.75", (0.25, 0.75), {}, "right", "Right"),
        ("0.75, 0.25", (0.25, 0.75), {}, "order", "another order"),
        ("-0.25, -0.75", (0.25, 0.75), {}, "sign", "All signs are wrong."),
        ("-0.25, 0.75", (0.25, 0.75), {}, "sign", "The sign of number 1 of 2 is wrong."),
        ("0.5, 0.75, 1", (0.25, 0.75, 1), {}, "wrong", "Wrong: number 1 of 3;"),
        ("25, 75", (0.25, 0.75), {}, "percent", "100 times too large"),
        ("1, 2, 3", (1, 2), {}, "shape", "Yours is 3 numbers, wanted is 2 numbers."),
        ("1", (1, 2), {}, "shape", "Yours is one number, wanted is 2 numbers."),
        ("(1, 2)", 1, {}, "shape", "Yours is 2 numbers, wanted is one number."),
        ("[1, 3; 2, 4]", ((1, 2), (3, 4)), {}, "transposed", "transpose"),
        ("[1, 4; 2, 5; 3, 6]", ((1, 2, 3), (4, 5, 6)), {}, "transposed", "transpose"),
        ("[1, 2; 3, 4]", (1, 2, 3, 4), {}, "shape", "of shape (2, 2), wanted is 4 numbers"),
        ("10 x 32", (32, 10), {"rtol": 0}, "order", "another order"),
        ("(32, 1)", (32,), {}, "shape", "Yours is 2 numbers"),
        ("5e-17, 1", (0, 1), {}, "right", "Right"),
        ("1,5", 1.6, {}, "close", "1,5 was read as 1.5"),
        ("1,5", (1, 5), {}, "right", "Right"),
        ("hm", 1, {}, "unreadable", "'hm' can't be read"),
    ],
)
def test_the_judgement_names_the_likely_cause(text, want, options, kind, said):
    """A candidate would learn that an answer is wrong, and not which slip it was."""
    judgement = judge(text, want, **options)

    assert (judgement.kind, judgement.right) == (kind, kind == "right")
    assert said in judgement.said


def test_an_array_may_be_what_is_wanted():
    """A generator would have to turn its arrays into tuples."""
    assert judge("[1, 2; 3, 4]", np.array([[1, 2], [3, 4]])).right
    assert judge("3", np.float64(3)).right
    assert judge("[1; 2]", np.array([1.0, 2.0])).right


@pytest.mark.parametrize("n", [175_000_000_000, 10**14 - 1])
def test_a_count_is_exact_however_large(n):
    """One forgotten bias among billions would pass."""
    assert judge(f"{n:,}", n, rtol=0).right
    assert not judge(f"{n + 1:,}", n, rtol=0).right


def test_compared_is_silent_where_nothing_can_be_said():
    """`Not right. It isn't right.` says one thing twice."""
    assert read("0.123").compared(0.7311) == ""
    assert read("-0.731").compared(0.7311) == "The sign is wrong."
