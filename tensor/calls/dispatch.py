"""The only door through which ops run: `call`; `writing.py` has its forms that work in place.

Order: the topmost active interpreter takes the call; else the plan is looked up (or made), operands
are converted where the dtype rule says so, the kernel runs, and the tape records the call if an
operand requires grad.
"""

from __future__ import annotations

from typing import Any

from ...backends.native.lasting import keep_forever
from ...ops.calls.binding import Binding
from ...ops.calls.outline import outline
from ...ops.calls.specialize import title
from ...ops.dtype import dtype
from ...ops.errors import BackendError
from ...ops.language.op import Op
from .. import interpreters
from ..devices import device
from ..interpreters import modes
from ..layout import Layout
from ..native.attach import door
from ..native.plans import INTO_TARGETS, PLAIN
from ..native.runtime import STATE
from . import autocast
from .counting import with_counts
from .entries import cast_op, entry_of, fold, routine
from .executing import execute
from .into import copy_elements, execute_into
from .launching import find
from .normalize import normalize
from .plans import Plan
from .recording import is_recorded, record
from .reinterpreting import resolve_conj
from .targets import check_dtype, check_target, check_tensor, fit
from .teaching import TEACHING, Request, teach, teach_into, teach_mixed
from .transfer import device_of, number_of, transferred


@door(PLAIN)
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
    asked = entry_of(name)
    given = asked.complete(attributes)
    if asked.counted and None in given:
        if modes.trace is not None:  # the count depends on elements
            modes.trace.broken = True
        given = with_counts(asked, operands, given, call)
        return _call_again(name, operands, given, (prefix, out, known, place, layouts))
    if modes.trace is not None:
        return modes.trace.follow(name, operands, given, (prefix, out, known, place, layouts))
    entry, attributes = fold(asked, given)
    if out is not None:
        return _call_into(Request(name, asked, entry, operands, given), attributes, out, place)
    if autocast.active and asked.autocast:
        casted = autocast.cast_operands(asked, operands, given)
        if casted is not operands:
            return _call_again(name, casted, given, (prefix, None, known, place, layouts))
    if interpreters.active and modes.stack:
        attributes = normalize(entry.op, entry.specs, attributes)
        return modes.stack[-1].handle(entry.op, operands, attributes, prefix)
    plan, attributes = find(entry, operands, attributes, prefix, known, layouts, place)
    mixed, before = plan, operands
    if plan.casts:
        operands = converted_for(plan, operands)
        plan, attributes = find(entry, operands, attributes, prefix, known, layouts, place)
    outputs = execute(plan, operands, attributes)
    learned = None
    if TEACHING and mixed.native is not False and not (prefix or place):
        words = (known, *layouts) if known is not None else layouts or (None,)
        if len(words) == 1:  # a binding and a layout are told apart by what they are
            request = Request(name, asked, entry, before, given)
            if mixed is plan:
                learned = teach(request, plan, words[0])
            else:
                learned = teach_mixed(request, mixed, plan, operands, words[0])
    if is_recorded(operands):
        record(plan, operands, attributes, prefix, outputs, learned)
    return outputs[0] if len(outputs) == 1 else outputs


def _call_again(
    name: str | Op, operands: tuple[Any, ...], attributes: Any, rest: tuple[Any, ...]
) -> Any:
    """`call` with other operands or attributes; without `rest`, in words that the door serves."""
    prefix, out, known, place, layouts = rest
    if out is not None or prefix or layouts or place or known:
        return call(name, operands, attributes, *rest)
    return call(name, operands, attributes)


def _call_for_layouts(
    name: str | Op, operands: tuple[Any, ...], attributes: Any, layouts: tuple[Layout, ...]
) -> Any:
    """`call` as native code asks for it."""
    return call(name, operands, attributes, layouts=layouts)


STATE.call_op = id(keep_forever(_call_for_layouts))


def converted_for(plan: Plan, operands: tuple[Any, ...]) -> tuple[Any, ...]:
    """Operands with the dtypes and on the device that a plan wants."""
    changed = list(operands)
    where = plan.outputs[0].device
    for place, kind in plan.casts:
        if changed[place]._layout.device is not where:
            changed[place] = moved(changed[place], where)  # a 0-dim tensor of the CPU
        if changed[place]._layout.conj:
            changed[place] = resolve_conj(changed[place])
        if changed[place]._layout.dtype is not kind:
            changed[place] = cast(changed[place], kind)
    return tuple(changed)


def cast(tensor: Any, kind: dtype) -> Any:
    """A new tensor with the elements converted."""
    return call(cast_op(kind), (tensor,))


autocast.convert_by(cast)


def moved(source: Any, where: device, non_blocking: bool = False) -> Any:
    """The tensor on a device; itself if it is there. Gradients go back to where it was.

    Args:
        source: The tensor.
        where: The device.
        non_blocking: The host goes on at once where its side is pinned memory.

    Raises:
        RuntimeError: from `meta`, where there are no elements to copy.
    """
    origin = source._layout.device
    if origin is where:
        return source
    followed = modes.stack or is_recorded((source,))
    if not followed or where.type == "meta":
        return transferred(source, where, non_blocking)
    return call("to_device", (source,), (number_of(where), number_of(origin), non_blocking))


@routine("to_device", anywhere=True)
def _to_device(input: Any, place: int, origin: int, non_blocking: bool) -> Any:
    where = device_of(place)
    if input._layout.device is where:
        return detached_copy(input)
    return transferred(input, where, non_blocking)


def detached_copy(source: Any, kind: dtype | None = None) -> Any:
    """A copy of the elements, without history."""
    recording, modes.grad = modes.grad, False
    try:
        return cast(source, kind or source._layout.dtype)
    finally:
        modes.grad = recording


def _call_into(request: Request, attributes: tuple[Any, ...], out: Any, place: Any) -> Any:
    entry, operands = request.entry, request.operands
    targets = tuple(out) if isinstance(out, (tuple, list)) else (out,)
    for target in targets:
        check_tensor(entry.op.name, "out", target)
    if interpreters.active and modes.stack:
        found = call(entry.op, operands, attributes)
        for target, value in zip(targets, found if isinstance(found, tuple) else (found,)):
            modes.stack[-1].assign(target, value)
        return out
    if is_recorded((*operands, *targets)):
        raise BackendError(
            f"{title(entry.op.name)}(): functions with out=... arguments don't support automatic "
            "differentiation, but one of the arguments requires grad."
        )
    if any(target._layout.conj for target in targets):
        found = call(entry.op, operands, attributes)
        for target, value in zip(targets, found if isinstance(found, tuple) else (found,)):
            fit(entry.op.name, target, value._layout)
            copy_elements(target, value)
            target._storage.version += 1
        return out
    layouts = tuple(target._layout for target in targets)
    plan, attributes = find(entry, operands, attributes, 0, None, layouts, place)
    converted = bool(plan.casts)
    if converted:
        operands = converted_for(plan, operands)
        plan, attributes = find(entry, operands, attributes, 0, None, layouts, place)
    if entry.op.form in ("view", "extern"):
        for target, value in zip(targets, execute(plan, operands, attributes)):
            fit(entry.op.name, target, value._layout)
            copy_elements(target, value)
            target._storage.version += 1
        return out
    exact = outline(plan.op).exact
    for target, layout, output in zip(targets, plan.outputs, plan.op.outputs):
        if output.name in exact:
            check_dtype(entry.op.name, layout, target)
        if any(x is target for x in operands):  # what is read cannot be resized
            check_target(entry.op.name, layout, target)
        else:
            fit(entry.op.name, target, layout)
    if execute_into(entry, plan, operands, attributes, targets) and TEACHING and not converted:
        teach_into(request, plan, INTO_TARGETS, targets)
    return out
