"""The kernel that sums over planes what a window sees, tap by tap: gradients of its weights.

outer position -> plane -> copy -> tile of taps -> line -> vector of places
"""

from __future__ import annotations

from ..ir.loops import Function, Value, Vector
from .plane import SLACK, PlaneKernel
from .plane_shape import PlaneShape


def build_taps(shape: PlaneShape) -> Function:
    """The kernel of a shape."""
    return _Taps(shape).function()


class _Taps(PlaneKernel):
    """Writes the loops; lanes of a tap's sums lie in scratch memory until all planes are done."""

    def function(self) -> Function:
        """The whole kernel: a chunk is a run of outer positions."""
        b, n = self.b, self.numbers
        lanes, zero, slack = self.sums.lanes, b.constant(0), b.constant(SLACK)
        first = b.times(b.chunk, n["grain"])
        last = b.minimum_index(b.plus(first, n["grain"]), n["units"])
        beside = ["C", *(r.label for r in self.sums.reads)]
        self.row_tables = self.lookup.segments(beside, b.plus(b.constant(1), slack))
        self.column_tables = self.lookup.segments(["W", *beside], b.plus(n["N"], slack))
        lines = self.lookup.segments(["W", "X"], n["L"])
        self.lines, self.others = lines["W"], lines["X"]
        tables = {label: self.column_tables[label] for label in beside}
        self.places.fill(self.lookup, "m", self.row_tables, zero, b.constant(1), SLACK)
        self.places.fill(self.lookup, "n", tables, zero, n["N"], SLACK)
        self.places.fill(self.lookup, "l", {"W": self.lines, "X": self.others}, zero, n["L"])
        self._tap_table()
        self.totals = b.plus(n["plane"], slack)
        self.sums_at = b.plus(self.totals, b.times(b.plus(n["N"], slack), b.constant(lanes)))
        self.clear()
        with b.loop(first, last, carried=self.places.digits(first, "o")) as unit:
            self._position(unit.carried)
            unit.next.extend(self.places.advance(unit.carried, "o"))
        return b.finish()

    def _tap_table(self) -> None:
        """Places of the taps in the copy; those beyond the end repeat the last one."""
        b, n = self.b, self.numbers
        segment = self.column_tables["W"]
        self.tabled("n", segment, n["N"])
        end = self.lookup.load(segment, b.minus(n["N"], b.constant(1)))
        with b.loop(b.constant(0), b.constant(SLACK)) as loop:
            self.lookup.store(segment, b.plus(n["N"], loop.index), end)

    def _position(self, outer: list[Value]) -> None:
        b, n, lanes = self.b, self.numbers, self.sums.lanes
        zero = b.constant(0)
        nothing = b.constant(0.0, Vector(lanes, self.sums.scalar))
        with b.loop(zero, b.plus(n["N"], b.constant(self.shape.tile))) as tap:
            b.vector_store(nothing, self.copy, self._total(tap.index))
        source, other = self.places.base("S", outer), self.places.base("X", outer)
        with b.loop(zero, n["P"], carried=self.places.digits(zero, "p")) as plane:
            self.fill(b.plus(source, self.places.combine("S", "p", plane.carried)))
            at = b.plus(other, self.places.combine("X", "p", plane.carried))
            self._plane(b.view(self.memory[self.sums.factors[0].tensor], at))
            plane.next.extend(self.places.advance(plane.carried, "p"))
        labels = ["C", *(r.label for r in self.sums.reads)]
        bases = {label: self.places.base(label, outer) for label in labels}
        one = b.constant(1)
        self.writer.at(self.lookup, bases, self.row_tables, self.column_tables, one, n["N"])
        with b.loop(zero, n["N"]) as tap:
            total = b.reduction("add", b.vector_load(self.copy, self._total(tap.index), lanes))
            b.store(total, self.copy, b.plus(self.sums_at, tap.index))
        with b.loop(zero, n["N"], lanes) as tap:
            at = b.plus(b.plus(self.base, self.sums_at), tap.index)
            self.writer.tile(zero, tap.index, at, zero)

    def _total(self, tap: Value) -> Value:
        return self.b.plus(self.totals, self.b.times(tap, self.b.constant(self.sums.lanes)))

    def _plane(self, other: Value) -> None:
        """Adds a plane to the sums of all taps, some at a time."""
        b, n, lanes, count = self.b, self.numbers, self.sums.lanes, self.shape.tile
        zero = b.constant(0)
        full = b.whole(n["Q"], lanes)
        rest = b.minus(n["Q"], full)
        mask, ragged = b.mask(rest, lanes), b.compare("sgt", rest, zero)
        with b.loop(zero, n["N"], count) as tile:
            numbers = [b.plus(tile.index, b.constant(i)) for i in range(count)]
            taps = [
                b.view(self.copy, self.lookup.load(self.column_tables["W"], number))
                for number in numbers
            ]
            start = [b.vector_load(self.copy, self._total(number), lanes) for number in numbers]
            with b.loop(zero, n["L"], carried=start) as line:
                along = self.lookup.load(self.lines, line.index)
                beside = self.lookup.load(self.others, line.index)
                with b.loop(zero, full, lanes, line.carried) as column:
                    column.next.extend(
                        self._added(taps, other, along, beside, column.index, column.carried, None)
                    )
                tail = b.branch(ragged, [v.type for v in start])
                with b.inside(tail.then) as yields:
                    yields.extend(
                        self._added(taps, other, along, beside, full, column.results, mask)
                    )
                with b.inside(tail.otherwise) as yields:
                    yields.extend(column.results)
                line.next.extend(tail.results)
            for number, total in zip(numbers, line.results):
                b.vector_store(total, self.copy, self._total(number))

    def _added(
        self,
        taps: list[Value],
        other: Value,
        along: Value,
        beside: Value,
        column: Value,
        totals: list[Value],
        mask: Value | None,
    ) -> list[Value]:
        """Sums with the products of one vector of places added."""
        b, lanes = self.b, self.sums.lanes
        if self.shape.even:
            value = b.vector_load(other, b.plus(beside, column), lanes, mask)
        else:
            stride = b.broadcast(self.numbers["X.q"], lanes)
            offsets = b.times(b.step(lanes), stride)
            admitted = b.mask(b.constant(lanes), lanes) if mask is None else mask
            at = b.plus(beside, b.times(column, self.numbers["X.q"]))
            value = b.gather(other, at, offsets, admitted)
        value = b.convert(value, self.sums.scalar)
        at = b.plus(along, column)
        return [
            b.multiply_add(value, b.vector_load(tap, at, lanes, mask), total)
            for tap, total in zip(taps, totals)
        ]
