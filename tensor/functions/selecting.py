"""Elements chosen by what they are or where: not zero, different from others, in a triangle.

Each is made of entries whose results have as many elements as are found (`counting.py`).
"""

from __future__ import annotations

from math import prod
from typing import Any

from ...ops.dtype import dtype, int64
from ...ops.errors import BackendError, ShapeError
from ..calls.dispatch import call
from ..calls.ordering import wrap_dim
from ..calls.repeating import repeated
from ..calls.targets import check_tensor
from ..creation.sequences import arange
from ..interpreters import modes
from ..tensor import Tensor

MOST_REMEMBERED = 4096  # elements of a matrix whose triangle's places are kept, to be copied


def nonzero(input: Tensor, *, out: Tensor | None = None, as_tuple: bool = False) -> Any:
    """Places of the elements that are not zero: rows of numbers, or one tensor for each dim."""
    check_tensor("nonzero", "input", input)
    columns = coordinates(input)
    if as_tuple:
        return columns
    parts = [column.unsqueeze(1) for column in columns]
    if not input._layout.rank:
        parts = [parts[0][:, :0]]
    if out is None and len(parts) == 1:
        return parts[0]
    return call("cat", (parts,), (1,), out=out)


def coordinates(input: Any) -> tuple[Tensor, ...]:
    """The coordinates of the elements that are not zero along each dim; 0 where there is none."""
    place = call("places_of_nonzero", (input,), (None,))
    layout = input._layout
    if layout.rank < 2:
        return (place,)
    found = []
    for extent in layout.shape[:0:-1]:
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
    source = input.detach()
    if dim is None:
        ordered, order = source.reshape(-1).sort()
        found = _runs(ordered, return_inverse, return_counts)
    else:
        rows = _rows("unique", source, dim)
        order = _order_of_rows(rows)
        ordered = rows.index_select(0, order)
        found = _along(source, dim, _row_runs(ordered, return_inverse, return_counts))
    if return_inverse:
        inverse = call("scatter", (order, order, found[1]), (0,))
        found = (found[0], inverse if dim is not None else inverse.reshape(input.shape), *found[2:])
    return found if len(found) > 1 else found[0]


def unique_consecutive(
    input: Tensor, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
) -> Any:
    """The elements (or slices of a dim) without repetitions of the one before."""
    check_tensor("unique_consecutive", "input", input)
    source = input.detach()
    if dim is not None and input.dim() != 1:
        rows = _rows("unique_consecutive", source, dim)
        found = _along(source, dim, _row_runs(rows, return_inverse, return_counts))
    else:
        found = _runs(source.reshape(-1), return_inverse, return_counts)
        if return_inverse and input.dim() != 1:
            found = (found[0], found[1].reshape(input.shape), *found[2:])
    return found if len(found) > 1 else found[0]


def _runs(elements: Tensor, inverse: bool, counts: bool) -> tuple[Tensor, ...]:
    """The first element of each run, the run of every element and the lengths of runs, if wanted.

    Args:
        elements: 1-d.
        inverse, counts: Whether these are wanted.
    """
    begins = call("run_begins", (elements,))
    if counts:
        begin = call("places_of_nonzero", (begins,), (None,))
        values = elements.index_select(0, begin)
        return (values, *_numbers(begins, inverse), call("run_lengths", (begin,), (len(elements),)))
    return (call("masked_select", (elements, begins), (None,)), *_numbers(begins, inverse))


def _row_runs(rows: Tensor, inverse: bool, counts: bool) -> tuple[Tensor, ...]:
    """`_runs` of the rows of a matrix."""
    begins = call("row_run_begins", (rows,))
    begin = call("places_of_nonzero", (begins,), (None,))
    values = rows.index_select(0, begin)
    lengths = (call("run_lengths", (begin,), (len(rows),)),) if counts else ()
    return (values, *_numbers(begins, inverse), *lengths)


def _numbers(begins: Tensor, wanted: bool) -> tuple[Tensor, ...]:
    """The number of the run that each element belongs to, if it is wanted."""
    return (begins.cumsum(0) - 1,) if wanted else ()


def _rows(name: str, tensor: Tensor, dim: int) -> Tensor:
    """The slices of a dim as rows of a matrix."""
    axis = wrap_dim(name, dim, tensor.dim())
    if tensor.dim() and 0 in tensor.shape[:axis] + tensor.shape[axis + 1 :]:
        raise ShapeError(
            f"{name}: There are 0 sized dimensions, and they aren't selected, so unique cannot be "
            "applied"
        )
    moved = tensor.reshape(1) if not tensor.dim() else tensor.movedim(axis, 0)
    return moved.reshape(moved.shape[0], prod(moved.shape[1:]))


def _order_of_rows(rows: Tensor) -> Any:
    """The order of rows, compared by their first element that differs: they are sorted by one
    column after the other, the first one last."""
    columns = rows.t().contiguous()
    order = columns[-1].argsort()
    for column in columns[:-1].flip(0).unbind(0):
        order = order.index_select(0, column.index_select(0, order).argsort())
    return order


def _along(tensor: Tensor, dim: int, found: tuple[Any, ...]) -> tuple[Any, ...]:
    """What was found of rows, with these as slices of the dim again."""
    rows, *rest = found
    if tensor.dim() < 2:
        return (rows.reshape(-1), *rest)
    axis = dim % tensor.dim()
    others = tensor.shape[:axis] + tensor.shape[axis + 1 :]
    return (rows.reshape(len(rows), *others).movedim(0, axis), *rest)


METHODS: dict[str, Any] = {f.__name__: f for f in (nonzero, argwhere, unique, unique_consecutive)}


@repeated
def tril_indices(
    row: int,
    col: int,
    offset: int = 0,
    *,
    dtype: dtype | None = None,
    device: Any = "cpu",
    layout: Any = None,
) -> Tensor:
    """Row and column numbers of the lower triangle of a row by col matrix, as two rows."""
    return _triangle(row, col, lambda i, j: j <= i + offset, dtype, device)


@repeated
def triu_indices(
    row: int,
    col: int,
    offset: int = 0,
    *,
    dtype: dtype | None = None,
    device: Any = "cpu",
    layout: Any = None,
) -> Tensor:
    """Row and column numbers of the upper triangle of a row by col matrix, as two rows."""
    return _triangle(row, col, lambda i, j: j >= i + offset, dtype, device)


def _triangle(row: int, col: int, inside: Any, kind: Any, place: Any) -> Tensor:
    for name, extent in (("row", row), ("col", col)):
        if extent < 0:
            raise BackendError(f"{name} must be non-negative, got {extent}")

    def make() -> Tensor:
        rows, columns = arange(row).reshape(-1, 1), arange(col).reshape(1, -1)
        places = nonzero(inside(rows, columns))
        found: Any = places.t().contiguous()
        return found.to(dtype=kind or int64, device=place)  # type: ignore[no-any-return]

    if modes.trace is None or row * col > MOST_REMEMBERED:
        return make()
    return modes.trace.fixed(make).clone()  # type: ignore[no-any-return]
