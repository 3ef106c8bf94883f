"""What a nest prefetches: memory that it will read, at places that the processor cannot guess."""

from __future__ import annotations

from ...ops.language.expression import Expression, Read, walk
from ..program.halving import Probe
from ..program.program import cost
from .space import NestSpace

FAR = 512
"""Elements from which on the next one of a row is far away."""

NAMED_LANES, NAMED_COST = 32, 8
"""Elements side by side from which on rows are prefetched whose place is read from memory, and the
cost of finding a place up to which."""


def lies_far(nest: NestSpace) -> bool:
    """Rows lie side by side, and an element of them far from the next: where it is near, the
    processor guesses it, and what it is asked for besides is in the way."""
    if nest.lane is None or nest.lane not in nest.outer_variables or not nest.inner_variables:
        return False
    last = nest.inner_variables[-1]
    return any(
        access.form.coefficient(last) >= FAR and access.form.coefficient(nest.lane) == 1
        for access in nest.forms.accesses.values()
    )


def names_rows(nest: NestSpace) -> bool:
    """Whole rows are read at places that are read from memory, and cheap to find twice."""
    lane = nest.lane
    if lane is None or nest.inner_variables or nest.tiling is not None or nest.tall is not None:
        return False
    return nest.forms.extents[lane] >= NAMED_LANES and any(
        access.form.coefficient(lane) == 1
        and len(access.computed) == len(access.computed[0].dims) == 1
        and _is_found_twice(nest, access.computed[0].index)
        and not nest.depends(access.computed[0].index, lane)
        for key, access in nest.forms.accesses.items()
        if access.computed and isinstance(key, Read)
    )


def _is_found_twice(nest: NestSpace, place: Expression) -> bool:
    """A place costs little, and nothing of it is computed by the nest."""
    parts = list(walk(place))
    own = any(isinstance(part, Read) and part.tensor in nest.steps for part in parts)
    return cost(place) <= NAMED_COST and not own and not any(isinstance(p, Probe) for p in parts)
