"""Set up the course and open it, or test it, with nothing but Python 3.11 or newer.

    python start.py                   make .venv, copy the notebooks to my_course, open JupyterLab
    python start.py --fetch-updates   also put what changed since beside yours, as NAME.new.ipynb
    python start.py interview         a mock interview in this terminal; what follows goes to it
    python start.py test              the same .venv, then every test; what follows goes to pytest

Your work lives in my_course/, where nothing is ever overwritten. Stopped half-way? Run it again.
"""

import argparse
import functools
import hashlib
import importlib.util
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
SETTINGS = VENV / "share/jupyter/lab/settings/overrides.json"  # JupyterLab's defaults, here
NO_NEWS = '{"@jupyterlab/apputils-extension:notification": {"fetchNews": "false"}}'
STAMP = VENV / "start-stamp.txt"  # what .venv was made for; "unfinished" until all is installed
MINE = ROOT / "my_course"
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
    SETTINGS.parent.mkdir(parents=True, exist_ok=True)
    SETTINGS.write_text(NO_NEWS, "utf-8")  # else its first page is half hidden by a question
    STAMP.write_text(wanted, "utf-8")


def main(words: list) -> None:
    """Do what the command line asks for."""
    if words[:1] == ["test"]:
        make_environment()
        become(PYTHON, "-m", "pytest", "-n", "auto", "--dist", "loadscope", *words[1:])
    if words[:1] == ["interview"]:
        make_environment()
        become(PYTHON, "-m", "nnlab.interview", *words[1:])
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--fetch-updates", action="store_true", help="see above")
    parser.add_argument("--no-browser", action="store_true", help="start JupyterLab only")
    parser.add_argument("--port", help="JupyterLab's port; other options go to it as they are")
    options, others = parser.parse_known_args(words)
    if others and not others[0].startswith("-"):
        parser.error(f"unknown command {others[0]!r}: there are 'test' and 'interview'")
    make_environment()
    updates = ["--fetch-updates"] if options.fetch_updates else []
    if run(PYTHON, "-m", "nnlab.my_course", *updates):
        sys.exit(1)  # it has said why
    others += ["--no-browser"] if options.no_browser else []
    others += [f"--port={options.port}"] if options.port else []
    say("Opening JupyterLab; Ctrl-C twice in this window stops it.")
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
