"""Arguments of launches as every backend fills them in, memory that is to be zeroed, and what a
kernel's status means."""

from __future__ import annotations

import itertools
import math
import struct
from collections.abc import Iterator, Sequence

from ..lowering.launch import (
    DIVIDED_BY_ZERO,
    NEGATIVE_POWER,
    Launch,
    LaunchArgument,
    Number,
    Pointer,
    ScalarArgument,
    Schedule,
    Status,
    TensorMap,
)
from ..ops.calls.specialize import title
from ..ops.dataclass import dataclass
from ..ops.dtype import dtype
from ..ops.errors import BackendError, ElementIndexError, NumberOverflowError

STATUS_WORDS = 8
Scalars = Sequence[int | float]


@dataclass(frozen=True)
class Memory:
    """Where the elements of an operand lie: extents, strides in elements, bytes of an element."""

    shape: tuple[int, ...]
    strides: tuple[int, ...]
    itemsize: int

    @property
    def dense(self) -> bool:
        """Whether its elements fill one block without gaps."""
        last = sum((n - 1) * stride for n, stride in zip(self.shape, self.strides))
        return min(self.strides, default=0) >= 0 and last + 1 == math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        """Bytes of its elements, if they are dense."""
        return math.prod(self.shape) * self.itemsize

    def pieces(self) -> Iterator[tuple[int, int]]:
        """Where its elements lie: bytes from the first one, and how many bytes there are."""
        if 0 in self.shape:
            return
        if self.dense:
            yield 0, self.nbytes
            return
        rows = bool(self.shape) and self.strides[-1] == 1
        dims = list(zip(self.shape, self.strides))[: -1 if rows else None]
        size = self.itemsize * (self.shape[-1] if rows else 1)
        steps = (range(0, n * step, step) if step else [0] * n for n, step in dims)
        for place in itertools.product(*steps):
            yield sum(place) * self.itemsize, size


def launch_signature(launch: Launch) -> str:
    """What a launch hands in, in the letters of `get_kernel`."""
    return "".join(_letter(argument) for argument in launch.arguments)


def _letter(argument: LaunchArgument) -> str:
    match argument:
        case Pointer() | Status():
            return "p"
        case TensorMap():
            return "t"
        case Number():
            return "n"
        case ScalarArgument(_, kind):
            return {"float32": "f", "float64": "d"}.get(kind.name, "i")


def names_of(planned: Schedule) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Operands whose addresses a schedule takes, and its scalars, in order of first use."""
    inside = {temporary.name for temporary in planned.temporaries}
    operands: dict[str, None] = {}
    scalars: dict[str, None] = {}
    for launch in planned.launches:
        for argument in launch.arguments:
            if isinstance(argument, Pointer) and argument.operand not in inside:
                operands.setdefault(argument.operand)
            elif isinstance(argument, ScalarArgument):
                scalars.setdefault(argument.name)
    for name in planned.zeroed:
        if name not in inside:
            operands.setdefault(name)
    return tuple(operands), tuple(scalars)


def round_to_float(value: int | float) -> float:
    """The float32 nearest to a number, overflow giving infinity."""
    try:
        return float(struct.unpack("<f", struct.pack("<f", value))[0])
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def scalar_kinds(launches: Sequence[Launch], names: Sequence[str]) -> list[dtype]:
    """The dtype of each scalar."""
    kinds = {
        argument.name: argument.dtype
        for launch in launches
        for argument in launch.arguments
        if isinstance(argument, ScalarArgument)
    }
    return [kinds[name] for name in names]


def fitted(scalars: Scalars, kinds: Sequence[dtype]) -> list[int | float]:
    """Numbers as their dtypes hold them: integers wrap around, large floats become infinite.

    Raises:
        NumberOverflowError: An integer does not fit into 64 bits.
    """
    return [_fit(value, kind) for value, kind in zip(scalars, kinds, strict=True)]


def _fit(value: int | float, kind: dtype) -> int | float:
    if kind.kind == "bool":
        return bool(value)
    if kind.kind == "int":
        width, whole = 8 * kind.itemsize, int(value)
        if not -(1 << 63) <= whole < 1 << 63:
            raise NumberOverflowError(
                "int too big to convert: value cannot be converted to type int64_t without overflow"
            )
        wrapped = whole & ((1 << width) - 1)
        return wrapped - (1 << width) if kind.is_signed and wrapped >> (width - 1) else wrapped
    return round_to_float(value) if kind.name == "float32" else float(value)


def complaint(
    name: str, what: int, seen: int, extent: int, where: str = "", from_end: bool = False
) -> Exception:
    """What a kernel's status says.

    Args:
        from_end: Negative indices count from the end, and the extent was added to one that was
            seen.
        where: The argument and the place in it that held it, if it is known: `index[3]`.
    """
    if what == DIVIDED_BY_ZERO:
        return BackendError(
            f"{title(name)}: an integer must not be divided by 0: ZeroDivisionError"
        )
    if what == NEGATIVE_POWER:
        return BackendError(f"{title(name)}: Integers to negative integer powers are not allowed.")
    least = -extent if from_end else 0
    if from_end and seen < 0:
        seen -= extent
    return ElementIndexError(
        f"{title(name)}: an index must be at least {least} and less than {extent}, got {seen}"
        + (f" in {where}" if where else "")
    )
