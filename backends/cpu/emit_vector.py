"""LLVM IR of the `vector` dialect's computing half: masks, broadcasts, reductions, lanes."""

from __future__ import annotations

from ...lowering.ir.loops import Instruction, Vector
from ...ops.errors import BackendError
from .emit_arith import float_extreme, rounded
from .emitter import Emitter, handles, kind_and_lanes, scalar_name
from .half import widen
from .word import Word, type_text

_OPERATIONS = {"and": "and", "or": "or", "xor": "xor"}
_INTRINSICS = {"minsi": "smin", "maxsi": "smax", "minui": "umin", "maxui": "umax"}


@handles("vector.create_mask")
def emit_mask(emitter: Emitter, instruction: Instruction) -> Word:
    """True in the first `count` lanes; none if it is negative, and more than -2^31."""
    (count,) = emitter.operands(instruction)
    code = emitter.code
    type_ = instruction.results[0].type
    assert isinstance(type_, Vector)
    # Narrow lanes: 32 bits hold the count once it is clamped, and compare in one register.
    clamped = code.intrinsic("smin", [count, count.of(type_.lanes)])
    limit = code.splat(clamped.convert("trunc", "i32"), type_.lanes)
    lanes = ", ".join(f"i32 {lane}" for lane in range(type_.lanes))
    return Word(code, f"<{lanes}>", "i32", type_.lanes).compare("slt", limit)


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
"""Lanes -> x86's sums of products of pairs of integers."""

_DOTS = {
    ("i16", "avxvnni", 8): "llvm.x86.avx512.vpdpwssd.256",
    ("i16", "avx512vnni", 16): "llvm.x86.avx512.vpdpwssd.512",
    ("unsigned i8", "avxvnni", 8): "llvm.x86.avx512.vpdpbusd.256",
    ("unsigned i8", "avx512vnni", 16): "llvm.x86.avx512.vpdpbusd.512",
    ("i8", "dotprod", 4): "llvm.aarch64.neon.sdot.v4i32.v16i8",
    ("bfloat", "avx512bf16", 16): "llvm.x86.avx512bf16.dpbf16ps.512",
    ("bfloat", "bf16", 4): "llvm.aarch64.neon.bfdot.v4f32.v8bf16",
}
"""Parts, those of the first factor if they are others; feature, lanes -> what adds their products
to sums."""


@handles("vector.bitcast")
def emit_vector_bitcast(emitter: Emitter, instruction: Instruction) -> Word:
    """The same bytes as other lanes; the first is in the lowest bytes."""
    (vector,) = emitter.operands(instruction)
    kind, lanes = kind_and_lanes(instruction.results[0].type)
    return emitter.code.emit(f"bitcast {vector} to {type_text(kind, lanes)}", kind, lanes)


@handles("ts.dot")
def emit_dot(emitter: Emitter, instruction: Instruction) -> Word:
    """Sums of products of the parts of words: one instruction where the target has a feature."""
    a, b, c = emitter.operands(instruction)
    code, machine = emitter.code, emitter.module.machine
    each = instruction.attributes["parts"]
    assert isinstance(each, int)
    part, count = "bfloat" if c.kind == "float" else f"i{32 // each}", each * a.lanes
    parts = type_text(part, count)
    kind = part if instruction.attributes["signed"] else f"unsigned {part}"
    found = (_DOTS.get((kind, name, a.lanes)) for name in machine.target.features)
    dot = next((name for name in found if name), None)
    if dot is not None:
        code.declare(f"declare {c.type} @{dot}({c.type}, {parts}, {parts})")
        x, y = (code.emit(f"bitcast {w} to {parts}", part, count) for w in (a, b))
        return code.emit(f"call {c.type} @{dot}({c}, {x}, {y})", c.kind, c.lanes)
    if part != "i16":
        needed = dict.fromkeys(name for known, name, _ in _DOTS if known == kind)
        raise BackendError(
            f"{emitter.function.name}: ts.dot of {kind} needs {' or '.join(needed)}, "
            f"the target is {machine.target.spelling}"
        )
    products = _PAIR_PRODUCTS.get(a.lanes)
    if machine.triple.startswith("x86_64") and products is not None:
        code.declare(f"declare {a.type} @{products}({parts}, {parts})")
        x, y = (code.emit(f"bitcast {w} to {parts}", part, count) for w in (a, b))
        return c + code.emit(f"call {a.type} @{products}({x}, {y})", "i32", a.lanes)
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
