"""An order as reductions, for processors that have no kernels for sorting.

The place of an element is the number of elements that come before it, and what stands at a place is
the one element with that number. That is as many comparisons as there are pairs of a row. Of truth
values a running sum says how many come first up to each, so that what stands at a place is found by
a search.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property

from ...ops.binding import Binding
from ...ops.expression import Call, Constant, Expression, Index, Read, Size, transform
from ...ops.hoist import fresh_index
from ...ops.parse import parse_expression
from ..halving import Probe, search
from ..infer import Inference
from ..program import BATCH, PREFIX, Program, Step, Tensor, canonical, factors_of, substitute

BEFORE = parse_expression("a < b or isnan(b) and not isnan(a)")
TIED = parse_expression("(a == b or isnan(a) and isnan(b)) and i < j")
COMES_FIRST = parse_expression("1 if before or tied else 0")
AT = parse_expression("order if length > 0 else 0")
FOUND = parse_expression("j if rank == place else 0")
ONE = parse_expression("1 if value else 0")
OTHER = parse_expression("0 if value else 1")
STANDS_BEFORE = parse_expression(
    "sofar <= place if place < total else n + 1 - sofar <= place - total"
)


def count_places(program: Program, binding: Binding) -> None:
    """Replaces the orders of a program by reductions that give the same."""
    inference = Inference(program, binding)
    steps = program.steps
    program.steps = []
    for step in steps:
        if step.form != "order":
            program.steps.append(step)
        elif inference.expression(step.value).category == 0:
            program.steps += _Counter(program, step).steps_of_truths()
        else:
            program.steps += _Counter(program, step).steps()


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
        which = {"j": Index(self.own), "rank": rank, "place": Index(self.place)}
        order = self.order()
        found.append(self.sum(order, (self.place,), self.own, _put(FOUND, which)))
        return [*found, *self.chosen(order)]

    def steps_of_truths(self) -> list[Step]:
        """The steps of an order of truth values: how many come first, then searches."""
        step, own = self.step, Index(self.own)
        sofar, order = self.read("sofar", self.own), self.order()
        one = _put(ONE if step.reverse else OTHER, {"value": step.value})
        free = (*self.batch, *self.rows, self.own)
        scan = Step(sofar.tensor, sofar.indices, free, (self.own,), "scan", "sum", one)
        probe, size = Probe(own.size, 0), Size(own.size)
        last = Read(sofar.tensor, (*sofar.indices[:-1], Call("sub", (size, Constant(1)))))
        here = Read(sofar.tensor, (*sofar.indices[:-1], probe))
        parts = {"sofar": here, "n": probe, "place": Index(self.place), "total": last}
        value = search(probe, _put(STANDS_BEFORE, parts))
        free = (*self.batch, *self.rows, self.place)
        found = Step(order.tensor, order.indices, free, (), "map", "", value)
        return [canonical(scan)[0], canonical(found)[0], *self.chosen(order)]

    @cached_property
    def place(self) -> str:
        """The index over places."""
        step = self.step
        return step.free[-1] if step.kind == "first" else fresh_index(self.own, self.names)

    def order(self) -> Read:
        """What has an element for each place: the target, or a temporary of which one is read."""
        step = self.step
        is_first = step.kind == "first"
        return Read(step.target, step.indices) if is_first else self.read("order", self.place)

    def chosen(self, order: Read) -> list[Step]:
        """The step that reads the place that is wanted, if it is one."""
        step = self.step
        if step.kind == "first":
            return []
        assert step.place is not None
        size, read = Size(Index(self.own).size), (*order.indices[:-1], step.place)
        value = _put(AT, {"length": size, "order": Read(order.tensor, read)})
        made = replace(step, bound=(), form="map", kind="", value=value, place=None)
        return [canonical(replace(made, reverse=False))[0]]

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
