"""What all calls of the simulated driver share: devices, handles, the lock, what is forbidden."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from .. import status
from ..status import error_of
from .memory import Memory, Span
from .settings import Failures, Settings
from .stream import Capture, Event, Faults, Stream, broken

P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S", bound="State")
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
) -> Callable[[Callable[Concatenate[S, P], R]], Callable[Concatenate[S, P], R]]:
    """Marks the method that does what a function of CUDA's does.

    Args:
        call: That function's name.
        context: It needs a context, and fails once something went wrong there.
    """

    def mark(method: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], R]:
        @wraps(method)
        def checked(self: S, *arguments: P.args, **named: P.kwargs) -> R:
            with self.lock:
                self.check_call(call, context)
                return method(self, *arguments, **named)

        return cast(Callable[Concatenate[S, P], R], checked)

    return mark


class State:
    """A simulated machine.

    Attributes:
        settings: What it is like.
        failures: Calls that will fail.
        calls: How often each function was called.
        lock: Held by every call.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()
        self.failures = Failures()
        self.calls: dict[str, int] = {}
        self.lock = threading.RLock()
        self.initialized = False
        self.devices = [Device(n, self.settings) for n in range(self.settings.devices)]
        self.pinned = Memory(self.settings.pinned)
        self.handles: dict[int, Any] = {}
        self._numbers = itertools.count(0x1000, 16)
        self.local = threading.local()

    def check_call(self, call: str, context: bool) -> None:
        """Counts a call, and raises what it fails with before it does anything."""
        self.failures.check(call)
        self.calls[call] = self.calls.get(call, 0) + 1
        if not self.initialized and call not in ("cuInit", "cuDriverGetVersion"):
            raise error_of(call, status.NOT_INITIALIZED)
        if context:
            self.device(call).faults.check(call)

    def leaks(self) -> list[str]:
        """What was made and not given back, and what wrote outside of its memory."""
        found = [
            f"{span.nbytes} bytes at {span.begin:#x} of device {device.number}"
            for device in self.devices
            for span in device.memory.allocations.all()
        ]
        found += [f"{span.nbytes} pinned bytes" for span in self.pinned.allocations.all()]
        found += [type(each).__name__ for each in self.handles.values()]
        return found + [text for d in self.devices for text in d.memory.damaged]

    def pending(self) -> int:
        """Work that is queued and has not run."""
        return sum(s.issued - s.done for device in self.devices for s in device.streams)

    def new(self, what: object) -> int:
        """A handle of something new."""
        handle = next(self._numbers)
        self.handles[handle] = what
        return handle

    def get(self, handle: int, kind: type[R], call: str) -> R:
        """What a handle stands for, if it is of that kind."""
        found = self.handles.get(handle)
        if not isinstance(found, kind):
            raise error_of(call, status.INVALID_HANDLE, f"{handle:#x} is no {kind.__name__}")
        return found

    def device(self, call: str) -> Device:
        """The device whose context is current in this thread."""
        found = getattr(self.local, "device", None)
        if not isinstance(found, Device) or not found.retained:
            raise error_of(call, status.INVALID_CONTEXT)
        return found

    def at(self, device: int, call: str) -> Device:
        """A device by number."""
        if not 0 <= device < len(self.devices):
            raise error_of(call, status.INVALID_DEVICE)
        return self.devices[device]

    def of_context(self, context: int, call: str) -> Device:
        """The device of a context."""
        if not 0 < context <= len(self.devices) or not self.devices[context - 1].retained:
            raise error_of(call, status.INVALID_CONTEXT)
        return self.devices[context - 1]

    def stream(self, handle: int, call: str) -> Stream:
        """A stream; 0 is the default one of the current context."""
        return self.get(handle, Stream, call) if handle else self.device(call).default

    # -- what lies where ---------------------------------------------------------------------------

    def reachable(self, device: int, address: int) -> Span | None:
        """What a device reaches from an address."""
        for number in (device, *self.devices[device].peers):
            span = self.devices[number].memory.reachable(address)
            if span is not None:
                return span
        return self.pinned.reachable(address)

    # -- queueing ----------------------------------------------------------------------------------

    def add(self, queue: Stream, work: Callable[[], None]) -> None:
        """Queues work; the default stream and blocking ones wait for each other."""
        default = self.devices[queue.device].default
        if queue is default:
            self.wait_for_blocking(queue)
        elif queue.blocking and queue.capture is None:
            number = default.issued
            queue.add(lambda: default.run_to(number))
        queue.add(work)

    def wait_for_blocking(self, default: Stream) -> None:
        """The default stream goes on after what blocking streams have to do by now."""
        if default.capture is not None:
            return
        for each in self.devices[default.device].streams:
            if each is not default and each.blocking and each.done < each.issued:
                default.add(lambda stream=each, number=each.issued: stream.run_to(number))  # type: ignore[misc]

    # -- captures ----------------------------------------------------------------------------------

    def captures(self) -> list[Capture]:
        """Those under way."""
        found = (s.capture for device in self.devices for s in device.streams)
        return [capture for capture in found if capture is not None]

    def forbid(self, stream: Stream, call: str) -> None:
        """Waiting for a stream is no part of a graph."""
        if stream.capture is not None:
            raise broken(stream.capture, call, status.CAPTURE_UNSUPPORTED)

    def forbid_captured(self, event: Event, call: str) -> None:
        """Nor is waiting for an event of it."""
        if event.capture is not None and event.capture.origin.capture is event.capture:
            raise broken(event.capture, call, status.CAPTURE_UNSUPPORTED)

    def forbid_unsafe(self, call: str) -> None:
        """Some calls may wait for streams: not while a capture watches this thread."""
        mine = getattr(self.local, "mode", 0)
        for capture in self.captures():
            watched = capture.mode == 0 or capture.thread == threading.get_ident()
            if watched and RELAXED not in (capture.mode, mine):
                raise broken(capture, call, status.CAPTURE_UNSUPPORTED)
