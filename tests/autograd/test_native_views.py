"""Gradients of slices and of joined tensors: native code gives what Python gave at first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import tensorsmith as ts
from tensorsmith.autograd import leaf, rules, stated
from tensorsmith.tensor.native.runtime import ENABLED

pytestmark = pytest.mark.skipif(not ENABLED, reason="native entry points are switched off")

VIEWS: list[Callable[[Any], Any]] = [
    lambda x: x[1:3, 2:5], lambda x: x[::2, 1], lambda x: x[1:3].t(), lambda x: x[3],
    lambda x: x.diagonal(), lambda x: x[None, 2:4], lambda x: x.unfold(0, 3, 2),
    lambda x: x[:0], lambda x: x[2:3].expand(4, 6),
]  # fmt: skip
JOINS: list[Callable[[Any, Any], Any]] = [
    lambda x, y: ts.cat([x, y]), lambda x, y: ts.cat([x, y, x], 1), lambda x, y: ts.stack([y, x]),
    lambda x, y: ts.cat([x.detach(), y], 1), lambda x, y: ts.stack([x * 2, y], 2),
    lambda x, y: ts.cat([x, y.double()]),
]  # fmt: skip


def refuse(*given: Any, **options: Any) -> Any:
    raise AssertionError("left to Python")


def gradients(make: Callable[..., Any], *leaves: Any) -> list[Any]:
    for x in leaves:
        x.grad = None
    found = make(*leaves)
    (found * (ts.arange(found.numel()).reshape(found.shape) + 1)).sum().backward()
    return [None if x.grad is None else x.grad.tolist() for x in leaves]


@pytest.mark.parametrize("view", VIEWS)
def test_the_gradient_of_a_view_stays_what_it_was(view: Callable[[Any], Any]) -> None:
    x = ts.arange(36.0).reshape(6, 6).requires_grad_()
    first = gradients(view, x)
    for _ in range(4):
        assert gradients(view, x) == first


def test_the_gradient_of_a_slice_is_served(monkeypatch: pytest.MonkeyPatch) -> None:
    x = ts.arange(36.0).reshape(6, 6).requires_grad_()
    for _ in range(3):
        first = gradients(VIEWS[0], x)
    monkeypatch.setattr(rules, "view_gradient", refuse)
    assert gradients(VIEWS[0], x) == first


@pytest.mark.parametrize("join", JOINS)
def test_the_gradients_of_joined_tensors_stay_what_they_were(
    join: Callable[[Any, Any], Any],
) -> None:
    x, y = (ts.arange(9.0).reshape(3, 3).requires_grad_() for _ in range(2))
    first = gradients(join, x, y)
    for _ in range(4):
        assert gradients(join, x, y) == first


def test_the_gradients_of_joined_tensors_are_served(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = (ts.arange(9.0).reshape(3, 3).requires_grad_() for _ in range(2))
    for _ in range(4):
        first = gradients(JOINS[0], x, y)
    monkeypatch.setattr(stated, "evaluate", refuse)
    monkeypatch.setattr(leaf, "accumulate", refuse)
    assert gradients(JOINS[0], x, y) == first
    assert x.grad._storage is not y.grad._storage  # each leaf has memory of its own
