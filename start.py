"""Set up the course and open it, or test it, with nothing but Python 3.11 or newer.

    python start.py                   make .venv, copy the notebooks to my_course, open JupyterLab
    python start.py --fetch-updates   also put what changed since beside yours, as NAME.new.ipynb
    python start.py test              the same .venv, then every test; what follows goes to pytest

Your work lives in my_course/, where nothing is ever overwritten. Stopped half-way? Run it again.
"""

import argparse
import functools
import hashlib
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036 - old ones must get as far as this sentence
    sys.exit(
        "This is Python {}.{}, too old for the course. Install Python 3.11 or newer from "
        "python.org, then run start.py with that one.".format(*sys.version_info)
    )

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "start-stamp.txt"  # what .venv was made for; "unfinished" until all is installed
MINE = ROOT / "my_course"
COPIED = MINE / ".copied.json"  # the hash of each notebook when it was copied
FIRST_PAGE = "/lab/tree/notebooks/00_start_here.ipynb"

STRAY = ("PYTHONHOME", "PYTHONPATH", "__PYVENV_LAUNCHER__")  # they reach past .venv
ENVIRON = {name: value for name, value in os.environ.items() if name not in STRAY}
ENVIRON.update(PIP_DISABLE_PIP_VERSION_CHECK="1", PIP_USER="0")
QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}

say = functools.partial(print, flush=True)  # at once: above what the next program prints


def run(*command: object, **options: object) -> int:
    """Run a command in the course's folder and return its exit code."""
    return subprocess.call([str(word) for word in command], cwd=str(ROOT), env=ENVIRON, **options)


def become(*command: object) -> None:
    """End as another program, so that Ctrl-C and the exit code are its own."""
    if os.name == "nt":  # has no exec: wait, and leave Ctrl-C to the other program
        signal.signal(signal.SIGINT, lambda *_: None)
        sys.exit(run(*command))
    os.chdir(ROOT)
    os.execve(str(command[0]), [str(word) for word in command], ENVIRON)


def has(module: str) -> bool:
    """Tell whether .venv's Python runs and finds a module."""
    look = f"import importlib.util as u, sys; sys.exit(u.find_spec({module!r}) is None)"
    try:
        return run(PYTHON, "-c", look, **QUIET) == 0
    except OSError:  # missing, or no program
        return False


def make_venv(uv: str) -> None:
    """Make an empty .venv in place of whatever is there."""
    say(f"Making .venv with Python {sys.version.split()[0]} ...")
    if VENV.exists():
        PYTHON.unlink(missing_ok=True)  # first, so that a half-removed .venv is known as one
        shutil.rmtree(VENV)
    VENV.mkdir()
    STAMP.write_text("unfinished", "utf-8")
    base = getattr(sys, "_base_executable", sys.executable)  # not the .venv that is gone now
    if importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip"):
        failed = run(base, "-m", "venv", VENV)
    elif uv:
        failed = run(uv, "venv", "--quiet", "--allow-existing", "--python", base, VENV)
    else:
        sys.exit(
            "This Python comes without venv. On Debian or Ubuntu: sudo apt install python3-venv; "
            "elsewhere install Python from python.org. Then run start.py again."
        )
    if failed:
        sys.exit("Making .venv failed, see above. Delete that folder and run start.py again.")


def make_environment() -> None:
    """Install requirements.txt into .venv unless that is done; begin anew if it was cut short."""
    place = f"{ROOT}\n"
    wanted = place + hashlib.sha256((ROOT / "requirements.txt").read_bytes()).hexdigest()
    stamp = STAMP.read_text("utf-8", "replace") if STAMP.exists() else ""
    if stamp == wanted and has("jupyterlab"):
        return
    uv = shutil.which("uv") or ""
    uv = uv if uv and run(uv, "--version", **QUIET) == 0 else ""
    outdated = stamp.startswith(place) and stamp != wanted
    made_by_hand = not stamp
    if not ((outdated or made_by_hand) and has("pip")):
        make_venv(uv)
    STAMP.write_text("unfinished", "utf-8")
    say(f"Installing what the course needs with {'uv' if uv else 'pip'}, once ...")
    install = (uv, "pip", "install", "--python", PYTHON) if uv else (PYTHON, "-m", "pip", "install")
    if run(*install, "-r", "requirements.txt"):
        sys.exit(
            "Installing failed, see above. Check the network (behind a proxy: set HTTPS_PROXY) and "
            "the free space on this disk, then run the same command again."
        )
    STAMP.write_text(wanted, "utf-8")


def write(path: Path, content: bytes) -> None:
    """Write a whole file or none: first beside it, then renamed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(content)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def write_beside(mine: Path, content: bytes) -> None:
    """Write NAME.new.ipynb, or .new2 and so on where the learner has kept an earlier one."""
    number, new = 1, mine.with_name(f"{mine.stem}.new{mine.suffix}")
    while new.exists() and new.read_bytes() != content:
        number += 1
        new = mine.with_name(f"{mine.stem}.new{number}{mine.suffix}")
    write(new, content)
    say(f"Fetched {new.relative_to(ROOT)}")


def read_copied() -> dict:
    """Read the hashes of what was copied; a lost or damaged list is an empty one."""
    try:
        copied = json.loads(COPIED.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return copied if isinstance(copied, dict) else {}


def copy_course(fetch: bool) -> None:
    """Copy to my_course/ what is not there yet; name what changed upstream, or fetch it beside."""
    MINE.mkdir(exist_ok=True)
    before, new, changed = read_copied(), 0, []
    copied = dict(before)
    found = [path for top in ("notebooks", "exercises") for path in (ROOT / top).rglob("*")]
    for source in sorted(path for path in found if path.is_file()):
        name = source.relative_to(ROOT)
        if any(part.startswith((".", "__")) for part in name.parts):
            continue  # .ipynb_checkpoints, __pycache__
        mine, content = MINE / name, source.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        if not mine.exists():
            write(mine, content)
            new += 1
        elif copied.get(name.as_posix()) != digest and mine.read_bytes() != content:
            if not fetch:
                changed.append(f"  {name}")
                continue
            write_beside(mine, content)
        copied[name.as_posix()] = digest
    if copied != before:
        write(COPIED, json.dumps(copied, indent=1).encode())
    if new:
        say(f"Copied {new} new files to my_course/.")
    if changed:
        say(
            "Changed in the course since you copied them (yours stay as they are):",
            *changed,
            sep="\n",
        )
        say("`python start.py --fetch-updates` puts the new ones beside yours.")


def main(words: list) -> None:
    """Do what the command line asks for."""
    if words[:1] == ["test"]:
        make_environment()
        become(PYTHON, "-m", "pytest", "-n", "auto", "--dist", "loadscope", *words[1:])
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--fetch-updates", action="store_true", help="see above")
    parser.add_argument("--no-browser", action="store_true", help="start JupyterLab only")
    parser.add_argument("--port", help="JupyterLab's port; other options go to it as they are")
    options, others = parser.parse_known_args(words)
    if others and not others[0].startswith("-"):
        parser.error(f"unknown command {others[0]!r}: there is only 'test'")
    make_environment()
    copy_course(options.fetch_updates)
    others += ["--no-browser"] if options.no_browser else []
    others += [f"--port={options.port}"] if options.port else []
    say("Opening JupyterLab; Ctrl-C in this window stops it.")
    folder, page = f"--ServerApp.root_dir={MINE}", f"--LabApp.default_url={FIRST_PAGE}"
    become(PYTHON, "-m", "jupyterlab", folder, page, *others)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit("\nStopped. Run the same command again: it goes on from here.")
    except OSError as error:
        sys.exit(
            f"{error.strerror}: {error.filename or ROOT}. Make sure that this folder can be "
            "written to and the disk has room, then run it again; no file was left half-written."
        )
