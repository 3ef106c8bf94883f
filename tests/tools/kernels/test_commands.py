"""Kernels ahead of time: precompile, trace, lock files, bundles, cache, explain."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from tensorsmith.backends.cache.bundle import Bundle
from tensorsmith.backends.cache.layers import ObjectCache
from tensorsmith.backends.cpu.machine import detect_machine
from tensorsmith.backends.cuda import nvrtc
from tensorsmith.tools.command import build_parser, main
from tensorsmith.tools.kernels import explain, inspect

from .run import WITHOUT_COMPILER, command, python, told

Inside = Callable[..., Any]
HERE = detect_machine().target.name
PROGRAM = """
import sys
import tensorsmith as ts
x = ts.ones(6, 5, requires_grad=True)
assert ts.arange(4).sort(descending=True)[1].tolist() == [3, 2, 1, 0]
loss = (x.softmax(-1) * ts.arange(5).float()).square().sum()
loss.backward()
print(float(loss), float(x.grad.abs().sum()), sys.argv[1:])
"""


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a program, its lock file, and bundles made from it for two targets."""
    folder = tmp_path_factory.mktemp("kernels")
    (folder / "program.py").write_text(PROGRAM)
    lock = str(folder / "kernels.lock")
    command(folder / "traced", "trace", str(folder / "program.py"), "-o", lock, "--", "word")
    told(
        folder / "built", "precompile", "--lock", lock, "--target", f"{HERE},aarch64",
        "--jobs", "1", "-o", str(folder / "bundles"),
    )  # fmt: skip
    return folder


@pytest.fixture
def inside(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Inside:
    """`told`, in this process."""

    def tell(folder: Path, *arguments: str, code: int = 0) -> Any:
        cache = ObjectCache(folder / "kernels", target=HERE, places=lambda: iter(()))
        monkeypatch.setenv("TENSORSMITH_NO_BUNDLE", "1")
        for module in (inspect, explain):
            monkeypatch.setattr(module, "object_cache", lambda: cache)
        assert main([*arguments, "--json"]) == code
        return json.loads(capsys.readouterr().out)

    return tell


def test_a_traced_program_runs_as_it_does_alone(work: Path) -> None:
    done = python(
        work / "traced", "-m", "tensorsmith.tools.command", "trace", str(work / "program.py"),
        "-o", str(work / "again.lock"), "--", "word",
    )  # fmt: skip
    alone = python(work / "traced", str(work / "program.py"), "word")
    assert done.stdout == alone.stdout and "['word']" in done.stdout
    assert re.search(r"again.lock: \d+ calls", done.stderr)
    assert (work / "again.lock").read_text() == (work / "kernels.lock").read_text()


def test_a_covering_bundle_needs_no_compiler_and_no_folder(work: Path) -> None:
    script = WITHOUT_COMPILER + PROGRAM + "assert 'llvmlite' not in sys.modules\n"
    done = python(
        work / "empty", "-c", script, TENSORSMITH_BUNDLES=str(work / "bundles"),
        TENSORSMITH_JIT="forbid",
    )  # fmt: skip
    assert done.stdout.split()[0] == python(work / "traced", "-c", PROGRAM).stdout.split()[0]
    assert not list((work / "empty").rglob("*.kernel"))


BUILD = """
import sys
from pathlib import Path
from tensorsmith.tools.kernels.precompile import bundle, precompile
from tensorsmith.tools.kernels.work import Work

if __name__ == "__main__":
    store, output, target = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    pieces = [Work("objects", ""), Work("program", "digits"), Work("program", "tensors")]
    report = precompile(pieces, [target], store, 1, quiet=True, durable=False)
    bundle(report, store, output)
"""


@pytest.mark.slow
def test_the_demo_needs_no_compiler_beside_the_programs_of_the_package(tmp_path: Path) -> None:
    (tmp_path / "build.py").write_text(BUILD)
    built = tmp_path / "built"
    python(built, str(tmp_path / "build.py"), str(built), str(tmp_path / "bundles"), HERE)
    demo = "from tensorsmith.tools.demo import run_digits; run_digits(1, 0, None)"
    done = python(
        tmp_path / "fresh", "-c", WITHOUT_COMPILER + demo, TENSORSMITH_JIT="forbid",
        TENSORSMITH_BUNDLES=str(tmp_path / "bundles"),
    )  # fmt: skip
    assert "\n0 kernels compiled" in done.stdout


def test_forbid_prints_a_command_that_builds_what_is_missing(tmp_path: Path) -> None:
    script = "import tensorsmith as ts; ts.ones(7)"
    python(tmp_path, "-c", "import tensorsmith")  # the native entry points, which are no kernels
    missing = python(tmp_path, "-c", script, code=1, TENSORSMITH_JIT="forbid").stderr
    found = re.search(r"tensorsmith (precompile --ops full --target \S+)", missing)
    assert found is not None, missing
    command(tmp_path, *found[1].split(), "--jobs", "1")
    python(tmp_path, "-c", script, TENSORSMITH_JIT="forbid")


def test_without_native_code_an_import_warns_and_calls_go_through_python(tmp_path: Path) -> None:
    script = "import tensorsmith as ts; print(ts.jit_mode.__name__)"
    forbidden = python(tmp_path, "-c", script, TENSORSMITH_JIT="forbid")
    missing = python(tmp_path, "-c", WITHOUT_COMPILER + script)
    assert forbidden.stdout == missing.stdout == "jit_mode\n"
    reasons = ("compiling is forbidden", "llvmlite must be installed")
    for done, why in zip((forbidden, missing), reasons):
        assert done.stderr.count("RuntimeWarning") == 1
        assert "calls go through Python, which is slower" in done.stderr and why in done.stderr


def test_a_compiler_that_cannot_be_loaded_is_as_good_as_none(tmp_path: Path) -> None:
    broken = tmp_path / "llvmlite"
    (broken / "binding").mkdir(parents=True)
    (broken / "__init__.py").touch()
    (broken / "_version.py").touch()
    text = "raise OSError('libllvmlite.so: file too short')\n"
    (broken / "binding" / "__init__.py").write_text(text)
    path = {"PYTHONPATH": str(tmp_path)}
    done = python(tmp_path, "-c", "import tensorsmith", **path)
    assert done.stderr.count("RuntimeWarning") == 1
    why = "llvmlite is installed, but cannot be loaded (libllvmlite.so: file too short)"
    assert why in done.stderr and "the kernel native entry points is in no cache" in done.stderr
    assert "folder" in command(tmp_path, "cache", "info", **path)
    failed = python(tmp_path, "-c", "import tensorsmith as ts; ts.ones(7)", code=1, **path)
    assert "MissingKernelError: cpu backend: the kernel " in failed.stderr


def test_a_layout_outside_of_the_space_is_built_from_the_trace_that_forbid_names(
    tmp_path: Path,
) -> None:
    text = "import tensorsmith as ts\na = ts.tensor([[1.0, 2.0], [3.0, 4.0]])\na + a.t()\n"
    (tmp_path / "program.py").write_text(text)
    python(tmp_path, "-c", "import tensorsmith")  # the native entry points, which are no kernels
    forbid = {"TENSORSMITH_JIT": "forbid"}
    missing = python(tmp_path, str(tmp_path / "program.py"), code=1, **forbid).stderr
    found = re.search(r"tensorsmith (trace .*) && tensorsmith (precompile --lock .*)", missing)
    assert found is not None and "layouts and sizes decide" in missing, missing
    lines = [
        line.replace("kernels.lock", str(tmp_path / "k.lock")).split() for line in found.groups()
    ]
    command(tmp_path, *lines[0], **forbid)
    command(tmp_path, *lines[1], "--jobs", "1")
    python(tmp_path, str(tmp_path / "program.py"), **forbid)


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
        out, said = run.communicate(timeout=60)
    assert run.returncode == 130 and not out
    first, *said = said.splitlines(keepends=True)
    assert re.fullmatch(r"tensorsmith: building: \d+ pieces of work\n", first)
    assert [line for line in said if " done after " not in line] == [
        f"tensorsmith: interrupted; what was compiled is kept in {store}/kernels, and the same "
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
    tmp_path: Path,
) -> None:
    pytest.importorskip("cuda.bindings", reason="the extra `cuda` is not installed")
    lock = tmp_path / "kernels.lock"
    script = "import tensorsmith as ts\n(ts.ones(2, 3) + ts.ones(3)).sum(-1)"
    (tmp_path / "program.py").write_text(script)
    command(tmp_path, "trace", str(tmp_path / "program.py"), "-o", str(lock))
    arguments = (
        "precompile", "--lock", str(lock), "--target", "sm_90,sm_120", "--jobs", "1",
        "-o", str(tmp_path / "bundles"), "--store", str(tmp_path / "store"),
    )  # fmt: skip
    first, again = told(tmp_path, *arguments), told(tmp_path, *arguments)
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


def test_a_dry_run_lists_the_kernels_and_builds_none(tmp_path: Path) -> None:
    python(tmp_path, "-c", "import tensorsmith")  # the native entry points, which are no kernels
    before = set(tmp_path.rglob("*.kernel"))
    out = command(tmp_path, "precompile", "--ops", "full", "--dry-run", "--target", "x86-64-v4")
    assert re.search(r"x86-64-v4  full\[pointwise\]  \d+", out)
    assert re.search(r"x86-64-v4: \d+ kernels, from \d+ calls", out)
    assert set(tmp_path.rglob("*.kernel")) == before


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
    assert "double_of_test[pointwise]" in out


def test_two_builds_give_the_same_bundle(work: Path, tmp_path: Path) -> None:
    one = work / "bundles" / f"{HERE}.bundle"
    told(
        tmp_path, "precompile", "--lock", str(work / "kernels.lock"), "--jobs", "2",
        "-o", str(tmp_path / "x.bundle"),
    )  # fmt: skip
    assert one.read_bytes() == (tmp_path / "x.bundle").read_bytes()
    found = told(tmp_path, "cache", "diff", str(one), str(tmp_path / "x.bundle"))
    assert found == {"only_left": [], "only_right": [], "different": []}


def test_verify_finds_damage_and_rebuilds_a_sample(work: Path, inside: Inside) -> None:
    cache = work / "built"
    found = inside(cache, "cache", "verify", "--rebuild", "3")
    assert found["rebuilt"] == 3 and not found["different"] and not found["damaged"]
    victim = next((cache / "kernels").rglob("*.kernel"))
    names = [str(p) for p in (cache / "kernels").rglob("*.kernel") if p.samefile(victim)]
    whole = victim.read_bytes()
    victim.write_bytes(whole[:-1])
    try:
        assert inside(cache, "cache", "verify", code=1)["damaged"] == sorted(names)
    finally:
        victim.write_bytes(whole)


def test_kernels_go_from_one_cache_to_another_in_a_bundle(
    work: Path, tmp_path: Path, inside: Inside
) -> None:
    path = str(tmp_path / "carried.bundle")
    assert inside(work / "built", "cache", "export", "-o", path)["kernels"] > 3
    assert inside(tmp_path, "cache", "import", path)["damaged"] == 0
    done = python(tmp_path, "-c", PROGRAM, TENSORSMITH_JIT="forbid")
    assert done.stdout
    closed = python(tmp_path, "-c", WITHOUT_COMPILER + PROGRAM)
    assert closed.stdout == done.stdout
    listed = inside(tmp_path, "cache", "list")
    assert any(each["label"].startswith("softmax") for each in listed)
    info = inside(tmp_path, "cache", "info")
    assert info["files"] > 3 and info["jit"] == "on"
    assert info["target"] == detect_machine().target.spelling
    stats = inside(tmp_path, "cache", "stats")
    assert stats["programs"] == 2 and stats["compiled"] == 0 and stats["loaded"] > 6
    assert inside(tmp_path, "cache", "stats", "--last")["loaded"] > 3
    assert inside(tmp_path, "cache", "prune", "--limit", "0")["removed"] > 3
    assert inside(tmp_path, "cache", "clear")["removed"] == 0


def test_explain_says_which_field_differs(work: Path, inside: Inside) -> None:
    (here,) = inside(work / "built", "explain", "softmax")
    assert here["plan"]["target"] == HERE and here["plan"]["name"] == "softmax"
    (there,) = inside(work / "built", "explain", "softmax", "--target", "x86-64-v4")
    why = "\n".join(there["why"])
    # Both targets of the folder differ in as many fields: either is the nearest.
    assert there["layer"] is None and re.search(r"target: \S+ there, x86-64-v4 here", why)
    (never,) = inside(work / "built", "explain", "erfinv")
    assert never["why"] == ["no layer has any kernel called erfinv"]


def test_explain_prints_every_part(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "relu"]) == 0
    out = capsys.readouterr().out
    heads = [line.split()[1] for line in out.splitlines() if line.startswith("-- ")]
    assert heads == ["entry", "adjoint", "tangent", "loops", "code", "keys"]
    assert "structure  " in out and "found in   " in out


def test_explain_prints_cuda_c_and_how_it_is_launched(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "relu", "--target", "sm_90", "--only", "code"]) == 0
    first, second, *_ = capsys.readouterr().out.splitlines()
    assert re.match(r"// pointwise: min\(ceil\(n\d+ / \d+\), \d+\) blocks, here 1, of 256", first)
    assert second.startswith('extern "C" __global__ void __launch_bounds__(256) relu_')


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("precompile --ops relu --target sm_50", "target must be one of x86-64-v2"),
        ("precompile --ops no_such_op", "there is no op no_such_op"),
        ("precompile --ops ,", "--ops must name ops, with commas between, got ','"),
        ("precompile --ops relu --jobs 0", "--jobs must be at least 1"),
        ("precompile --ops relu --target x86-64-v3,aarch64 -o x.bundle", "-o must be a folder"),
        ("precompile --lock /dev/null", "it is no lock file"),
        ("cache diff /dev/null /dev/null", "it is not a bundle"),
        ("cache export -o x.bundle --target pentium", "target must be one of"),
        ("explain relu --target pentium", "target must be one of"),
    ],
)
def test_wrong_command_lines_are_explained(
    capsys: pytest.CaptureFixture[str], line: str, why: str
) -> None:
    assert main(line.split()) == 1
    assert why in capsys.readouterr().err


def test_arguments_of_a_traced_program_go_after_two_dashes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as end:
        main(["trace", "train.py", "--epochs", "1"])
    assert end.value.code == 2
    why = "unrecognized arguments: --epochs 1; the program's own arguments go after --"
    assert why in capsys.readouterr().err


def test_why_a_store_cannot_be_used_is_said(work: Path) -> None:
    line = ("precompile", "--ops", "relu", "--jobs", "1", "--store", "/dev/null")
    done = python(work / "traced", "-m", "tensorsmith.tools.command", *line, code=1)
    assert "tensorsmith: /dev/null/kernels cannot be made (Not a directory)" in done.stderr


def test_a_mistake_in_an_own_entry_is_shown_with_its_file(work: Path) -> None:
    mine = work / "mistaken.yaml"
    mine.write_text("double_of_test:\n  doc: Twice.\n  inputs: {input: Nonsense}\n")
    line = ("precompile", "--registry", str(mine), "--dry-run", "--jobs", "1")
    done = python(work / "traced", "-m", "tensorsmith.tools.command", *line, code=1)
    assert f"tensorsmith: {mine}:" in done.stderr


def test_looking_at_the_cache_is_no_program(work: Path) -> None:
    cache = work / "traced"
    before = told(cache, "cache", "stats")["programs"]
    python(cache, "-c", "import tensorsmith as ts; ts.ones(7)")
    info = command(cache, "cache", "info")
    assert f"compiler  llvmlite {metadata.version('llvmlite')} (" in info
    assert told(cache, "cache", "stats")["programs"] == before + 1


@pytest.mark.parametrize("name", ["precompile", "trace", "cache", "explain"])
def test_help_teaches_by_example(capsys: pytest.CaptureFixture[str], name: str) -> None:
    with pytest.raises(SystemExit) as end:
        build_parser().parse_args([name, "--help"])
    assert end.value.code == 0
    assert capsys.readouterr().out.count(f"  tensorsmith {name}") >= 2 - (name == "trace")


ENTRY = """
mylib::rms_gate:
  doc: Elements over their root mean square, times a gate.
  inputs:
    x: Float[..., N]
    gate: Float[..., N]
  attrs: {eps: float = 1e-6}
  outputs: {output: "Float[..., N]"}
  define: |
    square = sum[n1](x[n1] * x[n1]) / N
    output[n] = x[n] * gate[n] * rsqrt(square + eps)
  samples: [{x: [2, 3], gate: [2, 3]}]
"""
GATED = """
import sys
import tensorsmith as ts
op = ts.library.load(sys.argv[1])[0]
rows = [[1.0, -2.0, 3.0, 0.5], [0.0, 1.0, 5.0, 2.0]]  # tensors of data take no kernel
x, gate, weight = (ts.tensor(rows) for _ in range(3))
output = op(x.requires_grad_(), gate.requires_grad_())
gradients = ts.autograd.grad(output, (x, gate), weight)
print(output.tolist(), [each.tolist() for each in gradients])
"""


def test_a_users_entry_runs_from_its_bundle_without_a_compiler(tmp_path: Path) -> None:
    entry = tmp_path / "my_ops.yaml"
    entry.write_text(ENTRY)
    bundles = tmp_path / "bundles"
    told(
        tmp_path / "built", "precompile", "--registry", str(entry), "--jobs", "1",
        "-o", str(bundles),
    )  # fmt: skip
    compiled = python(tmp_path / "compiled", "-c", GATED, str(entry)).stdout
    closed = WITHOUT_COMPILER + GATED + "assert 'llvmlite' not in sys.modules\n"
    home = {"TENSORSMITH_BUNDLES": str(bundles), "TENSORSMITH_JIT": "forbid"}
    assert python(tmp_path / "empty", "-c", closed, str(entry), **home).stdout == compiled
