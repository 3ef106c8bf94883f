"""Every op x sample: derived derivatives against finite differences and against each other."""

from __future__ import annotations

import pytest
from tensorsmith.ops.dtype import float64
from tensorsmith.tools.battery import derivatives
from tensorsmith.tools.battery.sampling import Arguments, float_inputs

from .generated import SAMPLED, Sampled, exceptions, few

WORDS = ("Float", "Number", "Any", "Inexact", "Real", "Arithmetic")
DIFFERENTIABLE = [
    case
    for case in SAMPLED
    if any(given.type.word.rstrip("0123456789") in WORDS for given in case.op.inputs)
]


def _smooth(what: str, case: Sampled, fill: str = "mixed") -> Arguments:
    exceptions.skip_listed(what, case)
    arguments = derivatives.smooth_arguments(case.op, case.sample, fill, float64)
    if arguments is None:
        pytest.skip("no smooth point found for this sample")
    if not list(float_inputs(arguments)):
        pytest.skip("no input carries a derivative")
    return arguments


@pytest.mark.parametrize("case", DIFFERENTIABLE, ids=str)
def test_gradient_equals_finite_differences(case: Sampled) -> None:
    if not derivatives.check_gradient(_smooth("gradient", case)):
        pytest.skip("no output carries a derivative")


@pytest.mark.parametrize("case", few(DIFFERENTIABLE))
def test_second_derivative_equals_finite_differences(case: Sampled) -> None:
    if not derivatives.check_second_order(_smooth("second order", case)):
        pytest.skip("no output carries a derivative")


@pytest.mark.parametrize("case", few(DIFFERENTIABLE))
def test_forward_mode_equals_reverse_mode(case: Sampled) -> None:
    if not derivatives.check_forward_equals_reverse(_smooth("forward", case)):
        pytest.skip("no output carries a derivative")
