"""LLVM IR of loads and stores: the `memref` dialect and the memory half of `vector`."""

from __future__ import annotations

from ...lowering.ir.loops import Instruction
from .emitter import BYTES, KINDS, Emitter, handles, scalar_name
from .masked import emulated_load, emulated_store, is_emulated
from .word import INTRINSIC_SUFFIX, Word, type_text

SCRATCH_ALIGNMENT = 64  # a line of the cache


def memory_kind(instruction: Instruction, operand: int) -> str:
    """LLVM element type of a memref operand."""
    return KINDS[scalar_name(instruction.operands[operand].type)]


def overloaded(word: Word) -> str:
    """`v16f32`: how an intrinsic's name spells a vector type."""
    return f"v{word.lanes}{INTRINSIC_SUFFIX.get(word.kind, word.kind)}"


@handles("memref.alloca")
def emit_scratch(emitter: Emitter, instruction: Instruction) -> Word:
    """Memory on the stack."""
    (count,) = emitter.operands(instruction)
    kind = KINDS[scalar_name(instruction.results[0].type)]
    return emitter.code.emit(f"alloca {kind}, {count}, align {SCRATCH_ALIGNMENT}", "ptr")


@handles("ts.view")
def emit_view(emitter: Emitter, instruction: Instruction) -> Word:
    """Address of an element."""
    memory, index = emitter.operands(instruction)
    return emitter.code.address(memory, memory_kind(instruction, 0), index)


@handles("memref.extract_aligned_pointer_as_index")
def emit_pointer(emitter: Emitter, instruction: Instruction) -> Word:
    """The address as a number."""
    (memory,) = emitter.operands(instruction)
    return emitter.code.emit(f"ptrtoint {memory} to i64", "i64")


@handles("memref.load")
def emit_load(emitter: Emitter, instruction: Instruction) -> Word:
    """One element."""
    memory, index = emitter.operands(instruction)
    kind, code = memory_kind(instruction, 0), emitter.code
    place = code.address(memory, kind, index)
    return code.emit(f"load {kind}, {place}, align {BYTES[kind]}", kind)


@handles("memref.store")
def emit_store(emitter: Emitter, instruction: Instruction) -> None:
    """Writes one element."""
    value, memory, index = emitter.operands(instruction)
    place = emitter.code.address(memory, value.kind, index)
    emitter.code.line(f"store {value}, {place}, align {BYTES[value.kind]}")


@handles("memref.prefetch")
def emit_prefetch(emitter: Emitter, instruction: Instruction) -> None:
    """A hint that a line will be read."""
    memory, index = emitter.operands(instruction)
    code = emitter.code
    place = code.address(memory, memory_kind(instruction, 0), index)
    code.declare("declare void @llvm.prefetch.p0(ptr, i32, i32, i32)")
    code.line(f"call void @llvm.prefetch.p0({place}, i32 0, i32 3, i32 1)")


@handles("vector.load")
def emit_vector_load(emitter: Emitter, instruction: Instruction) -> Word:
    """Consecutive elements."""
    memory, index = emitter.operands(instruction)
    kind, code = memory_kind(instruction, 0), emitter.code
    type_ = instruction.results[0].type
    lanes = getattr(type_, "lanes", 0)
    place = code.address(memory, kind, index)
    return code.emit(f"load {type_text(kind, lanes)}, {place}, align {BYTES[kind]}", kind, lanes)


@handles("vector.store")
def emit_vector_store(emitter: Emitter, instruction: Instruction) -> None:
    """Writes consecutive elements."""
    value, memory, index = emitter.operands(instruction)
    place = emitter.code.address(memory, value.kind, index)
    emitter.code.line(f"store {value}, {place}, align {BYTES[value.kind]}")


@handles("vector.maskedload")
def emit_masked_load(emitter: Emitter, instruction: Instruction) -> Word:
    """Consecutive elements where the mask is set, else the lanes of the last operand."""
    memory, index, mask, otherwise = emitter.operands(instruction)
    code, kind = emitter.code, otherwise.kind
    place = code.address(memory, kind, index)
    if is_emulated(otherwise, BYTES[kind]):
        return emulated_load(place, mask, otherwise)
    name = f"@llvm.masked.load.{overloaded(otherwise)}.p0"
    code.declare(f"declare {otherwise.type} {name}(ptr, {mask.type}, {otherwise.type})")
    aligned = f"ptr align {BYTES[kind]} {place.text}"
    text = f"call {otherwise.type} {name}({aligned}, {mask}, {otherwise})"
    return code.emit(text, kind, otherwise.lanes)


@handles("vector.maskedstore")
def emit_masked_store(emitter: Emitter, instruction: Instruction) -> None:
    """Writes consecutive elements where the mask is set."""
    memory, index, mask, value = emitter.operands(instruction)
    code = emitter.code
    place = code.address(memory, value.kind, index)
    if is_emulated(value, BYTES[value.kind]):
        emulated_store(place, mask, value)
        return
    name = f"@llvm.masked.store.{overloaded(value)}.p0"
    code.declare(f"declare void {name}({value.type}, ptr, {mask.type})")
    aligned = f"ptr align {BYTES[value.kind]} {place.text}"
    code.line(f"call void {name}({value}, {aligned}, {mask})")


@handles("vector.gather")
def emit_gather(emitter: Emitter, instruction: Instruction) -> Word:
    """Elements `index + offsets[lane]` where the mask is set, else lanes of the last operand."""
    memory, index, offsets, mask, otherwise = emitter.operands(instruction)
    code, kind = emitter.code, otherwise.kind
    base = code.address(memory, kind, index)
    if code.machine.target.name == "x86-64-v3" and (kind, offsets.lanes % 4) in _GATHERS:
        return gather_fours(base, offsets, mask, otherwise)
    places = code.address(base, kind, offsets)
    name = f"@llvm.masked.gather.{overloaded(otherwise)}.v{otherwise.lanes}p0"
    code.declare(f"declare {otherwise.type} {name}({places.type}, {mask.type}, {otherwise.type})")
    aligned = f"{places.type} align {BYTES[kind]} {places.text}"
    text = f"call {otherwise.type} {name}({aligned}, {mask}, {otherwise})"
    return code.emit(text, kind, otherwise.lanes)


_GATHERS = {("float", 0): "ps", ("double", 0): "pd"}


def gather_fours(base: Word, offsets: Word, mask: Word, otherwise: Word) -> Word:
    """A gather by AVX2's instruction, four lanes at a time.

    LLVM writes a branch for each lane instead, because Haswell's instruction was slow.
    """
    code, kind = base.code, otherwise.kind
    name = f"@llvm.x86.avx2.gather.q.{_GATHERS[kind, 0]}.256"
    vector = type_text(kind, 4)
    code.declare(f"declare {vector} {name}({vector}, ptr, <4 x i64>, {vector}, i8)")
    parts: list[Word] = []
    for first in range(0, offsets.lanes, 4):
        four = range(first, first + 4)
        wide = code.shuffle(mask, four).convert("sext", f"i{8 * BYTES[kind]}").floats()
        operands = f"{code.shuffle(otherwise, four)}, {base}, {code.shuffle(offsets, four)}, {wide}"
        parts.append(code.emit(f"call {vector} {name}({operands}, i8 {BYTES[kind]})", kind, 4))
    while len(parts) > 1:
        parts = [code.beside(a, b) for a, b in zip(parts[::2], parts[1::2])]
    return parts[0]


@handles("vector.scatter")
def emit_scatter(emitter: Emitter, instruction: Instruction) -> None:
    """Writes elements `index + offsets[lane]` where the mask is set, in the order of lanes."""
    memory, index, offsets, mask, value = emitter.operands(instruction)
    code = emitter.code
    base = code.address(memory, value.kind, index)
    places = code.address(base, value.kind, offsets)
    name = f"@llvm.masked.scatter.{overloaded(value)}.v{value.lanes}p0"
    code.declare(f"declare void {name}({value.type}, {places.type}, {mask.type})")
    aligned = f"{places.type} align {BYTES[value.kind]} {places.text}"
    code.line(f"call void {name}({value}, {aligned}, {mask})")
