"""Streams as the run time keeps them: where work is queued, and what was queued last."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from ..driver.protocol import NON_BLOCKING
from ..driver.status import ASYNCHRONOUS, CudaError
from .context import Context

REMEMBERED = 16  # launches of a stream whose names are kept
POOLED = 32  # streams of a device and priority; what is asked for after that are these again


class Queue:
    """A stream of the driver.

    Attributes:
        context: Where it is.
        handle: What the driver calls it; 0 is the default stream.
        priority: The smaller, the sooner.
        recent: Names of what was launched last.
        checks: What looks for errors that kernels have written down; called after waiting for it.
    """

    __slots__ = ("checks", "context", "handle", "priority", "recent")

    def __init__(self, context: Context, handle: int, priority: int = 0) -> None:
        self.context, self.handle, self.priority = context, handle, priority
        self.recent: deque[str] = deque(maxlen=REMEMBERED)
        self.checks: list[Callable[[], None]] = []

    def __repr__(self) -> str:
        return f"Queue(device={self.context.number}, handle={self.handle:#x})"

    def synchronize(self) -> None:
        """Waits for all work in it.

        Raises:
            CudaError: Work failed; with the names of what was launched last.
        """
        self.context.activate()
        try:
            self.context.driver.synchronize_stream(self.handle)
        except CudaError as error:
            raise self.explain(error) from None
        self.check()

    def check(self) -> None:
        """Raises what kernels that are done have written down.

        Raises:
            IndexRangeError: An element of an index operand was out of range.
            BackendError: Another number is not allowed.
        """
        for each in self.checks:
            each()

    def is_done(self) -> bool:
        """All work in it is done."""
        self.context.activate()
        try:
            return self.context.driver.is_stream_done(self.handle)
        except CudaError as error:
            raise self.explain(error) from None

    def explain(self, error: CudaError) -> CudaError:
        """An error, with the launches that may have caused it if earlier work may have."""
        if error.code not in ASYNCHRONOUS or not self.recent:
            return error
        return error.explained(
            "earlier work failed, and it is told late; launched in this stream before, the "
            f"youngest last: {', '.join(self.recent)}"
        )


class Queues:
    """The streams of a device: the default one, those of the pool, and those of others."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.default = Queue(context, 0)
        self._lock = threading.Lock()
        self._pools: dict[int, list[Queue]] = {}
        self._next: dict[int, int] = {}
        self._external: list[Queue] = []

    def new(self, priority: int = 0) -> Queue:
        """A stream of the pool of a priority: new ones first, then each in turn."""
        context = self.context
        context.activate()
        least, greatest = context.driver.stream_priorities()
        priority = max(greatest, min(least, priority))
        with self._lock:
            pool = self._pools.setdefault(priority, [])
            if len(pool) < POOLED:
                handle = context.driver.create_stream(NON_BLOCKING, priority)
                pool.append(Queue(context, handle, priority))
                return pool[-1]
            number = self._next.get(priority, 0)
            self._next[priority] = (number + 1) % POOLED
            return pool[number]

    def of_handle(self, handle: int) -> Queue:
        """The stream that the driver calls so, whoever made it."""
        with self._lock:
            for queue in self.all():
                if queue.handle == handle:
                    return queue
            self._external.append(Queue(self.context, handle))
            return self._external[-1]

    def all(self) -> list[Queue]:
        """Those that are known so far."""
        pooled = (queue for pool in self._pools.values() for queue in pool)
        return [self.default, *pooled, *self._external]

    def explain(self, error: CudaError) -> CudaError:
        """An error of a call that waits for all streams."""
        if error.code in ASYNCHRONOUS:
            for queue in self.all():
                error = queue.explain(error)
        return error
