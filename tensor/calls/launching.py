"""Plans looked up, made, and their kernels run on tensors that exist."""

from __future__ import annotations

from typing import Any

from ...backends.checking import is_checked
from ...ops.calls.binding import Binding
from ...ops.errors import BackendError
from ..base import TensorBase
from ..devices import device
from ..interpreters import modes
from ..layout import Layout
from ..native.plans import MOST_PARTS
from ..shrunk import SHRUNK, check_within
from .families import plan_of
from .normalize import normalize
from .plans import Entry, Plan
from .solving import Call

CHECKED = is_checked()  # launches are looked at


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
        attributes = normalize(entry.op, entry.specs, attributes)
        return _extern_plan(entry, operands, attributes), attributes
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
            plan = entry.older_plan(key)
        if plan is None:
            seen = tuple([x._layout if isinstance(x, TensorBase) else x for x in operands])
            start = operands[0]._offset if entry.absolute else 0
            plan = plan_of(Call(entry, seen, attributes, prefix, known, targets, place, start))
            entry.keep_plan(key, plan)
    if CHECKED:
        plan.planned = {_layouts_of(operands), *(plan.planned or ())}
    return plan, attributes


def _layouts_of(operands: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple([x._layout for x in operands if isinstance(x, TensorBase)])


def _check_planned(plan: Plan, operands: tuple[Any, ...], outputs: tuple[Any, ...]) -> None:
    """Raises RuntimeError if a kernel would read operands or write results as others than they
    are: with strides, shapes or dtypes of another call."""
    given, results = _layouts_of(operands), _layouts_of(outputs)
    if plan.planned is None:  # native code's, or of another time
        return
    if results != plan.outputs:
        raise BackendError(
            f"{plan.op.name}: the plan gives results with layouts {plan.outputs}, but is run into"
            f" tensors with layouts {results}"
        )
    if given not in plan.planned:
        raise BackendError(
            f"{plan.op.name}: the plan was made for operands with layouts"
            f" {sorted(map(str, plan.planned))}, but is run on operands with layouts {given}"
        )


def _extern_plan(entry: Entry, operands: tuple[Any, ...], attributes: tuple[Any, ...]) -> Plan:
    """The plan of a host routine: the same one for equal lists, as native code learns it."""
    key = None
    if entry.op.inputs and entry.op.inputs[0].variadic and len(operands[0]) <= MOST_PARTS:
        try:
            key = (tuple([x._layout for x in operands[0]]), entry.key(attributes))
            found = entry.plans.get(key) or entry.older_plan(key)
        except TypeError:  # a list among the attributes
            key = found = None
        if found is not None:
            return found
    plan = Plan(entry.op, None, ())
    plan.replacement = entry.replacement
    plan.present = tuple(range(len(operands)))
    plan.kept = tuple(range(len(entry.specs)))
    if key is not None:
        entry.keep_plan(key, plan)
    return plan


def launch(
    plan: Plan,
    operands: tuple[Any, ...],
    attributes: tuple[Any, ...],
    outputs: tuple[Any, ...],
) -> None:
    """Runs the plan's kernel on operands and into outputs that have the planned layouts."""
    if modes.trace is not None:  # it goes by another way than `dispatch.call`
        modes.trace.broken = True
    if SHRUNK:
        check_within((*operands, *outputs))
    if CHECKED:
        _check_planned(plan, operands, outputs)
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
