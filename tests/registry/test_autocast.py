"""Every op with a rule for autocast: conversions are those that the rule says."""

from __future__ import annotations

import pytest
from tensorsmith.ops.dtype import float32
from tensorsmith.tools.battery.casting import check_autocast
from tensorsmith.tools.battery.sampling import arguments_of

from .generated import SAMPLED, Sampled, few

RULED = [case for case in SAMPLED if "cpu" in dict(case.op.autocast)]


@pytest.mark.parametrize("case", few(RULED))
def test_operands_are_converted_as_the_entry_says(case: Sampled) -> None:
    check_autocast(arguments_of(case.op, case.sample, "mixed", float32))


def test_products_are_lowered_and_losses_are_not() -> None:
    rules = {case.op.name: dict(case.op.autocast)["cpu"] for case in RULED}
    assert rules["matmul"] == rules["conv2d"] == rules["linear"] == "lower"
    assert rules["mse_loss"] == rules["nll_loss"] == "float32"
    assert rules["cat"] == "promote"
