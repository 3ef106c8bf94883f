"""Entries by name, host routines by name, and the ops that convert dtypes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...ops import registry
from ...ops.dtype import dtype
from ...ops.language.expression import Cast, Read, Statement
from ...ops.language.op import Input, Op, Output, TensorType
from ...ops.lock import PREPARING
from ..native.attach import unlink
from .plans import Entry, with_defaults

Routine = Callable[..., Any]


routines: dict[str, Routine] = {}  # host routines of extern ops, by name
at_home: set[str] = set()  # those that take tensors of any device

_by_name: dict[str, Entry] = {}
_by_identity: dict[int, Entry] = {}


def routine(name: str, anywhere: bool = False) -> Callable[[Routine], Routine]:
    """Registers the host routine of extern ops: operands, then attributes, in the entry's order.

    Args:
        name: Of the routine.
        anywhere: It takes tensors of any device; others get theirs on the CPU.
    """

    def register(function: Routine) -> Routine:
        routines[name] = function
        if anywhere:
            at_home.add(name)
        return function

    return register


def entry_of(op: str | Op) -> Entry:
    """The entry for a registry name, or for an op object (a derived op, a user's op)."""
    found = _by_name.get(op) if type(op) is str else _by_identity.get(id(op))
    if found is not None:
        return found
    if isinstance(op, str):
        return _by_name.setdefault(op, entry_of(registry.get(op)))
    # where threads race here, all go on with one: native code looks at its parts
    return _by_identity.setdefault(id(op), Entry(op))


def folded(entry: Entry) -> Entry:
    """The entry with its numbers fixed to their defaults: `a + b` without a factor of 1."""
    if entry.fold is None:
        with PREPARING:  # one of all threads makes it
            if entry.fold is None:
                made = entry_of(with_defaults(entry.op))
                made.replacement = entry.replacement
                made.records = entry.records  # calls of both are looked up there by native code
                entry.fold = made
    return entry.fold


def fold(entry: Entry, attributes: tuple[Any, ...]) -> tuple[Entry, tuple[Any, ...]]:
    """The entry without its numbers, where all of them have their defaults."""
    if entry.folds and attributes == entry.defaults and _are_whole(attributes, entry.defaults):
        return folded(entry), ()
    return entry, attributes


def _are_whole(attributes: tuple[Any, ...], defaults: tuple[Any, ...]) -> bool:
    """No attribute is a fraction or a truth value where the default is an integer: 1.0 and True are
    refused where 1 is not."""
    pairs = [(type(x), type(y)) for x, y in zip(attributes, defaults)]
    return all(own is given or given not in (float, bool) for given, own in pairs)


def forget_plans() -> None:
    """Drops all plans: what they were made from (the default dtype, an entry) has changed."""
    for entry in list(_by_identity.values()):  # other threads may add some
        entry.forget()


def forget_op(op: Op) -> None:
    """Drops all that is known of a user's op that is taken out; calls by its name are refused."""
    found = _by_name.pop(op.name, None)
    for each in (op, *op.variants):
        entry = _by_identity.pop(id(each), None)
        for known in (entry, entry and entry.fold):
            if known is not None:
                known.forget()
                _retired.extend(known.records.values())
                _by_identity.pop(id(known.op), None)
    if found is not None:
        unlink(op.name)


_retired: list[Any] = []  # records whose memory functions made before still look at


_casts: dict[dtype, Op] = {}


def cast_op(kind: dtype) -> Op:
    """The op that converts elements to a dtype."""
    found = _casts.get(kind)
    if found is None:
        made = Op(
            name=f"to_{kind.name}",
            doc=f"Elements converted to {kind.name}.",
            inputs=(Input("input", TensorType("Any", True, (), True)),),
            attributes=(),
            outputs=(Output("output", TensorType(kind.name, True, (), True)),),
            define=(Statement(Read("output"), Cast(Read("input"), kind.name)),),
        )
        found = _casts.setdefault(kind, made)
    return found
