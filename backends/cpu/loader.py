"""Maps linked images into the process, without LLVM.

An image is copied into an arena, on pages of its own, which then become executable and can no
longer be written to; data of an image stay writable. Nothing is ever unmapped: kernels live as long
as the process. Objects for other architectures are mapped by LLVM's linker.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import platform
import struct
from functools import cache

from ...ops.errors import BackendError
from ...ops.lock import PREPARING
from ..native.lasting import keep_forever
from .compile import load_with_llvm
from .link import PAGE, Image, link, unpack

ARENA = 1 << 20  # bytes: a mapping for each image would cost more than the copy


def own_loader_works() -> bool:
    """Whether images can be mapped by this module."""
    return os.name == "posix" and platform.machine() in ("x86_64", "AMD64")


def load(image: bytes, names: tuple[str, ...]) -> dict[str, int]:
    """Addresses of the functions `names` of an image, or of an object as it was compiled.

    Raises:
        BackendError: It is neither, or needs a symbol that the process does not have.
    """
    if image[:4] == b"\x7fELF":
        image = link(image) if own_loader_works() else image
    if image[:4] == b"\x7fELF":
        return load_with_llvm(image, names)
    linked = unpack(image)
    missing = [name for name in names if name not in linked.exports]
    if missing:
        have = sorted(linked.exports)
        raise BackendError(f"cpu backend: the object must define {missing}, it has {have}")
    with PREPARING:
        base = _map(linked)
    return {name: base + linked.exports[name] for name in names}


class _Arena:
    """Memory that images are copied into, one after the other."""

    def __init__(self, size: int) -> None:
        # Private: what a child of this process maps is none of its parent's.
        self.memory = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        self.base = ctypes.addressof(ctypes.c_char.from_buffer(self.memory))
        self.size, self.used = size, 0
        keep_forever(self.memory)


_arenas: list[_Arena] = []


def _map(linked: Image) -> int:
    """Copies an image into an arena and fills in addresses; where it begins."""
    imports = {place: process_symbol(name) for place, name in linked.imports.items()}
    fixed, size = _pages(len(linked.code)), _pages(linked.size)
    if not _arenas or _arenas[-1].used + size > _arenas[-1].size:
        _arenas.append(_Arena(max(ARENA, size)))
    arena = _arenas[-1]
    start, arena.used = arena.used, arena.used + size
    base = arena.base + start
    arena.memory[start : start + len(linked.code)] = linked.code
    data = start + fixed
    arena.memory[data : data + len(linked.data)] = linked.data
    for place, offset in linked.moved.items():
        struct.pack_into("<Q", arena.memory, start + place, base + offset)
    for place, address in imports.items():
        struct.pack_into("<Q", arena.memory, start + place, address)
    _protect(base, fixed)
    return base


def _pages(length: int) -> int:
    return -(-length // PAGE) * PAGE


@cache
def process_symbol(name: str) -> int:
    """Address of a C function of this process."""
    for library in (ctypes.CDLL(None), ctypes.pythonapi):
        try:
            return ctypes.cast(getattr(library, name), ctypes.c_void_p).value or 0
        except AttributeError:
            continue
    raise BackendError(f"cpu backend: the process must have the symbol {name} that a kernel calls")


@cache
def _mprotect() -> ctypes._NamedFuncPointer:
    function = ctypes.CDLL(None, use_errno=True).mprotect
    function.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    return function


def _protect(base: int, length: int) -> None:
    """Makes pages readable and executable, and no longer writable."""
    if length and _mprotect()(base, length, mmap.PROT_READ | mmap.PROT_EXEC):
        raise BackendError(
            f"cpu backend: the system refuses executable memory (error {ctypes.get_errno()})"
        )
