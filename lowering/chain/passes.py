"""Steps over rows -> walks over their elements, and buffers in which elements are kept between."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...ops.language.expression import Call, Read, walk
from ..program.program import COSTLY, Step
from .shape import RowPass


class PassPlanner:
    """Plans the walks over a row.

    A step belongs to the first pass in which all that it reads is known; a value of a whole row is
    known after the pass that folds it. Elements that products read are kept, and those that a later
    pass would have to compute anew at some cost. A buffer is used again by an element of the pass
    that reads it last: each place is read before it is written.

    Args:
        steps: In order.
        sums: Elements that are there from the start; the first buffers keep them.
        wanted: Elements that are kept for products.
        column: Index of the elements.
    """

    def __init__(
        self, steps: Sequence[Step], sums: Sequence[str], wanted: Sequence[str], column: str
    ) -> None:
        self.steps = {step.target: step for step in steps}
        self.column = column
        self.level: dict[str, int] = {}
        for step in steps:
            self.level[step.target] = self._level(step)
        self.buffers = {name: number for number, name in enumerate(sums)}
        self.count = len(sums)
        self.stored = {name for name in self.steps if name in wanted or self._is_kept(name)}
        self.wanted = frozenset(wanted)

    def _level(self, step: Step) -> int:
        """Number of the pass in which a step is computed."""
        found = [0]
        for read in step.reads():
            if read.tensor in self.level:
                folded = self.steps[read.tensor].form == "reduce"
                found.append(self.level[read.tensor] + int(folded))
        return max(found)

    def _is_element(self, name: str) -> bool:
        step = self.steps[name]
        return step.form == "map" and self.column in step.free

    def _is_kept(self, name: str) -> bool:
        """An element that is costly, and read by a later pass."""
        if not self._is_element(name) or not _is_costly(self.steps[name]):
            return False
        later = (s for s in self.steps.values() if self.level[s.target] > self.level[name])
        return any(read.tensor == name for step in later for read in step.reads())

    def plan(self) -> tuple[RowPass, ...]:
        """The passes in order; `buffers` says where what is kept at last lies."""
        passes = []
        for number in range(1 + max(self.level.values(), default=0)):
            here = [s for s in self.steps.values() if self.level[s.target] == number]
            stores = [s.target for s in here if s.target in self.stored]
            folds = [s.target for s in here if s.form == "reduce"]
            maps = [s.target for s in here if s.form == "map" and self.column not in s.free]
            read = sorted(set(self._kept_reads([*folds, *stores], number)))
            reads = tuple((name, self.buffers[name]) for name in read)
            free = [n for n in self.buffers if self._last_read(n) <= number]
            placed = tuple((name, self._place(name, free)) for name in stores)
            passes.append(RowPass(tuple(maps), tuple(folds), placed, reads))
        return tuple(passes)

    def _place(self, name: str, free: list[str]) -> int:
        """A buffer for an element: one whose content is of no more use, or a new one."""
        if free:
            self.buffers[name] = self.buffers.pop(free.pop(0))
        else:
            self.buffers[name], self.count = self.count, self.count + 1
        return self.buffers[name]

    def _kept_reads(self, names: Sequence[str], number: int) -> Iterator[str]:
        """Kept elements that the computation of some values in a pass reads."""
        for name in names:
            for read in self.steps[name].reads():
                yield from self._read(read, number)

    def _read(self, read: Read, number: int) -> Iterator[str]:
        name = read.tensor
        if name not in self.steps:
            if name in self.buffers:
                yield name
        elif self._is_element(name):
            if name in self.stored and self.level[name] < number:
                yield name
            else:
                yield from self._kept_reads([name], number)

    def _last_read(self, name: str) -> float:
        """The last pass that reads a kept element."""
        if name in self.wanted:
            return float("inf")
        return max(
            (
                self.level[s.target]
                for s in self.steps.values()
                if name in self._kept_reads([s.target], self.level[s.target])
                and (s.form == "reduce" or s.target in self.stored)
            ),
            default=-1,
        )


def _is_costly(step: Step) -> bool:
    return any(isinstance(node, Call) and node.function in COSTLY for node in walk(step.value))
