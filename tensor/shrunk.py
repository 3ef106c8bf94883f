"""Storages that were made smaller: tensors that reach beyond them are not read or written.

The memory stays where it is until the storage ends, or is exchanged for more: a storage that gets
its old size back has its old content. While there is such a storage native code leaves all calls to
Python, which looks at the tensors of each.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable
from typing import Any

from ..ops.errors import BackendError
from .interpreters import hold_native
from .layout import span

SHRUNK: dict[int, tuple[int, Any]] = {}
"""Id of a storage -> bytes of its memory, and what is called at its end."""


def room_of(storage: Any) -> int:
    """Bytes of a storage's memory."""
    return SHRUNK[id(storage)][0] if id(storage) in SHRUNK else storage.size


def set_size(storage: Any, size: int) -> None:
    """Gives a storage a size that its memory has room for."""
    room = room_of(storage)
    storage.size = size
    if size == room:
        forget(storage)
    elif id(storage) not in SHRUNK:
        hold_native(1)
        SHRUNK[id(storage)] = room, weakref.finalize(storage, _end, id(storage))


def forget(storage: Any) -> None:
    """A storage has all of its memory again, or is to get another one."""
    if id(storage) in SHRUNK:
        SHRUNK[id(storage)][1]()


def _end(number: int) -> None:
    del SHRUNK[number]
    hold_native(-1)


def check_within(tensors: Iterable[Any]) -> None:
    """Raises RuntimeError for a tensor of which the storage has become too small."""
    for tensor in tensors:
        storage: Any = getattr(tensor, "_storage", None)
        if id(storage) not in SHRUNK or not tensor._layout.numel:
            continue
        layout = tensor._layout
        needed = (tensor._offset + span(layout.shape, layout.strides)) * layout.dtype.itemsize
        if needed > storage.size:
            raise BackendError(
                f"the storage must hold the tensor: {needed} bytes are needed, but it was resized "
                f"to {storage.size}"
            )
