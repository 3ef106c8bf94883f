"""Pairs in scratch memory brought into the order of their keys; equal keys keep their order.

Few pairs are ranked: each goes to where as many come before it. More are sorted by one digit of
eight bits after the other, the lowest first; a digit that all keys share is left out.
"""

from __future__ import annotations

from ..ir.builder import Builder
from ..ir.loops import I1, I32, I64, INDEX, Memref, Value, Vector
from .pairs import Pairs, spread_places

FEW = {1: 160, 2: 96}
"""Pairs up to this many are ranked, by the words of a pair: some n * n / 4 comparisons, against a
walk over 256 counts for each digit."""

RANKED = 4
"""Vectors of pairs that are ranked at a time."""

DIGITS = 256


class Sorter:
    """Writes the sorting of pairs in one buffer of scratch memory, by way of another one.

    Args:
        b: Of the kernel.
        pairs: The scratch memory.
        name: Of the argument for counts.
    """

    def __init__(self, b: Builder, pairs: Pairs, name: str = "counts") -> None:
        self.b = b
        self.pairs = pairs
        self.counts = b.argument(Memref(I32), name)

    @property
    def digits(self) -> int:
        """Digits of a key."""
        return self.pairs.layout.elements.width // 8

    def sort(self, source: Value, target: Value, count: Value, first: Value) -> Value:
        """Where the sorted pairs lie: `source` or `target`.

        Args:
            source: Of the pairs.
            target: Of a buffer as large.
            count: How many there are, at least one.
            first: Of 256 counts for each digit.
        """
        b = self.b
        few = b.branch(b.compare("sle", count, b.constant(FEW[self.pairs.planes])), [INDEX])
        with b.inside(few.then) as yields:
            self.rank(source, target, count)
            yields.append(target)
        with b.inside(few.otherwise) as yields:
            yields.append(self.by_digits(source, target, count, first))
        return few.results[0]

    # -- few ---------------------------------------------------------------------------------------

    def rank(self, source: Value, target: Value, count: Value) -> None:
        """Moves each pair to where as many pairs come before it."""
        b, lanes = self.b, self.pairs.layout.lanes
        with b.loop(b.constant(0), count, RANKED * lanes) as block:
            firsts = [b.plus(block.index, b.constant(k * lanes)) for k in range(RANKED)]
            mine = [self.pairs.load_lanes(b.plus(source, first)) for first in firsts]
            start = [b.constant(0, Vector(lanes, I64))] * RANKED
            with b.loop(b.constant(0), count, carried=start) as other:
                word = b.load(self.pairs.memory, b.plus(source, other.index))
                theirs = b.broadcast(word, lanes)
                for first, words, rank in zip(firsts, mine, other.carried):
                    before = self.comes_before(other.index, theirs, first, words[0])
                    other.next.append(b.plus(rank, b.convert(before, I64)))
            for first, words, rank in zip(firsts, mine, other.results):
                mask = b.mask(b.minus(count, first), lanes)
                self.pairs.scatter(words, target, b.convert(rank, INDEX), mask)

    def comes_before(self, other: Value, theirs: Value, first: Value, mine: Value) -> Value:
        """For each lane whether another pair comes before it."""
        b, lanes = self.b, self.pairs.layout.lanes
        less = b.compare("slt", theirs, mine)
        if self.pairs.planes == 1:  # words differ in their places
            return less
        same = b.compare("eq", theirs, mine)
        places = spread_places(b, first, lanes)
        earlier = b.compare("slt", b.broadcast(b.convert(other, I64), lanes), places)
        tie = b.add("arith.andi", [same, earlier], Vector(lanes, I1))
        return b.add("arith.ori", [less, tie], Vector(lanes, I1))

    # -- many --------------------------------------------------------------------------------------

    def by_digits(self, source: Value, target: Value, count: Value, first: Value) -> Value:
        """Sorts by all digits; where the pairs lie then."""
        b = self.b
        self.clear(first, self.digits * DIGITS)
        with b.loop(b.constant(0), count) as loop:
            word = b.load(self.pairs.memory, b.plus(source, loop.index))
            for digit in range(self.digits):
                self.tick(b.plus(self.bins(first, digit), self.pairs.digit(word, digit)))
        total = b.convert(b.convert(count, I64), I32)
        for digit in range(self.digits):
            bins = self.bins(first, digit)
            word = b.load(self.pairs.memory, source)
            own = b.load(self.counts, b.plus(bins, self.pairs.digit(word, digit)))
            shared = b.branch(b.compare("eq", own, total), [INDEX, INDEX])
            with b.inside(shared.then) as yields:
                yields += [source, target]
            with b.inside(shared.otherwise) as yields:
                self.begin(bins)
                self.move(source, target, count, bins, digit)
                yields += [target, source]
            source, target = shared.results
        return source

    def bins(self, first: Value, digit: int) -> Value:
        """Where the counts of a digit lie."""
        return self.b.plus(first, self.b.constant(digit * DIGITS))

    def clear(self, first: Value, count: int) -> None:
        """Sets counts to zero."""
        b, lanes = self.b, 2 * self.pairs.layout.lanes
        zero = b.constant(0, Vector(lanes, I32))
        with b.loop(b.constant(0), b.constant(count), lanes) as loop:
            b.vector_store(zero, self.counts, b.plus(first, loop.index))

    def tick(self, place: Value) -> Value:
        """Adds one to a count; what it was."""
        b = self.b
        before = b.load(self.counts, place)
        b.store(b.plus(before, b.constant(1, I32)), self.counts, place)
        return before

    def begin(self, bins: Value) -> None:
        """Turns counts into where each digit begins."""
        b = self.b
        with b.loop(b.constant(0), b.constant(DIGITS), carried=[b.constant(0, I32)]) as loop:
            place = b.plus(bins, loop.index)
            own = b.load(self.counts, place)
            b.store(loop.carried[0], self.counts, place)
            loop.next = [b.plus(loop.carried[0], own)]

    def move(self, source: Value, target: Value, count: Value, bins: Value, digit: int) -> None:
        """Moves pairs to where their digit begins, in order."""
        b = self.b
        with b.loop(b.constant(0), count) as loop:
            words = self.pairs.load(b.plus(source, loop.index))
            place = self.tick(b.plus(bins, self.pairs.digit(words[0], digit)))
            to = b.convert(b.add("arith.extui", [place], I64), INDEX)
            self.pairs.store(words, b.plus(target, to))
