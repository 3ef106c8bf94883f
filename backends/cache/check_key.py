"""Whether what was read as JSON has the fields of a dataclass, and whether a text may be a key: who
reads on finds the fields that there should be."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from functools import cache, lru_cache
from typing import Any

from .key import ContentKey, Options, PlanKey

_KINDS: dict[str, type] = {"plan": PlanKey, "object": ContentKey}
_TYPES: dict[str, type] = {"str": str, "int": int, "bool": bool, "Options": dict}
"""How a dataclass spells a type -> what JSON makes of it; lists of tuples."""


def is_key(text: str) -> bool:
    """Whether a text may be a key.

    What begins as JSON must have the fields of a key of this package in the order of their names,
    each of its type. Any other text is a name that somebody chose.
    """
    # Keys of a process differ in digests more than in anything else.
    return _is_key(_DIGEST.sub('""', text)) if text.startswith("{") else bool(text)


_DIGEST = re.compile('"[0-9a-f]{64}"')


@lru_cache(maxsize=1024)
def _is_key(text: str) -> bool:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return False
    kind = found.pop("kind", None)
    return isinstance(kind, str) and kind in _KINDS and has_fields(found, _KINDS[kind])


def has_fields(found: dict[str, Any], kind: type) -> bool:
    """Whether JSON has the fields of a dataclass in the order of their names, each of its type."""
    names, types, parts = _form_of(kind)
    if tuple(found) != names or tuple(map(type, found.values())) != types:
        return False
    return all(_has_parts(found[name], spelled) for name, spelled in parts)


def _has_parts(value: Any, spelled: str) -> bool:
    """Whether what is in a list or in options has its types; of numbers and texts nothing is."""
    if spelled == "Options":
        return has_fields(value, Options)
    part = spelled.removeprefix("tuple[").removesuffix(", ...]")
    wanted = _TYPES.get(part, list)
    return all(type(each) is wanted for each in value) and (
        part in _TYPES or all(_has_parts(each, part) for each in value)
    )


@cache
def _form_of(kind: type) -> tuple[tuple[str, ...], tuple[type, ...], list[tuple[str, str]]]:
    """Names of the fields, what JSON makes of their types, and the fields that have parts."""
    spelled = {each.name: str(each.type) for each in sorted(fields(kind), key=lambda f: f.name)}
    types = tuple(_TYPES.get(text, list) for text in spelled.values())
    parts = [pair for pair in spelled.items() if pair[1] == "Options" or pair[1] not in _TYPES]
    return tuple(spelled), types, parts
