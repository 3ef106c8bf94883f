"""Raw kernels in CUDA C: parameters, machine code, runs on the host, no launch without a GPU."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tensorsmith as ts
from tensorsmith.backends.cache.layers import ObjectCache
from tensorsmith.backends.cuda import host, nvrtc
from tensorsmith.backends.cuda import raw as raw_cuda
from tensorsmith.library import cuda_kernel

SCALE = """
// doubles, or what `a` says
extern "C" __global__ void scale(const float *__restrict__ x, float *y, double a, long long n) {
  long long i = blockIdx.x * (long long)blockDim.x + threadIdx.x;
  if (i < n) y[i] = x[i] * (float)a;
}
"""
SIGNATURE = "scale(float32[N] x, float a = 2) -> float32[N] y"
GRID = "(N + 255) // 256"

compiles = pytest.mark.skipif(bool(nvrtc.why_not()), reason=f"no NVRTC: {nvrtc.why_not()}")
simulates = pytest.mark.skipif(bool(host.why_not()), reason=f"no host compiler: {host.why_not()}")


@simulates
def test_the_same_text_runs_on_the_host() -> None:
    scale = cuda_kernel(SCALE, SIGNATURE, grid=GRID)
    x = ts.arange(300, dtype=ts.float32)
    assert ts.equal(scale.launch.run_on_host(x, a=3.0), 3 * x)
    with pytest.raises(RuntimeError, match=r"x must be float32\[N\], but it has dtype"):
        scale.launch.run_on_host(x.double())
    assert scale.launch.run_on_host(ts.empty(0)).shape == (0,)


@simulates
def test_a_grid_that_is_no_number_of_blocks_is_an_error() -> None:
    none = cuda_kernel(SCALE, SIGNATURE, grid="N // 256")
    with pytest.raises(RuntimeError, match=r"grid .* must be positive, but it is 0 for N = 3"):
        none.launch.run_on_host(ts.ones(3))
    broken = cuda_kernel(SCALE, SIGNATURE, grid="N // 0")
    with pytest.raises(RuntimeError, match=r"scale: grid 'N // 0' must be a number, but .* N = 3"):
        broken.launch.run_on_host(ts.ones(3))


@simulates
def test_blocks_share_memory_and_wait_on_the_host() -> None:
    source = """
    extern "C" __global__ void rotate(const float *x, float *y, long long n) {
      __shared__ float row[64];
      row[threadIdx.x] = x[blockIdx.x * 64 + threadIdx.x];
      __syncthreads();
      y[blockIdx.x * 64 + threadIdx.x] = row[(threadIdx.x + 1) % 64];
    }
    """
    rotate = cuda_kernel(source, "rotate(float32[N, 64] x) -> float32[N, 64] y", grid="N", block=64)
    x = ts.arange(128, dtype=ts.float32).reshape(2, 64)
    assert ts.equal(rotate.launch.run_on_host(x), x.roll(-1, 1))


@simulates
def test_a_write_outside_of_the_operands_is_found() -> None:
    wrong = cuda_kernel(SCALE.replace("i < n", "i <= n"), SIGNATURE, grid=GRID)
    with pytest.raises(RuntimeError, match="it wrote outside of its parameter 1"):
        wrong.launch.run_on_host(ts.ones(3))


@compiles
def test_machine_code_is_made_without_a_gpu_and_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    scale = cuda_kernel(SCALE, SIGNATURE, grid=GRID)
    code = scale.launch.cubin("sm_90")
    assert code[:4] == b"\x7fELF" and b"scale" in code
    monkeypatch.setattr(nvrtc, "compile_cubin", None)  # from here on only the cache has it
    assert scale.launch.cubin("sm_90") == code
    with pytest.raises(ValueError, match="target must be one of sm_80"):
        scale.launch.cubin("sm_1")
    with ts.jit_mode("forbid"), pytest.raises(RuntimeError, match="compiling is forbidden"):
        cuda_kernel(SCALE.replace("doubles", "new text"), SIGNATURE, grid=GRID)


@compiles
def test_what_is_compiled_is_warned_of_where_that_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(raw_cuda, "_store", lambda target: ObjectCache(tmp_path, target=target))
    words = r"the kernel scale\[cuda_kernel \w+\] is in no cache and is compiled now"
    with ts.jit_mode("warn"), pytest.warns(RuntimeWarning, match=words) as told:
        cuda_kernel(SCALE, SIGNATURE, grid=GRID)
    assert told[0].filename == __file__


@compiles
def test_text_that_nvrtc_refuses_is_refused_at_once() -> None:
    with pytest.raises(RuntimeError, match=r'NVRTC refuses.*\n?.*identifier "m" is undefined'):
        cuda_kernel(SCALE.replace("i < n", "i < m"), SIGNATURE, grid=GRID)


def test_no_launch_without_a_gpu() -> None:
    scale = cuda_kernel(SCALE, SIGNATURE, grid=GRID)
    with pytest.raises(NotImplementedError, match="kernels were registered for cuda"):
        scale(ts.ones(3))
    with pytest.raises(RuntimeError, match="launching a kernel in CUDA C needs an NVIDIA GPU"):
        scale.launch(ts.ones(3))
    assert scale(ts.empty(3, device="meta")).shape == (3,)


def test_a_formula_runs_where_the_kernel_cannot() -> None:
    scale = cuda_kernel(SCALE, "scale(float32[...] x, float a = 2) -> float32[...] y",
                        grid="(NUMEL + 255) // 256", define="y = a * x")  # fmt: skip
    assert scale(ts.ones(2, 2), a=3).tolist() == [[3, 3], [3, 3]]
    assert ts.func.grad(lambda x: scale(x).sum())(ts.ones(2)).tolist() == [2, 2]
    assert scale.launch.blocks({"...": 257}) == 2


@pytest.mark.parametrize(
    ("source", "signature", "options", "message"),
    [
        (SCALE, "scale(float32[N] x, int a) -> float32[N] y", {},
         r"must take \(float \*, float \*, long long, long long\), which follows from the sig"),
        (SCALE, "scal(float32[N] x, float a) -> float32[N] y", {},
         "must define extern .C. __global__ void scal.*, it defines scale"),
        (SCALE.replace('extern "C"', ""), SIGNATURE, {}, "must define extern .C."),
        ("", SIGNATURE, {}, "it defines no kernel"),
        (SCALE, SIGNATURE, {"grid": "(M + 1) // 2"}, "M is not a size"),
        (SCALE, SIGNATURE, {"block": 2000}, r"block must be in \[1, 1024\], got 2000"),
        (SCALE, "scale(float16[N] x, float a) -> float32[N] y", {},
         "x must have one of the dtypes float32, .* got float16"),
    ],
)  # fmt: skip
def test_what_does_not_fit_the_signature_is_refused(
    source: str, signature: str, options: dict[str, Any], message: str
) -> None:
    with pytest.raises((RuntimeError, ValueError), match=message):
        cuda_kernel(source, signature, **{"grid": GRID, **options})
