"""Copies and fills, queued on streams."""

from __future__ import annotations

from collections.abc import Callable

from ..driver.status import CudaError
from .context import Context
from .queue import Queue


def copy_to_device(to: int, source: int, nbytes: int, queue: Queue) -> None:
    """Bytes from the host; pageable memory may be written over as soon as this returns, pinned
    memory when the stream has come so far."""
    _put(queue, nbytes, queue.context.driver.copy_to_device, to, source, nbytes)


def copy_to_host(to: int, source: int, nbytes: int, queue: Queue) -> None:
    """Bytes to the host; they are there when the stream has come so far."""
    _put(queue, nbytes, queue.context.driver.copy_to_host, to, source, nbytes)


def copy_on_device(to: int, source: int, nbytes: int, queue: Queue) -> None:
    """Bytes from the same device."""
    _put(queue, nbytes, queue.context.driver.copy_on_device, to, source, nbytes)


def copy_to_peer(
    to: int, to_context: Context, source: int, context: Context, nbytes: int, queue: Queue
) -> None:
    """Bytes from one device to another, queued on a stream of either."""
    places = (to, to_context.handle, source, context.handle)
    _put(queue, nbytes, queue.context.driver.copy_to_peer, *places, nbytes)


def fill(address: int, byte: int, nbytes: int, queue: Queue) -> None:
    """Sets bytes of a device."""
    _put(queue, nbytes, queue.context.driver.fill, address, byte, nbytes)


def _put(queue: Queue, nbytes: int, function: Callable[..., None], *arguments: int) -> None:
    """Queues what moves so many bytes; nothing if there are none.

    Raises:
        CudaError: It is refused, or earlier work failed; with what was launched last.
    """
    if not nbytes:
        return
    queue.context.activate()
    try:
        function(*arguments, queue.handle)
    except CudaError as error:
        raise queue.explain(error) from None
