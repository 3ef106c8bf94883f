"""The container without a compiler of docs/deployment.md, with environments in its place."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from .run import python

ROOT = Path(__file__).resolve().parents[3]
NEEDED = ("numpy", "ml_dtypes", "platformdirs", "yaml", "tqdm")

TRAIN = """
import sys
import tensorsmith as ts
from tensorsmith import nn, optim

ts.manual_seed(0)
x = ts.randn(256, 8)
y = (x[:, :3].sum(1) > 0).long()
model = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Dropout(0.1), nn.Linear(32, 2))
optimizer = optim.AdamW(model.parameters(), lr=0.01)
for _ in range(60):
    order = ts.randperm(256)
    for batch in order.split(64):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x[batch]), y[batch])
        loss.backward()
        optimizer.step()
model.eval()
with ts.no_grad():
    right = (model(x).argmax(1) == y).float().mean().item()
print(f"{right:.4f} {loss.item():.6f}")
assert right > 0.95
assert "check" not in sys.argv or "llvmlite" not in sys.modules
"""


def run(*command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """A process without what this one's environment says of the package."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("TENSORSMITH_", "PYTHON"))}
    return subprocess.run(
        command, env={**kept, **variables}, capture_output=True, text=True, check=False
    )


def make_wheel(folder: Path) -> Path:
    """The wheel of a copy of the sources, without kernels."""
    skipped = shutil.ignore_patterns(".*", "tests", "build", "*.egg-info", "__pycache__")
    shutil.copytree(ROOT, folder / "src", ignore=skipped)
    done = run(
        sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation",
        "--disable-pip-version-check", "-w", str(folder), str(folder / "src"),
        TENSORSMITH_NO_BUNDLE="1",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return next(folder.glob("*.whl"))


def make_environment(folder: Path, wheel: Path) -> str:
    """The Python of an environment with the wheel and what it needs, but no compiler."""
    done = run(sys.executable, "-m", "venv", "--without-pip", str(folder))
    assert done.returncode == 0, done.stderr
    (site,) = folder.glob("lib/python*/site-packages")
    shutil.unpack_archive(wheel, site, "zip")
    for name in NEEDED:
        spec = find_spec(name)
        assert spec is not None and spec.origin is not None
        package = Path(spec.origin).parent
        for part in package.parent.glob(f"{name}*"):  # libraries of a package lie beside it
            (site / part.name).symlink_to(part)
    return str(folder / "bin" / "python")


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_program_trains_where_there_is_no_compiler(tmp_path: Path) -> None:
    script, lock, bundles = tmp_path / "train.py", tmp_path / "kernels.lock", tmp_path / "bundles"
    script.write_text(TRAIN)
    command = ("-m", "tensorsmith.tools.command")
    first = python(tmp_path / "first", *command, "trace", str(script), "-o", str(lock))
    python(
        tmp_path / "first", *command, "precompile", "--lock", str(lock), "-o", str(bundles),
        "--jobs", "1",
    )  # fmt: skip
    second = make_environment(tmp_path / "second", make_wheel(tmp_path / "wheels"))
    assert "No module named 'llvmlite'" in run(second, "-c", "import llvmlite").stderr
    home = {"HOME": str(tmp_path), "TENSORSMITH_CACHE_DIR": str(tmp_path / "empty")}
    alone = run(second, str(script), **home, TENSORSMITH_JIT="forbid")
    assert alone.returncode == 1 and "tensorsmith precompile" in alone.stderr
    done = run(
        second, "-W", "error", str(script), "check", **home, TENSORSMITH_JIT="forbid",
        TENSORSMITH_BUNDLES=str(bundles),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == first.stdout.splitlines()[-1]
    assert not list((tmp_path / "empty").rglob("*.kernel"))
