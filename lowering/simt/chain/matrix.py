"""Rows of 16-bit floats by tensor cores: 128 a block, 64 elements of them at a time.

Each of eight warps has 16 rows, as products of small matrices 16 rows high and 8 columns wide. A
thread has pairs of neighbours in two rows, at every eighth element: just what the next product
takes as its left factor, so that elements are multiplied out of registers. Right factors, and the
rows of the first products, lie in shared memory in lines of 64 elements, whose packs of 16 bytes
are turned by the number of the line: no small matrix meets itself in a bank.

Source:
    PTX ISA, "Matrix Fragments for mma.m16n8k16" and "ldmatrix" (which thread has which elements);
    Dao 2023, arXiv 2307.08691, section 3.3 (a warp has whole rows of a tile).
"""

from __future__ import annotations

from collections.abc import Sequence

from ...chain.shape import Factor, Panels
from ...emit.call import both
from ...ir.loops import F32, Value, Vector
from ...ir.thread_instructions import WARP
from .block import Block, Rows
from .shape import COLUMNS, DEPTH, MATRIX_ROWS, THREADS, BlockShape

HIGH, WIDE, DEEP = 16, 8, 16
"""Rows, columns and depth of a product of small matrices."""

PACK = 8
"""Elements of 16 bytes; lines of a small matrix as it is loaded."""

PANEL = COLUMNS * DEPTH
"""Elements of a tile of a right factor: 64 lines of 64."""


class MatrixBlock(Block):
    """Writes what warps do with tiles."""

    lanes, members = 2, 4

    def __init__(self, shape: BlockShape) -> None:
        super().__init__(shape)
        b = self.b
        self.scalar = shape.element
        kept = [number for number, fits in enumerate(shape.resident) if fits]
        others = len(kept) < len(shape.resident)
        self.lines = b.shared((len(kept) + others) * MATRIX_ROWS * DEPTH, self.scalar)
        self.line_of = {head: k * MATRIX_ROWS * DEPTH for k, head in enumerate(kept)}
        self.line = len(kept) * MATRIX_ROWS * DEPTH
        self.tile = b.shared(max((1, *shape.packs)) * PANEL, self.scalar)
        if shape.running is not None and max((1, *shape.packs)) == 1:
            b.function.together = 2  # one copies while the other multiplies
        self.lane, warp = self.b.rest(self.thread, WARP), self.b.quotient(self.thread, WARP)
        self.first_row = b.times(warp, b.constant(HIGH))
        pair = b.times(self.b.rest(self.lane, self.members), b.constant(self.lanes))
        self.offsets = [b.plus(pair, b.constant(k)) for k in range(0, COLUMNS, WIDE)]

    # -- products ----------------------------------------------------------------------------------

    def begin(self, start: Value) -> None:
        """See `Block.begin`."""
        b = self.b
        own = b.plus(self.first_row, self.b.quotient(self.lane, self.members))
        own = b.plus(start, own)
        self.rows = [own, b.plus(own, b.constant(PACK))]
        b.barrier()  # all are through with the rows before
        for head, place in self.line_of.items():
            self._copy_lines(head, start, b.constant(0), place)
        if self.line_of:
            self._wait()

    def _copy_lines(self, head: int, start: Value, depth: Value, place: int) -> None:
        """Begins to copy the rows of a product, from `depth` on."""
        product = self.shape.heads[head]
        factor, depths = product.lines, self.numbers[product.columns.depth]
        self._copy(
            factor, (start, depth), (self.extents[self.shape.row], depths),
            (factor.along, factor.step), factor.deep, MATRIX_ROWS, (self.lines, place),
        )  # fmt: skip

    def products(self, head: int, start: Value, column: Value) -> Rows:
        """See `Block.products`."""
        b, panels = self.b, self.shape.heads[head].columns
        zero = b.constant(0.0, Vector(4, F32))
        sums = [zero] * (COLUMNS // WIDE)
        depth = self.numbers[panels.depth]
        if self.block.resident[head]:
            self._fill(panels, column, b.constant(0))
            found = self._multiplied(sums, self.line_of[head])
        else:
            with b.loop(b.constant(0), depth, DEPTH, sums) as steps:
                self._fill(panels, column, steps.index, (head, start))
                steps.next = self._multiplied(steps.carried, self.line)
            found = steps.results
        return [[b.shuffle(x, x, (2 * k, 2 * k + 1)) for x in found] for k in range(2)]

    def _fill(
        self, panels: Panels, column: Value, depth: Value, lines: tuple[int, Value] | None = None
    ) -> None:
        """Fetches elements' factors from `depth` on, and the rows of a product beside them."""
        b, factor = self.b, panels.factor
        b.barrier()  # all are through with what was there
        if lines is not None:
            self._copy_lines(lines[0], lines[1], depth, self.line)
        ends = self.numbers[panels.count], self.numbers[panels.depth]
        strides = factor.along, factor.step
        self._copy(factor, (column, depth), ends, strides, factor.deep, COLUMNS, (self.tile, 0))
        self._wait()

    def _wait(self) -> None:
        b = self.b
        b.end_group()
        b.wait_for_groups(0)
        b.barrier()

    def _multiplied(self, sums: Sequence[Value], lines: int) -> list[Value]:
        """Sums with the products of rows that begin at a place, and the tile's lines."""
        b, found = self.b, list(sums)
        for depth in range(0, DEPTH, DEEP):
            left = self._part(self.lines, lines, self.first_row, depth, low=(1, 0), turned=False)
            for pair in range(COLUMNS // WIDE // 2):
                first = b.constant(pair * 2 * WIDE)
                right = self._part(self.tile, 0, first, depth, low=(0, 1), turned=False)
                self._add(found, pair, left, right)
        return found

    def _add(self, sums: list[Value], pair: int, left: Value, right: Value) -> None:
        """Adds the products of two neighbouring small matrices."""
        b = self.b
        for k in (0, 1):
            factor = b.shuffle(right, right, range(4 * k, 4 * k + 4))
            sums[2 * pair + k] = b.multiply_matrices(left, factor, sums[2 * pair + k])

    def _part(
        self, memory: Value, place: int, line: Value, along: int, low: tuple[int, int], turned: bool
    ) -> Value:
        """This thread's elements of four small matrices, two by two.

        Args:
            memory, place: Where line 0 begins.
            line, along: Where the matrices begin.
            low: Which way the second matrix lies: a matrix further in lines, or in elements; the
                third and fourth lie the other way.
            turned: Their lines are columns.
        """
        b, number = self.b, self.b.quotient(self.lane, PACK)
        ways = self.b.rest(number, 2), self.b.quotient(number, 2)
        down, right = ways if low == (1, 0) else ways[::-1]
        own = b.plus(b.times(down, b.constant(PACK)), self.b.rest(self.lane, PACK))
        pack = b.plus(b.constant(along // PACK), right)
        at = self._place(b.plus(line, own), pack)
        return b.load_matrices(memory, b.plus(b.constant(place), at), turned)

    def _place(self, line: Value, pack: Value) -> Value:
        """Where a pack of a line lies."""
        b = self.b
        turned = b.add("arith.xori", [pack, self.b.rest(line, PACK)], pack.type)
        return b.plus(b.times(line, b.constant(DEPTH)), b.times(turned, b.constant(PACK)))

    # -- products along elements -------------------------------------------------------------------

    def sums(self, tail: int) -> list[Value]:
        """Zeros: a small matrix for each eight columns."""
        zero = self.b.constant(0.0, Vector(4, F32))
        return [zero] * (self.block.packs[tail] * COLUMNS // WIDE)

    def scaled(self, tail: int, sums: Sequence[Value], scales: Sequence[Value]) -> list[Value]:
        """See `Block.scaled`."""
        first, second = scales
        factors = self.b.together([first, first, second, second])
        return [self.b.times(x, factors) for x in sums]

    def sum_along(
        self, products: Sequence[tuple[int, list[Value]]], elements: Rows, column: Value,
        again: bool,
    ) -> list[list[Value]]:  # fmt: skip
        """See `Block.sum_along`."""
        lefts = self._lefts(elements)
        found = []
        for tail, before in products:
            sums = list(before)
            self._fill_columns(self.shape.tails[tail].columns, self.block.packs[tail], column)
            for number, left in enumerate(lefts):
                line = self.b.constant(number * DEEP)
                for pair in range(len(sums) // 2):
                    panel, along = divmod(pair * 2 * WIDE, DEPTH)
                    right = self._part(
                        self.tile, panel * PANEL, line, along, low=(1, 0), turned=True
                    )
                    self._add(sums, pair, left, right)
            found.append(sums)
        return found

    def _lefts(self, elements: Rows) -> list[Value]:
        """Elements as left factors: those of two neighbouring small matrices together."""
        b, found = self.b, []
        upper, lower = ([b.convert(x, self.scalar) for x in row] for row in elements)
        for k in range(0, len(upper), 2):
            halves = [b.shuffle(upper[n], lower[n], range(4)) for n in (k, k + 1)]
            found.append(b.shuffle(halves[0], halves[1], range(8)))
        return found

    def _fill_columns(self, panels: Panels, packs: int, column: Value) -> None:
        """Fetches what a tile's elements are multiplied with: a line for each element."""
        b, factor = self.b, panels.factor
        b.barrier()  # all are through with what was there
        ends = self.numbers[panels.depth], self.numbers[panels.count]
        strides = factor.step, factor.along
        for panel in range(packs):
            starts, place = (column, b.constant(panel * DEPTH)), (self.tile, panel * PANEL)
            self._copy(factor, starts, ends, strides, factor.unit, COLUMNS, place)
        self._wait()

    def totals(self, tail: int, sums: Sequence[Value]) -> list[list[tuple[Value, Value]]]:
        """See `Block.totals`."""
        b = self.b
        starts = [b.plus(self.offsets[0], b.constant(k * WIDE)) for k in range(len(sums))]
        pairs = ([b.shuffle(x, x, (2 * k, 2 * k + 1)) for x in sums] for k in range(2))
        return [list(zip(starts, own)) for own in pairs]

    # -- factors -----------------------------------------------------------------------------------

    def _copy(
        self, factor: Factor, starts: tuple[Value, Value], ends: tuple[Value, Value],
        strides: tuple[int, int], near: bool, lines: int, to: tuple[Value, int],
    ) -> None:  # fmt: skip
        """Begins to copy lines of 64 elements to shared memory, zeros where there are none.

        Args:
            factor: What is copied.
            starts: First line, and first element along it.
            ends: Lines, and elements of a line, that there are.
            strides: Slots of the distances of lines, of neighbours along a line.
            near: Those lie next to each other.
            lines: How many.
            to: Shared memory, and where in it.
        """
        b, memory, (shared, place) = self.b, self.arguments.memory[factor.tensor], to
        base = self.base_place(factor.base)
        across = DEPTH // PACK if near else lines
        first, second = self.b.rest(self.thread, across), self.b.quotient(self.thread, across)
        count = lines * DEPTH // (PACK if near else 1) // THREADS
        with b.loop(b.constant(0), b.constant(count), unroll=1 if near else 0) as loop:
            step = b.plus(second, b.times(loop.index, b.constant(THREADS // across)))
            line, along = (step, b.times(first, b.constant(PACK))) if near else (first, step)
            row, element = b.plus(starts[0], line), b.plus(starts[1], along)
            at = b.plus(base, b.times(row, self.numbers[strides[0]]))
            at = b.plus(at, b.times(element, self.numbers[strides[1]]))
            here = b.plus(b.constant(place), self._place(line, self.b.quotient(along, PACK)))
            exists = b.compare("slt", row, ends[0])
            left = b.minus(ends[1], element)
            if near:
                left = b.select(exists, left, b.constant(0))
                b.copy_async(shared, here, memory, at, left, PACK)
            else:
                exists = both(b, exists, b.compare("sgt", left, b.constant(0)))
                branch = b.branch(exists, [self.scalar])
                with b.inside(branch.then) as yields:
                    yields.append(b.load(memory, at))
                with b.inside(branch.otherwise) as yields:
                    yields.append(b.constant(0.0, self.scalar))
                b.store(branch.results[0], shared, b.plus(here, self.b.rest(along, PACK)))
