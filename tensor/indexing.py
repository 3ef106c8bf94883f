"""`tensor[index]` and `tensor[index] = value`, as PyTorch and NumPy have them.

Integers, slices, None and Ellipsis make views. Masks, integer tensors, lists and arrays pick
elements: the dims they index are moved to the front and flattened, and rows are gathered.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..ops.dtype import bool_, int64, uint8
from ..ops.errors import DtypeError, IndexRangeError, ShapeError
from . import interpreters
from .base import TensorBase
from .data import as_tensor
from .dispatch import call
from .fill import before_write
from .interop import array_of
from .interpreters import modes
from .tensor import Tensor

WHOLE = slice(None)


def getitem(self: Tensor, index: Any) -> Any:
    """`self[index]`."""
    if type(index) is int:
        return _select(self, 0, index)
    if type(index) is slice:
        return call("alias", (self,)) if index == WHOLE else _slice(self, 0, index)
    view, chosen = _basic(self, index)
    if any(x is not None for x in chosen):
        return take(view, chosen)
    return call("alias", (self,)) if view is self else view


def setitem(self: Tensor, index: Any, value: Any) -> None:
    """`self[index] = value`."""
    view, chosen = _basic(self, index)
    if any(x is not None for x in chosen):
        put(view, chosen, value)
    elif isinstance(value, TensorBase):
        view.copy_(_without_leading_ones(value, view.dim()))
    elif isinstance(value, (list, tuple, np.ndarray)):
        view.copy_(as_tensor(value, dtype=self.dtype, device=self.device))
    else:
        view.fill_(value)


def _without_leading_ones(value: Any, rank: int) -> Any:
    while value.dim() > rank and value.shape[0] == 1:
        value = value.select(0, 0)
    return value


def _select(tensor: Tensor, dim: int, place: int) -> Any:
    layout = tensor._layout
    if not layout.rank:
        raise IndexRangeError(
            "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or "
            "`tensor.item<T>()` in C++ to convert a 0-dim tensor to a number"
        )
    extent = layout.shape[dim]
    if not -extent <= place < extent:
        raise IndexRangeError(
            f"index {place} is out of bounds for dimension {dim} with size {extent}"
        )
    return call("select", (tensor,), (dim, place))


def _slice(tensor: Tensor, dim: int, part: slice) -> Any:
    if not tensor._layout.rank:
        raise IndexRangeError("slice() cannot be applied to a 0-dim tensor.")
    start, end, step = (
        None if x is None else x.__index__() for x in (part.start, part.stop, part.step)
    )
    if step is not None and step <= 0:
        raise ValueError("step must be greater than zero")
    return call("slice", (tensor,), (dim, start, end, 1 if step is None else step))


def _items(index: Any) -> tuple[Any, ...]:
    """The parts of an index, lists and arrays as tensors."""
    parts = index if isinstance(index, tuple) else (index,)
    return tuple(_item(part) for part in parts)


def _item(part: Any) -> Any:
    if part is None or part is Ellipsis or isinstance(part, (slice, bool, TensorBase)):
        return part
    if isinstance(part, np.bool_):
        return bool(part)
    if isinstance(part, (list, tuple, range, np.ndarray)):
        found = as_tensor(part)
        return found.to(int64) if not found.numel() and isinstance(part, (list, tuple)) else found
    if hasattr(part, "__index__"):
        return part.__index__()
    raise IndexRangeError(
        "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid "
        f"indices (got {type(part).__name__})"
    )


def _taken(part: Any) -> int:
    """How many dims of the tensor a part of an index stands for."""
    if part is None or part is Ellipsis or isinstance(part, bool):
        return 0
    if isinstance(part, TensorBase) and part._layout.dtype in (bool_, uint8):
        return part._layout.rank
    return 1


def _basic(tensor: Tensor, index: Any) -> tuple[Any, list[Any]]:
    """The view that the basic parts make, and for each of its dims the tensor that indexes it."""
    parts = _items(index)
    wanted = sum(_taken(part) for part in parts)
    if wanted > tensor.dim():
        raise IndexRangeError(f"too many indices for tensor of dimension {tensor.dim()}")
    if sum(part is Ellipsis for part in parts) > 1:
        raise IndexRangeError("an index can only have a single ellipsis ('...')")
    view: Any = tensor
    chosen: list[Any] = []
    for part in parts:
        dim = len(chosen)
        if part is Ellipsis:
            chosen += [None] * (tensor.dim() - wanted)
        elif part is None:
            view = call("unsqueeze", (view,), (dim,))
            chosen.append(None)
        elif isinstance(part, slice):
            if part != WHOLE:
                view = _slice(view, dim, part)
            chosen.append(None)
        elif isinstance(part, bool):
            view = call("unsqueeze", (view,), (dim,))
            chosen.append(as_tensor([0] if part else [], dtype=int64))
        elif isinstance(part, TensorBase):
            view = _tensor_part(view, part, chosen)
        else:
            view = _select(view, dim, part)
    chosen += [None] * (view.dim() - len(chosen))
    return view, chosen


def _tensor_part(view: Any, part: Any, chosen: list[Any]) -> Any:
    layout = part._layout
    dim = len(chosen)
    if layout.dtype.is_floating_point or layout.dtype.is_complex:
        raise IndexRangeError("tensors used as indices must be long, int, byte or bool tensors")
    if layout.dtype in (bool_, uint8):
        if not layout.rank:
            chosen.append(as_tensor([0] if part.item() else [], dtype=int64))
            return call("unsqueeze", (view,), (dim,))
        for place, extent in enumerate(layout.shape):
            if view.shape[dim + place] != extent:
                raise IndexRangeError(
                    f"The shape of the mask {list(layout.shape)} at index {place} does not match "
                    f"the shape of the indexed tensor {list(view.shape)} at index {dim + place}"
                )
        chosen.extend(call("nonzero", (part,)).unbind(1))
        return view
    if not layout.rank and not (interpreters.active and interpreters.is_wrapped(part)):
        return _select(view, dim, int(part.item()))
    chosen.append(part if layout.dtype is int64 else part.to(int64))
    return view


def _rows(
    view: Any, chosen: Sequence[Any]
) -> tuple[list[int], list[int], list[Any], tuple[int, ...]]:
    """Indexed dims, other dims, the index tensors broadcast, and their shape."""
    dims = [dim for dim, x in enumerate(chosen) if x is not None]
    rest = [dim for dim, x in enumerate(chosen) if x is None]
    indices = [chosen[dim] for dim in dims]
    shapes = [tuple(x.shape) for x in indices]
    try:
        shape = np.broadcast_shapes(*shapes)
    except ValueError:
        raise IndexRangeError(
            "shape mismatch: indexing tensors could not be broadcast together with shapes "
            + ", ".join(str(list(x)) for x in shapes)
        ) from None
    return dims, rest, indices, shape


def _linear(view: Any, dims: Sequence[int], indices: Sequence[Any], shape: tuple[int, ...]) -> Any:
    """Row numbers in the flattened indexed dims.

    Raises:
        IndexError: an index is out of range.
    """
    extents = [view.shape[dim] for dim in dims]
    for dim, extent, index in zip(dims, extents, indices):
        _check_range(index, dim, extent)
    if len(indices) == 1:
        return indices[0]
    total: Any = None
    step = 1
    for extent, index in zip(reversed(extents), reversed(indices)):
        place = call("where", (index < 0, index + extent, index))
        total = place * step if total is None else total + place * step
        step *= extent
    return total.expand(shape).contiguous() if tuple(total.shape) != shape else total


def _check_range(index: Any, dim: int, extent: int) -> None:
    if index.device.type == "meta" or not index.numel():
        return
    if interpreters.active and interpreters.is_wrapped(index):
        return
    values = array_of(index)
    least, most = int(values.min()), int(values.max())
    if least < -extent or most >= extent:
        bad = most if most >= extent else least
        raise IndexRangeError(
            f"index {bad} is out of bounds for dimension {dim} with size {extent}"
        )


def take(view: Any, chosen: Sequence[Any]) -> Any:
    """The elements that index tensors pick; None stands for a dim that is taken whole."""
    dims, rest, indices, shape = _rows(view, chosen)
    extents = [view.shape[dim] for dim in dims]
    linear = _linear(view, dims, indices, shape)
    table = view if dims + rest == list(range(view.dim())) else view.permute(dims + rest)
    tail = [view.shape[dim] for dim in rest]
    if len(dims) > 1:
        size = int(np.prod(extents))
        table = table.reshape([size, *tail])
    found = call("index_rows", (table, linear))
    rank = len(shape)
    together = dims == list(range(dims[0], dims[0] + len(dims)))
    if not together or dims[0] == 0:
        return found
    first = dims[0]  # the picked dims go where the indexed ones were
    order = [*range(rank, rank + first), *range(rank), *range(rank + first, rank + len(rest))]
    return found.permute(order)


def put(view: Any, chosen: Sequence[Any], value: Any, accumulate: bool = False) -> None:
    """Writes `value`, broadcast, to the elements that index tensors pick."""
    if not isinstance(value, TensorBase):
        value = as_tensor(value, dtype=view.dtype, device=view.device)
    if value.dtype is not view.dtype:
        if value.dim() and (value.dtype.is_complex or not value.requires_grad):
            _check_same(view, value)
        value = value.to(view.dtype)
    recording = modes.grad and (view.requires_grad or value.requires_grad)
    if recording or (interpreters.active and modes.stack):
        view.copy_(with_put(view, chosen, value, accumulate))
        return
    before_write(view)
    dims, rest, indices, shape = _rows(view, chosen)
    for dim, index in zip(dims, indices):
        _check_range(index, dim, view.shape[dim])
    if view.device.type != "meta":
        key: Any = tuple(WHOLE if x is None else array_of(x) for x in chosen)
        target, source = array_of(view), array_of(value)
        try:
            if accumulate:
                np.add.at(target, key, source)
            else:
                target[key] = source
        except ValueError:
            raise _mismatch(value, shape, view, dims, rest) from None
    view._storage.version += 1


def _check_same(view: Any, value: Any) -> None:
    raise DtypeError(
        f"Index put requires the source and destination dtypes match, got {view.dtype} for the "
        f"destination and {value.dtype} for the source."
    )


def _mismatch(
    value: Any, shape: Sequence[int], view: Any, dims: Sequence[int], rest: Sequence[int]
) -> Exception:
    wanted = _result_shape(view, dims, rest, shape)
    return ShapeError(
        f"shape mismatch: value tensor of shape {list(value.shape)} cannot be broadcast to "
        f"indexing "
        f"result of shape {wanted}"
    )


def _result_shape(
    view: Any, dims: Sequence[int], rest: Sequence[int], shape: Sequence[int]
) -> list[int]:
    together = list(dims) == list(range(dims[0], dims[0] + len(dims)))
    first = dims[0] if together else 0
    tail = [view.shape[dim] for dim in rest]
    return [*tail[:first], *shape, *tail[first:]]


def with_put(view: Any, chosen: Sequence[Any], value: Any, accumulate: bool) -> Any:
    """A copy of the tensor with the values put into it, recorded."""
    dims, rest, indices, shape = _rows(view, chosen)
    linear = _linear(view, dims, indices, shape)
    wanted = _result_shape(view, dims, rest, shape)
    try:
        value = value.expand(wanted)
    except RuntimeError:
        raise _mismatch(value, shape, view, dims, rest) from None
    rank = len(shape)
    together = list(dims) == list(range(dims[0], dims[0] + len(dims)))
    first = dims[0] if together else 0
    others = [*range(first), *range(first + rank, len(wanted))]
    rows = value.permute([*range(first, first + rank), *others])
    order = [*dims, *rest]
    table = view.permute(order)
    size = int(np.prod([view.shape[dim] for dim in dims]))
    tail = [view.shape[dim] for dim in rest]
    new = call(
        "add_rows" if accumulate else "put_rows",
        (table.reshape([size, *tail]), linear.expand(shape), rows),
    )
    back = [order.index(dim) for dim in range(view.dim())]
    return new.reshape([view.shape[dim] for dim in order]).permute(back)


def index_put_(
    self: Tensor, indices: Sequence[Any], values: Any, accumulate: bool = False
) -> Tensor:
    """Writes `values` to the elements that `indices` pick, or adds them there."""
    view, chosen = _basic(self, tuple(WHOLE if x is None else x for x in indices))
    put(view, chosen, values, accumulate)
    return self


def index_put(
    input: Tensor, indices: Sequence[Any], values: Any, accumulate: bool = False
) -> Tensor:
    """A copy of `input` with `values` written to the elements that `indices` pick."""
    return index_put_(input.clone(), indices, values, accumulate)
