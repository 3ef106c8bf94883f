"""Packing: a block of a factor copied so that the micro-kernel reads it in order.

A panel of `width` rows (or columns) lies depth by depth: element (i, k) of the panel at
`k * width + i`. Rows beyond the end repeat the last one; what comes of them is never written.
"""

from __future__ import annotations

from collections.abc import Mapping

from .builder import Builder
from .contraction_shape import FactorShape
from .contraction_table import Table
from .loops import I1, INDEX, Memref, Value, Vector


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
        with b.loop(b.constant(0), count, width) as panel:
            at = b.plus(to, b.times(panel.index, self.numbers["block"]))
            first = b.plus(start, panel.index)
            left = b.minus(count, panel.index)
            if factor.guards:
                self._guarded(label, factor, places, first, width, depth, at)
            elif factor.unit:
                self._copied(label, factor, places, first, left, width, depth, at)
            elif factor.deep:
                self._transposed(label, factor, places, first, width, depth, at)
            else:
                self._gathered(label, factor, places, first, width, depth, at)

    def _store(self, value: Value, at: Value) -> None:
        assert isinstance(self.pack_memory.type, Memref)
        self.b.store(self.b.convert(value, self.pack_memory.type.element), self.pack_memory, at)

    def _gathered(
        self, label: str, factor: FactorShape, places: Mapping[str, Value], first: Value, width: int, depth: Value, at: Value
    ) -> None:
        """Rows whose neighbours lie anywhere: scalar copies, which keep the load units busy."""
        b = self.b
        memory = self.memory[factor.tensor]
        rows = [
            b.plus(self.bases[label], self.table.load(places[label], b.plus(first, b.constant(i)))) for i in range(width)
        ]
        with b.loop(b.constant(0), depth) as k:
            along = self.table.load(self.depth[label], k.index)
            line = b.plus(at, b.times(k.index, b.constant(width)))
            for i, row in enumerate(rows):
                self._store(b.load(memory, b.plus(row, along)), b.plus(line, b.constant(i)))

    def _transposed(
        self, label: str, factor: FactorShape, places: Mapping[str, Value], first: Value, width: int, depth: Value, at: Value
    ) -> None:
        """Rows that are consecutive along the depth: square blocks of vectors, transposed in registers."""
        b = self.b
        memory = self.memory[factor.tensor]
        start = self.table.load(self.depth[label], b.constant(0))
        for offset, used in self._parts(width):
            rows = [
                b.plus(b.plus(self.bases[label], start), self.table.load(places[label], b.plus(first, b.constant(offset + i))))
                for i in range(used)
            ]
            with b.loop(b.constant(0), depth, self.lanes) as k:
                mask = b.mask(b.minimum_index(b.minus(depth, k.index), b.constant(self.lanes)), self.lanes)
                block = [b.vector_load(memory, b.plus(row, k.index), self.lanes, mask) for row in rows]
                block += [block[-1]] * (self.lanes - used)
                line = b.plus(at, b.plus(b.times(k.index, b.constant(width)), b.constant(offset)))
                for step, vector in enumerate(self._transpose(block)):
                    self._store_vector(vector, b.plus(line, b.constant(step * width)), used)

    def _transpose(self, block: list[Value]) -> list[Value]:
        """Vectors of the columns of a square block of rows: blocks of 1, 2, 4, ... are exchanged."""
        lanes = self.lanes
        size = 1
        while size < lanes:
            low = [j if not j & size else lanes + j - size for j in range(lanes)]
            high = [j + size if not j & size else lanes + j for j in range(lanes)]
            new = list(block)
            for i in range(lanes):
                if not i & size:
                    new[i] = self.b.shuffle(block[i], block[i + size], low)
                    new[i + size] = self.b.shuffle(block[i], block[i + size], high)
            block, size = new, size * 2
        return block

    def _copied(
        self,
        label: str,
        factor: FactorShape,
        places: Mapping[str, Value],
        first: Value,
        left: Value,
        width: int,
        depth: Value,
        at: Value,
    ) -> None:
        """Rows whose neighbours are neighbours in memory: vector copies."""
        b = self.b
        memory = self.memory[factor.tensor]
        row = b.plus(self.bases[label], self.table.load(places[label], first))
        parts = self._parts(width)
        masks = [b.mask(self._clamp(b.minus(left, b.constant(o)), n), self.lanes) for o, n in parts]
        with b.loop(b.constant(0), depth) as k:
            source = b.plus(row, self.table.load(self.depth[label], k.index))
            line = b.plus(at, b.times(k.index, b.constant(width)))
            for (offset, lanes), mask in zip(parts, masks):
                value = b.vector_load(memory, b.plus(source, b.constant(offset)), self.lanes, mask)
                self._store_vector(value, b.plus(line, b.constant(offset)), lanes)

    def _clamp(self, count: Value, most: int) -> Value:
        b = self.b
        return b.minimum_index(b.maximum_index(count, b.constant(0)), b.constant(most))

    def _parts(self, width: int) -> list[tuple[int, int]]:
        """(offset, lanes used) of the vectors that cover a panel's width."""
        return [(offset, min(self.lanes, width - offset)) for offset in range(0, width, self.lanes)]

    def _store_vector(self, value: Value, at: Value, lanes: int) -> None:
        assert isinstance(self.pack_memory.type, Memref)
        value = self.b.convert(value, self.pack_memory.type.element)
        mask = None if lanes == self.lanes else self.b.mask(self.b.constant(lanes), self.lanes)
        self.b.vector_store(value, self.pack_memory, at, mask)

    # -- guarded factors -------------------------------------------------------------------------------------

    def _guarded(
        self, label: str, factor: FactorShape, places: Mapping[str, Value], first: Value, width: int, depth: Value, at: Value
    ) -> None:
        """Rows of a factor that is 0 outside of its tensor."""
        for offset, lanes in self._parts(width):
            self._guarded_part(label, factor, places, self.b.plus(first, self.b.constant(offset)), offset, lanes, width,
                               depth, at)  # fmt: skip

    def _guarded_part(
        self,
        label: str,
        factor: FactorShape,
        places: Mapping[str, Value],
        first: Value,
        offset: int,
        lanes: int,
        width: int,
        depth: Value,
        at: Value,
    ) -> None:
        b, table = self.b, self.table
        rows = table.load_vector(places[label], first, self.lanes)
        guards = [table.load_vector(places[f"{label}.{g}"], first, self.lanes) for g in range(len(factor.guards))]
        affine = not any(guard.divided for guard in factor.guards)
        near = self._near(rows) if affine else None
        with b.loop(b.constant(0), depth) as k:
            base = b.plus(self.bases[label], table.load(self.depth[label], k.index))
            offsets = rows
            inside: Value | None = None
            for number, (guard, row) in enumerate(zip(factor.guards, guards)):
                name = f"{label}.{number}"
                along = b.plus(self.bases[name], table.load(self.depth[name], k.index))
                place = b.plus(row, b.broadcast(along, self.lanes))
                place, holds = self._within(name, guard.divided, place)
                inside = holds if inside is None else b.add("arith.andi", [inside, holds], holds.type)
                if guard.divided:
                    stride = b.broadcast(self.numbers[f"{name}.stride"], self.lanes)
                    offsets = b.plus(offsets, b.times(place, stride))
            assert inside is not None, "a guarded factor has a guard"
            value = self._load(factor.tensor, base, offsets, inside, near)
            line = b.plus(at, b.plus(b.times(k.index, b.constant(width)), b.constant(offset)))
            self._store_vector(value, line, lanes)

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

    def _near(self, offsets: Value) -> Value:
        """Whether the lanes lie next to each other."""
        b = self.b
        steps = b.minus(offsets, b.broadcast(b.extract(offsets, 0), self.lanes))
        return b.reduction("and", b.compare("eq", steps, b.step(self.lanes)))

    def _load(self, tensor: str, base: Value, offsets: Value, inside: Value, near: Value | None) -> Value:
        """Elements in the lanes that are inside, 0 elsewhere; one vector load where they are neighbours."""
        b = self.b
        memory = self.memory[tensor]
        assert isinstance(memory.type, Memref)
        start = b.extract(offsets, 0)
        branch = b.branch(self._near(offsets) if near is None else near, [Vector(self.lanes, memory.type.element)])
        with b.inside(branch.then) as yields:
            yields.append(b.vector_load(memory, b.plus(base, start), self.lanes, inside))
        with b.inside(branch.otherwise) as yields:
            yields.append(b.gather(memory, base, offsets, inside))
        return branch.results[0]


__all__ = ["I1", "INDEX", "Packer"]
