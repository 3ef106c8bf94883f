"""Kernels that a user wrote in CUDA C, launched on a GPU."""

from __future__ import annotations

import pytest
import tensorsmith as ts
from tensorsmith.library import cuda_kernel

SCALE = """
extern "C" __global__ void scale(const float *x, float *y, double a, long long n) {
  long long i = blockIdx.x * (long long)blockDim.x + threadIdx.x;
  if (i < n) y[i] = x[i] * (float)a;
}
"""
SIGNATURE = "scale(float32[N] x, float a = 2) -> float32[N] y"
GRID = "(N + 255) // 256"


def test_a_users_kernel_runs_on_the_device_of_its_tensors(second: str) -> None:
    scale = cuda_kernel(SCALE, SIGNATURE, grid=GRID, define="y[n] = a * x[n]")
    for place in ("cuda:0", second):
        x = ts.arange(300.0, device=place, requires_grad=True)
        y = scale(x, a=3.0)
        assert y.device == x.device and ts.equal(y, 3 * x)
        y.sum().backward()
        assert x.grad is not None and x.grad.sum().item() == 900
    assert scale.launch(ts.ones(6, device="cuda")[::2]).tolist() == [2, 2, 2]


def test_a_users_kernel_wants_tensors_on_one_gpu() -> None:
    scale = cuda_kernel(SCALE, SIGNATURE, grid=GRID)
    with pytest.raises(RuntimeError, match=r"GPU that all tensors lie on, got cpu;"):
        scale.launch(ts.ones(3))
