"""The micro-kernel: a register tile of sums of products over a run of the depth.

Each step of the depth loads the vectors of the columns and spreads one element of each row.
"""

from __future__ import annotations

from ...ops.dataclass import dataclass
from ..ir.builder import Builder
from ..ir.loops import Scalar, Value, Vector

UNROLL = 2
"""Steps of the depth at a time in a tile of words of full height, whose sums are spilled otherwise;
other tiles gain no more than a hundredth."""


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

    def place(self, builder: Builder, start: Value, number: int, ahead: int) -> Value:
        """Index of an element `ahead` steps from a start."""
        offset = self.offsets[number]
        if isinstance(self.step, int):
            return builder.plus(start, builder.constant(offset + ahead * self.step))
        far = builder.plus(start, builder.times(self.step, builder.constant(ahead)))
        return builder.plus(far, builder.constant(offset))

    def distance(self, builder: Builder, steps: int) -> Value:
        """How far some steps reach."""
        if isinstance(self.step, int):
            return builder.constant(self.step * steps)
        return builder.times(self.step, builder.constant(steps))


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

    def multiply(self, depth: Value, even: Value | None = None) -> list[Value]:
        """Sums of the tile, row by row.

        Args:
            depth: Steps of depth.
            even: The greatest multiple of `UNROLL` that is not above it; None for no unrolling.
        """
        b = self.builder
        first = self._begin(depth) * len(self.rows.memories)
        count = len(first)
        start, state = b.constant(0), [*first, b.constant(0), b.constant(0)]
        if even is not None:
            state = self._loop(start, even, UNROLL, state)
            start = even
        return self._loop(start, depth, 1, state)[:count]

    def _begin(self, depth: Value) -> list[Value]:
        """What the sums of a row begin with: zeros, or the line that follows the columns' last."""
        b, columns = self.builder, self.columns
        if not self.higher:
            return [b.constant(0, Vector(self.lanes, self.scalar))] * len(columns.memories)
        assert isinstance(columns.step, int), "words are packed"
        line = b.times(depth, b.constant(columns.step))
        places = self._elements(columns, line, 0)
        return [b.vector_load(memory, place, self.lanes) for memory, place in places]

    def _loop(self, first: Value, last: Value, unroll: int, state: list[Value]) -> list[Value]:
        """Sums and the two places after some steps."""
        b = self.builder
        with b.loop(first, last, unroll, carried=state) as loop:
            *sums, row, column = loop.carried
            for ahead in range(unroll):
                sums = self._step(sums, row, column, ahead)
            row = b.plus(row, self.rows.distance(b, unroll))
            column = b.plus(column, self.columns.distance(b, unroll))
            loop.next.extend([*sums, row, column])
        return loop.results

    def _step(self, sums: list[Value], row: Value, column: Value, ahead: int) -> list[Value]:
        """One step of depth."""
        b = self.builder
        vectors = [
            self._factor(b.vector_load(memory, place, self.lanes, self.mask))
            for memory, place in self._elements(self.columns, column, ahead)
        ]
        sums = list(sums)
        for i, (memory, place) in enumerate(self._elements(self.rows, row, ahead)):
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

    def _elements(self, stream: Stream, start: Value, ahead: int) -> list[tuple[Value, Value]]:
        places = range(len(stream.memories))
        return [(stream.memories[i], stream.place(self.builder, start, i, ahead)) for i in places]


def even_part(builder: Builder, depth: Value) -> Value:
    """The greatest multiple of `UNROLL` that is not above a depth."""
    mask = builder.constant(-UNROLL)
    return builder.add("arith.andi", [depth, mask], depth.type)
