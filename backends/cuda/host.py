"""Kernels in CUDA C run on the host: compiled by g++ behind `simt.h`, a small simulator of a GPU.

It is slow and watchful: it finds accesses outside of the operands and threads that miss a barrier.
"""

from __future__ import annotations

import ctypes
import hashlib
import math
import os
import shutil
import struct
import subprocess
import tempfile
import threading
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np

from ...lowering.launch import (
    DIVIDED_BY_ZERO,
    MAP_ALIGNMENT,
    MAP_WORDS,
    OUT_OF_RANGE,
    Launch,
    Number,
    Pointer,
    ScalarArgument,
    Schedule,
    Status,
    TensorMap,
)
from ...ops.dtype import dtype
from ...ops.errors import BackendError, ElementIndexError
from .emit import header
from .emitter import MAP_TYPE
from .kernel import CudaKernel, cuda_kernel, further_headers

COMPILER = "g++"
OPTIONS = ("-std=c++17", "-O0", "-fwrapv", "-fno-strict-aliasing", "-shared", "-fPIC", "-w")
POISON = 0x5A  # what scratch memory and results hold before a kernel writes them

Array = np.ndarray[Any, np.dtype[Any]]


def why_not() -> str:
    """Why kernels cannot be run on the host; empty if they can."""
    return "" if shutil.which(COMPILER) else f"{COMPILER} is not installed"


def open_image(image: bytes) -> ctypes.CDLL:
    """A shared object in memory.

    Raises:
        OSError: It is none.
    """
    handle, name = tempfile.mkstemp(suffix=".so")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(image)
        return ctypes.CDLL(name)
    finally:
        Path(name).unlink()


class Range(ctypes.Structure):
    """Bytes from `begin` up to `end`."""

    _fields_ = [("begin", ctypes.c_void_p), ("end", ctypes.c_void_p)]


def host_image(kernels: Iterable[CudaKernel]) -> bytes:
    """A shared object with a function `launch_NAME` for each kernel.

    Raises:
        BackendError: The compiler is missing, or refuses them; with its first complaint.
    """
    return compile_host(host_source(kernels))


def host_source(kernels: Iterable[CudaKernel]) -> str:
    """The text that the host's compiler is given."""
    listed = list(kernels)
    fronts = [header(name) for each in further_headers(listed) for name in (f"simt_{each}", each)]
    sources = [kernel.source for kernel in listed]
    return "\n".join([_front(), *fronts, *sources, *map(_entry, listed)])


def _front() -> str:
    """What stands in front of the kernels."""
    return header("simt.h") + "\n" + header()


class _Front:
    """The headers compiled beforehand, in a process that compiles many kernels: it takes as long as
    three kernels, each of which then takes half as long.

    Attributes:
        folder: Where `front.h` is; None as long as there were few.
        compiled: Kernels so far.
    """

    FEW = 4

    def __init__(self) -> None:
        self.compiled = 0
        self.folder: tempfile.TemporaryDirectory[str] | None = None
        self._lock = threading.Lock()

    def shorten(self, text: str) -> str:
        """A text with the headers included from there, if they are there."""
        with self._lock:
            self.compiled += 1
            if self.folder is None and self.compiled > self.FEW:
                self.folder = self._make()
        if self.folder is None or not text.startswith(_front()):
            return text
        return f'#include "{self.folder.name}/front.h"\n{text.removeprefix(_front())}'

    @staticmethod
    def _make() -> tempfile.TemporaryDirectory[str]:
        made = tempfile.TemporaryDirectory(prefix="tensorsmith-", ignore_cleanup_errors=True)
        place = Path(made.name, "front.h")
        place.write_text(_front())
        command = [COMPILER, *OPTIONS, "-x", "c++-header", os.fspath(place)]
        subprocess.run(command, capture_output=True, check=False)
        return made


_headers = _Front()


def compile_host(text: str) -> bytes:
    """The shared object made of a text; see `host_image`."""
    with tempfile.TemporaryDirectory() as folder:
        name = hashlib.sha256(text.encode()).hexdigest()[:16]
        source, library = Path(folder, f"{name}.cpp"), Path(folder, f"{name}.so")
        source.write_text(_headers.shorten(text))
        command = [COMPILER, *OPTIONS, "-o", os.fspath(library), os.fspath(source)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        except FileNotFoundError:
            raise BackendError(f"{why_not()}: kernels cannot be run on the host") from None
        if done.returncode:
            complaint = next((x for x in done.stderr.splitlines() if "error" in x), done.stderr)
            raise BackendError(f"{COMPILER} refuses the kernels: {complaint.strip()}")
        return library.read_bytes()


class HostModule:
    """Kernels compiled for the host.

    Raises:
        BackendError: The compiler refuses them; with its first complaint.
    """

    def __init__(self, kernels: Iterable[CudaKernel]) -> None:
        self.kernels = {kernel.entry: kernel for kernel in kernels}
        self._library = open_image(host_image(self.kernels.values()))

    def launch(
        self,
        kernel: CudaKernel,
        slots: Sequence[int],
        blocks: int,
        memory: list[Array],
        backwards: bool = False,
    ) -> None:
        """Runs the blocks of a kernel.

        Args:
            slots: Its parameters, as 64-bit patterns.
            blocks: How many.
            memory: All that it may touch.
            backwards: Blocks and threads run from the last to the first.

        Raises:
            BackendError: A thread reached outside of that, or missed a barrier.
        """
        function = getattr(self._library, f"launch_{kernel.entry}")
        function.restype = ctypes.c_char_p
        values = (ctypes.c_uint64 * len(slots))(*(slot % 2**64 for slot in slots))
        ranges = (Range * len(memory))(*(_range(array) for array in memory))
        count, turned = ctypes.c_int(len(memory)), ctypes.c_int(backwards)
        found = function(values, ctypes.c_uint(blocks), ranges, count, turned)
        if found:
            raise BackendError(f"{kernel.entry}: {found.decode()}")


def _range(array: Array) -> Range:
    """The bytes that an array, of any strides, spans."""
    first, last = np.lib.array_utils.byte_bounds(array)
    return Range(first, last)


def _entry(kernel: CudaKernel) -> str:
    """The function of the library that runs a kernel."""
    places = accumulate((slots_of(kind) for kind in kernel.parameters), initial=0)
    kinds = zip(kernel.parameters, places)
    arguments = ", ".join(f"simt::as_argument<{_value(kind)}>(slots + {k})" for kind, k in kinds)
    name, meeting = kernel.entry, str(kernel.meeting).lower()
    return f"""
static void call_{name}(const uint64_t *slots) {{ {name}({arguments}); }}
extern "C" const char *launch_{name}(
    const uint64_t *slots, unsigned blocks, const simt::Range *operands, int count, int turned) {{
  const unsigned threads = {kernel.grid.threads};
  return simt::run(call_{name}, {meeting}, threads, slots, blocks, operands, count, turned);
}}"""


def _value(kind: str) -> str:
    """The type of a parameter's value."""
    return "TensorMap" if kind == MAP_TYPE else kind


def slots_of(kind: str) -> int:
    """Slots of eight bytes that a parameter takes."""
    return MAP_WORDS if kind == MAP_TYPE else 1


def kernels_of(planned: Schedule) -> list[CudaKernel]:
    """The kernels of a schedule in CUDA C."""
    launches = [each for launch in planned.launches for each in launch.alternatives()]
    return [cuda_kernel(launch.kernel) for launch in launches]


def run_schedule(
    modules: Mapping[str, HostModule],
    planned: Schedule,
    memory: Mapping[str, Array],
    scalars: Mapping[str, int | float],
    backwards: bool = False,
) -> None:
    """Runs all launches of a schedule.

    Args:
        modules: Entry -> the module that has it.
        planned: For blocks of threads.
        memory: Operands in memory by name; results are written to.
        scalars: Numbers by name.
        backwards: Blocks and threads run from the last to the first.

    Raises:
        BackendError: The kernels did what a GPU would not survive.
        ElementIndexError: An index is out of range.
        ZeroDivisionError, RuntimeError: As the CPU's kernels.
    """
    whole: dict[str, Array] = dict(memory)
    for temporary in planned.temporaries:
        size = max(1, temporary.elements) * temporary.dtype.itemsize
        whole[temporary.name] = np.full(size, POISON, np.uint8)
    for name in planned.zeroed:
        whole[name].fill(0)
    status = np.zeros(3, np.int64)
    for whole_launch in planned.launches:
        launch = _fitting(whole_launch, whole)
        kernel = cuda_kernel(launch.kernel)
        numbers = [a.value for a in launch.arguments if isinstance(a, Number)]
        slots: list[int] = []
        for argument in launch.arguments:
            if isinstance(argument, TensorMap):
                slots += map_words(argument, whole[argument.operand].ctypes.data, numbers)
            else:
                slots.append(_slot(argument, whole, scalars, status))
        used = [whole[a.operand] for a in launch.arguments if isinstance(a, Pointer)]
        _check_blocks(launch, kernel)
        modules[kernel.entry].launch(kernel, slots, launch.chunks, [*used, status], backwards)
        if status[0]:
            raise _failure(kernel.entry, *status.tolist())


def _fitting(launch: Launch, memory: Mapping[str, Array]) -> Launch:
    """A launch, or the one for operands that no tensor map can be made of."""
    mapped = [a.operand for a in launch.arguments if isinstance(a, TensorMap)]
    aligned = all(memory[name].ctypes.data % MAP_ALIGNMENT == 0 for name in mapped)
    return launch if aligned else launch.without_maps()


def map_words(described: TensorMap, address: int, numbers: Sequence[int]) -> list[int]:
    """The words of a tensor map as the simulator reads them; see simt_tensor_map.h."""
    extents = [numbers[k] for k in described.extents]
    strides = [numbers[k] * described.dtype.itemsize for k in described.strides]
    return simulated_map(address, extents, strides, described.box, described.dtype.itemsize)


def simulated_map(
    address: int,
    extents: Sequence[int],
    strides: Sequence[int],
    box: Sequence[int],
    itemsize: int,
) -> list[int]:
    """A tensor map of a tensor of two or three dims, the innermost first; strides are in bytes."""
    missing = 3 - len(extents)
    words = [address, len(extents), *extents, *[1] * missing, *strides, *[0] * missing]
    words += [*box, *[1] * missing, itemsize]
    return words + [0] * (MAP_WORDS - len(words))


def _check_blocks(launch: Launch, kernel: CudaKernel) -> None:
    numbers = [a.value for a in launch.arguments if isinstance(a, Number)]
    assert kernel.grid.blocks(numbers) == launch.chunks, f"{kernel.entry}: blocks are a formula"


def _slot(
    argument: object,
    memory: Mapping[str, Array],
    scalars: Mapping[str, int | float],
    status: Array,
) -> int:
    match argument:
        case Pointer(name):
            return memory[name].ctypes.data
        case Number(value):
            return value
        case ScalarArgument(name, kind):
            return scalar_bits(scalars[name], kind)
        case Status():
            return status.ctypes.data
    raise AssertionError(f"{argument!r} is no argument of a launch")


def scalar_bits(value: int | float, kind: dtype) -> int:
    """The 64 bits in which a number is passed."""
    if not kind.is_floating_point:
        return int(value)
    pattern: int = struct.unpack("<q", struct.pack("<d", float(value)))[0]
    return pattern


def _failure(name: str, what: int, seen: int, extent: int) -> Exception:
    if what == OUT_OF_RANGE:
        return ElementIndexError(f"{name}: index must be in [0, {extent}), got {seen}")
    if what == DIVIDED_BY_ZERO:
        return ZeroDivisionError(f"{name}: a divisor of integers is zero")
    return RuntimeError(f"{name}: an integer is raised to a negative power")


def poisoned(shape: Sequence[int], kind: np.dtype[Any]) -> Array:
    """Memory for a result that nobody has written to."""
    count = math.prod(shape)
    memory = np.full(max(1, count) * kind.itemsize, POISON, np.uint8)
    return memory.view(kind)[:count].reshape(shape)
