"""The interpreter as a backend: results, layouts and gradients of every op, without any kernel."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tensorsmith import backends
from tensorsmith.ops import dtype as dtypes
from tensorsmith.tensor.calls import solving
from tensorsmith.tensor.calls.entries import forget_plans
from tensorsmith.tools.battery import checks, derivatives
from tensorsmith.tools.battery.oracle import OracleMissingError
from tensorsmith.tools.battery.sampling import admits, arguments_of

from .generated import SAMPLED, Sampled, exceptions, few

FIRST = [case for case in SAMPLED if case.number == 0]


@pytest.fixture(autouse=True)
def _interpreted(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    forget_plans()
    monkeypatch.setattr(solving, "backend", lambda: backends.get("interpreter"))
    yield
    forget_plans()


@pytest.mark.parametrize("case", SAMPLED, ids=str)
def test_value_equals_the_reference(case: Sampled) -> None:
    exceptions.skip_listed("value", case)
    try:
        checks.check_value(arguments_of(case.op, case.sample))
    except OracleMissingError as missing:
        pytest.skip(f"no oracle: {missing}")


@pytest.mark.parametrize("kind", ["float32", "bfloat16", "int32"])
@pytest.mark.parametrize("case", FIRST, ids=str)
def test_value_of_other_dtypes_equals_the_reference(case: Sampled, kind: str) -> None:
    dtype = dtypes.by_name(kind)
    if not any(admits(given.type.word, dtype) for given in case.op.inputs):
        pytest.skip("no input of this op takes the dtype")
    exceptions.skip_listed(f"value {kind}", case)
    try:
        checks.check_value(arguments_of(case.op, case.sample, "mixed", dtype))
    except OracleMissingError as missing:
        pytest.skip(f"no oracle: {missing}")


@pytest.mark.parametrize("case", few(SAMPLED))
def test_value_does_not_depend_on_the_layout(case: Sampled) -> None:
    exceptions.skip_listed("layout", case)
    checks.check_layouts(arguments_of(case.op, case.sample))


@pytest.mark.parametrize("case", FIRST, ids=str)
def test_gradient_equals_finite_differences(case: Sampled) -> None:
    exceptions.skip_listed("gradient", case)
    arguments = derivatives.smooth_arguments(case.op, case.sample, "mixed", dtypes.float64)
    if arguments is None or not derivatives.check_gradient(arguments):
        pytest.skip("nothing carries a derivative")
