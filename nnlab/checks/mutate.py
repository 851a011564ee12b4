"""Change each solution in every small way and see whether its check notices.

    python -m nnlab.checks.mutate                   # all exercises
    python -m nnlab.checks.mutate dense_backward    # some

Prints killed/total and the survivors: changed solutions that pass. A survivor that is right, in
value or as another valid choice, is accepted by an entry with its reason in survivors.toml;
an entry that no longer survives is an error. Only what stands between the markers is changed.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import copy
import io
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from nnlab.checks import notebooks
from nnlab.checks.engine import judge
from nnlab.checks.guard import run
from nnlab.checks.spec import Exercise, exercises

ACCEPTED = Path(__file__).with_name("survivors.toml")
PATIENCE = 2.0  # seconds; a mutant that loops for ever is a dead one
OPERATORS = {
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div, ast.Add),
    ast.Div: (ast.Mult,),
    ast.FloorDiv: (ast.Div,),
    ast.Mod: (ast.Mult,),
    ast.Pow: (ast.Mult,),
    ast.MatMult: (ast.Mult,),
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.And: (ast.Or,),
    ast.Or: (ast.And,),
}


def changed(node: ast.AST, **fields: Any) -> ast.AST:
    """Return a copy of the node with other fields."""
    twin = copy.copy(node)
    for name, value in fields.items():
        setattr(twin, name, value)
    return twin


def swaps(items: list) -> Iterator[list]:
    """Yield the list with each two neighbours swapped."""
    for i in range(len(items) - 1):
        yield [*items[:i], items[i + 1], items[i], *items[i + 2 :]]


def variants(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what may stand in the node's place in a wrong solution."""
    match node:
        case ast.BinOp(left, op, right):
            yield from (changed(node, op=other()) for other in OPERATORS.get(type(op), ()))
            yield left
            yield right
            if not isinstance(op, (ast.Add, ast.Mult)):
                yield changed(node, left=right, right=left)
        case ast.UnaryOp(ast.USub() | ast.Not() | ast.Invert(), operand):
            yield operand
        case ast.BoolOp(op, values):
            yield changed(node, op=OPERATORS[type(op)][0]())
            yield from values
        case ast.Compare(_, [op], _):
            yield from (changed(node, ops=[other()]) for other in OPERATORS.get(type(op), ()))
        case ast.Constant(bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(int() | float() as value):
            others = dict.fromkeys((value + 1, -value, value / 2, 0))
            yield from (ast.Constant(other) for other in others if other != value)
        case ast.Attribute(value, "T", ast.Load()):
            yield value
        case ast.Call(function, arguments, keywords):
            yield from (changed(node, args=swapped) for swapped in swaps(arguments))
            yield from (
                changed(node, keywords=[k for k in keywords if k is not x]) for x in keywords
            )
            if arguments:
                yield arguments[0]
            if isinstance(function, ast.Attribute):
                yield function.value
        case ast.AugAssign(target, op, value):
            yield from (changed(node, op=other()) for other in OPERATORS.get(type(op), ()))
            yield ast.Assign([target], value)
        case ast.Return(ast.expr() as value) | ast.Assign(_, value) if negatable(value):
            yield changed(node, value=ast.UnaryOp(ast.USub(), value))
        case ast.Tuple(parts, ast.Load()) | ast.List(parts, ast.Load()):
            yield from (changed(node, elts=swapped) for swapped in swaps(parts))
            for i, part in enumerate(parts):
                if negatable(part):
                    minus = ast.UnaryOp(ast.USub(), part)
                    yield changed(node, elts=[*parts[:i], minus, *parts[i + 1 :]])
        case ast.If(test) | ast.While(test) | ast.IfExp(test):
            yield changed(node, test=ast.UnaryOp(ast.Not(), test))
        case ast.Break():
            yield ast.Continue()
        case ast.Continue():
            yield ast.Break()
    if isinstance(node, (ast.Assign, ast.AugAssign)) or is_call(node):
        yield ast.Pass()


def is_call(node: ast.AST) -> bool:
    """Tell a statement that is nothing but a call, not a docstring."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)


def negatable(node: ast.expr) -> bool:
    """Tell whether a minus sign before it may make a wrong but working solution."""
    return isinstance(node, (ast.BinOp, ast.Call, ast.Name, ast.Attribute, ast.Subscript))


class Replace(ast.NodeTransformer):
    """Puts another node in the place of one."""

    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        """Take both."""
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        """Return the new node for the old one; look further in all others."""
        if node is not self.old:
            return self.generic_visit(changed(node))
        return self.new

    def generic_visit(self, node: ast.AST) -> ast.AST:
        """Visit the fields of a node that is our own copy."""
        for name, value in ast.iter_fields(node):
            if isinstance(value, list):
                setattr(node, name, [self.visit(v) if isinstance(v, ast.AST) else v for v in value])
            elif isinstance(value, ast.AST):
                setattr(node, name, self.visit(value))
        return node


def mutants(code: str) -> Iterator[tuple[str, str]]:
    """Yield a name and the code of every mutant; changes stay between the markers.

    >>> code = "def f(x):\\n    ### BEGIN SOLUTION\\n    return x.T\\n    ### END SOLUTION"
    >>> [name for name, _ in mutants(code)]
    ['return x.T -> return -x.T', 'x.T -> x']
    """
    tree, lines = ast.parse(code), code.splitlines()
    inside, here = set(), False
    for number, line in enumerate(lines, 1):
        here = (here or line.strip() == notebooks.BEGIN) and line.strip() != notebooks.END
        inside |= {number} if here else set()
    seen, known = Counter(), {ast.unparse(tree)}
    for node in ast.walk(tree):
        if getattr(node, "lineno", 0) not in inside:
            continue
        for new in variants(node):
            text = ast.unparse(ast.fix_missing_locations(Replace(node, new).visit(tree)))
            if text in known:
                continue
            known.add(text)
            name = f"{first_line(node)} -> {first_line(new)}"
            seen[name] += 1
            yield name + f" ({seen[name]})" * (seen[name] > 1), text


def first_line(node: ast.AST) -> str:
    """Return the code of a node, of a compound statement its first line."""
    return ast.unparse(ast.fix_missing_locations(copy.deepcopy(node))).splitlines()[0]


def survivors(exercise: Exercise, cells: list[dict]) -> tuple[int, list[str]]:
    """Return how many mutants an exercise's solution has, and the names of those that pass."""
    place = next(p for p in notebooks.places(cells) if p.id == exercise.id)
    ours = range(place.solution + 1, place.check)
    before: dict[str, Any] = {"__name__": "notebook"}
    execute([cell for i, cell in enumerate(cells[: place.solution])], before)
    quick = replace(exercise, seconds=min(exercise.seconds, PATIENCE))

    def passes(code: str) -> bool:
        namespace = dict(before)
        np.random.seed(0)  # noqa: NPY002 - a mutant may draw from NumPy's own generator
        exec(code, namespace)
        execute([cells[i] for i in ours], namespace)
        judge(quick, eval(place.handed_in, namespace))
        return True

    solution = notebooks.source(cells[place.solution])
    if not run(lambda: passes(solution), exercise.seconds).value:
        raise SystemExit(f"{exercise.id}: the solution itself does not pass its check")
    made = list(mutants(solution))
    return len(made), [n for n, code in made if run(lambda c=code: passes(c), 2 * PATIENCE).value]


def execute(cells: list[dict], namespace: dict[str, Any]) -> None:
    """Run code cells that aren't checks."""
    for cell in cells:
        code = notebooks.source(cell)
        if cell["cell_type"] == "code" and not notebooks.checked(code):
            with contextlib.redirect_stdout(io.StringIO()):
                exec(code, namespace)


def main(argv: list[str] | None = None) -> int:
    """Print the table; return 1 for a survivor without a reason, or a reason without a survivor."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("ids", nargs="*", help="exercises; all of them if none is named")
    ids = parser.parse_args(argv).ids
    known = exercises()
    if strange := sorted(set(ids) - known.keys()):
        parser.error(f"no exercise is called {', '.join(strange)}")
    accepted = tomllib.loads(ACCEPTED.read_text("utf-8"))
    wrong = [f"{name} in survivors.toml is no exercise" for name in accepted.keys() - known.keys()]
    killed = total = 0
    for name in ids or known:
        exercise = known[name]
        cells = notebooks.read(notebooks.notebook_of(exercise.chapter))["cells"]
        number, alive = survivors(exercise, cells)
        reasons = accepted.get(name, {})
        killed, total = killed + number - len(alive), total + number
        print(f"{name}: {number - len(alive)} of {number} killed", flush=True)
        for mutant in alive:
            print(f"    survived: {mutant}   [{reasons.get(mutant, 'NO REASON GIVEN')}]")
        wrong += [f"{name}: {mutant} passes the check" for mutant in alive if mutant not in reasons]
        wrong += [f"{name}: {m} is listed, and does not survive" for m in reasons if m not in alive]
    print(f"all together: {killed} of {total} killed")
    print(*wrong, sep="\n")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
