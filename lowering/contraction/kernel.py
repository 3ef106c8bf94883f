"""The shape of a contraction -> the function: tables, packed blocks, register tiles, epilogue.

    task -> block of depth -> pack rows; strip of columns -> pack columns -> tiles

A tile keeps `rows x vectors` accumulators in registers; each step of depth loads `vectors` vectors
of columns and broadcasts `rows` packed scalars.
"""

from __future__ import annotations

from ..emit.memory import Typed
from ..ir.builder import Builder
from ..ir.loops import F64, I64, INDEX, Function, Memref, Value, Vector
from ..naming import memory_name
from .pack import Packer
from .shape import ContractionShape
from .table import NOWHERE, Places, Table
from .tile import Stream, Tile
from .write import Writer

SLACK = 64  # table entries beyond a task's end: tiles may reach there


def build_contraction(shape: ContractionShape) -> Function:
    """The kernel of a shape."""
    return _Kernel(shape).function()


def build_packing(shape: ContractionShape) -> Function:
    """The kernel that packs the rows once for all tasks; it takes the same arguments."""
    return _Kernel(shape).rows_function()


class _Kernel:
    """Writes the loops of one contraction."""

    def __init__(self, shape: ContractionShape) -> None:
        self.shape = shape
        b = self.b = Builder(shape.name)
        self.memory: dict[str, Value] = {}
        for number, (name, scalar, _) in enumerate(shape.memory):
            self.memory[name] = b.argument(Memref(scalar), memory_name(number, name))
        self.pack = b.argument(Memref(shape.scalar), "pack")
        self.table = b.argument(Memref(I64), "table")
        self.rows = b.argument(Memref(shape.scalar), "rows") if shape.shared else self.pack
        self.numbers = {name: b.argument(INDEX, f"n{i}") for i, name in enumerate(shape.numbers)}
        scalars: dict[str, Typed] = {}
        for number, (name, kind) in enumerate(shape.scalars):
            wide = F64 if kind.category == 2 else I64
            scalars[name] = Typed(b.argument(wide, f"s{number}_{name}"), kind)
        self.places = Places(b, self.numbers, dict(shape.groups))
        self.columns = shape.lanes * shape.vectors
        sizes = [self.numbers[name] for name in shape.numbers if name.startswith("size ")]
        self.writer = Writer(b, shape, self.memory, scalars, sizes, self.pack)

    # -- tasks -------------------------------------------------------------------------------------

    def function(self) -> Function:
        """The whole kernel: a chunk is a run of tasks."""
        b, n = self.b, self.numbers
        first = b.times(b.chunk, n["grain"])
        last = b.minimum_index(b.plus(first, n["grain"]), n["units"])
        self.pack_base = b.times(b.chunk, n["packed"])
        self.table_base = b.times(b.chunk, n["looked_up"])
        with b.loop(first, last) as task:
            self._task(task.index)
        return b.finish()

    def rows_function(self) -> Function:
        """Packs the rows: a chunk is a block of depth of a task's rows."""
        b, n = self.b, self.numbers
        row0 = b.times(b.add("arith.divui", [b.chunk, n["blocks"]], INDEX), n["task_rows"])
        self.row_count = b.minimum_index(n["task_rows"], b.minus(n["M"], row0))
        table = self.lookup = Table(b, self.table, b.times(b.chunk, n["looked_up"]))
        labels = self._labels("A", 0)
        self.row_tables = table.segments(labels, b.plus(n["task_rows"], b.constant(SLACK)))
        self.depth_tables = table.segments(labels, n["block"])
        self.bases = {label: self.places.base(label, ()) for label in labels}
        self._fill("m", self.row_tables, row0, self.row_count)
        block = b.add("arith.remui", [b.chunk, n["blocks"]], INDEX)
        self._fill_depth(self._start(block))
        self._pack_rows(self._shared_rows(block, row0))
        return b.finish()

    def _shared_rows(self, block: Value, row0: Value) -> Value:
        """Place of a task's rows in what is packed once."""
        b, n = self.b, self.numbers
        before = b.times(block, b.times(n["row_tasks"], n["task_rows"]))
        return b.times(b.plus(before, row0), n["block"])

    def _pack_rows(self, to: Value) -> None:
        rows, zero = self.shape.factors[0], self.b.constant(0)
        packer = self._packer(self.rows)
        packer.pack(
            "A", rows, self.row_tables, zero, self.row_count, self.shape.rows, self.depth, to
        )

    def _packer(self, memory: Value) -> Packer:
        return Packer(
            self.b,
            self.shape.lanes,
            memory,
            self.lookup,
            self.numbers,
            self.memory,
            self.depth_tables,
            self.bases,
        )

    def _task(self, task: Value) -> None:
        b, n = self.b, self.numbers
        column_task = b.add("arith.remui", [task, n["column_tasks"]], INDEX)
        rest = b.add("arith.divui", [task, n["column_tasks"]], INDEX)
        row_task = b.add("arith.remui", [rest, n["row_tasks"]], INDEX)
        outer = self.places.digits(b.add("arith.divui", [rest, n["row_tasks"]], INDEX), "o")
        row0 = self.row0 = b.times(row_task, n["task_rows"])
        column0 = b.times(column_task, n["task_columns"])
        self.row_count = b.minimum_index(n["task_rows"], b.minus(n["M"], row0))
        self.column_count = b.minimum_index(n["task_columns"], b.minus(n["N"], column0))
        self._tables(outer, row0, column0)
        self.writer.at(
            self.lookup,
            self.bases,
            self.row_tables,
            self.column_tables,
            self.row_count,
            self.column_count,
        )
        with b.loop(b.constant(0), n["blocks"]) as block:
            self._block(block.index)

    def _tables(self, outer: list[Value], row0: Value, column0: Value) -> None:
        """Fills the tables of rows and columns."""
        b, n = self.b, self.numbers
        table = self.lookup = Table(b, self.table, self.table_base)
        beside = ["C", *(r.label for r in self.shape.reads)]
        row_labels = [*([] if self.shape.shared else self._labels("A", 0)), *beside]
        column_labels = [*self._labels("B", 1), *beside]
        slack = b.constant(SLACK)
        self.row_tables = table.segments(row_labels, b.plus(n["task_rows"], slack))
        self.column_tables = table.segments(column_labels, b.plus(n["task_columns"], slack))
        self.depth_tables = table.segments(
            [*([] if self.shape.shared else self._labels("A", 0)), *self._labels("B", 1)],
            n["block"],
        )
        self.bases = {
            label: self.places.base(label, outer) for label in [*row_labels, *column_labels]
        }
        self._fill("m", self.row_tables, row0, self.row_count)
        self._fill("n", self.column_tables, column0, self.column_count)

    def _labels(self, name: str, factor: int) -> list[str]:
        """Labels of a factor's address and of its guards."""
        guards = self.shape.factors[factor].guards
        return [name, *(f"{name}.{i}" for i in range(len(guards)))]

    def _fill(self, group: str, segments: dict[str, Value], start: Value, count: Value) -> None:
        """Places of a task's rows or columns; those beyond the end repeat the last one."""
        b = self.b
        zero = b.constant(0)
        carried = self.places.digits(start, group)
        with b.loop(zero, b.plus(count, b.constant(SLACK)), carried=carried) as loop:
            for label, segment in segments.items():
                self.lookup.store(segment, loop.index, self._place(label, group, loop.carried))
            following = self.places.advance(loop.carried, group)
            goes_on = b.compare("slt", b.plus(loop.index, b.constant(1)), count)
            loop.next.extend(
                b.select(goes_on, new, old) for new, old in zip(following, loop.carried)
            )

    def _place(self, label: str, group: str, digits: list[Value]) -> Value:
        """What a group adds to an address."""
        b, shape = self.b, self.shape
        place = self.places.combine(label, group, digits)
        if label in ("A", "B"):
            for number, at in enumerate(shape.factors["AB".index(label)].phases):
                if at == group:
                    place = b.plus(place, self.places.phase(f"{label}.p{number}", group, digits))
        if label == "C" and group == "n" and shape.ragged:
            for number in shape.valid:
                inside = b.compare("slt", digits[number], self.numbers[f"n{number}.valid"])
                place = b.select(inside, place, b.constant(NOWHERE))
        return place

    # -- a block of depth --------------------------------------------------------------------------

    def _start(self, block: Value) -> Value:
        """First step of a block; its depth is noted."""
        b, n = self.b, self.numbers
        one = b.constant(1)
        parts = b.plus(n["run"], b.minus(n["block"], one))
        parts = b.maximum_index(b.add("arith.divui", [parts, n["block"]], INDEX), one)
        into = b.times(b.add("arith.remui", [block, parts], INDEX), n["block"])
        self.depth = b.minimum_index(n["block"], b.minus(n["run"], into))
        return b.plus(b.times(b.add("arith.divui", [block, parts], INDEX), n["run"]), into)

    def _block(self, block: Value) -> None:
        """Packs a block of the rows, and strips of the columns, and multiplies."""
        b, n, shape = self.b, self.numbers, self.shape
        zero = b.constant(0)
        k0 = self._start(block)
        self.is_first = b.compare("eq", block, zero)
        self.is_last = b.compare("eq", b.plus(block, b.constant(1)), n["blocks"])
        self._fill_depth(k0)
        self.columns_packed = self.pack_base
        if shape.shared:
            self.rows_packed = self._shared_rows(block, self.row0)
        else:
            self.rows_packed = self.pack_base
            self.columns_packed = b.plus(self.rows_packed, b.times(n["block"], n["task_rows"]))
            self._pack_rows(self.rows_packed)
        self.kept = self.columns_packed
        columns = shape.factors[1]
        if not columns.direct:
            self.kept = b.plus(self.kept, b.times(n["block"], n["strip"]))
        with b.loop(zero, self.column_count, n["strip"]) as strip:
            wide = b.minimum_index(n["strip"], b.minus(self.column_count, strip.index))
            if not columns.direct:
                self._packer(self.pack).pack(
                    "B",
                    columns,
                    self.column_tables,
                    strip.index,
                    wide,
                    self.columns,
                    self.depth,
                    self.columns_packed,
                )
            self._strip(strip.index, wide)

    def _fill_depth(self, k0: Value) -> None:
        b = self.b
        carried = self.places.digits(k0, "k")
        with b.loop(b.constant(0), self.depth, carried=carried) as loop:
            for label, segment in self.depth_tables.items():
                self.lookup.store(segment, loop.index, self._place(label, "k", loop.carried))
            loop.next.extend(self.places.advance(loop.carried, "k"))

    def _strip(self, column: Value, wide: Value) -> None:
        """All tiles of a strip of columns."""
        b, n = self.b, self.numbers
        zero = b.constant(0)
        with b.loop(zero, wide, self.columns) as tile:
            here = b.plus(column, tile.index)
            with b.loop(zero, self.row_count, self.shape.rows) as row:
                rows_at = b.plus(self.rows_packed, b.times(row.index, n["block"]))
                self._finish(self._tile(rows_at, tile.index, here), row.index, here)

    def _tile(self, rows_at: Value, tile: Value, column: Value) -> list[Value]:
        """Sums of one tile over a block of depth, row by row."""
        b, shape = self.b, self.shape
        rows = [b.view(self.rows, rows_at)] * shape.rows
        stream = Stream(rows, list(range(shape.rows)), shape.rows)
        if shape.factors[1].direct:
            return self._direct_tile(stream, column)
        panel = b.plus(self.columns_packed, b.times(tile, self.numbers["block"]))
        offsets = [v * shape.lanes for v in range(shape.vectors)]
        columns = Stream([b.view(self.pack, panel)] * shape.vectors, offsets, self.columns)
        return Tile(b, shape.lanes, shape.scalar, stream, columns).multiply(self.depth)

    def _direct_tile(self, rows: Stream, column: Value) -> list[Value]:
        """Sums of a tile whose columns are read where they lie."""
        b, shape = self.b, self.shape
        zero = b.constant(0.0, Vector(shape.lanes, shape.scalar))
        memory = self.memory[shape.factors[1].tensor]
        first = b.plus(self.bases["B"], self.lookup.load(self.column_tables["B"], column))
        start = [*[zero] * (shape.rows * shape.vectors), b.constant(0)]
        with b.loop(b.constant(0), self.depth, carried=start) as loop:
            *sums, place = loop.carried
            at = b.plus(first, self.lookup.load(self.depth_tables["B"], loop.index))
            columns = [
                b.convert(
                    b.vector_load(memory, b.plus(at, b.constant(v * shape.lanes)), shape.lanes),
                    shape.scalar,
                )
                for v in range(shape.vectors)
            ]
            for i, packed in enumerate(rows.memories):
                spread = b.broadcast(b.load(packed, rows.place(b, place, i, 0)), shape.lanes)
                for v, vector in enumerate(columns, i * shape.vectors):
                    sums[v] = b.multiply_add(spread, vector, sums[v])
            loop.next.extend([*sums, b.plus(place, rows.distance(b, 1))])
        return loop.results[:-1]

    # -- results -----------------------------------------------------------------------------------

    def _finish(self, sums: list[Value], row: Value, column: Value) -> None:
        """Keeps a tile's sums in memory; after the last block of depth it is written."""
        b, shape, n = self.b, self.shape, self.numbers
        if not shape.blocked:
            pitch = b.constant(self.columns)
            self._keep(sums, self.kept, pitch)
            self.writer.tile(row, column, self.kept, pitch)
            return
        pitch = n["task_columns"]
        place = b.plus(b.plus(self.kept, b.times(row, pitch)), column)
        earlier = b.branch(self.is_first, [v.type for v in sums])
        with b.inside(earlier.then) as yields:
            yields.extend(sums)
        with b.inside(earlier.otherwise) as yields:
            for at, value in zip(self._kept_places(place, pitch), sums):
                yields.append(b.plus(value, b.vector_load(self.pack, at, shape.lanes)))
        self._keep(earlier.results, place, pitch)
        done = b.branch(self.is_last)
        with b.inside(done.then):
            self.writer.tile(row, column, place, pitch)
        with b.inside(done.otherwise):
            pass

    def _keep(self, sums: list[Value], place: Value, pitch: Value) -> None:
        for at, value in zip(self._kept_places(place, pitch), sums):
            self.b.vector_store(value, self.pack, at)

    def _kept_places(self, place: Value, pitch: Value) -> list[Value]:
        b, shape = self.b, self.shape
        lines = [b.plus(place, b.times(b.constant(i), pitch)) for i in range(shape.rows)]
        return [
            b.plus(line, b.constant(v * shape.lanes))
            for line in lines
            for v in range(shape.vectors)
        ]
