"""A call as plain data and back: an op with its statements, and the call solved.

Only classes that are listed here are read, so that a lock file can name nothing else; and nothing
of a lock file is ever run, it only says what is to be built.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from ...ops.calls.binding import Binding, Place
from ...ops.dtype import by_name, dtype
from ...ops.errors import ArgumentValueError
from ...ops.language import expression
from ...ops.language.op import (
    REQUIRED,
    AttributeSpec,
    Axis,
    Block,
    Condition,
    Input,
    Op,
    Output,
    Required,
    TensorType,
)
from ...tensor.calls.plans import SEEDS
from .field_types import check_fields, has_type

_OP = (AttributeSpec, Axis, Block, Condition, Input, Op, Output, TensorType, Binding, Place)
_NODES = (
    expression.Constant, expression.Size, expression.Attribute, expression.Word, expression.Index,
    expression.Product, expression.Read, expression.Call, expression.Reduce, expression.Scan,
    expression.Cast, expression.Order, expression.Statement,
)  # fmt: skip
_CLASSES: dict[str, Any] = {each.__name__: each for each in (*_OP, *_NODES)}
_PLAIN = (bool, int, float, str, type(None))

Strides = dict[str, tuple[int, ...]]
Call = tuple[Op, Binding, Strides]


def encode_call(op: Op, binding: Binding, strides: Mapping[str, tuple[int, ...]]) -> dict[str, Any]:
    """A call as JSON has it, without what only documentation and tests read, and without seeds."""
    bare = replace(
        op, doc="", names=(), reference="", samples=(), rejects=(), laws=(), tolerance=(),
        domain="", smooth="", source="", since="", variants=(), requirements=(),
    )  # fmt: skip
    kept = {k: v for k, v in binding.attributes.items() if _is_plain(v)}
    if any(spec.name == "seed" for spec in op.attributes):
        kept.update((name, 0) for name in SEEDS if name in kept)  # no kernel depends on a draw
    plain = replace(binding, attributes=kept)
    return {"op": _encode(bare), "binding": _encode(plain), "strides": _encode(dict(strides))}


def decode_call(data: Mapping[str, Any], where: str = "a call of a lock file") -> Call:
    """The call of plain data.

    Args:
        data: What `encode_call` gave.
        where: The file and the place in it, for messages.

    Raises:
        ArgumentValueError: It is none.
    """
    try:
        op, binding = _decode(data["op"]), _decode(data["binding"])
        strides = _decode(data["strides"])
        if isinstance(binding, Binding):
            _check_extents(binding)
    except KeyError as error:
        raise ArgumentValueError(f"{where} cannot be read: it has no {error}") from error
    except (TypeError, ValueError, AttributeError, RecursionError) as error:
        raise ArgumentValueError(f"{where} cannot be read: {error}") from error
    lie = has_type(strides, Mapping[str, tuple[int, ...]])
    if not (isinstance(op, Op) and isinstance(binding, Binding) and lie):
        raise ArgumentValueError(f"{where} cannot be read: it must have an op, a binding, strides")
    return op, binding, strides


def _check_extents(binding: Binding) -> None:
    """Raises ValueError if an extent of a call is negative."""
    found = {"sizes": tuple(binding.sizes.values()), "batch": binding.batch}
    for name, extents in (*found.items(), *binding.groups.items(), *binding.shapes.items()):
        if any(extent < 0 for extent in extents):
            raise ValueError(f"extents must not be negative, got {name} {extents}")


def _is_plain(value: object) -> bool:
    if isinstance(value, tuple | list):
        return all(map(_is_plain, value))
    return isinstance(value, (*_PLAIN, dtype))


def _encode(value: Any) -> Any:
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, tuple | list):
        return [_encode(each) for each in value]
    if isinstance(value, dtype):
        return {"class": "dtype", "name": value.name}
    if value is REQUIRED:
        return {"class": "Required"}
    if isinstance(value, Mapping):
        return {"class": "mapping", "items": [[k, _encode(v)] for k, v in value.items()]}
    if is_dataclass(value) and type(value).__name__ in _CLASSES:
        found: dict[str, Any] = {"class": type(value).__name__}
        for item in fields(value):
            part = getattr(value, item.name)
            if type(part) is not type(item.default) or part != item.default:
                found[item.name] = _encode(part)
        return found
    raise ArgumentValueError(f"lock file: {type(value).__name__} cannot be written")


def _decode(data: Any) -> Any:
    if isinstance(data, list):
        return tuple(_decode(each) for each in data)
    if not isinstance(data, dict):
        return data
    rest = dict(data)
    name = rest.pop("class")
    match name:
        case "dtype":
            return by_name(rest["name"])
        case "Required":
            return _required()
        case "mapping":
            return {key: _decode(value) for key, value in rest["items"]}
    if name not in _CLASSES:
        raise ValueError(f"there is no class {name!r} of what calls are made of")
    made = _CLASSES[name](**{key: _decode(value) for key, value in rest.items()})
    check_fields(made)
    return made


def _required() -> Required:
    return REQUIRED
