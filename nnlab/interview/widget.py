"""The interview in a notebook: a widget that shows a `Session`, and tells it what the reader does.

Python sends a `view`, which says all that is on the screen; the front end (interview.js) answers
with messages such as {"do": "answer", "place": 2, "typed": "…"}. A message of another question
than the one asked now is of a second click or of another window, and is passed over.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from nnlab.interview import page
from nnlab.interview.formulas import typed
from nnlab.interview.items import Item, chapters_of, title, titles
from nnlab.interview.memory import MARKS
from nnlab.interview.report import Report
from nnlab.interview.session import Session, pool, started

HERE = Path(__file__).parent
MINUTES = (5, 10, 20, 30, 45, 60)
LEVELS = {1: "easy", 2: "usual", 3: "hard"}
FORMULA = re.compile(r"<code>.*?</code>|\$([^$]+)\$", re.DOTALL)


class Interview(anywidget.AnyWidget):
    """A session with a face: `session` is what runs, `report` how it went.

    `begin` makes a session of what the form says, and `summary` the last page of a session.
    """

    # as strings: of paths anywidget keeps a watcher
    _esm = HERE.joinpath("interview.js").read_text("utf-8")
    _css = HERE.joinpath("interview.css").read_text("utf-8")
    view = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        heading: str,
        intro: str,
        begin: Callable[[dict[str, Any]], Session],
        form: dict[str, Any] | None = None,
        summary: Callable[[Session], Any] = Session.report,
        command: str = "python start.py interview",
        name: str = "interview",
        ending: str = "Report",
    ) -> None:
        """Show the first page; nothing is planned before Start."""
        self.name, self.ending = name, ending  # what it is called, and the heading of its end
        self.command = command  # the same in a terminal
        self.heading, self.intro, self.begin, self.form = heading, intro, begin, form or {}
        self.summary = summary
        self.session: Session | None = None
        super().__init__(view=self._start())
        self.on_msg(lambda widget, message, buffers: self.handle(message))

    @property
    def report(self) -> Any:
        """How it went, or goes; None before Start."""
        return self.session and self.summary(self.session)

    def handle(self, message: dict[str, Any]) -> None:
        """Do what the reader asks for, and show what comes of it."""
        do = message.get("do")
        if do == "look":
            self._show(self.view)
        elif do == "start" and self.session is None:
            self._begin(message)
        elif do == "again" and self.view["stage"] == "end":
            self.session = None
            self._show(self._start())
        elif do == "end" and self.session and self.view["stage"] != "end":
            if self.view["stage"] == "asked" and message.get("place") == self.session.place:
                self.session.break_off(message.get("typed") or "")
            self._show(self._end(f"You have ended the {self.name}."))
        elif self.session and self.session.item and message.get("place") == self.session.place:
            self._act(do, message)

    def _begin(self, message: dict[str, Any]) -> None:
        chosen = {key: message[key] for key in self.form if key in message}
        try:
            self.session = self.begin(chosen)
        except (ValueError, TypeError) as error:
            self._show(self._start() | {"said": str(error)})
            return
        self._next()

    def _act(self, do: Any, message: dict[str, Any]) -> None:
        session = self.session
        talked = session.item.way == "talk" and not session.given_up
        if do == "next" and session.answered:
            self._next()
        elif do == "answer" and not session.answered:
            judged = session.answer(message.get("typed") or "")
            if judged and not judged.right:
                self._show(self._asked(judged.said, tried=True))
            else:
                self._show(self._answered(judged.said if judged else ""))
        elif do == "give up" and not session.answered:
            session.give_up()
            self._show(self._answered("It comes again soon."))
        elif do == "tick" and session.answered and talked:
            session.tick([point for point in message.get("points", ()) if isinstance(point, int)])
            self._show(self._answered("", message["points"]))
        elif do == "mark" and session.answered and message.get("mark") in MARKS:
            session.set_mark(message["mark"])
            self._show(self._answered("", self.view.get("points", [])))

    def _next(self) -> None:
        if self.session.next():
            self._show(self._asked())
            return
        late = self.session.total >= 60 * self.session.minutes
        self._show(self._end("Time is up." if late else "That was the last question."))

    def _show(self, view: dict[str, Any]) -> None:
        """Send a page; a counter makes it another one than before, and the clock is set."""
        if self.session and self.session.item:
            view = view | {"seconds": self.session.seconds, "total": self.session.total}
        news = self.session.news() if self.session else ""
        self.view = view | {"n": self.view["n"] + 1} | ({"news": news} if news else {})

    def _start(self) -> dict[str, Any]:
        number = self.view.get("n", 0)
        first = {"stage": "start", "n": number, "heading": self.heading, "intro": self.intro}
        return first | {"form": self.form, "said": ""}

    def _asked(self, said: str = "", tried: bool = False) -> dict[str, Any]:
        session, item = self.session, self.session.item
        mix = f": {session.mix}" if session.mix and not session.place else ""
        return {
            "stage": "asked",
            "heading": self.heading,
            "place": session.place,
            "head": f"Question {session.place + 1} of {len(session.items)}{mix}",
            "name": self.name,
            "about": f"Chapter {title(item.chapter)} · {item.kind} · {minutes(item)}",
            "question": html_of(item.question),
            "way": item.way,
            "lines": list(item.lines),
            "every": item.way == "number" and item.source.every,
            "note": item.note if item.way == "number" else "",
            "broken": item.broken,
            "code": item.start,
            "limit": 60 * item.minutes,
            "whole": 60 * session.minutes,
            "running": True,
            "said": said,
            "tried": tried,
        }

    def _answered(self, said: str, points: list[int] | None = None) -> dict[str, Any]:
        session, item = self.session, self.session.item
        days = session.choices
        when = Report((), (), 0, session.now().date()).when
        shown = {"solution": item.solution}
        if item.way == "talk":
            source = item.source
            shown = {
                "short": inline(source.short),
                "full": html_of(source.full),
                "wrong": f"<p>“{inline(source.wrong)}”</p><p>{inline(source.why_wrong)}</p>",
                "rubric": [inline(point) for point in source.rubric],
                "points": points or [],
            }
        marks = [(m, m.capitalize(), when(days[m]) if m in days else "") for m in MARKS]
        parts = {"stage": "answered", "running": False, "said": said, "mark": session.mark}
        parts |= {"wrote": session.wrote, "given_up": session.given_up}
        last = session.place + 1 == len(session.items)
        return self._asked() | shown | parts | {"marks": marks, "last": last}

    def _end(self, said: str) -> dict[str, Any]:
        report = self.summary(self.session)
        self.session.over = True
        return {
            "stage": "end",
            "heading": self.heading,
            "said": said,
            "ending": self.ending,
            "report": report._repr_html_(),
            "running": False,
        }

    def __repr__(self) -> str:
        return (
            f"[{self.heading}] {self.intro}\n"
            f"Run this cell for the live one. In a terminal: {self.command}"
        )

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the live view, and a text for where nothing is live."""
        live, metadata = super()._repr_mimebundle_(**kwargs)
        return live | {"text/plain": repr(self)}, metadata


def interview(
    minutes: float = 20,
    chapters: Any = (),
    level: int = 2,
    kinds: Any = (),
    seed: int | None = None,
) -> Interview:
    """Return a mock interview; see nnlab.interview.interview."""
    if minutes < min(item.minutes for item in pool(chapters, level, kinds)):
        raise ValueError(f"interview got {minutes!r} minutes, wanted enough for one question")
    wanted = chapters_of(chapters)
    form = {
        "minutes": [minutes, sorted({*MINUTES, minutes})],
        "level": [level, list(LEVELS.items())],
        "chapters": [list(wanted), [[chapter, title(chapter)] for chapter in titles()]],
    }

    def begin(chosen: dict[str, Any]) -> Session:
        picked = {"minutes": minutes, "level": level, "chapters": wanted} | chosen
        return started(**picked, kinds=kinds, seed=seed)

    intro = (
        "Questions come one by one, with a clock: what is due for repetition first, then what was "
        "never asked. Words you mark yourself against what an interviewer listens for; numbers and "
        "code are judged. Every answer is saved at once, and the end is a report."
    )
    return Interview("Mock interview", intro, begin, form)


def minutes(item: Item) -> str:
    """Return an item's time as it is said."""
    if item.minutes < 1:
        return f"{60 * item.minutes:.0f} seconds"
    return "1\u00a0minute" if item.minutes == 1 else f"{item.minutes:g}\u00a0minutes"


def inline(text: str) -> str:
    r"""Return HTML whose formulas can be read, and be typeset where the page can do it.

    >>> inline(r"*so* $a < \eta$")
    '<em>so</em> <span class="iv-math" data-tex="a &lt; \\eta">a &lt; η</span>'
    """
    return mathed(page.inline(text))


def html_of(text: str) -> str:
    """Return a text's paragraphs and lists as HTML, with such formulas."""
    return mathed(page.html_of(text))


def mathed(made: str) -> str:
    """Return HTML with each formula as typed text that remembers its LaTeX."""

    def span(found: re.Match) -> str:
        if found[1] is None:
            return found[0]
        tex = html.unescape(found[1])
        shown = html.escape(typed(tex), quote=False)
        return f'<span class="iv-math" data-tex="{html.escape(tex)}">{shown}</span>'

    return FORMULA.sub(span, made)
