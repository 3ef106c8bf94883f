"""A factor's elements on their way from memory to shared memory, a step of depth at a time.

Neighbouring threads fetch neighbours along the depth where those lie side by side in memory, else
along the rows (or columns). Elements of 16 bits go by packs where nothing stands against it. What
belongs to a row is computed once for a tile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ...builder import Builder
from ...contraction.table import Places
from ...loops import I1, INDEX, Value
from .shape import MATRIX_PACK, THREADS, ProductShape


@dataclass
class Part:
    """What one position adds to places: to the address and to each guard.

    Attributes:
        left: Positions from this one on.
        terms: What it adds, by label.
    """

    left: Value
    terms: dict[str, Value] = field(default_factory=dict)


class Fetcher:
    """Fetches one factor.

    Attributes:
        shared: Shared memory: two halves, each with all rows (or columns) of a step of depth.
        pack: Elements that are fetched together.
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
        self.shared = b.shared(2 * shape.half, shape.element)
        self.labels = [self.label, *(f"{self.label}.{k}" for k in range(len(self.factor.guards)))]
        deep = self.factor.deep
        self.pack = MATRIX_PACK if shape.matrix is not None and self._in_packs() else 1
        near, far = (shape.depth, shape.side) if deep else (shape.side, shape.depth)
        near //= self.pack
        along = b.add("arith.andi", [thread, b.constant(near - 1)], INDEX)
        along = b.times(along, b.constant(self.pack))
        first = b.add("arith.shrui", [thread, b.constant(near.bit_length() - 1)], INDEX)
        step = THREADS // near
        others = [b.plus(first, b.constant(k * step)) for k in range(far // step)]
        self.rows, self.depths = (others, [along]) if deep else ([along], others)

    def _in_packs(self) -> bool:
        """Whether neighbours are neighbours in memory all along, and none is left out."""
        along = dict(self.shape.groups)["k" if self.factor.deep else self.group]
        whole = self.factor.deep or self.factor.unit
        return not self.factor.guards and along == 1 and whole

    def begin(self, start: Value, outer: Sequence[Value]) -> None:
        """Places of this thread's rows, for the tile that begins at `start`."""
        self.bases = {label: self.places.base(label, outer) for label in self.labels}
        starts = [self.b.plus(start, row) for row in self.rows]
        self.parts = [self._part(row, self.group, self.extent) for row in starts]

    def _part(self, position: Value, group: str, extent: str) -> Part:
        left = self.b.minus(self.places.numbers[extent], position)
        digits = self.places.digits(position, group)
        terms = {label: self.places.combine(label, group, digits) for label in self.labels}
        return Part(left, terms)

    def fetch(self, step: Value) -> list[Value]:
        """This thread's elements of a step of depth; 0 where there are none."""
        b = self.b
        start = b.times(step, b.constant(self.shape.depth))
        deep = [self._part(b.plus(start, depth), "k", "K") for depth in self.depths]
        fetch = self._element if self.pack == 1 else self._packed
        return [fetch(row, depth) for row in self.parts for depth in deep]

    def _packed(self, row: Part, depth: Part) -> Value:
        """A pack of neighbours."""
        b = self.b
        along, other = (depth, row) if self.factor.deep else (row, depth)
        count = b.select(self._positive(other.left), along.left, b.constant(0))
        mask = b.mask(count, self.pack)
        return b.vector_load(self.memory, self._place(self.label, row, depth), self.pack, mask)

    def _positive(self, left: Value) -> Value:
        return self.b.compare("sgt", left, self.b.constant(0))

    def _element(self, row: Part, depth: Part) -> Value:
        b, scalar = self.b, self.shape.element
        place = self._place(self.label, row, depth)
        inside = self._both(self._positive(row.left), self._positive(depth.left))
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
        places = [(row, depth) for row in self.rows for depth in self.depths]
        for value, (row, depth) in zip(values, places):
            self._store(value, half, row, depth)

    def _store(self, value: Value, half: Value, row: Value, depth: Value) -> None:
        b = self.b
        by_row, by_depth = (b.constant(step) for step in self.shape.steps)
        place = b.plus(half, b.plus(b.times(row, by_row), b.times(depth, by_depth)))
        if self.pack == 1:
            b.store(value, self.shared, place)
        elif self.factor.deep:
            b.vector_store(value, self.shared, place)
        else:
            for lane in range(self.pack):
                beside = b.constant(lane * self.shape.steps[0])
                b.store(b.extract(value, lane), self.shared, b.plus(place, beside))
