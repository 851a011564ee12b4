"""What a lab is made of: marks in panels, tables, and controls. Data, and its check at the door.

A mark is something that is drawn again and again: it has a name, under which `compute` returns its
numbers, and a kind, which says what numbers it wants. `pack` checks them and turns them into
float32 bytes for the front end; `nnlab.labs.picture` draws the same numbers with Matplotlib.
"""

from __future__ import annotations

import keyword
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import matplotlib as mpl
import numpy as np

WANTED = {
    "line": "(x, y), two rows of numbers of the same length, or y alone",
    "points": "(x, y), two rows of numbers of the same length, or y alone",
    "bars": "(x, height), two rows of numbers of the same length, or heights alone",
    "arrows": "(x, y, x_end, y_end), four rows of numbers of the same length",
    "heatmap": "a table of numbers, (rows, columns), the lowest row first",
    "text": "a list of (x, y, string)",
}
SHAPES = ("circle", "square", "diamond", "cross")


def number(x: float, digits: int = 3) -> str:
    """Return x in `digits` significant digits, as a reader likes it: −0.25, 12, 1e−05, ∞, NaN.

    >>> number(-0.12345), number(1 / 3, digits=2), number(float("-inf")), number(-0.0)
    ('−0.123', '0.33', '−∞', '0')
    """
    x = float(x)
    if not math.isfinite(x):
        return "NaN" if math.isnan(x) else "∞" if x > 0 else "−∞"
    return f"{x + 0.0:.{digits}g}".replace("-", "−")


@dataclass(frozen=True)
class Mark:
    """Something drawn: its kind, the name of its numbers, its label in the legend, its look."""

    kind: str
    name: str
    label: str = ""
    look: dict[str, Any] = field(default_factory=dict)
    data: Any = None  # numbers that never change; None: `compute` returns them
    gaps: bool = False  # True: NaN is a gap in the line, nothing to be told

    def array(self, data: Any) -> np.ndarray:
        """Return the numbers as float64 rows, (rows, n); ValueError says what was wanted."""
        wanted = f"{self.kind} {self.name!r} wants {WANTED[self.kind]}"
        rows = {"arrows": 4, "heatmap": None}.get(self.kind, 2)
        if self.kind == "text":
            if not all(len(item) == 3 and isinstance(item[2], str) for item in data):
                raise ValueError(f"{wanted}, got {data!r}")
            data = [[x for x, _, _ in data], [y for _, y, _ in data]]
        try:
            array = np.asarray(data, dtype=np.float64)
        except (TypeError, ValueError):
            raise ValueError(f"{wanted}, got {data!r}: give equal lengths and numbers") from None
        if array.ndim == 1 and rows == 2:
            array = np.stack([np.arange(len(array), dtype=np.float64), array])
        if array.ndim != 2 or (rows and len(array) != rows):
            raise ValueError(f"{wanted}, got an array of shape {array.shape}")
        return array

    def pack(self, data: Any) -> dict[str, Any]:
        """Return what is sent: shape, float32 bytes, and strings where it has any."""
        array = self.array(data)
        with np.errstate(over="ignore"):  # beyond 3e38: infinity, which isn't drawn
            packed = {"shape": list(array.shape), "bytes": array.astype("<f4").tobytes()}
        return packed | ({"strings": [item[2] for item in data]} if self.kind == "text" else {})

    def trouble(self, data: Any) -> str:
        """Return a sentence that says how much is NaN or infinite; "" if nothing is."""
        array = self.array(data)
        lost = np.count_nonzero(~np.isfinite(array).all(axis=0))
        if self.kind == "heatmap":
            lost, array = np.count_nonzero(~np.isfinite(array)), array.ravel()
        if self.gaps or not lost:
            return ""
        of = f"all {lost}" if lost == array.shape[-1] else f"{lost} of {array.shape[-1]}"
        return f"{self.label or self.name}: {of} values are infinite or NaN and can't be drawn."


def line(
    name: str,
    label: str = "",
    colour: int | None = 0,
    stroke: float = 2.2,
    data: Any = None,
    gaps: bool = False,
) -> Mark:
    """A line through (x, y), `stroke` pixels wide. A NaN breaks it; reported unless `gaps`."""
    return Mark("line", name, label, {"colour": colour, "stroke": stroke}, data, gaps)


def points(
    name: str,
    label: str = "",
    colour: int | None = 0,
    shape: str = "circle",
    size: float = 8,
    hollow: bool = False,
    data: Any = None,
) -> Mark:
    """A marker at each (x, y), `size` pixels across. Give each set its own shape, not only colour.

    Raises ValueError for an unknown shape.
    """
    if shape not in SHAPES:
        raise ValueError(f"points {name!r} got shape {shape!r}: take one of {', '.join(SHAPES)}")
    look = {"colour": colour, "shape": shape, "size": size, "hollow": hollow}
    return Mark("points", name, label, look, data)


def arrows(
    name: str,
    label: str = "",
    colour: int | None = None,
    shrink: float = 0,
    stroke: float = 1.8,
    data: Any = None,
) -> Mark:
    """An arrow from each (x, y) to (x_end, y_end), both ends `shrink` pixels short of it."""
    look = {"colour": colour, "shrink": shrink, "stroke": stroke}
    return Mark("arrows", name, label, look, data)


def bars(
    name: str, label: str = "", colour: int | None = 0, width: float = 0.8, data: Any = None
) -> Mark:
    """A bar from 0 to each height, `width` wide in the units of x; on a log axis from its foot."""
    return Mark("bars", name, label, {"colour": colour, "width": width}, data)


def text(
    name: str, colour: int | None = None, dy: float = 0, bold: bool = False, data: Any = None
) -> Mark:
    """Strings centred at (x, y), `dy` pixels lower; a line break starts a new line."""
    return Mark("text", name, "", {"colour": colour, "dy": dy, "bold": bold}, data)


def heatmap(
    name: str,
    label: str = "",
    low: float = 0.0,
    high: float = 1.0,
    colours: str = "PuOr_r",
    smooth: bool = True,
    data: Any = None,
) -> Mark:
    """A table of numbers over the whole panel, coloured from `low` to `high`.

    `colours` is one of Matplotlib's colour maps. The panel needs `xlim` and `ylim`.
    """
    if not low < high:
        raise ValueError(f"heatmap {name!r} got low {low} and high {high}: low must be less")
    rgba = mpl.colormaps[colours](np.linspace(0.1, 0.9, 256), bytes=True)  # points stand out on it
    look = {"low": low, "high": high, "smooth": smooth, "ends": [number(low), number(high)]}
    look |= {"colours": rgba[:, :3].tobytes()}
    return Mark("heatmap", name, label, look, data)


def contours(
    name: str, x: np.ndarray, y: np.ndarray, Z: np.ndarray, levels: Sequence[float], label: str = ""
) -> Mark:
    """The level lines of Z (len(y), len(x)): a line that never changes, with gaps."""
    from contourpy import contour_generator

    generator = contour_generator(x, y, Z)
    gap = np.full((1, 2), np.nan)
    parts = [part for level in levels for curve in generator.lines(level) for part in (curve, gap)]
    return line(name, label, None, 1, np.vstack(parts or [gap]).T, gaps=True)


@dataclass(frozen=True)
class Panel:
    """Marks on one pair of axes; what stands first is drawn first.

    `alt` says in a sentence what is seen. Limits that are None follow the numbers. `axes=False`
    leaves out axes and grid, for a graph; `turn=True` turns it by 90° where the screen is narrow.
    `ticks` names the places 0, 1, 2, … of x, `rows` those of y, in a few letters. `size` is in
    pixels, and flexible.
    """

    title: str
    marks: Sequence[Mark]
    alt: str
    xlabel: str = ""
    ylabel: str = ""
    xlim: tuple[float, float] | None = None
    ylim: tuple[float, float] | None = None
    xlog: bool = False
    ylog: bool = False
    axes: bool = True
    turn: bool = False
    ticks: Sequence[str] | None = None
    rows: Sequence[str] | None = None
    size: tuple[int, int] = (440, 280)

    def __post_init__(self) -> None:
        if len(self.alt.split()) < 5:
            raise ValueError(
                f"panel {self.title!r} has the alternative text {self.alt!r}: say in a sentence "
                "what the picture shows"
            )
        for axis, lim, log in (("x", self.xlim, self.xlog), ("y", self.ylim, self.ylog)):
            if lim and not (math.isfinite(lim[1] - lim[0]) and lim[0] < lim[1]):
                raise ValueError(f"panel {self.title!r} got {axis}lim {lim}: give low < high")
            if lim and log and lim[0] <= 0:
                raise ValueError(
                    f"panel {self.title!r}: a log {axis} axis starts above 0, not {lim}"
                )
        fixed = self.xlim and self.ylim and not (self.xlog or self.ylog)
        if not fixed and any(mark.kind == "heatmap" for mark in self.marks):
            raise ValueError(f"panel {self.title!r} has a heatmap: give it linear xlim and ylim")

    def limits(self, data: dict[str, Any]) -> list[float]:
        """Return [x low, x high, y low, y high]: as given, or around what is finite."""
        xs, ys = [], []
        for mark in self.marks:
            if mark.kind != "heatmap":
                rows = mark.array(data[mark.name])
                rows = rows[:, np.isfinite(rows).all(axis=0)]
                xs += [rows[0::2].ravel()]
                ys += [rows[1::2].ravel()]
                if mark.kind == "bars":
                    half = mark.look["width"] / 2
                    xs += [rows[0] - half, rows[0] + half]
                    ys += [] if self.ylog else [np.zeros(1)]
        return [*(self.xlim or around(xs, self.xlog)), *(self.ylim or around(ys, self.ylog))]


def around(parts: list[np.ndarray], log: bool) -> tuple[float, float]:
    """Return limits that hold all the numbers, with a margin of 4 %."""
    values = np.concatenate([np.empty(0), *parts])
    values = np.log(values[values > 0]) if log else values
    if not values.size:
        return (0.1, 1.0) if log else (0.0, 1.0)
    low, high = float(values.min()), float(values.max())
    margin = (high - low) * 0.04 or (1.0 if log else abs(low) * 0.1 or 1.0)
    low, high = low - margin, high + margin
    return (math.exp(low), math.exp(high)) if log else (low, high)


@dataclass(frozen=True)
class Table:
    """A table under `name`: rows of strings and numbers, one entry for each column."""

    title: str
    name: str
    columns: Sequence[str]
    size: tuple[int, int] = (300, 280)

    def cells(self, rows: Any) -> list[list[str]]:
        """Return the rows as strings; ValueError for a row of another length."""
        for row in rows:
            if len(row) != len(self.columns):
                raise ValueError(
                    f"table {self.name!r} has the columns {list(self.columns)}, got the row {row!r}"
                )
        return [[c if isinstance(c, str) else number(c) for c in row] for row in rows]


@dataclass(frozen=True)
class Control:
    """What the reader moves: a name, which `compute` takes, its stops and how each is shown."""

    kind: str
    name: str
    label: str
    value: Any
    stops: list[Any]
    shown: list[str]

    def __post_init__(self) -> None:
        if not self.name.isidentifier() or keyword.iskeyword(self.name):
            raise ValueError(f"control {self.name!r} is no name: it becomes an argument of compute")
        if not self.label.strip():
            raise ValueError(f"control {self.name!r} has no label: say what it moves")


def slider(
    name: str,
    label: str,
    low: float,
    high: float,
    value: float,
    step: float | None = None,
    log: bool = False,
) -> Control:
    """A slider: whole numbers if low, high and value are; 20 stops in a decade if `log`."""
    if not (low <= value <= high and low < high and (low > 0 or not log)):
        raise ValueError(
            f"slider {name!r} got low {low}, value {value}, high {high}: give low <= value <= high"
            + (", above 0 for a log slider" if log else "")
        )
    if log:
        n = max(2, round(20 * math.log10(high / low)) + 1)
        stops = [float(f"{v:.3g}") for v in np.geomspace(low, high, n)]
    elif all(isinstance(v, int) for v in (low, high, value, step or 1)):
        stops = list(range(low, high + 1, step or 1))
    else:
        step = step or (high - low) / 100
        stops = [round(low + i * step, 12) for i in range(math.floor((high - low) / step + 1.5))]
    return Control("slider", name, label, value, stops, [number(v) for v in stops])


def stepper(name: str, label: str, count: int, value: int = 0) -> Control:
    """Steps 0 … count: a slider between the buttons *Previous* and *Next*."""
    if not 0 <= value <= count or count < 1:
        raise ValueError(f"stepper {name!r} got value {value}, count {count}: 0 <= value <= count")
    shown = [f"{i} of {count}" for i in range(count + 1)]
    return Control("stepper", name, label, value, list(range(count + 1)), shown)


def choice(name: str, label: str, options: Sequence[str], value: str | None = None) -> Control:
    """A list to choose one string from, the first unless `value` says which."""
    options = list(options)
    value = options[0] if value is None and options else value
    if len(set(options)) < 2 or value not in options:
        raise ValueError(f"choice {name!r} got {options}, value {value!r}: give 2 or more, and one")
    return Control("choice", name, label, value, options, options)


def button(name: str, label: str) -> Control:
    """A button; `compute` gets how often it was pressed, such as for a seed."""
    return Control("button", name, label, 0, [], [])
