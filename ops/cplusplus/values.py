"""Values of element functions, and C's conversions between their kinds.

A value is of one of three kinds: `real` (of type T or floating), `int` and `bool`. Only the kinds
of constants and of local variables matter: `1 / 2` is 0, `x / 2` is half of x.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..dataclass import dataclass
from ..language.expression import Call, Constant, Expression


@dataclass(frozen=True)
class Value:
    """A value that an expression has.

    Attributes:
        expression: In the op language.
        kind: real, int or bool.
    """

    expression: Expression
    kind: str


class Names(Mapping[str, Value]):
    """What names stand for, in blocks within blocks: an inner name hides an outer one."""

    def __init__(self, blocks: list[dict[str, Value]]) -> None:
        self.blocks = blocks

    def __getitem__(self, name: str) -> Value:
        return next(block[name] for block in reversed(self.blocks) if name in block)

    def __contains__(self, name: object) -> bool:
        return any(name in block for block in self.blocks)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(name for block in self.blocks for name in block))

    def __len__(self) -> int:
        return len(list(iter(self)))

    def copy(self) -> Names:
        """The same names, to be assigned apart."""
        return Names([dict(block) for block in self.blocks])

    def declare(self, name: str, value: Value) -> None:
        """Makes a name known in the innermost block."""
        self.blocks[-1][name] = value

    def assign(self, name: str, value: Value) -> None:
        """Gives a known name another value."""
        next(block for block in reversed(self.blocks) if name in block)[name] = value


def real(value: Value) -> Value:
    """The value as a number of type T."""
    if value.kind == "real":
        return value
    if isinstance(value.expression, Constant):
        return Value(Constant(float(value.expression.value)), "real")
    return Value(number(value).expression, "real")


def number(value: Value) -> Value:
    """The value, truth being 1 or 0."""
    if value.kind != "bool":
        return value
    return Value(Call("select", (value.expression, Constant(1), Constant(0))), "int")


def truth(value: Value) -> Value:
    """Whether the value is not zero."""
    if value.kind == "bool":
        return value
    return Value(Call("ne", (value.expression, Constant(0))), "bool")


def converted(value: Value, kind: str) -> Value:
    """The value converted; a floating type other than T computes as T does."""
    if kind == "bool":
        return truth(value)
    if kind == "real":
        return real(value)
    value = number(value)
    if value.kind == "int":
        return value
    return Value(Call("trunc", (value.expression,)), "int")


def joined(a: Value, b: Value) -> tuple[Value, Value]:
    """Two values of one kind: C's usual conversions."""
    if a.kind == b.kind == "bool":
        return a, b
    a, b = number(a), number(b)
    return (a, b) if a.kind == b.kind else (real(a), real(b))


def select(condition: Value, a: Value, b: Value) -> Value:
    """One of two values."""
    a, b = joined(a, b)
    if a == b:
        return a
    chosen = Call("select", (truth(condition).expression, a.expression, b.expression))
    return Value(chosen, a.kind)
