"""Sums of products of two tensors through one packed micro-kernel: matmul, convolutions, adjoints.

A contraction has four groups of loop variables: *outer* (in both factors and the result), *rows*
(in the first factor and the result), *columns* (in the second factor and the result) and *depth*
(in both factors, summed). Rows, columns and depth are flattened to one index each; where their
elements lie is looked up in tables that a task fills once, so that any number of variables and any
strides go through the same code: an implicit GEMM. Columns run over vector lanes.

Reads with conditions (the padding of a convolution, the holes of a transposed one) are dealt with
before: conditions that always hold are dropped, positions are cut into classes modulo a stride, and
what is left is copied once with its zeros written out.

Source:
    Goto and van de Geijn 2008, doi:10.1145/1356052.1356053 (packing and blocking).
"""

from __future__ import annotations

from collections.abc import Sequence

from ...ops.language.expression import Expression
from ..launch import Launch
from ..nest.nest import Nest
from ..program.context import Context
from ..program.layout import Space
from ..program.partition import is_contraction
from ..program.program import Program, Step, product_factors
from .epilogue import Work, epilogue_of, reads_beside, summed_in
from .factors import find_factors
from .matrix_plan import plan_matrices
from .narrow_plan import plan_narrow
from .pad import run_over
from .parts import cut_along, part_along
from .plan import Planner
from .problem import Problem, classes, settled
from .roles import LEAST_ROWS, assign_roles


def match(nest: Nest) -> bool:
    """Whether the group is a contraction and maps of what it gives; it is kept for `build`."""
    steps = list(nest.steps.values())
    if not steps or nest.partial or not _is_sum_of_products(steps, nest.context.program):
        return False
    nest.planned = contract(nest.context, nest.steps, nest.roots)
    return nest.planned is not None


def _is_sum_of_products(steps: list[Step], program: Program) -> bool:
    """Whether two factors are multiplied and summed, and maps over the same space follow."""
    first, *others = steps
    if first.form != "reduce" or first.kind != "sum" or len(product_factors(first.value)) != 2:
        return False
    return is_contraction(first, program) or all(
        step.form == "map" and set(step.free) == set(first.free) for step in others
    )


def build(nest: Nest) -> list[Launch]:
    """The launches that `match` found."""
    assert nest.planned is not None, "match comes first"
    return nest.planned


def contract(context: Context, steps: dict[str, Step], roots: Sequence[str]) -> list[Launch] | None:
    """Launches of a contraction and the maps that follow it; None where another schedule is better.

    Args:
        context: The call.
        steps: The contraction first, then maps over the same outer space.
        roots: Targets that go to memory; only the last step's can.
    """
    found = find_work(context, steps, roots)
    if found is None:
        return None
    work, problem = found
    both = is_contraction(next(iter(steps.values())), context.program)
    if not (both and _pays(settled(problem))):
        return plan_narrow(work, settled(problem))
    parted = _plan_parts(context, steps, roots, problem)
    if parted is not None:
        return parted
    launches: list[Launch] = []
    for part in classes(problem):
        planned = plan_packed(work, part)
        if planned is None:
            return None
        launches += planned
    return launches


def _plan_parts(
    context: Context, steps: dict[str, Step], roots: Sequence[str], problem: Problem
) -> list[Launch] | None:
    """A launch for the parts of a sum, and one that adds them; None where it has none that pay."""
    first, along = next(iter(steps.values())), part_along(problem)
    if along is None or along not in first.bound:
        return None
    part, total = cut_along(context, problem, first, along)
    found = find_work(context, {part.target: part}, [part.target])
    launches = None if found is None else plan_packed(*found)
    if launches is None:
        return None
    nest = Nest(context, {**steps, first.target: total}, list(roots), first.free, (along,))
    return [*launches, nest.launch()]


def plan_packed(work: Work, part: Problem) -> list[Launch] | None:
    """Launches of a part whose factors are both packed; None where roles cannot be given."""
    assigned = assign_roles(settled(part), least=1)
    if assigned is None:
        return None
    return plan_matrices(work, *assigned) or Planner(work, *run_over(*assigned)).plan()


def find_work(
    context: Context, steps: dict[str, Step], roots: Sequence[str]
) -> tuple[Work, Problem] | None:
    """What a contraction computes, and its numbers; None where it is none that a schedule takes."""
    first, last = next(iter(steps.values())), list(steps.values())[-1]
    if list(roots) != [last.target]:
        return None
    found = _problem(context, steps, first, last)
    if found is None:
        return None
    problem, epilogue = found
    kind = summed_in(context, first, last, epilogue)
    return None if kind is None else (Work(context, kind, last, epilogue), problem)


def _problem(
    context: Context, steps: dict[str, Step], first: Step, last: Step
) -> tuple[Problem, Expression] | None:
    """The contraction in numbers, and its epilogue; None where a place is computed at run time."""
    space = Space(context.binding, context.program, context.strides)
    for index in (*first.free, *first.bound):
        space.add(index)
    found = find_factors(context, space, first)
    result = space.access(last.target, last.indices, ())
    if found is None or result.computed:
        return None
    factors, scale = found
    epilogue = epilogue_of(steps, scale)
    reads = reads_beside(Work(context, context.inference.step(first), last, epilogue))
    if reads is None:
        return None
    places = {read: space.access(read.tensor, read.indices, ()) for read in reads}
    if any(access.computed or not access.safe for access in places.values()):
        return None
    problem = Problem(
        extents=dict(space.extents),
        factors=(factors[0], factors[1]),
        result=result.form,
        reads={read: access.form for read, access in places.items()},
        free=tuple(v for i in first.free for v in space.components[i]),
        depth=tuple(v for i in first.bound for v in space.components[i]),
    )
    return problem, epilogue


def _pays(problem: Problem) -> bool:
    """Whether there are rows, columns and depth enough."""
    # Any other schedule would look at the conditions of each single product.
    least = 1 if any(factor.guards for factor in problem.factors) else LEAST_ROWS
    return problem.total(problem.depth) >= 2 and assign_roles(problem, least) is not None
