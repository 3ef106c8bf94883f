"""What a pass does with one element: folds it, adds it somewhere, or replaces what is there."""

from __future__ import annotations

from ...ops.language.expression import Call, Constant, Expression, Product, Read
from ...ops.language.hoist import rename
from ..ir.loops import Value, Vector
from ..program.program import Step
from .call import both
from .memory import Typed
from .reduction import Reduction
from .tile import TileEmitter


class ElementEmitter(TileEmitter):
    """The part of a nest's emitter that is inside of all loops."""

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
            position = self.position(reduction, vector)
        if step.form == "scan" and reduction.positional:
            assert position is not None
            x = self.shaped(x, isinstance(before[0].type, Vector))
            after = reduction.merge_later(b, before, [x, position])
        else:
            after = reduction.update(b, before, self.shaped(x, vector), mask, position)
        if step.form == "scan":
            e.bind(step.target, Typed(after[-1], reduction.result))
            if reduction.positional:
                self.bind_extreme(step, Typed(after[0], reduction.accumulator))
        return after

    def bind_extreme(self, step: Step, extreme: Typed) -> None:
        """Makes the running extreme known as what would be read at its position."""
        if len(step.bound) == 1:
            position = Read(step.target, step.indices)
            self.e.know(rename(step.value, {step.bound[0]: position}), extreme)

    def position(self, reduction: Reduction, vector: bool) -> Value:
        """Place of the element along the folded indices."""
        assert self.shape.position is not None
        value = self.e.evaluate(self.shape.position, reduction.place.scalar)
        return self.shaped(value, vector)

    def multiply_add(self, value: Expression, reduction: Reduction, before: Value) -> Value | None:
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

    # -- scatters ----------------------------------------------------------------------------------

    def scatter(self, step: Step) -> None:
        """Adds to, or replaces, an element at a computed place; in lanes no two are the same.

        Where a condition puts a zero in the place of what is added, or of what is put inside the
        edges only, nothing is done: the place may lie beyond the target's edges.
        """
        e, b = self.e, self.b
        asked, value = None, step.value
        match step.value:
            case Call("select", (condition, inner, Constant(0))) if step.kind != "put":
                asked, value = e.open_condition(condition), inner
        if asked is None:
            self.put_or_add(step, value, None)
            return
        inside = e.truth(asked, None)
        e.scopes.append({})
        if isinstance(inside.type, Vector):
            masks = e.masks
            e.masks = [inside if m is None else both(b, m, inside) for m in masks]
            self.put_or_add(step, value, inside)
            e.masks = masks
        else:
            branch = b.branch(inside)
            with b.inside(branch.then):
                self.put_or_add(step, value, None)
            with b.inside(branch.otherwise):
                pass
        e.scopes.pop()

    def put_or_add(self, step: Step, value: Expression, guard: Value | None) -> None:
        """Stores a value, or the sum of it and what is there."""
        e, b = self.e, self.b
        access = self.writes[step.target]
        kind = e.memory_kinds[step.target]
        given = e.as_kind(e.emit(value, guard), kind).value
        if step.kind == "add":
            first, second = e.alike([e.load(access, None), given])
            given = (
                b.plus(first, second)
                if kind.category
                else b.add("arith.ori", [first, second], first.type)
            )
        self.store(given, access, self.stored[access.tensor])
