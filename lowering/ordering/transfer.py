"""Elements into pairs, and pairs back into elements and places."""

from __future__ import annotations

from collections.abc import Callable

from ..ir.builder import Builder
from ..ir.loops import I1, I64, INDEX, Memref, Value, Vector
from .keys import from_key, is_lossy, to_key
from .pairs import Pairs, spread_places


def fill(
    b: Builder, source: Value, first: Value, place: Value, count: Value, pairs: Pairs, to: Value
) -> None:
    """Makes pairs of neighbouring elements.

    Args:
        b: Of the kernel.
        source: Memory of the elements.
        first: Of the elements.
        place: What counts as the place of the first.
        count: How many there are.
        pairs, to: Where they go.
    """
    elements, lanes = pairs.layout.elements, pairs.layout.lanes

    def block(index: Value, mask: Value | None) -> None:
        value = b.vector_load(source, b.plus(first, index), lanes, mask)
        places = spread_places(b, b.plus(place, index), lanes)
        words = pairs.join(to_key(b, elements, value), places)
        pairs.store_lanes(words, b.plus(to, index), mask)

    in_vectors(b, count, lanes, block)


def in_vectors(
    b: Builder, count: Value, lanes: int, block: Callable[[Value, Value | None], None]
) -> None:
    """Runs `block(index, mask)` for whole vectors, then for what is left."""
    whole = b.whole(count, lanes)
    with b.loop(b.constant(0), whole, lanes) as loop:
        block(loop.index, None)
    with b.loop(whole, count, lanes) as loop:
        block(loop.index, b.mask(b.minus(count, loop.index), lanes))


class Emptier:
    """Writes sorted pairs as elements and places.

    Args:
        b: Of the kernel.
        pairs: Where they are read.
        source: Memory of the elements that they stand for.
        values, indices: Whether these are wanted.
    """

    def __init__(
        self, b: Builder, pairs: Pairs, source: Value, values: bool, indices: bool
    ) -> None:
        self.b = b
        self.pairs = pairs
        self.source = source
        elements = pairs.layout.elements
        self.values = b.argument(Memref(elements.scalar), "values") if values else None
        self.indices = b.argument(Memref(I64), "indices") if indices else None

    def empty(self, start: Value, row: Value, count: Value, to: Value) -> None:
        """Writes pairs.

        Args:
            start: Of the pairs.
            row: Of the elements that places count from.
            count: How many pairs there are.
            to: Of the results.
        """
        b, lanes = self.b, self.pairs.layout.lanes

        def block(index: Value, mask: Value | None) -> None:
            words = self.pairs.load_lanes(b.plus(start, index))
            place = self.pairs.place(words)
            at = b.plus(to, index)
            if self.indices is not None:
                b.vector_store(place, self.indices, at, mask)
            if self.values is not None:
                b.vector_store(self.elements(words, place, row, mask), self.values, at, mask)

        in_vectors(b, count, lanes, block)

    def elements(self, words: list[Value], place: Value, row: Value, mask: Value | None) -> Value:
        """The elements of pairs; zeros and NaN, which keys do not tell apart, are read again."""
        b, lanes, elements = self.b, self.pairs.layout.lanes, self.pairs.layout.elements
        key = self.pairs.key(words)
        value = from_key(b, elements, key)
        lossy = is_lossy(b, elements, key)
        if lossy is None:
            return value
        if mask is not None:
            lossy = b.add("arith.andi", [lossy, mask], Vector(lanes, I1))
        some = b.branch(b.reduction("or", lossy), [value.type])
        with b.inside(some.then) as yields:
            read = b.gather(self.source, row, b.convert(place, INDEX), lossy)
            yields.append(b.select(lossy, read, value))
        with b.inside(some.otherwise) as yields:
            yields.append(value)
        return some.results[0]
