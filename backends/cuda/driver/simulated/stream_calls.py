"""Calls about streams, events and captures."""

from __future__ import annotations

import threading

from .. import status
from ..protocol import DISABLE_TIMING, NON_BLOCKING
from ..status import error_of
from .state import State, entry
from .stream import Event, Graph, Stream, begin_capture, end_capture, wait


class StreamCalls(State):
    """See `Driver`, streams and events, graphs."""

    @entry("cuCtxGetStreamPriorityRange")
    def stream_priorities(self) -> tuple[int, int]:
        return 0, -5

    @entry("cuStreamCreateWithPriority")
    def create_stream(self, flags: int, priority: int) -> int:
        device = self.device("cuStreamCreateWithPriority")
        made = Stream(device.number, not flags & NON_BLOCKING, priority, device.faults)
        made.eager = self.settings.eager
        device.streams.append(made)
        return self.new(made)

    @entry("cuStreamDestroy", context=False)
    def destroy_stream(self, stream: int) -> None:
        found = self.get(stream, Stream, "cuStreamDestroy")
        found.run()
        self.devices[found.device].streams.remove(found)
        del self.handles[stream]

    @entry("cuStreamSynchronize")
    def synchronize_stream(self, stream: int) -> None:
        call = "cuStreamSynchronize"
        found = self.stream(stream, call)
        self.forbid(found, call)
        if not stream:
            self.wait_for_blocking(found)
        found.run()
        self.devices[found.device].faults.check(call)

    @entry("cuStreamQuery")
    def is_stream_done(self, stream: int) -> bool:
        call = "cuStreamQuery"
        found = self.stream(stream, call)
        self.forbid(found, call)
        done = found.done == found.issued
        found.run_to(found.done + 1)  # time passes
        self.devices[found.device].faults.check(call)
        return done

    @entry("cuStreamWaitEvent")
    def wait_event(self, stream: int, event: int) -> None:
        call = "cuStreamWaitEvent"
        wait(self.stream(stream, call), self.get(event, Event, call), call)

    @entry("cuEventCreate")
    def create_event(self, flags: int) -> int:
        device = self.device("cuEventCreate").number
        return self.new(Event(device, not flags & DISABLE_TIMING))

    @entry("cuEventDestroy", context=False)
    def destroy_event(self, event: int) -> None:
        self.get(event, Event, "cuEventDestroy")
        del self.handles[event]

    @entry("cuEventRecord")
    def record_event(self, event: int, stream: int) -> None:
        call = "cuEventRecord"
        found, queue = self.get(event, Event, call), self.stream(stream, call)
        if found.device != queue.device:
            raise error_of(call, status.INVALID_HANDLE, "event and stream are of two devices")
        if queue is self.devices[queue.device].default:
            self.wait_for_blocking(queue)
        found.record(queue)

    @entry("cuEventQuery")
    def is_event_done(self, event: int) -> bool:
        call = "cuEventQuery"
        found = self.get(event, Event, call)
        self.forbid_captured(found, call)
        done = found.is_done()
        if not done and found.stream is not None:
            found.stream.run_to(found.stream.done + 1)
        self.devices[found.device].faults.check(call)
        return done

    @entry("cuEventSynchronize")
    def synchronize_event(self, event: int) -> None:
        call = "cuEventSynchronize"
        found = self.get(event, Event, call)
        self.forbid_captured(found, call)
        found.run()
        self.devices[found.device].faults.check(call)

    @entry("cuEventElapsedTime")
    def elapsed_time(self, start: int, end: int) -> float:
        call = "cuEventElapsedTime"
        first, last = (self.get(x, Event, call) for x in (start, end))
        if not (first.timing and last.timing and first.stream and last.stream):
            raise error_of(call, status.INVALID_HANDLE)
        if first.reached is None or last.reached is None:
            raise error_of(call, status.NOT_READY)
        return (last.reached - first.reached) * 1e3

    # -- graphs ------------------------------------------------------------------------------------

    @entry("cuStreamBeginCapture")
    def begin_capture(self, stream: int, mode: int) -> None:
        call = "cuStreamBeginCapture"
        found = self.stream(stream, call)
        if not stream:
            raise error_of(call, status.CAPTURE_UNSUPPORTED, "the default stream")
        if found.capture is not None:
            raise error_of(call, status.INVALID_VALUE, "it is captured already")
        begin_capture(found, mode, threading.get_ident())

    @entry("cuStreamEndCapture")
    def end_capture(self, stream: int) -> int:
        return self.new(end_capture(self.stream(stream, "cuStreamEndCapture")))

    @entry("cuStreamIsCapturing")
    def is_capturing(self, stream: int) -> bool:
        return self.stream(stream, "cuStreamIsCapturing").capture is not None

    @entry("cuThreadExchangeStreamCaptureMode", context=False)
    def exchange_capture_mode(self, mode: int) -> int:
        before: int = getattr(self.local, "mode", 0)
        self.local.mode = mode
        return before

    @entry("cuGraphInstantiate")
    def instantiate_graph(self, graph: int) -> int:
        return self.new(Graph(list(self.get(graph, Graph, "cuGraphInstantiate").work)))

    @entry("cuGraphLaunch")
    def launch_graph(self, executable: int, stream: int) -> None:
        found = self.get(executable, Graph, "cuGraphLaunch")
        queue = self.stream(stream, "cuGraphLaunch")
        for work in found.work:
            self.add(queue, work)

    @entry("cuGraphDestroy", context=False)
    def destroy_graph(self, graph: int) -> None:
        self.get(graph, Graph, "cuGraphDestroy")
        del self.handles[graph]

    @entry("cuGraphExecDestroy", context=False)
    def destroy_executable(self, executable: int) -> None:
        self.get(executable, Graph, "cuGraphExecDestroy")
        del self.handles[executable]
