"""A caching allocator of a device's memory, ordered by streams.

Memory that was freed is given out again without waiting, to work of the same stream: that comes
after the work that used it before. A block that other streams used as well waits until they are
done with it. The driver is asked for segments, which are split and joined again.

Programs ask for the same sizes again and again: a block that comes back is kept ready for the next
request of its size and stream, with no lock taken. It is joined with its neighbours when a request
finds nothing else.
"""

from __future__ import annotations

import threading
from collections import deque
from contextlib import suppress

from ....ops.errors import ArgumentValueError, OutOfMemoryError
from ...native.lasting import keep_forever
from ..driver.protocol import DISABLE_TIMING
from ..driver.status import OUT_OF_MEMORY, CudaError
from .blocks import Block, Pool, PrivatePool, block_size, number_of, segment_size
from .context import Context
from .queue import Queue
from .statistics import Statistics


class Buffer:
    """Memory of a device; it goes back when the object is collected.

    Attributes:
        address: Of its first byte, a multiple of 512.
        nbytes: Bytes asked for.
    """

    __slots__ = ("__weakref__", "_allocator", "_block", "address", "nbytes")

    def __init__(self, allocator: Allocator, block: Block, nbytes: int) -> None:
        self._allocator, self._block = allocator, block
        self.address, self.nbytes = block.address, nbytes

    def __del__(self) -> None:
        with suppress(CudaError):  # the context may have failed
            self._allocator.give(self._block)

    def __repr__(self) -> str:
        device = self._allocator.context.number
        return f"Buffer(address={self.address:#x}, nbytes={self.nbytes}, device={device})"

    def record_stream(self, queue: Queue) -> None:
        """Another stream uses it, too: it is given out again only when that has done so."""
        self._block.record_stream(queue)


class Allocator:
    """Memory of one device.

    Attributes:
        context: Of the device.
        statistics: What was given out and what is held.
        fraction: The part of the device's memory that is held at most.
    """

    def __init__(self, context: Context) -> None:
        self.context = context
        self.statistics = Statistics()
        self._shared = (Pool(True), Pool(False))
        self._private: list[PrivatePool] = []
        self._captured: dict[Queue, PrivatePool] = {}
        self._lock = threading.Lock()
        self._watched = context.driver.watches
        self._ready: dict[tuple[Queue, int], list[Block]] = {}  # by stream and size; they stay
        self._given: deque[Block] = deque()  # given back; whoever takes the lock next sees to it
        self._left: deque[PrivatePool] = deque()  # that lost a user, likewise
        self._waiting: deque[tuple[Block, list[int]]] = deque()  # events that must come before
        self.fraction = 1.0
        self._limit: int | None = None
        keep_forever(self.statistics.account)  # blocks may be the last to go
        context.gpu.account = self.statistics.account.at
        context.set_callable("give", self.give)

    # -- allocating --------------------------------------------------------------------------------

    def allocate(self, nbytes: int, queue: Queue) -> Buffer:
        """Memory of at least that many bytes for work of a stream, not initialized.

        Raises:
            OutOfMemoryError: There is not that much, even when nothing is kept.
        """
        return Buffer(self, self.take(nbytes, queue), nbytes)

    def take(self, nbytes: int, queue: Queue) -> Block:
        """As `allocate`, the bare block: whoever has it gives it back."""
        size = block_size(nbytes)
        ready = self._ready.get((queue, size))
        if ready is None:
            ready = self._new_ready(queue, size)
        try:
            block = ready.pop() if ready and not self._captured else self._find(size, queue)
        except IndexError:  # another thread was faster
            block = self._find(size, queue)
        block.requested, block.ready = nbytes, id(ready)
        self.statistics.count_given(id(block))
        if self._watched:
            self.context.activate()
            self.context.driver.note_block(block.address, max(1, nbytes), queue.handle)
        return block

    def _new_ready(self, queue: Queue, size: int) -> list[Block]:
        """The list of blocks of a size that wait for work of a stream; native code sees it, too."""
        made = self._ready.setdefault((queue, size), [])
        number = number_of(size)
        if number >= 0:
            queue.lane.ready[number] = id(made)
        return made

    def _find(self, size: int, queue: Queue) -> Block:
        """A block that is not ready: cut from a larger one, or from a new segment."""
        self.context.activate()
        with self._lock:
            self._settle()
            block = self._take(size, queue)
            block.free = False
            return block

    def _take(self, size: int, queue: Queue) -> Block:
        """A block of that size, cut from a larger one if need be."""
        private = self._private_of(queue)
        small, large = self._shared if private is None else private.pools
        pool = small if segment_size(size) == segment_size(1) else large
        block = pool.take(size, queue)
        if block is None and private is None and self._join_ready():
            block = pool.take(size, queue)
        if block is None:
            block = self._new_segment(pool, size, queue)
        elif not block.is_segment():
            self.statistics.count_inactive(block.pool.small, -1, block.size)
        if pool.splits(block, size):
            rest = block.split(size)
            pool.put(rest)
            self.statistics.count_inactive(pool.small, 1, rest.size)
        return block

    def _join_ready(self) -> bool:
        """Puts blocks that were kept ready into their pools; whether there were any."""
        found = False
        for ready in list(self._ready.values()):
            with suppress(IndexError):  # another thread takes blocks as well
                while ready:
                    self._join(ready.pop())
                    found = True
        return found

    def _new_segment(self, pool: Pool, size: int, queue: Queue) -> Block:
        """A segment of the driver's; if it has none, after giving it all that is kept here."""
        wanted = segment_size(size)
        address = self._ask(wanted)
        if address is None:
            self.statistics.events["num_alloc_retries"] += 1
            self._release()
            address = self._ask(wanted)
        if address is None:
            self.statistics.events["num_ooms"] += 1
            raise self._out_of_memory(size)
        self.statistics.count_segment(pool.small, wanted)
        return Block(address, wanted, pool, queue)

    def _ask(self, nbytes: int) -> int | None:
        reserved = self.statistics.count("reserved_bytes").current
        if self._limit is not None and reserved + nbytes > self._limit:
            return None
        try:
            with self.context.outside_of_captures():
                return self.context.driver.allocate(nbytes)
        except CudaError as error:
            if error.code != OUT_OF_MEMORY:
                raise
            return None

    def _out_of_memory(self, nbytes: int) -> OutOfMemoryError:
        free, total = self.context.driver.memory_info()
        allocated = self.statistics.count("allocated_bytes").current
        kept = self.statistics.count("reserved_bytes").current - allocated
        limit = "" if self._limit is None else f" {readable(self._limit)} allowed;"
        return OutOfMemoryError(
            f"CUDA out of memory. Tried to allocate {readable(nbytes)}. GPU {self.context.number} "
            f"has a total capacity of {readable(total)} of which {readable(free)} is free.{limit} "
            f"Of the allocated memory {readable(allocated)} is allocated by tensorsmith, and "
            f"{readable(kept)} is reserved by tensorsmith but unallocated."
        )

    # -- giving back -------------------------------------------------------------------------------

    def give(self, block: Block) -> None:
        """Takes a block back.

        Collections call this at any time, also while this thread holds the lock, or another thread
        holds it and waits for one of this thread's: so no lock is taken, and the driver not asked.
        """
        if self.context.lost:
            return
        if self._watched:
            self.context.driver.forget_block(block.address)
        if not block.special:
            self.statistics.count_back(id(block))
            self._ready[block.queue, block_size(block.requested)].append(block)
            return
        self._given.append(block)

    def _settle(self) -> None:
        """Sees to what was noted while nobody could wait for the lock."""
        while self._left:
            self._left.popleft().users -= 1
        while self._given:
            block = self._given.popleft()
            small, size = block.pool.small, block.size
            if block.uses:
                self.statistics.note(small, -1, 0, size, block.requested)
                self._waiting.append((block, self._events_of(block)))
            else:
                self.statistics.note(small, -1, -1, size, block.requested)
                self._join(block)
        if self._waiting and not self._captured:
            self._look_at_waiting(wait=False)

    def _events_of(self, block: Block) -> list[int]:
        """Events behind all that other streams have to do so far; none while a graph is captured,
        when they are made afterwards."""
        if self._captured:
            return []
        self.context.activate()
        driver, events = self.context.driver, []
        for queue in block.uses:
            events.append(driver.create_event(DISABLE_TIMING))
            driver.record_event(events[-1], queue.handle)
        block.uses.clear()
        return events

    def _look_at_waiting(self, wait: bool) -> None:
        """Frees the blocks that other streams are done with, or waits for them."""
        self.context.activate()
        driver = self.context.driver
        for _ in range(len(self._waiting)):
            # Taken out first: a block must not be there twice if Ctrl-C ends this.
            block, events = self._waiting.popleft()
            events = events + (self._events_of(block) if block.uses else [])
            while events and (wait or driver.is_event_done(events[0])):
                if wait:
                    driver.synchronize_event(events[0])
                driver.destroy_event(events.pop(0))
            if events:
                self._waiting.append((block, events))
            else:
                self.statistics.note(block.small, 0, -1, block.size, 0)
                self._join(block)

    def _join(self, block: Block) -> None:
        """Puts a block into its pool, joined with the free ones beside it."""
        pool, count = block.pool, self.statistics.count_inactive
        block.free, block.special = True, int(pool.owner is not None)
        before, behind = block.before, block.behind
        if behind is not None and behind.free:
            pool.remove(behind)
            count(pool.small, -1, behind.size)
            block.swallow(behind)
        if before is not None and before.free:
            pool.remove(before)
            count(pool.small, -1, before.size)
            before.swallow(block)
            block = before
        pool.put(block)
        if not block.is_segment():
            count(pool.small, 1, block.size)

    def empty_cache(self) -> None:
        """Gives segments of which nothing is used back to the driver."""
        if not self.context.is_made():
            return
        self.context.activate()
        with self._lock:
            self._settle()
            self._release()

    def _release(self) -> None:
        if self._captured:
            return  # giving memory back would wait for the device
        self._look_at_waiting(wait=True)
        self._join_ready()
        unused = [private for private in self._private if not private.users]
        for pool in (*self._shared, *(pool for private in unused for pool in private.pools)):
            for block in pool.segments():
                pool.remove(block)
                self.context.driver.free(block.address)
                self.statistics.count_segment(pool.small, -block.size)

    # -- graphs ------------------------------------------------------------------------------------

    def begin_private(self, queue: Queue, pool: PrivatePool) -> None:
        """From now on memory for a stream comes from a pool that graphs have to themselves."""
        with self._lock:
            if pool not in self._private:
                self._private.append(pool)
            pool.users += 1
            self._captured[queue] = pool
            self.context.gpu.captured = len(self._captured)

    def is_captured(self, queue: Queue) -> bool:
        """Work of that stream goes into a graph."""
        return self._private_of(queue) is not None

    def _private_of(self, queue: Queue) -> PrivatePool | None:
        """The graphs' pool that serves a stream: one that takes part in a capture, too."""
        if not self._captured:
            return None
        found = self._captured.get(queue)
        if found is None and queue.handle and self.context.driver.is_capturing(queue.handle):
            found = next(reversed(self._captured.values()))
        return found

    def keep(self, queue: Queue, what: object) -> None:
        """The graph that a stream's work goes into, if it does, keeps something alive."""
        pool = self._private_of(queue)
        if pool is not None:
            pool.kept.append(what)

    def end_private(self, queue: Queue) -> None:
        """Memory for it comes from where all comes from; the pool stays in use."""
        with self._lock:
            self._captured.pop(queue, None)
            self.context.gpu.captured = len(self._captured)

    def leave_private(self, pool: PrivatePool) -> None:
        """One user of the pool less; at any time, see `give`."""
        self._left.append(pool)

    # -- the account -------------------------------------------------------------------------------

    def settled(self, joined: bool = True) -> Statistics:
        """The account of all that was given back so far.

        Args:
            joined: Blocks that are kept ready are joined first, which the numbers of parts ask for.
        """
        if self.context.is_made():
            with self._lock:
                self._settle()
                if joined:
                    self._join_ready()
        return self.statistics

    def set_fraction(self, fraction: float) -> None:
        """Holds at most that part of the device's memory.

        Raises:
            ArgumentValueError: It is no part.
        """
        if not 0 <= fraction <= 1:
            raise ArgumentValueError(f"Invalid fraction value: {fraction}. Allowed range: 0~1")
        self.fraction = fraction
        self._limit = int(self.context.driver.device_memory(self.context.number) * fraction)


def readable(nbytes: int) -> str:
    """`20.00 MiB`."""
    for unit, name in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if nbytes >= unit:
            return f"{nbytes / unit:.2f} {name}"
    return f"{nbytes} bytes"
