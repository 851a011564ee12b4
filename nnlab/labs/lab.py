"""The lab itself: a widget that hands control values to `compute`, and its numbers to the screen.

The front end (lab.js) has one request under way at most, and remembers only the newest value that
the reader wants. Every request is answered by exactly one `frame`, whatever `compute` does.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import anywidget
import numpy as np
import traitlets
from IPython.display import display

from nnlab.labs.scene import Control, Panel, Table, number

Numbers = dict[str, Any]
QUIET = {"sync": True, "echo_update": False}  # the frame is the echo: one message less


class Lab(anywidget.AnyWidget):
    """Controls, `compute`, panels, and a sentence that says what they show.

    Each control is a trait, as in any widget: `lab.lr = 0.1`, `lab.observe(f, "lr")`,
    `link((lab, "lr"), (other, "value"))`. `lab.numbers` is what `compute` returned last and
    `lab.reading` what was said about it. An error in `compute` at the start is raised; later it is
    said in the lab, and kept as `lab.error`.

    Raises ValueError for controls that `compute` doesn't take, and for numbers that no mark can
    draw.
    """

    # as strings: of paths anywidget keeps a watcher that would hold every lab for ever
    _esm = Path(__file__).with_name("lab.js").read_text("utf-8")
    _css = Path(__file__).with_name("lab.css").read_text("utf-8")
    spec = traitlets.Dict().tag(sync=True)
    frame = traitlets.Dict().tag(sync=True)
    request = traitlets.Int(0).tag(**QUIET)

    def __init__(
        self,
        title: str,
        compute: Callable[..., Numbers],
        controls: Sequence[Control],
        panels: Sequence[Panel | Table],
        say: Callable[[Numbers], str],
        predict: str = "",
    ) -> None:
        """Compute the first picture, and send nothing twice."""
        self.title, self.compute, self.say, self.predict = title, compute, say, predict
        self.controls, self.panels = list(controls), list(panels)
        self.marks = [m for panel in panels if isinstance(panel, Panel) for m in panel.marks]
        self.fixed = {mark.name: mark.data for mark in self.marks if mark.data is not None}
        self.error: Exception | None = None
        self._busy = self._stale = False
        self._check()
        self.add_traits(**{c.name: trait(c).tag(**QUIET) for c in self.controls})
        self._seen = {c.name: c.value for c in self.controls}
        first = self._drawn(self._seen)
        super().__init__(spec=self._spec(), frame=first | {"n": 0}, **self._seen)
        self.observe(self._answer, [*self._seen, "request"])

    @property
    def values(self) -> dict[str, Any]:
        """What the controls stand at now."""
        return {control.name: getattr(self, control.name) for control in self.controls}

    @property
    def alt(self) -> str:
        """What the pictures show, in words."""
        return " ".join(f"{p.title}: {p.alt}" for p in self.panels if isinstance(p, Panel))

    def _check(self) -> None:
        """Raise ValueError where names clash or don't meet."""
        tables = [panel.name for panel in self.panels if isinstance(panel, Table)]
        for what, names in (
            ("marks and tables", [mark.name for mark in self.marks] + tables),
            ("controls", [control.name for control in self.controls]),
        ):
            if len(set(names)) < len(names):
                raise ValueError(f"lab {self.title!r}: two {what} have one name, among {names}")
        for control in self.controls:
            if hasattr(self, control.name):
                raise ValueError(
                    f"lab {self.title!r}: a control can't be called {control.name!r}, which every "
                    "widget has already: take another name"
                )
        names = [control.name for control in self.controls]
        try:
            inspect.signature(self.compute).bind(**dict.fromkeys(names))
        except TypeError as error:
            raise ValueError(
                f"lab {self.title!r}: compute can't be called with the controls "
                f"{', '.join(names)}: {error}"
            ) from None

    def _spec(self) -> dict[str, Any]:
        """Return what never changes, for the front end."""
        panels = []
        for panel in self.panels:
            spec = {
                key: v for key, v in vars(panel).items() if key not in ("marks", "xlim", "ylim")
            }
            if isinstance(panel, Panel):
                spec["marks"] = [
                    {"kind": m.kind, "name": m.name, "label": m.label}
                    | m.look
                    | ({} if m.data is None else {"data": m.pack(m.data)})
                    for m in panel.marks
                ]
            panels.append(spec)
        return {
            "title": self.title,
            "predict": self.predict,
            "controls": [dict(vars(control)) for control in self.controls],
            "panels": panels,
        }

    def _drawn(self, values: dict[str, Any]) -> dict[str, Any]:
        """Run `compute`, and return its numbers as the front end takes them."""
        with np.errstate(all="ignore"):  # a lab may diverge: that is shown, not warned of
            numbers = self.fixed | self.compute(**values)
        marks, tables, limits, notes = {}, {}, [], []
        for panel in self.panels:
            names = [m.name for m in panel.marks] if isinstance(panel, Panel) else [panel.name]
            for name in names:
                if name not in numbers:
                    raise ValueError(
                        f"compute returned no {name!r}, which panel {panel.title!r} shows: "
                        f"it returned {', '.join(self.compute(**values))}"
                    )
            if isinstance(panel, Table):
                tables[panel.name] = panel.cells(numbers[panel.name])
                limits.append([])
                continue
            limits.append(panel.limits(numbers))
            for mark in panel.marks:
                if mark.data is None:
                    marks[mark.name] = mark.pack(numbers[mark.name])
                    notes.append(mark.trouble(numbers[mark.name]))
        self.numbers = numbers
        self.reading = " ".join([self.say(numbers), *filter(None, notes)])
        return self._controls_at(values) | {
            "marks": marks,
            "tables": tables,
            "limits": limits,
            "reading": self.reading,
            "failed": False,
        }

    def _controls_at(self, values: dict[str, Any]) -> dict[str, Any]:
        """Return where the controls stand, and how that is shown."""
        shown = {c.name: shown_as(c, values[c.name]) for c in self.controls}
        return {"values": values, "shown": shown}

    def _answer(self, change: dict[str, Any]) -> None:
        """Answer with the newest values; what was superseded on the way is never computed."""
        self._stale = True
        if self._busy:  # compute or an observer of the frame has moved a control
            return
        self._busy = True
        try:
            while self._stale:
                self._stale = False
                values, frame = self.values, self.frame
                if values != self._seen:
                    try:
                        frame, self.error = self._drawn(values), None
                    except Exception as error:  # the old picture stays, and the reader is told
                        self.error, self.reading = error, f"No picture for this setting: {error}"
                        frame = frame | {"reading": self.reading, "failed": True}
                        frame |= self._controls_at(values)
                    self._seen = values
                self.frame = frame | {"n": self.request}
        finally:
            self._busy = False

    def picture(self) -> bytes:
        """Return the lab as it stands, as a PNG."""
        from nnlab.labs.picture import png

        return png(self.panels, self.numbers)

    def show(self, **values: Any) -> None:
        """Move controls and display the picture and the read-out, where widgets don't work."""
        for name, value in values.items():
            if name not in self._seen:
                raise ValueError(f"there is no control {name!r}: take one of {[*self._seen]}")
            setattr(self, name, value)
        display(*self._still(), raw=True)
        print(self.reading)

    def _still(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return picture and text for a page without widgets, and what the picture shows."""
        from nnlab.labs.picture import width_of

        data = {"text/plain": repr(self), "image/png": self.picture()}
        alt = f"{self.alt} {self.reading}".strip()
        return data, {"image/png": {"alt": alt, "width": width_of(self.panels)}}

    def __repr__(self) -> str:
        shown = self.frame["shown"]
        lines = [f"[Lab: {self.title}] {self.alt}".strip()]
        lines += [f"Predict first: {self.predict}"] if self.predict else []
        moved = [f"{c.label} = {shown[c.name]}" for c in self.controls if c.kind != "button"]
        lines += ["; ".join(moved), self.reading]
        for panel in self.panels:
            if isinstance(panel, Table):
                rows = [list(panel.columns), *self.frame["tables"][panel.name]]
                widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
                lines += ["", panel.title] + [
                    "  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip()
                    for row in rows
                ]
        return "\n".join(lines)

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the live view, and beside it a picture and a text for where nothing is live."""
        live, metadata = super()._repr_mimebundle_(**kwargs)
        data, alt = self._still()
        return live | data, metadata | alt


def trait(control: Control) -> traitlets.TraitType:
    """Return the trait that holds the control's value and refuses what it can't be."""
    if control.kind == "choice":
        return traitlets.Enum(control.stops, control.value)
    if control.kind == "button":
        return traitlets.Int(0, min=0)
    whole = all(isinstance(stop, int) for stop in control.stops)
    kind = traitlets.Int if whole else traitlets.Float
    return kind(control.value, min=min(control.stops), max=max(control.stops))


def shown_as(control: Control, value: Any) -> str:
    """Return the value as the control shows it, between its stops too."""
    if value in control.stops:
        return control.shown[control.stops.index(value)]
    return number(value)
