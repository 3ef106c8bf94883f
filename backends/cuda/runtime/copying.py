"""Copies and fills, queued on streams."""

from __future__ import annotations

from ..driver.status import CudaError
from .context import Context
from .queue import Queue


def copy_to_device(to: int, source: int, nbytes: int, queue: Queue) -> None:
    """Bytes from the host; pageable memory may be written over as soon as this returns, pinned
    memory when the stream has come so far."""
    if nbytes:
        queue.context.activate()
        try:
            queue.context.driver.copy_to_device(to, source, nbytes, queue.handle)
        except CudaError as error:
            raise queue.explain(error) from None


def copy_to_host(to: int, source: int, nbytes: int, queue: Queue) -> None:
    """Bytes to the host; they are there when the stream has come so far."""
    if nbytes:
        queue.context.activate()
        try:
            queue.context.driver.copy_to_host(to, source, nbytes, queue.handle)
        except CudaError as error:
            raise queue.explain(error) from None


def copy_on_device(to: int, source: int, nbytes: int, queue: Queue) -> None:
    """Bytes from the same device."""
    if nbytes:
        queue.context.activate()
        try:
            queue.context.driver.copy_on_device(to, source, nbytes, queue.handle)
        except CudaError as error:
            raise queue.explain(error) from None


def copy_to_peer(
    to: int, to_context: Context, source: int, context: Context, nbytes: int, queue: Queue
) -> None:
    """Bytes from one device to another, queued on a stream of either."""
    if nbytes:
        queue.context.activate()
        try:
            queue.context.driver.copy_to_peer(
                to, to_context.handle, source, context.handle, nbytes, queue.handle
            )
        except CudaError as error:
            raise queue.explain(error) from None


def fill(address: int, byte: int, nbytes: int, queue: Queue) -> None:
    """Sets bytes of a device."""
    if nbytes:
        queue.context.activate()
        try:
            queue.context.driver.fill(address, byte, nbytes, queue.handle)
        except CudaError as error:
            raise queue.explain(error) from None
