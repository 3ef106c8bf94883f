"""Tensors on a GPU: made there, moved, computed with, printed; and what is refused."""

from __future__ import annotations

import copy
import io
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tensorsmith as ts

pytestmark = pytest.mark.cuda
CURRENT = "cuda:0"


def test_factories_make_tensors_on_the_current_device() -> None:
    made = [
        ts.zeros(2, device="cuda"), ts.ones(2, 3, device="cuda:0"), ts.full((2,), 7, device="cuda"),
        ts.arange(5, device="cuda"), ts.eye(3, device="cuda"), ts.linspace(0, 1, 4, device="cuda"),
        ts.tensor([1, 2], device="cuda"), ts.empty(3, device=ts.device("cuda")),
        ts.rand(3, device=0), ts.randint(0, 9, (4,), device="cuda"), ts.randperm(4, device="cuda"),
    ]  # fmt: skip
    assert {str(x.device) for x in made} == {CURRENT}
    assert all(x.is_cuda and not x.is_cpu and x.get_device() == 0 for x in made)
    assert made[3].tolist() == [0, 1, 2, 3, 4] and made[2].tolist() == [7, 7]
    assert all(x.device == made[0].device for x in (ts.zeros_like(made[0]), made[0].new_ones(2)))


def test_the_default_device_may_be_a_gpu() -> None:
    with ts.device("cuda"):
        assert str(ts.ones(2).device) == CURRENT
    assert ts.ones(2).is_cpu


@pytest.mark.parametrize(
    "arrange",
    [
        lambda x: x, lambda x: x.t(), lambda x: x[:, ::2], lambda x: x[1:], lambda x: x[0, 0],
        lambda x: x.expand(3, 4, 6), lambda x: x[:0],
    ],
)  # fmt: skip
def test_a_tensor_goes_to_the_device_and_comes_back_whatever_its_strides(
    arrange: Callable[[Any], Any],
) -> None:
    x = arrange(ts.arange(24).reshape(4, 6))
    there = x.cuda()
    assert there.shape == x.shape and str(there.device) == CURRENT
    assert there.cpu().tolist() == there.tolist() == x.tolist()
    wide = ts.arange(24, device="cuda").reshape(4, 6)
    assert arrange(wide).cpu().tolist() == x.tolist()


def test_what_is_there_already_is_not_copied() -> None:
    x = ts.ones(3, device="cuda")
    assert x.cuda() is x and x.to("cuda:0") is x and x.to(x) is x and x.to(device=0) is x
    assert x.to("cuda", copy=True) is not x
    y = x.to("cpu", ts.float64)
    assert y.is_cpu and y.dtype is ts.float64 and x.to(y).dtype is ts.float64


def test_copies_from_and_to_pinned_memory_need_not_wait() -> None:
    x = ts.arange(6.0).reshape(2, 3).pin_memory()
    assert x.is_pinned() and x.pin_memory() is x and not ts.ones(2).is_pinned()
    there = x.to("cuda", non_blocking=True) * 2
    back = there.to("cpu", non_blocking=True)
    assert back.is_pinned()
    ts.cuda.synchronize()
    assert back.tolist() == [[0, 2, 4], [6, 8, 10]]
    with pytest.raises(RuntimeError, match=r"cannot pin 'tensorsmith.cuda.FloatTensor' only"):
        there.pin_memory()


def test_a_copy_that_waits_has_read_pinned_memory_when_it_returns() -> None:
    x = ts.ones(4).pin_memory()
    there = x.cuda()
    x.fill_(9)
    assert there.tolist() == [1] * 4
    there.copy_(x)
    x.fill_(0)
    assert there.tolist() == [9] * 4


def test_elements_move_between_two_devices(second: str) -> None:
    x = ts.arange(6.0, device="cuda:0").reshape(2, 3)
    y = x.to(second)
    assert str(y.device) == second and y.tolist() == x.tolist()
    y.copy_(x.t().contiguous().t() + 1)
    assert (y + 1).tolist() == (x + 2).tolist()
    with ts.cuda.device(1):
        assert str(ts.ones(1, device="cuda").device) == second
    with pytest.raises(RuntimeError, match="at least two devices, cuda:0 and cuda:1"):
        x + y


def test_numbers_and_0_dim_tensors_of_the_cpu_mix_with_any_device() -> None:
    x, scalar = ts.arange(3.0, device="cuda"), ts.tensor(2.0, requires_grad=True)
    found = x * scalar + 1
    assert found.tolist() == [1, 3, 5] and str(found.device) == CURRENT
    found.sum().backward()
    assert scalar.grad is not None and scalar.grad.is_cpu and scalar.grad.item() == 3
    assert (x + ts.tensor(2, dtype=ts.float64)).dtype is ts.float32
    assert ts.where(x > 0, x, ts.tensor(9.0)).tolist() == [9, 1, 2]
    x += ts.tensor(1.0)
    assert x.tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    "function",
    [
        lambda x, y: x + y, lambda x, y: ts.cat([x, y]), lambda x, y: x.copy_(y) @ y,
        lambda x, y: ts.add(x, x, out=y), lambda x, y: y.add_(x), lambda x, y: ts.mm(x, y),
        lambda x, y: ts.tensor(0.0).add_(x),
    ],
)  # fmt: skip
def test_operands_of_two_devices_are_refused(function: Callable[[Any, Any], Any]) -> None:
    x, y = ts.ones(2, 2, device="cuda"), ts.ones(2, 2)
    with pytest.raises(RuntimeError, match="Expected all tensors to be on the same device"):
        function(x, y)


def test_elements_are_seen_as_numbers_and_text() -> None:
    x = ts.tensor([[1.5, -2.0]], device="cuda")
    assert repr(x) == "tensor([[ 1.5000, -2.0000]], device='cuda:0')"
    assert x[0, 0].item() == 1.5 and float(x[0, 1]) == -2 and bool(x[0, 0] > 1)
    assert x.tolist() == [[1.5, -2]] and f"{x[0, 0]:.1f}" == "1.5"
    assert x.type() == "tensorsmith.cuda.FloatTensor" and [float(v) for v in x[0]] == [1.5, -2]
    assert ts.tensor([x[0, 0], x[0, 1]]).tolist() == [1.5, -2]


def test_numpy_sees_only_what_is_on_the_cpu() -> None:
    x = ts.ones(2, device="cuda")
    words = r"can't convert cuda:0 device type tensor to numpy. Use Tensor.cpu\(\) to copy"
    for look in (lambda: x.numpy(), lambda: np.asarray(x)):
        with pytest.raises(TypeError, match=words):
            look()
    assert x.numpy(force=True).tolist() == x.cpu().numpy().tolist() == [1, 1]


def test_views_share_memory_and_see_writes() -> None:
    x = ts.zeros(3, 4, device="cuda")
    x[1] = 5
    x[:, 0] += 1
    x.t()[3].fill_(7)
    x[x > 6] = -1
    x[ts.tensor([0, 2]), ts.tensor([1, 1])] = ts.tensor([8.0, 9.0], device="cuda")
    x[[0, 1], [3, 3]] = ts.tensor(-1.0)
    with pytest.raises(RuntimeError, match="Expected all tensors to be on the same device"):
        x[[0, 1], [3, 3]] = ts.tensor([1.0, 2.0])
    x.view(-1)[2] = 3
    assert x.tolist() == [[1, 8, 3, -1], [6, 5, 5, -1], [1, 9, 0, -1]]
    assert x[[0, 2]].tolist() == x.cpu()[[0, 2]].tolist()
    assert x[x.new_tensor([2, 0]).long()].shape == (2, 4)
    assert x[None, ..., 1].tolist() == [[8, 5, 9]]


def test_results_go_where_out_and_in_place_forms_say() -> None:
    x = ts.arange(4.0, device="cuda")
    out = ts.empty(8, device="cuda")[::2]
    assert ts.mul(x, 3, out=out) is out and out.tolist() == [0, 3, 6, 9]
    assert x.add_(1).mul_(x).tolist() == [1, 4, 9, 16] and x._version == 2
    x.zero_()
    assert x.tolist() == [0] * 4


def test_a_part_of_a_tensor_is_computed_from_another_part() -> None:
    x, y = ts.ones(8, 64, device="cuda"), ts.ones(8, 64)
    for each in (x, y):
        each[:, 1:] = each[:, :-1] * 2
        each[:, :32] += each[:, 32:]
        ts.add(each[:, :32], 1, out=each[:, 32:])
    assert x.tolist() == y.tolist()


def test_counts_are_waited_for_in_every_call() -> None:
    x = ts.arange(5.0, device="cuda")
    for _ in range(3):
        for least in (0.5, 3.5, 9.0):
            assert x[x > least].tolist() == [n for n in range(5) if n > least]


def test_orders_and_what_conditions_pick_out_are_computed_on_the_device() -> None:
    ts.cuda.reset_host_calls()
    x = ts.tensor([3.0, 1.0, 2.0], device="cuda", requires_grad=True)
    values, places = x.sort()
    assert values.tolist() == [1, 2, 3] and places.device == x.device
    (values * ts.arange(3.0, device="cuda")).sum().backward()
    assert x.grad is not None and x.grad.tolist() == [2, 0, 1] and x.grad.device == x.device
    assert (x > 1).nonzero().device == x.device and x[x > 1].tolist() == [3, 2]
    assert x.unique().tolist() == [1, 2, 3] and ts.searchsorted(values, x).tolist() == [2, 0, 1]
    assert ts.cuda.host_calls() == {}


def test_complex_numbers_are_computed_by_the_host_and_lie_on_the_device() -> None:
    ts.cuda.reset_host_calls()
    x = ts.tensor([1 + 2j, 3 - 1j])
    found = x.cuda() * x.cuda().conj()
    assert str(found.device) == CURRENT and found.tolist() == [5, 10]
    assert ts.cuda.host_calls()


def test_a_bad_index_becomes_an_index_error_and_the_context_lives() -> None:
    table, index = ts.ones(3, 2, device="cuda"), ts.tensor([0, 5], device="cuda")
    with pytest.raises(IndexError, match=r"embedding.*got 5"):
        ts.nn.functional.embedding(index, table).tolist()
    table[index] = 1  # nobody waits
    with pytest.raises(IndexError, match=r"less than 3, got 5"):
        table.tolist()
    assert (table + 1).tolist() == [[2, 2]] * 3


def test_a_checked_run_tells_where_the_bad_index_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENSORSMITH_CHECK", "1")
    with ts.cuda.stream(ts.cuda.Stream()):
        table = ts.ones(7, 2, device="cuda")
        index = ts.tensor([[0, 1, 2], [3, 9, 4]], device="cuda")
        with pytest.raises(IndexError, match=r"got 9 in indices\[1, 1\]"):
            ts.nn.functional.embedding(index, table)


def test_storages_are_copied_saved_and_loaded(second: str) -> None:
    x = ts.arange(3.0, device="cuda").requires_grad_()
    again = copy.deepcopy(x)
    assert again.device == x.device and again.tolist() == x.tolist() and again.requires_grad
    assert pickle.loads(pickle.dumps(x)).tolist() == x.tolist()
    file = io.BytesIO()
    ts.save({"x": x.detach(), "y": x.detach().to(second)}, file)
    for place, wanted in (
        (None, [CURRENT, second]), ("cpu", ["cpu", "cpu"]), ({second: "cuda:0"}, [CURRENT] * 2),
    ):  # fmt: skip
        file.seek(0)
        found = ts.load(file, map_location=place)
        assert [str(each.device) for each in found.values()] == wanted
        assert all(each.tolist() == [0, 1, 2] for each in found.values())
    assert x.untyped_storage().tolist()[4:8] == [0, 0, 128, 63]


def test_work_goes_to_the_current_stream() -> None:
    stream = ts.cuda.Stream()
    x = ts.ones(1000, device="cuda")
    stream.wait_stream(ts.cuda.current_stream())
    with ts.cuda.stream(stream):
        y = x + 1
        x.record_stream(stream)
    ts.cuda.current_stream().wait_stream(stream)
    assert (y * 2).sum().item() == 4000


def test_backward_runs_on_the_stream_of_the_forward(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = ts.cuda.Stream()
    x = ts.ones(100, device="cuda", requires_grad=True)
    stream.wait_stream(ts.cuda.current_stream())
    with ts.cuda.stream(stream):
        y = (x * 3).tanh().sum()
    ts.cuda.current_stream().wait_stream(stream)
    before = len(stream.queue.recent)
    seen: list[Any] = []
    y.grad_fn.next_functions[0][0].register_hook(lambda *_: seen.append(list(stream.queue.recent)))
    (y * 2).backward()
    assert any("tanh.adjoint" in name for name in stream.queue.recent), list(stream.queue.recent)
    assert len(stream.queue.recent) > before and seen
    assert ts.cuda.current_stream() != stream
    assert x.grad is not None
    assert ts.allclose(x.grad.cpu(), ts.full((100,), 6 * (1 - float(ts.tensor(3.0).tanh()) ** 2)))
