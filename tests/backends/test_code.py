"""What is computed twice in straight code is written once, and what nothing reads not at all."""

from __future__ import annotations

from tensorsmith.backends.cpu.code import Code, Module
from tensorsmith.backends.cpu.machine import MACHINES
from tensorsmith.backends.cpu.word import Word


def fresh() -> tuple[Code, Word]:
    """An empty function and a number in it."""
    code = Code(Module(MACHINES["x86-64-v3"]))
    return code, Word(code, "%x", "i64", 0)


def test_an_instruction_is_written_once() -> None:
    _, x = fresh()
    assert (x + 1).text == (x + 1).text != (x + 2).text


def test_calls_of_functions_of_their_operands_are_written_once() -> None:
    code, x = fresh()
    assert code.intrinsic("smin", [x, x]).text == code.intrinsic("smin", [x, x]).text


def test_loads_are_written_again() -> None:
    code, _ = fresh()
    one, other = (code.emit("load i64, ptr %p", "i64") for _ in range(2))
    assert one.text != other.text


def test_what_may_not_have_run_is_computed_again() -> None:
    code, x = fresh()
    before = x * 3
    with code.when(x < 5):
        inside = x * 7
        assert (x * 3).text == before.text
    assert (x * 7).text != inside.text and (x * 3).text == before.text


def test_what_nothing_reads_is_not_written() -> None:
    code, x = fresh()
    unread, read = (code.awaited(f"load {kind}, ptr %p", kind) for kind in ("i8", "i64"))
    _ = x + read
    assert unread.name not in code.body() and code.body().count("load") == 1


def test_a_place_and_a_number_are_added_by_the_address() -> None:
    code, x = fresh()
    place = code.sum(code.sum(x, 4), 2)
    memory = Word(code, "%m", "ptr", 0)
    code.address(memory, "float", place)
    assert "add" not in code.body() and "i64 6" in code.body()
    assert f"{place.text} = add i64 %x, 6" in code.body()
