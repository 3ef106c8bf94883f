"""Packing of a matrix of narrow elements: two steps of the depth to a word.

A word holds two elements of 16 bits, so that one instruction multiplies two steps: `ts.dot`.
Integers of 8 bits are widened, bf16 keep their bits: neighbours along the depth are copied as they
lie. Where the depth is odd the last word holds one element and a zero.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..instructions import bits, is_float
from ..loops import I16, I32, Value
from .panel import Matrix, Panels


@dataclass(frozen=True)
class PairPanels(Panels):
    """Where panels go whose steps are pairs; `memory` is of words."""

    def pack(self, source: Matrix, count: Value, depth: Value) -> None:
        """Packs `count` rows of a depth that is counted in elements."""
        b = self.builder
        one = b.constant(1)
        whole = b.add("arith.shrui", [depth, one], depth.type)
        pairs = replace(source, step=b.plus(source.step, source.step), within=source.step)
        super().pack(pairs, count, whole)
        odd = b.branch(b.compare("ne", b.plus(whole, whole), depth))
        with b.inside(odd.then):
            self._last(pairs, count, whole)
        with b.inside(odd.otherwise):
            pass

    def _last(self, source: Matrix, count: Value, k: Value) -> None:
        """A last step without its second half."""
        b = self.builder
        with b.loop(b.constant(0), count, self.width) as loop:
            left = b.minus(count, loop.index)
            at = b.plus(self._from(source, loop.index), b.times(k, source.step))
            to = self._to(loop.index)
            for i in range(self.width):
                element = b.load(self._row(source, at, i, left), b.constant(0))
                half = self._half(element)
                word = b.pair(half, b.constant(0, half.type))
                self._store(word, to, self._line(k, i))

    def _single(self, source: Matrix, memory: Value, place: Value) -> Value:
        b = self.builder
        return self._pair(b.load(memory, place), b.load(memory, self._second(source, place)))

    def _across(self, source: Matrix, place: Value, mask: Value | None) -> Value:
        b, second = self.builder, self._second(source, place)
        halves = [b.vector_load(source.memory, p, self.lanes, mask) for p in (place, second)]
        return self._pair(*halves)

    def _along(self, memory: Value, k: Value) -> Value:
        b = self.builder
        both = b.vector_load(memory, b.plus(k, k), 2 * self.lanes)
        if bits(both.type) == 16:
            return b.bitcast(both, I32)
        return self._pair(*(b.shuffle(both, both, range(s, 2 * self.lanes, 2)) for s in (0, 1)))

    def _second(self, source: Matrix, place: Value) -> Value:
        assert source.within is not None
        return self.builder.plus(place, source.within)

    def _pair(self, low: Value, high: Value) -> Value:
        return self.builder.pair(self._half(low), self._half(high))

    def _half(self, value: Value) -> Value:
        return value if is_float(value.type) else self.builder.convert(value, I16)
