"""Families: calls of an op that differ in sizes only are planned once.

A call of a family whose sizes were never seen needs no planning: the formulas of a *case* give
sizes, layouts of results and arguments of kernels. A case holds as long as planning would take the
same decisions; one family has several (a row shorter than a vector, a matrix that fills the cache).
Formulas come from planning once more on symbols (`ops/calls/symbols.py`), for the second sizes that
a family sees: a program whose shapes repeat never pays for them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...ops.calls.binding import Binding
from ...ops.calls.symbols import Evaluate, Trace, value_of
from ...ops.lock import PREPARING
from ..layout import Layout, strided
from ..storage import backend
from .plans import BY_TYPE, WITH_SIZES, Plan
from .solving import (
    Answer,
    Call,
    backend_of,
    kernel_plan,
    planned_view,
    solve,
    strides_of,
    view_of_layout,
    view_plan,
)

MOST_FAMILIES = 128  # of one op; beyond it they start anew
MOST_CASES = 24  # of one family; beyond it the one that was not used for longest goes
CREDIT = 16  # cases of a family that are looked for before the first of them serves a call
MOST_CREDIT = 64

Values = tuple[int, ...]


class Family:
    """Calls of an op that differ in sizes only.

    Attributes:
        cases: Formulas, those that were used last first.
        seen: Whether a call was planned.
        credit: How many more cases are worth looking for: each costs one, and earns one with each
            call that it serves. Planning that pins all sizes is not traced for ever.
        failures: How many plans gave no formulas.
    """

    __slots__ = ("cases", "credit", "failures", "seen")

    def __init__(self) -> None:
        self.cases: tuple[Case, ...] = ()
        self.seen = False
        self.credit = CREDIT
        self.failures = 0

    def use(self, case: Case) -> None:
        """Puts a case first; the one that was not used for longest goes where there are many."""
        others = [each for each in self.cases if each is not case]
        self.cases = (case, *others)[:MOST_CASES]


def plan_of(call: Call) -> Plan:
    """The plan of a call that has none yet.

    Raises:
        RuntimeError, IndexError, TypeError, ValueError: what the op requires does not hold.
    """
    described = None if _is_watched() else describe(call)
    if described is None:
        return _anew(call)
    key, values = described
    family = call.entry.families.get(key)
    if family is None:
        family = _new_family(call, key)
    for case in family.cases:
        found = case.find(values)
        if found is not None:
            if case is not family.cases[0]:
                family.use(case)
            if family.credit < MOST_CREDIT:
                family.credit += 1
            return case.plan(call, found)
    plan = _anew(call)
    if family.seen and family.credit > 0:
        _learn(family, call, plan, values)
    family.seen = True
    return plan


def _is_watched() -> bool:
    """Each call is to be planned: the backend has no formulas, or is asked what is planned."""
    return getattr(backend(), "watched", True)


def _anew(call: Call) -> Plan:
    return view_plan(call) if call.entry.op.form == "view" else kernel_plan(call)


def _new_family(call: Call, key: object) -> Family:
    families = call.entry.families
    if len(families) >= MOST_FAMILIES:
        families.clear()
    return families.setdefault(key, Family())  # type: ignore[no-any-return]


# what calls of a family have in common


def describe(call: Call) -> tuple[object, Values] | None:
    """What a call has in common with its family, and the integers in which it differs; None if
    it belongs to none."""
    parts: list[object] = []
    values: list[int] = []
    for operand in call.operands:
        if isinstance(operand, Layout):
            parts.append(operand.family)
            values.extend(operand.integers)
        elif type(operand) in (tuple, list):
            return None
        else:
            parts.append(type(operand))
    for target in call.targets:
        if target is None:
            parts.append(None)
        else:
            parts.append(target.family)
            values.extend(target.integers)
    if call.known is not None:
        parts.append(_describe_binding(call.known, values))
    entry = call.entry
    if entry.absolute:
        return None
    for how, value in zip(entry.varies, call.attributes):
        if type(value) is int and how is WITH_SIZES:
            parts.append(int)
            values.append(value)
        elif how is WITH_SIZES:
            parts.append(_describe_attribute(value, values))
        else:
            parts.append(type(value) if how is BY_TYPE else (type(value), value))
    return (tuple(parts), call.prefix, call.place), tuple(values)


def _describe_binding(known: Binding, values: list[int]) -> object:
    """What a derived op takes over from its call."""
    values.extend(known.sizes.values())
    values.extend(known.batch)
    groups = []
    for name, extents in known.groups.items():
        values.extend(extents)
        groups.append((name, len(extents)))
    words = tuple(known.words.items())
    return tuple(known.sizes), len(known.batch), tuple(groups), known.prefix, words


def _describe_attribute(value: object, values: list[int]) -> object:
    """An attribute whose integers may differ; anything else counts by value."""
    if type(value) is int:
        values.append(value)
        return int
    if type(value) is tuple:
        return (tuple, *(_describe_attribute(each, values) for each in value))
    return type(value), value


# the same call, on symbols


def on_symbols(call: Call, trace: Trace) -> Call:
    """The call with symbols for the integers that `describe` found."""
    symbols = iter(trace.inputs)

    def layout(of: Any) -> Any:
        if not isinstance(of, Layout):
            return of
        made = Layout.__new__(Layout)
        made.dtype, made.device, made.conj, made.rank = of.dtype, of.device, of.conj, of.rank
        made.shape = _take(symbols, of.rank)  # type: ignore[assignment]
        made.strides = _take(symbols, of.rank)
        return made

    def attribute(of: Any) -> Any:
        if type(of) is tuple:
            return tuple([attribute(each) for each in of])
        return next(symbols) if type(of) is int else of

    operands = tuple([layout(x) for x in call.operands])
    targets = tuple([layout(x) for x in call.targets])
    known = None if call.known is None else _binding_on(call.known, symbols)
    attributes = tuple(
        [attribute(x) if h is WITH_SIZES else x for h, x in zip(call.entry.varies, call.attributes)]
    )
    return replace(call, operands=operands, targets=targets, known=known, attributes=attributes)


def _binding_on(known: Binding, symbols: Any) -> Binding:
    sizes = {name: next(symbols) for name in known.sizes}
    batch = _take(symbols, len(known.batch))
    groups = {name: _take(symbols, len(extents)) for name, extents in known.groups.items()}
    return replace(known, sizes=sizes, batch=batch, groups=groups, shapes={})


def _take(symbols: Any, count: int) -> tuple[Any, ...]:
    return tuple([next(symbols) for _ in range(count)])


# formulas


class Case:
    """Formulas for the plans of some calls of a family.

    Attributes:
        evaluate: Integers of a call -> what `plan` takes, or None.
    """

    def __init__(self, evaluate: Evaluate, like: Plan) -> None:
        self.evaluate = evaluate
        self.like = like

    def find(self, values: Values) -> Any:
        """What the formulas give for a call; None if planning would decide otherwise."""
        try:
            return self.evaluate(*values)
        except ArithmeticError:  # which planning would raise as well
            return None

    def plan(self, call: Call, found: Any) -> Plan:
        """The plan of a call, from what the formulas gave."""
        raise NotImplementedError


class ViewCase(Case):
    """Formulas for a view: shape, strides and offset."""

    def plan(self, call: Call, found: Any) -> Plan:
        plan = planned_view(call, *found)
        plan.repeated = False
        return plan


class KernelCase(Case):
    """Formulas for a call that runs kernels.

    Args:
        make: A runner from the numbers of kernels; None where none runs.
    """

    def __init__(self, evaluate: Evaluate, like: Plan, answer: Answer, make: Any) -> None:
        super().__init__(evaluate, like)
        self.make = make
        self.place = answer.place
        self.results = [(each.dtype, each.target) for each in answer.results]

    def plan(self, call: Call, found: Any) -> Plan:
        like = self.like
        sizes, groups, batch, shapes, attributes, layouts, launches, scratch = found
        outputs = []
        for (kind, target), (shape, strides) in zip(self.results, layouts):
            known = call.targets[target] if target >= 0 else None
            if known is None or known.device is not self.place:
                known = strided(kind, shape, strides, self.place)
            outputs.append(known)
        of = like.binding
        assert of is not None
        binding = Binding(
            sizes, groups, batch, of.prefix, of.places, shapes, of.dtypes, of.words, attributes
        )
        plan = Plan(like.op, binding, tuple(outputs))
        plan.casts, plan.pointers, plan.scalars = like.casts, like.pointers, like.scalars
        plan.constants, plan.present, plan.kept = like.constants, like.present, like.kept
        plan.plain, plan.known, plan.replacement = like.plain, call.known, like.replacement
        if self.make is not None:
            plan.run = self.make(launches, scratch)
        plan.repeated = False
        return plan


def _learn(family: Family, call: Call, plan: Plan, values: Values) -> None:
    """Gives a family the formulas of one of its calls, if there are any."""
    family.credit -= 1
    with PREPARING:
        case = trace(call, plan, values)
        if case is None:
            family.failures += 1
        else:
            family.use(case)


def trace(call: Call, plan: Plan, values: Values) -> Case | None:
    """The formulas that planning a call comes to; None if there are none.

    What planning cannot do with symbols it may refuse in any way: the plan that is there is right
    without them.
    """
    traced = Trace(values)
    try:
        on = on_symbols(call, traced)
        if call.entry.op.form == "view":
            return _trace_view(on, plan, traced)
        return _trace_kernels(on, plan, traced)
    except Exception:
        return None


def _trace_view(call: Call, plan: Plan, traced: Trace) -> Case | None:
    found = view_of_layout(call)
    layout = plan.outputs[0]
    if _values(found) != (tuple(layout.shape), layout.strides, plan.offset):
        return None
    return ViewCase(traced.formulas(found), plan)


def _trace_kernels(call: Call, plan: Plan, traced: Trace) -> Case | None:
    answer = solve(call)
    binding, known = answer.binding, plan.binding
    assert known is not None
    launches: Any = ()
    scratch: Any = ()
    make = None
    if answer.op is not plan.op or not _agrees(binding, known):
        return None
    if plan.run is not None:
        runner = backend_of(binding, answer.place)
        if not hasattr(runner, "template"):
            return None
        strides = strides_of(call, answer)
        template = runner.template(answer.op, binding, strides, plan.run)
        if template is None:
            return None
        launches, scratch, make = template.launches, template.scratch, template.make
    layouts = tuple((each.shape, each.strides) for each in answer.results)
    if [_values(x) for x in layouts] != [(tuple(x.shape), x.strides) for x in plan.outputs]:
        return None
    solved = (binding.sizes, binding.groups, binding.batch, binding.shapes, binding.attributes)
    results = (*solved, layouts, launches, scratch)
    return KernelCase(traced.formulas(results), plan, answer, make)


def _agrees(binding: Binding, known: Binding) -> bool:
    """A binding with symbols is that of the numbers that they stand for."""
    same = (
        binding.prefix == known.prefix
        and binding.places == known.places
        and binding.dtypes == known.dtypes
        and binding.words == known.words
    )
    integers = (known.sizes, known.groups, known.batch, known.shapes)
    return same and _values(
        (binding.sizes, binding.groups, binding.batch, binding.shapes)
    ) == _values(integers)


def _values(item: Any) -> Any:
    """Numbers for symbols, in tuples and in dicts."""
    if isinstance(item, tuple):
        return tuple([_values(each) for each in item])
    if isinstance(item, dict):
        return {key: _values(each) for key, each in item.items()}
    return value_of(item)
