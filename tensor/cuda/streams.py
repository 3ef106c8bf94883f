"""Streams and events as PyTorch has them."""

from __future__ import annotations

from typing import Any

from ...backends.cuda.runtime import current, machine
from ...backends.cuda.runtime.event import Place
from ...backends.cuda.runtime.queue import Queue
from ..devices import device as place


class Stream:
    """A queue of work on a device: what is queued in one runs in order, and beside that of others.

    Args:
        device: Where; by default the current device.
        priority: Work of a stream with a smaller number is preferred.

    Attributes:
        queue: It, as the run time keeps it.
    """

    queue: Queue

    def __init__(self, device: Any = None, priority: int = 0) -> None:
        self.queue = current.new_queue(machine.parse_index(device), priority)
        self._outside: list[StreamContext] = []

    @classmethod
    def of(cls, queue: Queue) -> Stream:
        """A stream of the run time, as users see it."""
        made = object.__new__(Stream)
        made.queue, made._outside = queue, []
        return made

    @property
    def device(self) -> place:
        """Where it is."""
        return place("cuda", self.queue.context.number)

    @property
    def cuda_stream(self) -> int:
        """What the driver calls it."""
        return self.queue.handle

    @property
    def stream_id(self) -> int:
        """A number that tells it from others."""
        return self.queue.handle

    @property
    def priority(self) -> int:
        """The smaller, the sooner."""
        return self.queue.priority

    def wait_event(self, event: Event) -> None:
        """What is queued from now on comes after an event."""
        event.wait(self)

    def wait_stream(self, stream: Stream) -> None:
        """What is queued from now on comes after all that another stream has to do by now."""
        self.wait_event(stream.record_event())

    def record_event(self, event: Event | None = None) -> Event:
        """An event behind all that is queued: a new one if none is given."""
        event = Event() if event is None else event
        event.record(self)
        return event

    def query(self) -> bool:
        """Whether all that is queued is done."""
        return self.queue.is_done()

    def synchronize(self) -> None:
        """Waits until all that is queued is done.

        Raises:
            RuntimeError: Work failed.
        """
        self.queue.synchronize()

    def __cuda_stream__(self) -> tuple[int, int]:
        """For other libraries: version of the protocol, and handle."""
        return 0, self.queue.handle

    def __enter__(self) -> Stream:
        self._outside.append(StreamContext(self))
        self._outside[-1].__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._outside.pop().__exit__()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Stream) and self._identity() == other._identity()

    def __hash__(self) -> int:
        return hash(self._identity())

    def _identity(self) -> tuple[int, int]:
        return self.queue.context.number, self.queue.handle

    def __repr__(self) -> str:
        return f"<tensorsmith.cuda.Stream device={self.device} cuda_stream={self.cuda_stream:#x}>"


class ExternalStream(Stream):
    """A stream that something else made and will destroy.

    Args:
        stream_ptr: What the driver calls it.
        device: Where it is; by default the current device.
    """

    def __init__(self, stream_ptr: int, device: Any = None) -> None:
        queues = machine.get_device(machine.parse_index(device)).queues
        self.queue, self._outside = queues.of_handle(stream_ptr), []


class Event:
    """A place in a stream.

    Args:
        enable_timing: Time between such events is measured.
        blocking: Who waits for it sleeps.
        interprocess: Not supported.

    Raises:
        RuntimeError: It is to be shared with other processes.
    """

    def __init__(
        self, enable_timing: bool = False, blocking: bool = False, interprocess: bool = False
    ) -> None:
        if interprocess:
            raise NotImplementedError("Event: interprocess events are not supported")
        self._place = Place(enable_timing, blocking)

    @property
    def cuda_event(self) -> int:
        """What the driver calls it; 0 before it was recorded."""
        return self._place.handle

    @property
    def device(self) -> place | None:
        """Where it was recorded."""
        queue = self._place.queue
        return None if queue is None else place("cuda", queue.context.number)

    def record(self, stream: Stream | None = None) -> None:
        """Puts it behind all that is queued in a stream, by default the current one."""
        self._place.record(current.current_queue() if stream is None else stream.queue)

    def wait(self, stream: Stream | None = None) -> None:
        """What is queued in a stream (by default the current one) from now on comes after it."""
        self._place.hold(current.current_queue() if stream is None else stream.queue)

    def query(self) -> bool:
        """Whether all that comes before it is done."""
        return self._place.is_done()

    def elapsed_time(self, end_event: Event) -> float:
        """Milliseconds from this event to another one.

        Raises:
            RuntimeError: They do not measure time, or were not reached.
        """
        return self._place.milliseconds_to(end_event._place)

    def synchronize(self) -> None:
        """Waits until all that comes before it is done."""
        self._place.synchronize()

    def __repr__(self) -> str:
        if not self._place.handle:
            return "<tensorsmith.cuda.Event uninitialized>"
        return f"<tensorsmith.cuda.Event {self._place.handle:#x}>"


class StreamContext:
    """Inside, a stream is the current one, and its device the current device.

    Args:
        stream: None changes nothing.
    """

    def __init__(self, stream: Stream | None) -> None:
        self.stream = stream
        self._before: tuple[int, Queue] | None = None

    def __enter__(self) -> None:
        if self.stream is None:
            return
        number = self.stream.queue.context.number
        self._before = machine.current_device(), current.current_queue(number)
        machine.set_device(number)
        current.set_current_queue(self.stream.queue)

    def __exit__(self, *_: object) -> None:
        if self._before is not None:
            number, queue = self._before
            current.set_current_queue(queue)
            machine.set_device(number)


def stream(stream: Stream | None) -> StreamContext:
    """A context in which a stream is the current one."""
    return StreamContext(stream)


def current_stream(device: Any = None) -> Stream:
    """This thread's current stream on a device."""
    return Stream.of(current.current_queue(machine.parse_index(device)))


def default_stream(device: Any = None) -> Stream:
    """The default stream of a device."""
    return Stream.of(current.default_queue(machine.parse_index(device)))


def set_stream(stream: Stream | None) -> None:
    """Makes a stream the current one of this thread on its device."""
    if stream is not None:
        current.set_current_queue(stream.queue)
        machine.set_device(stream.queue.context.number)


def get_stream_from_external(data_ptr: int, device: Any = None) -> Stream:
    """A stream that something else made."""
    return ExternalStream(data_ptr, device)
