"""An op's statements in the form that schedules work on: one map, reduction, scan or scatter each.

Batch axes are two more indices: `^` stands for all prefix (vmap) axes, `@` for the others. A step
runs over its free indices and folds over its bound ones; inside its value there are no reductions
left. Indices are named after their size (`n`; `n1` where a step has two over one size), so that
steps over the same axes agree in their names.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import field, replace

from ...ops.dataclass import dataclass
from ...ops.language.algebra import call
from ...ops.language.expression import (
    Attribute,
    Call,
    Cast,
    Constant,
    Expression,
    Index,
    Product,
    Read,
    Size,
    once,
    reads,
    transform,
    walk,
)
from ...ops.language.primitives import DRAWS
from ..launch import DIVIDED_BY_ZERO, NEGATIVE_POWER
from .halving import Halving, rounds_of

PREFIX, BATCH = "^", "@"

Factors = tuple[str, ...]
"""Names of the sizes that one axis is the product of, slow to fast."""


@dataclass(frozen=True)
class Tensor:
    """What a program knows about a name.

    Attributes:
        name: In statements.
        axes: Its core axes.
        batched: It has the batch axes (prefix axes it always has).
        role: "input", "output" or "temporary".
    """

    name: str
    axes: tuple[Factors, ...]
    batched: bool
    role: str


@dataclass(frozen=True)
class Step:
    """One loop nest's worth of work.

    Attributes:
        target: Name written.
        indices: Place in the target: indices or products of them; anything for a scatter.
        free: Indices that it runs over, batch first.
        bound: Indices folded away; for a scan the one that runs, for a scatter those that scatter,
            for an order the one that is put in order.
        form: "map", "reduce", "scan", "scatter" or "order".
        kind: Of a reduction or a scan (`sum`, ...); `add`, `put` or, where a condition says which
            values are put, `put_inside` for a scatter; `first` for an order that gives its first
            places, over the last index, and `one` for a single place.
        value: An expression without reductions; for an order a read at plain indices.
        reverse: A scan from the far end, an order with the greatest first.
        place: Which one an order gives; the last index of the target for `first`.
    """

    target: str
    indices: tuple[Expression, ...]
    free: tuple[str, ...]
    bound: tuple[str, ...]
    form: str
    kind: str
    value: Expression
    reverse: bool = False
    place: Expression | None = None

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """Everything that is computed: the value, and the place of a scatter or an order."""
        if self.place is not None:
            return (self.value, self.place)
        return (self.value, *self.indices) if self.form == "scatter" else (self.value,)

    def reads(self) -> Iterator[Read]:
        """All tensor reads."""
        for expression in self.expressions:
            yield from reads(expression)


@dataclass
class Program:
    """Steps in order, and the tensors they name."""

    steps: list[Step] = field(default_factory=list)
    tensors: dict[str, Tensor] = field(default_factory=dict)

    def copy(self) -> Program:
        """The same, to be planned and changed once more."""
        return Program(list(self.steps), dict(self.tensors))

    def defining(self) -> dict[str, Step]:
        """Target -> the map, reduction, scan or order that gives it."""
        return {s.target: s for s in self.steps if s.form != "scatter"}


def literal_size(extent: int) -> str:
    """The name of an axis that is written as a number: 3 is `LITERALD`."""
    return "LITERAL" + "".join(chr(ord("A") + int(digit)) for digit in str(extent))


def is_literal(name: str) -> bool:
    """Whether a size is a number of the entry."""
    return name.startswith("LITERAL")


def size_extent(name: str, sizes: Mapping[str, int]) -> int:
    """The extent of a size, named or literal."""
    if name in sizes:
        return sizes[name]
    rounds = rounds_of(name, sizes)
    if rounds is not None:
        return rounds
    digits = name.removeprefix("LITERAL")
    return int("".join(str(ord(letter) - ord("A")) for letter in digits))


def factors_of(index: Expression) -> Factors | None:
    """Sizes that an index or a product of indices runs over; None for anything else."""
    if isinstance(index, Index):
        return (index.size,)
    if isinstance(index, Product):
        parts = [factors_of(part) for part in index.parts]
        if all(part is not None and len(part) == 1 for part in parts):
            return tuple(part[0] for part in parts if part)
    return None


def is_plain(index: Expression, axis: Factors) -> bool:
    """The index runs over exactly the axis, so that it is always within it."""
    return factors_of(index) == axis


def substitute(expression: Expression, mapping: Mapping[str, Expression]) -> Expression:
    """The expression with indices replaced; it has no reductions inside."""
    if not mapping:
        return expression

    if isinstance(expression, Index):
        return mapping.get(expression.name, expression)
    if not expression.children:
        return expression
    children = tuple(substitute(child, mapping) for child in expression.children)
    if isinstance(expression, Product):
        return _product(expression.parts, children)
    if all(new is old for new, old in zip(children, expression.children)):
        return expression
    return expression.rebuild(children)


def _product(parts: tuple[Expression, ...], children: tuple[Expression, ...]) -> Expression:
    """A product axis's index; written out where a part is no index over its factor any more."""
    sizes = [part.size for part in parts if isinstance(part, Index)]
    if len(sizes) < len(parts) or all(
        isinstance(child, Index) and child.size == size for child, size in zip(children, sizes)
    ):
        return Product(children)
    total = children[0]
    for size, child in zip(sizes[1:], children[1:]):
        total = Call("add", (Call("mul", (total, Size(size))), child))
    return total


def canonical(step: Step) -> tuple[Step, dict[str, str]]:
    """The step with its indices named after their sizes, and how each was renamed."""
    core = [i for i in dict.fromkeys((*step.free, *step.bound)) if i not in (PREFIX, BATCH)]
    taken: dict[str, int] = {}
    names: dict[str, str] = {}
    for index in core:
        base = Index(index).size.lower()
        count = taken.get(base, 0)
        names[index] = base if count == 0 else f"{base}{count}"
        taken[base] = count + 1
    mapping = {old: Index(new) for old, new in names.items()}
    return (
        replace(
            step,
            indices=tuple(substitute(i, mapping) for i in step.indices),
            free=tuple(names.get(i, i) for i in step.free),
            bound=tuple(names.get(i, i) for i in step.bound),
            value=substitute(step.value, mapping),
            place=None if step.place is None else substitute(step.place, mapping),
        ),
        names,
    )


COSTLY = frozenset((
    "exp", "expm1", "log", "log1p", "log2", "sin", "cos", "cospi", "asin", "atan", "atan2", "tanh",
    "erf", "erfc", "erfinv", "lgamma", "digamma", "polygamma", "pow", "nextafter", *DRAWS,
))  # fmt: skip
"""Primitives that are worth storing rather than computing twice."""


@once
def cost(expression: Expression) -> int:
    """Rough number of instructions for one element."""
    total = 0
    for node in walk(expression):
        match node:
            case Call(function):
                total += COST.get(function, 20 if function in COSTLY else 1)
            case Cast() | Read():
                total += 1
            case Halving():
                total += SEARCH_COST
    return total


SEARCH_COST = 100
SLOW = ("div", "sqrt", "rsqrt", "floordiv", "mod", "trunc_div", "remainder_trunc")
COST = {**dict.fromkeys(SLOW, 4), **dict.fromkeys(DRAWS, 100)}
"""Instructions of primitives that are neither one nor, as most of `COSTLY`, some twenty."""


def failure(function: str, arguments: tuple[Expression, ...], numbers: Container[str]) -> int:
    """What a primitive reports of integers, a status; 0 if nothing.

    Args:
        function, arguments: The call. Divisors of sizes alone are never zero.
        numbers: Names of operands that are Python numbers.
    """
    if function in ("floordiv", "mod", "trunc_div", "remainder_trunc"):
        divides = any(isinstance(node, Read | Attribute) for node in walk(arguments[1]))
        return DIVIDED_BY_ZERO if divides else 0
    if function == "pow" and isinstance(arguments[1], Read):
        return NEGATIVE_POWER if arguments[1].tensor in numbers else 0
    return 0


def rewrite_reads(expression: Expression, visit: Callable[[Read], Expression]) -> Expression:
    """The expression with every read replaced by what `visit` gives for it."""

    def replace_read(node: Expression) -> Expression:
        return visit(node) if isinstance(node, Read) else node

    return transform(expression, replace_read)


def conjunction(conditions: Sequence[Expression]) -> Expression:
    """All of one or more conditions."""
    result = conditions[0]
    for condition in conditions[1:]:
        result = Call("and", (result, condition))
    return result


def conjuncts(condition: Expression) -> list[Expression]:
    """The conditions that must all hold for one to hold."""
    match condition:
        case Call("and", arguments):
            return [part for argument in arguments for part in conjuncts(argument)]
    return [condition]


def product_factors(expression: Expression) -> list[Expression]:
    """Factors of a product that read memory; conditions that make all of it 0 are left out."""
    match expression:
        case Call("mul", arguments):
            return [f for a in arguments for f in product_factors(a)]
        case Call("select", (_, value, Constant(0))):
            return product_factors(value)
    return [expression] if reads(expression) else []


def extent_of(axis: Factors) -> Expression:
    """The extent of an axis as an expression."""
    result: Expression = Size(axis[0])
    for factor in axis[1:]:
        result = call("mul", result, Size(factor))
    return result


def within(index: Expression, extent: Expression) -> list[Expression]:
    """Conditions for an index to lie inside."""
    return [call("ge", index, Constant(0)), call("lt", index, extent)]
