"""Expressions of native functions: values in registers, places in memory, tests that branch."""

from __future__ import annotations

import ast
import struct
from typing import Any

from ...ops.dataclass import dataclass
from .kinds import BOOL, INT, MEMORY, NONE, REAL, Kind, kind_of, width
from .language import Data, External, Native, Variable, cast

LANGUAGE = cast.__module__

_ARITHMETIC = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.FloorDiv: "sdiv", ast.Mod: "srem",
    ast.BitAnd: "and", ast.BitOr: "or", ast.BitXor: "xor", ast.LShift: "shl", ast.RShift: "ashr",
}  # fmt: skip
_REAL = {ast.Add: "fadd", ast.Sub: "fsub", ast.Mult: "fmul", ast.Div: "fdiv"}
_COMPARISONS = {
    ast.Eq: "eq", ast.NotEq: "ne", ast.Lt: "slt", ast.LtE: "sle", ast.Gt: "sgt", ast.GtE: "sge",
}  # fmt: skip


@dataclass(frozen=True)
class Value:
    """A value: the text that names it in LLVM IR, and its kind."""

    text: str
    kind: Kind


@dataclass(frozen=True)
class Place:
    """A place in memory.

    Attributes:
        address: Text of its address.
        kind: Name of the kind of what lies there.
        scope: The module in which that name means something.
        count: Elements of an array inside of a struct; 0 for one value.
    """

    address: str
    kind: str
    scope: str
    count: int = 0


class ExpressionWriter:
    """What all parts of a function's writer share, and the part for expressions.

    Attributes:
        function: The function that is written.
        module: Where its names are looked up.
        lines: Instructions so far.
        slots: Memory of local names; LLVM makes registers of it.
        uses: Functions and variables that the code names.
        ended: The block has been left, nothing more can be put into it.
    """

    def __init__(self, function: Native) -> None:
        self.function = function
        self.module = function.function.__module__
        self.lines: list[str] = []
        self.slots: list[str] = []
        self.uses: list[Any] = []
        self.ended = False
        self.first_line = 1
        self._locals: dict[str, Kind] = {}
        self._count = 0

    def error(self, node: ast.AST, what: str) -> TypeError:
        """An error at a place of the source."""
        line = self.first_line + getattr(node, "lineno", 1) - 1
        return TypeError(
            f"native function {self.function.symbol}, line {line}: {what}: {ast.unparse(node)}"
        )

    # -- instructions

    def put(self, line: str) -> None:
        """Adds an instruction."""
        self.lines.append(f"  {line}")

    def set(self, instruction: str, kind: Kind) -> Value:
        """Adds an instruction that gives a value."""
        self._count += 1
        self.put(f"%v{self._count} = {instruction}")
        return Value(f"%v{self._count}", kind)

    def label(self, word: str) -> str:
        """A new label."""
        self._count += 1
        return f"{word}{self._count}"

    def open(self, label: str) -> None:
        """Begins a block."""
        self.lines.append(f"{label}:")
        self.ended = False

    def jump(self, label: str) -> None:
        """Leaves the block."""
        self.put(f"br label %{label}")
        self.ended = True

    # -- memory

    def store_local(self, name: str, value: Value, node: ast.AST | None = None) -> None:
        """Writes a value to a local name; the first one decides its kind."""
        kind = self._locals.get(name)
        if kind is None:
            if value.kind is NONE:
                raise self.error(node or ast.Name(name), "a value is needed")
            kind = self._locals[name] = value.kind
            self.slots.append(f'  %"{name}" = alloca {kind.register}')
        found = self.converted(value, kind, node or ast.Name(name))
        self.put(f'store {kind.register} {found.text}, ptr %"{name}"')

    def pointer(self, address: str) -> str:
        """An address as LLVM's pointer."""
        return self.set(f"inttoptr i64 {address} to ptr", INT).text

    def place(self, node: ast.expr) -> Place:
        """Where a field or an element lies."""
        match node:
            case ast.Attribute(base, name):
                value = self.value(base)
                struct = value.kind.struct
                if struct is None or name not in struct.FIELDS:
                    known = "no struct" if struct is None else ", ".join(struct.FIELDS)
                    raise self.error(node, f"{name!r} must be a field of the struct ({known})")
                field = struct.FIELDS[name]
                at = self.set(f"add i64 {value.text}, {field.offset}", INT).text
                return Place(at, field.kind, struct.__module__, field.count)
            case ast.Subscript(base, index):
                value = self.value(base)
                if value.kind.element is None:
                    raise self.error(node, "only arrays have elements")
                size = width(value.kind.element)
                number = self.converted(self.value(index), INT, node)
                scaled = self.set(f"mul i64 {number.text}, {size}", INT).text
                at = self.set(f"add i64 {value.text}, {scaled}", INT).text
                return Place(at, value.kind.element, value.kind.scope)
        raise self.error(node, "this has no place in memory")

    def read(self, place: Place) -> Value:
        """The value at a place; that of an array inside of a struct is the place itself."""
        if place.count:
            return Value(place.address, Kind("Int", None, place.kind, place.scope))
        text, kind = place.kind, kind_of(place.kind, place.scope)
        memory = MEMORY.get(text, "i64")
        found = self.set(f"load {memory}, ptr {self.pointer(place.address)}", kind).text
        if text == "Bool":
            return self.set(f"icmp ne i8 {found}, 0", BOOL)
        if memory in ("i8", "i32"):
            extend = "zext" if memory == "i8" else "sext"
            return self.set(f"{extend} {memory} {found} to i64", INT)
        if memory == "float":
            return self.set(f"fpext float {found} to double", REAL)
        return Value(found, kind)

    def write(self, place: Place, value: Value, node: ast.AST) -> None:
        """Writes a value to a place."""
        text = place.kind
        memory = MEMORY.get(text, "i64")
        wanted = {"Real": REAL, "Single": REAL, "Bool": BOOL}.get(text, INT)
        found = self.converted(value, wanted, node).text
        if text == "Bool":
            found = self.set(f"zext i1 {found} to i8", BOOL).text
        elif memory in ("i8", "i32"):
            found = self.set(f"trunc i64 {found} to {memory}", INT).text
        elif memory == "float":
            found = self.set(f"fptrunc double {found} to float", REAL).text
        self.put(f"store {memory} {found}, ptr {self.pointer(place.address)}")

    # -- values

    def converted(self, value: Value, kind: Kind, node: ast.AST) -> Value:
        """A value as one of another kind: a truth value is 0 or 1, an address is an integer."""
        if value.kind.register == kind.register:
            return Value(value.text, kind)
        if value.kind is BOOL and kind.register == "i64":
            return self.set(f"zext i1 {value.text} to i64", kind)
        if kind is BOOL and value.kind.register == "i64":
            return self.set(f"icmp ne i64 {value.text}, 0", BOOL)
        raise self.error(node, f"{kind.name} is needed, but this is {value.kind.name}")

    def value(self, node: ast.expr, unused: bool = False) -> Value:
        """The value of an expression."""
        match node:
            case ast.Constant(bool() | int() | float() as number):
                return constant(number)
            case ast.Name(name):
                return self.named(node, name)
            case ast.Attribute() | ast.Subscript():
                return self.read(self.place(node))
            case ast.BinOp(left, operator, right):
                return self.arithmetic(node, self.value(left), operator, self.value(right))
            case ast.UnaryOp(ast.USub(), operand):
                value = self.value(operand)
                if value.kind is REAL:
                    return self.set(f"fneg double {value.text}", REAL)
                return self.set(f"sub i64 0, {value.text}", INT)
            case ast.UnaryOp(ast.Invert(), operand):
                return self.set(f"xor i64 {self.value(operand).text}, -1", INT)
            case ast.Compare() | ast.BoolOp() | ast.UnaryOp(ast.Not()):
                return self.truth(node)
            case ast.IfExp(test, yes, no):
                return self.choice(test, yes, no)
            case ast.Call(ast.Name(name), arguments):
                found = self.call(node, name, arguments)
                if found.kind is NONE and not unused:
                    raise self.error(node, "this call gives no value")
                return found
        raise self.error(node, "this expression is not in the language of native functions")

    def named(self, node: ast.expr, name: str) -> Value:
        """The value of a name: a local one, a constant, or what a module's name stands for."""
        kind = self._locals.get(name)
        if kind is not None:
            return self.set(f'load {kind.register}, ptr %"{name}"', kind)
        found = self.function.scope.get(name)
        if isinstance(found, (bool, int, float)):
            return constant(found)
        if isinstance(found, (Variable, Data)):
            self.uses.append(found)
            struct = found.kind if isinstance(found, Variable) else None
            return Value(f'ptrtoint (ptr @"{found.symbol}" to i64)', Kind("Int", struct))
        raise self.error(node, f"{name!r} must be a local name, a constant or a variable")

    def arithmetic(self, node: ast.expr, a: Value, operator: ast.operator, b: Value) -> Value:
        """The result of an operator on two numbers of one kind."""
        table = _REAL if a.kind is REAL else _ARITHMETIC
        name = table.get(type(operator))
        if name is None or (a.kind is REAL) != (b.kind is REAL):
            raise self.error(node, "the operands must be integers, or floating-point numbers")
        if a.kind is REAL:
            return self.set(f"{name} double {a.text}, {b.text}", REAL)
        left, right = self.converted(a, INT, node), self.converted(b, INT, node)
        return self.set(f"{name} i64 {left.text}, {right.text}", INT)

    def choice(self, test: ast.expr, yes: ast.expr, no: ast.expr) -> Value:
        """`yes if test else no`; only the chosen one is worked out."""
        labels = (self.label("true"), self.label("false"))
        out, slot = self.label("chosen"), self.label("choice")
        self.test(test, *labels)
        kind: Kind | None = None
        place = len(self.slots)
        for label, node in zip(labels, (yes, no)):
            self.open(label)
            value = self.value(node)
            if kind is None:
                kind = value.kind
                self.slots.insert(place, f"  %{slot} = alloca {kind.register}")
            found = self.converted(value, kind, node)
            self.put(f"store {kind.register} {found.text}, ptr %{slot}")
            self.jump(out)
        self.open(out)
        assert kind is not None, "both are values"
        return self.set(f"load {kind.register}, ptr %{slot}", kind)

    # -- truth values

    def truth(self, node: ast.expr) -> Value:
        """A comparison or a connective as a value; connectives look no further than they must."""
        if isinstance(node, ast.Compare):
            return self.comparison(node)
        slot = self.label("truth")
        self.slots.append(f"  %{slot} = alloca i1")
        yes, no, out = self.label("true"), self.label("false"), self.label("known")
        self.test(node, yes, no)
        for label, word in ((yes, "true"), (no, "false")):
            self.open(label)
            self.put(f"store i1 {word}, ptr %{slot}")
            self.jump(out)
        self.open(out)
        return self.set(f"load i1, ptr %{slot}", BOOL)

    def comparison(self, node: ast.Compare) -> Value:
        """The result of one comparison; `a in (b, c)` is `a == b or a == c`."""
        if isinstance(node.ops[0], ast.In) and isinstance(node.comparators[0], ast.Tuple):
            equal = [ast.Compare(node.left, [ast.Eq()], [x]) for x in node.comparators[0].elts]
            return self.truth(ast.copy_location(ast.BoolOp(ast.Or(), list(equal)), node))
        if len(node.ops) != 1:
            raise self.error(node, "comparisons must be written one by one")
        a, b = self.value(node.left), self.value(node.comparators[0])
        name = _COMPARISONS.get(type(node.ops[0]))
        if name is None:
            raise self.error(node, "this comparison is not in the language of native functions")
        if a.kind is REAL:
            ordered = {"ne": "une"}.get(name, "o" + name.removeprefix("s"))
            return self.set(f"fcmp {ordered} double {a.text}, {b.text}", BOOL)
        left, right = self.converted(a, INT, node), self.converted(b, INT, node)
        return self.set(f"icmp {name} i64 {left.text}, {right.text}", BOOL)

    def test(self, node: ast.expr, yes: str, no: str) -> None:
        """Branches on a condition."""
        match node:
            case ast.UnaryOp(ast.Not(), operand):
                self.test(operand, no, yes)
            case ast.BoolOp(operator, values):
                for value in values[:-1]:
                    following = self.label("and" if isinstance(operator, ast.And) else "or")
                    if isinstance(operator, ast.And):
                        self.test(value, following, no)
                    else:
                        self.test(value, yes, following)
                    self.open(following)
                self.test(values[-1], yes, no)
            case _:
                condition = self.converted(self.value(node), BOOL, node)
                self.put(f"br i1 {condition.text}, label %{yes}, label %{no}")
                self.ended = True

    # -- calls

    def call(self, node: ast.Call, name: str, arguments: list[ast.expr]) -> Value:
        """The result of a call: of a word of the language, a native function or a C function."""
        target = self.function.scope.get(name)
        if getattr(target, "__module__", "") == LANGUAGE and callable(target):
            found: Value = getattr(self, f"word_{target.__name__}")(node, arguments)
            return found
        if isinstance(target, Native):
            hints = dict(target.function.__annotations__)
            result = kind_of(str(hints.pop("return")), target.function.__module__)
            kinds = [kind_of(str(h), target.function.__module__) for h in hints.values()]
        elif isinstance(target, External):
            result = kind_of(target.result, __name__)
            kinds = [kind_of(text, __name__) for text in target.parameters]
        else:
            raise self.error(node, f"{name!r} must be a native function or a declared C function")
        if len(kinds) != len(arguments):
            raise self.error(node, f"{name} takes {len(kinds)} arguments, got {len(arguments)}")
        self.uses.append(target)
        texts = [
            f"{kind.register} {self.converted(self.value(argument), kind, argument).text}"
            for kind, argument in zip(kinds, arguments)
        ]
        if isinstance(target, External) and target.result == "Int32":
            found = self.set(f'call i32 @"{target.symbol}"({", ".join(texts)})', INT)
            return self.set(f"sext i32 {found.text} to i64", INT)
        line = f'call {result.register} @"{target.symbol}"({", ".join(texts)})'
        if result is NONE:
            self.put(line)
            return Value("", NONE)
        return self.set(line, result)


def constant(value: bool | int | float) -> Value:
    """A number written in the code."""
    if isinstance(value, bool):
        return Value("true" if value else "false", BOOL)
    if isinstance(value, int):
        return Value(str(value), INT)
    return Value(f"0x{struct.unpack('<Q', struct.pack('<d', value))[0]:016X}", REAL)
