"""An order as reductions, for processors that have no kernels for sorting.

The place of an element is the number of elements that come before it, and what stands at a place is
the one element with that number. That is as many comparisons as there are pairs of a row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ...ops.expression import Expression, Index, Read, Size, transform
from ...ops.hoist import fresh_index
from ...ops.parse import parse_expression
from ..program import BATCH, PREFIX, Program, Step, Tensor, canonical, factors_of, substitute

BEFORE = parse_expression("a < b or isnan(b) and not isnan(a)")
TIED = parse_expression("(a == b or isnan(a) and isnan(b)) and i < j")
COMES_FIRST = parse_expression("1 if before or tied else 0")
AT = parse_expression("order if length > 0 else 0")
FOUND = parse_expression("j if rank == place else 0")


def count_places(program: Program) -> None:
    """Replaces the orders of a program by reductions that give the same."""
    steps = program.steps
    program.steps = []
    for step in steps:
        program.steps += _Counter(program, step).steps() if step.form == "order" else [step]


class _Counter:
    """Writes the reductions of one order."""

    def __init__(self, program: Program, step: Step) -> None:
        self.program = program
        self.step = step
        self.own = step.bound[0]
        last = step.free[-1:] if step.kind == "first" else ()
        self.rows = tuple(i for i in step.free if i not in (PREFIX, BATCH, *last))
        self.batch = tuple(i for i in step.free if i in (PREFIX, BATCH))
        self.names = {*step.free, *step.bound}

    def steps(self) -> list[Step]:
        """The steps: how many elements come before each, then which one has a number."""
        step, other = self.step, fresh_index(self.own, self.names)
        values = {"i": Index(other), "j": Index(self.own), "b": step.value}
        values["a"] = substitute(step.value, {self.own: Index(other)})
        turned = {**values, "a": values["b"], "b": values["a"]} if step.reverse else values
        tests = {"before": _put(BEFORE, turned), "tied": _put(TIED, values)}
        rank = self.read("rank", self.own)
        found = [self.sum(rank, (self.own,), other, _put(COMES_FIRST, tests))]
        place = step.free[-1] if step.kind == "first" else fresh_index(self.own, self.names)
        order = Read(step.target, step.indices)
        if step.kind == "one":
            order = self.read("order", place)
        which = {"j": Index(self.own), "rank": rank, "place": Index(place)}
        found.append(self.sum(order, (place,), self.own, _put(FOUND, which)))
        if step.kind == "one":
            assert step.place is not None
            size, read = Size(Index(self.own).size), (*order.indices[:-1], step.place)
            value = _put(AT, {"length": size, "order": Read(order.tensor, read)})
            made = replace(step, bound=(), form="map", kind="", value=value, place=None)
            found.append(canonical(replace(made, reverse=False))[0])
        return found

    def read(self, name: str, last: str) -> Read:
        """A read of a new temporary with one element for each element of a row."""
        name, indices = f"{self.step.target}~{name}", tuple(map(Index, (*self.rows, last)))
        axes = tuple(factors_of(index) or () for index in indices)
        self.program.tensors[name] = Tensor(name, axes, BATCH in self.batch, "temporary")
        return Read(name, indices)

    def sum(self, target: Read, last: tuple[str, ...], over: str, value: Expression) -> Step:
        """The step that sums a value."""
        free = (*self.batch, *self.rows, *last)
        step = Step(target.tensor, target.indices, free, (over,), "reduce", "sum", value)
        return canonical(step)[0]


def _put(pattern: Expression, parts: Mapping[str, Expression]) -> Expression:
    """A pattern with its names replaced."""
    return transform(pattern, lambda e: parts.get(e.tensor, e) if isinstance(e, Read) else e)
