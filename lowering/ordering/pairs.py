"""Keys with the places they came from, in scratch memory of 64-bit words.

A key of at most 32 bits shares a word with its place, so that words are compared and moved as one;
wider keys have a plane of their own, and their places another one.
"""

from __future__ import annotations

from ...ops.dataclass import dataclass
from ..ir.builder import Builder
from ..ir.loops import I64, INDEX, Memref, Value
from .keys import Elements, widened

SLACK = 32
"""Words after the last pair that vectors may read."""


@dataclass(frozen=True)
class Layout:
    """How pairs lie.

    Attributes:
        elements: What the keys stand for.
        lanes: Words of a vector.
    """

    elements: Elements
    lanes: int

    @property
    def planes(self) -> int:
        """Words of a pair."""
        return 1 if self.elements.width <= 32 else 2


class Pairs:
    """Pairs in the scratch memory of a kernel under construction.

    Args:
        b: Of the kernel.
        layout: How pairs lie.
        name: Of the argument.

    Attributes:
        plane: Distance between the planes, in words.
    """

    def __init__(self, b: Builder, layout: Layout, name: str = "pairs") -> None:
        self.b = b
        self.layout = layout
        self.memory = b.argument(Memref(I64), name)
        self.plane = b.constant(0)

    @property
    def planes(self) -> int:
        """Words of a pair."""
        return self.layout.planes

    def join(self, key: Value, place: Value) -> list[Value]:
        """The words of a pair; the place is an `i64`."""
        b = self.b
        key = widened(b, key)
        if self.planes == 2:
            return [key, place]
        high = b.add("arith.shli", [key, b.constant(32, key.type)], key.type)
        return [b.add("arith.ori", [high, place], key.type)]

    def key(self, words: list[Value]) -> Value:
        """The key of a pair, in its own width."""
        b, word = self.b, words[0]
        if self.planes == 1:
            word = b.add("arith.shrsi", [word, b.constant(32, word.type)], word.type)
        return b.convert(word, self.layout.elements.scalar)

    def place(self, words: list[Value]) -> Value:
        """The place of a pair."""
        b = self.b
        if self.planes == 2:
            return words[1]
        return b.add("arith.andi", [words[0], b.constant(0xFFFFFFFF, words[0].type)], words[0].type)

    def at(self, place: Value, plane: int) -> Value:
        """Where a word of a pair lies."""
        return self.b.plus(place, self.plane) if plane else place

    def load(self, place: Value) -> list[Value]:
        """A pair."""
        return [self.b.load(self.memory, self.at(place, p)) for p in range(self.planes)]

    def load_lanes(self, place: Value) -> list[Value]:
        """Neighbouring pairs in vectors."""
        lanes = self.layout.lanes
        return [
            self.b.vector_load(self.memory, self.at(place, p), lanes) for p in range(self.planes)
        ]

    def store(self, words: list[Value], place: Value) -> None:
        """Writes a pair."""
        for plane, word in enumerate(words):
            self.b.store(word, self.memory, self.at(place, plane))

    def store_lanes(self, words: list[Value], place: Value, mask: Value | None = None) -> None:
        """Writes neighbouring pairs."""
        for plane, word in enumerate(words):
            self.b.vector_store(word, self.memory, self.at(place, plane), mask)

    def scatter(self, words: list[Value], place: Value, offsets: Value, mask: Value) -> None:
        """Writes pairs at `place + offsets[lane]`."""
        for plane, word in enumerate(words):
            self.b.scatter(word, self.memory, self.at(place, plane), offsets, mask)

    def digit(self, word: Value, number: int) -> Value:
        """Eight bits of the key, the lowest first, in the order of unsigned numbers, as `index`."""
        b, width = self.b, self.layout.elements.width
        shift = 8 * number + (32 if self.planes == 1 else 0)
        if shift:
            word = b.add("arith.shrui", [word, b.constant(shift, word.type)], word.type)
        word = b.add("arith.andi", [word, b.constant(255, word.type)], word.type)
        if 8 * number + 8 == width:
            word = b.add("arith.xori", [word, b.constant(128, word.type)], word.type)
        return b.convert(word, INDEX)


def spread_places(b: Builder, first: Value, lanes: int) -> Value:
    """`first`, `first + 1`, ... as i64 lanes."""
    steps = b.plus(b.broadcast(first, lanes), b.step(lanes))
    return b.convert(steps, I64)
