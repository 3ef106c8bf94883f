"""Streams as the run time keeps them: where work is queued, and what was queued last."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable, Iterator
from typing import Any

from ...native import lanes
from ...native.lanes import REMEMBERED
from ...native.lasting import keep_forever
from ...native.view import View
from ..driver.protocol import NON_BLOCKING
from ..driver.status import ASYNCHRONOUS, CudaError
from .context import Context

POOLED = 32  # streams of a device and priority; what is asked for after that are these again


_names: dict[str, str] = keep_forever({})


def lasting_name(name: str) -> str:
    """The name as an object that lives as long as the process: native code holds its address."""
    return _names.setdefault(name, name)


class Recent:
    """Names of what was launched last in a stream, the youngest last.

    Args:
        lane: The stream as native code sees it, which writes names down as well.
    """

    __slots__ = ("_lane", "_launched", "_names")

    def __init__(self, lane: Any) -> None:
        self._lane = lane
        self._names, self._launched = lane.recent, lane.place("launched")

    def append(self, name: str) -> None:
        """Notes a launch; the name is a lasting one."""
        names, place, at = self._names, self._launched, id(name)
        # No call from here on: no other thread comes in between, and no launch goes uncounted.
        launched = place.value
        names[launched % REMEMBERED] = at
        place.value = launched + 1

    def __iter__(self) -> Iterator[str]:
        launched = self._launched.value
        for number in range(max(0, launched - REMEMBERED), launched):
            at = self._names[number % REMEMBERED]
            yield ctypes.cast(at, ctypes.py_object).value

    def __len__(self) -> int:
        return min(int(self._launched.value), REMEMBERED)


class Queue:
    """A stream of the driver.

    Attributes:
        context: Where it is.
        handle: What the driver calls it; 0 is the default stream.
        priority: The smaller, the sooner.
        lane: It as native code sees it.
        recent: Names of what was launched last.
        checks: What looks for errors that kernels have written down; called after waiting for it.
    """

    __slots__ = ("checks", "context", "handle", "lane", "priority", "recent")

    def __init__(self, context: Context, handle: int, priority: int = 0) -> None:
        self.context, self.handle, self.priority = context, handle, priority
        self.lane: Any = View(lanes.Lane)
        self.lane.gpu, self.lane.handle = context.gpu.at, handle
        self.recent = Recent(self.lane)
        self.checks: list[Callable[[], None]] = []

    def __repr__(self) -> str:
        return f"Queue(device={self.context.number}, handle={self.handle:#x})"

    def synchronize(self) -> None:
        """Waits for all work in it, and raises what kernels have written down.

        Raises:
            CudaError: Work failed; with the names of what was launched last.
            IndexRangeError, BackendError: See `check`.
        """
        self.wait()
        self.check()

    def wait(self) -> None:
        """Waits for all work in it, and looks at nothing.

        Raises:
            CudaError: Work failed; with the names of what was launched last.
        """
        self.context.activate()
        try:
            self.context.driver.synchronize_stream(self.handle)
        except CudaError as error:
            raise self.explain(error) from None

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
        if error.code not in ASYNCHRONOUS or not len(self.recent):
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
