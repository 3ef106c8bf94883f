"""Python's operators on tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..base import TensorBase
from ..calls.dispatch import call
from ..calls.writing import inplace
from ..creation.data import as_tensor
from ..native.attach import served
from ..native.plans import INTO_FIRST

NUMBERS = (int, float, bool, complex)


def _operand(value: Any) -> Any:
    """What an operator can take: tensors and numbers, and arrays as tensors; None if not."""
    if isinstance(value, TensorBase) or type(value) in NUMBERS:
        return value
    if isinstance(value, (np.bool_, np.number)):
        return value.item()
    if isinstance(value, np.ndarray):
        return as_tensor(value)
    return value if isinstance(value, NUMBERS) else None


def _tensor(value: Any) -> Any:
    """What a matrix product can take: tensors, and arrays as tensors; None if not."""
    found = _operand(value)
    return found if isinstance(found, TensorBase) else None


def _binary(name: str, attributes: tuple[Any, ...] = ()) -> tuple[Any, Any, Any]:
    """The operator, the one with exchanged operands, and the one in place."""
    numbers = name != "matmul"
    values = {2 + place: value for place, value in enumerate(attributes)}

    @served(name, (0, 1), defaults=values)
    def forward(self: Any, other: Any) -> Any:
        other = _operand(other) if numbers else _tensor(other)
        return NotImplemented if other is None else call(name, (self, other), attributes)

    @served(name, (1, 0), defaults=values)
    def backward(self: Any, other: Any) -> Any:
        other = _operand(other)
        return NotImplemented if other is None else call(name, (other, self), attributes)

    @served(name, (0, 1), INTO_FIRST, values)
    def assign(self: Any, other: Any) -> Any:
        other = _operand(other)
        return NotImplemented if other is None else inplace(name, (self, other), attributes)

    return forward, backward, assign


def _unary(name: str) -> Any:
    @served(name, (0,))
    def apply(self: Any) -> Any:
        return call(name, (self,))

    return apply


BINARY: dict[str, tuple[str, tuple[Any, ...]]] = {
    "add": ("add", (1,)),
    "sub": ("sub", (1,)),
    "mul": ("mul", ()),
    "truediv": ("div", (None,)),
    "floordiv": ("floor_divide", ()),
    "mod": ("remainder", ()),
    "pow": ("pow", ()),
    "and": ("bitwise_and", ()),
    "or": ("bitwise_or", ()),
    "xor": ("bitwise_xor", ()),
    "lshift": ("bitwise_left_shift", ()),
    "rshift": ("bitwise_right_shift", ()),
    "matmul": ("matmul", ()),
}
COMPARISONS = ("eq", "ne", "lt", "le", "gt", "ge")


def _methods() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for short, (name, attributes) in BINARY.items():
        forward, backward, assign = _binary(name, attributes)
        found[f"__{short}__"], found[f"__r{short}__"] = forward, backward
        if short != "matmul":
            found[f"__i{short}__"] = assign
    for name in COMPARISONS:
        found[f"__{name}__"] = _binary(name)[0]
    found["__neg__"] = _unary("neg")
    found["__pos__"] = _unary("positive")
    found["__abs__"] = _unary("abs")
    found["__invert__"] = _unary("bitwise_not")
    return found


METHODS = _methods()
