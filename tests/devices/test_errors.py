"""Errors that kernels meet: named, and survived."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import tensorsmith as ts
from tensorsmith.backends.checking import is_checked
from tensorsmith.backends.cuda.driver.simulated.driver import SimulatedDriver
from tensorsmith.backends.cuda.driver.status import CudaError
from tensorsmith.backends.cuda.runtime import machine
from tensorsmith.tensor.calls.entries import forget_plans


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A run that looks after each launch."""
    monkeypatch.setenv("TENSORSMITH_CHECK", "1")
    forget_plans()
    stream = ts.cuda.Stream()  # whose records are made now
    for queue in machine.get_device().queues.all():
        machine.get_device().records(queue).checked = is_checked()
    with ts.cuda.stream(stream):
        yield
    for queue in machine.get_device().queues.all():
        machine.get_device().records(queue).checked = False
    forget_plans()


@pytest.mark.usefixtures("checked")
def test_a_checked_run_names_op_argument_place_and_value_at_once() -> None:
    table = ts.arange(6.0, device="cuda").reshape(3, 2)
    index = ts.tensor([[0, 1], [2, 7]], device="cuda")
    with pytest.raises(IndexError) as caught:
        ts.take_along_dim(table, index, 0)
    assert str(caught.value) == (
        "take_along_dim: an index must be at least 0 and less than 3, got 7 in indices[1, 1]"
    )
    assert table.sum().item() == 15


@pytest.mark.usefixtures("checked")
def test_a_transposed_index_is_found_where_the_user_sees_it() -> None:
    table = ts.arange(6.0, device="cuda").reshape(3, 2)
    index = ts.tensor([[0, 1, 5], [2, 0, 0]], device="cuda").t()
    with pytest.raises(IndexError, match=r"got 5 in index\[2, 0\]$"):
        ts.gather(table, 0, index)


@pytest.mark.usefixtures("checked")
def test_only_operands_that_say_where_are_named() -> None:
    table, index = ts.arange(20, device="cuda").reshape(4, 5), ts.tensor([0, 7], device="cuda")
    with pytest.raises(IndexError, match=r"got 7 in index\[1\]$"):
        ts.index_select(table, 0, index)


def test_an_index_from_the_end_is_named_as_it_was_written() -> None:
    table, index = ts.ones(4, device="cuda"), ts.tensor([0, -5], device="cuda")
    found = table[index]
    with pytest.raises(IndexError) as caught:
        found.tolist()
    assert str(caught.value) == "indexing: an index must be at least -4 and less than 4, got -5"


def test_an_unchecked_run_tells_when_somebody_waits() -> None:
    table, index = ts.ones(3, device="cuda"), ts.tensor([5], device="cuda")
    result = table.index_select(0, index)
    with pytest.raises(IndexError, match=r"index_select: an index .* less than 3, got 5$"):
        result.tolist()
    assert table.sum().item() == 3


def test_out_of_memory_is_pytorchs_error_and_less_can_be_had() -> None:
    free, total = ts.cuda.mem_get_info()
    with pytest.raises(ts.cuda.OutOfMemoryError, match=r"CUDA out of memory. Tried to allocate"):
        ts.empty(2 * total, dtype=ts.uint8, device="cuda")
    assert ts.ones(3, device="cuda").sum().item() == 3 and free > 0


def test_a_failed_launch_names_the_op(driver: SimulatedDriver) -> None:
    a = ts.ones(3, device="cuda")
    a + a
    driver.failures.plan("cuLaunchKernel", 701)
    with pytest.raises(CudaError, match=r"too many resources requested for launch.*launching add"):
        a + a
    assert (a + a).tolist() == [2, 2, 2]
