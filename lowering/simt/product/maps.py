"""Which factors a tensor map describes, so that boxes of them can be copied, and the map itself."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from ....ops.dtype import bfloat16, float16
from ...contraction.problem import Problem
from ...contraction.roles import Roles
from ...ir.instructions import bits
from ...ir.loops import F16
from ...launch import MAP_ALIGNMENT, TensorMap
from ...program.layout import Form
from .shape import GROUP_BYTES, ProductShape

MOST_MAPPED = 1 << 31
"""What extents of mapped factors are less than: corners of boxes are integers of 32 bits."""

SIDES = (("M", "A", "m"), ("N", "B", "n"))
"""For each factor the number of its rows (or columns), its label, and the group of their digits."""


def map_dims(problem: Problem, roles: Roles, number: int, deep: bool, width: int) -> int:
    """The dims of a factor's tensor map: depth, rows (or columns), and the outer positions if it
    varies with them; 0 if it cannot be described so.

    Neighbours lie next to each other in one dim; in the others they are a multiple of 16 bytes
    apart.

    Args:
        problem, roles: Of the product.
        number: 0 for the factor of the rows, 1 for that of the columns.
        deep: Neighbours are those along the depth.
        width: Bits of an element.
    """
    factor = problem.factors[number]
    own, form = roles.columns if number else roles.rows, factor.form
    outer = roles.outer if any(map(form.coefficient, roles.outer)) else ()
    inner, other = (roles.depth, own) if deep else (own, roles.depth)
    dims = [inner, other, *([outer] if outer else [])]
    if factor.guards or form.offset or not all(_are_one(problem, form, dim) for dim in dims):
        return 0
    counts = [problem.total(dim) for dim in dims]
    apart = [form.coefficient(dim[-1]) for dim in dims[1:]]
    if min(counts) < 1 or max(counts) >= MOST_MAPPED or form.coefficient(inner[-1]) != 1:
        return 0
    pack = MAP_ALIGNMENT * 8 // width
    return 0 if any(step <= 0 or step % pack for step in apart) else len(dims)


def _are_one(problem: Problem, form: Form, variables: Sequence[str]) -> bool:
    """Whether places of these variables lie as those of one would, with the last one's step."""
    extents, step = problem.extents, form.coefficient
    pairs = pairwise(variables)
    return bool(variables) and all(step(a) == step(b) * extents[b] for a, b in pairs)


def tensor_map(shape: ProductShape, number: int) -> TensorMap:
    """The tensor map of a factor; its boxes are what a step of a tile has of it, or as much of that
    as lines of 128 bytes hold."""
    side, label, group = SIDES[number]
    factor, place = shape.factors[number], shape.numbers.index
    variables = dict(shape.groups)
    line = GROUP_BYTES * 8 // bits(shape.element)
    names = ["K", side] if factor.deep else [side, "K"]
    strides = [group if factor.deep else "k"]
    box = [line, shape.sides[number] if factor.deep else shape.depth]
    if shape.maps[number] == 3:
        names, strides, box = [*names, "outer"], [*strides, "o"], [*box, 1]
    steps = tuple(place(f"{label}.{each}{variables[each] - 1}") for each in strides)
    dtype = float16 if shape.element == F16 else bfloat16
    return TensorMap(factor.tensor, dtype, tuple(map(place, names)), steps, tuple(box))
