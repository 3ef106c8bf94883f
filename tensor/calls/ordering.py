"""Dims counted from the front."""

from __future__ import annotations

from ...ops.errors import DimensionError


def wrap_dim(name: str, dim: int, rank: int) -> int:
    """The dim counted from the front.

    Raises:
        IndexError: it is out of range.
    """
    room = max(rank, 1)
    if not -room <= dim < room:
        raise DimensionError(
            f"{name}: Dimension out of range (expected to be in range of [{-room}, {room - 1}], "
            f"but got {dim})"
        )
    return dim % room
