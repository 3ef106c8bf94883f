"""The first few elements of rows in order, without sorting the rows.

A buffer is filled from the front of a row and sorted; from then on only elements that come before
the last of the first k go into it. When it is full it is sorted again. Equal elements keep their
order, since later ones never displace earlier ones. A long row is done in fixed pieces, whose first
few are then sorted together.
"""

from __future__ import annotations

from ...ops.dtype import int32, int64
from ..ir.builder import Builder
from ..ir.loops import I64, INDEX, Function, Memref, Value
from ..launch import Kernel, Launch, Schedule, Target, Temporary
from .keys import Elements, to_key
from .pairs import SLACK, Layout, Pairs
from .rows import Wanted, arguments_of, grain_of, key_of, layout_of
from .sorting import DIGITS, Sorter
from .transfer import Emptier, fill

PIECE = 1 << 15
"""Elements of a piece of a long row."""

FEW_ROWS = 16
"""Rows up to this many are cut into pieces if they are long."""


def room_for(k: int) -> int:
    """Pairs that a buffer holds, so that it is seldom sorted and cheap to sort."""
    return max(8 * k, 48)


def is_few(length: int, k: int) -> bool:
    """Whether taking the first k is cheaper than sorting the row."""
    return k > 0 and room_for(k) < length


def first_of_rows(
    elements: Elements, rows: int, length: int, k: int, wanted: Wanted, target: Target
) -> Schedule:
    """The launches that write the first k of each row of `input` to `values` and `indices`.

    Args:
        elements: What is sorted, and which way.
        rows, length: Of the input, which is contiguous.
        k: At least 1; `is_few` holds.
        wanted: Which results.
        target: The machine.
    """
    layout = layout_of(elements, target)
    cut = rows <= FEW_ROWS and is_few(PIECE, 4 * k) and length > PIECE
    pieces = -(-length // PIECE) if cut else 1
    units = rows * pieces
    grain = 1 if cut else grain_of(rows, length)
    chunks = -(-units // grain)
    room = room_for(k) + SLACK
    numbers = (units, length, pieces, k, grain, room)
    counts = DIGITS * elements.width // 8
    memory = [
        Temporary("pairs", int64, chunks * 2 * layout.planes * room),
        Temporary("counts", int32, max(chunks, rows) * counts),
    ]
    results = ("values",) * wanted.values + ("indices",) * wanted.indices
    if not cut:
        launch = _launch("rows", layout, wanted, target, ("pairs", *results), numbers, chunks)
        return Schedule((launch,), tuple(memory))
    gathered = pieces * k + SLACK
    memory.append(Temporary("firsts", int64, rows * 2 * layout.planes * gathered))
    wider = (*numbers, gathered)
    none = Wanted(False, False)
    pieces_launch = _launch("pieces", layout, none, target, ("pairs", "firsts"), wider, chunks)
    merge_launch = _launch("merge", layout, wanted, target, ("firsts", *results), wider, rows)
    return Schedule((pieces_launch, merge_launch), tuple(memory))


def _launch(
    part: str,
    layout: Layout,
    wanted: Wanted,
    target: Target,
    names: tuple[str, ...],
    numbers: tuple[int, ...],
    chunks: int,
) -> Launch:
    """One part of the work."""
    pairs, *rest = names
    arguments = arguments_of(("input", pairs, "counts", *rest), *numbers)
    key = key_of(f"first_of_{part}", target, layout, wanted)
    kernel = Kernel(key, lambda: _First(layout, part, wanted).function())
    return Launch(kernel, arguments, chunks)


class _First:
    """Writes the kernel that takes the first few of rows or pieces, or merges those of pieces."""

    def __init__(self, layout: Layout, part: str, wanted: Wanted) -> None:
        self.part = part
        self.elements = layout.elements
        self.lanes = 4 * layout.lanes * 16 // max(layout.elements.width, 16)
        b = self.b = Builder(f"first_of_{part}")
        self.source = b.argument(Memref(layout.elements.scalar), "input")
        self.pairs = Pairs(b, layout)
        self.sorter = Sorter(b, self.pairs)
        self.firsts = Pairs(b, layout, "firsts") if part == "pieces" else None
        self.emptier = Emptier(b, self.pairs, self.source, wanted.values, wanted.indices)
        names = ["units", "length", "pieces", "k", "grain", "room"]
        names += ["gathered"] if part != "rows" else []
        self.n = {name: b.argument(INDEX, name) for name in names}
        room = self.n["gathered"] if part == "merge" else self.n["room"]
        self.pairs.plane = b.times(room, b.constant(2))
        if self.firsts is not None:
            self.firsts.plane = b.times(self.n["gathered"], b.constant(2))
        step = b.times(self.pairs.plane, b.constant(layout.planes))
        self.one = b.times(b.chunk, step)
        self.other = b.plus(self.one, room)
        self.bins = b.times(b.chunk, b.constant(DIGITS * self.sorter.digits))

    def function(self) -> Function:
        """The kernel."""
        b, n = self.b, self.n
        if self.part == "merge":
            count = b.times(n["pieces"], n["k"])
            found = self.sorter.sort(self.one, self.other, count, self.bins)
            row = b.times(b.chunk, n["length"])
            self.emptier.empty(found, row, n["k"], b.times(b.chunk, n["k"]))
            return b.finish()
        start = b.times(b.chunk, n["grain"])
        end = b.minimum_index(b.plus(start, n["grain"]), n["units"])
        with b.loop(start, end) as loop:
            self.unit(loop.index)
        return b.finish()

    def unit(self, unit: Value) -> None:
        """A row, or a piece of one."""
        b, n = self.b, self.n
        if self.firsts is None:
            row = b.times(unit, n["length"])
            found = self.take(row, b.constant(0), n["length"])
            self.emptier.empty(found, row, n["k"], b.times(unit, n["k"]))
            return
        number = b.add("arith.divui", [unit, n["pieces"]], INDEX)
        piece = b.minus(unit, b.times(number, n["pieces"]))
        first, last = (self.bound(place) for place in (piece, b.plus(piece, b.constant(1))))
        found = self.take(b.times(number, n["length"]), first, last)
        step = b.times(self.firsts.plane, b.constant(self.pairs.planes))
        to = b.plus(b.times(number, step), b.times(piece, n["k"]))
        with b.loop(b.constant(0), n["k"]) as loop:
            words = self.pairs.load(b.plus(found, loop.index))
            self.firsts.store(words, b.plus(to, loop.index))

    def bound(self, piece: Value) -> Value:
        """Where a piece begins; pieces have the same length, or one more: none is too short."""
        b, n = self.b, self.n
        return b.add("arith.divui", [b.times(piece, n["length"]), n["pieces"]], INDEX)

    def take(self, row: Value, first: Value, last: Value) -> Value:
        """Where the first k elements of a range lie in order."""
        b, n, lanes = self.b, self.n, self.lanes
        full = b.minus(n["room"], b.constant(SLACK))
        count = b.minimum_index(full, b.minus(last, first))
        fill(b, self.source, b.plus(row, first), first, count, self.pairs, self.one)
        source = self.sorter.sort(self.one, self.other, count, self.bins)
        begin = b.plus(first, count)
        state = [source, b.minimum_index(n["k"], count), self.limit(source)]
        middle = b.plus(begin, b.whole(b.minus(last, begin), lanes))
        with b.loop(begin, middle, lanes, state) as loop:
            values = b.vector_load(self.source, b.plus(row, loop.index), lanes)
            limit = b.broadcast(loop.carried[2], lanes)
            before = b.compare("slt", to_key(b, self.elements, values), limit)
            some = b.branch(b.reduction("or", before), [v.type for v in state])
            with b.inside(some.then) as yields:
                end = b.plus(loop.index, b.constant(lanes))
                yields += self.enter(row, loop.index, end, loop.carried)
            with b.inside(some.otherwise) as yields:
                yields += loop.carried
            loop.next = some.results
        with b.loop(middle, last, carried=list(loop.results)) as tail:
            end = b.plus(tail.index, b.constant(1))
            tail.next = self.enter(row, tail.index, end, tail.carried)
        source, count, _ = tail.results
        return self.sorter.sort(source, self.opposite(source), count, self.bins)

    def opposite(self, source: Value) -> Value:
        """The other buffer."""
        b = self.b
        return b.minus(b.plus(self.one, self.other), source)

    def limit(self, source: Value) -> Value:
        """The key of the k-th pair."""
        b = self.b
        return self.pairs.key(self.pairs.load(b.minus(b.plus(source, self.n["k"]), b.constant(1))))

    def enter(self, row: Value, first: Value, last: Value, state: list[Value]) -> list[Value]:
        """The state after elements were looked at one by one."""
        b, n = self.b, self.n
        source, count, limit = state
        with b.loop(first, last, carried=[count]) as loop:
            value = b.load(self.source, b.plus(row, loop.index))
            key = to_key(b, self.elements, value)
            words = self.pairs.join(key, b.convert(loop.index, I64))
            self.pairs.store(words, b.plus(source, loop.carried[0]))
            taken = b.convert(b.compare("slt", key, limit), INDEX)
            loop.next = [b.plus(loop.carried[0], taken)]
        count = loop.results[0]
        room = b.minus(n["room"], b.constant(SLACK))
        full = b.branch(b.compare("sge", count, room), [v.type for v in state])
        with b.inside(full.then) as yields:
            found = self.sorter.sort(source, self.opposite(source), count, self.bins)
            yields += [found, n["k"], self.limit(found)]
        with b.inside(full.otherwise) as yields:
            yields += [source, count, limit]
        return full.results
