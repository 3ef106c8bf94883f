"""Host routines of ops that pick elements or search for them: unique, nonzero, searchsorted.

What a result's size depends on is counted first, then there is memory for it; compiled kernels do
the rest.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from ..ops.dtype import bool_, dtype, int64
from ..ops.errors import BackendError, DimensionError, DtypeError, ShapeError
from .base import TensorBase
from .dispatch import call, copy_elements, routine
from .interop import array_of
from .layout import dense, strided
from .tensor import Tensor, fresh, wrap


@cache
def _kernels() -> Any:
    """The backend's part, loaded at its first use: importing the package must be quick."""
    from ..backends.cpu import order

    return order


def _run(runner: Any, **tensors: Tensor) -> None:
    runner([tensors[name]._data for name in runner.operands])


def wrap_dim(name: str, dim: int, rank: int) -> int:
    """The dim counted from the front.

    Raises:
        IndexError: it is out of range.
    """
    room = max(rank, 1)
    if not -room <= dim < room:
        raise DimensionError(
            f"{name}: Dimension out of range (expected to be in range of [{-room}, "
            f"{room - 1}], but "
            f"got {dim})"
        )
    return dim % room


def _check(name: str, tensor: TensorBase) -> None:
    """Raises an error for a tensor that has no order or no elements."""
    if tensor._layout.device.type == "meta":
        raise BackendError("a tensor on the device meta has no elements")
    if tensor._layout.dtype.is_complex:
        raise DtypeError(f"{name}: complex numbers have no order, got {tensor.dtype}")


def _contiguous(tensor: Any) -> Any:
    """The tensor in C order, copied if it is not."""
    layout = tensor._layout
    if layout.contiguous and not layout.conj:
        return tensor
    made = fresh(dense(layout.dtype, tuple(layout.shape), layout.device))
    copy_elements(made, tensor)
    return made


def _new(kind: dtype, shape: tuple[int, ...]) -> Tensor:
    return fresh(dense(kind, shape))


# -- what a condition picks ------------------------------------------------------------------------


def _starts(flat: Tensor, condition: str) -> tuple[Tensor, int]:
    """Where what each piece has of a contiguous tensor begins, and how much there is."""
    total = flat.numel()
    starts = _new(int64, (-(-total // _kernels().PIECE) + 1,))
    if not total:
        return starts, 0
    _run(_kernels().count_picked(flat.dtype, condition, total), input=flat, starts=starts)
    return starts, int(array_of(starts)[-1])


def _runs(ordered: Tensor, shape: tuple[int, ...], order: Tensor | None) -> Any:
    """The first element of each run, the run of every element, the lengths of runs."""
    total, kind = ordered.numel(), ordered.dtype
    starts, count = _starts(ordered, "changed")
    found, places = _new(kind, (count,)), _new(int64, (count + 1,))
    inverse = _new(int64, shape)
    array_of(places)[-1] = total
    if total:
        bits = 8 * kind.itemsize
        writer = _kernels().write_picked(kind, "changed", (total,), 0, bits, True)
        _run(writer, input=ordered, starts=starts, source=ordered, values=found, places=places)
        numberer = _kernels().number_runs(kind, total, order is not None)
        more = {} if order is None else {"indices": order}
        _run(numberer, input=ordered, starts=starts, inverse=inverse, **more)
    narrow = strided(int64, (count,), (1,))
    after, before = (wrap(Tensor, narrow, places._storage, k) for k in (1, 0))
    return found, inverse, call("sub", (after, before))


@routine("unique")
def _unique(input: Tensor) -> Any:
    _check("unique", input)
    total, shape = input.numel(), tuple(input.shape)
    ordered, order = _new(input.dtype, (total,)), _new(int64, (total,))
    if total:
        runner = _kernels().sort(input.dtype, 1, total, total, False, True, True)
        _run(runner, input=_contiguous(input), values=ordered, indices=order)
    return _runs(ordered, shape, order)


@routine("unique_consecutive")
def _unique_consecutive(input: Tensor) -> Any:
    _check("unique_consecutive", input)
    return _runs(_contiguous(input), tuple(input.shape), None)
