"""Whether an object that was read has fields of the types that its class states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints


def check_fields(made: Any) -> None:
    """Looks at the fields of an object of a dataclass; objects in them were looked at before.

    Raises:
        TypeError: A field has another type than its class states.
    """
    kind: type = type(made)
    hints = _hints(kind)
    for each in fields(made):
        value = getattr(made, each.name)
        if not has_type(value, hints[each.name]):
            where = f"{each.name} of {kind.__name__}"
            raise TypeError(f"{where} must be {each.type}, got {_short(value)}")


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def has_type(value: Any, hint: Any) -> bool:
    """Whether a value has a type as annotations state it; a bool is no int here."""
    if hint in (Any, object):
        return True
    origin, parts = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return any(has_type(value, part) for part in parts)
    if origin is tuple:
        return isinstance(value, tuple) and _has_parts(value, parts)
    if origin is Mapping:
        return isinstance(value, Mapping) and all(
            has_type(name, parts[0]) and has_type(each, parts[1]) for name, each in value.items()
        )
    return type(value) is int if hint is int else isinstance(value, hint)


def _has_parts(value: tuple[Any, ...], parts: tuple[Any, ...]) -> bool:
    if parts[1:] == (...,):
        return all(has_type(each, parts[0]) for each in value)
    return len(value) == len(parts) and all(map(has_type, value, parts))
