"""Plans looked up, made and run: what is left of a call once nobody wants to hear of it.

Neither history nor interpreters are known here; `dispatch` is the door, this is what lies behind.
"""

from __future__ import annotations

from typing import Any

from ..ops.binding import Binding
from ..ops.errors import BackendError, ShapeError
from ..ops.op import Op
from ..ops.specialize import title
from .base import TensorBase
from .devices import device
from .entries import routines
from .families import plan_of
from .interpreters import modes
from .layout import Layout
from .normalize import normalize
from .plans import LIMIT, Entry, Plan
from .solving import Call
from .tensor import Tensor, fresh, wrap


def find(
    entry: Entry,
    operands: tuple[Any, ...],
    attributes: tuple[Any, ...],
    prefix: int,
    known: Binding | None,
    targets: tuple[Layout | None, ...],
    place: device | None,
) -> tuple[Plan, tuple[Any, ...]]:
    """The plan of a call, and the attributes as it knows them."""
    if entry.op.form == "extern":
        return _extern_plan(entry, operands), normalize(entry.op, entry.specs, attributes)
    layouts = tuple([x._layout if isinstance(x, TensorBase) else type(x) for x in operands])
    if entry.absolute:
        layouts += (operands[0]._offset,)
    try:
        key = (layouts, entry.key(attributes), prefix, targets, known and id(known), place)
        plan = entry.plans.get(key)
    except TypeError:  # a list among the attributes
        plan = None
    if plan is None:
        given, attributes = attributes, normalize(entry.op, entry.specs, attributes)
        if attributes is not given:
            key = (layouts, entry.key(attributes), prefix, targets, known and id(known), place)
            plan = entry.plans.get(key)
        if plan is None:
            if len(entry.plans) >= LIMIT:
                entry.forget_plans()
            seen = tuple([x._layout if isinstance(x, TensorBase) else x for x in operands])
            start = operands[0]._offset if entry.absolute else 0
            plan = plan_of(Call(entry, seen, attributes, prefix, known, targets, place, start))
            entry.plans[key] = plan
    return plan, attributes


def _extern_plan(entry: Entry, operands: tuple[Any, ...]) -> Plan:
    plan = Plan(entry.op, None, ())
    plan.replacement = entry.replacement
    plan.present = tuple(range(len(operands)))
    plan.kept = tuple(range(len(entry.specs)))
    return plan


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


def launch(
    plan: Plan,
    operands: tuple[Any, ...],
    attributes: tuple[Any, ...],
    outputs: tuple[Any, ...],
) -> None:
    """Runs the plan's kernel on operands and into outputs that have the planned layouts."""
    if plan.run is None:
        return
    if plan.plain:
        plan.run([x._data for x in operands] + [outputs[0]._data], ())
        return
    if plan.constants:
        attributes = tuple([plan.constants.get(i, x) for i, x in enumerate(attributes)])
    everything = operands + outputs
    plan.run(
        [everything[i]._data for i in plan.pointers],
        [attributes[i] if named else operands[i] for named, i in plan.scalars],
    )


def _run_routine(op: Op, operands: tuple[Any, ...], attributes: tuple[Any, ...]) -> tuple[Any, ...]:
    name = dict(op.kernel).get("name", op.name)
    function = routines.get(name)
    if function is None:
        raise BackendError(f"{title(op.name)}: there is no host routine called {name!r}")
    recording, modes.grad = modes.grad, False
    try:
        found = function(*operands, *attributes)
    finally:
        modes.grad = recording
    return found if isinstance(found, tuple) else (found,)
