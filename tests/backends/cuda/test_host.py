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
COPY = """SHARED(float, s, 256, 0); const int t = threadIdx.x;
        copy_async<1>(s, t, m, t, 1); end_group(); """
BODIES |= {
    "copied": COPY + "wait_for_groups<0>(); __syncthreads(); store(m, t, load(s, 63 - t) + 1);",
    "two_groups": COPY + """copy_async<1>(s, 64 + t, m, t, 1); end_group(); wait_for_groups<1>();
        __syncthreads(); store(m, t, load(s, t)); wait_for_groups<0>();""",
    "early": COPY + "store(m, 0, load(s, t)); wait_for_groups<0>();",
    "second_early": COPY + """copy_async<1>(s, 64 + t, m, t, 1); end_group(); wait_for_groups<1>();
        store(m, t, load(s, 64 + t)); wait_for_groups<0>();""",
    "overwritten": COPY + "store(s, t, 1.0f); wait_for_groups<0>();",
    "unwaited": COPY,
    "partial": """SHARED(float, s, 64, 0); const int t = threadIdx.x;
        if (t < 16) copy_async<4>(s, 4 * t, m, 4 * t, 34 - 4 * t);
        end_group(); wait_for_groups<0>(); __syncthreads(); store(m, t, load(s, t));""",
    "askew_copy": """SHARED(float, s, 64, 0); const int t = threadIdx.x;
        if (t < 15) copy_async<4>(s, 4 * t, m, 4 * t + 1, 4);
        end_group(); wait_for_groups<0>(); __syncthreads(); if (t < 60) store(m, t, load(s, t));""",
    "copy_behind": """SHARED(float, s, 64, 0); copy_async<4>(s, 0, m, 62, 4);
        end_group(); wait_for_groups<0>();""",
    "matrices": """SHARED(unsigned short, s, 1024, 0); const int t = threadIdx.x;
        for (int k = 0; k < 16; k++) store(s, t * 16 + k, (unsigned short)(t * 16 + k));
        __syncthreads(); const auto p = load_matrices<TURNED>(s, t % 32 * 8);
        store(m, t, p.lanes[1] + 1000.0f * p.lanes[6]); __syncthreads();""",
    "banks": """SHARED(unsigned short, s, 4096, 0); const int t = threadIdx.x;
        for (int k = t; k < 4096; k += 64) store(s, k, (unsigned short)k);
        __syncthreads(); store(m, t, (float)load_matrices<false>(s, t % 32 * 64).lanes[0]);""",
}  # fmt: skip
BODIES["turned"] = BODIES["matrices"].replace("TURNED", "true")
BODIES["matrices"] = BODIES["matrices"].replace("TURNED", "false")
PLACES = {"before": "-1LL", "behind": "64LL", "far": "1LL << 40"}
for place, index in PLACES.items():
    BODIES[f"store_{place}"] = f"store(m, {index}, 1.0f);"
    BODIES[f"load_{place}"] = f"store(m, 0, load(m, {index}));"
    BODIES[f"pack_{place}"] = f"store(m, 0, load_pack<4>(m, {index}).lanes[0]);"


COUNTED = ("copied", "two_groups", "partial", "askew_copy")  # memory holds 0, 1, 2, ...
ALONE = ("own", "store", "load_", "pack_")  # beginnings of those whose threads never meet


def kernel(name: str, meeting: bool = True) -> CudaKernel:
    """The kernel whose body is given; its memory is called `m`."""
    source = f'extern "C" __global__ void probe_{name}(float *m) {{ {BODIES[name]} }}'
    return CudaKernel(f"probe_{name}", source, Grid(THREADS, 0, 1), ("float *",), meeting)


@pytest.fixture(scope="module")
def modules() -> dict[bool, HostModule]:
    """All kernels, with fibers and, as far as they need none, without."""
    return {
        True: HostModule(kernel(name) for name in BODIES),
        False: HostModule(kernel(name, False) for name in BODIES if name[:5] in ALONE),
    }


@pytest.fixture
def run(modules: dict[bool, HostModule]):  # type: ignore[no-untyped-def]
    """Runs a kernel; gives its memory."""

    def launch(name: str, meeting: bool = True, blocks: int = 1) -> np.ndarray:
        memory = np.arange(THREADS, dtype=np.float32) * (name in COUNTED)
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


def test_copies_arrive_when_they_are_waited_for(run) -> None:
    np.testing.assert_array_equal(run("copied"), np.arange(64, 0, -1))
    np.testing.assert_array_equal(run("two_groups"), np.arange(64))


def test_elements_beyond_the_count_are_zeros(run) -> None:
    np.testing.assert_array_equal(run("partial"), np.where(np.arange(64) < 34, np.arange(64), 0))


def test_what_is_not_aligned_is_copied_all_the_same(run) -> None:
    np.testing.assert_array_equal(run("askew_copy")[:60], np.arange(1, 61))


@pytest.mark.parametrize("name", ["early", "second_early", "overwritten"])
def test_memory_that_a_copy_is_on_its_way_to_must_be_left_alone(run, name: str) -> None:
    with pytest.raises(BackendError, match="touches shared memory that a copy is on its way to"):
        run(name)


def test_copies_must_be_waited_for(run) -> None:
    with pytest.raises(BackendError, match="thread 0 of block 0 ends before its copies"):
        run("unwaited")


def test_a_copy_from_outside_of_the_operands_is_found(run) -> None:
    with pytest.raises(BackendError, match="reaches outside of all operands"):
        run("copy_behind")


def test_small_matrices_are_loaded_as_they_are_or_turned(run) -> None:
    lane = np.arange(THREADS) % 32
    row, pair = lane // 4, lane % 4 * 2
    second = row * 8 + pair + 1  # of the first matrix
    fourth = 192 + row * 8 + pair
    np.testing.assert_array_equal(run("matrices"), second + 1000 * fourth)
    turned = (pair + 1) * 8 + row + 1000 * (192 + pair * 8 + row)
    np.testing.assert_array_equal(run("turned"), turned)


def test_rows_of_a_small_matrix_must_not_meet_in_a_bank(run) -> None:
    with pytest.raises(BackendError, match="rows of a small matrix meet in a bank"):
        run("banks")


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
