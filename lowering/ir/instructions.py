"""Where instructions go: blocks being filled, numbers, and places computed once.

Arithmetic on places is folded where it is trivial, and made once, outside of the loops that do not
change it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import field

from ...ops.dataclass import dataclass
from .loops import INDEX, Block, Function, Instruction, Scalar, Type, Value, Vector

FLOATS = ("f16", "bf16", "f32", "f64")

MOVABLE = frozenset(
    [
        "arith.addi",
        "arith.subi",
        "arith.muli",
        "arith.minsi",
        "arith.maxsi",
        "arith.cmpi",
        "arith.index_cast",
        "ts.place",
        "arith.sitofp",
        "arith.uitofp",
        "arith.extf",
        "arith.truncf",
        "arith.extsi",
        "arith.extui",
        "arith.trunci",
        "vector.broadcast",
        "vector.step",
        "vector.create_mask",
    ]
)
"""Instructions made once, and as far outside of loops as their operands are known."""


def element(type_: Type) -> Scalar:
    """The scalar type of a scalar, vector or memory type."""
    return type_ if isinstance(type_, Scalar) else type_.element


def is_float(type_: Type) -> bool:
    """Whether lanes are floating-point numbers."""
    return element(type_).name in FLOATS


def bits(type_: Type) -> int:
    """Width of one lane; `index` counts as 64."""
    name = element(type_).name
    return 64 if name == "index" else int(name.lstrip("uibf"))


def like(type_: Type, scalar: Scalar) -> Type:
    """The scalar type, in as many lanes as `type_` has."""
    return Vector(type_.lanes, scalar) if isinstance(type_, Vector) else scalar


@dataclass
class _Scope:
    """A block being filled, the instruction it belongs to, and what is known in it."""

    block: Block
    owner: Instruction | None
    known: dict[tuple[object, ...], Value] = field(default_factory=dict)


@dataclass
class Loop:
    """A loop under construction.

    Attributes:
        index: The induction variable.
        carried: Values that enter an iteration.
        results: Values after the last iteration.
        next: Set by the body: values for the next iteration.
    """

    index: Value
    carried: list[Value]
    results: list[Value]
    next: list[Value] = field(default_factory=list)


@dataclass
class Branch:
    """A conditional under construction: blocks to fill, and the results of the whole."""

    then: Block
    otherwise: Block
    results: list[Value]


class Instructions:
    """Appends instructions to the function under construction.

    Attributes:
        function: The kernel; its last argument is the chunk, added by `finish`.
        block: Where instructions go.
    """

    def __init__(self, name: str) -> None:
        self.function = Function(name, [])
        self.block = self.function.body
        self.chunk = Value(INDEX, "chunk")
        self._constants: dict[tuple[object, ...], Value] = {}
        self._prologue = 0
        self._numbers: dict[Value, int] = {}
        self._levels: dict[Value, int] = {}
        self._owners: dict[int, Instruction] = {}
        self._scopes = [_Scope(self.block, None)]

    # -- the function ------------------------------------------------------------------------------

    def argument(self, type_: Type, name: str) -> Value:
        """A new argument of the function, after those asked for before."""
        value = Value(type_, name)
        self.function.arguments.append(value)
        return value

    def finish(self) -> Function:
        """The function, with its chunk argument unless it runs in blocks of threads."""
        if self.function.threads is None:
            self.function.arguments.append(self.chunk)
        return self.function

    def add(
        self,
        name: str,
        operands: Sequence[Value],
        result: Type | None = None,
        **attributes: object,
    ) -> Value:
        """Result of a new instruction (a value of no use if it has none), or of an equal one."""
        if result is None:
            self.block.instructions.append(Instruction(name, list(operands), [], attributes))
            return Value(INDEX)
        if name in MOVABLE:
            folded = self._folded(name, operands)
            return folded or self._moved(name, operands, result, attributes)
        made = Value(result)
        self._levels[made] = len(self._scopes) - 1
        self.block.instructions.append(Instruction(name, list(operands), [made], attributes))
        return made

    def _moved(
        self, name: str, operands: Sequence[Value], result: Type, attributes: dict[str, object]
    ) -> Value:
        """The instruction in the outermost block where its operands are known."""
        level = max((self._levels.get(operand, 0) for operand in operands), default=0)
        scope = self._scopes[level]
        lanes = result.lanes if isinstance(result, Vector) else 0
        key = (name, lanes, element(result).name, *operands, *attributes.values())
        found = scope.known.get(key)
        if found is not None:
            return found
        made = Value(result)
        self._levels[made] = level
        scope.known[key] = made
        instructions = scope.block.instructions
        place = len(instructions)
        if level + 1 < len(self._scopes):
            inner = self._scopes[level + 1].owner
            place = next(k for k in range(place - 1, -1, -1) if instructions[k] is inner)
        instructions.insert(place, Instruction(name, list(operands), [made], attributes))
        return made

    def _folded(self, name: str, operands: Sequence[Value]) -> Value | None:
        """The value that integer arithmetic with numbers gives at once."""
        if len(operands) != 2 or name == "arith.cmpi":
            return None
        a, b = operands
        first, second = self._numbers.get(a), self._numbers.get(b)
        if first is not None and second is not None and element(a.type) == INDEX:
            match name:
                case "arith.addi":
                    return self.constant(first + second, a.type)
                case "arith.subi":
                    return self.constant(first - second, a.type)
                case "arith.muli":
                    return self.constant(first * second, a.type)
                case "arith.minsi":
                    return self.constant(min(first, second), a.type)
                case "arith.maxsi":
                    return self.constant(max(first, second), a.type)
        match name, first, second:
            case ("arith.addi", 0, _) | ("arith.muli", 1, _) | ("arith.muli", _, 0):
                return b
            case (
                (("arith.addi" | "arith.subi"), _, 0) | ("arith.muli", _, 1) | ("arith.muli", 0, _)
            ):
                return a
        return None

    def constant(self, value: int | float | bool, type_: Type = INDEX) -> Value:
        """A number; equal constants of a function are one value, defined at its head."""
        number = float(value) if is_float(type_) else int(value)
        key = (type_, repr(number))
        if key not in self._constants:
            made = Value(type_)
            self.function.body.instructions.insert(
                self._prologue, Instruction("arith.constant", [], [made], {"value": number})
            )
            self._prologue += 1
            self._constants[key] = made
            if isinstance(number, int):
                self._numbers[made] = number
        return self._constants[key]

    def at_head(
        self, name: str, operands: Sequence[Value], result: Type, **attributes: object
    ) -> Value:
        """Result of a new instruction at the head of the function, after the constants so far."""
        made = Value(result)
        self.function.body.instructions.insert(
            self._prologue, Instruction(name, list(operands), [made], attributes)
        )
        self._prologue += 1
        return made

    # -- control -----------------------------------------------------------------------------------

    @contextmanager
    def loop(
        self,
        lower: Value,
        upper: Value,
        step: Value | int = 1,
        carried: Sequence[Value] = (),
        unroll: int = 0,
    ) -> Iterator[Loop]:
        """A counted loop; the body sets `next` where values are carried.

        `unroll` tells a backend that writes source code to ask for so many iterations at a time;
        all of them if it is 1, as their number is known.
        """
        step_value = self.constant(step) if isinstance(step, int) else step
        index = Value(INDEX)
        inside = [Value(v.type) for v in carried]
        block = Block([index, *inside])
        results = [Value(v.type) for v in carried]
        instruction = Instruction(
            "scf.for",
            [lower, upper, step_value, *carried],
            results,
            {"unroll": int(unroll)} if unroll else {},
            [block],
        )
        self.block.instructions.append(instruction)
        self._levels.update(dict.fromkeys(results, len(self._scopes) - 1))
        self._levels.update(dict.fromkeys(block.arguments, len(self._scopes)))
        loop = Loop(index, inside, results)
        with self._within(block, instruction):
            yield loop
            assert len(loop.next) == len(inside), "every carried value needs a next value"
            self.add("scf.yield", loop.next)

    def branch(self, condition: Value, types: Sequence[Type] = ()) -> Branch:
        """A conditional; fill both blocks with `inside`."""
        branch = Branch(Block(), Block(), [Value(t) for t in types])
        blocks = [branch.then, branch.otherwise]
        instruction = Instruction("scf.if", [condition], branch.results, {}, blocks)
        self.block.instructions.append(instruction)
        self._owners.update((id(block), instruction) for block in blocks)
        self._levels.update(dict.fromkeys(branch.results, len(self._scopes) - 1))
        return branch

    @contextmanager
    def inside(self, block: Block) -> Iterator[list[Value]]:
        """Instructions go to `block`; the list that is given collects what it yields."""
        yields: list[Value] = []
        with self._within(block, self._owners[id(block)]):
            yield yields
            self.add("scf.yield", yields)

    @contextmanager
    def _within(self, block: Block, owner: Instruction) -> Iterator[None]:
        """Instructions go to `block`, and what depends on nothing in it before its owner."""
        outer, self.block = self.block, block
        self._scopes.append(_Scope(block, owner))
        yield
        self._scopes.pop()
        self.block = outer
