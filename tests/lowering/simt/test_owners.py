"""Scatters of many elements are shared out by the places that they write to, in order at each."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from tensorsmith.backends.cuda import host
from tensorsmith.backends.cuda.check import HostCall, build, compare, failures
from tensorsmith.backends.cuda.host import kernels_of, run_schedule
from tensorsmith.backends.cuda.target import TARGETS
from tensorsmith.lowering.simt.nest import THREADS, WANTED_OWNERS
from tensorsmith.ops.errors import IndexRangeError

from ..calls import make, random
from .test_nest import names

needs_compiler = pytest.mark.skipif(bool(host.why_not()), reason=host.why_not() or "it is there")


def places(*shape: int, below: int = 11) -> np.ndarray:
    """Drawn places, most of which come more than once."""
    return np.random.default_rng(shape[0]).integers(0, below, shape)


def scatter(name: str, arrays: Mapping[str, np.ndarray]) -> HostCall:
    """A call of a scatter along the first dim."""
    made = make(name, arrays, {"dim": 0})
    return HostCall(f"{name} {arrays['index'].shape}", made.op, made.binding, arrays)


def rows(name: str, count: int, *index: int) -> HostCall:
    """A scatter of rows to eleven rows; `index` has further dims."""
    given = "src" if name == "scatter_add" else "source"
    arrays = {"input": random(11, 40), "index": places(count, *index), given: random(count, 40)}
    return scatter(name, arrays)


ROWS, OWN, LAST = rows("index_add", 300), rows("scatter_add", 300, 40), rows("index_copy", 300)
FEW = rows("index_add", 20)
FLAT = scatter("scatter_add", {"input": random(11), "index": places(700), "src": random(700)})


def function(call: HostCall):  # type: ignore[no-untyped-def]
    """The kernel that scatters."""
    return call.plan(TARGETS["sm_90"]).launches[-1].kernel.build()


@needs_compiler
def test_what_meets_at_a_place_is_added_in_order() -> None:
    assert not list(failures(compare([ROWS, OWN, FLAT, LAST])))


@pytest.mark.parametrize("call", [ROWS, FLAT, LAST], ids=lambda call: call.label)
def test_blocks_list_what_is_theirs(call: HostCall) -> None:
    assert names(function(call))["nvvm.match.sync"] == 1


def test_threads_with_places_of_their_own_need_no_list() -> None:
    used = names(function(OWN))
    assert used["nvvm.match.sync"] == used["gpu.barrier"] == 0


def test_few_elements_are_not_shared_out() -> None:
    assert names(function(FEW))["nvvm.match.sync"] == 0


def test_there_are_as_many_ranges_as_places_or_blocks() -> None:
    assert ROWS.plan(TARGETS["sm_90"]).launches[-1].chunks == 11
    wide = {"input": random(3000, 300), "index": places(100), "source": random(100, 300)}
    tiles = -(-300 // THREADS)
    launches = scatter("index_add", wide).plan(TARGETS["sm_90"]).launches
    assert launches[-1].chunks == tiles * (WANTED_OWNERS // tiles)


@needs_compiler
@pytest.mark.parametrize("bad", [11, -12])
def test_a_place_that_nobody_owns_is_an_error(bad: int) -> None:
    call = rows("index_add", 300)
    call.inputs["index"][170] = bad
    planned = call.plan(TARGETS["sm_90"])
    modules = build(kernels_of(planned))
    with pytest.raises(IndexRangeError, match=r"index must be in \[0, 11\)"):
        run_schedule(modules, planned, call.memory(), {"alpha": 1, "dim": 0}, False)
