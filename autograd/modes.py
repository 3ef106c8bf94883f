"""Grad modes: whether operations are recorded, for the calling thread."""

from __future__ import annotations

from types import TracebackType
from typing import Any

from ..ops.decorator import ContextDecorator, Function
from ..tensor.interpreters import modes


def is_grad_enabled() -> bool:
    """Whether operations are recorded in this thread."""
    return modes.grad


def is_inference_mode_enabled() -> bool:
    """Whether this thread is inside `inference_mode`."""
    return modes.inference


class _Mode(ContextDecorator):
    """Sets the grad mode inside and puts it back after."""

    _value = False

    def __new__(cls, function: Any = None) -> Any:
        instance = super().__new__(cls)
        if function is None:
            return instance
        cls.__init__(instance)
        return instance(function)

    def __init__(self, function: Any = None) -> None:
        self._previous = True

    def __enter__(self) -> None:
        self._previous = modes.grad
        modes.grad = self._value

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        modes.grad = self._previous


class no_grad(_Mode):  # noqa: N801  (PyTorch's spelling)
    """Context or decorator in which nothing is recorded: results do not require grad."""

    _value = False


class enable_grad(_Mode):  # noqa: N801  (PyTorch's spelling)
    """Context or decorator in which operations are recorded, also inside `no_grad`."""

    _value = True


class set_grad_enabled(ContextDecorator):  # noqa: N801  (PyTorch's spelling)
    """The grad mode set to `mode`: at once when called, until the end of the block as a context."""

    def __init__(self, mode: bool) -> None:
        self._previous = modes.grad
        self.mode = mode
        modes.grad = bool(mode)

    def __call__(self, function: Function) -> Function:
        modes.grad = self._previous
        return super().__call__(function)

    def clone(self) -> set_grad_enabled:
        return type(self)(self.mode)

    def __enter__(self) -> None:
        modes.grad = bool(self.mode)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        modes.grad = self._previous

    def __repr__(self) -> str:
        return f"{type(self).__name__}(mode={self.mode})"


class inference_mode(ContextDecorator):  # noqa: N801  (PyTorch's spelling)
    """Context or decorator without recording, for code that will never be differentiated."""

    def __new__(cls, mode: Any = True) -> Any:
        if isinstance(mode, bool):
            return super().__new__(cls)
        instance = super().__new__(cls)
        cls.__init__(instance, True)
        return instance(mode)

    def __init__(self, mode: bool = True) -> None:
        self.mode = mode
        self._previous = (True, False)

    def clone(self) -> Any:
        return type(self)(self.mode)

    def __enter__(self) -> None:
        self._previous = (modes.grad, modes.inference)
        modes.inference = self.mode
        modes.grad = not self.mode

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        modes.inference = self._previous[1]  # before the other, which it would forbid
        modes.grad = self._previous[0]


class set_multithreading_enabled:  # noqa: N801  (PyTorch's spelling)
    """Context kept for PyTorch's sake: the engine runs a graph in the calling thread, whatever the
    mode."""

    def __init__(self, mode: bool) -> None:
        self.mode = mode

    def __enter__(self) -> None:
        """Nothing to switch."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Nothing to switch back."""
