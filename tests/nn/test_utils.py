"""Gradients cut to size, parameters as one vector."""

from __future__ import annotations

import pytest
import tensorsmith as ts
from tensorsmith.nn import utils


def with_gradients() -> list[ts.Tensor]:
    """Two tensors with the gradients [3, 0] and [4], and one without."""
    tensors = [ts.zeros(2, requires_grad=True), ts.zeros(1, requires_grad=True), ts.zeros(1)]
    tensors[0].grad, tensors[1].grad = ts.tensor([3.0, 0.0]), ts.tensor([4.0])
    return tensors


@pytest.mark.parametrize(
    ("norm", "total", "first"), [(2.0, 5.0, 1.5), (1.0, 7.0, 7.5 / 7), (float("inf"), 4.0, 1.875)]
)
def test_gradients_are_scaled_to_a_norm(norm: float, total: float, first: float) -> None:
    tensors = with_gradients()
    assert utils.clip_grad_norm_(tensors, 2.5, norm).item() == pytest.approx(total)
    assert tensors[0].grad.tolist() == pytest.approx([first, 0.0])  # type: ignore[union-attr]


def test_small_gradients_are_left_alone() -> None:
    tensors = with_gradients()
    assert utils.clip_grad_norm_(iter(tensors), 100.0).item() == 5
    assert tensors[1].grad.tolist() == [4.0]  # type: ignore[union-attr]
    assert utils.clip_grad_norm_([], 1.0).item() == 0


def test_a_norm_that_is_not_finite_is_an_error_on_demand() -> None:
    x = ts.zeros(1, requires_grad=True)
    x.grad = ts.tensor([float("inf")])
    with pytest.raises(RuntimeError, match="non-finite, so it cannot be clipped"):
        utils.clip_grad_norm_(x, 1.0, error_if_nonfinite=True)


def test_gradients_are_cut_to_a_range() -> None:
    tensors = with_gradients()
    utils.clip_grad_value_(tensors, 3.5)
    assert [t.grad.tolist() for t in tensors[:2]] == [[3.0, 0.0], [3.5]]  # type: ignore[union-attr]


def test_parameters_become_a_vector_and_come_back() -> None:
    layer = ts.nn.Linear(2, 2)
    vector = utils.parameters_to_vector(layer.parameters())
    assert vector.shape == (6,) and vector.requires_grad
    utils.vector_to_parameters(ts.arange(6.0), layer.parameters())
    assert layer.weight.tolist() == [[0, 1], [2, 3]] and layer.bias.tolist() == [4, 5]
    with pytest.raises(TypeError, match="expected Tensor, but got: list"):
        utils.vector_to_parameters([1.0], layer.parameters())  # type: ignore[arg-type]


@pytest.mark.parametrize("count", [1, 31, 32, 33, 70])
def test_the_norm_of_many_gradients_is_that_of_one_vector(count: int) -> None:
    gradients = [ts.arange(3.0) + i for i in range(count)]
    whole = ts.cat([x.double() for x in gradients]).norm().item()
    assert utils.get_total_norm(gradients).item() == pytest.approx(whole, rel=1e-6)
    parameters = [ts.nn.Parameter(ts.zeros(3)) for _ in gradients]
    for parameter, gradient in zip(parameters, gradients):
        parameter.grad = gradient.clone()
    utils.clip_grad_norm_(parameters, 1.0)
    clipped = ts.cat([p.grad for p in parameters if p.grad is not None])
    assert clipped.norm().item() == pytest.approx(1.0, rel=1e-5)
