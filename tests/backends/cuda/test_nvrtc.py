"""NVRTC compiles the kernels for every architecture, without a GPU."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from tensorsmith.backends.cuda import nvrtc
from tensorsmith.backends.cuda.check import HostCall
from tensorsmith.backends.cuda.kernel import CudaKernel, cuda_kernel
from tensorsmith.backends.cuda.nvrtc import compile_cubin, compile_source
from tensorsmith.backends.cuda.target import TARGETS, target_by_name
from tensorsmith.lowering.launch import Grid
from tensorsmith.ops import dtype as dtypes
from tensorsmith.ops.errors import ArgumentValueError, BackendError
from tensorsmith.ops.registry import registry
from tensorsmith.tools.battery.host import host_calls
from tensorsmith.tools.battery.sampling import samples_of

from .test_registry import DTYPES, OPS, calls

needs_nvrtc = pytest.mark.skipif(bool(nvrtc.why_not()), reason=nvrtc.why_not() or "it is there")
NAMES = ("softmax", "sum", "cumsum", "mm", "dropout", "embedding")
TOGETHER = 32


def kernels_of(cases: Iterator[HostCall], target: str) -> list[CudaKernel]:
    """Kernels of calls, each once."""
    found: dict[str, CudaKernel] = {}
    for call in cases:
        for launch in call.plan(TARGETS[target]).launches:
            kernel = cuda_kernel(launch.kernel)
            found[kernel.entry] = kernel
    return list(found.values())


def few(target: str) -> list[CudaKernel]:
    """Kernels of one call for each schedule."""
    float32 = dtypes.by_name("float32")
    cases = (
        call
        for name in NAMES
        for call in host_calls(registry.get(name), samples_of(registry.get(name))[0], float32, 9)
    )
    return kernels_of(cases, target)


@needs_nvrtc
@pytest.mark.parametrize("target", TARGETS)
def test_kernels_of_every_schedule_compile(target: str) -> None:
    kernels = few(target)[:6]
    made = compile_cubin(kernels, TARGETS[target])
    assert made.target == target and made.code.startswith(b"\x7fELF") and made.log == ""
    assert all(kernel.entry.encode() in made.code for kernel in kernels)


@needs_nvrtc
def test_code_that_nvrtc_refuses_is_explained() -> None:
    bad = CudaKernel("probe", "int probe() { return none; }", Grid(32, 0, 1), (), False)
    with pytest.raises(BackendError, match=r'NVRTC refuses the kernels for sm_90: .*"none"'):
        compile_cubin([bad], TARGETS["sm_90"])


@needs_nvrtc
def test_what_nvrtc_writes_is_nobody_elses() -> None:
    source = 'extern "C" __global__ void nothing() {}'
    assert compile_source(source, TARGETS["sm_90"]).log == ""  # a log of one byte
    assert b" "[0] == 32, "bytes that all of Python shares"


def test_a_target_that_is_no_gpu_is_refused() -> None:
    with pytest.raises(ArgumentValueError, match=r"target must be one of sm_80, .* got sm_50"):
        target_by_name("sm_50")


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    nvrtc._bindings.cache_clear()
    monkeypatch.setitem(__import__("sys").modules, "cuda.bindings", None)
    try:
        assert "cuda-bindings must be installed to compile for a GPU" in nvrtc.why_not()
    finally:
        nvrtc._bindings.cache_clear()


@needs_nvrtc
@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("target", TARGETS)
def test_the_kernels_of_all_ops_compile(target: str) -> None:
    kernels = kernels_of(calls(OPS, DTYPES, samples=1), target)
    size = sum(
        len(compile_cubin(kernels[k : k + TOGETHER], TARGETS[target]).code)
        for k in range(0, len(kernels), TOGETHER)
    )
    print(f"{target}: {len(kernels)} kernels, {np.round(size / 1e6, 1)} MB")
