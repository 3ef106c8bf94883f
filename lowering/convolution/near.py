"""What a task reads of the windowed factor, copied beside its sums with the zeros written out.

A tile reads short pieces of many lines, which no processor fetches ahead: they are to come from the
second-level cache. So a task takes whole lines of one image, and a block of the depth whole
channels; the part of the image that they see is copied line by line, and is read by all panels.
"""

from __future__ import annotations

from math import prod

from ...ops.dataclass import dataclass
from ..contraction.factors import Factor
from ..contraction.problem import Problem
from ..contraction.roles import Roles
from ..program.layout import Form
from .window import WindowDim, window_dims

BYTES = 112 << 10  # of a copy, which lies on the stack
LEAST_DEPTH = 128  # of fewer products in a sum, copying takes as long as it saves


@dataclass(frozen=True)
class Near:
    """Which part of a tensor a task reads.

    Attributes:
        dims: Of a channel, slow to fast; tasks are cut along the first one.
        channel: Variable of the depth whose taps are what follows it.
        taps: Of a channel.
        along: Variable of the columns that walks along the first dim.
        step: Places of that dim between neighbours along it.
        reach: Places of that dim that one value of it sees.
        lines: Values of it.
        inner: Columns for each of them.
    """

    dims: tuple[WindowDim, ...]
    channel: str
    taps: int
    along: str
    step: int
    reach: int
    lines: int
    inner: int

    @property
    def line(self) -> int:
        """Elements of a line of the copy."""
        return self.dims[-1].length

    @property
    def row(self) -> int:
        """Elements of one place of the first dim."""
        return prod(dim.length for dim in self.dims[1:])

    def height(self, lines: int) -> int:
        """Places of the first dim that so many values see."""
        return (lines - 1) * self.step + self.reach

    def form(self, lines: int) -> Form:
        """Address in the copy, for a task that begins at the first line and channel."""
        form, unit = Form(0, ((self.channel, self.height(lines) * self.row),)), 1
        for dim in reversed(self.dims):
            form = form.plus(dim.place.plus(Form(-dim.low)), unit)
            unit *= dim.length
        return form


def find_near(problem: Problem, roles: Roles, factor: Factor) -> Near | None:
    """The part of a factor that a task reads; None where tasks cannot be cut along lines.

    Columns must be images, then lines, then places along them; the depth channels, then taps.
    """
    found = window_dims(problem, factor) if factor.guards else None
    if found is None or len(found[0]) < 2 or len(roles.depth) < 2:
        return None
    if problem.total(roles.depth) < LEAST_DEPTH:
        return None
    dims, plain = found
    images = [v for v in roles.columns if v in plain]
    (channel, *taps), places = roles.depth, roles.columns[len(images) :]
    if channel not in plain or len(places) < 2 or list(roles.columns[: len(images)]) != images:
        return None
    along, *inner = places
    step = dims[0].place.coefficient(along)
    if step < 1 or any(v in plain for v in (*taps, *places)):
        return None
    return Near(
        dims=tuple(dims),
        channel=channel,
        taps=problem.total(taps),
        along=along,
        step=step,
        reach=dims[0].length - (problem.extents[along] - 1) * step,
        lines=problem.extents[along],
        inner=problem.total(inner),
    )
