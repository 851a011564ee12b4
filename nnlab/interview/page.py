"""Show a chapter's questions: folded in a notebook, listed in a terminal."""

from __future__ import annotations

import html
import re
import textwrap

from nnlab.interview.questions import Question, questions

WIDTH = 88
KEY = "key"  # in place of a chapter
# Math and code first: inside them a star is a star.
MARKUP = re.compile(r"(\$[^$]+\$)|`([^`]+)`|\*([^*\s](?:[^*]*[^*\s])?)\*")


def inline(text: str) -> str:
    """Return HTML: `code` and *emphasis* as such, LaTeX for the notebook to typeset.

    >>> inline("*so* `a<b`, $x^*$")
    '<em>so</em> <code>a&lt;b</code>, $x^*$'
    """

    def tagged(found: re.Match) -> str:
        math, code, emphasis = found.groups()
        if math:
            return math
        return f"<code>{code}</code>" if code else f"<em>{emphasis}</em>"

    return MARKUP.sub(tagged, html.escape(text, quote=False))


def blocks(text: str) -> list[str | list[str]]:
    """Cut a text into paragraphs, and lists where lines start with "- ".

    >>> blocks("One\\nline.\\n\\n- a\\n- b\\n  goes on")
    ['One line.', ['a', 'b goes on']]
    """
    found: list[str | list[str]] = []
    for block in re.split(r"\n\s*\n", text.strip()):
        if block.startswith("- "):
            items = re.split(r"^- ", block, flags=re.MULTILINE)[1:]
            found.append([" ".join(item.split()) for item in items])
        else:
            found.append(" ".join(block.split()))
    return found


def html_of(text: str) -> str:
    """Return a text's paragraphs and lists as HTML."""
    return "\n".join(
        bullets(block) if isinstance(block, list) else f"<p>{inline(block)}</p>"
        for block in blocks(text)
    )


def bullets(items: list[str] | tuple[str, ...]) -> str:
    """Return an HTML list."""
    return "<ul>\n" + "\n".join(f"<li>{inline(item)}</li>" for item in items) + "\n</ul>"


def folded(title: str, content: str) -> str:
    """Return content behind a line to click on, or to open with Space or Enter."""
    return f"<details>\n<summary>{title}</summary>\n{content}\n</details>"


def wrapped(text: str, first: str = "", rest: str = "") -> str:
    """Return a text for a terminal, filled to WIDTH."""
    lines = []
    for block in blocks(text):
        for item in block if isinstance(block, list) else [block]:
            start = f"{first}- " if isinstance(block, list) else first
            indent = f"{rest}  " if isinstance(block, list) else rest
            lines.append(
                textwrap.fill(
                    item,
                    WIDTH,
                    initial_indent=start,
                    subsequent_indent=indent,
                    break_long_words=False,
                    break_on_hyphens=False,
                )
            )
    return "\n".join(lines)


class Page:
    """A chapter's questions: HTML with folded answers in a notebook, text elsewhere."""

    def __init__(self, chapter: str, number: int | None, found: list[Question]) -> None:
        """Take the chapter's questions in their order, and the number of the one wanted, if any."""
        self.chapter, self.number, self.found = chapter, number, found

    @property
    def wanted(self) -> list[tuple[int, Question]]:
        """Return the questions to show, with their numbers."""
        numbered = list(enumerate(self.found, start=1))
        return numbered if self.number is None else [numbered[self.number - 1]]

    def named(self, other: str) -> str:
        """Return what a follow-up asks, and where it stands."""
        question = questions()[other]
        ids = [q.id for q in self.found]
        place = (
            f"question {ids.index(other) + 1}" if other in ids else f"chapter {question.chapter}"
        )
        return f"{question.question} ({place})"

    def _repr_html_(self) -> str:
        return "\n".join(self.html_of(number, question) for number, question in self.wanted)

    def html_of(self, number: int, question: Question) -> str:
        """Return one question, its answers folded."""
        trap = (
            f"<p>“{inline(question.wrong)}”</p>\n"
            f"<p><strong>Why it is wrong.</strong> {inline(question.why_wrong)}</p>"
        )
        parts = [
            f"<p><strong>In 15 seconds.</strong> {inline(question.short)}</p>",
            folded("The fuller answer", html_of(question.full)),
            folded("What the interviewer listens for", bullets(question.rubric)),
            folded("The common wrong answer", trap),
        ]
        if question.follow_ups:
            asked = [self.named(other) for other in question.follow_ups]
            parts.append(folded("What may be asked next", bullets(asked)))
        parts.append(f"<p><small>Source: {inline(question.source)}</small></p>")
        inside = "\n".join(parts)
        title = (
            f"<strong>{number}. {inline(question.question)}</strong> "
            f"<small>difficulty {question.difficulty} of 3</small>"
        )
        return folded(title, f"<blockquote>\n{inside}\n</blockquote>")

    def __repr__(self) -> str:
        if self.number is None:
            named = "The key questions" if self.chapter == KEY else f"Chapter {self.chapter}"
            lines = [f"{named}: say the answer aloud, then look."]
            lines += [
                wrapped(f"{q.question} (difficulty {q.difficulty} of 3)", f"{i:>3}. ", "     ")
                for i, q in self.wanted
            ]
            return "\n".join(
                [*lines, f'say_it("{self.chapter}", 1) shows the answers to the first.']
            )
        ((number, q),) = self.wanted
        lines = [wrapped(f"{number}. {q.question} (difficulty {q.difficulty} of 3)", rest="   ")]
        for title, text in (
            ("In 15 seconds", q.short),
            ("The fuller answer", q.full),
            ("What the interviewer listens for", "\n".join(f"- {point}" for point in q.rubric)),
            ("The common wrong answer", f"“{q.wrong}”"),
            ("Why it is wrong", q.why_wrong),
            ("What may be asked next", "\n".join(f"- {self.named(o)}" for o in q.follow_ups)),
            ("Source", q.source),
        ):
            if text:
                lines += ["", f"{title}:", wrapped(text, "  ", "  ")]
        return "\n".join(lines)


def say_it(chapter: str | int, number: int | None = None) -> Page:
    """Show a chapter's questions, answers folded; with a number, that question alone.

    `say_it("key")` shows the key questions of all chapters. ValueError for a chapter without
    questions, or a number that it doesn't have.

    >>> print(say_it("07", 1))  # doctest: +ELLIPSIS
    1. What is backpropagation? (difficulty 1 of 3)
    ...
    """
    wanted = f"{chapter:02}" if isinstance(chapter, int) else str(chapter)
    bank = questions().values()
    found = [q for q in bank if (q.key if wanted == KEY else q.chapter == wanted)]
    found.sort(key=lambda question: question.key if wanted == KEY else 0)
    if not found:
        known = ", ".join(sorted({question.chapter for question in bank})) or "none yet"
        raise ValueError(f"say_it got chapter {chapter!r}, wanted one that has questions: {known}")
    if number is not None and (
        isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= len(found)
    ):
        raise ValueError(
            f"say_it got question {number!r} of chapter {wanted}, wanted a number in "
            f"1 … {len(found)}"
        )
    return Page(wanted, number, found)
