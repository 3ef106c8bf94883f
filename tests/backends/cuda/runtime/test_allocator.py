"""Memory is kept, split and joined, and given out in the order of streams."""

from __future__ import annotations

import gc
import random
import sys
import threading
from itertools import pairwise

import pytest
from tensorsmith.backends.cuda.driver import status
from tensorsmith.backends.cuda.driver.simulated.driver import SimulatedDriver
from tensorsmith.backends.cuda.driver.status import CudaError
from tensorsmith.backends.cuda.runtime import copying
from tensorsmith.backends.cuda.runtime.allocator import Allocator, Buffer, readable
from tensorsmith.backends.cuda.runtime.blocks import PrivatePool
from tensorsmith.backends.cuda.runtime.queue import Queue
from tensorsmith.ops.errors import ArgumentValueError, OutOfMemoryError

from ..machines import MEMORY

MIB = 1 << 20


def number(allocator: Allocator, name: str, pool: str = "all") -> int:
    """A number of the account, now."""
    return allocator.settled().count(name, pool).current


def test_blocks_are_multiples_of_512_bytes(allocator: Allocator, queue: Queue) -> None:
    kept = [allocator.allocate(size, queue) for size in (0, 1, 512, 513)]
    assert all(buffer.address % 512 == 0 for buffer in kept)
    assert number(allocator, "allocated_bytes") == 5 * 512
    assert number(allocator, "requested_bytes") == 1026


@pytest.mark.parametrize(
    ("asked", "segment"),
    [(1, 2), (MIB, 2), (MIB + 1, 20), (10 * MIB - 512, 20), (10 * MIB, 10), (11 * MIB, 12)],
)
def test_segments_have_pytorchs_sizes(
    allocator: Allocator, queue: Queue, asked: int, segment: int
) -> None:
    kept = allocator.allocate(asked, queue)
    assert number(allocator, "reserved_bytes") == segment * MIB and kept.nbytes == asked


def test_freed_memory_is_given_out_again_without_asking_the_driver(
    driver: SimulatedDriver, allocator: Allocator, queue: Queue
) -> None:
    addresses = set()
    for _ in range(3):
        addresses.add(allocator.allocate(1000, queue).address)
    assert len(addresses) == 1 and driver.calls["cuMemAlloc"] == 1


def test_memory_of_one_stream_is_not_given_to_another(
    allocator: Allocator, queue: Queue, other: Queue
) -> None:
    first = allocator.allocate(1000, queue).address
    assert allocator.allocate(1000, other).address != first


def test_free_neighbours_are_joined(
    driver: SimulatedDriver, allocator: Allocator, queue: Queue
) -> None:
    kept = [allocator.allocate(512 << 10, queue) for _ in range(4)]
    start = kept[0].address
    assert number(allocator, "inactive_split_bytes") == 0
    del kept[1:3]
    assert number(allocator, "inactive_split_bytes") == MIB
    assert allocator.allocate(MIB, queue).address == start + (512 << 10)
    kept.clear()
    whole = number(allocator, "inactive_split_bytes"), number(allocator, "segment")
    assert whole == (0, 1) and driver.calls["cuMemAlloc"] == 1


def test_large_blocks_are_split_only_if_much_is_left(allocator: Allocator, queue: Queue) -> None:
    kept = [allocator.allocate(9 * MIB, queue) for _ in range(2)]
    assert number(allocator, "inactive_split_bytes") == 2 * MIB
    kept.append(allocator.allocate(2 * MIB - 512, queue))
    assert number(allocator, "allocated_bytes") == 20 * MIB  # the 512 bytes stay with the block


def test_a_block_that_another_stream_used_waits_for_it(
    allocator: Allocator, queue: Queue, other: Queue
) -> None:
    buffer = allocator.allocate(2000, queue)
    address = buffer.address
    for _ in range(9):  # each question lets some of it be done
        copying.fill(address, 1, 2000, other)
    buffer.record_stream(other)
    del buffer
    assert allocator.allocate(2000, queue).address != address
    assert number(allocator, "active") == 1 and number(allocator, "allocation") == 0
    other.synchronize()
    assert number(allocator, "active") == 0
    assert allocator.allocate(2000, queue).address == address


def test_the_stream_that_it_was_allocated_for_need_not_be_recorded(
    allocator: Allocator, queue: Queue
) -> None:
    buffer = allocator.allocate(2000, queue)
    buffer.record_stream(queue)
    address = buffer.address
    del buffer
    assert allocator.allocate(2000, queue).address == address


def test_the_cache_is_given_back_but_not_what_is_used(
    driver: SimulatedDriver, allocator: Allocator, queue: Queue
) -> None:
    kept = allocator.allocate(1000, queue)
    allocator.allocate(11 * MIB, queue)
    allocator.empty_cache()
    assert number(allocator, "reserved_bytes") == 2 * MIB
    del kept
    allocator.empty_cache()
    assert number(allocator, "reserved_bytes") == 0 and driver.leaks() == []


def test_an_empty_cache_makes_no_context(driver: SimulatedDriver, allocator: Allocator) -> None:
    allocator.empty_cache()
    assert "cuDevicePrimaryCtxRetain" not in driver.calls


def test_what_is_kept_is_given_back_before_memory_is_said_to_be_out(
    driver: SimulatedDriver, allocator: Allocator, queue: Queue
) -> None:
    allocator.allocate(40 * MIB, queue)
    assert allocator.allocate(50 * MIB, queue).nbytes == 50 * MIB
    account = allocator.settled()
    assert account.events["num_alloc_retries"] == 1 and account.events["num_ooms"] == 0


def test_out_of_memory_says_what_was_asked_held_and_free(
    allocator: Allocator, queue: Queue
) -> None:
    kept = [allocator.allocate(30 * MIB, queue), allocator.allocate(1, queue)]
    with pytest.raises(OutOfMemoryError) as caught:
        allocator.allocate(33 * MIB, queue)
    assert str(caught.value) == (
        "CUDA out of memory. Tried to allocate 33.00 MiB. GPU 0 has a total capacity of 64.00 MiB "
        "of which 32.00 MiB is free. Of the allocated memory 30.00 MiB is allocated by "
        "tensorsmith, and 2.00 MiB is reserved by tensorsmith but unallocated."
    )
    assert isinstance(caught.value, RuntimeError) and isinstance(caught.value, MemoryError)
    assert len(kept) == 2 and allocator.settled().events["num_ooms"] == 1


def test_after_out_of_memory_less_can_be_allocated(allocator: Allocator, queue: Queue) -> None:
    with pytest.raises(OutOfMemoryError):
        allocator.allocate(2 * MEMORY, queue)
    assert allocator.allocate(MEMORY // 2, queue).nbytes == MEMORY // 2


def test_other_failures_of_the_driver_are_not_taken_for_lack_of_memory(
    driver: SimulatedDriver, allocator: Allocator, queue: Queue
) -> None:
    driver.failures.plan("cuMemAlloc", status.LAUNCH_FAILED)
    with pytest.raises(CudaError, match="unspecified launch failure"):
        allocator.allocate(8, queue)


def test_a_fraction_bounds_what_is_held(allocator: Allocator, queue: Queue) -> None:
    allocator.set_fraction(0.25)
    assert allocator.fraction == 0.25
    with pytest.raises(OutOfMemoryError, match=r"64.00 MiB is free. 16.00 MiB allowed;"):
        allocator.allocate(17 * MIB, queue)
    assert allocator.allocate(16 * MIB, queue).nbytes == 16 * MIB


@pytest.mark.parametrize("fraction", [-0.1, 1.1])
def test_a_fraction_lies_between_0_and_1(allocator: Allocator, fraction: float) -> None:
    with pytest.raises(ArgumentValueError, match=r"Invalid fraction value: .*Allowed range: 0~1"):
        allocator.set_fraction(fraction)


def test_peaks_and_sums_are_counted(allocator: Allocator, queue: Queue) -> None:
    kept = [allocator.allocate(1024, queue) for _ in range(3)]
    kept.clear()
    flat = allocator.settled().flat()
    found = [flat[f"allocated_bytes.all.{x}"] for x in ("current", "peak", "allocated", "freed")]
    assert found == [0, 3072, 3072, 3072]
    allocator.statistics.reset_peak()
    allocator.statistics.reset_accumulated()
    flat = allocator.settled().flat()
    assert flat["allocated_bytes.small_pool.peak"] == flat["allocation.all.freed"] == 0


def test_captured_work_has_memory_of_its_own(
    driver: SimulatedDriver, allocator: Allocator, other: Queue
) -> None:
    pool = PrivatePool()
    shared = allocator.allocate(1000, other).address
    allocator.begin_private(other, pool)
    own = allocator.allocate(1000, other).address
    again = allocator.allocate(1000, other).address
    allocator.end_private(other)
    assert own == again != shared
    allocator.empty_cache()
    assert number(allocator, "reserved_bytes") == 2 * MIB  # a replay may write to it
    allocator.leave_private(pool)
    allocator.empty_cache()
    assert driver.leaks() == [] or all("bytes" not in text for text in driver.leaks())


def test_a_buffer_that_outlives_its_machine_gives_nothing_back(
    driver: SimulatedDriver, allocator: Allocator, queue: Queue
) -> None:
    buffer = allocator.allocate(8, queue)
    allocator.context.lost = True
    del buffer
    assert number(allocator, "allocation") == 1


@pytest.mark.parametrize("seed", range(4))
def test_whatever_comes_and_goes_blocks_never_overlap_and_the_account_is_right(
    driver: SimulatedDriver, allocator: Allocator, queue: Queue, other: Queue, seed: int
) -> None:
    chance = random.Random(seed)
    kept: list[Buffer] = []
    for _ in range(300):
        if kept and chance.random() < 0.45:
            kept.pop(chance.randrange(len(kept)))
            continue
        size = int(2 ** chance.uniform(0, 22))
        stream = chance.choice([queue, other])
        try:
            kept.append(allocator.allocate(size, stream))
        except OutOfMemoryError:
            kept.clear()
        if chance.random() < 0.2 and kept:
            kept[-1].record_stream(chance.choice([queue, other]))
    gc.collect()
    ends = sorted((b.address, b.address + b.nbytes) for b in kept)
    assert all(end <= begin for (_, end), (begin, _) in pairwise(ends))
    assert number(allocator, "requested_bytes") == sum(b.nbytes for b in kept)
    driver_bytes = sum(s.nbytes for s in driver.devices[0].memory.allocations.all())
    assert number(allocator, "reserved_bytes") == driver_bytes
    held = number(allocator, "active_bytes") + number(allocator, "inactive_split_bytes")
    assert held <= driver_bytes
    kept.clear()
    allocator.empty_cache()
    assert number(allocator, "reserved_bytes") == number(allocator, "active_bytes") == 0


def test_threads_may_allocate_at_once(allocator: Allocator, queue: Queue) -> None:
    def work() -> None:
        for size in range(1, 3000, 7):
            allocator.allocate(size, queue)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    flat = allocator.settled().flat()
    assert flat["allocation.all.allocated"] == flat["allocation.all.freed"] == 4 * 429


def test_memory_can_come_back_while_the_allocator_is_at_work(
    allocator: Allocator, queue: Queue, other: Queue
) -> None:
    buffer = allocator.allocate(2000, queue)
    buffer.record_stream(other)
    with allocator._lock:
        del buffer  # as a garbage collection would
    assert number(allocator, "allocation") == 0


def test_a_graph_can_go_while_the_allocator_is_at_work(
    allocator: Allocator, queue: Queue, other: Queue
) -> None:
    pool = PrivatePool()
    allocator.begin_private(other, pool)
    allocator.allocate(1000, other)
    allocator.end_private(other)

    def collect() -> None:
        with allocator._lock:
            allocator.leave_private(pool)  # as a garbage collection would

    thread = threading.Thread(target=collect, daemon=True)
    thread.start()
    thread.join(5)
    assert not thread.is_alive()
    allocator.empty_cache()
    assert pool.users == number(allocator, "reserved_bytes") == 0


def test_ctrl_c_leaves_no_lock_held_and_gives_no_memory_twice(
    allocator: Allocator, queue: Queue, other: Queue
) -> None:
    def work() -> None:
        blocks = [allocator.take(size, queue) for size in (700, 5000, 700)]
        blocks[1].record_stream(other)
        for block in blocks:
            allocator.give(block)
        allocator.settled()

    def interrupted(after: int) -> bool:
        left = after

        def count(_: object, event: str, __: object) -> None:
            nonlocal left
            left -= event in ("call", "c_return")  # where Python looks for signals
            if left < 0:
                raise KeyboardInterrupt

        sys.setprofile(count)
        try:
            work()
        except KeyboardInterrupt:
            return True
        finally:
            sys.setprofile(None)
        return False

    after = 0
    while interrupted(after):
        assert not allocator._lock.locked()
        kept = [allocator.allocate(size, queue) for size in (512, 700, 3000, 5000, 512)]
        places = sorted((each.address, each.nbytes) for each in kept)
        assert all(a + size <= b for (a, size), (b, _) in pairwise(places))
        other.synchronize()
        del kept
        after += 1
    assert after > 50


def test_sizes_are_readable() -> None:
    found = [readable(n) for n in (5, 2048, 20 << 20, 3 << 29)]
    assert found == ["5 bytes", "2.00 KiB", "20.00 MiB", "1.50 GiB"]
