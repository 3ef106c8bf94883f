"""Host routines that only copy: their results as pieces, each an operand's elements converted.

Such a routine is solved like a kernel: native code then serves the call with one launch for each
piece.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ...backends.slots import Slots, Solved, Source
from ..layout import Layout
from .entries import cast_op, entry_of
from .launching import find


@dataclass(frozen=True, slots=True)
class Piece:
    """Elements of a result that are those of a tensor.

    Attributes:
        number: Of the tensor, in the list that is the one operand.
        room: Where they lie in the result.
        start: Of the room in the result, in elements.
    """

    number: int
    room: Layout
    start: int


@dataclass(frozen=True, slots=True)
class Composition:
    """A result: its layout, and pieces that fill it."""

    layout: Layout
    pieces: tuple[Piece, ...]


Composer = Callable[..., Composition]
composers: dict[str, Composer] = {}


def composer(name: str) -> Callable[[Composer], Composer]:
    """Registers what says for a call of an extern op how its result is composed."""

    def register(function: Composer) -> Composer:
        composers[name] = function
        return function

    return register


def solve_composition(found: Composition, parts: Sequence[Any]) -> Solved | None:
    """The launches that fill a result, whose operands are called by `name_of`; None where a copy is
    more than that."""
    launches: list[Slots] = []
    for piece in found.pieces:
        entry = entry_of(cast_op(piece.room.dtype))
        plan, _ = find(entry, (parts[piece.number],), (), 0, None, (piece.room,), None)
        solved: Solved | None = getattr(plan.run, "solved", None)
        if plan.casts or solved is None or solved.temporaries or solved.zeroed:
            return None
        names = dict(zip(plan.run.operands, plan.pointers))  # type: ignore[union-attr]
        launches += [_placed(x, names, piece, len(parts)) for x in solved.launches]
    return Solved(tuple(launches), (), ())


def name_of(number: int) -> str:
    """The name of a tensor of the list; that of the result is the next one."""
    return str(number)


def _placed(slots: Slots, names: dict[str, int], piece: Piece, result: int) -> Slots:
    """The launch of a copy with its operands named, and its result at the piece's place."""
    template = list(slots.template)
    sources: list[Source] = []
    for source in slots.sources:
        into = names[source.name] == 1
        if into:
            template[source.place] = piece.start * piece.room.dtype.itemsize
        sources.append(replace(source, name=name_of(result if into else piece.number)))
    return replace(slots, template=tuple(template), sources=tuple(sources))
