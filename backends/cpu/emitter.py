"""What writes one kernel: the table of handlers, and the function under construction.

Lanes of f16 and bf16 are carried as 16-bit patterns and computed with as f32; `index` is i64.
"""

from __future__ import annotations

from collections.abc import Callable

from ...lowering.ir.loops import Block, Function, Instruction, Memref, Scalar, Type, Value, Vector
from ...ops.errors import BackendError
from .code import Code, Module
from .machine import Machine
from .word import Word

KINDS = {
    "index": "i64", "i1": "i1", "i8": "i8", "ui8": "i8", "i16": "i16", "i32": "i32", "i64": "i64",
    "f16": "i16", "bf16": "i16", "f32": "float", "f64": "double",
}  # fmt: skip
BYTES = {"i1": 1, "i8": 1, "i16": 2, "i32": 4, "i64": 8, "float": 4, "double": 8}

Handler = Callable[["Emitter", Instruction], "Word | None"]
HANDLERS: dict[str, Handler] = {}


def handles(*names: str) -> Callable[[Handler], Handler]:
    """Marks the function that emits instructions of these names."""

    def register(handler: Handler) -> Handler:
        for name in names:
            HANDLERS[name] = handler
        return handler

    return register


def kind_and_lanes(type_: Type) -> tuple[str, int]:
    """LLVM element type and lanes (0 for a scalar) that carry a value of a loop IR type."""
    if isinstance(type_, Memref):
        return "ptr", 0
    if isinstance(type_, Vector):
        return KINDS[type_.element.name], type_.lanes
    return KINDS[scalar_name(type_)], 0


def scalar_name(type_: Type) -> str:
    """Name of the element type of a scalar, vector or memory type."""
    return type_.name if isinstance(type_, Scalar) else type_.element.name


class Emitter:
    """Writes one kernel.

    Attributes:
        symbol: Name of the compiled function.
        code: The function under construction.
        words: What each value of the loop IR has become.
        numbers: Those that are integer constants.
    """

    def __init__(self, function: Function, machine: Machine, symbol: str) -> None:
        self.function = function
        self.symbol = symbol
        self.module = Module(machine)
        self.code = Code(self.module)
        self.words: dict[int, Word] = {}
        self.numbers: dict[int, int] = {}

    def text(self) -> str:
        """The module that holds the kernel."""
        self._unpack()
        self.block(self.function.body)
        self.code.line("ret void")
        head = f"define void @{self.symbol}(ptr noalias readonly %arguments, i64 %chunk)"
        attributes = "attributes #0 = { nounwind }"
        return self.module.text(f"{head} #0 {{\nentry:\n{self.code.body()}\n}}\n{attributes}")

    def _unpack(self) -> None:
        *arguments, chunk = self.function.arguments
        for slot, value in enumerate(arguments):
            kind, _ = kind_and_lanes(value.type)
            place = f"  %slot{slot} = getelementptr i8, ptr %arguments, i64 {8 * slot}\n"
            loaded = "i8" if kind == "i1" else kind
            load = f"load {loaded}, ptr %slot{slot}, align 8"
            word = self.code.awaited(load, loaded, before=place)
            self.words[id(value)] = word.compare("ne", 0) if kind == "i1" else word
        self.words[id(chunk)] = Word(self.code, "%chunk", "i64", 0)

    def read(self, value: Value) -> Word:
        """What a value has become."""
        return self.words[id(value)]

    def operands(self, instruction: Instruction) -> list[Word]:
        """What the operands of an instruction have become."""
        words = self.words
        return [words[id(value)] for value in instruction.operands]

    def block(self, block: Block) -> list[Word]:
        """Writes a block; gives what its `scf.yield` yields."""
        words = self.words
        for instruction in block.instructions:
            name = instruction.name
            if name == "scf.yield":
                return self.operands(instruction)
            handler = HANDLERS.get(name)
            if handler is None:
                raise BackendError(
                    f"{self.function.name}: the cpu backend has no code for the instruction {name}"
                )
            word = handler(self, instruction)
            if word is not None:
                words[id(instruction.results[0])] = word
        return []
