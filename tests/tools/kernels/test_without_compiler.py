"""Programs that bundles cover need no compiler; without one, what is missing is said."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from .run import HERE, PROGRAM, WITHOUT_COMPILER, command, python, told


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
from tensorsmith.tools.kernels.precompile import build_bundles, precompile
from tensorsmith.tools.kernels.work import Run, Work

if __name__ == "__main__":
    store, output, target = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    pieces = [Work("objects", ""), Work("program", "digits"), Work("program", "tensors")]
    run = Run((target,), store, quiet=True, durable=False)
    build_bundles(pieces, run, precompile(pieces, run), output)
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


def test_without_native_code_an_import_warns_and_calls_go_through_python(tmp_path: Path) -> None:
    script = "import tensorsmith as ts; print(ts.jit_mode.__name__)"
    forbidden = python(tmp_path, "-c", script, TENSORSMITH_JIT="forbid")
    missing = python(tmp_path, "-c", WITHOUT_COMPILER + script)
    assert forbidden.stdout == missing.stdout == "jit_mode\n"
    reasons = ("compiling is forbidden", "llvmlite must be installed")
    for done, why in zip((forbidden, missing), reasons):
        told = r"<string>:\d+: RuntimeWarning: tensorsmith: calls go through Python, which is"
        assert done.stderr.count("RuntimeWarning") == 1
        assert re.match(told, done.stderr) and why in done.stderr


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


def test_a_users_entry_runs_from_its_bundle_without_a_compiler(
    started: Path, cache: Path, tmp_path: Path
) -> None:
    entry = tmp_path / "my_ops.yaml"
    entry.write_text(ENTRY)
    bundles = tmp_path / "bundles"
    built = shutil.copytree(started, tmp_path / "built")
    told(
        built, "precompile", "--registry", str(entry), "--jobs", "1", "-o", str(bundles),
    )  # fmt: skip
    compiled = python(cache, "-c", GATED, str(entry)).stdout
    closed = WITHOUT_COMPILER + GATED + "assert 'llvmlite' not in sys.modules\n"
    home = {"TENSORSMITH_BUNDLES": str(bundles), "TENSORSMITH_JIT": "forbid"}
    assert python(tmp_path / "empty", "-c", closed, str(entry), **home).stdout == compiled
