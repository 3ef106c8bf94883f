"""A factor's elements on their way from memory to shared memory, a step of depth at a time.

Neighbouring threads fetch neighbours along the depth where those lie side by side in memory, else
along the rows (or columns), by packs of 16 bytes where nothing stands against it. What lies in
memory as it is multiplied is copied while threads go on; the rest goes through registers. What
belongs to a row is computed once for a tile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field

from ....ops.dataclass import dataclass
from ...contraction.table import Places
from ...ir.builder import Builder
from ...ir.instructions import bits, element
from ...ir.loops import I1, INDEX, Value
from .shape import GROUP_ALIGNMENT, ProductShape
from .swizzle import place_in_line, place_in_panel
from .table import DepthTable

LEAST_COPIED = 32
"""Bits of what is copied while a thread goes on, at least."""


@dataclass
class Part:
    """What one position adds to places: to the address and to each guard.

    Attributes:
        left: Positions from this one on; None where it is known to exist.
        terms: What it adds, by label.
    """

    left: Value | None
    terms: dict[str, Value] = field(default_factory=dict)


class Fetcher:
    """Fetches one factor.

    Attributes:
        shared: Shared memory: a stage for each of the steps that are there or on their way.
        pack: Elements that are fetched together.
        copies: They are copied while the thread goes on.
    """

    def __init__(
        self,
        b: Builder,
        shape: ProductShape,
        number: int,
        places: Places,
        memory: Mapping[str, Value],
        thread: Value,
    ) -> None:
        self.b, self.shape, self.places = b, shape, places
        self.label, self.group, self.extent = ("A", "m", "M") if number == 0 else ("B", "n", "N")
        self.factor = shape.factors[number]
        self.memory = memory[self.factor.tensor]
        self.kind = next(kind for name, _, kind in shape.memory if name == self.factor.tensor)
        alignment = GROUP_ALIGNMENT if shape.columns else 0
        self.shared = b.shared(shape.stages * shape.stage(number), shape.element, alignment)
        self.labels = [self.label, *(f"{self.label}.{k}" for k in range(len(self.factor.guards)))]
        self.table = DepthTable(b, places, self.labels, shape.depth) if shape.has_tables else None
        deep = self.factor.deep
        alike = element(self.memory.type) == shape.element
        turned = shape.matrix is None and deep  # lines of shared memory lie along the rows
        self.pack = shape.pack if alike and shape.packed[number] and not turned else 1
        self.copies = alike and self.pack * bits(shape.element) >= LEAST_COPIED
        side = shape.sides[number]
        near, far = (shape.depth, side) if deep else (side, shape.depth)
        near //= self.pack
        along = b.add("arith.andi", [thread, b.constant(near - 1)], INDEX)
        along = b.times(along, b.constant(self.pack))
        first = b.add("arith.shrui", [thread, b.constant(near.bit_length() - 1)], INDEX)
        step = shape.threads // near
        others = [b.plus(first, b.constant(k * step)) for k in range(-(-far // step))]
        self.rows, self.depths = (others, [along]) if deep else ([along], others)

    def begin(self, start: Value, outer: Sequence[Value]) -> None:
        """Places of this thread's rows, for the tile that begins at `start`.

        Rows beyond the last one are the last one again: what comes of them is not written.
        """
        b, extent = self.b, self.places.numbers[self.extent]
        self.bases = {label: self.places.base(label, outer) for label in self.labels}
        starts = [b.plus(start, row) for row in self.rows]
        if self.pack > 1 and not self.factor.deep:
            self.parts = [self._part(row, self.group, b.minus(extent, row)) for row in starts]
            return
        last = b.minus(extent, b.constant(1))
        near = [b.minimum_index(row, last) for row in starts]
        self.parts = [self._part(row, self.group, None) for row in near]

    def _along_depth(self, step: Value, depth: Value) -> Part:
        """What this thread's position in a step of depth adds."""
        b = self.b
        position = b.plus(b.times(step, b.constant(self.shape.depth)), depth)
        left = b.minus(self.places.numbers["K"], position)
        if self.table is None:
            return self._part(position, "k", left)
        terms = dict.fromkeys(self.labels, b.constant(0))
        return Part(left, terms | self.table.terms(step, depth))

    def _part(self, position: Value, group: str, left: Value | None) -> Part:
        digits = self.places.digits(position, group)
        terms = {label: self.places.combine(label, group, digits) for label in self.labels}
        return Part(left, terms)

    def fetch(self, step: Value, stage: Value) -> list[Value]:
        """Begins to fetch this thread's elements of a step of depth, zeros where there are none;
        gives those that are in registers, for `store`."""
        b = self.b
        deep = [self._along_depth(step, depth) for depth in self.depths]
        pairs = [(row, depth) for row in self.parts for depth in deep]
        if not self.copies:
            return [self._element(row, depth) for row, depth in pairs]
        for (row, depth), (here, there) in zip(pairs, self._pairs()):
            place, count = self._packed(row, depth) if self.pack > 1 else self._single(row, depth)
            at = b.plus(stage, self.place(here, there))
            b.copy_async(self.shared, at, self.memory, place, count, self.pack)
        return []

    def _pairs(self) -> list[tuple[Value, Value]]:
        return [(row, depth) for row in self.rows for depth in self.depths]

    def _packed(self, row: Part, depth: Part) -> tuple[Value, Value]:
        """Where a pack of neighbours lies, and how many of them there are."""
        b = self.b
        along, other = (depth, row) if self.factor.deep else (row, depth)
        assert along.left is not None
        place, inside = self._guarded(row, depth, other.left)
        count = along.left
        return place, count if inside is None else b.select(inside, count, b.constant(0))

    def _single(self, row: Part, depth: Part) -> tuple[Value, Value]:
        """Where an element lies, and whether there is one."""
        place, inside = self._guarded(row, depth, depth.left)
        assert inside is not None
        return place, self.b.convert(inside, INDEX)

    def _guarded(self, row: Part, depth: Part, left: Value | None) -> tuple[Value, Value | None]:
        """Where an element lies, and whether all guards let it through; None if there are none.

        Args:
            row, depth: What they add.
            left: One more guard: positions from this one on.
        """
        b = self.b
        place = self._place(self.label, row, depth)
        inside = None if left is None else b.compare("sgt", left, b.constant(0))
        for number, guard in enumerate(self.factor.guards):
            label = f"{self.label}.{number}"
            here = self._place(label, row, depth)
            if guard.divided:
                divisor = self.places.numbers[f"{label}.divisor"]
                quotient = b.add("arith.floordivsi", [here, divisor], INDEX)
                whole = b.compare("eq", b.times(quotient, divisor), here)
                inside = self._both(inside, whole)
                place = b.plus(place, b.times(quotient, self.places.numbers[f"{label}.stride"]))
                here = quotient
            within = b.compare("ult", here, self.places.numbers[f"{label}.extent"])
            inside = self._both(inside, within)
        return place, inside

    def _element(self, row: Part, depth: Part) -> Value:
        """An element in a register."""
        b, scalar = self.b, self.shape.element
        place, inside = self._guarded(row, depth, depth.left)
        assert inside is not None
        branch = b.branch(inside, [scalar])
        with b.inside(branch.then) as yields:
            yields.append(b.convert(b.load(self.memory, place), scalar, self.kind.signed))
        with b.inside(branch.otherwise) as yields:
            yields.append(b.constant(0.0, scalar))
        return branch.results[0]

    def _place(self, label: str, row: Part, depth: Part) -> Value:
        return self.b.plus(self.b.plus(self.bases[label], row.terms[label]), depth.terms[label])

    def _both(self, first: Value | None, second: Value) -> Value:
        return second if first is None else self.b.add("arith.andi", [first, second], I1)

    def store(self, values: Sequence[Value], stage: Value) -> None:
        """Stores what was fetched to registers."""
        for value, (row, depth) in zip(values, self._pairs()):
            self.b.store(value, self.shared, self.b.plus(stage, self.place(row, depth)))

    def place(self, row: Value, depth: Value) -> Value:
        """Where an element lies in a stage."""
        b, shape = self.b, self.shape
        if shape.matrix is None:
            return b.plus(row, b.times(depth, b.constant(shape.pitch)))
        if shape.columns:
            return place_in_panel(b, shape, row, depth, self.factor.deep)
        return place_in_line(b, shape, row, depth, self.factor.deep)
