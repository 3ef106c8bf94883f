"""Finding the element of an operand that a kernel complained of, for the message."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ...ops.binding import Binding
from ...ops.dtype import numpy_dtype
from ...ops.op import Op
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


class Locator:
    """Where a call of certain shapes has its integers.

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
        inputs = {item.name for item in op.inputs}
        self._operands = [
            _operand(name, number, _shape(op, name, binding, strides), strides[name], binding)
            for number, name in enumerate(operands)
            if name in inputs and binding.dtypes[name].kind == "int"
        ]

    def of_call(self, addresses: Sequence[int], queue: Queue) -> Callable[[int, int], str]:
        """What finds a number in the operands of one call, while they are as they were."""

        def locate(seen: int, extent: int) -> str:
            for each in self._operands:
                if 0 not in each.shape:
                    place = _find(each, addresses[each.number], seen, queue)
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
