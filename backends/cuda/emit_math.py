"""CUDA C of the `math` dialect and of `ts`, which has what `math` lacks.

Most functions are those of CUDA's own library, in the operand's format. `ACCURACY` states the
errors that NVIDIA documents for them (CUDA C++ Programming Guide, "Mathematical Functions"), in
units in the last place; digamma and polygamma, which that library lacks, are in `kernel.h`.
"""

from __future__ import annotations

from ...lowering.ir.loops import Instruction
from .emit_arith import float_operands, result, rounded
from .emitter import Emitter, Lanes, handles, scalar_name

FUNCTIONS = {
    "math.exp": "exp", "math.expm1": "expm1", "math.log": "log", "math.log1p": "log1p",
    "math.log2": "log2", "math.sqrt": "sqrt", "math.sin": "sin", "math.cos": "cos",
    "math.tan": "tan", "math.sinh": "sinh", "math.cosh": "cosh", "math.asin": "asin",
    "math.acos": "acos", "math.atan": "atan", "math.atan2": "atan2", "math.tanh": "tanh",
    "math.erf": "erf", "math.erfc": "erfc", "math.powf": "pow", "math.pow": "pow",
    "math.absf": "fabs", "math.floor": "floor", "math.ceil": "ceil", "math.trunc": "trunc",
    "math.roundeven": "rint", "math.copysign": "copysign", "math.fma": "fma",
    "ts.cospi": "cospi", "ts.erfinv": "erfinv", "ts.lgamma": "lgamma", "ts.nextafter": "nextafter",
}  # fmt: skip
"""Instruction -> function of C's library; float takes the one with an f at its end."""

OWN = {"ts.digamma": "digamma", "ts.polygamma": "polygamma", "math.rsqrt": "reciprocal_root"}
"""Instruction -> function of `kernel.h`, for both formats."""

ACCURACY = {
    "exp": (1, 1), "expm1": (1, 1), "log": (1, 1), "log1p": (1, 1), "log2": (1, 1),
    "sqrt": (0, 0), "sin": (2, 2), "cos": (2, 2), "cospi": (2, 2), "tan": (4, 2),
    "sinh": (3, 2), "cosh": (2, 1), "asin": (2, 2), "acos": (2, 2), "atan": (2, 2),
    "atan2": (3, 2), "tanh": (2, 1),
    "erf": (2, 2), "erfc": (4, 5), "pow": (4, 2), "erfinv": (2, 5), "lgamma": (6, 4),
}  # fmt: skip
"""Function -> largest error in float and in double (lgamma: outside of -11 to -2.264).

Functions that are not listed are exact."""


@handles(*FUNCTIONS)
def emit_function(emitter: Emitter, instruction: Instruction) -> Lanes:
    """A function of C's library."""
    operands = float_operands(emitter, instruction)
    double = scalar_name(instruction.operands[0].type) == "f64"
    function = FUNCTIONS[instruction.name] + ("" if double else "f")
    words = [f"{function}({', '.join(lanes)})" for lanes in zip(*operands)]
    return result(emitter, instruction, rounded(instruction, words))


@handles(*OWN)
def emit_own(emitter: Emitter, instruction: Instruction) -> Lanes:
    """A function of ours."""
    operands = float_operands(emitter, instruction)
    function = OWN[instruction.name]
    words = [f"{function}({', '.join(lanes)})" for lanes in zip(*operands)]
    return result(emitter, instruction, rounded(instruction, words))


@handles("math.absi")
def emit_absi(emitter: Emitter, instruction: Instruction) -> Lanes:
    """|x| of integers; the smallest number stays as it is."""
    (lanes,) = emitter.operands(instruction)
    return result(emitter, instruction, [f"absolute({x})" for x in lanes])


@handles("math.ctpop")
def emit_count(emitter: Emitter, instruction: Instruction) -> Lanes:
    """How many bits are set."""
    (lanes,) = emitter.operands(instruction)
    return result(emitter, instruction, [f"count_bits({x})" for x in lanes])


@handles("ts.philox")
def emit_philox(emitter: Emitter, instruction: Instruction) -> Lanes:
    """Random words, operands seed and counter."""
    seeds, counters = emitter.operands(instruction)
    which = "true" if instruction.attributes["which"] == "high" else "false"
    words = [f"philox({seed}, {counter}, {which})" for seed, counter in zip(seeds, counters)]
    return result(emitter, instruction, words)
