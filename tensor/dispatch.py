"""The only door through which ops run: `call`, and its forms that write into given tensors.

Order: the topmost active interpreter takes the call; else the plan is looked up (or made), operands
are converted where the dtype rule says so, the kernel runs, and the tape records the call if an
operand requires grad.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from ..backends.native.lasting import keep_forever
from ..ops.binding import Binding
from ..ops.dtype import dtype
from ..ops.errors import BackendError, DtypeError
from ..ops.op import Op
from ..ops.specialize import title
from . import autocast, interpreters
from .base import TensorBase
from .counting import with_counts
from .devices import CPU, device
from .entries import Routine as Routine
from .entries import _by_identity, _by_name, cast_op
from .entries import entry_of as entry_of
from .entries import folded as folded
from .entries import forget_plans as forget_plans
from .entries import routine as routine
from .executing import execute
from .interop import array_of
from .interpreters import modes
from .launching import find, launch
from .layout import Layout, is_packed, like_strides, strided
from .native.attach import door
from .native.plans import INTO_FIRST, INTO_TARGETS, PLAIN
from .native.runtime import STATE
from .normalize import normalize
from .plans import Entry, Plan
from .storage import copy_bytes
from .targets import broadcast, check_target, check_tensor, fit
from .targets import check_writable as check_writable
from .targets import resize as resize
from .targets import spoken as spoken
from .teaching import TEACHING, Learned, Request, teach, teach_into, teach_mixed
from .tensor import fresh
from .transfer import device_of, host_of, number_of, transferred


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
        learned: Learned | None = None,
    ) -> None:
        """Gives the outputs their history. `op` is specialised; operands and attributes are those
        that it still has, in its order. For a call in place, `outputs[0]` is the tensor written to
        and `operands[0]` stands for it as it was before, with its old history. `learned` is the
        call as native code knows it, which is then told how to record it."""

    def current_node(self, tensor: Any) -> Any:
        """The node that made a tensor as it is now; None if there is none."""

    def check_inplace(self, target: Any) -> None:
        """Raises RuntimeError if the tensor must not be written in place."""


tape: Tape | None = None


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
    asked = _entry(name)
    given = _complete(asked, attributes)
    if asked.counted and None in given:
        if modes.trace is not None:  # the count depends on elements
            modes.trace.broken = True
        given = with_counts(asked, operands, given, call)
        if out is not None or prefix or layouts or place or known:
            return call(name, operands, given, prefix, out, known, place, layouts)
        return call(name, operands, given)  # in words that the door serves
    if modes.trace is not None:
        return modes.trace.follow(name, operands, given, (prefix, out, known, place, layouts))
    entry, attributes = _folded(asked, given)
    if out is not None:
        return _call_into(Request(name, asked, entry, operands, given), attributes, out, place)
    if autocast.active and asked.autocast:
        casted = autocast.cast_operands(asked, operands, given)
        if casted is not operands:
            if prefix or layouts or place or known:
                return call(name, casted, given, prefix, None, known, place, layouts)
            return call(name, casted, given)  # in words that the door serves
    if interpreters.active and modes.stack:
        attributes = normalize(entry.op, entry.specs, attributes)
        return modes.stack[-1].handle(entry.op, operands, attributes, prefix)
    plan, attributes = find(entry, operands, attributes, prefix, known, layouts, place)
    mixed, before = plan, operands
    if plan.casts:
        operands = _converted(operands, plan)
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
    if modes.grad and tape is not None and _any_requires(operands):
        _record(entry, plan, operands, attributes, prefix, outputs, learned)
    return outputs[0] if len(outputs) == 1 else outputs


def call_again(
    name: str | Op, operands: tuple[Any, ...], attributes: Any, layouts: tuple[Layout, ...]
) -> Any:
    """`call` as native code asks for it, with `layouts`."""
    return call(name, operands, attributes, layouts=layouts)


STATE.call_op = id(keep_forever(call_again))


def _entry(name: str | Op) -> Entry:
    found = _by_name.get(name) if type(name) is str else _by_identity.get(id(name))
    return entry_of(name) if found is None else found


def _complete(entry: Entry, attributes: Any) -> tuple[Any, ...]:
    """Values of all attributes."""
    if len(attributes) != len(entry.specs) or type(attributes) is not tuple:
        return entry.complete(attributes)
    return attributes


def _folded(entry: Entry, attributes: tuple[Any, ...]) -> tuple[Entry, tuple[Any, ...]]:
    """The entry without its numbers, where all of them have their defaults."""
    if entry.folds and attributes == entry.defaults and _are_whole(attributes, entry.defaults):
        return folded(entry), ()
    return entry, attributes


def _are_whole(attributes: tuple[Any, ...], defaults: tuple[Any, ...]) -> bool:
    """No attribute is a fraction where the default is an integer: 1.0 is refused where 1 is not."""
    return all(type(x) is not float or type(y) is float for x, y in zip(attributes, defaults))


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
    learned: Learned | None = None,
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
        learned,
    )


def _converted(operands: tuple[Any, ...], plan: Plan) -> tuple[Any, ...]:
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


# conversion


def cast(tensor: Any, kind: dtype) -> Any:
    """A new tensor with the elements converted."""
    return call(cast_op(kind), (tensor,))


autocast.convert_by(cast)


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
    followed = modes.stack or (modes.grad and _any_requires((source,)))
    if not followed or where.type == "meta":
        return transferred(source, where, non_blocking)
    return call("to_device", (source,), (number_of(where), number_of(origin), non_blocking))


@routine("to_device", anywhere=True)
def _to_device(input: Any, place: int, origin: int, non_blocking: bool) -> Any:
    where = device_of(place)
    if input._layout.device is where:
        return execute_cast(input)
    return transferred(input, where, non_blocking)


# calls that write into tensors that exist


@door(INTO_FIRST)
def inplace(name: str | Op, operands: tuple[Any, ...], attributes: Any = ()) -> Any:
    """The first operand, after the op's result was written into it; see `write`."""
    return _write_result(name, operands[0], operands, attributes)


@door(INTO_TARGETS)
def write(name: str | Op, target: Any, operands: tuple[Any, ...], attributes: Any = ()) -> Any:
    """`target`, after the result of an op was written into it in place.

    Raises:
        RuntimeError: the result has another shape, or a dtype that cannot be written into it;
            the tensor is expanded; it is a leaf that requires grad.
    """
    return _write_result(name, target, operands, attributes)


def _write_result(name: str | Op, target: Any, operands: tuple[Any, ...], attributes: Any) -> Any:
    asked = _entry(name)
    given = _complete(asked, attributes)
    if modes.trace is not None:
        return modes.trace.write(name, target, operands, given)
    entry, attributes = _folded(asked, given)
    if interpreters.active and modes.stack:
        modes.stack[-1].assign(target, call(entry.op, operands, attributes))
        return target
    recording = modes.grad and tape is not None and _any_requires((*operands, target, target._base))
    if recording:
        assert tape is not None
        tape.check_inplace(target)
    request = Request(name, asked, entry, operands, given)
    place = None if operands else target._layout.device
    plan, attributes = find(entry, operands, attributes, 0, None, (target._layout,), place)
    if plan.outputs:
        check_target(entry.op.name, plan.outputs[0], target)
    converted = bool(plan.casts)
    if converted:
        operands = _converted(operands, plan)
        plan, attributes = find(entry, operands, attributes, 0, None, (target._layout,), place)
    if recording:
        operands = tuple([_before(x) if _shares(x, target) else x for x in operands])
    direct = _write(entry, plan, operands, attributes, (target,))
    learned = None
    if TEACHING and direct and not converted:
        learned = teach_into(request, plan, INTO_FIRST, (target,))
    if recording:
        _record(entry, plan, operands, attributes, 0, (target,), learned)
    return target


def _shares(x: Any, target: Any) -> bool:
    """Writing to a tensor may change an operand: the backward wants it as it was."""
    return isinstance(x, TensorBase) and x._storage is target._storage


def _before(source: Any) -> Any:
    """A tensor as it is before something is written: a copy of its elements with its history."""
    assert tape is not None
    old = execute_cast(source)
    old._node, old._requires = tape.current_node(source), source._requires
    old._output_number = source._output_number
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
    source = resolve_conj(source)
    if source._storage is target._storage and source._data != target._data:
        source = execute_cast(source)
    entry = entry_of(cast_op(target._layout.dtype))
    plan, _ = find(entry, (source,), (), 0, None, (target._layout,), None)
    if plan.casts:  # the rule wants another input dtype: never for a conversion
        raise DtypeError(f"copy_: cannot convert {source._layout.dtype} to {target._layout.dtype}")
    launch(plan, (source,), (), (target,))


def _same_bytes(a: Layout, b: Layout) -> bool:
    """Elements of both lie in memory in the same order, without gaps."""
    same = a.dtype is b.dtype and a.shape == b.shape and a.strides == b.strides
    return same and not (a.conj or b.conj) and is_packed(a.shape, a.strides)


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
    if modes.grad and (_any_requires(operands) or _any_requires(targets)):
        raise BackendError(
            f"{title(entry.op.name)}(): functions with out=... arguments don't support automatic "
            "differentiation, but one of the arguments requires grad."
        )
    layouts = tuple(target._layout for target in targets)
    plan, attributes = find(entry, operands, attributes, 0, None, layouts, place)
    converted = bool(plan.casts)
    if converted:
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
    if _write(entry, plan, operands, attributes, targets) and TEACHING and not converted:
        teach_into(request, plan, INTO_TARGETS, targets)
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
