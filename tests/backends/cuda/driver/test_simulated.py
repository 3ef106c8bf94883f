"""The simulated driver finds what a real device would not tell, and says what a real one says."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator

import numpy as np
import pytest
from tensorsmith.backends.cuda.driver import status
from tensorsmith.backends.cuda.driver.protocol import NON_BLOCKING
from tensorsmith.backends.cuda.driver.simulated.driver import SimulatedDriver
from tensorsmith.backends.cuda.driver.simulated.settings import Settings, read_settings
from tensorsmith.backends.cuda.driver.simulated.stream import Stream
from tensorsmith.backends.cuda.driver.status import CudaError, error_of
from tensorsmith.backends.cuda.runtime.module import Parameters
from tensorsmith.ops.errors import ArgumentValueError

from ..machines import image, needs_compiler, pointer


@pytest.fixture
def driver() -> Iterator[SimulatedDriver]:
    made = SimulatedDriver(Settings(devices=2, memory=1 << 20, pinned=1 << 16))
    made.initialize()
    made.set_context(made.retain_context(0))
    yield made


def fails(code: int) -> pytest.RaisesExc[CudaError]:
    """The call gives that status."""
    return pytest.RaisesExc(CudaError, check=lambda error: error.code == code)


def read(driver: SimulatedDriver, address: int, nbytes: int, stream: int = 0) -> bytes:
    """What a device has in its memory."""
    into = np.empty(nbytes, np.uint8)
    driver.copy_to_host(pointer(into), address, nbytes, stream)
    return into.tobytes()


def test_an_error_names_the_call_the_status_and_what_cuda_says() -> None:
    error = error_of("cuMemAlloc", status.OUT_OF_MEMORY)
    text = "CUDA error: out of memory (cuMemAlloc gave CUDA_ERROR_OUT_OF_MEMORY)"
    assert str(error) == text and isinstance(error, RuntimeError)
    assert str(error.explained("why")) == f"{text}; why"


def test_nothing_works_before_it_is_initialized() -> None:
    with fails(status.NOT_INITIALIZED):
        SimulatedDriver().device_count()


def test_a_machine_without_devices_says_so() -> None:
    with fails(status.NO_DEVICE):
        SimulatedDriver(Settings(devices=0)).initialize()


def test_a_device_that_is_not_there_is_refused(driver: SimulatedDriver) -> None:
    with fails(status.INVALID_DEVICE):
        driver.device_name(2)


def test_a_thread_without_a_context_can_do_nothing() -> None:
    driver = SimulatedDriver()
    driver.initialize()
    with fails(status.INVALID_CONTEXT):
        driver.allocate(8)


def test_memory_has_a_bound(driver: SimulatedDriver) -> None:
    driver.allocate(1 << 19)
    with fails(status.OUT_OF_MEMORY):
        driver.allocate((1 << 19) + 1)
    assert driver.memory_info() == (1 << 19, 1 << 20)


def test_memory_is_poisoned_when_it_is_given_out(driver: SimulatedDriver) -> None:
    assert read(driver, driver.allocate(4), 4) == b"\x5a" * 4


def test_freeing_twice_is_refused(driver: SimulatedDriver) -> None:
    address = driver.allocate(64)
    driver.free(address)
    with fails(status.INVALID_VALUE):
        driver.free(address)


def test_a_copy_past_the_end_is_refused_at_once(driver: SimulatedDriver) -> None:
    address = driver.allocate(64)
    with fails(status.INVALID_VALUE):
        driver.fill(address + 60, 0, 5, 0)


def test_a_copy_outside_of_what_was_given_out_is_found_when_it_runs(
    driver: SimulatedDriver,
) -> None:
    address = driver.allocate(4096)
    driver.note_block(address, 100, 0)
    driver.fill(address, 0, 101, 0)
    with fails(status.ILLEGAL_ADDRESS):
        driver.synchronize_stream(0)
    with fails(status.ILLEGAL_ADDRESS):  # the context is of no more use
        driver.allocate(8)


def test_memory_that_was_given_back_cannot_be_used(driver: SimulatedDriver) -> None:
    address = driver.allocate(4096)
    driver.note_block(address, 100, 0)
    driver.forget_block(address)
    driver.fill(address, 0, 100, 0)
    with fails(status.ILLEGAL_ADDRESS):
        driver.synchronize_context()


def test_memory_of_another_device_is_out_of_reach_until_access_is_enabled(
    driver: SimulatedDriver,
) -> None:
    first, second = 1, driver.retain_context(1)
    driver.set_context(second)
    there = driver.allocate(64)
    driver.set_context(first)
    with fails(status.INVALID_VALUE):
        driver.fill(there, 0, 64, 0)
    driver.enable_peer_access(second)
    driver.fill(there, 7, 64, 0)
    driver.synchronize_stream(0)
    with fails(status.PEER_ACCESS_ALREADY_ENABLED):
        driver.enable_peer_access(second)


def test_a_stream_and_an_event_of_two_devices_do_not_meet(driver: SimulatedDriver) -> None:
    event = driver.create_event(0)
    driver.set_context(driver.retain_context(1))
    with fails(status.INVALID_HANDLE):
        driver.record_event(event, driver.create_stream(NON_BLOCKING, 0))


def test_what_writes_into_a_guard_is_found_when_the_memory_is_freed(
    driver: SimulatedDriver,
) -> None:
    address = driver.allocate(64)
    ctypes.memset(address + 64, 0, 1)
    driver.free(address)
    assert "something wrote outside of the 64 bytes" in driver.leaks()[-1]


def test_what_is_not_given_back_is_listed(driver: SimulatedDriver) -> None:
    driver.allocate(64)
    driver.create_event(0)
    driver.allocate_host(32)
    assert [text.split(" at ")[0] for text in driver.leaks()] == ["64 bytes", "32 pinned bytes",
                                                                 "Event"]  # fmt: skip


# -- streams ---------------------------------------------------------------------------------------


def test_work_runs_when_somebody_waits(driver: SimulatedDriver) -> None:
    address = driver.allocate(4)
    driver.fill(address, 1, 4, 0)
    assert driver.pending() == 1
    driver.synchronize_stream(0)
    assert driver.pending() == 0 and read(driver, address, 4) == b"\1" * 4


def test_an_eager_machine_runs_it_at_once() -> None:
    driver = SimulatedDriver(Settings(eager=True))
    driver.initialize()
    driver.set_context(driver.retain_context(0))
    driver.fill(driver.allocate(4), 1, 4, 0)
    assert driver.pending() == 0


def test_work_of_another_stream_that_is_not_waited_for_is_not_there(
    driver: SimulatedDriver,
) -> None:
    address = driver.allocate(4)
    first, second = (driver.create_stream(NON_BLOCKING, 0) for _ in range(2))
    driver.fill(address, 1, 4, first)
    assert read(driver, address, 4, second) == b"\x5a" * 4
    event = driver.create_event(0)
    driver.record_event(event, first)
    driver.wait_event(second, event)
    assert read(driver, address, 4, second) == b"\1" * 4


def test_blocking_streams_and_the_default_stream_wait_for_each_other(
    driver: SimulatedDriver,
) -> None:
    address, stream = driver.allocate(4), driver.create_stream(0, 0)
    driver.fill(address, 1, 4, stream)
    assert read(driver, address, 4) == b"\1" * 4
    driver.fill(address, 2, 4, 0)
    assert read(driver, address, 4, stream) == b"\2" * 4


def test_pageable_memory_is_read_at_once_and_pinned_memory_late(driver: SimulatedDriver) -> None:
    address, pinned = driver.allocate(8), driver.allocate_host(4)
    pageable = np.full(4, 1, np.uint8)
    ctypes.memset(pinned, 1, 4)
    driver.copy_to_device(address, pointer(pageable), 4, 0)
    driver.copy_to_device(address + 4, pinned, 4, 0)
    pageable[:] = 2
    ctypes.memset(pinned, 2, 4)
    assert read(driver, address, 8) == b"\1" * 4 + b"\2" * 4


def test_a_copy_whose_caller_was_interrupted_writes_to_memory_that_is_gone_no_more(
    driver: SimulatedDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, target = driver.allocate(4), np.full(4, 9, np.uint8)
    driver.fill(address, 1, 4, 0)

    def interrupted(_: Stream) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Stream, "run", interrupted)
        driver.copy_to_host(pointer(target), address, 4, 0)
    driver.synchronize_stream(0)
    assert target.tolist() == [9, 9, 9, 9]


def test_work_that_an_interrupt_left_behind_touches_no_memory_that_was_freed(
    driver: SimulatedDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = driver.allocate(64)
    driver.note_block(address, 64, 0)  # which poisons it, late
    owner = driver.devices[0].memory.owner(address)
    assert owner is not None
    (block,), raw = owner.blocks.all(), owner.raw
    ctypes.memset(address, 7, 64)
    driver.forget_block(address)
    assert block.alive  # work that is queued may reach it
    with monkeypatch.context() as patch:
        patch.setattr(Stream, "run", lambda _: None)
        driver.free(address)
    driver.synchronize_stream(0)
    assert not block.alive and driver.pending() == 0
    assert ctypes.string_at(address, 64) == b"\7" * 64 and raw is not None


def test_an_interrupt_leaves_no_work_in_a_queue_that_was_run(driver: SimulatedDriver) -> None:
    stream = driver.devices[0].default
    ran: list[int] = []

    def work() -> None:
        ran.append(1)

    def queue_and_run(after: int) -> bool:
        left = after

        def count(_: object, event: str, __: object) -> None:
            nonlocal left
            left -= event in ("call", "c_return")  # where Python looks for signals
            if left < 0:
                raise KeyboardInterrupt

        sys.setprofile(count)
        try:
            stream.add(work)
            stream.run()
        except KeyboardInterrupt:
            return True
        finally:
            sys.setprofile(None)
        return False

    after = 0
    while queue_and_run(after):
        stream.run()
        event = driver.create_event(0)
        driver.record_event(event, 0)
        stream.run()
        assert stream.done == stream.issued and not stream._queue
        assert driver.is_event_done(event)
        assert len(ran) <= after + 1
        after += 1
    assert after > 5


def test_a_copy_from_pinned_memory_that_was_freed_is_found(driver: SimulatedDriver) -> None:
    address, pinned = driver.allocate(8), driver.allocate_host(4)
    driver.copy_to_device(address, pinned, 4, 0)
    driver.free_host(pinned)
    with fails(status.ILLEGAL_ADDRESS):
        driver.synchronize_stream(0)


def test_asking_lets_time_pass(driver: SimulatedDriver) -> None:
    driver.fill(driver.allocate(4), 1, 4, 0)
    event = driver.create_event(0)
    driver.record_event(event, 0)
    answers = [driver.is_event_done(event) for _ in range(3)]
    assert answers == [False, False, True] and driver.is_stream_done(0)


def test_time_between_events_is_measured_once_they_are_reached(driver: SimulatedDriver) -> None:
    start, end = driver.create_event(0), driver.create_event(0)
    driver.record_event(start, 0)
    driver.record_event(end, 0)
    with fails(status.NOT_READY):
        driver.elapsed_time(start, end)
    driver.synchronize_event(end)
    assert driver.elapsed_time(start, end) >= 0


# -- captures --------------------------------------------------------------------------------------


@pytest.fixture
def stream(driver: SimulatedDriver) -> int:
    return driver.create_stream(NON_BLOCKING, 0)


def test_a_captured_graph_runs_when_it_is_launched(driver: SimulatedDriver, stream: int) -> None:
    address = driver.allocate(4)
    driver.begin_capture(stream, 0)
    driver.fill(address, 1, 4, stream)
    graph = driver.instantiate_graph(driver.end_capture(stream))
    assert driver.pending() == 0 and read(driver, address, 4) == b"\x5a" * 4
    driver.launch_graph(graph, 0)
    assert read(driver, address, 4) == b"\1" * 4


def test_waiting_for_a_stream_spoils_its_capture(driver: SimulatedDriver, stream: int) -> None:
    driver.begin_capture(stream, 0)
    with fails(status.CAPTURE_UNSUPPORTED):
        driver.synchronize_stream(stream)
    with fails(status.CAPTURE_INVALIDATED):
        driver.end_capture(stream)


def test_allocating_spoils_a_capture_unless_the_thread_is_relaxed(
    driver: SimulatedDriver, stream: int
) -> None:
    driver.begin_capture(stream, 0)
    driver.exchange_capture_mode(2)
    driver.allocate(8)
    assert driver.exchange_capture_mode(0) == 2
    with fails(status.CAPTURE_UNSUPPORTED):
        driver.allocate(8)


def test_a_stream_that_joined_a_capture_must_come_back(
    driver: SimulatedDriver, stream: int
) -> None:
    other, address = driver.create_stream(NON_BLOCKING, 0), driver.allocate(4)
    fork, join = driver.create_event(0), driver.create_event(0)

    def capture(joined: bool) -> None:
        driver.begin_capture(stream, 0)
        driver.record_event(fork, stream)
        driver.wait_event(other, fork)
        assert driver.is_capturing(other)
        driver.fill(address, 1, 4, other)
        driver.record_event(join, other)
        if joined:
            driver.wait_event(stream, join)
        driver.end_capture(stream)

    capture(joined=True)
    with fails(status.CAPTURE_UNJOINED):
        capture(joined=False)
    assert not driver.is_capturing(other)


def test_a_capture_cannot_wait_for_work_outside(driver: SimulatedDriver, stream: int) -> None:
    event = driver.create_event(0)
    driver.record_event(event, 0)
    driver.begin_capture(stream, 0)
    with fails(status.CAPTURE_ISOLATION):
        driver.wait_event(stream, event)


def test_the_default_stream_cannot_be_captured(driver: SimulatedDriver) -> None:
    with fails(status.CAPTURE_UNSUPPORTED):
        driver.begin_capture(0, 0)


def test_a_capture_ends_where_it_began(driver: SimulatedDriver, stream: int) -> None:
    with fails(status.CAPTURE_UNMATCHED):
        driver.end_capture(stream)


# -- kernels ---------------------------------------------------------------------------------------


def test_what_is_no_image_is_refused(driver: SimulatedDriver) -> None:
    for code in (b"text", b"\x7fELF and no more"):
        with fails(status.INVALID_IMAGE):
            driver.load_module(code)


@needs_compiler
def test_a_function_that_is_not_in_a_module_is_not_found(driver: SimulatedDriver) -> None:
    module = driver.load_module(image())
    with fails(status.NOT_FOUND):
        driver.get_function(module, "none")


@needs_compiler
@pytest.mark.parametrize(("blocks", "threads"), [(0, 32), (1, 2048), (2**31, 32)])
def test_a_bad_launch_is_refused(driver: SimulatedDriver, blocks: int, threads: int) -> None:
    function = driver.get_function(driver.load_module(image()), "twice")
    words = (ctypes.c_uint64 * 5)()
    with fails(status.INVALID_VALUE):
        driver.launcher(function, threads)(blocks, 0, ctypes.addressof(words))


@needs_compiler
def test_shared_memory_beyond_48_kilobytes_must_be_asked_for(driver: SimulatedDriver) -> None:
    function = driver.get_function(driver.load_module(image()), "twice")
    data = driver.allocate(8)
    words = Parameters(2)
    words.words[:] = [data, 0]
    with fails(status.INVALID_VALUE):
        driver.launcher(function, 256, 50_000)(1, 0, words.extra)
    with fails(status.INVALID_VALUE):
        driver.allow_shared(function, 1 << 18)
    driver.allow_shared(function, 50_000)
    driver.launcher(function, 256, 50_000)(1, 0, words.extra)
    driver.synchronize_context()
    driver.free(data)


def test_a_tensor_map_must_begin_and_go_on_at_multiples_of_16_bytes(
    driver: SimulatedDriver,
) -> None:
    assert driver.tensor_map("float16", 4096, [8, 2], [32], [64, 2])[:6] == (4096, 2, 8, 2, 1, 32)
    for address, extents, strides, box in (
        (4098, [8, 2], [32], [64, 2]), (4096, [0, 2], [32], [64, 2]),
        (4096, [8, 2], [40], [64, 2]), (4096, [8, 2], [32], [64, 257]),
    ):  # fmt: skip
        with fails(status.INVALID_VALUE):
            driver.tensor_map("bfloat16", address, extents, strides, box)


@needs_compiler
def test_a_kernel_of_another_device_cannot_be_launched(driver: SimulatedDriver) -> None:
    function = driver.get_function(driver.load_module(image()), "twice")
    driver.set_context(driver.retain_context(1))
    words = (ctypes.c_uint64 * 5)()
    with fails(status.INVALID_HANDLE):
        driver.launcher(function, 32)(1, 0, ctypes.addressof(words))


# -- settings --------------------------------------------------------------------------------------


def test_settings_are_read_from_text() -> None:
    found = read_settings("simulated:devices=1,memory=4096,eager=1")
    assert found == Settings(devices=1, memory=4096, eager=True)


@pytest.mark.parametrize("text", ["simulate", "simulated:cores=2", "simulated:devices=x"])
def test_other_settings_are_refused(text: str) -> None:
    with pytest.raises(ArgumentValueError, match="TENSORSMITH_CUDA must be empty, 'off', or"):
        read_settings(text)


def test_a_failure_comes_when_it_is_planned(driver: SimulatedDriver) -> None:
    driver.failures.plan("cuMemAlloc", status.OUT_OF_MEMORY, after=1, times=2)
    driver.allocate(8)
    for _ in range(2):
        with fails(status.OUT_OF_MEMORY):
            driver.allocate(8)
    driver.allocate(8)
