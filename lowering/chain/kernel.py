"""The kernel of a chain: tasks, panels, blocks of rows, tiles.

A tile of rows goes through all of the chain but the products that sum over rows, which wait for the
end of a block. Rows beyond the end repeat the last one; what comes of them is never written.
"""

from __future__ import annotations

from ..contraction import panel
from ..contraction.tile import Stream, Tile
from ..emit.shape import FormShape
from ..ir.builder import Builder
from ..ir.loops import INDEX, Function, Value, Vector
from .arguments import WORK, arguments_of
from .elements import Elements, buffer_name
from .rows import Rows
from .shape import LINE, ChainShape, Factor, Panels, Tail


def build_chain(shape: ChainShape) -> Function:
    """The kernel of a shape."""
    return _Kernel(shape).function()


class _Kernel:
    """Writes the loops of one chain."""

    def __init__(self, shape: ChainShape) -> None:
        self.shape = shape
        b = self.b = Builder(shape.name)
        self.arguments = arguments_of(b, shape, scratch=True)
        self.work = self.arguments.memory[WORK]
        self.numbers = self.arguments.numbers
        self.slots = {name: self.numbers[slot] for name, slot in shape.slots}
        self.extents = {name: self.numbers[slot] for name, slot in shape.extents}
        self.sums = b.scratch(shape.height * shape.columns, shape.scalar)

    # -- tasks -------------------------------------------------------------------------------------

    def function(self) -> Function:
        """The whole kernel: a chunk is a run of tasks."""
        b, slots = self.b, self.slots
        self.base = b.times(b.chunk, slots["work"])
        for number in range(self.shape.buffers):
            place = b.plus(slots["buffers"], b.times(slots["buffer"], b.constant(number)))
            self.arguments.memory[buffer_name(number)] = self._piece(place)
        results = self._piece(slots["results"])
        for number, name in enumerate(self.shape.results):
            part = b.times(slots["block"], b.constant(number))
            self.arguments.memory[f"{name}%"] = b.view(results, part)
        self.rows = Rows(b, self.shape, self.arguments)
        first = b.times(b.chunk, slots["grain"])
        last = b.minimum_index(b.plus(first, slots["grain"]), slots["units"])
        with b.loop(first, last) as task:
            self._task(task.index)
        return b.finish()

    def _piece(self, place: Value) -> Value:
        """Scratch memory of this chunk from a place on."""
        return self.b.view(self.work, self.b.plus(self.base, place))

    def _task(self, task: Value) -> None:
        b, slots, shape = self.b, self.slots, self.shape
        row_task = b.add("arith.remui", [task, slots["row_tasks"]], INDEX)
        outer = b.add("arith.divui", [task, slots["row_tasks"]], INDEX)
        self.point: dict[str, Value] = {}
        for name in reversed(shape.outer):
            self.point[name] = b.add("arith.remui", [outer, self.extents[name]], INDEX)
            outer = b.add("arith.divui", [outer, self.extents[name]], INDEX)
        first = b.times(row_task, slots["task_rows"])
        last = b.minimum_index(b.plus(first, slots["task_rows"]), self.extents[shape.row])
        for columns in (*(h.columns for h in shape.heads), *(t.columns for t in shape.tails)):
            self._pack(columns)
        across = [tail for tail in shape.tails if tail.sums is not None]
        for tail in across:
            self._clear(tail)
        with b.loop(first, last, slots["block"]) as block:
            count = b.minimum_index(slots["block"], b.minus(last, block.index))
            self._block(block.index, count)
        for tail in across:
            self._write_sums(tail)

    # -- panels ------------------------------------------------------------------------------------

    def _place(self, form: FormShape) -> Value:
        """A place at the current outer position."""
        b = self.b
        total = b.constant(0) if form.offset is None else self.numbers[form.offset]
        for name, slot in form.terms:
            part = self.point[name]
            total = b.plus(total, part if slot is None else b.times(part, self.numbers[slot]))
        return total

    def _pack(self, columns: Panels) -> None:
        b, factor = self.b, columns.factor
        source = panel.Matrix(
            self.arguments.memory[factor.tensor],
            self._place(factor.base),
            self.numbers[factor.along],
            self.numbers[factor.step],
            factor.unit,
            factor.deep,
        )
        panels = panel.Panels(
            b,
            self.shape.lanes,
            self.shape.columns,
            self.work,
            b.plus(self.base, self.numbers[columns.place]),
            self.numbers[columns.pitch],
        )
        panels.pack(source, self.numbers[columns.count], self.numbers[columns.depth])

    def _columns(self, columns: Panels, column: Value, first: Value) -> Stream:
        """Columns of a tile, from a step of depth on."""
        b, shape = self.b, self.shape
        place = b.times(column, self.numbers[columns.pitch])
        place = b.plus(place, b.times(first, b.constant(shape.columns)))
        memory = b.view(self._piece(self.numbers[columns.place]), place)
        offsets = [v * shape.lanes for v in range(shape.vectors)]
        return Stream([memory] * shape.vectors, offsets, shape.columns)

    # -- blocks and tiles of rows ------------------------------------------------------------------

    def _block(self, start: Value, count: Value) -> None:
        """A block of rows: tile by tile, then the products that sum over its rows."""
        b, shape = self.b, self.shape
        with b.loop(b.constant(0), count, shape.height) as tile:
            lines = b.minimum_index(b.minus(count, tile.index), b.constant(shape.height))
            self._tile(start, tile.index, lines)
        for tail in shape.tails:
            if tail.sums is not None:
                self._across(tail, start, count)

    def _tile(self, start: Value, line: Value, lines: Value) -> None:
        b, shape = self.b, self.shape
        row = b.plus(start, line)
        end = self.rows.end(b.plus(row, b.minus(lines, b.constant(1))))
        for head in shape.heads:
            memory = self.arguments.memory[buffer_name(head.buffer)]
            rows = self._lines(head.lines, row, lines)
            depth = self.numbers[head.columns.depth]
            with b.loop(b.constant(0), end, shape.columns) as column:
                columns = self._columns(head.columns, column.index, b.constant(0))
                values = self._multiply(rows, columns, depth)
                self._keep(values, memory, self._element(line, column.index), self.slots["pitch"])
        self.rows.walk(self.point, start, line, lines, end)
        for tail in shape.tails:
            if tail.sums is None:
                self._along(tail, row, line, lines, end)

    def _lines(self, factor: Factor, row: Value, lines: Value) -> Stream:
        """Rows of a tile; those beyond the end are the last one."""
        b, memory = self.b, self.arguments.memory[factor.tensor]
        base, last = self._place(factor.base), b.minus(lines, b.constant(1))
        memories = []
        for i in range(self.shape.height):
            at = b.plus(row, b.minimum_index(b.constant(i), last))
            memories.append(b.view(memory, b.plus(base, b.times(at, self.numbers[factor.along]))))
        step = 1 if factor.deep else self.numbers[factor.step]
        return Stream(memories, [0] * self.shape.height, step)

    def _element(self, line: Value, column: Value) -> Value:
        """Place of an element in a buffer."""
        return self.b.plus(self.b.times(line, self.slots["pitch"]), column)

    def _multiply(self, rows: Stream, columns: Stream, depth: Value) -> list[Value]:
        b, shape = self.b, self.shape
        return Tile(b, shape.lanes, shape.scalar, rows, columns).multiply(depth)

    def _keep(self, values: list[Value], memory: Value, place: Value, pitch: Value) -> None:
        """Writes a tile to scratch memory."""
        for at, value in zip(self._places(place, pitch), values):
            self.b.vector_store(value, memory, at)

    def _places(self, place: Value, pitch: Value) -> list[Value]:
        b, shape = self.b, self.shape
        lines = [b.plus(place, b.times(pitch, b.constant(i))) for i in range(shape.height)]
        return [
            b.plus(line, b.constant(v * shape.lanes))
            for line in lines
            for v in range(shape.vectors)
        ]

    # -- products of rows --------------------------------------------------------------------------

    def _along(self, tail: Tail, row: Value, line: Value, lines: Value, end: Value) -> None:
        """A product of a tile's rows, summed along them and written."""
        b, shape = self.b, self.shape
        buffer = self.arguments.memory[buffer_name(tail.buffer)]
        zero = b.constant(0)
        memories = [
            b.view(buffer, self._element(b.plus(line, b.constant(i)), zero))
            for i in range(shape.height)
        ]
        rows = Stream(memories, [0] * shape.height, 1)
        depth = b.minimum_index(end, self.extents[shape.column])
        with b.loop(zero, self.extents[tail.column], shape.columns) as column:
            values = self._multiply(rows, self._columns(tail.columns, column.index, zero), depth)
            self._keep(values, self.sums, zero, b.constant(shape.columns))
            self._write(tail, self.sums, b.constant(shape.columns), row, line, lines, column.index)

    def _across(self, tail: Tail, start: Value, count: Value) -> None:
        """A product of a block's rows, summed over them and added to what is there."""
        b, shape = self.b, self.shape
        assert tail.sums is not None
        buffer = self.arguments.memory[buffer_name(tail.buffer)]
        end = self.rows.end(b.plus(start, b.minus(count, b.constant(1))))
        end = b.minimum_index(end, self.extents[shape.column])
        memory, pitch = self._piece(self.numbers[tail.sums]), self._pitch(tail)
        with b.loop(b.constant(0), end, shape.height) as element:
            first = b.minimum_index(self.rows.first(start, element.index), count)
            view = b.view(buffer, self._element(first, element.index))
            rows = Stream([view] * shape.height, list(range(shape.height)), self.slots["pitch"])
            depth = b.minus(count, first)
            with b.loop(b.constant(0), self.extents[tail.column], shape.columns) as column:
                columns = self._columns(tail.columns, column.index, b.plus(start, first))
                values = self._multiply(rows, columns, depth)
                place = b.plus(b.times(element.index, pitch), column.index)
                places = self._places(place, pitch)
                earlier = [b.vector_load(memory, at, shape.lanes) for at in places]
                for at, old, value in zip(places, earlier, values):
                    b.vector_store(b.plus(old, value), memory, at)

    def _pitch(self, tail: Tail) -> Value:
        """Length of a line of sums: whole tiles."""
        b, columns = self.b, self.shape.columns
        return b.whole(b.plus(self.extents[tail.column], b.constant(columns - 1)), columns)

    def _clear(self, tail: Tail) -> None:
        """Sets sums over rows to 0."""
        b, shape = self.b, self.shape
        assert tail.sums is not None
        lines = b.plus(self.extents[tail.row], b.constant(shape.height - 1))
        lines = b.whole(lines, shape.height)
        memory = self._piece(self.numbers[tail.sums])
        zero = b.constant(0.0, Vector(shape.lanes, shape.scalar))
        with b.loop(b.constant(0), b.times(lines, self._pitch(tail)), shape.lanes) as place:
            b.vector_store(zero, memory, place.index)

    # -- results -----------------------------------------------------------------------------------

    def _write_sums(self, tail: Tail) -> None:
        """Writes sums over all rows."""
        b, shape = self.b, self.shape
        assert tail.sums is not None
        memory, pitch = self._piece(self.numbers[tail.sums]), self._pitch(tail)
        rows = self.extents[tail.row]
        with b.loop(b.constant(0), rows, shape.height) as row:
            lines = b.minimum_index(b.minus(rows, row.index), b.constant(shape.height))
            with b.loop(b.constant(0), self.extents[tail.column], shape.columns) as column:
                place = b.plus(b.times(row.index, pitch), column.index)
                sums = b.view(memory, place)
                self._write(tail, sums, pitch, row.index, row.index, lines, column.index)

    def _write(
        self, tail: Tail, sums: Value, pitch: Value, row: Value, line: Value, lines: Value,
        column: Value,
    ) -> None:  # fmt: skip
        """Writes a tile of sums through the epilogue."""
        b, shape = self.b, self.shape
        e = Elements.of_tail(b, shape, tail, self.arguments)
        left = b.minus(self.extents[tail.column], column)
        wide = b.minimum_index(left, b.constant(shape.columns))
        with b.loop(b.constant(0), lines) as at:
            e.point = {
                **self.point, tail.row: b.plus(row, at.index), LINE: b.plus(line, at.index)
            }  # fmt: skip
            with b.loop(b.constant(0), wide, shape.lanes) as vector:
                place = b.plus(b.times(at.index, pitch), vector.index)
                total = b.vector_load(sums, place, shape.lanes)
                rest = b.minus(wide, vector.index)
                start = b.plus(column, vector.index)
                whole = b.branch(b.compare("sge", rest, b.constant(shape.lanes)))
                with b.inside(whole.then):
                    e.write(tail, total, start, None)
                with b.inside(whole.otherwise):
                    e.write(tail, total, start, b.mask(rest, shape.lanes))
