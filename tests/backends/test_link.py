"""Objects are linked once: the image says where everything lies, and needs no ELF any more."""

from __future__ import annotations

import ctypes
import os
import sys
from dataclasses import replace

import pytest
from tensorsmith.backends.cpu.compile import compile_text
from tensorsmith.backends.cpu.elf import ElfObject
from tensorsmith.backends.cpu.link import link, unpack
from tensorsmith.backends.cpu.loader import ARENA, load, own_loader_works
from tensorsmith.backends.cpu.machine import MACHINES, detect_machine
from tensorsmith.ops.errors import BackendError

HERE = detect_machine()
TEXT = """
target triple = "TRIPLE"
@zeros = internal global [600 x i64] zeroinitializer
@place = global ptr getelementptr ([600 x i64], ptr @zeros, i64 0, i64 7)
@numbers = private constant [4 x double] [double 1.0, double 2.5, double 4.0, double 8.0]
declare i32 @getpid()
@PyLong_Type = external global i8
define i64 @count() {
  %p = load ptr, ptr @place
  %n = load i64, ptr %p
  %n1 = add i64 %n, 1
  store i64 %n1, ptr %p
  ret i64 %n1
}
define double @number(i64 %which) {
  %p = getelementptr [4 x double], ptr @numbers, i64 0, i64 %which
  %x = load double, ptr %p
  ret double %x
}
define i64 @outside() {
  %id = call i32 @getpid()
  %wide = sext i32 %id to i64
  ret i64 %wide
}
define ptr @kind() {
  ret ptr @PyLong_Type
}
"""
NAMES = ("count", "number", "outside", "kind")
needs_own_loader = pytest.mark.skipif(
    not own_loader_works(), reason="LLVM maps objects on this system"
)


def compiled(name: str = HERE.target.name) -> bytes:
    """The object of the text for a machine."""
    machine = MACHINES[name]
    return compile_text(TEXT.replace("TRIPLE", machine.triple), machine, "text")


def functions() -> tuple[object, ...]:
    """The functions of a fresh copy of the image."""
    found = load(link(compiled()), NAMES)
    number = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_int64)(found["number"])
    whole = [ctypes.CFUNCTYPE(ctypes.c_int64)(found[n]) for n in ("count", "outside", "kind")]
    return (number, *whole)


@needs_own_loader
def test_code_constants_variables_and_outer_symbols_are_where_code_expects_them() -> None:
    number, count, outside, kind = functions()
    assert [number(k) for k in range(4)] == [1.0, 2.5, 4.0, 8.0]  # type: ignore[operator]
    assert [count() for _ in range(3)] == [1, 2, 3]  # type: ignore[operator]
    assert outside() == os.getpid() and kind() == id(int)  # type: ignore[operator]


@needs_own_loader
def test_two_copies_share_no_variable() -> None:
    first, second = functions()[1], functions()[1]
    assert first() == first() - 1 == second() == 1  # type: ignore[operator]


@needs_own_loader
@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")
def test_a_child_has_variables_and_memory_for_code_of_its_own() -> None:
    count = functions()[1]
    count()  # type: ignore[operator]
    pid = os.fork()
    if pid == 0:
        right = count() == 2 and functions()[1]() == 1  # type: ignore[operator]
        os._exit(0 if right else 1)
    assert os.waitpid(pid, 0)[1] == 0
    assert count() == 2 and functions()[1]() == 1  # type: ignore[operator]


@needs_own_loader
def test_more_code_than_an_arena_holds_is_mapped() -> None:
    image = link(compiled())
    numbers = {load(image, NAMES)["count"] for _ in range(ARENA // 8192 + 5)}
    assert len(numbers) == ARENA // 8192 + 5
    assert all(ctypes.CFUNCTYPE(ctypes.c_int64)(at)() == 1 for at in numbers)


@pytest.mark.parametrize("name", ["x86-64-v2", "x86-64-v3", "x86-64-v4"])
def test_an_image_is_smaller_than_its_object_and_the_same_each_time(name: str) -> None:
    one, other = compiled(name), compiled(name)
    assert link(one) == link(other) and len(link(one)) < len(one)
    image = unpack(link(one))
    assert set(image.exports) == {*NAMES, "place"}
    assert set(image.imports.values()) == {"getpid", "PyLong_Type"}
    assert len(image.data) < 600 * 8 < image.size  # zeros take no room


def test_objects_of_other_architectures_are_left_as_they_are() -> None:
    machine = MACHINES["aarch64"]
    text = f'target triple = "{machine.triple}"\ndefine void @kernel() {{\n ret void\n}}\n'
    image = compile_text(text, machine, "text")
    assert link(image) == image and ElfObject(image).symbols


def test_what_cannot_be_linked_is_named() -> None:
    image = bytearray(compiled())
    section = next(s for s in ElfObject(bytes(image)).sections if s.kind == 4)
    image[section.start + 8] = 77  # the type of the first relocation
    with pytest.raises(BackendError, match=r"relocation 77 of .* is not supported"):
        link(bytes(image))


def test_what_is_no_image_is_refused() -> None:
    with pytest.raises(BackendError, match="must be an image for x86-64"):
        load(b"nothing that was linked", ("kernel",))


@pytest.mark.parametrize("change", [-1, 1])
def test_an_image_of_another_length_than_its_head_states_is_refused(change: int) -> None:
    image = link(compiled())
    other = image[:change] if change < 0 else image + b"\0"
    why = f"must have the {len(image):,} bytes that its head states, it has {len(other):,}"
    with pytest.raises(BackendError, match=why):
        load(other, NAMES)


def test_an_image_cut_anywhere_is_refused() -> None:
    image = link(compiled())
    for length in range(len(image)):
        with pytest.raises(BackendError):
            unpack(image[:length])


@pytest.mark.parametrize("part", ["exports", "moved", "imports", "data", "code"])
def test_an_image_whose_places_lie_outside_is_refused(part: str) -> None:
    whole = unpack(link(compiled()))
    size = whole.size
    outside: dict[str, object] = {
        "exports": {"count": size + 1},
        "moved": {size - 7: 0},
        "imports": {size - 7: "getpid"},
        "data": bytes(size),
        "code": bytes(size + 1),
    }
    with pytest.raises(BackendError, match=f"image of {size:,} bytes must hold its places"):
        unpack(replace(whole, **{part: outside[part]}).pack())  # type: ignore[arg-type]
