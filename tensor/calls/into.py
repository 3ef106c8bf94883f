"""Planned calls into tensors that exist, and elements copied into them; without history."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...ops.errors import DtypeError
from ..arrays import array_of
from ..base import TensorBase
from ..devices import CPU
from ..layout import Layout, is_packed, like_strides, strided
from ..storage import copy_bytes
from ..tensor import Tensor, fresh, wrap
from .entries import cast_op, entry_of
from .executing import execute
from .launching import find, launch
from .plans import Entry, Plan
from .targets import broadcast
from .transfer import host_of, packed, transferred


def execute_into(
    entry: Entry,
    plan: Plan,
    operands: tuple[Any, ...],
    attributes: tuple[Any, ...],
    targets: tuple[Any, ...],
) -> bool:
    """Runs a plan into tensors, through fresh memory where the kernel could read what it wrote;
    whether it ran on the tensors themselves."""
    direct = (
        plan.op.form not in ("view", "extern")
        and plan.replacement is None
        and all(a is b._layout for a, b in zip(plan.outputs, targets))
        and _independent(entry, operands, targets)
    )
    assert direct or not entry.op.onto, "what is put into a table goes there directly"
    if direct:
        launch(plan, operands, attributes, targets)
        results = targets
    else:
        apart = _with_dense_results(entry, plan, operands, attributes)
        results = execute(apart, operands, attributes)
    for result, target in zip(results, targets):
        if result is not target:
            copy_elements(target, result)
        target._storage.version += 1
    return direct


def _with_dense_results(
    entry: Entry, plan: Plan, operands: tuple[Any, ...], attributes: tuple[Any, ...]
) -> Plan:
    """The plan of a call into tensors, for fresh memory: that has no gaps, as tensors may have."""
    if all(is_packed(x.shape, x.strides) for x in plan.outputs):
        return plan
    place = None if operands else plan.outputs[0].device
    return find(entry, operands, attributes, 0, None, (), place)[0]


def _independent(entry: Entry, operands: tuple[Any, ...], targets: tuple[Any, ...]) -> bool:
    """No kernel reads an element of the targets after writing it."""
    storages = {id(target._storage): target for target in targets}
    for place, x in enumerate(operands):
        if isinstance(x, TensorBase) and id(x._storage) in storages:
            target = storages[id(x._storage)]
            same = x._data == target._data and x._layout is target._layout
            first = not place and (entry.copies_first or entry.op.onto)
            if not (same and (entry.pointwise or first)):
                return False
    return True


def copy_elements(target: Any, source: Any) -> None:
    """Writes the elements of `source`, broadcast and converted, into `target`. No history."""
    if target._layout.device.type == "meta" or not target._layout.numel:
        return
    if source._layout.device is not target._layout.device:
        if _same_bytes(source._layout, target._layout):
            copy_bytes(target, source, target._layout.nbytes)
            return
        source = transferred(source, target._layout.device)
    if source._layout.shape != target._layout.shape:
        source = broadcast(source, target._layout.shape)
    if target._layout.conj:
        source, target = conjugated(source), conjugated(target)
    source = resolve_conj(source)
    if source._storage is target._storage and source._data != target._data:
        source = packed(source)
    entry = entry_of(cast_op(target._layout.dtype))
    plan, _ = find(entry, (source,), (), 0, None, (target._layout,), None)
    if plan.casts:  # the rule wants another input dtype: never for a conversion
        raise DtypeError(f"copy_: cannot convert {source._layout.dtype} to {target._layout.dtype}")
    launch(plan, (source,), (), (target,))


def _same_bytes(a: Layout, b: Layout) -> bool:
    """Elements of both lie in memory in the same order, without gaps."""
    same = a.dtype is b.dtype and a.shape == b.shape and a.strides == b.strides
    return same and not (a.conj or b.conj) and is_packed(a.shape, a.strides)


def conjugated(tensor: Any) -> Any:
    """The conjugates of the elements, delayed; those of a real tensor are it. No history."""
    layout = tensor._layout
    if not layout.dtype.is_complex:
        return tensor
    made = strided(layout.dtype, layout.shape, layout.strides, layout.device, not layout.conj)
    base = tensor if tensor._base is None else tensor._base
    return wrap(Tensor, made, tensor._storage, tensor._offset, base)


def resolve_conj(tensor: Any) -> Any:
    """The tensor with its elements in memory instead of their conjugates."""
    layout = tensor._layout
    if not layout.conj:
        return tensor
    steps = like_strides(layout.shape, layout.strides)
    made = fresh(strided(layout.dtype, layout.shape, steps, CPU))
    if layout.numel and layout.device.type != "meta":
        np.copyto(array_of(made), array_of(host_of(tensor)))
    return transferred(made, layout.device)
