"""Device names, and the device that a new tensor gets when none is named."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Any

from .. import backends
from ..ops.errors import DeviceError
from .interpreters import modes

KINDS = ("cpu", "meta", "cuda")


class device:  # noqa: N801  (PyTorch's spelling)
    """Where a tensor's elements lie: `cpu`, `meta` (nowhere: shapes only) or `cuda:0`.

    As a context manager it is the device of tensors created inside without one.

    Args:
        type: `cpu`, `cuda:1`, another device, or the number of a CUDA device.
        index: Number of the device; None for the current one.

    Raises:
        RuntimeError: the name is not known.
    """

    __module__ = "tensorsmith"  # the public name, which files hold
    __slots__ = ("_previous", "index", "type")
    type: str
    index: int | None
    _previous: list[device]

    def __new__(cls, type: str | int | device, index: int | None = None) -> device:
        name = _parsed(type, index)
        found = _objects.get(name)
        if found is None:
            found = object.__new__(cls)
            found.type, found.index = name
            found._previous = []
            # Layouts compare devices by identity: there is one object for each name.
            found = _objects.setdefault(name, found)
        return found

    def __repr__(self) -> str:
        place = "" if self.index is None else f", index={self.index}"
        return f"device(type='{self.type}'{place})"

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __reduce__(self) -> tuple[Any, ...]:
        return (device, (self.type, self.index))

    def __enter__(self) -> device:
        self._previous.append(_state.default)
        _state.default = self
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,  # type: ignore[valid-type]
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _state.default = self._previous.pop()


_objects: dict[tuple[str, int | None], device] = {}


def _parsed(type: str | int | device, index: int | None) -> tuple[str, int | None]:
    """Kind and number of a device, from what a user wrote."""
    if index is not None and index < 0:
        raise DeviceError(f"device: Device index must not be negative, got {index}")
    if isinstance(type, device):
        return type.type, type.index if index is None else index
    if isinstance(type, int):
        return "cuda", int(type)
    if not isinstance(type, str):
        raise TypeError(f"device: a name or a number is needed, but {type!r} was given")
    kind, colon, number = type.partition(":")
    if kind not in KINDS or (colon and not number.isdecimal()):
        raise DeviceError(
            f"device: the name must be one of {', '.join(KINDS)}, with an optional number "
            f"as in 'cuda:0', but {type!r} was given"
        )
    if colon and index is not None:
        raise DeviceError(f"device: {type!r} has a number, and index={index} was given too")
    return kind, int(number) if colon else index


CPU = device("cpu")
META = device("meta")


class _State(threading.local):
    """The default device of this thread."""

    def __init__(self) -> None:
        self._default: device = CPU

    @property
    def default(self) -> device:
        return self._default

    @default.setter
    def default(self, place: device) -> None:
        self._default = place
        modes.flags.elsewhere = int(place is not CPU)


_state = _State()


def get_default_device() -> device:
    """The device of tensors that are created without naming one."""
    return _state.default


def set_default_device(target: device | str | None) -> None:
    """Makes `target` (None: the CPU) the device of tensors that are created without naming one."""
    _state.default = CPU if target is None else device(target)


def usable(target: device | str | int | None) -> device:
    """The device object for what a user wrote, when tensors can be made on it.

    Raises:
        RuntimeError: the name is not known, or there is no such CUDA device.
    """
    if target is None:
        target = _state.default
    elif type(target) is not device:
        target = device(target)
    if target.type == "cpu":
        return CPU
    if target.type == "meta":
        return META
    return device(target.type, backends.family(target.type).number_of(target.index))
