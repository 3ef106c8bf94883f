"""Kernels that a user wrote in CUDA C: their parameters checked, compiled to cubin, kept in the
cache; and run on the host for tests."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache, partial
from typing import Any

import numpy as np

from ...lowering.launch import Grid
from ...ops.errors import BackendError
from ..cache.folder import LIMIT
from ..cache.key import ContentKey, Options, digest
from ..cache.layers import ObjectCache
from ..cache.locate import limit_bytes, user_folder
from ..cache.mode import get_jit_mode
from ..cache.statistics import statistics
from ..cache.warn import warn_user
from . import nvrtc
from .cache import is_cubin
from .driver.simulated.settings import SIMULATED
from .host import POISON, Array, HostModule, host_image
from .kernel import CudaKernel, translation_unit
from .runtime.device import Device
from .runtime.module import LoadedKernel
from .target import target_by_name

NUMBERS = {"float": "double", "int": "long long"}
_LETTERS = {"double": "d", "long long": "q"}
ELEMENTS = {
    "float32": "float", "float64": "double", "int64": "long long", "int32": "int",
    "int16": "short", "int8": "signed char", "uint8": "unsigned char", "bool": "bool",
}  # fmt: skip
"""dtype -> C type of its elements."""
MARGIN = 1 << 16  # bytes
_PRELUDE = """
#define blockDim simt::Index{%d}
#define __shared__ static
"""
"""What a user's text may name that generated kernels do not, on the host: blocks run one after the
other there, so what is static is shared."""
_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)


def raw_kernel(source: str, name: str, parameters: Sequence[str], threads: int) -> CudaKernel:
    """A kernel of a user's text.

    Args:
        source: CUDA C that defines `extern "C" __global__ void name(...)`.
        name: Of the kernel.
        parameters: C types that it must take.
        threads: Of a block.

    Raises:
        BackendError: The text does not define it with these parameters.
    """
    plain = _COMMENT.sub(" ", source)
    start = re.search(
        rf'extern\s+"C"\s+__global__\s+void\s+(?:__launch_bounds__\([^)]*\)\s*)?{name}\s*\(', plain
    )
    if start is None:
        known = re.findall(r"__global__\s+void\s+(?:__launch_bounds__\([^)]*\)\s*)?(\w+)", plain)
        raise BackendError(
            f'{name}: the text must define extern "C" __global__ void {name}(...), it defines '
            f"{', '.join(known) or 'no kernel'}"
        )
    found = [_type(each) for each in plain[start.end() : plain.index(")", start.end())].split(",")]
    wanted = list(parameters)
    if found != wanted:
        raise BackendError(
            f"{name}: the kernel must take ({', '.join(wanted)}), which follows from the "
            f"signature, but it takes ({', '.join(found)})"
        )
    meeting = any(word in plain for word in ("__syncthreads", "__shfl", "__syncwarp"))
    return CudaKernel(name, source, Grid(threads, 0, 1), tuple(wanted), meeting)


def _type(parameter: str) -> str:
    """The type of a parameter, without its name and its qualifiers."""
    words = re.findall(r"\w+|\*", parameter)
    kept = [x for x in words if x not in ("const", "__restrict__", "restrict")]
    if len(kept) > 1 and kept[-1] != "*":
        kept = kept[:-1]  # the name
    return " ".join(kept)


@cache
def _store(target: str) -> ObjectCache:
    return ObjectCache(user_folder(), limit_bytes(LIMIT), target)


def cubin_of(kernel: CudaKernel, target: str) -> bytes:
    """Machine code of a kernel for a compute capability, from the cache or from NVRTC.

    Raises:
        BackendError: NVRTC is missing or refuses the text; compiling is forbidden and no cache has
            it.
        ValueError: There is no such target.
    """
    place = target_by_name(target)
    text = translation_unit([kernel])
    options = Options(0, "", "", flags=nvrtc.OPTIONS)
    compiler = nvrtc.version()
    content = ContentKey(digest(text), (kernel.entry,), target, "", compiler, options, "cuda")
    label = f"{kernel.entry}[cuda_kernel {target}]"
    known = _store(target).find_source(content, partial(is_cubin, place))
    if known is not None:
        statistics.found(label, known[1])
        return known[0]
    mode = get_jit_mode()
    if mode == "forbid":
        raise BackendError(
            f"cuda backend: the kernel {label} is in no cache, and compiling is forbidden "
            "(TENSORSMITH_JIT or jit_mode)"
        )
    if mode == "warn":
        warn_user(f"tensorsmith: the kernel {label} is in no cache and is compiled now")
    code = nvrtc.compile_cubin([kernel], place).code
    _store(target).put(content.text(), code, {"name": kernel.entry, "label": label, "op": ""})
    return code


def load_raw(kernel: CudaKernel, device: Device) -> LoadedKernel:
    """A user's kernel on a device, compiled and loaded when it is first asked for.

    On a simulated device accesses of such a kernel are not checked: only the bytes around a segment
    are looked at.

    Raises:
        BackendError: It cannot be compiled or loaded.
    """

    def image() -> bytes:
        if device.driver.name == SIMULATED:
            return host_image([_hosted(kernel)])
        return cubin_of(kernel, device.target.name)

    handle = device.modules.function(kernel, kernel.entry, image)
    layout = "".join(_LETTERS.get(kind, "Q") for kind in kernel.parameters)
    return LoadedKernel(device.context, handle, kernel.entry, kernel.grid.threads, layout)


def _hosted(kernel: CudaKernel) -> CudaKernel:
    """A user's kernel as the host's compiler takes it."""
    return replace(kernel, source=f"{_PRELUDE % kernel.grid.threads}{kernel.source}")


def run_on_host(
    kernel: CudaKernel, arrays: Sequence[Array], numbers: Sequence[int], blocks: int
) -> None:
    """Runs a kernel on the host, on copies of its operands between margins that must stay whole.

    Args:
        arrays: Tensors and results, contiguous; what the kernel writes is copied back.
        numbers: The parameters after them, as 64-bit patterns.
        blocks: How many.

    Raises:
        BackendError: It wrote into a margin, missed a barrier, or the host's compiler refuses it.
    """
    copies = [_between_margins(each) for each in arrays]
    slots = [copy.ctypes.data + MARGIN for copy in copies] + list(numbers)
    hosted = _hosted(kernel)
    HostModule([hosted]).launch(hosted, slots, blocks, copies)
    for number, (array, copy) in enumerate(zip(arrays, copies)):
        if (copy[:MARGIN] != POISON).any() or (copy[MARGIN + array.nbytes :] != POISON).any():
            raise BackendError(f"{kernel.entry}: it wrote outside of its parameter {number}")
        inside = copy[MARGIN : MARGIN + array.nbytes]
        np.copyto(array, inside.view(array.dtype).reshape(array.shape))


def _between_margins(array: Array) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """The bytes of an array with `MARGIN` bytes before and behind them."""
    made = np.full(array.nbytes + 2 * MARGIN, POISON, np.uint8)
    made[MARGIN : MARGIN + array.nbytes] = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
    return made
