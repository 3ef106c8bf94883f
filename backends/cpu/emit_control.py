"""LLVM IR of the `scf` dialect: loops and conditionals."""

from __future__ import annotations

from ...lowering.ir.loops import Block, Instruction
from .emitter import Emitter, handles
from .word import Word


@handles("scf.for")
def emit_for(emitter: Emitter, instruction: Instruction) -> None:
    """A counted loop, guarded and with its test at the end."""
    code = emitter.code
    lower, upper, step, *initial = emitter.operands(instruction)
    block = instruction.regions[0]
    before, body, after = code.block, code.name("loop"), code.name("done")
    guard = lower < upper
    code.line(f"br {guard}, label %{body}, label %{after}")
    with code.inside(body):
        first = len(code.lines)
        index = Word(code, f"%{code.name('i')}", "i64", 0)
        carried = [Word(code, f"%{code.name('c')}", word.kind, word.lanes) for word in initial]
        for value, word in zip(block.arguments, [index, *carried], strict=True):
            emitter.words[id(value)] = word
        yielded = emitter.block(block)
        following = code.emit(f"add nsw i64 {index.text}, {step.text}", "i64")
        last = code.block
        phis = [
            f"  {word.text} = phi {word.type} [{start.text}, %{before}], [{end.text}, %{last}]"
            for word, start, end in zip([index, *carried], [lower, *initial], [following, *yielded])
        ]
        code.lines[first:first] = phis
        again = following < upper
        code.line(f"br {again}, label %{body}, label %{after}")
    code.start(after)
    for value, start, end in zip(instruction.results, initial, yielded, strict=True):
        pairs = f"[{start.text}, %{before}], [{end.text}, %{last}]"
        emitter.words[id(value)] = code.awaited(f"phi {end.type} {pairs}", end.kind, end.lanes)


@handles("scf.if")
def emit_if(emitter: Emitter, instruction: Instruction) -> None:
    """A conditional with two blocks."""
    code = emitter.code
    (condition,) = emitter.operands(instruction)
    then, otherwise, after = code.name("then"), code.name("else"), code.name("after")
    code.line(f"br {condition}, label %{then}, label %{otherwise}")
    ends: list[tuple[list[Word], str]] = []
    regions = [*instruction.regions, Block()][:2]
    for label, region in zip((then, otherwise), regions):
        with code.inside(label):
            ends.append((emitter.block(region), code.block))
            code.line(f"br label %{after}")
    code.start(after)
    (taken, first), (other, second) = ends
    for value, a, b in zip(instruction.results, taken, other, strict=True):
        pairs = f"[{a.text}, %{first}], [{b.text}, %{second}]"
        emitter.words[id(value)] = code.emit(f"phi {a.type} {pairs}", a.kind, a.lanes)
