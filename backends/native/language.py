"""The words of native functions: types, structs, variables, and what marks a function as native.

A native function is written in a subset of Python and compiled to LLVM IR (`translate.py`):
integers of 64 bits, addresses (which are integers), floating-point numbers and truth values;
assignments, `if`, `while`, `for` over `range`, `return`; arithmetic and comparisons; fields of
structs and elements of arrays; calls of other native functions and of C functions. There are no
objects and no exceptions: a Python object is its address, whose reference count the code keeps, and
what a native function returns must be used, as it may say that it failed. Integers wrap around, and
`//` and `%` round toward zero, as the machine does.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable
from typing import Any, ClassVar, Generic, TypeVar

from ...ops.dataclass import dataclass

Element = TypeVar("Element")
AnyStruct = TypeVar("AnyStruct", bound="Struct")
Anything = TypeVar("Anything")

# The names of types in annotations. An address is the integer that Python's `id` and ctypes know.
Int = int
Address = int
Int32 = int
Byte = int
Real = float
Single = float
Bool = bool

WIDTHS = {"Int": 8, "Address": 8, "Int32": 4, "Byte": 1, "Real": 8, "Single": 4, "Bool": 1}


class Array(Generic[Element]):
    """Elements one after the other: `array[i]` reads one, `array[i] = x` writes it."""

    def __getitem__(self, index: Int) -> Element:
        raise TypeError("an array exists in native code only")

    def __setitem__(self, index: Int, value: Element) -> None:
        raise TypeError("an array exists in native code only")

    def __bool__(self) -> bool:
        raise TypeError("an array exists in native code only")


@dataclass(frozen=True)
class Field:
    """A field of a struct: where it lies, the name of its type, and how many there are.

    Attributes:
        offset: Bytes from the struct's start.
        kind: Name of its type: a scalar one, that of a struct, or `Array[...]`.
        count: 0 for one value; else elements that lie inside of the struct itself.
    """

    offset: int
    kind: str
    count: int = 0


class Struct:
    """Fields in memory, in the order of their annotations; a variable of it holds the address.

    `Annotated[Array[kind], n]` is an array of n elements inside of the struct itself. Fields of a
    base class come first.
    """

    FIELDS: ClassVar[dict[str, Field]] = {}
    SIZE: ClassVar[int] = 0

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        fields, end = dict(cls.FIELDS), cls.SIZE
        for name, text in inspect.get_annotations(cls).items():
            if str(text).startswith("ClassVar"):
                continue
            kind, count = _parsed(str(text))
            width = WIDTHS.get(kind, 8)
            end = -(-end // width) * width
            fields[name] = Field(end, kind, count)
            end += width * max(count, 1)
        cls.FIELDS, cls.SIZE = fields, -(-end // 8) * 8


def _parsed(text: str) -> tuple[str, int]:
    """Kind and count of an annotation: `Int` is one, `Annotated[Array[Int], 4]` four of them."""
    found = re.fullmatch(r"Annotated\[Array\[(\w+)\], (\d+)\]", text)
    return (found[1], int(found[2])) if found else (text, 0)


class Native:
    """A native function.

    Attributes:
        function: Its source, as Python read it.
        exported: Python or C code has its address.
        apart: It is never made part of its callers.
    """

    def __init__(
        self, function: Callable[..., Any], exported: bool = False, apart: bool = False
    ) -> None:
        self.function = function
        self.exported = exported
        self.apart = apart
        self.symbol = f"{function.__module__.rpartition('.')[2]}.{function.__name__}"
        self.scope = sys.modules[function.__module__].__dict__
        self.__doc__ = function.__doc__


class External:
    """A C function of this process: its name and types, from a Python signature."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.symbol = function.__name__
        hints = dict(function.__annotations__)
        self.result = str(hints.pop("return"))
        self.parameters = tuple(str(hint) for hint in hints.values())


class Data:
    """A C variable of this process; in native code its name is its address."""

    def __init__(self, symbol: str) -> None:
        self.symbol = symbol


class Pause:
    """The instruction that `pause` stands for; which one it is depends on the machine."""

    symbol = "pause"


class Variable:
    """A struct that lives as long as the process; in native code its name is its address.

    Attributes:
        symbol: Its name in the object.
        kind: The struct.
    """

    def __init__(self, symbol: str, kind: type[Struct]) -> None:
        self.symbol = symbol
        self.kind = kind


def native(function: Callable[..., Anything]) -> Callable[..., Anything]:
    """Marks a function as native; other native functions can call it."""
    return Native(function)  # type: ignore[return-value]


def native_apart(function: Callable[..., Anything]) -> Callable[..., Anything]:
    """A native function that is never made part of its callers, which are quicker without it."""
    return Native(function, apart=True)  # type: ignore[return-value]


def entry(function: Callable[..., Anything]) -> Callable[..., Anything]:
    """Marks a native function that Python or C code calls by its address."""
    return Native(function, exported=True)  # type: ignore[return-value]


def external(function: Callable[..., Anything]) -> Callable[..., Anything]:
    """Declares a C function of this process."""
    return External(function)  # type: ignore[return-value]


def variable(symbol: str, kind: type[AnyStruct]) -> AnyStruct:
    """A struct that lives as long as the process."""
    return Variable(symbol, kind)  # type: ignore[return-value]


def data(symbol: str) -> Address:
    """The address of a C variable of this process."""
    return Data(symbol)  # type: ignore[return-value]


# What only native code can do; `translate.py` knows these by name.

ONLY = "this function exists in native code only"


def cast(kind: type[Anything], address: Address) -> Anything:
    """What lies at an address, as a struct or an array."""
    raise TypeError(ONLY)


def address(value: object) -> Address:
    """Where a struct, an array, or a native function lies."""
    raise TypeError(ONLY)


def place_of(field: object) -> Address:
    """Where a field of a struct or an element of an array lies."""
    raise TypeError(ONLY)


def stack(kind: type[Anything], count: int) -> Array[Anything]:
    """Memory for `count` elements that is gone when the function returns; `count` is a constant."""
    raise TypeError(ONLY)


def invoke(function: Address, *arguments: Int) -> Int:
    """The result of a C function that takes integers and gives one."""
    raise TypeError(ONLY)


def real(value: Int) -> Real:
    """An integer as a floating-point number."""
    raise TypeError(ONLY)


def bits(value: Real) -> Int:
    """The 64 bits of a floating-point number."""
    raise TypeError(ONLY)


def single_bits(value: Real) -> Int:
    """The 32 bits of a number rounded to single precision; large ones become infinite."""
    raise TypeError(ONLY)


def shift_right(value: Int, count: Int) -> Int:
    """The bits moved to the right, zeros coming in from the left (`>>` copies the sign)."""
    raise TypeError(ONLY)


# What several threads do to one integer, a field or an element. All threads see all of these in
# one order (sequential consistency), and what was written before one of them with it.


def load_atomic(place: Int) -> Int:
    """What a place holds."""
    raise TypeError(ONLY)


def store_atomic(place: Int, value: Int) -> None:
    """Writes to a place."""
    raise TypeError(ONLY)


def fetch_add(place: Int, amount: Int) -> Int:
    """What a place held before `amount` was added to it."""
    raise TypeError(ONLY)


def compare_exchange(place: Int, seen: Int, value: Int) -> Int:
    """What a place held; if that is `seen`, it holds `value` now."""
    raise TypeError(ONLY)


def pause() -> None:
    """Tells the processor that this thread waits for another one."""
    raise TypeError(ONLY)
