"""The simulator finds what a GPU would not tell."""

from __future__ import annotations

import numpy as np
import pytest
from tensorsmith.backends.cuda import host
from tensorsmith.backends.cuda.host import HostModule
from tensorsmith.backends.cuda.kernel import CudaKernel
from tensorsmith.lowering.launch import Grid
from tensorsmith.ops.errors import BackendError

pytestmark = pytest.mark.skipif(bool(host.why_not()), reason=host.why_not() or "g++ is there")

THREADS = 64
BODIES = {
    "turn": """SHARED(float, s, 64, 0); const int t = threadIdx.x;
        store(s, t, (float)t);
        __syncthreads();
        store(m, t, load(s, 63 - t));""",
    "xor": "float x = threadIdx.x; store(m, threadIdx.x, exchange_xor(x, 5));",
    "up": "float x = threadIdx.x; store(m, threadIdx.x, exchange_up(x, 3));",
    "from": "float x = threadIdx.x; store(m, threadIdx.x, exchange_from(x, 31));",
    "butterfly": """float x = threadIdx.x;
        for (int k = 1; k < 32; k *= 2) x += exchange_xor(x, k);
        store(m, threadIdx.x, x);""",
    "shared": """SHARED(float, a, 8, 0); SHARED(float, b, 8, 48);
        store(a, 8, load(b, 0));""",
    "own": "OWN(float, a, 8); store(a, 8, 1.0f);",
    "too_much": "for (int k = 0; k < 9000; k++) simt::note_range(m, m + 1);",
    "some_miss": "if (threadIdx.x < 32) __syncthreads();",
    "two_places": """if (threadIdx.x < 32) __syncthreads();
        else __syncthreads();""",
    "one_misses": "float x = 1; if (threadIdx.x != 7) x = exchange_xor(x, 1); store(m, 0, x);",
    "poison": """SHARED(float, s, 64, 0); __syncthreads();
        store(m, blockIdx.x, load(s, 3)); __syncthreads();
        store(s, threadIdx.x, 1.0f);""",
    "race": "store(m, 0, (float)threadIdx.x);",
    "askew": "SHARED(float, s, 64, 0); store(m, 0, load_shared<4>(s, 2).lanes[0]);",
}
PLACES = {"before": "-1LL", "behind": "64LL", "far": "1LL << 40"}
for place, index in PLACES.items():
    BODIES[f"store_{place}"] = f"store(m, {index}, 1.0f);"
    BODIES[f"load_{place}"] = f"store(m, 0, load(m, {index}));"
    BODIES[f"pack_{place}"] = f"store(m, 0, load_pack<4>(m, {index}).lanes[0]);"


def kernel(name: str, meeting: bool = True) -> CudaKernel:
    """The kernel whose body is given; its memory is called `m`."""
    source = f'extern "C" __global__ void probe_{name}(float *m) {{ {BODIES[name]} }}'
    return CudaKernel(f"probe_{name}", source, Grid(THREADS, 0, 1), ("float *",), meeting)


@pytest.fixture(scope="module")
def modules() -> dict[bool, HostModule]:
    """All kernels, with fibers and, as far as they need none, without."""
    return {
        True: HostModule(kernel(name) for name in BODIES),
        False: HostModule(kernel(name, False) for name in BODIES if "_" in name or name == "own"),
    }


@pytest.fixture
def run(modules: dict[bool, HostModule]):  # type: ignore[no-untyped-def]
    """Runs a kernel; gives its memory."""

    def launch(name: str, meeting: bool = True, blocks: int = 1) -> np.ndarray:
        memory = np.zeros(THREADS, np.float32)
        one = kernel(name, meeting)
        modules[meeting].launch(one, [memory.ctypes.data], blocks, [memory])
        return memory

    return launch


def test_threads_see_what_others_stored_before_a_barrier(run) -> None:
    np.testing.assert_array_equal(run("turn"), np.arange(63, -1, -1))


def test_values_are_exchanged_inside_a_warp(run) -> None:
    thread = np.arange(THREADS)
    lane, warp = thread % 32, thread // 32 * 32
    np.testing.assert_array_equal(run("xor"), warp + (lane ^ 5))
    np.testing.assert_array_equal(run("up"), warp + np.where(lane < 3, lane, lane - 3))
    np.testing.assert_array_equal(run("from"), warp + 31)


def test_exchanges_in_a_row_do_not_mix(run) -> None:
    found = run("butterfly")
    assert set(found[:32]) == {sum(range(32))} and set(found[32:]) == {sum(range(32, 64))}


@pytest.mark.parametrize("meeting", [False, True])
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("what", ["store", "load", "pack"])
def test_an_access_outside_of_the_operands_is_found(run, meeting, place, what) -> None:
    with pytest.raises(BackendError, match="thread 0 of block 0 reaches outside of all operands"):
        run(f"{what}_{place}", meeting)


@pytest.mark.parametrize("name", ["shared", "own"])
def test_an_access_outside_of_memory_of_the_block_or_thread_is_found(run, name: str) -> None:
    with pytest.raises(BackendError, match="reaches outside"):
        run(name)


@pytest.mark.parametrize("name", ["some_miss", "two_places"])
def test_a_barrier_that_some_threads_miss_is_found(run, name: str) -> None:
    with pytest.raises(BackendError, match=r"a barrier in line .* is not reached by thread"):
        run(name)


def test_an_exchange_that_some_of_a_warp_miss_is_found(run) -> None:
    with pytest.raises(BackendError, match=r"an exchange in line .* misses thread 7 of the warp"):
        run("one_misses")


def test_shared_memory_is_poisoned_in_every_block(run) -> None:
    poison = np.full(4, host.POISON, np.uint8).view(np.float32)[0]
    assert (run("poison", blocks=3)[:3] == poison).all()


def test_a_pack_in_shared_memory_must_be_aligned(run) -> None:
    with pytest.raises(BackendError, match="loads a pack that is not aligned"):
        run("askew")


def test_a_kernel_that_the_compiler_refuses_is_named() -> None:
    bad = CudaKernel("probe", "void probe() { none(); }", Grid(32, 0, 1), (), False)
    with pytest.raises(BackendError, match=r"g\+\+ refuses the kernels: .*none"):
        HostModule([bad])


def test_a_race_shows_in_the_opposite_order(modules: dict[bool, HostModule]) -> None:
    results = []
    for backwards in (False, True):
        memory = np.zeros(THREADS, np.float32)
        one = kernel("race")
        modules[True].launch(one, [memory.ctypes.data], 1, [memory], backwards)
        results.append(memory[0])
    assert results == [THREADS - 1, 0]


def test_more_memory_than_can_be_checked_is_an_error(run, modules: dict[bool, HostModule]) -> None:
    with pytest.raises(BackendError, match="more than 8192 pieces of memory at once"):
        run("too_much")
    memory, one = np.zeros(THREADS, np.float32), kernel("race")
    with pytest.raises(BackendError, match="8193 operands, and at most 8192 can be checked"):
        modules[True].launch(one, [memory.ctypes.data], 1, [memory] * 8193)
