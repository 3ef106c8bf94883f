"""The shape of a nest -> the function: units of work, rows, passes over the elements of a row.

    chunk -> units -> row (outer variables) -> passes -> inner variables

One variable may run over vector lanes. If it is an outer one, a unit is a block of lanes of one
row of the others, and each vector holds as many rows; if it is the last inner one, the elements of
a row fill the vectors. The loop over lanes does `unroll` vectors at a time, then single ones with
a mask.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..ops.expression import Call, Expression, Product, Read, reads
from .builder import Builder, like
from .emit_expression import Arguments, ExpressionEmitter, Typed
from .emit_reduction import Reduction, tree
from .kinds import DOUBLE, FLOAT, INTEGER, Kind
from .loops import F64, I64, INDEX, Function, Memref, Scalar, Value, Vector
from .program import Step
from .shape import AccessShape, NestShape, Pass

Body = Callable[[list[Value]], list[Value]]


def emit_nest(shape: NestShape) -> Function:
    """The kernel of a shape."""
    return NestEmitter(shape).function()


class NestEmitter:
    """Writes the loops of one kernel."""

    def __init__(self, shape: NestShape) -> None:
        self.shape = shape
        self.b = Builder(shape.name)
        self.arguments = self._arguments()
        self.e = ExpressionEmitter(self.b, shape, self.arguments)
        self.numbers = self.arguments.numbers
        self.extents = {name: self.numbers[slot] for name, slot in shape.extents}
        self.writes = dict(shape.writes)
        self.saved = dict(shape.saved)
        self.stored = {name: scalar for name, scalar, _ in shape.memory}
        self.lane_inside = shape.lane is not None and shape.lane in shape.inner

    def _arguments(self) -> Arguments:
        arguments = Arguments()
        if self.shape.checked:
            arguments.status = self.b.argument(Memref(I64), "status")
        for number, (name, scalar, _) in enumerate(self.shape.memory):
            text = "".join(c if c.isalnum() else "_" for c in name)
            arguments.memory[name] = self.b.argument(Memref(scalar), f"m{number}_{text}")
        for slot in range(self.shape.numbers):
            arguments.numbers.append(self.b.argument(INDEX, f"n{slot}"))
        for number, (name, kind) in enumerate(self.shape.scalars):
            wide = F64 if kind.category == 2 else I64
            value = self.b.argument(wide, f"s{number}_{name}")
            arguments.scalars[name] = Typed(value, kind)
        return arguments

    def function(self) -> Function:
        """The finished kernel."""
        b, shape = self.b, self.shape
        for name, typed in self.arguments.scalars.items():
            value = b.convert(typed.value, typed.kind.scalar)
            self.arguments.scalars[name] = Typed(value, typed.kind)
        grain = self.numbers[shape.grain]
        first = b.times(b.chunk, grain)
        last = b.minimum_index(b.plus(first, grain), self.numbers[shape.units])
        with b.loop(first, last) as loop:
            self.e.scopes.append({})
            self.unit(loop.index)
            self.e.scopes.pop()
        return b.finish()

    # -- units -------------------------------------------------------------------------------------

    def unit(self, unit: Value) -> None:
        """A row, or a block of lanes of a row of the other variables."""
        b, shape = self.b, self.shape
        block: Value | None = None
        if shape.blocks is not None:
            rows = [name for name in shape.outer if name != shape.lane]
            if not rows:
                block, unit = unit, b.constant(0)
            elif shape.tall is not None:
                block, unit = self.divided(unit, self.numbers[shape.tall])
            else:
                unit, block = self.divided(unit, self.numbers[shape.blocks])
        self.place_row(unit, [name for name in shape.outer if name != shape.lane])
        if block is None or shape.lane is None or shape.block is None:
            self.row()
            return
        length = self.numbers[shape.block]
        first = b.times(block, length)
        last = b.minimum_index(b.plus(first, length), self.extents[shape.lane])
        self.preload_all(frozenset((*shape.inner, shape.lane)))
        self.over_lanes(first, last, [], self.row_body)

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
        width = shape.lanes * shape.unroll
        count = b.minus(last, first)
        whole = b.times(b.add("arith.divui", [count, b.constant(width)], INDEX), b.constant(width))
        middle = b.plus(first, whole)
        with b.loop(first, middle, width, carried) as loop:
            bases = [
                b.plus(loop.index, b.constant(k * shape.lanes)) if k else loop.index
                for k in range(shape.unroll)
            ]
            loop.next = self.in_lanes(bases, [None] * shape.unroll, body, loop.carried)
        results = list(loop.results)
        head, rest = results[:carry_one], results[carry_one:]
        with b.loop(middle, last, shape.lanes, head) as tail:
            left = b.minus(last, tail.index)
            mask = b.mask(left, shape.lanes) if shape.lanes > 1 else None
            tail.next = self.in_lanes([tail.index], [mask], body, tail.carried)
        return [*tail.results, *rest]

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

    # -- rows --------------------------------------------------------------------------------------

    def row_body(self, carried: list[Value]) -> list[Value]:
        """A row inside the loop over lanes, which carries nothing."""
        self.row()
        return carried

    def row(self) -> None:
        """All passes over one row (or one vector of rows), then its results."""
        for number, one in enumerate(self.shape.passes):
            self.walk(number, one)
        values: list[tuple[str, int, Value]] = []
        for target in self.shape.rows:
            if self.shape.partial:
                continue
            for copy in self.copies():
                self.e.copy = copy
                values.append((target, copy, self.result(target)))
        for target, copy, value in values:
            self.e.copy = copy
            self.write(target, value)
        self.e.copy = 0

    def result(self, target: str) -> Value:
        """The value of a target at this place, in the kind of its memory."""
        found = None
        for copy in (self.e.copy if self.e.bases else None, None):
            found = found or self.e.find(("step", target, copy))
        if found is None:
            found = self.e.emit(self.e.steps[target].value)
        return self.e.as_kind(found, self.e.kinds[target]).value

    def write(self, target: str, value: Value) -> None:
        """Stores a value at its place in memory."""
        access = self.writes[target]
        self.store(value, access, self.stored[access.tensor])

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
            b.vector_store(e.spread(value), memory, base, e.mask)
        else:
            mask = e.mask
            if mask is None:
                mask = b.constant(True, Vector(self.shape.lanes, Scalar("i1")))
            b.scatter(e.spread(value), memory, base, offsets, mask)

    # -- passes ------------------------------------------------------------------------------------

    def reduction(self, step: Step) -> Reduction:
        """How a step folds."""
        if step.form == "merge":
            assert isinstance(step.value, Product)
            read = step.value.parts[0]
            assert isinstance(read, Read)
            return Reduction(step.kind, self.e.memory_kinds[read.tensor])
        kind = self.e.kinds["element of " + step.target]
        if step.form == "scan" and step.kind in ("sum", "prod") and kind == FLOAT:
            kind = DOUBLE  # as PyTorch: a long running sum loses too much in float32
        return Reduction(step.kind, kind)

    def expressions(self, one: Pass) -> list[Expression]:
        """What a pass computes for each element."""
        names = (*one.folds, *one.stores, *one.saves)
        found = [self.e.steps[n].value for n in names]
        return [part for x in found for part in (x.parts if isinstance(x, Product) else (x,))]

    def preload_all(self, varying: frozenset[str]) -> None:
        """Computes what does not depend on the varying variables, for a row without passes."""
        if self.shape.passes:
            return
        for target in self.shape.rows:
            self.e.preload(self.e.steps[target].value, varying)

    def walk(self, number: int, one: Pass) -> None:
        """One pass: folds start, elements are visited, folds end."""
        e, b = self.e, self.b
        varying = frozenset((*self.shape.inner, "*"))
        for copy in self.copies():
            e.copy = copy
            for expression in self.expressions(one):
                e.preload(expression, varying)
        e.copy = 0
        steps = [e.steps[name] for name in one.folds if e.steps[name].form != "scatter"]
        reductions = [self.reduction(step) for step in steps]
        vectors = self.shape.lane is not None and self.shape.lanes > 1
        lanes = self.shape.lanes if vectors else 0
        copies = self.shape.unroll if self.lane_inside else len(self.copies())
        carried = [v for _ in range(copies) for r in reductions for v in r.start(b, lanes)]
        width = sum(len(r.components) for r in reductions)

        def body(values: list[Value]) -> list[Value]:
            return self.element(number, one, steps, reductions, values)

        results = self.over_inner(list(self.shape.inner), carried, body, width, one.reverse)
        self.finish(steps, reductions, results, width)

    def over_inner(
        self, variables: list[str], carried: list[Value], body: Body, width: int, reverse: bool
    ) -> list[Value]:
        """Loops over the inner variables around the body."""
        b, e = self.b, self.e
        if not variables:
            return body(carried)
        name, rest = variables[0], variables[1:]
        first, last = self.bounds(name)
        if name == self.shape.lane:
            return self.over_lanes(first, last, carried, body, width)
        with b.loop(first, last, carried=carried) as loop:
            index = loop.index
            if reverse:
                index = b.minus(b.minus(last, b.constant(1)), index)
            e.point[name] = index
            e.scopes.append({})
            loop.next = self.over_inner(rest, loop.carried, body, width, reverse)
            e.scopes.pop()
        return loop.results

    def bounds(self, name: str) -> tuple[Value, Value]:
        """The range of an inner variable."""
        b, cut = self.b, self.shape.cut
        extent = self.extents[name]
        if cut is None or cut.variable != name:
            return b.constant(0), extent
        length = self.numbers[cut.length]
        first = b.times(self.e.point[cut.piece], length)
        return first, b.minimum_index(b.plus(first, length), extent)

    def element(
        self,
        number: int,
        one: Pass,
        steps: list[Step],
        reductions: list[Reduction],
        carried: list[Value],
    ) -> list[Value]:
        """The work for one element (or one vector of them) of every copy."""
        e = self.e
        folded: list[Value] = []
        pending: list[tuple[Callable[[str, Value], None], str, int, Value]] = []
        place = 0
        for copy in self.copies():
            e.copy = copy
            self.recall(number)
            for step, reduction in zip(steps, reductions):
                count = len(reduction.components)
                before = carried[place : place + count]
                place += count
                folded += self.fold(step, reduction, before)
            for target in one.saves:
                if self.saved[target] != target:
                    pending.append((self.save, target, copy, self.result(target)))
            for target in one.stores:
                if e.steps[target].form != "scatter":
                    pending.append((self.write, target, copy, self.result(target)))
        for put, target, copy, value in pending:
            e.copy = copy
            put(target, value)
        for target in one.stores:
            if e.steps[target].form == "scatter":
                for copy in self.copies():
                    e.copy = copy
                    self.scatter(e.steps[target])
        e.copy = 0
        return folded

    def fold(self, step: Step, reduction: Reduction, before: list[Value]) -> list[Value]:
        """Accumulators after this element; a scan's value is bound to its name."""
        e, b = self.e, self.b
        vector = isinstance(before[0].type, Vector)
        if step.form == "merge":
            assert isinstance(step.value, Product)
            parts = [self.shaped(e.emit(part).value, vector) for part in step.value.parts]
            if self.lane_inside and e.mask is not None:
                starts = reduction.start(b, self.shape.lanes)
                parts = [b.select(e.mask, p, start) for p, start in zip(parts, starts)]
            return reduction.merge(b, before, parts)
        mask = e.mask if self.lane_inside else None
        if step.form == "reduce" and reduction.kind == "sum" and mask is None:
            fused = self.multiply_add(step.value, reduction, before[0])
            if fused is not None:
                return [fused]
        x = e.as_kind(e.emit(step.value), reduction.accumulator).value
        position: Value | None = None
        if reduction.positional:
            position = self.position(step, vector)
        if step.form == "scan" and reduction.positional:
            after = self.last_extreme(reduction, before, x, position)
        else:
            after = reduction.update(b, before, self.shaped(x, vector), mask, position)
        if step.form == "scan":
            e.bind(step.target, Typed(after[-1], reduction.result))
        return after

    def last_extreme(
        self, reduction: Reduction, before: list[Value], x: Value, position: Value | None
    ) -> list[Value]:
        """A running extreme, which moves on to the last of equal ones (and to every NaN)."""
        b = self.b
        assert position is not None
        x = self.shaped(x, isinstance(before[0].type, Vector))
        at_least = {"argmax": "oge", "argmin": "ole"}[reduction.kind]
        if reduction.accumulator.category == 2:
            better = b.compare(at_least, x, before[0])
            nan = b.compare("uno", x, x)
            better = b.add("arith.ori", [better, nan], better.type)
        else:
            sign = "s" if reduction.accumulator.signed else "u"
            better = b.compare(sign + at_least[1:], x, before[0])
        return [b.select(better, x, before[0]), b.select(better, position, before[1])]

    def position(self, step: Step, vector: bool) -> Value:
        """Place of the element along the folded indices."""
        assert self.shape.position is not None
        value = self.e.to_integer(self.e.evaluate(self.shape.position))
        return self.shaped(value, vector)

    def shaped(self, value: Value, vector: bool) -> Value:
        """The value as a vector where accumulators are vectors."""
        return self.e.spread(value) if vector else value

    def multiply_add(
        self, value: Expression, reduction: Reduction, before: Value
    ) -> Value | None:
        """A sum of products in one instruction; None if it is none, or one of integers."""
        if reduction.accumulator.category != 2:
            return None
        if not (isinstance(value, Call) and value.function == "mul"):
            return None
        e = self.e
        factors = [e.emit(argument) for argument in value.arguments]
        if any(f.kind.category != 2 for f in factors) or all(f.kind.weak for f in factors):
            return None
        vector = isinstance(before.type, Vector)
        a, x = (self.shaped(e.as_kind(f, reduction.accumulator).value, vector) for f in factors)
        return self.b.multiply_add(a, x, before)

    def finish(
        self, steps: list[Step], reductions: list[Reduction], results: list[Value], width: int
    ) -> None:
        """Binds the results of a pass to their names, or writes them as partial results."""
        b, e = self.b, self.e
        if not width:
            return
        sets = [results[k : k + width] for k in range(0, len(results), width)]
        place = 0
        for step, reduction in zip(steps, reductions):
            count = len(reduction.components)
            parts = [one[place : place + count] for one in sets]
            place += count
            if step.form == "scan":
                continue
            if self.lane_inside:
                parts = [reduction.across(b, tree(b, reduction, parts))]
            for copy, values in enumerate(parts):
                e.copy = copy
                if self.shape.partial:
                    for number, value in enumerate(values):
                        self.write(f"{step.target}/{number}", value)
                    continue
                done = Typed(reduction.finish(b, values), reduction.result)
                e.bind(step.target, e.as_kind(done, e.kinds[step.target]))
        e.copy = 0

    # -- values kept between passes ----------------------------------------------------------------

    def recall(self, number: int) -> None:
        """Loads what earlier passes saved, where this pass reads it."""
        one = self.shape.passes[number]
        earlier = {name for before in self.shape.passes[:number] for name in before.saves}
        if not earlier:
            return
        for name in self.wanted(self.expressions(one), earlier):
            if name in one.saves:
                continue
            kind = self.e.kinds[name]
            access = self.saved_access(name)
            value = self.scratch_load(name) if access is None else self.e.load(access, None)
            value = self.b.convert(value, kind.scalar, kind.signed)
            self.e.bind(name, Typed(value, kind))

    def wanted(self, expressions: list[Expression], names: set[str]) -> list[str]:
        """Which of the names the expressions read, directly or through other steps."""
        found: dict[str, None] = {}
        stack = list(expressions)
        seen: set[str] = set()
        while stack:
            for read in reads(stack.pop()):
                if read.tensor in names:
                    found.setdefault(read.tensor)
                elif read.tensor in self.e.steps and read.tensor not in seen:
                    seen.add(read.tensor)
                    step = self.e.steps[read.tensor]
                    if step.form == "map":
                        stack.append(step.value)
        return list(found)

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
        start = b.times(b.chunk, self.numbers[shape.scratch])
        position = self.e.evaluate_base(shape.scratch_form)
        if shape.lane is not None and not self.lane_inside:
            position = b.times(position, b.constant(shape.lanes * shape.unroll))
            position = b.plus(position, b.constant(self.e.copy * shape.lanes))
        return b.plus(start, position)

    # -- scatters ----------------------------------------------------------------------------------

    def scatter(self, step: Step) -> None:
        """Adds to, or replaces, an element at a computed place; in lanes no two are the same."""
        e, b = self.e, self.b
        access = self.writes[step.target]
        kind = e.memory_kinds[step.target]
        value = e.as_kind(e.emit(step.value), kind).value
        if step.kind == "add":
            old = e.load(access, None)
            first, second = e.alike([old, value])
            value = b.plus(first, second) if kind.category else b.add(
                "arith.ori", [first, second], first.type
            )
        self.store(value, access, self.stored[access.tensor])


__all__ = ["INTEGER", "Kind", "NestEmitter", "emit_nest", "like"]
