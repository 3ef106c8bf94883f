"""Histories and backwards written down for native code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..backends.native.view import View
from ..tensor.native import plans
from ..tensor.native.solved import Owner
from ..tensor.tensor import Tensor
from .op_node import OpNode, Rule

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
    plan.history[plan.histories] = struct.at
    plan.histories += 1


def _mask_at(at: int) -> int:
    return int(View(plans.History, at).mask)
