"""Processes that alternate: each times the cases with one library."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any

from .measure import Timing, summarize

PATIENCE = 120.0  # seconds that an answer may take
LONG = 4.0  # seconds after which a case has no more than `FEW` rounds, so that the run ends
FEW = 2


def environment_of(library: str, threads: int) -> dict[str, str]:
    """Environment variables of a library's process.

    What fixes OpenBLAS to the kernels of one processor is left out for NumPy alone, so that it
    picks those of this processor.
    """
    names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    environment = {**os.environ, **{name: str(threads) for name in names}}
    if library == "numpy":
        environment.pop("OPENBLAS_CORETYPE", None)
    return environment


class Peer:
    """A process that times cases with one library, started when first asked."""

    def __init__(self, library: str, threads: int, budget: float) -> None:
        self.library = library
        self._environment = environment_of(library, threads)
        self._command = [
            sys.executable, "-m", "benchmarks.worker", library, str(threads), str(budget),
        ]  # fmt: skip
        self._process: subprocess.Popen[str] | None = None

    def measure(self, number: int) -> dict[str, Any]:
        """Samples in seconds, or an error, for a case; a process that dies or hangs is replaced."""
        if self._process is None:
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                env=self._environment,
            )  # fmt: skip
        line = self._ask(self._process, f"{number}\n")
        if line is None:
            self.close()
            return {"error": f"no answer in {PATIENCE:.0f} s"}
        if not line.endswith("\n"):
            code = self._process.wait()
            self.close()
            return {"error": f"the process ended with {code}"}
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _ask(self, process: subprocess.Popen[str], question: str) -> str | None:
        """The line that answers a line; without its end if the process dies, None if it hangs."""
        assert process.stdin is not None and process.stdout is not None, "both are pipes"
        try:
            process.stdin.write(question)
            process.stdin.flush()
        except BrokenPipeError:
            return ""
        if not select.select([process.stdout], [], [], PATIENCE)[0]:
            return None
        return process.stdout.readline()

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


def alternate(
    number: int, peers: Sequence[Peer], rounds: int
) -> tuple[dict[str, Timing], dict[str, str]]:
    """(timings, errors) by library of a case: all libraries take turns in each round."""
    samples: dict[str, list[float]] = {}
    errors: dict[str, str] = {}
    start = time.perf_counter()
    for turn in range(rounds):
        if turn >= FEW and time.perf_counter() - start > LONG:
            break
        for peer in peers:
            if peer.library in errors:
                continue
            answer = peer.measure(number)
            if "error" in answer:
                errors[peer.library] = answer["error"]
            else:
                samples.setdefault(peer.library, []).extend(answer["samples"])
    timings = {name: summarize(s) for name, s in samples.items() if name not in errors}
    return timings, errors
