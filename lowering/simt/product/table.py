"""What positions along the depth add to places, where a position has several digits.

Digits take divisions. One thread for each position of a step makes them, a step before they are
wanted, and leaves what they add in shared memory, where all threads find it after the next barrier.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...contraction.table import Places
from ...ir.builder import Builder
from ...ir.loops import I64, INDEX, Value

SLOTS = 2
"""Steps in a table: one that is read, and the next one."""


class DepthTable:
    """The table of one factor.

    Attributes:
        labels: Of what varies along the depth.
    """

    def __init__(self, b: Builder, places: Places, labels: Sequence[str], depth: int) -> None:
        self.b, self.places, self.depth = b, places, depth
        variables = range(places.counts["k"])
        self.labels = [x for x in labels if any(f"{x}.k{k}" in places.numbers for k in variables)]
        self.memory = b.shared(max(1, SLOTS * len(self.labels) * depth), I64)

    def fill(self, step: Value, thread: Value) -> None:
        """Makes what a step of depth adds."""
        b = self.b
        branch = b.branch(b.compare("slt", thread, b.constant(self.depth)))
        with b.inside(branch.then):
            position = b.plus(b.times(step, b.constant(self.depth)), thread)
            digits = self.places.digits(position, "k")
            for number, label in enumerate(self.labels):
                term = b.convert(self.places.combine(label, "k", digits), I64)
                b.store(term, self.memory, self._place(step, number, thread))
        with b.inside(branch.otherwise):
            pass

    def terms(self, step: Value, depth: Value) -> dict[str, Value]:
        """What a position of a step adds, by label."""
        b = self.b
        places = [self._place(step, number, depth) for number in range(len(self.labels))]
        found = [b.convert(b.load(self.memory, place), INDEX) for place in places]
        return dict(zip(self.labels, found))

    def _place(self, step: Value, number: int, depth: Value) -> Value:
        b = self.b
        slot = b.add("arith.andi", [step, b.constant(SLOTS - 1)], INDEX)
        start = b.times(slot, b.constant(len(self.labels) * self.depth))
        return b.plus(b.plus(start, b.constant(number * self.depth)), depth)
