"""One process with one library: reads numbers of cases, prints samples in seconds."""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from .cases import CASES
from .cases.case import Call
from .libraries import open_library
from .measure import take_samples


def serve(library: Any, lines: Iterable[str], budget: float) -> Iterator[dict[str, Any]]:
    """An answer for each line: the samples of the case with that number, or an error.

    The data of a case stays until another is asked for, so that rounds repeat the same call.
    """
    held: dict[int, Call] = {}
    for line in lines:
        number = int(line)
        try:
            if number not in held:
                held.clear()
                gc.collect()
                held[number] = CASES[number].setup(library, lambda size: size)
            yield {"samples": take_samples(held[number], budget)}
        except Exception as error:
            yield {"error": f"{type(error).__name__}: {error}".splitlines()[0]}


def main(arguments: list[str]) -> None:
    """Serve standard input until it closes: LIBRARY THREADS BUDGET."""
    name, threads, budget = arguments
    library = open_library(name, int(threads))
    for answer in serve(library, sys.stdin, float(budget)):
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
