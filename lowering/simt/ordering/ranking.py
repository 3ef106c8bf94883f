"""Short rows, each put in order by one warp: an element goes to where as many come before it.

Words go round the warp one after the other, and every thread compares them with its own.
"""

from __future__ import annotations

from ...ir.loops import I1, I32, Function, Value
from ...ir.thread_instructions import WARP
from .emit import OrderEmitter
from .shape import THREADS, OrderShape

WARPS = THREADS // WARP


def build_ranking(shape: OrderShape, name: str, numbers: tuple[str, ...]) -> Function:
    """The kernel of a shape."""
    return RankingEmitter(name, shape, numbers).function()


class RankingEmitter(OrderEmitter):
    """Writes one kernel."""

    def function(self) -> Function:
        """The finished kernel."""
        b, n = self.b, self.n
        warp, lane = self.split(self.thread, WARP)
        first = b.plus(b.times(b.block_id(), b.constant(WARPS)), warp)
        with b.loop(first, n["rows"], b.times(b.grid_dim(), b.constant(WARPS))) as loop:
            row = b.times(loop.index, n["length"])
            places = [b.plus(lane, b.constant(k * WARP)) for k in range(self.shape.items)]
            words = [self.word(row, place) for place in places]
            wanted = self.wanted(loop.index)
            ranks = self.ranks(words, places)
            for rank, word, place in zip(ranks, words, places):
                here = b.branch(b.compare("slt", place, n["length"]))
                with b.inside(here.then):
                    self.put(loop.index, wanted, rank, word, place)
                with b.inside(here.otherwise):
                    pass
        return b.finish()

    def ranks(self, words: list[Value], places: list[Value]) -> list[Value]:
        """How many elements of the row come before each of this thread's."""
        b = self.b
        ranks = [b.constant(0)] * len(words)
        for number, given in enumerate(words):
            start = b.constant(number * WARP)
            count = b.minimum_index(b.minus(self.n["length"], start), b.constant(WARP))
            with b.loop(b.constant(0), count, carried=ranks) as loop:
                theirs = b.exchange("idx", given, b.convert(loop.index, I32))
                where = b.plus(start, loop.index)
                for rank, word, place in zip(loop.carried, words, places):
                    tied = b.compare("eq", theirs, word)
                    earlier = self.both(tied, b.compare("slt", where, place))
                    before = b.add("arith.ori", [self.comes_before(theirs, word), earlier], I1)
                    one = b.plus(rank, b.constant(1))
                    loop.next.append(b.select(before, one, rank))
            ranks = loop.results
        return ranks
