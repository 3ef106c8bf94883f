"""Searches inside of values -> instructions: a loop that halves what is left of a range."""

from __future__ import annotations

from abc import abstractmethod

from ...ops.language.expression import Expression
from ..ir.kinds import INTEGER, WEAK_INTEGER
from ..ir.loops import I64, Value, Vector
from ..program.halving import Halving
from .dependence import DependenceEmitter, without_probes
from .memory import Typed


class SearchEmitter(DependenceEmitter):
    """Computes searches in the scopes of a nest under construction."""

    @abstractmethod
    def truth(self, node: Expression, guard: Value | None) -> Value:
        """A condition as i1."""

    def search(self, node: Halving, guard: Value | None) -> Typed:
        """How far a condition holds; vectors that are worked on together are searched together."""
        for part in without_probes(node.condition):
            if not self.unsafe(part):
                self.emit(part)
        copies = [self.copy]
        if guard is None and self._in_lanes():
            copies = [k for k in range(len(self.bases)) if self.find((k, node, 0)) is None]
        found = self.halve(node, guard, copies)
        in_lanes = self._in_lanes()
        for copy, low in zip(copies, found):
            key = (copy if in_lanes else None, node, id(guard) if guard is not None else 0)
            self.scopes[-1][key] = Typed(low, INTEGER)
        return Typed(found[copies.index(self.copy)], INTEGER)

    def halve(self, node: Halving, guard: Value | None, copies: list[int]) -> list[Value]:
        """The loop of a search, for some copies of the unrolled lane loop."""
        b, here = self.b, self.copy
        varies = self._in_lanes() and self.shape.lanes > 1 and self.shape.lane in self.span(node)
        zero = b.constant(0, Vector(self.shape.lanes, I64) if varies else I64)
        one, two = b.constant(1, I64), b.constant(2, I64)
        extent, rounds = self.emit(node.extent).value, self.to_index(self.emit(node.rounds))
        with b.loop(b.constant(0), rounds, carried=[extent, *([zero] * len(copies))]) as loop:
            left, *lows = loop.carried
            half = b.add("arith.divui", [left, two], I64)
            # The element before the upper half tells which half it is; with one left, that one.
            ahead = b.maximum_index(b.minus(half, one), b.constant(0, I64))
            step = b.maximum_index(half, one)
            for copy, low in zip(copies, lows):
                self.copy = copy
                self.scopes.append({})
                probe = b.plus(*self.alike([low, ahead]))
                key = (copy if self._in_lanes() else None, node.probe, 0)
                self.scopes[-1][key] = Typed(probe, WEAK_INTEGER)
                holds, moved = self.alike([self.truth(node.condition, guard), step])
                self.scopes.pop()
                if varies:
                    holds, moved = self.spread(holds), self.spread(moved)
                nothing = b.constant(0, moved.type)
                loop.next.append(b.plus(low, b.select(holds, moved, nothing)))
            loop.next.insert(0, b.minus(left, half))
        self.copy = here
        return loop.results[1:]
