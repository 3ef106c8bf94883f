"""Histories and backwards written down for native code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..backends.native.view import View
from ..tensor.calls.entries import entry_of
from ..tensor.calls.teaching import TEACHING, record_of
from ..tensor.interpreters import modes
from ..tensor.layout import Size, strided
from ..tensor.native import plans
from ..tensor.native.solved import Owner, is_noted, note, write_part, write_view
from ..tensor.native.words import ABSENT, NO, SEVERAL, WHOLE, YES
from ..tensor.tensor import Tensor
from .geometry import part_of
from .op_node import OpNode, Rule

_alive: list[Any] = []  # what structs of rules, which live for good, point to
MOST_HISTORIES = plans.Plan.FIELDS["history"].count


def learn_history(
    owner: Owner,
    node: OpNode,
    rule: Rule,
    operands: Sequence[Any],
    outputs: Sequence[Any],
    mask: int,
) -> None:
    """Lets native code record calls like one that has been recorded.

    Args:
        owner: The plan of the call.
        node: What was made for it.
        rule: How its backward goes.
        operands: Those that the specialised op has.
        mask: Bits of those that need a gradient.
    """
    plan: Any = owner.struct
    places = owner.present
    if plan.histories == MOST_HISTORIES or len(places) != len(operands):
        return
    needed = {places[i] for i in range(len(operands)) if mask >> i & 1}
    needed |= {places[number] for operand, number in rule.kept if operand}
    if needed & owner.converted:  # the node is that of what they were converted to
        return
    whole = sum(1 << places[i] for i in range(len(operands)) if mask >> i & 1)
    if any(at and _mask_at(at) == whole for at in plan.history[: plan.histories]):
        return
    struct: Any = View(plans.History)
    struct.mask = whole
    struct.node_type = owner.reference(type(node))
    for name in ("rule", "layouts", "layouts_in", "binding"):
        setattr(struct, name, owner.reference(getattr(node, name)))
    tensors = [isinstance(x, Tensor) for x in operands]
    struct.operands = len(operands)
    struct.places = owner.array([p if t else -1 for p, t in zip(places, tensors)])
    keeps = [places[number] if operand else -1 - number for operand, number in rule.kept]
    struct.kept, struct.keeps = len(keeps), owner.array(keeps)
    struct.tensors = plan.present
    varies = [plan.operands + place for place in owner.kept]
    struct.varying, struct.varies = len(varies), owner.array(varies)
    struct.attributes = 0 if owner.varying else owner.reference(node.attributes)
    struct.differentiable = sum(
        1 << number
        for number, output in enumerate(outputs)
        if rule.differentiable[number] and output._layout.dtype.kind in ("float", "complex")
    )
    struct.view = int(rule.is_view)
    struct.backward = rule.backward()
    owner.alive.append(struct)
    place = plan.histories
    if place < MOST_HISTORIES:  # two threads may come here at once: one is forgotten, none is torn
        plan.history[place] = struct.at
        plan.histories = place + 1


def _mask_at(at: int) -> int:
    return int(View(plans.History, at).mask)


def write_adjoint(rule: Any) -> int:
    """How the backward of an op with a derived adjoint goes, for native code; 0 if it cannot."""
    entry = entry_of(rule.adjoint)
    record = record_of(entry, rule.adjoint) if TEACHING else None
    if record is None or len(rule.op.outputs) != 1:
        return 0
    struct: Any = View(plans.Backward)
    owner = Owner(struct)
    struct.adjoint, struct.rule = record.struct.at, id(rule)
    reads = [place if kept == 0 else -1 - place for kept, place in rule.reads]
    struct.operands, struct.reads = len(reads), owner.array(reads)
    struct.attributes = len(rule.adjoint_attributes)
    struct.takes = owner.array(rule.adjoint_attributes)
    struct.results, struct.gives = len(rule.gives), owner.array(rule.gives)
    struct.edges = len(rule.wanted)
    _alive.append((owner, record, rule))
    return int(struct.at)


def write_view_rule(rule: Any) -> int:
    """How the backward of a view goes, for native code."""
    struct: Any = View(plans.Backward)
    struct.rule, struct.edges = id(rule), 1
    _alive.append((struct, rule))
    return int(struct.at)


def learn_view(rule: Any, node: OpNode, gradient: Any, found: Any) -> None:
    """Lets native code give the gradient of a view: a view of the gradient, or one that is added to
    some elements of the operand's."""
    if not (TEACHING and type(gradient) is Tensor and type(found) is Tensor) or modes.grad:
        return
    if found._storage is not gradient._storage:
        _learn_part(rule, node, found)
        return
    words = view_words(rule, node, gradient)
    if words is None or is_noted("views", words):
        return
    owner = write_view(found._layout, found._offset - gradient._offset)
    alive = (owner, rule, node.layouts_in, gradient._layout, node.attributes)
    note("views", words, owner.struct.at, alive)


def _learn_part(rule: Any, node: OpNode, whole: Any) -> None:
    """The same for a view of some elements of its operand, whose gradient is `whole`."""
    given, layout, source = described(node.attributes), whole._layout, node.layouts_in[0]
    if given is None or layout.device.type != "cpu" or not layout.contiguous:
        return
    if layout.dtype is not source.dtype:  # a gradient of another dtype came by
        return
    words = [plans.PART, id(rule), id(source), *given]
    place = None if is_noted("views", words) else part_of(rule.op, node.attributes, source)
    if place is None:
        return
    size, steps, offset = place
    owner = write_part(strided(layout.dtype, size, steps, layout.device), offset, layout)
    if owner is not None:
        note("views", words, owner.struct.at, (owner, rule, node.layouts_in))


def write_parts_rule(rule: Any) -> int:
    """How the backward goes of an op that joins the tensors of a list, for native code."""
    struct: Any = View(plans.Backward)
    struct.rule, struct.listed = id(rule), 1
    _alive.append((struct, rule))
    return int(struct.at)


def learn_parts(rule: Any, node: OpNode, gradient: Any, found: Sequence[Any]) -> None:
    """Lets native code give the gradients of joined tensors, if they are views of the gradient."""
    if not TEACHING or type(gradient) is not Tensor or modes.grad:
        return
    given = described(node.attributes)
    if given is None:
        return
    for place, (edge, part) in enumerate(zip(node.edges, found)):
        if edge[0] is None:
            continue
        if type(part) is not Tensor or part._storage is not gradient._storage:
            return
        owner = write_view(part._layout, part._offset - gradient._offset)
        words = [id(rule), id(node.layouts_in[0]), id(gradient._layout), place, *given]
        alive = (owner, rule, node.layouts_in, gradient._layout, node.attributes)
        note("views", words, owner.struct.at, alive)


def view_words(rule: Any, node: OpNode, gradient: Any) -> list[int] | None:
    """The words by which native code looks up the gradient of a view; None if it has none."""
    given = described(node.attributes)
    if given is None:
        return None
    return [id(rule), id(node.layouts_in[0]), id(gradient._layout), *given]


def described(value: Any) -> list[int] | None:
    """An attribute as words, as `native/words.py` writes them."""
    if value is None:
        return [ABSENT]
    if type(value) is bool:
        return [YES if value else NO]
    if type(value) is int:
        return [WHOLE, value]
    if type(value) in (tuple, list, Size):
        words = [SEVERAL, len(value)]
        for item in value:
            inner = described(item)
            if inner is None:
                return None
            words += inner
        return words
    return None
