"""Calls on a GPU are planned once: the same layouts find their plan, other sizes their formulas."""

from __future__ import annotations

from typing import Any

import pytest
import tensorsmith as ts
from tensorsmith.backends.cuda.run import CudaBackend
from tensorsmith.tensor.calls.entries import forget_plans

pytestmark = pytest.mark.cuda


@pytest.fixture
def prepared(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the ops that are planned from now on."""
    found: list[str] = []
    prepare = CudaBackend.prepare

    def note(self: CudaBackend, op: Any, *rest: Any) -> Any:
        found.append(op.name)
        return prepare(self, op, *rest)

    monkeypatch.setattr(CudaBackend, "prepare", note)
    forget_plans()
    return found


def test_a_repeated_call_is_not_planned_again(prepared: list[str]) -> None:
    x = ts.arange(6.0, device="cuda").reshape(2, 3)
    x.softmax(-1)
    prepared.clear()
    assert x.softmax(-1).shape == (2, 3) and not prepared


def test_sizes_never_seen_are_planned_by_formulas(prepared: list[str]) -> None:
    def check(rows: int, columns: int) -> None:
        x = ts.arange(float(rows * columns)).reshape(rows, columns)
        found = (x.cuda() * 2).sum(-1)
        assert found.tolist() == (x * 2).sum(-1).tolist()

    check(3, 40)
    check(5, 50)
    prepared.clear()
    for size in (45, 60, 64):  # of the same class: sixteen threads share a row
        check(7, size)
    assert "sum" not in prepared and not any("mul" in name for name in prepared)


def test_scratch_memory_is_given_back_when_a_call_is_queued() -> None:
    x = ts.ones(1 << 16, device="cuda")
    wanted = x.sum().item()
    before = ts.cuda.memory_allocated()
    found = x.sum().item()
    assert found == wanted == 1 << 16
    after = ts.cuda.memory_allocated()
    assert after == before


def test_products_are_rounded_where_the_precision_allows_it() -> None:
    a, b = ts.linspace(1, 2, 32 * 40).reshape(32, 40), ts.linspace(2, 3, 40 * 32).reshape(40, 32)
    wanted = a @ b
    exact = (a.cuda() @ b.cuda()).cpu()
    ts.set_float32_matmul_precision("high")
    try:
        rounded = (a.cuda() @ b.cuda()).cpu()
    finally:
        ts.set_float32_matmul_precision("highest")
    assert ts.allclose(exact, wanted, rtol=1e-6) and not ts.equal(rounded, exact)
    assert ts.allclose(rounded, wanted, rtol=1e-3)
    assert ts.equal((a.cuda() @ b.cuda()).cpu(), exact)
