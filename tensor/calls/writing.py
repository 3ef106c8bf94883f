"""Results written into tensors that exist: operators like `+=`, and `write` into any target."""

from __future__ import annotations

from typing import Any

from ...ops.language.op import Op
from .. import interpreters
from ..base import TensorBase
from ..interpreters import modes
from ..native.attach import door
from ..native.plans import INTO_FIRST, INTO_TARGETS
from . import recording
from .dispatch import call, cast, converted_for, detached_copy
from .entries import cast_op, entry_of, fold
from .into import execute_into
from .launching import find
from .reinterpreting import CONJ, reinterpret, unconjugated
from .targets import check_target
from .teaching import TEACHING, Request, teach_into


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
    asked = entry_of(name)
    given = asked.complete(attributes)
    if modes.trace is not None:
        return modes.trace.write(name, target, operands, given)
    entry, attributes = fold(asked, given)
    if interpreters.active and modes.stack:
        kept = tuple([_before_at_levels(x) if _shares(x, target) else x for x in operands])
        modes.stack[-1].assign(target, call(entry.op, kept, attributes))
        return target
    if target._layout.conj:
        _write_conjugate(target, call(entry.op, operands, attributes))
        return target
    recorded = recording.is_recorded((*operands, target, target._base))
    if recorded:
        assert recording.tape is not None
        recording.tape.check_inplace(target)
    request = Request(name, asked, entry, operands, given)
    place = None if operands else target._layout.device
    plan, attributes = find(entry, operands, attributes, 0, None, (target._layout,), place)
    if plan.outputs:
        check_target(entry.op.name, plan.outputs[0], target)
    replaced = bool(plan.casts)
    if replaced:
        operands = converted_for(plan, operands)
        plan, attributes = find(entry, operands, attributes, 0, None, (target._layout,), place)
    if recorded:
        kept = tuple([_before(x) if _shares(x, target) else x for x in operands])
        if any(x._layout is not y._layout for x, y in zip(kept, operands) if x is not y):
            replaced = True  # copies of views have no gaps: another call than the one asked for
            plan, attributes = find(entry, kept, attributes, 0, None, (target._layout,), place)
        operands = kept
    direct = execute_into(entry, plan, operands, attributes, (target,))
    learned = None
    if TEACHING and direct and not replaced:
        learned = teach_into(request, plan, INTO_FIRST, (target,))
    if recorded:
        recording.record(plan, operands, attributes, 0, (target,), learned)
    return target


def _write_conjugate(target: Any, value: Any) -> None:
    """Writes into a delayed conjugate: the conjugates of the elements, into what it is that of."""
    memory = unconjugated(target)
    kind = memory._layout.dtype
    write(cast_op(kind), memory, (reinterpret(CONJ, cast(value, kind)),))


def _shares(x: Any, target: Any) -> bool:
    """Writing to a tensor may change an operand: the backward wants it as it was."""
    return isinstance(x, TensorBase) and x._storage is target._storage


def _before(source: Any) -> Any:
    """A tensor as it is before something is written: a copy of its elements with its history."""
    assert recording.tape is not None
    old = detached_copy(source)
    old._node, old._requires = recording.tape.current_node(source), source._requires
    old._output_number = source._output_number
    return old


def _before_at_levels(source: Any) -> Any:
    """As `_before` while transforms are open: every level copies the tensor and knows that it did.

    On the innermost tape the copy is the tensor itself.
    """
    assert recording.tape is not None
    old = call(cast_op(source._layout.dtype), (source,))
    node = recording.tape.current_node(source)
    if node is not None:
        old._node, old._output_number = node, source._output_number
    return old
