"""Many items for one target in one read-only file, compressed together, found by bisection.

    magic, 8 bytes | length of head u32 | head, JSON | dictionary | index | SHA-256 of all that
    then the items, each compressed with the dictionary

The head says how long each part is, so that a file which was cut, or to which something was added,
is known by its length.

The index holds, for each key in the order of their digests, the digest, and of the item that it
leads to the place, the length and the length when unpacked. Each item is what a file of the user's
folder holds, and verifies itself when it is read; opening a bundle verifies the rest. A program
reads no more of it than it uses.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import struct
import zlib
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from pathlib import Path

from ...ops.dataclass import dataclass
from .check_key import has_fields
from .files import LARGEST
from .format import DIGEST, Item, decode, encode
from .key import SCHEMA, digest
from .replace import replace_file
from .trust import distrust_bundle

MAGIC = b"TSBUNDLE"
SUFFIX = ".bundle"
_LENGTH = struct.Struct("<I")
_ENTRY = struct.Struct("<32sQII")
_LONGEST_HEAD = 1 << 16
_DICTIONARY = 32768 - 262  # bytes that zlib can look back to
_MOST_KEYS = 1 << 21  # the whole kernel space of x86-64-v3 has less than 150,000
_MOST_PACKED = 1 << 40  # bytes; that space has 93 MB


_TO_READ = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)
"""A pipe must not hold up who opens it in place of a file."""


class BundleError(ValueError):
    """A file is not a whole bundle."""


class DistrustError(BundleError):
    """Others could have written a bundle, or could exchange it."""


class OtherTargetError(BundleError):
    """A bundle is for another target."""


@dataclass(frozen=True)
class Head:
    """What a bundle is.

    Attributes:
        target: `x86-64-v3`.
        compiler: Name and version of the compiler that made the objects.
        generator: Digest of the sources that generated the code.
        count: Keys in it.
        dictionary: Bytes of the dictionary.
        packed: Bytes of the items, compressed.
        schema: Of format and keys.
    """

    target: str
    compiler: str
    generator: str
    count: int = 0
    dictionary: int = 0
    packed: int = 0
    schema: int = SCHEMA

    def is_sensible(self) -> bool:
        """Whether a bundle can be as long as it says: dictionary and index are read as a whole."""
        stated = (
            (self.count, _MOST_KEYS),
            (self.dictionary, _DICTIONARY),
            (self.packed, _MOST_PACKED),
        )
        return all(0 <= length <= most for length, most in stated)


class Bundle:
    """An opened bundle.

    Args:
        path: Of the file.
        guarded: Whether nobody else may be able to write to it or to exchange it.
        target: It must be for this one; "" if any will do.

    Attributes:
        path: Of the file.
        head: What it is.

    Raises:
        DistrustError: It is to be guarded, and others can write to it or exchange it.
        OtherTargetError: It is for another target.
        BundleError: The file is not a whole bundle of this schema.
        OSError: It cannot be read.
    """

    def __init__(self, path: Path, guarded: bool = False, target: str = "") -> None:
        self.path = path
        # Read, not mapped: of a file that is cut short under its reader, bytes are missing, but a
        # mapping kills the process.
        self._handle = os.open(path, _TO_READ)
        try:
            self._check(guarded)
            self._read_front(target)
        except BaseException:
            self.close()
            raise

    def _check(self, guarded: bool) -> None:
        state = os.fstat(self._handle)
        if not stat.S_ISREG(state.st_mode):
            raise BundleError("it is not a regular file")
        why = distrust_bundle(self.path, state) if guarded else ""
        if why:
            raise DistrustError(f"it {why}")

    def _read_front(self, target: str) -> None:
        start = len(MAGIC) + _LENGTH.size
        data = self._bytes(0, start)
        if data[: len(MAGIC)] != MAGIC or len(data) < start:
            raise BundleError("it does not begin as a bundle does")
        (length,) = _LENGTH.unpack_from(data, len(MAGIC))
        try:
            self.head = _read_head(self._bytes(start, min(length, _LONGEST_HEAD)))
            front = start + length + self.head.dictionary
            end = front + _ENTRY.size * self.head.count
        except (ValueError, RecursionError):
            raise BundleError("its head cannot be read") from None
        if self.head.schema != SCHEMA:
            raise BundleError(f"its format has the number {self.head.schema}, not {SCHEMA}")
        if target not in ("", self.head.target):
            raise OtherTargetError(f"it is for {self.head.target}, not for {target}")
        if not self.head.is_sensible():
            raise BundleError("its head states lengths that no bundle has")
        size, self._length = os.fstat(self._handle).st_size, end + DIGEST + self.head.packed
        if end > size:
            raise BundleError("its head names more than the file holds")
        if size != self._length:
            raise BundleError(f"it has {size:,} bytes where its head states {self._length:,}")
        data = self._bytes(0, end + DIGEST)
        if hashlib.sha256(data[:end]).digest() != data[end:]:
            raise BundleError("its head does not have the digest that it should have")
        self._dictionary = data[start + length : front]
        self._index = data[front:end]
        self._names = _Names(self._index, self.head.count)

    def close(self) -> None:
        """Closes the file."""
        handle, self._handle = self._handle, -1
        if handle >= 0:
            os.close(handle)

    def __del__(self) -> None:
        if getattr(self, "_handle", -1) >= 0:
            self.close()

    def _bytes(self, start: int, length: int) -> bytes:
        return os.pread(self._handle, length, start)

    def __len__(self) -> int:
        """Items in it."""
        return len(self._items())

    def get(self, key: str) -> Item | None:
        """The item of a key; None if there is none.

        Raises:
            BundleError: There is one, but it is damaged.
        """
        wanted = bytes.fromhex(digest(key))
        place = bisect_left(self._names, wanted)
        if place == len(self._names) or self._names[place] != wanted:
            return None
        _, start, length, whole = _ENTRY.unpack_from(self._index, place * _ENTRY.size)
        item = self._read(start, length, whole, key)
        if item is None:
            raise BundleError("an item in it does not have the digest that it should have")
        return item

    def _read(self, start: int, length: int, whole: int, key: str | None = None) -> Item | None:
        if start + length > self._length or length > LARGEST or not 0 < whole <= LARGEST:
            return None
        try:
            unpack = zlib.decompressobj(-15, self._dictionary)
            return decode(unpack.decompress(self._bytes(start, length), whole), key)
        except (zlib.error, OSError):
            return None

    def _items(self) -> list[tuple[int, int, int]]:
        """Place, length and length when unpacked of each item, in the order of places."""
        return sorted({(s, n, whole) for _, s, n, whole in _ENTRY.iter_unpack(self._index)})

    def items(self) -> Iterator[Item | None]:
        """All items, None for each that is damaged."""
        for item in self._items():
            yield self._read(*item)


def _read_head(text: bytes) -> Head:
    """The head in a JSON text.

    Raises:
        ValueError: It is none, or has other fields, or of another type.
    """
    found = json.loads(text)
    if not isinstance(found, dict) or not has_fields(found, Head):
        raise ValueError("a head has other fields")
    return Head(**found)


class _Names:
    """The digests of an index as a sequence, so that bisection can look at them in place."""

    def __init__(self, index: bytes, count: int) -> None:
        self._index, self._count = index, count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, place: int) -> bytes:
        start = place * _ENTRY.size
        return self._index[start : start + 32]


def write_bundle(path: Path, head: Head, items: Iterable[Item]) -> int:
    """Writes a bundle; its bytes. The same items give the same file, whatever their order.

    Args:
        path: Where to; a file that is there is replaced in one step.
        head: Target, compiler and generator.
        items: No key leads to two of them.
    """
    found = sorted((digest(item.key), encode(item), item.keys) for item in items)
    dictionary = _common([data for _, data, _ in found])
    packed = [_pack(data, dictionary) for _, data, _ in found]
    count = sum(len(keys) for _, _, keys in found)
    full = Head(
        head.target, head.compiler, head.generator, count, len(dictionary), sum(map(len, packed))
    )
    text = json.dumps(vars(full), sort_keys=True).encode()
    front = MAGIC + _LENGTH.pack(len(text)) + text + dictionary
    place = len(front) + _ENTRY.size * count + DIGEST
    entries = []
    for (_, data, keys), part in zip(found, packed):
        where = (place, len(part), len(data))
        entries += [_ENTRY.pack(bytes.fromhex(digest(key)), *where) for key in keys]
        place += len(part)
    front += b"".join(sorted(entries))
    front += hashlib.sha256(front).digest()
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, front + b"".join(packed))
    return place


def _pack(data: bytes, dictionary: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zdict=dictionary)
    return packer.compress(data) + packer.flush()


def _common(samples: list[bytes]) -> bytes:
    """Bytes that many items have in common: parts of a few, spread evenly over all."""
    if not samples:
        return b""
    piece = 2048
    count = max(1, _DICTIONARY // piece)
    step = max(1, len(samples) // count)
    return b"".join(sample[:piece] for sample in samples[::step][:count])[-_DICTIONARY:]
