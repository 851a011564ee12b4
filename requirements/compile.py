"""Write every pinned requirements file anew from the ranges in pyproject.toml.

    python requirements/compile.py              # keep the pins that still fit the ranges
    python requirements/compile.py --upgrade    # take the newest versions that fit

Needs uv (`pip install uv`). One file serves all systems and Pythons: what differs carries a marker.
Neither the address of a package index nor a path of this computer gets into the files.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
EXTRAS = ("anki", "bench", "browser", "instructor", "mutation")
HEADER = (
    "# Pinned for Linux, macOS and Windows, Python 3.11 to 3.14; pyproject.toml holds the ranges.\n"
    "# Do not edit: run `python requirements/compile.py` (see CONTRIBUTING.md).\n"
)
UV = (
    *("uv", "pip", "compile", "pyproject.toml", "--universal", "--python-version", "3.11"),
    *("--no-header", "--no-emit-index-url", "--no-emit-find-links", "--quiet"),
)


def compile_to(path: Path, *options: str) -> None:
    """Run uv and put our header, which names no address, above the pins."""
    command = [*UV, *options, "--output-file", path]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    path.write_text(HEADER + path.read_text("utf-8"), "utf-8", newline="\n")


def main(options: list[str]) -> None:
    """Pin the course, then each extra on top of the same pins, then the course itself."""
    course = ROOT / "requirements.txt"
    compile_to(course, "--extra", "course", "--extra", "test", *options)
    for extra in EXTRAS:
        pinned = ROOT / "requirements" / f"{extra}.txt"
        compile_to(pinned, "--extra", extra, "--constraint", course.name, *options)
    course.write_text(course.read_text("utf-8") + "-e .\n", "utf-8", newline="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
