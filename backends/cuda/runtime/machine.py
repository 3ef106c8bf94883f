"""The GPUs of this process: which driver serves them, and why there may be none.

Nothing of CUDA is touched before something here is asked for, and no context is made before a
device is used.
"""

from __future__ import annotations

import atexit
import os
import threading

from ....ops.errors import ArgumentValueError, BackendError, DeviceError
from ....ops.lock import PREPARING
from ..driver.protocol import SMALLEST_VERSION, Attribute, Driver
from ..driver.simulated.settings import SIMULATED, read_settings
from ..driver.status import NO_DEVICE, CudaError
from ..target import target_of
from .device import Device
from .pinned import PinnedPool

VARIABLE = "TENSORSMITH_CUDA"
FORKED = (
    "Cannot re-initialize CUDA in forked subprocess. To use CUDA with multiprocessing, you must "
    "use the 'spawn' start method"
)


class Machine:
    """Devices behind one driver.

    Args:
        driver: Initialized, and new enough.

    Attributes:
        devices: By number.
        pinned: Pinned memory of the host.
    """

    def __init__(self, driver: Driver) -> None:
        self.driver = driver
        self.devices = [Device(driver, number) for number in range(driver.device_count())]
        self.pinned = PinnedPool(self.devices[0].context)


class _Known:
    """What is known of this process.

    Attributes:
        machine: None before it is first asked for.
        why: Why there is none.
        forked: The process is a child of one that used CUDA.
    """

    machine: Machine | None = None
    why: str | None = None
    forked: bool = False


class _Thread(threading.local):
    """The current device of a thread."""

    device: int = 0


_known = _Known()
_thread = _Thread()


def _lose() -> None:
    """Nothing is given back to the driver any more."""
    if _known.machine is not None:
        for device in _known.machine.devices:
            device.context.lost = True


def _after_fork() -> None:
    if _known.machine is not None:
        _lose()
        _known.machine, _known.forked = None, True


atexit.register(_lose)  # by the time that objects are collected, the driver may be gone


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def use_driver(driver: Driver | None) -> None:
    """Serves this process by another driver from now on; None: by what the environment says.

    For tests. What was made on the old one must not be used any more.
    """
    with PREPARING:
        _lose()
        _known.machine, _known.why, _known.forked = None, None, False
        _thread.device = 0
        if driver is not None:
            _find(driver)


def _find(driver: Driver) -> None:
    """Sets the machine of a driver, or why there is none."""
    _known.why = _why_not(driver)
    if not _known.why:
        _known.machine = Machine(driver)


def _look() -> None:
    """Finds out what there is, once."""
    with PREPARING:
        if _known.machine is not None or _known.why is not None:
            return
        chosen = os.environ.get(VARIABLE, "")
        if chosen == "off":
            _known.why = f"{VARIABLE}=off"
        elif chosen:
            from ..driver.simulated.driver import SimulatedDriver  # for tests only

            _find(SimulatedDriver(read_settings(chosen)))
        else:
            from ..driver.bindings import BoundDriver, MissingDriverError

            try:
                _find(BoundDriver())
            except MissingDriverError as error:
                _known.why = str(error)


def _why_not(driver: Driver) -> str:
    """Why a driver serves no device; empty if it does."""
    try:
        version = driver.version()
        if version < SMALLEST_VERSION:
            return (
                "The NVIDIA driver on your system is too old: it is for CUDA "
                f"{_version(version)}, and CUDA {_version(SMALLEST_VERSION)} is needed"
            )
        driver.initialize()
        if driver.device_count():
            return _why_none_served(driver)
    except CudaError as error:
        if error.code != NO_DEVICE:
            return str(error)
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        return f"the driver finds no device with CUDA_VISIBLE_DEVICES={visible!r}"
    return "the driver finds no device"


def _why_none_served(driver: Driver) -> str:
    """Why kernels can be compiled for none of the devices; empty if they can for one."""
    reasons = []
    for number in range(driver.device_count()):
        major, minor = (
            driver.device_attribute(number, which)
            for which in (
                Attribute.COMPUTE_CAPABILITY_MAJOR, Attribute.COMPUTE_CAPABILITY_MINOR
            )
        )  # fmt: skip
        try:
            target_of(major, minor)
        except BackendError as error:
            reasons.append(str(error))
        else:
            return ""
    return "; ".join(dict.fromkeys(reasons))


def _version(number: int) -> str:
    return f"{number // 1000}.{number % 1000 // 10}"


def why_not() -> str:
    """Why there is no GPU; empty if there is one."""
    if _known.forked:
        return FORKED
    if _known.machine is None and _known.why is None:
        _look()
    return _known.why or ""


def device_count() -> int:
    """How many devices there are."""
    return 0 if why_not() else len(machine().devices)


def is_initialized() -> bool:
    """A device was used."""
    found = _known.machine
    return found is not None and any(device.context.is_made() for device in found.devices)


def is_simulated() -> bool:
    """The devices are simulated ones."""
    return not why_not() and machine().driver.name == SIMULATED


def machine() -> Machine:
    """The devices of this process.

    Raises:
        DeviceError: There are none; with PyTorch's words and the reason.
    """
    found = _known.machine
    if found is not None:
        return found
    why = why_not()
    if _known.machine is None:
        raise DeviceError(why if _known.forked else f"No CUDA GPUs are available: {why}")
    return _known.machine


def get_device(index: int | None = None) -> Device:
    """A device by number; None: this thread's current one.

    Raises:
        DeviceError: There is none of that number.
    """
    devices = machine().devices
    if index is None:
        index = _thread.device
    if not 0 <= index < len(devices):
        raise DeviceError(
            "CUDA error: invalid device ordinal: device must be in "
            f"[0, {len(devices)}), got {index}"
        )
    return devices[index]


def current_device() -> int:
    """The number of this thread's current device."""
    machine()
    return _thread.device


def set_device(index: int) -> None:
    """Makes a device the current one of this thread; nothing if the number is negative.

    Raises:
        DeviceError: There is none of that number.
    """
    if index >= 0:
        get_device(index)
        _thread.device = index


def parse_index(device: object) -> int | None:
    """The number of what a user calls a device: a number, `cuda:1`, or what has an `index`.

    Raises:
        ArgumentValueError: It is no CUDA device.
    """
    if device is None or (isinstance(device, int) and not isinstance(device, bool)):
        return device
    kind, index = getattr(device, "type", None), getattr(device, "index", None)
    if isinstance(device, str):
        kind, _, number = device.partition(":")
        index = int(number) if number.isdecimal() else None if not number else -1
    if kind != "cuda" or index == -1:
        raise ArgumentValueError(f"Expected a cuda device, but got: {device}")
    return index
