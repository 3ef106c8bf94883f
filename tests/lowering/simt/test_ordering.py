"""Rows are put in order by warps and blocks: stable, NaN last, whatever order threads run in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest
from tensorsmith.backends.cuda import host, nvrtc
from tensorsmith.backends.cuda.check import build
from tensorsmith.backends.cuda.host import kernels_of, run_schedule
from tensorsmith.backends.cuda.kernel import cuda_kernel
from tensorsmith.backends.cuda.nvrtc import compile_cubin
from tensorsmith.backends.cuda.target import TARGETS
from tensorsmith.lowering.ir.print import print_function
from tensorsmith.lowering.ir.verify import verify
from tensorsmith.lowering.launch import Schedule
from tensorsmith.lowering.ordering.rows import Wanted
from tensorsmith.lowering.simt.ordering.plan import LONGEST_ROW, order_rows
from tensorsmith.ops.errors import BackendError, IndexRangeError

from ..test_ordering import alike, data, elements, order_of
from .test_nest import forms, plan
from .test_nest import random as drawn

needs_compiler = pytest.mark.skipif(bool(host.why_not()), reason=host.why_not() or "it is there")
needs_nvrtc = pytest.mark.skipif(bool(nvrtc.why_not()), reason=nvrtc.why_not() or "it is there")


@dataclass
class Rows:
    """Rows to put in order, and what is wanted of them."""

    kind: str
    rows: int
    length: int
    kept: int
    falling: bool = False
    place: str = "first"
    places: Sequence[int] = ()
    planned: Schedule = field(init=False)

    def __post_init__(self) -> None:
        given = elements(self.kind, self.falling)
        self.planned = order_rows(
            given, Wanted(), self.place, self.rows, self.length, self.kept, "sm_90"
        )

    @property
    def label(self) -> str:
        """For the names of tests."""
        return f"{self.kind}-{self.length}-{self.place}{'-falling' * self.falling}"

    def wanted(self, values: np.ndarray) -> np.ndarray:
        """Places of the elements that are wanted."""
        order = order_of(values, self.falling)
        if self.place == "first":
            return order[:, : self.kept]
        places = self.places or [self.kept] * self.rows
        return order[np.arange(self.rows), places][:, None]


CASES = [
    Rows("float32", 9, 32, 32),
    Rows("float32", 5, 100, 7, falling=True),
    Rows("uint8", 2, 161, 161),
    Rows("int64", 2, 300, 300, falling=True),
    Rows("float32", 2, 1100, 1100),
    Rows("float16", 1, 4500, 4400, falling=True),
    Rows("bool", 1, 8300, 8300),
    Rows("float16", 2, 9000, 10),
    Rows("float32", 1, 4500, 300, falling=True),
    Rows("float32", 5, 60, 13, place="one"),
    Rows("float16", 3, 300, 0, place="each", places=[299, 0, 17]),
    Rows("float16", 1, 4500, 0, place="each", places=[4321]),
    Rows("float16", 2, 9000, 4000, falling=True, place="one"),
]
BAD = Rows("float16", 3, 300, 0, place="each", places=[0, 300, 1])


@pytest.fixture(scope="module")
def modules() -> dict[str, host.HostModule]:
    """All kernels."""
    kernels = {k.entry: k for case in CASES for k in kernels_of(case.planned)}
    return build(list(kernels.values()))


def run(case: Rows, modules: dict[str, host.HostModule], backwards: bool) -> tuple[np.ndarray, ...]:
    """Values, results and indices."""
    values = data(case.kind, case.rows, case.length)
    kept = case.kept if case.place == "first" else 1
    found, indices = np.empty((case.rows, kept), case.kind), np.zeros((case.rows, kept), np.int64)
    memory = {"input": values, "values": found, "indices": indices}
    if case.places:
        memory["places"] = np.array(case.places, np.int64)
    run_schedule(modules, case.planned, memory, {}, backwards)
    return values, found, indices


@needs_compiler
@pytest.mark.parametrize("backwards", [False, True], ids=["forwards", "backwards"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.label)
def test_rows_are_put_in_the_order_of_numpy(case: Rows, backwards: bool, modules) -> None:  # type: ignore[no-untyped-def]
    values, found, indices = run(case, modules, backwards)
    order = case.wanted(values)
    assert (indices == order).all()
    assert alike(found, np.take_along_axis(values, order, -1))


@needs_compiler
def test_a_place_that_does_not_exist_is_an_error(modules) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(IndexRangeError, match=r"index must be in \[0, 300\), got 300"):
        run(BAD, modules, False)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.label)
def test_kernels_are_well_formed_and_print(case: Rows) -> None:
    for launch in case.planned.launches:
        function = launch.kernel.build()
        verify(function)
        assert function.threads == 256 and function.name in print_function(function)


def test_the_length_of_rows_chooses_the_kernels() -> None:
    def parts(length: int) -> list[str]:
        found = order_rows(elements("float32"), Wanted(), "first", 3, length, 1, "sm_90")
        return [str(launch.kernel.key[0]) for launch in found.launches]

    assert parts(128) == ["order_rank"] and parts(129) == parts(4096) == ["order_sort"]
    assert parts(4097) == ["order_first"] * 2 and parts(4096**2) == ["order_first"] * 2
    assert parts(4096**2 + 1) == ["order_first"] * 3
    all_of = order_rows(elements("float32"), Wanted(), "first", 3, 4097, 4097, "sm_90")
    names = ["order_count", "order_begin", "order_move"]
    assert [str(launch.kernel.key[0]) for launch in all_of.launches] == names * 4
    one = order_rows(elements("float32"), Wanted(), "one", 3, 4097, 2000, "sm_90")
    found = [str(launch.kernel.key[0]) for launch in one.launches]
    assert found == ["order_tally", "order_choose"] * 4 + ["order_find"]


def test_other_lengths_share_their_kernels() -> None:
    def kernels(length: int) -> list[object]:
        found = order_rows(elements("float32"), Wanted(), "first", 3, length, 1, "sm_90")
        return [launch.kernel.key for launch in found.launches]

    assert kernels(70) == kernels(128) and kernels(5000) == kernels(9000)


def test_a_row_that_is_too_long_is_refused() -> None:
    with pytest.raises(BackendError, match=r"must have at most 2\*\*31 elements"):
        order_rows(elements("int8"), Wanted(), "first", 1, LONGEST_ROW + 1, 1, "sm_90")


@pytest.mark.parametrize("name", ["sort", "argsort", "topk", "mode"])
def test_an_order_in_an_entry_chooses_the_schedule(name: str) -> None:
    attributes = {"dim": 1, "k": 5} if name == "topk" else {"dim": 1}
    assert "ordering" in forms(plan(name, {"input": drawn(7, 1000)}, attributes))


@needs_nvrtc
@pytest.mark.parametrize("target", TARGETS)
def test_kernels_compile(target: str) -> None:
    kernels = {}
    for case in (CASES[0], CASES[2]):
        for launch in case.planned.launches:
            kernels[launch.kernel.entry] = cuda_kernel(launch.kernel)
    made = compile_cubin(kernels.values(), TARGETS[target])
    assert made.log == "" and all(entry.encode() in made.code for entry in kernels)
