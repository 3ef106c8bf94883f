"""Plans looked up, made, and their kernels run on tensors that exist."""

from __future__ import annotations

from typing import Any

from ..ops.binding import Binding
from .base import TensorBase
from .devices import device
from .families import plan_of
from .interpreters import modes
from .layout import Layout
from .normalize import normalize
from .plans import LIMIT, Entry, Plan
from .solving import Call


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


def launch(
    plan: Plan,
    operands: tuple[Any, ...],
    attributes: tuple[Any, ...],
    outputs: tuple[Any, ...],
) -> None:
    """Runs the plan's kernel on operands and into outputs that have the planned layouts."""
    if modes.trace is not None:  # it goes by another way than `dispatch.call`
        modes.trace.broken = True
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
