"""A block of threads over 64 rows of a chain: products, sums along elements, results.

    for each tile of elements
        products: 16 of depth at a time through shared memory, 4 x 4 sums a thread
        elements to shared memory
        products along the elements: 16 at a time, 4 x 4 or 4 x 8 sums a thread
    results

Sixteen neighbouring threads have the same four rows.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

from ....ops.expression import Expression, Index, Read
from ...builder import Builder
from ...chain.arguments import arguments_of
from ...chain.elements import Elements
from ...chain.shape import Factor, Head, Tail
from ...contraction.shape import SUM
from ...emit_call import both
from ...emit_memory import Typed
from ...kinds import FLOAT
from ...loops import F32, INDEX, Function, Value, Vector
from ...shape import FormShape
from .shape import LANES, SIDE, STEP, THREADS, BlockShape

ACROSS = SIDE // LANES
"""Threads that have the same rows."""

PITCH = SIDE + LANES
"""Elements of a line of shared memory: packs, in other banks from line to line."""


class BlockEmitter(ABC):
    """Writes one kernel."""

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
        self.first, self.second = (b.shared(STEP * PITCH, F32) for _ in range(2))
        if shape.packs:
            self.weights = b.shared(SIDE * PITCH, F32)
            self.columns = b.shared(STEP * (SIDE * max(shape.packs) + LANES), F32)
        self.thread = b.thread_id()
        self.down = self._shifted(self.thread, ACROSS)
        self.across = self._rest(self.thread, ACROSS)

    # -- a block's rows ----------------------------------------------------------------------------

    def function(self) -> Function:
        """The finished kernel."""
        b, bound = self.b, self.shape.bound
        unless = None
        if bound is not None and bound.unless is not None:
            unless = self.e.truth(bound.unless, None)
        with b.loop(b.block_id(), self.slots["units"], b.grid_dim()) as units:
            outer, tile = self._divided(units.index, self.slots["tiles"])
            for name in reversed(self.shape.outer):
                outer, digit = self._divided(outer, self.extents[name])
                for emitter in (self.e, *self.results):
                    emitter.point[name] = digit
            start = b.times(tile, b.constant(SIDE))
            own = b.plus(start, b.times(self.down, b.constant(LANES)))
            self.rows = [b.plus(own, b.constant(k)) for k in range(LANES)]
            self.walk(start, *self._range(start, unless))
        return b.finish()

    @abstractmethod
    def walk(self, start: Value, first: Value, end: Value) -> None:
        """The elements of the block's rows, a tile at a time; then their results.

        Args:
            start: First row.
            first: First element that is not ruled out in all rows; a multiple of `SIDE`.
            end: Behind the last one.
        """

    def _range(self, start: Value, unless: Value | None) -> tuple[Value, Value]:
        """Elements of the block's rows that are not ruled out in all of them."""
        b, bound = self.b, self.shape.bound
        zero, elements = b.constant(0), self.extents[self.shape.column]
        if bound is None:
            return zero, elements
        if self.block.turned:  # `row < element + reach`, and reach is at most one
            return start if unless is None else b.select(unless, zero, start), elements
        most = b.minimum_index(b.plus(start, b.constant(SIDE - 1 + bound.reach)), elements)
        return zero, most if unless is None else b.select(unless, elements, most)

    # -- elements ----------------------------------------------------------------------------------

    def products(self, head: Head, start: Value, column: Value) -> list[Value]:
        """This thread's products: for each of its rows a pack."""
        b = self.b
        depth = self.numbers[head.columns.depth]
        sums = [b.constant(0.0, Vector(LANES, F32))] * LANES
        with b.loop(b.constant(0), depth, STEP, sums) as steps:
            sides = (
                (head.lines, start, self.extents[self.shape.row], self.first),
                (head.columns.factor, column, self.numbers[head.columns.count], self.second),
            )
            fetched = [
                self._fetched(factor, first, count, steps.index, depth, SIDE)
                for factor, first, count, _ in sides
            ]
            b.barrier()  # after the step before
            for (factor, _, _, shared), values in zip(sides, fetched):
                self._spread(factor, values, shared, SIDE)
            b.barrier()
            steps.next = self._multiplied(
                steps.carried, self.first, b.constant(0), self.second, PITCH, 1
            )
        return steps.results
    def elements(
        self, names: Sequence[Expression], products: Sequence[Sequence[Value]], column: Value,
        other: float,
    ) -> tuple[list[list[Value]], Value]:  # fmt: skip
        """This thread's elements: for each expression, for each of its rows a pack.

        Args:
            names: What is computed.
            products: For each head what `products` gives.
            column: The tile's first element.
            other: What elements are that do not exist.

        Returns:
            Elements, and which of a pack exist.
        """
        b, e, shape = self.b, self.e, self.shape
        own = b.plus(column, b.times(self.across, b.constant(LANES)))
        mask = b.mask(b.minus(self.extents[shape.column], own), LANES)
        last = b.minus(self.extents[shape.row], b.constant(1))
        otherwise = b.constant(other, Vector(LANES, F32))
        found: list[list[Value]] = [[] for _ in names]
        for number, row in enumerate(self.rows):
            e.point[shape.row] = b.minimum_index(row, last)
            e.given = {
                Read(head.name, self.places): Typed(values[number], FLOAT)
                for head, values in zip(shape.heads, products)
            }
            e.at([own], [mask])
            e.scopes.append({})
            for values, expression in zip(found, names):
                value = e.as_kind(e.emit(expression), FLOAT).value
                values.append(b.select(mask, e.spread(value), otherwise))
            e.scopes.pop()
            e.at([], [])
        return found, mask

    # -- products along elements -------------------------------------------------------------------

    def sums_of(self, tail: int) -> list[Value]:
        """Zeros: for each of this thread's rows its packs."""
        zeros = self.b.constant(0.0, Vector(LANES, F32))
        return [zeros] * LANES * self.block.packs[tail]

    def store_weights(self, raw: list[Value]) -> None:
        """A pack of rows for each element; the tile before was read before the last barrier."""
        b = self.b
        rows = b.times(self.down, b.constant(LANES))
        line = b.times(self.across, b.constant(LANES))
        for lane in range(LANES):
            pack = b.together([b.extract(x, lane) for x in raw])
            place = b.times(b.plus(line, b.constant(lane)), b.constant(PITCH))
            b.vector_store(pack, self.weights, b.plus(place, rows))

    def sum_along(self, tail: int, outputs: list[Value], column: Value) -> list[Value]:
        """Sums with the products of a tile's elements."""
        b, panels = self.b, self.shape.tails[tail].columns
        packs = self.block.packs[tail]
        width = packs * SIDE
        count, depth = self.numbers[panels.count], self.numbers[panels.depth]
        with b.loop(b.constant(0), b.constant(SIDE), STEP, outputs) as steps:
            at = b.plus(column, steps.index)
            values = self._fetched(panels.factor, b.constant(0), count, at, depth, width)
            b.barrier()  # weights are there, and the step before is over
            self._spread(panels.factor, values, self.columns, width)
            b.barrier()
            steps.next = self._multiplied(
                steps.carried, self.weights, steps.index, self.columns, width + LANES, packs
            )
        return steps.results

    def _multiplied(
        self, sums: list[Value], left: Value, first: Value, right: Value, pitch: int, packs: int
    ) -> list[Value]:
        """Sums with a step of products of a pack of rows and packs of columns.

        Args:
            sums: For each row its packs.
            left: Shared memory of the rows; its line `first` is that of the step's first.
            first: See `left`.
            right: Shared memory of the columns.
            pitch: Elements of its lines.
            packs: Of columns.
        """
        b = self.b
        rows = b.times(self.down, b.constant(LANES))
        columns = b.times(self.across, b.constant(LANES))
        with b.loop(b.constant(0), b.constant(STEP), carried=sums, unroll=1) as loop:
            line = b.times(b.plus(first, loop.index), b.constant(PITCH))
            factors = b.vector_load(left, b.plus(line, rows), LANES)
            start = b.plus(b.times(loop.index, b.constant(pitch)), columns)
            others = [
                b.vector_load(right, b.plus(start, b.constant(k * SIDE)), LANES)
                for k in range(packs)
            ]
            loop.next = [
                b.multiply_add(
                    b.broadcast(b.extract(factors, number // packs), LANES),
                    others[number % packs], total,
                )
                for number, total in enumerate(loop.carried)
            ]  # fmt: skip
        return loop.results

    # -- factors -----------------------------------------------------------------------------------

    def _places(self, factor: Factor, lines: int) -> list[tuple[Value, Value]]:
        """Line and depth of each element that this thread fetches: neighbours in memory belong to
        neighbouring threads."""
        b, near = self.b, STEP if factor.deep else lines
        along, others = self._rest(self.thread, near), self._shifted(self.thread, near)
        step = THREADS // near
        found = []
        for number in range(lines * STEP // THREADS):
            other = b.plus(others, b.constant(number * step))
            found.append((other, along) if factor.deep else (along, other))
        return found

    def _fetched(
        self, factor: Factor, first: Value, count: Value, start: Value, depth: Value, lines: int
    ) -> list[Value]:
        """Elements of a step of depth; zeros where there are none."""
        b, memory = self.b, self.arguments.memory[factor.tensor]
        base = self._base_place(factor.base)
        found = []
        for line, deep in self._places(factor, lines):
            row, place = b.plus(first, line), b.plus(start, deep)
            exists = both(b, b.compare("slt", row, count), b.compare("slt", place, depth))
            branch = b.branch(exists, [F32])
            with b.inside(branch.then) as yields:
                at = b.plus(base, b.times(row, self.numbers[factor.along]))
                at = b.plus(at, b.times(place, self.numbers[factor.step]))
                yields.append(b.load(memory, at))
            with b.inside(branch.otherwise) as yields:
                yields.append(b.constant(0.0, F32))
            found.append(branch.results[0])
        return found

    def _spread(self, factor: Factor, values: Sequence[Value], shared: Value, lines: int) -> None:
        """Stores what was fetched to shared memory, a line for each step of depth."""
        b = self.b
        for (line, deep), value in zip(self._places(factor, lines), values):
            b.store(value, shared, b.plus(b.times(deep, b.constant(lines + LANES)), line))

    def _base_place(self, form: FormShape) -> Value:
        """A place at the current outer position."""
        b = self.b
        total = b.constant(0) if form.offset is None else self.numbers[form.offset]
        for name, slot in form.terms:
            part = self.e.point[name]
            total = b.plus(total, part if slot is None else b.times(part, self.numbers[slot]))
        return total

    # -- results -----------------------------------------------------------------------------------

    def write(
        self, tail: int, outputs: Sequence[Value], known: Sequence[Mapping[str, Value]]
    ) -> None:
        """Writes the results of a product of rows.

        Args:
            tail: Its number.
            outputs: Sums, as `sum_along` gives them.
            known: For each row values that results are made of.
        """
        b, e, product, packs = self.b, self.results[tail], self.shape.tails[tail], self.block.packs
        for number, row in enumerate(self.rows):
            place = (Index(self.shape.row),)
            given: dict[Expression, Typed] = {
                Read(name, place): Typed(value, FLOAT) for name, value in known[number].items()
            }
            branch = b.branch(b.compare("slt", row, self.extents[self.shape.row]))
            with b.inside(branch.then):
                e.point[self.shape.row] = row
                for pack in range(packs[tail]):
                    total = outputs[number * packs[tail] + pack]
                    e.given = {**given, Read(SUM): Typed(total, FLOAT)}
                    self._write_pack(e, product, pack)
            with b.inside(branch.otherwise):
                pass

    def _write_pack(self, e: Elements, tail: Tail, pack: int) -> None:
        b, count = self.b, self.numbers[tail.columns.count]
        own = b.plus(b.times(self.across, b.constant(LANES)), b.constant(pack * SIDE))
        e.at([own], [b.mask(b.minus(count, own), LANES)])
        e.scopes.append({})
        value = e.as_kind(e.emit(tail.epilogue), e.kinds[tail.target])
        e.store(value.value, tail.result)
        e.scopes.pop()
        e.at([], [])

    # -- numbers -----------------------------------------------------------------------------------

    def _divided(self, number: Value, divisor: Value) -> tuple[Value, Value]:
        b = self.b
        quotient = b.add("arith.divui", [number, divisor], INDEX)
        return quotient, b.minus(number, b.times(quotient, divisor))

    def _shifted(self, number: Value, power: int) -> Value:
        shift = self.b.constant(power.bit_length() - 1)
        return self.b.add("arith.shrui", [number, shift], INDEX)

    def _rest(self, number: Value, power: int) -> Value:
        return self.b.add("arith.andi", [number, self.b.constant(power - 1)], INDEX)
