"""A sum and the squared distances from the mean that it gives, folded by one pass over strips.

Chan, Golub and LeVeque 1979, "Updating formulae and a pairwise algorithm for computing sample
variances", equation 2.1: squared distances of two sets from their own means are added, together
with the squared distance of the two means, weighted. A strip is one set, what came before it the
other.

Within a strip distances are taken from its first element, and means are compared as distances from
the first element of all, so that a mean that is large against the spread costs no digits: no
element is further from the mean than the spread times the root of their number.
"""

from __future__ import annotations

import math

from ...ops.dataclass import dataclass
from ..ir.loops import Value
from .call import emit_call
from .memory import Typed
from .reduction import Reduction
from .shape import Moments, StripShape
from .strip import STRIP, KeptAccumulators, StripEmitter

MOMENTS_STRIP = 2 * STRIP
"""Elements of a strip: to join it with those before it takes as long as some elements."""


@dataclass(frozen=True)
class _Counts:
    """Numbers of elements, the same for all rows, as floating-point vectors.

    Attributes:
        some: Elements of the strip at hand.
        inverse: One by that.
        before: One by how many came before; one by 1 for the first strip.
        weight: Of the squared distance of the two means; 0 for the first strip.
    """

    some: Value
    inverse: Value
    before: Value
    weight: Value


class MomentsEmitter(StripEmitter):
    """The part of a nest's emitter that folds two passes in one."""

    def walk_passes(
        self, strip: StripShape, kept: list[KeptAccumulators], first: Value, last: Value
    ) -> None:
        """All passes, the first two as one if they fold moments."""
        if strip.moments is None:
            super().walk_passes(strip, kept, first, last)
            return
        memory = self.arguments.memory[strip.moments.kept]

        def begin(carried: list[Value]) -> list[Value]:
            for row in self.e.bases:
                (zero,) = kept[0].neutral()
                self.b.vector_store(zero, memory, self.b.plus(kept[0].start, row))
            return carried

        self.over_lanes(first, last, [], begin)
        self._walk_moments(strip.moments, kept, first, last)
        for number in range(2, len(kept)):
            self.walk_pass(number, kept, first, last)

    def _walk_moments(
        self, moments: Moments, kept: list[KeptAccumulators], first: Value, last: Value
    ) -> None:
        b = self.b
        (name,) = self.shape.inner
        low, high = self.bounds(name)
        with b.loop(low, high, MOMENTS_STRIP) as rows:
            bottom = b.minimum_index(b.plus(rows.index, b.constant(MOMENTS_STRIP)), high)
            counts = self._counts(low, rows.index, bottom, kept[0].reductions[0][0])

            def some(carried: list[Value]) -> list[Value]:
                self.preload_pass(self.shape.passes[0])
                origins = self._values(moments, low)
                centers = self._values(moments, rows.index)
                found = self._fold_strip(moments, kept, centers, rows.index, bottom)
                for row, origin, center, *sums in zip(self.e.bases, origins, centers, *found):
                    apart = b.minus(center, origin)
                    self._join(moments, kept, counts, row, apart, *sums)
                return carried

            self.over_lanes(first, last, [], some)

    def _values(self, moments: Moments, place: Value) -> list[Value]:
        """What is summed, of one element of each vector of rows."""
        e, (name,) = self.e, self.shape.inner
        step = e.steps[moments.total]
        kind = self.reduction(step).accumulator
        e.point[name] = place
        e.scopes.append({})
        values: list[Value] = []
        for e.copy in self.copies():
            values.append(e.spread(e.as_kind(e.emit(step.value), kind).value))
        e.copy = 0
        e.scopes.pop()
        return values

    def _counts(self, low: Value, top: Value, bottom: Value, reduction: Reduction) -> _Counts:
        b, kind = self.b, reduction.accumulator

        def number(value: Value) -> Value:
            return b.convert(value, kind.scalar)

        def ratio(a: Value, x: Value) -> Value:
            return emit_call(b, "div", kind, [a, x])

        one, before = b.constant(1, kind.scalar), b.minus(top, low)
        some, at_least = number(b.minus(bottom, top)), b.maximum_index(before, b.constant(1))
        share = ratio(number(before), number(b.minus(bottom, low)))
        values = some, ratio(one, some), ratio(one, number(at_least)), b.times(share, some)
        return _Counts(*(self.e.spread(value) for value in values))

    def _fold_strip(
        self, moments: Moments, kept: list[KeptAccumulators], centers: list[Value],
        top: Value, bottom: Value,
    ) -> tuple[list[Value], list[Value], list[Value]]:  # fmt: skip
        """Of each vector of rows, the sums of a strip's elements, of distances from the centers and
        of their squares."""
        b, e, passes = self.b, self.e, self.shape.passes
        (name,), count = self.shape.inner, len(centers)
        totals, squares = e.steps[moments.total], e.steps[moments.squares]
        sums, _ = kept[0].reductions[0]
        nothing = [value for _ in range(3 * count) for value in kept[0].neutral()]
        with b.loop(top, bottom, carried=nothing) as loop:
            e.point[name] = loop.index
            e.scopes.append({})
            for e.copy, center in enumerate(centers):
                e.know(moments.center, Typed(center, sums.accumulator))
            e.copy = 0
            folded = self.element(0, passes[0], [totals], [sums], loop.carried[:count])
            folded += self.element(1, passes[1], [squares], [sums], loop.carried[count:-count])
            for e.copy, before in enumerate(loop.carried[-count:]):
                folded.append(b.plus(before, e.emit(moments.distance).value))
            e.copy = 0
            loop.next = folded
            e.scopes.pop()
        found = list(loop.results)
        return found[:count], found[-count:], found[count:-count]

    def _join(
        self, moments: Moments, kept: list[KeptAccumulators], counts: _Counts, row: Value,
        apart: Value, total: Value, distances: Value, squares: Value,
    ) -> None:  # fmt: skip
        """Keeps what a strip gave together with what came before it.

        Args:
            moments, kept, counts: Of the passes.
            row: At lane 0.
            apart: The strip's first element from the first of all.
            total, distances, squares: Of the strip; distances are those from its first element.
        """
        b = self.b
        kept[0].close(row, [total])
        memory = self.arguments.memory[moments.kept]
        place = b.plus(kept[1].start, row)
        before = b.vector_load(memory, place, self.shape.lanes)
        moved = b.multiply_add(counts.some, apart, distances)
        b.vector_store(b.plus(before, moved), memory, place)
        means = b.minus(b.times(moved, counts.inverse), b.times(before, counts.before))
        excess = b.times(b.times(distances, counts.inverse), distances)
        overflown = b.compare("oeq", excess, b.constant(math.inf, excess.type))
        nothing = b.times(distances, b.constant(0, excess.type))  # not a number among infinite ones
        own = b.minus(squares, b.select(overflown, nothing, excess))
        joined = [b.multiply_add(b.times(counts.weight, means), means, own)]
        kept[1].close(row, joined if moments.distances is None else [*joined, nothing])
