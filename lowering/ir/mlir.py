"""How MLIR spells types, numbers and attributes."""

from __future__ import annotations

import math
import struct

from .builder import is_float
from .loops import Descriptor, Scalar, Type, Vector


def type_text(type_: Type) -> str:
    """A type as MLIR spells it."""
    if isinstance(type_, Scalar):
        return type_.name
    if isinstance(type_, Vector):
        return f"vector<{type_.lanes}x{type_.element.name}>"
    if isinstance(type_, Descriptor):
        return f"!ts.tensor_map<{type_.element.name}>"
    return f"memref<?x{type_.element.name}{', 3' if type_.shared else ''}>"


def number_text(value: float | int, type_: Type) -> str:
    """A number of a type; infinities and NaN by their bits."""
    if not is_float(type_):
        return str(int(value))
    number = float(value)
    if math.isfinite(number):
        text = repr(number)
        return text if "." in text else text.replace("e", ".0e")
    bits = {"f16": "<e", "f32": "<f", "f64": "<d"}
    name = type_.name if isinstance(type_, Scalar) else type_.element.name
    if name == "bf16":
        return "0x" + struct.pack(">f", number).hex().upper()[:4]
    return "0x" + struct.pack(bits[name], number)[::-1].hex().upper()


INTEGER_PREDICATES = ["eq", "ne", "slt", "sle", "sgt", "sge", "ult", "ule", "ugt", "uge"]
FLOAT_PREDICATES = [
    "false", "oeq", "ogt", "oge", "olt", "ole", "one", "ord", "ueq", "ugt", "uge", "ult", "ule",
    "une", "uno", "true",
]  # fmt: skip


def attribute_text(name: str, value: object, floating: bool = False) -> str:
    """An attribute in the generic form; a predicate is a number there."""
    if name == "predicate":
        table = FLOAT_PREDICATES if floating else INTEGER_PREDICATES
        return f"predicate = {table.index(str(value))} : i64"
    return f"{name} = {value}" if isinstance(value, int) else f'{name} = "{value}"'
