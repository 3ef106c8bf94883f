"""LLVM IR of the `math` dialect and of `ts`, which has what `math` lacks."""

from __future__ import annotations

from collections.abc import Callable

from ...lowering.loops import Instruction
from .code import Code, Word
from .emit import Emitter, handles
from .emit_arith import float_operands, rounded

_INTRINSICS = {
    "math.sqrt": "sqrt", "math.floor": "floor", "math.ceil": "ceil", "math.trunc": "trunc",
    "math.roundeven": "rint", "math.absf": "fabs", "math.copysign": "copysign",
}  # fmt: skip


@handles(*_INTRINSICS)
def emit_intrinsic(emitter: Emitter, instruction: Instruction) -> Word:
    """What is one machine instruction."""
    words = float_operands(emitter, instruction)
    return rounded(instruction, emitter.code.intrinsic(_INTRINSICS[instruction.name], words))


@handles("math.fma")
def emit_fma(emitter: Emitter, instruction: Instruction) -> Word:
    """a * b + c, rounded once where the machine can do that."""
    a, b, c = float_operands(emitter, instruction)
    return rounded(instruction, emitter.code.fma(a, b, c))
