"""The sliding window: all checks of an op pass, and PyTorch users can train with it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tensorsmith as ts
from tensorsmith.ops.language.op import Op
from tensorsmith.ops.registry import registry
from tensorsmith.tools.battery.oracle import OracleMissingError
from tensorsmith.tools.battery.report import steps

from .test_examples import run

FILE = Path(__file__).parents[2] / "examples/sliding_window/attention.yaml"


@pytest.fixture
def op() -> Iterator[Op]:
    """The entry, declared."""
    ts.library.load(FILE)
    yield registry.get("examples::sliding_window_attention")
    ts.library.undefine("examples::sliding_window_attention")


@pytest.mark.slow
def test_it_passes_the_battery_of_built_in_ops(op: Op) -> None:
    for step in steps(op):
        with contextlib.suppress(OracleMissingError):
            step.run()


def test_a_window_of_one_gives_the_values_back(op: Op) -> None:
    q, k, v = ts.randn(3, 5, 4).unbind(0)
    attention = ts.ops.examples.sliding_window_attention
    assert ts.allclose(attention(q, k, v, 1), v)
    whole = ts.nn.functional.scaled_dot_product_attention(
        *(x.unsqueeze(0) for x in (q, k, v)), is_causal=True
    )
    assert ts.allclose(attention(q, k, v, 9), whole[0], atol=1e-6)
    assert set(ts.library.opcheck(attention, (q.double(), k.double(), v.double(), 2)).values()) == {
        "SUCCESS"
    }


@pytest.mark.slow
def test_it_trains_in_pytorch(op: Op) -> None:
    torch: Any = pytest.importorskip("torch", reason="PyTorch, the host of exported ops")
    attention = ts.library.export_torch(op)
    q, k, v = (torch.randn(6, 3, dtype=torch.float64, requires_grad=True) for _ in range(3))
    assert torch.autograd.gradcheck(lambda q, k, v: attention(q, k, v, 3), (q, k, v))


@pytest.mark.slow
def test_the_script_checks_and_compares() -> None:
    out = run("sliding_window/attention.py", "--length", "256", "--window", "64", "--seconds", "1")
    assert "gradients of first and second order agree" in out and "tensorsmith, 4 lines" in out
