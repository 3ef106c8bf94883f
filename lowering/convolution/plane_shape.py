"""The structure of a convolution plane by plane: what shapes its code, and no sizes or strides."""

from __future__ import annotations

from ...ops.dataclass import dataclass
from ..contraction.shape import ContractionShape


@dataclass(frozen=True)
class Roll:
    """A window whose next place down a plane sees all of its lines but one again.

    Attributes:
        lines, along: Taps of the window down the plane and along its lines.
        turned: The first tap sees the last line.
    """

    lines: int
    along: int
    turned: bool


@dataclass(frozen=True)
class PlaneShape:
    """One kernel.

    Attributes:
        sums: The contraction; its first factor is the one without a window, its second the
            windowed one. Its rows are those of a tile.
        dims: Dims along which the window slides: those of a plane.
        fine: Step of the window along the lanes: 1, 2, or 0 for any other.
        tile: Rows (or taps) whose sums are in registers together.
        unit: Neighbours along the last dim are neighbours in memory.
        even: Neighbours of the other factor along the last dim are neighbours in memory.
        roll: How the window goes down a plane with its weights in registers; None if they are too
            many, or lines are left out.
    """

    sums: ContractionShape
    dims: int
    fine: int
    tile: int
    unit: bool
    even: bool = False
    roll: Roll | None = None

    def __hash__(self) -> int:
        return hash((self.sums, self.dims, self.fine, self.tile, self.unit, self.even, self.roll))
