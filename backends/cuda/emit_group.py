"""CUDA C of products of matrices by warp groups; what it calls is in `warp_group.h`."""

from __future__ import annotations

from ...lowering.ir.builder import bits
from ...lowering.ir.loops import Instruction
from .emitter import Emitter, handles, scalar_name


@handles("nvvm.fence.proxy")
def emit_proxy(emitter: Emitter, instruction: Instruction) -> None:
    """Products may see what this thread has stored to shared memory."""
    emitter.line("show_copies();")


@handles("ts.wgmma_fence")
def emit_settle(emitter: Emitter, instruction: Instruction) -> None:
    """Sums are ready for products."""
    if not instruction.attributes["touched"]:
        emitter.line("begin_products();")
        return
    emitter.line(f"settle_sums<{_count(emitter, instruction)}>({_sums(emitter, instruction)});")


@handles("ts.wgmma")
def emit_group_product(emitter: Emitter, instruction: Instruction) -> None:
    """Begins to add a product to sums."""
    sums, left, i, right, j = (emitter.one(operand) for operand in instruction.operands)
    at = instruction.attributes
    columns, panel = at["columns"], at["panel"]
    assert isinstance(panel, int)
    kind = instruction.operands[1].type
    panel_bytes = panel * bits(kind) // 8
    how = f"{columns}, {at['turned_left']}, {at['turned_right']}, {panel_bytes}"
    call = f"multiply_group_{scalar_name(kind)}<{how}>"
    emitter.line(f"{call}({sums}, {left} + {i}, {right} + {j});")


@handles("ts.wgmma_commit")
def emit_commit(emitter: Emitter, instruction: Instruction) -> None:
    """The products so far are a group."""
    emitter.line("end_products();")


@handles("ts.wgmma_wait")
def emit_wait(emitter: Emitter, instruction: Instruction) -> None:
    """Waits for all groups of products but the last ones."""
    how = f"{instruction.attributes['groups']}, {_count(emitter, instruction)}"
    emitter.line(f"wait_for_products<{how}>({_sums(emitter, instruction)});")


def _sums(emitter: Emitter, instruction: Instruction) -> str:
    return emitter.one(instruction.operands[0])


def _count(emitter: Emitter, instruction: Instruction) -> int:
    """Sums of a thread: all that are named are registers of the product."""
    return emitter.counts[_sums(emitter, instruction)]
