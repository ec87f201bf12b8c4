"""The mutants of a module: the same source with one small change.

Our own, because the libraries don't fit: mutmut and cosmic-ray choose no seeded sample, select no tests by
coverage, and start pytest and Django again for every mutant.
"""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_COMPARISONS: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_ARITHMETIC: Final[dict[type[ast.operator], type[ast.operator]]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Div: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
_CALLS: Final = {"any": "all", "all": "any", "min": "max", "max": "min"}
#: Strings that code compares, such as statuses and event types; messages are prose, which has its own tests.
_NAME: Final = re.compile(r"[a-z][a-z_]*\Z")
#: Calls without an effect on a run.
_QUIET: Final = frozenset({"logger", "_", "gettext", "dataclass", "field", "cast", "TypeVar", "assert_never"})


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of one module. ``start`` and ``end`` are offsets in the source's bytes."""

    path: Path
    line: int
    last_line: int
    kind: str
    start: int
    end: int
    replacement: str

    def source(self, original: bytes) -> bytes:
        """Return the module's source with the change."""
        return original[: self.start] + self.replacement.encode() + original[self.end :]

    @property
    def words(self) -> tuple[str, ...]:
        """Return the string that is changed, if it is one, in the quotes that tests use."""
        text = self.path.read_bytes()[self.start : self.end].decode()
        return (f'"{text[1:-1]}"',) if self.kind == "constant" and text[:1] in "\"'" else ()

    def changed_lines(self, original: bytes) -> tuple[str, str]:
        """Return the changed lines before and after the change, without their indentation."""
        before = original[: self.start].rfind(b"\n") + 1
        after = original.find(b"\n", self.end)
        old, changed = original[before:after], self.source(original)
        new = changed[before : after + len(changed) - len(original)]
        return _joined(old.decode()), _joined(new.decode())

    def diff(self, original: bytes, name: str) -> str:
        """Return the change as a unified diff."""
        lines = difflib.unified_diff(
            original.decode().splitlines(),
            self.source(original).decode().splitlines(),
            name,
            name,
            "",
            "",
            2,
            "",
        )
        return "\n".join(lines)


def _joined(text: str) -> str:
    return " ".join(text.split())


def mutants_of(path: Path) -> list[Mutant]:
    """Return all mutants of the module, in the order of its source."""
    source = path.read_bytes()
    tree = ast.parse(source)
    _mark(tree)
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    found: dict[tuple[int, int, str], Mutant] = {}
    for node in ast.walk(tree):
        if getattr(node, "skipped", False):
            continue
        for kind, target, replacement in _changes(node):
            first, last = target if isinstance(target, tuple) else (_start(target), _end(target))
            start, end = (starts[line - 1] + column for line, column in (first, last))
            mutant = Mutant(path, first[0], last[0], kind, start, end, replacement)
            if _is_other(mutant.source(source), tree):
                found.setdefault((start, end, replacement), mutant)
    return sorted(found.values(), key=lambda mutant: (mutant.start, mutant.end, mutant.replacement))


def _is_other(source: bytes, tree: ast.Module) -> bool:
    try:
        return ast.dump(ast.parse(source)) != ast.dump(tree)
    except SyntaxError:
        return False


def _mark(tree: ast.Module) -> None:  # noqa: C901 - one arm a kind of node
    """Mark what is never mutated: annotations, docstrings, f-strings, decorators, ``TYPE_CHECKING``."""
    for node in ast.walk(tree):
        skipped: list[ast.AST | None] = []
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                skipped += [node.returns, *node.decorator_list]
            case ast.ClassDef():
                skipped += [*node.decorator_list, *node.bases]
            case ast.arg() | ast.AnnAssign():
                skipped.append(node.annotation)
            case ast.Assign(targets=[ast.Name(id="__all__")]):
                skipped.append(node)
            case ast.JoinedStr() | ast.Import() | ast.ImportFrom():
                skipped.append(node)
            case ast.Call() if _callee(node) in _QUIET:
                skipped.append(node)
            case ast.Expr(value=ast.Constant()) | ast.Assert():
                skipped.append(node)
            case ast.Expr(value=ast.Call() as call) if _callee(call) in _QUIET:
                skipped.append(node)
            case ast.If(test=ast.Name(id="TYPE_CHECKING")):
                skipped.append(node)
        for root in skipped:
            for inner in ast.walk(root) if root is not None else ():
                inner.skipped = True  # type: ignore[attr-defined]


def _callee(call: ast.Call) -> str:
    """Return the first name of what is called: ``logger`` of ``logger.warning(…)``."""
    function = call.func
    while isinstance(function, ast.Attribute):
        function = function.value
    return function.id if isinstance(function, ast.Name) else ""


Position = tuple[int, int]
Change = tuple[str, ast.expr | ast.stmt | tuple[Position, Position], str]


def _start(node: ast.expr | ast.stmt | ast.keyword) -> Position:
    return node.lineno, node.col_offset


def _end(node: ast.expr | ast.stmt | ast.keyword) -> Position:
    return node.end_lineno or node.lineno, node.end_col_offset or 0


def _changes(node: ast.AST) -> Iterator[Change]:
    match node:
        case ast.Compare(ops=[operator]) if type(operator) in _COMPARISONS:
            other = ast.Compare(node.left, [_COMPARISONS[type(operator)]()], node.comparators)
            yield "comparison", node, _expression(other)
        case ast.BoolOp():
            swapped: ast.boolop = ast.Or() if isinstance(node.op, ast.And) else ast.And()
            yield "and/or", node, _expression(ast.BoolOp(swapped, node.values))
        case ast.UnaryOp(op=ast.Not()):
            yield "not", node, _expression(node.operand)
        case ast.BinOp() if type(node.op) in _ARITHMETIC:
            yield (
                "operator",
                node,
                _expression(ast.BinOp(node.left, _ARITHMETIC[type(node.op)](), node.right)),
            )
        case ast.If() | ast.While() | ast.IfExp():
            yield from _conditions([node.test])
        case ast.comprehension():
            yield from _conditions(node.ifs)
        case ast.Constant():
            yield from _constants(node)
        case ast.Call():
            yield from _calls(node)
        case ast.stmt():
            yield from _statements(node)


def _conditions(tests: list[ast.expr]) -> Iterator[Change]:
    """Negate each condition that no other change negates."""
    for test in tests:
        if not isinstance(test, ast.Compare | ast.UnaryOp):
            yield "condition", test, f"(not {_expression(test)})"


def _expression(node: ast.expr) -> str:
    return f"({ast.unparse(node)})"


def _constants(node: ast.Constant) -> Iterator[Change]:
    match node.value:
        case bool():
            yield "constant", node, str(not node.value)
        case int() | float():
            yield "constant", node, f"({node.value + 1!r})"
        case str() if _NAME.match(node.value):
            yield "constant", node, repr(f"{node.value}_")


def _calls(node: ast.Call) -> Iterator[Change]:
    if isinstance(node.func, ast.Name) and node.func.id in _CALLS:
        yield "call", node.func, _CALLS[node.func.id]
    unsorted: list[ast.expr | ast.keyword] = [*node.args, *node.keywords]
    arguments = sorted(unsorted, key=_start)
    for n, dropped in enumerate(arguments):
        if isinstance(dropped, ast.keyword) and dropped.arg is not None:
            following = arguments[n + 1 : n + 2]
            start = _end(arguments[n - 1]) if n else _start(dropped)
            end = _start(following[0]) if following and not n else _end(dropped)
            yield "argument", (start, end), ""


def _statements(node: ast.stmt) -> Iterator[Change]:
    match node:
        case ast.Return(value=ast.expr() as value) if not _is_none(value):
            yield "return", node, "return None"
        case ast.Expr(value=ast.Call() | ast.Yield() | ast.YieldFrom()) | ast.AugAssign() | ast.Delete():
            yield "statement", node, "pass"
        case ast.Raise() | ast.Continue() | ast.Break():
            yield "statement", node, "pass"
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            yield "statement", node, "pass"


def _is_none(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is None
