"""Calls at the edge of what is allowed: refused where PyTorch refuses, taken where it takes."""

from __future__ import annotations

import io
from typing import Any

import pytest
import tensorsmith as ts

torch: Any = pytest.importorskip("torch", reason="the oracle of this file")

REFUSED = """
m.ones(2, 3).squeeze(5)
m.ones(2, 3).squeeze((0, 5))
m.ones(1, 1).squeeze((0, -2))
m.tensor(1.0).squeeze(5)
m.nn.functional.avg_pool2d(m.ones(1, 1, 4, 4), 2, divisor_override=0)
m.nn.functional.avg_pool3d(m.ones(1, 1, 4, 4, 4), 2, divisor_override=0)
m.argmax(m.ones(3, 2), 0, out=m.empty(2, dtype=m.int32))
m.max(m.ones(3, 2), 0, out=(m.empty(2), m.empty(2)))
m.sort(m.ones(3, 2), 0, out=(m.empty(3, 2), m.empty(3, 2)))
m.mm(m.ones(2, 2), m.ones(2, 2), out=m.empty(2, 2, dtype=m.half))
m.addmm(m.ones(2, 2), m.ones(2, 2), m.ones(2, 2), out=m.empty(2, 2, dtype=m.double))
m.einsum('i1,i->', m.ones(2, 1), m.ones(2))
m.einsum(m.ones(2), [52], [52])
list(m.utils.data.DataLoader([], shuffle=True))
m.device('cpu', -1)
m.ones(2).to(m.float16, 'cpu', m.float32)
m.ones(2).to('cpu', 'cpu')
m.ones(2).to(m.float16, dtype=m.float32)
m.ones(2, 3)[..., ..., 0]
m.tensor([-256], dtype=m.uint8)
m.tensor([256], dtype=m.uint8)
m.ones(1).expand(3).add_(2)
m.ones(3)[0:1.5]
m.ones(3)[::1.0]
m.ones(3).__delitem__(0)
m.zeros(0).max(0)
m.zeros(0).min(0)
m.zeros(0).argmax()
m.zeros(0).argmin(0)
m.zeros(0).amax()
m.zeros(0).amax(0)
m.zeros(0).aminmax(dim=0)
m.nn.functional.one_hot(m.tensor([3]), 2)
m.zeros(4).masked_scatter(m.ones(4).bool(), m.ones(2))
m.zeros(4).index_select(0, m.tensor([7]))
m.zeros(4).gather(0, m.tensor([7]))
m.nn.functional.nll_loss(m.ones(2, 3), m.tensor([0, 1, 2]))
m.nn.functional.cross_entropy(m.ones(2, 3), m.tensor([0, 1, 2]))
m.nn.functional.binary_cross_entropy(m.ones(2, 3), m.ones(2))
m.nn.functional.softmax(m.ones(2, dtype=m.float16), 0, dtype=m.int64)
m.nn.functional.gelu(m.ones(2, dtype=m.int64))
m.nn.functional.mse_loss(m.ones(2, dtype=m.int64), m.ones(2, dtype=m.int64))
m.bitwise_not(m.ones(2))
m.ones(2, dtype=m.complex64) < 1
m.ones(2, dtype=m.complex64).floor()
m.ones(2, dtype=m.int64).mean()
m.histc(m.ones(2, dtype=m.int64))
m.bernoulli(m.ones(2, dtype=m.int64))
m.rand(2, dtype=m.int64)
m.randperm(2, dtype=m.bool)
m.bincount(m.ones(2))
m.bincount(m.ones(2, 2).long())
m.ones(2, dtype=m.int64).normal_()
m.load(io.BytesIO(b'garbage'))
m.load(io.BytesIO(b''))
m.add(m.ones(2).long(), m.ones(2).long(), alpha=True)
m.sub(m.ones(2), m.ones(2), alpha=True)
m.addr(m.ones(2, 2).long(), m.ones(2).long(), m.ones(2).long(), alpha=True)
m.addr(m.ones(2, 2).long(), m.ones(2).long(), m.ones(2).long(), alpha=1.5)
m.linspace(0, 1, 3, dtype=m.bool)
m.logspace(0, 1, 3, dtype=m.bool)
m.arange(2, dtype=m.bool)
"""

TAKEN = """
m.tensor(1.0).squeeze(0)
m.ones(2, 1, 3).squeeze((1, 0))
m.sum(m.ones(2, 2), 0, out=m.empty(2, dtype=m.double))
m.einsum(m.ones(2, 2), [0, 51], [51, 0])
m.ones(2, 3)[..., ...]
m.ones(2, 3)[..., 0, ...]
m.tensor([-1, -255], dtype=m.uint8)
m.ones(1).expand(3).zero_()
m.ones(1).expand(3).fill_(2)
m.corrcoef(m.tensor([[1, 2, 4], [3, 2, 1]]))
m.cov(m.tensor([[1, 2, 4], [3, 2, 1]]))
m.addmm(*[m.ones(2, 2).long()] * 3, alpha=True)
m.add(m.ones(2).bool(), m.ones(2).bool(), alpha=True)
m.logspace(0, 5, 4, dtype=m.int64)
m.logspace(0.5, 5, 4, dtype=m.int32)
m.logspace(5.5, 5.5, 1, dtype=m.int64)
m.logspace(0, 10, 14, base=2, dtype=m.int64)
m.logspace(0, 15, 16, dtype=m.int64)
"""


def result(module: Any, text: str) -> Any:
    return eval(text, {"m": module, "io": io})


@pytest.mark.parametrize("text", REFUSED.strip().split("\n"))
def test_what_pytorch_refuses_is_refused_with_an_error_of_its_type(text: str) -> None:
    with pytest.raises(Exception) as wanted:
        result(torch, text)
    with pytest.raises(wanted.type) as seen:
        result(ts, text)
    assert str(seen.value)


@pytest.mark.parametrize("text", TAKEN.strip().split("\n"))
def test_what_pytorch_takes_has_its_values(text: str) -> None:
    wanted, found = result(torch, text), result(ts, text)
    assert str(found.dtype).rpartition(".")[2] == str(wanted.dtype).rpartition(".")[2]
    assert found.shape == tuple(wanted.shape)
    torch.testing.assert_close(torch.tensor(found.tolist(), dtype=wanted.dtype), wanted)


def test_a_dtype_that_the_call_names_is_the_one_that_is_blamed() -> None:
    with pytest.raises(NotImplementedError, match=r"softmax: dtype must be .* got dtype int64"):
        ts.nn.functional.softmax(ts.ones(2, dtype=ts.float16), 0, dtype=ts.int64)
