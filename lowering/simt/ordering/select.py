"""One place in the order of a long row, without putting the row in order.

From the highest digit down, elements that have the digits found so far are counted by their next
one; the counts tell which digit the wanted place falls into, and which place it is among those that
have it. When all digits are known, so is the word; of the elements that have it, the one that is
wanted is found where they lie. A row is read once for each digit, and nothing is moved.

Source:
    Alabi, Blanchard, Gordon and Steinbach 2012, doi:10.1145/2133803.2345676 (radix select on GPUs).
"""

from __future__ import annotations

from collections.abc import Sequence

from ...ir.loops import I32, INDEX, Function, Value
from .rows import BlockEmitter
from .shape import DIGIT_BITS, THREADS, OrderShape

NUMBERS = ("rows", "length", "pieces", "units", "each", "digit")
"""`each` counts the elements of a piece, whole tiles; `units` the pieces of all rows."""

SCRATCH = ("known", "rank", "counts")
"""For each row the word as far as it is known and the place among those that have it; for each
piece of it how many of them have which digit."""


def build_tally(shape: OrderShape, name: str, numbers: tuple[str, ...], first: bool) -> Function:
    """The kernel that counts a digit in every piece; `first`: nothing is known yet."""
    return SelectEmitter(name, shape, numbers, first).tally()


def build_choose(shape: OrderShape, name: str, numbers: tuple[str, ...], first: bool) -> Function:
    """The kernel that finds one digit more of every row's word."""
    return SelectEmitter(name, shape, numbers, first).choose()


def build_find(shape: OrderShape, name: str, numbers: tuple[str, ...]) -> Function:
    """The kernel that finds the element, when its word is known."""
    return SelectEmitter(name, shape, numbers, False).find()


class SelectEmitter(BlockEmitter):
    """Writes one kernel.

    Attributes:
        first: Nothing is known of any word yet.
    """

    def __init__(self, name: str, shape: OrderShape, numbers: Sequence[str], first: bool) -> None:
        super().__init__(name, shape, numbers, tuple(zip(SCRATCH, (shape.word, I32, I32))))
        self.first = first

    def tally(self) -> Function:
        """The kernel that counts a digit in every piece."""
        b, n, counter = self.b, self.n, self.counter
        with b.loop(b.block_id(), n["units"], b.grid_dim()) as loop:
            row, piece = self.b.divided(loop.index, n["pieces"])
            start = b.times(row, n["length"])
            counter.clear()
            with b.loop(*self.bounds(piece), self.shape.tile) as tiles:
                places = [b.plus(tiles.index, place) for place in self.own_places()]
                words = [self.word(start, place) for place in places]
                counter.count(
                    [self.digit(word, n["digit"]) for word in words],
                    [self.is_asked(row, word, place) for word, place in zip(words, places)],
                )
            self.store_count(loop.index, counter.total()[-1])
            b.barrier()  # before counts are cleared again
        return b.finish()

    def bounds(self, piece: Value) -> tuple[Value, Value]:
        """Where a piece begins in its row, and where it ends."""
        b, n = self.b, self.n
        begin = b.times(piece, n["each"])
        return begin, b.minimum_index(b.plus(begin, n["each"]), n["length"])

    def is_asked(self, row: Value, word: Value, place: Value) -> Value:
        """Whether an element exists, and has all digits that are known."""
        b = self.b
        exists = b.compare("slt", place, self.n["length"])
        if self.first:
            return exists
        known = b.load(self.memory["known"], row)
        return self.both(exists, b.compare("eq", self.above(word), self.above(known)))

    def above(self, word: Value) -> Value:
        """The digits of a word above the one at hand."""
        b = self.b
        number = b.plus(self.n["digit"], b.constant(1))
        shift = b.convert(b.times(number, b.constant(DIGIT_BITS)), self.shape.word)
        return b.add("arith.shrui", [word, shift], word.type)

    def store_count(self, unit: Value, count: Value) -> None:
        """Keeps how often the digit that is this thread's number is in a piece."""
        b = self.b
        place = b.plus(b.times(unit, b.constant(THREADS)), self.thread)
        b.store(count, self.memory["counts"], place)

    def counts_of(self, row: Value, digit: Value) -> Value:
        """Where the count of a digit in the first piece of a row lies; others lie 256 apart."""
        b = self.b
        line = b.times(b.times(row, self.n["pieces"]), b.constant(THREADS))
        return b.plus(line, digit)

    def choose(self) -> Function:
        """The kernel that finds one digit more of every row's word."""
        b, n, memory, word = self.b, self.n, self.memory, self.shape.word
        with b.loop(b.block_id(), n["rows"], b.grid_dim()) as rows:
            row = rows.index
            wanted = self.wanted(row) if self.first else None
            rank = b.load(memory["rank"], row) if wanted is None else b.convert(wanted, I32)
            known = b.constant(0, word) if self.first else b.load(memory["known"], row)
            line = self.counts_of(row, self.thread)
            zero = b.constant(0, I32)
            with b.loop(b.constant(0), n["pieces"], carried=[zero], unroll=8) as loop:
                place = b.plus(line, b.times(loop.index, b.constant(THREADS)))
                loop.next = [b.plus(loop.carried[0], b.load(memory["counts"], place))]
            total = loop.results[0]
            before, _ = self.counter.before(total)
            above = b.compare("sge", rank, before)
            branch = b.branch(self.both(above, b.compare("slt", rank, b.plus(before, total))))
            with b.inside(branch.then):
                shift = b.convert(b.times(n["digit"], b.constant(DIGIT_BITS)), word)
                digit = b.add("arith.shli", [b.convert(self.thread, word), shift], word)
                b.store(b.minus(rank, before), memory["rank"], row)
                b.store(b.add("arith.ori", [known, digit], word), memory["known"], row)
            with b.inside(branch.otherwise):
                pass
        return b.finish()

    def find(self) -> Function:
        """The kernel that finds the element, when its word is known."""
        b, n, memory = self.b, self.n, self.memory
        with b.loop(b.block_id(), n["rows"], b.grid_dim()) as rows:
            row = rows.index
            rank, word = b.load(memory["rank"], row), b.load(memory["known"], row)
            piece, before = self.piece_of(row, rank, word)
            start = b.times(row, n["length"])
            first = b.times(self.thread, b.constant(self.shape.items))
            with b.loop(*self.bounds(piece), self.shape.tile, [before]) as tiles:
                begin = b.plus(tiles.index, first)
                places = [b.plus(begin, b.constant(k)) for k in range(self.shape.items)]
                alike = [self.has(start, place, word) for place in places]
                counts = [b.convert(each, I32) for each in alike]
                own = counts[0]
                for count in counts[1:]:
                    own = b.plus(own, count)
                earlier, whole = self.counter.before(own)
                here = b.plus(tiles.carried[0], earlier)
                for place, each, count in zip(places, alike, counts):
                    branch = b.branch(each)
                    with b.inside(branch.then):
                        found, wanted = b.convert(here, INDEX), b.convert(rank, INDEX)
                        self.put(row, wanted, found, word, place)
                    with b.inside(branch.otherwise):
                        pass
                    here = b.plus(here, count)
                tiles.next = [b.plus(tiles.carried[0], whole)]
        return b.finish()

    def has(self, start: Value, place: Value, word: Value) -> Value:
        """Whether there is an element at a place of a row, and it has a word."""
        b = self.b
        exists = b.compare("slt", place, self.n["length"])
        return self.both(exists, b.compare("eq", self.word(start, place), word))

    def piece_of(self, row: Value, rank: Value, word: Value) -> tuple[Value, Value]:
        """The piece that holds the element, and how many with its word lie in those before."""
        b, zero = self.b, self.b.constant(0, I32)
        digit = b.convert(self.digit(word, b.constant(0)), INDEX)
        line = self.counts_of(row, digit)
        carried = [zero, b.constant(0), zero]
        with b.loop(b.constant(0), self.n["pieces"], carried=carried, unroll=8) as loop:
            seen, piece, before = loop.carried
            place = b.plus(line, b.times(loop.index, b.constant(THREADS)))
            count = b.load(self.memory["counts"], place)
            after = b.plus(seen, count)
            inside = self.both(b.compare("sge", rank, seen), b.compare("slt", rank, after))
            found = b.select(inside, loop.index, piece), b.select(inside, seen, before)
            loop.next = [after, *found]
        return loop.results[1], loop.results[2]
