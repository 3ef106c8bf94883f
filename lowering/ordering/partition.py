"""Truth values in order: those that come first, then the others, each kind in the order in which
it stands. What a condition picks out of a row is the beginning of that order.

A first walk counts how many of each piece come first; from the counts follows where each piece
writes, and a second walk writes places, or what stands at them in other rows. Rows are contiguous.
"""

from __future__ import annotations

from functools import partial

from ...ops.dtype import int64
from ..ir.builder import Builder
from ..ir.loops import I8, I32, I64, INDEX, Function, Memref, Scalar, Value, Vector
from ..launch import Kernel, Launch, Number, Pointer, Schedule, Target, Temporary
from .rows import Wanted, arguments_of, key_of
from .transfer import in_vectors

PIECE = 1 << 15
"""Elements of a piece."""

BLOCK = 256
"""Elements whose places are gathered before they are written."""

PLACES = Wanted(False)
"""Places, and no elements."""

STAGE = BLOCK + 16
"""Room for them: what is not chosen is written once more behind them."""


def partition_rows(
    count: int,
    length: int,
    kept: int,
    true_first: bool,
    target: Target,
    wanted: Wanted = PLACES,
    moved: Scalar | None = None,
) -> Schedule:
    """The launches that write the first `kept` places of the order of each row of `input`.

    Args:
        count, length: Of rows of truth values.
        kept: At most `length`.
        true_first: What holds comes before what does not.
        target: The machine.
        wanted: Places go to `indices`; elements of `source` at these places go to `values`.
        moved: Element type of the source.
    """
    pieces = -(-length // PIECE)
    begin = Kernel(key_of("begin_pieces", target), _begin)
    counting, writing = (
        Kernel(
            key_of(name, target, true_first, *more),
            partial(_build, name, true_first, target, *more),
        )
        for name, more in (("count_first", ()), ("write_places", (wanted, moved)))
    )
    numbers = (length, pieces)
    names = ["input", "starts", "stage"]
    names += ["indices"] * wanted.indices + ["source", "values"] * wanted.values
    launches = (
        Launch(counting, arguments_of(("input", "starts"), *numbers), count * pieces),
        Launch(begin, (Pointer("starts"), Number(pieces)), count),
        Launch(writing, arguments_of(names, *numbers, kept), count * pieces),
    )
    temporaries = (
        Temporary("starts", int64, count * (pieces + 1)),
        Temporary("stage", int64, count * pieces * STAGE),
    )
    return Schedule(launches, temporaries)


def _build(
    name: str,
    true_first: bool,
    target: Target,
    wanted: Wanted = PLACES,
    moved: Scalar | None = None,
) -> Function:
    found: Function = getattr(_Partition(name, true_first, target, wanted, moved), name)()
    return found


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

    def __init__(
        self, name: str, true_first: bool, target: Target, wanted: Wanted, moved: Scalar | None
    ) -> None:
        self.wanted, self.moved = wanted, moved
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
        b = self.b
        count = self.count(self.first, self.last, self.true_first)
        b.store(b.convert(count, I64), self.starts, self.entry)
        return b.finish()

    def count(self, first: Value, last: Value, true: bool) -> Value:
        """How many elements of a range are `true`."""
        b, lanes = self.b, self.lanes
        middle = self.whole(first, last)
        with b.loop(first, middle, lanes, [b.constant(0, Vector(lanes, I32))]) as loop:
            chosen = b.convert(self.comes(loop.index, lanes, true), I32)
            loop.next = [b.plus(loop.carried[0], chosen)]
        count = b.convert(b.convert(b.reduction("add", loop.results[0]), I64), INDEX)
        with b.loop(middle, last, carried=[count]) as tail:
            chosen = b.convert(self.comes(tail.index, 0, true), INDEX)
            tail.next = [b.plus(tail.carried[0], chosen)]
        return tail.results[0]

    def write_places(self) -> Function:
        """The places of a piece, as far as they are among those that are kept."""
        b = self.b
        self.stage = b.argument(Memref(I64), "stage")
        self.indices = b.argument(Memref(I64), "indices") if self.wanted.indices else None
        self.values = None
        if self.wanted.values:
            assert self.moved is not None
            memory = Memref(self.moved)
            self.values = (b.argument(memory, "source"), b.argument(memory, "values"))
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
            count = self.count(blocks.index, stop, true)
            room = b.maximum_index(b.minus(self.kept, blocks.carried[0]), b.constant(0))
            written = b.minimum_index(count, room)
            target = b.plus(b.times(self.row, self.kept), blocks.carried[0])
            whole = b.compare("eq", count, b.minus(stop, blocks.index))
            every = b.branch(whole)
            with b.inside(every.then):
                self.write_range(blocks.index, written, target)
            with b.inside(every.otherwise):
                some = b.branch(b.compare("ne", count, b.constant(0)))
                with b.inside(some.then):
                    self.write_some(blocks.index, stop, true, written, target)
                with b.inside(some.otherwise):
                    pass
            blocks.next = [b.plus(blocks.carried[0], count)]

    def write_range(self, first: Value, count: Value, to: Value) -> None:
        """Writes places that follow one another."""
        b, lanes = self.b, self.lanes

        def block(index: Value, mask: Value | None) -> None:
            place, target = b.plus(first, index), b.plus(to, index)
            if self.indices is not None:
                places = b.plus(b.broadcast(place, lanes), b.step(lanes))
                b.vector_store(b.convert(places, I64), self.indices, target, mask)
            if self.values is not None:
                source, values = self.values
                found = b.vector_load(source, b.plus(self.base, place), lanes, mask)
                b.vector_store(found, values, target, mask)

        in_vectors(b, count, lanes, block)

    def write_some(self, first: Value, last: Value, true: bool, count: Value, to: Value) -> None:
        """Writes the places of those elements of a block that are `true`."""
        b = self.b
        stage = b.times(b.chunk, b.constant(STAGE))
        with b.loop(first, last, carried=[b.constant(0)]) as loop:
            b.store(b.convert(loop.index, I64), self.stage, b.plus(stage, loop.carried[0]))
            chosen = b.convert(self.comes(loop.index, 0, true), INDEX)
            loop.next = [b.plus(loop.carried[0], chosen)]
        with b.loop(b.constant(0), count) as each:
            place, target = b.load(self.stage, b.plus(stage, each.index)), b.plus(to, each.index)
            if self.indices is not None:
                b.store(place, self.indices, target)
            if self.values is not None:
                source, values = self.values
                at = b.plus(self.base, b.convert(place, INDEX))
                b.store(b.load(source, at), values, target)
