"""Memory that is not there, or is written to once freed, while native code runs."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import tensorsmith as ts
from tensorsmith.backends.cpu.pool import Pool, default_pool
from tensorsmith.tensor.native.runtime import ENABLED, STATE

pytestmark = pytest.mark.skipif(not ENABLED, reason="native entry points are switched off")


@pytest.fixture
def scarce() -> Iterator[Callable[[int], None]]:
    """Sets how many blocks the pool hands out before it has no more; -1: any number."""
    pool, left = default_pool(), [-1]
    grow, large, retained = pool._grow, pool.state.large, pool.state.retained

    def grow_or_fail(number: int, size: int) -> int:
        if left[0] == 0:
            raise MemoryError("no memory, as the test wants it")
        left[0] -= 1
        return grow(number, size)

    def limit(count: int) -> None:
        pool.state.counts[:] = [0] * len(pool.state.counts)  # what is free is not found again
        pool.state.large = 0 if count >= 0 else large  # every block is asked for by itself
        left[0] = count

    pool.state.grow = id(grow_or_fail)
    yield limit
    limit(-1)
    pool.state.grow, pool.state.retained = id(grow), retained


@pytest.mark.parametrize(
    "call",
    [
        lambda x, w: x + x,
        lambda x, w: x.max(1),
        lambda x, w: w * x,
        lambda x, w: ts.nn.functional.layer_norm(w, (40,)).sum().backward(),
        lambda x, w: (w @ x).softmax(1).sum().backward(),
    ],
    ids=["plain", "two results", "recorded", "norm and backward", "product and backward"],
)
def test_memory_that_runs_out_anywhere_is_an_error_and_nothing_else(
    call: Callable[[Any, Any], Any], scarce: Callable[[int], None]
) -> None:
    x, w = ts.ones(40, 40), ts.ones(40, 40, requires_grad=True)
    for _ in range(3):
        call(x, w)
        w.grad = None
    gc.collect()
    before, failures = sys.getrefcount(x), 0
    for count in range(40):
        scarce(count)
        try:
            call(x, w)
        except MemoryError:
            failures += 1
        else:
            break
        finally:
            scarce(-1)
            w.grad = None
    gc.collect()
    assert 0 < failures < 40
    assert sys.getrefcount(x) == before and STATE.running == 0
    call(x, w)


def test_objects_that_cannot_be_made_are_an_error_and_nothing_else() -> None:
    testing = pytest.importorskip("_testcapi", reason="CPython was built without its test module")
    x, w = ts.ones(4), ts.ones(4, requires_grad=True)
    add, mul = x.__add__, w.__mul__
    for _ in range(300):
        add(x), mul(x)
    failures = 0
    for start in range(25):
        for call in (add, mul):
            testing.set_nomemory(start, start + 1)
            try:
                call(x)
            except MemoryError:
                failures += 1
            finally:
                testing.remove_mem_hooks()
    assert failures > 0
    assert (x + x).tolist() == [2, 2, 2, 2] and (w * x).requires_grad


def test_a_write_to_freed_memory_is_found_where_it_is_looked_for() -> None:
    import ctypes

    pool = Pool(checked=True)
    block = pool.allocate(1000)
    address = block.address
    del block
    ctypes.memset(address + 10, 1, 1)
    with pytest.raises(RuntimeError, match=f"{address:#x} was written to after it was freed"):
        pool.allocate(1000)


def test_a_block_that_is_freed_twice_is_found_where_it_is_looked_for() -> None:
    pool = Pool(checked=True)
    block = pool.allocate(1000)
    pool.give(pool.state.at, 1000, block.address)
    address = block.address
    del block
    with pytest.raises(RuntimeError, match=f"{address:#x} was freed twice"):
        pool.allocate(1000)


def test_old_memory_of_a_resized_storage_lives_as_long_as_the_storage() -> None:
    x = ts.ones(10)
    y = x[5:]
    x.resize_(100_000)
    others = [ts.full((10,), 7.0) for _ in range(50)]
    assert y.tolist() == [1.0] * 5
    y.fill_(99.0)
    assert all(other.tolist() == [7.0] * 10 for other in others)
