"""Expressions of element functions: C++ text to expressions of the op language."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field

from ..dataclass import dataclass
from ..errors import nearest
from ..language.expression import Call, Constant, Expression, Read, transform, walk
from ..language.parse import parse_expression
from .declaration import Function
from .tokens import Source, Token
from .values import Names, Value, converted, joined, number, real, select, truth
from .vocabulary import (
    BITS,
    COMPARISONS,
    COMPOSED,
    FUNCTIONS,
    LEVELS,
    OPERATORS,
    OTHER_TYPES,
    REFUSED,
    TRUTHS,
    TYPES,
)


@dataclass
class ExpressionReader:
    """Reads expressions.

    Attributes:
        source: The text.
        template: The name of the type parameter; "" if there is none.
        functions: Functions that stand earlier in the text, by name.
        apply: What a call of one of them is.
        needs_real: Something was read that only floating numbers have.
    """

    source: Source
    template: str
    functions: dict[str, Function]
    apply: Callable[[Function, list[Value], Token], Value]
    needs_real: bool = False
    names: Names = field(default_factory=lambda: Names([]))

    def expression(self, names: Names) -> Value:
        """The value of an expression."""
        self.names = names
        return self.ternary()

    def ternary(self) -> Value:
        """`condition ? a : b`."""
        condition = self.binary(0)
        if not self.source.accept("?"):
            return condition
        a = self.ternary()
        self.source.take(":")
        return select(condition, a, self.ternary())

    def binary(self, level: int) -> Value:
        """Operators of a level and of those that bind tighter."""
        if level == len(LEVELS):
            return self.unary()
        left = self.binary(level + 1)
        while sign := self.source.accept(*LEVELS[level]):
            left = self.operate(sign, left, self.binary(level + 1))
        return left

    def operate(self, sign: Token, left: Value, right: Value) -> Value:
        """The value of `left sign right`."""
        if sign.text in "/%":
            return self.divide(sign, left, right)
        name = OPERATORS[sign.text]
        if name in TRUTHS:
            return Value(Call(name, (truth(left).expression, truth(right).expression)), "bool")
        if name in COMPARISONS:
            a, b = joined(number(left), number(right))
            return Value(Call(name, (a.expression, b.expression)), "bool")
        if name in BITS:
            for value in (left, right):
                if value.kind == "real" and isinstance(value.expression, Constant):
                    raise self.source.wrong(f"{sign.text} takes integers only", sign)
        a, b = joined(number(left), number(right))
        return Value(Call(name, (a.expression, b.expression)), a.kind)

    def divide(self, sign: Token, left: Value, right: Value) -> Value:
        """A quotient or a remainder, of whole numbers rounded toward zero."""
        a, b = joined(number(left), number(right))
        if a.kind == "int":
            name = "trunc_div" if sign.text == "/" else "remainder_trunc"
            return Value(Call(name, (a.expression, b.expression)), "int")
        if sign.text == "%":
            raise self.source.wrong("% takes integers only; use fmod", sign)
        self.needs_real = True
        return Value(Call("div", (a.expression, b.expression)), "real")

    def unary(self) -> Value:
        """Signs and casts before a value."""
        source = self.source
        if sign := source.accept("-", "+", "!", "~"):
            value = self.unary()
            if sign.text == "!":
                return Value(Call("not", (truth(value).expression,)), "bool")
            value = number(value)
            if sign.text == "+":
                return value
            return self.negative(sign, value)
        typed = source.next.text == "(" and self.kind_of(source.ahead().text)
        if typed and source.ahead(2).text == ")":
            source.take("(")
            kind = self.take_type()
            source.take(")")
            return converted(self.unary(), kind)
        return self.primary()

    def negative(self, sign: Token, value: Value) -> Value:
        """`-value` or `~value`."""
        if sign.text == "~":
            return Value(Call("bitnot", (value.expression,)), value.kind)
        if isinstance(value.expression, Constant):
            return Value(Constant(-value.expression.value), value.kind)
        return Value(Call("neg", (value.expression,)), value.kind)

    def primary(self) -> Value:
        """A number, a name, a call, or an expression in brackets."""
        source = self.source
        if source.accept("("):
            value = self.ternary()
            source.take(")")
            return value
        if source.next.kind == "number":
            return self.constant(source.take())
        if source.accept("::"):
            return self.named()
        if source.next.text == "std" and source.ahead().text == "::":
            source.take()
            source.take("::")
            return self.named()
        return self.named()

    def constant(self, token: Token) -> Value:
        """The value of a number."""
        based = token.text[:2].lower() in ("0x", "0b")
        digits = token.text.rstrip("lLuU" if based else "fFlLuU")
        if not based and any(letter in digits for letter in ".eE"):
            self.needs_real = True
            return Value(Constant(float(digits)), "real")
        if not based and token.text[-1] in "fF":
            raise self.source.wrong("a number with the ending f must have a point", token)
        if "u" in token.text.lower()[len(digits) :]:
            raise self.source.wrong("integers have a sign: leave out the ending u", token)
        octal = len(digits) > 1 and digits[0] == "0" and not based
        try:
            value = int(digits, 8 if octal else 0)
        except ValueError:
            raise self.source.wrong(
                "a number with a leading 0 has digits from 0 to 7", token
            ) from None
        if value >= 1 << 63:
            raise self.source.wrong("an integer must be less than 2**63; write a point", token)
        return Value(Constant(value), "int")

    def named(self) -> Value:
        """A variable, a constant, a cast or a call."""
        source = self.source
        if source.next.kind != "name":
            found = source.next.text or "the end"
            raise source.wrong(f"an expression must stand here, got {found!r}")
        if source.next.text == "static_cast":
            return self.static_cast()
        if self.kind_of(source.next.text) and source.ahead().text == "(":
            kind = self.take_type()
            return converted(self.arguments(1)[0], kind)
        token = source.take()
        if source.next.text == "(":
            return self.call(token)
        if token.text in ("true", "false"):
            return Value(Constant(token.text == "true"), "bool")
        if token.text in ("INFINITY", "NAN", "M_PI"):
            self.needs_real = True
            value = {"INFINITY": float("inf"), "NAN": float("nan"), "M_PI": 3.141592653589793}
            return Value(Constant(value[token.text]), "real")
        if token.text not in self.names:
            self.refuse_wrapping(token)
            raise source.wrong(
                f"{token.text} must be declared before{nearest(token.text, self.names)}", token
            )
        return self.names[token.text]

    def static_cast(self) -> Value:
        """`static_cast<type>(value)`."""
        self.source.take("static_cast")
        self.source.take("<")
        kind = self.take_type()
        self.source.take(">")
        return converted(self.arguments(1)[0], kind)

    def kind_of(self, name: str) -> str:
        """The kind of value that a type holds; "" if the name is no type."""
        return "real" if self.template and name == self.template else TYPES.get(name, "")

    def refuse_wrapping(self, token: Token) -> None:
        """Raises RegistryError for a type whose values would wrap around."""
        if token.text in OTHER_TYPES:
            raise self.source.wrong(
                f"{token.text} wraps around, and integers of element functions have 64 bits and a "
                "sign: use int64_t",
                token,
            )

    def take_type(self) -> str:
        """Reads a type; gives the kind of its values."""
        token = self.source.take()
        kind = self.kind_of(token.text)
        if not kind:
            known = [*filter(None, [self.template]), *TYPES]
            self.refuse_wrapping(token)
            raise self.source.wrong(
                f"a type must be one of {', '.join(known)}, got {token.text!r}", token
            )
        while self.source.accept("long", "int"):
            pass
        return kind

    def arguments(self, count: int) -> list[Value]:
        """The values in the brackets of a call."""
        opening = self.source.take("(")
        found: list[Value] = []
        if not self.source.accept(")"):
            found.append(self.ternary())
            while self.source.accept(","):
                found.append(self.ternary())
            self.source.take(")")
        if count >= 0 and len(found) != count:
            raise self.source.wrong(f"{count} arguments must stand here, got {len(found)}", opening)
        return found

    def call(self, token: Token) -> Value:
        """A call of a function of the text or of the language."""
        if token.text in self.functions:
            function = self.functions[token.text]
            return self.apply(function, self.arguments(len(function.parameters)), token)
        name = token.text
        if name[-1] == "f" and name not in FUNCTIONS and name[:-1] in {**FUNCTIONS, **COMPOSED}:
            name = name[:-1]  # sinf, expf
        if name in COMPOSED:
            return self.composed(name)
        if name not in FUNCTIONS:
            if name in REFUSED:
                raise self.source.wrong(f"element functions have no {name}: {REFUSED[name]}", token)
            known = [*self.functions, *FUNCTIONS, *COMPOSED]
            raise self.source.wrong(
                f"there is no function {token.text} in element functions"
                f"{nearest(token.text, known)}",
                token,
            )
        primitive, arity, kind = FUNCTIONS[name]
        given = [number(each) for each in self.arguments(arity)]
        if kind == "real" or len({each.kind for each in given}) > 1:
            given = [real(each) for each in given]
        if kind == "real" and primitive not in ("floor", "ceil", "trunc", "abs"):
            self.needs_real = True
        call = Call(primitive, tuple(each.expression for each in given))
        return Value(call, kind or given[0].kind)

    def composed(self, name: str) -> Value:
        """A call of a function that is made of others."""
        text, kind = COMPOSED[name]
        whole = parse_expression(text)
        arity = 2 if any(node == Read("y") for node in walk(whole)) else 1
        given = [real(each) for each in self.arguments(arity)]
        self.needs_real = True
        values = dict(zip("xy", (each.expression for each in given)))

        def visit(node: Expression) -> Expression:
            return values[node.tensor] if isinstance(node, Read) else node

        return Value(transform(whole, visit), kind)
