"""Forward-mode differentiation with dual tensors: a value and its tangent, carried along."""

from __future__ import annotations

from types import TracebackType
from typing import Any, NamedTuple

from ..tensor import interpreters
from ..tensor.tensor import Tensor
from .forward_level import ForwardLevel

_open: list[ForwardLevel] = []


class UnpackedDualTensor(NamedTuple):
    """The parts of a dual tensor.

    Attributes:
        primal: The value.
        tangent: The tangent; None if there is none.
    """

    primal: Any
    tangent: Any


def enter_dual_level() -> int:
    """Opens a level of dual tensors and returns its number, 0.

    Raises:
        RuntimeError: One is open already.
    """
    if _open:
        raise RuntimeError(
            "Nested forward mode AD is not supported at the moment: exit the level before opening"
            " another"
        )
    level = ForwardLevel()
    interpreters.push(level)
    _open.append(level)
    return 0


def exit_dual_level(*, level: int | None = None) -> None:
    """Closes the level of dual tensors: tangents are gone.

    Raises:
        RuntimeError: None is open, or another one is.
    """
    if not _open or level not in (None, len(_open) - 1):
        raise RuntimeError(
            "Trying to exit a forward AD level that was not the last one that was created. This is "
            "not supported."
        )
    found = _open.pop()
    while interpreters.pop() is not found:
        pass
    found.close()


class dual_level:  # noqa: N801  (PyTorch's spelling)
    """Context in which tensors can be dual."""

    def __enter__(self) -> int:
        return enter_dual_level()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        exit_dual_level()


def make_dual(tensor: Tensor, tangent: Tensor, *, level: int | None = None) -> Any:
    """A dual tensor of a value and a tangent of the same shape and dtype.

    Raises:
        RuntimeError: No level is open, or the shapes differ.
        ValueError: The dtype is not one that can be differentiated.
    """
    if not _open:
        raise RuntimeError(
            "Trying to create a dual Tensor for forward AD but no level exists, make sure to"
            " enter_dual_level() first."
        )
    for what, value in (("primal", tensor), ("tangent", tangent)):
        if value.dtype.kind not in ("float", "complex"):
            raise ValueError(
                f"Expected {what} to be floating point or complex, but got: {value.dtype}"
            )
    if tuple(tensor.shape) != tuple(tangent.shape):
        raise RuntimeError(
            "Trying to set a forward gradient that has a different size than that of the original "
            f"Tensor, this is not supported. Tensor is of size {list(tensor.shape)} while the "
            f"given forward gradient is of size {list(tangent.shape)}."
        )
    if tensor.dtype is not tangent.dtype:
        raise RuntimeError(
            f"Expected tangent to have the dtype of primal, {tensor.dtype}, but got:"
            f" {tangent.dtype}"
        )
    return _open[-1].wrap(_open[-1].lower(tensor), tangent)


def unpack_dual(tensor: Tensor, *, level: int | None = None) -> UnpackedDualTensor:
    """The value and the tangent of a tensor; the tangent is None if it has none or no level is
    open."""
    if not _open:
        return UnpackedDualTensor(tensor, None)
    current = _open[-1]
    return UnpackedDualTensor(current.lower(tensor), current.below(current.tangent, tensor))
