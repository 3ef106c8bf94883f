"""What kernels write down becomes an exception, and the context stays alive."""

from __future__ import annotations

import threading

import pytest
from tensorsmith.backends.cuda.driver.simulated.driver import SimulatedDriver
from tensorsmith.backends.cuda.runtime.allocator import Buffer
from tensorsmith.backends.cuda.runtime.device import Device
from tensorsmith.backends.cuda.runtime.graph import CapturedGraph
from tensorsmith.backends.cuda.runtime.machine import get_device
from tensorsmith.backends.cuda.runtime.queue import Queue
from tensorsmith.backends.cuda.runtime.records import LATE, MOST_BATCHES
from tensorsmith.backends.native.lanes import MOST_RECORDS
from tensorsmith.ops.errors import IndexRangeError

from ..machines import allocate, download, kernel, needs_compiler, upload

pytestmark = needs_compiler


def take(y: Buffer, x: Buffer, index: Buffer, queue: Queue, locate: object = None) -> None:
    """y[i] = x[index[i]]."""
    device = get_device()
    status = device.records(queue).take("index_select", locate)  # type: ignore[arg-type]
    values = (y.address, x.address, index.address, index.nbytes // 8, x.nbytes // 4, status)
    kernel("take").launch(1, queue, values)


def test_a_bad_index_names_the_op_the_place_and_the_value(
    driver: SimulatedDriver, device: Device, queue: Queue
) -> None:
    x, index, y = upload([1.0, 2.0]), upload([0, 5], "int64"), allocate(8)
    take(y, x, index, queue, lambda seen, extent: f"index[{seen - 4}]")
    with pytest.raises(IndexRangeError) as caught:
        queue.synchronize()
    assert str(caught.value) == (
        "index_select: an index must be at least 0 and less than 2, got 5 in index[1]"
    )
    take(y, x, upload([1, 1], "int64"), queue)
    queue.synchronize()
    assert download(y) == [2.0, 2.0]


def test_waiting_for_the_device_looks_as_well(
    driver: SimulatedDriver, device: Device, other: Queue
) -> None:
    x, index, y = upload([1.0, 2.0]), upload([0, -1], "int64"), allocate(8)
    device.synchronize()
    take(y, x, index, other)
    with pytest.raises(IndexRangeError, match=r"must be at least 0 and less than 2, got -1$"):
        device.synchronize()
    device.synchronize()


def test_the_first_of_several_errors_is_told(
    driver: SimulatedDriver, device: Device, queue: Queue
) -> None:
    x, y = upload([1.0]), allocate(4)
    for bad in (0, 7, 8):
        take(y, x, upload([bad], "int64"), queue)
    with pytest.raises(IndexRangeError) as caught:
        queue.synchronize()
    assert str(caught.value) == (
        "index_select: an index must be at least 0 and less than 1, got 7; before anybody waited "
        "also: index_select: an index must be at least 0 and less than 1, got 8"
    )
    queue.synchronize()


def test_a_launch_after_its_record_was_looked_at_is_told_under_its_own_name(
    driver: SimulatedDriver, device: Device, queue: Queue
) -> None:
    x, y, bad, good = upload([1.0]), allocate(4), upload([7], "int64"), upload([0], "int64")
    records = device.records(queue)
    late = records.take("gather")  # another thread comes in here
    for _ in range(LATE - 1):
        take(y, x, good, queue)
        queue.synchronize()
    kernel("take").launch(1, queue, (y.address, x.address, bad.address, 1, 1, late))
    with pytest.raises(IndexRangeError, match=r"^gather: .* got 7$"):
        queue.synchronize()
    queue.synchronize()


def test_threads_that_share_a_stream_are_told_each_error_once(
    driver: SimulatedDriver, device: Device, queue: Queue
) -> None:
    x, y, bad, good = upload([1.0]), allocate(4), upload([7], "int64"), upload([0], "int64")
    kernel("take")
    told: list[str] = []

    def work(label: str, index: Buffer) -> None:
        for _ in range(100):
            device.context.activate()
            status = device.records(queue).take(label)
            values = (y.address, x.address, index.address, 1, 1, status)
            kernel("take").launch(1, queue, values)
            try:
                queue.synchronize()
            except IndexRangeError as error:
                told.extend(str(error).split("; "))

    threads = [
        threading.Thread(target=work, args=each)
        for each in (("bad", bad), ("good", good), ("good", good))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 100 and all("bad: an index" in text for text in told)


def test_records_are_looked_at_when_all_are_taken(
    driver: SimulatedDriver, device: Device, queue: Queue
) -> None:
    x, y, good = upload([1.0]), allocate(4), upload([0], "int64")
    take(y, x, upload([9], "int64"), queue)
    for _ in range(MOST_BATCHES * MOST_RECORDS - 1):
        device.records(queue).take("other")
    with pytest.raises(IndexRangeError, match="got 9"):
        take(y, x, good, queue)
    take(y, x, good, queue)
    queue.synchronize()


def test_each_replay_of_a_graph_is_looked_at(
    driver: SimulatedDriver, device: Device, queue: Queue, other: Queue
) -> None:
    x, index, y = upload([1.0]), upload([0], "int64"), allocate(4)
    device.synchronize()
    graph = CapturedGraph()
    graph.begin(device, other)
    take(y, x, index, other)
    graph.end()
    for value, bad in ((3, True), (0, False), (4, True)):
        index = upload_into(index, value)
        graph.replay(queue)
        if bad:
            with pytest.raises(IndexRangeError, match=f"got {value}"):
                queue.synchronize()
        else:
            queue.synchronize()
    upload_into(index, 5)
    graph.replay(queue)
    upload_into(index, 0)
    graph.replay(queue)  # which does not wipe out what the one before saw
    with pytest.raises(IndexRangeError, match="got 5"):
        queue.synchronize()


def upload_into(index: Buffer, value: int) -> Buffer:
    """Another index in the same memory."""
    from tensorsmith.backends.cuda.runtime import copying

    source = upload([value], "int64")
    copying.copy_on_device(index.address, source.address, 8, get_device().queues.default)
    return index


def test_a_checked_run_says_so(monkeypatch: pytest.MonkeyPatch, device: Device) -> None:
    monkeypatch.setenv("TENSORSMITH_CHECK", "1")
    assert get_device(1).records(get_device(1).queues.default).checked
