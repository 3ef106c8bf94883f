"""Maps relocatable objects into the process, without LLVM: a small linker for ELF on x86-64.

Code and constants are written first and then made executable and read-only; data of the object
lies on pages of its own and stays writable. Nothing is ever unmapped: kernels live as long as the
process. Other systems fall back on LLVM's linker.
"""

from __future__ import annotations

import ctypes
import mmap
import platform
import struct
import sys
from collections.abc import Callable
from functools import cache

from ...ops.errors import BackendError
from ..native.lasting import keep_forever
from .compile import load_with_llvm

_PAGE = mmap.PAGESIZE
_WRITE, _ALLOC = 1, 2  # section flags
_PROGBITS, _NOBITS, _RELA, _SYMTAB, _UNWIND = 1, 8, 4, 2, 0x70000001
_ABS64, _PC32, _PLT32, _GOTPCREL, _GOTPCRELX, _REX_GOTPCRELX, _PC64 = 1, 2, 4, 9, 41, 42, 24


def own_loader_works() -> bool:
    """Whether objects for this machine can be mapped by this module."""
    return sys.platform == "linux" and platform.machine() == "x86_64"


def load(image: bytes, names: tuple[str, ...]) -> dict[str, int]:
    """Addresses of the functions `names` of an object.

    Raises:
        BackendError: The object is not one, or needs a symbol that the process does not have.
    """
    if not own_loader_works():
        return load_with_llvm(image, names)
    found = _Object(image).map()
    missing = [name for name in names if name not in found]
    if missing:
        raise BackendError(f"cpu backend: the object must define {missing}, it has {sorted(found)}")
    return {name: found[name] for name in names}


def undefined_symbols(image: bytes) -> set[str]:
    """Names that an ELF object expects others to define."""
    parsed = _Object(image)
    return {parsed.string(s[0]) for s in parsed.symbols if s[3] == 0 and s[0]}


@cache
def process_symbol(name: str) -> int:
    """Address of a C function of this process."""
    for library in (ctypes.CDLL(None), ctypes.pythonapi):
        try:
            return ctypes.cast(getattr(library, name), ctypes.c_void_p).value or 0
        except AttributeError:
            continue
    raise BackendError(f"cpu backend: the process must have the symbol {name} that a kernel calls")


class _Object:
    """An ELF64 relocatable file, its sections and symbols read."""

    def __init__(self, image: bytes) -> None:
        if image[:5] != b"\x7fELF\x02" or struct.unpack_from("<H", image, 16)[0] != 1:
            raise BackendError("cpu backend: a cached kernel must be a 64-bit ELF object")
        self.image = image
        (start,) = struct.unpack_from("<Q", image, 40)
        size, count, _ = struct.unpack_from("<HHH", image, 58)
        self.sections = [
            struct.unpack_from("<IIQQQQIIQQ", image, start + i * size) for i in range(count)
        ]
        table = next(s for s in self.sections if s[1] == _SYMTAB)
        self._strings = self.sections[table[6]][4]
        self.symbols = list(struct.iter_unpack("<IBBHQQ", image[table[4] : table[4] + table[5]]))

    def string(self, offset: int) -> str:
        """A name in the string table."""
        start = self._strings + offset
        return self.image[start : self.image.index(b"\0", start)].decode()

    def map(self) -> dict[str, int]:
        """Maps the object; gives the addresses of its global symbols."""
        if struct.unpack_from("<H", self.image, 18)[0] != 62:
            raise BackendError("cpu backend: a cached kernel must be for x86-64")
        places, fixed, total, stubs = self._arrange()
        memory = mmap.mmap(-1, total)
        base = ctypes.addressof(ctypes.c_char.from_buffer(memory))
        for number, offset in places.items():
            section = self.sections[number]
            if section[1] != _NOBITS:
                start, length = section[4], section[5]
                memory[offset : offset + length] = self.image[start : start + length]
        relocation = _Relocation(memory, base, stubs, self._resolver(base, places))
        for section in self.sections:
            if section[1] == _RELA and section[7] in places:
                data = self.image[section[4] : section[4] + section[5]]
                for entry in struct.iter_unpack("<QQq", data):
                    relocation.apply(places[section[7]], *entry)
        _protect(base, fixed)
        keep_forever(memory)
        return {
            self.string(s[0]): base + places[s[3]] + s[4]
            for s in self.symbols
            if s[0] and s[1] >> 4 == 1 and s[3] in places
        }

    def _arrange(self) -> tuple[dict[int, int], int, int, int]:
        """Offset of each section; end of what is protected; size of all; start of the stubs."""
        wanted = [
            i
            for i, s in enumerate(self.sections)
            if s[2] & _ALLOC and s[1] in (_PROGBITS, _NOBITS, _UNWIND)
        ]
        places: dict[int, int] = {}
        end = stubs = fixed = 0
        for writable in (0, _WRITE):
            for i in wanted:
                section = self.sections[i]
                if section[2] & _WRITE == writable:
                    end = _up(end, max(section[8], 1))
                    places[i] = end
                    end += section[5]
            if not writable:  # room for a jump of 16 bytes and an address for each symbol
                stubs = _up(end, 16)
                end = fixed = _up(stubs + 32 * len(self.symbols), _PAGE)
        return places, fixed, _up(max(end, _PAGE), _PAGE), stubs

    def _resolver(self, base: int, places: dict[int, int]) -> Callable[[int], int]:
        def resolve(number: int) -> int:
            name, _, _, section, value, _ = self.symbols[number]
            if section == 0:
                return process_symbol(self.string(name)) if name else 0
            return base + places[section] + int(value)

        return resolve


class _Relocation:
    """Fills in addresses; symbols out of reach of 32 bits are called through a stub."""

    def __init__(
        self, memory: mmap.mmap, base: int, stubs: int, resolve: Callable[[int], int]
    ) -> None:
        self.memory = memory
        self.base = base
        self.stubs = stubs
        self.resolve = resolve
        self._made: dict[int, int] = {}

    def apply(self, section: int, offset: int, info: int, addend: int) -> None:
        """One entry of a relocation section; `section` is the offset of what it is about."""
        kind, symbol = info & 0xFFFFFFFF, info >> 32
        where = section + offset
        value = self.resolve(symbol)
        if kind == _ABS64:
            struct.pack_into("<Q", self.memory, where, (value + addend) & (2**64 - 1))
            return
        if kind == _PC64:
            struct.pack_into("<q", self.memory, where, value + addend - self.base - where)
            return
        if kind in (_GOTPCREL, _GOTPCRELX, _REX_GOTPCRELX):
            value = self._stub(symbol, value) + 16
        elif kind not in (_PC32, _PLT32):
            raise BackendError(f"cpu backend: relocation {kind} of a kernel is not supported")
        elif not -(2**31) <= value + addend - self.base - where < 2**31:
            value = self._stub(symbol, value)
        struct.pack_into("<i", self.memory, where, value + addend - self.base - where)

    def _stub(self, symbol: int, value: int) -> int:
        """Address of `jmp [rip + 10]`, with the symbol's address 16 bytes further on."""
        if symbol not in self._made:
            place = self.stubs + 32 * len(self._made)
            self.memory[place : place + 6] = b"\xff\x25\x0a\0\0\0"
            struct.pack_into("<Q", self.memory, place + 16, value)
            self._made[symbol] = place
        return self.base + self._made[symbol]


def _up(number: int, multiple: int) -> int:
    return -(-number // multiple) * multiple


def _protect(base: int, length: int) -> None:
    """Makes pages readable and executable, and no longer writable."""
    mprotect = ctypes.CDLL(None, use_errno=True).mprotect
    mprotect.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    if length and mprotect(base, length, mmap.PROT_READ | mmap.PROT_EXEC):
        raise BackendError(
            f"cpu backend: the system refuses executable memory (error {ctypes.get_errno()})"
        )
