"""A sum and the squared distances from the mean that it gives, folded by one pass over strips.

Chan, Golub and LeVeque 1979, "Updating formulae and a pairwise algorithm for computing sample
variances", equation 2.1: squared distances of two sets from their own means are added, together
with the squared distance of the two means, weighted. A strip is one set, what came before it the
other.

The means are those of distances from an origin, the mean of the first strip, so that a mean that is
large against the spread costs no digits: no further from the mean of all than a few spreads lie
those elements themselves.
"""

from __future__ import annotations

from dataclasses import dataclass

from .emit_call import emit_call
from .emit_memory import Typed
from .emit_reduction import Reduction
from .emit_strip import STRIP, KeptAccumulators, StripEmitter
from .loops import Value
from .shape import Moments, StripShape


@dataclass(frozen=True)
class _Counts:
    """Of elements, the same for all rows, as floating-point numbers.

    Attributes:
        some: In the strip at hand.
        inverse: One by that.
        before: One by how many came before; one by 1 for the first strip.
        weight: Of the squared distance of the two means, 0 for the first strip.
        is_first: Nothing came before.
    """

    some: Value
    inverse: Value
    before: Value
    weight: Value
    is_first: Value


class MomentsEmitter(StripEmitter):
    """The part of a nest's emitter that folds two passes in one."""

    def walk_passes(
        self, strip: StripShape, kept: list[KeptAccumulators], first: Value, last: Value
    ) -> None:
        """All passes, the first two as one if they fold moments."""
        if strip.moments is None:
            super().walk_passes(strip, kept, first, last)
            return
        self._walk_moments(strip.moments, kept, first, last)
        for number in range(2, len(kept)):
            self.walk_pass(number, kept, first, last)

    def _walk_moments(
        self, moments: Moments, kept: list[KeptAccumulators], first: Value, last: Value
    ) -> None:
        b = self.b
        (name,) = self.shape.inner
        low, high = self.bounds(name)
        with b.loop(low, high, STRIP) as rows:
            bottom = b.minimum_index(b.plus(rows.index, b.constant(STRIP)), high)
            counts = self._counts(low, rows.index, bottom, kept[0].reductions[0][0])

            def some(carried: list[Value]) -> list[Value]:
                self._walk_strip_twice(moments, kept, counts, rows.index, bottom)
                return carried

            self.over_lanes(first, last, [], some)

    def _counts(self, low: Value, top: Value, bottom: Value, reduction: Reduction) -> _Counts:
        b, scalar = self.b, reduction.accumulator.scalar
        one = b.constant(1, scalar)
        some = b.convert(b.minus(bottom, top), scalar)
        before = b.convert(b.minus(top, low), scalar)
        inverse = emit_call(b, "div", reduction.accumulator, [one, some])
        share = emit_call(b, "div", reduction.accumulator, [before, b.plus(before, some)])
        at_least = b.convert(b.maximum_index(b.minus(top, low), b.constant(1)), scalar)
        return _Counts(
            some, inverse, emit_call(b, "div", reduction.accumulator, [one, at_least]),
            b.times(share, some), b.compare("eq", top, low),
        )  # fmt: skip

    def _walk_strip_twice(
        self, moments: Moments, kept: list[KeptAccumulators], counts: _Counts,
        top: Value, bottom: Value,
    ) -> None:  # fmt: skip
        """Both passes over the elements of a strip, for the vectors of rows at hand."""
        b, e = self.b, self.e
        self.preload_pass(self.shape.passes[0])
        nothing = [value for _ in e.bases for value in kept[0].neutral()]
        totals = self.fold_strip(0, kept[0], top, bottom, nothing, [])
        kind = kept[0].reductions[0][0].accumulator
        means = [b.times(total, self.e.spread(counts.inverse)) for total in totals]
        for e.copy, mean in enumerate(means):
            e.know(moments.center, Typed(mean, kind))
        e.copy = 0
        found = self.fold_strip(1, kept[1], top, bottom, nothing * 2, [moments.distance])
        squares, rests = found[: len(means)], found[len(means) :]
        for row, total, *parts in zip(e.bases, totals, means, rests, squares):
            kept[0].close(row, [total])
            self._merge(moments, kept[1], counts, row, *parts)

    def _merge(
        self, moments: Moments, kept: KeptAccumulators, counts: _Counts, row: Value,
        mean: Value, rest: Value, squares: Value,
    ) -> None:  # fmt: skip
        """Keeps the squared distances of a strip together with those before it.

        Args:
            moments, kept, counts: Of the squares.
            row: At lane 0.
            mean: Of the strip, rounded.
            rest: Distances from that, added.
            squares: Squares of them, added.
        """
        b, lanes = self.b, self.shape.lanes
        some, inverse, before, weight = (
            self.e.spread(x) for x in (counts.some, counts.inverse, counts.before, counts.weight)
        )
        place = b.plus(kept.start, row)
        memories = [self.arguments.memory[name] for name in moments.kept]
        origin, moved = (b.vector_load(memory, place, lanes) for memory in memories)
        origin = b.select(counts.is_first, mean, origin)
        moved = b.select(counts.is_first, b.constant(0, moved.type), moved)
        distance = b.multiply_add(some, b.minus(mean, origin), rest)
        apart = b.minus(b.times(distance, inverse), b.times(moved, before))
        (total,) = kept.load(row)
        total = b.multiply_add(b.times(weight, apart), apart, b.plus(total, squares))
        kept.store(row, [total])
        for value, memory in zip((origin, b.plus(moved, distance)), memories):
            b.vector_store(value, memory, place)
