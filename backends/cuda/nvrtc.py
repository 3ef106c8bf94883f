"""CUDA C compiled to machine code of a GPU by NVRTC; no GPU is needed.

`cuda-bindings` and the library are looked for when something is first compiled.
"""

from __future__ import annotations

import ctypes
import importlib.util
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from types import ModuleType

from ...lowering.launch import Target
from ...ops.dataclass import dataclass
from ...ops.errors import BackendError
from .kernel import CudaKernel, translation_unit
from .target import PTX_TARGETS

OPTIONS = ("--std=c++17", "--device-as-default-execution-space", "--minimal")
"""The default of IEEE division, square roots and subnormal numbers is kept; products and sums may
be rounded once (`--fmad`), as on the CPU. Textures and launches from the device, which no kernel
has, are not declared (`--minimal`): a fifth of the time of a small kernel."""


@dataclass(frozen=True)
class Cubin:
    """A module of machine code, or of PTX where the target is portable.

    Attributes:
        target: What it is for.
        code: What `cuModuleLoadData` takes.
        log: What the compiler had to say.
    """

    target: str
    code: bytes
    log: str


@dataclass(frozen=True)
class Resources:
    """What a kernel takes of a multiprocessor.

    Attributes:
        registers: Of a thread.
        spilled: Bytes that a thread stores for want of registers.
        shared: Bytes of shared memory of a block.
        serialized: Products of warp groups wait for each other, which the assembler remarks where
            it cannot see that nothing touches their sums.
    """

    registers: int
    spilled: int
    shared: int
    serialized: bool = False


_REPORT = re.compile(
    r"entry function '(\w+)'.*?(\d+) bytes spill stores.*?Used (\d+) registers([^\n]*)", re.S
)


@cache
def _bindings() -> ModuleType:
    """The bindings of NVRTC, with the library loaded.

    Raises:
        BackendError: A package is missing; `cuda` is the extra that has them all.
    """
    try:
        from cuda.bindings import nvrtc
    except ImportError as error:
        what = "cuda-bindings must be installed to compile for a GPU"
        raise BackendError(f"{what}: {error}") from None
    library = _library()
    if library is not None:
        ctypes.CDLL(str(library), ctypes.RTLD_GLOBAL)
    try:
        nvrtc.nvrtcVersion()
    except Exception as error:  # what the loader of the bindings raises has no common base
        message = str(error).splitlines()[0]
        raise BackendError(f"NVRTC must be installed to compile for a GPU: {message}") from None
    return nvrtc  # type: ignore[no-any-return]


def _library() -> Path | None:
    """The library of the wheel `nvidia-cuda-nvrtc`, wherever `sys.path` finds it; else None, and
    the bindings look through the system."""
    found = importlib.util.find_spec("nvidia")
    folders = found.submodule_search_locations if found is not None else None
    libraries = (path for f in folders or () for path in Path(f).glob("*/lib/libnvrtc.so.*"))
    return max(libraries, default=None)


def why_not() -> str:
    """Why nothing can be compiled for a GPU; empty if it can."""
    try:
        _bindings()
    except BackendError as error:
        return str(error)
    return ""


@cache
def version() -> str:
    """What tells versions of the compiler apart, for keys of caches.

    It is the version of the wheel where there is one: a process that finds all its kernels loads no
    compiler.
    """
    library = _library()
    wheels = library.parents[3].glob("nvidia_cuda_nvrtc-*.dist-info") if library else ()
    names = sorted(path.name.removesuffix(".dist-info") for path in wheels)
    if names:
        return f"nvrtc {names[-1].partition('-')[2]}"
    try:
        _, major, minor = _bindings().nvrtcVersion()
    except BackendError:
        return "nvrtc is not installed"
    return f"nvrtc {major}.{minor}"


def compile_cubin(kernels: Iterable[CudaKernel], target: Target) -> Cubin:
    """Machine code of kernels, in one module; see `compile_source`."""
    return compile_source(translation_unit(kernels), target)


def resources(kernels: Iterable[CudaKernel], target: Target) -> dict[str, Resources]:
    """What each kernel takes, by entry, as the assembler reports it."""
    return reported(compile_source(translation_unit(kernels), target, ("--ptxas-options=-v",)).log)


def reported(log: str) -> dict[str, Resources]:
    """What kernels take, by entry, where the assembler was asked to tell."""
    found = {}
    for entry, spilled, registers, rest in _REPORT.findall(log):
        shared = re.search(r"(\d+) bytes smem", rest)
        bytes_of = int(shared[1]) if shared else 0
        serialized = re.search(rf"are serialized .*'{entry}'", log) is not None
        found[entry] = Resources(int(registers), int(spilled), bytes_of, serialized)
    return found


def compile_source(source: str, target: Target, further: tuple[str, ...] = ()) -> Cubin:
    """Machine code of a translation unit.

    Args:
        source: Its text.
        target: What it is for.
        further: Options besides those that all kernels are compiled with.

    Raises:
        BackendError: NVRTC is missing, or refuses the code; with its log.
    """
    nvrtc = _bindings()
    listed = (f"--gpu-architecture={target.name}", *OPTIONS, *further)
    options = [option.encode() for option in listed]
    program = _checked(nvrtc.nvrtcCreateProgram(source.encode(), b"kernels.cu", 0, [], []))
    try:
        (result,) = nvrtc.nvrtcCompileProgram(program, len(options), options)
        log = _text(nvrtc.nvrtcGetProgramLogSize, nvrtc.nvrtcGetProgramLog, program)
        if result != nvrtc.nvrtcResult.NVRTC_SUCCESS:
            raise BackendError(f"NVRTC refuses the kernels for {target.name}: {log.decode()}")
        if target.name in PTX_TARGETS:
            code = _text(nvrtc.nvrtcGetPTXSize, nvrtc.nvrtcGetPTX, program)
        else:
            code = _text(nvrtc.nvrtcGetCUBINSize, nvrtc.nvrtcGetCUBIN, program)
    finally:
        nvrtc.nvrtcDestroyProgram(program)
    return Cubin(target.name, code, log.decode().strip("\0\n"))


def _checked(answer: tuple[object, ...]) -> object:
    """The result of a call of the bindings, whose first element is a status."""
    status, *results = answer
    if int(status) != 0:  # type: ignore[call-overload]
        raise BackendError(f"NVRTC: {status}")
    return results[0] if results else None


def _text(size: object, fill: object, program: object) -> bytes:
    """What a pair of calls, one for the size and one for the bytes, gives."""
    assert callable(size) and callable(fill)
    count = _checked(size(program))
    assert isinstance(count, int)
    buffer = bytes(count + 1)  # written to: one byte could be an object that all of Python shares
    _checked(fill(program, buffer))
    return buffer[:count]
