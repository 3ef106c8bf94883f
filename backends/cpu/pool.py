"""A caching allocator: freed blocks are kept by size class and handed out again, pages and all.

Fresh pages cost more than most kernels (the system zeroes them at the first touch), so memory that
a program has used stays with it, up to a bound. Small blocks are cut from slabs; large ones are
mapped singly, on huge pages where the system has them.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import sys
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

from ...ops.errors import OutOfMemoryError

ALIGNMENT = 64
_SLAB = 1 << 20
_LARGE = 1 << 18  # classes from here on have a mapping for each block
_HUGE = 1 << 21
_SMALL_STEPS = 256  # requests up to this many units of 64 bytes find their class in a table


def _class_sizes() -> Iterator[int]:
    """64, 128, 192, 256, then four steps to each doubling: at most a quarter is lost."""
    size = ALIGNMENT
    while size < 1 << 62:
        for quarter in range(4, 8):
            step = size * quarter // 4
            if step % ALIGNMENT == 0:
                yield step
        size *= 2


SIZES = list(_class_sizes())
_CLASS_OF_UNITS = [bisect_left(SIZES, max(n, 1) * ALIGNMENT) for n in range(_SMALL_STEPS + 1)]


class Block:
    """Memory from the pool; it goes back there when the object is collected.

    Attributes:
        address: Of its first byte, a multiple of 64.
        nbytes: Bytes asked for.
    """

    __slots__ = ("__weakref__", "_free", "address", "nbytes")

    def __init__(self, address: int, nbytes: int, free: list[int]) -> None:
        self.address = address
        self.nbytes = nbytes
        self._free = free

    def __del__(self) -> None:
        self._free.append(self.address)

    def __repr__(self) -> str:
        return f"Block(address={self.address:#x}, nbytes={self.nbytes})"


@dataclass(frozen=True)
class Mapped:
    """A mapping that holds one large block: its start and length."""

    start: int
    length: int


class Pool:
    """Blocks of memory by size class.

    Attributes:
        limit: Bytes of free large blocks that are kept; the rest goes back to the system.
    """

    def __init__(self, limit: int | None = None) -> None:
        self.limit = limit if limit is not None else min(_physical_memory() // 4, 8 << 30)
        self._free: list[list[int]] = [[] for _ in SIZES]
        self._large = bisect_left(SIZES, _LARGE)
        for number in range(self._large, len(SIZES)):
            self._free[number] = _LargeList(self)
        self._mapped: dict[int, Mapped] = {}
        self._slab = self._slab_end = 0
        self._slabs = 0
        self._retained = 0
        self._reserved = 0
        self._peak = 0
        self._misses = 0

    def allocate(self, nbytes: int) -> Block:
        """A block of at least `nbytes` bytes, not initialised, 64-byte aligned.

        Raises:
            OutOfMemoryError: The system does not have that much.
        """
        if nbytes <= _SMALL_STEPS * ALIGNMENT:
            number = _CLASS_OF_UNITS[(nbytes + 63) >> 6]
        else:
            number = self._class_of(nbytes)
        free = self._free[number]
        try:
            return Block(free.pop(), nbytes, free)
        except IndexError:
            return Block(self._make(number, nbytes), nbytes, free)

    def _class_of(self, nbytes: int) -> int:
        if nbytes >= SIZES[-1]:
            raise _out_of_memory(nbytes)
        return bisect_left(SIZES, nbytes)

    def _make(self, number: int, nbytes: int) -> int:
        """A new block of a size class."""
        self._misses += 1
        size = SIZES[number]
        if number >= self._large:
            return self._map_large(size, nbytes)
        if self._slab + size > self._slab_end:
            self._slab = _map(_SLAB, nbytes)
            self._slab_end = self._slab + _SLAB
            self._slabs += 1
            self._reserve(_SLAB)
        address = self._slab
        self._slab += size
        return address

    def _map_large(self, size: int, nbytes: int) -> int:
        huge = size >= _HUGE
        length = size + (_HUGE if huge else 0)
        if length > _physical_memory():
            raise _out_of_memory(nbytes)
        try:
            start = _map(length, nbytes)
        except OutOfMemoryError:
            self.empty()
            start = _map(length, nbytes)
        address = -(-start // _HUGE) * _HUGE if huge else start
        if huge:
            _advise_huge(address, size)
        self._mapped[address] = Mapped(start, length)
        self._reserve(size)
        return address

    def _reserve(self, size: int) -> None:
        self._reserved += size
        self._peak = max(self._peak, self._reserved)

    def _retain(self, blocks: _LargeList, address: int) -> bool:
        """Whether a freed large block is kept; if not it is unmapped."""
        size = self._mapped[address].length
        if self._retained + size > self.limit:
            self._unmap(address)
            return False
        self._retained += size
        return True

    def _taken(self, address: int) -> None:
        self._retained -= self._mapped[address].length

    def _unmap(self, address: int) -> None:
        mapped = self._mapped.pop(address)
        self._reserved -= mapped.length - (_HUGE if mapped.length > _HUGE else 0)
        _munmap(mapped.start, mapped.length)

    def empty(self) -> int:
        """Gives all free large blocks back to the system; how many bytes that was."""
        before = self._retained
        for blocks in self._free[self._large :]:
            while True:
                try:
                    address = blocks.pop()
                except IndexError:
                    break
                self._unmap(address)
        return before - self._retained

    def statistics(self) -> dict[str, int]:
        """Bytes `reserved` from the system (and its `peak`), `free` among them, bytes in use."""
        free = sum(len(blocks) * size for blocks, size in zip(self._free, SIZES))
        free += self._slab_end - self._slab
        return {
            "reserved_bytes": self._reserved,
            "peak_reserved_bytes": self._peak,
            "free_bytes": free,
            "allocated_bytes": self._reserved - free,
            "limit_bytes": self.limit,
            "slabs": self._slabs,
            "large_blocks": len(self._mapped),
            "system_requests": self._misses,
        }


class _LargeList(list[int]):
    """Free blocks of a large class; keeps the pool's account of what is retained."""

    def __init__(self, pool: Pool) -> None:
        super().__init__()
        self._pool = pool

    def append(self, address: int) -> None:
        if self._pool._retain(self, address):
            super().append(address)

    def pop(self, index: int = -1) -> int:  # type: ignore[override]
        address = super().pop(index)
        self._pool._taken(address)
        return address


def _out_of_memory(nbytes: int) -> OutOfMemoryError:
    return OutOfMemoryError(
        f"not enough memory: {nbytes} bytes ({nbytes / 2**30:.2f} GiB) are needed, "
        f"the machine has {_physical_memory() / 2**30:.2f} GiB"
    )


def _physical_memory() -> int:
    """Bytes of memory that this process may use: the machine's, or its control group's."""
    return _MEMORY


def _read_memory() -> int:
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 1 << 46
    try:
        with open("/sys/fs/cgroup/memory.max") as file:
            return min(total, int(file.read()))
    except (OSError, ValueError):
        return total


_MEMORY = _read_memory()

if sys.platform == "win32":  # no munmap: blocks come from Python's own mapping objects
    _held: dict[int, mmap.mmap] = {}

    def _map(length: int, nbytes: int) -> int:
        try:
            memory = mmap.mmap(-1, length)
        except (OSError, ValueError, OverflowError) as error:
            raise _out_of_memory(nbytes) from error
        address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
        _held[address] = memory
        return address

    def _munmap(start: int, length: int) -> None:
        _held.pop(start, None)

    def _advise_huge(address: int, length: int) -> None:
        return

else:
    _libc = ctypes.CDLL(None, use_errno=True)
    _libc.mmap.restype = ctypes.c_void_p
    _libc.mmap.argtypes = (
        ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long,
    )  # fmt: skip
    _libc.munmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t)
    _libc.madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)

    def _map(length: int, nbytes: int) -> int:
        """Address of fresh memory."""
        protection = mmap.PROT_READ | mmap.PROT_WRITE
        flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
        address = _libc.mmap(None, length, protection, flags, -1, 0)
        if address is None or address == ctypes.c_void_p(-1).value:
            raise _out_of_memory(nbytes)
        return int(address)

    def _munmap(start: int, length: int) -> None:
        _libc.munmap(start, length)

    def _advise_huge(address: int, length: int) -> None:
        if hasattr(mmap, "MADV_HUGEPAGE"):
            _libc.madvise(address, length, mmap.MADV_HUGEPAGE)


_POOL = Pool()
allocate = _POOL.allocate
memory_stats = _POOL.statistics


def empty_cache() -> None:
    """Gives memory that no tensor uses back to the system."""
    _POOL.empty()
