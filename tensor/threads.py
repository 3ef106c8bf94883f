"""How many threads kernels run on, and the memory that the CPU's pool keeps."""

from __future__ import annotations

from ..backends.cpu.threads import get_num_threads as get_num_threads
from ..backends.cpu.threads import set_num_threads as set_num_threads


def get_num_interop_threads() -> int:
    """Threads that run independent ops at the same time: one, ops run in order."""
    return 1


def set_num_interop_threads(num: int) -> None:
    """Accepted for compatibility; ops run in order.

    Raises:
        RuntimeError: The number is not positive.
    """
    if num <= 0:
        raise RuntimeError("Expected positive number of threads")
