"""The shape of a nest -> the function: units of work, rows, passes over the elements of a row.

    chunk -> units -> row (outer variables) -> passes -> inner variables

One variable may run over vector lanes. If it is an outer one, a unit is a block of lanes of one
row of the others, and each vector holds as many rows; if it is the last inner one, the elements of
a row fill the vectors. The loop over lanes does `unroll` vectors at a time, then single ones with
a mask.
"""

from __future__ import annotations

from collections.abc import Callable

from ..ops.expression import Expression, Product, reads
from .emit_loops import NAMED_AHEAD, Body
from .emit_memory import Typed
from .emit_owned import OwnedEmitter
from .emit_reduction import Accumulators, Reduction, reduction_of, tree
from .emit_strip import KeptAccumulators
from .kinds import Kind
from .limits import common_conditions
from .loops import I32, Function, Value
from .program import Step
from .shape import NestShape, Pass, StripShape

STRIP = 8
"""Elements of rows that lie side by side, which are folded before the next ones."""


def emit_nest(shape: NestShape) -> Function:
    """The kernel of a shape."""
    return NestEmitter(shape).function()


class NestEmitter(OwnedEmitter):
    """Writes one kernel."""

    def function(self) -> Function:
        """The finished kernel."""
        b, shape = self.b, self.shape
        self.narrow_scalars()
        grain = self.numbers[shape.grain]
        first = b.times(b.chunk, grain)
        last = b.minimum_index(b.plus(first, grain), self.numbers[shape.units])
        with b.loop(first, last) as loop:
            self.e.scopes.append({})
            self.unit(loop.index)
            self.e.scopes.pop()
        return b.finish()

    def narrow_scalars(self) -> None:
        """Brings numbers, which are passed as 64 bits, to the kinds in which they are used."""
        for name, typed in self.arguments.scalars.items():
            value = self.b.convert(typed.value, typed.kind.scalar)
            self.arguments.scalars[name] = Typed(value, typed.kind)

    # -- units -------------------------------------------------------------------------------------

    def unit(self, unit: Value) -> None:
        """A row, or a block of lanes of a row of the other variables."""
        b, shape = self.b, self.shape
        if shape.tile is not None:
            self.tile(shape.tile, unit, self.line)
            return
        block: Value | None = None
        if shape.owners is not None:
            unit, self.owner = self.divided(unit, self.numbers[shape.owners])
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
        self.line(first, last)

    def line(self, first: Value, last: Value) -> None:
        """Rows that lie side by side, over a range of the lane variable."""
        assert self.shape.lane is not None
        if self.shape.across:
            self.walk_across(first, last)
            return
        if self.shape.strip is not None:
            self.walk_strip(self.shape.strip, first, last)
            return
        self.preload_all(frozenset((*self.shape.inner, self.shape.lane)))
        self.over_lanes(first, last, [], self.row_body)

    def walk_across(self, first: Value, last: Value) -> None:
        """The only pass of rows that lie side by side, element by element over all rows.

        Nothing is carried from one element to the next, so that memory is walked along the rows.
        """
        b, one, lane = self.b, self.shape.passes[0], self.shape.lane

        def element(carried: list[Value]) -> list[Value]:
            return self.element(0, one, [], [], carried)

        def across(carried: list[Value]) -> list[Value]:
            for target in one.stores:
                for expression in self.e.steps[target].expressions:
                    self.e.preload(expression, frozenset((lane or "", "*")))
            return self.over_lanes(first, last, carried, element)

        if self.shape.owners is not None:
            self.walk_owned(self.shape.owners, first, across)
            return

        def ahead(carried: list[Value]) -> list[Value]:
            name = self.shape.inner[-1]
            end = b.minus(self.extents[name], b.constant(1))
            later = b.plus(self.e.point[name], b.constant(NAMED_AHEAD))
            self.fetch_named(first, b.minimum_index(later, end))
            return across(carried)

        self.over_inner(list(self.shape.inner), [], ahead, 0, one.reverse)

    def walk_strip(self, strip: StripShape, first: Value, last: Value) -> None:
        """The only pass of rows that lie side by side, a few elements of all rows at a time.

        Accumulators lie in scratch memory between, so that memory is walked along the rows.
        """
        b, e, one = self.b, self.e, self.shape.passes[0]
        steps = [e.steps[name] for name in one.folds]
        reductions = [self.reduction(step) for step in steps]
        goes_on = [step.form == "scan" or r.exact for step, r in zip(steps, reductions)]
        memory = [self.arguments.memory[place] for place in strip.places]
        start = b.minus(b.times(b.chunk, self.numbers[strip.length]), first)
        pairs = tuple(zip(reductions, goes_on))
        kept = KeptAccumulators(b, pairs, self.shape.lanes, memory, start)
        (name,) = self.shape.inner

        def begin(carried: list[Value]) -> list[Value]:
            for row in e.bases:
                kept.store(row, kept.neutral())
            return carried

        def some(top: Value, bottom: Value) -> Body:
            def fold(carried: list[Value]) -> list[Value]:
                opened = [value for row in e.bases for value in kept.open(row)]
                with b.loop(top, bottom, carried=opened) as loop:
                    e.point[name] = loop.index
                    e.scopes.append({})
                    loop.next = self.element(0, one, steps, reductions, loop.carried)
                    e.scopes.pop()
                for number, row in enumerate(e.bases):
                    part = slice(number * kept.width, (number + 1) * kept.width)
                    kept.close(row, loop.results[part])
                return carried

            return fold

        def end(carried: list[Value]) -> list[Value]:
            values = [value for row in e.bases for value in kept.load(row)]
            self.finish(steps, reductions, values, kept.width)
            self.write_rows()
            return carried

        self.over_lanes(first, last, [], begin)
        low, high = self.bounds(name)
        with b.loop(low, high, STRIP) as rows:
            bottom = b.minimum_index(b.plus(rows.index, b.constant(STRIP)), high)
            self.over_lanes(first, last, [], some(rows.index, bottom))
        self.over_lanes(first, last, [], end)

    # -- rows --------------------------------------------------------------------------------------

    def row_body(self, carried: list[Value]) -> list[Value]:
        """A row inside the loop over lanes, which carries nothing."""
        self.row()
        return carried

    def row(self) -> None:
        """All passes over one row (or one vector of rows), then its results."""
        for number, one in enumerate(self.shape.passes):
            self.walk(number, one)
        if self.shape.passes or self.shape.twin is None:
            self.write_rows()
        else:
            self.over_twins(self.shape.twin, [], self.row_of_pair)

    def row_of_pair(self, carried: list[Value]) -> list[Value]:
        """One of the two elements that a map writes side by side."""
        self.write_rows()
        return carried

    def write_rows(self) -> None:
        """The results of rows whose passes are over."""
        values: list[tuple[str, int, Value]] = []
        for target in self.shape.rows:
            if self.shape.partial:
                continue
            for copy in self.copies():
                self.e.copy = copy
                values.append((target, copy, self.result(target)))
        for target, copy, value in values:
            self.e.copy = copy
            self.write_row(target, value)
        self.e.copy = 0

    def result(self, target: str) -> Value:
        """The value of a target at this place, in the kind of its memory."""
        found = None
        for copy in (self.e.copy if self.e.bases else None, None):
            found = found or self.e.find(("step", target, copy))
        if found is None:
            found = self.e.emit(self.e.steps[target].value)
        return self.e.as_kind(found, self.e.kinds[target]).value

    # -- passes ------------------------------------------------------------------------------------

    def reduction(self, step: Step) -> Reduction:
        """How a step folds."""
        if step.form == "merge":
            assert isinstance(step.value, Product)
            kinds = [self.e.memory_kinds[read.tensor] for read in reads(step.value)]
            return Reduction(step.kind, kinds[0], kinds[-1] == Kind(I32))
        kind = self.e.kinds["element of " + step.target]
        position = self.shape.position
        narrow = position is not None and position.narrow
        return reduction_of(step.form, step.kind, kind, narrow)

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
        accumulators = self.accumulators(reductions)
        width = accumulators.width
        rounded = any(r.kind == "sum" and r.accumulator.category == 2 for r in reductions)
        ordered = any(step.form == "scan" for step in steps)
        self.limits = self.limits_of(one, steps, reductions)
        self.folding = accumulators if rounded and not ordered else None

        def body(values: list[Value]) -> list[Value]:
            return self.element(number, one, steps, reductions, values)

        carried = accumulators.start(b)
        results = self.over_inner(list(self.shape.inner), carried, body, width, one.reverse)
        self.limits = ()
        self.finish(steps, reductions, results, width)

    def accumulators(self, reductions: list[Reduction]) -> Accumulators:
        """What a pass carries from element to element."""
        vectors = self.shape.lane is not None and self.shape.lanes > 1
        lanes = self.shape.lanes if vectors else 0
        copies = self.shape.unroll if self.lane_inside else len(self.copies())
        return Accumulators(tuple(reductions), lanes, copies)

    def limits_of(
        self, one: Pass, steps: list[Step], reductions: list[Reduction]
    ) -> tuple[Expression, ...]:
        """Conditions without which an element of a pass changes nothing."""
        stores = [self.e.steps[name] for name in one.stores]
        if one.saves or one.reverse or any(step.form != "scatter" for step in stores):
            return ()
        return common_conditions(zip(steps, reductions), stores)

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
            saves = [name for name in one.saves if self.saved[name] != name]
            stores = [name for name in one.stores if e.steps[name].form != "scatter"]
            pending += [(self.save, name, copy, self.result(name)) for name in saves]
            pending += [(self.write, name, copy, self.result(name)) for name in stores]
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
            parts = [self.gathered(reduction, values) for values in parts]
            for copy, values in enumerate(parts):
                e.copy = copy
                if self.shape.partial:
                    for number, value in enumerate(values):
                        self.write_row(f"{step.target}/{number}", value)
                    continue
                done = Typed(reduction.finish(b, values), reduction.result)
                e.bind(step.target, e.as_kind(done, e.kinds[step.target]))
        e.copy = 0

    def gathered(self, reduction: Reduction, values: list[Value]) -> list[Value]:
        """Accumulators of a row, of which each thread that works on it may hold a part."""
        return values

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
