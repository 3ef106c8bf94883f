"""How the backward of an op goes, worked out once for each specialised op and set of wanted
operands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..ops.derivatives.derive import cotangent_names, derive_adjoint
from ..ops.language.op import Op
from ..tensor.calls.dispatch import cast
from ..tensor.calls.reinterpreting import FORM as REINTERPRETATION
from ..tensor.functions.composites import sum_to
from ..tensor.layout import dense_strides
from . import stated
from .complex_rules import GRADIENTS, check_holomorphic, conjugated, reinterpreted
from .geometry import view_gradient
from .invoke import VIEW_ADJOINT, invoke, zeros_of
from .learning import (
    learn_parts,
    learn_view,
    write_adjoint,
    write_parts_rule,
    write_view_rule,
)
from .op_node import OpNode, Rule

KEPT, ARRIVED = 0, 1


class DerivedRule(Rule):
    """The backward is the derived adjoint, an op like any other.

    Attributes:
        adjoint: That op.
        reads: For each of its inputs: (kept or arrived, place).
        gives: For each of its outputs, the operand whose gradient it is.
    """

    def __init__(self, op: Op, wanted: tuple[bool, ...]) -> None:
        super().__init__(op, wanted)
        names = frozenset(x.name for x, want in zip(op.inputs, wanted) if want)
        self.adjoint = derive_adjoint(op, names)
        operand_of = {x.name: i for i, x in enumerate(op.inputs)}
        output_of = {x.name: i for i, x in enumerate(op.outputs)}
        cotangents = cotangent_names(op)
        arrives = {cotangents[x.name]: i for i, x in enumerate(op.outputs)}
        leaves = {cotangents[x.name]: i for i, x in enumerate(op.inputs)}
        kept: list[tuple[bool, int]] = []
        reads: list[tuple[int, int]] = []
        for each in self.adjoint.inputs:
            name = each.name
            if name in operand_of or name in output_of:
                reads.append((KEPT, len(kept)))
                inside = name in operand_of
                kept.append((inside, operand_of[name] if inside else output_of[name]))
            else:
                reads.append((ARRIVED, arrives[name]))
        self.kept = tuple(kept)
        self.reads = tuple(reads)
        self.gives = tuple(leaves[x.name] for x in self.adjoint.outputs)
        self.adjoint_attributes = tuple(
            next(i for i, spec in enumerate(op.attributes) if spec.name == each.name)
            for each in self.adjoint.attributes
        )

    def make_backward(self) -> int:
        return write_adjoint(self)

    def run(self, node: OpNode, gradients: list[Any]) -> Sequence[Any]:
        results: list[Any] = [None] * len(self.wanted)
        for number, gradient in enumerate(gradients):
            if gradient is None:
                if len(gradients) == 1:
                    return results
                gradients[number] = zeros_of(node.layouts[number])
        operands = tuple(
            [
                node.unpacked(place) if source == KEPT else gradients[place]
                for source, place in self.reads
            ]
        )
        attributes = node.attributes
        values = tuple([attributes[i] for i in self.adjoint_attributes])
        found = invoke(self.adjoint, operands, values, node.prefix, node.known())
        if len(self.gives) == 1:
            found = (found,)
        for place, gradient in zip(self.gives, found):
            results[place] = fit(gradient, node.layouts_in[place], node.prefix)
        return results


class ComplexRule(DerivedRule):
    """The same where an operand or a result is complex; see `complex_rules.py`."""

    def make_backward(self) -> int:
        return 0

    def run(self, node: OpNode, gradients: list[Any]) -> Sequence[Any]:
        if not any(x is not None and x.dtype.is_complex for x in node.layouts):
            return super().run(node, gradients)  # the adjoint of a real function is its gradient
        check_holomorphic(self.op)
        found = super().run(node, [conjugated(x) for x in gradients])
        return [conjugated(x) for x in found]


class ReinterpretationRule(Rule):
    """The backward of a reinterpretation: one or two others."""

    is_view = True

    def run(self, node: OpNode, gradients: list[Any]) -> Sequence[Any]:
        gradient = gradients[0]
        return (None if gradient is None else reinterpreted(GRADIENTS, self.op, gradient),)


class ViewRule(Rule):
    """The backward of a view: the gradient at the places that the view shows, zero elsewhere."""

    is_view = True

    def make_backward(self) -> int:
        return write_view_rule(self)

    def run(self, node: OpNode, gradients: list[Any]) -> Sequence[Any]:
        gradient = gradients[0]
        if gradient is None:
            return (None,)
        source = node.layouts_in[0]
        found = view_gradient(self.op, node.attributes, source, node.place, gradient)
        learn_view(self, node, gradient, found)
        return (found,)


class ViewAdjointRule(Rule):
    """The backward of a view's adjoint: the view."""

    def run(self, node: OpNode, gradients: list[Any]) -> Sequence[Any]:
        gradient = gradients[0]
        if gradient is None:
            return (None,)
        shape, size, steps, offset = node.attributes
        prefix = node.prefix
        lead = tuple(gradient.shape[:prefix])
        lead_strides = dense_strides(lead + tuple(shape))[:prefix]
        dense_gradient = gradient.contiguous()
        view = dense_gradient.as_strided(
            lead + tuple(size),
            lead_strides + tuple(steps),
            dense_gradient.storage_offset() + offset,
        )
        return (view,)


class StatedRule(Rule):
    """The backward of a host op: its stated adjoint, calls of other ops."""

    def __init__(self, op: Op, wanted: tuple[bool, ...]) -> None:
        super().__init__(op, wanted)
        self.kept = stated.reads(op, wanted)

    def make_backward(self) -> int:
        return write_parts_rule(self) if self._joins() else 0

    def _joins(self) -> bool:
        """The op makes one tensor of one list, and its backward reads no elements."""
        return len(self.op.inputs) == len(self.op.outputs) == 1 and not self.kept

    def run(self, node: OpNode, gradients: list[Any]) -> Sequence[Any]:
        for number, gradient in enumerate(gradients):
            if gradient is None and node.layouts[number] is not None:
                gradients[number] = zeros_of(node.layouts[number])
        results: list[Any] = []
        for source, found in zip(node.layouts_in, stated.adjoint(self, node, gradients)):
            if type(source) in (tuple, list):
                results.extend(found if found is not None else [None] * len(source))
            else:
                results.append(found)
        if type(node.layouts_in[0]) is tuple and self._joins():
            learn_parts(self, node, gradients[0], results)
        return results


def fit(gradient: Any, layout: Any, prefix: int) -> Any:
    """A gradient in the shape and dtype of its operand; None for a number."""
    if layout is None:
        return None
    if gradient._layout.shape != layout.shape:
        gradient = sum_to(gradient, layout.shape, prefix)
    kind = layout.dtype
    if gradient._layout.dtype is not kind:
        if gradient._layout.dtype.is_complex and not kind.is_complex:
            gradient = gradient.real
        if gradient._layout.dtype is not kind:
            gradient = cast(gradient, kind)
    return gradient


_rules: dict[tuple[int, int, bool], Rule | None] = {}


def rule_for(op: Op, mask: int, is_complex: bool = False) -> Rule | None:
    """The rule of a specialised op; None when no output has a derivative with respect to the
    operands.

    Args:
        mask: Bit i says that operand i leads to something that requires grad.
        is_complex: An operand or a result of the call is complex.
    """
    key = (id(op), mask, is_complex)
    try:
        return _rules[key]
    except KeyError:
        wanted = tuple(bool(mask >> place & 1) for place in range(len(op.inputs)))
        _alive[id(op)] = op
        return _rules.setdefault(key, _make_rule(op, wanted, is_complex))


_alive: dict[int, Op] = {}


def _make_rule(op: Op, wanted: tuple[bool, ...], is_complex: bool) -> Rule | None:
    names = set(op.nondifferentiable)
    allowed = tuple(want and x.name not in names for x, want in zip(op.inputs, wanted))
    if not any(allowed) or all(output.name in names for output in op.outputs):
        return None
    if op is VIEW_ADJOINT:
        return ViewAdjointRule(op, allowed)
    if op.form == "view":
        return ViewRule(op, allowed)
    if op.form == "extern":
        return StatedRule(op, allowed)
    if op.form == REINTERPRETATION:
        return ReinterpretationRule(op, allowed)
    return (ComplexRule if is_complex else DerivedRule)(op, allowed)
