"""Gradients of views whose elements overlap, against sums by place."""

from __future__ import annotations

import numpy as np
import pytest
import tensorsmith as ts
from tensorsmith.autograd import geometry


@pytest.mark.parametrize("dim", [0, 1, 2])
@pytest.mark.parametrize("size, step", [(2, 1), (3, 2), (17, 1), (24, 5), (30, 1)])
def test_windows_give_each_element_the_sum_over_all_that_show_it(
    dim: int, size: int, step: int
) -> None:
    shape = [3, 3, 3]
    shape[dim] = 40
    x = ts.zeros(*shape, dtype=ts.float64, requires_grad=True)
    places = np.arange(x.numel()).reshape(shape)
    shown = np.lib.stride_tricks.sliding_window_view(places, size, dim)
    shown = np.moveaxis(np.moveaxis(shown, dim, 0)[::step], 0, dim)
    weights = np.random.default_rng(0).normal(size=shown.shape)
    (x.unfold(dim, size, step) * ts.tensor(weights)).sum().backward()
    expected = np.bincount(shown.reshape(-1), weights.reshape(-1), x.numel())
    np.testing.assert_allclose(x.grad.numpy().reshape(-1), expected, atol=1e-12)


def square_of_windows(x: ts.Tensor) -> ts.Tensor:
    return (x.unfold(0, 20, 1) ** 2).sum()


def test_long_windows_have_derivatives_and_transforms() -> None:
    x = ts.rand(40, dtype=ts.float64, requires_grad=True)
    assert ts.autograd.gradcheck(square_of_windows, (x,))
    assert ts.autograd.gradgradcheck(square_of_windows, (x,))
    rows = ts.rand(3, 40, dtype=ts.float64)
    each = ts.func.vmap(ts.func.grad(square_of_windows))(rows)
    alone = ts.stack([ts.func.grad(square_of_windows)(row) for row in rows])
    np.testing.assert_allclose(each.numpy(), alone.numpy())


@pytest.mark.parametrize("dim", [0, 1])
def test_the_gradient_of_long_windows_takes_no_step_for_each(
    dim: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = []
    scatter = geometry.scatter_to
    monkeypatch.setattr(geometry, "scatter_to", lambda *a: steps.append(a) or scatter(*a))
    x = ts.rand(600, 600, requires_grad=True)
    ts.autograd.grad(x.unfold(dim, 300, 7).sum(), x)
    assert len(steps) <= 1
