"""Groups that are convolutions: each of their parts goes to the schedule that suits it."""

from __future__ import annotations

from ..contraction.choose import find_work, plan_packed
from ..contraction.epilogue import Work
from ..contraction.problem import Problem, classes, settled
from ..ir.loops import F32
from ..launch import Launch
from ..nest.nest import Nest
from ..program.partition import is_contraction
from .plan import DirectPlanner, find_direct
from .plane_plan import PlanePlanner, find_planes
from .winograd import TilePlanner, find_tiles, plan_tiles


def match(nest: Nest) -> bool:
    """Whether a part of the group is a convolution; the launches are kept for `build`."""
    steps = list(nest.steps.values())
    if not steps or nest.partial or not is_contraction(steps[0], nest.context.program):
        return False
    found = find_work(nest.context, nest.steps, nest.roots)
    if found is None or found[0].kind.category != 2:
        return False
    work, problem = found
    planners = [(part, _planner(work, part)) for part in classes(problem)]
    if all(planner is None for _, planner in planners):
        return False
    launches: list[Launch] = []
    for part, planner in planners:
        planned = plan_packed(work, part) if planner is None else planner.plan()
        if planned is None:
            return False
        launches += planned
    nest.planned = launches
    return True


def build(nest: Nest) -> list[Launch]:
    """The launches that `match` found."""
    assert nest.planned is not None, "match comes first"
    return nest.planned


def _planner(work: Work, part: Problem) -> DirectPlanner | PlanePlanner | TilePlanner | None:
    """What plans a part as a convolution; None where it is none or does not pay."""
    problem = settled(part)
    if 0 in (problem.total(problem.free), problem.total(problem.depth)):
        return None
    planes = find_planes(part, problem)
    if planes is not None:
        return PlanePlanner(work, planes)
    stored = [work.context.stored(factor.tensor) for factor in problem.factors]
    scalar = work.kind.scalar
    tiles = find_tiles(part, (stored[0], stored[1]), work.context.target.vector_bytes // 4)
    tiled = plan_tiles(work, tiles) if tiles is not None and scalar == F32 else None
    if tiled is not None:
        return tiled
    found = find_direct(problem, (stored[0] == scalar, stored[1] == scalar))
    if found is None:
        return None
    planner = DirectPlanner(work, *found)
    return planner if planner.pays() else None
