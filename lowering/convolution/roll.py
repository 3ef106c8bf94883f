"""The kernel in which a small window rolls down planes that do not mix, its weights in registers.

plane -> copy -> vector of places along the lines -> line

Each line of the copy is loaded once for each tap along it, and goes to the sums of all lines of the
result that see it: as many of them are under way as the window has lines.
"""

from __future__ import annotations

from ..ir.loops import Value, Vector
from .plane_shape import PlaneShape
from .slide import Slide


class RollingSlide(Slide):
    """Walks over a plane in columns of vectors."""

    def __init__(self, shape: PlaneShape) -> None:
        super().__init__(shape)
        assert shape.roll is not None
        self.roll = shape.roll

    def walk(self) -> None:
        """All places of a plane, vector by vector along the lines."""
        b, n, roll, lanes = self.b, self.numbers, self.roll, self.sums.lanes
        rows = range(roll.lines)[:: -1 if roll.turned else 1]
        taps = [[row * roll.along + k for k in range(roll.along)] for row in rows]
        self.held = [
            [b.broadcast(b.load(self.weights, b.constant(tap)), lanes) for tap in line]
            for line in taps
        ]
        line = self.lookup.load(self.row_tables["W"], b.constant(0))
        starts = [self.lookup.load(self.steps, b.constant(tap)) for tap in taps[0]]
        self.lines = [b.view(self.copy, b.plus(line, start)) for start in starts]
        with b.loop(b.constant(0), n["N"], lanes) as column:
            left = b.minimum_index(b.minus(n["N"], column.index), b.constant(lanes))
            mask = b.mask(left, lanes)
            whole = b.branch(b.compare("eq", left, b.constant(lanes)))
            for block, admitted in ((whole.then, None), (whole.otherwise, mask)):
                with b.inside(block):
                    self._roll(column.index, admitted if self.sums.unit else mask)

    def _roll(self, column: Value, mask: Value | None) -> None:
        """A vector of places of every line of the result."""
        b, n = self.b, self.numbers
        place, sums = column, [self._zero()]
        for _ in range(self.roll.lines - 1):
            sums = [*self._added(sums, place), self._zero()]
            place = b.plus(place, n["W.m0"])
        with b.loop(b.constant(0), n["M"], carried=[*sums, place]) as row:
            *sums, place = row.carried
            total, *others = self._added(sums, place)
            self.writer.vector(total, mask, row.index, column, self.sums.unit)
            row.next.extend([*others, self._zero(), b.plus(place, n["W.m0"])])

    def _added(self, sums: list[Value], place: Value) -> list[Value]:
        """Sums with what a line adds to them; the first has seen most of its lines."""
        b = self.b
        loaded = [b.vector_load(line, place, self.sums.lanes) for line in self.lines]
        result = []
        for seen, total in zip(reversed(range(len(sums))), sums):
            for weight, value in zip(self.held[seen], loaded):
                total = b.multiply_add(value, weight, total)
            result.append(total)
        return result

    def _zero(self) -> Value:
        return self.b.constant(0.0, Vector(self.sums.lanes, self.sums.scalar))
