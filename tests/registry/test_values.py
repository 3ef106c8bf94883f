"""Every op x sample x fill x dtype: results equal the entry's reference."""

from __future__ import annotations

import pytest
from tensorsmith.ops import dtype as dtypes
from tensorsmith.tools.battery.checks import check_law, check_layouts, check_value
from tensorsmith.tools.battery.oracle import OracleMissingError
from tensorsmith.tools.battery.sampling import FILLS, admits, arguments_of

from .generated import SAMPLED, Sampled, exceptions, few

# float64 is what other tests use. The rare ones share their paths through the compiler with others.
OFTEN = ("float32", "bfloat16", "int64", "bool")
RARELY = ("float64", "float16", "int32", "uint8")
KINDS = [*OFTEN, *(pytest.param(kind, marks=pytest.mark.slow) for kind in RARELY)]


@pytest.mark.parametrize("case", SAMPLED, ids=str)
def test_value_equals_the_reference(case: Sampled) -> None:
    exceptions.skip_listed("value", case)
    for fill in FILLS:
        _check(case, fill, None)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("case", [c for c in SAMPLED if c.number == 0], ids=str)
def test_value_of_every_dtype_equals_the_reference(case: Sampled, kind: str) -> None:
    dtype = dtypes.by_name(kind)
    if not any(admits(given.type.word, dtype) for given in case.op.inputs):
        pytest.skip("no input of this op takes the dtype")
    exceptions.skip_listed(f"value {kind}", case)
    _check(case, "positive" if kind == "uint8" else "mixed", dtype)


def _check(case: Sampled, fill: str, kind: dtypes.dtype | None) -> None:
    try:
        check_value(arguments_of(case.op, case.sample, fill, kind))
    except OracleMissingError as missing:
        pytest.skip(f"no oracle: {missing}")


@pytest.mark.parametrize("case", few(SAMPLED))
def test_value_does_not_depend_on_the_layout(case: Sampled) -> None:
    exceptions.skip_listed("layout", case)
    check_layouts(arguments_of(case.op, case.sample))


@pytest.mark.parametrize("case", [c for c in SAMPLED if c.op.laws], ids=str)
def test_laws_hold(case: Sampled) -> None:
    for fill in FILLS:
        for law in case.op.laws:
            check_law(arguments_of(case.op, case.sample, fill), law)
