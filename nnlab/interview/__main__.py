"""Check the bank, and list what is in it: `python -m nnlab.interview`."""

import sys

from nnlab.interview.questions import questions


def main() -> int:
    """Print the bank's questions, or what is wrong with them; return 1 if anything is."""
    try:
        bank = questions()
    except ValueError as error:
        print(error)
        return 1
    for question in bank.values():
        print(f"{question.chapter}  {question.difficulty}  {question.id}: {question.question}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
