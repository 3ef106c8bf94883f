"""Masked loads and stores of vectors for which the machine has no instruction.

LLVM would write a branch for each lane wherever one stands. A function of the module, called there
instead, goes through the lanes in a loop: kernels of narrow elements are compiled in half the time.
"""

from __future__ import annotations

from collections.abc import Callable

from .code import Code
from .word import Word

FEW = 4  # lanes up to which branches are less than a call


def is_emulated(vector: Word, size: int) -> bool:
    """Whether masked accesses to such vectors, of elements of `size` bytes, are calls."""
    return size < vector.code.machine.masked_bytes and vector.lanes > FEW


def emulated_load(place: Word, mask: Word, otherwise: Word) -> Word:
    """Elements where the mask is set, else lanes of `otherwise`."""

    def write(inner: Code, place: Word, bits: Word, otherwise: Word) -> None:
        room = _spill(inner, otherwise)
        _copy_lanes(place, room, bits, otherwise)
        text = f"load {otherwise.type}, {room}"
        inner.line(f"ret {inner.emit(text, otherwise.kind, otherwise.lanes)}")

    name = f"masked_load.v{otherwise.lanes}{otherwise.kind}"
    text = _call(name, otherwise.type, [place, _bits(mask), otherwise], write)
    return place.code.emit(text, otherwise.kind, otherwise.lanes)


def emulated_store(place: Word, mask: Word, value: Word) -> None:
    """Writes the elements where the mask is set."""

    def write(inner: Code, place: Word, bits: Word, value: Word) -> None:
        _copy_lanes(_spill(inner, value), place, bits, value)
        inner.line("ret void")

    name = f"masked_store.v{value.lanes}{value.kind}"
    place.code.line(_call(name, "void", [place, _bits(mask), value], write))


def _spill(code: Code, vector: Word) -> Word:
    """Where the lanes of a vector lie side by side in memory."""
    room = code.emit(f"alloca {vector.type}", "ptr")
    code.line(f"store {vector}, {room}")
    return room


def _copy_lanes(source: Word, target: Word, bits: Word, vector: Word) -> None:
    """Copies the elements of a vector's type whose bit is set from one place to another."""
    code, kind = bits.code, vector.kind

    def step(state: list[Word]) -> tuple[Word, list[Word]]:
        (lane,) = state
        with code.when(((bits >> lane) & 1).compare("ne", 0)):
            read, written = (
                code.emit(f"getelementptr {kind}, {place}, {lane}", "ptr")
                for place in (source, target)
            )
            code.line(f"store {code.emit(f'load {kind}, {read}', kind)}, {written}")
        following = lane + 1
        return following < vector.lanes, [following]

    code.repeat([bits.of(0)], step)


def _call(name: str, returned: str, operands: list[Word], write: Callable[..., None]) -> str:
    """A call of a function that `write(code, *parameters)` writes when it is first used."""
    functions = operands[0].code.module.functions
    if name not in functions:
        inner = Code(operands[0].code.module)
        parameters = [Word(inner, f"%a{i}", w.kind, w.lanes) for i, w in enumerate(operands)]
        write(inner, *parameters)
        head = f"define internal {returned} @{name}({', '.join(map(str, parameters))})"
        functions[name] = f"{head} #0 {{\nentry:\n{inner.body()}\n}}"
    return f"call {returned} @{name}({', '.join(map(str, operands))})"


def _bits(mask: Word) -> Word:
    """A mask as a number, a bit for each lane."""
    narrow = f"i{mask.lanes}"
    whole = mask.code.emit(f"bitcast {mask} to {narrow}", narrow)
    return whole if mask.lanes == 64 else whole.convert("zext", "i64")
