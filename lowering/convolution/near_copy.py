"""Code that fills the copy of what a task reads: channel by channel, line by line."""

from __future__ import annotations

from collections.abc import Mapping

from ...ops.dataclass import dataclass
from ..contraction.pad_line import PadLine
from ..contraction.table import Places
from ..ir.builder import Builder
from ..ir.loops import I1, Value

BEYOND = 64  # elements that a vector may reach beyond the end


@dataclass(frozen=True)
class NearCopy:
    """Fills a copy.

    Attributes:
        builder: Of the kernel.
        places: With the group r: channel, then places of the dims but the last one.
        numbers: Arguments of the kernel.
        source, target: Memory of the tensor and of the copy.
        lanes: Of a vector.
        dims: Number of dims.
    """

    builder: Builder
    places: Places
    numbers: Mapping[str, Value]
    source: Value
    target: Value
    lanes: int
    dims: int

    def fill(self, base: Value, line: Value, channels: Value) -> None:
        """Copies what is seen from a line on, in so many channels.

        Args:
            base: Address of the first channel's place 0.
            line: First place of the first dim, less the dim's least place.
            channels: Their number.
        """
        b, n = self.builder, self.numbers
        zero, last = b.constant(0), self.dims - 1
        lines = PadLine(
            b, self.source, self.target, self.lanes, 1, n["line"], b.constant(1),
            n[f"d{last}.stride"],
        )  # fmt: skip
        count = b.times(channels, n["near.lines"])
        with b.loop(zero, count, carried=self.places.digits(zero, "r")) as loop:
            at = b.plus(base, b.times(loop.carried[0], n["near.channel"]))
            inside = b.constant(True, I1)
            for number, digit in enumerate(loop.carried[1:]):
                place = b.plus(digit, n[f"d{number}.low"])
                place = place if number else b.plus(place, line)
                at = b.plus(at, b.times(place, n[f"d{number}.stride"]))
                within = b.compare("ult", place, n[f"d{number}.extent"])
                inside = b.add("arith.andi", [inside, within], I1)
            extent = b.select(inside, n[f"d{last}.extent"], zero)
            lines.write(at, n[f"d{last}.low"], extent, b.times(loop.index, n["line"]))
            loop.next.extend(self.places.advance(loop.carried, "r"))
