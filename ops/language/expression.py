"""The expression language as data: nodes, traversal, substitution.

A definition in an op entry is a list of statements `target = value`. Everything that works on
definitions (derivatives, the interpreter, lowering) works on the frozen nodes of this module; nodes
compare and hash by value. `parse.py` reads them, `text.py` prints them, and `print(parse(x)) == x`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from dataclasses import field
from functools import wraps
from typing import Any, TypeVar, dataclass_transform

from ..cached import cached_property
from ..dataclass import dataclass

Made = TypeVar("Made", bound="Expression")
Answer = TypeVar("Answer")


class Expression:
    """A node of the expression language."""

    @property
    def children(self) -> tuple[Expression, ...]:
        """Sub-expressions, in reading order."""
        return ()

    def rebuild(self, children: tuple[Expression, ...]) -> Expression:
        """The same node over other sub-expressions, in the order of `children`."""
        assert not children, "a leaf has no sub-expressions"
        return self

    def __getstate__(self) -> dict[str, Any]:
        """What is copied to another process: fields, and nothing that was found out about them."""
        return {name: value for name, value in self.__dict__.items() if name[0] != "_"}


@dataclass_transform(frozen_default=True)
def node(cls: type[Made]) -> type[Made]:
    """A frozen dataclass that remembers its hash and its text: expressions are looked up, and
    written into keys, again and again."""
    made = dataclass(frozen=True)(cls)
    of_fields: Callable[[Any], int] = made.__hash__
    text_of_fields: Callable[[Any], str] = made.__repr__

    def remembered(self: Any) -> int:
        found: int | None = self.__dict__.get("_hash")
        if found is None:
            found = self.__dict__["_hash"] = of_fields(self)
        return found

    def text(self: Any) -> str:
        found: str | None = self.__dict__.get("_repr")
        if found is None:
            found = self.__dict__["_repr"] = text_of_fields(self)
        return found

    made.__hash__ = remembered  # type: ignore[method-assign]
    made.__repr__ = text  # type: ignore[method-assign]
    return made


def once(function: Callable[[Expression], Answer]) -> Callable[[Expression], Answer]:
    """A function of a node that never changes its answer: it is computed once for each node.

    Planning asks the same of the same nodes again and again, of each node inside of each other.
    """
    name = f"_{function.__module__}.{function.__name__}"

    @wraps(function)
    def answer(expression: Expression) -> Answer:
        known = expression.__dict__
        try:
            found: Answer = known[name]
        except KeyError:
            found = known[name] = function(expression)
        return found

    return answer


@node
class Constant(Expression):
    """A number or truth value of the entry. It is weak: it takes its neighbour's dtype."""

    value: int | float | bool


@node
class Size(Expression):
    """An extent, written in upper case: `N`. An integer known before the kernel runs."""

    name: str


@node
class Attribute(Expression):
    """A scalar attribute of the call: `eps`. Known before the kernel runs, passed to it then.

    A choice attribute (a string) appears only in comparisons with a `Word`; `op.specialize` removes
    those, so that no other module meets them.
    """

    name: str


@node
class Word(Expression):
    """A quoted word compared with a choice attribute: `reduction == 'mean'`."""

    text: str


@node
class Index(Expression):
    """An index, written in lower case: `n` runs over `N`, and so does `n1`."""

    name: str

    @property
    def size(self) -> str:
        """Name of the extent that the index runs over."""
        return self.name.rstrip("0123456789").upper()


@node
class Product(Expression):
    """The composite index `(g, c)` of a product axis `G*C`; the left part is the slow one."""

    parts: tuple[Expression, ...]

    @property
    def children(self) -> tuple[Expression, ...]:
        return self.parts

    def rebuild(self, children: tuple[Expression, ...]) -> Expression:
        return Product(children)


@node
class Read(Expression):
    """An element of a tensor: `x[n, (g, c), 2*h + k]`; no indices for a scalar or pointwise tensor.

    Batch axes (`...`) are implicit: the element is taken at the current batch position.
    """

    tensor: str
    indices: tuple[Expression, ...] = ()

    @property
    def children(self) -> tuple[Expression, ...]:
        return self.indices

    def rebuild(self, children: tuple[Expression, ...]) -> Expression:
        return Read(self.tensor, children)


@node
class Call(Expression):
    """A scalar primitive applied: `exp(x)`, `a + b` is `Call("add", (a, b))`.

    `a if c else b` is `Call("select", (c, a, b))`. The names are those of `primitives.PRIMITIVES`.
    """

    function: str
    arguments: tuple[Expression, ...]

    @property
    def children(self) -> tuple[Expression, ...]:
        return self.arguments

    def rebuild(self, children: tuple[Expression, ...]) -> Expression:
        return Call(self.function, children)


@node
class Reduce(Expression):
    """A reduction: `sum[k, l](body)`.

    Kinds: sum, prod, max, min, any, all, argmax, argmin (the last two give the position of the
    extreme along the flattened indices, the first one among ties; NaN counts as the extreme).
    """

    kind: str
    indices: tuple[str, ...]
    body: Expression

    @property
    def children(self) -> tuple[Expression, ...]:
        return (self.body,)

    def rebuild(self, children: tuple[Expression, ...]) -> Expression:
        return Reduce(self.kind, self.indices, children[0])


@node
class Scan(Expression):
    """A running reduction: `running_sum[n1 <= n](x[n1])` folds the body over `n1` from 0 up to `n`.

    Kinds: sum, prod, max, min, logaddexp, argmax, argmin (the last of several extremes, as cummax
    has it). `reverse` folds from the far end down to `n`: `running_sum[n1 >= n](x[n1])`.
    """

    kind: str
    index: str
    until: Index
    body: Expression
    reverse: bool = False

    @property
    def children(self) -> tuple[Expression, ...]:
        return (self.body,)

    def rebuild(self, children: tuple[Expression, ...]) -> Expression:
        return Scan(self.kind, self.index, self.until, children[0], self.reverse)


@node
class Order(Expression):
    """An index by its rank: `argsort[n1](x[n1])[k]` is that n1 whose body is at place k in order.

    Equal elements keep their order, NaN is the greatest. `falling` says whether the greatest comes
    first; it is known before a kernel runs. A place outside of the range of `index` is an error,
    but where that is empty: there the place is 0, which no read has.
    """

    index: str
    body: Expression
    place: Expression
    falling: Expression = Constant(False)

    @property
    def children(self) -> tuple[Expression, ...]:
        return (self.body, self.place, self.falling)

    def rebuild(self, children: tuple[Expression, ...]) -> Expression:
        return Order(self.index, *children)


@node
class Cast(Expression):
    """A value converted to a dtype: `cast(x, Y)`; `Y` is a dtype word of the entry or a dtype."""

    body: Expression
    dtype: str

    @property
    def children(self) -> tuple[Expression, ...]:
        return (self.body,)

    def rebuild(self, children: tuple[Expression, ...]) -> Expression:
        return Cast(children[0], self.dtype)


@dataclass(frozen=True)
class Statement:
    """`target[indices] = value`, for all values of the indices, at each batch position.

    With `accumulate` (`+=`) values that meet at one element are added, and to what earlier
    statements put there; an element that nothing meets is 0. A target index is then any index
    expression (a scatter); without it, target indices are plain indices or products of them, all
    different. Where the target has no batch axes but the value has, `+=` also adds over the batch.

    `line` is that of the text it was read from, for messages; equal statements may differ in it.
    """

    target: Read
    value: Expression
    accumulate: bool = False
    line: int = field(default=0, compare=False, repr=False)

    @cached_property
    def indices(self) -> tuple[str, ...]:
        """Names of the indices that the statement runs over, reductions inside excluded."""
        found: dict[str, None] = {}
        for part in self.target.indices:
            for name in free_indices(part):
                found.setdefault(name)
        for name in free_indices(self.value):
            found.setdefault(name)
        return tuple(found)


def walk(expression: Expression) -> Iterator[Expression]:
    """All nodes of an expression, parents first."""
    stack = [expression]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(node.children))


def transform(expression: Expression, visit: Callable[[Expression], Expression]) -> Expression:
    """The expression with `visit` applied to every node, leaves first; to shared ones once."""
    known: dict[int, Expression] = {}

    def transformed(node: Expression) -> Expression:
        children = node.children
        if not children:
            return visit(node)
        found = known.get(id(node))
        if found is None:
            new = tuple([transformed(child) for child in children])
            changed = any(map(operator.is_not, new, children))
            found = known[id(node)] = visit(node.rebuild(new) if changed else node)
        return found

    return transformed(expression)


@once
def free_indices(expression: Expression) -> tuple[str, ...]:
    """Names of the indices that an expression does not bind itself, in order of appearance."""
    found: dict[str, None] = {}

    def collect(node: Expression, bound: frozenset[str]) -> None:
        match node:
            case Index(name):
                if name not in bound:
                    found.setdefault(name)
            case Reduce(_, indices, body):
                collect(body, bound | set(indices))
            case Scan(_, index, until, body):
                collect(until, bound)
                collect(body, bound | {index})
            case Order(index, body, place):
                collect(body, bound | {index})
                collect(place, bound)
            case _:
                for child in node.children:
                    collect(child, bound)

    collect(expression, frozenset())
    return tuple(found)


@once
def reads(expression: Expression) -> tuple[Read, ...]:
    """All tensor reads inside an expression, those in index positions included."""
    return tuple([node for node in walk(expression) if isinstance(node, Read)])


def sizes_in(expression: Expression) -> set[str]:
    """Names of the sizes that stand in an expression; those that indices run over are no part."""
    return {node.name for node in walk(expression) if isinstance(node, Size)}


@once
def has_attribute(expression: Expression) -> bool:
    """An attribute stands in an expression."""
    return isinstance(expression, Attribute) or any(map(has_attribute, expression.children))


@once
def has_index(expression: Expression) -> bool:
    """An index stands in an expression, or in what the places of its reads are computed from."""
    return isinstance(expression, Index) or any(map(has_index, expression.children))
