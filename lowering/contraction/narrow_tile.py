"""Sums of a matrix times a few vectors, left in scratch memory.

Where the depth runs along the lanes, several scalar products are made at once and their lanes added
up together. Where columns run along the lanes, several lines of the matrix are added to the sums at
once: each sum is loaded and stored once for all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ...ops.dataclass import dataclass
from ..ir.builder import Builder
from ..ir.loops import INDEX, Scalar, Value, Vector


@dataclass(frozen=True)
class ScalarProducts:
    """Scalar products of lines of a matrix with vectors.

    Attributes:
        builder: Of the kernel.
        lanes: Of a vector.
        scalar: In which products are summed.
        sums: Scratch memory of the results, a line for each vector.
        pitch: Distance of its lines.
    """

    HEIGHTS: ClassVar[dict[int, tuple[int, ...]]] = {1: (8, 4, 1), 2: (4, 1), 3: (4, 1)}
    """Lines at once, most first, by the number of vectors: all sums fit 16 registers."""
    CHAINS: ClassVar[int] = 8  # sums at least, so that no product waits for the one before it
    MOST_COPIES: ClassVar[int] = 4  # of a sum

    builder: Builder
    lanes: int
    scalar: Scalar
    sums: Value
    pitch: int

    def multiply(
        self, lines: Sequence[Value], vectors: Sequence[Value], depth: Value, at: Value
    ) -> None:
        """Products of each line with each vector, to a place of the scratch memory and on."""
        b = self.builder
        copies = self.CHAINS // (len(lines) * len(vectors))
        copies = max(1, min(self.MOST_COPIES, copies))
        ahead = max(copies, 2)  # a whole line of the cache
        zero = b.constant(0, Vector(self.lanes, self.scalar))
        sums = [zero] * (len(lines) * len(vectors) * copies)
        first = b.constant(0)
        for steps in (ahead, 1):
            last = b.add("arith.andi", [depth, b.constant(-self.lanes * steps)], INDEX)
            sums = self._run(lines, vectors, first, last, steps, sums)
            first = last
        sums = self._run(lines, vectors, first, depth, 1, sums, b.minus(depth, first))
        for v in range(len(vectors)):
            own = sums[v * len(lines) * copies : (v + 1) * len(lines) * copies]
            self._store([sum_of(b, own[i :: len(lines)]) for i in range(len(lines))], v, at)

    def _run(
        self,
        lines: Sequence[Value],
        vectors: Sequence[Value],
        first: Value,
        last: Value,
        steps: int,
        sums: list[Value],
        left: Value | None = None,
    ) -> list[Value]:
        """The sums after a run of the depth, some vectors at a time; `left` steps count at last."""
        b = self.builder
        mask = None if left is None else b.mask(left, self.lanes)
        copies = len(sums) // (len(lines) * len(vectors))
        with b.loop(first, last, self.lanes * steps, carried=sums) as loop:
            sums = list(loop.carried)
            for step in range(steps):
                place = b.plus(loop.index, b.constant(step * self.lanes))
                factors = [self._load(vector, place, mask) for vector in vectors]
                for i, line in enumerate(lines):
                    element = self._load(line, place, mask)
                    for v, factor in enumerate(factors):
                        slot = (v * copies + step % copies) * len(lines) + i
                        sums[slot] = b.multiply_add(element, factor, sums[slot])
            loop.next.extend(sums)
        return loop.results

    def _load(self, memory: Value, place: Value, mask: Value | None) -> Value:
        b = self.builder
        return b.convert(b.vector_load(memory, place, self.lanes, mask), self.scalar)

    def _store(self, sums: list[Value], vector: int, at: Value) -> None:
        b = self.builder
        base = b.plus(at, b.constant(vector * self.pitch))
        if len(sums) == 1:
            b.store(b.reduction("add", sums[0]), self.sums, base)
            return
        for start in range(0, len(sums), self.lanes):
            total = lane_sums(b, sums[start : start + self.lanes])
            b.vector_store(total, self.sums, b.plus(base, b.constant(start)))


def sum_of(builder: Builder, values: Sequence[Value]) -> Value:
    """The sum of vectors, halves first."""
    if len(values) == 1:
        return values[0]
    half = len(values) // 2
    return builder.plus(sum_of(builder, values[:half]), sum_of(builder, values[half:]))


def lane_sums(builder: Builder, vectors: Sequence[Value]) -> Value:
    """A vector whose lanes are the sums of the lanes of each vector.

    Half of a transposition and an addition at each level: vectors come to stand side by side.

    Args:
        builder: Of the kernel.
        vectors: A power of two of them, at most as many as each has lanes.
    """
    b, block, size = builder, list(vectors), 1
    assert isinstance(block[0].type, Vector)
    lanes = block[0].type.lanes
    while len(block) > 1:
        low = [j if not j & size else lanes + j - size for j in range(lanes)]
        high = [j + size if not j & size else lanes + j for j in range(lanes)]
        pairs = zip(block[::2], block[1::2])
        block = [b.plus(b.shuffle(x, y, low), b.shuffle(x, y, high)) for x, y in pairs]
        size *= 2
    (total,) = block
    while size < lanes:
        total = b.plus(total, b.shuffle(total, total, [j ^ size for j in range(lanes)]))
        size *= 2
    return total if len(vectors) == lanes else b.shuffle(total, total, range(len(vectors)))


@dataclass(frozen=True)
class Lines:
    """Sums of lines of a matrix, each times an element of a vector.

    Attributes:
        builder: Of the kernel.
        lanes: Of a vector.
        scalar: In which products are summed.
        sums: Scratch memory of the results, a line for each vector; whole vectors are written.
        pitch: Distance of its lines.
    """

    AHEAD: ClassVar[int] = 2  # vectors at a time: a whole line of the cache

    builder: Builder
    lanes: int
    scalar: Scalar
    sums: Value
    pitch: Value

    def heights(self, count: int) -> list[int]:
        """Lines at once, most first: with `count` vectors their factors fit the registers."""
        return {1: [8, 2, 1], 2: [4, 1], 3: [2, 1]}[count]

    def clear(self, count: int, wide: Value) -> None:
        """Sets the sums to zero."""
        b = self.builder
        zero = b.constant(0, Vector(self.lanes, self.scalar))
        with b.loop(b.constant(0), wide, self.lanes) as at:
            for v in range(count):
                b.vector_store(zero, self.sums, self._place(v, at.index))

    def _place(self, vector: int, column: Value) -> Value:
        b = self.builder
        return b.plus(b.times(self.pitch, b.constant(vector)), column)

    def add(self, lines: list[Value], factors: list[list[Value]], wide: Value) -> None:
        """Adds lines times their factors, one list of them for each vector."""
        b = self.builder
        first = b.constant(0)
        for ahead in (self.AHEAD, 1):
            last = b.add("arith.andi", [wide, b.constant(-self.lanes * ahead)], INDEX)
            with b.loop(first, last, self.lanes * ahead) as at:
                for offset in range(0, self.lanes * ahead, self.lanes):
                    self._vector(lines, factors, b.plus(at.index, b.constant(offset)), None)
            first = last
        with b.loop(first, wide, self.lanes) as at:
            self._vector(lines, factors, at.index, b.mask(b.minus(wide, first), self.lanes))

    def _vector(
        self, lines: list[Value], factors: list[list[Value]], column: Value, mask: Value | None
    ) -> None:
        b = self.builder
        elements = [
            b.convert(b.vector_load(line, column, self.lanes, mask), self.scalar) for line in lines
        ]
        for v, own in enumerate(factors):
            place = self._place(v, column)
            earlier = b.vector_load(self.sums, place, self.lanes)
            chains: list[Value] = []  # short ones, which neither wait long nor round often
            for i, (element, factor) in enumerate(zip(elements, own)):
                if i < 2:
                    chains.append(b.times(element, factor))
                else:
                    chains[i % 2] = b.multiply_add(element, factor, chains[i % 2])
            b.vector_store(b.plus(earlier, sum_of(b, chains)), self.sums, place)
