"""Links an object for x86-64 once, when it is compiled, so that loading it is a copy.

    magic | bytes of code | bytes of data | bytes of all | numbers of entries | entries | names
    then the code with its constants, and the data

What the object says of itself is resolved: everything in an image is as far apart as it will be in
memory, where data begin on the page after the code. What is left depends on the process: `moved`,
places that hold an address of the image; and `imports`, places that hold the address of a function
of the process. Such a function is called through a jump in the image, for it may be out of reach.
"""

from __future__ import annotations

import struct
from dataclasses import field

from ...ops.dataclass import dataclass
from ...ops.errors import BackendError
from .elf import ALLOC, NOBITS, PROGBITS, WRITE, X86_64, ElfObject, Symbol

PAGE = 4096
_MAGIC = b"TSIMAGE1"
_HEAD = struct.Struct("<8sIIIHHHH")
_EXPORT = struct.Struct("<I")
_MOVED = struct.Struct("<Iq")
_JUMP = b"\xff\x25\x0a\0\0\0"  # to the address that is kept 16 bytes after the jump
_STUB = 32
_ABS64, _PC32, _PLT32, _GOTPCREL, _GOTPCRELX, _REX_GOTPCRELX, _PC64 = 1, 2, 4, 9, 41, 42, 24


@dataclass
class Image:
    """Machine code that is linked.

    Attributes:
        code: Code and constants.
        data: What stays writable, from the next page on; zeros at its end are left out.
        size: Bytes of all in memory.
        exports: Function or variable -> offset.
        moved: Offset of a place -> offset of what it holds the address of.
        imports: Offset of a place -> function of the process whose address it holds.
    """

    code: bytes = b""
    data: bytes = b""
    size: int = 0
    exports: dict[str, int] = field(default_factory=dict)
    moved: dict[int, int] = field(default_factory=dict)
    imports: dict[int, str] = field(default_factory=dict)

    def pack(self) -> bytes:
        """The image as bytes."""
        names = "\0".join([*self.exports, *self.imports.values()]).encode()
        counts = (len(self.exports), len(self.moved), len(self.imports), len(names))
        head = _HEAD.pack(_MAGIC, len(self.code), len(self.data), self.size, *counts)
        places = [_EXPORT.pack(n) for n in (*self.exports.values(), *self.imports)]
        moved = [_MOVED.pack(*pair) for pair in self.moved.items()]
        return b"".join((head, *places, *moved, names, self.code, self.data))


def unpack(packed: bytes) -> Image:
    """The image in some bytes.

    They come from a file that verifies itself; that the bytes are whole does not make them an
    image. No length and no place in them is believed before it is known to lie inside.

    Raises:
        BackendError: It is none.
    """
    for known, image in _last[:1]:  # read at once: other threads load objects too
        if known is packed:
            return image
    if packed[:8] != _MAGIC or len(packed) < _HEAD.size:
        raise BackendError("cpu backend: a cached kernel must be an image for x86-64")
    _, code, data, size, exported, moving, imported, length = _HEAD.unpack_from(packed)
    place = _HEAD.size
    stated = place + 4 * (exported + imported) + _MOVED.size * moving + length + code + data
    if len(packed) != stated:
        raise BackendError(
            f"cpu backend: an image must have the {stated:,} bytes that its head states, it has "
            f"{len(packed):,}"
        )
    numbers = struct.unpack_from(f"<{exported + imported}I", packed, place)
    place += 4 * (exported + imported)
    moved = dict(_MOVED.iter_unpack(packed[place : place + _MOVED.size * moving]))
    place += _MOVED.size * moving
    names = packed[place : place + length].decode(errors="replace").split("\0")
    place += length
    image = Image(
        packed[place : place + code],
        packed[place + code : place + code + data],
        size,
        dict(zip(names[:exported], numbers)),
        moved,
        dict(zip(numbers[exported:], names[exported:])),
    )
    _check_places(image)
    _last[:] = [(packed, image)]
    return image


_last: list[tuple[bytes, Image]] = []
"""Bytes are looked at when they are found, and again when they are loaded: the last ones are kept,
with the image in them."""


def _check_places(image: Image) -> None:
    """Raises BackendError unless all that loading reads or writes lies inside of an image."""
    ends = [len(image.code), *image.exports.values()]
    ends += [place + 8 for places in (image.moved, image.imports) for place in places]
    if image.data:
        ends.append(_up(len(image.code), PAGE) + len(image.data))
    if max(ends) > image.size:
        raise BackendError(
            f"cpu backend: an image of {image.size:,} bytes must hold its places, one is "
            f"{max(ends):,}"
        )


def is_image(packed: bytes, names: tuple[str, ...]) -> bool:
    """Whether some bytes are an image, whole, that defines functions."""
    try:
        return unpack(packed).exports.keys() >= set(names)
    except BackendError:
        return False


def link(compiled: bytes) -> bytes:
    """The image of an object. Those of other architectures are left for LLVM to link.

    Raises:
        BackendError: It is no object, or has what code for kernels never has.
    """
    parsed = ElfObject(compiled)
    return _Linker(parsed).link().pack() if parsed.machine == X86_64 else compiled


class _Linker:
    """Arranges an object's sections and fills in what is known of addresses."""

    def __init__(self, parsed: ElfObject) -> None:
        self.parsed = parsed
        self.image = Image()
        self.code, self.data = bytearray(), bytearray()
        self.places: dict[int, int] = {}  # number of a section -> offset
        self._stubs: dict[Symbol, int] = {}

    def link(self) -> Image:
        """The whole image."""
        image, parsed = self.image, self.parsed
        end = self._arrange(0, 0, self.code)
        # Stubs stand between code and data: their number is needed before data have a place.
        self._reserve(_up(end, 16))
        end = self._arrange(WRITE, self._start_of_data(), self.data)
        image.size = max(end, len(self.code))
        for section, offset, kind, symbol, addend in parsed.relocations():
            if section in self.places:
                self._relocate(self.places[section] + offset, kind, symbol, addend)
        for symbol in parsed.symbols:
            if symbol.exported and symbol.name and symbol.section in self.places:
                image.exports[symbol.name] = self.places[symbol.section] + symbol.offset
        image.code, image.data = bytes(self.code), bytes(self.data).rstrip(b"\0")
        return image

    def _start_of_data(self) -> int:
        return _up(len(self.code), PAGE)

    def _arrange(self, writable: int, start: int, content: bytearray) -> int:
        """Gives the sections that can be written to, or the others, their places; the end."""
        end = start
        for number, section in enumerate(self.parsed.sections):
            wanted = section.flags & ALLOC and section.kind in (PROGBITS, NOBITS)
            if wanted and section.flags & WRITE == writable:
                end = _up(end, max(section.alignment, 1))
                self.places[number] = end
                content.extend(bytes(end - start - len(content)))
                content.extend(self.parsed.content(section))
                end += section.size
        return end

    def _reserve(self, start: int) -> None:
        """Room for a stub of each symbol that needs one."""
        wanted = (_PLT32, _GOTPCREL, _GOTPCRELX, _REX_GOTPCRELX)
        for section, _, kind, symbol, _ in self.parsed.relocations():
            outside = symbol.section == 0 or kind != _PLT32
            if section in self.places and kind in wanted and outside:
                self._stubs.setdefault(symbol, start + _STUB * len(self._stubs))
        if self._stubs:
            self.code.extend(bytes(start + _STUB * len(self._stubs) - len(self.code)))

    def _relocate(self, where: int, kind: int, symbol: Symbol, addend: int) -> None:
        inside = symbol.section in self.places
        value = self.places[symbol.section] + symbol.offset if inside else 0
        if kind == _ABS64 and inside:
            self.image.moved[where] = value + addend
        elif kind == _PC64 and inside:
            self._fill("<q", where, value + addend - where)
        elif kind in (_PC32, _PLT32) and inside:
            self._fill("<i", where, value + addend - where)
        elif kind == _PLT32:
            self._fill("<i", where, self._stub(symbol) + addend - where)
        elif kind in (_GOTPCREL, _GOTPCRELX, _REX_GOTPCRELX):
            self._fill("<i", where, self._stub(symbol) + 16 + addend - where)
        else:
            what = symbol.name or "a section"
            raise BackendError(f"cpu backend: relocation {kind} of {what} is not supported")

    def _stub(self, symbol: Symbol) -> int:
        """Offset of a jump to a symbol, 16 bytes before the place that holds its address."""
        place = self._stubs[symbol]
        if symbol.section in self.places:
            self.image.moved[place + 16] = self.places[symbol.section] + symbol.offset
        else:
            self.image.imports[place + 16] = symbol.name
        self.code[place : place + len(_JUMP)] = _JUMP
        return place

    def _fill(self, layout: str, where: int, value: int) -> None:
        start = self._start_of_data()
        if where >= start:
            struct.pack_into(layout, self.data, where - start, value)
        else:
            struct.pack_into(layout, self.code, where, value)


def _up(number: int, multiple: int) -> int:
    return -(-number // multiple) * multiple
