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
'…' or '''…''', which TOML takes literally. `python -m nnlab.interview` checks and
lists the bank.
"""

from nnlab.interview.page import Page, say_it
from nnlab.interview.questions import Question, questions

__all__ = ["Page", "Question", "questions", "say_it"]
