"""Tensors joined to one: `cat`, `stack` and their kin."""

from __future__ import annotations

from typing import Any

from ...ops.errors import ArgumentError, ArgumentValueError, BackendError, ShapeError
from ..base import TensorBase
from ..calls.dispatch import call
from ..calls.ordering import wrap_dim
from ..calls.repeating import repeated
from ..creation.creation import empty
from ..native.attach import served
from ..tensor import Tensor


def _list(name: str, tensors: Any) -> tuple[Any, ...]:
    if not isinstance(tensors, (tuple, list)):
        raise ArgumentError(
            f"{name}(): argument 'tensors' must be tuple of Tensors, not {type(tensors).__name__}"
        )
    for place, each in enumerate(tensors):
        if not isinstance(each, TensorBase):
            raise ArgumentError(
                f"{name}(): expected Tensor as element {place} in argument 0, "
                f"but got {type(each).__name__}"
            )
    return tuple(tensors)


@served("cat", (0, 1))
def cat(tensors: Any, dim: int = 0, *, out: Tensor | None = None) -> Tensor:
    """Tensors joined along a dim."""
    parts = _list("cat", tensors)
    if not parts:
        raise ArgumentValueError("cat: expected a non-empty list of Tensors, got none")
    return call("cat", (parts,), (dim,), out=out)  # type: ignore[no-any-return]


@repeated
def stack(tensors: Any, dim: int = 0, *, out: Tensor | None = None) -> Tensor:
    """Tensors of one shape joined along a new dim."""
    parts = _list("stack", tensors)
    if not parts:
        raise ShapeError("stack expects a non-empty TensorList")
    shape = parts[0].shape
    for place, part in enumerate(parts):
        if part.shape != shape:
            raise ShapeError(
                f"stack expects each tensor to be equal size, but got {list(shape)} at entry 0 and "
                f"{list(part.shape)} at entry {place}"
            )
    axis = wrap_dim("stack", dim, len(shape) + 1)
    return cat([part.unsqueeze(axis) for part in parts], axis, out=out)


def atleast_1d(*tensors: Any) -> Any:
    """The tensors with at least one dim."""
    return _each(tensors, lambda x: x.reshape(1) if x.dim() == 0 else x)


def atleast_2d(*tensors: Any) -> Any:
    """The tensors with at least two dims."""
    return _each(
        tensors,
        lambda x: x.reshape(1, 1) if x.dim() == 0 else x.unsqueeze(0) if x.dim() == 1 else x,
    )


def atleast_3d(*tensors: Any) -> Any:
    """The tensors with at least three dims."""

    def widen(x: Any) -> Any:
        if x.dim() == 0:
            return x.reshape(1, 1, 1)
        if x.dim() == 1:
            return x.unsqueeze(0).unsqueeze(-1)
        return x.unsqueeze(-1) if x.dim() == 2 else x

    return _each(tensors, widen)


def _each(tensors: tuple[Any, ...], function: Any) -> Any:
    if len(tensors) == 1 and not isinstance(tensors[0], TensorBase):
        return tuple(function(x) for x in tensors[0])
    found = tuple(function(x) for x in tensors)
    return found[0] if len(found) == 1 else found


@repeated
def hstack(tensors: Any, *, out: Tensor | None = None) -> Tensor:
    """Tensors joined along the second dim (the first if they have one)."""
    given = _list("hstack", tensors)
    if not given:
        raise ShapeError("hstack expects a non-empty TensorList")
    parts = atleast_1d(given)
    return cat(parts, 0 if parts[0].dim() == 1 else 1, out=out)


@repeated
def vstack(tensors: Any, *, out: Tensor | None = None) -> Tensor:
    """Tensors, at least 2-d, joined along the first dim."""
    return cat(atleast_2d(_list("vstack", tensors)), 0, out=out)


@repeated
def dstack(tensors: Any, *, out: Tensor | None = None) -> Tensor:
    """Tensors, at least 3-d, joined along the third dim."""
    return cat(atleast_3d(_list("dstack", tensors)), 2, out=out)


@repeated
def column_stack(tensors: Any, *, out: Tensor | None = None) -> Tensor:
    """Tensors joined along the second dim, 1-d ones as columns."""
    parts = [x.reshape(x.numel(), 1) if x.dim() <= 1 else x for x in _list("column_stack", tensors)]
    return cat(parts, 1, out=out)


@repeated
def meshgrid(*tensors: Any, indexing: str = "ij") -> tuple[Tensor, ...]:
    """Coordinate matrices of 1-d tensors."""
    if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)):
        tensors = tuple(tensors[0])
    if indexing not in ("ij", "xy"):
        raise ShapeError(
            f'meshgrid: indexing must be one of "xy" or "ij", but received: {indexing}'
        )
    flipped = indexing == "xy" and len(tensors) > 1
    parts = (tensors[1], tensors[0], *tensors[2:]) if flipped else tensors
    for x in parts:
        if x.dim() > 1:
            raise ShapeError(f"meshgrid: tensors must have 0 or 1 dims, got shape {list(x.shape)}")
    shape = [x.numel() for x in parts]
    found = [
        x.reshape([-1 if d == place else 1 for d in range(len(parts))]).expand(shape)
        for place, x in enumerate(parts)
    ]
    if flipped:
        found = [x.transpose(0, 1) for x in (found[1], found[0], *found[2:])]
    return tuple(found)


@repeated
def block_diag(*tensors: Tensor) -> Tensor:
    """A matrix with the tensors along its diagonal."""
    if not tensors:
        return empty(1, 0)
    for place, each in enumerate(tensors):
        if each.dim() > 2:
            raise BackendError(
                "block_diag: Input tensors must have 2 or fewer dimensions. "
                f"Input {place} has {each.dim()} dimensions"
            )
    parts: Any = atleast_2d(*tensors)
    parts = (parts,) if isinstance(parts, TensorBase) else parts
    width = sum(x.shape[1] for x in parts)
    rows, start = [], 0
    for part in parts:
        row, end = [part], start + part.shape[1]
        if start:
            row.insert(0, part.new_zeros(part.shape[0], start))
        if end < width:
            row.append(part.new_zeros(part.shape[0], width - end))
        rows.append(cat(row, 1))
        start = end
    return cat(rows, 0)


@repeated
def cartesian_prod(*tensors: Tensor) -> Tensor:
    """All combinations of elements of 1-d tensors, one a row."""
    if len(tensors) == 1:
        return tensors[0]
    return stack([x.reshape(-1) for x in meshgrid(*tensors)], 1)
