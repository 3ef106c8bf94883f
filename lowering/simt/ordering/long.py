"""Long rows sorted in tiles, a digit after the other.

For each digit the tiles count theirs; one block for each digit of a row adds up what the tiles
counted; then each tile sorts its elements by the digit in shared memory and moves them, so that
neighbours go to neighbouring places as far as they can. The first digit is taken from the elements
themselves, and the last one moves them to the results.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...ir.loops import I32, INDEX, Function, Scalar, Value
from .rows import BlockEmitter
from .shape import THREADS, OrderShape

NUMBERS = ("rows", "length", "tiles", "units", "digit")


def buffers(shape: OrderShape, *numbers: int | None) -> list[tuple[str, Scalar]]:
    """Memory for words and places, by the numbers of buffers; None is none."""
    kinds = (("words", shape.word), ("places", I32))
    used = [number for number in numbers if number is not None]
    return [(f"{what}{number}", kind) for number in used for what, kind in kinds]


class LongEmitter(BlockEmitter):
    """What the kernels for one digit share.

    Attributes:
        source: Number of the buffer that pairs come from; None for the elements themselves.
    """

    def __init__(
        self,
        name: str,
        shape: OrderShape,
        numbers: Sequence[str],
        scratch: Sequence[tuple[str, Scalar]],
        source: int | None,
    ) -> None:
        super().__init__(name, shape, numbers, scratch)
        self.source = source

    def tile_of(self, unit: Value) -> tuple[Value, Value, Value]:
        """Row and tile of a unit, and where the tile begins in the row."""
        row, tile = self.b.divided(unit, self.n["tiles"])
        return row, tile, self.b.times(tile, self.b.constant(self.shape.tile))

    def words(self, row: Value, first: Value) -> list[Value]:
        """Words of this thread's elements of a tile."""
        b, start = self.b, self.b.times(row, self.n["length"])
        places = [b.plus(first, place) for place in self.own_places()]
        if self.source is None:
            return [self.word(start, place) for place in places]
        return [self.kept("words", start, place, self.greatest) for place in places]

    def kept(self, what: str, start: Value, place: Value, otherwise: int) -> Value:
        """What a buffer holds for an element; something else beyond the end of the row."""
        b, memory = self.b, self.memory[f"{what}{self.source}"]
        type_ = self.shape.word if what == "words" else I32
        branch = b.branch(b.compare("slt", place, self.n["length"]), [type_])
        with b.inside(branch.then) as yields:
            yields.append(b.load(memory, b.plus(start, place)))
        with b.inside(branch.otherwise) as yields:
            yields.append(b.constant(otherwise, type_))
        return branch.results[0]

    def indices(self, row: Value, first: Value) -> list[Value]:
        """Places in the row of this thread's elements."""
        b = self.b
        places = [b.plus(first, place) for place in self.own_places()]
        if self.source is None:
            return [b.convert(place, I32) for place in places]
        start = b.times(row, self.n["length"])
        return [self.kept("places", start, place, 0) for place in places]

    def count_place(self, row: Value, digit: Value, tile: Value) -> Value:
        """Where the count of a digit in a tile lies."""
        b = self.b
        line = b.plus(b.times(row, b.constant(THREADS)), digit)
        return b.plus(b.times(line, self.n["tiles"]), tile)


def build_count(
    shape: OrderShape, name: str, numbers: tuple[str, ...], source: int | None
) -> Function:
    """The kernel that counts a digit in every tile."""
    kept = () if source is None else ((f"words{source}", shape.word),)
    emitter = LongEmitter(name, shape, numbers, (*kept, ("counts", I32)), source)
    b, n, counter = emitter.b, emitter.n, emitter.counter
    with b.loop(b.block_id(), n["units"], b.grid_dim()) as loop:
        row, tile, first = emitter.tile_of(loop.index)
        words = emitter.words(row, first)
        counter.clear()
        counter.count([emitter.digit(word, n["digit"]) for word in words])
        total = counter.total()[-1]
        # What lies beyond the end of the row was counted as the greatest digit.
        end = b.plus(first, b.constant(shape.tile))
        beyond = b.maximum_index(b.minus(end, n["length"]), b.constant(0))
        greatest = b.compare("eq", emitter.thread, b.constant(THREADS - 1))
        left_out = b.select(greatest, b.convert(beyond, I32), b.constant(0, I32))
        place = emitter.count_place(row, emitter.thread, tile)
        b.store(b.minus(total, left_out), emitter.memory["counts"], place)
        b.barrier()
    return b.finish()


def build_begin(shape: OrderShape, name: str, numbers: tuple[str, ...]) -> Function:
    """The kernel that turns the counts of a digit's tiles into sums of those before each."""
    emitter = LongEmitter(name, shape, numbers, (("counts", I32), ("totals", I32)), None)
    b, n, counts = emitter.b, emitter.n, emitter.memory["counts"]
    with b.loop(b.block_id(), n["units"], b.grid_dim()) as lines:
        start = b.times(lines.index, n["tiles"])
        zero = b.constant(0, I32)
        with b.loop(b.constant(0), n["tiles"], THREADS, [zero]) as loop:
            tile = b.plus(loop.index, emitter.thread)
            here = b.branch(b.compare("slt", tile, n["tiles"]), [I32])
            with b.inside(here.then) as yields:
                yields.append(b.load(counts, b.plus(start, tile)))
            with b.inside(here.otherwise) as yields:
                yields.append(zero)
            before, whole = emitter.counter.before(here.results[0])
            inside = b.branch(b.compare("slt", tile, n["tiles"]))
            with b.inside(inside.then):
                b.store(b.plus(loop.carried[0], before), counts, b.plus(start, tile))
            with b.inside(inside.otherwise):
                pass
            loop.next = [b.plus(loop.carried[0], whole)]
        first = b.branch(b.compare("eq", emitter.thread, b.constant(0)))
        with b.inside(first.then):
            b.store(loop.results[0], emitter.memory["totals"], lines.index)
        with b.inside(first.otherwise):
            pass
    return b.finish()


def build_move(
    shape: OrderShape, name: str, numbers: tuple[str, ...], source: int | None, target: int | None
) -> Function:
    """The kernel that moves the elements of every tile."""
    return MoveEmitter(name, shape, numbers, source, target).function()


class MoveEmitter(LongEmitter):
    """Writes the kernel that moves the elements of every tile.

    Attributes:
        target: Number of the buffer that pairs go to; None for the results.
    """

    def __init__(
        self, name: str, shape: OrderShape, numbers: Sequence[str], source: int | None,
        target: int | None,
    ) -> None:  # fmt: skip
        scratch = (*buffers(shape, source, target), ("counts", I32), ("totals", I32))
        super().__init__(name, shape, numbers, scratch, source)
        self.target = target

    def function(self) -> Function:
        """The finished kernel."""
        b, n, shape, counter = self.b, self.n, self.shape, self.counter
        words, places = b.shared(shape.tile, shape.word), b.shared(shape.tile, I32)
        starts = b.shared(THREADS, I32)
        with b.loop(b.block_id(), n["units"], b.grid_dim()) as loop:
            row, tile, first = self.tile_of(loop.index)
            wanted = self.wanted(row) if self.target is None else None
            state = self.words(row, first)
            digits = [self.digit(word, n["digit"]) for word in state]
            counter.clear()
            earlier = counter.count(digits)
            self.begin(row, tile, starts)
            found = counter.places(digits, earlier)
            for to, word, index in zip(found, state, self.indices(row, first)):
                b.store(word, words, to)
                b.store(index, places, to)
            b.barrier()
            left = b.minus(n["length"], first)
            for item in range(shape.items):
                rank = b.plus(self.thread, b.constant(item * THREADS))
                here = b.branch(b.compare("slt", rank, left))
                with b.inside(here.then):
                    self.move(row, wanted, rank, b.load(words, rank), b.load(places, rank), starts)
                with b.inside(here.otherwise):
                    pass
        return b.finish()

    def begin(self, row: Value, tile: Value, starts: Value) -> None:
        """How far behind its place in the tile each digit goes in the row; all threads meet."""
        b, counter = self.b, self.counter
        own = counter.begin()
        total = b.load(
            self.memory["totals"], b.plus(b.times(row, b.constant(THREADS)), self.thread)
        )
        before, _ = counter.before(total)
        tiles = b.load(self.memory["counts"], self.count_place(row, self.thread, tile))
        b.store(b.minus(b.plus(before, tiles), own), starts, self.thread)

    def move(
        self, row: Value, wanted: Value | None, rank: Value, word: Value, place: Value,
        starts: Value,
    ) -> None:  # fmt: skip
        """Moves one element from its place in the tile to that in the row."""
        b = self.b
        digit = b.convert(self.digit(word, self.n["digit"]), INDEX)
        to = b.plus(rank, b.convert(b.load(starts, digit), INDEX))
        if self.target is None:
            self.put(row, wanted, to, word, b.convert(place, INDEX))
            return
        at = b.plus(b.times(row, self.n["length"]), to)
        b.store(word, self.memory[f"words{self.target}"], at)
        b.store(place, self.memory[f"places{self.target}"], at)
