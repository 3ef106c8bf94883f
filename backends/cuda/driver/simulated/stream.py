"""Streams of a simulated device: queues that run late, events, and captures."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import field

from .....ops.dataclass import dataclass
from .. import status
from ..status import CudaError, error_of

Work = Callable[[], None]


class Fault(Exception):  # noqa: N818  (no error of the program's caller)
    """What a device meets while it runs something; it becomes an error of a later call."""

    def __init__(self, code: int, about: str) -> None:
        super().__init__(about)
        self.code, self.about = code, about


@dataclass(eq=False)
class Graph:
    """Work that was captured, in an order that respects what depends on what."""

    work: list[Work] = field(default_factory=list)


@dataclass(eq=False)
class Capture:
    """A capture under way.

    Attributes:
        origin: The stream that it began in.
        mode: A number of `CAPTURE_MODES`.
        thread: That began it.
        known: For each stream that takes part, how much of each stream's work it comes after.
        broken: Something forbidden was done.
    """

    origin: Stream
    mode: int
    thread: int
    graph: Graph = field(default_factory=Graph)
    known: dict[Stream, dict[Stream, int]] = field(default_factory=dict)
    broken: bool = False


class Stream:
    """A queue of work.

    Attributes:
        device: Number of its device.
        blocking: It waits for the default stream, and that waits for it.
        capture: Where work goes instead, while it is captured.
        eager: Work runs as soon as it is queued, else when somebody waits for it.
    """

    def __init__(self, device: int, blocking: bool, priority: int, faults: Faults) -> None:
        self.device, self.blocking, self.priority = device, blocking, priority
        self.capture: Capture | None = None
        self.eager = False
        self.done = 0
        self._queue: deque[tuple[int, Work]] = deque()  # numbered; Ctrl-C comes at any time
        self._faults = faults

    @property
    def issued(self) -> int:
        """How much work was queued so far."""
        return self._queue[-1][0] if self._queue else self.done

    def add(self, work: Work) -> None:
        """Queues work, or captures it."""
        if self.capture is not None:
            known = self.capture.known[self]
            known[self] = known.get(self, 0) + 1
            self.capture.graph.work.append(work)
            return
        self._queue.append((self.issued + 1, work))
        if self.eager:
            self.run_to(self.issued)

    def run_to(self, number: int) -> None:
        """Runs work until so much of it is done."""
        while self._queue and self._queue[0][0] <= number:
            self.done = max(self.done, self._queue[0][0])
            _, work = self._queue.popleft()
            if not self._faults.code:
                try:
                    work()
                except Fault as fault:
                    self._faults.set(fault)

    def run(self) -> None:
        """Runs all of it."""
        self.run_to(self.issued)


@dataclass
class Faults:
    """What went wrong on a device; after that it runs nothing, and every call fails.

    Attributes:
        code: Status of the first fault; 0 if there was none.
    """

    code: int = 0
    about: str = ""

    def set(self, fault: Fault) -> None:
        """Keeps the first one."""
        if not self.code:
            self.code, self.about = fault.code, fault.about

    def check(self, call: str) -> None:
        """Raises what there was, as the error of a call that has nothing to do with it."""
        if self.code:
            raise error_of(call, self.code, self.about)


@dataclass(eq=False)
class Event:
    """A place in a stream.

    Attributes:
        timing: It says when it was reached.
        stream: Where it was recorded last.
        number: How much work of that stream comes before it.
        reached: When it was reached, seconds.
        capture: The capture that it was recorded in, and what comes before it there.
    """

    device: int
    timing: bool
    stream: Stream | None = None
    number: int = 0
    reached: float | None = None
    capture: Capture | None = None
    known: dict[Stream, int] = field(default_factory=dict)

    def record(self, stream: Stream) -> None:
        """Puts it behind the work of a stream."""
        self.stream, self.reached = stream, None
        self.capture = stream.capture
        if stream.capture is not None:
            self.known = dict(stream.capture.known[stream])
            return
        stream.add(self._reach)
        self.number = stream.issued

    def _reach(self) -> None:
        self.reached = time.perf_counter()

    def is_done(self) -> bool:
        """All that comes before it is done."""
        return self.stream is None or self.stream.done >= self.number

    def run(self) -> None:
        """Runs what comes before it."""
        if self.stream is not None:
            self.stream.run_to(self.number)


def wait(stream: Stream, event: Event, call: str) -> None:
    """Work queued in a stream from now on comes after an event.

    Raises:
        CudaError: One of them is captured and the other is not, or by another capture.
    """
    if event.stream is None:
        return
    if event.capture is not None:
        _join(stream, event, call)
    elif stream.capture is not None:
        raise broken(stream.capture, call, status.CAPTURE_ISOLATION)
    elif event.stream is not stream:
        source, number = event.stream, event.number
        stream.add(lambda: source.run_to(number))


def _join(stream: Stream, event: Event, call: str) -> None:
    """A stream takes part in the capture of an event."""
    capture = event.capture
    assert capture is not None
    if capture.origin.capture is not capture:
        raise error_of(call, status.CAPTURE_ISOLATION)
    if stream.capture is not None and stream.capture is not capture:
        raise broken(stream.capture, call, status.CAPTURE_MERGE)
    stream.capture = capture
    known = capture.known.setdefault(stream, {})
    for other, number in event.known.items():
        known[other] = max(known.get(other, 0), number)


def broken(capture: Capture, call: str, code: int) -> CudaError:
    """The error of a call that a capture forbids; the capture is lost."""
    capture.broken = True
    return error_of(call, code)


def begin_capture(stream: Stream, mode: int, thread: int) -> Capture:
    """A capture of what goes to a stream from now on."""
    capture = Capture(stream, mode, thread)
    capture.known[stream] = {}
    stream.capture = capture
    return capture


def end_capture(stream: Stream) -> Graph:
    """What was captured.

    Raises:
        CudaError: It did not begin here, was lost, or a stream that took part was not waited for.
    """
    call, capture = "cuStreamEndCapture", stream.capture
    if capture is None or capture.origin is not stream:
        raise error_of(call, status.CAPTURE_UNMATCHED)
    last = capture.known[stream]
    unjoined = any(own.get(s, 0) > last.get(s, 0) for s, own in capture.known.items())
    for each in capture.known:
        each.capture = None
    if capture.broken:
        raise error_of(call, status.CAPTURE_INVALIDATED)
    if unjoined:
        raise error_of(call, status.CAPTURE_UNJOINED)
    return capture.graph
