"""Results of a product of matrices: sums in registers, or in scratch memory -> epilogue -> memory.

A whole tile is written from registers. What reaches beyond the end, and results whose columns are
not neighbours in memory, go through scratch memory, vector by vector.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...ops.language.expression import Read
from ..emit.memory import Arguments, Typed
from ..ir.builder import Builder
from ..ir.kinds import Kind
from ..ir.loops import I1, Value
from ..program.program import cost
from .shape import SUM, EpilogueRead, MatrixShape
from .write import Epilogue, nest_shape, sums_read

INLINE = 12  # greatest cost of an epilogue that is written once for each vector of a tile


class Results:
    """Writes the tiles of a task.

    Args:
        builder: Of the kernel.
        shape: Its structure.
        memory: Tensors by name.
        numbers: Integer arguments by name.
        scalars: Attributes and number operands of the epilogue.
        kept: Memory of sums between blocks of the depth, where the result does not hold them.
    """

    def __init__(
        self,
        builder: Builder,
        shape: MatrixShape,
        memory: Mapping[str, Value],
        numbers: Mapping[str, Value],
        scalars: Mapping[str, Typed],
        kept: Value | None,
    ) -> None:
        self.b = builder
        self.shape = shape
        self.memory = memory
        self.numbers = numbers
        self.kept = kept
        self.tile = builder.scratch(shape.rows * shape.columns, shape.scalar)
        sizes = [numbers[name] for name in shape.numbers if name.startswith("size ")]
        arguments = Arguments(dict(memory), sizes, dict(scalars), None)
        self.epilogue = Epilogue(builder, nest_shape(shape), arguments)
        self.kinds = {name: kind for name, _, kind in shape.memory}
        self.stored = {name: scalar for name, scalar, _ in shape.memory}
        self.plain = shape.epilogue == Read(SUM) and self.stored[shape.result] == shape.scalar

    def at(self, bases: Mapping[str, Value], kept: Value, is_first: Value, is_last: Value) -> None:
        """Tells where a task's results lie, and which block of the depth is at hand."""
        self.bases, self.kept_base = bases, kept
        self.is_first, self.is_last = is_first, is_last

    # -- tiles -------------------------------------------------------------------------------------

    def finish(
        self, sums: Sequence[Value], rows: int, row: Value, column: Value, whole: Value | None
    ) -> Value:
        """Writes a tile of sums where it is whole, else leaves it in scratch memory.

        Args:
            sums: Of `rows` rows.
            rows: Of the tile.
            row, column: Of the task.
            whole: Whether all of it counts; None where it does not in any case.

        Returns:
            Whether it is left in scratch memory.
        """
        b, shape = self.b, self.shape
        if not shape.unit or cost(shape.epilogue) > INLINE:
            whole = None
        if whole is None:
            self._leave(sums, rows)
            return b.constant(True, I1)
        done = b.branch(whole, [whole.type])
        with b.inside(done.then) as yields:
            self._write_whole(sums, rows, row, column)
            yields.append(b.constant(False, whole.type))
        with b.inside(done.otherwise) as yields:
            self._leave(sums, rows)
            yields.append(b.constant(True, whole.type))
        return done.results[0]

    def announce(self, rows: int, row: Value, column: Value) -> None:
        """Asks for the lines of a tile of results, before it is multiplied."""
        b, shape = self.b, self.shape
        for i in range(rows):
            place = self._place("C", b.plus(row, b.constant(i)), column, True)
            b.prefetch(self.memory[shape.result], place)

    def _leave(self, sums: Sequence[Value], rows: int) -> None:
        vectors = len(sums) // rows
        for number, value in enumerate(sums):
            place = number // vectors * self.shape.columns + number % vectors * self.shape.lanes
            self.b.vector_store(value, self.tile, self.b.constant(place))

    def _write_whole(self, sums: Sequence[Value], rows: int, row: Value, column: Value) -> None:
        b, shape = self.b, self.shape
        vectors = len(sums) // rows
        places = [
            (b.plus(row, b.constant(i)), b.plus(column, b.constant(v * shape.lanes)))
            for i in range(rows)
            for v in range(vectors)
        ]
        if not shape.blocked:
            for value, place in zip(sums, places):
                self.write(value, *place, None)
            return
        joined = b.branch(self.is_first, [v.type for v in sums])
        with b.inside(joined.then) as yields:
            yields.extend(sums)
        with b.inside(joined.otherwise) as yields:
            yields.extend(b.plus(self._earlier(*p, None), v) for p, v in zip(places, sums))
        if self.plain and shape.held:
            for value, place in zip(joined.results, places):
                self.write(value, *place, None)
            return
        last = b.branch(self.is_last)
        with b.inside(last.then):
            for value, place in zip(joined.results, places):
                self.write(value, *place, None)
        with b.inside(last.otherwise):
            for value, place in zip(joined.results, places):
                self._keep(value, *place, None)

    def left_over(self, lines: Value, row: Value, column: Value, wide: Value) -> None:
        """Writes a tile that was left in scratch memory: some lines, `wide` columns."""
        b, shape = self.b, self.shape
        with b.loop(b.constant(0), wide, shape.lanes) as vector:
            mask = b.mask(b.minus(wide, vector.index), shape.lanes)
            start = b.plus(column, vector.index)
            with b.loop(b.constant(0), lines) as line:
                place = b.plus(b.times(line.index, b.constant(shape.columns)), vector.index)
                total = b.vector_load(self.tile, place, shape.lanes)
                self._vector(total, b.plus(row, line.index), start, mask)

    def _vector(self, total: Value, row: Value, column: Value, mask: Value) -> None:
        b, shape = self.b, self.shape
        if not shape.blocked:
            self.write(total, row, column, mask)
            return
        joined = b.branch(self.is_first, [total.type])
        with b.inside(joined.then) as yields:
            yields.append(total)
        with b.inside(joined.otherwise) as yields:
            yields.append(b.plus(self._earlier(row, column, mask), total))
        last = b.branch(self.is_last)
        with b.inside(last.then):
            self.write(joined.results[0], row, column, mask)
        with b.inside(last.otherwise):
            self._keep(joined.results[0], row, column, mask)

    # -- sums between blocks -----------------------------------------------------------------------

    def _kept_place(self, row: Value, column: Value) -> tuple[Value, Value]:
        b = self.b
        if self.shape.held:
            return self.memory[self.shape.result], self._place("C", row, column, True)
        assert self.kept is not None
        line = b.plus(self.kept_base, b.times(row, self.numbers["task_columns"]))
        return self.kept, b.plus(line, column)

    def _earlier(self, row: Value, column: Value, mask: Value | None) -> Value:
        return self.b.vector_load(*self._kept_place(row, column), self.shape.lanes, mask)

    def _keep(self, value: Value, row: Value, column: Value, mask: Value | None) -> None:
        self.b.vector_store(value, *self._kept_place(row, column), mask)

    # -- the epilogue ------------------------------------------------------------------------------

    def _place(self, label: str, row: Value, column: Value, unit: bool) -> Value:
        """Place of an element; `unit` where columns are neighbours."""
        b, n = self.b, self.numbers
        place = self.bases[label]
        if f"{label}.m0" in n:
            place = b.plus(place, b.times(row, n[f"{label}.m0"]))
        if unit:
            return b.plus(place, column)
        if f"{label}.n0" in n:
            return b.plus(place, b.times(column, n[f"{label}.n0"]))
        return place

    def write(self, total: Value, row: Value, column: Value, mask: Value | None) -> None:
        """Writes a vector of columns of the task: its sums through the epilogue."""
        b, shape = self.b, self.shape
        kind = dict(shape.kinds)[shape.result]
        given: dict[object, Typed] = {r.read: self._read(r, row, column, mask) for r in shape.reads}
        given |= {r: Typed(total, Kind(shape.scalar)) for r in sums_read(shape.epilogue)}
        self.epilogue.value(given)
        value = self.epilogue.as_kind(self.epilogue.emit(shape.epilogue), kind).value
        value = b.broadcast(b.convert(value, self.stored[shape.result]), shape.lanes)
        memory, place = self.memory[shape.result], self._place("C", row, column, shape.unit)
        if shape.unit:
            b.vector_store(value, memory, place, mask)
        else:
            b.scatter(value, memory, place, self._steps("C"), mask or self._all())

    def _read(self, read: EpilogueRead, row: Value, column: Value, mask: Value | None) -> Typed:
        b, kind = self.b, self.kinds[read.tensor]
        memory = self.memory[read.tensor]
        place = self._place(read.label, row, column, read.across == "unit")
        if read.across == "none":
            value = b.load(memory, place)
        elif read.across == "unit":
            value = b.vector_load(memory, place, self.shape.lanes, mask)
        else:
            value = b.gather(memory, place, self._steps(read.label), mask or self._all())
        return Typed(b.convert(value, kind.scalar, kind.signed), kind)

    def _steps(self, label: str) -> Value:
        """Distances of the columns of a vector from its first one."""
        b, lanes = self.b, self.shape.lanes
        step = b.broadcast(self.numbers[f"{label}.n0"], lanes)
        return b.times(b.step(lanes), step)

    def _all(self) -> Value:
        return self.b.mask(self.b.constant(self.shape.lanes), self.shape.lanes)
