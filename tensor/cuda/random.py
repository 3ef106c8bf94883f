"""Generators of GPUs: each device has one, which draws the numbers that the CPU's would draw."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...backends.cuda.runtime import machine
from ..creation.generator import Generator, device_generator, seed_devices
from ..tensor import Tensor


def _generator(device: Any = None) -> Generator:
    """The generator of a device."""
    index = machine.get_device(machine.parse_index(device)).number
    return device_generator(index)


def manual_seed(seed: int) -> None:
    """Starts the generator of the current device anew; nothing where there is no GPU."""
    if not machine.why_not():
        _generator().manual_seed(seed)


def manual_seed_all(seed: int) -> None:
    """Starts the generators of all devices anew; nothing where there is no GPU."""
    seed_devices(seed)


def seed() -> None:
    """Starts the generator of the current device anew from a seed of the operating system."""
    if not machine.why_not():
        _generator().seed()


def seed_all() -> None:
    """Starts the generators of all devices anew from one seed of the operating system."""
    if not machine.why_not():
        seed_devices(_generator().seed())


def initial_seed() -> int:
    """The seed that the generator of the current device started from."""
    return _generator().initial_seed()


def get_rng_state(device: Any = "cuda") -> Tensor:
    """The state of a device's generator: 16 bytes on the CPU."""
    return _generator(device).get_state()


def get_rng_state_all() -> list[Tensor]:
    """The states of all devices' generators."""
    return [get_rng_state(number) for number in range(machine.device_count())]


def set_rng_state(new_state: Tensor, device: Any = "cuda") -> None:
    """Continues a device's generator from what `get_rng_state` gave."""
    _generator(device).set_state(new_state)


def set_rng_state_all(new_states: Iterable[Tensor]) -> None:
    """Likewise for all devices."""
    for number, state in enumerate(new_states):
        set_rng_state(state, number)
