"""The memory of tensors on the CPU: counts, peaks, and giving back what nobody uses."""

from __future__ import annotations

from ..backends.cpu.pool import default_pool


def memory_stats() -> dict[str, int]:
    """Bytes in use now and at most, held for later use, and asked of the system; and counts."""
    return default_pool().statistics()


def memory_allocated() -> int:
    """Bytes that tensors use, each block rounded up to its size class."""
    return default_pool().statistics()["allocated_bytes"]


def max_memory_allocated() -> int:
    """The most bytes that tensors have used since the process began, or the peak was reset."""
    return default_pool().statistics()["peak_allocated_bytes"]


def memory_reserved() -> int:
    """Bytes held from the system, in use or not."""
    return default_pool().statistics()["reserved_bytes"]


def reset_peak_memory_stats() -> None:
    """Starts the count of the most bytes in use anew."""
    default_pool().reset_peak()


def empty_cache() -> None:
    """Gives memory that no tensor uses back to the system."""
    default_pool().empty()
