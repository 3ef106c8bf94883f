"""Memory that tensors share: a storage belongs to a tensor and all of its views."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .. import backends
from ..backends.base import Buffer
from ..backends.native.types import NUMBER, REFERENCE, SIZE, make_type
from ..backends.slots import Place
from ..ops.errors import BackendError
from .devices import CPU, device
from .devices import device as Device
from .interpreters import modes
from .native import runtime as native
from .native.objects import GPU_BLOCK, UNTRACKED, StorageObject
from .shrunk import SHRUNK, check_within, forget, room_of, set_size


class Foreign:
    """Memory owned by another object (an array, a buffer, a capsule), kept alive with it."""

    __slots__ = ("address", "nbytes", "owner")

    def __init__(self, address: int, nbytes: int, owner: object) -> None:
        self.address = address
        self.nbytes = nbytes
        self.owner = owner


STORAGE_MEMBERS = {
    "address": ("address", NUMBER), "size": ("size", NUMBER), "version": ("version", NUMBER),
    "block": ("block", NUMBER), "buffer": ("buffer", REFERENCE), "device": ("device", REFERENCE),
    "__weaklistoffset__": ("weak_references", SIZE),
}  # fmt: skip


class Former:
    """What keeps the memory of a storage alive, and that which it had before it was resized."""

    __slots__ = ("address", "nbytes", "owners")

    def __init__(self, address: int, nbytes: int, owners: tuple[Any, ...]) -> None:
        self.address = address
        self.nbytes = nbytes
        self.owners = owners


class Storage:
    """A block of bytes, and the count of writes to it.

    Attributes:
        buffer: Owner of the memory; None if it is the storage itself, and on the device `meta`.
        block: Size class of the pool's block that the storage owns; `GPU_BLOCK` if it owns its
            buffer, which is a GPU's block; -1 if it owns none.
        address: Address of the first byte; 0 without memory.
        size: Bytes.
        version: How often a tensor of this storage was written in place; below zero if no tape
            may read it, as it was made in inference mode.
    """

    buffer: Any
    block: int
    address: int
    size: int
    version: int
    device: Device

    def __init__(
        self, buffer: Buffer | Foreign | Storage | None, size: int, place: Device = CPU
    ) -> None:
        self.block = -1
        self.buffer = buffer
        self.address = 0 if buffer is None else buffer.address
        self.size = size
        self.version = UNTRACKED if modes.inference else 0
        self.device = place

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
        """Makes the storage `size` bytes large, with the old content as far as it fits.

        A smaller one keeps its memory, and gives it back when it ends; tensors that reach beyond it
        must not be used until it is larger again. For a larger one memory is exchanged: tensors
        that share the storage stay in the old one.

        Raises:
            RuntimeError: the memory belongs to another library.
        """
        if not self.resizable():
            raise BackendError("resize_: the storage must be its own, but another library owns it")
        if self.device.type == "meta":
            self.size = size
            return self
        if size <= room_of(self):
            set_size(self, size)
            return self
        forget(self)
        fresh = new_storage(size, self.device)
        _copy(self.device, fresh.address, self.device, self.address, min(size, self.size))
        for name in ("buffer", "block", "address", "size"):  # what `fresh` then holds goes with it
            mine, its = getattr(self, name), getattr(fresh, name)
            setattr(self, name, its)
            setattr(fresh, name, mine)
        if fresh.size:  # tensors that share the storage may still lie in the old memory
            owner = self.buffer
            if self.block == GPU_BLOCK:  # which would be the buffer
                owner = Storage(self.buffer, size, self.device)
                owner.block, self.block = GPU_BLOCK, -1
            self.buffer = Former(self.address, size, (owner, fresh))
        return self

    def clone(self) -> Storage:
        """A copy of the bytes."""
        copy = new_storage(self.size, self.device)
        _copy(self.device, copy.address, self.device, self.address, self.size)
        return copy

    def is_pinned(self) -> bool:
        """Devices can copy from and to the memory by themselves."""
        return hasattr(self.buffer, "record_stream") and self.device is CPU

    def alias(self) -> Storage:
        """The same memory with a count of writes of its own."""
        same = Storage(self.buffer if self.block == -1 else self, room_of(self), self.device)
        set_size(same, self.size)
        same.version = UNTRACKED if self.version < 0 else 0
        return same

    def bytes(self) -> bytes:
        """A copy of the content."""
        if self.device.type != "cpu":
            content = ctypes.create_string_buffer(self.size)
            _copy(CPU, ctypes.addressof(content), self.device, self.address, self.size)
            return content.raw
        return ctypes.string_at(self.address, self.size) if self.size else b""

    def __getitem__(self, place: int) -> int:
        if not -self.size <= place < self.size:
            raise IndexError(f"storage: index {place} is out of range for {self.size} bytes")
        byte = ctypes.c_uint8()
        _copy(CPU, ctypes.addressof(byte), self.device, self.address + place % self.size, 1)
        return byte.value

    def tolist(self) -> list[int]:
        """The bytes as integers."""
        return list(self.bytes())

    def __reduce__(self) -> tuple[Any, ...]:
        return (storage_from_bytes, (self.bytes(), self.device))

    def __repr__(self) -> str:
        return f"UntypedStorage(device={self.device}) of size {self.size}"


if not TYPE_CHECKING:
    # Objects are the struct itself: the class above says what they can do. With native code a
    # storage owns its block and gives it back when it is freed. Without it the block is an object
    # of its own, and the collector visits it, which it may be part of a cycle for.
    _methods = {n: x for n, x in vars(Storage).items() if n not in ("__dict__", "__weakref__")}
    Storage = make_type(
        "tensorsmith.UntypedStorage",
        StorageObject,
        STORAGE_MEMBERS,
        slots=native.storage_slots(),
        collected=not native.ENABLED,
    )
    for _name, _value in _methods.items():
        setattr(Storage, _name, _value)


def storage_from_bytes(content: bytes, place: device) -> Storage:
    """Memory on a device with a copy of `content`."""
    made = new_storage(len(content), place)
    source = ctypes.c_char_p(content)
    _copy(place, made.address, CPU, ctypes.cast(source, ctypes.c_void_p).value or 0, len(content))
    return made


storage_from_bytes.__module__ = "tensorsmith.serialization"  # the public name, which files hold
_from_bytes = storage_from_bytes  # as pickles of earlier versions call it


MOST = 1 << 62  # bytes: beyond it native code could not count them


def new_storage(size: int, place: device = CPU) -> Storage:
    """Fresh memory of `size` bytes, its content undefined."""
    if place is not CPU:
        if place.type == "meta":
            return Storage(None, size, place)
        if not native.ENABLED:
            return Storage(backend_at(place).allocate(size), size, place)
        made = Storage(backend_at(place).take(size), size, place)
        made.block = GPU_BLOCK
        return made
    if native.SERVING.new_storage is not None and size < MOST:
        return native.SERVING.new_storage(size)  # type: ignore[no-any-return]
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


def backend_at(place: device) -> Any:
    """The backend that serves a device."""
    if place.type in backends.FAMILIES:
        return backends.family(place.type).backend_of_device(place.index)
    return backends.get()


def place_on(where: device) -> Place | None:
    """A GPU as native code sees it; None for other devices, and where native code has no way."""
    return backend_at(where).place if where.type == "cuda" else None


def record_use(owner: Any, queue: Any) -> None:
    """Notes that a stream uses memory of a GPU, which is not given out again before that is done.

    Args:
        owner: A storage, or what keeps the memory of one alive. Memory of another library is that
            one's care.
    """
    if isinstance(owner, Storage):
        record_use(owner.buffer, queue)
    elif isinstance(owner, Former):
        for each in owner.owners:
            record_use(each, queue)
    elif hasattr(owner, "record_stream"):
        owner.record_stream(queue)


# bytes from one device to another


def pinned_storage(size: int) -> Storage:
    """Memory of the host that CUDA devices copy from and to by themselves."""
    return Storage(backends.family("cuda").backend_of_device().pinned(size), size, CPU)


def copy_bytes(target: Any, source: Any, size: int, wait: bool = True) -> None:
    """Copies bytes from where a tensor begins to where another one does.

    Args:
        wait: Bytes that come to the host are there on return, and memory of the host that is
            copied from may be written over.
    """
    if SHRUNK:
        check_within((target, source))
    places = target._storage.device, source._storage.device
    pinned = source._storage.is_pinned()
    _copy(places[0], target._data, places[1], source._data, size, wait, pinned)
    for mine, other in ((target, places[1]), (source, places[0])):
        if other.type == "cuda" and mine._storage.is_pinned():
            beside = backend_at(other)
            beside.uses(mine._storage.buffer)
            if wait:
                beside.synchronize()


def _copy(
    to_place: device,
    to: int,
    from_place: device,
    source: int,
    size: int,
    wait: bool = True,
    pinned: bool = False,
) -> None:
    if not size:
        return
    if to_place.type == from_place.type == "cpu":
        ctypes.memmove(to, source, size)
    elif from_place.type == "cpu":
        backend_at(to_place).write(to, source, size, pinned)
    elif to_place.type == "cpu":
        backend_at(from_place).read(to, source, size, wait)
    elif to_place is from_place:
        backend_at(to_place).copy(to, source, size)
    else:
        backend_at(to_place).copy_from_peer(to, source, backend_at(from_place), size)


def fill_bytes(target: Any, byte: int, size: int) -> None:
    """Sets bytes from where a tensor begins."""
    if SHRUNK:
        check_within((target,))
    place = target._storage.device
    if place.type == "cuda":
        backend_at(place).fill(target._data, byte, size)
    else:
        ctypes.memset(target._data, byte, size)
