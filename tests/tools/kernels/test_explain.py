"""`explain` says where a program would find a kernel, of which call, and why it is not there."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tensorsmith.backends.cache.layers import ObjectCache
from tensorsmith.backends.cpu import cache as cpu_cache
from tensorsmith.backends.cpu.cache import Recipe, get_object
from tensorsmith.backends.cpu.machine import MACHINES
from tensorsmith.ops.errors import ArgumentValueError
from tensorsmith.ops.registry import registry
from tensorsmith.tools.command import main
from tensorsmith.tools.commands import explain
from tensorsmith.tools.kernels import classes
from tensorsmith.tools.kernels import explain as explained
from tensorsmith.tools.kernels.example import Found, found_of
from tensorsmith.tools.kernels.explain import key_of
from tensorsmith.tools.show import dtype_of_example

from .run import Inside, python, status

V3 = MACHINES["x86-64-v3"]


def found(structure: str, **more: Any) -> Found:
    """The keys of a kernel that does nothing, from one of many structures."""
    return found_of(recipe(structure, **more))


def recipe(structure: str, **more: Any) -> Recipe:
    """How it is made."""
    source = f'target triple = "{V3.triple}"\ndefine void @kernel() {{\n ret void\n}}\n'
    return Recipe("thing", structure, V3, ("kernel",), lambda: source, **more)


def test_a_kernel_is_found_by_its_plan_its_source_or_made_by_another_compiler(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = ObjectCache(tmp_path / "k")
    assert key_of(cache, found("one"))["layer"] is None
    assert key_of(cache, found("one"))["why"] == ["no layer has any kernel called thing"]
    get_object(recipe("one"), cache)
    assert key_of(cache, found("one"))["layer"] == "folder"
    assert key_of(cache, found("two"))["layer"] == "folder, by its source"
    monkeypatch.setattr(cpu_cache, "compiler_version", lambda: "llvmlite of next year")
    other = key_of(cache, found("one"))
    assert other["layer"].startswith("folder, by another compiler") and not other["why"]
    assert other["plan"]["compiler"] == "llvmlite of next year"


def test_what_a_program_would_not_run_is_not_found(tmp_path: Path) -> None:
    cache, made = ObjectCache(tmp_path / "k"), recipe("one")
    image = get_object(made, cache)
    assert key_of(cache, found_of(made))["layer"] == "folder"
    keys = made.plan().text(made.compiler()), made.content(made.source(), made.compiler()).text()
    cache.put(keys, image[:-1])
    here = key_of(cache, found_of(made))
    assert here["layer"] is None
    told = "the one of this very key, in folder, is not whole, or is for another machine"
    assert here["why"] == [told]


def test_what_differs_is_said_in_words_before_digests(tmp_path: Path) -> None:
    cache = ObjectCache(tmp_path / "k")
    get_object(recipe("one", dtypes="float32", layout="rows"), cache)
    get_object(recipe("two", dtypes="int64", layout="strided"), cache)
    here = Recipe(
        "thing", "three", V3, ("kernel",), lambda: "other source", dtypes="float64", layout="rows"
    )
    first, dtypes, structure = key_of(cache, found_of(here))["why"]
    assert first == "the nearest of 2 of that name, in folder, differs in:"
    assert dtypes == "  dtypes: float32 there, float64 here"
    assert re.fullmatch(r"  structure: \w{16}... there, \w{16}... here", structure)


def test_a_missing_kernel_is_told_apart_by_dtype_and_by_layout(cache: Path, inside: Inside) -> None:
    python(cache, "-c", "import tensorsmith as ts; x = ts.ones(2, 3); x @ ts.ones(3, 4)")
    (here,) = inside(cache, "explain", "matmul", "--dtype", "float64")
    assert here["plan"]["dtypes"] == "float64" and here["plan"]["layout"] == "rows x rows"
    assert any(x.strip() == "dtypes: float32 there, float64 here" for x in here["why"])
    (turned,) = inside(cache, "explain", "matmul", "--layout", "transposed")
    words = "layout: rows x rows there, columns x columns here"
    assert any(x.strip() == words for x in turned["why"])
    assert turned["label"].startswith("matmul[f32, contraction columns x columns]#")


def test_the_kernel_that_forbid_names_is_explained(cache: Path, inside: Inside) -> None:
    program = "import tensorsmith as ts; ts.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]).softmax(-1)"
    told = python(cache, "-c", program, TENSORSMITH_JIT="forbid", code=1).stderr
    asked = re.search(r"tensorsmith explain '(softmax\[f32, rows\]#\w{8})' --target \S+", told)
    assert asked is not None
    (here,) = inside(cache, "explain", asked.group(1))
    assert here["label"] == asked.group(1) and here["layer"] is None
    python(cache, "-c", program)
    (there,) = inside(cache, "explain", "softmax")
    assert there["layer"] == "folder" and there["plan"] == here["plan"]


def test_a_kernel_that_no_known_call_needs_is_explained_by_its_name(
    work: Path, inside: Inside
) -> None:
    def asked(name: str) -> dict[str, Any]:
        lock = str(work / "kernels.lock")
        (found,) = inside(work / "built", "explain", name, "--lock", lock)
        return dict(found)

    none, nearest, dtypes, layout, structure = asked("softmax[f64, columns]#00000000")["why"]
    assert re.match(r"none of the \d+ calls of the lock file needs it on x86-64", none)
    assert re.fullmatch(r"the nearest of \d+ of that name, in folder, differs in:", nearest)
    assert dtypes == "  dtypes: f32 there, f64 here"
    assert layout == "  layout: rows there, columns here"
    assert re.fullmatch(r"  structure: \w{8} there, 00000000 here", structure)


@pytest.mark.parametrize(
    ("key", "op", "layout", "named"),
    [
        ("softmax", "softmax", "columns", ("softmax", "rows")),
        ("softmax.2{a=1}", "softmax", "columns", ("softmax", "rows")),
        ("contraction", "matmul", "contraction columns x rows", ("matmul", "contraction rows")),
        ("sort_rows", "argsort", "sort rows", ("argsort", "sort rows rows")),
        ("packing", "matmul", "contraction rows x rows", ("packing", "rows")),
    ],
)
def test_keys_are_compared_with_names(
    key: str, op: str, layout: str, named: tuple[str, str]
) -> None:
    plan = {
        "name": key, "dtypes": "float32,int64,float32", "layout": "rows", "target": "x86-64-v3",
        "structure": "0123456789",
    }  # fmt: skip
    shown = explained._as_named(plan, op, layout)
    assert (shown["name"], shown["layout"]) == named
    assert shown["dtypes"] == "f32 i64" and shown["structure"] == "01234567"


def test_calls_are_chosen_by_shape_gradient_and_lock_file(
    work: Path, inside: Inside, capsys: pytest.CaptureFixture[str]
) -> None:
    (forwards,) = inside(work / "built", "explain", "softmax", "--shape", "6x5")
    (backwards,) = inside(work / "built", "explain", "softmax", "--backward")
    assert forwards["plan"]["name"] == "softmax" and forwards["layer"] == "folder"
    assert backwards["plan"]["name"] == "softmax.adjoint[input]"
    lock = str(work / "kernels.lock")
    numbered = inside(work / "built", "explain", "--lock", lock, "--number", "2")
    assert [each["layer"] for each in numbered] == ["folder"]
    name = forwards["label"]
    assert inside(work / "built", "explain", name, "--lock", lock) == [forwards]
    assert main(["explain", "--lock", lock, "--number", "999"]) == 2
    assert re.search(r"--number must be at least 1 and at most \d+", capsys.readouterr().err)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("", "the name of an op or of a kernel, or --lock, must be given"),
        ("relu --number 1", "--number must go with --lock"),
        ("--lock /dev/null", "--lock must go with --number, or with the name of a kernel"),
        ("relu[f32,_dense]#00000000 --lock /dev/null --number 1", "not both"),
        ("relu --lock /dev/null", "a name must be that of a kernel, with its digest"),
        ("relu[f32,_dense]#00000000 --backward", "must go with the name of an op"),
        ("relu --layout strided --only loops", "--only must be keys where a call"),
        (
            "softmax --dtype int8",
            "--dtype must be one that softmax takes: float16, bfloat16, float32, float64; got int8",
        ),
        ("softmax --dtype complex64", "that softmax takes: .*; got complex64"),
        ("softmax --dtype float31", "dtype must be one of .*float31"),
    ],
)
def test_wrong_lines_are_explained_and_end_with_2(
    capsys: pytest.CaptureFixture[str], line: str, why: str
) -> None:
    assert status(["explain", *(word.replace("_", " ") for word in line.split())]) == 2
    assert re.search(why, capsys.readouterr().err)


@pytest.mark.parametrize("shape", ["3,", "3x", "x", "3*4", ""])
def test_shapes_that_cannot_be_read_are_refused(
    capsys: pytest.CaptureFixture[str], shape: str
) -> None:
    with pytest.raises(SystemExit) as end:
        main(["explain", "relu", "--shape", shape])
    assert end.value.code == 2
    assert "shapes must be extents with x between" in capsys.readouterr().err


def test_the_layouts_of_the_command_are_those_of_the_space() -> None:
    assert tuple(classes.LAYOUTS) == explain.LAYOUTS


@pytest.mark.parametrize(
    ("name", "asked", "planned"),
    [
        ("softmax", None, "float32"), ("softmax", "bfloat16", "bfloat16"),
        ("bitwise_and", None, "int64"), ("bitwise_and", "bool", "bool"),
        ("arange", None, "float32"), ("arange", "int32", "int32"), ("_int_mm", None, "int8"),
    ],
)  # fmt: skip
def test_an_example_is_of_the_dtype_that_is_asked_for(
    name: str, asked: str | None, planned: str
) -> None:
    assert dtype_of_example(registry.get(name), asked).name == planned


def test_the_dtype_that_was_planned_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "bitwise_and", "--only", "keys"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("a call of bitwise_and in int64, contiguous, as its first sample\n")
    assert "bitwise_and[i64, " in out
    with pytest.raises(ArgumentValueError, match="--dtype must be one that bitwise_and takes"):
        dtype_of_example(registry.get("bitwise_and"), "float64")


def test_what_names_unknown_dtypes_or_targets_is_compared_with_nothing(tmp_path: Path) -> None:
    cache = ObjectCache(tmp_path / "k")
    for structure, more in (("one", {"dtypes": "bogus"}), ("two", {"target": "\ud800"})):
        key = replace(recipe(structure).plan(), **more).text("llvm")
        assert cache.put(key, b"object")
    assert key_of(cache, found("three"))["why"] == ["no layer has any kernel called thing"]
    named = explained._by_name(cache, "thing[f32, rows]#00000000", "x86-64-v3", "no call needs it")
    assert named["why"] == ["no call needs it", "no layer has any kernel called thing"]


def test_the_nearest_is_of_the_same_target_if_there_is_one(tmp_path: Path) -> None:
    cache, other = ObjectCache(tmp_path / "k"), MACHINES["aarch64"]
    source = f'target triple = "{other.triple}"\ndefine void @kernel() {{\n ret void\n}}\n'
    there = Recipe("thing", "three", other, ("kernel",), lambda: source, dtypes="float64")
    get_object(there, cache)
    here = found_of(
        Recipe("thing", "three", V3, ("kernel",), lambda: "another source", dtypes="float64")
    )
    none, nearest, *fields = key_of(cache, here)["why"]
    assert none == "no layer has any kernel called thing for x86-64-v3"
    assert nearest == "the nearest of 1 of that name, in folder, differs in:"
    assert fields[0] == "  target: aarch64 there, x86-64-v3 here"
    get_object(recipe("one", dtypes="float32"), cache)  # more fields differ, but not the target
    _, dtypes, _ = key_of(cache, here)["why"]
    assert dtypes == "  dtypes: float32 there, float64 here"


@pytest.mark.parametrize("shape", ["99999999999999999999", "100000x100000x1000000"])
def test_shapes_that_memory_has_no_room_for_are_refused_in_a_line(
    capsys: pytest.CaptureFixture[str], shape: str
) -> None:
    assert main(["explain", "softmax", "--shape", shape]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    why = f"tensorsmith: --shape must give input a shape that memory has room for, got {shape}: "
    assert line.startswith(why)
