"""Calls: conversions, results written into given tensors, versions and errors."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import tensorsmith as ts
from tensorsmith.tensor.functions.composites import sum_to


def test_numbers_are_weak_and_dims_beat_scalars() -> None:
    x = ts.ones(3)
    assert (x.half() + 1.5).dtype is ts.float16
    assert (ts.ones(3, dtype=ts.int32) + 1).dtype is ts.int32
    assert (ts.ones(3, dtype=ts.int32) + 1.5).dtype is ts.float32
    assert (x + ts.tensor(1.0, dtype=ts.float64)).dtype is ts.float32
    assert (ts.ones(3, dtype=ts.uint8) + ts.ones(3, dtype=ts.int8)).dtype is ts.int16


def test_a_call_seen_before_gives_what_the_first_gave() -> None:
    a, b = ts.arange(6.0).reshape(2, 3), ts.tensor([10.0, 20.0, 30.0])
    first, second = a + b, a + b
    assert first.tolist() == second.tolist() == [[10, 21, 32], [13, 24, 35]]
    assert (a * 2.0).tolist() == (a * 2.0).tolist() == [[0, 2, 4], [6, 8, 10]]
    assert (a * 3.0).tolist() == [[0, 3, 6], [9, 12, 15]]


def test_the_number_of_an_attribute_is_not_taken_from_an_earlier_call() -> None:
    x = ts.ones(3)
    assert ts.add(x, x, alpha=2).tolist() == [3, 3, 3]
    assert ts.add(x, x, alpha=5).tolist() == [6, 6, 6]
    assert ts.add(x, x).tolist() == [2, 2, 2]


def test_results_of_pointwise_ops_keep_the_order_of_dims() -> None:
    x = ts.ones(2, 3).t()
    assert (x + x).stride() == (1, 3)
    assert x.clone().stride() == (1, 3)
    assert x.contiguous().stride() == (2, 1)


def test_in_place_counts_writes_and_keeps_the_memory() -> None:
    x = ts.arange(4.0)
    view, address = x[1:3], x.data_ptr()
    before = x._version
    view.mul_(10)
    assert x.tolist() == [0, 10, 20, 3]
    assert x._version == view._version == before + 1
    x += 1
    assert x.data_ptr() == address and x.tolist() == [1, 11, 21, 4]


def test_in_place_reads_overlapping_operands_before_it_writes() -> None:
    x = ts.arange(5.0)
    x[1:].add_(x[:-1])
    assert x.tolist() == [0, 1, 3, 5, 7]


def numbered(device: str = "cpu") -> ts.Tensor:
    """Rows of a table, of which parts are read and others written."""
    return (ts.arange(64 * 40.0) / 1000).reshape(64, 40).to(device)


WITHIN: dict[str, Callable[[ts.Tensor, ts.Tensor], object]] = {
    "pointwise": lambda x, y: ts.exp(x[:, :2], out=y[:, 1:3]),
    "disjoint": lambda x, y: ts.add(x[:, :20], 1, out=y[:, 20:]),
    "in place": lambda x, y: y[:, :20].mul_(x[:, 20:]),
    "a column": lambda x, y: y[:, 0].add_(x[:, 1]),
    "items": lambda x, y: y.__setitem__((slice(None), slice(1, None)), x[:, :-1]),
    "a sum": lambda x, y: ts.sum(x[:, :20], 1, out=y[:, 3]),
    "rows": lambda x, y: ts.softmax(x[:, :20], 1, out=y[:, 5:25]),
    "a scan": lambda x, y: ts.cumsum(x[:, :20], 1, out=y[:, 1:21]),
    "a product": lambda x, y: ts.mm(x[:, :10], x[:10, 10:20], out=y[:, 15:25]),
}


@pytest.mark.parametrize("write", WITHIN.values(), ids=WITHIN)
def test_a_part_of_a_tensor_is_computed_from_another_part(
    write: Callable[[ts.Tensor, ts.Tensor], object],
) -> None:
    """Results go through fresh memory, which has no gaps where the target has some."""
    same, apart = numbered(), numbered()
    write(same, same)
    write(apart.clone(), apart)
    assert same.tolist() == apart.tolist()


def test_a_result_with_large_gaps_takes_no_memory_for_them() -> None:
    x = ts.zeros(64, 100_000)
    ts.exp(x[:, 0:2], out=x[:, 1:3])
    assert x[:, 1:3].tolist() == [[1.0, 1.0]] * 64 and x[:, 0].sum() == 0


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: ts.ones(3).add_(ts.ones(2, 3)), "doesn't match the broadcast shape"),
        (lambda: ts.ones(3, dtype=ts.int64).add_(1.5), "result type Float can't be cast"),
        (lambda: ts.ones(1).expand(3).add_(1), "more than one element of the written-to tensor"),
        (lambda: ts.ones(3, requires_grad=True).add_(1), "a leaf Variable that requires grad"),
        (lambda: ts.ones(3) + ts.ones(4), "must match"),
        (lambda: ts.ones(3) + ts.ones(3, device="meta"), "same device"),
        (lambda: ts.ones(2, device="cuda"), "No CUDA GPUs are available"),
    ],
)
def test_what_cannot_be_done_is_a_runtime_error(call: object, words: str) -> None:
    with pytest.raises(RuntimeError, match=words):
        call()  # type: ignore[operator]


def test_out_is_filled_resized_and_converted() -> None:
    x = ts.arange(3.0)
    out = ts.empty(3, dtype=ts.float64)
    assert ts.exp(x, out=out) is out and out[0].item() == 1.0
    empty = ts.empty(0)
    ts.add(x, x, out=empty)
    assert empty.tolist() == [0, 2, 4]
    with pytest.warns(UserWarning, match="was resized"):
        ts.add(x, x, out=ts.empty(5))
    with pytest.raises(RuntimeError, match="can't be cast"):
        ts.exp(x, out=ts.empty(3, dtype=ts.int64))
    with pytest.raises(RuntimeError, match="don't support automatic differentiation"):
        ts.exp(ts.ones(2, requires_grad=True), out=ts.empty(2))


def test_meta_tensors_have_shapes_and_no_memory() -> None:
    x = ts.empty(1 << 20, 1 << 20, device="meta")
    y = (x @ x.t()).sum(0)
    assert y.shape == (1 << 20,) and y.device.type == "meta" and y.data_ptr() == 0
    with pytest.raises(RuntimeError):
        y[0].item()


def test_the_default_dtype_reaches_calls_that_were_planned() -> None:
    x = ts.ones(2, dtype=ts.int64)
    assert ts.exp(x).dtype is ts.float32
    ts.set_default_dtype(ts.float64)
    try:
        assert ts.exp(x).dtype is ts.float64
    finally:
        ts.set_default_dtype(ts.float32)


def test_sum_to_undoes_broadcasting() -> None:
    x = ts.ones(2, 3, 4)
    assert sum_to(x, (3, 1)).tolist() == [[8], [8], [8]]
    assert sum_to(x, ()).item() == 24
    assert sum_to(x, (2, 3, 4)) is x


def test_adding_rows_in_place_leaves_the_rest_where_it_is() -> None:
    table, index = ts.arange(12.0).reshape(4, 3), ts.tensor([2, 0, 2])
    wanted = table.index_add(0, index, ts.ones(3, 3))
    address = table.data_ptr()
    table.index_add_(0, index, ts.ones(3, 3))
    assert table.tolist() == wanted.tolist()
    assert table.data_ptr() == address


def test_adding_rows_of_a_tensor_to_itself_reads_them_before_it_writes() -> None:
    table, index = ts.arange(12.0).reshape(4, 3), ts.tensor([3, 3, 0, 1])
    wanted = table.index_add(0, index, table)
    table.index_add_(0, index, table)
    assert table.tolist() == wanted.tolist()
    square = ts.arange(9.0).reshape(3, 3)
    wanted = square.index_add(0, index[:3] % 3, square.t())
    square.index_add_(0, index[:3] % 3, square.t())
    assert square.tolist() == wanted.tolist()
