"""The shape of a direct convolution -> its two functions: packing, and tiles in registers.

    task -> block of depth -> panel of rows -> tiles of columns

Lanes run over the rows (channels of the result), which lie packed: panels of `width` rows, depth by
depth. A tile keeps `columns x vectors` accumulators in registers; each step of depth loads
`vectors` vectors of the panel and broadcasts an element of the windowed factor for each column.
Where a column lies is a base address, what a step adds to it is one number for all columns, so that
any stride, dilation or order goes through the same code and no place is computed twice.

Source:
    Georganas et al. 2018, arXiv:1808.05567 (direct convolution blocked in registers).
"""

from __future__ import annotations

from ..contraction.epilogue import SCRATCH
from ..contraction.pack import Packer
from ..contraction.table import Places, Table
from ..contraction.write import Writer
from ..emit.memory import Typed
from ..ir.builder import Builder
from ..ir.loops import F64, I64, INDEX, Function, Memref, Value, Vector
from ..ir.transpose import transpose
from ..naming import memory_name
from .near import BYTES
from .near_copy import BEYOND, NearCopy
from .shape import DirectShape

SLACK = 64  # table entries beyond a task's end


def build_direct(shape: DirectShape) -> Function:
    """The kernel of a shape."""
    return _Direct(shape).function()


def build_panels(shape: DirectShape) -> Function:
    """The kernel that packs panels and tables the steps of depth; it takes the same arguments."""
    return _Direct(shape).panels_function()


class _Direct:
    """Writes the loops of one direct convolution."""

    def __init__(self, shape: DirectShape) -> None:
        self.shape = shape
        sums = self.sums = shape.sums
        b = self.b = Builder(sums.name)
        self.memory: dict[str, Value] = {}
        for number, (name, scalar, _) in enumerate(sums.memory):
            self.memory[name] = b.argument(Memref(scalar), memory_name(number, name))
        self.panels = b.argument(Memref(sums.scalar), "panels")
        self.kept = b.argument(Memref(sums.scalar), "kept")
        self.table = b.argument(Memref(I64), "table")
        self.steps = b.argument(Memref(I64), "steps")
        self.numbers = {name: b.argument(INDEX, f"n{i}") for i, name in enumerate(sums.numbers)}
        scalars: dict[str, Typed] = {}
        for number, (name, kind) in enumerate(sums.scalars):
            wide = F64 if kind.category == 2 else I64
            scalars[name] = Typed(b.argument(wide, f"s{number}_{name}"), kind)
        self.places = Places(b, self.numbers, dict(sums.groups) | {"r": shape.near})
        self.width = sums.lanes * shape.vectors
        self.line = sums.lanes * sums.vectors
        sizes = [self.numbers[name] for name in sums.numbers if name.startswith("size ")]
        self.writer = Writer(b, sums, self.memory, scalars, sizes, self.kept)

    # -- panels ------------------------------------------------------------------------------------

    def panels_function(self) -> Function:
        """Packs: a chunk is a block of depth at an outer position."""
        b, n = self.b, self.numbers
        block = b.add("arith.remui", [b.chunk, n["blocks"]], INDEX)
        position = b.add("arith.divui", [b.chunk, n["blocks"]], INDEX)
        first, depth = self._extent(block)
        lookup = Table(b, self.table, b.times(b.chunk, n["packing_table"]))
        rows = lookup.segments(["A"], b.plus(n["M"], b.constant(SLACK)))
        along = lookup.segments(["A"], n["block"])
        bases = {"A": self.places.base("A", self.places.digits(position, "o"))}
        self.places.fill(lookup, "m", rows, b.constant(0), n["M"], SLACK)
        self.places.fill(lookup, "k", along, first, depth)
        packer = Packer(b, self.sums.lanes, self.panels, lookup, n, self.memory, along, bases)
        to = self._panel(position, block, b.constant(0))
        zero = b.constant(0)
        packer.pack("A", self.sums.factors[0], rows, zero, n["M"], self.width, depth, to)
        once = b.branch(b.compare("eq", position, zero))
        with b.inside(once.then):
            steps = Table(b, self.steps, first)
            self.places.fill(steps, "k", {"B": first}, first, depth)
        with b.inside(once.otherwise):
            pass
        return b.finish()

    def _extent(self, block: Value) -> tuple[Value, Value]:
        """First step of a block, and its depth."""
        b, n = self.b, self.numbers
        one = b.constant(1)
        up = b.plus(n["run"], b.minus(n["block"], one))
        parts = b.maximum_index(b.add("arith.divui", [up, n["block"]], INDEX), one)
        into = b.times(b.add("arith.remui", [block, parts], INDEX), n["block"])
        depth = b.minimum_index(n["block"], b.minus(n["run"], into))
        return b.plus(b.times(b.add("arith.divui", [block, parts], INDEX), n["run"]), into), depth

    def _panel(self, position: Value, block: Value, panel: Value) -> Value:
        """Place of a packed panel."""
        b, n = self.b, self.numbers
        number = b.plus(b.times(b.plus(b.times(position, n["blocks"]), block), n["panels"]), panel)
        return b.times(b.times(number, n["block"]), b.constant(self.width))

    # -- tasks -------------------------------------------------------------------------------------

    def function(self) -> Function:
        """The whole kernel: a chunk is a run of tasks."""
        b, n = self.b, self.numbers
        self.near = self._near() if self.shape.near else None
        self.before = b.constant(0)
        first = b.times(b.chunk, n["grain"])
        last = b.minimum_index(b.plus(first, n["grain"]), n["units"])
        self.kept_base = b.times(b.chunk, n["kept"])
        self.staged = b.plus(
            self.kept_base,
            b.times(b.plus(b.times(n["task_panels"], n["wide"]), b.constant(SLACK)),
                    b.constant(self.width)),
        )  # fmt: skip
        with b.loop(first, last) as task:
            self._task(task.index)
        return b.finish()

    def _near(self) -> NearCopy:
        """The copy of what a task reads."""
        b, sums = self.b, self.sums
        copy = b.scratch(BYTES // SCRATCH[sums.scalar].itemsize + BEYOND, sums.scalar)
        source = self.memory[sums.factors[1].tensor]
        return NearCopy(b, self.places, self.numbers, source, copy, sums.lanes, self.shape.near)

    def _task(self, task: Value) -> None:
        b, n = self.b, self.numbers
        column_task = b.add("arith.remui", [task, n["column_tasks"]], INDEX)
        rest = b.add("arith.divui", [task, n["column_tasks"]], INDEX)
        row_task = b.add("arith.remui", [rest, n["row_tasks"]], INDEX)
        position = b.add("arith.divui", [rest, n["row_tasks"]], INDEX)
        panel0 = b.times(row_task, n["task_panels"])
        image = b.add("arith.divui", [column_task, n["image_tasks"]], INDEX)
        part = b.add("arith.remui", [column_task, n["image_tasks"]], INDEX)
        into = b.times(part, n["task_columns"])
        column0 = b.plus(b.times(image, n["image"]), into)
        panels = b.minimum_index(n["task_panels"], b.minus(n["panels"], panel0))
        row0 = b.times(panel0, b.constant(self.width))
        rows = b.minimum_index(b.times(panels, b.constant(self.width)), b.minus(n["M"], row0))
        self.column_count = b.minimum_index(n["task_columns"], b.minus(n["image"], into))
        outer = self.places.digits(position, "o")
        self._tables(outer, row0, rows, column0)
        with b.loop(b.constant(0), n["blocks"]) as block:
            self.first = b.compare("eq", block.index, b.constant(0))
            last = b.compare("eq", b.plus(block.index, b.constant(1)), n["blocks"])
            start, self.depth = self._extent(block.index)
            self.along = b.view(self.steps, start)
            if self.near is not None:
                self._copy(self.near, outer, column0, part, start)
            with b.loop(b.constant(0), panels) as panel:
                at = self._panel(position, block.index, b.plus(panel0, panel.index))
                sums = b.times(panel.index, n["wide"])
                sums = b.plus(self.kept_base, b.times(sums, b.constant(self.width)))
                self._panel_sums(b.view(self.panels, at), sums)
                done = b.branch(last)
                with b.inside(done.then):
                    self._write(b.times(panel.index, b.constant(self.width)), sums)
                with b.inside(done.otherwise):
                    pass

    def _copy(
        self, near: NearCopy, outer: list[Value], column0: Value, part: Value, start: Value
    ) -> None:
        """Copies what the task reads in a block of depth."""
        b, n = self.b, self.numbers
        line = b.times(part, n["near.step"])
        channel = b.add("arith.divui", [start, n["near.taps"]], INDEX)
        base = b.plus(self.places.base("S", outer), b.times(channel, n["near.channel"]))
        base = b.plus(base, self.places.combine("S", "n", self.places.digits(column0, "n")))
        near.fill(base, line, b.add("arith.divui", [self.depth, n["near.taps"]], INDEX))
        before = b.plus(b.times(line, n["near.row"]), b.times(channel, n["near.plane"]))
        self.before = before

    def _tables(self, outer: list[Value], row0: Value, rows: Value, column0: Value) -> None:
        """Fills the tables of rows and columns."""
        b, n = self.b, self.numbers
        lookup = self.lookup = Table(b, self.table, b.times(b.chunk, n["looked_up"]))
        beside = ["C", *(r.label for r in self.sums.reads)]
        slack = b.constant(SLACK)
        height = b.times(n["task_panels"], b.constant(self.width))
        row_tables = lookup.segments(beside, b.plus(height, slack))
        column_tables = lookup.segments(["B", *beside], b.plus(n["task_columns"], slack))
        bases = {label: self.places.base(label, outer) for label in ["B", *beside]}
        self.places.fill(lookup, "m", row_tables, row0, rows, SLACK)
        self.places.fill(lookup, "n", column_tables, column0, self.column_count, SLACK)
        near = self.near
        whole = self.memory[self.sums.factors[1].tensor] if near is None else near.target
        self.windows = b.view(whole, bases["B"])
        self.window_table = column_tables["B"]
        self.writer.at(lookup, bases, row_tables, column_tables, rows, self.column_count)

    # -- tiles -------------------------------------------------------------------------------------

    def _panel_sums(self, panel: Value, sums: Value) -> None:
        """All tiles of a panel; their sums are kept column by column."""
        b, shape, lanes = self.b, self.shape, self.sums.lanes
        with b.loop(b.constant(0), self.column_count, shape.columns) as tile:
            windows = [
                b.view(self.windows, b.minus(self.lookup.load(self.window_table, at), self.before))
                for at in (b.plus(tile.index, b.constant(i)) for i in range(shape.columns))
            ]
            place = b.plus(sums, b.times(tile.index, b.constant(self.width)))
            places = [
                b.plus(place, b.constant(i * lanes)) for i in range(shape.columns * shape.vectors)
            ]
            for at, value in zip(places, self._tile(panel, windows, self._start(places))):
                b.vector_store(value, self.kept, at)

    def _start(self, places: list[Value]) -> list[Value]:
        """Sums so far: zeros in the first block of depth."""
        b, lanes = self.b, self.sums.lanes
        kind = Vector(lanes, self.sums.scalar)
        earlier = b.branch(self.first, [kind] * len(places))
        with b.inside(earlier.then) as yields:
            yields.extend([b.constant(0.0, kind)] * len(places))
        with b.inside(earlier.otherwise) as yields:
            yields.extend(b.vector_load(self.kept, at, lanes) for at in places)
        return earlier.results

    def _tile(self, panel: Value, windows: list[Value], start: list[Value]) -> list[Value]:
        """Sums of a tile over a block of depth, column by column."""
        b, vectors, lanes = self.b, self.shape.vectors, self.sums.lanes
        with b.loop(b.constant(0), self.depth, carried=start) as loop:
            step = b.convert(b.load(self.along, loop.index), INDEX)
            at = b.times(loop.index, b.constant(self.width))
            rows = [
                b.vector_load(panel, b.plus(at, b.constant(v * lanes)), lanes)
                for v in range(vectors)
            ]
            for i, window in enumerate(windows):
                spread = b.broadcast(b.load(window, step), lanes)
                for v in range(vectors):
                    loop.next.append(b.multiply_add(spread, rows[v], loop.carried[i * vectors + v]))
        return loop.results

    # -- results -----------------------------------------------------------------------------------

    def _write(self, row: Value, sums: Value) -> None:
        """Turns a panel's sums, so that columns are neighbours, and writes them."""
        b, lanes, zero = self.b, self.sums.lanes, self.b.constant(0)
        with b.loop(zero, self.column_count, self.line) as line:
            left = b.minimum_index(b.minus(self.column_count, line.index), b.constant(self.line))
            with b.loop(zero, left, lanes) as group:
                column = b.plus(line.index, group.index)
                source = b.plus(sums, b.times(column, b.constant(self.width)))
                target = b.plus(self.staged, group.index)
                with b.loop(zero, b.constant(self.width), lanes) as vector:
                    at = b.plus(source, vector.index)
                    to = b.plus(target, b.times(vector.index, b.constant(self.line)))
                    self._turn(at, to)
            self.writer.tile(row, line.index, self.staged, b.constant(self.line))

    def _turn(self, source: Value, target: Value) -> None:
        """A square block of sums, transposed."""
        b, lanes = self.b, self.sums.lanes
        block = [
            b.vector_load(self.kept, b.plus(source, b.constant(i * self.width)), lanes)
            for i in range(lanes)
        ]
        for i, vector in enumerate(transpose(b, block)):
            b.vector_store(vector, self.kept, b.plus(target, b.constant(i * self.line)))
