"""The loop IR: MLIR's arith, math, scf, memref, vector and gpu dialects as Python objects.

An `Instruction` has a dialect name (`arith.addf`), operands, results, attributes and regions; a
`Function` is what becomes one kernel. `print.py` writes it as MLIR text, `verify.py` checks it,
`backends` turn it into machine code. Memory is seen through rank-1 memrefs with explicit linear
indices, so that strides are ordinary index arithmetic.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field

from ...ops.dataclass import dataclass


@dataclass(frozen=True)
class Scalar:
    """A scalar type: `index`, `i1`, `i8`, `i16`, `i32`, `i64`, `ui8`, `f16`, `bf16`, `f32`, `f64`.

    Integers are signless as in MLIR; the instruction's name says how they are read (`arith.divsi`).
    """

    name: str


@dataclass(frozen=True)
class Vector:
    """`vector<16xf32>`: a fixed number of lanes of a scalar type."""

    lanes: int
    element: Scalar


@dataclass(frozen=True)
class Memref:
    """`memref<?xf32>`: memory of one element type, indexed linearly in elements.

    Truth values are stored as `i8` holding 0 or 1.

    Attributes:
        element: Type of an element.
        shared: It belongs to the threads of one block; `memref<?xf32, 3>`.
    """

    element: Scalar
    shared: bool = False


@dataclass(frozen=True)
class Descriptor:
    """A tensor map among the arguments of a kernel: where boxes of a tensor are copied from."""

    element: Scalar


Type = Scalar | Vector | Memref | Descriptor

INDEX = Scalar("index")
I1, I8, I16, I32, I64 = (Scalar(f"i{n}") for n in (1, 8, 16, 32, 64))
F16, BF16, F32, F64 = Scalar("f16"), Scalar("bf16"), Scalar("f32"), Scalar("f64")


@dataclass(eq=False)
class Value:
    """An SSA value: the result of an instruction or the argument of a block."""

    type: Type
    name: str = ""


@dataclass(eq=False)
class Block:
    """Instructions in order, and the values that enter with it (`%i` and what a loop carries)."""

    arguments: list[Value] = field(default_factory=list)
    instructions: list[Instruction] = field(default_factory=list)


@dataclass(eq=False)
class Instruction:
    """One operation.

    Attributes:
        name: Dialect and operation: `scf.for`, `vector.maskedload`.
        operands: Values read. `scf.for`: lower, upper, step, then the initial carried values.
        results: Values defined.
        attributes: Compile-time data: `value` of `arith.constant`, `predicate` of `arith.cmpf`,
            `kind` of `vector.reduction`, `parallel` hints.
        regions: `scf.for` has one block, `scf.if` two; each ends in `scf.yield`.
    """

    name: str
    operands: list[Value]
    results: list[Value]
    attributes: dict[str, object] = field(default_factory=dict)
    regions: list[Block] = field(default_factory=list)


@dataclass(eq=False)
class Function:
    """A kernel in loop IR: name, arguments (memory, indices, scalars, the chunk last), body.

    The last argument is `%chunk : index`, unless the kernel runs in blocks of threads: then
    `threads` is their number in each block, and `gpu` instructions say which one runs. A kernel
    that can fail (a gathered index out of range) has a first argument `%status : memref<?xi64>`:
    element 0 is set to a nonzero code, elements 1.. to what was seen.

    Memory that `constant` names is written by nobody while the kernel runs.

    `together` blocks of threads must find room on a multiprocessor: registers are given out so.

    In a `narrow` kernel every place is below 2**29, and an `index` has 32 bits.
    `shared` is not 0 where a launch gives each block so many bytes of shared memory, in which all
    pieces lie; else they are part of the kernel, which holds for 48 KB.
    """

    name: str
    arguments: list[Value]
    body: Block = field(default_factory=Block)
    threads: int | None = None
    together: int = 1
    constant: frozenset[str] = frozenset()
    narrow: bool = False
    shared: int = 0

    def walk(self) -> Iterator[Instruction]:
        """All instructions, parents first."""
        stack = list(reversed(self.body.instructions))
        while stack:
            instruction = stack.pop()
            yield instruction
            for region in reversed(instruction.regions):
                stack.extend(reversed(region.instructions))
