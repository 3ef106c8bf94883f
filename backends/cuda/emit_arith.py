"""CUDA C of the `arith` dialect, lane by lane.

Integers wrap around, which C promises of unsigned ones only: `wrap_add` and its like in `kernel.h`
go by way of those. Places (`index`) never overflow and are added as they are.
"""

from __future__ import annotations

import math
import struct

from ...lowering.ir.loops import Instruction, Value
from .emitter import C_TYPES, Emitter, Lanes, handles, is_place, lane_count, scalar_name

HALVES = ("f16", "bf16")
_FLOATING = {"addf": "+", "subf": "-", "mulf": "*", "divf": "/"}
_WRAPPING = {"addi": ("wrap_add", "+"), "subi": ("wrap_sub", "-"), "muli": ("wrap_mul", "*")}
_BITWISE = {"andi": "&", "ori": "|", "xori": "^"}
_CALLS = {
    "shli": "shift_left", "shrsi": "shift_right", "shrui": "shift_right_unsigned",
    "divsi": "divide", "divui": "divide_unsigned", "remsi": "remainder",
    "remui": "remainder_unsigned", "floordivsi": "divide_floor", "maxsi": "larger",
    "minsi": "smaller", "maxui": "larger_unsigned", "minui": "smaller_unsigned",
}  # fmt: skip
_COMPARISONS = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}


def widened(value: Value, lanes: Lanes) -> Lanes:
    """Lanes of f16 and bf16 as f32; others as they are."""
    name = scalar_name(value.type)
    return [f"from_{name}({word})" for word in lanes] if name in HALVES else lanes


def float_operands(emitter: Emitter, instruction: Instruction) -> list[Lanes]:
    """Operands with f16 and bf16 widened to f32."""
    return [widened(value, emitter.read(value)) for value in instruction.operands]


def rounded(instruction: Instruction, words: Lanes) -> Lanes:
    """Float results, narrowed if the instruction's result is f16 or bf16."""
    name = scalar_name(instruction.results[0].type)
    return [f"to_{name}({word})" for word in words] if name in HALVES else words


def result(emitter: Emitter, instruction: Instruction, words: Lanes) -> Lanes:
    """Variables that hold the instruction's result."""
    return emitter.declare(instruction.results[0].type, words)


def number_text(value: float, name: str) -> str:
    """A number as C spells it; floats exactly."""
    if name in HALVES:
        return _half_text(value, name)
    if name not in ("f32", "f64"):
        return _integer_text(int(value), name)
    suffix = "f" if name == "f32" else ""
    if math.isnan(value):
        return "not_a_number<" + C_TYPES[name] + ">()"
    if math.isinf(value):
        sign = "-" if value < 0 else ""
        return f"{sign}infinity<{C_TYPES[name]}>()"
    exact = struct.unpack("<f", struct.pack("<f", value))[0] if name == "f32" else value
    if math.isinf(exact):
        raise OverflowError(f"{value} is too large for float")
    return f"{exact.hex()}{suffix}" if exact != int(exact) else f"{exact!r}{suffix}"


def _half_text(value: float, name: str) -> str:
    if name == "f16":
        pattern = struct.unpack("<H", struct.pack("<e", value))[0]
    else:
        pattern = struct.unpack("<I", struct.pack("<f", value))[0] >> 16
    return f"(unsigned short){pattern:#x}"


def _integer_text(value: int, name: str) -> str:
    if name == "i1":
        return "true" if value else "false"
    if name in ("index", "i64"):
        return f"(-{-value - 1}LL - 1)" if value == -(2**63) else f"{value}LL"
    width = int(name.lstrip("ui"))
    if width == 32 and 0 <= value < 2**31:
        return str(value)
    signed = (value + 2 ** (width - 1)) % 2**width - 2 ** (width - 1)
    return f"({C_TYPES[name]})({signed}LL)"


@handles("arith.constant")
def emit_constant(emitter: Emitter, instruction: Instruction) -> Lanes:
    """A number, written where it is used."""
    type_ = instruction.results[0].type
    value = instruction.attributes["value"]
    assert isinstance(value, int | float)
    name = "i32" if emitter.is_narrow(type_) else scalar_name(type_)
    return [number_text(value, name)] * lane_count(type_)


@handles(*(f"arith.{name}" for name in _WRAPPING))
def emit_wrapping(emitter: Emitter, instruction: Instruction) -> Lanes:
    """Wrapping integer arithmetic; plain for places."""
    call, symbol = _WRAPPING[instruction.name[6:]]
    plain = is_place(instruction.results[0].type)
    form = f"{{}} {symbol} {{}}" if plain else f"{call}({{}}, {{}})"
    first, second = emitter.operands(instruction)
    return result(emitter, instruction, [form.format(a, b) for a, b in zip(first, second)])


@handles(*(f"arith.{name}" for name in _BITWISE))
def emit_bitwise(emitter: Emitter, instruction: Instruction) -> Lanes:
    """And, or, exclusive or."""
    symbol = _BITWISE[instruction.name[6:]]
    first, second = emitter.operands(instruction)
    kind = emitter.c_type(instruction.results[0].type)
    return result(
        emitter, instruction, [f"({kind})({a} {symbol} {b})" for a, b in zip(first, second)]
    )


@handles(*(f"arith.{name}" for name in _CALLS))
def emit_integer_call(emitter: Emitter, instruction: Instruction) -> Lanes:
    """Shifts, divisions and extremes of integers."""
    function = _CALLS[instruction.name[6:]]
    first, second = emitter.operands(instruction)
    return result(emitter, instruction, [f"{function}({a}, {b})" for a, b in zip(first, second)])


@handles("ts.place")
def emit_place(emitter: Emitter, instruction: Instruction) -> Lanes:
    """An integer of any size as a place."""
    (lanes,) = emitter.operands(instruction)
    narrow = emitter.is_narrow(instruction.results[0].type)
    return result(emitter, instruction, [f"as_place({x})" for x in lanes]) if narrow else lanes


@handles("ts.quotient")
def emit_quotient(emitter: Emitter, instruction: Instruction) -> Lanes:
    """A place divided by a number whose reciprocal is known."""
    numbers, reciprocals = emitter.operands(instruction)
    words = [f"quotient({a}, {b})" for a, b in zip(numbers, reciprocals)]
    return result(emitter, instruction, words)


@handles(*(f"arith.{name}" for name in _FLOATING))
def emit_floating(emitter: Emitter, instruction: Instruction) -> Lanes:
    """IEEE arithmetic."""
    symbol = _FLOATING[instruction.name[6:]]
    first, second = float_operands(emitter, instruction)
    words = [f"{a} {symbol} {b}" for a, b in zip(first, second)]
    return result(emitter, instruction, rounded(instruction, words))


@handles("arith.negf")
def emit_negf(emitter: Emitter, instruction: Instruction) -> Lanes:
    """-x."""
    (lanes,) = float_operands(emitter, instruction)
    return result(emitter, instruction, rounded(instruction, [f"-{x}" for x in lanes]))


@handles("arith.remf")
def emit_remf(emitter: Emitter, instruction: Instruction) -> Lanes:
    """C's fmod: exact, with the sign of the dividend."""
    first, second = float_operands(emitter, instruction)
    words = [f"float_remainder({a}, {b})" for a, b in zip(first, second)]
    return result(emitter, instruction, rounded(instruction, words))


@handles("arith.maximumf", "arith.minimumf", "arith.maxnumf", "arith.minnumf")
def emit_float_extreme(emitter: Emitter, instruction: Instruction) -> Lanes:
    """The larger or smaller of two floats; `imum` gives NaN if one is NaN, `num` the other."""
    function = instruction.name[6:-1]
    first, second = float_operands(emitter, instruction)
    words = [f"{function}({a}, {b})" for a, b in zip(first, second)]
    return result(emitter, instruction, rounded(instruction, words))


@handles("arith.cmpi")
def emit_compare_integers(emitter: Emitter, instruction: Instruction) -> Lanes:
    """A comparison; u-predicates read integers as unsigned."""
    predicate = str(instruction.attributes["predicate"])
    symbol = _COMPARISONS[predicate[-2:]]
    unsigned = predicate not in ("eq", "ne") and predicate.startswith("u")
    form = f"as_unsigned({{}}) {symbol} as_unsigned({{}})" if unsigned else f"{{}} {symbol} {{}}"
    first, second = emitter.operands(instruction)
    return result(emitter, instruction, [form.format(a, b) for a, b in zip(first, second)])


@handles("arith.cmpf")
def emit_compare_floats(emitter: Emitter, instruction: Instruction) -> Lanes:
    """A comparison; o-predicates are false of NaN, u-predicates true."""
    predicate = str(instruction.attributes["predicate"])
    first, second = float_operands(emitter, instruction)
    return result(
        emitter, instruction, [_comparison(predicate, a, b) for a, b in zip(first, second)]
    )


def _comparison(predicate: str, a: str, b: str) -> str:
    if predicate in ("ord", "uno"):
        return f"{'!' if predicate == 'ord' else ''}unordered({a}, {b})"
    if predicate == "one":
        return f"{a} < {b} || {a} > {b}"
    if predicate == "ueq":
        return f"!({a} < {b} || {a} > {b})"
    symbol = _COMPARISONS[predicate[1:]]
    if predicate.startswith("o") or predicate == "une":
        return f"{a} {symbol} {b}"  # != is true of NaN in C
    return f"{a} {symbol} {b} || unordered({a}, {b})"


@handles("arith.select")
def emit_select(emitter: Emitter, instruction: Instruction) -> Lanes:
    """One of two values, lane by lane or as a whole."""
    condition, first, second = emitter.operands(instruction)
    conditions = condition * len(first) if len(condition) == 1 else condition
    words = [f"{c} ? {a} : {b}" for c, a, b in zip(conditions, first, second)]
    return result(emitter, instruction, words)


@handles("arith.extf", "arith.truncf")
def emit_float_resize(emitter: Emitter, instruction: Instruction) -> Lanes:
    """A float in another format, rounded to nearest even; f64 to 16 bits goes by way of f32."""
    (lanes,) = float_operands(emitter, instruction)
    name = scalar_name(instruction.results[0].type)
    kind = "float" if name in HALVES else C_TYPES[name]
    return result(emitter, instruction, rounded(instruction, [f"({kind}){x}" for x in lanes]))


@handles("arith.sitofp", "arith.uitofp")
def emit_integer_to_float(emitter: Emitter, instruction: Instruction) -> Lanes:
    """An integer as a float."""
    (lanes,) = emitter.operands(instruction)
    name = scalar_name(instruction.results[0].type)
    kind = "float" if name in HALVES else C_TYPES[name]
    unsigned = instruction.name == "arith.uitofp"
    words = [f"({kind}){f'as_unsigned({x})' if unsigned else x}" for x in lanes]
    return result(emitter, instruction, rounded(instruction, words))


@handles("arith.fptosi", "arith.fptoui")
def emit_float_to_integer(emitter: Emitter, instruction: Instruction) -> Lanes:
    """A float truncated to an integer; what does not fit gives some integer."""
    (lanes,) = float_operands(emitter, instruction)
    kind = emitter.c_type(instruction.results[0].type)
    return result(emitter, instruction, [f"({kind}){x}" for x in lanes])


@handles("arith.extsi", "arith.trunci", "arith.index_cast")
def emit_resize(emitter: Emitter, instruction: Instruction) -> Lanes:
    """An integer in another width, with its sign."""
    (lanes,) = emitter.operands(instruction)
    source, kind = instruction.operands[0].type, emitter.c_type(instruction.results[0].type)
    if emitter.c_type(source) == kind:
        return lanes
    sign = "-" if scalar_name(source) == "i1" and instruction.name == "arith.extsi" else ""
    return result(emitter, instruction, [f"({kind}){sign}{x}" for x in lanes])


@handles("arith.extui", "arith.index_castui")
def emit_unsigned_resize(emitter: Emitter, instruction: Instruction) -> Lanes:
    """An integer in a larger width, filled with zeros."""
    (lanes,) = emitter.operands(instruction)
    kind = emitter.c_type(instruction.results[0].type)
    return result(emitter, instruction, [f"({kind})as_unsigned({x})" for x in lanes])


@handles("arith.bitcast")
def emit_bitcast(emitter: Emitter, instruction: Instruction) -> Lanes:
    """The same bits as another type of the same width."""
    (lanes,) = emitter.operands(instruction)
    kind = emitter.c_type(instruction.results[0].type)
    return result(emitter, instruction, [f"same_bits<{kind}>({x})" for x in lanes])
