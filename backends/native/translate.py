"""Native functions to LLVM IR: one pass over the syntax tree, one line for each instruction."""

from __future__ import annotations

import ast
import inspect
import textwrap
from typing import Any

from ...ops.dataclass import dataclass
from .expressions import Value
from .kinds import NONE, annotation, kind_of
from .language import Data, External, Native, Pause, Variable
from .words import WordWriter

# What a processor is told that only waits for a place in memory to change.
_PAUSES = {"x86_64": ("llvm.x86.sse2.pause", ""), "aarch64": ("llvm.aarch64.hint", "i32 1")}
_ATTRIBUTES = "attributes #0 = { nounwind }\nattributes #1 = { nounwind noinline }\n"


@dataclass
class Loop:
    """Labels that `continue` and `break` go to."""

    again: str
    out: str


class FunctionWriter(WordWriter):
    """Writes one native function.

    Attributes:
        function: What is written.
        result: Kind of what it returns.
    """

    def __init__(self, function: Native) -> None:
        super().__init__(function)
        lines, start = inspect.getsourcelines(function.function)
        self.tree = ast.parse(textwrap.dedent("".join(lines))).body[0]
        self.first_line = start
        self.loops: list[Loop] = []
        assert isinstance(self.tree, ast.FunctionDef), "only functions are marked as native"
        self.result = kind_of(annotation(self.tree.returns), self.module)

    def text(self) -> str:
        """The function in LLVM IR."""
        assert isinstance(self.tree, ast.FunctionDef), "checked when it was read"
        parameters = []
        for place, argument in enumerate(self.tree.args.args):
            kind = kind_of(annotation(argument.annotation), self.module)
            parameters.append(f"{kind.register} %p{place}")
            self.store_local(argument.arg, Value(f"%p{place}", kind))
        self.block(self.tree.body)
        if not self.ended:
            if self.result is not NONE:
                raise self.error(self.tree, "the function must return a value on every path")
            self.put("ret void")
        linkage = "" if self.function.exported else "internal "
        head = f'define {linkage}{self.result.register} @"{self.function.symbol}"'
        body = "\n".join(["entry:", *self.slots, *self.lines])
        attributes = "#1" if self.function.apart else "#0"
        return f"{head}({', '.join(parameters)}) {attributes} {{\n{body}\n}}\n"

    # -- statements

    def block(self, statements: list[ast.stmt]) -> None:
        """Writes statements in order; nothing can follow one that leaves the block."""
        for statement in statements:
            if self.ended:
                raise self.error(statement, "this statement is never reached")
            self.statement(statement)

    def statement(self, node: ast.stmt) -> None:
        """Writes one statement."""
        match node:
            case ast.Expr(ast.Constant(str())) | ast.Pass():
                return
            case ast.Expr(value):
                self.drop(node, value)
            case ast.Assign([target], value):
                self.assign(target, self.value(value))
            case ast.AnnAssign(ast.Name(name), kind, ast.expr() as value):
                wanted = kind_of(annotation(kind), self.module)
                self.store_local(name, Value(self.value(value).text, wanted))
            case ast.AugAssign(target, operator, value):
                whole = ast.copy_location(ast.BinOp(_read(target), operator, value), node)
                self.assign(target, self.value(whole))
            case ast.If(test, body, otherwise):
                self.branch(test, body, otherwise)
            case ast.While(test, body, []):
                self.loop(test, body)
            case ast.For(ast.Name(name), ast.Call(ast.Name("range"), bounds), body, []):
                self.count(name, bounds, body)
            case ast.Return(value):
                self.leave(node, value)
            case ast.Break():
                self.jump(self.loops[-1].out)
            case ast.Continue():
                self.jump(self.loops[-1].again)
            case _:
                raise self.error(node, "this statement is not in the language of native functions")

    def drop(self, node: ast.Expr, value: ast.expr) -> None:
        """Works out an expression for its effect.

        What a native function returns says whether it failed, or is a reference: it must be used.
        """
        found = self.value(value, unused=True)
        match value:
            case ast.Call(ast.Name(name)) if found.kind is not NONE:
                if isinstance(self.function.scope.get(name), Native):
                    raise self.error(node, f"the result of {name} must be used")

    def assign(self, target: ast.expr, value: Value) -> None:
        """Writes a value to a local name, a field or an element."""
        match target:
            case ast.Name(name):
                self.store_local(name, value, target)
            case ast.Attribute() | ast.Subscript():
                self.write(self.place(target), value, target)
            case _:
                raise self.error(target, "only names, fields and elements can be assigned to")

    def leave(self, node: ast.Return, value: ast.expr | None) -> None:
        """Returns from the function."""
        if value is None:
            self.put("ret void")
        else:
            found = self.converted(self.value(value), self.result, node)
            self.put(f"ret {self.result.register} {found.text}")
        self.ended = True

    def branch(self, test: ast.expr, body: list[ast.stmt], otherwise: list[ast.stmt]) -> None:
        """An `if`."""
        yes, no, out = self.label("then"), self.label("else"), self.label("endif")
        self.test(test, yes, no if otherwise else out)
        self.open(yes)
        self.block(body)
        open_after = not self.ended
        if open_after:
            self.jump(out)
        if otherwise:
            self.open(no)
            self.block(otherwise)
            if not self.ended:
                open_after = True
                self.jump(out)
        else:
            open_after = True
        if open_after:
            self.open(out)

    def loop(self, test: ast.expr, body: list[ast.stmt], step: ast.stmt | None = None) -> None:
        """A `while`; `step` runs before the test is made again."""
        head, inside = self.label("while"), self.label("do")
        after, out = self.label("next"), self.label("done")
        self.jump(head)
        self.open(head)
        endless = isinstance(test, ast.Constant) and test.value is True
        if endless:
            self.jump(inside)
        else:
            self.test(test, inside, out)
        self.open(inside)
        self.loops.append(Loop(after, out))
        self.block(body)
        self.loops.pop()
        if not self.ended:
            self.jump(after)
        self.open(after)
        if step is not None:
            self.statement(step)
        self.jump(head)
        self.open(out)
        if endless and not any(isinstance(n, ast.Break) for s in body for n in ast.walk(s)):
            self.put("unreachable")
            self.ended = True

    def count(self, name: str, bounds: list[ast.expr], body: list[ast.stmt]) -> None:
        """A `for` over `range(end)` or `range(start, end)`."""
        start, end = bounds if len(bounds) == 2 else (ast.Constant(0), bounds[0])
        self.store_local(name, self.value(start))
        last = self.label(f"{name}.end")
        self.store_local(last, self.value(end))
        test = ast.Compare(ast.Name(name), [ast.Lt()], [ast.Name(last)])
        self.loop(test, body, ast.AugAssign(ast.Name(name), ast.Add(), ast.Constant(1)))


def _read(target: ast.expr) -> ast.expr:
    """The expression that reads what an assignment's target names."""
    return ast.parse(ast.unparse(target), mode="eval").body


def translate(roots: list[Native], triple: str) -> str:
    """LLVM IR of native functions and of all that they call and use."""
    seen: dict[str, Any] = {}
    declarations: list[str] = []
    bodies: list[str] = []
    waiting: list[Any] = list(roots)
    while waiting:
        item = waiting.pop()
        if item.symbol in seen:
            continue
        seen[item.symbol] = item
        if isinstance(item, Native):
            writer = FunctionWriter(item)
            bodies.append(writer.text())
            waiting += writer.uses
        else:
            declarations.append(_declaration(item, triple))
    head = f'target triple = "{triple}"\n'
    return "".join([head, *declarations, *bodies, _ATTRIBUTES])


def _declaration(item: External | Data | Variable | type[Pause], triple: str) -> str:
    """What makes a symbol of C known, a variable of the object, or the pause of a machine."""
    match item:
        case External():
            kinds = [kind_of(text, __name__).register for text in item.parameters]
            narrow = item.result == "Int32"
            result = "i32" if narrow else kind_of(item.result, __name__).register
            return f"declare {result} @{item.symbol}({', '.join(kinds)})\n"
        case Data():
            return f"@{item.symbol} = external global i8\n"
        case Variable():
            return f'@"{item.symbol}" = global [{item.kind.SIZE // 8} x i64] zeroinitializer\n'
        case _:
            name, hint = _PAUSES[triple.partition("-")[0]]
            known = f"declare void @{name}({hint.partition(' ')[0]})\n"
            body = f"  call void @{name}({hint})\n  ret void\n"
            return f'{known}define internal void @"{item.symbol}"() #0 {{\n{body}}}\n'
