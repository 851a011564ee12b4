"""How long a learner waits for a check, in milliseconds.

    python -m bench.checks              # every exercise: first check, later ones, a failed one
    python -m bench.checks dense_backward

Each line is a fresh Python. *import* is `from nnlab.checks import check`, NumPy included. *first*
also computes the oracle and every mistake, and for derivations imports SymPy; *later* is the
median of 20; *failed* the median of 20 with the exercise's first mistake, which is compared with
all others. All include the record in the progress file, on the disk that holds the temporary
folder. To reach: under 50 for a typical check, under 1,000 for any that does not train.
"""

from __future__ import annotations

import contextlib
import io
import os
import statistics
import subprocess
import sys
import tempfile
import time


def milliseconds(work: object, rounds: int = 1) -> float:
    """Return the median time of a call."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append(1e3 * (time.perf_counter() - start))
    return statistics.median(times)


def one(name: str) -> None:
    """Time one exercise in this process, and print its line."""
    start = time.perf_counter()
    from nnlab.checks import CheckFailed, check

    imported = 1e3 * (time.perf_counter() - start)
    from nnlab.checks import notebooks
    from nnlab.checks.spec import exercises

    exercise = exercises()[name]
    answer = notebooks.handed_in(notebooks.notebook_of(exercise.chapter))[name]
    wrong = exercise.mistakes[0] if exercise.called else exercise.mistakes[0]()

    def quiet(answer: object) -> None:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(CheckFailed):
            check(name, answer)

    first = milliseconds(lambda: quiet(answer))
    later, failed = (milliseconds(lambda a=a: quiet(a), 20) for a in (answer, wrong))
    print(f"{name:32}{imported:8.0f}{first:8.1f}{later:8.1f}{failed:8.1f}", flush=True)


def main(names: list[str]) -> None:
    """Time each exercise in a process of its own."""
    if "BACKPROP_BENCH" in os.environ:
        one(names[0])
        return
    from nnlab.checks.spec import exercises

    print(f"{'exercise':32}{'import':>8}{'first':>8}{'later':>8}{'failed':>8}   (ms)", flush=True)
    for name in names or exercises():
        with tempfile.TemporaryDirectory() as folder:
            environment = os.environ | {"BACKPROP_BENCH": "1", "BACKPROP_DATA": folder}
            subprocess.run(
                [sys.executable, "-m", "bench.checks", name], env=environment, check=True
            )


if __name__ == "__main__":
    main(sys.argv[1:])
