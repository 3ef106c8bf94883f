"""The kernel that transforms filters: a vector of channels at a time."""

from __future__ import annotations

from ...contraction.table import Places
from ...ir.builder import Builder
from ...ir.loops import F32, INDEX, Function, Memref, Value
from .points import TAPS, filter_matrix
from .shape import TransformShape
from .transform import Block, transformed


def build_filters(shape: TransformShape) -> Function:
    """The kernel of a shape: a chunk is a run of filters."""
    return _Filters(shape).function()


class _Filters:
    """Writes the loops over filters and channels."""

    def __init__(self, shape: TransformShape) -> None:
        self.shape = shape
        b = self.b = Builder(shape.name)
        self.source = b.argument(Memref(F32), "filters")
        self.target = b.argument(Memref(F32), "transformed")
        self.n = {name: b.argument(INDEX, f"n{i}") for i, name in enumerate(shape.numbers)}
        self.places = Places(b, self.n, dict(shape.groups))

    def function(self) -> Function:
        """The whole kernel."""
        b, n = self.b, self.n
        first = b.times(b.chunk, n["grain"])
        last = b.minimum_index(b.plus(first, n["grain"]), n["M"])
        with b.loop(first, last, carried=self.places.digits(first, "m")) as loop:
            base = b.plus(n["A.offset"], self.places.combine("A", "m", loop.carried))
            target = b.times(loop.index, n["U.row"])
            with b.loop(b.constant(0), n["K"], self.shape.lanes) as channel:
                at = b.plus(base, b.times(channel.index, n["A.k0"]))
                left = b.minimum_index(b.minus(n["K"], channel.index), b.constant(self.shape.lanes))
                self._store(self._taps(at, left), b.plus(target, channel.index))
            loop.next.extend(self.places.advance(loop.carried, "m"))
        return b.finish()

    def _taps(self, at: Value, left: Value) -> Block:
        """The taps of neighbouring channels; zeros beyond the last one."""
        b, n, lanes = self.b, self.n, self.shape.lanes
        offsets = b.times(b.step(lanes), b.broadcast(n["A.k0"], lanes))
        mask = b.mask(left, lanes)
        rows = [b.plus(at, b.times(b.constant(i), n["A.down"])) for i in range(TAPS)]
        steps = [b.times(b.constant(j), n["A.along"]) for j in range(TAPS)]
        return [
            [b.gather(self.source, b.plus(row, step), offsets, mask) for step in steps]
            for row in rows
        ]

    def _store(self, taps: Block, at: Value) -> None:
        b = self.b
        values = [v for row in transformed(b, filter_matrix(), taps) for v in row]
        for number, value in enumerate(values):
            place = b.plus(at, b.times(b.constant(number), self.n["U.point"]))
            b.vector_store(value, self.target, place)
