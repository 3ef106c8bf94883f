"""The interpreter as a backend: each call evaluates the op's definition on NumPy views."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ...lowering.launch import Target
from ...ops.calls.binding import Binding
from ...ops.dtype import dtype, numpy_dtype
from ...ops.interpreter.interpret import interpret
from ...ops.language.expression import Statement
from ...ops.language.hoist import plain_names
from ...ops.language.op import Op
from ..base import Buffer, Runner
from ..cpu.machine import detect_target
from ..cpu.pool import allocate

Array = np.ndarray[Any, np.dtype[Any]]


class InterpreterBackend:
    """Evaluates ops with `ops.interpreter`; memory comes from the CPU's pool.

    Attributes:
        name: `interpreter`.
        target: This machine, as the CPU backend sees it.
    """

    name = "interpreter"

    def __init__(self) -> None:
        self.target: Target = detect_target()

    def allocate(self, nbytes: int) -> Buffer:
        """Memory from the pool."""
        return allocate(nbytes)

    def prepare(self, op: Op, binding: Binding, strides: Mapping[str, tuple[int, ...]]) -> Runner:
        """The call that a binding describes; see `Backend.prepare`."""
        return InterpreterRunner(op, binding, strides)


class InterpreterRunner:
    """One call, evaluated each time anew.

    Attributes:
        operands: Names of the operands in memory: inputs, then outputs.
        scalars: Names of the Python-number operands, then of the numeric attributes.
        shapes: Of the operands.
    """

    def __init__(self, op: Op, binding: Binding, strides: Mapping[str, tuple[int, ...]]) -> None:
        self._op = op
        self._binding = binding
        self._strides = dict(strides)
        inputs = [item.name for item in op.inputs if item.name in binding.places]
        self._outputs = [item.name for item in op.outputs]
        self._kept = [name for name in self._outputs if only_in_part(op, name)]
        self._inputs = [name for name in inputs if name in strides]
        self.operands = (*self._inputs, *self._outputs)
        self._numbers = [name for name in inputs if name not in strides]
        self._attributes = [
            name for name, value in binding.attributes.items() if type(value) in (int, float)
        ]
        self.scalars = (*self._numbers, *self._attributes)
        self.shapes = {name: self._shape(name) for name in self.operands}

    def _shape(self, name: str) -> tuple[int, ...]:
        """Extents of an operand in the user's order of dims."""
        shape = getattr(self._binding, "shapes", {}).get(name)
        if shape is not None:
            return tuple(shape)
        return operand_shape(self._op, self._binding, name, len(self._strides[name]))

    def __call__(self, pointers: Sequence[int], scalars: Sequence[int | float] = ()) -> None:
        """Evaluates the definition and writes the outputs."""
        kinds, count = self._binding.dtypes, len(self._inputs)
        views = {
            name: memory_view(pointer, self.shapes[name], self._strides[name], kinds[name])
            for name, pointer in zip(self.operands, pointers, strict=True)
        }
        arrays: dict[str, Any] = {name: views[name].copy() for name in self.operands[:count]}
        arrays |= {name: views[name].copy() for name in self._kept}
        given = dict(zip(self.scalars, scalars, strict=True))
        arrays |= {name: given[name] for name in self._numbers}
        attributes = {**self._binding.attributes, **{n: given[n] for n in self._attributes}}
        binding = replace(self._binding, attributes=attributes)
        for name, result in interpret(self._op, binding, arrays).items():
            views[name][...] = result


def only_in_part(op: Op, name: str) -> bool:
    """Whether statements put elements at computed places of an output, and nothing else does."""
    written = [
        s for s in op.compute or op.define if isinstance(s, Statement) and s.target.tensor == name
    ]
    return bool(written) and not any(
        s.accumulate or all(plain_names(index) for index in s.target.indices) for s in written
    )


def operand_shape(op: Op, binding: Binding, name: str, rank: int) -> tuple[int, ...]:
    """Extents of an input's dims, from where the binding places its axes."""
    place = binding.places[name]
    shape = [1] * rank
    for extent, dim in zip(binding.batch, place.batch):
        if dim is not None:
            shape[dim] = extent
    axes = next(item.type.axes for item in op.inputs if item.name == name)
    for axis, dims in zip(axes, place.core):
        for dim, extent in zip(dims, axis_extents(axis.factors, binding, len(dims))):
            if dim is not None:
                shape[dim] = extent
    return tuple(shape)


def axis_extents(factors: tuple[str | int, ...], binding: Binding, dims: int) -> tuple[int, ...]:
    """Extents of the dims that make up one axis of a type."""
    first = factors[0]
    if len(factors) == 1 and isinstance(first, str) and dims != 1:
        return tuple(binding.groups[first])
    extents = (f if isinstance(f, int) else binding.sizes[f] for f in factors)
    return (math.prod(extents),)


def memory_view(
    address: int, shape: tuple[int, ...], strides: tuple[int, ...], kind: dtype
) -> Array:
    """The elements at an address as a NumPy array that shares the memory.

    Args:
        address: Of the first element.
        shape: Extents.
        strides: In elements; may be negative or 0.
        kind: Of the elements.
    """
    element = numpy_dtype(kind)
    if math.prod(shape) == 0:
        return np.empty(shape, element)
    reach = [(n - 1) * stride for n, stride in zip(shape, strides)]
    first = sum(r for r in reach if r < 0)
    count = sum(r for r in reach if r > 0) - first + 1
    memory = (ctypes.c_char * (count * kind.itemsize)).from_address(address + first * kind.itemsize)
    steps = tuple(stride * kind.itemsize for stride in strides)
    return np.ndarray(shape, element, memoryview(memory), -first * kind.itemsize, steps)
