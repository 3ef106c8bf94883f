"""`Function`: an operation whose backward the user writes."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from ..tensor.interpreters import modes
from ..tensor.tensor import Tensor
from .function_levels import apply_in_level
from .function_node import FunctionCtx, FunctionParts
from .node import NO_EDGE, FunctionNode, Gradients
from .wrapped import alias_of


class Function(FunctionParts):
    """Base of operations with a backward of their own.

    A subclass has static methods `forward(ctx, ...)` and `backward(ctx, *grads)`; or
    `forward(...)`, `setup_context(ctx, inputs, output)` and `backward`, which also works inside of
    transforms. Optional are `jvp(ctx, *tangents)` and `vmap(info, in_dims, *args)`. It is called as
    `MyFunction.apply(...)`.
    """

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """The result of the operation, with its history."""
        if kwargs:
            raise TypeError(f"{cls.__name__}.apply() takes no keyword arguments")
        return apply_in_level(cls, args)


def once_differentiable(function: Callable[..., Any]) -> Callable[..., Any]:
    """A `backward` that is not recorded; differentiating what it returns is an error."""

    @functools.wraps(function)
    def wrapper(ctx: Any, *gradients: Any) -> Any:
        recording, modes.grad = modes.grad, False
        try:
            found = function(ctx, *gradients)
        finally:
            modes.grad = recording
        if not recording:
            return found
        required = any(isinstance(x, Tensor) and x.requires_grad for x in gradients)
        required = required or any(ctx.needs_input_grad)
        if not required:
            return found
        several = isinstance(found, tuple)
        return tuple(_barred(x) for x in found) if several else _barred(found)

    return wrapper


def _barred(tensor: Any) -> Any:
    """A tensor whose backward is an error."""
    if not isinstance(tensor, Tensor):
        return tensor

    def fail(gradients: list[Any]) -> Gradients:
        raise RuntimeError(
            "trying to differentiate twice a function that was marked with @once_differentiable"
        )

    again = alias_of(tensor)
    again._node = FunctionNode("DelayedErrorBackward", (NO_EDGE,), (tensor._layout,), fail)
    return again


class InplaceFunction(Function):
    """A Function that may work in place; kept for programs that name it."""


class NestedIOFunction(Function):
    """A Function whose arguments and results may be nested; `apply` takes them as they are."""


__all__ = [
    "Function",
    "FunctionCtx",
    "InplaceFunction",
    "NestedIOFunction",
    "once_differentiable",
]
