"""Pinned memory is kept, and given out again when copies are done with it."""

from __future__ import annotations

import ctypes

import pytest
from tensorsmith.backends.cuda.driver.simulated.driver import SimulatedDriver
from tensorsmith.backends.cuda.runtime import copying
from tensorsmith.backends.cuda.runtime.machine import machine
from tensorsmith.backends.cuda.runtime.pinned import PinnedPool
from tensorsmith.backends.cuda.runtime.queue import Queue
from tensorsmith.ops.errors import OutOfMemoryError

from ..machines import allocate, download


@pytest.fixture
def pool(driver: SimulatedDriver) -> PinnedPool:
    return machine().pinned


def test_blocks_are_kept_by_powers_of_two(driver: SimulatedDriver, pool: PinnedPool) -> None:
    first = pool.allocate(600).address
    assert pool.allocate(1000).address == first
    assert pool.allocate(1025).address != first and driver.calls["cuMemHostAlloc"] == 2


def test_a_block_waits_for_the_copies_that_use_it(
    driver: SimulatedDriver, pool: PinnedPool, queue: Queue
) -> None:
    pinned, there = pool.allocate(4), allocate(4)
    ctypes.memset(pinned.address, 0, 4)
    copying.copy_to_device(there.address, pinned.address, 4, queue)
    pinned.record_stream(queue)
    address = pinned.address
    del pinned
    assert pool.allocate(4).address != address
    queue.synchronize()
    kept = [pool.allocate(4), pool.allocate(4)]
    assert address in [each.address for each in kept]
    assert download(there) == [0.0]


def test_an_empty_cache_gives_the_blocks_back(driver: SimulatedDriver, pool: PinnedPool) -> None:
    pool.allocate(4)
    pool.empty_cache()
    assert driver.leaks() == []


def test_what_is_kept_is_given_back_before_memory_is_said_to_be_out(
    driver: SimulatedDriver, pool: PinnedPool
) -> None:
    half = driver.settings.pinned // 2
    pool.allocate(half)
    pool.allocate(2 * half)
    with pytest.raises(OutOfMemoryError, match=r"Tried to pin 2.00 MiB of the host's memory"):
        pool.allocate(4 * half)
