"""Objects are read no further than they reach."""

from __future__ import annotations

import struct

import pytest
from tensorsmith.backends.cpu.compile import compile_text
from tensorsmith.backends.cpu.elf import AARCH64, X86_64, ElfObject, is_whole
from tensorsmith.backends.cpu.machine import MACHINES
from tensorsmith.ops.errors import BackendError


def compiled(name: str) -> bytes:
    """An object of an empty function."""
    machine = MACHINES[name]
    text = f'target triple = "{machine.triple}"\ndefine void @kernel() {{\n ret void\n}}\n'
    return compile_text(text, machine, "text")


@pytest.mark.parametrize(("name", "number"), [("x86-64-v3", X86_64), ("aarch64", AARCH64)])
def test_an_object_is_whole_for_its_own_architecture(name: str, number: int) -> None:
    image = compiled(name)
    assert is_whole(image) and is_whole(image, number)
    assert not is_whole(image, X86_64 + AARCH64 - number)


def test_an_object_that_is_cut_is_not_whole_and_is_not_read() -> None:
    image = compiled("x86-64-v3")
    assert not any(is_whole(image[:length]) for length in range(len(image)))
    with pytest.raises(BackendError, match="must be as long as its headers say"):
        ElfObject(image[:-1])


@pytest.mark.parametrize(("place", "layout"), [(32, "<Q"), (40, "<Q"), (56, "<H"), (60, "<H")])
def test_an_object_whose_tables_lie_outside_is_not_whole(place: int, layout: str) -> None:
    image = bytearray(compiled("x86-64-v3"))
    struct.pack_into("<HHHHH", image, 54, 56, 1, *struct.unpack_from("<HHH", image, 58))
    struct.pack_into(layout, image, place, 60_000)
    assert not is_whole(bytes(image))


def test_a_segment_that_reaches_outside_is_seen() -> None:
    image = bytearray(compiled("x86-64-v3"))
    start = len(image)
    for size, whole in ((10, True), (10_000, False)):
        segment = struct.pack("<IIQQQQQQ", 1, 5, 0, 0, 0, size, size, 4096)
        struct.pack_into("<Q", image, 32, start)
        struct.pack_into("<HH", image, 54, len(segment), 1)
        assert is_whole(bytes(image) + segment) == whole
