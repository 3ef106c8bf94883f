"""Element types, their promotion table, and the types that sums are accumulated in."""

from __future__ import annotations


class dtype:  # noqa: N801  (PyTorch's spelling)
    """The type of a tensor's elements. There is one object for each; compare with `is` or `==`."""

    __slots__ = ("abbreviation", "code", "is_complex", "is_floating_point", "is_signed", "itemsize", "kind", "name")

    def __init__(self, name: str, code: int, itemsize: int, kind: str, abbreviation: str) -> None:
        self.name = name
        self.code = code
        self.itemsize = itemsize
        self.kind = kind  # "bool", "int", "float", "complex"
        self.abbreviation = abbreviation
        self.is_floating_point = kind == "float"
        self.is_complex = kind == "complex"
        self.is_signed = name not in ("bool", "uint8")

    def __repr__(self) -> str:
        return f"tensorsmith.{self.name}"

    def __reduce__(self) -> str:
        return self.name


bool_ = dtype("bool", 0, 1, "bool", "i1")
uint8 = dtype("uint8", 1, 1, "int", "ui8")
int8 = dtype("int8", 2, 1, "int", "i8")
int16 = dtype("int16", 3, 2, "int", "i16")
int32 = dtype("int32", 4, 4, "int", "i32")
int64 = dtype("int64", 5, 8, "int", "i64")
float16 = dtype("float16", 6, 2, "float", "f16")
bfloat16 = dtype("bfloat16", 7, 2, "float", "bf16")
float32 = dtype("float32", 8, 4, "float", "f32")
float64 = dtype("float64", 9, 8, "float", "f64")
complex64 = dtype("complex64", 10, 8, "complex", "c64")
complex128 = dtype("complex128", 11, 16, "complex", "c128")
