"""Nodes of the tape: an op applied, what it keeps for its backward, and the edges to what made its
operands."""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Callable, Sequence
from typing import Any

from ..tensor.layout import Layout
from ..tensor.tensor import Tensor
from .hooks import HookTable, RemovableHandle, add_hook

Gradients = Sequence["Tensor | None"]
Edge = tuple["Node | None", int]

next_sequence = itertools.count().__next__
NO_EDGE: Edge = (None, 0)
ACCUMULATE_SEQUENCE = 1 << 62  # leaves come first among what is ready


class Node:
    """An op applied: a place in the graph that `backward` runs through.

    Attributes:
        edges: For each operand, the node that made it and which output of that node it is.
        layouts: For each output, its layout; gradients of these shapes arrive.
        sequence: Number in order of creation; an edge leads to a smaller one, or to a leaf.
        pre_hooks, hooks: Called with the gradients before, and with gradients of operands and
            results after.
        tensor_hooks: Output number -> hooks of the tensor.
        retained: Output number -> the tensor whose `.grad` is to be filled.
    """

    __slots__ = (
        "__weakref__",
        "_metadata",
        "edges",
        "hooks",
        "layouts",
        "pre_hooks",
        "retained",
        "sequence",
        "tensor_hooks",
    )

    def __init__(self, edges: tuple[Edge, ...], layouts: tuple[Layout | None, ...]) -> None:
        self.edges = edges
        self.layouts = layouts
        self.sequence = next_sequence()
        self.pre_hooks: HookTable | None = None
        self.hooks: HookTable | None = None
        self.tensor_hooks: dict[int, HookTable] | None = None
        self.retained: dict[int, weakref.ref[Tensor]] | None = None
        self._metadata: dict[Any, Any] | None = None

    def run(self, gradients: list[Any], needed: tuple[bool, ...] | None) -> Gradients:
        """The gradients of the operands, aligned with `edges`, from those of the outputs.

        Args:
            gradients: One for each output; None where nothing arrived.
            needed: Which edges are wanted; None means all.
        """
        raise TypeError(f"{type(self).__name__} has no backward")

    def release(self) -> None:
        """Lets go of what was kept for the backward."""

    def name(self) -> str:
        """The name of the node: `MulBackward0`."""
        return type(self).__name__

    @property
    def next_functions(self) -> tuple[Edge, ...]:
        """For each operand, the node that made it (None where none was recorded) and its output
        number."""
        return self.edges

    @property
    def metadata(self) -> dict[Any, Any]:
        """A dict for the user, and for what anomaly mode notes."""
        if self._metadata is None:
            self._metadata = {}
        return self._metadata

    def register_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Registers `hook(grad_inputs, grad_outputs) -> tuple or None`, called after the node has
        run.

        A tuple that it returns takes the place of `grad_inputs`.
        """
        if self.hooks is None:
            self.hooks = HookTable()
        return add_hook(self.hooks, hook)

    def register_prehook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Registers `hook(grad_outputs) -> tuple or None`, called before the node runs."""
        if self.pre_hooks is None:
            self.pre_hooks = HookTable()
        return add_hook(self.pre_hooks, hook)

    def _sequence_nr(self) -> int:
        return self.sequence

    def _input_metadata(self) -> tuple[Layout | None, ...]:
        return self.layouts

    def __call__(self, *gradients: Any) -> Any:
        results = tuple(self.run(list(gradients), None))
        return results[0] if len(results) == 1 else results

    def __repr__(self) -> str:
        return f"<{self.name()} object at {id(self):#x}>"


class FunctionNode(Node):
    """A node whose backward is a Python callable over the gradients; for views, copies and
    captures."""

    __slots__ = ("_label", "_run")

    def __init__(
        self,
        label: str,
        edges: tuple[Edge, ...],
        layouts: tuple[Layout | None, ...],
        run: Callable[[list[Any]], Gradients],
    ) -> None:
        super().__init__(edges, layouts)
        self._label = label
        self._run: Callable[[list[Any]], Gradients] | None = run

    def run(self, gradients: list[Any], needed: tuple[bool, ...] | None) -> Gradients:
        if self._run is None:
            raise RuntimeError(FREED)
        return self._run(gradients)

    def release(self) -> None:
        self._run = None

    def name(self) -> str:
        return self._label


FREED = (
    "Trying to backward through the graph a second time (or directly access saved tensors after"
    " they"
    " have already been freed). Saved intermediate values of the graph are freed when you call"
    " .backward() or autograd.grad(). Specify retain_graph=True if you need to backward through the"
    " graph a second time or if you need to access saved tensors after calling backward."
)
