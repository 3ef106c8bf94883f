"""Tensor methods that convert: to other dtypes and devices, to Python values, to copies."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..ops import dtype as dtypes
from ..ops.dtype import can_cast, dtype
from ..ops.errors import ArgumentError, ArgumentValueError, BackendError, DtypeError, ShapeError
from . import dispatch, interpreters
from .base import TensorBase
from .creation import shape_of
from .devices import CPU, META, usable
from .devices import device as Device
from .dispatch import call, cast, moved, write
from .entries import cast_op
from .fill import before_write, checked, fill_elements
from .interop import array_of
from .interpreters import modes
from .layout import Layout, dense, dense_strides, span, strided
from .native.attach import in_front
from .native.solved import note_geometry
from .normalize import as_dtype
from .repeating import repeated
from .storage import pinned_storage, record_use
from .targets import broadcast
from .tensor import Tensor, wrap
from .transfer import host_of


@repeated
def to(self: Tensor, *arguments: Any, **options: Any) -> Tensor:
    """The tensor with another dtype or on another device; itself if nothing changes.

    Takes a dtype, a device, both, or a tensor whose dtype and device are wanted; `non_blocking`,
    `copy` and `memory_format` as keywords.
    """
    kind, place = options.get("dtype"), options.get("device")
    copy = bool(options.get("copy", False))
    flags = [x for x in arguments if isinstance(x, bool)]
    for value in arguments:
        if isinstance(value, TensorBase):
            kind, place = value._layout.dtype, value._layout.device
        elif isinstance(value, (str, Device)) or (type(value) is int):
            place = value
        elif value is not None and not isinstance(value, bool):
            kind = value
    if len(flags) > 1:
        copy = flags[1]
    waits = not (flags[0] if flags else options.get("non_blocking", False))
    where = self.device if place is None else usable(place)
    return converted(self, as_dtype(kind), where, copy, waits)


def converted(
    tensor: Tensor, kind: dtype | None, place: Device, copy: bool = False, wait: bool = True
) -> Tensor:
    """The tensor with a dtype on a device; without `wait` the host goes on before it is there."""
    found = tensor if place is tensor.device else moved(tensor, place, not wait)
    if kind is not None and kind is not found.dtype:
        return cast(found, kind)  # type: ignore[no-any-return]
    return clone(found) if copy and found is tensor else found


def _to_kind(kind: dtype, name: str) -> Any:
    def convert(self: Tensor, memory_format: Any = None) -> Tensor:
        return converted(self, kind, self.device)

    convert.__name__ = name
    convert.__doc__ = f"The tensor with dtype {kind.name}."
    return convert


def type_(self: Tensor, dtype: Any = None, non_blocking: bool = False) -> Any:
    """The name of the tensor's type; or the tensor with another dtype."""
    if dtype is None:
        room = "cuda." if self.device.type == "cuda" else ""
        return f"tensorsmith.{room}{TYPE_NAMES[self.dtype.name]}Tensor"
    if isinstance(dtype, str):
        short = dtype.rpartition(".")[2]
        for name, spoken in TYPE_NAMES.items():
            if short == f"{spoken}Tensor":
                return converted(self, dtypes.by_name(name), self.device)
        raise ArgumentValueError(f"type: invalid type {dtype!r}")
    return converted(self, as_dtype(getattr(dtype, "dtype", dtype)), self.device)


TYPE_NAMES = {
    "float32": "Float",
    "float64": "Double",
    "float16": "Half",
    "bfloat16": "BFloat16",
    "int64": "Long",
    "int32": "Int",
    "int16": "Short",
    "int8": "Char",
    "uint8": "Byte",
    "bool": "Bool",
    "complex64": "ComplexFloat",
    "complex128": "ComplexDouble",
}


@repeated
def type_as(self: Tensor, other: Tensor) -> Tensor:
    """The tensor with the dtype and on the device of another."""
    return converted(self, other.dtype, other.device)


def cpu(self: Tensor, memory_format: Any = None) -> Tensor:
    """The tensor on the CPU; itself if it is there."""
    return converted(self, None, CPU)


def cuda(
    self: Tensor, device: Any = None, non_blocking: bool = False, memory_format: Any = None
) -> Tensor:
    """The tensor on a CUDA device.

    Raises:
        RuntimeError: CUDA is not available.
    """
    where = usable("cuda" if device is None else device)
    if where.type != "cuda":
        raise BackendError(f"cuda: Invalid device, must be cuda device, got {where}")
    return converted(self, None, where, wait=not non_blocking)


def pin_memory(self: Tensor, device: Any = None) -> Tensor:
    """The tensor in pinned memory of the host, from which copies need not wait; itself if it is.

    Raises:
        RuntimeError: it is not on the CPU, or there is no CUDA device.
    """
    if self.device is not CPU:
        raise BackendError(f"cannot pin '{self.type()}' only dense CPU tensors can be pinned")
    if is_pinned(self):
        return self
    made = wrap(Tensor, dense(self.dtype, self.shape), pinned_storage(self.nbytes))
    dispatch.copy_elements(made, self)
    return made  # type: ignore[no-any-return]


def is_pinned(self: Tensor, device: Any = None) -> bool:
    """The tensor lies in pinned memory of the host."""
    return bool(self._storage.is_pinned())


@repeated
def clone(input: Tensor, *, memory_format: Any = None) -> Tensor:
    """A copy with memory of its own."""
    layout = input._layout
    wanted = layout_in(layout, memory_format)
    if wanted is None:  # as results of ops lie
        return call(cast_op(layout.dtype), (input,))  # type: ignore[no-any-return]
    return call(cast_op(layout.dtype), (input,), layouts=(wanted,))  # type: ignore[no-any-return]


@repeated
def contiguous(self: Tensor, memory_format: Any = None) -> Tensor:
    """The tensor in C order, or as `channels_last` has it, without gaps; itself if it is so."""
    layout = self._layout
    wanted = layout_in(layout, memory_format)
    if wanted is None:
        wanted = dense(layout.dtype, layout.shape, layout.device)
    if not layout.conj and is_contiguous(self, memory_format):
        return self
    return call(cast_op(layout.dtype), (self,), layouts=(wanted,))  # type: ignore[no-any-return]


def layout_in(layout: Layout, memory_format: Any) -> Layout | None:
    """The layout of a tensor of the same shape without gaps in a memory format; None for
    `preserve_format`, or if none is given.

    Raises:
        RuntimeError: the format is one of images, and the tensor has another number of dims.
    """
    name = str(memory_format)
    if name == "contiguous_format":
        return dense(layout.dtype, layout.shape, layout.device)
    if "channels_last" not in name:
        return None
    rank = 5 if name.endswith("3d") else 4
    if layout.rank != rank:
        raise ShapeError(
            f"required rank {rank} tensor to use {name} format, but the tensor has {layout.rank} "
            "dims"
        )
    shape = layout.shape
    turned = dense_strides((shape[0], *shape[2:], shape[1]))
    steps = (turned[0], turned[-1], *turned[1:-1])
    return strided(layout.dtype, shape, steps, layout.device)


def is_contiguous(self: Tensor, memory_format: Any = None) -> bool:
    """The elements lie in C order without gaps (or as `channels_last` has them)."""
    name = str(memory_format)
    if "channels_last" not in name:
        return self._layout.contiguous
    rank = 5 if name.endswith("3d") else 4
    if self.dim() != rank:
        return False
    order = [0, *range(2, rank), 1]
    turned = broadcast(self, tuple(self.shape))
    shape = tuple(turned.shape[dim] for dim in order)
    steps = tuple(turned.stride()[dim] for dim in order)
    return strided(self.dtype, shape, steps, self.device).contiguous


def copy_(self: Tensor, src: Any, non_blocking: bool = False) -> Tensor:
    """The tensor itself, with the elements of `src`, broadcast and converted."""
    if isinstance(src, (int, float, complex)):
        return fill_(self, src)
    if not isinstance(src, TensorBase):
        raise ArgumentError(f"copy_(): argument 'other' must be Tensor, not {type(src).__name__}")
    source: Any = src
    if source._layout.shape != self._layout.shape:
        try:
            source = source.expand(self.shape)
        except RuntimeError:
            raise ShapeError(
                f"output with shape {list(self.shape)} doesn't match the broadcast shape: the "
                f"source "
                f"has shape {list(source.shape)}"
            ) from None
    if source._layout.device is not self._layout.device:
        source = moved(source, self._layout.device, non_blocking)
    op = cast_op(self._layout.dtype)
    return write(op, self, (source,))  # type: ignore[no-any-return]


@repeated
def fill_(self: Tensor, value: Any) -> Tensor:
    """The tensor itself, filled with a number."""
    if isinstance(value, TensorBase):
        if value._layout.rank:
            raise BackendError(
                "fill_ only supports 0-dimension value tensor but got tensor with "
                f"{value._layout.rank} dimensions."
            )
        return self.copy_(value)
    return _filled(self, value)


@repeated
def zero_(self: Tensor) -> Tensor:
    """The tensor itself, filled with 0."""
    return _filled(self, 0)


def _filled(target: Tensor, value: Any) -> Tensor:
    simple = modes.trace is not None and type(value) in (int, float, bool)
    if simple and target._layout.device is CPU and not target.is_complex():
        numbers = (tuple(target.shape), checked(value, target.dtype), target.dtype)
        return write("full", target, (), numbers)  # type: ignore[no-any-return]
    if not (interpreters.active and modes.stack) and not _has_history(target):
        before_write(target)
        fill_elements(target, value)
        target._storage.version += 1
        return target
    attributes = {
        "size": tuple(target.shape),
        "fill_value": checked(value, target.dtype),
        "dtype": target.dtype,
    }
    return write("full", target, (), attributes)  # type: ignore[no-any-return]


def _has_history(target: Tensor) -> bool:
    return target.requires_grad or (target._base is not None and target._base.requires_grad)


@in_front("call_number")
def item(self: Tensor) -> Any:
    """The only element as a Python number.

    Raises:
        RuntimeError: the tensor does not have exactly one element.
    """
    layout = self._layout
    if layout.numel != 1:
        raise BackendError(f"a Tensor with {layout.numel} elements cannot be converted to Scalar")
    number = NUMBERS.get(layout.dtype)
    if number is not None and layout.device is CPU and modes.trace is None:
        note_geometry(layout)
        return number.from_address(self._data).value
    if layout.device.type == "meta":
        raise BackendError("Tensor.item() cannot be called on meta tensors")
    return array_of(host_of(self)).item()


NUMBERS: dict[dtype, Any] = {
    dtypes.float32: ctypes.c_float, dtypes.float64: ctypes.c_double, dtypes.bool_: ctypes.c_bool,
    dtypes.int64: ctypes.c_int64, dtypes.int32: ctypes.c_int32, dtypes.int16: ctypes.c_int16,
    dtypes.int8: ctypes.c_int8, dtypes.uint8: ctypes.c_uint8,
}  # fmt: skip
"""How Python reads an element of these dtypes where it lies."""


@in_front("call_tolist")
def tolist(self: Tensor) -> Any:
    """The elements as nested lists; of a 0-dim tensor the number."""
    note_geometry(self._layout)
    values = array_of(host_of(self))
    if self.dtype is dtypes.bfloat16:
        values = values.astype(np.float32)
    return values.tolist()


@in_front("call_bool")
def _bool_of(self: Tensor) -> bool:
    if self._layout.numel != 1:
        if not self._layout.numel:
            raise BackendError("Boolean value of Tensor with no values is ambiguous")
        raise BackendError("Boolean value of Tensor with more than one value is ambiguous")
    return bool(self.item())


def _number(name: str, function: Any) -> Any:
    def convert(self: Tensor) -> Any:
        if self._layout.numel != 1:
            raise ArgumentValueError(
                "only one element tensors can be converted to Python scalars, got shape "
                f"{list(self.shape)}"
            )
        return function(self.item())

    convert.__name__ = name
    return convert


def _index_of(self: Tensor) -> int:
    if self._layout.dtype.kind not in ("int", "bool") or self._layout.numel != 1:
        raise ArgumentError("only integer tensors of a single element can be converted to an index")
    return int(self.item())


def _len_of(self: Tensor) -> int:
    if not self._layout.rank:
        raise ArgumentError("len() of a 0-d tensor")
    return self._layout.shape[0]  # type: ignore[no-any-return]


def _iter_of(self: Tensor) -> Iterator[Any]:
    if not self._layout.rank:
        raise ArgumentError("iteration over a 0-d tensor")
    return iter(self.unbind(0))


def _contains_of(self: Tensor, element: Any) -> bool:
    if isinstance(element, (TensorBase, int, float, bool, complex)):
        return bool((self == element).any().item())
    raise BackendError(
        f"Tensor.__contains__ only supports Tensor or scalar, but you passed in a {type(element)}."
    )


def _format_of(self: Tensor, spec: str) -> str:
    if not self._layout.rank and self.device.type != "meta":
        return format(self.item(), spec)
    return object.__format__(self, spec)


def resize_(self: Tensor, *sizes: Any, memory_format: Any = None) -> Tensor:
    """The tensor itself with another shape in C order; new elements are undefined."""
    if self.requires_grad:
        raise BackendError("cannot resize variables that require grad")
    shape = shape_of("resize_", sizes)
    if shape != self.shape:
        dispatch.resize(self, tuple(shape))
    return self


def resize_as_(self: Tensor, tensor: Tensor, memory_format: Any = None) -> Tensor:
    """The tensor itself with the shape of another."""
    return resize_(self, tuple(tensor.shape))


def set_(
    self: Tensor, source: Any = None, storage_offset: int = 0, size: Any = None, stride: Any = None
) -> Tensor:
    """The tensor itself over the memory of `source`, a tensor or a storage."""
    if source is None:
        dispatch.resize(self, (0,))
        return self
    if isinstance(source, TensorBase):
        layout, storage, offset = source._layout, source._storage, source._offset
        if layout.dtype is not self.dtype:
            raise DtypeError(f"set_: expected a tensor of {self.dtype}, got {layout.dtype}")
    else:
        storage, offset = source, 0
        layout = dense(self.dtype, (storage.size // self.itemsize,), storage.device)
    if size is not None:
        shape = tuple(size)
        steps = tuple(stride) if stride is not None else dense(layout.dtype, shape).strides
        layout, offset = strided(layout.dtype, shape, steps, layout.device), storage_offset
        if (offset + span(shape, steps)) * layout.dtype.itemsize > storage.size:
            raise ShapeError(
                f"setStorage: sizes {list(shape)}, strides {list(steps)}, storage offset {offset} "
                f"are out of bounds for storage of size {storage.size}"
            )
    self._layout, self._storage, self._offset = layout, storage, offset
    self._data = storage.address + offset * layout.dtype.itemsize
    return self


def to_meta(tensor: Tensor) -> Tensor:
    """The shape of a tensor, without elements."""
    return moved(tensor, META)  # type: ignore[no-any-return]


def record_stream(self: Tensor, stream: Any) -> None:
    """Another stream uses the memory, too: it is given out again only when that has done so."""
    if self.device.type == "cuda":
        record_use(self._storage, stream.queue)


METHODS: dict[str, Any] = {
    "to": to,
    "type": type_,
    "type_as": type_as,
    "cpu": cpu,
    "cuda": cuda,
    "pin_memory": pin_memory,
    "record_stream": record_stream,
    "is_pinned": is_pinned,
    "clone": clone,
    "contiguous": contiguous,
    "is_contiguous": is_contiguous,
    "copy_": copy_,
    "fill_": fill_,
    "zero_": zero_,
    "item": item,
    "tolist": tolist,
    "resize_": resize_,
    "resize_as_": resize_as_,
    "set_": set_,
    "__bool__": _bool_of,
    "__index__": _index_of,
    "__len__": _len_of,
    "__iter__": _iter_of,
    "__contains__": _contains_of,
    "__format__": _format_of,
    "__float__": in_front("call_float")(_number("__float__", float)),
    "__int__": in_front("call_int")(_number("__int__", int)),
    "__complex__": _number("__complex__", complex),
    "float": _to_kind(dtypes.float32, "float"),
    "double": _to_kind(dtypes.float64, "double"),
    "half": _to_kind(dtypes.float16, "half"),
    "bfloat16": _to_kind(dtypes.bfloat16, "bfloat16"),
    "int": _to_kind(dtypes.int32, "int"),
    "long": _to_kind(dtypes.int64, "long"),
    "short": _to_kind(dtypes.int16, "short"),
    "char": _to_kind(dtypes.int8, "char"),
    "byte": _to_kind(dtypes.uint8, "byte"),
    "bool": _to_kind(dtypes.bool_, "bool"),
    "cfloat": _to_kind(dtypes.complex64, "cfloat"),
    "cdouble": _to_kind(dtypes.complex128, "cdouble"),
}

__all__ = ["METHODS", "can_cast", "clone", "contiguous", "converted", "copy_", "fill_", "to"]
