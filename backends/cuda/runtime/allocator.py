"""A caching allocator of a device's memory, ordered by streams.

Memory that was freed is given out again without waiting, to work of the same stream: that comes
after the work that used it before. A block that other streams used as well waits until they are
done with it. The driver is asked for segments, which are split and joined again.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field

from ....ops.errors import ArgumentValueError, OutOfMemoryError
from ..driver.protocol import CAPTURE_MODES, DISABLE_TIMING
from ..driver.status import OUT_OF_MEMORY, CudaError
from .blocks import Block, Pool, block_size, segment_size
from .context import Context
from .queue import Queue
from .statistics import Statistics

RELAXED = CAPTURE_MODES.index("relaxed")


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
        self._allocator.give(self._block)

    def __repr__(self) -> str:
        device = self._allocator.context.number
        return f"Buffer(address={self.address:#x}, nbytes={self.nbytes}, device={device})"

    def record_stream(self, queue: Queue) -> None:
        """Another stream uses it, too: it is given out again only when that has done so."""
        if queue is not self._block.queue:
            self._block.uses.add(queue)


@dataclass(eq=False)
class PrivatePool:
    """Memory that graphs have to themselves, since a replay writes to it at any time.

    Attributes:
        users: Captures under way and graphs that live.
    """

    pools: tuple[Pool, Pool] = field(init=False)
    users: int = 0

    def __post_init__(self) -> None:
        self.pools = (Pool(True, self), Pool(False, self))


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
        self._given: deque[Block] = deque()  # given back, maybe while the lock was held
        self._waiting: list[tuple[Block, list[int]]] = []  # events that must come before
        self.fraction = 1.0
        self._limit: int | None = None

    # -- allocating --------------------------------------------------------------------------------

    def allocate(self, nbytes: int, queue: Queue) -> Buffer:
        """Memory of at least that many bytes for work of a stream, not initialized.

        Raises:
            OutOfMemoryError: There is not that much, even when nothing is kept.
        """
        self.context.activate()
        with self._lock:
            self._settle()
            block = self._take(block_size(nbytes), queue)
            block.free, block.requested = False, nbytes
            self._count(block, 1)
        self.context.driver.note_block(block.address, max(1, nbytes), queue.handle)
        return Buffer(self, block, nbytes)

    def _take(self, size: int, queue: Queue) -> Block:
        """A block of that size, cut from a larger one if need be."""
        private = self._private_of(queue)
        small, large = self._shared if private is None else private.pools
        pool = small if segment_size(size) == segment_size(1) else large
        block = pool.take(size, queue)
        if block is not None and not block.is_segment():
            self._count_inactive(block, -1)
        if block is None:
            block = self._new_segment(pool, size, queue)
        if pool.splits(block, size):
            rest = block.split(size)
            pool.put(rest)
            self._count_inactive(rest, 1)
        return block

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
        self._count_segment(pool, wanted)
        return Block(address, wanted, pool, queue)

    def _ask(self, nbytes: int) -> int | None:
        reserved = self.statistics.current("reserved_bytes")
        if self._limit is not None and reserved + nbytes > self._limit:
            return None
        driver = self.context.driver
        before = driver.exchange_capture_mode(RELAXED) if self._captured else None
        try:
            return driver.allocate(nbytes)
        except CudaError as error:
            if error.code != OUT_OF_MEMORY:
                raise
            return None
        finally:
            if before is not None:
                driver.exchange_capture_mode(before)

    def _out_of_memory(self, nbytes: int) -> OutOfMemoryError:
        free, total = self.context.driver.memory_info()
        allocated = self.statistics.current("allocated_bytes")
        kept = self.statistics.current("reserved_bytes") - allocated
        limit = "" if self._limit is None else f" {readable(self._limit)} allowed;"
        return OutOfMemoryError(
            f"CUDA out of memory. Tried to allocate {readable(nbytes)}. GPU {self.context.number} "
            f"has a total capacity of {readable(total)} of which {readable(free)} is free.{limit} "
            f"Of the allocated memory {readable(allocated)} is allocated by tensorsmith, and "
            f"{readable(kept)} is reserved by tensorsmith but unallocated."
        )

    # -- giving back -------------------------------------------------------------------------------

    def give(self, block: Block) -> None:
        """Takes a block back; at any time, also while this thread is allocating."""
        self._given.append(block)
        if not self.context.lost and self._lock.acquire(blocking=False):
            try:
                self._settle()
            finally:
                self._lock.release()

    def _settle(self) -> None:
        """Sees to the blocks that were given back."""
        while self._given:
            block = self._given.popleft()
            self.context.driver.forget_block(block.address)
            small = block.pool.small
            self.statistics.add("allocation", small, -1)
            self.statistics.add("allocated_bytes", small, -block.size)
            self.statistics.add("requested_bytes", small, -block.requested)
            if block.uses:
                self._waiting.append((block, self._events_of(block)))
            else:
                self._free(block)
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
        driver, still = self.context.driver, []
        for block, events in self._waiting:
            events = events + (self._events_of(block) if block.uses else [])
            while events and (wait or driver.is_event_done(events[0])):
                if wait:
                    driver.synchronize_event(events[0])
                driver.destroy_event(events.pop(0))
            if events:
                still.append((block, events))
            else:
                self._free(block)
        self._waiting = still

    def _free(self, block: Block) -> None:
        """Puts a block into its pool, joined with the free ones beside it."""
        small = block.pool.small
        self.statistics.add("active", small, -1)
        self.statistics.add("active_bytes", small, -block.size)
        block.free = True
        before, behind = block.before, block.behind
        if behind is not None and behind.free:
            block.pool.remove(behind)
            self._count_inactive(behind, -1)
            block.swallow(behind)
        if before is not None and before.free:
            block.pool.remove(before)
            self._count_inactive(before, -1)
            before.swallow(block)
            block = before
        block.pool.put(block)
        if not block.is_segment():
            self._count_inactive(block, 1)

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
        unused = [private for private in self._private if not private.users]
        for pool in (*self._shared, *(pool for private in unused for pool in private.pools)):
            for block in pool.segments():
                pool.remove(block)
                self.context.driver.free(block.address)
                self._count_segment(pool, -block.size)

    # -- graphs ------------------------------------------------------------------------------------

    def begin_private(self, queue: Queue, pool: PrivatePool) -> None:
        """From now on memory for a stream comes from a pool that graphs have to themselves."""
        with self._lock:
            if pool not in self._private:
                self._private.append(pool)
            pool.users += 1
            self._captured[queue] = pool

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

    def end_private(self, queue: Queue) -> None:
        """Memory for it comes from where all comes from; the pool stays in use."""
        with self._lock:
            self._captured.pop(queue, None)

    def leave_private(self, pool: PrivatePool) -> None:
        """One user of the pool less."""
        with self._lock:
            pool.users -= 1

    # -- the account -------------------------------------------------------------------------------

    def _count(self, block: Block, sign: int) -> None:
        small, add = block.pool.small, self.statistics.add
        add("allocation", small, sign)
        add("active", small, sign)
        add("allocated_bytes", small, sign * block.size)
        add("active_bytes", small, sign * block.size)
        add("requested_bytes", small, sign * block.requested)

    def _count_inactive(self, block: Block, sign: int) -> None:
        self.statistics.add("inactive_split", block.pool.small, sign)
        self.statistics.add("inactive_split_bytes", block.pool.small, sign * block.size)

    def _count_segment(self, pool: Pool, nbytes: int) -> None:
        made = nbytes > 0
        self.statistics.add("segment", pool.small, 1 if made else -1)
        self.statistics.add("reserved_bytes", pool.small, nbytes)
        self.statistics.events["num_device_alloc" if made else "num_device_free"] += 1

    def set_fraction(self, fraction: float) -> None:
        """Holds at most that part of the device's memory.

        Raises:
            ArgumentValueError: It is no part.
        """
        if not 0 <= fraction <= 1:
            raise ArgumentValueError(
                f"Invalid fraction value: {fraction}. Allowed range: 0~1"
            )
        self.fraction = fraction
        self._limit = int(self.context.driver.device_memory(self.context.number) * fraction)


def readable(nbytes: int) -> str:
    """`20.00 MiB`."""
    for unit, name in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if nbytes >= unit:
            return f"{nbytes / unit:.2f} {name}"
    return f"{nbytes} bytes"
