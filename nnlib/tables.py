"""What a count hands back: rows and sums that print as text, HTML, CSV and JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

Shape = tuple  # of whole numbers, or None where unknown
Sizes = dict[str, tuple]  # an array's name: the numbers whose product is its size


class Grid:
    """A titled table of values that prints as text, HTML, and CSV."""

    def __init__(
        self, title: str, header: Sequence[str], records: Sequence[tuple], notes: Sequence[str]
    ) -> None:
        """Take the title, the column names, a tuple of values a line, and lines to end with."""
        self.title, self.header, self.records, self.notes = title, header, records, notes

    def __str__(self) -> str:
        """The table as plain text, numbers to the right."""
        lines = [list(self.header), *([cell(value) for value in r] for r in self.records)]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        columns = list(zip(*self.records, strict=True))
        right = [all(is_number(v) or v in ("-", None) for v in column) for column in columns]
        text = [
            "  ".join(
                word.rjust(w) if r else word.ljust(w)
                for word, w, r in zip(line, widths, right, strict=True)
            ).rstrip()
            for line in lines
        ]
        rule = "-" * max(map(len, text))
        return "\n".join([self.title, text[0], rule, *text[1:], *self.notes])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """The same for a notebook: caption, column and row headings for a screen reader too."""
        from html import escape

        def cells(tag: str, values: Iterable[Any], scope: str = "") -> str:
            return "".join(f"<{tag}{scope}>{escape(cell(v))}</{tag}>" for v in values)

        head = cells("th", self.header, ' scope="col"')
        row = ' scope="row"'
        body = "".join(
            f"<tr>{cells('th', r[:1], row)}{cells('td', r[1:])}</tr>" for r in self.records
        )
        notes = "".join(f"<p>{escape(note)}</p>" for note in self.notes)
        return (
            f"<table><caption>{escape(self.title)}</caption><thead><tr>{head}</tr></thead>"
            f"<tbody>{body}</tbody></table>{notes}"
        )

    def to_csv(self) -> str:
        """The table as CSV: a header, then plain numbers."""
        import csv
        import io

        file = io.StringIO()
        rows = [[v if is_number(v) else cell(v) for v in r] for r in self.records]
        csv.writer(file, lineterminator="\n").writerows([self.header, *rows])
        return file.getvalue()


class Row(NamedTuple):
    """A line of the table: one layer (or `times` copies of it), or its buffers."""

    number: str
    layer: str
    output: Shape
    formula: str
    weights: int
    biases: int
    norms: int
    buffers: int
    trainable: bool
    macs: int | None
    kept: int | None
    idle: int
    times: int
    matrices: Sizes

    @property
    def parameters(self) -> int:
        """Weights, biases and norms."""
        return self.weights + self.biases + self.norms


class Table(Grid):
    """The parameters of an architecture, a `Row` a layer, with the sums over them.

    `total` = `weights` + `biases` + `norms` = `trainable` + `frozen`; `active` are those that one
    token uses; `buffers` come on top. `macs` and `flops` are for one example, `kept` the values
    that its backward pass needs; None where a size isn't known. A live network's table has
    `parameters` too: a `Grid` with the name, shape, formula, count and bytes of each array.
    """

    parameters: Grid | None = None

    def __init__(self, name: str, rows: Sequence[Row], note: str = "") -> None:
        """Add up the rows."""
        self.name, self.rows = name, tuple(rows)
        self.weights, self.biases = self._sum("weights"), self._sum("biases")
        self.norms, self.buffers = self._sum("norms"), self._sum("buffers")
        self.total = self.weights + self.biases + self.norms
        self.trainable = sum(row.parameters for row in rows if row.trainable)
        self.frozen, self.active = self.total - self.trainable, self.total - self._sum("idle")
        self.macs, self.kept = self._sum("macs"), self._sum("kept")
        self.flops = None if self.macs is None else 2 * self.macs
        header = ("#", "layer", "output", "formula", "parameters", "trainable", "share", "MACs")
        records = [
            (r.number, r.layer, r.output, r.formula, r.parameters + r.buffers,
             r.trainable if r.parameters or r.buffers else "-",
             self.share(r) if r.parameters else "-", r.macs)
            for r in rows
        ]  # fmt: skip
        super().__init__(name, header, records, [*self._notes(), *([note] if note else [])])

    def share(self, row: Row) -> float:
        """The row's part of the total, between 0 and 1."""
        return row.parameters / self.total if row.parameters else 0.0

    def __str__(self) -> str:
        """The table, and for a live network that of its arrays below."""
        text = super().__str__()
        return text if self.parameters is None else f"{text}\n\n{self.parameters}"

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """The same in HTML."""
        html = super()._repr_html_()
        return html if self.parameters is None else html + self.parameters._repr_html_()

    def to_json(self) -> str:
        """The sums and the rows as JSON."""
        import json

        sums = ("total", "weights", "biases", "norms", "trainable", "frozen", "active", "buffers")
        sums += ("macs", "flops")
        keys = ("layer", "output", "formula", "parameters", "trainable", "macs")
        rows = [
            {"number": r.number, **{k: getattr(r, k) for k in keys}, "share": self.share(r)}
            | ({"buffers": r.buffers} if r.buffers else {})
            for r in self.rows
        ]
        data = {"name": self.name, **{key: getattr(self, key) for key in sums}, "rows": rows}
        if self.parameters is not None:
            data["arrays"] = [
                dict(zip(self.parameters.header, record, strict=True))
                for record in self.parameters.records
            ]
        return json.dumps(data, ensure_ascii=False, indent=1)

    def _sum(self, what: str) -> Any:
        values = [getattr(row, what) for row in self.rows]
        return None if None in values else sum(values)

    def _notes(self) -> Iterator[str]:
        """Yield the lines under the table."""
        kinds = [(self.weights, "weights"), (self.biases, "biases"),
                 (self.norms, "norm gains and shifts")]  # fmt: skip
        sums = " + ".join(f"{cell(n)} {kind}" for n, kind in kinds if n) or "0"
        yield f"{cell(self.total)} parameters = {sums}"
        if self.frozen:
            yield f"{cell(self.trainable)} trainable, {cell(self.frozen)} frozen"
        if self.active != self.total:
            yield f"{cell(self.active)} active for one token"
        if self.buffers:
            yield f"{cell(self.buffers)} more numbers are kept, not trained: no parameters"
        if self.macs is not None:
            yield f"{cell(self.macs)} MACs = {cell(self.flops)} FLOPs for one example, forward"


class Memory(Grid):
    """Bytes of training: `weights`, `gradients`, `master`, `state`, `activations`, `total`."""

    def __init__(self, title: str, parts: dict[str, tuple[int, str]]) -> None:
        """Take for each part its bytes, and the sum that gives them."""
        vars(self).update({part: size for part, (size, _) in parts.items()})
        self.total = sum(size for size, _ in parts.values())
        parts = parts | {"total": (self.total, "")}
        records = [(part, why, size, _readable(size)) for part, (size, why) in parts.items()]
        super().__init__(title, ("part", "formula", "bytes", "about"), records, [])


def _readable(size: int) -> str:
    """Return bytes in the unit that leaves at most three digits before the point, 1 GB = 10^9."""
    units = ["bytes", "kB", "MB", "GB", "TB", "PB"]
    power = min((len(str(size)) - 1) // 3, len(units) - 1)
    return f"{size / 1000**power:,.{1 if power else 0}f} {units[power]}"


def cell(value: Any) -> str:
    """Return a value as text: 1,234 and 63.4 % and yes and (3, 224, ?)."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{100 * value:.1f} %"
    if isinstance(value, range):
        return f"{value[0]}..{value[-1]}"
    if isinstance(value, tuple):
        sizes = [str(n) if isinstance(n, int) else cell(n) for n in value]
        return f"({', '.join(sizes)}{',' * (len(sizes) == 1)})"
    return "?" if value is None else "…" if value is ... else str(value)


def is_number(value: Any) -> bool:
    """Whether the value is a number to be set to the right; yes and no are none."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)
