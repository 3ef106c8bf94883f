"""Calls whose operands have several dtypes, solved as one: conversions to scratch memory, then the
op's own kernels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ...backends.slots import Slots, Solved
from ..devices import CPU
from .entries import cast_op, entry_of
from .launching import find
from .plans import Plan

Casts = Sequence[tuple[int, Any]]


def solve_mixed(
    plan: Plan, casts: Casts, given: Sequence[Any], converted: Sequence[Any]
) -> Solved | None:
    """The launches of a call and of the conversions before it; None where these are more than that.

    Args:
        plan: Of the call with its operands converted.
        casts: Which operands are, and to which dtype.
        given, converted: The operands before and after.
    """
    solved: Solved | None = getattr(plan.run, "solved", None)
    if solved is None or solved.place is not None:
        return None
    launches: list[Slots] = []
    temporaries = list(solved.temporaries)
    renamed: dict[str, str] = {}
    names = {place: name for name, place in zip(plan.run.operands, plan.pointers)}  # type: ignore[union-attr]
    for place, kind in casts:
        source = given[place]._layout
        if source.device is not CPU or source.conj or source.dtype is kind or place not in names:
            return None
        own = _conversion(given[place], kind)
        if own is None:
            return None
        room = scratch_of(place)
        renamed[names[place]] = room
        temporaries.append((room, converted[place]._layout.nbytes))
        launches += [_with_names(x, {own[1]: source_of(place), own[2]: room}) for x in own[0]]
    launches += [_with_names(x, renamed) for x in solved.launches]
    return Solved(tuple(launches), tuple(temporaries), solved.zeroed)


def source_of(place: int) -> str:
    """The name of an operand before its conversion."""
    return f"{place}:given"


def scratch_of(place: int) -> str:
    """The name of the scratch memory that an operand is converted to."""
    return f"{place}:converted"


def _conversion(source: Any, kind: Any) -> tuple[tuple[Slots, ...], str, str] | None:
    """The launches of a conversion, its names of operand and result; None where there is more."""
    plan, _ = find(entry_of(cast_op(kind)), (source,), (), 0, None, (), None)
    solved: Solved | None = getattr(plan.run, "solved", None)
    if plan.casts or solved is None or solved.temporaries or solved.zeroed:
        return None
    names = dict(zip(plan.pointers, plan.run.operands))  # type: ignore[union-attr]
    return solved.launches, names[0], names[1]


def _with_names(slots: Slots, names: dict[str, str]) -> Slots:
    sources = (replace(x, name=names.get(x.name, x.name)) for x in slots.sources)
    return replace(slots, sources=tuple(sources))
