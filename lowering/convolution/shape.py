"""The structure of a direct convolution: what shapes its code, and no sizes or strides."""

from __future__ import annotations

from ...ops.dataclass import dataclass
from ..contraction.shape import ContractionShape


@dataclass(frozen=True)
class DirectShape:
    """One kernel.

    Attributes:
        sums: The contraction: its rows are those of a panel, its vectors those of a line that is
            written at a time; its second factor is the windowed one.
        columns: Places of the window in a tile.
        vectors: Vectors of rows in a tile.
        near: Dims of the part of the windowed factor that a task copies; 0 where it reads all of it
            where it lies.
    """

    sums: ContractionShape
    columns: int
    vectors: int
    near: int

    def __hash__(self) -> int:
        return hash((self.sums, self.columns, self.vectors, self.near))
