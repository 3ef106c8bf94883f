"""Calls on a GPU that native code serves: without Python, with the same results and accounts."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import tensorsmith as ts
from tensorsmith.backends.cuda.driver.simulated.driver import SimulatedDriver
from tensorsmith.backends.cuda.driver.simulated.settings import Settings
from tensorsmith.backends.cuda.driver.status import CudaError
from tensorsmith.backends.cuda.launching import CudaRunner
from tensorsmith.backends.cuda.runtime import machine
from tensorsmith.tensor.calls.entries import forget_plans
from tensorsmith.tensor.native.runtime import ENABLED

pytestmark = [
    pytest.mark.cuda,
    pytest.mark.skipif(not ENABLED, reason="native entry points are switched off"),
]
SERVED = 3  # calls until a plan is written down and its memory waits


@pytest.fixture
def in_python(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Names of the ops that Python launches from now on."""
    found: list[str] = []
    run = CudaRunner.__call__

    def note(self: CudaRunner, *arguments: Any) -> None:
        found.append(self.name)
        run(self, *arguments)

    monkeypatch.setattr(CudaRunner, "__call__", note)
    yield found
    gc.collect()


def served(call: Callable[[], Any], in_python: list[str]) -> Any:
    """The result of a call that was made often enough, which Python has not launched."""
    for _ in range(SERVED):
        call()
    in_python.clear()
    found = call()
    assert not in_python, in_python
    return found


def test_results_are_those_of_python(in_python: list[str]) -> None:
    x = ts.arange(12.0).reshape(3, 4)
    y = x.cuda()
    for call in (
        lambda t: t + t,
        lambda t: ts.add(t, t, alpha=0.1),  # a number that single precision rounds
        lambda t: t.sum(0),
        lambda t: t.clone().add_(t),
        lambda t: t.to(ts.int64) % 7,  # an integer, and a record of what may go wrong
        lambda t: ts.var_mean(t, 1)[1],
    ):
        found = served(lambda call=call: call(y), in_python)  # type: ignore[misc]
        assert found.is_cuda and not (found.cpu() - call(x)).abs().max().item() > 1e-5


def test_views_and_indices_are_served(in_python: list[str]) -> None:
    x = ts.arange(12.0, device="cuda").reshape(3, 4)
    for i in range(3):
        assert served(lambda i=i: x[i, 1:], in_python).tolist() == [4 * i + k for k in (1, 2, 3)]
    w = x.clone().requires_grad_()
    found = served(lambda: w.t()[1], in_python)
    assert found.grad_fn is not None and found.tolist() == [1, 5, 9]


def test_a_forward_and_its_backward_are_served(in_python: list[str]) -> None:
    weight = ts.full((4, 3), 0.5, device="cuda", requires_grad=True)
    x = ts.arange(8.0, device="cuda").reshape(2, 4)

    def step() -> Any:
        weight.grad = None
        loss = (x @ weight).tanh().sum()
        loss.backward()
        return loss

    loss = served(step, in_python)
    here = ts.full((4, 3), 0.5, requires_grad=True)
    (x.cpu() @ here).tanh().sum().backward()
    assert here.grad is not None and weight.grad is not None
    assert ts.allclose(weight.grad.cpu(), here.grad) and loss.requires_grad


def test_an_optimizer_step_is_served(in_python: list[str]) -> None:
    parameters = [ts.ones(5, device="cuda", requires_grad=True) for _ in range(2)]
    for each in parameters:
        each.grad = ts.ones(5, device="cuda")
    served(ts.optim.Adam(parameters, lr=0.5).step, in_python)
    assert ts.allclose(parameters[1].cpu(), ts.full((5,), 1 - 0.5 * (SERVED + 1)), atol=1e-4)


def test_memory_is_accounted_for_as_by_python(in_python: list[str]) -> None:
    x = ts.ones(1 << 16, device="cuda")  # which takes scratch memory to sum
    served(lambda: x.sum() + x[0], in_python)
    ts.cuda.reset_peak_memory_stats()
    before = ts.cuda.memory_stats()
    kept = [x + 1 for _ in range(2)]
    kept = [x + 1 for _ in range(2)] + kept[:0]
    after = ts.cuda.memory_stats()
    del kept
    end = ts.cuda.memory_stats()
    for name, many in (("allocation", 1), ("allocated_bytes", 1 << 18), ("active_bytes", 1 << 18)):
        assert after[f"{name}.all.current"] - before[f"{name}.all.current"] == 2 * many
        assert end[f"{name}.all.current"] == before[f"{name}.all.current"]
        assert end[f"{name}.all.peak"] - before[f"{name}.all.current"] >= 3 * many
        assert end[f"{name}.all.allocated"] - before[f"{name}.all.allocated"] == 4 * many
        assert end[f"{name}.small_pool.freed"] - before[f"{name}.small_pool.freed"] == 4 * many


def test_memory_that_another_stream_uses_is_not_given_out_yet(in_python: list[str]) -> None:
    x = ts.ones(1000, device="cuda")
    served(lambda: x + x, in_python)
    y = x + x
    place = y.data_ptr()
    stream = ts.cuda.Stream()
    with ts.cuda.stream(stream):
        kept = [y + 1 for _ in range(4)]
    y.record_stream(stream)
    del y
    z = x + x
    assert z.data_ptr() != place or not machine.is_simulated()  # a real one may be done with it
    assert z.sum().item() == 2000 and len(kept) == 4


def test_each_thread_queues_on_its_own_stream(in_python: list[str]) -> None:
    x = ts.ones(100, device="cuda")
    stream = ts.cuda.Stream()
    ts.cuda.synchronize()
    with ts.cuda.stream(stream):
        served(lambda: x * 3, in_python)
    names: list[list[str]] = []

    def other() -> None:
        before = len(list(stream.queue.recent))
        served(lambda: x * 3, in_python)
        names.append([before, len(list(stream.queue.recent))])  # type: ignore[list-item]

    with ts.cuda.stream(stream):
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        found = served(lambda: x * 3, in_python)
    stream.synchronize()
    assert names[0][0] == names[0][1] and found.sum().item() == 300
    assert any("mul" in name for name in stream.queue.recent)


def test_what_is_recorded_on_another_stream_is_noted_by_python(in_python: list[str]) -> None:
    x = ts.ones(3, device="cuda", requires_grad=True)
    served(lambda: (x * x).sum().backward(), in_python)
    stream = ts.cuda.Stream()
    stream.wait_stream(ts.cuda.current_stream())
    with ts.cuda.stream(stream):
        y = (x * x).sum()
    assert in_python and y.grad_fn.metadata
    in_python.clear()
    ts.cuda.current_stream().wait_stream(stream)
    x.grad = None
    y.backward()
    assert x.grad is not None and x.grad.tolist() == [2, 2, 2] and in_python


def test_two_devices_are_served_in_turn(in_python: list[str], second: str) -> None:
    x, y = ts.ones(3, device="cuda:0"), ts.full((3,), 2.0, device=second)

    def both() -> Any:
        return x + x, y + y

    a, b = served(both, in_python)
    assert a.tolist() == [2] * 3 and b.tolist() == [4] * 3 and str(b.device) == second


def test_captured_work_belongs_to_the_graph(in_python: list[str]) -> None:
    x = ts.ones(3, device="cuda")
    served(lambda: x + x, in_python)
    graph = ts.cuda.CUDAGraph()
    with ts.cuda.graph(graph):
        y = x + x
    assert in_python
    x.fill_(5)
    graph.replay()
    assert y.tolist() == [10] * 3
    served(lambda: x + x, in_python)


def test_a_bad_index_is_told_when_somebody_waits(in_python: list[str]) -> None:
    table, index = ts.ones(3, device="cuda"), ts.tensor([2], device="cuda")
    served(lambda: table.index_select(0, index), in_python)
    bad = ts.tensor([7], device="cuda")
    for _ in range(2):
        assert served(lambda: table.index_select(0, index), in_python).tolist() == [1]
        in_python.clear()
        found = table.index_select(0, bad)
        assert not in_python
        with pytest.raises(IndexError, match=r"index_select: an index .* less than 3, got 7$"):
            found.tolist()


def test_records_that_run_out_are_looked_at(in_python: list[str]) -> None:
    table, index = ts.ones(3, device="cuda"), ts.tensor([2], device="cuda")
    for _ in range(300):
        found = table.index_select(0, index)
    assert found.tolist() == [1]


def test_a_refused_launch_names_the_op_and_loses_nothing(
    in_python: list[str], driver: SimulatedDriver
) -> None:
    x = ts.ones(3, device="cuda")
    served(lambda: x + x, in_python)
    before = ts.cuda.memory_allocated()
    driver.failures.plan("cuLaunchKernel", 701)
    with pytest.raises(CudaError, match=r"too many resources requested for launch.*launching add"):
        x + x
    assert not in_python and ts.cuda.memory_allocated() == before
    assert served(lambda: x + x, in_python).tolist() == [2] * 3


def test_an_interrupt_of_a_launch_is_an_interrupt(
    in_python: list[str], driver: SimulatedDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    x = ts.ones(8, device="cuda")
    served(lambda: x + 1, in_python)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(driver, "launcher", lambda *_: interrupted)
        x + 1
    assert not in_python
    assert (x + 1).tolist() == [2.0] * 8


def test_an_error_that_comes_late_names_what_native_code_launched(
    in_python: list[str], driver: SimulatedDriver
) -> None:
    x = ts.ones(3, device="cuda")
    served(lambda: x + x, in_python)
    ts.cuda.synchronize()
    driver.failures.plan("cuStreamSynchronize", 700)
    y = (x + x) * 1
    with pytest.raises(CudaError, match=r"illegal memory.*told late.*youngest last: .*add\["):
        ts.cuda.current_stream().synchronize()
    assert y.tolist() == [2] * 3


def test_out_of_memory_says_what_was_asked(in_python: list[str]) -> None:
    total = ts.cuda.mem_get_info()[1]
    ts.cuda.empty_cache()
    x = ts.ones(1 << 20, device="cuda")
    served(lambda: x + x, in_python)
    held = ts.cuda.memory_reserved() / total
    ts.cuda.set_per_process_memory_fraction(min(1.0, held))
    try:
        kept = []
        with pytest.raises(ts.cuda.OutOfMemoryError, match=r"Tried to allocate 4.00 MiB.*allowed"):
            while True:
                kept.append(x + x)
    finally:
        ts.cuda.set_per_process_memory_fraction(1.0)
    assert kept and in_python
    kept.clear()
    assert served(lambda: x + x, in_python)[0].item() == 2


def test_a_plan_of_a_machine_that_is_gone_is_not_used(driver: SimulatedDriver) -> None:
    x = ts.ones(3, device="cuda")
    for _ in range(SERVED):
        x + x
    try:
        machine.use_driver(SimulatedDriver(Settings(devices=2)))
        forget_plans()
        y = ts.ones(3, device="cuda")
        launched = driver.calls["cuLaunchKernel"]
        for _ in range(SERVED):
            assert (y + y).tolist() == [2] * 3
        del x
        assert driver.calls["cuLaunchKernel"] == launched
    finally:
        machine.use_driver(SimulatedDriver(Settings(devices=2)))
        forget_plans()
