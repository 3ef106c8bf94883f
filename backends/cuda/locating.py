"""Which operands of an op say where others are read, and which of their elements a kernel
complained of, for the message."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from ...ops.calls.binding import Binding
from ...ops.calls.specialize import title
from ...ops.dataclass import dataclass
from ...ops.dtype import numpy_dtype
from ...ops.language.expression import Call, Read, Size, Statement, reads
from ...ops.language.op import Op
from ..interpreter.run import operand_shape
from .runtime import copying
from .runtime.queue import Queue


@dataclass(frozen=True)
class _Operand:
    """An operand of integers.

    Attributes:
        number: Among the addresses of a call.
        first, nbytes: The bytes that it spans, from its first element on.
    """

    name: str
    number: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    dtype: np.dtype[np.generic]
    first: int
    nbytes: int


def places_of(op: Op) -> dict[str, bool]:
    """The operands whose elements say where others are read or written; for each whether negative
    ones count from the end."""
    statements = [each for each in op.define if isinstance(each, Statement)]
    found: dict[str, bool] = {}

    def collect(read: Read, from_end: bool) -> None:
        found[read.tensor] = found.get(read.tensor, False) or from_end
        for statement in statements:
            if statement.target.tensor == read.tensor:
                wraps = from_end or _counts_from_end(statement)
                for inner in reads(statement.value):
                    if inner.tensor not in found:
                        collect(inner, wraps)

    for statement in statements:
        for outer in (statement.target, *reads(statement.value)):
            for place in (each for index in outer.indices for each in reads(index)):
                collect(place, False)
    inputs = {item.name for item in op.inputs}
    return {name: from_end for name, from_end in found.items() if name in inputs}


def _counts_from_end(statement: Statement) -> bool:
    """`row[i] = index[i] + V if index[i] < 0 else index[i]`."""
    match statement.value:
        case Call("select", (_, Call("add", (moved, Size())), plain)):
            return moved == plain
    return False


def label_of(op: Op) -> tuple[str, bool]:
    """How messages about indices call an op, and whether negative ones count from the end. What no
    user calls by name is what `x[index]` is made of."""
    from_end = any(places_of(op).values())
    return "indexing" if from_end and not op.names else title(op.name), from_end


class Locator:
    """Where a call of certain shapes has the integers that say where others are read.

    Args:
        op: Of the call.
        operands: Names of what lies in memory, in the order of the addresses of a call.
        strides: In elements, by name.
    """

    def __init__(
        self,
        op: Op,
        operands: Sequence[str],
        binding: Binding,
        strides: Mapping[str, tuple[int, ...]],
    ) -> None:
        self._places = places_of(op)
        self._operands = [
            _operand(name, number, _shape(op, name, binding, strides), strides[name], binding)
            for number, name in enumerate(operands)
            if name in self._places and binding.dtypes[name].kind == "int"
        ]

    def of_call(self, addresses: Sequence[int], queue: Queue) -> Callable[[int, int], str]:
        """What finds a number in the operands of one call, while they are as they were."""

        def locate(seen: int, extent: int) -> str:
            for each in self._operands:
                if 0 not in each.shape:
                    shift = extent if self._places[each.name] and seen < 0 else 0
                    place = _find(each, addresses[each.number], seen - shift, queue)
                    if place is not None:
                        return f"{each.name}[{', '.join(map(str, place))}]"
            return ""

        return locate


def _shape(
    op: Op, name: str, binding: Binding, strides: Mapping[str, tuple[int, ...]]
) -> tuple[int, ...]:
    found = binding.shapes.get(name)
    return operand_shape(op, binding, name, len(strides[name])) if found is None else tuple(found)


def _operand(
    name: str, number: int, shape: tuple[int, ...], strides: tuple[int, ...], binding: Binding
) -> _Operand:
    dtype = np.dtype(numpy_dtype(binding.dtypes[name]))
    ends = [(n - 1) * step * dtype.itemsize for n, step in zip(shape, strides)]
    first = sum(end for end in ends if end < 0)
    nbytes = sum(abs(end) for end in ends) + dtype.itemsize
    return _Operand(name, number, shape, strides, dtype, first, nbytes)


def _find(each: _Operand, address: int, seen: int, queue: Queue) -> tuple[int, ...] | None:
    """The first place of a number in an operand."""
    memory = ctypes.create_string_buffer(each.nbytes)
    start = ctypes.addressof(memory)
    copying.copy_to_host(start, address + each.first, each.nbytes, queue)
    queue.wait()  # looking for errors is what led here
    steps = [step * each.dtype.itemsize for step in each.strides]
    array = np.ndarray(each.shape, each.dtype, memoryview(memory), -each.first, steps)
    found = np.argwhere(array == seen)
    return tuple(int(i) for i in found[0]) if len(found) else None
