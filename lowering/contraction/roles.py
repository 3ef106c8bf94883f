"""What each loop variable of a contraction does."""

from __future__ import annotations

from dataclasses import replace

from ...ops.dataclass import dataclass
from ..program.layout import Form
from .factors import Factor
from .problem import Problem

LEAST_ROWS = 4  # fewer do not pay for packing


@dataclass(frozen=True)
class Roles:
    """Loop variables by what they do, slow to fast.

    Attributes:
        outer: In both factors and the result, or in the result alone.
        rows: In the first factor and the result.
        columns: In the second factor and the result; they run over vector lanes.
        depth: Summed.
    """

    outer: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    depth: tuple[str, ...] = ()

    def groups(self) -> dict[str, tuple[str, ...]]:
        """Variables by the letter that stands for their group."""
        return {"o": self.outer, "m": self.rows, "n": self.columns, "k": self.depth}


def assign_roles(problem: Problem, least: int) -> tuple[Problem, Roles] | None:
    """The problem with the rows' factor first, and roles; None below `least` rows or columns."""
    first, second = problem.factors
    free = [v for v in problem.free if problem.extents[v] != 1]
    depth = [v for v in problem.depth if problem.extents[v] != 1]
    if any(not first.depends(v) and not second.depends(v) for v in depth):
        return None
    only_first, only_second = _only(first, second, free), _only(second, first, free)
    unit = next((v for v in free if problem.result.coefficient(v) == 1), None)
    wider = problem.total(only_first) > problem.total(only_second)
    if unit in only_first or (unit not in only_second and wider):
        first, second = second, first
        only_first, only_second = only_second, only_first
    result = problem.result
    columns = _columns(problem, only_second)
    rows = sorted(only_first, key=lambda v: -abs(result.coefficient(v)))
    outer = [v for v in free if v not in only_first and v not in columns]
    depth.sort(key=lambda v: -abs(_reach(first, v)))
    if min(problem.total(rows), problem.total(columns)) < least:
        return None
    roles = Roles(tuple(outer), tuple(rows), tuple(columns), tuple(depth))
    return replace(problem, factors=(first, second)), roles


def _only(one: Factor, other: Factor, free: list[str]) -> list[str]:
    return [v for v in free if one.depends(v) and not other.depends(v)]


def _reach(factor: Factor, variable: str) -> int:
    """Distance of neighbours along a variable."""
    guarded = sum(g.form.coefficient(variable) * g.stride for g in factor.guards)
    return factor.form.coefficient(variable) + guarded


def _columns(problem: Problem, candidates: list[str]) -> list[str]:
    """Variables whose elements follow each other in the result, slow to fast."""
    result: Form = problem.result
    left = sorted(candidates, key=lambda v: abs(result.coefficient(v)))
    if not left or result.coefficient(left[0]) != 1:
        return left[::-1]
    chain = [left.pop(0)]
    while left:
        if result.coefficient(left[0]) != result.coefficient(chain[0]) * problem.extents[chain[0]]:
            break
        chain.insert(0, left.pop(0))
    return chain
