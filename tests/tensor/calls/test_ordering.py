"""Functions that order or pick elements: shapes, layouts, dtypes, and what must hold."""

from __future__ import annotations

import numpy as np
import pytest
import tensorsmith as ts

NAN = float("nan")


def test_sorting_a_middle_dim_keeps_the_layout_and_the_places() -> None:
    source = np.random.default_rng(0).standard_normal((3, 40, 5)).astype(np.float32)
    values, places = ts.sort(ts.tensor(source), 1, descending=True)
    assert values.is_contiguous() and places.is_contiguous()
    assert (places.numpy() == np.argsort(-source, 1, kind="stable")).all()
    assert (values.numpy() == -np.sort(-source, 1)).all()


def test_sorting_a_view_reads_the_view() -> None:
    source = ts.arange(24).reshape(4, 6)
    assert source.t()[::2].sort(0, descending=True)[0].tolist() == source.t()[::2].tolist()[::-1]


def test_equal_elements_keep_their_order_both_ways() -> None:
    x = ts.tensor([1.0, 0.0, -0.0, 1.0, NAN, 0.0, NAN])
    assert x.argsort().tolist() == [1, 2, 5, 0, 3, 4, 6]
    assert x.argsort(descending=True).tolist() == [4, 6, 0, 3, 1, 2, 5]


@pytest.mark.parametrize("kind", [ts.bfloat16, ts.float16, ts.uint8, ts.bool, ts.int8])
def test_narrow_dtypes_are_sorted_as_they_are(kind: ts.dtype) -> None:
    values = ts.tensor([3, 0, 1, 1, 0]).to(kind).sort()[0]
    assert values.dtype is kind
    assert values.to(ts.int64).tolist() == sorted(
        ts.tensor([3, 0, 1, 1, 0]).to(kind).long().tolist()
    )


def test_topk_of_a_long_row_is_the_head_of_its_sort() -> None:
    x = ts.rand(3, 50_000)
    values, places = ts.topk(x, 9)
    wanted, order = x.sort(descending=True)
    assert places.equal(order[:, :9]) and values.equal(wanted[:, :9])
    assert ts.topk(x, 0)[0].shape == (3, 0)
    assert ts.topk(ts.tensor(2.0), 1)[1].item() == 0


def test_results_do_not_depend_on_the_number_of_threads() -> None:
    x = ts.rand(150_000)
    count = ts.get_num_threads()
    try:
        ts.set_num_threads(1)
        one = (
            *x.sort(),
            *x.topk(20),
            x.median(),
            ts.nonzero(x > 0.5),
            *ts.sort(x.reshape(50, 3000)),
        )
        ts.set_num_threads(2)
        two = (
            *x.sort(),
            *x.topk(20),
            x.median(),
            ts.nonzero(x > 0.5),
            *ts.sort(x.reshape(50, 3000)),
        )
    finally:
        ts.set_num_threads(count)
    assert all(a.equal(b) for a, b in zip(one, two))


def test_median_is_the_lower_middle_and_nan_if_there_is_one() -> None:
    assert ts.tensor([4.0, 1.0, 3.0, 2.0]).median().item() == 2.0
    assert ts.tensor([4.0, NAN, 3.0]).median().isnan().item()
    assert ts.tensor([4.0, NAN, 3.0]).nanmedian().item() == 3.0
    values, places = ts.tensor([[4.0, NAN, 3.0, NAN], [1.0, 2.0, 2.0, 0.0]]).median(1)
    assert places.tolist() == [1, 0] and values[1].item() == 1.0
    assert ts.tensor([]).median().isnan().item()


def test_every_nan_is_an_element_of_its_own_in_unique() -> None:
    found, inverse, counts = ts.unique(
        ts.tensor([NAN, 1.0, NAN, 1.0, -0.0, 0.0]), return_inverse=True, return_counts=True
    )
    assert found.tolist()[:2] == [0.0, 1.0] and len(found) == 4
    assert inverse.tolist() == [2, 1, 3, 1, 0, 0] and counts.tolist() == [2, 2, 1, 1]


def test_unique_of_nothing_is_nothing() -> None:
    assert [len(x) for x in ts.unique(ts.tensor([]), return_counts=True)] == [0, 0]


@pytest.mark.parametrize("shape", [(), (7,), (3, 4), (2, 3, 4, 5), (0, 3), (2, 40_000)])
def test_nonzero_gives_places_in_row_major_order(shape: tuple[int, ...]) -> None:
    holds = np.random.default_rng(1).random(shape) < 0.3
    found = ts.nonzero(ts.tensor(holds))
    assert found.numpy().tolist() == np.argwhere(holds).tolist()
    assert found.shape == (int(holds.sum()), len(shape))


def test_nonzero_and_masked_select_take_complex_numbers() -> None:
    x = ts.tensor([0j, 1j, 2 + 0j])
    assert ts.nonzero(x).tolist() == [[1], [2]]
    for kind in (ts.complex64, ts.complex128):
        assert x.to(kind).masked_select(ts.tensor([True, False, True])).tolist() == [0j, 2 + 0j]


def test_masked_select_broadcasts_both_ways() -> None:
    x, mask = ts.arange(3).reshape(1, 3), ts.tensor([[True], [False]])
    assert ts.masked_select(x, mask).tolist() == [0, 1, 2]
    with pytest.raises(RuntimeError, match=r"axis S of mask is \[2\], but \[3\] is needed"):
        ts.masked_select(ts.arange(3), ts.tensor([True, False]))
    with pytest.raises(RuntimeError, match="dtype of mask must be bool"):
        ts.masked_select(ts.arange(3), ts.tensor([1, 0, 1]))


def test_searchsorted_searches_the_row_that_belongs_to_a_value() -> None:
    rows = ts.tensor([[1, 3, 5], [2, 4, 6]])
    assert ts.searchsorted(rows, ts.tensor([[3, 9], [3, 2]])).tolist() == [[1, 3], [1, 0]]
    assert ts.searchsorted(rows[0], ts.tensor([0.5, 5.5])).tolist() == [0, 3]
    assert ts.searchsorted(ts.tensor([1.0, 2.0]), 1.5).item() == 1
    found = ts.bucketize(ts.tensor([[1.0], [2.0]]), ts.tensor([1.0, 2.0]), out_int32=True)
    assert found.dtype is ts.int32 and found.tolist() == [[0], [1]]


@pytest.mark.parametrize("kind", [np.float32, np.float64, np.int64, np.int8])
def test_searches_agree_with_numpy_for_rows_of_any_length(kind: type) -> None:
    random = np.random.default_rng(0)
    values = (20 * random.standard_normal(100)).astype(kind)
    if kind in (np.float32, np.float64):
        values[::7] = random.choice([NAN, np.inf, -np.inf, -0.0], len(values[::7]))
    for length in (0, 1, 2, 3, 4, 5, 1000, 4097):
        row = np.sort(random.choice(values, length))
        for side in ("left", "right"):
            found = ts.searchsorted(ts.tensor(row), ts.tensor(values), right=side == "right")
            assert (found.numpy() == np.searchsorted(row, values, side)).all()


def test_complex_numbers_and_tensors_without_elements_have_no_order() -> None:
    with pytest.raises(RuntimeError, match="requires Ordered"):
        ts.tensor([1j]).sort()
    with pytest.raises(RuntimeError, match="meta has no elements"):
        ts.empty(3, device="meta").nonzero()
    assert ts.empty(3, device="meta").sort()[1].shape == (3,)
    with pytest.raises(IndexError, match="Expected reduction dim to have non-zero size"):
        ts.mode(ts.empty(3, 0), 1)


def test_randperm_holds_every_number_once() -> None:
    assert ts.randperm(1000).sort()[0].tolist() == list(range(1000))
    assert ts.randperm(0).tolist() == []


def test_equal_medians_share_the_gradient() -> None:
    x = ts.tensor([1.0, 2.0, 2.0, 3.0, 2.0], requires_grad=True)
    x.median().backward()
    assert x.grad.tolist() == pytest.approx([0, 1 / 3, 1 / 3, 0, 1 / 3])


def test_topk_of_a_scalar_is_a_scalar() -> None:
    values, places = ts.tensor(3.0).topk(1)
    assert (values.shape, places.shape, values.item(), places.item()) == ((), (), 3.0, 0)


def test_the_median_of_nothing_is_nan() -> None:
    assert ts.zeros(3, 0).median().isnan() and ts.zeros(0).nanmedian().isnan()
    with pytest.raises(IndexError, match="Expected reduction dim to have non-zero size"):
        ts.zeros(3, 0).median(1)
