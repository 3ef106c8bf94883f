"""Kernels ahead of time: precompile, lock files, bundles."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tensorsmith.backends.cache.bundle import Bundle
from tensorsmith.backends.cuda import nvrtc
from tensorsmith.tools.command import main
from tensorsmith.tools.kernels import explain

from .run import HERE, command, python, told

WITHOUT_SAMPLES = """\
double_of_test:
  doc: Twice the input.
  inputs: {input: "Float[N]"}
  outputs: {output: "Float[N]"}
  define: output[n] = 2 * input[n]
  reference: 2 * input
"""


def test_forbid_prints_a_command_that_builds_what_is_missing(cache: Path) -> None:
    script = "import tensorsmith as ts; ts.ones(7)"
    missing = python(cache, "-c", script, code=1, TENSORSMITH_JIT="forbid").stderr
    found = re.search(r"tensorsmith (precompile --ops full --target \S+)", missing)
    assert found is not None, missing
    command(cache, *found[1].split(), "--jobs", "1")
    python(cache, "-c", script, TENSORSMITH_JIT="forbid")


def test_a_layout_outside_of_the_space_is_built_from_the_trace_that_forbid_names(
    cache: Path, tmp_path: Path
) -> None:
    text = "import tensorsmith as ts\na = ts.tensor([[1.0, 2.0], [3.0, 4.0]])\na + a.t()\n"
    (tmp_path / "program.py").write_text(text)
    forbid = {"TENSORSMITH_JIT": "forbid"}
    missing = python(cache, str(tmp_path / "program.py"), code=1, **forbid).stderr
    found = re.search(r"tensorsmith (trace .*) && tensorsmith (precompile --lock .*)", missing)
    assert found is not None and "layouts and sizes decide" in missing, missing
    lines = [
        line.replace("kernels.lock", str(tmp_path / "k.lock")).split() for line in found.groups()
    ]
    command(cache, *lines[0], **forbid)
    command(cache, *lines[1], "--jobs", "1")
    python(cache, str(tmp_path / "program.py"), **forbid)


def test_precompile_goes_on_where_it_stopped(work: Path) -> None:
    arguments = ("precompile", "--lock", str(work / "kernels.lock"), "--jobs", "1")
    again = told(work / "built", *arguments)
    assert again["compiled"] == 0 and again["found"] > 5 and not again["failed"]


@pytest.mark.parametrize(
    "end_it", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)]
)
def test_an_interrupted_run_says_in_one_line_how_to_go_on(
    tmp_path: Path, end_it: signal.Signals
) -> None:
    line = ("-m", "tensorsmith.tools.command", "precompile", "--all", "--jobs", "1")
    store = tmp_path / "store"
    with subprocess.Popen(
        [sys.executable, *line, "--store", str(store)], stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, start_new_session=True,
        env={**os.environ, "TENSORSMITH_CACHE_DIR": str(tmp_path / "cache")},
    ) as run:  # fmt: skip
        end = time.monotonic() + 120
        while not list(store.rglob("*.kernel")) and time.monotonic() < end:
            time.sleep(0.05)
        if end_it == signal.SIGINT:
            os.killpg(run.pid, end_it)  # as a terminal does: the workers get it too
        else:
            os.kill(run.pid, end_it)
        out, said = run.communicate(timeout=150)
    assert run.returncode == 128 + end_it and not out
    how = "interrupted" if end_it == signal.SIGINT else "terminated"
    first, *said = said.splitlines(keepends=True)
    assert re.fullmatch(r"tensorsmith: building: \d+ pieces of work\n", first)
    assert [line for line in said if " done after " not in line] == [
        f"tensorsmith: {how}; what was compiled is kept in {store}/kernels, and the same "
        "command goes on from there\n"
    ]
    assert list(store.rglob("*.kernel"))


@pytest.mark.skipif(bool(nvrtc.why_not()), reason=nvrtc.why_not() or "it is there")
def test_processes_end_with_a_run_that_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "killed.py"
    script.write_text(
        "import multiprocessing, os, time\n"
        "from tensorsmith.tools.kernels.work import end_with_parent\n"
        "def child():\n"
        "    end_with_parent()\n"
        "    print(os.getpid(), flush=True)\n"
        "    time.sleep(120)\n"
        "if __name__ == '__main__':\n"
        "    process = multiprocessing.get_context('spawn').Process(target=child)\n"
        "    process.start()\n"
        "    process.join()\n"
    )
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        assert int(run.stdout.readline()) != run.pid
        run.kill()
        killed = time.monotonic()
        assert run.stdout.read() == ""  # the child has the other end open as long as it lives
        assert time.monotonic() - killed < 60


def test_kernels_for_gpus_are_built_kept_and_bundled_as_those_for_processors(
    cache: Path, tmp_path: Path
) -> None:
    pytest.importorskip("cuda.bindings", reason="the extra `cuda` is not installed")
    lock = tmp_path / "kernels.lock"
    script = "import tensorsmith as ts\n(ts.ones(2, 3) + ts.ones(3)).sum(-1)"
    (tmp_path / "program.py").write_text(script)
    command(cache, "trace", str(tmp_path / "program.py"), "-o", str(lock))
    arguments = (
        "precompile", "--lock", str(lock), "--target", "sm_90,sm_120", "--jobs", "1",
        "-o", str(tmp_path / "bundles"), "--store", str(tmp_path / "store"),
    )  # fmt: skip
    first, again = told(cache, *arguments), told(cache, *arguments)
    assert first["kernels"] == {"sm_90": 4, "sm_120": 4} and not first["failed"]
    assert (first["compiled"], first["found"]) == (8, 0)
    assert (again["compiled"], again["found"]) == (0, 8)
    bundle = Bundle(tmp_path / "bundles" / "sm_90.bundle")
    items = [item for item in bundle.items() if item is not None]
    assert len(items) == 4 and all(item.payload.startswith(b"\x7fELF") for item in items)
    (explained, *_) = told(
        tmp_path / "store", "explain", "sum", "--target", "sm_90", TENSORSMITH_BUNDLES=""
    )
    assert explained["plan"]["target"] == "sm_90" and explained["plan"]["backend"] == "cuda"


BYTES = """
import tensorsmith as ts
x = ts.full((20, 33), -128, dtype=ts.int8)
print(ts._int_mm(x, x.T.contiguous()).sum().item())
"""


@pytest.mark.slow
def test_a_bundle_for_features_also_serves_processors_without_them(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(BYTES)
    lock, bundles = str(tmp_path / "kernels.lock"), tmp_path / "bundles"
    command(tmp_path / "traced", "trace", str(tmp_path / "program.py"), "-o", lock)
    features = {"x86-64-v3": "avxvnni", "x86-64-v4": "avx512vnni", "aarch64": "bf16"}
    targets = ",".join(f"{level}+{name}" for level, name in features.items())
    told(
        tmp_path / "built", "precompile", "--lock", lock, "--target", targets, "--jobs", "1",
        "-o", str(bundles),
    )  # fmt: skip
    for level, differing in (("x86-64-v3", 1), ("x86-64-v4", 1), ("aarch64", 0)):
        bundle = Bundle(bundles / f"{level}.bundle")
        plans = [p for item in bundle.items() if item is not None for p in explain.plans_of(item)]
        assert sum(f"+{features[level]}" in plan["features"] for plan in plans) == differing
        assert {plan["target"] for plan in plans} == {level}
    done = python(
        tmp_path / "empty", str(tmp_path / "program.py"), TENSORSMITH_CPU_TARGET=HERE,
        TENSORSMITH_BUNDLES=str(bundles), TENSORSMITH_JIT="forbid",
    )  # fmt: skip
    assert int(done.stdout) == 20 * 20 * 33 * 128 * 128


def test_a_dry_run_lists_the_kernels_and_builds_none(cache: Path) -> None:
    before = set(cache.rglob("*.kernel"))
    out = command(cache, "precompile", "--ops", "full", "--dry-run", "--target", "x86-64-v4")
    assert re.search(r"x86-64-v4  full\[f32, dense\]  \d+", out)
    assert re.search(r"x86-64-v4: \d+ kernels, from \d+ calls", out)
    assert set(cache.rglob("*.kernel")) == before


@pytest.mark.slow
def test_own_entries_are_built_from_their_file(tmp_path: Path) -> None:
    entry = (
        "double_of_test:\n  doc: Twice the input.\n  inputs: {input: Float}\n"
        "  outputs: {output: Float}\n  define: output = 2 * input\n"
        "  reference: 2 * input\n"
    )
    mine = tmp_path / "mine.yaml"
    mine.write_text(entry)
    out = command(tmp_path, "precompile", "--registry", str(mine), "--dry-run", "--jobs", "1")
    assert "double_of_test[f32, dense]" in out


def test_a_dry_run_lists_each_kernel_for_machines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = ["precompile", "--ops", "full", "--dry-run", "--target", "x86-64-v4", "--jobs", "1"]
    assert main([*line, "--json", "--store", str(tmp_path)]) == 0
    found = json.loads(capsys.readouterr().out)
    planned = found["planned"]["x86-64-v4"]
    assert len(planned) == found["kernels"]["x86-64-v4"] > 4
    assert any(each["label"].startswith("full") for each in planned)
    assert {each["key"]["target"] for each in planned} == {"x86-64-v4"}


def test_an_op_without_kernels_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = ["precompile", "--dry-run", "--jobs", "1", "--store", str(tmp_path)]
    assert main([*line, "--ops", "view"]) == 0
    said = "tensorsmith: view: no kernel of its own runs, so none is built"
    assert said in capsys.readouterr().err
    mine = tmp_path / "mine.yaml"
    mine.write_text(WITHOUT_SAMPLES)
    for _ in range(2):  # planned, and from its listing
        assert main([*line, "--registry", str(mine)]) == 1
        said = "tensorsmith: double_of_test: no call of it could be planned"
        assert said in capsys.readouterr().err


def test_a_bundle_is_not_built_where_programs_prune(
    work: Path, cache: Path, tmp_path: Path
) -> None:
    lock, bundle = str(work / "kernels.lock"), str(tmp_path / "x.bundle")
    before = set((cache / "kernels").rglob("*.kernel"))
    found = told(cache, "precompile", "--lock", lock, "--jobs", "1", "-o", bundle)
    assert found["compiled"] > 5
    assert found["bundles"][bundle]["kernels"] == found["kernels"][HERE]
    assert set((cache / "kernels").rglob("*.kernel")) == before
    assert len(list((cache / "building").rglob("*.kernel"))) > len(before)
    again = told(cache, "precompile", "--lock", lock, "--jobs", "1", "-o", bundle)
    assert again["compiled"] == 0


def test_two_builds_give_the_same_bundle(work: Path, tmp_path: Path) -> None:
    one = work / "bundles" / f"{HERE}.bundle"
    told(
        tmp_path, "precompile", "--lock", str(work / "kernels.lock"), "--jobs", "2",
        "-o", str(tmp_path / "x.bundle"),
    )  # fmt: skip
    assert one.read_bytes() == (tmp_path / "x.bundle").read_bytes()
    found = told(tmp_path, "cache", "diff", str(one), str(tmp_path / "x.bundle"))
    assert {"only_left", "only_right", "different"} <= found.keys() and not any(found.values())


def test_why_a_store_cannot_be_used_is_said(work: Path) -> None:
    store = work / "store"
    store.mkdir()
    (store / "kernels").touch()
    line = ("precompile", "--ops", "relu", "--jobs", "1", "--store", str(store))
    done = python(work / "traced", "-m", "tensorsmith.tools.command", *line, code=1)
    assert f"tensorsmith: {store}/kernels is not a folder" in done.stderr


def test_a_mistake_in_an_own_entry_is_shown_with_its_file(work: Path) -> None:
    mine = work / "mistaken.yaml"
    mine.write_text("double_of_test:\n  doc: Twice.\n  inputs: {input: Nonsense}\n")
    line = ("precompile", "--registry", str(mine), "--dry-run", "--jobs", "1")
    done = python(work / "traced", "-m", "tensorsmith.tools.command", *line, code=1)
    assert f"tensorsmith: {mine}:" in done.stderr
