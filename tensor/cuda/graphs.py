"""Graphs: a piece of a program captured once, and launched again as a whole."""

from __future__ import annotations

import gc
from typing import Any

from ...backends.cuda.runtime import current, machine
from ...backends.cuda.runtime.blocks import PrivatePool
from ...backends.cuda.runtime.graph import CapturedGraph
from ..creation.drawing import Captures, before_replay, begin_capture, end_capture
from .memory import empty_cache
from .streams import Stream, StreamContext


def is_current_stream_capturing() -> bool:
    """Whether work of the current stream goes into a graph."""
    if not machine.is_initialized():
        return False
    device = machine.get_device()
    return device.allocator.is_captured(current.current_queue())


def graph_pool_handle() -> PrivatePool:
    """Memory that several graphs may share, if they are never replayed at once."""
    return PrivatePool()


class CUDAGraph:
    """Work captured in a stream, with the memory that it works on.

    A replay does the same with the same addresses: new inputs are copied into the old tensors.
    """

    def __init__(self, keep_graph: bool = False) -> None:
        self._graph = CapturedGraph()
        self._drawn: Captures = {}
        self._number = -1  # of the device, while it is captured

    def capture_begin(self, pool: Any = None, capture_error_mode: str = "global") -> None:
        """Captures what is queued in the current stream from now on.

        Args:
            pool: `graph_pool_handle()`, or `pool()` of another graph, whose memory is shared.
            capture_error_mode: whose unsafe calls are errors: `global`, `thread_local`, `relaxed`.

        Raises:
            RuntimeError: The current stream is the default one, or something was captured already.
        """
        device = machine.get_device()
        self._graph.begin(device, current.current_queue(), pool, capture_error_mode)
        self._number = device.number
        self._drawn = begin_capture(device.number)

    def capture_end(self) -> None:
        """Ends the capture.

        Raises:
            RuntimeError: Something was done that cannot be captured.
        """
        if self._number >= 0:
            end_capture(self._number, self._drawn)
        self._graph.end()
        if self._drawn:  # the memory of positions came by way of the default stream
            machine.get_device(self._number).queues.default.synchronize()
        self._number = -1

    def replay(self) -> None:
        """Queues the captured work in the current stream; what it draws goes on from the last."""
        before_replay(self._drawn)
        self._graph.replay(current.current_queue())

    def reset(self) -> None:
        """Forgets what was captured."""
        self._graph.reset()
        self._drawn = {}

    def pool(self) -> PrivatePool:
        """The memory that it works on."""
        return self._graph.pool


class graph:  # noqa: N801  (PyTorch's spelling)
    """Inside, work is captured in a graph and not run.

    Args:
        cuda_graph: What it is captured in.
        pool: Memory that it shares with other graphs.
        stream: Where it is captured; by default one for all captures.
        capture_error_mode: See `CUDAGraph.capture_begin`.
    """

    default_capture_stream: dict[int, Stream] = {}

    def __init__(
        self,
        cuda_graph: CUDAGraph,
        pool: Any = None,
        stream: Stream | None = None,
        capture_error_mode: str = "global",
    ) -> None:
        self.cuda_graph, self.pool, self.mode = cuda_graph, pool, capture_error_mode
        self.capture_stream = stream or self._default_stream()
        self._context = StreamContext(self.capture_stream)

    @classmethod
    def _default_stream(cls) -> Stream:
        number = machine.current_device()
        found = cls.default_capture_stream.get(number)
        if found is None or found.queue.context is not machine.get_device(number).context:
            found = cls.default_capture_stream[number] = Stream(number)
        return found

    def __enter__(self) -> None:
        machine.get_device().synchronize()
        gc.collect()  # memory must not come back while it is captured
        empty_cache()
        self._context.__enter__()
        try:
            self.cuda_graph.capture_begin(self.pool, self.mode)
        except BaseException:
            self._context.__exit__()
            raise

    def __exit__(self, *_: object) -> None:
        try:
            self.cuda_graph.capture_end()
        finally:
            self._context.__exit__()
