"""Calls that write into a tensor and are recorded: served natively, with the history of Python."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import tensorsmith as ts
from tensorsmith.tensor.calls import writing
from tensorsmith.tensor.native.runtime import ENABLED

pytestmark = pytest.mark.skipif(not ENABLED, reason="native entry points are switched off")

Step = Callable[[Any, Any], Any]

STEPS: list[Step] = [
    lambda x, w: x.add_(w),
    lambda x, w: x.sub_(w, alpha=2),
    lambda x, w: x.add_(3.0),
    lambda x, w: x.relu_(),
    lambda x, w: x.sigmoid_(),
    lambda x, w: x.mul_(2.0),
    lambda x, w: x.exp_(),
    lambda x, w: x.mul_(w),
    lambda x, w: x.div_(w),
    lambda x, w: x.addcmul_(x, w),
]


def gradient(step: Step) -> list[Any]:
    """Values after a step in place, and the gradients of leaf and weight."""
    leaf = ts.tensor([0.5, -1.0, 2.0], requires_grad=True)
    weight = ts.tensor([1.0, 2.0, -3.0], requires_grad=True)
    x = leaf * 2
    made = step(x, weight)
    assert made is x and x.grad_fn is not None
    (x * ts.tensor([1.0, 10.0, 100.0])).sum().backward()
    found = [x.tolist(), leaf.grad.tolist()]
    return found if weight.grad is None else [*found, weight.grad.tolist()]


@pytest.mark.parametrize("step", STEPS)
def test_a_step_that_was_recorded_before_is_served(
    step: Step, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = gradient(step)

    def refuse(*given: Any) -> Any:
        raise AssertionError("left to Python")

    monkeypatch.setattr(writing, "_write_result", refuse)
    assert gradient(step) == first


@pytest.mark.parametrize("layout", [lambda x: x, lambda x: x.t(), lambda x: x[:, ::2]])
def test_what_was_there_is_copied_for_a_backward_that_reads_it(layout: Step) -> None:
    def found() -> list[Any]:
        leaf = ts.arange(12.0).reshape(3, 4).requires_grad_()
        x = layout(leaf.detach()).clone() * 1
        weight = (ts.ones(x.shape) * 3).requires_grad_()
        x.mul_(weight)
        x.mul_(x.detach() + weight)
        (first,) = ts.autograd.grad((x * x).sum(), weight, create_graph=True)
        (second,) = ts.autograd.grad(first.sum(), weight)
        return [x.tolist(), first.tolist(), second.tolist()]

    first = found()
    assert [found() for _ in range(3)] == [first] * 3


def test_a_copy_of_what_was_there_is_let_go_with_the_graph() -> None:
    def step() -> None:
        weight = ts.ones(8, requires_grad=True)
        (ts.ones(8).mul_(weight) * weight).mul_(weight).sum().backward()

    for _ in range(3):
        step()
    before = ts.cpu.memory_allocated()
    for _ in range(50):
        step()
    assert ts.cpu.memory_allocated() == before


def test_a_product_in_place_keeps_what_was_there() -> None:
    for _ in range(3):
        leaf, weight = (ts.tensor([2.0, 3.0], requires_grad=True) for _ in range(2))
        x = leaf * 1
        x *= weight
        x.sum().backward()
        assert leaf.grad.tolist() == weight.grad.tolist() == [2.0, 3.0]


def test_a_tensor_without_history_gets_that_of_what_is_added() -> None:
    for _ in range(3):
        total, weight = ts.zeros(2), ts.ones(2, requires_grad=True)
        for factor in (1.0, 2.0, 4.0):
            total += weight * factor
        total.sum().backward()
        assert weight.grad.tolist() == [7.0, 7.0] and total.requires_grad


def test_leaves_that_require_grad_are_refused_each_time() -> None:
    gradient(STEPS[0])
    for _ in range(3):
        leaf = ts.ones(3, requires_grad=True)
        with pytest.raises(RuntimeError, match="leaf Variable that requires grad"):
            leaf.add_(ts.ones(3))
        with pytest.raises(RuntimeError, match="view of a leaf Variable"):
            leaf[:].add_(ts.ones(3))


def test_views_of_what_is_written_follow() -> None:
    for _ in range(3):
        leaf = ts.ones(4, requires_grad=True)
        x = leaf * 2
        before = x[:2]
        x.mul_(3.0)
        (before.sum() + x[2:].sum() * 10).backward()
        assert leaf.grad.tolist() == [6.0, 6.0, 60.0, 60.0]
        y = leaf * 2
        y[1:3].mul_(5.0)
        (found,) = ts.autograd.grad(y.sum(), leaf)
        assert found.tolist() == [2.0, 10.0, 10.0, 2.0]


def test_what_a_backward_reads_is_missed_if_it_was_written_to() -> None:
    for _ in range(3):
        x = ts.ones(2, requires_grad=True) * 1
        y = x.exp()
        y.add_(1.0)
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            y.sum().backward()
        z = (ts.ones(2, requires_grad=True) * 1).sigmoid_()
        z.sigmoid_()
        z.mul_(2.0)
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            z.sum().backward()


def test_a_mode_without_recording_leaves_the_history_alone() -> None:
    for _ in range(3):
        x = ts.ones(2, requires_grad=True) * 2
        node = x.grad_fn
        with ts.no_grad():
            x.add_(1.0)
        assert x.grad_fn is node and x._version == 1


def test_out_is_refused_where_a_call_in_place_of_the_same_layouts_is_recorded() -> None:
    total, weight = ts.zeros(3), ts.ones(3, requires_grad=True)
    for _ in range(3):
        ts.zeros(3).add_(weight)
        ts.add(ts.ones(3), ts.ones(3), out=total)
    for _ in range(3):
        with pytest.raises(RuntimeError, match="arguments don't support automatic"):
            ts.add(ts.ones(3), weight, out=total)
        assert not total.requires_grad
