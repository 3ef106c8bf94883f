"""Which GPUs there are, which is the current one, and what they are like."""

from __future__ import annotations

from typing import Any

from ...backends.cuda.runtime import machine, waiting
from ...backends.cuda.runtime.device import Device
from ...backends.cuda.runtime.properties import Properties
from ...backends.cuda.target import PORTABLE
from ..base import TensorBase
from ..devices import device as place


def is_available() -> bool:
    """Whether tensors can be made on a GPU; `why_not` says why if they cannot."""
    return not machine.why_not()


def why_not() -> str:
    """Why there is no GPU to be used; empty if there is one."""
    return machine.why_not()


def device_count() -> int:
    """How many GPUs there are; 0 if none can be used."""
    return machine.device_count()


def init() -> None:
    """Makes the context of the current device, which the first use of it does anyway.

    Raises:
        RuntimeError: There is no GPU, or this process was forked from one that used it.
    """
    machine.get_device().context.activate()


def is_initialized() -> bool:
    """Whether a GPU was used."""
    return machine.is_initialized()


def current_device() -> int:
    """The number of this thread's current device."""
    return machine.current_device()


def set_device(device: Any) -> None:
    """Makes a device the current one of this thread; nothing if its number is negative."""
    index = machine.parse_index(device)
    if index is not None:
        machine.set_device(index)


class device:  # noqa: N801  (PyTorch's spelling)
    """Inside, another device is the current one.

    Args:
        device: Number, name or `device`; None and negative numbers change nothing.
    """

    def __init__(self, device: Any) -> None:
        self.idx = machine.parse_index(device)
        self.prev_idx = -1

    def __enter__(self) -> None:
        if self.idx is not None and self.idx >= 0:
            self.prev_idx = machine.current_device()
            machine.set_device(self.idx)

    def __exit__(self, *_: object) -> None:
        machine.set_device(self.prev_idx)


class device_of(device):  # noqa: N801
    """Inside, the device of a tensor is the current one; nothing if it is on the CPU."""

    def __init__(self, obj: TensorBase) -> None:
        where: place = obj.device
        super().__init__(where.index if where.type == "cuda" else None)


def synchronize(device: Any = None) -> None:
    """Waits for all work of a device.

    Raises:
        RuntimeError: Work failed.
    """
    found(device).synchronize()


def found(device: Any = None) -> Device:
    """The device of the run time that a user means; None: the current one."""
    return machine.get_device(machine.parse_index(device))


def get_device_properties(device: Any = None) -> Properties:
    """What is known of a device."""
    return found(device).properties


def get_device_name(device: Any = None) -> str:
    """Its name."""
    return found(device).properties.name


def get_device_capability(device: Any = None) -> tuple[int, int]:
    """Its compute capability: (9, 0)."""
    return found(device).capability


def can_device_access_peer(device: Any, peer_device: Any) -> bool:
    """Whether a device can reach the memory of another one."""
    first, second = found(device), found(peer_device)
    if first is second:
        return False
    return first.driver.can_access_peer(first.number, second.number)


def get_arch_list() -> list[str]:
    """The compute capabilities that kernels are compiled for; none if there is no GPU."""
    return list(PORTABLE) if is_available() else []


def is_bf16_supported(including_emulation: bool = True) -> bool:
    """Whether kernels compute with bfloat16: those of every GPU that is served do."""
    return is_available()


def utilization(device: Any = None) -> int:
    """Not there: how busy a GPU is only NVIDIA's management library (NVML) says, which is not used.

    Raises:
        NotImplementedError: Always.
    """
    raise NotImplementedError(
        "utilization: how busy a GPU is only NVML knows, which is not used here; "
        "`nvidia-smi --query-gpu=utilization.gpu --format=csv` prints it"
    )


def set_sync_debug_mode(debug_mode: int | str) -> None:
    """What is done when the host waits for a GPU though nobody asked for that, as `item()` does.

    Args:
        debug_mode: 0 or "default": nothing; 1 or "warn": a warning; 2 or "error": an error.

    Raises:
        ValueError: It is something else.
    """
    waiting.set_mode(debug_mode)


def get_sync_debug_mode() -> int:
    """What `set_sync_debug_mode` set, as a number."""
    return waiting.get_mode()
