"""Launches of planned calls, looked at under TENSORSMITH_CHECK=1."""

from __future__ import annotations

import pytest
import tensorsmith as ts
from tensorsmith.tensor.calls import launching
from tensorsmith.tensor.calls.entries import entry_of


def test_a_plan_is_not_run_on_operands_of_other_strides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launching, "CHECKED", True)
    entry, source, target = entry_of("exp"), ts.rand(71, 31), ts.empty(71, 31).t()
    plan, attributes = launching.find(entry, (source.t(),), (), 0, None, (), None)
    launching.launch(plan, (source.t(),), attributes, (target,))
    assert ts.equal(target, source.exp().t())
    with pytest.raises(RuntimeError, match="exp: the plan was made for operands with layouts"):
        launching.launch(plan, (source.t().contiguous(),), attributes, (target,))
    with pytest.raises(RuntimeError, match="exp: the plan gives results with layouts"):
        launching.launch(plan, (source.t(),), attributes, (target.contiguous(),))
