"""Graphs: work captured in a stream, and launched again as a whole."""

from __future__ import annotations

from contextlib import suppress

from ....ops.errors import ArgumentValueError, BackendError
from ..driver.protocol import CAPTURE_MODES
from ..driver.status import CudaError
from .blocks import PrivatePool
from .copying import fill
from .device import Device
from .queue import Queue, lasting_name
from .records import Written

GRAPH = lasting_name("graph")  # a launch of a whole graph, among names of kernels


class CapturedGraph:
    """Work of one device, captured once.

    The memory that it works on is its own: what is allocated while it is captured comes from a
    pool that nobody else gets memory from as long as the graph lives.
    """

    def __init__(self) -> None:
        self._executable = 0
        self._queue: Queue | None = None  # while it is captured
        self._device: Device | None = None
        self._pool: PrivatePool | None = None
        self._kept: list[object] = []  # what replays read and write, beside the pool
        self._written: list[Written] = []

    def __del__(self) -> None:
        if self._device is not None and not self._device.context.lost:
            with suppress(CudaError):  # the context may have failed
                self.reset()

    @property
    def pool(self) -> PrivatePool:
        """The memory that it works on, which another graph may share.

        Raises:
            BackendError: Nothing was captured.
        """
        if self._pool is None:
            raise BackendError("Called CUDAGraph::pool without a preceding successful capture.")
        return self._pool

    def begin(
        self, device: Device, queue: Queue, pool: PrivatePool | None = None, mode: str = "global"
    ) -> None:
        """Captures what is queued in a stream, instead of running it.

        Args:
            device: Of the stream.
            queue: Not the default stream.
            pool: Memory of another graph, if both are never replayed at once.
            mode: Which calls are forbidden meanwhile, of which threads: `CAPTURE_MODES`.

        Raises:
            BackendError: Something was captured already, or the stream is the default one.
        """
        if self._executable or self._queue is not None:
            raise BackendError(
                "This CUDAGraph instance already owns a captured graph. To capture a new graph, "
                "create a new instance."
            )
        if not queue.handle:
            raise BackendError(
                "CUDA graphs must be captured on a non-default stream. (However, after capture, "
                "it's ok to replay them on the default stream.)"
            )
        if mode not in CAPTURE_MODES:
            raise ArgumentValueError(
                f"Unknown capture error mode. Expected `global`, `thread_local`, or `relaxed`, "
                f"got {mode}"
            )
        device.context.activate()
        self._pool = pool or PrivatePool()
        device.allocator.begin_private(queue, self._pool)
        try:
            device.driver.begin_capture(queue.handle, CAPTURE_MODES.index(mode))
        except BaseException:
            device.allocator.end_private(queue)
            device.allocator.leave_private(self._pool)
            raise
        self._queue, self._device = queue, device

    def end(self) -> None:
        """Ends the capture.

        Raises:
            BackendError: None is under way.
            CudaError: It was spoiled: something forbidden was done, a stream was not joined.
        """
        queue, device = self._queue, self._device
        if queue is None or device is None:
            raise BackendError("capture_end: no capture is under way")
        self._queue = None
        device.context.activate()
        try:
            graph = device.driver.end_capture(queue.handle)
            self._executable = device.driver.instantiate_graph(graph)
            device.driver.destroy_graph(graph)
        finally:
            device.allocator.end_private(queue)
            self._keep()
            if not self._executable:
                self._release()
        for each in self._written:  # zeroed once: a replay must not wipe out what another wrote
            fill(each.memory.address, 0, each.memory.nbytes, device.queues.default)
        if self._written:
            device.queues.default.wait()  # replays come in other streams

    def _keep(self) -> None:
        """Takes over what was kept for the graph under capture."""
        assert self._pool is not None
        self._kept, self._pool.kept = self._pool.kept, []
        self._written = [each for each in self._kept if isinstance(each, Written)]

    def replay(self, queue: Queue) -> None:
        """Queues it as a whole.

        Raises:
            BackendError: Nothing was captured.
        """
        if not self._executable or self._device is None:
            raise BackendError("Called CUDAGraph::replay without a preceding successful capture.")
        self._device.context.activate()
        self._device.driver.launch_graph(self._executable, queue.handle)
        if self._written:
            self._device.records(queue).watch(self._written)
        queue.recent.append(GRAPH)  # last: whoever waits looks if there is another launch

    def reset(self) -> None:
        """Forgets what was captured, and lets go of its memory."""
        if self._executable and self._device is not None:
            self._device.driver.destroy_executable(self._executable)
            self._executable = 0
            self._release()

    def _release(self) -> None:
        assert self._device is not None and self._pool is not None
        self._device.allocator.leave_private(self._pool)
        self._kept, self._written, self._pool, self._device = [], [], None, None
