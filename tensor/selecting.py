"""Elements chosen by what they are: those that are not zero, those that differ from others.

Each is made of entries whose results have as many elements as are found (`counting.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..ops.dtype import int64
from .dispatch import call
from .extern import tensor_of, values_of
from .joining import stack
from .ordering import wrap_dim
from .targets import check_tensor
from .tensor import Tensor


def nonzero(input: Tensor, *, out: Tensor | None = None, as_tuple: bool = False) -> Any:
    """Places of the elements that are not zero: rows of numbers, or one tensor for each dim."""
    check_tensor("nonzero", "input", input)
    if as_tuple:
        return coordinates(input)
    columns = coordinates(input)
    if not input.dim():
        return call("cat", ((columns[0].unsqueeze(1)[:, :0],),), (0,), out=out)
    return stack(columns, 1, out=out)


def coordinates(input: Any) -> tuple[Tensor, ...]:
    """The coordinates of the elements that are not zero along each dim; 0 where there is none."""
    place = call("places_of_nonzero", (input,))
    found = []
    for extent in tuple(input.shape)[:0:-1]:
        place, column = call("split_place", (place,), (float(extent or 1),))
        found.append(column)
    return (place, *reversed(found))


def argwhere(input: Tensor) -> Tensor:
    """Places of the elements that are not zero, one row of numbers for each."""
    return nonzero(input)  # type: ignore[no-any-return]


def unique(
    input: Tensor,
    sorted: bool = True,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: int | None = None,
) -> Any:
    """The different elements (or slices of a dim) in order.

    Args:
        input: Elements.
        sorted: Accepted; they are always in order.
        return_inverse: Also which of them each element is.
        return_counts: Also how often each occurs.
        dim: Compare slices of this dim.
    """
    check_tensor("unique", "input", input)
    if dim is None:
        found = call("unique", (input,))
    else:
        axis = wrap_dim("unique", dim, input.dim())
        values, inverse, counts = np.unique(
            values_of(input), return_inverse=True, return_counts=True, axis=axis
        )
        found = (
            tensor_of(values, input.dtype, input.device),
            tensor_of(inverse.reshape(-1), int64, input.device),
            tensor_of(counts, int64, input.device),
        )
    return _selected(found, return_inverse, return_counts)


def unique_consecutive(
    input: Tensor, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
) -> Any:
    """The elements (or slices of a dim) without repetitions of the one before."""
    if dim is None or input.dim() == 1:
        return _selected(call("unique_consecutive", (input,)), return_inverse, return_counts)
    axis = wrap_dim("unique_consecutive", dim, input.dim())
    rows = np.moveaxis(values_of(input), axis, 0)
    new = np.ones(len(rows), bool)
    new[1:] = (rows[1:] != rows[:-1]).reshape(len(rows) - 1, -1).any(1)
    starts = np.flatnonzero(new)
    found = (
        tensor_of(np.moveaxis(rows[starts], 0, axis), input.dtype, input.device),
        tensor_of(np.cumsum(new) - 1, int64, input.device),
        tensor_of(np.diff(np.append(starts, len(rows))), int64, input.device),
    )
    return _selected(found, return_inverse, return_counts)


def _selected(found: Sequence[Any], inverse: bool, counts: bool) -> Any:
    if not inverse and not counts:
        return found[0]
    return tuple(x for x, wanted in zip(found, (True, inverse, counts)) if wanted)


METHODS: dict[str, Any] = {f.__name__: f for f in (nonzero, argwhere, unique, unique_consecutive)}
