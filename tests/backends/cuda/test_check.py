"""Comparing a call with the interpreter says what is wrong with it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tensorsmith.backends.cuda import host
from tensorsmith.backends.cuda.check import HostCall, compare, failures
from tensorsmith.ops import dtype as dtypes
from tensorsmith.ops.registry import registry
from tensorsmith.tools.battery.host import check_on_host, host_calls
from tensorsmith.tools.battery.report import cuda_steps
from tensorsmith.tools.battery.sampling import samples_of

from tests.lowering.calls import make, random

pytestmark = pytest.mark.skipif(bool(host.why_not()), reason=host.why_not() or "g++ is there")


def call(name: str, arrays: dict[str, Any], attributes: dict[str, Any] | None = None) -> HostCall:
    """A call of an entry of the registry."""
    made = make(name, arrays, attributes)
    return HostCall(name, made.op, made.binding, made.arrays)


def test_a_bad_index_and_a_division_by_zero_are_reported_as_on_the_cpu() -> None:
    index = np.array([1, 12, 3])
    calls = [
        call("embedding", {"indices": index, "weight": random(10, 4)}),
        call("floor_divide", {"input": np.array([4, 5]), "other": np.array([2, 0])}),
    ]
    found = [outcome.problem for outcome in compare(calls)]
    assert found[0].startswith("ElementIndexError: ")
    assert found[0].endswith("index must be in [0, 10), got 12")
    assert found[1].startswith("ZeroDivisionError: ")


def test_one_of_several_bad_indices_is_reported_with_its_own_extent() -> None:
    index = np.full(500, 3)
    index[[20, 400]] = 77, 88
    (found,) = compare([call("embedding", {"indices": index, "weight": random(10, 4)})])
    assert found.problem.endswith(("must be in [0, 10), got 77", "must be in [0, 10), got 88"))


def test_long_sums_have_the_same_bits_in_every_order_of_threads() -> None:
    calls = [
        call("sum", {"input": random(3, 40000)}, {"dim": 1}),
        call("sum", {"input": random(40000, 3)}, {"dim": 0}),
        call("mm", {"input": random(20, 1100), "mat2": random(1100, 20)}),
        call("cumsum", {"input": random(2, 700)}, {"dim": 1}),
    ]
    for each in calls:
        each.tolerance = {"float32": 1e-3}
    assert list(failures(compare(calls))) == []


@pytest.fixture
def other_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The interpreter gives other results."""
    monkeypatch.setattr(
        HostCall, "wanted", lambda self, exact: {"output": self.results["output"] + 1}
    )


@pytest.mark.usefixtures("other_wanted")
def test_a_wrong_element_is_named() -> None:
    op, float32 = registry.get("relu"), dtypes.by_name("float32")
    calls = list(host_calls(op, samples_of(op)[0], float32, backwards=False))
    (wrong,) = failures(compare(calls))
    assert "output[0, 0] is " in wrong and "must be" in wrong and "6 of 6" in wrong


def test_the_battery_checks_an_entry_on_the_host() -> None:
    op = registry.get("sigmoid")
    steps = list(cuda_steps(op, run=True))
    assert [step.name for step in steps] == [f"sample {k}" for k in range(len(samples_of(op)))]
    steps[0].run()


@pytest.mark.usefixtures("other_wanted")
def test_an_entry_that_fails_says_so() -> None:
    op = registry.get("bitwise_not")
    with pytest.raises(AssertionError, match="must be"):
        check_on_host(op, samples_of(op)[0], dtypes.int64)
