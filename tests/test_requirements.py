"""The pinned files fit pyproject.toml's ranges and serve every system, and nothing else gets in."""

import re
import tomllib
from itertools import product
from pathlib import Path

import pytest
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
EXTRAS = sorted(set(PROJECT["optional-dependencies"]) - {"course", "test"})
SYSTEMS = {
    "Linux": {"sys_platform": "linux", "os_name": "posix", "platform_machine": "x86_64"},
    "macOS": {"sys_platform": "darwin", "os_name": "posix", "platform_machine": "arm64"},
    "macOS on Intel": {"sys_platform": "darwin", "os_name": "posix", "platform_machine": "x86_64"},
    "Windows": {"sys_platform": "win32", "os_name": "nt", "platform_machine": "AMD64"},
}
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
NEEDED = ("anywidget", "ipywidgets", "jupyter", "matplotlib", "nbval", "numpy", "pytest", "ruff")


def environments():
    """Yield a name and the marker variables of every system and Python that we serve."""
    for (system, marks), python in product(SYSTEMS.items(), PYTHONS):
        version = {"python_version": python, "python_full_version": f"{python}.9", "extra": ""}
        yield f"{system}, Python {python}", marks | version


def pins_in(lines: list[str]) -> tuple[list[Requirement], list[str]]:
    """Return the exact pins among the lines, and what is wrong with the other lines."""
    pins, found = [], []
    for line in lines:
        if "://" in line or re.search(r"(^|\s|[\"'=@])(\.{0,2}/|[A-Za-z]:[\\/]|~)", line):
            found.append(f"an address or a path: {line}")
        elif line.strip() and not line.lstrip().startswith("#"):
            try:
                pin = Requirement(line)
            except InvalidRequirement:
                found.append(f"not a pin: {line}")
                continue
            if re.fullmatch(r"==[^*,]+", str(pin.specifier)):
                pins.append(pin)
            else:
                found.append(f"not pinned exactly: {line}")
    return pins, found


def versions_for(marks: dict[str, str], pins: list[Requirement]) -> dict[str, list[str]]:
    """Return the versions of each package that one system and Python would install."""
    versions: dict[str, list[str]] = {}
    for pin in pins:
        if not pin.marker or pin.marker.evaluate(marks):
            version = str(pin.specifier).removeprefix("==")
            versions.setdefault(canonicalize_name(pin.name), []).append(version)
    return versions


def faults(text: str, ranges: list[str], course: bool = True) -> list[str]:
    """List what is wrong with the text of a pinned file, given the ranges it has to fit."""
    lines = text.splitlines()
    ends_well = not course or (bool(lines) and lines.pop() == "-e .")
    pins, found = pins_in(lines)
    found += [] if ends_well else ["the last line is not '-e .'"]
    for name, marks in environments():
        versions = versions_for(marks, pins)
        found += [f"{name}: pinned twice: {pin}" for pin in versions if len(versions[pin]) > 1]
        for wanted in map(Requirement, ranges):
            if wanted.marker and not wanted.marker.evaluate(marks):
                continue
            have = versions.get(canonicalize_name(wanted.name), ["nothing"])[0]
            if have == "nothing" or not wanted.specifier.contains(have):
                found.append(f"{name}: {wanted} is wanted, pinned is {have}")
    return found


def ranges_of(*extras: str) -> list[str]:
    """Return pyproject.toml's ranges for the library and some extras."""
    optional = PROJECT["optional-dependencies"]
    return PROJECT["dependencies"] + [name for extra in extras for name in optional[extra]]


def test_requirements_fit_the_ranges_on_every_system():
    """A learner would install something else than what pyproject.toml promises."""
    text = (ROOT / "requirements.txt").read_text("utf-8")

    assert faults(text, ranges_of("course", "test")) == []


@pytest.mark.parametrize("extra", EXTRAS)
def test_an_extra_fits_its_ranges_and_the_course_pins(extra):
    """Installing an extra would move the course's own pins, or not work at all."""
    text = (ROOT / "requirements" / f"{extra}.txt").read_text("utf-8")
    pins, _ = pins_in(text.splitlines())
    course, _ = pins_in((ROOT / "requirements.txt").read_text("utf-8").splitlines())

    assert faults(text, ranges_of(extra), course=False) == []
    for name, marks in environments():
        versions = versions_for(marks, course)
        for package, version in versions_for(marks, pins).items():
            assert versions.get(package, version) == version, name


def test_every_extra_has_its_file_and_every_file_its_extra():
    """A new extra would not be pinned, or a dropped one would linger."""
    files = sorted(path.stem for path in (ROOT / "requirements").glob("*.txt"))

    assert files == EXTRAS


@pytest.mark.parametrize("name", NEEDED)
def test_the_two_commands_install_what_they_run(name):
    """`python start.py` or its tests would stop at an import."""
    text = (ROOT / "requirements.txt").read_text("utf-8")

    assert f"\n{name}==" in text


GOOD = 'numpy==2.4.6 ; python_version < "3.12"\nnumpy==2.5.5 ; python_version >= "3.12"\n-e .\n'


def test_a_good_file_has_no_fault():
    """The rejections below would be worth nothing if all were rejected."""
    assert faults("# a comment\n" + GOOD, ["numpy>=2.0"]) == []


@pytest.mark.parametrize(
    ("text", "ranges", "fault"),
    [
        (GOOD, ["numpy>=2.5"], r"Linux, Python 3\.11: numpy>=2\.5 is wanted"),
        (GOOD, ["numpy>=2", "scipy"], "scipy is wanted, pinned is nothing"),
        (GOOD.replace("-e .\n", ""), ["numpy"], "last line"),
        (GOOD + "\n", ["numpy"], "last line"),
        (GOOD.replace("==2.4.6", ">=2.4.6"), ["numpy"], "not pinned exactly"),
        (GOOD.replace("==2.4.6", "==2.*"), ["numpy"], "not pinned exactly"),
        (GOOD.replace("==2.4.6", ""), ["numpy"], "not pinned exactly"),
        (GOOD.replace(' ; python_version >= "3.12"', ""), ["numpy"], r"3\.11: pinned twice"),
        (GOOD.replace("<", ">"), ["numpy"], r"Windows, Python 3\.11: numpy is wanted"),
        ("colorama==1 ; os_name == 'nt'\n" + GOOD, ["colorama"], "Linux, Python 3.14: colorama"),
        ("--index-url https://example.org/simple\n" + GOOD, ["numpy"], "address"),
        ("# uv pip compile --index-url http://example.org\n" + GOOD, ["numpy"], "address"),
        ("pip @ file:///wheels/pip.whl\n" + GOOD, ["numpy"], "address"),
        ("--find-links /wheels\n" + GOOD, ["numpy"], "a path"),
        ("--find-links=C:\\wheels\n" + GOOD, ["numpy"], "a path"),
        ("# from ~/pip.conf\n" + GOOD, ["numpy"], "a path"),
        ("./wheels/pip.whl\n" + GOOD, ["numpy"], "a path"),
        ("-r more.txt\n" + GOOD, ["numpy"], "not a pin"),
        ("-e .\n" + GOOD, ["numpy"], "not a pin"),
        ("", ["numpy"], "last line"),
    ],
)
def test_a_bad_file_is_rejected(text, ranges, fault):
    """The checks above could pass whatever stands in the files."""
    assert re.search(fault, "\n".join(faults(text, ranges)))
