"""Names that an attached profiler shows for ranges of time, through NVIDIA's tools extension.

Where its library is missing, or nothing is attached, nothing happens but counting.
"""

from __future__ import annotations

import ctypes
import threading
from contextlib import suppress
from functools import cache

LIBRARIES = ("libnvToolsExt.so.1", "libnvToolsExt.so", "nvToolsExt64_1.dll")


class _Thread(threading.local):
    """How many ranges of this thread are open."""

    depth: int = 0


_thread = _Thread()


@cache
def library() -> ctypes.CDLL | None:
    """The library; None if it is not installed."""
    for name in LIBRARIES:
        with suppress(OSError):
            found = ctypes.CDLL(name)
            found.nvtxRangeStartA.restype = ctypes.c_uint64
            found.nvtxRangeEnd.argtypes = [ctypes.c_uint64]
            return found
    return None


def push(message: str) -> int:
    """Opens a range; how many of this thread are around it."""
    found = library()
    if found is not None:
        found.nvtxRangePushA(message.encode())
    _thread.depth += 1
    return _thread.depth - 1


def pop() -> int:
    """Closes the innermost range; how many of this thread are around it, -1 if none was open."""
    found = library()
    if found is not None:
        found.nvtxRangePop()
    if not _thread.depth:
        return -1
    _thread.depth -= 1
    return _thread.depth


def start(message: str) -> int:
    """Opens a range that any thread may close; its number."""
    found = library()
    return 0 if found is None else int(found.nvtxRangeStartA(message.encode()))


def end(number: int) -> None:
    """Closes it."""
    found = library()
    if found is not None:
        found.nvtxRangeEnd(number)


def mark(message: str) -> None:
    """Names a moment."""
    found = library()
    if found is not None:
        found.nvtxMarkA(message.encode())
