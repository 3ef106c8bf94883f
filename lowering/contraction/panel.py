"""Packing of a matrix: panels of rows (or columns) that the micro-kernel reads in order.

A panel of `width` rows lies depth by depth: element (i, k) at `k * width + i`. Vectors are written
whole, each over what the one before it wrote too much, so that nothing is masked. Rows beyond the
end are copies of the last one, or zeros; what comes of them is never written.
"""

from __future__ import annotations

from ...ops.dataclass import dataclass
from ..ir.builder import Builder
from ..ir.loops import Memref, Scalar, Value, Vector
from ..ir.transpose import transpose
from .epilogue import SCRATCH

TOGETHER = 4  # panels that are copied at a time


@dataclass(frozen=True)
class Matrix:
    """A block of a matrix as it lies in memory.

    Attributes:
        memory: What it is part of.
        base: Place of its first element.
        along: Distance of neighbouring rows (or columns).
        step: Distance of neighbours along the depth.
        unit: `along` is 1.
        deep: Neighbours along the depth are neighbours in memory.
        within: Panels of pairs: distance of the halves of a pair, `step` being that of pairs.
    """

    memory: Value
    base: Value
    along: Value
    step: Value
    unit: bool
    deep: bool
    within: Value | None = None

    def stored(self) -> Scalar:
        """Its element type."""
        assert isinstance(self.memory.type, Memref)
        return self.memory.type.element


@dataclass(frozen=True)
class Panels:
    """Where panels go.

    Attributes:
        builder: Of the kernel.
        lanes: Of a vector.
        width: Rows of a panel.
        memory: Memory of the panels.
        base: Place of the first one.
        pitch: Steps of depth that each has room for: one more than it holds, since the last vector
            may reach beyond its line.
    """

    builder: Builder
    lanes: int
    width: int
    memory: Value
    base: Value
    pitch: Value

    def pack(self, source: Matrix, count: Value, depth: Value) -> None:
        """Packs `count` rows, a panel after the other."""
        b = self.builder
        if not source.unit:
            self._each(source, b.constant(0), count, depth)
            return
        together = TOGETHER * self.width
        with b.loop(b.constant(0), count, together) as loop:
            left = b.minus(count, loop.index)
            reach = (TOGETHER - 1) * self.width + len(self._parts()) * self.lanes
            whole = b.branch(b.compare("sge", left, b.constant(reach)))
            with b.inside(whole.then):
                self._copy(source, loop.index, depth)
            with b.inside(whole.otherwise):
                most = b.minimum_index(left, b.constant(together))
                self._each(source, loop.index, most, depth)

    def _each(self, source: Matrix, first: Value, count: Value, depth: Value) -> None:
        """Packs panels one by one."""
        b = self.builder
        with b.loop(b.constant(0), count, self.width) as loop:
            left, row = b.minus(count, loop.index), b.plus(first, loop.index)
            at, to = self._from(source, row), self._to(row)
            if source.unit and source.stored() in SCRATCH:  # narrower ones have no masks
                self._copy_masked(source, at, left, depth, to)
            elif source.deep:
                self._turn(source, at, left, depth, to)
            else:
                self._gather(source, at, left, depth, to)

    def _from(self, source: Matrix, row: Value) -> Value:
        return self.builder.plus(source.base, self.builder.times(row, source.along))

    def _to(self, row: Value) -> Value:
        b = self.builder
        return b.view(self.memory, b.plus(self.base, b.times(row, self.pitch)))

    def _parts(self) -> list[int]:
        """Offsets of the vectors that cover a panel's width."""
        return list(range(0, self.width, self.lanes))

    def _line(self, k: Value, offset: int, ahead: int = 0) -> Value:
        b = self.builder
        line = b.times(k, b.constant(self.width))
        return b.plus(line, b.constant(offset + ahead * self.width))

    def _store(self, value: Value, to: Value, at: Value) -> None:
        """Writes a vector or an element."""
        b = self.builder
        if isinstance(value.type, Vector):
            b.vector_store(value, to, at)
        else:
            b.store(value, to, at)

    def _gather(self, source: Matrix, at: Value, left: Value, depth: Value, to: Value) -> None:
        """Copies elements one by one."""
        b = self.builder
        rows = [self._row(source, at, b.constant(i), left) for i in range(self.width)]
        with b.loop(b.constant(0), depth) as k:
            along = b.times(k.index, source.step)
            for i, row in enumerate(rows):
                self._store(self._single(source, row, along), to, self._line(k.index, i))

    def _row(self, source: Matrix, at: Value, number: Value, left: Value) -> Value:
        """The memory from a row of a panel on; beyond the end from the last one on."""
        b = self.builder
        row = b.minimum_index(number, b.minus(left, b.constant(1)))
        return b.view(source.memory, b.plus(at, b.times(row, source.along)))

    def _copy(self, source: Matrix, row: Value, depth: Value) -> None:
        """Several panels at a time, so that long pieces of memory are read."""
        b = self.builder
        at = self._from(source, row)
        panels = [self._to(b.plus(row, b.constant(p * self.width))) for p in range(TOGETHER)]
        with b.loop(b.constant(0), depth) as k:
            line = b.plus(at, b.times(k.index, source.step))
            for number, to in enumerate(panels):
                for offset in self._parts():
                    place = b.plus(line, b.constant(number * self.width + offset))
                    value = self._across(source, place, None)
                    self._store(value, to, self._line(k.index, offset))

    def _copy_masked(self, source: Matrix, at: Value, left: Value, depth: Value, to: Value) -> None:
        """One panel, as far as the matrix goes."""
        b = self.builder
        masks = [b.mask(b.minus(left, b.constant(o)), self.lanes) for o in self._parts()]
        with b.loop(b.constant(0), depth) as k:
            line = b.plus(at, b.times(k.index, source.step))
            for offset, mask in zip(self._parts(), masks):
                place = b.plus(line, b.constant(offset))
                value = self._across(source, place, mask)
                self._store(value, to, self._line(k.index, offset))

    def _turn(self, source: Matrix, at: Value, left: Value, depth: Value, to: Value) -> None:
        """Steps of depth are neighbours in memory: square blocks, transposed in registers."""
        b = self.builder
        long = b.branch(b.compare("sge", depth, b.constant(self.lanes)))
        with b.inside(long.then):
            if self.width % self.lanes:
                # Vectors that reach into the next line must be written line by line.
                self._turn_rows(source, at, left, b.constant(0), self.width, depth, to)
            else:
                with b.loop(b.constant(0), b.constant(self.width), self.lanes) as group:
                    here = b.view(to, group.index)
                    self._turn_rows(source, at, left, group.index, self.lanes, depth, here)
        with b.inside(long.otherwise), b.loop(b.constant(0), b.constant(self.width)) as i:
            row = self._row(source, at, i.index, left)
            with b.loop(b.constant(0), depth) as k:
                single = self._single(source, row, b.times(k.index, source.step))
                self._store(single, b.view(to, i.index), self._line(k.index, 0))

    def _turn_rows(
        self, source: Matrix, at: Value, left: Value, first: Value, count: int, depth: Value,
        to: Value,
    ) -> None:  # fmt: skip
        """Blocks of `count` rows of a panel, from one on, all along the depth.

        The last block ends where the depth does: it repeats steps of the one before it.
        """
        b = self.builder
        rows = [self._row(source, at, b.plus(first, b.constant(i)), left) for i in range(count)]
        offsets = range(0, count, self.lanes)
        last = b.minus(depth, b.constant(self.lanes))
        with b.loop(b.constant(0), depth, self.lanes) as loop:
            k = b.minimum_index(loop.index, last)
            turned = [self._turned(rows[o : o + self.lanes], k) for o in offsets]
            for step in range(self.lanes):
                for offset, block in zip(offsets, turned):
                    self._store(block[step], to, self._line(k, offset, step))

    def _turned(self, rows: list[Value], k: Value) -> list[Value]:
        block = [self._along(row, k) for row in rows]
        return transpose(self.builder, block + [block[-1]] * (self.lanes - len(block)))

    # -- elements, as panels keep them -------------------------------------------------------------

    def _single(self, source: Matrix, memory: Value, place: Value) -> Value:
        """An element of a row."""
        return self._kept(self.builder.load(memory, place))

    def _across(self, source: Matrix, place: Value, mask: Value | None) -> Value:
        """Elements of neighbouring rows."""
        return self._kept(self.builder.vector_load(source.memory, place, self.lanes, mask))

    def _along(self, memory: Value, k: Value) -> Value:
        """Elements of a row at neighbouring steps of the depth."""
        return self._kept(self.builder.vector_load(memory, k, self.lanes))

    def _kept(self, value: Value) -> Value:
        assert isinstance(self.memory.type, Memref)
        return self.builder.convert(value, self.memory.type.element)
