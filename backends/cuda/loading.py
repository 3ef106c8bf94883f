"""Kernels on a device: machine code for a real one, compiled for the host for a simulated one."""

from __future__ import annotations

from ...lowering.launch import Kernel
from .cache import get_cubin
from .host import host_image
from .kernel import cuda_kernel
from .runtime.device import Device
from .runtime.machine import get_device, is_simulated
from .runtime.module import LoadedKernel


def load_kernel(kernel: Kernel, layout: str, device: Device | None = None) -> LoadedKernel:
    """A planned kernel, ready to be launched."""
    device = device or get_device()
    assert kernel.grid is not None

    def image() -> bytes:
        return host_image([cuda_kernel(kernel)]) if is_simulated() else get_cubin(kernel, device.target)

    handle = device.modules.function(kernel.key, kernel.entry, image)
    return LoadedKernel(device.context, handle, kernel.op, kernel.grid.threads, layout)
