"""One process with one library: reads case numbers, prints seconds for each call."""

from __future__ import annotations

import importlib
import json
import sys
import time
from typing import Any

from .cases import CASES

# A sample runs the call so often that it lasts at least this long, in seconds.
SAMPLE = 0.02


def measure(call: Any) -> float:
    """Seconds for one call: the smallest mean over five samples."""
    call()
    start = time.perf_counter()
    call()
    once = time.perf_counter() - start
    repeats = max(1, int(SAMPLE / max(once, 1e-7)))
    best = float("inf")
    for _ in range(5):
        start = time.perf_counter()
        for _ in range(repeats):
            call()
        best = min(best, (time.perf_counter() - start) / repeats)
    return best


def main() -> None:
    """Serve case numbers from standard input until it closes."""
    library: Any = importlib.import_module(sys.argv[1])
    library.manual_seed(0)
    library.set_num_threads(int(sys.argv[2]))
    calls: dict[int, Any] = {}
    for line in sys.stdin:
        number = int(line)
        try:
            if number not in calls:
                calls.clear()
                calls[number] = CASES[number].setup(library)
            answer: dict[str, Any] = {"seconds": measure(calls[number])}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}".splitlines()[0]}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
