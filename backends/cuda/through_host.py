"""Calls that the host computes for a GPU: operands are copied there, results back.

It is slow, and never hidden: `base.detours` counts them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ...ops.calls.binding import Binding
from ...ops.language.op import Op
from ..base import detours
from ..cpu.pool import allocate
from ..interpreter.run import InterpreterRunner

if TYPE_CHECKING:
    from .run import CudaBackend


class HostRunner:
    """A call of an op on complex numbers, which the interpreter computes.

    Attributes:
        operands, scalars: Names, as `Runner` has them.
    """

    solved = None

    def __init__(
        self,
        backend: CudaBackend,
        op: Op,
        binding: Binding,
        strides: Mapping[str, tuple[int, ...]],
    ) -> None:
        self._backend, self._name = backend, op.name
        self._runner = InterpreterRunner(op, binding, strides)
        self.operands, self.scalars = self._runner.operands, self._runner.scalars
        shapes = self._runner.shapes
        self._ranges = [
            _range(shapes[name], strides[name], binding.dtypes[name].itemsize)
            for name in self.operands
        ]
        self._written = len(self.operands) - len(op.outputs)

    def __call__(self, pointers: Sequence[int], scalars: Sequence[int | float] = ()) -> None:
        """Copies, computes, copies back."""
        detours[self._name] += 1
        copies = []
        for address, (first, size) in zip(pointers, self._ranges):
            copies.append(allocate(size))
            self._backend.read(copies[-1].address, address + first, size, wait=False)
        self._backend.synchronize()
        inside = [copy.address - first for copy, (first, _) in zip(copies, self._ranges)]
        self._runner(inside, scalars)
        for number in range(self._written, len(copies)):
            first, size = self._ranges[number]
            self._backend.write(pointers[number] + first, copies[number].address, size)


def _range(shape: Sequence[int], strides: Sequence[int], itemsize: int) -> tuple[int, int]:
    """The bytes that an operand lies in: the first, counted from its first element; how many."""
    if 0 in shape:
        return 0, 0
    reach = [(n - 1) * step for n, step in zip(shape, strides)]
    first = sum(r for r in reach if r < 0)
    last = sum(r for r in reach if r > 0)
    return first * itemsize, (last - first + 1) * itemsize
