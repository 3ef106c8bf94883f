"""Where values would have to be inserted into sorted rows: a binary search in every lane.

All lanes halve the same range, so that there are no branches and their loads overlap.
"""

from __future__ import annotations

from ..builder import Builder
from ..launch import Kernel, Launch, Schedule, Target
from ..loops import I1, I32, I64, INDEX, Function, Memref, Value, Vector
from .keys import Elements, to_key
from .rows import arguments_of, key_of
from .transfer import in_vectors

GRAIN = 4096
"""Values of a chunk."""

COPIES = 4
"""Vectors that are searched for at a time, to hide the time that a load takes."""


def search_rows(
    elements: Elements,
    rows: int,
    length: int,
    count: int,
    right: bool,
    narrow: bool,
    target: Target,
) -> Schedule:
    """The launch that writes to `output` where each of `values` goes in its row of `input`.

    Args:
        elements: Of both.
        rows, length: Of the input, which is contiguous and sorted; one row serves all values.
        count: Values of a row.
        right: They go after equal elements, not before.
        narrow: The output is int32.
        target: The machine.
    """
    steps = (max(length, 1) - 1).bit_length() + 1
    pieces = -(-count // GRAIN)
    lanes = target.vector_bytes // 8
    kernel = Kernel(
        key_of("search", target, elements, right, narrow),
        lambda: _build(elements, lanes, right, narrow),
    )
    names = ("input", "values", "output")
    arguments = arguments_of(names, length, count, pieces, steps)
    return Schedule((Launch(kernel, arguments, rows * pieces),))


def _build(elements: Elements, lanes: int, right: bool, narrow: bool) -> Function:
    """The kernel of a chunk of values."""
    b = Builder("search")
    source = b.argument(Memref(elements.scalar), "input")
    values = b.argument(Memref(elements.scalar), "values")
    output = b.argument(Memref(I32 if narrow else I64), "output")
    length, count, pieces, steps = (
        b.argument(INDEX, name) for name in ("length", "count", "pieces", "steps")
    )
    row = b.add("arith.divui", [b.chunk, pieces], INDEX)
    piece = b.minus(b.chunk, b.times(row, pieces))
    first = b.times(piece, b.constant(GRAIN))
    base = b.times(row, length)
    start = b.plus(b.times(row, count), first)
    number = b.minimum_index(b.constant(GRAIN), b.minus(count, first))
    wide = lanes * COPIES

    def search(keys: list[Value], masks: list[Value]) -> list[Value]:
        """The places of vectors of keys."""
        zero = b.constant(0, Vector(lanes, INDEX))
        state = [length, *([zero] * len(keys))]
        with b.loop(b.constant(0), steps, carried=state) as loop:
            left, *lows = loop.carried
            half = b.add("arith.divui", [left, b.constant(2)], INDEX)
            # The element before the upper half tells which half it is; with one left, that one.
            probe = b.maximum_index(b.minus(half, b.constant(1)), b.constant(0))
            empty = b.compare("eq", left, b.constant(0))
            step = b.select(b.compare("sgt", left, b.constant(1)), half, left)
            following = []
            for low, key, mask in zip(lows, keys, masks):
                seen = b.gather(source, b.plus(base, probe), low, mask)
                other = to_key(b, elements, seen)
                below = b.compare("sle" if right else "slt", other, key)
                inside = b.broadcast(b.compare("eq", empty, b.constant(False, I1)), lanes)
                below = b.add("arith.andi", [below, inside], below.type)
                moved = b.plus(low, b.broadcast(step, lanes))
                following.append(b.select(below, moved, low))
            several = b.compare("sgt", left, b.constant(1))
            rest = b.select(several, b.minus(left, half), b.constant(0))
            loop.next = [rest, *following]
        return loop.results[1:]

    def block(index: Value, mask: Value | None) -> None:
        places = [b.plus(index, b.constant(k * lanes)) for k in range(COPIES)]
        masks = [b.mask(b.minus(number, place), lanes) for place in places]
        if mask is None:
            masks = [b.constant(True, Vector(lanes, I1))] * COPIES
        loads = [
            b.vector_load(values, b.plus(start, place), lanes, None if mask is None else m)
            for place, m in zip(places, masks)
        ]
        found = search([to_key(b, elements, value) for value in loads], masks)
        for place, m, result in zip(places, masks, found):
            result = b.convert(b.convert(result, I64), I32) if narrow else b.convert(result, I64)
            b.vector_store(result, output, b.plus(start, place), None if mask is None else m)

    in_vectors(b, number, wide, block)
    return b.finish()
