"""Places of 32 bits where they fit, of 64 where they do not; divisions by multiplying."""

from __future__ import annotations

import numpy as np
import pytest
from tensorsmith.backends.cuda import host
from tensorsmith.backends.cuda.check import HostCall, compare, failures
from tensorsmith.backends.cuda.kernel import cuda_kernel
from tensorsmith.backends.cuda.target import TARGETS
from tensorsmith.lowering.launch import Kernel
from tensorsmith.lowering.simt import narrow
from tensorsmith.lowering.simt.reciprocal import reciprocal
from tensorsmith.lowering.simt.schedule import schedule
from tensorsmith.ops.errors import ElementIndexError

from ..calls import make, random
from .test_nest import names, plan

needs_compiler = pytest.mark.skipif(bool(host.why_not()), reason=host.why_not() or "it is there")
LARGE = (*(2**k + d for k in range(2, 31) for d in (-1, 0, 1)), 3, 7, 641, 1000003)


def quotient(number: int, known: int) -> int:
    """What `ts.quotient` gives."""
    return (2 * number * (known & 0xFFFFFFFF) >> 32) >> (known >> 32)


def test_multiplying_divides_every_place() -> None:
    for divisor in (1, 2, *LARGE):
        known = reciprocal(divisor)
        assert known & 0xFFFFFFFF == known % 2**32 and known >> 32 < 32
        near = {q * divisor + d for q in (1, 2, 2**30 // divisor, (2**31 - 2) // divisor)
                for d in (-1, 0, 1)}  # fmt: skip
        for number in (0, 1, 2**31 - 1, *near):
            if 0 <= number < 2**31:
                assert quotient(number, known) == number // divisor


def kernel_of(shape: tuple[int, ...], strides: tuple[int, ...]) -> Kernel:
    """The kernel of `exp` for a layout that nobody has memory for."""
    call = make("exp", {"input": np.broadcast_to(np.float32(0), shape)})
    row_major = tuple(int(np.prod(shape[k + 1 :])) for k in range(len(shape)))
    found = schedule(
        call.op, call.binding, {"input": strides, "output": row_major}, TARGETS["sm_90"]
    )
    return found.launches[0].kernel


@pytest.mark.parametrize(
    ("shape", "strides", "is_narrow"),
    [
        ((1000, 1000), (1000, 1), True),
        ((2**14, 2**14), (2**14, 1), True),
        ((2**15, 2**14), (2**14, 1), False),  # elements
        ((100, 100), (2**23, 1), False),  # an offset
        ((100, 100), (-(2**23), 1), False),
        ((100, 2**24), (0, 1), False),  # of the result
        ((100, 100), (1, 2**23), False),  # of what is turned over
    ],
)
def test_extents_and_offsets_decide(
    shape: tuple[int, ...], strides: tuple[int, ...], is_narrow: bool
) -> None:
    kernel = kernel_of(shape, strides)
    assert kernel.build().narrow == is_narrow
    text = cuda_kernel(kernel).source
    assert ("long long v" in text) != is_narrow
    assert "long long n0" in text, "parameters are eight bytes wide"


def test_places_are_divided_by_multiplying() -> None:
    call = ("add", {"input": random(5, 1, 6, 40), "other": random(1, 7, 1, 40)}, {})
    used = names(plan(*call).launches[0].kernel.build())
    assert used["ts.quotient"] == 3 and used["arith.divui"] == 0


def cases() -> list[HostCall]:
    """Calls of several schedules."""
    listed = [
        ("add", {"input": random(5, 1, 6, 40), "other": random(1, 7, 1, 40)}, {}),
        ("clone", {"input": random(30, 5, 70).transpose(2, 1, 0)}, {}),
        ("softmax", {"input": random(30, 20)}, {"dim": 1}),
        ("index_select", {"input": random(9, 8), "index": np.array([3, 0, 8])}, {"dim": 0}),
        ("mm", {"input": random(20, 33), "mat2": random(33, 40)}, {}),
        ("sort", {"input": random(2, 100)}, {"dim": 1}),
    ]
    calls = [(name, make(name, arrays, given), arrays) for name, arrays, given in listed]
    return [HostCall(name, made.op, made.binding, arrays) for name, made, arrays in calls]


@needs_compiler
def test_wide_places_give_what_the_interpreter_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(narrow, "MOST", -1)
    listed = cases()
    functions = [x.kernel.build() for c in listed for x in c.plan(TARGETS["sm_90"]).launches]
    assert not any(function.narrow for function in functions)
    assert not list(failures(compare(listed)))


@needs_compiler
def test_an_index_that_32_bits_do_not_hold_is_told_as_it_is() -> None:
    seen = (2**32 + 1, -(2**32) + 2, 2**31 - 1, 9)
    calls = []
    for index in seen:
        arrays = {"input": random(9, 8), "index": np.array([3, index, 8])}
        made = make("index_select", arrays, {"dim": 0})
        calls.append(HostCall("index_select", made.op, made.binding, arrays))
    for index, outcome in zip(seen, compare(calls)):
        assert ElementIndexError.__name__ in outcome.problem
        assert f"index must be in [0, 9), got {index}" in outcome.problem
