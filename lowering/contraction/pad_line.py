"""One line of a copy in which zeros are written out: zeros, elements of a tensor, zeros."""

from __future__ import annotations

from ...ops.dataclass import dataclass
from ..ir.builder import Builder
from ..ir.instructions import element
from ..ir.loops import Value, Vector


@dataclass(frozen=True)
class PadLine:
    """Writes lines, all of one structure.

    Attributes:
        builder: Of the kernel.
        source, target: Memory of the tensor and of the copy.
        lanes: Of a vector.
        fine: Step of the elements that are kept: 1, 2, or 0 for any other.
        length: Elements of a line of the copy.
        step: Distance in places of neighbours that are kept.
        stride: Distance of neighbouring places in the source's memory.
    """

    builder: Builder
    source: Value
    target: Value
    lanes: int
    fine: int
    length: Value
    step: Value
    stride: Value

    def write(self, base: Value, start: Value, extent: Value, to: Value) -> None:
        """Writes a line.

        Args:
            base: Where place 0 of the line lies in the source.
            start: First place that is kept.
            extent: Places that there are; others are 0.
            to: Where the line begins in the copy.
        """
        b, lanes = self.builder, self.builder.constant(self.lanes)
        end = b.maximum_index(b.minus(self.length, lanes), b.constant(0))
        safe, kind = self._safe(extent), element(self.target.type)
        with b.loop(b.constant(0), self.length, self.lanes) as loop:
            # The last vector reaches back over the one before, so that none of a line is masked.
            index = b.minimum_index(loop.index, end)
            place = b.plus(start, b.times(index, self.step))
            left = b.minimum_index(b.minus(self.length, index), lanes)
            at, whole = b.plus(to, index), b.compare("eq", left, lanes)
            value = b.convert(self._inner_or_edge(base, place, extent, safe), kind)
            # A masked store takes tens of cycles on some processors.
            full = b.branch(whole)
            with b.inside(full.then):
                b.vector_store(value, self.target, at)
            with b.inside(full.otherwise):
                b.vector_store(value, self.target, at, b.mask(left, self.lanes))

    def _safe(self, extent: Value) -> Value:
        """The number of places from which on a vector lies inside of the tensor, where elements are
        neighbours; else 0."""
        b = self.builder
        if not self.fine:
            return b.constant(0)
        reach = b.constant(self.lanes * self.fine - 1)
        inside = b.maximum_index(b.minus(extent, reach), b.constant(0))
        near = b.compare("eq", self.stride, b.constant(1))
        return b.select(near, inside, b.constant(0))

    def _inner_or_edge(self, base: Value, place: Value, extent: Value, safe: Value) -> Value:
        """A vector of a line: most lie inside of the tensor and need no mask."""
        b, lanes = self.builder, self.lanes
        if not self.fine:
            return self._elements(base, place, extent)
        kind = Vector(lanes, element(self.source.type))
        inner = b.branch(b.compare("ult", place, safe), [kind])
        with b.inside(inner.then) as yields:
            at = b.plus(base, place)
            found = b.vector_load(self.source, at, lanes)
            if self.fine == 2:
                further = b.vector_load(self.source, b.plus(at, b.constant(lanes)), lanes)
                found = b.shuffle(found, further, range(0, 2 * lanes, 2))
            yields.append(found)
        with b.inside(inner.otherwise) as yields:
            yields.append(self._elements(base, place, extent))
        return inner.results[0]

    def _elements(self, base: Value, place: Value, extent: Value) -> Value:
        """A vector of a line from a place on; 0 outside of the tensor."""
        b, lanes = self.builder, self.lanes
        one = b.constant(1)
        if self.fine == 1:
            return self._load(base, place, extent, one)
        if self.fine == 2:
            low = self._load(base, place, extent, one)
            high = self._load(base, b.plus(place, b.constant(lanes)), extent, one)
            return b.shuffle(low, high, range(0, 2 * lanes, 2))
        return self._load(base, place, extent, self.step)

    def _load(self, base: Value, place: Value, extent: Value, step: Value) -> Value:
        """Elements at places `place + step * lane`, where they are inside."""
        b, lanes = self.builder, self.lanes
        lane = b.step(lanes)
        along = b.plus(b.broadcast(place, lanes), b.times(lane, b.broadcast(step, lanes)))
        inside = b.compare("ult", along, b.broadcast(extent, lanes))
        here, distance = b.plus(base, b.times(place, self.stride)), b.times(step, self.stride)
        kind = Vector(lanes, element(self.source.type))
        near = b.branch(b.compare("eq", distance, b.constant(1)), [kind])
        with b.inside(near.then) as yields:
            yields.append(b.vector_load(self.source, here, lanes, inside))
        with b.inside(near.otherwise) as yields:
            offsets = b.times(lane, b.broadcast(distance, lanes))
            yields.append(b.gather(self.source, here, offsets, inside))
        return near.results[0]
