"""Static checks of subscripts: they are affine, and no element outside of an axis is read.

Whether `x[SH*oh + kh]` stays inside is decided on numbers: sizes are tried that satisfy the entry's
requirements, and one by which a subscript leaves its axis is named in the message.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..calls.counted import counted
from ..dataclass import dataclass
from ..errors import RegistryError
from ..language.expression import (
    Attribute,
    Call,
    Cast,
    Constant,
    Expression,
    Index,
    Order,
    Product,
    Read,
    Reduce,
    Scan,
    Size,
    Statement,
    sizes_in,
    walk,
)
from ..language.integers import formula
from ..language.op import Axis, Op
from ..language.text import print_expression

TRIALS = 40
LARGEST = 6  # size that is tried
_LAZY = {"select": 1, "and": 1, "or": 1}  # arguments from here on are looked at only if need be

Sizes = Mapping[str, int]
Axes = Mapping[str, tuple[Axis, ...]]


@dataclass(frozen=True)
class Interval:
    """The whole numbers from `least` to `most`."""

    least: int
    most: int


def check_subscripts(
    op: Op, statement: Statement, axes: Axes, trials: list[dict[str, int]]
) -> None:
    """Checks the reads and the target of a statement.

    Args:
        op: The entry, for what is read outside.
        axes: Tensor -> its axes, where there is one type only.
        trials: Sizes to try, from `sizes_to_try`.

    Raises:
        RegistryError: A subscript is not affine, or leaves its axis.
    """
    outside = dict(op.outside)
    for read, certain in _reads(statement):
        for index in read.indices:
            _check_affine(read, index)
        known = axes.get(read.tensor)
        if (
            known is None
            or not certain
            or read.tensor in outside
            or len(known) != len(read.indices)
        ):
            continue
        for place, (axis, index) in enumerate(zip(known, read.indices)):
            _check_range(read, place, axis, index, trials)
    for node in walk(statement.value):
        if isinstance(node, Order):
            _check_place(node, trials)


def _check_place(order: Order, trials: list[dict[str, int]]) -> None:
    """Raises RegistryError where a place is asked for that an order does not have."""
    size = Index(order.index).size
    for sizes in trials:
        found, extent = _interval(order.place, sizes), sizes.get(size)
        if found is None or extent is None or 0 <= found.least <= found.most < extent:
            continue
        worst = found.least if found.least < 0 else found.most
        raise RegistryError(
            f"the place {print_expression(order.place)} leaves {print_expression(order)}: where "
            f"{size} is {extent}, it reaches {worst}"
        )


def _reads(statement: Statement) -> Iterator[tuple[Read, bool]]:
    """All reads and the target, with whether they are looked at whatever the values are."""
    yield statement.target, True
    for index in statement.target.indices:
        yield from _reads_of(index, True)
    yield from _reads_of(statement.value, True)


def _reads_of(node: Expression, certain: bool) -> Iterator[tuple[Read, bool]]:
    if isinstance(node, Read):
        yield node, certain
    lazy = _LAZY.get(node.function) if isinstance(node, Call) else None
    for place, child in enumerate(node.children):
        yield from _reads_of(child, certain and (lazy is None or place < lazy))


def _check_affine(read: Read, index: Expression) -> None:
    """Raises RegistryError unless an index is affine, or read from a tensor."""
    parts = index.parts if isinstance(index, Product) else (index,)
    for part in parts:
        gathered = any(isinstance(node, (Read, Cast, Order, Reduce, Scan)) for node in walk(part))
        if not gathered and not _affine(part):
            raise RegistryError(
                f"{print_expression(part)} must be affine in {print_expression(read)}: a sum of "
                "indices, each times a size or a number, and of sizes; or read from a tensor"
            )


def _affine(node: Expression) -> bool:
    match node:
        case Index() | Size() | Attribute():
            return True
        case Constant(value):
            return isinstance(value, int)
        case Call("add" | "sub" | "neg", arguments):
            return all(_affine(each) for each in arguments)
        case Call("mul", (left, right)):
            fixed = _fixed(left) or _fixed(right)
            return fixed and _affine(left) and _affine(right)
    return _fixed(node)


def _fixed(node: Expression) -> bool:
    """Whether an expression has no index in it."""
    return not any(isinstance(each, (Index, Read)) for each in walk(node))


def _check_range(
    read: Read, place: int, axis: Axis, index: Expression, trials: list[dict[str, int]]
) -> None:
    for sizes in trials:
        found = _interval(index, sizes)
        extent = _extent(axis, sizes)
        if found is None or extent is None or 0 <= found.least <= found.most < extent:
            continue
        worst = found.least if found.least < 0 else found.most
        used = sizes_in(index)
        used |= {n.size for n in walk(index) if isinstance(n, Index)}
        used.update(axis.sizes)
        shown = " and ".join(f"{name} is {sizes[name]}" for name in sorted(used))
        raise RegistryError(
            f"{print_expression(index)} leaves axis {place} of {print_expression(read)}: where "
            f"{shown}, it reaches {worst}, and the axis has the places 0 to {extent - 1}; say with "
            f"`outside: {{{read.tensor}: 0}}` what is read there"
        )


def _extent(axis: Axis, sizes: Sizes) -> int | None:
    extent = 1
    for factor in axis.factors:
        value = factor if isinstance(factor, int) else sizes.get(factor)
        if value is None:
            return None
        extent *= value
    return extent


def _interval(node: Expression, sizes: Sizes) -> Interval | None:
    """The values that an index takes; None if it is not known, or takes none."""
    match node:
        case Index():
            extent = sizes.get(node.size)
            return Interval(0, extent - 1) if extent else None
        case Size(name):
            return Interval(sizes[name], sizes[name]) if name in sizes else None
        case Constant(value) if isinstance(value, int):
            return Interval(value, value)
        case Product(parts):
            found = Interval(0, 0)
            for part in parts:
                inner = _interval(part, sizes)
                extent = sizes.get(part.size) if isinstance(part, Index) else None
                if inner is None or extent is None:
                    return None
                found = Interval(found.least * extent, found.most * extent + extent - 1)
            return found
        case Call("neg", (operand,)):
            inner = _interval(operand, sizes)
            return inner and Interval(-inner.most, -inner.least)
        case Call("add" | "sub" | "mul" | "floordiv" as function, (left, right)):
            a, b = _interval(left, sizes), _interval(right, sizes)
            return a and b and _combined(function, a, b)
    return None


def _combined(function: str, a: Interval, b: Interval) -> Interval | None:
    if function == "add":
        return Interval(a.least + b.least, a.most + b.most)
    if function == "sub":
        return Interval(a.least - b.most, a.most - b.least)
    if function == "mul":
        corners = [x * y for x in (a.least, a.most) for y in (b.least, b.most)]
        return Interval(min(corners), max(corners))
    if b.least == b.most and b.least > 0:
        return Interval(a.least // b.least, a.most // b.least)
    return None


def sizes_to_try(op: Op, names: set[str]) -> list[dict[str, int]]:
    """Sizes that satisfy the requirements which are about sizes only; the same at each call."""
    from random import Random  # entries that come with the package were checked before

    draw = Random(0)
    elsewhere = {name for name, _ in op.sizes} | {s for spec in counted(op) for s in spec.sizes}
    given = sorted(names - elsewhere)
    found = []
    for trial in range(TRIALS):
        sizes = {name: draw.randint(1, LARGEST) + (trial > TRIALS // 2) * 3 for name in given}
        if _complete(op, sizes):
            found.append(sizes)
    return found


def _complete(op: Op, sizes: dict[str, int]) -> bool:
    """Adds computed sizes; whether all are positive and what must hold does."""
    for name, expression in op.sizes:
        value = _value(expression, sizes)
        if value is None:
            continue
        if value < 1:
            return False
        sizes[name] = int(value)
    return all(_value(condition, sizes) in (None, True) for _, condition in op.requirements)


def _value(expression: Expression, sizes: Sizes) -> float | None:
    """The value of an expression over known sizes; None if it reads something else."""
    read = formula(expression)
    if read.attributes or not sizes.keys() >= set(read.sizes):
        return None
    try:
        return read.evaluate(sizes, {})
    except ArithmeticError:
        return 0
