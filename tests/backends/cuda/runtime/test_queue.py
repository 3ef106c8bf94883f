"""Streams, events and copies."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from tensorsmith.backends.cuda.driver import status
from tensorsmith.backends.cuda.driver.simulated.driver import SimulatedDriver
from tensorsmith.backends.cuda.driver.status import CudaError
from tensorsmith.backends.cuda.runtime import copying, current
from tensorsmith.backends.cuda.runtime.device import Device
from tensorsmith.backends.cuda.runtime.event import Place
from tensorsmith.backends.cuda.runtime.machine import get_device
from tensorsmith.backends.cuda.runtime.queue import POOLED, Queue
from tensorsmith.ops.errors import BackendError

from ..machines import allocate, download, kernel, needs_compiler, pointer, upload


def test_the_current_stream_is_the_default_one_until_another_is_chosen(device: Device) -> None:
    assert current.current_queue() is device.queues.default
    chosen = current.new_queue()
    current.set_current_queue(chosen)
    assert current.current_queue() is chosen and current.default_queue().handle == 0
    assert current.current_queue(1) is get_device(1).queues.default


def test_each_thread_has_a_current_stream_of_its_own(device: Device) -> None:
    current.set_current_queue(current.new_queue())
    found: list[Queue] = []
    thread = threading.Thread(target=lambda: found.append(current.current_queue()))
    thread.start()
    thread.join()
    assert found == [device.queues.default]


def test_streams_come_from_a_pool(driver: SimulatedDriver, device: Device) -> None:
    handles = [device.queues.new().handle for _ in range(POOLED + 2)]
    assert len(set(handles)) == POOLED and handles[POOLED:] == handles[:2]


def test_priorities_are_those_that_the_device_has(device: Device) -> None:
    assert [device.queues.new(p).priority for p in (-100, -1, 0, 5)] == [-5, -1, 0, 0]


def test_streams_with_priority_are_others(device: Device) -> None:
    assert device.queues.new(-1).handle != device.queues.new(0).handle


def test_a_stream_of_others_is_known_by_its_handle(
    driver: SimulatedDriver, device: Device, other: Queue
) -> None:
    assert device.queues.of_handle(0) is device.queues.default
    assert device.queues.of_handle(other.handle) is other
    handle = driver.create_stream(1, 0)
    assert device.queues.of_handle(handle) is device.queues.of_handle(handle)
    device.synchronize()


def test_objects_of_a_context_that_failed_go_quietly(
    driver: SimulatedDriver, device: Device, queue: Queue, other: Queue
) -> None:
    event, buffer = Place(), allocate(8, queue)
    event.record(queue)
    buffer.record_stream(other)
    copying.fill(buffer.address, 0, 9, queue)
    with pytest.raises(CudaError, match="illegal memory access"):
        queue.synchronize()
    del event, buffer


def test_a_copy_and_back_gives_the_same_numbers(driver: SimulatedDriver) -> None:
    assert download(upload([1.0, 2.0, 3.0])) == [1.0, 2.0, 3.0]


def test_a_copy_of_nothing_asks_the_driver_nothing(driver: SimulatedDriver, queue: Queue) -> None:
    copying.copy_to_device(0, 0, 0, queue)
    copying.copy_to_host(0, 0, 0, queue)
    copying.copy_on_device(0, 0, 0, queue)
    copying.copy_to_peer(0, queue.context, 0, queue.context, 0, queue)
    copying.fill(0, 0, 0, queue)
    assert not any(call.startswith(("cuMemcpy", "cuMemset")) for call in driver.calls)


def test_memory_is_copied_on_a_device_and_between_devices(
    driver: SimulatedDriver, device: Device, queue: Queue
) -> None:
    source, same = upload([1.0, 2.0]), allocate(8)
    copying.copy_on_device(same.address, source.address, 8, queue)
    there = allocate(8, device=1)
    get_device(1).synchronize()
    other = get_device(1).context
    copying.copy_to_peer(there.address, other, same.address, device.context, 8, queue)
    queue.synchronize()
    assert download(there, device=1) == [1.0, 2.0]


def test_an_event_orders_two_streams(device: Device, queue: Queue, other: Queue) -> None:
    buffer, event = allocate(4, queue), Place()
    copying.fill(buffer.address, 0, 4, queue)
    event.record(queue)
    event.hold(other)
    assert download(buffer, other) == [0.0]


def test_an_event_that_was_never_recorded_is_done_and_holds_nobody(queue: Queue) -> None:
    event = Place()
    event.hold(queue)
    event.synchronize()
    assert event.is_done() and event.handle == 0
    with pytest.raises(BackendError, match="Event must be recorded before it is used"):
        event.milliseconds_to(event)


def test_an_event_stays_on_its_device(device: Device, queue: Queue) -> None:
    event = Place()
    event.record(queue)
    with pytest.raises(BackendError, match="device 0 does not match recording stream's device 1"):
        event.record(get_device(1).queues.default)


def test_time_is_measured_between_events_that_are_made_for_it(queue: Queue) -> None:
    start, end, other = Place(timing=True), Place(timing=True), Place()
    for event in (start, end, other):
        event.record(queue)
    end.synchronize()
    assert end.is_done() and start.milliseconds_to(end) >= 0
    with pytest.raises(BackendError, match="must be created with argument 'enable_timing=True'"):
        start.milliseconds_to(other)


def test_events_go_when_nobody_has_them(driver: SimulatedDriver, queue: Queue) -> None:
    event = Place()
    event.record(queue)
    assert "Event" in driver.leaks()
    del event
    assert "Event" not in driver.leaks()


@needs_compiler
def test_kernels_run_on_any_device(driver: SimulatedDriver) -> None:
    buffer, queue = upload([1.0, 2.0, 3.0], device=1), get_device(1).queues.default
    kernel("twice", 1).launch(1, queue, (buffer.address, 3))
    kernel("add", 1).launch(1, queue, (buffer.address, 2, 0.5))
    kernel("add", 1).launch(0, queue, (0, 0, 0.0))  # no blocks
    assert download(buffer, device=1) == [2.5, 4.5, 6.0]


@needs_compiler
def test_an_error_of_earlier_work_names_what_was_launched(
    driver: SimulatedDriver, queue: Queue
) -> None:
    buffer = upload([1.0, 2.0, 3.0])
    kernel("add").launch(1, queue, (buffer.address, 3, 1.0))
    kernel("twice").launch(1, queue, (buffer.address, 4))
    with pytest.raises(CudaError) as caught:
        queue.synchronize()
    assert caught.value.code == status.ILLEGAL_ADDRESS
    assert "twice: thread 3 of block 0 reaches outside of all operands" in str(caught.value)
    assert str(caught.value).endswith(
        "earlier work failed, and it is told late; launched in this stream before, the youngest "
        "last: add, twice"
    )
    with pytest.raises(CudaError, match="launching add"):
        kernel("add").launch(1, queue, (buffer.address, 3, 1.0))


@needs_compiler
def test_a_kernel_whose_threads_miss_a_barrier_fails(
    driver: SimulatedDriver, device: Device, queue: Queue
) -> None:
    kernel("parted").launch(1, queue, (5,))
    with pytest.raises(CudaError, match=r"unspecified launch failure.*parted: a barrier in line"):
        device.synchronize()


@needs_compiler
def test_a_launch_that_fails_at_once_is_named(driver: SimulatedDriver, queue: Queue) -> None:
    found = kernel("twice")
    driver.failures.plan("cuLaunchKernel", status.LAUNCH_OUT_OF_RESOURCES)
    with pytest.raises(CudaError, match=r"too many resources requested .*launching twice"):
        found.launch(1, queue, (0, 0))
    buffer = upload([1.0])
    found.launch(1, queue, (buffer.address, 1))
    assert download(buffer) == [2.0]


@needs_compiler
def test_threads_may_launch_one_kernel_at_once(driver: SimulatedDriver, queue: Queue) -> None:
    found, buffers = kernel("add"), [upload([0.0]) for _ in range(4)]

    def work(number: int) -> None:
        for _ in range(50):
            found.launch(1, queue, (buffers[number].address, 1, number + 1.0))

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [download(buffer) for buffer in buffers] == [[50.0], [100.0], [150.0], [200.0]]


def test_a_module_is_loaded_once(driver: SimulatedDriver, device: Device) -> None:
    def image() -> bytes:
        asked.append(1)
        return b"no image"

    asked: list[int] = []
    with pytest.raises(CudaError, match="device kernel image is invalid"):
        device.modules.function("key", "entry", image)
    device.modules._functions["key", "entry"] = 7
    assert device.modules.function("key", "entry", image) == 7 and asked == [1]


def test_pageable_memory_may_be_written_over_at_once(driver: SimulatedDriver, queue: Queue) -> None:
    array, buffer = np.ones(2, np.float32), allocate(8)
    copying.copy_to_device(buffer.address, pointer(array), 8, queue)
    array[:] = 5
    assert download(buffer) == [1.0, 1.0]
