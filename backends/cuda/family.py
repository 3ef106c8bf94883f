"""The CUDA devices of this process, as the tensor layer asks for them."""

from __future__ import annotations

from .run import backend_of_device
from .runtime.current import current_queue, default_queue, set_current_queue, wait_for
from .runtime.machine import current_device, get_device


def number_of(index: int | None = None) -> int:
    """The number of a CUDA device; None: of this thread's current one.

    Raises:
        DeviceError: There is none of that number, or none at all.
    """
    return current_device() if index is None else get_device(index).number


__all__ = [
    "backend_of_device", "current_queue", "default_queue", "number_of", "set_current_queue",
    "wait_for",
]  # fmt: skip
