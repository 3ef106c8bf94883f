"""The tape: what dispatch calls after an op has run on tensors that require grad.

`record` makes a node and puts it on the results. Which operands and results the node keeps is what
the derived adjoint reads; that is worked out once for each op and set of wanted operands
(`rules.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..ops.calls.binding import Binding
from ..ops.language.op import Op
from ..tensor.calls import recording
from ..tensor.calls.reinterpreting import FORM as REINTERPRETATION
from ..tensor.calls.teaching import Learned
from ..tensor.native.objects import OP
from ..tensor.tensor import Tensor
from . import anomaly
from .complex_rules import has_complex
from .inplace import check_inplace, current_node, rebase
from .invoke import zeros_of
from .leaf import accumulator, gradient_edge
from .learning import learn_history
from .names import node_class
from .node import NO_EDGE, Edge, FunctionNode, bare_node
from .op_node import OpNode, Rule
from .rules import rule_for
from .saved import STATE as HOOKS
from .saved import pack, tracked_version
from .streams import note_stream
from .wrapped import Wrapped, alias_of, level_of


def _edge_of(operand: Any, level: Any) -> tuple[Any, bool]:
    """The edge of an operand (a tuple of edges for a list of tensors), and whether it leads
    anywhere.

    Args:
        level: The level whose tape it is; tensors of other levels are constants for it.
    """
    if isinstance(operand, Tensor):
        if level is not None and level_of(operand) is not level:
            return NO_EDGE, False
        edge = gradient_edge(operand)
        return edge, edge[0] is not None
    if type(operand) is tuple or type(operand) is list:
        edges = tuple(_edge_of(x, level)[0] for x in operand)
        return edges, any(edge[0] is not None for edge in edges)
    return NO_EDGE, False


def _edges_of(operands: tuple[Any, ...], level: Any) -> tuple[list[Any], int, bool]:
    """The edges of all operands, a mask of those that lead anywhere, and whether one is a list."""
    edges: list[Any] = []
    mask, bit, lists = 0, 1, False
    for operand in operands:
        if isinstance(operand, Tensor):
            if level is None and operand._base is None:  # as `_edge_of`, for what is most common
                node = operand._node
                if node is not None:
                    edges.append((node, operand._output_number))
                    mask |= bit
                elif operand._requires:
                    edges.append((accumulator(operand), 0))
                    mask |= bit
                else:
                    edges.append(NO_EDGE)
                bit <<= 1
                continue
        elif type(operand) is tuple or type(operand) is list:
            lists = True
        edge, leads = _edge_of(operand, level)
        edges.append(edge)
        if leads:
            mask |= bit
        bit <<= 1
    return edges, mask, lists


def record(
    op: Op,
    operands: tuple[Any, ...],
    attributes: tuple[Any, ...],
    prefix: int,
    outputs: tuple[Any, ...],
    binding: Binding | None,
    learned: Learned | None = None,
) -> None:
    """Gives the outputs of a call their history.

    Args:
        op: Specialised; operands and attributes are those that it still has, in its order. For a
            call in place, `outputs[0]` is the tensor written to and an operand stands for what it
            was before.
    """
    first = outputs[0]
    level = first._level if type(first) is Wrapped else None
    edges, mask, lists = _edges_of(operands, level)
    rule = rule_for(op, mask, has_complex(outputs) or has_complex(operands))
    if rule is None:
        for output in outputs:
            base = output._base
            if output._node is not None or (base is not None and not _shows(op)):
                _overwrite(output)
        return
    made = _node_of(rule, operands, outputs)
    made.edges = _flat(edges, operands) if lists else tuple(edges)
    made.attributes = attributes
    made.prefix = prefix
    made.level = level
    made.binding = binding
    made.place = operands[0]._offset if rule.is_view else 0
    if HOOKS.stack:
        _keep_packed(made, rule, operands, outputs)
    else:
        _keep(made, rule, operands, outputs)
    if first._layout.device.type == "cuda":
        note_stream(made, first._layout.device)
    if anomaly.STATE.enabled:
        anomaly.note(made)
    if learned is not None and not (level or prefix or HOOKS.stack):
        if lists:
            _learn_list(learned, made, rule, operands, outputs)
        else:
            learn_history(learned, made, rule, operands, outputs, mask)
    _put_on(made, outputs)


def _shows(op: Op) -> bool:
    """Its result shows memory that is there already."""
    return op.form in ("view", REINTERPRETATION)


def _node_of(rule: Rule, operands: tuple[Any, ...], outputs: tuple[Any, ...]) -> OpNode:
    """A node of a rule with the layouts of a call."""
    kind = rule.node_class
    if kind is None or rule.is_cast:
        kind = _class_of(rule, operands, outputs)
    made: OpNode = bare_node(kind)
    made._form = OP
    made.rule = rule
    made.layouts = _shared(tuple([x._layout for x in outputs]))
    made.layouts_in = _shared(
        tuple([x._layout if isinstance(x, Tensor) else _description(x) for x in operands])
    )
    return made


def _put_on(made: OpNode, outputs: tuple[Any, ...]) -> None:
    """Makes a node the history of results; of those written in place, that of their bases too."""
    rule = made.rule
    for number, output in enumerate(outputs):
        if rule.differentiable[number] and output._layout.dtype.kind in DIFFERENTIABLE:
            if rule.is_view or not output._storage.version:
                output._node = made
                output._output_number = number
            else:
                rebase(output, (made, number))


def _overwrite(target: Any) -> None:
    """Gives a tensor the history of a fill with something that has none: its gradient is zero."""
    layout = target._layout
    edge = gradient_edge(target)
    if edge[0] is None and target._base._node is None:
        return
    node = FunctionNode("FillBackward0", (edge,), (layout,), lambda gradients: (zeros_of(layout),))
    rebase(target, (node, 0))


_tuples: dict[tuple[Any, ...], tuple[Any, ...]] = {}
TUPLES = 1 << 16  # shared tuples of layouts; beyond it they start anew


def _shared(layouts: tuple[Any, ...]) -> tuple[Any, ...]:
    """One object for equal tuples of layouts: the collector visits all that nodes hold."""
    found = _tuples.get(layouts)
    if found is None:
        if len(_tuples) > TUPLES:
            _tuples.clear()
        found = _tuples[layouts] = layouts
    return found


def _description(operand: Any) -> Any:
    """What a node keeps of an operand that is no tensor: a number's type, the layouts of a list."""
    if type(operand) in (tuple, list):
        return tuple(x._layout for x in operand)
    return type(operand)


def _learn_list(
    learned: Learned, node: OpNode, rule: Rule, operands: Sequence[Any], outputs: Sequence[Any]
) -> None:
    """As `learn_history` for a call whose one operand is a list, which native code has spread."""
    if len(operands) == 1 and not rule.kept:
        mask = sum(1 << i for i, edge in enumerate(node.edges) if edge[0] is not None)
        learn_history(learned, node, rule, operands[0], outputs, mask)


DIFFERENTIABLE = frozenset(("float", "complex"))


def _class_of(rule: Rule, operands: Sequence[Any], outputs: Sequence[Any]) -> Any:
    """The class of the node of a call: by its op, and for conversions by what they are used for."""
    if not rule.is_cast:
        rule.node_class = node_class(rule.op, OpNode)
        return rule.node_class
    if outputs[0]._storage.version and outputs[0] is not operands[0]:
        return node_class(rule.op, OpNode, "CopyBackwards")
    same = operands[0]._layout.dtype is outputs[0]._layout.dtype
    return node_class(rule.op, OpNode, "CloneBackward0" if same else "ToCopyBackward0")


def _flat(edges: Sequence[Any], operands: Sequence[Any]) -> tuple[Edge, ...]:
    flat: list[Edge] = []
    for edge, operand in zip(edges, operands):
        if type(operand) in (tuple, list):
            flat.extend(edge)
        else:
            flat.append(edge)
    return tuple(flat)


def _keep(node: OpNode, rule: Rule, operands: Sequence[Any], outputs: Sequence[Any]) -> None:
    """Puts what the rule reads on the node; outputs as aliases, so that none holds itself."""
    if not rule.kept:
        node.kept = node.versions = ()
        return
    kept: list[Any] = []
    versions: list[Any] = []
    for operand, number in rule.kept:
        value = operands[number] if operand else outputs[number]
        if isinstance(value, Tensor):
            kept.append(value if operand else alias_of(value))
            versions.append(tracked_version(value))
        elif type(value) in (tuple, list):
            kept.append(tuple(value))
            versions.append([tracked_version(x) for x in value])
        else:
            kept.append(value)
            versions.append(0)
    node.kept = tuple(kept)
    node.versions = tuple(versions)


def _keep_packed(node: OpNode, rule: Rule, operands: Sequence[Any], outputs: Sequence[Any]) -> None:
    """As `_keep`, through the innermost hooks."""
    _keep(node, rule, operands, outputs)
    assert node.kept is not None
    node.kept = tuple(
        tuple(pack(x) for x in value) if type(value) is tuple else pack(value)
        for value in node.kept
    )


class _Tape:
    """The tape as dispatch sees it."""

    record = staticmethod(record)
    check_inplace = staticmethod(check_inplace)
    current_node = staticmethod(current_node)


recording.tape = _Tape()
