"""The only door through which ops run: `call`, and its forms that write into given tensors.

Order: the topmost active interpreter takes the call; else the plan is looked up (or made), operands
are converted where the dtype rule says so, the kernel runs, and the tape records the call if an
operand requires grad.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from ..ops.binding import Binding
from ..ops.dtype import dtype
from ..ops.errors import BackendError, DtypeError
from ..ops.op import Op
from ..ops.specialize import title
from . import interpreters
from .base import TensorBase
from .devices import device
from .entries import Routine as Routine
from .entries import _by_identity, _by_name, cast_op
from .entries import entry_of as entry_of
from .entries import folded as folded
from .entries import forget_plans as forget_plans
from .entries import routine as routine
from .interop import array_of
from .interpreters import modes
from .launching import execute, find, launch, view_of
from .layout import Layout, like_strides, strided
from .normalize import normalize
from .plans import Entry, Plan
from .targets import broadcast, check_target, check_tensor, fit
from .targets import check_writable as check_writable
from .targets import resize as resize
from .targets import spoken as spoken
from .tensor import fresh


class Tape(Protocol):
    """What dispatch needs of the tape; `autograd` sets `dispatch.tape`."""

    def record(
        self,
        op: Op,
        operands: tuple[Any, ...],
        attributes: tuple[Any, ...],
        prefix: int,
        outputs: tuple[Any, ...],
        binding: Binding | None,
    ) -> None:
        """Gives the outputs their history. `op` is specialised; operands and attributes are those
        that it still has, in its order. For a call in place, `outputs[0]` is the tensor written to
        and `operands[0]` stands for it as it was before, with its old history."""

    def check_inplace(self, target: Any) -> None:
        """Raises RuntimeError if the tensor must not be written in place."""


tape: Tape | None = None


def call(
    name: str | Op,
    operands: tuple[Any, ...],
    attributes: Any = (),
    prefix: int = 0,
    out: Any = None,
    known: Binding | None = None,
    place: device | None = None,
    layouts: tuple[Layout, ...] = (),
) -> Any:
    """The result of an op, or a tuple of results.

    Args:
        name: Registry name, or an op object.
        operands: Tensors and numbers in the order of the op's inputs; None where absent.
        attributes: Values in the op's order (defaults fill up), or a mapping by name.
        prefix: Leading dims that the op must treat as one more batch (vmap).
        out: A tensor, or a tuple of them, that takes the results.
        known: For a derived op: the binding of the call it was derived from.
        place: Device of the result for an op without inputs.
        layouts: Layouts that the results should have, where shape and dtype allow it.

    Raises:
        RuntimeError, IndexError, TypeError, ValueError: what the op requires does not hold.
    """
    entry = _by_name.get(name) if type(name) is str else _by_identity.get(id(name))
    if entry is None:
        entry = entry_of(name)
    if len(attributes) != len(entry.specs) or type(attributes) is not tuple:
        attributes = entry.complete(attributes)
    if entry.folds and attributes == entry.defaults:
        entry, attributes = folded(entry), ()
    if out is not None:
        return _call_into(entry, operands, attributes, out, place)
    if operands and not (prefix or known or place or layouts):
        if len(operands) == 1 and isinstance(operands[0], TensorBase):
            return call_one(entry, operands[0], attributes)
        if len(operands) == 2 and isinstance(operands[0], TensorBase):
            return call_two(entry, operands[0], operands[1], attributes)
    return _general(entry, operands, attributes, prefix, known, place, layouts)


def _general(
    entry: Entry,
    operands: tuple[Any, ...],
    attributes: tuple[Any, ...],
    prefix: int = 0,
    known: Binding | None = None,
    place: device | None = None,
    layouts: tuple[Layout, ...] = (),
) -> Any:
    """`call` with the entry and all its attributes at hand."""
    if interpreters.active and modes.stack:
        attributes = normalize(entry.op, entry.specs, attributes)
        return modes.stack[-1].handle(entry.op, operands, attributes, prefix)
    plan, attributes = find(entry, operands, attributes, prefix, known, layouts, place)
    if plan.casts:
        operands = _converted(operands, plan)
        plan, attributes = find(entry, operands, attributes, prefix, known, layouts, place)
    outputs = execute(plan, operands, attributes)
    if modes.grad and tape is not None and _any_requires(operands):
        _record(entry, plan, operands, attributes, prefix, outputs)
    return outputs[0] if len(outputs) == 1 else outputs


def call_one(entry: Entry, x: Any, attributes: tuple[Any, ...] = ()) -> Any:
    """`call` of an op with one operand, quick where it was called on this layout before."""
    if not interpreters.active:
        try:
            plan = entry.quick.get((x._layout, attributes) if attributes else x._layout)
        except TypeError:  # a list among the attributes
            plan = None
        if plan is not None:
            if plan.view:
                made = view_of(plan, x)
            else:
                made = fresh(plan.single)
                plan.run((x._data, made._data), ())
            if (x._requires or x._node is not None) and modes.grad and tape is not None:
                _record(entry, plan, (x,), attributes, 0, (made,))
            return made
    return _general(entry, (x,), attributes)


def call_two(entry: Entry, x: Any, other: Any, attributes: tuple[Any, ...] = ()) -> Any:
    """`call` of an op on a tensor and a tensor or number, quick where it was so called before."""
    if not interpreters.active:
        plain = isinstance(other, TensorBase)
        second = other._layout if plain else type(other)
        try:
            plan = entry.quick.get(
                (x._layout, second, attributes) if attributes else (x._layout, second)
            )
        except TypeError:
            plan = None
        if plan is not None:
            made = fresh(plan.single)
            if plain:
                plan.run((x._data, other._data, made._data), ())
                needed = x._requires or other._requires or x._node or other._node
            else:
                plan.run((x._data, made._data), (other,))
                needed = x._requires or x._node
            if needed and modes.grad and tape is not None:
                _record(entry, plan, (x, other), attributes, 0, (made,))
            return made
    return _general(entry, (x, other), attributes)


def _any_requires(operands: Sequence[Any]) -> bool:
    for x in operands:
        if isinstance(x, TensorBase):
            if x._requires or x._node is not None:
                return True
        elif isinstance(x, (tuple, list)) and _any_requires(x):
            return True
    return False


def _record(
    entry: Entry,
    plan: Plan,
    operands: tuple[Any, ...],
    attributes: tuple[Any, ...],
    prefix: int,
    outputs: tuple[Any, ...],
) -> None:
    assert tape is not None
    tape.record(
        plan.op,
        operands
        if len(plan.present) == len(operands)
        else tuple([operands[i] for i in plan.present]),
        attributes
        if len(plan.kept) == len(attributes)
        else tuple([attributes[i] for i in plan.kept]),
        prefix,
        outputs,
        plan.binding,
    )


def _converted(operands: tuple[Any, ...], plan: Plan) -> tuple[Any, ...]:
    changed = list(operands)
    for place, kind in plan.casts:
        if changed[place]._layout.conj:
            changed[place] = resolve_conj(changed[place])
        if changed[place]._layout.dtype is not kind:
            changed[place] = cast(changed[place], kind)
    return tuple(changed)


# conversion


def cast(tensor: Any, kind: dtype) -> Any:
    """A new tensor with the elements converted."""
    return call(cast_op(kind), (tensor,))


def resolve_conj(tensor: Any) -> Any:
    """The tensor with its elements in memory instead of their conjugates."""
    layout = tensor._layout
    if not layout.conj:
        return tensor
    steps = like_strides(layout.shape, layout.strides)
    made = fresh(strided(layout.dtype, layout.shape, steps, layout.device))
    if layout.numel and layout.device.type != "meta":
        np.copyto(array_of(made), array_of(tensor))
    return made


# calls that write into tensors that exist


def inplace(name: str | Op, operands: tuple[Any, ...], attributes: Any = ()) -> Any:
    """The first operand, after the op's result was written into it; see `write`."""
    return write(name, operands[0], operands, attributes)


def _write_quickly(entry: Entry, target: Any, operands: tuple[Any, ...]) -> bool:
    """Writes an op of one tensor, or of the target and a tensor or number, into the target, if
    that was done before; whether it was."""
    first = operands[0]
    if len(operands) == 1:
        plan = entry.writes.get((target._layout, first._layout, None))
        if plan is None or (first._storage is target._storage and first is not target):
            return False
    else:
        other = operands[1]
        plain = isinstance(other, TensorBase)
        plan = entry.writes.get((target._layout, other._layout if plain else type(other)))
        if plan is None or first is not target:
            return False
        if plain and other._storage is target._storage and other is not target:
            return False
    if modes.grad and tape is not None and _any_requires((*operands, target, target._base)):
        return False
    if len(operands) == 1:
        plan.run((first._data, target._data), ())
    elif plain:
        plan.run((target._data, other._data, target._data), ())
    else:
        plan.run((target._data, target._data), (other,))
    target._storage.version += 1
    return True


def _remember_write(entry: Entry, plan: Plan, operands: tuple[Any, ...], target: Any) -> None:
    """Makes a plan known to `_write_quickly`, if it can run it."""
    layout = target._layout
    if not entry.pointwise or layout is not plan.single:
        return
    if len(operands) == 1 and plan.plain:
        entry.writes[layout, operands[0]._layout, None] = plan
    elif len(operands) == 2 and operands[0]._layout is layout:
        other = operands[1]
        if isinstance(other, TensorBase) and plan.plain:
            entry.writes[layout, other._layout] = plan
        elif type(other) in (int, float) and plan.numbered:
            entry.writes[layout, type(other)] = plan


def write(name: str | Op, target: Any, operands: tuple[Any, ...], attributes: Any = ()) -> Any:
    """`target`, after the result of an op was written into it in place.

    Raises:
        RuntimeError: the result has another shape, or a dtype that cannot be written into it;
            the tensor is expanded; it is a leaf that requires grad.
    """
    entry = _by_name.get(name) if type(name) is str else _by_identity.get(id(name))
    if entry is None:
        entry = entry_of(name)
    if len(attributes) != len(entry.specs) or type(attributes) is not tuple:
        attributes = entry.complete(attributes)
    if entry.folds and attributes == entry.defaults:
        entry, attributes = folded(entry), ()
    simple = not (attributes or interpreters.active) and 0 < len(operands) < 3
    if simple and _write_quickly(entry, target, operands):
        return target
    if interpreters.active and modes.stack:
        modes.stack[-1].assign(target, call(entry.op, operands, attributes))
        return target
    recording = modes.grad and tape is not None and _any_requires((*operands, target, target._base))
    if recording:
        assert tape is not None
        tape.check_inplace(target)
    place = None if operands else target._layout.device
    plan, attributes = find(entry, operands, attributes, 0, None, (target._layout,), place)
    if plan.outputs:
        check_target(entry.op.name, plan.outputs[0], target)
    if plan.casts:
        operands = _converted(operands, plan)
        plan, attributes = find(entry, operands, attributes, 0, None, (target._layout,), place)
    if recording:
        operands = tuple([_before(target) if x is target else x for x in operands])
    if _write(entry, plan, operands, attributes, (target,)) and simple:
        _remember_write(entry, plan, operands, target)
    if recording:
        _record(entry, plan, operands, attributes, 0, (target,))
    return target


def _before(target: Any) -> Any:
    """The tensor written to as it was: a copy of its elements with its history."""
    old = execute_cast(target)
    old._node, old._requires = target._node, target._requires
    old._output_number = target._output_number
    return old


def execute_cast(source: Any, kind: dtype | None = None) -> Any:
    """A copy of the elements, without history."""
    recording, modes.grad = modes.grad, False
    try:
        return cast(source, kind or source._layout.dtype)
    finally:
        modes.grad = recording


def _write(
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
        and all(a is b._layout for a, b in zip(plan.outputs, targets))
        and _independent(entry, operands, targets)
    )
    if direct:
        launch(plan, operands, attributes, targets)
        results = targets
    else:
        results = execute(plan, operands, attributes)
    for result, target in zip(results, targets):
        if result is not target:
            copy_elements(target, result)
        target._storage.version += 1
    return direct


def _independent(entry: Entry, operands: tuple[Any, ...], targets: tuple[Any, ...]) -> bool:
    """No kernel reads an element of the targets after writing it."""
    storages = {id(target._storage): target for target in targets}
    for x in operands:
        if isinstance(x, TensorBase) and id(x._storage) in storages:
            target = storages[id(x._storage)]
            same = x._data == target._data and x._layout is target._layout
            if not (same and entry.pointwise):
                return False
    return True


def copy_elements(target: Any, source: Any) -> None:
    """Writes the elements of `source`, broadcast and converted, into `target`. No history."""
    if target._layout.device.type == "meta" or not target._layout.numel:
        return
    if source._layout.shape != target._layout.shape:
        source = broadcast(source, target._layout.shape)
    source = resolve_conj(source)
    if source._storage is target._storage and source._data != target._data:
        source = execute_cast(source)
    entry = entry_of(cast_op(target._layout.dtype))
    plan, _ = find(entry, (source,), (), 0, None, (target._layout,), None)
    if plan.casts:  # the rule wants another input dtype: never for a conversion
        raise DtypeError(f"copy_: cannot convert {source._layout.dtype} to {target._layout.dtype}")
    launch(plan, (source,), (), (target,))


def _call_into(
    entry: Entry, operands: tuple[Any, ...], attributes: tuple[Any, ...], out: Any, place: Any
) -> Any:
    targets = tuple(out) if isinstance(out, (tuple, list)) else (out,)
    for target in targets:
        check_tensor(entry.op.name, "out", target)
    if interpreters.active and modes.stack:
        found = call(entry.op, operands, attributes)
        for target, value in zip(targets, found if isinstance(found, tuple) else (found,)):
            modes.stack[-1].assign(target, value)
        return out
    if modes.grad and (_any_requires(operands) or _any_requires(targets)):
        raise BackendError(
            f"{title(entry.op.name)}(): functions with out=... arguments don't support automatic "
            "differentiation, but one of the arguments requires grad."
        )
    layouts = tuple(target._layout for target in targets)
    plan, attributes = find(entry, operands, attributes, 0, None, layouts, place)
    if plan.casts:
        operands = _converted(operands, plan)
        plan, attributes = find(entry, operands, attributes, 0, None, layouts, place)
    if entry.op.form in ("view", "extern"):
        for target, value in zip(targets, execute(plan, operands, attributes)):
            fit(entry.op.name, target, value._layout)
            copy_elements(target, value)
            target._storage.version += 1
        return out
    for target, layout in zip(targets, plan.outputs):
        fit(entry.op.name, target, layout)
    _write(entry, plan, operands, attributes, targets)
    return out


def sum_to(tensor: Any, shape: tuple[int, ...]) -> Any:
    """The tensor summed over the dims along which one of `shape` was broadcast to its shape."""
    own = tuple(tensor._layout.shape)
    if own == tuple(shape):
        return tensor
    missing = len(own) - len(shape)
    dims = tuple(range(missing)) + tuple(
        missing + i for i, extent in enumerate(shape) if extent == 1 and own[missing + i] != 1
    )
    if dims:
        tensor = call("sum", (tensor,), {"dim": dims, "keepdim": True})
    return tensor.reshape(shape) if missing else tensor
