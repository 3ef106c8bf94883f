"""Numbers, arrays and nested sequences of them as one array: what tensors are made from."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import numpy as np

from ...ops.dtype import bool_, dtype, get_default_dtype, int64, promote
from ...ops.errors import ArgumentError, ArgumentValueError, BackendError
from ..arrays import Array, array_of, element_type
from ..base import TensorBase
from ..calls.transfer import host_of
from ..layout import MOST_DIMS

TYPED = (TensorBase, np.ndarray, np.generic)  # leaves that have a dtype of their own


def array_from(data: Any, wanted: dtype | None = None) -> tuple[Array, dtype]:
    """The data as an array, and the dtype that a tensor of it has.

    Args:
        data: A number, an array or a nested sequence of both.
        wanted: A dtype that it is to be converted to; objects that are no numbers then may be.
    """
    if type(data) is float:
        return np.array(data), get_default_dtype()
    if type(data) is bool:
        return np.array(data), bool_
    if type(data) is int:
        return _integer_array(data, wanted), int64
    if isinstance(data, (np.ndarray, np.generic)):
        values = np.asarray(data)
        values = values if values.dtype.isnative else values.astype(values.dtype.newbyteorder("="))
        return values, element_type(values)
    if isinstance(data, (list, tuple, range)):
        return _from_sequence(data, wanted)
    if isinstance(data, (float, complex)):
        default = get_default_dtype()
        return np.array(data), default if isinstance(data, float) else default.to_complex()
    if isinstance(data, int):
        return _integer_array(int(data), wanted), int64
    if isinstance(data, (str, bytes)):
        raise ArgumentError(f"new(): invalid data type '{type(data).__name__}'")
    if hasattr(data, "__array__"):
        return array_from(np.asarray(data))
    items = _items(data)
    if items is not None:
        return _from_sequence(items, wanted)
    return np.array(_number(data, wanted)), wanted or get_default_dtype()


def _integer_array(data: int, wanted: dtype | None) -> Array:
    if wanted is not None and wanted.kind in ("float", "complex"):
        return np.array(float(data))
    if wanted is bool_:
        return np.array(bool(data))
    try:
        return np.array(data, np.int64)
    except OverflowError:
        raise ArgumentValueError("Overflow when unpacking long long") from None


def _items(data: Any) -> Any:
    """The items of a sequence; None for what is none."""
    if isinstance(data, (list, tuple, range)):
        return data
    if isinstance(data, (str, bytes, dict, *TYPED)) or not hasattr(data, "__getitem__"):
        return None
    return [data[place] for place in range(len(data))] if hasattr(data, "__len__") else None


def _number(data: Any, wanted: dtype | None) -> Any:
    """An object that is no sequence as a number.

    Raises:
        RuntimeError: It is none, and nobody says what it is to be.
        TypeError: It cannot be converted.
    """
    name = type(data).__name__
    if isinstance(data, (str, bytes)):
        raise ArgumentError(f"new(): invalid data type '{name}'")
    if isinstance(data, (int, float, complex, np.generic)):
        return data
    if wanted is None:
        raise BackendError(f"Could not infer dtype of {name}")
    if wanted.kind not in ("float", "complex"):
        if not hasattr(data, "__index__"):
            raise ArgumentError(f"'{name}' object cannot be interpreted as an integer")
        return data.__index__()
    if not hasattr(data, "__float__") and not hasattr(data, "__index__"):
        raise ArgumentError(f"must be real number, not {name}")
    return float(data)


def _from_sequence(data: Any, wanted: dtype | None) -> tuple[Array, dtype]:
    """An array of nested sequences, whose leaves may be numbers, arrays and tensors."""
    shape, nested = _shape_of(data)
    kind = None
    if any(issubclass(each, TYPED) for each in _types(data, nested)):
        kind = _promoted(data)
        data = _plain(data)
    if not all(shape):
        return np.empty(shape, np.float32), kind or get_default_dtype()
    try:
        values = np.array(data)
    except (ValueError, OverflowError):
        values = None
    if values is None or values.dtype.kind not in "bifc" or values.shape != shape:
        values = _converted(data, shape, wanted)
    return values, kind or _inferred(values)


def _converted(data: Any, shape: tuple[int, ...], wanted: dtype | None) -> Array:
    """An array of nested sequences that NumPy does not make one of numbers of.

    Raises:
        ValueError, TypeError, RuntimeError: What is wrong with them.
    """
    leaves = [_number(leaf, wanted) for leaf in _leaves(data, shape, 0)]
    whole = all(isinstance(leaf, (int, np.integer)) for leaf in leaves)
    if wanted is bool_:
        leaves = list(map(bool, leaves))
    elif whole and (wanted is None or wanted.kind in ("int", "bool")):
        if not all(-(2**63) <= leaf < 2**63 for leaf in leaves):
            raise ArgumentValueError("Overflow when unpacking long long")
    elif not any(isinstance(leaf, (complex, np.complexfloating)) for leaf in leaves):
        leaves = list(map(float, leaves))
    return np.array(leaves).reshape(shape)


def _leaves(data: Any, shape: tuple[int, ...], depth: int) -> Iterator[Any]:
    """What nested sequences hold, which must fit a shape."""
    items = _items(data)
    if depth == len(shape):
        if items is not None:
            raise ArgumentError(f"a number is needed at dim {depth}, but a sequence was given")
        yield data
        return
    if items is None:
        raise ArgumentError(f"not a sequence: {type(data).__name__} at dim {depth}")
    if len(items) != shape[depth]:
        raise ArgumentValueError(
            f"expected sequence of length {shape[depth]} at dim {depth} (got {len(items)})"
        )
    for item in items:
        yield from _leaves(item, shape, depth + 1)


def _types(data: Any, nested: int) -> set[type]:
    """The types of the leaves of sequences that are nested so deep."""
    found = set(map(type, data))
    if nested > 1:
        for item in data:
            if isinstance(item, (list, tuple)):
                found |= _types(item, nested - 1)
    return found


def _promoted(data: Any) -> dtype | None:
    """What the dtypes of leaves are promoted to; None where there are no numbers."""
    if isinstance(data, (list, tuple, range)):
        kinds = [kind for kind in map(_promoted, data) if kind is not None]
        return functools.reduce(promote, kinds) if kinds else None
    if isinstance(data, TensorBase):
        return data._layout.dtype
    if isinstance(data, TYPED):
        return element_type(np.asarray(data))
    return _inferred(np.array(data)) if isinstance(data, (int, float, complex)) else None


def _inferred(values: Array) -> dtype:
    if not values.size:
        return get_default_dtype()
    default = get_default_dtype()
    return {"f": default, "i": int64, "b": bool_, "c": default.to_complex()}[values.dtype.kind]


def _shape_of(data: Any) -> tuple[tuple[int, ...], int]:
    """The shape told by first items, and how many of its dims are sequences."""
    shape: list[int] = []
    inner, items = data, _items(data)
    while items is not None:
        if len(shape) == MOST_DIMS:  # or it holds itself
            raise ArgumentValueError(f"too many dimensions '{type(inner).__name__}'")
        shape.append(len(items))
        if not items:
            return tuple(shape), len(shape)
        inner, items = items[0], _items(items[0])
    if isinstance(inner, str):  # of which each item is text again
        raise ArgumentValueError("too many dimensions 'str'")
    nested = len(shape)
    if isinstance(inner, np.ndarray):
        shape += inner.shape
    return tuple(shape), nested


def _plain(data: Any) -> Any:
    """Nested lists of numbers: tensors of one element are numbers."""
    if isinstance(data, TensorBase):
        if data._layout.numel != 1:
            raise ArgumentValueError(
                "only one element tensors can be converted to Python scalars, got a list with a "
                f"tensor of shape {list(data.shape)}"
            )
        return array_of(host_of(data)).item()
    if isinstance(data, (np.ndarray, np.generic)):
        return data.tolist()
    return [_plain(item) for item in data] if isinstance(data, (list, tuple, range)) else data
