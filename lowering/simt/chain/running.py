"""Rows of exponentials whose sums go on where the largest element grows; their products.

    for each tile of elements
        products; the largest element, exponentials; sums so far scaled down
        products along the exponentials
    sums of threads meet; results

Threads that have the same rows exchange what belongs to a row.
"""

from __future__ import annotations

import math

from ....ops.expression import Index, Read
from ...emit_call import both
from ...emit_memory import Typed
from ...emit_reduction import Reduction
from ...kinds import FLOAT
from ...loops import F32, Value
from .block import ACROSS, BlockEmitter
from .shape import LANES, SIDE, BlockShape


class RunningEmitter(BlockEmitter):
    """Writes one kernel: with a product along the rows, or with what is kept of them."""

    def __init__(self, shape: BlockShape) -> None:
        super().__init__(shape)
        assert shape.running is not None
        self.running = shape.running
        (self.head,) = self.shape.heads
        self.largest = Reduction("max", FLOAT)
        self.total = Reduction("sum", FLOAT)

    def walk(self, start: Value, first: Value, end: Value) -> None:
        """See `BlockEmitter.walk`."""
        b, sums, tails = self.b, len(self.running.sums), self.block.packs
        neutral, zero = b.constant(-math.inf, F32), b.constant(0.0, F32)
        carried = [neutral] * LANES + [zero] * LANES * sums
        if tails:
            carried += self.sums_of(0)
        with b.loop(first, end, SIDE, carried) as tiles:
            tops, rest = tiles.carried[:LANES], tiles.carried[LANES:]
            totals, outputs = rest[: LANES * sums], rest[LANES * sums :]
            products = self.products(self.head, start, tiles.index)
            (elements,), mask = self.elements(
                [self.running.top.value], [products], tiles.index, -math.inf
            )
            after = [self._top(top, x) for top, x in zip(tops, elements)]
            bases, scales = self._bases(tops, after)
            raw = [self._raw(x, base, mask) for x, base in zip(elements, bases)]
            added = [b.reduction("add", x) for x in raw] * sums
            totals = [
                b.plus(b.times(total, scale), new)
                for total, scale, new in zip(totals, scales * sums, added)
            ]
            if tails:
                outputs = [
                    b.times(x, b.broadcast(scales[number // tails[0]], LANES))
                    for number, x in enumerate(outputs)
                ]
                self.store_weights(raw)
                outputs = self.sum_along(0, outputs, tiles.index)
            tiles.next = [*after, *totals, *outputs]
        self._finish(tiles.results)

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
    def _finish(self, found: list[Value]) -> None:
        """Writes what follows from the sums of all elements."""
        running, sums = self.running, len(self.running.sums)
        rest, outputs = found[LANES:][: LANES * sums], found[LANES * (1 + sums) :]
        whole = [self._met(self.total, value) for value in rest]
        known = [
            {running.top.target: found[number]}
            | {step.target: whole[k * LANES + number] for k, step in enumerate(running.sums)}
            for number in range(LANES)
        ]
        if outputs:
            self.write(0, outputs, known)
        if self.block.kept:
            self._keep(known)

    def _keep(self, known: list[dict[str, Value]]) -> None:
        """Writes values of rows to memory: the first of the threads that have them."""
        b, e, row = self.b, self.e, self.shape.row
        is_first = b.compare("eq", self.across, b.constant(0))
        for values, place in zip(known, self.rows):
            exists = b.compare("slt", place, self.extents[row])
            branch = b.branch(both(b, is_first, exists))
            with b.inside(branch.then):
                e.point[row] = place
                for name, access in self.block.kept:
                    e.store(values[name], access)
            with b.inside(branch.otherwise):
                pass
