"""LLVM IR of the `math` dialect and of `ts`, which has what `math` lacks."""

from __future__ import annotations

from collections.abc import Callable

from ...lowering.ir.loops import Instruction
from . import error_function, exponential, gamma, power, trigonometric
from .code import Code
from .emit_arith import float_operands, rounded
from .emitter import Emitter, handles
from .philox import philox
from .word import Word

Unary = Callable[[Code, Word], Word]

_INTRINSICS = {
    "math.sqrt": "sqrt", "math.floor": "floor", "math.ceil": "ceil", "math.trunc": "trunc",
    "math.roundeven": "rint", "math.absf": "fabs", "math.copysign": "copysign",
}  # fmt: skip
# Computed in the operand's own format, where they stand.
_INLINE: dict[str, Unary] = {
    "exp": exponential.exp, "expm1": exponential.expm1, "log": exponential.log,
    "log1p": exponential.log1p, "log2": exponential.log2, "tanh": exponential.tanh,
}  # fmt: skip
# Computed in double, in a function of their own: float is rounded from that.
_OUTLINED: dict[str, Unary] = {
    "sinh": exponential.sinh, "cosh": exponential.cosh, "asin": trigonometric.asin,
    "acos": trigonometric.acos, "atan": trigonometric.atan, "erfc": error_function.erfc,
    "erfinv": error_function.erfinv, "lgamma": gamma.lgamma, "digamma": gamma.digamma,
}  # fmt: skip
_TRIGONOMETRIC: dict[str, Callable[[Code, Word, bool], Word]] = {
    "sin": trigonometric.sin, "cos": trigonometric.cos, "tan": trigonometric.tan,
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


@handles("math.rsqrt")
def emit_rsqrt(emitter: Emitter, instruction: Instruction) -> Word:
    """1 / sqrt(x), with two roundings."""
    (x,) = float_operands(emitter, instruction)
    return rounded(instruction, 1.0 / x.sqrt())


@handles("math.absi")
def emit_absi(emitter: Emitter, instruction: Instruction) -> Word:
    """|x| of integers; the smallest number stays as it is."""
    (x,) = emitter.operands(instruction)
    return emitter.code.select(x < 0, -x, x)


@handles(*(f"math.{name}" for name in _INLINE))
def emit_inline(emitter: Emitter, instruction: Instruction) -> Word:
    """Exponentials and logarithms."""
    (x,) = float_operands(emitter, instruction)
    return rounded(instruction, _INLINE[instruction.name[5:]](emitter.code, x))


@handles("math.erf")
def emit_erf(emitter: Emitter, instruction: Instruction) -> Word:
    """The error function: float has polynomials of its own."""
    (x,) = float_operands(emitter, instruction)
    if x.kind == "float":
        return rounded(instruction, error_function.erf_float(emitter.code, x))
    return emitter.code.outlined("erf", [x], error_function.erf)


@handles(*(f"math.{name}" for name in _OUTLINED), *(f"ts.{name}" for name in _OUTLINED))
def emit_outlined(emitter: Emitter, instruction: Instruction) -> Word:
    """What is long, or rare."""
    words = float_operands(emitter, instruction)
    name = instruction.name.partition(".")[2]
    return in_double(emitter, instruction, name, words, _OUTLINED[name])


@handles("math.sin", "math.cos", "math.tan")
def emit_trigonometric(emitter: Emitter, instruction: Instruction) -> Word:
    """Sine, cosine, tangent: float takes the short polynomials."""
    words = float_operands(emitter, instruction)
    short = words[0].kind == "float"
    function = _TRIGONOMETRIC[instruction.name[5:]]
    name = instruction.name[5:] + ("_short" if short else "")

    def write(code: Code, x: Word) -> Word:
        return function(code, x, short)

    return in_double(emitter, instruction, name, words, write)


@handles("ts.cospi")
def emit_cospi(emitter: Emitter, instruction: Instruction) -> Word:
    """The cosine of pi times x."""
    (x,) = float_operands(emitter, instruction)
    return rounded(instruction, trigonometric.cospi(emitter.code, x))


@handles("math.powf", "math.pow")
def emit_power(emitter: Emitter, instruction: Instruction) -> Word:
    """x**y."""
    words = float_operands(emitter, instruction)
    write = power.pow_float if words[0].kind == "float" else power.pow_double
    return rounded(instruction, emitter.code.outlined("pow", words, write))


@handles("math.atan2")
def emit_atan2(emitter: Emitter, instruction: Instruction) -> Word:
    """The angle of the point (x, y), operands y and x."""
    words = float_operands(emitter, instruction)
    return in_double(emitter, instruction, "atan2", words, trigonometric.atan2)


@handles("ts.polygamma")
def emit_polygamma(emitter: Emitter, instruction: Instruction) -> Word:
    """Derivatives of digamma, operands order and x."""
    words = float_operands(emitter, instruction)
    return in_double(emitter, instruction, "polygamma", words, gamma.polygamma)


def in_double(
    emitter: Emitter,
    instruction: Instruction,
    name: str,
    words: list[Word],
    write: Callable[..., Word],
) -> Word:
    """A function of double in a function of its own; a float result is rounded from it."""
    wide = [word.convert("fpext", "double") for word in words]
    value = emitter.code.outlined(name, wide, write)
    return rounded(instruction, value.convert("fptrunc", words[0].kind))


@handles("ts.nextafter")
def emit_nextafter(emitter: Emitter, instruction: Instruction) -> Word:
    """The next float after a in the direction of b."""
    a, b = float_operands(emitter, instruction)
    code = emitter.code
    bits = a.bits()
    # Away from zero the bit pattern grows, whatever the sign.
    outward = (a < b) ^ (a < 0.0)
    moved = code.select(outward, bits + 1, bits - 1).floats()
    smallest = code.with_sign(bits.of(1).floats(), b)
    moved = code.select(a.equals(0.0), smallest, moved)
    moved = code.select(a.equals(b), b, moved)
    return rounded(instruction, code.select(a.is_nan() | b.is_nan(), a + b, moved))


@handles("ts.philox")
def emit_philox(emitter: Emitter, instruction: Instruction) -> Word:
    """Random words, operands seed and counter."""
    seed, counter = emitter.operands(instruction)
    return philox(emitter.code, seed, counter, str(instruction.attributes["which"]))
