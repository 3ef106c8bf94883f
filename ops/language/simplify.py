"""Expressions made shorter without changing what they give.

A rule is one line: what it matches and what it becomes, in the language itself; a name stands for
any expression. They keep IEEE results, NaN and infinities included, except that the sign of a zero
may change (`a + 0`). The `STRUCTURAL` rules take a written 0 for "no derivative" and are used on
derived expressions only: there `0 * a` is 0 even where `a` is infinite.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from functools import lru_cache

from .expression import Call, Cast, Constant, Expression, Index, Read, Reduce, Size, transform
from .parse import parse_expression

RULES = (
    ("a + 0", "a"),
    ("0 + a", "a"),
    ("a - 0", "a"),
    ("0 - a", "-a"),
    ("a * 1", "a"),
    ("1 * a", "a"),
    ("a ** 1", "a"),
    ("a ** 2", "a * a"),
    ("--a", "a"),
    ("a + -b", "a - b"),
    ("-a + b", "b - a"),
    ("a - -b", "a + b"),
    ("-a * b", "-(a * b)"),
    ("a * -b", "-(a * b)"),
    ("-a / b", "-(a / b)"),
    ("a / -b", "-(a / b)"),
    ("max(a, -inf)", "a"),
    ("min(a, inf)", "a"),
    ("abs(-a)", "abs(a)"),
    ("abs(abs(a))", "abs(a)"),
    ("a if c else a", "a"),
    ("(a if c else b) if c else d", "a if c else d"),
    ("a if c else (b if c else d)", "a if c else d"),
    ("a if not c else b", "b if c else a"),
    ("c and c", "c"),
    ("c or c", "c"),
    ("(a if c else 0) + (0 if c else b)", "a if c else b"),
    ("(0 if c else a) + (b if c else 0)", "b if c else a"),
    ("(a if c else 0) + (b if c else 0)", "a + b if c else 0"),
    ("(0 if c else a) + (0 if c else b)", "0 if c else a + b"),
    ("-(a if c else 0)", "-a if c else 0"),
    ("-(0 if c else a)", "0 if c else -a"),
)

STRUCTURAL = (
    ("a * 0", "0"),
    ("0 * a", "0"),
    ("0 / a", "0"),
    ("a / 1", "a"),
    ("(a if c else 0) * b", "a * b if c else 0"),
    ("(0 if c else a) * b", "0 if c else a * b"),
    ("a * (b if c else 0)", "a * b if c else 0"),
    ("a * (0 if c else b)", "0 if c else a * b"),
    ("(a if c else 0) / b", "a / b if c else 0"),
    ("(0 if c else a) / b", "0 if c else a / b"),
)

_FOLDED: dict[str, Callable[..., int | float | bool]] = {
    "neg": operator.neg,
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "floordiv": operator.floordiv,
    "mod": operator.mod,
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
    "and": lambda a, b: bool(a) and bool(b),
    "or": lambda a, b: bool(a) or bool(b),
    "not": operator.not_,
    "maximum": max,
    "minimum": min,
}


def simplify(expression: Expression, structural: bool = False) -> Expression:
    """The expression with every rule applied until none fits.

    Args:
        expression: Any expression.
        structural: It is a derivative: a written 0 means that nothing flows.
    """
    table = _table(structural)

    def visit(node: Expression) -> Expression:
        for _ in range(32):
            shorter = _once(node, table)
            if shorter is None:
                return node
            # what a rule put together may fit others below its root
            node = transform(shorter, lambda part: _once(part, table) or part)
        return node

    return transform(expression, visit)


Table = dict[str, list[tuple[Expression, Expression]]]


@lru_cache(maxsize=2)
def _table(structural: bool) -> Table:
    """The rules by the function at the root of their pattern."""
    table: Table = {}
    for pattern, result in RULES + (STRUCTURAL if structural else ()):
        left = parse_expression(pattern)
        assert isinstance(left, Call)
        table.setdefault(left.function, []).append((left, parse_expression(result)))
    return table


def _once(node: Expression, table: Table) -> Expression | None:
    """The node after the first rule that fits it; None if none does."""
    if isinstance(node, Cast):
        inner = node.body
        return inner if isinstance(inner, Cast) and inner.dtype == node.dtype else None
    if isinstance(node, Reduce):
        return _counted(node)
    if not isinstance(node, Call):
        return None
    folded = _fold(node)
    if folded is not None:
        return folded
    for pattern, result in table.get(node.function, ()):
        found: dict[str, Expression] = {}
        if _matches(pattern, node, found):
            return _filled(result, found)
    return None


def _counted(node: Reduce) -> Expression | None:
    """A sum of ones as the number of its terms; None if it is another reduction."""
    if node.kind != "sum" or not isinstance(node.body, Constant) or node.body != Constant(1):
        return None
    first, *others = (Size(Index(name).size) for name in node.indices)
    count: Expression = first
    for size in others:
        count = Call("mul", (count, size))
    return count


def _filled(result: Expression, found: dict[str, Expression]) -> Expression:
    """The result of a rule with what its names stand for."""
    return transform(result, lambda part: found[part.tensor] if isinstance(part, Read) else part)


def _fold(node: Call) -> Expression | None:
    """A call of constants as a constant; a choice whose condition is known."""
    first = node.arguments[0] if node.arguments else None
    if not isinstance(first, Constant):
        second = node.arguments[1] if len(node.arguments) == 2 else None
        if isinstance(second, Constant) and isinstance(second.value, bool):
            return _truth(node.function, second.value, node.arguments[0])
        return None
    if node.function == "select":
        return node.arguments[1] if first.value else node.arguments[2]
    if len(node.arguments) == 2 and isinstance(first.value, bool):
        known = _truth(node.function, first.value, node.arguments[1])
        if known is not None:
            return known
    values = [part.value for part in node.arguments if isinstance(part, Constant)]
    if len(values) < len(node.arguments) or node.function not in _FOLDED:
        return None
    if any(isinstance(value, float) and not math.isfinite(value) for value in values):
        return None
    try:
        return Constant(_FOLDED[node.function](*values))
    except (ZeroDivisionError, OverflowError):
        return None


def _truth(function: str, known: bool, other: Expression) -> Expression | None:
    """`known and other`, `known or other` (or the other way round) where `known` decides."""
    if function == "and":
        return other if known else Constant(False)
    if function == "or":
        return Constant(True) if known else other
    return None


def _matches(pattern: Expression, node: Expression, found: dict[str, Expression]) -> bool:
    """Whether the node has the shape of the pattern; fills in what its names stand for."""
    if isinstance(pattern, Read):
        return found.setdefault(pattern.tensor, node) == node
    if isinstance(pattern, Constant):
        return (
            isinstance(node, Constant)
            and not isinstance(node.value, bool)
            and node.value == pattern.value
        )
    if not isinstance(pattern, Call) or not isinstance(node, Call):
        return False
    if pattern.function != node.function:
        return False
    return all(_matches(p, n, found) for p, n in zip(pattern.arguments, node.arguments))
