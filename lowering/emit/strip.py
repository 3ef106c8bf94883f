"""Rows that lie side by side, walked a strip of a few elements at a time, over all of the rows.

Memory is read along its lines, in every pass. What a vector of rows has folded so far lies in
scratch memory between its strips, and stays there for the passes that follow.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...ops.dataclass import dataclass
from ..ir.builder import Builder
from ..ir.loops import Value
from .passes import PassEmitter
from .reduction import Reduction
from .shape import StripShape

STRIP = 8
"""Elements of rows that lie side by side, which are folded before the next ones."""


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


class StripEmitter(PassEmitter):
    """The part of a nest's emitter that walks in strips."""

    def walk_strip(self, strip: StripShape, first: Value, last: Value) -> None:
        """All passes over rows that lie side by side, and their results."""
        kept = self._kept(strip, first)

        def begin(carried: list[Value]) -> list[Value]:
            for one in kept:
                for row in self.e.bases:
                    one.store(row, one.neutral())
            return carried

        def end(carried: list[Value]) -> list[Value]:
            for number in range(len(kept)):
                self._bind_folds(number, kept[number])
            self.write_rows()
            return carried

        self.over_lanes(first, last, [], begin)
        self.walk_passes(strip, kept, first, last)
        self.over_lanes(first, last, [], end)

    def walk_passes(
        self, strip: StripShape, kept: list[KeptAccumulators], first: Value, last: Value
    ) -> None:
        """All passes, one after the other; they may share walks (`moments.py`)."""
        for number in range(len(kept)):
            self.walk_pass(number, kept, first, last)

    def _kept(self, strip: StripShape, first: Value) -> list[KeptAccumulators]:
        """The accumulators of each pass, for the rows from one on."""
        start = self.b.minus(self.b.times(self.b.chunk, self.numbers[strip.length]), first)
        memory = [self.arguments.memory[place] for place in strip.places]
        kept: list[KeptAccumulators] = []
        for one in self.shape.passes:
            steps = [self.e.steps[name] for name in one.folds]
            reductions = [self.reduction(step) for step in steps]
            goes_on = [step.form == "scan" or r.exact for step, r in zip(steps, reductions)]
            pairs = tuple(zip(reductions, goes_on))
            count = sum(len(reduction.components) for reduction in reductions)
            own, memory = memory[:count], memory[count:]
            kept.append(KeptAccumulators(self.b, pairs, self.shape.lanes, own, start))
        return kept

    def _bind_folds(self, number: int, kept: KeptAccumulators) -> None:
        """Makes the results of a pass known for the vectors of rows at hand."""
        steps = [self.e.steps[name] for name in self.shape.passes[number].folds]
        values = [value for row in self.e.bases for value in kept.load(row)]
        self.finish(steps, [reduction for reduction, _ in kept.reductions], values, kept.width)

    def walk_pass(
        self, number: int, kept: list[KeptAccumulators], first: Value, last: Value
    ) -> None:
        """One pass, strip by strip, each over all vectors of rows."""
        b, one = self.b, self.shape.passes[number]
        (name,) = self.shape.inner
        low, high = self.bounds(name)
        with b.loop(low, high, STRIP) as rows:
            bottom = b.minimum_index(b.plus(rows.index, b.constant(STRIP)), high)

            def some(carried: list[Value]) -> list[Value]:
                for earlier in range(number):
                    self._bind_folds(earlier, kept[earlier])
                self.preload_pass(one)
                self.walk_elements(number, kept[number], rows.index, bottom)
                return carried

            self.over_lanes(first, last, [], some)

    def walk_elements(self, number: int, kept: KeptAccumulators, top: Value, bottom: Value) -> None:
        """The elements of a strip, for the vectors of rows at hand."""
        b, e, one = self.b, self.e, self.shape.passes[number]
        (name,) = self.shape.inner
        steps = [e.steps[fold] for fold in one.folds]
        reductions = [reduction for reduction, _ in kept.reductions]
        opened = [value for row in e.bases for value in kept.open(row)]
        with b.loop(top, bottom, carried=opened) as loop:
            e.point[name] = loop.index
            e.scopes.append({})
            loop.next = self.element(number, one, steps, reductions, loop.carried)
            e.scopes.pop()
        for place, row in enumerate(e.bases):
            part = slice(place * kept.width, (place + 1) * kept.width)
            kept.close(row, loop.results[part])
