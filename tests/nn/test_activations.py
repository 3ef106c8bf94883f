"""Every activation against PyTorch's, on values and on the edges between its pieces."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorsmith as ts

from .oracle import compare, pair

values = (
    np.concatenate([np.linspace(-7, 7, 41), np.random.default_rng(3).standard_normal(43) * 3])
    .astype(np.float32)[:84]
    .reshape(2, 6, 7)
)

ACTIVATIONS: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
    ("ReLU", (), {}),
    ("ReLU6", (), {}),
    ("LeakyReLU", (0.2,), {}),
    ("ELU", (), {"alpha": 1.3}),
    ("SELU", (), {}),
    ("CELU", (1.2,), {}),
    ("GELU", (), {}),
    ("GELU", ("tanh",), {}),
    ("SiLU", (), {}),
    ("Mish", (), {}),
    ("Softplus", (2.0, 5.0), {}),
    ("Softsign", (), {}),
    ("Sigmoid", (), {}),
    ("LogSigmoid", (), {}),
    ("Tanh", (), {}),
    ("Tanhshrink", (), {}),
    ("Hardsigmoid", (), {}),
    ("Hardswish", (), {}),
    ("Hardtanh", (-2.0, 1.5), {}),
    ("Hardshrink", (0.7,), {}),
    ("Softshrink", (0.7,), {}),
    ("Threshold", (0.3, 2.0), {}),
    ("GLU", (1,), {}),
    ("Softmax", (1,), {}),
    ("Softmin", (-1,), {}),
    ("LogSoftmax", (0,), {}),
    ("Softmax2d", (), {}),
    ("PReLU", (), {}),
    ("PReLU", (6,), {"init": 0.1}),
]

INPLACE = [
    "ReLU",
    "ReLU6",
    "LeakyReLU",
    "ELU",
    "SELU",
    "CELU",
    "SiLU",
    "Mish",
    "Hardsigmoid",
    "Hardswish",
    "Hardtanh",
]


@pytest.mark.parametrize("case", ACTIVATIONS, ids=lambda c: f"{c[0]}{c[1]}")
def test_activation_equals_pytorch(case: tuple[str, tuple[Any, ...], dict[str, Any]]) -> None:
    compare(*pair(*case), (values,))


@pytest.mark.parametrize("name", INPLACE)
def test_inplace_activation_changes_its_input_and_differentiates(name: str) -> None:
    plain = ts.from_numpy(values).requires_grad_()
    getattr(ts.nn, name)()(plain * 2).sum().backward()
    leaf = ts.from_numpy(values).requires_grad_()
    changed = leaf * 2
    result = getattr(ts.nn, name)(inplace=True)(changed)
    assert result is changed
    result.sum().backward()
    np.testing.assert_allclose(leaf.grad.numpy(), plain.grad.numpy(), rtol=1e-5, atol=1e-6)
    assert "inplace=True" in repr(getattr(ts.nn, name)(inplace=True))


def test_rrelu_draws_slopes_in_training_and_takes_their_mean_in_evaluation() -> None:
    layer = ts.nn.RReLU(0.1, 0.3)
    ones = -ts.ones(1000)
    slopes = -layer(ones)
    assert 0.1 <= slopes.min().item() < 0.12 and 0.28 < slopes.max().item() <= 0.3
    np.testing.assert_allclose(layer.eval()(ones).numpy(), -0.2, rtol=1e-6)
    assert repr(layer) == "RReLU(lower=0.1, upper=0.3)"


def test_softmax_without_dim_warns_and_chooses_one() -> None:
    with pytest.warns(UserWarning, match="Implicit dimension choice for softmax"):
        result = ts.nn.functional.softmax(ts.ones(2, 4))
    assert result.tolist() == [[0.25] * 4] * 2


def test_softmax2d_refuses_other_ranks() -> None:
    with pytest.raises(ValueError, match="expected input to be 3D or 4D"):
        ts.nn.Softmax2d()(ts.ones(2, 2))


def test_hardtanh_refuses_a_range_upside_down() -> None:
    with pytest.raises(ValueError, match="min_val must not be greater than max_val"):
        ts.nn.Hardtanh(1.0, -1.0)


def test_gumbel_softmax_sums_to_one_and_hard_samples_are_one_hot() -> None:
    ts.manual_seed(0)
    logits = ts.zeros(50, 4, requires_grad=True)
    soft = ts.nn.functional.gumbel_softmax(logits)
    np.testing.assert_allclose(soft.sum(-1).detach().numpy(), 1, rtol=1e-5)
    hard = ts.nn.functional.gumbel_softmax(logits, hard=True)
    assert sorted(hard.detach().unique().round().tolist()) == [0.0, 1.0] or set(
        hard.detach().round().flatten().tolist()
    ) == {0.0, 1.0}
    hard[:, 0].sum().backward()
    assert logits.grad is not None and logits.grad.abs().sum().item() > 0
