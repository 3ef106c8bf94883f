"""Errors of kernels stay below bounds that a running error analysis gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import mpmath
import pytest
from tensorsmith.ops.dtype import by_name, float32
from tensorsmith.ops.registry import registry
from tensorsmith.tools.battery import accuracy, bounds
from tensorsmith.tools.battery.sampling import samples_of

from .generated import SAMPLED, Sampled

FIRST = [case for case in SAMPLED if case.number == 0 and case.op.form in ("derived", "primitive")]
# One for each kind of op: reductions, scans, norms, losses, products, windows, scatters.
QUICK = (
    "sum", "var.1", "logsumexp", "cumsum", "cumprod", "softmax", "layer_norm", "mse_loss",
    "batch_norm_training", "cross_entropy.1", "mm", "bmm", "conv1d", "scaled_dot_product_attention",
    "avg_pool2d", "index_add", "vector_norm", "exp", "lgamma",
)  # fmt: skip
CASES = [
    pytest.param(case, kind, id=f"{case.op.name}-{kind}",
                 marks=() if case.op.name in QUICK and kind == "float32" else pytest.mark.slow)
    for case in FIRST
    for kind in ("float32", "float64")
]  # fmt: skip


@pytest.mark.parametrize("case, kind", CASES)
def test_errors_are_within_their_bounds(case: Sampled, kind: str) -> None:
    try:
        accuracy.measure(case.op, case.sample, by_name(kind))
    except accuracy.NotMeasuredError as reason:
        pytest.skip(f"not measured: {reason}")


def test_each_kind_of_op_is_measured() -> None:
    assert {case.op.name for case in FIRST} >= set(QUICK)


@pytest.mark.parametrize("name", ["mm", "cumsum", "softmax", "mse_loss"])
def test_a_kernel_that_loses_digits_is_caught(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run: Callable[..., Any] = accuracy.run

    def careless(arguments: Any) -> Any:
        return tuple(x * (1 + 1e-4) for x in run(arguments))

    monkeypatch.setattr(accuracy, "run", careless)
    op = registry.get(name)
    with pytest.raises(AssertionError, match=f"{name}.*: float32 within .* of the bound"):
        accuracy.measure(op, samples_of(op)[0], float32)


def test_bounds_follow_what_is_rounded() -> None:
    with mpmath.workdps(50):
        u = mpmath.mpf(2) ** -24
        exact = [bounds.of(x) for x in (3, -2, 1)]
        assert bounds.total(exact) == bounds.Bounded(2, 2 * 6)  # (n - 1) sum |terms|
        one = mpmath.mpf(1)
        cancelled = bounds.apply("sub", (bounds.Bounded(one, 4), bounds.Bounded(one, 5)), u)
        assert cancelled.value == 0 and cancelled.error == 9
        root = bounds.apply("sqrt", (bounds.Bounded(mpmath.mpf(4), 8),), u)
        assert abs(root.error - (2 + 2)) < 1e-5  # its own rounding, and half the relative error
        assert bounds.extreme("max", [bounds.Bounded(1, 7), bounds.Bounded(2, 1)]).error == 7
        assert bounds.of(0.1).error > 0 and bounds.of(0.5).error > 0 and bounds.of(3).error == 0


def test_samples_are_made_larger_where_that_fits() -> None:
    op = registry.get("sum")
    (first, *_) = accuracy._larger(replace(samples_of(op)[0], arguments=(("input", [2, 1, 5]),)))
    assert dict(first.arguments)["input"] == [16, 1, 40]
