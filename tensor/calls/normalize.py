"""Attribute values as ops know them, from what users write: lists, 0-dim tensors, NumPy numbers."""

from __future__ import annotations

from typing import Any

from ...ops import dtype as dtypes
from ...ops.calls.specialize import title
from ...ops.dtype import dtype, from_numpy_dtype
from ...ops.errors import ArgumentError
from ...ops.language.op import AttributeSpec, Op

PLAIN = frozenset({int, float, bool, str, type(None), complex})
INTEGERS = ("int", "ints", "Axis", "Axes", "size", "sizes", "Shape", "Keep")


def normalize(op: Op, specs: tuple[AttributeSpec, ...], values: tuple[Any, ...]) -> tuple[Any, ...]:
    """The attributes of a call, hashable and of Python's own types.

    Raises:
        TypeError: a value has a type that its kind does not take, or is a list that holds itself.
    """
    for spec, value in zip(specs, values):
        if type(value) not in PLAIN or (value is not None and spec.kind == "ints"):
            break
    else:
        return values
    try:
        return tuple(
            value
            if _is_normal(spec, value)
            else _value(op, spec, _listed(value) if spec.kind == "ints" else value)
            for spec, value in zip(specs, values)
        )
    except RecursionError:
        raise ArgumentError(
            f"{title(op.name)}: an argument must not be a list that holds itself"
        ) from None


def _is_normal(spec: AttributeSpec, value: Any) -> bool:
    """A value is what it will be."""
    return type(value) in PLAIN and (spec.kind != "ints" or value is None)


def _listed(value: Any) -> Any:
    """A list of integers; one integer is a list of one."""
    if value is None or isinstance(value, (list, tuple)):
        return value
    return tuple(value.tolist()) if getattr(value, "ndim", 0) else (value.__index__(),)


def _value(op: Op, spec: AttributeSpec, value: Any) -> Any:
    if isinstance(value, dtype):
        return value
    if spec.kind == "dtype":
        return as_dtype(value)
    if isinstance(value, (list, tuple)):
        return tuple(_value(op, spec, item) for item in value)
    if type(value) in PLAIN or isinstance(value, str):
        return value
    if spec.kind in INTEGERS and hasattr(value, "__index__"):
        return value.__index__()
    if hasattr(value, "item") and getattr(value, "ndim", 1) == 0:
        return value.item()
    if hasattr(value, "tolist"):
        return _value(op, spec, value.tolist())
    if spec.kind in ("any", "text"):
        return value
    if hasattr(value, "__index__"):
        return value.__index__()
    if hasattr(value, "__float__"):
        return float(value)
    raise ArgumentError(
        f"{title(op.name)}: argument {spec.name!r} must be {spec.kind}, not {type(value).__name__}"
    )


def as_dtype(value: Any) -> Any:
    """The dtype for a dtype, a Python type (`float`, `int`, `bool`) or a NumPy dtype."""
    if value is None or isinstance(value, dtype):
        return value
    if isinstance(value, str):
        raise ArgumentError(f"dtype must be a tensorsmith dtype, not {value!r}")
    if value is float:
        return dtypes.get_default_dtype()
    if value is int:
        return dtypes.int64
    if value is bool:
        return dtypes.bool_
    if value is complex:
        return dtypes.get_default_dtype().to_complex()
    import numpy as np

    try:
        return from_numpy_dtype(np.dtype(value))
    except TypeError:
        raise ArgumentError(f"dtype must be a tensorsmith dtype, not {value!r}") from None
