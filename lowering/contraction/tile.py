"""The micro-kernel: a register tile of sums of products over a run of the depth.

Each step of the depth loads the vectors of the columns and spreads one element of each row.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..builder import Builder
from ..loops import Scalar, Value, Vector


@dataclass(frozen=True)
class Stream:
    """Elements of a factor in the order in which a tile reads them.

    Attributes:
        memories: For each row, or vector of columns, memory that begins with its first step.
        offsets: Where it is in that memory, in elements.
        step: Distance of neighbouring steps of the depth: a number where the code may know it.
    """

    memories: list[Value]
    offsets: list[int]
    step: int | Value

    def place(self, builder: Builder, start: Value, number: int) -> Value:
        """Index of an element of the step that begins at a place."""
        return builder.plus(start, builder.constant(self.offsets[number]))

    def distance(self, builder: Builder) -> Value:
        """How far a step reaches."""
        return builder.constant(self.step) if isinstance(self.step, int) else self.step


@dataclass(frozen=True)
class Tile:
    """Code of one register tile.

    Attributes:
        builder: Of the kernel.
        lanes: Of a vector.
        scalar: In which products are summed.
        rows, columns: What is multiplied.
        mask: Lanes of the columns that may be read; None for all.
        parts: Elements are words of so many steps of the depth; see `WordPanels`.
        higher: Bytes of the rows are unsigned; a line after the columns' last takes back what is
            too much.
    """

    builder: Builder
    lanes: int
    scalar: Scalar
    rows: Stream
    columns: Stream
    mask: Value | None = None
    parts: int = 1
    higher: bool = False

    def multiply(self, depth: Value) -> list[Value]:
        """Sums of the tile over some steps of depth, row by row.

        Steps are not unrolled: that was measured to gain no more than a hundredth.
        """
        b = self.builder
        sums = self._begin(depth) * len(self.rows.memories)
        with b.loop(b.constant(0), depth, carried=[*sums, b.constant(0), b.constant(0)]) as loop:
            *sums, row, column = loop.carried
            sums = self._step(sums, row, column)
            row = b.plus(row, self.rows.distance(b))
            column = b.plus(column, self.columns.distance(b))
            loop.next = [*sums, row, column]
        return loop.results[:-2]

    def _begin(self, depth: Value) -> list[Value]:
        """What the sums of a row begin with: zeros, or the line that follows the columns' last."""
        b, columns = self.builder, self.columns
        if not self.higher:
            return [b.constant(0, Vector(self.lanes, self.scalar))] * len(columns.memories)
        assert isinstance(columns.step, int), "words are packed"
        line = b.times(depth, b.constant(columns.step))
        places = self._elements(columns, line)
        return [b.vector_load(memory, place, self.lanes) for memory, place in places]

    def _step(self, sums: list[Value], row: Value, column: Value) -> list[Value]:
        """One step of depth."""
        b = self.builder
        vectors = [
            self._factor(b.vector_load(memory, place, self.lanes, self.mask))
            for memory, place in self._elements(self.columns, column)
        ]
        sums = list(sums)
        for i, (memory, place) in enumerate(self._elements(self.rows, row)):
            spread = b.broadcast(self._factor(b.load(memory, place)), self.lanes)
            for v, vector in enumerate(vectors, i * len(vectors)):
                sums[v] = self._multiply(spread, vector, sums[v])
        return sums

    def _multiply(self, row: Value, column: Value, total: Value) -> Value:
        if self.parts == 1:
            return self.builder.multiply_add(row, column, total)
        return self.builder.dot(row, column, total, self.parts, not self.higher)

    def _factor(self, loaded: Value) -> Value:
        """What is multiplied: elements as their sums are, or words as they are."""
        return loaded if self.parts > 1 else self.builder.convert(loaded, self.scalar)

    def _elements(self, stream: Stream, start: Value) -> list[tuple[Value, Value]]:
        places = range(len(stream.memories))
        return [(stream.memories[i], stream.place(self.builder, start, i)) for i in places]
