"""The loops of a kernel: rows, lanes and elements, and where results and kept values are stored."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..ops.expression import Call, Expression
from .builder import Builder, bits
from .emit_expression import ExpressionEmitter
from .emit_fetches import FetchEmitter
from .emit_memory import Arguments, Typed
from .emit_reduction import Accumulators
from .loops import F64, I64, INDEX, Memref, Scalar, Value, Vector
from .naming import memory_name
from .program import cost
from .shape import AccessShape, NestShape
from .streams import STREAM_BYTES, Walk, walk_apart, walk_together

Body = Callable[[list[Value]], list[Value]]

LONG = 90
"""Instructions of an element from which on the last vector has no code of its own."""

BLOCK = 256
"""Elements that are added to one accumulator before it is added to the total."""


class LoopEmitter(FetchEmitter):
    """Writes loops and stores of one kernel.

    Attributes:
        expression_emitter: The class that writes what is computed at a place.
    """

    expression_emitter = ExpressionEmitter

    def __init__(self, shape: NestShape) -> None:
        self.shape = shape
        self.b = Builder(shape.name)
        self.arguments = self._arguments()
        self.e = self.expression_emitter(self.b, shape, self.arguments)
        self.numbers = self.arguments.numbers
        self.extents = {name: self.numbers[slot] for name, slot in shape.extents}
        self.writes = dict(shape.writes)
        self.saved = dict(shape.saved)
        self.stored = {name: scalar for name, scalar, _ in shape.memory}
        self.limits: tuple[Expression, ...] = ()  # of the pass at hand: see `limits.py`
        self.folding: Accumulators | None = None  # of the pass at hand, where its sums are rounded
        self.folds_only = False  # the pass at hand reads a row and writes nothing for its elements
        self.lane_inside = shape.lane is not None and shape.lane in shape.inner
        self.first_twins: dict[tuple[str, int], tuple[Value, Value]] | None = None
        self.at_a_time = 0  # iterations of the innermost loop that a backend is asked to unroll
        self.scratch_row = self.b.chunk  # whose part of the scratch memory is in use

    @property
    def is_long(self) -> bool:
        """An element takes so much work that writing it twice costs more than asking each time
        whether a vector is the last one."""
        return self.shape.unroll == 1 and any(cost(s.value) >= LONG for s in self.shape.steps)

    def _arguments(self) -> Arguments:
        arguments = Arguments()
        if self.shape.checked:
            arguments.status = self.b.argument(Memref(I64), "status")
        for number, (name, scalar, _) in enumerate(self.shape.memory):
            arguments.memory[name] = self.memory(number, name, scalar)
        for number, (name, kind) in enumerate(self.shape.scalars):
            wide = F64 if kind.category == 2 else I64
            value = self.b.argument(wide, f"s{number}_{name}")
            arguments.scalars[name] = Typed(value, kind)
        for slot in range(self.shape.numbers):  # last: what changes from call to call is in front
            arguments.numbers.append(self.b.argument(INDEX, f"n{slot}"))
        return arguments

    def memory(self, number: int, name: str, scalar: Scalar) -> Value:
        """An operand, a temporary or scratch memory: an argument of the function."""
        return self.b.argument(Memref(scalar), memory_name(number, name))

    def divided(self, number: Value, divisor: Value) -> tuple[Value, Value]:
        """Quotient and remainder of a number that is not negative."""
        quotient = self.b.add("arith.divui", [number, divisor], INDEX)
        return quotient, self.b.minus(number, self.b.times(quotient, divisor))

    def place_row(self, unit: Value, rows: Sequence[str]) -> None:
        """Outer variables from the number of a row."""
        for name in reversed(rows[1:]):
            unit, self.e.point[name] = self.divided(unit, self.extents[name])
        if rows:
            self.e.point[rows[0]] = unit

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
            tail.next = self.in_lanes([tail.index], [mask], body, tail.carried)
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

    def write(self, target: str, value: Value) -> None:
        """Stores a value at its place in memory."""
        access = self.writes[target]
        if self.first_twins is None or not self._lies_between(access):
            self.store(value, access, self.stored[access.tensor])
            return
        first = self.first_twins.pop((target, self.e.copy), None)
        value = self.e.spread(self.b.convert(value, self.stored[access.tensor]))
        if first is None:
            base, _ = self.e.address(access, None)
            self.first_twins[target, self.e.copy] = value, base
        else:
            self.store_twins(first[0], value, self.arguments.memory[access.tensor], first[1])

    def _lies_between(self, access: AccessShape) -> bool:
        """The element lies between those of neighbouring lanes."""
        slots = dict(access.form.terms)
        alone = self.shape.twin in slots and slots[self.shape.twin] is None
        return access.pairs and alone and not access.computed

    def store_twins(self, first: Value, second: Value, memory: Value, base: Value) -> None:
        """Stores two vectors, the elements of one between those of the other."""
        b, lanes, mask = self.b, self.shape.lanes, self.e.mask
        for start in (0, lanes // 2):
            half = range(start, start + lanes // 2)
            value = b.shuffle(first, second, [k for lane in half for k in (lane, lane + lanes)])
            admitted = mask and b.shuffle(mask, mask, [lane for lane in half for _ in (0, 1)])
            b.vector_store(value, memory, b.plus(base, b.constant(2 * start)), admitted)

    def write_row(self, target: str, value: Value) -> None:
        """Stores a value of which a row has one."""
        self.write(target, value)

    def store(self, value: Value, access: AccessShape, scalar: Scalar) -> None:
        """Stores a scalar or a vector; the lanes of the mask."""
        b, e = self.b, self.e
        value = b.convert(value, scalar)
        memory = self.arguments.memory[access.tensor]
        base, offsets = e.address(access, None)
        if self.shape.lanes == 1 or (offsets is None and not access.form.has(self.shape.lane)):
            if isinstance(value.type, Vector):  # the lane variable has extent 1
                value = b.extract(value, 0)
            b.store(value, memory, base)
        elif offsets is None:
            e.vector_store(e.spread(value), memory, base)
        else:
            mask = e.mask
            if mask is None:
                mask = b.constant(True, Vector(self.shape.lanes, Scalar("i1")))
            b.scatter(e.spread(value), memory, base, offsets, mask)

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

    def shaped(self, value: Value, vector: bool) -> Value:
        """The value as a vector where accumulators are vectors."""
        return self.e.spread(value) if vector else value

    def saved_access(self, name: str) -> AccessShape | None:
        """Where a saved value lies in an output; None if it lies in scratch memory."""
        return self.writes.get(self.saved[name])

    def save(self, target: str, value: Value) -> None:
        """Keeps a value of this element for a later pass."""
        access = self.saved_access(target)
        if access is not None:
            self.store(value, access, self.stored[access.tensor])
            return
        memory = self.arguments.memory[self.saved[target]]
        value = self.b.convert(value, self.stored[self.saved[target]])
        index = self.scratch_index()
        if self.shape.lanes > 1:
            self.b.vector_store(self.e.spread(value), memory, index, self.e.mask)
        else:
            self.b.store(value, memory, index)

    def scratch_load(self, name: str) -> Value:
        memory = self.arguments.memory[self.saved[name]]
        index = self.scratch_index()
        if self.shape.lanes > 1:
            return self.b.vector_load(memory, index, self.shape.lanes, self.e.mask)
        return self.b.load(memory, index)

    def scratch_index(self) -> Value:
        """Place of this element (or of its first lane) in the chunk's scratch row."""
        b, shape = self.b, self.shape
        assert shape.scratch is not None and shape.scratch_form is not None
        start = b.times(self.scratch_row, self.numbers[shape.scratch])
        position = self.e.evaluate_base(shape.scratch_form)
        if shape.lane is not None and not self.lane_inside:
            position = b.times(position, b.constant(shape.lanes * shape.unroll))
            position = b.plus(position, b.constant(self.e.copy * shape.lanes))
        return b.plus(start, position)
