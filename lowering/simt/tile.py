"""Tile: pointwise work on operands that lie across each other, turned over in shared memory.

A block of threads works on a tile of eight packs by 32 to 128 elements. What lies across the lanes
is loaded by packs along the other variable, and stored to shared memory element by element: lines
there are one element longer than a tile is wide, so that the threads of a warp meet different banks
both ways.
"""

from __future__ import annotations

from ..ir.thread_instructions import WARP
from ..launch import Launch
from ..nest.nest import Nest
from ..nest.tile import turn


def match(nest: Nest) -> bool:
    """There are only elements, many of them, and memory that lies across the lanes."""
    return not nest.inner and nest.lane is not None and nest.tall is not None


def build(nest: Nest) -> list[Launch]:
    """One launch."""
    assert nest.tall is not None
    block = WARP * nest.unrolled()
    return turn(nest, nest.tall, block, block + 1)
