"""Calls of the battery: arguments as tensors, results as arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...tensor import Tensor, as_tensor, call
from .sampling import Arguments


def run(arguments: Arguments, operands: tuple[Any, ...] | None = None) -> tuple[Any, ...]:
    """Results of a call, always as a tuple."""
    if operands is None:
        operands = tuple(to_tensors(value) for value in arguments.operands)
    result = call(arguments.op, operands, dict(arguments.attributes))
    return tuple(result) if isinstance(result, (tuple, list)) else (result,)


def to_tensors(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return as_tensor(value.copy())
    if isinstance(value, list) and value and isinstance(value[0], np.ndarray):
        return [as_tensor(item.copy()) for item in value]
    return value


def to_numpy(value: Tensor) -> Any:
    detached = value.detach()
    if detached.dtype.name == "bfloat16":
        detached = detached.float()
    return detached.numpy()
