"""A GPU for the tests here: a real one where there is one, else two simulated ones."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from tensorsmith.backends.cuda import host
from tensorsmith.backends.cuda.driver.simulated.driver import SimulatedDriver
from tensorsmith.backends.cuda.driver.simulated.settings import Settings
from tensorsmith.backends.cuda.runtime import machine
from tensorsmith.tensor.calls.entries import forget_plans


def is_real() -> bool:
    """Whether there is a GPU."""
    return not machine.why_not() and not machine.is_simulated()


@pytest.fixture(autouse=True, scope="package")
def gpu() -> Iterator[None]:
    """Devices; plans that were made for others are forgotten."""
    if is_real():
        yield
        return
    if host.why_not():
        pytest.skip(host.why_not())
    machine.use_driver(SimulatedDriver(Settings(devices=2)))
    forget_plans()
    try:
        yield
    finally:
        forget_plans()
        machine.use_driver(None)


@pytest.fixture
def asked() -> None:
    """For what takes minutes on a simulated device: it was asked for."""
    if not is_real() and not os.environ.get("TENSORSMITH_CUDA"):
        pytest.skip("there is no GPU, and TENSORSMITH_CUDA=simulated does not ask for another")


@pytest.fixture
def second() -> str:
    """The name of another device than the current one."""
    if machine.device_count() < 2:
        pytest.skip("there is one GPU only")
    return "cuda:1"


@pytest.fixture
def driver() -> SimulatedDriver:
    """The driver of simulated devices, whose calls can be made to fail."""
    found = machine.machine().driver
    if not isinstance(found, SimulatedDriver):
        pytest.skip("calls of a real driver cannot be made to fail")
    return found
