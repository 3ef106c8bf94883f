"""Inference mode: what is made in it is fast to make, and the tape refuses it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import tensorsmith as ts


def made_in_inference_mode(fill: float = 2.0) -> ts.Tensor:
    """Three numbers that no tape may read."""
    with ts.inference_mode():
        return ts.ones(3) * fill


def test_tensors_made_in_inference_mode_say_so() -> None:
    for _ in range(3):  # the first call is solved in Python, later ones are served natively
        x = made_in_inference_mode()
        assert x.is_inference() and ts.is_inference(x)
        assert all(y.is_inference() for y in (x[1:], x.view(3, 1), x.detach(), x.data))
        assert not (x * 2).is_inference() and not x.clone().is_inference()


def test_views_of_normal_tensors_stay_normal_in_inference_mode() -> None:
    x = ts.zeros(3)
    with ts.inference_mode():
        view = x[1:]
        view.add_(1)
    assert not view.is_inference() and view._version == x._version == 1


def test_results_are_never_recorded_in_inference_mode() -> None:
    w = ts.ones(3, requires_grad=True)
    with ts.inference_mode():
        with ts.enable_grad():
            inside = w * 2
        with ts.set_grad_enabled(True):
            assert not (w * 2).requires_grad
        with ts.inference_mode(False):
            normal = w * 2
    assert inside.is_inference() and not inside.requires_grad
    assert normal.requires_grad and not normal.is_inference()


def test_inference_tensors_are_operands_of_what_keeps_none_of_them() -> None:
    w = ts.ones(3, requires_grad=True)
    for _ in range(3):
        (made_in_inference_mode() + w).sum().backward()
    assert w.grad is not None and w.grad.tolist() == [3.0, 3.0, 3.0]


def test_inference_tensors_are_not_kept_for_a_backward() -> None:
    w = ts.ones(3, requires_grad=True)
    for _ in range(3):
        assert (w * ts.ones(3)).requires_grad
        with pytest.raises(RuntimeError, match="cannot be saved for backward"):
            made_in_inference_mode() * w
        with pytest.raises(RuntimeError, match="cannot be saved for backward"):
            (w * w).mul_(made_in_inference_mode())


WRITES: dict[str, Callable[[ts.Tensor], object]] = {
    "add_": lambda x: x.add_(1),
    "zero_": lambda x: x.zero_(),
    "uniform_": lambda x: x.uniform_(),
    "an item": lambda x: x.__setitem__(0, 1.0),
    "out=": lambda x: ts.add(ts.ones(3), 1, out=x),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_inference_tensors_are_written_to_only_in_inference_mode(
    write: Callable[[ts.Tensor], object],
) -> None:
    for _ in range(3):
        x = made_in_inference_mode()
        with ts.inference_mode():
            write(x)
        before = x.tolist()
        with pytest.raises(RuntimeError, match="outside InferenceMode is not allowed"):
            write(x)
        assert x.tolist() == before


def test_inference_tensors_require_no_grad_and_count_no_versions() -> None:
    x = made_in_inference_mode()
    with pytest.raises(RuntimeError, match="Setting requires_grad=True on inference tensor"):
        x.requires_grad_()
    with pytest.raises(RuntimeError, match="do not track version counter"):
        assert x._version
    with ts.inference_mode():
        assert ts.ones(2, requires_grad=True).requires_grad
