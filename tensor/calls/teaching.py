"""Solved calls handed to native code, which serves the next ones like them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from ...backends.slots import Solved
from ...ops.language.op import Op
from .. import interpreters
from ..base import TensorBase
from ..devices import CPU
from ..native import plans as forms
from ..native.attach import link
from ..native.runtime import ENABLED, STATE
from ..native.solved import Owner, Record, write_item, write_kernels, write_view
from ..storage import place_on
from ..tensor import Tensor
from .composition import Composition, composers, name_of, solve_composition
from .entries import entry_of
from .mixed import solve_mixed, source_of
from .plans import Entry, Plan

TEACHING = ENABLED
MOST_OPERANDS = 16
MOST_VALUES = forms.MOST_VALUES - 8
Learned = Owner


@dataclass(slots=True)  # not frozen: one is made for each call that Python serves
class Request:
    """A call as it was made.

    Attributes:
        key: The name or op object that was called.
        asked: The entry of that.
        entry: The entry that the plan is of: the same, or the one without numbers.
        operands: As given.
        attributes: As given, defaults filled in.
    """

    key: str | Op
    asked: Entry
    entry: Entry
    operands: tuple[Any, ...]
    attributes: tuple[Any, ...]


def teach(request: Request, plan: Plan, known: Any) -> Owner | None:
    """Lets native code serve calls like this one; None if it cannot."""
    owner = _owner(request, plan) if _is_repeated(plan) else None
    return _learned(request, owner, known)


def teach_mixed(
    request: Request, mixed: Plan, plan: Plan, converted: tuple[Any, ...], known: Any
) -> Owner | None:
    """Lets native code serve calls whose operands are converted first; None if it cannot.

    Args:
        request: The call as it was made.
        mixed: Its plan, which says what is converted.
        plan: That of the call on the operands as they are then, `converted`.
    """
    if not _is_repeated(mixed):
        return None
    if mixed.native is None:
        mixed.native = _written_mixed(request, mixed, plan, converted) or False
    return _learned(request, mixed.native or None, known)


def _learned(request: Request, owner: Owner | None, known: Any) -> Owner | None:
    """The plan, once native code has it under the words of the call; None if it cannot."""
    record = None if owner is None else _record(request)
    if owner is None or record is None:
        return None
    values = request.operands + request.attributes
    form = forms.PLAIN + (interpreters.modes.autocast if request.asked.autocast else 0)
    return owner if record.learn(owner, form, known, values, ()) else None


def _written_mixed(
    request: Request, mixed: Plan, plan: Plan, converted: tuple[Any, ...]
) -> Owner | None:
    if plan.replacement is not None or plan.view or len(request.operands) > MOST_OPERANDS:
        return None
    solved = solve_mixed(plan, mixed.casts, request.operands, converted)
    if solved is None:
        return None
    owner = _write_solved(request, plan, solved, {source_of(p): p for p, _ in mixed.casts})
    if owner is not None:
        owner.present, owner.kept = plan.present, plan.kept
        owner.converted = frozenset(place for place, _ in mixed.casts)
        owner.varying = any(place in request.entry.by_type for place in plan.kept)
    return owner


def teach_into(request: Request, plan: Plan, form: int, targets: tuple[Any, ...]) -> Owner | None:
    """Lets native code serve calls like this one, which writes into tensors; None if it cannot.

    A call that native code gives up halfway is made again in Python: it must not have written by
    then, so kernels that may complain are left to Python, but for those that put elements into a
    tensor: what they put twice is there once.
    """
    among = any(x is y for x in request.operands for y in targets)
    alone = request.entry.pointwise or plan.op.onto
    if plan.op.form == "view" or (among and not alone) or not _is_repeated(plan):
        return None
    owner = _owner(request, plan)
    record = None if owner is None else _record(request)
    if owner is None or record is None or (_may_stop(plan) and not plan.op.onto):
        return None
    values = request.operands + request.attributes
    return owner if record.learn(owner, form, None, values, targets) else None


def teach_item(tensor: Any, index: Any, found: Any) -> None:
    """Lets native code serve `tensor[index]` if it gave a view without history.

    The first index of a layout is served from then on, another one when its result comes again: of
    slices `tensor[:n]` each n is a row of native code's table.
    """
    plain = type(tensor) is Tensor and type(found) is Tensor and found is not tensor
    if not plain or found._storage is not tensor._storage or found._node is not None:
        return
    if interpreters.active:
        return
    if len(_indexed) >= MOST_INDEXED:
        _indexed.clear()
    results = _indexed.setdefault(tensor._layout, set())
    is_new, is_first = found._layout not in results, not results
    if len(results) >= MOST_INDEXED:
        results.clear()
    results.add(found._layout)
    if is_first or not is_new:
        write_item(tensor, index, found)


_indexed: dict[Any, set[Any]] = {}  # layouts that were indexed, and what came out
MOST_INDEXED = 1024  # of either; beyond it they start anew


def _is_repeated(plan: Plan) -> bool:
    """Whether a plan is worth writing down: sizes that came once may never come again."""
    repeated, plan.repeated = plan.repeated, True
    return repeated


def _may_stop(plan: Plan) -> bool:
    """A kernel of the plan may stop it, or a number may not fit after a kernel has run."""
    kinds = {s.kind for x in plan.run.solved.launches for s in x.sources}  # type: ignore[union-attr]
    whole = kinds - {"pointer", "status", "float32", "float64", "bool"}
    stops = "status" in kinds and plan.run.solved.place is None  # type: ignore[union-attr]
    return stops or (bool(whole) and len(plan.run.solved.launches) > 1)  # type: ignore[union-attr]


def _owner(request: Request, plan: Plan) -> Owner | None:
    """The plan as native code has it, made once."""
    if plan.native is None:
        owner = _written(request, plan)
        if owner is not None:
            by_type = request.entry.by_type
            parts = owner.struct.parts
            owner.present, owner.kept = tuple(range(parts)) or plan.present, plan.kept
            owner.varying = any(place in by_type for place in plan.kept)
        plan.native = owner or False
    return plan.native or None


def _written(request: Request, plan: Plan) -> Owner | None:
    operands = request.operands
    if plan.replacement is not None:
        return None
    if plan.op.form == "extern":
        return _composed(request, plan.op)
    if len(operands) > MOST_OPERANDS or request.entry.absolute:
        return None
    if not operands and any(layout.device is not CPU for layout in plan.outputs):
        return None
    if any(x._layout.conj for x in _tensors(operands)):
        return None
    if any(type(x) in (tuple, list) for x in operands):
        return None
    if plan.view:
        layout = plan.outputs[0]
        gpu = place_on(layout.device)
        if gpu is None and layout.device.type == "cuda":
            return None
        return write_view(layout, plan.offset, gpu)
    solved = getattr(plan.run, "solved", None)
    return None if solved is None else _write_solved(request, plan, solved, {})


def _write_solved(
    request: Request, plan: Plan, solved: Solved, more: dict[str, int]
) -> Owner | None:
    """A plan for launches whose names are those of a plan's kernel, and a few more."""
    operands = request.operands
    count = len(operands)
    numbers = dict(zip(plan.run.operands, plan.pointers)) | more  # type: ignore[union-attr]
    constants: dict[str, Any] = {}
    for name, (named, place) in zip(plan.run.scalars, plan.scalars):  # type: ignore[union-attr]
        if named and place in plan.constants:
            constants[name] = plan.constants[place]
        numbers[name] = count + place if named else place
    present = sum(1 << i for i, x in enumerate(operands) if isinstance(x, TensorBase))
    return write_kernels(solved, count, present, plan.outputs, numbers, constants)


def _composed(request: Request, op: Op) -> Owner | None:
    """A plan for a host routine that only copies tensors of a list; None for others."""
    compose = composers.get(dict(op.kernel).get("name", op.name))
    if compose is None or len(request.operands) != 1:
        return None
    parts = request.operands[0]
    if len(parts) > forms.MOST_PARTS:
        return None
    if any(x._layout.device is not CPU or x._layout.conj for x in parts):
        return None
    owner = write_composition(compose(parts, *request.attributes), parts)
    if owner is not None:
        owner.struct.parts = len(parts)
    return owner


def write_composition(
    found: Composition, parts: Sequence[Any], zeroed: bool = False
) -> Owner | None:
    """A plan for a composition of tensors; None if native code cannot have one.

    Args:
        zeroed: The pieces do not fill the result: the rest of it is zeros.
    """
    solved = solve_composition(found, parts)
    if solved is None:
        return None
    count = len(parts)
    if zeroed:
        solved = replace(solved, zeroed=((name_of(count), found.layout.nbytes),))
    numbers = {name_of(number): number for number in range(count + 1)}
    return write_kernels(solved, count, (1 << count) - 1, (found.layout,), numbers, {})


def _tensors(operands: tuple[Any, ...]) -> list[Any]:
    return [x for x in operands if isinstance(x, TensorBase)]


def _record(request: Request) -> Record | None:
    return record_of(request.asked, request.key)


def record_of(entry: Entry, key: str | Op) -> Record | None:
    """The op as native code looks it up, by the object that it is called by."""
    found = entry.records.get(id(key))
    if found is None:
        op = entry.op
        if type(key) is str and sys.intern(key) is not key:
            return None  # a name made up for one call
        if len(op.inputs) + len(op.attributes) > MOST_VALUES or len(op.outputs) > MOST_OPERANDS:
            return None  # more than native code has room for
        by_type = sum(1 << place for place in entry.by_type)
        made = Record(
            key, len(op.inputs), len(op.outputs), by_type, entry.defaults, entry.folds,
            bool(entry.autocast), _counter(entry),
        )  # fmt: skip
        found = entry.records.setdefault(id(key), made)
        if found is not made:  # another thread was first; native code knows its record only
            return found  # type: ignore[no-any-return]
        found.publish()
        if type(key) is str:
            link(key, found, len(op.inputs), len(op.attributes))
        if key in ("select", "slice"):  # an index is one of these
            setattr(STATE, key, found.struct.at)
    return found


def _counter(entry: Entry) -> Record | None:
    """The op that native code counts the last attribute with, if that alone is counted."""
    if entry.counter is None or entry.counted != (len(entry.specs) - 1,):
        return None
    return record_of(entry_of(entry.counter), entry.counter)
