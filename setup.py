"""Builds the wheel; its kernels are compiled on the way, so that a first run compiles nothing.

What an earlier build left in the build folder is not in it, but for compiled objects.

`TENSORSMITH_NO_BUNDLE=1` leaves them out, and so does a build without the compiler: kernels are
then compiled when they are first used.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
TARGETS = "x86-64-v2,x86-64-v3,x86-64-v4"
WANTED = not os.environ.get("TENSORSMITH_NO_BUNDLE")


class BuildKernels(build_py):
    """Copies the sources, then has the copy compile its kernels."""

    def run(self) -> None:
        """Builds; a wheel without kernels is a whole wheel, so that nothing of it is an error."""
        if not self.editable_mode:
            # Modules that are no more would be shipped, and be part of the digest in all keys.
            shutil.rmtree(Path(self.build_lib, "tensorsmith"), ignore_errors=True)
        super().run()
        if self.editable_mode:
            return
        if not WANTED:
            print("tensorsmith: no kernels in this wheel (TENSORSMITH_NO_BUNDLE is set)")
        elif find_spec("llvmlite") is None:
            print(
                "tensorsmith: no kernels in this wheel, since llvmlite is not installed where it "
                "is built; they are compiled when they are first used"
            )
        else:
            self.compile_kernels()

    def compile_kernels(self) -> None:
        """Bundles in `tensorsmith/kernels` of the build folder; objects that an earlier build made
        of the same source are taken from there."""
        library = Path(self.build_lib).resolve()
        paths = [str(library), os.environ.get("PYTHONPATH", "")]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
        store = library.parent / "kernels"
        environment["TENSORSMITH_CACHE_DIR"] = str(store)
        command = [
            sys.executable, "-m", "tensorsmith.tools.command", "precompile", "--core",
            "--target", TARGETS, "--store", str(store), "-o", str(library / "tensorsmith/kernels"),
        ]  # fmt: skip
        done = subprocess.run(command, env=environment, cwd=library, check=False)
        if done.returncode:
            print(
                "tensorsmith: no kernels in this wheel, since they could not be compiled (see "
                "above); they are compiled when they are first used"
            )


def _requirements() -> list[str]:
    """What the build needs besides setuptools: what the package needs to run."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    return list(tomllib.loads(text)["project"]["dependencies"])


setup(cmdclass={"build_py": BuildKernels}, setup_requires=_requirements() if WANTED else [])
