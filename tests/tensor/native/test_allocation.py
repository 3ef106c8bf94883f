"""Memory that runs out at any allocation of a call is a MemoryError, and nothing else."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tensorsmith.tensor.native.runtime import ENABLED

pytestmark = pytest.mark.skipif(not ENABLED, reason="native entry points are switched off")

HERE = Path(__file__).parent
COMPILER = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")


@pytest.mark.skipif(COMPILER is None, reason="there is no C compiler for the failing allocator")
@pytest.mark.skipif(
    os.confstr("CS_GNU_LIBC_VERSION") is None if sys.platform == "linux" else True,
    reason="the failing allocator stands in front of glibc",
)
def test_each_allocation_of_a_call_may_fail(tmp_path: Path) -> None:
    library = tmp_path / "failing.so"
    source = HERE / "failing.c"
    subprocess.run([str(COMPILER), "-shared", "-fPIC", "-O1", "-o", library, source], check=True)
    environment = dict(os.environ, PYTHONMALLOC="malloc", LD_PRELOAD=str(library))
    done = subprocess.run(
        [sys.executable, HERE / "failing_calls.py"],
        env=environment, check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr[-4000:]
    counts = [int(x) for x in re.findall(r"(\d+)$", done.stdout, re.MULTILINE)]
    assert len(counts) == 22 and sum(counts) > 200, done.stdout
