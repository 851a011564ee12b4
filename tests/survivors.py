"""Mutants that survived, against the list in mutants.toml: `python -m tests.survivors`.

The list has a table for each function, and in it a line for each mutant that no test can notice:
"the code → the mutant's" = "why". Mutmut's own numbers would shift with every edit.
"""

import difflib
import json
import re
import sys
import tomllib
from pathlib import Path

LIST = Path(__file__).with_name("mutants.toml")
NO_TEST_FAILED = (0, 5, 33)  # in mutmut's codes: all passed, or there were none

Entry = tuple[str, str]  # a function, and "code → the mutant's"


def readable(mangled: str) -> str:
    """Undo mutmut's names: nnlib.value.xǁValueǁtanh is nnlib.value.Value.tanh."""
    return re.sub(r"\.x[_ǁ]", ".", mangled).replace("ǁ", ".")


def change(folder: Path, name: str) -> str:
    """Return what a mutant changed, as "code → the mutant's", each on one line."""
    module, _, mutant = name.rpartition(".")
    source = folder.joinpath(*module.split(".")).with_suffix(".py").read_text("utf-8")

    def lines(function: str) -> list[str]:
        """Return what stands below one of the generated functions' signatures."""
        body = rf"^( *)def {function}\((?s:.*?):\n((?:\1 .*\n|\n)*)"
        found = re.search(body, source, re.M)[2]
        return [line.strip() for line in found.splitlines() if line.strip()]

    original = lines(mutant.partition("__mutmut_")[0] + "__mutmut_orig")
    diff = list(difflib.unified_diff(original, lines(mutant), n=0, lineterm=""))[2:]
    return " → ".join(" ".join(line[1:] for line in diff if line[0] == sign) for sign in "-+")


def compare(folder: Path, listed: dict[str, dict[str, str]]) -> tuple[list[Entry], list[Entry]]:
    """Return the survivors that aren't listed, and the listed ones that are killed or gone."""
    survived, waiting = set(), set()
    for meta in sorted(folder.rglob("*.py.meta")):
        for name, code in json.loads(meta.read_text("utf-8"))["exit_code_by_key"].items():
            function = readable(name.partition("__mutmut_")[0])
            if code is None:  # not run yet
                waiting.add(function)
            elif code in NO_TEST_FAILED:
                survived.add((function, change(folder, name)))
    known = {(function, line) for function, lines in listed.items() for line in lines}
    gone = {entry for entry in known - survived if entry[0] not in waiting}
    return sorted(survived - known), sorted(gone)


def as_toml(entries: list[Entry]) -> str:
    """Return entries as the list has them, each with an empty reason."""
    text = ""
    for function, line in entries:
        head = f'\n["{function}"]\n'
        text += f'{"" if head in text else head}{json.dumps(line, ensure_ascii=False)} = ""\n'
    return text


if __name__ == "__main__":
    unlisted, gone = compare(Path("mutants"), tomllib.loads(LIST.read_text("utf-8")))
    print("survived, and not in mutants.toml:", as_toml(unlisted) or "none")
    print("in mutants.toml, but killed or gone:", as_toml(gone) or "none")
    sys.exit(bool(unlisted or gone))
