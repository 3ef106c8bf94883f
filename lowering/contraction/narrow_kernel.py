"""The kernel of a matrix times a few vectors: every element of the matrix is read once.

The vectors are rows of the problem, what is written runs over its columns, and each task has a
strip of columns and a piece of the depth. A matrix whose neighbours lie along the depth goes
through scalar products, one whose neighbours lie along the columns through sums of its lines.
Pieces of the depth leave their sums in memory, where a second kernel adds them up in order.
"""

from __future__ import annotations

from collections.abc import Callable

from ..ir.builder import Builder
from ..ir.loops import I1, INDEX, Function, Value, Vector
from .epilogue import SCRATCH
from .matrix_arguments import MatrixArguments
from .matrix_write import Results
from .narrow_tile import Lines, ScalarProducts
from .shape import NarrowShape
from .table import Places

MOST_VECTORS = 3  # beyond, a product goes through tiles of rows and columns
STRIP_BYTES = 16 << 10  # sums of a strip of columns, in half of the first-level cache


def build_narrow(shape: NarrowShape) -> Function:
    """The kernel of a shape."""
    return _Kernel(shape).function()


def build_combining(shape: NarrowShape) -> Function:
    """The kernel that adds up what the pieces of the depth gave; it takes the same arguments."""
    return _Kernel(shape).combining_function()


class _Kernel:
    """Writes the loops of one product."""

    def __init__(self, shape: NarrowShape) -> None:
        self.shape = shape
        b = self.b = Builder(shape.name)
        names = {"pack": shape.packed, "partial": shape.split}
        arguments = MatrixArguments(b, shape, [name for name, used in names.items() if used])
        self.memory, self.numbers = arguments.memory, arguments.numbers
        self.pack, self.partial = (arguments.own.get(name) for name in names)
        self.places = Places(b, self.numbers, {"o": shape.outer})
        self.results = Results(b, shape, self.memory, self.numbers, arguments.scalars, None)
        self.counts = range(1, MOST_VECTORS + 1 if shape.several else 2)
        self.group = max(shape.lanes, ScalarProducts.HEIGHTS[1][0])
        elements = STRIP_BYTES // (SCRATCH[shape.scalar].itemsize)
        if shape.factors[1].deep:
            elements = self.group * self.counts[-1]
        self.sums = b.scratch(elements, shape.scalar)

    # -- tasks -------------------------------------------------------------------------------------

    def function(self) -> Function:
        """The whole kernel: a chunk is a run of tasks."""
        b, n = self.b, self.numbers
        first = b.times(b.chunk, n["grain"])
        last = b.minimum_index(b.plus(first, n["grain"]), n["units"])
        with b.loop(first, last) as task:
            column_task = b.add("arith.remui", [task.index, n["column_tasks"]], INDEX)
            rest = b.add("arith.divui", [task.index, n["column_tasks"]], INDEX)
            self._task(b.times(column_task, n["task_columns"]), rest)
        return b.finish()

    def _task(self, column: Value, rest: Value) -> None:
        """A strip of columns and a piece of the depth at an outer position."""
        b, n = self.b, self.numbers
        k0, outer, self.part = b.constant(0), rest, rest
        self.depth = n["K"]
        if self.partial is not None:
            k0 = b.times(b.add("arith.remui", [rest, n["pieces"]], INDEX), n["piece"])
            outer = b.add("arith.divui", [rest, n["pieces"]], INDEX)
            self.depth = b.minimum_index(n["piece"], b.minus(n["K"], k0))
        self.column = column
        self.column_count = b.minimum_index(n["task_columns"], b.minus(n["N"], column))
        self._bases(outer, column)
        self.vector = b.plus(self.bases["A"], b.times(k0, self._stride("A", "k")))
        self.matrix = b.plus(self.bases["B"], b.times(k0, self._stride("B", "k")))
        for_count = self._products if self.shape.factors[1].deep else self._lines
        if self.pack is not None:
            self._pack_vectors()
        self._for_count(list(self.counts), for_count)

    def _bases(self, outer: Value, column: Value) -> None:
        b = self.b
        digits = self.places.digits(outer, "o")
        self.bases = {}
        for label in ("A", "B", "C", *(r.label for r in self.shape.reads)):
            along = b.times(column, self._stride(label, "n"))
            self.bases[label] = b.plus(self.places.base(label, digits), along)
        yes = b.constant(True, I1)
        self.results.at(self.bases, b.constant(0), yes, yes)

    def _stride(self, label: str, group: str) -> Value:
        """Distance of neighbours along a group; 0 where the place does not depend on it."""
        return self.numbers.get(f"{label}.{group}0", self.b.constant(0))

    def _for_count(self, counts: list[int], write: Callable[[int], None]) -> None:
        """The code for as many vectors as there are."""
        b = self.b
        if len(counts) == 1:
            write(counts[0])
            return
        branch = b.branch(b.compare("eq", self.numbers["M"], b.constant(counts[0])))
        with b.inside(branch.then):
            write(counts[0])
        with b.inside(branch.otherwise):
            self._for_count(counts[1:], write)

    # -- neighbours along the depth ----------------------------------------------------------------

    def _pack_vectors(self) -> None:
        """Copies the vectors, so that neighbours along the depth are neighbours in memory."""
        b, n, memory = self.b, self.numbers, self.memory[self.shape.factors[0].tensor]
        assert self.pack is not None
        own = b.times(b.chunk, n["packed"])
        with b.loop(b.constant(0), n["M"]) as row, b.loop(b.constant(0), self.depth) as k:
            at = b.plus(self.vector, b.times(row.index, self._stride("A", "m")))
            value = b.load(memory, b.plus(at, b.times(k.index, self._stride("A", "k"))))
            to = b.plus(own, b.times(row.index, self.depth))
            b.store(b.convert(value, self.shape.scalar), self.pack, b.plus(to, k.index))
        self.packed_at = own

    def _vectors(self, count: int) -> list[Value]:
        """Memory of each vector from its first element on."""
        b = self.b
        memory, base = self.memory[self.shape.factors[0].tensor], self.vector
        pitch = self._stride("A", "m")
        if self.pack is not None:
            memory, base, pitch = self.pack, self.packed_at, self.depth
        return [b.view(memory, b.plus(base, b.times(pitch, b.constant(v)))) for v in range(count)]

    def _products(self, count: int) -> None:
        """Groups of columns: tiles of scalar products, then single ones, then what they give."""
        b, shape = self.b, self.shape
        vectors = self._vectors(count)
        tile = ScalarProducts(b, shape.lanes, shape.scalar, self.sums, self.group)
        with b.loop(b.constant(0), self.column_count, self.group) as group:
            left = b.minus(self.column_count, group.index)
            left = b.minimum_index(left, b.constant(self.group))
            first = b.constant(0)
            for height in tile.HEIGHTS[count]:
                last = b.add("arith.andi", [left, b.constant(-height)], INDEX)
                with b.loop(first, last, height) as at:
                    column = b.plus(group.index, at.index)
                    lines = [self._line(b.plus(column, b.constant(i))) for i in range(height)]
                    tile.multiply(lines, vectors, self.depth, at.index)
                first = last
            self._write(group.index, left, b.constant(self.group))

    def _line(self, column: Value) -> Value:
        b = self.b
        at = b.plus(self.matrix, b.times(column, self._stride("B", "n")))
        return b.view(self.memory[self.shape.factors[1].tensor], at)

    # -- neighbours along the columns --------------------------------------------------------------

    def _lines(self, count: int) -> None:
        """Strips of columns: lines of the matrix are added to their sums, several at a time."""
        b, n, shape = self.b, self.numbers, self.shape
        lines = Lines(b, shape.lanes, shape.scalar, self.sums, n["strip"])
        with b.loop(b.constant(0), self.column_count, n["strip"]) as strip:
            wide = b.minimum_index(n["strip"], b.minus(self.column_count, strip.index))
            lines.clear(count, wide)
            matrix = b.view(self.memory[shape.factors[1].tensor], b.plus(self.matrix, strip.index))
            first = b.constant(0)
            for height in lines.heights(count):
                last = b.add("arith.andi", [self.depth, b.constant(-height)], INDEX)
                with b.loop(first, last, height) as k:
                    steps = [b.plus(k.index, b.constant(i)) for i in range(height)]
                    step = self._stride("B", "k")
                    rows = [b.view(matrix, b.times(at, step)) for at in steps]
                    lines.add(rows, [self._factors(v, steps) for v in range(count)], wide)
                first = last
            self._write(strip.index, wide, n["strip"])

    def _factors(self, vector: int, steps: list[Value]) -> list[Value]:
        """Elements of a vector, spread over the lanes."""
        b, memory = self.b, self.memory[self.shape.factors[0].tensor]
        base = b.plus(self.vector, b.times(self._stride("A", "m"), b.constant(vector)))
        places = [b.plus(base, b.times(at, self._stride("A", "k"))) for at in steps]
        values = [b.convert(b.load(memory, place), self.shape.scalar) for place in places]
        return [b.broadcast(value, self.shape.lanes) for value in values]

    # -- results -----------------------------------------------------------------------------------

    def _write(self, column: Value, wide: Value, pitch: Value) -> None:
        """Writes sums of some columns, all rows."""
        b, lanes = self.b, self.shape.lanes
        even = b.add("arith.andi", [wide, b.constant(-lanes)], INDEX)
        with b.loop(b.constant(0), self.numbers["M"]) as row:
            line = b.times(row.index, pitch)
            with b.loop(b.constant(0), even, lanes) as at:
                total = b.vector_load(self.sums, b.plus(line, at.index), lanes)
                self._put(total, row.index, b.plus(column, at.index), None)
            with b.loop(even, wide, lanes) as at:
                total = b.vector_load(self.sums, b.plus(line, at.index), lanes)
                mask = b.mask(b.minus(wide, at.index), lanes)
                self._put(total, row.index, b.plus(column, at.index), mask)

    def _put(self, total: Value, row: Value, column: Value, mask: Value | None) -> None:
        b = self.b
        if self.partial is None:
            self.results.write(total, row, column, mask)
            return
        place = self._partial(self.part, row, b.plus(self.column, column))
        b.vector_store(total, self.partial, place, mask)

    def _partial(self, part: Value, row: Value, column: Value) -> Value:
        """Place of a piece's sum."""
        b, n = self.b, self.numbers
        line = b.plus(b.times(part, n["M"]), row)
        return b.plus(b.times(line, n["N"]), column)

    def combining_function(self) -> Function:
        """Adds up the pieces' sums: a chunk is a strip of columns at an outer position."""
        b, n, lanes = self.b, self.numbers, self.shape.lanes
        tasks = n["combine_tasks"]
        column = b.times(b.add("arith.remui", [b.chunk, tasks], INDEX), n["combined"])
        outer = b.add("arith.divui", [b.chunk, tasks], INDEX)
        wide = b.minimum_index(n["combined"], b.minus(n["N"], column))
        self._bases(outer, column)
        first = b.times(outer, n["pieces"])
        with b.loop(b.constant(0), n["M"]) as row, b.loop(b.constant(0), wide, lanes) as at:
            mask = b.mask(b.minus(wide, at.index), lanes)
            zero = b.constant(0, Vector(lanes, self.shape.scalar))
            with b.loop(b.constant(0), n["pieces"], carried=[zero]) as piece:
                part = b.plus(first, piece.index)
                place = self._partial(part, row.index, b.plus(column, at.index))
                assert self.partial is not None
                value = b.vector_load(self.partial, place, lanes, mask)
                piece.next.append(b.plus(piece.carried[0], value))
            self.results.write(piece.results[0], row.index, at.index, mask)
        return b.finish()
