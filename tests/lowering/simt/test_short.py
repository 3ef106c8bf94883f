"""Short rows: several share a warp, so that neighbouring threads read neighbours."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from tensorsmith.backends.cuda import host
from tensorsmith.backends.cuda.check import HostCall, compare, failures

from ..calls import make, random
from .test_nest import names, only, plan

needs_compiler = pytest.mark.skipif(bool(host.why_not()), reason=host.why_not() or "it is there")


def call(name: str, array: np.ndarray, attributes: Mapping[str, object]) -> HostCall:
    """A call of an op of one operand."""
    made = make(name, {"input": array}, attributes)
    return HostCall(f"{name} {array.shape}", made.op, made.binding, {"input": array})


@pytest.mark.parametrize(
    ("length", "team"), [(4, 1), (5, 4), (16, 4), (17, 8), (33, 16), (64, 16), (65, 32)]
)
def test_as_many_threads_share_a_row_as_have_packs(length: int, team: int) -> None:
    launch = only(plan("logsumexp", {"input": random(3000, length)}, {"dim": (1,)}))
    grid = launch.kernel.grid
    assert grid is not None and grid.each == 256 // team
    used = names(launch.kernel.build())
    assert used["gpu.shuffle"] == 2 * (team.bit_length() - 1)
    assert team == 1 or used["vector.maskedload"] == 1, "each element is read once"


@needs_compiler
def test_rows_that_share_a_warp_give_what_the_interpreter_gives() -> None:
    calls = [
        call("softmax", random(1, 10), {"dim": 1}),
        call("softmax", random(77, 13), {"dim": 1}),  # the last warp has rows to spare
        call("argmax", random(70, 33), {"dim": 1}),
        call("sum", random(70, 3, 5, 7)[:, :, :, ::2], {"dim": (1, 3)}),
    ]
    assert not list(failures(compare(calls)))
