"""The structure of one kernel for blocks of threads."""

from __future__ import annotations

from ...ops.dataclass import dataclass
from ...ops.language.expression import Expression
from ..emit.shape import NestShape


@dataclass(frozen=True)
class OwnerShape:
    """How the places that a scatter writes to are shared out among blocks.

    Attributes:
        index: The place along one axis of the target.
        extent: Slot of the extent of that axis.
        count: Slot of the number of ranges.
        each: Slot of the places of a range.
        rows: Slot of the number of rows.
        together: All threads of a block have the same places.
    """

    index: Expression
    extent: int
    count: int
    each: int
    rows: int
    together: bool


@dataclass(frozen=True)
class SimtShape:
    """A nest, and how threads share it.

    Attributes:
        nest: What is computed, and how memory is walked. Its lane variable, if it has one, is
            walked by threads side by side, each of which takes as many elements as `lanes` says.
        threads: Of a block.
        team: Threads that work on one row together: 1, a warp or all of a block.
        resident: Every thread keeps its elements of a row in registers through all passes.
        owners: Places of a scatter are shared out.
        at_a_time: Elements of a row that its only thread asks for together; 0 for one by one.
        narrow: Places, and what they are made of, are so small that they are computed in 32 bits.
        divisors: Slots of numbers that places are divided by, whose reciprocals are further
            arguments; none if places are not narrow.
        constant: Memory that is only read, and shares nothing with what is written.
    """

    nest: NestShape
    threads: int
    team: int
    resident: bool
    owners: OwnerShape | None = None
    at_a_time: int = 0
    narrow: bool = False
    divisors: tuple[int, ...] = ()
    constant: tuple[str, ...] = ()
