"""The kernel in which a window slides over planes that do not mix: lanes run along the lines.

plane -> copy -> tile of lines -> vector of places -> taps
"""

from __future__ import annotations

from ..ir.loops import Function, Value, Vector
from .plane import SLACK, PlaneKernel


class Slide(PlaneKernel):
    """Writes the loops: planes, lines, vectors of places, taps."""

    def function(self) -> Function:
        """The whole kernel: a chunk is a run of planes."""
        b, n = self.b, self.numbers
        first = b.times(b.chunk, n["grain"])
        last = b.minimum_index(b.plus(first, n["grain"]), n["units"])
        beside = ["C", *(r.label for r in self.sums.reads)]
        slack = b.constant(SLACK)
        self.row_tables = self.lookup.segments(["W", *beside], b.plus(n["M"], slack))
        self.column_tables = self.lookup.segments(beside, b.plus(n["N"], slack))
        taps = self.lookup.segments(["W", "X"], n["K"])
        self.steps, self.others = taps["W"], taps["X"]
        zero = b.constant(0)
        self.places.fill(self.lookup, "m", self.row_tables, zero, n["M"], SLACK)
        self.places.fill(self.lookup, "n", self.column_tables, zero, n["N"], SLACK)
        self.places.fill(self.lookup, "k", {"X": self.others}, zero, n["K"])
        self.tabled("k", self.steps, n["K"])
        self.weights = b.view(self.copy, b.plus(n["plane"], slack))
        self.clear()
        with b.loop(first, last, carried=self.places.digits(first, "o")) as unit:
            self._plane(unit.carried)
            unit.next.extend(self.places.advance(unit.carried, "o"))
        return b.finish()

    def _plane(self, outer: list[Value]) -> None:
        b, n = self.b, self.numbers
        self.fill(self.places.base("S", outer))
        other = b.view(self.memory[self.sums.factors[0].tensor], self.places.base("X", outer))
        zero = b.constant(0)
        with b.loop(zero, n["K"]) as tap:
            value = b.load(other, self.lookup.load(self.others, tap.index))
            b.store(b.convert(value, self.sums.scalar), self.weights, tap.index)
        labels = ["C", *(r.label for r in self.sums.reads)]
        bases = {label: self.places.base(label, outer) for label in labels}
        self.writer.at(self.lookup, bases, self.row_tables, self.column_tables, n["M"], n["N"])
        self.walk()

    def walk(self) -> None:
        """All places of a plane, tile by tile of lines; its weights are in scratch memory."""
        b, n = self.b, self.numbers
        zero = b.constant(0)
        with b.loop(zero, n["M"], self.shape.tile) as tile:
            rows = [b.plus(tile.index, b.constant(i)) for i in range(self.shape.tile)]
            lines = [b.view(self.copy, self.lookup.load(self.row_tables["W"], row)) for row in rows]
            # Lines beyond the end repeat the last one, and are written again as it is.
            end = b.minus(n["M"], b.constant(1))
            rows = [b.minimum_index(row, end) for row in rows]
            with b.loop(zero, n["N"], self.sums.lanes) as column:
                self._write(self._tile(lines, column.index), rows, column.index)

    def _tile(self, lines: list[Value], column: Value) -> list[Value]:
        """Sums of neighbouring places in some lines."""
        b, lanes = self.b, self.sums.lanes
        zero = b.constant(0.0, Vector(lanes, self.sums.scalar))
        with b.loop(b.constant(0), self.numbers["K"], carried=[zero] * len(lines)) as tap:
            at = b.plus(column, self.lookup.load(self.steps, tap.index))
            weight = b.broadcast(b.load(self.weights, tap.index), lanes)
            for line, total in zip(lines, tap.carried):
                tap.next.append(b.multiply_add(b.vector_load(line, at, lanes), weight, total))
        return tap.results

    def _write(self, totals: list[Value], rows: list[Value], column: Value) -> None:
        b, lanes = self.b, self.sums.lanes
        left = b.minimum_index(b.minus(self.numbers["N"], column), b.constant(lanes))
        mask = b.mask(left, lanes)
        if not self.sums.unit:
            for total, row in zip(totals, rows):
                self.writer.vector(total, mask, row, column, False)
            return
        whole = b.branch(b.compare("eq", left, b.constant(lanes)))
        for block, admitted in ((whole.then, None), (whole.otherwise, mask)):
            with b.inside(block):
                for total, row in zip(totals, rows):
                    self.writer.vector(total, admitted, row, column, True)
