"""Ops implemented by hand, by name; `ts.ops.mylib.f` shows them."""

from __future__ import annotations

from typing import Any

from ...ops import namespaces
from ...ops.errors import CustomOpError, nearest
from ...ops.registry import registry
from .custom import CustomOp

_ops: dict[str, CustomOp] = {}


def add(op: CustomOp) -> CustomOp:
    """Makes an op known by its name; one that was registered before under it is replaced.

    Raises:
        RuntimeError: An entry declares an op of that name.
    """
    if op.schema.name in registry:
        raise CustomOpError(f"{op.schema.name} is declared by an entry; undefine it before")
    namespaces.add(op.schema.name, op)
    _ops[op.schema.name] = op
    return op


def remove(op: CustomOp) -> None:
    """Takes an op out again, unless another has its name by now."""
    if _ops.get(op.schema.name) is op:
        del _ops[op.schema.name]
        namespaces.remove(op.schema.name)


def find(name: str) -> CustomOp | None:
    """The op called `namespace::name`, with an overload or without; None if there is none."""
    found = _ops.get(name)
    return _ops.get(name.partition(".")[0]) if found is None else found


def op_of(op: str | CustomOp | Any) -> CustomOp:
    """The op that a user means, by name or as the object.

    Raises:
        RuntimeError: There is none.
    """
    if isinstance(op, CustomOp):
        return op
    found = find(op) if isinstance(op, str) else None
    if found is None:
        near = nearest(op, list(_ops)) if isinstance(op, str) else ""
        raise CustomOpError(f"there is no op implemented by hand called {op!r}{near}")
    return found
