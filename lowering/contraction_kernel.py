"""The shape of a contraction -> the function: tables, packed blocks, register tiles, epilogue.

    task -> block of depth -> pack rows; strip of columns -> pack columns; tile of rows -> tile of columns

A tile keeps `rows x vectors` accumulators in registers; each step of depth loads `vectors` vectors of
packed columns and broadcasts `rows` packed scalars.
"""

from __future__ import annotations

from .builder import Builder
from .contraction_pack import Packer
from .contraction_shape import SUM, ContractionShape
from .contraction_table import Places, Table
from .emit_expression import ExpressionEmitter
from .emit_memory import Arguments, Typed
from .kinds import Kind
from .loops import F64, I64, INDEX, Function, Memref, Value, Vector
from .shape import NestShape


def build_contraction(shape: ContractionShape) -> Function:
    """The kernel of a shape."""
    return _Kernel(shape).function()


class _Epilogue(ExpressionEmitter):
    """Emits the epilogue of one vector of a tile; reads are looked up among values given to it."""

    def __init__(self, builder: Builder, shape: NestShape, arguments: Arguments) -> None:
        super().__init__(builder, shape, arguments)
        self.given: dict[object, Typed] = {}

    def value(self, given: dict[object, Typed]) -> None:
        """Starts anew with other values of the reads."""
        self.given = given
        self.scopes = [{}]

    def read(self, node: object, guard: Value | None) -> Typed:  # type: ignore[override]
        """A value given, or a number operand."""
        if node in self.given:
            return self.given[node]
        return self.arguments.scalars[node.tensor]  # type: ignore[attr-defined]


class _Kernel:
    """Writes the loops of one contraction."""

    def __init__(self, shape: ContractionShape) -> None:
        self.shape = shape
        self.b = Builder(shape.name)
        self.memory: dict[str, Value] = {}
        for number, (name, scalar, _) in enumerate(shape.memory):
            text = "".join(c if c.isalnum() else "_" for c in name)
            self.memory[name] = self.b.argument(Memref(scalar), f"m{number}_{text}")
        self.pack = self.b.argument(Memref(shape.scalar), "pack")
        self.table = self.b.argument(Memref(I64), "table")
        self.numbers = {name: self.b.argument(INDEX, f"n{i}") for i, name in enumerate(shape.numbers)}
        self.scalars: dict[str, Typed] = {}
        for number, (name, kind) in enumerate(shape.scalars):
            wide = F64 if kind.category == 2 else I64
            self.scalars[name] = Typed(self.b.argument(wide, f"s{number}_{name}"), kind)
        self.places = Places(self.b, self.numbers, dict(shape.groups))
        self.columns = shape.lanes * shape.vectors
        self.epilogue = _Epilogue(self.b, self._nest_shape(), self._arguments())

    def _arguments(self) -> Arguments:
        slots = [self.numbers[name] for name in self.shape.numbers if name.startswith("size ")]
        return Arguments(self.memory, slots, self.scalars, None)

    def _nest_shape(self) -> NestShape:
        sizes = [name for name in self.shape.numbers if name.startswith("size ")]
        return NestShape(
            name=self.shape.name, steps=(), passes=(), rows=(), outer=(), inner=(), extents=(), lane=None,
            lanes=self.shape.lanes, unroll=1, reads=(), writes=(), values=(), linear=None, position=None,
            memory=self.shape.memory, kinds=self.shape.kinds, numbers=len(sizes),
            sizes=tuple((name.removeprefix("size "), slot) for slot, name in enumerate(sizes)),
            scalars=self.shape.scalars, saved=(), scratch=None, scratch_form=None, cut=None, partial=False,
            checked=False, units=0, grain=0, blocks=None, block=None, tall=None, random=Kind(F64), words=self.shape.words,
        )  # fmt: skip

    # -- tasks -----------------------------------------------------------------------------------------

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

    def _task(self, task: Value) -> None:
        b, n = self.b, self.numbers
        column_task = b.add("arith.remui", [task, n["column_tasks"]], INDEX)
        rest = b.add("arith.divui", [task, n["column_tasks"]], INDEX)
        row_task = b.add("arith.remui", [rest, n["row_tasks"]], INDEX)
        outer = self.places.digits(b.add("arith.divui", [rest, n["row_tasks"]], INDEX), "o")
        self.row0 = b.times(row_task, n["task_rows"])
        self.column0 = b.times(column_task, n["task_columns"])
        self.row_count = b.minimum_index(n["task_rows"], b.minus(n["M"], self.row0))
        self.column_count = b.minimum_index(n["task_columns"], b.minus(n["N"], self.column0))
        table = Table(b, self.table, self.table_base)
        row_labels = [*self._labels("A", 0), "C", *(r.label for r in self.shape.reads)]
        column_labels = [*self._labels("B", 1), "C", *(r.label for r in self.shape.reads)]
        # Tiles may reach beyond the task's end by less than a tile; places there repeat the last one.
        slack = b.constant(64)
        self.row_tables = table.segments(row_labels, b.plus(n["task_rows"], slack))
        self.column_tables = table.segments(column_labels, b.plus(n["task_columns"], slack))
        self.depth_tables = table.segments([*self._labels("A", 0), *self._labels("B", 1)], n["block"])
        self.bases = {label: self.places.base(label, outer) for label in {*row_labels, *column_labels}}
        self._fill(table, "m", self.row_tables, self.row0, self.row_count, n["M"])
        self._fill(table, "n", self.column_tables, self.column0, self.column_count, n["N"])
        self.lookup = table
        with b.loop(b.constant(0), n["K"], n["block"]) as block:
            self._block(block.index)

    def _labels(self, name: str, factor: int) -> list[str]:
        """Labels of a factor's address and of its guards."""
        guards = self.shape.factors[factor].guards
        return [name, *(f"{name}.{i}" for i in range(len(guards)))]

    def _fill(
        self, table: Table, group: str, segments: dict[str, Value], start: Value, count: Value, total: Value
    ) -> None:
        b = self.b
        upper = b.plus(count, b.constant(64))
        one = b.constant(1)
        with b.loop(b.constant(0), upper) as loop:
            place = b.minimum_index(b.plus(start, loop.index), b.minus(total, one))
            digits = self.places.digits(place, group)
            for label, segment in segments.items():
                value = self.places.combine(label, group, digits)
                table.store(segment, loop.index, value)

    # -- a block of depth --------------------------------------------------------------------------------

    def _block(self, k0: Value) -> None:
        b, n = self.b, self.numbers
        depth = b.minimum_index(n["block"], b.minus(n["K"], k0))
        with b.loop(b.constant(0), depth) as loop:
            digits = self.places.digits(b.plus(k0, loop.index), "k")
            for label, segment in self.depth_tables.items():
                self.lookup.store(segment, loop.index, self.places.combine(label, "k", digits))
        packer = Packer(
            b, self.shape.lanes, self.pack, self.lookup, self.numbers, self.memory, self.depth_tables, self.bases
        )
        rows_packed = self.pack_base
        columns_packed = b.plus(rows_packed, b.times(n["block"], n["task_rows"]))
        kept = b.plus(columns_packed, b.times(n["block"], n["strip"]))
        zero = b.constant(0)
        packer.pack(
            "A", self.shape.factors[0], self.row_tables, zero, self.row_count, self.shape.rows, depth, rows_packed
        )
        with b.loop(zero, self.column_count, n["strip"]) as strip:
            wide = b.minimum_index(n["strip"], b.minus(self.column_count, strip.index))
            packer.pack(
                "B", self.shape.factors[1], self.column_tables, strip.index, wide, self.columns, depth, columns_packed
            )
            self._strip(k0, depth, strip.index, wide, rows_packed, columns_packed, kept)

    def _strip(
        self, k0: Value, depth: Value, column: Value, wide: Value, rows_packed: Value, columns_packed: Value, kept: Value
    ) -> None:
        b, n = self.b, self.numbers
        zero = b.constant(0)
        with b.loop(zero, self.row_count, self.shape.rows) as row:
            rows_at = b.plus(rows_packed, b.times(row.index, n["block"]))
            with b.loop(zero, wide, self.columns) as tile:
                columns_at = b.plus(columns_packed, b.times(tile.index, n["block"]))
                sums = self._tile(depth, rows_at, columns_at)
                self._finish(sums, k0, depth, row.index, b.plus(column, tile.index), kept)

    def _tile(self, depth: Value, rows_at: Value, columns_at: Value) -> list[list[Value]]:
        """Sums of one tile over a block of depth."""
        b, shape = self.b, self.shape
        zero = b.constant(0.0, Vector(shape.lanes, shape.scalar))
        start = [zero] * (shape.rows * shape.vectors)
        with b.loop(b.constant(0), depth, carried=start) as loop:
            at = b.plus(columns_at, b.times(loop.index, b.constant(self.columns)))
            columns = [
                b.vector_load(self.pack, b.plus(at, b.constant(v * shape.lanes)), shape.lanes)
                for v in range(shape.vectors)
            ]
            rows = b.plus(rows_at, b.times(loop.index, b.constant(shape.rows)))
            for i in range(shape.rows):
                scalar = b.load(self.pack, b.plus(rows, b.constant(i)))
                spread = b.broadcast(scalar, shape.lanes)
                for v in range(shape.vectors):
                    loop.next.append(b.multiply_add(spread, columns[v], loop.carried[i * shape.vectors + v]))
        results = loop.results
        return [results[i * shape.vectors : (i + 1) * shape.vectors] for i in range(shape.rows)]

    # -- results -------------------------------------------------------------------------------------------

    def _finish(
        self, sums: list[list[Value]], k0: Value, depth: Value, row: Value, column: Value, kept: Value
    ) -> None:
        """Writes a tile; sums of a block that is not the last are kept."""
        b, shape, n = self.b, self.shape, self.numbers
        if not shape.blocked:
            self._write(sums, row, column)
            return
        at = b.plus(kept, b.times(row, n["task_columns"]))
        at = b.plus(at, column)
        flat = [value for line in sums for value in line]
        earlier = b.branch(b.compare("sgt", k0, b.constant(0)), [v.type for v in flat])
        with b.inside(earlier.then) as yields:
            for number, value in enumerate(flat):
                place = self._kept_place(at, number)
                yields.append(b.plus(value, b.vector_load(self.pack, place, shape.lanes)))
        with b.inside(earlier.otherwise) as yields:
            yields.extend(flat)
        flat = earlier.results
        done = b.branch(b.compare("sge", b.plus(k0, depth), n["K"]))
        with b.inside(done.then):
            self._write([flat[i : i + shape.vectors] for i in range(0, len(flat), shape.vectors)], row, column)
        with b.inside(done.otherwise):
            for number, value in enumerate(flat):
                b.vector_store(value, self.pack, self._kept_place(at, number))

    def _kept_place(self, at: Value, number: int) -> Value:
        row, vector = divmod(number, self.shape.vectors)
        b = self.b
        place = b.plus(at, b.times(b.constant(row), self.numbers["task_columns"]))
        return b.plus(place, b.constant(vector * self.shape.lanes))

    def _write(self, sums: list[list[Value]], row: Value, column: Value) -> None:
        b, shape = self.b, self.shape
        masks, across = [], []
        for v in range(shape.vectors):
            start = b.plus(column, b.constant(v * shape.lanes))
            left = b.maximum_index(b.minus(self.column_count, start), b.constant(0))
            masks.append(b.mask(b.minimum_index(left, b.constant(shape.lanes)), shape.lanes))
            across.append(start)
        for i, line in enumerate(sums):
            place = b.plus(row, b.constant(i))
            branch = b.branch(b.compare("slt", place, self.row_count))
            with b.inside(branch.then):
                for value, mask, start in zip(line, masks, across):
                    self._write_vector(value, mask, place, start)
            with b.inside(branch.otherwise):
                pass

    def _write_vector(self, total: Value, mask: Value, row: Value, column: Value) -> None:
        b, shape = self.b, self.shape
        stored = {name: scalar for name, scalar, _ in shape.memory}[shape.result]
        kind = dict(shape.kinds)[shape.result]
        given: dict[object, Typed] = {}
        for read in shape.reads:
            given[read.read] = self._epilogue_value(read.label, read.tensor, read.across, mask, row, column)
        from_sum = [node for node in _reads_of(shape) if node.tensor == SUM]
        for node in from_sum:
            given[node] = Typed(total, Kind(shape.scalar))
        self.epilogue.value(given)
        value = self.epilogue.as_kind(self.epilogue.emit(shape.epilogue), kind).value
        value = b.broadcast(b.convert(value, stored), shape.lanes)
        base, offsets = self._address("C", "unit" if shape.unit else "table", row, column)
        if offsets is None:
            b.vector_store(value, self.memory[shape.result], base, mask)
        else:
            b.scatter(value, self.memory[shape.result], base, offsets, mask)

    def _address(self, label: str, across: str, row: Value, column: Value) -> tuple[Value, Value | None]:
        """Place of the first element, and of the others relative to it where they do not follow it."""
        b, table = self.b, self.lookup
        base = b.plus(self.bases[label], table.load(self.row_tables[label], row))
        if across == "none":
            return base, None
        if across == "unit":
            return b.plus(base, table.load(self.column_tables[label], column)), None
        return base, table.load_vector(self.column_tables[label], column, self.shape.lanes)

    def _epilogue_value(
        self, label: str, tensor: str, across: str, mask: Value, row: Value, column: Value
    ) -> Typed:
        b = self.b
        kind = {name: kind for name, _, kind in self.shape.memory}[tensor]
        base, offsets = self._address(label, across, row, column)
        memory = self.memory[tensor]
        if across == "none":
            value = b.load(memory, base)
        elif offsets is None:
            value = b.vector_load(memory, base, self.shape.lanes, mask)
        else:
            value = b.gather(memory, base, offsets, mask)
        return Typed(b.convert(value, kind.scalar, kind.signed), kind)


def _reads_of(shape: ContractionShape):  # type: ignore[no-untyped-def]
    from ..ops.expression import reads

    return list(reads(shape.epilogue))
