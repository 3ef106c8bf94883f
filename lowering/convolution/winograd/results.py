"""The kernel that transforms products back, applies the epilogue, and writes the results."""

from __future__ import annotations

from ...contraction.shape import ContractionShape
from ...contraction.table import Places, Table
from ...contraction.write import Writer
from ...emit.memory import Typed
from ...ir.builder import Builder
from ...ir.loops import F64, I64, INDEX, Function, Memref, Value
from .points import SPAN, TILE, result_matrix
from .transform import transformed

SLACK = 64  # entries beyond a table


def build_results(shape: ContractionShape) -> Function:
    """The kernel of a shape: a chunk is a run of planes."""
    return _Results(shape).function()


class _Results:
    """Writes the loops over planes, lines of tiles and vectors of tiles."""

    def __init__(self, shape: ContractionShape) -> None:
        self.shape = shape
        b = self.b = Builder(shape.name)
        self.memory: dict[str, Value] = {}
        for number, (name, scalar, _) in enumerate(shape.memory):
            self.memory[name] = b.argument(Memref(scalar), f"m{number}")
        table = b.argument(Memref(I64), "table")
        self.n = n = {name: b.argument(INDEX, f"n{i}") for i, name in enumerate(shape.numbers)}
        scalars: dict[str, Typed] = {}
        for number, (name, kind) in enumerate(shape.scalars):
            wide = F64 if kind.category == 2 else I64
            scalars[name] = Typed(b.argument(wide, f"s{number}_{name}"), kind)
        self.places = Places(b, n, dict(shape.groups))
        sizes = [n[name] for name in shape.numbers if name.startswith("size ")]
        self.products = self.memory[shape.factors[0].tensor]
        self.writer = Writer(b, shape, self.memory, scalars, sizes, self.products)
        self.lookup = Table(b, table, b.times(b.chunk, n["looked_up"]))
        self.block = b.scratch(TILE * TILE * shape.lanes, shape.scalar)

    def function(self) -> Function:
        """The whole kernel."""
        b, n = self.b, self.n
        zero = b.constant(0)
        labels = ["C", *(r.label for r in self.shape.reads)]
        rows = self.lookup.segments(labels, b.plus(n["lines_out"], b.constant(SLACK)))
        columns = self.lookup.segments(labels, b.plus(n["columns_out"], b.constant(SLACK)))
        self.places.fill(self.lookup, "m", rows, zero, n["lines_out"], SLACK)
        self.places.fill(self.lookup, "n", columns, zero, n["columns_out"], SLACK)
        first = b.times(b.chunk, n["grain"])
        last = b.minimum_index(b.plus(first, n["grain"]), n["units"])
        with b.loop(first, last, carried=self.places.digits(first, "o")) as unit:
            bases = {label: self.places.base(label, unit.carried) for label in labels}
            self.writer.at(self.lookup, bases, rows, columns, n["lines_out"], n["columns_out"])
            self._plane(b.plus(n["P.offset"], self.places.combine("P", "o", unit.carried)))
            unit.next.extend(self.places.advance(unit.carried, "o"))
        return b.finish()

    def _plane(self, source: Value) -> None:
        b, n, lanes = self.b, self.n, self.shape.lanes
        with b.loop(b.constant(0), n["lines"]) as line:
            at = b.plus(source, b.times(line.index, n["columns"]))
            with b.loop(b.constant(0), n["columns"], lanes) as column:
                self._tiles(b.plus(at, column.index), line.index, column.index)

    def _tiles(self, at: Value, line: Value, column: Value) -> None:
        """A vector of tiles of one line."""
        b, n, lanes = self.b, self.n, self.shape.lanes
        places = [b.plus(at, b.times(b.constant(i), n["P.point"])) for i in range(SPAN * SPAN)]
        values = [b.vector_load(self.products, place, lanes) for place in places]
        block = [values[i : i + SPAN] for i in range(0, SPAN * SPAN, SPAN)]
        results = transformed(b, result_matrix(), block)
        for number, row in enumerate(results):
            for place, vector in enumerate(woven(b, row)):
                at = b.constant((number * TILE + place) * lanes)
                b.vector_store(vector, self.block, at)
        top, left = b.times(line, b.constant(TILE)), b.times(column, b.constant(TILE))
        lines = b.minimum_index(b.minus(n["lines_out"], top), b.constant(TILE))
        with b.loop(b.constant(0), lines) as each:
            first = b.times(each.index, b.constant(TILE * lanes))
            for place in range(TILE):
                at = b.plus(first, b.constant(place * lanes))
                vector = b.vector_load(self.block, at, lanes)
                here = b.plus(left, b.constant(place * lanes))
                self._vector(vector, b.plus(top, each.index), here)

    def _vector(self, vector: Value, row: Value, column: Value) -> None:
        b, n, lanes = self.b, self.n, self.shape.lanes
        left = b.minus(n["columns_out"], column)
        whole = b.branch(b.compare("sge", left, b.constant(lanes)))
        with b.inside(whole.then):
            self.writer.vector(vector, None, row, column, True)
        with b.inside(whole.otherwise):
            some = b.branch(b.compare("sgt", left, b.constant(0)))
            with b.inside(some.then):
                self.writer.vector(vector, b.mask(left, lanes), row, column, True)
            with b.inside(some.otherwise):
                pass


def woven(b: Builder, parts: list[Value]) -> list[Value]:
    """Four vectors with their lanes in turns: a0 b0 c0 d0 a1 b1 c1 d1 ..."""
    first, second, third, fourth = parts
    low, high = _woven_pair(b, first, third), _woven_pair(b, second, fourth)
    return [v for one, other in zip(low, high) for v in _woven_pair(b, one, other)]


def _woven_pair(b: Builder, first: Value, second: Value) -> list[Value]:
    lanes = first.type.lanes  # type: ignore[union-attr]
    order = [lane for i in range(lanes) for lane in (i, lanes + i)]
    return [b.shuffle(first, second, order[:lanes]), b.shuffle(first, second, order[lanes:])]
