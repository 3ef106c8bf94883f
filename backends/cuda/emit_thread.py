"""CUDA C of the `gpu` dialect: which thread runs, and how threads meet."""

from __future__ import annotations

from ...lowering.ir.loops import Instruction
from .emit_arith import result
from .emit_memory import packed, unpacked
from .emitter import Emitter, Lanes, handles, scalar_name

_NUMBERS = {
    "gpu.thread_id": "threadIdx", "gpu.block_id": "blockIdx", "gpu.grid_dim": "gridDim",
}  # fmt: skip
_EXCHANGES = {"xor": "exchange_xor", "up": "exchange_up", "idx": "exchange_from"}
_NARROW = ("i1", "i8", "ui8", "i16")  # exchanged as int


@handles(*_NUMBERS)
def emit_number(emitter: Emitter, instruction: Instruction) -> Lanes:
    """The number of a thread or block."""
    dimension = instruction.attributes["dimension"]
    return result(emitter, instruction, [f"{_NUMBERS[instruction.name]}.{dimension}"])


@handles("gpu.barrier")
def emit_barrier(emitter: Emitter, instruction: Instruction) -> None:
    """All threads of the block meet."""
    emitter.line("__syncthreads();")


@handles("nvvm.bar.warp.sync")
def emit_warp_barrier(emitter: Emitter, instruction: Instruction) -> None:
    """All threads of the warp meet."""
    emitter.line("__syncwarp();")


@handles("nvgpu.device_async_copy")
def emit_copy_async(emitter: Emitter, instruction: Instruction) -> None:
    """A copy to shared memory that goes on while the thread does."""
    words = ", ".join(emitter.one(operand) for operand in instruction.operands)
    emitter.line(f"copy_async<{instruction.attributes['elements']}>({words});")


@handles("nvgpu.device_async_create_group")
def emit_group(emitter: Emitter, instruction: Instruction) -> None:
    """The copies so far are a group."""
    emitter.line("end_group();")


@handles("nvgpu.device_async_wait")
def emit_wait(emitter: Emitter, instruction: Instruction) -> None:
    """Waits for all groups but the last ones."""
    emitter.line(f"wait_for_groups<{instruction.attributes['groups']}>();")


@handles("nvgpu.ldmatrix")
def emit_load_matrices(emitter: Emitter, instruction: Instruction) -> Lanes:
    """Parts of four small matrices."""
    memory, index = (emitter.one(operand) for operand in instruction.operands)
    transpose = "true" if instruction.attributes["transpose"] else "false"
    return unpacked(emitter, instruction, f"load_matrices<{transpose}>({memory}, {index})")


@handles("ts.tf32")
def emit_round(emitter: Emitter, instruction: Instruction) -> Lanes:
    """Rounded to ten bits of mantissa."""
    (lanes,) = emitter.operands(instruction)
    return result(emitter, instruction, [f"round_tf32({x})" for x in lanes])


@handles("nvgpu.mma.sync")
def emit_product(emitter: Emitter, instruction: Instruction) -> Lanes:
    """A product of small matrices by a warp, on tensor cores."""
    kinds = [emitter.c_type(operand.type) for operand in instruction.operands]
    parts = [packed(emitter, x, kind) for x, kind in zip(emitter.operands(instruction), kinds)]
    function = f"multiply_{scalar_name(instruction.operands[0].type)}"
    return unpacked(emitter, instruction, f"{function}({', '.join(parts)})")


@handles("nvvm.match.sync")
def emit_match(emitter: Emitter, instruction: Instruction) -> Lanes:
    """The threads of the warp that have the same value."""
    value, _ = (emitter.one(operand) for operand in instruction.operands)
    return result(emitter, instruction, [f"(int)alike({value})"])


@handles("gpu.shuffle")
def emit_exchange(emitter: Emitter, instruction: Instruction) -> Lanes:
    """The value of another thread of the warp."""
    value, offset, _ = (emitter.one(operand) for operand in instruction.operands)
    type_ = instruction.operands[0].type
    if scalar_name(type_) in _NARROW:
        value = f"(int){value}"
    function = _EXCHANGES[str(instruction.attributes["mode"])]
    return result(emitter, instruction, [f"({emitter.c_type(type_)}){function}({value}, {offset})"])
