"""How many threads kernels run on."""

from __future__ import annotations

from ..backends.cpu.threads import checked_count
from ..backends.cpu.threads import get_num_threads as get_num_threads
from ..backends.cpu.threads import set_num_threads as set_num_threads

_interop = 1


def get_num_interop_threads() -> int:
    """What `set_num_interop_threads` set, at first one; calls run one after the other."""
    return _interop


def set_num_interop_threads(count: int) -> None:
    """Accepted; calls run one after the other.

    Raises:
        RuntimeError: The count is no integer, or not positive.
        ValueError: It is beyond 32 bits.
    """
    global _interop
    _interop = checked_count("set_num_interop_threads", count)
