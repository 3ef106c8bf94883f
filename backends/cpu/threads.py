"""How many threads share the work of a kernel, and the pool of workers that does it.

The workers themselves are native code (`backends/native/workers.py`). Where there is no futex
(outside of Linux) chunks run one after the other.
"""

from __future__ import annotations

import ctypes
import os
import platform
import sys
from collections.abc import Callable
from numbers import Integral

from ...ops.errors import ArgumentValueError, BackendError
from ..native import workers as native
from ..native.compiled import bundled
from .control_groups import cpu_quota

# Numbers of the system call futex.
_FUTEX = {"x86_64": 202, "aarch64": 98}

_OBJECT = bundled("worker pool", native.ROOTS)


class Workers:
    """The worker threads of this process.

    Attributes:
        count: Threads that share the work, the caller included.
    """

    def __init__(self, count: int) -> None:
        functions = _OBJECT.load()
        integer, pointer = ctypes.c_int64, ctypes.c_void_p
        self.address = functions["parallel"]
        self._start = ctypes.CFUNCTYPE(integer, integer, integer)(functions["start_helpers"])
        self._limit = ctypes.CFUNCTYPE(None, integer)(functions["limit_helpers"])
        self._forget = ctypes.CFUNCTYPE(None)(functions["forget_helpers"])
        # c_char_p: bytes objects are handed in as they are; kernels do not write to arguments.
        self.parallel = ctypes.CFUNCTYPE(None, pointer, ctypes.c_char_p, integer)(self.address)
        self._started = 0
        self.count = 1
        self.resize(count)

    def resize(self, count: int) -> None:
        """Uses `count` threads from the next round on, starting helpers that are missing."""
        missing = count - 1 - self._started
        if missing > 0:
            self._started += self._start(missing, _FUTEX[platform.machine()])
        self.count = min(count, self._started + 1)
        self._limit(self.count - 1)

    def after_fork(self) -> None:
        """In a child, which inherits no threads: forgets them and starts its own."""
        wanted = self.count
        self._forget()
        self._started = 0
        self.resize(wanted)


def available_cpus() -> int:
    """Processors that this process may keep busy: affinity, and the control groups' quota."""
    if hasattr(os, "sched_getaffinity"):
        count = len(os.sched_getaffinity(0))
    else:
        count = os.cpu_count() or 1
    quota = cpu_quota()
    return count if quota is None else min(count, max(1, round(quota)))


def most_threads() -> int:
    """Threads that a process starts at most, whatever it asks for."""
    return max(64, 4 * (os.cpu_count() or 1))


_workers: list[Workers] = []
_wanted: list[int] = []


def workers() -> Workers | None:
    """The pool, started when first asked for; None where there is none."""
    if _workers:
        return _workers[0]
    if sys.platform != "linux" or platform.machine() not in _FUTEX:
        return None
    _workers.append(Workers(get_num_threads()))
    os.register_at_fork(after_in_child=_workers[0].after_fork)
    return _workers[0]


def parallel_call() -> Callable[[int, bytes, int], None]:
    """`parallel(kernel address, arguments, chunks)`: runs all chunks, on all workers."""
    pool = workers()
    return pool.parallel if pool is not None else _serial


def _serial(kernel: int, arguments: bytes, chunks: int) -> None:
    function = ctypes.CFUNCTYPE(None, ctypes.c_char_p, ctypes.c_int64)(kernel)
    for chunk in range(chunks):
        function(arguments, chunk)


def get_num_threads() -> int:
    """Threads that share the work of a kernel, the caller included."""
    if _workers:
        return _workers[0].count
    if _wanted:
        return _wanted[0]
    for name in ("TENSORSMITH_NUM_THREADS", "OMP_NUM_THREADS"):
        text = os.environ.get(name, "")
        if text.isdigit() and int(text) > 0:
            return min(int(text), most_threads())
    return available_cpus()


def set_num_threads(count: int) -> None:
    """Shares work among `count` threads; among `most_threads()` if that is less.

    Raises:
        RuntimeError: The count is no integer, or not positive.
        ValueError: It is beyond 32 bits.
    """
    count = min(checked_count("set_num_threads", count), most_threads())
    _wanted[:] = [count]
    if _workers:
        _workers[0].resize(count)


def checked_count(function: str, count: object) -> int:
    """A number of threads as a user gave it to a function.

    Raises:
        RuntimeError: It is no integer, or not positive.
        ValueError: It is beyond 32 bits.
    """
    if isinstance(count, bool) or not isinstance(count, Integral):
        raise BackendError(f"{function} expects an int, but got {type(count).__name__}")
    found = int(count)
    if found < 1:
        raise BackendError(f"{function} expects a positive integer, but got {found}")
    if found >= 1 << 31:
        raise ArgumentValueError(
            f"{function} expects an int of 32 bits, but got {found}: Overflow when unpacking long"
        )
    return found
