"""The kernel of a sum of products on tensor cores: of 16-bit floats, or of the first bits of f32.

The four warps of a block lie 2 by 2 over a tile of 128 by 128: each has 64 rows and 64 columns, as
products of small matrices 16 rows high and 8 columns wide, as deep as 32 bytes. Four small matrices
of eight rows by 16 bytes are loaded at a time.

Source:
    PTX ISA, "Matrix Fragments for mma.m16n8k16", "mma.m16n8k8" and "ldmatrix" (which thread has
    which elements).
"""

from __future__ import annotations

from collections.abc import Sequence

from ...ir.instructions import bits
from ...ir.loops import F32, Function, Value, Vector
from ...ir.thread_instructions import WARP
from .fetch import Fetcher
from .kernel import ProductEmitter
from .shape import ProductShape
from .write import Results

WARPS_ACROSS = 2
ROWS, COLUMNS = 64, 64  # of a warp
TILE_ROWS, TILE_COLUMNS = 16, 8
LINES = 8  # of a small matrix as it is loaded

LEFT = ((0, 0), (1, 0), (0, 1), (1, 1))
RIGHT = ((0, 0), (0, 1), (1, 0), (1, 1))
"""The four matrices that are loaded together: which eight rows (or columns), and which pack along
the depth."""


def build_matrix_product(shape: ProductShape) -> Function:
    """The kernel of a shape."""
    return MatrixEmitter(shape).function()


class MatrixEmitter(ProductEmitter):
    """Writes one kernel."""

    def __init__(self, shape: ProductShape) -> None:
        super().__init__(shape)
        self.lane = lane = self.b.rest(self.thread, WARP)
        warp = self.b.quotient(self.thread, WARP)
        b = self.b
        self.group, self.member = self.b.quotient(lane, 4), self.b.rest(lane, 4)
        self.first_row = b.times(self.b.quotient(warp, WARPS_ACROSS), b.constant(ROWS))
        self.first_column = b.times(self.b.rest(warp, WARPS_ACROSS), b.constant(COLUMNS))

    def zeros(self) -> list[Value]:
        """The sums before the first step: four for each small product."""
        zero = self.b.constant(0.0, Vector(4, F32))
        return [zero] * (ROWS // TILE_ROWS * COLUMNS // TILE_COLUMNS)

    def step(
        self,
        fetchers: Sequence[Fetcher],
        stage: Value,
        down: Value,
        across: Value,
        sums: list[Value],
    ) -> list[Value]:
        """The sums with the products of what is in a stage of shared memory."""
        b, pack = self.b, self.shape.pack
        for depth in range(0, self.shape.depth, 2 * pack):
            left = [
                self.part(fetchers[0], stage, b.plus(self.first_row, b.constant(k)), depth, LEFT)
                for k in range(0, ROWS, TILE_ROWS)
            ]
            right = []
            for k in range(0, COLUMNS, 2 * TILE_COLUMNS):
                first = b.plus(self.first_column, b.constant(k))
                both = self.part(fetchers[1], stage, first, depth, RIGHT)
                right += [b.shuffle(both, both, range(n * pack // 2, (n + 1) * pack // 2))
                          for n in (0, 1)]  # fmt: skip
            pairs = [(x, y) for x in left for y in right]
            sums = [b.multiply_matrices(x, y, total) for (x, y), total in zip(pairs, sums)]
        return sums

    def part(
        self,
        fetcher: Fetcher,
        stage: Value,
        first: Value,
        depth: int,
        matrices: tuple[tuple[int, int], ...],
    ) -> Value:
        """This thread's elements of four small matrices.

        Args:
            fetcher: Of the factor.
            stage: Of shared memory.
            first: The first row (or column).
            depth: The first place along the depth, in the step.
            matrices: Where they lie from there.
        """
        b, wide = self.b, bits(self.shape.element) == 32
        if wide and not fetcher.factor.deep:
            return b.round_tf32(self.elements(fetcher, stage, first, depth, matrices))
        line, matrix = self.b.rest(self.lane, LINES), self.b.quotient(self.lane, LINES)
        low, high = self.b.rest(matrix, 2), self.b.quotient(matrix, 2)
        row, pack = (low, high) if matrices is LEFT else (high, low)
        row = b.plus(first, b.times(row, b.constant(LINES)))
        along = b.plus(b.constant(depth), b.times(pack, b.constant(self.shape.pack)))
        if fetcher.factor.deep:
            place = fetcher.place(b.plus(row, line), along)
        else:
            place = fetcher.place(row, b.plus(along, line))
        at = b.plus(stage, place)
        found = b.load_matrices(fetcher.shared, at, not fetcher.factor.deep)
        return b.round_tf32(found) if wide else found

    def elements(
        self,
        fetcher: Fetcher,
        stage: Value,
        first: Value,
        depth: int,
        matrices: tuple[tuple[int, int], ...],
    ) -> Value:
        """The same element by element: those of 32 bits are not transposed on their way."""
        b, found = self.b, []
        for rows, pack in matrices:
            row = b.plus(first, b.plus(b.constant(rows * LINES), self.group))
            along = b.plus(b.constant(depth + pack * self.shape.pack), self.member)
            found.append(b.load(fetcher.shared, b.plus(stage, fetcher.place(row, along))))
        return b.together(found)

    def write(
        self, results: Results, sums: list[Value], starts: list[Value], down: Value, across: Value
    ) -> None:
        """Writes the sums of this thread: two neighbours in each of two rows of a product."""
        b = self.b
        row = b.plus(b.plus(starts[0], self.first_row), self.group)
        column = b.plus(starts[1], self.first_column)
        column = b.plus(column, b.times(self.member, b.constant(2)))
        wide = COLUMNS // TILE_COLUMNS
        for number in range(ROWS // TILE_ROWS):
            line = sums[number * wide : (number + 1) * wide]
            for k in (0, 1):
                here = b.plus(row, b.constant(number * TILE_ROWS + 8 * k))
                pairs = [b.shuffle(v, v, (2 * k, 2 * k + 1)) for v in line]
                results.write_line(pairs, here, column, TILE_COLUMNS)
