"""Planned calls run: kernels, views and host routines; what is left of a call once nobody wants to
hear of it.

Neither history nor interpreters are known here; `dispatch` is the door, this is what lies behind.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...backends.base import detours
from ...ops.calls.specialize import title
from ...ops.errors import BackendError, ShapeError
from ...ops.language.op import Op
from ..base import TensorBase
from ..devices import CPU
from ..interpreters import modes
from ..tensor import Tensor, fresh, wrap
from .entries import at_home, routines
from .launching import launch
from .plans import Plan
from .solving import common_device
from .transfer import on_host, transferred


def execute(plan: Plan, operands: tuple[Any, ...], attributes: tuple[Any, ...]) -> tuple[Any, ...]:
    """The results of a planned call, without history."""
    op = plan.op
    if plan.replacement is not None:
        replaced = plan.replacement(plan, operands, attributes)
        if replaced is not None:
            return replaced
    if op.form == "view":
        if not plan.view:
            _check_bounds(plan, operands[0])
        return (view_of(plan, operands[0]),)
    if op.form == "extern":
        return _run_routine(op, operands, attributes)
    if plan.single is not None:
        outputs: tuple[Any, ...] = (fresh(plan.single),)
    else:
        outputs = tuple([fresh(layout) for layout in plan.outputs])
    launch(plan, operands, attributes, outputs)
    return outputs


def _check_bounds(plan: Plan, source: Any) -> None:
    """Raises RuntimeError if a view at a given place of the memory would reach outside of it."""
    layout, storage = plan.outputs[0], source._storage
    start = source._offset + plan.offset
    if start < 0:
        raise ShapeError(f"{title(plan.op.name)}: Tensor: invalid storage offset {start}")
    if 0 in layout.shape:
        return
    last = start + sum((n - 1) * step for n, step in zip(layout.shape, layout.strides))
    needed = (last + 1) * layout.dtype.itemsize
    if needed > storage.nbytes():
        raise ShapeError(
            f"{title(plan.op.name)}: the view must lie inside of the storage: setStorage: sizes "
            f"{list(layout.shape)}, strides {list(layout.strides)}, storage offset {start}, and "
            f"itemsize {layout.dtype.itemsize} requiring a storage size of {needed} are out of "
            f"bounds for storage of size {storage.nbytes()}"
        )


def view_of(plan: Plan, source: Any) -> Tensor:
    """The view that a plan describes, without history."""
    base = source if source._base is None else source._base
    layout, offset = plan.outputs[0], source._offset + plan.offset
    return wrap(Tensor, layout, source._storage, offset, base)  # type: ignore[no-any-return]


def _run_routine(op: Op, operands: tuple[Any, ...], attributes: tuple[Any, ...]) -> tuple[Any, ...]:
    name = dict(op.kernel).get("name", op.name)
    function = routines.get(name)
    if function is None:
        raise BackendError(f"{title(op.name)}: there is no host routine called {name!r}")
    place = CPU
    if name not in at_home:
        place = common_device(op.name, [x._layout for x in tensors_of(operands)])
    recording, modes.grad = modes.grad, False
    try:
        if place.type == "cuda":
            detours[op.name] += 1
            operands = tuple([on_host(x) for x in operands])
        found = function(*operands, *attributes)
    finally:
        modes.grad = recording
    results = found if isinstance(found, tuple) else (found,)
    if place.type == "cuda":
        results = tuple([transferred(x, place) for x in results])
    return results


def tensors_of(operands: tuple[Any, ...]) -> Iterator[Any]:
    """The tensors among operands, and in lists of them."""
    for x in operands:
        if isinstance(x, TensorBase):
            yield x
        elif type(x) in (tuple, list):
            yield from tensors_of(x)
