"""Cubins are kept in the kernel cache under keys that name target, compiler and options."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import tensorsmith as ts
from tensorsmith.backends.cache.layers import ObjectCache
from tensorsmith.backends.cache.objects import get_object
from tensorsmith.backends.cuda import nvrtc
from tensorsmith.backends.cuda.cache import kernel_recipe
from tensorsmith.backends.cuda.target import TARGETS, target_by_name
from tensorsmith.backends.processors import processor_by_name
from tensorsmith.lowering.launch import Kernel
from tensorsmith.ops.dtype import by_name
from tensorsmith.ops.errors import MissingKernelError
from tensorsmith.ops.registry import registry
from tensorsmith.tools.show import plan_example

needs_nvrtc = pytest.mark.skipif(bool(nvrtc.why_not()), reason=nvrtc.why_not() or "it is there")


def kernel(name: str = "relu", target: str = "sm_90") -> Kernel:
    """The kernel of an op's first sample."""
    planned = plan_example(registry.get(name), by_name("float32"), processor_by_name(target))
    return planned.launches[0].kernel


@pytest.mark.parametrize("name", ["relu", "softmax", "sum", "cumsum", "mm", "embedding"])
def test_the_entry_of_a_kernel_is_known_before_it_is_built(name: str) -> None:
    planned = kernel(name)
    assert planned.build().name == planned.entry


def test_keys_name_target_compiler_and_options() -> None:
    plans = {name: kernel_recipe(kernel("relu", name), TARGETS[name]).plan() for name in TARGETS}
    assert len({plan.text("c") for plan in plans.values()}) == len(TARGETS)
    fields = json.loads(plans["sm_90"].text(nvrtc.version()))
    assert fields["target"] == "sm_90" and fields["backend"] == "cuda"
    assert fields["compiler"] == nvrtc.version()
    assert fields["options"]["flags"] == list(nvrtc.OPTIONS)


@needs_nvrtc
def test_a_cubin_is_compiled_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, recipe = ObjectCache(tmp_path), kernel_recipe(kernel(), TARGETS["sm_90"])
    made = get_object(recipe, store)
    assert made.startswith(b"\x7fELF") and recipe.kernel.entry.encode() in made
    monkeypatch.setattr(nvrtc, "compile_source", lambda *_: pytest.fail("compiled again"))
    with ts.jit_mode("forbid"):
        assert get_object(recipe, ObjectCache(tmp_path)) == made


def test_forbid_names_the_command_that_builds_the_kernel(tmp_path: Path) -> None:
    recipe = kernel_recipe(kernel("softmax"), TARGETS["sm_90"])
    words = r"^cuda backend: .*softmax\[f32, rows\].*precompile --ops softmax --target sm_90"
    with ts.jit_mode("forbid"), pytest.raises(MissingKernelError, match=words):
        get_object(recipe, ObjectCache(tmp_path))


def test_the_version_of_the_compiler_is_told_without_loading_it() -> None:
    text = (
        "import sys; from tensorsmith.backends.cuda import nvrtc; print(nvrtc.version()); "
        "print(sorted(m for m in sys.modules if m.startswith('cuda')))"
    )
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    version, loaded = done.stdout.splitlines()
    assert version.startswith("nvrtc ")
    if "is not installed" not in version and version.count(".") > 1:  # of the wheel
        assert loaded == "[]"


@needs_nvrtc
@pytest.mark.parametrize("target", ["sm_90", "compute_90"])
def test_a_cubin_that_is_not_whole_is_a_miss_and_is_repaired(tmp_path: Path, target: str) -> None:
    recipe = kernel_recipe(kernel("relu", target), target_by_name(target))
    store, compiler = ObjectCache(tmp_path), recipe.compiler()
    whole = get_object(recipe, store)
    assert recipe.fits(whole)
    keys = recipe.plan().text(compiler), recipe.content(recipe.source(), compiler).text()
    for misfit in (b"", whole[:100], whole[: len(whole) // 2], whole[:-8], b"other" + whole[5:40]):
        assert not recipe.fits(misfit)
        store.put(keys, misfit)
        assert get_object(recipe, store) == whole
    assert store.find(recipe.plan(), compiler) == (whole, "folder")
