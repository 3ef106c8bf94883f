"""Memory of GPUs: what tensors use, what is held, and giving it back; under PyTorch's names.

Bytes held are those of the segments that the driver gave, bytes allocated those of the blocks that
tensors have: multiples of 512.
"""

from __future__ import annotations

import warnings
from typing import Any

from ...backends.cuda.runtime import machine
from ...backends.cuda.runtime.allocator import readable
from ...backends.cuda.runtime.statistics import Statistics
from ...ops.errors import ArgumentError
from .devices import found


def _statistics(device: Any, joined: bool = True) -> Statistics:
    """The account of a device; an empty one if no device was used."""
    if not machine.is_initialized():
        return Statistics()
    return found(device).allocator.settled(joined)


def memory_allocated(device: Any = None) -> int:
    """Bytes that tensors use."""
    return _statistics(device, joined=False).count("allocated_bytes").current


def max_memory_allocated(device: Any = None) -> int:
    """The most bytes that tensors have used since the program began, or the peak was reset."""
    return _statistics(device, joined=False).count("allocated_bytes").peak


def memory_reserved(device: Any = None) -> int:
    """Bytes held from the driver, in use or not."""
    return _statistics(device, joined=False).count("reserved_bytes").current


def max_memory_reserved(device: Any = None) -> int:
    """The most bytes held since the program began, or the peak was reset."""
    return _statistics(device, joined=False).count("reserved_bytes").peak


def memory_cached(device: Any = None) -> int:
    """The old name of `memory_reserved`."""
    warnings.warn("memory_cached: use memory_reserved instead", FutureWarning, stacklevel=2)
    return memory_reserved(device)


def max_memory_cached(device: Any = None) -> int:
    """The old name of `max_memory_reserved`."""
    warnings.warn("max_memory_cached: use max_memory_reserved instead", FutureWarning, stacklevel=2)
    return max_memory_reserved(device)


def memory_snapshot(mempool_id: Any = None) -> list[dict[str, Any]]:
    """Not there.

    Raises:
        NotImplementedError: Always.
    """
    raise NotImplementedError(
        "memory_snapshot: segments are not listed one by one; memory_stats and memory_summary say "
        "how much is held and used"
    )


def memory_stats(device: Any = None) -> dict[str, int]:
    """All numbers, by names such as `allocated_bytes.all.current`."""
    return _statistics(device).flat()


def memory_stats_as_nested_dict(device: Any = None) -> dict[str, Any]:
    """The same as dictionaries in dictionaries."""
    nested: dict[str, Any] = {}
    for name, value in memory_stats(device).items():
        *path, last = name.split(".")
        inner = nested
        for part in path:
            inner = inner.setdefault(part, {})
        inner[last] = value
    return nested


def reset_peak_memory_stats(device: Any = None) -> None:
    """Peaks are from now on counted from what is in use now."""
    _statistics(device).reset_peak()


def reset_accumulated_memory_stats(device: Any = None) -> None:
    """Starts the sums of what came and went anew."""
    _statistics(device).reset_accumulated()


def empty_cache() -> None:
    """Gives memory that no tensor uses back to the driver, on all devices and of the host."""
    if machine.is_initialized():
        for device in machine.machine().devices:
            device.allocator.empty_cache()
        machine.machine().pinned.empty_cache()


def ipc_collect() -> None:
    """Nothing: memory is not shared with other processes."""


def mem_get_info(device: Any = None) -> tuple[int, int]:
    """Bytes that are free on a device, and that it has, as the driver says."""
    return found(device).memory_info()


def set_per_process_memory_fraction(fraction: float, device: Any = None) -> None:
    """Holds at most that part of a device's memory.

    Raises:
        TypeError, ValueError: It is no number from 0 to 1.
    """
    if not isinstance(fraction, float):
        raise ArgumentError("Invalid type for fraction argument, must be `float`")
    found(device).allocator.set_fraction(fraction)


def get_per_process_memory_fraction(device: Any = None) -> float:
    """The part of a device's memory that is held at most."""
    return found(device).allocator.fraction


_ROWS = (
    ("Allocated memory", "allocated_bytes"),
    ("Active memory", "active_bytes"),
    ("Requested memory", "requested_bytes"),
    ("GPU reserved memory", "reserved_bytes"),
    ("Non-releasable memory", "inactive_split_bytes"),
    ("Allocations", "allocation"),
    ("Active allocs", "active"),
    ("GPU reserved segments", "segment"),
    ("Non-releasable allocs", "inactive_split"),
)


def memory_summary(device: Any = None, abbreviated: bool = False) -> str:
    """A table of the account for people.

    Args:
        abbreviated: Without a line for each pool.
    """
    account = _statistics(device)
    number = machine.current_device() if device is None else machine.parse_index(device)
    line = "|" + "-" * 75 + "|"
    head = ("Metric", "Cur Usage", "Peak Usage", "Tot Alloc", "Tot Freed")
    events = f"CUDA OOMs: {account.events['num_ooms']}"
    retries = f"cudaMalloc retries: {account.events['num_alloc_retries']}"
    lines = [
        line,
        f"| {f'tensorsmith CUDA memory summary, device ID {number}':^73} |",
        line,
        f"| {events:<36}| {retries:<36}|",
        line.replace("-", "="),
        _row(head),
    ]
    for title, name in _ROWS:
        lines.append(line)
        parts = {} if abbreviated else {"large_pool": "  large pool", "small_pool": "  small pool"}
        for pool, shown in {"all": title, **parts}.items():
            values = account.count(name, pool).words
            write = readable if name.endswith("_bytes") else str
            lines.append(_row((shown, *map(write, values))))
    return "\n".join([*lines, line]) + "\n"


def _row(cells: tuple[str, ...]) -> str:
    first, *others = cells
    return "|" + "|".join([f" {first:<21} ", *(f" {cell:>10} " for cell in others)]) + "|"
