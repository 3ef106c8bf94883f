"""The shape of a nest -> the function: units of work, rows, passes over the elements of a row.

    chunk -> units -> row (outer variables) -> passes -> inner variables

One variable may run over vector lanes. If it is an outer one, a unit is a block of lanes of one
row of the others, and each vector holds as many rows; if it is the last inner one, the elements of
a row fill the vectors. The loop over lanes does `unroll` vectors at a time, then single ones with
a mask.
"""

from __future__ import annotations

from ...ops.language.expression import Call, Constant, Expression
from ..ir.loops import Function, Value
from ..program.program import Step
from .fetching import NAMED_AHEAD
from .limits import common_conditions
from .memory import Typed
from .parts import PartEmitter
from .reduction import Accumulators, Reduction
from .shape import AccessShape, NestShape, Pass


def emit_nest(shape: NestShape) -> Function:
    """The kernel of a shape."""
    return NestEmitter(shape).function()


class NestEmitter(PartEmitter):
    """Writes one kernel."""

    def function(self) -> Function:
        """The finished kernel."""
        b, shape = self.b, self.shape
        self.narrow_scalars()
        grain = self.numbers[shape.grain]
        first = b.times(b.chunk, grain)
        last = b.minimum_index(b.plus(first, grain), self.numbers[shape.units])
        if self.moves_nothing_in_place():
            here, there = (b.address(memory) for memory in self.arguments.memory.values())
            last = b.select(b.compare("eq", here, there), first, last)
        with b.loop(first, last) as loop:
            self.e.scopes.append({})
            if shape.named:
                end = b.minus(last, b.constant(1))
                self.fetch_unit(b.minimum_index(b.plus(loop.index, b.constant(NAMED_AHEAD)), end))
            self.unit(loop.index)
            self.e.scopes.pop()
        return b.finish()

    def moves_nothing_in_place(self) -> bool:
        """Each element is copied to the place where it stands, if the two memories are one: a call
        in place that adds to a few rows has no need to copy all of them first."""
        shape = self.shape
        if shape.passes or len(shape.reads) != len(shape.writes) or len(shape.memory) != 2:
            return False
        ((read, source),), ((target, place),) = shape.reads, shape.writes
        step = self.e.steps.get(target)
        _, kinds, _ = zip(*shape.memory)
        plain = not (source.computed or place.computed) and kinds[0] == kinds[1]
        return step is not None and plain and step.value == read and self._alike(source, place)

    def _alike(self, source: AccessShape, place: AccessShape) -> bool:
        """All dims are walked, and every element of two memories has the same place in both."""
        return (
            source.form == place.form and source.form.offset is None
            and {name for name, _ in place.form.terms} == set(self.shape.outer)
        )  # fmt: skip

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
        if shape.owners is not None:
            unit, self.owner = self.divided(unit, self.numbers[shape.owners])
        first = self.place_unit(unit)
        if first is None or shape.lane is None or shape.block is None:
            self.row()
            return
        end = b.plus(first, self.numbers[shape.block])
        self.line(first, b.minimum_index(end, self.extents[shape.lane]))

    def place_unit(self, unit: Value) -> Value | None:
        """Outer variables from the number of a unit; where its lanes begin if it is a block."""
        b, shape = self.b, self.shape
        rows = [name for name in shape.outer if name != shape.lane]
        block: Value | None = None
        if shape.blocks is not None:
            if not rows:
                block, unit = unit, b.constant(0)
            elif shape.tall is not None:
                block, unit = self.divided(unit, self.numbers[shape.tall])
            else:
                unit, block = self.divided(unit, self.numbers[shape.blocks])
        self.place_row(unit, rows)
        if block is None or shape.block is None:
            return None
        return b.times(block, self.numbers[shape.block])

    def fetch_unit(self, unit: Value) -> None:
        """Prefetches the rows that a later unit reads, whose places are read from memory."""
        self.e.scopes.append({})
        first = self.place_unit(unit)
        assert first is not None
        self.fetch_named((access for _, access in self.shape.reads), first)
        self.e.scopes.pop()

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
        self.over_parts(first, last, self.row_body)

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
                self.place_target(target)
            return self.over_lanes(first, last, carried, element)

        if self.shape.owners is not None:
            self.walk_owned(self.shape.owners, first, across)
            return

        def ahead(carried: list[Value]) -> list[Value]:
            name = self.shape.inner[-1]
            end = b.minus(self.extents[name], b.constant(1))
            later = b.plus(self.e.point[name], b.constant(NAMED_AHEAD))
            self.fetch_later(first, b.minimum_index(later, end))
            return across(carried)

        self.over_inner(list(self.shape.inner), [], ahead, 0, one.reverse)

    def place_target(self, target: str) -> None:
        """Finds where a row is put or added, which is the same for all of it, unless a condition
        tells whether it is."""
        step = self.e.steps[target]
        match step.value:
            case Call("select", (_, _, Constant(0))) if step.kind == "add":
                return
        if step.kind in ("add", "put"):
            access = self.writes[target]
            for computed in access.computed:
                self.e.place(access, computed, None)

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

    # -- passes ------------------------------------------------------------------------------------

    def preload_all(self, varying: frozenset[str]) -> None:
        """Computes what does not depend on the varying variables, for a row without passes."""
        if self.shape.passes:
            return
        for target in self.shape.rows:
            self.e.preload(self.e.steps[target].value, varying)

    def walk(self, number: int, one: Pass) -> None:
        """One pass: folds start, elements are visited, folds end."""
        e, b = self.e, self.b
        self.preload_pass(one)
        steps = [e.steps[name] for name in one.folds if e.steps[name].form != "scatter"]
        reductions = [self.reduction(step) for step in steps]
        accumulators = self.accumulators(reductions)
        width = accumulators.width
        rounded = any(r.kind == "sum" and r.accumulator.category == 2 for r in reductions)
        ordered = any(step.form == "scan" for step in steps)
        self.limits = self.limits_of(one, steps, reductions)
        self.folding = accumulators if rounded and not ordered else None
        self.folds_only = self.lane_inside and not (one.stores or one.saves)

        def body(values: list[Value]) -> list[Value]:
            return self.element(number, one, steps, reductions, values)

        carried = accumulators.start(b)
        results = self.over_inner(list(self.shape.inner), carried, body, width, one.reverse)
        self.limits, self.folds_only = (), False
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
