"""Run what a learner wrote, and come back, whatever it does.

A watchdog thread interrupts code that takes too long, again and again until it gives way. In the
main thread it sends the signal of Ctrl-C, which also wakes a sleep or a read; in any other thread
it plants an exception. What no thread can stop: a C loop that never returns to Python, such as
`sum(range(10**15))`, and what ends the whole process (`os._exit`, a crash). For those there is
the kernel's restart.
"""

from __future__ import annotations

import contextlib
import ctypes
import io
import os
import signal
import sys
import threading
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

HERE = str(Path(__file__).parent)
KEPT = 2000  # characters of what was printed, and of a traceback's last part


class OutOfTime(BaseException):
    """Raised inside code that runs for too long; no `except Exception` stops it."""


class Unfit(Exception):
    """Raised by a `drive` for an answer that it can't use: the text completes "Here …"."""


class Watchdog:
    """Raises OutOfTime in the thread that made it, `seconds` after `start`, until `stop`."""

    def __init__(self, seconds: float) -> None:
        """Watch the thread that this is called in."""
        self.seconds, self.barked = seconds, False
        self.ident = threading.get_ident()
        self.gate = threading.Lock()  # held while the code runs
        self.thread = threading.Thread(target=self.watch, daemon=True)
        in_main = threading.current_thread() is threading.main_thread()
        self.before = signal.getsignal(signal.SIGINT) if in_main else None

    def start(self) -> None:
        """Begin to count."""
        self.gate.acquire()
        if self.before is not None:
            signal.signal(signal.SIGINT, self.on_signal)
        self.thread.start()

    def watch(self) -> None:
        """Wait for the gate to open; bark each time it doesn't."""
        patience = self.seconds
        while not self.gate.acquire(timeout=patience):
            self.barked, patience = True, 0.001
            if not self.in_their_code():
                continue
            if self.before is None:
                self.plant(OutOfTime)
            elif os.name == "nt":
                signal.raise_signal(signal.SIGINT)
            else:
                signal.pthread_kill(self.ident, signal.SIGINT)

    def in_their_code(self) -> bool:
        """Tell whether the watched thread is below `watched`, not on the way out of it."""
        frame = top = sys._current_frames().get(self.ident)
        while frame and frame.f_code not in GUARDED:
            frame = frame.f_back
        return bool(frame) and frame is not top and frame.f_code is watched.__code__

    def plant(self, exception: type[BaseException] | None) -> None:
        """Have Python raise the exception in the watched thread; None takes it back."""
        planted = None if exception is None else ctypes.py_object(exception)
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self.ident), planted)

    def on_signal(self, number: int, frame: Any) -> None:
        """Tell the watchdog's signal from a learner's own Ctrl-C."""
        raise OutOfTime if self.barked else KeyboardInterrupt

    def stop(self) -> None:
        """Open the gate and wait until nothing more can be raised."""
        while True:
            try:
                if self.gate.locked():
                    self.gate.release()
                self.thread.join()
                if self.before is None:
                    self.plant(None)
                else:
                    signal.signal(signal.SIGINT, self.before)
                return
            except KeyboardInterrupt:  # the learner's own, at this very moment
                continue


GUARDED = {Watchdog.start.__code__, Watchdog.stop.__code__, Watchdog.on_signal.__code__}


class Printed(io.TextIOBase):
    """A stream that keeps the beginning and lets the rest go."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.text, self.more = "", False

    def writable(self) -> bool:
        """Say that it can be written to."""
        return True

    def write(self, text: str) -> int:
        """Keep what there is room for."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self.more = self.more or len(self.text) + len(text) > KEPT
        self.text += text[: KEPT - len(self.text)]
        return len(text)


@dataclass
class Run:
    """What came of running something: a value, or how it ended instead."""

    value: Any = None
    ended: str = ""  # "", "undone", "raised", "time", "interrupted", "unfit"
    trace: str = ""  # the learner's own traceback
    printed: Printed = field(default_factory=Printed)
    warned: list[str] = field(default_factory=list)


def run(work: Callable[[], Any], seconds: float) -> Run:
    """Call `work`; return what it gave, printed and warned, or how it ended."""
    done = Run()
    with (
        warnings.catch_warnings(record=True) as warned,
        contextlib.redirect_stdout(done.printed),
        contextlib.redirect_stderr(done.printed),
        np.errstate(all="warn"),
    ):
        warnings.simplefilter("default")
        try:
            done.value = watched(work, seconds)
        except OutOfTime:
            done.ended = "time"
        except KeyboardInterrupt:
            done.ended = "interrupted"
        except NotImplementedError:
            done.ended = "undone"
        except Unfit as unfit:
            done.ended, done.trace = "unfit", str(unfit)
        except BaseException as error:
            done.ended = "raised"
            try:
                done.trace = watched(lambda error=error: own_traceback(error), 1.0)
            except BaseException:  # an exception whose own text raises, or takes for ever
                done.trace = type(error).__name__
    done.warned = [f"{w.category.__name__}: {str(w.message)[:200]}" for w in warned]
    return done


def watched(work: Callable[[], Any], seconds: float) -> Any:
    """Return work(), or raise OutOfTime from inside it."""
    dog = Watchdog(seconds)
    try:
        dog.start()
        return work()
    finally:
        dog.stop()


GUARDED.add(watched.__code__)


def own_traceback(error: BaseException) -> str:
    """Return the traceback as Python writes it, without a frame of ours or a cell's file name."""
    shown = traceback.TracebackException.from_exception(error, compact=True)
    part: traceback.TracebackException | None = shown
    seen = []
    while part is not None and part not in seen:
        seen.append(part)
        part.stack = traceback.StackSummary.from_list(
            [renamed(frame) for frame in part.stack if not frame.filename.startswith(HERE)]
        )
        part = part.__cause__ or part.__context__
    lines = list(shown.format())
    if not shown.stack:  # some versions of Python write the heading over nothing
        lines = [line for line in lines if not line.startswith("Traceback")]
    text = "".join(lines).rstrip()
    return text if len(text) <= 2 * KEPT else f"{text[:KEPT]}\n...\n{text[-KEPT:]}"


def renamed(frame: traceback.FrameSummary) -> traceback.FrameSummary:
    """Call a notebook's cell by that name; Jupyter's file names change from run to run."""
    name = frame.filename
    if "ipykernel_" in name or name.startswith("<ipython-input"):
        return traceback.FrameSummary("your cell", frame.lineno, frame.name, line=frame.line)
    return frame
