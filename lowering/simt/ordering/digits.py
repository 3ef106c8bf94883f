"""The stable order of a block's elements by one digit.

A warp goes through its elements 32 at a time. Threads with the same digit find each other; the
first of them counts for all. What the warps have counted is added up digit by digit, one thread for
each, and tells where every warp puts every digit.

Source:
    Merrill and Grimshaw 2011, doi:10.1142/S0129626411000187 (radix sort on GPUs).
"""

from __future__ import annotations

from ....ops.dtype import int64
from ...emit.call import both
from ...emit.reduction import Reduction
from ...ir.builder import Builder
from ...ir.kinds import of_dtype
from ...ir.loops import I32, I64, INDEX, Value
from ...ir.thread_instructions import WARP
from ..team import Team
from .shape import THREADS

WARPS = THREADS // WARP


class DigitCounter:
    """Counts the digits of a block's elements.

    Attributes:
        counts: Shared memory: for each warp a count of each digit, or where it puts the next one.
    """

    def __init__(self, b: Builder) -> None:
        self.b = b
        self.team = Team(b, THREADS, THREADS)
        self.counts = b.shared(WARPS * THREADS, I32)
        self.sum = Reduction("sum", of_dtype(int64))
        self.bins = b.times(self.team.warp, b.constant(THREADS))

    def clear(self) -> None:
        """Sets all counts to zero; all threads meet."""
        b = self.b
        for warp in range(WARPS):
            b.store(b.constant(0, I32), self.counts, self.own(warp))
        b.barrier()

    def own(self, warp: int) -> Value:
        """Where a warp counts the digit that is this thread's number."""
        return self.b.plus(self.team.thread, self.b.constant(warp * THREADS))

    def count(self, digits: list[Value], there: list[Value] | None = None) -> list[Value]:
        """How many elements of the warp with the same digit come before each of this thread's.

        Args:
            digits: Of this thread's elements, as i32: the warp has the first elements of its
                threads side by side, then the second ones, and so on.
            there: Whether each counts; None if all do.
        """
        b = self.b
        one = b.constant(1, I32)
        lane = b.convert(self.team.lane, I32)
        lower = b.minus(b.add("arith.shli", [one, lane], I32), one)
        found = []
        for number, digit in enumerate(digits):
            place = b.plus(self.bins, b.convert(digit, INDEX))
            here = None if there is None else there[number]
            none = b.constant(THREADS, I32)
            alike = b.match(digit if here is None else b.select(here, digit, none))
            earlier = b.math("ctpop", b.add("arith.andi", [alike, lower], I32))
            before = b.load(self.counts, place)
            found.append(b.plus(before, earlier))
            b.warp_barrier()
            is_first = b.compare("eq", earlier, b.constant(0, I32))
            first = b.branch(is_first if here is None else both(b, is_first, here))
            with b.inside(first.then):
                b.store(b.plus(before, b.math("ctpop", alike)), self.counts, place)
            with b.inside(first.otherwise):
                pass
            b.warp_barrier()
        b.barrier()
        return found

    def total(self) -> list[Value]:
        """How often each warp met the digit that is this thread's number, and all of them."""
        b = self.b
        counts = [b.load(self.counts, self.own(warp)) for warp in range(WARPS)]
        total = b.constant(0, I32)
        for count in counts:
            total = b.plus(total, count)
        return [*counts, total]

    def before(self, value: Value) -> tuple[Value, Value]:
        """The sum of an i32 over all threads before this one, and over all."""
        b = self.b
        before, whole = self.team.scan(self.sum, [b.convert(value, I64)])
        return b.convert(before[0], I32), b.convert(whole[0], I32)

    def begin(self) -> Value:
        """Turns counts into where each warp puts each digit; where this thread's digit begins."""
        b = self.b
        *counts, total = self.total()
        start, _ = self.before(total)
        place = start
        for warp, count in enumerate(counts):
            b.store(place, self.counts, self.own(warp))
            place = b.plus(place, count)
        b.barrier()
        return start

    def places(self, digits: list[Value], earlier: list[Value]) -> list[Value]:
        """Where this thread's elements go: after `count` and `begin`."""
        b = self.b
        found = []
        for digit, before in zip(digits, earlier):
            start = b.load(self.counts, b.plus(self.bins, b.convert(digit, INDEX)))
            found.append(b.convert(b.plus(start, before), INDEX))
        return found
