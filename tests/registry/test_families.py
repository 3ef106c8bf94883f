"""Every op on sizes never seen: the plan that formulas give is the one that planning gives."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
import tensorsmith as ts
from tensorsmith.backends.arguments import names_of
from tensorsmith.backends.cpu.machine import MACHINES
from tensorsmith.backends.template import Template, filled, template_of
from tensorsmith.lowering.launch import Schedule
from tensorsmith.lowering.schedule import schedule
from tensorsmith.ops.derivatives.derive import cotangent_names, derive_adjoint
from tensorsmith.ops.errors import LoweringError
from tensorsmith.tensor.calls import families, solving
from tensorsmith.tensor.calls.normalize import normalize
from tensorsmith.tensor.calls.plans import Entry, Plan
from tensorsmith.tensor.calls.solving import Call
from tensorsmith.tensor.layout import Layout, dense, strided
from tensorsmith.tools.battery.sampling import arguments_of

from .generated import SAMPLED, Sampled

Sizes = Callable[[int], int]
SIZES: dict[str, Sizes] = {
    "as they are": lambda n: n,
    "doubled": lambda n: 2 * n if n > 1 else n,
    "tripled": lambda n: 3 * n if n > 1 else n,
    "sevenfold": lambda n: 7 * n if n > 1 else n,
    "large": lambda n: 40 * n if n > 1 else n,
    "elevenfold": lambda n: 11 * n if n > 1 else n,
}
TARGET = MACHINES["x86-64-v3"].target


@dataclass
class Planned:
    """A runner that does not run."""

    planned: Schedule

    def __post_init__(self) -> None:
        self.operands, self.scalars = names_of(self.planned)

    def filled(self, launches: Any, scratch: Any) -> Planned:
        return Planned(filled(self.planned, launches, scratch))


class Planning:
    """A backend that plans for one machine and compiles nothing."""

    watched = False

    def prepare(self, op: Any, binding: Any, strides: Any) -> Planned:
        return Planned(schedule(op, binding, strides, TARGET))

    def template(self, op: Any, binding: Any, strides: Any, runner: Any) -> Template | None:
        return template_of(schedule(op, binding, strides, TARGET), runner.planned, runner)


@pytest.fixture(autouse=True)
def plan_only(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (families, solving):
        monkeypatch.setattr(module, "backend_of", lambda binding: Planning())
    monkeypatch.setattr(families, "backend", Planning)


def crossed(layout: Layout) -> Layout:
    """The same shape with its dims in memory the other way round."""
    back = dense(layout.dtype, tuple(reversed(layout.shape)))
    return strided(layout.dtype, tuple(layout.shape), tuple(reversed(back.strides)))


def spread(layout: Layout) -> Layout:
    """The same shape with a gap behind each row."""
    if not layout.rank:
        return layout
    wide = dense(layout.dtype, (*layout.shape[:-1], layout.shape[-1] + 3))
    return strided(layout.dtype, tuple(layout.shape), wide.strides)


LAYOUTS: dict[str, Callable[[Layout], Layout]] = {
    "dense": lambda layout: layout, "crossed": crossed, "spread": spread,
}  # fmt: skip


def calls(case: Sampled, lie: Callable[[Layout], Layout]) -> Iterator[Call]:
    """A sample's call with several sizes."""
    arguments = arguments_of(case.op, case.sample)
    entry = Entry(case.op)
    values = entry.complete(dict(arguments.attributes))
    attributes = normalize(case.op, entry.specs, values)

    def layout(value: Any, sizes: Sizes) -> Any:
        if not isinstance(value, np.ndarray):
            return value
        of = ts.as_tensor(value)._layout
        return lie(dense(of.dtype, tuple(sizes(n) for n in of.shape)))

    for sizes in SIZES.values():
        yield Call(entry, tuple(layout(x, sizes) for x in arguments.operands), attributes)


def adjoint_call(call: Call, plan: Plan, entries: dict[Any, Entry]) -> Call | None:
    """The call that the backward of a planned one makes."""
    op, binding = plan.op, plan.binding
    wanted = frozenset(
        x.name for x in op.inputs
        if x.name not in op.nondifferentiable and binding.dtypes[x.name].kind == "float"
    )  # fmt: skip
    if not wanted or binding is None or all(x.name in op.nondifferentiable for x in op.outputs):
        return None
    adjoint = derive_adjoint(op, wanted)
    names = [x.name for x in call.entry.op.inputs]
    known = dict(zip(names, call.operands)) | {
        output.name: layout for output, layout in zip(op.outputs, plan.outputs)
    }
    for output, layout in zip(op.outputs, plan.outputs):
        known[cotangent_names(op)[output.name]] = layout
    given = {spec.name: value for spec, value in zip(call.entry.specs, call.attributes)}
    entry = entries.setdefault(adjoint.name, Entry(adjoint))
    operands = tuple(known[x.name] for x in adjoint.inputs)
    return Call(entry, operands, tuple(given[x.name] for x in adjoint.attributes), known=binding)


def anew(call: Call) -> Plan | None:
    """The plan of a call, made without formulas; None if it is not allowed."""
    try:
        return families._anew(call)
    except (ValueError, RuntimeError, IndexError, TypeError, LoweringError):
        return None


def seen(plan: Plan) -> dict[str, Any]:
    """All that a plan says."""
    apart = ("run", "binding", "native", "repeated")
    found = {name: getattr(plan, name) for name in Plan.__slots__ if name not in apart}
    if plan.binding is not None:
        found["binding"] = replace(plan.binding, attributes={})
    if plan.run is not None:
        found["schedule"] = plan.run.planned  # type: ignore[attr-defined]
    return found


def compare(call: Call, wanted: Plan) -> bool:
    """Whether formulas gave the plan, which must be the wanted one in any case."""
    plan = families.plan_of(call)
    assert seen(plan) == seen(wanted)
    return not plan.repeated


@pytest.mark.parametrize("lie", LAYOUTS)
@pytest.mark.parametrize(
    "case",
    [
        pytest.param(c, id=str(c), marks=() if c.number == 0 else pytest.mark.slow)
        for c in SAMPLED
        if c.number < 4 and c.op.inputs and c.op.form != "extern"
    ],
)
def test_formulas_give_what_planning_gives(case: Sampled, lie: str) -> None:
    if any(x.variadic for x in case.op.inputs):
        pytest.skip("calls on lists of tensors are planned one by one")
    entries: dict[Any, Entry] = {}
    for call in calls(case, LAYOUTS[lie]):
        wanted = anew(call)
        if wanted is None:
            continue
        compare(call, wanted)
        if wanted.run is not None:
            backward = adjoint_call(call, wanted, entries)
            wanted = None if backward is None else anew(backward)
            if wanted is not None:
                compare(backward, wanted)
        for entry in (call.entry, *entries.values()):
            assert not any(family.failures for family in entry.families.values()), entry.op.name
