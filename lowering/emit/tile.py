"""A tile of a kernel: what lies across the lanes, transposed on its way in and out."""

from __future__ import annotations

from collections.abc import Callable

from ..ir.builder import bits
from ..ir.loops import Value
from ..ir.transpose import transpose
from .loops import LoopEmitter
from .shape import AccessShape, TileShape

MOST_LANES = 16


class TileEmitter(LoopEmitter):
    """Writes the work of one tile."""

    def tile(self, tile: TileShape, unit: Value, line: Callable[[Value, Value], None]) -> None:
        """All elements of a tile.

        Args:
            tile: Its shape.
            unit: Number of the tile, along the tall variable first.
            line: The work on a range of the lane variable.
        """
        b, e, shape = self.b, self.e, self.shape
        assert shape.lane is not None and shape.blocks is not None and shape.block is not None
        rest, right = self.divided(unit, self.numbers[shape.blocks])
        row, down = self.divided(rest, self.numbers[tile.blocks])
        others = [name for name in shape.outer if name not in (shape.lane, tile.variable)]
        self.place_row(row, others)
        top, bottom = self._range(down, tile.variable)
        left, end = self._range(right, shape.lane)
        size = self.numbers[shape.block]
        start = b.times(b.chunk, b.times(size, size))
        origin = b.minus(start, b.plus(b.times(top, size), left))
        for name, access in tile.fetches:
            e.origins[name] = origin
            self._exchange(tile, name, access, (top, bottom), (left, end), start)
        for name, _ in tile.puts:
            e.origins[name] = origin
        with b.loop(top, bottom) as loop:
            e.point[tile.variable] = loop.index
            e.scopes.append({})
            line(left, end)
            e.scopes.pop()
        for name, access in tile.puts:
            self._exchange(tile, name, access, (top, bottom), (left, end), start)

    def _range(self, block: Value, variable: str) -> tuple[Value, Value]:
        """First and last place of a block along a variable."""
        assert self.shape.block is not None
        size = self.numbers[self.shape.block]
        first = self.b.times(block, size)
        return first, self.b.minimum_index(self.b.plus(first, size), self.extents[variable])

    def _exchange(
        self,
        tile: TileShape,
        name: str,
        access: AccessShape,
        tall: tuple[Value, Value],
        wide: tuple[Value, Value],
        start: Value,
    ) -> None:
        """Copies a tile from memory to scratch memory or back, by square blocks of vectors."""
        b, e, shape = self.b, self.e, self.shape
        assert shape.lane is not None
        lanes = min(MOST_LANES, tile.vector_bytes * 8 // bits(self.stored[name]))
        slot = next(s for n, s in access.form.terms if n == shape.lane)
        assert slot is not None
        stride = self.numbers[slot]
        middle = tall[0]
        if tile.vector_bytes < 64:  # where masks cost something
            middle = b.plus(tall[0], b.whole(b.minus(tall[1], tall[0]), lanes))
        outer = e.bases, e.copy
        with b.loop(wide[0], wide[1], lanes) as across:
            last = b.minus(b.minus(wide[1], across.index), b.constant(1))
            e.bases, e.copy, e.point[tile.variable] = [across.index], 0, b.constant(0)
            base = e.evaluate_base(access.form)
            rows = [base]
            for i in range(1, lanes):  # rows beyond the end are the last one again
                near = b.minimum_index(b.constant(i), last)
                rows.append(b.plus(base, b.times(near, stride)))
            column = b.plus(start, b.minus(across.index, wide[0]))
            for first, end, masked in ((tall[0], middle, False), (middle, tall[1], True)):
                if first is end:
                    continue
                with b.loop(first, end, lanes) as down:
                    mask = b.mask(b.minus(end, down.index), lanes) if masked else None
                    line = b.minus(down.index, tall[0])
                    self._block(tile, name, access, lanes, rows, down.index, mask, column, line)
        e.bases, e.copy = outer

    def _block(
        self,
        tile: TileShape,
        name: str,
        access: AccessShape,
        lanes: int,
        rows: list[Value],
        place: Value,
        mask: Value | None,
        column: Value,
        line: Value,
    ) -> None:
        """One square block."""
        b = self.b
        assert self.shape.block is not None
        size = self.numbers[self.shape.block]
        memory, scratch = self.arguments.memory[access.tensor], self.arguments.memory[name]
        first = b.plus(column, b.times(line, size))
        lines = [b.plus(first, b.times(b.constant(j), size)) for j in range(lanes)]
        places = [b.plus(row, place) for row in rows]
        if name in dict(tile.fetches):
            block = [b.vector_load(memory, at, lanes, mask) for at in places]
            for at, vector in zip(lines, transpose(b, block)):
                b.vector_store(vector, scratch, at)
            return
        block = transpose(b, [b.vector_load(scratch, at, lanes) for at in lines])
        # Backwards: what was made for rows beyond the end is overwritten by the last row.
        for at, vector in reversed(list(zip(places, block))):
            b.vector_store(vector, memory, at, mask)
