"""A caching allocator: freed blocks are kept by size class and handed out again, pages and all.

Fresh pages cost more than most kernels (the system zeroes them at the first touch), so memory that
a program has used stays with it, up to a bound. Small blocks are cut from slabs; large ones are
mapped singly, on huge pages where the system has them. What happens at every allocation is native
code (`backends/native/memory.py`, `slabs.py`); here is what happens seldom: asking the system, and
the account.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import sys
from bisect import bisect_left
from collections.abc import Iterator
from functools import cache
from typing import Any

from ...ops.errors import BackendError, OutOfMemoryError
from ..checking import is_checked
from ..native import memory as native
from ..native import slabs
from ..native.calling import python_function
from ..native.compiled import bundled
from ..native.lasting import keep_forever
from ..native.view import View
from .control_groups import memory_limit

ALIGNMENT = slabs.UNIT
_LARGE = 1 << 18  # classes from here on have a mapping for each block
_HUGE = 1 << 21
_MOST = 1 << 62


def _class_sizes() -> Iterator[int]:
    """64, 128, 192, 256, then four steps to each doubling: at most a fifth is lost."""
    size = ALIGNMENT
    while size < _MOST:
        for quarter in range(4, 8):
            step = size * quarter // 4
            if step % ALIGNMENT == 0:
                yield step
        size *= 2


SIZES = list(_class_sizes())


class Block:
    """Memory from the pool; it goes back there when the object is collected.

    Attributes:
        address: Of its first byte, a multiple of 64.
        nbytes: Bytes asked for.
    """

    __slots__ = ("__weakref__", "_pool", "address", "nbytes")

    def __init__(self, address: int, nbytes: int, pool: Pool) -> None:
        self.address = address
        self.nbytes = nbytes
        self._pool = pool

    def __del__(self) -> None:
        pool = self._pool
        pool.give(pool.state.at, self.nbytes, self.address)

    def __repr__(self) -> str:
        return f"Block(address={self.address:#x}, nbytes={self.nbytes})"


class Pool:
    """Blocks of memory by size class.

    Args:
        limit: Bytes of free large blocks that are kept, and of free memory in slabs; the rest goes
            back to the system. By default a quarter of the machine's memory, at most 8 GiB.
        checked: Freed memory is filled with a pattern; a write to it, or freeing it twice, is found
            at the next allocation. By default as TENSORSMITH_CHECK says.

    Attributes:
        state: The struct that native code works on.
    """

    def __init__(self, limit: int | None = None, checked: bool | None = None) -> None:
        functions = _functions()
        integer = ctypes.c_int64
        self._take = python_function(functions["take_block"], integer, integer, integer)
        self.give = python_function(functions["give_block"], integer, integer, integer, integer)
        self._drop = python_function(functions["drop_free"], integer, integer)
        self.state: Any = View(slabs.Pool)
        state = self.state
        self._grow = self._make  # native code holds its address only
        state.grow = id(self._grow)
        state.unmap = _unmap_address()
        state.large = bisect_left(SIZES, _LARGE)
        state.limit = min(_MEMORY // 4, 8 << 30) if limit is None else limit
        state.patience, state.search = state.limit, slabs.FREE
        if checked is None:
            checked = is_checked()
        state.checked = int(checked)
        state.sizes[:] = SIZES + [_MOST] * (slabs.CLASSES - len(SIZES))
        small = slabs.SMALL_UNITS
        state.small[:] = [bisect_left(SIZES, max(n, 1) * ALIGNMENT) for n in range(small + 1)]
        self._misses = 0

    def allocate(self, nbytes: int) -> Block:
        """A block of at least `nbytes` bytes, not initialised, 64-byte aligned.

        Raises:
            OutOfMemoryError: The system does not have that much.
            BackendError: Freed memory was written to, or freed again (if that is looked for).
        """
        if nbytes >= _MOST:
            raise _out_of_memory(nbytes)
        return Block(self._take(self.state.at, nbytes), nbytes, self)

    def check(self) -> None:
        """Raises RuntimeError if freed memory was written to, or was freed again."""
        state = self.state
        damaged, twice = state.damaged, state.freed_twice
        state.damaged = state.freed_twice = 0
        if damaged:
            raise BackendError(f"the memory at {damaged:#x} was written to after it was freed")
        if twice:
            raise BackendError(f"the memory at {twice:#x} was freed twice")

    def _make(self, number: int, nbytes: int) -> int:
        """Address of a new large block, or of a slab for the blocks of a small class.

        A class of -1 stands for a size beyond all classes.
        """
        if number == native.COMPLAIN:
            self.check()
        self._misses += 1
        if number < 0:
            raise _out_of_memory(nbytes)
        return self._map(SIZES[number] if number >= self.state.large else slabs.SLAB, nbytes)

    def _map(self, size: int, nbytes: int) -> int:
        """A mapping of exactly `size` bytes; a large one begins where a huge page can.

        Where the system has no more, all that is free goes back to it first.
        """
        if size > _MEMORY:
            raise _out_of_memory(nbytes)
        try:
            start = _map_aligned(size, nbytes)
        except OutOfMemoryError:
            self.empty()
            start = _map_aligned(size, nbytes)
        self.state.reserved += size
        return start

    def empty(self) -> int:
        """Gives all free large blocks and free slabs back to the system; how many bytes."""
        return int(self._drop(self.state.at))

    def reset_peak(self) -> None:
        """Starts the count of the most bytes in use anew."""
        self.state.peak = self.state.used

    def statistics(self) -> dict[str, int]:
        """Bytes reserved from the system, free among them, in use now and at most, and counts."""
        state = self.state
        return {
            "reserved_bytes": state.reserved,
            "free_bytes": state.reserved - state.used,
            "allocated_bytes": state.used,
            "peak_allocated_bytes": state.peak,
            "limit_bytes": state.limit,
            "slabs": state.slab_count,
            "requests": state.requests,
            "system_requests": self._misses,
        }


_OBJECT = bundled("memory pool", (native.take_block, native.give_block, native.drop_free))


@cache
def _functions() -> dict[str, int]:
    """Addresses of the native functions."""
    return _OBJECT.load()


def _out_of_memory(nbytes: int) -> OutOfMemoryError:
    return OutOfMemoryError(
        f"not enough memory: {nbytes} bytes ({nbytes / 2**30:.2f} GiB) are needed, "
        f"the machine has {_MEMORY / 2**30:.2f} GiB"
    )


def _read_memory() -> int:
    """Bytes of memory that this process may use: the machine's, or its control groups'."""
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 1 << 46
    limit = memory_limit()
    return total if limit is None else min(total, limit)


_MEMORY = _read_memory()

if sys.platform == "win32":  # no munmap: blocks come from Python's own mapping objects, for good
    _held: list[mmap.mmap] = []

    def _unmap_address() -> int:
        return 0

    def _map(length: int, nbytes: int) -> int:
        try:
            memory = mmap.mmap(-1, length)
        except (OSError, ValueError, OverflowError) as error:
            raise _out_of_memory(nbytes) from error
        _held.append(memory)
        return ctypes.addressof(ctypes.c_char.from_buffer(memory))

    def _map_aligned(size: int, nbytes: int) -> int:
        return _map(size, nbytes)

else:
    _libc = ctypes.CDLL(None, use_errno=True)
    _libc.mmap.restype = ctypes.c_void_p
    _libc.mmap.argtypes = (
        ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long,
    )  # fmt: skip
    _libc.munmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t)
    _libc.madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)

    def _unmap_address() -> int:
        return ctypes.cast(_libc.munmap, ctypes.c_void_p).value or 0

    def _map(length: int, nbytes: int) -> int:
        """Address of fresh memory."""
        protection = mmap.PROT_READ | mmap.PROT_WRITE
        flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
        address = _libc.mmap(None, length, protection, flags, -1, 0)
        if address is None or address == ctypes.c_void_p(-1).value:
            raise _out_of_memory(nbytes)
        return int(address)

    def _map_aligned(size: int, nbytes: int) -> int:
        """Address of fresh memory of `size` bytes; what an aligned start leaves over goes back."""
        if size < _HUGE:
            return _map(size, nbytes)
        start = _map(size + _HUGE, nbytes)
        aligned = -(-start // _HUGE) * _HUGE
        page = -(-(aligned + size) // mmap.PAGESIZE) * mmap.PAGESIZE
        if aligned > start:
            _libc.munmap(start, aligned - start)
        if start + size + _HUGE > page:
            _libc.munmap(page, start + size + _HUGE - page)
        if hasattr(mmap, "MADV_HUGEPAGE"):
            _libc.madvise(aligned, size, mmap.MADV_HUGEPAGE)
        return aligned


@cache
def default_pool() -> Pool:
    """The pool that tensors take their memory from."""
    return keep_forever(Pool())


def allocate(nbytes: int) -> Block:
    """A block of the pool that tensors take their memory from."""
    return default_pool().allocate(nbytes)
