"""Threads that work together: who they are, and how their accumulators meet.

Partial results are exchanged in a butterfly inside a warp; those of the warps of a block go through
shared memory and are combined by every warp alike. The order is fixed, so that a result has the
same bits in every run.
"""

from __future__ import annotations

from ..builder import WARP, Builder
from ..emit_reduction import Reduction
from ..loops import I8, Scalar, Value


class Team:
    """The threads of a block, and the team that one of them belongs to.

    Attributes:
        thread: Number in the block.
        member: Number in the team.
        number: Of the team in its block.
        lane: Number in the warp.
    """

    def __init__(self, b: Builder, threads: int, size: int) -> None:
        self.b = b
        self.size = size
        self.warps = size // WARP
        self.thread = b.thread_id()
        self.number, self.member = self._divided(size) if size < threads else (b.constant(0), self.thread)
        self.warp, self.lane = self._divided(WARP)
        self._boards: dict[tuple[int, Scalar], Value] = {}

    def _divided(self, size: int) -> tuple[Value, Value]:
        """Number of this thread's group of a size that is a power of two, and number in it."""
        b, thread = self.b, self.thread
        if size == 1:
            return thread, b.constant(0)
        group = b.add("arith.shrui", [thread, b.constant(size.bit_length() - 1)], thread.type)
        return group, b.add("arith.andi", [thread, b.constant(size - 1)], thread.type)

    def is_first(self) -> Value:
        """Whether this is the thread that writes for its team."""
        return self.b.compare("eq", self.member, self.b.constant(0))

    def combine(self, reduction: Reduction, values: list[Value]) -> list[Value]:
        """The accumulators of all threads of the team as one; every thread has the result."""
        if self.size == 1:
            return values
        values = self._butterfly(reduction, values, WARP)
        if self.warps == 1:
            return values
        b = self.b
        boards = [self._board(k, value.type) for k, value in enumerate(values)]
        branch = b.branch(b.compare("eq", self.lane, b.constant(0)))
        with b.inside(branch.then):
            for board, value in zip(boards, values):
                b.store(b.convert(value, board.type.element), board, self.warp)
        with b.inside(branch.otherwise):
            pass
        b.barrier()
        place = b.add("arith.andi", [self.lane, b.constant(self.warps - 1)], self.lane.type)
        values = [
            b.convert(b.load(board, place), value.type) for board, value in zip(boards, values)
        ]
        values = self._butterfly(reduction, values, self.warps)
        b.barrier()  # before the boards are written again
        return values

    def _butterfly(self, reduction: Reduction, values: list[Value], width: int) -> list[Value]:
        """Every thread with all that `width` neighbours have; a merge is the same both ways."""
        offset = width // 2
        while offset:
            others = [self.b.exchange("xor", value, offset) for value in values]
            values = reduction.merge(self.b, values, others)
            offset //= 2
        return values

    def _board(self, number: int, scalar: Scalar) -> Value:
        """Shared memory with a place for each warp; truth values take a byte."""
        stored = I8 if scalar.name == "i1" else scalar
        key = (number, stored)
        if key not in self._boards:
            self._boards[key] = self.b.shared(self.warps, stored)
        return self._boards[key]
