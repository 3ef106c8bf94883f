"""The loops of a kernel: over lanes, over elements, as far as conditions hold."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ...ops.language.expression import Call, Expression
from ..ir.builder import bits
from ..ir.loops import INDEX, Value
from ..program.program import cost
from .fetching import FetchEmitter
from .reduction import Accumulators
from .shape import NestShape
from .streams import STREAM_BYTES, Walk, walk_apart, walk_together

Body = Callable[[list[Value]], list[Value]]

LONG = 90
"""Instructions of an element from which on the last vector has no code of its own."""

BLOCK = 256
"""Elements that are added to one accumulator before it is added to the total."""


class LoopEmitter(FetchEmitter):
    """Writes the loops of one kernel."""

    def __init__(self, shape: NestShape) -> None:
        super().__init__(shape)
        self.limits: tuple[Expression, ...] = ()  # of the pass at hand: see `limits.py`
        self.folding: Accumulators | None = None  # of the pass at hand, where its sums are rounded
        self.folds_only = False  # the pass at hand reads a row and writes nothing for its elements
        self.at_a_time = 0  # iterations of the innermost loop that a backend is asked to unroll

    @property
    def is_long(self) -> bool:
        """An element takes so much work that writing it twice costs more than asking each time
        whether a vector is the last one."""
        return self.shape.unroll == 1 and any(cost(s.value) >= LONG for s in self.shape.steps)

    def over_lanes(
        self, first: Value, last: Value, carried: list[Value], body: Body, carry_one: int = 0
    ) -> list[Value]:
        """Runs the body over a range of the lane variable; the result is what it carries.

        Args:
            first, last: The range.
            carried: Values for all copies, copy by copy.
            body: From carried values of the copies at hand to the next ones.
            carry_one: How many carried values belong to one copy.
        """
        b, shape = self.b, self.shape
        if self.is_long and shape.lanes > 1 and not (shape.passes or shape.again):
            return self.over_all_lanes(first, last, carried, body)
        width = shape.lanes * shape.unroll
        middle = b.plus(first, b.whole(b.minus(last, first), width))
        walk = self.walk_lanes(first, middle)
        with b.loop(first, walk.stop, walk.step, carried) as loop:
            bases = walk.bases(b, loop.index)
            loop.next = self.in_lanes(bases, [None] * shape.unroll, body, loop.carried)
        results = list(loop.results)
        if shape.again:
            self.over_last_lanes(first, middle, last, body)
            return results
        head, rest = results[:carry_one], results[carry_one:]
        with b.loop(middle, last, shape.lanes, head) as tail:
            left = b.minus(last, tail.index)
            mask = b.mask(left, shape.lanes) if shape.lanes > 1 else None
            if not shape.passes and shape.unroll > 1:
                self.e.full = b.compare("sge", left, b.constant(shape.lanes))
            tail.next = self.in_lanes([tail.index], [mask], body, tail.carried)
            self.e.full = None
        return [*tail.results, *rest]

    def walk_lanes(self, first: Value, middle: Value) -> Walk:
        """The loop over all vectors that come in numbers of `unroll`."""
        lanes, unroll = self.shape.lanes, self.shape.unroll
        if self.folds_only and lanes > 1:
            widths = [bits(self.stored[access.tensor]) for _, access in self.shape.reads]
            least = STREAM_BYTES * 8 // max(widths, default=8)
            return walk_apart(self.b, first, middle, lanes, unroll, least)
        return walk_together(self.b, middle, lanes, unroll)

    def over_all_lanes(
        self, first: Value, last: Value, carried: list[Value], body: Body
    ) -> list[Value]:
        """The body for all vectors, one at a time, the last one included.

        Memory is read and written in one of two ways; what is computed between is there once.
        """
        b, lanes = self.b, self.shape.lanes
        with b.loop(first, last, lanes, carried) as loop:
            left = b.minus(last, loop.index)
            self.e.full = b.compare("sge", left, b.constant(lanes))
            loop.next = self.in_lanes([loop.index], [b.mask(left, lanes)], body, loop.carried)
            self.e.full = None
        return list(loop.results)

    def over_last_lanes(self, first: Value, middle: Value, last: Value, body: Body) -> None:
        """The body for the vectors that are left over, where it may be repeated for some lanes."""
        b, lanes = self.b, self.shape.lanes
        back = b.minus(last, b.constant(lanes))
        filled = b.branch(b.compare("sge", back, first))
        with b.inside(filled.then), b.loop(middle, last, lanes) as tail:
            self.in_lanes([b.minimum_index(tail.index, back)], [None], body, [])
        with b.inside(filled.otherwise), b.loop(middle, last, lanes) as tail:
            mask = b.mask(b.minus(last, tail.index), lanes)
            self.in_lanes([tail.index], [mask], body, [])

    def in_lanes(
        self, bases: list[Value], masks: list[Value | None], body: Body, carried: list[Value]
    ) -> list[Value]:
        """The body with the lane variable at the given places."""
        e = self.e
        outer = e.bases, e.masks, e.copy
        e.bases, e.masks, e.copy = bases, masks, 0
        e.scopes.append({})
        result = body(carried)
        e.scopes.pop()
        e.bases, e.masks, e.copy = outer
        return result

    def copies(self) -> range:
        """Numbers of the copies at hand."""
        return range(max(1, len(self.e.bases)))

    def over_inner(
        self, variables: list[str], carried: list[Value], body: Body, width: int, reverse: bool
    ) -> list[Value]:
        """Loops over the inner variables around the body."""
        e = self.e
        if not variables:
            return body(carried)
        name, rest = variables[0], variables[1:]
        outside, limits = e.holding, self.obeyed(name, rest)
        first, last = self.bounds(name, limits)
        e.holding = outside.union(limits)
        if name == self.shape.twin and not limits and not reverse:
            results = self.over_twins(name, carried, body)
        else:
            results = self.over_range(name, rest, (first, last), carried, body, width, reverse)
        e.holding = outside
        return results

    def over_range(
        self, name: str, rest: list[str], places: tuple[Value, Value], carried: list[Value],
        body: Body, width: int, reverse: bool,
    ) -> list[Value]:  # fmt: skip
        """A loop over a range of an inner variable, and those over the rest inside."""
        b, e = self.b, self.e
        first, last = places
        if name == self.shape.lane:
            return self.over_lanes(first, last, carried, body, width)
        if not rest and self.folding is not None:
            return self.in_blocks(name, first, last, carried, body)
        with b.loop(first, last, carried=carried, unroll=0 if rest else self.at_a_time) as loop:
            index = loop.index
            if reverse:
                index = b.minus(b.minus(last, b.constant(1)), index)
            e.point[name] = index
            if not rest and not reverse:
                self.fetch_ahead(name, index)
            e.scopes.append({})
            loop.next = self.over_inner(rest, loop.carried, body, width, reverse)
            e.scopes.pop()
        return loop.results

    def over_twins(self, name: str, carried: list[Value], body: Body) -> list[Value]:
        """The body for both elements of the innermost variable, one after the other; what is stored
        waits for the second."""
        e = self.e
        self.first_twins = {}
        for number in (0, 1):
            e.point[name] = self.b.constant(number)
            e.scopes.append({})
            carried = body(carried)
            e.scopes.pop()
        self.first_twins = None
        return carried

    def in_blocks(
        self, name: str, first: Value, last: Value, carried: list[Value], body: Body
    ) -> list[Value]:
        """A loop over the last inner variable, with accumulators of their own for every block.

        Long sums of float32 stay as accurate as if they were added in pairs.
        """
        b, e, folding = self.b, self.e, self.folding
        assert folding is not None
        with b.loop(first, last, BLOCK, carried) as outer:
            stop = b.minimum_index(b.plus(outer.index, b.constant(BLOCK)), last)
            start = folding.start(b)
            with b.loop(outer.index, stop, carried=start, unroll=self.at_a_time) as loop:
                e.point[name] = loop.index
                self.fetch_ahead(name, loop.index)
                e.scopes.append({})
                loop.next = body(loop.carried)
                e.scopes.pop()
            outer.next = folding.merge(b, outer.carried, loop.results)
        return outer.results

    def bounds(self, name: str, limits: Sequence[Expression] = ()) -> tuple[Value, Value]:
        """The range of an inner variable, as far as conditions hold."""
        b, cut = self.b, self.shape.cut
        first, last = b.constant(0), self.extents[name]
        if cut is not None and cut.variable == name:
            length = self.numbers[cut.length]
            first = b.times(self.e.point[cut.piece], length)
            last = b.minimum_index(b.plus(first, length), last)
        for limit in limits:
            assert isinstance(limit, Call)
            place = self.solved(name, *limit.arguments)
            if limit.function == "ge":
                first = b.maximum_index(first, place)
            else:
                last = b.minimum_index(last, place)
        return first, b.maximum_index(first, last) if limits else last

    def solved(self, name: str, left: Expression, right: Expression) -> Value:
        """The first place along a variable where `left >= right`."""
        b, e = self.b, self.e
        form = e.values[left]
        slot = dict(form.terms)[name]
        distance = b.minus(e.to_index(e.emit(right)), e.evaluate_base(form.without(name)))
        if slot is None:
            return distance
        step = self.numbers[slot]
        ahead = b.plus(b.maximum_index(distance, b.constant(0)), b.minus(step, b.constant(1)))
        return b.add("arith.divui", [ahead, step], INDEX)

    def obeyed(self, name: str, rest: Sequence[str]) -> list[Expression]:
        """Limits that a loop over a variable can obey: nothing else in them is still open."""
        lane = {self.shape.lane} if self.e.bases else set()
        return [limit for limit in self.limits if self._solvable(limit, name, lane.union(rest))]

    def _solvable(self, limit: Expression, name: str, opened: set[str | None]) -> bool:
        e = self.e
        match limit:
            case Call("ge" | "lt", (left, right)) if left in self.shape.rising:
                form = e.values[left]
                known = not e.unsafe(right) and not e.span(right) & {name, "*", *opened}
                return known and form.has(name) and not any(form.has(v) for v in opened)
        return False
