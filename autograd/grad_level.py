"""The level of a function that is being differentiated in reverse: its tensors have a tape of their
own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

from ..ops.calls.binding import Binding
from ..ops.language.op import Op
from ..tensor.interpreters import modes
from .complex_rules import VIEWS
from .inplace import check_inplace, rebase
from .invoke import arguments_of, binding_of, invoke, narrowed
from .leaf import gradient_edge
from .node import NO_EDGE, Edge
from .tape import record
from .wrapped import Level, Wrapped


class GradLevel(Level):
    """Records what happens to tensors of this level; what is inside them runs below, recorded
    there.

    Attributes:
        outer: The grad mode that holds for the levels below.
    """

    def __init__(self) -> None:
        super().__init__()
        self.outer = modes.grad

    def __enter__(self) -> Self:
        super().__enter__()
        self.outer = modes.grad
        modes.grad = True
        return self

    def __exit__(self, *error: object) -> None:
        modes.grad = self.outer
        super().__exit__(*error)

    def describe(self, tensor: Any) -> str:
        return f"GradTrackingTensor(lvl={self.number}, value="

    def wrap(self, value: Any, requires: bool = False) -> Any:
        """A tensor of this level; with `requires`, one whose gradient is wanted."""
        return self.own(value, value._layout, requires)

    def apply(
        self,
        op: Op,
        operands: tuple[Any, ...],
        attributes: tuple[Any, ...],
        prefix: int,
        known: Binding | None,
    ) -> Any:
        """The results of an op, recorded on the tape of this level."""
        values = tuple([self.lower(x) for x in operands])
        found = self.below(invoke, op, values, attributes, prefix, known)
        several = isinstance(found, tuple)
        results = found if several else (found,)
        outputs = tuple([self.own(x, x._layout) for x in results])
        if op.form == "view" or op.name in VIEWS:
            self.viewing(operands[0], outputs[0])
        if modes.grad and self.required(operands):
            special, given, values = narrowed(op, operands, attributes)
            binding = None
            if known is not None:
                binding = binding_of(special, arguments_of(given), values, prefix, known)
            record(special, given, values, prefix, outputs, binding)
        return outputs if several else outputs[0]

    def below(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """The result of a function that runs at the levels below, in the grad mode that holds
        there."""
        inner, modes.grad = modes.grad, self.outer
        try:
            return super().below(function, *arguments)
        finally:
            modes.grad = inner

    def assign(self, target: Any, value: Any) -> None:
        """Makes `target` hold `value`, and gives it that history."""
        if not self.wraps(target) and self.wraps(value) and self.made_inside(target):
            self.adopt(target)
        if not self.wraps(target):
            if self.wraps(value):
                raise RuntimeError(
                    "a tensor from outside of the function must not be written in place with one "
                    "that is being differentiated inside of it; return it instead"
                )
            self.below(target.copy_, value)
            return
        recording = modes.grad and (self.required((target, value)) or target.requires_grad)
        if recording:
            check_inplace(target)
        edge: Edge = gradient_edge(value) if self.wraps(value) else NO_EDGE
        self.below(target._value.copy_, self.lower(value))
        if recording:
            rebase(target, edge)

    def required(self, operands: tuple[Any, ...]) -> bool:
        """Whether an operand of this level requires grad on its tape."""
        for x in operands:
            if type(x) is Wrapped:
                if x._level is self and (
                    x._requires or x._node is not None or (x._base is not None and x.requires_grad)
                ):
                    return True
            elif type(x) in (tuple, list) and self.required(tuple(x)):
                return True
        return False
