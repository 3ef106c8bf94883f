"""Operands of several dtypes, converted and worked on in one native call."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
import tensorsmith as ts
from tensorsmith.tensor.calls import dispatch
from tensorsmith.tensor.native.runtime import ENABLED

pytestmark = pytest.mark.skipif(not ENABLED, reason="native entry points are switched off")

KINDS = [ts.float32, ts.float64, ts.float16, ts.int64, ts.uint8, ts.bool]
CALLS: list[Callable[[Any, Any], Any]] = [
    lambda x, y: x + y, lambda x, y: x * y, lambda x, y: x / (y + 1), lambda x, y: x < y,
    lambda x, y: ts.where(y > 1, x, y),
]  # fmt: skip


def refuse(*given: Any) -> Any:
    raise AssertionError("left to Python")


@pytest.mark.parametrize("call", CALLS)
def test_dtypes_that_met_before_are_served_with_the_same_result(
    call: Callable[[Any, Any], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    x, row = ts.arange(12).reshape(3, 4), ts.arange(4)
    pairs = [(x.to(a), (row % 3).to(b)) for a, b in product(KINDS, KINDS) if a is not b]
    first = [call(*pair) for pair in pairs]
    for pair in pairs:
        call(*pair)
    monkeypatch.setattr(dispatch, "converted_for", refuse)
    for pair, found in zip(pairs, first):
        again = call(*pair)
        assert again.dtype is found.dtype and again.stride() == found.stride()
        assert again.tolist() == found.tolist()


def test_a_recorded_operand_of_another_dtype_gets_its_gradient() -> None:
    x = ts.arange(4.0).requires_grad_()
    h = ts.arange(4).to(ts.float16).requires_grad_()
    count, wide = ts.arange(4), ts.arange(4).to(ts.float64)
    for _ in range(4):
        x.grad = h.grad = None
        (x + count).sum().backward()
        assert x.grad.tolist() == [1, 1, 1, 1] and x.grad.dtype is ts.float32
        (x * wide).sum().backward()
        assert x.grad.tolist() == [1, 2, 3, 4] and x.grad.dtype is ts.float32
        (x * h).sum().backward()
        assert x.grad.tolist() == [1, 3, 5, 7]
        assert h.grad.tolist() == [0, 1, 2, 3] and h.grad.dtype is ts.float16


def test_a_function_of_floats_takes_integers() -> None:
    x = ts.tensor([1, 4, 9])
    for _ in range(4):
        assert x.sqrt().tolist() == [1, 2, 3] and x.sqrt().dtype is ts.float32
