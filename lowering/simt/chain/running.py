"""Rows of exponentials whose sums go on where the largest element grows; their products.

    for each tile of elements
        products; the largest element, exponentials; sums so far scaled down
        products along the exponentials
    sums of threads meet; results

Threads that have the same rows exchange what belongs to a row.
"""

from __future__ import annotations

import math

from ....ops.language.expression import Index, Read
from ...emit.call import both
from ...emit.memory import Typed
from ...emit.reduction import Reduction
from ...ir.kinds import FLOAT
from ...ir.loops import F32, Value
from .block import Block, Rows
from .shape import COLUMNS, Running


class RunningWalk:
    """Walks over the rows of one kernel, for a product along them or for what is kept of them."""

    def __init__(self, block: Block, running: Running) -> None:
        self.block, self.running = block, running
        self.b = block.b
        self.largest = Reduction("max", FLOAT)
        self.total = Reduction("sum", FLOAT)

    def __call__(self, start: Value, first: Value, end: Value) -> None:
        """See `block.Walk`."""
        b, block, count = self.b, self.block, len(self.block.rows)
        tails = bool(block.shape.tails)
        neutral, zero = b.constant(-math.inf, F32), b.constant(0.0, F32)
        carried = [neutral] * count + [zero] * count * len(self.running.sums)
        carried += block.sums(0) if tails else []
        with b.loop(first, end, COLUMNS, carried) as tiles:
            tops, totals, sums = self._apart(tiles.carried)
            products = block.products(0, start, tiles.index)
            wanted = [self.running.top.value]
            (elements,) = block.elements(wanted, [products], tiles.index, -math.inf)
            after = [self._top(top, row) for top, row in zip(tops, elements)]
            bases, scales = self._bases(tops, after)
            raw = self._raw(elements, bases, tiles.index)
            added = [self._sum(row) for row in raw]
            totals = [
                [b.plus(b.times(x, s), more) for x, s, more in zip(own, scales, added)]
                for own in totals
            ]
            if tails:
                scaled = block.scaled(0, sums, scales)
                (sums,) = block.sum_along([(0, scaled)], raw, tiles.index, again=False)
            tiles.next = [*after, *(x for own in totals for x in own), *sums]
        self._finish(*self._apart(tiles.results))

    def _apart(self, values: list[Value]) -> tuple[list[Value], list[list[Value]], list[Value]]:
        """The largest element of each row, sums of each row, sums of products."""
        count, sums = len(self.block.rows), len(self.running.sums)
        totals = [values[count * (1 + k) :][:count] for k in range(sums)]
        return values[:count], totals, values[count * (1 + sums) :]

    def _top(self, before: Value, elements: list[Value]) -> Value:
        """The largest element of a row so far; all threads of the row have it."""
        b = self.b
        whole = elements[0]
        for pack in elements[1:]:
            whole = self.largest.combine(b, whole, pack)
        (value,) = self.largest.across(b, [whole])
        return self.largest.combine(b, before, self._met(self.largest, value))

    def _sum(self, elements: list[Value]) -> Value:
        """The sum of this thread's elements of a row."""
        whole = elements[0]
        for pack in elements[1:]:
            whole = self.b.plus(whole, pack)
        return self.b.reduction("add", whole)

    def _met(self, reduction: Reduction, value: Value) -> Value:
        """What the threads of a row have, as one."""
        offset = self.block.members // 2
        while offset:
            other = self.b.exchange("xor", value, offset)
            value = reduction.combine(self.b, value, other)
            offset //= 2
        return value

    def _base(self, top: Value) -> Value:
        """What is subtracted, given the largest element."""
        e, row = self.block.e, Index(self.block.shape.row)
        e.given = {Read(self.running.top.target, (row,)): Typed(top, FLOAT)}
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

    def _raw(self, elements: Rows, bases: list[Value], column: Value) -> Rows:
        """Exponentials; 0 where there is no element."""
        b, lanes, found = self.b, self.block.lanes, []
        masks = [mask for _, mask in self.block.packs(column)]
        for row, base in zip(elements, bases):
            powers = [b.math("exp", b.minus(x, b.broadcast(base, lanes))) for x in row]
            found.append(
                [b.select(mask, x, b.constant(0.0, x.type)) for mask, x in zip(masks, powers)]
            )
        return found

    def _finish(self, tops: list[Value], totals: list[list[Value]], sums: list[Value]) -> None:
        """Writes what follows from the sums of all elements."""
        running = self.running
        whole = [[self._met(self.total, value) for value in own] for own in totals]
        known = [
            {running.top.target: top}
            | {step.target: own[number] for step, own in zip(running.sums, whole)}
            for number, top in enumerate(tops)
        ]
        if sums:
            self.block.write(0, sums, known)
        if self.block.block.kept:
            self._keep(known)

    def _keep(self, known: list[dict[str, Value]]) -> None:
        """Writes values of rows to memory: the first of the threads that have them."""
        b, e, shape = self.b, self.block.e, self.block.shape
        is_first = b.compare("eq", b.rest(self.block.thread, self.block.members),
                             b.constant(0))  # fmt: skip
        for values, place in zip(known, self.block.rows):
            exists = b.compare("slt", place, self.block.extents[shape.row])
            branch = b.branch(both(b, is_first, exists))
            with b.inside(branch.then):
                e.point[shape.row] = place
                for name, access in self.block.block.kept:
                    e.store(values[name], access)
            with b.inside(branch.otherwise):
                pass
