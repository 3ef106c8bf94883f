"""Raw kernels in CUDA C as ops, with a derivative by a formula or by hand."""

from __future__ import annotations

import struct
from typing import Any

from ...backends.cuda import nvrtc
from ...backends.cuda.raw import ELEMENTS, NUMBERS, cubin_of, load_raw, raw_kernel, run_on_host
from ...backends.cuda.runtime.current import queue_of
from ...backends.cuda.runtime.machine import get_device
from ...ops.errors import ArgumentValueError, BackendError, CustomOpError, RegistryError
from ...ops.language.integers import formula
from ...ops.language.parse import parse_expression
from ...ops.language.scope import Scope
from ..arrays import array_of
from ..devices import CPU, device
from ..layout import dense
from ..methods.conversion import contiguous
from ..tensor import fresh
from .expected import check_text
from .raw import by_hand, split_arguments, with_formula
from .raw_signature import ANY, RawSignature, Sizes, parse_signature

COUNT = "NUMEL"  # what a formula calls the number of elements of [...]
MOST_THREADS = 1024
TARGET = "sm_80"


class CudaLaunch:
    """A raw kernel in CUDA C, and how it is launched.

    Attributes:
        signature: What it takes.
        kernel: Its text, entry and parameters.
        grid: Formula of the number of blocks.
    """

    def __init__(self, signature: RawSignature, source: str, grid: str, block: int) -> None:
        if not 0 < block <= MOST_THREADS:
            raise ArgumentValueError(
                f"{signature.name}: block must be in [1, {MOST_THREADS}], got {block}"
            )
        self.signature, self.grid = signature, grid
        sizes = [COUNT if size == ANY else size for size in signature.sizes]
        try:
            self._blocks = formula(parse_expression(grid, Scope(sizes=sizes)))
        except RegistryError as error:
            place = error.line or 1, error.column, signature.name
            raise RegistryError(error.message, "grid", *place, source=grid) from None
        self.kernel = raw_kernel(source, signature.name, _parameters(signature), block)

    def cubin(self, target: str = TARGET) -> bytes:
        """Machine code for a compute capability, from the cache or from NVRTC."""
        return cubin_of(self.kernel, target)

    def blocks(self, sizes: Sizes) -> int:
        """How many blocks a call takes; none where it has no elements.

        Raises:
            RuntimeError: The formula gives none for a call that has elements, or no number.
        """
        values = {COUNT if name == ANY else name: extent for name, extent in sizes.items()}
        empty = 0 in values.values()
        try:
            count = int(self._blocks.evaluate(values, {}))
        except (ArithmeticError, ValueError) as error:
            raise self._wrong_grid(f"must be a number, but {error}", values) from None
        if count < (0 if empty else 1):
            raise self._wrong_grid(f"must be positive, but it is {count}", values)
        return count

    def _wrong_grid(self, what: str, values: Sizes) -> CustomOpError:
        shown = ", ".join(f"{name} = {extent}" for name, extent in values.items())
        return self.signature.wrong(f"grid {self.grid!r} {what} for {shown}")

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        """The results: the kernel is launched on the device of its arguments.

        Raises:
            RuntimeError: Arguments do not fit, are not on one GPU, or the launch fails.
        """
        tensors, numbers = self._split(arguments, options)
        places = {x.device for x in tensors}
        if len(places) != 1 or any(place.type != "cuda" for place in places):
            shown = ", ".join(sorted(map(str, places)))
            raise BackendError(
                f"{self.signature.name}: launching a kernel in CUDA C needs an NVIDIA GPU that all "
                f"tensors lie on, got {shown}; run_on_host runs it on the CPU, slowly, for tests"
            )
        (place,) = places
        sizes, operands, outputs = self._prepare(tensors, place)
        gpu = get_device(place.index)
        blocks = self.blocks(sizes)
        if blocks:
            loaded = load_raw(self.kernel, gpu)
            addresses = [x._data for x in (*operands, *outputs)]
            values = [*addresses, *numbers, *(sizes[name] for name in self.signature.sizes)]
            loaded.launch(blocks, queue_of(gpu), values)
        return outputs[0] if len(outputs) == 1 else tuple(outputs)

    def _split(
        self, arguments: tuple[Any, ...], options: dict[str, Any]
    ) -> tuple[tuple[Any, ...], list[Any]]:
        """Tensors and numbers of a call."""
        given = dict(zip((x.name for x in self.signature.arguments), arguments)) | options
        return split_arguments(self.signature, given)

    def _prepare(
        self, tensors: tuple[Any, ...], place: device
    ) -> tuple[Sizes, list[Any], list[Any]]:
        """The sizes of a call, its tensors in C order, and new results."""
        sizes, shape = self.signature.solve(tensors)
        shapes = self.signature.result_shapes(sizes, shape)
        results = zip(self.signature.results, shapes)
        outputs = [fresh(dense(each.dtype, own, place)) for each, own in results]
        return sizes, [contiguous(x) for x in tensors], outputs

    def run_on_host(self, *arguments: Any, **options: Any) -> Any:
        """The results, computed by the same text on the CPU.

        What it writes close to its operands but outside of them is found; nothing is quick.

        Raises:
            RuntimeError: Arguments do not fit, or the kernel wrote outside or missed a barrier.
        """
        tensors, numbers = self._split(arguments, options)
        sizes, operands, outputs = self._prepare(tensors, CPU)
        arrays = [array_of(x) for x in (*operands, *outputs)]
        patterns = [_bits(x) for x in numbers] + [sizes[name] for name in self.signature.sizes]
        blocks = self.blocks(sizes)
        if blocks:
            run_on_host(self.kernel, arrays, patterns, blocks)
        return outputs[0] if len(outputs) == 1 else tuple(outputs)


def _parameters(signature: RawSignature) -> list[str]:
    """C types of what a kernel takes."""
    pointers = []
    for each in (*signature.tensors, *signature.results):
        if each.dtype.name not in ELEMENTS:
            raise ArgumentValueError(
                f"{signature.name}: {each.name} must have one of the dtypes "
                f"{', '.join(ELEMENTS)}, got {each.dtype.name}"
            )
        pointers.append(f"{ELEMENTS[each.dtype.name]} *")
    numbers = [NUMBERS[each.kind] for each in signature.numbers]
    return pointers + numbers + ["long long"] * len(signature.sizes)


def _bits(value: float) -> int:
    """A number as a parameter of eight bytes."""
    return value if isinstance(value, int) else struct.unpack("<q", struct.pack("<d", value))[0]


def cuda_kernel(
    source: str, signature: str, *, grid: str, block: int = 256, define: str | None = None
) -> Any:
    """An op that a kernel in CUDA C computes.

    It is compiled at once where NVRTC is installed, so that mistakes show here.

    Args:
        source: Defines `extern "C" __global__ void name(float *x, ..., double a, ..., long long
            N)`: addresses of tensors and results in C order, then numbers, then sizes.
        signature: `scale(float32[N] x, float a) -> float32[N] y`.
        grid: Number of blocks, a formula of the sizes: `(N + 255) // 256`; NUMEL is that of [...].
        block: Threads of a block.
        define: Statements of the op notation that mean the same. They give derivatives, vmap, and
            what runs on other devices; without them the op is a `CustomOp`.

    Returns:
        The op; its `launch` has the machine code (`cubin`) and `run_on_host`.

    Raises:
        ValueError: The signature, the grid or the statements are wrong.
        RuntimeError: The text does not define the kernel, or NVRTC refuses it.
    """
    check_text(source, "cuda_kernel: source")
    check_text(grid, "cuda_kernel: grid")
    read = parse_signature(signature)
    launch = CudaLaunch(read, source, grid, block)
    if not nvrtc.why_not():
        launch.cubin()
    made: Any
    made = with_formula(read, define, launch, "cuda") if define else by_hand(read, launch, "cuda")
    made.launch = launch
    return made
