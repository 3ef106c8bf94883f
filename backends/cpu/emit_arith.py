"""LLVM IR of the `arith` dialect, on scalars and vectors alike."""

from __future__ import annotations

from ...lowering.ir.loops import INDEX, Instruction
from .code import Code
from .emitter import Emitter, handles, kind_and_lanes, scalar_name
from .half import narrow, widen
from .remainder import float_remainder
from .word import Word

_INTEGER = {
    "addi": "add", "subi": "sub", "muli": "mul", "andi": "and", "ori": "or", "xori": "xor",
}  # fmt: skip
_SHIFTS = {"shli": "shl", "shrsi": "ashr", "shrui": "lshr"}
_FLOATING = {"addf": "fadd", "subf": "fsub", "mulf": "fmul", "divf": "fdiv"}
_EXTREMES = {"maxsi": "smax", "minsi": "smin", "maxui": "umax", "minui": "umin"}
_DIVISIONS = {"divsi": "sdiv", "remsi": "srem", "divui": "udiv", "remui": "urem"}
_HALVES = ("f16", "bf16")


def float_operands(emitter: Emitter, instruction: Instruction) -> list[Word]:
    """Operands with f16 and bf16 widened to f32."""
    return [
        widen(word, scalar_name(value.type)) if scalar_name(value.type) in _HALVES else word
        for word, value in zip(emitter.operands(instruction), instruction.operands)
    ]


def rounded(instruction: Instruction, word: Word) -> Word:
    """A float result, narrowed if the instruction's result is f16 or bf16."""
    name = scalar_name(instruction.results[0].type)
    return narrow(word, name) if name in _HALVES else word


@handles("arith.constant")
def emit_constant(emitter: Emitter, instruction: Instruction) -> Word:
    """A number; f16 and bf16 as bit patterns."""
    type_ = instruction.results[0].type
    kind, lanes = kind_and_lanes(type_)
    value = instruction.attributes["value"]
    assert isinstance(value, int | float)
    name = scalar_name(type_)
    if isinstance(value, int):
        emitter.numbers[id(instruction.results[0])] = value
    if name in _HALVES:
        return narrow(emitter.code.constant(value, "float", lanes), name)
    return emitter.code.constant(value, kind, lanes)


@handles(*(f"arith.{name}" for name in _INTEGER))
def emit_integer(emitter: Emitter, instruction: Instruction) -> Word:
    """Wrapping integer arithmetic."""
    a, b = emitter.operands(instruction)
    name = _INTEGER[instruction.name[6:]]
    if name == "add" and instruction.results[0].type == INDEX:
        first, second = (emitter.numbers.get(id(value)) for value in instruction.operands)
        if second is not None:
            return emitter.code.sum(a, second)
        if first is not None:
            return emitter.code.sum(b, first)
    return emitter.code.emit(f"{name} {a.type} {a.text}, {b.text}", a.kind, a.lanes)


@handles(*(f"arith.{name}" for name in _SHIFTS))
def emit_shift(emitter: Emitter, instruction: Instruction) -> Word:
    """Shifts; by the width or more gives 0, or all sign bits."""
    a, b = emitter.operands(instruction)
    code, width = emitter.code, int(a.kind[1:])
    name = _SHIFTS[instruction.name[6:]]
    number = emitter.numbers.get(id(instruction.operands[1]))
    if number is not None and 0 <= number < width:
        return code.emit(f"{name} {a.type} {a.text}, {b.text}", a.kind, a.lanes)
    outside = b.compare("ugt", width - 1)
    amount = code.select(outside, width - 1 if name == "ashr" else 0, b)
    shifted = code.emit(f"{name} {a.type} {a.text}, {amount.text}", a.kind, a.lanes)
    return shifted if name == "ashr" else code.select(outside, 0, shifted)


@handles(*(f"arith.{name}" for name in _EXTREMES))
def emit_integer_extreme(emitter: Emitter, instruction: Instruction) -> Word:
    """The larger or smaller of two integers."""
    return emitter.code.intrinsic(_EXTREMES[instruction.name[6:]], emitter.operands(instruction))


def safe_divisor(code: Code, a: Word, b: Word, signed: bool) -> Word:
    """b, or 1 where dividing by b would trap: b is 0, or the quotient overflows."""
    bad = b.equals(0)
    if signed:
        smallest = -(1 << (int(a.kind[1:]) - 1))
        bad = bad | (a.equals(smallest) & b.equals(-1))
    return code.select(bad, 1, b)


@handles(*(f"arith.{name}" for name in _DIVISIONS), "arith.floordivsi", "arith.ceildivsi")
def emit_division(emitter: Emitter, instruction: Instruction) -> Word:
    """Integer division; x / 0 is x, x % 0 is 0, and the smallest number by -1 is itself.

    Sizes (`index`) are divided as they are: a kernel does not divide by an extent of 0.
    """
    a, b = emitter.operands(instruction)
    code = emitter.code
    name = instruction.name[6:]
    if scalar_name(instruction.operands[0].type) != "index":
        b = safe_divisor(code, a, b, signed=name.endswith("si"))
    operation = _DIVISIONS.get(name, "sdiv")
    quotient = code.emit(f"{operation} {a.type} {a.text}, {b.text}", a.kind, a.lanes)
    if name in _DIVISIONS:
        return quotient
    rest = a - quotient * b
    differ = (rest ^ b) < 0
    if name == "ceildivsi":
        return code.select(~differ & rest.compare("ne", 0), quotient + 1, quotient)
    return code.select(differ & rest.compare("ne", 0), quotient - 1, quotient)


@handles(*(f"arith.{name}" for name in _FLOATING))
def emit_floating(emitter: Emitter, instruction: Instruction) -> Word:
    """IEEE arithmetic."""
    a, b = float_operands(emitter, instruction)
    name = _FLOATING[instruction.name[6:]]
    word = emitter.code.emit(f"{name} {a.type} {a.text}, {b.text}", a.kind, a.lanes)
    return rounded(instruction, word)


@handles("arith.negf")
def emit_negf(emitter: Emitter, instruction: Instruction) -> Word:
    """-x."""
    (x,) = float_operands(emitter, instruction)
    return rounded(instruction, -x)


@handles("arith.remf")
def emit_remf(emitter: Emitter, instruction: Instruction) -> Word:
    """C's fmod: exact, with the sign of the dividend."""
    a, b = float_operands(emitter, instruction)
    return rounded(instruction, float_remainder(emitter.code, a, b))


@handles("arith.maximumf", "arith.minimumf", "arith.maxnumf", "arith.minnumf")
def emit_float_extreme(emitter: Emitter, instruction: Instruction) -> Word:
    """The larger or smaller of two floats; `imum` gives NaN if one is NaN, `num` the other."""
    a, b = float_operands(emitter, instruction)
    return rounded(instruction, float_extreme(emitter.code, instruction.name[6:-1], a, b))


def float_extreme(code: Code, kind: str, a: Word, b: Word) -> Word:
    """`maximum`, `minimum`, `maxnum`, `minnum` of two floats."""
    # One compare-and-select is one machine instruction, and gives b where either is NaN.
    chosen = code.larger(a, b) if kind.startswith("max") else code.smaller(a, b)
    if kind.endswith("imum"):
        return code.select(a.is_nan(), a, chosen)
    return code.select(b.is_nan(), a, chosen)


@handles("arith.cmpi", "arith.cmpf")
def emit_compare(emitter: Emitter, instruction: Instruction) -> Word:
    """A comparison; MLIR and LLVM name predicates alike."""
    a, b = float_operands(emitter, instruction)
    return a.compare(str(instruction.attributes["predicate"]), b)


@handles("arith.select")
def emit_select(emitter: Emitter, instruction: Instruction) -> Word:
    """One of two values, lane by lane or as a whole."""
    condition, a, b = emitter.operands(instruction)
    return emitter.code.select(condition, a, b)


@handles("arith.extf")
def emit_extf(emitter: Emitter, instruction: Instruction) -> Word:
    """A float in a wider format."""
    (word,) = float_operands(emitter, instruction)
    kind, _ = kind_and_lanes(instruction.results[0].type)
    return word if word.kind == kind else word.convert("fpext", kind)


@handles("arith.truncf")
def emit_truncf(emitter: Emitter, instruction: Instruction) -> Word:
    """A float rounded to a narrower format, to nearest even; f64 to 16 bits goes by way of f32."""
    (word,) = float_operands(emitter, instruction)
    name = scalar_name(instruction.results[0].type)
    single = word.convert("fptrunc", "float") if word.kind == "double" else word
    return narrow(single, name) if name in _HALVES else single


@handles("arith.sitofp", "arith.uitofp")
def emit_integer_to_float(emitter: Emitter, instruction: Instruction) -> Word:
    """An integer as a float."""
    (word,) = emitter.operands(instruction)
    name = scalar_name(instruction.results[0].type)
    kind = "float" if name in _HALVES else kind_and_lanes(instruction.results[0].type)[0]
    return rounded(instruction, word.convert(instruction.name[6:], kind))


@handles("arith.fptosi", "arith.fptoui")
def emit_float_to_integer(emitter: Emitter, instruction: Instruction) -> Word:
    """A float truncated to an integer; what does not fit gives some integer."""
    (word,) = float_operands(emitter, instruction)
    kind, lanes = kind_and_lanes(instruction.results[0].type)
    wide = kind if int(kind[1:]) >= 32 else "i32"
    integer = word.convert(instruction.name[6:], wide)
    # What does not fit is poison to LLVM; frozen, it is the machine's answer.
    integer = emitter.code.emit(f"freeze {integer}", wide, lanes)
    return integer.convert("trunc", kind)


@handles("arith.extsi", "arith.extui", "arith.trunci")
def emit_resize(emitter: Emitter, instruction: Instruction) -> Word:
    """An integer in another width."""
    (word,) = emitter.operands(instruction)
    how = {"extsi": "sext", "extui": "zext", "trunci": "trunc"}[instruction.name[6:]]
    return word.convert(how, kind_and_lanes(instruction.results[0].type)[0])


@handles("arith.index_cast", "arith.index_castui")
def emit_index_cast(emitter: Emitter, instruction: Instruction) -> Word:
    """Between `index` and an integer of any width."""
    (word,) = emitter.operands(instruction)
    kind = kind_and_lanes(instruction.results[0].type)[0]
    wider = int(kind[1:]) > int(word.kind[1:])
    extend = "zext" if instruction.name.endswith("ui") else "sext"
    return word.convert(extend if wider else "trunc", kind)


@handles("arith.bitcast")
def emit_bitcast(emitter: Emitter, instruction: Instruction) -> Word:
    """The same bits as another type of the same width."""
    (word,) = emitter.operands(instruction)
    return word.convert("bitcast", kind_and_lanes(instruction.results[0].type)[0])
