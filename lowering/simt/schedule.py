"""The entry point for processors that run blocks of threads: an op and a call of it -> launches."""

from __future__ import annotations

from collections.abc import Mapping

from ...ops.calls.binding import Binding
from ...ops.language.op import Op
from .. import schedule as general
from ..launch import Schedule, Target
from ..nest import single, split
from ..nest.nest import Nest
from ..program.program import Program
from ..schedule import Candidate
from . import chain, long_scan, ordering, product, tile
from .nest import SimtNest

FEW_THREADS = 1 << 15
"""Rows are cut where fewer threads than this would have work."""

LONG_ROW = 1 << 14
LONGEST_ROW = 1 << 20

LONG_COLUMN = 256
"""Rows side by side, each of one thread, are cut from this length on if they are few."""


def cuts_rows(nest: Nest) -> bool:
    """Rows are so few, or so long, that each is cut into pieces."""
    if not nest.inner or any(s.form not in ("map", "reduce") for s in nest.steps.values()):
        return False
    if not any(s.form == "reduce" for s in nest.steps.values()):
        return False
    assert isinstance(nest, SimtNest)
    length = nest.total(nest.inner_variables)
    workers = nest.total(nest.outer_variables) * nest.team
    if nest.team == 1 and length >= LONG_COLUMN and workers < FEW_THREADS:
        return True
    return length > LONGEST_ROW or (length >= LONG_ROW and workers < FEW_THREADS)


CANDIDATES: list[Candidate] = [
    Candidate("product", product.match, product.build, windows=True),
    Candidate("ordering", ordering.match, ordering.build),
    Candidate("split", cuts_rows, split.build),
    Candidate("scatter", single.is_scatter, single.build),
    Candidate("long scan", long_scan.match, long_scan.build),
    Candidate("scan", single.is_scan, single.build),
    Candidate("tile", tile.match, tile.build),
    Candidate("pointwise", single.is_pointwise, single.build),
    Candidate("row", lambda nest: isinstance(nest, SimtNest) and nest.team > 1, single.build),
    Candidate("column", single.is_anything, single.build),
]
"""Tried in order for each group."""


def schedule(
    op: Op,
    binding: Binding,
    strides: Mapping[str, tuple[int, ...]],
    target: Target,
    program: Program | None = None,
) -> Schedule:
    """The launches that run one call; see `lowering.schedule.schedule`."""
    return general.schedule(
        op, binding, strides, target, CANDIDATES, SimtNest,
        fuse=chain.fuse, program=program,
    )  # fmt: skip
