"""Copy the course to my_course/, where no update overwrites a learner's answers.

    python -m nnlab.my_course                   copy what is not there yet; name what changed since
    python -m nnlab.my_course --fetch-updates   also put what changed beside yours

start.py runs this before it opens JupyterLab. What is fetched is called NAME.new.ipynb.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MINE = ROOT / "my_course"
COPIED = MINE / ".copied.json"  # the hash of each notebook when it was copied


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
        print(f"Copied {new} new files to my_course/.")
    if changed:
        print("Changed in the course since you copied them (yours stay as they are):")
        print(*changed, sep="\n")
        print("`python start.py --fetch-updates` puts the new ones beside yours.")


def read_copied() -> dict[str, str]:
    """Read the hashes of what was copied; a lost or damaged list is an empty one."""
    try:
        copied = json.loads(COPIED.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return copied if isinstance(copied, dict) else {}


def write_beside(mine: Path, content: bytes) -> None:
    """Write NAME.new.ipynb, or .new2 and so on where the learner has kept an earlier one."""
    number, new = 1, mine.with_name(f"{mine.stem}.new{mine.suffix}")
    while new.exists() and new.read_bytes() != content:
        number += 1
        new = mine.with_name(f"{mine.stem}.new{number}{mine.suffix}")
    write(new, content)
    print(f"Fetched {new.relative_to(ROOT)}")


def write(path: Path, content: bytes) -> None:
    """Write a whole file or none: first beside it, then renamed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(content)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def main(words: list[str]) -> None:
    """Do what the command line asks for; say in one sentence why it can't be done."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--fetch-updates", action="store_true", help="see above")
    fetch = parser.parse_args(words).fetch_updates
    try:
        copy_course(fetch)
    except KeyboardInterrupt:  # start.py says so
        sys.exit(130)
    except OSError as error:
        sys.exit(
            f"{error.strerror}: {error.filename or MINE}. Make sure that this folder can be "
            "written to and the disk has room, then run it again; no file was left half-written."
        )


if __name__ == "__main__":
    main(sys.argv[1:])
