"""Memory that nobody writes to is declared so, and no other."""

from __future__ import annotations

import numpy as np
import pytest
from tensorsmith.backends.cuda.kernel import cuda_kernel

from ..calls import random
from .test_nest import only, plan

X, ROW, PLACES = random(40, 30), random(30), np.array([3, 0])


def constants(*call: object) -> str:
    """What the head of a kernel declares as constant."""
    source = cuda_kernel(only(plan(*call)).kernel).source  # type: ignore[arg-type]
    head = source[: source.index("{")]
    return " ".join(x.split()[-1] for x in head.split(",") if "const " in x and "restrict" in x)


@pytest.mark.parametrize(
    ("call", "wanted"),
    [
        (("add", {"input": X, "other": X}, {}), ""),  # either may be written over
        (("add", {"input": X, "other": ROW}, {}), "m1_other"),
        (("add", {"input": random(30, 40).T, "other": X}, {}), "m0_input"),
        (("add", {"input": random(80, 90).T, "other": random(90, 80)}, {}), "m0_input"),  # turned
        (("isnan", {"input": X}, {}), "m0_input"),  # no truth value lies where a number does
        (("softmax", {"input": X}, {"dim": 1}), "m0_input"),
        (("index_select", {"input": X, "index": PLACES}, {"dim": 0}), "m0_input m1_index"),
    ],
)
def test_what_a_result_may_be_written_over_is_not_constant(call: object, wanted: str) -> None:
    assert constants(*call) == wanted  # type: ignore[misc]
