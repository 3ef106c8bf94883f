"""Structs of native code as Python sees them: fields read and written at their place in memory."""

from __future__ import annotations

import ctypes
from typing import Any

from .language import Struct

_CTYPES = {
    "Int": ctypes.c_int64, "Address": ctypes.c_int64, "Int32": ctypes.c_int32,
    "Byte": ctypes.c_uint8, "Real": ctypes.c_double, "Single": ctypes.c_float,
    "Bool": ctypes.c_uint8,
}  # fmt: skip


class View:
    """A struct at an address; its fields are attributes, arrays inside of it are ctypes arrays.

    Args:
        kind: The struct.
        at: Its address; None makes a new one, of zeros, that lives as long as the view.
    """

    __slots__ = ("_kind", "_memory", "at")

    def __init__(self, kind: type[Struct], at: int | None = None) -> None:
        memory = ctypes.create_string_buffer(kind.SIZE) if at is None else None
        object.__setattr__(self, "_kind", kind)
        object.__setattr__(self, "_memory", memory)
        object.__setattr__(self, "at", ctypes.addressof(memory) if memory is not None else at)

    def _place(self, name: str) -> Any:
        field = self._kind.FIELDS.get(name)
        if field is None:
            raise AttributeError(f"{self._kind.__name__} has no field {name!r}")
        kind = _CTYPES.get(field.kind, ctypes.c_int64)
        return ((kind * field.count) if field.count else kind).from_address(self.at + field.offset)

    def __getattr__(self, name: str) -> Any:
        place = self._place(name)
        return place.value if hasattr(place, "value") else place

    def __setattr__(self, name: str, value: Any) -> None:
        self._place(name).value = value

    def place(self, name: str) -> Any:
        """The field as a ctypes object, for code that reads it often."""
        return self._place(name)


def array(values: list[int]) -> Any:
    """Integers one after the other in memory, as native code reads an array."""
    return (ctypes.c_int64 * max(len(values), 1))(*values)
