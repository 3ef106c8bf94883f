"""The graph of the tape, for users: nodes, edges, hooks over several tensors or saved ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from ..ops.lock import counting_lock
from ..tensor.tensor import Tensor
from .hooks import RemovableHandle
from .leaf import gradient_edge
from .node import Node
from .saved import disable_saved_tensors_hooks, save_on_cpu, saved_tensors_hooks

__all__ = [
    "GradientEdge", "Node", "allow_mutation_on_saved_tensors", "disable_saved_tensors_hooks",
    "get_gradient_edge", "increment_version", "register_multi_grad_hook", "save_on_cpu",
    "saved_tensors_hooks",
]  # fmt: skip

_COUNTING = counting_lock()


class GradientEdge(NamedTuple):
    """A place in the graph where a gradient arrives.

    Attributes:
        node: The node.
        output_nr: Which of its outputs.
        ownership_token: Keeps the graph alive.
    """

    node: Node
    output_nr: int
    ownership_token: Any = None


def get_gradient_edge(tensor: Tensor) -> GradientEdge:
    """Where the gradient of a tensor arrives.

    Raises:
        RuntimeError: The tensor does not require grad.
    """
    node, number = gradient_edge(tensor)
    if node is None:
        raise RuntimeError(
            "It is not possible to get the gradient edge for a Tensor that does not require"
            " gradients"
        )
    return GradientEdge(node, number)


def increment_version(tensor: Any) -> None:
    """Counts a write to a tensor (or several) that the library has not seen."""
    for each in (tensor,) if isinstance(tensor, Tensor) else tuple(tensor):
        each._storage.version += 1


class _Handles(RemovableHandle):
    """The handle of a hook over several tensors."""

    def __init__(self, handles: Sequence[Any]) -> None:
        self.handles = tuple(handles)

    def remove(self) -> None:
        """Takes the hooks out."""
        for handle in self.handles:
            handle.remove()


def register_multi_grad_hook(
    tensors: Sequence[Tensor], fn: Callable[..., None], *, mode: str = "all"
) -> RemovableHandle:
    """Registers a hook over the gradients of several tensors.

    Args:
        fn: Called with the gradients, None where there is none, when all are there (`mode` "all");
            or with the first one (`mode` "any").
    """
    if mode not in ("all", "any"):
        raise ValueError(f"Expects mode to be one of ('all', 'any') but got {mode}")
    count = len(tensors)
    seen: list[Any] = [None] * count
    state = {"calls": 0, "done": -1}

    def hook_of(place: int) -> Callable[[Any], None]:
        def all_hook(gradient: Any) -> None:
            with _COUNTING:
                seen[place] = gradient
                state["calls"] += 1
                ready = state["calls"] == count
                if ready:
                    given = list(seen)
                    seen[:] = [None] * count
                    state["calls"] = 0
            if ready:
                fn(given)

        def any_hook(gradient: Any) -> None:
            with _COUNTING:
                state["calls"] += 1
                first = state["calls"] == 1
                if state["calls"] == count:
                    state["calls"] = 0
            if first:
                fn(gradient)

        return all_hook if mode == "all" else any_hook

    return _Handles([x.register_hook(hook_of(place)) for place, x in enumerate(tensors)])


@contextmanager
def allow_mutation_on_saved_tensors() -> Iterator[None]:
    """Context in which tensors kept for backward may be written in place: copies are kept."""

    def pack(tensor: Tensor) -> Tensor:
        copy: Tensor = tensor.detach().clone()
        copy._node, copy._output_number = tensor._node, tensor._output_number
        return copy

    with saved_tensors_hooks(pack, lambda tensor: tensor):
        yield
