"""Functions of a C++ text: their bodies run symbolically, both ways at every `if`.

What an assignment gives is a statement of its own, so that a value read twice is computed once.
"""

from __future__ import annotations

from dataclasses import field

from ..dataclass import dataclass
from ..language.expression import Constant, Read, Statement
from .declaration import Function, Parameter
from .expression import ExpressionReader
from .tokens import Source, Token
from .values import Names, Value, converted, select, truth
from .vocabulary import OTHER_TYPES

MOST_STEPS = 4000  # lines run on all ways together, which may double at every `if`
LOOPS = ("for", "while", "do", "switch", "goto")


def read_functions(source: Source) -> list[Function]:
    """The functions of a text, in order.

    Raises:
        RegistryError: There is something else, or none.
    """
    found: list[Function] = []
    while source.next.kind != "end":
        found.append(_read_function(source))
    if not found:
        raise source.wrong("a text must have a function: template <typename T> T f(T x) { ... }")
    return found


def _read_function(source: Source) -> Function:
    template = ""
    if source.accept("template"):
        source.take("<")
        source.take("typename", "class")
        template = source.take_name("the name of a type")
        source.take(">")
    while source.accept("static", "inline", "__device__", "__host__", "constexpr", "const"):
        pass
    reader = ExpressionReader(source, template, {}, _no_call)
    kind = "" if source.accept("void") else reader.take_type()
    name = source.take_name("the name of a function")
    source.take("(")
    parameters: list[Parameter] = []
    while not source.accept(")"):
        if parameters:
            source.take(",")
        parameters.append(_read_parameter(source, reader))
    source.take("{")
    start = source.number
    _skip_block(source)
    return Function(name, template, kind, tuple(parameters), start, source.number - 1)


def _no_call(function: Function, arguments: list[Value], token: Token) -> Value:
    raise AssertionError("no call stands in a signature")


def _read_parameter(source: Source, reader: ExpressionReader) -> Parameter:
    constant = bool(source.accept("const"))
    kind = reader.take_type()
    constant = bool(source.accept("const")) or constant
    reference = bool(source.accept("&"))
    return Parameter(source.take_name("the name of an argument"), kind, reference and not constant)


def _skip_block(source: Source) -> None:
    """Reads up to the bracket that closes a block, that included."""
    depth = 1
    while depth:
        token = source.take()
        if token.kind == "end":
            raise source.wrong("'}' must close the function", token)
        depth += {"{": 1, "}": -1}.get(token.text, 0)


@dataclass
class Runner:
    """Runs functions symbolically.

    Attributes:
        source: The text.
        functions: Those that can be called, by name.
        statements: What assignments gave, in order.
        needs_real: Something was read that only floating numbers have.
    """

    source: Source
    functions: dict[str, Function]
    statements: list[Statement] = field(default_factory=list)
    needs_real: bool = False
    steps: int = 0
    taken: set[str] = field(default_factory=set)
    running: list[str] = field(default_factory=list)

    def call(self, function: Function, arguments: list[Value], token: Token) -> Value:
        """The value of a call."""
        if function.name in self.running:
            raise self.source.wrong(f"{function.name} must not call itself", token)
        if not function.kind or any(each.written for each in function.parameters):
            raise self.source.wrong(
                f"{function.name} must return its value to be called in an expression", token
            )
        before = self.source.number
        names = {
            each.name: self.kept(each.name, converted(value, each.kind))
            for each, value in zip(function.parameters, arguments)
        }
        found = self.run(function, names)[0]
        self.source.number = before
        return found

    def run(self, function: Function, names: dict[str, Value]) -> tuple[Value, ...]:
        """The results of a function: what it returns, or its references in order."""
        self.running.append(function.name)
        self.source.number = function.start
        body = _Body(self, function)
        found = body.block(body.read(function.end), Names([names]))
        self.running.pop()
        self.needs_real = self.needs_real or body.reader.needs_real
        return found

    def kept(self, name: str, value: Value) -> Value:
        """The value as a statement, so that it can be read more than once."""
        if isinstance(value.expression, (Constant, Read)) or value.kind == "bool":
            return value
        made = Read(self.fresh(name))
        self.statements.append(Statement(made, value.expression))
        return Value(made, value.kind)

    def count(self) -> None:
        """Counts a line that is run.

        Raises:
            RegistryError: There were too many.
        """
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise self.source.wrong(
                f"an element function must run at most {MOST_STEPS} lines on all of its ways"
            )

    def fresh(self, name: str) -> str:
        """A name for a value that no other has, like the one in the text."""
        base = name.lower().rstrip("0123456789_") or "value"
        number = 1
        while f"{base}_{'abcdefghij'[number % 10]}{number}" in self.taken:
            number += 1
        made = f"{base}_{'abcdefghij'[number % 10]}{number}"
        self.taken.add(made)
        return made


Code = list["Line"]


@dataclass(frozen=True)
class Line:
    """A statement of a body.

    Attributes:
        form: declare, assign, if, return, block; end, where a block has ended.
        place: Token where it begins.
        first, second: Of an `if`, the lines of either way.
    """

    form: str
    place: int
    first: tuple[Line, ...] = ()
    second: tuple[Line, ...] = ()

    @property
    def returns(self) -> bool:
        """A `return` stands in it."""
        return self.form == "return" or any(x.returns for x in (*self.first, *self.second))


class _Body:
    """One function's body."""

    def __init__(self, runner: Runner, function: Function) -> None:
        self.runner, self.function, self.source = runner, function, runner.source
        earlier = {
            name: each for name, each in runner.functions.items() if each.start < function.start
        }
        self.reader = ExpressionReader(self.source, function.template, earlier, runner.call)

    # reading: where each line begins

    def read(self, end: int) -> list[Line]:
        """The lines up to a token."""
        lines = []
        while self.source.number < end:
            lines.append(self.line())
        return lines

    def line(self) -> Line:
        """The next line; its expressions are skipped."""
        source, place = self.source, self.source.number
        word = source.next.text
        if word in LOOPS:
            raise source.wrong(f"{word} cannot stand in an element function: write expressions")
        if source.accept("{"):
            lines = []
            while not source.accept("}"):
                lines.append(self.line())
            return Line("block", place, tuple(lines))
        if source.accept("if"):
            self.skip_brackets()
            first = self.line()
            second = (self.line(),) if source.accept("else") else ()
            return Line("if", place, (first,), second)
        form = "return" if word == "return" else "assign"
        if word in ("const", "auto", "constexpr", *OTHER_TYPES) or self.reader.kind_of(word):
            form = "declare"
        while not source.accept(";"):
            if source.next.kind == "end" or source.next.text in "{}":
                raise source.wrong("';' must end a statement")
            source.take()
        return Line(form, place)

    def skip_brackets(self) -> None:
        """Reads a condition in brackets."""
        self.source.take("(")
        depth = 1
        while depth:
            token = self.source.take()
            if token.kind == "end":
                raise self.source.wrong("')' must close the condition", token)
            depth += {"(": 1, ")": -1}.get(token.text, 0)

    # running

    def block(self, lines: Code, names: Names) -> tuple[Value, ...]:
        """The results of the function when its remaining lines are these."""
        for number, line in enumerate(lines):
            rest = lines[number + 1 :]
            self.runner.count()
            self.source.number = line.place
            if line.form == "return":
                return self.result(names)
            if line.form == "end":
                names.blocks.pop()
            elif line.form == "block" and line.returns:
                names.blocks.append({})
                return self.block([*line.first, Line("end", line.place), *rest], names)
            elif line.form == "if" and line.returns:
                condition = self.condition(names)
                taken = self.block([*line.first, *rest], names.copy())
                other = self.block([*line.second, *rest], names.copy())
                return tuple(select(condition, a, b) for a, b in zip(taken, other))
            else:
                self.straight((line,), names)
        if self.function.kind:
            raise self.source.wrong(f"{self.function.name} must return a value on every way")
        return self.references(names)

    def straight(self, lines: tuple[Line, ...], names: Names) -> None:
        """Runs lines that do not return; changes `names`."""
        for line in lines:
            self.runner.count()
            self.source.number = line.place
            if line.form == "block":
                names.blocks.append({})
                self.straight(line.first, names)
                names.blocks.pop()
            elif line.form == "if":
                condition = self.condition(names)
                first, second = names.copy(), names.copy()
                self.straight(line.first, first)
                self.straight(line.second, second)
                self.merge(condition, first, second, names)
            elif line.form == "declare":
                self.declare(names)
            else:
                self.assign(names)

    def merge(self, condition: Value, first: Names, second: Names, names: Names) -> None:
        """Gives names the values of one way or the other."""
        for own, a, b in zip(names.blocks, first.blocks, second.blocks):
            for name in own:
                if a[name] != b[name]:
                    own[name] = self.runner.kept(name, select(condition, a[name], b[name]))
                else:
                    own[name] = a[name]

    def condition(self, names: Names) -> Value:
        """The condition of an `if`."""
        self.source.take("if")
        self.source.take("(")
        found = truth(self.reader.expression(names))
        self.source.take(")")
        return found

    def declare(self, names: Names) -> None:
        """`const T a = 1, b;`"""
        source = self.source
        while source.accept("const", "constexpr"):
            pass
        kind = "" if source.accept("auto") else self.reader.take_type()
        source.accept("const")
        while True:
            name = source.take_name("the name of a variable")
            if source.accept("="):
                value = self.reader.expression(names)
                value = converted(value, kind) if kind else value
                names.declare(name, self.runner.kept(name, value))
            else:
                names.declare(name, converted(Value(Constant(0), "int"), kind or "int"))
            if not source.accept(","):
                break
        source.take(";")

    def assign(self, names: Names) -> None:
        """`a = expression;`, or with an operator in front."""
        source = self.source
        if source.accept(";"):
            return
        token = source.next
        name = source.take_name("a statement")
        if name not in names:
            raise source.wrong(f"{name} must be declared before it is assigned", token)
        sign = source.take("=", "+=", "-=", "*=", "/=", "%=")
        value = self.reader.expression(names)
        if sign.text != "=":
            value = self.reader.operate(Token("sign", sign.text[0], sign.place), names[name], value)
        source.take(";")
        value = converted(value, names[name].kind)
        names.assign(name, self.runner.kept(name, value))

    def result(self, names: Names) -> tuple[Value, ...]:
        """What `return` gives."""
        token = self.source.take("return")
        if self.source.accept(";"):
            if self.function.kind:
                raise self.source.wrong(f"{self.function.name} must return a value", token)
            return self.references(names)
        value = self.reader.expression(names)
        self.source.take(";")
        if not self.function.kind:
            raise self.source.wrong(f"{self.function.name} is void and must return nothing", token)
        return (converted(value, self.function.kind),)

    def references(self, names: Names) -> tuple[Value, ...]:
        """The values of the arguments that are references."""
        return tuple(names[each.name] for each in self.function.parameters if each.written)
