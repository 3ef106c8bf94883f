"""Rows sorted one by one: a chunk sorts some rows in scratch memory of its own."""

from __future__ import annotations

from collections.abc import Iterable

from ...ops.dataclass import dataclass
from ...ops.dtype import int32, int64
from ..ir.builder import Builder
from ..ir.loops import INDEX, Function, Memref
from ..launch import (
    Kernel,
    Launch,
    LaunchArgument,
    Number,
    Pointer,
    Schedule,
    Target,
    Temporary,
)
from .keys import Elements
from .pairs import SLACK, Layout, Pairs
from .sorting import DIGITS, Sorter
from .transfer import Emptier, fill

MOST_CHUNKS = 32
"""Chunks that rows are shared out to, each of which has scratch memory."""

LEAST_WORK = 4096
"""Elements of a chunk: less is not worth waking a thread."""


@dataclass(frozen=True)
class Wanted:
    """Which results a sort gives."""

    values: bool = True
    indices: bool = True


def layout_of(elements: Elements, target: Target) -> Layout:
    """How pairs lie on a machine."""
    return Layout(elements, target.vector_bytes // 8)


def key_of(name: str, target: Target, *structure: object) -> tuple[object, ...]:
    """The structure key of a kernel."""
    return (name, repr(structure), target.name, target.vector_bytes)


def arguments_of(names: Iterable[str], *numbers: int) -> tuple[LaunchArgument, ...]:
    """Addresses of memory, then numbers."""
    return (*(Pointer(name) for name in names), *(Number(value) for value in numbers))


def grain_of(rows: int, length: int) -> int:
    """Rows of a chunk."""
    return max(-(-rows // MOST_CHUNKS), LEAST_WORK // max(length, 1), 1)


def sort_rows(
    elements: Elements, rows: int, length: int, kept: int, wanted: Wanted, target: Target
) -> Schedule:
    """The launch that sorts rows of `input` to `values` and `indices`.

    Args:
        elements: What is sorted, and which way.
        rows, length: Of the input, which is contiguous.
        kept: How many elements of each row are written.
        wanted: Which results.
        target: The machine.
    """
    layout = layout_of(elements, target)
    grain, room = grain_of(rows, length), length + SLACK
    chunks = -(-rows // grain)
    names = ["input", "pairs", "counts"]
    names += ["values"] * wanted.values + ["indices"] * wanted.indices
    arguments = arguments_of(names, rows, length, kept, grain, room)
    key = key_of("sort_rows", target, layout, wanted)
    kernel = Kernel(key, lambda: _build(layout, wanted))
    return Schedule(
        (Launch(kernel, arguments, chunks),),
        (
            Temporary("pairs", int64, chunks * 2 * layout.planes * room),
            Temporary("counts", int32, chunks * DIGITS * elements.width // 8),
        ),
    )


def _build(layout: Layout, wanted: Wanted) -> Function:
    """The kernel of a chunk of rows."""
    b = Builder("sort_rows")
    source = b.argument(Memref(layout.elements.scalar), "input")
    pairs = Pairs(b, layout)
    sorter = Sorter(b, pairs)
    emptier = Emptier(b, pairs, source, wanted.values, wanted.indices)
    names = ("rows", "length", "kept", "grain", "room")
    rows, length, kept, grain, room = (b.argument(INDEX, name) for name in names)
    pairs.plane = b.times(room, b.constant(2))
    one = b.times(b.chunk, b.times(pairs.plane, b.constant(layout.planes)))
    other = b.plus(one, room)
    first = b.times(b.chunk, b.constant(DIGITS * sorter.digits))
    start = b.times(b.chunk, grain)
    end = b.minimum_index(b.plus(start, grain), rows)
    with b.loop(start, end) as loop:
        row = b.times(loop.index, length)
        fill(b, source, row, b.constant(0), length, pairs, one)
        found = sorter.sort(one, other, length, first)
        emptier.empty(found, row, kept, b.times(loop.index, kept))
    return b.finish()
