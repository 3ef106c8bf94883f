"""Tensor methods that convert: to other dtypes, devices and orders in memory, to copies."""

from __future__ import annotations

from typing import Any

from ...ops import dtype as dtypes
from ...ops.dtype import dtype, type_name
from ...ops.errors import ArgumentError, ArgumentValueError, BackendError, ShapeError
from ..base import TensorBase
from ..calls.dispatch import call, cast, moved
from ..calls.entries import cast_op
from ..calls.into import copy_elements
from ..calls.normalize import as_dtype
from ..calls.repeating import repeated
from ..devices import CPU, usable
from ..devices import device as Device
from ..layout import Layout, dense, dense_strides, strided
from ..storage import pinned_storage, record_use
from ..tensor import Tensor, wrap


@repeated
def to(self: Tensor, *arguments: Any, **options: Any) -> Tensor:
    """The tensor with another dtype or on another device; itself if nothing changes.

    Takes a dtype, a device, both, or a tensor whose dtype and device are wanted; `non_blocking`,
    `copy` and `memory_format` as keywords.

    Raises:
        TypeError: a dtype or a device is named twice.
    """
    kind, place = options.get("dtype"), options.get("device")
    named = [name for name in ("dtype", "device") if options.get(name) is not None]
    copy = bool(options.get("copy", False))
    flags = [x for x in arguments if isinstance(x, bool)]
    for value in arguments:
        if isinstance(value, TensorBase):
            kind, place = value._layout.dtype, value._layout.device
            named += ["dtype", "device"]
        elif isinstance(value, (str, Device)) or (type(value) is int):
            place = value
            named.append("device")
        elif value is not None and not isinstance(value, bool):
            kind = value
            named.append("dtype")
    if len(set(named)) < len(named):
        raise ArgumentError(
            "to() received an invalid combination of arguments: the dtype and the device must be "
            f"named once each, got {named}"
        )
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
        return f"tensorsmith.{room}{type_name(self.dtype)}Tensor"
    if isinstance(dtype, str):
        short = dtype.rpartition(".")[2]
        for kind in dtypes.DTYPES:
            if short == f"{type_name(kind)}Tensor":
                return converted(self, kind, self.device)
        raise ArgumentValueError(f"type: invalid type {dtype!r}")
    return converted(self, as_dtype(getattr(dtype, "dtype", dtype)), self.device)


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
    copy_elements(made, self)
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
    shape = tuple(self.shape[dim] for dim in order)
    steps = tuple(self.stride()[dim] for dim in order)
    return strided(self.dtype, shape, steps, self.device).contiguous


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
