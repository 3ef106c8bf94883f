"""Every op x sample: mapped equals a Python loop."""

from __future__ import annotations

import pytest
from tensorsmith.tools.battery.checks import check_vmap
from tensorsmith.tools.battery.sampling import arguments_of

from .generated import SAMPLED, Sampled, exceptions, few


@pytest.mark.parametrize("case", few(SAMPLED))
def test_vmap_equals_a_loop(case: Sampled) -> None:
    exceptions.skip_listed("vmap", case)
    if not check_vmap(arguments_of(case.op, case.sample)):
        pytest.skip("no tensor operand to map over")
