"""Rows added or put at places that a list names, shared among chunks by the place.

Two elements of the list may name one place, so that chunks cannot share the list itself. Every
chunk reads all of it and keeps the elements whose places are its own; the order in which a place is
written is that of the list, for any number of chunks and threads. Whole rows are worked on, where
cutting their columns would visit each row once for every chunk.
"""

from __future__ import annotations

from ..ir.loops import I64, INDEX, Value
from .element import ElementEmitter
from .fetching import NAMED_AHEAD
from .loops import Body

LISTED = 2048
"""Elements of the list that are looked at before those that were kept are worked on."""

SPREAD, HALF = 0x9E3779B1, 32
"""A factor that spreads places of any pattern over 32 bits (Knuth 1973, 6.4: multiplicative
hashing), and that many bits: neighbours and multiples of a number have different owners."""


class OwnedEmitter(ElementEmitter):
    """The part of a nest's emitter that shares elements by where they are put."""

    owner: Value | None = None  # the number of this unit's part

    def walk_owned(self, owners: int, lane: Value, body: Body) -> None:
        """Runs the body for each element whose place belongs to this unit, in order.

        Args:
            owners: Slot of the number of parts.
            lane: Where the rows of this unit begin.
            body: The work for the element at hand over all rows; it carries nothing.
        """
        b, e = self.b, self.e
        (name,) = self.shape.inner
        kept = b.own(LISTED, I64)
        first, last = self.bounds(name)
        with b.loop(first, last, LISTED) as some:
            stop = b.minimum_index(b.plus(some.index, b.constant(LISTED)), last)
            with b.loop(some.index, stop, carried=[b.constant(0)]) as loop:
                (count,) = loop.carried
                e.point[name] = loop.index
                e.scopes.append({})
                b.store(b.convert(loop.index, I64), kept, count)
                mine = b.compare("eq", self._owner_of_place(owners), self._own())
                loop.next = [b.plus(count, b.convert(mine, INDEX))]
                e.scopes.pop()
            (count,) = loop.results
            end = b.minus(count, b.constant(1))
            with b.loop(b.constant(0), count) as each:
                later = b.minimum_index(b.plus(each.index, b.constant(NAMED_AHEAD)), end)
                e.point[name] = b.convert(b.load(kept, each.index), INDEX)
                e.scopes.append({})
                self.fetch_later(lane, b.convert(b.load(kept, later), INDEX), skipping=True)
                body([])
                e.scopes.pop()

    def _own(self) -> Value:
        assert self.owner is not None
        return self.owner

    def _owner_of_place(self, owners: int) -> Value:
        """The part to which the place of the element at hand belongs."""
        b = self.b
        access, computed = next((a, c) for _, a in self.shape.writes for c in a.computed)
        mask = b.constant((1 << HALF) - 1)
        spread = b.times(self.e.place(access, computed, None), b.constant(SPREAD))
        spread = b.times(b.add("arith.andi", [spread, mask], INDEX), self.numbers[owners])
        return b.add("arith.shrui", [spread, b.constant(HALF)], INDEX)
