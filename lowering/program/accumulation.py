"""`+=` and replaced elements -> steps: gathers where the map of places inverts, else scatters."""

from __future__ import annotations

from ...ops.calls.binding import Binding
from ...ops.dtype import bfloat16, float16
from ...ops.language.algebra import call, operand
from ...ops.language.expression import (
    Constant,
    Expression,
    Index,
    Product,
    Read,
    Statement,
    free_indices,
    reads,
)
from ...ops.language.op import Op
from .chosen import spread
from .gather import Contribution, affine, invert
from .program import (
    BATCH,
    PREFIX,
    Factors,
    Step,
    canonical,
    conjunction,
    extent_of,
    factors_of,
    is_plain,
    within,
)
from .steps import StepWriter


class Accumulation:
    """What statements add to tensors, until the sums are wanted, and what they replace.

    Args:
        op: A specialised or derived op.
        binding: Its sizes and dtypes.
        steps: Where steps are added.
    """

    def __init__(self, op: Op, binding: Binding, steps: StepWriter) -> None:
        self.op = op
        self.binding = binding
        self.steps = steps
        self.program = steps.program
        self.outside = {name for name, _ in op.outside}
        self.pending: dict[str, list[Contribution]] = {}
        self.origin: dict[str, str] = {}

    def add(self, target: str, contribution: Contribution) -> None:
        """Notes what a statement adds."""
        self.pending.setdefault(target, []).append(contribution)

    def flush_all(self) -> None:
        """Adds the steps of every sum that is still open."""
        for target in list(self.pending):
            self.flush(target)

    def flush(self, target: str) -> None:
        """Adds the steps that give a target of `+=`: gathers where maps invert, else scatters."""
        contributions = self.pending.pop(target)
        axes = self.target_axes(target, contributions)
        batched = any(
            self.steps.is_batched(p) for c in contributions for p in (c.value, *c.indices)
        )
        if target in self.program.tensors:
            batched = self.program.tensors[target].batched
        if len(contributions) == 1 and self.spread(target, axes, contributions[0], batched):
            return
        places = _places(axes)
        gathered: list[tuple[Expression, tuple[str, ...]]] = []
        scattered: list[Contribution] = []
        for contribution in contributions:
            inverted = invert(contribution, places, axes, self.binding)
            if inverted is None:
                scattered.append(contribution)
                continue
            value, bound = inverted
            if self.steps.is_batched(value) and not batched:
                bound = (BATCH, *bound)
            gathered.append((value, bound))
        if not scattered:
            self.gathered(target, places, gathered)
            return
        accumulator = target if self.is_exact(target) else self.steps.fresh()
        self.origin[accumulator] = target
        self.steps.declare(accumulator, places, batched)
        self.gathered(accumulator, places, gathered)
        for contribution in scattered:
            self.scattered(accumulator, contribution, "add")
        if accumulator != target:
            self.steps.assign(target, places, Read(accumulator, places))

    def spread(
        self, target: str, axes: tuple[Factors, ...], contribution: Contribution, batched: bool
    ) -> bool:
        """Adds a map where a scatter gives every element; see `chosen.py`."""
        found = spread(contribution, axes, self.program, self.binding)
        if found is None or self.steps.is_batched(found.value) != batched:
            return False
        self.steps.declare(target, _places(axes), batched)
        self.steps.assign(target, found.places, found.value)
        return True

    def is_exact(self, name: str) -> bool:
        """The tensor's memory holds sums as they are accumulated."""
        if name in self.program.tensors and self.program.tensors[name].role == "output":
            return self.binding.dtypes[name] not in (float16, bfloat16)
        return True

    def gathered(
        self,
        target: str,
        places: tuple[Expression, ...],
        parts: list[tuple[Expression, tuple[str, ...]]],
    ) -> None:
        """Adds the step that sums what was inverted."""
        if len(parts) == 1 and parts[0][1]:
            self.steps.fold(parts[0][0], parts[0][1], "sum", target, places)
            return
        total: Expression | None = None
        for value, bound in parts:
            term = self.steps.fold(value, bound, "sum", "", places) if bound else value
            total = term if total is None else call("add", total, term)
        self.steps.assign(target, places, operand(0.0) if total is None else total)

    def scattered(self, target: str, contribution: Contribution, kind: str) -> None:
        """Adds a step that adds to or replaces elements at computed places."""
        tensor = self.program.tensors[target]
        spread = self.beyond(target, contribution, kind)
        if kind == "put" and spread.value is not contribution.value:
            kind = "put_inside"
        contribution = spread
        parts = (*contribution.indices, contribution.value)
        names = tuple(dict.fromkeys(n for p in parts for n in free_indices(p)))
        free = tuple(
            n
            for n in names
            if any(_is_lone(i, n, contribution.indices) for i in contribution.indices)
        )
        bound = tuple(n for n in names if n not in free)
        if not tensor.batched and any(self.steps.is_batched(p) for p in parts):
            bound = (BATCH, *bound)
        batch = (PREFIX, *((BATCH,) if tensor.batched else ()))
        step = Step(
            target, contribution.indices, (*batch, *free), bound, "scatter", kind,
            contribution.value,
        )  # fmt: skip
        self.program.steps.append(canonical(step)[0])

    def beyond(self, target: str, contribution: Contribution, kind: str) -> Contribution:
        """The contribution, with what lies beyond the target's edges turned into nothing.

        A zero that is added under a condition is not added (`emit/element.py`), so that an affine
        place may stay as it is; other places are looked at while the kernel runs.
        """
        stated = self.origin.get(target, target) in self.outside
        inside: list[Expression] = []
        indices: list[Expression] = []
        for index, axis in zip(contribution.indices, self.program.tensors[target].axes):
            spread = kind == "add" and affine(index) is not None
            if is_plain(index, axis) or not (stated or spread):
                indices.append(index)
                continue
            here = conjunction(within(index, extent_of(axis)))
            inside.append(here)
            indices.append(index if spread else call("select", here, index, Constant(0)))
        value = contribution.value
        if inside:
            value = call("select", conjunction(inside), value, Constant(0))
        return Contribution(tuple(indices), value, contribution.bound)

    def put(self, target: str, indices: tuple[Expression, ...], value: Expression) -> None:
        """Adds a step that replaces elements of what earlier statements gave, or else of zeros."""
        contribution = Contribution(indices, value, ())
        if target in self.pending:
            self.flush(target)
        if target not in self.steps.given:
            places = _places(self.target_axes(target, [contribution]))
            self.steps.assign(target, places, operand(0.0))
        self.scattered(target, contribution, "put")

    def target_axes(self, target: str, contributions: list[Contribution]) -> tuple[Factors, ...]:
        """Axes of a target; those of a temporary are found where plain indices stand."""
        if target in self.program.tensors:
            return self.program.tensors[target].axes
        found: list[Factors | None] = [None] * len(contributions[0].indices)
        places = [c.indices for c in contributions]
        for statement in self.op.compute or self.op.define:
            assert isinstance(statement, Statement)
            found_reads = (statement.target, *reads(statement.value))
            places += [read.indices for read in found_reads if read.tensor == target]
        for indices in places:
            for axis, index in enumerate(indices):
                found[axis] = found[axis] or factors_of(index)
        assert all(f is not None for f in found), f"{self.op.name}: axes of {target} are not known"
        return tuple(f for f in found if f is not None)


def _is_lone(index: Expression, name: str, indices: tuple[Expression, ...]) -> bool:
    """The target place is that plain index, which stands in no other place."""
    if index != Index(name):
        return False
    return sum(name in free_indices(other) for other in indices) == 1


def _places(axes: tuple[Factors, ...]) -> tuple[Expression, ...]:
    """New plain indices over the axes."""
    taken: dict[str, int] = {}

    def fresh(size: str) -> Expression:
        count = taken.get(size, 0)
        taken[size] = count + 1
        return Index(size.lower() + (str(count) if count else ""))

    places: list[Expression] = []
    for axis in axes:
        parts = tuple(fresh(size) for size in axis)
        places.append(parts[0] if len(parts) == 1 else Product(parts))
    return tuple(places)
