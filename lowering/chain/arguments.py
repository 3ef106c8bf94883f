"""The arguments of a chain's kernel, as its launch lists them."""

from __future__ import annotations

from ..emit.memory import Arguments, Typed
from ..ir.builder import Builder
from ..ir.loops import F64, I64, INDEX, Memref
from ..naming import memory_name
from .shape import ChainShape

WORK = "%work"
"""Scratch memory, behind that of the operands."""


def arguments_of(b: Builder, shape: ChainShape, scratch: bool) -> Arguments:
    """Memory, numbers of the call in the kinds in which they are used, integers.

    Args:
        b: Writes the kernel.
        shape: Its structure.
        scratch: There is scratch memory; it is called `WORK`.
    """
    found = Arguments()
    for number, (name, scalar, _) in enumerate(shape.memory):
        found.memory[name] = b.argument(Memref(scalar), memory_name(number, name))
    if scratch:
        found.memory[WORK] = b.argument(Memref(shape.scalar), "work")
    given = []
    for number, (name, kind) in enumerate(shape.scalars):
        wide = F64 if kind.category == 2 else I64
        given.append((name, b.argument(wide, f"s{number}_{name}"), kind))
    found.numbers = [b.argument(INDEX, f"n{slot}") for slot in range(shape.numbers)]
    for name, value, kind in given:
        found.scalars[name] = Typed(b.convert(value, kind.scalar), kind)
    return found
