"""The example package builds, installs and brings its ops, without a network."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from importlib.metadata import entry_points
from pathlib import Path
from shutil import copytree

import pytest
from tensorsmith.tools.packaging import compile_entries

FOLDER = Path(__file__).parents[2] / "examples" / "package"
PROGRAM = """
import sys, pickle, tensorsmith as ts
op = ts.ops.signals.soft_threshold
assert op(ts.tensor([0.5, -3.0])).tolist() == [0, -2]
assert ts.ops.signals.emphasize(ts.ones(2), share=0.5).tolist() == [1, 0.5]
assert pickle.loads(pickle.dumps(op)) is op
assert "tensorsmith_signals" not in sys.modules and "yaml" not in sys.modules
print(sorted(dir(ts.ops.signals)))
"""


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_the_example_package_brings_its_ops_where_it_is_installed(tmp_path: Path) -> None:
    assert not entry_points(group="tensorsmith.ops", name="signals")
    source = copytree(FOLDER, tmp_path / "package")
    compile_entries(str(source / "src" / "tensorsmith_signals" / "signals.yaml"))
    run(sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "venv"))
    python = str(tmp_path / "venv" / "bin" / "python")
    (site,) = (tmp_path / "venv").glob("lib/python*/site-packages")
    here = sysconfig.get_path("purelib")  # where tensorsmith and setuptools are
    (site / "host.pth").write_text(f"import site; site.addsitedir({here!r})\n")
    run(
        sys.executable, "-m", "pip", "--python", python, "install", "-q", "--no-build-isolation",
        "--no-deps", "--no-index", "--disable-pip-version-check", str(source),
    )  # fmt: skip
    shipped = {each.name for each in (site / "tensorsmith_signals").iterdir()}
    assert {"signals.ops.json", "signals.pyi", "signals.yaml"} <= shipped
    assert run(python, "-c", PROGRAM) == "['emphasize', 'soft_threshold']\n"
