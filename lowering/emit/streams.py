"""A long row that is only folded is read at several places at a time.

One thread waits for memory most of its time: what a processor fetches ahead of one stream of reads
stops at the end of a page, and is less than it could fetch. Four streams give it four pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd

from ...ops.dataclass import dataclass
from ..ir.builder import Builder
from ..ir.loops import Value

STREAMS = 4
"""Places of a row that are read at a time. Eight are slower: caches have eight ways, and streams
lie a power of two apart more often than not."""

STREAM_BYTES = 4096
"""Bytes of a stream from which on it pays: a page."""


@dataclass(frozen=True)
class Walk:
    """A loop over a row, some vectors at a time.

    Attributes:
        stop: Where it ends.
        step: From one iteration to the next.
        starts: Where each vector of an iteration begins, from the index of the loop on.
    """

    stop: Value
    step: Value
    starts: Sequence[Value]

    def bases(self, b: Builder, index: Value) -> list[Value]:
        """Where the vectors of an iteration begin."""
        return [b.plus(index, start) for start in self.starts]


def walk_together(b: Builder, stop: Value, lanes: int, unroll: int) -> Walk:
    """A loop whose vectors lie side by side."""
    starts = [b.constant(k * lanes) for k in range(unroll)]
    return Walk(stop, b.constant(lanes * unroll), starts)


def walk_apart(b: Builder, first: Value, stop: Value, lanes: int, unroll: int, least: int) -> Walk:
    """A loop whose vectors belong to several streams, each a part of the row, if the row is long.

    Args:
        b: Writes the loop.
        first, stop: The row: a multiple of `lanes * unroll` elements.
        lanes, unroll: Lanes of a vector, and vectors of an iteration.
        least: Elements of a stream from which on there are several.
    """
    streams = gcd(STREAMS, unroll)
    each = unroll // streams * lanes  # elements of a stream in an iteration
    length = b.minus(stop, first)
    long = b.compare("sge", length, b.constant(least * streams))
    part = b.quotient(length, streams)
    distance = b.select(long, part, b.constant(each))
    step = b.select(long, b.constant(each), b.constant(streams * each))
    end = b.plus(first, b.select(long, part, length))
    inside = [b.constant(k * lanes) for k in range(unroll // streams)]
    far = [b.times(distance, b.constant(stream)) for stream in range(streams)]
    return Walk(end, step, [b.plus(start, place) for start in far for place in inside])
