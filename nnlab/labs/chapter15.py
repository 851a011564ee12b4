"""Chapter 15's lab: a broken run to diagnose. See what it left behind, then say what is wrong."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from nnlab.gallery import BUGS, Finding, Record, Run, digits, train
from nnlab.labs.lab import Lab, Numbers
from nnlab.labs.scene import Panel, Table, choice, line, slider
from nnlab.labs.scene import number as shown

THINK, NOTHING = "– not yet –", "nothing is wrong"
GUESSES = {BUGS[name].title: name for name in sorted(BUGS)} | {NOTHING: ""}
HIDDEN = [[*BUGS, ""][i] for i in np.random.default_rng(15).permutation(len(BUGS) + 1)]
TASKS = {
    "digits": "digits, 64-32-10, cross-entropy",
    "cancer": "breast masses, 30-16-1, log loss",
    "diabetes": "diabetes, 10 inputs, squared error on standardised targets",
}
LOW, HIGH = 1e-3, 1e3  # what is drawn of losses and norms
FLOOR = -0.5  # what is drawn of scores


def made(at: int) -> Run:
    """Return a fresh run under its number, 1 … 26."""
    name = HIDDEN[at - 1]
    return BUGS[name].broken(0) if name else digits(0)


@lru_cache(maxsize=len(HIDDEN))
def seen(number: int) -> tuple[Run, Record]:
    """Return the run after training, and its record."""
    run = made(number)
    return run, train(run)


@lru_cache(maxsize=1024)
def probed(number: int, guess: str) -> Finding:
    """Try the probe of the guessed bug on the run."""
    return BUGS[guess].probe(made(number))


def inside(values: list[float], low: float = LOW, high: float = HIGH) -> np.ndarray:
    """Return the values; what lies outside the picture is a gap."""
    array = np.array(values, dtype=np.float64)
    return np.where((array >= low) & (array <= high), array, np.nan)


def compute(number: int, guess: str) -> Numbers:
    """Loss and gradient norms by step, scores by epoch, and what the guess's probe says."""
    run, record = seen(number)
    steps = np.arange(1, len(record.loss) + 1)
    epochs = np.arange(1, len(record.train) + 1)
    first, last = record.norms.values()
    name = GUESSES.get(guess)
    return {
        "chance": ([0, len(steps) + 1], [run.chance] * 2),
        "loss": (steps, inside(record.loss)),
        "first_layer": (steps, inside(first)),
        "last_layer": (steps, inside(last)),
        "train": (epochs, inside(record.train, FLOOR, 1)),
        "val": (epochs, inside(record.val, FLOOR, 1)),
        "table": table(run, record),
        "number": number,
        "task": TASKS[run.task],
        "record": record,
        "knows_nothing": run.chance,
        "answer": HIDDEN[number - 1],
        "guess": name,
        "finding": probed(number, name) if name else None,
    }


def table(run: Run, record: Record) -> list[list[str]]:
    """Return the rows of what one would have logged."""
    end = record.loss[-20:]
    return [
        ["knowing nothing", shown(run.chance)],
        ["first loss", shown(record.loss[0])],
        ["loss at the end", shown(float(np.mean(end)))],
        ["lowest loss", shown(float(np.nanmin(record.loss)))],
        ["first step / weights", shown(record.ratio[0], 2) if record.ratio else "–"],
        ["training score", shown(record.train[-1])],
        ["validation score", shown(record.val[-1])],
        ["score, later data", shown(record.new)],
        ["overflow at step", str(record.stopped) if record.stopped else "none"],
    ]


def say_run(n: Numbers) -> str:
    """Say what is seen, and after a guess whether it is right and what its probe found."""
    record = n["record"]
    said = (
        f"Run {n['number']}: {n['task']}. First loss {shown(record.loss[0])}, where knowing "
        f"nothing costs {shown(n['knows_nothing'])}; at the end "
        f"{shown(float(np.mean(record.loss[-20:])))}. Score: training {shown(record.train[-1])}, "
        f"validation {shown(record.val[-1])}, later data {shown(record.new)}."
    )
    both = zip(("first", "last"), record.norms.values(), strict=True)
    quiet = [layer for layer, norms in both if np.median(norms) == 0]
    if quiet:
        said += f" The gradient of the {' and of the '.join(quiet)} layer is 0 at most steps."
    outside = ["loss"] * bool(np.nanmin(record.loss) < LOW or not np.nanmax(record.loss) <= HIGH)
    outside += ["norms"] * (not max(map(np.nanmax, record.norms.values())) <= HIGH)
    if outside:
        said += f" Part of the {' and of the '.join(outside)} lies outside the picture."
    if n["guess"] is None:
        return said + " What is wrong?"
    if n["guess"] == n["answer"]:
        if not n["answer"]:
            return said + " Right: this run is in order."
        bug = BUGS[n["answer"]]
        return f"{said} Right. {bug.cause} Fix: {bug.fix} The test: {n['finding'].said}."
    if not n["guess"]:
        return said + " No: something is wrong. Which number would you not expect?"
    probe = f"The test for {BUGS[n['guess']].title}: {n['finding'].said}."
    if n["finding"].ok:
        return f"{said} No. {probe} That is in order here."
    return f"{said} Not the cause, though near. {probe} It fails here too; what would explain that?"


def broken_run() -> Lab:
    """Choose a run by its number, look, and guess."""
    drawn = {"xlabel": "step", "ylim": (LOW, HIGH), "ylog": True, "size": (430, 270)}
    return Lab(
        "A broken run to diagnose",
        compute,
        controls=[
            slider("number", "run", 1, len(HIDDEN), 1),
            choice("guess", "what is wrong?", [THINK, *GUESSES]),
        ],
        panels=[
            Panel(
                "Loss of each batch",
                [
                    line("chance", "knowing nothing", 5, 1),
                    line("loss", "loss", 0, 1.4, gaps=True),
                ],
                alt="Loss against the step on a logarithmic scale, and a line at the loss of "
                "knowing nothing.",
                ylabel="loss",
                **drawn,
            ),
            Panel(
                "Gradient norms",
                [
                    line("first_layer", "first layer", 1, 1.4, gaps=True),
                    line("last_layer", "last layer", 2, 1.4, gaps=True),
                ],
                alt="Norms of the gradients of the first and of the last weight matrix against "
                "the step, on a logarithmic scale; a norm of 0 is a gap.",
                ylabel="‖dW‖",
                **drawn,
            ),
            Panel(
                "Scores",
                [line("train", "training", 0, gaps=True), line("val", "validation", 1, gaps=True)],
                alt="Accuracy, or in regression the share of variance explained, on training and "
                "validation data after each epoch.",
                xlabel="epoch",
                ylabel="score",
                ylim=(FLOOR, 1.05),
                size=(430, 270),
            ),
            Table("The log", "table", ["what", "value"], (330, 290)),
        ],
        say=say_run,
        predict="Look at the first loss before anything else: is it that of knowing nothing? Then "
        "name a cause, and the test that would prove you wrong, before you choose one.",
    )
