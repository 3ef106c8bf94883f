"""Sizes that depend on elements: a first call counts, and what it finds is an attribute of the call.

`ops/counted.py` makes the op that counts. Reading its result waits for the device.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

from ..ops.errors import BackendError
from ..ops.specialize import title
from . import interpreters
from .devices import CPU
from .interpreters import modes
from .plans import Entry
from .tensor import Tensor


def is_open(entry: Entry, attributes: tuple[Any, ...]) -> bool:
    """Whether a size that depends on elements is not known yet."""
    return any(
        value is None and spec.counted is not None for spec, value in zip(entry.specs, attributes)
    )


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
    kept = tuple([x for spec, x in zip(entry.specs, attributes) if spec.counted is None])
    recording, modes.grad = modes.grad, False
    try:
        found = call(entry.counter, operands, kept)
    finally:
        modes.grad = recording
    results = found if isinstance(found, tuple) else (found,)
    numbers = iter([_number(entry, each) for each in results])
    return tuple(
        [
            value if spec.counted is None else next(numbers) if value is None else value
            for spec, value in zip(entry.specs, attributes)
        ]
    )


def _number(entry: Entry, count: Any) -> int:
    """The number that a tensor holds."""
    if count._layout.device.type == "meta":
        raise BackendError(
            f"{title(entry.op.name)}: the shape of the result depends on elements, and a tensor on "
            "the device meta has no elements"
        )
    if interpreters.active:
        for level in modes.stack:
            if level.wraps(count):
                level.counting(title(entry.op.name))
    if type(count) is Tensor and count._layout.device is CPU:
        return ctypes.c_int64.from_address(count._data).value
    return int(count.item())
