"""Tensors kept for the backward: their versions are checked, and hooks may pack them away."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any

from ..tensor.interpreters import modes
from ..tensor.tensor import Tensor
from .node import Node


class HookState(threading.local):
    """Pack and unpack hooks of one thread.

    Attributes:
        stack: Pairs (pack, unpack), the innermost last.
        disabled: Error message while the hooks are switched off, else None.
    """

    def __init__(self) -> None:
        self.stack: list[tuple[Callable[[Any], Any], Callable[[Any], Any]]] = []
        self.disabled: str | None = None


STATE = HookState()


class Packed:
    """A saved tensor that a hook has packed; `unpack` gives a tensor again."""

    __slots__ = ("content", "unpack_hook")

    def __init__(
        self, tensor: Tensor, hooks: tuple[Callable[..., Any], Callable[..., Any]]
    ) -> None:
        version = tensor._storage.version
        self.content = hooks[0](tensor)
        self.unpack_hook = hooks[1]
        if tensor._storage.version != version:
            raise RuntimeError(
                "A saved tensor pack hook is modifying its input in place. Tensors provided as "
                "input to pack hook can not be modified by in-place operations as this can lead to "
                "unexpected side-effects. Please open an issue if you need to perform in-place "
                "operations on the input to a pack hook."
            )

    def unpack(self) -> Tensor:
        """What the unpack hook makes of the packed object.

        Raises:
            TypeError: The hook returned something else than a tensor.
        """
        result = self.unpack_hook(self.content)
        if not isinstance(result, Tensor):
            raise TypeError(
                "Output of saved tensor unpack_hook expected to be a Tensor but got result of type"
                f" {type(result)}"
            )
        return result


def tracked_version(tensor: Any) -> int:
    """How often the storage of a tensor that is kept for a backward was written to.

    Raises:
        RuntimeError: It was made in inference mode, where nobody counts.
    """
    version: int = tensor._storage.version
    if version < 0:
        raise RuntimeError(
            "Inference tensors cannot be saved for backward. Please do not use Tensors created in "
            "inference mode in computation tracked by autograd. To work around this, you can make "
            "a clone to get a normal tensor and use it in autograd, or use `no_grad()` instead of "
            "`inference_mode()`."
        )
    return version


def pack(value: Any) -> Any:
    """What a node keeps of a tensor: the tensor, or what the innermost hook packed it to."""
    stack = STATE.stack
    if not stack or not isinstance(value, Tensor):
        return value
    hooks = stack[-1]
    STATE.stack = []
    try:
        return Packed(value, hooks)
    finally:
        STATE.stack = stack


def unpack(value: Any, version: int, maker: Node | None, number: int) -> Any:
    """The tensor that a node kept, after checking that nobody wrote to it.

    Args:
        version: Of its storage when it was kept.
        maker: The node that made the tensor, for the error message.

    Raises:
        RuntimeError: It was freed, or it was modified in place.
    """
    if isinstance(value, Tensor):
        if value._storage.version != version:
            raise RuntimeError(_modified(value, version, maker, number))
        return value
    if isinstance(value, Packed):
        return value.unpack()
    return value


def _modified(value: Tensor, version: int, maker: Node | None, number: int) -> str:
    origin = "" if maker is None else f", which is output {number} of {maker.name()},"
    kind = value.type() if hasattr(value, "type") else str(value.dtype)
    return (
        "one of the variables needed for gradient computation has been modified by an inplace "
        f"operation: [{kind} {list(value.shape)}]{origin} is at version {value._storage.version}; "
        f"expected version {version} instead. Hint: enable anomaly detection to find the operation "
        "that failed to compute its gradient, with tensorsmith.autograd.set_detect_anomaly(True)."
    )


class saved_tensors_hooks:  # noqa: N801  (PyTorch's spelling)
    """Context in which tensors kept for backward go through `pack_hook`, and back through
    `unpack_hook`."""

    def __init__(
        self, pack_hook: Callable[[Tensor], Any], unpack_hook: Callable[[Any], Tensor]
    ) -> None:
        self.pack_hook = pack_hook
        self.unpack_hook = unpack_hook

    def __enter__(self) -> Any:
        if STATE.disabled is not None:
            raise RuntimeError(STATE.disabled)
        STATE.stack.append((self.pack_hook, self.unpack_hook))
        modes.flags.hooks += 1
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        STATE.stack.pop()
        modes.flags.hooks -= 1


class save_on_cpu(saved_tensors_hooks):  # noqa: N801  (PyTorch's spelling)
    """Context in which tensors kept for backward are moved to the host, and back when they are
    needed."""

    def __init__(self, pin_memory: bool = False, device_type: str = "cuda") -> None:
        def pack_to_cpu(tensor: Tensor) -> tuple[Any, Tensor]:
            if tensor.device.type == "cpu":
                return (tensor.device, tensor)
            return (tensor.device, tensor.to("cpu"))

        def unpack_from_cpu(packed: tuple[Any, Tensor]) -> Tensor:
            device, tensor = packed
            moved: Tensor = tensor.to(device)
            return moved

        super().__init__(pack_to_cpu, unpack_from_cpu)


class disable_saved_tensors_hooks:  # noqa: N801  (PyTorch's spelling)
    """Context or decorator in which entering `saved_tensors_hooks` raises with `error_message`."""

    def __init__(self, error_message: str, fail_if_non_empty: bool = True) -> None:
        self.message = error_message
        self.fail_if_non_empty = fail_if_non_empty
        self._previous: str | None = None

    def __enter__(self) -> None:
        if self.fail_if_non_empty and STATE.stack:
            raise RuntimeError(self.message)
        self._previous = STATE.disabled
        STATE.disabled = self.message

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        STATE.disabled = self._previous


__all__ = ["disable_saved_tensors_hooks", "save_on_cpu", "saved_tensors_hooks"]
