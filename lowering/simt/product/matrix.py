"""The kernel of a sum of products of 16-bit floats on tensor cores.

The eight warps of a block lie 2 by 4 over a tile of 128 by 128: each has 64 rows and 32 columns, as
products of 16x16 by 16x8. Factors lie in shared memory with their depth side by side, which is how
a thread's pairs of elements are read.

Source:
    PTX ISA, "Matrix Fragments for mma.m16n8k16" (which thread has which elements).
"""

from __future__ import annotations

from collections.abc import Sequence

from ...builder import WARP
from ...loops import F32, Function, Value, Vector
from .fetch import Fetcher
from .kernel import ProductEmitter
from .shape import ProductShape
from .write import Results

WARPS_ACROSS = 4
ROWS, COLUMNS = 64, 32  # of a warp
TILE_ROWS, TILE_COLUMNS, TILE_DEPTH = 16, 8, 16


def build_matrix_product(shape: ProductShape) -> Function:
    """The kernel of a shape."""
    return MatrixEmitter(shape).function()


class MatrixEmitter(ProductEmitter):
    """Writes one kernel."""

    def __init__(self, shape: ProductShape) -> None:
        super().__init__(shape)
        lane = self._rest(self.thread, WARP)
        warp = self._quotient(self.thread, WARP)
        b = self.b
        self.group, self.member = self._quotient(lane, 4), self._rest(lane, 4)
        self.first_row = b.times(self._quotient(warp, WARPS_ACROSS), b.constant(ROWS))
        self.first_column = b.times(self._rest(warp, WARPS_ACROSS), b.constant(COLUMNS))

    def zeros(self) -> list[Value]:
        """The sums before the first step: four for each small product."""
        zero = self.b.constant(0.0, Vector(4, F32))
        return [zero] * (ROWS // TILE_ROWS * COLUMNS // TILE_COLUMNS)

    def step(
        self,
        fetchers: Sequence[Fetcher],
        half: Value,
        down: Value,
        across: Value,
        sums: list[Value],
    ) -> list[Value]:
        """The sums with the products of what is in one half of the shared memory."""
        b = self.b
        for depth in range(0, self.shape.depth, TILE_DEPTH):
            left = [
                self.part(fetchers[0], half, b.plus(self.first_row, b.constant(row)), depth, (0, 8))
                for row in range(0, ROWS, TILE_ROWS)
            ]
            right = [
                self.part(fetchers[1], half, b.plus(self.first_column, b.constant(k)), depth, (0,))
                for k in range(0, COLUMNS, TILE_COLUMNS)
            ]
            pairs = [(x, y) for x in left for y in right]
            sums = [b.multiply_matrices(x, y, total) for (x, y), total in zip(pairs, sums)]
        return sums

    def part(
        self, fetcher: Fetcher, half: Value, first: Value, depth: int, rows: tuple[int, ...]
    ) -> Value:
        """This thread's elements of a small matrix: pairs along the depth, for each of its rows."""
        b, (pitch, _) = self.b, self.shape.steps
        place = b.plus(half, b.times(b.plus(first, self.group), b.constant(pitch)))
        place = b.plus(place, b.times(self.member, b.constant(2)))
        offsets = [row * pitch + depth + far for far in (0, 8) for row in rows]
        pairs = [b.vector_load(fetcher.shared, b.plus(place, b.constant(o)), 2) for o in offsets]
        while len(pairs) > 1:
            lanes = range(2 * getattr(pairs[0].type, "lanes", 0))
            pairs = [b.shuffle(x, y, lanes) for x, y in zip(pairs[::2], pairs[1::2])]
        return pairs[0]

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
