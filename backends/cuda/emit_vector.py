"""CUDA C of the `vector` dialect's computing half: masks, broadcasts, reductions, lanes."""

from __future__ import annotations

from ...lowering.ir.loops import Instruction
from .emit_arith import float_operands, result, rounded
from .emitter import Emitter, Lanes, handles, lane_count, scalar_name

_REDUCTIONS = {
    "minsi": "smaller", "maxsi": "larger", "minui": "smaller_unsigned",
    "maxui": "larger_unsigned", "minimumf": "minimum", "maximumf": "maximum",
}  # fmt: skip
_SYMBOLS = {"and": "&", "or": "|", "xor": "^"}


@handles("vector.create_mask")
def emit_mask(emitter: Emitter, instruction: Instruction) -> Lanes:
    """True in the first `count` lanes."""
    count = emitter.one(instruction.operands[0])
    lanes = range(lane_count(instruction.results[0].type))
    return result(emitter, instruction, [f"{lane} < {count}" for lane in lanes])


@handles("vector.step")
def emit_step(emitter: Emitter, instruction: Instruction) -> Lanes:
    """0, 1, 2, ..."""
    type_ = instruction.results[0].type
    suffix = "" if emitter.is_narrow(type_) else "LL"
    return [f"{lane}{suffix}" for lane in range(lane_count(type_))]


@handles("vector.broadcast", "vector.splat")
def emit_broadcast(emitter: Emitter, instruction: Instruction) -> Lanes:
    """The scalar in every lane."""
    return emitter.read(instruction.operands[0]) * lane_count(instruction.results[0].type)


@handles("vector.extract")
def emit_extract(emitter: Emitter, instruction: Instruction) -> Lanes:
    """One lane."""
    lane = instruction.attributes["lane"]
    assert isinstance(lane, int)
    return [emitter.read(instruction.operands[0])[lane]]


@handles("vector.insert")
def emit_insert(emitter: Emitter, instruction: Instruction) -> Lanes:
    """The vector with one lane replaced."""
    scalar, vector = emitter.operands(instruction)
    lane = instruction.attributes["lane"]
    assert isinstance(lane, int)
    return [*vector[:lane], scalar[0], *vector[lane + 1 :]]


@handles("vector.shuffle")
def emit_shuffle(emitter: Emitter, instruction: Instruction) -> Lanes:
    """Lanes of two vectors in another order."""
    first, second = emitter.operands(instruction)
    lanes = instruction.attributes["mask"]
    assert isinstance(lanes, tuple)
    return [[*first, *second][lane] for lane in lanes]


@handles("vector.reduction")
def emit_reduction(emitter: Emitter, instruction: Instruction) -> Lanes:
    """All lanes combined in a fixed tree: the upper half onto the lower half, until one is left."""
    floating = scalar_name(instruction.operands[0].type)[0] in "fb"
    read = float_operands if floating else Emitter.operands
    lanes = read(emitter, instruction)[0]
    kind = str(instruction.attributes["kind"])
    while len(lanes) > 1:
        half = len(lanes) // 2
        lanes = [combined(kind, a, b, floating) for a, b in zip(lanes[:half], lanes[half:])]
    return result(emitter, instruction, rounded(instruction, lanes))


def combined(kind: str, a: str, b: str, floating: bool) -> str:
    """Two lanes combined as a reduction of this kind does."""
    if kind in _REDUCTIONS:
        return f"{_REDUCTIONS[kind]}({a}, {b})"
    if kind in _SYMBOLS:
        return f"({a} {_SYMBOLS[kind]} {b})"
    if floating:
        return f"({a} {'+' if kind == 'add' else '*'} {b})"
    return f"wrap_{kind}({a}, {b})"
