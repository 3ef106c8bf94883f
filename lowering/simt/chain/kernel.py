"""The kernel of a chain around exponentials: 64 rows a block, 64 elements of them at a time.

    for each tile of elements
        products: 16 of depth at a time through shared memory, 4 x 4 sums a thread
        the largest element, exponentials; sums so far scaled down; exponentials to shared memory
        products along the elements: 16 at a time, 4 x 4 or 4 x 8 sums a thread
    sums of threads meet; results

Sixteen neighbouring threads have the same four rows, and exchange what belongs to a row.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from ....ops.dataclass import dataclass
from ....ops.expression import Expression, Index, Read
from ...builder import Builder
from ...chain.arguments import arguments_of
from ...chain.elements import Elements
from ...chain.shape import ChainShape, Factor
from ...contraction.shape import SUM
from ...emit_call import both
from ...emit_memory import Typed
from ...emit_reduction import Reduction
from ...kinds import FLOAT, Kind
from ...loops import F32, INDEX, Function, Value, Vector
from ...program import Step
from ...shape import FormShape

THREADS, SIDE, STEP, LANES = 256, 64, 16, 4
"""Threads of a block; its rows, and elements of them at a time; depth at a time; a thread's rows
and elements."""

ACROSS = SIDE // LANES
"""Threads that have the same rows."""

PITCH = SIDE + LANES
"""Elements of a line of shared memory: packs, in other banks from line to line."""


@dataclass(frozen=True)
class Running:
    """The steps of rows whose sums go on where the largest element grows.

    Attributes:
        top: The largest element.
        raw: `exp(x - base)`, of the elements `x`.
        base: In terms of the largest element.
        sums: Of `raw`.
    """

    top: Step
    raw: Step
    base: Expression
    sums: tuple[Step, ...]


def build_running(shape: ChainShape, running: Running) -> Function:
    """The kernel of a shape."""
    return RunningEmitter(shape, running).function()


class RunningEmitter:
    """Writes one kernel."""

    def __init__(self, shape: ChainShape, running: Running) -> None:
        self.shape, self.running = shape, running
        b = self.b = Builder(shape.name)
        b.function.threads = THREADS
        self.arguments = arguments_of(b, shape, scratch=False)
        self.numbers = self.arguments.numbers
        self.slots = {name: self.numbers[slot] for name, slot in shape.slots}
        self.extents = {name: self.numbers[slot] for name, slot in shape.extents}
        (self.head,), (self.tail,) = shape.heads, shape.tails
        self.e = Elements(
            b, shape, self.arguments, shape.row, shape.column, shape.steps, shape.reads
        )
        self.results = Elements.of_tail(b, shape, self.tail, self.arguments)
        self.largest = Reduction("max", FLOAT)
        self.total = Reduction("sum", FLOAT)
        self.width = SIDE * shape.vectors
        self.first, self.second = (b.shared(STEP * PITCH, F32) for _ in range(2))
        self.weights = b.shared(SIDE * PITCH, F32)
        self.columns = b.shared(STEP * (self.width + LANES), F32)
        self.thread = b.thread_id()
        self.down = self._shifted(self.thread, ACROSS)
        self.across = self._rest(self.thread, ACROSS)

    # -- a block's rows ----------------------------------------------------------------------------

    def function(self) -> Function:
        """The finished kernel."""
        b, shape = self.b, self.shape
        unless = None
        if shape.bound is not None and shape.bound.unless is not None:
            unless = self.e.truth(shape.bound.unless, None)
        with b.loop(b.block_id(), self.slots["units"], b.grid_dim()) as units:
            outer, tile = self._divided(units.index, self.slots["tiles"])
            for name in reversed(shape.outer):
                outer, digit = self._divided(outer, self.extents[name])
                self.e.point[name] = self.results.point[name] = digit
            start = b.times(tile, b.constant(SIDE))
            own = b.plus(start, b.times(self.down, b.constant(LANES)))
            self.rows = [b.plus(own, b.constant(k)) for k in range(LANES)]
            self._walk(start, self._end(start, unless))
        return b.finish()

    def _end(self, start: Value, unless: Value | None) -> Value:
        """Elements of the block's rows that are not ruled out in all of them."""
        b, bound, elements = self.b, self.shape.bound, self.extents[self.shape.column]
        if bound is None:
            return elements
        most = b.minimum_index(b.plus(start, b.constant(SIDE - 1 + bound.reach)), elements)
        return most if unless is None else b.select(unless, elements, most)

    def _walk(self, start: Value, end: Value) -> None:
        """The elements of the block's rows, a tile at a time; then their results."""
        b, sums = self.b, len(self.running.sums)
        neutral = b.constant(-math.inf, F32)
        zero, zeros = b.constant(0.0, F32), b.constant(0.0, Vector(LANES, F32))
        carried = [neutral] * LANES + [zero] * LANES * sums
        carried += [zeros] * LANES * self.shape.vectors
        with b.loop(b.constant(0), end, SIDE, carried) as tiles:
            tops, rest = tiles.carried[:LANES], tiles.carried[LANES:]
            totals, outputs = rest[: LANES * sums], rest[LANES * sums :]
            products = self._products(start, tiles.index)
            elements, mask = self._elements(products, tiles.index)
            after = [self._top(top, x) for top, x in zip(tops, elements)]
            bases, scales = self._bases(tops, after)
            raw = [self._raw(x, base, mask) for x, base in zip(elements, bases)]
            added = [b.reduction("add", x) for x in raw] * sums
            totals = [
                b.plus(b.times(total, scale), new)
                for total, scale, new in zip(totals, scales * sums, added)
            ]
            outputs = [
                b.times(x, b.broadcast(scales[number // self.shape.vectors], LANES))
                for number, x in enumerate(outputs)
            ]
            self._store_weights(raw)
            tiles.next = [*after, *totals, *self._sum_along(outputs, tiles.index)]
        self._write(tiles.results)

    # -- elements ----------------------------------------------------------------------------------

    def _products(self, start: Value, column: Value) -> list[Value]:
        """This thread's products: for each of its rows a pack."""
        b, head = self.b, self.head
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

    def _elements(self, products: list[Value], column: Value) -> tuple[list[Value], Value]:
        """This thread's elements; those that do not exist are the least of all."""
        b, e, shape = self.b, self.e, self.shape
        own = b.plus(column, b.times(self.across, b.constant(LANES)))
        extent = self.extents[shape.column]
        mask = b.mask(b.minus(extent, own), LANES)
        places = (Index(shape.row), Index(shape.column))
        last = b.minus(self.extents[shape.row], b.constant(1))
        least = b.constant(-math.inf, Vector(LANES, F32))
        found = []
        for row, product in zip(self.rows, products):
            e.point[shape.row] = b.minimum_index(row, last)
            e.given = {Read(self.head.name, places): Typed(product, Kind(F32))}
            e.at([own], [mask])
            e.scopes.append({})
            value = e.as_kind(e.emit(self.running.top.value), FLOAT).value
            e.scopes.pop()
            e.at([], [])
            found.append(b.select(mask, e.spread(value), least))
        return found, mask

    def _top(self, before: Value, elements: Value) -> Value:
        """The largest element of a row so far; all threads of the row have it."""
        b = self.b
        (value,) = self.largest.across(b, [elements])
        return self.largest.combine(b, before, self._met(self.largest, value))

    def _met(self, reduction: Reduction, value: Value) -> Value:
        """What the threads of a row have, as one."""
        offset = ACROSS // 2
        while offset:
            other = self.b.exchange("xor", value, offset)
            value = reduction.combine(self.b, value, other)
            offset //= 2
        return value

    def _base(self, top: Value) -> Value:
        """What is subtracted, given the largest element."""
        e = self.e
        e.given = {Read(self.running.top.target, (Index(self.shape.row),)): Typed(top, FLOAT)}
        e.scopes.append({})
        value = e.as_kind(e.emit(self.running.base), FLOAT).value
        e.scopes.pop()
        return value

    def _bases(self, before: list[Value], after: list[Value]) -> tuple[list[Value], list[Value]]:
        """For each row what is subtracted, and by what sums so far are multiplied: they are 0 as
        long as there was no element."""
        b, zero = self.b, self.b.constant(0.0, F32)
        bases, scales = [], []
        for old, new in zip(before, after):
            base = self._base(new)
            scale = b.math("exp", b.minus(self._base(old), base))
            is_first = b.compare("oeq", old, b.constant(-math.inf, F32))
            bases.append(base)
            scales.append(b.select(is_first, zero, scale))
        return bases, scales

    def _raw(self, elements: Value, base: Value, mask: Value) -> Value:
        """Exponentials; 0 where there is no element."""
        b = self.b
        found = b.math("exp", b.minus(elements, b.broadcast(base, LANES)))
        return b.select(mask, found, b.constant(0.0, found.type))

    # -- products along elements -------------------------------------------------------------------

    def _store_weights(self, raw: list[Value]) -> None:
        """A pack of rows for each element; the tile before was read before the last barrier."""
        b = self.b
        rows = b.times(self.down, b.constant(LANES))
        line = b.times(self.across, b.constant(LANES))
        for lane in range(LANES):
            pack = b.together([b.extract(x, lane) for x in raw])
            place = b.times(b.plus(line, b.constant(lane)), b.constant(PITCH))
            b.vector_store(pack, self.weights, b.plus(place, rows))

    def _sum_along(self, outputs: list[Value], column: Value) -> list[Value]:
        """Sums with the products of a tile's elements."""
        b, panels = self.b, self.tail.columns
        count, depth = self.numbers[panels.count], self.numbers[panels.depth]
        with b.loop(b.constant(0), b.constant(SIDE), STEP, outputs) as steps:
            at = b.plus(column, steps.index)
            values = self._fetched(panels.factor, b.constant(0), count, at, depth, self.width)
            b.barrier()  # weights are there, and the step before is over
            self._spread(panels.factor, values, self.columns, self.width)
            b.barrier()
            steps.next = self._multiplied(
                steps.carried, self.weights, steps.index, self.columns, self.width + LANES,
                self.shape.vectors,
            )  # fmt: skip
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

    def _write(self, found: list[Value]) -> None:
        """Writes what follows from the sums of all elements."""
        b, e, shape, running = self.b, self.results, self.shape, self.running
        sums, packs = len(running.sums), shape.vectors
        rest, outputs = found[LANES:][: LANES * sums], found[LANES * (1 + sums) :]
        whole = [self._met(self.total, value) for value in rest]
        count = self.numbers[self.tail.columns.count]
        column = b.times(self.across, b.constant(LANES))
        for number, row in enumerate(self.rows):
            known = {running.top.target: found[number]}
            known |= {s.target: whole[k * LANES + number] for k, s in enumerate(running.sums)}
            place = (Index(shape.row),)
            given: dict[Expression, Typed] = {
                Read(name, place): Typed(value, FLOAT) for name, value in known.items()
            }
            branch = b.branch(b.compare("slt", row, self.extents[shape.row]))
            with b.inside(branch.then):
                e.point[shape.row] = row
                for pack in range(packs):
                    own = b.plus(column, b.constant(pack * SIDE))
                    e.given = {**given, Read(SUM): Typed(outputs[number * packs + pack], FLOAT)}
                    e.at([own], [b.mask(b.minus(count, own), LANES)])
                    e.scopes.append({})
                    value = e.as_kind(e.emit(self.tail.epilogue), e.kinds[self.tail.target])
                    e.store(value.value, self.tail.result)
                    e.scopes.pop()
                e.at([], [])
            with b.inside(branch.otherwise):
                pass

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
