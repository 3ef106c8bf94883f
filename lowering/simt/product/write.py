"""Sums of a thread -> epilogue -> memory: packs where columns are neighbours, else one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...contraction.shape import EpilogueRead
from ...contraction.table import Places
from ...contraction.write import Epilogue, nest_shape, sums_read
from ...emit.memory import Arguments, Typed
from ...ir.builder import Builder
from ...ir.kinds import Kind
from ...ir.loops import Value
from .shape import PACK, SIDE, ProductShape


class Results:
    """Writes the results of one thread."""

    def __init__(
        self,
        b: Builder,
        shape: ProductShape,
        places: Places,
        memory: Mapping[str, Value],
        scalars: Mapping[str, Typed],
    ) -> None:
        self.b, self.shape, self.places, self.memory = b, shape, places, memory
        sizes = [places.numbers[name] for name in shape.numbers if name.startswith("size ")]
        arguments = Arguments(dict(memory), sizes, dict(scalars), None)
        self.epilogue = Epilogue(b, nest_shape(shape), arguments)
        self.kinds = {name: kind for name, _, kind in shape.memory}
        self.stored = {name: scalar for name, scalar, _ in shape.memory}
        self.labels = ["C", *(read.label for read in shape.reads)]
        self.own: Value | None = None

    def _count(self) -> int:
        """Vectors of sums of a thread."""
        return PACK * self.shape.packs * self.shape.packs

    def begin(self, outer: Sequence[Value], place: Value) -> None:
        """Tells at which outer position results lie, and how far behind its address."""
        self.bases = {label: self.places.base(label, outer) for label in self.labels}
        self.bases["C"] = self.b.plus(self.bases["C"], place)

    def write(self, sums: Sequence[Value], row: Value, column: Value) -> None:
        """Writes all sums.

        Args:
            sums: A vector for each row and each pack of columns.
            row, column: The first ones of the thread's first packs.
        """
        b, packs = self.b, self.shape.packs
        if self.shape.lanes == 1:
            if self.own is None:
                self.own = b.own(self._count() * PACK, self.shape.scalar)
            for number, value in enumerate(sums):
                for lane in range(PACK):
                    place = b.constant(number * PACK + lane)
                    b.store(b.extract(value, lane), self.own, place)
            self._one_by_one(self.own, row, column)
            return
        for pack in range(packs):
            for line in range(PACK):
                here = b.plus(row, b.constant(pack * PACK * SIDE + line))
                first = (pack * PACK + line) * packs
                self.write_line(sums[first : first + packs], here, column, PACK * SIDE)

    def write_line(self, sums: Sequence[Value], row: Value, column: Value, distance: int) -> None:
        """Writes packs of one row, each `distance` columns behind the one before."""
        b = self.b
        lanes = getattr(sums[0].type, "lanes", 1)
        branch = b.branch(b.compare("slt", row, self.places.numbers["M"]))
        with b.inside(branch.then):
            digits = self.places.digits(row, "m")
            lines = {label: self.places.combine(label, "m", digits) for label in self.labels}
            for number, total in enumerate(sums):
                start = b.plus(column, b.constant(number * distance))
                if self.shape.lanes == 1:
                    self._lanes_one_by_one(total, row, start)
                    continue
                mask = b.mask(b.minus(self.places.numbers["N"], start), lanes)
                at = {x: b.plus(b.plus(self.bases[x], lines[x]), start) for x in self.labels}
                for read in self.shape.reads:
                    if read.across == "none":
                        at[read.label] = b.plus(self.bases[read.label], lines[read.label])
                value = self._value(total, at, mask)
                b.vector_store(value, self.memory[self.shape.result], at["C"], mask)
        with b.inside(branch.otherwise):
            pass

    def _lanes_one_by_one(self, total: Value, row: Value, start: Value) -> None:
        """Writes each lane of a pack by itself."""
        b = self.b
        for lane in range(getattr(total.type, "lanes", 1)):
            column = b.plus(start, b.constant(lane))
            branch = b.branch(b.compare("slt", column, self.places.numbers["N"]))
            with b.inside(branch.then):
                self.write_one(b.extract(total, lane), row, column)
            with b.inside(branch.otherwise):
                pass

    def _one_by_one(self, own: Value, row: Value, column: Value) -> None:
        """Every element by itself, in a loop."""
        b, numbers = self.b, self.places.numbers
        width = self.shape.packs * PACK
        with b.loop(b.constant(0), b.constant(width * width)) as loop:
            line = b.add("arith.divui", [loop.index, b.constant(width)], loop.index.type)
            here = self._spread(row, line)
            there = self._spread(column, b.minus(loop.index, b.times(line, b.constant(width))))
            inside = [b.compare("slt", here, numbers["M"]), b.compare("slt", there, numbers["N"])]
            branch = b.branch(b.add("arith.andi", inside, inside[0].type))
            with b.inside(branch.then):
                self.write_one(b.load(own, loop.index), here, there)
            with b.inside(branch.otherwise):
                pass

    def write_one(self, total: Value, row: Value, column: Value) -> None:
        """Writes one element."""
        rows, columns = self.places.digits(row, "m"), self.places.digits(column, "n")
        at = {x: self._place(x, rows, columns) for x in self.labels}
        value = self._value(total, at, None)
        self.b.store(value, self.memory[self.shape.result], at["C"])

    def _spread(self, first: Value, number: Value) -> Value:
        """Position of one of the rows (or columns) of the thread: packs lie 64 apart."""
        b = self.b
        pack = b.add("arith.divui", [number, b.constant(PACK)], number.type)
        within = b.minus(number, b.times(pack, b.constant(PACK)))
        return b.plus(b.plus(first, within), b.times(pack, b.constant(PACK * SIDE)))

    def _place(self, label: str, rows: Sequence[Value], columns: Sequence[Value]) -> Value:
        along = self.places.combine(label, "n", columns)
        down = self.places.combine(label, "m", rows)
        return self.b.plus(self.b.plus(self.bases[label], down), along)

    def _value(self, total: Value, at: Mapping[str, Value], mask: Value | None) -> Value:
        """What is stored of sums: the epilogue of them, in the result's own type."""
        b, shape = self.b, self.shape
        given: dict[object, Typed] = {r.read: self._read(r, at[r.label], mask) for r in shape.reads}
        given |= {r: Typed(total, Kind(shape.scalar)) for r in sums_read(shape.epilogue)}
        self.epilogue.value(given)
        kind = dict(shape.kinds)[shape.result]
        value = self.epilogue.as_kind(self.epilogue.emit(shape.epilogue), kind).value
        value = b.convert(value, self.stored[shape.result])
        return b.broadcast(value, shape.lanes) if shape.lanes > 1 else value

    def _read(self, read: EpilogueRead, place: Value, mask: Value | None) -> Typed:
        b, kind, memory = self.b, self.kinds[read.tensor], self.memory[read.tensor]
        if read.across == "none" or mask is None:
            value = b.load(memory, place)
        else:
            value = b.vector_load(memory, place, self.shape.lanes, mask)
        return Typed(b.convert(value, kind.scalar, kind.signed), kind)
