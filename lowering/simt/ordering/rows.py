"""Rows that fit into shared memory, each sorted by one block."""

from __future__ import annotations

from collections.abc import Sequence

from ...ir.instructions import element
from ...ir.loops import I16, I32, INDEX, Function, Scalar, Value
from ...ir.thread_instructions import WARP
from .digits import DigitCounter
from .emit import OrderEmitter
from .shape import OrderShape


def build_rows(shape: OrderShape, name: str, numbers: tuple[str, ...]) -> Function:
    """The kernel of a shape."""
    return RowEmitter(name, shape, numbers).function()


class BlockEmitter(OrderEmitter):
    """What kernels share whose blocks work on `shape.tile` elements of a row at a time."""

    def __init__(
        self,
        name: str,
        shape: OrderShape,
        numbers: Sequence[str],
        scratch: Sequence[tuple[str, Scalar]] = (),
    ) -> None:
        super().__init__(name, shape, numbers, scratch)
        self.counter = DigitCounter(self.b)

    def own_places(self) -> list[Value]:
        """Places of this thread's elements in the tile: a warp has neighbours side by side."""
        b, items = self.b, self.shape.items
        warp, lane = self.split(self.thread, WARP)
        start = b.plus(b.times(warp, b.constant(WARP * items)), lane)
        return [b.plus(start, b.constant(k * WARP)) for k in range(items)]

    def sorted(
        self, state: list[Value], words: Value, indices: Value, own: list[Value]
    ) -> tuple[list[Value], list[Value]]:
        """Words and indices of this thread's places, when the tile is in order.

        Args:
            state: Words, then indices as i32, of this thread's elements.
            words, indices: Shared memory for those of the tile.
            own: Of `own_places`.
        """
        b, items = self.b, self.shape.items
        with b.loop(b.constant(0), b.constant(self.shape.digits), carried=state) as loop:
            self.sort(loop.carried, loop.index, words, indices)
            loop.next = [b.load(words, place) for place in own]
            loop.next += [b.convert(b.load(indices, p), I32, signed=False) for p in own]
        return loop.results[:items], loop.results[items:]

    def sort(self, state: list[Value], number: Value, words: Value, indices: Value) -> None:
        """Moves words and indices to shared memory, in the order of a digit."""
        b, counter, items = self.b, self.counter, self.shape.items
        digits = [self.digit(word, number) for word in state[:items]]
        counter.clear()
        earlier = counter.count(digits)
        counter.begin()
        places = counter.places(digits, earlier)
        for place, word, index in zip(places, state[:items], state[items:]):
            b.store(word, words, place)
            b.store(b.convert(index, element(indices.type)), indices, place)
        b.barrier()


class RowEmitter(BlockEmitter):
    """Writes one kernel."""

    def function(self) -> Function:
        """The finished kernel."""
        b, n, shape = self.b, self.n, self.shape
        words, indices = b.shared(shape.tile, shape.word), b.shared(shape.tile, I16)
        own = self.own_places()
        with b.loop(b.block_id(), n["rows"], b.grid_dim()) as rows:
            start = b.times(rows.index, n["length"])
            wanted = self.wanted(rows.index)
            state = [self.word(start, place) for place in own]
            state += [b.convert(place, I32) for place in own]
            found = self.sorted(state, words, indices, own)
            for rank, word, index in zip(own, *found):
                here = b.branch(b.compare("slt", rank, n["length"]))
                with b.inside(here.then):
                    self.put(rows.index, wanted, rank, word, b.convert(index, INDEX))
                with b.inside(here.otherwise):
                    pass
        return b.finish()
