"""Functions in the language of native code do what the same text does in Python."""

from __future__ import annotations

import ctypes
import sys
import threading
from collections.abc import Callable
from typing import Annotated, Any

import pytest
from tensorsmith.backends.native.compiled import NativeObject
from tensorsmith.backends.native.language import (
    Address,
    Array,
    Bool,
    Byte,
    Int,
    Int32,
    Real,
    Single,
    Struct,
    address,
    bits,
    cast,
    compare_exchange,
    entry,
    fetch_add,
    load_atomic,
    native,
    native_apart,
    pause,
    place_of,
    real,
    shift_right,
    single_bits,
    stack,
    store_atomic,
    variable,
)
from tensorsmith.backends.native.translate import translate
from tensorsmith.backends.native.view import View, array

MOST = 8


class Pair(Struct):
    """Two numbers of every width."""

    narrow: Byte
    half: Int32
    whole: Int
    fraction: Single
    wide: Real
    truth: Bool
    row: Annotated[Array[Int], 4]
    other: Pair


class Longer(Pair):
    """More fields after those of the base."""

    last: Int


@native
def greatest(a: Int, b: Int) -> Int:
    return a if a > b else b


@entry
def collatz(n: Int) -> Int:
    steps = 0
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1
    return steps


@entry
def count_odd(values: Array[Int], size: Int) -> Int:
    found = 0
    for place in range(size):
        if values[place] & 1 == 0:
            continue
        if values[place] < 0:
            break
        found += 1
    return found


@entry
def nested(n: Int) -> Int:
    total = 0
    for a in range(n):
        for b in range(a, n):
            if a == 2 and not b > 3:
                total += 100
            elif a == b or b == 1:
                total += greatest(a, b)
    return total


@entry
def guarded(values: Array[Int], index: Int, size: Int) -> Int:
    return 1 if index < size and values[index] == 7 else 0


@entry
def reverse(values: Array[Int], size: Int) -> Int:
    copy = stack(Int, MOST)
    for place in range(size):
        copy[place] = values[size - 1 - place]
    for place in range(size):
        values[place] = copy[place]
    return copy[0]


@entry
def fill(pair: Pair) -> Int:
    pair.narrow = 300
    pair.half = -5
    pair.whole = ~6
    pair.fraction = 0.1
    pair.wide = real(3) / 4.0
    pair.truth = pair.half < 0
    for place in range(4):
        pair.row[place] = place << 2
    pair.other = pair
    pair.other.row[1] += 1
    return place_of(pair.whole) - address(pair)


@entry
def shifts(value: Int) -> Int:
    return (value >> 60) * 1000 + shift_right(value, 60)


@entry
def patterns(value: Int) -> Int:
    return bits(real(value)) ^ single_bits(real(value))


@entry
def through_memory(at: Address) -> Int:
    cast(Array[Int], at)[0] = -cast(Array[Int], at)[1]
    return cast(Pair, at).narrow


class Counter(Struct):
    """A count."""

    value: Int


COUNTER = variable("counter", Counter)


@entry
def count() -> Int:
    COUNTER.value += 1
    return COUNTER.value


@entry
def count_together(pair: Pair, times: Int) -> Int:
    """Adds 1 to one number by `fetch_add`, to another under a lock made of `compare_exchange`."""
    for _ in range(times):
        fetch_add(pair.half, 1)
        while compare_exchange(pair.whole, 0, 1) != 0:
            pause()
        pair.row[0] += 1
        store_atomic(pair.whole, 0)
    return load_atomic(pair.half)


@entry
def exchange(pair: Pair, seen: Int, value: Int) -> Int:
    return compare_exchange(pair.half, seen, value)


FUNCTIONS = (
    collatz, count_odd, nested, guarded, reverse, fill, shifts, patterns, through_memory, count,
    count_together, exchange,
)  # fmt: skip


@pytest.fixture(scope="module")
def functions() -> dict[str, Any]:
    """The functions of this module as machine code, each called with integers."""
    found = NativeObject("functions of the tests", (*FUNCTIONS, COUNTER)).load()
    makers: dict[str, Any] = {}
    for name, at in found.items():
        if name != "counter":
            makers[name] = _caller(at)
    makers["counter"] = found["counter"]
    return makers


def _caller(at: int) -> Callable[..., int]:
    def call(*arguments: int) -> int:
        kinds = [ctypes.c_int64] * len(arguments)
        return int(ctypes.CFUNCTYPE(ctypes.c_int64, *kinds)(at)(*arguments))

    return call


def test_loops_and_choices_do_what_python_does(functions: dict[str, Any]) -> None:
    assert functions["collatz"](27) == 111
    expected = sum(
        100 if a == 2 and not b > 3 else max(a, b) if a == b or b == 1 else 0
        for a in range(6)
        for b in range(a, 6)
    )
    assert functions["nested"](6) == expected


def test_break_and_continue_leave_the_right_loop(functions: dict[str, Any]) -> None:
    values = array([1, 2, 3, -5, 7])
    assert functions["count_odd"](ctypes.addressof(values), 5) == 2


def test_connectives_look_no_further_than_they_must(functions: dict[str, Any]) -> None:
    values = array([7])
    assert functions["guarded"](ctypes.addressof(values), 0, 1) == 1
    assert functions["guarded"](0, 5, 1) == 0  # address 0 is never read


def test_arrays_on_the_stack_are_memory_of_the_call(functions: dict[str, Any]) -> None:
    values = array([1, 2, 3])
    assert functions["reverse"](ctypes.addressof(values), 3) == 3
    assert list(values) == [3, 2, 1]


def test_fields_have_their_widths_and_python_sees_them(functions: dict[str, Any]) -> None:
    pair: Any = View(Pair)
    assert functions["fill"](pair.at) == Pair.FIELDS["whole"].offset == 8
    assert (pair.narrow, pair.half, pair.whole, pair.wide) == (300 & 255, -5, ~6, 0.75)
    assert abs(pair.fraction - 0.1) < 1e-8 and pair.truth == 1
    assert list(pair.row) == [0, 5, 8, 12] and pair.other == pair.at
    with pytest.raises(AttributeError, match="Pair has no field 'missing'"):
        _ = pair.missing


def test_fields_of_a_base_come_first() -> None:
    assert Longer.FIELDS["last"].offset == Pair.SIZE
    assert Longer.FIELDS["whole"] == Pair.FIELDS["whole"]


def test_shifts_copy_the_sign_or_do_not(functions: dict[str, Any]) -> None:
    assert functions["shifts"](-1) == -1000 + 15


def test_numbers_show_their_bits(functions: dict[str, Any]) -> None:
    double = ctypes.c_int64.from_buffer(ctypes.c_double(5.0)).value
    single = ctypes.c_uint32.from_buffer(ctypes.c_float(5.0)).value
    assert functions["patterns"](5) == double ^ single


def test_addresses_can_be_read_as_anything(functions: dict[str, Any]) -> None:
    values = array([0, 5])
    assert functions["through_memory"](ctypes.addressof(values)) == (-5) & 255
    assert values[0] == -5


def test_variables_live_as_long_as_the_process(functions: dict[str, Any]) -> None:
    assert [functions["count"]() for _ in range(3)] == [1, 2, 3]
    assert View(Counter, functions["counter"]).value == 3


# what is refused, with the line and the text


def test_threads_see_what_others_did_to_one_place(functions: dict[str, Any]) -> None:
    pair = View(Pair)
    threads = [
        threading.Thread(target=functions["count_together"], args=(pair.at, 20_000))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (pair.half, pair.row[0], pair.whole) == (40_000, 40_000, 0)


def test_an_exchange_gives_what_was_there(functions: dict[str, Any]) -> None:
    pair = View(Pair)
    pair.half = -3
    assert functions["exchange"](pair.at, 5, 7) == -3 == pair.half
    assert functions["exchange"](pair.at, -3, 7) == -3
    assert pair.half == 7


@pytest.mark.parametrize(
    ("triple", "instruction"),
    [("x86_64-unknown-linux-gnu", "llvm.x86.sse2.pause()"),
     ("aarch64-unknown-linux-gnu", "llvm.aarch64.hint(i32 1)")],
)  # fmt: skip
def test_a_pause_is_the_instruction_of_the_machine(triple: str, instruction: str) -> None:
    assert instruction in translate([count_together], triple)  # type: ignore[list-item]


@native_apart
def doubled(a: Int) -> Int:
    return a + a


@entry
def quadrupled(a: Int) -> Int:
    return doubled(doubled(a))


def test_a_function_apart_is_called_and_never_copied() -> None:
    text = translate([quadrupled], "x86_64-linux-gnu")  # type: ignore[list-item]
    (head,) = [line for line in text.splitlines() if 'define internal i64 @"' in line]
    attributes = head.rpartition("#")[2].split()[0]
    assert "noinline" in text.partition(f"attributes #{attributes} = ")[2].partition("\n")[0]
    made = NativeObject("a function apart", [quadrupled]).load()
    assert ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64)(made["quadrupled"])(5) == 20


def test_the_module_is_found_under_its_name() -> None:
    assert sys.modules[__name__].__dict__["collatz"] is collatz
