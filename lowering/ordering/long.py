"""A few long rows sorted together by all threads, in fixed pieces.

For each digit the pieces count theirs, one walk over all counts tells where each piece puts each
digit, and the pieces move their pairs there: the order is that of one long sort by digits. A digit
that all keys of a row share is left out; whether pairs lie in the first or second buffer before
digit d is kept in `turns[row][d]`.
"""

from __future__ import annotations

from ...ops.dtype import int32, int64
from ..ir.builder import Builder
from ..ir.loops import I32, I64, INDEX, Function, Memref, Value
from ..launch import Kernel, Launch, Schedule, Target, Temporary
from .keys import Elements
from .pairs import SLACK, Layout, Pairs
from .rows import Wanted, arguments_of, key_of, layout_of
from .sorting import DIGITS, Sorter
from .transfer import Emptier, fill

PIECE = 1 << 16
"""Elements of a piece."""

FEW_ROWS = 8
"""Rows up to this many are sorted together if each has more than a piece."""


def sort_long(
    elements: Elements, rows: int, length: int, kept: int, wanted: Wanted, target: Target
) -> Schedule:
    """The launches that sort rows of `input` to `values` and `indices`; see `sort_rows`."""
    layout = layout_of(elements, target)
    pieces, digits = -(-length // PIECE), elements.width // 8
    room = length + SLACK
    numbers = (length, kept, pieces, room)
    launches = [_launch("fill", layout, wanted, target, numbers, 0, rows * pieces)]
    for digit in range(digits):
        if digit:
            launches.append(_launch("count", layout, wanted, target, numbers, digit, rows * pieces))
        launches.append(_launch("begin", layout, wanted, target, numbers, digit, rows))
        launches.append(_launch("move", layout, wanted, target, numbers, digit, rows * pieces))
    launches.append(_launch("empty", layout, wanted, target, numbers, digits, rows * pieces))
    return Schedule(
        tuple(launches),
        (
            Temporary("pairs", int64, rows * 2 * layout.planes * room),
            Temporary("counts", int32, rows * pieces * DIGITS),
            Temporary("turns", int64, rows * (digits + 1)),
        ),
    )


def _launch(
    part: str,
    layout: Layout,
    wanted: Wanted,
    target: Target,
    numbers: tuple[int, ...],
    digit: int,
    chunks: int,
) -> Launch:
    """One part of the work; its kernel is made for one digit, which is part of its structure."""
    names = ["input", "pairs", "counts", "turns"]
    if part == "empty":
        names += ["values"] * wanted.values + ["indices"] * wanted.indices
    else:
        wanted = Wanted(False, False)
    key = key_of(f"sort_{part}", target, layout, wanted, digit)
    kernel = Kernel(key, lambda: _LongSort(layout, wanted, part, digit).function())
    return Launch(kernel, arguments_of(names, *numbers), chunks)


class _LongSort:
    """Writes one part of the work on a piece, or on a row."""

    def __init__(self, layout: Layout, wanted: Wanted, part: str, digit: int) -> None:
        self.part = part
        self.digit = digit
        self.digits = layout.elements.width // 8
        b = self.b = Builder(f"sort_{part}_{digit}")
        self.source = b.argument(Memref(layout.elements.scalar), "input")
        self.pairs = Pairs(b, layout)
        self.sorter = Sorter(b, self.pairs)
        self.turns = b.argument(Memref(I64), "turns")
        self.emptier = Emptier(b, self.pairs, self.source, wanted.values, wanted.indices)
        self.length, self.kept, self.pieces, self.room = (
            b.argument(INDEX, name) for name in ("length", "kept", "pieces", "room")
        )
        self.pairs.plane = b.times(self.room, b.constant(2))

    def function(self) -> Function:
        """The kernel."""
        b = self.b
        if self.part == "begin":
            self.begin(b.chunk)
            return b.finish()
        row = b.add("arith.divui", [b.chunk, self.pieces], INDEX)
        piece = b.minus(b.chunk, b.times(row, self.pieces))
        first = b.times(piece, b.constant(PIECE))
        last = b.minimum_index(b.plus(first, b.constant(PIECE)), self.length)
        bins = b.times(b.chunk, b.constant(DIGITS))
        work = {"fill": self.fill, "count": self.count, "move": self.move, "empty": self.empty}
        work[self.part](row, first, b.minus(last, first), bins)
        return b.finish()

    def buffer(self, row: Value, turn: Value) -> Value:
        """Where the pairs of a row lie: in its first buffer, or in its second."""
        b = self.b
        start = b.times(row, b.times(self.pairs.plane, b.constant(self.pairs.planes)))
        return b.plus(start, b.times(turn, self.room))

    def turn(self, row: Value, digit: int) -> Value:
        """Which buffer holds the pairs of a row before a digit is sorted."""
        b = self.b
        place = b.plus(b.times(row, b.constant(self.digits + 1)), b.constant(digit))
        return b.convert(b.load(self.turns, place), INDEX)

    def set_turn(self, row: Value, digit: int, turn: Value) -> None:
        """Notes where the pairs lie before a digit is sorted."""
        b = self.b
        place = b.plus(b.times(row, b.constant(self.digits + 1)), b.constant(digit))
        b.store(b.convert(turn, I64), self.turns, place)

    # -- parts -------------------------------------------------------------------------------------

    def fill(self, row: Value, first: Value, count: Value, bins: Value) -> None:
        """Makes the pairs of a piece, and counts their first digit."""
        b = self.b
        start = b.plus(self.buffer(row, b.constant(0)), first)
        base = b.plus(b.times(row, self.length), first)
        fill(b, self.source, base, first, count, self.pairs, start)
        self.tally(start, count, bins)
        own = b.branch(b.compare("eq", first, b.constant(0)))
        with b.inside(own.then):
            self.set_turn(row, 0, b.constant(0))
        with b.inside(own.otherwise):
            pass

    def count(self, row: Value, first: Value, count: Value, bins: Value) -> None:
        """Counts a digit in a piece."""
        start = self.b.plus(self.buffer(row, self.turn(row, self.digit)), first)
        self.tally(start, count, bins)

    def tally(self, start: Value, count: Value, bins: Value) -> None:
        """The counts of a digit."""
        b = self.b
        self.sorter.clear(bins, DIGITS)
        with b.loop(b.constant(0), count) as loop:
            word = b.load(self.pairs.memory, b.plus(start, loop.index))
            self.sorter.tick(b.plus(bins, self.pairs.digit(word, self.digit)))

    def begin(self, row: Value) -> None:
        """Turns the counts of all pieces into where they put each digit."""
        b, counts = self.b, self.sorter.counts
        bins = b.times(row, b.times(self.pieces, b.constant(DIGITS)))
        length = b.convert(b.convert(self.length, I64), I32)
        start = [b.constant(0, I32), b.constant(0, I32)]
        with b.loop(b.constant(0), b.constant(DIGITS), carried=start) as digit:
            place = b.plus(bins, digit.index)
            with b.loop(b.constant(0), self.pieces, carried=[digit.carried[0]]) as piece:
                at = b.plus(place, b.times(piece.index, b.constant(DIGITS)))
                own = b.load(counts, at)
                b.store(piece.carried[0], counts, at)
                piece.next = [b.plus(piece.carried[0], own)]
            total = b.minus(piece.results[0], digit.carried[0])
            shared = b.convert(b.compare("eq", total, length), I32)
            digit.next = [piece.results[0], b.plus(digit.carried[1], shared)]
        shared = b.convert(b.convert(digit.results[1], I64), INDEX)
        turn = self.turn(row, self.digit)
        moved = b.minus(b.constant(1), shared)
        self.set_turn(row, self.digit + 1, b.add("arith.xori", [turn, moved], INDEX))

    def move(self, row: Value, first: Value, count: Value, bins: Value) -> None:
        """Moves the pairs of a piece to the other buffer, if that is their turn."""
        b = self.b
        before, after = self.turn(row, self.digit), self.turn(row, self.digit + 1)
        moves = b.branch(b.compare("ne", before, after))
        with b.inside(moves.then):
            source = b.plus(self.buffer(row, before), first)
            self.sorter.move(source, self.buffer(row, after), count, bins, self.digit)
        with b.inside(moves.otherwise):
            pass

    def empty(self, row: Value, first: Value, count: Value, bins: Value) -> None:
        """Writes the results of a piece."""
        b = self.b
        start = b.plus(self.buffer(row, self.turn(row, self.digit)), first)
        left = b.maximum_index(b.minus(self.kept, first), b.constant(0))
        to = b.plus(b.times(row, self.kept), first)
        base = b.times(row, self.length)
        self.emptier.empty(start, base, b.minimum_index(count, left), to)
