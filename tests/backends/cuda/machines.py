"""A simulated machine for a test, and kernels for it."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np
import pytest
from tensorsmith.backends.cuda import host
from tensorsmith.backends.cuda.driver.simulated.driver import SimulatedDriver
from tensorsmith.backends.cuda.driver.simulated.settings import Settings
from tensorsmith.backends.cuda.host import host_image
from tensorsmith.backends.cuda.kernel import CudaKernel
from tensorsmith.backends.cuda.runtime import copying, machine
from tensorsmith.backends.cuda.runtime.allocator import Buffer
from tensorsmith.backends.cuda.runtime.module import LoadedKernel
from tensorsmith.backends.cuda.runtime.queue import Queue
from tensorsmith.lowering.launch import Grid

MEMORY = 64 << 20
DEFAULTS = {"devices": 2, "memory": MEMORY, "pinned": 1 << 20}
Array = np.ndarray[Any, np.dtype[Any]]
needs_compiler = pytest.mark.skipif(bool(host.why_not()), reason=host.why_not() or "it is there")

_HEAD = 'extern "C" __global__ void'
_INDEX = "const long long i = blockIdx.x * 256LL + threadIdx.x;"
SOURCES = {
    "twice": (f"{_HEAD} twice(float *x, long long n) {{ {_INDEX} "
              "if (i < n) store(x, i, 2 * load(x, i)); }", "Qq"),
    "add": (f"{_HEAD} add(float *x, long long n, double by) {{ {_INDEX} "
            "if (i < n) store(x, i, load(x, i) + (float)by); }", "Qqd"),
    "take": (f"{_HEAD} take(float *y, const float *x, const long long *index, long long n, "
             f"long long extent, long long *status) {{ {_INDEX} if (i >= n) return; "
             "const long long k = load(index, i); if (k < 0 || k >= extent) "
             "report(status, 1, k, extent); else store(y, i, load(x, k)); }", "QQQqqQ"),
    "parted": (f"{_HEAD} parted(long long n) {{ if (threadIdx.x < n) __syncthreads(); }}", "q"),
}  # fmt: skip
"""Name -> definition, and the letters of its parameters."""


@cache
def image() -> bytes:
    """All kernels, compiled for the host."""
    return host_image(
        CudaKernel(name, text, Grid(256, 0, 256), _types(text), name == "parted")
        for name, (text, _) in SOURCES.items()
    )


def _types(text: str) -> tuple[str, ...]:
    inside = text[text.index("(") + 1 : text.index(")")]
    return tuple(
        part[: part.index("*") + 1].strip() if "*" in part else part.strip().rsplit(" ", 1)[0]
        for part in inside.split(",")
    )


@contextmanager
def simulated(**settings: int) -> Iterator[SimulatedDriver]:
    """A machine of two devices with little memory, for this process."""
    driver = SimulatedDriver(Settings(**{**DEFAULTS, **settings}))  # type: ignore[arg-type]
    machine.use_driver(driver)
    try:
        yield driver
    finally:
        machine.use_driver(None)


def kernel(name: str, device: int = 0) -> LoadedKernel:
    """A kernel, loaded."""
    found = machine.get_device(device)
    handle = found.modules.function("tests", name, image)
    return LoadedKernel(found.context, handle, name, 256, SOURCES[name][1])


def allocate(nbytes: int, queue: Queue | None = None, device: int = 0) -> Buffer:
    """Memory of a device, for a stream of it."""
    found = machine.get_device(device)
    return found.allocator.allocate(nbytes, queue or found.queues.default)


def upload(values: Sequence[float] | Array, kind: str = "float32", device: int = 0) -> Buffer:
    """Numbers in memory of a device."""
    array = np.asarray(values, kind)
    buffer = allocate(array.nbytes, device=device)
    queue = machine.get_device(device).queues.default
    copying.copy_to_device(buffer.address, array.ctypes.data, array.nbytes, queue)
    return buffer


def download(buffer: Buffer, queue: Queue | None = None, device: int = 0) -> list[float]:
    """The float32 numbers in memory of a device."""
    array = np.empty(buffer.nbytes // 4, np.float32)
    queue = queue or machine.get_device(device).queues.default
    copying.copy_to_host(array.ctypes.data, buffer.address, array.nbytes, queue)
    return array.tolist()  # type: ignore[no-any-return]


def pointer(array: Array) -> int:
    """The address of an array."""
    return ctypes.cast(array.ctypes.data, ctypes.c_void_p).value or 0
