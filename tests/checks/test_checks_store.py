"""Progress lasts, whatever happens to the process, the file or the disk."""

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from nnlab.checks import CheckFailed, check, progress, store
from nnlab.checks.spec import exercises

PASS = "from nnlab.checks import store; print(store.record('{}', passed=True, seconds=60.0))"
WRITE = """
from nnlab.checks import store
print("ready", flush=True)
i = 0
while True:
    store.record(f"exercise_{i % 50}", passed=True, seconds=60.0)
    i += 1
"""


def right(dz, x, W):
    """Answer dense_backward."""
    return dz @ W.T, x.T @ dz, dz.sum(axis=0)


def python(code, **options):
    """Start another Python, as another kernel would be."""
    return subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, encoding="utf-8", **options
    )


def kept(data):
    """Return the names of the files that were put aside."""
    return sorted(path.name for path in data.glob("progress.kept*"))


def test_attempts_passes_and_hints_last(data):
    """Yesterday's work would be forgotten."""
    with pytest.raises(CheckFailed):
        check("dense_backward", ...)
    store.record("dense_backward", hint=True)
    check("dense_backward", right)

    with python("from nnlab.checks import store; print(store.records())") as other:
        read = other.stdout.read()

    day = time.strftime("%Y-%m-%d")
    assert f"'dense_backward': [2, 1, '{day}'," in read


def test_the_first_pass_keeps_its_day_and_time(data):
    """Running a notebook again would overwrite the time that counted."""
    store.record("one", passed=True, seconds=300.0)
    store.record("one", passed=True, seconds=2.0)
    store.record("one", passed=False)

    attempts, hints, _, seconds = store.records()["one"]

    assert (attempts, hints, seconds) == (3, 0, 300.0)


def test_a_kill_at_any_moment_leaves_a_sound_file(data):
    """The learner would lose everything to a dead battery or kernel."""
    for delay in (0.0, 0.003, 0.011, 0.02, 0.05):
        with python(WRITE) as writer:
            writer.stdout.readline()
            time.sleep(0.15 + delay)
            writer.kill()

        assert store.record("after", passed=True) == ""

    assert len(store.records()) > 1
    assert kept(data) == []


def test_two_kernels_write_at_once(data):
    """One kernel's pass would be lost, or end in an error."""
    code = (
        "from nnlab.checks import store\n"
        "said = {store.record('shared', passed=False) for _ in range(20)}\n"
        "print(said)"
    )
    kernels = [python(code) for _ in range(3)]
    said = [kernel.communicate()[0].strip() for kernel in kernels]

    assert said == ["{''}"] * 3
    assert store.records()["shared"][0] == 60
    assert kept(data) == []


def test_threads_write_at_once(data):
    """A check in a thread would fail on another thread's connection."""
    threads = [threading.Thread(target=store.record, args=("t",)) for _ in range(5)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert store.records()["t"][0] == 5


def test_a_locked_file_is_said_and_the_result_still_shown(data, capsys, monkeypatch):
    """Another program's lock would hide what the check found."""
    store.record("one")
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda path, **o: connect(path, **o | {"timeout": 0}))
    lock = connect(data / "progress.sqlite3", isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")

    check("dense_backward", right)
    with pytest.raises(CheckFailed, match="Not done yet") as failed:
        check("dense_backward", ...)
    lock.close()

    out = capsys.readouterr().out
    assert out.startswith("Passed: dense_backward.")
    assert "(Your progress could not be saved: database is locked.)" in out
    assert "could not be saved" in str(failed.value)
    assert kept(data) == []


def test_a_full_disk_is_said_and_the_result_still_shown(data, capsys, monkeypatch):
    """A full disk would look like a wrong answer, or damage the file."""
    store.record("one")
    before = store.records()
    begun = store.begun

    def full(path):
        connection = begun(path)
        connection.execute("COMMIT")
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")  # SQLite's own "disk is full"
        connection.execute("BEGIN IMMEDIATE")
        with contextlib.closing(connection):
            connection.execute("CREATE TABLE filler (x)")

    monkeypatch.setattr(store, "begun", full)
    check("dense_backward", right)
    monkeypatch.undo()
    monkeypatch.setenv("BACKPROP_DATA", str(data))

    out = capsys.readouterr().out
    assert out.startswith("Passed: dense_backward.")
    assert "(Your progress could not be saved: database or disk is full.)" in out
    assert store.records() == before


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is full")
def test_a_folder_that_cannot_be_is_said(data, capsys, monkeypatch):
    """A data folder that is a file or a device would end in a traceback of ours."""
    monkeypatch.setenv("BACKPROP_DATA", "/dev/full/data")

    check("dense_backward", right)

    assert "(Your progress could not be saved: [Errno" in capsys.readouterr().out
    assert "Your progress could not be read" in repr(progress())


def write_text(path):
    """Put a file there that is no database."""
    path.write_text("not a database" * 200)


def write_newer(path):
    """Put a database of a later version there."""
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
        connection.execute("CREATE TABLE progress (x)")
    connection.close()


def write_foreign(path):
    """Put a database of another program there."""
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE exercise (title)")
    connection.close()


def write_damaged(path):
    """Put our own file there, with its pages overwritten."""
    for i in range(20):
        store.record(f"exercise_{i}_" + "x" * 500)
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)


@pytest.mark.parametrize("write", [write_text, write_newer, write_foreign, write_damaged])
def test_a_file_that_cannot_be_read_is_kept_aside(data, capsys, write):
    """A learner's older progress would be deleted, or block the course."""
    data.mkdir()
    path = data / "progress.sqlite3"
    write(path)
    before = path.read_bytes()

    check("dense_backward", right)
    out = capsys.readouterr().out
    check("dense_backward", right)

    assert "It is kept as progress.kept1.sqlite3.)" in out
    assert "kept" not in capsys.readouterr().out
    assert (data / "progress.kept1.sqlite3").read_bytes() == before
    assert store.records()["dense_backward"][0] == 2


def test_a_second_bad_file_does_not_replace_the_first(data):
    """What was kept aside would be overwritten."""
    data.mkdir()
    for i in range(2):
        (data / "progress.sqlite3").write_text(f"bad {i}" * 500)
        store.record("one")

    assert kept(data) == ["progress.kept1.sqlite3", "progress.kept2.sqlite3"]
    assert (data / "progress.kept1.sqlite3").read_text().startswith("bad 0")


@pytest.mark.parametrize("reason", ["solutions", "nbgrader"])
def test_the_courses_own_runs_are_nobodys_progress(data, tmp_path, monkeypatch, reason):
    """Testing the course would mark every exercise as passed."""
    if reason == "solutions":
        (tmp_path / "solutions").mkdir()
        monkeypatch.chdir(tmp_path / "solutions")
    else:
        monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")

    check("dense_backward", right)

    assert not data.exists()


@pytest.mark.parametrize(
    ("system", "platform", "variable", "folder"),
    [
        ("posix", "linux", {"XDG_DATA_HOME": "/x"}, "/x/backprop-by-heart"),
        ("posix", "linux", {}, "/home/me/.local/share/backprop-by-heart"),
        ("posix", "darwin", {}, "/home/me/Library/Application Support/backprop-by-heart"),
        ("nt", "win32", {"LOCALAPPDATA": "/l"}, "/l/backprop-by-heart"),
        ("nt", "win32", {}, "/home/me/AppData/Local/backprop-by-heart"),
        ("posix", "linux", {"BACKPROP_DATA": "/d"}, "/d"),
    ],
)
def test_the_folder_follows_the_customs_of_the_system(
    monkeypatch, system, platform, variable, folder
):
    """Progress would lie about in the home folder, or in the course's own."""
    for name in ("BACKPROP_DATA", "XDG_DATA_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variable.items():
        monkeypatch.setenv(name, value)
    home = Path("/home/me")
    monkeypatch.setattr(store.Path, "home", lambda: home)
    monkeypatch.setattr(store, "os", type("os", (), {"name": system, "environ": os.environ}))
    monkeypatch.setattr(store.sys, "platform", platform)

    assert store.folder() == Path(folder)


def test_progress_shows_where_one_stands(data):
    """The table would count attempts as passes, or hide what comes next."""
    first, second, *rest = (e.id for e in exercises().values() if e.chapter == 7)
    store.record(first, passed=True, seconds=300.0)
    store.record(second, hint=True)
    store.record(second, passed=False)

    row = next(line for line in repr(progress()).splitlines() if line.startswith("07"))

    assert row.split()[:7] == ["07", "backpropagation", "1", "of", f"{len(rest) + 2}", "1", "5"]
    assert row.endswith(second)


def test_progress_in_a_notebook_is_a_table_with_headers(data):
    """A screen reader would read cells without saying what they are."""
    text = progress()._repr_html_()

    assert text.count('<th scope="col">') == len(progress().head)
    assert text.count('<th scope="row">') == len(progress().rows)
    assert "<caption>Your progress</caption>" in text


def test_signals_are_none_of_its_business():
    """Importing the checks would change what Ctrl-C does."""
    code = "import signal, nnlab.checks; print(signal.getsignal(signal.SIGINT))"

    with python(code) as other:
        read = other.stdout.read()

    assert signal.default_int_handler.__name__ in read
