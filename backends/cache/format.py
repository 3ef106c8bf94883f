"""One object and its key as bytes that verify themselves.

    magic, 8 bytes | schema u16 | length of header u32 | header, JSON | payload | SHA-256

The header holds the full key, which is compared when the bytes are read: a digest alone is never
trusted to tell two keys apart. All of it depends on key and payload only, so that two processes
write the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import struct
from dataclasses import dataclass, field

from .key import SCHEMA

MAGIC = b"TSKERNEL"
DIGEST = 32
_HEAD = struct.Struct("<HI")
_START = len(MAGIC) + _HEAD.size


@dataclass(frozen=True)
class Item:
    """What a file holds.

    Attributes:
        key: Text of the key.
        payload: The object; for a plan key, the text of its content key.
        about: For people and tools: `name`, `label`, `source` (the generated text, compressed).
            Never needed to run anything.
    """

    key: str
    payload: bytes
    about: dict[str, str] = field(default_factory=dict)


def encode(item: Item) -> bytes:
    """The bytes of an item."""
    header = json.dumps({"about": item.about, "key": item.key}, sort_keys=True).encode()
    content = MAGIC + _HEAD.pack(SCHEMA, len(header)) + header + item.payload
    return content + hashlib.sha256(content).digest()


def decode(data: bytes, key: str | None = None) -> Item | None:
    """The item in some bytes; None unless they are whole, of this schema, and of the key."""
    if len(data) < _START + DIGEST or data[: len(MAGIC)] != MAGIC:
        return None
    if hashlib.sha256(memoryview(data)[:-DIGEST]).digest() != data[-DIGEST:]:
        return None
    schema, length = _HEAD.unpack_from(data, len(MAGIC))
    if schema != SCHEMA or _START + length > len(data) - DIGEST:
        return None
    try:
        header = json.loads(data[_START : _START + length])
        item = Item(header["key"], data[_START + length : -DIGEST], header["about"])
    except (ValueError, KeyError, TypeError):
        return None
    return item if key is None or item.key == key else None
