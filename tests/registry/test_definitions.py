"""Every op x sample x fill: the statements alone, through the interpreter, without any kernel."""

from __future__ import annotations

import pytest
from tensorsmith.ops.dtype import float64
from tensorsmith.tools.battery.definition import check_definition, check_stated
from tensorsmith.tools.battery.derivatives import smooth_arguments
from tensorsmith.tools.battery.oracle import OracleMissingError
from tensorsmith.tools.battery.sampling import FILLS, arguments_of

from .generated import SAMPLED, Sampled, exceptions

DEFINED = [case for case in SAMPLED if case.op.define]
STATED = [case for case in DEFINED if case.op.adjoint or case.op.derivatives]


@pytest.mark.parametrize("case", DEFINED, ids=str)
def test_define_and_compute_equal_the_reference(case: Sampled) -> None:
    exceptions.skip_listed("definition", case)
    for fill in FILLS:
        try:
            check_definition(arguments_of(case.op, case.sample, fill))
        except OracleMissingError as missing:
            pytest.skip(f"no oracle: {missing}")


@pytest.mark.parametrize("case", STATED, ids=str)
def test_stated_derivatives_equal_derived_ones(case: Sampled) -> None:
    exceptions.skip_listed("stated", case)
    calls = [smooth_arguments(case.op, case.sample, fill, float64) for fill in FILLS]
    checked = [check_stated(arguments) for arguments in calls if arguments is not None]
    if not any(checked):
        pytest.skip("no input carries a derivative, or its values are those of edges")
