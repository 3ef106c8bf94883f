"""Elements picked by a condition: how many there are, where they stand, and what they are.

A first walk counts what each piece of the elements has; from the counts follows where each piece
writes, and a second walk writes. Elements are those of a contiguous tensor, in row-major order.
"""

from __future__ import annotations

from dataclasses import dataclass

from ...ops.dtype import int64
from ..builder import Builder
from ..launch import Kernel, Launch, Number, Pointer, Schedule, Target, Temporary
from ..loops import I1, I32, I64, INDEX, Function, Memref, Scalar, Value, Vector
from .keys import Elements, nan_key, to_key
from .rows import arguments_of, key_of

PIECE = 1 << 15
"""Elements of a piece."""

BLOCK = 256
"""Elements whose places are gathered before they are written."""


@dataclass(frozen=True)
class Picking:
    """What is picked, and what is written of it.

    Attributes:
        elements: Of the tensor with the condition.
        condition: `nonzero`, or `changed`: it differs from the element before it, as every NaN
            does.
        rank: Coordinates that are written for each place; 0 for none.
        bits: Width of the elements that are written; 0 for none.
        places: Places are written.
    """

    elements: Elements
    condition: str
    rank: int = 0
    bits: int = 0
    places: bool = False


def pieces_of(total: int) -> int:
    """How many pieces there are."""
    return -(-total // PIECE)


def count_picked(picking: Picking, total: int, target: Target) -> Schedule:
    """The launches that write to `starts` where each piece of `input` begins among what is picked,
    and after that how much there is.

    Args:
        picking: What is picked.
        total: Elements of the input.
        target: The machine.
    """
    bare = Picking(picking.elements, picking.condition)
    pieces = pieces_of(total)
    key = key_of("count_picked", target, bare)
    count = Kernel(key, lambda: _Picker(bare, target).count())
    begin = Kernel(key_of("begin_picked", target), _build_begin)
    pointers = (Pointer("input"), Pointer("starts"))
    return Schedule(
        (
            Launch(count, (*pointers, Number(total)), pieces),
            Launch(begin, (Pointer("starts"), Number(pieces)), 1),
        )
    )


def write_picked(picking: Picking, shape: tuple[int, ...], target: Target) -> Schedule:
    """The launch that writes what is picked of `input`, a tensor of this shape: `coordinates`,
    elements of `source` to `values`, and `places`."""
    total = 1
    for extent in shape:
        total *= extent
    line = shape[-1] if shape and picking.rank > 1 else total
    names = ["input", "starts", "stage"]
    names += ["coordinates"] * bool(picking.rank) + ["source", "values"] * bool(picking.bits)
    names += ["places"] * picking.places
    numbers = (total, line, *shape[: picking.rank - 1][1:]) if picking.rank else (total, line)
    arguments = arguments_of(names, *numbers)
    key = key_of("write_picked", target, picking)
    kernel = Kernel(key, lambda: _Picker(picking, target).write())
    pieces = pieces_of(total)
    stage = Temporary("stage", int64, pieces * (BLOCK + 16))
    return Schedule((Launch(kernel, arguments, pieces),), (stage,))


def number_runs(elements: Elements, total: int, scattered: bool, target: Target) -> Schedule:
    """The launch that writes to `inverse` the number of the run in which each element of `input`
    stands, given `starts`; in the place that `indices` tells if `scattered`."""
    names = ["input", "starts", "inverse"] + ["indices"] * scattered
    picking = Picking(elements, "changed")
    kernel = Kernel(
        key_of("number_runs", target, picking, scattered),
        lambda: _Picker(picking, target).number(scattered),
    )
    return Schedule((Launch(kernel, arguments_of(names, total), pieces_of(total)),))


def _build_begin() -> Function:
    """The kernel that turns counts of pieces into where they begin."""
    b = Builder("begin_picked")
    starts = b.argument(Memref(I64), "starts")
    pieces = b.argument(INDEX, "pieces")
    with b.loop(b.constant(0), pieces, carried=[b.constant(0, I64)]) as loop:
        own = b.load(starts, loop.index)
        b.store(loop.carried[0], starts, loop.index)
        loop.next = [b.plus(loop.carried[0], own)]
    b.store(loop.results[0], starts, pieces)
    return b.finish()


class _Picker:
    """Writes the kernels that walk over a piece."""

    def __init__(self, picking: Picking, target: Target) -> None:
        self.picking = picking
        self.lanes = target.vector_bytes // max(4, picking.elements.width // 8)
        self.b = b = Builder("picked")
        self.source = b.argument(Memref(picking.elements.scalar), "input")
        self.starts = b.argument(Memref(I64), "starts")

    def piece(self, total: Value) -> tuple[Value, Value]:
        """The range of the chunk at hand."""
        b = self.b
        first = b.times(b.chunk, b.constant(PIECE))
        return first, b.minimum_index(b.plus(first, b.constant(PIECE)), total)

    def holds(self, place: Value, lanes: int, mask: Value | None = None) -> Value:
        """Whether elements are picked; none that the mask leaves out."""
        b, elements = self.b, self.picking.elements
        value = self.load(place, lanes, mask)
        if self.picking.condition == "nonzero":
            if elements.infinity:
                bits = b.constant(elements.greatest, value.type)
                value = b.add("arith.andi", [value, bits], value.type)
            return b.compare("ne", value, b.constant(0, value.type))
        key = to_key(b, elements, value)
        before = to_key(b, elements, self.load(b.minus(place, b.constant(1)), lanes, mask))
        changed = b.compare("ne", key, before)
        if not elements.infinity:
            return changed
        nan = b.compare("eq", key, b.constant(nan_key(elements), key.type))
        return b.add("arith.ori", [changed, nan], changed.type)

    def load(self, place: Value, lanes: int, mask: Value | None) -> Value:
        """One element, or several."""
        if not lanes:
            return self.b.load(self.source, place)
        return self.b.vector_load(self.source, place, lanes, mask)

    def from_first(self, first: Value) -> tuple[Value, Value]:
        """From where on the condition looks at neighbours only, and how much is picked before: the
        very first element has changed from nothing."""
        b = self.b
        if self.picking.condition == "nonzero":
            return first, b.constant(0)
        lead = b.convert(b.compare("eq", first, b.constant(0)), INDEX)
        return b.plus(first, lead), lead

    # -- kernels -----------------------------------------------------------------------------------

    def count(self) -> Function:
        """How much of a piece is picked."""
        b, lanes = self.b, self.lanes
        total = b.argument(INDEX, "total")
        first, last = self.piece(total)
        first, lead = self.from_first(first)
        length = b.minus(last, first)
        whole = b.times(b.add("arith.divui", [length, b.constant(lanes)], INDEX), b.constant(lanes))
        middle = b.plus(first, whole)
        with b.loop(first, middle, lanes, [b.constant(0, Vector(lanes, I32))]) as loop:
            picked = b.convert(self.holds(loop.index, lanes), I32)
            loop.next = [b.plus(loop.carried[0], picked)]
        count = b.plus(lead, self.as_index(b.reduction("add", loop.results[0])))
        with b.loop(middle, last, carried=[count]) as tail:
            picked = b.convert(self.holds(tail.index, 0), INDEX)
            tail.next = [b.plus(tail.carried[0], picked)]
        b.store(b.convert(tail.results[0], I64), self.starts, b.chunk)
        return b.finish()

    def as_index(self, count: Value) -> Value:
        """A count of 32 bits as an index."""
        return self.b.convert(self.b.convert(count, I64), INDEX)

    def number(self, scattered: bool) -> Function:
        """Numbers of runs."""
        b = self.b
        inverse = b.argument(Memref(I64), "inverse")
        indices = b.argument(Memref(I64), "indices") if scattered else None
        total = b.argument(INDEX, "total")
        first, last = self.piece(total)
        start = b.convert(b.load(self.starts, b.chunk), INDEX)

        def put(place: Value, run: Value) -> None:
            to = place if indices is None else b.convert(b.load(indices, place), INDEX)
            b.store(b.convert(run, I64), inverse, to)

        second, lead = self.from_first(first)
        head = b.branch(b.compare("ne", lead, b.constant(0)))
        with b.inside(head.then):
            put(first, start)
        with b.inside(head.otherwise):
            pass
        before = b.minus(b.plus(start, lead), b.constant(1))
        with b.loop(second, last, carried=[before]) as loop:
            run = b.plus(loop.carried[0], b.convert(self.holds(loop.index, 0), INDEX))
            put(loop.index, run)
            loop.next = [run]
        return b.finish()

    def write(self) -> Function:
        """What is picked of a piece."""
        b, picking = self.b, self.picking
        self.stage = b.argument(Memref(I64), "stage")
        moved = Memref(Scalar(f"i{picking.bits}"))
        self.coordinates = b.argument(Memref(I64), "coordinates") if picking.rank else None
        self.values = (
            (b.argument(moved, "source"), b.argument(moved, "values")) if picking.bits else None
        )
        self.places = b.argument(Memref(I64), "places") if picking.places else None
        total, line = b.argument(INDEX, "total"), b.argument(INDEX, "line")
        self.middle = [b.argument(INDEX, f"extent{k}") for k in range(max(picking.rank - 2, 0))]
        first, last = self.piece(total)
        start = b.convert(b.load(self.starts, b.chunk), INDEX)
        top = b.add("arith.divui", [first, line], INDEX)
        end = b.add("arith.divui", [b.plus(last, b.minus(line, b.constant(1))), line], INDEX)
        with b.loop(top, end, carried=[start]) as lines:
            origin = b.times(lines.index, line)
            left = b.maximum_index(first, origin)
            right = b.minimum_index(last, b.plus(origin, line))
            leading = self.leading(lines.index)
            with b.loop(left, right, BLOCK, lines.carried) as blocks:
                stop = b.minimum_index(b.plus(blocks.index, b.constant(BLOCK)), right)
                blocks.next = [self.block(blocks.index, stop, origin, leading, blocks.carried[0])]
            lines.next = blocks.results
        return b.finish()

    def leading(self, line: Value) -> list[Value]:
        """Coordinates of a line."""
        b = self.b
        if self.picking.rank < 2:
            return []
        found: list[Value] = []
        for extent in reversed(self.middle):
            quotient = b.add("arith.divui", [line, extent], INDEX)
            found.append(b.minus(line, b.times(quotient, extent)))
            line = quotient
        return [line, *reversed(found)]

    def block(
        self, first: Value, last: Value, origin: Value, leading: list[Value], to: Value
    ) -> Value:
        """Writes what is picked of a block; where the next one goes."""
        b = self.b
        some = b.branch(self.any_picked(first, last), [INDEX])
        with b.inside(some.then) as yields:
            stage = b.times(b.chunk, b.constant(BLOCK + 16))
            begin, lead = self.from_first(first)
            b.store(b.convert(first, I64), self.stage, stage)
            with b.loop(begin, last, carried=[lead]) as loop:
                place = b.plus(stage, loop.carried[0])
                b.store(b.convert(loop.index, I64), self.stage, place)
                picked = b.convert(self.holds(loop.index, 0), INDEX)
                loop.next = [b.plus(loop.carried[0], picked)]
            with b.loop(b.constant(0), loop.results[0]) as each:
                place = b.convert(b.load(self.stage, b.plus(stage, each.index)), INDEX)
                self.put(place, origin, leading, b.plus(to, each.index))
            yields.append(b.plus(to, loop.results[0]))
        with b.inside(some.otherwise) as yields:
            yields.append(to)
        return some.results[0]

    def any_picked(self, first: Value, last: Value) -> Value:
        """Whether anything is picked of a block."""
        b, lanes = self.b, self.lanes
        if self.picking.condition != "nonzero":
            return b.constant(True, I1)
        length = b.minus(last, first)
        whole = b.times(b.add("arith.divui", [length, b.constant(lanes)], INDEX), b.constant(lanes))
        middle = b.plus(first, whole)
        none = b.constant(False, Vector(lanes, I1))
        with b.loop(first, middle, lanes, [none]) as loop:
            picked = self.holds(loop.index, lanes)
            loop.next = [b.add("arith.ori", [loop.carried[0], picked], none.type)]
        with b.loop(middle, last, carried=[b.reduction("or", loop.results[0])]) as tail:
            picked = self.holds(tail.index, 0)
            tail.next = [b.add("arith.ori", [tail.carried[0], picked], I1)]
        return tail.results[0]

    def put(self, place: Value, origin: Value, leading: list[Value], to: Value) -> None:
        """Writes one element that is picked."""
        b, rank = self.b, self.picking.rank
        if self.coordinates is not None:
            row = b.times(to, b.constant(rank))
            last = b.minus(place, origin) if rank > 1 else place
            for number, coordinate in enumerate([*leading, last]):
                at = b.plus(row, b.constant(number))
                b.store(b.convert(coordinate, I64), self.coordinates, at)
        if self.values is not None:
            source, values = self.values
            b.store(b.load(source, place), values, to)
        if self.places is not None:
            b.store(b.convert(place, I64), self.places, to)
