"""Loop IR as MLIR text: dialects `func`, `arith`, `math`, `scf`, `memref`, `vector` and `gpu`.

`ts.` operations, which MLIR lacks, are written in its generic form, so that any MLIR tool that
allows unregistered dialects reads the text.
"""

from __future__ import annotations

from collections.abc import Callable

from .loops import Block, Function, Instruction, Scalar, Value, Vector
from .mlir import attribute_text, number_text, type_text

CONVERSIONS = (
    "extf", "truncf", "extsi", "extui", "trunci", "sitofp", "uitofp", "fptosi", "fptoui", "bitcast",
    "index_cast",
)  # fmt: skip


def print_function(function: Function) -> str:
    """The module that holds a kernel, as MLIR text."""
    return _Printer().function(function)


class _Printer:
    def __init__(self) -> None:
        self.names: dict[int, str] = {}
        self.lines: list[str] = []
        self.depth = 0

    def name(self, value: Value) -> str:
        """`%x`, or a number for values without a name."""
        key = id(value)
        if key not in self.names:
            self.names[key] = f"%{value.name}" if value.name else f"%{len(self.names)}"
        return self.names[key]

    def line(self, text: str) -> None:
        """One line at the current depth."""
        self.lines.append("  " * self.depth + text)

    def function(self, function: Function) -> str:
        """The whole module."""
        known = dict.fromkeys(function.constant, " {llvm.noalias, llvm.readonly}")
        arguments = ", ".join(
            f"{self.name(a)}: {type_text(a.type)}{known.get(a.name, '')}"
            for a in function.arguments
        )
        self.line("module {")
        self.depth += 1
        blocks = ""
        if function.threads is not None:
            sizes = f"array<i32: {function.threads}, 1, 1>"
            blocks = f" attributes {{gpu.known_block_size = {sizes}"
            if function.together > 1:
                blocks += f", nvvm.minctasm = {function.together} : i32"
            if function.narrow:
                blocks += ", ts.index_bits = 32 : i32"
            blocks += "}"
        self.line(f"func.func @{function.name}({arguments}){blocks} {{")
        self.block(function.body)
        self.depth += 1
        self.line("func.return")
        self.depth -= 1
        self.line("}")
        self.depth -= 1
        self.line("}")
        return "\n".join(self.lines) + "\n"

    def block(self, block: Block) -> None:
        """The instructions of a block."""
        self.depth += 1
        for instruction in block.instructions:
            self.instruction(instruction)
        self.depth -= 1

    def instruction(self, instruction: Instruction) -> None:
        """One instruction with its regions."""
        name = instruction.name
        if name == "scf.for":
            self.loop(instruction)
        elif name == "scf.if":
            self.branch(instruction)
        else:
            if name == "scf.yield" and not instruction.operands:
                return
            self.line(self.left(instruction) + FORMS.get(name, _Printer.plain)(self, instruction))

    def left(self, instruction: Instruction) -> str:
        """`%a, %b = `, or nothing."""
        if not instruction.results:
            return ""
        if instruction.name == "gpu.shuffle":  # the second result says whether there was a thread
            name = self.name(instruction.results[0])
            return f"{name}, %valid_{name[1:]} = "
        return ", ".join(self.name(r) for r in instruction.results) + " = "

    def operands(self, values: list[Value]) -> str:
        """Names of values."""
        return ", ".join(self.name(v) for v in values)

    def loop(self, instruction: Instruction) -> None:
        """`scf.for`."""
        lower, upper, step, *carried = instruction.operands
        block = instruction.regions[0]
        index, *inside = block.arguments
        text = f"scf.for {self.name(index)} = {self.name(lower)} to {self.name(upper)}"
        text += f" step {self.name(step)}"
        if carried:
            pairs = ", ".join(f"{self.name(a)} = {self.name(v)}" for a, v in zip(inside, carried))
            types = ", ".join(type_text(v.type) for v in carried)
            text += f" iter_args({pairs}) -> ({types})"
        self.line(f"{self.left(instruction)}{text} {{")
        self.block(block)
        self.line("}")

    def branch(self, instruction: Instruction) -> None:
        """`scf.if`."""
        text = f"scf.if {self.operands(instruction.operands)}"
        if instruction.results:
            text += f" -> ({', '.join(type_text(r.type) for r in instruction.results)})"
        self.line(f"{self.left(instruction)}{text} {{")
        then, otherwise = instruction.regions
        self.block(then)
        if any(each.name != "scf.yield" or each.operands for each in otherwise.instructions):
            self.line("} else {")
            self.block(otherwise)
        self.line("}")

    # -- forms -------------------------------------------------------------------------------------

    def plain(self, instruction: Instruction) -> str:
        """`math.exp %x : f32`, for instructions whose operands and result have one type."""
        if instruction.name.startswith("ts."):
            return self.generic(instruction)
        operands = self.operands(instruction.operands)
        name = instruction.name.split(".")[1]
        if name in CONVERSIONS:
            source, result = instruction.operands[0].type, instruction.results[0].type
            if isinstance(source, Vector):
                return self.generic(instruction)
            return f"{instruction.name} {operands} : {type_text(source)} to {type_text(result)}"
        return f"{instruction.name} {operands} : {type_text(instruction.operands[0].type)}"

    def generic(self, instruction: Instruction) -> str:
        """`"ts.philox"(%a, %b) <{which = "low"}> : (i64, i64) -> i64`."""
        floating = instruction.name == "arith.cmpf"
        parts = ", ".join(attribute_text(k, v, floating) for k, v in instruction.attributes.items())
        attributes = f" <{{{parts}}}>" if parts else ""
        sources = ", ".join(type_text(v.type) for v in instruction.operands)
        results = ", ".join(type_text(v.type) for v in instruction.results)
        operands = self.operands(instruction.operands)
        return f'"{instruction.name}"({operands}){attributes} : ({sources}) -> ({results})'

    def constant(self, instruction: Instruction) -> str:
        """`arith.constant dense<1.0> : vector<16xf32>`."""
        type_ = instruction.results[0].type
        value = instruction.attributes["value"]
        assert isinstance(value, (int, float))
        scalar = type_ if isinstance(type_, Scalar) else type_.element
        if scalar.name == "i1":
            text = "true" if value else "false"
            if isinstance(type_, Scalar):
                return f"arith.constant {text}"
        else:
            text = number_text(value, type_)
        if isinstance(type_, Vector):
            text = f"dense<{text}>"
        return f"arith.constant {text} : {type_text(type_)}"

    def compare(self, instruction: Instruction) -> str:
        """`arith.cmpf olt, %a, %b : f32`."""
        operands = self.operands(instruction.operands)
        if isinstance(instruction.results[0].type, Vector):
            return self.generic(instruction)
        type_ = type_text(instruction.operands[0].type)
        return f"{instruction.name} {instruction.attributes['predicate']}, {operands} : {type_}"

    def select(self, instruction: Instruction) -> str:
        """`arith.select %c, %a, %b : f32`; the condition's type stands where it is a vector."""
        condition, value, _ = (operand.type for operand in instruction.operands)
        if isinstance(condition, Vector):
            return self.generic(instruction)  # not every tool reads the short form of this
        return f"arith.select {self.operands(instruction.operands)} : {type_text(value)}"

    def yielded(self, instruction: Instruction) -> str:
        """`scf.yield %a, %b : f32, f32`."""
        types = ", ".join(type_text(v.type) for v in instruction.operands)
        return f"scf.yield {self.operands(instruction.operands)} : {types}"

    def scratch(self, instruction: Instruction) -> str:
        """`memref.alloca(%n) : memref<?xf32>`."""
        result = type_text(instruction.results[0].type)
        alignment = instruction.attributes.get("alignment")
        aligned = f" {{alignment = {alignment} : i64}}" if alignment else ""
        return f"memref.alloca({self.operands(instruction.operands)}){aligned} : {result}"

    def load(self, instruction: Instruction) -> str:
        """`memref.load %m[%i] : memref<?xf32>`, `vector.load ... , vector<16xf32>`."""
        memory, index = instruction.operands
        text = f"{instruction.name} {self.name(memory)}[{self.name(index)}] : "
        text += type_text(memory.type)
        if instruction.name == "vector.load":
            text += f", {type_text(instruction.results[0].type)}"
        return text

    def store(self, instruction: Instruction) -> str:
        """`memref.store %v, %m[%i] : memref<?xf32>`."""
        value, memory, index = instruction.operands
        text = f"{instruction.name} {self.name(value)}, {self.name(memory)}[{self.name(index)}]"
        text += f" : {type_text(memory.type)}"
        if instruction.name == "vector.store":
            text += f", {type_text(value.type)}"
        return text

    def prefetch(self, instruction: Instruction) -> str:
        """`"memref.prefetch"(%m, %i) <{...}> : (memref<?xf32>, index) -> ()`, for a read."""
        operands = self.operands(instruction.operands)
        how = "isDataCache = true, isWrite = false, localityHint = 3 : i32"
        memory = type_text(instruction.operands[0].type)
        return f'"memref.prefetch"({operands}) <{{{how}}}> : ({memory}, index) -> ()'

    def pointer(self, instruction: Instruction) -> str:
        """`"memref.extract_aligned_pointer_as_index"(%m) : (memref<?xf32>) -> index`."""
        (memory,) = instruction.operands
        return f'"{instruction.name}"({self.name(memory)}) : ({type_text(memory.type)}) -> index'

    def dimension(self, instruction: Instruction) -> str:
        """`"gpu.thread_id"() <{dimension = #gpu<dim x>}> : () -> index`; xDSL reads no other."""
        dimension = instruction.attributes["dimension"]
        return f'"{instruction.name}"() <{{dimension = #gpu<dim {dimension}>}}> : () -> index'

    def exchange(self, instruction: Instruction) -> str:
        """`"gpu.shuffle"(%v, %offset, %width) <{...}> : (f32, i32, i32) -> (f32, i1)`."""
        operands = self.operands(instruction.operands)
        mode = instruction.attributes["mode"]
        type_ = type_text(instruction.results[0].type)
        types = f"({type_}, i32, i32) -> ({type_}, i1)"
        return f'"gpu.shuffle"({operands}) <{{mode = #gpu<shuffle_mode {mode}>}}> : {types}'

    def match(self, instruction: Instruction) -> str:
        """`"nvvm.match.sync"(%mask, %value) <{kind = #nvvm<match_sync_kind any>}> : ...`."""
        value, mask = map(self.name, instruction.operands)
        kind = f"kind = #nvvm<match_sync_kind {instruction.attributes['kind']}>"
        return f'"nvvm.match.sync"({mask}, {value}) <{{{kind}}}> : (i32, i32) -> i32'

    def copy_async(self, instruction: Instruction) -> str:
        """`"nvgpu.device_async_copy"(%to, %i, %from, %j, %count) <{dstElements = 8}> : ...`."""
        operands = self.operands(instruction.operands)
        shared, _, memory, _, _ = (type_text(v.type) for v in instruction.operands)
        count = f"dstElements = {instruction.attributes['elements']} : index"
        types = f"({shared}, index, {memory}, index, index) -> ()"
        return f'"nvgpu.device_async_copy"({operands}) <{{{count}}}> : {types}'

    def wait_async(self, instruction: Instruction) -> str:
        """`"nvgpu.device_async_wait"() <{numGroups = 1 : i32}> : () -> ()`."""
        groups = f"numGroups = {instruction.attributes['groups']} : i32"
        return f'"nvgpu.device_async_wait"() <{{{groups}}}> : () -> ()'

    def proxy(self, instruction: Instruction) -> str:
        """`"nvvm.fence.proxy"() <{kind = #nvvm.proxy_kind<async.shared>, ...}> : () -> ()`."""
        kind = f"kind = #nvvm.proxy_kind<{instruction.attributes['kind']}>"
        return f'"nvvm.fence.proxy"() <{{{kind}, space = #nvvm.shared_space<cta>}}> : () -> ()'

    def load_matrices(self, instruction: Instruction) -> str:
        """`"nvgpu.ldmatrix"(%m, %i) <{numTiles = 4, transpose = false}> : ...`."""
        memory = type_text(instruction.operands[0].type)
        transpose = str(instruction.attributes["transpose"]).lower()
        how = f"numTiles = 4 : i32, transpose = {transpose}"
        types = f"({memory}, index) -> {type_text(instruction.results[0].type)}"
        return f'"nvgpu.ldmatrix"({self.operands(instruction.operands)}) <{{{how}}}> : {types}'

    def multiply(self, instruction: Instruction) -> str:
        """`"nvgpu.mma.sync"(%a, %b, %c) <{mmaShape = [16, 8, 16]}> : ...`."""
        operands = self.operands(instruction.operands)
        sources = ", ".join(type_text(v.type) for v in instruction.operands)
        types = f"({sources}) -> {type_text(instruction.results[0].type)}"
        depth = 2 * getattr(instruction.operands[0].type, "lanes", 0)
        return f'"nvgpu.mma.sync"({operands}) <{{mmaShape = [16, 8, {depth}]}}> : {types}'

    def masked_load(self, instruction: Instruction) -> str:
        """`vector.maskedload %m[%i], %mask, %otherwise : ...`."""
        memory, index, mask, otherwise = instruction.operands
        types = ", ".join(type_text(v.type) for v in (memory, mask, otherwise))
        place = f"{self.name(memory)}[{self.name(index)}]"
        result = type_text(instruction.results[0].type)
        return (
            f"vector.maskedload {place}, {self.operands([mask, otherwise])} : {types} into {result}"
        )

    def masked_store(self, instruction: Instruction) -> str:
        """`vector.maskedstore %m[%i], %mask, %value : ...`."""
        memory, index, mask, value = instruction.operands
        types = ", ".join(type_text(v.type) for v in (memory, mask, value))
        place = f"{self.name(memory)}[{self.name(index)}]"
        return f"vector.maskedstore {place}, {self.operands([mask, value])} : {types}"

    def create_mask(self, instruction: Instruction) -> str:
        """`vector.create_mask %n : vector<16xi1>`."""
        result = type_text(instruction.results[0].type)
        return f"{instruction.name} {self.operands(instruction.operands)} : {result}"

    def broadcast(self, instruction: Instruction) -> str:
        """`vector.broadcast %x : f32 to vector<16xf32>`."""
        source = instruction.operands[0]
        result = type_text(instruction.results[0].type)
        return f"vector.broadcast {self.name(source)} : {type_text(source.type)} to {result}"

    def reduction(self, instruction: Instruction) -> str:
        """`vector.reduction <add>, %v : vector<16xf32> into f32`."""
        source = instruction.operands[0]
        kind = instruction.attributes["kind"]
        result = type_text(instruction.results[0].type)
        types = f"{type_text(source.type)} into {result}"
        return f"vector.reduction <{kind}>, {self.name(source)} : {types}"

    def extract(self, instruction: Instruction) -> str:
        """`vector.extract %v[3] : f32 from vector<16xf32>`."""
        source = instruction.operands[0]
        lane = instruction.attributes["lane"]
        result = type_text(instruction.results[0].type)
        return (
            f"vector.extract {self.name(source)}[{lane}] : {result} from {type_text(source.type)}"
        )

    def shuffle(self, instruction: Instruction) -> str:
        """`vector.shuffle %a, %b [0, 2] : vector<2xf32>, vector<2xf32>`."""
        mask = instruction.attributes["mask"]
        assert isinstance(mask, tuple)
        types = ", ".join(type_text(v.type) for v in instruction.operands)
        lanes = ", ".join(str(lane) for lane in mask)
        return f"vector.shuffle {self.operands(instruction.operands)} [{lanes}] : {types}"

    def insert(self, instruction: Instruction) -> str:
        """`vector.insert %x, %v [3] : f32 into vector<16xf32>`."""
        value, vector = instruction.operands
        lane = instruction.attributes["lane"]
        types = f"{type_text(value.type)} into {type_text(vector.type)}"
        return f"vector.insert {self.name(value)}, {self.name(vector)} [{lane}] : {types}"


FORMS: dict[str, Callable[[_Printer, Instruction], str]] = {
    "arith.constant": _Printer.constant,
    "arith.cmpf": _Printer.compare,
    "arith.cmpi": _Printer.compare,
    "arith.select": _Printer.select,
    "scf.yield": _Printer.yielded,
    "memref.alloca": _Printer.scratch,
    "memref.load": _Printer.load,
    "memref.store": _Printer.store,
    "memref.prefetch": _Printer.prefetch,
    "memref.extract_aligned_pointer_as_index": _Printer.pointer,
    "vector.load": _Printer.load,
    "vector.store": _Printer.store,
    "vector.maskedload": _Printer.masked_load,
    "vector.maskedstore": _Printer.masked_store,
    "gpu.thread_id": _Printer.dimension,
    "gpu.block_id": _Printer.dimension,
    "gpu.grid_dim": _Printer.dimension,
    "gpu.barrier": _Printer.generic,
    "nvvm.bar.warp.sync": _Printer.generic,
    "gpu.shuffle": _Printer.exchange,
    "nvvm.match.sync": _Printer.match,
    "nvgpu.mma.sync": _Printer.multiply,
    "nvgpu.ldmatrix": _Printer.load_matrices,
    "nvgpu.device_async_copy": _Printer.copy_async,
    "nvgpu.device_async_create_group": _Printer.generic,
    "nvgpu.device_async_wait": _Printer.wait_async,
    "nvvm.fence.proxy": _Printer.proxy,
    "arith.remf": _Printer.generic,
    "math.erfc": _Printer.generic,
    "vector.gather": _Printer.generic,
    "vector.scatter": _Printer.generic,
    "vector.create_mask": _Printer.create_mask,
    "vector.step": _Printer.generic,
    "vector.broadcast": _Printer.broadcast,
    "vector.reduction": _Printer.reduction,
    "vector.shuffle": _Printer.shuffle,
    "vector.extract": _Printer.extract,
    "vector.insert": _Printer.insert,
}
