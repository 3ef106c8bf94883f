"""Derived programs made small: dead statements go, equal ones are shared, trivial ones inlined."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from .expression import (
    Call,
    Cast,
    Constant,
    Expression,
    Index,
    Order,
    Read,
    Reduce,
    Scan,
    Statement,
    reads,
    transform,
    walk,
)
from .hoist import all_indices, fresh_index, plain, rename
from .simplify import simplify


def tidy(
    statements: Iterable[Statement],
    outputs: Collection[str],
    outside: dict[str, Expression],
) -> list[Statement]:
    """The same program for the outputs, with fewer and shorter statements.

    `outside`, the values beyond the edges of tensors, is kept up to date.
    """
    program = [shortened(statement) for statement in statements]
    for _ in range(8):
        before = program
        program = share(alive(program, outputs), outputs, outside)
        program = inline(program, outputs)
        if program == before:
            break
    return alive(program, outputs)


def shortened(statement: Statement) -> Statement:
    """The statement with its value simplified as a derivative."""
    value = simplify(statement.value, structural=True)
    return (
        statement
        if value == statement.value
        else Statement(statement.target, value, statement.accumulate)
    )


def statement_reads(statement: Statement) -> list[Read]:
    """Reads in the value and in the target's indices."""
    found = list(reads(statement.value))
    for index in statement.target.indices:
        found += reads(index)
    return found


def alive(program: list[Statement], outputs: Collection[str]) -> list[Statement]:
    """The statements that the outputs need."""
    needed = set(outputs)
    kept: list[Statement] = []
    for statement in reversed(program):
        if statement.target.tensor in needed:
            kept.append(statement)
            needed.update(read.tensor for read in statement_reads(statement))
    return kept[::-1]


def _assigned_once(program: list[Statement], outputs: Collection[str]) -> set[str]:
    """Intermediate tensors with one statement, a plain `=`."""
    times = Counter(statement.target.tensor for statement in program)
    return {
        statement.target.tensor
        for statement in program
        if times[statement.target.tensor] == 1
        and not statement.accumulate
        and plain(statement.target.indices) is not None
        and statement.target.tensor not in outputs
    }


def _normal(statement: Statement) -> tuple[object, ...]:
    """The statement without the names of its target and indices: equal for equal values."""
    order: dict[str, Expression] = {}
    for part in (*statement.target.indices, statement.value):
        for node in walk(part):
            names: tuple[str, ...] = ()
            if isinstance(node, Index):
                names = (node.name,)
            elif isinstance(node, Reduce):
                names = node.indices
            elif isinstance(node, Scan):
                names = (node.index, node.until.name)
            elif isinstance(node, Order):
                names = (node.index,)
            for name in names:
                letters = name.rstrip("0123456789")
                order.setdefault(name, Index(f"{letters}{9000 + len(order)}"))
    return (
        tuple(rename(index, order) for index in statement.target.indices),
        rename(statement.value, order),
    )


def redirected(statement: Statement, names: dict[str, str]) -> Statement:
    """The statement with tensors read under other names."""

    def visit(node: Expression) -> Expression:
        if isinstance(node, Read) and node.tensor in names:
            return Read(names[node.tensor], node.indices)
        return node

    indices = tuple(transform(index, visit) for index in statement.target.indices)
    value = transform(statement.value, visit)
    return Statement(Read(statement.target.tensor, indices), value, statement.accumulate)


def merge_outside(name: str, other: str, outside: dict[str, Expression]) -> bool:
    """Let `other` stand for `name` beyond the edges too; False if their values there differ."""
    if name not in outside:
        return True
    return outside.setdefault(other, outside[name]) == outside[name]


def share(
    program: list[Statement], outputs: Collection[str], outside: dict[str, Expression]
) -> list[Statement]:
    """The program with one statement for each value that several intermediates have."""
    once = _assigned_once(program, outputs)
    seen: dict[tuple[object, ...], str] = {}
    same: dict[str, str] = {}
    result: list[Statement] = []
    for statement in program:
        if same:
            statement = redirected(statement, same)
        name = statement.target.tensor
        if name in once:
            first = seen.setdefault(_normal(statement), name)
            if first != name and merge_outside(name, first, outside):
                same[name] = first
                continue
        result.append(statement)
    return result


def _cost(value: Expression) -> int:
    """Number of primitives; a large number for a reduction, a scan, an order or a gather."""
    cost = 0
    for node in walk(value):
        if isinstance(node, (Order, Reduce, Scan)):
            return 1000
        if isinstance(node, Read) and node.indices and plain(node.indices) is None:
            return 1000
        if isinstance(node, (Call, Cast)):
            cost += 1
    return cost


def inline(program: list[Statement], outputs: Collection[str]) -> list[Statement]:
    """The program without intermediates that are trivial, or used once over the same grid.

    Also a reduction or scan whose only use is `target = it`, with the same indices.
    """
    once = _assigned_once(program, outputs)
    uses = Counter(read.tensor for statement in program for read in statement_reads(statement))
    last_write = {statement.target.tensor: i for i, statement in enumerate(program)}
    ready: dict[str, Statement] = {}
    result: list[Statement] = []
    for number, statement in enumerate(program):
        statement = _expanded(statement, ready, uses)
        result.append(statement)
        name = statement.target.tensor
        steady = all(
            last_write.get(read.tensor, -1) <= number for read in statement_reads(statement)
        )
        if name in once and steady:
            ready[name] = statement
    return result


def _expanded(statement: Statement, ready: dict[str, Statement], uses: Counter[str]) -> Statement:
    """The statement with reads of ready intermediates replaced where that pays."""
    value = statement.value
    if isinstance(value, Read) and value.tensor in ready and uses[value.tensor] == 1:
        source = ready[value.tensor]
        if isinstance(source.value, (Reduce, Scan)) and not statement.accumulate:
            whole = _at(source, value, statement)
            if whole is not None and plain(statement.target.indices) is not None:
                return Statement(statement.target, whole, statement.accumulate)
    domain = len(all_indices(value, *statement.target.indices))

    def visit(node: Expression) -> Expression:
        if not isinstance(node, Read) or node.tensor not in ready:
            return node
        source = ready[node.tensor]
        cost = _cost(source.value)
        cheap = isinstance(source.value, (Read, Constant)) or cost == 0
        single = uses[node.tensor] == 1 and len(source.indices) >= domain
        if cost >= 1000 or not (cheap or (single and cost < 30)):
            return node
        return _at(source, node, statement) or node

    new = simplify(transform(value, visit), structural=True)
    return statement if new == value else Statement(statement.target, new, statement.accumulate)


def _at(source: Statement, read: Read, user: Statement) -> Expression | None:
    """The value of a plain statement at the indices of a read; None if they do not match up."""
    names = plain(source.target.indices)
    given = plain(read.indices)
    if names is None or given is None or len(names) != len(given):
        return None
    if any(Index(a).size != Index(b).size for a, b in zip(names, given)):
        return None
    mapping: dict[str, Expression] = {a: Index(b) for a, b in zip(names, given)}
    used = all_indices(user.value, *user.target.indices) | all_indices(source.value) | set(given)
    for name in all_indices(source.value) - set(names):
        mapping[name] = Index(fresh_index(name, used))
    return rename(source.value, mapping)


def inline_guarded(program: list[Statement], outputs: Collection[str]) -> list[Statement]:
    """The program with intermediates put into the branch that alone reads them.

    Their derivatives are then guarded as a whole by the condition of the branch: `a if c else b`
    with `b` computed before would multiply a zero cotangent by a slope that may be infinite.
    """
    once = _assigned_once(program, outputs)
    uses = Counter(read.tensor for statement in program for read in statement_reads(statement))
    ready: dict[str, Statement] = {}
    result: list[Statement] = []
    for statement in program:
        statement = Statement(
            statement.target, _in_branches(statement.value, statement, ready), statement.accumulate
        )
        result.append(statement)
        name = statement.target.tensor
        if name in once and uses[name] == 1 and _cost(statement.value) < 1000:
            ready[name] = statement
    used = {read.tensor for statement in result for read in statement_reads(statement)}
    return [
        item for item in result if item.target.tensor not in ready or item.target.tensor in used
    ]


def _in_branches(value: Expression, user: Statement, ready: Mapping[str, Statement]) -> Expression:
    """A value with intermediates over the same grid put into the branches of its choices."""
    domain = len(all_indices(value, *user.target.indices))

    def put(node: Expression) -> Expression:
        source = ready.get(node.tensor) if isinstance(node, Read) else None
        if source is None or len(source.indices) != domain:
            return node
        assert isinstance(node, Read)
        return _at(source, node, user) or node

    def visit(node: Expression) -> Expression:
        if not isinstance(node, Call) or node.function != "select":
            return node
        condition, a, b = node.arguments
        return Call("select", (condition, transform(a, put), transform(b, put)))

    return transform(value, visit)
