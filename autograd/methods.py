"""Methods of Tensor that differentiate: put on the class when autograd is imported."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from typing import Any

from ..tensor.tensor import Tensor
from .backward import backward as run
from .backward import backward_of_loss
from .hooks import HookTable, RemovableHandle, add_hook
from .inplace import current_node
from .leaf import accumulator
from .node import Node


def backward(
    self: Tensor,
    gradient: Tensor | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Sequence[Tensor] | None = None,
) -> None:
    """Adds the gradient of this tensor to `.grad` of the leaves of its graph.

    Args:
        gradient: Of something with respect to this tensor; not needed for one element.
        retain_graph: Keep what the graph holds for another backward; default `create_graph`.
        create_graph: Record the backward, so that gradients can be differentiated.
        inputs: The leaves wanted; all by default.
    """
    plain = gradient is None and inputs is None and not (retain_graph or create_graph)
    if plain and backward_of_loss(self):
        return
    run(self, gradient, retain_graph, create_graph, inputs=inputs)


def grad_fn(self: Any) -> Node | None:
    """The node of the tape that made the tensor; None for a leaf."""
    return current_node(self)


def is_leaf(self: Any) -> bool:
    """It was not computed from tensors that require grad."""
    return current_node(self) is None


def register_hook(self: Any, hook: Callable[[Tensor], Tensor | None]) -> RemovableHandle:
    """Registers `hook(grad) -> Tensor or None`, called when the gradient of the tensor is known.

    What it returns takes the place of the gradient.

    Raises:
        RuntimeError: The tensor does not require grad.
    """
    if not self.requires_grad:
        raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
    node = current_node(self)
    if node is None:
        if self._leaf_hooks is None:
            self._leaf_hooks = HookTable()
        table = self._leaf_hooks
        accumulator(self).tensor_hooks = {0: table}
        return add_hook(table, hook)
    if node.tensor_hooks is None:
        node.tensor_hooks = {}
    table = node.tensor_hooks.setdefault(self._output_number, HookTable())
    self._backward_hooks_table = table
    return add_hook(table, hook)


def register_post_accumulate_grad_hook(
    self: Any, hook: Callable[[Tensor], None]
) -> RemovableHandle:
    """Registers `hook(leaf)`, called after `.grad` of the leaf was written.

    Raises:
        RuntimeError: The tensor does not require grad, or is not a leaf.
    """
    if not self.requires_grad:
        raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
    if current_node(self) is not None:
        raise RuntimeError("post accumulate grad hooks cannot be registered on non-leaf tensors")
    if self._accumulate_hooks is None:
        self._accumulate_hooks = HookTable()
    table = self._accumulate_hooks
    accumulator(self).post_hooks = table
    return add_hook(table, hook)


def retain_grad(self: Any) -> None:
    """Has `.grad` of a tensor that is no leaf filled in the backward.

    Raises:
        RuntimeError: The tensor does not require grad.
    """
    if not self.requires_grad:
        raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
    node = current_node(self)
    if node is None:
        return
    if node.retained is None:
        node.retained = {}
    node.retained[self._output_number] = weakref.ref(self)


def retains_grad(self: Any) -> bool:
    """Whether `.grad` of this tensor, which is no leaf, is filled in the backward."""
    node = current_node(self)
    if node is None or node.retained is None:
        return False
    reference = node.retained.get(self._output_number)
    return reference is not None and reference() is self


def detach_(self: Any) -> Tensor:
    """The tensor itself, its history dropped.

    Raises:
        RuntimeError: It is a view.
    """
    if self._base is not None and self.requires_grad:
        raise RuntimeError(
            "Can't detach views in-place. Use detach() instead. If you are using "
            "DistributedDataParallel (DDP) for training, and gradient_as_bucket_view is set as "
            "True, gradients are views of DDP buckets, and hence detach_() cannot be called on "
            "these gradients."
        )
    self._node = None
    self._output_number = 0
    self._requires = False
    return self  # type: ignore[no-any-return]


def requires_grad(self: Any) -> bool:
    """Gradients of it are wanted, or of something it was computed from."""
    return self._requires or self._node is not None or current_node(self) is not None


def install() -> None:
    """Puts the methods on the class."""
    kind: Any = Tensor
    kind.backward = backward
    kind.grad_fn = property(grad_fn, doc=grad_fn.__doc__)
    kind.is_leaf = property(is_leaf, doc=is_leaf.__doc__)
    kind.requires_grad = property(requires_grad, kind.requires_grad.fset, doc=requires_grad.__doc__)
    kind.retains_grad = property(retains_grad, doc=retains_grad.__doc__)
    kind.register_hook = register_hook
    kind.register_post_accumulate_grad_hook = register_post_accumulate_grad_hook
    kind.retain_grad = retain_grad
    kind.detach_ = detach_


install()
