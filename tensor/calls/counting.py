"""Sizes that depend on elements: a first call counts, and the number is an attribute of the call.

`ops/calls/counted.py` makes the op that counts. Reading its result waits for the device.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

from ...ops.calls.specialize import title
from ...ops.errors import BackendError
from .. import interpreters
from ..devices import CPU
from ..interpreters import modes
from ..tensor import Tensor
from .plans import Entry


def with_counts(
    entry: Entry,
    operands: tuple[Any, ...],
    attributes: tuple[Any, ...],
    call: Callable[..., Any],
) -> tuple[Any, ...]:
    """The attributes of a call, with all sizes that depend on elements.

    Args:
        entry: The op.
        operands, attributes: Of the call.
        call: `dispatch.call`.

    Raises:
        RuntimeError: There are no elements to count, or there is a number for each of a batch.
    """
    assert entry.counter is not None
    places = entry.counted
    kept = tuple([x for place, x in enumerate(attributes) if place not in places])
    recording = modes.grad
    if recording:
        modes.grad = False
    try:
        found = call(entry.counter, operands, kept)
    finally:
        if recording:
            modes.grad = True
    complete = list(attributes)
    for place, count in zip(places, found if len(places) > 1 else (found,)):
        if complete[place] is None:
            complete[place] = _number(entry, count)
    return tuple(complete)


def _number(entry: Entry, count: Any) -> int:
    """The number that a tensor holds."""
    if type(count) is Tensor and count._layout.device is CPU:
        return ctypes.c_int64.from_address(count._data).value
    if count._layout.device.type == "meta":
        raise BackendError(
            f"{title(entry.op.name)}: the shape of the result depends on elements, and a tensor on "
            "the device meta has no elements"
        )
    if interpreters.active:
        for level in modes.stack:
            if level.wraps(count):
                level.counting(title(entry.op.name))
    return int(count.item())
