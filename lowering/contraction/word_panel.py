"""Packing of a matrix of narrow elements: two or four steps of the depth to a word.

A word holds two elements of 16 bits or four of 8, so that one instruction multiplies as many steps:
`ts.dot`. Integers of 8 bits are widened where words hold two, bf16 keep their bits: what neighbours
along the depth and is as wide as its part of a word is copied as it lies. Where the depth ends
within a word, the rest of that is zeros.

x86 multiplies unsigned bytes by signed ones. There, rows of signed bytes are packed 128 higher,
which adds 128 times the sum of a column to each of its results; panels of columns end in a line
with what takes it away again, and tiles begin with that line in place of zeros.

Source:
    Intel 64 and IA-32 Architectures Optimization Reference Manual, deep learning with VNNI.
"""

from __future__ import annotations

from dataclasses import replace

from ...ops.dataclass import dataclass
from ..ir.builder import Builder
from ..ir.instructions import bits, is_float
from ..ir.loops import I8, I16, I32, INDEX, Value, Vector
from .panel import Matrix, Panels

HIGHER = -0x7F7F7F80
"""128 in each byte of a word, which exclusive or adds to a signed byte to make it unsigned."""

_SHIFT = {2: 1, 4: 2}
"""Parts of a word -> the shift that divides by them."""


@dataclass(frozen=True)
class WordPanels(Panels):
    """Where panels go whose steps are words; `memory` is of words.

    Attributes:
        parts: Steps of the depth in a word: 2 or 4.
        higher: Bytes are packed 128 higher.
        corrected: Each panel ends in a line with -128 times the sums of its columns.
    """

    parts: int
    higher: bool
    corrected: bool

    def pack(self, source: Matrix, count: Value, depth: Value) -> None:
        """Packs `count` rows of a depth that is counted in elements."""
        b = self.builder
        whole = b.add("arith.shrui", [depth, b.constant(_SHIFT[self.parts])], INDEX)
        step = b.times(source.step, b.constant(self.parts))
        words = replace(source, step=step, within=source.step)
        super().pack(words, count, whole)
        left = b.minus(depth, b.times(whole, b.constant(self.parts)))
        ends_within = b.branch(b.compare("ne", left, b.constant(0)))
        with b.inside(ends_within.then):
            self._last(words, count, whole, left)
        with b.inside(ends_within.otherwise):
            pass
        if self.corrected:
            self._correct(count, words_of(b, depth, self.parts))

    def _last(self, source: Matrix, count: Value, k: Value, left: Value) -> None:
        """A last step of which only some parts are left."""
        b = self.builder
        last = b.minus(left, b.constant(1))
        with b.loop(b.constant(0), count, self.width) as loop:
            rows = b.minus(count, loop.index)
            at = b.plus(self._from(source, loop.index), b.times(k, source.step))
            to = self._to(loop.index)
            for i in range(self.width):
                row = self._row(source, at, b.constant(i), rows)
                parts = [self._part(b.load(row, b.constant(0)))]
                zero = b.constant(0, parts[0].type)
                for number in range(1, self.parts - 1):
                    place = b.minimum_index(b.constant(number), last)
                    element = b.load(row, b.times(place, self._within(source)))
                    counts = b.compare("sgt", left, b.constant(number))
                    parts.append(b.select(counts, self._part(element), zero))
                self._store(self._word([*parts, zero]), to, self._line(k, i))

    def _correct(self, count: Value, steps: Value) -> None:
        """Writes the line that takes away what higher rows add."""
        b = self.builder
        higher = b.constant(HIGHER, Vector(self.lanes, I32))
        zero = b.constant(0, higher.type)
        with b.loop(b.constant(0), count, self.width) as loop:
            to, offsets = self._to(loop.index), self._parts()
            with b.loop(b.constant(0), steps, 1, [zero] * len(offsets)) as k:
                for offset, total in zip(offsets, k.carried):
                    word = b.vector_load(to, self._line(k.index, offset), self.lanes)
                    k.next.append(b.dot(higher, word, total, self.parts, signed=False))
            for offset, total in zip(offsets, k.results):
                self._store(b.minus(zero, total), to, self._line(steps, offset))

    # -- words -------------------------------------------------------------------------------------

    def _single(self, source: Matrix, memory: Value, place: Value) -> Value:
        b = self.builder
        return self._word([self._part(b.load(memory, p)) for p in self._places(source, place)])

    def _across(self, source: Matrix, place: Value, mask: Value | None) -> Value:
        b = self.builder
        loaded = (
            b.vector_load(source.memory, p, self.lanes, mask) for p in self._places(source, place)
        )
        return self._word([self._part(value) for value in loaded])

    def _along(self, memory: Value, k: Value) -> Value:
        b, lanes = self.builder, self.parts * self.lanes
        loaded = b.vector_load(memory, b.times(k, b.constant(self.parts)), lanes)
        if bits(loaded.type) * self.parts == bits(I32):
            return self._finished(b.bitcast(loaded, I32))
        apart = (b.shuffle(loaded, loaded, range(s, lanes, self.parts)) for s in range(self.parts))
        return self._word([self._part(value) for value in apart])

    def _places(self, source: Matrix, place: Value) -> list[Value]:
        """Where the parts of a word lie."""
        b, within = self.builder, self._within(source)
        found = [place]
        while len(found) < self.parts:
            found.append(b.plus(found[-1], within))
        return found

    def _within(self, source: Matrix) -> Value:
        assert source.within is not None
        return source.within

    def _part(self, value: Value) -> Value:
        """An element in the width of a part."""
        b = self.builder
        if is_float(value.type):
            return b.bitcast(value, I16)
        return b.convert(value, I16 if self.parts == 2 else I8)

    def _word(self, parts: list[Value]) -> Value:
        return self._finished(self.builder.join(parts))

    def _finished(self, word: Value) -> Value:
        b = self.builder
        if not self.higher:
            return word
        return b.add("arith.xori", [word, b.constant(HIGHER, word.type)], word.type)


def words_of(builder: Builder, depth: Value, parts: int) -> Value:
    """Words that hold some elements."""
    b = builder
    most = b.plus(depth, b.constant(parts - 1))
    return b.add("arith.shrui", [most, b.constant(_SHIFT[parts])], INDEX)
