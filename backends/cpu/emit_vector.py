"""LLVM IR of the `vector` dialect's computing half: masks, broadcasts, reductions, lanes."""

from __future__ import annotations

from ...lowering.loops import Instruction, Vector
from .code import Word, type_text
from .emit_arith import float_extreme, rounded
from .emitter import Emitter, handles, kind_and_lanes, scalar_name
from .half import widen

_OPERATIONS = {"and": "and", "or": "or", "xor": "xor"}
_INTRINSICS = {"minsi": "smin", "maxsi": "smax", "minui": "umin", "maxui": "umax"}


@handles("vector.create_mask")
def emit_mask(emitter: Emitter, instruction: Instruction) -> Word:
    """True in the first `count` lanes."""
    (count,) = emitter.operands(instruction)
    code = emitter.code
    type_ = instruction.results[0].type
    assert isinstance(type_, Vector)
    # Narrow lanes: 32 bits hold the count once it is clamped, and compare in one register.
    clamped = code.intrinsic("smin", [count, count.of(type_.lanes)])
    clamped = code.intrinsic("smax", [clamped, clamped.of(0)])
    limit = code.splat(clamped.convert("trunc", "i32"), type_.lanes)
    lanes = ", ".join(f"i32 {lane}" for lane in range(type_.lanes))
    return Word(code, f"<{lanes}>", "i32", type_.lanes).compare("ult", limit)


@handles("vector.step")
def emit_step(emitter: Emitter, instruction: Instruction) -> Word:
    """0, 1, 2, ..."""
    type_ = instruction.results[0].type
    kind, lanes = kind_and_lanes(type_)
    text = ", ".join(f"{kind} {lane}" for lane in range(lanes))
    return Word(emitter.code, f"<{text}>", kind, lanes)


@handles("vector.broadcast", "vector.splat")
def emit_broadcast(emitter: Emitter, instruction: Instruction) -> Word:
    """The scalar in every lane."""
    (scalar,) = emitter.operands(instruction)
    _, lanes = kind_and_lanes(instruction.results[0].type)
    return scalar if scalar.lanes else emitter.code.splat(scalar, lanes)


@handles("vector.extract")
def emit_extract(emitter: Emitter, instruction: Instruction) -> Word:
    """One lane."""
    (vector,) = emitter.operands(instruction)
    lane = instruction.attributes["lane"]
    return emitter.code.emit(f"extractelement {vector}, i32 {lane}", vector.kind)


@handles("vector.shuffle")
def emit_shuffle(emitter: Emitter, instruction: Instruction) -> Word:
    """Lanes of two vectors in another order."""
    a, b = emitter.operands(instruction)
    lanes = instruction.attributes["mask"]
    assert isinstance(lanes, tuple)
    numbers = ", ".join(f"i32 {lane}" for lane in lanes)
    text = f"shufflevector {a}, {b}, <{len(lanes)} x i32> <{numbers}>"
    return emitter.code.emit(text, a.kind, len(lanes))


@handles("vector.insert")
def emit_insert(emitter: Emitter, instruction: Instruction) -> Word:
    """The vector with one lane replaced."""
    scalar, vector = emitter.operands(instruction)
    lane = instruction.attributes["lane"]
    text = f"insertelement {vector}, {scalar}, i32 {lane}"
    return emitter.code.emit(text, vector.kind, vector.lanes)


_PAIR_PRODUCTS = {
    4: "llvm.x86.sse2.pmadd.wd", 8: "llvm.x86.avx2.pmadd.wd", 16: "llvm.x86.avx512.pmaddw.d.512",
}  # fmt: skip
"""Lanes -> x86's sums of products of pairs."""


@handles("ts.dot")
def emit_dot(emitter: Emitter, instruction: Instruction) -> Word:
    """Sums of products of pairs; LLVM makes x86's and the addition one where there is VNNI."""
    a, b, c = emitter.operands(instruction)
    code, name = emitter.code, _PAIR_PRODUCTS.get(a.lanes)
    if emitter.module.machine.triple.startswith("x86_64") and name is not None:
        halves = type_text("i16", 2 * a.lanes)
        code.declare(f"declare {a.type} @{name}({halves}, {halves})")
        x, y = (code.emit(f"bitcast {w} to {halves}", "i16", 2 * a.lanes) for w in (a, b))
        return c + code.emit(f"call {a.type} @{name}({x}, {y})", "i32", a.lanes)
    low = [(w << 16).arithmetic_shift(16) for w in (a, b)]
    high = [w.arithmetic_shift(16) for w in (a, b)]
    return c + low[0] * low[1] + high[0] * high[1]


@handles("vector.reduction")
def emit_reduction(emitter: Emitter, instruction: Instruction) -> Word:
    """All lanes combined in a fixed tree: the upper half onto the lower half, until one is left."""
    vector = emitter.operands(instruction)[0]
    code = emitter.code
    name = scalar_name(instruction.operands[0].type)
    if name in ("f16", "bf16"):
        vector = widen(vector, name)
    kind = str(instruction.attributes["kind"])
    if name == "i1" and kind in ("and", "or"):
        return code.any(vector) if kind == "or" else ~code.any(~vector)
    while vector.lanes > 1:
        half = vector.lanes // 2
        low = code.shuffle(vector, range(half))
        high = code.shuffle(vector, range(half, 2 * half))
        combined = combine(kind, low, high)
        if vector.lanes % 2:
            raise AssertionError("vectors have a power of two lanes")
        vector = combined
    scalar = code.emit(f"extractelement {vector}, i32 0", vector.kind)
    if len(instruction.operands) > 1:
        scalar = combine(kind, emitter.operands(instruction)[1], scalar)
    return rounded(instruction, scalar)


def combine(kind: str, a: Word, b: Word) -> Word:
    """Two values combined as a reduction of this kind does."""
    if kind in ("add", "mul"):
        return a + b if kind == "add" else a * b
    if kind in _INTRINSICS:
        return a.code.intrinsic(_INTRINSICS[kind], [a, b])
    if kind in _OPERATIONS:
        text = f"{_OPERATIONS[kind]} {a.type} {a.text}, {b.text}"
        return a.code.emit(text, a.kind, a.lanes)
    return float_extreme(a.code, kind.removesuffix("f"), a, b)
