"""A block of threads that goes through a chain's rows, whichever thread has what of them.

for each tile of elements
    products, from which elements follow
    products along the elements, added to sums
results
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence

from ....ops.language.expression import Expression, Index, Read
from ...chain.arguments import arguments_of
from ...chain.elements import Elements
from ...contraction.shape import SUM
from ...emit.memory import Typed
from ...emit.shape import FormShape
from ...ir.builder import Builder
from ...ir.kinds import FLOAT
from ...ir.loops import F32, Function, Value, Vector
from .shape import THREADS, BlockShape

Rows = list[list[Value]]
"""For each row of a thread its packs of elements."""

Walk = Callable[[Value, Value, Value], None]
"""Goes through a block's rows and writes their results: given the first row, the first element
that is not ruled out in all of them (the first of a tile), and the end of elements."""


class Block(ABC):
    """Writes what one kernel does with tiles.

    Attributes:
        lanes: Elements of a pack.
        members: Neighbouring threads that have the same rows.
        rows: This thread's rows.
        offsets: Where its packs begin in a tile of elements.
    """

    lanes: int
    members: int
    rows: list[Value]
    offsets: list[Value]

    def __init__(self, shape: BlockShape) -> None:
        self.block, self.shape = shape, shape.chain
        b = self.b = Builder(self.shape.name)
        b.function.threads = THREADS
        self.arguments = arguments_of(b, self.shape, scratch=False)
        self.numbers = self.arguments.numbers
        self.slots = {name: self.numbers[slot] for name, slot in self.shape.slots}
        self.extents = {name: self.numbers[slot] for name, slot in self.shape.extents}
        row, column = self.shape.row, self.shape.column
        self.e = Elements(
            b, self.shape, self.arguments, row, column, self.shape.steps, self.shape.reads
        )
        self.results = [
            Elements.of_tail(b, self.shape, tail, self.arguments) for tail in self.shape.tails
        ]
        self.places = (Index(column), Index(row)) if shape.turned else (Index(row), Index(column))
        self.thread = b.thread_id()

    def function(self, walk: Walk) -> Function:
        """The finished kernel."""
        b, bound = self.b, self.shape.bound
        unless = None
        if bound is not None and bound.unless is not None:
            unless = self.e.truth(bound.unless, None)
        with b.loop(b.block_id(), self.slots["units"], b.grid_dim()) as units:
            outer, tile = self.b.divided(units.index, self.slots["tiles"])
            for name in reversed(self.shape.outer):
                outer, digit = self.b.divided(outer, self.extents[name])
                for emitter in (self.e, *self.results):
                    emitter.point[name] = digit
            start = b.times(tile, b.constant(self.block.height))
            self.begin(start)
            walk(start, *self._range(start, unless))
        return b.finish()

    def _range(self, start: Value, unless: Value | None) -> tuple[Value, Value]:
        """Elements of the block's rows that are not ruled out in all of them."""
        b, bound = self.b, self.shape.bound
        zero, elements = b.constant(0), self.extents[self.shape.column]
        if bound is None:
            return zero, elements
        if self.block.turned:  # `row < element + reach`, and reach is at most one
            return start if unless is None else b.select(unless, zero, start), elements
        beyond = b.constant(self.block.height - 1 + bound.reach)
        most = b.minimum_index(b.plus(start, beyond), elements)
        return zero, most if unless is None else b.select(unless, elements, most)

    # -- what depends on which thread has what -----------------------------------------------------

    @abstractmethod
    def begin(self, start: Value) -> None:
        """Begins with the rows from `start` on."""

    @abstractmethod
    def products(self, head: int, start: Value, column: Value) -> Rows:
        """This thread's products of the block's rows from `start` on, elements from `column`."""

    @abstractmethod
    def sums(self, tail: int) -> list[Value]:
        """Zeros, to which products along elements are added."""

    @abstractmethod
    def scaled(self, tail: int, sums: Sequence[Value], scales: Sequence[Value]) -> list[Value]:
        """Sums multiplied by a number for each of this thread's rows."""

    @abstractmethod
    def sum_along(
        self, products: Sequence[tuple[int, list[Value]]], elements: Rows, column: Value,
        again: bool,
    ) -> list[list[Value]]:  # fmt: skip
        """Sums with the products of a tile's elements.

        Args:
            products: Numbers of tails, and their sums so far.
            elements: What is multiplied.
            column: The first element.
            again: Elements of this tile were multiplied before.
        """

    @abstractmethod
    def totals(self, tail: int, sums: Sequence[Value]) -> list[list[tuple[Value, Value]]]:
        """For each row of this thread its packs of results: their first column, their sums."""

    # -- elements ----------------------------------------------------------------------------------

    def elements(
        self, names: Sequence[Expression], products: Sequence[Rows], column: Value, other: float
    ) -> list[Rows]:
        """This thread's elements, for each expression.

        Args:
            names: What is computed.
            products: For each head what `products` gives.
            column: The tile's first element.
            other: What elements are that do not exist.
        """
        b, e, shape = self.b, self.e, self.shape
        last = b.minus(self.extents[shape.row], b.constant(1))
        otherwise = b.constant(other, Vector(self.lanes, F32))
        found: list[Rows] = [[[] for _ in self.rows] for _ in names]
        for number, row in enumerate(self.rows):
            e.point[shape.row] = b.minimum_index(row, last)
            for pack, (own, mask) in enumerate(self.packs(column)):
                e.given = {
                    Read(head.name, self.places): Typed(values[number][pack], FLOAT)
                    for head, values in zip(shape.heads, products)
                }
                e.at([own], [mask])
                e.scopes.append({})
                for values, expression in zip(found, names):
                    value = e.as_kind(e.emit(expression), FLOAT).value
                    values[number].append(b.select(mask, e.spread(value), otherwise))
                e.scopes.pop()
        e.at([], [])
        return found

    def packs(self, column: Value) -> list[tuple[Value, Value]]:
        """Where this thread's packs of a tile of elements begin, and which of each exist."""
        b, extent = self.b, self.extents[self.shape.column]
        starts = [b.plus(column, offset) for offset in self.offsets]
        return [(own, b.mask(b.minus(extent, own), self.lanes)) for own in starts]

    # -- results -----------------------------------------------------------------------------------

    def write(self, tail: int, sums: Sequence[Value], known: Sequence[Mapping[str, Value]]) -> None:
        """Writes the results of a product of rows.

        Args:
            tail: Its number.
            sums: As `sum_along` gives them.
            known: For each row values that results are made of.
        """
        b, e = self.b, self.results[tail]
        place = (Index(self.shape.row),)
        for row, values, packs in zip(self.rows, known, self.totals(tail, sums)):
            given: dict[Expression, Typed] = {
                Read(name, place): Typed(value, FLOAT) for name, value in values.items()
            }
            branch = b.branch(b.compare("slt", row, self.extents[self.shape.row]))
            with b.inside(branch.then):
                e.point[self.shape.row] = row
                for column, total in packs:
                    e.given = {**given, Read(SUM): Typed(total, FLOAT)}
                    self._write_pack(tail, column)
            with b.inside(branch.otherwise):
                pass

    def _write_pack(self, tail: int, column: Value) -> None:
        b, e, product = self.b, self.results[tail], self.shape.tails[tail]
        left = b.minus(self.numbers[product.columns.count], column)
        e.at([column], [b.mask(left, self.lanes)])
        e.scopes.append({})
        value = e.as_kind(e.emit(product.epilogue), e.kinds[product.target])
        e.store(value.value, product.result)
        e.scopes.pop()
        e.at([], [])

    # -- numbers -----------------------------------------------------------------------------------

    def base_place(self, form: FormShape) -> Value:
        """A place at the current outer position."""
        b = self.b
        total = b.constant(0) if form.offset is None else self.numbers[form.offset]
        for name, slot in form.terms:
            part = self.e.point[name]
            total = b.plus(total, part if slot is None else b.times(part, self.numbers[slot]))
        return total
