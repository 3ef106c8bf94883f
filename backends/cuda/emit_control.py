"""CUDA C of the `scf` dialect: what a loop carries and what a branch gives are variables."""

from __future__ import annotations

from ...lowering.ir.loops import Block, Instruction, Value
from .emitter import Emitter, Lanes, handles, lane_count


def _assign(
    emitter: Emitter, targets: list[Lanes], values: list[Lanes], types: list[Value]
) -> None:
    """Assigns all at once: a value may be read from another target."""
    taken = {name for lanes in targets for name in lanes}
    ready: list[Lanes] = []
    for target, lanes, value in zip(targets, values, types):
        moved = [v for t, v in zip(target, lanes) if v in taken and v != t]
        ready.append(emitter.declare(value.type, lanes) if moved else lanes)
    for target, lanes in zip(targets, ready):
        for name, word in zip(target, lanes):
            if name != word:
                emitter.line(f"{name} = {word};")


@handles("scf.for")
def emit_for(emitter: Emitter, instruction: Instruction) -> None:
    """A counted loop."""
    lower, upper, step = (emitter.one(value) for value in instruction.operands[:3])
    carried = instruction.operands[3:]
    block = instruction.regions[0]
    index, *inside = block.arguments
    variables = [emitter.declare(v.type, emitter.read(v), constant=False) for v in carried]
    for value, names in zip(inside, variables):
        emitter.words[id(value)] = names
    name = emitter.name()
    emitter.words[id(index)] = [name]
    unroll = instruction.attributes.get("unroll")
    if unroll:
        emitter.line("#pragma unroll" if unroll == 1 else f"#pragma unroll {unroll}")
    kind = emitter.c_type(index.type)
    emitter.line(f"for ({kind} {name} = {lower}; {name} < {upper}; {name} += {step}) {{")
    emitter.depth += 1
    yields = emitter.block(block)
    _assign(emitter, variables, yields, inside)
    emitter.depth -= 1
    emitter.line("}")
    for value, names in zip(instruction.results, variables):
        emitter.words[id(value)] = names


@handles("scf.if")
def emit_if(emitter: Emitter, instruction: Instruction) -> None:
    """A conditional."""
    condition = emitter.one(instruction.operands[0])
    variables: list[Lanes] = []
    for result in instruction.results:
        names = [emitter.name() for _ in range(lane_count(result.type))]
        emitter.line(f"{emitter.c_type(result.type)} {', '.join(names)};")
        emitter.words[id(result)] = names
        variables.append(names)
    then, otherwise = instruction.regions
    emitter.line(f"if ({condition}) {{")
    _branch(emitter, then, variables, instruction.results)
    if any(each.name != "scf.yield" or each.operands for each in otherwise.instructions):
        emitter.line("} else {")
        _branch(emitter, otherwise, variables, instruction.results)
    emitter.line("}")


def _branch(emitter: Emitter, block: Block, variables: list[Lanes], results: list[Value]) -> None:
    emitter.depth += 1
    _assign(emitter, variables, emitter.block(block), results)
    emitter.depth -= 1
