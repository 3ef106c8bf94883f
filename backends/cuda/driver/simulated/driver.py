"""The simulated driver: what `Driver` asks for, on memory and queues of the host."""

from __future__ import annotations

import ctypes
import itertools
import threading
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from .. import status
from ..protocol import DISABLE_TIMING, NON_BLOCKING, Attribute
from ..status import error_of
from .library import Function, Library
from .memory import POISON, Memory, Span
from .settings import SIMULATED, Failures, Settings
from .stream import (
    Capture,
    Event,
    Fault,
    Faults,
    Graph,
    Stream,
    begin_capture,
    broken,
    end_capture,
    wait,
)

P = ParamSpec("P")
R = TypeVar("R")

MOST_THREADS, MOST_BLOCKS, MOST_SHARED = 1024, 2**31 - 1, 48 << 10
RELAXED = 2


class Device:
    """A simulated device.

    Attributes:
        memory: Its own.
        default: The stream of number 0.
        faults: What went wrong on it.
        peers: Devices whose memory it may reach.
        retained: How often its context is held.
    """

    def __init__(self, number: int, settings: Settings) -> None:
        self.number = number
        self.memory = Memory(settings.memory)
        self.faults = Faults()
        self.default = Stream(number, True, 0, self.faults)
        self.default.eager = settings.eager
        self.streams: list[Stream] = [self.default]
        self.peers: set[int] = set()
        self.retained = 0

    def run(self) -> None:
        """Runs all work of all streams."""
        for stream in self.streams:
            stream.run()


def entry(
    call: str, context: bool = True
) -> Callable[
    [Callable[Concatenate[SimulatedDriver, P], R]], Callable[Concatenate[SimulatedDriver, P], R]
]:
    """Marks the method that does what a function of CUDA's does.

    Args:
        call: That function's name.
        context: It needs a context, and fails once something went wrong there.
    """

    def mark(
        method: Callable[Concatenate[SimulatedDriver, P], R],
    ) -> Callable[Concatenate[SimulatedDriver, P], R]:
        @wraps(method)
        def checked(self: SimulatedDriver, *arguments: P.args, **named: P.kwargs) -> R:
            with self.lock:
                self.failures.check(call)
                self.calls[call] = self.calls.get(call, 0) + 1
                if not self.initialized and call not in ("cuInit", "cuDriverGetVersion"):
                    raise error_of(call, status.NOT_INITIALIZED)
                if context:
                    self.device(call).faults.check(call)
                return method(self, *arguments, **named)

        return checked

    return mark


class SimulatedDriver:
    """A driver of devices that are not there; its methods are described in `Driver`.

    Attributes:
        settings: What the machine is like.
        failures: Calls that will fail.
        calls: How often each function was called.
        lock: Held by every call.
    """

    name = SIMULATED

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()
        self.failures = Failures()
        self.calls: dict[str, int] = {}
        self.lock = threading.RLock()
        self.initialized = False
        self._devices = [Device(n, self.settings) for n in range(self.settings.devices)]
        self._pinned = Memory(self.settings.pinned)
        self._handles: dict[int, Any] = {}
        self._numbers = itertools.count(0x1000, 16)
        self._local = threading.local()

    # -- for tests ---------------------------------------------------------------------------------

    def leaks(self) -> list[str]:
        """What was made and not given back, and what wrote outside of its memory."""
        found = [
            f"{span.nbytes} bytes at {span.begin:#x} of device {device.number}"
            for device in self._devices
            for span in device.memory.allocations.all()
        ]
        found += [f"{span.nbytes} pinned bytes" for span in self._pinned.allocations.all()]
        found += [type(each).__name__ for each in self._handles.values()]
        return found + [text for d in self._devices for text in d.memory.damaged]

    def pending(self) -> int:
        """Work that is queued and has not run."""
        return sum(s.issued - s.done for device in self._devices for s in device.streams)

    # -- handles -----------------------------------------------------------------------------------

    def _new(self, what: object) -> int:
        handle = next(self._numbers)
        self._handles[handle] = what
        return handle

    def _get(self, handle: int, kind: type[R], call: str) -> R:
        found = self._handles.get(handle)
        if not isinstance(found, kind):
            raise error_of(call, status.INVALID_HANDLE, f"{handle:#x} is no {kind.__name__}")
        return found

    def device(self, call: str) -> Device:
        """The device whose context is current in this thread."""
        found = getattr(self._local, "device", None)
        if not isinstance(found, Device) or not found.retained:
            raise error_of(call, status.INVALID_CONTEXT)
        return found

    def _at(self, device: int, call: str) -> Device:
        if not 0 <= device < len(self._devices):
            raise error_of(call, status.INVALID_DEVICE)
        return self._devices[device]

    def _of_context(self, context: int, call: str) -> Device:
        if not 0 < context <= len(self._devices) or not self._devices[context - 1].retained:
            raise error_of(call, status.INVALID_CONTEXT)
        return self._devices[context - 1]

    def _stream(self, handle: int, call: str) -> Stream:
        return self._get(handle, Stream, call) if handle else self.device(call).default

    # -- devices and contexts ----------------------------------------------------------------------

    @entry("cuInit", context=False)
    def initialize(self) -> None:
        if not self._devices:
            raise error_of("cuInit", status.NO_DEVICE)
        self.initialized = True

    @entry("cuDriverGetVersion", context=False)
    def version(self) -> int:
        return self.settings.version

    @entry("cuDeviceGetCount", context=False)
    def device_count(self) -> int:
        return len(self._devices)

    @entry("cuDeviceGetName", context=False)
    def device_name(self, device: int) -> str:
        self._at(device, "cuDeviceGetName")
        return "tensorsmith simulated device"

    @entry("cuDeviceGetAttribute", context=False)
    def device_attribute(self, device: int, attribute: int) -> int:
        self._at(device, "cuDeviceGetAttribute")
        major, minor = divmod(self.settings.capability, 10)
        known = {
            Attribute.COMPUTE_CAPABILITY_MAJOR: major,
            Attribute.COMPUTE_CAPABILITY_MINOR: minor,
            Attribute.PCI_BUS_ID: device + 1,
        }
        return {**ATTRIBUTES, **known}.get(attribute, 0)

    @entry("cuDeviceTotalMem", context=False)
    def device_memory(self, device: int) -> int:
        return self._at(device, "cuDeviceTotalMem").memory.limit

    @entry("cuDeviceGetUuid", context=False)
    def device_uuid(self, device: int) -> bytes:
        return b"tensorsmith" + device.to_bytes(5, "big")

    @entry("cuDeviceCanAccessPeer", context=False)
    def can_access_peer(self, device: int, peer: int) -> bool:
        call = "cuDeviceCanAccessPeer"
        return self._at(device, call) is not self._at(peer, call)

    @entry("cuDevicePrimaryCtxRetain", context=False)
    def retain_context(self, device: int) -> int:
        self._at(device, "cuDevicePrimaryCtxRetain").retained += 1
        return device + 1

    @entry("cuDevicePrimaryCtxRelease", context=False)
    def release_context(self, device: int) -> None:
        found = self._of_context(device + 1, "cuDevicePrimaryCtxRelease")
        found.retained -= 1

    @entry("cuCtxSetCurrent", context=False)
    def set_context(self, context: int) -> None:
        self._local.device = self._of_context(context, "cuCtxSetCurrent")

    @entry("cuCtxSynchronize")
    def synchronize_context(self) -> None:
        call = "cuCtxSynchronize"
        device = self.device(call)
        for stream in device.streams:
            self._forbid(stream, call)
        device.run()
        device.faults.check(call)

    @entry("cuCtxEnablePeerAccess")
    def enable_peer_access(self, peer: int) -> None:
        call = "cuCtxEnablePeerAccess"
        device, other = self.device(call), self._of_context(peer, call)
        if other.number in device.peers:
            raise error_of(call, status.PEER_ACCESS_ALREADY_ENABLED)
        device.peers.add(other.number)

    # -- memory ------------------------------------------------------------------------------------

    @entry("cuMemGetInfo")
    def memory_info(self) -> tuple[int, int]:
        memory = self.device("cuMemGetInfo").memory
        return memory.limit - memory.used, memory.limit

    @entry("cuMemAlloc")
    def allocate(self, nbytes: int) -> int:
        self._forbid_unsafe("cuMemAlloc")
        if nbytes <= 0:
            raise error_of("cuMemAlloc", status.INVALID_VALUE)
        address = self.device("cuMemAlloc").memory.allocate(nbytes)
        if address is None:
            raise error_of("cuMemAlloc", status.OUT_OF_MEMORY)
        return address

    @entry("cuMemFree")
    def free(self, address: int) -> None:
        self._forbid_unsafe("cuMemFree")
        device = self.device("cuMemFree")
        device.run()
        if not device.memory.free(address):
            raise error_of("cuMemFree", status.INVALID_VALUE)

    @entry("cuMemHostAlloc")
    def allocate_host(self, nbytes: int) -> int:
        self._forbid_unsafe("cuMemHostAlloc")
        address = self._pinned.allocate(nbytes)
        if address is None:
            raise error_of("cuMemHostAlloc", status.OUT_OF_MEMORY)
        return address

    @entry("cuMemFreeHost")
    def free_host(self, address: int) -> None:
        if not self._pinned.free(address):
            raise error_of("cuMemFreeHost", status.INVALID_VALUE)

    @entry("cuMemcpyHtoDAsync")
    def copy_to_device(self, to: int, source: int, nbytes: int, stream: int) -> None:
        call = "cuMemcpyHtoDAsync"
        queue = self._stream(stream, call)
        self._check_device(queue.device, to, nbytes, call)
        if self._pinned.owner(source) is None:
            kept = ctypes.string_at(source, nbytes)  # pageable memory is read at once
            self._move(queue, to, lambda: kept, nbytes)
            return
        span = self._pinned.reachable(source)
        self._move(queue, to, lambda: self._read(queue.device, source, nbytes, span), nbytes)

    @entry("cuMemcpyDtoHAsync")
    def copy_to_host(self, to: int, source: int, nbytes: int, stream: int) -> None:
        call = "cuMemcpyDtoHAsync"
        queue = self._stream(stream, call)
        self._check_device(queue.device, source, nbytes, call)
        span = self._reachable(queue.device, source)
        pinned = self._pinned.owner(to)

        def work() -> None:
            content = self._read(queue.device, source, nbytes, span)
            if pinned is not None and not (pinned.alive and to + nbytes <= pinned.end):
                raise Fault(status.ILLEGAL_ADDRESS, "a copy writes pinned memory that was freed")
            ctypes.memmove(to, content, nbytes)

        if pinned is None:
            self._forbid(queue, call)
        self._add(queue, work)
        if pinned is None:  # the call returns when the memory is written
            queue.run()
            self._devices[queue.device].faults.check(call)

    @entry("cuMemcpyDtoDAsync")
    def copy_on_device(self, to: int, source: int, nbytes: int, stream: int) -> None:
        call = "cuMemcpyDtoDAsync"
        queue = self._stream(stream, call)
        self._check_device(queue.device, to, nbytes, call)
        self._check_device(queue.device, source, nbytes, call)
        span = self._reachable(queue.device, source)
        self._move(queue, to, lambda: self._read(queue.device, source, nbytes, span), nbytes)

    @entry("cuMemcpyPeerAsync")
    def copy_to_peer(
        self, to: int, to_context: int, source: int, context: int, nbytes: int, stream: int
    ) -> None:
        call = "cuMemcpyPeerAsync"
        target, origin = self._of_context(to_context, call), self._of_context(context, call)
        queue = self._stream(stream, call)
        for device, address in ((target, to), (origin, source)):
            owner = device.memory.owner(address)
            if owner is None or address + nbytes > owner.end:
                raise error_of(call, status.INVALID_VALUE)
        read, write = origin.memory.reachable(source), target.memory.reachable(to)
        self._add(
            queue,
            lambda: self._write(to, self._read(origin.number, source, nbytes, read), write),
        )

    @entry("cuMemsetD8Async")
    def fill(self, address: int, byte: int, nbytes: int, stream: int) -> None:
        queue = self._stream(stream, "cuMemsetD8Async")
        self._check_device(queue.device, address, nbytes, "cuMemsetD8Async")
        self._move(queue, address, lambda: bytes([byte]) * nbytes, nbytes)

    @entry("noteBlock")
    def note_block(self, address: int, nbytes: int, stream: int) -> None:
        queue = self._stream(stream, "noteBlock")
        if not self._devices[queue.device].memory.note(address, nbytes):
            raise error_of("noteBlock", status.INVALID_VALUE)
        self._add(queue, lambda: _poison(address, nbytes))

    @entry("forgetBlock", context=False)
    def forget_block(self, address: int) -> None:
        for device in self._devices:
            device.memory.forget(address)

    def _check_device(self, device: int, address: int, nbytes: int, call: str) -> None:
        """Raises what the driver says at once: that no memory is there."""
        for number in (device, *self._devices[device].peers):
            owner = self._devices[number].memory.owner(address)
            if owner is not None and address + nbytes <= owner.end:
                return
        what = f"{nbytes} bytes at {address:#x} are not memory of device {device}"
        raise error_of(call, status.INVALID_VALUE, what)

    def _reachable(self, device: int, address: int) -> Span | None:
        """What a device reaches from an address."""
        for number in (device, *self._devices[device].peers):
            span = self._devices[number].memory.reachable(address)
            if span is not None:
                return span
        return self._pinned.reachable(address)

    def _move(self, queue: Stream, to: int, content: Callable[[], bytes], nbytes: int) -> None:
        span = self._reachable(queue.device, to)
        self._add(queue, lambda: self._write(to, content(), span))

    def _read(self, device: int, address: int, nbytes: int, span: Span | None) -> bytes:
        _check_span(span, address, nbytes, "reads")
        return ctypes.string_at(address, nbytes)

    def _write(self, address: int, content: bytes, span: Span | None) -> None:
        _check_span(span, address, len(content), "writes")
        ctypes.memmove(address, content, len(content))

    # -- streams and events ------------------------------------------------------------------------

    @entry("cuCtxGetStreamPriorityRange")
    def stream_priorities(self) -> tuple[int, int]:
        return 0, -5

    @entry("cuStreamCreateWithPriority")
    def create_stream(self, flags: int, priority: int) -> int:
        device = self.device("cuStreamCreateWithPriority")
        made = Stream(device.number, not flags & NON_BLOCKING, priority, device.faults)
        made.eager = self.settings.eager
        device.streams.append(made)
        return self._new(made)

    @entry("cuStreamDestroy", context=False)
    def destroy_stream(self, stream: int) -> None:
        found = self._get(stream, Stream, "cuStreamDestroy")
        found.run()
        self._devices[found.device].streams.remove(found)
        del self._handles[stream]

    @entry("cuStreamSynchronize")
    def synchronize_stream(self, stream: int) -> None:
        call = "cuStreamSynchronize"
        found = self._stream(stream, call)
        self._forbid(found, call)
        if not stream:
            self._wait_for_blocking(found)
        found.run()
        self._devices[found.device].faults.check(call)

    @entry("cuStreamQuery")
    def is_stream_done(self, stream: int) -> bool:
        call = "cuStreamQuery"
        found = self._stream(stream, call)
        self._forbid(found, call)
        done = found.done == found.issued
        found.run_to(found.done + 1)  # time passes
        self._devices[found.device].faults.check(call)
        return done

    @entry("cuStreamWaitEvent")
    def wait_event(self, stream: int, event: int) -> None:
        call = "cuStreamWaitEvent"
        wait(self._stream(stream, call), self._get(event, Event, call), call)

    @entry("cuEventCreate")
    def create_event(self, flags: int) -> int:
        device = self.device("cuEventCreate").number
        return self._new(Event(device, not flags & DISABLE_TIMING))

    @entry("cuEventDestroy", context=False)
    def destroy_event(self, event: int) -> None:
        self._get(event, Event, "cuEventDestroy")
        del self._handles[event]

    @entry("cuEventRecord")
    def record_event(self, event: int, stream: int) -> None:
        call = "cuEventRecord"
        found, queue = self._get(event, Event, call), self._stream(stream, call)
        if found.device != queue.device:
            raise error_of(call, status.INVALID_HANDLE, "event and stream are of two devices")
        if queue is self._devices[queue.device].default:
            self._wait_for_blocking(queue)
        found.record(queue)

    @entry("cuEventQuery")
    def is_event_done(self, event: int) -> bool:
        call = "cuEventQuery"
        found = self._get(event, Event, call)
        self._forbid_captured(found, call)
        done = found.is_done()
        if not done and found.stream is not None:
            found.stream.run_to(found.stream.done + 1)
        self._devices[found.device].faults.check(call)
        return done

    @entry("cuEventSynchronize")
    def synchronize_event(self, event: int) -> None:
        call = "cuEventSynchronize"
        found = self._get(event, Event, call)
        self._forbid_captured(found, call)
        found.run()
        self._devices[found.device].faults.check(call)

    @entry("cuEventElapsedTime")
    def elapsed_time(self, start: int, end: int) -> float:
        call = "cuEventElapsedTime"
        first, last = (self._get(x, Event, call) for x in (start, end))
        if not (first.timing and last.timing and first.stream and last.stream):
            raise error_of(call, status.INVALID_HANDLE)
        if first.reached is None or last.reached is None:
            raise error_of(call, status.NOT_READY)
        return (last.reached - first.reached) * 1e3

    def _add(self, queue: Stream, work: Callable[[], None]) -> None:
        """Queues work; the default stream and blocking ones wait for each other."""
        default = self._devices[queue.device].default
        if queue is default:
            self._wait_for_blocking(queue)
        elif queue.blocking and queue.capture is None:
            number = default.issued
            queue.add(lambda: default.run_to(number))
        queue.add(work)

    def _wait_for_blocking(self, default: Stream) -> None:
        if default.capture is not None:
            return
        for each in self._devices[default.device].streams:
            if each is not default and each.blocking and each.done < each.issued:
                default.add(lambda stream=each, number=each.issued: stream.run_to(number))  # type: ignore[misc]

    # -- kernels -----------------------------------------------------------------------------------

    @entry("cuModuleLoadData")
    def load_module(self, image: bytes) -> int:
        device = self.device("cuModuleLoadData")
        try:
            return self._new(Library(device.number, image))
        except OSError as error:
            raise error_of("cuModuleLoadData", status.INVALID_IMAGE, str(error)) from None

    @entry("cuModuleUnload")
    def unload_module(self, module: int) -> None:
        self._get(module, Library, "cuModuleUnload")
        self.device("cuModuleUnload").run()
        del self._handles[module]

    @entry("cuModuleGetFunction")
    def get_function(self, module: int, name: str) -> int:
        found = self._get(module, Library, "cuModuleGetFunction").function(name)
        if found is None:
            raise error_of("cuModuleGetFunction", status.NOT_FOUND, name)
        return self._new(found)

    @entry("cuLaunchKernel")
    def launch(
        self, function: int, blocks: int, threads: int, shared: int, stream: int, extra: int
    ) -> None:
        call = "cuLaunchKernel"
        kernel, queue = self._get(function, Function, call), self._stream(stream, call)
        if kernel.device != queue.device or self.device(call).number != queue.device:
            what = f"{kernel.name} was loaded on device {kernel.device}, the stream is of {queue.device}"
            raise error_of(call, status.INVALID_HANDLE, what)
        if not (0 < blocks <= MOST_BLOCKS and 0 < threads <= MOST_THREADS):
            raise error_of(call, status.INVALID_VALUE, f"{blocks} blocks of {threads} threads")
        if shared > MOST_SHARED:
            raise error_of(call, status.INVALID_VALUE, f"{shared} bytes of shared memory")
        words = (ctypes.c_uint64 * 5).from_address(extra)
        count = ctypes.c_uint64.from_address(words[3]).value
        slots = ctypes.string_at(words[1], count)  # parameters are read when it is queued
        spans = self._spans(queue.device, slots)
        self._add(queue, lambda: kernel.run(slots, blocks, spans))

    def _spans(self, device: int, slots: bytes) -> list[Span]:
        """What a kernel may reach: where its parameters point to."""
        addresses = memoryview(slots[: len(slots) // 8 * 8]).cast("Q")
        found = (self._reachable(device, address) for address in addresses)
        return [span for span in dict.fromkeys(found) if span is not None]

    # -- graphs ------------------------------------------------------------------------------------

    @entry("cuStreamBeginCapture")
    def begin_capture(self, stream: int, mode: int) -> None:
        call = "cuStreamBeginCapture"
        found = self._stream(stream, call)
        if not stream:
            raise error_of(call, status.CAPTURE_UNSUPPORTED, "the default stream")
        if found.capture is not None:
            raise error_of(call, status.INVALID_VALUE, "it is captured already")
        begin_capture(found, mode, threading.get_ident())

    @entry("cuStreamEndCapture")
    def end_capture(self, stream: int) -> int:
        return self._new(end_capture(self._stream(stream, "cuStreamEndCapture")))

    @entry("cuStreamIsCapturing")
    def is_capturing(self, stream: int) -> bool:
        return self._stream(stream, "cuStreamIsCapturing").capture is not None

    @entry("cuThreadExchangeStreamCaptureMode", context=False)
    def exchange_capture_mode(self, mode: int) -> int:
        before: int = getattr(self._local, "mode", 0)
        self._local.mode = mode
        return before

    @entry("cuGraphInstantiate")
    def instantiate_graph(self, graph: int) -> int:
        return self._new(Graph(list(self._get(graph, Graph, "cuGraphInstantiate").work)))

    @entry("cuGraphLaunch")
    def launch_graph(self, executable: int, stream: int) -> None:
        found = self._get(executable, Graph, "cuGraphLaunch")
        queue = self._stream(stream, "cuGraphLaunch")
        for work in found.work:
            self._add(queue, work)

    @entry("cuGraphDestroy", context=False)
    def destroy_graph(self, graph: int) -> None:
        self._get(graph, Graph, "cuGraphDestroy")
        del self._handles[graph]

    @entry("cuGraphExecDestroy", context=False)
    def destroy_executable(self, executable: int) -> None:
        self._get(executable, Graph, "cuGraphExecDestroy")
        del self._handles[executable]

    def _captures(self) -> list[Capture]:
        found = (s.capture for device in self._devices for s in device.streams)
        return [capture for capture in found if capture is not None]

    def _forbid(self, stream: Stream, call: str) -> None:
        """Waiting for a stream is no part of a graph."""
        if stream.capture is not None:
            raise broken(stream.capture, call, status.CAPTURE_UNSUPPORTED)

    def _forbid_captured(self, event: Event, call: str) -> None:
        if event.capture is not None and event.capture.origin.capture is event.capture:
            raise broken(event.capture, call, status.CAPTURE_UNSUPPORTED)

    def _forbid_unsafe(self, call: str) -> None:
        """Some calls may wait for streams: not while a capture watches this thread."""
        mine = getattr(self._local, "mode", 0)
        for capture in self._captures():
            watched = capture.mode == 0 or capture.thread == threading.get_ident()
            if watched and RELAXED not in (capture.mode, mine):
                raise broken(capture, call, status.CAPTURE_UNSUPPORTED)

    # -- profiling ---------------------------------------------------------------------------------

    @entry("cuProfilerStart")
    def start_profiler(self) -> None:
        """Counted in `calls`."""

    @entry("cuProfilerStop")
    def stop_profiler(self) -> None:
        """Counted in `calls`."""


ATTRIBUTES = {
    Attribute.MAX_THREADS_PER_BLOCK: MOST_THREADS,
    Attribute.MAX_GRID_DIM_X: MOST_BLOCKS,
    Attribute.MAX_SHARED_MEMORY_PER_BLOCK: MOST_SHARED,
    Attribute.MAX_SHARED_MEMORY_PER_BLOCK_OPTIN: 227 << 10,
    Attribute.MAX_SHARED_MEMORY_PER_MULTIPROCESSOR: 228 << 10,
    Attribute.WARP_SIZE: 32,
    Attribute.MAX_REGISTERS_PER_BLOCK: 65536,
    Attribute.MAX_REGISTERS_PER_MULTIPROCESSOR: 65536,
    Attribute.MULTIPROCESSOR_COUNT: 1,
    Attribute.MAX_THREADS_PER_MULTIPROCESSOR: 2048,
    Attribute.L2_CACHE_SIZE: 1 << 20,
    Attribute.CLOCK_RATE: 1000000,
    Attribute.MEMORY_CLOCK_RATE: 1000000,
    Attribute.GLOBAL_MEMORY_BUS_WIDTH: 64,
}


def _check_span(span: Span | None, address: int, nbytes: int, what: str) -> None:
    inside = span is not None and span.begin <= address and address + nbytes <= span.end
    if span is None or not (inside and span.alive):
        about = f"a copy {what} {nbytes} bytes at {address:#x}, which nobody holds"
        raise Fault(status.ILLEGAL_ADDRESS, about)


def _poison(address: int, nbytes: int) -> None:
    ctypes.memset(address, POISON, nbytes)
