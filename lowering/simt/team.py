"""Threads that work together: who they are, and how their accumulators meet.

Partial results are exchanged in a butterfly inside a warp; those of the warps of a block go through
shared memory and are combined by every warp alike. The order is fixed, so that a result has the
same bits in every run.
"""

from __future__ import annotations

from ..emit.reduction import Reduction
from ..ir.builder import Builder
from ..ir.instructions import element
from ..ir.loops import I1, I8, Scalar, Type, Value
from ..ir.thread_instructions import WARP


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
        self.number, self.member = b.constant(0), self.thread
        if size < threads:
            self.number, self.member = self._divided(size)
        self.warp, self.lane = self._divided(WARP)
        self._boards: dict[tuple[int, Scalar], Value] = {}

    def _divided(self, size: int) -> tuple[Value, Value]:
        """Number of this thread's group of a size that is a power of two, and number in it."""
        b, thread = self.b, self.thread
        if size == 1:
            return thread, b.constant(0)
        return b.quotient(thread, size), b.rest(thread, size)

    def is_first(self) -> Value:
        """Whether this is the thread that writes for its team."""
        return self.b.compare("eq", self.member, self.b.constant(0))

    def meet(self) -> None:
        """Waits for all threads of the team, and sees what they stored."""
        if 1 < self.size <= WARP:
            self.b.warp_barrier()
        elif self.size > WARP:
            self.b.barrier()

    def combine(self, reduction: Reduction, values: list[Value]) -> list[Value]:
        """The accumulators of all threads of the team as one; every thread has the result."""
        if self.size == 1:
            return values
        values = self._butterfly(reduction, values, min(self.size, WARP))
        if self.size <= WARP:
            return values
        b = self.b
        boards = [self._board(k, value.type) for k, value in enumerate(values)]
        self._post(boards, values, 0)
        place = b.add("arith.andi", [self.lane, b.constant(self.warps - 1)], self.lane.type)
        values = self._butterfly(reduction, self._posted(boards, values, place), self.warps)
        b.barrier()  # before the boards are written again
        return values

    def scan(self, reduction: Reduction, values: list[Value]) -> tuple[list[Value], list[Value]]:
        """The accumulators of all threads before this one as one, and those of the whole team."""
        b = self.b
        start = reduction.start(b, 0)
        offset = 1
        while offset < WARP:
            before = [b.exchange("up", value, offset) for value in values]
            enough = b.compare("sge", self.lane, b.constant(offset))
            values = self._chosen(enough, reduction.merge_later(b, before, values), values)
            offset *= 2
        before = [b.exchange("up", value, 1) for value in values]
        is_first = b.compare("eq", self.lane, b.constant(0))
        before = self._chosen(is_first, start, before)
        if self.size <= WARP:
            return before, [b.exchange("idx", value, WARP - 1) for value in values]
        boards = [self._board(k, value.type) for k, value in enumerate(values)]
        self._post(boards, values, WARP - 1)
        earlier = whole = start
        for number in range(self.warps):
            found = self._posted(boards, values, b.constant(number))
            mine = b.compare("slt", b.constant(number), self.warp)
            earlier = self._chosen(mine, reduction.merge_later(b, earlier, found), earlier)
            whole = reduction.merge_later(b, whole, found)
        b.barrier()
        return reduction.merge_later(b, earlier, before), whole

    def _chosen(self, condition: Value, first: list[Value], second: list[Value]) -> list[Value]:
        return [self.b.select(condition, one, other) for one, other in zip(first, second)]

    def _post(self, boards: list[Value], values: list[Value], lane: int) -> None:
        """One thread of each warp writes its values where all of the block see them."""
        b = self.b
        branch = b.branch(b.compare("eq", self.lane, b.constant(lane)))
        with b.inside(branch.then):
            for board, value in zip(boards, values):
                b.store(b.convert(value, element(board.type)), board, self.warp)
        with b.inside(branch.otherwise):
            pass
        b.barrier()

    def _posted(self, boards: list[Value], values: list[Value], place: Value) -> list[Value]:
        """What a warp wrote, in the types of `values`."""
        b = self.b
        loaded = [b.load(board, place) for board in boards]
        return [b.convert(x, element(value.type)) for x, value in zip(loaded, values)]

    def _butterfly(self, reduction: Reduction, values: list[Value], width: int) -> list[Value]:
        """Every thread with all that `width` neighbours have; a merge is the same both ways."""
        offset = width // 2
        while offset:
            others = [self.b.exchange("xor", value, offset) for value in values]
            values = reduction.merge(self.b, values, others)
            offset //= 2
        return values

    def _board(self, number: int, type_: Type) -> Value:
        """Shared memory with a place for each warp; truth values take a byte."""
        stored = I8 if type_ == I1 else element(type_)
        key = (number, stored)
        if key not in self._boards:
            self._boards[key] = self.b.shared(self.warps, stored)
        return self._boards[key]
