"""Tensors from data, shapes and numbers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import tensorsmith as ts


@pytest.mark.parametrize(
    ("data", "kind", "shape"),
    [
        (1, ts.int64, ()),
        ([1, 2.5], ts.float32, (2,)),
        ([[True], [False]], ts.bool, (2, 1)),
        ([1, 2j], ts.complex64, (2,)),
        ([], ts.float32, (0,)),
        ([[], []], ts.float32, (2, 0)),
        (np.float64(1), ts.float64, ()),
        (np.ones((2, 2), np.int8), ts.int8, (2, 2)),
        ([np.ones(2, np.int16), np.zeros(2, np.int16)], ts.int16, (2, 2)),
        (range(3), ts.int64, (3,)),
        ([ts.tensor(1), ts.tensor(2)], ts.int64, (2,)),
        ([ts.tensor([1]), ts.tensor([[2]])], ts.int64, (2,)),
        ([ts.tensor(True), 2], ts.int64, (2,)),
        ([np.int8(3), np.int8(4)], ts.int8, (2,)),
        ([1, np.float64(2.5)], ts.float64, (2,)),
        ([True, np.float16(1)], ts.float16, (2,)),
    ],
)
def test_dtype_and_shape_follow_the_data(data: Any, kind: ts.dtype, shape: tuple[int, ...]) -> None:
    made = ts.tensor(data)
    assert made.dtype is kind and made.shape == shape


@pytest.mark.parametrize(
    ("data", "error", "words"),
    [
        ([[1, 2], [3]], ValueError, "expected sequence of length 2 at dim 1 .got 1."),
        (["a"], ValueError, "too many dimensions 'str'"),
        ([None], RuntimeError, "Could not infer dtype of NoneType"),
        (2**70, ValueError, "Overflow"),
        (object(), RuntimeError, "Could not infer dtype of object"),
    ],
)
def test_what_is_no_data_is_refused(data: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        ts.tensor(data)


def test_numbers_that_do_not_fit_are_refused() -> None:
    with pytest.raises(RuntimeError, match="without overflow"):
        ts.tensor(300, dtype=ts.int8)
    with pytest.raises(RuntimeError, match="without overflow"):
        ts.full((2,), 300, dtype=ts.int8)


@pytest.mark.parametrize(
    ("data", "kind", "values"),
    [
        ([ts.tensor(1), 2.5], ts.float32, [1.0, 2.5]),
        ([[np.int8(1)], [ts.tensor(2.5)]], ts.float32, [[1.0], [2.5]]),
        ([np.uint8(3), -1], ts.int64, [3, -1]),
        ([np.int8(3), 300], ts.int64, [3, 300]),
        ([np.array([1, 2], np.int8), np.array([1.5, 2], np.float32)], ts.float32,
         [[1.0, 2.0], [1.5, 2.0]]),
    ],
)  # fmt: skip
def test_numbers_keep_their_values_among_others_of_another_dtype(
    data: Any, kind: ts.dtype, values: Any
) -> None:
    made = ts.tensor(data)
    assert made.dtype is kind and made.tolist() == values


@pytest.mark.parametrize("name", ["uint8", "int8", "int32", "int64"])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1e30, 2.0**63])
def test_no_integer_stands_for_what_is_none(value: float, name: str) -> None:
    for data in (value, [1.0, value]):
        with pytest.raises(RuntimeError, match="without overflow"):
            ts.tensor(data, dtype=getattr(ts, name))
    assert ts.tensor([-3.75, 3.75], dtype=ts.int8).tolist() == [-3, 3]


def test_a_copy_of_a_tensor_warns() -> None:
    with pytest.warns(UserWarning, match="copy construct"):
        assert ts.tensor(ts.ones(2)).tolist() == [1, 1]


def test_sequences_agree_with_numpy() -> None:
    assert ts.arange(5, 0, -2).tolist() == [5, 3, 1]
    np.testing.assert_allclose(ts.arange(0, 1, 0.1).numpy(), np.arange(0, 1, 0.1), rtol=1e-6)
    np.testing.assert_allclose(ts.linspace(-1, 2, 7).numpy(), np.linspace(-1, 2, 7), rtol=1e-6)
    np.testing.assert_allclose(ts.logspace(0, 2, 5).numpy(), np.logspace(0, 2, 5), rtol=1e-5)
    assert ts.arange(3).dtype is ts.int64 and ts.arange(3.0).dtype is ts.float32
    assert ts.tril_indices(2, 2).tolist() == [[0, 1, 1], [0, 0, 1]]
    with pytest.raises(RuntimeError, match="nonzero"):
        ts.arange(0, 1, 0)
    with pytest.raises(RuntimeError, match="inconsistent with step sign"):
        ts.arange(0, 5, -1)


def test_likes_take_shape_dtype_and_order() -> None:
    x = ts.ones(2, 3, dtype=ts.int16).t()
    assert ts.zeros_like(x).stride() == (1, 3) and ts.zeros_like(x).dtype is ts.int16
    assert ts.full_like(x, 7).tolist() == [[7, 7], [7, 7], [7, 7]]
    assert x.new_zeros(2).dtype is ts.int16
    assert ts.ones_like(x, dtype=ts.float64).dtype is ts.float64


def test_shapes_are_checked() -> None:
    with pytest.raises(RuntimeError, match="negative dimension -1"):
        ts.zeros(-1)
    with pytest.raises(TypeError, match="must be tuple of ints"):
        ts.zeros(1.5)


def test_default_device_and_context() -> None:
    with ts.device("meta"):
        assert ts.zeros(2).device.type == "meta"
    assert ts.zeros(2).device.type == "cpu"
    with pytest.raises(RuntimeError, match="must be one of"):
        ts.device("nowhere")


def test_one_step_is_the_start_whatever_the_end_is() -> None:
    for end in (math.inf, math.nan, -1.0):
        assert ts.linspace(2, end, 1).tolist() == [2.0]
        assert ts.logspace(2, end, 1).tolist() == [100.0]
