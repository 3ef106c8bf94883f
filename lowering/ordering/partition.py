"""Truth values in order: those that come first, then the others, each kind in the order in which
it stands. What a condition picks out of a row is the beginning of that order.

A first walk counts how many of each piece come first; from the counts follows where each piece
writes, and a second walk writes places. Rows are contiguous.
"""

from __future__ import annotations

from collections.abc import Callable

from ...ops.dtype import int64
from ..builder import Builder
from ..launch import Kernel, Launch, Number, Pointer, Schedule, Target, Temporary
from ..loops import I1, I8, I32, I64, INDEX, Function, Memref, Value, Vector
from .rows import arguments_of, key_of

PIECE = 1 << 15
"""Elements of a piece."""

BLOCK = 256
"""Elements whose places are gathered before they are written."""

STAGE = BLOCK + 16
"""Room for them: what is not chosen is written once more behind them."""


def partition_rows(
    count: int, length: int, kept: int, true_first: bool, target: Target
) -> Schedule:
    """The launches that write to `indices` the first `kept` places of the order of each row of
    `input`.

    Args:
        count, length: Of rows of truth values.
        kept: At most `length`.
        true_first: What holds comes before what does not.
        target: The machine.
    """
    pieces = -(-length // PIECE)
    begin = Kernel(key_of("begin_pieces", target), _begin)
    counting, writing = (
        Kernel(key_of(name, target, true_first), _build(name, true_first, target))
        for name in ("count_first", "write_places")
    )
    numbers = (length, pieces)
    launches = (
        Launch(counting, arguments_of(("input", "starts"), *numbers), count * pieces),
        Launch(begin, (Pointer("starts"), Number(pieces)), count),
        Launch(
            writing,
            arguments_of(("input", "starts", "stage", "indices"), *numbers, kept),
            count * pieces,
        ),
    )
    temporaries = (
        Temporary("starts", int64, count * (pieces + 1)),
        Temporary("stage", int64, count * pieces * STAGE),
    )
    return Schedule(launches, temporaries)


def _build(name: str, true_first: bool, target: Target) -> Callable[[], Function]:
    return lambda: getattr(_Partition(name, true_first, target), name)()


def _begin() -> Function:
    """The kernel that turns the counts of a row's pieces into where they begin; behind them stands
    how many there are."""
    b = Builder("begin_pieces")
    starts = b.argument(Memref(I64), "starts")
    pieces = b.argument(INDEX, "pieces")
    base = b.times(b.chunk, b.plus(pieces, b.constant(1)))
    with b.loop(b.constant(0), pieces, carried=[b.constant(0, I64)]) as loop:
        place = b.plus(base, loop.index)
        own = b.load(starts, place)
        b.store(loop.carried[0], starts, place)
        loop.next = [b.plus(loop.carried[0], own)]
    b.store(loop.results[0], starts, b.plus(base, pieces))
    return b.finish()


class _Partition:
    """Writes the kernels that walk over a piece of a row."""

    def __init__(self, name: str, true_first: bool, target: Target) -> None:
        self.true_first = true_first
        self.lanes = target.vector_bytes // 4
        self.b = b = Builder(name)
        self.source = b.argument(Memref(I8), "input")
        self.starts = b.argument(Memref(I64), "starts")

    def piece(self) -> None:
        """The row and the range of the chunk at hand."""
        b = self.b
        self.length, self.pieces = b.argument(INDEX, "length"), b.argument(INDEX, "pieces")
        self.row = b.add("arith.divui", [b.chunk, self.pieces], INDEX)
        number = b.minus(b.chunk, b.times(self.row, self.pieces))
        self.base = b.times(self.row, self.length)
        self.first = b.times(number, b.constant(PIECE))
        self.last = b.minimum_index(b.plus(self.first, b.constant(PIECE)), self.length)
        self.entry = b.plus(b.times(self.row, b.plus(self.pieces, b.constant(1))), number)

    def comes(self, place: Value, lanes: int, true: bool) -> Value:
        """Whether elements of the row are `true`."""
        b, at = self.b, self.b.plus(self.base, place)
        value = b.vector_load(self.source, at, lanes) if lanes else b.load(self.source, at)
        return b.compare("ne" if true else "eq", value, b.constant(0, value.type))

    def whole(self, first: Value, last: Value) -> Value:
        """Where the last whole vector of a range ends."""
        b, lanes = self.b, self.b.constant(self.lanes)
        count = b.add("arith.divui", [b.minus(last, first), lanes], INDEX)
        return b.plus(first, b.times(count, lanes))

    def count_first(self) -> Function:
        """How many elements of a piece come first."""
        self.piece()
        b, lanes = self.b, self.lanes
        middle = self.whole(self.first, self.last)
        with b.loop(self.first, middle, lanes, [b.constant(0, Vector(lanes, I32))]) as loop:
            chosen = b.convert(self.comes(loop.index, lanes, self.true_first), I32)
            loop.next = [b.plus(loop.carried[0], chosen)]
        count = b.convert(b.convert(b.reduction("add", loop.results[0]), I64), INDEX)
        with b.loop(middle, self.last, carried=[count]) as tail:
            chosen = b.convert(self.comes(tail.index, 0, self.true_first), INDEX)
            tail.next = [b.plus(tail.carried[0], chosen)]
        b.store(b.convert(tail.results[0], I64), self.starts, self.entry)
        return b.finish()

    def write_places(self) -> Function:
        """The places of a piece, as far as they are among those that are kept."""
        b = self.b
        self.stage = b.argument(Memref(I64), "stage")
        self.indices = b.argument(Memref(I64), "indices")
        self.piece()
        self.kept = b.argument(INDEX, "kept")
        start = b.convert(b.load(self.starts, self.entry), INDEX)
        self.walk(self.true_first, start)
        total_at = b.plus(b.times(self.row, b.plus(self.pieces, b.constant(1))), self.pieces)
        total = b.convert(b.load(self.starts, total_at), INDEX)
        others = b.branch(b.compare("slt", total, self.kept))
        with b.inside(others.then):
            self.walk(not self.true_first, b.plus(total, b.minus(self.first, start)))
        with b.inside(others.otherwise):
            pass
        return b.finish()

    def walk(self, true: bool, to: Value) -> None:
        """Writes the places of elements that are `true`, from `to` on."""
        b = self.b
        with b.loop(self.first, self.last, BLOCK, [to]) as blocks:
            stop = b.minimum_index(b.plus(blocks.index, b.constant(BLOCK)), self.last)
            some = b.branch(self.any_comes(blocks.index, stop, true), [INDEX])
            with b.inside(some.then) as yields:
                yields.append(self.block(blocks.index, stop, true, blocks.carried[0]))
            with b.inside(some.otherwise) as yields:
                yields.append(blocks.carried[0])
            blocks.next = some.results

    def any_comes(self, first: Value, last: Value, true: bool) -> Value:
        """Whether any element of a block is `true`."""
        b, lanes = self.b, self.lanes
        middle = self.whole(first, last)
        none = b.constant(False, Vector(lanes, I1))
        with b.loop(first, middle, lanes, [none]) as loop:
            found = self.comes(loop.index, lanes, true)
            loop.next = [b.add("arith.ori", [loop.carried[0], found], none.type)]
        with b.loop(middle, last, carried=[b.reduction("or", loop.results[0])]) as tail:
            found = self.comes(tail.index, 0, true)
            tail.next = [b.add("arith.ori", [tail.carried[0], found], I1)]
        return tail.results[0]

    def block(self, first: Value, last: Value, true: bool, to: Value) -> Value:
        """Writes the places of a block; where those of the next one go."""
        b = self.b
        stage = b.times(b.chunk, b.constant(STAGE))
        with b.loop(first, last, carried=[b.constant(0)]) as loop:
            b.store(b.convert(loop.index, I64), self.stage, b.plus(stage, loop.carried[0]))
            chosen = b.convert(self.comes(loop.index, 0, true), INDEX)
            loop.next = [b.plus(loop.carried[0], chosen)]
        count = loop.results[0]
        room = b.maximum_index(b.minus(self.kept, to), b.constant(0))
        target = b.plus(b.times(self.row, self.kept), to)
        with b.loop(b.constant(0), b.minimum_index(count, room)) as each:
            place = b.load(self.stage, b.plus(stage, each.index))
            b.store(place, self.indices, b.plus(target, each.index))
        return b.plus(to, count)
