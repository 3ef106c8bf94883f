"""Rows are scanned by packs, from either end, and whatever is left over."""

from __future__ import annotations

import numpy as np
import pytest
from tensorsmith.backends.cuda import host
from tensorsmith.backends.cuda.check import HostCall, compare, failures
from tensorsmith.backends.cuda.target import TARGETS
from tensorsmith.ops import dtype as dtypes
from tensorsmith.ops.registry import registry
from tensorsmith.tools.battery.host import adjoint_calls, forward_call, host_calls
from tensorsmith.tools.battery.sampling import Arguments, samples_of

from ..calls import make, random
from .test_nest import names, only, plan

needs_compiler = pytest.mark.skipif(bool(host.why_not()), reason=host.why_not() or "it is there")
LENGTHS = (129, 1030, 2048)


def scan(name: str, kind: str, length: int) -> HostCall:
    """A scan of rows."""
    arrays = {"input": (3 * random(2, length)).astype(kind)}
    made = make(name, arrays, {"dim": 1})
    return HostCall(f"{name} {kind} {length}", made.op, made.binding, arrays)


@needs_compiler
def test_scans_give_what_the_interpreter_gives() -> None:
    kinds = (("cumsum", "float32"), ("cumsum", "int64"), ("logcumsumexp", "float64"))
    assert not list(failures(compare([scan(*kind, n) for kind in kinds for n in LENGTHS])))


@needs_compiler
def test_scans_from_the_far_end_give_what_the_interpreter_gives() -> None:
    op = registry.get("cumsum")
    cases = list(host_calls(op, samples_of(op)[0], dtypes.by_name("float32"), 60))
    assert len(cases) == 2 and max(cases[1].binding.sizes.values()) >= 128
    assert not list(failures(compare(cases)))


def test_neighbours_are_scanned_in_registers_first() -> None:
    used = names(only(plan("cumsum", {"input": random(7, 300)}, {"dim": 1})).kernel.build())
    assert used["vector.maskedload"] == used["vector.maskedstore"] == 1
    assert used["gpu.shuffle"] == 5 + 1 + 1  # a scan of the warp, the thread before, the whole


def test_short_rows_and_positions_go_one_by_one() -> None:
    for name, length in (("cumsum", 100), ("cummax", 3000)):
        found = plan(name, {"input": random(7, length)}, {"dim": 1})
        used = names(found.launches[0].kernel.build())
        assert used["vector.maskedload"] == 0


def extremes() -> list[HostCall]:
    """Running extremes among which some are equal, infinite or NaN."""
    values = np.round(2 * random(2, 600))
    values[0, [40, 90]], values[1, :5] = np.nan, -np.inf
    calls = []
    for name, array in (("cummax", values), ("cummin", random(2, 70, kind="int64"))):
        made = make(name, {"input": array}, {"dim": 1})
        calls.append(HostCall(name, made.op, made.binding, {"input": array}))
    return calls


@needs_compiler
def test_threads_that_scan_extremes_together_move_on_to_the_last_of_equal_ones() -> None:
    calls = extremes()
    functions = [call.plan(TARGETS["sm_90"]).launches[0].kernel.build() for call in calls]
    assert [names(f)["gpu.shuffle"] > 0 for f in functions] == [True, True]
    assert not list(failures(compare(calls)))


def test_rows_side_by_side_are_scanned_each_by_a_thread() -> None:
    rows = np.ascontiguousarray(random(300, 5000))
    used = names(only(plan("cumsum", {"input": rows}, {"dim": 0})).kernel.build())
    assert used["gpu.shuffle"] == 0


def long_rows(kind: str, *shape: int, dim: int = -1, turned: bool = False) -> list[HostCall]:
    """A scan of few long rows, and its adjoint, which scans from the far end."""
    values = {"input": (random(*shape) / 8).astype(kind)}
    if turned:
        values["input"] = np.asfortranarray(values["input"])
    call = Arguments(registry.get("cumsum"), values, {"dim": dim}, f"{kind} {shape}")
    forward = forward_call(call, "long")
    return [forward, *adjoint_calls(call, forward)]


def long_logarithms() -> HostCall:
    """Logarithms of running sums, among them those of nothing."""
    values = random(1, 33000)
    values[0, :10] = -np.inf
    made = make("logcumsumexp", {"input": values}, {"dim": 1})
    return HostCall("logcumsumexp", made.op, made.binding, {"input": values})


LONG = [
    *long_rows("float32", 2, 33000, turned=True),
    *long_rows("float64", 33000, 2, dim=0),
    long_logarithms(),
]


@pytest.mark.parametrize("call", LONG, ids=lambda call: call.label)
def test_few_long_rows_are_cut_into_pieces(call: HostCall) -> None:
    launches = call.plan(TARGETS["sm_90"]).launches
    assert [launch.kernel.form for launch in launches] == ["long scan"] * 4
    assert all(launches[k].chunks > 4 for k in (1, 3))  # over pieces


@needs_compiler
def test_scans_of_pieces_go_on_from_those_before() -> None:
    assert not list(failures(compare([*LONG, long_rows("int64", 40000)[0]])))


def test_many_rows_are_not_cut() -> None:
    found = plan("cumsum", {"input": np.zeros((300, 40000), np.float32)}, {"dim": 1})
    assert [launch.kernel.form for launch in found.launches] == ["scan"]
