"""What writes one kernel in CUDA C: the table of handlers, and the function under construction.

A value is one C expression for each of its lanes; scalars have one lane. Lanes of f16 and bf16 are
carried as 16-bit patterns and computed with as f32; `index` is an integer of 64 bits, or of 32 in a
kernel whose places are all so small.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ...lowering.ir.loops import (
    Block,
    Descriptor,
    Function,
    Instruction,
    Memref,
    Scalar,
    Type,
    Value,
    Vector,
)
from ...ops.errors import BackendError

C_TYPES = {
    "index": "long long", "i1": "bool", "i8": "signed char", "ui8": "unsigned char",
    "i16": "short", "i32": "int", "i64": "long long", "f16": "unsigned short",
    "bf16": "unsigned short", "f32": "float", "f64": "double",
}  # fmt: skip

MAP_TYPE = "const __grid_constant__ TensorMap"
"""Of a parameter that is a tensor map."""

MEETING = frozenset(["gpu.shuffle", "nvvm.match.sync"])
"""Instructions that threads take part in even if they need no result."""

Lanes = list[str]
"""C expressions, one for each lane."""

Handler = Callable[["Emitter", Instruction], "Lanes | None"]
HANDLERS: dict[str, Handler] = {}


def handles(*names: str) -> Callable[[Handler], Handler]:
    """Marks the function that emits instructions of these names."""

    def register(handler: Handler) -> Handler:
        for name in names:
            HANDLERS[name] = handler
        return handler

    return register


def scalar_name(type_: Type) -> str:
    """Name of the element type of a scalar, vector or memory type."""
    return type_.name if isinstance(type_, Scalar) else type_.element.name


def is_place(type_: Type) -> bool:
    """Whether lanes, or elements, are of `index`."""
    return scalar_name(type_) == "index"


def c_type(type_: Type) -> str:
    """The C type of one lane, or of an address, as a parameter."""
    if isinstance(type_, Descriptor):
        return MAP_TYPE
    text = C_TYPES[scalar_name(type_)]
    return f"{text} *" if isinstance(type_, Memref) else text


def lane_count(type_: Type) -> int:
    """Lanes of a value."""
    return type_.lanes if isinstance(type_, Vector) else 1


def has_effect(instruction: Instruction) -> bool:
    """Whether it does more than give its results."""
    region = bool(instruction.regions)
    return region or not instruction.results or instruction.name in MEETING


def live_values(function: Function) -> set[int]:
    """Values that something with an effect depends on."""
    live: set[int] = set()
    for instruction in reversed(list(function.walk())):
        if has_effect(instruction) or any(id(result) in live for result in instruction.results):
            live.update(id(operand) for operand in instruction.operands)
    return live


class Emitter:
    """Writes one kernel.

    Attributes:
        function: The kernel in loop IR.
        lines: The body so far.
        words: What each value of the loop IR has become.
        live: Values that are used.
        depth: Of the block that lines go to.
        shared: Bytes of shared memory so far.
        counts: Elements of arrays of the thread's own, by name.
    """

    def __init__(self, function: Function) -> None:
        self.function = function
        self.lines: list[str] = []
        self.words: dict[int, Lanes] = {}
        self.live: set[int] = set()
        self.depth = 1
        self.shared = 0
        self.counts: dict[str, int] = {}
        self._names = 0

    def text(self) -> str:
        """The definition of the kernel."""
        threads = self.function.threads
        if threads is None:
            raise BackendError(f"{self.function.name}: must be a kernel for blocks of threads")
        self.live = live_values(self.function)
        for argument in self.function.arguments:
            self.words[id(argument)] = self.parameter(argument)
        if self.function.shared:
            self.line("BLOCK_MEMORY")
        self.block(self.function.body)
        if self.function.shared not in (0, self.shared):
            what = f"has {self.shared} bytes of shared memory, not {self.function.shared}"
            raise BackendError(f"{self.function.name}: {what}")
        parameters = ", ".join(map(self.declaration, self.function.arguments))
        shared = f", {self.function.together}" if self.function.together > 1 else ""
        head = f'extern "C" __global__ void __launch_bounds__({threads}{shared})'
        return "\n".join([f"{head} {self.function.name}({parameters}) {{", *self.lines, "}", ""])

    def declaration(self, argument: Value) -> str:
        """A parameter as the head of the kernel declares it."""
        if argument.name in self.function.constant:
            return f"const {c_type(argument.type)}__restrict__ {argument.name}"
        return f"{c_type(argument.type)} {argument.name}"

    def parameter(self, argument: Value) -> Lanes:
        """What an argument has become: parameters are all eight bytes wide."""
        if c_type(argument.type) == self.c_type(argument.type) or id(argument) not in self.live:
            return [argument.name]
        return self.declare(argument.type, [f"(int){argument.name}"])

    def c_type(self, type_: Type) -> str:
        """The C type of one lane, or of an address, in this kernel."""
        return "int" if self.is_narrow(type_) else c_type(type_)

    def is_narrow(self, type_: Type) -> bool:
        """Whether a value is a place of 32 bits."""
        return self.function.narrow and not isinstance(type_, Memref) and is_place(type_)

    def line(self, text: str) -> None:
        """One line at the current depth."""
        self.lines.append("  " * self.depth + text)

    def name(self) -> str:
        """A name for a new variable."""
        self._names += 1
        return f"v{self._names}"

    def read(self, value: Value) -> Lanes:
        """What a value has become."""
        return self.words[id(value)]

    def operands(self, instruction: Instruction) -> list[Lanes]:
        """What the operands of an instruction have become."""
        return [self.words[id(value)] for value in instruction.operands]

    def one(self, value: Value) -> str:
        """The expression of a scalar."""
        (word,) = self.words[id(value)]
        return word

    def declare(self, type_: Type, values: Sequence[str], constant: bool = True) -> Lanes:
        """Variables with these values, one for each lane."""
        names = []
        for value in values:
            names.append(self.name())
            self.line(f"{'const ' if constant else ''}{self.c_type(type_)} {names[-1]} = {value};")
        return names

    def is_used(self, instruction: Instruction) -> bool:
        """Whether something depends on a result."""
        return any(id(result) in self.live for result in instruction.results)

    def block(self, block: Block) -> list[Lanes]:
        """Writes a block; gives what its `scf.yield` yields."""
        for instruction in block.instructions:
            if instruction.name == "scf.yield":
                return self.operands(instruction)
            if not (has_effect(instruction) or self.is_used(instruction)):
                continue
            handler = HANDLERS.get(instruction.name)
            if handler is None:
                what = f"the cuda backend has no code for the instruction {instruction.name}"
                raise BackendError(f"{self.function.name}: {what}")
            lanes = handler(self, instruction)
            if lanes is not None:
                self.words[id(instruction.results[0])] = lanes
        return []
