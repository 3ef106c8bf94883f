"""Statements brought to the form that derivatives are taken of: one reduction each, at the top.

Nested reductions and scans become statements of their own, so that the adjoint of a definition
costs no more than the definition.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

from ..errors import RegistryError
from .algebra import ONE, ZERO, call, select
from .expression import (
    Constant,
    Expression,
    Index,
    Order,
    Product,
    Read,
    Reduce,
    Scan,
    Statement,
    free_indices,
    transform,
    walk,
)


class Names:
    """Names that are taken, and fresh ones."""

    def __init__(self, used: Iterable[str]) -> None:
        self.used = set(used)

    def fresh(self, base: str) -> str:
        """A name like `base` that nothing has; it is taken from now on."""
        name, number = base, 1
        while name in self.used:
            number += 1
            name = f"{base}_{number}"
        self.used.add(name)
        return name


def fresh_index(like: str, used: set[str]) -> str:
    """An index over the same axis as `like` that is not in `used`; it is added there."""
    letters = like.rstrip("0123456789")
    number = 1
    while f"{letters}{number}" in used:
        number += 1
    used.add(f"{letters}{number}")
    return f"{letters}{number}"


def all_indices(*expressions: Expression) -> set[str]:
    """Names of all indices in expressions, bound and free."""
    found: set[str] = set()
    for expression in expressions:
        for node in walk(expression):
            if isinstance(node, Index):
                found.add(node.name)
            elif isinstance(node, Reduce):
                found.update(node.indices)
            elif isinstance(node, Scan):
                found.update((node.index, node.until.name))
            elif isinstance(node, Order):
                found.add(node.index)
    return found


def rename(expression: Expression, indices: Mapping[str, Expression]) -> Expression:
    """The expression with indices replaced, bound ones too where they are named.

    A bound index can only be replaced by another index.
    """

    def bound(name: str) -> str:
        new = indices.get(name)
        return new.name if isinstance(new, Index) else name

    def visit(node: Expression) -> Expression:
        match node:
            case Index(name):
                return indices.get(name, node)
            case Reduce(kind, names, body):
                return Reduce(kind, tuple(bound(name) for name in names), body)
            case Scan(kind, index, until, body, reverse):
                new = indices.get(until.name, until)
                if not isinstance(new, Index):
                    raise RegistryError(
                        f"a scan up to {until.name} cannot be read at another place"
                    )
                return Scan(kind, bound(index), new, body, reverse)
            case Order(index):
                return replace(node, index=bound(index))
        return node

    return transform(expression, visit)


def plain_names(index: Expression) -> tuple[str, ...]:
    """The names in a plain index or a product of plain ones; () for any other expression."""
    if isinstance(index, Index):
        return (index.name,)
    if isinstance(index, Product) and all(isinstance(part, Index) for part in index.parts):
        return tuple(part.name for part in index.parts if isinstance(part, Index))
    return ()


def plain(indices: tuple[Expression, ...]) -> tuple[str, ...] | None:
    """The names in indices that are all plain and all different, in order; None for others."""
    parts = [plain_names(index) for index in indices]
    names = tuple(name for part in parts for name in part)
    return names if all(parts) and len(set(names)) == len(names) else None


def hoist(statements: Iterable[Statement], names: Names) -> list[Statement]:
    """The statements with every reduction and scan at the top of a statement of its own.

    Products over several indices become products of products; a scan whose body looks at the index
    that it runs up to becomes a reduction.
    """
    result: list[Statement] = []
    statements = tuple(statements)
    open_targets = changing(statements)
    for statement in statements:
        value = statement.value
        order = all_names(statement.target.indices)
        if isinstance(value, (Reduce, Scan)) and _may_stay(value, statement, open_targets):
            body = _flatten(value.body, result, names, order)
            top = _regular(value.rebuild((body,)))
            if not isinstance(top, (Reduce, Scan)) or not _may_stay(top, statement, open_targets):
                top = _flatten(top, result, names, order)
            elif top != value:
                top = top.rebuild((_flatten(top.children[0], result, names, order),))
            value = top
        elif isinstance(value, Order) and statement.target.tensor not in open_targets:
            parts = tuple(_flatten(part, result, names, order) for part in value.children)
            value = value.rebuild(parts)
        else:
            value = _flatten(value, result, names, order)
        target = statement.target.rebuild(
            tuple(_flatten(index, result, names, order) for index in statement.target.indices)
        )
        assert isinstance(target, Read)
        result.append(Statement(target, value, statement.accumulate))
    return result


def changing(statements: Iterable[Statement]) -> set[str]:
    """Tensors that several statements make up, or one `+=` or put."""
    statements = tuple(statements)
    times = Counter(statement.target.tensor for statement in statements)
    return {
        item.target.tensor
        for item in statements
        if item.accumulate or plain(item.target.indices) is None or times[item.target.tensor] > 1
    }


def _may_stay(value: Reduce | Scan, statement: Statement, open_targets: set[str]) -> bool:
    """A sum may stay anywhere but in a put; others need a tensor that holds their result alone."""
    if isinstance(value, Reduce) and value.kind == "sum":
        return statement.accumulate or plain(statement.target.indices) is not None
    return statement.target.tensor not in open_targets


def _flatten(
    expression: Expression, result: list[Statement], names: Names, order: tuple[str, ...]
) -> Expression:
    """The expression with its reductions and scans replaced by reads of new statements' targets.

    Their axes come in the given order where it names them.
    """

    def visit(node: Expression) -> Expression:
        if isinstance(node, Order):
            return placed("order_of", node)
        if not isinstance(node, (Reduce, Scan)):
            return node
        regular = _regular(node)
        if not isinstance(regular, (Reduce, Scan)):
            return _flatten(regular, result, names, order)
        if regular != node:
            body = _flatten(regular.body, result, names, order)
            regular = replace(regular, body=body)
        return placed(f"{regular.kind}_of", regular)

    def placed(name: str, value: Expression) -> Read:
        indices = tuple(Index(name) for name in _ordered(free_indices(value), order))
        read = Read(names.fresh(name), indices)
        result.append(Statement(read, value))
        return read

    return transform(expression, visit)


def all_names(indices: tuple[Expression, ...]) -> tuple[str, ...]:
    """Names of the free indices in expressions, in order of appearance."""
    return tuple(dict.fromkeys(name for index in indices for name in free_indices(index)))


def _ordered(found: tuple[str, ...], order: tuple[str, ...]) -> list[str]:
    """The names that are in `order` as they are there, then the others."""
    return [name for name in order if name in found] + [n for n in found if n not in order]


def _regular(node: Expression) -> Expression:
    """A product over one index at a time; a scan as a reduction where its body needs its end."""
    match node:
        case Reduce("prod", indices, body) if len(indices) > 1:
            for name in reversed(indices):
                body = Reduce("prod", (name,), body)
            return body
        case Scan(kind, index, until, body, reverse) if until.name in free_indices(body):
            within = call("ge" if reverse else "le", Index(index), until)
            identity = {"sum": ZERO, "prod": ONE, "max": Constant(-float("inf"))}
            identity["min"] = Constant(float("inf"))
            if kind not in identity:
                raise RegistryError(f"running_{kind} of an expression that reads {until.name}")
            return Reduce(kind, (index,), select(within, body, identity[kind]))
    return node
