"""Values of LLVM IR as Python objects: operators on them write instructions."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from ..arguments import round_to_float

if TYPE_CHECKING:
    from .code import Code

Number = int | float

FLOATS = ("float", "double")
INTRINSIC_SUFFIX = {"float": "f32", "double": "f64", "half": "f16"}
INTEGER_OF = {"float": "i32", "double": "i64"}


def type_text(kind: str, lanes: int) -> str:
    """LLVM's spelling of a scalar type (`lanes` is 0) or a vector type."""
    return f"<{lanes} x {kind}>" if lanes else kind


def number_text(value: Number, kind: str) -> str:
    """LLVM's spelling of a constant; a `float` is written as the double that equals it."""
    if kind in FLOATS or kind == "half":
        if kind == "float":
            value = round_to_float(value)
        return f"0x{struct.unpack('<Q', struct.pack('<d', value))[0]:016X}"
    if kind == "i1":
        return "true" if value else "false"
    width = int(kind[1:])
    wrapped = int(value) & ((1 << width) - 1)
    return str(wrapped - (1 << width) if wrapped >> (width - 1) else wrapped)


class Word:
    """An SSA value (or constant) of an LLVM type, with arithmetic that writes instructions.

    Attributes:
        code: The function that it belongs to.
        text: `%v7` or a constant.
        kind: Element type: `float`, `double`, `i1`, `i8`, ..., `ptr`.
        lanes: Vector lanes; 0 for a scalar.
    """

    __slots__ = ("code", "kind", "lanes", "text")

    def __init__(self, code: Code, text: str, kind: str, lanes: int) -> None:
        self.code = code
        self.text = text
        self.kind = kind
        self.lanes = lanes

    @property
    def type(self) -> str:
        """LLVM's spelling of the type."""
        return f"<{self.lanes} x {self.kind}>" if self.lanes else self.kind

    def __str__(self) -> str:
        return f"{self.type} {self.text}"

    def of(self, number: Number) -> Word:
        """A constant of the same type."""
        return self.code.constant(number, self.kind, self.lanes)

    def _pair(self, other: Word | Number, floating: str, integer: str) -> Word:
        right = other.text if isinstance(other, Word) else self.of(other).text
        name = floating if self.kind in FLOATS else integer
        return self.code.emit(f"{name} {self.type} {self.text}, {right}", self.kind, self.lanes)

    def __add__(self, other: Word | Number) -> Word:
        return self._pair(other, "fadd", "add")

    def __radd__(self, other: Number) -> Word:
        return self.of(other) + self

    def __sub__(self, other: Word | Number) -> Word:
        return self._pair(other, "fsub", "sub")

    def __rsub__(self, other: Number) -> Word:
        return self.of(other) - self

    def __mul__(self, other: Word | Number) -> Word:
        return self._pair(other, "fmul", "mul")

    def __rmul__(self, other: Number) -> Word:
        return self.of(other) * self

    def __truediv__(self, other: Word | Number) -> Word:
        return self._pair(other, "fdiv", "sdiv")

    def __rtruediv__(self, other: Number) -> Word:
        return self.of(other) / self

    def __and__(self, other: Word | Number) -> Word:
        return self._pair(other, "and", "and")

    def __or__(self, other: Word | Number) -> Word:
        return self._pair(other, "or", "or")

    def __xor__(self, other: Word | Number) -> Word:
        return self._pair(other, "xor", "xor")

    def __lshift__(self, other: Word | Number) -> Word:
        return self._pair(other, "shl", "shl")

    def __rshift__(self, other: Word | Number) -> Word:
        """Logical shift to the right."""
        return self._pair(other, "lshr", "lshr")

    def arithmetic_shift(self, other: Word | Number) -> Word:
        """Shift to the right that keeps the sign."""
        return self._pair(other, "ashr", "ashr")

    def __neg__(self) -> Word:
        if self.kind in FLOATS:
            return self.code.emit(f"fneg {self.type} {self.text}", self.kind, self.lanes)
        return self.of(0) - self

    def __invert__(self) -> Word:
        return self ^ (1 if self.kind == "i1" else -1)

    def compare(self, predicate: str, other: Word | Number) -> Word:
        """i1 lanes: `fcmp` or `icmp` with LLVM's predicate name."""
        right = other.text if isinstance(other, Word) else self.of(other).text
        name = "fcmp" if self.kind in FLOATS else "icmp"
        return self.code.emit(
            f"{name} {predicate} {self.type} {self.text}, {right}", "i1", self.lanes
        )

    def __lt__(self, other: Word | Number) -> Word:
        return self.compare("olt" if self.kind in FLOATS else "slt", other)

    def __le__(self, other: Word | Number) -> Word:
        return self.compare("ole" if self.kind in FLOATS else "sle", other)

    def __gt__(self, other: Word | Number) -> Word:
        return self.compare("ogt" if self.kind in FLOATS else "sgt", other)

    def __ge__(self, other: Word | Number) -> Word:
        return self.compare("oge" if self.kind in FLOATS else "sge", other)

    def equals(self, other: Word | Number) -> Word:
        """i1 lanes: ordered equality."""
        return self.compare("oeq" if self.kind in FLOATS else "eq", other)

    def is_nan(self) -> Word:
        """i1 lanes: not a number."""
        return self.compare("uno", self)

    def convert(self, how: str, kind: str) -> Word:
        """`bitcast`, `sitofp`, `fpext`, ... to another element type."""
        if kind == self.kind:
            return self
        target = type_text(kind, self.lanes)
        return self.code.emit(f"{how} {self} to {target}", kind, self.lanes)

    def bits(self) -> Word:
        """The bit pattern of floats as integers of the same width."""
        return self.convert("bitcast", INTEGER_OF[self.kind])

    def floats(self) -> Word:
        """Bit patterns read as floats of the same width."""
        return self.convert("bitcast", "float" if self.kind == "i32" else "double")

    def absolute(self) -> Word:
        """|x| of floats."""
        return self.code.intrinsic("fabs", [self])

    def sqrt(self) -> Word:
        """Correctly rounded square root."""
        return self.code.intrinsic("sqrt", [self])


class Awaited(Word):
    """A value whose instructions are left out of the text unless something reads it.

    They stand where it was made, so that it may be read wherever it is known.

    Attributes:
        name: What it is called.
        made: Its instructions.
        base, distance: What it is the sum of, if it is one; see `Code.sum`.
    """

    __slots__ = ("base", "distance", "made", "name", "wanted")

    def __init__(self, code: Code, name: str, made: str, kind: str, lanes: int = 0) -> None:
        self.code = code
        self.name = name
        self.made = made
        self.kind = kind
        self.lanes = lanes
        self.base: Word | None = None
        self.distance = 0
        self.wanted = False

    @property
    def text(self) -> str:  # type: ignore[override]
        """Its name; from now on it is wanted."""
        self.wanted = True
        return self.name
