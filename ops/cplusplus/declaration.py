"""What the head of a C++ function declares."""

from __future__ import annotations

from ..dataclass import dataclass


@dataclass(frozen=True)
class Parameter:
    """An argument of a function.

    Attributes:
        name: As written.
        kind: real, int or bool.
        written: `T& name`: a result.
    """

    name: str
    kind: str
    written: bool


@dataclass(frozen=True)
class Function:
    """A function of the text.

    Attributes:
        name: As written.
        template: Its type parameter; "" if it has none.
        kind: Of its result; "" for void.
        parameters: Its arguments.
        start, end: Tokens of its body, brackets excluded.
    """

    name: str
    template: str
    kind: str
    parameters: tuple[Parameter, ...]
    start: int
    end: int
