"""Pinned memory of the host: devices copy from and to it by themselves, while Python goes on.

The driver takes long to pin memory, so that blocks are kept, by powers of two. A block that copies
were queued for is given out again when they are done.
"""

from __future__ import annotations

import threading
from collections import deque

from ....ops.errors import OutOfMemoryError
from ..driver.protocol import DISABLE_TIMING
from ..driver.status import OUT_OF_MEMORY, CudaError
from .allocator import readable
from .context import Context
from .queue import Queue

SMALLEST = 512  # bytes of a block


class PinnedBuffer:
    """Pinned memory; it goes back when the object is collected, and when no graph reads it.

    Attributes:
        address: Of its first byte, a multiple of 512.
        nbytes: Bytes asked for.
    """

    __slots__ = ("__weakref__", "_pool", "_queues", "address", "nbytes")

    def __init__(self, pool: PinnedPool, address: int, nbytes: int) -> None:
        self._pool, self.address, self.nbytes = pool, address, nbytes
        self._queues: set[Queue] = set()

    def record_stream(self, queue: Queue) -> None:
        """A copy that uses it was queued."""
        self._queues.add(queue)

    def __del__(self) -> None:
        self._pool.give(self.address, self.nbytes, self._queues)

    def __repr__(self) -> str:
        return f"PinnedBuffer(address={self.address:#x}, nbytes={self.nbytes})"


class PinnedPool:
    """Blocks of pinned memory, for all devices.

    Args:
        context: Any of them; the driver wants one.
    """

    def __init__(self, context: Context) -> None:
        self.context = context
        self._free: dict[int, list[int]] = {}
        self._given: deque[tuple[int, int, set[Queue]]] = deque()
        self._waiting: deque[tuple[int, int, list[tuple[Context, int]]]] = deque()
        self._lock = threading.Lock()

    def allocate(self, nbytes: int) -> PinnedBuffer:
        """A block of at least that many bytes, not initialized.

        Raises:
            OutOfMemoryError: The host cannot pin that much.
        """
        size = _size(nbytes)
        with self.context.outside_of_captures(), self._lock:
            self._settle()
            kept = self._free.get(size)
            address = kept.pop() if kept else self._ask(size)
        return PinnedBuffer(self, address, nbytes)

    def _ask(self, size: int) -> int:
        self.context.activate()
        driver = self.context.driver
        for last in (False, True):
            try:
                return driver.allocate_host(size)
            except CudaError as error:
                if error.code != OUT_OF_MEMORY:
                    raise
                if last:
                    raise OutOfMemoryError(
                        f"CUDA out of memory. Tried to pin {readable(size)} of the host's memory."
                    ) from None
            self._release()
        raise AssertionError("one of two attempts returns or raises")

    def give(self, address: int, nbytes: int, queues: set[Queue]) -> None:
        """Takes a block back; at any time, also while this thread is allocating."""
        self._given.append((address, _size(nbytes), queues))

    def _settle(self) -> None:
        for _ in range(len(self._given)):
            address, size, queues = self._given.popleft()
            if any(_is_capturing(queue) for queue in queues):
                self._given.append((address, size, queues))  # an event would be part of the graph
                continue
            self._waiting.append((address, size, [_event(queue) for queue in queues]))
        for _ in range(len(self._waiting)):
            # Taken out first: a block must not be there twice if Ctrl-C ends this.
            address, size, events = self._waiting.popleft()
            while events and _is_done(*events[0]):
                events.pop(0)
            if events:
                self._waiting.append((address, size, events))
            else:
                self._free.setdefault(size, []).append(address)

    def empty_cache(self) -> None:
        """Gives blocks that nobody has back to the driver."""
        with self._lock:
            self._settle()
            self._release()

    def _release(self) -> None:
        self.context.activate()
        for kept in self._free.values():
            while kept:
                self.context.driver.free_host(kept.pop())


def _size(nbytes: int) -> int:
    """The power of two that a request is rounded up to."""
    return 1 << (max(nbytes, SMALLEST) - 1).bit_length()


def _is_capturing(queue: Queue) -> bool:
    queue.context.activate()
    return bool(queue.handle) and queue.context.driver.is_capturing(queue.handle)


def _event(queue: Queue) -> tuple[Context, int]:
    """An event behind all that is queued in a stream."""
    queue.context.activate()
    driver = queue.context.driver
    event = driver.create_event(DISABLE_TIMING)
    driver.record_event(event, queue.handle)
    return queue.context, event


def _is_done(context: Context, event: int) -> bool:
    context.activate()
    if not context.driver.is_event_done(event):
        return False
    context.driver.destroy_event(event)
    return True
