"""Hooks of a module's backward: the nodes that catch its gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..autograd import Function
from ..tensor import Tensor


class _Watch(Function):
    """The identity on several tensors at once, so that one node sees all their gradients."""

    @staticmethod
    def forward(ctx: Any, *tensors: Tensor) -> Any:
        ctx.set_materialize_grads(False)
        return tuple(tensor.view_as(tensor) for tensor in tensors)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        return gradients


def _as_tuple(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


class BackwardWatch:
    """Runs the full backward hooks of one call of a module.

    Args:
        module: The module that was called.
        before: Hooks `(module, grad_output) -> None or new grad_output`.
        after: Hooks `(module, grad_input, grad_output) -> None or new grad_input`.
    """

    def __init__(
        self, module: Any, before: list[Callable[..., Any]], after: list[Callable[..., Any]]
    ) -> None:
        self.module = module
        self.before = before
        self.after = after
        self.gradient_of_outputs: tuple[Any, ...] = ()

    def watch_inputs(self, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments, with the tensors that need gradients routed through one node."""
        return self._route(arguments, self._enter_inputs)

    def watch_outputs(self, result: Any) -> Any:
        """The result, with its tensors routed through one node."""
        routed = self._route(_as_tuple(result), self._enter_outputs)
        return routed if isinstance(result, tuple) else routed[0]

    def _route(
        self, values: tuple[Any, ...], attach: Callable[[Any, int, list[int]], None]
    ) -> tuple[Any, ...]:
        places = [i for i, v in enumerate(values) if isinstance(v, Tensor)]
        if not any(values[i].requires_grad for i in places):
            return values
        watched = _as_tuple(_Watch.apply(*(values[i] for i in places)))
        node = next(t.grad_fn for t in watched if t.grad_fn is not None)
        attach(node, len(values), places)
        routed = list(values)
        for place, tensor in zip(places, watched):
            routed[place] = tensor
        return tuple(routed)

    def _enter_outputs(self, node: Any, count: int, places: list[int]) -> None:
        def prehook(gradients: Any) -> Any:
            full = _spread(gradients, count, places)
            for hook in self.before:
                changed = hook(self.module, full)
                if changed is not None:
                    full = _as_tuple(changed)
            self.gradient_of_outputs = full
            return tuple(full[place] for place in places)

        node.register_prehook(prehook)

    def _enter_inputs(self, node: Any, count: int, places: list[int]) -> None:
        def hook(gradients: Any, _: Any) -> Any:
            full = _spread(gradients, count, places)
            for user_hook in self.after:
                changed = user_hook(self.module, full, self.gradient_of_outputs)
                if changed is not None:
                    full = _as_tuple(changed)
            return tuple(full[place] for place in places)

        node.register_hook(hook)


def _spread(gradients: Any, count: int, places: list[int]) -> tuple[Any, ...]:
    full: list[Any] = [None] * count
    for place, gradient in zip(places, gradients):
        full[place] = gradient
    return tuple(full)
