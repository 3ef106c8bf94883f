"""The end of the graph: leaves, whose gradients are kept."""

from __future__ import annotations

import sys
import weakref
from typing import Any

from ..tensor.calls.composition import Composition, Piece
from ..tensor.calls.teaching import TEACHING, write_composition
from ..tensor.devices import CPU
from ..tensor.interpreters import modes
from ..tensor.native.objects import LEAF
from ..tensor.native.runtime import ENABLED, STATE
from ..tensor.native.solved import note
from ..tensor.tensor import Tensor
from .inplace import current_node
from .node import ACCUMULATE_SEQUENCE, NO_EDGE, Edge, Gradients, Node, field


class AccumulateGrad(Node):
    """The end of the graph at a leaf: adds what arrives to the leaf's `.grad`.

    Attributes:
        variable: The leaf.
        post_hooks: Called with the leaf after its `.grad` has been written.
    """

    __slots__ = ()
    variable: Any = field("variable")
    post_hooks: Any = field("accumulate_hooks")

    def __init__(self, variable: Tensor) -> None:
        super().__init__((), (variable._layout,))
        self.sequence += ACCUMULATE_SEQUENCE
        self._form = LEAF
        self.variable = variable

    def run(self, gradients: list[Any], needed: tuple[bool, ...] | None) -> Gradients:
        gradient = gradients.pop()
        if gradient is not None:
            accumulate(self.variable, gradient, sys.getrefcount(gradient) <= OWNED)
            if self.post_hooks:
                for hook in list(self.post_hooks.values()):
                    hook(self.variable)
        return ()


STATE.leaf_type = id(AccumulateGrad)

# References to a gradient that nobody but the engine holds, as AccumulateGrad.run sees them.
OWNED = 3


def accumulate(variable: Tensor, gradient: Tensor, owned: bool) -> None:
    """Adds a gradient to `.grad`; the first one is taken over if nobody else holds its memory."""
    present = variable._grad
    layout = variable._layout
    if gradient._layout.dtype is not layout.dtype:
        gradient = gradient.to(layout.dtype)
    if present is not None:
        if modes.grad:
            variable._grad = present + gradient
        else:
            present.add_(gradient)
    elif modes.grad:
        variable._grad = gradient.clone()
    elif (
        owned
        and type(gradient) is Tensor
        and gradient._base is None
        and gradient._layout is layout
        and layout.contiguous
        and sys.getrefcount(gradient._storage) <= 2
    ):
        variable._grad = gradient
        if ENABLED:
            note("taken", [id(layout)], 1, layout)
    else:
        variable._grad = gradient.detach().clone()
        _learn_copy(gradient, variable._grad)


_copied: set[tuple[Any, Any]] = set()  # layouts of gradients that were copied, and of the copies
MOST_COPIED = 1024  # beyond it they start anew


def _learn_copy(gradient: Any, made: Any) -> None:
    """Lets native code give leaves copies of such gradients, from the second one on."""
    if not TEACHING or type(gradient) is not Tensor or gradient.device is not CPU:
        return
    pair = (gradient._layout, made._layout)
    if gradient._layout.conj or pair not in _copied:
        if len(_copied) >= MOST_COPIED:
            _copied.clear()
        _copied.add(pair)
        return
    owner = write_composition(Composition(made._layout, (Piece(0, made._layout, 0),)), (gradient,))
    if owner is not None:
        note("taken", [id(x) for x in pair], owner.struct.at, (owner, pair))


def gradient_edge(tensor: Tensor) -> Edge:
    """Where the gradient of a tensor goes: its node, or the end of the graph for a leaf."""
    node = current_node(tensor) if tensor._base is not None else tensor._node
    if node is not None:
        return node, tensor._output_number
    if not tensor._requires:
        return NO_EDGE
    return accumulator(tensor), 0


def accumulator(leaf: Any) -> AccumulateGrad:
    """The end of the graph at a leaf; one for each leaf as long as a graph needs it."""
    reference = leaf._accumulator
    found = reference() if reference is not None else None
    if found is None:
        found = AccumulateGrad(leaf)
        if leaf._leaf_hooks:
            found.tensor_hooks = {0: leaf._leaf_hooks}
        found.post_hooks = leaf._accumulate_hooks
        leaf._accumulator = weakref.ref(found)
    return found
