"""Steps -> groups that run as one nest each.

The steps of a group share an outer space (one iteration for each row, in parallel) and an inner
one (the row's elements). A step of a group gives one value for each row, one for each element, or
folds a row's elements to one. A value is passed on inside a group only from the same place; what
is read elsewhere, or by another group, goes through memory.
"""

from __future__ import annotations

from dataclasses import field

from ...ops.dataclass import dataclass
from ...ops.language.expression import Expression, free_indices, reads
from .program import BATCH, Program, Step, product_factors


@dataclass
class Group:
    """Steps of one nest.

    Attributes:
        steps: In order.
        outer: Indices of the rows.
        inner: Indices of the elements of a row.
        alone: It takes only maps over its outer space besides its first step.
    """

    steps: list[Step] = field(default_factory=list)
    outer: tuple[str, ...] = ()
    inner: tuple[str, ...] = ()
    alone: bool = False

    @property
    def targets(self) -> dict[str, Step]:
        """What its steps give."""
        return {step.target: step for step in self.steps}


def partition(program: Program) -> list[Group]:
    """The program's steps in groups, each as large as its data flow allows."""
    groups: list[Group] = []
    home: dict[str, int] = {}
    for step in program.steps:
        first = max((home[r.tensor] for r in step.reads() if r.tensor in home), default=0)
        first = max(first, home.get(step.target, -1) + 1)
        place = next(
            (k for k in range(first, len(groups)) if _join(groups[k], step, program)), None
        )
        if place is None and step.form == "reduce" and home.keys().isdisjoint(_names_read(step)):
            # In front: what needs it may then join any of the others.
            groups.insert(0, _start(step, program))
            home = {target: number + 1 for target, number in home.items()}
            place = 0
        if place is None:
            groups.append(_start(step, program))
            place = len(groups) - 1
        home[step.target] = place
    return groups


def _names_read(step: Step) -> set[str]:
    return {read.tensor for read in step.reads()} | {step.target}


def is_contraction(step: Step, program: Program) -> bool:
    """A sum of products of two factors, each with an index of the result that the other lacks."""
    if step.form != "reduce" or step.kind != "sum":
        return False
    factors = product_factors(step.value)
    if len(factors) != 2:
        return False
    spans = [_span(factor, program) & set(step.free) for factor in factors]
    return bool(spans[0] - spans[1] and spans[1] - spans[0])


def _span(factor: Expression, program: Program) -> set[str]:
    """Indices that a factor depends on, the batch included."""
    found = set(free_indices(factor))
    tensors = [program.tensors[read.tensor] for read in reads(factor)]
    return found | {BATCH} if any(tensor.batched for tensor in tensors) else found


def _start(step: Step, program: Program) -> Group:
    alone = step.form in ("scatter", "order") or is_contraction(step, program)
    group = Group([step], step.free, (), alone)
    if step.form in ("reduce", "scatter", "order"):
        group.inner = step.bound
    if step.form == "scan":
        group.outer = tuple(i for i in step.free if i not in step.bound)
        group.inner = step.bound
    return group


def _join(group: Group, step: Step, program: Program) -> bool:
    """Adds the step if the group can take it."""
    if step.form in ("scatter", "order") or is_contraction(step, program):
        return False
    if group.steps[0].form == "scatter" or not _same_place(group, step):
        return False
    if group.alone:
        if step.form != "map" or set(step.free) != set(group.outer):
            return False
        group.steps.append(step)
        return True
    spaces = _spaces(group, step)
    if spaces is None:
        return False
    group.outer, group.inner = spaces
    group.steps.append(step)
    return True


def _spaces(group: Group, step: Step) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """Outer and inner space of the group with the step; None if it does not fit."""
    free, bound = set(step.free), set(step.bound)
    outer, inner = set(group.outer), set(group.inner)
    if step.form == "map":
        if free == outer or (inner and free == outer | inner):
            return group.outer, group.inner
        return None
    if step.form == "scan":
        free -= bound
    if inner:
        return (group.outer, group.inner) if (free, bound) == (outer, inner) else None
    ordered = tuple(i for i in step.free if i in free)
    if outer == free:  # maps over rows so far: their rows get elements
        return ordered, step.bound
    if outer == free | bound:  # maps over elements so far: their elements become rows
        return ordered, step.bound
    return None


def _same_place(group: Group, step: Step) -> bool:
    """What the step reads of the group, it reads from the place where it is made."""
    targets = group.targets
    for read in step.reads():
        made = targets.get(read.tensor)
        if made is not None and made.indices != read.indices:
            return False
    return True
