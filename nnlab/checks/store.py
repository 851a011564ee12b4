"""What was tried and passed, from one day to the next: one small SQLite file for each user.

Each record is one transaction, so that a kill at any moment leaves the file whole. Whatever goes
wrong with the file is said in a sentence and stops no check. A file that can't be read, or that
another version wrote, is put aside under another name and never deleted.

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

VERSION = 1  # of the table below, kept in the file
TABLE = """CREATE TABLE IF NOT EXISTS exercise (
    id TEXT PRIMARY KEY, attempts INTEGER NOT NULL, hints INTEGER NOT NULL,
    passed_on TEXT, seconds REAL)"""
ADD = """INSERT INTO exercise VALUES (:id, :attempt, :hint, :passed_on, :seconds)
    ON CONFLICT (id) DO UPDATE SET attempts = attempts + :attempt, hints = hints + :hint,
    passed_on = COALESCE(passed_on, :passed_on), seconds = COALESCE(seconds, :seconds)"""

clock = {"last pass": time.monotonic()}  # or the import, in a fresh kernel


class OtherVersion(sqlite3.DatabaseError):
    """The file was written by another version of the course."""


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
    """Open the file for one transaction; put a damaged or foreign one aside, and say so."""
    path, said = folder() / "progress.sqlite3", ""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        connection = begun(path)
    except sqlite3.OperationalError:  # locked, full, not writable: the file itself is sound
        raise
    except sqlite3.DatabaseError as error:
        kept = put_aside(path)
        said = f"(Your progress file could not be read: {error}. It is kept as {kept.name}.)"
        connection = begun(path)
    with contextlib.closing(connection), connection:
        yield connection, said


def begun(path: Path) -> sqlite3.Connection:
    """Return a connection inside a transaction, to a sound file of this version."""
    connection = sqlite3.connect(path, timeout=3, isolation_level=None)
    try:
        connection.execute("PRAGMA synchronous = NORMAL")  # safe from kills; waits less for disks
        connection.execute("BEGIN IMMEDIATE")
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        if (version, tables.fetchall()) not in ((0, []), (VERSION, [("exercise",)])):
            raise OtherVersion(f"it is of version {version}, this course writes {VERSION}")
        connection.execute(TABLE)
        connection.execute(f"PRAGMA user_version = {VERSION}")
        if (state := connection.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
            raise sqlite3.DatabaseError(state)
    except BaseException:
        connection.close()
        raise
    return connection


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
    except (OSError, RuntimeError, sqlite3.Error) as error:  # RuntimeError: a user without a home
        return f"(Your progress could not be saved: {error}.)"


def since_last_pass() -> float:
    """Return the seconds since the last pass in this kernel, or since its start."""
    return time.monotonic() - clock["last pass"]


def records() -> dict[str, tuple]:
    """Return attempts, hints, the day of the pass and its seconds, by exercise."""
    with opened() as (connection, _):
        rows = connection.execute("SELECT id, attempts, hints, passed_on, seconds FROM exercise")
        return {id: rest for id, *rest in rows.fetchall()}
