"""`tensor[index] = value`: what `indexing.py` reads, written.

A mask alone is one pass of `masked_fill` or `where`. Integer tensors name places in memory, which
one kernel writes: it takes as long as there are values, however large the tensor is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from ...ops import registry
from ...ops.dtype import bool_, uint8
from ...ops.errors import ArgumentError, DtypeError, ShapeError
from ...ops.language.expression import Statement
from ...ops.language.op import Block, Op
from .. import interpreters
from ..base import TensorBase
from ..calls.dispatch import call, detached_copy, moved
from ..calls.fill import before_write
from ..calls.into import copy_elements
from ..calls.repeating import repeated
from ..calls.writing import write
from ..creation.data import as_tensor
from ..creation.making import filled
from ..creation.sequences import arange
from ..interpreters import modes
from ..layout import dense, dense_strides, span, strided
from ..tensor import Tensor, wrap
from .indexing import (
    WHOLE,
    basic,
    check_mask,
    items,
    linear_of,
    rows_in_range,
    rows_of,
    spread,
    taken,
)


@repeated
def setitem(self: Tensor, index: Any, value: Any) -> None:
    """`self[index] = value`."""
    parts = items(index)
    masked = _masked(self, parts)
    if masked is not None and _fill_masked(*masked, value):
        return
    view, chosen = basic(self, parts)
    if any(x is not None for x in chosen):
        put(view, chosen, value)
    elif isinstance(value, TensorBase):
        view.copy_(_without_leading_ones(value, view.dim()))
    elif isinstance(value, (list, tuple, np.ndarray)):
        view.copy_(as_tensor(value, dtype=self.dtype, device=self.device))
    else:
        view.fill_(value)


def delitem(self: Tensor, index: Any) -> None:
    """Raises TypeError: a tensor keeps its elements."""
    raise ArgumentError("Tensor does not support deleting items")


def _without_leading_ones(value: Any, rank: int) -> Any:
    while value.dim() > rank and value.shape[0] == 1:
        value = value.select(0, 0)
    return value


# masks


def _is_mask(part: Any) -> bool:
    return isinstance(part, TensorBase) and part._layout.dtype in (bool_, uint8)


def _masked(tensor: Tensor, parts: tuple[Any, ...]) -> tuple[Any, Any] | None:
    """For an index with one mask and no other tensor: the view that the rest of it makes, and the
    mask with as many dims after its own as the view has there."""
    kinds: list[Any] = [part for part in parts if isinstance(part, (TensorBase, bool))]
    if len(kinds) != 1 or not _is_mask(kinds[0]) or not kinds[0]._layout.rank:
        return None
    mask = kinds[0]
    if sum(taken(part) for part in parts) > tensor.dim():
        return None
    place = next(i for i, part in enumerate(parts) if part is mask)
    rank = mask._layout.rank
    view, _ = basic(tensor, (*parts[:place], *[WHOLE] * rank, *parts[place + 1 :]))
    kept = sum(part is None or isinstance(part, slice) for part in parts[:place])
    if any(part is Ellipsis for part in parts[:place]):
        kept += tensor.dim() - sum(taken(part) for part in parts)
    check_mask(mask, view, kept)
    after = view.dim() - kept - rank
    if mask._layout.dtype is uint8:
        mask = mask != 0
    return view, mask.reshape((*mask.shape, *(1,) * after))


def _fill_masked(view: Any, mask: Any, value: Any) -> bool:
    """Writes a value that does not depend on which elements the mask picks; False if it does."""
    if not isinstance(value, TensorBase):
        if type(value) in (int, float, bool) and not view.is_complex():
            view.masked_fill_(mask, value)
            return True
        value = as_tensor(value, dtype=view.dtype, device=view.device)
    if value._layout.device is not view._layout.device and value._layout.rank:
        return False
    if value._layout.rank and value._layout.numel != 1:
        return False
    if value._layout.dtype is not view._layout.dtype:
        if value._layout.rank and (value.is_complex() or not value.requires_grad):
            _check_same(view, value)
        value = value.to(view.dtype)
    view.masked_fill_(mask, value.reshape(()) if value._layout.rank else value)
    return True


# places


@cache
def _put_only(name: str) -> Op:
    """An op that puts rows, without its first statement: for a table that is there already."""
    op = registry.get(name)
    table = op.inputs[0].name
    scatter = tuple(s for s in op.define if not _copies(s, table))
    return replace(op, name=f"{name}_", define=scatter, inplace=False, onto=True)


def _copies(statement: Statement | Block, name: str) -> bool:
    """The statement does nothing but copy a tensor."""
    return isinstance(statement, Statement) and getattr(statement.value, "tensor", None) == name


def put(view: Any, chosen: Sequence[Any], value: Any, accumulate: bool = False) -> None:
    """Writes `value`, broadcast, to the elements that index tensors pick."""
    if type(value) in (int, float, bool):
        value = filled(dense(view.dtype, (), view.device), value)
    elif not isinstance(value, TensorBase):
        value = as_tensor(value, dtype=view.dtype, device=view.device)
    if not value.dim():
        value = moved(value, view.device)
    if value.dtype is not view.dtype:
        if value.dim() and (value.dtype.is_complex or not value.requires_grad):
            _check_same(view, value)
        value = value.to(view.dtype)
    recording = modes.grad and (view.requires_grad or value.requires_grad)
    if recording or (interpreters.active and modes.stack):
        view.copy_(with_put(view, chosen, value, accumulate))
        return
    before_write(view)
    dims, rest, indices, shape = rows_of(view, chosen)
    joined = accumulate or len(dims) > 2
    indices = _in_range(view, dims, indices, joined)
    rows = _rows(view, dims, rest, shape, value)
    if view._layout.device.type == "meta" or not rows._layout.numel:
        view._storage.version += 1
    elif accumulate:
        copy_elements(view, _with_rows(view, dims, rest, indices, shape, rows, "add_rows"))
        view._storage.version += 1
    elif joined:
        _write_places(view, dims, rest, indices, shape, rows)
    else:
        _put_rows(view, [*dims, *rest], spread(indices, shape), rows)


def _put_rows(view: Any, order: list[int], indices: list[Any], rows: Any) -> None:
    """Writes rows to the places that one index or two, all in range, pick of a view."""
    table = view if order == list(range(view.dim())) else view.permute(order)
    parts = (*indices, rows)
    operands = [detached_copy(x) if x._storage is view._storage else x for x in parts]
    name = "put_rows" if len(indices) == 1 else "put_pairs"
    write(_put_only(name), table, (table, *operands))


def _in_range(view: Any, dims: Sequence[int], indices: Sequence[Any], joined: bool) -> list[Any]:
    """Indices of dims, all in range or, on a GPU, looked at by a kernel: by the one that writes,
    where it is given each of them and not what they come to (`linear_of`).

    Args:
        joined: Indices of several dims become places in a table of one dim.
    """
    apart = len(dims) == 1 or not joined
    if apart and view._layout.device.type == "cuda" and view._layout.numel:
        return list(indices)
    return [rows_in_range(x, dim, view.shape[dim]) for x, dim in zip(indices, dims)]


def _rows(
    view: Any, dims: Sequence[int], rest: Sequence[int], shape: tuple[int, ...], value: Any
) -> Any:
    """The values broadcast to the elements picked, the dims of the indices in front."""
    wanted = _result_shape(view, dims, rest, shape)
    try:
        value = value.expand(wanted)
    except RuntimeError:
        raise _mismatch(value, shape, view, dims, rest) from None
    first = dims[0] if list(dims) == list(range(dims[0], dims[0] + len(dims))) else 0
    if not first:
        return value
    rank = len(shape)
    others = [*range(first), *range(first + rank, len(wanted))]
    return value.permute([*range(first, first + rank), *others])


def _write_places(
    view: Any,
    dims: Sequence[int],
    rest: Sequence[int],
    indices: Sequence[Any],
    shape: tuple[int, ...],
    rows: Any,
) -> None:
    """Writes rows to the places that indices, all in range, pick of a view."""
    layout = view._layout
    if rows._storage is view._storage:
        rows = detached_copy(rows)
    extents = [layout.shape[dim] for dim in dims]
    steps = [layout.strides[dim] for dim in dims]
    tail = tuple(layout.shape[dim] for dim in rest)
    distances = tuple(layout.strides[dim] for dim in rest)
    merged = all(steps[i] == steps[i + 1] * extents[i + 1] for i in range(len(dims) - 1))
    if len(dims) == 1:
        places = indices[0]
    elif merged:
        places = linear_of(indices, extents, dense_strides(extents), shape)
    else:
        places = linear_of(indices, extents, steps, shape)
    if not merged:  # the table is the memory, element by element
        for extent, distance in zip(tail, distances):
            places = places.unsqueeze(-1) + arange(extent, device=places.device) * distance
        table_shape: tuple[int, ...] = (span(layout.shape, layout.strides),)
        table_strides: tuple[int, ...] = (1,)
    else:
        table_shape = (math.prod(extents), *tail)
        table_strides = (steps[-1], *distances)
    if places._storage is view._storage:
        places = detached_copy(places)
    table_layout = strided(layout.dtype, table_shape, table_strides, layout.device)
    table = wrap(Tensor, table_layout, view._storage, view._offset, view)
    write(_put_only("put_rows"), table, (table, places, rows))


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
        f"indexing result of shape {wanted}"
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
    dims, rest, indices, shape = rows_of(view, chosen)
    indices = _in_range(view, dims, indices, joined=True)
    rows = _rows(view, dims, rest, shape, value)
    name = "add_rows" if accumulate else "put_rows"
    return _with_rows(view, dims, rest, indices, shape, rows, name)


def _with_rows(
    view: Any,
    dims: Sequence[int],
    rest: Sequence[int],
    indices: Sequence[Any],
    shape: tuple[int, ...],
    rows: Any,
    name: str,
) -> Any:
    """A copy of the tensor with rows put or added by an op at the places that indices pick.

    Args:
        indices: As `_in_range` gives those that are joined.
        name: Of the op.
    """
    extents = [view.shape[dim] for dim in dims]
    linear = linear_of(indices, extents, dense_strides(extents), shape)
    order = [*dims, *rest]
    table = view.permute(order)
    tail = [view.shape[dim] for dim in rest]
    new = call(name, (table.reshape([math.prod(extents), *tail]), linear, rows))
    back = [order.index(dim) for dim in range(view.dim())]
    return new.reshape([view.shape[dim] for dim in order]).permute(back)


def index_put_(
    self: Tensor, indices: Sequence[Any], values: Any, accumulate: bool = False
) -> Tensor:
    """Writes `values` to the elements that `indices` pick, or adds them there."""
    if not isinstance(values, TensorBase):
        raise ArgumentError(
            f"index_put_(): argument 'values' must be Tensor, not {type(values).__name__}"
        )
    parts = items(tuple(WHOLE if x is None else x for x in indices))
    view, chosen = basic(self, parts)
    if any(x is not None for x in chosen):
        put(view, chosen, values, accumulate)
    else:
        view.copy_(view + values if accumulate else values)
    return self


def index_put(
    input: Tensor, indices: Sequence[Any], values: Any, accumulate: bool = False
) -> Tensor:
    """A copy of `input` with `values` written to the elements that `indices` pick."""
    return index_put_(input.clone(), indices, values, accumulate)
