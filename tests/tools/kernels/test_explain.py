"""`explain` says where a program would find a kernel."""

from __future__ import annotations

from pathlib import Path

import pytest
from tensorsmith.backends.cache.layers import ObjectCache
from tensorsmith.backends.cpu import cache as cpu_cache
from tensorsmith.backends.cpu.cache import Recipe, get_object
from tensorsmith.backends.cpu.machine import MACHINES
from tensorsmith.tools.kernels.explain import key_of

V3 = MACHINES["x86-64-v3"]


def recipe(structure: str) -> Recipe:
    """How a kernel is made that does nothing, from one of many structures."""
    source = f'target triple = "{V3.triple}"\ndefine void @kernel() {{\n ret void\n}}\n'
    return Recipe("thing", structure, V3, ("kernel",), lambda: source)


def test_a_kernel_is_found_by_its_plan_its_source_or_made_by_another_compiler(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = ObjectCache(tmp_path / "k")
    assert key_of(cache, recipe("one"))["layer"] is None
    assert key_of(cache, recipe("one"))["why"] == ["no layer has any kernel called thing"]
    get_object(recipe("one"), cache)
    assert key_of(cache, recipe("one"))["layer"] == "folder"
    assert key_of(cache, recipe("two"))["layer"] == "folder, by its source"
    monkeypatch.setattr(cpu_cache, "compiler_version", lambda: "llvmlite of next year")
    found = key_of(cache, recipe("one"))
    assert found["layer"].startswith("folder, by another compiler") and not found["why"]
    assert found["plan"]["compiler"] == "llvmlite of next year"
