"""Checks of loop IR: values are defined before they are used, blocks end well, types agree."""

from __future__ import annotations

from ...ops.errors import LoweringError
from .builder import bits, element, is_float
from .loops import (
    BF16,
    F16,
    F32,
    I1,
    I32,
    I64,
    INDEX,
    Block,
    Descriptor,
    Function,
    Instruction,
    Memref,
    Scalar,
    Type,
    Value,
    Vector,
)  # fmt: skip
from .thread_instructions import GROUP, WARP

MOST_THREADS = 1024
ASYNCHRONOUS = ("wgmma", "barrier", "copy_box", "show_barriers")

SAME_TYPE = frozenset(
    [
        "addi",
        "subi",
        "muli",
        "divsi",
        "divui",
        "remsi",
        "remui",
        "floordivsi",
        "andi",
        "ori",
        "xori",
        "shli",
        "shrsi",
        "shrui",
        "maxsi",
        "minsi",
        "maxui",
        "minui",
        "addf",
        "subf",
        "mulf",
        "divf",
        "remf",
        "negf",
        "maximumf",
        "minimumf",
        "maxnumf",
        "minnumf",
    ]
)
INTEGER_ONLY = frozenset(n for n in SAME_TYPE if n.endswith("i"))


def verify(function: Function) -> None:
    """Accepts a well-formed function.

    Raises:
        LoweringError: With the kernel, the instruction and what is wrong.
    """
    _Verifier(function).run()


class _Verifier:
    def __init__(self, function: Function) -> None:
        self.function = function
        self.known: set[int] = set()

    def run(self) -> None:
        """Checks arguments and body."""
        names = [argument.name for argument in self.function.arguments]
        if len(set(names)) != len(names) or "" in names:
            self.fail("function", "arguments must have names of their own")
        last = self.function.arguments[-1] if self.function.arguments else None
        chunked = last is not None and last.type == INDEX and last.name == "chunk"
        if self.function.threads is None and not chunked:
            self.fail("function", "the last argument must be %chunk : index")
        threads = self.function.threads
        if threads is not None and (threads % WARP or not 0 < threads <= MOST_THREADS):
            self.fail("function", f"threads must be a multiple of {WARP} up to 1024, got {threads}")
        self.known.update(id(argument) for argument in self.function.arguments)
        self.block(self.function.body, None)

    def fail(self, where: str, what: str) -> None:
        """Refuses the function."""
        raise LoweringError(f"{self.function.name}: {where}: {what}")

    def block(self, block: Block, yields: list[Type] | None) -> None:
        """Checks a block; `yields` are the types it must yield, None for a function's body."""
        before = set(self.known)
        self.known.update(id(argument) for argument in block.arguments)
        for number, instruction in enumerate(block.instructions):
            last = number == len(block.instructions) - 1
            if (instruction.name == "scf.yield") != (last and yields is not None):
                self.fail(instruction.name, "a region must end in scf.yield, and in one only")
            self.instruction(instruction)
        if yields is not None:
            if not block.instructions:
                self.fail("block", "a region must end in scf.yield")
            found = [v.type for v in block.instructions[-1].operands]
            if found != yields:
                self.fail("scf.yield", f"must yield {yields}, got {found}")
        self.known = before

    def instruction(self, instruction: Instruction) -> None:
        """Checks one instruction and what it contains."""
        for operand in instruction.operands:
            if id(operand) not in self.known:
                self.fail(instruction.name, "an operand must be defined before it is used")
        dialect, _, name = instruction.name.partition(".")
        if instruction.name == "scf.for":
            self.loop(instruction)
        elif instruction.name == "scf.if":
            self.branch(instruction)
        elif dialect == "arith":
            self.arithmetic(instruction, name)
        elif dialect in ("memref", "vector"):
            self.memory(instruction)
        elif instruction.name == "ts.dot":
            self.dot(instruction)
        elif dialect in ("gpu", "nvgpu", "nvvm") or name.startswith(ASYNCHRONOUS):
            self.threaded(instruction)
        self.known.update(id(result) for result in instruction.results)

    def dot(self, instruction: Instruction) -> None:
        """Pairs are vectors of i32, their sums of i32 or f32."""
        types = [value.type for value in (*instruction.operands, *instruction.results)]
        lanes = getattr(types[0], "lanes", 0)
        words, sums = Vector(lanes, I32), (Vector(lanes, I32), Vector(lanes, F32))
        if types[:2] != [words, words] or types[2] not in sums or types[2] != types[3]:
            self.fail(
                "ts.dot",
                f"must have two vectors of i32 and add to one of i32 or f32 of that length, "
                f"got {types}",
            )
        parts = instruction.attributes.get("parts")
        if parts not in ((2,) if element(types[2]) == F32 else (2, 4)):
            self.fail("ts.dot", f"must have 2 parts, or 4 where sums are of i32, got {parts}")

    def threaded(self, instruction: Instruction) -> None:
        """Threads exist, and exchange scalars of their own type."""
        if self.function.threads is None:
            self.fail(instruction.name, "must stand in a kernel that runs in blocks of threads")
        if instruction.name == "nvgpu.mma.sync":
            self.product(instruction)
        if instruction.name == "ts.wgmma":
            self.group_product(instruction)
        if instruction.name == "ts.copy_box":
            self.box(instruction)
        if instruction.name.startswith("ts.barrier"):
            self.barrier(instruction.name, instruction.operands[0].type)
        if instruction.name in ("nvgpu.ldmatrix", "nvgpu.device_async_copy"):
            self.shared_memory(instruction)
        if instruction.name == "gpu.shuffle":
            value = instruction.operands[0].type
            if not isinstance(value, Scalar) or value != instruction.results[0].type:
                self.fail(instruction.name, f"must exchange scalars of one type, got {value}")
            if instruction.attributes.get("mode") not in ("xor", "up", "idx"):
                self.fail(instruction.name, "mode must be xor, up or idx")
        if instruction.name == "nvvm.match.sync":
            types = [v.type for v in (*instruction.operands, *instruction.results)]
            if set(types) != {I32} or instruction.attributes.get("kind") != "any":
                self.fail(instruction.name, f"must match any i32, got {types[0]}")

    def product(self, instruction: Instruction) -> None:
        """Parts of matrices have the sizes that a warp multiplies."""
        types = [operand.type for operand in instruction.operands]
        kind = element(types[0])
        lanes = 8 if kind in (F16, BF16) else 4
        right = [Vector(lanes, kind), Vector(lanes // 2, kind), Vector(4, F32)]
        if kind not in (F16, BF16, F32) or types != right:
            self.fail(instruction.name, f"must have elements of a 16x8x16 or 16x8x8, got {types}")

    def group_product(self, instruction: Instruction) -> None:
        """Whole warp groups add to f32 of their own what they multiply in shared memory."""
        if (self.function.threads or 0) < GROUP:
            self.fail(instruction.name, f"must stand in a kernel of {GROUP} threads or more")
        sums, left, _, right, _ = (operand.type for operand in instruction.operands)
        if sums != Memref(F32):
            self.fail(instruction.name, f"must add to memory of f32, got {sums}")
        if left != right or left not in (Memref(F16, True), Memref(BF16, True)):
            kinds = f"{left} and {right}"
            self.fail(instruction.name, f"must multiply f16 or bf16 in shared memory, got {kinds}")
        if instruction.attributes.get("columns") not in (128, 256):
            columns = instruction.attributes.get("columns")
            self.fail(instruction.name, f"must have 128 or 256 columns, got {columns}")

    def box(self, instruction: Instruction) -> None:
        """Boxes are copied to shared memory of the type of the tensor, and counted at a barrier."""
        shared, _, source, barriers, _, *corner = (value.type for value in instruction.operands)
        if not isinstance(source, Descriptor) or shared != Memref(source.element, True):
            self.fail(instruction.name, f"must copy to shared memory, got {source} to {shared}")
        if len(corner) not in (2, 3) or set(corner) != {INDEX}:
            self.fail(instruction.name, f"must have a corner of 2 or 3 dims, got {corner}")
        self.barrier(instruction.name, barriers)

    def barrier(self, where: str, barriers: Type) -> None:
        """Barriers are words of shared memory."""
        if barriers != Memref(I64, True):
            self.fail(where, f"barriers must be i64 in shared memory, got {barriers}")

    def shared_memory(self, instruction: Instruction) -> None:
        """The first operand is memory of the block; what is copied has its type, 4 to 16 bytes."""
        memory = instruction.operands[0].type
        if not isinstance(memory, Memref) or not memory.shared:
            self.fail(instruction.name, f"must have shared memory, got {memory}")
        if instruction.name == "nvgpu.ldmatrix":
            wide = element(memory) == F32
            if element(memory) not in (F16, BF16, F32):
                self.fail(instruction.name, f"must load f16, bf16 or f32, got {memory}")
            if wide and instruction.attributes.get("transpose"):
                self.fail(instruction.name, "must not transpose elements of 32 bits")
            return
        size, source = instruction.attributes.get("elements"), instruction.operands[2].type
        if not isinstance(source, Memref) or source.element != element(memory):
            self.fail(instruction.name, f"must copy {memory}, got {source}")
        if not isinstance(size, int) or size * bits(memory) not in (32, 64, 128):
            self.fail(instruction.name, f"must copy 4, 8 or 16 bytes, got {size} of {memory}")

    def loop(self, instruction: Instruction) -> None:
        """Bounds are indices; carried values keep their types."""
        carried = [v.type for v in instruction.operands[3:]]
        block = instruction.regions[0]
        if any(v.type != INDEX for v in instruction.operands[:3]):
            self.fail("scf.for", "bounds and step must be indices")
        if [v.type for v in block.arguments] != [INDEX, *carried]:
            self.fail("scf.for", "the block must take the index and the carried values")
        if [v.type for v in instruction.results] != carried:
            self.fail("scf.for", "results must have the types of the carried values")
        self.block(block, carried)

    def branch(self, instruction: Instruction) -> None:
        """The condition is i1; both regions yield the results."""
        if instruction.operands[0].type != I1:
            self.fail("scf.if", "the condition must be i1")
        for region in instruction.regions:
            self.block(region, [v.type for v in instruction.results])

    def arithmetic(self, instruction: Instruction, name: str) -> None:
        """Operands of one type, integers or floats as the name says."""
        types = [v.type for v in instruction.operands]
        if name in SAME_TYPE:
            if len({*types, instruction.results[0].type}) != 1:
                self.fail(instruction.name, f"operands and result must have one type, got {types}")
            if is_float(types[0]) == (name in INTEGER_ONLY):
                self.fail(instruction.name, f"must not be applied to {types[0]}")
        elif name in ("cmpi", "cmpf"):
            if types[0] != types[1] or element(instruction.results[0].type) != I1:
                self.fail(instruction.name, f"must compare two values of one type, got {types}")
            if is_float(types[0]) != (name == "cmpf"):
                self.fail(instruction.name, f"must not be applied to {types[0]}")
        elif name == "select":
            self.selected(instruction, types)

    def selected(self, instruction: Instruction, types: list[Type]) -> None:
        """The condition is i1, or has a lane for each lane of the values."""
        condition, first, second = types
        if first != second or element(condition) != I1:
            self.fail(instruction.name, f"must choose between values of one type, got {types}")
        if isinstance(condition, Vector):
            lanes = first.lanes if isinstance(first, Vector) else 0
            if condition.lanes != lanes:
                self.fail(instruction.name, f"must have a condition for each lane, got {types}")

    def memory(self, instruction: Instruction) -> None:
        """What is loaded or stored has the element type of the memory."""
        memories = [v for v in instruction.operands if isinstance(v.type, Memref)]
        if not memories:
            return
        if instruction.name == "memref.extract_aligned_pointer_as_index":
            return
        place = instruction.operands.index(memories[0])
        if instruction.operands[place + 1].type != INDEX:
            self.fail(instruction.name, "memory must be indexed by an index")
        if instruction.name == "memref.prefetch":
            return
        moved = self.moved(instruction)
        if element(moved.type) != element(memories[0].type):
            kinds = f"{element(moved.type)} in memory of {element(memories[0].type)}"
            self.fail(instruction.name, f"element types must agree, got {kinds}")
        scalar = instruction.name.startswith("memref.")
        if scalar == isinstance(moved.type, Vector):
            self.fail(instruction.name, f"must not move {moved.type}")

    def moved(self, instruction: Instruction) -> Value:
        """The value loaded or stored."""
        if instruction.results:
            return instruction.results[0]
        plain = instruction.name in ("memref.store", "vector.store")
        return instruction.operands[0 if plain else -1]
