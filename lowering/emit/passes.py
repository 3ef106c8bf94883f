"""Passes over the elements of rows: what is done with one element in all of them, and their end."""

from __future__ import annotations

from collections.abc import Callable

from ...ops.language.expression import Expression, Product, reads
from ..ir.kinds import Kind
from ..ir.loops import I32, Value
from ..program.program import Step
from .memory import Typed
from .owned import OwnedEmitter
from .reduction import Reduction, reduction_of, tree
from .shape import Pass


class PassEmitter(OwnedEmitter):
    """The part of a nest's emitter that knows passes, whatever loops stand around them."""

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

    def preload_pass(self, one: Pass) -> None:
        """Computes what is the same for all elements of a row, before a pass over them."""
        varying = frozenset((*self.shape.inner, "*"))
        for copy in self.copies():
            self.e.copy = copy
            for expression in self.expressions(one):
                self.e.preload(expression, varying)
        self.e.copy = 0

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
