"""`Variable`, the old name of a tensor that takes part in differentiation."""

from __future__ import annotations

from typing import Any

from ..tensor.tensor import Tensor


class _VariableMeta(type):
    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, Tensor)

    def __call__(cls, data: Any, requires_grad: bool = False) -> Any:
        return data.detach().requires_grad_(requires_grad)


class Variable(metaclass=_VariableMeta):
    """Called with a tensor, gives that tensor with `requires_grad` set; every tensor is an
    instance."""
