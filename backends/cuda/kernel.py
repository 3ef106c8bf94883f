"""A kernel as whoever compiles or launches it sees it: source, entry, blocks, parameters.

All parameters are eight bytes wide, so that one array of 64-bit slots is the parameter buffer of a
launch: `cuLaunchKernel` takes its address as `CU_LAUNCH_PARAM_BUFFER_POINTER`.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from ...lowering.ir.loops import Function
from ...lowering.ir.verify import verify
from ...lowering.launch import Grid, Kernel
from ...ops.dataclass import dataclass
from ...ops.errors import BackendError
from .emit import emit, header
from .emitter import c_type


@dataclass(frozen=True)
class CudaKernel:
    """A kernel in CUDA C.

    Attributes:
        entry: Its name in the module.
        source: Its definition; `translation_unit` puts the header in front.
        grid: Threads of a block, and the formula for the number of blocks.
        parameters: C types of its parameters, in order.
        meeting: Its threads meet: at barriers, or to exchange values.
        headers: What else it needs in front of it.
    """

    entry: str
    source: str
    grid: Grid
    parameters: tuple[str, ...]
    meeting: bool
    headers: tuple[str, ...] = ()


@lru_cache(4096)
def cuda_kernel(kernel: Kernel) -> CudaKernel:
    """A planned kernel in CUDA C.

    Raises:
        BackendError: It was planned for another kind of processor, or cannot be written.
    """
    function = kernel.build()
    if kernel.grid is None:
        raise BackendError(f"{function.name}: must be planned for blocks of threads")
    verify(function)
    return CudaKernel(
        function.name,
        emit(function),
        kernel.grid,
        tuple(c_type(argument.type) for argument in function.arguments),
        meets(function),
        headers_of(function),
    )


MEETING = frozenset(
    [
        "gpu.barrier",
        "gpu.shuffle",
        "nvgpu.ldmatrix",
        "nvgpu.mma.sync",
        "nvvm.bar.warp.sync",
        "nvvm.match.sync",
        "ts.barrier_wait",
        "ts.wgmma",
    ]
)


def meets(function: Function) -> bool:
    """Whether threads wait for one another."""
    return any(each.name in MEETING for each in function.walk())


HEADERS = {"ts.wgmma": "warp_group.h", "ts.copy_box": "tensor_map.h"}
"""Instruction -> what it needs in front of a kernel besides `kernel.h`."""


def headers_of(function: Function) -> tuple[str, ...]:
    """What else a kernel needs in front of it."""
    used = {each.name for each in function.walk()}
    return tuple(header for name, header in HEADERS.items() if name in used)


def further_headers(kernels: Iterable[CudaKernel]) -> list[str]:
    """Names of the headers that kernels need besides `kernel.h`."""
    return sorted({name for kernel in kernels for name in kernel.headers})


def translation_unit(kernels: Iterable[CudaKernel]) -> str:
    """The text that NVRTC compiles."""
    listed = list(kernels)
    fronts = [header(name) for name in further_headers(listed)]
    return header() + "\n".join([*fronts, *(kernel.source for kernel in listed)])
