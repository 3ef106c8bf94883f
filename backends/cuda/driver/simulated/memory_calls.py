"""Calls about memory: what is there, copies, fills."""

from __future__ import annotations

import ctypes
from collections.abc import Callable

from .. import status
from ..status import error_of
from .memory import POISON, Span
from .state import State, entry
from .stream import Fault, Stream


class MemoryCalls(State):
    """See `Driver`, memory."""

    @entry("cuMemGetInfo")
    def memory_info(self) -> tuple[int, int]:
        memory = self.device("cuMemGetInfo").memory
        return memory.limit - memory.used, memory.limit

    @entry("cuMemAlloc")
    def allocate(self, nbytes: int) -> int:
        self.forbid_unsafe("cuMemAlloc")
        if nbytes <= 0:
            raise error_of("cuMemAlloc", status.INVALID_VALUE)
        address = self.device("cuMemAlloc").memory.allocate(nbytes)
        if address is None:
            raise error_of("cuMemAlloc", status.OUT_OF_MEMORY)
        return address

    @entry("cuMemFree")
    def free(self, address: int) -> None:
        self.forbid_unsafe("cuMemFree")
        device = self.device("cuMemFree")
        device.run()
        if not device.memory.free(address):
            raise error_of("cuMemFree", status.INVALID_VALUE)

    @entry("cuMemHostAlloc")
    def allocate_host(self, nbytes: int) -> int:
        self.forbid_unsafe("cuMemHostAlloc")
        address = self.pinned.allocate(nbytes)
        if address is None:
            raise error_of("cuMemHostAlloc", status.OUT_OF_MEMORY)
        return address

    @entry("cuMemFreeHost")
    def free_host(self, address: int) -> None:
        if not self.pinned.free(address):
            raise error_of("cuMemFreeHost", status.INVALID_VALUE)

    @entry("cuMemcpyHtoDAsync")
    def copy_to_device(self, to: int, source: int, nbytes: int, stream: int) -> None:
        call = "cuMemcpyHtoDAsync"
        queue = self.stream(stream, call)
        self._check_device(queue.device, to, nbytes, call)
        if self.pinned.owner(source) is None:
            # A real driver captures the address, and each replay reads what lies there by then.
            self.forbid(queue, call)
            kept = ctypes.string_at(source, nbytes)  # pageable memory is read at once
            self._move(queue, to, lambda: kept, nbytes)
            return
        span = self.pinned.reachable(source)
        self._move(queue, to, lambda: self._read(queue.device, source, nbytes, span), nbytes)

    @entry("cuMemcpyDtoHAsync")
    def copy_to_host(self, to: int, source: int, nbytes: int, stream: int) -> None:
        call = "cuMemcpyDtoHAsync"
        queue = self.stream(stream, call)
        self._check_device(queue.device, source, nbytes, call)
        span = self.reachable(queue.device, source)
        pinned = self.pinned.owner(to)

        waited_for = True  # of pageable memory: whoever was interrupted here has given it up

        def work() -> None:
            if pinned is None and not waited_for:
                return
            content = self._read(queue.device, source, nbytes, span)
            if pinned is not None and not (pinned.alive and to + nbytes <= pinned.end):
                raise Fault(status.ILLEGAL_ADDRESS, "a copy writes pinned memory that was freed")
            ctypes.memmove(to, content, nbytes)

        if pinned is None:
            self.forbid(queue, call)
        try:
            self.add(queue, work)
            if pinned is None:  # the call returns when the memory is written
                queue.run()
        finally:
            waited_for = False
        if pinned is None:
            self.devices[queue.device].faults.check(call)

    @entry("cuMemcpyDtoDAsync")
    def copy_on_device(self, to: int, source: int, nbytes: int, stream: int) -> None:
        call = "cuMemcpyDtoDAsync"
        queue = self.stream(stream, call)
        self._check_device(queue.device, to, nbytes, call)
        self._check_device(queue.device, source, nbytes, call)
        span = self.reachable(queue.device, source)
        self._move(queue, to, lambda: self._read(queue.device, source, nbytes, span), nbytes)

    @entry("cuMemcpyPeerAsync")
    def copy_to_peer(
        self, to: int, to_context: int, source: int, context: int, nbytes: int, stream: int
    ) -> None:
        call = "cuMemcpyPeerAsync"
        target, origin = self.of_context(to_context, call), self.of_context(context, call)
        queue = self.stream(stream, call)
        for device, address in ((target, to), (origin, source)):
            owner = device.memory.owner(address)
            if owner is None or address + nbytes > owner.end:
                raise error_of(call, status.INVALID_VALUE)
        read, write = origin.memory.reachable(source), target.memory.reachable(to)
        self.add(
            queue,
            lambda: self._write(to, self._read(origin.number, source, nbytes, read), write),
        )

    @entry("cuMemsetD8Async")
    def fill(self, address: int, byte: int, nbytes: int, stream: int) -> None:
        queue = self.stream(stream, "cuMemsetD8Async")
        self._check_device(queue.device, address, nbytes, "cuMemsetD8Async")
        self._move(queue, address, lambda: bytes([byte]) * nbytes, nbytes)

    @entry("noteBlock")
    def note_block(self, address: int, nbytes: int, stream: int) -> None:
        queue = self.stream(stream, "noteBlock")
        span = self.devices[queue.device].memory.note(address, nbytes)
        if span is None:
            raise error_of("noteBlock", status.INVALID_VALUE)
        self.add(queue, lambda: _poison(span))

    @entry("forgetBlock", context=False)
    def forget_block(self, address: int) -> None:
        for device in self.devices:
            device.memory.forget(address)

    def _check_device(self, device: int, address: int, nbytes: int, call: str) -> None:
        """Raises what the driver says at once: that no memory is there."""
        for number in (device, *self.devices[device].peers):
            owner = self.devices[number].memory.owner(address)
            if owner is not None and address + nbytes <= owner.end:
                return
        what = f"{nbytes} bytes at {address:#x} are not memory of device {device}"
        raise error_of(call, status.INVALID_VALUE, what)

    def _move(self, queue: Stream, to: int, content: Callable[[], bytes], nbytes: int) -> None:
        span = self.reachable(queue.device, to)
        self.add(queue, lambda: self._write(to, content(), span))

    def _read(self, device: int, address: int, nbytes: int, span: Span | None) -> bytes:
        _check_span(span, address, nbytes, "reads")
        return ctypes.string_at(address, nbytes)

    def _write(self, address: int, content: bytes, span: Span | None) -> None:
        _check_span(span, address, len(content), "writes")
        ctypes.memmove(address, content, len(content))


def _check_span(span: Span | None, address: int, nbytes: int, what: str) -> None:
    inside = span is not None and span.begin <= address and address + nbytes <= span.end
    if span is None or not (inside and span.alive):
        about = f"a copy {what} {nbytes} bytes at {address:#x}, which nobody holds"
        raise Fault(status.ILLEGAL_ADDRESS, about)


def _poison(span: Span) -> None:
    if span.alive:
        ctypes.memset(span.begin, POISON, span.nbytes)
