"""One object with native entry points serves all versions of Python."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import tensorsmith

PROGRAM = """
import gc
import tensorsmith as ts
from tensorsmith.backends.cache.statistics import statistics
from tensorsmith.tensor.native.runtime import ENABLED

assert ENABLED
ts.manual_seed(0)
x, w = ts.randn(16, 4), ts.randn(4, 3).requires_grad_()
for _ in range(300):
    loss = ((x @ w).tanh() ** 2).mean()
    loss.backward()
    with ts.no_grad():
        w -= 0.1 * w.grad
        w.grad = None
view = x[1:, 2] * 3 + x.sum(0)[0]
rows = ts.vmap(lambda row: row.sum())(x)
gc.collect()
print(loss.item(), view.sum().item(), rows.tolist())
print(statistics.compiled)
"""
NEEDED = "import numpy, ml_dtypes, platformdirs, yaml"


def run(python: str, cache: Path, code: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """A program in some Python, which finds this package."""
    package = Path(tensorsmith.__file__).parent.parent
    environment = {
        **os.environ, "TENSORSMITH_CACHE_DIR": str(cache), "PYTHONPATH": str(package), **variables
    }  # fmt: skip
    return subprocess.run(
        [python, "-c", code], env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.slow
@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13", "3.14"])
def test_another_python_uses_the_objects_of_this_one(tmp_path: Path, version: str) -> None:
    other = os.environ.get(f"PYTHON{version.replace('.', '_')}", f"python{version}")
    if sys.version_info[:2] == tuple(map(int, version.split("."))):
        pytest.skip("this is the Python that compiles")
    if not Path(tensorsmith.__file__).parent.joinpath("ops").exists():
        pytest.skip("the package is not in a folder of its own, so no other Python can import it")
    try:
        able = run(other, tmp_path, NEEDED).returncode == 0
    except FileNotFoundError:
        able = False
    if not able:
        pytest.skip(f"there is no {other} with what the package needs")
    first = run(sys.executable, tmp_path, PROGRAM)
    second = run(other, tmp_path, PROGRAM, TENSORSMITH_JIT="forbid")
    assert first.returncode == second.returncode == 0, first.stderr + second.stderr
    assert second.stdout.splitlines() == [first.stdout.splitlines()[0], "0"]
