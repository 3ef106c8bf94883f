"""Tile: pointwise work on operands that lie across each other in memory.

Where some operands have neighbours along one loop variable and some along another one (a
transposed matrix, channels first against channels last), the two are walked in square tiles. What
lies across the lanes is brought into a tile of scratch memory first, or written from one last, by
square blocks of vectors that are transposed in registers; between, all is ordinary pointwise work.
"""

from __future__ import annotations

from ..ir.builder import bits
from ..launch import Launch
from ..program.layout import Access, Form
from .accesses import Tiling
from .nest import Nest

LEAST_ELEMENTS = 4096
LEAST_EXTENT = 3


def match(nest: Nest) -> bool:
    """There are only elements, many of them, and memory that lies across the lanes."""
    if nest.inner or nest.lane is None or nest.tall is None or nest.lane_count() == 1:
        return False
    extents = nest.forms.extents
    if min(extents[nest.lane], extents[nest.tall]) < LEAST_EXTENT:
        return False
    if nest.total(nest.outer_variables) < LEAST_ELEMENTS:
        return False
    return any(_lies_across(nest, access) for access in nest.forms.accesses.values())


def build(nest: Nest) -> list[Launch]:
    """One launch."""
    lane, tall = nest.lane, nest.tall
    assert lane is not None and tall is not None
    across = [a for a in nest.forms.accesses.values() if _lies_across(nest, a)]
    widest = max(bits(nest.context.stored(access.tensor)) for access in across)
    block = 128 if widest <= 32 else 64
    return turn(nest, tall, block, block)


def turn(nest: Nest, tall: str, block: int, pitch: int) -> list[Launch]:
    """The launch of a nest whose accesses that lie across the lanes go through scratch memory.

    Args:
        nest: Its lane variable is chosen.
        tall: The other variable.
        block: Elements of a tile along the lanes.
        pitch: Distance of neighbours along the other variable in scratch memory.
    """
    assert nest.lane is not None
    tiling = Tiling(tall, block)
    places: dict[tuple[bool, str, Form], str] = {}
    for key, access in list(nest.forms.accesses.items()):
        if not lies_across(access, nest.lane, tall):
            continue
        written = isinstance(key, tuple)
        known = (written, access.tensor, access.form)
        if known not in places:
            place = f"{access.tensor}|{len(places)}"
            places[known] = place
            (tiling.puts if written else tiling.fetches)[place] = access
        form = Form(0, ((tall, pitch), (nest.lane, 1)))
        nest.forms.accesses[key] = Access(places[known], form, (), True)
    nest.tiling = tiling
    return [nest.launch()]


def lies_across(access: Access, lane: str, tall: str) -> bool:
    """Neighbours in memory are neighbours along another variable than the lanes."""
    if access.computed or not access.safe:
        return False
    return access.form.coefficient(tall) == 1 and access.form.coefficient(lane) not in (0, 1)


def _lies_across(nest: Nest, access: Access) -> bool:
    assert nest.lane is not None and nest.tall is not None
    return lies_across(access, nest.lane, nest.tall)
