"""Features of a target: kernels that need one say so, all others are as if there were none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import tensorsmith as ts
from tensorsmith.backends.arguments import launch_signature
from tensorsmith.backends.cache.layers import ObjectCache
from tensorsmith.backends.cache.objects import get_object
from tensorsmith.backends.cpu import machine
from tensorsmith.backends.cpu.cache import Recipe
from tensorsmith.backends.cpu.kernels import get_kernel
from tensorsmith.backends.cpu.machine import FEATURES, MACHINES, full_machines, machine_of
from tensorsmith.backends.cpu.processor import CpuProcessor
from tensorsmith.backends.processors import processor_by_name, processor_of_key
from tensorsmith.lowering.launch import Kernel
from tensorsmith.ops.errors import ArgumentValueError, BackendError, MissingKernelError
from tensorsmith.tools import show
from tensorsmith.tools.commands.arguments import targets
from tensorsmith.tools.kernels import explain
from tensorsmith.tools.kernels.example import found_of

from ..lowering.calls import Call, make, random

BYTES = make("_int_mm", {"input": random(20, 33, kind="int8"), "mat2": random(33, 40, kind="int8")})
SINGLE = make("mm", {"input": random(20, 33), "mat2": random(33, 40)})
FULL = "x86-64-v4+avx512bf16+avx512vnni"


def recipe(call: Call, target: str) -> Recipe:
    """How the one kernel of a call is made for a target."""
    processor = processor_by_name(target)
    assert isinstance(processor, CpuProcessor)
    (launch,) = call.planned(processor.target).launches
    return processor.recipe(launch.kernel, launch_signature(launch))


@pytest.fixture
def flags(monkeypatch: pytest.MonkeyPatch) -> Iterator[set[str]]:
    """What this processor is taken to have; all of x86-64-v3 at first."""
    found = machine._V2 | machine._V3
    monkeypatch.setattr(machine, "_processor_flags", lambda: frozenset(found))
    monkeypatch.setattr(machine.platform, "machine", lambda: "x86_64")
    monkeypatch.delenv("TENSORSMITH_CPU_TARGET", raising=False)
    machine.lacking.cache_clear()
    yield found
    machine.lacking.cache_clear()


def test_a_kernel_that_needs_no_feature_has_the_same_key_with_and_without() -> None:
    plain, full = recipe(SINGLE, "x86-64-v4"), recipe(SINGLE, FULL)
    assert plain.plan() == full.plan()
    assert plain.content("source", "llvm") == full.content("source", "llvm")


def test_a_kernel_that_needs_a_feature_names_it_in_both_keys() -> None:
    plain, full = recipe(BYTES, "x86-64-v4"), recipe(BYTES, FULL)
    assert plain.plan().target == full.plan().target == "x86-64-v4"
    for one, other in (
        (plain.plan().features, full.plan().features),
        (plain.content("", "").features, full.content("", "").features),
    ):
        assert other == f"{one},+avx512vnni"
    assert plain.built_for == "x86-64-v4" and full.built_for == "x86-64-v4+avx512vnni"


def test_kernels_differ_by_their_features() -> None:
    one, other = Kernel(("k",), str), Kernel(("k",), str, features=("avxvnni",))
    assert one != other and one == Kernel(("k",), str)


def test_an_object_for_a_feature_that_is_not_here_is_never_loaded(
    flags: set[str], tmp_path: Path
) -> None:
    store = ObjectCache(tmp_path)
    wide = recipe(BYTES, "x86-64-v3+avxvnni")
    get_object(wide, store)
    with ts.jit_mode("forbid"):
        assert get_object(wide, store)
        with pytest.raises(MissingKernelError, match="--target x86-64-v3 --"):
            get_object(recipe(BYTES, machine.detect_machine.__wrapped__().target.spelling), store)
    (launch,) = BYTES.planned(machine_of("x86-64-v3", ["avxvnni"]).target).launches
    why = r"cannot run code for x86-64-v3\+avxvnni: it lacks avx_vnni"
    with pytest.raises(BackendError, match=why):
        get_kernel(launch.kernel, MACHINES["x86-64-v3"], launch_signature(launch))


def test_an_object_is_compiled_again_from_what_its_key_says() -> None:
    made = recipe(BYTES, "x86-64-v3+avxvnni")
    source = made.source()
    processor = processor_of_key(vars(made.content(source, "llvm")))
    assert processor.target.spelling == "x86-64-v3+avxvnni"
    assert processor.compile(source, "bytes", made.options) == made.compile(source)
    assert processor_of_key(vars(recipe(SINGLE, FULL).plan())).target.spelling == "x86-64-v4"
    newer = {"target": "x86-64-v4", "features": "x86_64-unknown-linux-gnu x86-64-v4 +amx-int8"}
    with pytest.raises(ArgumentValueError, match="an object's features must be known, got"):
        processor_of_key(newer)


def test_a_missing_kernel_is_built_by_the_command_that_names_its_features(tmp_path: Path) -> None:
    with ts.jit_mode("forbid"), pytest.raises(MissingKernelError) as error:
        get_object(recipe(BYTES, "x86-64-v3+avxvnni"), ObjectCache(tmp_path))
    assert "precompile --ops _int_mm --target x86-64-v3+avxvnni --" in str(error.value)


def test_a_process_takes_the_features_of_its_processor(
    flags: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    detect = machine.detect_machine.__wrapped__
    assert detect().target.spelling == "x86-64-v3"
    flags.add("avx_vnni")
    assert detect().target.spelling == "x86-64-v3+avxvnni"
    flags.update(machine._V4 | {"avx512_vnni", "avx512_bf16"})
    assert detect().target.spelling == "x86-64-v4+avx512bf16+avx512vnni"
    monkeypatch.setenv("TENSORSMITH_CPU_TARGET", "x86-64-v4+avx512vnni")
    assert detect().target.features == ("avx512vnni",)
    flags.remove("avx512_vnni")
    machine.lacking.cache_clear()
    with pytest.raises(BackendError, match=r"cannot run code for x86-64-v4\+avx512vnni: it lacks"):
        detect()


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("x86-64-v3+avx512vnni", "a feature of x86-64-v3 must be one of avxvnni, got 'avx512vnni'"),
        ("x86-64-v2+avxvnni", "a feature of x86-64-v2 must be one of none, got 'avxvnni'"),
        ("x86-64-v4+", "a feature of x86-64-v4 must be one of avx512bf16, avx512vnni, got ''"),
    ],
)
def test_features_that_no_processor_of_a_level_has_are_refused(name: str, why: str) -> None:
    with pytest.raises(ArgumentValueError, match=why):
        processor_by_name(name)


def test_a_target_with_features_is_built_for_with_and_without_them() -> None:
    assert targets("x86-64-v4+avx512vnni, sm_90,x86-64-v4") == [
        "x86-64-v4", "x86-64-v4+avx512vnni", "sm_90",
    ]  # fmt: skip


def test_full_machines_have_every_feature() -> None:
    found = {each.target.name: each.target.features for each in full_machines()}
    assert found == {level: tuple(sorted(known)) for level, known in FEATURES.items()}


def test_explain_shows_what_a_kernel_needs(tmp_path: Path) -> None:
    made = recipe(BYTES, "x86-64-v3+avxvnni")
    plan = explain.key_of(ObjectCache(tmp_path), found_of(made))["plan"]
    assert plan["target"] == "x86-64-v3" and plan["features"].endswith("x86-64-v3 +avxvnni")
    full = machine_of("x86-64-v3", ["avxvnni"])
    (launch,) = BYTES.planned(full.target).launches
    assert any("vpdpbusd" in line for line in show.code_lines(launch, full))


def test_a_processor_without_the_feature_gets_the_same_result() -> None:
    a, b = (BYTES.arrays[name].astype(np.int32) for name in ("input", "mat2"))
    np.testing.assert_array_equal(BYTES.run()["output"], a @ b)
