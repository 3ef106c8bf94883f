"""Sums whose depth is several variables, as products of matrices that are added afterwards.

`dw[f, c] = sum[b, p](dy[b, f, p] * x[b, c, p])` is a product of matrices for each `b`: both are
read where they lie, and what is added is little where `p` runs far. The order of the sum depends
on nothing but sizes.
"""

from __future__ import annotations

from dataclasses import replace

from ...ops.language.expression import Index, Read
from ..launch import Temporary
from ..program.context import Context, dtype_of
from ..program.program import BATCH, Step, Tensor, factors_of
from .matrix_plan import join_variables
from .problem import Problem, settled
from .roles import assign_roles

LEAST_DEPTH = 512  # of a part: its sums are written, and read again


def part_along(problem: Problem) -> str | None:
    """The variable without which the depth is that of matrices; None where there is none, or where
    the depth is such a one as it is."""
    assigned = assign_roles(settled(problem), least=1)
    if assigned is None or any(factor.guards for factor in assigned[0].factors):
        return None
    given, roles = assigned
    if len(roles.depth) < 2 or join_variables(given, roles) is not None:
        return None
    along, *rest = roles.depth
    parted = replace(roles, outer=(along, *roles.outer), depth=tuple(rest))
    if given.total(parted.depth) < LEAST_DEPTH or join_variables(given, parted) is None:
        return None
    return along


def cut_along(context: Context, problem: Problem, step: Step, index: str) -> tuple[Step, Step]:
    """The sums of all parts, in a temporary, and the step that adds them.

    Args:
        context: The call; it learns of the temporary.
        problem, step: The whole sum.
        index: One of its bound indices, with one loop variable.
    """
    tensor, name = context.program.tensors[step.target], f"{step.target}%parts"
    own = () if index == BATCH else (Index(index),)
    axes = tuple(factors_of(place) or () for place in own)
    parts = Tensor(name, (*axes, *tensor.axes), tensor.batched or index == BATCH, "temporary")
    context.program.tensors[name] = parts
    kind, elements = context.inference.step(step), problem.total((index, *problem.free))
    context.inference.declare(name, kind)
    context.temporaries[name] = Temporary(name, dtype_of(kind), max(1, elements))
    places, rest = (*own, *step.indices), tuple(i for i in step.bound if i != index)
    part = replace(step, target=name, indices=places, free=(*step.free, index), bound=rest)
    return part, replace(step, value=Read(name, places), bound=(index,))
