"""CUDA C of boxes that are copied to shared memory, and of barriers; see `tensor_map.h`."""

from __future__ import annotations

from ...lowering.ir.loops import Instruction
from .emitter import Emitter, handles


@handles("ts.copy_box")
def emit_copy_box(emitter: Emitter, instruction: Instruction) -> None:
    """Begins to copy a box."""
    words = [emitter.one(operand) for operand in instruction.operands]
    shared, place, source, barriers, number, *corner = words
    where = ", ".join(f"(int){each}" for each in corner)
    emitter.line(f"copy_box({shared} + {place}, {source}, {barriers} + {number}, {where});")


@handles("ts.barrier_init")
def emit_init(emitter: Emitter, instruction: Instruction) -> None:
    """Makes a barrier."""
    count = instruction.attributes["count"]
    emitter.line(f"make_barrier({_barrier(emitter, instruction)}, {count});")


@handles("ts.show_barriers")
def emit_show(emitter: Emitter, instruction: Instruction) -> None:
    """Copies find the barriers that this thread has made."""
    emitter.line("show_barriers();")


@handles("ts.barrier_expect")
def emit_expect(emitter: Emitter, instruction: Instruction) -> None:
    """Arrives, and expects bytes."""
    count = instruction.attributes["bytes"]
    emitter.line(f"expect_bytes({_barrier(emitter, instruction)}, {count});")


@handles("ts.barrier_arrive")
def emit_arrive(emitter: Emitter, instruction: Instruction) -> None:
    """Arrives where a condition holds."""
    condition = emitter.one(instruction.operands[2])
    emitter.line(f"arrive({_barrier(emitter, instruction)}, {condition});")


@handles("ts.barrier_wait")
def emit_wait(emitter: Emitter, instruction: Instruction) -> None:
    """Waits for a phase."""
    parity = emitter.one(instruction.operands[2])
    emitter.line(f"wait_for_phase({_barrier(emitter, instruction)}, (unsigned){parity});")


def _barrier(emitter: Emitter, instruction: Instruction) -> str:
    barriers, number = (emitter.one(operand) for operand in instruction.operands[:2])
    return f"{barriers} + {number}"
