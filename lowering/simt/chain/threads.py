"""Rows of float32 by single threads: 64 a block, 64 elements of them at a time.

Products take 16 of depth at a time through shared memory. A thread has 4 x 4 products, and 4 x 4 or
4 x 8 sums along elements, which go through shared memory to be multiplied.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...chain.shape import Factor
from ...emit.call import both
from ...ir.loops import F32, Value, Vector
from .block import Block, Rows
from .shape import LANES, SIDE, STEP, THREADS, BlockShape

ACROSS = SIDE // LANES
"""Threads that have the same rows."""

PITCH = SIDE + LANES
"""Elements of a line of shared memory: packs, in other banks from line to line."""


class ThreadBlock(Block):
    """Writes what single threads do with tiles."""

    lanes, members = LANES, ACROSS

    def __init__(self, shape: BlockShape) -> None:
        super().__init__(shape)
        b = self.b
        self.first, self.second = (b.shared(STEP * PITCH, F32) for _ in range(2))
        if shape.packs:
            self.weights = b.shared(SIDE * PITCH, F32)
            self.columns = b.shared(STEP * (SIDE * max(shape.packs) + LANES), F32)
        self.down = self.b.quotient(self.thread, ACROSS)
        self.across = self.b.rest(self.thread, ACROSS)
        self.offsets = [b.times(self.across, b.constant(LANES))]

    def begin(self, start: Value) -> None:
        """See `Block.begin`."""
        b = self.b
        own = b.plus(start, b.times(self.down, b.constant(LANES)))
        self.rows = [b.plus(own, b.constant(k)) for k in range(LANES)]

    def products(self, head: int, start: Value, column: Value) -> Rows:
        """See `Block.products`."""
        b, product = self.b, self.shape.heads[head]
        depth = self.numbers[product.columns.depth]
        sums = [b.constant(0.0, Vector(LANES, F32))] * LANES
        with b.loop(b.constant(0), depth, STEP, sums) as steps:
            columns = product.columns
            sides = (
                (product.lines, start, self.extents[self.shape.row], self.first),
                (columns.factor, column, self.numbers[columns.count], self.second),
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
        return [[value] for value in steps.results]

    # -- products along elements -------------------------------------------------------------------

    def sums(self, tail: int) -> list[Value]:
        """Zeros: for each of this thread's rows its packs."""
        zeros = self.b.constant(0.0, Vector(LANES, F32))
        return [zeros] * LANES * self.block.packs[tail]

    def scaled(self, tail: int, sums: Sequence[Value], scales: Sequence[Value]) -> list[Value]:
        """See `Block.scaled`."""
        b, packs = self.b, self.block.packs[tail]
        return [
            b.times(x, b.broadcast(scales[number // packs], LANES)) for number, x in enumerate(sums)
        ]

    def sum_along(
        self, products: Sequence[tuple[int, list[Value]]], elements: Rows, column: Value,
        again: bool,
    ) -> list[list[Value]]:  # fmt: skip
        """See `Block.sum_along`."""
        if again:
            self.b.barrier()  # all have read the elements before
        self._store_weights([values[0] for values in elements])
        return [self._sum_along(tail, sums, column) for tail, sums in products]

    def totals(self, tail: int, sums: Sequence[Value]) -> list[list[tuple[Value, Value]]]:
        """See `Block.totals`."""
        b, packs = self.b, self.block.packs[tail]
        starts = [b.plus(self.offsets[0], b.constant(pack * SIDE)) for pack in range(packs)]
        lines = [sums[row * packs :][:packs] for row in range(LANES)]
        return [list(zip(starts, line)) for line in lines]

    def _store_weights(self, raw: list[Value]) -> None:
        """A pack of rows for each element; the tile before was read before the last barrier."""
        b = self.b
        rows = b.times(self.down, b.constant(LANES))
        line = b.times(self.across, b.constant(LANES))
        for lane in range(LANES):
            pack = b.together([b.extract(x, lane) for x in raw])
            place = b.times(b.plus(line, b.constant(lane)), b.constant(PITCH))
            b.vector_store(pack, self.weights, b.plus(place, rows))

    def _sum_along(self, tail: int, sums: list[Value], column: Value) -> list[Value]:
        """Sums with the products of a tile's elements."""
        b, panels = self.b, self.shape.tails[tail].columns
        packs = self.block.packs[tail]
        width = packs * SIDE
        count, depth = self.numbers[panels.count], self.numbers[panels.depth]
        with b.loop(b.constant(0), b.constant(SIDE), STEP, sums) as steps:
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

    def _spots(self, factor: Factor, lines: int) -> list[tuple[Value, Value]]:
        """Line and depth of each element that this thread fetches: neighbours in memory belong to
        neighbouring threads."""
        b, near = self.b, STEP if factor.deep else lines
        along, others = self.b.rest(self.thread, near), self.b.quotient(self.thread, near)
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
        base = self.base_place(factor.base)
        found = []
        for line, deep in self._spots(factor, lines):
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
        for (line, deep), value in zip(self._spots(factor, lines), values):
            b.store(value, shared, b.plus(b.times(deep, b.constant(lines + LANES)), line))
