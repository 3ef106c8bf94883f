"""Derivatives where a formula has none of its own: zeros, infinities, ties; as PyTorch has them."""

from __future__ import annotations

from collections.abc import Callable
from math import inf, nan
from typing import Any

import numpy as np
import pytest
import tensorsmith as ts

# Function, its arguments, the gradient of each (None: it carries none).
CASES: dict[str, tuple[Callable[..., Any], tuple[list[float], ...], tuple[Any, ...]]] = {
    "pow at base 0": (
        ts.pow,
        ([0.0, 0.0, 0.0, 2.0], [0.0, 1.0, 2.0, 0.0]),
        ([0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.6931471805599453]),
    ),
    "float_power at base 0": (
        ts.float_power,
        ([0.0, 0.0, 3.0], [0.0, 2.0, 0.0]),
        ([0.0, 0.0, 0.0], [0.0, 0.0, 1.0986122886681098]),
    ),
    "xlogy at 0": (
        ts.special.xlogy,
        ([0.0, 0.0, 2.0, 0.0], [0.0, 2.0, 4.0, -1.0]),
        ([0.0, 0.6931471805599453, 1.3862943611198906, 0.0], [nan, 0.0, 0.5, 0.0]),
    ),
    "xlog1py at 0": (
        ts.special.xlog1py,
        ([0.0, 0.0, 2.0], [-1.0, 1.0, 3.0]),
        ([0.0, 0.6931471805599453, 1.3862943611198906], [nan, 0.0, 0.5]),
    ),
    "atan2 at the origin": (
        ts.atan2,
        ([0.0, 0.0, 1.0], [0.0, 2.0, 0.0]),
        ([0.0, 0.5, 0.0], [0.0, 0.0, -1.0]),
    ),
    "sinc at 0": (ts.sinc, ([0.0, 1.0],), ([0.0, -1.0],)),
    "entr at 0 and below": (ts.special.entr, ([0.0, -1.0, 1.0],), ([inf, nan, -1.0],)),
    "logit beyond eps": (
        lambda x: ts.logit(x, eps=0.2),
        ([0.1, 0.5, 0.9],),
        ([0.0, 4.0, 0.0],),
    ),
    "logit beyond its domain": (ts.logit, ([-0.5, 0.5, 1.5],), ([nan, 4.0, nan],)),
    "copysign of 0": (
        ts.copysign,
        ([0.0, 2.0, -2.0], [-1.0, -1.0, -1.0]),
        ([0.0, -1.0, 1.0], [0.0, 0.0, 0.0]),
    ),
    "abs at 0": (ts.abs, ([0.0, -2.0],), ([0.0, -1.0],)),
    "maximum at a tie": (ts.maximum, ([1.0, 2.0], [1.0, 3.0]), ([0.5, 0.0], [0.5, 1.0])),
    "amax at a tie": (lambda x: x.amax(), ([3.0, 1.0, 3.0],), ([0.5, 0.0, 0.5],)),
    "max of a dim at a tie": (lambda x: x.max(0).values, ([3.0, 1.0, 3.0],), ([1.0, 0.0, 0.0],)),
    "relu at 0": (ts.relu, ([0.0, 1.0, -1.0],), ([0.0, 1.0, 0.0],)),
    "norm of zeros": (lambda x: x.norm(), ([0.0, 0.0],), ([0.0, 0.0],)),
    "norm of order infinity at a tie": (
        lambda x: ts.linalg.vector_norm(x, inf),
        ([2.0, -2.0, 1.0],),
        ([0.5, -0.5, 0.0],),
    ),
    "norm of order -infinity at a tie": (
        lambda x: ts.linalg.vector_norm(x, -inf),
        ([1.0, -1.0, 2.0],),
        ([0.5, -0.5, 0.0],),
    ),
    "norm of order 0": (lambda x: ts.linalg.vector_norm(x, 0), ([0.0, 2.0],), ([0.0, 0.0],)),
    "norm of order 3 of zeros": (
        lambda x: ts.linalg.vector_norm(x, 3.0),
        ([0.0, 0.0],),
        ([0.0, 0.0],),
    ),
    "normalize of zeros": (
        lambda x: ts.nn.functional.normalize(x, dim=0),
        ([0.0, 0.0],),
        ([1e12, 1e12],),
    ),
    "normalize of order 3 of zeros": (
        lambda x: ts.nn.functional.normalize(x, 3.0, dim=0),
        ([0.0, 0.0],),
        ([1e12, 1e12],),
    ),
    "normalize of order 1/2 with a zero": (
        lambda x: ts.nn.functional.normalize(x, 0.5, dim=0),
        ([0.0, 1.0],),
        ([1.0, 0.0],),
    ),
    "pooling of order 2 over zeros": (
        lambda x: ts.nn.functional.lp_pool1d(x[None], 2.0, 2),
        ([0.0, 0.0, 3.0, 4.0],),
        ([0.0, 0.0, 0.6, 0.8],),
    ),
    "logsumexp of infinity": (lambda x: x.logsumexp(0), ([inf, 1.0],), ([nan, 0.0],)),
    "logsumexp over nothing": (lambda x: x.logsumexp(0), ([-inf, -inf],), ([nan, nan],)),
    "logsumexp with a part of nothing": (lambda x: x.logsumexp(0), ([-inf, 1.0],), ([0.0, 1.0],)),
    "nan_to_num": (ts.nan_to_num, ([nan, inf, -inf, 1.0],), ([0.0, 0.0, 0.0, 1.0],)),
    "prod with one zero": (lambda x: x.prod(), ([0.0, 2.0, 3.0],), ([6.0, 0.0, 0.0],)),
    "prod with two zeros": (lambda x: x.prod(), ([0.0, 0.0, 3.0],), ([0.0, 0.0, 0.0],)),
    "clamp at its bounds": (lambda x: x.clamp(0.0, 1.0), ([0.0, 1.0, 2.0],), ([1.0, 1.0, 0.0],)),
}


@pytest.mark.parametrize("name", CASES)
def test_gradient_at_an_edge(name: str) -> None:
    function, arguments, wanted = CASES[name]
    leaves = [ts.tensor(values, dtype=ts.float64, requires_grad=True) for values in arguments]
    found = ts.autograd.grad(function(*leaves).sum(), leaves, allow_unused=True)
    for got, value in zip(found, wanted, strict=True):
        np.testing.assert_allclose(got.numpy(), value, rtol=1e-12, atol=0)


def test_gradient_of_padding_rows_of_an_embedding_is_zero() -> None:
    weight = ts.ones(3, 2, dtype=ts.float64, requires_grad=True)
    rows = ts.tensor([0, 1, 1, 2])
    ts.nn.functional.embedding(rows, weight, padding_idx=1).sum().backward()
    assert weight.grad.tolist() == [[1.0, 1.0], [0.0, 0.0], [1.0, 1.0]]


def test_gradient_of_an_embedding_can_be_scaled_by_frequency() -> None:
    weight = ts.ones(3, 2, dtype=ts.float64, requires_grad=True)
    rows = ts.tensor([0, 1, 1, 1])
    ts.nn.functional.embedding(rows, weight, scale_grad_by_freq=True).sum().backward()
    assert weight.grad.tolist() == [[1.0, 1.0], [1.0, 1.0], [0.0, 0.0]]


def test_norms_of_zeros_are_zero() -> None:
    zeros = ts.zeros(1, 4, 4)
    assert not ts.nn.functional.lp_pool1d(zeros, 2.0, 2).any()
    assert not ts.nn.functional.lp_pool2d(zeros, 3.0, 2).any()
    assert not ts.nn.functional.lp_pool3d(zeros[None], 2.0, (1, 2, 2)).any()
    assert not ts.nn.functional.normalize(zeros).any()
    assert not ts.nn.functional.normalize(zeros, 3.0).any()
