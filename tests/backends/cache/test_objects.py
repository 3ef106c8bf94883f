"""Objects come through one door: by plan, by source, or compiled if that is allowed."""

from __future__ import annotations

import errno
import logging
import os
import subprocess
import sys
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import tensorsmith as ts
from tensorsmith.backends.cache.layers import ObjectCache
from tensorsmith.backends.cache.statistics import (
    statistics,
)
from tensorsmith.backends.cpu import cache as cpu_cache
from tensorsmith.backends.cpu.cache import Recipe, get_object
from tensorsmith.backends.cpu.loader import load
from tensorsmith.backends.cpu.machine import MACHINES
from tensorsmith.backends.cuda.cache import NVRTC
from tensorsmith.backends.cuda.loading import HOST
from tensorsmith.ops.errors import BackendError, MissingKernelError
from tensorsmith.ops.registry import registry

V3 = MACHINES["x86-64-v3"]
SOURCE = f'target triple = "{V3.triple}"\ndefine void @kernel(ptr %a, i64 %b) {{\n ret void\n}}\n'
MINE = """
mine::twice:
  doc: Twice the input.
  inputs: {input: Float}
  outputs: {output: Float}
  define: output = 2 * input
"""


class Counted:
    """A recipe of the source, and how often it was generated."""

    def __init__(self, structure: str = "one") -> None:
        self.generated = 0
        self.recipe = Recipe("thing", structure, V3, ("kernel",), self._source, op="softmax")

    def _source(self) -> str:
        self.generated += 1
        return SOURCE


@pytest.fixture
def store(tmp_path: Path) -> ObjectCache:
    """An empty cache."""
    return ObjectCache(tmp_path / "k")


@pytest.fixture(autouse=True)
def _mode_as_before() -> Iterator[None]:
    with ts.jit_mode("on"):
        yield


def test_the_second_look_up_generates_no_source(store: ObjectCache) -> None:
    thing = Counted()
    first = get_object(thing.recipe, store)
    compiled = statistics.compiled
    assert get_object(thing.recipe, store) == first
    assert thing.generated == 1 and statistics.compiled == compiled


def test_the_same_source_is_compiled_once_for_two_plans(store: ObjectCache) -> None:
    one, other = Counted("one"), Counted("other")
    first = get_object(one.recipe, store)
    compiled = statistics.compiled
    with ts.jit_mode("forbid"):
        assert get_object(other.recipe, store) == first
        assert get_object(other.recipe, store) == first
    assert other.generated == 1 and statistics.compiled == compiled


def test_a_damaged_object_is_compiled_again(store: ObjectCache) -> None:
    thing = Counted()
    first = get_object(thing.recipe, store)
    for file in list(store.user.files()):
        file.path.write_bytes(file.path.read_bytes()[:-1])
    assert get_object(thing.recipe, store) == first
    assert all(store.user.get(key) for key in (thing.recipe.plan().text(thing.recipe.compiler()),))


def test_forbid_names_the_kernel_and_the_command(store: ObjectCache) -> None:
    thing = Counted().recipe
    with ts.jit_mode("forbid"), pytest.raises(BackendError) as error:
        get_object(replace(thing, label="softmax[f32, rows]"), store)
    for words in (
        f"the kernel softmax[f32, rows]#{thing.plan().structure[:8]} is in no cache and no bundle",
        f"tensorsmith explain 'softmax[f32, rows]#{thing.plan().structure[:8]}' --target x86-64-v3",
        "tensorsmith precompile --ops softmax --target x86-64-v3",
        "tensorsmith trace",
        "tensorsmith precompile --lock kernels.lock --target x86-64-v3",
    ):
        assert words in str(error.value)


def test_an_op_that_no_other_process_knows_is_built_from_a_trace_alone(
    store: ObjectCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["my train.py", "--epochs", "1"])
    mine = registry.add(registry.read_text(MINE)[0])
    try:
        for op in (mine.name, "to_float16"):
            recipe = replace(Counted().recipe, op=op, label=f"{op}[f32, rows]")
            with ts.jit_mode("forbid"), pytest.raises(MissingKernelError) as error:
                get_object(recipe, store)
            named = f"{op}[f32, rows]#{recipe.plan().structure[:8]}"
            assert f"the kernel {named} is in no cache and no bundle" in str(error.value)
            assert str(error.value).endswith(
                "It is built with all others of this program, by: tensorsmith trace 'my train.py' "
                "-o kernels.lock -- --epochs 1 && tensorsmith precompile --lock kernels.lock "
                "--target x86-64-v3"
            )
    finally:
        registry.remove(mine.name)


def test_an_op_from_a_file_is_built_from_that_file(store: ObjectCache, tmp_path: Path) -> None:
    file = tmp_path / "my entries.yaml"
    file.write_text(MINE)
    mine = registry.add(registry.read_text(MINE)[0], str(file))
    try:
        recipe = replace(Counted().recipe, op=f"{mine.name}.adjoint[input]")
        for there in (True, False):
            if not there:
                file.unlink()
            with ts.jit_mode("forbid"), pytest.raises(MissingKernelError) as error:
                get_object(recipe, store)
            command = f"tensorsmith precompile --registry '{file}' --target x86-64-v3"
            assert (command in str(error.value)) == there
            assert "precompile --ops" not in str(error.value)
            assert "precompile --lock kernels.lock" in str(error.value)
    finally:
        registry.remove(mine.name)


def test_a_kernel_of_a_simulated_device_is_said_to_be_built_by_no_command(
    store: ObjectCache,
) -> None:
    recipe = replace(Counted().recipe, ahead=False)
    with ts.jit_mode("forbid"), pytest.raises(MissingKernelError) as error:
        get_object(recipe, store)
    assert "No command builds what a simulated device runs: allow compiling" in str(error.value)
    assert "tensorsmith precompile" not in str(error.value) and not HOST.ahead and NVRTC.ahead


def test_without_a_compiler_the_kernel_and_the_command_are_named(
    store: ObjectCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> None:
        raise MissingKernelError("llvmlite must be installed to compile")

    monkeypatch.setattr("tensorsmith.backends.cpu.compile.binding", missing)
    with pytest.raises(MissingKernelError) as error:
        get_object(Counted().recipe, store)
    for words in (
        f"the kernel thing#{Counted().recipe.plan().structure[:8]} is in no cache and no bundle",
        "it cannot be compiled here: llvmlite must be installed",
        "tensorsmith precompile --ops softmax --target x86-64-v3",
        "tensorsmith precompile --lock kernels.lock --target x86-64-v3",
    ):
        assert words in str(error.value)


def test_warn_compiles_with_a_warning(store: ObjectCache) -> None:
    with ts.jit_mode("warn"), pytest.warns(RuntimeWarning, match=r"thing#\w{8} is in no cache"):
        get_object(Counted().recipe, store)


def test_a_compilation_is_told_to_the_log(
    store: ObjectCache, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="tensorsmith.cache"):
        get_object(replace(Counted().recipe, label="softmax[f32, rows]"), store)
    (line,) = [record.getMessage() for record in caplog.records]
    assert line.startswith("softmax[f32, rows] compiled in ") and line.endswith(" ms (cached)")


def without_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on the CPU's compiler is not installed."""

    def lacking(*_: object) -> bytes:
        raise MissingKernelError("llvmlite must be installed to compile")

    monkeypatch.setattr(cpu_cache, "compile_text", lacking)
    monkeypatch.setattr(cpu_cache, "compiler_version", lambda: "llvmlite is not installed")


def test_what_another_compiler_made_is_run_where_there_is_none(
    store: ObjectCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = get_object(Counted().recipe, store)
    without_compiler(monkeypatch)
    counted, again = Counted(), Counted()
    assert get_object(counted.recipe, ObjectCache(store.user.asked)) == made
    assert get_object(again.recipe, ObjectCache(store.user.asked)) == made
    assert (counted.generated, again.generated) == (1, 0)
    with pytest.raises(MissingKernelError, match=r"thing#\w{8} is in .* must be installed"):
        get_object(replace(counted.recipe, structure="two", symbols=("other",)), store)


def test_what_another_compiler_made_is_run_where_compiling_is_forbidden(
    store: ObjectCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = get_object(Counted().recipe, store)
    monkeypatch.setattr(cpu_cache, "compiler_version", lambda: "llvmlite of next year")
    with ts.jit_mode("forbid"):
        assert get_object(Counted().recipe, ObjectCache(store.user.asked)) == made


def test_where_compiling_is_allowed_each_compiler_makes_its_own(
    store: ObjectCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    get_object(Counted().recipe, store)
    monkeypatch.setattr(cpu_cache, "compiler_version", lambda: "llvmlite of next year")
    before = statistics.compiled
    get_object(Counted().recipe, store)
    assert statistics.compiled == before + 1
    assert len(store.user.compilers()) == 2


def test_a_cache_that_cannot_be_written_to_still_gives_the_object(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.warns(RuntimeWarning, match="TENSORSMITH_CACHE_DIR"):
        closed = ObjectCache(tmp_path / "file")
    assert load(get_object(Counted().recipe, closed), ("kernel",))


@pytest.mark.parametrize("function", ["open", "mkdir", "replace", "fdopen", "link", "utime"])
def test_an_object_is_right_whatever_the_system_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    made = get_object(Counted().recipe, ObjectCache(tmp_path / "k"))
    for name in ("ENOSPC", "EROFS", "EACCES", "EIO", "ESTALE", "EBUSY", "EMFILE", "EINTR"):
        number = getattr(errno, name)

        def refuse(*_: object, number: int = number, **__: object) -> None:
            raise OSError(number, os.strerror(number))

        with monkeypatch.context() as patched, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            patched.setattr(os, function, refuse)
            for folder in ("k", name):  # one that has the object, and one that is to be made
                assert get_object(Counted().recipe, ObjectCache(tmp_path / folder)) == made
        assert get_object(Counted().recipe, ObjectCache(tmp_path / "k")) == made


def test_import_with_native_code_in_the_cache_needs_no_compiler() -> None:
    script = (
        "import sys, tensorsmith; print([m for m in ('llvmlite', 'yaml', 'importlib.metadata') "
        "if m in sys.modules])"
    )
    command = [sys.executable, "-c", script]
    subprocess.run(command, check=True)  # now it is there
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_wrong_mode_in_the_environment_is_an_error_of_the_import() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import tensorsmith"], capture_output=True, text=True, check=False,
        env={**os.environ, "TENSORSMITH_JIT": "forbidd"},
    )  # fmt: skip
    assert done.returncode == 1
    assert "TENSORSMITH_JIT must be on, warn or forbid, got 'forbidd'" in done.stderr
