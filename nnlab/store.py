"""What a learner has done, from one day to the next: one small SQLite file for each user.

It holds the progress of exercises, the interview's reviews (none is ever removed) and its cards
(when each comes again, which follows from the reviews). Each record is one transaction, so that a
kill at any moment loses nothing that was recorded before, and leaves the file whole.

A file of an older version is brought up to date in one transaction; one of a newer version is
refused and left as it is; one that can't be read is put aside under another name, never deleted.
Whatever goes wrong is said in a sentence and stops nothing: the course goes on without memory.

The folder is the user's data folder, or the one that the environment variable BACKPROP_DATA
names. Nothing is recorded for the notebooks in solutions/ or while nbgrader runs.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import sys
import time
from collections.abc import Iterator
from pathlib import Path

STEPS = (  # each leads to the next version, and adds these tables
    {
        "exercise": """(id TEXT PRIMARY KEY, attempts INTEGER NOT NULL, hints INTEGER NOT NULL,
            passed_on TEXT, seconds REAL)""",
    },
    {
        "card": "(id TEXT PRIMARY KEY, due TEXT NOT NULL, state TEXT NOT NULL)",
        "review": """(at TEXT, day TEXT NOT NULL, session TEXT, card TEXT, mark TEXT NOT NULL,
            seconds REAL NOT NULL, seed INTEGER, answer TEXT NOT NULL,
            PRIMARY KEY (card, at, session))""",
    },
)
VERSION = len(STEPS)  # what the file says that it is; an empty one is of version 0
WAIT = 5  # seconds, for another process to finish
ADD = """INSERT INTO exercise VALUES (:id, :attempt, :hint, :passed_on, :seconds)
    ON CONFLICT (id) DO UPDATE SET attempts = attempts + :attempt, hints = hints + :hint,
    passed_on = COALESCE(passed_on, :passed_on), seconds = COALESCE(seconds, :seconds)"""

clock = {"last pass": time.monotonic()}  # or the import, in a fresh kernel


class Unavailable(Exception):
    """Nothing can be kept or read; the text says why, as the end of a sentence."""


class Damaged(Exception):
    """The file is no sound database of the course."""


def folder() -> Path:
    """Return the folder of the user's data, by the custom of the system."""
    if chosen := os.environ.get("BACKPROP_DATA"):
        return Path(chosen)
    home = Path.home()
    if os.name == "nt":
        base = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = home / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    return base / "backprop-by-heart"


def switched_off() -> bool:
    """Tell whether this run is nobody's progress: the course's own solutions, or nbgrader."""
    return "NBGRADER_EXECUTION" in os.environ or Path.cwd().name == "solutions"


@contextlib.contextmanager
def opened() -> Iterator[tuple[sqlite3.Connection, str]]:
    """Open the file for one transaction, with "" or what is to be said; raise Unavailable."""
    try:
        path = folder() / "progress.sqlite3"
        path.parent.mkdir(parents=True, exist_ok=True)
        connection, said = sound(path)
    except (OSError, RuntimeError, sqlite3.Error) as error:  # RuntimeError: a user without a home
        raise Unavailable(str(error)) from None
    try:
        with contextlib.closing(connection), connection:
            yield connection, said
    except sqlite3.Error as error:
        raise Unavailable(str(error)) from None


def sound(path: Path) -> tuple[sqlite3.Connection, str]:
    """Begin a transaction; put a damaged or foreign file aside for it, and say so."""
    with contextlib.suppress(Damaged):
        return begun(path), ""
    with alone(path):
        try:  # another process may have put it aside meanwhile
            return begun(path), ""
        except Damaged as error:
            kept = put_aside(path)
            said = f"(Your progress file could not be read: {error}. It is kept as {kept.name}.)"
            return begun(path), said


def begun(path: Path) -> sqlite3.Connection:
    """Return a connection inside a transaction, to a sound file of this version."""
    connection = sqlite3.connect(path, timeout=WAIT, isolation_level=None)
    try:
        connection.execute("PRAGMA synchronous = NORMAL")  # safe from kills; waits less for disks
        connection.execute("BEGIN IMMEDIATE")
        bring_up_to_date(connection, path)
        if (state := connection.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
            raise Damaged(state)
    except BaseException as error:
        connection.close()
        # An OperationalError is about the moment: locked, full, not writable. The file is sound.
        if isinstance(error, sqlite3.DatabaseError) and not isinstance(
            error, sqlite3.OperationalError
        ):
            raise Damaged(error) from None
        raise
    return connection


def bring_up_to_date(connection: sqlite3.Connection, path: Path) -> None:
    """Add the tables that the file's version lacks; raise Unavailable if it is a newer one."""
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > VERSION:
        raise Unavailable(
            f"{path} is of version {version} and this course knows only {VERSION}, so the file is "
            "left as it is until you update the course"
        )
    found = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    wanted = {name for step in STEPS[:version] for name in step}
    if version < 0 or not wanted <= found or (version == 0 and found):
        raise Damaged("it is of another program")
    for step in STEPS[version:]:
        for name, columns in step.items():
            connection.execute(f"CREATE TABLE {name} {columns}")
    if version < VERSION:
        connection.execute(f"PRAGMA user_version = {VERSION}")


@contextlib.contextmanager
def alone(path: Path) -> Iterator[None]:
    """Let one process at a time through; a kill leaves nothing locked."""
    lock = sqlite3.connect(f"{path}.lock", timeout=WAIT, isolation_level=None)
    with contextlib.closing(lock):
        lock.execute("BEGIN EXCLUSIVE")
        yield


def put_aside(path: Path) -> Path:
    """Rename the file, and SQLite's journal with it, to the first free name; return that."""
    number = 1
    while (kept := path.with_name(f"{path.stem}.kept{number}{path.suffix}")).exists():
        number += 1
    for ending in ("-journal", "-wal", "-shm", ""):
        with contextlib.suppress(FileNotFoundError):
            os.rename(f"{path}{ending}", f"{kept}{ending}")
    return kept


def record(id: str, *, passed: bool = False, hint: bool = False, seconds: float = 0) -> str:
    """Add one attempt, pass or hint; return "" or what is to be said about the file."""
    if passed:
        clock["last pass"] = time.monotonic()
    row = {"id": id, "attempt": int(not hint), "hint": int(hint)}
    row |= {"passed_on": time.strftime("%Y-%m-%d") if passed else None}
    row |= {"seconds": seconds if passed else None}
    try:
        if switched_off():
            return ""
        with opened() as (connection, said):
            connection.execute(ADD, row)
        return said
    except (OSError, Unavailable) as error:  # OSError: the current folder is gone
        return f"(Your progress could not be saved: {error}.)"


def since_last_pass() -> float:
    """Return the seconds since the last pass in this kernel, or since its start."""
    return time.monotonic() - clock["last pass"]


def records() -> dict[str, tuple]:
    """Return attempts, hints, the day of the pass and its seconds, by exercise, or Unavailable."""
    with opened() as (connection, _):
        rows = connection.execute("SELECT id, attempts, hints, passed_on, seconds FROM exercise")
        return {id: rest for id, *rest in rows.fetchall()}
