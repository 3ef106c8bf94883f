"""Products of byte matrices: exact in 32 bits."""

from __future__ import annotations

import numpy as np
import pytest
import tensorsmith as ts


@pytest.mark.parametrize("turned", [False, True])
def test_products_of_bytes_are_exact_sums_of_32_bits(turned: bool) -> None:
    generator = np.random.default_rng(0)
    a = generator.integers(-128, 128, (33, 3000)).astype(np.int8)
    b = generator.integers(-128, 128, (3000, 17)).astype(np.int8)
    a[0], b[:, 0] = -128, -128  # the largest products
    second = ts.from_numpy(b.T.copy()).mT if turned else ts.from_numpy(b)
    result = ts._int_mm(ts.from_numpy(a), second)
    assert result.dtype == ts.int32
    np.testing.assert_array_equal(result.numpy(), a.astype(np.int32) @ b.astype(np.int32))


def test_sums_beyond_32_bits_wrap_around() -> None:
    a = ts.full((1, 1 << 17), -128, dtype=ts.int8)
    assert ts._int_mm(a, a.mT).item() == -(1 << 31)


def test_only_matrices_of_bytes_are_multiplied() -> None:
    bytes_ = ts.ones(2, 3, dtype=ts.int8)
    with pytest.raises(RuntimeError, match=r"_int_mm: dtype of mat2 must be int8.*got float32"):
        ts._int_mm(bytes_, ts.ones(3, 2))
    with pytest.raises(RuntimeError, match="_int_mm: input must have 2 dims"):
        ts._int_mm(bytes_[0], bytes_.mT)
