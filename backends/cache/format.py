"""One object and the keys by which it is found, as bytes that verify themselves.

    magic, 8 bytes | schema u16 | length of keys u32 | length of about u32
    then the keys, one a line | about, JSON | payload | SHA-256 of all that

The full keys stand in it and are compared when the bytes are read: a digest alone is never trusted
to tell two keys apart. All of it depends on keys and payload only, so that two processes write the
same bytes. A digest tells that bytes are whole, not that they make sense: where an item is read as
a whole, not by a key, its keys and what is said about it are looked at as well.
"""

from __future__ import annotations

import hashlib
import json
import struct

from ...ops.cached import cached_property
from ...ops.dataclass import dataclass
from .check_key import is_key
from .key import SCHEMA

MAGIC = b"TSKERNEL"
DIGEST = 32
_HEAD = struct.Struct("<8sHII")


@dataclass(frozen=True)
class Item:
    """What a file holds.

    Attributes:
        keys: Texts of the keys that lead to it; the first one names it.
        payload: The object.
        note: JSON for people and tools; see `about`. Never needed to run anything.
    """

    keys: tuple[str, ...]
    payload: bytes
    note: bytes = b"{}"

    @property
    def key(self) -> str:
        """The key that names it."""
        return self.keys[0]

    @cached_property
    def about(self) -> dict[str, str]:
        """What is said about it: `name`, `label`, `op`, `source` (the generated text, packed)."""
        return _texts_in(self.note) or {}


def make_item(
    keys: str | tuple[str, ...], payload: bytes, about: dict[str, str] | None = None
) -> Item:
    """An item of one key or several.

    Raises:
        ValueError: There is no key, or one has more than one line.
    """
    keys = (keys,) if isinstance(keys, str) else keys
    if not keys or any("\n" in key for key in keys):
        raise ValueError(f"an item must have keys of one line each, got {keys!r}")
    return Item(keys, payload, json.dumps(about or {}, sort_keys=True).encode())


def encode(item: Item) -> bytes:
    """The bytes of an item."""
    keys = "\n".join(item.keys).encode()
    head = _HEAD.pack(MAGIC, SCHEMA, len(keys), len(item.note))
    content = b"".join((head, keys, item.note, item.payload))
    return content + hashlib.sha256(content).digest()


def decode(data: bytes, key: str | None = None) -> Item | None:
    """The item in some bytes; None unless they are whole and of this schema.

    Args:
        data: Bytes that verify themselves.
        key: Must be one of its keys. If it is None, all of them and the note must make sense.
    """
    end = len(data) - DIGEST
    if end < _HEAD.size or hashlib.sha256(memoryview(data)[:end]).digest() != data[end:]:
        return None
    magic, schema, keys, note = _HEAD.unpack_from(data)
    start = _HEAD.size + keys
    if magic != MAGIC or schema != SCHEMA or start + note > end:
        return None
    try:
        found = data[_HEAD.size : start].decode().split("\n")
    except UnicodeDecodeError:
        return None
    item = Item(tuple(found), data[start + note : end], data[start : start + note])
    if key is not None:  # who asks for an object by its key reads nothing else of it
        return item if key in found else None
    return item if all(map(is_key, found)) and _texts_in(item.note) is not None else None


def _texts_in(note: bytes) -> dict[str, str] | None:
    """What is said about an object, names with texts; None if the note is something else."""
    try:
        about = json.loads(note)
    except (ValueError, RecursionError):
        return None
    texts = isinstance(about, dict) and all(type(text) is str for text in about.values())
    return about if texts else None
