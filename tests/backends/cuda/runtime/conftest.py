"""Each test has a simulated machine of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tensorsmith.backends.cuda.driver.simulated.driver import SimulatedDriver
from tensorsmith.backends.cuda.runtime.allocator import Allocator
from tensorsmith.backends.cuda.runtime.device import Device
from tensorsmith.backends.cuda.runtime.machine import get_device
from tensorsmith.backends.cuda.runtime.queue import Queue

from ..machines import simulated


@pytest.fixture
def driver() -> Iterator[SimulatedDriver]:
    with simulated() as made:
        yield made


@pytest.fixture
def device(driver: SimulatedDriver) -> Device:
    return get_device(0)


@pytest.fixture
def allocator(device: Device) -> Allocator:
    return device.allocator


@pytest.fixture
def queue(device: Device) -> Queue:
    return device.queues.default


@pytest.fixture
def other(device: Device) -> Queue:
    return device.queues.new()
