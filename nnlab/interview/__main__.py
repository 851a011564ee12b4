"""A mock interview in the terminal.

python start.py interview                          # 20 minutes, whatever is due first
python start.py interview --minutes 45 --chapters 7-10,backpropagation --level 3
python start.py interview --kinds code,debug --seed 7
python start.py interview diagnostic               # ten minutes, then a reading plan
python start.py interview bank                     # check the bank, and list it
python start.py interview due                      # what is to be repeated today
python start.py interview report                   # of the last interview, killed or not
python start.py interview cards deck.tsv           # flash cards, which Anki imports; also .csv;
                                                   # .apkg needs requirements/anki.txt
python start.py interview export progress.json     # what you have answered; import adds it
"""

from __future__ import annotations

import argparse
import contextlib
import io
import sys

try:
    import fsrs  # noqa: F401  # without it no answer is saved: better said before the first

    from nnlab import store
    from nnlab.interview import cards, memory, standing, transfer
    from nnlab.interview.items import Item, catalogue, title
    from nnlab.interview.questions import questions
    from nnlab.interview.report import last
    from nnlab.interview.session import LEVELS, started
    from nnlab.interview.terminal import hold
except ModuleNotFoundError as error:
    if __name__ != "__main__":
        raise
    sys.exit(
        f"This Python lacks {error.name}, which the interview needs: run it with the course's own "
        "Python: python start.py interview"
    )


def bank() -> str:
    """Return the bank's questions, a line for each; ValueError says what is wrong with them."""
    return "\n".join(
        f"{question.chapter}  {question.difficulty}  {question.id}: {question.question}"
        for question in questions().values()
    )


def due() -> str:
    """Return what comes again today, or when the next one does."""
    known = [catalogue()[card] for card in memory.due() if card in catalogue()]
    if known:
        lines = [f"  {title(item.chapter)}: {named(item)}" for item in known]
        return "\n".join([f"Due today: {len(known)}.", *lines])
    coming = memory.next_days()
    if not coming:
        return "Nothing was asked yet: python start.py interview starts an interview."
    return f"Nothing is due today; the next one on {min(coming.values()):%Y-%m-%d}."


def named(item: Item) -> str:
    """Return an item's question; of a numeric task, whose numbers will be others, its name."""
    if item.way != "number":
        return item.label
    return f"a numeric task, {item.card.removeprefix('number-').replace('-', ' ')}"


def arguments(argv: list[str] | None) -> argparse.Namespace:
    """Return what was typed behind the command."""
    parser = argparse.ArgumentParser(
        prog="python start.py interview",
        description=__doc__,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("--minutes", type=float, default=20, help="how long (20)")
    parser.add_argument("--chapters", default="", help="7, 7-10, backpropagation; all of them")
    parser.add_argument("--level", type=int, default=2, choices=LEVELS, help="1 easy … 3 hard (2)")
    parser.add_argument("--kinds", default="", help="code,debug,derive …; all of them")
    parser.add_argument("--seed", type=int, help="the same one asks the same")
    commands = parser.add_subparsers(dest="command", metavar="command")
    # after the command too; not given there, it leaves alone what stands before
    seed = {"type": int, "default": argparse.SUPPRESS, "help": "the same one asks the same"}
    commands.add_parser("diagnostic").add_argument("--seed", **seed)
    for name in ("bank", "due", "report"):
        commands.add_parser(name)
    for name in ("cards", "export", "import"):
        commands.add_parser(name).add_argument("path")
    return parser.parse_args(argv)


def run(args: argparse.Namespace) -> str:
    """Do what was asked for; return what is left to say."""
    match args.command:
        case "diagnostic":
            hold(standing.begun(args.seed), summary=standing.plan_of, name="diagnostic")
            return ""
        case "bank":
            return bank()
        case "due":
            return due()
        case "report":
            return str(last())
        case "cards":
            return cards.write(args.path)
        case "export":
            return transfer.export_to(args.path)
        case "import":
            return transfer.import_from(args.path)
    hold(started(args.minutes, args.chapters, args.level, args.kinds, args.seed))
    return ""


def main(argv: list[str] | None = None) -> int:
    """Run a command, or an interview; return 1 if it can't be done, and say why."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # an old terminal lacks ∂: better a ? than an end
            stream.reconfigure(errors="replace")
    args = arguments(argv)
    with contextlib.suppress(ImportError):
        import readline  # noqa: F401  # arrows move in the line that is typed
    try:
        said = run(args)
    except (ValueError, store.Unavailable) as error:
        print(error)
        return 1
    except (BrokenPipeError, KeyboardInterrupt):
        return 1
    if said:
        print(said)
    return 0


if __name__ == "__main__":
    sys.exit(main())
