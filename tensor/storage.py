"""Memory that tensors share: a storage belongs to a tensor and all of its views."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

from .. import backends
from ..backends.base import Buffer
from ..ops.errors import BackendError
from .devices import CPU, device


class Foreign:
    """Memory owned by another object (an array, a buffer, a capsule), kept alive with it."""

    __slots__ = ("address", "nbytes", "owner")

    def __init__(self, address: int, nbytes: int, owner: object) -> None:
        self.address = address
        self.nbytes = nbytes
        self.owner = owner


class Storage:
    """A block of bytes, and the count of writes to it.

    Attributes:
        buffer: Owner of the memory; None on the device `meta`.
        address: Address of the first byte; 0 without memory.
        size: Bytes.
        version: How often a tensor of this storage was written in place.
    """

    __slots__ = ("__weakref__", "address", "buffer", "device", "size", "version")

    def __init__(self, buffer: Buffer | Foreign | None, size: int, place: device = CPU) -> None:
        self.buffer = buffer
        self.address = 0 if buffer is None else buffer.address
        self.size = size
        self.device = place
        self.version = 0

    def nbytes(self) -> int:
        """Size in bytes."""
        return self.size

    def __len__(self) -> int:
        return self.size

    def data_ptr(self) -> int:
        """Address of the first byte."""
        return self.address

    def element_size(self) -> int:
        """Bytes of an element: a storage has no dtype, so 1."""
        return 1

    def is_shared(self) -> bool:
        """Other processes see the memory."""
        return False

    def resizable(self) -> bool:
        """The memory can be exchanged for a larger one: it is not another library's."""
        return not isinstance(self.buffer, Foreign)

    def resize_(self, size: int) -> Storage:
        """Exchanges the memory for `size` bytes, with the old content as far as it fits.

        Raises:
            RuntimeError: the memory belongs to another library.
        """
        if not self.resizable():
            raise BackendError("resize_: the storage must be its own, but another library owns it")
        if self.device.type == "meta":
            self.size = size
            return self
        from_address, kept = self.address, min(size, self.size)
        buffer = allocate(size)
        if kept:
            ctypes.memmove(buffer.address, from_address, kept)
        self.buffer, self.address, self.size = buffer, buffer.address, size
        return self

    def clone(self) -> Storage:
        """A copy of the bytes."""
        copy = new_storage(self.size, self.device)
        if copy.address and self.size:
            ctypes.memmove(copy.address, self.address, self.size)
        return copy

    def alias(self) -> Storage:
        """The same memory with a count of writes of its own."""
        return Storage(self.buffer, self.size, self.device)

    def bytes(self) -> bytes:
        """A copy of the content."""
        return ctypes.string_at(self.address, self.size) if self.size else b""

    def __getitem__(self, place: int) -> int:
        if not -self.size <= place < self.size:
            raise IndexError(f"storage: index {place} is out of range for {self.size} bytes")
        return ctypes.c_uint8.from_address(self.address + place % self.size).value

    def tolist(self) -> list[int]:
        """The bytes as integers."""
        return list(self.bytes())

    def __reduce__(self) -> tuple[Any, ...]:
        return (_from_bytes, (self.bytes(), self.device))

    def __repr__(self) -> str:
        return f"UntypedStorage(device={self.device}) of size {self.size}"


def _from_bytes(content: bytes, place: device) -> Storage:
    made = new_storage(len(content), place)
    if content:
        ctypes.memmove(made.address, content, len(content))
    return made


def new_storage(size: int, place: device = CPU) -> Storage:
    """Fresh memory of `size` bytes, its content undefined."""
    if place.type == "meta":
        return Storage(None, size, place)
    return Storage(allocate(size), size, place)


class _Memory:
    """Where memory comes from: the backend, asked for when the first tensor is made."""

    @staticmethod
    def first(size: int) -> Buffer:
        """The first block; later ones come straight from the backend."""
        memory.allocate = backend().allocate
        return memory.allocate(size)

    def __init__(self) -> None:
        self.allocate: Callable[[int], Buffer] = self.first


memory = _Memory()


def allocate(size: int) -> Buffer:
    """Memory of the default backend."""
    return memory.allocate(size)


def backend() -> Any:
    """The backend that tensors on the CPU run on (environment TENSORSMITH_BACKEND)."""
    return backends.get()
