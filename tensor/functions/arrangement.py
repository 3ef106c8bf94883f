"""Composites that rearrange: reshape, split, stack and their kin, made of views and `cat`."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from ...ops.dtype import dtype
from ...ops.dtype import dtype as DType
from ...ops.errors import ArgumentError, DimensionError, ShapeError
from ..base import TensorBase
from ..calls.dispatch import call
from ..calls.ordering import wrap_dim
from ..calls.repeating import repeated
from ..calls.targets import check_tensor
from ..creation.making import shape_of
from ..layout import strided
from ..native.attach import served
from ..tensor import Tensor, wrap


def integers(values: tuple[Any, ...]) -> tuple[int, ...]:
    """Numbers given one by one or as one sequence."""
    if len(values) == 1 and isinstance(values[0], (tuple, list)):
        values = tuple(values[0])
    try:
        return tuple([x if type(x) is int else x.__index__() for x in values])
    except AttributeError:
        kinds = ", ".join(type(x).__name__ for x in values)
        raise ArgumentError(f"sizes and dims must be integers, got ({kinds})") from None


@served("view", (0, 1))
def view(self: Tensor, *size: Any, dtype: Any = None) -> Tensor:
    """The same memory under another shape, or read as another dtype.

    Raises:
        RuntimeError: strides do not allow it, or the number of elements differs.
    """
    if dtype is not None or (len(size) == 1 and isinstance(size[0], DType)):
        return view_as_dtype(self, dtype or size[0])
    return call("view", (self,), (integers(size),))  # type: ignore[no-any-return]


def view_as_dtype(tensor: Any, kind: dtype) -> Tensor:
    """The same bytes read as another dtype.

    Raises:
        RuntimeError: the last dim does not hold a whole number of the new elements.
    """
    layout = tensor._layout
    old, new = layout.dtype.itemsize, kind.itemsize
    shape, steps = list(layout.shape), list(layout.strides)
    if old != new:
        if not shape:
            raise ShapeError("self.dim() cannot be 0 to view Tensor as a dtype of another size")
        if steps[-1] != 1 and shape[-1] != 1:
            raise ShapeError(
                "view: self.stride(-1) must be 1 to view it as a dtype of another size"
            )
        if new > old and (
            shape[-1] * old % new
            or any(s * old % new for s in steps[:-1])
            or tensor._offset * old % new
        ):
            raise ShapeError(
                f"view: self.size(-1) must be divisible by {new // old} to view {layout.dtype} "
                f"as {kind}"
            )
        shape[-1] = shape[-1] * old // new
        steps = [s * old // new for s in steps[:-1]] + [1]
    made = strided(kind, tuple(shape), tuple(steps), layout.device)
    return wrap(  # type: ignore[no-any-return]
        Tensor,
        made,
        tensor._storage,
        tensor._offset * old // new,
        tensor if tensor._base is None else tensor._base,
    )


def _viewed(name: str, tensor: Tensor, attributes: Any) -> Any:
    """A view, or the view of a copy where strides do not allow it."""
    if tensor._layout.contiguous:
        return call(name, (tensor,), attributes)
    try:
        return call(name, (tensor,), attributes)
    except ShapeError:
        return call(name, (tensor.contiguous(),), attributes)


@served("view", (0, 1))
@repeated
def reshape(input: Tensor, *shape: Any) -> Tensor:
    """The same elements under another shape, sharing memory if possible."""
    return _viewed("view", input, (integers(shape),))  # type: ignore[no-any-return]


@served("flatten", (0, 1, 2))
@repeated
def flatten(input: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """The dims from `start_dim` to `end_dim` merged into one."""
    return _viewed("flatten", input, (start_dim, end_dim))  # type: ignore[no-any-return]


@repeated
def ravel(input: Tensor) -> Tensor:
    """All elements in one dim."""
    return _viewed("view", input, ((-1,) if input.numel() else (0,),))  # type: ignore[no-any-return]


@repeated
def unflatten(input: Tensor, dim: int, sizes: Any) -> Tensor:
    """One dim split into several."""
    return _viewed("unflatten", input, (dim, tuple(sizes)))  # type: ignore[no-any-return]


@repeated
def view_as(self: Tensor, other: Tensor) -> Tensor:
    """The same memory under the shape of another tensor."""
    return view(self, tuple(other.shape))


@repeated
def reshape_as(self: Tensor, other: Tensor) -> Tensor:
    """The same elements under the shape of another tensor."""
    return reshape(self, tuple(other.shape))


@served("expand", (0, 1))
def expand(self: Tensor, *size: Any, implicit: bool = False) -> Tensor:
    """Dims of extent 1 repeated without a copy; -1 keeps a dim."""
    return call("expand", (self,), (integers(size),))  # type: ignore[no-any-return]


@repeated
def expand_as(self: Tensor, other: Tensor) -> Tensor:
    """The tensor expanded to the shape of another."""
    return expand(self, tuple(other.shape))


@repeated
def broadcast_to(input: Tensor, size: Any) -> Tensor:
    """The tensor expanded to a shape."""
    return expand(input, tuple(size))


@repeated
def broadcast_tensors(*tensors: Any) -> tuple[Tensor, ...]:
    """The tensors expanded to their common shape."""
    if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)):
        tensors = tuple(tensors[0])
    shape = broadcast_shapes(*(tuple(x.shape) for x in tensors))
    return tuple(x.expand(shape) for x in tensors)


def broadcast_shapes(*shapes: Any) -> Any:
    """The shape that shapes broadcast to.

    Raises:
        RuntimeError: there is none.
    """
    import numpy as np

    plain = [(shape,) if isinstance(shape, int) else tuple(shape) for shape in shapes]
    try:
        return shape_of("broadcast_shapes", (np.broadcast_shapes(*plain),))
    except ValueError:
        listed = ", ".join(str(list(shape)) for shape in plain)
        raise ShapeError(
            "Shape mismatch: objects cannot be broadcast to a single shape: " + listed
        ) from None


@served("permute", (0, 1))
def permute(input: Tensor, *dims: Any) -> Tensor:
    """All dims in a new order."""
    return call("permute", (input,), (integers(dims),))  # type: ignore[no-any-return]


@repeated
def unbind(input: Tensor, dim: int = 0) -> tuple[Tensor, ...]:
    """The slices along a dim, without it."""
    check_tensor("unbind", "input", input)
    axis = wrap_dim("unbind", dim, input.dim())
    if not input.dim():
        raise DimensionError("unbind: Dimension specified as 0 but tensor has no dimensions")
    return tuple(call("select", (input,), (axis, i)) for i in range(input.shape[axis]))


def narrow(input: Tensor, dim: int, start: Any, length: int) -> Tensor:
    """A run of places along a dim."""
    return call("narrow", (input,), (int(dim), int(start), int(length)))  # type: ignore[no-any-return]


def narrow_copy(input: Tensor, dim: int, start: int, length: int) -> Tensor:
    """A copy of a run of places along a dim."""
    return narrow(input, dim, start, length).clone()


def split(tensor: Tensor, split_size_or_sections: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """Views of parts of a dim: of one size (the last may be smaller), or of given sizes.

    Raises:
        RuntimeError: given sizes do not add up to the extent.
    """
    axis = wrap_dim("split", dim, tensor.dim())
    extent = tensor.shape[axis]
    if isinstance(split_size_or_sections, int):
        size = split_size_or_sections
        if size < 0 or (size == 0 and extent):
            raise ShapeError(
                f"split expects split_size be non-negative, but got split_size={size}"
                if size < 0
                else f"split: split_size can only be 0 if dimension size is 0, but got {extent}"
            )
        sizes = [min(size, extent - at) for at in range(0, extent, size)] if extent else [0]
    else:
        sizes = [int(x) for x in split_size_or_sections]
        if sum(sizes) != extent or any(x < 0 for x in sizes):
            raise ShapeError(
                f"split_with_sizes expects split_sizes to sum exactly to {extent} (input tensor's "
                f"size at dimension {dim}), but got split_sizes={sizes}"
            )
    return _parts(tensor, axis, sizes)


def _parts(tensor: Tensor, axis: int, sizes: Sequence[int]) -> tuple[Tensor, ...]:
    found, start = [], 0
    for size in sizes:
        found.append(call("narrow", (tensor,), (axis, start, size)))
        start += size
    return tuple(found)


@repeated
def chunk(input: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """Views of at most `chunks` equal parts of a dim; the last may be smaller."""
    if chunks <= 0:
        raise ShapeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    axis = wrap_dim("chunk", dim, input.dim())
    extent = input.shape[axis]
    if not extent:
        return _parts(input, axis, [0] * chunks)
    return split(input, -(-extent // chunks), axis)


def tensor_split(input: Tensor, indices_or_sections: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """Views of parts of a dim: a number of nearly equal ones, or cut at given places."""
    axis = wrap_dim("tensor_split", dim, input.dim())
    extent = input.shape[axis]
    cuts = indices_or_sections
    if isinstance(cuts, TensorBase):
        cuts = cuts.tolist()
    if isinstance(cuts, int):
        if cuts <= 0:
            raise ShapeError(f"number of sections must be larger than 0, got {cuts}")
        size, more = divmod(extent, cuts)
        return _parts(input, axis, [size + (place < more) for place in range(cuts)])
    edges = [0, *(min(max(c + extent if c < 0 else c, 0), extent) for c in cuts), extent]
    return tuple(
        call("narrow", (input,), (axis, start, max(stop - start, 0)))
        for start, stop in pairwise(edges)
    )


def _named_split(name: str, input: Tensor, cuts: Any, dim: int, least: int) -> tuple[Tensor, ...]:
    if input.dim() < least:
        raise ShapeError(
            f"{name} requires a tensor with at least {least} dimension, but got a tensor with "
            f"{input.dim()} dimensions!"
        )
    if isinstance(cuts, int) and (cuts <= 0 or input.shape[dim] % cuts):
        raise ShapeError(
            f"{name} attempted to split along dimension {dim}, but the size of the dimension "
            f"{input.shape[dim]} is not divisible by the split_size {cuts}!"
        )
    return tensor_split(input, cuts, dim)


def hsplit(input: Tensor, indices_or_sections: Any) -> tuple[Tensor, ...]:
    """The tensor split along its second dim (its first if it has one)."""
    return _named_split("hsplit", input, indices_or_sections, 0 if input.dim() == 1 else 1, 1)


def vsplit(input: Tensor, indices_or_sections: Any) -> tuple[Tensor, ...]:
    """The tensor split along its first dim."""
    return _named_split("vsplit", input, indices_or_sections, 0, 2)


def dsplit(input: Tensor, indices_or_sections: Any) -> tuple[Tensor, ...]:
    """The tensor split along its third dim."""
    return _named_split("dsplit", input, indices_or_sections, 2, 3)


@repeated
def repeat(self: Tensor, *repeats: Any) -> Tensor:
    """The tensor repeated along each dim."""
    times = integers(repeats)
    if len(times) < self.dim():
        raise ShapeError(
            "Number of dimensions of repeat dims can not be smaller than number of dimensions "
            "of tensor"
        )
    shape = (1,) * (len(times) - self.dim()) + tuple(self.shape)
    inner = [extent for pair in zip((1,) * len(shape), shape) for extent in pair]
    outer = [extent for pair in zip(times, shape) for extent in pair]
    final = [count * extent for count, extent in zip(times, shape)]
    wide = self.reshape(inner).expand(outer)
    return wide.clone(memory_format="contiguous_format").view(final)


def tile(input: Tensor, *dims: Any) -> Tensor:
    """The tensor repeated along each dim, as NumPy's `tile` has it."""
    times = integers(dims)
    return repeat(input, (1,) * (input.dim() - len(times)) + times)


FUNCTIONS = {
    f.__name__: f
    for f in (
        reshape, flatten, ravel, unflatten, broadcast_to, broadcast_tensors, broadcast_shapes,
        permute, unbind, narrow, narrow_copy, split, chunk, tensor_split, hsplit, vsplit, dsplit,
        tile,
            )
} | {"split_with_sizes": split}  # fmt: skip

METHODS = {
    name: FUNCTIONS[name]
    for name in (
        "reshape", "flatten", "ravel", "unflatten", "broadcast_to", "permute", "unbind", "narrow",
        "narrow_copy", "split", "chunk", "tensor_split", "hsplit", "vsplit", "dsplit", "tile",
        "split_with_sizes",
    )
} | {
    "view": view, "view_as": view_as, "reshape_as": reshape_as, "expand": expand,
    "expand_as": expand_as, "repeat": repeat,
}  # fmt: skip
