"""A range of lanes walked in parts: what is asked of a position along them is the same in each.

A rolled dim is `x[n - s] if n >= s else x[n - s + N]`, a mirrored margin, a triangle and a diagonal
are likewise choices by a comparison of a position with a number. The loop over lanes is cut where
such comparisons change, so that nothing is asked, and no lane masked, inside.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...ops.dataclass import dataclass
from ...ops.language.expression import Call, Expression, Read, walk
from ..ir.kinds import COMPARISONS, WEAK_INTEGER, call_kinds
from ..ir.loops import I64, Value
from ..program.program import conjuncts
from .loops import Body
from .moments import MomentsEmitter
from .positions import FAR, MIRRORED, PREDICATES
from .shape import FormShape

MOST_PARTING = 4
"""Comparisons that a range is cut by; of more none counts."""


@dataclass(frozen=True)
class Parting:
    """A comparison of a position along the lanes with a number that is the same in all of them.

    Attributes:
        comparison: As it stands in the value.
        function: It holds where `lane function place`.
        place: An `index`.
    """

    comparison: Expression
    function: str
    place: Value


class PartEmitter(MomentsEmitter):
    """Writes loops over parts of a range of lanes."""

    def over_parts(self, first: Value, last: Value, body: Body) -> None:
        """Runs a body that carries nothing over a range of the lane variable."""
        b, e = self.b, self.e
        partings = self.partings()
        if not partings:
            self.over_lanes(first, last, [], body)
            return
        one = b.constant(1)
        edges: list[Value] = []
        for parting in partings:
            if parting.function not in ("le", "gt"):
                edges.append(parting.place)
            if parting.function not in ("lt", "ge"):
                edges.append(b.plus(parting.place, one))
        with b.loop(b.constant(0), b.constant(len(edges) + 1), carried=[first]) as loop:
            (start,) = loop.carried
            end = last
            for edge in edges:
                nearer = b.minimum_index(edge, end)
                end = b.select(b.compare("sgt", edge, start), nearer, end)
            e.decided = {
                p.comparison: b.compare(PREDICATES[p.function], start, p.place) for p in partings
            }
            self.over_lanes(start, end, [], body)
            e.decided = {}
            loop.next = [end]

    def partings(self) -> list[Parting]:
        """The comparisons by which choices between elements of memory are made."""
        shape = self.shape
        if shape.lanes == 1 or shape.passes or shape.again or self.is_long:
            return []
        found: dict[Expression, Parting] = {}
        for comparison in dict.fromkeys(self._asked()):
            parting = self._parting(comparison)
            if parting is not None:
                found[comparison] = parting
        return list(found.values()) if len(found) <= MOST_PARTING else []

    def _asked(self) -> Iterator[Call]:
        """The comparisons that elements of memory are chosen by."""
        for step in self.shape.steps:
            for node in walk(step.value):
                match node:
                    case Call("select", (condition, *values)):
                        if any(isinstance(value, Read) for value in values):
                            for part in conjuncts(condition):
                                if isinstance(part, Call) and part.function in COMPARISONS:
                                    yield part

    def _parting(self, comparison: Call) -> Parting | None:
        """The comparison with the lane on its left; None if it is no such comparison."""
        b, e, lane = self.b, self.e, self.shape.lane
        assert lane is not None
        function, (left, right) = comparison.function, comparison.arguments
        for name, position, number in ((function, left, right), (MIRRORED[function], right, left)):
            form = e.values.get(position)
            if form is None or (lane, None) not in form.terms or self._varies(number, form):
                continue
            typed = e.emit(number)
            computed, _ = call_kinds(name, [WEAK_INTEGER, typed.kind])
            if computed.scalar != I64 or not computed.signed:
                continue
            value = b.minimum_index(e.as_kind(typed, computed).value, b.constant(FAR, I64))
            value = b.maximum_index(value, b.constant(-FAR, I64))
            place = b.add("arith.index_cast", [value], b.constant(0).type)
            return Parting(comparison, name, b.minus(place, e.evaluate_base(form.without(lane))))
        return None

    def _varies(self, number: Expression, form: FormShape) -> bool:
        """Something is not known before the loop over lanes."""
        shape, e = self.shape, self.e
        unknown = {shape.lane, "*", *shape.inner}
        return (
            bool(e.span(number) & unknown)
            or e.unsafe(number)
            or any(form.has(name) for name in shape.inner)
        )
