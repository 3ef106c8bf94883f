"""The structure of one kernel for blocks of threads."""

from __future__ import annotations

from dataclasses import dataclass

from ..shape import NestShape


@dataclass(frozen=True)
class SimtShape:
    """A nest, and how threads share it.

    Attributes:
        nest: What is computed, and how memory is walked. Its lane variable, if it has one, is
            walked by threads side by side, each of which takes as many elements as `lanes` says.
        threads: Of a block.
        team: Threads that work on one row together: 1, a warp or all of a block.
        resident: Every thread keeps its elements of a row in registers through all passes.
    """

    nest: NestShape
    threads: int
    team: int
    resident: bool
