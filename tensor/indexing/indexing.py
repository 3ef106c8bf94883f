"""`tensor[index]`, as PyTorch and NumPy have it; `assignment.py` has `tensor[index] = value`.

Integers, slices, None and Ellipsis make views. Masks, integer tensors, lists and arrays pick
elements: the dims they index are moved to the front and flattened, and rows are gathered.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from ...ops.dtype import bool_, int64, uint8
from ...ops.errors import ArgumentError, DeviceError, IndexRangeError
from .. import interpreters
from ..base import TensorBase
from ..calls.dispatch import call, moved
from ..calls.repeating import repeated_behind
from ..calls.teaching import TEACHING, teach_item
from ..creation.data import as_tensor
from ..creation.making import filled
from ..functions.selecting import coordinates
from ..interpreters import modes
from ..layout import dense, dense_strides
from ..tensor import Tensor

WHOLE = slice(None)


@repeated_behind("call_item")
def getitem(self: Tensor, index: Any) -> Any:
    """`self[index]`."""
    found = _item_of(self, index)
    if TEACHING:
        teach_item(self, index, found)
    return found


def _item_of(self: Tensor, index: Any) -> Any:
    if type(index) is int:
        return _select(self, 0, index)
    if type(index) is slice:
        return call("alias", (self,)) if index == WHOLE else _slice(self, 0, index)
    if type(index) is tuple and _are_plain(index, self._layout):
        return _view(self, index)
    if isinstance(index, TensorBase) and _covers(index._layout, self._layout):
        return call("masked_select", (self, _beside(self, index)), (None,))
    view, chosen = basic(self, items(index), flat=True)
    if any(x is not None for x in chosen):
        return take(view, chosen)
    return call("alias", (self,)) if view is self else view


def _are_plain(parts: tuple[Any, ...], layout: Any) -> bool:
    """Each part is an integer or a slice for a dim of its own; one of them cuts something off."""
    if len(parts) > layout.rank:
        return False
    cuts = False
    for part in parts:
        kind = type(part)
        if kind is not int and kind is not slice:
            return False
        cuts = cuts or part != WHOLE
    return cuts


def _view(tensor: Any, parts: tuple[int | slice, ...]) -> Any:
    """The view that integers and slices make."""
    dim = 0
    for part in parts:
        if not isinstance(part, slice):
            tensor = _select(tensor, dim, part)
            continue
        if part != WHOLE:
            tensor = _slice(tensor, dim, part)
        dim += 1
    return tensor


def _covers(mask: Any, of: Any) -> bool:
    """A layout is that of a mask over all dims of another one."""
    return mask.dtype is bool_ and mask.rank > 0 and mask.shape == of.shape


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
    start, end, step = _bound(part.start), _bound(part.stop), _bound(part.step)
    if step is not None and step <= 0:
        raise ValueError("step must be greater than zero")
    step = 1 if step is None else step
    layout = tensor._layout
    if step * layout.strides[dim] * layout.dtype.itemsize > sys.maxsize:
        step = max(layout.shape[dim], 1)  # which leads out of the tensor as well
    return call("slice", (tensor,), (dim, start, end, step))


def _bound(value: Any) -> int | None:
    """A bound of a slice, cut off at 64 bits as those of Python's sequences are."""
    if value is None:
        return None
    if not hasattr(value, "__index__"):
        raise ArgumentError(
            "slice indices must be integers or None or have an __index__ method, "
            f"not {type(value).__name__}"
        )
    place: int = value.__index__()
    if -sys.maxsize <= place <= sys.maxsize:
        return place
    return sys.maxsize if place > 0 else -sys.maxsize - 1


def items(index: Any) -> tuple[Any, ...]:
    """The parts of an index, lists and arrays as tensors."""
    parts = index if isinstance(index, tuple) else (index,)
    return tuple(_item(part) for part in parts)


def _item(part: Any) -> Any:
    if part is None or part is Ellipsis or isinstance(part, (slice, bool, TensorBase)):
        return part
    if isinstance(part, np.bool_):
        return bool(part)
    if isinstance(part, (list, tuple, range, np.ndarray)):
        make = partial(as_tensor, part)
        found = make() if modes.trace is None else modes.trace.fixed(make)
        return found.to(int64) if not found.numel() and isinstance(part, (list, tuple)) else found
    if hasattr(part, "__index__"):
        return part.__index__()
    if isinstance(part, str):
        raise ArgumentError("an index must not be text: invalid data type 'str'")
    raise IndexRangeError(
        "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid "
        f"indices (got {type(part).__name__})"
    )


def taken(part: Any) -> int:
    """How many dims of the tensor a part of an index stands for."""
    if part is None or part is Ellipsis or isinstance(part, bool):
        return 0
    if isinstance(part, TensorBase) and part._layout.dtype in (bool_, uint8):
        return part._layout.rank
    return 1


def basic(tensor: Tensor, parts: tuple[Any, ...], flat: bool = False) -> tuple[Any, list[Any]]:
    """The view that the basic parts make, and for each of its dims the tensor that indexes it.

    Args:
        tensor: What is indexed.
        parts: Of the index.
        flat: The dims of a mask become one. It is no view, then, where they cannot.
    """
    wanted = sum(taken(part) for part in parts)
    if wanted > tensor.dim():
        raise IndexRangeError(f"too many indices for tensor of dimension {tensor.dim()}")
    view: Any = tensor
    chosen: list[Any] = []
    for part in parts:
        dim = len(chosen)
        if part is Ellipsis:  # a second one skips as many dims again, if something is left
            chosen += [None] * min(tensor.dim() - wanted, view.dim() - dim)
        elif taken(part) > view.dim() - dim:
            raise IndexRangeError(
                f"too many indices after a second ellipsis for tensor of dimension {tensor.dim()}"
            )
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
            view = _tensor_part(view, part, chosen, flat)
        else:
            view = _select(view, dim, part)
    chosen += [None] * (view.dim() - len(chosen))
    return view, chosen


def check_mask(mask: Any, view: Any, dim: int) -> None:
    """Raises IndexError unless the mask has the shape of the dims from `dim` on."""
    for place, extent in enumerate(mask.shape):
        if view.shape[dim + place] != extent:
            raise IndexRangeError(
                f"The shape of the mask {list(mask.shape)} at index {place} does not match "
                f"the shape of the indexed tensor {list(view.shape)} at index {dim + place}"
            )


def _tensor_part(view: Any, part: Any, chosen: list[Any], flat: bool) -> Any:
    layout = part._layout
    dim = len(chosen)
    if layout.dtype.is_floating_point or layout.dtype.is_complex:
        raise IndexRangeError("tensors used as indices must be long, int, byte or bool tensors")
    if layout.dtype in (bool_, uint8):
        if not layout.rank:
            chosen.append(as_tensor([0] if part.item() else [], dtype=int64))
            return call("unsqueeze", (view,), (dim,))
        check_mask(part, view, dim)
        if not flat:
            chosen.extend(coordinates(part))
            return view
        chosen.append(call("places_of_nonzero", (part,), (None,)))
        return view if layout.rank == 1 else view.flatten(dim, dim + layout.rank - 1)
    if not layout.rank and not (interpreters.active and interpreters.is_wrapped(part)):
        return _select(view, dim, int(part.item()))
    chosen.append(part if layout.dtype is int64 else part.to(int64))
    return view


def rows_of(
    view: Any, chosen: Sequence[Any]
) -> tuple[list[int], list[int], list[Any], tuple[int, ...]]:
    """Indexed dims, other dims, the index tensors broadcast, and their shape."""
    dims = [dim for dim, x in enumerate(chosen) if x is not None]
    rest = [dim for dim, x in enumerate(chosen) if x is None]
    indices = [_beside(view, chosen[dim]) for dim in dims]
    if len(indices) == 1:
        return dims, rest, indices, tuple(indices[0]._layout.shape)
    shapes = [tuple(x.shape) for x in indices]
    try:
        shape = np.broadcast_shapes(*shapes)
    except ValueError:
        raise IndexRangeError(
            "shape mismatch: indexing tensors could not be broadcast together with shapes "
            + ", ".join(str(list(x)) for x in shapes)
        ) from None
    return dims, rest, indices, shape


def _beside(view: Any, index: Any) -> Any:
    """An index on the device of what is indexed; it may come from the CPU.

    Raises:
        RuntimeError: it is on another device.
    """
    place, own = view._layout.device, index._layout.device
    if place is own or "meta" in (place.type, own.type):
        return index
    if own.type != "cpu":
        raise DeviceError(
            "indices should be either on cpu or on the same device as the indexed tensor "
            f"({place}), but got {own}"
        )
    return moved(index, place)


def linear_of(
    indices: Sequence[Any], extents: Sequence[int], steps: Sequence[int], shape: tuple[int, ...]
) -> Any:
    """Places in memory, or row numbers: indices times the distances between neighbours, added up.

    Args:
        indices: As `rows_in_range` gives them; negative ones count from the end.
        extents: Of the indexed dims.
        steps: Their distances.
        shape: What the indices broadcast to.
    """
    total: Any = None
    for extent, step, index in zip(extents, steps, indices):
        place = index
        if index._layout.device.type != "cuda":  # where `rows_in_range` gives row numbers
            place = call("where", (index < 0, index + extent, index))
        place = place if step == 1 else place * step
        total = place if total is None else total + place
    return total.expand(shape).contiguous() if tuple(total.shape) != shape else total


def check_range(index: Any, dim: int, extent: int) -> None:
    """Raises IndexError if an element of the index is out of range."""
    layout = index._layout
    if layout.device.type == "meta" or not layout.numel:
        return
    if interpreters.active and interpreters.is_wrapped(index):
        return
    if layout.numel == 1:
        least = most = index.item()
    else:
        ends = call("aminmax", (index,))
        least, most = (x.item() for x in ends)
    if least < -extent or most >= extent:
        bad = most if most >= extent else least
        raise IndexRangeError(
            f"index {bad} is out of bounds for dimension {dim} with size {extent}"
        )


def rows_in_range(index: Any, dim: int, extent: int) -> Any:
    """An index all of whose elements are in range: row numbers.

    A GPU is not waited for: a kernel looks at the index, and goes on with what it found. Whoever
    next waits for the GPU is told.

    Raises:
        IndexError: an element is out of range; not of an index on a GPU.
    """
    layout = index._layout
    if layout.device.type != "cuda" and modes.trace is None:
        check_range(index, dim, extent)
        return index
    zeros = filled(dense(int64, (), layout.device), 0).expand(extent)
    try:
        return call("row_numbers", (zeros, index))  # a look that native code can repeat
    except IndexRangeError:
        check_range(index, dim, extent)
        raise


def take(view: Any, chosen: Sequence[Any]) -> Any:
    """The elements that index tensors pick; None stands for a dim that is taken whole."""
    dims, rest, indices, shape = rows_of(view, chosen)
    extents = [view.shape[dim] for dim in dims]
    table = view if dims + rest == list(range(view.dim())) else view.permute(dims + rest)
    if not view._layout.numel:
        for dim, extent, index in zip(dims, extents, indices):
            check_range(index, dim, extent)
    elif len(dims) > 2:
        indices = [rows_in_range(x, dim, n) for x, dim, n in zip(indices, dims, extents)]
    if len(dims) <= 2:
        found = _rows_at(table, spread(indices, shape), dims, extents)
    else:
        linear = linear_of(indices, extents, dense_strides(extents), shape)
        tail = [view.shape[dim] for dim in rest]
        found = call("index_rows", (table.reshape([math.prod(extents), *tail]), linear))
    rank = len(shape)
    together = dims == list(range(dims[0], dims[0] + len(dims)))
    if not together or dims[0] == 0:
        return found
    first = dims[0]  # the picked dims go where the indexed ones were
    order = [*range(rank, rank + first), *range(rank), *range(rank + first, rank + len(rest))]
    return found.permute(order)


def spread(indices: Sequence[Any], shape: tuple[int, ...]) -> list[Any]:
    """Indices under the shape that they broadcast to."""
    return [x if tuple(x.shape) == shape else x.expand(shape) for x in indices]


def _rows_at(table: Any, indices: list[Any], dims: Sequence[int], extents: Sequence[int]) -> Any:
    """Rows of a table; the kernel tells of a place out of range, its message speaks of the dim."""
    try:
        return call("index_rows" if len(dims) == 1 else "index_pairs", (table, *indices))
    except IndexRangeError:
        for index, dim, extent in zip(indices, dims, extents):
            check_range(index, dim, extent)
        raise
