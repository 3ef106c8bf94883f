"""Events: places in streams that one can wait for, and between which time is measured."""

from __future__ import annotations

from contextlib import suppress

from ....ops.errors import BackendError
from ..driver.protocol import BLOCKING_SYNC, DISABLE_TIMING
from ..driver.status import CudaError
from .context import Context
from .queue import Queue


class Place:
    """An event of the driver, made when it is first recorded, on the device of that stream.

    Args:
        timing: Time is measured.
        blocking: Who waits for it sleeps.

    Attributes:
        queue: Where it was recorded last.
    """

    __slots__ = ("_flags", "_handle", "queue")

    def __init__(self, timing: bool = False, blocking: bool = False) -> None:
        self._flags = (0 if timing else DISABLE_TIMING) | (BLOCKING_SYNC if blocking else 0)
        self._handle = 0
        self.queue: Queue | None = None

    def __del__(self) -> None:
        if self._handle and self.queue is not None and not self.queue.context.lost:
            with suppress(CudaError):  # the context may have failed
                self.queue.context.driver.destroy_event(self._handle)

    @property
    def handle(self) -> int:
        """What the driver calls it; 0 before it was recorded."""
        return self._handle

    def context(self) -> Context:
        """The device that it is on.

        Raises:
            BackendError: It was never recorded.
        """
        if self.queue is None:
            raise BackendError("Event must be recorded before it is used")
        return self.queue.context

    def record(self, queue: Queue) -> None:
        """Puts it behind all that is queued.

        Raises:
            BackendError: It is on another device.
        """
        if self.queue is not None and self.queue.context is not queue.context:
            raise BackendError(
                f"Event device {self.queue.context.number} does not match recording stream's "
                f"device {queue.context.number}."
            )
        queue.context.activate()
        driver = queue.context.driver
        if not self._handle:
            self._handle = driver.create_event(self._flags)
        self.queue = queue
        driver.record_event(self._handle, queue.handle)

    def hold(self, queue: Queue) -> None:
        """What is queued there from now on comes after it; nothing if it was never recorded."""
        if self.queue is not None:
            queue.context.activate()
            queue.context.driver.wait_event(queue.handle, self._handle)

    def is_done(self) -> bool:
        """All that comes before it is done; also if it was never recorded."""
        if self.queue is None:
            return True
        self.queue.context.activate()
        try:
            return self.queue.context.driver.is_event_done(self._handle)
        except CudaError as error:
            raise self.queue.explain(error) from None

    def synchronize(self) -> None:
        """Waits until all that comes before it is done."""
        if self.queue is None:
            return
        self.queue.context.activate()
        try:
            self.queue.context.driver.synchronize_event(self._handle)
        except CudaError as error:
            raise self.queue.explain(error) from None

    def milliseconds_to(self, end: Place) -> float:
        """Time between two events.

        Raises:
            BackendError: One was not recorded, or does not measure time.
            CudaError: One was not reached yet.
        """
        for each in (self, end):
            context = each.context()
            if each._flags & DISABLE_TIMING:
                raise BackendError(
                    "Both events must be created with argument 'enable_timing=True'."
                )
        context.activate()
        return context.driver.elapsed_time(self._handle, end._handle)
