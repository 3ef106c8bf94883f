"""The arguments of a kernel whose factors are matrices."""

from __future__ import annotations

from collections.abc import Sequence

from ..emit.memory import Typed
from ..ir.builder import Builder
from ..ir.loops import F64, I64, INDEX, Memref, Value
from ..naming import memory_name
from .shape import MatrixShape


class MatrixArguments:
    """Declares a kernel's arguments, in the order in which a planner gives them.

    Attributes:
        memory: Tensors by name.
        own: Scratch memory by name.
        scalars: Attributes and number operands of the epilogue.
        numbers: Integers by name.
    """

    def __init__(self, builder: Builder, shape: MatrixShape, own: Sequence[str]) -> None:
        b = builder
        self.memory: dict[str, Value] = {}
        for number, (name, scalar, _) in enumerate(shape.memory):
            self.memory[name] = b.argument(Memref(scalar), memory_name(number, name))
        kinds = {"pack": shape.word}
        self.own = {n: b.argument(Memref(kinds.get(n, shape.scalar)), n) for n in own}
        self.scalars: dict[str, Typed] = {}
        for number, (name, kind) in enumerate(shape.scalars):
            wide = F64 if kind.category == 2 else I64
            self.scalars[name] = Typed(b.argument(wide, f"s{number}_{name}"), kind)
        self.numbers = {name: b.argument(INDEX, f"n{i}") for i, name in enumerate(shape.numbers)}
