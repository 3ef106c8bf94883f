"""What is no whole object for its target is a miss, never mapped, and written again."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import tensorsmith as ts
from tensorsmith.backends.cache.bundle import Head, write_bundle
from tensorsmith.backends.cache.format import make_item
from tensorsmith.backends.cache.layers import ObjectCache
from tensorsmith.backends.cpu import cache as cpu_cache
from tensorsmith.backends.cpu.cache import Recipe, get_object
from tensorsmith.backends.cpu.link import unpack
from tensorsmith.backends.cpu.loader import load
from tensorsmith.backends.cpu.machine import MACHINES, Machine
from tensorsmith.ops.errors import MissingKernelError

V3, ARM = MACHINES["x86-64-v3"], MACHINES["aarch64"]
MISFITS: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda image: b"",
    "no image": lambda image: b"nothing that was ever linked" * 9,
    "a head alone": lambda image: image[:28],
    "half": lambda image: image[: len(image) // 2],
    "cut": lambda image: image[:-1],
    "longer": lambda image: image + b"\0",
    "another function": lambda image: image.replace(b"kernel", b"kernal"),
    "a place outside": lambda image: changed(image, moved={1 << 30: 0}),
    "a function outside": lambda image: changed(image, exports={"kernel": 1 << 30}),
    "less memory than code": lambda image: changed(image, size=1),
}


def changed(image: bytes, **parts: Any) -> bytes:
    """An image that says something else."""
    return replace(unpack(image), **parts).pack()


def recipe(machine: Machine = V3) -> Recipe:
    """A function that returns 42."""
    text = f'target triple = "{machine.triple}"\ndefine i64 @kernel() {{\n ret i64 42\n}}\n'
    return Recipe("answer", "one", machine, ("kernel",), lambda: text)


@pytest.fixture(autouse=True)
def _mode_as_before() -> Iterator[None]:
    with ts.jit_mode("on"):
        yield


@pytest.fixture(scope="module")
def whole() -> bytes:
    """The image of the function."""
    made = recipe()
    return made.compile(made.source())


def keys_of(made: Recipe) -> tuple[str, str]:
    """Both keys of an object."""
    compiler = made.compiler()
    return made.plan().text(compiler), made.content(made.source(), compiler).text()


@pytest.mark.parametrize("kind", MISFITS)
def test_an_image_that_is_not_whole_is_a_miss_and_is_repaired(
    tmp_path: Path, whole: bytes, kind: str
) -> None:
    misfit, made = MISFITS[kind](whole), recipe()
    assert misfit != whole and not made.fits(misfit) and made.fits(whole)
    store = ObjectCache(tmp_path)
    store.put(keys_of(made), misfit)
    with ts.jit_mode("forbid"), pytest.raises(MissingKernelError):
        get_object(made, store)
    found = get_object(made, store)
    assert found == whole
    assert ctypes.CFUNCTYPE(ctypes.c_int64)(load(found, ("kernel",))["kernel"])() == 42
    with ts.jit_mode("forbid"):
        assert get_object(made, ObjectCache(tmp_path)) == whole


def test_an_image_in_a_bundle_that_is_not_whole_is_a_miss(tmp_path: Path, whole: bytes) -> None:
    made, path = recipe(), tmp_path / "x86-64-v3.bundle"
    head = Head("x86-64-v3", made.compiler(), made.plan().generator)
    write_bundle(path, head, [make_item(keys_of(made), whole[:-1])])
    store = ObjectCache(tmp_path / "k", target="x86-64-v3", places=lambda: iter([("core", path)]))
    with pytest.warns(RuntimeWarning, match="an object in it is not whole"):
        assert get_object(made, store) == whole
    assert store.find(made.plan(), made.compiler()) == (whole, "folder")


def test_an_image_of_another_compiler_that_is_not_whole_is_a_miss(
    tmp_path: Path, whole: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, store = recipe(), ObjectCache(tmp_path)
    store.put(keys_of(made), whole[:-1])
    monkeypatch.setattr(cpu_cache, "compiler_version", lambda: "llvmlite of next year")
    with ts.jit_mode("forbid"), pytest.raises(MissingKernelError):
        get_object(made, store)
    store.put(keys_of(recipe()), whole)
    with ts.jit_mode("forbid"):
        assert get_object(made, store) == whole


@pytest.mark.parametrize("length", [0, 4, 63, 64, 200, -1])
def test_an_object_for_another_architecture_that_is_cut_is_a_miss(
    tmp_path: Path, whole: bytes, length: int
) -> None:
    made, store = recipe(ARM), ObjectCache(tmp_path)
    image = get_object(made, store)
    assert made.fits(image) and not made.fits(whole) and not recipe().fits(image)
    store.put(keys_of(made), image[:length])
    assert get_object(made, store) == image
    assert store.find(made.plan(), made.compiler()) == (image, "folder")
