"""Lists of tensors joined by native code: values, history, and what is left to Python."""

from __future__ import annotations

import gc
import sys
import weakref
from collections.abc import Callable
from typing import Any

import pytest
import tensorsmith as ts
from tensorsmith.tensor.calls import executing
from tensorsmith.tensor.native.plans import MOST_PARTS
from tensorsmith.tensor.native.runtime import ENABLED

pytestmark = pytest.mark.skipif(not ENABLED, reason="native entry points are switched off")

Join = Callable[[], Any]


def numbers(*shape: int) -> Any:
    """0, 1, 2, ... in a shape."""
    return ts.arange(ts.Size(shape).numel(), dtype=ts.float32).reshape(shape)


JOINS: list[Join] = [
    lambda: ts.cat([numbers(2, 3), numbers(4, 3)]),
    lambda: ts.cat((numbers(2, 3), numbers(2, 1)), dim=-1),
    lambda: ts.cat([numbers(2, 3).t(), numbers(3, 5)[:, ::2]], 1),
    lambda: ts.cat([numbers(2, 3), numbers(2, 3).to(ts.float64), numbers(2, 3).to(ts.int64)]),
    lambda: ts.cat([numbers(2, 3), numbers(0, 3), numbers(1, 3)]),
    lambda: ts.cat([ts.empty(0), numbers(2, 3)]),
    lambda: ts.cat([numbers(2, 0), numbers(3, 0)]),
    lambda: ts.stack([numbers(2, 3), numbers(2, 3).neg(), numbers(3, 2).t()], 1),
    lambda: ts.hstack([numbers(3), numbers(4)]),
]


@pytest.mark.parametrize("join", JOINS)
def test_a_list_that_was_joined_before_is_served_with_the_same_result(
    join: Join, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = join(), join()  # composites are followed when they are called again

    def refuse(*given: Any) -> Any:
        raise AssertionError("left to Python")

    monkeypatch.setattr(executing, "_run_routine", refuse)
    again = join()
    assert again.dtype is first.dtype and again.stride() == first.stride()
    assert again.tolist() == first.tolist()


@pytest.mark.parametrize("parts", [2, 3])
@pytest.mark.parametrize("needed", [(True, True), (False, True)])
@pytest.mark.parametrize("name", ["cat", "stack", "hstack", "vstack"])
def test_a_recorded_list_is_served_after_the_first_calls(
    name: str, needed: tuple[bool, bool], parts: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    join = getattr(ts, name)
    given = [numbers(3 + parts, 3).requires_grad_(needed[min(i, 1)]) for i in range(parts)]
    join([x.detach() for x in given])  # a list without history was known before
    for _ in range(2):
        first = join(given)

    def refuse(*given: Any) -> Any:
        raise AssertionError("left to Python")

    monkeypatch.setattr(executing, "_run_routine", refuse)
    again = join(given)
    monkeypatch.undo()
    assert again.tolist() == first.tolist() and again.grad_fn is not first.grad_fn
    (again * again).sum().backward()
    for x, need in zip(given, (needed[0], *[needed[1]] * parts)):
        assert (x.grad is not None) == need
        assert x.grad is None or x.grad.tolist() == (2 * x.detach()).tolist()


@pytest.mark.parametrize(
    "join", [lambda x: ts.cat([x, x]), lambda x: ts.stack([x, x]), lambda x: ts.block_diag(x, x),
             lambda x: ts.hstack([x, x]), lambda x: ts.cat(x.split(2))],
)  # fmt: skip
def test_the_parts_of_a_recorded_list_can_be_changed_before_the_backward(join: Any) -> None:
    for _ in range(3):
        leaf = numbers(4).requires_grad_()
        x = leaf + 1
        found = join(x)
        with ts.no_grad():
            x.add_(1)
        found.sum().backward()
        assert leaf.grad.tolist() == [found.numel() / 4 if found.ndim == 1 else 2.0] * 4


def test_a_recorded_list_does_not_keep_its_parts_alive() -> None:
    for _ in range(3):
        x = numbers(4).requires_grad_() * 2
        gone = weakref.ref(x)
        joined = ts.cat([x, x])
        del x
        gc.collect()
        assert gone() is None and joined.requires_grad


def test_the_history_of_a_list_tells_parts_that_need_a_gradient_from_others() -> None:
    def gradients(first: bool, second: bool) -> list[Any]:
        a = numbers(2, 2).requires_grad_(first)
        b = numbers(3, 2).requires_grad_(second)
        joined = ts.cat([a, b * 2])
        if joined.requires_grad:
            (joined * numbers(5, 2)).sum().backward()
        return [x.grad if x.grad is None else x.grad.tolist() for x in (a, b)]

    for first in (False, True):
        for second in (False, True):
            expected = [
                [[0.0, 1.0], [2.0, 3.0]] if first else None,
                [[8.0, 10.0], [12.0, 14.0], [16.0, 18.0]] if second else None,
            ]
            assert [gradients(first, second) for _ in range(3)] == [expected] * 3


def test_a_gradient_of_a_gradient_goes_through_a_served_list() -> None:
    for _ in range(3):
        x = ts.tensor([2.0, 3.0], requires_grad=True)
        (first,) = ts.autograd.grad((ts.cat([x, x * x]) ** 2).sum(), x, create_graph=True)
        first.sum().backward()
        assert x.grad.tolist() == [2 + 12 * 4.0, 2 + 12 * 9.0]


def test_joining_keeps_no_reference_to_the_parts() -> None:
    a, parts = numbers(2, 3), []
    parts = [a, a.requires_grad_()]
    for _ in range(3):
        ts.cat(parts)
    gc.collect()
    before = sys.getrefcount(a)
    for _ in range(100):
        ts.cat(parts)
    gc.collect()
    assert sys.getrefcount(a) == before


def test_a_long_list_is_joined_too() -> None:
    parts = [ts.full((1,), float(i)) for i in range(2 * MOST_PARTS)]
    for _ in range(2):
        assert ts.cat(parts).tolist() == [float(i) for i in range(2 * MOST_PARTS)]


def test_errors_of_a_list_are_the_same_after_lists_were_served() -> None:
    for _ in range(3):
        ts.cat([numbers(2, 3), numbers(2, 3)])
    with pytest.raises(TypeError, match="expected Tensor as element 1 in argument 0, but got int"):
        ts.cat([numbers(2, 3), 3])
    with pytest.raises(RuntimeError, match="Sizes of tensors must match except in dimension 0"):
        ts.cat([numbers(2, 3), numbers(2, 4)])
    with pytest.raises(ValueError, match="expected a non-empty list of Tensors"):
        ts.cat([])


def test_a_mapped_list_is_left_to_the_transform() -> None:
    x = numbers(3, 2)
    for _ in range(2):
        ts.cat([x[0], x[0]])
        found = ts.vmap(lambda row: ts.cat([row, row * 2]))(x)
        assert found.tolist() == [[a, b, 2 * a, 2 * b] for a, b in x.tolist()]
