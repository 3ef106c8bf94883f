"""Autocast: what is switched on in this thread, and operands converted as the rules of ops say.

Each entry of an op states its rule (`ops/entries/autocast.py`). `dispatch.call` converts operands
before anyone else sees the call, so that the tape and all transforms see plain conversions.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ...ops.calls.specialize import title
from ...ops.dtype import bfloat16, dtype, float16, float32
from ...ops.entries.autocast import DEVICES, reason_of
from ...ops.errors import ArgumentError, DeviceError, DtypeError
from ..base import TensorBase
from ..interpreters import modes

DEFAULTS = {"cpu": bfloat16, "cuda": float16}
STEP = 8  # codes of native code are multiples of it, beside the form of a call
active = False  # some thread has switched it on: until then dispatch need not ask


class Mode(threading.local):
    """What is switched on in this thread.

    Attributes:
        enabled: For each device type, whether operands are converted.
        kinds: For each device type the lower precision.
        keeps: Conversions of parameters are kept until the outermost context ends.
        nesting: How many contexts are open.
        casts: The conversions kept: by tensor, dtype and whether calls are recorded.
    """

    def __init__(self) -> None:
        self.enabled = dict.fromkeys(DEVICES, False)
        self.kinds = dict(DEFAULTS)
        self.keeps = True
        self.nesting = 0
        self.casts: dict[tuple[int, dtype, bool], tuple[Any, Any, int, Any]] = {}


mode = Mode()
_codes: dict[tuple[Any, ...], int] = {}


def checked_device(device_type: Any, name: str) -> str:
    """A device type that autocast knows.

    Raises:
        TypeError: It is not a string.
        RuntimeError: There is no autocast for it.
    """
    if not isinstance(device_type, str):
        raise ArgumentError(
            f"{name}: Expected `device_type` of type `str`, got: `{type(device_type)}`"
        )
    if device_type not in DEVICES:
        raise DeviceError(
            f"{name}: User specified an unsupported autocast device_type '{device_type}': it must "
            f"be one of {', '.join(DEVICES)}"
        )
    return device_type


def set_enabled(device_type: str, enabled: bool) -> None:
    """Switches autocast on or off for a device type, in this thread."""
    mode.enabled[checked_device(device_type, "set_autocast_enabled")] = bool(enabled)
    publish()


def set_kind(device_type: str, kind: dtype) -> None:
    """Sets the lower precision of a device type, in this thread."""
    checked_device(device_type, "set_autocast_dtype")
    if not isinstance(kind, dtype) or not kind.is_floating_point:
        raise ArgumentError(
            f"set_autocast_dtype: the dtype must be a floating point one, got {kind!r}"
        )
    mode.kinds[device_type] = kind
    publish()


def publish() -> None:
    """Tells native code what is switched on: plans made under one state serve that one only."""
    global active
    state = tuple(mode.kinds[each] if mode.enabled[each] else None for each in DEVICES)
    code = STEP * _codes.setdefault(state, len(_codes) + 1) if any(state) else 0
    modes.autocast = code
    active = active or bool(code)


def forget_casts() -> None:
    """Drops the conversions that are kept."""
    mode.casts.clear()


@contextmanager
def switched_off(device_type: str) -> Iterator[None]:
    """Inside, nothing is converted on devices of a type."""
    previous = mode.enabled[device_type]
    set_enabled(device_type, False)
    try:
        yield
    finally:
        set_enabled(device_type, previous)


# operands


def cast_operands(entry: Any, operands: tuple[Any, ...], attributes: tuple[Any, ...]) -> Any:
    """Operands as the rule of an op wants them; the same tuple if nothing changes.

    Raises:
        RuntimeError: The op is unsafe under autocast.
    """
    place = _place(operands)
    rule = entry.autocast.get(place) if mode.enabled.get(place, False) else None
    if rule is None or any(attributes[i] is not None for i in entry.chosen):
        return operands
    if rule in ("lower", "float32"):
        wanted = mode.kinds[place] if rule == "lower" else float32
    elif rule == "promote":
        seen = {x._layout.dtype for x in _tensors(operands) if _eligible(x, place)}
        if len(seen) < 2:
            return operands
        wanted = float32
    else:
        raise DtypeError(f"{title(entry.op.name)} is unsafe to autocast: {reason_of(rule)}")
    changed = [
        cast_value(x, wanted, place) if castable else x
        for x, castable in zip(operands, entry.castable)
    ]
    for a, b in zip(changed, operands):
        if a is not b:
            return tuple(changed)
    return operands


def cast_value(value: Any, kind: dtype, place: str) -> Any:
    """A tensor, or each of a list, converted if autocast converts such tensors on the device."""
    if isinstance(value, TensorBase):
        if not _eligible(value, place) or value._layout.dtype is kind:
            return value
        return _converted(value, kind, place)
    if type(value) in (tuple, list):
        return tuple([cast_value(each, kind, place) for each in value])
    return value


def raised(value: Any) -> Any:
    """The operand of a function made of ops that has the rule `float32` on the CPU."""
    return cast_value(value, float32, "cpu") if mode.enabled["cpu"] else value


def _place(operands: tuple[Any, ...]) -> str:
    """The device type of a call: a GPU's, if an operand lies there."""
    found = ""
    for x in _tensors(operands):
        kind = x._layout.device.type
        if kind != "cpu":
            return kind  # type: ignore[no-any-return]
        found = kind
    return found


def _tensors(operands: tuple[Any, ...]) -> list[Any]:
    found: list[Any] = []
    for x in operands:
        if isinstance(x, TensorBase):
            found.append(x)
        elif type(x) in (tuple, list):
            found += _tensors(tuple(x))
    return found


def _eligible(tensor: Any, place: str) -> bool:
    """Double precision was asked for by somebody, so it stays."""
    layout = tensor._layout
    return layout.dtype in _CONVERTED and layout.device.type == place


_CONVERTED = frozenset((float32, float16, bfloat16))
_convert: Callable[[Any, dtype], Any] | None = None


def convert_by(function: Callable[[Any, dtype], Any]) -> None:
    """Sets what makes conversions: `dispatch`, which lies above this module."""
    global _convert
    _convert = function


def _converted(tensor: Any, kind: dtype, place: str) -> Any:
    """The tensor with another dtype; that of a parameter is kept.

    What is kept counts for the very storage and version of the parameter, and for the grad mode:
    a conversion made under `no_grad` has no history.
    """
    assert _convert is not None
    leaf = tensor._requires and tensor._node is None and tensor._base is None
    if not (leaf and mode.keeps and mode.nesting and kind is mode.kinds[place]) or modes.stack:
        return _convert(tensor, kind)
    key = (id(tensor), kind, modes.grad)
    storage = tensor._storage
    known = mode.casts.get(key)
    if known is None or known[1] is not storage or known[2] != storage.version:
        known = mode.casts[key] = (tensor, storage, storage.version, _convert(tensor, kind))
    return known[3]
