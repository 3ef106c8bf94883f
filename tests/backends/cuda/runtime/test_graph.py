"""Graphs: captured once, launched again, with memory of their own."""

from __future__ import annotations

import ctypes

import pytest
from tensorsmith.backends.cuda.driver import status
from tensorsmith.backends.cuda.driver.simulated.driver import SimulatedDriver
from tensorsmith.backends.cuda.driver.status import CudaError
from tensorsmith.backends.cuda.runtime import copying
from tensorsmith.backends.cuda.runtime.device import Device
from tensorsmith.backends.cuda.runtime.event import Place
from tensorsmith.backends.cuda.runtime.graph import CapturedGraph
from tensorsmith.backends.cuda.runtime.queue import Queue
from tensorsmith.ops.errors import ArgumentValueError, BackendError

from ..machines import allocate, download, kernel, needs_compiler, upload


@needs_compiler
def test_a_replay_does_the_work_again_on_new_input(
    driver: SimulatedDriver, device: Device, queue: Queue, other: Queue
) -> None:
    x, graph = upload([1.0, 2.0]), CapturedGraph()
    device.synchronize()
    graph.begin(device, other)
    y = allocate(8, other)
    copying.copy_on_device(y.address, x.address, 8, other)
    kernel("twice").launch(1, other, (y.address, 2))
    graph.end()
    for factor in (1.0, 10.0):
        new = upload([factor, 2 * factor])
        copying.copy_on_device(x.address, new.address, 8, queue)
        graph.replay(queue)
        assert download(y) == [2 * factor, 4 * factor]


def test_memory_of_a_graph_is_nobody_elses_until_it_is_gone(
    driver: SimulatedDriver, device: Device, other: Queue
) -> None:
    graph = CapturedGraph()
    graph.begin(device, other)
    address = allocate(1000, other).address
    graph.end()
    assert allocate(1000, other).address != address
    reserved = device.allocator.statistics.count("reserved_bytes")
    device.allocator.empty_cache()
    assert reserved.current == 2 << 20
    del graph
    device.allocator.empty_cache()
    assert reserved.current == 0 and "Graph" not in driver.leaks()


def test_graphs_may_share_memory(driver: SimulatedDriver, device: Device, other: Queue) -> None:
    graphs, addresses = [CapturedGraph(), CapturedGraph()], set()
    pool = None
    for graph in graphs:
        graph.begin(device, other, pool)
        addresses.add(allocate(1000, other).address)
        graph.end()
        pool = graph.pool
    assert len(addresses) == 1


def test_a_stream_that_joins_gets_memory_of_the_graph(
    driver: SimulatedDriver, device: Device, other: Queue
) -> None:
    graph, third, fork, join = CapturedGraph(), device.queues.new(), Place(), Place()
    graph.begin(device, other)
    fork.record(other)
    fork.hold(third)
    address = allocate(1000, third).address
    join.record(third)
    join.hold(other)
    graph.end()
    assert allocate(1000, third).address != address


def test_a_block_used_elsewhere_is_freed_after_the_capture(
    driver: SimulatedDriver, device: Device, queue: Queue, other: Queue
) -> None:
    buffer, graph = allocate(1000, queue), CapturedGraph()
    buffer.record_stream(device.queues.new())
    graph.begin(device, other)
    del buffer
    assert device.allocator.settled().count("active").current == 1
    graph.end()
    device.allocator.empty_cache()
    assert device.allocator.settled().count("active").current == 0


def test_the_default_stream_cannot_be_captured(device: Device, queue: Queue) -> None:
    with pytest.raises(BackendError, match="CUDA graphs must be captured on a non-default stream"):
        CapturedGraph().begin(device, queue)


def test_a_graph_is_captured_once(device: Device, other: Queue) -> None:
    graph = CapturedGraph()
    graph.begin(device, other)
    graph.end()
    with pytest.raises(BackendError, match="already owns a captured graph"):
        graph.begin(device, other)
    graph.reset()
    graph.begin(device, other)
    graph.end()


def test_what_was_not_captured_cannot_be_replayed(device: Device, queue: Queue) -> None:
    graph = CapturedGraph()
    for call in (lambda: graph.replay(queue), lambda: graph.pool):
        with pytest.raises(BackendError, match="without a preceding successful capture"):
            call()
    with pytest.raises(BackendError, match="no capture is under way"):
        graph.end()


def test_an_unknown_mode_is_refused(device: Device, other: Queue) -> None:
    with pytest.raises(ArgumentValueError, match="Expected `global`, `thread_local`, or `relaxed`"):
        CapturedGraph().begin(device, other, mode="strict")


def test_a_spoiled_capture_leaves_everything_as_it_was(
    driver: SimulatedDriver, device: Device, other: Queue
) -> None:
    graph = CapturedGraph()
    graph.begin(device, other)
    with pytest.raises(CudaError, match="operation not permitted when stream is capturing"):
        other.synchronize()
    with pytest.raises(CudaError, match="previous error during capture"):
        graph.end()
    assert not device.allocator.is_captured(other)
    graph.begin(device, other)
    graph.end()


def test_a_capture_that_cannot_begin_leaves_everything_as_it_was(
    driver: SimulatedDriver, device: Device, other: Queue
) -> None:
    driver.failures.plan("cuStreamBeginCapture", status.INVALID_VALUE)
    graph = CapturedGraph()
    with pytest.raises(CudaError):
        graph.begin(device, other)
    assert not device.allocator.is_captured(other)
    graph.begin(device, other)
    graph.end()


def test_what_a_driver_forbids_while_a_graph_is_captured_is_refused(
    driver: SimulatedDriver, device: Device, other: Queue
) -> None:
    content = (ctypes.c_float * 2)(1, 2)
    for spoil, call in (
        (lambda y: copying.copy_to_device(y, ctypes.addressof(content), 8, other), "Memcpy"),
        (lambda _: driver.load_module(b"\x7fELF"), "cuModuleLoadData"),
    ):
        graph = CapturedGraph()
        graph.begin(device, other)
        address = allocate(8, other).address
        with pytest.raises(CudaError, match=f"{call}.*|not permitted when stream is capturing"):
            spoil(address)
        with pytest.raises(CudaError, match="previous error during capture"):
            graph.end()
