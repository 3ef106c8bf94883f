"""Relocatable objects of LLVM: ELF of 64 bits, read without any library."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from ...ops.dataclass import dataclass
from ...ops.errors import BackendError

WRITE, ALLOC = 1, 2  # section flags
PROGBITS, NOBITS, RELA, SYMTAB = 1, 8, 4, 2  # section types
X86_64, AARCH64, CUDA = 62, 183, 190  # architectures
_HEADER = struct.Struct("<16sHHIQQQIHHHHHH")
_SEGMENT = struct.Struct("<IIQQQQQQ")
_SECTION = struct.Struct("<IIQQQQIIQQ")
_SYMBOL = struct.Struct("<IBBHQQ")
_RELOCATION = struct.Struct("<QQq")


@dataclass(frozen=True)
class Section:
    """A section: its type, flags, bytes in the file, size, alignment, and what `info` names."""

    kind: int
    flags: int
    start: int
    size: int
    alignment: int
    link: int
    info: int


@dataclass(frozen=True)
class Symbol:
    """A symbol: its name, whether others see it, the number of its section (0: it is another
    object's) and its offset there."""

    name: str
    exported: bool
    section: int
    offset: int


class ElfObject:
    """An object file, its sections and symbols read.

    Attributes:
        image: Its bytes.
        machine: ELF's number of the architecture.
        sections: In order.
        symbols: In order.

    Raises:
        BackendError: It is none.
    """

    def __init__(self, image: bytes) -> None:
        if image[:5] != b"\x7fELF\x02" or struct.unpack_from("<H", image, 16)[0] != 1:
            raise BackendError("cpu backend: a compiled kernel must be a 64-bit ELF object")
        if not is_whole(image):
            raise BackendError("cpu backend: a compiled kernel must be as long as its headers say")
        self.image = image
        (self.machine,) = struct.unpack_from("<H", image, 18)
        (start,) = struct.unpack_from("<Q", image, 40)
        size, count, _ = struct.unpack_from("<HHH", image, 58)
        self.sections = [
            Section(kind, flags, place, length, alignment, link, info)
            for _, kind, flags, _, place, length, link, info, alignment, _ in (
                _SECTION.unpack_from(image, start + i * size) for i in range(count)
            )
        ]
        table = next(s for s in self.sections if s.kind == SYMTAB)
        names = self.sections[table.link].start
        self.symbols = [
            Symbol(self._string(names + name), info >> 4 == 1, section, offset)
            for name, info, _, section, offset, _ in _SYMBOL.iter_unpack(self.content(table))
        ]

    def _string(self, start: int) -> str:
        return self.image[start : self.image.index(b"\0", start)].decode()

    def content(self, section: Section) -> bytes:
        """The bytes of a section."""
        if section.kind == NOBITS:
            return bytes(section.size)
        return self.image[section.start : section.start + section.size]

    def relocations(self) -> Iterator[tuple[int, int, int, Symbol, int]]:
        """Number of the section, offset in it, type, symbol and addend of each address to fill."""
        for section in self.sections:
            if section.kind == RELA:
                for offset, info, addend in _RELOCATION.iter_unpack(self.content(section)):
                    symbol = self.symbols[info >> 32]
                    yield section.info, offset, info & 0xFFFFFFFF, symbol, addend


def is_whole(image: bytes, machine: int | None = None) -> bool:
    """Whether bytes are a 64-bit ELF file, for an architecture, with all that its headers name."""
    if len(image) < _HEADER.size or image[:5] != b"\x7fELF\x02":
        return False
    fields = _HEADER.unpack_from(image)
    segments, sections = fields[5:7]
    segment_size, segment_count, section_size, section_count = fields[9:13]
    parts = [(segments, segment_size * segment_count), (sections, section_size * section_count)]
    if not _hold(image, parts):
        return False
    if segment_count and segment_size != _SEGMENT.size:
        return False
    if section_count and section_size != _SECTION.size:
        return False
    for number in range(segment_count):
        segment = _SEGMENT.unpack_from(image, segments + number * segment_size)
        parts.append((segment[2], segment[5]))
    for number in range(section_count):
        section = _SECTION.unpack_from(image, sections + number * section_size)
        if section[1] != NOBITS:
            parts.append((section[4], section[5]))
    return _hold(image, parts) and machine in (None, fields[2])


def _hold(image: bytes, parts: list[tuple[int, int]]) -> bool:
    """Whether bytes reach as far as all parts, each of a place and a length."""
    return all(start + size <= len(image) for start, size in parts)


def undefined_symbols(image: bytes) -> set[str]:
    """Names that an object expects others to define."""
    return {s.name for s in ElfObject(image).symbols if s.section == 0 and s.name}
