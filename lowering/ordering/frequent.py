"""The most frequent element of sorted rows: the smallest of several, at its last place."""

from __future__ import annotations

from ..builder import Builder
from ..launch import Kernel, Launch, Schedule, Target
from ..loops import I64, INDEX, Function, Memref
from .keys import Elements, to_key
from .rows import arguments_of, grain_of, key_of


def most_frequent(elements: Elements, rows: int, length: int, target: Target) -> Schedule:
    """The launch that writes for each row of `input`, which is sorted, one element to `values` and
    that of `places` beside it to `indices`."""
    grain = grain_of(rows, length)
    names = ("input", "places", "values", "indices")
    arguments = arguments_of(names, rows, length, grain)
    kernel = Kernel(key_of("most_frequent", target, elements), lambda: _build(elements))
    return Schedule((Launch(kernel, arguments, -(-rows // grain)),))


def _build(elements: Elements) -> Function:
    """The kernel of a chunk of rows."""
    b = Builder("most_frequent")
    source = b.argument(Memref(elements.scalar), "input")
    places = b.argument(Memref(I64), "places")
    values = b.argument(Memref(elements.scalar), "values")
    indices = b.argument(Memref(I64), "indices")
    rows, length, grain = (b.argument(INDEX, name) for name in ("rows", "length", "grain"))
    one, zero = b.constant(1), b.constant(0)
    start = b.times(b.chunk, grain)
    with b.loop(start, b.minimum_index(b.plus(start, grain), rows)) as loop:
        row = b.times(loop.index, length)
        first = to_key(b, elements, b.load(source, row))
        state = [first, one, one, zero]
        with b.loop(one, length, carried=state) as element:
            before, run, most, end = element.carried
            key = to_key(b, elements, b.load(source, b.plus(row, element.index)))
            run = b.select(b.compare("eq", key, before), b.plus(run, one), one)
            more = b.compare("sgt", run, most)
            element.next = [
                key, run, b.select(more, run, most), b.select(more, element.index, end),
            ]  # fmt: skip
        at = b.plus(row, element.results[3])
        b.store(b.load(source, at), values, loop.index)
        b.store(b.load(places, at), indices, loop.index)
    return b.finish()
