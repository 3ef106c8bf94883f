"""A plane of the windowed factor, copied to the first-level cache with its zeros around it.

A line of the copy holds the elements whose places have one remainder modulo the window's step
after the other, so that what neighbouring lanes read are neighbours. Zeros are written once for
all planes of a chunk: only what lies inside is copied again.
"""

from __future__ import annotations

from ..contraction.table import Places, Table
from ..contraction.write import Writer
from ..emit.memory import Typed
from ..ir.builder import Builder
from ..ir.loops import F64, I1, I64, INDEX, Memref, Value, Vector
from ..naming import memory_name
from .plane_shape import PlaneShape

SLACK = 64  # elements beyond a copy, entries beyond a table


class PlaneKernel:
    """What both kernels that go plane by plane share: arguments, tables, the copy."""

    def __init__(self, shape: PlaneShape) -> None:
        self.shape = shape
        sums = self.sums = shape.sums
        b = self.b = Builder(sums.name)
        self.memory: dict[str, Value] = {}
        for number, (name, scalar, _) in enumerate(sums.memory):
            self.memory[name] = b.argument(Memref(scalar), memory_name(number, name))
        self.scratch = b.argument(Memref(sums.scalar), "scratch")
        self.table = b.argument(Memref(I64), "table")
        self.numbers = {name: b.argument(INDEX, f"n{i}") for i, name in enumerate(sums.numbers)}
        scalars: dict[str, Typed] = {}
        for number, (name, kind) in enumerate(sums.scalars):
            wide = F64 if kind.category == 2 else I64
            scalars[name] = Typed(b.argument(wide, f"s{number}_{name}"), kind)
        counts = dict(sums.groups) | {"r": shape.dims - 1}
        self.places = Places(b, self.numbers, counts)
        sizes = [self.numbers[name] for name in sums.numbers if name.startswith("size ")]
        self.writer = Writer(b, sums, self.memory, scalars, sizes, self.scratch)
        self.lookup = Table(b, self.table, b.times(b.chunk, self.numbers["looked_up"]))
        self.base = b.times(b.chunk, self.numbers["scratch"])
        self.copy = b.view(self.scratch, self.base)
        self.last = f"d{shape.dims - 1}"

    def clear(self) -> None:
        """Zeros in the copy."""
        b, lanes = self.b, self.sums.lanes
        zero = b.constant(0.0, Vector(lanes, self.sums.scalar))
        with b.loop(b.constant(0), self.numbers["plane"], lanes) as loop:
            b.vector_store(zero, self.copy, loop.index)

    def fill(self, base: Value) -> None:
        """Copies a plane whose address is `base`, line by line."""
        b, n = self.b, self.numbers
        zero = b.constant(0)
        carried = self.places.digits(zero, "r")
        with b.loop(zero, n["lines"], carried=carried) as loop:
            inside, at = b.constant(True, I1), base
            for number, digit in enumerate(loop.carried):
                place = b.plus(digit, n[f"d{number}.low"])
                at = b.plus(at, b.times(place, n[f"d{number}.stride"]))
                holds = b.compare("ult", place, n[f"d{number}.extent"])
                inside = b.add("arith.andi", [inside, holds], I1)
            within = b.branch(inside)
            with b.inside(within.then):
                self._line(at, b.times(loop.index, n["line"]))
            with b.inside(within.otherwise):
                pass
            loop.next.extend(self.places.advance(loop.carried, "r"))

    def _line(self, source: Value, target: Value) -> None:
        """One line: places from 0 on; the first lies `-low` into the copy's line."""
        b, n, shape = self.b, self.numbers, self.shape
        if not shape.unit or shape.fine == 0:
            self._slow_line(source, target)
            return
        target, kept = b.plus(target, n["before"]), n[f"{self.last}.kept"]
        width = b.constant(self.sums.lanes * shape.fine)
        whole = b.times(b.add("arith.divui", [kept, width], INDEX), width)
        with b.loop(b.constant(0), whole, self.sums.lanes * shape.fine) as loop:
            self._copy(b.plus(source, loop.index), target, loop.index, None)
        with b.loop(whole, kept, self.sums.lanes * shape.fine) as loop:
            left = b.minus(kept, loop.index)
            self._copy(b.plus(source, loop.index), target, loop.index, left)

    def _copy(self, place: Value, target: Value, start: Value, left: Value | None) -> None:
        """A few vectors of a line, from `start` on; 0 where none of its elements are left."""
        b, n, lanes, fine = self.b, self.numbers, self.sums.lanes, self.shape.fine
        parts = [b.convert(part, self.sums.scalar) for part in self._loaded(place, left)]
        if fine == 2:
            low, high = parts
            parts = [b.shuffle(low, high, range(r, 2 * lanes, 2)) for r in range(2)]
        at = b.plus(target, b.add("arith.divui", [start, b.constant(fine)], INDEX))
        for number, part in enumerate(parts):
            b.vector_store(part, self.copy, b.plus(at, b.times(b.constant(number), n["part"])))

    def _loaded(self, place: Value, left: Value | None) -> list[Value]:
        """Consecutive elements; 0 where none are left."""
        b, lanes = self.b, self.sums.lanes
        result = []
        for number in range(self.shape.fine):
            offset = b.constant(number * lanes)
            mask = None
            if left is not None:
                count = b.maximum_index(b.minus(left, offset), b.constant(0))
                mask = b.mask(b.minimum_index(count, b.constant(lanes)), lanes)
            memory = self.memory[self.source]
            result.append(b.vector_load(memory, b.plus(place, offset), lanes, mask))
        return result

    @property
    def source(self) -> str:
        """Name of the windowed tensor."""
        return self.sums.factors[1].tensor

    def _slow_line(self, source: Value, target: Value) -> None:
        """Element by element, for any step and stride."""
        b, n, last = self.b, self.numbers, self.last
        target = b.plus(target, n["before"])
        with b.loop(b.constant(0), n[f"{last}.kept"]) as loop:
            at = b.plus(source, b.times(loop.index, n[f"{last}.stride"]))
            value = b.convert(b.load(self.memory[self.source], at), self.sums.scalar)
            rest = b.add("arith.remui", [loop.index, n["step"]], INDEX)
            quotient = b.add("arith.divui", [loop.index, n["step"]], INDEX)
            b.store(value, self.copy, b.plus(target, b.plus(quotient, b.times(rest, n["part"]))))

    def tap_place(self, digits: list[Value], group: str) -> Value:
        """What the taps add to a place in the copy."""
        b = self.b
        place = b.plus(self.numbers["W.offset"], self.places.combine("W", group, digits))
        return b.plus(place, self.places.phase("W.p", group, digits))

    def tabled(self, group: str, segment: Value, count: Value) -> None:
        """Writes the places in the copy that a group gives."""
        b = self.b
        carried = self.places.digits(b.constant(0), group)
        with b.loop(b.constant(0), count, carried=carried) as loop:
            self.lookup.store(segment, loop.index, self.tap_place(loop.carried, group))
            loop.next.extend(self.places.advance(loop.carried, group))
