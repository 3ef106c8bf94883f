"""Masked loads and stores of vectors for which the machine has no instruction.

LLVM would write a branch for each lane wherever one stands. A function of the module, called there
instead, goes through the lanes in a loop: kernels of narrow elements are compiled in half the time.
"""

from __future__ import annotations

from collections.abc import Callable

from .code import Code, Word

FEW = 4  # lanes up to which branches are less than a call


def is_emulated(vector: Word, size: int) -> bool:
    """Whether masked accesses to such vectors, of elements of `size` bytes, are calls."""
    return size < vector.code.machine.masked_bytes and vector.lanes > FEW


def emulated_load(place: Word, mask: Word, otherwise: Word) -> Word:
    """Elements where the mask is set, else lanes of `otherwise`."""
    kind, lanes, vector = otherwise.kind, otherwise.lanes, otherwise.type

    def write(inner: Code, place: Word, bits: Word, otherwise: Word) -> None:
        room = inner.emit(f"alloca {vector}", "ptr")
        inner.line(f"store {otherwise}, {room}")

        def copy(lane: Word) -> None:
            value = inner.emit(f"load {kind}, {_element(place, kind, lane)}", kind)
            inner.line(f"store {value}, {_element(room, kind, lane)}")

        _each_lane(bits, lanes, copy)
        inner.line(f"ret {inner.emit(f'load {vector}, {room}', kind, lanes)}")

    text = _call(f"masked_load.v{lanes}{kind}", vector, [place, _bits(mask), otherwise], write)
    return place.code.emit(text, kind, lanes)


def emulated_store(place: Word, mask: Word, value: Word) -> None:
    """Writes the elements where the mask is set."""
    kind, lanes = value.kind, value.lanes

    def write(inner: Code, place: Word, bits: Word, value: Word) -> None:
        room = inner.emit(f"alloca {value.type}", "ptr")
        inner.line(f"store {value}, {room}")

        def copy(lane: Word) -> None:
            one = inner.emit(f"load {kind}, {_element(room, kind, lane)}", kind)
            inner.line(f"store {one}, {_element(place, kind, lane)}")

        _each_lane(bits, lanes, copy)
        inner.line("ret void")

    name = f"masked_store.v{lanes}{kind}"
    place.code.line(_call(name, "void", [place, _bits(mask), value], write))


def _call(name: str, returned: str, operands: list[Word], write: Callable[..., None]) -> str:
    """A call of a function that `write(code, *parameters)` writes when it is first used."""
    functions = operands[0].code.module.functions
    if name not in functions:
        inner = Code(operands[0].code.module)
        parameters = [Word(inner, f"%a{i}", w.kind, w.lanes) for i, w in enumerate(operands)]
        write(inner, *parameters)
        head = f"define internal {returned} @{name}({', '.join(map(str, parameters))})"
        functions[name] = "\n".join([f"{head} #0 {{", "entry:", *inner.lines, "}"])
    return f"call {returned} @{name}({', '.join(map(str, operands))})"


def _bits(mask: Word) -> Word:
    """A mask as a number, a bit for each lane."""
    narrow = f"i{mask.lanes}"
    whole = mask.code.emit(f"bitcast {mask} to {narrow}", narrow)
    return whole if mask.lanes == 64 else whole.convert("zext", "i64")


def _each_lane(bits: Word, lanes: int, body: Callable[[Word], None]) -> None:
    """Runs the body for each lane whose bit is set."""

    def step(state: list[Word]) -> tuple[Word, list[Word]]:
        (lane,) = state
        with bits.code.when(((bits >> lane) & 1).compare("ne", 0)):
            body(lane)
        following = lane + 1
        return following < lanes, [following]

    bits.code.repeat([bits.of(0)], step)


def _element(place: Word, kind: str, lane: Word) -> Word:
    return place.code.emit(f"getelementptr {kind}, {place}, {lane}", "ptr")
