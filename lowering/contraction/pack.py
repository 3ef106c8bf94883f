"""Packing: a block of a factor copied so that the micro-kernel reads it in order.

A panel of `width` rows (or columns) lies depth by depth: element (i, k) of the panel at
`k * width + i`. Rows beyond the end repeat the last one; what comes of them is never written.
"""

from __future__ import annotations

from collections.abc import Mapping

from ...ops.dataclass import dataclass
from ..ir.builder import Builder
from ..ir.loops import Memref, Value, Vector
from ..ir.transpose import transpose
from .shape import FactorShape
from .table import Table


@dataclass(frozen=True)
class Panel:
    """A panel being packed.

    Attributes:
        label: `A` or `B`.
        factor: What is packed.
        places: Table segments of the rows, by label.
        first: Its first row.
        left: Rows from there to the end.
        width: Rows of a panel.
        depth: Steps of depth.
        to: Place of the packed panel.
    """

    label: str
    factor: FactorShape
    places: Mapping[str, Value]
    first: Value
    left: Value
    width: int
    depth: Value
    to: Value


class Packer:
    """Packs blocks of the two factors of one contraction.

    Args:
        builder: Of the kernel.
        lanes: Of a vector.
        pack: Memory of the packed blocks.
        table: Access to the tables.
        numbers: Integer arguments by name.
        memory: Tensors by name.
        depth: Segments of the places along the depth, by label.
        bases: Offset of each label at the current outer position.
    """

    def __init__(
        self,
        builder: Builder,
        lanes: int,
        pack: Value,
        table: Table,
        numbers: Mapping[str, Value],
        memory: Mapping[str, Value],
        depth: Mapping[str, Value],
        bases: Mapping[str, Value],
    ) -> None:
        self.b = builder
        self.lanes = lanes
        self.pack_memory = pack
        self.table = table
        self.numbers = numbers
        self.memory = memory
        self.depth = depth
        self.bases = bases

    def pack(
        self,
        label: str,
        factor: FactorShape,
        places: Mapping[str, Value],
        start: Value,
        count: Value,
        width: int,
        depth: Value,
        to: Value,
    ) -> None:
        """Packs `count` rows from `start` on, a panel of `width` rows after the other."""
        b = self.b
        with b.loop(b.constant(0), count, width) as loop:
            at = b.plus(to, b.times(loop.index, self.numbers["block"]))
            first, left = b.plus(start, loop.index), b.minus(count, loop.index)
            panel = Panel(label, factor, places, first, left, width, depth, at)
            if factor.guards:
                self._guarded(panel)
            elif factor.unit:
                self._copied(panel)
            elif factor.deep:
                self._transposed(panel)
            else:
                self._gathered(panel)

    def _line(self, panel: Panel, k: Value, offset: int = 0) -> Value:
        """Place of a step of depth in the packed panel."""
        b = self.b
        line = b.plus(panel.to, b.times(k, b.constant(panel.width)))
        return b.plus(line, b.constant(offset)) if offset else line

    def _row(self, panel: Panel, number: int) -> Value:
        """Address of a row of the panel, at depth 0."""
        at = self.b.plus(panel.first, self.b.constant(number))
        return self.b.plus(self.bases[panel.label], self.table.load(panel.places[panel.label], at))

    def _parts(self, width: int) -> list[tuple[int, int]]:
        """(offset, lanes used) of the vectors that cover a panel's width."""
        return [(offset, min(self.lanes, width - offset)) for offset in range(0, width, self.lanes)]

    def _store(self, value: Value, at: Value, lanes: int) -> None:
        """Writes an element or a vector as the element type of what is packed."""
        b = self.b
        assert isinstance(self.pack_memory.type, Memref)
        value = b.convert(value, self.pack_memory.type.element)
        if not isinstance(value.type, Vector):
            b.store(value, self.pack_memory, at)
            return
        mask = None if lanes == self.lanes else b.mask(b.constant(lanes), self.lanes)
        b.vector_store(value, self.pack_memory, at, mask)

    # -- plain factors -----------------------------------------------------------------------------

    def _gathered(self, panel: Panel) -> None:
        """Rows whose neighbours lie anywhere: scalar copies, which keep the load units busy."""
        b = self.b
        memory = self.memory[panel.factor.tensor]
        rows = [self._row(panel, i) for i in range(panel.width)]
        with b.loop(b.constant(0), panel.depth) as k:
            along = self.table.load(self.depth[panel.label], k.index)
            for i, row in enumerate(rows):
                self._store(b.load(memory, b.plus(row, along)), self._line(panel, k.index, i), 1)

    def _copied(self, panel: Panel) -> None:
        """Rows whose neighbours are neighbours in memory: vector copies."""
        b = self.b
        memory = self.memory[panel.factor.tensor]
        row = self._row(panel, 0)
        masks = []
        for offset, lanes in self._parts(panel.width):
            left = b.maximum_index(b.minus(panel.left, b.constant(offset)), b.constant(0))
            masks.append(b.mask(b.minimum_index(left, b.constant(lanes)), self.lanes))
        with b.loop(b.constant(0), panel.depth) as k:
            source = b.plus(row, self.table.load(self.depth[panel.label], k.index))
            for (offset, lanes), mask in zip(self._parts(panel.width), masks):
                at = b.plus(source, b.constant(offset))
                value = b.vector_load(memory, at, self.lanes, mask)
                self._store(value, self._line(panel, k.index, offset), lanes)

    def _transposed(self, panel: Panel) -> None:
        """Rows that are consecutive along the depth: square blocks, transposed in registers."""
        b, lanes = self.b, self.lanes
        memory = self.memory[panel.factor.tensor]
        start = self.table.load(self.depth[panel.label], b.constant(0))
        for offset, used in self._parts(panel.width):
            rows = [b.plus(self._row(panel, offset + i), start) for i in range(used)]
            with b.loop(b.constant(0), panel.depth, lanes) as k:
                left = b.minimum_index(b.minus(panel.depth, k.index), b.constant(lanes))
                mask = b.mask(left, lanes)
                block = [b.vector_load(memory, b.plus(r, k.index), lanes, mask) for r in rows]
                block += [block[-1]] * (lanes - used)
                for step, vector in enumerate(transpose(b, block)):
                    at = b.plus(k.index, b.constant(step))
                    self._store(vector, self._line(panel, at, offset), used)

    # -- guarded factors ---------------------------------------------------------------------------

    def _guarded(self, panel: Panel) -> None:
        """Rows of a factor that is 0 outside of its tensor, where its zeros are not written out."""
        for offset, lanes in self._parts(panel.width):
            self._guarded_part(panel, offset, lanes)

    def _guarded_part(self, panel: Panel, offset: int, lanes: int) -> None:
        b, table, label = self.b, self.table, panel.label
        first = b.plus(panel.first, b.constant(offset))
        rows = table.load_vector(panel.places[label], first, self.lanes)
        guards = [
            table.load_vector(panel.places[f"{label}.{g}"], first, self.lanes)
            for g in range(len(panel.factor.guards))
        ]
        with b.loop(b.constant(0), panel.depth) as k:
            base = b.plus(self.bases[label], table.load(self.depth[label], k.index))
            offsets = rows
            inside = b.mask(b.constant(self.lanes), self.lanes)
            for number, (guard, row) in enumerate(zip(panel.factor.guards, guards)):
                name = f"{label}.{number}"
                along = b.plus(self.bases[name], table.load(self.depth[name], k.index))
                place = b.plus(row, b.broadcast(along, self.lanes))
                place, holds = self._within(name, guard.divided, place)
                inside = b.add("arith.andi", [inside, holds], holds.type)
                if guard.divided:
                    stride = b.broadcast(self.numbers[f"{name}.stride"], self.lanes)
                    offsets = b.plus(offsets, b.times(place, stride))
            value = b.gather(self.memory[panel.factor.tensor], base, offsets, inside)
            self._store(value, self._line(panel, k.index, offset), lanes)

    def _within(self, name: str, divided: bool, place: Value) -> tuple[Value, Value]:
        """The place along the dim in each lane, and where it is inside."""
        b = self.b
        holds: Value | None = None
        if divided:
            divisor = b.broadcast(self.numbers[f"{name}.divisor"], self.lanes)
            quotient = b.add("arith.floordivsi", [place, divisor], place.type)
            holds = b.compare("eq", b.times(quotient, divisor), place)
            place = quotient
        extent = b.broadcast(self.numbers[f"{name}.extent"], self.lanes)
        inside = b.compare("ult", place, extent)
        return place, inside if holds is None else b.add("arith.andi", [inside, holds], inside.type)
