"""DLPack, the protocol by which array libraries share memory, in both directions."""

from __future__ import annotations

import ctypes
from typing import Any

from ...backends.native.lasting import keep_forever
from ...ops import dtype as dtypes
from ...ops.dtype import dtype
from ...ops.errors import ArgumentError, ArgumentValueError, BackendError
from ..devices import CPU, usable
from ..devices import device as Device
from ..layout import dense_strides, span, strided
from ..native.runtime import ADDRESSES, ENABLED, STATE
from ..shrunk import check_within
from ..storage import Foreign, Storage, backend_at, record_use
from ..tensor import Tensor, wrap

CPU_DEVICE, CUDA_DEVICE, PINNED = 1, 2, 3  # kinds of devices
CODES = {"int": 0, "uint": 1, "float": 2, "bfloat": 4, "complex": 5, "bool": 6}


class _Device(ctypes.Structure):
    _fields_ = [("type", ctypes.c_int32), ("index", ctypes.c_int32)]


class _DataType(ctypes.Structure):
    _fields_ = [("code", ctypes.c_uint8), ("bits", ctypes.c_uint8), ("lanes", ctypes.c_uint16)]


class _Array(ctypes.Structure):
    _fields_ = [
        ("data", ctypes.c_void_p),
        ("device", _Device),
        ("ndim", ctypes.c_int32),
        ("dtype", _DataType),
        ("shape", ctypes.POINTER(ctypes.c_int64)),
        ("strides", ctypes.POINTER(ctypes.c_int64)),
        ("byte_offset", ctypes.c_uint64),
    ]


class _Managed(ctypes.Structure):
    _fields_ = [("array", _Array), ("context", ctypes.c_void_p), ("deleter", ctypes.c_void_p)]


class _Version(ctypes.Structure):
    _fields_ = [("major", ctypes.c_uint32), ("minor", ctypes.c_uint32)]


class _ManagedVersioned(ctypes.Structure):
    _fields_ = [
        ("version", _Version),
        ("context", ctypes.c_void_p),
        ("deleter", ctypes.c_void_p),
        ("flags", ctypes.c_uint64),
        ("array", _Array),
    ]


_Deleter = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
_api = ctypes.pythonapi
_api.PyCapsule_New.restype = ctypes.py_object
_api.PyCapsule_New.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
_api.PyCapsule_IsValid.restype = ctypes.c_int
_api.PyCapsule_IsValid.argtypes = [ctypes.py_object, ctypes.c_char_p]
_api.PyCapsule_GetPointer.restype = ctypes.c_void_p
_api.PyCapsule_GetPointer.argtypes = [ctypes.py_object, ctypes.c_char_p]
_api.PyCapsule_SetName.restype = ctypes.c_int
_api.PyCapsule_SetName.argtypes = [ctypes.py_object, ctypes.c_char_p]
_raw_api = ctypes.PyDLL(None)  # the same functions with plain pointers, for a capsule that is dying
_is_valid = _raw_api.PyCapsule_IsValid
_is_valid.restype, _is_valid.argtypes = ctypes.c_int, [ctypes.c_void_p, ctypes.c_char_p]
_get_pointer = _raw_api.PyCapsule_GetPointer
_get_pointer.restype, _get_pointer.argtypes = ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_char_p]

_exported: dict[int, tuple[Any, ...]] = {}  # address of a managed struct -> what it needs alive
USED = ctypes.create_string_buffer(b"used_dltensor")  # a capsule keeps a pointer to its name
USED_VERSIONED = ctypes.create_string_buffer(b"used_dltensor_versioned")
NAME = ctypes.create_string_buffer(b"dltensor")


def _release(address: int) -> None:
    _exported.pop(address, None)


_release_callback = _Deleter(_release)


def _capsule_dies(capsule: int) -> None:
    """A capsule that nobody took: its struct goes with it."""
    if _is_valid(capsule, b"dltensor"):
        _release(_get_pointer(capsule, b"dltensor"))


_destructor = ctypes.cast(ctypes.PYFUNCTYPE(None, ctypes.c_void_p)(_capsule_dies), ctypes.c_void_p)
if ENABLED:  # which goes well, too, while an exception is under way
    STATE.capsule_name, STATE.release = ctypes.addressof(NAME), id(keep_forever(_release))
    _destructor = ctypes.c_void_p(ADDRESSES["end_capsule"])


def _type_of(kind: dtype) -> _DataType:
    name = kind.kind
    if kind.name.startswith("uint"):
        name = "uint"
    elif kind is dtypes.bfloat16:
        name = "bfloat"
    return _DataType(CODES[name], kind.itemsize * 8, 1)


def _words(kind: dtype) -> tuple[int, int, int]:
    made = _type_of(kind)
    return made.code, made.bits, made.lanes


_KINDS = {_words(kind): kind for kind in dtypes.DTYPES}


def to_dlpack(tensor: Any) -> Any:
    """A capsule that hands the tensor's memory to another library.

    Raises:
        BufferError: the tensor requires grad.
        RuntimeError: it has no memory.
    """
    if tensor.requires_grad:
        raise BufferError(
            "Can't export tensors that require gradient, use tensor.detach() before exporting."
        )
    if tensor._layout.conj:
        raise BufferError("Can't export tensors with the conjugate bit set")
    check_within((tensor,))
    place = _Device(*device_of(tensor))
    rank = tensor.dim()
    shape = (ctypes.c_int64 * max(rank, 1))(*tensor.shape)
    strides = (ctypes.c_int64 * max(rank, 1))(*tensor.stride())
    managed = _Managed(
        _Array(tensor._data, place, rank, _type_of(tensor.dtype), shape, strides, 0),
        None,
        ctypes.cast(_release_callback, ctypes.c_void_p),
    )
    address = ctypes.addressof(managed)
    _exported[address] = (managed, shape, strides, tensor._storage)
    return _api.PyCapsule_New(address, ctypes.cast(NAME, ctypes.c_char_p), _destructor)


def export(
    tensor: Any,
    *,
    stream: Any = None,
    max_version: tuple[int, int] | None = None,
    dl_device: tuple[int, int] | None = None,
    copy: bool | None = None,
) -> Any:
    """`Tensor.__dlpack__`.

    Args:
        stream: On a CUDA device: the stream on which the memory will be used, which goes on after
            all that is queued now; 1 or None for the default one, -1 for none that is to wait.
        dl_device: Where it is wanted: where it is, or on the CPU.
        copy: True for a copy; False forbids it.

    Raises:
        BufferError: what is asked for cannot be given.
        TypeError: the stream is no integer.
    """
    if stream is not None and not isinstance(stream, int):
        raise ArgumentError("__dlpack__: stream must be an integer or None")
    if dl_device is not None and tuple(dl_device) != device_of(tensor):
        if tuple(dl_device) != (CPU_DEVICE, 0) or copy is False:
            raise BufferError(f"__dlpack__: cannot export to the device {dl_device}")
        return to_dlpack(tensor.cpu())
    if tensor.device.type != "cuda" and stream not in (None, -1):
        raise BufferError("__dlpack__: a stream belongs to a CUDA device, and this is the CPU")
    shared = tensor.clone() if copy else tensor
    if tensor.device.type == "cuda" and stream != -1:
        _hand_over(shared, 1 if stream is None else stream)
    return to_dlpack(shared)


def _hand_over(tensor: Any, stream: int) -> None:
    """Lets a stream of another library use a tensor's memory."""
    try:
        queue = backend_at(tensor._layout.device).let_wait(stream)
    except BackendError as error:
        raise BufferError(f"__dlpack__: {error}") from None
    record_use(tensor._storage, queue)


def device_of(tensor: Any) -> tuple[int, int]:
    """`Tensor.__dlpack_device__`: device type and number."""
    place = tensor.device
    if place.type == "cuda":
        return (CUDA_DEVICE, place.index)
    if place.type != "cpu":
        raise BackendError(f"__dlpack_device__: {place} is not a device of DLPack")
    return (CPU_DEVICE, 0)


class _Imported:
    """Memory of another library; gives it back when the last tensor over it is gone."""

    def __init__(self, managed: Any, deleter: int | None) -> None:
        self.managed = managed
        self.deleter = deleter

    def __del__(self) -> None:
        if self.deleter:
            _Deleter(self.deleter)(ctypes.addressof(self.managed))


def from_dlpack(ext_tensor: Any, *, device: Any = None, copy: bool | None = None) -> Tensor:
    """A tensor over the memory of another library's array.

    Args:
        ext_tensor: An object with `__dlpack__`, or a capsule. On a CUDA device its work comes
            before what is queued here from now on.
        device: Where the tensor is to be: a copy, if it is elsewhere; None for where it is.
        copy: True for a copy; False forbids it.

    Raises:
        TypeError: it is neither, or the capsule was used before.
        RuntimeError: its dtype or device is not known.
        ValueError: it is on another device, and `copy` is False.
    """
    capsule = ext_tensor
    if hasattr(ext_tensor, "__dlpack__"):
        capsule = _ask(ext_tensor)
    if type(capsule).__name__ != "PyCapsule":
        raise ArgumentError(
            f"from_dlpack: an object with __dlpack__ is needed, not {type(capsule)}"
        )
    if _api.PyCapsule_IsValid(capsule, b"dltensor"):
        managed: Any = _Managed.from_address(_api.PyCapsule_GetPointer(capsule, b"dltensor"))
        _api.PyCapsule_SetName(capsule, ctypes.cast(USED, ctypes.c_char_p))
    elif _api.PyCapsule_IsValid(capsule, b"dltensor_versioned"):
        managed = _ManagedVersioned.from_address(
            _api.PyCapsule_GetPointer(capsule, b"dltensor_versioned")
        )
        _api.PyCapsule_SetName(capsule, ctypes.cast(USED_VERSIONED, ctypes.c_char_p))
    else:
        raise ArgumentError("from_dlpack: the capsule must be fresh: one can be consumed only once")
    made = _over(managed.array, _Imported(managed, managed.deleter))
    where = made._layout.device if device is None else usable(device)
    if where is not made._layout.device:
        if copy is False:
            raise ArgumentValueError(
                f"from_dlpack: cannot move a tensor from {made._layout.device} to {where} without "
                "copying. Set copy=True is needed."
            )
        return made.to(where)
    return made.clone() if copy else made


def _ask(array: Any) -> Any:
    """The capsule of an array, which may be used on the current stream of its device."""
    kind, number = getattr(array, "__dlpack_device__", lambda: (CPU_DEVICE, 0))()
    if kind != CUDA_DEVICE:
        return array.__dlpack__()
    return array.__dlpack__(stream=backend_at(Device("cuda", number)).stream_number())


def _place_of(place: _Device) -> Device:
    """The device that an array lies on."""
    if place.type in (CPU_DEVICE, PINNED):
        return CPU
    if place.type == CUDA_DEVICE:
        return usable(Device("cuda", place.index))
    raise BackendError(
        f"from_dlpack: the array must lie on the CPU or a CUDA device, not on one of kind "
        f"{place.type}"
    )


def _over(array: _Array, owner: _Imported) -> Tensor:
    place = _place_of(array.device)
    wanted = array.dtype
    kind = _KINDS.get((wanted.code, wanted.bits, wanted.lanes))
    if kind is None:
        raise BackendError(
            f"from_dlpack: dtype code {wanted.code} with {wanted.bits} bits is not known"
        )
    shape = tuple(array.shape[i] for i in range(array.ndim))
    strides = (
        tuple(array.strides[i] for i in range(array.ndim))
        if array.strides
        else dense_strides(shape)
    )
    size = span(shape, strides) * kind.itemsize
    memory = Foreign((array.data or 0) + array.byte_offset, size, owner)
    storage = Storage(memory, size, place)
    return wrap(Tensor, strided(kind, shape, strides, place), storage)  # type: ignore[no-any-return]
