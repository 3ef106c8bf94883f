"""CUDA C of memory: the `memref` dialect and the half of `vector` that loads and stores.

Every access goes through a function of `kernel.h`, so that the build for the host can check it.
Packs of neighbouring elements are one access where their address allows it.
"""

from __future__ import annotations

from ...lowering.ir.loops import Instruction, Memref
from ...ops.errors import BackendError
from .emit_arith import result
from .emitter import C_TYPES, Emitter, Lanes, handles

_BYTES = {"i1": 1, "i8": 1, "ui8": 1, "i16": 2, "f16": 2, "bf16": 2, "i32": 4, "f32": 4}
ALIGNMENT = 16  # of each piece of shared memory, and what lies between two of them on the host


@handles("memref.load")
def emit_load(emitter: Emitter, instruction: Instruction) -> Lanes:
    """One element."""
    memory, index = (emitter.one(value) for value in instruction.operands)
    return result(emitter, instruction, [f"load({memory}, {index})"])


@handles("memref.store")
def emit_store(emitter: Emitter, instruction: Instruction) -> None:
    """Writes one element."""
    value, memory, index = (emitter.one(value) for value in instruction.operands)
    emitter.line(f"store({memory}, {index}, {value});")


@handles("ts.report")
def emit_report(emitter: Emitter, instruction: Instruction) -> None:
    """Tells what is wrong with an element, if no other thread has told anything yet."""
    words = ", ".join(emitter.one(value) for value in instruction.operands)
    emitter.line(f"report({words});")


@handles("memref.prefetch")
def emit_prefetch(emitter: Emitter, instruction: Instruction) -> None:
    """Nothing: other warps run while one waits for memory."""


@handles("ts.view")
def emit_view(emitter: Emitter, instruction: Instruction) -> Lanes:
    """The memory from an element on."""
    memory, index = (emitter.one(value) for value in instruction.operands)
    return emitter.declare(instruction.results[0].type, [f"{memory} + {index}"])


@handles("memref.alloca")
def emit_scratch(emitter: Emitter, instruction: Instruction) -> Lanes:
    """Memory of the block, or an array of the thread's own."""
    memory = instruction.results[0].type
    assert isinstance(memory, Memref)
    count = _count(emitter, instruction)
    name, kind = emitter.name(), C_TYPES[memory.element.name]
    if memory.shared:
        piece = "PIECE" if emitter.function.shared else "SHARED"
        emitter.line(f"{piece}({kind}, {name}, {count}, {emitter.shared});")
        used, unit = count * _BYTES.get(memory.element.name, 8), _alignment(instruction)
        emitter.shared += -(-used // unit) * unit + unit
    else:
        emitter.line(f"OWN({kind}, {name}, {count});")
        emitter.counts[name] = count
    return [name]


def _alignment(instruction: Instruction) -> int:
    """Of a piece of shared memory; all pieces of a kernel have the same."""
    wanted = instruction.attributes.get("alignment", ALIGNMENT)
    assert isinstance(wanted, int)
    return wanted


def _count(emitter: Emitter, instruction: Instruction) -> int:
    text = emitter.one(instruction.operands[0])
    number = text.removesuffix("LL")
    if not number.isdecimal():
        raise BackendError(f"{emitter.function.name}: memory must have a size known beforehand")
    return int(number)


def unpacked(emitter: Emitter, instruction: Instruction, pack: str) -> Lanes:
    """The lanes of a pack that a call gives."""
    type_ = instruction.results[0].type
    count = getattr(type_, "lanes", 1)
    name = emitter.name()
    emitter.line(f"const Pack<{emitter.c_type(type_)}, {count}> {name} = {pack};")
    return [f"{name}.lanes[{k}]" for k in range(count)]


def packed(emitter: Emitter, lanes: Lanes, kind: str) -> str:
    """A pack of lanes as a C expression."""
    return f"Pack<{kind}, {len(lanes)}>{{{{{', '.join(lanes)}}}}}"


@handles("vector.load")
def emit_vector_load(emitter: Emitter, instruction: Instruction) -> Lanes:
    """Consecutive elements."""
    memory, index = (emitter.one(value) for value in instruction.operands)
    count = getattr(instruction.results[0].type, "lanes", 1)
    shared = getattr(instruction.operands[0].type, "shared", False)
    function = "load_shared" if shared else "load_pack"
    return unpacked(emitter, instruction, f"{function}<{count}>({memory}, {index})")


@handles("vector.store")
def emit_vector_store(emitter: Emitter, instruction: Instruction) -> None:
    """Writes consecutive elements."""
    value, memory, index = emitter.operands(instruction)
    pack = packed(emitter, value, emitter.c_type(instruction.operands[0].type))
    shared = getattr(instruction.operands[1].type, "shared", False)
    function = "store_shared" if shared else "store_pack"
    emitter.line(f"{function}({memory[0]}, {index[0]}, {pack});")


@handles("vector.maskedload")
def emit_masked_load(emitter: Emitter, instruction: Instruction) -> Lanes:
    """Consecutive elements where the mask is set, else the lanes of the last operand."""
    memory, index, mask, otherwise = emitter.operands(instruction)
    masks = packed(emitter, mask, "bool")
    rest = packed(emitter, otherwise, emitter.c_type(instruction.results[0].type))
    text = f"load_masked({memory[0]}, {index[0]}, {masks}, {rest})"
    return unpacked(emitter, instruction, text)


@handles("vector.maskedstore")
def emit_masked_store(emitter: Emitter, instruction: Instruction) -> None:
    """Writes consecutive elements where the mask is set."""
    memory, index, mask, value = emitter.operands(instruction)
    masks = packed(emitter, mask, "bool")
    pack = packed(emitter, value, emitter.c_type(instruction.operands[3].type))
    emitter.line(f"store_masked({memory[0]}, {index[0]}, {masks}, {pack});")


@handles("vector.gather")
def emit_gather(emitter: Emitter, instruction: Instruction) -> Lanes:
    """Elements `index + offsets[lane]` where the mask is set, else lanes of the last operand."""
    memory, index, offsets, mask, otherwise = emitter.operands(instruction)
    words = [
        f"{here} ? load({memory[0]}, {index[0]} + {offset}) : {rest}"
        for offset, here, rest in zip(offsets, mask, otherwise)
    ]
    return result(emitter, instruction, words)


@handles("vector.scatter")
def emit_scatter(emitter: Emitter, instruction: Instruction) -> None:
    """Writes elements `index + offsets[lane]` where the mask is set, in the order of lanes."""
    memory, index, offsets, mask, value = emitter.operands(instruction)
    for offset, here, word in zip(offsets, mask, value):
        emitter.line(f"if ({here}) store({memory[0]}, {index[0]} + {offset}, {word});")
