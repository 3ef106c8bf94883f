"""Tensors written in place: their history afterwards, and that of the tensor they are a view of.

A tensor that is not a view takes the history of what was written. For a view, the base gets a node
that knows "this part was replaced", and the view's own history is made anew from the base's when it
is asked for; so is that of every other view of the base.
"""

from __future__ import annotations

from typing import Any

from .invoke import zeros_of
from .node import Edge, FunctionNode, Gradients, Node
from .views import View


def check_inplace(target: Any) -> None:
    """Raises RuntimeError if the tensor must not be written in place while ops are recorded."""
    current_node(target)
    base = target._base
    if base is None:
        if target._requires and target._node is None:
            raise RuntimeError(
                "a leaf Variable that requires grad is being used in an in-place operation."
            )
        return
    if base._requires and base._node is None:
        raise RuntimeError(
            "a view of a leaf Variable that requires grad is being used in an in-place operation."
        )
    node = target._node
    if node is not None and len(node.layouts) > 1:
        raise RuntimeError(
            f"Output {target._output_number} of {node.name().partition('Backward')[0]} is a view "
            "and is being modified inplace. This view is the output of a function that returns "
            "multiple views. Such functions do not allow the output views to be modified inplace. "
            "You should replace the inplace operation by an out-of-place one."
        )


def rebase(target: Any, edge: Edge) -> None:
    """Gives a tensor that was written in place the history of what was written.

    Args:
        edge: The node, and its output, that computed what the tensor holds now.
    """
    base = target._base
    if base is None:
        before: Edge = (target._node, target._output_number)
        if before[0] is not None and edge[0] is not None and before not in edge[0].edges:
            edge = replaced_whole(target, before, edge), 0
        target._node, target._output_number = edge
        if edge[0] is not None:
            target._rewritten = edge[0].sequence  # older views of it have an old history
        return
    base_edge: Edge = (current_node(base), base._output_number)
    node = replaced_part(base, base_edge, edge, View(target, base))
    base._node, base._output_number = node, 0
    base._rewritten = node.sequence
    target._node = None
    current_node(target)


def replaced_whole(target: Any, before: Edge, after: Edge) -> FunctionNode:
    """The history of a tensor all of which was written: what it was before gets zeros.

    Args:
        before: Where its elements came from.
        after: Where they come from now.
    """
    layout, (node, _) = target._layout, after
    assert node is not None

    def run(gradients: list[Any]) -> Gradients:
        gradient = gradients[0]
        return (None, None) if gradient is None else (gradient, zeros_of(layout))

    return FunctionNode(node.name(), (after, before), (layout,), run)


def replaced_part(whole: Any, before: Edge, part: Edge, view: View) -> FunctionNode:
    """The history of a tensor of which a part was written through a view.

    Args:
        before: Where the rest comes from.
        part: Where the part comes from.
    """

    def run(gradients: list[Any]) -> Gradients:
        gradient = gradients[0]
        if gradient is None:
            return (None, None)
        return (
            view.outside(gradient) if before[0] is not None else None,
            view.of(gradient) if part[0] is not None else None,
        )

    return FunctionNode("CopySlices", (before, part), (whole._layout,), run)


def current_node(tensor: Any) -> Node | None:
    """The node that made a tensor; for a view whose base was written since, one made anew."""
    node: Node | None = tensor._node
    base = tensor._base
    if base is None or base._node is None:
        return node
    if base._rewritten <= (-1 if node is None else node.sequence):
        return node
    view = View(tensor, base)

    def run(gradients: list[Any]) -> Gradients:
        gradient = gradients[0]
        return (None if gradient is None else view.gradient(gradient),)

    edge: Edge = (base._node, base._output_number)
    made = FunctionNode("AsStridedBackward0", (edge,), (tensor._layout,), run)
    tensor._node, tensor._output_number = made, 0
    return made
