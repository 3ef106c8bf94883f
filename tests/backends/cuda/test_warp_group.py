"""The simulator multiplies what descriptors describe, and finds what breaks the rules."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from tensorsmith.backends.cuda import host
from tensorsmith.backends.cuda.host import HostModule
from tensorsmith.backends.cuda.kernel import CudaKernel
from tensorsmith.lowering.launch import Grid
from tensorsmith.ops.errors import BackendError

pytestmark = pytest.mark.skipif(bool(host.why_not()), reason=host.why_not() or "g++ is there")

Array = np.ndarray
BODY = """
const int t = threadIdx.x;
SHARED(unsigned short, a, 4096, 0);
SHARED(unsigned short, b, 8192, 9216);
OWN(float, sums, 64);
for (int k = 0; k < 64; k++) store(sums, k, 0.0f);
for (int k = t; k < 4096; k += 128) store(a, PLACE(k), (unsigned short)load(m, (long long)k));
for (int k = t; k < 8192; k += 128)
  store(b, k ^ (k / 64 % 8) << 3, (unsigned short)load(m, 4096LL + k));
SHOW
COPY
__syncthreads();
SETTLE
multiply_group_f16<128, TURNED, 0, 8192>(sums, a + FROM, b);
multiply_group_f16<128, TURNED, 0, 8192>(sums, a + FROM + NEXT, b + 16);
END
WAIT
for (int k = 0; k < 64; k++) store(n, t * 64LL + k, load(sums, k));
AFTER
"""
RIGHT = {
    "PLACE(k)": "(k ^ (k / 64 % 8) << 3)", "SHOW": "show_copies();", "TURNED": "0", "FROM": "0",
    "NEXT": "16", "SETTLE": "settle_sums<64>(sums);", "END": "end_products();",
    "WAIT": "wait_for_products<0, 64>(sums);", "AFTER": "",
    "COPY": "",
}  # fmt: skip
CASES: dict[str, dict[str, str]] = {
    "right": {},
    "turned": {"TURNED": "1", "NEXT": "1024"},
    "straight": {"PLACE(k)": "k"},
    "hidden": {"SHOW": ""},
    "unsettled": {"SETTLE": ""},
    "touched": {"SETTLE": "settle_sums<64>(sums); store(sums, 3, 1.0f);"},
    "early": {"WAIT": ""},
    "one_left": {"WAIT": "wait_for_products<1, 64>(sums);"},
    "unended": {"END": ""},
    "overwritten": {"END": "end_products(); if (t == 5) store(b, 20, (unsigned short)0);"},
    "copied": {"COPY": "copy_async<8>(a, t * 8, m, 0LL, 8LL);"},
    "apart": {"FROM": "(t == 77 ? 64 : 0)"},
    "some": {"AFTER": "if (t < 32) { settle_sums<64>(sums); multiply_group_f16<128, 0, 0, 8192>"
                      "(sums, a, b); end_products(); wait_for_products<0, 64>(sums); }"},
    "lanes": {"SETTLE": "settle_sums<64>(sums); if (t == 3) return;"},
    "many": {"END": "for (int k = 0; k < 20; k++) multiply_group_f16<128, 0, 0, 8192>(sums, a, b); "
                    "end_products();"},
}  # fmt: skip


def kernel(name: str) -> CudaKernel:
    """A kernel of one warp group, right but for one thing."""
    body = BODY
    for word, text in (RIGHT | CASES[name]).items():
        body = body.replace(word, text)
    head = f'extern "C" __global__ void probe_{name}(unsigned short *m, float *n)'
    parameters = ("unsigned short *", "float *")
    source = f"{head} {{ {body} }}"
    return CudaKernel(f"probe_{name}", source, Grid(128, 0, 1), parameters, True, ("warp_group.h",))


@pytest.fixture(scope="module")
def module() -> HostModule:
    """All kernels."""
    return HostModule(kernel(name) for name in CASES)


@pytest.fixture
def run(module: HostModule) -> Callable[..., tuple[Array, Array, Array]]:
    """Runs a kernel; gives both factors as they lie in memory, and the product."""

    def launch(name: str, backwards: bool = False) -> tuple[Array, Array, Array]:
        numbers = np.random.default_rng(0).integers(-4, 5, 4096 + 8192).astype(np.float16)
        found = np.zeros((128, 64), np.float32)
        words = numbers.view(np.uint16)
        slots = [words.ctypes.data, found.ctypes.data]
        module.launch(kernel(name), slots, 1, [words, found], backwards)
        return numbers[:4096].reshape(64, 64), numbers[4096:].reshape(128, 64), gathered(found)

    return launch


def gathered(sums: Array) -> Array:
    """The product of which each thread of a group has 64 elements: PTX ISA, "Register Fragments for
    wgmma.mma_async.m64nNk16"."""
    thread, k = np.ogrid[:128, :64]
    rows = thread // 32 * 16 + thread % 32 // 4 + k // 2 % 2 * 8
    columns = k // 4 * 8 + thread % 4 * 2 + k % 2
    whole = np.zeros((64, 128), np.float32)
    whole[rows, columns] = sums
    return whole


@pytest.mark.parametrize("backwards", [False, True])
def test_a_group_multiplies_what_descriptors_describe(run, backwards: bool) -> None:
    a, b, found = run("right", backwards)
    np.testing.assert_array_equal(found, a[:, :32].astype(float) @ b[:, :32].astype(float).T)


def test_a_factor_may_lie_along_its_rows(run) -> None:
    a, b, found = run("turned")
    np.testing.assert_array_equal(found, a[:32].astype(float).T @ b[:, :32].astype(float).T)


def test_packs_that_are_not_turned_give_other_numbers(run) -> None:
    a, b, found = run("straight")
    assert (found != a[:, :32].astype(float) @ b[:, :32].astype(float).T).mean() > 0.5


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("hidden", r"a product reads what thread \d+ has written and not shown"),
        ("unsettled", "multiplies into sums that are not settled"),
        ("touched", "multiplies into sums that are not settled"),
        ("early", "touches sums that products are being added to"),
        ("one_left", "touches sums that products are being added to"),
        ("unended", "touches sums that products are being added to"),
        ("overwritten", "thread 5 of block 0 writes to shared memory that a product reads"),
        ("copied", "touches shared memory that a copy is on its way to"),
        ("apart", "thread 77 of block 0 multiplies other matrices than its warp group"),
        ("some", "takes part in other products than its warp group"),
        ("lanes", "an exchange in line -5 misses thread 3 of the warp"),
        ("many", "has too many products under way"),
    ],
)
def test_what_breaks_the_rules_is_found(run, name: str, message: str) -> None:
    with pytest.raises(BackendError, match=message):
        run(name)
