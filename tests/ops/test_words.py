"""Dtypes of one call: which inputs promote, and which must have one dtype."""

from collections.abc import Callable
from typing import Any

import pytest
import tensorsmith as ts

SINGLE, DOUBLE = ts.ones(2, 2), ts.ones(2, 2, dtype=ts.float64)


@pytest.mark.parametrize(
    ("call", "seen"),
    [
        (lambda: SINGLE.mm(DOUBLE), "mm: expected input and mat2 .*: float32 != float64"),
        (lambda: SINGLE @ DOUBLE, "matmul: expected input and other"),
        (lambda: ts.dot(SINGLE[0], ts.tensor([1, 2])), "dot: expected .*: float32 != int64"),
        (lambda: ts.nn.Linear(2, 3)(DOUBLE), "linear: expected input and weight"),
        (
            lambda: ts.conv2d(SINGLE.reshape(1, 1, 2, 2), DOUBLE.reshape(1, 1, 2, 2)),
            "conv2d: expected input and weight",
        ),
    ],
)
def test_tensors_with_core_axes_must_have_one_dtype(call: Callable[[], Any], seen: str) -> None:
    with pytest.raises(RuntimeError, match=seen):
        call()


@pytest.mark.parametrize(
    "call",
    [
        lambda: SINGLE + DOUBLE,
        lambda: ts.outer(SINGLE[0], DOUBLE[0]),
        lambda: ts.kron(SINGLE, DOUBLE),
        lambda: ts.nn.functional.cosine_similarity(SINGLE, DOUBLE),
        lambda: ts.nn.functional.cross_entropy(SINGLE, DOUBLE),
        lambda: ts.nn.functional.mse_loss(SINGLE, DOUBLE),
    ],
)
def test_pointwise_inputs_and_entries_that_say_so_promote(call: Callable[[], Any]) -> None:
    assert call().dtype is ts.float64


def test_numbers_do_not_count() -> None:
    places = ts.zeros(1, 2, dtype=ts.int64)
    assert ts.scatter(SINGLE, 0, places, 2).dtype is ts.float32
