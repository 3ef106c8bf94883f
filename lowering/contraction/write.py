"""Results of a contraction: a tile of sums -> epilogue -> memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

from ...ops.language.expression import Expression, Read, reads
from ..emit.expression import ExpressionEmitter
from ..emit.memory import Arguments, Typed
from ..emit.shape import NestShape
from ..ir.builder import Builder
from ..ir.kinds import Kind
from ..ir.loops import I1, Value, Vector
from .shape import SUM, ContractionShape, EpilogueRead, EpilogueShape
from .table import NOWHERE, Table


class Epilogue(ExpressionEmitter):
    """Emits the epilogue of one vector of a tile; reads are looked up among values given to it."""

    def __init__(self, builder: Builder, shape: NestShape, arguments: Arguments) -> None:
        super().__init__(builder, shape, arguments)
        self.given: dict[object, Typed] = {}

    def value(self, given: dict[object, Typed]) -> None:
        """Starts anew with other values of the reads."""
        self.given = given
        self.scopes = [{}]

    def read(self, node: object, guard: Value | None) -> Typed:
        """A value given, or a number operand."""
        if node in self.given:
            return self.given[node]
        return self.arguments.scalars[node.tensor]  # type: ignore[attr-defined]


class Writer:
    """Writes tiles of sums that lie in memory.

    Args:
        builder: Of the kernel.
        shape: Its structure.
        memory: Tensors by name.
        scalars: Attributes and number operands of the epilogue.
        sizes: Sizes that the epilogue names, in their order.
        sums: Memory of the sums.
    """

    def __init__(
        self,
        builder: Builder,
        shape: ContractionShape,
        memory: Mapping[str, Value],
        scalars: Mapping[str, Typed],
        sizes: list[Value],
        sums: Value,
    ) -> None:
        self.b = builder
        self.shape = shape
        self.memory = memory
        self.sums = sums
        arguments = Arguments(dict(memory), sizes, dict(scalars), None)
        self.epilogue = Epilogue(builder, nest_shape(shape), arguments)
        self.kinds = {name: kind for name, _, kind in shape.memory}
        self.stored = {name: scalar for name, scalar, _ in shape.memory}

    def at(
        self,
        lookup: Table,
        bases: Mapping[str, Value],
        rows: Mapping[str, Value],
        columns: Mapping[str, Value],
        row_count: Value,
        column_count: Value,
    ) -> None:
        """Tells where a task's results lie."""
        self.lookup, self.bases = lookup, bases
        self.rows, self.columns = rows, columns
        self.row_count, self.column_count = row_count, column_count

    def tile(self, row: Value, column: Value, place: Value, pitch: Value) -> None:
        """Writes the tile at a row and a column of the task; its sums are at `place`."""
        b, shape = self.b, self.shape
        lines = b.minimum_index(b.minus(self.row_count, row), b.constant(shape.rows))
        wide = b.minimum_index(
            b.minus(self.column_count, column), b.constant(shape.vectors * shape.lanes)
        )
        with b.loop(b.constant(0), wide, shape.lanes) as loop:
            left = b.minimum_index(b.minus(wide, loop.index), b.constant(shape.lanes))
            start = b.plus(column, loop.index)
            sums = b.plus(place, loop.index)
            mask = b.mask(left, shape.lanes)
            if shape.unit and not shape.ragged:
                whole = b.compare("eq", left, b.constant(shape.lanes))
                self._neighbours(row, lines, start, sums, pitch, mask, whole)
            else:
                self._scattered(row, lines, start, sums, pitch, mask)

    def _neighbours(
        self,
        row: Value,
        lines: Value,
        start: Value,
        sums: Value,
        pitch: Value,
        mask: Value,
        whole: Value,
    ) -> None:
        """One vector of columns whose results follow each other.

        A masked store takes tens of cycles on some processors, so that whole vectors go without.
        """
        full = self.b.branch(whole)
        with self.b.inside(full.then):
            self._vectors(row, lines, start, sums, pitch, None, True)
        with self.b.inside(full.otherwise):
            self._vectors(row, lines, start, sums, pitch, mask, True)

    def _scattered(
        self, row: Value, lines: Value, start: Value, sums: Value, pitch: Value, mask: Value
    ) -> None:
        """One vector of columns whose results need not follow each other."""
        b, shape = self.b, self.shape
        offsets = self.lookup.load_vector(self.columns["C"], start, shape.lanes)
        somewhere = b.compare("sgt", offsets, b.constant(NOWHERE, offsets.type))
        mask = b.add("arith.andi", [mask, somewhere], mask.type)
        near = b.branch(self._near(offsets, mask))
        with b.inside(near.then):
            whole = b.reduction("and", mask)
            self._neighbours(row, lines, start, sums, pitch, mask, whole)
        with b.inside(near.otherwise):
            self._vectors(row, lines, start, sums, pitch, mask, False)

    def _near(self, offsets: Value, mask: Value) -> Value:
        """Whether the columns that count follow the first one in memory."""
        b, lanes = self.b, self.shape.lanes
        steps = b.minus(offsets, b.broadcast(b.extract(offsets, 0), lanes))
        equal = b.compare("eq", steps, b.step(lanes))
        outside = b.add("arith.xori", [mask, b.constant(True, Vector(lanes, I1))], mask.type)
        return b.reduction("and", b.add("arith.ori", [equal, outside], mask.type))

    def _vectors(
        self,
        row: Value,
        lines: Value,
        column: Value,
        sums: Value,
        pitch: Value,
        mask: Value | None,
        near: bool,
    ) -> None:
        """One vector of columns, for all rows of a tile."""
        b, shape = self.b, self.shape
        with b.loop(b.constant(0), lines) as loop:
            total = b.vector_load(self.sums, b.plus(sums, b.times(loop.index, pitch)), shape.lanes)
            self.vector(total, mask, b.plus(row, loop.index), column, near)

    def vector(
        self, total: Value, mask: Value | None, row: Value, column: Value, near: bool
    ) -> None:
        """Writes a vector of sums of neighbouring columns; `near` if they are neighbours in memory.

        A mask is needed where they are not.
        """
        b, shape = self.b, self.shape
        kind = dict(shape.kinds)[shape.result]
        given: dict[object, Typed] = {r.read: self._read(r, mask, row, column) for r in shape.reads}
        given |= {r: Typed(total, Kind(shape.scalar)) for r in sums_read(shape.epilogue)}
        self.epilogue.value(given)
        value = self.epilogue.as_kind(self.epilogue.emit(shape.epilogue), kind).value
        value = b.broadcast(b.convert(value, self.stored[shape.result]), shape.lanes)
        base, offsets = self._address("C", "unit" if near else "table", row, column)
        if offsets is None:
            b.vector_store(value, self.memory[shape.result], base, mask)
        else:
            assert mask is not None
            b.scatter(value, self.memory[shape.result], base, offsets, mask)

    def _address(
        self, label: str, across: str, row: Value, column: Value
    ) -> tuple[Value, Value | None]:
        """Place of the first element, and of the others from it where they do not follow."""
        b, table = self.b, self.lookup
        base = b.plus(self.bases[label], table.load(self.rows[label], row))
        if across == "none":
            return base, None
        if across == "unit":
            return b.plus(base, table.load(self.columns[label], column)), None
        return base, table.load_vector(self.columns[label], column, self.shape.lanes)

    def _read(self, read: EpilogueRead, mask: Value | None, row: Value, column: Value) -> Typed:
        b = self.b
        kind = self.kinds[read.tensor]
        base, offsets = self._address(read.label, read.across, row, column)
        memory = self.memory[read.tensor]
        if read.across == "none":
            value = b.load(memory, base)
        elif offsets is None:
            value = b.vector_load(memory, base, self.shape.lanes, mask)
        else:
            admitted = b.mask(b.constant(self.shape.lanes), self.shape.lanes)
            value = b.gather(memory, base, offsets, admitted if mask is None else mask)
        return Typed(b.convert(value, kind.scalar, kind.signed), kind)


def sums_read(expression: Expression) -> list[Read]:
    """Reads of the sum in an epilogue."""
    return [read for read in reads(expression) if read.tensor == SUM]


def nest_shape(shape: EpilogueShape) -> NestShape:
    """What an emitter of expressions must know: there are no loops of its own."""
    sizes = [name for name in shape.numbers if name.startswith("size ")]
    known: dict[str, object] = {
        "name": shape.name, "outer": (), "inner": (), "lanes": shape.lanes, "memory": shape.memory,
        "sizes": tuple((name.removeprefix("size "), slot) for slot, name in enumerate(sizes)),
        "kinds": shape.kinds, "numbers": len(sizes), "scalars": shape.scalars, "words": shape.words,
        "steps": (), "reads": (), "writes": (), "values": (), "saved": (),
        "random": Kind(shape.scalar),
    }  # fmt: skip
    absent = {item.name: None for item in fields(NestShape)}
    return NestShape(**(absent | known))  # type: ignore[arg-type]
