"""The kernel of a sum of products of 16-bit floats by warp groups, out of shared memory (sm_90a).

Two warp groups of 128 threads lie one above the other over a tile of 128 rows; each has 64 of them,
and all columns. All threads copy the factors to shared memory, and each group multiplies out of
it: products go on while threads copy the step after the next ones. Products of a step are begun
before those of the step before have ended, so that tensor cores never wait for a thread.

    step k:  wait for this thread's copies of it, show them to products, meet all threads
             begin its products (those of step k - 1 go on)
             begin to copy step k + 2 to where step k - 2 was, whose products all threads have
             waited for before they met
             wait for the products of step k - 1

Source:
    PTX ISA, "Asynchronous Warpgroup Level Matrix Multiply-Accumulate Instructions": "Register
    Fragments for wgmma.mma_async.m64nNk16" (which thread has which sums), "Async Proxy" (copies by
    cp.async are of the generic proxy, products read by the async proxy).
"""

from __future__ import annotations

from collections.abc import Sequence

from ...ir.instructions import bits
from ...ir.loops import F32, Function, Value
from ...ir.thread_instructions import GROUP, WARP
from .fetch import Fetcher
from .kernel import ProductEmitter
from .shape import GROUP_BYTES, ProductShape
from .write import Results

ROWS = 64  # of a warp group
WARP_ROWS = 16
DEPTH = 16  # of a product
TILE_COLUMNS = 8  # of which a thread has two in each of two rows


def build_group_product(shape: ProductShape) -> Function:
    """The kernel of a shape."""
    return GroupEmitter(shape).function()


class GroupEmitter(ProductEmitter):
    """Writes one kernel.

    Attributes:
        sums: Memory of the thread: for each eight columns two neighbours in a row, then two in the
            row that is eight further down.
    """

    def __init__(self, shape: ProductShape) -> None:
        super().__init__(shape)
        b = self.b
        lane, member = self.b.rest(self.thread, WARP), self.b.rest(self.thread, GROUP)
        self.group = self.b.quotient(self.thread, GROUP)
        warp_row = b.times(self.b.quotient(member, WARP), b.constant(WARP_ROWS))
        first = b.plus(b.times(self.group, b.constant(ROWS)), warp_row)
        self.first_row = b.plus(first, self.b.quotient(lane, 4))
        self.first_column = b.times(self.b.rest(lane, 4), b.constant(2))
        self.count = shape.columns // TILE_COLUMNS * 4
        self.sums = b.own(self.count, F32)

    def multiply(
        self, fetchers: Sequence[Fetcher], steps: tuple[Value, Value], down: Value, across: Value
    ) -> list[Value]:
        """The sums of this thread, one by one."""
        b, stages = self.b, self.shape.stages
        ahead = stages - 2
        for number in range(ahead):
            self.copy(fetchers, b.plus(steps[0], b.constant(number)), b.constant(number))
        self.clear()
        with b.loop(steps[0], steps[1], carried=[b.constant(0)]) as loop:
            (slot,) = loop.carried
            b.wait_for_groups(ahead - 1)
            b.show_copies()
            b.barrier()  # this step is there, and products of the one before the last have ended
            self.begin_step([fetcher.shared for fetcher in fetchers], slot)
            free = self.b.rest(b.plus(slot, b.constant(ahead)), stages)
            self.copy(fetchers, b.plus(loop.index, b.constant(ahead)), free)
            b.wait_for_products(self.sums, 1)
            loop.next = [self.b.rest(b.plus(slot, b.constant(1)), stages)]
        b.wait_for_products(self.sums, 0)
        b.wait_for_groups(0)
        b.barrier()
        return self.loaded()

    def loaded(self) -> list[Value]:
        """The sums of this thread, one by one."""
        return [self.b.load(self.sums, self.b.constant(k)) for k in range(self.count)]

    def copy(self, fetchers: Sequence[Fetcher], step: Value, slot: Value) -> None:
        """Begins to copy a step of depth of both factors."""
        for number, fetcher in enumerate(fetchers):
            fetcher.fetch(step, self._stage(slot, number))
        self.b.end_group()

    def clear(self) -> None:
        """Sets the sums to zero."""
        b = self.b
        with b.loop(b.constant(0), b.constant(self.count), unroll=1) as loop:
            b.store(b.constant(0.0, F32), self.sums, loop.index)
        b.settle_sums(self.sums)

    def begin_step(self, shared: Sequence[Value], slot: Value) -> None:
        """Begins the products of what is in a stage of shared memory, a group of them."""
        b, shape = self.b, self.shape
        deep = [factor.deep for factor in shape.factors]
        length = GROUP_BYTES * 8 // bits(shape.element)
        left = b.plus(self._stage(slot, 0), b.times(self.group, b.constant(ROWS * length)))
        right = self._stage(slot, 1)
        b.settle_sums(self.sums, touched=False)
        for depth in range(0, shape.depth, DEPTH):
            b.add_group_product(
                self.sums,
                (shared[0], b.plus(left, b.constant(depth if deep[0] else depth * length))),
                (shared[1], b.plus(right, b.constant(depth if deep[1] else depth * length))),
                shape.columns,
                (not deep[0], not deep[1]),
                panel=shape.depth * length,
            )
        b.end_products()

    def _stage(self, slot: Value, number: int) -> Value:
        """Where a factor's stage begins."""
        return self.b.times(slot, self.b.constant(self.shape.stage(number)))

    def write(
        self, results: Results, sums: list[Value], starts: list[Value], down: Value, across: Value
    ) -> None:
        """Writes the sums of this thread: two neighbours in each of two rows of eight columns."""
        b = self.b
        column = b.plus(starts[1], self.first_column)
        for half in (0, 1):
            row = b.plus(b.plus(starts[0], self.first_row), b.constant(8 * half))
            firsts = range(2 * half, self.count, 4)
            pairs = [b.together(sums[k : k + 2]) for k in firsts]
            results.write_line(pairs, row, column, TILE_COLUMNS)
