"""A build holds the sources as they are, and no kernels where they are not wanted."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
BUILD = """
import runpy, sys, setuptools

given = {}
setuptools.setup = lambda **options: given.update(options)
runpy.run_path("setup.py")
what = {"packages": ["tensorsmith.ops"], "package_dir": {"tensorsmith.ops": "ops"}}
built = setuptools.Distribution({**what, "script_name": "setup.py"})
command = given["cmdclass"]["build_py"](built)
command.build_lib = sys.argv[1]
command.ensure_finalized()
command.run()
"""
"""Runs the build's own command for one package; the setuptools that is here may be too old to read
pyproject.toml."""


def test_nothing_of_an_earlier_build_is_in_the_next(tmp_path: Path) -> None:
    pytest.importorskip("setuptools", reason="the build runs in this environment")
    kept, made = tmp_path / "kernels" / "any.kernel", tmp_path / "lib" / "tensorsmith"
    stale = made / "ops" / "gone.py", made / "kernels" / "core.x86-64-v3.bundle"
    for path in (kept, *stale):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("left by an earlier build")
    done = subprocess.run(
        [sys.executable, "-c", BUILD, str(made.parent)],
        cwd=ROOT, env={**os.environ, "TENSORSMITH_NO_BUNDLE": "1"}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "no kernels in this wheel (TENSORSMITH_NO_BUNDLE is set)" in done.stdout
    assert not any(path.exists() for path in stale) and kept.exists()
    assert (made / "ops" / "registry.py").exists()
