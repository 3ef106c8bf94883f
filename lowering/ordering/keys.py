"""Elements as signed integers of the same width and in the same order.

NaN is greater than all else and equal to itself, -0 equals 0, False comes before True. A float's
bits are a sign and a magnitude; the two's complement of the magnitude orders them as integers.
"""

from __future__ import annotations

from ...ops.dataclass import dataclass
from ...ops.dtype import dtype
from ..ir.builder import Builder
from ..ir.loops import I64, Scalar, Value

_INFINITIES = {
    "float16": 0x7C00,
    "bfloat16": 0x7F80,
    "float32": 0x7F800000,
    "float64": 0x7FF0000000000000,
}


@dataclass(frozen=True)
class Elements:
    """How elements lie in memory and compare.

    Attributes:
        width: Bits of an element.
        infinity: Bits of infinity for floats, 0 for integers.
        signed: Whether integers are signed.
        falling: The greatest comes first.
    """

    width: int
    infinity: int = 0
    signed: bool = True
    falling: bool = False

    @property
    def scalar(self) -> Scalar:
        """Element type of the memory."""
        return Scalar(f"i{self.width}")

    @property
    def least(self) -> int:
        """The sign bit alone, which is the least key."""
        return -(1 << (self.width - 1))

    @property
    def greatest(self) -> int:
        """The greatest key, which stands for NaN where there are floats."""
        return (1 << (self.width - 1)) - 1


def elements_of(kind: dtype, falling: bool = False) -> Elements:
    """How elements of a dtype lie in memory and compare."""
    signed = kind.is_signed if kind.kind == "int" else kind.kind != "bool"
    return Elements(8 * kind.itemsize, _INFINITIES.get(kind.name, 0), signed, falling)


def to_key(b: Builder, elements: Elements, value: Value) -> Value:
    """The key of an element, or of each lane."""
    type_ = value.type
    if elements.infinity:
        magnitude = b.add("arith.andi", [value, b.constant(elements.greatest, type_)], type_)
        zero = b.constant(0, type_)
        key = b.select(b.compare("slt", value, zero), b.minus(zero, magnitude), magnitude)
        nan = b.compare("sgt", magnitude, b.constant(elements.infinity, type_))
        value = b.select(nan, b.constant(elements.greatest, type_), key)
    elif not elements.signed:
        value = _turned(b, value, elements.least)
    return _turned(b, value, -1) if elements.falling else value


def from_key(b: Builder, elements: Elements, key: Value) -> Value:
    """The element that has a key, where `is_lossy` does not hold."""
    type_ = key.type
    if elements.falling:
        key = _turned(b, key, -1)
    if elements.infinity:
        zero = b.constant(0, type_)
        below = _turned(b, b.minus(zero, key), elements.least)
        return b.select(b.compare("slt", key, zero), below, key)
    return key if elements.signed else _turned(b, key, elements.least)


def is_lossy(b: Builder, elements: Elements, key: Value) -> Value | None:
    """Whether several elements have the key: zeros and NaN; None if there are no such elements."""
    if not elements.infinity:
        return None
    ends = (-1, elements.least) if elements.falling else (0, elements.greatest)
    zero, nan = (b.compare("eq", key, b.constant(end, key.type)) for end in ends)
    return b.add("arith.ori", [zero, nan], zero.type)


def _turned(b: Builder, value: Value, mask: int) -> Value:
    """The value with the bits of a mask turned over."""
    return b.add("arith.xori", [value, b.constant(mask, value.type)], value.type)


def widened(b: Builder, key: Value) -> Value:
    """A key as i64."""
    return b.convert(key, I64)
