"""Accumulators of rows that lie side by side, kept in memory from one strip to the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .builder import Builder
from .emit_reduction import Reduction
from .loops import Value


@dataclass(frozen=True)
class KeptAccumulators:
    """What a pass carries for a vector of rows.

    Folds that round start afresh with every few elements, so that long sums stay as accurate as
    sums of pairs. All others, and scans, go on where they were.

    Attributes:
        reductions: Each with whether it goes on.
        lanes: Of a vector.
        memory: Scratch memory of each accumulator.
        start: Where in it those of the row at lane 0 would lie.
    """

    b: Builder
    reductions: Sequence[tuple[Reduction, bool]]
    lanes: int
    memory: Sequence[Value]
    start: Value

    @property
    def width(self) -> int:
        """Accumulators of a vector of rows."""
        return len(self.memory)

    def neutral(self) -> list[Value]:
        """Accumulators before the first element."""
        return [value for r, _ in self.reductions for value in r.start(self.b, self.lanes)]

    def load(self, row: Value) -> list[Value]:
        """Those of the rows from one on."""
        place = self.b.plus(self.start, row)
        return [self.b.vector_load(memory, place, self.lanes) for memory in self.memory]

    def store(self, row: Value, values: Sequence[Value]) -> None:
        """Keeps those of the rows from one on."""
        place = self.b.plus(self.start, row)
        for value, memory in zip(values, self.memory):
            self.b.vector_store(value, memory, place)

    def open(self, row: Value) -> list[Value]:
        """What the next few elements are folded into."""
        values: list[Value] = []
        kept = self.load(row)
        for reduction, goes_on in self.reductions:
            part = slice(len(values), len(values) + len(reduction.components))
            values += kept[part] if goes_on else reduction.start(self.b, self.lanes)
        return values

    def close(self, row: Value, values: Sequence[Value]) -> None:
        """Keeps what came of them."""
        merged: list[Value] = []
        kept = self.load(row)
        for reduction, goes_on in self.reductions:
            part = slice(len(merged), len(merged) + len(reduction.components))
            new = list(values[part])
            merged += new if goes_on else reduction.merge(self.b, kept[part], new)
        self.store(row, merged)
