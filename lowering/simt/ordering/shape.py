"""The structure of a kernel that puts rows in order."""

from __future__ import annotations

from ....ops.dataclass import dataclass
from ...ir.loops import I32, I64, Scalar
from ...ordering.keys import Elements
from ...ordering.rows import Wanted

THREADS = 256
"""Threads of a block: one for each value of a digit."""

DIGIT_BITS = 8


@dataclass(frozen=True)
class OrderShape:
    """One kernel.

    Attributes:
        elements: What is put in order, and which way.
        wanted: Which results are written.
        place: Which elements are written: the `first` ones of a row, `one` whose number is an
            argument, or `each`, whose number lies in memory for each row.
        items: Elements of a thread.
    """

    elements: Elements
    wanted: Wanted
    place: str
    items: int

    @property
    def word(self) -> Scalar:
        """Type of a key whose unsigned value is in the order of the elements."""
        return I64 if self.elements.width > 32 else I32

    @property
    def digits(self) -> int:
        """Digits of a key."""
        return self.elements.width // DIGIT_BITS

    @property
    def tile(self) -> int:
        """Elements of a block."""
        return THREADS * self.items

    @property
    def names(self) -> tuple[str, ...]:
        """Memory that is written, and places that are wanted, in the order of the arguments."""
        names = ("places",) * (self.place == "each")
        return names + ("values",) * self.wanted.values + ("indices",) * self.wanted.indices
