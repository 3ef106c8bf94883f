"""Keys depend on everything that an object depends on, and on nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from tensorsmith.backends.cache.key import (
    OPTIMIZED,
    OPTIONS,
    ContentKey,
    Options,
    PlanKey,
    canonical,
    digest,
    options_of,
)
from tensorsmith.backends.cache.objects import digest_of_sources
from tensorsmith.backends.cpu import cache as cpu_cache
from tensorsmith.backends.cpu import compile as compile_module
from tensorsmith.backends.cpu.cache import Recipe, features
from tensorsmith.backends.cpu.machine import MACHINES
from tensorsmith.backends.cuda import cache as cuda_cache
from tensorsmith.backends.cuda import loading as cuda_loading
from tensorsmith.backends.cuda.target import TARGETS
from tensorsmith.backends.processors import processor_by_name
from tensorsmith.ops.dtype import by_name
from tensorsmith.ops.registry import registry
from tensorsmith.tools.show import plan_example

PLAN = PlanKey("softmax", "structure", "pp", "x86-64-v3", "features", "generator", "compiler")
CONTENT = ContentKey("source", ("kernel",), "x86-64-v3", "features", "compiler")

PROGRAM = """
import hashlib, json, os, sys
os.umask(int(sys.argv[1], 8))
import tensorsmith as ts
from tensorsmith.backends.cpu.cache import OBJECTS
from tensorsmith.backends.cpu.compile import compile_text, compiler_version
from tensorsmith.backends.cpu.processor import CpuProcessor
from tensorsmith.backends.cpu.machine import MACHINES
from tensorsmith.backends.arguments import launch_signature
from tensorsmith.backends.cache.format import encode, make_item
from tensorsmith.ops.dtype import by_name
from tensorsmith.ops.registry import registry
from tensorsmith.tools.show import plan_example

ts.set_num_threads(int(sys.argv[2]))
machine, compiler, found = MACHINES["x86-64-v3"], compiler_version(), {}
recipes = [make(machine) for make in OBJECTS]
for name in ("softmax", "matmul", "cross_entropy", "conv2d", "cumsum", "gelu", "index_add"):
    planned = plan_example(registry.get(name), by_name("float32"), CpuProcessor(machine))
    for launch in planned.launches:
        recipes.append(CpuProcessor(machine).recipe(launch.kernel, launch_signature(launch)))
for recipe in recipes:
    source = recipe.source()
    key = recipe.content(source, compiler).text()
    image = encode(make_item(key, compile_text(source, machine, recipe.name)))
    found[recipe.plan().text(compiler)] = [key, hashlib.sha256(image).hexdigest()]
print(json.dumps(found, sort_keys=True))
"""


def _run(place: Path, umask: str, threads: int, **variables: str) -> dict[str, Any]:
    environment = {**os.environ, "TENSORSMITH_NATIVE": "0", **variables}
    command = [sys.executable, "-c", PROGRAM, umask, str(threads)]
    done = subprocess.run(
        command, cwd=place, env=environment, capture_output=True, text=True, check=True
    )
    return dict(json.loads(done.stdout))


def test_keys_and_bytes_are_the_same_in_any_process(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    one = _run(
        tmp_path / "one", "022", 1, PYTHONHASHSEED="1", HOME=str(tmp_path / "one"), TZ="UTC",
        LC_ALL="C", USER="somebody", LOGNAME="somebody", TENSORSMITH_CACHE_DIR=str(tmp_path / "a"),
    )  # fmt: skip
    other = _run(
        tmp_path, "077", 3, PYTHONHASHSEED="4711", HOME="/nowhere", TZ="Asia/Kathmandu",
        LC_ALL="C.UTF-8", USER="another", LOGNAME="another",
        TENSORSMITH_CACHE_DIR=str(tmp_path / "b"), OMP_NUM_THREADS="7",
    )  # fmt: skip
    assert len(one) > 8 and one == other


def _changed(value: Any) -> Any:
    """Another value of the same type."""
    if is_dataclass(value):
        return None
    if isinstance(value, tuple):
        return (*value, "more")
    return value + 1 if isinstance(value, int) else value + "x"


def _variants(whole: Any) -> list[tuple[str, Any]]:
    """The dataclass with each field, and each field of its options, changed alone."""
    found = []
    for item in fields(whole):
        value = getattr(whole, item.name)
        if isinstance(value, Options):
            found += [
                (f"options.{inner.name}", replace(whole, options=replace(value, **{
                    inner.name: _changed(getattr(value, inner.name))
                })))
                for inner in fields(value)
            ]  # fmt: skip
        else:
            found.append((item.name, replace(whole, **{item.name: _changed(value)})))
    return found


@pytest.mark.parametrize("key", [PLAN, CONTENT], ids=["plan", "content"])
def test_each_field_alone_changes_a_key(key: Any) -> None:
    texts = {key.text()} | {other.text() for _, other in _variants(key)}
    assert len(texts) == 1 + len(_variants(key))


def test_a_plan_and_a_content_are_never_one_key() -> None:
    assert json.loads(PLAN.text())["kind"] != json.loads(CONTENT.text())["kind"]


@pytest.mark.parametrize("target", MACHINES)
def test_keys_of_machines_differ(target: str) -> None:
    others = [m for name, m in MACHINES.items() if name != target]
    assert features(MACHINES[target]) not in [features(m) for m in others]


def test_a_recipe_puts_all_of_it_into_its_keys() -> None:
    recipe = Recipe("name", "structure", MACHINES["x86-64-v3"], ("kernel",), str, "pp")
    changes: list[dict[str, Any]] = [
        {"name": "other"}, {"structure": "other"}, {"signature": "p"},
        {"machine": MACHINES["x86-64-v4"]}, {"options": OPTIMIZED}, {"dtypes": "float32"},
        {"layout": "rows"},
    ]  # fmt: skip
    plans = {recipe.plan().text("c")} | {replace(recipe, **c).plan().text("c") for c in changes}
    assert len(plans) == 1 + len(changes)
    assert recipe.content("a", "c").text() != recipe.content("b", "c").text()
    assert recipe.content("a", "c").text() != recipe.content("a", "d").text()
    optimized = replace(recipe, options=OPTIMIZED).content("a", "c")
    assert recipe.content("a", "c").text() != optimized.text()
    assert options_of(json.loads(optimized.text())) == OPTIMIZED


def test_the_compiler_is_told_what_the_options_say_and_nothing_else() -> None:
    asked: list[str] = []

    class Watched:
        def __getattr__(self, name: str) -> Any:
            asked.append(name)
            return getattr(OPTIONS, name)

    watched: Any = Watched()
    machine = MACHINES["x86-64-v3"]
    empty = "define void @kernel(ptr %a, i64 %b) {\n ret void\n}\n"
    text = f'target triple = "{machine.triple}"\n{empty}'
    compile_module.compile_text(text, machine, "empty", watched)
    assert set(asked) == {item.name for item in fields(OPTIONS)}


def native_text() -> str:
    """A loop that LLVM's passes and switches change."""
    return (
        f'target triple = "{MACHINES["x86-64-v3"].triple}"\n'
        "define void @loop(ptr %a, i64 %n) {\nentry:\n br label %next\nnext:\n"
        " %i = phi i64 [0, %entry], [%j, %next]\n %j = add i64 %i, 1\n"
        " %p = getelementptr i64, ptr %a, i64 %i\n %x = load i64, ptr %p\n"
        " %d = sdiv i64 %x, %n\n store i64 %d, ptr %p\n %more = icmp slt i64 %j, %n\n"
        " br i1 %more, label %next, label %done\ndone:\n ret void\n}\n"
    )


def test_what_was_compiled_before_changes_nothing() -> None:
    text = native_text()
    machine, name = MACHINES["x86-64-v3"], "loop"
    first = compile_module.compile_text(text, machine, name)
    optimized = compile_module.compile_text(text, machine, name, OPTIMIZED)
    assert compile_module.compile_text(text, machine, name) == first != optimized
    assert compile_module.compile_text(text, machine, name, OPTIMIZED) == optimized


def test_all_options_state_the_same_switches() -> None:
    names = [[flag.partition("=")[0] for flag in each.flags] for each in (OPTIONS, OPTIMIZED)]
    assert names[0] == names[1] and len(set(names[0])) == len(names[0])


def test_canonical_keys_tell_types_apart_and_ignore_set_order() -> None:
    assert canonical((1,)) != canonical(("1",))
    assert canonical((1.0,)) != canonical((1,))
    assert canonical((frozenset({"a", "b"}),)) == canonical((frozenset({"b", "a"}),))


def test_digests_are_whole() -> None:
    assert len(digest("x")) == 64


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """Two folders of sources."""
    for name in ("one/a.py", "one/inner/b.py", "other/c.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    return tmp_path


CHANGES: dict[str, Callable[[Path], object]] = {
    "a byte": lambda sources: (sources / "one/a.py").write_text("one/b.py"),
    "a name": lambda sources: (sources / "one/a.py").rename(sources / "one/d.py"),
    "a place": lambda sources: (sources / "one/inner/b.py").rename(sources / "one/b.py"),
    "a folder": lambda sources: (sources / "one/a.py").rename(sources / "other/a.py"),
    "a file more": lambda sources: (sources / "other/d.py").touch(),
    "a file less": lambda sources: (sources / "other/c.py").unlink(),
}


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_changes_in_sources_changes_their_digest(sources: Path, change: str) -> None:
    folders = [sources / "one", sources / "other"]
    before = digest_of_sources(folders)
    assert before == digest_of_sources(folders) and len(before) == 64
    (sources / "one/notes.txt").touch()
    assert before == digest_of_sources(folders)
    CHANGES[change](sources)
    assert before != digest_of_sources(folders)


def test_the_digest_of_sources_does_not_depend_on_where_they_lie(sources: Path) -> None:
    before = digest_of_sources([sources / "one"])
    (sources / "moved").mkdir()
    (sources / "one").rename(sources / "moved" / "one")
    assert digest_of_sources([sources / "moved" / "one"]) == before


PACKAGE = Path(cpu_cache.__file__).resolve().parents[2]
OF_BOTH = ("ops/calls/sizes.py", "lowering/schedule.py", "lowering/simt/narrow.py")


@pytest.mark.parametrize(
    ("backend", "name"),
    [(cpu_cache, f"backends/cpu/{name}") for name in ("emit.py", "machine.py")]
    + [(cuda_cache, f"backends/cuda/{name}") for name in ("emit.py", "kernel.h")]
    + [(cuda_loading, f"backends/cuda/{name}") for name in ("host.py", "simt.h")]
    + [(each, name) for each in (cpu_cache, cuda_cache, cuda_loading) for name in OF_BOTH],
)
def test_a_changed_source_of_the_generator_changes_the_keys(
    backend: Any, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    generator = backend._generator if backend is cuda_loading else backend.generator_digest
    before = generator.__wrapped__()
    assert before == generator.__wrapped__()
    read = Path.read_bytes

    def changed(path: Path) -> bytes:
        return read(path) + (b"#" if path == PACKAGE / name else b"")

    monkeypatch.setattr(Path, "read_bytes", changed)
    monkeypatch.setattr(cuda_loading, "generator_digest", cuda_cache.generator_digest.__wrapped__)
    after = generator.__wrapped__()
    assert before != after
    assert replace(PLAN, generator=before).text() != replace(PLAN, generator=after).text()


def test_recipes_state_the_generator_that_runs() -> None:
    recipe = Recipe("name", "structure", MACHINES["x86-64-v3"], ("kernel",), str, "pp")
    assert recipe.plan().generator == cpu_cache.generator_digest()
    cuda = plan_example(registry.get("relu"), by_name("float32"), processor_by_name("sm_90"))
    made = cuda_cache.kernel_recipe(cuda.launches[0].kernel, TARGETS["sm_90"])
    assert made.plan().generator == cuda_cache.generator_digest()
