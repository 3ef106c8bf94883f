"""The kernel of a product of matrices: tasks, blocks of the depth, panels, register tiles.

    task -> block of depth -> pack rows; strip of columns -> pack columns -> tiles

A factor is packed only where that pays. Rows that are left over below the last full tile go through
lower tiles of the same kind, columns through tiles of one vector.
"""

from __future__ import annotations

from ..ir.builder import Builder
from ..ir.loops import F64, I1, I64, INDEX, Function, Value
from .matrix_arguments import MatrixArguments
from .matrix_blocks import DEPTH, PITCH, strip_columns
from .matrix_write import Results
from .panel import Matrix, Panels
from .shape import MatrixShape
from .table import Places
from .tile import Stream, Tile, even_part
from .word_panel import WordPanels, words_of


def build_matrix(shape: MatrixShape) -> Function:
    """The kernel of a shape."""
    return _Kernel(shape).function()


FLIGHT = 4
"""Sums that a core adds to at a time, at least: a tile with fewer takes as long as with so many."""


def heights(rows: int, vectors: int) -> list[int]:
    """Heights of tiles of so many vectors, greatest first: powers of two below the full one.

    Columns that are left over, tiles of a single vector, do without those that gain no time, but
    for single rows.
    """
    powers = [1 << p for p in reversed(range(rows.bit_length())) if 1 << p < rows]
    return [rows, *(p for p in powers if vectors > 1 or p >= FLIGHT or p == 1)]


class _Kernel:
    """Writes the loops of one product."""

    def __init__(self, shape: MatrixShape) -> None:
        self.shape = shape
        b = self.b = Builder(shape.name)
        names = {"pack": shape.factors[0].packed, "kept": shape.blocked and not shape.held}
        arguments = MatrixArguments(b, shape, [name for name, used in names.items() if used])
        self.memory, self.numbers = arguments.memory, arguments.numbers
        self.pack, kept = (arguments.own.get(name) for name in names)
        self.places = Places(b, self.numbers, {"o": shape.outer})
        self.results = Results(b, shape, self.memory, self.numbers, arguments.scalars, kept)
        packed = shape.factors[1].packed
        self.strip = b.scratch(strip_elements(shape), shape.word) if packed else None

    # -- tasks -------------------------------------------------------------------------------------

    def function(self) -> Function:
        """The whole kernel: a chunk is a run of tasks."""
        b, n = self.b, self.numbers
        first = b.times(b.chunk, n["grain"])
        last = b.minimum_index(b.plus(first, n["grain"]), n["units"])
        with b.loop(first, last) as task:
            self._task(task.index)
        return b.finish()

    def _task(self, task: Value) -> None:
        b, n = self.b, self.numbers
        column_task = b.add("arith.remui", [task, n["column_tasks"]], INDEX)
        rest = b.add("arith.divui", [task, n["column_tasks"]], INDEX)
        row_task = b.add("arith.remui", [rest, n["row_tasks"]], INDEX)
        outer = self.places.digits(b.add("arith.divui", [rest, n["row_tasks"]], INDEX), "o")
        row = b.times(row_task, n["task_rows"])
        column = b.times(column_task, n["task_columns"])
        self.row_count = b.minimum_index(n["task_rows"], b.minus(n["M"], row))
        self.column_count = b.minimum_index(n["task_columns"], b.minus(n["N"], column))
        self.bases: dict[str, Value] = {}
        for label in ("A", "B", "C", *(r.label for r in self.shape.reads)):
            base = self.places.base(label, outer)
            if label != "B":
                base = b.plus(base, b.times(row, self._stride(label, "m")))
            if label != "A":
                base = b.plus(base, b.times(column, self._stride(label, "n")))
            self.bases[label] = base
        if not self.shape.blocked:
            self._block(b.constant(0), n["K"], b.constant(0))
            return
        with b.loop(b.constant(0), n["K"], n["block"]) as block:
            depth = b.minimum_index(n["block"], b.minus(n["K"], block.index))
            self._block(block.index, depth, b.plus(block.index, depth))

    def _stride(self, label: str, group: str) -> Value:
        """Distance of neighbours along a group; 0 where the place does not depend on it."""
        return self.numbers.get(f"{label}.{group}0", self.b.constant(0))

    # -- a block of depth --------------------------------------------------------------------------

    def _block(self, k0: Value, depth: Value, end: Value) -> None:
        """Packs the rows, and strips of the columns, and multiplies."""
        b, n = self.b, self.numbers
        is_first = b.compare("eq", k0, b.constant(0))
        is_last = b.compare("eq", end, n["K"])
        self.results.at(self.bases, b.times(b.chunk, n["kept"]), is_first, is_last)
        self.depth = self._steps(depth)
        self.even = even_part(b, self.depth) if self.shape.parts > 1 else None
        self.a = b.plus(self.bases["A"], b.times(k0, self._stride("A", "k")))
        self.b_base = b.plus(self.bases["B"], b.times(k0, self._stride("B", "k")))
        zero = b.constant(0)
        if self.pack is not None:
            self.packed = b.times(b.chunk, n["packed"])
            rows = self._panels(0, self.shape.rows, self.pack, self.packed)
            rows.pack(self._matrix(0, self.a), self.row_count, depth)
        with b.loop(zero, self.column_count, n["strip"]) as strip:
            wide = b.minimum_index(n["strip"], b.minus(self.column_count, strip.index))
            if self.strip is not None:
                at = b.plus(self.b_base, b.times(strip.index, self._stride("B", "n")))
                columns = self._panels(1, self.shape.columns, self.strip, zero)
                columns.pack(self._matrix(1, at), wide, depth)
            with b.loop(zero, wide, self.shape.columns) as tile:
                self._columns(strip.index, tile.index)

    def _steps(self, depth: Value) -> Value:
        """Steps of a tile in some depth."""
        return depth if self.shape.parts == 1 else words_of(self.b, depth, self.shape.parts)

    def _panels(self, number: int, width: int, memory: Value, base: Value) -> Panels:
        """Where a factor is packed."""
        shape = self.shape
        place = (self.b, shape.lanes, width, memory, base, self.numbers["pitch"])
        if shape.parts == 1:
            return Panels(*place)
        return WordPanels(
            *place, shape.parts, shape.higher and number == 0, shape.higher and number == 1
        )

    def _matrix(self, number: int, base: Value) -> Matrix:
        """A factor from a place on."""
        factor, label = self.shape.factors[number], "AB"[number]
        along, step = self._stride(label, "mn"[number]), self._stride(label, "k")
        return Matrix(self.memory[factor.tensor], base, along, step, factor.unit, factor.deep)

    # -- tiles -------------------------------------------------------------------------------------

    def _columns(self, strip: Value, tile: Value) -> None:
        """All tiles of the columns at a place of a strip: wide ones, or some of one vector."""
        b, shape = self.b, self.shape
        column = b.plus(strip, tile)
        left = b.minus(self.column_count, column)
        full = b.branch(b.compare("sge", left, b.constant(shape.columns)))
        with b.inside(full.then):
            columns = self._column_stream(tile, column, b.constant(0), shape.vectors)
            self._rows(columns, None, column, b.constant(shape.columns), shape.vectors)
        with b.inside(full.otherwise), b.loop(b.constant(0), left, shape.lanes) as vector:
            here = b.plus(column, vector.index)
            wide = b.minimum_index(b.minus(left, vector.index), b.constant(shape.lanes))
            columns = self._column_stream(tile, here, vector.index, 1)
            mask = None if self.strip is not None else b.mask(wide, shape.lanes)
            self._rows(columns, mask, here, wide, 1)

    def _column_stream(self, tile: Value, column: Value, into: Value, vectors: int) -> Stream:
        """How a tile reads its columns."""
        b, shape = self.b, self.shape
        offsets = [v * shape.lanes for v in range(vectors)]
        if self.strip is not None:
            panel = b.plus(b.times(tile, self.numbers["pitch"]), into)
            return Stream([b.view(self.strip, panel)] * vectors, offsets, shape.columns)
        memory = b.view(self.memory[shape.factors[1].tensor], b.plus(self.b_base, column))
        return Stream([memory] * vectors, offsets, self._stride("B", "k"))

    def _rows(
        self, columns: Stream, mask: Value | None, column: Value, wide: Value, vectors: int
    ) -> None:
        """All tiles of some columns."""
        b, shape = self.b, self.shape
        full = b.compare("eq", wide, b.constant(vectors * shape.lanes))
        with b.loop(b.constant(0), self.row_count, shape.rows) as row:
            left = b.minus(self.row_count, row.index)
            lines = b.minimum_index(left, b.constant(shape.rows))
            self.tile_at = (columns, mask, row.index, column, full, lines)
            remains = b.branch(self._tile(heights(shape.rows, vectors)))
            with b.inside(remains.then):
                self.results.left_over(lines, row.index, column, wide)
            with b.inside(remains.otherwise):
                pass

    def _tile(self, candidates: list[int]) -> Value:
        """Multiplies the lowest of some tiles that has room for the rows left; see `finish`."""
        b = self.b
        rows, *lower = candidates
        if not lower:
            return self._multiply(rows, exact=True)
        high = b.branch(b.compare("sgt", self.tile_at[-1], b.constant(lower[0])), [I1])
        with b.inside(high.then) as yields:
            yields.append(self._multiply(rows, exact=lower[0] == rows - 1))
        with b.inside(high.otherwise) as yields:
            yields.append(self._tile(lower))
        return high.results[0]

    def _multiply(self, rows: int, exact: bool) -> Value:
        """One tile; `exact` if all of its rows count."""
        b, shape = self.b, self.shape
        columns, mask, row, column, whole, lines = self.tile_at
        stream = self._row_stream(rows, row, exact)
        tile = Tile(b, shape.lanes, shape.scalar, stream, columns, mask, shape.parts, shape.higher)
        is_largest = rows == shape.rows and len(columns.memories) == shape.vectors
        if is_largest and shape.unit:
            self.results.announce(rows, row, column)
        sums = tile.multiply(self.depth, self.even if is_largest else None)
        if not exact:
            full = b.compare("eq", lines, b.constant(rows))
            whole = b.add("arith.andi", [whole, full], I1)
        return self.results.finish(sums, rows, row, column, whole)

    def _row_stream(self, rows: int, row: Value, exact: bool) -> Stream:
        """How a tile reads its rows; those beyond the end repeat the last one."""
        b, shape = self.b, self.shape
        factor = shape.factors[0]
        if self.pack is not None:
            panel = b.plus(self.packed, b.times(row, self.numbers["pitch"]))
            return Stream([b.view(self.pack, panel)] * rows, list(range(rows)), shape.rows)
        last = b.minus(self.row_count, b.constant(1))
        memories = []
        for i in range(rows):
            at = b.plus(row, b.constant(i))
            at = at if exact else b.minimum_index(at, last)
            at = b.plus(self.a, b.times(at, self._stride("A", "m")))
            memories.append(b.view(self.memory[factor.tensor], at))
        return Stream(memories, [0] * rows, 1 if factor.deep else self._stride("A", "k"))


def strip_elements(shape: MatrixShape) -> int:
    """Room for a strip of packed columns on the stack."""
    return (DEPTH + PITCH) * strip_columns(shape.lanes * shape.vectors, shape.scalar in (F64, I64))
