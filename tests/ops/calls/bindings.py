"""Bindings of calls of the small entries."""

from __future__ import annotations

from collections.abc import Mapping

from tensorsmith.ops import dtype as dtypes
from tensorsmith.ops.calls.binding import Argument, Binding
from tensorsmith.ops.calls.sizes import bind
from tensorsmith.ops.calls.specialize import specialize
from tensorsmith.ops.entries.read import read_text
from tensorsmith.ops.language.op import Op

from ..small_entries import ENTRIES

OPS: dict[str, Op] = {op.name: op for op in read_text(ENTRIES)}
OPS["max.1"] = OPS["max"].variants[0]
OPS["max.1"] = OPS["max"].variants[0]


def argument(given: object) -> Argument:
    if isinstance(given, Argument):
        return given
    if isinstance(given, int | float):
        kind = dtypes.float32 if isinstance(given, float) else dtypes.int64
        return Argument((), kind, number=True)
    assert isinstance(given, tuple)
    return Argument(given, dtypes.float32)


def integers(*shape: int) -> Argument:
    return Argument(shape, dtypes.int64)


def call(
    name: str,
    attributes: Mapping[str, object] | None = None,
    prefix: int = 0,
    **operands: object,
) -> Binding:
    """The binding of a call; a tuple is the shape of a float32 tensor."""
    attributes = attributes or {}
    choices = {key: str(attributes[key]) for key in attributes if key == "reduction"}
    op = specialize(OPS[name], frozenset(operands), choices)
    return bind(op, {key: argument(each) for key, each in operands.items()}, attributes, prefix)
