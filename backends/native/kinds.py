"""Kinds of values in native code, and how each lies in memory."""

from __future__ import annotations

import ast
import sys
from collections.abc import Mapping
from typing import Any

from ...ops.dataclass import dataclass
from .language import WIDTHS, Struct

MEMORY = {
    "Int": "i64", "Address": "i64", "Int32": "i32", "Byte": "i8", "Real": "double",
    "Single": "float", "Bool": "i8",
}  # fmt: skip
REGISTERS = {"Int": "i64", "Real": "double", "Bool": "i1", "None": "void"}


@dataclass(frozen=True)
class Kind:
    """What a value is: `Int`, `Real`, `Bool`, `None`, or the address of something.

    Attributes:
        name: The name; `Int` for whatever is a number of 64 bits.
        struct: The struct that lies at the address, if one does.
        element: Name of the kind of an array's elements, if it is the address of an array.
        scope: Where names of structs among the elements are looked up.
    """

    name: str
    struct: type[Struct] | None = None
    element: str | None = None
    scope: str = ""

    @property
    def register(self) -> str:
        """LLVM's type of a value."""
        return REGISTERS[self.name]


INT, REAL, BOOL, NONE = Kind("Int"), Kind("Real"), Kind("Bool"), Kind("None")
_NARROW = {"Int32": INT, "Byte": INT, "Address": INT, "Int": INT, "Single": REAL, "Real": REAL,
           "Bool": BOOL, "None": NONE}  # fmt: skip


def scope_of(module: str) -> Mapping[str, Any]:
    """The names of a module."""
    return sys.modules[module].__dict__


def kind_of(text: str, module: str) -> Kind:
    """The kind that an annotation in a module names.

    Raises:
        TypeError: It is none.
    """
    if text in _NARROW:
        return _NARROW[text]
    if text.startswith("Array["):
        return Kind("Int", None, text[len("Array[") : -1], module)
    found = scope_of(module).get(text)
    if isinstance(found, type) and issubclass(found, Struct):
        return Kind("Int", found)
    raise TypeError(f"{module}: {text!r} must be a scalar kind, a struct or an Array")


def annotation(node: ast.expr | None) -> str:
    """The text of an annotation."""
    return "None" if node is None else ast.unparse(node)


def width(text: str) -> int:
    """Bytes that a value of a kind takes in memory."""
    return WIDTHS.get(text, 8)
