"""The first few of a long row, without putting all of it in order.

Every tile sorts its elements in shared memory and keeps its first few; of what they keep the same
is done again, until it is one tile. Elements are read once.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...ir.loops import I32, INDEX, Function, Value
from .long import LongEmitter, buffers
from .shape import OrderShape

NUMBERS = ("rows", "length", "tiles", "units", "kept", "given")
"""`length` counts what is left of a row, `given` is the length of the row."""


def build_first(
    shape: OrderShape, name: str, numbers: tuple[str, ...], source: int | None, target: int | None
) -> Function:
    """The kernel that keeps the first few of every tile.

    Args:
        shape: Its structure.
        name: Of the function.
        numbers: Names of its integer arguments.
        source: Number of the buffer that pairs come from; None for the elements themselves.
        target: Number of the buffer that they go to; None for the results.
    """
    return FirstEmitter(name, shape, numbers, source, target).function()


class FirstEmitter(LongEmitter):
    """Writes one kernel."""

    def __init__(
        self, name: str, shape: OrderShape, numbers: Sequence[str], source: int | None,
        target: int | None,
    ) -> None:  # fmt: skip
        super().__init__(name, shape, numbers, buffers(shape, source, target), source)
        self.target = target

    def function(self) -> Function:
        """The finished kernel."""
        b, n, shape = self.b, self.n, self.shape
        words, places = b.shared(shape.tile, shape.word), b.shared(shape.tile, I32)
        own = self.own_places()
        with b.loop(b.block_id(), n["units"], b.grid_dim()) as units:
            row, tile, first = self.tile_of(units.index)
            state = [*self.words(row, first), *self.indices(row, first)]
            found = self.sorted(state, words, places, own)
            for rank, word, place in zip(own, *found):
                if self.target is None:
                    self.put(row, None, rank, word, b.convert(place, INDEX))
                else:
                    self.keep(row, tile, rank, word, place)
        return b.finish()

    def keep(self, row: Value, tile: Value, rank: Value, word: Value, place: Value) -> None:
        """Writes a pair to the buffer if it is one of the first; there are as many of each tile."""
        b, n = self.b, self.n
        branch = b.branch(b.compare("slt", rank, n["kept"]))
        with b.inside(branch.then):
            line = b.plus(b.times(row, n["tiles"]), tile)
            to = b.plus(b.times(line, n["kept"]), rank)
            b.store(word, self.memory[f"words{self.target}"], to)
            b.store(place, self.memory[f"places{self.target}"], to)
        with b.inside(branch.otherwise):
            pass
