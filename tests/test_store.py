"""Progress lasts, whatever happens to the process, the file or the disk."""

import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from nnlab import store
from nnlab.checks import CheckFailed, check, progress
from nnlab.checks.spec import exercises

PASS = "from nnlab import store; print(store.record('{}', passed=True, seconds=60.0))"
REFERENCE = Path(__file__).parent / "reference"
WRITE = """
from nnlab import store
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

    with python("from nnlab import store; print(store.records())") as other:
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
        "from nnlab import store\n"
        "said = {store.record('shared', passed=False) for _ in range(20)}\n"
        "print(said)"
    )
    kernels = [python(code) for _ in range(3)]
    said = [kernel.communicate()[0].strip() for kernel in kernels]

    assert said == ["{''}"] * 3
    assert store.records()["shared"][0] == 60
    assert kept(data) == []


def test_a_damaged_file_that_another_kernel_has_replaced_meanwhile(data, monkeypatch):
    """The sound file that the other kernel began would be put aside."""
    begun, calls = store.begun, []

    def late(path):
        calls.append(path)
        if len(calls) == 1:
            with contextlib.closing(begun(path)) as other:  # what the other kernel does
                other.execute("COMMIT")
            raise store.Damaged("it was, a moment ago")
        return begun(path)

    monkeypatch.setattr(store, "begun", late)

    assert store.record("one") == ""
    assert store.records()["one"][0] == 1
    assert kept(data) == []


def test_kernels_that_meet_a_damaged_file_at_once(data):
    """One kernel's work would go into a file that another puts aside."""
    data.mkdir()
    (data / "progress.sqlite3").write_text("not a database" * 200)
    code = (
        "import sys\n"
        "from nnlab import store\n"
        "print('ready', flush=True), sys.stdin.readline()\n"
        "for _ in range(10): store.record('shared', passed=False)"
    )
    kernels = [python(code, stdin=subprocess.PIPE) for _ in range(4)]
    for kernel in kernels:
        kernel.stdout.readline()

    for kernel in kernels:
        kernel.stdin.write("go\n")
        kernel.stdin.flush()
    for kernel in kernels:
        kernel.communicate()

    assert store.records()["shared"][0] == 40
    assert kept(data) == ["progress.kept1.sqlite3"]


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


@pytest.mark.parametrize("write", [write_text, write_foreign, write_damaged])
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


def version1(data):
    """Put a file there that version 1's own code has made; return its path."""
    data.mkdir(exist_ok=True)
    return shutil.copy(REFERENCE / "progress_version1.sqlite3", data / "progress.sqlite3")


def version_and_rows(path):
    """Return what a file says of its version, its tables and its exercises, as any reader sees."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return (
            connection.execute("PRAGMA user_version").fetchone()[0],
            {name for (name,) in connection.execute("SELECT name FROM sqlite_master")},
            connection.execute("SELECT * FROM exercise ORDER BY id").fetchall(),
        )


def test_an_older_file_is_brought_up_to_date(data):
    """An update of the course would forget what was passed."""
    path = version1(data)

    assert store.record("dense_backward") == ""

    assert store.records() == {
        "adam_step": [0, 1, None, None],
        "count_mlp": [1, 0, "2026-03-05", 61.5],
        "dense_backward": [3, 1, "2026-03-05", 300.0],
    }
    version, tables, _ = version_and_rows(path)
    assert version == store.VERSION
    assert {"card", "exercise", "review"} <= tables
    assert kept(data) == []


def test_a_kill_while_a_file_is_brought_up_to_date_leaves_the_older_version(data):
    """A file between two versions would be neither's."""
    path = version1(data)
    before = version_and_rows(path)
    code = (
        "import os, signal\n"
        "from nnlab import store\n"
        "connection = store.begun(store.folder() / 'progress.sqlite3')\n"
        "assert connection.execute('PRAGMA user_version').fetchone() == (store.VERSION,)\n"
        "connection.execute('PRAGMA cache_size = 1')  # pages reach the file early\n"
        "for i in range(2000): connection.execute(store.ADD, {'id': str(i) * 20, 'attempt': 1,"
        " 'hint': 0, 'passed_on': None, 'seconds': None})\n"
        "print('written', flush=True)\n"
        "os.kill(os.getpid(), getattr(signal, 'SIGKILL', signal.SIGTERM))"
    )

    size = path.stat().st_size
    with python(code) as other:
        said = other.stdout.read()

    assert said == "written\n"
    assert path.stat().st_size > size
    assert version_and_rows(path) == before
    assert store.record("dense_backward") == ""
    assert store.records()["dense_backward"][0] == 3
    assert kept(data) == []


def test_kernels_that_bring_a_file_up_to_date_at_once(data):
    """Two windows after an update would trip over each other, or create the tables twice."""
    version1(data)
    code = "from nnlab import store\nprint({store.record('count_mlp') for _ in range(10)})"

    kernels = [python(code) for _ in range(3)]
    said = [kernel.communicate()[0].strip() for kernel in kernels]

    assert said == ["{''}"] * 3
    assert store.records()["count_mlp"][0] == 31


def test_a_newer_file_is_refused_and_left_untouched(data, capsys):
    """Going back to an older course for a moment would hide, or spoil, what a newer one wrote."""
    data.mkdir()
    path = data / "progress.sqlite3"
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA user_version = 99")
        connection.execute("CREATE TABLE progress (x)")
    before = path.read_bytes()

    check("dense_backward", right)

    said = (
        f"{path} is of version 99 and this course knows only {store.VERSION}, so the file is left "
        "as it is until you update the course."
    )
    assert f"(Your progress could not be saved: {said})" in capsys.readouterr().out
    assert f"Your progress could not be read: {said}" in repr(progress())
    assert path.read_bytes() == before
    assert [file.name for file in data.iterdir()] == ["progress.sqlite3"]


@pytest.mark.skipif(os.name == "nt" or not hasattr(os, "geteuid"), reason="POSIX permissions")
def test_a_folder_without_permission_to_write_is_said(data, capsys):
    """A course installed for a class would end in a traceback."""
    store.record("one")
    path = data / "progress.sqlite3"
    if os.geteuid() == 0:  # root may write everywhere: SQLite's own read-only mode stands in
        connect = sqlite3.connect
        pretended = {"uri": True}
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(
                sqlite3,
                "connect",
                lambda path, **options: connect(f"file:{path}?mode=ro", **options | pretended),
            )
            check("dense_backward", right)
    else:
        path.chmod(0o400)
        data.chmod(0o500)
        check("dense_backward", right)
        data.chmod(0o700)
        path.chmod(0o600)

    said = "(Your progress could not be saved: attempt to write a readonly database.)"
    assert said in capsys.readouterr().out
    assert store.records()["one"][0] == 1


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
