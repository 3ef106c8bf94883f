"""Composites of views, `einsum` and products of several dims, against NumPy."""

from __future__ import annotations

import numpy as np
import pytest
import tensorsmith as ts

RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("equation", "shapes"),
    [
        ("ij,jk->ik", [(3, 4), (4, 5)]),
        ("bij,bjk", [(2, 3, 4), (2, 4, 5)]),
        ("i,j->ji", [(3,), (4,)]),
        ("ii->i", [(3, 3)]),
        ("ij->", [(3, 4)]),
        ("...ij,...jk->...ik", [(2, 3, 4), (4, 5)]),
        ("ij,kj,ml->ikm", [(3, 4), (2, 4), (5, 6)]),
        ("bhqd,bhkd->bhqk", [(2, 3, 4, 5), (2, 3, 6, 5)]),
    ],
)
def test_einsum_agrees_with_numpy(equation: str, shapes: list[tuple[int, ...]]) -> None:
    arrays = [RNG.normal(size=shape) for shape in shapes]
    found = ts.einsum(equation, *[ts.from_numpy(x) for x in arrays])
    np.testing.assert_allclose(found.numpy(), np.einsum(equation, *arrays), rtol=1e-12)


def test_einsum_says_what_does_not_fit() -> None:
    with pytest.raises(RuntimeError, match="subscripts"):
        ts.einsum("ij->i", ts.ones(3))
    with pytest.raises(RuntimeError, match="does not broadcast"):
        ts.einsum("ij,jk->ik", ts.ones(2, 3), ts.ones(4, 5))


def test_splits_are_views() -> None:
    x = ts.arange(10)
    parts = x.split(4)
    assert [p.tolist() for p in parts] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    parts[2][0] = -1
    assert x[8].item() == -1
    assert [p.numel() for p in ts.tensor_split(x, 3)] == [4, 3, 3]
    with pytest.raises(RuntimeError, match="sum exactly"):
        x.split([3, 3])


def test_reshape_copies_only_where_it_must() -> None:
    x = ts.arange(6).reshape(2, 3)
    assert x.reshape(3, 2).data_ptr() == x.data_ptr()
    assert x.t().reshape(6).tolist() == [0, 3, 1, 4, 2, 5]
    with pytest.raises(RuntimeError, match="view size is not compatible"):
        x.t().view(6)
    with pytest.raises(RuntimeError, match="invalid for input of size 6"):
        x.reshape(4)
    assert x.view(ts.int32).shape == (2, 6)


def test_cat_promotes_and_checks() -> None:
    assert ts.cat([ts.ones(1, dtype=ts.int32), ts.ones(1)]).dtype is ts.float32
    assert ts.cat([ts.ones(2, 0), ts.ones(2, 3)], -1).shape == (2, 3)
    with pytest.raises(RuntimeError, match="Sizes of tensors must match"):
        ts.cat([ts.ones(2, 2), ts.ones(2, 3)])
    with pytest.raises(RuntimeError, match="equal size"):
        ts.stack([ts.ones(2), ts.ones(3)])


def test_repeats_agree_with_numpy() -> None:
    array = RNG.normal(size=(2, 3))
    x = ts.from_numpy(array)
    np.testing.assert_array_equal(x.repeat(2, 1, 2).numpy(), np.tile(array, (2, 1, 2)))
    np.testing.assert_array_equal(x.repeat_interleave(2, 1).numpy(), np.repeat(array, 2, 1))
    np.testing.assert_array_equal(
        ts.roll(x, (1, 2), (0, 1)).numpy(), np.roll(array, (1, 2), (0, 1))
    )
    for turns in range(-1, 4):
        np.testing.assert_array_equal(ts.rot90(x, turns).numpy(), np.rot90(array, turns))
    np.testing.assert_allclose(
        x.quantile(ts.tensor([0.1, 0.5], dtype=ts.float64), 1).numpy(),
        np.quantile(array, [0.1, 0.5], 1),
    )


def test_images_can_lie_channels_last() -> None:
    x = ts.arange(24.0).reshape(1, 2, 3, 4)
    for made in (
        x.contiguous(memory_format=ts.channels_last),
        x.clone(memory_format=ts.channels_last),
    ):
        assert made.stride() == (24, 1, 8, 2) and ts.equal(made, x)
        assert made.is_contiguous(memory_format=ts.channels_last) and not made.is_contiguous()
        assert made.contiguous(memory_format=ts.channels_last) is made
        assert made.contiguous().stride() == (24, 12, 4, 1)
        assert made.clone(memory_format=ts.contiguous_format).stride() == (24, 12, 4, 1)
    with pytest.raises(RuntimeError, match="required rank 4 tensor to use channels_last format"):
        ts.ones(2, 3).contiguous(memory_format=ts.channels_last)
