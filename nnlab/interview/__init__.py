"""Questions that interviewers ask, with answers to say aloud: `say_it("07")`.

**How to write a question.** A chapter's questions stand in bank/NN_topic.toml, easy ones first:

    [[question]]
    id = "what-is-backpropagation"          # unique in the whole bank; follow-ups link to it
    kind = "concept"                        # compare, derive, compute, code, debug, manager
    difficulty = 1                          # 1 to 3; 3 separates candidates
    question = "What is backpropagation?"
    short = "The chain rule, applied …"     # said in 15 seconds: at most 45 words
    full = '''Paragraphs, and lists of lines that start with "- ".'''
    rubric = ["says chain rule", "…"]       # at least two: what an interviewer listens for
    follow_ups = ["backprop-cost"]          # ids; may be empty where difficulty is 3
    wrong = "It is how networks are optimised."
    why_wrong = "It yields the gradient; …"
    source = "Rumelhart, Hinton and Williams, Nature 323 (1986), 533–536."

Text is plain, with `code`, *emphasis* and LaTeX between dollars; where it has a backslash, write
'…' or '''…''', which TOML takes literally. `python -m nnlab.interview bank` checks and lists it.

**The interview.** `interview(minutes=20, chapters="7-10", level=2)` in a notebook, or
`python start.py interview` in a terminal, asks from the bank (`questions`), numeric tasks with new
numbers (`numeric`) and code exercises (`items`): what is due first (`session`). `diagnostic()` is
ten minutes that end in a reading plan (`standing`). Each answer is a card of spaced repetition,
in the file that holds the progress of exercises (`memory`); `transfer` takes all of it to another
computer as JSON, `cards` makes Anki's flash cards of the bank.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nnlab.interview.page import Page, say_it
from nnlab.interview.questions import Question, questions

if TYPE_CHECKING:
    from nnlab.interview.widget import Interview

__all__ = ["Page", "Question", "diagnostic", "interview", "questions", "say_it"]


def interview(
    minutes: float = 20,
    chapters: Any = (),
    level: int = 2,
    kinds: Any = (),
    seed: int | None = None,
) -> Interview:
    """Return a mock interview for a notebook's cell; ValueError for what can't be asked.

    `chapters` are 7, "07", "7-10, backpropagation" or a list; `level` is 1, 2 or 3; `kinds` such
    as "code, debug". The reader may change minutes, level and chapters before Start.
    """
    from nnlab.interview import widget  # a page of questions needs no widget

    return widget.interview(minutes, chapters, level, kinds, seed)


def diagnostic(seed: int | None = None) -> Interview:
    """Return ten minutes of questions for a notebook's cell, that end in a reading plan."""
    from nnlab.interview import standing

    return standing.widget(seed)
