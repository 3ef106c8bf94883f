"""Times of fresh processes: importing a library, and the first call of a kernel."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence

from .measure import summarize
from .record import Row

IMPORT = "import in a fresh process"  # name of the case
_CODE = "import time; start = time.perf_counter(); import {}; print(time.perf_counter() - start)"
_FIRST_CALL = """
import time, tensorsmith
x = tensorsmith.rand(64, 64)
start = time.perf_counter(); tensorsmith.softmax(x, 1); print(time.perf_counter() - start)
"""


def run_apart(code: str, environment: dict[str, str] | None = None) -> float:
    """The number that a program prints, run by a fresh interpreter away from this folder."""
    command = [sys.executable, "-I", "-c", code]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return float(done.stdout)


def time_imports(libraries: Sequence[str], rounds: int) -> Row:
    """The row of importing each library; one import before that fills the file cache."""
    samples: dict[str, list[float]] = {library: [] for library in libraries}
    for turn in range(rounds + 1):
        for library in libraries:
            seconds = run_apart(_CODE.format(library))
            if turn:
                samples[library].append(seconds)
    timings = {library: summarize(s) for library, s in samples.items()}
    return Row("import", IMPORT, timings=timings)


def time_first_call() -> dict[str, float]:
    """Seconds of a first softmax with an `empty` and with a `filled` kernel cache."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "TENSORSMITH_CACHE_DIR": folder}
        return {name: run_apart(_FIRST_CALL, environment) for name in ("empty", "filled")}
