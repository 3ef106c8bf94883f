"""An op applied: its node on the tape, and the rule by which its backward goes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..ops.calls.binding import Argument, Binding
from ..ops.language.op import Op
from ..tensor.calls.solving import argument
from ..tensor.interpreters import modes
from ..tensor.layout import Layout
from ..tensor.tensor import Tensor
from .invoke import binding_of
from .node import FREED, NO_EDGE, Gradients, Node, field
from .saved import unpack
from .wrapped import alias_of, level_of


class Rule:
    """The backward of an op.

    Attributes:
        op: The specialised op.
        wanted: For each operand, whether it gets a gradient.
        kept: What a node must keep: (it is an operand, its number), else an output's number.
        differentiable: For each output, whether it gets a history.
        node_class: The class of its nodes; set by the tape.
    """

    def __init__(self, op: Op, wanted: tuple[bool, ...]) -> None:
        self.op = op
        self.wanted = wanted
        self.kept: tuple[tuple[bool, int], ...] = ()
        self.differentiable = tuple(
            output.name not in op.nondifferentiable for output in op.outputs
        )
        self.node_class: Any = None
        self._backward: int | None = None
        self.is_cast = op.name.startswith("to_") and len(op.inputs) == 1 and not op.attributes

    is_view = False

    def backward(self) -> int:
        """Address of what native code needs to run the backward; 0 if Python must."""
        if self._backward is None:
            self._backward = self.make_backward()
        return self._backward

    def make_backward(self) -> int:
        """Writes down for native code how the backward goes, if it can run it."""
        return 0

    def run(self, node: OpNode, gradients: list[Any]) -> Sequence[Any]:
        """The gradients of the operands from those of the outputs; None where there is none."""
        raise TypeError(f"{self.op.name} has no backward")


class OpNode(Node):
    """An op applied.

    Attributes:
        rule: How the backward goes.
        kept: Values that the rule reads: operands and outputs, or what hooks packed them to.
        versions: Of the storages of `kept`.
        layouts_in: For each operand, its layout; None for a number, a tuple for a list of tensors.
        attributes, prefix, binding: Of the call.
        place: Offset of the first operand in its storage.
        level: The open transform whose tape this is; None for the lowest one.
    """

    __slots__ = ()

    rule: Rule = field("rule")
    kept: tuple[Any, ...] | None = field("kept")
    versions: tuple[Any, ...] = field("versions")
    layouts_in: tuple[Any, ...] = field("layouts_in")
    attributes: tuple[Any, ...] = field("attributes")
    prefix: int = field("prefix")
    binding: Binding | None = field("binding")
    place: int = field("place")
    level: Any = field("level")

    def run(self, gradients: list[Any], needed: tuple[bool, ...] | None) -> Gradients:
        if self.kept is None:
            raise RuntimeError(FREED)
        return self.rule.run(self, gradients)

    def release(self) -> None:
        if self.rule.kept:
            self.kept = None

    def known(self) -> Binding | None:
        """The binding of the call, worked out from the layouts where the call did not give it."""
        if self.binding is None:
            arguments = tuple(_argument(x) for x in self.layouts_in)
            self.binding = binding_of(self.rule.op, arguments, self.attributes, self.prefix)
        return self.binding

    def unpacked(self, place: int) -> Any:
        """The value kept at a place, checked; outputs come back with their history.

        Raises:
            RuntimeError: The values were freed, or the value was modified in place.
        """
        if self.kept is None:
            raise RuntimeError(FREED)
        value = self.kept[place]
        operand, number = self.rule.kept[place]
        if operand:
            if type(value) is tuple:
                return [
                    unpack(x, version, None, 0) for x, version in zip(value, self.versions[place])
                ]
            maker, output = self.edges[number] if number < len(self.edges) else NO_EDGE
            return unpack(value, self.versions[place], maker, output)
        value = unpack(value, self.versions[place], self, number)
        if modes.grad and isinstance(value, Tensor) and level_of(value) is self.level:
            again = alias_of(value)
            again._node, again._output_number = self, number
            return again
        return value


def _argument(layout: Any) -> Argument:
    return (
        Argument(layout.shape, layout.dtype) if isinstance(layout, Layout) else argument(layout())
    )
