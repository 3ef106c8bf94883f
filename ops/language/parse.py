"""Statements and expressions of the op notation, read with `ast` from a subset of Python.

Only syntax is decided here, and what a name is: a size in upper case, a tensor, an attribute or an
index. `check.py` says whether an entry makes sense as a whole.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterator
from dataclasses import replace

from ..errors import RegistryError, nearest
from .expression import Expression, Read, Statement
from .expression_reader import ExpressionReader
from .numerals import Numerals
from .op import Block, Condition
from .scope import LENIENT, Scope
from .syntax import Source


def parse_expression(text: str, scope: Scope | None = None) -> Expression:
    """The expression that `text` denotes.

    Args:
        text: One expression; it may span lines.
        scope: What names mean; None to tell indices from tensors by where they stand.

    Raises:
        RegistryError: It is not in the language, or a name is not known; line and column are those
            in `text`.
    """
    source = Source(text, f"({text}\n)", offset=1)
    match source.tree.body:
        case [ast.Expr(value)]:
            return ExpressionReader(source, scope or LENIENT).expression(value)
    raise RegistryError(f"this must be one expression, got {text!r}")


def parse_statements(text: str, scope: Scope | None = None) -> tuple[Statement | Block, ...]:
    """The statements that `text` denotes, in order; `if` blocks stay blocks.

    Args:
        text: One statement a line.
        scope: What names mean, targets excluded: those are found in the text.

    Raises:
        RegistryError: It is not in the language, a name is not known, or assigned twice.
    """
    source = Source(text, textwrap.dedent(text), offset=0)
    scope = scope or LENIENT
    ranks: dict[str, int | None] = {}
    for name, rank in _targets(source, source.tree.body):
        if name not in scope.ranks:  # under two conditions a name may have two ranks
            ranks[name] = rank if ranks.get(name, rank) == rank else None
    return _StatementReader(source, scope.with_tensors(ranks), Numerals()).statements(
        source.tree.body
    )


def _targets(source: Source, body: list[ast.stmt]) -> Iterator[tuple[str, int]]:
    """Names that statements assign, with the number of their indices."""
    for node in body:
        match node:
            case ast.Assign([target], _) | ast.AugAssign(target, ast.Add(), _):
                match target:
                    case ast.Name(name):
                        yield name, 0
                    case ast.Subscript(ast.Name(name), indices):
                        yield name, len(source.split_indices(indices))
            case ast.If(_, then, otherwise):
                yield from _targets(source, then)
                yield from _targets(source, otherwise)


class _StatementReader(ExpressionReader):
    """Turns nodes of a text's syntax tree into statements."""

    def statements(self, body: list[ast.stmt]) -> tuple[Statement | Block, ...]:
        found: list[Statement | Block] = []
        for node in body:
            match node:
                case ast.Assign([target], value):
                    parts = self.target(target), self.expression(value)
                    found.append(Statement(*parts, line=node.lineno))
                case ast.AugAssign(target, ast.Add(), value):
                    parts = self.target(target), self.expression(value)
                    found.append(Statement(*parts, True, node.lineno))
                case ast.If(test, then, otherwise):
                    condition = self.condition(test)
                    found.append(Block((condition,), self.statements(then)))
                    if otherwise:
                        opposite = replace(condition, negated=not condition.negated)
                        found.append(Block((opposite,), self.statements(otherwise)))
                case _:
                    raise self.source.mistake(
                        node,
                        "a statement must read `target = value`, `target += value` or "
                        f"`if attribute == 'word':`, got {ast.unparse(node)!r}",
                    )
        return tuple(found)

    def condition(self, test: ast.expr) -> Condition:
        match test:
            case ast.Compare(
                ast.Name(name), [ast.Eq() | ast.NotEq() as sign], [ast.Constant(str(word))]
            ):
                if self.scope.strict and name not in self.scope.attributes:
                    hint = nearest(name, self.scope.attributes)
                    raise self.source.mistake(test, f"{name} must be an attribute{hint}")
                return Condition(name, word, isinstance(sign, ast.NotEq))
        raise self.source.mistake(
            test, f"a condition must read `attribute == 'word'`, got {ast.unparse(test)!r}"
        )

    def target(self, node: ast.expr) -> Read:
        match node:
            case ast.Name(name):
                return Read(name)
            case ast.Subscript(ast.Name(name), indices):
                return Read(name, self.indices(indices))
        raise self.source.mistake(
            node, f"a target must be a name or name[indices], got {ast.unparse(node)!r}"
        )
