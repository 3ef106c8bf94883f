"""The simulator copies boxes of tensors as maps describe them, and finds what never comes."""

from __future__ import annotations

import numpy as np
import pytest
from tensorsmith.backends.cuda import host
from tensorsmith.backends.cuda.emitter import MAP_TYPE
from tensorsmith.backends.cuda.host import HostModule, simulated_map
from tensorsmith.backends.cuda.kernel import CudaKernel
from tensorsmith.lowering.launch import Grid
from tensorsmith.ops.errors import BackendError

pytestmark = pytest.mark.skipif(bool(host.why_not()), reason=host.why_not() or "g++ is there")

BODY = """
const int t = threadIdx.x;
SHARED(unsigned short, s, 8192, 0);
SHARED(long long, arrived, 4, 17408);
if (t == 0) { make_barrier(arrived, COUNT); SHOW }
__syncthreads();
if (t == 0) { expect_bytes(arrived, EXPECTED); COPY }
WAIT
for (int k = t; k < 2048; k += 32) store(n, k, load(s, (long long)(k ^ (k / 64 % 8) << 3)));
"""
RIGHT = {
    "COUNT": "1", "SHOW": "show_barriers();", "EXPECTED": "4096",
    "COPY": "copy_box(s, map, arrived, 8, 40);", "WAIT": "wait_for_phase(arrived, 0);",
}  # fmt: skip
CASES: dict[str, dict[str, str]] = {
    "right": {},
    "outside": {"COPY": "copy_box(s, map, arrived, -16, 300);"},
    "hidden": {"SHOW": ""},
    "early": {"WAIT": ""},
    "too_many": {"EXPECTED": "2048"},
    "too_few": {"EXPECTED": "8192"},
    "nothing": {"COPY": ""},
    "not_all": {"COUNT": "2"},
    "twice": {"COPY": "arrive(arrived, true);", "EXPECTED": "16"},
    "unmade": {"COPY": "copy_box(s, map, arrived + 1, 8, 40);"},
    "askew": {"COPY": "copy_box(s + 8, map, arrived, 8, 40);"},
    "unwaited": {"WAIT": "return;"},
    "second": {"WAIT": "wait_for_phase(arrived, 1); wait_for_phase(arrived, 0);"},
}  # fmt: skip


def kernel(name: str) -> CudaKernel:
    """A kernel of a warp that copies a box of 32 lines of 64 elements, right but for one thing."""
    body = BODY
    for word, text in (RIGHT | CASES[name]).items():
        body = body.replace(word, text)
    head = f'extern "C" __global__ void box_{name}({MAP_TYPE} map, unsigned short *n)'
    parameters = (MAP_TYPE, "unsigned short *")
    source = f"{head} {{ {body} }}"
    return CudaKernel(f"box_{name}", source, Grid(32, 0, 1), parameters, True, ("tensor_map.h",))


@pytest.fixture(scope="module")
def module() -> HostModule:
    """All kernels."""
    return HostModule(kernel(name) for name in CASES)


TENSOR = np.arange(320 * 200, dtype=np.uint16).reshape(320, 200)


@pytest.fixture
def run(module: HostModule):  # type: ignore[no-untyped-def]
    """Runs a kernel; gives the box."""

    def launch(name: str, backwards: bool = False) -> np.ndarray:
        found = np.zeros((32, 64), np.uint16)
        words = simulated_map(TENSOR.ctypes.data, [200, 320], [400], [64, 32], 2)
        slots = [*words, found.ctypes.data]
        module.launch(kernel(name), slots, 1, [TENSOR, found], backwards)
        return found

    return launch


@pytest.mark.parametrize("backwards", [False, True])
def test_a_box_lies_in_lines_with_turned_packs(run, backwards: bool) -> None:
    np.testing.assert_array_equal(run("right", backwards), TENSOR[40:72, 8:72])


@pytest.mark.parametrize("backwards", [False, True])
def test_zeros_stand_for_what_is_outside(run, backwards: bool) -> None:
    wanted = np.zeros((32, 64), np.uint16)
    wanted[:20, 16:] = TENSOR[300:, :48]
    np.testing.assert_array_equal(run("outside", backwards), wanted)


def test_a_phase_of_the_other_parity_counts_as_over_before_the_first_one(run) -> None:
    np.testing.assert_array_equal(run("second"), TENSOR[40:72, 8:72])


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("hidden", "a box counts at a barrier that thread 0 has not shown"),
        ("early", "touches shared memory that a copy is on its way to"),
        ("too_many", "2048 more bytes arrive at a barrier than were expected"),
        ("too_few", "thread 0 of block 0 waits for what never arrives"),
        ("nothing", "thread 0 of block 0 waits for what never arrives"),
        ("not_all", "thread 0 of block 0 waits for what never arrives"),
        ("twice", "arrives at a barrier where all have arrived"),
        ("unmade", "uses a barrier that nobody has made"),
        ("askew", "a box is copied to a place that is not aligned"),
        ("unwaited", "block 0 ends before the boxes have arrived"),
    ],
)
def test_what_goes_wrong_is_found(run, name: str, message: str) -> None:
    with pytest.raises(BackendError, match=message):
        run(name)
