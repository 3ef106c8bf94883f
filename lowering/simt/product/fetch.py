"""A factor's elements on their way from memory to shared memory, a step of depth at a time.

Neighbouring threads fetch neighbours along the depth where those lie side by side in memory, else
along the rows (or columns). What belongs to a row is computed once for a tile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ...builder import Builder
from ...contraction.table import Places
from ...loops import I1, INDEX, Value
from .shape import THREADS, ProductShape


@dataclass
class Part:
    """What one position adds to places: to the address and to each guard.

    Attributes:
        inside: Whether there is such a position.
        terms: What it adds, by label.
    """

    inside: Value
    terms: dict[str, Value] = field(default_factory=dict)


class Fetcher:
    """Fetches one factor.

    Attributes:
        shared: Shared memory: two halves, each with a line of rows (or columns) for each depth.
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
        self.shared = b.shared(2 * shape.depth * shape.pitch, shape.scalar)
        self.labels = [self.label, *(f"{self.label}.{k}" for k in range(len(self.factor.guards)))]
        near, far = (shape.depth, shape.side) if self.factor.deep else (shape.side, shape.depth)
        first, step = self._quotient(thread, near), THREADS // near
        along = b.add("arith.andi", [thread, b.constant(near - 1)], INDEX)
        others = [b.plus(first, b.constant(k * step)) for k in range(far // step)]
        self.rows = others if self.factor.deep else [along]
        self.depths = [along] if self.factor.deep else others

    def _quotient(self, number: Value, power: int) -> Value:
        shift = self.b.constant(power.bit_length() - 1)
        return self.b.add("arith.shrui", [number, shift], INDEX)

    def begin(self, start: Value, outer: Sequence[Value]) -> None:
        """Places of this thread's rows, for the tile that begins at `start`."""
        self.bases = {label: self.places.base(label, outer) for label in self.labels}
        self.parts = [self._part(self.b.plus(start, row), self.group, self.extent) for row in self.rows]

    def _part(self, position: Value, group: str, extent: str) -> Part:
        inside = self.b.compare("slt", position, self.places.numbers[extent])
        digits = self.places.digits(position, group)
        terms = {label: self.places.combine(label, group, digits) for label in self.labels}
        return Part(inside, terms)

    def fetch(self, step: Value) -> list[Value]:
        """This thread's elements of a step of depth; 0 where there are none."""
        b = self.b
        start = b.times(step, b.constant(self.shape.depth))
        deep = [self._part(b.plus(start, depth), "k", "K") for depth in self.depths]
        return [self._element(row, depth) for row in self.parts for depth in deep]

    def _element(self, row: Part, depth: Part) -> Value:
        b, scalar = self.b, self.shape.scalar
        place = self._place(self.label, row, depth)
        inside = self._both(row.inside, depth.inside)
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
        branch = b.branch(inside, [scalar])
        with b.inside(branch.then) as yields:
            yields.append(b.convert(b.load(self.memory, place), scalar, self.kind.signed))
        with b.inside(branch.otherwise) as yields:
            yields.append(b.constant(0.0, scalar))
        return branch.results[0]

    def _place(self, label: str, row: Part, depth: Part) -> Value:
        return self.b.plus(self.b.plus(self.bases[label], row.terms[label]), depth.terms[label])

    def _both(self, first: Value, second: Value) -> Value:
        return self.b.add("arith.andi", [first, second], I1)

    def store(self, values: Sequence[Value], half: Value) -> None:
        """Stores what was fetched to one half of the shared memory."""
        b = self.b
        places = [(row, depth) for row in self.rows for depth in self.depths]
        for value, (row, depth) in zip(values, places):
            line = b.plus(half, b.times(depth, b.constant(self.shape.pitch)))
            b.store(value, self.shared, b.plus(line, row))
