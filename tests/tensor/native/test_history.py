"""Backward passes that native code runs: what they find, what they free, how they fail."""

from __future__ import annotations

from typing import Any

import pytest
import tensorsmith as ts
from tensorsmith.tensor.native.runtime import ENABLED, STATE

from .served import served_twice

pytestmark = pytest.mark.skipif(not ENABLED, reason="native entry points are switched off")


def test_gradients_flow_through_served_calls_and_views() -> None:
    w = ts.ones(4, 3, requires_grad=True)
    for _ in range(4):
        w.grad = None
        (w[1:, 0] * 2 + w.t()[1, 0]).sum().backward()
        assert w.grad is not None
        assert w.grad.tolist() == [[0, 3, 0], [2, 0, 0], [2, 0, 0], [2, 0, 0]]


def test_a_kept_tensor_that_was_written_to_is_found_by_the_native_backward() -> None:
    x = ts.ones(3, requires_grad=True)
    for _ in range(3):
        y = x * 2
        z = y * y
        y.add_(1)
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            z.sum().backward()
    served_twice(lambda: (x * x).sum().backward())


def test_a_second_backward_through_freed_nodes_is_an_error() -> None:
    x = ts.ones(3, requires_grad=True)
    for _ in range(3):
        z = (x * x).sum()
        z.backward(retain_graph=True)
        z.backward()
        with pytest.raises(RuntimeError, match="a second time"):
            z.backward()


def test_a_backward_inside_of_a_backward_runs() -> None:
    x = ts.ones(3, requires_grad=True)
    inner = ts.ones(3, requires_grad=True)

    def hook(gradient: Any) -> None:
        with ts.enable_grad():
            (inner * inner).sum().backward()

    for count in range(1, 4):
        y = x * 2
        y.register_hook(hook)
        (y * y).sum().backward()
        assert inner.grad is not None and inner.grad.tolist() == [2.0 * count] * 3


def test_an_error_in_a_backward_leaves_nothing_behind() -> None:
    x = ts.ones(3, requires_grad=True)

    def fail(gradient: Any) -> None:
        raise ValueError("from the hook")

    for _ in range(3):
        y = x * 2
        y.register_hook(fail)
        with pytest.raises(ValueError, match="from the hook"):
            (y * y).sum().backward()
    assert STATE.running == 0 and x.grad is None
    (x * x).sum().backward()
    assert x.grad is not None and x.grad.tolist() == [2, 2, 2]


def test_a_chain_of_a_hundred_thousand_nodes_goes_back_and_is_freed() -> None:
    x = y = ts.ones(1, requires_grad=True)
    for _ in range(100_000):
        y = y + 1.0
    y.sum().backward()
    del y
    assert x.grad is not None and x.grad.item() == 1


def test_an_interrupt_stops_a_backward() -> None:
    import _thread
    import signal

    x = y = ts.ones(1, requires_grad=True)
    for _ in range(20_000):
        y = y * 1.0
    total = y.sum()
    served_twice(lambda: (x * 1.0).sum().backward())
    before = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        node = total.grad_fn
        node.register_prehook(lambda gradients: _thread.interrupt_main())
        with pytest.raises(KeyboardInterrupt):
            total.backward()
            time_for_the_signal = list(range(1000))  # where the interpreter looks for it
            assert time_for_the_signal
    finally:
        signal.signal(signal.SIGINT, before)
    assert STATE.running == 0
